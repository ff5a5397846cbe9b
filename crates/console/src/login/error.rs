//! Why somebody is not let in, in words for people, with the status and slug of the HTTP API.

use crate::{
    problem::{Kind, Problem, database_kind, of_database},
    right::Right,
};
use axum::response::{IntoResponse, Response};

/// A refusal, or a fault on the way.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// Nobody is signed in.
    #[error("nobody is signed in")]
    NotSignedIn,
    /// The session expired, was ended, or never was.
    #[error("the session has ended")]
    SessionEnded,
    /// The API key is unknown, expired or misspelt.
    #[error("the API key is not valid")]
    KeyRefused,
    /// The person lacks a right.
    #[error("the right {right:?} is missing")]
    RightMissing {
        /// The right that the act needs.
        right: Right,
    },
    /// A dangerous act needs a proof of the last minutes.
    #[error("a fresh proof of identity is needed")]
    ProofNotFresh,
    /// A write with a cookie came without the session's token against forged requests.
    #[error("the request carries no token of this session")]
    CsrfMissing,
    /// The page was opened under an address that the console does not know.
    #[error("the origin {origin} is not one of the console")]
    OriginUnknown {
        /// The address.
        origin: String,
    },
    /// What was to be proved is unknown, used or expired.
    #[error("the challenge is unknown, used or expired")]
    ChallengeUnknown,
    /// A signature is not the account's.
    #[error("the signature is not one of the account")]
    SignatureRefused,
    /// Whether a signature is that of a contract, no node can be asked.
    #[error("no node can be asked whether the signature is the account's")]
    LedgerSilent {
        /// The failure.
        #[source]
        source: super::OnLedgerError,
    },
    /// A passkey's answer does not hold.
    #[error("the passkey was refused: {why}")]
    PasskeyRefused {
        /// What is wrong with it.
        why: &'static str,
    },
    /// The identity provider's answer does not hold.
    #[error("the answer of the identity provider was refused: {why}")]
    ProviderRefused {
        /// What is wrong with it.
        why: &'static str,
    },
    /// The identity provider does not answer.
    #[error("the identity provider cannot be reached")]
    ProviderUnreachable {
        /// The failure.
        #[source]
        source: reqwest::Error,
    },
    /// The one-time link is unknown, used or expired.
    #[error("the link is unknown, used or expired")]
    LinkRefused,
    /// Too many attempts failed.
    #[error("too many attempts failed; again in {retry_after} seconds")]
    TooManyAttempts {
        /// Seconds to wait.
        retry_after: u64,
    },
    /// There are as many as there may be.
    #[error("there are {max} {what} already")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many there may be.
        max: u64,
    },
    /// A field breaks a rule.
    #[error("{field}: {rule}")]
    Invalid {
        /// The field.
        field: &'static str,
        /// The rule.
        rule: &'static str,
    },
    /// A cursor is not one of the list.
    #[error("the cursor is not one of this list")]
    CursorUnknown,
    /// There is no such thing, or it is somebody else's.
    #[error("there is no such {what}")]
    NotFound {
        /// What was asked for.
        what: &'static str,
    },
    /// The console does not offer this way to sign in.
    #[error("this way to sign in is not set up")]
    MethodNotOffered,
    /// The database does not answer.
    #[error("the database of logins failed")]
    Store {
        /// The failure.
        #[from]
        source: sqlx::Error,
    },
    /// The system gives no random numbers.
    #[error("the system gives no random numbers")]
    NoRandomness,
}

macro_rules! kinds {
    ($($name:ident = $slug:literal, $status:literal, $en:literal, $zh:literal;)*) => {
        $(const $name: Kind = Kind { slug: $slug, status: $status, en: $en, zh: $zh };)*
    };
}

kinds! {
    SESSION_ENDED = "session-ended", 401, "Your session has ended. Sign in again.", "会话已结束，请重新登录。";
    KEY_REFUSED = "api-key-refused", 401, "The API key is unknown or has expired.", "API 密钥无效或已过期。";
    ORIGIN_UNKNOWN = "origin-unknown", 403,
        "The console does not know the address under which you opened it. Its operator can add it to login.origins.",
        "控制台不接受当前访问地址，运维人员可将其加入 login.origins。";
    CHALLENGE_UNKNOWN = "challenge-unknown", 400, "The request to sign in has expired. Start again.", "登录请求已过期，请重新开始。";
    SIGNATURE_REFUSED = "signature-refused", 401, "The signature does not belong to the account.", "签名与账户不符。";
    PASSKEY_REFUSED = "passkey-refused", 401, "The passkey was not accepted.", "通行密钥未被接受。";
    PROVIDER_REFUSED = "provider-refused", 401,
        "The answer of the identity provider was not accepted. Start again.", "身份提供方的应答未被接受，请重新开始。";
    PROVIDER_UNREACHABLE = "provider-unreachable", 502,
        "The identity provider does not answer. Try later, or sign in another way.", "身份提供方无应答，请稍后再试或改用其他方式登录。";
    LINK_REFUSED = "setup-link-refused", 401,
        "The link was used before or has expired. The operator can print a new one.", "链接已使用或已过期，运维人员可生成新链接。";
    TOO_MANY_ATTEMPTS = "too-many-attempts", 429, "Too many attempts failed. Wait a little.", "失败次数过多，请稍后再试。";
    METHOD_NOT_OFFERED = "method-not-offered", 404, "This way to sign in is not set up here.", "此处未启用该登录方式。";
}

impl LoginError {
    /// Its type as the HTTP API tells it.
    pub fn kind(&self) -> Kind {
        match self {
            Self::NotSignedIn => Kind::SIGN_IN,
            Self::SessionEnded => SESSION_ENDED,
            Self::KeyRefused => KEY_REFUSED,
            Self::RightMissing { .. } => Kind::RIGHT,
            Self::ProofNotFresh => Kind::PROOF,
            Self::CsrfMissing => Kind::CSRF,
            Self::OriginUnknown { .. } => ORIGIN_UNKNOWN,
            Self::ChallengeUnknown => CHALLENGE_UNKNOWN,
            Self::SignatureRefused => SIGNATURE_REFUSED,
            Self::LedgerSilent { .. } => Kind::NODE_DOWN,
            Self::PasskeyRefused { .. } => PASSKEY_REFUSED,
            Self::ProviderRefused { .. } => PROVIDER_REFUSED,
            Self::ProviderUnreachable { .. } => PROVIDER_UNREACHABLE,
            Self::LinkRefused => LINK_REFUSED,
            Self::TooManyAttempts { .. } => TOO_MANY_ATTEMPTS,
            Self::TooMany { .. } => Kind::FULL,
            Self::Invalid { .. } => Kind::INVALID,
            Self::CursorUnknown => Kind::CURSOR,
            Self::NotFound { .. } => Kind::NOT_FOUND,
            Self::MethodNotOffered => METHOD_NOT_OFFERED,
            Self::Store { source } => database_kind(source),
            Self::NoRandomness => Kind::FAULT,
        }
    }

    /// Whether it is the doing of who asked, and not of the console or what stands behind it.
    pub(super) fn is_refusal(&self) -> bool {
        self.kind().status < 500
    }

    /// What can be told beyond the words; none for faults, whose reason stays in the log.
    fn detail(&self) -> Option<String> {
        match self {
            Self::RightMissing { .. }
            | Self::OriginUnknown { .. }
            | Self::PasskeyRefused { .. }
            | Self::ProviderRefused { .. }
            | Self::TooManyAttempts { .. }
            | Self::TooMany { .. }
            | Self::Invalid { .. }
            | Self::NotFound { .. } => Some(self.to_string()),
            _ => None,
        }
    }
}

impl From<LoginError> for Problem {
    fn from(error: LoginError) -> Self {
        if let LoginError::Store { source } = &error {
            return of_database("the database of logins", source);
        }
        if !error.is_refusal() {
            tracing::error!(cause = %civitas_sdk::causes(&error), "a sign-in failed");
        }
        let mut problem = Self::new(error.kind());
        if let Some(detail) = error.detail() {
            problem = problem.with_detail(detail);
        }
        match error {
            LoginError::TooManyAttempts { retry_after } => problem.with_retry_after(retry_after),
            LoginError::Invalid { field, rule } => problem.with("field", field).with("rule", rule),
            LoginError::RightMissing { right } => match serde_json::to_value(right) {
                Ok(right) => problem.with("right", right),
                Err(_) => problem,
            },
            _ => problem,
        }
    }
}

impl IntoResponse for LoginError {
    fn into_response(self) -> Response {
        Problem::from(self).into_response()
    }
}
