//! The endpoints of login. Their rights stand in the table of the console like those of all others; what needs a session or a fresh proof
//! refuses here too.

mod passkeys;
mod provider;

use super::{
    AccountChallenge, AccountProof, ApiKey, Attempts, LoginError, Logins, MadeApiKey, Method, NewApiKey,
    Persona, Session, SessionItem, SignedIn, Visit,
};
use crate::{
    extract::{Content, Parameters, Segments},
    problem::{Problem, ProblemBody},
    right::Right,
};
use axum::{
    Json,
    extract::{ConnectInfo, FromRef, FromRequestParts, State},
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeSet,
    convert::Infallible,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes as endpoints};

/// Records on a page, when none is said.
const PAGE: u32 = 50;

/// The endpoints, below `/api/v1`.
pub fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    Arc<Logins>: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(endpoints!(current, sign_out))
        .routes(endpoints!(challenge))
        .routes(endpoints!(account))
        .routes(endpoints!(setup))
        .routes(endpoints!(sessions))
        .routes(endpoints!(end_session))
        .routes(endpoints!(api_keys, make_api_key))
        .routes(endpoints!(remove_api_key))
        .routes(endpoints!(sign_ins))
        .routes(endpoints!(provider::start))
        .routes(endpoints!(provider::callback))
        .routes(endpoints!(passkeys::register_begin))
        .routes(endpoints!(passkeys::register_finish))
        .routes(endpoints!(passkeys::login_begin))
        .routes(endpoints!(passkeys::login_finish))
        .routes(endpoints!(passkeys::list))
        .routes(endpoints!(passkeys::remove))
}

/// A request with where it comes from.
pub struct Visitor {
    pub headers: HeaderMap,
    pub visit: Visit,
}

impl<S: Send + Sync> FromRequestParts<S> for Visitor
where
    Arc<Logins>: FromRef<S>,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let logins = Arc::<Logins>::from_ref(state);
        let peer = parts
            .extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map(|info| info.0.ip());
        let source = source(&parts.headers, peer, logins.config.behind_proxy);
        Ok(Self {
            visit: logins.visit(&parts.headers, source),
            headers: parts.headers.clone(),
        })
    }
}

/// Where a request comes from: the peer, or what the proxy before the console says. Of IPv6 the network, whose addresses are all one household's.
pub fn source(headers: &HeaderMap, peer: Option<IpAddr>, behind_proxy: bool) -> String {
    let forwarded = headers
        .get_all("x-forwarded-for")
        .into_iter()
        .next_back()
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.rsplit(',').next())
        .and_then(|address| address.trim().parse().ok());
    let address = if behind_proxy { forwarded.or(peer) } else { peer };
    match address.map(|address| address.to_canonical()) {
        Some(IpAddr::V4(address)) => address.to_string(),
        Some(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        None => "unknown".to_owned(),
    }
}

impl Visitor {
    /// Who it is; refuses who is not signed in.
    pub(super) async fn session(&self, logins: &Logins) -> Result<Session, LoginError> {
        let session = logins.authenticate(&self.headers, &self.visit.source).await?;
        session.ok_or(LoginError::NotSignedIn)
    }

    /// Who it is, for something that changes what is kept.
    pub(super) async fn writer(&self, logins: &Logins) -> Result<Session, LoginError> {
        let session = self.session(logins).await?;
        session.require_own_page(&self.headers)?;
        Ok(session)
    }

    /// The same for what a stolen API key shall not do: only people, by cookie.
    pub(super) async fn person(&self, logins: &Logins) -> Result<Session, LoginError> {
        let session = self.writer(logins).await?;
        match session.by_cookie {
            true => Ok(session),
            false => Err(LoginError::ProofNotFresh),
        }
    }
}

/// Who is signed in.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionView {
    /// The account that was proved.
    pub account: Option<String>,
    /// The identity, as a DID.
    pub identity: Option<String>,
    /// What an identity provider calls the person.
    pub name: Option<String>,
    /// How the person signed in; none if nobody is signed in.
    pub method: Option<Method>,
    /// How the person mostly uses the console.
    pub personas: BTreeSet<Persona>,
    /// What may be done.
    pub rights: BTreeSet<Right>,
    /// Whether the ledger could be asked for roles.
    pub roles_known: bool,
    /// What writes repeat in the header `X-CSRF-Token`.
    pub csrf: String,
    /// When the session ends at the latest.
    pub expires: Option<String>,
    /// Whether the last proof is fresh enough for dangerous acts.
    pub stepped_up: bool,
    /// Whether the person is known to an identity provider only, and can prove an account to be linked with.
    pub unlinked: bool,
    /// Ways to sign in here.
    pub methods: Methods,
}

/// Ways to sign in.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Methods {
    /// With an account.
    pub account: bool,
    /// With the identity provider of this name.
    pub oidc: Option<String>,
    /// With a passkey.
    pub passkey: bool,
}

impl SessionView {
    fn of(logins: &Logins, session: Option<&Session>) -> Self {
        Self {
            account: session
                .and_then(|session| session.account)
                .map(|account| account.to_string()),
            identity: session.and_then(Session::did),
            name: session.and_then(|session| session.name.clone()),
            method: session.map(|session| session.method),
            personas: session
                .map(|session| session.personas.clone())
                .unwrap_or_default(),
            rights: session.map_or_else(|| logins.guest_rights(), |session| session.rights.clone()),
            roles_known: session.is_none_or(|session| session.roles_known),
            csrf: session.map(|session| session.csrf.clone()).unwrap_or_default(),
            expires: session.map(Session::expires_at),
            stepped_up: session.is_some_and(|session| session.stepped_up),
            unlinked: session
                .is_some_and(|session| matches!(session.subject, super::Subject::External { .. })),
            methods: Methods {
                account: true,
                oidc: logins.config.oidc.as_ref().map(|oidc| oidc.name.clone()),
                passkey: true,
            },
        }
    }
}

/// The answer to a proof: the session, and its cookie.
fn signed_in(logins: &Logins, signed_in: &SignedIn) -> Response {
    let view = SessionView::of(logins, Some(&signed_in.session));
    ([(header::SET_COOKIE, signed_in.cookie.clone())], Json(view)).into_response()
}

/// Who is signed in, and which ways to sign in there are.
#[utoipa::path(get, path = "/session", tag = "session", responses((status = 200, body = SessionView)))]
async fn current(State(logins): State<Arc<Logins>>, visitor: Visitor) -> Result<Response, Problem> {
    match logins.authenticate(&visitor.headers, &visitor.visit.source).await {
        Ok(session) => Ok(Json(SessionView::of(&logins, session.as_ref())).into_response()),
        // The browser forgets what no longer opens anything.
        Err(LoginError::SessionEnded) => {
            let view = Json(SessionView::of(&logins, None));
            let removal = logins.cookie_removal(&visitor.visit);
            Ok(([(header::SET_COOKIE, removal)], view).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// Signs out.
#[utoipa::path(delete, path = "/session", tag = "session", responses((status = 204)))]
async fn sign_out(State(logins): State<Arc<Logins>>, visitor: Visitor) -> Result<Response, Problem> {
    match visitor.writer(&logins).await {
        Ok(_) => logins.sign_out(&visitor.visit).await?,
        Err(LoginError::SessionEnded | LoginError::NotSignedIn) => {}
        Err(error) => return Err(error.into()),
    }
    Ok((
        StatusCode::NO_CONTENT,
        [(header::SET_COOKIE, logins.cookie_removal(&visitor.visit))],
    )
        .into_response())
}

/// What an account is asked to prove.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ChallengeRequest {
    /// `0x…`, or CAIP-10 `eip155:CHAIN:0x…`.
    account: String,
    /// The chain that the wallet is on.
    chain_id: Option<u64>,
}

/// Asks for a text that the account signs (CAIP-122).
#[utoipa::path(post, path = "/session/challenge", tag = "session", request_body = ChallengeRequest,
    responses((status = 200, body = AccountChallenge), (status = 400, body = ProblemBody), (status = 429, body = ProblemBody)))]
async fn challenge(
    State(logins): State<Arc<Logins>>,
    visitor: Visitor,
    Content(request): Content<ChallengeRequest>,
) -> Result<Json<AccountChallenge>, Problem> {
    let challenge = logins
        .account_challenge(&visitor.visit, &request.account, request.chain_id)
        .await?;
    Ok(Json(challenge))
}

/// Signs in with the signed text.
#[utoipa::path(post, path = "/session/account", tag = "session", request_body = AccountProof,
    responses((status = 200, body = SessionView), (status = 401, body = ProblemBody), (status = 429, body = ProblemBody)))]
async fn account(
    State(logins): State<Arc<Logins>>,
    visitor: Visitor,
    Content(proof): Content<AccountProof>,
) -> Result<Response, Problem> {
    let done = logins.account_sign_in(&visitor.visit, &proof).await?;
    Ok(signed_in(&logins, &done))
}

/// The token of a one-time link.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SetupRequest {
    /// What stands behind `#` in the link.
    token: String,
}

/// Makes an administrator of who brings the token of the one-time link.
#[utoipa::path(post, path = "/session/setup", tag = "session", request_body = SetupRequest,
    responses((status = 200, body = SessionView), (status = 401, body = ProblemBody)))]
async fn setup(
    State(logins): State<Arc<Logins>>,
    visitor: Visitor,
    Content(request): Content<SetupRequest>,
) -> Result<Response, Problem> {
    let done = logins.link_sign_in(&visitor.visit, &request.token).await?;
    Ok(signed_in(&logins, &done))
}

/// A list of sessions.
#[derive(Debug, Serialize, ToSchema)]
struct Sessions {
    items: Vec<SessionItem>,
}

/// The own sessions.
#[utoipa::path(get, path = "/sessions", tag = "session", responses((status = 200, body = Sessions), (status = 401, body = ProblemBody)))]
async fn sessions(State(logins): State<Arc<Logins>>, visitor: Visitor) -> Result<Json<Sessions>, Problem> {
    let session = visitor.session(&logins).await?;
    let items = logins.sessions(&session).await?;
    Ok(Json(Sessions { items }))
}

/// Ends an own session; an administrator ends any.
#[utoipa::path(delete, path = "/sessions/{id}", tag = "session", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = ProblemBody)))]
async fn end_session(
    State(logins): State<Arc<Logins>>,
    visitor: Visitor,
    Segments(id): Segments<String>,
) -> Result<StatusCode, Problem> {
    let session = visitor.person(&logins).await?;
    logins.end_session(&visitor.visit, &session, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A list of API keys.
#[derive(Debug, Serialize, ToSchema)]
struct ApiKeys {
    items: Vec<ApiKey>,
}

/// The own API keys; an administrator sees all.
#[utoipa::path(get, path = "/api-keys", tag = "session", responses((status = 200, body = ApiKeys), (status = 401, body = ProblemBody)))]
async fn api_keys(State(logins): State<Arc<Logins>>, visitor: Visitor) -> Result<Json<ApiKeys>, Problem> {
    let session = visitor.session(&logins).await?;
    let items = logins.api_keys(&session).await?;
    Ok(Json(ApiKeys { items }))
}

/// Makes an API key. Needs a fresh proof.
#[utoipa::path(post, path = "/api-keys", tag = "session", request_body = NewApiKey,
    responses((status = 201, body = MadeApiKey), (status = 403, body = ProblemBody), (status = 429, body = ProblemBody)))]
async fn make_api_key(
    State(logins): State<Arc<Logins>>,
    visitor: Visitor,
    Content(wish): Content<NewApiKey>,
) -> Result<Response, Problem> {
    let session = visitor.person(&logins).await?;
    let made = logins.make_api_key(&visitor.visit, &session, wish).await?;
    Ok((StatusCode::CREATED, Json(made)).into_response())
}

/// Takes an own API key away; an administrator any.
#[utoipa::path(delete, path = "/api-keys/{id}", tag = "session", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = ProblemBody)))]
async fn remove_api_key(
    State(logins): State<Arc<Logins>>,
    visitor: Visitor,
    Segments(id): Segments<String>,
) -> Result<StatusCode, Problem> {
    let session = visitor.person(&logins).await?;
    logins.remove_api_key(&visitor.visit, &session, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Which records of sign-ins.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SignInsQuery {
    /// Those of everybody; for administrators and who reads the audit trail.
    #[serde(default)]
    all: bool,
    /// Where the page begins.
    cursor: Option<String>,
    /// Records on the page, at most 200.
    limit: Option<u32>,
}

/// Records of sign-ins and refusals, newest first.
#[utoipa::path(get, path = "/sign-ins", tag = "session", params(SignInsQuery),
    responses((status = 200, body = Attempts), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody)))]
async fn sign_ins(
    State(logins): State<Arc<Logins>>,
    visitor: Visitor,
    Parameters(query): Parameters<SignInsQuery>,
) -> Result<Json<Attempts>, Problem> {
    let session = visitor.session(&logins).await?;
    if query.all {
        session
            .require_everywhere(Right::Administer)
            .or_else(|_| session.require_everywhere(Right::ReadAudit))?;
    }
    let subject = session.subject.to_string();
    let subject = (!query.all).then_some(subject.as_str());
    let limit = query.limit.unwrap_or(PAGE);
    Ok(Json(
        logins.attempts(subject, query.cursor.as_deref(), limit).await?,
    ))
}
