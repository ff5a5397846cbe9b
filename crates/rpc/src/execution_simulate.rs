//! `eth_simulateV1`: its request, its answer, and the state roots from the store.

use crate::{
    Arguments, Backend, RpcError,
    backend::Deadline,
    execution::{block_and_state, call_limits, refusal},
    registry::add,
};
use alloy_consensus::transaction::Recovered;
use alloy_eips::{BlockId, BlockNumberOrTag, eip4895::Withdrawals};
use alloy_primitives::U256;
use alloy_rpc_types_eth::{
    BlockOverrides, BlockTransactions, Header as HeaderObject, Log as LogObject, TransactionInfo,
    TransactionRequest,
    simulate::{SimCallResult, SimulateError, SimulatedBlock as BlockOfCalls},
    state::StateOverride,
};
use civitas_api::ethereum::{Block as BlockObject, Transaction as TransactionObject};
use civitas_evm::{
    BaseFeeRule, CallContext, CallError, SimulatedBlock, SimulatedBlockRequest, SimulatedCall, Simulation,
    SimulationError, SimulationRequest,
};
use civitas_ports::ExecutionError;
use civitas_types::{Block, StateDiff};
use jsonrpsee::{core::RegisterMethodError, server::RpcModule};
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;
use tokio::runtime::Handle;

/// Error code of a call that the EVM stopped (execution-apis).
const STOPPED: i32 = -32015;
/// Error code of a call that reverted (geth).
const REVERTED: i32 = crate::code::REVERTED;
/// How often a simulation on the newest state is tried while new blocks overtake it, within one deadline.
const ATTEMPTS: u32 = 8;

/// Registers the methods of this module.
pub(crate) fn register(module: &mut RpcModule<Backend>) -> Result<(), RegisterMethodError> {
    add(module, "eth_simulateV1", simulate)
}

/// The first argument of `eth_simulateV1`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload {
    #[serde(default)]
    block_state_calls: Vec<PayloadBlock>,
    #[serde(default)]
    trace_transfers: bool,
    #[serde(default)]
    validation: bool,
    #[serde(default)]
    return_full_transactions: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PayloadBlock {
    block_overrides: Option<PayloadOverrides>,
    state_overrides: Option<StateOverride>,
    calls: Option<Vec<TransactionRequest>>,
}

#[derive(Debug, Default, Deserialize)]
struct PayloadOverrides {
    #[serde(flatten)]
    fields: BlockOverrides,
    withdrawals: Option<Withdrawals>,
}

impl From<PayloadBlock> for SimulatedBlockRequest {
    fn from(block: PayloadBlock) -> Self {
        let overrides = block.block_overrides.unwrap_or_default();
        Self {
            overrides: overrides.fields,
            withdrawals: overrides.withdrawals,
            state: block.state_overrides.unwrap_or_default(),
            calls: block.calls.unwrap_or_default(),
        }
    }
}

async fn simulate(backend: Arc<Backend>, mut arguments: Arguments) -> Result<Vec<Value>, RpcError> {
    let payload: Payload = arguments.required("payload")?;
    let id = arguments.block()?;
    arguments.end()?;
    if payload.block_state_calls.is_empty() {
        return Err(RpcError::invalid("blockStateCalls is empty: nothing to simulate"));
    }
    let whole = payload.return_full_transactions;
    let request = Arc::new(SimulationRequest {
        trace_transfers: payload.trace_transfers,
        validation: payload.validation,
        blocks: payload.block_state_calls.into_iter().map(Into::into).collect(),
    });
    let question = Question { request, id, whole };
    let deadline = backend.deadline();
    for _ in 1..ATTEMPTS {
        match attempt(&backend, deadline, &question).await? {
            Attempt::Overtaken(_) if is_moving(id) => {}
            attempt => return attempt.answer(),
        }
    }
    attempt(&backend, deadline, &question).await?.answer()
}

/// What came of a simulation.
enum Attempt {
    Done(Vec<Value>),
    /// A new block came before the state root could be computed, which is possible on the newest state only.
    Overtaken(RpcError),
}

impl Attempt {
    fn answer(self) -> Result<Vec<Value>, RpcError> {
        match self {
            Self::Done(blocks) => Ok(blocks),
            Self::Overtaken(error) => Err(error),
        }
    }
}

/// Whether a block is named that is another one after every new block.
const fn is_moving(id: BlockId) -> bool {
    matches!(
        id,
        BlockId::Number(
            BlockNumberOrTag::Latest
                | BlockNumberOrTag::Pending
                | BlockNumberOrTag::Safe
                | BlockNumberOrTag::Finalized
        )
    )
}

/// What was asked.
#[derive(Clone)]
struct Question {
    request: Arc<SimulationRequest>,
    id: BlockId,
    /// Whether transactions are answered whole.
    whole: bool,
}

async fn attempt(
    backend: &Arc<Backend>,
    deadline: Deadline,
    question: &Question,
) -> Result<Attempt, RpcError> {
    let (block, view) = block_and_state(backend, question.id).await?;
    let (service, question) = (Arc::clone(backend), question.clone());
    let runtime = Handle::current();
    backend
        .heavy_until(deadline, move |deadline| {
            let is_over = || deadline.passed();
            let simulation = Simulation {
                context: CallContext {
                    spec: service.spec(),
                    view: &*view,
                    header: &block.header,
                    limits: call_limits(&service, &is_over),
                },
                base_fee: base_fee_rule(&service),
                root: &|diff| root(&service, &runtime, &block, diff),
            };
            match simulation.run(&question.request) {
                Ok(blocks) => {
                    let blocks = blocks.into_iter().map(|block| answer(block, question.whole));
                    Ok(Attempt::Done(blocks.collect::<Result<_, _>>()?))
                }
                Err(error @ SimulationError::Root(_)) if service.store().head().height > block.height() => {
                    Ok(Attempt::Overtaken(simulation_refusal(&service, error)))
                }
                Err(error) => Err(simulation_refusal(&service, error)),
            }
        })
        .await
}

fn base_fee_rule(backend: &Backend) -> BaseFeeRule {
    if backend.is_imported() {
        BaseFeeRule::Ethereum
    } else {
        BaseFeeRule::Fixed(backend.genesis().parameters.base_fee)
    }
}

/// The state root that `diff` gives on the state after `block`.
fn root(
    backend: &Backend,
    runtime: &Handle,
    block: &Block,
    diff: &StateDiff,
) -> Result<alloy_primitives::B256, ExecutionError> {
    runtime
        .block_on(backend.store().root_with(block.height(), diff))
        .map_err(|error| ExecutionError::InvalidBlock {
            reason: format!("the state root cannot be computed: {error}"),
        })
}

fn simulation_refusal(backend: &Backend, error: SimulationError) -> RpcError {
    match error {
        SimulationError::Call(error @ (CallError::TimedOut | CallError::State(_))) => refusal(backend, error),
        other => RpcError::Coded {
            code: other.code(),
            reason: other.to_string(),
        },
    }
}

/// A simulated block as the client sees it.
fn answer(block: SimulatedBlock, whole: bool) -> Result<Value, RpcError> {
    let calls = block
        .calls
        .iter()
        .enumerate()
        .map(|(index, call)| call_answer(&block, index, call))
        .collect();
    let transactions = if whole {
        BlockTransactions::Full(
            (0..block.transactions.len())
                .map(|index| transaction(&block, index))
                .collect(),
        )
    } else {
        BlockTransactions::Hashes(
            block
                .transactions
                .iter()
                .map(|transaction| transaction.hash)
                .collect(),
        )
    };
    let object = BlockOfCalls {
        inner: BlockObject {
            header: HeaderObject {
                hash: block.hash,
                inner: block.header,
                total_difficulty: None,
                size: Some(U256::from(block.size)),
            },
            uncles: Vec::new(),
            transactions,
            withdrawals: block.withdrawals,
        },
        calls,
    };
    let mut value = serde_json::to_value(object).map_err(|_| RpcError::Interrupted)?;
    for transaction in value["transactions"].as_array_mut().into_iter().flatten() {
        clear_legacy_signature(transaction);
    }
    Ok(value)
}

/// Unsigned legacy transactions have `v` zero, which the types of signed transactions cannot express.
fn clear_legacy_signature(transaction: &mut Value) {
    if transaction["type"] == "0x0" {
        transaction["v"] = "0x0".into();
    }
}

fn transaction(block: &SimulatedBlock, index: usize) -> TransactionObject {
    let transaction = &block.transactions[index];
    let info = TransactionInfo {
        hash: Some(transaction.hash),
        index: u64::try_from(index).ok(),
        block_hash: Some(block.hash),
        block_number: Some(block.header.number),
        base_fee: block.header.base_fee_per_gas,
        block_timestamp: Some(block.header.timestamp),
    };
    let recovered = Recovered::new_unchecked(transaction.envelope.clone(), transaction.sender);
    TransactionObject::from_transaction(recovered, info)
}

fn call_answer(block: &SimulatedBlock, index: usize, call: &SimulatedCall) -> SimCallResult {
    let logs = call.logs.iter().map(|log| LogObject {
        inner: log.log.clone(),
        block_hash: Some(block.hash),
        block_number: Some(block.header.number),
        block_timestamp: Some(block.header.timestamp),
        transaction_hash: block.transactions.get(index).map(|transaction| transaction.hash),
        transaction_index: u64::try_from(index).ok(),
        log_index: Some(log.index),
        removed: false,
    });
    SimCallResult {
        return_data: call.return_data.clone(),
        logs: logs.collect(),
        gas_used: call.gas_used,
        max_used_gas: Some(call.gas_used_max),
        status: call.failure.is_none(),
        error: call.failure.as_ref().map(|failure| match failure {
            CallError::Reverted { output } => SimulateError {
                code: REVERTED,
                message: failure.to_string(),
                data: Some(output.clone()),
            },
            other => SimulateError {
                code: STOPPED,
                message: other.to_string(),
                data: None,
            },
        }),
    }
}
