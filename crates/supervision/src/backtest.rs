//! Rules over history: what would they have found? The rules run exactly as in production, from an empty state, so the
//! first span of their longest window finds less than later ones; the report says until when.

use crate::{
    engine::{Engine, Limits, Notice, Statistics},
    error::RuleError,
    event::Event,
    finding::Finding,
    lists::Lists,
    rule::Rule,
};
use std::{collections::BTreeMap, time::Duration};

/// Findings of each rule that a report shows in full.
pub const SAMPLES_MAX: usize = 5;
const DAY_SECONDS: u64 = 86_400;

/// What one rule would have done.
#[derive(Clone, Debug)]
pub struct RuleReport {
    /// The rule.
    pub rule: Rule,
    /// Its figures over the whole history.
    pub statistics: Statistics,
    /// Findings by day, days since 1970; days without are left out.
    pub by_day: BTreeMap<u64, u64>,
    /// Its first findings, with their evidence.
    pub samples: Vec<Finding>,
}

/// What the rules would have done.
#[derive(Clone, Debug)]
pub struct Report {
    /// Events that were judged.
    pub events: u64,
    /// Time of the first event, seconds since 1970.
    pub first: u64,
    /// Time of the last one.
    pub last: u64,
    /// Before this time windows were not yet full.
    pub full_from: u64,
    /// By rule, in their order.
    pub rules: Vec<RuleReport>,
    /// What may have been missed.
    pub notices: Vec<Notice>,
    /// How long it took.
    pub took: Duration,
}

/// What a back-test runs.
#[derive(Clone, Debug)]
pub struct BackTest<'a> {
    /// The rules; retired ones are left out.
    pub rules: &'a [Rule],
    /// Their lists, as they are today.
    pub lists: Lists,
    /// Memory.
    pub limits: Limits,
}

impl BackTest<'_> {
    /// Runs over a history in the order of its time. `clock` tells the time since any moment; `each` sees every finding.
    ///
    /// # Errors
    /// A rule that does not compile.
    pub fn run(
        self,
        history: impl Iterator<Item = Event>,
        clock: impl Fn() -> Duration,
        mut each: impl FnMut(&Finding),
    ) -> Result<Report, RuleError> {
        let began = clock();
        let mut engine = Engine::new(self.rules, self.lists, self.limits)?;
        let mut by_rule: BTreeMap<String, (BTreeMap<u64, u64>, Vec<Finding>)> = BTreeMap::new();
        let (mut events, mut first, mut last) = (0, u64::MAX, 0);
        let mut findings = Vec::new();
        for event in history {
            events += 1;
            first = first.min(event.time);
            last = last.max(event.time);
            engine.observe(&event, &mut findings);
            for finding in findings.drain(..) {
                each(&finding);
                let (days, samples) = by_rule.entry(finding.rule.clone()).or_default();
                *days.entry(finding.time / DAY_SECONDS).or_default() += 1;
                if samples.len() < SAMPLES_MAX {
                    samples.push(finding);
                }
            }
        }
        let notices = engine.take_notices();
        let report = |(rule, statistics): (&Rule, Statistics)| {
            let (by_day, samples) = by_rule.remove(&rule.id).unwrap_or_default();
            RuleReport {
                rule: rule.clone(),
                statistics,
                by_day,
                samples,
            }
        };
        let rules = engine.statistics().into_iter().map(report).collect();
        let first = if events == 0 { 0 } else { first };
        Ok(Report {
            events,
            first,
            last,
            full_from: first.saturating_add(engine.horizon_seconds()),
            rules,
            notices,
            took: clock().saturating_sub(began),
        })
    }
}
