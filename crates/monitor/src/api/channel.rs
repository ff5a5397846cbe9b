//! Channels that carry alarms to people.

use super::Time;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt};
use utoipa::ToSchema;

/// A password, token or address with a token in it. Answers show [`Secret::MASK`] in its place; a change that
/// sends the mask back keeps what was there.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = String)]
pub struct Secret(pub String);

impl Secret {
    /// What answers show instead of a secret.
    pub const MASK: &'static str = "••••••";

    pub(crate) fn masked() -> Self {
        Self(Self::MASK.into())
    }

    pub(crate) fn is_mask(&self) -> bool {
        self.0 == Self::MASK
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(Self::MASK)
    }
}

/// The language of messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = MessageLanguage)]
pub enum Language {
    /// Chinese.
    #[default]
    Zh,
    /// English.
    En,
}

/// How a mail server is spoken to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum MailSecurity {
    /// TLS from the first byte (port 465).
    #[default]
    Tls,
    /// TLS after a command, refused without it (port 587).
    StartTls,
    /// In the clear: for a mail server on the same machine. No password may be given.
    None,
}

/// Where messages go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(
    tag = "kind",
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
#[schema(as = AlarmChannelKind)]
pub enum ChannelKind {
    /// Mail over SMTP.
    Mail {
        /// The mail server.
        host: String,
        /// Its port.
        port: u16,
        /// How it is spoken to.
        #[serde(default)]
        security: MailSecurity,
        /// Name at the mail server.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        user: Option<String>,
        /// Password at the mail server.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        password: Option<Secret>,
        /// From whom.
        from: String,
        /// To whom, 1 to 20.
        to: Vec<String>,
    },
    /// JSON in the form of Alertmanager's webhook (version 4), by POST.
    Webhook {
        /// The address.
        url: Secret,
        /// Headers that are sent along, such as `authorization`.
        #[serde(default)]
        headers: BTreeMap<String, Secret>,
    },
    /// A robot of a DingTalk group.
    DingTalk {
        /// Its address, with the token.
        url: Secret,
        /// The key for signed messages.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        secret: Option<Secret>,
    },
    /// A robot of a WeCom group.
    #[serde(rename = "weCom")]
    WeCom {
        /// Its address, with the key.
        url: Secret,
    },
    /// A robot of a Feishu group.
    Feishu {
        /// Its address, with the token.
        url: Secret,
        /// The key for signed messages.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        secret: Option<Secret>,
    },
    /// An incoming webhook of Slack.
    Slack {
        /// Its address.
        url: Secret,
    },
}

/// A channel as a user writes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = AlarmChannelDraft)]
pub struct ChannelDraft {
    /// A name that people know it by; unique.
    pub name: String,
    /// Whether messages are sent.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// The language of messages.
    #[serde(default)]
    pub language: Language,
    /// Where messages go.
    pub target: ChannelKind,
}

fn yes() -> bool {
    true
}

/// A channel that is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AlarmChannel)]
pub struct Channel {
    /// Its identifier.
    pub id: String,
    /// Grows with each change; a change must name the one that it was made from.
    pub version: u64,
    /// Who wrote it last.
    pub changed_by: String,
    /// When.
    pub changed_at: Time,
    /// Where it was sent to, in words that hold no secret: `mail to a@b.example`, `webhook at hooks.example`.
    pub summary: String,
    /// What the user wrote, secrets masked.
    #[serde(flatten)]
    pub draft: ChannelDraft,
}

/// How a test message went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TestOutcome {
    /// Whether the receiver took it.
    pub delivered: bool,
    /// What the receiver said, or why it could not be reached.
    pub detail: String,
    /// How long it took.
    pub elapsed_ms: u64,
}
