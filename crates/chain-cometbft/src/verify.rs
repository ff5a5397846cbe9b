//! From what an endpoint says to what is proven: hashes and roots are built anew, signatures of validators are checked,
//! and only what fits is given.
//!
//! ```text
//!   header h-1 ──next_validators_hash──▶ validators h ──sign──▶ header h ──next_validators_hash──▶ validators h+1 ──sign──▶ header h+1
//!                                                                  └ data_hash: the transactions of h          results of h: last_results_hash ┘
//!                                                                                                          state after h: app_hash ┘
//! ```

use crate::{
    event::{Event, KIND_BYTES_MAX},
    wire::{WireResult, WireResults, WireSigned},
};
use alloy_primitives::{B256, Bytes, U256};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use civitas_chain_link::LinkError;
use civitas_ports::{ForeignBlock, ForeignEvent, ForeignHeader, ForeignOutcome, ForeignTransaction};
use prost::Message as _;
use tendermint::{
    Hash,
    block::{Header, signed_header::SignedHeader},
    crypto::{Sha256 as _, default::Sha256},
    merkle::simple_hash_from_byte_vectors,
    validator::{Info, Set},
};
use tendermint_light_client_verifier::{ProdVerifier, Verdict, types::UntrustedBlockState};
use tendermint_proto::v0_38::{
    abci::ExecTxResult,
    types::{Header as RawHeader, ValidatorSet as RawValidatorSet},
};
use thiserror::Error;

/// Bytes of a state root that fits the port.
const ROOT_BYTES: usize = 32;

/// A hash as the port has it; zero where there is none.
fn word(hash: Hash) -> B256 {
    B256::try_from(hash.as_bytes()).unwrap_or_default()
}

/// Hash of a header, computed.
pub(crate) fn hash_of(header: &Header) -> B256 {
    word(header.hash())
}

/// The parent that a header names; zero for the first one.
pub(crate) fn parent_of(header: &Header) -> B256 {
    header.last_block_id.map_or(B256::ZERO, |id| word(id.hash))
}

/// The hash of a transaction, as the chain computes it.
pub(crate) fn transaction_hash(raw: &[u8]) -> B256 {
    Sha256::digest(raw).into()
}

/// What a block says of itself that does not lead to its hash.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("block {height} does not hold: {what}")]
pub struct Mismatch {
    /// The block.
    pub height: u64,
    /// What does not fit.
    pub what: String,
}

/// Checks a block that comes from elsewhere than from a driver, a file for example: that its header has its hash, says its
/// height, parent and time, and binds its transactions; and that each transaction says what its bytes say.
///
/// Votes, outcomes and events are not checked: that needs the headers around it, which a [`ForeignBlock`] does not have.
///
/// # Errors
/// [`Mismatch`].
pub fn check(block: &ForeignBlock) -> Result<(), Mismatch> {
    let told = &block.header;
    let height = told.height;
    let wrong = |what: String| Err(Mismatch { height, what });
    let said = RawHeader::decode(told.raw.as_ref())
        .ok()
        .and_then(|raw| Header::try_from(raw).ok());
    let Some(said) = said else {
        return wrong("its header cannot be read".to_owned());
    };
    let truth = foreign_header(&said, &said);
    if truth.hash != told.hash {
        return wrong(format!("its header does not hash to {}", told.hash));
    }
    if (truth.height, truth.parent, truth.timestamp) != (height, told.parent, told.timestamp) {
        return wrong("its header has another height, parent or time".to_owned());
    }
    let raws: Vec<Bytes> = block.transactions.iter().map(|item| item.raw.clone()).collect();
    if said.data_hash.unwrap_or_default().as_bytes() != transactions_root(&raws) {
        return wrong("its transactions are not those of its header".to_owned());
    }
    for told in &block.transactions {
        let events = told.events.clone();
        if transaction(told.raw.clone(), told.index, told.outcome, events) != *told {
            return wrong(format!("transaction {} does not say what it is", told.index));
        }
    }
    Ok(())
}

/// What is to hold, for an answer about a block.
pub(crate) fn require(holds: bool, height: u64, what: impl FnOnce() -> String) -> Result<(), LinkError> {
    if holds {
        Ok(())
    } else {
        Err(LinkError::False { height, what: what() })
    }
}

/// A header, if it is of this height and has the hash that the endpoint names.
pub(crate) fn header(header: &Header, named: &str, height: u64) -> Result<(), LinkError> {
    require(header.height.value() == height, height, || {
        format!("it is block {}", header.height)
    })?;
    let hash = hash_of(header);
    require(named.parse() == Ok(hash), height, || {
        format!("its header hashes to {hash}, not to {named}")
    })
}

/// The header of the port. `next` is the header after it, which names the state after this one.
pub(crate) fn foreign_header(header: &Header, next: &Header) -> ForeignHeader {
    let root = next.app_hash.as_bytes();
    ForeignHeader {
        height: header.height.value(),
        hash: hash_of(header),
        parent: parent_of(header),
        timestamp: u64::try_from(header.time.unix_timestamp()).unwrap_or_default(),
        // Applications choose what they commit to; a root of another length stands in the header alone.
        state_root: (root.len() == ROOT_BYTES).then(|| B256::from_slice(root)),
        raw: tendermint_proto::Protobuf::<RawHeader>::encode_vec(header.clone()).into(),
    }
}

/// Whether `next` is the header after `header`, of validators that this one names.
pub(crate) fn joined(header: &Header, next: &Header, height: u64) -> Result<(), LinkError> {
    require(
        next.height.value() == header.height.value().saturating_add(1),
        height,
        || {
            format!(
                "block {} was given for the one after block {}",
                next.height, header.height
            )
        },
    )?;
    require(parent_of(next) == hash_of(header), height, || {
        format!("block {} does not follow block {}", next.height, header.height)
    })?;
    require(
        next.validators_hash == header.next_validators_hash,
        height,
        || {
            format!(
                "block {} has other validators than block {} names",
                next.height, header.height
            )
        },
    )
}

/// The set of validators that was told, with addresses computed from the keys.
pub(crate) fn validators(told: Vec<Info>, height: u64) -> Result<Set, LinkError> {
    let infos = told
        .into_iter()
        .map(|info| Info::new(info.pub_key, info.power).into())
        .collect();
    let raw = RawValidatorSet {
        validators: infos,
        proposer: None,
        total_voting_power: 0,
    };
    Set::try_from(raw).map_err(|error| LinkError::False {
        height,
        what: format!("its validators are no set: {error}"),
    })
}

/// Whether more than two thirds of its validators signed a header.
pub(crate) fn signed(told: &WireSigned, validators: &Set, height: u64) -> Result<SignedHeader, LinkError> {
    let wrong = |what: String| LinkError::False { height, what };
    let signed = SignedHeader::new(told.header.clone(), told.commit.clone())
        .map_err(|_| wrong("the votes are of another height".to_owned()))?;
    let untrusted = UntrustedBlockState {
        signed_header: &signed,
        validators,
        next_validators: None,
    };
    let verifier = ProdVerifier::default();
    for verdict in [
        verifier.verify_validator_sets(&untrusted),
        verifier.verify_commit(&untrusted),
    ] {
        match verdict {
            Verdict::Success => {}
            Verdict::NotEnoughTrust(tally) => return Err(wrong(format!("too few votes: {tally}"))),
            Verdict::Invalid(error) => return Err(wrong(format!("its votes do not hold: {error}"))),
        }
    }
    Ok(signed)
}

fn from_base64(text: &str, height: u64) -> Result<Vec<u8>, LinkError> {
    STANDARD.decode(text).map_err(|error| LinkError::False {
        height,
        what: format!("not base64: {error}"),
    })
}

fn transactions_root(raws: &[Bytes]) -> [u8; 32] {
    let hashes: Vec<B256> = raws.iter().map(|raw| transaction_hash(raw)).collect();
    simple_hash_from_byte_vectors::<Sha256>(&hashes)
}

/// A transaction: applications have a form of their own, so its bytes are all that is known of it.
fn transaction(
    raw: Bytes,
    index: u32,
    outcome: ForeignOutcome,
    events: Vec<ForeignEvent>,
) -> ForeignTransaction {
    ForeignTransaction {
        index,
        hash: transaction_hash(&raw),
        sender: None,
        target: None,
        created: None,
        value: U256::ZERO,
        input: raw.clone(),
        outcome,
        events,
        raw,
    }
}

/// The transactions of a block, if they are those of its header.
pub(crate) fn transactions(header: &Header, told: &[String], height: u64) -> Result<Vec<Bytes>, LinkError> {
    let raws: Result<Vec<Bytes>, LinkError> = told
        .iter()
        .map(|text| Ok(from_base64(text, height)?.into()))
        .collect();
    let raws = raws?;
    let is_root = header.data_hash.unwrap_or_default().as_bytes() == transactions_root(&raws);
    require(is_root, height, || {
        format!(
            "its {} transactions have another root than the header says",
            raws.len()
        )
    })?;
    Ok(raws)
}

/// The part of a result that all nodes agree on, as it goes into the root.
fn deterministic(result: &WireResult, height: u64) -> Result<Vec<u8>, LinkError> {
    let data = from_base64(result.data.as_deref().unwrap_or_default(), height)?;
    let part = ExecTxResult {
        code: result.code,
        data: data.into(),
        gas_wanted: result.gas_wanted,
        gas_used: result.gas_used,
        ..ExecTxResult::default()
    };
    Ok(part.encode_to_vec())
}

/// Whether the results are those that the header after the block says; events are in no root.
fn results(told: &WireResults, count: usize, next: &Header, height: u64) -> Result<(), LinkError> {
    require(told.height == height, height, || {
        format!("the results are those of block {}", told.height)
    })?;
    require(told.txs_results.len() == count, height, || {
        format!("{} results for {count} transactions", told.txs_results.len())
    })?;
    let leaves: Result<Vec<Vec<u8>>, LinkError> = told
        .txs_results
        .iter()
        .map(|result| deterministic(result, height))
        .collect();
    let root = simple_hash_from_byte_vectors::<Sha256>(&leaves?);
    let is_root = next.last_results_hash.unwrap_or_default().as_bytes() == root;
    require(is_root, height, || {
        "its results have another root than the next header says".to_owned()
    })
}

/// A block, with transactions that were checked before.
pub(crate) fn block(
    header: ForeignHeader,
    next: &Header,
    raws: Vec<Bytes>,
    told: WireResults,
    events_max: usize,
) -> Result<ForeignBlock, LinkError> {
    let height = header.height;
    results(&told, raws.len(), next, height)?;
    let event_count: usize = told.txs_results.iter().map(|result| result.events.len()).sum();
    if event_count > events_max {
        return Err(LinkError::TooLarge {
            what: format!("block {height} with {event_count} events"),
            max: u64::try_from(events_max).unwrap_or(u64::MAX),
        });
    }
    let mut event_index = 0_u32;
    let mut transactions = Vec::with_capacity(raws.len());
    for ((raw, result), index) in raws.into_iter().zip(told.txs_results).zip(0_u32..) {
        let outcome = if result.code == 0 {
            ForeignOutcome::Succeeded
        } else {
            ForeignOutcome::Failed
        };
        let mut events = Vec::with_capacity(result.events.len());
        for told in result.events {
            events.push(event(told, event_index, height)?);
            event_index = event_index.saturating_add(1);
        }
        transactions.push(transaction(raw, index, outcome, events));
    }
    Ok(ForeignBlock { header, transactions })
}

fn event(told: crate::wire::WireEvent, index: u32, height: u64) -> Result<ForeignEvent, LinkError> {
    if told.kind.len() > KIND_BYTES_MAX {
        return Err(LinkError::TooLarge {
            what: format!("the type of an event of block {height}"),
            max: u64::try_from(KIND_BYTES_MAX).unwrap_or(u64::MAX),
        });
    }
    let pair = |attribute: crate::wire::WireAttribute| {
        (
            attribute.key.unwrap_or_default(),
            attribute.value.unwrap_or_default(),
        )
    };
    let event = Event {
        kind: told.kind,
        attributes: told.attributes.into_iter().map(pair).collect(),
    };
    Ok(event.foreign(index))
}
