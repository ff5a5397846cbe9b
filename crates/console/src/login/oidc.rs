//! Signing in by the city's identity provider (OpenID Connect, authorization code with PKCE).
//!
//! The provider says who somebody is in its own terms. Whom of the ledger that means, a claim says that the operator trusts, or a link that the
//! person made once by proving both. Without either, the person is let in as nobody in particular.
//! A sign-in is bound to the browser that began it by a cookie of its own, since the session's does not travel from another site.

pub mod token;

use super::{
    LoginError, Logins, Method, OidcConfig, Session, SignedIn, Subject, Visit,
    attempt::Outcome,
    challenge::{Challenge, Kind, LIFE_SECONDS},
    secret,
    session::{FRESH_SECONDS, Proven},
    store::{self, integer},
};
use reqwest::{Client, RequestBuilder, Response, Url, redirect};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use std::{
    str::FromStr,
    sync::{Mutex, PoisonError},
    time::Duration,
};
use token::{KeySet, TokenRefusal};

/// Name of the cookie that binds a sign-in to its browser.
pub(super) const FLOW_COOKIE: &str = "civitas_oidc";

/// Where the provider sends the browser back to.
pub(super) const CALLBACK_PATH: &str = "/api/v1/session/oidc/callback";

/// Seconds for which a provider is waited for.
const TIMEOUT_SECONDS: u64 = 10;

/// Bytes of an answer that are read; key sets and tokens have some thousand.
const ANSWER_BYTES_MAX: usize = 256 * 1024;

/// Seconds for which what a provider publishes is kept.
const PUBLISHED_SECONDS: u64 = 3600;

/// Seconds between two questions for keys that are not known: a forged token does not make us hammer the provider.
const KEYS_AGAIN_SECONDS: u64 = 60;

/// Characters of a person's name that are kept.
const NAME_CHARACTERS_MAX: usize = 100;

impl From<TokenRefusal> for LoginError {
    fn from(refusal: TokenRefusal) -> Self {
        Self::ProviderRefused { why: refusal.why() }
    }
}

/// The provider, and what it published lately.
pub(super) struct Provider {
    config: OidcConfig,
    secret: Option<String>,
    client: Client,
    published: Mutex<Option<Published>>,
}

#[derive(Clone)]
struct Published {
    at: u64,
    metadata: Metadata,
    keys: KeySet,
}

/// What a provider says about itself.
#[derive(Clone, Deserialize)]
struct Metadata {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    userinfo_endpoint: Option<String>,
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
    access_token: Option<String>,
}

/// What is kept of a sign-in that was begun.
#[derive(Serialize, Deserialize)]
struct Flow {
    nonce: String,
    verifier: String,
    redirect: String,
    fresh: bool,
    /// Whom to link with the provider's person.
    link: Option<String>,
    /// The path to go on to.
    next: String,
}

/// How a sign-in shall run.
#[derive(Clone, Debug, Default)]
pub struct OidcWish {
    /// Whether the person must prove afresh who they are.
    pub fresh: bool,
    /// Whether to link the person with who is signed in.
    pub link: bool,
    /// The path of the console to go on to.
    pub next: Option<String>,
}

/// Where to send the browser, and the cookie that it keeps meanwhile.
#[derive(Clone, Debug)]
pub struct Departure {
    /// The provider's address.
    pub location: String,
    /// The value of `Set-Cookie`.
    pub cookie: String,
}

/// What the provider sends the browser back with.
#[derive(Clone, Debug, Default)]
pub struct Return {
    /// Names the sign-in.
    pub state: Option<String>,
    /// Stands for the token.
    pub code: Option<String>,
    /// The provider, if it says so (RFC 9207).
    pub issuer: Option<String>,
    /// What went wrong at the provider.
    pub error: Option<String>,
    /// The cookie of the sign-in.
    pub cookie: Option<String>,
}

/// A sign-in that came back.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// The session.
    pub signed_in: SignedIn,
    /// The path to go on to.
    pub next: String,
}

impl Provider {
    /// The provider of the settings. It is asked when somebody signs in.
    pub fn open(config: OidcConfig) -> Result<Self, LoginError> {
        if !is_protected(&config.issuer) {
            return Err(LoginError::Invalid {
                field: "login.oidc.issuer",
                rule: "https://…, or http:// on this machine",
            });
        }
        let secret = match &config.client_secret_file {
            Some(file) => Some(std::fs::read_to_string(file).map_err(|_| LoginError::Invalid {
                field: "login.oidc.client_secret_file",
                rule: "a file that can be read",
            })?),
            None => None,
        };
        let client = Client::builder()
            .timeout(Duration::from_secs(TIMEOUT_SECONDS))
            .redirect(redirect::Policy::none())
            .build()
            .map_err(|source| LoginError::ProviderUnreachable { source })?;
        Ok(Self {
            config,
            secret: secret.map(|secret| secret.trim().to_owned()),
            client,
            published: Mutex::new(None),
        })
    }

    /// What the provider published, asked again when it is older than `age_max` seconds.
    async fn published(&self, now: u64, age_max: u64) -> Result<Published, LoginError> {
        let kept = self
            .published
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if let Some(kept) = kept.filter(|kept| now.saturating_sub(kept.at) < age_max) {
            return Ok(kept);
        }
        let issuer = self.config.issuer.trim_end_matches('/');
        let metadata: Metadata = ask(self
            .client
            .get(format!("{issuer}/.well-known/openid-configuration")))
        .await?;
        let addresses = [
            &metadata.authorization_endpoint,
            &metadata.token_endpoint,
            &metadata.jwks_uri,
        ];
        if metadata.issuer != self.config.issuer {
            return Err(refused("it names itself otherwise"));
        }
        if !addresses
            .into_iter()
            .chain(&metadata.userinfo_endpoint)
            .all(|address| is_protected(address))
        {
            return Err(refused("one of its addresses is not protected by TLS"));
        }
        let keys = ask(self.client.get(&metadata.jwks_uri)).await?;
        let published = Published {
            at: now,
            metadata,
            keys,
        };
        *self.published.lock().unwrap_or_else(PoisonError::into_inner) = Some(published.clone());
        Ok(published)
    }

    /// Trades a code for what the provider says about the person.
    async fn person(&self, code: &str, flow: &Flow, now: u64) -> Result<token::Person, LoginError> {
        let published = self.published(now, PUBLISHED_SECONDS).await?;
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", flow.redirect.as_str()),
            ("code_verifier", flow.verifier.as_str()),
        ];
        let request = self.client.post(&published.metadata.token_endpoint);
        let request = match &self.secret {
            Some(secret) => {
                request.basic_auth(form_encode(&self.config.client_id), Some(form_encode(secret)))
            }
            None => {
                form.push(("client_id", self.config.client_id.as_str()));
                request
            }
        };
        let tokens: Tokens = ask(request.form(&form)).await?;
        let expected = token::Expected {
            issuer: &self.config.issuer,
            client_id: &self.config.client_id,
            nonce: &flow.nonce,
            now,
            age_max: flow.fresh.then_some(FRESH_SECONDS),
        };
        let mut person = match token::check(&tokens.id_token, &published.keys, expected) {
            // The provider may have changed its keys since they were read.
            Err(TokenRefusal::KeyUnknown) => {
                let published = self.published(now, KEYS_AGAIN_SECONDS).await?;
                token::check(&tokens.id_token, &published.keys, expected)?
            }
            result => result?,
        };
        if let (Some(address), Some(access)) = (&published.metadata.userinfo_endpoint, &tokens.access_token) {
            let more: Map<String, Value> = ask(self.client.get(address).bearer_auth(access)).await?;
            if more.get("sub").and_then(Value::as_str) != Some(person.subject.as_str()) {
                return Err(refused("it tells about somebody else"));
            }
            // What is signed counts more.
            for (name, value) in more {
                person.claims.entry(name).or_insert(value);
            }
        }
        Ok(person)
    }
}

fn refused(why: &'static str) -> LoginError {
    LoginError::ProviderRefused { why }
}

/// A name or secret as HTTP's basic authentication carries it for OAuth (RFC 6749, 2.3.1).
fn form_encode(text: &str) -> String {
    let Ok(mut url) = Url::parse("http://localhost") else {
        return String::new();
    };
    url.query_pairs_mut().append_pair("", text);
    url.query()
        .and_then(|query| query.strip_prefix('='))
        .unwrap_or_default()
        .to_owned()
}

/// Whether an address is reached by TLS, or does not leave the machine.
fn is_protected(address: &str) -> bool {
    Url::parse(address).is_ok_and(|url| match url.scheme() {
        "https" => true,
        "http" => matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]")),
        _ => false,
    })
}

/// Sends a request and reads the answer, up to a bound.
async fn ask<T: DeserializeOwned>(request: RequestBuilder) -> Result<T, LoginError> {
    let unreachable = |source| LoginError::ProviderUnreachable { source };
    let mut response: Response = request.send().await.map_err(unreachable)?;
    if !response.status().is_success() {
        tracing::warn!(status = %response.status(), url = %response.url(), "the identity provider refuses");
        return Err(refused("it refuses what the console asks"));
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
        if bytes.len() + chunk.len() > ANSWER_BYTES_MAX {
            return Err(refused("it answers too much"));
        }
        bytes.extend(chunk);
    }
    serde_json::from_slice(&bytes).map_err(|_| refused("its answer cannot be read"))
}

impl Logins {
    fn provider(&self) -> Result<&Provider, LoginError> {
        self.provider.as_ref().ok_or(LoginError::MethodNotOffered)
    }

    /// Sends a browser to the provider.
    ///
    /// # Errors
    /// There is none, it does not answer, or a link is wished for by nobody who could be linked.
    pub async fn oidc_departure(
        &self,
        visit: &Visit,
        session: Option<&Session>,
        wish: OidcWish,
    ) -> Result<Departure, LoginError> {
        let provider = self.provider()?;
        self.admit(visit).await?;
        let origin = self.origin(visit)?;
        let published = provider.published(self.clock.now(), PUBLISHED_SECONDS).await?;
        let link = match wish.link {
            true => Some(linkable(session)?),
            false => None,
        };
        let state = secret::token()?;
        let flow = Flow {
            nonce: secret::token()?,
            verifier: secret::token()?,
            redirect: format!("{origin}{CALLBACK_PATH}"),
            fresh: wish.fresh,
            link,
            next: wish
                .next
                .filter(|next| is_own_path(next))
                .unwrap_or_else(|| "/".to_owned()),
        };
        let body = serde_json::to_string(&flow).map_err(|error| sqlx::Error::Encode(error.into()))?;
        self.keep_challenge(visit, &state, Challenge::new(Kind::Oidc, body))
            .await?;
        let scopes = ["openid"]
            .into_iter()
            .chain(provider.config.scopes.iter().map(String::as_str));
        let scope = scopes.collect::<Vec<&str>>().join(" ");
        let challenge = secret::encode(&secret::sha256(flow.verifier.as_bytes()));
        let mut location = Url::parse(&published.metadata.authorization_endpoint)
            .map_err(|_| refused("its address cannot be read"))?;
        location.query_pairs_mut().extend_pairs([
            ("response_type", "code"),
            ("client_id", provider.config.client_id.as_str()),
            ("redirect_uri", flow.redirect.as_str()),
            ("scope", scope.as_str()),
            ("state", state.as_str()),
            ("nonce", flow.nonce.as_str()),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
        ]);
        if flow.fresh {
            location
                .query_pairs_mut()
                .extend_pairs([("prompt", "login"), ("max_age", "0")]);
        }
        Ok(Departure {
            location: location.into(),
            cookie: self.flow_cookie(visit, &secret::hash(&state), LIFE_SECONDS),
        })
    }

    /// Takes a browser back from the provider.
    ///
    /// # Errors
    /// The provider refused, its token does not hold, or another browser began the sign-in.
    pub async fn oidc_arrival(&self, visit: &Visit, back: &Return) -> Result<Arrival, LoginError> {
        let state = bound_state(back)?;
        self.admit(visit).await?;
        let result = self.check_arrival(state, back).await;
        let (flow, person) = self.judge(visit, Method::Oidc.name(), "", result).await?;
        let provider = self.provider()?;
        let external = Subject::External {
            issuer: provider.config.issuer.clone(),
            id: person.subject.clone(),
        };
        let name = ["name", "preferred_username", "email"].into_iter();
        let name = name
            .filter_map(|claim| person.claims.get(claim)?.as_str())
            .next()
            .unwrap_or_default();
        let name: String = name
            .chars()
            .filter(|character| !character.is_control())
            .take(NAME_CHARACTERS_MAX)
            .collect();
        let linked = match &flow.link {
            Some(subject) => Some(self.link(&external, subject).await?),
            None => None,
        };
        let subject = match linked {
            Some(subject) => subject,
            None => self.subject_of(provider, &external, &person).await?,
        };
        let proven = Proven {
            subject,
            name,
            method: Method::Oidc,
            at: person.proven_at,
        };
        let signed_in = self.begin(visit, proven).await?;
        if flow.link.is_some() {
            self.record_change(
                visit,
                &signed_in.session,
                Outcome::Changed,
                "identity provider linked",
            )
            .await?;
        }
        Ok(Arrival {
            signed_in,
            next: flow.next,
        })
    }

    async fn check_arrival(&self, state: &str, back: &Return) -> Result<(Flow, token::Person), LoginError> {
        let provider = self.provider()?;
        let body = self.take_challenge(state, Kind::Oidc).await?;
        let flow: Flow = serde_json::from_str(&body).map_err(|error| sqlx::Error::Decode(error.into()))?;
        if back
            .issuer
            .as_ref()
            .is_some_and(|issuer| *issuer != provider.config.issuer)
        {
            return Err(refused("another provider answered"));
        }
        if back.error.is_some() {
            return Err(refused("the person or the provider gave up"));
        }
        let code = back.code.as_deref().ok_or_else(|| refused("it gave no code"))?;
        let person = provider.person(code, &flow, self.clock.now()).await?;
        Ok((flow, person))
    }

    /// Whom of the ledger the provider's person is.
    async fn subject_of(
        &self,
        provider: &Provider,
        external: &Subject,
        person: &token::Person,
    ) -> Result<Subject, LoginError> {
        if let Some(claim) = &provider.config.subject_claim
            && let Some(text) = person.claims.get(claim).and_then(|value| value.as_str())
        {
            return Subject::parse_party(text)
                .ok_or_else(|| refused("its claim names no identity and no account"));
        }
        let row = sqlx::query("SELECT subject FROM provider_link WHERE external = $1")
            .bind(external.to_string())
            .fetch_optional(&self.pool)
            .await?;
        match row {
            Some(row) => Ok(store::subject(&row)?),
            None => Ok(external.clone()),
        }
    }

    async fn link(&self, external: &Subject, subject: &str) -> Result<Subject, LoginError> {
        sqlx::query(
            "INSERT INTO provider_link (external, subject, linked_at) VALUES ($1, $2, $3) \
             ON CONFLICT (external) DO UPDATE SET subject = excluded.subject, linked_at = excluded.linked_at",
        )
        .bind(external.to_string())
        .bind(subject)
        .bind(integer(self.clock.now()))
        .execute(&self.pool)
        .await?;
        Ok(Subject::from_str(subject).map_err(|error| sqlx::Error::Decode(error.into()))?)
    }

    fn flow_cookie(&self, visit: &Visit, value: &str, age: u64) -> String {
        let secure = if self.is_secure(visit) { "; Secure" } else { "" };
        // Lax: the browser comes back from another site.
        format!("{FLOW_COOKIE}={value}; Path={CALLBACK_PATH}; Max-Age={age}; HttpOnly; SameSite=Lax{secure}")
    }

    /// The value of `Set-Cookie` that forgets the sign-in.
    pub(super) fn flow_cookie_removal(&self, visit: &Visit) -> String {
        self.flow_cookie(visit, "", 0)
    }
}

/// The state of a sign-in that this browser began. Others are not counted as failures: any page of the web can send a browser here, and
/// without the cookie nothing is guessed.
fn bound_state(back: &Return) -> Result<&str, LoginError> {
    let state = back.state.as_deref().ok_or(LoginError::ChallengeUnknown)?;
    let cookie = back.cookie.as_deref().unwrap_or_default();
    match secret::equal(cookie, &secret::hash(state)) {
        true => Ok(state),
        false => Err(LoginError::ChallengeUnknown),
    }
}

/// Who can be linked: an account or identity, proved lately.
fn linkable(session: Option<&Session>) -> Result<String, LoginError> {
    let session = session.ok_or(LoginError::NotSignedIn)?;
    session.require_fresh()?;
    match session.subject {
        Subject::Account(_) | Subject::Identity(_) => Ok(session.subject.to_string()),
        Subject::Administrator | Subject::External { .. } => Err(LoginError::Invalid {
            field: "link",
            rule: "sign in with an account first",
        }),
    }
}

/// Whether a path is one of the console, and not an address elsewhere in disguise.
fn is_own_path(path: &str) -> bool {
    let plain = path
        .chars()
        .all(|character| character.is_ascii_graphic() && character != '\\');
    plain && path.starts_with('/') && !path.starts_with("//")
}
