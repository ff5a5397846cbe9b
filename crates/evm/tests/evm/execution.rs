//! Executing blocks of our own ledgers: omissions, the difference, the sealed block.

use crate::support::MemoryState;
use alloy_consensus::{SignableTransaction, TxEip1559, TxEip4844, TxLegacy};
use alloy_eips::{
    eip2935::{HISTORY_STORAGE_ADDRESS, HISTORY_STORAGE_CODE},
    eip4895::{Withdrawal, Withdrawals},
    eip7685::EMPTY_REQUESTS_HASH,
};
use alloy_genesis::GenesisAccount;
use alloy_primitives::{Address, B256, Bytes, Signature, TxKind, U256, address, b256, keccak256};
use alloy_trie::EMPTY_ROOT_HASH;
use civitas_evm::{ChainSpec, EvmExecutor, genesis_block, genesis_diff, seal};
use civitas_ports::{BlockInput, ExecutionError, ExecutionOutput, Executor, Policy};
use civitas_types::{Account, Genesis, Height, LedgerParameters, StateDiff, Transaction, TxEnvelope};
use std::{collections::BTreeMap, sync::Arc};

const CHAIN_ID: u64 = 7;
const ALICE: Address = address!("0x00000000000000000000000000000000000a11ce");
const BOB: Address = address!("0x0000000000000000000000000000000000000b0b");
/// Stores its call data in slot 0 and emits it as a log without topics.
const STORE: Address = address!("0x0000000000000000000000000000000000005703");
const BENEFICIARY: Address = address!("0x0000000000000000000000000000000000000ace");
const PARENT: B256 = B256::repeat_byte(9);

fn genesis() -> Genesis {
    let funded = |ether: u64| GenesisAccount {
        balance: U256::from(ether) * U256::from(10_u64.pow(18)),
        ..GenesisAccount::default()
    };
    // CALLDATALOAD(0) into slot 0 and into a log of 32 bytes.
    let store = Bytes::from_static(&[
        0x5f, 0x35, 0x80, 0x5f, 0x55, 0x5f, 0x52, 0x60, 0x20, 0x5f, 0xa0, 0x00,
    ]);
    let coded = |code: Bytes| GenesisAccount {
        code: Some(code),
        nonce: Some(1),
        ..GenesisAccount::default()
    };
    let alloc = [
        (ALICE, funded(10)),
        (STORE, coded(store)),
        (HISTORY_STORAGE_ADDRESS, coded(HISTORY_STORAGE_CODE.clone())),
    ];
    Genesis {
        ethereum: alloy_genesis::Genesis {
            config: ChainSpec::osaka_config(CHAIN_ID),
            gas_limit: 30_000_000,
            base_fee_per_gas: Some(0),
            alloc: alloc.into(),
            ..alloy_genesis::Genesis::default()
        },
        parameters: LedgerParameters::default(),
        validators: Vec::new(),
    }
}

fn input(transactions: Vec<Arc<Transaction>>) -> BlockInput {
    BlockInput {
        height: Height::new(1),
        parent_hash: PARENT,
        timestamp_ms: 5_999,
        beneficiary: BENEFICIARY,
        prev_randao: B256::repeat_byte(3),
        difficulty: U256::ZERO,
        nonce: 0,
        gas_limit: 30_000_000,
        base_fee: Some(0),
        extra_data: Bytes::new(),
        parent_beacon_block_root: Some(B256::ZERO),
        main: None,
        excess_blob_gas: Some(0),
        withdrawals: Some(Withdrawals::default()),
        ommers: Vec::new(),
        transactions,
        policy: Policy::Omit,
    }
}

/// The sender is given, so the signature need not be one.
fn signed(transaction: impl SignableTransaction<Signature> + Into<TxEnvelopeParts>) -> Arc<Transaction> {
    let signature = Signature::new(U256::ONE, U256::ONE, false);
    let envelope = match transaction.into() {
        TxEnvelopeParts::Legacy(legacy) => TxEnvelope::Legacy(legacy.into_signed(signature)),
        TxEnvelopeParts::Eip1559(eip1559) => TxEnvelope::Eip1559(eip1559.into_signed(signature)),
        TxEnvelopeParts::Eip4844(eip4844) => TxEnvelope::Eip4844(eip4844.into_signed(signature)),
    };
    Arc::new(Transaction::with_sender(envelope, ALICE))
}

enum TxEnvelopeParts {
    Legacy(TxLegacy),
    Eip1559(TxEip1559),
    Eip4844(TxEip4844),
}

impl From<TxLegacy> for TxEnvelopeParts {
    fn from(transaction: TxLegacy) -> Self {
        Self::Legacy(transaction)
    }
}

impl From<TxEip1559> for TxEnvelopeParts {
    fn from(transaction: TxEip1559) -> Self {
        Self::Eip1559(transaction)
    }
}

impl From<TxEip4844> for TxEnvelopeParts {
    fn from(transaction: TxEip4844) -> Self {
        Self::Eip4844(transaction)
    }
}

fn transfer(nonce: u64, value: u64) -> TxEip1559 {
    TxEip1559 {
        chain_id: CHAIN_ID,
        nonce,
        gas_limit: 100_000,
        to: TxKind::Call(BOB),
        value: U256::from(value),
        ..TxEip1559::default()
    }
}

fn store(nonce: u64, value: u8) -> TxEip1559 {
    TxEip1559 {
        to: TxKind::Call(STORE),
        value: U256::ZERO,
        input: B256::with_last_byte(value).into(),
        ..transfer(nonce, 0)
    }
}

fn execute(input: &BlockInput) -> Result<ExecutionOutput, ExecutionError> {
    let state = MemoryState::of_genesis(&genesis());
    EvmExecutor::new(Arc::new(ChainSpec::osaka(CHAIN_ID))).execute(&state, input, None)
}

#[test]
fn what_cannot_be_executed_is_left_out_with_its_reason() {
    let check = |transaction: Arc<Transaction>, expected: &str| {
        let output = execute(&input(vec![Arc::clone(&transaction), signed(transfer(0, 5))])).unwrap();
        let [omission] = output.omitted.as_slice() else {
            panic!("{expected}: {:?}", output.omitted);
        };
        assert_eq!(omission.transaction, transaction.hash());
        assert!(
            omission.reason.contains(expected),
            "{} is not {expected}",
            omission.reason
        );
        // The rest of the block is what it is without the transaction.
        let without = execute(&input(vec![signed(transfer(0, 5))])).unwrap();
        assert_eq!(output.diff, without.diff, "{expected}");
        assert_eq!(output.receipts, without.receipts, "{expected}");
        assert_eq!(output.gas_used, 21_000, "{expected}");

        let mut strict = input(vec![transaction]);
        strict.policy = Policy::Strict;
        let refused = execute(&strict).unwrap_err();
        assert!(
            matches!(refused, ExecutionError::InvalidTransaction { index: 0, .. }),
            "{expected}: {refused}"
        );
    };
    check(signed(transfer(1, 5)), "nonce 1 too high, expected 0");
    let mut poor = transfer(0, 0);
    poor.value = U256::from(11) * U256::from(10_u64.pow(18));
    check(signed(poor), "lack of funds");
    let mut little_gas = transfer(0, 5);
    little_gas.gas_limit = 20_999;
    check(signed(little_gas), "gas limit");
    let mut foreign = transfer(0, 5);
    foreign.chain_id = 8;
    check(signed(foreign), "chain ID");
    let mut much_gas = transfer(0, 5);
    much_gas.gas_limit = 16_777_217;
    check(signed(much_gas), "greater than the cap (16777216)");
    let mut beyond_block = transfer(0, 5);
    beyond_block.gas_limit = 30_000_001;
    check(signed(beyond_block), "above the gas left in the block");
    let tip = TxEip1559 {
        max_priority_fee_per_gas: 1,
        ..transfer(0, 5)
    };
    check(signed(tip), "priority fee is greater than max fee");
    let blob = TxEip4844 {
        chain_id: CHAIN_ID,
        gas_limit: 100_000,
        to: BOB,
        blob_versioned_hashes: Vec::new(),
        ..TxEip4844::default()
    };
    let blob = signed(blob);
    let output = execute(&input(vec![blob])).unwrap();
    assert!(
        output.omitted[0]
            .reason
            .contains("blob transactions (type 3) are not supported")
    );
    assert!(output.diff.accounts.is_empty());
}

#[test]
fn a_full_block_leaves_out_what_does_not_fit() {
    let mut block = input((0..3).map(|nonce| signed(transfer(nonce, 1))).collect());
    block.gas_limit = 121_000;
    let output = execute(&block).unwrap();
    assert_eq!(output.transactions.len(), 2);
    assert_eq!(output.gas_used, 42_000);
    assert!(
        output.omitted[0]
            .reason
            .contains("above the gas left in the block, 79000")
    );
}

#[test]
fn the_difference_holds_real_changes_only() {
    let transactions = vec![signed(store(0, 7)), signed(transfer(1, 5)), signed(store(2, 0))];
    let block = input(transactions);
    let output = execute(&block).unwrap();
    assert!(output.omitted.is_empty());
    let ten = U256::from(10) * U256::from(10_u64.pow(18));
    let account = |nonce, balance| {
        Some(Account {
            nonce,
            balance,
            ..Account::default()
        })
    };
    let accounts = BTreeMap::from([
        (ALICE, account(3, ten - U256::from(5))),
        (BOB, account(0, U256::from(5))),
    ]);
    // Slot 0 went to 7 and back; the beneficiary got nothing; only the parent hash (EIP-2935) was stored.
    assert_eq!(output.diff.accounts, accounts);
    assert_eq!(
        output.diff.storage.keys().collect::<Vec<_>>(),
        [&HISTORY_STORAGE_ADDRESS]
    );
    let history = &output.diff.storage[&HISTORY_STORAGE_ADDRESS];
    assert!(!history.wiped);
    assert_eq!(history.slots, BTreeMap::from([(U256::ZERO, PARENT.into())]));
    assert!(output.diff.codes.is_empty());
    for _ in 0..5 {
        let again = execute(&block).unwrap();
        assert_eq!(again.diff, output.diff);
        assert_eq!(again.receipts, output.receipts);
    }
}

#[test]
fn a_created_contract_is_in_the_difference_with_its_code() {
    // Runtime code STOP, copied by the init code, which also sets slot 1 to 2.
    let init = Bytes::from_static(&[
        0x60, 0x02, 0x60, 0x01, 0x55, 0x60, 0x01, 0x80, 0x60, 0x0e, 0x5f, 0x39, 0x5f, 0xf3, 0x00,
    ]);
    let create = TxLegacy {
        chain_id: Some(CHAIN_ID),
        gas_limit: 200_000,
        to: TxKind::Create,
        input: init,
        ..TxLegacy::default()
    };
    let output = execute(&input(vec![signed(create)])).unwrap();
    assert!(output.receipts[0].status(), "{:?}", output.receipts);
    let contract = ALICE.create(0);
    let code_hash = keccak256([0x00]);
    let account = output.diff.accounts[&contract].unwrap();
    assert_eq!((account.nonce, account.code_hash), (1, code_hash));
    assert_eq!(output.diff.codes[&code_hash], Bytes::from_static(&[0x00]));
    let storage = &output.diff.storage[&contract];
    assert!(!storage.wiped);
    assert_eq!(storage.slots, BTreeMap::from([(U256::ONE, U256::from(2))]));
}

#[test]
fn a_missing_request_contract_is_no_fault_on_our_ledgers_only() {
    let block = input(Vec::new());
    assert_eq!(execute(&block).unwrap().requests_hash, Some(EMPTY_REQUESTS_HASH));
    let strict = BlockInput {
        policy: Policy::Strict,
        ..block
    };
    assert!(matches!(
        execute(&strict),
        Err(ExecutionError::InvalidBlock { .. })
    ));
}

#[test]
fn withdrawals_are_paid() {
    let mut block = input(Vec::new());
    let withdrawal = |amount| Withdrawal {
        address: BOB,
        amount,
        ..Withdrawal::default()
    };
    block.withdrawals = Some(Withdrawals::new(vec![withdrawal(3), withdrawal(4)]));
    let output = execute(&block).unwrap();
    assert_eq!(
        output.diff.accounts[&BOB].unwrap().balance,
        U256::from(7_000_000_000_u64)
    );
    block.withdrawals = Some(Withdrawals::new(vec![withdrawal(0)]));
    assert!(
        execute(&block).unwrap().diff.accounts.is_empty(),
        "an empty account was made"
    );
}

#[test]
fn a_sealed_block_has_the_header_of_its_fork() {
    let block = input(vec![signed(store(0, 7)), signed(transfer(9, 1))]);
    let output = execute(&block).unwrap();
    let sealed = seal(&ChainSpec::osaka(CHAIN_ID), &block, output, B256::repeat_byte(1));
    let header = &sealed.header;
    assert_eq!(sealed.hash, header.hash_slow());
    assert_eq!(
        (header.number, header.timestamp, sealed.timestamp_ms),
        (1, 5, 5_999)
    );
    assert_eq!(header.state_root, B256::repeat_byte(1));
    assert_eq!(header.mix_hash, block.prev_randao);
    assert_eq!(header.base_fee_per_gas, Some(0));
    assert_eq!(header.withdrawals_root, Some(EMPTY_ROOT_HASH));
    assert_eq!((header.blob_gas_used, header.excess_blob_gas), (Some(0), Some(0)));
    assert_eq!(header.parent_beacon_block_root, Some(B256::ZERO));
    assert_eq!(header.requests_hash, Some(EMPTY_REQUESTS_HASH));
    assert_eq!(header.logs_bloom, *sealed.receipts[0].logs_bloom());
    assert!(!header.logs_bloom.is_zero());
    assert_eq!((sealed.transactions.len(), sealed.omitted.len()), (1, 1));
}

#[test]
fn the_genesis_of_ethereum_has_its_known_header_hash() {
    // Ethereum's main network without its accounts: their root is known, and enough for the header.
    let genesis = Genesis {
        ethereum: alloy_genesis::Genesis {
            config: alloy_genesis::ChainConfig::default(),
            nonce: 0x42,
            extra_data: b256!("0x11bbe8db4e347b4e8c937c1c8370e4b5ed33adb3db69cbdb7a38e1e50b1b82fa").into(),
            gas_limit: 5_000,
            difficulty: U256::from(0x4_0000_0000_u64),
            ..alloy_genesis::Genesis::default()
        },
        parameters: LedgerParameters::default(),
        validators: Vec::new(),
    };
    let state_root = b256!("0xd7f8974fb5ac78d9ac099b9ad5018bedc2ce0a72dad1827a1709da30580f0544");
    let hash = b256!("0xd4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3");
    assert_eq!(genesis_block(&genesis, state_root).hash, hash);
    assert_eq!(genesis_diff(&genesis), StateDiff::default());
}
