//! Endpoints: channels.

use super::{alarms::Version, prelude::*};
use crate::{guard::Asker, reads::actor};
use axum::Extension;
use civitas_monitor::api as monitor;

/// The endpoints.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(channels, create_channel))
        .routes(routes!(channel, replace_channel, delete_channel))
        .routes(routes!(test_channel))
}

/// Channels; secrets are masked.
#[utoipa::path(
    get,
    path = "/channels",
    tag = "channels",
    responses((status = 200, body = page::Page<monitor::Channel>))
)]
pub async fn channels(State(console): State<Shared>) -> Answer<page::Page<monitor::Channel>> {
    Ok(Json(page::Page::whole(console.monitor.channels())))
}

/// Makes a channel.
#[utoipa::path(
    post,
    path = "/channels",
    tag = "channels",
    request_body = monitor::ChannelDraft,
    responses((status = 200, body = monitor::Channel))
)]
pub async fn create_channel(
    State(console): State<Shared>,
    Extension(asker): Extension<Asker>,
    Content(draft): Content<monitor::ChannelDraft>,
) -> Answer<monitor::Channel> {
    Ok(Json(
        console
            .monitor
            .create_channel(draft, &actor(asker.0.as_ref()))
            .await?,
    ))
}

/// One channel; secrets are masked.
#[utoipa::path(
    get,
    path = "/channels/{id}",
    tag = "channels",
    params(("id" = String, Path, description = "The channel.")),
    responses((status = 200, body = monitor::Channel))
)]
pub async fn channel(
    State(console): State<Shared>,
    Segments(id): Segments<String>,
) -> Answer<monitor::Channel> {
    Ok(Json(console.monitor.channel(&id)?))
}

/// Replaces a channel; a masked secret stays.
#[utoipa::path(
    put,
    path = "/channels/{id}",
    tag = "channels",
    params(("id" = String, Path, description = "The channel."), Version),
    request_body = monitor::ChannelDraft,
    responses((status = 200, body = monitor::Channel))
)]
pub async fn replace_channel(
    State(console): State<Shared>,
    Extension(asker): Extension<Asker>,
    Segments(id): Segments<String>,
    Parameters(version): Parameters<Version>,
    Content(draft): Content<monitor::ChannelDraft>,
) -> Answer<monitor::Channel> {
    let by = actor(asker.0.as_ref());
    Ok(Json(
        console
            .monitor
            .replace_channel(&id, version.version, draft, &by)
            .await?,
    ))
}

/// Deletes a channel.
#[utoipa::path(
    delete,
    path = "/channels/{id}",
    tag = "channels",
    params(("id" = String, Path, description = "The channel.")),
    responses((status = 204, description = "Done."))
)]
pub async fn delete_channel(
    State(console): State<Shared>,
    Extension(asker): Extension<Asker>,
    Segments(id): Segments<String>,
) -> Result<StatusCode, Problem> {
    console
        .monitor
        .delete_channel(&id, &actor(asker.0.as_ref()))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sends a message through a channel, and says what came of it.
#[utoipa::path(
    post,
    path = "/channels/{id}/test",
    tag = "channels",
    params(("id" = String, Path, description = "The channel.")),
    responses((status = 200, body = monitor::TestOutcome))
)]
pub async fn test_channel(
    State(console): State<Shared>,
    Segments(id): Segments<String>,
) -> Answer<monitor::TestOutcome> {
    Ok(Json(console.monitor.test_channel(&id).await?))
}
