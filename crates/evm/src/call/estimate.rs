//! `eth_estimateGas`: the smallest gas limit, within a tolerance, with which a call succeeds.
//!
//! Gas used is not enough as an answer: a call may need gas in between that is refunded later, and a contract may look
//! at the gas that is left. So the limit is searched by bisection over executions. The search ends when the bounds are
//! within 1.5 % of each other, as in geth: the state will have changed a little anyhow when the transaction is sent.

use super::{CallContext, CallError, CallOverrides, Execution, Preparation};
use alloy_primitives::{KECCAK256_EMPTY, TxKind, U256};
use alloy_rpc_types_eth::TransactionRequest;
use revm::{
    context::TxEnv,
    context_interface::result::{HaltReason, InvalidTransaction},
    inspector::NoOpInspector,
};

/// What a plain transfer costs (yellow paper, appendix G).
const TRANSFER_GAS: u64 = 21_000;
/// Gas that a call with value gives to its target (EIP-150): it must be there although it is not used up.
const CALL_STIPEND: u64 = 2_300;
/// Tolerance of the search in thousandths of its upper bound.
const TOLERANCE_THOUSANDTHS: u128 = 15;

impl CallContext<'_> {
    /// Finds the gas limit that `request` needs.
    ///
    /// # Errors
    /// What the call itself fails with at the highest possible limit, [`CallError::GasAllowanceExceeded`] when only gas
    /// was missing.
    pub fn estimate_gas(
        &self,
        request: &TransactionRequest,
        overrides: &CallOverrides,
    ) -> Result<u64, CallError> {
        let preparation = self.prepare(overrides)?;
        let mut transaction = self.transaction(&preparation, request)?;
        let mut high = self.highest_limit(&preparation, &transaction, request)?;
        if is_plain_transfer(&preparation, &transaction)?
            && self.suffices(&preparation, &mut transaction, TRANSFER_GAS)?
        {
            return Ok(TRANSFER_GAS);
        }
        let first = self.unconstrained(&preparation, &mut transaction, high)?;
        let mut low = first.gas_used().saturating_sub(1);
        let likely = first
            .gas_used_max()
            .saturating_add(CALL_STIPEND)
            .saturating_mul(64)
            / 63;
        if likely < high {
            if self.suffices(&preparation, &mut transaction, likely)? {
                high = likely;
            } else {
                low = likely;
            }
        }
        while low.saturating_add(1) < high && !is_close(low, high) {
            // Most calls need little more than they use: a search from below is shorter than plain bisection.
            let middle = (low.midpoint(high)).min(low.saturating_mul(2).max(1));
            if self.suffices(&preparation, &mut transaction, middle)? {
                high = middle;
            } else {
                low = middle;
            }
        }
        Ok(high)
    }

    /// The highest limit that makes sense: block, request, EIP-7825, balance, and the cap of this node.
    fn highest_limit(
        &self,
        preparation: &Preparation<'_>,
        transaction: &TxEnv,
        request: &TransactionRequest,
    ) -> Result<u64, CallError> {
        let mut high = match request.gas {
            Some(gas) if gas >= TRANSFER_GAS => gas,
            _ => preparation.header.gas_limit,
        };
        if let Some(gas_max) = self.spec.transaction_gas_max(preparation.header.timestamp) {
            high = high.min(gas_max);
        }
        if transaction.gas_price > 0 {
            let balance = preparation
                .overlay
                .account(&transaction.caller)?
                .unwrap_or_default()
                .balance;
            let Some(available) = balance.checked_sub(transaction.value) else {
                return Err(CallError::InsufficientFundsForTransfer {
                    address: transaction.caller,
                });
            };
            let allowance = available / U256::from(transaction.gas_price);
            high = high.min(u64::try_from(allowance).unwrap_or(u64::MAX));
        }
        Ok(high.min(self.limits.gas_max))
    }

    /// Executes with the highest limit: what fails here fails with any.
    fn unconstrained(
        &self,
        preparation: &Preparation<'_>,
        transaction: &mut TxEnv,
        high: u64,
    ) -> Result<Execution, CallError> {
        let too_little = CallError::GasAllowanceExceeded { gas_max: high };
        transaction.gas_limit = high;
        let execution = match self.execute(preparation, transaction.clone(), NoOpInspector) {
            Ok((execution, _)) => execution,
            Err(error) if is_lack_of_gas(&error) => return Err(too_little),
            Err(error) => return Err(error),
        };
        match execution.failure() {
            None => Ok(execution),
            Some(CallError::Halted {
                reason: HaltReason::OutOfGas(_),
            }) => Err(too_little),
            Some(error) => Err(error),
        }
    }

    /// Whether the call succeeds with `gas_limit`.
    fn suffices(
        &self,
        preparation: &Preparation<'_>,
        transaction: &mut TxEnv,
        gas_limit: u64,
    ) -> Result<bool, CallError> {
        transaction.gas_limit = gas_limit;
        match self.execute(preparation, transaction.clone(), NoOpInspector) {
            Ok((execution, _)) => Ok(execution.result.is_success()),
            Err(error) if is_lack_of_gas(&error) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

const fn is_lack_of_gas(error: &CallError) -> bool {
    matches!(
        error,
        CallError::Invalid(
            InvalidTransaction::CallGasCostMoreThanGasLimit { .. }
                | InvalidTransaction::GasFloorMoreThanGasLimit { .. }
        )
    )
}

fn is_plain_transfer(preparation: &Preparation<'_>, transaction: &TxEnv) -> Result<bool, CallError> {
    let TxKind::Call(target) = transaction.kind else {
        return Ok(false);
    };
    let account = preparation.overlay.account(&target)?.unwrap_or_default();
    Ok(transaction.data.is_empty() && account.code_hash == KECCAK256_EMPTY)
}

fn is_close(low: u64, high: u64) -> bool {
    u128::from(high.saturating_sub(low)) * 1_000 < u128::from(high) * TOLERANCE_THOUSANDTHS
}
