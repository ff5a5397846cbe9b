//! The calls that Ethereum makes into its system contracts before and after the transactions of a block.
//!
//! - before: block hash into EIP-2935 (Prague), root of the beacon block into EIP-4788 (Cancun). Where the contract
//!   does not exist the call does nothing, as both EIPs say.
//! - after: withdrawal and consolidation requests out of EIP-7002 and EIP-7251, deposits of EIP-6110 out of the logs
//!   (all Prague). An imported block without these contracts, or in which they fail, is invalid, as the EIPs say. Our
//!   own ledgers need not have them: there they give no requests.

use crate::{
    error::ExecutionFailure,
    executor::{BlockEvm, BlockExecution},
};
use alloy_eips::{
    eip2935::HISTORY_STORAGE_ADDRESS,
    eip4788::{BEACON_ROOTS_ADDRESS, SYSTEM_ADDRESS},
    eip6110::DEPOSIT_REQUEST_TYPE,
    eip7002::{WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS, WITHDRAWAL_REQUEST_TYPE},
    eip7251::{CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS, CONSOLIDATION_REQUEST_TYPE},
    eip7685::Requests,
};
use alloy_evm::eth::eip6110::accumulate_deposits_from_receipts;
use alloy_primitives::{Address, B256, Bytes};
use civitas_ports::Policy;
use civitas_types::ReceiptEnvelope;
use revm::{
    DatabaseCommit, SystemCallEvm,
    context_interface::{
        ContextTr,
        result::{EVMError, ExecutionResult},
    },
    primitives::hardfork::SpecId,
};

/// What the system calls before the transactions are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PreBlock {
    /// Number of the block; the genesis block has no system calls.
    pub number: u64,
    /// Hash of the block before it.
    pub parent_hash: B256,
    /// Root of the beacon block before it; none before Cancun.
    pub parent_beacon_block_root: Option<B256>,
}

/// Makes the calls before the transactions on any EVM whose database takes changes: the executor's, or one that
/// traces or simulates the block again.
///
/// # Errors
/// Only what the database below gives, or an environment in which nothing can be executed.
pub fn apply_before_transactions<DB, I>(
    evm: &mut BlockEvm<DB, I>,
    block: PreBlock,
) -> Result<(), EVMError<DB::Error>>
where
    DB: revm::Database + DatabaseCommit,
{
    if block.number == 0 {
        return Ok(());
    }
    let fork = evm.ctx.cfg.spec;
    if fork.is_enabled_in(SpecId::PRAGUE) {
        call(evm, HISTORY_STORAGE_ADDRESS, block.parent_hash.into())?;
    }
    if let Some(root) = block.parent_beacon_block_root
        && fork.is_enabled_in(SpecId::CANCUN)
    {
        call(evm, BEACON_ROOTS_ADDRESS, root.into())?;
    }
    Ok(())
}

/// Calls `contract` if code stands there; `None` if not.
fn call<DB, I>(
    evm: &mut BlockEvm<DB, I>,
    contract: Address,
    data: Bytes,
) -> Result<Option<ExecutionResult>, EVMError<DB::Error>>
where
    DB: revm::Database + DatabaseCommit,
{
    let account = evm.ctx.db_mut().basic(contract).map_err(EVMError::Database)?;
    if account.is_none_or(|account| account.is_empty_code_hash()) {
        return Ok(None);
    }
    let outcome = evm.system_call_with_caller(SYSTEM_ADDRESS, contract, data)?;
    evm.ctx.db_mut().commit(outcome.state);
    Ok(Some(outcome.result))
}

/// Collects the execution requests of the block (EIP-7685) after its transactions.
pub(crate) fn collect_requests(
    execution: &mut BlockExecution<'_>,
    receipts: &[ReceiptEnvelope],
    policy: Policy,
) -> Result<Requests, ExecutionFailure> {
    let mut requests = Requests::default();
    let deposits = deposits(execution.deposit_contract(), receipts, policy)?;
    requests.push_request_with_type(DEPOSIT_REQUEST_TYPE, deposits);
    let contracts = [
        (WITHDRAWAL_REQUEST_TYPE, WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS),
        (
            CONSOLIDATION_REQUEST_TYPE,
            CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS,
        ),
    ];
    for (kind, contract) in contracts {
        let data = match call(execution.evm_mut(), contract, Bytes::new())? {
            Some(ExecutionResult::Success { output, .. }) => output.into_data(),
            failed if policy == Policy::Strict => {
                let what = if failed.is_some() {
                    "failed"
                } else {
                    "does not exist"
                };
                let reason = format!("the request contract {contract} {what}");
                return Err(ExecutionFailure::InvalidBlock { reason });
            }
            _ => Bytes::new(),
        };
        requests.push_request_with_type(kind, data);
    }
    Ok(requests)
}

fn deposits(
    contract: Option<Address>,
    receipts: &[ReceiptEnvelope],
    policy: Policy,
) -> Result<Vec<u8>, ExecutionFailure> {
    let Some(contract) = contract else {
        return Ok(Vec::new());
    };
    let mut deposits = Vec::new();
    match accumulate_deposits_from_receipts(contract, receipts, &mut deposits) {
        Ok(()) => Ok(deposits),
        Err(error) if policy == Policy::Strict => Err(ExecutionFailure::InvalidBlock {
            reason: error.to_string(),
        }),
        Err(_) => Ok(Vec::new()),
    }
}
