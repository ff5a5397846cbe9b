//! From epoch to epoch: who votes, with which engine, from when to when.
//!
//! ```text
//!  last block of e - 1 executed ─▶ enter(e): validators, right to vote (durable) ─▶ engine e ─▶ engine e - 1 ends
//!                                                                                      │
//!        ▲                                                                             ▼
//!        └────────────────────── last block of e final, fetched, executed ◀── votes, or a peer that is ahead
//! ```
//!
//! Safety rests on three rules. An engine starts when the state that names its validators is durable. All nodes
//! build an epoch on the same final payload, the last of the epoch before, which its engine proposes again until it
//! is final; no payload above it is taken in that epoch. What this node may have voted is in the journal of the
//! epoch, or it does not vote ([`crate::voting`]).
//!
//! Nodes change epochs one by one, and an engine that is gone helps nobody. So that none is left behind:
//! - Until a payload of the new epoch is final here, the certificate that ended the old one is repeated to all. Whoever
//!   still runs the old engine takes it and moves on, be the voters of the new epoch silent or asleep.
//! - Whoever hears a message of a later epoch asks its sender for the certificate over the last payload of its own.
//! - An epoch whose last payload is final here already needs no engine: it is only executed.

use crate::{
    Runtime,
    adapter::Observer,
    catch_up::CatchUp,
    config::{
        FETCH_RETRY, MAILBOX_MESSAGES, REPLAY_BYTES, VIEWS_RETAINED, WRITE_BYTES, fetch_timeout, participants,
    },
    engine::{Assembly, Automaton, Ended},
    lanes::{Opened, Stray},
    network::Network,
    types::{Digest, Finalization, PublicKey, Scheme},
    voting::{self, Entry, Evidence, Journal, Right, failed},
};
use civitas_ports::{BoxFuture, OrderingError};
use civitas_types::{Epochs, Height};
use commonware_consensus::{
    Reporters,
    simplex::{self, ForwardPolicy, SkipBudget, SkipPolicy, elector::RoundRobin},
    types::{self, Epoch},
};
use commonware_cryptography::{Sha256, certificate::Scheme as _};
use commonware_macros::select;
use commonware_parallel::Sequential;
use commonware_runtime::Handle;
use commonware_utils::vec::NonEmptyVec;
use futures::{FutureExt as _, StreamExt as _, channel::oneshot};
use tracing::{info, warn};

/// Epochs before the recorded one whose journals are looked for and removed: more than a crash can leave.
const JOURNALS_REMOVED: u64 = 4;

/// An epoch that this node is in.
pub(crate) struct Entered {
    epoch: u64,
    /// The payload that the epoch is built on.
    base: Digest,
    verifier: Scheme,
    /// There when this node is one of the validators.
    signer: Option<Scheme>,
    right: Right,
    /// Whether the last payload of the epoch was final here when the epoch was entered.
    over: bool,
}

/// The engine of an epoch; none when the epoch was over.
type Engine = Option<Handle<()>>;
/// The moment from which this node may vote.
type CaughtUp = BoxFuture<'static, Result<Finalization, oneshot::Canceled>>;

/// What happens in an epoch.
enum Event {
    /// Something ended that must not.
    Ended(Ended),
    /// The last block of the epoch has been executed.
    Over,
    /// This node may vote from here on.
    CaughtUp(Finalization),
    /// Time to repeat what ended the epoch before.
    Beat,
    /// A vote for another epoch.
    Vote(Stray),
    /// A certificate of another epoch.
    Certificate(Stray),
}

impl<E: Runtime, N: Network> Assembly<E, N> {
    /// Runs the engines of one epoch after the other until something ends.
    pub(crate) async fn run(mut self, mut entered: Entered) -> Result<Ended, OrderingError> {
        let mut before: Engine = None;
        loop {
            let mut engine = self.launch(&entered).await?;
            end(before).await;
            if let Some(ended) = self.attend(&mut entered, &mut engine).await? {
                return Ok(ended);
            }
            before = engine;
            entered = self.enter(entered.epoch.saturating_add(1)).await?;
        }
    }

    /// Enters an epoch whose base has been executed: learns its validators, and decides whether this node votes.
    /// The decision is durable when this returns.
    pub(crate) async fn enter(&mut self, epoch: u64) -> Result<Entered, OrderingError> {
        const ATTEMPT: &str = "entering an epoch";
        let epochs = self.epochs();
        let validators = self.parts.application.validators(epoch).await;
        let validators = validators.ok_or_else(|| failed(ATTEMPT, "its validators are not known"))?;
        let validators = participants(&validators)?;
        let verifier = self.config.verifier(&validators);
        let signer = self.config.signer(&validators);
        self.committees.enter(Epoch::new(epoch), verifier.clone());
        self.parts.status.entered(epoch);
        let base = self.digest_at(epochs.base(epoch)).await;
        let base = base.ok_or_else(|| failed(ATTEMPT, "the payload that it is built on is not stored"))?;
        let over = self.digest_at(epochs.last(epoch)).await.is_some();
        let recorded = self.record.entry()?;
        let right = self.decide(epoch, recorded.clone(), signer.is_some()).await?;
        if !over {
            let entry = Entry {
                epoch,
                right: right.clone(),
            };
            self.record.store(&entry).await?;
            self.remove_journals(recorded, epoch).await;
        }
        info!(epoch, validator = signer.is_some(), over, "entered an epoch");
        for peer in self.ahead.entered(epoch, self.context.current()) {
            self.ask(epoch, peer);
        }
        Ok(Entered {
            epoch,
            base,
            verifier,
            signer,
            right,
            over,
        })
    }

    fn epochs(&self) -> Epochs {
        self.config.ledger.epochs
    }

    /// Digest of the final payload at `height`, if it is stored.
    async fn digest_at(&mut self, height: Height) -> Option<Digest> {
        let height = types::Height::new(height.get());
        self.parts
            .marshal
            .get_info(height)
            .await
            .map(|(_, digest)| digest)
    }

    async fn decide(
        &mut self,
        epoch: u64,
        recorded: Option<Entry>,
        validator: bool,
    ) -> Result<Right, OrderingError> {
        let recorded_ended_with = match &recorded {
            Some(entry) if entry.epoch < epoch => self.digest_at(self.epochs().last(entry.epoch)).await,
            _ => None,
        };
        let preceded_end = match (&recorded, recorded_ended_with) {
            (Some(entry), Some(last)) => self.parts.status.preceded(entry.epoch, last),
            _ => false,
        };
        let needed = validator && self.started_at > self.epochs().base(epoch);
        let journal = if needed && !self.has_journal(epoch).await? {
            Journal::Missing
        } else {
            Journal::Whole
        };
        let evidence = Evidence {
            epoch,
            recorded,
            recorded_ended_with,
            preceded_end,
            journal,
            delivered: self.started_at > Height::GENESIS,
            first_start: self.config.voting,
        };
        let right = evidence.clone().decide();
        if matches!(&evidence.recorded, Some(entry) if entry.epoch == epoch && entry.right != right) {
            warn!("the journal of votes is gone although blocks were delivered: votes may be lost");
        }
        Ok(right)
    }

    async fn has_journal(&mut self, epoch: u64) -> Result<bool, OrderingError> {
        match self.context.scan(&self.config.votes_partition(epoch)).await {
            Ok(blobs) => Ok(!blobs.is_empty()),
            Err(commonware_runtime::Error::PartitionMissing(_)) => Ok(false),
            Err(source) => Err(failed("looking for the journal of votes", source)),
        }
    }

    /// Removes the journals of epochs that are over, now that the record is of `epoch`. The engine of the epoch just
    /// before may still be ending, so its journal stays until the next time.
    async fn remove_journals(&mut self, recorded: Option<Entry>, epoch: u64) {
        let Some(recorded) = recorded else {
            return;
        };
        let end = recorded.epoch.saturating_add(1).min(epoch.saturating_sub(1));
        for old in recorded.epoch.saturating_sub(JOURNALS_REMOVED)..end {
            for partition in [
                self.config.votes_partition(old),
                self.config.following_partition(old),
            ] {
                match self.context.remove(&partition, None).await {
                    Ok(()) | Err(commonware_runtime::Error::PartitionMissing(_)) => {}
                    Err(error) => warn!(partition, %error, "an old journal could not be removed"),
                }
            }
        }
    }

    /// Starts the engine of an epoch: with a vote, if this node has the right.
    async fn launch(&mut self, entered: &Entered) -> Result<Engine, OrderingError> {
        if entered.over {
            self.lanes.pass(entered.epoch);
            self.parts.status.votes(false);
            return Ok(None);
        }
        let Opened {
            votes,
            certificates,
            certificate_fetch,
        } = self.lanes.open(&self.context, entered.epoch).await?;
        let (name, scheme, partition) = match (&entered.right, &entered.signer) {
            (Right::Voting(_), Some(signer)) => (
                "voting",
                signer.clone(),
                self.config.votes_partition(entered.epoch),
            ),
            _ => (
                "following",
                entered.verifier.clone(),
                self.config.following_partition(entered.epoch),
            ),
        };
        self.parts.status.votes(scheme.me().is_some());
        let context = self.context.child(name).with_attribute("epoch", entered.epoch);
        let config = self.engine_config(entered, scheme, partition);
        Ok(Some(simplex::Engine::new(context, config).start(
            votes,
            certificates,
            certificate_fetch,
        )))
    }

    fn engine_config(&self, entered: &Entered, scheme: Scheme, partition: String) -> EngineConfig<E, N> {
        let observer = Observer {
            status: self.parts.status.clone(),
        };
        let timings = self.config.timings();
        simplex::Config {
            scheme,
            elector: RoundRobin::<Sha256>::default(),
            blocker: self.lanes.blocker.clone(),
            automaton: self.automaton.clone(),
            relay: self.automaton.clone(),
            reporter: Reporters::from((self.automaton.clone(), observer)),
            track_historical_votes: false,
            strategy: Sequential,
            partition,
            mailbox_size: MAILBOX_MESSAGES,
            epoch: Epoch::new(entered.epoch),
            floor: voting::floor(&entered.right, entered.base),
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
        }
    }

    /// Looks after an epoch until its last block has been executed, or something has ended.
    async fn attend(
        &mut self,
        entered: &mut Entered,
        engine: &mut Engine,
    ) -> Result<Option<Ended>, OrderingError> {
        let mut caught_up = self.listen(entered);
        let mut beat = self.context.sleep(self.config.leader_timeout).boxed();
        loop {
            match self
                .next_event(entered, engine, (&mut caught_up, &mut beat))
                .await
            {
                Event::Ended(ended) => return Ok(Some(ended)),
                Event::Over => return Ok(None),
                Event::CaughtUp(finalization) => {
                    caught_up = futures::future::pending().boxed();
                    self.vote(entered, engine, finalization).await?;
                }
                Event::Beat => {
                    beat = self.context.sleep(self.config.leader_timeout).boxed();
                    self.repeat_end(entered).await;
                }
                Event::Vote((epoch, message)) => {
                    self.notice(entered.epoch, epoch, &message.0);
                    self.lanes.votes.early.keep(epoch, message);
                }
                Event::Certificate((epoch, message)) => {
                    self.notice(entered.epoch, epoch, &message.0);
                    self.lanes.certificates.early.keep(epoch, message);
                }
            }
        }
    }

    async fn next_event(
        &mut self,
        entered: &Entered,
        engine: &mut Engine,
        (caught_up, beat): (&mut CaughtUp, &mut BoxFuture<'static, ()>),
    ) -> Event {
        let last = self.epochs().last(entered.epoch);
        select! {
            ended = self.background.select_next_some() => Event::Ended(ended),
            _ = ended(engine) => Event::Ended(Ended::Part("the engine of the epoch")),
            over = self.executed.wait_for(|executed| *executed >= last) => match over {
                Ok(_) => Event::Over,
                Err(_) => Event::Ended(Ended::Part("delivery")),
            },
            finalization = caught_up => match finalization {
                Ok(finalization) => Event::CaughtUp(finalization),
                Err(_) => Event::Ended(Ended::Part("listening to the votes of others")),
            },
            _ = beat => Event::Beat,
            stray = self.lanes.votes.strays.recv() => match stray {
                Some(stray) => Event::Vote(stray),
                None => Event::Ended(Ended::Part("votes")),
            },
            stray = self.lanes.certificates.strays.recv() => match stray {
                Some(stray) => Event::Certificate(stray),
                None => Event::Ended(Ended::Part("certificates")),
            },
        }
    }

    /// The moment from which this node may vote; never, if it does already.
    fn listen(&self, entered: &Entered) -> CaughtUp {
        if entered.right != Right::CatchingUp || entered.over {
            return futures::future::pending().boxed();
        }
        info!(
            epoch = entered.epoch,
            "this node follows without a vote until it is safe to vote"
        );
        let me = entered.signer.as_ref().and_then(|signer| signer.me());
        let listener = CatchUp::new(
            Epoch::new(entered.epoch),
            &entered.verifier,
            me.map(|member| member.index()),
        );
        self.parts.status.catch_up(listener).boxed()
    }

    /// This node may vote: from now on in this epoch if it is one of the validators, else in later ones.
    async fn vote(
        &mut self,
        entered: &mut Entered,
        engine: &mut Engine,
        finalization: Finalization,
    ) -> Result<(), OrderingError> {
        let view = finalization.round().view().get();
        info!(epoch = entered.epoch, view, "this node may vote from here on");
        entered.right = Right::Voting(Some(finalization));
        let entry = Entry {
            epoch: entered.epoch,
            right: entered.right.clone(),
        };
        self.record.store(&entry).await?;
        if entered.signer.is_some() {
            end(engine.take()).await;
            *engine = self.launch(entered).await?;
        }
        Ok(())
    }

    /// Repeats the certificate that ended the epoch before, while nothing of this one is final here.
    async fn repeat_end(&mut self, entered: &Entered) {
        let base = self.epochs().base(entered.epoch);
        if entered.epoch == 0 || entered.over || self.parts.status.newest() > base {
            return;
        }
        let height = types::Height::new(base.get());
        match self.parts.marshal.get_finalization(height).await {
            Some(finalization) => self.lanes.announce(finalization),
            None => warn!(
                height = base.get(),
                "the certificate that ended an epoch is not stored"
            ),
        }
    }

    /// A peer was heard in another epoch.
    fn notice(&mut self, own: u64, epoch: u64, peer: &PublicKey) {
        if epoch > own && self.ahead.hear(peer, epoch, self.context.current()) {
            self.ask(own, peer.clone());
        }
    }

    /// Asks a peer for the end of an epoch, if it is not final here.
    fn ask(&self, epoch: u64, peer: PublicKey) {
        let height = types::Height::new(self.epochs().last(epoch).get());
        self.parts.marshal.hint_finalized(height, NonEmptyVec::new(peer));
    }
}

/// What an engine is made from.
type EngineConfig<E, N> = simplex::Config<
    Scheme,
    RoundRobin<Sha256>,
    <N as Network>::Blocker,
    Digest,
    Automaton<E>,
    Automaton<E>,
    Reporters<Automaton<E>, Observer>,
    Sequential,
>;

/// Waits until an engine ends by itself.
async fn ended(engine: &mut Engine) {
    match engine {
        // Whatever it says, it should not have ended.
        Some(engine) => drop(engine.await),
        None => std::future::pending().await,
    }
}

/// Ends an engine. What it voted is on disk.
async fn end(engine: Engine) {
    if let Some(engine) = engine {
        engine.abort();
        // An aborted task reports that it was closed.
        let _ = engine.await;
    }
}
