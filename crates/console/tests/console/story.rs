//! A ledger whose blocks a test writes down, served as JSON-RPC to the index: money, calls, contracts, a token with
//! eighteen digits after the point, and one identity with two accounts.

use alloy_primitives::{Address, B256, Bytes, U256, hex, keccak256};
use alloy_sol_types::SolCall;
use civitas_indexer::{Follower, Source, Store};
use civitas_sdk::Error;
use civitas_system_contracts::{
    address as system,
    interfaces::{IIdentities, IOrganisations},
};
use serde_json::{Value, json, value::RawValue};
use std::sync::Arc;

/// Chain id of the ledger.
pub const CHAIN_ID: u64 = 7_777;
/// The token.
pub const TOKEN: Address = Address::repeat_byte(0x20);
/// The identity, with the accounts 1 and 2.
pub const IDENTITY: B256 = B256::repeat_byte(0x1d);
/// The organisation that vouches for it.
pub const OFFICE: &str = "Registry Office";

const TRANSFER: &str = "ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef";
const UNIT: u128 = 1_000_000_000_000_000_000;

/// What a transaction does.
#[derive(Clone, Copy, Debug)]
pub enum Deed {
    /// Whole tokens are paid.
    Pay { from: u64, to: u64, whole: u64 },
    /// Whole coins are paid.
    Coins { from: u64, to: u64, whole: u64 },
    /// Whole coins go to a contract.
    Into {
        from: u64,
        contract: Address,
        whole: u64,
    },
    /// A call that fails.
    Fail { from: u64, contract: Address },
    /// A contract is created.
    Deploy { from: u64 },
}

/// A ledger: the time and the transactions of each block.
#[derive(Clone, Debug, Default)]
pub struct Story {
    /// Blocks from the first on.
    pub blocks: Vec<(u64, Vec<Deed>)>,
}

/// An account.
pub fn account(number: u64) -> Address {
    Address::left_padding_from(&(0x00c0_ffee_0000_0000_u64 + number).to_be_bytes())
}

/// The contract that is created at a place.
pub fn deployed(height: usize, index: usize) -> Address {
    Address::from_slice(&keccak256(format!("contract {height} {index}"))[12..])
}

fn transaction(height: usize, index: usize) -> B256 {
    keccak256(format!("transaction {height} {index}"))
}

fn block(height: usize) -> B256 {
    keccak256(format!("block {height}"))
}

fn raw(value: &Value) -> Box<RawValue> {
    RawValue::from_string(value.to_string()).unwrap()
}

fn words(words: &[U256]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_be_bytes::<32>()).collect()
}

fn whole(units: u64) -> U256 {
    U256::from(u128::from(units) * UNIT)
}

impl Story {
    /// Adds a block.
    pub fn at(&mut self, time: u64, deeds: Vec<Deed>) -> usize {
        self.blocks.push((time, deeds));
        self.blocks.len() - 1
    }

    /// Brings all of it into an index, under a name.
    pub async fn index(&self, store: &Store, name: &str) {
        let mut follower = Follower::begin(store.clone(), name, Arc::new(self.clone()))
            .await
            .unwrap();
        follower.catch_up(|_| {}).await.unwrap();
        while !follower.describe().await.unwrap() {}
    }

    fn block(&self, height: usize) -> Value {
        let (time, deeds) = &self.blocks[height];
        let parent = match height {
            0 => B256::ZERO,
            _ => block(height - 1),
        };
        let transactions = deeds.iter().enumerate().map(|(index, deed)| {
            let (from, to, value, input): (u64, Option<Address>, U256, Vec<u8>) = match *deed {
                Deed::Pay {
                    from,
                    to,
                    whole: units,
                } => {
                    let mut input = hex!("a9059cbb").to_vec();
                    input.extend(words(&[
                        U256::from_be_bytes(account(to).into_word().0),
                        whole(units),
                    ]));
                    (from, Some(TOKEN), U256::ZERO, input)
                }
                Deed::Coins {
                    from,
                    to,
                    whole: units,
                } => (from, Some(account(to)), whole(units), Vec::new()),
                Deed::Into {
                    from,
                    contract,
                    whole: units,
                } => (from, Some(contract), whole(units), Vec::new()),
                Deed::Fail { from, contract } => {
                    (from, Some(contract), U256::ZERO, hex!("deadbeef").to_vec())
                }
                Deed::Deploy { from } => (from, None, U256::ZERO, vec![0x60; 30]),
            };
            json!({
                "type": "0x2", "nonce": "0x0", "gas": "0x186a0", "gasPrice": "0x0", "to": to, "value": value,
                "input": Bytes::from(input), "hash": transaction(height, index), "from": account(from),
            })
        });
        let transactions: Vec<Value> = transactions.collect();
        json!({
            "number": format!("0x{height:x}"), "hash": block(height), "parentHash": parent,
            "timestamp": format!("0x{time:x}"), "miner": account(0), "stateRoot": B256::ZERO, "mixHash": B256::ZERO,
            "gasUsed": "0x0", "gasLimit": "0x1c9c380", "size": "0x1000", "transactions": transactions,
        })
    }

    fn receipts(&self, height: usize) -> Value {
        let deeds = self.blocks[height].1.iter().enumerate();
        let receipts = deeds.map(|(index, deed)| {
            let logs = match *deed {
                Deed::Pay { from, to, whole: units } => json!([{
                    "address": TOKEN,
                    "topics": [format!("0x{TRANSFER}"), account(from).into_word(), account(to).into_word()],
                    "data": Bytes::from(words(&[whole(units)])),
                }]),
                _ => json!([]),
            };
            let created = matches!(deed, Deed::Deploy { .. }).then(|| deployed(height, index));
            json!({
                "transactionHash": transaction(height, index), "gasUsed": "0x5208", "effectiveGasPrice": "0x0",
                "status": if matches!(deed, Deed::Fail { .. }) { "0x0" } else { "0x1" },
                "contractAddress": created, "logs": logs,
            })
        });
        receipts.collect()
    }
}

fn height_of(value: &Value) -> usize {
    usize::from_str_radix(value.as_str().unwrap().trim_start_matches("0x"), 16).unwrap()
}

fn refused(method: &str) -> Error {
    Error::Refused {
        method: method.to_owned(),
        code: 3,
        message: "execution reverted".to_owned(),
        data: None,
    }
}

/// What contracts answer: the token its digits, the registries their one entry, the others nothing.
fn call(to: Address, input: &[u8]) -> Option<Bytes> {
    if to == TOKEN && input.starts_with(&hex!("313ce567")) {
        return Some(words(&[U256::from(18)]).into());
    }
    if to == system::IDENTITIES {
        if IIdentities::resolveCall::abi_decode(input).is_ok() {
            return Some(IIdentities::resolveCall::abi_encode_returns(&document()).into());
        }
        if IIdentities::identitiesCall::abi_decode(input).is_ok() {
            return Some(IIdentities::identitiesCall::abi_encode_returns(&vec![IDENTITY]).into());
        }
    }
    if to == system::ORGANISATIONS {
        let office = IOrganisations::Organisation {
            id: keccak256(OFFICE),
            name: OFFICE.to_owned(),
            kind: IOrganisations::Kind::Business,
            level: 10,
            status: IOrganisations::Status::Active,
            voting: false,
            joinedAt: 0,
        };
        if IOrganisations::organisationCall::abi_decode(input).is_ok() {
            return Some(IOrganisations::organisationCall::abi_encode_returns(&office).into());
        }
        if IOrganisations::organisationsCall::abi_decode(input).is_ok() {
            return Some(IOrganisations::organisationsCall::abi_encode_returns(&vec![office]).into());
        }
    }
    nothing(to, input)
}

fn document() -> IIdentities::Document {
    let bound = |number| format!("eip155:{CHAIN_ID}:{}", account(number));
    IIdentities::Document {
        id: IDENTITY,
        did: format!("did:civitas:{}", hex::encode(IDENTITY)),
        kind: IIdentities::Kind::Person,
        status: IIdentities::Status::Active,
        organisation: keccak256(OFFICE),
        controllers: Vec::new(),
        methods: Vec::new(),
        services: Vec::new(),
        accounts: vec![bound(1), bound(2)],
        commitments: vec![B256::repeat_byte(1)],
        createdAt: 0,
        version: 1,
    }
}

/// The answer of a registry that is empty: a list of nothing, a count of none, the id of nobody.
fn nothing(to: Address, input: &[u8]) -> Option<Bytes> {
    let contract = civitas_sdk::contracts::contract_at(to)?;
    let selector: [u8; 4] = input.get(..4)?.try_into().ok()?;
    let function = contract.abi.function_by_selector(selector.into())?;
    match function.outputs.as_slice() {
        [list] if list.ty.ends_with("[]") => Some(words(&[U256::from(32), U256::ZERO]).into()),
        [word] if matches!(word.ty.as_str(), "uint64" | "bytes32" | "address" | "bool") => {
            Some(words(&[U256::ZERO]).into())
        }
        _ => None,
    }
}

#[async_trait::async_trait]
impl Source for Story {
    async fn request(&self, method: &str, params: Value) -> Result<Box<RawValue>, Error> {
        Ok(match method {
            "eth_chainId" => raw(&json!(format!("0x{CHAIN_ID:x}"))),
            "eth_blockNumber" => raw(&json!(format!("0x{:x}", self.blocks.len() - 1))),
            "eth_getBlockByNumber" => raw(&self.block(height_of(&params[0]))),
            "eth_getBlockReceipts" => raw(&self.receipts(height_of(&params[0]))),
            "eth_getCode" => raw(&json!("0x60016002")),
            "eth_call" => {
                let to: Address = params[0]["to"].as_str().unwrap().parse().unwrap();
                let input: Bytes = params[0]["input"].as_str().unwrap().parse().unwrap();
                raw(&json!(call(to, &input).ok_or_else(|| refused(method))?))
            }
            "civitas_systemContracts" => raw(&json!([])),
            _ => return Err(refused(method)),
        })
    }
}
