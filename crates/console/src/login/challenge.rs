//! What the console asked somebody to prove: kept until it is answered, once, or its time is over.

use super::{
    LoginError, Logins, Visit, secret,
    store::{integer, number, text},
};

/// Seconds to answer: a hardware wallet asks for several confirmations.
pub(super) const LIFE_SECONDS: u64 = 300;

/// Open challenges of one source. More than an office behind one address opens within minutes; bounds the table.
const OPEN_MAX: u64 = 200;

/// What is to be proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Account,
    PasskeyRegistration,
    PasskeyLogin,
    Oidc,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::PasskeyRegistration => "passkey-registration",
            Self::PasskeyLogin => "passkey-login",
            Self::Oidc => "oidc",
        }
    }
}

/// A challenge with what is needed to judge the answer.
pub(super) struct Challenge {
    kind: Kind,
    body: String,
}

impl Challenge {
    pub(super) fn new(kind: Kind, body: String) -> Self {
        Self { kind, body }
    }
}

impl Logins {
    /// Keeps a challenge under an id that is random enough to be its secret.
    pub(super) async fn keep_challenge(
        &self,
        visit: &Visit,
        id: &str,
        challenge: Challenge,
    ) -> Result<(), LoginError> {
        let now = self.clock.now();
        let row =
            sqlx::query("SELECT COUNT(*) AS open FROM login_challenge WHERE source = $1 AND expires_at > $2")
                .bind(&visit.source)
                .bind(integer(now))
                .fetch_one(&self.pool)
                .await?;
        if number(&row, "open")? >= OPEN_MAX {
            return Err(LoginError::TooManyAttempts {
                retry_after: LIFE_SECONDS,
            });
        }
        sqlx::query(
            "INSERT INTO login_challenge (id, kind, body, source, expires_at) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(secret::hash(id))
        .bind(challenge.kind.name())
        .bind(challenge.body)
        .bind(&visit.source)
        .bind(integer(now + LIFE_SECONDS))
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Takes a challenge out; nobody can take it a second time.
    pub(super) async fn take_challenge(&self, id: &str, kind: Kind) -> Result<String, LoginError> {
        let row =
            sqlx::query("DELETE FROM login_challenge WHERE id = $1 AND kind = $2 RETURNING body, expires_at")
                .bind(secret::hash(id))
                .bind(kind.name())
                .fetch_optional(&self.pool)
                .await?
                .ok_or(LoginError::ChallengeUnknown)?;
        if number(&row, "expires_at")? <= self.clock.now() {
            return Err(LoginError::ChallengeUnknown);
        }
        Ok(text(&row, "body")?)
    }
}
