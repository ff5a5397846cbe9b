//! The system contracts by name: calls to them, and what their calls, events and errors mean.

use crate::{
    AbiError,
    abi::{self, Decoded},
};
use alloy_json_abi::{Function, JsonAbi};
use alloy_primitives::{Address, B256, Bytes};
use serde_json::Value;
use std::sync::LazyLock;

/// A system contract.
#[derive(Debug)]
pub struct Contract {
    /// Its name, as its interface has it (without the `I`).
    pub name: &'static str,
    /// Where it stands.
    pub address: Address,
    /// Its ABI.
    pub abi: JsonAbi,
}

static CONTRACTS: LazyLock<Vec<Contract>> = LazyLock::new(|| {
    let all = civitas_system_contracts::CONTRACTS
        .iter()
        .map(|contract| Contract {
            name: contract.name,
            address: contract.address,
            abi: (contract.abi)(),
        });
    all.collect()
});

/// All system contracts, by address.
pub fn all() -> &'static [Contract] {
    &CONTRACTS
}

/// The system contract of that name, in any case of letters.
pub fn contract(name: &str) -> Option<&'static Contract> {
    CONTRACTS
        .iter()
        .find(|contract| contract.name.eq_ignore_ascii_case(name))
}

/// The system contract of that name.
///
/// # Errors
/// [`AbiError::UnknownContract`].
pub fn named(name: &str) -> Result<&'static Contract, AbiError> {
    contract(name).ok_or_else(|| AbiError::UnknownContract {
        name: name.to_owned(),
    })
}

/// The system contract that stands there.
pub fn contract_at(address: Address) -> Option<&'static Contract> {
    CONTRACTS.iter().find(|contract| contract.address == address)
}

impl Contract {
    /// A function by its name, or by its signature where a name has several.
    ///
    /// # Errors
    /// [`AbiError::UnknownFunction`].
    pub fn function(&self, function: &str) -> Result<&Function, AbiError> {
        let named = self
            .abi
            .function(function)
            .and_then(|functions| functions.first());
        let found = named.or_else(|| {
            self.abi
                .functions()
                .find(|candidate| candidate.signature() == function)
        });
        found.ok_or_else(|| AbiError::UnknownFunction {
            contract: self.name.to_owned(),
            function: function.to_owned(),
        })
    }

    /// The input of a call.
    ///
    /// # Errors
    /// Every [`AbiError`] but that of decoding.
    pub fn encode(&self, function: &str, arguments: &[Value]) -> Result<Bytes, AbiError> {
        abi::encode(self.function(function)?, arguments)
    }

    /// What the call with that input gave back, as JSON.
    ///
    /// # Errors
    /// [`AbiError::UnknownFunction`] and [`AbiError::Undecodable`].
    pub fn decode_output(&self, call: &[u8], output: &[u8]) -> Result<Value, AbiError> {
        let selector = call.first_chunk::<4>().copied().unwrap_or_default();
        let function =
            self.abi
                .function_by_selector(selector.into())
                .ok_or_else(|| AbiError::UnknownFunction {
                    contract: self.name.to_owned(),
                    function: Bytes::copy_from_slice(&selector).to_string(),
                })?;
        abi::decode_output(function, output)
    }

    /// A call of the contract in words.
    pub fn decode_call(&self, input: &[u8]) -> Option<Decoded> {
        abi::decode_call(&self.abi, input)
    }

    /// An event of the contract in words.
    pub fn decode_event(&self, topics: &[B256], data: &[u8]) -> Option<Decoded> {
        abi::decode_event(&self.abi, topics, data)
    }
}

/// A custom error of any system contract, or one of Solidity's own (`Error(string)`, `Panic(uint256)`), in words.
pub fn decode_error(data: &[u8]) -> Option<Decoded> {
    let own = CONTRACTS
        .iter()
        .find_map(|contract| abi::decode_error(&contract.abi, data));
    own.or_else(|| abi::decode_solidity_error(data))
}
