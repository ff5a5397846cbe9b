//! What some accounts did on all ledgers and chains, as one list: transactions that they sent, got or were created by, and those
//! in which tokens moved from or to them.
//!
//! Each ledger gives its newest transactions by index; they are merged by the time of their blocks. The cursor keeps a place on
//! every ledger, so that nothing is lost or shown twice even where the clock of a foreign chain runs backwards.

use super::{
    Page, PageRequest, Reader, Transaction, Transfer,
    cursor::{Part, cursor, parse},
};
use crate::{
    Error,
    database::Statement,
    place::{PLACES_OF_BLOCK, first_place, parts},
};
use alloy_primitives::Address;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Transfers that are shown of one transaction, at most; its own page shows all.
const TRANSFERS_SHOWN_MAX: usize = 10;

/// An account on a ledger.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Holding {
    /// The ledger.
    pub ledger: String,
    /// The account.
    pub account: Address,
}

/// A transaction in which an account took part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Deed {
    /// The ledger.
    pub ledger: String,
    /// The accounts among those that were asked about.
    pub accounts: Vec<Address>,
    /// The transaction.
    pub transaction: Transaction,
    /// What it moved of tokens from or to these accounts: the last ten movements.
    pub transfers: Vec<Transfer>,
}

/// What is known of the transactions of one ledger, by place.
#[derive(Default)]
struct Found {
    entries: BTreeMap<i64, Entry>,
    /// Below it, not everything is known.
    known_from: Option<i64>,
}

#[derive(Default)]
struct Entry {
    time: i64,
    accounts: BTreeSet<Address>,
    transfers: BTreeSet<i64>,
}

impl Reader {
    /// What these accounts did, newest first.
    ///
    /// # Errors
    /// [`Error::UnknownLedger`], [`Error::Cursor`] and [`Error::Database`].
    pub async fn timeline(
        &self,
        holdings: &BTreeSet<Holding>,
        request: &PageRequest,
    ) -> Result<Page<Deed>, Error> {
        let mut below = places_of(request)?;
        let mut accounts: BTreeMap<&str, Vec<Address>> = BTreeMap::new();
        for holding in holdings {
            accounts.entry(&holding.ledger).or_default().push(holding.account);
        }
        let mut found: BTreeMap<i64, (&str, Found)> = BTreeMap::new();
        for (ledger, accounts) in accounts {
            let id = self.id(ledger).await?;
            let place = below.get(&id).copied().unwrap_or(i64::MAX);
            let window = request.count_and_one();
            found.insert(id, (ledger, self.deeds(id, &accounts, place, window).await?));
        }
        let mut chosen: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
        let mut order = Vec::new();
        while order.len() < request.count() {
            let Some((id, place)) = newest(&found, &below) else {
                break;
            };
            below.insert(id, place);
            chosen.entry(id).or_default().push(place);
            order.push((id, place));
        }
        let has_more = found.iter().any(|(id, (_, found))| {
            let place = below.get(id).copied().unwrap_or(i64::MAX);
            found.known_from.is_some() || found.entries.range(..place).next().is_some()
        });
        let mut shown = BTreeMap::new();
        for (id, places) in chosen {
            let Some((ledger, known)) = found.remove(&id) else {
                continue;
            };
            self.show((id, ledger), known, places, &mut shown).await?;
        }
        let next: Vec<Part> = below
            .into_iter()
            .flat_map(|(id, place)| [Part::Number(id), Part::Number(place)])
            .collect();
        Ok(Page {
            items: order.iter().filter_map(|key| shown.remove(key)).collect(),
            next: (has_more && !next.is_empty()).then(|| cursor(&next)),
        })
    }

    /// The newest transactions of some accounts on one ledger, below a place.
    async fn deeds(
        &self,
        ledger: i64,
        accounts: &[Address],
        below: i64,
        window: i64,
    ) -> Result<Found, Error> {
        let mut found = Found::default();
        let mut cuts: Vec<i64> = Vec::new();
        for account in accounts {
            let statement = Statement::new(statement())
                .bind(ledger)
                .bind(*account)
                .bind(below)
                .bind(after_block(below)?)
                .bind(window);
            let mut counts: BTreeMap<i64, (i64, i64)> = BTreeMap::new();
            for mut row in self.database.rows(statement).await? {
                let (way, place): (i64, i64) = (row.take()?, row.take()?);
                let (transfer, time): (i64, i64) = (row.take()?, row.take()?);
                let entry = found.entries.entry(place).or_default();
                entry.time = time;
                entry.accounts.insert(*account);
                if transfer >= 0 {
                    entry.transfers.insert(transfer);
                }
                let (count, last) = counts.entry(way).or_insert((0, place));
                *count += 1;
                *last = place.min(*last);
            }
            let full = counts.into_values().filter(|(count, _)| *count >= window);
            cuts.extend(full.map(|(_, last)| last));
        }
        // At the place where a way was cut off, some movements may be missing; it is shown where nothing else is known.
        if let Some(cut) = cuts.into_iter().max() {
            let is_alone = found.entries.range(cut.saturating_add(1)..).next().is_none();
            let from = if is_alone { cut } else { cut.saturating_add(1) };
            found.entries = found.entries.split_off(&from);
            found.known_from = Some(from);
        }
        Ok(found)
    }

    /// Reads what was chosen of one ledger.
    async fn show(
        &self,
        (id, ledger): (i64, &str),
        mut known: Found,
        places: Vec<i64>,
        shown: &mut BTreeMap<(i64, i64), Deed>,
    ) -> Result<(), Error> {
        let mut wanted = Vec::new();
        let mut of_transaction: BTreeMap<i64, i64> = BTreeMap::new();
        for place in &places {
            let entry = known.entries.get(place);
            let transfers = entry.into_iter().flat_map(|entry| &entry.transfers).rev();
            for transfer in transfers.take(TRANSFERS_SHOWN_MAX) {
                of_transaction.insert(*transfer, *place);
                wanted.push(*transfer);
            }
        }
        wanted.sort_unstable_by(|one, other| other.cmp(one));
        let mut transfers: BTreeMap<i64, Vec<Transfer>> = BTreeMap::new();
        let read = self.transfers_at(id, wanted.clone()).await?;
        for (place, transfer) in std::iter::zip(wanted, read) {
            if let Some(transaction) = of_transaction.get(&place) {
                transfers.entry(*transaction).or_default().push(transfer);
            }
        }
        for transaction in self.transactions_at(id, places).await? {
            let index = usize::try_from(transaction.index).unwrap_or(usize::MAX);
            let place = crate::place::place(transaction.block, index)?;
            let entry = known.entries.remove(&place).unwrap_or_default();
            let deed = Deed {
                ledger: ledger.to_owned(),
                accounts: entry.accounts.into_iter().collect(),
                transaction,
                transfers: transfers.remove(&place).unwrap_or_default(),
            };
            shown.insert((id, place), deed);
        }
        Ok(())
    }
}

/// The newest transaction that was not taken yet, of the ledger whose next one is the newest; none where one of them would have to
/// be asked again before it can be said.
fn newest(found: &BTreeMap<i64, (&str, Found)>, below: &BTreeMap<i64, i64>) -> Option<(i64, i64)> {
    let mut newest: Option<(i64, i64, i64)> = None;
    for (id, (_, found)) in found {
        let place = below.get(id).copied().unwrap_or(i64::MAX);
        match found.entries.range(..place).next_back() {
            Some((place, entry)) => newest = newest.max(Some((entry.time, *id, *place))),
            None if found.known_from.is_some() => return None,
            None => {}
        }
    }
    newest.map(|(_, id, place)| (id, place))
}

/// Places of the cursor, by the number of the ledger: what is below them was not shown yet.
fn places_of(request: &PageRequest) -> Result<BTreeMap<i64, i64>, Error> {
    let Some(text) = &request.cursor else {
        return Ok(BTreeMap::new());
    };
    let numbers: Option<Vec<i64>> = parse(text)
        .ok_or(Error::Cursor)?
        .into_iter()
        .map(number)
        .collect();
    let numbers = numbers.ok_or(Error::Cursor)?;
    let (pairs, rest) = numbers.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(Error::Cursor);
    }
    Ok(pairs.iter().map(|[id, place]| (*id, *place)).collect())
}

fn number(part: Part) -> Option<i64> {
    match part {
        Part::Number(number) => Some(number),
        Part::Bytes(_) | Part::Text(_) => None,
    }
}

/// The first place after the block of a place: movements of tokens have places of their own in it.
fn after_block(place: i64) -> Result<i64, Error> {
    if place == i64::MAX {
        return Ok(place);
    }
    first_place(parts(place).0.saturating_add(1))
}

/// The newest transactions of an account ($2) below a place ($3), by each index that leads there, and those in which it gave or got
/// tokens, below the end of that block ($4): way, place, place of the movement, time.
fn statement() -> String {
    let transactions = [
        "sender = $2",
        "recipient = $2",
        "created = $2 AND t.created IS NOT NULL",
    ];
    let mut parts: Vec<String> = Vec::new();
    for condition in transactions {
        let way = parts.len();
        parts.push(format!(
            "SELECT * FROM (SELECT {way} AS way, t.position, -1 AS movement, b.time FROM transactions t JOIN blocks b \
             ON b.ledger = t.ledger AND b.number = t.position / {PLACES_OF_BLOCK} WHERE t.ledger = $1 AND t.{condition} \
             AND t.position < $3 ORDER BY t.position DESC LIMIT $5) AS w{way}"
        ));
    }
    for side in ["sender", "recipient"] {
        let way = parts.len();
        parts.push(format!(
            "SELECT * FROM (SELECT {way} AS way, m.transaction_position, m.position AS movement, b.time FROM transfers m \
             JOIN blocks b ON b.ledger = m.ledger AND b.number = m.position / {PLACES_OF_BLOCK} WHERE m.ledger = $1 \
             AND m.{side} = $2 AND m.position < $4 AND m.transaction_position < $3 ORDER BY m.position DESC LIMIT $5) AS w{way}"
        ));
    }
    parts.join(" UNION ALL ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_of_another_list_is_refused() {
        let check = |text: &str, expected: Option<&[(i64, i64)]>| {
            let request = PageRequest {
                cursor: Some(text.to_owned()),
                limit: None,
            };
            let found = places_of(&request).ok();
            let expected = expected.map(|pairs| pairs.iter().copied().collect());
            assert_eq!(found, expected, "{text}");
        };
        check("n1.n5.n3.n7", Some(&[(1, 5), (3, 7)]));
        check("n1", None);
        check("b00.n1", None);
        check("", None);
    }

    #[test]
    fn the_end_of_a_block_is_after_all_its_places() {
        assert_eq!(after_block(i64::MAX).unwrap(), i64::MAX);
        assert_eq!(after_block(5).unwrap(), PLACES_OF_BLOCK);
        assert_eq!(after_block(PLACES_OF_BLOCK).unwrap(), 2 * PLACES_OF_BLOCK);
    }
}
