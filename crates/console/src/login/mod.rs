//! Login: who somebody is, and what follows from it in the console.
//!
//! ```text
//!  account (CAIP-122) ─┐
//!  OpenID Connect ─────┤                    ┌─ rights, personas (standing) ◀─ roles on the main ledger
//!  passkey ────────────┼─▶ proof ─▶ session ┤
//!  one-time link ──────┘      │             └─ step-up: a proof of the last five minutes
//!  API key ───────────────────┴─▶ records of sign-ins, bound on failures
//! ```
//! A proof names a [`Subject`]; a session remembers the subject and nothing else. What a subject may do is asked of the ledger at each
//! request (answers are kept for seconds), so that a role that is taken away closes the console.
//! It never keeps a secret (only SHA-256 of tokens), never believes what a browser says about itself, and never decides what a transaction may
//! do: that is the system contracts' part.

mod account;
mod api_key;
mod attempt;
mod challenge;
mod config;
mod contract;
mod error;
mod label;
mod oidc;
mod on_ledger;
mod passkey;
mod routes;
mod secret;
mod session;
mod setup;
mod standing;
pub(crate) mod store;
mod subject;

pub use account::{AccountChallenge, AccountProof};
pub use api_key::{ApiKey, MadeApiKey, NewApiKey};
pub use attempt::{Attempt, Attempts};
pub use config::{LoginConfig, OidcConfig};
pub use error::LoginError;
pub use oidc::{Arrival, Departure, OidcWish, Return};
pub use on_ledger::{ByCalls, Calls, OnLedger, OnLedgerError};
pub use passkey::{Passkey, RegistrationAnswer, RegistrationParts, SignInAnswer, SignInParts};
pub use routes::{routes, source};
pub use session::{CSRF_HEADER, Session, SessionItem, SignedIn};
pub use standing::{Entitlement, Persona, Reach, Rights, Standing, guest as guest_rights, personas, rights};
pub use subject::{Clock, Method, Subject, Visit, did};

use crate::right::Right;
use axum::http::{HeaderMap, header};
use sqlx::AnyPool;
use std::{
    collections::{BTreeSet, HashSet},
    sync::{Arc, atomic::AtomicU32},
};

/// All of login. Cheap to share behind an [`Arc`]; several consoles may share one PostgreSQL.
pub struct Logins {
    config: LoginConfig,
    pool: AnyPool,
    clock: Clock,
    standings: on_ledger::Standings,
    administrators: HashSet<Subject>,
    provider: Option<oidc::Provider>,
    /// Records since the start.
    sequence: AtomicU32,
}

impl Logins {
    /// Opens the database (`sqlite://FILE`, `postgres://…`).
    ///
    /// # Errors
    /// The database cannot be opened, or the settings are not valid.
    pub async fn open(
        config: LoginConfig,
        database: &str,
        ledger: Arc<dyn OnLedger>,
        clock: Clock,
    ) -> Result<Self, LoginError> {
        let administrators = config
            .administrators
            .iter()
            .map(|text| Subject::parse_party(text))
            .collect();
        let administrators: Option<HashSet<Subject>> = administrators;
        Ok(Self {
            administrators: administrators.ok_or(LoginError::Invalid {
                field: "login.administrators",
                rule: "accounts 0x… and identities did:civitas:…",
            })?,
            pool: store::open(database).await?,
            provider: config.oidc.clone().map(oidc::Provider::open).transpose()?,
            standings: on_ledger::Standings::new(ledger, clock.clone()),
            sequence: AtomicU32::new(0),
            config,
            clock,
        })
    }

    /// Who sends a request, by its `Authorization: Bearer` or its cookie. `source` is the address that it comes from. None if it
    /// brings neither.
    ///
    /// # Errors
    /// What it brings is not valid any more, or the database does not answer.
    pub async fn authenticate(
        &self,
        headers: &HeaderMap,
        source: &str,
    ) -> Result<Option<Session>, LoginError> {
        let visit = self.visit(headers, source.to_owned());
        if let Some(key) = bearer(headers) {
            return self.session_by_key(&visit, key).await.map(Some);
        }
        match &visit.token {
            Some(token) => self.session_by_token(token).await.map(Some),
            None => Ok(None),
        }
    }

    /// Rights of who is not signed in.
    pub fn guest_rights(&self) -> BTreeSet<Right> {
        match self.config.guests {
            true => guest_rights(),
            false => BTreeSet::new(),
        }
    }

    /// The settings.
    pub fn config(&self) -> &LoginConfig {
        &self.config
    }

    /// A visit with these headers, coming from `source`.
    fn visit(&self, headers: &HeaderMap, source: String) -> Visit {
        let mut visit = Visit::new(headers, source);
        visit.token = session::token_in(headers, self.is_secure(&visit));
        visit
    }

    /// Whether the visitor came by TLS, so that cookies insist on it.
    fn is_secure(&self, visit: &Visit) -> bool {
        self.origin(visit).map_or_else(
            |_| self.config.is_secure(),
            |origin| origin.starts_with("https://"),
        )
    }

    /// The address under which the visitor opened the console, if it is one of the console.
    fn origin(&self, visit: &Visit) -> Result<&str, LoginError> {
        let found = self
            .config
            .origins
            .iter()
            .find(|known| match (&visit.origin, &visit.host) {
                (Some(origin), _) => *known == origin,
                (None, Some(host)) => known.split_once("://").is_some_and(|(_, known)| known == host),
                (None, None) => false,
            });
        let given = visit.origin.as_deref().or(visit.host.as_deref());
        found
            .map(String::as_str)
            .ok_or_else(|| LoginError::OriginUnknown {
                origin: given.unwrap_or_default().chars().take(100).collect(),
            })
    }
}

/// The API key of a request. Other schemes are between the client and a proxy, and none of the console's business.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, key) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}
