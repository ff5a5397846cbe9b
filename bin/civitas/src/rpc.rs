//! The few JSON-RPC calls that the commands make, on any Ethereum node.

use crate::account::Fees;
use alloy_primitives::{Address, B256, Bytes, U64, U256};
use anyhow::Context;
use jsonrpsee_client::{
    core::{
        client::ClientT,
        params::{ArrayParams, BatchRequestBuilder},
    },
    http_client::{HttpClient, HttpClientBuilder},
    rpc_params,
};
use serde::Deserialize;
use std::time::Duration;

/// A node that takes longer to answer has failed the call.
const ANSWER_WAIT: Duration = Duration::from_secs(30);
/// Bytes of a request or an answer: receipts of large blocks are long.
const MESSAGE_BYTES_MAX: u32 = 256 * 1024 * 1024;
/// Gas limit of a transaction where the block allows more (EIP-7825 allows 16,777,216).
const TRANSACTION_GAS_MAX: u64 = 16_000_000;
/// Base fees that a fee cap covers: the base fee of a busy Ethereum chain grows by an eighth a block.
const BASE_FEE_FACTOR: u128 = 8;

/// What a sender needs to know of a chain.
#[derive(Clone, Copy, Debug)]
pub struct Chain {
    /// Its id.
    pub chain_id: u64,
    /// What it asks for gas.
    pub fees: Fees,
    /// The most gas that one transaction should ask for: blocks hold at least two of them.
    pub gas_max: u64,
}

/// The parts of a block that are looked at.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BlockParts {
    gas_limit: U64,
    base_fee_per_gas: Option<U256>,
    /// Hashes of its transactions.
    #[serde(default)]
    pub transactions: Vec<B256>,
}

/// The parts of a receipt that are looked at.
#[derive(Debug, Deserialize)]
pub struct ReceiptParts {
    status: Option<U64>,
}

impl ReceiptParts {
    /// Receipts before Byzantium say nothing.
    pub fn succeeded(&self) -> bool {
        self.status.is_none_or(|status| !status.is_zero())
    }
}

/// A client of the node at `url`.
pub fn client(url: &str) -> anyhow::Result<HttpClient> {
    HttpClientBuilder::default()
        .request_timeout(ANSWER_WAIT)
        .max_request_size(MESSAGE_BYTES_MAX)
        .max_response_size(MESSAGE_BYTES_MAX)
        .build(url)
        .with_context(|| format!("{url} is not the address of a JSON-RPC server"))
}

/// Height of the newest block.
pub async fn block_number(client: &HttpClient) -> anyhow::Result<u64> {
    let number: U64 = client.request("eth_blockNumber", rpc_params![]).await?;
    Ok(number.to())
}

/// A block with the hashes of its transactions.
pub async fn block_by_hash(client: &HttpClient, hash: B256) -> anyhow::Result<Option<BlockParts>> {
    Ok(client
        .request("eth_getBlockByHash", rpc_params![hash, false])
        .await?)
}

/// A block with the hashes of its transactions.
pub async fn block_by_number(client: &HttpClient, number: u64) -> anyhow::Result<Option<BlockParts>> {
    Ok(client
        .request("eth_getBlockByNumber", rpc_params![U64::from(number), false])
        .await?)
}

/// What the node calls itself.
pub async fn client_version(client: &HttpClient) -> Option<String> {
    client.request("web3_clientVersion", rpc_params![]).await.ok()
}

/// The nonce of the next transaction of an account.
pub async fn next_nonce(client: &HttpClient, account: Address) -> anyhow::Result<u64> {
    let nonce: U64 = client
        .request("eth_getTransactionCount", rpc_params![account, "latest"])
        .await?;
    Ok(nonce.to())
}

/// Wei of an account.
pub async fn balance(client: &HttpClient, account: Address) -> anyhow::Result<U256> {
    Ok(client
        .request("eth_getBalance", rpc_params![account, "latest"])
        .await?)
}

/// Submits a signed transaction.
pub async fn send(client: &HttpClient, raw: &Bytes) -> anyhow::Result<B256> {
    Ok(client.request("eth_sendRawTransaction", rpc_params![raw]).await?)
}

/// The receipt of a transaction, once it is in a block.
pub async fn receipt(client: &HttpClient, hash: B256) -> anyhow::Result<Option<ReceiptParts>> {
    Ok(client
        .request("eth_getTransactionReceipt", rpc_params![hash])
        .await?)
}

/// The receipts of some transactions; `None` where a transaction is not in a block.
pub async fn receipts(client: &HttpClient, hashes: &[B256]) -> anyhow::Result<Vec<Option<ReceiptParts>>> {
    if hashes.is_empty() {
        return Ok(Vec::new());
    }
    let mut batch = BatchRequestBuilder::new();
    for hash in hashes {
        batch.insert("eth_getTransactionReceipt", rpc_params![hash])?;
    }
    let answers = client.batch_request::<Option<ReceiptParts>>(batch).await?;
    answers
        .into_iter()
        .map(|answer| answer.map_err(|error| anyhow::anyhow!("{}", error.message())))
        .collect()
}

/// Submits transactions in one batch; the refusal of each one that was refused.
pub async fn send_batch(client: &HttpClient, raws: &[&str]) -> anyhow::Result<Vec<Option<String>>> {
    let mut batch = BatchRequestBuilder::new();
    for raw in raws {
        let mut params = ArrayParams::new();
        params.insert(raw)?;
        batch.insert("eth_sendRawTransaction", params)?;
    }
    let answers = client.batch_request::<B256>(batch).await?;
    Ok(answers
        .into_iter()
        .map(|answer| answer.err().map(|error| error.message().to_owned()))
        .collect())
}

/// Chain id, fees and gas limit of the chain.
pub async fn chain(client: &HttpClient) -> anyhow::Result<Chain> {
    let chain_id: U64 = client
        .request("eth_chainId", rpc_params![])
        .await
        .context("eth_chainId failed")?;
    let number = block_number(client).await?;
    let latest = block_by_number(client, number)
        .await?
        .context("the node has no newest block")?;
    let fees = match latest.base_fee_per_gas {
        Some(base) => {
            let base = u128::try_from(base).context("the base fee is absurd")?;
            Fees::Dynamic {
                fee_max: base * BASE_FEE_FACTOR,
                tip_max: base.min(1_000_000_000),
            }
        }
        None => {
            let price: U256 = client.request("eth_gasPrice", rpc_params![]).await?;
            Fees::Legacy {
                price: u128::try_from(price).context("the gas price is absurd")?,
            }
        }
    };
    let gas_limit: u64 = latest.gas_limit.to();
    Ok(Chain {
        chain_id: chain_id.to(),
        fees,
        gas_max: TRANSACTION_GAS_MAX.min(gas_limit / 2),
    })
}
