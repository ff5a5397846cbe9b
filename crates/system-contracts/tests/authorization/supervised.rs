//! A chain with a supervision hook in the city, a case, its commands in every status, and a notice.

use crate::city::{
    City, LEDGER, NOW, Party, Reach, Who, batch, chain, chain_id, concerned, decide, follow, gateway_sign,
};
use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use alloy_rlp::{Encodable, Header};
use civitas_system_contracts::{
    address::{ANCHORS, CASES, CHAINS},
    hook::{Hook, effect_slot, encode_root, instruction},
    interfaces::{
        IAnchors::{self, Batch},
        ICases::{self, Action, Level, Order},
        IChains,
    },
};

/// A chain with a hook.
pub const HOOKED: u64 = 8;
const HOOK: Address = Address::repeat_byte(0x88);
const CODE_HASH: B256 = B256::repeat_byte(0x89);
/// Frozen there.
const TARGET: Address = Address::repeat_byte(0x8a);

/// The case, and its commands: one that waits for its approval, one for its proof, one that is overdue.
pub const CASE: u64 = 1;
pub const ORDERED: u64 = 1;
pub const IN_FORCE: u64 = 2;
pub const LATE: u64 = 3;
pub const NOTICE: u64 = 1;
/// Seconds between approval and deadline.
const DEADLINE_SECONDS: u64 = 600;

/// Who has ordered: somebody who may not approve.
fn orderer() -> Address {
    Who::Holder("SectorRegulator", Reach::City).account()
}

fn approver() -> Address {
    Who::Holder("CityRegulator", Reach::City).account()
}

pub fn order(level: Level, target: Address) -> ICases::orderCall {
    ICases::orderCall {
        order: Order {
            caseId: CASE,
            chain: chain_id(HOOKED),
            action: Action::FreezeAccount,
            target: target.to_vec().into(),
            level,
            legalBasis: "Money laundering act, section 9".to_owned(),
            reason: "layering".to_owned(),
            deadlineSeconds: DEADLINE_SECONDS,
        },
    }
}

pub fn notice() -> ICases::notifyCall {
    ICases::notifyCall {
        caseId: CASE,
        organisation: concerned(),
        subject: "Explain the payments".to_owned(),
        textHash: B256::repeat_byte(0x8b),
        deadline: NOW + 86_400,
    }
}

impl City {
    pub fn supervision(&mut self) {
        self.hooked_chain();
        let open = ICases::openCall {
            title: "Layering".to_owned(),
            subject: format!("eip155:{HOOKED}:{TARGET}"),
            legalBasis: "Money laundering act, section 9".to_owned(),
        };
        self.done(orderer(), CASES, &open);
        let targets = [0x8d, 0x8a, 0x8c].map(Address::repeat_byte);
        let levels = [Level::Isolation, Level::Hook, Level::Hook];
        for (target, level) in targets.into_iter().zip(levels) {
            self.done(orderer(), CASES, &order(level, target));
        }
        self.host.block.timestamp = NOW;
        self.done(approver(), CASES, &ICases::approveCall { id: IN_FORCE });
        self.host.block.timestamp = NOW - DEADLINE_SECONDS - 1;
        self.done(approver(), CASES, &ICases::approveCall { id: LATE });
        self.host.block.timestamp = NOW;
        self.done(approver(), CASES, &notice());
        // Only what is anchored after the approval proves anything.
        self.host.block.height += 1;
        let report = IAnchors::reportCall {
            id: chain_id(HOOKED),
            batch: Batch {
                lastHash: keccak256(header()),
                ..batch()
            },
        };
        self.done(Party::Gateway.account(), ANCHORS, &report);
    }

    fn hooked_chain(&mut self) {
        let info = chain(HOOKED);
        let id = self.govern(CHAINS, &IChains::registerCall { info });
        self.govern(CHAINS, &IChains::startReviewCall { id });
        self.govern(CHAINS, &decide(HOOKED, true));
        let begin = batch();
        let roots = [
            (IChains::RootKind::BlockHash, begin.parentHash.to_vec()),
            (IChains::RootKind::Contract, encode_root(HOOK, CODE_HASH)),
        ];
        for (kind, root) in roots {
            let add = IChains::addTrustRootCall {
                id,
                kind,
                root: root.into(),
                validFromHeight: begin.fromHeight - 1,
            };
            self.govern(CHAINS, &add);
        }
        self.govern(ANCHORS, &follow(HOOKED));
    }
}

/// The gateway's signature under the command that waits for its proof.
pub fn attestation() -> ICases::attestCall {
    let hook = Hook {
        chain_id: HOOKED,
        address: HOOK,
    };
    let action = Action::FreezeAccount.into();
    let deadline = NOW + DEADLINE_SECONDS;
    let instruction = instruction(IN_FORCE, LEDGER, action, TARGET.as_slice(), deadline).unwrap();
    ICases::attestCall {
        id: IN_FORCE,
        signature: gateway_sign(hook.instruction_hash(&instruction)),
    }
}

/// The proof that the command has its effect.
pub fn proof() -> ICases::proveCall {
    ICases::proveCall {
        id: IN_FORCE,
        header: header().into(),
        accountProof: vec![account_leaf().into()],
        storageProof: vec![storage_leaf().into()],
    }
}

fn list(items: &[&dyn Encodable]) -> Vec<u8> {
    let payload: Vec<u8> = items.iter().flat_map(|item| alloy_rlp::encode(*item)).collect();
    let mut encoded = Vec::new();
    let header = Header {
        list: true,
        payload_length: payload.len(),
    };
    header.encode(&mut encoded);
    encoded.extend(payload);
    encoded
}

/// The only node of a trie with one entry: the flags of a leaf with an even number of nibbles, then the whole key.
fn leaf(key: B256, value: Vec<u8>) -> Vec<u8> {
    let path = Bytes::from([&[0x20], key.as_slice()].concat());
    list(&[&path, &Bytes::from(value)])
}

fn storage_leaf() -> Vec<u8> {
    let slot = effect_slot(Action::FreezeAccount.into(), TARGET).unwrap();
    leaf(keccak256(slot), alloy_rlp::encode(IN_FORCE))
}

fn account_leaf() -> Vec<u8> {
    let account = list(&[&1_u64, &U256::ZERO, &keccak256(storage_leaf()), &CODE_HASH]);
    leaf(keccak256(HOOK), account)
}

fn header() -> Vec<u8> {
    let state_root = keccak256(account_leaf());
    let word = B256::repeat_byte(0x77);
    let bloom = Bytes::from(vec![0; 256]);
    let number = batch().toHeight;
    list(&[
        &word,
        &word,
        &HOOK,
        &state_root,
        &word,
        &word,
        &bloom,
        &1_u64,
        &number,
        &30_000_000_u64,
        &0_u64,
        &NOW,
    ])
}
