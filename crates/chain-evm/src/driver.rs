//! What one endpoint is asked, and what becomes of its answers.

use crate::{
    Config,
    link::Link,
    outward::Waiting,
    seal,
    verify::{self, Body},
    wire::{WireBlock, WireReceipt},
};
use alloy_consensus::TxEnvelope;
use alloy_primitives::{B256, Bytes, U64, keccak256};
use civitas_chain_link::{Driver, LinkError, Links, Protocol};
use civitas_ports::{
    BoxFuture, ConsensusState, FinalityClass, ForeignBlock, ForeignError, ForeignHead, ForeignHeader, Outward,
};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde::Deserialize as _;
use serde_json::{Value, json};
use std::sync::atomic::Ordering;

/// Requests to one endpoint at the same time: enough to hide the way to it, few for a public one.
const REQUESTS_AT_ONCE: usize = 16;

/// The driver of an Ethereum-like chain.
pub type EvmChain = Driver<Evm>;

/// An Ethereum-like chain.
#[derive(Debug)]
pub struct Evm {
    pub(crate) config: Config,
    pub(crate) links: Links<Link>,
    /// What accounts have waiting on the chain.
    pub(crate) waiting: Waiting,
}

/// A header as it was checked, and as it was said.
struct Checked {
    header: ForeignHeader,
    wire: WireBlock,
}

impl Evm {
    async fn look(&self, link: &Link) -> Result<ForeignHead, LinkError> {
        let latest: U64 = link.ask("eth_blockNumber", Vec::new()).await?;
        let latest: u64 = latest.to();
        let finalized = match self.config.finality {
            FinalityClass::Instant => Some(latest),
            FinalityClass::Depth(depth) => latest.checked_sub(depth),
            FinalityClass::Finalized => {
                let params = vec![json!("finalized"), json!(false)];
                let block: Result<Option<WireBlock>, LinkError> =
                    link.ask("eth_getBlockByNumber", params).await;
                match block {
                    // While nothing is final, geth refuses the tag; so does a node that does not know it.
                    Err(LinkError::Refused { .. }) => None,
                    block => block?.map(|block| block.header.number),
                }
            }
        };
        link.note_finalized(finalized);
        Ok(ForeignHead { latest, finalized })
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
                let finalized = self.look(link).await?.finalized;
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

    /// The header of a final block in the encoding that its chain hashes.
    pub(crate) async fn hashed_header(&self, link: &Link, height: u64) -> Result<Bytes, LinkError> {
        self.confirm(link, height).await?;
        let Checked { header, wire } = self.checked(link, height, Whole::No).await?;
        let encoded = seal::hashed_form(header.hash, &wire.header);
        encoded.map(Bytes::from).ok_or(LinkError::False {
            height,
            what: "its header has another hash".to_owned(),
        })
    }

    async fn read_headers(
        &self,
        link: &Link,
        from: u64,
        count: u64,
    ) -> Result<Vec<ForeignHeader>, LinkError> {
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

    async fn read_block(&self, link: &Link, height: u64) -> Result<ForeignBlock, LinkError> {
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

    pub(crate) async fn pass(
        &self,
        link: &Link,
        transaction: &Bytes,
    ) -> Result<Result<B256, String>, LinkError> {
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

impl Protocol for Evm {
    type Config = Config;
    type Link = Link;
    const SEND_METHOD: &'static str = "eth_sendRawTransaction";

    fn outward(&self) -> Option<&dyn Outward> {
        Some(self)
    }

    fn prepare(config: Config) -> Result<Self, ForeignError> {
        config.check()?;
        let name = format!("eip155:{}", config.chain_id);
        let links = Links::new(&name, &config.urls, |url| Link::new(url, &config))?;
        Ok(Self {
            config,
            links,
            waiting: Waiting::default(),
        })
    }

    fn links(&self) -> &Links<Link> {
        &self.links
    }

    fn finality_class(&self) -> FinalityClass {
        self.config.finality
    }

    fn head_of<'a>(&'a self, link: &'a Link) -> BoxFuture<'a, Result<ForeignHead, LinkError>> {
        Box::pin(self.look(link))
    }

    fn headers_of<'a>(
        &'a self,
        link: &'a Link,
        from: u64,
        count: u64,
    ) -> BoxFuture<'a, Result<Vec<ForeignHeader>, LinkError>> {
        Box::pin(self.read_headers(link, from, count))
    }

    fn block_of<'a>(&'a self, link: &'a Link, height: u64) -> BoxFuture<'a, Result<ForeignBlock, LinkError>> {
        Box::pin(self.read_block(link, height))
    }

    fn consensus_of<'a>(
        &'a self,
        link: &'a Link,
        height: u64,
    ) -> BoxFuture<'a, Result<ConsensusState, LinkError>> {
        Box::pin(async move {
            self.confirm(link, height).await?;
            let Checked { header, wire } = self.checked(link, height, Whole::No).await?;
            Ok(verify::consensus_state(
                &header,
                &wire.header,
                self.config.finality,
            ))
        })
    }

    fn send<'a>(
        &'a self,
        link: &'a Link,
        transaction: &'a Bytes,
    ) -> BoxFuture<'a, Result<Result<B256, String>, LinkError>> {
        Box::pin(self.pass(link, transaction))
    }
}
