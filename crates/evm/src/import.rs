//! Taking in blocks of an Ethereum chain: the judges of our execution.
//!
//! ```text
//! imported block ──check_header──▶ block_input_of ──▶ execute (Strict) ──▶ seal ──▶ check_sealed ──▶ same hash
//! ```
//!
//! Difficulty and seal of proof of work are not checked: an imported chain is trusted to be the one it claims to be;
//! what is judged is that executing it gives the same roots.

use crate::{
    environment::MILLISECONDS_PER_SECOND,
    error::{HeaderError, ImportError},
    spec::ChainSpec,
};
use alloy_consensus::Block as EthereumBlock;
use alloy_eips::{
    eip1559::{BaseFeeParams, INITIAL_BASE_FEE},
    eip4844::DATA_GAS_PER_BLOB,
};
use alloy_hardforks::EthereumHardforks;
use alloy_primitives::{Address, B64, B256};
use civitas_ports::{BlockInput, Policy};
use civitas_types::{Header, Height, Transaction, TxEnvelope};
use std::{fmt::Debug, sync::Arc};

/// The least gas limit of a block (Yellow Paper, 4.4.4).
const GAS_LIMIT_MIN: u64 = 5_000;
/// The gas limit moves by less than this part of the parent's (Yellow Paper, 4.4.4).
const GAS_LIMIT_BOUND_DIVISOR: u64 = 1_024;
/// In the first block of London the gas limit doubles, its target being the old limit (EIP-1559).
const ELASTICITY: u64 = 2;
/// Bytes of extra data in a header, at most (Yellow Paper, 4.4.4).
const EXTRA_DATA_BYTES_MAX: usize = 32;

/// What to execute to get the imported `block`. `senders[i]` was recovered from `transactions[i]`.
///
/// # Errors
/// [`ImportError::Senders`] and [`ImportError::Timestamp`].
pub fn block_input_of(
    block: EthereumBlock<TxEnvelope>,
    senders: &[Address],
) -> Result<BlockInput, ImportError> {
    let EthereumBlock { header, body } = block;
    let height = Height::new(header.number);
    if body.transactions.len() != senders.len() {
        return Err(ImportError::Senders {
            height,
            transactions: body.transactions.len(),
            senders: senders.len(),
        });
    }
    let timestamp_ms =
        header
            .timestamp
            .checked_mul(MILLISECONDS_PER_SECOND)
            .ok_or(ImportError::Timestamp {
                height,
                seconds: header.timestamp,
            })?;
    let transactions = body.transactions.into_iter().zip(senders);
    Ok(BlockInput {
        height,
        parent_hash: header.parent_hash,
        timestamp_ms,
        beneficiary: header.beneficiary,
        prev_randao: header.mix_hash,
        difficulty: header.difficulty,
        nonce: header.nonce.into(),
        gas_limit: header.gas_limit,
        base_fee: header.base_fee_per_gas,
        extra_data: header.extra_data,
        parent_beacon_block_root: header.parent_beacon_block_root,
        main: None,
        excess_blob_gas: header.excess_blob_gas,
        withdrawals: body.withdrawals,
        ommers: body.ommers,
        transactions: transactions
            .map(|(envelope, sender)| Arc::new(Transaction::with_sender(envelope, *sender)))
            .collect(),
        policy: Policy::Strict,
    })
}

/// Checks what a header must obey given its parent, before anything is executed.
///
/// # Errors
/// The first rule that is broken.
pub fn check_header(
    spec: &ChainSpec,
    parent: &Header,
    parent_hash: B256,
    header: &Header,
) -> Result<(), HeaderError> {
    check_place(parent, parent_hash, header)?;
    check_gas(spec, parent, header)?;
    check_blob_gas(spec, parent, header)?;
    check_presence(spec, header)?;
    check_merge(spec, header)
}

fn check_place(parent: &Header, parent_hash: B256, header: &Header) -> Result<(), HeaderError> {
    if parent.number.checked_add(1) != Some(header.number) {
        return Err(HeaderError::Number {
            found: header.number,
            expected: parent.number.saturating_add(1),
        });
    }
    if header.parent_hash != parent_hash {
        return Err(HeaderError::ParentHash {
            found: header.parent_hash,
            expected: parent_hash,
        });
    }
    if header.timestamp <= parent.timestamp {
        return Err(HeaderError::Timestamp {
            found: header.timestamp,
            parent: parent.timestamp,
        });
    }
    if header.extra_data.len() > EXTRA_DATA_BYTES_MAX {
        return Err(HeaderError::ExtraData {
            found: header.extra_data.len(),
            max: EXTRA_DATA_BYTES_MAX,
        });
    }
    Ok(())
}

fn check_gas(spec: &ChainSpec, parent: &Header, header: &Header) -> Result<(), HeaderError> {
    if header.gas_used > header.gas_limit {
        return Err(HeaderError::GasUsed {
            used: header.gas_used,
            limit: header.gas_limit,
        });
    }
    let london = spec.is_london_active_at_block(header.number);
    let first_of_london = london && !spec.is_london_active_at_block(parent.number);
    let parent_limit = if first_of_london {
        parent.gas_limit.saturating_mul(ELASTICITY)
    } else {
        parent.gas_limit
    };
    let moved = header.gas_limit.abs_diff(parent_limit);
    if moved >= parent_limit / GAS_LIMIT_BOUND_DIVISOR || header.gas_limit < GAS_LIMIT_MIN {
        return Err(HeaderError::GasLimit {
            found: header.gas_limit,
            parent: parent_limit,
            min: GAS_LIMIT_MIN,
        });
    }
    let expected = if first_of_london {
        Some(INITIAL_BASE_FEE)
    } else if london {
        parent.next_block_base_fee(BaseFeeParams::ethereum())
    } else {
        None
    };
    if header.base_fee_per_gas != expected {
        return Err(HeaderError::BaseFee {
            found: header.base_fee_per_gas,
            expected,
        });
    }
    Ok(())
}

fn check_blob_gas(spec: &ChainSpec, parent: &Header, header: &Header) -> Result<(), HeaderError> {
    // The parameters are those of the block itself, also for what its parent used (EIP-7892).
    let Some(params) = spec.blob_params(header.timestamp) else {
        return Ok(());
    };
    // In the first block with blobs the parent counts as one without any.
    let expected = Some(parent.next_block_excess_blob_gas(params).unwrap_or(0));
    if header.excess_blob_gas != expected {
        return Err(HeaderError::ExcessBlobGas {
            found: header.excess_blob_gas,
            expected,
        });
    }
    let used = header.blob_gas_used.unwrap_or(0);
    let max = params.max_blob_gas_per_block();
    if used > max || !used.is_multiple_of(DATA_GAS_PER_BLOB) {
        return Err(HeaderError::BlobGasUsed {
            used,
            max,
            unit: DATA_GAS_PER_BLOB,
        });
    }
    Ok(())
}

fn check_presence(spec: &ChainSpec, header: &Header) -> Result<(), HeaderError> {
    let shanghai = spec.is_shanghai_active_at_timestamp(header.timestamp);
    let cancun = spec.is_cancun_active_at_timestamp(header.timestamp);
    let prague = spec.is_prague_active_at_timestamp(header.timestamp);
    let fields = [
        ("withdrawalsRoot", header.withdrawals_root.is_some(), shanghai),
        ("blobGasUsed", header.blob_gas_used.is_some(), cancun),
        ("excessBlobGas", header.excess_blob_gas.is_some(), cancun),
        (
            "parentBeaconBlockRoot",
            header.parent_beacon_block_root.is_some(),
            cancun,
        ),
        ("requestsHash", header.requests_hash.is_some(), prague),
    ];
    match fields.iter().find(|(_, found, required)| found != required) {
        Some((field, _, required)) => Err(HeaderError::Presence {
            field,
            required: *required,
        }),
        None => Ok(()),
    }
}

fn check_merge(spec: &ChainSpec, header: &Header) -> Result<(), HeaderError> {
    let merged = spec.is_paris_active_at_block(header.number);
    if merged != header.difficulty.is_zero() {
        return Err(HeaderError::Difficulty {
            found: header.difficulty,
        });
    }
    if merged && header.nonce != B64::ZERO {
        return Err(HeaderError::Nonce);
    }
    Ok(())
}

/// Checks that execution gave the imported header, field by field, so that the first difference can be named.
///
/// # Errors
/// [`ImportError::Mismatch`].
pub fn check_sealed(imported: &Header, sealed: &Header) -> Result<(), ImportError> {
    let field = |field, expected: &dyn Debug, found: &dyn Debug| {
        let (expected, found) = (format!("{expected:?}"), format!("{found:?}"));
        if expected == found {
            return Ok(());
        }
        Err(ImportError::Mismatch {
            height: Height::new(imported.number),
            field,
            expected,
            found,
        })
    };
    if imported == sealed {
        return Ok(());
    }
    let (a, b) = (imported, sealed);
    field("gasUsed", &a.gas_used, &b.gas_used)?;
    field("receiptsRoot", &a.receipts_root, &b.receipts_root)?;
    field("logsBloom", &a.logs_bloom, &b.logs_bloom)?;
    field("stateRoot", &a.state_root, &b.state_root)?;
    field("transactionsRoot", &a.transactions_root, &b.transactions_root)?;
    field("sha3Uncles", &a.ommers_hash, &b.ommers_hash)?;
    field("withdrawalsRoot", &a.withdrawals_root, &b.withdrawals_root)?;
    field("blobGasUsed", &a.blob_gas_used, &b.blob_gas_used)?;
    field("requestsHash", &a.requests_hash, &b.requests_hash)?;
    field("header", &a, &b)
}
