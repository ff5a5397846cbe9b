//! Records of sign-ins, and the bound on failures that they give.
//!
//! Failures are counted for where they come from and not for whom they name: nobody can lock out who is somewhere else.

use super::{
    LoginError, Logins, Method, Visit, secret,
    store::{integer, number, text},
    subject::iso,
};
use alloy_primitives::hex;
use serde::Serialize;
use std::sync::atomic::Ordering;
use utoipa::ToSchema;

/// Seconds in which failures are counted.
const WINDOW_SECONDS: u64 = 900;

/// Failures within the window after which a source waits: more than people mistype, far fewer than guessing needs.
const FAILURES_MAX: u64 = 20;

/// Seconds for which records are kept: half a year.
const KEPT_SECONDS: u64 = 180 * 24 * 3600;

/// Records on a page.
const PAGE_MAX: u32 = 200;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Somebody signed in, or proved again who they are.
    SignedIn,
    /// Somebody was refused.
    Refused,
    /// Somebody signed out, or ended a session.
    SignedOut,
    /// A passkey, key or link was made or taken away.
    Changed,
}

impl Outcome {
    fn name(self) -> &'static str {
        match self {
            Self::SignedIn => "signedIn",
            Self::Refused => "refused",
            Self::SignedOut => "signedOut",
            Self::Changed => "changed",
        }
    }
}

/// One record.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Attempt {
    /// Its id, which grows with time.
    pub id: String,
    /// When.
    pub at: String,
    /// By which way of signing in.
    pub method: String,
    /// `signedIn`, `refused`, `signedOut` or `changed`.
    pub outcome: String,
    /// Why it was refused, or what was changed.
    pub reason: String,
    /// Whom it names: an account, an identity, `administrator`, or somebody of an identity provider; empty if it names nobody.
    pub subject: String,
    /// Where it came from.
    pub source: String,
    /// What the client called itself.
    pub agent: String,
}

/// A page of records, newest first.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Attempts {
    /// The records.
    pub items: Vec<Attempt>,
    /// The cursor of the next page.
    pub next: Option<String>,
}

/// What is recorded.
pub(super) struct Event<'a> {
    pub method: &'a str,
    pub outcome: Outcome,
    pub reason: &'a str,
    pub subject: &'a str,
}

impl Logins {
    /// Refuses a source of too many failures to sign in.
    pub(super) async fn admit(&self, visit: &Visit) -> Result<(), LoginError> {
        self.bound_failures(visit, false).await
    }

    /// Refuses a source of too many wrong API keys. They are counted apart: a program that goes on with a key that has ended locks no person
    /// out, nor other programs, whose keys nobody guesses.
    pub(super) async fn admit_wrong_key(&self, visit: &Visit) -> Result<(), LoginError> {
        self.bound_failures(visit, true).await
    }

    async fn bound_failures(&self, visit: &Visit, of_keys: bool) -> Result<(), LoginError> {
        let now = self.clock.now();
        let row = sqlx::query(
            "SELECT COUNT(*) AS failures, COALESCE(MIN(at), 0) AS first FROM login_attempt \
             WHERE source = $1 AND at > $2 AND outcome = 'refused' AND (method = $3) = ($4 = 1)",
        )
        .bind(&visit.source)
        .bind(integer(now.saturating_sub(WINDOW_SECONDS)))
        .bind(Method::ApiKey.name())
        .bind(i64::from(of_keys))
        .fetch_one(&self.pool)
        .await?;
        if number(&row, "failures")? < FAILURES_MAX {
            return Ok(());
        }
        let first = number(&row, "first")?;
        Err(LoginError::TooManyAttempts {
            retry_after: (first + WINDOW_SECONDS).saturating_sub(now).max(1),
        })
    }

    /// Writes a record.
    pub(super) async fn record(&self, visit: &Visit, event: Event<'_>) -> Result<(), LoginError> {
        let now = self.clock.now();
        // Within a second, in the order of this console; the rest tells consoles apart.
        let sequence = self.sequence.fetch_add(1, Ordering::Relaxed);
        let id = format!("{now:010x}{sequence:08x}{}", hex::encode(secret::random::<4>()?));
        sqlx::query(
            "INSERT INTO login_attempt (id, at, method, outcome, reason, subject, source, agent) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(id)
        .bind(integer(now))
        .bind(event.method)
        .bind(event.outcome.name())
        .bind(event.reason)
        .bind(event.subject)
        .bind(&visit.source)
        .bind(&visit.agent)
        .execute(&self.pool)
        .await?;
        tracing::info!(
            method = event.method,
            outcome = event.outcome.name(),
            reason = event.reason,
            subject = event.subject,
            source = visit.source,
            "sign-in"
        );
        Ok(())
    }

    /// Records a refusal if `result` is one of the person's doing, and gives it back.
    pub(super) async fn judge<T>(
        &self,
        visit: &Visit,
        method: &str,
        subject: &str,
        result: Result<T, LoginError>,
    ) -> Result<T, LoginError> {
        if let Err(error) = &result
            && error.is_refusal()
        {
            let event = Event {
                method,
                outcome: Outcome::Refused,
                reason: error.kind().slug,
                subject,
            };
            self.record(visit, event).await?;
        }
        result
    }

    /// Records of sign-ins, newest first; of one subject, or of all.
    ///
    /// # Errors
    /// [`LoginError::CursorUnknown`], or the database does not answer.
    pub async fn attempts(
        &self,
        subject: Option<&str>,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Attempts, LoginError> {
        let limit = limit.clamp(1, PAGE_MAX);
        if cursor.is_some_and(|cursor| !cursor.chars().all(|digit| digit.is_ascii_hexdigit())) {
            return Err(LoginError::CursorUnknown);
        }
        // Greater than every id, whose digits are hexadecimal.
        let before = cursor.unwrap_or("g");
        // One condition less for all, so that each statement runs along an index.
        let query = match subject {
            Some(subject) => sqlx::query(
                "SELECT id, at, method, outcome, reason, subject, source, agent FROM login_attempt \
                 WHERE id < $1 AND subject = $2 ORDER BY id DESC LIMIT $3",
            )
            .bind(before)
            .bind(subject)
            .bind(i64::from(limit)),
            None => sqlx::query(
                "SELECT id, at, method, outcome, reason, subject, source, agent FROM login_attempt \
                 WHERE id < $1 ORDER BY id DESC LIMIT $2",
            )
            .bind(before)
            .bind(i64::from(limit)),
        };
        let rows = query.fetch_all(&self.pool).await?;
        let items = rows
            .iter()
            .map(|row| {
                Ok(Attempt {
                    id: text(row, "id")?,
                    at: iso(number(row, "at")?),
                    method: text(row, "method")?,
                    outcome: text(row, "outcome")?,
                    reason: text(row, "reason")?,
                    subject: text(row, "subject")?,
                    source: text(row, "source")?,
                    agent: text(row, "agent")?,
                })
            })
            .collect::<Result<Vec<_>, sqlx::Error>>()?;
        let full = items.len() == usize::try_from(limit).unwrap_or(usize::MAX);
        let next = items.last().filter(|_| full).map(|last| last.id.clone());
        Ok(Attempts { items, next })
    }

    /// Forgets what is over: records of half a year ago, sessions, challenges and keys that ended. Run now and then.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn prune(&self) -> Result<(), LoginError> {
        let now = self.clock.now();
        for (statement, before) in [
            (
                "DELETE FROM login_attempt WHERE at < $1",
                now.saturating_sub(KEPT_SECONDS),
            ),
            ("DELETE FROM session WHERE expires_at < $1", now),
            ("DELETE FROM login_challenge WHERE expires_at < $1", now),
            (
                "DELETE FROM api_key WHERE expires_at < $1",
                now.saturating_sub(KEPT_SECONDS),
            ),
        ] {
            sqlx::query(statement)
                .bind(integer(before))
                .execute(&self.pool)
                .await?;
        }
        Ok(())
    }
}
