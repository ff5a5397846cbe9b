//! What some blocks bring to the index. Pure: blocks in, rows and differences out.

mod registries;
mod transfers;

pub(crate) use registries::{Mention, kind_name};
pub(crate) use transfers::Movement;

use crate::{
    Error,
    database::Value,
    place::place,
    read::TokenStandard,
    source::{SourceBlock, WireLog, WireReceipt, WireTransaction},
};
use alloy_primitives::{Address, B256, U256};
use std::collections::BTreeMap;

/// Rows of one table, ready to be written.
pub(crate) type Rows = Vec<Vec<Value>>;

/// What some consecutive blocks bring to one ledger.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pub(crate) blocks: Rows,
    pub(crate) transactions: Rows,
    pub(crate) events: Rows,
    pub(crate) transfers: Rows,
    /// The same movements, in their order, for the balances.
    pub(crate) movements: Vec<Movement>,
    pub(crate) accounts: BTreeMap<Address, Activity>,
    pub(crate) tokens: BTreeMap<Address, FirstSight>,
    pub(crate) contracts: BTreeMap<Address, Creation>,
    pub(crate) mentions: BTreeMap<(&'static str, String), Mention>,
    /// Height, hash and time of the last block.
    pub(crate) last: Option<(u64, B256, u64)>,
    /// What was agreed on, where the blocks are of a chain that is not the city's own.
    pub(crate) attested: Option<Attested>,
}

/// A batch of a foreign chain, as the main ledger anchored it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Attested {
    pub(crate) from_height: u64,
    pub(crate) number: u64,
    pub(crate) blocks_root: B256,
    pub(crate) digest: B256,
    pub(crate) agreed: u64,
    pub(crate) anchored_height: u64,
    pub(crate) anchored_at: u64,
    /// The terms now: how many must agree, of how many.
    pub(crate) threshold: u64,
    pub(crate) gateways: u64,
    /// Whether blocks before the first one of the index are missing: what accounts hold is not known then.
    pub(crate) is_partial: bool,
}

/// What an account did in a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Activity {
    pub(crate) first: i64,
    pub(crate) last: i64,
    pub(crate) sent: i64,
    pub(crate) received: i64,
    pub(crate) transfers: i64,
}

/// A token as it was seen first in a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FirstSight {
    pub(crate) position: i64,
    pub(crate) standard: TokenStandard,
    pub(crate) transfers: i64,
}

/// A contract as it was seen first in a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Creation {
    pub(crate) position: i64,
    /// Who created it, if a transaction did.
    pub(crate) creator: Option<Address>,
}

impl Batch {
    /// Reads blocks, which follow one another, of the ledger with that id in the index. `has_registries`: whether
    /// the events of the system contracts there concern the registries of the city.
    pub(crate) fn of(ledger: i64, blocks: &[SourceBlock], has_registries: bool) -> Result<Self, Error> {
        let mut batch = Self::default();
        for block in blocks {
            batch.add_block(ledger, block, has_registries)?;
        }
        Ok(batch)
    }

    fn add_block(&mut self, ledger: i64, source: &SourceBlock, has_registries: bool) -> Result<(), Error> {
        let block = &source.block;
        let height = block.number.to::<u64>();
        let time = block.timestamp.to::<u64>();
        self.blocks.push(vec![
            ledger.into(),
            height.into(),
            block.hash.into(),
            block.parent_hash.into(),
            time.into(),
            block.miner.into(),
            block.state_root.into(),
            block.mix_hash.into(),
            figure(block.gas_used),
            figure(block.gas_limit),
            figure(block.base_fee_per_gas.unwrap_or_default()),
            figure(block.size),
            count(block.transactions.len()).into(),
        ]);
        let mut counters = Counters::default();
        for (index, (transaction, receipt)) in
            std::iter::zip(&block.transactions, &source.receipts).enumerate()
        {
            let at = At {
                ledger,
                height,
                transaction: place(height, index)?,
            };
            self.add_transaction(at, transaction, receipt, counters.events)?;
            for log in &receipt.logs {
                self.add_event(at, log, &mut counters)?;
                if has_registries {
                    let position = place(height, counters.events - 1)?;
                    self.add_mention(log, position);
                }
            }
        }
        self.last = Some((height, block.hash, time));
        Ok(())
    }

    fn add_transaction(
        &mut self,
        at: At,
        transaction: &WireTransaction,
        receipt: &WireReceipt,
        events_before: usize,
    ) -> Result<(), Error> {
        let succeeded = receipt.status.is_none_or(|status| !status.is_zero());
        let created = receipt
            .contract_address
            .filter(|_| succeeded && transaction.to.is_none());
        let price = receipt.effective_gas_price.or(transaction.gas_price);
        let selector = transaction
            .input
            .first_chunk::<4>()
            .filter(|_| transaction.to.is_some());
        self.transactions.push(vec![
            at.ledger.into(),
            at.transaction.into(),
            transaction.hash.into(),
            transaction.from.into(),
            transaction.to.into(),
            created.into(),
            figure(transaction.nonce),
            transaction.value.into(),
            transaction.input.as_ref().into(),
            Value::Bytes(selector.map(|selector| selector.to_vec())),
            transaction.kind.unwrap_or_default().to::<u64>().into(),
            i64::from(succeeded).into(),
            figure(transaction.gas),
            figure(receipt.gas_used),
            price.unwrap_or_default().into(),
            place(at.height, events_before)?.into(),
            count(receipt.logs.len()).into(),
        ]);
        // Of some foreign chains it is not known who sent a transaction.
        if !transaction.from.is_zero() {
            self.account(transaction.from, at.transaction).sent += 1;
        }
        if let Some(recipient) = transaction.to {
            self.account(recipient, at.transaction).received += 1;
        }
        if let Some(created) = created {
            self.account(created, at.transaction);
            self.contracts.entry(created).or_insert(Creation {
                position: at.transaction,
                creator: Some(transaction.from),
            });
        }
        Ok(())
    }

    fn add_event(&mut self, at: At, log: &WireLog, counters: &mut Counters) -> Result<(), Error> {
        let topic = |index: usize| Value::from(log.topics.get(index).copied());
        self.events.push(vec![
            at.ledger.into(),
            place(at.height, counters.events)?.into(),
            at.transaction.into(),
            log.address.into(),
            topic(0),
            topic(1),
            topic(2),
            topic(3),
            log.data.as_ref().into(),
        ]);
        self.contracts.entry(log.address).or_insert(Creation {
            position: at.transaction,
            creator: None,
        });
        for movement in transfers::movements(log) {
            self.add_transfer(at, movement, counters)?;
        }
        counters.events += 1;
        Ok(())
    }

    fn add_transfer(&mut self, at: At, movement: Movement, counters: &mut Counters) -> Result<(), Error> {
        self.transfers.push(vec![
            at.ledger.into(),
            place(at.height, counters.transfers)?.into(),
            count(counters.events).into(),
            at.transaction.into(),
            movement.token.into(),
            standard_number(movement.standard).into(),
            movement.sender.into(),
            movement.recipient.into(),
            movement.token_id.into(),
            movement.amount.into(),
        ]);
        counters.transfers += 1;
        let sight = self.tokens.entry(movement.token).or_insert(FirstSight {
            position: at.transaction,
            standard: movement.standard,
            transfers: 0,
        });
        sight.transfers += 1;
        if !movement.sender.is_zero() {
            self.account(movement.sender, at.transaction).transfers += 1;
        }
        if !movement.recipient.is_zero() && movement.recipient != movement.sender {
            self.account(movement.recipient, at.transaction).transfers += 1;
        }
        self.movements.push(movement);
        Ok(())
    }

    fn add_mention(&mut self, log: &WireLog, position: i64) {
        if let Some((key, begins)) = registries::mentioned(log) {
            let mention = self.mentions.entry(key).or_insert(Mention {
                first: position,
                last: position,
                begins: None,
            });
            mention.last = position;
            if begins {
                mention.begins = Some(position);
            }
        }
    }

    fn account(&mut self, address: Address, position: i64) -> &mut Activity {
        let activity = self.accounts.entry(address).or_insert(Activity {
            first: position,
            last: position,
            sent: 0,
            received: 0,
            transfers: 0,
        });
        activity.last = position;
        activity
    }
}

/// Where something stands.
#[derive(Clone, Copy)]
struct At {
    ledger: i64,
    height: u64,
    transaction: i64,
}

/// How much of a block has been read.
#[derive(Default)]
struct Counters {
    events: usize,
    transfers: usize,
}

/// A number that is shown; beyond what a database can hold, the largest stands.
fn figure(number: U256) -> Value {
    number.saturating_to::<u64>().into()
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The number of a standard in the tables.
pub(crate) const fn standard_number(standard: TokenStandard) -> i64 {
    match standard {
        TokenStandard::Erc20 => 20,
        TokenStandard::Erc721 => 721,
        TokenStandard::Erc1155 => 1155,
    }
}

/// The standard of a number in the tables.
pub(crate) fn standard_of(number: i64) -> Result<TokenStandard, Error> {
    match number {
        20 => Ok(TokenStandard::Erc20),
        721 => Ok(TokenStandard::Erc721),
        1155 => Ok(TokenStandard::Erc1155),
        _ => Err(Error::Damaged {
            what: "no token standard",
        }),
    }
}
