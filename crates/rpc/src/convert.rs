//! From the ledger's types to those that clients see. Pure; every answer about blocks and transactions is made here.

use alloy_consensus::{Transaction as _, transaction::Recovered};
use alloy_eips::eip2718::Encodable2718;
use alloy_primitives::{Bytes, U256};
use alloy_rlp::{Encodable, Header as RlpHeader, encode_list, list_length};
use alloy_rpc_types_eth::{
    BlockTransactions, Header as HeaderObject, Log as LogObject, TransactionInfo, TransactionReceipt,
};
use civitas_api::ethereum::{Block as BlockObject, Transaction as TransactionObject};
use civitas_evm::{ChainSpec, blob_base_fee};
use civitas_ports::LogRecord;
use civitas_types::{Block, Header, ReceiptEnvelope, Transaction};
use std::sync::Arc;

/// Lowest first byte of an RLP list: only an untyped transaction begins with one.
const RLP_LIST: u8 = 0xc0;

/// Which form the transactions of a block take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transactions {
    /// Their hashes.
    Hashes,
    /// Whole.
    Whole,
}

impl From<Option<bool>> for Transactions {
    fn from(whole: Option<bool>) -> Self {
        if whole == Some(true) {
            Self::Whole
        } else {
            Self::Hashes
        }
    }
}

/// A block.
pub(crate) fn block(block: &Block, form: Transactions) -> BlockObject {
    let transactions = match form {
        Transactions::Hashes => BlockTransactions::Hashes(
            block
                .transactions
                .iter()
                .map(|transaction| transaction.hash())
                .collect(),
        ),
        Transactions::Whole => BlockTransactions::Full(
            (0..block.transactions.len())
                .filter_map(|index| transaction_in(block, index))
                .collect(),
        ),
    };
    BlockObject {
        header: HeaderObject {
            size: Some(U256::from(encoded_block_length(block))),
            ..header(block)
        },
        uncles: block.ommers.iter().map(Header::hash_slow).collect(),
        transactions,
        withdrawals: block.withdrawals.clone(),
    }
}

/// An uncle, which has no transactions to show.
pub(crate) fn uncle(ommer: &Header) -> BlockObject {
    let alone = alloy_consensus::Block::<alloy_consensus::TxEnvelope>::uncle(ommer.clone());
    BlockObject {
        header: HeaderObject {
            hash: ommer.hash_slow(),
            inner: ommer.clone(),
            total_difficulty: None,
            size: Some(U256::from(alone.length())),
        },
        uncles: Vec::new(),
        transactions: BlockTransactions::Uncle,
        withdrawals: None,
    }
}

/// The header of a block, without the block's size.
pub(crate) fn header(block: &Block) -> HeaderObject {
    HeaderObject {
        hash: block.hash,
        inner: block.header.clone(),
        total_difficulty: None,
        size: None,
    }
}

/// The transaction at a position of a block; none if the block is shorter.
pub(crate) fn transaction_in(block: &Block, index: usize) -> Option<TransactionObject> {
    let transaction = block.transactions.get(index)?;
    let info = TransactionInfo {
        hash: Some(transaction.hash()),
        index: u64::try_from(index).ok(),
        block_hash: Some(block.hash),
        block_number: Some(block.header.number),
        base_fee: block.header.base_fee_per_gas,
        block_timestamp: Some(block.header.timestamp),
    };
    Some(object(transaction, info))
}

/// A transaction that waits.
pub(crate) fn waiting(transaction: &Transaction) -> TransactionObject {
    object(
        transaction,
        TransactionInfo {
            hash: Some(transaction.hash()),
            ..TransactionInfo::default()
        },
    )
}

fn object(transaction: &Transaction, info: TransactionInfo) -> TransactionObject {
    let recovered = Recovered::new_unchecked(transaction.envelope().clone(), transaction.sender());
    TransactionObject::from_transaction(recovered, info)
}

/// The receipts of a block.
pub(crate) fn receipts(spec: &ChainSpec, block: &Block) -> Vec<TransactionReceipt> {
    let mut logs_before = 0;
    let mut gas_before = 0;
    let mut receipts = Vec::with_capacity(block.receipts.len());
    for (index, (transaction, envelope)) in block.transactions.iter().zip(&block.receipts).enumerate() {
        let place = Place {
            block,
            index,
            transaction,
            logs_before,
            gas_before,
        };
        receipts.push(receipt(spec, &place, envelope));
        logs_before += envelope.logs().len();
        gas_before = envelope.cumulative_gas_used();
    }
    receipts
}

/// The receipt at a position of a block; none if the block is shorter.
pub(crate) fn receipt_at(spec: &ChainSpec, block: &Block, index: usize) -> Option<TransactionReceipt> {
    let transaction = block.transactions.get(index)?;
    let envelope = block.receipts.get(index)?;
    let before = block.receipts.get(..index)?;
    let place = Place {
        block,
        index,
        transaction,
        logs_before: before.iter().map(|earlier| earlier.logs().len()).sum(),
        gas_before: before.last().map_or(0, |earlier| earlier.cumulative_gas_used()),
    };
    Some(receipt(spec, &place, envelope))
}

struct Place<'a> {
    block: &'a Block,
    index: usize,
    transaction: &'a Transaction,
    logs_before: usize,
    gas_before: u64,
}

fn receipt(spec: &ChainSpec, place: &Place<'_>, envelope: &ReceiptEnvelope) -> TransactionReceipt {
    let Place {
        block, transaction, ..
    } = *place;
    let fields = transaction.envelope();
    let blob_gas = fields.blob_gas_used();
    let mut log_index = place.logs_before;
    let inner = envelope.clone().map_logs(|log| {
        let object = log_object(place, log, log_index);
        log_index += 1;
        object
    });
    TransactionReceipt {
        inner,
        transaction_hash: transaction.hash(),
        transaction_index: u64::try_from(place.index).ok(),
        block_hash: Some(block.hash),
        block_number: Some(block.header.number),
        gas_used: envelope.cumulative_gas_used().saturating_sub(place.gas_before),
        effective_gas_price: fields.effective_gas_price(block.header.base_fee_per_gas),
        blob_gas_used: blob_gas,
        blob_gas_price: blob_gas
            .and_then(|_| blob_base_fee(spec, &block.header))
            .and_then(|price| u128::try_from(price).ok()),
        from: transaction.sender(),
        to: fields.to(),
        contract_address: fields
            .to()
            .is_none()
            .then(|| transaction.sender().create(fields.nonce())),
    }
}

fn log_object(place: &Place<'_>, log: alloy_primitives::Log, log_index: usize) -> LogObject {
    LogObject {
        inner: log,
        block_hash: Some(place.block.hash),
        block_number: Some(place.block.header.number),
        block_timestamp: Some(place.block.header.timestamp),
        transaction_hash: Some(place.transaction.hash()),
        transaction_index: u64::try_from(place.index).ok(),
        log_index: u64::try_from(log_index).ok(),
        removed: false,
    }
}

/// All logs of a block, in their order.
pub(crate) fn logs(block: &Block) -> impl Iterator<Item = LogObject> + '_ {
    let mut log_index = 0;
    block
        .transactions
        .iter()
        .zip(&block.receipts)
        .enumerate()
        .flat_map(move |(index, (transaction, envelope))| {
            let place = Place {
                block,
                index,
                transaction,
                logs_before: log_index,
                gas_before: 0,
            };
            log_index += envelope.logs().len();
            let logs = envelope.logs().iter().enumerate();
            logs.map(|(offset, log)| log_object(&place, log.clone(), place.logs_before + offset))
                .collect::<Vec<_>>()
        })
}

/// A log that the store found.
pub(crate) fn log(record: LogRecord) -> LogObject {
    LogObject {
        inner: record.log,
        block_hash: Some(record.block_hash),
        block_number: Some(record.height.get()),
        block_timestamp: Some(record.timestamp),
        transaction_hash: Some(record.transaction_hash),
        transaction_index: Some(record.transaction_index.into()),
        log_index: Some(record.log_index.into()),
        removed: false,
    }
}

/// A transaction as it stands in the body of a block: typed ones are wrapped in a string (EIP-2718).
enum InBody<'a> {
    Untyped(&'a Bytes),
    Typed(&'a Bytes),
}

impl<'a> InBody<'a> {
    fn of(transaction: &'a Arc<Transaction>) -> Self {
        let raw = transaction.raw();
        if raw.first().is_some_and(|byte| *byte >= RLP_LIST) {
            Self::Untyped(raw)
        } else {
            Self::Typed(raw)
        }
    }
}

impl Encodable for InBody<'_> {
    fn encode(&self, out: &mut dyn alloy_rlp::BufMut) {
        match self {
            Self::Untyped(raw) => out.put_slice(raw),
            Self::Typed(raw) => raw.as_ref().encode(out),
        }
    }

    fn length(&self) -> usize {
        match self {
            Self::Untyped(raw) => raw.len(),
            Self::Typed(raw) => raw.as_ref().length(),
        }
    }
}

fn payload_length(block: &Block, transactions: &[InBody<'_>]) -> usize {
    block.header.length()
        + list_length::<_, InBody<'_>>(transactions)
        + list_length::<_, Header>(&block.ommers)
        + block
            .withdrawals
            .as_ref()
            .map_or(0, |withdrawals| list_length::<_, _>(&withdrawals.0))
}

fn encoded_block_length(block: &Block) -> usize {
    let transactions: Vec<InBody<'_>> = block.transactions.iter().map(InBody::of).collect();
    let payload_length = payload_length(block, &transactions);
    RlpHeader {
        list: true,
        payload_length,
    }
    .length_with_payload()
}

/// RLP of a block: header, transactions, uncles and, from Shanghai on, withdrawals.
pub(crate) fn encoded_block(block: &Block) -> Bytes {
    let transactions: Vec<InBody<'_>> = block.transactions.iter().map(InBody::of).collect();
    let payload_length = payload_length(block, &transactions);
    let mut out = Vec::with_capacity(payload_length + 9);
    RlpHeader {
        list: true,
        payload_length,
    }
    .encode(&mut out);
    block.header.encode(&mut out);
    encode_list::<_, InBody<'_>>(&transactions, &mut out);
    encode_list::<_, Header>(&block.ommers, &mut out);
    if let Some(withdrawals) = &block.withdrawals {
        encode_list(&withdrawals.0, &mut out);
    }
    out.into()
}

/// RLP of a header.
pub(crate) fn encoded_header(header: &Header) -> Bytes {
    alloy_rlp::encode(header).into()
}

/// The encoded receipts of a block (EIP-2718).
pub(crate) fn encoded_receipts(block: &Block) -> Vec<Bytes> {
    block
        .receipts
        .iter()
        .map(|receipt| receipt.encoded_2718().into())
        .collect()
}
