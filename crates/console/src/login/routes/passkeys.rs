//! Endpoints of passkeys.

use super::{Visitor, signed_in};
use crate::{
    extract::{Content, Segments},
    login::{
        Logins,
        passkey::{Passkey, RegistrationAnswer, SignInAnswer},
    },
    problem::{Problem, ProblemBody},
};
use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;
use utoipa::ToSchema;

/// What a browser is asked.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PasskeyQuestion {
    /// Options of WebAuthn in their JSON form.
    #[schema(value_type = Object)]
    public_key: Value,
}

impl From<Value> for PasskeyQuestion {
    fn from(public_key: Value) -> Self {
        Self { public_key }
    }
}

/// A passkey that a browser made.
#[derive(Debug, Deserialize, ToSchema)]
pub struct PasskeyRegistration {
    /// What its owner calls it.
    name: String,
    /// What the browser gave.
    credential: RegistrationAnswer,
}

/// A sign-in with a passkey.
#[derive(Debug, Deserialize, ToSchema)]
pub struct PasskeySignIn {
    /// What the browser gave.
    credential: SignInAnswer,
}

/// A list of passkeys.
#[derive(Debug, Serialize, ToSchema)]
pub struct Passkeys {
    items: Vec<Passkey>,
}

/// Asks a browser to make a passkey for who is signed in. Needs a fresh proof.
#[utoipa::path(post, path = "/session/passkey/register/begin", tag = "session",
    responses((status = 200, body = PasskeyQuestion), (status = 403, body = ProblemBody)))]
pub async fn register_begin(
    State(logins): State<Arc<Logins>>,
    visitor: Visitor,
) -> Result<Json<PasskeyQuestion>, Problem> {
    let session = visitor.person(&logins).await?;
    let options = logins.passkey_registration(&visitor.visit, &session).await?;
    Ok(Json(options.into()))
}

/// Keeps a passkey that a browser made.
#[utoipa::path(post, path = "/session/passkey/register/finish", tag = "session", request_body = PasskeyRegistration,
    responses((status = 201, body = Passkey), (status = 401, body = ProblemBody)))]
pub async fn register_finish(
    State(logins): State<Arc<Logins>>,
    visitor: Visitor,
    Content(request): Content<PasskeyRegistration>,
) -> Result<Response, Problem> {
    let session = visitor.person(&logins).await?;
    let passkey = logins
        .passkey_registered(&visitor.visit, &session, &request.name, &request.credential)
        .await?;
    Ok((StatusCode::CREATED, Json(passkey)).into_response())
}

/// Asks a browser to sign in with a passkey.
#[utoipa::path(post, path = "/session/passkey/login/begin", tag = "session",
    responses((status = 200, body = PasskeyQuestion), (status = 429, body = ProblemBody)))]
pub async fn login_begin(
    State(logins): State<Arc<Logins>>,
    visitor: Visitor,
) -> Result<Json<PasskeyQuestion>, Problem> {
    Ok(Json(logins.passkey_challenge(&visitor.visit).await?.into()))
}

/// Signs in with a passkey.
#[utoipa::path(post, path = "/session/passkey/login/finish", tag = "session", request_body = PasskeySignIn,
    responses((status = 200, body = super::SessionView), (status = 401, body = ProblemBody), (status = 429, body = ProblemBody)))]
pub async fn login_finish(
    State(logins): State<Arc<Logins>>,
    visitor: Visitor,
    Content(request): Content<PasskeySignIn>,
) -> Result<Response, Problem> {
    let done = logins
        .passkey_sign_in(&visitor.visit, &request.credential)
        .await?;
    Ok(signed_in(&logins, &done))
}

/// The own passkeys.
#[utoipa::path(get, path = "/passkeys", tag = "session", responses((status = 200, body = Passkeys), (status = 401, body = ProblemBody)))]
pub async fn list(State(logins): State<Arc<Logins>>, visitor: Visitor) -> Result<Json<Passkeys>, Problem> {
    let session = visitor.session(&logins).await?;
    let items = logins.passkeys(&session).await?;
    Ok(Json(Passkeys { items }))
}

/// Takes an own passkey away.
#[utoipa::path(delete, path = "/passkeys/{id}", tag = "session", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = ProblemBody)))]
pub async fn remove(
    State(logins): State<Arc<Logins>>,
    visitor: Visitor,
    Segments(id): Segments<String>,
) -> Result<StatusCode, Problem> {
    let session = visitor.person(&logins).await?;
    logins.remove_passkey(&visitor.visit, &session, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
