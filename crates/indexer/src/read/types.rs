//! What the index answers: rows as typed values. Amounts and hashes keep their types; who shows them turns them
//! into text.

use alloy_primitives::{Address, B256, Bytes, U256};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Items of one page, at most: what a table shows, and what a query answers within a blink.
pub const PAGE_ITEMS_MAX: u32 = 200;

/// Items of one page where the caller names no number.
pub const PAGE_ITEMS_DEFAULT: u32 = 50;

/// Which page of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageRequest {
    /// Where the page before ended ([`Page::next`]); none for the first page.
    pub cursor: Option<String>,
    /// Items, at most; [`PAGE_ITEMS_DEFAULT`] if none is named, and never more than [`PAGE_ITEMS_MAX`].
    pub limit: Option<u32>,
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// The cursor of the next page; none at the end. A page may have fewer items than were asked for, or none,
    /// and yet have a next one: a filter looks at a bounded number of rows at a time.
    pub next: Option<String>,
}

/// A ledger in the index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ledger {
    /// Its name; `main` for the main ledger.
    pub name: String,
    /// Its chain id.
    pub chain_id: u64,
    /// Height of the newest block in the index; none before the first.
    pub indexed: Option<u64>,
    /// Hash of that block.
    pub indexed_hash: Option<B256>,
    /// Its time, seconds since 1970.
    pub indexed_at: Option<u64>,
    /// Transactions in the index.
    pub transactions: u64,
    /// Events in the index.
    pub events: u64,
    /// Token transfers in the index.
    pub transfers: u64,
    /// Where it is a chain that is not the city's own: how it is attested.
    pub foreign: Option<super::Foreign>,
}

/// A block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Block {
    /// Its height.
    pub number: u64,
    /// Its hash.
    pub hash: B256,
    /// Hash of the block before it.
    pub parent: B256,
    /// Seconds since 1970.
    pub time: u64,
    /// Receives the priority fees.
    pub beneficiary: Address,
    /// State root.
    pub state_root: B256,
    /// Digest of the payload that it was made of (`mixHash`).
    pub payload: B256,
    /// Gas used.
    pub gas_used: u64,
    /// Gas limit.
    pub gas_limit: u64,
    /// Base fee in wei.
    pub base_fee: u64,
    /// Bytes.
    pub size: u64,
    /// Transactions in it.
    pub transactions: u64,
}

/// A block by its height or its hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockKey {
    /// By height.
    Number(u64),
    /// By hash.
    Hash(B256),
}

/// A call, event or error that an ABI explains.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Decoded {
    /// Name of the contract whose ABI explains it; none where only a token standard does.
    pub contract: Option<String>,
    /// Name of the function, event or error.
    pub name: String,
    /// Its signature, such as `transfer(address,uint256)`.
    pub signature: String,
    /// Its arguments: `[{name, type, value}]`, numbers as decimal strings, bytes and addresses as 0x….
    pub arguments: Vec<Argument>,
}

/// One argument of [`Decoded`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Argument {
    /// Its name; empty where the ABI has none.
    pub name: String,
    /// Its type in Solidity.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its value.
    pub value: Value,
}

/// A transaction with its outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Transaction {
    /// Its hash.
    pub hash: B256,
    /// Height of its block.
    pub block: u64,
    /// Its place in the block.
    pub index: u64,
    /// Time of the block, seconds since 1970.
    pub time: u64,
    /// Who sent it.
    pub sender: Address,
    /// Whom it is sent to; none for the creation of a contract.
    pub recipient: Option<Address>,
    /// The contract that it created.
    pub created: Option<Address>,
    /// The sender's count of transactions before it.
    pub nonce: u64,
    /// Wei that it moves.
    pub value: U256,
    /// Its input; in lists only the first bytes ([`LIST_INPUT_BYTES_MAX`]).
    pub input: Bytes,
    /// Its type (EIP-2718).
    pub kind: u64,
    /// Whether it was executed to its end.
    pub success: bool,
    /// Gas limit.
    pub gas_limit: u64,
    /// Gas used.
    pub gas_used: u64,
    /// Price of gas that it paid, in wei.
    pub gas_price: U256,
    /// Events that it emitted.
    pub events: u64,
    /// Its call in words, where an ABI is known.
    pub decoded: Option<Decoded>,
}

/// Bytes of input that a transaction shows in a list: enough for the calls of every token standard.
pub const LIST_INPUT_BYTES_MAX: usize = 1_024;

/// Which transactions. Every field that is set must fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TransactionFilter {
    /// Those of one block.
    pub block: Option<u64>,
    /// Those that an account sent, received, or was created by.
    pub account: Option<Address>,
    /// Those that call a contract.
    pub contract: Option<Address>,
    /// Those that call a function: its selector.
    pub method: Option<[u8; 4]>,
    /// Those that succeeded, or that failed.
    pub success: Option<bool>,
}

/// An event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// Height of its block.
    pub block: u64,
    /// Its place among the events of the block.
    pub index: u64,
    /// Hash of its transaction.
    pub transaction: B256,
    /// Time of the block, seconds since 1970.
    pub time: u64,
    /// Who emitted it.
    pub address: Address,
    /// Its topics.
    pub topics: Vec<B256>,
    /// Its data.
    pub data: Bytes,
    /// The event in words, where an ABI is known.
    pub decoded: Option<Decoded>,
}

/// Which events. Every field that is set must fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// Those of a contract.
    pub contract: Option<Address>,
    /// Those whose first topic it is: the hash of the event's signature.
    pub topic: Option<B256>,
    /// Those whose second topic it is: what the event is about. A page looks through a bounded number of events for it.
    pub subject: Option<B256>,
}

impl Event {
    /// The cursor of a list of events that goes on after this one.
    pub fn cursor(&self) -> String {
        let index = usize::try_from(self.index).unwrap_or(usize::MAX);
        // A place that is none was never in a list; the cursor then begins it anew.
        let place = crate::place::place(self.block, index).unwrap_or(i64::MAX);
        super::cursor::cursor(&[super::cursor::Part::Number(place)])
    }
}

/// A token standard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum TokenStandard {
    /// Fungible tokens.
    #[serde(rename = "ERC-20")]
    Erc20,
    /// Tokens that are each unique.
    #[serde(rename = "ERC-721")]
    Erc721,
    /// Many kinds of tokens in one contract.
    #[serde(rename = "ERC-1155")]
    Erc1155,
}

/// A movement of tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Transfer {
    /// Height of its block.
    pub block: u64,
    /// Place of its event among those of the block.
    pub index: u64,
    /// Hash of its transaction.
    pub transaction: B256,
    /// Time of the block, seconds since 1970.
    pub time: u64,
    /// The token.
    pub token: Address,
    /// Name, symbol and decimals of the token, as far as they are known.
    pub token_name: Option<String>,
    /// Its symbol.
    pub token_symbol: Option<String>,
    /// Its decimals.
    pub token_decimals: Option<u8>,
    /// Its standard.
    pub standard: TokenStandard,
    /// Who gave; zero where tokens were made.
    pub sender: Address,
    /// Who got; zero where tokens were burnt.
    pub recipient: Address,
    /// Which token of an ERC-721 or ERC-1155 contract.
    pub token_id: Option<U256>,
    /// How much.
    pub amount: U256,
}

/// Which transfers. Every field that is set must fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TransferFilter {
    /// Those of a token.
    pub token: Option<Address>,
    /// Those from or to an account.
    pub account: Option<Address>,
}

/// What an account holds of a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Balance {
    /// The token.
    pub token: Address,
    /// Its name.
    pub token_name: Option<String>,
    /// Its symbol.
    pub token_symbol: Option<String>,
    /// Its decimals.
    pub token_decimals: Option<u8>,
    /// Its standard.
    pub standard: TokenStandard,
    /// Which token of an ERC-721 or ERC-1155 contract.
    pub token_id: Option<U256>,
    /// How much.
    pub amount: U256,
}

/// A token contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Token {
    /// Where it stands.
    pub address: Address,
    /// Its standard.
    pub standard: TokenStandard,
    /// Its name as the contract says it: anything, bounded in length, without control characters.
    pub name: Option<String>,
    /// Its symbol, as the name.
    pub symbol: Option<String>,
    /// Its decimals.
    pub decimals: Option<u8>,
    /// What was made less what was burnt, as its events say.
    pub supply: U256,
    /// Accounts that hold some; of ERC-1155, pairs of account and token.
    pub holders: u64,
    /// Transfers so far.
    pub transfers: u64,
    /// Height at which it was first seen.
    pub first_block: u64,
    /// Whether its events moved more than there was: its figures are not to be trusted.
    pub inconsistent: bool,
}

/// Who holds a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Holder {
    /// The account.
    pub holder: Address,
    /// Which token of an ERC-721 or ERC-1155 contract.
    pub token_id: Option<U256>,
    /// How much.
    pub amount: U256,
}

/// How the index came to know a contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ContractOrigin {
    /// It is a system contract.
    System,
    /// A transaction created it.
    Transaction,
    /// Another contract created it.
    Contract,
    /// By its events only.
    Events,
}

/// A contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Contract {
    /// Where it stands.
    pub address: Address,
    /// How the index came to know it.
    pub origin: ContractOrigin,
    /// Who created it: the account, or the contract.
    pub creator: Option<Address>,
    /// Height at which it was created or first seen.
    pub first_block: u64,
    /// The transaction by which it was created or first seen; none for a system contract.
    pub transaction: Option<B256>,
    /// Keccak-256 of its code.
    pub code_hash: Option<B256>,
    /// Bytes of its code.
    pub code_size: Option<u64>,
    /// Its name, where its source is verified or it is a system contract.
    pub name: Option<String>,
    /// Whether its source is verified (a system contract's is).
    pub verified: bool,
    /// Its ABI, where it is verified. Not in lists.
    pub abi: Option<Value>,
    /// Its source as it was verified: `{compiler, settings, sources: {path: text}}`. Not in lists.
    pub source: Option<Value>,
}

/// What the verification of a source found out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Name of the contract.
    pub name: String,
    /// Its ABI.
    pub abi: Value,
    /// Compiler, settings and sources.
    pub source: Value,
}

/// An account that took part in something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// Its address.
    pub address: Address,
    /// Height at which it was first seen.
    pub first_block: u64,
    /// Height at which it was last seen.
    pub last_block: u64,
    /// Transactions that it sent.
    pub sent: u64,
    /// Transactions that were sent to it.
    pub received: u64,
    /// Token transfers that it took part in.
    pub transfers: u64,
    /// Whether it is a contract.
    pub contract: bool,
}

/// What an entry of a registry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum EntityKind {
    /// An organisation; id 0x….
    Organisation,
    /// A role; id 0x….
    Role,
    /// A grant of a role; id in decimal.
    Grant,
    /// An identity; id 0x….
    Identity,
    /// A node; its key 0x….
    Node,
    /// A proposal; id in decimal.
    Proposal,
    /// A business chain; id 0x….
    Chain,
    /// A partition ledger; its chain id in decimal.
    Ledger,
    /// An office; id 0x….
    Office,
    /// An opening of an entity; id in decimal.
    Opening,
}

impl EntityKind {
    /// All kinds.
    pub const ALL: [Self; 10] = [
        Self::Organisation,
        Self::Role,
        Self::Grant,
        Self::Identity,
        Self::Node,
        Self::Proposal,
        Self::Chain,
        Self::Ledger,
        Self::Office,
        Self::Opening,
    ];

    /// The kind of that word, in small letters.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|kind| crate::batch::kind_name(*kind) == name)
    }
}

/// An entry of a registry of the city, as the system contract told it last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entity {
    /// What it is.
    pub kind: EntityKind,
    /// Its id.
    pub id: String,
    /// Its name: name, title, DID, or id.
    pub name: String,
    /// The number of its status in the contract's interface; 0 where it has none.
    pub status: u64,
    /// Height of the last event that concerned it; none where only the genesis knows it.
    pub changed: Option<u64>,
    /// The struct that the contract gave, by its names in the interface; numbers as decimal strings.
    pub detail: Value,
}

/// Which entries of a registry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EntityFilter {
    /// Those of a status.
    pub status: Option<u64>,
}

/// What a search found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Hit {
    /// A block.
    Block {
        /// Its ledger.
        ledger: String,
        /// Its height.
        number: u64,
        /// Its hash.
        hash: B256,
    },
    /// A transaction.
    Transaction {
        /// Its ledger.
        ledger: String,
        /// Its hash.
        hash: B256,
    },
    /// An account.
    Account {
        /// Its ledger.
        ledger: String,
        /// Its address.
        address: Address,
    },
    /// A contract.
    Contract {
        /// Its ledger.
        ledger: String,
        /// Its address.
        address: Address,
        /// Its name.
        name: Option<String>,
    },
    /// A token.
    Token {
        /// Its ledger.
        ledger: String,
        /// Its address.
        address: Address,
        /// Its name.
        name: Option<String>,
        /// Its symbol.
        symbol: Option<String>,
    },
    /// An entry of a registry.
    Entity {
        /// What it is.
        kind: EntityKind,
        /// Its id.
        id: String,
        /// Its name.
        name: String,
    },
}

/// How many there are of what on a ledger.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Totals {
    /// Transactions.
    pub transactions: u64,
    /// Events.
    pub events: u64,
    /// Token transfers.
    pub transfers: u64,
    /// Accounts that were seen.
    pub accounts: u64,
    /// Contracts.
    pub contracts: u64,
    /// Tokens.
    pub tokens: u64,
}

/// What happened in a stretch of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Activity {
    /// Begin of the stretch, seconds since 1970.
    pub from: u64,
    /// Blocks in it.
    pub blocks: u64,
    /// Transactions in it.
    pub transactions: u64,
    /// Gas used in it.
    pub gas_used: u64,
}
