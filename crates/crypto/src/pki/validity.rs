//! The period of a certificate.
//!
//! Certificates hold whole seconds and RFC 5280 verifiers reject years before 1970, so the period is clamped
//! to the Unix epoch and never depends on parts of a second.

use crate::PkiError;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use x509_parser::time::ASN1Time;

/// The clocks of two nodes may differ by this much and a fresh certificate still works on both.
const CLOCK_SKEW_MAX: Duration = Duration::from_secs(300);
/// A certificate begins this part of its life before it is issued, at most: one of a minute must not look as if
/// it had spent most of its life already.
const BACKDATED_PART: u32 = 10;
/// Thirty years: longer than any authority should live.
const LIFE_MAX: Duration = Duration::from_secs(10_950 * SECONDS_PER_DAY);
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
        Self::lasting(
            now,
            Duration::from_secs(u64::from(days).saturating_mul(SECONDS_PER_DAY)),
        )
    }

    /// From a little before `now`, for clocks that are behind, until `life` after it, in whole seconds.
    ///
    /// # Errors
    /// [`PkiError::BadValidity`] unless `life` is between a second and 10,950 days.
    pub fn lasting(now: SystemTime, life: Duration) -> Result<Self, PkiError> {
        if life < Duration::from_secs(1) || life > LIFE_MAX {
            return Err(PkiError::BadValidity {
                asked: life,
                max: LIFE_MAX,
            });
        }
        let since_epoch = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let backdated = CLOCK_SKEW_MAX.min(life / BACKDATED_PART).as_secs();
        let begin = since_epoch.saturating_sub(backdated);
        let end = since_epoch.saturating_add(life.as_secs());
        Ok(Self {
            not_before: at(begin),
            not_after: at(end),
        })
    }

    /// The period between two moments, in whole seconds.
    pub(super) fn between(not_before: SystemTime, not_after: SystemTime) -> Self {
        Self {
            not_before: whole_second(not_before),
            not_after: whole_second(not_after),
        }
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

    /// From the first moment to the last one.
    pub fn life(&self) -> Duration {
        self.not_after.duration_since(self.not_before).unwrap_or_default()
    }

    /// How much of it is left at `now`; zero when it is over.
    pub fn left(&self, now: SystemTime) -> Duration {
        self.not_after.duration_since(now).unwrap_or_default()
    }

    /// Whether `now` is inside. The last second counts to its end, as for verifiers of RFC 5280, which know whole
    /// seconds only: a certificate is never called expired while links still accept it.
    pub fn contains(&self, now: SystemTime) -> bool {
        let now = whole_second(now);
        self.not_before <= now && now <= self.not_after
    }
}

/// A time as people read it in certificates.
pub fn in_words(time: SystemTime) -> String {
    let seconds = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    i64::try_from(seconds)
        .ok()
        .and_then(|seconds| ASN1Time::from_timestamp(seconds).ok())
        .map_or_else(|| format!("{seconds} s after 1970"), |time| time.to_string())
}

fn whole_second(time: SystemTime) -> SystemTime {
    at(time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs())
}

pub(super) fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH
        .checked_add(Duration::from_secs(seconds))
        .unwrap_or(UNIX_EPOCH)
}

pub(super) fn from_asn1(time: ASN1Time) -> SystemTime {
    at(u64::try_from(time.timestamp()).unwrap_or(0))
}
