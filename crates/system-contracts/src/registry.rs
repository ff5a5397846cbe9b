//! The table of system contracts, and the way into them.

use crate::{
    address, anchors, audit, cases, chains, content, control,
    fault::{
        Fault, InvalidArgument, MalformedCall, OnlyOnMainLedger, UnknownFunction, ValueNotAccepted, refuse,
        unauthorized,
    },
    governance, headers,
    host::{Host, LedgerKind, gas},
    identities, ledgers, messages, nodes, offices, organisations, roles,
    storage::RecordLayout,
};
use alloy_json_abi::{JsonAbi, StateMutability};
use alloy_primitives::{Address, Bytes, FixedBytes, LogData, U256};
use alloy_sol_types::{SolError, SolEvent, SolInterface, abi::AbiDecoderConfig};
use std::{collections::BTreeSet, sync::LazyLock};

/// A system contract.
pub struct SystemContract {
    /// Its name, as its interface has it (without the `I`).
    pub name: &'static str,
    /// Where it stands.
    pub address: Address,
    /// Version of its code; a new one is activated by height.
    pub version: u32,
    /// The first height at which it can be called.
    pub active_from: u64,
    /// Its ABI.
    pub abi: fn() -> JsonAbi,
    /// Its storage: what stands at its first slot, and every record below that.
    pub layouts: &'static [RecordLayout],
    /// The functions that a proposal can call, and the kind of proposal that each needs. Whether a role may call them,
    /// too, is said by the contract.
    pub governed: &'static [([u8; 4], governance::Kind)],
    /// Its code.
    pub(crate) code: fn(&mut dyn Host, &Call<'_>) -> Result<Bytes, Fault>,
}

impl SystemContract {
    /// The kind of proposal that a function needs; none if no proposal can call it.
    pub fn kind_of(&self, selector: [u8; 4]) -> Option<governance::Kind> {
        let governed = self.governed.iter().find(|(known, _)| *known == selector);
        governed.map(|(_, kind)| *kind)
    }
}

/// All system contracts, by address.
pub static CONTRACTS: &[SystemContract] = &[
    governance::CONTRACT,
    organisations::CONTRACT,
    roles::CONTRACT,
    identities::CONTRACT,
    nodes::CONTRACT,
    control::CONTRACT,
    chains::CONTRACT,
    ledgers::CONTRACT,
    offices::CONTRACT,
    audit::CONTRACT,
    anchors::CONTRACT,
    cases::CONTRACT,
    messages::CONTRACT,
    content::CONTRACT,
    headers::CONTRACT,
];

/// The functions that change something, by contract.
static CHANGES: LazyLock<BTreeSet<(Address, [u8; 4])>> = LazyLock::new(|| {
    let changes = CONTRACTS.iter().flat_map(|contract| {
        let functions: Vec<_> = (contract.abi)().functions().cloned().collect();
        let changing = functions.into_iter().filter(|function| {
            !matches!(
                function.state_mutability,
                StateMutability::View | StateMutability::Pure
            )
        });
        changing.map(|function| (contract.address, function.selector().0))
    });
    changes.collect()
});

/// Bytes of memory that decoding may take for a byte of input, and for an empty one. Part of the rules of the ledger.
const DECODED_FACTOR: usize = 16;
const DECODED_BYTES_MIN: usize = 4_096;

/// A call of a system contract.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// Who calls: an account, or the contract in whose code the call stands.
    pub caller: Address,
    /// Wei that come with it.
    pub value: U256,
    /// Selector and arguments.
    pub data: &'a [u8],
}

impl Call<'_> {
    /// The first four bytes of the data, zero where there are fewer.
    pub fn selector(&self) -> [u8; 4] {
        self.data.first_chunk::<4>().copied().unwrap_or_default()
    }

    /// Decodes the call as one of `I`.
    ///
    /// # Errors
    /// `UnknownFunction` and `MalformedCall`.
    pub fn decode<I: SolInterface>(&self) -> Result<I, Fault> {
        let selector = self.selector();
        if !I::valid_selector(selector) {
            return refuse(UnknownFunction {
                selector: FixedBytes(selector),
            });
        }
        // Offsets may point at the same bytes again and again: what is decoded must stay in proportion to the input.
        let memory = self
            .data
            .len()
            .saturating_mul(DECODED_FACTOR)
            .saturating_add(DECODED_BYTES_MIN);
        let config = AbiDecoderConfig::new().validate(true).memory_limit(memory);
        I::abi_decode_with_config(self.data, config).or_else(|_| {
            refuse(MalformedCall {
                selector: FixedBytes(selector),
            })
        })
    }
}

/// The system contract at `address`.
pub fn contract_at(address: &Address) -> Option<&'static SystemContract> {
    CONTRACTS.iter().find(|contract| contract.address == *address)
}

/// Gas of a call with so many bytes of data, before anything is done. A host takes no more trouble with the data of
/// a call that cannot pay this.
pub fn price(data_bytes: usize) -> u64 {
    let words = u64::try_from(data_bytes.div_ceil(32)).unwrap_or(u64::MAX);
    gas::CALL.saturating_add(words.saturating_mul(gas::DATA_WORD))
}

/// Calls the system contract at `address`. The caller of this function undoes everything after a fault.
///
/// # Errors
/// What the contract gives; `UnknownFunction` where no system contract stands.
pub fn run(host: &mut dyn Host, address: Address, call: &Call<'_>) -> Result<Bytes, Fault> {
    host.charge(price(call.data.len()))?;
    if host.block().ledger == LedgerKind::Partition && CHANGES.contains(&(address, call.selector())) {
        return refuse(OnlyOnMainLedger {});
    }
    if call.caller != address::GOVERNANCE && !control::may_act(host, call.caller)? {
        return Err(unauthorized(call.caller, call.selector()));
    }
    if !call.value.is_zero() {
        return refuse(ValueNotAccepted {});
    }
    match contract_at(&address).filter(|contract| host.block().height >= contract.active_from) {
        Some(contract) => (contract.code)(host, call),
        None => refuse(UnknownFunction {
            selector: FixedBytes(call.selector()),
        }),
    }
}

/// A refusal of a contract in words: its custom error, with what it says where it is about an argument or the votes.
pub fn describe_error(data: &[u8]) -> String {
    if let Ok(error) = InvalidArgument::abi_decode(data) {
        return format!("{}: {}", error.name, error.rule);
    }
    let selector = data.first_chunk::<4>().copied().unwrap_or_default();
    if selector == OnlyOnMainLedger::SELECTOR {
        return "OnlyOnMainLedger: call it on the main ledger".to_owned();
    }
    let named = CONTRACTS.iter().find_map(|contract| {
        let abi = (contract.abi)();
        abi.errors().find(|error| error.selector().0 == selector).cloned()
    });
    named.map_or_else(
        || format!("an unknown error {}", FixedBytes(selector)),
        |error| format!("{} {}", error.name, Bytes::copy_from_slice(&data[4..])),
    )
}

/// Emits an event of `contract` and charges its gas.
pub(crate) fn emit(host: &mut dyn Host, contract: Address, event: &impl SolEvent) -> Result<(), Fault> {
    let log: LogData = event.encode_log_data();
    let topics = u64::try_from(log.topics().len()).unwrap_or(u64::MAX);
    let bytes = u64::try_from(log.data.len()).unwrap_or(u64::MAX);
    let price = gas::LOG + gas::LOG_TOPIC * topics + gas::LOG_BYTE.saturating_mul(bytes);
    host.charge(price)?;
    host.emit(contract, log)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_table_is_consistent() {
        let addresses: BTreeSet<Address> = CONTRACTS.iter().map(|contract| contract.address).collect();
        assert_eq!(addresses.len(), CONTRACTS.len());
        for contract in CONTRACTS {
            let abi = (contract.abi)();
            let changes: BTreeSet<[u8; 4]> = abi
                .functions()
                .filter(|function| function.state_mutability == alloy_json_abi::StateMutability::NonPayable)
                .map(|function| function.selector().0)
                .collect();
            let governed: BTreeSet<[u8; 4]> =
                contract.governed.iter().map(|(selector, _)| *selector).collect();
            assert_eq!(governed.len(), contract.governed.len(), "{}", contract.name);
            assert!(governed.is_subset(&changes), "{} governs a query", contract.name);
            for record in contract.layouts {
                check_record(contract.name, record);
            }
        }
    }

    /// No field begins inside another, and none reaches beyond the record.
    fn check_record(contract: &str, record: &RecordLayout) {
        let takes = |kind: &str| if kind.starts_with("Set<") { 2 } else { 1 };
        let ends = record
            .fields
            .iter()
            .skip(1)
            .map(|(_, slot, _)| *slot)
            .chain([record.slots]);
        for ((name, slot, kind), end) in record.fields.iter().zip(ends) {
            assert!(
                kind.contains("Record") || slot + takes(kind) <= end,
                "{contract}: {name} of {} overlaps",
                record.name
            );
        }
    }
}
