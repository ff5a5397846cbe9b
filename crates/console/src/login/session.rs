//! Sessions: who is signed in, with which rights, until when.
//!
//! A session is an opaque token of 256 bits in a cookie that no script reads and no other site sends. Each sign-in makes a new token and ends
//! the one before, so that none can be planted. Rights are not written in it: they follow from the ledger at every request.

use super::{
    LoginError, Logins, Method, Persona, Reach, Subject, Visit,
    attempt::{Event, Outcome},
    secret,
    standing::{self, Rights},
    store::{self, integer, number, text},
    subject::{did, iso},
};
use crate::right::Right;
use alloy_primitives::{Address, B256};
use axum::http::{HeaderMap, header};
use serde::Serialize;
use sqlx::any::AnyRow;
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// Name of the cookie where the console is reached by TLS; browsers then insist on TLS, the host and the path.
const COOKIE_SECURE: &str = "__Host-civitas_session";

/// Name of the cookie elsewhere.
const COOKIE_PLAIN: &str = "civitas_session";

/// The header that repeats a session's `csrf` in writes.
pub const CSRF_HEADER: &str = "x-csrf-token";

/// Seconds for which a proof is fresh: long enough to read what is confirmed.
pub(super) const FRESH_SECONDS: u64 = 300;

/// Sessions of one subject; the oldest ends for a new one. More browsers than people have.
const SESSIONS_MAX: i64 = 20;

/// Seconds between two notes that a session is in use: not every request writes.
const SEEN_SECONDS: u64 = 60;

/// Who is signed in, by a cookie or by an API key.
#[derive(Clone, Debug)]
pub struct Session {
    /// Names the session, or the API key, where people see it. It opens nothing.
    pub id: String,
    /// Whom the proof named.
    pub subject: Subject,
    /// The account, if the proof was one of an account.
    pub account: Option<Address>,
    /// The identity, as the ledger knows it now.
    pub identity: Option<B256>,
    /// What an identity provider calls the person, or the label of an API key.
    pub name: Option<String>,
    /// How the person signed in.
    pub method: Method,
    /// How the person mostly uses the console.
    pub personas: BTreeSet<Persona>,
    /// What may be done.
    pub rights: BTreeSet<Right>,
    /// Where rights reach.
    pub reaches: Rights,
    /// Whether the ledger could be asked for roles; if not, only rights of everybody are there.
    pub roles_known: bool,
    /// Whether a cookie brought it, so that writes must carry `csrf`.
    pub by_cookie: bool,
    /// What writes carry in the header [`CSRF_HEADER`]; empty for API keys.
    pub csrf: String,
    /// Seconds since 1970 at which it ends at the latest.
    pub expires: u64,
    /// Whether the last proof is fresh enough for dangerous acts.
    pub stepped_up: bool,
}

impl Session {
    /// Refuses who lacks the right.
    ///
    /// # Errors
    /// [`LoginError::RightMissing`].
    pub fn require(&self, right: Right) -> Result<&Reach, LoginError> {
        let held = self.reaches.get(&right).filter(|_| self.rights.contains(&right));
        held.ok_or(LoginError::RightMissing { right })
    }

    /// Refuses who lacks the right for the whole city: for what belongs to no organisation alone.
    ///
    /// # Errors
    /// [`LoginError::RightMissing`].
    pub fn require_everywhere(&self, right: Right) -> Result<(), LoginError> {
        match self.require(right)? {
            Reach::City => Ok(()),
            Reach::Organisations(_) => Err(LoginError::RightMissing { right }),
        }
    }

    /// Refuses who lacks the right for what belongs to `organisation`.
    ///
    /// # Errors
    /// [`LoginError::RightMissing`].
    pub fn require_for(&self, right: Right, organisation: B256) -> Result<(), LoginError> {
        match self.require(right)?.covers(organisation) {
            true => Ok(()),
            false => Err(LoginError::RightMissing { right }),
        }
    }

    /// Refuses a dangerous act without a proof of the last minutes. API keys never have one.
    ///
    /// # Errors
    /// [`LoginError::ProofNotFresh`].
    pub fn require_fresh(&self) -> Result<(), LoginError> {
        match self.stepped_up {
            true => Ok(()),
            false => Err(LoginError::ProofNotFresh),
        }
    }

    /// Refuses a write that another site could have made.
    ///
    /// # Errors
    /// [`LoginError::CsrfMissing`].
    pub fn require_own_page(&self, headers: &HeaderMap) -> Result<(), LoginError> {
        let given = headers.get(CSRF_HEADER).and_then(|value| value.to_str().ok());
        match given {
            _ if !self.by_cookie => Ok(()),
            Some(given) if secret::equal(given, &self.csrf) => Ok(()),
            _ => Err(LoginError::CsrfMissing),
        }
    }

    /// Its end as the HTTP API writes it.
    pub fn expires_at(&self) -> String {
        iso(self.expires)
    }

    /// The identity as a DID.
    pub fn did(&self) -> Option<String> {
        self.identity.map(did)
    }
}

/// A session as its owner sees it in a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionItem {
    /// Names it.
    pub id: String,
    /// How it was signed in.
    pub method: String,
    /// When.
    pub created_at: String,
    /// When it was last used, to the minute.
    pub seen_at: String,
    /// When it ends.
    pub expires_at: String,
    /// Where it came from.
    pub source: String,
    /// What the client calls itself.
    pub agent: String,
    /// Whether it is the one that asks.
    pub current: bool,
}

/// A session of the database.
pub(super) struct Record {
    pub id: String,
    pub subject: Subject,
    pub name: String,
    pub method: Method,
    pub created_at: u64,
    pub seen_at: u64,
    pub proven_at: u64,
    pub expires_at: u64,
    source: String,
    agent: String,
}

const COLUMNS: &str = "id, subject, name, method, created_at, seen_at, proven_at, expires_at, source, agent";

impl Record {
    fn read(row: &AnyRow) -> Result<Self, sqlx::Error> {
        let method = text(row, "method")?;
        Ok(Self {
            id: text(row, "id")?,
            subject: store::subject(row)?,
            name: text(row, "name")?,
            method: Method::of(&method).ok_or_else(|| sqlx::Error::Decode(method.into()))?,
            created_at: number(row, "created_at")?,
            seen_at: number(row, "seen_at")?,
            proven_at: number(row, "proven_at")?,
            expires_at: number(row, "expires_at")?,
            source: text(row, "source")?,
            agent: text(row, "agent")?,
        })
    }
}

/// The session's token among the cookies of a request. Where the console is reached by TLS, a cookie of the other name is not looked at:
/// anybody on the way, or on a neighbouring host, could have planted it.
pub(super) fn token_in(headers: &HeaderMap, is_secure: bool) -> Option<String> {
    let name = if is_secure { COOKIE_SECURE } else { COOKIE_PLAIN };
    cookie_in(headers, name).filter(|token| !token.is_empty())
}

/// A cookie of a request.
pub(super) fn cookie_in(headers: &HeaderMap, name: &str) -> Option<String> {
    let cookies = headers
        .get_all(header::COOKIE)
        .into_iter()
        .filter_map(|value| value.to_str().ok());
    cookies
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.to_owned())
}

/// Proof that a person signed in: the new session, and the cookie that the browser keeps.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The session.
    pub session: Session,
    /// The value of `Set-Cookie`.
    pub cookie: String,
}

/// Whom a proof names.
pub(super) struct Proven {
    pub subject: Subject,
    pub name: String,
    pub method: Method,
    /// Seconds since 1970 at which the person proved who they are; 0 where that is not known. A provider that remembers somebody from the
    /// morning says who they are without asking them again.
    pub at: u64,
}

/// A note that could not be written keeps nobody out: a database that is full or locked can still be read.
pub(super) fn noted<T, E: std::error::Error>(result: Result<T, E>) {
    if let Err(error) = result {
        tracing::warn!(cause = %civitas_sdk::causes(&error), "a note about a session could not be written");
    }
}

impl Logins {
    /// Begins a session for somebody who proved who they are, and ends the one that the browser had.
    pub(super) async fn begin(&self, visit: &Visit, proven: Proven) -> Result<SignedIn, LoginError> {
        let token = secret::token()?;
        let now = self.clock.now();
        let record = Record {
            id: secret::encode(&secret::random::<12>()?),
            subject: proven.subject,
            name: proven.name,
            method: proven.method,
            created_at: now,
            seen_at: now,
            proven_at: proven.at.min(now),
            expires_at: now + self.config.lifetime().as_secs(),
            source: visit.source.clone(),
            agent: visit.agent.clone(),
        };
        if let Some(before) = &visit.token {
            self.end_token(before).await?;
        }
        self.insert(&token, &record).await?;
        self.bound_sessions(&record.subject).await?;
        let subject = record.subject.to_string();
        let event = Event {
            method: record.method.name(),
            outcome: Outcome::SignedIn,
            reason: "",
            subject: &subject,
        };
        self.record(visit, event).await?;
        Ok(SignedIn {
            cookie: self.cookie(visit, &token),
            session: self.session_of(record, &token).await,
        })
    }

    async fn insert(&self, token: &str, record: &Record) -> Result<(), LoginError> {
        sqlx::query(&format!(
            "INSERT INTO session (token_hash, {COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
        ))
        .bind(secret::hash(token))
        .bind(&record.id)
        .bind(record.subject.to_string())
        .bind(&record.name)
        .bind(record.method.name())
        .bind(integer(record.created_at))
        .bind(integer(record.seen_at))
        .bind(integer(record.proven_at))
        .bind(integer(record.expires_at))
        .bind(&record.source)
        .bind(&record.agent)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Ends the oldest sessions of a subject that has too many.
    async fn bound_sessions(&self, subject: &Subject) -> Result<(), LoginError> {
        sqlx::query(
            "DELETE FROM session WHERE subject = $1 AND token_hash NOT IN \
             (SELECT token_hash FROM session WHERE subject = $1 ORDER BY created_at DESC, id LIMIT $2)",
        )
        .bind(subject.to_string())
        .bind(SESSIONS_MAX)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    async fn end_token(&self, token: &str) -> Result<(), LoginError> {
        let statement = "DELETE FROM session WHERE token_hash = $1";
        sqlx::query(statement)
            .bind(secret::hash(token))
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// The session of a cookie's token.
    ///
    /// # Errors
    /// [`LoginError::SessionEnded`], or the database does not answer.
    pub(super) async fn session_by_token(&self, token: &str) -> Result<Session, LoginError> {
        let row = sqlx::query(&format!("SELECT {COLUMNS} FROM session WHERE token_hash = $1"))
            .bind(secret::hash(token))
            .fetch_optional(&self.pool)
            .await?;
        let record = Record::read(&row.ok_or(LoginError::SessionEnded)?)?;
        let now = self.clock.now();
        if now >= record.expires_at || now >= record.seen_at + self.config.idle().as_secs() {
            // What has ended stays so, also where its row cannot be removed now.
            let ended = self.end_token(token).await;
            noted(ended);
            return Err(LoginError::SessionEnded);
        }
        if now >= record.seen_at + SEEN_SECONDS {
            let statement = sqlx::query("UPDATE session SET seen_at = $1 WHERE token_hash = $2")
                .bind(integer(now))
                .bind(secret::hash(token));
            noted(statement.execute(&self.pool).await);
        }
        Ok(self.session_of(record, token).await)
    }

    /// Whether a session still stands with the rights that it had: it was not ended, has not rested too long, and no role
    /// behind it was taken away. It does not count as a use of the session.
    pub async fn stands(&self, session: &Session) -> bool {
        let now = self.clock.now();
        let statement = match session.by_cookie {
            true => {
                "SELECT COUNT(*) AS found FROM session WHERE id = $1 AND expires_at > $2 AND seen_at > $3"
            }
            false => {
                "SELECT COUNT(*) AS found FROM api_key WHERE id = $1 AND expires_at > $2 AND used_at >= $3"
            }
        };
        let seen_after = match session.by_cookie {
            true => now.saturating_sub(self.config.idle().as_secs()),
            false => 0,
        };
        let row = sqlx::query(statement)
            .bind(&session.id)
            .bind(integer(now))
            .bind(integer(seen_after))
            .fetch_one(&self.pool)
            .await;
        let found = row.and_then(|row| number(&row, "found")).unwrap_or_default();
        let now = self.person(session.subject.clone(), session.method).await;
        found > 0 && session.rights.is_subset(&now.rights)
    }

    /// The session of a record, with what the ledger says now.
    async fn session_of(&self, record: Record, token: &str) -> Session {
        let fresh = self.clock.now() < record.proven_at + FRESH_SECONDS;
        let mut session = self.person(record.subject, record.method).await;
        session.id = record.id;
        session.name = Some(record.name).filter(|name| !name.is_empty());
        session.by_cookie = true;
        session.csrf = secret::csrf(token);
        session.expires = record.expires_at;
        session.stepped_up = fresh;
        session
    }

    /// What somebody who signs in with this account would be, and may do. Not a session: it opens nothing.
    pub async fn prospect(&self, account: Address) -> Session {
        self.person(Subject::Account(account), Method::Account).await
    }

    /// What a subject may do now. Not yet a session: without id, end and proof.
    pub(super) async fn person(&self, subject: Subject, method: Method) -> Session {
        let standing = self.standings.of(&subject).await;
        let roles_known = standing.is_ok();
        if let Err(error) = &standing {
            tracing::warn!(%subject, error = error as &dyn std::error::Error, "roles cannot be read");
        }
        let standing = standing.ok().flatten();
        let mut reaches = match (&subject, &standing) {
            (Subject::Administrator, _) => standing::administrator(),
            (Subject::External { .. }, _) => standing::signed_in(),
            (_, standing) => standing::rights(
                standing
                    .as_ref()
                    .map_or(&[][..], |standing| standing.entitlements.as_slice()),
            ),
        };
        let identity = match &subject {
            Subject::Identity(identity) => Some(*identity),
            _ => standing.as_ref().and_then(|standing| standing.identity),
        };
        let mut personas = standing.as_ref().map_or_else(BTreeSet::new, |standing| {
            standing::personas(&standing.entitlements)
        });
        let is_suspended = standing.as_ref().is_some_and(|standing| standing.is_suspended);
        let is_named = self.administers(&subject, identity) && !is_suspended;
        if matches!(subject, Subject::Administrator) || is_named {
            for (right, reach) in standing::administrator() {
                standing::add(&mut reaches, &[right], &reach);
            }
            personas.insert(Persona::Operator);
        }
        if personas.is_empty() {
            personas.insert(Persona::Citizen);
        }
        Session {
            id: String::new(),
            account: match &subject {
                Subject::Account(account) => Some(*account),
                _ => None,
            },
            subject,
            identity,
            name: None,
            method,
            personas,
            rights: reaches.keys().copied().collect(),
            reaches,
            roles_known,
            by_cookie: false,
            csrf: String::new(),
            expires: 0,
            stepped_up: false,
        }
    }

    fn administers(&self, subject: &Subject, identity: Option<B256>) -> bool {
        self.administrators.contains(subject)
            || identity.is_some_and(|identity| self.administrators.contains(&Subject::Identity(identity)))
    }

    /// Ends the session of a visit.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn sign_out(&self, visit: &Visit) -> Result<(), LoginError> {
        let Some(token) = &visit.token else { return Ok(()) };
        if let Ok(session) = self.session_by_token(token).await {
            self.end_token(token).await?;
            self.record_change(visit, &session, Outcome::SignedOut, "own session")
                .await?;
        }
        Ok(())
    }

    /// The sessions of a subject, newest first.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn sessions(&self, session: &Session) -> Result<Vec<SessionItem>, LoginError> {
        let rows = sqlx::query(&format!(
            "SELECT {COLUMNS} FROM session WHERE subject = $1 AND expires_at > $2 ORDER BY created_at DESC, id"
        ))
        .bind(session.subject.to_string())
        .bind(integer(self.clock.now()))
        .fetch_all(&self.pool)
        .await?;
        let item = |row| {
            let record = Record::read(row)?;
            Ok(SessionItem {
                current: record.id == session.id,
                id: record.id,
                method: record.method.name().to_owned(),
                created_at: iso(record.created_at),
                seen_at: iso(record.seen_at),
                expires_at: iso(record.expires_at),
                source: record.source,
                agent: record.agent,
            })
        };
        rows.iter().map(item).collect()
    }

    /// Ends a session of the same subject; an administrator ends any.
    ///
    /// # Errors
    /// [`LoginError::NotFound`], or the database does not answer.
    pub async fn end_session(&self, visit: &Visit, session: &Session, id: &str) -> Result<(), LoginError> {
        let of_all = session.rights.contains(&Right::Administer);
        let done = sqlx::query("DELETE FROM session WHERE id = $1 AND (subject = $2 OR $3 = 1)")
            .bind(id)
            .bind(session.subject.to_string())
            .bind(i64::from(of_all))
            .execute(&self.pool)
            .await?;
        if done.rows_affected() == 0 {
            return Err(LoginError::NotFound { what: "session" });
        }
        self.record_change(visit, session, Outcome::SignedOut, "session ended")
            .await
    }

    /// Records what somebody who is signed in did.
    pub(super) async fn record_change(
        &self,
        visit: &Visit,
        session: &Session,
        outcome: Outcome,
        reason: &str,
    ) -> Result<(), LoginError> {
        let subject = session.subject.to_string();
        let event = Event {
            method: session.method.name(),
            outcome,
            reason,
            subject: &subject,
        };
        self.record(visit, event).await
    }

    /// The value of `Set-Cookie` that keeps a token.
    fn cookie(&self, visit: &Visit, token: &str) -> String {
        self.cookie_with(visit, token, self.config.lifetime().as_secs())
    }

    /// The value of `Set-Cookie` that forgets the token.
    pub(super) fn cookie_removal(&self, visit: &Visit) -> String {
        self.cookie_with(visit, "", 0)
    }

    fn cookie_with(&self, visit: &Visit, token: &str, age: u64) -> String {
        match self.is_secure(visit) {
            true => {
                format!("{COOKIE_SECURE}={token}; Path=/; Max-Age={age}; HttpOnly; SameSite=Strict; Secure")
            }
            false => format!("{COOKIE_PLAIN}={token}; Path=/; Max-Age={age}; HttpOnly; SameSite=Strict"),
        }
    }
}
