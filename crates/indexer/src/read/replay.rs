//! What happened on a ledger in the order in which it happened, for those who judge it: blocks upwards, each with its
//! transactions, events and token transfers.

use super::{LIST_INPUT_BYTES_MAX, Reader, TokenStandard};
use crate::{
    Error,
    batch::standard_of,
    database::{Row, Statement},
    decode::Decoder,
    place::{first_place, parts},
    store::MAIN_LEDGER,
};
use alloy_primitives::{Address, B256, Bytes, U256};
use std::collections::BTreeMap;

/// Transactions of one answer, beyond those of its first block: some megabytes.
const TRANSACTIONS_MAX: u64 = 4_000;

/// A block with what it did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastBlock {
    /// Its height.
    pub number: u64,
    /// Seconds since 1970.
    pub time: u64,
    /// Whoever proposed it.
    pub beneficiary: Address,
    /// In their order.
    pub transactions: Vec<PastTransaction>,
}

/// A transaction of the past.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastTransaction {
    /// Its place in the block.
    pub index: u64,
    /// Its hash.
    pub hash: B256,
    /// Who signed it.
    pub sender: Address,
    /// Who was called or paid; none where a contract was created.
    pub recipient: Option<Address>,
    /// The contract that it created.
    pub created: Option<Address>,
    /// Coins that went with it, in their smallest unit.
    pub value: U256,
    /// The beginning of what it said to the recipient.
    pub input: Bytes,
    /// Whether it did what it says.
    pub success: bool,
    /// The function that it called, where its interface is known.
    pub function: Option<String>,
    /// What it left, in order.
    pub events: Vec<PastEvent>,
}

/// An event of the past.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastEvent {
    /// Its place among the events of the block.
    pub index: u64,
    /// The contract that emitted it.
    pub emitter: Address,
    /// Its name, where the interface is known, else the first topic.
    pub name: Option<String>,
    /// What it can be found by: its signature first, on Ethereum-like chains.
    pub topics: Vec<B256>,
    /// The movements of tokens that it tells.
    pub transfers: Vec<PastTransfer>,
}

/// A movement of tokens in the past.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastTransfer {
    /// The standard.
    pub standard: TokenStandard,
    /// Digits after the point, where the token told them.
    pub decimals: Option<u8>,
    /// Zero where tokens were made.
    pub sender: Address,
    /// Zero where tokens were burnt.
    pub recipient: Address,
    /// How many, in the smallest unit.
    pub amount: U256,
}

impl Reader {
    /// Blocks of a ledger from a height on, upwards: at most `blocks_max`, and fewer where they are large.
    ///
    /// # Errors
    /// [`Error::UnknownLedger`] and [`Error::Database`].
    pub async fn past(&self, ledger: &str, from: u64, blocks_max: u32) -> Result<Vec<PastBlock>, Error> {
        let id = self.id(ledger).await?;
        let statement = Statement::new(
            "SELECT number, time, beneficiary, transactions FROM blocks WHERE ledger = $1 AND number >= $2 \
             ORDER BY number LIMIT $3",
        );
        let rows = self
            .database
            .rows(statement.bind(id).bind(from).bind(i64::from(blocks_max)))
            .await?;
        let (mut blocks, mut transactions) = (BTreeMap::new(), 0_u64);
        for mut row in rows {
            let number: u64 = row.take()?;
            let block = PastBlock {
                number,
                time: row.take()?,
                beneficiary: row.take()?,
                transactions: Vec::new(),
            };
            transactions = transactions.saturating_add(row.take::<u64>()?);
            if transactions > TRANSACTIONS_MAX && !blocks.is_empty() {
                break;
            }
            blocks.insert(number, block);
        }
        let (Some(first), Some(last)) = (blocks.keys().next().copied(), blocks.keys().last().copied()) else {
            return Ok(Vec::new());
        };
        let range = (first_place(first)?, first_place(last.saturating_add(1))?);
        self.fill(id, range, &mut blocks).await?;
        Ok(blocks.into_values().collect())
    }

    async fn fill(
        &self,
        ledger: i64,
        range: (i64, i64),
        blocks: &mut BTreeMap<u64, PastBlock>,
    ) -> Result<(), Error> {
        let mut transactions = self.past_transactions(ledger, range).await?;
        let mut transfers = self.past_transfers(ledger, range).await?;
        for (place, transaction, mut event) in self.past_events(ledger, range).await? {
            event.transfers = transfers.remove(&place).unwrap_or_default();
            if let Some(transaction) = transactions.get_mut(&transaction) {
                transaction.events.push(event);
            }
        }
        for (place, transaction) in transactions {
            if let Some(block) = blocks.get_mut(&parts(place).0) {
                block.transactions.push(transaction);
            }
        }
        Ok(())
    }

    async fn past_transactions(
        &self,
        ledger: i64,
        (from, until): (i64, i64),
    ) -> Result<BTreeMap<i64, PastTransaction>, Error> {
        let statement = Statement::new(format!(
            "SELECT position, hash, sender, recipient, created, value, substr(input, 1, {LIST_INPUT_BYTES_MAX}), length(input), \
             status FROM transactions WHERE ledger = $1 AND position >= $2 AND position < $3 ORDER BY position"
        ));
        let rows = self
            .database
            .rows(statement.bind(ledger).bind(from).bind(until))
            .await?;
        let read: Result<Vec<_>, Error> = rows.into_iter().map(transaction_of).collect();
        let read = read?;
        let called = read
            .iter()
            .filter_map(|(_, transaction, _)| transaction.recipient);
        let decoder = Decoder::load(&self.database, ledger, called).await?;
        let named = read.into_iter().map(|(place, mut transaction, is_whole)| {
            transaction.function = transaction.recipient.and_then(|recipient| {
                let decoded = decoder.call(recipient, &transaction.input, is_whole)?;
                Some(decoded.name)
            });
            (place, transaction)
        });
        Ok(named.collect())
    }

    /// Events with their places and those of their transactions.
    async fn past_events(
        &self,
        ledger: i64,
        (from, until): (i64, i64),
    ) -> Result<Vec<(i64, i64, PastEvent)>, Error> {
        let statement = Statement::new(
            "SELECT position, transaction_position, address, topic, topic_second, topic_third, topic_fourth, data FROM events \
             WHERE ledger = $1 AND position >= $2 AND position < $3 ORDER BY position",
        );
        let rows = self
            .database
            .rows(statement.bind(ledger).bind(from).bind(until))
            .await?;
        let mut read = Vec::new();
        for mut row in rows {
            let (place, transaction, emitter): (i64, i64, Address) = (row.take()?, row.take()?, row.take()?);
            let mut topics: Vec<B256> = Vec::new();
            for _ in 0..4 {
                topics.extend(row.take::<Option<B256>>()?);
            }
            read.push((place, transaction, emitter, topics, row.take::<Vec<u8>>()?));
        }
        let decoder = Decoder::load(&self.database, ledger, read.iter().map(|event| event.2)).await?;
        let named = read
            .into_iter()
            .map(|(place, transaction, emitter, topics, data)| {
                let decoded = decoder.event(emitter, &topics, &data);
                let event = PastEvent {
                    index: parts(place).1,
                    emitter,
                    name: decoded
                        .map(|decoded| decoded.name)
                        .or_else(|| topics.first().map(ToString::to_string)),
                    topics,
                    transfers: Vec::new(),
                };
                (place, transaction, event)
            });
        Ok(named.collect())
    }

    /// Transfers by the places of their events.
    async fn past_transfers(
        &self,
        ledger: i64,
        (from, until): (i64, i64),
    ) -> Result<BTreeMap<i64, Vec<PastTransfer>>, Error> {
        let statement = Statement::new(
            "SELECT m.position, m.event_index, m.standard, k.decimals, m.sender, m.recipient, m.amount \
             FROM transfers m JOIN tokens k ON k.ledger = m.ledger AND k.address = m.token WHERE m.ledger = $1 \
             AND m.position >= $2 AND m.position < $3 ORDER BY m.position",
        );
        let rows = self
            .database
            .rows(statement.bind(ledger).bind(from).bind(until))
            .await?;
        let mut transfers: BTreeMap<i64, Vec<PastTransfer>> = BTreeMap::new();
        for mut row in rows {
            let (place, event): (i64, i64) = (row.take()?, row.take()?);
            let height = parts(place).0;
            let standard = standard_of(row.take()?)?;
            let decimals = row.take::<Option<i64>>()?;
            let transfer = PastTransfer {
                standard,
                decimals: decimals.and_then(|decimals| u8::try_from(decimals).ok()),
                sender: row.take()?,
                recipient: row.take()?,
                amount: row.take()?,
            };
            let key = first_place(height)?.saturating_add(event);
            transfers.entry(key).or_default().push(transfer);
        }
        Ok(transfers)
    }

    /// Up to which height, from one to another, all tokens that moved were asked for their decimals, which they are soon
    /// after a block is in the index. None, if those of the first block are still to be asked.
    ///
    /// # Errors
    /// [`Error::UnknownLedger`] and [`Error::Database`].
    pub async fn described(&self, ledger: &str, from: u64, until: u64) -> Result<Option<u64>, Error> {
        let id = self.id(ledger).await?;
        let statement = Statement::new(
            "SELECT MIN(m.position) FROM tokens k JOIN transfers m ON m.ledger = k.ledger AND m.token = k.address \
             WHERE k.ledger = $1 AND k.described = 0 AND m.position >= $2 AND m.position < $3",
        );
        let range = (first_place(from)?, first_place(until.saturating_add(1))?);
        let row = self
            .database
            .row(statement.bind(id).bind(range.0).bind(range.1))
            .await?;
        let open: Option<i64> = row.ok_or(Error::Damaged { what: "no mark" })?.take()?;
        Ok(match open {
            None => Some(until),
            Some(place) => parts(place).0.checked_sub(1).filter(|height| *height >= from),
        })
    }

    /// The height and time of the first block of a ledger that is not older than a time; none if all are.
    ///
    /// # Errors
    /// [`Error::UnknownLedger`] and [`Error::Database`].
    pub async fn first_since(&self, ledger: &str, time: u64) -> Result<Option<(u64, u64)>, Error> {
        let id = self.id(ledger).await?;
        let statement = Statement::new("SELECT MIN(number), MAX(number) FROM blocks WHERE ledger = $1");
        let Some(mut row) = self.database.row(statement.bind(id)).await? else {
            return Ok(None);
        };
        let (Some(mut low), Some(mut high)) = (row.take::<Option<u64>>()?, row.take::<Option<u64>>()?) else {
            return Ok(None);
        };
        let mut found = None;
        // Times never fall from block to block: 40 halvings are more than any ledger has blocks.
        while low <= high {
            let middle = low + (high - low) / 2;
            let statement = Statement::new("SELECT time FROM blocks WHERE ledger = $1 AND number = $2");
            let row = self.database.row(statement.bind(id).bind(middle)).await?;
            let at: u64 = row
                .ok_or(Error::Damaged {
                    what: "a block is missing",
                })?
                .take()?;
            if at >= time {
                found = Some((middle, at));
                let Some(below) = middle.checked_sub(1) else {
                    break;
                };
                high = below;
            } else {
                low = middle.saturating_add(1);
            }
        }
        Ok(found)
    }

    /// The time of a block, seconds since 1970.
    ///
    /// # Errors
    /// [`Error::UnknownLedger`] and [`Error::Database`].
    pub async fn time_of(&self, ledger: &str, height: u64) -> Result<Option<u64>, Error> {
        let id = self.id(ledger).await?;
        let statement = Statement::new("SELECT time FROM blocks WHERE ledger = $1 AND number = $2");
        let row = self.database.row(statement.bind(id).bind(height)).await?;
        row.map(|mut row| row.take()).transpose()
    }

    /// The hash of the transaction at a place of a block.
    ///
    /// # Errors
    /// [`Error::UnknownLedger`] and [`Error::Database`].
    pub async fn hash_at(&self, ledger: &str, height: u64, index: u64) -> Result<Option<B256>, Error> {
        let id = self.id(ledger).await?;
        let place = crate::place::place(height, usize::try_from(index).unwrap_or(usize::MAX))?;
        let statement = Statement::new("SELECT hash FROM transactions WHERE ledger = $1 AND position = $2");
        let row = self.database.row(statement.bind(id).bind(place)).await?;
        row.map(|mut row| row.take()).transpose()
    }

    /// Changes whenever what the index says of identities does, and when it has another ledger, on which their accounts may be.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn identities_mark(&self) -> Result<[i64; 4], Error> {
        let statement = Statement::new(
            "SELECT COUNT(*), CAST(COALESCE(MAX(e.changed_position), -1) AS BIGINT), CAST(COALESCE(SUM(e.described), 0) AS BIGINT), \
             (SELECT COUNT(*) FROM ledgers) \
             FROM entities e JOIN ledgers l ON l.id = e.ledger WHERE l.name = $1 AND e.kind = 'identity'",
        );
        let row = self.database.row(statement.bind(MAIN_LEDGER)).await?;
        let mut row = row.ok_or(Error::Damaged { what: "no mark" })?;
        Ok([row.take()?, row.take()?, row.take()?, row.take()?])
    }
}

fn transaction_of(mut row: Row) -> Result<(i64, PastTransaction, bool), Error> {
    let place: i64 = row.take()?;
    let (hash, sender) = (row.take()?, row.take()?);
    let (recipient, created, value) = (row.take()?, row.take()?, row.take()?);
    // A piece of nothing is nothing at all to SQLite.
    let input = row.take::<Option<Vec<u8>>>()?.unwrap_or_default();
    let length: u64 = row.take()?;
    let is_whole = u64::try_from(input.len()).is_ok_and(|kept| kept == length);
    let transaction = PastTransaction {
        index: parts(place).1,
        hash,
        sender,
        recipient,
        created,
        value,
        input: input.into(),
        success: row.take::<i64>()? != 0,
        function: None,
        events: Vec::new(),
    };
    Ok((place, transaction, is_whole))
}
