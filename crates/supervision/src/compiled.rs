//! A rule, checked and ready to judge: its program, the kinds of events that can concern it, and the state of its
//! windows.

use crate::{
    error::{Fault, RuleError},
    event::{Event, Kind},
    finding::names,
    language::{Compiler, NodeId, Program, Scope, Type, Value, Windows},
    lists::Lists,
    rule::{Mode, Rule, span_seconds},
    window::Window,
};
use std::collections::BTreeMap;

/// How long a name of a rule is: it stands in columns of tables.
const ID_CHARACTERS_MAX: usize = 64;

/// A rule with its state.
#[derive(Debug)]
pub(crate) struct Compiled {
    pub(crate) rule: Rule,
    pub(crate) program: Program,
    pub(crate) when: Option<NodeId>,
    pub(crate) subject: NodeId,
    pub(crate) condition: Option<NodeId>,
    pub(crate) definitions: BTreeMap<String, NodeId>,
    pub(crate) silence_seconds: Option<u64>,
    pub(crate) cooldown_seconds: u64,
    pub(crate) windows: Vec<Window>,
    /// The last answers of the windows, in their order.
    pub(crate) answers: Vec<Result<Option<i128>, Fault>>,
    /// Which kinds can concern it, by their place in [`Kind::ALL`].
    kinds: [bool; Kind::ALL.len()],
}

impl Compiled {
    /// Checks and compiles a rule. `keys_max`: keys that each of its windows keeps.
    pub(crate) fn new(rule: &Rule, lists: &Lists, keys_max: usize) -> Result<Self, RuleError> {
        check_fields(rule)?;
        let span = |field: &'static str, text: &Option<String>| match text.as_deref() {
            None => Ok(None),
            Some(text) => span_seconds(text).map(Some).ok_or_else(|| {
                wrong(
                    rule,
                    field,
                    format!("'{text}' is no span like '10m', '24h' or '90d', at most ten years"),
                )
            }),
        };
        let silence_seconds = span("silence", &rule.silence)?;
        let cooldown_seconds = span("cooldown", &rule.cooldown)?.unwrap_or(0);
        let mut compiler = Compiler::new(&rule.id, lists);
        let mut when = None;
        if let Some(source) = &rule.when {
            when = Some(compiler.part("when", source, Type::Bool, Windows::Refused)?);
        }
        let subject = compiler.part("subject", &rule.subject, Type::Text, Windows::Refused)?;
        let mut definitions = BTreeMap::new();
        for (name, source) in &rule.define {
            definitions.insert(name.clone(), compiler.define(name, source)?);
        }
        let mut condition = None;
        if let Some(source) = &rule.condition {
            condition = Some(compiler.part("condition", source, Type::Bool, Windows::Allowed)?);
        }
        let program = compiler.finish();
        let windows = program
            .windows
            .iter()
            .map(|call| Window::new(call.aggregate, call.seconds, keys_max))
            .collect();
        Ok(Self {
            rule: rule.clone(),
            kinds: kinds(&program, when, lists),
            answers: vec![Ok(None); program.windows.len()],
            program,
            when,
            subject,
            condition,
            definitions,
            silence_seconds,
            cooldown_seconds,
            windows,
        })
    }

    /// Whether the event concerns the rule.
    pub(crate) fn concerns(&self, event: &Event, lists: &Lists) -> Result<bool, Fault> {
        let place = Kind::ALL.iter().position(|kind| *kind == event.kind);
        if !place
            .and_then(|place| self.kinds.get(place))
            .copied()
            .unwrap_or(true)
        {
            return Ok(false);
        }
        match self.when {
            Some(when) => Scope::new(&self.program, event, lists, &[]).holds(when),
            None => Ok(true),
        }
    }

    /// How far it looks back: a match that is held back now depends on one that was found a cooldown ago.
    pub(crate) fn horizon_seconds(&self) -> u64 {
        let calls = self.program.windows.iter();
        let spans = calls.map(|call| call.aggregate.horizon_seconds(call.seconds));
        let longest = spans.chain(self.silence_seconds).max().unwrap_or(0);
        longest.saturating_add(self.cooldown_seconds)
    }
}

fn wrong(rule: &Rule, field: &'static str, message: impl Into<String>) -> RuleError {
    RuleError::Field {
        rule: rule.id.clone(),
        field,
        message: message.into(),
    }
}

fn check_fields(rule: &Rule) -> Result<(), RuleError> {
    let is_id = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    if !is_id(&rule.id) || rule.id.len() > ID_CHARACTERS_MAX {
        let message = format!("1 to {ID_CHARACTERS_MAX} of a-z, 0-9 and '-'");
        return Err(wrong(rule, "id", message));
    }
    if rule.version == 0 {
        return Err(wrong(rule, "version", "versions count from 1"));
    }
    let texts = [
        ("owner", &rule.owner),
        ("legal_basis", &rule.legal_basis),
        ("title", &rule.title.zh),
        ("title", &rule.title.en),
        ("text", &rule.text.zh),
        ("text", &rule.text.en),
    ];
    for (field, text) in texts {
        if text.trim().is_empty() {
            return Err(wrong(
                rule,
                field,
                "is empty: a finding names it, in both languages",
            ));
        }
    }
    for template in [&rule.text.zh, &rule.text.en] {
        for name in names(template) {
            if name != "subject" && !rule.define.contains_key(name) {
                let message = format!("{{{name}}} is neither {{subject}} nor one of `define`");
                return Err(wrong(rule, "text", message));
            }
        }
    }
    for name in rule.define.keys() {
        let is_name = name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        let is_taken = matches!(name.as_str(), "event" | "from" | "to" | "lists" | "subject");
        if name.is_empty() || !is_name || is_taken || name.as_bytes().first().is_some_and(u8::is_ascii_digit)
        {
            let message = format!("'{name}' is no name of a-z, 0-9 and '_' that is free");
            return Err(wrong(rule, "define", message));
        }
    }
    match (&rule.condition, &rule.silence) {
        (Some(_), None) | (None, Some(_)) => Ok(()),
        _ => Err(wrong(rule, "condition", "give either a condition or a silence")),
    }
}

/// For which kinds `when` can be true: it is asked with nothing but the kind known.
fn kinds(program: &Program, when: Option<NodeId>, lists: &Lists) -> [bool; Kind::ALL.len()] {
    Kind::ALL.map(|kind| {
        let event = Event::new("".into(), kind, "".into());
        let Some(when) = when else {
            return true;
        };
        Scope::of_kind(program, &event, lists).value(when) != Ok(Value::Bool(false))
    })
}

/// Whether a rule is evaluated at all.
pub(crate) fn is_evaluated(rule: &Rule) -> bool {
    rule.mode != Mode::Retired
}
