//! Joins the parts of an engine and runs them as one tree of tasks.
//!
//! ```text
//!  ordering (root task: its end aborts all others)
//!  ├── payloads         spreads proposals                    (broadcast::buffered)
//!  ├── payload_fetch    asks peers for missing payloads      (marshal::resolver)
//!  ├── marshal          stores, orders, hands out            (marshal::core)
//!  ├── delivery         calls `Application::deliver`
//!  ├── votes, certificates, certificate_fetch                (a sub-channel for every epoch)
//!  └── following | voting                                    (simplex::Engine of the epoch)
//! ```

use crate::{
    Runtime,
    adapter::{Adapter, Observer},
    archive,
    block::Block,
    catch_up::CatchUp,
    committees::Committees,
    config::{
        Config, DELIVERIES_PENDING, EPOCH, EPOCH_BLOCKS, FETCH_RETRY, HEIGHTS_FETCHED_AT_ONCE,
        MAILBOX_MESSAGES, PAGE_BYTES, PAGES_CACHED, PAYLOAD_VIEWS_RETAINED, PAYLOADS_PER_PROPOSER,
        REPLAY_BYTES, VIEWS_RETAINED, WRITE_BYTES, fetch_timeout,
    },
    delivery::{Delivery, Inbox},
    network::{Links, Network},
    status::Status,
    types::{Digest, Finalization, Marshal, PublicKey, Scheme},
    voting::{self, Evidence, Record, Right, failed},
};
use civitas_ports::{Application, BoxFuture, OrderingError};
use civitas_types::Height;
use commonware_broadcast::buffered;
use commonware_consensus::{
    Reporters,
    marshal::{
        self, Start,
        resolver::p2p as resolver,
        standard::{Inline, Standard},
    },
    simplex::{self, ForwardPolicy, SkipBudget, SkipPolicy, elector::RoundRobin},
    types::FixedEpocher,
};
use commonware_cryptography::{
    Digestible as _, Sha256, Signer as _,
    certificate::{Scheme as _, Verifier as _},
};
use commonware_p2p::{
    Blocker, Provider, Receiver, Sender,
    utils::mux::{self, MuxHandle, Muxer, SubReceiver, SubSender},
};
use commonware_parallel::Sequential;
use commonware_runtime::{Handle, buffer::paged::CacheRef};
use commonware_storage::archive::{Archive as _, Identifier};
use futures::{FutureExt as _, StreamExt as _, channel::oneshot, stream::FuturesUnordered};
use std::{num::NonZeroU64, sync::Arc, time::Duration};
use tracing::{info, warn};

/// Items in a section of the store of unfinalised payloads: the unit in which it is pruned.
const SECTION_VIEWS: NonZeroU64 = commonware_utils::NZU64!(256);
/// How often, and at which pace, a new engine asks for the sub-channels that its predecessor gives back while
/// its tasks are being dropped.
const RELEASE_ATTEMPTS: u32 = 250;
const RELEASE_PAUSE: Duration = Duration::from_millis(20);

type Automaton<E> = Inline<E, Scheme, Adapter, Block, FixedEpocher>;

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
    pub verifier: Scheme,
}

/// Everything but the engine of the epoch, running.
pub(crate) struct Assembly<E: Runtime, N: Network> {
    context: E,
    config: Config,
    automaton: Automaton<E>,
    channels: Channels<N>,
    page_cache: CacheRef,
    genesis: Digest,
    record: Record<E>,
    right: Right,
    signer: Option<Scheme>,
    background: Background,
    pub parts: Parts,
}

/// The channels that every epoch's engine shares.
struct Channels<N: Network> {
    votes: MuxHandle<N::Sender>,
    certificates: MuxHandle<N::Sender>,
    certificate_fetch: MuxHandle<N::Sender>,
    blocker: N::Blocker,
}

/// What [`Assembly::new`] starts from.
pub(crate) struct Plan<E, N: Network> {
    pub context: E,
    pub config: Config,
    pub links: Links<N>,
    pub application: Arc<dyn Application>,
}

impl<E: Runtime, N: Network> Assembly<E, N> {
    /// Opens the storage and starts everything but the engine of the epoch. The decision whether this node
    /// votes is durable when this returns.
    pub(crate) async fn new(plan: Plan<E, N>) -> Result<Self, OrderingError> {
        let Plan {
            context,
            config,
            links,
            application,
        } = plan;
        config.check()?;
        let verifier = config.verifier()?;
        let signer = config.signer()?;
        let genesis = genesis(&config, application.as_ref())?;
        let page_cache = CacheRef::new(PAGE_BYTES, PAGES_CACHED);
        let storage = Storage {
            context: &context,
            config: &config,
            verifier: &verifier,
            page_cache: &page_cache,
        };
        let (actor, marshal, acknowledged) = storage.open(genesis.clone()).await?;
        let (record, right) = storage.decide(acknowledged.max(application.delivered())).await?;
        let status = Arc::new(Status::default());
        status.finalized(acknowledged);

        let background = FuturesUnordered::new();
        let delivery = Delivery {
            application: application.clone(),
            marshal: marshal.clone(),
            acknowledged,
        };
        let wiring = Wiring {
            context: &context,
            config: &config,
            background: &background,
        };
        let inbox = wiring.deliver(delivery, status.clone());
        let channels = wiring.connect(links, actor, inbox);

        let adapter = Adapter {
            application,
            proposer: config.node_key(),
            limits: config.block_limits(),
            status: status.clone(),
        };
        let epochs = FixedEpocher::new(EPOCH_BLOCKS);
        let automaton = Inline::new(context.child("automaton"), adapter, marshal.clone(), epochs);
        let parts = Parts {
            marshal,
            status,
            verifier,
        };
        let genesis = genesis.digest();
        Ok(Self {
            context,
            config,
            automaton,
            channels,
            page_cache,
            genesis,
            record,
            right,
            signer,
            background,
            parts,
        })
    }

    /// Runs the engine of the epoch, first without and then with a vote if need be, until something ends.
    pub(crate) async fn run(mut self) -> Result<Ended, OrderingError> {
        loop {
            let mut caught_up = self.listen().fuse();
            let mut engine = self.start_engine().await?;
            let finalization = futures::select_biased! {
                ended = self.background.select_next_some() => return Ok(ended),
                _ = (&mut engine).fuse() => return Ok(Ended::Part("the engine of the epoch")),
                finalization = caught_up => finalization,
            };
            let Ok(finalization) = finalization else {
                return Ok(Ended::Part("listening to the votes of others"));
            };
            info!(
                view = finalization.round().view().get(),
                "this node votes from here on"
            );
            self.right = Right::Voting(Some(finalization));
            self.record = self.record.store(&self.right).await?;
            engine.abort();
            // An aborted task reports that it was closed.
            let _ = engine.await;
        }
    }

    /// The moment from which this node may vote; never, if it does already or is no validator.
    fn listen(&self) -> BoxFuture<'static, Result<Finalization, oneshot::Canceled>> {
        match &self.signer {
            Some(signer) if self.right == Right::CatchingUp => {
                info!("this node follows without a vote until it is safe to vote");
                let me = signer.me().map(|member| member.index());
                self.parts
                    .status
                    .catch_up(CatchUp::new(&self.parts.verifier, me))
                    .boxed()
            }
            _ => futures::future::pending().boxed(),
        }
    }

    async fn start_engine(&mut self) -> Result<Handle<()>, OrderingError> {
        let votes = sub_channel(&self.context, &mut self.channels.votes).await?;
        let certificates = sub_channel(&self.context, &mut self.channels.certificates).await?;
        let fetch = sub_channel(&self.context, &mut self.channels.certificate_fetch).await?;
        let (name, scheme, partition) = match (&self.right, &self.signer) {
            (Right::Voting(_), Some(signer)) => ("voting", signer.clone(), self.config.votes_partition()),
            _ => (
                "following",
                self.parts.verifier.clone(),
                self.config.following_partition(),
            ),
        };
        self.parts.status.votes(scheme.me().is_some());
        let observer = Observer {
            status: self.parts.status.clone(),
        };
        let timings = self.config.timings();
        let config = simplex::Config {
            scheme,
            elector: RoundRobin::<Sha256>::default(),
            blocker: self.channels.blocker.clone(),
            automaton: self.automaton.clone(),
            relay: self.automaton.clone(),
            reporter: Reporters::from((self.automaton.clone(), observer)),
            track_historical_votes: false,
            strategy: Sequential,
            partition,
            mailbox_size: MAILBOX_MESSAGES,
            epoch: EPOCH,
            floor: voting::floor(&self.right, self.genesis),
            replay_buffer: REPLAY_BYTES,
            write_buffer: WRITE_BYTES,
            page_cache: self.page_cache.clone(),
            leader_timeout: timings.leader,
            certification_timeout: timings.certification,
            timeout_retry: timings.retry,
            view_retention: VIEWS_RETAINED,
            skip: SkipPolicy::Enabled {
                timeout: timings.inactive,
                budget: SkipBudget::Participants,
            },
            fetch_timeout: fetch_timeout(),
            fetch_retry_delay: FETCH_RETRY,
            forward: ForwardPolicy::Disabled,
        };
        Ok(simplex::Engine::new(self.context.child(name), config).start(votes, certificates, fetch))
    }
}

/// What is needed to open the storage.
struct Storage<'a, E> {
    context: &'a E,
    config: &'a Config,
    verifier: &'a Scheme,
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
            self.verifier.certificate_codec_config(),
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
            provider: Committees::single(EPOCH, self.verifier.clone()),
            epocher: FixedEpocher::new(EPOCH_BLOCKS),
            start: Start::Genesis(genesis.digested()),
            partition_prefix: format!("{prefix}-marshal"),
            mailbox_size: MAILBOX_MESSAGES,
            view_retention: PAYLOAD_VIEWS_RETAINED,
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

    /// Decides whether this node votes, and makes the decision durable.
    async fn decide(&self, delivered: Height) -> Result<(Record<E>, Right), OrderingError> {
        let partition = format!("{}-right-to-vote", self.config.partition_prefix);
        let record = Record::open(self.context.child("right_to_vote"), partition, self.verifier).await?;
        let journal = match self.context.scan(&self.config.votes_partition()).await {
            Ok(blobs) => !blobs.is_empty(),
            Err(commonware_runtime::Error::PartitionMissing(_)) => false,
            Err(source) => return Err(failed("looking for the journal of votes", source)),
        };
        let evidence = Evidence {
            recorded: record.right()?,
            journal,
            delivered: delivered > Height::GENESIS,
            first_start: self.config.voting,
        };
        if evidence.recorded.is_some() && evidence.recorded != Some(evidence.clone().decide()) {
            warn!("the journal of votes is gone although blocks were delivered: votes may be lost");
        }
        let recorded = evidence.recorded.clone();
        let right = evidence.decide();
        let record = if recorded.as_ref() == Some(&right) {
            record
        } else {
            record.store(&right).await?
        };
        Ok((record, right))
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
    fn connect<N: Network>(&self, links: Links<N>, store: Actor<E>, inbox: Inbox) -> Channels<N> {
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
        Channels {
            votes: self.multiplex("votes", votes),
            certificates: self.multiplex("certificates", certificates),
            certificate_fetch: self.multiplex("certificate_fetch", certificate_fetch),
            blocker,
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

type Background = FuturesUnordered<BoxFuture<'static, Ended>>;

async fn sub_channel<E: Runtime, S: Sender<PublicKey = PublicKey>>(
    context: &E,
    channel: &mut MuxHandle<S>,
) -> Result<(SubSender<S>, SubReceiver<PublicKey>), OrderingError> {
    const ATTEMPT: &str = "opening a channel of the network";
    for _ in 0..RELEASE_ATTEMPTS {
        match channel.register(EPOCH.get()).await {
            Ok(link) => return Ok(link),
            Err(mux::Error::AlreadyRegistered(_)) => context.sleep(RELEASE_PAUSE).await,
            Err(source) => return Err(failed(ATTEMPT, source)),
        }
    }
    Err(failed(ATTEMPT, "the engine before has not given it back"))
}
