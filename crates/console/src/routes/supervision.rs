//! Endpoints: supervision. Findings are about people: every look at them is recorded.

use super::prelude::*;
use crate::{
    api::supervision as api,
    guard::{Asker, session},
    lists::Place,
    reads::actor,
    supervision::{
        findings::{KeptFinding, Wanted},
        judge,
        rules::{Change, RuleVersion},
        store::DayNotice,
        view,
    },
    time::{iso, now},
};
use axum::Extension;
use civitas_supervision::{Engine, Limits, Mode, Rule, RuleError};
use std::collections::BTreeMap;

/// Days of the trend.
const TREND_DAYS: u64 = 30;
const DAY_SECONDS: u64 = 86_400;
/// Notices that are shown.
const NOTICES_MAX: u32 = 50;
/// Acts that are shown of one thing.
pub(super) const ACTS_MAX: u32 = 200;
/// Characters of a reason.
const REASON_CHARACTERS_MAX: usize = 1_000;
/// Bytes of a rule, at most: sixteen expressions of the largest size and the words around them.
const RULE_BYTES_MAX: usize = 96 * 1_024;

/// The endpoints.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(summary))
        .routes(routes!(findings))
        .routes(routes!(finding))
        .routes(routes!(dismiss))
        .routes(routes!(rules, write_rule))
        .routes(routes!(check_rule))
        .routes(routes!(rule))
        .routes(routes!(set_mode))
}

/// What becomes of a change that was not done.
pub(super) fn done(change: Change, what: &str, id: &str) -> Result<(), Problem> {
    match change {
        Change::Done => Ok(()),
        Change::Overtaken => Err(Problem::new(Kind::CONFLICT)),
        Change::Full => Err(Problem::new(Kind::FULL)),
        Change::Missing => Err(Problem::not_found(what, id)),
    }
}

/// A reason, which has to say something.
pub(super) fn reason(text: &str) -> Result<&str, Problem> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > REASON_CHARACTERS_MAX {
        let rule = format!("1 to {REASON_CHARACTERS_MAX} characters");
        return Err(Problem::invalid("reason", &rule));
    }
    Ok(text)
}

/// Supervision at a glance.
#[utoipa::path(
    get,
    path = "/supervision",
    tag = "supervision",
    responses((status = 200, body = api::SupervisionSummary))
)]
pub async fn summary(State(console): State<Shared>) -> Answer<api::SupervisionSummary> {
    let store = &console.supervision.store;
    let counts = store.finding_counts().await?;
    let severities = [
        api::FindingSeverity::Critical,
        api::FindingSeverity::High,
        api::FindingSeverity::Warning,
        api::FindingSeverity::Notice,
    ];
    let count = |severity: api::FindingSeverity, fits: &dyn Fn(&str, &str) -> bool| {
        let word = word(severity);
        counts
            .iter()
            .filter(|count| count.severity == word && fits(&count.mode, &count.state))
            .map(|count| count.count)
            .sum()
    };
    let severities = severities.map(|severity| api::SeverityCount {
        severity,
        active: count(severity, &|mode, state| mode == "active" && state == "open"),
        shadow: count(severity, &|mode, state| mode == "shadow" && state == "open"),
        total: count(severity, &|_, _| true),
    });
    let since = (now() / DAY_SECONDS).saturating_sub(TREND_DAYS - 1) * DAY_SECONDS;
    let judged = store.judged().await?;
    let ledgers = console.index.ledgers().await?.into_iter();
    let ledgers = ledgers.map(|ledger| api::JudgedLedger {
        judged: judged.get(&ledger.name).map(|judged| judged.height),
        ledger: ledger.name,
        indexed: ledger.indexed,
    });
    let at_work = store.rules_at_work().await?;
    let with_mode = |mode: Mode| at_work.iter().filter(|version| version.rule.mode == mode).count() as u64;
    let status = console.supervision.status();
    let notices: Vec<DayNotice> = store.notices(NOTICES_MAX).await?;
    Ok(Json(api::SupervisionSummary {
        severities: severities.into(),
        days: days(store.finding_days(since).await?),
        ledgers: ledgers.collect(),
        notices: notices.into_iter().map(view::notice).collect(),
        replays: status.replays,
        fault: status.fault,
        rules_active: with_mode(Mode::Active),
        rules_shadow: with_mode(Mode::Shadow),
    }))
}

/// A word of the API as the database has it.
fn word(value: impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

fn days(rows: Vec<(u64, String, u64)>) -> Vec<api::FindingDay> {
    let places = ["notice", "warning", "high", "critical"];
    let mut days: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
    for (day, severity, count) in rows {
        let counts = days.entry(day).or_insert_with(|| vec![0; places.len()]);
        let place = places.iter().position(|place| *place == severity);
        if let Some(slot) = place.and_then(|place| counts.get_mut(place)) {
            *slot += count;
        }
    }
    let day = |(day, counts): (u64, Vec<u64>)| api::FindingDay {
        day: iso(day.saturating_mul(DAY_SECONDS)),
        counts,
    };
    days.into_iter().map(day).collect()
}

/// Findings, newest first.
#[utoipa::path(
    get,
    path = "/supervision/findings",
    tag = "supervision",
    params(api::FindingFilter, Paging),
    responses((status = 200, body = page::Page<api::FindingSummary>))
)]
pub async fn findings(
    State(console): State<Shared>,
    Extension(asker): Extension<Asker>,
    Parameters(filter): Parameters<api::FindingFilter>,
    Parameters(paging): Parameters<Paging>,
) -> Answer<page::Page<api::FindingSummary>> {
    let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
    let limit = paging.limit();
    let wanted = Wanted {
        rule: filled(filter.rule),
        severity: filter.severity.map(word),
        mode: filter.mode.map(word),
        state: filter.state.map(word),
        ledger: filled(filter.ledger),
        subject: filled(filter.subject),
        event: filled(filter.event),
        before: Place::read(&paging)?.0,
        limit: limit.saturating_add(1),
    };
    let mut found = console.supervision.store.findings(&wanted).await?;
    let is_full = found.len() > limit as usize;
    found.truncate(limit as usize);
    note(&console, &asker, "findings", &found).await?;
    let next = found
        .last()
        .filter(|_| is_full)
        .map(|last| Place::cursor(last.number));
    Ok(Json(page::Page {
        items: found.iter().map(view::summary).collect(),
        next,
    }))
}

/// Records who looks at findings about whom.
pub(super) async fn note(
    console: &Shared,
    asker: &Asker,
    what: &str,
    found: &[KeptFinding],
) -> Result<(), Problem> {
    let mut seen: Vec<String> = found
        .iter()
        .map(|kept| identity_of(&kept.finding.subject))
        .collect();
    seen.sort();
    seen.dedup();
    console.reads.note(session(asker).ok(), what, &seen).await
}

/// A subject as records name it: the id of an identity, or what else it is.
pub(super) fn identity_of(subject: &str) -> String {
    subject
        .strip_prefix("did:civitas:")
        .map_or_else(|| subject.to_owned(), |id| format!("0x{id}"))
}

pub(super) async fn known(console: &Shared, number: u64) -> Result<KeptFinding, Problem> {
    let kept = console.supervision.store.finding(number).await?;
    kept.ok_or_else(|| Problem::not_found("finding", &number.to_string()))
}

/// One finding, with its figures against the limits and the events behind it.
#[utoipa::path(
    get,
    path = "/supervision/findings/{number}",
    tag = "supervision",
    params(("number" = u64, Path, description = "Its number.")),
    responses((status = 200, body = api::FindingDetail))
)]
pub async fn finding(
    State(console): State<Shared>,
    Extension(asker): Extension<Asker>,
    Segments(number): Segments<u64>,
) -> Answer<api::FindingDetail> {
    let kept = known(&console, number).await?;
    let what = format!("finding {number}");
    note(&console, &asker, &what, std::slice::from_ref(&kept)).await?;
    let store = &console.supervision.store;
    let history = store.acts("finding", &number.to_string(), ACTS_MAX).await?;
    Ok(Json(view::detail(&console, &kept, history).await?))
}

/// Dismisses an open finding: it is none, for a reason.
#[utoipa::path(
    post,
    path = "/supervision/findings/{number}/dismiss",
    tag = "supervision",
    params(("number" = u64, Path, description = "Its number.")),
    request_body = api::Why,
    responses((status = 200, body = api::FindingDetail))
)]
pub async fn dismiss(
    State(console): State<Shared>,
    Extension(asker): Extension<Asker>,
    Segments(number): Segments<u64>,
    Content(why): Content<api::Why>,
) -> Answer<api::FindingDetail> {
    let why = reason(&why.reason)?;
    let kept = known(&console, number).await?;
    if kept.state != "open" {
        return Err(Problem::new(Kind::STATE));
    }
    let store = &console.supervision.store;
    let change = store.dismiss(number, &person(&asker), why).await?;
    done(change, "finding", &number.to_string())?;
    let history = store.acts("finding", &number.to_string(), ACTS_MAX).await?;
    let kept = known(&console, number).await?;
    Ok(Json(view::detail(&console, &kept, history).await?))
}

/// Rules: of each the newest version, and the active one where it is another.
#[utoipa::path(
    get,
    path = "/supervision/rules",
    tag = "supervision",
    responses((status = 200, body = page::Page<api::SupervisionRule>))
)]
pub async fn rules(State(console): State<Shared>) -> Answer<page::Page<api::SupervisionRule>> {
    let versions = console.supervision.store.rules().await?;
    Ok(Json(page::Page::whole(shown(&console, &versions).await?)))
}

async fn shown(console: &Shared, versions: &[RuleVersion]) -> Result<Vec<api::SupervisionRule>, Problem> {
    let counts = console.supervision.store.finding_counts().await?;
    let faulty = console.supervision.status().faulty;
    let shown = versions.iter().map(|version| {
        let own = counts.iter().filter(|count| count.rule == version.rule.id);
        let (mut open, mut all) = (0, 0);
        for count in own {
            all += count.count;
            open += if count.state == "open" { count.count } else { 0 };
        }
        let fault = faulty
            .iter()
            .find(|faulty| faulty.rule == version.rule.id && faulty.version == version.rule.version);
        api::SupervisionRule {
            open,
            findings: all,
            fault: fault.map(|faulty| faulty.error.clone()),
            ..view::version(version)
        }
    });
    Ok(shown.collect())
}

/// All versions of a rule, and what was done to it.
#[utoipa::path(
    get,
    path = "/supervision/rules/{id}",
    tag = "supervision",
    params(("id" = String, Path, description = "The rule.")),
    responses((status = 200, body = api::SupervisionRuleDetail))
)]
pub async fn rule(
    State(console): State<Shared>,
    Segments(id): Segments<String>,
) -> Answer<api::SupervisionRuleDetail> {
    Ok(Json(rule_detail(&console, &id).await?))
}

async fn rule_detail(console: &Shared, id: &str) -> Result<api::SupervisionRuleDetail, Problem> {
    let store = &console.supervision.store;
    let versions = store.versions(id).await?;
    if versions.is_empty() {
        return Err(Problem::not_found("rule", id));
    }
    let history = store.acts("rule", id, ACTS_MAX).await?;
    Ok(api::SupervisionRuleDetail {
        versions: shown(console, &versions).await?,
        history: history.into_iter().map(view::act).collect(),
    })
}

/// Compiles a rule as it would be at work.
pub(super) async fn compile(console: &Shared, rule: &Rule) -> Result<Result<u64, RuleError>, Problem> {
    let bytes = serde_json::to_vec(rule)
        .map_err(|error| Problem::fault(&error))?
        .len();
    if bytes > RULE_BYTES_MAX {
        return Err(Problem::new(Kind::TOO_LARGE).with_detail(format!("at most {RULE_BYTES_MAX} bytes")));
    }
    let lists = console.supervision.store.lists_of_rules().await?;
    let engine = Engine::new(std::slice::from_ref(rule), lists, Limits::default());
    Ok(engine.map(|engine| engine.horizon_seconds()))
}

/// What a refused rule is told.
pub(super) fn refused(error: &RuleError) -> Problem {
    let fault = view::fault(error);
    let mut problem = Problem::new(Kind::RULE)
        .with_detail(error.to_string())
        .with("part", fault.part)
        .with("message", fault.message);
    if let (Some(line), Some(column)) = (fault.line, fault.column) {
        problem = problem.with("line", line).with("column", column);
    }
    problem
}

/// Says whether a rule compiles, and where it does not.
#[utoipa::path(
    post,
    path = "/supervision/rules/check",
    tag = "supervision",
    request_body = api::SupervisionRuleDraft,
    responses((status = 200, body = api::RuleCheck))
)]
pub async fn check_rule(
    State(console): State<Shared>,
    Content(draft): Content<api::SupervisionRuleDraft>,
) -> Answer<api::RuleCheck> {
    let compiled = compile(&console, &view::rule_of(draft, 1)).await?;
    Ok(Json(api::RuleCheck {
        horizon_seconds: compiled.as_ref().ok().copied(),
        fault: compiled.err().map(|error| view::fault(&error)),
    }))
}

/// Writes a version of a rule, on trial. An older one on trial is retired; an active one stays active beside it.
#[utoipa::path(
    post,
    path = "/supervision/rules",
    tag = "supervision",
    request_body = api::NewRuleVersion,
    responses((status = 200, body = api::SupervisionRuleDetail))
)]
pub async fn write_rule(
    State(console): State<Shared>,
    Extension(asker): Extension<Asker>,
    Content(new): Content<api::NewRuleVersion>,
) -> Answer<api::SupervisionRuleDetail> {
    let rule = view::rule_of(new.rule, new.based_on.saturating_add(1));
    compile(&console, &rule).await?.map_err(|error| refused(&error))?;
    let by = person(&asker);
    let change = console
        .supervision
        .store
        .write_rule(&rule, new.based_on, &by)
        .await?;
    done(change, "rule", &rule.id)?;
    Ok(Json(rule_detail(&console, &rule.id).await?))
}

/// Sets the mode of a version. Who wrote it does not make it active.
#[utoipa::path(
    post,
    path = "/supervision/rules/{id}/versions/{version}/mode",
    tag = "supervision",
    params(
        ("id" = String, Path, description = "The rule."),
        ("version" = u32, Path, description = "The version.")
    ),
    request_body = api::NewMode,
    responses((status = 200, body = api::SupervisionRuleDetail))
)]
pub async fn set_mode(
    State(console): State<Shared>,
    Extension(asker): Extension<Asker>,
    Segments((id, version)): Segments<(String, u32)>,
    Content(new): Content<api::NewMode>,
) -> Answer<api::SupervisionRuleDetail> {
    let why = reason(&new.reason)?;
    let store = &console.supervision.store;
    let versions = store.versions(&id).await?;
    let known = versions
        .iter()
        .find(|known| known.rule.version == version)
        .ok_or_else(|| Problem::not_found("rule", &format!("{id} {version}")))?;
    let mode = view::mode_of(new.mode);
    if known.rule.mode == mode {
        return Err(Problem::new(Kind::STATE));
    }
    if mode == Mode::Active && person(&asker) == known.written_by {
        return Err(Problem::new(Kind::OTHER_PERSON));
    }
    if mode != Mode::Retired {
        let lists = store.lists_of_rules().await?;
        judge::compiled(&known.rule, &lists).map_err(|error| refused(&error))?;
    }
    let by = person(&asker);
    done(store.set_mode(known, mode, &by, why).await?, "rule", &id)?;
    Ok(Json(rule_detail(&console, &id).await?))
}

/// Who asks, as a person: by the identity where there is one, so that nobody is two persons by two accounts.
pub(super) fn person(asker: &Asker) -> String {
    let did = asker.0.as_ref().and_then(|session| session.did());
    did.unwrap_or_else(|| actor(asker.0.as_ref()))
}
