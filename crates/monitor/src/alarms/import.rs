//! Takes rules out of a file into the state: a rule that is there by its name is replaced, others are made. Either all of
//! the file is taken, or nothing.

use super::{
    Alarms, about_rule, drafts, end_alarms,
    engine::Effects,
    full,
    rule_file::{self, Read},
    state::State,
};
use crate::{
    Result, Time,
    api::{Change, Rule, RuleDraft, RulesImport},
};
use std::collections::{BTreeMap, BTreeSet};

/// Who takes rules in, and when.
#[derive(Clone, Copy)]
pub(crate) struct Importer<'a> {
    pub(crate) by: &'a str,
    pub(crate) now: Time,
}

impl Alarms {
    /// All rules as a file.
    pub(crate) fn export(&self) -> Result<String> {
        let state = self.inner.lock().state.clone();
        rule_file::write(&state)
    }

    /// Takes rules in.
    pub(crate) fn import(&self, read: &Read, importer: Importer<'_>) -> Result<RulesImport> {
        self.change(importer.now, |state| take_in(state, read, importer))
    }

    /// What [`Self::import`] would do.
    pub(crate) fn would_import(&self, read: &Read, importer: Importer<'_>) -> Result<RulesImport> {
        let mut state = self.inner.lock().state.clone();
        take_in(&mut state, read, importer).map(|(outcome, _)| outcome)
    }
}

fn take_in(state: &mut State, read: &Read, importer: Importer<'_>) -> Result<(RulesImport, Effects)> {
    let mut outcome = RulesImport {
        recording: read.recording.clone(),
        ..RulesImport::default()
    };
    let mut effects = Effects::default();
    let mut missing = BTreeSet::new();
    for named in &read.rules {
        let draft = identified(named.clone(), state, &mut missing);
        drafts::check_rule(&draft, state).map_err(|error| about(&draft.name, error))?;
        let before = state
            .rules
            .values()
            .find(|rule| rule.draft.name == draft.name)
            .cloned();
        let name = draft.name.clone();
        match before {
            Some(before) if before.draft == draft => outcome.unchanged.push(name),
            Some(before) => {
                effects.take_in(replace(state, &before, draft, importer));
                outcome.changed.push(name);
            }
            None => {
                effects.take_in(create(state, draft, importer)?);
                outcome.created.push(name);
            }
        }
    }
    outcome.missing_channels = missing.into_iter().collect();
    Ok((outcome, effects))
}

/// Names the rule that a field belongs to.
fn about(name: &str, error: crate::Error) -> crate::Error {
    match error {
        crate::Error::Field { field, problem } => crate::Error::Field {
            field,
            problem: format!("{name}: {problem}"),
        },
        other => other,
    }
}

/// The rule with identifiers of channels for their names; those that are not here are left out and named. An escalation to
/// nobody is none.
fn identified(mut draft: RuleDraft, state: &State, missing: &mut BTreeSet<String>) -> RuleDraft {
    let known: BTreeMap<&str, &str> = state
        .channels
        .values()
        .map(|channel| (channel.draft.name.as_str(), channel.id.as_str()))
        .collect();
    let mut ids = |names: &[String]| -> Vec<String> {
        let mut found = Vec::new();
        for name in names {
            match known.get(name.as_str()) {
                Some(id) => found.push((*id).to_owned()),
                None => {
                    missing.insert(name.clone());
                }
            }
        }
        found
    };
    draft.channels = ids(&draft.channels);
    if let Some(escalation) = &mut draft.escalation {
        escalation.channels = ids(&escalation.channels);
    }
    draft.escalation = draft
        .escalation
        .filter(|escalation| !escalation.channels.is_empty());
    draft
}

fn create(state: &mut State, draft: RuleDraft, importer: Importer<'_>) -> Result<Effects> {
    full("rules", state.rules.len(), drafts::RULES_MAX)?;
    let rule = Rule {
        id: state.identifier("rule"),
        version: 1,
        changed_by: importer.by.into(),
        changed_at: importer.now,
        problem: None,
        draft,
    };
    let entry = about_rule(&rule, Change::Created, importer.by, importer.now);
    state.rules.insert(rule.id.clone(), rule);
    Ok(entry.into())
}

/// Puts a rule in the place of another; alarms end where it means something else now.
pub(crate) fn replace(state: &mut State, before: &Rule, draft: RuleDraft, importer: Importer<'_>) -> Effects {
    let same =
        before.draft.condition == draft.condition && before.draft.labels == draft.labels && draft.enabled;
    let rule = Rule {
        id: before.id.clone(),
        version: before.version + 1,
        changed_by: importer.by.into(),
        changed_at: importer.now,
        problem: None,
        draft,
    };
    let mut effects = Effects::from(about_rule(&rule, Change::Changed, importer.by, importer.now));
    if !same {
        effects.take_in(end_alarms(state, before, importer.now));
    }
    state.rules.insert(rule.id.clone(), rule);
    effects
}
