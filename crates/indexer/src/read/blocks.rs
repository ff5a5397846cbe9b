//! Blocks, and what happened when.

use super::{
    Activity, Block, BlockKey, Page, PageRequest, Reader,
    cursor::{Part, page},
};
use crate::{
    Error,
    database::{Row, Statement},
};

const BLOCK: &str = "SELECT number, hash, parent, time, beneficiary, state_root, payload, gas_used, gas_limit, base_fee, \
                     size, transactions FROM blocks";

/// Blocks that an activity chart looks at, at most: a few milliseconds.
const ACTIVITY_BLOCKS_MAX: i64 = 20_000;

/// Points of an activity chart, at most: more than a screen has columns.
const ACTIVITY_POINTS_MAX: u64 = 2_000;

impl Reader {
    /// Blocks of a ledger, newest first.
    ///
    /// # Errors
    /// [`Error::UnknownLedger`], [`Error::Cursor`] and [`Error::Database`].
    pub async fn blocks(&self, ledger: &str, request: &PageRequest) -> Result<Page<Block>, Error> {
        let id = self.id(ledger).await?;
        let statement = Statement::new(format!(
            "{BLOCK} WHERE ledger = $1 AND number < $2 ORDER BY number DESC LIMIT $3"
        ));
        let statement = statement
            .bind(id)
            .bind(request.place()?)
            .bind(request.count_and_one());
        let rows = self.database.rows(statement).await?;
        let keyed: Result<Vec<_>, Error> = rows
            .into_iter()
            .map(|row| {
                let block = block_of(row)?;
                let number = i64::try_from(block.number).unwrap_or(i64::MAX);
                Ok(([Part::Number(number)], block))
            })
            .collect();
        Ok(page(keyed?, request.count()))
    }

    /// A block of a ledger.
    ///
    /// # Errors
    /// [`Error::UnknownLedger`] and [`Error::Database`].
    pub async fn block(&self, ledger: &str, key: BlockKey) -> Result<Option<Block>, Error> {
        let id = self.id(ledger).await?;
        let statement = match key {
            BlockKey::Number(number) => Statement::new(format!("{BLOCK} WHERE ledger = $1 AND number = $2"))
                .bind(id)
                .bind(number),
            BlockKey::Hash(hash) => Statement::new(format!("{BLOCK} WHERE ledger = $1 AND hash = $2"))
                .bind(id)
                .bind(hash),
        };
        self.database.row(statement).await?.map(block_of).transpose()
    }

    /// What happened on a ledger up to its newest block in the index, in stretches of so many seconds, oldest first.
    /// It reaches back over at most 20,000 blocks.
    ///
    /// # Errors
    /// [`Error::UnknownLedger`] and [`Error::Database`].
    pub async fn activity(&self, ledger: &str, seconds: u64, points: u64) -> Result<Vec<Activity>, Error> {
        let seconds = seconds.clamp(1, u64::from(u32::MAX));
        let points = points.clamp(1, ACTIVITY_POINTS_MAX);
        let known = self.ledger(ledger).await?.ok_or_else(|| super::unknown(ledger))?;
        let id = self.id(ledger).await?;
        let Some((height, now)) = known.indexed.zip(known.indexed_at) else {
            return Ok(Vec::new());
        };
        let first = (now / seconds).saturating_sub(points - 1).saturating_mul(seconds);
        let statement = Statement::new(
            "SELECT stretch, COUNT(*), CAST(SUM(transactions) AS BIGINT), CAST(SUM(gas_used) AS BIGINT) FROM (SELECT time / $1 AS stretch, \
             transactions, gas_used FROM blocks WHERE ledger = $2 AND number > $3 AND time >= $4) AS recent GROUP BY stretch \
             ORDER BY stretch",
        );
        let above = i64::try_from(height).unwrap_or(i64::MAX) - ACTIVITY_BLOCKS_MAX;
        let statement = statement.bind(seconds).bind(id).bind(above).bind(first);
        let mut activities: Vec<Activity> = Vec::new();
        for mut row in self.database.rows(statement).await? {
            activities.push(Activity {
                from: row.take::<u64>()?.saturating_mul(seconds),
                blocks: row.take()?,
                transactions: row.take()?,
                gas_used: row.take()?,
            });
        }
        Ok(activities)
    }
}

fn block_of(mut row: Row) -> Result<Block, Error> {
    Ok(Block {
        number: row.take()?,
        hash: row.take()?,
        parent: row.take()?,
        time: row.take()?,
        beneficiary: row.take()?,
        state_root: row.take()?,
        payload: row.take()?,
        gas_used: row.take()?,
        gas_limit: row.take()?,
        base_fee: row.take()?,
        size: row.take()?,
        transactions: row.take()?,
    })
}
