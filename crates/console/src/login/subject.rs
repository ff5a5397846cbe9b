//! Who is signed in, and how a visit comes in.

use alloy_primitives::{Address, B256, hex};
use axum::http::{HeaderMap, header};
use serde::Serialize;
use std::{
    fmt,
    str::FromStr,
    sync::Arc,
    time::{Duration, SystemTime},
};
use utoipa::ToSchema;

/// Whom a proof names. Its text form stands in the database and in records.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// An account of the main ledger.
    Account(Address),
    /// An identity.
    Identity(B256),
    /// Who used the one-time link.
    Administrator,
    /// Somebody whom only an identity provider knows.
    External {
        /// The provider.
        issuer: String,
        /// Its name for the person.
        id: String,
    },
}

/// Beginning of the text form of a DID.
const DID_PREFIX: &str = "did:civitas:";

impl Subject {
    /// The account or identity that people write as `0x…` or `did:civitas:…`.
    pub fn parse_party(text: &str) -> Option<Self> {
        match text.strip_prefix(DID_PREFIX) {
            Some(id) => parse_hex(id).map(Self::Identity),
            None if text.starts_with("0x") => Address::from_str(text).ok().map(Self::Account),
            None => None,
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account(account) => write!(formatter, "{account:#x}"),
            Self::Identity(id) => formatter.write_str(&did(*id)),
            Self::Administrator => formatter.write_str("administrator"),
            Self::External { issuer, id } => write!(formatter, "external:{issuer}#{id}"),
        }
    }
}

/// A subject that the database holds cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{text} names nobody")]
pub struct SubjectError {
    text: String,
}

impl FromStr for Subject {
    type Err = SubjectError;

    fn from_str(text: &str) -> Result<Self, SubjectError> {
        let external = || {
            let (issuer, id) = text.strip_prefix("external:")?.split_once('#')?;
            Some(Self::External {
                issuer: issuer.to_owned(),
                id: id.to_owned(),
            })
        };
        if text == "administrator" {
            return Ok(Self::Administrator);
        }
        Self::parse_party(text)
            .or_else(external)
            .ok_or_else(|| SubjectError {
                text: text.to_owned(),
            })
    }
}

/// The text form of an identity's id.
pub fn did(id: B256) -> String {
    format!("{DID_PREFIX}{}", hex::encode(id))
}

fn parse_hex(text: &str) -> Option<B256> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text, &mut bytes).ok()?;
    Some(B256::from(bytes))
}

/// How somebody signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Method {
    /// By a signature of an account (CAIP-122).
    Account,
    /// By the city's identity provider.
    Oidc,
    /// By a passkey.
    Passkey,
    /// By the one-time link.
    Link,
    /// By an API key.
    ApiKey,
}

impl Method {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Account, Self::Oidc, Self::Passkey, Self::Link, Self::ApiKey];

    /// Its name in the database and in records.
    pub fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Oidc => "oidc",
            Self::Passkey => "passkey",
            Self::Link => "link",
            Self::ApiKey => "apiKey",
        }
    }

    /// The method of a name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.name() == name)
    }
}

/// Where a request comes from.
#[derive(Clone, Debug, Default)]
pub struct Visit {
    /// The address of the client, without its last 64 bits if it is of IPv6: a household, not a device.
    pub source: String,
    /// What the client calls itself.
    pub agent: String,
    /// The address under which the console was opened, such as `https://console.city.example`.
    pub origin: Option<String>,
    /// The host of the request.
    pub host: Option<String>,
    /// The token of the cookie, if there is one.
    pub token: Option<String>,
}

/// Characters of a client's name that are kept.
const AGENT_CHARACTERS_MAX: usize = 200;

impl Visit {
    /// What the headers of a request say, coming from `source`; without the token, whose cookie depends on the origin.
    pub(super) fn new(headers: &HeaderMap, source: String) -> Self {
        let text = |name| {
            headers
                .get(name)
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned)
        };
        Self {
            source,
            agent: text(header::USER_AGENT)
                .unwrap_or_default()
                .chars()
                .filter(|character| !character.is_control())
                .take(AGENT_CHARACTERS_MAX)
                .collect(),
            origin: text(header::ORIGIN),
            host: text(header::HOST),
            token: None,
        }
    }
}

/// What tells the time; tests turn it.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> SystemTime + Send + Sync>);

impl Clock {
    /// The clock of the machine.
    pub fn system() -> Self {
        Self::new(SystemTime::now)
    }

    /// Any other.
    pub fn new(now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// Seconds since 1970.
    pub fn now(&self) -> u64 {
        (self.0)()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or(Duration::ZERO)
            .as_secs()
    }
}

/// A time as the HTTP API writes it.
pub fn iso(seconds: u64) -> String {
    // Later than year 9999 cannot be written, and is not a time of a session.
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds.min(253_402_300_799));
    humantime::format_rfc3339_seconds(time).to_string()
}
