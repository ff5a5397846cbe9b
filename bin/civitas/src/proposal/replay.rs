//! Past traffic against the state that a proposal would leave: who could do something before, and no longer could.
//!
//! Every past transaction is tried by itself, after the actions, as its sender, target and input; one that fails is
//! tried without the actions too, and counts only if it succeeds there.

use super::{
    draft::Action,
    rehearsal::{SimulatedCall, calls_of, simulate},
};
use crate::contracts::{
    connection::{CallError, Connection},
    show::Presenter,
};
use alloy_primitives::{Address, B256, Bytes, U64, hex};
use futures::{StreamExt, TryStreamExt, stream};
use serde::Deserialize;
use serde_json::{Value, json};

/// Blocks that are searched for past transactions, newest first.
const BLOCKS_MAX: u64 = 5_000;
/// Blocks that are asked for at once.
const BLOCKS_AT_ONCE: usize = 16;
/// Simulations at once: a node bounds them, and serves others too.
const SIMULATIONS_AT_ONCE: usize = 2;

/// What past traffic says about a proposal.
#[derive(Debug, Default)]
pub struct Replay {
    /// Transactions looked at; equal ones count once.
    pub tried: usize,
    /// Those that fail with and without the actions.
    pub failing_anyway: usize,
    /// Those that only the actions make fail.
    pub refused: Vec<Refused>,
}

/// A transaction that the actions would make fail.
#[derive(Debug)]
pub struct Refused {
    /// The transaction.
    pub hash: B256,
    /// Who sent it, to whom, what.
    pub call: SimulatedCall,
    /// Why it would fail.
    pub why: String,
}

#[derive(Debug, Deserialize)]
struct Block {
    transactions: Vec<Past>,
}

#[derive(Clone, Debug, Deserialize)]
struct Past {
    hash: B256,
    from: Address,
    to: Option<Address>,
    input: Bytes,
}

/// How one transaction fares.
enum Fate {
    Passes,
    FailsAnyway,
    Refused(Refused),
}

impl Replay {
    /// Tries the newest `count` transactions after `actions`.
    ///
    /// # Errors
    /// The node does not answer.
    pub async fn run(
        connection: &Connection,
        presenter: &Presenter<'_>,
        actions: &[Action],
        count: usize,
    ) -> Result<Self, CallError> {
        let past = past(connection, count).await?;
        let before = calls_of(actions);
        let mut replay = Self {
            tried: past.len(),
            ..Self::default()
        };
        let fates: Vec<Fate> = stream::iter(past)
            .map(|past| fate(connection, presenter, &before, past))
            .buffered(SIMULATIONS_AT_ONCE)
            .try_collect()
            .await?;
        for fate in fates {
            match fate {
                Fate::Passes => {}
                Fate::FailsAnyway => replay.failing_anyway += 1,
                Fate::Refused(refused) => replay.refused.push(refused),
            }
        }
        Ok(replay)
    }

    /// For scripts.
    pub fn json(&self) -> Value {
        let refused: Vec<Value> = self
            .refused
            .iter()
            .map(|refused| {
                json!({
                    "transaction": refused.hash,
                    "from": refused.call.from,
                    "to": refused.call.to,
                    "input": refused.call.data,
                    "why": refused.why,
                })
            })
            .collect();
        json!({ "tried": self.tried, "failingAnyway": self.failing_anyway, "refused": refused })
    }

    /// Prints it.
    pub fn print(&self) {
        println!(
            "past traffic: {} transactions tried, {} would newly be refused ({} fail with and without it)",
            self.tried,
            self.refused.len(),
            self.failing_anyway
        );
        for refused in &self.refused {
            let call = &refused.call;
            let target = call.to.map_or("a new contract".to_owned(), |to| to.to_string());
            let selector = call.data.get(..4).unwrap_or(&call.data);
            println!(
                "   ! {} calls {} of {target}: {}\n     (as in transaction {})",
                call.from,
                hex::encode_prefixed(selector),
                refused.why,
                refused.hash
            );
        }
    }
}

/// The newest transactions, newest first; of equal ones the newest.
async fn past(connection: &Connection, count: usize) -> Result<Vec<Past>, CallError> {
    let newest: U64 = connection.ask("eth_blockNumber", Vec::new()).await?;
    let newest: u64 = newest.to();
    let oldest = newest.saturating_sub(BLOCKS_MAX);
    let mut found: Vec<Past> = Vec::new();
    let mut blocks = stream::iter((oldest..=newest).rev())
        .map(|height| {
            let params = vec![json!(U64::from(height)), json!(true)];
            connection.ask::<Option<Block>>("eth_getBlockByNumber", params)
        })
        .buffered(BLOCKS_AT_ONCE);
    while let Some(block) = blocks.next().await {
        for past in block?.into_iter().flat_map(|block| block.transactions).rev() {
            let same =
                |known: &Past| (known.from, known.to, &known.input) == (past.from, past.to, &past.input);
            if found.len() < count && !found.iter().any(same) {
                found.push(past);
            }
        }
        if found.len() >= count {
            break;
        }
    }
    Ok(found)
}

async fn fate(
    connection: &Connection,
    presenter: &Presenter<'_>,
    before: &[SimulatedCall],
    past: Past,
) -> Result<Fate, CallError> {
    let call = SimulatedCall {
        from: past.from,
        to: past.to,
        data: past.input,
    };
    let mut after = before.to_vec();
    after.push(call.clone());
    let Some(why) = failure(connection, presenter, &after).await? else {
        return Ok(Fate::Passes);
    };
    if failure(connection, presenter, std::slice::from_ref(&call))
        .await?
        .is_some()
    {
        return Ok(Fate::FailsAnyway);
    }
    Ok(Fate::Refused(Refused {
        hash: past.hash,
        call,
        why,
    }))
}

/// Why the last of some calls fails.
async fn failure(
    connection: &Connection,
    presenter: &Presenter<'_>,
    calls: &[SimulatedCall],
) -> Result<Option<String>, CallError> {
    let results = match simulate(connection, calls).await {
        Ok(results) => results,
        // The ledger does not let this sender call at all: frozen, without identity, not permitted.
        Err(CallError::Refused { message }) => return Ok(Some(message)),
        Err(error) => return Err(error),
    };
    let last = results.last().zip(calls.last());
    Ok(last.and_then(|(result, call)| {
        let contract = call.to.and_then(|to| presenter.catalog.at(&to));
        result.failure(presenter, contract)
    }))
}
