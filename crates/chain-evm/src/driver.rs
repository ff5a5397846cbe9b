//! The driver: which endpoint is asked, and what becomes of its answers.

use crate::{
    Config,
    error::LinkError,
    link::Link,
    verify::{self, Body},
    wire::{WireBlock, WireReceipt},
};
use alloy_consensus::TxEnvelope;
use alloy_primitives::{B256, Bytes, U64, keccak256};
use civitas_ports::{
    BoxFuture, ConsensusState, FOREIGN_HEADERS_MAX, FinalityClass, ForeignBlock, ForeignChain,
    ForeignEndpoint, ForeignError, ForeignHead, ForeignHeader,
};
use futures::{StreamExt as _, TryStreamExt as _, future::join_all, stream};
use parking_lot::Mutex;
use serde::Deserialize as _;
use serde_json::{Value, json};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use tracing::warn;

/// Requests to one endpoint at the same time: enough to hide the way to it, few for a public one.
const REQUESTS_AT_ONCE: usize = 16;

/// An Ethereum-like chain.
#[derive(Debug)]
pub struct EvmChain {
    name: String,
    config: Config,
    links: Vec<Link>,
    /// The endpoint that was furthest when it was last looked.
    furthest: AtomicUsize,
    head: Mutex<Option<ForeignHead>>,
}

/// A header as it was checked, and as it was said.
struct Checked {
    header: ForeignHeader,
    wire: WireBlock,
}

impl EvmChain {
    /// Prepares the driver of a chain; nothing is sent yet.
    ///
    /// # Errors
    /// [`ForeignError::Settings`].
    pub fn connect(config: Config) -> Result<Arc<Self>, ForeignError> {
        config.check()?;
        let links: Result<Vec<Link>, ForeignError> =
            config.urls.iter().map(|url| Link::new(url, &config)).collect();
        Ok(Arc::new(Self {
            name: format!("eip155:{}", config.chain_id),
            links: links?,
            config,
            furthest: AtomicUsize::new(0),
            head: Mutex::new(None),
        }))
    }

    /// Endpoints in the order in which they are asked: the furthest first, those that rest last.
    fn order(&self) -> Vec<&Link> {
        let first = self.furthest.load(Ordering::Relaxed) % self.links.len();
        let (before, after) = self.links.split_at(first);
        let mut order: Vec<&Link> = after.iter().chain(before).collect();
        order.sort_by_key(|link| link.is_resting());
        order
    }

    /// Asks one endpoint after the other until one gives an answer that holds.
    async fn first<'a, T, F>(&'a self, request: &str, ask: F) -> Result<T, ForeignError>
    where
        F: Fn(&'a Link) -> BoxFuture<'a, Result<T, LinkError>>,
    {
        let mut worst: Option<(LinkError, &str)> = None;
        for link in self.order() {
            match ask(link).await {
                Ok(answer) => {
                    link.praise();
                    return Ok(answer);
                }
                Err(error) => {
                    warn!(chain = %self.name, endpoint = %link.name, request, %error, "an endpoint gave nothing");
                    link.rest();
                    if worst
                        .as_ref()
                        .is_none_or(|(known, _)| known.weight() < error.weight())
                    {
                        worst = Some((error, &link.name));
                    }
                }
            }
        }
        match worst {
            Some((error, endpoint)) => Err(error.told(&self.name, endpoint, request)),
            // There is at least one endpoint.
            None => Err(ForeignError::Settings {
                what: format!("{} has no endpoint", self.name),
            }),
        }
    }

    async fn look(&self) -> Result<ForeignHead, ForeignError> {
        let awake = self.links.iter().any(|link| !link.is_resting());
        let asked = self.links.iter().map(|link| async move {
            if awake && link.is_resting() {
                return None;
            }
            Some(self.head_of(link).await)
        });
        let mut best: Option<(ForeignHead, usize)> = None;
        let mut worst: Option<(LinkError, usize)> = None;
        for (index, answer) in join_all(asked).await.into_iter().enumerate() {
            match answer {
                Some(Ok(head)) => {
                    self.links[index].praise();
                    let rank = |head: &ForeignHead| (head.finalized, head.latest);
                    if best.as_ref().is_none_or(|(known, _)| rank(known) < rank(&head)) {
                        best = Some((head, index));
                    }
                }
                Some(Err(error)) => {
                    warn!(chain = %self.name, endpoint = %self.links[index].name, %error, "an endpoint gave nothing");
                    self.links[index].rest();
                    if worst
                        .as_ref()
                        .is_none_or(|(known, _)| known.weight() < error.weight())
                    {
                        worst = Some((error, index));
                    }
                }
                None => {}
            }
        }
        match (best, worst) {
            (Some((head, index)), _) => {
                self.furthest.store(index, Ordering::Relaxed);
                *self.head.lock() = Some(head);
                Ok(head)
            }
            (None, Some((error, index))) => {
                Err(error.told(&self.name, &self.links[index].name, "its height"))
            }
            // One is awake or all are asked.
            (None, None) => Err(ForeignError::Settings {
                what: format!("{} has no endpoint", self.name),
            }),
        }
    }

    async fn head_of(&self, link: &Link) -> Result<ForeignHead, LinkError> {
        let latest: U64 = link.ask("eth_blockNumber", Vec::new()).await?;
        let latest: u64 = latest.to();
        let finalized = match self.config.finality {
            FinalityClass::Instant => Some(latest),
            FinalityClass::Depth(depth) => latest.checked_sub(depth),
            FinalityClass::Finalized => {
                let params = vec![json!("finalized"), json!(false)];
                let block: Option<WireBlock> = link.ask("eth_getBlockByNumber", params).await?;
                block.map(|block| block.header.number)
            }
        };
        link.note_finalized(finalized);
        Ok(ForeignHead { latest, finalized })
    }

    /// Passes heights that are final, after another look where the last one does not say so.
    async fn require_final(&self, height: u64) -> Result<u64, ForeignError> {
        let known = self.head.lock().and_then(|head| head.finalized);
        if let Some(finalized) = known.filter(|finalized| *finalized >= height) {
            return Ok(finalized);
        }
        let finalized = self.look().await?.finalized;
        finalized
            .filter(|finalized| *finalized >= height)
            .ok_or(ForeignError::NotFinal { height, finalized })
    }

    /// Whether this endpoint shows by itself that a block is final: another one may have lied about the height.
    async fn confirm(&self, link: &Link, height: u64) -> Result<(), LinkError> {
        match self.config.finality {
            FinalityClass::Instant => Ok(()),
            // It has the block that makes this one deep.
            FinalityClass::Depth(depth) => {
                let above = height.saturating_add(depth);
                self.checked(link, above, Whole::No).await.map(|_| ())
            }
            FinalityClass::Finalized => {
                if link.finalized().is_some_and(|finalized| finalized >= height) {
                    return Ok(());
                }
                let finalized = self.head_of(link).await?.finalized;
                if finalized.is_some_and(|finalized| finalized >= height) {
                    return Ok(());
                }
                Err(LinkError::Missing { height })
            }
        }
    }

    async fn checked(&self, link: &Link, height: u64, is_whole: Whole) -> Result<Checked, LinkError> {
        let params = vec![json!(U64::from(height)), json!(is_whole == Whole::Yes)];
        let wire: Option<WireBlock> = link.ask("eth_getBlockByNumber", params).await?;
        let wire = wire.ok_or(LinkError::Missing { height })?;
        let header = verify::header(&wire, height)?;
        if wire.transactions.len() > self.config.transactions_max {
            return Err(LinkError::TooLarge {
                what: format!("block {height} with {} transactions", wire.transactions.len()),
                max: u64::try_from(self.config.transactions_max).unwrap_or(u64::MAX),
            });
        }
        Ok(Checked { header, wire })
    }

    async fn headers_of(&self, link: &Link, from: u64, count: u64) -> Result<Vec<ForeignHeader>, LinkError> {
        let heights = from..from.saturating_add(count);
        self.confirm(link, heights.end - 1).await?;
        let found: Vec<ForeignHeader> =
            stream::iter(heights)
                .map(|height| async move {
                    Ok::<_, LinkError>(self.checked(link, height, Whole::No).await?.header)
                })
                .buffered(REQUESTS_AT_ONCE)
                .try_collect()
                .await?;
        for pair in found.windows(2) {
            if pair[1].parent != pair[0].hash {
                return Err(LinkError::False {
                    height: pair[1].height,
                    what: format!("its parent is {}, not {}", pair[1].parent, pair[0].hash),
                });
            }
        }
        Ok(found)
    }

    async fn block_of(&self, link: &Link, height: u64) -> Result<ForeignBlock, LinkError> {
        self.confirm(link, height).await?;
        let Checked { header, mut wire } = self.checked(link, height, Whole::Yes).await?;
        let values = std::mem::take(&mut wire.transactions);
        let receipts = if values.is_empty() {
            Vec::new()
        } else {
            receipts(link, &header, &values).await?
        };
        let mut bodies = Vec::with_capacity(values.len());
        for (index, value) in values.into_iter().enumerate() {
            bodies.push(match TxEnvelope::deserialize(&value) {
                Ok(envelope) => Body::Known(Box::new(envelope)),
                Err(_) => Body::of(raw_transaction(link, &header, index).await?),
            });
        }
        verify::block(header, &wire.header, bodies, receipts)
    }

    async fn send(&self, link: &Link, transaction: &Bytes) -> Result<Result<B256, String>, LinkError> {
        let hash = keccak256(transaction);
        let sent: Result<B256, LinkError> =
            link.ask("eth_sendRawTransaction", vec![json!(transaction)]).await;
        match sent {
            Ok(_) => Ok(Ok(hash)),
            Err(LinkError::Refused { message, .. }) => {
                // What was sent before is refused in as many words as there are kinds of nodes.
                let known: Option<Value> = link.ask("eth_getTransactionByHash", vec![json!(hash)]).await?;
                Ok(known.map(|_| hash).ok_or(message))
            }
            Err(error) => Err(error),
        }
    }
}

/// Whether a block is asked for with its transactions.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whole {
    Yes,
    No,
}

/// All receipts of a block: at once where the endpoint can, else one by one.
async fn receipts(
    link: &Link,
    header: &ForeignHeader,
    values: &[Value],
) -> Result<Vec<WireReceipt>, LinkError> {
    let height = header.height;
    if !link.lacks_block_receipts.load(Ordering::Relaxed) {
        let params = vec![json!(U64::from(height))];
        match link
            .ask::<Option<Vec<WireReceipt>>>("eth_getBlockReceipts", params)
            .await
        {
            Ok(Some(receipts)) => return Ok(receipts),
            Ok(None) => return Err(LinkError::Missing { height }),
            Err(LinkError::Refused { .. }) => link.lacks_block_receipts.store(true, Ordering::Relaxed),
            Err(error) => return Err(error),
        }
    }
    let hashes: Vec<Value> = values.iter().map(|value| value["hash"].clone()).collect();
    stream::iter(hashes)
        .map(|hash| async move {
            let receipt: Option<WireReceipt> = link.ask("eth_getTransactionReceipt", vec![hash]).await?;
            receipt.ok_or(LinkError::False {
                height,
                what: "a receipt of it is not there".to_owned(),
            })
        })
        .buffered(REQUESTS_AT_ONCE)
        .try_collect()
        .await
}

/// The bytes of a transaction whose kind this driver does not know.
async fn raw_transaction(link: &Link, header: &ForeignHeader, index: usize) -> Result<Bytes, LinkError> {
    let index = U64::try_from(index).unwrap_or(U64::MAX);
    let params = vec![json!(header.hash), json!(index)];
    let raw: Option<Bytes> = link
        .ask("eth_getRawTransactionByBlockHashAndIndex", params)
        .await?;
    raw.ok_or(LinkError::False {
        height: header.height,
        what: format!("transaction {index} of it is not there"),
    })
}

impl ForeignChain for EvmChain {
    fn chain(&self) -> &str {
        &self.name
    }

    fn finality(&self) -> FinalityClass {
        self.config.finality
    }

    fn head(&self) -> BoxFuture<'_, Result<ForeignHead, ForeignError>> {
        Box::pin(self.look())
    }

    fn headers(&self, from: u64, count: u64) -> BoxFuture<'_, Result<Vec<ForeignHeader>, ForeignError>> {
        Box::pin(async move {
            let finalized = self.require_final(from).await?;
            let count = count.clamp(1, FOREIGN_HEADERS_MAX).min(finalized - from + 1);
            let request = format!("headers from {from} on");
            self.first(&request, |link| Box::pin(self.headers_of(link, from, count)))
                .await
        })
    }

    fn block(&self, height: u64) -> BoxFuture<'_, Result<ForeignBlock, ForeignError>> {
        Box::pin(async move {
            self.require_final(height).await?;
            let request = format!("block {height}");
            self.first(&request, |link| Box::pin(self.block_of(link, height)))
                .await
        })
    }

    fn consensus_state(&self, height: u64) -> BoxFuture<'_, Result<ConsensusState, ForeignError>> {
        Box::pin(async move {
            self.require_final(height).await?;
            let request = format!("the seals of block {height}");
            let checked = self
                .first(&request, |link| {
                    Box::pin(async move {
                        self.confirm(link, height).await?;
                        self.checked(link, height, Whole::No).await
                    })
                })
                .await?;
            Ok(verify::consensus_state(
                &checked.header,
                &checked.wire.header,
                self.config.finality,
            ))
        })
    }

    fn submit(&self, transaction: Bytes) -> BoxFuture<'_, Result<B256, ForeignError>> {
        Box::pin(async move {
            let transaction = &transaction;
            let mut last = None;
            for link in self.order() {
                match self.send(link, transaction).await {
                    Ok(Ok(hash)) => return Ok(hash),
                    Ok(Err(reason)) => return Err(ForeignError::Refused { reason }),
                    Err(error) => {
                        link.rest();
                        last = Some(error.told(&self.name, &link.name, "eth_sendRawTransaction"));
                    }
                }
            }
            Err(last.unwrap_or_else(|| ForeignError::Settings {
                what: format!("{} has no endpoint", self.name),
            }))
        })
    }

    fn endpoints(&self) -> Vec<ForeignEndpoint> {
        self.links.iter().map(Link::count).collect()
    }
}
