//! Making Ethereum blocks: the genesis block, and the block of an executed input.
//!
//! The header has exactly the fields of its fork, so that its hash is the one that every Ethereum tool computes.

use crate::{
    environment::{MILLISECONDS_PER_SECOND, header_before_execution},
    spec::ChainSpec,
};
use alloy_consensus::proofs::{
    calculate_ommers_root, calculate_receipt_root, calculate_withdrawals_root, ordered_trie_root_with_encoder,
};
use alloy_eips::{eip1559::INITIAL_BASE_FEE, eip4895::Withdrawals, eip7685::EMPTY_REQUESTS_HASH};
use alloy_hardforks::EthereumHardforks;
use alloy_primitives::{B256, Bloom, U256, keccak256};
use alloy_trie::EMPTY_ROOT_HASH;
use civitas_ports::{BlockInput, ExecutionOutput};
use civitas_types::{Account, Block, Genesis, Header, ReceiptEnvelope, StateDiff, StorageDiff};

/// The block that executing `input` gave, once the state root after it is known.
pub fn seal(spec: &ChainSpec, input: &BlockInput, output: ExecutionOutput, state_root: B256) -> Block {
    let mut header = header_before_execution(input);
    header.ommers_hash = calculate_ommers_root(&input.ommers);
    header.state_root = state_root;
    header.transactions_root = ordered_trie_root_with_encoder(&output.transactions, |transaction, buffer| {
        buffer.extend_from_slice(transaction.raw());
    });
    header.receipts_root = calculate_receipt_root(&output.receipts);
    header.logs_bloom = logs_bloom(&output.receipts);
    header.gas_used = output.gas_used;
    header.withdrawals_root = input
        .withdrawals
        .as_ref()
        .map(|all| calculate_withdrawals_root(all));
    header.blob_gas_used = spec
        .is_cancun_active_at_timestamp(header.timestamp)
        .then_some(output.blob_gas_used);
    header.requests_hash = output.requests_hash;
    Block {
        hash: header.hash_slow(),
        header,
        transactions: output.transactions,
        receipts: output.receipts,
        ommers: input.ommers.clone(),
        withdrawals: input.withdrawals.clone(),
        omitted: output.omitted,
        timestamp_ms: input.timestamp_ms,
    }
}

fn logs_bloom(receipts: &[ReceiptEnvelope]) -> Bloom {
    receipts
        .iter()
        .fold(Bloom::ZERO, |bloom, receipt| bloom | *receipt.logs_bloom())
}

/// The genesis block, `state_root` being that of [`genesis_diff`] on the empty state.
pub fn genesis_block(genesis: &Genesis, state_root: B256) -> Block {
    let ethereum = &genesis.ethereum;
    let spec = ChainSpec::from_config(&ethereum.config);
    let number = ethereum.number.unwrap_or_default();
    let london = spec.is_london_active_at_block(number);
    let base_fee = ethereum
        .base_fee_per_gas
        .map_or(INITIAL_BASE_FEE, |fee| u64::try_from(fee).unwrap_or(u64::MAX));
    let shanghai = spec.is_shanghai_active_at_timestamp(ethereum.timestamp);
    let cancun = spec.is_cancun_active_at_timestamp(ethereum.timestamp);
    let prague = spec.is_prague_active_at_timestamp(ethereum.timestamp);
    let header = Header {
        parent_hash: ethereum.parent_hash.unwrap_or_default(),
        number,
        timestamp: ethereum.timestamp,
        nonce: ethereum.nonce.into(),
        extra_data: ethereum.extra_data.clone(),
        gas_limit: ethereum.gas_limit,
        difficulty: ethereum.difficulty,
        mix_hash: ethereum.mix_hash,
        beneficiary: ethereum.coinbase,
        state_root,
        base_fee_per_gas: london.then_some(base_fee),
        withdrawals_root: shanghai.then_some(EMPTY_ROOT_HASH),
        blob_gas_used: cancun.then(|| ethereum.blob_gas_used.unwrap_or_default()),
        excess_blob_gas: cancun.then(|| ethereum.excess_blob_gas.unwrap_or_default()),
        parent_beacon_block_root: cancun.then_some(B256::ZERO),
        requests_hash: prague.then_some(EMPTY_REQUESTS_HASH),
        ..Header::default()
    };
    Block {
        hash: header.hash_slow(),
        header,
        transactions: Vec::new(),
        receipts: Vec::new(),
        ommers: Vec::new(),
        withdrawals: shanghai.then(Withdrawals::default),
        omitted: Vec::new(),
        timestamp_ms: ethereum.timestamp.saturating_mul(MILLISECONDS_PER_SECOND),
    }
}

/// The accounts, storage and code that the genesis puts into the empty state.
pub fn genesis_diff(genesis: &Genesis) -> StateDiff {
    let mut diff = StateDiff::default();
    for (address, allocated) in &genesis.ethereum.alloc {
        let mut account = Account {
            nonce: allocated.nonce.unwrap_or_default(),
            balance: allocated.balance,
            ..Account::default()
        };
        if let Some(code) = allocated.non_empty_code() {
            account.code_hash = keccak256(code);
            diff.codes.insert(account.code_hash, code.clone());
        }
        diff.accounts.insert(*address, Some(account));
        let slots = allocated
            .storage_slots()
            .filter(|(_, value)| !value.is_zero())
            .map(|(slot, value)| (U256::from_be_bytes(slot.0), value));
        let slots = StorageDiff {
            wiped: false,
            slots: slots.collect(),
        };
        if !slots.slots.is_empty() {
            diff.storage.insert(*address, slots);
        }
    }
    diff
}
