//! Audit records of what a partition ledger refuses: at its door, and of what was ordered.

use alloy_consensus::{SignableTransaction, TxLegacy};
use alloy_primitives::{Address, B256, Signature, TxKind};
use civitas_audit::{Entry, Log, Outcome, SEGMENT_BYTES_MAX, records, start};
use civitas_mempool::Denied;
use civitas_node::partitions::refusals::Refusals;
use civitas_ports::Origin;
use civitas_system_contracts::address::{AUDIT, ROLES};
use civitas_types::{Block, Omission, Transaction};
use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

const SENDER: Address = Address::repeat_byte(0xaa);
const FROZEN: &str = "the account 0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa is frozen";

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_800_000_000 + seconds)
}

fn denied(to: TxKind, nonce: u64) -> Denied {
    let fields = TxLegacy {
        to,
        nonce,
        ..TxLegacy::default()
    };
    let envelope = fields.into_signed(Signature::test_signature()).into();
    Denied {
        transaction: Arc::new(Transaction::with_sender(envelope, SENDER)),
        origin: Origin::Client,
        reason: FROZEN.to_owned(),
    }
}

fn block(reasons: &[&str]) -> Block {
    let omitted = reasons.iter().zip(1..).map(|(reason, byte)| Omission {
        transaction: B256::repeat_byte(byte),
        reason: (*reason).to_owned(),
    });
    Block {
        header: Default::default(),
        hash: B256::ZERO,
        transactions: Vec::new(),
        receipts: Vec::new(),
        ommers: Vec::new(),
        withdrawals: None,
        omitted: omitted.collect(),
        timestamp_ms: 1_800_000_000_500,
    }
}

fn detail<'a>(entry: &'a Entry, name: &str) -> &'a str {
    entry.details.get(name).map_or("", String::as_str)
}

#[test]
fn a_refusal_at_the_door_names_the_ledger_who_and_what() {
    let mut refusals = Refusals::new("cars");
    let refusal = denied(TxKind::Call(ROLES), 0);
    let entry = refusals.denied(&refusal, at(1)).unwrap();
    assert_eq!(
        (entry.kind.as_str(), entry.outcome, entry.time_ms),
        ("door.refused", Outcome::Refused, 1_800_000_001_000)
    );
    assert_eq!(
        (entry.actor.as_str(), entry.subject.as_str()),
        (SENDER.to_string().as_str(), ROLES.to_string().as_str())
    );
    for (name, value) in [
        ("ledger", "cars"),
        ("origin", "client"),
        ("reason", FROZEN),
        ("transaction", &refusal.transaction.hash().to_string()),
        ("count", "1"),
    ] {
        assert_eq!(detail(&entry, name), value, "{name}");
    }
    let created = Refusals::new("cars").denied(&denied(TxKind::Create, 0), at(1));
    assert_eq!(created.unwrap().subject, "a new contract");
    // Anchors that come too early are no act of anybody.
    assert_eq!(refusals.denied(&denied(TxKind::Call(AUDIT), 1), at(1)), None);
}

#[test]
fn what_was_ordered_and_denied_is_recorded_and_what_merely_failed_is_not() {
    let mut refusals = Refusals::new("cars");
    let entries = refusals.applied(&block(&[
        FROZEN,
        "the nonce is too low",
        "the function 0x01020304 of 0xbb needs a role",
        "its gas of 9 is above what the quota of 0xaa leaves",
    ]));
    let told: Vec<_> = entries
        .iter()
        .map(|entry| {
            (
                entry.kind.as_str(),
                entry.subject.clone(),
                detail(entry, "ledger"),
            )
        })
        .collect();
    let of = |byte| ("transaction.refused", B256::repeat_byte(byte).to_string(), "cars");
    assert_eq!(told, [of(1), of(3), of(4)]);
    assert!(
        entries
            .iter()
            .all(|entry| entry.outcome == Outcome::Refused && entry.time_ms == 1_800_000_000_500)
    );
}

#[test]
fn a_flood_is_counted_and_no_count_is_lost() {
    let mut refusals = Refusals::new("cars");
    assert!(refusals.collect(at(0)).is_empty());
    let first = refusals.denied(&denied(TxKind::Call(ROLES), 0), at(1));
    assert!(first.is_some());
    for nonce in 1..=500 {
        assert_eq!(refusals.denied(&denied(TxKind::Call(ROLES), nonce), at(2)), None);
    }
    assert!(refusals.collect(at(59)).is_empty());
    let counts = |entries: Vec<Entry>| -> Vec<String> {
        entries
            .iter()
            .map(|entry| {
                assert_eq!(detail(entry, "ledger"), "cars");
                detail(entry, "count").to_owned()
            })
            .collect()
    };
    assert_eq!(counts(refusals.collect(at(60))), ["500"]);
    // The ledger stops within a window.
    refusals.denied(&denied(TxKind::Call(ROLES), 501), at(61));
    refusals.denied(&denied(TxKind::Call(ROLES), 502), at(61));
    refusals.denied(&denied(TxKind::Call(ROLES), 503), at(61));
    assert_eq!(counts(refusals.flush()), ["2"]);
    assert!(refusals.flush().is_empty());
}

#[test]
fn the_records_stand_in_the_node_s_log() {
    let folder = std::env::temp_dir().join(format!("civitas-refusals-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    let (recorder, writer) = start(Log::open(&folder, SEGMENT_BYTES_MAX).unwrap());
    let mut refusals = Refusals::new("cars");
    recorder.note(refusals.denied(&denied(TxKind::Call(ROLES), 0), at(1)).unwrap());
    for entry in refusals.applied(&block(&[FROZEN])) {
        recorder.note(entry);
    }
    drop(recorder);
    writer.run();
    let told: Vec<_> = records(&folder)
        .unwrap()
        .map(|record| record.unwrap())
        .map(|record| (record.kind, record.details["ledger"].clone()))
        .collect();
    let of = |kind: &str| (kind.to_owned(), "cars".to_owned());
    assert_eq!(told, [of("door.refused"), of("transaction.refused")]);
    std::fs::remove_dir_all(folder).unwrap();
}
