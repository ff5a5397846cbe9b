//! `testing_buildBlockV1`: builds a block on the newest one and forgets it. Only on imported chains, where nobody orders.

use crate::{Arguments, Backend, RpcError, execution::block_and_state, registry::add};
use alloy_consensus::Transaction as _;
use alloy_eips::{
    BlockId,
    eip1559::{BaseFeeParams, INITIAL_BASE_FEE},
    eip4895::Withdrawals,
    eip7685::EMPTY_REQUESTS_HASH,
};
use alloy_primitives::{B256, Bytes, U64, U256};
use civitas_api::building::{BlobsBundle, BlockAttributes, BuiltBlock, ExecutionPayload};
use civitas_evm::{EvmExecutor, seal};
use civitas_ports::{BlockInput, ExecutionError, Executor, Policy, Selection, StateView};
use civitas_types::{Block, Header, Transaction};
use jsonrpsee::{core::RegisterMethodError, server::RpcModule};
use std::sync::Arc;
use tokio::runtime::Handle;

/// Gas limit that blocks move towards (geth's default).
const GAS_LIMIT_TARGET: u64 = 60_000_000;
/// By this part of itself, less one, the gas limit of a block may move (yellow paper).
const GAS_LIMIT_STEP_DIVISOR: u64 = 1_024;
/// Bytes of the transactions that are taken from the pool, at most.
const POOL_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Transactions that are taken from the pool, at most.
const POOL_TRANSACTIONS_MAX: usize = 10_000;

/// Registers the methods of this module.
pub(crate) fn register(module: &mut RpcModule<Backend>) -> Result<(), RegisterMethodError> {
    add(module, "testing_buildBlockV1", build_block)
}

async fn build_block(backend: Arc<Backend>, mut arguments: Arguments) -> Result<BuiltBlock, RpcError> {
    let parent: B256 = arguments.required("parent")?;
    let attributes: BlockAttributes = arguments.required("attributes")?;
    let raw: Option<Vec<Bytes>> = arguments.optional("transactions")?;
    let extra_data: Option<Bytes> = arguments.optional("extra data")?;
    arguments.end()?;
    if !backend.is_imported() {
        return Err(RpcError::Unsupported {
            what: "building a block by hand",
            cure: "consensus makes the blocks of this ledger",
        });
    }
    let (parent, view) = block_and_state(&backend, BlockId::from(parent)).await?;
    let service = Arc::clone(&backend);
    let runtime = Handle::current();
    backend
        .heavy(move |_| {
            let policy = if raw.is_some() {
                Policy::Strict
            } else {
                Policy::Omit
            };
            let mut input = next_input(&service, &parent, attributes, policy);
            input.extra_data = extra_data.unwrap_or_default();
            input.transactions = match raw {
                Some(raw) => decode(raw)?,
                None => from_pool(&service, &input),
            };
            let block = execute(&service, &runtime, &parent, &*view, &input)?;
            built(&block)
        })
        .await
}

/// The input of the block after `parent`.
fn next_input(backend: &Backend, parent: &Block, attributes: BlockAttributes, policy: Policy) -> BlockInput {
    let timestamp: u64 = attributes.timestamp.to();
    let header = &parent.header;
    let blob_params = backend.spec().blob_params(timestamp);
    BlockInput {
        height: parent.height().next(),
        parent_hash: parent.hash,
        timestamp_ms: timestamp.saturating_mul(1_000),
        beneficiary: attributes.suggested_fee_recipient,
        prev_randao: attributes.prev_randao,
        difficulty: U256::ZERO,
        nonce: 0,
        gas_limit: next_gas_limit(header.gas_limit),
        base_fee: Some(next_base_fee(header)),
        extra_data: Bytes::new(),
        parent_beacon_block_root: attributes.parent_beacon_block_root,
        main: None,
        excess_blob_gas: blob_params.map(|params| next_excess_blob_gas(header, params)),
        withdrawals: attributes.withdrawals.map(Withdrawals::new),
        ommers: Vec::new(),
        transactions: Vec::new(),
        policy,
    }
}

fn next_base_fee(parent: &Header) -> u64 {
    parent
        .next_block_base_fee(BaseFeeParams::ethereum())
        .unwrap_or(INITIAL_BASE_FEE)
}

fn next_excess_blob_gas(parent: &Header, params: alloy_eips::eip7840::BlobParams) -> u64 {
    parent.next_block_excess_blob_gas(params).unwrap_or_default()
}

fn next_gas_limit(parent: u64) -> u64 {
    let step = (parent / GAS_LIMIT_STEP_DIVISOR).saturating_sub(1);
    GAS_LIMIT_TARGET.clamp(parent.saturating_sub(step), parent.saturating_add(step))
}

fn decode(raw: Vec<Bytes>) -> Result<Vec<Arc<Transaction>>, RpcError> {
    raw.into_iter()
        .map(|bytes| Transaction::decode(bytes).map(Arc::new))
        .collect::<Result<_, _>>()
        .map_err(|error| RpcError::invalid(error.to_string()))
}

fn from_pool(backend: &Backend, input: &BlockInput) -> Vec<Arc<Transaction>> {
    backend.pool().select(&Selection {
        bytes_max: POOL_BYTES_MAX,
        transactions_max: POOL_TRANSACTIONS_MAX,
        gas_max: input.gas_limit,
        base_fee: input.base_fee.unwrap_or_default(),
        ordered: Vec::new(),
    })
}

fn execute(
    backend: &Backend,
    runtime: &Handle,
    parent: &Block,
    view: &dyn StateView,
    input: &BlockInput,
) -> Result<Block, RpcError> {
    let executor = EvmExecutor::new(Arc::clone(backend.spec()));
    let output = executor.execute(view, input, None).map_err(|error| match error {
        ExecutionError::State(error) => error.into(),
        other => RpcError::Execution {
            reason: other.to_string(),
        },
    })?;
    let root = runtime.block_on(backend.store().root_with(parent.height(), &output.diff))?;
    Ok(seal(backend.spec(), input, output, root))
}

fn built(block: &Block) -> Result<BuiltBlock, RpcError> {
    let header = &block.header;
    if header
        .requests_hash
        .is_some_and(|hash| hash != EMPTY_REQUESTS_HASH)
    {
        return Err(RpcError::Unsupported {
            what: "a block with execution requests (EIP-7685)",
            cure: "leave out transactions to the deposit, withdrawal and consolidation contracts",
        });
    }
    Ok(BuiltBlock {
        block_value: block_value(block),
        execution_payload: ExecutionPayload {
            parent_hash: header.parent_hash,
            fee_recipient: header.beneficiary,
            state_root: header.state_root,
            receipts_root: header.receipts_root,
            logs_bloom: header.logs_bloom,
            prev_randao: header.mix_hash,
            block_number: U64::from(header.number),
            gas_limit: U64::from(header.gas_limit),
            gas_used: U64::from(header.gas_used),
            timestamp: U64::from(header.timestamp),
            extra_data: header.extra_data.clone(),
            base_fee_per_gas: U256::from(header.base_fee_per_gas.unwrap_or_default()),
            block_hash: block.hash,
            transactions: block
                .transactions
                .iter()
                .map(|transaction| transaction.raw().clone())
                .collect(),
            withdrawals: block.withdrawals.clone().map(|list| list.0).unwrap_or_default(),
            blob_gas_used: U64::from(header.blob_gas_used.unwrap_or_default()),
            excess_blob_gas: U64::from(header.excess_blob_gas.unwrap_or_default()),
        },
        blobs_bundle: BlobsBundle::default(),
        execution_requests: Vec::new(),
        should_override_builder: false,
    })
}

/// What the beneficiary earns: the priority fees.
fn block_value(block: &Block) -> U256 {
    let base_fee = block.header.base_fee_per_gas.unwrap_or_default();
    let mut gas_before = 0_u64;
    let mut value = U256::ZERO;
    for (transaction, receipt) in block.transactions.iter().zip(&block.receipts) {
        let gas = receipt.cumulative_gas_used().saturating_sub(gas_before);
        gas_before = receipt.cumulative_gas_used();
        let tip = transaction
            .envelope()
            .effective_tip_per_gas(base_fee)
            .unwrap_or_default();
        value = value.saturating_add(U256::from(tip).saturating_mul(U256::from(gas)));
    }
    value
}
