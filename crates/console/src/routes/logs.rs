//! Endpoints: logs.

use super::prelude::*;
use civitas_monitor::api as monitor;

/// The endpoints.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(logs))
}

/// Lines of logs, newest first.
#[utoipa::path(
    get,
    path = "/logs",
    tag = "logs",
    params(monitor::LogParameters),
    responses((status = 200, body = monitor::Page<monitor::LogLine>))
)]
pub async fn logs(
    State(console): State<Shared>,
    Parameters(question): Parameters<monitor::LogParameters>,
) -> Answer<monitor::Page<monitor::LogLine>> {
    Ok(Json(console.monitor.logs(question).await?))
}
