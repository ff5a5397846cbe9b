//! Evaluates a compiled expression over one event. Exact and total: the answer is a value, unknown, or a fault that
//! is reported; the same inputs give the same answer on every machine.

use super::{Arithmetic, Comparison, Node, NodeId, Program, TextTest, fields, fields::Field};
use crate::{
    error::Fault,
    event::{Event, SCALE, number_text},
    lists::Lists,
};
use std::{borrow::Cow, cmp::Ordering};

/// What an expression says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value<'a> {
    /// It asks for something that is not known.
    Absent,
    Bool(bool),
    /// In millionths.
    Number(i128),
    Text(Cow<'a, str>),
}

impl Value<'_> {
    /// As people write it; `None` if it is not known.
    pub(crate) fn display(&self) -> Option<String> {
        match self {
            Self::Absent => None,
            Self::Bool(value) => Some(value.to_string()),
            Self::Number(value) => Some(number_text(*value)),
            Self::Text(text) => Some(text.clone().into_owned()),
        }
    }
}

/// A comparison that held: what, how, against what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) node: NodeId,
    pub(crate) comparison: Comparison,
    pub(crate) left: String,
    pub(crate) right: String,
}

/// What an expression sees.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    pub(crate) program: &'a Program,
    pub(crate) event: &'a Event,
    pub(crate) lists: &'a Lists,
    /// The answers of the windows, in the order of the program; empty before they are asked.
    pub(crate) windows: &'a [Result<Option<i128>, Fault>],
    /// Nothing but the kind of the event is known.
    is_kind_only: bool,
}

impl<'a> Scope<'a> {
    /// The whole event. `windows`: empty where none may be asked.
    pub(crate) const fn new(
        program: &'a Program,
        event: &'a Event,
        lists: &'a Lists,
        windows: &'a [Result<Option<i128>, Fault>],
    ) -> Self {
        Self {
            program,
            event,
            lists,
            windows,
            is_kind_only: false,
        }
    }

    /// An event of which nothing but the kind is known: what is false then is false of every event of the kind.
    pub(crate) const fn of_kind(program: &'a Program, event: &'a Event, lists: &'a Lists) -> Self {
        Self {
            program,
            event,
            lists,
            windows: &[],
            is_kind_only: true,
        }
    }

    /// The value of a node.
    pub(crate) fn value(&self, id: NodeId) -> Result<Value<'a>, Fault> {
        // Ids come from the compiler alone, and point back.
        let Some(node) = self.program.nodes.get(id) else {
            return Ok(Value::Absent);
        };
        Ok(match node {
            Node::Bool(value) => Value::Bool(*value),
            Node::Number(value) => Value::Number(*value),
            Node::Text(text) => Value::Text(Cow::Borrowed(text)),
            Node::Field(field) if self.is_kind_only && *field != Field::Kind => Value::Absent,
            Node::Known(_) | Node::InContent(_) if self.is_kind_only => Value::Absent,
            Node::Field(field) => fields::read(*field, self.event),
            Node::Attribute(side, name) => fields::party_of(self.event, *side)
                .and_then(|party| party.identity.as_deref())
                .and_then(|identity| identity.attributes.get(&**name))
                .map_or(Value::Absent, |text| Value::Text(Cow::Borrowed(text))),
            Node::Known(of) => Value::Bool(self.value(*of)? != Value::Absent),
            Node::Not(of) => match self.value(*of)? {
                Value::Bool(value) => Value::Bool(!value),
                _ => Value::Absent,
            },
            Node::And(left, right) => return self.either(*left, *right, false),
            Node::Or(left, right) => return self.either(*left, *right, true),
            Node::Choose(condition, yes, no) => match self.value(*condition)? {
                Value::Bool(true) => return self.value(*yes),
                Value::Bool(false) => return self.value(*no),
                _ => Value::Absent,
            },
            Node::Compare(comparison, left, right) => self.compare(*comparison, *left, *right)?,
            Node::Calculate(operation, left, right) => match (self.value(*left)?, self.value(*right)?) {
                (Value::Number(left), Value::Number(right)) => {
                    Value::Number(calculate(*operation, left, right)?)
                }
                _ => Value::Absent,
            },
            Node::Negate(of) => self.number(*of, i128::checked_neg)?,
            Node::Absolute(of) => self.number(*of, i128::checked_abs)?,
            Node::Join(left, right) => match (self.value(*left)?, self.value(*right)?) {
                (Value::Text(left), Value::Text(right)) => Value::Text(left + right),
                _ => Value::Absent,
            },
            Node::OneOf(of, others) => return self.one_of(*of, others),
            Node::InContent(of) => {
                self.text(*of, |text| self.event.content.iter().any(|word| **word == *text))?
            }
            Node::InList(of, name) => self.text(*of, |text| self.lists.has(name, text))?,
            Node::TextTest(test, left, right) => match (self.value(*left)?, self.value(*right)?) {
                (Value::Text(left), Value::Text(right)) => Value::Bool(match test {
                    TextTest::StartsWith => left.starts_with(&*right),
                    TextTest::EndsWith => left.ends_with(&*right),
                    TextTest::Contains => left.contains(&*right),
                }),
                _ => Value::Absent,
            },
            Node::Length(of) => match self.value(*of)? {
                Value::Text(text) => {
                    let length = i128::try_from(text.chars().count()).map_err(|_| Fault::Overflow)?;
                    Value::Number(length.checked_mul(SCALE).ok_or(Fault::Overflow)?)
                }
                _ => Value::Absent,
            },
            Node::Window(index) => match self.windows.get(*index) {
                Some(answer) => (*answer)?.map_or(Value::Absent, Value::Number),
                None => Value::Absent,
            },
        })
    }

    /// Whether it is surely true.
    pub(crate) fn holds(&self, id: NodeId) -> Result<bool, Fault> {
        Ok(self.value(id)? == Value::Bool(true))
    }

    /// `&&` and `||` of CEL: the side that decides does so, even if the other is unknown or a fault.
    fn either(&self, left: NodeId, right: NodeId, decisive: bool) -> Result<Value<'a>, Fault> {
        let decides = Ok(Value::Bool(decisive));
        let first = self.value(left);
        if first == decides {
            return first;
        }
        let second = self.value(right);
        if second == decides {
            return second;
        }
        match (first?, second?) {
            (Value::Bool(_), Value::Bool(_)) => Ok(Value::Bool(!decisive)),
            _ => Ok(Value::Absent),
        }
    }

    fn compare(&self, comparison: Comparison, left: NodeId, right: NodeId) -> Result<Value<'a>, Fault> {
        let order = match (self.value(left)?, self.value(right)?) {
            (Value::Number(left), Value::Number(right)) => left.cmp(&right),
            (Value::Text(left), Value::Text(right)) => left.cmp(&right),
            (Value::Bool(left), Value::Bool(right)) => left.cmp(&right),
            _ => return Ok(Value::Absent),
        };
        Ok(Value::Bool(match comparison {
            Comparison::Equal => order == Ordering::Equal,
            Comparison::NotEqual => order != Ordering::Equal,
            Comparison::Less => order == Ordering::Less,
            Comparison::LessOrEqual => order != Ordering::Greater,
            Comparison::Greater => order == Ordering::Greater,
            Comparison::GreaterOrEqual => order != Ordering::Less,
        }))
    }

    fn one_of(&self, of: NodeId, others: &[NodeId]) -> Result<Value<'a>, Fault> {
        let value = self.value(of)?;
        if value == Value::Absent {
            return Ok(Value::Absent);
        }
        for other in others {
            if self.value(*other)? == value {
                return Ok(Value::Bool(true));
            }
        }
        Ok(Value::Bool(false))
    }

    fn number(&self, of: NodeId, change: fn(i128) -> Option<i128>) -> Result<Value<'a>, Fault> {
        match self.value(of)? {
            Value::Number(value) => change(value).map(Value::Number).ok_or(Fault::Overflow),
            _ => Ok(Value::Absent),
        }
    }

    fn text(&self, of: NodeId, test: impl Fn(&str) -> bool) -> Result<Value<'a>, Fault> {
        Ok(match self.value(of)? {
            Value::Text(text) => Value::Bool(test(&text)),
            _ => Value::Absent,
        })
    }

    /// The comparisons that made the node true: what a finding shows as figures and limits.
    pub(crate) fn explain(&self, id: NodeId, held: &mut Vec<Held>) {
        match self.program.nodes.get(id) {
            Some(Node::And(left, right) | Node::Or(left, right)) => {
                for side in [*left, *right] {
                    if self.holds(side) == Ok(true) {
                        self.explain(side, held);
                    }
                }
            }
            Some(Node::Choose(condition, yes, no)) => {
                self.explain(*condition, held);
                let taken = if self.holds(*condition) == Ok(true) {
                    yes
                } else {
                    no
                };
                self.explain(*taken, held);
            }
            Some(Node::Compare(comparison, left, right)) => {
                let sides = (self.value(*left), self.value(*right));
                if let (Ok(left), Ok(right)) = sides
                    && let (Some(left), Some(right)) = (left.display(), right.display())
                {
                    held.push(Held {
                        node: id,
                        comparison: *comparison,
                        left,
                        right,
                    });
                }
            }
            _ => {}
        }
    }
}

fn calculate(operation: Arithmetic, left: i128, right: i128) -> Result<i128, Fault> {
    let wide = match operation {
        Arithmetic::Add => left.checked_add(right),
        Arithmetic::Subtract => left.checked_sub(right),
        Arithmetic::Multiply => multiply(left, right),
        Arithmetic::Minimum => Some(left.min(right)),
        Arithmetic::Maximum => Some(left.max(right)),
        Arithmetic::DivideWhole | Arithmetic::Divide | Arithmetic::Remainder if right == 0 => {
            return Err(Fault::DivisionByZero);
        }
        Arithmetic::DivideWhole => left.checked_div(right).and_then(|whole| whole.checked_mul(SCALE)),
        Arithmetic::Divide => divide(left, right),
        Arithmetic::Remainder => left.checked_rem(right),
    };
    wide.ok_or(Fault::Overflow)
}

/// The product of two numbers in millionths, cut off towards zero. The whole part of one side is multiplied apart, so
/// that large sums times small factors do not overflow on the way.
fn multiply(left: i128, right: i128) -> Option<i128> {
    let whole = (left / SCALE).checked_mul(right)?;
    let rest = (left % SCALE).checked_mul(right)? / SCALE;
    whole.checked_add(rest)
}

fn divide(left: i128, right: i128) -> Option<i128> {
    let whole = (left / right).checked_mul(SCALE)?;
    let rest = (left % right).checked_mul(SCALE)? / right;
    whole.checked_add(rest)
}
