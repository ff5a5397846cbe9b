//! The types that clients of the monitor see: JSON in camelCase, times in ISO 8601, lists as pages.
//!
//! They are kept apart from the inner code, which stays free to change. Secrets never leave through them.

mod alarm;
mod channel;
mod log;
mod metrics;

pub use alarm::{
    Acknowledgement, Alarm, AlarmState, Change, Comparison, Condition, Escalation, HistoryEntry,
    HistoryParameters, Rule, RuleDraft, RulesImport, Severity, Silence, SilenceDraft, Threshold,
};
pub use channel::{Channel, ChannelDraft, ChannelKind, Language, MailSecurity, Secret, TestOutcome};
pub use log::{Level, LogLine, LogParameters};
pub(crate) use metrics::value_text;
pub use metrics::{
    Answer, InstantParameters, Labels, Point, QueryData, RangeParameters, Sample, SelectionParameters, Series,
};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{
    fmt,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use utoipa::ToSchema;

/// A moment: milliseconds since 1970. As JSON an ISO 8601 text in UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, ToSchema)]
#[schema(value_type = String, format = DateTime, example = "2026-11-30T08:30:00.000Z")]
pub struct Time(pub i64);

impl Time {
    /// The moment this much later.
    pub fn after(self, duration: Duration) -> Self {
        Self(
            self.0
                .saturating_add(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)),
        )
    }

    /// The moment this much earlier.
    pub fn before(self, duration: Duration) -> Self {
        Self(
            self.0
                .saturating_sub(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)),
        )
    }

    /// Reads ISO 8601 in UTC, or seconds since 1970 with an optional fraction (as Prometheus's clients send them).
    pub fn parse(text: &str) -> Option<Self> {
        if let Ok(seconds) = text.parse::<f64>() {
            return Self::from_seconds(seconds);
        }
        let time = humantime::parse_rfc3339_weak(text).ok()?;
        let elapsed = time.duration_since(UNIX_EPOCH).ok()?;
        i64::try_from(elapsed.as_millis()).ok().map(Self)
    }

    /// From seconds since 1970; `None` outside of the years 1970 to 9999.
    pub fn from_seconds(seconds: f64) -> Option<Self> {
        let milliseconds = (seconds * 1_000.0).round();
        if !(0.0..=MILLISECONDS_MAX).contains(&milliseconds) {
            return None;
        }
        #[expect(clippy::cast_possible_truncation, reason = "checked just above")]
        Some(Self(milliseconds as i64))
    }

    /// Seconds since 1970.
    #[expect(
        clippy::cast_precision_loss,
        reason = "milliseconds of this millennium fit the 53 bits of a double"
    )]
    pub fn seconds(self) -> f64 {
        self.0 as f64 / 1_000.0
    }
}

/// The last moment of the year 9999, the last one that ISO 8601 writes with four digits.
const MILLISECONDS_MAX: f64 = 253_402_300_799_999.0;

impl fmt::Display for Time {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let since = Duration::from_millis(u64::try_from(self.0).unwrap_or_default());
        let time = UNIX_EPOCH.checked_add(since).unwrap_or(UNIX_EPOCH);
        write!(formatter, "{}", humantime::format_rfc3339_millis(time))
    }
}

impl From<SystemTime> for Time {
    fn from(time: SystemTime) -> Self {
        let elapsed = time.duration_since(UNIX_EPOCH).unwrap_or_default();
        Self(i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX))
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom("a time in ISO 8601 (UTC) is expected"))
    }
}

/// A part of a list, and where the next part begins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Page<T> {
    /// This part.
    pub items: Vec<T>,
    /// The cursor of the next part; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}
