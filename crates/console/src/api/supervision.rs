//! Rules over what happens, what they found, and what people make of it.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};

/// Text in both languages of the city.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BothLanguages {
    /// Chinese.
    #[schema(max_length = 2_000)]
    pub zh: String,
    /// English.
    #[schema(max_length = 2_000)]
    pub en: String,
}

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum FindingSeverity {
    /// Worth knowing.
    Notice,
    /// Somebody looks at it in working hours.
    Warning,
    /// Somebody looks at it today.
    High,
    /// Somebody looks at it now.
    Critical,
}

/// What a rule's findings are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum RuleMode {
    /// On trial.
    Shadow,
    /// It counts.
    Active,
    /// Kept for the record.
    Retired,
}

/// What a finding has become.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum FindingState {
    /// Nobody has decided about it.
    Open,
    /// Somebody said why it is none.
    Dismissed,
}

/// A rule as it is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SupervisionRuleDraft {
    /// Its name, `a-z`, `0-9`, `-`; stays the same from version to version.
    #[schema(max_length = 64)]
    pub id: String,
    /// The office that answers for it.
    #[schema(max_length = 200)]
    pub owner: String,
    /// The law, regulation or decision that allows it.
    #[schema(max_length = 500)]
    pub legal_basis: String,
    /// How grave its findings are.
    pub severity: FindingSeverity,
    /// What it is called.
    pub title: BothLanguages,
    /// What a finding says; `{subject}` and the names of `define` are filled in.
    pub text: BothLanguages,
    /// Which events concern it.
    pub when: Option<String>,
    /// Whom a finding is about.
    pub subject: String,
    /// Expressions with a name.
    #[serde(default)]
    pub define: BTreeMap<String, String>,
    /// When there is a finding.
    pub condition: Option<String>,
    /// A finding when nothing was heard for so long.
    pub silence: Option<String>,
    /// How long a subject that was found is not found again.
    pub cooldown: Option<String>,
}

/// A version of a rule that is to be written.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewRuleVersion {
    /// The newest version that its author saw; 0 for a new rule.
    pub based_on: u32,
    /// The rule.
    pub rule: SupervisionRuleDraft,
}

/// A version of a rule.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SupervisionRule {
    /// From 1.
    pub version: u32,
    /// What its findings are for.
    pub mode: RuleMode,
    /// The rule.
    pub rule: SupervisionRuleDraft,
    /// Who wrote it.
    pub written_by: String,
    /// When.
    pub written_at: String,
    /// Findings that are open.
    pub open: u64,
    /// All findings.
    pub findings: u64,
    /// Why it is not at work, although its mode says so.
    pub fault: Option<String>,
}

/// Something that was done.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SupervisionAct {
    /// Grows with time.
    pub number: u64,
    /// When.
    pub at: String,
    /// Who.
    pub actor: String,
    /// What: `written`, `active`, `shadow`, `retired`, `changed`, `dismissed`, ….
    pub act: String,
    /// In more words.
    pub detail: String,
}

/// A rule with its past.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SupervisionRuleDetail {
    /// Its versions, newest first.
    pub versions: Vec<SupervisionRule>,
    /// What was done to it, newest first.
    pub history: Vec<SupervisionAct>,
}

/// What is wrong with a rule.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RuleFault {
    /// `when`, `subject`, `condition`, `define.NAME`, or a field.
    pub part: String,
    /// Line of the expression, from 1.
    pub line: Option<u64>,
    /// Character of the line, from 1.
    pub column: Option<u64>,
    /// What is wrong, in words.
    pub message: String,
    /// What may stand there.
    pub expected: Option<String>,
    /// What stands there.
    pub found: Option<String>,
}

/// Whether a rule can be written.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RuleCheck {
    /// The first fault; none, if it compiles.
    pub fault: Option<RuleFault>,
    /// How far it looks back, in seconds.
    pub horizon_seconds: Option<u64>,
}

/// A change of mode.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMode {
    /// The mode.
    pub mode: RuleMode,
    /// Why.
    #[schema(min_length = 1, max_length = 1_000)]
    pub reason: String,
}

/// Words that say why.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Why {
    /// The words.
    #[schema(min_length = 1, max_length = 1_000)]
    pub reason: String,
}

/// A figure against its limit.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FindingFigure {
    /// What was measured, as the rule says it.
    pub expression: String,
    /// What it was.
    pub value: String,
    /// `≥`, `>`, `=`, `≠`, `<`, `≤`.
    pub comparison: String,
    /// What it was compared with.
    pub limit: String,
}

/// A finding in a list.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FindingSummary {
    /// Its number.
    pub number: u64,
    /// The rule.
    pub rule: String,
    /// Its version.
    pub version: u32,
    /// How grave.
    pub severity: FindingSeverity,
    /// Whether it counts, or the rule was on trial.
    pub mode: RuleMode,
    /// What it has become.
    pub state: FindingState,
    /// Whom or what it is about.
    pub subject: String,
    /// The ledger of the event that was judged.
    pub ledger: String,
    /// When that happened.
    pub at: String,
    /// When it was found.
    pub found_at: String,
    /// What the rule is called.
    pub title: BothLanguages,
    /// What happened.
    pub text: BothLanguages,
}

/// An event behind a finding.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FindingEvidence {
    /// The id of the event.
    pub event: String,
    /// The ledger.
    pub ledger: String,
    /// The block.
    pub height: Option<u64>,
    /// The transaction, where the event is of one.
    pub transaction: Option<String>,
}

/// A finding.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FindingDetail {
    /// As in a list.
    pub summary: FindingSummary,
    /// On what basis it was looked for.
    pub legal_basis: String,
    /// Figures against limits.
    pub figures: Vec<FindingFigure>,
    /// The event that was judged.
    pub event: FindingEvidence,
    /// The newest events behind it.
    pub evidence: Vec<FindingEvidence>,
    /// Matches about the same subject before it, within the rule's cooldown.
    pub suppressed: u64,
    /// What was done about it.
    pub history: Vec<SupervisionAct>,
}

/// Which findings.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct FindingFilter {
    /// Of this rule.
    pub rule: Option<String>,
    /// Of this severity.
    pub severity: Option<FindingSeverity>,
    /// Of rules in this mode.
    pub mode: Option<RuleMode>,
    /// In this state.
    pub state: Option<FindingState>,
    /// On this ledger.
    pub ledger: Option<String>,
    /// About this account, identity, or chain.
    pub subject: Option<String>,
    /// In which exactly this event was judged: `LEDGER/HEIGHT/INDEX` is a transaction.
    pub event: Option<String>,
}

/// How many findings of a severity there are.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SeverityCount {
    /// The severity.
    pub severity: FindingSeverity,
    /// Open findings of active rules.
    pub active: u64,
    /// Open findings of rules on trial.
    pub shadow: u64,
    /// All findings, whatever has become of them.
    pub total: u64,
}

/// Findings of a day.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FindingDay {
    /// The beginning of the day (UTC).
    pub day: String,
    /// By severity: notice, warning, high, critical.
    pub counts: Vec<u64>,
}

/// How far a ledger has been judged.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct JudgedLedger {
    /// The ledger.
    pub ledger: String,
    /// The last block that was judged.
    pub judged: Option<u64>,
    /// The last block in the index.
    pub indexed: Option<u64>,
}

/// Something that may have been missed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SupervisionNotice {
    /// The day (UTC).
    pub day: String,
    /// The rule; none, if it concerns all.
    pub rule: Option<String>,
    /// `evicted`, `saturated`, `late`, `ahead`, `fault`, `unwatched`.
    pub kind: String,
    /// How often.
    pub count: u64,
}

/// Supervision at a glance.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SupervisionSummary {
    /// By severity, the gravest first.
    pub severities: Vec<SeverityCount>,
    /// Findings of the last 30 days; days without are left out.
    pub days: Vec<FindingDay>,
    /// How far each ledger is.
    pub ledgers: Vec<JudgedLedger>,
    /// What may have been missed, newest first.
    pub notices: Vec<SupervisionNotice>,
    /// Whether windows are being filled after a start or a change of rules; findings come when they are full.
    pub replays: bool,
    /// Why nothing is judged now.
    pub fault: Option<String>,
    /// Rules at work.
    pub rules_active: u64,
    /// Rules on trial.
    pub rules_shadow: u64,
}

/// A list in a list.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NamedListSummary {
    /// Its name, as rules call it.
    pub name: String,
    /// Rises with each change.
    pub version: u64,
    /// Its entries.
    pub count: u64,
    /// Who changed it last.
    pub changed_by: String,
    /// When.
    pub changed_at: String,
}

/// A list.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NamedListDetail {
    /// As in the list of lists.
    pub summary: NamedListSummary,
    /// Accounts, identities, names.
    pub entries: Vec<String>,
    /// What was done to it.
    pub history: Vec<SupervisionAct>,
}

/// New entries of a list.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewListEntries {
    /// The version that they were made from; 0 for a new list.
    pub based_on: u64,
    /// All entries.
    #[schema(max_items = 100_000)]
    pub entries: Vec<String>,
}

/// What is to be tested over history.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewBackTest {
    /// The rule.
    pub rule: SupervisionRuleDraft,
    /// Blocks from this time on (ISO 8601); the first one without it.
    pub from: Option<String>,
    /// Blocks until this time; the newest one without it.
    pub until: Option<String>,
    /// These ledgers; all, if none is named.
    #[serde(default)]
    pub ledgers: Vec<String>,
}

/// How a back-test is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum BackTestState {
    /// It runs.
    Running,
    /// It is done.
    Done,
    /// Somebody stopped it.
    Cancelled,
    /// It could not be done.
    Failed,
}

/// A finding that a back-test shows.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SampleFinding {
    /// Whom or what it is about.
    pub subject: String,
    /// The ledger.
    pub ledger: String,
    /// When it happened.
    pub at: String,
    /// What happened.
    pub text: BothLanguages,
    /// Figures against limits.
    pub figures: Vec<FindingFigure>,
    /// The event that was judged.
    pub event: FindingEvidence,
}

/// Findings of a day of a back-test.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DayCount {
    /// The beginning of the day (UTC).
    pub day: String,
    /// How many.
    pub count: u64,
}

/// What a back-test found.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BackTestReport {
    /// Events that were judged.
    pub events: u64,
    /// Events that concerned the rule.
    pub concerned: u64,
    /// Of these, matches.
    pub matches: u64,
    /// Of these, findings; the others fell into a cooldown.
    pub findings: u64,
    /// Events about which it could say nothing.
    pub faults: u64,
    /// Time of the first event.
    pub first: Option<String>,
    /// Time of the last event.
    pub last: Option<String>,
    /// Before this time windows were not yet full.
    pub full_from: Option<String>,
    /// Findings by day; days without are left out.
    pub days: Vec<DayCount>,
    /// The first findings.
    pub samples: Vec<SampleFinding>,
    /// What may have been missed.
    pub notices: Vec<SupervisionNotice>,
    /// How long it took.
    pub milliseconds: u64,
    /// Whether there were more events than one back-test judges.
    pub is_cut: bool,
}

/// A back-test.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BackTestDetail {
    /// Its number.
    pub number: u64,
    /// The rule.
    pub rule: SupervisionRuleDraft,
    /// How it is.
    pub state: BackTestState,
    /// When it began.
    pub began: String,
    /// Who asked for it.
    pub actor: String,
    /// Blocks that were read.
    pub judged: u64,
    /// Blocks to be read.
    pub blocks: u64,
    /// Why it could not be done.
    pub fault: Option<String>,
    /// What it found, when it is done.
    pub report: Option<BackTestReport>,
}
