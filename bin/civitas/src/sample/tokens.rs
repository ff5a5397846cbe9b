//! The contracts of the sample, compiled from `contracts/sample`, and the functions of them that it calls.

use super::people::Person;
use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::{SolValue, sol};
use anyhow::Context;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Compiled from the sources beside it.
const CONTRACTS: &str = include_str!("../../../../contracts/sample/contracts.json");
/// Supply of each ERC-20: a million, with eighteen decimals.
const SUPPLY: u128 = 1_000_000 * UNIT;
/// One whole token.
pub const UNIT: u128 = 1_000_000_000_000_000_000;

sol! {
    function transfer(address to, uint256 amount) external returns (bool);
    function approve(address spender, uint256 amount) external returns (bool);
    function issue(address holder, string plot) external returns (uint256);
    function transferFrom(address from, address to, uint256 id) external;
    function hand(address holder, uint256 kind, uint256 count) external;
}

/// A contract of the sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token {
    /// ERC-20 of the harbour.
    Harbour,
    /// ERC-20 of the trams.
    Tram,
    /// ERC-721.
    Deed,
    /// ERC-1155.
    Pass,
    /// ERC-20 on the partition ledger.
    Bill,
}

impl Token {
    /// Who creates it.
    pub const fn creator(self) -> Person {
        match self {
            Self::Harbour | Self::Tram => Person::TREASURY,
            Self::Deed => Person::REGISTRAR,
            Self::Pass => Person::TRAMS,
            Self::Bill => Person::CITIZENS[0],
        }
    }

    /// Transactions of its creator before it, on its ledger.
    const fn nonce(self) -> u64 {
        match self {
            Self::Tram => 1,
            Self::Harbour | Self::Deed | Self::Pass | Self::Bill => 0,
        }
    }

    /// Where it stands.
    ///
    /// # Errors
    /// The library refuses the creator's key.
    pub fn address(self) -> anyhow::Result<Address> {
        Ok(self.creator().address()?.create(self.nonce()))
    }

    /// Constructor and arguments.
    ///
    /// # Errors
    /// contracts.json is damaged.
    pub fn code(self) -> anyhow::Result<Bytes> {
        let fungible = |name: &str, symbol: &str| {
            (name.to_owned(), symbol.to_owned(), U256::from(SUPPLY)).abi_encode_params()
        };
        let (contract, arguments) = match self {
            Self::Harbour => ("HarbourToken", fungible("Harbour Token", "HBR")),
            Self::Tram => ("HarbourToken", fungible("Tram Credit 电车积分", "TRAM")),
            Self::Bill => ("HarbourToken", fungible("Bill of Lading 提单", "BILL")),
            Self::Deed => ("CityDeed", Vec::new()),
            Self::Pass => ("CityPass", Vec::new()),
        };
        Ok([compiled(contract)?.to_vec(), arguments].concat().into())
    }
}

fn compiled(name: &str) -> anyhow::Result<Bytes> {
    #[derive(Deserialize)]
    struct Compiled {
        bytecode: Bytes,
    }
    #[derive(Deserialize)]
    struct File {
        contracts: BTreeMap<String, Compiled>,
    }
    let mut file: File = serde_json::from_str(CONTRACTS).context("contracts.json is damaged")?;
    let found = file.contracts.remove(name);
    Ok(found
        .with_context(|| format!("contracts.json has no {name}"))?
        .bytecode)
}
