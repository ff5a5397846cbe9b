//! Governance of content: versions of the thesaurus, and what is done on which ledger.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What nodes do with words on a ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum ContentMode {
    /// Nobody looks.
    Off,
    /// What is found is reported.
    Flag,
    /// Nodes refuse what a category refuses; the rest is reported.
    Refuse,
}

/// How the console stands to the thesaurus in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum ThesaurusStanding {
    /// None is in force.
    None,
    /// It holds it.
    Held,
    /// It holds an earlier version, and masks and finds by that.
    Earlier,
    /// Its settings name no file.
    Absent,
    /// Its file has a hash that the ledger does not know.
    Other,
    /// Its file cannot be used.
    Unreadable,
}

/// Governance of content at a glance.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ContentOverview {
    /// Height of the main ledger.
    pub height: u64,
    /// The version in force; 0 if there is none.
    pub in_force: u32,
    /// Versions, newest first.
    pub versions: Vec<ThesaurusVersion>,
    /// What is done on the own ledgers. Foreign chains are always searched, and nothing is refused there.
    pub ledgers: Vec<LedgerMode>,
    /// How this console stands to the version in force.
    pub standing: ThesaurusStanding,
    /// The version that its file holds.
    pub file_version: Option<u32>,
    /// Hash of that.
    pub file_hash: Option<String>,
    /// Why the file cannot be used.
    pub fault: Option<String>,
}

/// A version of the thesaurus.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ThesaurusVersion {
    /// From 1.
    pub version: u32,
    /// Hash of the thesaurus.
    pub hash: String,
    /// Its categories.
    pub categories: u32,
    /// The decision that allows it.
    pub legal_basis: String,
    /// Account that published it.
    pub published_by: String,
    /// When.
    pub published_at: String,
    /// Account that approved it; none while it waits.
    pub approved_by: Option<String>,
    /// When.
    pub approved_at: Option<String>,
    /// The first height of the main ledger at which it counts.
    pub from_height: u64,
}

/// What is done on a ledger.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LedgerMode {
    /// Its name.
    pub ledger: String,
    /// Its chain id.
    pub chain_id: u64,
    /// What counts now.
    pub mode: ContentMode,
    /// What counts later, if that is something else.
    pub next: Option<ContentMode>,
    /// The first height of the main ledger at which it does.
    pub next_height: Option<u64>,
}
