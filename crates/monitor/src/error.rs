//! What can go wrong, and of which kind it is: the caller maps kinds to HTTP status, once.

use std::path::PathBuf;

/// The kind of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The input is wrong: it must be changed (400).
    Input,
    /// There is no such thing (404).
    NotFound,
    /// It was changed by another in between, or the name is taken (409).
    Conflict,
    /// A bound is reached (429).
    Full,
    /// The disk or another part of the environment fails (503).
    Unavailable,
}

/// What can go wrong.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A field does not fit.
    #[error("{field}: {problem}")]
    Field {
        /// The field, as in JSON.
        field: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// A query cannot be read or evaluated.
    #[error("the query cannot be evaluated: {problem}")]
    Query {
        /// What is wrong with it.
        problem: String,
    },
    /// There is no such thing.
    #[error("there is no {what} {id}")]
    NotFound {
        /// Rule, channel, alarm or silence.
        what: &'static str,
        /// Its identifier.
        id: String,
    },
    /// The thing was changed in between.
    #[error("{id} was changed in between: it is at version {version}")]
    Stale {
        /// Its identifier.
        id: String,
        /// Its version now.
        version: u64,
    },
    /// A name is used by another.
    #[error("the name {name} is taken")]
    NameTaken {
        /// The name.
        name: String,
    },
    /// Something still needs it.
    #[error("{id} is still used by the rule {rule}")]
    InUse {
        /// The channel.
        id: String,
        /// The rule that names it.
        rule: String,
    },
    /// A bound is reached.
    #[error("there are {count} {what}, and no more can be kept")]
    Full {
        /// Rules, channels or silences.
        what: &'static str,
        /// How many there are.
        count: usize,
    },
    /// Too many queries wait.
    #[error("too many queries wait: try again later")]
    Busy,
    /// A file cannot be read or written.
    #[error("cannot use {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file of the monitor is damaged.
    #[error("{} is damaged", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// The store of metrics fails.
    #[error("the store of metrics fails")]
    Series {
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The index of logs fails.
    #[error("the index of logs fails")]
    Logs {
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The client of HTTP cannot be made.
    #[error("no HTTP client can be made")]
    Client {
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The monitor ends.
    #[error("the monitor ends")]
    Ending,
}

impl Error {
    /// Of which kind it is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Field { .. } | Self::Query { .. } => ErrorKind::Input,
            Self::NotFound { .. } => ErrorKind::NotFound,
            Self::Stale { .. } | Self::NameTaken { .. } | Self::InUse { .. } => ErrorKind::Conflict,
            Self::Full { .. } | Self::Busy => ErrorKind::Full,
            Self::File { .. }
            | Self::Damaged { .. }
            | Self::Series { .. }
            | Self::Logs { .. }
            | Self::Client { .. }
            | Self::Ending => ErrorKind::Unavailable,
        }
    }

    /// A stable word for it, the end of the `type` of a problem document.
    pub fn slug(&self) -> &'static str {
        match self {
            Self::Field { .. } => "invalid-field",
            Self::Query { .. } => "invalid-query",
            Self::NotFound { .. } => "not-found",
            Self::Stale { .. } => "stale",
            Self::NameTaken { .. } => "name-taken",
            Self::InUse { .. } => "in-use",
            Self::Full { .. } => "full",
            Self::Busy => "busy",
            Self::File { .. } | Self::Damaged { .. } => "storage-failed",
            Self::Series { .. } => "metrics-failed",
            Self::Logs { .. } => "logs-failed",
            Self::Client { .. } => "client-failed",
            Self::Ending => "ending",
        }
    }

    pub(crate) fn field(field: &'static str, problem: impl Into<String>) -> Self {
        Self::Field {
            field,
            problem: problem.into(),
        }
    }
}
