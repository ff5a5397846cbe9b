//! Blocks, transactions and receipts.

use crate::{
    Arguments, Backend, RpcError,
    convert::{self, Transactions},
    registry::{add, add_instant},
};
use alloy_eips::{BlockId, BlockNumberOrTag};
use alloy_primitives::{B256, Bytes, U64};
use alloy_rpc_types_eth::{Header, Index, TransactionReceipt};
use civitas_api::ethereum::{Block, Capabilities, Capability, CapabilityHead, DeleteStrategy, Transaction};
use civitas_types::Height;
use jsonrpsee::{core::RegisterMethodError, server::RpcModule};
use std::sync::Arc;

/// Registers the methods of this module.
pub(crate) fn register(module: &mut RpcModule<Backend>) -> Result<(), RegisterMethodError> {
    add_instant(module, "eth_chainId", |backend, arguments| {
        arguments.end()?;
        Ok(U64::from(backend.chain_id()))
    })?;
    add_instant(module, "eth_blockNumber", |backend, arguments| {
        arguments.end()?;
        Ok(U64::from(backend.store().head().height.get()))
    })?;
    add(module, "eth_getBlockByHash", block_by_hash)?;
    add(module, "eth_getBlockByNumber", block_by_number)?;
    add(module, "eth_getHeaderByHash", header_by_hash)?;
    add(module, "eth_getHeaderByNumber", header_by_number)?;
    add(module, "eth_getBlockReceipts", block_receipts)?;
    add(
        module,
        "eth_getBlockTransactionCountByHash",
        transaction_count_by_hash,
    )?;
    add(
        module,
        "eth_getBlockTransactionCountByNumber",
        transaction_count_by_number,
    )?;
    add(module, "eth_getUncleCountByBlockHash", uncle_count_by_hash)?;
    add(module, "eth_getUncleCountByBlockNumber", uncle_count_by_number)?;
    add(module, "eth_getUncleByBlockHashAndIndex", uncle_by_hash)?;
    add(module, "eth_getUncleByBlockNumberAndIndex", uncle_by_number)?;
    add(module, "eth_getTransactionByHash", transaction_by_hash)?;
    add(
        module,
        "eth_getTransactionByBlockHashAndIndex",
        transaction_by_block_hash,
    )?;
    add(
        module,
        "eth_getTransactionByBlockNumberAndIndex",
        transaction_by_block_number,
    )?;
    add(module, "eth_getRawTransactionByHash", raw_transaction)?;
    add(module, "eth_getTransactionReceipt", transaction_receipt)?;
    add(module, "eth_getBlockAccessList", block_access_list)?;
    add(module, "eth_capabilities", capabilities)?;
    register_raw(module)
}

fn register_raw(module: &mut RpcModule<Backend>) -> Result<(), RegisterMethodError> {
    add(module, "debug_getRawBlock", debug_raw_block)?;
    add(module, "debug_getRawHeader", debug_raw_header)?;
    add(module, "debug_getRawReceipts", debug_raw_receipts)?;
    add(module, "debug_getRawTransaction", debug_raw_transaction)?;
    add_instant(module, "debug_getBadBlocks", |_, arguments| {
        arguments.end()?;
        Ok(Vec::<Block>::new())
    })
}

fn hash(arguments: &mut Arguments) -> Result<BlockId, RpcError> {
    Ok(BlockId::from(arguments.required::<B256>("hash")?))
}

fn number(arguments: &mut Arguments) -> Result<BlockId, RpcError> {
    Ok(BlockId::Number(arguments.required::<BlockNumberOrTag>("block")?))
}

async fn block_by_hash(backend: Arc<Backend>, mut arguments: Arguments) -> Result<Option<Block>, RpcError> {
    let id = hash(&mut arguments)?;
    block_object(&backend, id, arguments).await
}

async fn block_by_number(backend: Arc<Backend>, mut arguments: Arguments) -> Result<Option<Block>, RpcError> {
    let id = number(&mut arguments)?;
    block_object(&backend, id, arguments).await
}

async fn block_object(
    backend: &Backend,
    id: BlockId,
    mut arguments: Arguments,
) -> Result<Option<Block>, RpcError> {
    let form = Transactions::from(arguments.optional::<bool>("fullTransactions")?);
    arguments.end()?;
    Ok(backend.block(id).await?.map(|block| convert::block(&block, form)))
}

async fn header_by_hash(backend: Arc<Backend>, mut arguments: Arguments) -> Result<Option<Header>, RpcError> {
    let id = hash(&mut arguments)?;
    arguments.end()?;
    Ok(backend.block(id).await?.map(|block| convert::header(&block)))
}

async fn header_by_number(
    backend: Arc<Backend>,
    mut arguments: Arguments,
) -> Result<Option<Header>, RpcError> {
    let id = number(&mut arguments)?;
    arguments.end()?;
    if id == BlockId::pending() {
        return Ok(None);
    }
    Ok(backend.block(id).await?.map(|block| convert::header(&block)))
}

async fn block_receipts(
    backend: Arc<Backend>,
    mut arguments: Arguments,
) -> Result<Option<Vec<TransactionReceipt>>, RpcError> {
    let id: BlockId = arguments.required("block")?;
    arguments.end()?;
    Ok(backend
        .block(id)
        .await?
        .map(|block| convert::receipts(backend.spec(), &block)))
}

async fn transaction_count_by_hash(
    backend: Arc<Backend>,
    mut arguments: Arguments,
) -> Result<Option<U64>, RpcError> {
    let id = hash(&mut arguments)?;
    arguments.end()?;
    Ok(backend
        .block(id)
        .await?
        .map(|block| U64::from(block.transactions.len())))
}

async fn transaction_count_by_number(
    backend: Arc<Backend>,
    mut arguments: Arguments,
) -> Result<Option<U64>, RpcError> {
    let id = number(&mut arguments)?;
    arguments.end()?;
    Ok(backend
        .block(id)
        .await?
        .map(|block| U64::from(block.transactions.len())))
}

async fn uncle_count_by_hash(
    backend: Arc<Backend>,
    mut arguments: Arguments,
) -> Result<Option<U64>, RpcError> {
    let id = hash(&mut arguments)?;
    arguments.end()?;
    Ok(backend
        .block(id)
        .await?
        .map(|block| U64::from(block.ommers.len())))
}

async fn uncle_count_by_number(
    backend: Arc<Backend>,
    mut arguments: Arguments,
) -> Result<Option<U64>, RpcError> {
    let id = number(&mut arguments)?;
    arguments.end()?;
    Ok(backend
        .block(id)
        .await?
        .map(|block| U64::from(block.ommers.len())))
}

async fn uncle_by_hash(backend: Arc<Backend>, mut arguments: Arguments) -> Result<Option<Block>, RpcError> {
    let id = hash(&mut arguments)?;
    uncle(&backend, id, arguments).await
}

async fn uncle_by_number(backend: Arc<Backend>, mut arguments: Arguments) -> Result<Option<Block>, RpcError> {
    let id = number(&mut arguments)?;
    uncle(&backend, id, arguments).await
}

async fn uncle(backend: &Backend, id: BlockId, mut arguments: Arguments) -> Result<Option<Block>, RpcError> {
    let index: Index = arguments.required("index")?;
    arguments.end()?;
    Ok(backend
        .block(id)
        .await?
        .and_then(|block| block.ommers.get(index.0).map(convert::uncle)))
}

async fn transaction_by_hash(
    backend: Arc<Backend>,
    mut arguments: Arguments,
) -> Result<Option<Transaction>, RpcError> {
    let hash: B256 = arguments.required("hash")?;
    arguments.end()?;
    match backend.located(hash).await? {
        Some((block, index)) => Ok(convert::transaction_in(&block, index)),
        None => Ok(backend
            .pool()
            .get(&hash)
            .map(|transaction| convert::waiting(&transaction))),
    }
}

async fn transaction_by_block_hash(
    backend: Arc<Backend>,
    mut arguments: Arguments,
) -> Result<Option<Transaction>, RpcError> {
    let id = hash(&mut arguments)?;
    transaction_at(&backend, id, arguments).await
}

async fn transaction_by_block_number(
    backend: Arc<Backend>,
    mut arguments: Arguments,
) -> Result<Option<Transaction>, RpcError> {
    let id = number(&mut arguments)?;
    transaction_at(&backend, id, arguments).await
}

async fn transaction_at(
    backend: &Backend,
    id: BlockId,
    mut arguments: Arguments,
) -> Result<Option<Transaction>, RpcError> {
    let index: Index = arguments.required("index")?;
    arguments.end()?;
    Ok(backend
        .block(id)
        .await?
        .and_then(|block| convert::transaction_in(&block, index.0)))
}

async fn raw_transaction(backend: Arc<Backend>, mut arguments: Arguments) -> Result<Option<Bytes>, RpcError> {
    let hash: B256 = arguments.required("hash")?;
    arguments.end()?;
    raw(&backend, hash).await
}

async fn raw(backend: &Backend, hash: B256) -> Result<Option<Bytes>, RpcError> {
    let in_block = backend
        .located(hash)
        .await?
        .and_then(|(block, index)| block.transactions.get(index).cloned());
    Ok(in_block
        .or_else(|| backend.pool().get(&hash))
        .map(|transaction| transaction.raw().clone()))
}

async fn transaction_receipt(
    backend: Arc<Backend>,
    mut arguments: Arguments,
) -> Result<Option<TransactionReceipt>, RpcError> {
    let hash: B256 = arguments.required("hash")?;
    arguments.end()?;
    receipt_of(&backend, hash).await
}

/// The receipt of a transaction; none if it is in no block.
pub(crate) async fn receipt_of(
    backend: &Backend,
    hash: B256,
) -> Result<Option<TransactionReceipt>, RpcError> {
    let Some((block, index)) = backend.located(hash).await? else {
        return Ok(None);
    };
    Ok(convert::receipt_at(backend.spec(), &block, index))
}

async fn block_access_list(backend: Arc<Backend>, mut arguments: Arguments) -> Result<Option<()>, RpcError> {
    let id: BlockId = arguments.required("block")?;
    arguments.end()?;
    if id == BlockId::pending() || backend.height(id).await?.is_none() {
        return Ok(None);
    }
    Err(RpcError::NotFound {
        what: "block access list of a block before the fork Amsterdam".to_owned(),
    })
}

async fn capabilities(backend: Arc<Backend>, arguments: Arguments) -> Result<Capabilities, RpcError> {
    arguments.end()?;
    let head = backend.store().head();
    let oldest = backend.store().oldest_state();
    let kept = Capability {
        disabled: false,
        oldest_block: U64::ZERO,
        delete_strategy: None,
    };
    let window = (oldest > Height::GENESIS).then(|| DeleteStrategy::Window {
        retention_blocks: U64::from(head.height.above(oldest).saturating_add(1)),
    });
    let state = Capability {
        oldest_block: U64::from(oldest.get()),
        delete_strategy: window,
        ..kept
    };
    Ok(Capabilities {
        head: CapabilityHead {
            number: U64::from(head.height.get()),
            hash: head.hash,
        },
        state,
        tx: kept,
        logs: kept,
        receipts: kept,
        blocks: kept,
        stateproofs: Capability {
            disabled: !backend.has_ethereum_proofs(),
            ..state
        },
    })
}

async fn debug_raw_block(backend: Arc<Backend>, mut arguments: Arguments) -> Result<Bytes, RpcError> {
    let id: BlockId = arguments.required("block")?;
    arguments.end()?;
    Ok(convert::encoded_block(&*backend.known_block(id).await?))
}

async fn debug_raw_header(backend: Arc<Backend>, mut arguments: Arguments) -> Result<Bytes, RpcError> {
    let id: BlockId = arguments.required("block")?;
    arguments.end()?;
    Ok(convert::encoded_header(&backend.known_block(id).await?.header))
}

async fn debug_raw_receipts(backend: Arc<Backend>, mut arguments: Arguments) -> Result<Vec<Bytes>, RpcError> {
    let id: BlockId = arguments.required("block")?;
    arguments.end()?;
    Ok(convert::encoded_receipts(&*backend.known_block(id).await?))
}

async fn debug_raw_transaction(backend: Arc<Backend>, mut arguments: Arguments) -> Result<Bytes, RpcError> {
    let hash: B256 = arguments.required("hash")?;
    arguments.end()?;
    // An unknown one is empty, as geth answers it.
    Ok(raw(&backend, hash).await?.unwrap_or_default())
}
