//! Endpoints: rules of supervision over history. What they find is about people: looks at it are recorded.

use super::{
    prelude::*,
    supervision::{compile, person, refused},
};
use crate::{
    api::supervision as api,
    guard::{Asker, session},
    supervision::{backtests::Test, view},
    time::now,
};
use axum::Extension;

/// The endpoints.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(back_tests, start_back_test))
        .routes(routes!(back_test, cancel_back_test))
}

/// Back-tests of the last day, newest first.
#[utoipa::path(
    get,
    path = "/supervision/back-tests",
    tag = "supervision",
    responses((status = 200, body = page::Page<api::BackTestDetail>))
)]
pub async fn back_tests(
    State(console): State<Shared>,
    Extension(asker): Extension<Asker>,
) -> Answer<page::Page<api::BackTestDetail>> {
    console
        .reads
        .note(session(&asker).ok(), "back-tests", &[])
        .await?;
    let mut items = Vec::new();
    for job in console.supervision.back_tests.all() {
        items.push(view::back_test(&console, &job).await?);
    }
    Ok(Json(page::Page::whole(items)))
}

/// Runs a rule over the history in the index, in the background.
#[utoipa::path(
    post,
    path = "/supervision/back-tests",
    tag = "supervision",
    request_body = api::NewBackTest,
    responses((status = 200, body = api::BackTestDetail))
)]
pub async fn start_back_test(
    State(console): State<Shared>,
    Extension(asker): Extension<Asker>,
    Content(new): Content<api::NewBackTest>,
) -> Answer<api::BackTestDetail> {
    let rule = view::rule_of(new.rule, 1);
    compile(&console, &rule).await?.map_err(|error| refused(&error))?;
    let test = Test {
        rule,
        lists: console.supervision.store.lists_of_rules().await?,
        from: seconds("from", new.from.as_deref())?.unwrap_or(0),
        until: seconds("until", new.until.as_deref())?.unwrap_or_else(now),
        ledgers: new.ledgers,
        actor: person(&asker),
    };
    if test.from > test.until {
        return Err(Problem::invalid("from", "not after until"));
    }
    let job = console.supervision.back_tests.start(console.index.clone(), test);
    let job = job.ok_or_else(|| Problem::new(Kind::FULL).with_detail("two back-tests are running"))?;
    Ok(Json(view::back_test(&console, &job).await?))
}

/// A time that a client named, in seconds since 1970.
fn seconds(field: &str, text: Option<&str>) -> Result<Option<u64>, Problem> {
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let time = humantime::parse_rfc3339_weak(text)
        .ok()
        .and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
    time.map(|time| Some(time.as_secs()))
        .ok_or_else(|| Problem::invalid(field, "a time like 2026-11-30T08:00:00Z"))
}

/// One back-test: how far it is, or what it found.
#[utoipa::path(
    get,
    path = "/supervision/back-tests/{number}",
    tag = "supervision",
    params(("number" = u64, Path, description = "Its number.")),
    responses((status = 200, body = api::BackTestDetail))
)]
pub async fn back_test(
    State(console): State<Shared>,
    Extension(asker): Extension<Asker>,
    Segments(number): Segments<u64>,
) -> Answer<api::BackTestDetail> {
    let job = console.supervision.back_tests.get(number);
    let job = job.ok_or_else(|| Problem::not_found("back-test", &number.to_string()))?;
    let what = format!("back-test {number}");
    console.reads.note(session(&asker).ok(), &what, &[]).await?;
    Ok(Json(view::back_test(&console, &job).await?))
}

/// Stops a back-test.
#[utoipa::path(
    delete,
    path = "/supervision/back-tests/{number}",
    tag = "supervision",
    params(("number" = u64, Path, description = "Its number.")),
    responses((status = 204, description = "It ends."))
)]
pub async fn cancel_back_test(
    State(console): State<Shared>,
    Segments(number): Segments<u64>,
) -> Result<StatusCode, Problem> {
    let job = console.supervision.back_tests.cancel(number);
    job.ok_or_else(|| Problem::not_found("back-test", &number.to_string()))?;
    Ok(StatusCode::NO_CONTENT)
}
