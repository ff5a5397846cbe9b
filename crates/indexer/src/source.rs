//! Where blocks come from: JSON-RPC, and what of its answers the index reads.

use crate::Error;
use alloy_primitives::{Address, B256, Bytes, U64, U256};
use async_trait::async_trait;
use civitas_sdk::Node;
use serde::Deserialize;
use serde_json::{Value, json, value::RawValue};

/// Something that answers JSON-RPC for one ledger: a node, or a test.
///
/// A request may be repeated and may be dropped at any time. Answers about blocks never change, since blocks are
/// final.
#[async_trait]
pub trait Source: Send + Sync + 'static {
    /// Answers one method; `params` is an array.
    ///
    /// # Errors
    /// Those of the SDK: unreachable, refused, or of another form.
    async fn request(&self, method: &str, params: Value) -> Result<Box<RawValue>, civitas_sdk::Error>;
}

#[async_trait]
impl Source for Node {
    async fn request(&self, method: &str, params: Value) -> Result<Box<RawValue>, civitas_sdk::Error> {
        Node::request(self, method, params).await
    }
}

/// A block with what it did.
#[derive(Debug)]
pub(crate) struct SourceBlock {
    pub(crate) block: WireBlock,
    pub(crate) receipts: Vec<WireReceipt>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WireBlock {
    pub(crate) number: U64,
    pub(crate) hash: B256,
    pub(crate) parent_hash: B256,
    pub(crate) timestamp: U64,
    pub(crate) miner: Address,
    pub(crate) state_root: B256,
    #[serde(default)]
    pub(crate) mix_hash: B256,
    pub(crate) gas_used: U256,
    pub(crate) gas_limit: U256,
    #[serde(default)]
    pub(crate) base_fee_per_gas: Option<U256>,
    #[serde(default)]
    pub(crate) size: U256,
    pub(crate) transactions: Vec<WireTransaction>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WireTransaction {
    pub(crate) hash: B256,
    pub(crate) from: Address,
    #[serde(default)]
    pub(crate) to: Option<Address>,
    pub(crate) nonce: U256,
    pub(crate) value: U256,
    pub(crate) input: Bytes,
    pub(crate) gas: U256,
    #[serde(default)]
    pub(crate) gas_price: Option<U256>,
    #[serde(default, rename = "type")]
    pub(crate) kind: Option<U64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WireReceipt {
    pub(crate) transaction_hash: B256,
    /// Absent in the oldest blocks of Ethereum, which have a state root instead.
    #[serde(default)]
    pub(crate) status: Option<U64>,
    pub(crate) gas_used: U256,
    #[serde(default)]
    pub(crate) effective_gas_price: Option<U256>,
    #[serde(default)]
    pub(crate) contract_address: Option<Address>,
    pub(crate) logs: Vec<WireLog>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct WireLog {
    pub(crate) address: Address,
    pub(crate) topics: Vec<B256>,
    pub(crate) data: Bytes,
}

/// One call of a trace (`callTracer`).
#[derive(Debug, Deserialize)]
pub(crate) struct WireCall {
    #[serde(default, rename = "type")]
    pub(crate) kind: String,
    pub(crate) from: Address,
    #[serde(default)]
    pub(crate) to: Option<Address>,
    #[serde(default)]
    pub(crate) error: Option<String>,
    #[serde(default)]
    pub(crate) calls: Vec<WireCall>,
}

/// Reads an answer as `T`.
pub(crate) async fn ask<T: for<'de> Deserialize<'de>>(
    source: &dyn Source,
    method: &str,
    params: Value,
) -> Result<T, Error> {
    let answer = source.request(method, params).await?;
    serde_json::from_str(answer.get()).map_err(|source| {
        Error::Node(civitas_sdk::Error::Form {
            method: method.to_owned(),
            source,
        })
    })
}

/// Height of the newest block.
pub(crate) async fn head(source: &dyn Source) -> Result<u64, Error> {
    let height: U64 = ask(source, "eth_blockNumber", json!([])).await?;
    Ok(height.to())
}

/// Chain id of the ledger.
pub(crate) async fn chain_id(source: &dyn Source) -> Result<u64, Error> {
    let id: U64 = ask(source, "eth_chainId", json!([])).await?;
    Ok(id.to())
}

/// A block with its receipts, checked to belong together.
pub(crate) async fn block(source: &dyn Source, height: u64) -> Result<SourceBlock, Error> {
    let number = U64::from(height);
    let (block, receipts) = futures::try_join!(
        ask::<Option<WireBlock>>(source, "eth_getBlockByNumber", json!([number, true])),
        ask::<Option<Vec<WireReceipt>>>(source, "eth_getBlockReceipts", json!([number])),
    )?;
    let (Some(block), Some(receipts)) = (block, receipts) else {
        return Err(Error::BlockMissing { height });
    };
    let mismatch = |what| Err(Error::Answers { height, what });
    if block.number != number {
        return mismatch("another block came");
    }
    if block.transactions.len() != receipts.len() {
        return mismatch("not as many receipts as transactions");
    }
    let mut pairs = std::iter::zip(&block.transactions, &receipts);
    if pairs.any(|(transaction, receipt)| transaction.hash != receipt.transaction_hash) {
        return mismatch("receipts of other transactions");
    }
    Ok(SourceBlock { block, receipts })
}

/// Calls a contract as of a block; where the node has no such state any more, as of now. None if it reverts.
pub(crate) async fn call(
    source: &dyn Source,
    (to, data): (Address, &Bytes),
    height: Option<u64>,
) -> Result<Option<Bytes>, Error> {
    let call = json!({"to": to, "input": data});
    if let Some(height) = height {
        let past = ask(source, "eth_call", json!([call, U64::from(height)])).await;
        match past {
            Ok(output) => return Ok(Some(output)),
            Err(error) if is_pruned(&error) => {}
            Err(error) if is_refusal(&error) => return Ok(None),
            Err(error) => return Err(error),
        }
    }
    match ask(source, "eth_call", json!([call, "latest"])).await {
        Ok(output) => Ok(Some(output)),
        Err(error) if is_refusal(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// JSON-RPC codes after which the same question can have another answer: a limit that was reached, a fault of the node, a
/// wait that was too short.
const CODES_LATER: [i32; 3] = [-32005, -32603, 4];
/// JSON-RPC code of a history that the node has dropped.
const CODE_PRUNED: i32 = 4444;

/// Whether the node answered, and the answer is that it cannot be done, now or ever.
pub(crate) fn is_refusal(error: &Error) -> bool {
    matches!(error, Error::Node(civitas_sdk::Error::Refused { code, .. }) if !CODES_LATER.contains(code))
}

fn is_pruned(error: &Error) -> bool {
    matches!(error, Error::Node(civitas_sdk::Error::Refused { code, .. }) if *code == CODE_PRUNED)
}
