//! What is attested about the blocks of foreign chains.

use super::Reader;
use crate::{Error, database::Statement};
use alloy_primitives::B256;
use serde::{Deserialize, Serialize};

/// How a chain that is not the city's own is attested.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Foreign {
    /// Its id in the registry.
    pub id: B256,
    /// Height of the trust root. The index begins after it: what accounts hold is known only if it is the genesis.
    pub start_height: u64,
    /// Batches in the index.
    pub batches: u64,
    /// Gateways that must say the same, by the terms of the newest batch.
    pub threshold: u64,
    /// Gateways that there are, each of another organisation.
    pub gateways: u64,
}

/// A batch of blocks of a foreign chain, as the main ledger anchored it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Anchored {
    /// First block.
    pub from_height: u64,
    /// Last block.
    pub to_height: u64,
    /// Its number, from 0.
    pub number: u64,
    /// Root over blocks, transactions and events.
    pub blocks_root: B256,
    /// Hash over it and all batches before.
    pub digest: B256,
    /// Gateways that had said the same when it was read.
    pub agreed: u64,
    /// Gateways that there were.
    pub gateways: u64,
    /// Height of the main ledger at which it was anchored.
    pub anchored_height: u64,
    /// Seconds since 1970.
    pub anchored_at: u64,
}

impl Reader {
    /// The batch that holds a block of a foreign chain; none for a ledger of the city, or a block that is not there.
    ///
    /// # Errors
    /// [`Error::UnknownLedger`] and [`Error::Database`].
    pub async fn anchored(&self, ledger: &str, height: u64) -> Result<Option<Anchored>, Error> {
        let id = self.id(ledger).await?;
        let statement = Statement::new(
            "SELECT from_height, to_height, number, blocks_root, digest, agreed, gateways, anchored_height, anchored_at \
             FROM batches WHERE ledger = $1 AND to_height >= $2 ORDER BY to_height LIMIT 1",
        );
        let row = self.database.row(statement.bind(id).bind(height)).await?;
        let Some(mut row) = row else { return Ok(None) };
        let anchored = Anchored {
            from_height: row.take()?,
            to_height: row.take()?,
            number: row.take()?,
            blocks_root: row.take()?,
            digest: row.take()?,
            agreed: row.take()?,
            gateways: row.take()?,
            anchored_height: row.take()?,
            anchored_at: row.take()?,
        };
        Ok(Some(anchored).filter(|anchored| anchored.from_height <= height))
    }
}
