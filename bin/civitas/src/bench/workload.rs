//! What is submitted: native transfers, ERC-20 transfers, one hot account, certified records. All of it is signed
//! before the load starts.

use crate::account::{Account, Call, Fees};
use alloy_primitives::{Address, B256, Bytes, TxKind, U256, hex, keccak256};
use alloy_sol_types::{SolCall, sol};
use anyhow::Context;
use clap::ValueEnum;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Compiled from the sources beside it.
const CONTRACTS: &str = include_str!("../../../../contracts/bench/contracts.json");
/// Length of a certified record.
const RECORD_BYTES: usize = 256;
/// Gas limits, a little above what the transactions use.
const NATIVE_GAS: u64 = 21_000;
const TOKEN_GAS: u64 = 70_000;
const CERTIFY_GAS: u64 = 100_000;

sol! {
    function distribute(address[] accounts) external payable;
    function mint(address[] accounts, uint256 amount) external;
    function transfer(address to, uint256 amount) external returns (bool);
    function certify(bytes record) external returns (bytes32);
}

/// What the transactions do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Workload {
    /// Native transfers between the senders.
    Native,
    /// Transfers of an OpenZeppelin ERC-20 between the senders.
    Erc20,
    /// Transfers of an ERC-20, all to one recipient: every transaction writes the same slot.
    Hot,
    /// Records of 256 bytes: the hash into the state, the record into the log.
    Certify,
}

impl Workload {
    /// The name on the command line.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Erc20 => "erc20",
            Self::Hot => "hot",
            Self::Certify => "certify",
        }
    }

    /// The contract that the transactions call.
    pub(super) const fn contract(self) -> Option<&'static str> {
        match self {
            Self::Native => None,
            Self::Erc20 | Self::Hot => Some("BenchToken"),
            Self::Certify => Some("Certificates"),
        }
    }

    pub(super) const fn needs_tokens(self) -> bool {
        matches!(self, Self::Erc20 | Self::Hot)
    }

    pub(super) const fn sends_coins(self) -> bool {
        matches!(self, Self::Native)
    }

    pub(super) const fn gas(self) -> u64 {
        match self {
            Self::Native => NATIVE_GAS,
            Self::Erc20 | Self::Hot => TOKEN_GAS,
            Self::Certify => CERTIFY_GAS,
        }
    }
}

/// What has to be signed.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) workload: Workload,
    pub(super) chain_id: u64,
    pub(super) fees: Fees,
    pub(super) contract: Option<Address>,
    pub(super) count: usize,
    pub(super) seed: u64,
}

/// A signed transaction, ready to be sent.
#[derive(Clone, Debug)]
pub(super) struct Signed {
    pub(super) hash: B256,
    /// Hexadecimal, as JSON-RPC takes it.
    pub(super) raw: String,
}

/// Creation code of a contract.
pub(super) fn creation_code(name: &str) -> anyhow::Result<Bytes> {
    #[derive(Deserialize)]
    struct Compiled {
        bytecode: Bytes,
    }
    #[derive(Deserialize)]
    struct File {
        contracts: BTreeMap<String, Compiled>,
    }
    let mut file: File = serde_json::from_str(CONTRACTS).context("contracts.json is damaged")?;
    let compiled = file
        .contracts
        .remove(name)
        .with_context(|| format!("contracts.json has no {name}"))?;
    Ok(compiled.bytecode)
}

/// Signs the plan's transactions, on all cores. Transaction `i` is of sender `i % senders`, whose nonces begin at
/// zero.
pub(super) fn sign(plan: &Plan, senders: &[Account]) -> anyhow::Result<Vec<Signed>> {
    let sign_one = |index: usize| {
        let call = call(plan, senders, index)?;
        let (raw, hash) = senders[index % senders.len()].sign(call, plan.chain_id, plan.fees)?;
        Ok(Signed {
            hash,
            raw: hex::encode_prefixed(raw),
        })
    };
    (0..plan.count).into_par_iter().map(sign_one).collect()
}

fn call(plan: &Plan, senders: &[Account], index: usize) -> anyhow::Result<Call> {
    let nonce = u64::try_from(index / senders.len())?;
    let next = senders[(index + 1) % senders.len()].address;
    let contract = || plan.contract.context("the workload's contract was not deployed");
    let transfer = |to| {
        transferCall {
            to,
            amount: U256::from(1),
        }
        .abi_encode()
    };
    let (to, value, input) = match plan.workload {
        Workload::Native => (next, U256::from(1), Vec::new()),
        Workload::Erc20 => (contract()?, U256::ZERO, transfer(next)),
        Workload::Hot => (contract()?, U256::ZERO, transfer(senders[0].address)),
        Workload::Certify => (
            contract()?,
            U256::ZERO,
            certifyCall {
                record: record(plan.seed, index).into(),
            }
            .abi_encode(),
        ),
    };
    Ok(Call {
        nonce,
        to: TxKind::Call(to),
        value,
        input: input.into(),
        gas: plan.workload.gas(),
    })
}

/// A record that cannot be compressed and never comes twice.
fn record(seed: u64, index: usize) -> Vec<u8> {
    let mut record = Vec::with_capacity(RECORD_BYTES);
    let mut part = keccak256([seed.to_be_bytes(), index.to_be_bytes()].concat());
    while record.len() < RECORD_BYTES {
        record.extend_from_slice(part.as_slice());
        part = keccak256(part);
    }
    record
}

#[cfg(test)]
mod tests {
    use super::{super::senders, *};
    use alloy_consensus::Transaction as _;
    use civitas_types::Transaction;

    #[test]
    fn every_workload_is_signed_by_the_senders_in_turn() {
        let senders = senders::senders(1, 3).unwrap();
        for workload in Workload::value_variants() {
            let plan = Plan {
                workload: *workload,
                chain_id: 5,
                fees: Fees::Dynamic {
                    fee_max: 0,
                    tip_max: 0,
                },
                contract: workload.contract().map(|_| Address::repeat_byte(1)),
                count: 7,
                seed: 1,
            };
            let signed = sign(&plan, &senders).unwrap();
            for (index, signed) in signed.iter().enumerate() {
                let raw = hex::decode(&signed.raw).unwrap();
                let transaction = Transaction::decode(raw.into()).unwrap();
                assert_eq!(transaction.hash(), signed.hash);
                assert_eq!(transaction.sender(), senders[index % 3].address);
                assert_eq!(transaction.envelope().nonce(), u64::try_from(index / 3).unwrap());
            }
        }
    }

    #[test]
    fn the_contracts_are_compiled() {
        for name in ["BenchToken", "Certificates", "Distributor"] {
            assert!(creation_code(name).unwrap().len() > 100);
        }
        assert_eq!(record(1, 1).len(), RECORD_BYTES);
        assert_ne!(record(1, 1), record(1, 2));
    }
}
