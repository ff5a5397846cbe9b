//! Alarm rules, alarms, silences and their history.

use super::{Labels, Level, Time};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// How grave an alarm is, from the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = AlarmSeverity)]
pub enum Severity {
    /// Good to know.
    Info,
    /// Somebody should look today.
    Warning,
    /// Somebody must act now.
    Critical,
}

/// How a value is compared with a threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AlarmComparison)]
pub enum Comparison {
    /// Greater.
    Above,
    /// Greater or equal.
    AtLeast,
    /// Less.
    Below,
    /// Less or equal.
    AtMost,
    /// Equal.
    Equal,
    /// Not equal.
    Different,
}

/// A bound of a value.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AlarmThreshold)]
pub struct Threshold {
    /// How to compare.
    pub comparison: Comparison,
    /// With what.
    pub value: f64,
}

/// When a rule rings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(
    tag = "kind",
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
#[schema(as = AlarmCondition)]
pub enum Condition {
    /// A query in PromQL whose values pass the threshold for some time. Without a threshold every series that the
    /// query finds rings (`up == 0`). Each series is an alarm of its own.
    Metric {
        /// The query.
        query: String,
        /// The bound.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        threshold: Option<Threshold>,
        /// Seconds for which it must hold before it rings.
        #[serde(default)]
        for_seconds: u64,
        /// Seconds for which it goes on ringing after it holds no more, against flapping.
        #[serde(default)]
        keep_firing_seconds: u64,
    },
    /// A query in PromQL that finds nothing for some time.
    Absence {
        /// The query.
        query: String,
        /// Seconds for which it must find nothing.
        #[serde(default)]
        for_seconds: u64,
    },
    /// Lines of logs with these words, so many in a window of time.
    Log {
        /// As `q` of the log search; may be empty where a level is given.
        #[serde(default)]
        words: String,
        /// At least this grave.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        level: Option<Level>,
        /// Of this node alone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        node: Option<String>,
        /// So many lines or more.
        #[serde(default = "one")]
        count: u64,
        /// Within so many seconds.
        window_seconds: u64,
    },
    /// Events of a ledger, so many in a window of time. Everything that is given must hold.
    LedgerEvent {
        /// Name of the ledger.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ledger: Option<String>,
        /// Name or address of the contract.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        contract: Option<String>,
        /// Name of the event.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        event: Option<String>,
        /// Arguments of the event and the texts that they must equal.
        #[serde(default, skip_serializing_if = "Labels::is_empty")]
        arguments: Labels,
        /// So many events or more.
        #[serde(default = "one")]
        count: u64,
        /// Within so many seconds.
        window_seconds: u64,
    },
}

fn one() -> u64 {
    1
}

/// Whom to tell when nobody has acknowledged an alarm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = AlarmEscalation)]
pub struct Escalation {
    /// Minutes after it began to ring.
    pub after_minutes: u64,
    /// Identifiers of the channels to tell.
    pub channels: Vec<String>,
}

/// A rule as a user writes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = AlarmRuleDraft)]
pub struct RuleDraft {
    /// A name that people know it by; unique.
    pub name: String,
    /// Whether it is watched.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// How grave its alarms are.
    pub severity: Severity,
    /// When it rings.
    pub condition: Condition,
    /// What to do when it rings, for those who are called.
    #[serde(default)]
    pub note: String,
    /// Labels that are added to its alarms.
    #[serde(default)]
    pub labels: Labels,
    /// Identifiers of the channels to tell when it rings and when it ends.
    #[serde(default)]
    pub channels: Vec<String>,
    /// Minutes after which the channels are told again while it rings; 0 for once.
    #[serde(default)]
    pub repeat_minutes: u64,
    /// Seconds for which an alarm waits for others of the rule, so that one message tells of all; 0 tells at once. What
    /// begins and ends within them is recorded, and not told.
    #[serde(default)]
    pub group_seconds: u64,
    /// Whom to tell later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escalation: Option<Escalation>,
}

fn yes() -> bool {
    true
}

/// A rule that is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AlarmRule)]
pub struct Rule {
    /// Its identifier.
    pub id: String,
    /// Grows with each change; a change must name the one that it was made from.
    pub version: u64,
    /// Who wrote it last: an account or identity; `civitas` for those that a city is born with.
    pub changed_by: String,
    /// When.
    pub changed_at: Time,
    /// Why it cannot be evaluated now; absent where it can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// What the user wrote.
    #[serde(flatten)]
    pub draft: RuleDraft,
}

/// What became of the rules of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AlarmRulesImport)]
pub struct RulesImport {
    /// Names of rules that are new.
    pub created: Vec<String>,
    /// Names of rules that were replaced.
    pub changed: Vec<String>,
    /// Names of rules that are the same already.
    pub unchanged: Vec<String>,
    /// Recording rules of Prometheus, which were left out: the console evaluates none.
    pub recording: Vec<String>,
    /// Channels that are named in the file and not known here: the rules have none in their place.
    pub missing_channels: Vec<String>,
}

/// Where an alarm stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum AlarmState {
    /// The condition holds, but not for long enough.
    Pending,
    /// It rings.
    Firing,
}

/// Somebody has taken care of an alarm: it does not escalate, and is not told again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = AlarmAcknowledgement)]
pub struct Acknowledgement {
    /// Who.
    pub by: String,
    /// When.
    pub at: Time,
    /// In their words.
    pub comment: String,
}

/// A rule whose condition holds, for one series.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Alarm {
    /// The rule.
    pub rule_id: String,
    /// Its name.
    pub name: String,
    /// How grave.
    pub severity: Severity,
    /// Which series, and the labels of the rule.
    pub labels: Labels,
    /// Where it stands.
    pub state: AlarmState,
    /// The value seen last, as text; empty for an absence.
    pub value: String,
    /// The note of the rule.
    pub note: String,
    /// Since when the condition holds.
    pub since: Time,
    /// Since when it rings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub firing_since: Option<Time>,
    /// The silence that keeps it quiet now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub silenced_by: Option<String>,
    /// Who takes care of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledged: Option<Acknowledgement>,
}

/// A silence as a user writes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = AlarmSilenceDraft)]
pub struct SilenceDraft {
    /// Minutes from now: 1 to 43,200 (30 days).
    pub minutes: u64,
    /// Labels that an alarm must have to be silenced; none for all of the rule.
    #[serde(default)]
    pub labels: Labels,
    /// Why.
    #[serde(default)]
    pub comment: String,
}

/// Keeps alarms of a rule from being told; they are seen and recorded all the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AlarmSilence)]
pub struct Silence {
    /// Its identifier.
    pub id: String,
    /// The rule.
    pub rule_id: String,
    /// Labels that an alarm must have to be silenced.
    pub labels: Labels,
    /// Until when.
    pub until: Time,
    /// Who.
    pub by: String,
    /// Since when.
    pub at: Time,
    /// Why.
    pub comment: String,
}

/// What has happened to an alarm, a rule or a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AlarmChange)]
pub enum Change {
    /// It began to ring.
    Fired,
    /// It ended.
    Resolved,
    /// Somebody takes care of it.
    Acknowledged,
    /// It was made quiet.
    Silenced,
    /// A silence was taken back.
    SilenceEnded,
    /// Nobody had acknowledged it: others were told.
    Escalated,
    /// A channel took the message.
    Delivered,
    /// A channel did not take the message yet; it is tried again.
    DeliveryDelayed,
    /// A channel did not take the message, after all attempts.
    DeliveryFailed,
    /// A rule or channel was made.
    Created,
    /// A rule or channel was changed.
    Changed,
    /// A rule or channel was deleted.
    Deleted,
}

/// An entry of the history, the newest first in lists.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AlarmHistoryEntry)]
pub struct HistoryEntry {
    /// Its number, from 1.
    pub number: u64,
    /// When.
    pub at: Time,
    /// What has happened.
    pub change: Change,
    /// The rule or channel.
    pub subject: String,
    /// Its name then.
    pub name: String,
    /// How grave; absent for channels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// Which series.
    #[serde(default, skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
    /// Who did it; absent for what happened by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// The value, the comment, the channel, or why it failed.
    #[serde(default)]
    pub detail: String,
}

/// Which part of the history.
#[derive(Clone, Debug, Default, Deserialize, IntoParams, ToSchema)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct HistoryParameters {
    /// Of this rule or channel alone.
    #[serde(default)]
    pub subject: Option<String>,
    /// Where to go on: `next` of the part before.
    #[serde(default)]
    pub cursor: Option<String>,
    /// Entries of a part: 50 where it is absent, at most 200.
    #[serde(default)]
    pub limit: Option<usize>,
}
