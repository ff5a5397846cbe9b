//! What the situation room keeps in the console's database: counts by minute and hour, and thresholds.
//!
//! Invariant: counts and the height up to which a ledger is counted change in one transaction, and only if the height is still
//! where it was: nothing is counted twice or left out, whoever stops when.

use super::count::{Counts, Pair, Sum};
use crate::{
    login::store::{integer, number, open_with, text},
    supervision::store::StoreError,
    time::now,
};
use sqlx::{Any, AnyPool, Row, Transaction, any::AnyRow};
use std::collections::BTreeMap;

const MIGRATION: &str = include_str!("../../migrations/0004_situation.sql");
/// Connections: one writes, the others read for pages.
const CONNECTIONS_MAX: u32 = 4;
/// Seconds of the two kinds of stretches.
pub const MINUTE: u64 = 60;
/// The same.
pub const HOUR: u64 = 3_600;
/// How long stretches are kept: what the longest chart shows.
const MINUTES_KEPT_SECONDS: u64 = 2 * 86_400;
const HOURS_KEPT_SECONDS: u64 = 420 * 86_400;
/// Thresholds of a city, at most: more than anybody watches.
pub const THRESHOLDS_MAX: usize = 500;
/// Rows of movements between chains that one picture looks at: some ten milliseconds.
const BETWEEN_ROWS_MAX: i64 = 20_000;
/// Assets of a chain that are told, those with the most payments.
const ASSETS_MAX: i64 = 12;

/// What happened in a stretch of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stretch {
    /// Its begin, seconds since 1970.
    pub at: u64,
    /// Transactions.
    pub transactions: u64,
    /// Those that failed.
    pub failed: u64,
    /// Payments.
    pub payments: u64,
    /// Those whose payer has no verified identity.
    pub unverified: u64,
}

/// A threshold.
#[derive(Clone, Debug, PartialEq)]
pub struct Threshold {
    /// The chain.
    pub ledger: String,
    /// What is measured.
    pub measure: String,
    /// The asset; empty for none.
    pub asset: String,
    /// Seconds of a step.
    pub step: u64,
    /// It warns above this.
    pub above: f64,
    /// Who set it.
    pub set_by: String,
    /// When, seconds since 1970.
    pub set_at: u64,
}

/// The database of the situation room.
#[derive(Clone, Debug)]
pub struct Store {
    pool: AnyPool,
}

fn amount(row: &AnyRow, column: &str) -> Result<i128, sqlx::Error> {
    Ok(text(row, column)?.parse().unwrap_or_default())
}

fn count(row: &AnyRow, column: &str) -> Result<u64, sqlx::Error> {
    let count: Option<i64> = row.try_get(column)?;
    Ok(count
        .and_then(|count| u64::try_from(count).ok())
        .unwrap_or_default())
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

    /// How far each ledger is counted.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn counted(&self) -> Result<BTreeMap<String, u64>, StoreError> {
        let rows = sqlx::query("SELECT ledger, height FROM situation_counted")
            .fetch_all(&self.pool)
            .await?;
        let counted = |row: &AnyRow| Ok((text(row, "ledger")?, number(row, "height")?));
        Ok(rows.iter().map(counted).collect::<Result<_, sqlx::Error>>()?)
    }

    /// Adds what blocks of a ledger brought, from the one after `before` to `after`.
    ///
    /// # Errors
    /// [`StoreError::Overtaken`], and the database does not answer.
    pub async fn add(
        &self,
        ledger: &str,
        before: Option<u64>,
        after: u64,
        counts: &Counts,
    ) -> Result<(), StoreError> {
        let mut transaction = self.pool.begin().await?;
        // The first statement writes, so that a reader never has to become a writer in the middle.
        let statement = match before {
            Some(_) => "UPDATE situation_counted SET height = $1 WHERE ledger = $2 AND height = $3",
            None => {
                "INSERT INTO situation_counted (height, ledger) SELECT $1, $2 WHERE $3 = -1 ON CONFLICT (ledger) DO NOTHING"
            }
        };
        let changed = sqlx::query(statement)
            .bind(integer(after))
            .bind(ledger.to_owned())
            .bind(before.map_or(-1, integer))
            .execute(&mut *transaction)
            .await?;
        if changed.rows_affected() != 1 {
            return Err(StoreError::Overtaken {
                ledger: ledger.to_owned(),
            });
        }
        for ((step, at), stretch) in &counts.stretches {
            add_stretch(&mut transaction, ledger, *step, &Stretch { at: *at, ..*stretch }).await?;
        }
        for ((step, at, asset), sum) in &counts.moved {
            add_moved(&mut transaction, (ledger, *step, *at, asset), *sum).await?;
        }
        for ((at, other, asset), pair) in &counts.between {
            add_between(&mut transaction, (*at, ledger, other, asset), *pair).await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// Since when everything on a ledger is counted: the minute of its first block, or, where its minutes are forgotten, the
    /// end of its first hour. None where nothing is counted yet.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn begun(&self, ledger: &str, until: u64) -> Result<Option<u64>, StoreError> {
        // The first block of some chains says that it is of 1970.
        let since = until.saturating_sub(HOURS_KEPT_SECONDS);
        let Some(hour) = self.edge("MIN", ledger, HOUR, since).await? else {
            return Ok(None);
        };
        let end = hour.saturating_add(HOUR);
        let minute = self.edge("MIN", ledger, MINUTE, hour).await?;
        Ok(Some(minute.map_or(end, |minute| minute.min(end))))
    }

    /// Begin of the newest stretch of a ledger that is counted.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn newest(&self, ledger: &str) -> Result<Option<u64>, StoreError> {
        let hour = self.edge("MAX", ledger, HOUR, 0).await?;
        let minute = self.edge("MAX", ledger, MINUTE, 0).await?;
        Ok(hour.max(minute))
    }

    /// The first (`MIN`) or last (`MAX`) stretch since a time.
    async fn edge(
        &self,
        which: &'static str,
        ledger: &str,
        step: u64,
        since: u64,
    ) -> Result<Option<u64>, StoreError> {
        let statement = format!(
            "SELECT {which}(at) AS at FROM situation_stretch WHERE ledger = $1 AND step = $2 AND at >= $3"
        );
        let row = sqlx::query(&statement)
            .bind(ledger.to_owned())
            .bind(integer(step))
            .bind(integer(since))
            .fetch_one(&self.pool)
            .await?;
        let at: Option<i64> = row.try_get("at")?;
        Ok(at.and_then(|at| u64::try_from(at).ok()))
    }

    /// Stretches of a ledger since a time, oldest first; those in which nothing happened are not there.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn stretches(&self, ledger: &str, step: u64, since: u64) -> Result<Vec<Stretch>, StoreError> {
        let rows = sqlx::query(
            "SELECT at, transactions, failed, payments, unverified FROM situation_stretch \
             WHERE ledger = $1 AND step = $2 AND at >= $3 ORDER BY at",
        )
        .bind(ledger.to_owned())
        .bind(integer(step))
        .bind(integer(since))
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.iter().map(stretch_of).collect::<Result<_, _>>()?)
    }

    /// What was moved of an asset on a ledger since a time, oldest first: begin, payments, millionths.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn moved(
        &self,
        (ledger, asset): (&str, &str),
        step: u64,
        since: u64,
    ) -> Result<Vec<(u64, Sum)>, StoreError> {
        let rows = sqlx::query(
            "SELECT at, payments, amount FROM situation_moved WHERE ledger = $1 AND step = $2 AND asset = $3 AND at >= $4 \
             ORDER BY at",
        )
        .bind(ledger.to_owned())
        .bind(integer(step))
        .bind(asset.to_owned())
        .bind(integer(since))
        .fetch_all(&self.pool)
        .await?;
        let moved = |row: &AnyRow| {
            let sum = Sum {
                payments: number(row, "payments")?,
                amount: amount(row, "amount")?,
            };
            Ok((number(row, "at")?, sum))
        };
        Ok(rows.iter().map(moved).collect::<Result<_, sqlx::Error>>()?)
    }

    /// The assets that were moved most often on a ledger since a time, with the number of payments.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn assets(&self, ledger: &str, since: u64) -> Result<Vec<(String, u64)>, StoreError> {
        let rows = sqlx::query(
            "SELECT asset, CAST(SUM(payments) AS BIGINT) AS payments FROM situation_moved \
             WHERE ledger = $1 AND step = $2 AND at >= $3 GROUP BY asset ORDER BY 2 DESC, asset LIMIT $4",
        )
        .bind(ledger.to_owned())
        .bind(integer(HOUR))
        .bind(integer(since))
        .bind(ASSETS_MAX)
        .fetch_all(&self.pool)
        .await?;
        let asset = |row: &AnyRow| Ok((text(row, "asset")?, count(row, "payments")?));
        Ok(rows.iter().map(asset).collect::<Result<_, sqlx::Error>>()?)
    }

    /// What people moved on one ledger who also act on another, since a time: by ledger, other and asset.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn between(&self, since: u64) -> Result<BTreeMap<(String, String, String), Pair>, StoreError> {
        let rows = sqlx::query(
            "SELECT ledger, other, asset, received, received_amount, paid, paid_amount FROM situation_between WHERE at >= $1 \
             ORDER BY at DESC LIMIT $2",
        )
        .bind(integer(since))
        .bind(BETWEEN_ROWS_MAX)
        .fetch_all(&self.pool)
        .await?;
        let mut sums: BTreeMap<(String, String, String), Pair> = BTreeMap::new();
        for row in &rows {
            let key = (text(row, "ledger")?, text(row, "other")?, text(row, "asset")?);
            sums.entry(key).or_default().add(pair_of(row)?);
        }
        Ok(sums)
    }

    /// Thresholds.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn thresholds(&self) -> Result<Vec<Threshold>, StoreError> {
        let rows = sqlx::query(
            "SELECT ledger, measure, asset, step, above, set_by, set_at FROM situation_threshold ORDER BY ledger, measure, asset, step",
        )
        .fetch_all(&self.pool)
        .await?;
        let threshold = |row: &AnyRow| {
            Ok(Threshold {
                ledger: text(row, "ledger")?,
                measure: text(row, "measure")?,
                asset: text(row, "asset")?,
                step: number(row, "step")?,
                above: text(row, "above")?.parse().unwrap_or(f64::INFINITY),
                set_by: text(row, "set_by")?,
                set_at: number(row, "set_at")?,
            })
        };
        Ok(rows.iter().map(threshold).collect::<Result<_, sqlx::Error>>()?)
    }

    /// Sets a threshold in place of the one that was there. False, where there are too many.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn set_threshold(&self, new: &Threshold) -> Result<bool, StoreError> {
        let known = self.thresholds().await?;
        let is_same = |old: &Threshold| {
            (&old.ledger, &old.measure, &old.asset, old.step)
                == (&new.ledger, &new.measure, &new.asset, new.step)
        };
        if known.len() >= THRESHOLDS_MAX && !known.iter().any(is_same) {
            return Ok(false);
        }
        sqlx::query(
            "INSERT INTO situation_threshold (ledger, measure, asset, step, above, set_by, set_at) VALUES ($1, $2, $3, $4, $5, $6, $7) \
             ON CONFLICT (ledger, measure, asset, step) DO UPDATE SET above = excluded.above, set_by = excluded.set_by, \
             set_at = excluded.set_at",
        )
        .bind(new.ledger.clone())
        .bind(new.measure.clone())
        .bind(new.asset.clone())
        .bind(integer(new.step))
        .bind(new.above.to_string())
        .bind(new.set_by.clone())
        .bind(integer(new.set_at))
        .execute(&self.pool)
        .await?;
        Ok(true)
    }

    /// Takes a threshold away.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn remove_threshold(
        &self,
        (ledger, measure, asset): (&str, &str, &str),
        step: u64,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "DELETE FROM situation_threshold WHERE ledger = $1 AND measure = $2 AND asset = $3 AND step = $4",
        )
        .bind(ledger.to_owned())
        .bind(measure.to_owned())
        .bind(asset.to_owned())
        .bind(integer(step))
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Forgets what is too old.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn prune(&self) -> Result<(), StoreError> {
        for (step, kept) in [(MINUTE, MINUTES_KEPT_SECONDS), (HOUR, HOURS_KEPT_SECONDS)] {
            for table in ["situation_stretch", "situation_moved"] {
                sqlx::query(&format!("DELETE FROM {table} WHERE step = $1 AND at < $2"))
                    .bind(integer(step))
                    .bind(integer(now().saturating_sub(kept)))
                    .execute(&self.pool)
                    .await?;
            }
        }
        sqlx::query("DELETE FROM situation_between WHERE at < $1")
            .bind(integer(now().saturating_sub(HOURS_KEPT_SECONDS)))
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}

fn stretch_of(row: &AnyRow) -> Result<Stretch, sqlx::Error> {
    Ok(Stretch {
        at: number(row, "at")?,
        transactions: number(row, "transactions")?,
        failed: number(row, "failed")?,
        payments: number(row, "payments")?,
        unverified: number(row, "unverified")?,
    })
}

fn pair_of(row: &AnyRow) -> Result<Pair, sqlx::Error> {
    Ok(Pair {
        received: Sum {
            payments: number(row, "received")?,
            amount: amount(row, "received_amount")?,
        },
        paid: Sum {
            payments: number(row, "paid")?,
            amount: amount(row, "paid_amount")?,
        },
    })
}

async fn add_stretch(
    transaction: &mut Transaction<'_, Any>,
    ledger: &str,
    step: u64,
    new: &Stretch,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO situation_stretch (ledger, step, at, transactions, failed, payments, unverified) VALUES ($1, $2, $3, $4, $5, $6, $7) \
         ON CONFLICT (ledger, step, at) DO UPDATE SET transactions = situation_stretch.transactions + excluded.transactions, \
         failed = situation_stretch.failed + excluded.failed, payments = situation_stretch.payments + excluded.payments, \
         unverified = situation_stretch.unverified + excluded.unverified",
    )
    .bind(ledger.to_owned())
    .bind(integer(step))
    .bind(integer(new.at))
    .bind(integer(new.transactions))
    .bind(integer(new.failed))
    .bind(integer(new.payments))
    .bind(integer(new.unverified))
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

async fn add_moved(
    transaction: &mut Transaction<'_, Any>,
    (ledger, step, at, asset): (&str, u64, u64, &str),
    mut sum: Sum,
) -> Result<(), sqlx::Error> {
    let known = sqlx::query("SELECT payments, amount FROM situation_moved WHERE ledger = $1 AND step = $2 AND at = $3 AND asset = $4")
        .bind(ledger.to_owned())
        .bind(integer(step))
        .bind(integer(at))
        .bind(asset.to_owned())
        .fetch_optional(&mut **transaction)
        .await?;
    if let Some(row) = &known {
        sum.add(Sum {
            payments: number(row, "payments")?,
            amount: amount(row, "amount")?,
        });
    }
    sqlx::query(
        "INSERT INTO situation_moved (ledger, step, at, asset, payments, amount) VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (ledger, step, at, asset) DO UPDATE SET payments = excluded.payments, amount = excluded.amount",
    )
    .bind(ledger.to_owned())
    .bind(integer(step))
    .bind(integer(at))
    .bind(asset.to_owned())
    .bind(integer(sum.payments))
    .bind(sum.amount.to_string())
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

async fn add_between(
    transaction: &mut Transaction<'_, Any>,
    (at, ledger, other, asset): (u64, &str, &str, &str),
    mut pair: Pair,
) -> Result<(), sqlx::Error> {
    let known = sqlx::query(
        "SELECT received, received_amount, paid, paid_amount FROM situation_between \
         WHERE at = $1 AND ledger = $2 AND other = $3 AND asset = $4",
    )
    .bind(integer(at))
    .bind(ledger.to_owned())
    .bind(other.to_owned())
    .bind(asset.to_owned())
    .fetch_optional(&mut **transaction)
    .await?;
    if let Some(row) = &known {
        pair.add(pair_of(row)?);
    }
    sqlx::query(
        "INSERT INTO situation_between (at, ledger, other, asset, received, received_amount, paid, paid_amount) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (at, ledger, other, asset) DO UPDATE SET \
         received = excluded.received, received_amount = excluded.received_amount, paid = excluded.paid, \
         paid_amount = excluded.paid_amount",
    )
    .bind(integer(at))
    .bind(ledger.to_owned())
    .bind(other.to_owned())
    .bind(asset.to_owned())
    .bind(integer(pair.received.payments))
    .bind(pair.received.amount.to_string())
    .bind(integer(pair.paid.payments))
    .bind(pair.paid.amount.to_string())
    .execute(&mut **transaction)
    .await?;
    Ok(())
}
