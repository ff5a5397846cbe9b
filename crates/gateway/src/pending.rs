//! The report that was signed and not yet seen on the ledger: at most one, durable before it is sent.

use crate::{
    GatewayError,
    files::{failed, replace, sync_folder},
};
use alloy_primitives::{B256, Bytes};
use serde::{Deserialize, Serialize};
use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

/// What a reported batch holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Held {
    pub(crate) blocks: u64,
    pub(crate) transactions: u64,
    pub(crate) events: u64,
}

/// A signed report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Report {
    /// First block of its batch.
    pub(crate) from_height: u64,
    /// What its batch holds, for the counts; nothing in reports of older versions.
    #[serde(default)]
    pub(crate) held: Held,
    /// Nonce of the transaction.
    pub(crate) nonce: u64,
    /// Hash of the transaction.
    pub(crate) hash: B256,
    /// The transaction.
    pub(crate) raw: Bytes,
}

/// The file of the pending report.
#[derive(Debug)]
pub(crate) struct Pending {
    path: PathBuf,
}

impl Pending {
    /// In the folder of a chain.
    pub(crate) fn new(folder: &Path) -> Self {
        Self {
            path: folder.join("pending.json"),
        }
    }

    /// The report, if one is pending.
    pub(crate) fn read(&self) -> Result<Option<Report>, GatewayError> {
        let text = match fs::read(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed("read", &self.path)(error)),
        };
        let report = serde_json::from_slice(&text).map_err(|error| GatewayError::Damaged {
            path: self.path.clone(),
            what: error.to_string(),
        })?;
        Ok(Some(report))
    }

    /// Makes a report durable.
    pub(crate) fn write(&self, report: &Report) -> Result<(), GatewayError> {
        replace(&self.path, |file| {
            serde_json::to_writer(file, report).map_err(std::io::Error::from)
        })
    }

    /// The report is on the ledger, or can never be.
    pub(crate) fn clear(&self) -> Result<(), GatewayError> {
        fs::remove_file(&self.path).map_err(failed("remove", &self.path))?;
        sync_folder(&self.path)
    }
}
