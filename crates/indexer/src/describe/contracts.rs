//! The code of contracts, and which contracts were made by contracts: no receipt tells those, only a trace does.

use super::{MARKS, QUESTIONS_MAX, is_current};
use crate::{
    Error,
    database::{Bulk, Database, Statement},
    source::{Source, WireCall, ask, is_refusal},
    store::LedgerRow,
};
use alloy_primitives::{Address, B256, Bytes, keccak256};
use futures::{StreamExt, TryStreamExt, stream};
use serde_json::json;

/// Transactions that are looked through at once for those that may have made a contract.
const LOOKED_AT: i64 = 5_000;

/// Traces in one go: each executes a transaction again on the node.
const TRACES: i64 = 32;

/// The least gas of a transaction in which a contract makes a contract: that of any transaction and of CREATE.
const CREATION_GAS_MIN: i64 = 21_000 + 32_000;

/// Contracts of one transaction that are kept, at most.
const CREATIONS_MAX: usize = 1_000;

/// Reads the code of some contracts; true if none is left.
pub(super) async fn some(
    database: &Database,
    source: &dyn Source,
    ledger: &LedgerRow,
) -> Result<bool, Error> {
    let statement = Statement::new(
        "SELECT address FROM contracts WHERE ledger = $1 AND described = 0 ORDER BY first_position LIMIT $2",
    );
    let mut marked: Vec<Address> = Vec::new();
    for mut row in database.rows(statement.bind(ledger.id).bind(MARKS)).await? {
        marked.push(row.take()?);
    }
    if marked.is_empty() {
        return Ok(true);
    }
    let count = marked.len();
    let codes: Vec<(Address, Bytes)> = stream::iter(marked)
        .map(|address| async move {
            let code: Bytes = ask(source, "eth_getCode", json!([address, "latest"])).await?;
            Ok::<_, Error>((address, code))
        })
        .buffered(QUESTIONS_MAX)
        .try_collect()
        .await?;
    if !is_current(source, ledger).await? {
        return Ok(false);
    }
    let mut write = database.begin().await?;
    for (address, code) in codes {
        // A contract whose code was verified elsewhere is verified.
        let statement = Statement::new(
            "UPDATE contracts SET described = 1, code_hash = $1, code_size = $2, \
             name = COALESCE(name, (SELECT MIN(o.name) FROM contracts o WHERE o.code_hash = $1 AND o.abi IS NOT NULL)), \
             abi = COALESCE(abi, (SELECT MIN(o.abi) FROM contracts o WHERE o.code_hash = $1 AND o.abi IS NOT NULL)), \
             source = COALESCE(source, (SELECT MIN(o.source) FROM contracts o WHERE o.code_hash = $1 AND o.abi IS NOT NULL)) \
             WHERE ledger = $3 AND address = $4",
        );
        let hash = (!code.is_empty()).then(|| keccak256(&code));
        let size = i64::try_from(code.len()).unwrap_or(i64::MAX);
        let statement = statement.bind(hash).bind(size).bind(ledger.id).bind(address);
        write.execute(statement).await?;
    }
    write.commit().await?;
    Ok(i64::try_from(count).unwrap_or(i64::MAX) < MARKS)
}

/// Looks for contracts that contracts made in some more transactions; true if none is left.
pub(super) async fn created(
    database: &Database,
    source: &dyn Source,
    ledger: &mut LedgerRow,
) -> Result<bool, Error> {
    let statement = Statement::new(
        "SELECT position, hash, CASE WHEN gas_used >= $1 AND status = 1 THEN 1 ELSE 0 END FROM transactions \
         WHERE ledger = $2 AND position > $3 ORDER BY position LIMIT $4",
    );
    let statement = statement
        .bind(CREATION_GAS_MIN)
        .bind(ledger.id)
        .bind(ledger.traced)
        .bind(LOOKED_AT);
    let mut suspects: Vec<(i64, B256)> = Vec::new();
    let (mut looked_at, mut traced) = (0, ledger.traced);
    for mut row in database.rows(statement).await? {
        let (position, hash): (i64, B256) = (row.take()?, row.take()?);
        (looked_at, traced) = (looked_at + 1, position);
        if row.take::<i64>()? != 0 {
            suspects.push((position, hash));
            if i64::try_from(suspects.len()).unwrap_or(i64::MAX) >= TRACES {
                break;
            }
        }
    }
    if looked_at == 0 {
        return Ok(true);
    }
    let creations: Vec<Vec<(i64, Address, Address)>> = stream::iter(suspects)
        .map(|(position, hash)| trace(source, position, hash))
        .buffered(QUESTIONS_MAX)
        .try_collect()
        .await?;
    if !is_current(source, ledger).await? {
        return Ok(false);
    }
    let creations = creations
        .into_iter()
        .flatten()
        .map(|(position, address, creator)| {
            vec![
                ledger.id.into(),
                address.into(),
                2_i64.into(),
                creator.into(),
                position.into(),
                0_i64.into(),
            ]
        });
    let mut write = database.begin().await?;
    let upsert = Bulk {
        before: "INSERT INTO contracts (ledger, address, origin, creator, first_position, described)",
        after: "ON CONFLICT (ledger, address) DO UPDATE SET origin = 2, creator = excluded.creator, \
                first_position = excluded.first_position WHERE contracts.origin = 3",
    };
    // One by one: a contract can be made twice in a transaction, and no statement changes a row twice.
    for creation in creations.collect::<Vec<_>>() {
        write.execute_bulk(&upsert, vec![creation]).await?;
    }
    let statement = Statement::new("UPDATE ledgers SET traced = $1 WHERE id = $2 AND traced < $1");
    write.execute(statement.bind(traced).bind(ledger.id)).await?;
    write.commit().await?;
    ledger.traced = traced;
    Ok(false)
}

/// The contracts that contracts made in a transaction. A node that gives no trace of it leaves them to their events.
async fn trace(
    source: &dyn Source,
    position: i64,
    hash: B256,
) -> Result<Vec<(i64, Address, Address)>, Error> {
    let answer = ask(
        source,
        "debug_traceTransaction",
        json!([hash, {"tracer": "callTracer"}]),
    )
    .await;
    let top: WireCall = match answer {
        Ok(top) => top,
        Err(error) if is_refusal(&error) => return Ok(Vec::new()),
        // Deeper than what is read here: nothing honest is.
        Err(Error::Node(civitas_sdk::Error::Form { .. })) => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut creations = Vec::new();
    let mut waiting: Vec<&WireCall> = vec![&top];
    let mut is_top = true;
    while let Some(call) = waiting.pop() {
        if call.error.is_some() {
            continue;
        }
        if !is_top
            && matches!(call.kind.as_str(), "CREATE" | "CREATE2")
            && let Some(address) = call.to
            && creations.len() < CREATIONS_MAX
        {
            creations.push((position, address, call.from));
        }
        is_top = false;
        waiting.extend(call.calls.iter().rev());
    }
    Ok(creations)
}
