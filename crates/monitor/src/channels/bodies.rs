//! The requests that receivers over HTTP expect, and what their answers mean.

use super::{SendError, text};
use crate::{
    Time,
    alarms::{Message, Occasion},
    api::{Alarm, ChannelDraft, ChannelKind, Secret},
};
use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

/// Bytes of a text that WeCom takes; a longer one is refused as a whole.
const WECOM_BYTES_MAX: usize = 2_048;
/// Bytes of a text that DingTalk and Feishu take: their bodies have at most 20,000 and 20,480 bytes, and JSON may write a
/// character longer than it is.
const ROBOT_BYTES_MAX: usize = 15_000;
/// Characters of a text that Slack takes are 40,000; four bytes each is the most.
const SLACK_BYTES_MAX: usize = 10_000;
/// Answers of robots by which they say that they are asked too often, or busy: DingTalk (20 messages a minute), WeCom (20 a
/// minute), Feishu (100 a minute, 5 a second).
const LATER_CODES: [i64; 7] = [-1, 90_030, 130_101, 410_100, 45_009, 11_232, 230_020];

/// What is posted.
pub(crate) struct Request {
    pub(crate) url: reqwest::Url,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Value,
}

/// The request for a message.
pub(crate) fn request(
    channel: &ChannelDraft,
    message: &Message,
    zone: text::Zone,
    now: Time,
) -> Result<Request, SendError> {
    let text = || text::body(message, channel.language, zone);
    let (url, headers, body) = match &channel.target {
        ChannelKind::Mail { .. } => return Err(SendError::Refused("mail is not sent over HTTP".into())),
        ChannelKind::Webhook { url, headers } => {
            let headers = headers
                .iter()
                .map(|(name, value)| (name.clone(), value.0.clone()))
                .collect();
            (parsed(url)?, headers, alertmanager(channel, message))
        }
        ChannelKind::DingTalk { url, secret } => {
            let mut url = parsed(url)?;
            if let Some(secret) = secret {
                let time = now.0.to_string();
                let sign = mac(secret.0.as_bytes(), format!("{time}\n{}", secret.0).as_bytes());
                url.query_pairs_mut()
                    .append_pair("timestamp", &time)
                    .append_pair("sign", &sign);
            }
            let body = json!({ "msgtype": "text", "text": { "content": cut(text(), ROBOT_BYTES_MAX) } });
            (url, Vec::new(), body)
        }
        ChannelKind::WeCom { url } => {
            let body = json!({ "msgtype": "text", "text": { "content": cut(text(), WECOM_BYTES_MAX) } });
            (parsed(url)?, Vec::new(), body)
        }
        ChannelKind::Feishu { url, secret } => {
            let mut body =
                json!({ "msg_type": "text", "content": { "text": cut(unmarked(&text()), ROBOT_BYTES_MAX) } });
            if let Some(secret) = secret {
                let time = (now.0 / 1_000).to_string();
                let sign = mac(format!("{time}\n{}", secret.0).as_bytes(), b"");
                body["timestamp"] = json!(time);
                body["sign"] = json!(sign);
            }
            (parsed(url)?, Vec::new(), body)
        }
        ChannelKind::Slack { url } => {
            let body = json!({ "text": cut(unmarked(&text()), SLACK_BYTES_MAX) });
            (parsed(url)?, Vec::new(), body)
        }
    };
    Ok(Request { url, headers, body })
}

/// Refuses an answer by which the receiver says that it did not take the message, whatever its status.
pub(crate) fn judge(kind: &ChannelKind, answer: &str) -> Result<(), SendError> {
    let code = |name: &str| {
        let value: Option<Value> = serde_json::from_str(answer).ok();
        value.and_then(|value| value[name].as_i64())
    };
    let said = match kind {
        ChannelKind::DingTalk { .. } | ChannelKind::WeCom { .. } => code("errcode"),
        ChannelKind::Feishu { .. } => code("code").or_else(|| code("StatusCode")),
        ChannelKind::Mail { .. } | ChannelKind::Webhook { .. } | ChannelKind::Slack { .. } => Some(0),
    };
    match said {
        Some(0) => Ok(()),
        Some(code) if LATER_CODES.contains(&code) => Err(SendError::Later(answer.to_owned())),
        _ => Err(SendError::Refused(answer.to_owned())),
    }
}

/// The beginning of a text, where the whole of it is too long for its receiver.
fn cut(mut text: String, bytes_max: usize) -> String {
    if text.len() <= bytes_max {
        return text;
    }
    let mut end = bytes_max - '…'.len_utf8();
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    text.push('…');
    text
}

fn parsed(url: &Secret) -> Result<reqwest::Url, SendError> {
    reqwest::Url::parse(&url.0)
        .map_err(|error| SendError::Refused(format!("the address cannot be used: {error}")))
}

/// HMAC-SHA256 in base64, as DingTalk and Feishu sign.
fn mac(key: &[u8], text: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    STANDARD.encode(hmac::sign(&key, text))
}

/// Without marks that Slack and Feishu take for mentions and links.
fn unmarked(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// Version 4 of the webhook of Prometheus's Alertmanager, for which most receivers have a reader.
fn alertmanager(channel: &ChannelDraft, message: &Message) -> Value {
    let status = match message.occasion {
        Occasion::Resolved => "resolved",
        Occasion::Firing | Occasion::Repeated | Occasion::Escalated | Occasion::Test => "firing",
    };
    let alerts: Vec<Value> = if message.alarms.is_empty() {
        let labels = json!({ "alertname": message.rule_name });
        vec![
            json!({ "status": status, "labels": labels, "annotations": { "summary": message.note },
            "startsAt": message.at, "fingerprint": message.rule_id }),
        ]
    } else {
        message
            .alarms
            .iter()
            .map(|alarm| alert(alarm, status, message))
            .collect()
    };
    json!({
        "version": "4",
        "groupKey": message.rule_id,
        "truncatedAlerts": 0,
        "status": status,
        "receiver": channel.name,
        "groupLabels": { "alertname": message.rule_name },
        "commonLabels": { "alertname": message.rule_name },
        "commonAnnotations": { "summary": text::subject(message, channel.language), "description": message.note },
        "externalURL": "",
        "occasion": match message.occasion {
            Occasion::Firing => "firing",
            Occasion::Repeated => "repeated",
            Occasion::Resolved => "resolved",
            Occasion::Escalated => "escalated",
            Occasion::Test => "test",
        },
        "alerts": alerts,
    })
}

fn alert(alarm: &Alarm, status: &str, message: &Message) -> Value {
    let mut labels = alarm.labels.clone();
    labels.insert("alertname".into(), alarm.name.clone());
    labels.insert(
        "severity".into(),
        match alarm.severity {
            crate::api::Severity::Info => "info",
            crate::api::Severity::Warning => "warning",
            crate::api::Severity::Critical => "critical",
        }
        .into(),
    );
    let mut alert = json!({
        "status": status,
        "labels": labels,
        "annotations": { "description": alarm.note, "value": alarm.value },
        "startsAt": alarm.firing_since.unwrap_or(alarm.since),
        "fingerprint": format!("{}{:?}", alarm.rule_id, alarm.labels),
    });
    if status == "resolved" {
        alert["endsAt"] = json!(message.at);
    }
    alert
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_between_characters() {
        let check = |text: &str, bytes_max: usize, expected: &str| {
            assert_eq!(cut(text.to_owned(), bytes_max), expected, "{text} {bytes_max}");
        };
        check("磁盘将满", 12, "磁盘将满");
        check("磁盘将满", 11, "磁盘…");
        check("abcdef", 5, "ab…");
    }

    #[test]
    fn robots_that_are_asked_too_often_are_asked_again() {
        let wecom = ChannelKind::WeCom {
            url: Secret(String::new()),
        };
        let check = |answer: &str, expected: &str| {
            let found = match judge(&wecom, answer) {
                Ok(()) => "taken",
                Err(SendError::Later(_)) => "later",
                Err(SendError::Refused(_)) => "refused",
            };
            assert_eq!(found, expected, "{answer}");
        };
        check(r#"{"errcode":0,"errmsg":"ok"}"#, "taken");
        check(r#"{"errcode":45009,"errmsg":"api freq out of limit"}"#, "later");
        check(r#"{"errcode":93000,"errmsg":"invalid webhook url"}"#, "refused");
        check("<html>", "refused");
    }

    #[test]
    fn signatures_are_those_of_the_receivers() {
        // Computed with Python's hmac and base64.
        assert_eq!(
            mac(b"SECabc", b"1796027400000\nSECabc"),
            include_str!("../../tests/vectors/dingtalk.txt").trim()
        );
        assert_eq!(
            mac(b"1796027400\nSECabc", b""),
            include_str!("../../tests/vectors/feishu.txt").trim()
        );
    }
}
