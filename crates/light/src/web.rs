//! The engines behind one function from JSON to JSON: what pages call, in a browser or under Node.
//!
//! | `check` | asks for | answer |
//! | --- | --- | --- |
//! | `certificate` | `known`, `certificate` | `signers`, `needed`, `epoch`, `digest`, `stateRoot`, `transactionsRoot`, `receiptsRoot`, `payloadHeight` |
//! | `contents` | `header`, `block` (encoded), `receipts` | `hashes`, `succeeded`, `events` |
//! | `state` | `stateRoot`, `address`, `slot`, `value`, `proof` of a `qmdb` ledger | `changed`, `account` or `slotValue` |
//! | `trie` | `stateRoot`, `address`, `accountProof`, `slots` of an `mpt` ledger | `account` |
//!
//! An answer with `failed` says why nothing was proven, and for a certificate at which step.

use crate::{
    certificate::{self, BlockCertificate, LedgerTrust, Step},
    header::Header,
    inclusion, state,
};
use alloy_primitives::{Address, B256, Bytes, U256};
use serde::{Deserialize, Serialize};
use std::error::Error;

#[derive(Deserialize)]
#[serde(tag = "check", rename_all = "lowercase")]
enum Request {
    Certificate { known: Known, certificate: Certificate },
    Contents(Contents),
    State(Flat),
    Trie(Trie),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Known {
    chain_id: u64,
    epoch_blocks: u64,
    genesis_hash: B256,
    genesis_seconds: u64,
    validators: Vec<B256>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Certificate {
    height: u64,
    block_hash: B256,
    headers: Vec<Bytes>,
    payload_header: Bytes,
    kind: String,
    encoded: Bytes,
}

#[derive(Deserialize)]
struct Contents {
    /// Of the proven block.
    header: Bytes,
    block: Bytes,
    receipts: Vec<Bytes>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Flat {
    state_root: B256,
    address: Address,
    slot: Option<U256>,
    value: Bytes,
    proof: Bytes,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Trie {
    state_root: B256,
    address: Address,
    account_proof: Vec<Bytes>,
    #[serde(default)]
    slots: Vec<Slot>,
}

#[derive(Deserialize)]
struct Slot {
    key: U256,
    value: U256,
    proof: Vec<Bytes>,
}

/// Everything that any check answers; what does not belong to it is left out.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    #[serde(skip_serializing_if = "Option::is_none")]
    failed: Option<Failed>,
    #[serde(skip_serializing_if = "Option::is_none")]
    block: Option<ProvenBlock>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hashes: Option<Vec<B256>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    events: Option<Vec<Event>>,
    /// Whether each transaction succeeded.
    #[serde(skip_serializing_if = "Option::is_none")]
    succeeded: Option<Vec<bool>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    changed: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<Account>,
    #[serde(skip_serializing_if = "Option::is_none")]
    slot_value: Option<U256>,
}

#[derive(Serialize)]
struct Failed {
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<&'static str>,
    why: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ProvenBlock {
    epoch: u64,
    signers: Vec<B256>,
    needed: usize,
    digest: B256,
    state_root: B256,
    transactions_root: B256,
    receipts_root: B256,
    payload_height: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    transaction_index: usize,
    address: Address,
    topics: Vec<B256>,
    data: Bytes,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Account {
    nonce: u64,
    balance: U256,
    code_hash: B256,
}

/// Answers a request; what cannot be read is answered too. Never panics.
pub fn answer(request: &[u8]) -> String {
    let answer = match serde_json::from_slice(request) {
        Ok(Request::Certificate { known, certificate }) => check_certificate(known, certificate),
        Ok(Request::Contents(contents)) => or_failed(check_contents(&contents)),
        Ok(Request::State(flat)) => or_failed(check_state(&flat)),
        Ok(Request::Trie(trie)) => or_failed(check_trie(&trie)),
        Err(error) => failed(Some(Step::Headers.name()), &error),
    };
    // Strings, numbers and lists alone: there is always a text of them.
    serde_json::to_string(&answer).unwrap_or_default()
}

fn failed(step: Option<&'static str>, error: &dyn Error) -> Answer {
    let mut why = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        why.push_str(": ");
        why.push_str(&inner.to_string());
        cause = inner.source();
    }
    Answer {
        failed: Some(Failed { step, why }),
        ..Answer::default()
    }
}

fn or_failed(checked: Result<Answer, Box<dyn Error>>) -> Answer {
    checked.unwrap_or_else(|error| failed(None, error.as_ref()))
}

fn check_certificate(known: Known, certificate: Certificate) -> Answer {
    let trust = LedgerTrust {
        chain_id: known.chain_id,
        epoch_blocks: known.epoch_blocks,
        genesis_hash: known.genesis_hash,
        genesis_seconds: known.genesis_seconds,
        validators: known.validators.into_iter().map(|key| key.0).collect(),
    };
    let certificate = BlockCertificate {
        height: certificate.height,
        block_hash: certificate.block_hash,
        headers: certificate
            .headers
            .into_iter()
            .map(|header| header.to_vec())
            .collect(),
        payload_header: certificate.payload_header.to_vec(),
        kind: certificate.kind,
        encoded: certificate.encoded.to_vec(),
    };
    match certificate::verify(&trust, &certificate) {
        Err(error) => failed(Some(error.step().name()), &error),
        Ok(proven) => Answer {
            block: Some(ProvenBlock {
                epoch: proven.epoch,
                signers: proven.signers.into_iter().map(B256::new).collect(),
                needed: certificate::quorum(trust.validators.len()),
                digest: proven.digest,
                state_root: proven.header.state_root,
                transactions_root: proven.header.transactions_root,
                receipts_root: proven.header.receipts_root,
                payload_height: proven.payload_height,
            }),
            ..Answer::default()
        },
    }
}

fn check_contents(contents: &Contents) -> Result<Answer, Box<dyn Error>> {
    let header = Header::decode(&contents.header)?;
    // The transactions must be those of the proven header, whatever header the block comes with.
    let block = inclusion::split_block(&contents.block)?;
    let hashes = inclusion::verify_transactions(&header, &block.transactions)?;
    let (transactions, receipts) = (hashes.len(), contents.receipts.len());
    if transactions != receipts {
        return Err(inclusion::InclusionError::Count {
            transactions,
            receipts,
        }
        .into());
    }
    let events = inclusion::events(&header, &contents.receipts)?;
    let events = events.into_iter().map(|event| Event {
        transaction_index: event.transaction_index,
        address: event.address,
        topics: event.topics,
        data: event.data,
    });
    let succeeded = contents.receipts.iter().enumerate().map(|(index, receipt)| {
        inclusion::succeeded(receipt).ok_or(inclusion::InclusionError::Receipt { index })
    });
    Ok(Answer {
        hashes: Some(hashes),
        succeeded: Some(succeeded.collect::<Result<_, _>>()?),
        events: Some(events.collect()),
        ..Answer::default()
    })
}

fn check_state(flat: &Flat) -> Result<Answer, Box<dyn Error>> {
    let Flat {
        state_root,
        address,
        slot,
        value,
        proof,
    } = flat;
    if let Some(slot) = slot {
        let slot = state::verify_flat_slot(*state_root, *address, *slot, value, proof)?;
        return Ok(Answer {
            changed: Some(slot.height),
            slot_value: Some(slot.value),
            ..Answer::default()
        });
    }
    let account = state::verify_flat_account(*state_root, *address, value, proof)?;
    Ok(Answer {
        changed: Some(account.height),
        account: account.value.map(|account| Account {
            nonce: account.nonce,
            balance: account.balance,
            code_hash: account.code_hash,
        }),
        ..Answer::default()
    })
}

fn check_trie(trie: &Trie) -> Result<Answer, Box<dyn Error>> {
    let account = state::prove_account(trie.state_root, trie.address, &trie.account_proof)?;
    let storage_root = account.map_or(alloy_trie::EMPTY_ROOT_HASH, |account| account.storage_root);
    for slot in &trie.slots {
        state::verify_slot(storage_root, slot.key, slot.value, &slot.proof)?;
    }
    Ok(Answer {
        account: account.map(|account| Account {
            nonce: account.nonce,
            balance: account.balance,
            code_hash: account.code_hash,
        }),
        ..Answer::default()
    })
}
