//! Rules at work: events in, findings out. Nothing else is read or written, no clock, no disk, no network, so that the
//! same events give the same findings in production, in a back-test and in a simulation.

use crate::{
    compiled::{Compiled, is_evaluated},
    error::{Fault, RuleError},
    event::{Event, Text},
    finding::{FINDING_EVIDENCE_MAX, Figure, Finding, fill},
    language::{NodeId, Scope, Value, WindowCall},
    lists::Lists,
    rule::{Rule, Words},
    subjects::{Found, Heard, Sign},
    window::{Arrival, Entry, Losses, Window},
};
use std::collections::BTreeSet;

/// Rules of one engine: each costs time for every event.
pub const RULES_MAX: usize = 500;
/// Findings that one advance of time yields; the others come with the next one.
const SILENT_MAX: usize = 1_000;
/// How far the clock of a chain may be ahead of ours. Without a bound, one event from the year 2100 would make all
/// others come late.
pub const AHEAD_SECONDS_MAX: u64 = 900;

/// How much an engine keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Keys of each window. A key takes about 300 bytes, up to 2 KiB where it is busy all the time, and up to 8 KiB
    /// where it has 512 texts to tell apart.
    pub keys_max: usize,
    /// Subjects of each rule that cooldown and silence remember.
    pub subjects_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            keys_max: 200_000,
            subjects_max: 200_000,
        }
    }
}

/// What a rule did so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Events that concerned it.
    pub events: u64,
    /// Of these, matches.
    pub matches: u64,
    /// Of these, findings; the others fell into a cooldown.
    pub findings: u64,
    /// Events about which it could not say anything since a number was too large or divided by zero.
    pub faults: u64,
    /// Keys that its windows keep now.
    pub keys: usize,
    /// What its windows had to give up.
    pub losses: Losses,
    /// Subjects whose silence is not watched, since there are too many.
    pub unwatched: u64,
}

/// Something that a rule may have missed. An operator sees it; it is never silent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Id of the rule; none, if it concerns all.
    pub rule: Option<String>,
    /// What happened since the last notice.
    pub kind: NoticeKind,
    /// How often.
    pub count: u64,
}

/// What may be missed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeKind {
    /// A window forgot keys too early: raise `keys_max`, or narrow `when`.
    Evicted,
    /// A key had more different texts than are told apart.
    Saturated,
    /// Events came after their window was over.
    Late,
    /// Events came from the future; they were judged as of the latest time that is believed.
    Ahead,
    /// An expression could not be calculated.
    Fault,
    /// Silence of some subjects is not watched: raise `subjects_max`, or narrow `when`.
    Unwatched,
}

#[derive(Debug)]
struct Judge {
    compiled: Compiled,
    found: Found,
    heard: Heard,
    statistics: Statistics,
    /// What was told by notices.
    told: Statistics,
}

/// A set of rules with their state.
#[derive(Debug)]
pub struct Engine {
    judges: Vec<Judge>,
    lists: Lists,
    limits: Limits,
    now: u64,
    /// The time that was told from outside, where it was.
    clock: Option<u64>,
    /// Events that were ahead of it, and were not yet told by a notice.
    ahead: u64,
}

impl Engine {
    /// Compiles the rules; those that are retired are checked and left out.
    ///
    /// # Errors
    /// The first fault that was found, with its place.
    pub fn new(rules: &[Rule], lists: Lists, limits: Limits) -> Result<Self, RuleError> {
        let field = |rule: &Rule, field, message: String| RuleError::Field {
            rule: rule.id.clone(),
            field,
            message,
        };
        let mut judges = Vec::new();
        let mut ids = BTreeSet::new();
        for rule in rules {
            let compiled = Compiled::new(rule, &lists, limits.keys_max)?;
            if !is_evaluated(rule) {
                continue;
            }
            if !ids.insert(rule.id.as_str()) {
                return Err(field(
                    rule,
                    "id",
                    "another rule that is not retired has it".to_owned(),
                ));
            }
            if judges.len() >= RULES_MAX {
                return Err(field(
                    rule,
                    "mode",
                    format!("more than {RULES_MAX} rules at work"),
                ));
            }
            judges.push(Judge {
                compiled,
                found: Found::default(),
                heard: Heard::default(),
                statistics: Statistics::default(),
                told: Statistics::default(),
            });
        }
        Ok(Self {
            judges,
            lists,
            limits,
            now: 0,
            clock: None,
            ahead: 0,
        })
    }

    /// The rules at work.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.judges.iter().map(|judge| &judge.compiled.rule)
    }

    /// The lists, to change their entries; a list that a rule names cannot be taken away.
    pub const fn lists_mut(&mut self) -> &mut Lists {
        &mut self.lists
    }

    /// How far the rules look back, in seconds. After a restart, events of that time are judged again and their
    /// findings dropped: then the findings that follow are those that would have followed. (Matches that were held back
    /// by a cooldown before are not counted in them.)
    pub fn horizon_seconds(&self) -> u64 {
        let spans = self.judges.iter().map(|judge| judge.compiled.horizon_seconds());
        spans.max().unwrap_or(0)
    }

    /// Judges an event. Findings are appended in the order of the rules. Where the time is told, an event that claims
    /// to be more than [`AHEAD_SECONDS_MAX`] ahead of it is judged as if it were that far.
    pub fn observe(&mut self, event: &Event, findings: &mut Vec<Finding>) {
        let latest = self
            .clock
            .map_or(u64::MAX, |clock| clock.saturating_add(AHEAD_SECONDS_MAX));
        if event.time > latest {
            self.ahead += 1;
            let mut event = event.clone();
            event.time = latest;
            self.judge(&event, findings);
        } else {
            self.judge(event, findings);
        }
    }

    fn judge(&mut self, event: &Event, findings: &mut Vec<Finding>) {
        self.pass(event.time, findings);
        for judge in &mut self.judges {
            judge.observe(event, &self.lists, self.limits, findings);
        }
    }

    /// Tells the time, seconds since 1970, when no event does: silence is found by it. Times before one that was told
    /// change nothing.
    pub fn advance(&mut self, time: u64, findings: &mut Vec<Finding>) {
        self.clock = self.clock.max(Some(time));
        self.pass(time, findings);
    }

    fn pass(&mut self, time: u64, findings: &mut Vec<Finding>) {
        self.now = self.now.max(time);
        for judge in &mut self.judges {
            judge.find_silent(self.now, findings);
        }
    }

    /// What each rule did.
    pub fn statistics(&self) -> Vec<(&Rule, Statistics)> {
        let rows = self.judges.iter();
        rows.map(|judge| (&judge.compiled.rule, judge.statistics()))
            .collect()
    }

    /// What rules may have missed since the last call.
    pub fn take_notices(&mut self) -> Vec<Notice> {
        let mut notices = Vec::new();
        let ahead = std::mem::take(&mut self.ahead);
        if ahead > 0 {
            notices.push(Notice {
                rule: None,
                kind: NoticeKind::Ahead,
                count: ahead,
            });
        }
        for judge in &mut self.judges {
            let (now, told) = (judge.statistics(), judge.told);
            let counts = [
                (NoticeKind::Evicted, now.losses.evicted - told.losses.evicted),
                (
                    NoticeKind::Saturated,
                    now.losses.saturated - told.losses.saturated,
                ),
                (NoticeKind::Late, now.losses.late - told.losses.late),
                (NoticeKind::Fault, now.faults - told.faults),
                (NoticeKind::Unwatched, now.unwatched - told.unwatched),
            ];
            judge.told = now;
            for (kind, count) in counts.into_iter().filter(|count| count.1 > 0) {
                notices.push(Notice {
                    rule: Some(judge.compiled.rule.id.clone()),
                    kind,
                    count,
                });
            }
        }
        notices
    }
}

impl Judge {
    fn statistics(&self) -> Statistics {
        let mut statistics = self.statistics;
        for window in &self.compiled.windows {
            let losses = window.losses();
            statistics.keys += window.keys();
            statistics.losses.evicted += losses.evicted;
            statistics.losses.saturated += losses.saturated;
            statistics.losses.late += losses.late;
        }
        statistics.unwatched = self.heard.evicted;
        statistics
    }

    fn observe(&mut self, event: &Event, lists: &Lists, limits: Limits, findings: &mut Vec<Finding>) {
        match self.compiled.concerns(event, lists) {
            Ok(true) => {}
            Ok(false) => return,
            Err(_) => {
                self.statistics.faults += 1;
                return;
            }
        }
        self.statistics.events += 1;
        match self.judge(event, lists) {
            Ok(false) => {}
            Ok(true) => self.find(event, lists, limits, findings),
            Err(_) => self.statistics.faults += 1,
        }
        if self.compiled.silence_seconds.is_some() {
            let scope = Scope::new(&self.compiled.program, event, lists, &[]);
            if let Ok(Value::Text(subject)) = scope.value(self.compiled.subject) {
                let sign = Sign {
                    time: event.time,
                    chain: event.chain.clone(),
                    event: event.id.clone(),
                };
                self.heard.hear(&subject, sign, limits.subjects_max);
            }
        }
    }

    /// Asks all windows, whatever the condition needs, so that none misses an event; then the condition.
    fn judge(&mut self, event: &Event, lists: &Lists) -> Result<bool, Fault> {
        let compiled = &mut self.compiled;
        let scope = Scope::new(&compiled.program, event, lists, &[]);
        for ((call, window), answer) in compiled
            .program
            .windows
            .iter()
            .zip(&mut compiled.windows)
            .zip(&mut compiled.answers)
        {
            *answer = ask(call, window, &scope);
        }
        match compiled.condition {
            Some(condition) => {
                Scope::new(&compiled.program, event, lists, &compiled.answers).holds(condition)
            }
            None => Ok(false),
        }
    }

    fn find(&mut self, event: &Event, lists: &Lists, limits: Limits, findings: &mut Vec<Finding>) {
        self.statistics.matches += 1;
        let compiled = &self.compiled;
        let scope = Scope::new(&compiled.program, event, lists, &compiled.answers);
        // A subject that is not known stands as the event: a match is never lost.
        let subject = match scope.value(compiled.subject) {
            Ok(Value::Text(subject)) => subject.into_owned(),
            _ => event.id.to_string(),
        };
        let cooldown = compiled.cooldown_seconds;
        let Some(suppressed) = self
            .found
            .admit(&subject, event.time, cooldown, limits.subjects_max)
        else {
            return;
        };
        self.statistics.findings += 1;
        let value_of = |name: &str| match name {
            "subject" => Some(subject.clone()),
            name => compiled
                .definitions
                .get(name)
                .and_then(|id| scope.value(*id).ok()?.display()),
        };
        let mut finding = blank(&compiled.rule);
        finding.text = Words::new(
            fill(&compiled.rule.text.zh, value_of),
            fill(&compiled.rule.text.en, value_of),
        );
        finding.figures = compiled
            .condition
            .map_or_else(Vec::new, |condition| figures(compiled, &scope, condition));
        finding.evidence = evidence(compiled, &scope, event);
        finding.chain = event.chain.clone();
        finding.event = event.id.clone();
        finding.time = event.time;
        finding.suppressed = suppressed;
        finding.subject = subject;
        findings.push(finding);
    }

    fn find_silent(&mut self, now: u64, findings: &mut Vec<Finding>) {
        let Some(seconds) = self.compiled.silence_seconds else {
            return;
        };
        for _ in 0..SILENT_MAX {
            let Some((subject, sign)) = self.heard.silent(now, seconds) else {
                return;
            };
            self.statistics.matches += 1;
            self.statistics.findings += 1;
            let value_of = |name: &str| (name == "subject").then(|| subject.to_string());
            let rule = &self.compiled.rule;
            let mut finding = blank(rule);
            finding.text = Words::new(fill(&rule.text.zh, value_of), fill(&rule.text.en, value_of));
            finding.figures = vec![Figure {
                expression: "silence".to_owned(),
                value: format!("{}s", now.saturating_sub(sign.time)),
                comparison: "≥".to_owned(),
                limit: rule.silence.clone().unwrap_or_default(),
            }];
            finding.evidence = vec![sign.event.clone()];
            finding.chain = sign.chain;
            finding.event = sign.event;
            finding.time = now;
            finding.subject = subject.into_string();
            findings.push(finding);
        }
    }
}

fn ask(call: &WindowCall, window: &mut Window, scope: &Scope<'_>) -> Result<Option<i128>, Fault> {
    let Value::Text(key) = scope.value(call.key)? else {
        return Ok(None);
    };
    let is_kept = match call.condition {
        Some(condition) => scope.holds(condition)?,
        None => true,
    };
    let value = match call.value {
        Some(value) if is_kept => scope.value(value)?,
        _ => Value::Absent,
    };
    let entry = match (&value, call.value) {
        _ if !is_kept => None,
        (_, None) => Some(Entry::One),
        (Value::Number(number), _) => Some(Entry::Number(*number)),
        (Value::Text(text), _) => Some(Entry::Text(text)),
        _ => None,
    };
    let at = call.at.map(|at| scope.value(at)).transpose()?;
    let at = match &at {
        None => None,
        Some(Value::Text(at)) => Some(&**at),
        // The event is kept, but nobody is asked for.
        Some(_) => Some(""),
    };
    window.take(&Arrival {
        id: &scope.event.id,
        time: scope.event.time,
        key: &key,
        entry,
        at,
    })
}

fn blank(rule: &Rule) -> Finding {
    Finding {
        rule: rule.id.clone(),
        version: rule.version,
        severity: rule.severity,
        mode: rule.mode,
        legal_basis: rule.legal_basis.clone(),
        subject: String::new(),
        chain: "".into(),
        event: "".into(),
        time: 0,
        title: rule.title.clone(),
        text: Words::default(),
        figures: Vec::new(),
        evidence: Vec::new(),
        suppressed: 0,
    }
}

fn figures(compiled: &Compiled, scope: &Scope<'_>, condition: NodeId) -> Vec<Figure> {
    let mut held = Vec::new();
    scope.explain(condition, &mut held);
    // A name alone would explain nothing.
    let expression = |label: &str| match compiled.rule.define.get(label) {
        Some(source) => format!("{label}: {source}"),
        None => label.to_owned(),
    };
    let figure = |held: crate::language::Held| Figure {
        expression: compiled
            .program
            .labels
            .get(&held.node)
            .map_or_else(String::new, |label| expression(label)),
        value: held.left,
        comparison: held.comparison.sign().to_owned(),
        limit: held.right,
    };
    held.into_iter().map(figure).collect()
}

/// The newest events of the windows, the one that was judged last.
fn evidence(compiled: &Compiled, scope: &Scope<'_>, event: &Event) -> Vec<Text> {
    let mut events: Vec<Text> = Vec::new();
    for (call, window) in compiled.program.windows.iter().zip(&compiled.windows) {
        let Ok(Value::Text(key)) = scope.value(call.at.unwrap_or(call.key)) else {
            continue;
        };
        for id in window.evidence(&key) {
            if *id != event.id && !events.contains(id) && events.len() < FINDING_EVIDENCE_MAX - 1 {
                events.push(id.clone());
            }
        }
    }
    events.push(event.id.clone());
    events
}
