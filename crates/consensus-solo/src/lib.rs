//! Ordering by one validator alone, without a network: for development and for ledgers of a single owner.
//!
//! ```text
//! propose ─▶ verify ─▶ sign ─▶ archive (fsync) ─▶ deliver ─┐
//!    ▲                                                     │ one payload at a time
//!    └─────────────────────────────────────────────────────┘
//! ```
//!
//! Same port and same contract as the BFT engine: payloads are delivered in order of height, without gaps, at
//! least once each, after they are on disk with their certificate. A certificate is one Ed25519 signature,
//! checked by [`verify_certificate`].
//!
//! Nobody checks this validator: whoever holds its key can rewrite the ledger. Never use it where two parties
//! need not trust each other.

mod config;
mod driver;
mod verify;

pub use config::{Config, LedgerIdentity};
pub use driver::Ended;
pub use verify::{CERTIFICATE_KIND, CertificateError, verify_certificate};

use crate::driver::{Driver, Parts, Request, Stored};
use civitas_ports::{Application, BoxFuture, Certificate, Ordering, OrderingError, OrderingStatus};
use civitas_types::{Height, Payload};
use commonware_runtime::{AbortOnDrop, Clock, Metrics, Spawner, Storage};
use futures::{FutureExt as _, SinkExt as _, channel::oneshot, future::Shared};
use parking_lot::Mutex;
use std::{
    fmt,
    sync::{Arc, atomic},
};
use tracing::{error, info};

/// What the engine needs of a runtime.
pub trait Runtime: Clock + Metrics + Spawner + Storage {}

impl<E: Clock + Metrics + Spawner + Storage> Runtime for E {}

/// A running engine. Dropping the last reference stops it.
pub struct Solo {
    parts: Parts,
    task: Mutex<Option<AbortOnDrop<()>>>,
    ended: Shared<oneshot::Receiver<Ended>>,
}

impl fmt::Debug for Solo {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Solo")
            .field("finalized", &self.parts.finalized)
            .finish_non_exhaustive()
    }
}

/// Starts an engine. When this returns, the storage is open.
///
/// # Errors
/// [`OrderingError::Configuration`] when a setting makes no sense or the storage does not fit the
/// application, and [`OrderingError::Failed`] when the storage cannot be used.
pub async fn start<E: Runtime>(
    context: E,
    config: Config,
    application: Arc<dyn Application>,
) -> Result<Arc<Solo>, OrderingError> {
    let (ready, started) = oneshot::channel();
    let (end, ended) = oneshot::channel();
    let task = context.child("ordering").spawn(move |context| async move {
        let (driver, parts) = match Driver::open(context, config, application).await {
            Ok(opened) => opened,
            Err(error) => return drop(ready.send(Err(error))),
        };
        if ready.send(Ok(parts)).is_err() {
            return;
        }
        let reason = driver.run().await.unwrap_or_else(|error| {
            error!(error = &error as &dyn std::error::Error, "ordering failed");
            Ended::Part("the archive of payloads")
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
    Ok(Arc::new(Solo {
        parts,
        task,
        ended: ended.shared(),
    }))
}

impl Solo {
    /// Waits until the engine has ended, and says why. May be called by several.
    pub async fn ended(&self) -> Ended {
        self.ended.clone().await.unwrap_or(Ended::Stopped)
    }

    /// Stops the engine. What it has delivered is on disk, so nothing is lost.
    pub async fn stop(&self) {
        let task = self.task.lock().take();
        if let Some(task) = task {
            task.abort().await;
        }
    }

    async fn stored(&self, height: Height) -> Result<Option<Stored>, OrderingError> {
        let gone = |source| OrderingError::Failed {
            attempt: "reading a final payload",
            source,
        };
        let (reply, answer) = oneshot::channel();
        let mut requests = self.parts.requests.clone();
        requests
            .send(Request { height, reply })
            .await
            .map_err(|source| gone(Box::new(source)))?;
        answer.await.map_err(|source| gone(Box::new(source)))?
    }
}

impl Ordering for Solo {
    fn certificate(&self, height: Height) -> BoxFuture<'_, Result<Option<Certificate>, OrderingError>> {
        async move {
            let stored = self.stored(height).await?;
            Ok(stored.map(|stored| Certificate {
                kind: CERTIFICATE_KIND,
                epoch: self.parts.epochs.of(height),
                view: height.get(),
                signers: vec![self.parts.signer],
                encoded: stored.certificate.to_vec(),
            }))
        }
        .boxed()
    }

    fn payload(&self, height: Height) -> BoxFuture<'_, Result<Option<Arc<Payload>>, OrderingError>> {
        async move { Ok(self.stored(height).await?.map(|stored| stored.payload)) }.boxed()
    }

    fn status(&self) -> OrderingStatus {
        let view = self.parts.finalized.load(atomic::Ordering::Relaxed);
        let finalized = Height::new(view);
        OrderingStatus {
            engine: "solo",
            epoch: self.parts.epochs.of(finalized),
            view,
            finalized,
            voting: true,
        }
    }
}
