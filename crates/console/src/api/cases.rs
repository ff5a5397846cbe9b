//! Cases of supervision with their evidence, commands to chains, notices to organisations, and reports.

use super::supervision::{FindingSeverity, RuleMode};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Whether a case is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum CaseState {
    /// It goes on.
    Open,
    /// It came to an end.
    Closed,
}

/// What a command does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum CommandAction {
    /// A whole chain is frozen.
    FreezeChain,
    /// A frozen chain is freed.
    LiftChain,
    /// A contract is frozen.
    FreezeContract,
    /// A frozen contract is freed.
    LiftContract,
    /// An account is frozen.
    FreezeAccount,
    /// A frozen account is freed.
    LiftAccount,
    /// A person or organisation is frozen, with all accounts.
    FreezeIdentity,
    /// A frozen person or organisation is freed, with all accounts.
    LiftIdentity,
}

/// How a command is enforced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum CommandLevel {
    /// By the main ledger alone.
    Isolation,
    /// By the supervision hook on the chain, too, which a proof must show.
    Hook,
}

/// How far a command is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum CommandState {
    /// Another person has to approve it.
    Ordered,
    /// Approved; its effect is not proven yet.
    InForce,
    /// Its effect is there: proven, or in the hand of the main ledger.
    Done,
    /// Its deadline passed without a proof: only the main ledger isolates the target.
    Overdue,
    /// It was taken back.
    Withdrawn,
}

/// Which cases.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct CaseFilter {
    /// In this state.
    pub state: Option<CaseState>,
    /// Whose title, subject or legal basis has this in it.
    #[param(max_length = 200)]
    pub text: Option<String>,
}

/// A case in a list.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CaseSummary {
    /// Its number.
    pub id: u64,
    /// Whether it is open.
    pub state: CaseState,
    /// Its title.
    pub title: String,
    /// Whom it is about: an account (CAIP-10), a DID, or a chain (CAIP-2).
    pub subject: String,
    /// The legal basis.
    pub legal_basis: String,
    /// Who opened it.
    pub opened_by: String,
    /// When it was opened.
    pub opened_at: String,
    /// When it was closed.
    pub closed_at: Option<String>,
    /// Pieces of evidence.
    pub evidence: u64,
    /// Commands.
    pub commands: u64,
    /// Notices.
    pub notices: u64,
}

/// A piece of evidence.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CaseEvidence {
    /// Keccak-256 of the document, or of the canonical finding.
    pub hash: String,
    /// What it is and where it is found.
    pub reference: String,
    /// Number of the finding, if it is one of this console.
    pub finding: Option<u64>,
    /// Who added it.
    pub by: String,
    /// When.
    pub at: String,
}

/// A chain in cases.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CaseChain {
    /// Its id; zero is the main ledger.
    pub id: String,
    /// CAIP-2.
    pub caip2: String,
    /// Its name.
    pub name: String,
    /// Whether it is the main ledger.
    pub is_main: bool,
    /// Whether it is a partition ledger of the city: commands freeze it as a whole, by the city's own power.
    pub is_partition: bool,
    /// Whether commands can be enforced on it: it is followed, and its supervision hook is on the main ledger.
    pub has_hook: bool,
    /// Gateways that have to sign a command for the hook.
    pub threshold: u8,
}

/// A command.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CaseCommand {
    /// Its number.
    pub id: u64,
    /// The case.
    pub case: u64,
    /// The chain that it goes to.
    pub chain: CaseChain,
    /// What it does.
    pub action: CommandAction,
    /// The account, contract or identity (DID); none for a chain.
    pub target: Option<String>,
    /// How it is enforced.
    pub level: CommandLevel,
    /// The legal basis.
    pub legal_basis: String,
    /// Why.
    pub reason: String,
    /// How far it is.
    pub state: CommandState,
    /// Who ordered it.
    pub ordered_by: String,
    /// When.
    pub ordered_at: String,
    /// Who approved it.
    pub approved_by: Option<String>,
    /// When.
    pub approved_at: Option<String>,
    /// Seconds from the approval to the deadline.
    pub deadline_seconds: u64,
    /// When its effect must be proven; none before the approval, and for isolation.
    pub deadline: Option<String>,
    /// Gateways that signed it.
    pub attested: u8,
    /// The transaction on the chain that carried it out, as the index saw it; none while none did.
    pub executed: Option<CommandExecution>,
    /// When it was done.
    pub done_at: Option<String>,
    /// Height of the block of the chain that proved it.
    pub proven_height: Option<u64>,
    /// Seconds from the approval to the effect.
    pub effect_seconds: Option<u64>,
    /// The command on an identity that this one follows from.
    pub parent: Option<u64>,
}

/// Where a command was carried out on its chain.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CommandExecution {
    /// The ledger, as the explorer names it.
    pub ledger: String,
    /// The block.
    pub block: u64,
    /// The transaction.
    pub transaction: String,
    /// When.
    pub at: String,
}

/// Which commands.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct CommandFilter {
    /// In this state.
    pub state: Option<CommandState>,
    /// Of this chain: CAIP-2, or the id.
    #[param(max_length = 128)]
    pub chain: Option<String>,
    /// Of this case.
    pub case: Option<u64>,
}

/// A notice to an organisation.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CaseNotice {
    /// Its number.
    pub id: u64,
    /// The case.
    pub case: u64,
    /// The organisation.
    pub organisation: String,
    /// Its name.
    pub organisation_name: Option<String>,
    /// What it is about.
    pub subject: String,
    /// Keccak-256 of the text.
    pub text_hash: String,
    /// The text, if this console holds it: it has this hash.
    pub text: Option<String>,
    /// Until when the organisation has to reply.
    pub deadline: String,
    /// Whether the deadline passed without a reply.
    pub is_late: bool,
    /// Who sent it.
    pub by: String,
    /// When.
    pub at: String,
    /// The reply.
    pub reply: Option<NoticeReply>,
}

/// A reply to a notice.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NoticeReply {
    /// What the organisation says.
    pub text: String,
    /// Keccak-256 of what it gives with the reply.
    pub hash: String,
    /// Who replied.
    pub by: String,
    /// When.
    pub at: String,
}

/// Which notices.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct NoticeFilter {
    /// Whether only those without a reply are wanted.
    pub unanswered: Option<bool>,
}

/// The text of a notice.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NoticeText {
    /// The text.
    #[schema(min_length = 1, max_length = 16_000)]
    pub text: String,
}

/// A text that was kept.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct KeptText {
    /// Keccak-256 of its UTF-8.
    pub hash: String,
}

/// What happened in a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum CaseStep {
    /// It was opened.
    Opened,
    /// Evidence came.
    Evidence,
    /// A command was ordered.
    Ordered,
    /// A command was approved.
    Approved,
    /// A gateway signed a command.
    Attested,
    /// A command was carried out on its chain.
    Executed,
    /// A command was done.
    Done,
    /// A command became overdue.
    Overdue,
    /// A command was taken back.
    Withdrawn,
    /// A notice went out.
    Notified,
    /// A notice was answered.
    Replied,
    /// It was closed.
    Closed,
}

/// An entry of the timeline of a case.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CaseEvent {
    /// What happened.
    pub step: CaseStep,
    /// When.
    pub at: String,
    /// Who did it: an account; none for what time did.
    pub by: Option<String>,
    /// The command or notice that it is about.
    pub number: Option<u64>,
    /// What was said: a title, a reference, a reason, a reply.
    pub detail: String,
    /// The transaction, once it is in the index.
    pub transaction: Option<String>,
    /// The ledger of the transaction, as the explorer names it.
    pub ledger: String,
}

/// A case with all that belongs to it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CaseDetail {
    /// The case.
    pub summary: CaseSummary,
    /// What came out, once it is closed and in the index.
    pub outcome: Option<String>,
    /// Evidence, the oldest first.
    pub evidence: Vec<CaseEvidence>,
    /// Commands, the oldest first.
    pub commands: Vec<CaseCommand>,
    /// Notices, the oldest first.
    pub notices: Vec<CaseNotice>,
    /// What happened, the oldest first.
    pub timeline: Vec<CaseEvent>,
    /// Whether the case has more than is shown.
    pub is_cut: bool,
}

/// Whom commands could be about.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct SubjectQuestion {
    /// An account (CAIP-10), a DID, or a chain (CAIP-2).
    #[param(min_length = 1, max_length = 256)]
    pub subject: String,
}

/// What the city knows about a subject, for commands.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SubjectDetail {
    /// The identity behind it (DID), for who may see that.
    pub identity: Option<String>,
    /// The status of that identity.
    pub identity_status: Option<String>,
    /// Accounts and contracts, on all chains.
    pub targets: Vec<SubjectTarget>,
    /// Chains that can be commanded: the main ledger, and business chains that were admitted.
    pub chains: Vec<CaseChain>,
}

/// An account or contract of a subject.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SubjectTarget {
    /// CAIP-10.
    pub account: String,
    /// The address.
    pub address: String,
    /// Id of the chain, if it can be commanded.
    pub chain: Option<String>,
    /// Whether it is a contract.
    pub is_contract: bool,
    /// Whether the main ledger isolates it already.
    pub is_isolated: bool,
}

/// A finding as evidence: whoever computes Keccak-256 of the document's UTF-8 gets the hash.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FindingDocument {
    /// How evidence refers to it.
    pub reference: String,
    /// Keccak-256 of the document.
    pub hash: String,
    /// The finding as JSON without spaces, names in order (RFC 8785).
    pub document: String,
    /// Whom a case would be about: an account (CAIP-10), a DID, or a chain (CAIP-2).
    pub subject: String,
}

/// The form of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum ReportForm {
    /// For spreadsheets.
    Csv,
    /// For paper.
    Pdf,
}

/// The language of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum ReportLanguage {
    /// English.
    En,
    /// Chinese.
    Zh,
}

/// How a report is to be.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct ReportQuestion {
    /// Its form.
    #[param(inline)]
    pub form: ReportForm,
    /// Its language; that of the request without it.
    #[param(inline)]
    pub language: Option<ReportLanguage>,
}

/// Of which period.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct PeriodQuestion {
    /// From when on: seconds since 1970.
    pub from: u64,
    /// Until when, not included: seconds since 1970; at most 400 days after `from`.
    pub until: u64,
}

/// A period in figures.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PeriodReport {
    /// From when on.
    pub from: String,
    /// Until when.
    pub until: String,
    /// Findings by rule, severity, mode and ledger.
    pub findings: Vec<FindingFigures>,
    /// Cases that were opened in it.
    pub cases: Vec<CaseSummary>,
    /// Cases that were closed in it.
    pub closed: u64,
    /// Commands that were ordered in it.
    pub commands: Vec<CaseCommand>,
    /// Commands by chain.
    pub chains: Vec<ChainFigures>,
    /// Notices that were sent in it.
    pub notices: Vec<CaseNotice>,
    /// Whether there was more than a report takes.
    pub is_cut: bool,
}

/// Findings of a rule on a ledger.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FindingFigures {
    /// The rule.
    pub rule: String,
    /// How grave.
    pub severity: FindingSeverity,
    /// Whether the rule counts or is on trial.
    pub mode: RuleMode,
    /// The ledger.
    pub ledger: String,
    /// How many.
    pub count: u64,
    /// How many of them were dismissed.
    pub dismissed: u64,
}

/// Commands to a chain.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChainFigures {
    /// The chain.
    pub chain: CaseChain,
    /// Ordered.
    pub ordered: u64,
    /// Done.
    pub done: u64,
    /// Done, but only after their deadline.
    pub late: u64,
    /// Overdue.
    pub overdue: u64,
    /// Waiting for their effect.
    pub in_force: u64,
    /// Seconds from approval to effect, in the middle.
    pub effect_seconds_median: Option<u64>,
    /// Seconds from approval to effect, at most.
    pub effect_seconds_max: Option<u64>,
}
