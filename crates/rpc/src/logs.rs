//! Logs by filter, and the filters that clients poll.

use crate::{
    Arguments, Backend, RpcError, convert,
    filters::{Changes, Kind},
    registry::{add, add_instant},
};
use alloy_eips::{BlockId, BlockNumberOrTag};
use alloy_primitives::B256;
use alloy_rpc_types_eth::{Filter, FilterBlockOption, FilterChanges, Log};
use civitas_api::ethereum::Transaction;
use civitas_ports::{LogQuery, StoreError};
use civitas_types::Height;
use jsonrpsee::{core::RegisterMethodError, server::RpcModule};
use std::sync::Arc;

/// Registers the methods of this module.
pub(crate) fn register(module: &mut RpcModule<Backend>) -> Result<(), RegisterMethodError> {
    add(module, "eth_getLogs", get_logs)?;
    add(module, "eth_getFilterChanges", filter_changes)?;
    add(module, "eth_getFilterLogs", filter_logs)?;
    add_instant(module, "eth_newFilter", |backend, mut arguments| {
        let filter: Filter = arguments.required("filter")?;
        arguments.end()?;
        backend
            .filters
            .add(Kind::Logs(Box::new(filter)), backend.store().head().height)
    })?;
    add_instant(module, "eth_newBlockFilter", |backend, arguments| {
        arguments.end()?;
        backend.filters.add(Kind::Blocks, backend.store().head().height)
    })?;
    add_instant(
        module,
        "eth_newPendingTransactionFilter",
        |backend, mut arguments| {
            let full = arguments
                .optional::<bool>("fullTransactions")?
                .unwrap_or_default();
            arguments.end()?;
            let stream = backend.sources.pending.subscribe();
            backend
                .filters
                .add(Kind::Pending { stream, full }, backend.store().head().height)
        },
    )?;
    add_instant(module, "eth_uninstallFilter", |backend, mut arguments| {
        let id: String = arguments.required("filterId")?;
        arguments.end()?;
        Ok(backend.filters.remove(&id))
    })
}

async fn get_logs(backend: Arc<Backend>, mut arguments: Arguments) -> Result<Vec<Log>, RpcError> {
    let filter: Filter = arguments.required("filter")?;
    arguments.end()?;
    logs_by(&backend, &filter).await
}

async fn logs_by(backend: &Backend, filter: &Filter) -> Result<Vec<Log>, RpcError> {
    let (from, to) = range(backend, filter).await?;
    find(backend, filter, from, to).await
}

/// The heights that a filter means.
async fn range(backend: &Backend, filter: &Filter) -> Result<(Height, Height), RpcError> {
    let (from, to) = match filter.block_option {
        FilterBlockOption::AtBlockHash(hash) => {
            let height = backend.height(BlockId::from(hash)).await?;
            let height = height.ok_or_else(|| RpcError::Execution {
                reason: format!("unknown block {hash}"),
            })?;
            return Ok((height, height));
        }
        FilterBlockOption::Range { from_block, to_block } => (from_block, to_block),
    };
    let head = backend.store().head().height;
    let height = |tag: Option<BlockNumberOrTag>| match tag {
        Some(BlockNumberOrTag::Number(number)) => Height::new(number),
        Some(BlockNumberOrTag::Earliest) => Height::GENESIS,
        None | Some(_) => head,
    };
    let (from, to) = (height(from), height(to));
    if from > to {
        return Err(RpcError::invalid(format!(
            "invalid block range params: fromBlock {from} is above toBlock {to}"
        )));
    }
    if to > head {
        return Err(RpcError::invalid(format!(
            "block range extends beyond current head block: toBlock {to}, head {head}"
        )));
    }
    Ok((from, to))
}

async fn find(backend: &Backend, filter: &Filter, from: Height, to: Height) -> Result<Vec<Log>, RpcError> {
    let limits = backend.limits();
    let max = limits.log_range_blocks_max;
    if to.above(from) >= max {
        return Err(RpcError::LimitExceeded {
            what: "the block range, ask for it in parts: it",
            max,
        });
    }
    let query = query(filter, from, to, limits.log_results_max);
    let search = async {
        backend.store().logs(&query).await.map_err(|error| match error {
            StoreError::TooMuch { max, .. } => RpcError::LimitExceeded {
                what: "the number of logs, ask for fewer blocks or topics: it",
                max,
            },
            other => other.into(),
        })
    };
    let records = backend.bounded(search).await?;
    Ok(records.into_iter().map(convert::log).collect())
}

fn query(filter: &Filter, from: Height, to: Height, results_max: usize) -> LogQuery {
    let mut topics: Vec<Vec<B256>> = filter
        .topics
        .iter()
        .map(|position| position.iter().copied().collect())
        .collect();
    while topics.last().is_some_and(Vec::is_empty) {
        topics.pop();
    }
    LogQuery {
        from,
        to,
        addresses: filter.address.iter().copied().collect(),
        topics,
        results_max,
    }
}

async fn filter_logs(backend: Arc<Backend>, mut arguments: Arguments) -> Result<Vec<Log>, RpcError> {
    let id: String = arguments.required("filterId")?;
    arguments.end()?;
    let filter = backend.filters.logs(&id)?;
    logs_by(&backend, &filter).await
}

async fn filter_changes(
    backend: Arc<Backend>,
    mut arguments: Arguments,
) -> Result<FilterChanges<Transaction>, RpcError> {
    let id: String = arguments.required("filterId")?;
    arguments.end()?;
    match backend.filters.poll(&id, backend.store().head().height)? {
        None => Ok(FilterChanges::Empty),
        Some(Changes::Pending {
            transactions,
            full: false,
        }) => Ok(FilterChanges::Hashes(
            transactions
                .iter()
                .map(|transaction| transaction.hash())
                .collect(),
        )),
        Some(Changes::Pending {
            transactions,
            full: true,
        }) => Ok(FilterChanges::Transactions(
            transactions
                .iter()
                .map(|transaction| convert::waiting(transaction))
                .collect(),
        )),
        Some(Changes::Logs { filter, from, to }) => changed_logs(&backend, &filter, from, to).await,
        Some(Changes::Blocks { from, to }) => {
            let max = backend.limits().log_range_blocks_max;
            let first = from.get().max(to.get().saturating_sub(max));
            let mut hashes = Vec::new();
            for number in first..=to.get() {
                if let Some(block) = backend.store().block(Height::new(number)).await? {
                    hashes.push(block.hash);
                }
            }
            Ok(FilterChanges::Hashes(hashes))
        }
    }
}

/// Logs of new blocks, within the range that the filter itself names.
async fn changed_logs(
    backend: &Backend,
    filter: &Filter,
    from: Height,
    to: Height,
) -> Result<FilterChanges<Transaction>, RpcError> {
    let from = filter
        .get_from_block()
        .map_or(from, |first| from.max(Height::new(first)));
    let to = filter.get_to_block().map_or(to, |last| to.min(Height::new(last)));
    if from > to {
        return Ok(FilterChanges::Empty);
    }
    Ok(FilterChanges::Logs(find(backend, filter, from, to).await?))
}
