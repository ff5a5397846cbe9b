//! What the alarms remember over restarts: one JSON document, replaced as a whole, readable by its owner alone
//! (it holds the secrets of channels).

use crate::{
    Error, Result, Time,
    api::{Alarm, Channel, Rule, Silence},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

/// An alarm and what was done about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Active {
    pub(crate) alarm: Alarm,
    /// When the condition held last.
    pub(crate) held_at: Time,
    /// When the channels were told last.
    pub(crate) told_at: Option<Time>,
    /// Whether the channels of the escalation were told.
    pub(crate) escalated: bool,
}

/// Everything that is kept but the history.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct State {
    pub(crate) rules: BTreeMap<String, Rule>,
    pub(crate) channels: BTreeMap<String, Channel>,
    pub(crate) silences: BTreeMap<String, Silence>,
    pub(crate) alarms: Vec<Active>,
    /// The last number that was given to a rule, channel or silence.
    pub(crate) last_number: u64,
}

impl State {
    /// An identifier that was never used before.
    pub(crate) fn identifier(&mut self, kind: &str) -> String {
        self.last_number += 1;
        // Ten digits keep the order of numbers in the order of texts.
        format!("{kind}-{:010}", self.last_number)
    }

    pub(crate) fn rule(&self, id: &str) -> Result<&Rule> {
        self.rules.get(id).ok_or_else(|| Error::NotFound {
            what: "rule",
            id: id.into(),
        })
    }

    pub(crate) fn channel(&self, id: &str) -> Result<&Channel> {
        self.channels.get(id).ok_or_else(|| Error::NotFound {
            what: "channel",
            id: id.into(),
        })
    }
}

/// The file that holds the state.
#[derive(Clone, Debug)]
pub(crate) struct StateFile(PathBuf);

impl StateFile {
    pub(crate) fn new(folder: &Path) -> Self {
        Self(folder.join("alarms.json"))
    }

    /// The state, or `None` where there was never one.
    pub(crate) fn read(&self) -> Result<Option<State>> {
        let bytes = match fs::read(&self.0) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(self.failed(source)),
        };
        serde_json::from_slice(&bytes)
            .map(Some)
            .map_err(|source| Error::Damaged {
                path: self.0.clone(),
                source,
            })
    }

    /// Replaces the state; it is durable, or nothing has changed.
    pub(crate) fn write(&self, state: &State) -> Result<()> {
        let text = serde_json::to_vec_pretty(state).map_err(|source| Error::Damaged {
            path: self.0.clone(),
            source,
        })?;
        self.replace(&text).map_err(|source| self.failed(source))
    }

    fn replace(&self, text: &[u8]) -> io::Result<()> {
        let new = self.0.with_extension("new");
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o600);
        let mut file = options.open(&new)?;
        file.write_all(text)?;
        file.sync_all()?;
        fs::rename(&new, &self.0)?;
        match self.0.parent() {
            Some(folder) => File::open(folder)?.sync_all(),
            None => Ok(()),
        }
    }

    fn failed(&self, source: io::Error) -> Error {
        Error::File {
            path: self.0.clone(),
            source,
        }
    }
}
