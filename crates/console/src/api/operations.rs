//! Running the nodes of the city.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A node, as who runs it sees it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OperatedNode {
    /// Its name.
    pub name: String,
    /// Name of its organisation.
    pub organisation: Option<String>,
    /// Whether it answers.
    pub up: bool,
    /// Its process, if it runs on this machine.
    pub running: Option<u32>,
    /// Whether its folder is on this machine.
    pub local: bool,
    /// Whether the console can start and stop it.
    pub controllable: bool,
    /// Its version.
    pub version: Option<String>,
    /// Its height.
    pub height: Option<u64>,
    /// Nodes that it is linked to.
    pub peers: Option<u64>,
    /// What was looked at.
    pub checks: Vec<Check>,
    /// What is wrong, and what to do.
    pub diagnosis: Vec<Diagnosis>,
    /// Its certificate.
    pub certificate: Option<CertificateLife>,
}

/// The console, as who runs it sees it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OperatedConsole {
    /// Its version.
    pub version: String,
    /// What was looked at.
    pub checks: Vec<Check>,
    /// What is wrong, and what to do.
    pub diagnosis: Vec<Diagnosis>,
}

/// A health check.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Check {
    /// `answers`, `process`, `height`, `peers`, `votes`, `certificate`, `disk`, `time`, `memoryPool`, `version` of a node; `database`,
    /// `node`, `indexer`, `disk` of the console.
    pub name: String,
    /// Whether it is good.
    pub ok: bool,
    /// The figure, or what is wrong.
    pub detail: String,
}

/// What is wrong with a node.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Diagnosis {
    /// Names the fault; stable.
    pub code: String,
    /// `critical`, `warning` or `info`.
    pub severity: String,
    /// Why, in the language of the request.
    pub cause: String,
    /// What to do, in the language of the request.
    pub cure: String,
}

/// How long a certificate holds.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CertificateLife {
    /// Until when.
    pub not_after: String,
    /// Seconds until then; negative after it.
    pub seconds_left: i64,
}

/// What became of an order to a node.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrderDone {
    /// The node.
    pub node: String,
    /// What was ordered: `start`, `stop` or `renew`.
    pub order: String,
    /// What came of it.
    pub outcome: String,
}
