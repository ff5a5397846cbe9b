//! What a rule found. A finding explains itself: which rule in which version, about whom, which events, and which
//! figures against which limits. Nothing of it is looked up later in a state that may have moved on.

use crate::{
    event::Text,
    rule::{Mode, Severity, Words},
    window::EVIDENCE_MAX,
};
use serde::{Deserialize, Serialize};

/// Events that a finding names: the newest of each window that counted, and the one that was judged.
pub const FINDING_EVIDENCE_MAX: usize = 2 * EVIDENCE_MAX;

/// A figure against its limit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figure {
    /// What was measured, as the rule says it.
    pub expression: String,
    /// What it was.
    pub value: String,
    /// `≥`, `>`, `=`, `≠`, `<`, `≤`.
    pub comparison: String,
    /// What it was compared with.
    pub limit: String,
}

/// What a rule found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Id of the rule.
    pub rule: String,
    /// Its version.
    pub version: u32,
    /// How grave it is.
    pub severity: Severity,
    /// Whether it counts, or the rule is on trial.
    pub mode: Mode,
    /// On what basis it was looked for.
    pub legal_basis: String,
    /// Whom or what it is about.
    pub subject: String,
    /// The chain of the event that was judged.
    pub chain: Text,
    /// The event that was judged; for silence the last that was heard.
    pub event: Text,
    /// Seconds since 1970.
    pub time: u64,
    /// The name of the rule.
    pub title: Words,
    /// What happened, with the figures filled in.
    pub text: Words,
    /// Figures against limits.
    pub figures: Vec<Figure>,
    /// Ids of events, the oldest first.
    pub evidence: Vec<Text>,
    /// Matches about the same subject within the cooldown before this one, which were no findings.
    pub suppressed: u64,
}

/// Fills in `{name}`; what is not known stays as it is.
pub(crate) fn fill(template: &str, value_of: impl Fn(&str) -> Option<String>) -> String {
    let mut text = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, behind)) = rest.split_once('{') {
        text.push_str(before);
        let Some((name, after)) = behind.split_once('}') else {
            text.push('{');
            rest = behind;
            continue;
        };
        match value_of(name) {
            Some(value) => text.push_str(&value),
            None => {
                text.push('{');
                text.push_str(name);
                text.push('}');
            }
        }
        rest = after;
    }
    text.push_str(rest);
    text
}

/// The names that a template asks for.
pub(crate) fn names(template: &str) -> Vec<&str> {
    let parts = template.split('{').skip(1);
    parts
        .filter_map(|part| part.split_once('}').map(|pair| pair.0))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_filled() {
        let value_of = |name: &str| (name == "a").then(|| "1".to_owned());
        assert_eq!(fill("{a} of {b}, {", value_of), "1 of {b}, {");
        assert_eq!(names("{a} of {b}, {"), ["a", "b"]);
    }
}
