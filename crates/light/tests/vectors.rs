//! Proofs that a real city handed out (`spec/vectors/proofs.json`): each holds, and none does with a bit of it turned.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use alloy_primitives::{Address, B256, Bytes, U256};
use civitas_light::{
    certificate::{BlockCertificate, CertificateError, LedgerTrust, Step, verify},
    engine::{Assurance, Client, ClientError, Update},
    header::Header,
    inclusion::{self, Event, InclusionError},
    ledger::{Ledger, LedgerBlock, LedgerError},
    state,
    web::answer,
};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::LazyLock;

static VECTORS: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../../spec/vectors/proofs.json")).unwrap());

fn bytes(value: &Value) -> Vec<u8> {
    alloy_primitives::hex::decode(value.as_str().unwrap()).unwrap()
}

fn list_of(value: &Value) -> Vec<Bytes> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|item| bytes(item).into())
        .collect()
}

fn hash(value: &Value) -> B256 {
    B256::from_slice(&bytes(value))
}

fn address(value: &Value) -> Address {
    Address::from_slice(&bytes(value))
}

fn wide(value: &Value) -> U256 {
    value.as_str().unwrap().parse().unwrap()
}

fn trust(known: &Value) -> LedgerTrust {
    LedgerTrust {
        chain_id: known["chainId"].as_u64().unwrap(),
        epoch_blocks: known["epochBlocks"].as_u64().unwrap(),
        genesis_hash: hash(&known["genesisHash"]),
        genesis_seconds: known["genesisSeconds"].as_u64().unwrap(),
        validators: known["validators"]
            .as_array()
            .unwrap()
            .iter()
            .map(|key| hash(key).0)
            .collect(),
    }
}

fn certificate(value: &Value) -> BlockCertificate {
    BlockCertificate {
        height: value["height"].as_u64().unwrap(),
        block_hash: hash(&value["blockHash"]),
        headers: list_of(&value["headers"])
            .iter()
            .map(|header| header.to_vec())
            .collect(),
        payload_header: bytes(&value["payloadHeader"]),
        kind: value["kind"].as_str().unwrap().to_owned(),
        encoded: bytes(&value["encoded"]),
    }
}

/// Every ledger of the vectors with its certificates.
fn ledgers() -> Vec<(LedgerTrust, Vec<BlockCertificate>)> {
    let ledgers = VECTORS["ledgers"].as_array().unwrap();
    let of = |ledger: &Value| {
        (
            trust(&ledger["known"]),
            ledger["certificates"]
                .as_array()
                .unwrap()
                .iter()
                .map(certificate)
                .collect(),
        )
    };
    ledgers.iter().map(of).collect()
}

#[test]
fn certificates_of_all_kinds_hold() {
    let (mut kinds, mut links, mut epochs) = (Vec::new(), 0, Vec::new());
    for (trust, certificates) in ledgers() {
        for certificate in certificates {
            let proven = verify(&trust, &certificate).unwrap();
            assert_eq!(proven.header.number, certificate.height);
            assert_eq!(proven.epoch, proven.payload_height / trust.epoch_blocks);
            assert!(proven.signers.len() >= civitas_light::certificate::quorum(trust.validators.len()));
            links += usize::from(proven.link.is_some());
            epochs.push(proven.epoch);
            kinds.push(certificate.kind);
        }
    }
    for kind in ["simplex-ed25519-v1", "solo-v1"] {
        assert!(kinds.iter().any(|found| found == kind), "{kind}");
    }
    assert!(links > 0, "a partition ledger");
    assert!(epochs.contains(&0) && epochs.contains(&1), "two epochs");
}

#[test]
fn a_certificate_holds_for_its_ledger_alone() {
    for (trust, certificates) in ledgers() {
        let step = |trust: LedgerTrust| verify(&trust, &certificates[0]).unwrap_err().step();
        let validators = trust.validators.clone();
        assert_eq!(
            step(LedgerTrust {
                chain_id: 1,
                ..trust.clone()
            }),
            Step::Ledger
        );
        assert_eq!(
            step(LedgerTrust {
                genesis_hash: B256::ZERO,
                ..trust.clone()
            }),
            Step::Signatures
        );
        let genesis_seconds = trust.genesis_seconds + 1;
        assert_eq!(
            step(LedgerTrust {
                genesis_seconds,
                ..trust.clone()
            }),
            Step::Signatures
        );
        assert_eq!(
            step(LedgerTrust {
                epoch_blocks: 0,
                ..trust.clone()
            }),
            Step::Epoch
        );
        assert_eq!(
            step(LedgerTrust {
                validators: validators[1..].to_vec(),
                ..trust.clone()
            }),
            Step::Epoch
        );
        let twice = [validators.as_slice(), &validators[..1]].concat();
        assert_eq!(
            step(LedgerTrust {
                validators: twice,
                ..trust.clone()
            }),
            Step::Epoch
        );
        let strangers = validators
            .iter()
            .map(|key| B256::from(*key).0.map(|byte| byte ^ 1))
            .collect();
        assert!(
            step(LedgerTrust {
                validators: strangers,
                ..trust
            }) >= Step::Epoch
        );
    }
}

#[test]
fn too_few_signatures_are_no_quorum() {
    let (trust, certificates) = ledgers().swap_remove(0);
    let mut certificate = certificates[0].clone();
    // The number of signatures is one byte, in front of three or four of 64: strike the last one out, in the bitmap too.
    let signatures = certificate.encoded.len() % 64;
    let count = usize::from(certificate.encoded[signatures - 1]);
    let mut left = count;
    while left >= 3 {
        left -= 1;
        certificate.encoded.truncate(signatures + left * 64);
        certificate.encoded[signatures - 1] = left.to_le_bytes()[0];
        let bitmap = &mut certificate.encoded[signatures - 2];
        *bitmap &= !(1 << (7 - bitmap.leading_zeros()));
    }
    assert_eq!(
        verify(&trust, &certificate),
        Err(CertificateError::NoQuorum {
            found: 2,
            validators: 4,
            needed: 3
        })
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    /// Any bit of any part, of any certificate.
    #[test]
    fn no_altered_certificate_holds(ledger in 0_usize..16, which in 0_usize..16, part in 0_usize..5, at: prop::sample::Index, bit in 0_u8..8) {
        let ledgers = ledgers();
        let (trust, certificates) = &ledgers[ledger % ledgers.len()];
        let mut altered = certificates[which % certificates.len()].clone();
        let bytes = match part {
            0 => &mut altered.payload_header,
            1 => &mut altered.encoded,
            2 => altered.headers.first_mut().unwrap(),
            3 => altered.headers.last_mut().unwrap(),
            _ => { altered.height ^= 1 << bit; &mut Vec::new() }
        };
        if !bytes.is_empty() {
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
        }
        prop_assert!(verify(trust, &altered).is_err());
    }

    /// Cut off, or with bytes behind.
    #[test]
    fn no_certificate_of_another_length_holds(ledger in 0_usize..16, part in 0_usize..3, cut in 1_usize..80, add: bool) {
        let ledgers = ledgers();
        let (trust, certificates) = &ledgers[ledger % ledgers.len()];
        let mut altered = certificates[0].clone();
        let bytes = match part {
            0 => &mut altered.payload_header,
            1 => &mut altered.encoded,
            _ => altered.headers.first_mut().unwrap(),
        };
        let length = if add { bytes.len() + cut } else { bytes.len().saturating_sub(cut) };
        bytes.resize(length, 0);
        prop_assert!(verify(trust, &altered).is_err());
    }

    /// Bytes of nobody in particular are refused, and nothing panics.
    #[test]
    fn noise_is_refused(noise in prop::collection::vec(any::<u8>(), 0..600), key: [u8; 32]) {
        let (trust, certificates) = ledgers().swap_remove(0);
        let mut altered = certificates[0].clone();
        altered.encoded.clone_from(&noise);
        prop_assert!(verify(&trust, &altered).is_err());
        prop_assert!(Header::decode(&noise).is_err());
        prop_assert!(civitas_light::qmdb::verify(&key, &key, &[], &noise).is_err());
        prop_assert!(answer(&noise).contains("failed"));
    }

    /// Any bit of a proof, of its value or of its root.
    #[test]
    fn no_altered_state_proof_holds(which: prop::sample::Index, part in 0_u8..3, at: prop::sample::Index, bit in 0_u8..8) {
        let states = VECTORS["states"].as_array().unwrap();
        let proof = &states[which.index(states.len())];
        let mut parts = [bytes(&proof["value"]), bytes(&proof["proof"]), bytes(&proof["stateRoot"])];
        let altered = &mut parts[usize::from(part)];
        let at = at.index(altered.len());
        altered[at] ^= 1 << bit;
        let [value, bytes, root] = parts;
        let (root, address) = (B256::from_slice(&root), address(&proof["address"]));
        let refused = match proof["slot"].as_str() {
            None => state::verify_flat_account(root, address, &value, &bytes).is_err(),
            Some(slot) => state::verify_flat_slot(root, address, slot.parse().unwrap(), &value, &bytes).is_err(),
        };
        prop_assert!(refused);
    }
}

#[test]
fn a_ledger_is_followed_through_the_epochs_that_are_known() {
    let ledgers = ledgers();
    let ((first, early), (second, late)) = (&ledgers[0], &ledgers[1]);
    let ledger = Ledger {
        chain_id: first.chain_id,
        epoch_blocks: first.epoch_blocks,
        genesis_hash: first.genesis_hash,
        genesis_seconds: first.genesis_seconds,
        validators: [(0, first.validators.clone())].into(),
        drift_seconds_max: 5,
    };
    let root = LedgerBlock(Header::decode(&early[0].headers[0]).unwrap());
    let begin = root.0.timestamp;
    let now = begin + 100_000;
    let mut client = Client::new(ledger.clone(), root.clone(), 100);
    assert_eq!(client.assurance(), Assurance::Verified);
    assert_eq!(client.update(&early[2], now).unwrap(), Update::Added);
    assert_eq!(
        client.update(&early[1], now).unwrap(),
        Update::Added,
        "a gap is filled"
    );
    assert!(matches!(
        client.update(&late[1], now),
        Err(ClientError::Evidence(LedgerError::EpochUnknown { epoch: 1 }))
    ));
    let validators = [(0, first.validators.clone()), (1, second.validators.clone())].into();
    let mut client = Client::new(
        Ledger {
            validators,
            ..ledger.clone()
        },
        root.clone(),
        100,
    );
    assert!(matches!(
        client.update(&late[1], begin - 6),
        Err(ClientError::Evidence(LedgerError::Place { .. }))
    ));
    assert_eq!(client.update(&late[1], now).unwrap(), Update::Added);
    assert_eq!(
        client.newest().map(|newest| newest.0.number),
        Some(late[1].height)
    );
    // A root that contradicts what the validators made final: somebody lies, and the client says so for good.
    let mut other = root;
    other.0.hash = B256::ZERO;
    let mut client = Client::new(ledger, other, 100);
    assert!(matches!(
        client.update(&early[1], now).unwrap(),
        Update::Frozen(_)
    ));
    assert!(matches!(
        client.update(&early[2], now),
        Err(ClientError::Frozen(_))
    ));
}

#[test]
fn a_block_is_all_its_transactions_and_receipts() {
    for block in VECTORS["blocks"].as_array().unwrap() {
        let header = Header::decode(&bytes(&block["header"])).unwrap();
        let (transactions, receipts) = (list_of(&block["transactions"]), list_of(&block["receipts"]));
        assert!(transactions.len() > 1);
        let hashes = inclusion::verify_transactions(&header, &transactions).unwrap();
        assert_eq!(
            hashes,
            block["hashes"]
                .as_array()
                .unwrap()
                .iter()
                .map(hash)
                .collect::<Vec<_>>()
        );
        assert_eq!(inclusion::verify_receipts(&header, &receipts), Ok(()));
        for index in 0..transactions.len() {
            let refused = |items: &[Bytes]| {
                assert!(inclusion::verify_transactions(&header, items).is_err());
            };
            let mut dropped = transactions.clone();
            dropped.remove(index);
            refused(&dropped);
            let mut repeated = transactions.clone();
            repeated.insert(index, transactions[index].clone());
            refused(&repeated);
            let mut moved = transactions.clone();
            moved.rotate_left(index + 1);
            if moved != transactions {
                refused(&moved);
            }
            let mut altered = transactions.clone();
            altered[index] = altered[index].iter().map(|byte| byte ^ 1).collect();
            refused(&altered);
        }
    }
}

#[test]
fn a_report_of_events_is_complete_or_refused() {
    let mut tried = 0;
    for block in VECTORS["blocks"].as_array().unwrap() {
        let header = Header::decode(&bytes(&block["header"])).unwrap();
        let receipts = list_of(&block["receipts"]);
        let reported: Vec<Event> = block["events"]
            .as_array()
            .unwrap()
            .iter()
            .map(|event| Event {
                transaction_index: event["transactionIndex"].as_u64().unwrap().try_into().unwrap(),
                address: address(&event["address"]),
                topics: event["topics"].as_array().unwrap().iter().map(hash).collect(),
                data: bytes(&event["data"]).into(),
            })
            .collect();
        assert!(!reported.is_empty());
        let check = |reported: &[Event]| inclusion::verify_report(&header, &receipts, reported, |_| true);
        assert_eq!(check(&reported), Ok(()));
        let one = reported[0].address;
        let of_one: Vec<Event> = reported
            .iter()
            .filter(|event| event.address == one)
            .cloned()
            .collect();
        let only = |event: &Event| event.address == one;
        assert_eq!(
            inclusion::verify_report(&header, &receipts, &of_one, only),
            Ok(())
        );
        for index in 0..reported.len() {
            tried += 1;
            let mut dropped = reported.clone();
            dropped.remove(index);
            assert!(check(&dropped).is_err(), "dropped");
            let mut repeated = reported.clone();
            repeated.insert(index, reported[index].clone());
            assert!(check(&repeated).is_err(), "repeated");
            let mut invented = reported.clone();
            invented[index].data = [&[1][..], &invented[index].data].concat().into();
            assert_eq!(check(&invented), Err(InclusionError::Event { index }));
            let mut moved = reported.clone();
            moved.swap(0, index);
            assert_eq!(check(&moved).is_ok(), moved == reported);
        }
        let missing = receipts[1..].to_vec();
        assert_eq!(
            inclusion::verify_report(&header, &missing, &reported, |_| true),
            Err(InclusionError::OtherRoot { what: "receipts" })
        );
    }
    assert!(tried > 5);
}

#[test]
fn accounts_and_slots_of_a_flat_state_are_read() {
    let (mut slots, mut accounts) = (0, 0);
    for proof in VECTORS["states"].as_array().unwrap() {
        let (root, address) = (hash(&proof["stateRoot"]), address(&proof["address"]));
        let (value, bytes) = (bytes(&proof["value"]), bytes(&proof["proof"]));
        if let Some(slot) = proof["slot"].as_str() {
            slots += 1;
            let slot: U256 = slot.parse().unwrap();
            let proven = state::verify_flat_slot(root, address, slot, &value, &bytes).unwrap();
            assert_eq!(proven.value, wide(&proof["slotValue"]));
            assert!(state::verify_flat_slot(root, address, slot + U256::from(1), &value, &bytes).is_err());
            assert!(state::verify_flat_account(root, address, &value, &bytes).is_err());
        } else {
            accounts += 1;
            let account = state::verify_flat_account(root, address, &value, &bytes)
                .unwrap()
                .value
                .unwrap();
            assert_eq!(account.nonce, proof["account"]["nonce"].as_u64().unwrap());
            assert_eq!(account.balance, wide(&proof["account"]["balance"]));
            assert_eq!(
                account.code_hash != alloy_primitives::KECCAK256_EMPTY,
                proof["account"]["hasCode"].as_bool().unwrap()
            );
            assert!(state::verify_flat_account(root, Address::ZERO, &value, &bytes).is_err());
        }
    }
    assert!(slots > 2 && accounts > 2);
}

#[test]
fn accounts_and_slots_of_a_trie_are_proven_there_or_absent() {
    let (mut present, mut absent) = (0, 0);
    for proof in VECTORS["tries"].as_array().unwrap() {
        let (root, address) = (hash(&proof["stateRoot"]), address(&proof["address"]));
        let nodes = list_of(&proof["accountProof"]);
        let account = state::prove_account(root, address, &nodes).unwrap();
        if let Some(account) = account {
            present += 1;
            assert_eq!(account.nonce, proof["account"]["nonce"].as_u64().unwrap());
            assert_eq!(account.balance, wide(&proof["account"]["balance"]));
            assert_eq!(account.storage_root, hash(&proof["account"]["storageHash"]));
            assert!(
                state::verify_account(root, address, None, &nodes).is_err(),
                "it is there"
            );
        } else {
            absent += 1;
        }
        let storage_root = hash(&proof["account"]["storageHash"]);
        for slot in proof["slots"].as_array().unwrap() {
            let (key, value, nodes) = (wide(&slot["key"]), wide(&slot["value"]), list_of(&slot["proof"]));
            state::verify_slot(storage_root, key, value, &nodes).unwrap();
            assert!(state::verify_slot(storage_root, key, value + U256::from(1), &nodes).is_err());
            if !value.is_zero() {
                assert!(
                    state::verify_slot(storage_root, key, U256::ZERO, &nodes).is_err(),
                    "it is not zero"
                );
            }
        }
        for (index, node) in nodes.iter().enumerate() {
            for at in 0..node.len() {
                let mut altered = nodes.clone();
                altered[index] = node
                    .iter()
                    .enumerate()
                    .map(|(place, byte)| byte ^ u8::from(place == at))
                    .collect();
                assert!(
                    state::prove_account(root, address, &altered).is_err(),
                    "node {index}, byte {at}"
                );
            }
            assert!(state::prove_account(root, address, &nodes[..index]).is_err());
        }
    }
    assert!(present > 0 && absent > 0);
}

#[test]
fn pages_get_the_same_answers() {
    for (name, request, expected) in requests() {
        let answer: Value = serde_json::from_str(&answer(request.to_string().as_bytes())).unwrap();
        for (field, value) in expected.as_object().unwrap() {
            assert_eq!(&answer[field], value, "{name}: {field}");
        }
    }
}

#[test]
fn a_block_is_taken_apart() {
    let block = &VECTORS["blocks"][0];
    let encoded = bytes(&block["block"]);
    let split = inclusion::split_block(&encoded).unwrap();
    assert_eq!(
        (split.header.to_vec(), split.transactions),
        (bytes(&block["header"]), list_of(&block["transactions"]))
    );
    for length in 0..encoded.len() {
        assert_eq!(
            inclusion::split_block(&encoded[..length]),
            Err(InclusionError::Block)
        );
    }
    assert_eq!(inclusion::succeeded(&list_of(&block["receipts"])[0]), Some(true));
    assert_eq!(inclusion::succeeded(&[2, 0xc1, 0x80]), Some(false));
    assert_eq!(inclusion::succeeded(&[]), None);
}

/// Requests of a page with what must be in their answers.
fn requests() -> Vec<(&'static str, Value, Value)> {
    let ledger = &VECTORS["ledgers"][0];
    let proven =
        json!({ "check": "certificate", "known": ledger["known"], "certificate": ledger["certificates"][0] });
    let mut other = proven.clone();
    other["known"]["chainId"] = json!(1);
    let other_failed = json!({ "step": "ledger", "why": format!("the payload is of ledger {}", ledger["known"]["chainId"]) });
    let block = &VECTORS["blocks"][0];
    let contents = json!({ "check": "contents", "header": block["header"], "block": block["block"], "receipts": block["receipts"] });
    let states = VECTORS["states"].as_array().unwrap();
    let slot = states.iter().find(|state| state["slot"].is_string()).unwrap();
    let mut flat = slot.clone();
    flat["check"] = json!("state");
    let mut trie = VECTORS["tries"][0].clone();
    trie["check"] = json!("trie");
    vec![
        ("certificate", proven, json!({ "failed": null })),
        (
            "another ledger",
            other,
            json!({ "failed": other_failed, "block": null }),
        ),
        (
            "contents",
            contents,
            json!({ "failed": null, "hashes": block["hashes"], "events": block["events"], "succeeded": vec![true; block["hashes"].as_array().unwrap().len()] }),
        ),
        (
            "slot",
            flat,
            json!({ "failed": null, "slotValue": format!("{:#x}", wide(&slot["slotValue"])) }),
        ),
        ("trie", trie, json!({ "failed": null })),
    ]
}
