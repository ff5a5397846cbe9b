//! What a line of a log says: its time, level, place and text. Lines come from disk and hold what others sent to a
//! node: bytes that are no text, colours, control characters and such that turn the direction of writing are replaced.

use crate::{Time, api::Level};
use serde_json::Value;

/// Bytes of a line that are kept.
pub(crate) const LINE_BYTES_MAX: usize = 8 * 1024;
/// Bytes of the name of the place that wrote a line.
const TARGET_BYTES_MAX: usize = 128;

/// A line, understood as far as it could be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// Absent where the line does not say.
    pub(crate) time: Option<Time>,
    /// Absent where the line does not say.
    pub(crate) level: Option<Level>,
    pub(crate) target: String,
    pub(crate) message: String,
}

/// Reads a line; `None` where it is blank.
pub(crate) fn read(bytes: &[u8]) -> Option<Line> {
    let cut = bytes.len() > LINE_BYTES_MAX;
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(LINE_BYTES_MAX)]);
    let mut text = clean(&text);
    if text.trim().is_empty() {
        return None;
    }
    if cut {
        text.push('…');
    }
    Some(json(&text).or_else(|| plain(&text)).unwrap_or_else(|| Line {
        time: None,
        level: bare_level(&text),
        target: String::new(),
        message: text.trim_end().to_owned(),
    }))
}

/// Without colours, control characters and marks that turn the direction of writing.
fn clean(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        if character == '\u{1b}' && characters.next_if_eq(&'[').is_some() {
            // A sequence of colours ends with its first letter.
            for inside in characters.by_ref() {
                if inside.is_ascii_alphabetic() {
                    break;
                }
            }
        } else if character == '\t' {
            cleaned.push(' ');
        } else if character.is_control()
            || matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        {
            cleaned.push('\u{fffd}');
        } else {
            cleaned.push(character);
        }
    }
    cleaned
}

/// `2026-11-30T08:47:10.603090Z  INFO civitas_node::service: the node is up name="node0"`
fn plain(text: &str) -> Option<Line> {
    let (time, rest) = text.split_once(' ')?;
    let time = (time.len() >= "2026-11-30T08:47:10Z".len()).then(|| Time::parse(time))??;
    let (level, rest) = rest.trim_start().split_once(' ')?;
    let level = level_of(level)?;
    let (target, message) = match rest.split_once(": ") {
        Some((target, message)) if is_target(target) => (target, message),
        _ => ("", rest),
    };
    Some(Line {
        time: Some(time),
        level: Some(level),
        target: target.to_owned(),
        message: message.trim_end().to_owned(),
    })
}

/// `{"timestamp":"…","level":"INFO","fields":{"message":"…","name":"node0"},"target":"civitas_node::service"}`
fn json(text: &str) -> Option<Line> {
    if !text.starts_with('{') {
        return None;
    }
    let value: Value = serde_json::from_str(text).ok()?;
    let time = value["timestamp"].as_str().and_then(Time::parse)?;
    let level = value["level"].as_str().and_then(level_of)?;
    let fields = value["fields"].as_object()?;
    let mut message = fields
        .get("message")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    for (name, value) in fields.iter().filter(|(name, _)| *name != "message") {
        message.push_str(&format!(" {name}={value}"));
    }
    let target = value["target"].as_str().filter(|target| is_target(target));
    Some(Line {
        time: Some(time),
        level: Some(level),
        target: target.unwrap_or_default().to_owned(),
        // What was escaped in JSON is text again only now.
        message: clean(&message),
    })
}

fn is_target(target: &str) -> bool {
    target.len() <= TARGET_BYTES_MAX
        && !target.is_empty()
        && target
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':' | b'-' | b'.'))
}

fn level_of(word: &str) -> Option<Level> {
    Level::ALL
        .into_iter()
        .find(|level| level.name().eq_ignore_ascii_case(word))
}

/// The level of a line without one: a program says why it ends, or panics.
fn bare_level(text: &str) -> Option<Level> {
    (text.starts_with("civitas:") || text.contains(" panicked at ")).then_some(Level::Error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, time: Option<&str>, level: Option<Level>, target: &str, message: &str) {
        let expected = Line {
            time: time.map(|time| Time::parse(time).unwrap()),
            level,
            target: target.into(),
            message: message.into(),
        };
        assert_eq!(read(text.as_bytes()), Some(expected), "{text:?}");
    }

    #[test]
    fn lines_are_read() {
        let time = Some("2026-11-30T08:47:10.603Z");
        check(
            "2026-11-30T08:47:10.603090Z  INFO civitas_node::service: the node is up name=\"node0\"",
            time,
            Some(Level::Info),
            "civitas_node::service",
            "the node is up name=\"node0\"",
        );
        check(
            "\u{1b}[2m2026-11-30T08:47:10.603090Z\u{1b}[0m \u{1b}[33m WARN\u{1b}[0m a::b: 共识 超时",
            time,
            Some(Level::Warn),
            "a::b",
            "共识 超时",
        );
        check(
            r#"{"timestamp":"2026-11-30T08:47:10.603090Z","level":"ERROR","fields":{"message":"lost","peer":"\u001b[31mx"},"target":"a"}"#,
            time,
            Some(Level::Error),
            "a",
            r#"lost peer="\u001b[31mx""#,
        );
        check(
            "  because the disk is full",
            None,
            None,
            "",
            "  because the disk is full",
        );
        check(
            "civitas: cannot listen",
            None,
            Some(Level::Error),
            "",
            "civitas: cannot listen",
        );
        check(
            "thread 'main' panicked at src/a.rs:1",
            None,
            Some(Level::Error),
            "",
            "thread 'main' panicked at src/a.rs:1",
        );
    }

    #[test]
    fn hostile_lines_become_harmless_text() {
        let message = |bytes: &[u8]| read(bytes).map(|line| line.message);
        assert_eq!(message(b""), None);
        assert_eq!(message(b" \t \x1b[0m"), None);
        assert_eq!(
            message(b"\xff\xfe a\0b"),
            Some("\u{fffd}\u{fffd} a\u{fffd}b".into())
        );
        assert_eq!(
            message("a\u{202e}b<script>".as_bytes()),
            Some("a\u{fffd}b<script>".into())
        );
        let long = message(&vec![b'x'; 100_000]).unwrap();
        assert_eq!(long.chars().count(), LINE_BYTES_MAX + 1);
        // Deep JSON is no line of ours, and no reason to fall.
        assert!(message("{\"a\":".repeat(2_000).as_bytes()).is_some());
        assert!(message(b"9999999999999999999999  INFO a: b").is_some());
    }
}
