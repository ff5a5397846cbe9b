//! Server-sent events: what happens, as it happens.

use super::prelude::*;
use crate::{
    guard::{Asker, Client},
    right::Right,
    streaming,
};
use axum::{
    Extension,
    response::sse::{Event, KeepAlive, Sse},
};
use futures::Stream;
use std::convert::Infallible;

/// The endpoints.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(stream))
}

/// What happens, as it happens: each event has a name (`block`, `lag`, `alarm`, `session`) and carries JSON.
#[utoipa::path(
    get,
    path = "/stream",
    tag = "overview",
    responses((status = 200, content_type = "text/event-stream", body = overview::StreamEvent))
)]
pub async fn stream(
    State(console): State<Shared>,
    Extension(asker): Extension<Asker>,
    Extension(Client(client)): Extension<Client>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let alarms = asker
        .0
        .as_ref()
        .is_some_and(|session| session.rights.contains(&Right::Monitor));
    let events = streaming::events(&console, &client, alarms, asker.0)?;
    Ok(Sse::new(events).keep_alive(KeepAlive::default()))
}
