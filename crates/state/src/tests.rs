//! Encodings: frozen vectors, round trips, and that damaged bytes are refused.

use crate::change::{AccountChange, ChangeSet, SlotChange, StorageChange};
use crate::key::{account_key, slot_key, slot_path};
use crate::record::Record;
use crate::value::{AccountValue, SlotValue};
use alloy_primitives::{Address, B256, Bytes, U256, hex};
use civitas_types::{Account, Block, Header, Height};
use serde_json::{Value, json};

const VECTORS: &str = include_str!("../../../spec/vectors/state-keys.json");

fn vectors() -> Value {
    let addresses = [
        Address::ZERO,
        Address::repeat_byte(0x11),
        Address::with_last_byte(1),
    ];
    let keys: Vec<Value> = addresses
        .iter()
        .flat_map(|address| {
            [(0, U256::ZERO), (0, U256::MAX), (3, U256::from(258))].map(|(incarnation, slot)| {
                json!({
                    "address": address,
                    "incarnation": incarnation,
                    "slot": slot,
                    "accountKey": account_key(address),
                    "slotPath": slot_path(&slot),
                    "slotKey": slot_key(address, incarnation, &slot),
                })
            })
        })
        .collect();
    let values: Vec<Value> = [
        account(5, 0, Some(Account::default())),
        account(300, 2, None),
        AccountValue {
            storage_root: Some(B256::repeat_byte(7)),
            ..account(1, 0, Some(contract()))
        },
    ]
    .iter()
    .map(|value| {
        json!({
            "changed": value.changed,
            "incarnation": value.incarnation,
            "storageRoot": value.storage_root,
            "account": value.account.map(|account| json!({
                "nonce": account.nonce, "balance": account.balance, "codeHash": account.code_hash,
            })),
            "encoded": hex::encode_prefixed(value.encode()),
        })
    })
    .collect();
    let slot = SlotValue {
        changed: Height::new(200),
        value: U256::from(0xffee),
    };
    let zero = SlotValue {
        changed: Height::new(1),
        value: U256::ZERO,
    };
    let slots = [slot, zero].map(|value| {
        json!({
            "changed": value.changed, "value": value.value, "encoded": hex::encode_prefixed(value.encode()),
        })
    });
    json!({
        "keys": keys,
        "accounts": values,
        "slots": slots,
        "changeSet": hex::encode_prefixed(encoded(&changes())),
        "record": hex::encode_prefixed(record().as_bytes()),
    })
}

fn account(changed: u64, incarnation: u64, account: Option<Account>) -> AccountValue {
    AccountValue {
        changed: Height::new(changed),
        incarnation,
        storage_root: None,
        account,
    }
}

fn contract() -> Account {
    Account {
        nonce: 1,
        balance: U256::from(1_u64 << 60),
        code_hash: B256::repeat_byte(9),
    }
}

fn changes() -> ChangeSet {
    let before = Some(SlotValue {
        changed: Height::new(3),
        value: U256::from(4),
    });
    let slots = vec![
        SlotChange {
            slot: U256::from(1),
            before,
            after: U256::ZERO,
        },
        SlotChange {
            slot: U256::from(2),
            before: None,
            after: U256::from(77),
        },
    ];
    ChangeSet {
        height: Height::new(9),
        accounts: vec![
            AccountChange {
                address: Address::repeat_byte(1),
                before: None,
                after: account(9, 0, Some(Account::default())),
            },
            AccountChange {
                address: Address::repeat_byte(2),
                before: Some(account(3, 0, Some(contract()))),
                after: account(9, 1, None),
            },
        ],
        storage: vec![StorageChange {
            address: Address::repeat_byte(3),
            incarnation: 0,
            slots,
        }],
    }
}

fn encoded(changes: &ChangeSet) -> Vec<u8> {
    let mut bytes = Vec::new();
    changes.encode(&mut bytes);
    bytes
}

fn record() -> Record {
    let header = Header {
        number: 9,
        ..Header::default()
    };
    let block = Block {
        hash: header.hash_slow(),
        header,
        transactions: Vec::new(),
        receipts: Vec::new(),
        ommers: vec![Header::default()],
        withdrawals: Some(Default::default()),
        omitted: Vec::new(),
        timestamp_ms: 1_234,
    };
    Record::encode(
        &block,
        &changes(),
        &[(B256::repeat_byte(4), Bytes::from_static(b"code"))],
    )
    .unwrap()
}

#[test]
fn encodings_are_frozen() {
    let frozen: Value = serde_json::from_str(VECTORS).unwrap();
    let without_record = |mut vectors: Value| {
        vectors.as_object_mut().unwrap().remove("record");
        vectors
    };
    // A record that is written today need not be compressed to the same bytes, but the old one must be readable.
    let (old, current) = (without_record(frozen.clone()), without_record(vectors()));
    assert_eq!(old, current, "if this is meant, write:\n{:#}", vectors());
    let old = Record::new(hex::decode(frozen["record"].as_str().unwrap()).unwrap().into());
    assert_eq!(old.block(), record().block());
    assert_eq!(old.changes(Height::new(9)), Ok(changes()));
}

#[test]
fn values_and_changes_come_back() {
    for value in [
        account(0, 0, None),
        account(300, 2, Some(contract())),
        account(1, 0, Some(Account::default())),
    ] {
        assert_eq!(AccountValue::decode(&value.encode()), Ok(value));
        let root = AccountValue {
            storage_root: Some(B256::repeat_byte(7)),
            ..value
        };
        assert_eq!(AccountValue::decode(&root.encode()), Ok(root));
    }
    for value in [U256::ZERO, U256::from(255), U256::from(256), U256::MAX] {
        let slot = SlotValue {
            changed: Height::new(u64::MAX),
            value,
        };
        assert_eq!(SlotValue::decode(&slot.encode()), Ok(slot));
    }
    assert_eq!(
        ChangeSet::decode(Height::new(9), &encoded(&changes())),
        Ok(changes())
    );
}

#[test]
fn cut_or_longer_bytes_are_refused() {
    let bytes = encoded(&changes());
    for length in 0..bytes.len() {
        assert!(
            ChangeSet::decode(Height::new(9), &bytes[..length]).is_err(),
            "{length} bytes"
        );
    }
    assert!(ChangeSet::decode(Height::new(9), &[&bytes[..], &[0]].concat()).is_err());
    let record = record();
    let whole = record.as_bytes().clone();
    assert_eq!(record.changes(Height::new(9)), Ok(changes()));
    for length in 0..whole.len() {
        let cut = Record::new(whole.slice(..length));
        assert!(cut.block().is_err() || cut.changes(Height::new(9)).is_err() || length + 5 >= whole.len());
    }
    for position in 0..whole.len() {
        let mut damaged = whole.to_vec();
        damaged[position] ^= 0xff;
        let damaged = Record::new(damaged.into());
        // Whatever they give, they do not panic.
        let _ = (
            damaged.block().is_ok(),
            damaged.changes(Height::new(9)).is_ok(),
            damaged.code(&B256::ZERO).is_ok(),
        );
    }
}
