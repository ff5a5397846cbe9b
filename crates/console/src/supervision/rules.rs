//! Rules and lists in the database: every version that was ever written, which of them are at work, and who did what.
//!
//! Invariants: a version is never changed, only its mode; of one rule at most one version is active and one on trial; what
//! was done is only ever added to.

use super::store::{Store, StoreError, count_of, word};
use crate::{
    login::store::{integer, number, text},
    time::now,
};
use civitas_supervision::{
    Lists, Mode, Rule,
    detectors::{self, Office, Parameters, SANCTIONS},
};
use sqlx::{Any, Row, Transaction, any::AnyRow};
use std::collections::HashSet;

/// Changes with every change of a rule or its mode.
const RULES_REVISION: &str = "rules";
/// Changes with every change of a list.
const LISTS_REVISION: &str = "lists";
/// Whether the rules that come with the product were written.
const DRAFTED: &str = "drafted";
/// Who wrote the rules that come with the product.
const AUTHOR: &str = "civitas";
/// Rules of a city, at most: an engine takes as many.
const RULES_MAX: u64 = civitas_supervision::RULES_MAX as u64;
/// Versions of a rule, at most.
const VERSIONS_MAX: u32 = 1_000;

/// A version of a rule.
#[derive(Clone, Debug)]
pub struct RuleVersion {
    /// The rule, with the mode that it has now.
    pub rule: Rule,
    /// Who wrote it.
    pub written_by: String,
    /// When, seconds since 1970.
    pub written_at: u64,
}

/// Something that was done.
#[derive(Clone, Debug)]
pub struct Act {
    /// Grows with time.
    pub number: u64,
    /// When, seconds since 1970.
    pub at: u64,
    /// Who.
    pub actor: String,
    /// What.
    pub act: String,
    /// In more words.
    pub detail: String,
}

/// A list.
#[derive(Clone, Debug)]
pub struct NamedList {
    /// Its name.
    pub name: String,
    /// Rises with each change.
    pub version: u64,
    /// Accounts, identities, names.
    pub entries: Vec<String>,
    /// Who changed it last.
    pub changed_by: String,
    /// When, seconds since 1970.
    pub changed_at: u64,
}

/// What came of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is done.
    Done,
    /// Somebody was faster.
    Overtaken,
    /// There are as many as there may be.
    Full,
    /// There is no such thing.
    Missing,
}

/// An act that is to be noted.
pub(super) struct NewAct<'a> {
    pub(super) actor: &'a str,
    pub(super) kind: &'a str,
    pub(super) name: &'a str,
    pub(super) act: &'a str,
    pub(super) detail: &'a str,
}

/// Raises a revision: also the first statement of every change, so that changes come one after another.
async fn raise(transaction: &mut Transaction<'_, Any>, name: &str) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO supervision_state (name, value) VALUES ($1, 1) ON CONFLICT (name) DO UPDATE SET \
         value = supervision_state.value + 1",
    )
    .bind(name.to_owned())
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

/// Notes what is done.
pub(super) async fn note(
    transaction: &mut Transaction<'_, Any>,
    act: &NewAct<'_>,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO supervision_act (number, at, actor, kind, name, act, detail) \
         SELECT COALESCE(MAX(number), 0) + 1, $1, $2, $3, $4, $5, $6 FROM supervision_act",
    )
    .bind(integer(now()))
    .bind(act.actor.to_owned())
    .bind(act.kind.to_owned())
    .bind(act.name.to_owned())
    .bind(act.act.to_owned())
    .bind(act.detail.replace('\0', ""))
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

fn version_of(row: &AnyRow) -> Result<RuleVersion, StoreError> {
    let damaged = |source| StoreError::Damaged {
        what: "a rule",
        source,
    };
    let mut rule: Rule = serde_json::from_str(&text(row, "body")?).map_err(damaged)?;
    rule.mode = serde_json::from_value(serde_json::Value::String(text(row, "mode")?)).map_err(damaged)?;
    Ok(RuleVersion {
        rule,
        written_by: text(row, "written_by")?,
        written_at: number(row, "written_at")?,
    })
}

async fn insert(
    transaction: &mut Transaction<'_, Any>,
    rule: &Rule,
    written_by: &str,
) -> Result<(), StoreError> {
    let body = serde_json::to_string(rule).map_err(|source| StoreError::Damaged {
        what: "a rule",
        source,
    })?;
    sqlx::query(
        "INSERT INTO supervision_rule (id, version, body, mode, written_by, written_at) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(rule.id.clone())
    .bind(i64::from(rule.version))
    .bind(body)
    .bind(word(&rule.mode))
    .bind(written_by.to_owned())
    .bind(integer(now()))
    .execute(&mut **transaction)
    .await?;
    let act = NewAct {
        actor: written_by,
        kind: "rule",
        name: &rule.id,
        act: "written",
        detail: &rule.version.to_string(),
    };
    Ok(note(transaction, &act).await?)
}

impl Store {
    /// Notes that somebody set or removed a threshold of the situation room.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn note_threshold(&self, actor: &str, name: &str, detail: &str) -> Result<(), StoreError> {
        let mut transaction = self.pool.begin().await?;
        let act = NewAct {
            actor,
            kind: "threshold",
            name,
            act: "changed",
            detail,
        };
        note(&mut transaction, &act).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Writes the rules and the list that come with the product, once: on trial, until an office makes them its own.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn draft(&self) -> Result<(), StoreError> {
        if self.value(DRAFTED).await? > 0 {
            return Ok(());
        }
        let office = Office {
            owner: "Civitas".to_owned(),
            legal_basis:
                "随产品提供的草案，启用前请写明 · A draft of the product: name yours before it counts"
                    .to_owned(),
        };
        let mut transaction = self.pool.begin().await?;
        raise(&mut transaction, RULES_REVISION).await?;
        let first = sqlx::query(
            "INSERT INTO supervision_state (name, value) VALUES ($1, 1) ON CONFLICT (name) DO NOTHING",
        )
        .bind(DRAFTED.to_owned())
        .execute(&mut *transaction)
        .await?;
        if first.rows_affected() == 0 {
            return Ok(());
        }
        for rule in detectors::rules(&Parameters::default(), &office) {
            insert(&mut transaction, &rule, AUTHOR).await?;
        }
        sqlx::query(
            "INSERT INTO supervision_list (name, version, entries, changed_by, changed_at) VALUES ($1, 1, '[]', $2, $3) \
             ON CONFLICT (name) DO NOTHING",
        )
        .bind(SANCTIONS.to_owned())
        .bind(AUTHOR.to_owned())
        .bind(integer(now()))
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Changes with every change of a rule, and with every change of a list.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn revisions(&self) -> Result<(u64, u64), StoreError> {
        Ok((
            self.value(RULES_REVISION).await?,
            self.value(LISTS_REVISION).await?,
        ))
    }

    /// The versions that are at work: active or on trial.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn rules_at_work(&self) -> Result<Vec<RuleVersion>, StoreError> {
        let rows = sqlx::query("SELECT * FROM supervision_rule WHERE mode <> 'retired' ORDER BY id, version")
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(version_of).collect()
    }

    /// The newest version of every rule, and the one that is active where it is another.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn rules(&self) -> Result<Vec<RuleVersion>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM supervision_rule r WHERE r.mode = 'active' OR r.version = (SELECT MAX(n.version) \
             FROM supervision_rule n WHERE n.id = r.id) ORDER BY r.id, r.version DESC",
        )
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(version_of).collect()
    }

    /// All versions of a rule, newest first.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn versions(&self, id: &str) -> Result<Vec<RuleVersion>, StoreError> {
        let rows = sqlx::query("SELECT * FROM supervision_rule WHERE id = $1 ORDER BY version DESC LIMIT $2")
            .bind(id.to_owned())
            .bind(i64::from(VERSIONS_MAX))
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(version_of).collect()
    }

    /// Writes a version, on trial. `based_on` is the newest one that its author saw; 0 for a new rule. An older version on
    /// trial is retired.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn write_rule(&self, rule: &Rule, based_on: u32, actor: &str) -> Result<Change, StoreError> {
        let mut transaction = self.pool.begin().await?;
        raise(&mut transaction, RULES_REVISION).await?;
        let row =
            sqlx::query("SELECT COALESCE(MAX(version), 0) AS count FROM supervision_rule WHERE id = $1")
                .bind(rule.id.clone())
                .fetch_one(&mut *transaction)
                .await?;
        if count_of(&row)? != u64::from(based_on) || rule.version != based_on.saturating_add(1) {
            return Ok(Change::Overtaken);
        }
        let row = sqlx::query("SELECT COUNT(DISTINCT id) AS count FROM supervision_rule")
            .fetch_one(&mut *transaction)
            .await?;
        if (based_on == 0 && count_of(&row)? >= RULES_MAX) || based_on >= VERSIONS_MAX {
            return Ok(Change::Full);
        }
        retire_others(&mut transaction, rule, Mode::Shadow, actor).await?;
        insert(&mut transaction, rule, actor).await?;
        transaction.commit().await?;
        Ok(Change::Done)
    }

    /// Sets the mode of a version. One that becomes active, or goes on trial, takes the place of the one that was.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn set_mode(
        &self,
        version: &RuleVersion,
        mode: Mode,
        actor: &str,
        reason: &str,
    ) -> Result<Change, StoreError> {
        let rule = &version.rule;
        let mut transaction = self.pool.begin().await?;
        raise(&mut transaction, RULES_REVISION).await?;
        if mode != Mode::Retired {
            retire_others(&mut transaction, rule, mode, actor).await?;
        }
        let changed =
            sqlx::query("UPDATE supervision_rule SET mode = $1 WHERE id = $2 AND version = $3 AND mode = $4")
                .bind(word(&mode))
                .bind(rule.id.clone())
                .bind(i64::from(rule.version))
                .bind(word(&rule.mode))
                .execute(&mut *transaction)
                .await?
                .rows_affected();
        if changed != 1 {
            return Ok(Change::Overtaken);
        }
        let act = NewAct {
            actor,
            kind: "rule",
            name: &rule.id,
            act: &word(&mode),
            detail: &format!("{}: {reason}", rule.version),
        };
        note(&mut transaction, &act).await?;
        transaction.commit().await?;
        Ok(Change::Done)
    }

    /// What was done to something, newest first.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn acts(&self, kind: &str, name: &str, limit: u32) -> Result<Vec<Act>, StoreError> {
        let rows = sqlx::query(
            "SELECT number, at, actor, act, detail FROM supervision_act WHERE kind = $1 AND name = $2 \
             ORDER BY number DESC LIMIT $3",
        )
        .bind(kind.to_owned())
        .bind(name.to_owned())
        .bind(i64::from(limit))
        .fetch_all(&self.pool)
        .await?;
        let act = |row: &AnyRow| {
            Ok(Act {
                number: number(row, "number")?,
                at: number(row, "at")?,
                actor: text(row, "actor")?,
                act: text(row, "act")?,
                detail: text(row, "detail")?,
            })
        };
        Ok(rows.iter().map(act).collect::<Result<_, sqlx::Error>>()?)
    }

    /// All lists.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn lists(&self) -> Result<Vec<NamedList>, StoreError> {
        let rows = sqlx::query("SELECT * FROM supervision_list ORDER BY name")
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(list_of).collect()
    }

    /// All lists as rules ask them.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn lists_of_rules(&self) -> Result<Lists, StoreError> {
        let mut lists = Lists::new();
        for list in self.lists().await? {
            let version = u32::try_from(list.version).unwrap_or(u32::MAX);
            lists.insert(&list.name, version, list.entries);
        }
        Ok(lists)
    }

    /// Writes the entries of a list. `based_on` is the version that the change was made from; 0 for a new list.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn write_list(
        &self,
        name: &str,
        entries: &[String],
        based_on: u64,
        actor: &str,
    ) -> Result<Change, StoreError> {
        let damaged = |source| StoreError::Damaged {
            what: "a list",
            source,
        };
        let body = serde_json::to_string(entries).map_err(damaged)?;
        let mut transaction = self.pool.begin().await?;
        raise(&mut transaction, LISTS_REVISION).await?;
        let before = sqlx::query("SELECT version, entries FROM supervision_list WHERE name = $1")
            .bind(name.to_owned())
            .fetch_optional(&mut *transaction)
            .await?;
        let (version, old) = match &before {
            Some(row) => (number(row, "version")?, text(row, "entries")?),
            None => (0, "[]".to_owned()),
        };
        if version != based_on {
            return Ok(Change::Overtaken);
        }
        if before.is_none() {
            // A rule that names it compiles from now on.
            raise(&mut transaction, RULES_REVISION).await?;
        }
        sqlx::query(
            "INSERT INTO supervision_list (name, version, entries, changed_by, changed_at) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (name) DO UPDATE SET version = excluded.version, entries = excluded.entries, \
             changed_by = excluded.changed_by, changed_at = excluded.changed_at",
        )
        .bind(name.to_owned())
        .bind(integer(version.saturating_add(1)))
        .bind(body)
        .bind(actor.to_owned())
        .bind(integer(now()))
        .execute(&mut *transaction)
        .await?;
        let old: Vec<String> = serde_json::from_str(&old).map_err(damaged)?;
        let act = NewAct {
            actor,
            kind: "list",
            name,
            act: "changed",
            detail: &difference(&old, entries),
        };
        note(&mut transaction, &act).await?;
        transaction.commit().await?;
        Ok(Change::Done)
    }
}

/// Retires the version of the rule that has the mode now, if it is another one.
async fn retire_others(
    transaction: &mut Transaction<'_, Any>,
    rule: &Rule,
    mode: Mode,
    actor: &str,
) -> Result<(), sqlx::Error> {
    let rows =
        sqlx::query("SELECT version FROM supervision_rule WHERE id = $1 AND mode = $2 AND version <> $3")
            .bind(rule.id.clone())
            .bind(word(&mode))
            .bind(i64::from(rule.version))
            .fetch_all(&mut **transaction)
            .await?;
    for row in rows {
        let version: i64 = row.try_get("version")?;
        sqlx::query("UPDATE supervision_rule SET mode = 'retired' WHERE id = $1 AND version = $2")
            .bind(rule.id.clone())
            .bind(version)
            .execute(&mut **transaction)
            .await?;
        let act = NewAct {
            actor,
            kind: "rule",
            name: &rule.id,
            act: "retired",
            detail: &format!("{version}: version {} takes its place", rule.version),
        };
        note(transaction, &act).await?;
    }
    Ok(())
}

fn list_of(row: &AnyRow) -> Result<NamedList, StoreError> {
    Ok(NamedList {
        name: text(row, "name")?,
        version: number(row, "version")?,
        entries: serde_json::from_str(&text(row, "entries")?).map_err(|source| StoreError::Damaged {
            what: "a list",
            source,
        })?,
        changed_by: text(row, "changed_by")?,
        changed_at: number(row, "changed_at")?,
    })
}

/// Entries that a note names.
const NAMED_MAX: usize = 50;

/// What changed, in words for the journal.
fn difference(old: &[String], new: &[String]) -> String {
    let side = |sign: &str, one: &[String], other: &[String]| {
        let other: HashSet<&String> = other.iter().collect();
        let only: Vec<&String> = one.iter().filter(|entry| !other.contains(entry)).collect();
        let mut words: Vec<String> = only
            .iter()
            .take(NAMED_MAX)
            .map(|entry| format!("{sign}{entry}"))
            .collect();
        if only.len() > NAMED_MAX {
            words.push(format!("{sign}… {}", only.len()));
        }
        words
    };
    let mut words = side("+", new, old);
    words.extend(side("-", old, new));
    words.join(" ")
}
