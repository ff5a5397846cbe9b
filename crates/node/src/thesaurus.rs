//! The file of the thesaurus: read, watched, compared with the ledger, and reported, without a restart.
//!
//! Invariants:
//! - A file that cannot be used changes nothing: what was in use stays in use.
//! - A node that does not hold what is in force says so in its log, in `civitas_content_thesaurus` and in
//!   `civitas_status`, and refuses no words; it votes and executes as ever.

use crate::{
    certificates::causes,
    metrics::LedgerMetrics,
    words::{self, Shelf},
};
use civitas_ports::LedgerStore;
use civitas_supervision::{
    ThesaurusError,
    content::{Matcher, Thesaurus},
};
use civitas_system_contracts::content::InForce;
use commonware_runtime::{Clock as _, Spawner as _, Supervisor as _, tokio::Context};
use parking_lot::RwLock;
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{family::Family, gauge::Gauge},
};
use std::{
    io,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use thiserror::Error;
use tracing::{error, info, warn};

/// How often the file and the ledger are looked at: an operator who replaces the file sees the answer at once.
const TICK: Duration = Duration::from_secs(2);
/// Bytes of a file, at most: the largest thesaurus (200,000 words) with long variants.
const FILE_BYTES_MAX: u64 = 256 << 20;

/// Why a file is no thesaurus.
#[derive(Debug, Error)]
pub enum FileError {
    /// It cannot be read.
    #[error("the thesaurus {path} cannot be read")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The failure.
        #[source]
        source: io::Error,
    },
    /// It is too large.
    #[error("the thesaurus {path} has {bytes} bytes, at most {FILE_BYTES_MAX} are read")]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its bytes.
        bytes: u64,
    },
    /// It is not written as one, or its words do not fit.
    #[error("the thesaurus {path} cannot be used")]
    Unusable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: ThesaurusError,
    },
}

/// Reads a thesaurus, TOML or JSON. Takes seconds for 100,000 words.
///
/// # Errors
/// See [`FileError`].
pub fn read(path: &Path) -> Result<Matcher, FileError> {
    let unreadable = |source| FileError::Unreadable {
        path: path.to_owned(),
        source,
    };
    let bytes = std::fs::metadata(path).map_err(unreadable)?.len();
    if bytes > FILE_BYTES_MAX {
        return Err(FileError::TooLarge {
            path: path.to_owned(),
            bytes,
        });
    }
    let text = std::fs::read_to_string(path).map_err(unreadable)?;
    Thesaurus::parse(&text)
        .and_then(Matcher::new)
        .map_err(|source| FileError::Unusable {
            path: path.to_owned(),
            source,
        })
}

/// How a node stands to the thesaurus in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// None is in force.
    None,
    /// The node holds it.
    Held,
    /// The settings name no file.
    Absent,
    /// The file has another hash.
    Other,
    /// The file cannot be used.
    Unreadable,
}

impl State {
    const ALL: [Self; 5] = [
        Self::None,
        Self::Held,
        Self::Absent,
        Self::Other,
        Self::Unreadable,
    ];

    const fn label(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Held => "held",
            Self::Absent => "absent",
            Self::Other => "other",
            Self::Unreadable => "unreadable",
        }
    }
}

/// The state, as a label.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StateLabel {
    state: &'static str,
}

/// What a node has to say of its thesaurus; nothing where all is well.
pub(crate) type Notice = Arc<RwLock<Option<String>>>;

/// Watches the file.
pub(crate) struct Keeper {
    path: Option<PathBuf>,
    shelf: Arc<Shelf>,
    stamp: Option<(u64, u64, i64, i64)>,
    fault: Option<String>,
    states: Family<StateLabel, Gauge>,
    notice: Notice,
    told: Option<(State, u32)>,
}

impl Keeper {
    /// Reads the file for the first time, so that the node holds it before it votes.
    pub(crate) async fn open(path: Option<PathBuf>, metrics: &LedgerMetrics) -> Self {
        let states: Family<StateLabel, Gauge> = Family::default();
        metrics.extend(|registry| {
            registry.register(
                "content_thesaurus",
                "1 for how this node stands to the thesaurus in force: none, held, absent, other, unreadable",
                states.clone(),
            );
        });
        let mut keeper = Self {
            path,
            shelf: Arc::default(),
            stamp: None,
            fault: None,
            states,
            notice: Notice::default(),
            told: None,
        };
        keeper.reread().await;
        keeper
    }

    /// What the node holds; nothing, without an entry in the settings.
    pub(crate) fn shelf(&self) -> Option<Arc<Shelf>> {
        self.path.as_ref().map(|_| self.shelf.clone())
    }

    /// What the node has to say.
    pub(crate) fn notice(&self) -> Notice {
        self.notice.clone()
    }

    /// Watches until the node ends.
    pub(crate) fn start(mut self, context: &Context, main: Arc<dyn LedgerStore>, chain_id: u64) {
        context.child("thesaurus").spawn(move |context| async move {
            loop {
                self.reread().await;
                match words::in_force(&*main, chain_id, main.head().height.next()) {
                    Ok(found) => self.report(&found),
                    Err(error) => warn!(
                        error = &error as &dyn std::error::Error,
                        "what thesaurus is in force cannot be read"
                    ),
                }
                context.sleep(TICK).await;
            }
        });
    }

    /// Takes in the file if it has changed.
    async fn reread(&mut self) {
        let Some(path) = self.path.clone() else { return };
        let stamp = std::fs::metadata(&path)
            .ok()
            .map(|it| (it.ino(), it.len(), it.mtime(), it.mtime_nsec()));
        if stamp == self.stamp && (stamp.is_some() || self.fault.is_some()) {
            return;
        }
        self.stamp = stamp;
        let read = tokio::task::spawn_blocking(move || read(&path)).await;
        let fault = match read {
            Ok(Ok(matcher)) => {
                info!(
                    version = matcher.thesaurus().version,
                    hash = %matcher.hash(),
                    words = matcher.thesaurus().words.len(),
                    "a thesaurus was read"
                );
                self.shelf.put(matcher);
                None
            }
            Ok(Err(error)) => Some(causes(&error)),
            Err(_) => Some("reading it failed".to_owned()),
        };
        if let Some(fault) = &fault {
            error!(fault, "the thesaurus is not used");
        }
        self.fault = fault;
    }

    fn state(&self, found: &InForce) -> State {
        match () {
            () if found.version == 0 => State::None,
            () if self.shelf.find(found.hash).is_some() => State::Held,
            () if self.path.is_none() => State::Absent,
            () if self.fault.is_some() => State::Unreadable,
            () => State::Other,
        }
    }

    fn report(&mut self, found: &InForce) {
        let state = self.state(found);
        for known in State::ALL {
            let label = StateLabel { state: known.label() };
            self.states.get_or_create(&label).set(i64::from(known == state));
        }
        if self.told == Some((state, found.version)) {
            return;
        }
        self.told = Some((state, found.version));
        let why = match state {
            State::None | State::Held => None,
            State::Absent => Some("node.toml names none".to_owned()),
            State::Other => Some("the file has another hash".to_owned()),
            State::Unreadable => self.fault.clone(),
        };
        let (version, hash) = (found.version, found.hash);
        let notice = why.map(|why| {
            format!(
                "this node does not hold thesaurus {version} ({hash}), which is in force, and refuses no words: {why}"
            )
        });
        match &notice {
            Some(notice) => error!(state = state.label(), "{notice}"),
            None => info!(state = state.label(), version, %hash, "the thesaurus in force is known"),
        }
        *self.notice.write() = notice;
    }
}
