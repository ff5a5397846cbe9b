//! Endpoints: alarms.

use super::prelude::*;
use crate::{extract::Text, guard::Asker, reads::actor};
use axum::{Extension, http::header, response::IntoResponse};
use civitas_monitor::api as monitor;

/// Which version is replaced.
#[derive(Clone, Debug, serde::Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Version {
    /// The version that the change was made from; another one in between is a conflict.
    pub version: u64,
}

/// Words to an acknowledgement.
#[derive(Clone, Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Comment {
    /// The words.
    #[serde(default)]
    #[schema(max_length = 500)]
    pub comment: String,
}

/// How a file of rules is taken in.
#[derive(Clone, Debug, serde::Deserialize, utoipa::IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct Import {
    /// Only say what would become of it.
    #[serde(default)]
    pub dry_run: bool,
}

/// The endpoints.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(rules, create_rule))
        .routes(routes!(rule, replace_rule, delete_rule))
        .routes(routes!(export_rules))
        .routes(routes!(import_rules))
        .routes(routes!(firing))
        .routes(routes!(history))
        .routes(routes!(silences))
        .routes(routes!(end_silence))
        .routes(routes!(silence))
        .routes(routes!(acknowledge))
}

/// Rules of alarms.
#[utoipa::path(
    get,
    path = "/alarms",
    tag = "alarms",
    responses((status = 200, body = page::Page<monitor::Rule>))
)]
pub async fn rules(State(console): State<Shared>) -> Answer<page::Page<monitor::Rule>> {
    Ok(Json(page::Page::whole(console.monitor.rules())))
}

/// Makes a rule.
#[utoipa::path(
    post,
    path = "/alarms",
    tag = "alarms",
    request_body = monitor::RuleDraft,
    responses((status = 200, body = monitor::Rule))
)]
pub async fn create_rule(
    State(console): State<Shared>,
    Extension(asker): Extension<Asker>,
    Content(draft): Content<monitor::RuleDraft>,
) -> Answer<monitor::Rule> {
    Ok(Json(
        console
            .monitor
            .create_rule(draft, &actor(asker.0.as_ref()))
            .await?,
    ))
}

/// One rule.
#[utoipa::path(
    get,
    path = "/alarms/{id}",
    tag = "alarms",
    params(("id" = String, Path, description = "The rule.")),
    responses((status = 200, body = monitor::Rule))
)]
pub async fn rule(State(console): State<Shared>, Segments(id): Segments<String>) -> Answer<monitor::Rule> {
    Ok(Json(console.monitor.rule(&id)?))
}

/// Replaces a rule.
#[utoipa::path(
    put,
    path = "/alarms/{id}",
    tag = "alarms",
    params(("id" = String, Path, description = "The rule."), Version),
    request_body = monitor::RuleDraft,
    responses((status = 200, body = monitor::Rule))
)]
pub async fn replace_rule(
    State(console): State<Shared>,
    Extension(asker): Extension<Asker>,
    Segments(id): Segments<String>,
    Parameters(version): Parameters<Version>,
    Content(draft): Content<monitor::RuleDraft>,
) -> Answer<monitor::Rule> {
    let by = actor(asker.0.as_ref());
    Ok(Json(
        console
            .monitor
            .replace_rule(&id, version.version, draft, &by)
            .await?,
    ))
}

/// Deletes a rule.
#[utoipa::path(
    delete,
    path = "/alarms/{id}",
    tag = "alarms",
    params(("id" = String, Path, description = "The rule.")),
    responses((status = 204, description = "Done."))
)]
pub async fn delete_rule(
    State(console): State<Shared>,
    Extension(asker): Extension<Asker>,
    Segments(id): Segments<String>,
) -> Result<StatusCode, Problem> {
    console.monitor.delete_rule(&id, &actor(asker.0.as_ref())).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// All rules as YAML: a rule file of Prometheus, with what it has no words for in annotations and a second document.
#[utoipa::path(
    get,
    path = "/alarms/export",
    tag = "alarms",
    responses((status = 200, body = String, content_type = "application/yaml"))
)]
pub async fn export_rules(State(console): State<Shared>) -> Result<impl IntoResponse, Problem> {
    let headers = [
        (header::CONTENT_TYPE, "application/yaml; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"alarms.yml\""),
    ];
    Ok((headers, console.monitor.export_rules()?))
}

/// Takes in rules of a file as Prometheus has them, or as the export gives them: all of them, or none. Rules of the same
/// name are replaced.
#[utoipa::path(
    post,
    path = "/alarms/import",
    tag = "alarms",
    params(Import),
    request_body(content((String = "application/yaml"), (String = "application/json"))),
    responses((status = 200, body = monitor::RulesImport))
)]
pub async fn import_rules(
    State(console): State<Shared>,
    Extension(asker): Extension<Asker>,
    Parameters(import): Parameters<Import>,
    Text(yaml): Text,
) -> Answer<monitor::RulesImport> {
    let by = actor(asker.0.as_ref());
    Ok(Json(if import.dry_run {
        console.monitor.would_import_rules(&yaml, &by).await?
    } else {
        console.monitor.import_rules(&yaml, &by).await?
    }))
}

/// Alarms that ring or soon may, the gravest first.
#[utoipa::path(
    get,
    path = "/alarms/firing",
    tag = "alarms",
    responses((status = 200, body = page::Page<monitor::Alarm>))
)]
pub async fn firing(State(console): State<Shared>) -> Answer<page::Page<monitor::Alarm>> {
    Ok(Json(page::Page::whole(console.monitor.alarms())))
}

/// What became of alarms, newest first.
#[utoipa::path(
    get,
    path = "/alarms/history",
    tag = "alarms",
    params(monitor::HistoryParameters),
    responses((status = 200, body = monitor::Page<monitor::HistoryEntry>))
)]
pub async fn history(
    State(console): State<Shared>,
    Parameters(question): Parameters<monitor::HistoryParameters>,
) -> Answer<monitor::Page<monitor::HistoryEntry>> {
    Ok(Json(console.monitor.history(question)?))
}

/// Silences that hold.
#[utoipa::path(
    get,
    path = "/alarms/silences",
    tag = "alarms",
    responses((status = 200, body = page::Page<monitor::Silence>))
)]
pub async fn silences(State(console): State<Shared>) -> Answer<page::Page<monitor::Silence>> {
    Ok(Json(page::Page::whole(console.monitor.silences())))
}

/// Ends a silence.
#[utoipa::path(
    delete,
    path = "/alarms/silences/{id}",
    tag = "alarms",
    params(("id" = String, Path, description = "The silence.")),
    responses((status = 204, description = "Done."))
)]
pub async fn end_silence(
    State(console): State<Shared>,
    Extension(asker): Extension<Asker>,
    Segments(id): Segments<String>,
) -> Result<StatusCode, Problem> {
    console.monitor.end_silence(&id, &actor(asker.0.as_ref())).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Silences a rule for a time.
#[utoipa::path(
    post,
    path = "/alarms/{id}/silence",
    tag = "alarms",
    params(("id" = String, Path, description = "The rule.")),
    request_body = monitor::SilenceDraft,
    responses((status = 200, body = monitor::Silence))
)]
pub async fn silence(
    State(console): State<Shared>,
    Extension(asker): Extension<Asker>,
    Segments(id): Segments<String>,
    Content(draft): Content<monitor::SilenceDraft>,
) -> Answer<monitor::Silence> {
    Ok(Json(
        console
            .monitor
            .silence(&id, draft, &actor(asker.0.as_ref()))
            .await?,
    ))
}

/// Says that somebody cares for what rings.
#[utoipa::path(
    post,
    path = "/alarms/{id}/acknowledge",
    tag = "alarms",
    params(("id" = String, Path, description = "The rule.")),
    request_body = Comment,
    responses((status = 200, body = page::Page<monitor::Alarm>))
)]
pub async fn acknowledge(
    State(console): State<Shared>,
    Extension(asker): Extension<Asker>,
    Segments(id): Segments<String>,
    Content(draft): Content<Comment>,
) -> Answer<page::Page<monitor::Alarm>> {
    let by = actor(asker.0.as_ref());
    Ok(Json(page::Page::whole(
        console.monitor.acknowledge(&id, &draft.comment, &by).await?,
    )))
}
