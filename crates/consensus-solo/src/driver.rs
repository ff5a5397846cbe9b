//! The only task of the engine: makes payloads, stores them, delivers them, and answers readers meanwhile.
//!
//! Invariants: a payload is on disk with its certificate before it is delivered; the next one is proposed
//! when the one before has been executed; the archive has no gap.

use crate::{
    Runtime,
    config::{Config, REQUESTS_PENDING, refuse},
    verify::{self, CERTIFICATE_BYTES},
};
use bytes::Bytes;
use civitas_ports::{Application, BoxError, OrderingError, ProposalContext};
use civitas_types::{Epochs, Height, NodeKey, Payload, PayloadHeader};
use commonware_codec::RangeCfg;
use commonware_cryptography::sha256::Digest;
use commonware_runtime::buffer::paged::CacheRef;
use commonware_storage::archive::{
    Archive as _, Identifier,
    immutable::{self, Archive},
};
use commonware_utils::{NZU16, NZU64, NZUsize};
use futures::{
    FutureExt as _, StreamExt as _,
    channel::{mpsc, oneshot},
};
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};
use tracing::{error, info, warn};

/// Slots of the archive's table at the start (44 bytes each); it doubles when half of them have filled.
const TABLE_SLOTS: u32 = 16 * 1024;
/// Slots that one sync moves while the table doubles.
const TABLE_RESIZE_SLOTS: u32 = 4 * 1024;
/// Bytes of a file of values before the next one is begun.
const FILE_BYTES: u64 = 256 * 1024 * 1024;

/// Why an engine ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It was stopped.
    Stopped,
    /// The application refused the final payload at this height: the node must stop.
    Refused(Height),
    /// This part ended, because its storage did.
    Part(&'static str),
}

/// A final payload with its certificate.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub payload: Arc<Payload>,
    pub certificate: [u8; CERTIFICATE_BYTES],
}

/// A reader's question.
pub(crate) struct Request {
    pub height: Height,
    pub reply: oneshot::Sender<Result<Option<Stored>, OrderingError>>,
}

/// What the handle of a running engine needs.
pub(crate) struct Parts {
    pub requests: mpsc::Sender<Request>,
    pub finalized: Arc<AtomicU64>,
    pub signer: NodeKey,
    pub epochs: Epochs,
}

/// The engine's task.
pub(crate) struct Driver<E: Runtime> {
    context: E,
    config: Config,
    application: Arc<dyn Application>,
    library: Library<E>,
    requests: mpsc::Receiver<Request>,
    finalized: Arc<AtomicU64>,
    head: Arc<Payload>,
}

impl<E: Runtime> Driver<E> {
    /// Opens the archive and checks that it fits the application.
    pub(crate) async fn open(
        context: E,
        config: Config,
        application: Arc<dyn Application>,
    ) -> Result<(Self, Parts), OrderingError> {
        config.check()?;
        let genesis = application.genesis();
        if genesis.digest() != config.ledger.genesis {
            return Err(refuse(
                "the application's genesis is not that of the configured ledger",
            ));
        }
        let library = Library::open(&context, &config).await?;
        let head = match library.newest().await? {
            Some(stored) => stored.payload,
            None => genesis,
        };
        if head.header().ledger != config.ledger.chain_id {
            return Err(refuse("the data folder holds another ledger"));
        }
        if application.delivered() > head.header().height {
            return Err(refuse(
                "the application is ahead of the archive of payloads, which was lost or replaced",
            ));
        }
        let (sender, requests) = mpsc::channel(REQUESTS_PENDING);
        let finalized = Arc::new(AtomicU64::new(head.header().height.get()));
        let parts = Parts {
            requests: sender,
            finalized: finalized.clone(),
            signer: config.node_key(),
            epochs: config.epochs,
        };
        Ok((
            Self {
                context,
                config,
                application,
                library,
                requests,
                finalized,
                head,
            },
            parts,
        ))
    }

    /// Delivers what the application has not executed yet, then makes payload after payload.
    pub(crate) async fn run(mut self) -> Result<Ended, OrderingError> {
        let mut height = self.application.delivered().next();
        while height <= self.head.header().height {
            info!(
                height = height.get(),
                "delivering again a payload that the application has lost"
            );
            let Some(stored) = self.library.get(height).await? else {
                error!(
                    height = height.get(),
                    "a final payload that the application lacks is not in the archive"
                );
                return Ok(Ended::Refused(height));
            };
            if !self.deliver(stored.payload).await {
                return Ok(Ended::Refused(height));
            }
            height = height.next();
        }
        loop {
            let Some(payload) = self.make().await else {
                let pause = self.context.sleep(self.config.retry);
                serve(&self.library, &mut self.requests, pause).await;
                continue;
            };
            let payload = Arc::new(payload);
            let height = payload.header().height;
            let certificate = verify::sign(&self.config.private_key, &self.config.ledger, payload.digest());
            let stored = Stored {
                payload: payload.clone(),
                certificate,
            };
            self.library = self.library.append(&stored).await?;
            self.finalized.store(height.get(), Ordering::Relaxed);
            self.head = payload.clone();
            if !self.deliver(payload).await {
                return Ok(Ended::Refused(height));
            }
        }
    }

    /// A payload that follows the head and that the application itself accepts.
    async fn make(&mut self) -> Option<Payload> {
        let context = ProposalContext {
            proposer: self.config.node_key(),
            parent: self.head.clone(),
            finalized: self.head.header().height,
            unexecuted: Vec::new(),
        };
        let proposal = self.application.propose(context);
        let payload = serve(&self.library, &mut self.requests, proposal).await?;
        let header = payload.header();
        let follows =
            header.height == self.head.header().height.next() && header.parent == self.head.digest();
        let limits = self.config.limits;
        let fits =
            header.body_bytes <= limits.body_bytes_max && header.transaction_count <= limits.transactions_max;
        if !follows || !fits {
            error!(
                height = header.height.get(),
                follows, fits, "the application made an unusable payload"
            );
            return None;
        }
        let judged = self
            .application
            .verify(Arc::new(payload.clone()), self.head.clone());
        if serve(&self.library, &mut self.requests, judged).await {
            Some(payload)
        } else {
            warn!(
                height = payload.header().height.get(),
                "the application refuses its own payload"
            );
            None
        }
    }

    async fn deliver(&mut self, payload: Arc<Payload>) -> bool {
        let delivery = self.application.deliver(payload);
        serve(&self.library, &mut self.requests, delivery).await
    }
}

/// Answers readers until `work` is done.
async fn serve<E: Runtime, T>(
    library: &Library<E>,
    requests: &mut mpsc::Receiver<Request>,
    work: impl Future<Output = T>,
) -> T {
    let work = work.fuse();
    futures::pin_mut!(work);
    loop {
        futures::select_biased! {
            result = work => return result,
            // When no handle is left, this is never ready again.
            request = requests.select_next_some() => {
                // A reader that has gone needs no answer.
                let _ = request.reply.send(library.get(request.height).await);
            }
        }
    }
}

/// The archive of final payloads with their certificates: certificate, then payload.
struct Library<E: Runtime> {
    archive: Archive<E, Digest, Bytes>,
    config: Config,
}

impl<E: Runtime> Library<E> {
    async fn open(context: &E, config: &Config) -> Result<Self, OrderingError> {
        let prefix = &config.partition_prefix;
        let entry_bytes_max =
            CERTIFICATE_BYTES + PayloadHeader::ENCODED_BYTES_MAX + config.limits.body_bytes_max as usize;
        let settings = immutable::Config {
            metadata_partition: format!("{prefix}-payloads-metadata"),
            freezer_table_partition: format!("{prefix}-payloads-table"),
            freezer_table_initial_size: TABLE_SLOTS,
            freezer_table_resize_frequency: 4,
            freezer_table_resize_chunk_size: TABLE_RESIZE_SLOTS,
            freezer_key_partition: format!("{prefix}-payloads-keys"),
            freezer_key_page_cache: CacheRef::new(NZU16!(4_084), NZUsize!(512)),
            freezer_value_partition: format!("{prefix}-payloads-values"),
            freezer_value_target_size: FILE_BYTES,
            freezer_value_compression: None,
            ordinal_partition: format!("{prefix}-payloads-heights"),
            items_per_section: NZU64!(65_536),
            freezer_key_write_buffer: NZUsize!(64 * 1024),
            freezer_value_write_buffer: NZUsize!(256 * 1024),
            ordinal_write_buffer: NZUsize!(64 * 1024),
            replay_buffer: NZUsize!(1024 * 1024),
            codec_config: RangeCfg::from(..=entry_bytes_max),
        };
        let archive = Archive::init(context.child("payload_archive"), settings)
            .await
            .map_err(|source| failed("opening the archive of payloads", source))?;
        Ok(Self {
            archive,
            config: config.clone(),
        })
    }

    async fn newest(&self) -> Result<Option<Stored>, OrderingError> {
        match self.archive.last_index() {
            Some(height) => self.get(Height::new(height)).await,
            None => Ok(None),
        }
    }

    async fn get(&self, height: Height) -> Result<Option<Stored>, OrderingError> {
        const ATTEMPT: &str = "reading a final payload";
        let entry = self.archive.get(Identifier::Index(height.get())).await;
        let Some(entry) = entry.map_err(|source| failed(ATTEMPT, source))? else {
            return Ok(None);
        };
        let Some((certificate, _)) = entry.split_first_chunk::<CERTIFICATE_BYTES>() else {
            return Err(failed(ATTEMPT, "the entry is too short"));
        };
        let mut encoded = entry.slice(CERTIFICATE_BYTES..).into();
        let payload =
            Payload::decode(&mut encoded, self.config.limits).map_err(|source| failed(ATTEMPT, source))?;
        Ok(Some(Stored {
            payload: Arc::new(payload),
            certificate: *certificate,
        }))
    }

    /// Adds the next payload; durable when the future ends.
    async fn append(mut self, stored: &Stored) -> Result<Self, OrderingError> {
        let mut entry = stored.certificate.to_vec();
        entry.extend_from_slice(&stored.payload.encode());
        let height = stored.payload.header().height.get();
        self.archive = self
            .archive
            .put_sync(height, Digest(stored.payload.digest().0), &Bytes::from(entry))
            .await
            .map_err(|source| failed("storing a payload", source))?;
        Ok(self)
    }
}

fn failed(attempt: &'static str, source: impl Into<BoxError>) -> OrderingError {
    OrderingError::Failed {
        attempt,
        source: source.into(),
    }
}
