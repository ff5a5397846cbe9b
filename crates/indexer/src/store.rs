//! The store of the index: tables, ledgers, what was verified.

use crate::{
    Error, Reader,
    database::{Database, FromValue, Row, Statement, Value},
    read::Verified,
};
use alloy_primitives::{Address, B256, Keccak256};
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes of an ABI that are kept: the largest of known contracts has a tenth of it.
const ABI_BYTES_MAX: usize = 1024 * 1024;

/// Bytes of a source with its settings that are kept: a hundred libraries with it.
const SOURCE_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Name of the ledger that keeps the city's registries.
pub(crate) const MAIN_LEDGER: &str = "main";

/// The tables and their keys, in the order in which a digest goes through them.
const TABLES: &[(&str, &str)] = &[
    ("ledgers", "id"),
    ("blocks", "ledger, number"),
    ("transactions", "ledger, position"),
    ("events", "ledger, position"),
    ("transfers", "ledger, position"),
    ("balances", "ledger, token, holder, token_id"),
    ("tokens", "ledger, address"),
    ("contracts", "ledger, address"),
    ("accounts", "ledger, address"),
    ("entities", "ledger, kind, id"),
    ("chains", "ledger"),
    ("batches", "ledger, to_height"),
];

/// The index of a city. Clones share their connections.
#[derive(Clone, Debug)]
pub struct Store {
    pub(crate) database: Database,
}

/// A ledger's row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LedgerRow {
    pub(crate) id: i64,
    pub(crate) chain_id: u64,
    /// The newest block in the index; none before the first.
    pub(crate) indexed: Option<(u64, B256)>,
    pub(crate) traced: i64,
    pub(crate) founded: bool,
}

impl LedgerRow {
    const SELECT: &'static str =
        "SELECT id, chain_id, indexed, indexed_hash, traced, founded FROM ledgers WHERE";

    pub(crate) fn of(row: &mut Row) -> Result<Self, Error> {
        let (id, chain_id, height): (i64, u64, i64) = (row.take()?, row.take()?, row.take()?);
        let hash: Vec<u8> = row.take()?;
        let indexed = match u64::try_from(height) {
            Ok(height) => {
                let hash =
                    B256::try_from(hash.as_slice()).map_err(|_| Error::Damaged { what: B256::WHAT })?;
                Some((height, hash))
            }
            Err(_) => None,
        };
        Ok(Self {
            id,
            chain_id,
            indexed,
            traced: row.take()?,
            founded: row.take::<i64>()? != 0,
        })
    }
}

impl Store {
    /// Opens a store, makes it if there is none, and brings its tables to this version.
    ///
    /// `sqlite:///path/index.db` or `postgres://…`.
    ///
    /// # Errors
    /// [`Error::Address`], [`Error::Database`] and [`Error::Migration`].
    pub async fn open(url: &str) -> Result<Self, Error> {
        let database = Database::open(url).await?;
        Ok(Self { database })
    }

    /// The questions that it answers.
    pub fn reader(&self) -> Reader {
        Reader::new(self.database.clone())
    }

    /// Closes its connections, after what they do now.
    pub async fn close(&self) {
        self.database.close().await;
    }

    /// A hash over everything in the index: equal where the content is equal, on either database.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn digest(&self) -> Result<B256, Error> {
        let hasher = Arc::new(Mutex::new(Keccak256::new()));
        for (table, key) in TABLES {
            let sink = hasher.clone();
            let mut visit = move |row: Row| {
                let mut hasher = sink.lock().unwrap_or_else(PoisonError::into_inner);
                row.into_values()
                    .iter()
                    .for_each(|value| absorb(&mut hasher, value));
            };
            let collated = if *table == "entities" {
                // Databases differ in the order of letters; by bytes they agree.
                format!("SELECT * FROM {table} ORDER BY rank, {}", "kind, length(id), id")
            } else {
                format!("SELECT * FROM {table} ORDER BY {key}")
            };
            self.database.each(&collated, &mut visit).await?;
        }
        let hasher = hasher.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Ok(hasher.finalize())
    }

    /// Keeps what the verification of a contract's source found out, for all contracts with the same code.
    ///
    /// # Errors
    /// [`Error::UnknownContract`], [`Error::TooLarge`], and those of the database.
    pub async fn verify(&self, ledger: &str, address: Address, verified: &Verified) -> Result<(), Error> {
        let row = self.ledger(ledger).await?.ok_or_else(|| Error::UnknownLedger {
            name: ledger.to_owned(),
        })?;
        let (abi, source) = (verified.abi.to_string(), verified.source.to_string());
        for (what, text, bytes_max) in [
            ("the ABI", &abi, ABI_BYTES_MAX),
            ("the source", &source, SOURCE_BYTES_MAX),
        ] {
            if text.len() > bytes_max {
                let bytes = text.len();
                return Err(Error::TooLarge {
                    what,
                    bytes,
                    bytes_max,
                });
            }
        }
        let mut write = self.database.begin().await?;
        let statement = Statement::new(
            "UPDATE contracts SET name = $1, abi = $2, source = $3 WHERE origin <> 0 AND ((ledger = $4 AND address = $5) \
             OR code_hash = (SELECT code_hash FROM contracts WHERE ledger = $4 AND address = $5))",
        );
        let statement = statement
            .bind(verified.name.as_str())
            .bind(abi)
            .bind(source)
            .bind(row.id)
            .bind(address);
        let changed = write.execute(statement).await?;
        if changed == 0 {
            return Err(Error::UnknownContract);
        }
        write.commit().await
    }

    pub(crate) async fn ledger(&self, name: &str) -> Result<Option<LedgerRow>, Error> {
        let statement = Statement::new(format!("{} name = $1", LedgerRow::SELECT)).bind(name);
        let row = self.database.row(statement).await?;
        row.map(|mut row| LedgerRow::of(&mut row)).transpose()
    }

    /// The row of a ledger; it is made where there is none.
    pub(crate) async fn ledger_or_new(&self, name: &str, chain_id: u64) -> Result<LedgerRow, Error> {
        if let Some(row) = self.ledger(name).await? {
            return Ok(row);
        }
        let mut write = self.database.begin().await?;
        let statement = Statement::new(
            "INSERT INTO ledgers (id, name, chain_id, indexed, indexed_hash, indexed_at, traced, founded, transactions, \
             events, transfers) SELECT COALESCE(MAX(id), 0) + 1, $1, $2, -1, $3, 0, -1, 0, 0, 0, 0 FROM ledgers \
             WHERE TRUE ON CONFLICT (name) DO NOTHING",
        );
        let empty: &[u8] = &[];
        write
            .execute(statement.bind(name).bind(chain_id).bind(empty))
            .await?;
        write.commit().await?;
        self.ledger(name).await?.ok_or(Error::Damaged {
            what: "a ledger that was written is not there",
        })
    }
}

fn absorb(hasher: &mut Keccak256, value: &Value) {
    match value {
        Value::Integer(Some(number)) => {
            hasher.update([1]);
            hasher.update(number.to_be_bytes());
        }
        Value::Text(Some(text)) => absorb_bytes(hasher, 2, text.as_bytes()),
        Value::Bytes(Some(bytes)) => absorb_bytes(hasher, 3, bytes),
        Value::Integer(None) | Value::Text(None) | Value::Bytes(None) => hasher.update([0]),
    }
}

fn absorb_bytes(hasher: &mut Keccak256, kind: u8, bytes: &[u8]) {
    hasher.update([kind]);
    hasher.update(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
    hasher.update(bytes);
}
