//! `eth_createAccessList`: which accounts and slots a call touches (EIP-2930).
//!
//! A list changes gas, and gas can change what a contract does. So the call is executed again with the list that it
//! gave, until the list stays the same.

use super::{CallContext, CallError, CallOverrides};
use alloy_eips::eip2930::AccessList;
use alloy_primitives::map::HashSet;
use alloy_rpc_types_eth::TransactionRequest;
use revm_inspectors::access_list::AccessListInspector;

/// Executions until the list must be stable. Contracts that look at their gas closely enough to need more are not
/// served better by more.
const EXECUTIONS_MAX: usize = 8;

/// What a call touches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessListOutcome {
    /// The list.
    pub access_list: AccessList,
    /// Gas that the call used with the list.
    pub gas_used: u64,
    /// Why the call failed, if it did: the list holds what it touched before.
    pub error: Option<String>,
}

impl CallContext<'_> {
    /// Finds the access list of `request`.
    ///
    /// # Errors
    /// See [`CallError`]. A call that reverts is not an error here.
    pub fn create_access_list(
        &self,
        request: &TransactionRequest,
        overrides: &CallOverrides,
    ) -> Result<AccessListOutcome, CallError> {
        let preparation = self.prepare(overrides)?;
        let mut request = request.clone();
        let mut list = request.access_list.take().unwrap_or_default();
        let mut outcome = None;
        for _ in 0..EXECUTIONS_MAX {
            request.access_list = Some(list.clone());
            let transaction = self.transaction(&preparation, &request)?;
            let (execution, inspector) =
                self.execute(&preparation, transaction, AccessListInspector::new(list.clone()))?;
            let found = inspector.into_access_list();
            let stable = as_set(&found) == as_set(&list);
            list = found;
            outcome = Some(AccessListOutcome {
                access_list: list.clone(),
                gas_used: execution.gas_used(),
                error: execution.failure().map(|error| error.to_string()),
            });
            if stable {
                break;
            }
        }
        outcome.ok_or(CallError::TimedOut)
    }
}

fn as_set(list: &AccessList) -> HashSet<(alloy_primitives::Address, Option<alloy_primitives::B256>)> {
    list.iter()
        .flat_map(|item| {
            let slots = item.storage_keys.iter().map(|slot| (item.address, Some(*slot)));
            slots.chain([(item.address, None)])
        })
        .collect()
}
