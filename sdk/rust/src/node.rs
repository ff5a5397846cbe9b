//! A node, or several of one ledger, over JSON-RPC.
//!
//! The node that answered last is asked first. A link that fails moves the question to the next node, each is asked
//! once at most; a refusal is an answer, and is given to the caller as it is. A node that hangs back answers too, with the
//! past: who asks for long calls [`Node::prefer_furthest`] now and then.

use crate::{Error, contracts};
use alloy_primitives::{Address, B256, Bytes, U64, U256};
use civitas_api::ledger::{
    BlockCertificate, LedgerPath, Omission, Parameters, Status, SystemContract, Validator,
};
use jsonrpsee_client::{
    core::{
        client::{ClientT, Error as ClientError},
        params::ArrayParams,
    },
    http_client::{HttpClient, HttpClientBuilder},
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::{
    cmp::Reverse,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

/// Bytes of an answer, at most: a full block with its receipts, with room to spare.
const RESPONSE_BYTES_MAX: u32 = 256 * 1024 * 1024;

/// How long an answer may take: a node gives a heavy call ten seconds, behind others that wait.
const REQUEST_TIME_MAX: Duration = Duration::from_secs(30);

/// How long a link may take to come about: nodes stand in one city.
const CONNECT_TIME_MAX: Duration = Duration::from_secs(3);

/// The nodes of one ledger that a client knows. Clones share their links.
#[derive(Clone, Debug)]
pub struct Node {
    links: Arc<[Link]>,
    /// Which one answered last.
    current: Arc<AtomicUsize>,
}

#[derive(Debug)]
struct Link {
    url: String,
    client: HttpClient,
}

impl Node {
    /// Prepares links to nodes of one ledger, in the order of preference. Nothing is sent yet.
    ///
    /// # Errors
    /// [`Error::NoAddress`] and [`Error::Address`].
    pub fn connect<S: AsRef<str>>(urls: &[S]) -> Result<Self, Error> {
        if urls.is_empty() {
            return Err(Error::NoAddress);
        }
        let links: Result<Vec<Link>, Error> = urls.iter().map(|url| Link::new(url.as_ref())).collect();
        Ok(Self {
            links: links?.into(),
            current: Arc::new(AtomicUsize::new(0)),
        })
    }

    /// The address that is asked first now.
    pub fn url(&self) -> &str {
        let index = self.current.load(Ordering::Relaxed) % self.links.len();
        &self.links[index].url
    }

    /// From now on asks that node first which is furthest, if the one that is asked first now does not answer, or is more
    /// than so many blocks behind it.
    pub async fn prefer_furthest(&self, blocks: u64) {
        if self.links.len() < 2 {
            return;
        }
        let heights = futures::future::join_all(self.links.iter().map(Link::height)).await;
        let current = self.current.load(Ordering::Relaxed) % self.links.len();
        let known = heights.iter().enumerate();
        let furthest = known
            .filter_map(|(index, height)| Some(((*height)?, Reverse(index))))
            .max();
        let Some((height, Reverse(index))) = furthest else {
            return;
        };
        let own = heights.get(current).copied().flatten();
        if own.is_none_or(|own| own.saturating_add(blocks) < height) {
            self.current.store(index, Ordering::Relaxed);
        }
    }

    /// Calls any method; `params` is an array (or null for none).
    ///
    /// # Errors
    /// [`Error::Unreachable`], [`Error::Refused`] and [`Error::Form`].
    pub async fn raw(&self, method: &str, params: Value) -> Result<Value, Error> {
        self.request(method, params).await
    }

    /// Calls any method and reads its answer as `R`.
    ///
    /// # Errors
    /// [`Error::Unreachable`], [`Error::Refused`] and [`Error::Form`].
    pub async fn request<R: DeserializeOwned>(&self, method: &str, params: Value) -> Result<R, Error> {
        let arguments = arguments(method, params)?;
        let first = self.current.load(Ordering::Relaxed);
        let mut index = first % self.links.len();
        let mut asked = 0;
        loop {
            let link = &self.links[index];
            asked += 1;
            match link.client.request::<R, _>(method, arguments.clone()).await {
                Ok(answer) => {
                    // Where the first one answered, another may be preferred by now.
                    if asked > 1 {
                        self.current.store(index, Ordering::Relaxed);
                    }
                    return Ok(answer);
                }
                Err(ClientError::Call(error)) => {
                    return Err(Error::Refused {
                        method: method.to_owned(),
                        code: error.code(),
                        message: error.message().to_owned(),
                        data: error
                            .data()
                            .and_then(|data| serde_json::from_str(data.get()).ok()),
                    });
                }
                Err(ClientError::ParseError(source)) => {
                    return Err(Error::Form {
                        method: method.to_owned(),
                        source,
                    });
                }
                Err(source) if asked == self.links.len() => {
                    return Err(Error::Unreachable {
                        method: method.to_owned(),
                        url: link.url.clone(),
                        source,
                    });
                }
                Err(_) => index = (index + 1) % self.links.len(),
            }
        }
    }

    /// What the node knows of the ledger and of itself.
    ///
    /// # Errors
    /// As [`Node::raw`], here and in all that follow.
    pub async fn status(&self) -> Result<Status, Error> {
        self.request("civitas_status", Value::Null).await
    }

    /// The parameters that the next block is made by.
    ///
    /// # Errors
    /// As [`Node::raw`].
    pub async fn parameters(&self) -> Result<Parameters, Error> {
        self.request("civitas_parameters", Value::Null).await
    }

    /// The validators of an epoch; of the current one if none is named.
    ///
    /// # Errors
    /// As [`Node::raw`].
    pub async fn validators(&self, epoch: Option<u64>) -> Result<Vec<Validator>, Error> {
        let params = epoch.map_or_else(|| json!([]), |epoch| json!([U64::from(epoch)]));
        self.request("civitas_validators", params).await
    }

    /// The ledgers that the node serves.
    ///
    /// # Errors
    /// As [`Node::raw`].
    pub async fn ledgers(&self) -> Result<Vec<LedgerPath>, Error> {
        self.request("civitas_ledgers", Value::Null).await
    }

    /// The system contracts of the city.
    ///
    /// # Errors
    /// As [`Node::raw`].
    pub async fn system_contracts(&self) -> Result<Vec<SystemContract>, Error> {
        self.request("civitas_systemContracts", Value::Null).await
    }

    /// The signatures that prove a block; none while no later payload commits to it.
    ///
    /// # Errors
    /// As [`Node::raw`].
    pub async fn certificate(&self, block: u64) -> Result<Option<BlockCertificate>, Error> {
        self.request("civitas_getCertificate", json!([U64::from(block)]))
            .await
    }

    /// Transactions that were ordered but left out of a block.
    ///
    /// # Errors
    /// As [`Node::raw`].
    pub async fn omitted(&self, block: u64) -> Result<Vec<Omission>, Error> {
        self.request("civitas_getOmitted", json!([U64::from(block)]))
            .await
    }

    /// What was left out under a transaction's hash.
    ///
    /// # Errors
    /// As [`Node::raw`].
    pub async fn omission(&self, transaction: B256) -> Result<Vec<Omission>, Error> {
        self.request("civitas_getOmitted", json!([transaction])).await
    }

    /// Chain id of the ledger.
    ///
    /// # Errors
    /// As [`Node::raw`].
    pub async fn chain_id(&self) -> Result<u64, Error> {
        let id: U64 = self.request("eth_chainId", Value::Null).await?;
        Ok(id.to())
    }

    /// Height of the newest block.
    ///
    /// # Errors
    /// As [`Node::raw`].
    pub async fn block_number(&self) -> Result<u64, Error> {
        let number: U64 = self.request("eth_blockNumber", Value::Null).await?;
        Ok(number.to())
    }

    /// Balance of an account now, in wei.
    ///
    /// # Errors
    /// As [`Node::raw`].
    pub async fn balance(&self, account: Address) -> Result<U256, Error> {
        self.request("eth_getBalance", json!([account, "latest"])).await
    }

    /// Nonce of the next transaction of an account, after those that wait.
    ///
    /// # Errors
    /// As [`Node::raw`].
    pub async fn nonce(&self, account: Address) -> Result<u64, Error> {
        let nonce: U64 = self
            .request("eth_getTransactionCount", json!([account, "pending"]))
            .await?;
        Ok(nonce.to())
    }

    /// Code of an account now.
    ///
    /// # Errors
    /// As [`Node::raw`].
    pub async fn code(&self, account: Address) -> Result<Bytes, Error> {
        self.request("eth_getCode", json!([account, "latest"])).await
    }

    /// Executes a call without a trace in the ledger.
    ///
    /// # Errors
    /// As [`Node::raw`]; [`Error::revert`] tells what a reverted one gave back.
    pub async fn call(&self, to: Address, data: &Bytes) -> Result<Bytes, Error> {
        self.request("eth_call", json!([{"to": to, "input": data}, "latest"]))
            .await
    }

    /// The same in the name of an account, to see whether it would be allowed.
    ///
    /// # Errors
    /// As [`Node::call`].
    pub async fn call_from(&self, from: Address, to: Address, data: &Bytes) -> Result<Bytes, Error> {
        let call = json!([{"from": from, "to": to, "input": data}, "latest"]);
        self.request("eth_call", call).await
    }

    /// The least gas limit with which a transaction succeeds.
    ///
    /// # Errors
    /// As [`Node::call`].
    pub async fn estimate_gas(&self, from: Address, to: Address, data: &Bytes) -> Result<u64, Error> {
        let gas: U64 = self
            .request(
                "eth_estimateGas",
                json!([{"from": from, "to": to, "input": data}]),
            )
            .await?;
        Ok(gas.to())
    }

    /// Submits a signed transaction and gives its hash.
    ///
    /// # Errors
    /// As [`Node::raw`].
    pub async fn send_raw_transaction(&self, transaction: &Bytes) -> Result<B256, Error> {
        self.request("eth_sendRawTransaction", json!([transaction])).await
    }

    /// A transaction, in a block or waiting.
    ///
    /// # Errors
    /// As [`Node::raw`].
    pub async fn transaction(&self, hash: B256) -> Result<Option<Value>, Error> {
        self.request("eth_getTransactionByHash", json!([hash])).await
    }

    /// Receipt of a transaction; none until it is in a block.
    ///
    /// # Errors
    /// As [`Node::raw`].
    pub async fn receipt(&self, hash: B256) -> Result<Option<Value>, Error> {
        self.request("eth_getTransactionReceipt", json!([hash])).await
    }

    /// What a transaction did, as a tree of calls.
    ///
    /// # Errors
    /// As [`Node::raw`].
    pub async fn trace_transaction(&self, hash: B256) -> Result<Value, Error> {
        let options = json!({"tracer": "callTracer", "tracerConfig": {"withLog": true}});
        self.request("debug_traceTransaction", json!([hash, options]))
            .await
    }

    /// What a transaction changed in the state: `{pre, post}`, by account.
    ///
    /// # Errors
    /// As [`Node::raw`].
    pub async fn state_changes(&self, hash: B256) -> Result<Value, Error> {
        let options = json!({"tracer": "prestateTracer", "tracerConfig": {"diffMode": true}});
        self.request("debug_traceTransaction", json!([hash, options]))
            .await
    }

    /// Asks a view function of a system contract; arguments and answer are JSON ([`crate::abi`]). A function that
    /// gives back one value gives that, one with several gives an object or array of them.
    ///
    /// # Errors
    /// As [`Node::call`], and [`Error::Abi`].
    pub async fn ask(&self, contract: &str, function: &str, arguments: &[Value]) -> Result<Value, Error> {
        let contract = contracts::named(contract)?;
        let data = contract.encode(function, arguments)?;
        let output = self.call(contract.address, &data).await?;
        Ok(contract.decode_output(&data, &output)?)
    }
}

impl Link {
    fn new(url: &str) -> Result<Self, Error> {
        let client = HttpClientBuilder::default()
            .max_response_size(RESPONSE_BYTES_MAX)
            .request_timeout(REQUEST_TIME_MAX)
            .connect_timeout(CONNECT_TIME_MAX)
            .build(url)
            .map_err(|source| Error::Address {
                url: url.to_owned(),
                source,
            })?;
        Ok(Self {
            url: url.to_owned(),
            client,
        })
    }

    /// Height of the newest block of this node; none if it does not answer.
    async fn height(&self) -> Option<u64> {
        let asked = self
            .client
            .request::<U64, _>("eth_blockNumber", ArrayParams::new());
        asked.await.ok().map(|height| height.to())
    }
}

/// Positional parameters out of a JSON array.
fn arguments(method: &str, params: Value) -> Result<ArrayParams, Error> {
    let items = match params {
        Value::Array(items) => items,
        Value::Null => Vec::new(),
        single => vec![single],
    };
    let mut arguments = ArrayParams::new();
    for item in items {
        arguments.insert(item).map_err(|source| Error::Form {
            method: method.to_owned(),
            source,
        })?;
    }
    Ok(arguments)
}
