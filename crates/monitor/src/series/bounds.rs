//! What a query may cost, and how its parameters are read.

use super::Range;
use crate::{Error, Result, Time, api::RangeParameters};

/// Length of a query. Generated ones of dashboards are below 1 kB.
pub(crate) const QUERY_BYTES_MAX: usize = 4096;
/// Moments of a range, as in Prometheus: more than any screen has columns.
const STEPS_MAX: u64 = 11_000;
/// Points that a query may read or give: about 40 bytes each in memory.
pub(crate) const POINTS_MAX: u64 = 1_000_000;
/// Selectors of one request for series.
const SELECTORS_MAX: usize = 16;
/// Series of one answer to `series`.
pub(crate) const SERIES_MAX: usize = 20_000;

/// Refuses a query that is too long, or empty.
pub(crate) fn check_length(query: &str) -> Result<()> {
    if query.trim().is_empty() {
        return Err(Error::field("query", "it is empty"));
    }
    if query.len() > QUERY_BYTES_MAX {
        return Err(Error::field(
            "query",
            format!(
                "it has {} bytes, at most {QUERY_BYTES_MAX} are possible",
                query.len()
            ),
        ));
    }
    Ok(())
}

/// Refuses too many selectors, and such that are too long.
pub(crate) fn check_selectors(selectors: &[String]) -> Result<()> {
    if selectors.len() > SELECTORS_MAX {
        return Err(Error::field(
            "match[]",
            format!("at most {SELECTORS_MAX} selectors are possible"),
        ));
    }
    selectors.iter().try_for_each(|selector| check_length(selector))
}

/// Reads a moment.
pub(crate) fn time(field: &'static str, text: &str) -> Result<Time> {
    Time::parse(text).ok_or_else(|| Error::field(field, "seconds since 1970 or ISO 8601 in UTC are expected"))
}

/// Reads a window of which either end may be open; `None` where both are.
pub(crate) fn window(start: Option<&str>, end: Option<&str>, now: Time) -> Result<Option<(Time, Time)>> {
    if start.is_none() && end.is_none() {
        return Ok(None);
    }
    let from = start.map_or(Ok(Time(0)), |text| time("start", text))?;
    let until = end.map_or(Ok(now), |text| time("end", text))?;
    if from > until {
        return Err(Error::field("end", "it is before the start"));
    }
    Ok(Some((from, until)))
}

/// Reads the range of a query.
pub(crate) fn range(parameters: &RangeParameters) -> Result<Range> {
    let range = Range {
        start: time("start", &parameters.start)?,
        end: time("end", &parameters.end)?,
        step_ms: step(&parameters.step)?,
    };
    if range.start > range.end {
        return Err(Error::field("end", "it is before the start"));
    }
    if range.steps() > STEPS_MAX {
        return Err(Error::field(
            "step",
            format!("the range has more than {STEPS_MAX} steps: take a longer step"),
        ));
    }
    Ok(range)
}

/// Reads `15`, `0.5`, `15s`, `1m`, `1h30m` as milliseconds.
fn step(text: &str) -> Result<i64> {
    let milliseconds = match text.parse::<f64>() {
        Ok(seconds) => Time::from_seconds(seconds).map(|time| time.0),
        Err(_) => humantime::parse_duration(text)
            .ok()
            .and_then(|duration| i64::try_from(duration.as_millis()).ok()),
    };
    milliseconds
        .filter(|milliseconds| *milliseconds > 0)
        .ok_or_else(|| Error::field("step", "seconds or a duration like 15s are expected"))
}

/// Refuses a query that reads or gives too many points.
pub(crate) fn check_points(points: u64) -> Result<()> {
    if points > POINTS_MAX {
        return Err(Error::Query {
            problem: format!(
                "it would read {points} points, at most {POINTS_MAX} are possible: take a shorter range, a longer step or fewer series"
            ),
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_seconds_or_durations() {
        let check = |text: &str, expected: Option<i64>| assert_eq!(step(text).ok(), expected, "{text}");
        check("15", Some(15_000));
        check("0.5", Some(500));
        check("15s", Some(15_000));
        check("1h30m", Some(5_400_000));
        for text in ["0", "-1", "NaN", "inf", "", "1e300", "s", "15 parsecs"] {
            check(text, None);
        }
    }

    #[test]
    fn ranges_are_bounded() {
        let check = |start: &str, end: &str, step: &str, expected: bool| {
            let parameters = RangeParameters {
                query: "up".into(),
                start: start.into(),
                end: end.into(),
                step: step.into(),
            };
            assert_eq!(range(&parameters).is_ok(), expected, "{start} {end} {step}");
        };
        check("1796027400", "1796031000", "15s", true);
        check("2026-11-30T08:00:00Z", "2026-11-30T09:00:00Z", "15", true);
        check("1796031000", "1796027400", "15s", false);
        check("0", "1796027400", "1s", false);
        check("yesterday", "1796027400", "1s", false);
    }
}
