//! What can be said of a transaction without its sender and without the state, cheapest first.
//!
//! Invariant: the answer depends on [`Rules`] and the transaction alone, so all nodes give the same one.

use crate::Rules;
use alloy_consensus::Transaction as _;
use civitas_ports::Refusal;
use civitas_types::{TxEnvelope, U256};
use revm::{context_interface::cfg::GasParams, primitives::hardfork::SpecId};

/// Bytes of initialisation code, at most (EIP-3860).
const INIT_CODE_BYTES_MAX: usize = 49_152;

/// Checks the form of transactions for one ledger.
pub(crate) struct Form {
    rules: Rules,
    /// The executor's own table, so that both agree on what a transaction needs.
    gas: GasParams,
}

impl Form {
    pub(crate) fn new(rules: Rules) -> Self {
        // Own ledgers run the newest finished fork; intrinsic gas has not changed since Prague.
        Self {
            rules,
            gas: GasParams::new_spec(SpecId::OSAKA),
        }
    }

    pub(crate) const fn rules(&self) -> &Rules {
        &self.rules
    }

    pub(crate) const fn check_size(&self, bytes: usize) -> Result<(), Refusal> {
        let max = self.rules.transaction_bytes_max;
        if bytes > max {
            Err(Refusal::TooLarge { bytes, max })
        } else {
            Ok(())
        }
    }

    pub(crate) fn check(&self, envelope: &TxEnvelope) -> Result<(), Refusal> {
        self.check_type(envelope)?;
        self.check_chain(envelope)?;
        self.check_gas(envelope)?;
        self.check_fees(envelope)
    }

    fn check_type(&self, envelope: &TxEnvelope) -> Result<(), Refusal> {
        if envelope.is_eip4844() {
            return Err(Refusal::BlobUnsupported);
        }
        if envelope.is_eip7702() && envelope.authorization_list().is_none_or(<[_]>::is_empty) {
            return Err(Refusal::InvalidSetCode);
        }
        let bytes = envelope.input().len();
        if envelope.is_create() && bytes > INIT_CODE_BYTES_MAX {
            return Err(Refusal::InitCodeTooLarge {
                bytes,
                max: INIT_CODE_BYTES_MAX,
            });
        }
        Ok(())
    }

    fn check_chain(&self, envelope: &TxEnvelope) -> Result<(), Refusal> {
        let chain_id = self.rules.chain_id;
        match envelope.chain_id() {
            Some(found) if found == chain_id => Ok(()),
            Some(found) => Err(Refusal::WrongChain { found, chain_id }),
            None => Err(Refusal::Unprotected { chain_id }),
        }
    }

    fn check_gas(&self, envelope: &TxEnvelope) -> Result<(), Refusal> {
        let gas = envelope.gas_limit();
        let max = self.rules.transaction_gas_max;
        if gas > max {
            return Err(Refusal::GasLimitTooHigh { gas, max });
        }
        let needed = self.intrinsic_gas(envelope);
        if gas < needed {
            return Err(Refusal::IntrinsicGasTooLow { gas, needed });
        }
        Ok(())
    }

    /// EIP-2028, 2930, 3860, 7702, and the floor of EIP-7623.
    fn intrinsic_gas(&self, envelope: &TxEnvelope) -> u64 {
        let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        let access = envelope.access_list();
        let gas = self.gas.initial_tx_gas(
            envelope.input(),
            envelope.is_create(),
            access.map_or(0, |list| count(list.0.len())),
            access.map_or(0, |list| {
                count(list.0.iter().map(|item| item.storage_keys.len()).sum())
            }),
            envelope.authorization_count().unwrap_or(0),
            None,
        );
        gas.initial_total_gas().max(gas.floor_gas())
    }

    fn check_fees(&self, envelope: &TxEnvelope) -> Result<(), Refusal> {
        let fee = envelope.max_fee_per_gas();
        if envelope.max_priority_fee_per_gas().is_some_and(|tip| tip > fee) {
            return Err(Refusal::TipAboveFee);
        }
        if fee < u128::from(self.rules.base_fee) {
            return Err(Refusal::FeeTooLow {
                fee,
                base_fee: self.rules.base_fee,
            });
        }
        Ok(())
    }
}

/// The most that a transaction can take from its sender, in wei.
pub(crate) fn cost(envelope: &TxEnvelope) -> U256 {
    U256::from(envelope.max_fee_per_gas())
        .saturating_mul(U256::from(envelope.gas_limit()))
        .saturating_add(envelope.value())
}
