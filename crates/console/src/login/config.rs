//! Settings of login, the table `[login]` of `console.toml`.

use serde::Deserialize;
use std::{path::PathBuf, time::Duration};

/// Who may sign in, how, and for how long.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LoginConfig {
    /// Addresses under which browsers open the console, such as `https://console.city.example`. Proofs are made for one of them,
    /// and a passkey for its host; others are refused.
    pub origins: Vec<String>,
    /// Whether people who are not signed in may look at open data of the city.
    pub guests: bool,
    /// Accounts (`0x…`) and identities (`did:civitas:…`) that administer the console beside whoever used the one-time link.
    pub administrators: Vec<String>,
    /// Whether a proxy stands before the console, which sets the last address of `X-Forwarded-For`.
    pub behind_proxy: bool,
    /// A session ends when nothing was done with it for so many minutes.
    pub idle_minutes: u64,
    /// A session ends so many hours after it began, whatever was done.
    pub session_hours: u64,
    /// The identity provider of the city, if it has one.
    pub oidc: Option<OidcConfig>,
}

/// An OpenID Connect provider.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OidcConfig {
    /// What the button says.
    #[serde(default = "provider_name")]
    pub name: String,
    /// Its address as it stands in tokens; `/.well-known/openid-configuration` is below it.
    pub issuer: String,
    /// The id under which the provider knows the console.
    pub client_id: String,
    /// A file that holds the client's secret; without one the console is a public client, which PKCE protects.
    #[serde(default)]
    pub client_secret_file: Option<PathBuf>,
    /// What is asked for beside `openid`.
    #[serde(default = "scopes")]
    pub scopes: Vec<String>,
    /// The claim that names the person's identity (`did:civitas:…`) or account (`0x…`). Only for a provider that checks what it says
    /// there. Without it, a person proves an account once, and the console remembers the link.
    #[serde(default)]
    pub subject_claim: Option<String>,
}

fn provider_name() -> String {
    "OpenID Connect".to_owned()
}

fn scopes() -> Vec<String> {
    vec!["profile".to_owned()]
}

impl Default for LoginConfig {
    fn default() -> Self {
        Self {
            origins: Vec::new(),
            guests: false,
            administrators: Vec::new(),
            behind_proxy: false,
            // Long enough to read a proposal, short enough for a desk in an office.
            idle_minutes: 60,
            // A working day.
            session_hours: 12,
            oidc: None,
        }
    }
}

impl LoginConfig {
    /// How long a session may rest.
    pub fn idle(&self) -> Duration {
        Duration::from_secs(self.idle_minutes.saturating_mul(60))
    }

    /// How long a session may last.
    pub fn lifetime(&self) -> Duration {
        Duration::from_secs(self.session_hours.saturating_mul(3600))
    }

    /// Whether every address is reached by TLS, so that cookies may insist on it.
    pub fn is_secure(&self) -> bool {
        !self.origins.is_empty() && self.origins.iter().all(|origin| origin.starts_with("https://"))
    }
}
