//! Joins the parts of an engine and runs them as one tree of tasks.
//!
//! ```text
//!  ordering (root task: its end aborts all others)
//!  ├── payloads         spreads proposals                    (broadcast::buffered)
//!  ├── payload_fetch    asks peers for missing payloads      (marshal::resolver)
//!  ├── marshal          stores, orders, hands out            (marshal::core)
//!  ├── delivery         calls `Application::deliver`
//!  ├── votes, certificates, certificate_fetch                (a sub-channel for every epoch)
//!  └── following | voting                                    (simplex::Engine of the epoch, see `epochs`)
//! ```

use crate::{
    Runtime,
    adapter::Adapter,
    archive,
    block::Block,
    committees::Committees,
    config::{
        Config, DELIVERIES_PENDING, FETCH_RETRY, HEIGHTS_FETCHED_AT_ONCE, MAILBOX_MESSAGES, PAGE_BYTES,
        PAGES_CACHED, PAYLOADS_PER_PROPOSER, REPLAY_BYTES, WRITE_BYTES, fetch_timeout,
        payload_views_retained,
    },
    delivery::{Delivery, Inbox},
    early::Early,
    epochs::Entered,
    laggard::Ahead,
    lanes::{Lane, Lanes},
    network::{Links, Network},
    status::Status,
    types::{Marshal, PublicKey, Scheme},
    voting::{Record, failed},
};
use civitas_ports::{Application, BoxFuture, OrderingError};
use civitas_types::Height;
use commonware_broadcast::buffered;
use commonware_consensus::{
    marshal::{
        self, Start,
        resolver::p2p as resolver,
        standard::{Inline, Standard},
    },
    types::FixedEpocher,
};
use commonware_cryptography::{Signer as _, certificate::Verifier as _};
use commonware_p2p::{
    Blocker, Provider, Receiver, Sender,
    utils::mux::{Builder as _, GlobalSender, MuxHandle, Muxer},
};
use commonware_parallel::Sequential;
use commonware_runtime::{Handle, buffer::paged::CacheRef};
use commonware_storage::archive::{Archive as _, Identifier};
use commonware_utils::channel::watch;
use futures::{FutureExt as _, channel::oneshot, stream::FuturesUnordered};
use std::{num::NonZeroU64, sync::Arc};

/// Items in a section of the store of unfinalised payloads: the unit in which it is pruned.
const SECTION_VIEWS: NonZeroU64 = commonware_utils::NZU64!(256);
pub(crate) type Automaton<E> = Inline<E, Scheme, Adapter, Block, FixedEpocher>;

/// Why an engine ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It was stopped.
    Stopped,
    /// The application refused the final payload at this height: the node must stop.
    Refused(Height),
    /// This part ended, because its storage or the network below it did.
    Part(&'static str),
}

/// What the handle of a running engine needs.
#[derive(Clone)]
pub(crate) struct Parts {
    pub marshal: Marshal,
    pub status: Arc<Status>,
    pub application: Arc<dyn Application>,
}

/// Everything but the engines of the epochs, running.
pub(crate) struct Assembly<E: Runtime, N: Network> {
    pub context: E,
    pub config: Config,
    pub automaton: Automaton<E>,
    pub committees: Committees,
    pub lanes: Lanes<N>,
    pub ahead: Ahead,
    pub page_cache: CacheRef,
    pub record: Record<E>,
    /// Newest height that was executed or delivered when the node started.
    pub started_at: Height,
    /// Newest height that was executed, told again.
    pub executed: watch::Receiver<Height>,
    pub background: Background,
    pub parts: Parts,
}

/// What [`Assembly::new`] starts from.
pub(crate) struct Plan<E, N: Network> {
    pub context: E,
    pub config: Config,
    pub links: Links<N>,
    pub application: Arc<dyn Application>,
}

impl<E: Runtime, N: Network> Assembly<E, N> {
    /// Opens the storage, and starts everything but the engines of the epochs.
    pub(crate) async fn new(plan: Plan<E, N>) -> Result<Self, OrderingError> {
        let Plan {
            context,
            config,
            links,
            application,
        } = plan;
        config.check()?;
        let genesis = genesis(&config, application.as_ref())?;
        let page_cache = CacheRef::new(PAGE_BYTES, PAGES_CACHED);
        let committees = Committees::default();
        let storage = Storage {
            context: &context,
            config: &config,
            committees: &committees,
            page_cache: &page_cache,
        };
        let (actor, marshal, acknowledged) = storage.open(genesis).await?;
        let record = storage.record().await?;
        let status = Arc::new(Status::default());
        status.finalized(acknowledged);

        let background = FuturesUnordered::new();
        let wiring = Wiring {
            context: &context,
            config: &config,
            background: &background,
        };
        let delivered = application.delivered();
        let (executed, observed) = watch::channel(acknowledged.min(delivered));
        let delivery = Delivery {
            application: application.clone(),
            marshal: marshal.clone(),
            acknowledged,
            executed,
        };
        let inbox = wiring.deliver(delivery, status.clone());
        let lanes = wiring.connect(links, actor, inbox);

        let adapter = Adapter {
            application: application.clone(),
            proposer: config.node_key(),
            limits: config.block_limits(),
            status: status.clone(),
        };
        let automaton = Inline::new(
            context.child("automaton"),
            adapter,
            marshal.clone(),
            epocher(&config),
        );
        Ok(Self {
            automaton,
            committees,
            lanes,
            ahead: Ahead::new(config.leader_timeout),
            page_cache,
            record,
            started_at: acknowledged.max(delivered),
            executed: observed,
            background,
            parts: Parts {
                marshal,
                status,
                application,
            },
            context,
            config,
        })
    }

    /// Enters the epoch of the next height. The decision whether this node votes there is durable when this returns.
    pub(crate) async fn enter_first(&mut self) -> Result<Entered, OrderingError> {
        let next = self.executed.borrow().next();
        self.enter(self.config.ledger.epochs.of(next)).await
    }
}

fn epocher(config: &Config) -> FixedEpocher {
    FixedEpocher::new(config.ledger.epochs.blocks())
}

/// What is needed to open the storage.
struct Storage<'a, E> {
    context: &'a E,
    config: &'a Config,
    committees: &'a Committees,
    page_cache: &'a CacheRef,
}

type Actor<E> = marshal::core::Actor<
    E,
    Standard<Block>,
    Committees,
    archive::Certificates<E>,
    archive::Payloads<E>,
    FixedEpocher,
    Sequential,
>;

impl<E: Runtime> Storage<'_, E> {
    /// The store of payloads, its mailbox, and the height up to which it has delivered.
    async fn open(&self, genesis: Block) -> Result<(Actor<E>, Marshal, Height), OrderingError> {
        let prefix = &self.config.partition_prefix;
        let certificates: archive::Certificates<E> = archive::open(
            self.context.child("certificate_archive"),
            format!("{prefix}-certificates"),
            self.page_cache.clone(),
            // The committees of all epochs differ in size; each bounded its certificates when they were received.
            Scheme::certificate_codec_config_unbounded(),
        )
        .await?;
        let payloads: archive::Payloads<E> = archive::open(
            self.context.child("payload_archive"),
            format!("{prefix}-payloads"),
            self.page_cache.clone(),
            self.config.block_limits(),
        )
        .await?;
        let stored = payloads.get(Identifier::Index(0)).await;
        let stored = stored.map_err(|source| failed("reading the genesis payload", source))?;
        if stored.is_some_and(|stored| *stored != genesis) {
            let reason = "the data folder holds another ledger: its genesis differs".to_owned();
            return Err(OrderingError::Configuration { reason });
        }
        let config = marshal::Config {
            provider: self.committees.clone(),
            epocher: epocher(self.config),
            start: Start::Genesis(genesis.digested()),
            partition_prefix: format!("{prefix}-marshal"),
            mailbox_size: MAILBOX_MESSAGES,
            view_retention: payload_views_retained(self.config.ledger.epochs),
            prunable_items_per_section: SECTION_VIEWS,
            page_cache: self.page_cache.clone(),
            replay_buffer: REPLAY_BYTES,
            key_write_buffer: WRITE_BYTES,
            value_write_buffer: WRITE_BYTES,
            block_codec_config: self.config.block_limits(),
            max_repair: HEIGHTS_FETCHED_AT_ONCE,
            max_pending_acks: DELIVERIES_PENDING,
            strategy: Sequential,
        };
        let (actor, marshal, floor) =
            Actor::init(self.context.child("marshal"), certificates, payloads, config).await;
        let acknowledged = floor.processed().map_or(0, |processed| processed.height().get());
        Ok((actor, marshal, Height::new(acknowledged)))
    }

    /// What this node remembers about its right to vote.
    async fn record(&self) -> Result<Record<E>, OrderingError> {
        let partition = format!("{}-right-to-vote", self.config.partition_prefix);
        Record::open(self.context.child("right_to_vote"), partition).await
    }
}

/// What the parts below the engine of the epoch are joined with.
struct Wiring<'a, E> {
    context: &'a E,
    config: &'a Config,
    background: &'a Background,
}

impl<E: Runtime> Wiring<'_, E> {
    /// Starts delivery; what goes into the inbox is delivered.
    fn deliver(&self, delivery: Delivery, status: Arc<Status>) -> Inbox {
        let (inbox, queue) = Inbox::new(status);
        let (refused, refusal) = oneshot::channel();
        let refusal = refusal.map(|height| height.map_or(Ended::Part("delivery"), Ended::Refused));
        self.background.push(refusal.boxed());
        let context = self.context.child("delivery");
        self.watch("delivery", context.spawn(|_| delivery.run(queue, refused)));
        inbox
    }

    /// Starts the store of payloads on its channels, and splits the others.
    fn connect<N: Network>(&self, links: Links<N>, store: Actor<E>, inbox: Inbox) -> Lanes<N> {
        let Links {
            votes,
            certificates,
            certificate_fetch,
            payloads,
            payload_fetch,
            blocker,
            peers,
        } = links;
        let (spreader, buffer) = spreader(self.context.child("payloads"), self.config, peers.clone());
        let fetcher = fetcher(self.config, peers, blocker.clone());
        let fetcher = resolver::init(self.context.child("payload_fetch"), fetcher, payload_fetch);
        self.watch("spreading payloads", spreader.start(payloads));
        self.watch("the store of payloads", store.start(inbox, buffer, fetcher));
        let herald = GlobalSender::new(certificates.0.clone());
        Lanes {
            votes: self.lane("votes", votes),
            certificates: self.lane("certificates", certificates),
            certificate_fetch: self.multiplex("certificate_fetch", certificate_fetch),
            herald,
            blocker,
        }
    }

    /// Splits a channel into sub-channels, one for every epoch, and looks at what belongs to none.
    fn lane<S, R>(&self, name: &'static str, (sender, receiver): (S, R)) -> Lane<S>
    where
        S: Sender<PublicKey = PublicKey>,
        R: Receiver<PublicKey = PublicKey>,
    {
        let (muxer, handle, strays) = Muxer::builder(self.context.child(name), sender, receiver)
            .with_backup()
            .build();
        self.watch(name, muxer.start());
        Lane {
            handle,
            strays,
            early: Early::default(),
        }
    }

    /// Splits a channel into sub-channels, one for every epoch.
    fn multiplex<S, R>(&self, name: &'static str, (sender, receiver): (S, R)) -> MuxHandle<S>
    where
        S: Sender<PublicKey = PublicKey>,
        R: Receiver<PublicKey = PublicKey>,
    {
        let (muxer, handle) = Muxer::new(self.context.child(name), sender, receiver);
        self.watch(name, muxer.start());
        handle
    }

    /// The engine ends when this task does.
    fn watch<T: Send + 'static>(&self, name: &'static str, task: Handle<T>) {
        self.background.push(task.map(move |_| Ended::Part(name)).boxed());
    }
}

fn genesis(config: &Config, application: &dyn Application) -> Result<Block, OrderingError> {
    let genesis = application.genesis();
    if genesis.digest() == config.ledger.genesis && genesis.header().height == Height::GENESIS {
        Ok(Block::from(genesis))
    } else {
        let reason = "the application's genesis is not that of the configured ledger".to_owned();
        Err(OrderingError::Configuration { reason })
    }
}

type Spreader<E, P> = buffered::Engine<E, PublicKey, Block, P, Sequential>;

fn spreader<E: Runtime, P: Provider<PublicKey = PublicKey>>(
    context: E,
    config: &Config,
    peers: P,
) -> (Spreader<E, P>, buffered::Mailbox<PublicKey, Block>) {
    let config = buffered::Config {
        public_key: config.private_key.public_key(),
        mailbox_size: MAILBOX_MESSAGES,
        deque_size: PAYLOADS_PER_PROPOSER,
        priority: false,
        codec_config: config.block_limits(),
        peer_provider: peers,
        strategy: Sequential,
    };
    buffered::Engine::new(context, config)
}

fn fetcher<P, B>(config: &Config, peers: P, blocker: B) -> resolver::Config<PublicKey, P, B>
where
    P: Provider<PublicKey = PublicKey>,
    B: Blocker<PublicKey = PublicKey>,
{
    resolver::Config {
        public_key: config.private_key.public_key(),
        peer_provider: peers,
        blocker,
        mailbox_size: MAILBOX_MESSAGES,
        fetch_timeout: fetch_timeout(),
        fetch_retry_delay: FETCH_RETRY,
        priority_requests: false,
        priority_responses: false,
    }
}

pub(crate) type Background = FuturesUnordered<BoxFuture<'static, Ended>>;
