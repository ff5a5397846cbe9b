//! Settings of login, the table `[login]` of `console.toml`.

use reqwest::Url;
use serde::Deserialize;
use std::{path::PathBuf, time::Duration};

/// Minutes that a session may rest, at least: uses are noted to the minute, and a shorter rest would end sessions in use.
const IDLE_MINUTES_MIN: u64 = 5;
/// Hours that a session may last, at most: a week, after which everybody can prove again who they are.
const SESSION_HOURS_MAX: u64 = 7 * 24;

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
    /// Everything that is wrong, in words.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for origin in self.origins.iter().filter(|origin| !is_origin(origin)) {
            faults.push(format!(
                "login.origins has {origin:?}, which browsers never name so: give scheme, host in small letters and port, such as \
                 https://console.city.example"
            ));
        }
        if self.idle_minutes < IDLE_MINUTES_MIN {
            faults.push(format!("login.idle_minutes is below {IDLE_MINUTES_MIN}"));
        }
        if !(1..=SESSION_HOURS_MAX).contains(&self.session_hours) {
            faults.push(format!("login.session_hours is not 1 to {SESSION_HOURS_MAX}"));
        }
        faults
    }

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

/// Whether a text is an origin as browsers write it.
fn is_origin(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https") && url.origin().ascii_serialization() == text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_would_keep_everybody_out_are_faults() {
        let check = |change: fn(&mut LoginConfig), expected: Option<&str>| {
            let mut config = LoginConfig {
                origins: vec![
                    "https://console.city.example".to_owned(),
                    "http://[::1]:8080".to_owned(),
                ],
                ..LoginConfig::default()
            };
            change(&mut config);
            let faults = config.faults();
            match expected {
                None => assert_eq!(faults, Vec::<String>::new()),
                Some(part) => assert!(
                    faults.len() == 1 && faults[0].contains(part),
                    "{part}: {faults:?}"
                ),
            }
        };
        check(|_| {}, None);
        check(
            |config| config.origins.push("https://a.example/".into()),
            Some("a.example/"),
        );
        check(
            |config| config.origins.push("https://A.example".into()),
            Some("A.example"),
        );
        check(
            |config| config.origins.push("https://a.example:443".into()),
            Some(":443"),
        );
        check(
            |config| config.origins.push("ftp://a.example".into()),
            Some("ftp"),
        );
        check(
            |config| config.origins.push("a.example".into()),
            Some("a.example"),
        );
        check(|config| config.idle_minutes = 1, Some("idle_minutes"));
        check(|config| config.session_hours = 0, Some("session_hours"));
        check(|config| config.session_hours = 169, Some("session_hours"));
    }
}
