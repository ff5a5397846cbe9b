//! A CometBFT chain in memory, with endpoints of its RPC over HTTP that fail and lie as they are told.
//!
//! Its headers, roots and votes are real (its validators change all the time); no application runs on it.

use crate::{Fault, TrueBlock, TrueEvent, TrueTransaction, scripted::Endpoints};
use alloy_primitives::{B256, Bytes, keccak256};
use civitas_ports::ForeignOutcome;
use ed25519_consensus::SigningKey;
use prost::Message as _;
use tendermint::{
    AppHash, Hash, PublicKey, Signature, Time, account,
    block::{self, Commit, CommitSig, Header, parts},
    crypto::{Sha256 as _, default::Sha256},
    merkle::simple_hash_from_byte_vectors,
    validator, vote,
};
use tendermint_proto::v0_38::abci::{Event, EventAttribute, ExecTxResult};

mod server;

/// Chain id of the chain.
pub const CHAIN_ID: &str = "scripted-7";
/// Validators at a time, of more that take turns: another one every few blocks.
const VALIDATORS: u64 = 4;
const KEYS: u64 = 9;
const TURN_BLOCKS: u64 = 3;

/// A transaction with what became of it.
#[derive(Clone, Debug)]
struct Entry {
    raw: Bytes,
    result: ExecTxResult,
}

#[derive(Clone, Debug)]
struct Made {
    header: Header,
    entries: Vec<Entry>,
}

#[derive(Debug, Default)]
struct Script {
    blocks: Vec<Made>,
    /// Grows with every block that is made, so that no two are alike.
    made: u64,
    submitted: Vec<B256>,
}

/// The chain with its endpoints, which end when it is dropped.
#[derive(Debug)]
pub struct Cometbft {
    endpoints: Endpoints<Script>,
}

impl Cometbft {
    /// A chain with its block 1, and two endpoints on this machine.
    pub async fn start() -> Self {
        let mut script = Script::default();
        script.mine(0);
        Self {
            endpoints: Endpoints::serve(script).await,
        }
    }

    /// Address of an endpoint.
    pub fn url(&self, endpoint: usize) -> String {
        self.endpoints.url(endpoint)
    }

    /// See [`crate::Peer::mine`].
    pub fn mine(&self, transactions: usize) {
        self.endpoints.script().mine(transactions);
    }

    /// See [`crate::Peer::height`].
    pub fn height(&self) -> u64 {
        self.endpoints.script().height()
    }

    /// See [`crate::Peer::truth`].
    pub fn truth(&self, height: u64) -> TrueBlock {
        let made = self.endpoints.script().block_at(height);
        let transactions = made.entries.iter().map(|entry| TrueTransaction {
            hash: Sha256::digest(&entry.raw).into(),
            sender: None,
            created: None,
            outcome: if entry.result.code == 0 {
                ForeignOutcome::Succeeded
            } else {
                ForeignOutcome::Failed
            },
            events: entry.result.events.iter().map(true_event).collect(),
        });
        TrueBlock {
            hash: word(made.header.hash()),
            parent: made.header.last_block_id.map_or(B256::ZERO, |id| word(id.hash)),
            transactions: transactions.collect(),
        }
    }

    /// See [`crate::Peer::misbehave`].
    pub fn misbehave(&self, endpoint: usize, fault: Option<Fault>) {
        self.endpoints.misbehave(endpoint, fault);
    }

    /// See [`crate::Peer::new_transaction`].
    pub fn new_transaction(&self) -> Bytes {
        let mut script = self.endpoints.script();
        script.made += 1;
        entry(script.made, 0).raw
    }
}

fn word(hash: Hash) -> B256 {
    B256::try_from(hash.as_bytes()).unwrap_or_default()
}

fn true_event(event: &Event) -> TrueEvent {
    TrueEvent {
        emitter: Bytes::copy_from_slice(event.r#type.as_bytes()),
        topics: vec![keccak256(event.r#type.as_bytes())],
        data: event.encode_to_vec().into(),
    }
}

fn sha256(bytes: &[u8]) -> Hash {
    Hash::Sha256(Sha256::digest(bytes))
}

/// A thing of the chain's library that cannot fail with what stands here.
fn sound<T, E: std::fmt::Display>(made: Result<T, E>) -> T {
    match made {
        Ok(made) => made,
        Err(error) => crate::panic_with(&error.to_string()),
    }
}

fn key(seed: u64) -> SigningKey {
    SigningKey::from(keccak256(seed.to_be_bytes()).0)
}

fn keys_at(height: u64) -> impl Iterator<Item = SigningKey> {
    let first = height / TURN_BLOCKS;
    (first..first + VALIDATORS).map(|seed| key(seed % KEYS))
}

/// The validators of a block; no three of four have the same weight.
fn validators_at(height: u64) -> validator::Set {
    let info = |(key, power): (SigningKey, u32)| {
        let public = PublicKey::from_raw_ed25519(key.verification_key().as_bytes());
        let Some(public) = public else {
            crate::panic_with("a key that is none")
        };
        validator::Info::new(public, power.into())
    };
    validator::Set::without_proposer(keys_at(height).zip([10_u32, 11, 12, 12]).map(info).collect())
}

fn data_hash(entries: &[Entry]) -> Hash {
    let hashes: Vec<[u8; 32]> = entries.iter().map(|entry| Sha256::digest(&entry.raw)).collect();
    Hash::Sha256(simple_hash_from_byte_vectors::<Sha256>(&hashes))
}

fn results_hash(entries: &[Entry]) -> Hash {
    let results: Vec<Vec<u8>> = entries
        .iter()
        .map(|entry| {
            let ExecTxResult {
                code,
                data,
                gas_wanted,
                gas_used,
                ..
            } = entry.result.clone();
            let part = ExecTxResult {
                code,
                data,
                gas_wanted,
                gas_used,
                ..ExecTxResult::default()
            };
            part.encode_to_vec()
        })
        .collect();
    Hash::Sha256(simple_hash_from_byte_vectors::<Sha256>(&results))
}

/// The name of a block, as the one after it has it.
fn id_of(header: &Header) -> block::Id {
    block::Id {
        hash: header.hash(),
        part_set_header: sound(parts::Header::new(1, sha256(b"parts"))),
    }
}

/// The votes of the validators for a block; one of them is away at times.
fn commit_of(header: &Header) -> Commit {
    let block_id = id_of(header);
    let height = header.height.value();
    let mut keys: Vec<(account::Id, SigningKey)> = keys_at(height)
        .map(|key| {
            let public = key.verification_key();
            let public = PublicKey::from_raw_ed25519(public.as_bytes());
            (
                public.map_or_else(|| crate::panic_with("a key that is none"), Into::into),
                key,
            )
        })
        .collect();
    let set = validators_at(height);
    let place = |id: &account::Id| set.validators().iter().position(|info| info.address == *id);
    keys.sort_by_key(|(id, _)| place(id));
    let votes = keys.into_iter().zip(0_u64..).map(|(signer, index)| {
        if height % 5 == index + 1 {
            return CommitSig::BlockIdFlagAbsent;
        }
        let (validator_address, key) = signer;
        let vote = vote::Vote {
            vote_type: vote::Type::Precommit,
            height: header.height,
            round: 0_u8.into(),
            block_id: Some(block_id),
            timestamp: Some(header.time),
            validator_address,
            validator_index: sound(0_u32.try_into()),
            signature: None,
            extension: Vec::new(),
            extension_signature: None,
        };
        let bytes = vote.into_signable_vec(header.chain_id.clone());
        CommitSig::BlockIdFlagCommit {
            validator_address,
            timestamp: header.time,
            signature: sound(Signature::new(key.sign(&bytes).to_bytes())),
        }
    });
    Commit {
        height: header.height,
        round: 0_u8.into(),
        block_id,
        signatures: votes.collect(),
    }
}

impl Script {
    fn height(&self) -> u64 {
        self.blocks.len() as u64
    }

    fn block_at(&self, height: u64) -> Made {
        let index = usize::try_from(height).unwrap_or(usize::MAX) - 1;
        self.blocks[index].clone()
    }

    fn mine(&mut self, transactions: usize) {
        self.made += 1;
        let entries: Vec<Entry> = (0..transactions).map(|index| entry(self.made, index)).collect();
        let height = self.blocks.len() as u64 + 1;
        let last = self.blocks.last();
        // A clock that goes wrong: nothing may depend on it.
        let seconds = (self.made.wrapping_mul(7_919) % 1_000_003).cast_signed();
        let validators = validators_at(height);
        let header = Header {
            version: block::header::Version { block: 11, app: 1 },
            chain_id: sound(CHAIN_ID.parse()),
            height: sound(height.try_into()),
            time: sound(Time::from_unix_timestamp(seconds, 7)),
            last_block_id: last.map(|last| id_of(&last.header)),
            last_commit_hash: Some(sha256(&self.made.to_be_bytes())),
            data_hash: Some(data_hash(&entries)),
            validators_hash: validators.hash(),
            next_validators_hash: validators_at(height + 1).hash(),
            consensus_hash: sha256(b"parameters"),
            app_hash: sound(AppHash::try_from(keccak256(self.made.to_be_bytes()).to_vec())),
            last_results_hash: Some(results_hash(last.map_or(&[], |last| &last.entries))),
            evidence_hash: Some(sha256(b"")),
            proposer_address: validators.validators()[0].address,
        };
        self.blocks.push(Made { header, entries });
    }
}

/// The transaction at a place of a block: one in seven failed, up to three events.
fn entry(made: u64, index: usize) -> Entry {
    let place = index as u64;
    let seed = made.wrapping_mul(100_003).wrapping_add(place);
    let is_success = index % 7 != 2;
    let event = |number: u64| Event {
        r#type: format!("kind-{number}"),
        attributes: (0..number % 4)
            .map(|attribute| EventAttribute {
                key: format!("key-{}", attribute / 2),
                value: format!("{seed} 印章 \"{attribute}\""),
                index: false,
            })
            .collect(),
    };
    let count = if is_success { (place + 1) % 4 } else { 0 };
    Entry {
        raw: keccak256(seed.to_be_bytes()).to_vec().into(),
        result: ExecTxResult {
            code: if is_success { 0 } else { 5 },
            data: seed.to_be_bytes()[..index % 9].to_vec().into(),
            log: "not agreed on".to_owned(),
            gas_wanted: i64::from(index.is_multiple_of(3)) - 1,
            gas_used: 21_000,
            events: (1..=count).map(event).collect(),
            ..ExecTxResult::default()
        },
    }
}
