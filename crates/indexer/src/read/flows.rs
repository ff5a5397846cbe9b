//! What moved between accounts of a ledger, summed up by who gave it to whom.
//!
//! It looks at a bounded number of movements, newest first, and says so where there are more.

use super::{Reader, TokenStandard};
use crate::{
    Error,
    batch::standard_of,
    database::{Row, Statement, Value},
    place::{HEIGHT_MAX, first_place, parts},
};
use alloy_primitives::{Address, U256};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Movements that are looked at for one picture, at most: some ten milliseconds.
const MOVEMENTS_MAX: i64 = 8_000;

/// Pairs of accounts that a picture has, at most: those with the most movements. More is no picture.
const FLOWS_MAX: usize = 200;

/// Which movements. Every field that is set must fit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FlowFilter {
    /// From or to this account.
    pub account: Option<Address>,
    /// From this height on.
    pub from_block: Option<u64>,
    /// Up to and with this height.
    pub to_block: Option<u64>,
}

/// What one account gave to another, of one token or of the ledger's coin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Flow {
    /// Who gave; zero where tokens were made.
    pub sender: Address,
    /// Who got; zero where tokens were burnt.
    pub recipient: Address,
    /// The token; none for the ledger's coin.
    pub token: Option<Address>,
    /// Its standard.
    pub standard: Option<TokenStandard>,
    /// Movements.
    pub count: u64,
    /// How much in all; of tokens that are each unique, how many.
    pub amount: U256,
    /// Height of the first of these movements.
    pub first_block: u64,
    /// Height of the last one.
    pub last_block: u64,
}

/// What moved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Flows {
    /// By pair and token, those with the most movements first.
    pub flows: Vec<Flow>,
    /// Height from which on everything was looked at; none if nothing was left out.
    pub complete_from: Option<u64>,
    /// Pairs that are left out for their small number of movements.
    pub left_out: u64,
}

/// Who gave what to whom.
type Pair = (Address, Address, Option<Address>);

#[derive(Default)]
struct Sums {
    flows: BTreeMap<Pair, Flow>,
    complete_from: Option<u64>,
}

impl Reader {
    /// What moved between accounts of a ledger.
    ///
    /// # Errors
    /// [`Error::UnknownLedger`] and [`Error::Database`].
    pub async fn flows(&self, ledger: &str, filter: &FlowFilter) -> Result<Flows, Error> {
        let id = self.id(ledger).await?;
        let from = first_place(filter.from_block.unwrap_or(0).min(HEIGHT_MAX))?;
        let until = match filter.to_block {
            Some(height) => first_place(height.min(HEIGHT_MAX).saturating_add(1))?,
            None => i64::MAX,
        };
        let mut sums = Sums::default();
        for table in [
            "transfers",
            // Nothing moves by a transaction that failed.
            "transactions",
        ] {
            let sides: &[&str] = match filter.account {
                Some(_) => &["sender = $5", "recipient = $5 AND sender <> $5"],
                None => &["TRUE"],
            };
            for side in sides {
                let statement = Statement::new(movements(table, side))
                    .bind(id)
                    .bind(from)
                    .bind(until)
                    .bind(MOVEMENTS_MAX)
                    .bind_all(filter.account.map(Value::from));
                sums.add(self.database.rows(statement).await?)?;
            }
        }
        Ok(sums.finish())
    }
}

/// Movements along the keys of a table, newest first: both databases end after so many rows, whatever is in them.
fn movements(table: &str, side: &str) -> String {
    let columns = match table {
        "transfers" => "token, standard, amount, 1",
        _ => "NULL, NULL, value, status",
    };
    format!(
        "SELECT position, sender, recipient, {columns} FROM {table} WHERE ledger = $1 AND position >= $2 AND position < $3 \
         AND {side} ORDER BY position DESC LIMIT $4"
    )
}

impl Sums {
    fn add(&mut self, rows: Vec<Row>) -> Result<(), Error> {
        let is_cut = i64::try_from(rows.len()).unwrap_or(i64::MAX) >= MOVEMENTS_MAX;
        let mut lowest = None;
        for mut row in rows {
            let (height, _) = parts(row.take()?);
            let (sender, recipient): (Address, Option<Address>) = (row.take()?, row.take()?);
            let (token, standard): (Option<Address>, Option<i64>) = (row.take()?, row.take()?);
            let (amount, is_done): (U256, i64) = (row.take()?, row.take()?);
            lowest = Some(height);
            let Some(recipient) = recipient.filter(|_| is_done != 0 && !amount.is_zero()) else {
                continue;
            };
            let standard = standard.map(standard_of).transpose()?;
            let flow = self.flows.entry((sender, recipient, token)).or_insert(Flow {
                sender,
                recipient,
                token,
                standard,
                count: 0,
                amount: U256::ZERO,
                first_block: height,
                last_block: height,
            });
            flow.count += 1;
            flow.amount = flow.amount.saturating_add(amount);
            flow.first_block = flow.first_block.min(height);
            flow.last_block = flow.last_block.max(height);
        }
        if is_cut {
            // The block at the cut may be there in part.
            let known = lowest.map(|height| height.saturating_add(1));
            self.complete_from = self.complete_from.max(known);
        }
        Ok(())
    }

    fn finish(self) -> Flows {
        let mut flows: Vec<Flow> = self.flows.into_values().collect();
        flows.sort_by(|one, other| {
            other
                .count
                .cmp(&one.count)
                .then(other.last_block.cmp(&one.last_block))
        });
        let left_out = flows.len().saturating_sub(FLOWS_MAX);
        flows.truncate(FLOWS_MAX);
        Flows {
            flows,
            complete_from: self.complete_from,
            left_out: u64::try_from(left_out).unwrap_or(u64::MAX),
        }
    }
}
