//! The ledger that an engine orders for in its tests: remembers what it was asked, and misbehaves on request.

use crate::{LEDGER, Sleep};
use alloy_primitives::{B256, Bytes};
use civitas_ports::{Application, BoxFuture, ProposalContext};
use civitas_types::{Epochs, Height, Payload, PayloadHeader, ResultCommitment, Validator};
use futures::FutureExt as _;
use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// A transaction that [`Recorder::verify`] refuses.
pub(crate) const POISON: &[u8] = b"poison";

/// Who orders which epoch, decided before the ledger began.
#[derive(Clone)]
pub struct Membership {
    /// How heights are divided into epochs.
    pub epochs: Epochs,
    /// The validators of an epoch.
    pub validators: Arc<dyn Fn(u64) -> Vec<Validator> + Send + Sync>,
}

impl Membership {
    /// The same validators in every epoch.
    pub fn constant(epochs: Epochs, validators: Vec<Validator>) -> Self {
        Self {
            epochs,
            validators: Arc::new(move |_| validators.clone()),
        }
    }

    fn may_propose(&self, header: &PayloadHeader) -> bool {
        let validators = (self.validators)(self.epochs.of(header.height));
        validators
            .iter()
            .any(|validator| validator.public_key == header.proposer)
    }
}

/// An application that remembers what it was asked, and misbehaves on request.
pub struct Recorder {
    sleep: Sleep,
    membership: Membership,
    heartbeat: Duration,
    state: Mutex<State>,
}

/// How a [`Recorder`] misbehaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// Every so manieth proposal is one that `verify` refuses.
    pub poison_every: Option<u64>,
    /// `deliver` does not end from this height on.
    pub hang_at: Option<Height>,
    /// `deliver` answers `false` from this height on.
    pub fail_at: Option<Height>,
}

#[derive(Clone, Default)]
struct State {
    delivered: Vec<Arc<Payload>>,
    attempts: Vec<Height>,
    proposals: u64,
    faults: Faults,
}

impl fmt::Debug for Recorder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Recorder")
            .field("delivered", &self.delivered())
            .finish_non_exhaustive()
    }
}

impl Recorder {
    /// A recorder that has seen nothing; it proposes after `heartbeat`.
    pub fn new(sleep: Sleep, membership: Membership, heartbeat: Duration, faults: Faults) -> Arc<Self> {
        let state = Mutex::new(State {
            faults,
            ..State::default()
        });
        Arc::new(Self {
            sleep,
            membership,
            heartbeat,
            state,
        })
    }

    /// What this one remembers after a restart that lost the last `lost` payloads.
    pub fn restarted(&self, lost: usize) -> Arc<Self> {
        let mut delivered = self.payloads();
        delivered.truncate(delivered.len().saturating_sub(lost));
        let (sleep, membership) = (self.sleep.clone(), self.membership.clone());
        Self::recovered(sleep, membership, self.heartbeat, delivered)
    }

    /// A recorder that has already executed `delivered`.
    pub fn recovered(
        sleep: Sleep,
        membership: Membership,
        heartbeat: Duration,
        delivered: Vec<Arc<Payload>>,
    ) -> Arc<Self> {
        let state = Mutex::new(State {
            delivered,
            ..State::default()
        });
        Arc::new(Self {
            sleep,
            membership,
            heartbeat,
            state,
        })
    }

    /// The genesis payload of every test.
    pub fn genesis_payload() -> Payload {
        Payload::genesis(LEDGER, 1_000, B256::repeat_byte(7))
    }

    /// What was delivered, in order.
    pub fn payloads(&self) -> Vec<Arc<Payload>> {
        self.lock().delivered.clone()
    }

    /// The height of every call of `deliver`, ended or not.
    pub fn attempts(&self) -> Vec<Height> {
        self.lock().attempts.clone()
    }

    /// Number of calls of `propose`.
    pub fn proposals(&self) -> u64 {
        self.lock().proposals
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn make(&self, context: &ProposalContext, poisoned: bool) -> Payload {
        let parent = context.parent.header();
        let transaction = if poisoned {
            Bytes::from_static(POISON)
        } else {
            Bytes::copy_from_slice(&parent.height.next().get().to_be_bytes())
        };
        let header = PayloadHeader {
            ledger: LEDGER,
            height: parent.height.next(),
            parent: context.parent.digest(),
            timestamp_ms: parent.timestamp_ms + 1,
            proposer: context.proposer,
            result: ResultCommitment {
                height: parent.height,
                block_hash: context.parent.digest(),
            },
            transaction_count: 0,
            body_bytes: 0,
            body_hash: B256::ZERO,
            main: None,
        };
        Payload::new(header, vec![transaction])
    }
}

impl Application for Recorder {
    fn genesis(&self) -> Arc<Payload> {
        Arc::new(Self::genesis_payload())
    }

    fn propose(&self, context: ProposalContext) -> BoxFuture<'_, Option<Payload>> {
        async move {
            let (count, faults) = {
                let mut state = self.lock();
                state.proposals += 1;
                (state.proposals, state.faults)
            };
            let newest = context.unexecuted.last();
            assert!(
                newest.is_none_or(|newest| newest.digest() == context.parent.digest()),
                "unexecuted ends elsewhere"
            );
            for pair in context.unexecuted.windows(2) {
                assert_eq!(
                    pair[1].header().parent,
                    pair[0].digest(),
                    "unexecuted payloads are not in order"
                );
            }
            (self.sleep)(self.heartbeat).await;
            Some(self.make(
                &context,
                faults.poison_every.is_some_and(|every| count % every == 0),
            ))
        }
        .boxed()
    }

    fn verify(&self, payload: Arc<Payload>, parent: Arc<Payload>) -> BoxFuture<'_, bool> {
        let follows = payload.header().parent == parent.digest()
            && payload.header().height == parent.header().height.next();
        let poisoned = payload.transactions().iter().any(|raw| raw.as_ref() == POISON);
        let proposer = self.membership.may_propose(payload.header());
        std::future::ready(follows && !poisoned && proposer).boxed()
    }

    fn deliver(&self, payload: Arc<Payload>) -> BoxFuture<'_, bool> {
        async move {
            let height = payload.header().height;
            let faults = {
                let mut state = self.lock();
                state.attempts.push(height);
                state.faults
            };
            // Real executions take time and end on another poll.
            (self.sleep)(Duration::from_millis(1)).await;
            if faults.hang_at.is_some_and(|from| height >= from) {
                std::future::pending::<()>().await;
            }
            if faults.fail_at.is_some_and(|from| height >= from) {
                return false;
            }
            let mut state = self.lock();
            let newest = state.delivered.last().cloned();
            let (head, parent) = newest.map_or_else(
                || (Height::GENESIS, Self::genesis_payload().digest()),
                |newest| (newest.header().height, newest.digest()),
            );
            if height <= head {
                return true;
            }
            assert_eq!(height, head.next(), "a height was left out");
            assert!(
                self.membership.may_propose(payload.header()),
                "height {height} was made by a node that is no validator of its epoch"
            );
            assert_eq!(
                payload.header().parent,
                parent,
                "the payload does not follow the one before"
            );
            state.delivered.push(payload);
            true
        }
        .boxed()
    }

    fn delivered(&self) -> Height {
        self.lock()
            .delivered
            .last()
            .map_or(Height::GENESIS, |newest| newest.header().height)
    }

    fn validators(&self, epoch: u64) -> BoxFuture<'_, Option<Vec<Validator>>> {
        let known = self.delivered() >= self.membership.epochs.base(epoch);
        std::future::ready(known.then(|| (self.membership.validators)(epoch))).boxed()
    }
}
