//! A rule as people write and sign it: what it judges, on which legal basis, who answers for it, in Chinese and English.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Text in both languages of the city.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Words {
    /// Both at once.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            zh: zh.into(),
            en: en.into(),
        }
    }
}

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Notice,
    /// Somebody looks at it in working hours.
    Warning,
    /// Somebody looks at it today.
    High,
    /// Somebody looks at it now.
    Critical,
}

/// What a rule's findings are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// It is on trial: findings are counted and shown to its owner, nobody acts on them.
    Shadow,
    /// It counts.
    Active,
    /// It is kept for the record and not evaluated.
    Retired,
}

/// A rule. Exactly one of `condition` and `silence` is given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Stays the same from version to version: `a-z`, `0-9`, `-`.
    pub id: String,
    /// From 1; findings name it.
    pub version: u32,
    /// The office that answers for it.
    pub owner: String,
    /// The law, regulation or decision that allows it.
    pub legal_basis: String,
    /// How grave its findings are.
    pub severity: Severity,
    /// What its findings are for.
    pub mode: Mode,
    /// Its name.
    pub title: Words,
    /// What a finding says; `{subject}` and `{NAME}` of `define` are filled in.
    pub text: Words,
    /// Which events concern it: an expression of type bool, cheap, without windows. All, if it is left out.
    #[serde(default)]
    pub when: Option<String>,
    /// Whom or what a finding is about: an expression of type text.
    pub subject: String,
    /// Expressions with a name, which the condition and the text use.
    #[serde(default)]
    pub define: BTreeMap<String, String>,
    /// When there is a finding: an expression of type bool.
    #[serde(default)]
    pub condition: Option<String>,
    /// There is a finding when nothing was heard of a subject for so long (`10m`), once until it is heard again.
    #[serde(default)]
    pub silence: Option<String>,
    /// How long a subject that was found is not found again (`24h`). Every match is a finding, if it is left out.
    #[serde(default)]
    pub cooldown: Option<String>,
}

/// A file of rules.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleFile {
    /// The rules.
    #[serde(default)]
    pub rule: Vec<Rule>,
}

/// The longest time that a window or a cooldown may span: ten years of 366 days, what a prosecution looks back.
pub(crate) const SPAN_SECONDS_MAX: u64 = 3_660 * 86_400;

/// Seconds of `30s`, `10m`, `24h` or `90d`; nothing for anything else, for zero and above ten years.
pub(crate) fn span_seconds(text: &str) -> Option<u64> {
    let unit = match text.as_bytes().last()? {
        b's' => 1,
        b'm' => 60,
        b'h' => 3_600,
        b'd' => 86_400,
        _ => return None,
    };
    let digits = text.get(..text.len() - 1)?;
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let seconds = digits.parse::<u64>().ok()?.checked_mul(unit)?;
    (1..=SPAN_SECONDS_MAX).contains(&seconds).then_some(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_strictly() {
        let check = |text: &str, expected: Option<u64>| assert_eq!(span_seconds(text), expected, "{text}");
        check("30s", Some(30));
        check("10m", Some(600));
        check("24h", Some(86_400));
        check("90d", Some(7_776_000));
        for wrong in [
            "",
            "h",
            "0s",
            "1",
            "+1h",
            "-1h",
            "1.5h",
            "1w",
            "9999999d",
            "99999999999999999999d",
            "1时",
        ] {
            check(wrong, None);
        }
    }
}
