//! Rules that users write, alarms that ring by them, silences and history.

pub(crate) mod defaults;
pub(crate) mod drafts;
mod engine;
pub(crate) mod evaluate;
mod file;
mod history;
mod import;
mod outbox;
pub(crate) mod rule_file;
pub(crate) mod state;

pub(crate) use engine::{Holding, Message, Occasion};
pub(crate) use file::JsonFile;
pub(crate) use import::Importer;
pub(crate) use outbox::{Outbox, Parcel};

use crate::{
    Error, Result, Time,
    api::{
        Acknowledgement, Alarm, AlarmState, Change, Channel, ChannelDraft, HistoryEntry, HistoryParameters,
        Page, Rule, RuleDraft, Severity, Silence, SilenceDraft,
    },
};
use engine::Effects;
use history::History;
use parking_lot::Mutex;
use state::{Active, State};
use std::path::Path;
use tokio::sync::broadcast;

/// Entries that a slow listener may be behind; it is told then that it missed some.
const LISTENER_BEHIND_MAX: usize = 256;

/// The alarms of a city. All methods are short; some write a small file.
pub(crate) struct Alarms {
    inner: Mutex<Inner>,
    file: JsonFile<State>,
    pub(crate) outbox: Outbox,
    changes: broadcast::Sender<HistoryEntry>,
}

struct Inner {
    state: State,
    history: History,
    /// Whether the file is behind the state, because it could not be written.
    behind: bool,
}

/// A change of a rule or channel that was made from a version of it.
pub(crate) struct Edit<'a> {
    pub(crate) id: &'a str,
    pub(crate) version: u64,
    pub(crate) by: &'a str,
    pub(crate) now: Time,
}

/// What is recorded about a rule or channel.
struct Note<'a> {
    subject: &'a str,
    name: &'a str,
    severity: Option<Severity>,
    by: &'a str,
    detail: &'a str,
}

impl Alarms {
    /// Opens the folder; the first time the rules are there that every city needs.
    pub(crate) fn open(folder: &Path, now: Time) -> Result<Self> {
        let file = JsonFile::new(folder.join("alarms.json"));
        let history = History::open(folder)?;
        let state = match file.read()? {
            Some(state) => state,
            None => {
                let state = defaults::state(now);
                file.write(&state)?;
                state
            }
        };
        Ok(Self {
            inner: Mutex::new(Inner {
                state,
                history,
                behind: false,
            }),
            file,
            outbox: Outbox::open(folder)?,
            changes: broadcast::channel(LISTENER_BEHIND_MAX).0,
        })
    }

    pub(crate) fn subscribe(&self) -> broadcast::Receiver<HistoryEntry> {
        self.changes.subscribe()
    }

    pub(crate) fn rules(&self) -> Vec<Rule> {
        self.inner.lock().state.rules.values().cloned().collect()
    }

    pub(crate) fn rule(&self, id: &str) -> Result<Rule> {
        self.inner.lock().state.rule(id).cloned()
    }

    pub(crate) fn create_rule(&self, draft: RuleDraft, by: &str, now: Time) -> Result<Rule> {
        self.change(now, |state| {
            drafts::check_rule(&draft, state)?;
            full("rules", state.rules.len(), drafts::RULES_MAX)?;
            rule_name_free(state, &draft.name, None)?;
            let rule = Rule {
                id: state.identifier("rule"),
                version: 1,
                changed_by: by.into(),
                changed_at: now,
                problem: None,
                draft,
            };
            state.rules.insert(rule.id.clone(), rule.clone());
            let entry = about_rule(&rule, Change::Created, by, now);
            Ok((rule, entry.into()))
        })
    }

    pub(crate) fn replace_rule(&self, edit: &Edit<'_>, draft: RuleDraft) -> Result<Rule> {
        let Edit { id, version, by, now } = *edit;
        self.change(now, |state| {
            let before = state.rule(id)?.clone();
            fresh(id, before.version, version)?;
            drafts::check_rule(&draft, state)?;
            rule_name_free(state, &draft.name, Some(id))?;
            let effects = import::replace(state, &before, draft, Importer { by, now });
            Ok((state.rule(id)?.clone(), effects))
        })
    }

    pub(crate) fn delete_rule(&self, id: &str, by: &str, now: Time) -> Result<()> {
        self.change(now, |state| {
            let rule = state.rule(id)?.clone();
            let mut effects = end_alarms(state, &rule, now);
            state.rules.remove(id);
            state.silences.retain(|_, silence| silence.rule_id != id);
            effects.take_in(about_rule(&rule, Change::Deleted, by, now).into());
            Ok(((), effects))
        })
    }

    pub(crate) fn alarms(&self) -> Vec<Alarm> {
        let mut alarms: Vec<Alarm> = self
            .inner
            .lock()
            .state
            .alarms
            .iter()
            .map(|active| active.alarm.clone())
            .collect();
        let weight = |alarm: &Alarm| (alarm.state == AlarmState::Firing, alarm.severity);
        alarms.sort_by(|a, b| weight(b).cmp(&weight(a)).then(a.since.cmp(&b.since)));
        alarms
    }

    pub(crate) fn history(&self, parameters: &HistoryParameters) -> Result<Page<HistoryEntry>> {
        self.inner.lock().history.page(parameters)
    }

    pub(crate) fn silences(&self, now: Time) -> Vec<Silence> {
        let inner = self.inner.lock();
        let silences = inner.state.silences.values();
        silences.filter(|silence| silence.until > now).cloned().collect()
    }

    pub(crate) fn silence(&self, rule_id: &str, draft: SilenceDraft, by: &str, now: Time) -> Result<Silence> {
        self.change(now, |state| {
            drafts::check_silence(&draft)?;
            let rule = state.rule(rule_id)?.clone();
            state.silences.retain(|_, silence| silence.until > now);
            full("silences", state.silences.len(), drafts::SILENCES_MAX)?;
            let silence = Silence {
                id: state.identifier("silence"),
                rule_id: rule_id.into(),
                labels: draft.labels,
                until: now.after(std::time::Duration::from_secs(draft.minutes * 60)),
                by: by.into(),
                at: now,
                comment: draft.comment,
            };
            state.silences.insert(silence.id.clone(), silence.clone());
            refresh_silences(state, now);
            let mut entry = about_rule(&rule, Change::Silenced, by, now);
            entry.labels = silence.labels.clone();
            entry.detail = format!("{} {}", silence.until, silence.comment);
            Ok((silence, entry.into()))
        })
    }

    pub(crate) fn end_silence(&self, id: &str, by: &str, now: Time) -> Result<()> {
        self.change(now, |state| {
            let silence = state.silences.remove(id).ok_or_else(|| Error::NotFound {
                what: "silence",
                id: id.into(),
            })?;
            refresh_silences(state, now);
            let rule = state.rule(&silence.rule_id)?.clone();
            let mut entry = about_rule(&rule, Change::SilenceEnded, by, now);
            entry.labels = silence.labels;
            Ok(((), entry.into()))
        })
    }

    pub(crate) fn acknowledge(
        &self,
        rule_id: &str,
        comment: &str,
        by: &str,
        now: Time,
    ) -> Result<Vec<Alarm>> {
        self.change(now, |state| {
            drafts::check_note("comment", comment)?;
            state.rule(rule_id)?;
            let mut alarms = Vec::new();
            let mut entries = Vec::new();
            for active in &mut state.alarms {
                if active.alarm.rule_id != rule_id || active.alarm.state != AlarmState::Firing {
                    continue;
                }
                active.alarm.acknowledged = Some(Acknowledgement {
                    by: by.into(),
                    at: now,
                    comment: comment.into(),
                });
                let mut entry = engine::entry(&active.alarm, Change::Acknowledged, comment, now);
                entry.by = Some(by.into());
                entries.push(entry);
                alarms.push(active.alarm.clone());
            }
            if alarms.is_empty() {
                return Err(Error::NotFound {
                    what: "ringing alarm of",
                    id: rule_id.into(),
                });
            }
            let effects = Effects {
                entries,
                ..Effects::default()
            };
            Ok((alarms, effects))
        })
    }

    /// Channels with their secrets masked.
    pub(crate) fn channels(&self) -> Vec<Channel> {
        let inner = self.inner.lock();
        inner.state.channels.values().cloned().map(masked).collect()
    }

    pub(crate) fn channel(&self, id: &str) -> Result<Channel> {
        self.channel_with_secrets(id).map(masked)
    }

    /// For the sender alone.
    pub(crate) fn channel_with_secrets(&self, id: &str) -> Result<Channel> {
        self.inner.lock().state.channel(id).cloned()
    }

    pub(crate) fn create_channel(&self, mut draft: ChannelDraft, by: &str, now: Time) -> Result<Channel> {
        self.change(now, |state| {
            drafts::check_channel(&draft)?;
            drafts::unmasked(&mut draft, None)?;
            full("channels", state.channels.len(), drafts::CHANNELS_MAX)?;
            channel_name_free(state, &draft.name, None)?;
            let channel = Channel {
                id: state.identifier("channel"),
                version: 1,
                changed_by: by.into(),
                changed_at: now,
                summary: drafts::summary(&draft.target),
                draft,
            };
            state.channels.insert(channel.id.clone(), channel.clone());
            let entry = about_channel(&channel, Change::Created, by, now);
            Ok((masked(channel), entry.into()))
        })
    }

    pub(crate) fn replace_channel(&self, edit: &Edit<'_>, mut draft: ChannelDraft) -> Result<Channel> {
        let Edit { id, version, by, now } = *edit;
        self.change(now, |state| {
            let before = state.channel(id)?.clone();
            fresh(id, before.version, version)?;
            drafts::check_channel(&draft)?;
            drafts::unmasked(&mut draft, Some(&before.draft))?;
            channel_name_free(state, &draft.name, Some(id))?;
            let channel = Channel {
                id: id.into(),
                version: version + 1,
                changed_by: by.into(),
                changed_at: now,
                summary: drafts::summary(&draft.target),
                draft,
            };
            state.channels.insert(id.into(), channel.clone());
            let entry = about_channel(&channel, Change::Changed, by, now);
            Ok((masked(channel), entry.into()))
        })
    }

    pub(crate) fn delete_channel(&self, id: &str, by: &str, now: Time) -> Result<()> {
        self.change(now, |state| {
            let channel = state.channel(id)?.clone();
            let user = state.rules.values().find(|rule| {
                let escalated = rule
                    .draft
                    .escalation
                    .iter()
                    .flat_map(|escalation| &escalation.channels);
                rule.draft
                    .channels
                    .iter()
                    .chain(escalated)
                    .any(|channel| channel == id)
            });
            if let Some(rule) = user {
                return Err(Error::InUse {
                    id: id.into(),
                    rule: rule.draft.name.clone(),
                });
            }
            state.channels.remove(id);
            let entry = about_channel(&channel, Change::Deleted, by, now);
            Ok(((), entry.into()))
        })
    }

    /// Applies what holds for a rule now, as it was found by the condition of `rule`; what must be told, waits then.
    /// Nothing, where the rule was changed or deleted in between.
    ///
    /// # Errors
    /// Something could not be written; it holds, and is told, all the same.
    pub(crate) fn apply(&self, rule: &Rule, found: Result<Holding>, now: Time) -> Result<()> {
        let mut inner = self.inner.lock();
        let inner = &mut *inner;
        let Some(current) = inner.state.rules.get_mut(&rule.id) else {
            return Ok(());
        };
        if current.version != rule.version {
            return Ok(());
        }
        let holding = match found {
            Ok(holding) => {
                current.problem = (holding.len() > engine::ALARMS_OF_RULE_MAX).then(|| {
                    format!(
                        "{} series ring, the first {} are kept",
                        holding.len(),
                        engine::ALARMS_OF_RULE_MAX
                    )
                });
                holding
            }
            Err(error) => {
                current.problem = Some(error.to_string());
                return Ok(());
            }
        };
        let effects = engine::step(&mut inner.state, rule, holding, now);
        // What must be told comes first: it is told even where the disk is full, which may be what it says.
        let lost = self.outbox.put(effects.messages, now);
        let mut outcome = Ok(());
        for entry in effects.entries {
            outcome = outcome.and(self.record(inner, entry));
        }
        for parcel in lost {
            let entry = about_parcel(&parcel, Change::DeliveryFailed, "too many messages wait", now);
            outcome = outcome.and(self.record(inner, entry));
        }
        if effects.changed || inner.behind {
            let written = self.file.write(&inner.state);
            inner.behind = written.is_err();
            outcome = outcome.and(written);
        }
        outcome
    }

    /// Keeps an entry and tells who listens; it is in memory even where it cannot be written.
    fn record(&self, inner: &mut Inner, entry: HistoryEntry) -> Result<()> {
        let (entry, written) = inner.history.push(entry);
        drop(self.changes.send(entry));
        written
    }

    /// Records what became of a message on its way to a channel.
    pub(crate) fn delivered(&self, parcel: &Parcel, change: Change, detail: &str, now: Time) -> Result<()> {
        let mut inner = self.inner.lock();
        let name = match inner.state.channel(&parcel.channel) {
            Ok(channel) => channel.draft.name.clone(),
            Err(_) => parcel.channel.clone(),
        };
        let entry = about_parcel(parcel, change, &format!("{name}: {detail}"), now);
        self.record(&mut inner, entry)
    }

    /// Changes the state and writes it; where that fails, nothing has changed.
    fn change<T>(&self, now: Time, change: impl FnOnce(&mut State) -> Result<(T, Effects)>) -> Result<T> {
        let mut inner = self.inner.lock();
        let mut state = inner.state.clone();
        let (value, effects) = change(&mut state)?;
        self.file.write(&state)?;
        inner.state = state;
        inner.behind = false;
        let lost = self.outbox.put(effects.messages, now);
        let lost = lost
            .iter()
            .map(|parcel| about_parcel(parcel, Change::DeliveryFailed, "too many messages wait", now));
        for entry in effects.entries.into_iter().chain(lost) {
            // The change itself is durable: it has happened, whatever becomes of its record.
            if let Err(error) = self.record(&mut inner, entry) {
                tracing::warn!(%error, "the history of alarms cannot be written");
            }
        }
        Ok(value)
    }
}

impl From<HistoryEntry> for Effects {
    fn from(entry: HistoryEntry) -> Self {
        Self {
            entries: vec![entry],
            ..Self::default()
        }
    }
}

fn masked(mut channel: Channel) -> Channel {
    channel.draft = drafts::masked(channel.draft);
    channel
}

fn full(what: &'static str, count: usize, max: usize) -> Result<()> {
    if count >= max {
        return Err(Error::Full { what, count });
    }
    Ok(())
}

fn fresh(id: &str, current: u64, given: u64) -> Result<()> {
    if current == given {
        return Ok(());
    }
    Err(Error::Stale {
        id: id.into(),
        version: current,
    })
}

fn rule_name_free(state: &State, name: &str, own: Option<&str>) -> Result<()> {
    let taken = state
        .rules
        .values()
        .any(|rule| rule.draft.name == name && Some(rule.id.as_str()) != own);
    name_free(taken, name)
}

fn channel_name_free(state: &State, name: &str, own: Option<&str>) -> Result<()> {
    let taken = state
        .channels
        .values()
        .any(|channel| channel.draft.name == name && Some(channel.id.as_str()) != own);
    name_free(taken, name)
}

fn name_free(taken: bool, name: &str) -> Result<()> {
    if taken {
        return Err(Error::NameTaken { name: name.into() });
    }
    Ok(())
}

fn end_alarms(state: &mut State, rule: &Rule, now: Time) -> Effects {
    let (ended, kept) = std::mem::take(&mut state.alarms)
        .into_iter()
        .partition::<Vec<Active>, _>(|active| active.alarm.rule_id == rule.id);
    state.alarms = kept;
    engine::resolve(rule, &ended, now)
}

fn refresh_silences(state: &mut State, now: Time) {
    let mut alarms = std::mem::take(&mut state.alarms);
    for active in &mut alarms {
        active.alarm.silenced_by = engine::silenced_by(state, &active.alarm, now);
    }
    state.alarms = alarms;
}

fn about_rule(rule: &Rule, change: Change, by: &str, now: Time) -> HistoryEntry {
    record(
        change,
        now,
        Note {
            subject: &rule.id,
            name: &rule.draft.name,
            severity: Some(rule.draft.severity),
            by,
            detail: "",
        },
    )
}

fn about_channel(channel: &Channel, change: Change, by: &str, now: Time) -> HistoryEntry {
    record(
        change,
        now,
        Note {
            subject: &channel.id,
            name: &channel.draft.name,
            severity: None,
            by,
            detail: &channel.summary,
        },
    )
}

fn about_parcel(parcel: &Parcel, change: Change, detail: &str, now: Time) -> HistoryEntry {
    let message = &parcel.message;
    HistoryEntry {
        number: 0,
        at: now,
        change,
        subject: message.rule_id.clone(),
        name: message.rule_name.clone(),
        severity: message.alarms.first().map(|alarm| alarm.severity),
        labels: Default::default(),
        by: None,
        detail: detail.into(),
    }
}

fn record(change: Change, now: Time, note: Note<'_>) -> HistoryEntry {
    HistoryEntry {
        number: 0,
        at: now,
        change,
        subject: note.subject.into(),
        name: note.name.into(),
        severity: note.severity,
        labels: Default::default(),
        by: Some(note.by.into()),
        detail: note.detail.into(),
    }
}
