//! Checks a whole log: every record, every join between two records, every file, and the anchors on the ledger.
//!
//! What lies after the last anchor is chained only: who can write the node's disk could cut it off or write it anew.

use crate::{
    error::{LineFault, LogError},
    folder::{Next, Segment, segments},
    log::Head,
    record::Record,
};
use alloy_primitives::B256;
use std::{
    fmt,
    path::{Path, PathBuf},
};

/// What the ledger says of the records of the node: `from` to `to` end in `hash`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// Index of the first record.
    pub from: u64,
    /// Index of the last record.
    pub to: u64,
    /// Hash of the last record.
    pub hash: B256,
}

/// What a check came to.
#[derive(Debug, Default)]
pub struct Report {
    /// Records that are whole, from 0 on.
    pub records: u64,
    /// The last one of them.
    pub head: Option<Head>,
    /// How many of them the ledger vouches for.
    pub anchored: u64,
    /// How many anchors were met.
    pub anchors: u64,
    /// Whether a last line is incomplete: a node that writes, or a crash, after which the node cuts it off.
    pub torn: bool,
    /// The first thing that is wrong.
    pub finding: Option<Finding>,
}

impl Report {
    /// Records that are chained, but not anchored yet.
    pub const fn unanchored(&self) -> u64 {
        self.records.saturating_sub(self.anchored)
    }
}

/// The first record that is missing or altered.
#[derive(Debug)]
pub struct Finding {
    /// Its index.
    pub index: u64,
    /// The file where it stands or should stand.
    pub path: PathBuf,
    /// The line, from 1.
    pub line: u64,
    /// What is wrong.
    pub trouble: Trouble,
}

/// What is wrong with a record.
#[derive(Debug)]
pub enum Trouble {
    /// It is not there: the log goes on with a later one, or ends although the ledger knows more.
    Missing {
        /// The last of the records that are missing.
        to: u64,
    },
    /// It is not what the node wrote.
    Altered {
        /// How this shows.
        fault: LineFault,
    },
    /// It, or one between the anchor before and it, is not what the node anchored.
    NotAnchored {
        /// Index of the first record of the anchor.
        from: u64,
        /// The hash on the ledger.
        anchored: B256,
        /// The hash in the log.
        found: B256,
    },
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            index, path, line, ..
        } = self;
        let place = format!("{} line {line}", path.display());
        match &self.trouble {
            Trouble::Missing { to } if to == index => write!(formatter, "record {index} is missing: {place}"),
            Trouble::Missing { to } => write!(formatter, "records {index} to {to} are missing: {place}"),
            Trouble::Altered { fault } => write!(formatter, "record {index} was altered: {place}: {fault}"),
            Trouble::NotAnchored {
                from,
                anchored,
                found,
            } => write!(
                formatter,
                "record {index}, or one of the records from {from} on before it, was altered: {place}: the ledger has \
                 the hash {anchored}, the log has {found}"
            ),
        }
    }
}

/// Checks the log in `folder` against the anchors of its node, oldest first.
///
/// # Errors
/// [`LogError::Io`]: the log could not be read. What is wrong with the log is part of the report.
pub fn verify(folder: &Path, anchors: &[Anchor]) -> Result<Report, LogError> {
    let mut check = Check {
        anchors,
        report: Report::default(),
    };
    let segments = segments(folder)?;
    let mut end = (Segment::at(folder, 0).path, 1);
    for (place, segment) in segments.iter().enumerate() {
        let last = if place + 1 == segments.len() {
            Last::Yes
        } else {
            Last::No
        };
        match check.segment(segment, last)? {
            Some(lines) => end = (segment.path.clone(), lines.saturating_add(1)),
            None => return Ok(check.report),
        }
    }
    check.end(end);
    Ok(check.report)
}

/// Whether a file is the last one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    Yes,
    No,
}

struct Check<'a> {
    anchors: &'a [Anchor],
    report: Report,
}

impl Check<'_> {
    fn next_index(&self) -> u64 {
        self.report.head.map_or(0, |head| head.index.saturating_add(1))
    }

    /// Gives the number of lines, or none once something is wrong.
    fn segment(&mut self, segment: &Segment, last: Last) -> Result<Option<u64>, LogError> {
        let mut lines = segment.lines()?;
        loop {
            let next = lines.next()?;
            // A file that is named after a later record, whatever stands in it: those before it are missing.
            let is_first = lines.number <= 1;
            let expected = self.next_index();
            let fault = match next {
                _ if is_first && segment.first > expected => LineFault::WrongIndex {
                    expected,
                    found: segment.first,
                },
                Next::Record(record) => match self.take(&record) {
                    Ok(None) => continue,
                    Ok(Some(trouble)) => {
                        self.find(expected, segment, lines.number, trouble);
                        return Ok(None);
                    }
                    Err(fault) => fault,
                },
                Next::Fault(fault) => fault,
                Next::Torn if last == Last::Yes => {
                    self.report.torn = true;
                    // The line is not counted: what should stand there is missing.
                    return Ok(Some(lines.number.saturating_sub(1)));
                }
                Next::Torn => LineFault::Incomplete,
                Next::End => return Ok(Some(lines.number)),
            };
            self.find(expected, segment, lines.number.max(1), trouble_of(fault));
            return Ok(None);
        }
    }

    /// Takes a record whose own hash is right.
    fn take(&mut self, record: &Record) -> Result<Option<Trouble>, LineFault> {
        let (expected, index) = (self.next_index(), record.index);
        if index != expected {
            return Err(LineFault::WrongIndex {
                expected,
                found: index,
            });
        }
        let previous = self.report.head.map_or(B256::ZERO, |head| head.hash);
        if record.previous != previous {
            return Err(LineFault::WrongPrevious { index });
        }
        let anchors = self.anchors;
        let place = usize::try_from(self.report.anchors).unwrap_or(usize::MAX);
        let anchor = anchors.get(place).filter(|anchor| anchor.to == index);
        if let Some(anchor) = anchor.filter(|anchor| anchor.hash != record.hash) {
            return Ok(Some(Trouble::NotAnchored {
                from: anchor.from,
                anchored: anchor.hash,
                found: record.hash,
            }));
        }
        self.report.records = self.report.records.saturating_add(1);
        self.report.head = Some(Head {
            index,
            hash: record.hash,
        });
        if anchor.is_some() {
            self.report.anchors = self.report.anchors.saturating_add(1);
            self.report.anchored = self.report.records;
        }
        Ok(None)
    }

    /// The log has ended: does the ledger know more?
    fn end(&mut self, (path, line): (PathBuf, u64)) {
        let index = self.next_index();
        let last = self.anchors.last().map(|anchor| anchor.to);
        if let Some(to) = last.filter(|to| *to >= index) {
            self.report.finding = Some(Finding {
                index,
                path,
                line,
                trouble: Trouble::Missing { to },
            });
        }
    }

    fn find(&mut self, index: u64, segment: &Segment, line: u64, trouble: Trouble) {
        self.report.finding = Some(Finding {
            index,
            path: segment.path.clone(),
            line,
            trouble,
        });
    }
}

/// A later record in the place of one says that this one is missing.
fn trouble_of(fault: LineFault) -> Trouble {
    match fault {
        LineFault::WrongIndex { expected, found } if found > expected => Trouble::Missing {
            to: found.saturating_sub(1),
        },
        fault => Trouble::Altered { fault },
    }
}

#[cfg(test)]
mod tests;
