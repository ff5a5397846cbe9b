//! Organisations, nodes, certificates, parameters, proposals.

use super::{
    contracts::{Argument, DecodedError},
    explorer::LedgerParameters,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// An organisation.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Organisation {
    /// Its id: keccak256 of its name.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Governance, Business, Provider or Supporter.
    pub kind: String,
    /// Rank, 0 to 100.
    pub level: u8,
    /// Active, Suspended or Left.
    pub status: String,
    /// Whether its representatives vote.
    pub voting: bool,
    /// Height at which it joined.
    pub joined_at: u64,
    /// Its certificate authorities.
    pub anchors: Vec<Anchor>,
    /// Its nodes.
    pub nodes: u64,
}

/// A certificate authority of an organisation.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Anchor {
    /// SHA-256 of its certificate.
    pub fingerprint: String,
    /// Whom it names; none if the certificate cannot be read.
    pub subject: Option<String>,
    /// Until when it holds.
    pub not_after: Option<String>,
}

/// An organisation with its nodes and representatives.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrganisationDetail {
    /// What lists show of it.
    #[serde(flatten)]
    pub summary: Organisation,
    /// Its nodes.
    pub node_list: Vec<Node>,
    /// Who speaks for it.
    pub representatives: Vec<super::roles::Grant>,
}

/// A node, as the registry has it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Node {
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Its organisation.
    pub organisation: String,
    /// Name of its organisation.
    pub organisation_name: Option<String>,
    /// `host:port`.
    pub endpoint: String,
    /// Observer, Validator, Standby or Light.
    pub role: String,
    /// Pending, Active, Suspended or Revoked.
    pub status: String,
    /// Whether it has proved that it has caught up.
    pub ready: bool,
    /// Receives the priority fees of its blocks.
    pub beneficiary: String,
    /// End of its last emergency suspension.
    pub emergency_until: Option<String>,
    /// Height of its application.
    pub registered_at: u64,
    /// Counts the changes of its endpoint.
    pub sequence: u64,
}

/// A certificate of a node.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodeCertificate {
    /// Name of the node.
    pub node: String,
    /// Name of its organisation.
    pub organisation: Option<String>,
    /// Serial number.
    pub serial: String,
    /// Whom it names.
    pub subject: String,
    /// Who issued it.
    pub issuer: String,
    /// From when on it holds.
    pub not_before: String,
    /// Until when it holds.
    pub not_after: String,
    /// Seconds until then; negative after it.
    pub seconds_left: i64,
    /// `valid`, `expiring` (less than a third of its life is left), `expired` or `notYetValid`.
    pub status: String,
}

/// Parameters of the city.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Parameters {
    /// What proposals need, by kind.
    pub rules: Vec<Rule>,
    /// Who may transact and deploy.
    pub policy: Policy,
    /// Parameters of the ledgers.
    pub ledgers: Vec<NamedLedgerParameters>,
    /// Offices that open a record together.
    pub office_threshold: u8,
}

/// Parameters of a ledger.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NamedLedgerParameters {
    /// Its name.
    pub name: String,
    /// Its chain id.
    pub chain_id: u64,
    /// What its next block is made by.
    pub parameters: LedgerParameters,
}

/// What proposals of a kind need.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ProposalRule)]
pub struct Rule {
    /// The kind.
    pub kind: String,
    /// Approvals, in hundredths of the organisations that vote.
    pub approval_percent: u8,
    /// Approvals at least.
    pub approvals_min: u8,
    /// Seconds of voting.
    pub voting_seconds: u64,
    /// Seconds between approval and execution.
    pub timelock_seconds: u64,
}

/// Who may transact and deploy.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Policy {
    /// Whether only accounts that a role permits may deploy contracts.
    pub deployment_restricted: bool,
    /// Whether every sender must be bound to an active identity.
    pub identity_required: bool,
    /// Gas of a sender without a quota of its own in a period; 0 is without bound.
    pub default_quota: u64,
    /// Seconds of a quota period.
    pub period_seconds: u64,
}

/// Which proposals.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ProposalFilter {
    /// Of this state: Open, Approved, Executed, Rejected, Expired, Withdrawn.
    pub state: Option<String>,
}

/// A proposal in a list.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProposalSummary {
    /// Its number.
    pub id: u64,
    /// What it changes.
    pub kind: String,
    /// Open, Approved, Executed, Rejected, Expired or Withdrawn.
    pub status: String,
    /// Its title.
    pub title: String,
    /// Who made it.
    pub proposer: String,
    /// In the name of which organisation.
    pub organisation: String,
    /// Name of the organisation.
    pub organisation_name: Option<String>,
    /// When it was made.
    pub created_at: String,
    /// When voting ends.
    pub voting_ends: String,
    /// From when on it can be executed.
    pub executable_from: Option<String>,
    /// Until when it can be executed.
    pub executable_until: Option<String>,
    /// Approvals.
    pub approvals: u64,
    /// Rejections.
    pub rejections: u64,
    /// Approvals that it needs.
    pub approvals_needed: u64,
}

/// A proposal.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProposalDetail {
    /// What lists show of it.
    #[serde(flatten)]
    pub summary: ProposalSummary,
    /// What it would do, in order.
    pub actions: Vec<ProposalAction>,
    /// What the ledger says when it is tried out now; none if it cannot be executed any more.
    pub rehearsal: Option<Rehearsal>,
    /// The votes, in order.
    pub votes: Vec<Vote>,
    /// Organisations that can still vote.
    pub missing: Vec<MissingVote>,
    /// What happened, and what comes.
    pub timeline: Vec<TimelineEntry>,
}

/// A call that Governance makes.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProposalAction {
    /// Address of the contract.
    pub target: String,
    /// Its name.
    pub contract: String,
    /// The function.
    pub function: String,
    /// Its arguments.
    pub arguments: Vec<Argument>,
    /// The call in one line.
    pub summary: Option<String>,
    /// The encoded call.
    pub data: String,
    /// What it would change, by the events it would give and the records as they stand.
    pub changes: Vec<RecordChange>,
}

/// Something before and after.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecordChange {
    /// What: a field of a record.
    pub what: String,
    /// Before; none if it is new.
    pub before: Option<String>,
    /// After; none if it goes.
    pub after: Option<String>,
}

/// What the ledger says when a proposal is tried out.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Rehearsal {
    /// Whether all its actions would pass.
    pub ok: bool,
    /// The first refusal.
    pub error: Option<RehearsalError>,
    /// Names of the events that it would give, in order.
    pub events: Vec<String>,
}

/// An action that would be refused.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RehearsalError {
    /// Which action, from 0.
    pub index: u64,
    /// Why.
    #[serde(flatten)]
    pub error: DecodedError,
}

/// A vote.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Vote {
    /// The organisation.
    pub organisation: String,
    /// Its name.
    pub organisation_name: Option<String>,
    /// Who voted in its name.
    pub account: String,
    /// Yes or no.
    pub approve: bool,
    /// Why.
    pub reason: String,
    /// When.
    pub at: String,
}

/// An organisation that can still vote.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MissingVote {
    /// The organisation.
    pub organisation: String,
    /// Its name.
    pub organisation_name: String,
}

/// Something that happened to a proposal, or that will.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TimelineEntry {
    /// `created`, `vote`, `votingEnds`, `approved`, `executableFrom`, `executableUntil`, `executed`, `rejected`,
    /// `withdrawn`, `expired`.
    pub what: String,
    /// When; none if it is not known.
    pub at: Option<String>,
    /// By whom.
    pub by: Option<String>,
    /// Whether it lies ahead.
    pub ahead: bool,
    /// The transaction, if it is known.
    pub transaction: Option<String>,
}

/// Which records.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AuditFilter {
    /// `node` (anchors of nodes) or `console` (the console's own records); both without it.
    pub source: Option<String>,
    /// Of this kind.
    pub kind: Option<String>,
    /// By this account or node.
    pub actor: Option<String>,
}

/// An audit record.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditRecord {
    /// When.
    pub at: String,
    /// `node` or `console`.
    pub source: String,
    /// Who: a node, an account, an API key.
    pub actor: String,
    /// What kind of thing: `anchor`, `read`, `signIn`, `operation`, `alarm`.
    pub kind: String,
    /// In words.
    pub summary: String,
    /// More, by name.
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    pub details: std::collections::BTreeMap<String, String>,
    /// The transaction, for what is on a ledger.
    pub transaction: Option<String>,
}
