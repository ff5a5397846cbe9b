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
    /// The token of a one-time link, when nobody administers the console yet: no link was used. `kept` is the token of one that this
    /// console made at an earlier start: it stays, if it can still be used. Those of other consoles at the same database stay too, until
    /// one of all is used. The link is `ORIGIN/setup#TOKEN`.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn administrator_link(&self, kept: Option<&str>) -> Result<Option<String>, LoginError> {
        let statement = "SELECT COUNT(*) AS used FROM setup_link WHERE used_at > 0";
        let row = sqlx::query(statement).fetch_one(&self.pool).await?;
        if number(&row, "used")? > 0 {
            return Ok(None);
        }
        if let Some(kept) = kept {
            let statement = "SELECT COUNT(*) AS open FROM setup_link WHERE token_hash = $1 AND used_at = 0 AND expires_at > $2";
            let row = sqlx::query(statement)
                .bind(secret::hash(kept))
                .bind(integer(self.clock.now()))
                .fetch_one(&self.pool)
                .await?;
            if number(&row, "open")? > 0 {
                return Ok(Some(kept.to_owned()));
            }
        }
        self.make_link().await.map(Some)
    }

    /// The token of a new one-time link, for an operator who reaches the database: when the administrator lost the way in. Links made
    /// before end.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn new_administrator_link(&self) -> Result<String, LoginError> {
        self.end_links().await?;
        self.make_link().await
    }

    /// Ends all links that nobody has used.
    async fn end_links(&self) -> Result<(), LoginError> {
        sqlx::query("DELETE FROM setup_link WHERE used_at = 0")
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    async fn make_link(&self) -> Result<String, LoginError> {
        let token = secret::token()?;
        let now = self.clock.now();
        sqlx::query("DELETE FROM setup_link WHERE used_at = 0 AND expires_at <= $1")
            .bind(integer(now))
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
        self.end_links().await?;
        let proven = Proven {
            subject: Subject::Administrator,
            name: String::new(),
            method: Method::Link,
            at: self.clock.now(),
        };
        self.begin(visit, proven).await
    }
}
