//! Findings in the database: lists, counts, and what people make of them.

use super::{
    rules::{Change, NewAct, note},
    store::{Store, StoreError, count_of},
};
use crate::{
    login::store::{integer, number, text},
    situation::risk::Open,
};
use civitas_supervision::{Finding, Mode, Severity};
use sqlx::any::AnyRow;

/// A finding as it is kept.
#[derive(Clone, Debug)]
pub struct KeptFinding {
    /// Grows with the time at which it was found.
    pub number: u64,
    /// What was found.
    pub finding: Finding,
    /// When it was found, seconds since 1970.
    pub found_at: u64,
    /// `open` or `dismissed`.
    pub state: String,
}

/// Which findings.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Of this rule.
    pub rule: Option<String>,
    /// Of this severity.
    pub severity: Option<String>,
    /// Of rules that are `active` or on trial (`shadow`).
    pub mode: Option<String>,
    /// In this state.
    pub state: Option<String>,
    /// On this ledger.
    pub ledger: Option<String>,
    /// About this subject.
    pub subject: Option<String>,
    /// In which this event was judged.
    pub event: Option<String>,
    /// Before this finding.
    pub before: Option<u64>,
    /// How many.
    pub limit: u32,
}

/// How many findings there are of a kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindingCount {
    /// The rule.
    pub rule: String,
    /// How grave.
    pub severity: String,
    /// `active` or `shadow`.
    pub mode: String,
    /// `open` or `dismissed`.
    pub state: String,
    /// How many.
    pub count: u64,
}

fn finding_of(row: &AnyRow) -> Result<KeptFinding, StoreError> {
    let finding = serde_json::from_str(&text(row, "body")?).map_err(|source| StoreError::Damaged {
        what: "a finding",
        source,
    })?;
    Ok(KeptFinding {
        number: number(row, "number")?,
        finding,
        found_at: number(row, "found_at")?,
        state: text(row, "state")?,
    })
}

impl Store {
    /// Findings, newest first.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn findings(&self, wanted: &Wanted) -> Result<Vec<KeptFinding>, StoreError> {
        let mut statement = "SELECT number, body, found_at, state FROM supervision_finding \
                             WHERE number < $1"
            .to_owned();
        let texts = [
            ("rule", &wanted.rule),
            ("severity", &wanted.severity),
            ("mode", &wanted.mode),
            ("state", &wanted.state),
            ("ledger", &wanted.ledger),
            ("subject", &wanted.subject),
            ("event", &wanted.event),
        ];
        let mut values = Vec::new();
        for (column, value) in texts {
            if let Some(value) = value {
                values.push(value.clone());
                statement.push_str(&format!(" AND {column} = ${}", values.len() + 1));
            }
        }
        let place = values.len() + 2;
        statement.push_str(&format!(" ORDER BY number DESC LIMIT ${place}"));
        let mut query = sqlx::query(&statement).bind(wanted.before.map_or(i64::MAX, integer));
        for value in values {
            query = query.bind(value);
        }
        query = query.bind(i64::from(wanted.limit));
        let rows = query.fetch_all(&self.pool).await?;
        rows.iter().map(finding_of).collect()
    }

    /// One finding.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn finding(&self, number: u64) -> Result<Option<KeptFinding>, StoreError> {
        let row =
            sqlx::query("SELECT number, body, found_at, state FROM supervision_finding WHERE number = $1")
                .bind(integer(number))
                .fetch_optional(&self.pool)
                .await?;
        row.as_ref().map(finding_of).transpose()
    }

    /// How many findings there are, by rule, severity, mode and state.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn finding_counts(&self) -> Result<Vec<FindingCount>, StoreError> {
        let rows = sqlx::query(
            "SELECT rule, severity, mode, state, COUNT(*) AS count FROM supervision_finding \
             GROUP BY rule, severity, mode, state ORDER BY rule, severity, mode, state",
        )
        .fetch_all(&self.pool)
        .await?;
        let count = |row: &AnyRow| {
            Ok(FindingCount {
                rule: text(row, "rule")?,
                severity: text(row, "severity")?,
                mode: text(row, "mode")?,
                state: text(row, "state")?,
                count: count_of(row)?,
            })
        };
        Ok(rows.iter().map(count).collect::<Result<_, sqlx::Error>>()?)
    }

    /// Findings of each day since a time, by severity: day since 1970, severity, count.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn finding_days(&self, since: u64) -> Result<Vec<(u64, String, u64)>, StoreError> {
        let rows = sqlx::query(
            "SELECT at / 86400 AS day, severity, COUNT(*) AS count FROM supervision_finding WHERE at >= $1 \
             GROUP BY at / 86400, severity ORDER BY at / 86400, severity",
        )
        .bind(integer(since))
        .fetch_all(&self.pool)
        .await?;
        let day = |row: &AnyRow| Ok((number(row, "day")?, text(row, "severity")?, count_of(row)?));
        Ok(rows.iter().map(day).collect::<Result<_, sqlx::Error>>()?)
    }

    /// Findings on a ledger since a time, by steps of so many seconds: begin of the step, count.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn finding_steps(
        &self,
        ledger: &str,
        step: u64,
        since: u64,
    ) -> Result<Vec<(u64, u64)>, StoreError> {
        let rows = sqlx::query(
            "SELECT place, COUNT(*) AS count FROM (SELECT at / $1 AS place FROM supervision_finding WHERE ledger = $2 AND at >= $3) \
             AS recent GROUP BY place ORDER BY place",
        )
        .bind(integer(step))
        .bind(ledger.to_owned())
        .bind(integer(since))
        .fetch_all(&self.pool)
        .await?;
        let count = |row: &AnyRow| Ok((number(row, "place")?.saturating_mul(step), count_of(row)?));
        Ok(rows.iter().map(count).collect::<Result<_, sqlx::Error>>()?)
    }

    /// The newest findings that nobody dismissed, as far as risk asks.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn undismissed(&self, limit: u32) -> Result<Vec<Open>, StoreError> {
        let rows = sqlx::query(
            "SELECT number, rule, severity, mode, subject, ledger, at FROM supervision_finding WHERE state <> 'dismissed' \
             ORDER BY number DESC LIMIT $1",
        )
        .bind(i64::from(limit))
        .fetch_all(&self.pool)
        .await?;
        let open = |row: &AnyRow| {
            Ok(Open {
                number: number(row, "number")?,
                rule: text(row, "rule")?,
                severity: match text(row, "severity")?.as_str() {
                    "critical" => Severity::Critical,
                    "high" => Severity::High,
                    "warning" => Severity::Warning,
                    _ => Severity::Notice,
                },
                mode: match text(row, "mode")?.as_str() {
                    "active" => Mode::Active,
                    _ => Mode::Shadow,
                },
                subject: text(row, "subject")?,
                ledger: text(row, "ledger")?,
                at: number(row, "at")?,
            })
        };
        Ok(rows.iter().map(open).collect::<Result<_, sqlx::Error>>()?)
    }

    /// Dismisses an open finding, with a reason that is kept.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn dismiss(&self, number: u64, actor: &str, reason: &str) -> Result<Change, StoreError> {
        let mut transaction = self.pool.begin().await?;
        let changed = sqlx::query(
            "UPDATE supervision_finding SET state = 'dismissed' WHERE number = $1 AND state = 'open'",
        )
        .bind(integer(number))
        .execute(&mut *transaction)
        .await?
        .rows_affected();
        if changed != 1 {
            return Ok(Change::Overtaken);
        }
        let act = NewAct {
            actor,
            kind: "finding",
            name: &number.to_string(),
            act: "dismissed",
            detail: reason,
        };
        note(&mut transaction, &act).await?;
        transaction.commit().await?;
        Ok(Change::Done)
    }
}
