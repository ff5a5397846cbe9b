//! How messages come to this ledger, pass, and end.

use super::{
    ADDRESS, MAIN_LEDGER, Mailbox, MessageRecord, PAYLOAD_BYTES_MAX, Proof, Reason, Status, TARGET_BYTES,
    abi,
    delivery::{MessageDelivered, MessageSent},
    id_of, known, mailbox_at, mailbox_of,
    proof::{BlockLeaf, event_leaf, leaf_hash, root_by_path},
    rules::Route,
    status, storage,
};
use crate::{
    anchors, chains,
    fault::{Fault, invalid, refuse},
    host::{Host, gas},
    registry::emit,
};
use alloy_primitives::{Address, B256, Bytes, LogData};
use alloy_sol_types::SolEvent;

/// Hashes of a path, at most: no list of a batch has more than 2^32 members.
const PATH_MAX: usize = 32;

pub(super) fn set_mailbox(
    host: &mut dyn Host,
    caller: Address,
    request: &abi::setMailboxCall,
) -> Result<(), Fault> {
    let chain = request.chain;
    let info = chains::get(host, chain)?.info;
    if !info.caip2.starts_with("eip155:") {
        return Err(invalid(
            "chain",
            "only chains like Ethereum (eip155) have a mailbox",
        ));
    }
    // Whose gateways attest what is delivered there, and whose batches prove what is sent.
    anchors::following(host, chain)?;
    let record = storage().taken().of(&chain).of(&request.mailbox);
    if request.fromHeight < record.last_height().get(host)? {
        return Err(invalid(
            "fromHeight",
            "not before a message that was taken of this mailbox",
        ));
    }
    storage().mailboxes().of(&chain).set(host, request.mailbox)?;
    record.from_height().set(host, request.fromHeight)?;
    let event = abi::MailboxSet {
        chain,
        mailbox: request.mailbox,
        fromHeight: request.fromHeight,
        by: caller,
    };
    emit(host, ADDRESS, &event)
}

/// Refuses an event that is not in the anchored batch, or not of this mailbox.
fn require_proven(host: &mut dyn Host, proof: &Proof, mailbox: &Mailbox) -> Result<(), Fault> {
    let chain = proof.chain;
    let wrong = |what: &str| {
        refuse(abi::ProofInvalid {
            chain,
            what: what.to_owned(),
        })
    };
    if proof.eventPath.len() > PATH_MAX || proof.blockPath.len() > PATH_MAX || proof.topics.len() > 4 {
        return wrong("too many hashes or topics");
    }
    let hashes = proof.eventPath.len() + proof.blockPath.len() + proof.topics.len();
    let words = proof.data.len().div_ceil(32) + 4 * hashes;
    let price = gas::HASH_WORD.saturating_mul(u64::try_from(words).unwrap_or(u64::MAX));
    host.charge(price + gas::HASH * 2 * u64::try_from(PATH_MAX).unwrap_or(u64::MAX))?;
    let page = anchors::anchors(host, chain, proof.anchor, 1)?;
    let Some(anchor) = page.into_iter().next() else {
        return refuse(abi::AnchorUnknown {
            chain,
            anchor: proof.anchor,
        });
    };
    let batch = anchor.batch;
    if proof.height < batch.fromHeight || proof.height > batch.toHeight {
        return wrong("the block is not of the batch");
    }
    if proof.height < mailbox.fromHeight {
        return wrong("the block is before the mailbox's first one");
    }
    let leaf = event_leaf(
        proof.index,
        mailbox.account.as_slice(),
        &proof.topics,
        &proof.data,
    );
    let events_root = root_by_path(
        leaf_hash(&leaf),
        proof.index.into(),
        proof.events,
        &proof.eventPath,
    );
    let Some(events_root) = events_root else {
        return wrong("the path of the event is not one of its block");
    };
    let block = BlockLeaf {
        height: proof.height,
        hash: proof.blockHash,
        transactions: proof.transactions,
        transactions_root: proof.transactionsRoot,
        events: proof.events,
        events_root,
    };
    let place = proof.height - batch.fromHeight;
    let blocks = (batch.toHeight - batch.fromHeight).saturating_add(1);
    match root_by_path(leaf_hash(&block.encode()), place, blocks, &proof.blockPath) {
        Some(root) if root == batch.blocksRoot => Ok(()),
        _ => wrong("the event is not in the batch"),
    }
}

/// The event of a proof, as one of a kind; none if it is not.
fn event_of<E: SolEvent>(proof: &Proof) -> Option<E> {
    let log = LogData::new(proof.topics.clone(), proof.data.clone())?;
    E::decode_log_data_validate(&log).ok()
}

pub(super) fn relay(host: &mut dyn Host, proof: &Proof) -> Result<B256, Fault> {
    let source = proof.chain;
    let mailbox = mailbox_of(host, source)?;
    require_proven(host, proof, &mailbox)?;
    let &[kind, sequence, sender, destination] = proof.topics.as_slice() else {
        return not_a_message(source);
    };
    if kind != MessageSent::SIGNATURE_HASH {
        return not_a_message(source);
    }
    // Topics that are no numbers of 64 bits or addresses are no mailbox's: cut, they are a message of nobody, which is unreadable.
    let event = event_of::<MessageSent>(proof);
    let sequence = event.as_ref().map_or_else(
        || u64::from_be_bytes(last_bytes(sequence)),
        |event| event.sequence,
    );
    if sequence != mailbox.nextSequence {
        return refuse(abi::NotNext {
            chain: source,
            expectedSequence: mailbox.nextSequence,
        });
    }
    let record = storage().taken().of(&source).of(&mailbox.account);
    record.last_sequence().set(host, sequence)?;
    record.last_height().set(host, proof.height)?;
    let readable = event.filter(|event| readable(&event.target, &event.payload));
    let is_readable = readable.is_some();
    let (target, payload) = readable.map_or_else(Default::default, |event| (event.target, event.payload));
    let arrival = Arrival {
        mailbox: mailbox.account,
        sequence,
        payload,
        sent_height: proof.height,
        is_readable,
        route: Route {
            source,
            mailbox: mailbox.account,
            sender: Address::from_word(sender),
            destination,
            target,
            carrier: Address::ZERO,
        },
    };
    let id = arrival.write(host)?;
    if is_readable {
        pass(host, id, &arrival.route)?;
    }
    Ok(id)
}

fn not_a_message<T>(chain: B256) -> Result<T, Fault> {
    refuse(abi::ProofInvalid {
        chain,
        what: "the event is no MessageSent".to_owned(),
    })
}

fn last_bytes(word: B256) -> [u8; 8] {
    word.last_chunk::<8>().copied().unwrap_or_default()
}

fn readable(target: &[u8], payload: &[u8]) -> bool {
    target.len() == TARGET_BYTES && payload.len() <= PAYLOAD_BYTES_MAX
}

/// A message that was not here before.
struct Arrival {
    route: Route,
    mailbox: Address,
    sequence: u64,
    payload: Bytes,
    sent_height: u64,
    is_readable: bool,
}

impl Arrival {
    /// Writes it down, held until it is looked at, or unreadable for ever.
    fn write(&self, host: &mut dyn Host) -> Result<B256, Fault> {
        let route = &self.route;
        let id = id_of(route.source, self.mailbox, self.sequence);
        let record = storage().messages().of(&id);
        let block = host.block();
        record.source().set(host, route.source)?;
        record.mailbox().set(host, self.mailbox)?;
        record.sequence().set(host, self.sequence)?;
        record.sender().set(host, route.sender)?;
        record.destination().set(host, route.destination)?;
        record.target().set(host, &route.target)?;
        record.payload().set(host, &self.payload)?;
        record.sent_height().set(host, self.sent_height)?;
        record.height().set(host, block.height)?;
        record.at().set(host, block.timestamp)?;
        let (_, entry) = storage().ids().append(host)?;
        entry.set(host, id)?;
        let event = abi::MessageReceived {
            id,
            source: route.source,
            destination: route.destination,
            sender: route.sender,
            target: route.target.clone(),
            payload: self.payload.clone(),
            sequence: self.sequence,
        };
        emit(host, ADDRESS, &event)?;
        let first = if self.is_readable {
            Status::Held
        } else {
            Status::Unreadable
        };
        record.status().set(host, first.into())?;
        if self.is_readable {
            open_set(route.destination, Status::Held).insert(host, id)?;
        }
        Ok(id)
    }
}

fn open_set(destination: B256, status: Status) -> crate::storage::Set<B256> {
    storage().open().of(&destination).of(&status.into())
}

/// Lets a message pass that no mailbox carries yet, or writes down why not.
fn pass(host: &mut dyn Host, id: B256, route: &Route) -> Result<Reason, Fault> {
    let record = storage().messages().of(&id);
    let reason = route.judge(host)?;
    record.reason().set(host, reason.into())?;
    if reason != Reason::None {
        emit(host, ADDRESS, &abi::MessageRefused { id, reason })?;
        return Ok(reason);
    }
    let height = host.block().height;
    record.passed_height().set(host, height)?;
    open_set(route.destination, Status::Held).remove(host, id)?;
    let destination = route.destination;
    emit(host, ADDRESS, &abi::MessagePassed { id, destination })?;
    if destination == MAIN_LEDGER {
        end(host, &record, id, Status::Delivered)?;
        return Ok(reason);
    }
    record.status().set(host, Status::Passed.into())?;
    let carrier = mailbox_of(host, destination)?.account;
    record.carrier().set(host, carrier)?;
    open_set(destination, Status::Passed).insert(host, id)?;
    // What is anchored now was there before: its delivery comes later.
    let search = anchors::following(host, destination)?.nextHeight;
    record.search_height().set(host, search)?;
    Ok(reason)
}

fn end(host: &mut dyn Host, record: &MessageRecord, id: B256, status: Status) -> Result<(), Fault> {
    record.status().set(host, status.into())?;
    let height = host.block().height;
    record.ended_height().set(host, height)?;
    emit(host, ADDRESS, &abi::MessageEnded { id, status })
}

pub(super) fn retry(host: &mut dyn Host, id: B256) -> Result<(), Fault> {
    let record = known(host, id)?;
    let status = status(host, &record)?;
    let mut route = Route::of(host, &record)?;
    match status {
        Status::Held => {}
        // The mailbox that was replaced cannot deliver it: nobody signed it for that one.
        Status::Passed if may_change_carrier(host, &record, &route)? => route.carrier = Address::ZERO,
        _ => return refuse(abi::WrongStatus { id, status }),
    }
    match pass(host, id, &route)? {
        Reason::None => Ok(()),
        reason => refuse(abi::MayNotPass { id, reason }),
    }
}

/// Whether a message passed to a mailbox that was replaced, before any gateway had signed it on this ledger.
fn may_change_carrier(host: &mut dyn Host, record: &MessageRecord, route: &Route) -> Result<bool, Fault> {
    let now = storage().mailboxes().of(&route.destination).get(host)?;
    Ok(now != route.carrier && record.signed_height().get(host)? == 0)
}

pub(super) fn send(host: &mut dyn Host, caller: Address, request: &abi::sendCall) -> Result<B256, Fault> {
    if request.destination == MAIN_LEDGER {
        return Err(invalid("destination", "another chain than this ledger"));
    }
    if request.target.len() != TARGET_BYTES {
        return Err(invalid("target", "20 bytes"));
    }
    if request.payload.len() > PAYLOAD_BYTES_MAX {
        return Err(invalid("payload", "at most 1024 bytes"));
    }
    let route = Route {
        source: MAIN_LEDGER,
        mailbox: ADDRESS,
        sender: caller,
        destination: request.destination,
        target: request.target.clone(),
        carrier: Address::ZERO,
    };
    let sequence = storage().sent().get(host)?.saturating_add(1);
    let reason = route.judge(host)?;
    if reason != Reason::None {
        let id = id_of(MAIN_LEDGER, ADDRESS, sequence);
        return refuse(abi::MayNotPass { id, reason });
    }
    storage().sent().set(host, sequence)?;
    let arrival = Arrival {
        route,
        mailbox: ADDRESS,
        sequence,
        payload: request.payload.clone(),
        sent_height: host.block().height,
        is_readable: true,
    };
    let id = arrival.write(host)?;
    pass(host, id, &arrival.route)?;
    Ok(id)
}

pub(super) fn confirm(host: &mut dyn Host, proof: &Proof) -> Result<(), Fault> {
    let chain = proof.chain;
    let Some(event) = event_of::<MessageDelivered>(proof) else {
        return refuse(abi::ProofInvalid {
            chain,
            what: "the event is no MessageDelivered".to_owned(),
        });
    };
    let id = event.id;
    let record = known(host, id)?;
    if record.destination().get(host)? != chain {
        return refuse(abi::ProofInvalid {
            chain,
            what: "the message goes to another chain".to_owned(),
        });
    }
    // Who delivers it: a message that no mailbox carries was delivered, if at all, by the present one.
    let carrier = record.carrier().get(host)?;
    let mailbox = if carrier.is_zero() {
        mailbox_of(host, chain)?
    } else {
        mailbox_at(host, chain, carrier)?
    };
    require_proven(host, proof, &mailbox)?;
    let before = status(host, &record)?;
    if !matches!(before, Status::Held | Status::Passed) {
        return refuse(abi::WrongStatus { id, status: before });
    }
    open_set(chain, before).remove(host, id)?;
    if record.attested_height().get(host)? == 0 {
        let destination = chain;
        emit(host, ADDRESS, &abi::MessageBypassed { id, destination })?;
    }
    let status = if event.success {
        Status::Delivered
    } else {
        Status::Failed
    };
    end(host, &record, id, status)
}
