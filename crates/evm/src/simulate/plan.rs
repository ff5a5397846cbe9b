//! Numbers and times of simulated blocks, and the part of their headers that is known before execution.

use super::{SIMULATED_BLOCKS_MAX, SimulatedBlockRequest, SimulationError};
use crate::{
    call::overrides::{in_range, override_fields},
    spec::ChainSpec,
};
use alloy_consensus::Header;
use alloy_hardforks::EthereumHardfork;
use alloy_primitives::{B256, U256};
use std::borrow::Cow;

/// Seconds between two simulated blocks where the client sets no time (execution-apis).
const BLOCK_SECONDS: u64 = 12;

/// A block with its place and its header so far.
#[derive(Debug)]
pub(super) struct PlannedBlock<'a> {
    pub(super) request: Cow<'a, SimulatedBlockRequest>,
    pub(super) header: Header,
}

/// Gives every block its number and time, fills gaps with empty blocks and begins the headers.
pub(super) fn plan<'a>(
    spec: &ChainSpec,
    base: &Header,
    blocks: &'a [SimulatedBlockRequest],
) -> Result<Vec<PlannedBlock<'a>>, SimulationError> {
    if u64::try_from(blocks.len()).unwrap_or(u64::MAX) > SIMULATED_BLOCKS_MAX {
        return Err(SimulationError::TooManyBlocks);
    }
    let mut planned: Vec<PlannedBlock<'a>> = Vec::with_capacity(blocks.len());
    for request in blocks {
        let previous = planned.last().map_or(base, |block| &block.header);
        let number = match request.overrides.number {
            Some(number) => in_range(number, "number")?,
            None => previous.number.saturating_add(1),
        };
        if number <= previous.number {
            return Err(SimulationError::BlockNumberOrder {
                number,
                previous: previous.number,
            });
        }
        if number.saturating_sub(base.number) > SIMULATED_BLOCKS_MAX {
            return Err(SimulationError::TooManyBlocks);
        }
        for gap in previous.number.saturating_add(1)..number {
            let previous = planned.last().map_or(base, |block| &block.header);
            let empty = Cow::Owned(SimulatedBlockRequest::default());
            let block = begin(spec, previous, gap, empty)?;
            planned.push(block);
        }
        let previous = planned.last().map_or(base, |block| &block.header);
        let block = begin(spec, previous, number, Cow::Borrowed(request))?;
        planned.push(block);
    }
    Ok(planned)
}

fn begin<'a>(
    spec: &ChainSpec,
    previous: &Header,
    number: u64,
    request: Cow<'a, SimulatedBlockRequest>,
) -> Result<PlannedBlock<'a>, SimulationError> {
    let timestamp = request
        .overrides
        .time
        .unwrap_or_else(|| previous.timestamp.saturating_add(BLOCK_SECONDS));
    if timestamp <= previous.timestamp {
        return Err(SimulationError::BlockTimestampOrder {
            timestamp,
            previous: previous.timestamp,
        });
    }
    let is_active = |fork| spec.is_active(fork, number, timestamp);
    let mut header = Header {
        number,
        timestamp,
        beneficiary: previous.beneficiary,
        gas_limit: previous.gas_limit,
        difficulty: previous.difficulty,
        base_fee_per_gas: None,
        ..Header::default()
    };
    if is_active(EthereumHardfork::Paris) {
        header.difficulty = U256::ZERO;
    }
    if is_active(EthereumHardfork::Cancun) {
        header.parent_beacon_block_root = Some(request.overrides.beacon_root.unwrap_or(B256::ZERO));
    }
    override_fields(&mut header, &request.overrides)?;
    header.timestamp = timestamp;
    Ok(PlannedBlock { request, header })
}
