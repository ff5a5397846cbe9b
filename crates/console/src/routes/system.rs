//! Endpoints that need no sign-in: health, and the document of the API.

use super::prelude::*;
use crate::{
    disk::{self, Level},
    ledgers::MAIN,
};

/// The endpoints.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(health))
        .routes(routes!(document))
}

/// Whether the console works.
#[utoipa::path(get, path = "/health", tag = "system", responses((status = 200, body = overview::Health)))]
pub async fn health(State(console): State<Shared>) -> Answer<overview::Health> {
    let main = console.ledgers.node(MAIN).await?;
    let (status, database, space) = futures::join!(
        main.block_number(),
        console.reads.answers(),
        disk::space(&console.config.data)
    );
    let lags = console.lags.borrow().clone();
    let lag = lags.get(MAIN);
    let part = |name: &str, ok: bool, detail: String| overview::HealthPart {
        name: name.to_owned(),
        ok,
        detail,
    };
    let mut parts = vec![
        part("database", database, String::new()),
        part(
            "node",
            status.is_ok(),
            status.map(|height| height.to_string()).unwrap_or_default(),
        ),
        part(
            "indexer",
            lag.is_some_and(|lag| lag.fault.is_none()),
            lag.and_then(|lag| Some(format!("{} / {}", lag.indexed?, lag.head?)))
                .unwrap_or_default(),
        ),
    ];
    // Figures of the machine are for who operates it (`/v1/operations/console`).
    if let Some(space) = space {
        parts.push(part("disk", space.level() != Level::Full, String::new()));
    }
    Ok(Json(overview::Health {
        status: if parts.iter().all(|part| part.ok) {
            "ok"
        } else {
            "degraded"
        }
        .to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        city: console.config.city.name.clone(),
        parts,
    }))
}

/// The document of this API.
#[utoipa::path(
    get,
    path = "/openapi.json",
    tag = "system",
    responses((status = 200, description = "OpenAPI 3.1.", body = serde_json::Value))
)]
pub async fn document() -> Json<utoipa::openapi::OpenApi> {
    Json(crate::document::document())
}
