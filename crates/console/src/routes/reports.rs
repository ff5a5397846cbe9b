//! Endpoints: reports of a case and of a period, as figures for a page and as files.

use super::{cases, prelude::*};
use crate::{
    api::cases as api,
    cases::{csv, desk::Desk, pdf, report, sheet::Sheet},
    content::masking::Reader,
    guard::Asker,
    problem::{Language, language},
};
use axum::{
    Extension,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};

/// The endpoints.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(period))
        .routes(routes!(period_file))
        .routes(routes!(case_file))
}

fn checked(question: &api::PeriodQuestion) -> Result<(), Problem> {
    let seconds = question.until.checked_sub(question.from);
    if seconds.is_some_and(|seconds| seconds > 0 && seconds <= report::PERIOD_SECONDS_MAX) {
        return Ok(());
    }
    Err(Problem::invalid("until", "after from, at most 400 days"))
}

/// A period in figures: findings, cases, commands with the times to their effect, notices.
#[utoipa::path(
    get,
    path = "/reports/period",
    tag = "cases",
    params(api::PeriodQuestion),
    responses((status = 200, body = api::PeriodReport))
)]
pub async fn period(
    State(console): State<Shared>,
    Extension(asker): Extension<Asker>,
    Parameters(question): Parameters<api::PeriodQuestion>,
) -> Answer<api::PeriodReport> {
    Ok(Json(figures(&console, &asker, &question).await?))
}

async fn figures(
    console: &Shared,
    asker: &Asker,
    question: &api::PeriodQuestion,
) -> Result<api::PeriodReport, Problem> {
    checked(question)?;
    let desk = Desk::open(console).await?;
    let report = report::period(&desk, question.from, question.until).await?;
    let cases = report.cases.iter().map(|case| case.subject.as_str());
    let targets = report
        .commands
        .iter()
        .filter_map(|command| command.target.as_deref());
    let seen: Vec<&str> = cases.chain(targets).collect();
    cases::note(console, asker, "report of a period", &seen).await?;
    Ok(report)
}

/// The report of a period as a file, in the language of the request.
#[utoipa::path(
    get,
    path = "/reports/period/file",
    tag = "cases",
    params(api::PeriodQuestion, api::ReportQuestion),
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>))
)]
pub async fn period_file(
    State(console): State<Shared>,
    Extension(asker): Extension<Asker>,
    headers: HeaderMap,
    Parameters(question): Parameters<api::PeriodQuestion>,
    Parameters(form): Parameters<api::ReportQuestion>,
) -> Result<Response, Problem> {
    let report = figures(&console, &asker, &question).await?;
    let sheet = report::of_period(&console.config.city.name, &report, wanted(&form, &headers));
    let day = |time: &str| time.chars().take(10).collect::<String>();
    let name = format!("supervision-{}-{}", day(&report.from), day(&report.until));
    let reader = Reader::new(&console, &asker, wanted(&form, &headers));
    file(&reader, sheet, form.form, &name).await
}

/// The report of a case as a file, in the language of the request.
#[utoipa::path(
    get,
    path = "/reports/cases/{id}/file",
    tag = "cases",
    params(("id" = u64, Path, description = "Number of the case."), api::ReportQuestion),
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>))
)]
pub async fn case_file(
    State(console): State<Shared>,
    Extension(asker): Extension<Asker>,
    headers: HeaderMap,
    Segments(id): Segments<u64>,
    Parameters(form): Parameters<api::ReportQuestion>,
) -> Result<Response, Problem> {
    let case = cases::detail(&console, &asker, id).await?;
    let sheet = report::of_case(&console.config.city.name, &case, wanted(&form, &headers));
    let reader = Reader::new(&console, &asker, wanted(&form, &headers));
    file(&reader, sheet, form.form, &format!("case-{id}")).await
}

/// The language that was named, or that of the request.
fn wanted(question: &api::ReportQuestion, headers: &HeaderMap) -> Language {
    match question.language {
        Some(api::ReportLanguage::Zh) => Language::Zh,
        Some(api::ReportLanguage::En) => Language::En,
        None => language(headers),
    }
}

/// A report in its form. Words in CSV are masked with all other answers, those on paper before they are set.
async fn file(
    reader: &Reader<'_>,
    sheet: Sheet,
    form: api::ReportForm,
    name: &str,
) -> Result<Response, Problem> {
    let (told, bytes, kind, ending) = match form {
        api::ReportForm::Csv => {
            let bytes = csv::render(&sheet).into_bytes();
            (HeaderMap::new(), bytes, "text/csv; charset=utf-8", "csv")
        }
        api::ReportForm::Pdf => {
            let (sheet, told) = reader.mask(sheet, &format!("{name}.pdf")).await?;
            let printed = tokio::task::spawn_blocking(move || pdf::render(&sheet)).await;
            let printed = printed.map_err(|error| Problem::fault(&error))?;
            let bytes = printed.map_err(|error| Problem::fault(&error))?;
            (told, bytes, "application/pdf", "pdf")
        }
    };
    let disposition = format!("attachment; filename=\"{name}.{ending}\"");
    let disposition = HeaderValue::try_from(disposition).map_err(|error| Problem::fault(&error))?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    Ok((told, headers, bytes).into_response())
}
