//! Prices: base fees, suggestions, and their history.
//!
//! On our own ledgers the base fee is a ledger parameter and nobody needs to pay a priority fee. On imported
//! chains Ethereum's rules hold, and suggestions follow what recent transactions paid.

use crate::{Arguments, Backend, RpcError, registry::add};
use alloy_consensus::Transaction as _;
use alloy_eips::{BlockId, BlockNumberOrTag, eip1559::BaseFeeParams, eip1559::INITIAL_BASE_FEE};
use alloy_primitives::U256;
use alloy_rpc_types_eth::FeeHistory;
use civitas_evm::blob_base_fee;
use civitas_types::{Block, Header, Height};
use jsonrpsee::{core::RegisterMethodError, server::RpcModule};
use serde::{Deserialize, Deserializer, de};
use std::sync::Arc;

/// Blocks that a suggestion looks at.
const SUGGESTION_BLOCKS: u64 = 20;
/// Transactions of a block that a suggestion looks at: its cheapest ones.
const SUGGESTION_BLOCK_SAMPLES: usize = 3;
/// The share of recent low tips that a suggestion beats, in percent (as geth).
const SUGGESTION_PERCENTILE: usize = 60;
/// Percentiles of one `eth_feeHistory`, at most.
const PERCENTILES_MAX: usize = 100;

/// Registers the methods of this module.
pub(crate) fn register(module: &mut RpcModule<Backend>) -> Result<(), RegisterMethodError> {
    add(module, "eth_baseFee", base_fee)?;
    add(module, "eth_blobBaseFee", blob_fee)?;
    add(module, "eth_gasPrice", gas_price)?;
    add(module, "eth_maxPriorityFeePerGas", priority_fee)?;
    add(module, "eth_feeHistory", fee_history)?;
    add(module, "eth_config", crate::forks::config)
}

async fn head(backend: &Backend) -> Result<Arc<Block>, RpcError> {
    backend.known_block(BlockId::latest()).await
}

async fn base_fee(backend: Arc<Backend>, arguments: Arguments) -> Result<U256, RpcError> {
    arguments.end()?;
    Ok(U256::from(next_base_fee(&backend, &head(&backend).await?.header)))
}

async fn blob_fee(backend: Arc<Backend>, arguments: Arguments) -> Result<U256, RpcError> {
    arguments.end()?;
    Ok(blob_base_fee(backend.spec(), &head(&backend).await?.header).unwrap_or_default())
}

async fn gas_price(backend: Arc<Backend>, arguments: Arguments) -> Result<U256, RpcError> {
    arguments.end()?;
    let next = next_base_fee(&backend, &head(&backend).await?.header);
    Ok(U256::from(
        suggested_tip(&backend).await?.saturating_add(next.into()),
    ))
}

async fn priority_fee(backend: Arc<Backend>, arguments: Arguments) -> Result<U256, RpcError> {
    arguments.end()?;
    Ok(U256::from(suggested_tip(&backend).await?))
}

/// Base fee of the block after `parent`, in wei; zero before London.
pub(crate) fn next_base_fee(backend: &Backend, parent: &Header) -> u64 {
    if !backend.is_imported() {
        return backend.genesis().parameters.base_fee;
    }
    let next = parent.number.saturating_add(1);
    let london = is_london(backend, next, parent.timestamp);
    match parent.next_block_base_fee(BaseFeeParams::ethereum()) {
        Some(fee) => fee,
        None if london => INITIAL_BASE_FEE,
        None => 0,
    }
}

fn is_london(backend: &Backend, number: u64, timestamp: u64) -> bool {
    backend.spec().spec_id(number, timestamp) >= revm::primitives::hardfork::SpecId::LONDON
}

/// What recent transactions paid above the base fee, in wei; zero on our own ledgers.
async fn suggested_tip(backend: &Backend) -> Result<u128, RpcError> {
    if !backend.is_imported() {
        return Ok(0);
    }
    let newest = backend.store().head().height.get();
    let mut tips = Vec::new();
    for number in newest.saturating_sub(SUGGESTION_BLOCKS - 1)..=newest {
        let Some(block) = backend.store().block(Height::new(number)).await? else {
            continue;
        };
        let mut paid = tips_of(&block);
        paid.sort_unstable();
        tips.extend(paid.into_iter().take(SUGGESTION_BLOCK_SAMPLES));
    }
    tips.sort_unstable();
    let index = tips.len().saturating_sub(1) * SUGGESTION_PERCENTILE / 100;
    Ok(tips.get(index).copied().unwrap_or_default())
}

fn tips_of(block: &Block) -> Vec<u128> {
    let base_fee = block.header.base_fee_per_gas.unwrap_or_default();
    let tips = block
        .transactions
        .iter()
        .map(|transaction| transaction.envelope().effective_tip_per_gas(base_fee));
    tips.map(Option::unwrap_or_default).collect()
}

/// A count as a number or as hexadecimal text: clients send both.
struct Count(u64);

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Number(u64),
            Text(String),
        }
        let text = match Form::deserialize(deserializer)? {
            Form::Number(number) => return Ok(Self(number)),
            Form::Text(text) => text,
        };
        let parsed = match text.strip_prefix("0x") {
            Some(digits) => u64::from_str_radix(digits, 16),
            None => text.parse(),
        };
        parsed
            .map(Self)
            .map_err(|error| de::Error::custom(format!("no count: {error}")))
    }
}

async fn fee_history(backend: Arc<Backend>, mut arguments: Arguments) -> Result<FeeHistory, RpcError> {
    let count: Count = arguments.required("blockCount")?;
    let newest: BlockNumberOrTag = arguments.required("newestBlock")?;
    let percentiles: Option<Vec<f64>> = arguments.optional("rewardPercentiles")?;
    arguments.end()?;
    if let Some(percentiles) = &percentiles {
        check_percentiles(percentiles)?;
    }
    let head = backend.store().head().height;
    let last = backend
        .height(newest.into())
        .await?
        .ok_or_else(|| RpcError::Execution {
            reason: format!("request beyond head block: requested {newest}, head {head}"),
        })?;
    let count = count
        .0
        .min(backend.limits().fee_history_blocks_max)
        .min(last.get().saturating_add(1));
    if count == 0 {
        return Ok(FeeHistory::default());
    }
    backend
        .bounded(history(&backend, last.get() + 1 - count, last.get(), percentiles))
        .await
}

async fn history(
    backend: &Backend,
    first: u64,
    last: u64,
    percentiles: Option<Vec<f64>>,
) -> Result<FeeHistory, RpcError> {
    let mut answer = FeeHistory {
        oldest_block: first,
        ..FeeHistory::default()
    };
    let mut rewards = percentiles.as_ref().map(|_| Vec::new());
    let mut newest = None;
    for number in first..=last {
        let block = backend.known_block(BlockId::number(number)).await?;
        let header = &block.header;
        answer
            .base_fee_per_gas
            .push(header.base_fee_per_gas.unwrap_or_default().into());
        answer
            .gas_used_ratio
            .push(ratio(header.gas_used, header.gas_limit));
        answer
            .base_fee_per_blob_gas
            .push(wei(blob_base_fee(backend.spec(), header)));
        let params = backend.spec().blob_params(header.timestamp);
        let blob_gas_max = params.map_or(0, |params| params.max_blob_gas_per_block());
        answer
            .blob_gas_used_ratio
            .push(ratio(header.blob_gas_used.unwrap_or_default(), blob_gas_max));
        if let (Some(rewards), Some(percentiles)) = (&mut rewards, &percentiles) {
            rewards.push(rewards_of(&block, percentiles));
        }
        newest = Some(block);
    }
    if let Some(block) = newest {
        let header = &block.header;
        answer
            .base_fee_per_gas
            .push(next_base_fee(backend, header).into());
        let params = backend.spec().blob_params(header.timestamp);
        let next_blob_fee = params.and_then(|params| header.next_block_blob_fee(params));
        answer
            .base_fee_per_blob_gas
            .push(next_blob_fee.unwrap_or_default());
    }
    answer.reward = rewards;
    Ok(answer)
}

/// The tips at these percentiles of the block's gas; zeros for an empty block.
fn rewards_of(block: &Block, percentiles: &[f64]) -> Vec<u128> {
    let mut before = 0;
    let gas = block.receipts.iter().map(|receipt| {
        let used = receipt.cumulative_gas_used().saturating_sub(before);
        before = receipt.cumulative_gas_used();
        used
    });
    let mut paid: Vec<(u128, u64)> = tips_of(block).into_iter().zip(gas).collect();
    paid.sort_unstable();
    let mut rewards = Vec::with_capacity(percentiles.len());
    let mut position = 0;
    let mut sum = paid.first().map_or(0, |(_, gas)| *gas);
    for percentile in percentiles {
        while position + 1 < paid.len() && ratio(sum, block.header.gas_used) < percentile / 100.0 {
            position += 1;
            sum = sum.saturating_add(paid[position].1);
        }
        rewards.push(paid.get(position).map_or(0, |(tip, _)| *tip));
    }
    rewards
}

fn check_percentiles(percentiles: &[f64]) -> Result<(), RpcError> {
    if percentiles.len() > PERCENTILES_MAX {
        return Err(RpcError::invalid(format!(
            "at most {PERCENTILES_MAX} reward percentiles are allowed"
        )));
    }
    let in_range = percentiles
        .iter()
        .all(|percentile| (0.0..=100.0).contains(percentile));
    if !in_range || percentiles.windows(2).any(|pair| pair[0] > pair[1]) {
        return Err(RpcError::invalid(
            "reward percentiles must lie between 0 and 100 and must not fall",
        ));
    }
    Ok(())
}

/// `part / whole`, zero for an empty whole. Gas beyond 32 bits loses its lowest bits, which no reader sees.
fn ratio(part: u64, whole: u64) -> f64 {
    let shift = u64::BITS
        .saturating_sub(part.max(whole).leading_zeros())
        .saturating_sub(u32::BITS);
    let number = |value: u64| u32::try_from(value >> shift).map_or(0.0, f64::from);
    if whole == 0 {
        0.0
    } else {
        number(part) / number(whole)
    }
}

fn wei(fee: Option<U256>) -> u128 {
    fee.and_then(|fee| u128::try_from(fee).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_exact_where_gas_is_small_and_close_where_it_is_large() {
        for (part, whole, expected) in [(0, 0, 0.0), (5, 0, 0.0), (1, 2, 0.5), (u64::MAX, u64::MAX, 1.0)] {
            assert!((ratio(part, whole) - expected).abs() < 1e-9, "{part}/{whole}");
        }
        assert!((ratio(1 << 40, 1 << 41) - 0.5).abs() < 1e-9);
    }

    #[test]
    fn percentiles_are_checked() {
        assert!(check_percentiles(&[0.0, 50.0, 50.0, 100.0]).is_ok());
        for wrong in [
            vec![-1.0],
            vec![101.0],
            vec![50.0, 49.0],
            vec![f64::NAN],
            vec![1.0; 101],
        ] {
            assert!(check_percentiles(&wrong).is_err(), "{wrong:?}");
        }
    }
}
