//! The one-time link that makes the first administrator. No default password exists.

use super::{
    LoginError, Logins, Method, SignedIn, Subject, Visit,
    attempt::{Event, Outcome},
    secret,
    session::Proven,
    store::{integer, number},
};

/// Seconds for which a link can be used: a day to find it in the output of the start.
const LIFE_SECONDS: u64 = 24 * 3600;

impl Logins {
    /// The token of a one-time link, when nobody administers the console yet: no link was used. Links made before end. The link is
    /// `ORIGIN/setup#TOKEN`.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn administrator_link(&self) -> Result<Option<String>, LoginError> {
        let statement = "SELECT COUNT(*) AS used FROM setup_link WHERE used_at > 0";
        let row = sqlx::query(statement).fetch_one(&self.pool).await?;
        match number(&row, "used")? {
            0 => self.new_administrator_link().await.map(Some),
            _ => Ok(None),
        }
    }

    /// The token of a new one-time link, for an operator who reaches the database: when the administrator lost the way in.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn new_administrator_link(&self) -> Result<String, LoginError> {
        let token = secret::token()?;
        let now = self.clock.now();
        sqlx::query("DELETE FROM setup_link WHERE used_at = 0")
            .execute(&self.pool)
            .await?;
        sqlx::query(
            "INSERT INTO setup_link (token_hash, created_at, expires_at, used_at) VALUES ($1, $2, $3, 0)",
        )
        .bind(secret::hash(&token))
        .bind(integer(now))
        .bind(integer(now + LIFE_SECONDS))
        .execute(&self.pool)
        .await?;
        let event = Event {
            method: Method::Link.name(),
            outcome: Outcome::Changed,
            reason: "link made",
            subject: "administrator",
        };
        let visit = Visit {
            source: "console".to_owned(),
            ..Visit::default()
        };
        self.record(&visit, event).await?;
        Ok(token)
    }

    /// Makes an administrator of who brings the token of a link, once.
    ///
    /// # Errors
    /// [`LoginError::LinkRefused`], too many attempts failed, or the database does not answer.
    pub async fn link_sign_in(&self, visit: &Visit, token: &str) -> Result<SignedIn, LoginError> {
        self.admit(visit).await?;
        self.origin(visit)?;
        let now = integer(self.clock.now());
        let done = sqlx::query(
            "UPDATE setup_link SET used_at = $1 WHERE token_hash = $2 AND used_at = 0 AND expires_at > $1",
        )
        .bind(now)
        .bind(secret::hash(token))
        .execute(&self.pool)
        .await?;
        let result = match done.rows_affected() {
            1 => Ok(()),
            _ => Err(LoginError::LinkRefused),
        };
        self.judge(visit, Method::Link.name(), "administrator", result)
            .await?;
        let proven = Proven {
            subject: Subject::Administrator,
            name: String::new(),
            method: Method::Link,
        };
        self.begin(visit, proven).await
    }
}
