//! A ledger that is made up, block by block, out of nothing but heights, and served as JSON-RPC: the same every time,
//! of any length, and held nowhere.
//!
//! Accounts get tokens in the first blocks and pass them on ever after, so that what they hold can be counted
//! independently ([`City::model`]).
#![allow(dead_code, reason = "tests and the benchmark each use a part")]

pub mod serving;

use alloy_primitives::{Address, B256, Bytes, U256, hex, keccak256};
use alloy_sol_types::SolCall;
use civitas_sdk::Error;
use civitas_system_contracts::{
    address as system,
    interfaces::{IIdentities, IOrganisations},
};
use serde_json::{Value, json, value::RawValue};
use std::{collections::BTreeMap, fmt::Write as _};

/// Chain id of the ledger.
pub const CHAIN_ID: u64 = 7_777;
/// Fungible tokens of the ledger.
pub const TOKENS: u64 = 4;
/// What every account is given of every token.
pub const GRANT: u64 = 1_000_000_000;

const TRANSFER: &str = "ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef";
const TRANSFER_SINGLE: &str = "c3d58168c5ae7397731d063d5bbf3d657854427343f4c083240f7aacaa2d0f62";
const TRANSFER_BATCH: &str = "4a39dc06d4c0dbc64b70af90fd698a233a518aa5d07e595d983b8c0526c8f7fb";

/// The made-up ledger.
#[derive(Clone, Debug)]
pub struct City {
    /// Blocks after the genesis.
    pub blocks: u64,
    /// Transactions of each.
    pub block_transactions: u64,
    /// Accounts that take part.
    pub accounts: u64,
    /// A block whose hash is another one than the next block says.
    pub broken_at: Option<u64>,
}

/// What a transaction does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Tokens are made for an account.
    Mint { token: u64, to: u64 },
    /// Tokens are passed on.
    Pay {
        token: u64,
        from: u64,
        to: u64,
        amount: u64,
    },
    /// A unique token is made.
    Unique { to: u64, id: u64 },
    /// Two kinds of tokens are made at once.
    Pair { to: u64, amount: u64 },
    /// Wei are sent.
    Send { from: u64, to: u64 },
    /// A call that fails.
    Fail { from: u64, token: u64 },
    /// A contract is created.
    Deploy { from: u64 },
    /// A contract creates a contract.
    Found { from: u64 },
    /// An organisation joins.
    Join { from: u64, number: u64 },
}

/// An account.
pub fn account(number: u64) -> Address {
    Address::left_padding_from(&(0x00c0_ffee_0000_0000_u64 + number).to_be_bytes())
}

/// A fungible token.
pub fn token(number: u64) -> Address {
    Address::left_padding_from(&(0x0020_0000_u64 + number).to_be_bytes())
}

/// The contract of unique tokens, and that of many kinds.
pub const UNIQUE: Address = Address::repeat_byte(0x72);
pub const KINDS: Address = Address::repeat_byte(0x15);
/// A contract that creates contracts.
pub const FACTORY: Address = Address::repeat_byte(0xfa);

fn made_by(kind: &str, number: u64) -> Address {
    Address::from_slice(&keccak256(format!("{kind} {number}"))[12..])
}

/// The contract that the transaction with that number created.
pub fn deployed(number: u64) -> Address {
    made_by("deployed", number)
}

/// The contract that was created in the transaction with that number.
pub fn founded(number: u64) -> Address {
    made_by("founded", number)
}

/// Hash of the transaction with that number.
pub fn transaction_hash(number: u64) -> B256 {
    let mut hash = keccak256(format!("transaction {number}"));
    hash[24..].copy_from_slice(&number.to_be_bytes());
    hash
}

/// Hash of a block.
pub fn block_hash(height: u64) -> B256 {
    keccak256(format!("block {height}"))
}

/// The name of the organisation with that number.
pub fn organisation_name(number: u64) -> String {
    format!("Water Works {number}")
}

impl City {
    /// Transactions in all.
    pub fn transactions(&self) -> u64 {
        self.blocks * self.block_transactions
    }

    /// What the transaction with that number does.
    pub fn deed(&self, number: u64) -> Deed {
        if number < self.accounts * TOKENS {
            return Deed::Mint {
                token: number % TOKENS,
                to: number / TOKENS,
            };
        }
        // Scatters: neighbouring numbers choose accounts far apart.
        let chance = number.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(17);
        let (from, to) = (chance % self.accounts, (chance >> 20) % self.accounts);
        match number % 100 {
            0..=2 => Deed::Unique { to, id: number },
            3..=5 => Deed::Pair {
                to,
                amount: 1 + chance % 9,
            },
            6..=11 => Deed::Send { from, to },
            12..=14 => Deed::Fail {
                from,
                token: chance % TOKENS,
            },
            15 => Deed::Deploy { from },
            16 => Deed::Found { from },
            17 => Deed::Join { from, number },
            _ => Deed::Pay {
                token: (chance >> 40) % TOKENS,
                from,
                to,
                amount: 1 + (chance >> 50) % 5,
            },
        }
    }

    /// What accounts hold of the fungible tokens in the end, counted by themselves.
    pub fn model(&self) -> BTreeMap<(Address, Address), u64> {
        let mut held = BTreeMap::new();
        for number in 0..self.transactions() {
            match self.deed(number) {
                Deed::Mint { token: of, to } => *held.entry((token(of), account(to))).or_default() += GRANT,
                Deed::Pay {
                    token: of,
                    from,
                    to,
                    amount,
                } => {
                    *held.entry((token(of), account(from))).or_default() -= amount;
                    *held.entry((token(of), account(to))).or_default() += amount;
                }
                _ => {}
            }
        }
        held
    }

    /// A block and its receipts, as a node tells them.
    pub fn told(&self, height: u64) -> (String, String) {
        (self.block(height), self.receipts(height))
    }

    fn parent_of(&self, height: u64) -> B256 {
        match height {
            0 => B256::ZERO,
            _ if self.broken_at == Some(height) => keccak256("another history"),
            _ => block_hash(height - 1),
        }
    }

    fn numbers(&self, height: u64) -> std::ops::Range<u64> {
        match height {
            0 => 0..0,
            _ => (height - 1) * self.block_transactions..height * self.block_transactions,
        }
    }

    fn block(&self, height: u64) -> String {
        let mut text = format!(
            r#"{{"number":"0x{height:x}","hash":"{}","parentHash":"{}","timestamp":"0x{:x}","miner":"{}","stateRoot":"{}","mixHash":"{}","gasUsed":"0x{:x}","gasLimit":"0x1c9c380","baseFeePerGas":"0x0","size":"0x1000","logsBloom":"0x{}","transactionsRoot":"{}","receiptsRoot":"{}","extraData":"0x","nonce":"0x0000000000000000","difficulty":"0x0","sha3Uncles":"{}","uncles":[],"transactions":["#,
            block_hash(height),
            self.parent_of(height),
            1_700_000_000 + height,
            account(0),
            block_hash(height),
            block_hash(height),
            self.block_transactions * 50_000,
            "0".repeat(512),
            B256::ZERO,
            B256::ZERO,
            B256::ZERO,
        );
        for (index, number) in self.numbers(height).enumerate() {
            let call = Call::of(self.deed(number));
            let to = call
                .to
                .map_or_else(|| "null".to_owned(), |to| format!("\"{to:#x}\""));
            let comma = if index == 0 { "" } else { "," };
            let _ = write!(
                text,
                r#"{comma}{{"type":"0x2","chainId":"0x1e61","nonce":"0x{number:x}","gas":"0x186a0","maxFeePerGas":"0x0","maxPriorityFeePerGas":"0x0","to":{to},"value":"0x{:x}","accessList":[],"input":"{}","r":"0x1","s":"0x1","yParity":"0x0","v":"0x0","hash":"{}","blockHash":"{}","blockNumber":"0x{height:x}","transactionIndex":"0x{index:x}","from":"{:#x}","gasPrice":"0x0"}}"#,
                call.value,
                hex::encode_prefixed(&call.input),
                transaction_hash(number),
                block_hash(height),
                call.from,
            );
        }
        text.push_str("]}");
        text
    }

    fn receipts(&self, height: u64) -> String {
        let bloom = "0".repeat(512);
        let mut text = "[".to_owned();
        let mut log_index = 0;
        for (index, number) in self.numbers(height).enumerate() {
            let deed = self.deed(number);
            let call = Call::of(deed);
            let status = u8::from(!matches!(deed, Deed::Fail { .. }));
            let created = match deed {
                Deed::Deploy { .. } => format!("\"{}\"", deployed(number)),
                _ => "null".to_owned(),
            };
            let gas = if matches!(deed, Deed::Found { .. } | Deed::Deploy { .. }) {
                90_000
            } else {
                45_000
            };
            let comma = if index == 0 { "" } else { "," };
            let _ = write!(
                text,
                r#"{comma}{{"type":"0x2","status":"0x{status}","cumulativeGasUsed":"0x1","logsBloom":"0x{bloom}","transactionHash":"{}","transactionIndex":"0x{index:x}","blockHash":"{}","blockNumber":"0x{height:x}","gasUsed":"0x{gas:x}","effectiveGasPrice":"0x0","from":"{:#x}","to":null,"contractAddress":{created},"logs":["#,
                transaction_hash(number),
                block_hash(height),
                call.from,
            );
            for (place, (emitter, topics, data)) in logs(deed, number).into_iter().enumerate() {
                let topics: Vec<String> = topics.iter().map(|topic| format!("\"{topic}\"")).collect();
                let comma = if place == 0 { "" } else { "," };
                let _ = write!(
                    text,
                    r#"{comma}{{"address":"{emitter:#x}","topics":[{}],"data":"{}","blockHash":"{}","blockNumber":"0x{height:x}","transactionHash":"{}","transactionIndex":"0x{index:x}","logIndex":"0x{log_index:x}","removed":false}}"#,
                    topics.join(","),
                    hex::encode_prefixed(&data),
                    block_hash(height),
                    transaction_hash(number),
                );
                log_index += 1;
            }
            text.push_str("]}");
        }
        text.push(']');
        text
    }
}

/// A transaction from outside.
struct Call {
    from: Address,
    to: Option<Address>,
    value: u64,
    input: Vec<u8>,
}

impl Call {
    fn of(deed: Deed) -> Self {
        let made = |from: u64, to: Option<Address>, value: u64, input: Vec<u8>| Self {
            from: account(from),
            to,
            value,
            input,
        };
        match deed {
            Deed::Mint { token: of, to } => made(
                0,
                Some(token(of)),
                0,
                words(0x40c1_0f19, &[of_address(account(to)), U256::from(GRANT)]),
            ),
            Deed::Pay {
                token: of,
                from,
                to,
                amount,
            } => made(
                from,
                Some(token(of)),
                0,
                words(0xa905_9cbb, &[of_address(account(to)), U256::from(amount)]),
            ),
            Deed::Unique { to, id } => made(
                to,
                Some(UNIQUE),
                0,
                words(0x40c1_0f19, &[of_address(account(to)), U256::from(id)]),
            ),
            Deed::Pair { to, .. } => made(to, Some(KINDS), 0, words(0x1234_5678, &[])),
            Deed::Send { from, to } => made(from, Some(account(to)), 5, Vec::new()),
            Deed::Fail { from, token: of } => made(from, Some(token(of)), 0, words(0xdead_beef, &[])),
            Deed::Deploy { from } => made(from, None, 0, vec![0x60; 300]),
            Deed::Found { from } => made(from, Some(FACTORY), 0, words(0x0f0f_0f0f, &[])),
            Deed::Join { from, .. } => made(
                from,
                Some(system::GOVERNANCE),
                0,
                words(0xfe0d_94c1, &[U256::from(1)]),
            ),
        }
    }
}

fn of_address(address: Address) -> U256 {
    U256::from_be_bytes(address.into_word().0)
}

fn words(selector: u32, words: &[U256]) -> Vec<u8> {
    let mut input = selector.to_be_bytes().to_vec();
    words
        .iter()
        .for_each(|word| input.extend_from_slice(&word.to_be_bytes::<32>()));
    input
}

type Log = (Address, Vec<B256>, Vec<u8>);

fn logs(deed: Deed, number: u64) -> Vec<Log> {
    let topic = |text: &str| -> B256 { text.parse().unwrap() };
    let who = |number: u64| account(number).into_word();
    let data = |numbers: &[u64]| -> Vec<u8> {
        numbers
            .iter()
            .flat_map(|number| U256::from(*number).to_be_bytes::<32>())
            .collect()
    };
    match deed {
        Deed::Mint { token: of, to } => vec![(
            token(of),
            vec![topic(TRANSFER), B256::ZERO, who(to)],
            data(&[GRANT]),
        )],
        Deed::Pay {
            token: of,
            from,
            to,
            amount,
        } => {
            vec![(
                token(of),
                vec![topic(TRANSFER), who(from), who(to)],
                data(&[amount]),
            )]
        }
        Deed::Unique { to, id } => {
            let id = B256::from(U256::from(id));
            vec![(UNIQUE, vec![topic(TRANSFER), B256::ZERO, who(to), id], Vec::new())]
        }
        Deed::Pair { to, amount } => vec![
            (
                KINDS,
                vec![topic(TRANSFER_BATCH), who(to), B256::ZERO, who(to)],
                data(&[64, 160, 2, 1, 2, 2, amount, amount]),
            ),
            (
                KINDS,
                vec![topic(TRANSFER_SINGLE), who(to), B256::ZERO, who(to)],
                data(&[1, amount]),
            ),
        ],
        Deed::Found { .. } => vec![(founded(number), vec![keccak256("Founded()")], Vec::new())],
        Deed::Join { number, .. } => {
            let name = organisation_name(number);
            let event = IOrganisations::OrganisationJoined {
                id: keccak256(&name),
                name,
                kind: IOrganisations::Kind::Business,
                level: 10,
                voting: false,
            };
            let log = alloy_sol_types::SolEvent::encode_log_data(&event);
            vec![(system::ORGANISATIONS, log.topics().to_vec(), log.data.to_vec())]
        }
        Deed::Send { .. } | Deed::Fail { .. } | Deed::Deploy { .. } => Vec::new(),
    }
}

fn raw(text: String) -> Box<RawValue> {
    RawValue::from_string(text).unwrap()
}

fn refused(method: &str, message: &str) -> Error {
    Error::Refused {
        method: method.to_owned(),
        code: 3,
        message: message.to_owned(),
        data: None,
    }
}

fn height_of(value: &Value) -> u64 {
    u64::from_str_radix(value.as_str().unwrap().trim_start_matches("0x"), 16).unwrap()
}

impl City {
    fn call(&self, params: &Value) -> Result<Bytes, Error> {
        let to: Address = params[0]["to"].as_str().unwrap().parse().unwrap();
        let input: Bytes = params[0]["input"].as_str().unwrap().parse().unwrap();
        let text = |text: &str| {
            let mut output = words(0, &[U256::from(32), U256::from(text.len())])[4..].to_vec();
            output.extend_from_slice(text.as_bytes());
            output.resize(output.len().next_multiple_of(32), 0);
            Ok(Bytes::from(output))
        };
        let number = (0..TOKENS).find(|number| token(*number) == to);
        match (input.get(..4).unwrap_or_default(), number) {
            ([0x06, 0xfd, 0xde, 0x03], Some(0)) => text(&format!("<b>\u{202e}{}</b>", "x".repeat(100_000))),
            ([0x06, 0xfd, 0xde, 0x03], Some(number)) => text(&format!("City Coin {number}")),
            ([0x95, 0xd8, 0x9b, 0x41], Some(number)) => text(&format!("CC{number}")),
            ([0x31, 0x3c, 0xe5, 0x67], Some(number)) => {
                Ok(words(0, &[U256::from(number)])[4..].to_vec().into())
            }
            _ => {
                let known = match to {
                    system::ORGANISATIONS => organisations(&input),
                    system::IDENTITIES => identity(&input),
                    _ => None,
                };
                known
                    .or_else(|| nothing(to, &input))
                    .ok_or_else(|| refused("eth_call", "execution reverted"))
            }
        }
    }
}

/// The answer of a registry that is empty: a list of nothing, a count of none, the id of nobody.
fn nothing(to: Address, input: &[u8]) -> Option<Bytes> {
    let contract = civitas_sdk::contracts::contract_at(to)?;
    let selector: [u8; 4] = input.get(..4)?.try_into().ok()?;
    let function = contract.abi.function_by_selector(selector.into())?;
    match function.outputs.as_slice() {
        [list] if list.ty.ends_with("[]") => {
            Some(words(0, &[U256::from(32), U256::ZERO])[4..].to_vec().into())
        }
        [word] if matches!(word.ty.as_str(), "uint64" | "bytes32" | "address" | "bool") => {
            Some(words(0, &[U256::ZERO])[4..].to_vec().into())
        }
        _ => None,
    }
}

/// The registry of organisations: one of the genesis, and any that has ever joined.
fn organisations(input: &[u8]) -> Option<Bytes> {
    let made = |name: String, id: B256| IOrganisations::Organisation {
        id,
        name,
        kind: IOrganisations::Kind::Business,
        level: 10,
        status: IOrganisations::Status::Active,
        voting: false,
        joinedAt: 0,
    };
    let first = made("The City Council".to_owned(), keccak256("The City Council"));
    if let Ok(call) = IOrganisations::organisationCall::abi_decode(input) {
        let found = if call.id == first.id {
            first
        } else {
            made(format!("Organisation {}", call.id), call.id)
        };
        return Some(IOrganisations::organisationCall::abi_encode_returns(&found).into());
    }
    let list = vec![first];
    IOrganisations::organisationsCall::abi_decode(input).ok()?;
    Some(IOrganisations::organisationsCall::abi_encode_returns(&list).into())
}

/// The document of any identity: it has its id, and ten accounts on this ledger.
fn identity(input: &[u8]) -> Option<Bytes> {
    let call = IIdentities::resolveCall::abi_decode(input).ok()?;
    let document = IIdentities::Document {
        id: call.id,
        did: format!("did:civitas:{CHAIN_ID}:{}", call.id),
        kind: IIdentities::Kind::Person,
        status: IIdentities::Status::Active,
        organisation: B256::ZERO,
        controllers: Vec::new(),
        methods: Vec::new(),
        services: Vec::new(),
        accounts: (0..10)
            .map(|number| format!("eip155:{CHAIN_ID}:{}", account(number)))
            .collect(),
        commitments: Vec::new(),
        createdAt: 0,
        version: 1,
    };
    Some(IIdentities::resolveCall::abi_encode_returns(&document).into())
}

#[async_trait::async_trait]
impl civitas_indexer::Source for City {
    async fn request(&self, method: &str, params: Value) -> Result<Box<RawValue>, Error> {
        Ok(match method {
            "eth_chainId" => raw(format!("\"0x{CHAIN_ID:x}\"")),
            "eth_blockNumber" => raw(format!("\"0x{:x}\"", self.blocks)),
            "eth_getBlockByNumber" => raw(self.block(height_of(&params[0]))),
            "eth_getBlockReceipts" => raw(self.receipts(height_of(&params[0]))),
            "eth_getCode" => {
                let is_account = params[0].as_str().unwrap().contains("c0ffee");
                raw(if is_account { "\"0x\"" } else { "\"0x60016002\"" }.to_owned())
            }
            "eth_call" => raw(json!(self.call(&params)?).to_string()),
            "civitas_systemContracts" => {
                let all = civitas_sdk::contracts::all().iter();
                let all: Vec<Value> = all
                    .map(|contract| json!({"name": contract.name, "address": contract.address}))
                    .collect();
                raw(json!(all).to_string())
            }
            "debug_traceTransaction" => {
                let hash: B256 = params[0].as_str().unwrap().parse().unwrap();
                raw(self.trace(hash).to_string())
            }
            _ => return Err(refused(method, "no such method")),
        })
    }
}

impl City {
    fn trace(&self, hash: B256) -> Value {
        let number = u64::from_be_bytes(hash[24..].try_into().unwrap());
        let mut calls = Vec::new();
        if matches!(self.deed(number), Deed::Found { .. }) {
            calls.push(json!({"type": "CREATE2", "from": FACTORY, "to": founded(number)}));
            calls
                .push(json!({"type": "CREATE", "from": FACTORY, "to": Address::ZERO, "error": "out of gas"}));
        }
        json!({"type": "CALL", "from": account(0), "to": FACTORY, "calls": [{"type": "CALL", "from": FACTORY, "to": FACTORY, "calls": calls}]})
    }
}
