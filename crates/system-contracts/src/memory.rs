//! A host in memory: a city is founded in it before it has a ledger, and contracts are tested in it.

use crate::{
    fault::Fault,
    host::{BlockContext, Host},
};
use alloy_primitives::{Address, B256, Bytes, LogData, U256};
use std::collections::BTreeMap;

/// Storage, events and the block of a ledger that stands still until its owner moves it.
#[derive(Clone, Debug, Default)]
pub struct MemoryHost {
    /// The block that calls run in.
    pub block: BlockContext,
    /// All written slots.
    pub storage: BTreeMap<(Address, U256), U256>,
    /// All events, oldest first.
    pub events: Vec<(Address, LogData)>,
    /// Gas that was charged.
    pub gas_used: u64,
    /// Gas that may be charged; zero is without bound.
    pub gas_max: u64,
    /// Whether writes are refused.
    pub read_only: bool,
    /// Hashes of earlier blocks.
    pub block_hashes: BTreeMap<u64, B256>,
}

impl MemoryHost {
    /// Calls a system contract as a transaction would: after a fault nothing is left of the call.
    ///
    /// # Errors
    /// What the contract gives.
    pub fn call(&mut self, caller: Address, contract: Address, data: &[u8]) -> Result<Bytes, Fault> {
        let before = self.clone();
        let call = crate::Call {
            caller,
            value: U256::ZERO,
            data,
        };
        let result = crate::run(self, contract, &call);
        if result.is_err() {
            *self = before;
        }
        result
    }
}

impl Host for MemoryHost {
    fn block(&self) -> BlockContext {
        self.block
    }

    fn charge(&mut self, amount: u64) -> Result<(), Fault> {
        self.gas_used = self.gas_used.saturating_add(amount);
        if self.gas_max != 0 && self.gas_used > self.gas_max {
            return Err(Fault::OutOfGas);
        }
        Ok(())
    }

    fn load(&mut self, contract: Address, slot: U256) -> Result<U256, Fault> {
        Ok(self.storage.get(&(contract, slot)).copied().unwrap_or_default())
    }

    fn store(&mut self, contract: Address, slot: U256, value: U256) -> Result<(), Fault> {
        if self.read_only {
            return Err(Fault::ReadOnly);
        }
        if value.is_zero() {
            self.storage.remove(&(contract, slot));
        } else {
            self.storage.insert((contract, slot), value);
        }
        Ok(())
    }

    fn emit(&mut self, contract: Address, log: LogData) -> Result<(), Fault> {
        if self.read_only {
            return Err(Fault::ReadOnly);
        }
        self.events.push((contract, log));
        Ok(())
    }

    fn block_hash(&mut self, height: u64) -> Result<B256, Fault> {
        Ok(self.block_hashes.get(&height).copied().unwrap_or_default())
    }
}
