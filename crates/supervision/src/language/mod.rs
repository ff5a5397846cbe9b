//! The language of rules: a typed part of the Common Expression Language (CEL), with windows over time.
//!
//! The parser is that of crate `cel`. What it reads is checked here and compiled to a flat list of nodes, so that an
//! expression that compiles cannot meet a wrong type, asks nothing that does not exist, and takes a number of steps
//! that its text bounds: there are no loops, no regular expressions and no calls to anything outside.
//!
//! Three things differ from CEL, and the documentation says so: numbers are exact (whole, or with six decimals), a
//! whole number may stand where one with decimals is expected, and a field that is not known makes the answer unknown
//! instead of failing. An unknown answer is no match.

mod check;
mod evaluate;
mod fields;
#[cfg(test)]
mod tests;

pub(crate) use check::{Compiler, Windows};
pub(crate) use evaluate::{Held, Scope, Value};
#[cfg(test)]
pub(crate) use fields::{EVENT as EVENT_FIELDS, PARTY as PARTY_FIELDS};

use crate::{error::Position, window::Aggregate};
use fields::{Field, Side};
use std::fmt;

/// Bytes of an expression: a page of text, which is more than anyone can review as one condition.
pub const EXPRESSION_BYTES_MAX: usize = 4_096;
/// Nodes of all expressions of a rule: bounds the steps of an evaluation.
pub const NODES_MAX: usize = 1_024;
/// Windows of a rule: each holds state for every key.
pub const WINDOWS_MAX: usize = 16;
/// Steps of an evaluation: names can be used again and again, and stand for more each time.
pub const STEPS_MAX: usize = 4_096;
/// How deeply an expression nests as it is written: the parser recurses.
pub(crate) const DEPTH_MAX: u16 = 32;
/// How deeply it nests with what its names stand for: the evaluation recurses.
pub(crate) const NESTING_MAX: usize = 128;

/// The type of an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// True or false.
    Bool,
    /// A whole number.
    Int,
    /// A number with up to six decimals.
    Decimal,
    /// Text.
    Text,
    /// A list of texts, for `in` alone.
    Texts,
}

impl Type {
    pub(crate) const fn is_number(self) -> bool {
        matches!(self, Self::Int | Self::Decimal)
    }
}

impl fmt::Display for Type {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Decimal => "decimal",
            Self::Text => "text",
            Self::Texts => "list of text",
        })
    }
}

/// A node in the list of a program.
pub(crate) type NodeId = usize;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    pub(crate) const fn sign(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "≠",
            Self::Less => "<",
            Self::LessOrEqual => "≤",
            Self::Greater => ">",
            Self::GreaterOrEqual => "≥",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    /// Of whole numbers: cut off towards zero, as in CEL.
    DivideWhole,
    Divide,
    Remainder,
    Minimum,
    Maximum,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TextTest {
    StartsWith,
    EndsWith,
    Contains,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Node {
    Bool(bool),
    /// In millionths.
    Number(i128),
    Text(Box<str>),
    Field(Field),
    Attribute(Side, Box<str>),
    /// Whether the node below is known.
    Known(NodeId),
    Not(NodeId),
    And(NodeId, NodeId),
    Or(NodeId, NodeId),
    Choose(NodeId, NodeId, NodeId),
    Compare(Comparison, NodeId, NodeId),
    Calculate(Arithmetic, NodeId, NodeId),
    Negate(NodeId),
    Absolute(NodeId),
    Join(NodeId, NodeId),
    /// One of these.
    OneOf(NodeId, Vec<NodeId>),
    /// In the categories of the event.
    InContent(NodeId),
    /// In a named list.
    InList(NodeId, Box<str>),
    TextTest(TextTest, NodeId, NodeId),
    /// Characters.
    Length(NodeId),
    /// The answer of a window.
    Window(usize),
}

impl Node {
    /// The nodes that it needs.
    fn below(&self) -> Vec<NodeId> {
        match self {
            Self::Bool(_)
            | Self::Number(_)
            | Self::Text(_)
            | Self::Field(_)
            | Self::Attribute(..)
            | Self::Window(_) => Vec::new(),
            Self::Known(of)
            | Self::Not(of)
            | Self::Negate(of)
            | Self::Absolute(of)
            | Self::InContent(of)
            | Self::InList(of, _)
            | Self::Length(of) => vec![*of],
            Self::And(left, right)
            | Self::Or(left, right)
            | Self::Compare(_, left, right)
            | Self::Calculate(_, left, right)
            | Self::Join(left, right)
            | Self::TextTest(_, left, right) => vec![*left, *right],
            Self::Choose(condition, yes, no) => vec![*condition, *yes, *no],
            Self::OneOf(of, others) => std::iter::once(*of).chain(others.iter().copied()).collect(),
        }
    }
}

/// A call of a window in a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WindowCall {
    pub(crate) aggregate: Aggregate,
    /// What is summed or told apart.
    pub(crate) value: Option<NodeId>,
    /// Under which key an event is kept.
    pub(crate) key: NodeId,
    /// Whose figures are asked, where it is not the key.
    pub(crate) at: Option<NodeId>,
    /// Which events are kept; all, if there is none.
    pub(crate) condition: Option<NodeId>,
    pub(crate) seconds: u64,
    /// As it was written.
    pub(crate) source: String,
}

/// All expressions of one rule.
#[derive(Clone, Debug, Default)]
pub(crate) struct Program {
    pub(crate) nodes: Vec<Node>,
    /// The text of each comparison's left side, for explanations.
    pub(crate) labels: std::collections::BTreeMap<NodeId, String>,
    pub(crate) windows: Vec<WindowCall>,
}

/// A type and where it stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Typed {
    pub(crate) id: NodeId,
    pub(crate) of: Type,
    pub(crate) position: Position,
}
