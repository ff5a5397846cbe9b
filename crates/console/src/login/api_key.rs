//! API keys: for programs, in the name of who made them, never with more than both the key and its owner have.

use super::{
    LoginError, Logins, Method, Session, Visit,
    attempt::Outcome,
    label, secret,
    session::noted,
    store::{self, integer, number, text},
    subject::iso,
};
use crate::right::Right;
use alloy_primitives::hex;
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// Beginning of every key, by which scanners of leaked secrets know it.
const PREFIX: &str = "civitas_";

/// Keys of one subject.
const KEYS_MAX: u64 = 50;

/// Days for which a key lasts at most: a year, so that forgotten ones end.
const DAYS_MAX: u32 = 366;

/// Seconds between two notes that a key is in use.
const USED_SECONDS: u64 = 60;

/// What a new key shall be.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewApiKey {
    /// What it is for.
    pub label: String,
    /// Its rights.
    pub scopes: BTreeSet<Right>,
    /// Days until it ends, 1 to 366.
    pub days: u32,
}

/// A key as its owner sees it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApiKey {
    /// Names it.
    pub id: String,
    /// What it is for.
    pub label: String,
    /// Whose it is.
    pub subject: String,
    /// Its rights; it has those that its owner has too.
    pub scopes: BTreeSet<Right>,
    /// When it was made.
    pub created_at: String,
    /// When it ends.
    pub expires_at: String,
    /// When it was last used, to the minute.
    pub used_at: Option<String>,
}

/// A key that was just made.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MadeApiKey {
    /// What is kept of it.
    pub key: ApiKey,
    /// The key itself, shown this once: `Authorization: Bearer SECRET`.
    pub secret: String,
}

const COLUMNS: &str = "id, label, subject, scopes, created_at, expires_at, used_at";

impl ApiKey {
    fn read(row: &AnyRow) -> Result<Self, LoginError> {
        let used_at = number(row, "used_at")?;
        Ok(Self {
            id: text(row, "id")?,
            label: text(row, "label")?,
            subject: text(row, "subject")?,
            scopes: scopes(row)?,
            created_at: iso(number(row, "created_at")?),
            expires_at: iso(number(row, "expires_at")?),
            used_at: (used_at > 0).then(|| iso(used_at)),
        })
    }
}

impl Logins {
    /// Makes a key in the name of who is signed in, with rights that they have. It needs a fresh proof: a key outlives the session.
    ///
    /// # Errors
    /// The proof is not fresh, the wish is not valid, there are too many keys.
    pub async fn make_api_key(
        &self,
        visit: &Visit,
        session: &Session,
        wish: NewApiKey,
    ) -> Result<MadeApiKey, LoginError> {
        session.require_fresh()?;
        let label = label::label(&wish.label)?;
        check(&wish, session)?;
        let subject = session.subject.to_string();
        let row = sqlx::query("SELECT COUNT(*) AS keys FROM api_key WHERE subject = $1")
            .bind(&subject)
            .fetch_one(&self.pool)
            .await?;
        if number(&row, "keys")? >= KEYS_MAX {
            return Err(LoginError::TooMany {
                what: "API keys",
                max: KEYS_MAX,
            });
        }
        let id = hex::encode(secret::random::<8>()?);
        let token = secret::token()?;
        let now = self.clock.now();
        let expires = now + u64::from(wish.days) * 24 * 3600;
        let scopes =
            serde_json::to_string(&wish.scopes).map_err(|error| sqlx::Error::Encode(error.into()))?;
        sqlx::query(
            "INSERT INTO api_key (id, secret_hash, subject, name, label, scopes, created_at, expires_at, used_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0)",
        )
        .bind(&id)
        .bind(secret::hash(&token))
        .bind(&subject)
        .bind(session.name.clone().unwrap_or_default())
        .bind(&label)
        .bind(scopes)
        .bind(integer(now))
        .bind(integer(expires))
        .execute(&self.pool)
        .await?;
        self.record_change(visit, session, Outcome::Changed, "API key made")
            .await?;
        Ok(MadeApiKey {
            secret: format!("{PREFIX}{id}_{token}"),
            key: ApiKey {
                id,
                label,
                subject,
                scopes: wish.scopes,
                created_at: iso(now),
                expires_at: iso(expires),
                used_at: None,
            },
        })
    }

    /// The keys of who is signed in; an administrator sees all.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn api_keys(&self, session: &Session) -> Result<Vec<ApiKey>, LoginError> {
        let of_all = session.rights.contains(&Right::Administer);
        // As many as twenty subjects can have: a list of keys is looked through by eye.
        let rows = sqlx::query(&format!(
            "SELECT {COLUMNS} FROM api_key WHERE subject = $1 OR $2 = 1 ORDER BY created_at DESC, id LIMIT 1000"
        ))
        .bind(session.subject.to_string())
        .bind(i64::from(of_all))
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(ApiKey::read).collect()
    }

    /// Takes a key away: an own one, or any for an administrator.
    ///
    /// # Errors
    /// [`LoginError::NotFound`], or the database does not answer.
    pub async fn remove_api_key(&self, visit: &Visit, session: &Session, id: &str) -> Result<(), LoginError> {
        let of_all = session.rights.contains(&Right::Administer);
        let done = sqlx::query("DELETE FROM api_key WHERE id = $1 AND (subject = $2 OR $3 = 1)")
            .bind(id)
            .bind(session.subject.to_string())
            .bind(i64::from(of_all))
            .execute(&self.pool)
            .await?;
        if done.rows_affected() == 0 {
            return Err(LoginError::NotFound { what: "API key" });
        }
        self.record_change(visit, session, Outcome::Changed, "API key removed")
            .await
    }

    /// The session of a key.
    pub(super) async fn session_by_key(&self, visit: &Visit, key: &str) -> Result<Session, LoginError> {
        let result = self.check_key(key).await;
        if result.as_ref().is_err_and(LoginError::is_refusal) {
            self.admit_wrong_key(visit).await?;
        }
        self.judge(visit, Method::ApiKey.name(), "", result).await
    }

    async fn check_key(&self, key: &str) -> Result<Session, LoginError> {
        let (id, token) = key
            .strip_prefix(PREFIX)
            .and_then(|rest| rest.split_once('_'))
            .ok_or(LoginError::KeyRefused)?;
        let row = sqlx::query(
            "SELECT id, secret_hash, subject, label, scopes, expires_at, used_at FROM api_key WHERE id = $1",
        )
        .bind(id)
        .fetch_optional(&self.pool)
        .await?
        .ok_or(LoginError::KeyRefused)?;
        let now = self.clock.now();
        let expires = number(&row, "expires_at")?;
        let hash = text(&row, "secret_hash")?;
        if !secret::equal(&hash, &secret::hash(token)) || expires <= now {
            return Err(LoginError::KeyRefused);
        }
        if now >= number(&row, "used_at")? + USED_SECONDS {
            let statement = "UPDATE api_key SET used_at = $1 WHERE id = $2";
            let statement = sqlx::query(statement).bind(integer(now)).bind(id);
            noted(statement.execute(&self.pool).await);
        }
        let scopes = scopes(&row)?;
        let mut session = self.person(store::subject(&row)?, Method::ApiKey).await;
        session.rights.retain(|right| scopes.contains(right));
        session.reaches.retain(|right, _| scopes.contains(right));
        session.id = text(&row, "id")?;
        session.name = Some(text(&row, "label")?);
        session.expires = expires;
        Ok(session)
    }
}

/// The rights of a key of the database.
fn scopes(row: &AnyRow) -> Result<BTreeSet<Right>, sqlx::Error> {
    serde_json::from_str(&text(row, "scopes")?).map_err(|error| sqlx::Error::Decode(error.into()))
}

fn check(wish: &NewApiKey, session: &Session) -> Result<(), LoginError> {
    if wish.days == 0 || wish.days > DAYS_MAX {
        return Err(LoginError::Invalid {
            field: "days",
            rule: "1 to 366",
        });
    }
    if wish.scopes.is_empty() {
        return Err(LoginError::Invalid {
            field: "scopes",
            rule: "at least one right",
        });
    }
    match wish.scopes.iter().find(|right| !session.rights.contains(right)) {
        Some(right) => Err(LoginError::RightMissing { right: *right }),
        None => Ok(()),
    }
}
