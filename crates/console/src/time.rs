//! Times as clients see them: ISO 8601 in UTC.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Seconds since 1970 as ISO 8601.
pub fn iso(seconds: u64) -> String {
    let time = UNIX_EPOCH
        .checked_add(Duration::from_secs(seconds))
        .unwrap_or(UNIX_EPOCH);
    // Years of more than four digits have no form; contracts can hold such numbers.
    let bounded = if seconds > SECONDS_MAX {
        UNIX_EPOCH + Duration::from_secs(SECONDS_MAX)
    } else {
        time
    };
    humantime::format_rfc3339_seconds(bounded).to_string()
}

/// The last second of the year 9999.
const SECONDS_MAX: u64 = 253_402_300_799;

/// The same, and none for 0, which stands for never in the contracts.
pub fn iso_unless_zero(seconds: u64) -> Option<String> {
    (seconds != 0).then(|| iso(seconds))
}

/// Seconds since 1970, now.
pub fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_iso_8601() {
        assert_eq!(iso(0), "1970-01-01T00:00:00Z");
        assert_eq!(iso(1_796_027_400), "2026-11-30T08:30:00Z");
        assert_eq!(iso(u64::MAX), "9999-12-31T23:59:59Z");
        assert_eq!(iso_unless_zero(0), None);
    }
}
