//! Blocks, what follows from them, and crashes in between.

use super::*;
use crate::{records, tests::Scratch};
use alloy_consensus::{
    Eip658Value, Header, Receipt, ReceiptEnvelope, ReceiptWithBloom, SignableTransaction, TxLegacy,
};
use alloy_primitives::{Bytes, LogData, Signature, TxKind, U256};
use alloy_sol_types::{SolCall, SolEvent};
use civitas_system_contracts::{
    access::Denial,
    address::{CONTROL, ROLES},
    interfaces::{IAudit, IControl, IRoles},
};
use civitas_types::{Omission, TxEnvelope};
use std::sync::Arc;

const SENDER: Address = Address::repeat_byte(0xee);

/// A call, how it ended, and its logs.
struct Call {
    to: Address,
    input: Bytes,
    succeeded: bool,
    logs: Vec<Log>,
}

impl Call {
    fn with(to: Address, logs: Vec<Log>) -> Self {
        Self {
            to,
            input: Bytes::new(),
            succeeded: true,
            logs,
        }
    }
}

fn block(height: u64, calls: Vec<Call>, omitted: Vec<Omission>) -> Block {
    let (mut transactions, mut receipts) = (Vec::new(), Vec::new());
    for (nonce, call) in (height * 1_000..).zip(calls) {
        let fields = TxLegacy {
            nonce,
            to: TxKind::Call(call.to),
            input: call.input,
            ..TxLegacy::default()
        };
        let signature = Signature::new(U256::from(1), U256::from(1), false);
        let envelope = TxEnvelope::Legacy(fields.into_signed(signature));
        transactions.push(Arc::new(Transaction::with_sender(envelope, SENDER)));
        let receipt = Receipt {
            status: Eip658Value::Eip658(call.succeeded),
            cumulative_gas_used: 0,
            logs: call.logs,
        };
        receipts.push(ReceiptEnvelope::Legacy(ReceiptWithBloom::from(receipt)));
    }
    Block {
        header: Header {
            number: height,
            ..Header::default()
        },
        hash: B256::ZERO,
        transactions,
        receipts,
        ommers: Vec::new(),
        withdrawals: None,
        omitted,
        timestamp_ms: height * 1_000,
    }
}

fn log(address: Address, event: &impl SolEvent) -> Log {
    Log {
        address,
        data: event.encode_log_data(),
    }
}

fn granted(id: u64) -> Log {
    log(
        ROLES,
        &IRoles::Granted {
            id,
            role: B256::repeat_byte(1),
            subject: B256::repeat_byte(2),
            scope: IRoles::Scope {
                kind: IRoles::ScopeKind::City,
                value: B256::ZERO,
            },
            expiry: 9,
            delegable: true,
            granter: SENDER,
            parent: 0,
        },
    )
}

fn kinds(entries: &[Entry]) -> Vec<&str> {
    entries.iter().map(|entry| entry.kind.as_str()).collect()
}

#[test]
fn events_of_the_system_contracts_are_entries_with_their_fields() {
    let foreign = Log::new_unchecked(Address::repeat_byte(9), Vec::new(), Bytes::new());
    let unknown = Log::new_unchecked(ROLES, vec![B256::repeat_byte(7)], Bytes::new());
    let anchored = log(
        AUDIT,
        &IAudit::Anchored {
            nodeKey: B256::ZERO,
            fromIndex: 0,
            toIndex: 1,
            headHash: B256::ZERO,
        },
    );
    let frozen = log(
        CONTROL,
        &IControl::AccountFrozen {
            account: Address::repeat_byte(5),
            by: SENDER,
            until: 99,
            reason: "fraud".to_owned(),
        },
    );
    let calls = vec![
        Call::with(ROLES, vec![foreign, granted(4)]),
        Call::with(AUDIT, vec![anchored]),
        Call::with(Address::ZERO, vec![unknown, frozen]),
    ];
    let block = block(6, calls, Vec::new());
    let entries = Deriver::default().entries(&block);
    assert_eq!(
        kinds(&entries),
        ["Roles.Granted", "Roles.event", "Control.AccountFrozen"]
    );
    let last = &entries[2];
    assert_eq!(last.actor, SENDER.to_string());
    assert_eq!(last.subject, Address::repeat_byte(5).to_string());
    assert_eq!((last.time_ms, last.outcome), (6_000, Outcome::Done));
    assert_eq!(last.source, Source::Ledger(Position { height: 6, entry: 2 }));
    let details = |name: &str| last.details.get(name).map(String::as_str);
    assert_eq!(
        (details("reason"), details("until"), details("log")),
        (Some("fraud"), Some("99"), Some("4"))
    );
    assert_eq!(
        details("transaction"),
        Some(block.transactions[2].hash().to_string().as_str())
    );
    assert_eq!(entries[0].details["delegable"], "true");
}

#[test]
fn refused_calls_and_omissions_are_entries_and_floods_are_counted() {
    let refused = |to, input: Vec<u8>| Call {
        to,
        input: input.into(),
        succeeded: false,
        logs: Vec::new(),
    };
    let freeze = IControl::freezeAccountCall {
        account: SENDER,
        reason: String::new(),
    };
    let mut calls = vec![
        refused(CONTROL, freeze.abi_encode()),
        refused(CONTROL, vec![1]),
        refused(AUDIT, vec![1, 2, 3, 4]),
        refused(Address::repeat_byte(8), Vec::new()),
    ];
    calls.extend((0..500).map(|_| refused(CONTROL, freeze.abi_encode())));
    let omission = |reason: String| Omission {
        transaction: B256::repeat_byte(3),
        reason,
    };
    let mut omitted = vec![
        omission("nonce 3 too low, expected 4".to_owned()),
        omission("the gas limit of the transaction, 5, is above the gas left in the block, 4".to_owned()),
    ];
    omitted.extend((0..200).map(|number| omission(denials(number).remove(0).to_string())));
    let entries = Deriver::default().entries(&block(2, calls, omitted));
    assert_eq!(entries.len(), REFUSALS_MAX + 1);
    assert_eq!(entries[0].kind, "Control.freezeAccount");
    assert_eq!(entries[0].details["count"], "501");
    assert_eq!(entries[1].kind, "Control.an unknown function");
    assert_eq!(entries[2].kind, "transaction.refused");
    assert!(entries.iter().all(|entry| entry.outcome == Outcome::Refused));
    let total: u64 = entries
        .iter()
        .map(|entry| entry.details["count"].parse::<u64>().unwrap())
        .sum();
    assert_eq!(total, 501 + 1 + 200);
}

fn denials(number: u64) -> Vec<Denial> {
    let account = Address::left_padding_from(&number.to_be_bytes());
    let contract = account;
    vec![
        Denial::AccountFrozen { account },
        Denial::AccountCancelled { account },
        Denial::IdentityNotActive {
            account,
            identity: B256::ZERO,
        },
        Denial::IdentityRequired { account },
        Denial::JoiningNotPermitted { account },
        Denial::DeploymentNotPermitted { account },
        Denial::ContractClosed { contract },
        Denial::FunctionNotPermitted {
            account,
            contract,
            selector: Default::default(),
        },
        Denial::QuotaExceeded {
            gas_limit: 1,
            quota: 2,
            used: 3,
            period_ends: 4,
        },
    ]
}

/// The words of a denial are what tells it from Ethereum's rules.
#[test]
fn every_denial_is_known_by_its_words() {
    for denial in denials(1) {
        assert!(is_denial(&denial.to_string()), "{denial}");
        // A new kind of denial does not compile here before it stands in the list above.
        match denial {
            Denial::AccountFrozen { .. }
            | Denial::AccountCancelled { .. }
            | Denial::IdentityNotActive { .. }
            | Denial::IdentityRequired { .. }
            | Denial::JoiningNotPermitted { .. }
            | Denial::DeploymentNotPermitted { .. }
            | Denial::ContractClosed { .. }
            | Denial::FunctionNotPermitted { .. }
            | Denial::QuotaExceeded { .. } => {}
        }
    }
}

/// The node dies after any number of the written bytes, opens its log, and derives again what is not in it.
#[test]
fn entries_of_the_ledger_are_recorded_once_across_crashes() {
    let blocks: Vec<Block> = (1..8)
        .map(|height| {
            let logs = (0..height % 4)
                .map(|number| granted(height * 10 + number))
                .collect();
            block(height, vec![Call::with(ROLES, logs)], Vec::new())
        })
        .collect();
    let deriver = Deriver::default();
    let follow = |scratch: &Scratch| {
        let mut log = crate::Log::open(scratch.path(), 4_000).unwrap();
        for block in &blocks {
            let mut entries = deriver.entries(block);
            entries.retain(|entry| entry.is_after(log.position()));
            log.append(entries).unwrap();
        }
    };
    let scratch = Scratch::new();
    follow(&scratch);
    let (files, whole) = (scratch.files(), scratch.text());
    assert_eq!(whole.lines().count(), 12);
    follow(&scratch);
    assert_eq!(scratch.text(), whole, "a restart adds nothing");
    for (place, (path, content)) in files.iter().enumerate() {
        // Every byte of a write is tried in the tests of the log.
        for length in (0..content.len()).step_by(37) {
            scratch.restore(&files[..place]);
            std::fs::write(path, &content[..length]).unwrap();
            follow(&scratch);
            assert_eq!(
                scratch.text(),
                whole,
                "crash at byte {length} of {}",
                path.display()
            );
        }
    }
    assert_eq!(records(scratch.path()).unwrap().count(), 12);
}

#[test]
fn a_log_of_no_known_form_does_no_harm() {
    let granted = granted(1);
    let topics = granted.topics().to_vec();
    for cut in 0..granted.data.data.len() {
        let data = LogData::new_unchecked(topics.clone(), granted.data.data.slice(..cut));
        let log = Log { address: ROLES, data };
        let entries = Deriver::default().entries(&block(1, vec![Call::with(ROLES, vec![log])], Vec::new()));
        assert_eq!(kinds(&entries), ["Roles.event"]);
    }
}
