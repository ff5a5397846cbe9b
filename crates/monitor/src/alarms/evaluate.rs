//! Finds out for which series the condition of a rule holds now.

use super::{Holding, drafts};
use crate::{
    LedgerEvent, Result, Time,
    api::{Comparison, Condition, Labels, LogLine, LogParameters, QueryData, Rule, Threshold, value_text},
    logs::LogReader,
    series::Queries,
};
use parking_lot::Mutex;
use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

/// Characters of a line or event that stand in an alarm.
const QUOTE_MAX: usize = 200;

/// Events that matched rules of the kind `ledgerEvent`, the last ones of each.
#[derive(Default)]
pub(crate) struct EventWindows(Mutex<BTreeMap<String, VecDeque<(Time, String)>>>);

impl EventWindows {
    /// Counts an event for every rule that it matches. Gives whether there was one.
    pub(crate) fn offer(&self, rules: &[Rule], event: &LedgerEvent, now: Time) -> bool {
        let mut windows = self.0.lock();
        windows.retain(|id, _| rules.iter().any(|rule| rule.id == *id));
        let mut matched = false;
        for rule in rules.iter().filter(|rule| rule.draft.enabled) {
            if !matches(&rule.draft.condition, event) {
                continue;
            }
            let window = windows.entry(rule.id.clone()).or_default();
            window.push_back((event.time.min(now), describe(event)));
            while u64::try_from(window.len()).unwrap_or(u64::MAX) > drafts::EVENTS_MAX {
                window.pop_front();
            }
            matched = true;
        }
        matched
    }

    fn count(&self, rule_id: &str, since: Time) -> (u64, String) {
        let windows = self.0.lock();
        let Some(window) = windows.get(rule_id) else {
            return (0, String::new());
        };
        let inside = window.iter().filter(|(time, _)| *time >= since);
        let last = window.back().map(|(_, text)| text.clone()).unwrap_or_default();
        (u64::try_from(inside.count()).unwrap_or(u64::MAX), last)
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
                let (found, last) = self.events.count(&rule.id, since);
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
