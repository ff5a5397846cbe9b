//! From what supervision keeps to what clients see, and back.

use super::{
    backtests::{Job, Outcome},
    findings::KeptFinding,
    rules::{Act, NamedList, RuleVersion},
    store::{DayNotice, kind_word},
};
use crate::{api::supervision::*, problem::Problem, state::Console, time::iso};
use civitas_supervision::{
    Figure, Finding, Mode, Notice, Rule, RuleError, Severity, Text, Words, backtest::Report,
};
use std::sync::atomic::Ordering;

const DAY_SECONDS: u64 = 86_400;

/// The severity of a rule.
pub const fn severity(severity: Severity) -> FindingSeverity {
    match severity {
        Severity::Notice => FindingSeverity::Notice,
        Severity::Warning => FindingSeverity::Warning,
        Severity::High => FindingSeverity::High,
        Severity::Critical => FindingSeverity::Critical,
    }
}

/// The severity that a client named.
pub const fn severity_of(severity: FindingSeverity) -> Severity {
    match severity {
        FindingSeverity::Notice => Severity::Notice,
        FindingSeverity::Warning => Severity::Warning,
        FindingSeverity::High => Severity::High,
        FindingSeverity::Critical => Severity::Critical,
    }
}

/// The mode of a rule.
pub const fn mode(mode: Mode) -> RuleMode {
    match mode {
        Mode::Shadow => RuleMode::Shadow,
        Mode::Active => RuleMode::Active,
        Mode::Retired => RuleMode::Retired,
    }
}

/// The mode that a client named.
pub const fn mode_of(mode: RuleMode) -> Mode {
    match mode {
        RuleMode::Shadow => Mode::Shadow,
        RuleMode::Active => Mode::Active,
        RuleMode::Retired => Mode::Retired,
    }
}

fn both(words: &Words) -> BothLanguages {
    BothLanguages {
        zh: words.zh.clone(),
        en: words.en.clone(),
    }
}

/// A rule as it was written.
pub fn draft(rule: &Rule) -> SupervisionRuleDraft {
    SupervisionRuleDraft {
        id: rule.id.clone(),
        owner: rule.owner.clone(),
        legal_basis: rule.legal_basis.clone(),
        severity: severity(rule.severity),
        title: both(&rule.title),
        text: both(&rule.text),
        when: rule.when.clone(),
        subject: rule.subject.clone(),
        define: rule.define.clone(),
        condition: rule.condition.clone(),
        silence: rule.silence.clone(),
        cooldown: rule.cooldown.clone(),
    }
}

/// The rule that a client wrote, on trial.
pub fn rule_of(draft: SupervisionRuleDraft, version: u32) -> Rule {
    let filled = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    Rule {
        id: draft.id,
        version,
        owner: draft.owner,
        legal_basis: draft.legal_basis,
        severity: severity_of(draft.severity),
        mode: Mode::Shadow,
        title: Words::new(draft.title.zh, draft.title.en),
        text: Words::new(draft.text.zh, draft.text.en),
        when: filled(draft.when),
        subject: draft.subject,
        define: draft.define,
        condition: filled(draft.condition),
        silence: filled(draft.silence),
        cooldown: filled(draft.cooldown),
    }
}

/// A version of a rule.
pub fn version(version: &RuleVersion) -> SupervisionRule {
    SupervisionRule {
        version: version.rule.version,
        mode: mode(version.rule.mode),
        rule: draft(&version.rule),
        written_by: version.written_by.clone(),
        written_at: iso(version.written_at),
        open: 0,
        findings: 0,
        fault: None,
    }
}

/// Something that was done.
pub fn act(act: Act) -> SupervisionAct {
    SupervisionAct {
        number: act.number,
        at: iso(act.at),
        actor: act.actor,
        act: act.act,
        detail: act.detail,
    }
}

/// What is wrong with a rule, where.
pub fn fault(error: &RuleError) -> RuleFault {
    let whole = |part: &str, message: String| RuleFault {
        part: part.to_owned(),
        line: None,
        column: None,
        message,
        expected: None,
        found: None,
    };
    let (part, position, message, expected, found) = match error {
        RuleError::Syntax {
            part,
            position,
            message,
            ..
        }
        | RuleError::Refused {
            part,
            position,
            message,
            ..
        } => (part, position, message.clone(), None, None),
        RuleError::Type {
            part,
            position,
            expected,
            found,
            ..
        } => {
            let message = format!("expected {expected}, found {found}");
            (part, position, message, Some(expected), Some(found))
        }
        RuleError::Unknown {
            part,
            position,
            name,
            known,
            ..
        } => {
            let message = format!("{name} is not known; there are: {known}");
            (part, position, message, Some(known), Some(name))
        }
        RuleError::Field { field, message, .. } => return whole(field, message.clone()),
        other => return whole("", other.to_string()),
    };
    RuleFault {
        line: Some(position.line as u64),
        column: Some(position.column as u64),
        expected: expected.cloned(),
        found: found.cloned(),
        ..whole(part, message)
    }
}

fn figures(figures: &[Figure]) -> Vec<FindingFigure> {
    let figure = |figure: &Figure| FindingFigure {
        expression: figure.expression.clone(),
        value: figure.value.clone(),
        comparison: figure.comparison.clone(),
        limit: figure.limit.clone(),
    };
    figures.iter().map(figure).collect()
}

fn state(word: &str) -> FindingState {
    match word {
        "dismissed" => FindingState::Dismissed,
        _ => FindingState::Open,
    }
}

/// A finding in a list.
pub fn summary(kept: &KeptFinding) -> FindingSummary {
    let finding = &kept.finding;
    FindingSummary {
        number: kept.number,
        rule: finding.rule.clone(),
        version: finding.version,
        severity: severity(finding.severity),
        mode: mode(finding.mode),
        state: state(&kept.state),
        subject: finding.subject.clone(),
        ledger: finding.chain.to_string(),
        at: iso(finding.time),
        found_at: iso(kept.found_at),
        title: both(&finding.title),
        text: both(&finding.text),
    }
}

/// A finding with what is behind it.
///
/// # Errors
/// The index does not answer.
pub async fn detail(
    console: &Console,
    kept: &KeptFinding,
    history: Vec<Act>,
) -> Result<FindingDetail, Problem> {
    let mut events = Vec::new();
    for id in &kept.finding.evidence {
        events.push(evidence(console, id).await?);
    }
    Ok(FindingDetail {
        summary: summary(kept),
        legal_basis: kept.finding.legal_basis.clone(),
        figures: figures(&kept.finding.figures),
        event: evidence(console, &kept.finding.event).await?,
        evidence: events,
        suppressed: kept.finding.suppressed,
        history: history.into_iter().map(act).collect(),
    })
}

/// Where an event happened: its id says the block and the place of its transaction (`translate`).
///
/// # Errors
/// The index does not answer.
async fn evidence(console: &Console, id: &Text) -> Result<FindingEvidence, Problem> {
    let mut parts = id.splitn(4, '/');
    let ledger = parts.next().unwrap_or_default().to_owned();
    let height = parts.next().and_then(|height| height.parse().ok());
    let index = parts.next().and_then(|index| index.parse().ok());
    let transaction = match (height, index) {
        (Some(height), Some(index)) => console.index.hash_at(&ledger, height, index).await?,
        _ => None,
    };
    Ok(FindingEvidence {
        event: id.to_string(),
        ledger,
        height,
        transaction: transaction.map(|hash| hash.to_string()),
    })
}

/// A notice.
pub fn notice(notice: DayNotice) -> SupervisionNotice {
    SupervisionNotice {
        day: iso(notice.day.saturating_mul(DAY_SECONDS)),
        rule: Some(notice.rule).filter(|rule| !rule.is_empty()),
        kind: notice.kind,
        count: notice.count,
    }
}

/// A list in a list.
pub fn list(list: &NamedList) -> NamedListSummary {
    NamedListSummary {
        name: list.name.clone(),
        version: list.version,
        count: list.entries.len() as u64,
        changed_by: list.changed_by.clone(),
        changed_at: iso(list.changed_at),
    }
}

/// A back-test.
///
/// # Errors
/// The index does not answer.
pub async fn back_test(console: &Console, job: &Job) -> Result<BackTestDetail, Problem> {
    let (state, fault, found) = match job.outcome() {
        Outcome::Running => (BackTestState::Running, None, None),
        Outcome::Cancelled => (BackTestState::Cancelled, None, None),
        Outcome::Failed(words) => (BackTestState::Failed, Some(words), None),
        Outcome::Done(found, is_cut) => (
            BackTestState::Done,
            None,
            Some(report(console, &found, is_cut).await?),
        ),
    };
    Ok(BackTestDetail {
        number: job.number,
        rule: draft(&job.test.rule),
        state,
        began: iso(job.began),
        actor: job.test.actor.clone(),
        judged: job.judged.load(Ordering::Relaxed),
        blocks: job.blocks.load(Ordering::Relaxed),
        fault,
        report: found,
    })
}

async fn report(console: &Console, report: &Report, is_cut: bool) -> Result<BackTestReport, Problem> {
    let Some(own) = report.rules.first() else {
        return Err(Problem::invalid("rule", "a rule that is not retired"));
    };
    let mut samples = Vec::new();
    for finding in &own.samples {
        samples.push(sample(console, finding).await?);
    }
    let today = crate::time::now() / DAY_SECONDS;
    let noticed = |told: &Notice| {
        notice(DayNotice {
            day: today,
            rule: told.rule.clone().unwrap_or_default(),
            kind: kind_word(told.kind).to_owned(),
            count: told.count,
        })
    };
    let known = |time: u64| (report.events > 0).then(|| iso(time));
    Ok(BackTestReport {
        events: report.events,
        concerned: own.statistics.events,
        matches: own.statistics.matches,
        findings: own.statistics.findings,
        faults: own.statistics.faults,
        first: known(report.first),
        last: known(report.last),
        full_from: known(report.full_from),
        days: own
            .by_day
            .iter()
            .map(|(day, count)| DayCount {
                day: iso(day.saturating_mul(DAY_SECONDS)),
                count: *count,
            })
            .collect(),
        samples,
        notices: report.notices.iter().map(noticed).collect(),
        milliseconds: u64::try_from(report.took.as_millis()).unwrap_or(u64::MAX),
        is_cut,
    })
}

async fn sample(console: &Console, finding: &Finding) -> Result<SampleFinding, Problem> {
    Ok(SampleFinding {
        subject: finding.subject.clone(),
        ledger: finding.chain.to_string(),
        at: iso(finding.time),
        text: both(&finding.text),
        figures: figures(&finding.figures),
        event: evidence(console, &finding.event).await?,
    })
}
