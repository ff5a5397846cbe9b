//! Endpoints: cases, their commands and notices. What is about people is recorded, as everywhere.

use super::{prelude::*, supervision};
use crate::{
    api::cases as api,
    cases::{
        canonical,
        desk::{Desk, WantedCommands},
        store::TEXT_CHARACTERS_MAX,
        subjects, timeline, view,
    },
    chain_view::id_of,
    guard::{Asker, session},
    lists::Place,
    registries::ask,
    time::now,
};
use alloy_primitives::{Address, B256};
use axum::Extension;
use civitas_system_contracts::{
    address::{CASES, ROLES},
    interfaces::{
        ICases,
        IRoles::{self, GrantStatus, ScopeKind},
    },
};
use std::collections::BTreeSet;

/// Characters of a subject that is asked about.
const SUBJECT_CHARACTERS_MAX: usize = 256;

/// The endpoints.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(cases))
        .routes(routes!(subject))
        .routes(routes!(case))
        .routes(routes!(finding_document))
        .routes(routes!(commands))
        .routes(routes!(command))
        .routes(routes!(notices))
        .routes(routes!(keep_text))
        .routes(routes!(my_notices))
}

/// Cases, newest first.
#[utoipa::path(
    get,
    path = "/cases",
    tag = "cases",
    params(api::CaseFilter, Paging),
    responses((status = 200, body = page::Page<api::CaseSummary>))
)]
pub async fn cases(
    State(console): State<Shared>,
    Extension(asker): Extension<Asker>,
    Parameters(filter): Parameters<api::CaseFilter>,
    Parameters(paging): Parameters<Paging>,
) -> Answer<page::Page<api::CaseSummary>> {
    let place = Place::read(&paging)?;
    let desk = Desk::open(&console).await?;
    let found = desk.cases(&filter, place, paging.limit()).await?;
    let seen: Vec<&str> = found.items.iter().map(|case| case.subject.as_str()).collect();
    note(&console, &asker, "cases", &seen).await?;
    Ok(Json(found))
}

/// What the city knows about somebody whom a command could be about.
#[utoipa::path(
    get,
    path = "/cases/subject",
    tag = "cases",
    params(api::SubjectQuestion),
    responses((status = 200, body = api::SubjectDetail))
)]
pub async fn subject(
    State(console): State<Shared>,
    Extension(asker): Extension<Asker>,
    Parameters(question): Parameters<api::SubjectQuestion>,
) -> Answer<api::SubjectDetail> {
    let named = question.subject.trim();
    if named.is_empty() || named.chars().count() > SUBJECT_CHARACTERS_MAX {
        let rule = format!("1 to {SUBJECT_CHARACTERS_MAX} characters");
        return Err(Problem::invalid("subject", &rule));
    }
    note(&console, &asker, "subject of a case", &[named]).await?;
    let desk = Desk::open(&console).await?;
    let detail = subjects::detail(&desk, &asker, named).await?;
    if let Some(identity) = &detail.identity {
        note(&console, &asker, "subject of a case", &[identity]).await?;
    }
    Ok(Json(detail))
}

/// One case with evidence, commands, notices and its timeline.
#[utoipa::path(
    get,
    path = "/cases/{id}",
    tag = "cases",
    params(("id" = u64, Path, description = "Its number.")),
    responses((status = 200, body = api::CaseDetail))
)]
pub async fn case(
    State(console): State<Shared>,
    Extension(asker): Extension<Asker>,
    Segments(id): Segments<u64>,
) -> Answer<api::CaseDetail> {
    Ok(Json(detail(&console, &asker, id).await?))
}

/// A case with all that belongs to it; the look at it is recorded.
pub(super) async fn detail(console: &Shared, asker: &Asker, id: u64) -> Result<api::CaseDetail, Problem> {
    let desk = Desk::open(console).await?;
    let whole = desk.whole(id).await?;
    note(console, asker, &format!("case {id}"), &[&whole.case.subject]).await?;
    let commands = desk.shown(&whole.commands).await?;
    let notices = desk.noticed(&whole.notices).await?;
    let (timeline, outcome) = timeline::of(&desk, &whole, &commands).await;
    Ok(api::CaseDetail {
        summary: view::case(&whole.case),
        outcome,
        evidence: whole.evidence.iter().map(view::evidence).collect(),
        commands,
        notices,
        timeline,
        is_cut: whole.is_cut,
    })
}

/// A finding as evidence: the document, and its hash.
#[utoipa::path(
    get,
    path = "/supervision/findings/{number}/document",
    tag = "cases",
    params(("number" = u64, Path, description = "Its number.")),
    responses((status = 200, body = api::FindingDocument))
)]
pub async fn finding_document(
    State(console): State<Shared>,
    Extension(asker): Extension<Asker>,
    Segments(number): Segments<u64>,
) -> Answer<api::FindingDocument> {
    let kept = supervision::known(&console, number).await?;
    let what = format!("finding {number}");
    supervision::note(&console, &asker, &what, std::slice::from_ref(&kept)).await?;
    let document = canonical::document(&kept).map_err(|error| Problem::fault(&error))?;
    let finding = &kept.finding;
    Ok(Json(api::FindingDocument {
        reference: canonical::reference(number),
        hash: canonical::hash(&document).to_string(),
        subject: subjects::of_finding(&console, &finding.subject, &finding.chain).await?,
        document,
    }))
}

/// Commands, newest first.
#[utoipa::path(
    get,
    path = "/commands",
    tag = "cases",
    params(api::CommandFilter, Paging),
    responses((status = 200, body = page::Page<api::CaseCommand>))
)]
pub async fn commands(
    State(console): State<Shared>,
    Extension(asker): Extension<Asker>,
    Parameters(filter): Parameters<api::CommandFilter>,
    Parameters(paging): Parameters<Paging>,
) -> Answer<page::Page<api::CaseCommand>> {
    let place = Place::read(&paging)?;
    let desk = Desk::open(&console).await?;
    let chain = filter.chain.as_deref().filter(|chain| !chain.is_empty());
    let wanted = WantedCommands {
        state: filter.state,
        chain: chain.map(|chain| {
            if chain == desk.here {
                B256::ZERO
            } else {
                id_of(chain)
            }
        }),
        case: filter.case,
    };
    let found = desk.commands(wanted, place, paging.limit()).await?;
    let seen: Vec<&str> = found
        .items
        .iter()
        .filter_map(|command| command.target.as_deref())
        .collect();
    note(&console, &asker, "commands", &seen).await?;
    Ok(Json(found))
}

/// One command.
#[utoipa::path(
    get,
    path = "/commands/{id}",
    tag = "cases",
    params(("id" = u64, Path, description = "Its number.")),
    responses((status = 200, body = api::CaseCommand))
)]
pub async fn command(
    State(console): State<Shared>,
    Extension(asker): Extension<Asker>,
    Segments(id): Segments<u64>,
) -> Answer<api::CaseCommand> {
    let desk = Desk::open(&console).await?;
    let entry = ask(&desk.main, CASES, &ICases::commandOfCall { id }).await?;
    let shown = desk.shown(std::slice::from_ref(&entry)).await?;
    let shown = shown.into_iter().next().ok_or(Problem::new(Kind::FAULT))?;
    let seen: Vec<&str> = shown.target.as_deref().into_iter().collect();
    note(&console, &asker, &format!("command {id}"), &seen).await?;
    Ok(Json(shown))
}

/// Notices to organisations, newest first.
#[utoipa::path(
    get,
    path = "/notices",
    tag = "cases",
    params(api::NoticeFilter, Paging),
    responses((status = 200, body = page::Page<api::CaseNotice>))
)]
pub async fn notices(
    State(console): State<Shared>,
    Extension(asker): Extension<Asker>,
    Parameters(filter): Parameters<api::NoticeFilter>,
    Parameters(paging): Parameters<Paging>,
) -> Answer<page::Page<api::CaseNotice>> {
    let place = Place::read(&paging)?;
    note(&console, &asker, "notices", &[]).await?;
    let only_open = filter.unanswered.unwrap_or_default();
    let fits = |notice: &ICases::Notice| !only_open || notice.repliedAt == 0;
    let desk = Desk::open(&console).await?;
    Ok(Json(desk.notices(fits, place, paging.limit()).await?))
}

/// Keeps the text of a notice, before its hash goes to the ledger. Who may see the notice then sees the text.
#[utoipa::path(
    post,
    path = "/notices/texts",
    tag = "cases",
    request_body = api::NoticeText,
    responses((status = 200, body = api::KeptText))
)]
pub async fn keep_text(
    State(console): State<Shared>,
    Extension(asker): Extension<Asker>,
    Content(text): Content<api::NoticeText>,
) -> Answer<api::KeptText> {
    let words = text.text.trim();
    if words.is_empty() || words.chars().count() > TEXT_CHARACTERS_MAX {
        let rule = format!("1 to {} characters", TEXT_CHARACTERS_MAX);
        return Err(Problem::invalid("text", &rule));
    }
    let by = supervision::person(&asker);
    let hash = console.supervision.store.keep_text(words, &by).await?;
    Ok(Json(api::KeptText {
        hash: hash.to_string(),
    }))
}

/// Notices to the organisations in which one has a role, newest first.
#[utoipa::path(
    get,
    path = "/me/notices",
    tag = "me",
    params(Paging),
    responses((status = 200, body = page::Page<api::CaseNotice>))
)]
pub async fn my_notices(
    State(console): State<Shared>,
    Extension(asker): Extension<Asker>,
    Parameters(paging): Parameters<Paging>,
) -> Answer<page::Page<api::CaseNotice>> {
    let place = Place::read(&paging)?;
    let desk = Desk::open(&console).await?;
    let own = organisations(&desk, &asker).await?;
    if own.is_empty() {
        return Ok(Json(page::Page::whole(Vec::new())));
    }
    let fits = |notice: &ICases::Notice| own.contains(&notice.organisation);
    Ok(Json(desk.notices(fits, place, paging.limit()).await?))
}

/// The organisations in which who asks has a role in force.
async fn organisations(desk: &Desk<'_>, asker: &Asker) -> Result<BTreeSet<B256>, Problem> {
    let session = session(asker)?;
    let account = session.account.map(|account: Address| account.into_word());
    let mut own = BTreeSet::new();
    for subject in account.into_iter().chain(session.identity) {
        let grants = ask(&desk.main, ROLES, &IRoles::grantsOfCall { subject }).await?;
        let time = now();
        let in_force = grants.into_iter().filter(|grant| {
            grant.status == GrantStatus::InForce
                && grant.scope.kind == ScopeKind::Organisation
                && (grant.expiry == 0 || grant.expiry > time)
        });
        own.extend(in_force.map(|grant| grant.scope.value));
    }
    Ok(own)
}

/// Records who looks at what is about whom: identities by their id.
pub(super) async fn note(
    console: &Shared,
    asker: &Asker,
    what: &str,
    subjects: &[&str],
) -> Result<(), Problem> {
    let mut seen: Vec<String> = subjects
        .iter()
        .map(|subject| supervision::identity_of(subject))
        .collect();
    seen.sort();
    seen.dedup();
    console.reads.note(session(asker).ok(), what, &seen).await
}
