//! The situation room: chains and what flows between them, risk that explains itself, trends, warnings.

use super::{supervision::FindingSeverity, tokens::TokenBrief};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Whose chain it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum ChainKind {
    /// The main ledger.
    Main,
    /// A partition ledger of the city.
    Partition,
    /// A business chain that gateways follow.
    Followed,
    /// A business chain that is registered, but not followed.
    Registered,
}

/// How a chain is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum ChainHealth {
    /// Blocks come, and are in the index.
    Well,
    /// The index is behind.
    Lagging,
    /// No block for five minutes or longer.
    Silent,
    /// Its blocks cannot be read, or a gateway says what is false.
    Faulty,
    /// Nothing of it is seen.
    Unseen,
}

/// What happened in a stretch of time.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChainActivity {
    /// Transactions.
    pub transactions: u64,
    /// Those that failed.
    pub failed: u64,
    /// Payments.
    pub payments: u64,
    /// Payments whose payer has no verified identity.
    pub unverified: u64,
}

/// Kinds of reasons of a risk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum RiskReasonKind {
    /// Open findings of an active rule.
    Findings,
    /// Open findings of a rule on trial.
    FindingsOnTrial,
    /// Payments with somebody who is flagged.
    Exposure,
    /// The same people act on a chain with risk.
    ChainExposure,
    /// Nobody is known behind the account.
    UnknownOwner,
    /// Nobody vouches for the identity.
    Unvouched,
    /// It is frozen.
    Frozen,
    /// The chain is not admitted.
    NotAdmitted,
    /// Payers without a verified identity, in percent.
    UnverifiedPayers,
    /// Rejected calls, in percent.
    RejectedCalls,
    /// No block for so many seconds.
    Silence,
    /// The index is so many blocks behind.
    Lag,
    /// Gateways that say what is false.
    FalseGateways,
    /// Its blocks cannot be read.
    NotFollowed,
    /// Commands of a case that are past their deadline.
    OverdueCommands,
    /// An identity that it vouches for.
    Member,
    /// A chain that it operates.
    Operated,
}

/// What the evidence of a reason is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum RiskEvidenceKind {
    /// A finding.
    Finding,
    /// Findings of a rule, about a subject or on a chain.
    Findings,
    /// What an account exchanged with others.
    Flows,
    /// Transactions of a chain that failed.
    Failed,
    /// A chain.
    Chain,
    /// An identity.
    Identity,
    /// An account.
    Account,
    /// A case.
    Case,
}

/// Where the evidence of a reason is found.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RiskEvidence {
    /// What it is.
    pub kind: RiskEvidenceKind,
    /// Number of the finding or case.
    pub number: Option<u64>,
    /// The rule.
    pub rule: Option<String>,
    /// Subject of the findings, identity, or account.
    pub subject: Option<String>,
    /// The chain.
    pub ledger: Option<String>,
}

/// A reason of a risk.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RiskReason {
    /// What kind of reason.
    pub kind: RiskReasonKind,
    /// Points; all points of a subject add up to its score.
    pub points: f64,
    /// What it is counted by: findings, payments, commands, seconds, blocks, percent, or the score of another.
    pub amount: u64,
    /// The rule, counterparty, chain or case that it is about.
    pub about: Option<String>,
    /// Where to look.
    pub evidence: RiskEvidence,
}

/// A chain of the city.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SituationChain {
    /// Its name in the index; CAIP-2 of a business chain.
    pub name: String,
    /// What its operator calls it.
    pub title: Option<String>,
    /// Whose it is.
    pub kind: ChainKind,
    /// Its id in the registry of business chains.
    pub chain: Option<String>,
    /// Its status in the registry.
    pub status: String,
    /// How it is.
    pub health: ChainHealth,
    /// Newest block that is known.
    pub height: Option<u64>,
    /// When that was made.
    pub last_block_at: Option<String>,
    /// Blocks that the index is behind.
    pub lag: u64,
    /// Gateways that must say the same about its blocks; none for a ledger of the city.
    pub threshold: Option<u64>,
    /// Gateways that there are.
    pub gateways: Option<u64>,
    /// The last sixty minutes.
    pub hour: ChainActivity,
    /// The last 24 hours.
    pub day: ChainActivity,
    /// Transactions of each of the last sixty minutes, oldest first.
    pub minutes: Vec<u64>,
    /// Open findings of active rules.
    pub open: u64,
    /// Open findings of rules on trial.
    pub open_on_trial: u64,
    /// The gravest of them.
    pub worst: Option<FindingSeverity>,
    /// Risk, 0 to 100.
    pub score: u32,
    /// Why.
    pub reasons: Vec<RiskReason>,
}

/// What was moved of an asset.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AssetMoved {
    /// The chain on which it was moved.
    pub ledger: String,
    /// The token; none for the chain's coin.
    pub token: Option<TokenBrief>,
    /// Payments.
    pub payments: u64,
    /// How much, in whole units; 0 where the token has not told its decimals.
    pub amount: String,
}

/// What may flow from one chain to another: through the same people.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChainFlow {
    /// The chain on which those people received.
    pub from: String,
    /// The chain on which they paid.
    pub to: String,
    /// Identities with accounts on both.
    pub identities: u64,
    /// Payments that they received on the one.
    pub received: u64,
    /// Payments that they made on the other.
    pub paid: u64,
    /// Of what they received.
    pub received_assets: Vec<AssetMoved>,
    /// Of what they paid.
    pub paid_assets: Vec<AssetMoved>,
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum TrendMeasure {
    /// Transactions.
    Transactions,
    /// Transactions that failed.
    Failed,
    /// What was moved of an asset, in whole units.
    Value,
    /// Findings.
    Findings,
}

/// Steps of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum TrendStep {
    /// Minutes of the last three hours.
    Minute,
    /// Hours of two weeks.
    Hour,
    /// Days of a year.
    Day,
}

/// Why it warns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum WarningCause {
    /// The last whole step is far outside of its band.
    LeftBand,
    /// The threshold is passed.
    Above,
    /// The threshold is expected to be passed.
    WillBeAbove,
}

/// A warning.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SituationWarning {
    /// The chain.
    pub ledger: String,
    /// What is measured.
    pub measure: TrendMeasure,
    /// `coin`, or the address of the token; empty for what is not an amount.
    pub asset: String,
    /// In which steps.
    pub step: TrendStep,
    /// Why.
    pub cause: WarningCause,
    /// Begin of the step that it is about.
    pub at: String,
    /// What was, or is expected.
    pub figure: f64,
    /// The end of the band that was left, or the threshold.
    pub limit: f64,
}

/// The situation of the city.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SituationPicture {
    /// When it was last looked; none while the console has not looked yet.
    pub at: Option<String>,
    /// Chains, the main ledger first.
    pub chains: Vec<SituationChain>,
    /// What may flow between them.
    pub flows: Vec<ChainFlow>,
    /// Warnings.
    pub warnings: Vec<SituationWarning>,
    /// Blocks in the index that are not counted yet.
    pub uncounted: u64,
}

/// Over which time flows are summed.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct SituationWindow {
    /// Hours, 1 to 720; 24 without it.
    #[param(minimum = 1, maximum = 720)]
    pub hours: Option<u32>,
}

/// Whose risk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum RiskSubjectKind {
    /// Chains.
    #[default]
    Chain,
    /// Organisations.
    Organisation,
    /// Identities.
    Identity,
    /// Accounts.
    Account,
}

/// Which ranking.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct RiskQuestion {
    /// Of chains, without it.
    pub kind: Option<RiskSubjectKind>,
}

/// The risk of somebody or something.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SituationRisk {
    /// What it is.
    pub kind: RiskSubjectKind,
    /// Its name, DID, or account.
    pub id: String,
    /// The chain of an account.
    pub ledger: Option<String>,
    /// What it is called.
    pub title: Option<String>,
    /// 0 to 100.
    pub score: u32,
    /// Why, those with the most points first, at most twenty.
    pub reasons: Vec<RiskReason>,
}

/// Which series.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct TrendQuestion {
    /// The chain.
    pub ledger: String,
    /// What is measured.
    pub measure: TrendMeasure,
    /// `coin`, or the address of a token: for what was moved.
    pub asset: Option<String>,
    /// Hours, without it.
    pub step: Option<TrendStep>,
}

/// A step of a series.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TrendPoint {
    /// Its begin.
    pub at: String,
    /// What was; none for what is to come.
    pub figure: Option<f64>,
    /// What is or was expected.
    pub expected: Option<f64>,
    /// Not less than this is expected.
    pub low: Option<f64>,
    /// Not more than this is expected.
    pub high: Option<f64>,
}

/// How good a forecast was on figures that were held back.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ForecastTrial {
    /// `last`, `seasonAgo`, `holt`, `holtWinters`.
    pub method: String,
    /// Figures that were held back.
    pub points: u64,
    /// Mean absolute error of one step.
    pub error: f64,
    /// The same of whoever says that the next figure is the last one.
    pub naive_error: f64,
    /// Share of the figures that the band held.
    pub covered: f64,
    /// Share that it was made to hold.
    pub coverage: f64,
}

/// A series with its forecast.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SituationTrend {
    /// Whole steps, oldest first, then the one that has not ended, then those to come.
    pub points: Vec<TrendPoint>,
    /// Whole steps among them.
    pub whole: u64,
    /// How good the forecast is; none where there are too few figures for one.
    pub trial: Option<ForecastTrial>,
    /// Whole steps without which there is no forecast.
    pub points_min: u64,
    /// The threshold that is set.
    pub threshold: Option<f64>,
    /// What is moved most on the chain.
    pub assets: Vec<AssetMoved>,
}

/// A threshold.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SituationThreshold {
    /// The chain.
    pub ledger: String,
    /// What is measured.
    pub measure: TrendMeasure,
    /// `coin`, or the address of the token; empty for what is not an amount.
    pub asset: String,
    /// In which steps.
    pub step: TrendStep,
    /// It warns above this.
    pub above: f64,
    /// Who set it.
    pub set_by: String,
    /// When.
    pub set_at: String,
}

/// A threshold that is to be set.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewThreshold {
    /// The chain.
    #[schema(max_length = 100)]
    pub ledger: String,
    /// What is measured.
    pub measure: TrendMeasure,
    /// `coin`, or the address of the token: for what was moved.
    #[schema(max_length = 42)]
    pub asset: Option<String>,
    /// In which steps.
    pub step: TrendStep,
    /// It warns above this; none takes the threshold away.
    pub above: Option<f64>,
}
