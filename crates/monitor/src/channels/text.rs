//! What messages say, in Chinese and English. It is plain text: names, labels and lines of logs in it come from
//! others, and no receiver may take a part of them for its own markup.

use crate::{
    Time,
    alarms::{Message, Occasion},
    api::{Alarm, Language, Severity},
};
use std::time::Duration;

/// Alarms that a message lists; the console shows all.
const ALARMS_MAX: usize = 10;

/// The time of the people who read messages: minutes that it is ahead of UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Zone(pub(crate) i64);

impl Zone {
    /// `2026-11-30 16:30:00 +08:00`
    fn text(self, time: Time) -> String {
        let ahead = Duration::from_secs(self.0.unsigned_abs() * 60);
        let local = if self.0 < 0 {
            time.before(ahead)
        } else {
            time.after(ahead)
        };
        let text = local.to_string().replace('T', " ");
        let seconds = text.split('.').next().unwrap_or_default();
        if self.0 == 0 {
            return format!("{seconds} UTC");
        }
        let sign = if self.0 < 0 { '-' } else { '+' };
        let minutes = self.0.unsigned_abs();
        format!("{seconds} {sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

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
        (Occasion::Repeated, Language::Zh) => "告警持续",
        (Occasion::Repeated, Language::En) => "Still ringing",
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
pub(crate) fn body(message: &Message, language: Language, zone: Zone) -> String {
    let mut lines = vec![subject(message, language)];
    for alarm in message.alarms.iter().take(ALARMS_MAX) {
        lines.push(alarm_line(alarm, language, zone));
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
    lines.push(zone.text(message.at));
    lines.join("\n")
}

fn alarm_line(alarm: &Alarm, language: Language, zone: Zone) -> String {
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
    line.push_str(&format!(
        " {since} {}",
        zone.text(alarm.firing_since.unwrap_or(alarm.since))
    ));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_the_readers() {
        let check = |minutes: i64, expected: &str| {
            let time = Time::parse("2026-11-30T20:30:05.678Z").unwrap();
            assert_eq!(Zone(minutes).text(time), expected);
        };
        check(0, "2026-11-30 20:30:05 UTC");
        check(480, "2026-12-01 04:30:05 +08:00");
        check(-210, "2026-11-30 17:00:05 -03:30");
    }
}
