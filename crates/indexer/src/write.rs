//! Writes what some blocks bring, with the height of the index, in one database transaction.
//!
//! The height is changed first, and only if it is still what this indexer read: that holds the ledger's row until the
//! end, so that balances read here are those that are written, and a second indexer gives way.

use crate::{
    Error,
    batch::{Attested, Batch, Movement, standard_number},
    database::{Bulk, Database, Statement, Value, Write},
    store::LedgerRow,
};
use alloy_primitives::{Address, U256};
use std::collections::BTreeMap;

/// Writes a batch that follows what the ledger's row says.
pub(crate) async fn write(database: &Database, ledger: &LedgerRow, batch: Batch) -> Result<LedgerRow, Error> {
    let Some((height, hash, time)) = batch.last else {
        return Ok(ledger.clone());
    };
    let mut write = database.begin().await?;
    let statement = Statement::new(
        "UPDATE ledgers SET indexed = $1, indexed_hash = $2, indexed_at = $3, transactions = transactions + $4, \
         events = events + $5, transfers = transfers + $6 WHERE id = $7 AND indexed = $8",
    );
    let before = ledger
        .indexed
        .map_or(-1, |(height, _)| i64::try_from(height).unwrap_or(i64::MAX));
    let statement = statement.bind(height).bind(hash).bind(time);
    let statement = statement
        .bind(count(batch.transactions.len()))
        .bind(count(batch.events.len()))
        .bind(count(batch.transfers.len()));
    let changed = write.execute(statement.bind(ledger.id).bind(before)).await?;
    if changed != 1 {
        return Err(Error::Overtaken { height });
    }
    if let Some(attested) = &batch.attested {
        anchored(&mut write, ledger.id, height, attested).await?;
    }
    rows(&mut write, ledger.id, batch).await?;
    write.commit().await?;
    Ok(LedgerRow {
        indexed: Some((height, hash)),
        ..ledger.clone()
    })
}

/// What was agreed on about the blocks of a foreign chain.
async fn anchored(write: &mut Write, ledger: i64, to_height: u64, attested: &Attested) -> Result<(), Error> {
    let insert = Bulk {
        before: "INSERT INTO batches",
        after: "",
    };
    let row = vec![
        ledger.into(),
        to_height.into(),
        attested.from_height.into(),
        attested.number.into(),
        attested.blocks_root.into(),
        attested.digest.into(),
        attested.agreed.into(),
        attested.gateways.into(),
        attested.anchored_height.into(),
        attested.anchored_at.into(),
    ];
    write.execute_bulk(&insert, vec![row]).await?;
    let statement = Statement::new(
        "UPDATE chains SET batches = $1, digest = $2, threshold = $3, gateways = $4 WHERE ledger = $5",
    );
    let statement = statement
        .bind(attested.number.saturating_add(1))
        .bind(attested.digest)
        .bind(attested.threshold)
        .bind(attested.gateways);
    write.execute(statement.bind(ledger)).await?;
    Ok(())
}

async fn rows(write: &mut Write, ledger: i64, mut batch: Batch) -> Result<(), Error> {
    let insert = |before| Bulk { before, after: "" };
    write
        .execute_bulk(&insert("INSERT INTO blocks"), std::mem::take(&mut batch.blocks))
        .await?;
    write
        .execute_bulk(
            &insert("INSERT INTO transactions"),
            std::mem::take(&mut batch.transactions),
        )
        .await?;
    write
        .execute_bulk(&insert("INSERT INTO events"), std::mem::take(&mut batch.events))
        .await?;
    write
        .execute_bulk(
            &insert("INSERT INTO transfers"),
            std::mem::take(&mut batch.transfers),
        )
        .await?;
    let accounts = batch.accounts.iter().map(|(address, activity)| {
        vec![
            ledger.into(),
            (*address).into(),
            activity.first.into(),
            activity.last.into(),
            activity.sent.into(),
            activity.received.into(),
            activity.transfers.into(),
        ]
    });
    let upsert = Bulk {
        before: "INSERT INTO accounts",
        after: "ON CONFLICT (ledger, address) DO UPDATE SET last_position = excluded.last_position, \
                sent = accounts.sent + excluded.sent, received = accounts.received + excluded.received, \
                transfers = accounts.transfers + excluded.transfers",
    };
    write.execute_bulk(&upsert, accounts.collect()).await?;
    tokens(write, ledger, &batch).await?;
    contracts(write, ledger, &batch).await?;
    mentions(write, ledger, batch).await
}

/// Contracts that are not known yet. One that is known by its events only learns its creator later.
async fn contracts(write: &mut Write, ledger: i64, batch: &Batch) -> Result<(), Error> {
    let contracts = batch.contracts.iter().map(|(address, creation)| {
        let origin: i64 = if creation.creator.is_some() { 1 } else { 3 };
        vec![
            ledger.into(),
            (*address).into(),
            origin.into(),
            creation.creator.into(),
            creation.position.into(),
            described(batch),
        ]
    });
    let insert = Bulk {
        before: "INSERT INTO contracts (ledger, address, origin, creator, first_position, described)",
        after: "ON CONFLICT (ledger, address) DO NOTHING",
    };
    write.execute_bulk(&insert, contracts.collect()).await
}

/// Entries of registries that events were about: their state is to be read again.
async fn mentions(write: &mut Write, ledger: i64, batch: Batch) -> Result<(), Error> {
    let (begun, changed): (Vec<_>, Vec<_>) = batch
        .mentions
        .into_iter()
        .partition(|(_, mention)| mention.begins.is_some());
    let row = |((kind, id), mention): ((&'static str, String), crate::batch::Mention)| {
        let rank = mention.begins.unwrap_or(mention.first);
        let (name, folded): (&str, &str) = ("", "");
        vec![
            ledger.into(),
            kind.into(),
            id.into(),
            rank.into(),
            name.into(),
            folded.into(),
            0_i64.into(),
            mention.last.into(),
            0_i64.into(),
            "null".into(),
        ]
    };
    let upsert = Bulk {
        before: "INSERT INTO entities",
        after: "ON CONFLICT (ledger, kind, id) DO UPDATE SET changed_position = excluded.changed_position, described = 0, \
                rank = excluded.rank",
    };
    write
        .execute_bulk(&upsert, begun.into_iter().map(row).collect())
        .await?;
    let upsert = Bulk {
        before: "INSERT INTO entities",
        after: "ON CONFLICT (ledger, kind, id) DO UPDATE SET changed_position = excluded.changed_position, described = 0",
    };
    write
        .execute_bulk(&upsert, changed.into_iter().map(row).collect())
        .await
}

/// Token, holder, and which token.
type Holding = (Address, Address, U256);

/// What changed of a token.
#[derive(Clone, Copy, Default)]
struct Change {
    holders: i64,
    supply: U256,
    is_inconsistent: bool,
}

async fn tokens(write: &mut Write, ledger: i64, batch: &Batch) -> Result<(), Error> {
    if batch.movements.is_empty() {
        return Ok(());
    }
    let is_partial = batch.attested.is_some_and(|attested| attested.is_partial);
    let changes = match is_partial {
        true => BTreeMap::new(),
        false => balances(write, ledger, batch).await?,
    };
    let rows = batch.tokens.iter().map(|(address, sight)| {
        let change = changes.get(address).copied().unwrap_or_default();
        vec![
            ledger.into(),
            (*address).into(),
            standard_number(sight.standard).into(),
            sight.position.into(),
            sight.transfers.into(),
            change.holders.into(),
            change.supply.into(),
            i64::from(change.is_inconsistent).into(),
            described(batch),
        ]
    });
    let upsert = Bulk {
        before: "INSERT INTO tokens (ledger, address, standard, first_position, transfers, holders, supply, inconsistent, \
                 described)",
        after: "ON CONFLICT (ledger, address) DO UPDATE SET transfers = tokens.transfers + excluded.transfers, \
                holders = tokens.holders + excluded.holders, supply = excluded.supply, inconsistent = excluded.inconsistent",
    };
    write.execute_bulk(&upsert, rows.collect()).await
}

/// Whether what blocks do not tell needs no asking: nobody can be asked about a foreign chain, it stays unknown.
fn described(batch: &Batch) -> Value {
    i64::from(batch.attested.is_some()).into()
}

/// Carries the movements of a batch out, and tells what changed of each token.
async fn balances(write: &mut Write, ledger: i64, batch: &Batch) -> Result<BTreeMap<Address, Change>, Error> {
    let before = holdings(write, ledger, &batch.movements).await?;
    let mut after = before.clone();
    let mut changes = changes(write, ledger, batch).await?;
    for movement in &batch.movements {
        let change = changes.entry(movement.token).or_default();
        apply(movement, &mut after, change);
    }
    let mut rows = Vec::new();
    for (key, amount) in &after {
        let held = before.get(key).copied().unwrap_or_default();
        let change = changes.entry(key.0).or_default();
        change.holders += i64::from(!amount.is_zero()) - i64::from(!held.is_zero());
        rows.push(vec![
            ledger.into(),
            key.0.into(),
            key.1.into(),
            key.2.into(),
            (*amount).into(),
        ]);
    }
    let upsert = Bulk {
        before: "INSERT INTO balances",
        after: "ON CONFLICT (ledger, token, holder, token_id) DO UPDATE SET amount = excluded.amount",
    };
    write.execute_bulk(&upsert, rows).await?;
    Ok(changes)
}

/// Carries a movement out. What a contract moves beyond what there is marks it: its events do not tell the truth.
fn apply(movement: &Movement, holdings: &mut BTreeMap<Holding, U256>, change: &mut Change) {
    let less = |from: &mut U256, amount: U256| {
        let (rest, underflows) = from.overflowing_sub(amount);
        *from = if underflows { U256::ZERO } else { rest };
        underflows
    };
    let more = |to: &mut U256, amount: U256| {
        let (sum, overflows) = to.overflowing_add(amount);
        *to = if overflows { U256::MAX } else { sum };
        overflows
    };
    let mut is_inconsistent = match movement.sender.is_zero() {
        true => more(&mut change.supply, movement.amount),
        false => {
            let key = (movement.token, movement.sender, movement.token_id);
            less(holdings.entry(key).or_default(), movement.amount)
        }
    };
    is_inconsistent |= match movement.recipient.is_zero() {
        true => less(&mut change.supply, movement.amount),
        false => {
            let key = (movement.token, movement.recipient, movement.token_id);
            more(holdings.entry(key).or_default(), movement.amount)
        }
    };
    change.is_inconsistent |= is_inconsistent;
}

/// What the accounts of these movements hold before them.
async fn holdings(
    write: &mut Write,
    ledger: i64,
    movements: &[Movement],
) -> Result<BTreeMap<Holding, U256>, Error> {
    let sides = movements.iter().flat_map(|movement| {
        [movement.sender, movement.recipient]
            .into_iter()
            .filter(|side| !side.is_zero())
            .map(|side| (movement.token, side, movement.token_id))
    });
    let mut holdings: BTreeMap<Holding, U256> = sides.map(|key| (key, U256::ZERO)).collect();
    let keys: Vec<Vec<Value>> = holdings
        .keys()
        .map(|(token, holder, id)| vec![(*token).into(), (*holder).into(), (*id).into()])
        .collect();
    let select = format!(
        ") SELECT b.token, b.holder, b.token_id, b.amount FROM keys CROSS JOIN balances b WHERE b.ledger = {ledger} \
         AND b.token = keys.token AND b.holder = keys.holder AND b.token_id = keys.token_id"
    );
    let read = Bulk {
        before: "WITH keys (token, holder, token_id) AS (",
        after: &select,
    };
    for mut row in write.rows_bulk(&read, keys).await? {
        let key = (row.take()?, row.take()?, row.take()?);
        holdings.insert(key, row.take()?);
    }
    Ok(holdings)
}

/// Supply and mark of the tokens of a batch before it.
async fn changes(write: &mut Write, ledger: i64, batch: &Batch) -> Result<BTreeMap<Address, Change>, Error> {
    let keys: Vec<Vec<Value>> = batch.tokens.keys().map(|token| vec![(*token).into()]).collect();
    let select = format!(
        ") SELECT t.address, t.supply, t.inconsistent FROM keys CROSS JOIN tokens t WHERE t.ledger = {ledger} \
         AND t.address = keys.address"
    );
    let read = Bulk {
        before: "WITH keys (address) AS (",
        after: &select,
    };
    let mut changes = BTreeMap::new();
    for mut row in write.rows_bulk(&read, keys).await? {
        let address: Address = row.take()?;
        let change = Change {
            holders: 0,
            supply: row.take()?,
            is_inconsistent: row.take::<i64>()? != 0,
        };
        changes.insert(address, change);
    }
    Ok(changes)
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
