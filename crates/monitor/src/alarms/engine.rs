//! How alarms come and go: a pure step from what held before, and what holds now, to what must be told.

use super::state::{Active, State};
use crate::{
    Time,
    api::{Alarm, AlarmState, Change, Condition, HistoryEntry, Labels, Rule},
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, time::Duration};

/// Alarms of one rule: more help nobody, and each is held in memory and in the file of the state.
pub(crate) const ALARMS_OF_RULE_MAX: usize = 100;

/// Why channels are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Occasion {
    /// Alarms began to ring.
    Firing,
    /// They still ring.
    Repeated,
    /// Alarms ended.
    Resolved,
    /// Nobody has acknowledged them.
    Escalated,
    /// A user tries the channel.
    Test,
}

/// What channels are told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Message {
    pub(crate) occasion: Occasion,
    pub(crate) at: Time,
    pub(crate) rule_id: String,
    pub(crate) rule_name: String,
    pub(crate) note: String,
    pub(crate) alarms: Vec<Alarm>,
    /// Identifiers of the channels, each once.
    pub(crate) channels: Vec<String>,
    /// Seconds for which it waits for others of its kind.
    pub(crate) group_seconds: u64,
}

/// What a step has brought.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Effects {
    pub(crate) entries: Vec<HistoryEntry>,
    pub(crate) messages: Vec<Message>,
    /// Whether the state must be written.
    pub(crate) changed: bool,
}

impl Effects {
    pub(crate) fn take_in(&mut self, other: Self) {
        self.entries.extend(other.entries);
        self.messages.extend(other.messages);
        self.changed |= other.changed;
    }
}

/// A series for which the condition of a rule holds, and its value as text.
pub(crate) type Holding = BTreeMap<Labels, String>;

/// Applies what holds for one rule at `now`.
pub(crate) fn step(state: &mut State, rule: &Rule, holding: Holding, now: Time) -> Effects {
    let mut effects = Effects::default();
    let (wait, keep) = waits(&rule.draft.condition);
    let holding: Holding = holding
        .into_iter()
        .take(ALARMS_OF_RULE_MAX)
        .map(|(mut labels, value)| {
            labels.extend(rule.draft.labels.clone());
            (labels, value)
        })
        .collect();
    let (mut mine, others): (Vec<Active>, Vec<Active>) = std::mem::take(&mut state.alarms)
        .into_iter()
        .partition(|active| active.alarm.rule_id == rule.id);
    state.alarms = others;
    renew(&mut mine, rule, holding, now, &mut effects);
    fire(&mut mine, wait, now, &mut effects);
    let mut ended = Vec::new();
    mine.retain(|active| {
        let over = match active.alarm.state {
            AlarmState::Pending => active.held_at < now,
            AlarmState::Firing => active.held_at < now && now >= active.held_at.after(keep),
        };
        if over {
            ended.push(active.clone());
        }
        !over
    });
    effects.changed |= !ended.is_empty();
    tell(&mut mine, state, rule, now, &mut effects);
    escalate(&mut mine, rule, now, &mut effects);
    effects.take_in(resolve(rule, &ended, now));
    state.alarms.extend(mine);
    effects
}

/// What is recorded and told of alarms that have ended. Whoever was told that they ring is told that they do not.
pub(crate) fn resolve(rule: &Rule, ended: &[Active], now: Time) -> Effects {
    let mut effects = Effects::default();
    let rang = ended
        .iter()
        .filter(|active| active.alarm.state == AlarmState::Firing);
    effects.entries.extend(
        rang.clone()
            .map(|active| entry(&active.alarm, Change::Resolved, "", now)),
    );
    let told = rang.filter(|active| active.told_at.is_some());
    let (escalated, others): (Vec<&Active>, Vec<&Active>) = told.partition(|active| active.escalated);
    let alarms = |active: Vec<&Active>| active.into_iter().map(|active| active.alarm.clone()).collect();
    let mut all = rule.draft.channels.clone();
    if let Some(escalation) = &rule.draft.escalation {
        all.extend(escalation.channels.clone());
    }
    for (alarms, channels) in [
        (alarms(others), rule.draft.channels.clone()),
        (alarms(escalated), all),
    ] {
        effects
            .messages
            .extend(message(rule, Occasion::Resolved, alarms, channels, now));
    }
    effects
}

/// Tells the channels of what began to ring, and again of what still does.
fn tell(mine: &mut [Active], state: &State, rule: &Rule, now: Time, effects: &mut Effects) {
    let (mut fired, mut repeated) = (Vec::new(), Vec::new());
    for active in mine {
        active.alarm.silenced_by = silenced_by(state, &active.alarm, now);
        if !due(active, rule, now) {
            continue;
        }
        let list = if active.told_at.is_none() {
            &mut fired
        } else {
            &mut repeated
        };
        list.push(active.alarm.clone());
        active.told_at = Some(now);
        effects.changed = true;
    }
    for (occasion, alarms) in [(Occasion::Firing, fired), (Occasion::Repeated, repeated)] {
        let channels = rule.draft.channels.clone();
        effects
            .messages
            .extend(message(rule, occasion, alarms, channels, now));
    }
}

/// Brings values and notes up to date, and adds alarms that are new.
fn renew(mine: &mut Vec<Active>, rule: &Rule, mut holding: Holding, now: Time, effects: &mut Effects) {
    for active in mine.iter_mut() {
        active.alarm.name = rule.draft.name.clone();
        active.alarm.severity = rule.draft.severity;
        active.alarm.note = rule.draft.note.clone();
        if let Some(value) = holding.remove(&active.alarm.labels) {
            active.alarm.value = value;
            active.held_at = now;
        }
    }
    for (labels, value) in holding {
        effects.changed = true;
        mine.push(Active {
            alarm: Alarm {
                rule_id: rule.id.clone(),
                name: rule.draft.name.clone(),
                severity: rule.draft.severity,
                labels,
                state: AlarmState::Pending,
                value,
                note: rule.draft.note.clone(),
                since: now,
                firing_since: None,
                silenced_by: None,
                acknowledged: None,
            },
            held_at: now,
            told_at: None,
            escalated: false,
        });
    }
}

/// Alarms whose condition has held for long enough begin to ring.
fn fire(mine: &mut [Active], wait: Duration, now: Time, effects: &mut Effects) {
    for active in mine {
        if active.alarm.state == AlarmState::Pending
            && active.held_at == now
            && now >= active.alarm.since.after(wait)
        {
            active.alarm.state = AlarmState::Firing;
            active.alarm.firing_since = Some(now);
            effects
                .entries
                .push(entry(&active.alarm, Change::Fired, &active.alarm.value, now));
            effects.changed = true;
        }
    }
}

/// Whether the channels of the rule must be told of a ringing alarm.
fn due(active: &Active, rule: &Rule, now: Time) -> bool {
    let alarm = &active.alarm;
    if alarm.state != AlarmState::Firing || alarm.silenced_by.is_some() || alarm.acknowledged.is_some() {
        return false;
    }
    match active.told_at {
        None => true,
        Some(_) if rule.draft.repeat_minutes == 0 => false,
        Some(told) => now >= told.after(Duration::from_secs(rule.draft.repeat_minutes * 60)),
    }
}

fn escalate(mine: &mut [Active], rule: &Rule, now: Time, effects: &mut Effects) {
    let Some(escalation) = &rule.draft.escalation else {
        return;
    };
    let wait = Duration::from_secs(escalation.after_minutes * 60);
    let mut alarms = Vec::new();
    for active in mine {
        let alarm = &active.alarm;
        let quiet = alarm.silenced_by.is_some() || alarm.acknowledged.is_some() || active.escalated;
        if !quiet && alarm.firing_since.is_some_and(|since| now >= since.after(wait)) {
            active.escalated = true;
            active.told_at = active.told_at.or(Some(now));
            effects.changed = true;
            effects.entries.push(entry(alarm, Change::Escalated, "", now));
            alarms.push(active.alarm.clone());
        }
    }
    effects.messages.extend(message(
        rule,
        Occasion::Escalated,
        alarms,
        escalation.channels.clone(),
        now,
    ));
}

fn message(
    rule: &Rule,
    occasion: Occasion,
    alarms: Vec<Alarm>,
    mut channels: Vec<String>,
    now: Time,
) -> Option<Message> {
    channels.sort();
    channels.dedup();
    if alarms.is_empty() || channels.is_empty() {
        return None;
    }
    Some(Message {
        occasion,
        at: now,
        rule_id: rule.id.clone(),
        rule_name: rule.draft.name.clone(),
        note: rule.draft.note.clone(),
        alarms,
        channels,
        group_seconds: rule.draft.group_seconds,
    })
}

/// The silence that keeps an alarm quiet.
pub(crate) fn silenced_by(state: &State, alarm: &Alarm, now: Time) -> Option<String> {
    state
        .silences
        .values()
        .find(|silence| {
            silence.rule_id == alarm.rule_id
                && silence.until > now
                && silence
                    .labels
                    .iter()
                    .all(|(name, value)| alarm.labels.get(name) == Some(value))
        })
        .map(|silence| silence.id.clone())
}

/// How long a condition must hold, and how long it rings on.
fn waits(condition: &Condition) -> (Duration, Duration) {
    let seconds = Duration::from_secs;
    match condition {
        Condition::Metric {
            for_seconds,
            keep_firing_seconds,
            ..
        } => (seconds(*for_seconds), seconds(*keep_firing_seconds)),
        Condition::Absence { for_seconds, .. } => (seconds(*for_seconds), Duration::ZERO),
        Condition::Log { .. } | Condition::LedgerEvent { .. } => (Duration::ZERO, Duration::ZERO),
    }
}

pub(crate) fn entry(alarm: &Alarm, change: Change, detail: &str, now: Time) -> HistoryEntry {
    HistoryEntry {
        number: 0,
        at: now,
        change,
        subject: alarm.rule_id.clone(),
        name: alarm.name.clone(),
        severity: Some(alarm.severity),
        labels: alarm.labels.clone(),
        by: None,
        detail: detail.into(),
    }
}
