//! The period of a certificate.
//!
//! Certificates hold whole seconds and RFC 5280 verifiers reject years before 1970, so the period is clamped
//! to the Unix epoch and never depends on parts of a second.

use crate::PkiError;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use x509_parser::time::ASN1Time;

/// The clocks of two nodes may differ by this much and a fresh certificate still works on both.
const CLOCK_SKEW_MAX: Duration = Duration::from_secs(300);
/// Thirty years: longer than any authority should live.
const DAYS_MAX: u32 = 10_950;
const SECONDS_PER_DAY: u64 = 86_400;

/// From when to when a certificate is valid, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    not_before: SystemTime,
    not_after: SystemTime,
}

impl Validity {
    /// From a little before `now`, for clocks that are behind, to `days` days after it.
    ///
    /// # Errors
    /// [`PkiError::BadValidity`] unless 1 to 10,950 days are asked for.
    pub fn from_now(now: SystemTime, days: u32) -> Result<Self, PkiError> {
        if days == 0 || days > DAYS_MAX {
            return Err(PkiError::BadValidity { days, max: DAYS_MAX });
        }
        let since_epoch = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let begin = since_epoch.saturating_sub(CLOCK_SKEW_MAX.as_secs());
        let end = since_epoch.saturating_add(u64::from(days).saturating_mul(SECONDS_PER_DAY));
        Ok(Self {
            not_before: at(begin),
            not_after: at(end),
        })
    }

    /// The period that stands in a certificate.
    pub(super) fn read(validity: &x509_parser::certificate::Validity) -> Self {
        Self {
            not_before: from_asn1(validity.not_before),
            not_after: from_asn1(validity.not_after),
        }
    }

    /// The first moment.
    pub const fn not_before(&self) -> SystemTime {
        self.not_before
    }

    /// The last moment.
    pub const fn not_after(&self) -> SystemTime {
        self.not_after
    }

    /// Whether `now` is inside.
    pub fn contains(&self, now: SystemTime) -> bool {
        self.not_before <= now && now <= self.not_after
    }
}

/// A time as people read it in certificates.
pub(super) fn in_words(time: SystemTime) -> String {
    let seconds = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    i64::try_from(seconds)
        .ok()
        .and_then(|seconds| ASN1Time::from_timestamp(seconds).ok())
        .map_or_else(|| format!("{seconds} s after 1970"), |time| time.to_string())
}

pub(super) fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH
        .checked_add(Duration::from_secs(seconds))
        .unwrap_or(UNIX_EPOCH)
}

fn from_asn1(time: ASN1Time) -> SystemTime {
    at(u64::try_from(time.timestamp()).unwrap_or(0))
}
