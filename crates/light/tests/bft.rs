//! Headers of Byzantine chains: made and sealed here in all dialects, and real ones of Besu where the judges' data is.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod made;

use alloy_primitives::{Address, B256, Bytes, U256, b256, hex, keccak256};
use alloy_rlp::Header as RlpHeader;
use civitas_light::{
    bft::{Bft, BftError, BftTrust, Dialect, quorum},
    engine::{Client, ClientError, Engine, Update},
    state,
};
use made::{Made, address, made};
use proptest::prelude::*;
use serde_json::Value;

const DIALECTS: [Dialect; 3] = [Dialect::Qbft, Dialect::Ibft2, Dialect::Ibft1];
const fn engine(dialect: Dialect) -> Bft {
    Bft {
        dialect,
        trusting_seconds: 1_000,
        drift_seconds_max: 10,
    }
}

/// A root of height 10 with validators 1 to 4.
fn root(dialect: Dialect) -> BftTrust {
    engine(dialect)
        .root(&made(dialect, 10, &[1, 2, 3, 4]).sealed(&[]))
        .unwrap()
}

#[test]
fn a_sealed_header_leads_on_in_every_dialect() {
    for dialect in DIALECTS {
        let mut header = Made {
            round: 2,
            ..made(dialect, 12, &[1, 2, 3, 5])
        };
        let trust = engine(dialect)
            .advance(&root(dialect), &header.sealed(&[1, 2, 5]), 1_020)
            .unwrap();
        assert_eq!(
            (trust.height, trust.hash, trust.seconds),
            (12, header.hash(), 1_012)
        );
        assert_eq!(trust.validators, [1, 2, 3, 5].map(address).into());
        assert_eq!(trust.state_root, B256::repeat_byte(3));
        // The next one is judged by its validators and must name it as its parent.
        header = Made {
            parent: header.hash(),
            ..made(dialect, 13, &[1, 2, 3, 5])
        };
        assert!(
            engine(dialect)
                .advance(&trust, &header.sealed(&[5, 3, 2]), 1_020)
                .is_ok()
        );
        header.parent = B256::ZERO;
        assert_eq!(
            engine(dialect).advance(&trust, &header.sealed(&[5, 3, 2]), 1_020),
            Err(BftError::NotLinked { hash: header.hash() })
        );
    }
}

#[test]
fn too_few_and_strange_seals_are_refused() {
    for dialect in DIALECTS {
        let check = |validators: &[u8], signers: &[u8]| {
            let header = made(dialect, 12, validators).sealed(signers);
            engine(dialect)
                .advance(&root(dialect), &header, 1_020)
                .map(|trust| trust.height)
        };
        assert_eq!(check(&[1, 2, 3, 4], &[1, 2, 3]), Ok(12));
        assert_eq!(
            check(&[1, 2, 3, 4], &[1, 2]),
            Err(BftError::NoQuorum {
                found: 2,
                validators: 4,
                needed: 3
            })
        );
        assert_eq!(check(&[1, 2, 3, 4], &[1, 2, 2]), Err(BftError::Seal { index: 2 }));
        assert_eq!(
            check(&[1, 2, 3, 4], &[1, 2, 3, 6]),
            Err(BftError::Seal { index: 3 })
        );
        assert_eq!(
            check(&[1, 5, 6, 7], &[1, 5, 6]),
            Err(BftError::NoOverlap {
                found: 1,
                trusted: 4,
                needed: 2
            })
        );
        assert_eq!(check(&[1, 2, 6, 7], &[1, 2, 6]), Ok(12));
        assert_eq!(check(&[1, 2, 3, 3], &[1, 2, 3]), Err(BftError::Validators));
        assert_eq!(check(&[], &[]), Err(BftError::Validators));
    }
    assert_eq!([1, 2, 3, 4, 5, 6, 7].map(quorum), [1, 2, 2, 3, 4, 4, 5]);
}

#[test]
fn what_is_old_or_of_the_future_is_refused() {
    let (engine, root) = (engine(Dialect::Qbft), root(Dialect::Qbft));
    let header = made(Dialect::Qbft, 12, &[1, 2, 3, 4]);
    let check = |header: &Made, now| {
        engine
            .advance(&root, &header.sealed(&[1, 2, 3]), now)
            .map(|trust| trust.height)
    };
    assert_eq!(check(&header, 1_002), Ok(12));
    assert_eq!(
        check(&header, 1_001),
        Err(BftError::Time {
            found: 1_012,
            after: 1_010,
            before: 1_011
        })
    );
    assert_eq!(
        check(&header, 2_011),
        Err(BftError::Expired {
            seconds: 1_001,
            max: 1_000
        })
    );
    let early = Made {
        seconds: 1_010,
        ..header.clone()
    };
    assert_eq!(
        check(&early, 1_020),
        Err(BftError::Time {
            found: 1_010,
            after: 1_010,
            before: 1_030
        })
    );
    let same = made(Dialect::Qbft, 10, &[1, 2, 3, 4]);
    assert_eq!(
        check(&same, 1_020),
        Err(BftError::NotAbove {
            found: 10,
            trusted: 10
        })
    );
}

#[test]
fn validators_who_seal_two_headers_freeze_the_client() {
    for dialect in DIALECTS {
        let mut client = Client::new(engine(dialect), root(dialect), 10);
        let header = made(dialect, 12, &[1, 2, 3, 4]);
        assert_eq!(
            client.update(&header.sealed(&[1, 2, 3]), 1_020).unwrap(),
            Update::Added
        );
        // More seals, or another round, are the same block.
        assert_eq!(
            client.update(&header.sealed(&[4, 2, 3, 1]), 1_020).unwrap(),
            Update::Known
        );
        if dialect != Dialect::Ibft1 {
            let again = Made {
                round: 1,
                ..header.clone()
            };
            assert_eq!(
                client.update(&again.sealed(&[1, 2, 3]), 1_020).unwrap(),
                Update::Known
            );
        }
        let other = Made { mark: 4, ..header };
        assert!(
            matches!(
                client.update(&other.sealed(&[1, 2]), 1_020),
                Err(ClientError::Evidence(_))
            ),
            "no quorum convicts nobody"
        );
        assert!(client.frozen().is_none());
        assert!(matches!(
            client.update(&other.sealed(&[1, 2, 3]), 1_020).unwrap(),
            Update::Frozen(_)
        ));
        assert!(client.frozen().is_some() && client.newest().is_none());
        let next = made(dialect, 14, &[1, 2, 3, 4]).sealed(&[1, 2, 3]);
        assert!(matches!(client.update(&next, 1_020), Err(ClientError::Frozen(_))));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    /// Any bit of a header: in another dialect it means nothing, in its own it is refused.
    #[test]
    fn no_altered_header_leads_on(dialect in 0_usize..3, at: prop::sample::Index, bit in 0_u8..8) {
        let dialect = DIALECTS[dialect];
        let header = made(dialect, 12, &[1, 2, 3, 4]).sealed(&[1, 2, 3]);
        let mut altered = header.clone();
        let at = at.index(altered.len());
        altered[at] ^= 1 << bit;
        let advanced = engine(dialect).advance(&root(dialect), &altered, 1_020);
        // What a seal is not over is only the last byte of a signature, which has two forms: that is no other block.
        if let Ok(trust) = advanced {
            prop_assert_eq!(trust.hash, made(dialect, 12, &[1, 2, 3, 4]).hash());
            prop_assert!(altered.len() == header.len());
        }
    }
}

/// The judges' data, which is not a part of this repository: `CIVITAS_BESU` names its folder.
fn judged(name: &str) -> Value {
    let folder = std::env::var("CIVITAS_BESU").unwrap();
    let text = std::fs::read_to_string(format!("{folder}/{name}.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn bytes(value: &Value) -> Vec<u8> {
    hex::decode(value.as_str().unwrap()).unwrap()
}

/// Proofs as these fixtures have them: nodes in a list, or in an RLP list.
fn nodes(value: &Value) -> Vec<Bytes> {
    if let Some(nodes) = value.as_array() {
        return nodes.iter().map(|node| bytes(node).into()).collect();
    }
    let all = bytes(value);
    let mut rest = all.as_slice();
    let mut payload = RlpHeader::decode_bytes(&mut rest, true).unwrap();
    let mut nodes = Vec::new();
    while !payload.is_empty() {
        let begin = payload;
        RlpHeader::decode_bytes(&mut payload, true).unwrap();
        nodes.push(Bytes::copy_from_slice(&begin[..begin.len() - payload.len()]));
    }
    nodes
}

/// ERC-7201 slot of the commitments of packets.
const COMMITMENTS: B256 = b256!("1260944489272988d9df285149b5aa1b0f48f2136d6f416159f840a3e0747600");

fn check_storage(fixture: &Value, state_root: B256) {
    let router = Address::from_slice(&bytes(&fixture["router"]));
    let account = state::prove_account(state_root, router, &nodes(&fixture["accountProof"]))
        .unwrap()
        .unwrap();
    assert_eq!(
        account.storage_root,
        B256::from_slice(&bytes(&fixture["storageRoot"]))
    );
    let slot = |path: &Value| {
        let hashed = keccak256(bytes(path));
        U256::from_be_bytes(keccak256([hashed.as_slice(), COMMITMENTS.as_slice()].concat()).0)
    };
    let (there, absent) = (&fixture["membership"], &fixture["nonMembership"]);
    let value = U256::from_be_slice(&bytes(&there["value"]));
    let check = |path: &Value, value, proof: &Value| {
        state::verify_slot(account.storage_root, slot(path), value, &nodes(proof))
    };
    assert_eq!(check(&there["path"], value, &there["proof"]), Ok(()));
    assert!(check(&there["path"], U256::ZERO, &there["proof"]).is_err());
    assert!(check(&there["path"], value + U256::from(1), &there["proof"]).is_err());
    assert_eq!(check(&absent["path"], U256::ZERO, &absent["proof"]), Ok(()));
    assert!(check(&absent["path"], value, &absent["proof"]).is_err());
}

#[test]
#[ignore = "needs headers and proofs of cosmos/ibc-contracts, kept outside of this repository: CIVITAS_BESU"]
fn headers_and_proofs_of_besu_hold() {
    let fixture = judged("qbft");
    let engine = Bft {
        dialect: Dialect::Qbft,
        trusting_seconds: 1_209_600,
        drift_seconds_max: 15,
    };
    let headers: Vec<Vec<u8>> = fixture["headers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|header| bytes(&header["rlp"]))
        .collect();
    // Besu's own hash of 34 is what 35 names as its parent.
    let root = engine.root(&headers[0]).unwrap();
    let now = root.seconds + 10;
    let trust = engine.advance(&root, &headers[1], now).unwrap();
    assert_eq!((trust.height, trust.parent_hash), (35, Some(root.hash)));
    check_storage(&fixture, trust.state_root);
    for at in 0..headers[1].len() {
        let mut altered = headers[1].clone();
        altered[at] ^= 0x10;
        assert!(engine.advance(&root, &altered, now).is_err(), "byte {at}");
    }
}

#[test]
#[ignore = "needs headers and proofs of cosmos/ibc-contracts, kept outside of this repository: CIVITAS_BESU"]
fn headers_of_another_implementation_of_ibft2_hold() {
    let fixture = judged("ibft2");
    let engine = Bft {
        dialect: Dialect::Ibft2,
        trusting_seconds: 1_000,
        drift_seconds_max: 30,
    };
    let root = &fixture["root"];
    let trust = BftTrust {
        height: 10,
        hash: B256::ZERO,
        parent_hash: None,
        seconds: root["timestamp"].as_u64().unwrap(),
        state_root: B256::ZERO,
        receipts_root: B256::ZERO,
        validators: root["validators"]
            .as_array()
            .unwrap()
            .iter()
            .map(|key| Address::from_slice(&bytes(key)))
            .collect(),
    };
    let check = |name: &str| engine.advance(&trust, &bytes(&fixture[name]), 1_030);
    assert_eq!(check("adjacent").unwrap().height, 11);
    let trusted = check("nonAdjacent").unwrap();
    check_storage(&fixture, trusted.state_root);
    assert_eq!(
        check("lowQuorum"),
        Err(BftError::NoQuorum {
            found: 2,
            validators: 4,
            needed: 3
        })
    );
    assert_eq!(
        check("lowOverlap"),
        Err(BftError::NoOverlap {
            found: 1,
            trusted: 4,
            needed: 2
        })
    );
    let mut client = Client::new(engine, trust.clone(), 10);
    assert_eq!(
        client.update(&bytes(&fixture["nonAdjacent"]), 1_030).unwrap(),
        Update::Added
    );
    assert!(matches!(
        client.update(&bytes(&fixture["conflicting"]), 1_030).unwrap(),
        Update::Frozen(_)
    ));
}
