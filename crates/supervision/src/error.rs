//! What can be wrong with rules, events and words. Every fault of an expression says where it is and what was
//! expected, so that the author of a rule can mend it without reading code.

use alloy_primitives::U256;
use std::fmt;

/// A fault of a chain's figures.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventError {
    /// It does not fit.
    #[error("the amount {value} with {decimals} decimals is larger than any that can be counted")]
    AmountTooLarge {
        /// In the smallest unit.
        value: U256,
        /// Decimals of the asset.
        decimals: u8,
    },
}

/// A place in an expression, both from 1; columns count characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line.
    pub line: usize,
    /// Character in the line.
    pub column: usize,
}

impl fmt::Display for Position {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}, column {}", self.line, self.column)
    }
}

/// A rule that cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum RuleError {
    /// It is no expression.
    #[error("rule {rule}, {part}, {position}: not an expression: {message}")]
    Syntax {
        /// Id of the rule.
        rule: String,
        /// `when`, `condition`, `subject`, `define.NAME`.
        part: String,
        /// Where.
        position: Position,
        /// What the parser says.
        message: String,
    },
    /// The types do not fit.
    #[error("rule {rule}, {part}, {position}: expected {expected}, found {found}")]
    Type {
        /// Id of the rule.
        rule: String,
        /// The part of the rule.
        part: String,
        /// Where.
        position: Position,
        /// What may stand there.
        expected: String,
        /// What stands there.
        found: String,
    },
    /// A name that means nothing.
    #[error("rule {rule}, {part}, {position}: {name} is not known; there are: {known}")]
    Unknown {
        /// Id of the rule.
        rule: String,
        /// The part of the rule.
        part: String,
        /// Where.
        position: Position,
        /// The name.
        name: String,
        /// What could stand there.
        known: String,
    },
    /// Something of CEL that rules do without, or too much of something.
    #[error("rule {rule}, {part}, {position}: {message}")]
    Refused {
        /// Id of the rule.
        rule: String,
        /// The part of the rule.
        part: String,
        /// Where.
        position: Position,
        /// Why.
        message: String,
    },
    /// A field beside the expressions is wrong.
    #[error("rule {rule}, {field}: {message}")]
    Field {
        /// Id of the rule.
        rule: String,
        /// The field.
        field: &'static str,
        /// What is wrong.
        message: String,
    },
}

/// What went wrong while an expression was evaluated: the rule says nothing about that event, and that is reported.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// A number outgrew 128 bits.
    #[error("a number is too large")]
    Overflow,
    /// Divided by zero.
    #[error("divided by zero")]
    DivisionByZero,
}

/// A thesaurus that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ThesaurusError {
    /// The text is no thesaurus.
    #[error("it is not written as a thesaurus: {reason}")]
    Malformed {
        /// Where and what.
        reason: String,
    },
    /// Too many words.
    #[error("the thesaurus has {count} words, at most {maximum} fit into the memory that is set aside")]
    TooManyWords {
        /// Words it has.
        count: usize,
        /// Words it may have.
        maximum: usize,
    },
    /// A word that would match nothing, or everything.
    #[error("the word {word:?} of the category {category}: {message}")]
    Word {
        /// The word.
        word: String,
        /// Its category.
        category: String,
        /// What is wrong.
        message: &'static str,
    },
    /// A word of a category that is not there.
    #[error("the word {word:?} belongs to the category {category}, which is not defined")]
    UnknownCategory {
        /// The word.
        word: String,
        /// The category.
        category: String,
    },
    /// The automaton could not be built.
    #[error("cannot build the automaton of {patterns} patterns: {reason}")]
    Automaton {
        /// Patterns of all words.
        patterns: usize,
        /// Why; it is no error type of the standard library, so it stands in the text.
        reason: daachorse::errors::DaachorseError,
    },
}
