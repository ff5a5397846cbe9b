//! What supervision keeps in the console's database: how far it is, what it found, what it may have missed.
//!
//! Invariant: what is found in a block and the height up to which its ledger was judged change in one transaction, and only
//! if the height is still where it was: findings are neither lost nor doubled, whoever stops when.

use crate::{
    login::store::{integer, number, open_with, text},
    problem::{Problem, of_database},
    time::now,
};
use civitas_supervision::{Finding, Notice, NoticeKind};
use serde::Serialize;
use sqlx::{Any, AnyPool, Row, Transaction, any::AnyRow};
use std::collections::BTreeMap;
use thiserror::Error;

const MIGRATION: &str = include_str!("../../migrations/0003_supervision.sql");
/// Connections: one writes, the others read for pages.
const CONNECTIONS_MAX: u32 = 4;
const DAY_SECONDS: u64 = 86_400;
/// Days for which it is kept what may have been missed.
const NOTICE_DAYS: u64 = 400;

/// Why supervision cannot go on.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The database does not do what it is asked for.
    #[error("the database of supervision did not answer")]
    Database {
        /// Why.
        #[from]
        source: sqlx::Error,
    },
    /// A row cannot be read.
    #[error("a row of supervision is damaged: {what}")]
    Damaged {
        /// What it is.
        what: &'static str,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// Another console has judged it in between.
    #[error("another console has judged {ledger} in between")]
    Overtaken {
        /// The ledger.
        ledger: String,
    },
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match &error {
            StoreError::Database { source } => of_database("supervision", source),
            _ => Self::fault(&error),
        }
    }
}

/// How far a ledger has been judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judged {
    /// The last block.
    pub height: u64,
    /// Its time, seconds since 1970.
    pub time: u64,
}

/// What one round changes.
#[derive(Debug, Default)]
pub struct Progress {
    /// Ledgers that went on: where they were, and where they are.
    pub judged: BTreeMap<String, (Option<u64>, Judged)>,
    /// What was found.
    pub findings: Vec<Finding>,
    /// What may have been missed.
    pub notices: Vec<Notice>,
}

impl Progress {
    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.judged.is_empty() && self.findings.is_empty() && self.notices.is_empty()
    }
}

/// A notice of a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayNotice {
    /// Days since 1970.
    pub day: u64,
    /// The rule; empty, if it concerns all.
    pub rule: String,
    /// What may have been missed.
    pub kind: String,
    /// How often.
    pub count: u64,
}

/// The database of supervision.
#[derive(Clone, Debug)]
pub struct Store {
    pub(crate) pool: AnyPool,
}

impl Store {
    /// Opens the database and brings its tables up to date.
    ///
    /// # Errors
    /// It cannot be opened.
    pub async fn open(url: &str) -> Result<Self, sqlx::Error> {
        let pool = open_with(url, CONNECTIONS_MAX, MIGRATION).await?;
        Ok(Self { pool })
    }

    /// A number that stands under a name; 0 where there is none.
    pub(super) async fn value(&self, name: &str) -> Result<u64, StoreError> {
        let row = sqlx::query("SELECT value FROM supervision_state WHERE name = $1")
            .bind(name.to_owned())
            .fetch_optional(&self.pool)
            .await?;
        Ok(row.map(|row| number(&row, "value")).transpose()?.unwrap_or(0))
    }

    /// How far each ledger has been judged.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn judged(&self) -> Result<BTreeMap<String, Judged>, StoreError> {
        let rows = sqlx::query("SELECT ledger, height, time FROM supervision_judged")
            .fetch_all(&self.pool)
            .await?;
        let judged = |row: &AnyRow| {
            let judged = Judged {
                height: number(row, "height")?,
                time: number(row, "time")?,
            };
            Ok((text(row, "ledger")?, judged))
        };
        Ok(rows.iter().map(judged).collect::<Result<_, sqlx::Error>>()?)
    }

    /// Writes a round: all of it, or nothing. Gives the findings that are new.
    ///
    /// # Errors
    /// [`StoreError::Overtaken`], and the database does not answer.
    pub async fn write(&self, progress: &Progress) -> Result<u64, StoreError> {
        let mut transaction = self.pool.begin().await?;
        // The first statement writes, so that a reader never has to become a writer in the middle.
        for (ledger, (before, after)) in &progress.judged {
            advance(&mut transaction, ledger, *before, *after).await?;
        }
        let mut new = 0;
        for finding in &progress.findings {
            new += insert_finding(&mut transaction, finding).await?;
        }
        for notice in &progress.notices {
            insert_notice(&mut transaction, notice).await?;
        }
        transaction.commit().await?;
        Ok(new)
    }

    /// What may have been missed, newest first.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn notices(&self, limit: u32) -> Result<Vec<DayNotice>, StoreError> {
        let rows = sqlx::query(
            "SELECT day, rule, kind, count FROM supervision_notice ORDER BY day DESC, rule, kind LIMIT $1",
        )
        .bind(i64::from(limit))
        .fetch_all(&self.pool)
        .await?;
        let notice = |row: &AnyRow| {
            Ok(DayNotice {
                day: number(row, "day")?,
                rule: text(row, "rule")?,
                kind: text(row, "kind")?,
                count: number(row, "count")?,
            })
        };
        Ok(rows.iter().map(notice).collect::<Result<_, sqlx::Error>>()?)
    }

    /// Forgets notices that are too old.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn prune(&self) -> Result<(), StoreError> {
        let oldest = integer((now() / DAY_SECONDS).saturating_sub(NOTICE_DAYS));
        sqlx::query("DELETE FROM supervision_notice WHERE day < $1")
            .bind(oldest)
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}

/// A word of an enumeration as it stands in the database and in the API.
pub(super) fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

async fn advance(
    transaction: &mut Transaction<'_, Any>,
    ledger: &str,
    before: Option<u64>,
    after: Judged,
) -> Result<(), StoreError> {
    let statement = match before {
        Some(_) => "UPDATE supervision_judged SET height = $1, time = $2 WHERE ledger = $3 AND height = $4",
        None => {
            "INSERT INTO supervision_judged (height, time, ledger) SELECT $1, $2, $3 WHERE $4 = -1 \
             ON CONFLICT (ledger) DO NOTHING"
        }
    };
    let changed = sqlx::query(statement)
        .bind(integer(after.height))
        .bind(integer(after.time))
        .bind(ledger.to_owned())
        .bind(before.map_or(-1, integer))
        .execute(&mut **transaction)
        .await?
        .rows_affected();
    if changed == 1 {
        return Ok(());
    }
    Err(StoreError::Overtaken {
        ledger: ledger.to_owned(),
    })
}

async fn insert_finding(
    transaction: &mut Transaction<'_, Any>,
    finding: &Finding,
) -> Result<u64, StoreError> {
    let body = serde_json::to_string(finding).map_err(|source| StoreError::Damaged {
        what: "a finding",
        source,
    })?;
    let statement = "INSERT INTO supervision_finding (number, rule, version, subject, event, ledger, at, found_at, severity, \
                     mode, state, body) SELECT COALESCE(MAX(number), 0) + 1, $1, $2, $3, $4, $5, $6, $7, $8, $9, 'open', $10 \
                     FROM supervision_finding WHERE TRUE ON CONFLICT (rule, version, subject, event) DO NOTHING";
    let result = sqlx::query(statement)
        .bind(finding.rule.clone())
        .bind(i64::from(finding.version))
        .bind(without_zeros(&finding.subject))
        .bind(finding.event.to_string())
        .bind(finding.chain.to_string())
        .bind(integer(finding.time))
        .bind(integer(now()))
        .bind(word(&finding.severity))
        .bind(word(&finding.mode))
        .bind(without_zeros(&body))
        .execute(&mut **transaction)
        .await?;
    Ok(result.rows_affected())
}

/// PostgreSQL keeps no zero character in text; contracts can write any.
fn without_zeros(text: &str) -> String {
    text.replace('\0', "")
}

async fn insert_notice(transaction: &mut Transaction<'_, Any>, notice: &Notice) -> Result<(), StoreError> {
    let statement = "INSERT INTO supervision_notice (day, rule, kind, count, last_at) VALUES ($1, $2, $3, $4, $5) \
                     ON CONFLICT (day, rule, kind) DO UPDATE SET count = supervision_notice.count + excluded.count, \
                     last_at = excluded.last_at";
    let at = now();
    sqlx::query(statement)
        .bind(integer(at / DAY_SECONDS))
        .bind(notice.rule.clone().unwrap_or_default())
        .bind(kind_word(notice.kind))
        .bind(integer(notice.count))
        .bind(integer(at))
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

/// What may have been missed, in a word.
pub(super) const fn kind_word(kind: NoticeKind) -> &'static str {
    match kind {
        NoticeKind::Evicted => "evicted",
        NoticeKind::Saturated => "saturated",
        NoticeKind::Late => "late",
        NoticeKind::Ahead => "ahead",
        NoticeKind::Fault => "fault",
        NoticeKind::Unwatched => "unwatched",
    }
}

/// Counts of a query: one row, one column named `count`.
pub(super) fn count_of(row: &AnyRow) -> Result<u64, sqlx::Error> {
    let count: i64 = row.try_get("count")?;
    Ok(u64::try_from(count).unwrap_or_default())
}
