//! One record: its fields, its line of text, its hash.
//!
//! The line is compact JSON with the fields in the order of [`Record`]; `details` are sorted by name. The hash is the
//! Keccak-256 of the line's bytes before `,"hash":"`, so it covers every other field, the previous hash among them.

use crate::error::LineFault;
use alloy_primitives::{B256, keccak256};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Bytes of a text, at most; what is longer is cut, and says so. Longer texts stand on the ledger.
const TEXT_BYTES_MAX: usize = 1_024;
/// Details of a record, at most: more than any event of a system contract has.
const DETAILS_MAX: usize = 24;
/// Bytes of a line, at most: [`DETAILS_MAX`] texts, each of whose bytes may need six as JSON.
pub const LINE_BYTES_MAX: usize = 256 * 1_024;
/// `,"hash":"0x`, 64 digits, `"}`.
const TAIL_BYTES: usize = 77;

/// How an act ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It was done.
    #[default]
    Done,
    /// It was not allowed.
    Refused,
    /// It was tried and did not succeed.
    Failed,
}

impl Outcome {
    /// Its name in records.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
}

/// A place among all entries that follow from the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Position {
    /// Height of the block.
    pub height: u64,
    /// Number of the entry among those of the block, from 0.
    pub entry: u32,
}

/// Where a record comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// An act of the node itself.
    Node,
    /// It follows from a block, in the same way on every node.
    Ledger(Position),
}

/// What is to be recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Milliseconds since the Unix epoch: of the block, or of the node's clock.
    pub time_ms: u64,
    /// What happened: `Contract.Event`, or two words of the node such as `node.started`.
    pub kind: String,
    /// Who did it; empty if nobody can be named.
    pub actor: String,
    /// With whom or what it was done; empty if there is nothing.
    pub subject: String,
    /// How it ended.
    pub outcome: Outcome,
    /// More, by name.
    pub details: BTreeMap<String, String>,
    /// Where it comes from.
    pub source: Source,
}

impl Entry {
    /// An act of the node.
    pub fn new(kind: impl Into<String>, time_ms: u64) -> Self {
        Self {
            time_ms,
            kind: kind.into(),
            actor: String::new(),
            subject: String::new(),
            outcome: Outcome::Done,
            details: BTreeMap::new(),
            source: Source::Node,
        }
    }

    /// Names who did it.
    #[must_use]
    pub fn by(mut self, actor: impl ToString) -> Self {
        self.actor = actor.to_string();
        self
    }

    /// Names with whom or what it was done.
    #[must_use]
    pub fn about(mut self, subject: impl ToString) -> Self {
        self.subject = subject.to_string();
        self
    }

    /// Says how it ended.
    #[must_use]
    pub const fn ended(mut self, outcome: Outcome) -> Self {
        self.outcome = outcome;
        self
    }

    /// Adds a detail.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl ToString) -> Self {
        self.details.insert(name.into(), value.to_string());
        self
    }

    /// Whether it is one of the ledger that comes after those up to `position`.
    pub fn is_after(&self, position: Option<Position>) -> bool {
        match self.source {
            Source::Node => false,
            Source::Ledger(place) => position.is_none_or(|position| place > position),
        }
    }

    /// Cuts what is too long.
    fn bounded(mut self) -> Self {
        for text in [&mut self.kind, &mut self.actor, &mut self.subject] {
            cut(text);
        }
        let details = std::mem::take(&mut self.details);
        let kept = details.into_iter().take(DETAILS_MAX);
        self.details = kept
            .map(|(mut name, mut value)| {
                cut(&mut name);
                cut(&mut value);
                (name, value)
            })
            .collect();
        self
    }
}

fn cut(text: &mut String) {
    if text.len() <= TEXT_BYTES_MAX {
        return;
    }
    let length = text.len();
    let mark = format!("… ({length} bytes)");
    let mut end = TEXT_BYTES_MAX.saturating_sub(mark.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    text.push_str(&mark);
}

/// A record as it stands in the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Its number, from 0, without gaps.
    pub index: u64,
    /// Milliseconds since the Unix epoch.
    pub time_ms: u64,
    /// What happened.
    pub kind: String,
    /// Who did it.
    pub actor: String,
    /// With whom or what.
    pub subject: String,
    /// How it ended.
    pub outcome: Outcome,
    /// More, by name.
    pub details: BTreeMap<String, String>,
    /// Where it comes from.
    pub source: Source,
    /// Hash of the record before it; zero for record 0.
    pub previous: B256,
    /// Hash of this record.
    pub hash: B256,
}

impl Record {
    /// The record of an entry, with its place in the chain.
    pub fn chained(entry: Entry, index: u64, previous: B256) -> Self {
        let entry = entry.bounded();
        let mut record = Self {
            index,
            time_ms: entry.time_ms,
            kind: entry.kind,
            actor: entry.actor,
            subject: entry.subject,
            outcome: entry.outcome,
            details: entry.details,
            source: entry.source,
            previous,
            hash: B256::ZERO,
        };
        let text = record.text();
        record.hash = keccak256(body(&text));
        record
    }

    /// Its line, with the end of line.
    pub fn to_line(&self) -> String {
        let mut text = self.text();
        text.push('\n');
        text
    }

    fn text(&self) -> String {
        // Only maps with keys that are no texts, and failing writers, can fail.
        serde_json::to_string(self).unwrap_or_default()
    }
}

fn body(text: &str) -> &[u8] {
    let end = text.len().saturating_sub(TAIL_BYTES);
    &text.as_bytes()[..end]
}

/// Reads lines.
#[derive(Debug)]
pub struct Line;

impl Line {
    /// The record in a line (without the end of line), if it is one and its hash is that of its content.
    ///
    /// # Errors
    /// [`LineFault`].
    pub fn parse(text: &str) -> Result<Record, LineFault> {
        if text.len() > LINE_BYTES_MAX {
            return Err(LineFault::TooLong);
        }
        let record: Record = serde_json::from_str(text).map_err(|source| LineFault::NotARecord { source })?;
        // One record has one text: spaces, or a field that stands twice, are not what the node wrote.
        if record.text() != text {
            return Err(LineFault::NotCanonical);
        }
        let found = keccak256(body(text));
        if found != record.hash {
            return Err(LineFault::WrongHash {
                index: record.index,
                stated: record.hash,
                found,
            });
        }
        Ok(record)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Record {
        let entry = Entry::new("Roles.Granted", 7)
            .by("0xaa")
            .with("hash", "\",\"hash\":\"0x")
            .with("reason", "é\n\u{2028}");
        Record::chained(entry, 3, B256::repeat_byte(1))
    }

    #[test]
    fn a_line_gives_its_record_back_and_no_byte_of_it_can_change() {
        let line = record().to_line();
        let text = line.trim_end_matches('\n');
        assert_eq!(Line::parse(text).unwrap(), record());
        for index in 0..text.len() {
            for bit in 0..8 {
                let mut bytes = text.as_bytes().to_vec();
                bytes[index] ^= 1 << bit;
                let changed = String::from_utf8_lossy(&bytes).into_owned();
                assert!(Line::parse(&changed).is_err(), "byte {index} bit {bit}");
            }
        }
    }

    /// What `docs/operator/audit.md` tells outsiders, byte by byte.
    #[test]
    fn the_text_of_a_record_is_frozen() {
        let entry = Entry {
            source: Source::Ledger(Position { height: 12, entry: 3 }),
            ..Entry::new("Roles.Granted", 1_700_000_000_000)
        };
        let entry = entry.by("0x01").about("0x02").with("level", 50);
        let record = Record::chained(entry, 0, B256::ZERO);
        let zero = "0".repeat(64);
        let body = format!(
            r#"{{"index":0,"time_ms":1700000000000,"kind":"Roles.Granted","actor":"0x01","subject":"0x02","outcome":"done","details":{{"level":"50"}},"source":{{"ledger":{{"height":12,"entry":3}}}},"previous":"0x{zero}""#
        );
        let hash = keccak256(&body);
        assert_eq!(record.to_line(), format!("{body},\"hash\":\"{hash}\"}}\n"));
    }

    #[test]
    fn long_texts_are_cut_and_lines_are_bounded() {
        let mut entry = Entry::new("k", 0).by("\u{1}".repeat(5_000));
        for number in 0..100 {
            entry = entry.with(format!("{number}{}", "\u{1}".repeat(5_000)), "é".repeat(5_000));
        }
        let record = Record::chained(entry, 0, B256::ZERO);
        assert!(record.actor.ends_with("… (5000 bytes)") && record.actor.len() <= TEXT_BYTES_MAX);
        assert_eq!(record.details.len(), DETAILS_MAX);
        let line = record.to_line();
        assert!(line.len() < LINE_BYTES_MAX, "{}", line.len());
        assert_eq!(Line::parse(line.trim_end()).unwrap(), record);
    }
}
