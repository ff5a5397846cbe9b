//! What a node remembers of the partition ledgers that it has run: whether it may ever have voted on one, and whether it
//! is still needed there.
//!
//! A ledger's own folder can be lost alone, and the node's data with all of it. In both cases votes may be lost, and
//! the ledger is followed until it is safe to vote (`consensus-simplex::catch_up`). The list stands beside the ledgers'
//! folders, so that removing one of those does not remove it. A list that is lost or damaged counts as forgotten.
//!
//! It knows when each folder was made, so that an older one that comes back (the disk of the ledgers was not mounted for
//! a while) is not taken for the one that the node voted from last.

use crate::data::{self, DataError, Making, Standing};
use civitas_crypto::replace_file;
use civitas_system_contracts::ledgers::LedgerRecord;
use civitas_types::{Height, NodeKey, OrderingEngine};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Path, PathBuf},
};
use thiserror::Error;
use tracing::warn;

const FILE: &str = "ledgers.json";
/// Nothing tells yet up to where the node has forgotten.
const UNKNOWN: u64 = u64::MAX;

/// What the list forbids, or why it cannot be used.
#[derive(Debug, Error)]
pub enum RegisterError {
    /// The list cannot be read or written.
    #[error("cannot {attempt} {path}, the list of ledgers that this node has run")]
    File {
        /// What was attempted.
        attempt: &'static str,
        /// The file.
        path: PathBuf,
        /// The failure.
        #[source]
        source: io::Error,
    },
    /// The folder is not the one that the node used last.
    #[error(
        "the folder of {ledger} is not the one that this node voted from last, and votes given meanwhile are not in \
         it (was its disk not mounted for a while?): remove it while the node is down, and the node fetches the ledger \
         from the other members"
    )]
    OtherFolder {
        /// The ledger.
        ledger: String,
    },
}

/// Why a ledger may not be run from its folder.
#[derive(Debug, Error)]
pub enum FolderFault {
    /// The folder cannot be marked.
    #[error(transparent)]
    Data(#[from] DataError),
    /// What the list says of it.
    #[error(transparent)]
    Register(#[from] RegisterError),
    /// A solo ledger that may have acknowledged something has no other copy to be fetched from.
    #[error(
        "{path}, the only copy of the solo ledger, is lost: restore it, or close the ledger by proposal; begun anew, \
         it would contradict what was acknowledged"
    )]
    OnlyCopy {
        /// The folder.
        path: PathBuf,
    },
}

/// What of a node's memory is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// The list alone: the main ledger's blocks are whole.
    List,
    /// The data of the node.
    Data,
}

/// What a node does on a ledger in the epoch that runs there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duty {
    /// It orders the epoch.
    Orders,
    /// It follows.
    Follows,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    /// Ledgers that the node may have voted on, with when their folders were made, in milliseconds since 1970.
    started: BTreeMap<String, Option<u64>>,
    /// Ledgers that the node ordered when it last saw them: one that was voted out meanwhile is needed there until its
    /// last epoch is over.
    ordered: BTreeSet<String>,
    /// Height of the main ledger up to which the node may have run ledgers that it no longer knows of: its data was
    /// lost.
    forgotten_until: u64,
}

/// The list.
#[derive(Debug)]
pub struct Register {
    folder: PathBuf,
    content: Content,
    lost: Lost,
}

impl Register {
    /// Reads the list in the data folder of a node, whose data was found in this standing when it started.
    ///
    /// # Errors
    /// See [`RegisterError`].
    pub fn open(folder: &Path, standing: Standing) -> Result<Self, RegisterError> {
        let path = folder.join(FILE);
        let known = match fs::read_to_string(&path) {
            Ok(text) => serde_json::from_str::<Content>(&text)
                .inspect_err(|error| {
                    warn!(path = %path.display(), %error, "the list of ledgers is damaged: this node votes on none of them before it has caught up");
                })
                .ok(),
            Err(error) if error.kind() == io::ErrorKind::NotFound && standing == Standing::New => {
                Some(Content::default())
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(source) => return Err(failed("read", &path, source)),
        };
        // A loss that is written down stays one of the data, whatever it was.
        let lost = if known.is_none() && standing == Standing::Whole {
            Lost::List
        } else {
            Lost::Data
        };
        let is_forgotten = known.is_none() || standing == Standing::Recovering;
        let mut content = known.unwrap_or_default();
        if is_forgotten {
            content.forgotten_until = UNKNOWN;
        }
        let register = Self {
            folder: folder.to_owned(),
            content,
            lost,
        };
        register.write()?;
        Ok(register)
    }

    /// Marks the folder of a ledger for the node `own` before anything is written into it, and then notes that the node may
    /// vote from it.
    ///
    /// # Errors
    /// See [`FolderFault`]: the ledger may not be run then.
    pub fn prepare(
        &mut self,
        folder: &Path,
        own: &NodeKey,
        record: &LedgerRecord,
        now_ms: u64,
    ) -> Result<(), FolderFault> {
        let standing = self.standing(&record.name, record.created_at);
        let is_solo = record.parameters.ordering == OrderingEngine::Solo;
        if is_solo && standing == Standing::Recovering && !data::is_marked(folder)? {
            return Err(FolderFault::OnlyCopy {
                path: folder.to_owned(),
            });
        }
        let making = self.making(&record.name, now_ms);
        let found = data::mark_ledger(folder, own, standing, making)?;
        Ok(self.start(&record.name, found)?)
    }

    /// What the node may do on a ledger whose folder is empty; the ledger was created at a height of the main ledger.
    pub fn standing(&self, name: &str, created_at: u64) -> Standing {
        if self.content.started.contains_key(name) || created_at <= self.content.forgotten_until {
            Standing::Recovering
        } else {
            Standing::New
        }
    }

    /// How to mark a folder of the ledger `name` that is made now, in milliseconds since 1970.
    pub fn making(&self, name: &str, now_ms: u64) -> Making {
        Making {
            made_ms: now_ms,
            replaces_ms: self.content.started.get(name).copied().flatten(),
        }
    }

    /// From now on the node may vote on the ledger `name` from the folder that was made then. It must be marked before:
    /// were it lost in between, no vote would be.
    ///
    /// # Errors
    /// See [`RegisterError`]: nothing may be voted then.
    pub fn start(&mut self, name: &str, folder: Option<Making>) -> Result<(), RegisterError> {
        let made_ms = folder.map(|making| making.made_ms);
        if let Some(known) = self.content.started.get(name) {
            if *known == made_ms {
                return Ok(());
            }
            // A crash after the folder was marked and before it was noted here.
            let is_next = folder.is_some_and(|making| making.replaces_ms == *known);
            if !is_next {
                return Err(RegisterError::OtherFolder {
                    ledger: name.to_owned(),
                });
            }
        }
        let before = self.content.started.insert(name.to_owned(), made_ms);
        if let Err(error) = self.write() {
            match before {
                Some(before) => self.content.started.insert(name.to_owned(), before),
                None => self.content.started.remove(name),
            };
            return Err(error);
        }
        Ok(())
    }

    /// Whether the node ordered the ledger when it last saw it.
    pub fn duty(&self, name: &str) -> Duty {
        if self.content.ordered.contains(name) {
            Duty::Orders
        } else {
            Duty::Follows
        }
    }

    /// The node has seen what it does on the ledger.
    ///
    /// # Errors
    /// See [`RegisterError`].
    pub fn note(&mut self, name: &str, duty: Duty) -> Result<(), RegisterError> {
        let is_new = match duty {
            Duty::Orders => self.content.ordered.insert(name.to_owned()),
            Duty::Follows => self.content.ordered.remove(name),
        };
        if is_new { self.write() } else { Ok(()) }
    }

    /// What was lost, as long as nothing tells up to which height the node has forgotten.
    pub fn lost(&self) -> Option<Lost> {
        (self.content.forgotten_until == UNKNOWN).then_some(self.lost)
    }

    /// The node has forgotten no ledger that was created above this height of the main ledger.
    ///
    /// # Errors
    /// See [`RegisterError`].
    pub fn remembers_above(&mut self, height: Height) -> Result<(), RegisterError> {
        self.content.forgotten_until = height.get();
        self.write()
    }

    fn write(&self) -> Result<(), RegisterError> {
        let path = self.folder.join(FILE);
        let text = serde_json::to_vec_pretty(&self.content).map_err(io::Error::from);
        let written = text.and_then(|text| replace_file(&path, &text));
        written.map_err(|source| failed("write", &path, source))
    }
}

fn failed(attempt: &'static str, path: &Path, source: io::Error) -> RegisterError {
    RegisterError::File {
        attempt,
        path: path.to_owned(),
        source,
    }
}
