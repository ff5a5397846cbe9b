//! The text form of metrics of Prometheus and OpenMetrics, read with bounds.

use super::SeriesKey;
use crate::{Time, series::Row};
use std::collections::BTreeMap;

/// Samples of one answer.
const SAMPLES_MAX: usize = 5_000;
/// Labels of one sample.
const LABELS_MAX: usize = 16;
/// Bytes of a name.
const NAME_BYTES_MAX: usize = 200;
/// Bytes of the value of a label.
const VALUE_BYTES_MAX: usize = 256;

/// The label that nodes give to counts of an epoch's engine. An epoch lasts minutes: as a label it would make new
/// series for ever. The newest epoch stands for the node, and its counts begin anew as after a restart.
const EPOCH: &str = "epoch";

/// The samples whose names are wanted, and how many were not wanted or not readable.
pub(crate) fn rows(text: &str, node: &str, now: Time, wanted: impl Fn(&str) -> bool) -> (Vec<Row>, u64) {
    let mut newest: BTreeMap<SeriesKey, (u64, f64)> = BTreeMap::new();
    let mut dropped = 0;
    for line in text.lines() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let end = line
            .find(|c: char| c == '{' || c.is_ascii_whitespace())
            .unwrap_or(line.len());
        let sample = (wanted(&line[..end]) && newest.len() < SAMPLES_MAX)
            .then(|| sample(line, end, node))
            .flatten();
        let Some(Sample {
            name,
            labels,
            epoch,
            value,
        }) = sample
        else {
            dropped += 1;
            continue;
        };
        let known = newest.entry((name, labels)).or_insert((epoch, value));
        if epoch >= known.0 {
            *known = (epoch, value);
        }
    }
    let rows = newest
        .into_iter()
        .map(|((name, labels), (_, value))| Row {
            name,
            labels,
            time: now,
            value,
        })
        .collect();
    (rows, dropped)
}

struct Sample {
    name: String,
    labels: Vec<(String, String)>,
    epoch: u64,
    value: f64,
}

fn sample(line: &str, name_end: usize, node: &str) -> Option<Sample> {
    let name = &line[..name_end];
    if !is_name(name) {
        return None;
    }
    let mut labels = vec![("node".to_owned(), node.to_owned())];
    let rest = match line[name_end..].strip_prefix('{') {
        Some(rest) => read_labels(rest, &mut labels)?,
        None => &line[name_end..],
    };
    // What follows the value is a time or an exemplar: the moment of the reading is ours.
    let value = rest.split_ascii_whitespace().next()?;
    let value = match value {
        "+Inf" => f64::INFINITY,
        "-Inf" => f64::NEG_INFINITY,
        "NaN" => f64::NAN,
        other => other.parse().ok()?,
    };
    let place = labels.iter().position(|(name, _)| name == EPOCH);
    let epoch = place.map(|place| labels.remove(place).1);
    labels.sort();
    Some(Sample {
        name: name.into(),
        labels,
        epoch: epoch.and_then(|epoch| epoch.parse().ok()).unwrap_or_default(),
        value,
    })
}

/// Reads labels up to the closing brace; gives what is after it.
fn read_labels<'a>(mut rest: &'a str, labels: &mut Vec<(String, String)>) -> Option<&'a str> {
    loop {
        rest = rest.trim_start_matches([' ', ',']);
        if let Some(after) = rest.strip_prefix('}') {
            return Some(after);
        }
        let (name, after) = rest.split_once('=')?;
        let name = name.trim();
        let (value, after) = quoted(after.trim_start())?;
        rest = after;
        let name = match name {
            "node" => "exported_node",
            other => other,
        };
        let known = labels.iter().any(|(other, _)| other == name);
        if !is_name(name) || name.starts_with("__") || known || labels.len() == LABELS_MAX {
            return None;
        }
        labels.push((name.to_owned(), value));
    }
}

/// Reads a text in quotes with its escapes; gives what is after it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.strip_prefix('"')?.char_indices();
    while let Some((index, character)) = characters.next() {
        match character {
            '"' => return Some((value, &text[index + 2..])),
            '\\' => match characters.next()?.1 {
                'n' => value.push('\n'),
                other => value.push(other),
            },
            other => value.push(other),
        }
        if value.len() > VALUE_BYTES_MAX {
            return None;
        }
    }
    None
}

fn is_name(name: &str) -> bool {
    name.len() <= NAME_BYTES_MAX
        && !name.is_empty()
        && !name.as_bytes()[0].is_ascii_digit()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b':')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Name, labels and value.
    type Expected<'a> = Option<(&'a str, &'a [(&'a str, &'a str)], f64)>;

    fn check(line: &str, expected: Expected<'_>) {
        let (found, dropped) = rows(line, "node0", Time(5), |_| true);
        let expected: Vec<Row> = expected
            .map(|(name, labels, value)| Row {
                name: name.into(),
                labels: labels
                    .iter()
                    .map(|(name, value)| ((*name).into(), (*value).into()))
                    .collect(),
                time: Time(5),
                value,
            })
            .into_iter()
            .collect();
        assert_eq!(dropped, u64::from(expected.is_empty()), "{line}");
        assert_eq!(found, expected, "{line}");
    }

    #[test]
    fn samples_are_read() {
        check("a_b 14", Some(("a_b", &[("node", "node0")], 14.0)));
        check("a 1.5e3 1796027400", Some(("a", &[("node", "node0")], 1_500.0)));
        check(
            r#"a{b="c",le="+Inf"} 2 # {trace="x"} 1"#,
            Some(("a", &[("b", "c"), ("le", "+Inf"), ("node", "node0")], 2.0)),
        );
        check(
            r#"a{b="q\"u\\o\nte}"} -Inf"#,
            Some((
                "a",
                &[("b", "q\"u\\o\nte}"), ("node", "node0")],
                f64::NEG_INFINITY,
            )),
        );
        check(
            r#"a{node="liar"} 1"#,
            Some(("a", &[("exported_node", "liar"), ("node", "node0")], 1.0)),
        );
    }

    #[test]
    fn the_newest_epoch_stands_for_the_node() {
        let text = "a{epoch=\"9\"} 1\na{epoch=\"10\"} 2\na{epoch=\"8\"} 3\n";
        let (found, _) = rows(text, "node0", Time(5), |_| true);
        let found: Vec<f64> = found.iter().map(|row| row.value).collect();
        assert_eq!(found, [2.0]);
        check("a{epoch=\"x\"} 1", Some(("a", &[("node", "node0")], 1.0)));
    }

    #[test]
    fn hostile_lines_are_dropped() {
        for line in [
            "a",
            "a{",
            "a{b}",
            "a{b=c} 1",
            r#"a{b="c} 1"#,
            r#"a{b="c"} x"#,
            r#"a{__name__="c"} 1"#,
            r#"a{b="c",b="d"} 1"#,
            "1a 1",
            "中文 1",
            r#"a{b="\"#,
            "{} 1",
        ] {
            check(line, None);
        }
        check(&format!("a{{b=\"{}\"}} 1", "x".repeat(1_000)), None);
        check(&format!("{} 1", "a".repeat(1_000)), None);
    }
}
