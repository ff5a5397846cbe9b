//! From what an endpoint says to what is proven: hashes and roots are built anew, and only what fits is given.

use crate::{
    seal::{ISTANBUL, is_hash_of},
    wire::{WireBlock, WireLog, WireReceipt},
};
use alloy_consensus::{
    Header, Transaction as _, TxEnvelope, proofs::ordered_trie_root_encoded,
    transaction::SignerRecoverable as _,
};
use alloy_eips::eip2718::{Decodable2718 as _, Encodable2718 as _};
use alloy_primitives::{Address, B256, Bloom, Bytes, KECCAK256_EMPTY, Log, U256, keccak256};
use alloy_rlp::{Decodable as _, Encodable};
use civitas_chain_link::LinkError;
use civitas_ports::{
    ConsensusState, FinalityClass, ForeignBlock, ForeignEvent, ForeignHeader, ForeignOutcome,
    ForeignTransaction,
};
use thiserror::Error;

/// Length of a list's header and of every field in it, before they are written.
fn list(fields: &[&dyn Encodable], out: &mut Vec<u8>) {
    let payload_length = fields.iter().map(|field| field.length()).sum();
    alloy_rlp::Header {
        list: true,
        payload_length,
    }
    .encode(out);
    for field in fields {
        field.encode(out);
    }
}

/// The header of a block, if it is the one at `height` and its hash is what it says.
pub(crate) fn header(block: &WireBlock, height: u64) -> Result<ForeignHeader, LinkError> {
    let said = &block.header;
    let wrong = |what: String| Err(LinkError::False { height, what });
    if said.number != height {
        return wrong(format!("it is block {}", said.number));
    }
    if !is_hash_of(block.hash, said) {
        return wrong(format!(
            "its header hashes to {}, not to {}",
            said.hash_slow(),
            block.hash
        ));
    }
    let mut raw = Vec::new();
    said.encode(&mut raw);
    Ok(ForeignHeader {
        height,
        hash: block.hash,
        parent: said.parent_hash,
        timestamp: said.timestamp,
        state_root: Some(said.state_root),
        raw: raw.into(),
    })
}

/// What shows that the block was agreed on.
pub(crate) fn consensus_state(
    header: &ForeignHeader,
    said: &Header,
    finality: FinalityClass,
) -> ConsensusState {
    let is_voted = finality == FinalityClass::Instant && said.mix_hash == ISTANBUL;
    ConsensusState {
        height: header.height,
        hash: header.hash,
        state_root: header.state_root,
        evidence: if is_voted {
            said.extra_data.clone()
        } else {
            Bytes::new()
        },
    }
}

/// A transaction that was read, or one of an unknown kind of which only the bytes are known.
pub(crate) enum Body {
    Known(Box<TxEnvelope>),
    Opaque(Bytes),
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
/// Outcomes and events are not checked: that needs the receipts, which a [`ForeignBlock`] does not have.
///
/// # Errors
/// [`Mismatch`].
pub fn check(block: &ForeignBlock) -> Result<(), Mismatch> {
    let told = &block.header;
    let height = told.height;
    let wrong = |what: String| Err(Mismatch { height, what });
    let Ok(said) = Header::decode(&mut told.raw.as_ref()) else {
        return wrong("its header cannot be read".to_owned());
    };
    if !is_hash_of(told.hash, &said) {
        return wrong(format!("its header does not hash to {}", told.hash));
    }
    if (said.number, said.parent_hash, said.timestamp) != (height, told.parent, told.timestamp) {
        return wrong("its header has another height, parent or time".to_owned());
    }
    let raws: Vec<&Bytes> = block.transactions.iter().map(|item| &item.raw).collect();
    let root = ordered_trie_root_encoded(&raws);
    let is_empty_genesis = height == 0 && raws.is_empty() && said.transactions_root == KECCAK256_EMPTY;
    if root != said.transactions_root && !is_empty_genesis {
        return wrong("its transactions are not those of its header".to_owned());
    }
    for told in &block.transactions {
        let (body, outcome) = (Body::of(told.raw.clone()), told.outcome);
        let truth = transaction(&body, told.raw.clone(), told.index, outcome, told.events.clone());
        if truth != *told {
            return wrong(format!("transaction {} does not say what it is", told.index));
        }
    }
    Ok(())
}

impl Body {
    /// Reads the bytes of a transaction.
    pub(crate) fn of(raw: Bytes) -> Self {
        let mut rest = raw.as_ref();
        match TxEnvelope::decode_2718(&mut rest) {
            // What is encoded in another way than this is hashed in another way, too.
            Ok(envelope) if rest.is_empty() && envelope.encoded_2718() == raw => {
                Self::Known(Box::new(envelope))
            }
            _ => Self::Opaque(raw),
        }
    }

    /// The account of the contract that it creates if it succeeds.
    fn creates(&self) -> Option<Address> {
        let Self::Known(envelope) = self else { return None };
        if !envelope.is_create() {
            return None;
        }
        let sender = envelope.recover_signer_unchecked().ok()?;
        Some(sender.create(envelope.nonce()))
    }

    fn raw(&self) -> Bytes {
        match self {
            Self::Known(envelope) => envelope.encoded_2718().into(),
            Self::Opaque(raw) => raw.clone(),
        }
    }
}

/// A block, if transactions and receipts are exactly those that the roots in its header say.
pub(crate) fn block(
    header: ForeignHeader,
    said: &Header,
    bodies: Vec<Body>,
    receipts: Vec<WireReceipt>,
) -> Result<ForeignBlock, LinkError> {
    let height = header.height;
    let wrong = |what: String| Err(LinkError::False { height, what });
    let raws: Vec<Bytes> = bodies.iter().map(Body::raw).collect();
    let root = ordered_trie_root_encoded(&raws);
    // Hardhat's block 0 has the hash of nothing where the root of an empty trie belongs. No transaction has that root.
    let is_empty_genesis = height == 0 && raws.is_empty() && receipts.is_empty();
    let fits = |root: B256, said: B256| root == said || (is_empty_genesis && said == KECCAK256_EMPTY);
    if !fits(root, said.transactions_root) {
        return wrong(format!(
            "its {} transactions have the root {root}, the header says {}",
            raws.len(),
            said.transactions_root
        ));
    }
    if receipts.len() != bodies.len() {
        return wrong(format!(
            "{} receipts for {} transactions",
            receipts.len(),
            bodies.len()
        ));
    }
    let encoded: Vec<Vec<u8>> = receipts.iter().map(encode_receipt).collect();
    let root = ordered_trie_root_encoded(&encoded);
    if !fits(root, said.receipts_root) {
        return wrong(format!(
            "its receipts have the root {root}, the header says {}",
            said.receipts_root
        ));
    }
    for (body, receipt) in bodies.iter().zip(&receipts) {
        // Endpoints differ in whether a failed creation has an address; one that is told has to be the right one.
        if let (Some(said), Some(made)) = (receipt.contract_address, body.creates())
            && said != made
        {
            return wrong(format!("a contract of it is {made}, not {said}"));
        }
    }
    let transactions = assemble(bodies, raws, receipts);
    let Some(transactions) = transactions else {
        return wrong("more transactions or events than can be counted".to_owned());
    };
    Ok(ForeignBlock { header, transactions })
}

/// The consensus encoding of a receipt (EIP-2718, EIP-658).
fn encode_receipt(receipt: &WireReceipt) -> Vec<u8> {
    let logs: Vec<Log> = receipt.logs.iter().map(log_of).collect();
    let bloom: Bloom = logs.iter().collect();
    let mut out = Vec::new();
    if let Some(kind) = receipt.kind.and_then(|kind| u8::try_from(kind).ok())
        && kind != 0
    {
        out.push(kind);
    }
    let status = receipt.status.map(|status| !status.is_zero());
    let root = receipt.root.unwrap_or_default();
    let first: &dyn Encodable = match &status {
        Some(status) => status,
        None => &root,
    };
    list(
        &[first, &receipt.cumulative_gas_used.to::<u64>(), &bloom, &logs],
        &mut out,
    );
    out
}

fn log_of(log: &WireLog) -> Log {
    Log::new_unchecked(log.address, log.topics.clone(), log.data.clone())
}

/// Joins transactions with what became of them; none if there are more than can be numbered.
fn assemble(
    bodies: Vec<Body>,
    raws: Vec<Bytes>,
    receipts: Vec<WireReceipt>,
) -> Option<Vec<ForeignTransaction>> {
    let mut events_before = 0_usize;
    let mut found = Vec::with_capacity(bodies.len());
    for (index, ((body, raw), receipt)) in bodies.into_iter().zip(raws).zip(receipts).enumerate() {
        let first = events_before;
        events_before += receipt.logs.len();
        let outcome = match receipt.status {
            None => ForeignOutcome::Unknown,
            Some(status) if status.is_zero() => ForeignOutcome::Failed,
            Some(_) => ForeignOutcome::Succeeded,
        };
        let events: Option<Vec<ForeignEvent>> = receipt
            .logs
            .into_iter()
            .enumerate()
            .map(|(offset, log)| {
                Some(ForeignEvent {
                    index: u32::try_from(first + offset).ok()?,
                    emitter: log.address.to_vec().into(),
                    topics: log.topics,
                    data: log.data,
                })
            })
            .collect();
        found.push(transaction(
            &body,
            raw,
            u32::try_from(index).ok()?,
            outcome,
            events?,
        ));
    }
    Some(found)
}

fn transaction(
    body: &Body,
    raw: Bytes,
    index: u32,
    outcome: ForeignOutcome,
    events: Vec<ForeignEvent>,
) -> ForeignTransaction {
    let hash: B256 = keccak256(&raw);
    let created = body.creates().filter(|_| outcome == ForeignOutcome::Succeeded);
    let (sender, target, value, input) = match body {
        Body::Known(envelope) => (
            // Before Homestead, signatures had a second form.
            envelope.recover_signer_unchecked().ok(),
            envelope.to(),
            envelope.value(),
            envelope.input().clone(),
        ),
        Body::Opaque(_) => (None, None, U256::ZERO, Bytes::new()),
    };
    ForeignTransaction {
        index,
        hash,
        sender: sender.map(|address| address.to_vec().into()),
        target: target.map(|address| address.to_vec().into()),
        created: created.map(|address| address.to_vec().into()),
        value,
        input,
        outcome,
        events,
        raw,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_consensus::{SignableTransaction as _, TxLegacy};
    use alloy_primitives::{Signature, TxKind, U64};

    /// A block with one transaction that creates a contract, as the endpoint tells its receipt.
    fn told(status: u64, contract: Option<Address>) -> Result<ForeignBlock, LinkError> {
        let envelope: TxEnvelope = creation().into_signed(Signature::test_signature()).into();
        let raw: Bytes = envelope.encoded_2718().into();
        let receipt = WireReceipt {
            kind: None,
            status: Some(U64::from(status)),
            root: None,
            cumulative_gas_used: U64::from(21_000),
            contract_address: contract,
            logs: Vec::new(),
        };
        let said = Header {
            number: 5,
            transactions_root: ordered_trie_root_encoded(&[&raw]),
            receipts_root: ordered_trie_root_encoded(&[encode_receipt(&receipt)]),
            ..Header::default()
        };
        let wire = WireBlock {
            hash: said.hash_slow(),
            header: said.clone(),
            transactions: Vec::new(),
        };
        block(header(&wire, 5)?, &said, vec![Body::of(raw)], vec![receipt])
    }

    fn creation() -> TxLegacy {
        TxLegacy {
            chain_id: Some(1),
            nonce: 7,
            gas_price: 1,
            gas_limit: 100_000,
            to: TxKind::Create,
            value: U256::ZERO,
            input: Bytes::from_static(&[0x5f]),
        }
    }

    #[test]
    fn a_contract_is_where_sender_and_nonce_put_it() {
        let envelope: TxEnvelope = creation().into_signed(Signature::test_signature()).into();
        let made = envelope.recover_signer_unchecked().unwrap().create(7);
        let bytes = |address: Address| Some(Bytes::copy_from_slice(address.as_slice()));
        for contract in [None, Some(made)] {
            let block = told(1, contract).unwrap();
            assert_eq!(block.transactions[0].created, bytes(made));
            check(&block).unwrap();
            assert_eq!(told(0, contract).unwrap().transactions[0].created, None);
        }
        for status in [0, 1] {
            let refused = told(status, Some(Address::repeat_byte(9))).unwrap_err();
            assert!(refused.to_string().contains("a contract of it is"), "{refused}");
        }
    }
}
