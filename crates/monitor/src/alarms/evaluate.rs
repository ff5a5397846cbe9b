//! Finds out for which series the condition of a rule holds now.

use super::{Holding, JsonFile, drafts};
use crate::{
    LedgerEvent, Result, Time,
    api::{Comparison, Condition, Labels, LogLine, LogParameters, QueryData, Rule, Threshold, value_text},
    logs::LogReader,
    series::Queries,
};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, VecDeque},
    path::Path,
    time::Duration,
};

/// Characters of a line or event that stand in an alarm.
const QUOTE_MAX: usize = 200;

/// Between two writes of what was counted where nothing matched: so many seconds of events are looked at again after
/// the console was killed, and those that matched are written with how far was looked.
const WRITE_EVERY: Duration = Duration::from_secs(30);

/// Events that matched rules of the kind `ledgerEvent`, the last ones of each, over restarts (`events.json`).
pub(crate) struct EventWindows {
    counted: Mutex<Counted>,
    file: JsonFile<Counted>,
}

/// The events of a ledger up to a height, the oldest first.
pub(crate) struct Offer<'a> {
    pub(crate) ledger: &'a str,
    pub(crate) height: u64,
    pub(crate) events: &'a [LedgerEvent],
}

/// What is kept.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Counted {
    /// How far each ledger was looked at.
    heights: BTreeMap<String, u64>,
    rules: BTreeMap<String, Window>,
    /// When this was written.
    written_at: Time,
}

/// The events of one rule, with the condition that they matched: those of another one count no more.
#[derive(Debug, Serialize, Deserialize)]
struct Window {
    condition: Condition,
    events: VecDeque<(Time, String)>,
}

impl EventWindows {
    pub(crate) fn open(folder: &Path) -> Result<Self> {
        let file = JsonFile::new(folder.join("events.json"));
        Ok(Self {
            counted: Mutex::new(file.read()?.unwrap_or_default()),
            file,
        })
    }

    /// How far a ledger was looked at; `None` where it never was.
    pub(crate) fn height(&self, ledger: &str) -> Option<u64> {
        self.counted.lock().heights.get(ledger).copied()
    }

    /// Counts events of a ledger for every rule that they match. Gives whether there was one.
    pub(crate) fn offer(&self, rules: &[Rule], offer: &Offer<'_>, now: Time) -> bool {
        let mut counted = self.counted.lock();
        let current = |id: &String, window: &mut Window| {
            let rule = rules.iter().find(|rule| rule.id == *id);
            rule.is_some_and(|rule| rule.draft.condition == window.condition)
        };
        counted.rules.retain(current);
        let mut matched = false;
        for rule in rules.iter().filter(|rule| rule.draft.enabled) {
            for event in offer
                .events
                .iter()
                .filter(|event| matches(&rule.draft.condition, event))
            {
                let window = counted.rules.entry(rule.id.clone()).or_insert_with(|| Window {
                    condition: rule.draft.condition.clone(),
                    events: VecDeque::new(),
                });
                window.events.push_back((event.time.min(now), describe(event)));
                while u64::try_from(window.events.len()).unwrap_or(u64::MAX) > drafts::EVENTS_MAX {
                    window.events.pop_front();
                }
                matched = true;
            }
        }
        counted.heights.insert(offer.ledger.to_owned(), offer.height);
        if matched || now >= counted.written_at.after(WRITE_EVERY) {
            counted.written_at = now;
            if let Err(error) = self.file.write(&counted) {
                tracing::warn!(%error, "counted events of ledgers are in memory alone");
            }
        }
        matched
    }

    fn count(&self, rule: &Rule, since: Time) -> (u64, String) {
        let counted = self.counted.lock();
        let window = counted.rules.get(&rule.id);
        let Some(window) = window.filter(|window| window.condition == rule.draft.condition) else {
            return (0, String::new());
        };
        let inside: Vec<&(Time, String)> = window.events.iter().filter(|(time, _)| *time >= since).collect();
        let last = inside.last().map(|(_, text)| text.clone()).unwrap_or_default();
        (u64::try_from(inside.len()).unwrap_or(u64::MAX), last)
    }
}

/// Whether an event is one that a condition means.
fn matches(condition: &Condition, event: &LedgerEvent) -> bool {
    let Condition::LedgerEvent {
        ledger,
        contract,
        event: name,
        arguments,
        ..
    } = condition
    else {
        return false;
    };
    let is = |wanted: &Option<String>, value: &str| {
        wanted
            .as_ref()
            .is_none_or(|wanted| wanted.eq_ignore_ascii_case(value))
    };
    let of_contract =
        is(contract, &event.address) || is(contract, event.contract.as_deref().unwrap_or_default());
    is(ledger, &event.ledger)
        && of_contract
        && is(name, &event.event)
        && arguments.iter().all(|(name, value)| {
            event
                .arguments
                .get(name)
                .is_some_and(|found| found.eq_ignore_ascii_case(value))
        })
}

fn describe(event: &LedgerEvent) -> String {
    let contract = event.contract.as_deref().unwrap_or(&event.address);
    let mut text = format!(
        "{contract}.{} · {} {} · {}",
        event.event, event.ledger, event.height, event.transaction
    );
    for (name, value) in &event.arguments {
        text.push_str(&format!(" {name}={value}"));
    }
    quote(&text)
}

fn quote(text: &str) -> String {
    let mut quoted: String = text.chars().take(QUOTE_MAX).collect();
    if quoted.len() < text.len() {
        quoted.push('…');
    }
    quoted
}

/// What conditions are judged by.
pub(crate) struct Evidence<'a> {
    pub(crate) queries: &'a Queries,
    pub(crate) logs: &'a LogReader,
    pub(crate) events: &'a EventWindows,
}

impl Evidence<'_> {
    /// The series for which the condition of a rule holds, and their values.
    pub(crate) async fn holding(&self, rule: &Rule, now: Time) -> Result<Holding> {
        match &rule.draft.condition {
            Condition::Metric { query, threshold, .. } => {
                let data = self.ask(query, now).await?;
                Ok(passing(data, *threshold))
            }
            Condition::Absence { query, .. } => {
                let found = passing(self.ask(query, now).await?, None);
                let mut holding = Holding::new();
                if found.is_empty() {
                    holding.insert(Labels::new(), String::new());
                }
                Ok(holding)
            }
            Condition::Log {
                words,
                level,
                node,
                count,
                window_seconds,
            } => {
                let parameters = LogParameters {
                    q: Some(words.clone()),
                    level: *level,
                    node: node.clone(),
                    from: Some(now.before(Duration::from_secs(*window_seconds))),
                    limit: Some(1),
                    ..LogParameters::default()
                };
                let (found, line) = self.lines(parameters, *count).await?;
                let mut holding = Holding::new();
                if let Some(line) = line {
                    let labels = node
                        .iter()
                        .map(|node| ("node".to_owned(), node.clone()))
                        .collect();
                    holding.insert(
                        labels,
                        format!("{found} · {}: {}", line.node, quote(&line.message)),
                    );
                }
                Ok(holding)
            }
            Condition::LedgerEvent {
                count,
                window_seconds,
                ..
            } => {
                let since = now.before(Duration::from_secs(*window_seconds));
                let (found, last) = self.events.count(rule, since);
                let mut holding = Holding::new();
                if found >= *count {
                    holding.insert(Labels::new(), format!("{found} · {last}"));
                }
                Ok(holding)
            }
        }
    }

    /// How many lines there are, and the newest of them where there are enough.
    async fn lines(&self, parameters: LogParameters, least: u64) -> Result<(u64, Option<LogLine>)> {
        let logs = self.logs.clone();
        tokio::task::spawn_blocking(move || {
            let found = logs.count(&parameters)?;
            let line = if found >= least {
                logs.search(&parameters)?.items.pop()
            } else {
                None
            };
            Ok((found, line))
        })
        .await
        .map_err(|source| crate::Error::Logs {
            source: Box::new(source),
        })?
    }

    async fn ask(&self, query: &str, now: Time) -> Result<QueryData> {
        let query = query.to_owned();
        self.queries.run(move |store| store.instant(&query, now)).await
    }
}

/// The series whose values pass the threshold; all, where there is none. The name of the metric is no label of an
/// alarm: a rule may compare many.
fn passing(data: QueryData, threshold: Option<Threshold>) -> Holding {
    let samples = match data {
        QueryData::Scalar(point) => vec![(Labels::new(), point.value)],
        QueryData::Vector(samples) => samples
            .into_iter()
            .map(|sample| (sample.metric, sample.value.value))
            .collect(),
        QueryData::Matrix(series) => series
            .into_iter()
            .filter_map(|series| Some((series.metric, series.values.last()?.value)))
            .collect(),
    };
    samples
        .into_iter()
        .filter(|(_, value)| threshold.is_none_or(|threshold| passes(*value, threshold)))
        .map(|(mut labels, value)| {
            labels.remove("__name__");
            (labels, value_text(value))
        })
        .collect()
}

#[expect(clippy::float_cmp, reason = "equality is what the user asked for")]
fn passes(value: f64, threshold: Threshold) -> bool {
    let bound = threshold.value;
    match threshold.comparison {
        Comparison::Above => value > bound,
        Comparison::AtLeast => value >= bound,
        Comparison::Below => value < bound,
        Comparison::AtMost => value <= bound,
        Comparison::Equal => value == bound,
        Comparison::Different => value != bound,
    }
}
