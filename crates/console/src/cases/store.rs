//! What the desk keeps and counts in the console's database: texts of notices, whose hash the ledger holds, and findings of a
//! period.

use crate::{
    login::store::{integer, number, text},
    supervision::store::{Store, StoreError},
    time::now,
};
use alloy_primitives::{B256, keccak256};
use sqlx::any::AnyRow;
use std::collections::BTreeMap;

/// Characters of a text, at most.
pub const TEXT_CHARACTERS_MAX: usize = 16_000;

/// Findings of a rule on a ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindingCount {
    /// The rule.
    pub rule: String,
    /// How grave, as the database has it.
    pub severity: String,
    /// Whether the rule counts or is on trial, as the database has it.
    pub mode: String,
    /// The ledger.
    pub ledger: String,
    /// How many.
    pub count: u64,
    /// How many of them were dismissed.
    pub dismissed: u64,
}

impl Store {
    /// Findings whose event was within a period, by rule, severity, mode and ledger.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn findings_within(&self, from: u64, until: u64) -> Result<Vec<FindingCount>, StoreError> {
        let rows = sqlx::query(
            "SELECT rule, severity, mode, ledger, state, COUNT(*) AS count FROM supervision_finding \
             WHERE at >= $1 AND at < $2 GROUP BY rule, severity, mode, ledger, state",
        )
        .bind(integer(from))
        .bind(integer(until))
        .fetch_all(&self.pool)
        .await?;
        let mut counts: BTreeMap<[String; 4], (u64, u64)> = BTreeMap::new();
        let read = |row: &AnyRow| -> Result<_, sqlx::Error> {
            let key = [
                text(row, "rule")?,
                text(row, "severity")?,
                text(row, "mode")?,
                text(row, "ledger")?,
            ];
            Ok((key, text(row, "state")?, number(row, "count")?))
        };
        for row in &rows {
            let (key, state, count) = read(row)?;
            let entry = counts.entry(key).or_default();
            entry.0 += count;
            entry.1 += if state == "dismissed" { count } else { 0 };
        }
        let shown =
            counts.into_iter().map(
                |([rule, severity, mode, ledger], (count, dismissed))| FindingCount {
                    rule,
                    severity,
                    mode,
                    ledger,
                    count,
                    dismissed,
                },
            );
        Ok(shown.collect())
    }

    /// Keeps a text under its hash, and gives the hash.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn keep_text(&self, words: &str, actor: &str) -> Result<B256, StoreError> {
        let hash = keccak256(words);
        sqlx::query(
            "INSERT INTO supervision_text (hash, words, actor, at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (hash) DO NOTHING",
        )
        .bind(hash.to_string())
        .bind(words.to_owned())
        .bind(actor.to_owned())
        .bind(integer(now()))
        .execute(&self.pool)
        .await?;
        Ok(hash)
    }

    /// The text of a hash, if it was kept here.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn text(&self, hash: B256) -> Result<Option<String>, StoreError> {
        let row = sqlx::query("SELECT words FROM supervision_text WHERE hash = $1")
            .bind(hash.to_string())
            .fetch_optional(&self.pool)
            .await?;
        let words = row.map(|row| text(&row, "words")).transpose()?;
        // What does not have its hash is not the text of the notice, whoever wrote it into the database.
        Ok(words.filter(|words| keccak256(words) == hash))
    }
}
