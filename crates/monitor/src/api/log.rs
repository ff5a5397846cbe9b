//! Lines of logs and the search over them.

use super::Time;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// How grave a line is, from the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = LogLevel)]
pub enum Level {
    /// Every step.
    Trace,
    /// What a developer wants.
    Debug,
    /// What an operator wants.
    Info,
    /// What may become a fault.
    Warn,
    /// A fault.
    Error,
}

impl Level {
    /// All of them, from the least grave.
    pub const ALL: [Self; 5] = [Self::Trace, Self::Debug, Self::Info, Self::Warn, Self::Error];

    /// As it is written in queries and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }
}

/// What to search for. Everything that is given must hold.
#[derive(Clone, Debug, Default, Deserialize, IntoParams, ToSchema)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct LogParameters {
    /// Words that the line must contain, in any order, without regard to case: `peer lost`, `"in quotes for a
    /// phrase"`, `-without`. Chinese needs no spaces between words.
    #[serde(default)]
    pub q: Option<String>,
    /// At least this grave.
    #[serde(default)]
    pub level: Option<Level>,
    /// Of this node, or other source of lines.
    #[serde(default)]
    pub node: Option<String>,
    /// From this moment on.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    pub from: Option<Time>,
    /// Before this moment.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    pub to: Option<Time>,
    /// Where to go on: `next` of the part before.
    #[serde(default)]
    pub cursor: Option<String>,
    /// Lines of a part: 100 where it is absent, at most 200.
    #[serde(default)]
    pub limit: Option<usize>,
}

/// One line of a log, the newest first in lists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LogLine {
    /// Tells this line from all others, stable over restarts.
    pub id: String,
    /// When it was written, or read where the line does not say.
    pub time: Time,
    /// How grave.
    pub level: Level,
    /// The node, or other source of lines.
    pub node: String,
    /// The part of the program that wrote it; empty where the line does not say.
    pub target: String,
    /// The text. Hostile bytes are replaced; it is text, never markup.
    pub message: String,
}
