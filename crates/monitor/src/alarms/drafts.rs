//! What a rule, a silence or a channel may look like.

use super::state::State;
use crate::{
    Error, Result,
    api::{ChannelDraft, ChannelKind, Condition, Labels, MailSecurity, RuleDraft, Secret, SilenceDraft},
};

/// Rules: each is evaluated every few seconds.
pub(crate) const RULES_MAX: usize = 200;
pub(crate) const CHANNELS_MAX: usize = 50;
pub(crate) const SILENCES_MAX: usize = 200;
/// Characters of a name.
const NAME_MAX: usize = 80;
/// Characters of a note or comment.
pub(crate) const NOTE_MAX: usize = 1_000;
/// Labels of a rule or silence, and arguments of an event.
const LABELS_MAX: usize = 10;
/// Channels of a rule.
const CHANNELS_OF_RULE_MAX: usize = 10;
/// A week, in seconds: longer waits are no alarms.
const WAIT_SECONDS_MAX: u64 = 7 * 86_400;
/// A day, in seconds: events and lines are counted in memory and in one search.
const WINDOW_SECONDS_MAX: u64 = 86_400;
/// Events that are counted for a rule.
pub(crate) const EVENTS_MAX: u64 = 1_000;
const LINES_MAX: u64 = 1_000_000;
/// Minutes of a repetition or escalation: a week.
const MINUTES_MAX: u64 = 7 * 1_440;
/// Seconds for which alarms of a rule wait for each other: an hour, after which an alarm is no news.
const GROUP_SECONDS_MAX: u64 = 3_600;
/// Minutes of a silence: thirty days.
const SILENCE_MINUTES_MAX: u64 = 30 * 1_440;
const RECIPIENTS_MAX: usize = 20;
const HEADERS_MAX: usize = 10;
const URL_BYTES_MAX: usize = 2_048;

pub(crate) fn check_rule(draft: &RuleDraft, state: &State) -> Result<()> {
    check_name(&draft.name)?;
    check_note("note", &draft.note)?;
    check_labels("labels", &draft.labels)?;
    check_channels("channels", &draft.channels, state)?;
    check_number("repeatMinutes", draft.repeat_minutes, 0, MINUTES_MAX)?;
    check_number("groupSeconds", draft.group_seconds, 0, GROUP_SECONDS_MAX)?;
    if let Some(escalation) = &draft.escalation {
        check_number(
            "escalation.afterMinutes",
            escalation.after_minutes,
            1,
            MINUTES_MAX,
        )?;
        check_channels("escalation.channels", &escalation.channels, state)?;
        if escalation.channels.is_empty() {
            return Err(Error::field("escalation.channels", "at least one is expected"));
        }
    }
    check_condition(&draft.condition)
}

fn check_condition(condition: &Condition) -> Result<()> {
    match condition {
        Condition::Metric {
            threshold,
            for_seconds,
            keep_firing_seconds,
            ..
        } => {
            if threshold.is_some_and(|threshold| !threshold.value.is_finite()) {
                return Err(Error::field(
                    "condition.threshold.value",
                    "a finite number is expected",
                ));
            }
            check_number("condition.forSeconds", *for_seconds, 0, WAIT_SECONDS_MAX)?;
            check_number(
                "condition.keepFiringSeconds",
                *keep_firing_seconds,
                0,
                WAIT_SECONDS_MAX,
            )
        }
        Condition::Absence { for_seconds, .. } => {
            check_number("condition.forSeconds", *for_seconds, 0, WAIT_SECONDS_MAX)
        }
        Condition::Log {
            words,
            level,
            count,
            window_seconds,
            ..
        } => {
            if words.trim().is_empty() && level.is_none() {
                return Err(Error::field("condition.words", "words or a level are expected"));
            }
            check_number("condition.count", *count, 1, LINES_MAX)?;
            check_number("condition.windowSeconds", *window_seconds, 1, WINDOW_SECONDS_MAX)
        }
        Condition::LedgerEvent {
            ledger,
            contract,
            event,
            arguments,
            count,
            window_seconds,
        } => {
            if ledger.is_none() && contract.is_none() && event.is_none() && arguments.is_empty() {
                return Err(Error::field(
                    "condition",
                    "a ledger, contract, event or argument is expected",
                ));
            }
            check_labels("condition.arguments", arguments)?;
            check_number("condition.count", *count, 1, EVENTS_MAX)?;
            check_number("condition.windowSeconds", *window_seconds, 1, WINDOW_SECONDS_MAX)
        }
    }
}

pub(crate) fn check_silence(draft: &SilenceDraft) -> Result<()> {
    check_note("comment", &draft.comment)?;
    check_labels("labels", &draft.labels)?;
    check_number("minutes", draft.minutes, 1, SILENCE_MINUTES_MAX)
}

pub(crate) fn check_channel(draft: &ChannelDraft) -> Result<()> {
    check_name(&draft.name)?;
    match &draft.target {
        ChannelKind::Mail {
            host,
            security,
            password,
            user,
            from,
            to,
            ..
        } => {
            check_text("target.host", host)?;
            if *security == MailSecurity::None && (user.is_some() || password.is_some()) {
                return Err(Error::field(
                    "target.password",
                    "a password is never sent in the clear: choose tls or startTls",
                ));
            }
            if user.is_some() != password.is_some() {
                return Err(Error::field(
                    "target.password",
                    "user and password belong together",
                ));
            }
            check_mailbox("target.from", from)?;
            if to.is_empty() || to.len() > RECIPIENTS_MAX {
                return Err(Error::field(
                    "target.to",
                    format!("1 to {RECIPIENTS_MAX} recipients are possible"),
                ));
            }
            to.iter()
                .try_for_each(|mailbox| check_mailbox("target.to", mailbox))
        }
        ChannelKind::Webhook { url, headers } => {
            if headers.len() > HEADERS_MAX {
                return Err(Error::field(
                    "target.headers",
                    format!("at most {HEADERS_MAX} are possible"),
                ));
            }
            for (name, value) in headers {
                let name_fits = reqwest::header::HeaderName::from_bytes(name.as_bytes()).is_ok();
                let value_fits = reqwest::header::HeaderValue::from_str(&value.0).is_ok();
                if !name_fits || (!value_fits && !value.is_mask()) {
                    return Err(Error::field("target.headers", "this is no header"));
                }
            }
            check_url(url)
        }
        ChannelKind::DingTalk { url, .. }
        | ChannelKind::WeCom { url }
        | ChannelKind::Feishu { url, .. }
        | ChannelKind::Slack { url } => check_url(url),
    }
}

fn check_name(name: &str) -> Result<()> {
    check_text("name", name)
}

fn check_text(field: &'static str, text: &str) -> Result<()> {
    let count = text.trim().chars().count();
    if count == 0 || text.chars().count() > NAME_MAX || text.chars().any(char::is_control) {
        return Err(Error::field(
            field,
            format!("1 to {NAME_MAX} characters are expected"),
        ));
    }
    Ok(())
}

pub(crate) fn check_note(field: &'static str, text: &str) -> Result<()> {
    let fits = |character: char| !character.is_control() || character == '\n';
    if text.chars().count() > NOTE_MAX || !text.chars().all(fits) {
        return Err(Error::field(
            field,
            format!("at most {NOTE_MAX} characters are possible"),
        ));
    }
    Ok(())
}

fn check_labels(field: &'static str, labels: &Labels) -> Result<()> {
    if labels.len() > LABELS_MAX {
        return Err(Error::field(field, format!("at most {LABELS_MAX} are possible")));
    }
    for (name, value) in labels {
        check_text(field, name)?;
        check_note(field, value)?;
    }
    Ok(())
}

fn check_channels(field: &'static str, channels: &[String], state: &State) -> Result<()> {
    if channels.len() > CHANNELS_OF_RULE_MAX {
        return Err(Error::field(
            field,
            format!("at most {CHANNELS_OF_RULE_MAX} are possible"),
        ));
    }
    match channels
        .iter()
        .find(|channel| !state.channels.contains_key(*channel))
    {
        Some(unknown) => Err(Error::field(field, format!("there is no channel {unknown}"))),
        None => Ok(()),
    }
}

fn check_number(field: &'static str, value: u64, low: u64, high: u64) -> Result<()> {
    if (low..=high).contains(&value) {
        return Ok(());
    }
    Err(Error::field(field, format!("{low} to {high} is possible")))
}

fn check_mailbox(field: &'static str, text: &str) -> Result<()> {
    text.parse::<lettre::message::Mailbox>()
        .map(drop)
        .map_err(|_| Error::field(field, "a mail address is expected"))
}

fn check_url(url: &Secret) -> Result<()> {
    if url.is_mask() {
        return Ok(());
    }
    let parsed = reqwest::Url::parse(&url.0).ok();
    let fits = parsed.is_some_and(|parsed| matches!(parsed.scheme(), "http" | "https") && parsed.has_host());
    if !fits || url.0.len() > URL_BYTES_MAX {
        return Err(Error::field("target.url", "an http or https address is expected"));
    }
    Ok(())
}

/// The same channel with its secrets masked.
pub(crate) fn masked(mut draft: ChannelDraft) -> ChannelDraft {
    for secret in secrets(&mut draft.target) {
        *secret = Secret::masked();
    }
    draft
}

/// Puts back the secrets of `before` where the mask was sent. A mask without a secret behind it is refused: so is
/// one whose target has changed, or a stored secret could be sent to another place.
pub(crate) fn unmasked(draft: &mut ChannelDraft, before: Option<&ChannelDraft>) -> Result<()> {
    let mut known = before.map(|before| before.target.clone());
    let moved = match (&draft.target, &known) {
        (
            ChannelKind::Mail { host, port, .. },
            Some(ChannelKind::Mail {
                host: old,
                port: old_port,
                ..
            }),
        ) => host != old || port != old_port,
        (ChannelKind::Webhook { url, .. }, Some(ChannelKind::Webhook { .. }))
        | (ChannelKind::DingTalk { url, .. }, Some(ChannelKind::DingTalk { .. }))
        | (ChannelKind::WeCom { url }, Some(ChannelKind::WeCom { .. }))
        | (ChannelKind::Feishu { url, .. }, Some(ChannelKind::Feishu { .. }))
        | (ChannelKind::Slack { url }, Some(ChannelKind::Slack { .. })) => !url.is_mask(),
        _ => true,
    };
    let mut old: Vec<(String, Secret)> = Vec::new();
    if let Some(target) = known.as_mut().filter(|_| !moved) {
        old = named_secrets(target);
    }
    for (name, secret) in named_secrets_mut(&mut draft.target) {
        if !secret.is_mask() {
            continue;
        }
        let Some((_, stored)) = old.iter().find(|(other, _)| *other == name) else {
            return Err(Error::field(
                "target",
                "secrets must be given anew when the receiver changes",
            ));
        };
        *secret = stored.clone();
    }
    Ok(())
}

fn secrets(kind: &mut ChannelKind) -> Vec<&mut Secret> {
    named_secrets_mut(kind)
        .into_iter()
        .map(|(_, secret)| secret)
        .collect()
}

fn named_secrets(kind: &mut ChannelKind) -> Vec<(String, Secret)> {
    named_secrets_mut(kind)
        .into_iter()
        .map(|(name, secret)| (name, secret.clone()))
        .collect()
}

fn named_secrets_mut(kind: &mut ChannelKind) -> Vec<(String, &mut Secret)> {
    match kind {
        ChannelKind::Mail { password, .. } => password
            .iter_mut()
            .map(|secret| ("password".to_owned(), secret))
            .collect(),
        ChannelKind::Webhook { url, headers } => std::iter::once(("url".to_owned(), url))
            .chain(
                headers
                    .iter_mut()
                    .map(|(name, secret)| (format!("header {name}"), secret)),
            )
            .collect(),
        ChannelKind::DingTalk { url, secret } | ChannelKind::Feishu { url, secret } => {
            std::iter::once(("url".to_owned(), url))
                .chain(secret.iter_mut().map(|secret| ("secret".to_owned(), secret)))
                .collect()
        }
        ChannelKind::WeCom { url } | ChannelKind::Slack { url } => vec![("url".to_owned(), url)],
    }
}

/// Where a channel goes, without its secrets.
pub(crate) fn summary(kind: &ChannelKind) -> String {
    let place = |url: &Secret| {
        reqwest::Url::parse(&url.0)
            .ok()
            .and_then(|url| url.host_str().map(str::to_owned))
            .unwrap_or_default()
    };
    match kind {
        ChannelKind::Mail { to, host, .. } => format!("mail to {} by {host}", to.join(", ")),
        ChannelKind::Webhook { url, .. } => format!("webhook at {}", place(url)),
        ChannelKind::DingTalk { url, .. } => format!("DingTalk at {}", place(url)),
        ChannelKind::WeCom { url } => format!("WeCom at {}", place(url)),
        ChannelKind::Feishu { url, .. } => format!("Feishu at {}", place(url)),
        ChannelKind::Slack { url } => format!("Slack at {}", place(url)),
    }
}
