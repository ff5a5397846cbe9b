//! What messages say, in Chinese and English. It is plain text: names, labels and lines of logs in it come from
//! others, and no receiver may take a part of them for its own markup.

use crate::{
    alarms::{Message, Occasion},
    api::{Alarm, Language, Severity},
};

/// Alarms that a message lists; the console shows all.
const ALARMS_MAX: usize = 10;

pub(crate) fn test_note(language: Language) -> &'static str {
    match language {
        Language::Zh => "这是一条测试消息，收到即表示通道可用。",
        Language::En => "This is a test message: the channel works.",
    }
}

/// One line.
pub(crate) fn subject(message: &Message, language: Language) -> String {
    let occasion = match (message.occasion, language) {
        (Occasion::Firing, Language::Zh) => "告警",
        (Occasion::Firing, Language::En) => "Alarm",
        (Occasion::Resolved, Language::Zh) => "恢复",
        (Occasion::Resolved, Language::En) => "Resolved",
        (Occasion::Escalated, Language::Zh) => "告警升级",
        (Occasion::Escalated, Language::En) => "Escalated",
        (Occasion::Test, Language::Zh) => "测试",
        (Occasion::Test, Language::En) => "Test",
    };
    let severity = message
        .alarms
        .first()
        .map(|alarm| severity(alarm.severity, language));
    let severity = severity.map(|word| format!(" [{word}]")).unwrap_or_default();
    one_line(&format!("Civitas {occasion}{severity} {}", message.rule_name))
}

/// Everything, in lines.
pub(crate) fn body(message: &Message, language: Language) -> String {
    let mut lines = vec![subject(message, language)];
    for alarm in message.alarms.iter().take(ALARMS_MAX) {
        lines.push(alarm_line(alarm, language));
    }
    let rest = message.alarms.len().saturating_sub(ALARMS_MAX);
    if rest > 0 {
        lines.push(match language {
            Language::Zh => format!("… 另有 {rest} 条"),
            Language::En => format!("… and {rest} more"),
        });
    }
    if !message.note.is_empty() {
        lines.push(message.note.clone());
    }
    lines.push(message.at.to_string());
    lines.join("\n")
}

fn alarm_line(alarm: &Alarm, language: Language) -> String {
    let labels: Vec<String> = alarm
        .labels
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let (value, since) = match language {
        Language::Zh => ("当前值", "开始于"),
        Language::En => ("value", "since"),
    };
    let mut line = format!("· {}", labels.join(" "));
    if !alarm.value.is_empty() {
        line.push_str(&format!(" {value} {}", alarm.value));
    }
    line.push_str(&format!(" {since} {}", alarm.firing_since.unwrap_or(alarm.since)));
    one_line(&line)
}

fn severity(severity: Severity, language: Language) -> &'static str {
    match (severity, language) {
        (Severity::Info, Language::Zh) => "提示",
        (Severity::Info, Language::En) => "info",
        (Severity::Warning, Language::Zh) => "警告",
        (Severity::Warning, Language::En) => "warning",
        (Severity::Critical, Language::Zh) => "严重",
        (Severity::Critical, Language::En) => "critical",
    }
}

fn one_line(text: &str) -> String {
    text.chars()
        .map(|character| if character.is_control() { ' ' } else { character })
        .collect()
}
