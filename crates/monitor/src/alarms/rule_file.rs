//! Alarm rules as YAML: the rule files of Prometheus, and what they cannot say.
//!
//! The first document of a file is a rule file of Prometheus (`groups`), with the rules over metrics. What Prometheus
//! has no place for (channels, repetition, …) stands as JSON in the annotation `civitas` of a rule. Rules over logs and
//! events of ledgers stand in a second document (`civitas`), in the words of the HTTP API; Prometheus reads the first
//! document alone. Channels are named as people name them, since identifiers mean nothing in another city.

use super::state::State;
use crate::{
    Error, Result,
    api::{Comparison, Condition, Escalation, Labels, Rule, RuleDraft, Severity, Threshold},
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Bytes of a file: two hundred rules with long notes.
pub(crate) const FILE_BYTES_MAX: usize = 512 * 1024;
/// Rules of a file; there are never more in a city.
const RULES_MAX: usize = 2 * super::drafts::RULES_MAX;
/// The annotation that holds what Prometheus has no place for.
const EXTENSION: &str = "civitas";

/// One document of a file.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    groups: Vec<Group>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    civitas: Option<Own>,
}

/// What Prometheus does not know.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Own {
    rules: Vec<RuleDraft>,
}

/// A group of Prometheus. Its interval is not ours: all rules are evaluated every few seconds.
#[derive(Debug, Serialize, Deserialize)]
struct Group {
    name: String,
    #[serde(default, skip_serializing_if = "Labels::is_empty")]
    labels: Labels,
    #[serde(default)]
    rules: Vec<Entry>,
}

/// A rule of Prometheus.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    record: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    alert: Option<String>,
    expr: Scalar,
    #[serde(default, rename = "for", skip_serializing_if = "Option::is_none")]
    wait: Option<Scalar>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    keep_firing_for: Option<Scalar>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    labels: BTreeMap<String, Scalar>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    annotations: BTreeMap<String, Scalar>,
}

/// A text that YAML may take for a number (`expr: 1`, `for: 0`).
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum Scalar {
    Text(String),
    Number(f64),
    Truth(bool),
}

impl Scalar {
    fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(number) => number.to_string(),
            Self::Truth(truth) => truth.to_string(),
        }
    }
}

/// The annotation [`EXTENSION`].
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
struct Extension {
    #[serde(skip_serializing_if = "Option::is_none")]
    enabled: Option<bool>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    channels: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    repeat_minutes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group_seconds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    escalation: Option<Escalation>,
}

/// Rules that were read; their channels are names.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Read {
    pub(crate) rules: Vec<RuleDraft>,
    /// Recording rules, which the console does not evaluate.
    pub(crate) recording: Vec<String>,
}

/// Writes rules as a file.
pub(crate) fn write(state: &State) -> Result<String> {
    let mut entries = Vec::new();
    let mut own = Vec::new();
    for rule in state.rules.values() {
        let draft = named(rule, state);
        match entry(&draft)? {
            Some(entry) => entries.push(entry),
            None => own.push(draft),
        }
    }
    let group = Group {
        name: "civitas".into(),
        labels: Labels::new(),
        rules: entries,
    };
    let mut documents = vec![Document {
        groups: vec![group],
        civitas: None,
    }];
    if !own.is_empty() {
        documents.push(Document {
            groups: Vec::new(),
            civitas: Some(Own { rules: own }),
        });
    }
    let texts: std::result::Result<Vec<String>, _> = documents.iter().map(serde_saphyr::to_string).collect();
    texts
        .map(|texts| texts.join("---\n"))
        .map_err(|error| Error::field("yaml", error.to_string()))
}

/// Reads a file.
pub(crate) fn read(text: &str) -> Result<Read> {
    if text.len() > FILE_BYTES_MAX {
        return Err(Error::field(
            "yaml",
            format!(
                "it has {} bytes, at most {FILE_BYTES_MAX} are possible",
                text.len()
            ),
        ));
    }
    let documents: Vec<Document> =
        serde_saphyr::from_multiple(text).map_err(|error| Error::field("yaml", error.to_string()))?;
    let mut found = Read::default();
    for document in documents {
        for group in document.groups {
            for entry in group.rules {
                match (&entry.alert, &entry.record) {
                    (Some(_), None) => found.rules.push(draft(&entry, &group.labels)?),
                    (None, Some(name)) => found.recording.push(name.clone()),
                    _ => return Err(unfit(&group.name, "each rule has either alert or record")),
                }
            }
        }
        found
            .rules
            .extend(document.civitas.into_iter().flat_map(|own| own.rules));
    }
    if found.rules.len() > RULES_MAX {
        return Err(Error::field(
            "yaml",
            format!("at most {RULES_MAX} rules are possible"),
        ));
    }
    rename_twins(&mut found.rules);
    Ok(found)
}

/// Prometheus allows several rules of one name, which differ in their severity; here each has a name of its own.
fn rename_twins(rules: &mut [RuleDraft]) {
    let mut names = BTreeSet::new();
    for rule in rules {
        let name = rule.name.clone();
        let mut number = 1;
        while !names.insert(rule.name.clone()) {
            number += 1;
            rule.name = format!("{name} ({number})");
        }
    }
}

fn unfit(name: &str, problem: &str) -> Error {
    Error::field("yaml", format!("{name}: {problem}"))
}

/// The rule with the names of its channels.
fn named(rule: &Rule, state: &State) -> RuleDraft {
    let names = |ids: &[String]| -> Vec<String> {
        let names = ids.iter().filter_map(|id| state.channels.get(id));
        names.map(|channel| channel.draft.name.clone()).collect()
    };
    let mut draft = rule.draft.clone();
    draft.channels = names(&draft.channels);
    if let Some(escalation) = &mut draft.escalation {
        escalation.channels = names(&escalation.channels);
    }
    draft
}

/// A rule in the words of Prometheus; `None` where it has none.
fn entry(draft: &RuleDraft) -> Result<Option<Entry>> {
    let (expr, wait, keep) = match &draft.condition {
        Condition::Metric {
            query,
            threshold,
            for_seconds,
            keep_firing_seconds,
        } => (compared(query, *threshold), *for_seconds, *keep_firing_seconds),
        Condition::Absence { query, for_seconds } => (format!("absent({query})"), *for_seconds, 0),
        Condition::Log { .. } | Condition::LedgerEvent { .. } => return Ok(None),
    };
    let extension = Extension {
        enabled: (!draft.enabled).then_some(false),
        channels: draft.channels.clone(),
        repeat_minutes: (draft.repeat_minutes > 0).then_some(draft.repeat_minutes),
        group_seconds: (draft.group_seconds > 0).then_some(draft.group_seconds),
        escalation: draft.escalation.clone(),
    };
    let mut annotations = BTreeMap::new();
    if !draft.note.is_empty() {
        // Prometheus would take braces for a template.
        let text = draft.note.replace("{{", "{{ \"{{\" }}");
        annotations.insert("description".to_owned(), Scalar::Text(text));
    }
    if extension != Extension::default() {
        let text =
            serde_json::to_string(&extension).map_err(|error| unfit(&draft.name, &error.to_string()))?;
        annotations.insert(EXTENSION.to_owned(), Scalar::Text(text.replace("{{", "{ {")));
    }
    let mut labels: BTreeMap<String, Scalar> = draft
        .labels
        .iter()
        .map(|(name, value)| (name.clone(), Scalar::Text(value.clone())))
        .collect();
    labels.insert(
        "severity".into(),
        Scalar::Text(severity_word(draft.severity).into()),
    );
    let seconds = |seconds: u64| (seconds > 0).then(|| Scalar::Text(format!("{seconds}s")));
    Ok(Some(Entry {
        record: None,
        alert: Some(draft.name.clone()),
        expr: Scalar::Text(expr),
        wait: seconds(wait),
        keep_firing_for: seconds(keep),
        labels,
        annotations,
    }))
}

/// A rule of Prometheus as one of ours.
fn draft(entry: &Entry, of_group: &Labels) -> Result<RuleDraft> {
    let name = entry.alert.clone().unwrap_or_default();
    let text = |field: &Option<Scalar>| field.as_ref().map(Scalar::text);
    let seconds = |field: &Option<Scalar>| match text(field) {
        Some(text) => seconds(&text).ok_or_else(|| unfit(&name, &format!("{text} is no duration"))),
        None => Ok(0),
    };
    let (wait, keep) = (seconds(&entry.wait)?, seconds(&entry.keep_firing_for)?);
    let expr = entry.expr.text();
    let condition = match absent(&expr) {
        Some(query) => Condition::Absence {
            query: query.into(),
            for_seconds: wait,
        },
        None => {
            let (query, threshold) = split(&expr);
            Condition::Metric {
                query,
                threshold,
                for_seconds: wait,
                keep_firing_seconds: keep,
            }
        }
    };
    let extension: Extension = match entry.annotations.get(EXTENSION) {
        Some(json) => serde_json::from_str(&json.text())
            .map_err(|error| unfit(&name, &format!("the annotation {EXTENSION}: {error}")))?,
        None => Extension::default(),
    };
    let annotation = |name: &str| entry.annotations.get(name).map(Scalar::text);
    let mut labels = of_group.clone();
    labels.extend(
        entry
            .labels
            .iter()
            .map(|(name, value)| (name.clone(), value.text())),
    );
    let severity = labels.remove("severity");
    Ok(RuleDraft {
        enabled: extension.enabled.unwrap_or(true),
        severity: severity_of(severity.as_deref()),
        condition,
        note: plain(
            &annotation("description")
                .or_else(|| annotation("summary"))
                .unwrap_or_default(),
        ),
        labels,
        channels: extension.channels,
        repeat_minutes: extension.repeat_minutes.unwrap_or_default(),
        group_seconds: extension.group_seconds.unwrap_or_default(),
        escalation: extension.escalation,
        name,
    })
}

fn severity_word(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "info",
        Severity::Warning => "warning",
        Severity::Critical => "critical",
    }
}

/// The severity that a label means. The words differ from city to city.
fn severity_of(word: Option<&str>) -> Severity {
    match word.unwrap_or_default().to_ascii_lowercase().as_str() {
        "critical" | "page" | "error" | "emergency" | "high" => Severity::Critical,
        "info" | "informational" | "notice" | "low" | "none" => Severity::Info,
        _ => Severity::Warning,
    }
}

/// A duration of Prometheus (`90s`, `1h30m`, `1d`) in whole seconds.
fn seconds(text: &str) -> Option<u64> {
    if text == "0" {
        return Some(0);
    }
    let bare = text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let duration = humantime::parse_duration(text).ok().filter(|_| bare)?;
    Some(duration.as_secs() + u64::from(duration.subsec_nanos() > 0))
}

/// What a template of Prometheus says to people: names of labels and the word `value` stand for their values, which stand
/// in every message by themselves.
fn plain(text: &str) -> String {
    let text = text.replace("{{ \"{{\" }}", "\u{1}");
    let mut plain = String::new();
    let mut rest = text.as_str();
    while let Some((before, inside)) = rest.split_once("{{") {
        plain.push_str(before);
        let (inside, after) = inside.split_once("}}").unwrap_or((inside, ""));
        let word = inside.trim().trim_start_matches('-').trim();
        let word = word.split(['|', ' ']).next().unwrap_or_default();
        plain.push_str(word.trim_start_matches("$labels.").trim_start_matches(['$', '.']));
        rest = after;
    }
    plain.push_str(rest);
    plain.replace('\u{1}', "{{")
}

const COMPARISONS: [(&str, Comparison); 6] = [
    (">=", Comparison::AtLeast),
    ("<=", Comparison::AtMost),
    ("==", Comparison::Equal),
    ("!=", Comparison::Different),
    (">", Comparison::Above),
    ("<", Comparison::Below),
];

/// A query with its threshold, in the words of Prometheus.
fn compared(query: &str, threshold: Option<Threshold>) -> String {
    let Some(Threshold { comparison, value }) = threshold else {
        return query.to_owned();
    };
    let word = COMPARISONS
        .iter()
        .find(|(_, known)| *known == comparison)
        .map_or("==", |(word, _)| *word);
    // A series or the call of a function needs no brackets around it.
    if is_one(query) {
        format!("{query} {word} {value}")
    } else {
        format!("({query}) {word} {value}")
    }
}

/// Takes a threshold off the end of a query: `(a - b) > 50` asks for `a - b`, above 50.
fn split(expr: &str) -> (String, Option<Threshold>) {
    let whole = || (expr.trim().to_owned(), None);
    let outside = outside(expr);
    let Some((place, word, comparison)) = COMPARISONS
        .iter()
        .filter_map(|(word, comparison)| Some((expr.rfind(word)?, *word, *comparison)))
        .filter(|(place, _, _)| outside.contains(place))
        // Of `>=` and the `>` in it, the longer one.
        .max_by_key(|(place, word, _)| (place + word.len(), word.len()))
    else {
        return whole();
    };
    let (query, value) = (expr[..place].trim(), expr[place + word.len()..].trim());
    let Ok(value) = value.parse::<f64>() else {
        return whole();
    };
    let inner = query.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
    let query = match inner {
        Some(inner) if closing(query) == Some(query.len() - 1) => inner.trim(),
        // `a + b > 3` compares `b` before nothing else: it is the sum that is compared.
        _ if is_one(query) || !has_comparison(query) => query,
        _ => return whole(),
    };
    let threshold = value.is_finite().then_some(Threshold { comparison, value });
    match threshold {
        Some(threshold) if !query.is_empty() => (query.to_owned(), Some(threshold)),
        _ => whole(),
    }
}

/// Whether a comparison, or a word that binds weaker, stands outside of brackets.
fn has_comparison(query: &str) -> bool {
    let outside = outside(query);
    let found = |word: &str| {
        query
            .match_indices(word)
            .any(|(place, _)| outside.contains(&place))
    };
    let words = [" and ", " or ", " unless ", " bool ", ">", "<", "==", "!="];
    words.iter().any(|word| found(word))
}

/// The query of `absent(query)`.
fn absent(expr: &str) -> Option<&str> {
    let rest = expr.trim().strip_prefix("absent")?.trim_start();
    let inner = rest.strip_prefix('(')?.strip_suffix(')')?;
    (closing(rest) == Some(rest.len() - 1)).then(|| inner.trim())
}

/// Whether a query is one series or one call: nothing in it can be torn apart by an operator behind it.
fn is_one(query: &str) -> bool {
    let outside = outside(query);
    !query.char_indices().any(|(place, character)| {
        outside.contains(&place) && (character.is_whitespace() || "+-*/%^<>=!".contains(character))
    })
}

/// Places of a query outside of brackets and texts.
fn outside(query: &str) -> BTreeSet<usize> {
    let mut places = BTreeSet::new();
    let (mut depth, mut quote) = (0_usize, None);
    let mut escaped = false;
    for (place, character) in query.char_indices() {
        match quote {
            Some(_) if escaped => escaped = false,
            Some(open) => {
                escaped = character == '\\' && open != '`';
                if character == open {
                    quote = None;
                }
            }
            None if "\"'`".contains(character) => quote = Some(character),
            None if "([{".contains(character) => depth += 1,
            None if ")]}".contains(character) => depth = depth.saturating_sub(1),
            None if depth == 0 => {
                places.insert(place);
            }
            None => {}
        }
    }
    places
}

/// The place of the bracket that closes the one at the beginning.
fn closing(query: &str) -> Option<usize> {
    let outside = outside(query);
    let after = outside.first().copied().unwrap_or(query.len());
    query[..after].rfind(')')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_are_taken_off_queries_and_put_back() {
        let check = |expr: &str, query: &str, threshold: Option<(Comparison, f64)>, again: &str| {
            let threshold = threshold.map(|(comparison, value)| Threshold { comparison, value });
            assert_eq!(split(expr), (query.to_owned(), threshold), "{expr}");
            assert_eq!(compared(query, threshold), again, "{expr}");
        };
        check("up == 0", "up", Some((Comparison::Equal, 0.0)), "up == 0");
        check(
            "up{a=\"x>1\"}>=1",
            "up{a=\"x>1\"}",
            Some((Comparison::AtLeast, 1.0)),
            "up{a=\"x>1\"} >= 1",
        );
        check(
            "(a - b) > 50",
            "a - b",
            Some((Comparison::Above, 50.0)),
            "(a - b) > 50",
        );
        check(
            "a - b > 5e1",
            "a - b",
            Some((Comparison::Above, 50.0)),
            "(a - b) > 50",
        );
        check(
            "(a) - (b) < 5",
            "(a) - (b)",
            Some((Comparison::Below, 5.0)),
            "((a) - (b)) < 5",
        );
        for expr in [
            "a > b",
            "a",
            "a > 3 and b > 4",
            "a > bool 0",
            "a < 30 * 86400",
            "sum(a > 3)",
        ] {
            check(expr, expr, None, expr);
        }
    }

    #[test]
    fn words_of_prometheus_are_understood() {
        assert_eq!(absent("absent(up{a=\")\"})"), Some("up{a=\")\"}"));
        assert_eq!(absent("absent(a) or absent(b)"), None);
        for (text, expected) in [
            ("90s", Some(90)),
            ("1h30m", Some(5_400)),
            ("0", Some(0)),
            ("1 h", None),
            ("x", None),
        ] {
            assert_eq!(seconds(text), expected, "{text}");
        }
        assert_eq!(
            plain("{{ $labels.node }} is {{ $value | humanizeDuration }} behind"),
            "node is value behind"
        );
    }

    #[test]
    fn hostile_files_are_refused() {
        let bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n".to_owned()
            + &(0..20)
                .map(|level| {
                    let (name, before) = (char::from(b'b' + level), char::from(b'a' + level));
                    format!("{name}: &{name} [{}]\n", format!("*{before}, ").repeat(9))
                })
                .collect::<String>();
        for text in [
            "groups: 3",
            "groups: [{name: a, rules: [{expr: up}]}]",
            "groups: [{name: a, rules: [{alert: a, record: b, expr: up}]}]",
            "groups: [{name: a, rules: [{alert: a, expr: up, for: soon}]}]",
            "groups: [{name: a, rules: [{alert: a, expr: up, annotations: {civitas: '{\"colour\": 1}'}}]}]",
            "civitas: {rules: [{name: a}]}",
            "surprise: 1",
            "\u{0}",
            &"[".repeat(100_000),
            &bomb,
            &"#".repeat(FILE_BYTES_MAX + 1),
        ] {
            let error = read(text).unwrap_err();
            assert_eq!(error.slug(), "invalid-field", "{}", &text[..text.len().min(60)]);
        }
        assert_eq!(read("").unwrap(), Read::default());
    }

    #[test]
    fn twins_get_names_of_their_own() {
        let text = "groups: [{name: a, rules: [{alert: x, expr: a > 1, labels: {severity: page}}, {alert: x, expr: 1}, \
                    {record: y, expr: a}]}]";
        let found = read(text).unwrap();
        let names: Vec<(&str, Severity)> = found
            .rules
            .iter()
            .map(|rule| (rule.name.as_str(), rule.severity))
            .collect();
        assert_eq!(names, [("x", Severity::Critical), ("x (2)", Severity::Warning)]);
        assert_eq!(found.recording, ["y"]);
    }
}
