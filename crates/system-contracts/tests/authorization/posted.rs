//! A chain with a mailbox in the city: a message that passed, one that was held, one that waits to be relayed, and a delivery that waits to
//! be confirmed.

use crate::city::{
    City, LEDGER, NOW, Party, STRANGER, SUSPECT, batch, chain, chain_id, decide, follow, gateway_sign,
};
use alloy_primitives::{Address, B256, LogData};
use alloy_sol_types::SolEvent as _;
use civitas_system_contracts::{
    address::{ANCHORS, CHAINS, MESSAGES},
    interfaces::{
        IAnchors::{self, Batch},
        IChains, IMessages,
    },
    messages::{
        self, Proof,
        delivery::{MailboxPlace, MessageDelivered, MessageSent, delivery, valid_until},
        id_of,
        proof::{BlockLeaf, event_leaf, leaf_hash, path_of, root_of},
    },
};

/// A chain with a mailbox.
pub const POSTED: u64 = 9;
pub const MAILBOX: Address = Address::repeat_byte(0x9a);

/// The message with this sequence.
fn message_id(sequence: u64) -> B256 {
    id_of(chain_id(POSTED), MAILBOX, sequence)
}

/// One that passed, and one that was held and may pass now.
pub fn passed() -> B256 {
    message_id(1)
}

pub fn held() -> B256 {
    message_id(2)
}

fn events() -> Vec<LogData> {
    let message = |sequence| {
        let event = MessageSent {
            sequence,
            sender: SUSPECT,
            destination: chain_id(POSTED),
            target: Address::repeat_byte(0x9b).to_vec().into(),
            payload: b"bill of lading 7".into(),
        };
        event.encode_log_data()
    };
    let (id, success) = (passed(), true);
    let delivered = MessageDelivered { id, success }.encode_log_data();
    vec![message(1), message(2), message(3), delivered]
}

fn leaves() -> Vec<B256> {
    (0..)
        .zip(events())
        .map(|(index, log)| leaf_hash(&event_leaf(index, MAILBOX.as_slice(), log.topics(), &log.data)))
        .collect()
}

/// The two blocks of the batch: all events are in the first one.
fn blocks() -> [BlockLeaf; 2] {
    let first = BlockLeaf {
        height: batch().fromHeight,
        hash: B256::repeat_byte(0xc1),
        transactions: 4,
        transactions_root: B256::repeat_byte(0xc5),
        events: 4,
        events_root: root_of(&leaves()),
    };
    let second = BlockLeaf {
        height: batch().toHeight,
        hash: batch().lastHash,
        transactions: 0,
        transactions_root: B256::ZERO,
        events: 0,
        events_root: B256::ZERO,
    };
    [first, second]
}

/// The proof of the event at a place.
pub fn proof_of(index: u32) -> Proof {
    let hashes = blocks().map(|block| leaf_hash(&block.encode()));
    let log = &events()[index as usize];
    let [block, _] = blocks();
    Proof {
        chain: chain_id(POSTED),
        anchor: 0,
        height: block.height,
        blockHash: block.hash,
        transactions: block.transactions,
        transactionsRoot: block.transactions_root,
        events: block.events,
        blockPath: path_of(&hashes, 0).unwrap(),
        index,
        topics: log.topics().to_vec(),
        data: log.data.clone(),
        eventPath: path_of(&leaves(), index as usize).unwrap(),
    }
}

/// The same, of another block.
pub fn forged_proof_of(index: u32) -> Proof {
    Proof {
        blockHash: B256::ZERO,
        ..proof_of(index)
    }
}

pub fn set_mailbox() -> IMessages::setMailboxCall {
    IMessages::setMailboxCall {
        chain: chain_id(POSTED),
        mailbox: MAILBOX,
        fromHeight: batch().fromHeight,
    }
}

impl City {
    pub fn post(&mut self) {
        let info = chain(POSTED);
        let id = self.govern(CHAINS, &IChains::registerCall { info });
        self.govern(CHAINS, &IChains::startReviewCall { id });
        self.govern(CHAINS, &decide(POSTED, true));
        let root = IChains::addTrustRootCall {
            id,
            kind: IChains::RootKind::BlockHash,
            root: batch().parentHash.to_vec().into(),
            validFromHeight: batch().fromHeight - 1,
        };
        self.govern(CHAINS, &root);
        self.govern(ANCHORS, &follow(POSTED));
        self.govern(MESSAGES, &set_mailbox());
        let hashes = blocks().map(|block| leaf_hash(&block.encode()));
        let report = IAnchors::reportCall {
            id,
            batch: Batch {
                blocksRoot: root_of(&hashes),
                ..batch()
            },
        };
        self.done(Party::Gateway.account(), ANCHORS, &report);
        let relay = |index| IMessages::relayCall {
            proof: proof_of(index),
        };
        self.done(STRANGER, MESSAGES, &relay(0));
        let reason = String::new();
        let freeze = IChains::freezeCall { id, reason };
        self.govern(CHAINS, &freeze);
        self.done(STRANGER, MESSAGES, &relay(1));
        let reason = String::new();
        self.govern(CHAINS, &IChains::unfreezeCall { id, reason });
    }
}

/// The gateway's signature under the delivery of the message that passed.
pub fn delivery_attestation(city: &mut City) -> IMessages::attestCall {
    let message = messages::message(&mut city.host, passed()).unwrap();
    let place = MailboxPlace {
        chain_id: POSTED,
        address: MAILBOX,
    };
    let valid_until = valid_until(NOW);
    let delivery = delivery(LEDGER, &message, valid_until).unwrap();
    IMessages::attestCall {
        id: passed(),
        validUntil: valid_until,
        signature: gateway_sign(place.delivery_hash(&delivery)),
    }
}
