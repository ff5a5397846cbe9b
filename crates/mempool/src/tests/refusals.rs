//! Every reason for which the pool refuses a transaction.

use super::ledger::{CHAIN_ID, Draft, Ledger, signature};
use crate::{Config, Pool, Rules};
use alloy_consensus::{EthereumTxEnvelope, SignableTransaction, TxEip2930, TxEip4844, TxEip7702, TxLegacy};
use alloy_eips::{
    eip2718::Encodable2718,
    eip2930::{AccessList, AccessListItem},
    eip7702::Authorization,
};
use alloy_primitives::{Address, B256, Bytes, Signature, TxKind, U256};
use civitas_ports::{Origin, Refusal, TransactionPool};
use civitas_types::{TransactionError, TxEnvelope};

fn encode(envelope: TxEnvelope) -> Bytes {
    envelope.encoded_2718().into()
}

fn legacy(chain_id: Option<u64>) -> Bytes {
    let fields = TxLegacy {
        chain_id,
        gas_limit: 21_000,
        to: TxKind::Call(Address::ZERO),
        ..TxLegacy::default()
    };
    let signature = signature(1, fields.signature_hash());
    encode(EthereumTxEnvelope::Legacy(fields.into_signed(signature)))
}

fn blob() -> Bytes {
    let fields = TxEip4844 {
        chain_id: CHAIN_ID,
        gas_limit: 21_000,
        blob_versioned_hashes: vec![B256::with_last_byte(1)],
        ..TxEip4844::default()
    };
    let signature = signature(1, fields.signature_hash());
    encode(EthereumTxEnvelope::Eip4844(fields.into_signed(signature)))
}

fn with_access_list(gas_limit: u64) -> Bytes {
    let item = AccessListItem {
        address: Address::ZERO,
        storage_keys: vec![B256::ZERO; 2],
    };
    let fields = TxEip2930 {
        chain_id: CHAIN_ID,
        gas_limit,
        to: TxKind::Call(Address::ZERO),
        access_list: AccessList(vec![item]),
        ..TxEip2930::default()
    };
    let signature = signature(1, fields.signature_hash());
    encode(EthereumTxEnvelope::Eip2930(fields.into_signed(signature)))
}

fn set_code(authorizations: usize, gas_limit: u64) -> Bytes {
    let authorization = Authorization {
        chain_id: U256::from(CHAIN_ID),
        address: Address::ZERO,
        nonce: 0,
    };
    let signed = authorization
        .clone()
        .into_signed(signature(2, authorization.signature_hash()));
    let fields = TxEip7702 {
        chain_id: CHAIN_ID,
        gas_limit,
        authorization_list: vec![signed; authorizations],
        ..TxEip7702::default()
    };
    let signature = signature(1, fields.signature_hash());
    encode(EthereumTxEnvelope::Eip7702(fields.into_signed(signature)))
}

fn create(bytes: usize, gas_limit: u64) -> Bytes {
    let mut draft = Draft::new(1, 0).input(vec![1; bytes]).gas(gas_limit);
    draft.fields.to = TxKind::Create;
    draft.sign()
}

fn for_chain(chain_id: u64) -> Bytes {
    let mut draft = Draft::new(1, 0);
    draft.fields.chain_id = chain_id;
    draft.sign()
}

fn badly_signed() -> Bytes {
    let fields = Draft::new(1, 0).fields;
    let signature = Signature::new(U256::ZERO, U256::ZERO, false);
    encode(EthereumTxEnvelope::Eip1559(fields.into_signed(signature)))
}

/// The other of the two signatures that belong to one message: a second hash for the same transaction.
fn with_high_s() -> Bytes {
    const ORDER: U256 = U256::from_be_slice(&alloy_primitives::hex!(
        "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"
    ));
    let fields = Draft::new(1, 0).fields;
    let low = signature(1, fields.signature_hash());
    let high = Signature::new(low.r(), ORDER - low.s(), !low.v());
    encode(EthereumTxEnvelope::Eip1559(fields.into_signed(high)))
}

fn trailing() -> Bytes {
    let mut raw = Draft::new(1, 0).sign().to_vec();
    raw.extend([1, 2]);
    raw.into()
}

#[test]
fn the_form_is_refused_without_the_state() {
    let chain_id = CHAIN_ID;
    let intrinsic = |gas, needed| Refusal::IntrinsicGasTooLow { gas, needed };
    let table: Vec<(&str, Bytes, Refusal)> = vec![
        (
            "size",
            vec![2; 131_073].into(),
            Refusal::TooLarge {
                bytes: 131_073,
                max: 131_072,
            },
        ),
        (
            "trailing",
            trailing(),
            TransactionError::TrailingBytes { count: 2 }.into(),
        ),
        ("blob", blob(), Refusal::BlobUnsupported),
        ("set code", set_code(0, 100_000), Refusal::InvalidSetCode),
        (
            "init code",
            create(49_153, 5_000_000),
            Refusal::InitCodeTooLarge {
                bytes: 49_153,
                max: 49_152,
            },
        ),
        ("unprotected", legacy(None), Refusal::Unprotected { chain_id }),
        (
            "other chain",
            for_chain(8),
            Refusal::WrongChain { found: 8, chain_id },
        ),
        (
            "other chain, legacy",
            legacy(Some(8)),
            Refusal::WrongChain { found: 8, chain_id },
        ),
        (
            "gas limit",
            Draft::new(1, 0).gas(16_777_217).sign(),
            Refusal::GasLimitTooHigh {
                gas: 16_777_217,
                max: 16_777_216,
            },
        ),
        (
            "transfer",
            Draft::new(1, 0).gas(20_999).sign(),
            intrinsic(20_999, 21_000),
        ),
        // EIP-7623: ten tokens a non-zero byte pair; 21,000 + 40 * 10.
        (
            "floor",
            Draft::new(1, 0).input(vec![1; 10]).sign(),
            intrinsic(21_000, 21_400),
        ),
        (
            "access list",
            with_access_list(27_199),
            intrinsic(27_199, 21_000 + 2_400 + 2 * 1_900),
        ),
        (
            "authorization",
            set_code(2, 70_999),
            intrinsic(70_999, 21_000 + 2 * 25_000),
        ),
        (
            "creation",
            create(32, 53_513),
            intrinsic(53_513, 21_000 + 32_000 + 32 * 16 + 2),
        ),
        ("tip", Draft::new(1, 0).fees(1, 2).sign(), Refusal::TipAboveFee),
        (
            "signature",
            badly_signed(),
            TransactionError::InvalidSignature.into(),
        ),
        ("high s", with_high_s(), TransactionError::InvalidSignature.into()),
    ];
    let (ledger, pool) = Ledger::with_pool(Config::default());
    // None of these may cost a read of the state.
    ledger.break_storage();
    for (name, raw, refusal) in table {
        assert_eq!(pool.submit(raw, Origin::Client), Err(refusal), "{name}");
    }
    for garbage in [&b""[..], b"\x02", b"\xc0", b"\x7f\x00", &[0xff; 200]] {
        let result = pool.submit(Bytes::copy_from_slice(garbage), Origin::Peer);
        assert!(matches!(
            result,
            Err(Refusal::Malformed(TransactionError::Undecodable { .. }))
        ));
    }
    assert_eq!(pool.status().bytes, 0);
}

#[test]
fn what_just_fits_is_taken() {
    for raw in [
        with_access_list(27_200),
        set_code(2, 71_000),
        create(32, 53_514),
        legacy(Some(CHAIN_ID)),
    ] {
        let (_, pool) = Ledger::with_pool(Config::default());
        pool.submit(raw, Origin::Client).unwrap();
    }
}

#[test]
fn the_state_refuses_nonce_funds_and_code() {
    let (ledger, pool) = Ledger::with_pool(Config {
        nonce_gap_max: 3,
        ..Config::default()
    });
    ledger.change(1, |account| account.nonce = 5);
    ledger.fund(2, 21_000);
    ledger.set_code(3, Bytes::from_static(b"\x60\x00"));
    let mut delegation = vec![0xef, 0x01, 0x00];
    delegation.extend([7; 20]);
    ledger.set_code(4, delegation.into());
    ledger.apply(&pool, Vec::new(), Vec::new());
    let cost = U256::from(21_001);
    let table = [
        (Draft::new(1, 4), Some(Refusal::NonceTooLow { nonce: 4, next: 5 })),
        (
            Draft::new(1, 9),
            Some(Refusal::NonceTooHigh {
                nonce: 9,
                next: 5,
                gap_max: 3,
            }),
        ),
        (
            Draft::new(1, u64::MAX),
            Some(Refusal::NonceTooHigh {
                nonce: u64::MAX,
                next: 5,
                gap_max: 3,
            }),
        ),
        (Draft::new(1, 8), None),
        (
            Draft::new(2, 0).fees(1, 0).value(1),
            Some(Refusal::InsufficientFunds {
                balance: U256::from(21_000),
                cost,
            }),
        ),
        (Draft::new(2, 0).fees(1, 0), None),
        (
            Draft::new(3, 0),
            Some(Refusal::SenderHasCode {
                sender: Draft::new(3, 0).sender(),
            }),
        ),
        (Draft::new(4, 0), None),
    ];
    for (draft, refusal) in table {
        let result = pool.submit(draft.sign(), Origin::Client);
        assert_eq!(result.err(), refusal);
    }
    assert_eq!(
        pool.submit(Draft::new(4, 0).sign(), Origin::Client),
        Err(Refusal::AlreadyKnown)
    );
    ledger.break_storage();
    ledger.apply(&pool, Vec::new(), Vec::new());
    assert_eq!(
        pool.submit(Draft::new(5, 0).sign(), Origin::Client),
        Err(Refusal::StateUnavailable)
    );
}

#[test]
fn the_base_fee_is_a_lower_bound() {
    let (ledger, _) = Ledger::with_pool(Config::default());
    let rules = Rules {
        chain_id: CHAIN_ID,
        base_fee: 5,
        transaction_bytes_max: 1_000,
        transaction_gas_max: 30_000,
    };
    let pool = Pool::new(Config::default(), rules, ledger, Box::new(|_, _| Ok(())));
    let refused = pool.submit(Draft::new(1, 0).fees(4, 0).sign(), Origin::Client);
    assert_eq!(refused, Err(Refusal::FeeTooLow { fee: 4, base_fee: 5 }));
    pool.submit(Draft::new(1, 0).fees(5, 0).sign(), Origin::Client)
        .unwrap();
}
