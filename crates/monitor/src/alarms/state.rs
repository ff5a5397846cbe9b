//! What the alarms remember over restarts: one JSON document (`alarms.json`).

use crate::{
    Error, Result, Time,
    api::{Alarm, Channel, Rule, Silence},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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
