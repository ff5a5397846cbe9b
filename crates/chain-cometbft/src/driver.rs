//! What one endpoint is asked, and what becomes of its answers.

use crate::{
    Config,
    link::Link,
    verify::{self, require},
    wire::{
        WireBlock, WireChain, WireCommit, WireContent, WireResults, WireSigned, WireTaken, WireValidators,
    },
};
use alloy_primitives::{B256, Bytes};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use civitas_chain_link::{Driver, Link as _, LinkError, Links, Protocol};
use civitas_ports::{
    BoxFuture, ConsensusState, FinalityClass, ForeignBlock, ForeignError, ForeignHead, ForeignHeader,
};
use futures::{StreamExt as _, TryStreamExt as _, stream, try_join};
use parking_lot::Mutex;
use prost::Message as _;
use serde_json::{Value, json};
use std::{collections::VecDeque, sync::Arc};
use tendermint::{Hash, block::Header, validator::Set};
use tendermint_proto::v0_38::types::LightBlock;
use tracing::warn;

/// Requests to one endpoint at the same time: enough to hide the way to it, few for a public one.
const REQUESTS_AT_ONCE: usize = 8;
/// Headers that one request gives: CometBFT's own bound.
const HEADERS_A_REQUEST: u64 = 20;
/// Validators that one request gives: CometBFT's own bound.
const VALIDATORS_A_REQUEST: usize = 100;
/// Validators of a block, at most: what CometBFT can number in a commit (`MaxVotesCount`).
const VALIDATORS_MAX: usize = 10_000;
/// Sets of validators that are remembered, by hash: that of a block and that of the next one, and two to spare.
const SETS_MAX: usize = 4;
/// Blocks above a block before its results are proven.
const PROVEN_LAG: u64 = 1;

/// The driver of a chain that CometBFT runs.
pub type CometbftChain = Driver<Cometbft>;

/// A chain that CometBFT runs.
#[derive(Debug)]
pub struct Cometbft {
    config: Config,
    links: Links<Link>,
    /// Sets of validators by what hashes to the name under which each stands.
    sets: Mutex<VecDeque<(Hash, Arc<Set>)>>,
}

/// Two headers that follow each other, and who voted for the first.
struct Proven {
    header: ForeignHeader,
    raw: Header,
    next: Header,
    evidence: Bytes,
}

impl Cometbft {
    async fn look(&self, link: &Link) -> Result<ForeignHead, LinkError> {
        let latest = link.status().await?.sync_info.latest_block_height;
        let lag = match self.config.finality {
            FinalityClass::Instant | FinalityClass::Finalized => PROVEN_LAG,
            FinalityClass::Depth(depth) => depth.max(PROVEN_LAG),
        };
        // There is no block 0.
        let finalized = latest.checked_sub(lag).filter(|height| *height > 0);
        Ok(ForeignHead { latest, finalized })
    }

    async fn signed_header(&self, link: &Link, height: u64) -> Result<WireSigned, LinkError> {
        let told: WireCommit = link.ask_at("commit", height).await?;
        Ok(told.signed_header)
    }

    /// The validators that hash to `wanted`, of the block at `height`.
    async fn validators(&self, link: &Link, height: u64, wanted: Hash) -> Result<Arc<Set>, LinkError> {
        let known = self.sets.lock().iter().find(|(hash, _)| *hash == wanted).cloned();
        if let Some((_, known)) = known {
            return Ok(known);
        }
        let mut told = Vec::new();
        for page in 1..=VALIDATORS_MAX {
            let (page, per_page) = (page.to_string(), VALIDATORS_A_REQUEST.to_string());
            let params = json!({ "height": height.to_string(), "page": page, "per_page": per_page });
            let answer: WireValidators = link.ask("validators", params).await?;
            let is_last = answer.validators.is_empty();
            told.extend(answer.validators);
            if answer.total > VALIDATORS_MAX || told.len() > VALIDATORS_MAX {
                return Err(LinkError::TooLarge {
                    what: format!("block {height} with {} validators", answer.total),
                    max: u64::try_from(VALIDATORS_MAX).unwrap_or(u64::MAX),
                });
            }
            if is_last || told.len() >= answer.total {
                break;
            }
        }
        let set = Arc::new(verify::validators(told, height)?);
        require(set.hash() == wanted, height, || {
            "its validators are others than its header says".to_owned()
        })?;
        let mut sets = self.sets.lock();
        sets.push_front((wanted, set.clone()));
        sets.truncate(SETS_MAX);
        Ok(set)
    }

    /// A header with the one after it, each signed by the validators that the one before it names.
    async fn proven(&self, link: &Link, height: u64) -> Result<Proven, LinkError> {
        let after = height.saturating_add(1);
        let (told, next) = try_join!(self.signed_header(link, height), self.signed_header(link, after))?;
        verify::header(&told.header, &told.commit.block_id.hash.to_string(), height)?;
        self.require_named(&told.header, link)?;
        verify::joined(&told.header, &next.header, height)?;
        if told.header.last_block_id.is_some() {
            let before = height.saturating_sub(1);
            let before = self.signed_header(link, before).await?;
            verify::joined(&before.header, &told.header, height)?;
        }
        let validators = self.validators(link, height, told.header.validators_hash).await?;
        let signed = verify::signed(&told, &validators, height)?;
        let next_validators = self.validators(link, after, next.header.validators_hash).await?;
        verify::signed(&next, &next_validators, height)?;
        let evidence = LightBlock {
            signed_header: Some(signed.into()),
            validator_set: Some((*validators).clone().into()),
        };
        Ok(Proven {
            header: verify::foreign_header(&told.header, &next.header),
            raw: told.header,
            next: next.header,
            evidence: evidence.encode_to_vec().into(),
        })
    }

    /// The header names the chain.
    fn require_named(&self, header: &Header, link: &Link) -> Result<(), LinkError> {
        let found = crate::caip2(header.chain_id.as_str());
        if found == self.config.chain {
            return Ok(());
        }
        warn!(chain = %self.config.chain, endpoint = %link.endpoint().name(), %found, "an endpoint gave a header of another chain");
        Err(LinkError::WrongChain { found })
    }

    async fn read_headers(
        &self,
        link: &Link,
        from: u64,
        count: u64,
    ) -> Result<Vec<ForeignHeader>, LinkError> {
        // One more: it names the state after the last.
        let last = from.saturating_add(count);
        let step = usize::try_from(HEADERS_A_REQUEST).unwrap_or(usize::MAX);
        let pages: Vec<Vec<Header>> = stream::iter((from..=last).step_by(step))
            .map(|first| self.page_of(link, first, last.min(first.saturating_add(HEADERS_A_REQUEST - 1))))
            .buffered(REQUESTS_AT_ONCE)
            .try_collect()
            .await?;
        let headers = pages.concat();
        headers
            .windows(2)
            .map(|pair| {
                verify::joined(&pair[0], &pair[1], pair[0].height.value())?;
                Ok(verify::foreign_header(&pair[0], &pair[1]))
            })
            .collect()
    }

    /// Headers from `first` to `last`, few enough for one request.
    async fn page_of(&self, link: &Link, first: u64, last: u64) -> Result<Vec<Header>, LinkError> {
        let params = json!({ "minHeight": first.to_string(), "maxHeight": last.to_string() });
        let told: WireChain = link.ask("blockchain", params).await?;
        let mut headers = Vec::new();
        for (meta, height) in told.block_metas.into_iter().rev().zip(first..=last) {
            verify::header(&meta.header, &meta.block_id.hash, height)?;
            self.require_named(&meta.header, link)?;
            headers.push(meta.header);
        }
        let found = u64::try_from(headers.len()).unwrap_or(u64::MAX);
        if found <= last - first {
            return Err(LinkError::Missing {
                height: first.saturating_add(found),
            });
        }
        Ok(headers)
    }

    async fn read_block(&self, link: &Link, height: u64) -> Result<ForeignBlock, LinkError> {
        let (told, results): (WireBlock, WireResults) =
            try_join!(link.ask_at("block", height), link.ask_at("block_results", height))?;
        let WireContent { header, data } = told.block.ok_or(LinkError::Missing { height })?;
        verify::header(&header, &told.block_id.hash, height)?;
        if data.txs.len() > self.config.transactions_max {
            return Err(LinkError::TooLarge {
                what: format!("block {height} with {} transactions", data.txs.len()),
                max: u64::try_from(self.config.transactions_max).unwrap_or(u64::MAX),
            });
        }
        let raws = verify::transactions(&header, &data.txs, height)?;
        let proven = self.proven(link, height).await?;
        require(proven.raw == header, height, || {
            "two headers of it were given".to_owned()
        })?;
        verify::block(proven.header, &proven.next, raws, results, self.config.events_max)
    }

    async fn pass(&self, link: &Link, transaction: &Bytes) -> Result<Result<B256, String>, LinkError> {
        let hash = verify::transaction_hash(transaction);
        let params = json!({ "tx": STANDARD.encode(transaction) });
        let sent: Result<WireTaken, LinkError> = link.ask("broadcast_tx_sync", params).await;
        let reason = match sent {
            Ok(taken) if taken.code == 0 => return Ok(Ok(hash)),
            Ok(taken) => format!("code {}: {}", taken.code, taken.log),
            // It waits already: CometBFT's `ErrTxInCache`.
            Err(LinkError::Refused { message, .. }) if message.contains("already exists in cache") => {
                return Ok(Ok(hash));
            }
            Err(LinkError::Refused { message, .. }) => message,
            Err(error) => return Err(error),
        };
        // What is in a block already is refused in the words of the application.
        let params = json!({ "hash": STANDARD.encode(hash), "prove": false });
        let known: Result<Value, LinkError> = link.ask("tx", params).await;
        match known {
            Ok(_) => Ok(Ok(hash)),
            Err(LinkError::Refused { .. }) => Ok(Err(reason)),
            Err(error) => Err(error),
        }
    }
}

impl Protocol for Cometbft {
    type Config = Config;
    type Link = Link;
    const SEND_METHOD: &'static str = "broadcast_tx_sync";

    fn prepare(config: Config) -> Result<Self, ForeignError> {
        config.check()?;
        Ok(Self {
            links: Links::new(&config.chain, &config.urls, |url| Link::new(url, &config))?,
            config,
            sets: Mutex::new(VecDeque::new()),
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
            let proven = self.proven(link, height).await?;
            Ok(ConsensusState {
                height,
                hash: proven.header.hash,
                state_root: proven.header.state_root,
                evidence: proven.evidence,
            })
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
