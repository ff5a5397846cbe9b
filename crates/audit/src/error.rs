//! What is wrong with a line, and why a log cannot be used.

use alloy_primitives::B256;
use std::{io, path::PathBuf};
use thiserror::Error;

/// What is wrong with a line of a log.
#[derive(Debug, Error)]
pub enum LineFault {
    /// It is not a record.
    #[error("it is not a record")]
    NotARecord {
        /// What the reader met.
        #[source]
        source: serde_json::Error,
    },
    /// It is longer than any record.
    #[error("it is longer than any record")]
    TooLong,
    /// It is a record, but not in the text that a node writes.
    #[error("its text is not the one that a node writes")]
    NotCanonical,
    /// Its hash is not that of its content.
    #[error("the hash of record {index} is {stated}, its content has {found}")]
    WrongHash {
        /// The index that it states.
        index: u64,
        /// The hash that it states.
        stated: B256,
        /// The hash of its content.
        found: B256,
    },
    /// Another record should stand here.
    #[error("it holds record {found}, where record {expected} should stand")]
    WrongIndex {
        /// The index that should stand there.
        expected: u64,
        /// The index that it states.
        found: u64,
    },
    /// It does not follow from the record before it.
    #[error("record {index} does not follow from the record before it: one of the two was rewritten")]
    WrongPrevious {
        /// Its index.
        index: u64,
    },
    /// The line is not ended, but others follow.
    #[error("the line is incomplete, and it is not the last one of the log")]
    Incomplete,
}

/// Why a log cannot be used.
#[derive(Debug, Error)]
pub enum LogError {
    /// The file system failed.
    #[error("cannot {attempt} {path}")]
    Io {
        /// What was attempted.
        attempt: &'static str,
        /// On which file.
        path: PathBuf,
        /// The failure.
        #[source]
        source: io::Error,
    },
    /// A line is not what the node wrote.
    #[error(
        "the audit log is damaged or was altered in {path} line {line}: restore the folder `audit` from a copy, or \
         move it away as evidence and let the node begin with a new key, whose records begin anew (docs/operator/audit.md)"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// What is wrong with it.
        #[source]
        fault: LineFault,
    },
}

/// An error of the file system on `path`.
pub(crate) fn failed(attempt: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> LogError {
    let path = path.into();
    move |source| LogError::Io {
        attempt,
        path,
        source,
    }
}
