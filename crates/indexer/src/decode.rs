//! Calls and events in words, by the ABIs that are known: of system contracts, of verified ones, and of the token
//! standards for all others.

use crate::{
    Error,
    database::{Database, Statement},
    read::{Argument, Decoded},
};
use alloy_json_abi::JsonAbi;
use alloy_primitives::{Address, B256};
use civitas_sdk::{abi, contracts};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

static STANDARDS: LazyLock<JsonAbi> = LazyLock::new(|| {
    JsonAbi::parse([
        "function transfer(address to, uint256 value) returns (bool)",
        "function approve(address spender, uint256 value) returns (bool)",
        "function transferFrom(address from, address to, uint256 value) returns (bool)",
        "function mint(address to, uint256 value)",
        "function burn(uint256 value)",
        "function safeTransferFrom(address from, address to, uint256 tokenId)",
        "function safeTransferFrom(address from, address to, uint256 tokenId, bytes data)",
        "function safeTransferFrom(address from, address to, uint256 id, uint256 value, bytes data)",
        "function safeBatchTransferFrom(address from, address to, uint256[] ids, uint256[] values, bytes data)",
        "function setApprovalForAll(address operator, bool approved)",
        "event Transfer(address indexed from, address indexed to, uint256 value)",
        "event Transfer(address indexed from, address indexed to, uint256 indexed tokenId)",
        "event Approval(address indexed owner, address indexed spender, uint256 value)",
        "event Approval(address indexed owner, address indexed approved, uint256 indexed tokenId)",
        "event ApprovalForAll(address indexed account, address indexed operator, bool approved)",
        "event TransferSingle(address indexed operator, address indexed from, address indexed to, uint256 id, uint256 value)",
        "event TransferBatch(address indexed operator, address indexed from, address indexed to, uint256[] ids, uint256[] values)",
        "event URI(string value, uint256 indexed id)",
        "event OwnershipTransferred(address indexed previousOwner, address indexed newOwner)",
    ])
    .unwrap_or_default()
});

/// The ABIs of the verified contracts that a page is about.
#[derive(Debug)]
pub(crate) struct Decoder {
    /// Whether the system contracts stand at their addresses: on ledgers of the city, not on foreign chains.
    has_systems: bool,
    verified: BTreeMap<Address, (Option<String>, JsonAbi)>,
}

impl Decoder {
    /// Reads what is known about these contracts of a ledger.
    pub(crate) async fn load(
        database: &Database,
        ledger: i64,
        addresses: impl IntoIterator<Item = Address>,
    ) -> Result<Self, Error> {
        let statement = Statement::new("SELECT 1 FROM chains WHERE ledger = $1").bind(ledger);
        let mut decoder = Self {
            has_systems: database.row(statement).await?.is_none(),
            verified: BTreeMap::new(),
        };
        let others: BTreeSet<Address> = addresses
            .into_iter()
            .filter(|address| decoder.system(*address).is_none())
            .collect();
        if others.is_empty() {
            return Ok(decoder);
        }
        let places: Vec<String> = (2..others.len() + 2).map(|number| format!("${number}")).collect();
        let statement = Statement::new(format!(
            "SELECT address, name, abi FROM contracts WHERE ledger = $1 AND abi IS NOT NULL AND address IN ({})",
            places.join(", ")
        ));
        let statement = statement
            .bind(ledger)
            .bind_all(others.into_iter().map(Into::into))
            .once();
        for mut row in database.rows(statement).await? {
            let (address, name): (Address, Option<String>) = (row.take()?, row.take()?);
            let text: String = row.take()?;
            if let Ok(abi) = serde_json::from_str(&text) {
                decoder.verified.insert(address, (name, abi));
            }
        }
        Ok(decoder)
    }

    /// The system contract at an address.
    fn system(&self, address: Address) -> Option<&'static contracts::Contract> {
        contracts::contract_at(address).filter(|_| self.has_systems)
    }

    /// The ABIs to try for a contract, best first, with its name.
    fn abis(&self, address: Address) -> Vec<(Option<String>, &JsonAbi)> {
        if let Some(contract) = self.system(address) {
            return vec![(Some(contract.name.to_owned()), &contract.abi)];
        }
        let verified = self.verified.get(&address).map(|(name, abi)| (name.clone(), abi));
        verified.into_iter().chain([(None, &*STANDARDS)]).collect()
    }

    /// A call in words. Where only its beginning is at hand (`is_whole` is false), it may have no arguments.
    pub(crate) fn call(&self, to: Address, input: &[u8], is_whole: bool) -> Option<Decoded> {
        let selector = input.first_chunk::<4>()?;
        self.abis(to).into_iter().find_map(|(contract, abi)| {
            if let Some(decoded) = abi::decode_call(abi, input) {
                return Some(in_words(contract, decoded));
            }
            let function = abi
                .function_by_selector((*selector).into())
                .filter(|_| !is_whole)?;
            Some(Decoded {
                contract,
                name: function.name.clone(),
                signature: function.signature(),
                arguments: Vec::new(),
            })
        })
    }

    /// An event in words.
    pub(crate) fn event(&self, emitter: Address, topics: &[B256], data: &[u8]) -> Option<Decoded> {
        self.abis(emitter).into_iter().find_map(|(contract, abi)| {
            abi::decode_event(abi, topics, data).map(|decoded| in_words(contract, decoded))
        })
    }
}

fn in_words(contract: Option<String>, decoded: abi::Decoded) -> Decoded {
    let arguments = decoded.arguments.into_iter().map(|argument| Argument {
        name: argument.name,
        kind: argument.kind,
        value: argument.value,
    });
    Decoded {
        contract,
        name: decoded.name,
        signature: decoded.signature,
        arguments: arguments.collect(),
    }
}
