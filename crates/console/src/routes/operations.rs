//! Endpoints: operations.

use super::prelude::*;
use crate::{
    guard::{Asker, reaches},
    operations as running,
    problem::language,
    right::Right,
    self_check,
};
use axum::{Extension, http::HeaderMap};

/// The endpoints.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(operated_console))
        .routes(routes!(operated_nodes))
        .routes(routes!(operated_node))
        .routes(routes!(start_node))
        .routes(routes!(stop_node))
        .routes(routes!(renew_certificate))
}

/// The console itself, with health checks and diagnosis.
#[utoipa::path(
    get,
    path = "/operations/console",
    tag = "operations",
    responses((status = 200, body = operations::OperatedConsole))
)]
pub async fn operated_console(
    State(console): State<Shared>,
    headers: HeaderMap,
) -> Answer<operations::OperatedConsole> {
    Ok(Json(self_check::look(&console, language(&headers)).await))
}

/// Nodes, with health checks and diagnosis.
#[utoipa::path(
    get,
    path = "/operations/nodes",
    tag = "operations",
    responses((status = 200, body = page::Page<operations::OperatedNode>))
)]
pub async fn operated_nodes(
    State(console): State<Shared>,
    headers: HeaderMap,
) -> Answer<page::Page<operations::OperatedNode>> {
    Ok(Json(page::Page::whole(
        running::all(&console, language(&headers)).await,
    )))
}

/// One node, with health checks and diagnosis.
#[utoipa::path(
    get,
    path = "/operations/nodes/{name}",
    tag = "operations",
    params(("name" = String, Path, description = "Name of the node.")),
    responses((status = 200, body = operations::OperatedNode))
)]
pub async fn operated_node(
    State(console): State<Shared>,
    headers: HeaderMap,
    Segments(name): Segments<String>,
) -> Answer<operations::OperatedNode> {
    Ok(Json(running::one(&console, &name, language(&headers)).await?))
}

/// Starts a node of this machine.
#[utoipa::path(
    post,
    path = "/operations/nodes/{name}/start",
    tag = "operations",
    params(("name" = String, Path, description = "Name of the node.")),
    responses((status = 200, body = operations::OrderDone))
)]
pub async fn start_node(
    State(console): State<Shared>,
    Extension(asker): Extension<Asker>,
    Segments(name): Segments<String>,
) -> Answer<operations::OrderDone> {
    run(&console, &asker, "start", &name).await
}

/// Stops a node of this machine.
#[utoipa::path(
    post,
    path = "/operations/nodes/{name}/stop",
    tag = "operations",
    params(("name" = String, Path, description = "Name of the node.")),
    responses((status = 200, body = operations::OrderDone))
)]
pub async fn stop_node(
    State(console): State<Shared>,
    Extension(asker): Extension<Asker>,
    Segments(name): Segments<String>,
) -> Answer<operations::OrderDone> {
    run(&console, &asker, "stop", &name).await
}

/// Renews the certificate of a node of this machine.
#[utoipa::path(
    post,
    path = "/operations/nodes/{name}/certificate/renew",
    tag = "operations",
    params(("name" = String, Path, description = "Name of the node.")),
    responses((status = 200, body = operations::OrderDone))
)]
pub async fn renew_certificate(
    State(console): State<Shared>,
    Extension(asker): Extension<Asker>,
    Segments(name): Segments<String>,
) -> Answer<operations::OrderDone> {
    admit(&console, &asker, &name).await?;
    console
        .reads
        .order(asker.0.as_ref(), &format!("renew certificate of {name}"))
        .await?;
    Ok(Json(running::renew(&console, &name).await?))
}

/// Gives an order to a node of this machine, after a record of it.
async fn run(console: &Shared, asker: &Asker, order: &str, name: &str) -> Answer<operations::OrderDone> {
    admit(console, asker, name).await?;
    console
        .reads
        .order(asker.0.as_ref(), &format!("{order} {name}"))
        .await?;
    Ok(Json(running::order(console, order, name).await?))
}

/// Refuses who may run only the nodes of other organisations.
async fn admit(console: &Shared, asker: &Asker, name: &str) -> Result<(), Problem> {
    let registry = console.registries.known().await;
    let organisation = registry.node(name).map(|node| node.organisation);
    if reaches(asker, Right::Operate, organisation) {
        Ok(())
    } else {
        Err(Problem::new(Kind::RIGHT))
    }
}
