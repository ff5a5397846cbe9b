//! Endpoints of the identity provider. A browser comes here by itself and not by a page: faults lead back to the page of sign-ins.

use super::Visitor;
use crate::{
    extract::Parameters,
    login::{
        LoginError, Logins,
        oidc::{FLOW_COOKIE, OidcWish, Return},
        session::cookie_in,
    },
};
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{AppendHeaders, IntoResponse, Response},
};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::IntoParams;

/// How a sign-in shall run.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct StartQuery {
    /// Whether the person must prove afresh who they are.
    #[serde(default)]
    fresh: bool,
    /// Whether to link the person with the account that is signed in.
    #[serde(default)]
    link: bool,
    /// The path of the console to go on to.
    next: Option<String>,
}

/// What a provider sends a browser back with.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CallbackQuery {
    /// Names the sign-in.
    state: Option<String>,
    /// Stands for the token.
    code: Option<String>,
    /// The provider.
    iss: Option<String>,
    /// What went wrong there.
    error: Option<String>,
}

/// Sends the browser to the identity provider.
#[utoipa::path(get, path = "/session/oidc/start", tag = "session", params(StartQuery),
    responses((status = 303, description = "To the provider, or back to the page of sign-ins with `error`")))]
pub async fn start(
    State(logins): State<Arc<Logins>>,
    visitor: Visitor,
    Parameters(query): Parameters<StartQuery>,
) -> Response {
    let wish = OidcWish {
        fresh: query.fresh,
        link: query.link,
        next: query.next,
    };
    if !is_own_navigation(&visitor.headers) {
        return to_sign_in(&LoginError::CsrfMissing, &[]);
    }
    let session = visitor.session(&logins).await.ok();
    match logins
        .oidc_departure(&visitor.visit, session.as_ref(), wish)
        .await
    {
        Ok(departure) => go(&departure.location, &[departure.cookie]),
        Err(error) => to_sign_in(&error, &[]),
    }
}

/// Takes the browser back from the identity provider.
#[utoipa::path(get, path = "/session/oidc/callback", tag = "session", params(CallbackQuery),
    responses((status = 303, description = "Into the console, or back to the page of sign-ins with `error`")))]
pub async fn callback(
    State(logins): State<Arc<Logins>>,
    visitor: Visitor,
    Parameters(query): Parameters<CallbackQuery>,
) -> Response {
    let back = Return {
        state: query.state,
        code: query.code,
        issuer: query.iss,
        error: query.error,
        cookie: cookie_in(&visitor.headers, FLOW_COOKIE),
    };
    let removal = logins.flow_cookie_removal(&visitor.visit);
    match logins.oidc_arrival(&visitor.visit, &back).await {
        Ok(arrival) => go(&arrival.next, &[arrival.signed_in.cookie, removal]),
        Err(error) => to_sign_in(&error, &[removal]),
    }
}

/// Whether the person or a page of the console sends the browser here. Each start keeps a challenge, of which a source has only so many:
/// a page elsewhere that used them up would lock everybody there out. Browsers that do not say are believed.
fn is_own_navigation(headers: &HeaderMap) -> bool {
    let site = headers.get("sec-fetch-site");
    site.is_none_or(|site| site == "same-origin" || site == "none")
}

fn go(location: &str, cookies: &[String]) -> Response {
    let headers = std::iter::once((header::LOCATION, location.to_owned()))
        .chain(cookies.iter().map(|cookie| (header::SET_COOKIE, cookie.clone())));
    (StatusCode::SEE_OTHER, AppendHeaders(headers)).into_response()
}

fn to_sign_in(error: &LoginError, cookies: &[String]) -> Response {
    tracing::warn!(
        error = error as &dyn std::error::Error,
        "a sign-in by the identity provider failed"
    );
    go(&format!("/login?error={}", error.kind().slug), cookies)
}
