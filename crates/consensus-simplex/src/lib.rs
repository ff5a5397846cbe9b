//! Byzantine fault-tolerant ordering: simplex consensus with its store of payloads, behind the [`Ordering`]
//! port.
//!
//! ```text
//!   Application (crate node)                                  other validators
//!   propose ▲  verify ▲   deliver ▲                                  ▲
//!           │         │           │ final payloads, in order         │ five channels
//!   ┌───────┴─────────┴──┐   ┌────┴─────────────┐                    │ (see `Channel`)
//!   │ simplex engine     │──▶│ store of payloads│──── certificates ──┼──▶ `Ordering::certificate`
//!   │ votes, journal     │   │ spread, fetch    │                    │
//!   └────────┬───────────┘   └──────┬───────────┘                    │
//!            └──────────────────────┴────────────────────────────────┘
//! ```
//!
//! The heights of a ledger are divided into epochs, each with the validators that the state after the last block of
//! the epoch before names ([`civitas_ports::Application::validators`]). Every epoch has an engine of its own, with
//! its own journal and sub-channels; the store of payloads is beside them all (see `epochs`).
//!
//! One function starts it: [`start`], generic over the runtime and the network, so that a node (tokio, mutual
//! TLS) and a test (deterministic, simulated) run the same code. Votes are Ed25519 signatures over the
//! SHA-256 digest of a payload header; a certificate is a list of them, checked by [`verify_certificate`]
//! without an engine.
//!
//! Invariants:
//! - Payloads are delivered in order of height, without gaps, at least once each, after they are on disk.
//! - The engine of an epoch starts when the last block of the epoch before has been executed here.
//! - A vote is on disk before it is sent. A node that lost its votes is silent until it can no longer
//!   contradict them ([`catch_up`]).
//! - When the application refuses a final payload the engine ends and delivers nothing more.
//!
//! This crate never executes a payload, never looks into a transaction, and opens no socket.

mod adapter;
mod archive;
mod block;
pub mod catch_up;
mod committees;
mod config;
mod delivery;
mod early;
mod engine;
mod epochs;
mod laggard;
mod lanes;
mod network;
mod status;
mod types;
mod verify;
mod voting;

pub use config::{Config, LedgerIdentity, VotingStart};
pub use engine::Ended;
pub use network::{Channel, Link, Links, Network, VALIDATORS_MAX, message_bytes_max};
pub use types::PublicKey;
pub use verify::{CERTIFICATE_KIND, CertificateError, Verified, verify_certificate};

use crate::{
    engine::{Assembly, Parts, Plan},
    epochs::Entered,
};
use civitas_ports::{Application, BoxFuture, Certificate, Ordering, OrderingError, OrderingStatus};
use civitas_types::{Height, Payload};
use commonware_consensus::types::Height as EngineHeight;
use commonware_runtime::{AbortOnDrop, Clock, Metrics, Spawner, Storage};
use futures::{FutureExt as _, channel::oneshot, future::Shared};
use parking_lot::Mutex;
use rand::CryptoRng;
use std::{fmt, sync::Arc};
use tracing::{error, info};

/// What the engine needs of a runtime.
pub trait Runtime: Clock + CryptoRng + Metrics + Spawner + Storage {}

impl<E: Clock + CryptoRng + Metrics + Spawner + Storage> Runtime for E {}

/// A running engine. Dropping the last reference stops it.
pub struct Simplex {
    parts: Parts,
    task: Mutex<Option<AbortOnDrop<()>>>,
    ended: Shared<oneshot::Receiver<Ended>>,
}

impl fmt::Debug for Simplex {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Simplex")
            .field("status", &self.parts.status)
            .finish_non_exhaustive()
    }
}

/// Starts an engine. When this returns, the storage is open and the decision whether this node votes is
/// durable.
///
/// # Errors
/// [`OrderingError::Configuration`] when a setting makes no sense or the storage holds another ledger, and
/// [`OrderingError::Failed`] when the storage cannot be used.
pub async fn start<E: Runtime, N: Network>(
    context: E,
    config: Config,
    links: Links<N>,
    application: Arc<dyn Application>,
) -> Result<Arc<Simplex>, OrderingError> {
    let (ready, started) = oneshot::channel();
    let (end, ended) = oneshot::channel();
    let task = context.child("ordering").spawn(move |context| async move {
        let plan = Plan {
            context,
            config,
            links,
            application,
        };
        let (assembly, entered) = match prepare(plan).await {
            Ok(prepared) => prepared,
            Err(error) => return drop(ready.send(Err(error))),
        };
        if ready.send(Ok(assembly.parts.clone())).is_err() {
            return;
        }
        let reason = assembly.run(entered).await.unwrap_or_else(|error| {
            error!(error = &error as &dyn std::error::Error, "ordering failed");
            Ended::Part("the change to another engine")
        });
        info!(?reason, "ordering ended");
        // Nobody may be waiting.
        let _ = end.send(reason);
    });
    let task = Mutex::new(Some(task.abort_on_drop()));
    let parts = started.await.map_err(|source| OrderingError::Failed {
        attempt: "starting",
        source: Box::new(source),
    })??;
    Ok(Arc::new(Simplex {
        parts,
        task,
        ended: ended.shared(),
    }))
}

async fn prepare<E: Runtime, N: Network>(
    plan: Plan<E, N>,
) -> Result<(Assembly<E, N>, Entered), OrderingError> {
    let mut assembly = Assembly::new(plan).await?;
    let entered = assembly.enter_first().await?;
    Ok((assembly, entered))
}

impl Simplex {
    /// Waits until the engine has ended, and says why. May be called by several.
    pub async fn ended(&self) -> Ended {
        self.ended.clone().await.unwrap_or(Ended::Stopped)
    }

    /// Stops the engine and waits for its root task. What it has sent is on disk, so nothing is lost.
    pub async fn stop(&self) {
        let task = self.task.lock().take();
        if let Some(task) = task {
            task.abort().await;
        }
    }

    /// How often, since the start, this node saw a validator sign two votes that contradict each other.
    pub fn contradictions(&self) -> u64 {
        self.parts.status.contradictions()
    }
}

impl Ordering for Simplex {
    fn certificate(&self, height: Height) -> BoxFuture<'_, Result<Option<Certificate>, OrderingError>> {
        async move {
            let finalization = self
                .parts
                .marshal
                .get_finalization(EngineHeight::new(height.get()))
                .await;
            let Some(finalization) = finalization else {
                return Ok(None);
            };
            let epoch = finalization.round().epoch().get();
            let validators = self.parts.application.validators(epoch).await;
            let Some(validators) = validators else {
                return Ok(None);
            };
            let participants = config::participants(&validators)?;
            Ok(Some(verify::certificate(&finalization, &participants)))
        }
        .boxed()
    }

    fn payload(&self, height: Height) -> BoxFuture<'_, Result<Option<Arc<Payload>>, OrderingError>> {
        async move {
            let block = self
                .parts
                .marshal
                .get_block(EngineHeight::new(height.get()))
                .await;
            Ok(block.map(|block| block.inner().payload()))
        }
        .boxed()
    }

    fn status(&self) -> OrderingStatus {
        self.parts.status.report()
    }
}
