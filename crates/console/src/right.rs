//! What a person may do in the console: rights, which follow from the person's roles on the ledger.
//!
//! A right opens doors of the console, never of the ledger: what a transaction may do, the system contracts decide.
//! Every endpoint names the right that it needs in [`crate::access`]; an endpoint that is not named there is closed.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A right in the console. Names are part of the HTTP API and of the scopes of API keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Right {
    /// See the city at a glance, its ledgers, blocks, transactions, accounts, contracts and tokens.
    Explore,
    /// See how a transaction ran inside: traces and state changes.
    Trace,
    /// Prepare transactions and send signed ones.
    Transact,
    /// See organisations, nodes, certificates, roles, proposals, parameters, business chains, partition ledgers.
    ReadGovernance,
    /// See identities: documents, bound accounts, histories.
    ReadIdentities,
    /// See openings of identities.
    ReadOpenings,
    /// See the audit trail.
    ReadAudit,
    /// See metrics, and alarms that ring.
    Monitor,
    /// Search logs of nodes.
    ReadLogs,
    /// Define alarms and channels, silence and acknowledge alarms.
    ManageAlarms,
    /// See what rules of supervision found, and the rules.
    ReadFindings,
    /// Write rules of supervision, test and set them, judge findings.
    Supervise,
    /// Start and stop nodes, renew certificates.
    Operate,
    /// See and end the API keys and sessions of others.
    Administer,
    /// See what the city holds about oneself, and own API keys.
    OwnData,
}

impl Right {
    /// All rights, in the order of their declaration.
    pub const ALL: [Self; 15] = [
        Self::Explore,
        Self::Trace,
        Self::Transact,
        Self::ReadGovernance,
        Self::ReadIdentities,
        Self::ReadOpenings,
        Self::ReadAudit,
        Self::Monitor,
        Self::ReadLogs,
        Self::ManageAlarms,
        Self::ReadFindings,
        Self::Supervise,
        Self::Operate,
        Self::Administer,
        Self::OwnData,
    ];
}
