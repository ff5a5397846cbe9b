//! What the endpoints share.

use crate::{
    cases::kept::Kept,
    config::Config,
    content::Content,
    exporter::ConsoleMetrics,
    guard::Quota,
    ledgers::Ledgers,
    login::Logins,
    problem::{Kind, Problem, of_database},
    reads::Reads,
    registries::Registries,
    situation::Situation,
    sources::Sources,
    streaming::Broadcast,
    supervision::Supervision,
};
use axum::extract::FromRef;
use civitas_indexer::{Lag, Reader};
use civitas_monitor::Monitor;
use civitas_sdk::{Node, causes};
use std::{collections::BTreeMap, ops::Deref, sync::Arc};
use tokio::sync::watch;

/// What the endpoints share.
pub struct Console {
    /// Settings.
    pub config: Config,
    /// Nodes by the ledger that they serve.
    pub ledgers: Ledgers,
    /// The index.
    pub index: Reader,
    /// How far the index is behind.
    pub lags: watch::Receiver<BTreeMap<String, Lag>>,
    /// Whether this console writes the index: of several at one database one does.
    pub leads: watch::Receiver<bool>,
    /// The thesaurus: words that are found, and masked.
    pub content: Content,
    /// What the desk of the regulator keeps for a moment.
    pub desk: Kept,
    /// Rules, and what they found.
    pub supervision: Supervision,
    /// Chains, risk, trends.
    pub situation: Situation,
    /// Verification of sources.
    pub sources: Sources,
    /// Metrics, logs, alarms.
    pub monitor: Arc<Monitor>,
    /// Sign-ins.
    pub logins: Arc<Logins>,
    /// Organisations, nodes, roles, offices.
    pub registries: Registries,
    /// Who read what about whom.
    pub reads: Reads,
    /// How often clients ask.
    pub quota: Quota,
    /// What is counted.
    pub metrics: ConsoleMetrics,
    /// What is told to all who listen.
    pub broadcast: Broadcast,
    /// Whether the console ends.
    pub ending: watch::Receiver<bool>,
}

/// Shared by all endpoints. A type of its own, so that parts of it can be extracted.
#[derive(Clone)]
pub struct Shared(pub Arc<Console>);

impl Deref for Shared {
    type Target = Console;

    fn deref(&self) -> &Console {
        &self.0
    }
}

impl FromRef<Shared> for Arc<Logins> {
    fn from_ref(shared: &Shared) -> Self {
        Self::clone(&shared.logins)
    }
}

impl Console {
    /// The nodes of the main ledger.
    ///
    /// # Errors
    /// There is no main ledger, which the settings exclude.
    pub async fn main(&self) -> Result<Node, Problem> {
        self.ledgers.node("main").await
    }
}

impl From<civitas_indexer::Error> for Problem {
    fn from(error: civitas_indexer::Error) -> Self {
        use civitas_indexer::Error;
        match &error {
            Error::UnknownLedger { name } => return Self::not_found("ledger", name),
            Error::UnknownContract => return Self::new(Kind::NOT_FOUND).with_detail(error.to_string()),
            Error::Cursor => return Self::new(Kind::CURSOR),
            Error::TooLarge { .. } => return Self::new(Kind::TOO_LARGE).with_detail(error.to_string()),
            Error::Database { source, .. } => return of_database("the index", source),
            _ => {}
        }
        tracing::error!(cause = %causes(&error), "the index failed");
        Self::new(Kind::DATABASE)
    }
}

impl From<civitas_monitor::Error> for Problem {
    fn from(error: civitas_monitor::Error) -> Self {
        use civitas_monitor::ErrorKind;
        let kind = match error.kind() {
            ErrorKind::Input => Kind::INVALID,
            ErrorKind::NotFound => Kind::NOT_FOUND,
            ErrorKind::Conflict => Kind::CONFLICT,
            ErrorKind::Full => Kind::FULL,
            ErrorKind::Unavailable => {
                tracing::error!(cause = %causes(&error), "the monitor failed");
                return Self::new(Kind::UNAVAILABLE);
            }
        };
        let problem = Self::new(kind)
            .with_detail(error.to_string())
            .with("cause", error.slug());
        match error {
            civitas_monitor::Error::Field { field, .. } => problem.with("field", field),
            _ => problem,
        }
    }
}
