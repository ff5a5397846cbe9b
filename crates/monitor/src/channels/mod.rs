//! Carries messages to people: mail, webhooks, and the robots of DingTalk, WeCom, Feishu and Slack.
//!
//! A receiver is given ten seconds. Where it does not answer, or says that it is at fault or asked too often, the message
//! waits for another attempt (`alarms::outbox`).
//! Redirections are not followed: a secret goes where the user said, and nowhere else.

mod bodies;
mod mail;
mod text;

use crate::{
    Error, Result, Time,
    alarms::{Message, Occasion},
    api::{ChannelDraft, ChannelKind, Language},
    clock::Clock,
};
use bodies::Request;
use std::{sync::Arc, time::Duration};
pub(crate) use text::Zone;

/// How long a receiver may take.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(10);
/// Bytes of an answer that are read.
const ANSWER_BYTES_MAX: usize = 16 * 1024;
/// Characters of an answer or problem that are recorded.
const DETAIL_MAX: usize = 200;

/// Why a message was not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SendError {
    /// The receiver cannot be reached, or is at fault: another attempt may help.
    #[error("{0}")]
    Later(String),
    /// The receiver refuses the message, or it cannot be written.
    #[error("{0}")]
    Refused(String),
}

/// Sends messages.
#[derive(Clone)]
pub(crate) struct Sender {
    client: reqwest::Client,
    clock: Arc<dyn Clock>,
    zone: Zone,
}

impl Sender {
    pub(crate) fn new(clock: Arc<dyn Clock>, zone: Zone) -> Result<Self> {
        let client = reqwest::Client::builder()
            .timeout(ANSWER_TIME_MAX)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("civitas/", env!("CARGO_PKG_VERSION")))
            .pool_max_idle_per_host(0)
            .build()
            .map_err(|source| Error::Client {
                source: Box::new(source),
            })?;
        Ok(Self { client, clock, zone })
    }

    /// Sends once. Gives what the receiver said, or why it did not take the message.
    pub(crate) async fn attempt(
        &self,
        channel: &ChannelDraft,
        message: &Message,
    ) -> std::result::Result<String, SendError> {
        match self.sent(channel, message).await {
            Ok(said) => Ok(shortened(&said)),
            Err(SendError::Later(problem)) => Err(SendError::Later(shortened(&problem))),
            Err(SendError::Refused(problem)) => Err(SendError::Refused(shortened(&problem))),
        }
    }

    async fn sent(
        &self,
        channel: &ChannelDraft,
        message: &Message,
    ) -> std::result::Result<String, SendError> {
        if let ChannelKind::Mail { .. } = channel.target {
            let sent = mail::send(channel, message, self.zone);
            return tokio::time::timeout(ANSWER_TIME_MAX, sent)
                .await
                .unwrap_or_else(|_| Err(SendError::Later("the mail server takes too long".into())));
        }
        let request = bodies::request(channel, message, self.zone, self.clock.now())?;
        self.post(&channel.target, request).await
    }

    async fn post(&self, kind: &ChannelKind, request: Request) -> std::result::Result<String, SendError> {
        let mut builder = self.client.post(request.url).json(&request.body);
        for (name, value) in request.headers {
            builder = builder.header(name, value);
        }
        let mut response = builder.send().await.map_err(|error| {
            // The address may hold a token: it is not recorded.
            SendError::Later(causes(&error.without_url()))
        })?;
        let status = response.status();
        let mut body = Vec::new();
        while let Ok(Some(chunk)) = response.chunk().await {
            body.extend_from_slice(&chunk);
            if body.len() > ANSWER_BYTES_MAX {
                break;
            }
        }
        let text = String::from_utf8_lossy(&body).into_owned();
        if status.is_server_error() || status.as_u16() == 429 {
            return Err(SendError::Later(format!("{status} {text}")));
        }
        if !status.is_success() {
            return Err(SendError::Refused(format!("{status} {text}")));
        }
        bodies::judge(kind, &text)?;
        Ok(format!("{status} {text}"))
    }
}

/// A message by which a user tries a channel.
pub(crate) fn test_message(language: Language, channel_id: &str, name: &str, now: Time) -> Message {
    Message {
        occasion: Occasion::Test,
        at: now,
        rule_id: channel_id.into(),
        rule_name: name.into(),
        note: text::test_note(language).into(),
        alarms: Vec::new(),
        channels: vec![channel_id.into()],
        group_seconds: 0,
    }
}

fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

fn shortened(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(DETAIL_MAX).collect()
}
