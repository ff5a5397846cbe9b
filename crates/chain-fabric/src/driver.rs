//! What one peer is asked, and what becomes of its answers.

use crate::{
    Config,
    block::{hash_of, header, last_config, require},
    channel::Channel,
    identity::Identity,
    link::{Link, Range, SUBMIT, Wanted},
    name::caip2,
    transaction::named,
    verify::{foreign_block, foreign_header},
    wire::Block,
};
use alloy_primitives::{B256, Bytes};
use civitas_chain_link::{Driver, Link as _, LinkError, Links, Protocol};
use civitas_ports::{
    BoxFuture, ConsensusState, FinalityClass, ForeignBlock, ForeignError, ForeignHead, ForeignHeader,
};
use parking_lot::Mutex;
use prost::Message as _;
use std::{collections::BTreeMap, ops::ControlFlow, sync::Arc};
use tracing::{info, warn};

/// Config blocks that are read from the settings' one to the one in force, at most, in one go: each is two requests, and channels are set
/// anew some times a year.
const CONFIGS_A_WALK_MAX: usize = 1_000;
/// Config blocks that are remembered beside that of the settings.
const CONFIGS_KEPT_MAX: usize = 16;

/// The driver of a channel of Fabric.
pub type FabricChain = Driver<Fabric>;

/// A channel of Fabric.
#[derive(Debug)]
pub struct Fabric {
    config: Config,
    links: Links<Link>,
    /// The config block of the settings.
    root: Arc<Channel>,
    /// Config blocks that were proven from the root on, by height.
    proven: Mutex<BTreeMap<u64, Arc<Channel>>>,
}

impl Fabric {
    /// The config block that everything is proven from.
    pub fn root(&self) -> &Channel {
        &self.root
    }

    /// Makes sure that the peer has the channel of the settings, and not another one of the same name.
    async fn meet(&self, link: &Link) -> Result<(), LinkError> {
        if link.endpoint().is_known() {
            return Ok(());
        }
        let height = self.root.height;
        let asked = link
            .block(Range::Heights(height, height), Wanted::Signatures)
            .await;
        let other = |found: String| {
            warn!(chain = %self.config.chain, endpoint = %link.endpoint().name(), %found, "a peer has another channel");
            Err(LinkError::WrongChain { found })
        };
        match asked {
            Ok(block) => {
                let found = hash_of(header(&block, height)?);
                if found != self.root.hash {
                    return other(format!(
                        "another {} (its block {height} is {found})",
                        self.config.chain
                    ));
                }
            }
            Err(LinkError::Missing { .. }) => {
                return other(format!(
                    "a node without channel {} or its block {height}",
                    self.config.channel
                ));
            }
            Err(error) => return Err(error),
        }
        link.endpoint().note_known(true);
        Ok(())
    }

    fn known(&self, height: u64) -> Option<Arc<Channel>> {
        if height == self.root.height {
            return Some(self.root.clone());
        }
        self.proven.lock().get(&height).cloned()
    }

    fn remember(&self, channel: Arc<Channel>) {
        let mut proven = self.proven.lock();
        proven.insert(channel.height, channel);
        while proven.len() > CONFIGS_KEPT_MAX {
            proven.pop_first();
        }
    }

    /// The config block in force before a config block, as the block before it says: nothing is believed of that but the way.
    async fn config_before(&self, link: &Link, height: u64) -> Result<u64, LinkError> {
        let before = height.saturating_sub(1);
        let block = link
            .block(Range::Heights(before, before), Wanted::Signatures)
            .await?;
        let found = last_config(&block, before)?;
        require((self.root.height..height).contains(&found), height, || {
            format!("config block {found} was in force before it, as block {before} says")
        })?;
        Ok(found)
    }

    /// The channel as a config block sets it, proven from the settings' one on: each was signed by those that the one before names.
    async fn channel_at(&self, link: &Link, height: u64) -> Result<Arc<Channel>, LinkError> {
        let mut between = Vec::new();
        let mut at = height;
        let mut known = loop {
            if let Some(known) = self.known(at) {
                break known;
            }
            require(between.len() < CONFIGS_A_WALK_MAX, height, || {
                format!(
                    "more than {CONFIGS_A_WALK_MAX} config blocks lead to it: name a newer one in the settings"
                )
            })?;
            let block = link.block(Range::Heights(at, at), Wanted::Signatures).await?;
            let before = self.config_before(link, at).await?;
            between.push((at, block));
            at = before;
        };
        for (at, block) in between.into_iter().rev() {
            known.prove(&block, at)?;
            let next = Channel::read(&block, at)?;
            self.require_named(&next.name)?;
            info!(chain = %self.config.chain, height = at, ordering = %next.ordering, quorum = next.quorum(), "the channel was set anew");
            known = Arc::new(next);
            self.remember(known.clone());
        }
        Ok(known)
    }

    fn require_named(&self, name: &str) -> Result<(), LinkError> {
        if name == self.config.channel {
            return Ok(());
        }
        Err(LinkError::WrongChain { found: caip2(name) })
    }

    /// Whether the orderers signed the block, or it is the one of the settings.
    async fn prove(&self, link: &Link, block: &Block, height: u64) -> Result<(), LinkError> {
        if height == self.root.height {
            let found = hash_of(header(block, height)?);
            return require(found == self.root.hash, height, || {
                format!("it is {found}, and the settings have {}", self.root.hash)
            });
        }
        require(height > self.root.height, height, || {
            format!(
                "nothing is proven before block {} of the settings",
                self.root.height
            )
        })?;
        let said = last_config(block, height)?;
        // A config block names itself, and is signed by those before.
        let in_force = if said == height {
            self.config_before(link, height).await?
        } else {
            said
        };
        require((self.root.height..height).contains(&in_force), height, || {
            format!("config block {in_force} is in force, as it says")
        })?;
        self.channel_at(link, in_force).await?.prove(block, height)
    }

    async fn look(&self, link: &Link) -> Result<ForeignHead, LinkError> {
        self.meet(link).await?;
        let block = link.block(Range::Newest, Wanted::Signatures).await?;
        let latest = block.header.as_ref().map_or(0, |header| header.number);
        self.prove(link, &block, latest).await?;
        let lag = match self.config.finality {
            FinalityClass::Instant | FinalityClass::Finalized => 0,
            FinalityClass::Depth(depth) => depth,
        };
        Ok(ForeignHead {
            latest,
            finalized: latest.checked_sub(lag),
        })
    }

    async fn read_headers(
        &self,
        link: &Link,
        from: u64,
        count: u64,
    ) -> Result<Vec<ForeignHeader>, LinkError> {
        self.meet(link).await?;
        let mut headers: Vec<ForeignHeader> = Vec::new();
        let mut signed = Vec::new();
        let last = from.saturating_add(count.saturating_sub(1));
        let half = self.config.response_bytes_max / 2;
        link.blocks(Range::Heights(from, last), Wanted::Whole, |block, bytes| {
            let height = from.saturating_add(u64::try_from(headers.len()).unwrap_or(u64::MAX));
            let header = foreign_header(&block, height)?;
            if let Some(before) = headers.last() {
                require(header.parent == before.hash, height, || {
                    format!("it does not follow block {}", before.height)
                })?;
            }
            headers.push(header);
            signed.push((height, Block { data: None, ..block }));
            // Blocks come whole: of large ones, fewer are given.
            Ok(if bytes > half {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            })
        })
        .await?;
        for (height, block) in signed {
            self.prove(link, &block, height).await?;
        }
        Ok(headers)
    }

    async fn read_block(&self, link: &Link, height: u64) -> Result<ForeignBlock, LinkError> {
        self.meet(link).await?;
        let block = link.block(Range::Heights(height, height), Wanted::Whole).await?;
        let count = block.data.as_ref().map_or(0, |data| data.data.len());
        if count > self.config.transactions_max {
            return Err(LinkError::TooLarge {
                what: format!("block {height} with {count} transactions"),
                max: u64::try_from(self.config.transactions_max).unwrap_or(u64::MAX),
            });
        }
        self.prove(link, &block, height).await?;
        foreign_block(block, height)
    }

    async fn read_votes(&self, link: &Link, height: u64) -> Result<ConsensusState, LinkError> {
        self.meet(link).await?;
        let block = link
            .block(Range::Heights(height, height), Wanted::Signatures)
            .await?;
        self.prove(link, &block, height).await?;
        let hash = hash_of(header(&block, height)?);
        let evidence = if self.root.is_proven() {
            Block { data: None, ..block }.encode_to_vec()
        } else {
            Vec::new()
        };
        Ok(ConsensusState {
            height,
            hash,
            state_root: None,
            evidence: evidence.into(),
        })
    }

    async fn pass(&self, link: &Link, transaction: &Bytes) -> Result<Result<B256, String>, LinkError> {
        let Some((id, envelope, channel)) = named(transaction) else {
            return Ok(Err(
                "it is no signed transaction with the id of its nonce and creator".to_owned(),
            ));
        };
        if channel.channel_id != self.config.channel {
            return Ok(Err(format!("it is for channel {}", channel.channel_id)));
        }
        self.meet(link).await?;
        // Sent again, a Raft orders it again, and peers find the second one invalid: DUPLICATE_TXID. Orderers that vote refuse it while they
        // remember it, and the peer says of that only that it did not reach enough of them.
        let refusal = link.submit(id, &self.config.channel, envelope).await?;
        Ok(refusal.map_or(Ok(id), Err))
    }
}

impl Protocol for Fabric {
    type Config = Config;
    type Link = Link;
    const SEND_METHOD: &'static str = SUBMIT;

    fn prepare(config: Config) -> Result<Self, ForeignError> {
        config.check()?;
        let root = Channel::decode(&config.config_block)?;
        if root.name != config.channel {
            return Err(ForeignError::Settings {
                what: format!(
                    "the config block is of channel {}, not {}",
                    root.name, config.channel
                ),
            });
        }
        let (height, hash) = (root.height, root.hash);
        if root.is_proven() {
            info!(chain = %config.chain, height, %hash, quorum = root.quorum(), "blocks are proven from this config block on");
        } else {
            warn!(chain = %config.chain, height, %hash, ordering = %root.ordering, "blocks are attested only: its orderers do not vote");
        }
        let identity = Arc::new(Identity::new(&config)?);
        Ok(Self {
            links: Links::new(&config.chain, &config.urls, |url| {
                Link::new(url, &config, identity.clone())
            })?,
            config,
            root: Arc::new(root),
            proven: Mutex::new(BTreeMap::new()),
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
        Box::pin(self.read_votes(link, height))
    }

    fn send<'a>(
        &'a self,
        link: &'a Link,
        transaction: &'a Bytes,
    ) -> BoxFuture<'a, Result<Result<B256, String>, LinkError>> {
        Box::pin(self.pass(link, transaction))
    }
}
