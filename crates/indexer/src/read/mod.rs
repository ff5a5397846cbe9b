//! The questions that the index answers: typed, and paged by a cursor that keeps its place while new blocks come.
//!
//! Every list goes along an index of the database and looks at a bounded number of rows, so that a page takes
//! milliseconds however long the list is.

mod accounts;
mod blocks;
mod chains;
mod cursor;
mod entities;
mod events;
mod flows;
mod replay;
mod said;
mod scan;
mod search;
mod timeline;
mod tokens;
mod transactions;
mod types;

pub use chains::{Anchored, Foreign};
pub use flows::{Flow, FlowFilter, Flows};
pub use replay::{PastBlock, PastEvent, PastTransaction, PastTransfer};
pub use said::Said;
pub use timeline::{Deed, Holding};
pub use types::*;

use crate::{
    Error,
    database::{Database, Row, Statement},
};
use alloy_primitives::B256;

/// Answers questions about the index. Clones share their connections.
#[derive(Clone, Debug)]
pub struct Reader {
    database: Database,
}

impl Reader {
    pub(crate) fn new(database: Database) -> Self {
        Self { database }
    }

    /// All ledgers and foreign chains, the main ledger first.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn ledgers(&self) -> Result<Vec<Ledger>, Error> {
        let rows = self
            .database
            .rows(Statement::new(format!("{LEDGER} ORDER BY l.id")))
            .await?;
        let mut ledgers: Vec<Ledger> = rows.into_iter().map(ledger_of).collect::<Result<_, _>>()?;
        ledgers.sort_by_key(|ledger| ledger.name != crate::store::MAIN_LEDGER);
        Ok(ledgers)
    }

    /// A ledger by its name.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn ledger(&self, name: &str) -> Result<Option<Ledger>, Error> {
        let statement = Statement::new(format!("{LEDGER} WHERE l.name = $1")).bind(name);
        self.database.row(statement).await?.map(ledger_of).transpose()
    }

    /// How many there are of what on a ledger.
    ///
    /// # Errors
    /// [`Error::UnknownLedger`] and [`Error::Database`].
    pub async fn totals(&self, ledger: &str) -> Result<Totals, Error> {
        let known = self.ledger(ledger).await?.ok_or_else(|| unknown(ledger))?;
        let id = self.id(ledger).await?;
        let statement = Statement::new(
            "SELECT (SELECT COUNT(*) FROM accounts WHERE ledger = $1), (SELECT COUNT(*) FROM contracts WHERE ledger = $1), \
             (SELECT COUNT(*) FROM tokens WHERE ledger = $1)",
        );
        let row = self.database.row(statement.bind(id)).await?;
        let mut row = row.ok_or(Error::Damaged { what: "no totals" })?;
        Ok(Totals {
            transactions: known.transactions,
            events: known.events,
            transfers: known.transfers,
            accounts: row.take()?,
            contracts: row.take()?,
            tokens: row.take()?,
        })
    }

    /// The number of a ledger in the tables.
    async fn id(&self, ledger: &str) -> Result<i64, Error> {
        let statement = Statement::new("SELECT id FROM ledgers WHERE name = $1").bind(ledger);
        let row = self.database.row(statement).await?;
        row.ok_or_else(|| unknown(ledger))?.take()
    }
}

fn unknown(ledger: &str) -> Error {
    Error::UnknownLedger {
        name: ledger.to_owned(),
    }
}

const LEDGER: &str = "SELECT l.name, l.chain_id, l.indexed, l.indexed_hash, l.indexed_at, l.transactions, l.events, \
                      l.transfers, c.id, c.start_height, c.batches, c.threshold, c.gateways FROM ledgers l \
                      LEFT JOIN chains c ON c.ledger = l.id";

fn ledger_of(mut row: Row) -> Result<Ledger, Error> {
    let (name, chain_id, height): (String, u64, i64) = (row.take()?, row.take()?, row.take()?);
    let (hash, time): (Vec<u8>, u64) = (row.take()?, row.take()?);
    let (transactions, events, transfers) = (row.take()?, row.take()?, row.take()?);
    let indexed = u64::try_from(height).ok();
    let foreign = match row.take::<Option<B256>>()? {
        Some(id) => Some(Foreign {
            id,
            start_height: row.take()?,
            batches: row.take()?,
            threshold: row.take()?,
            gateways: row.take()?,
        }),
        None => None,
    };
    Ok(Ledger {
        name,
        chain_id,
        indexed,
        indexed_hash: B256::try_from(hash.as_slice()).ok(),
        indexed_at: indexed.map(|_| time),
        transactions,
        events,
        transfers,
        foreign,
    })
}
