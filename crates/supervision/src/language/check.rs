//! Reads an expression, checks its types, and compiles it. An author who writes something wrong learns the place, what
//! was expected there and what was found.

mod calls;

use super::{
    DEPTH_MAX, EXPRESSION_BYTES_MAX, NESTING_MAX, NODES_MAX, Node, NodeId, Program, STEPS_MAX, Type, Typed,
    fields,
    fields::{Field, Side},
};
use crate::{
    error::{Position, RuleError},
    event::SCALE,
    lists::Lists,
    window::Aggregate,
};
use cel::{
    common::ast::{Expr, IdedExpr, LiteralValue, SelectExpr, SourceInfo},
    parser::Parser,
};
use std::collections::BTreeMap;

/// Compiles the expressions of one rule, one part after the other, into one program.
pub(crate) struct Compiler<'a> {
    rule: &'a str,
    lists: &'a Lists,
    program: Program,
    definitions: BTreeMap<String, Typed>,
    part: String,
    source: String,
    info: SourceInfo,
    has_windows: bool,
    /// Of each node: what a named expression hides.
    costs: Vec<Cost>,
}

/// What it takes to evaluate a node.
#[derive(Clone, Copy, Debug, Default)]
struct Cost {
    /// Steps at most: an expression with a name is evaluated wherever it is used.
    steps: usize,
    /// Nodes below one another.
    depth: usize,
    /// Whether it asks a window.
    is_windowed: bool,
}

/// Said of a window that stands in the wrong place, by itself or behind a name.
const NO_WINDOW: &str = "a window cannot stand here, nor inside of another window";

/// Whether windows may stand in a part of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Windows {
    Allowed,
    Refused,
}

impl<'a> Compiler<'a> {
    pub(crate) fn new(rule: &'a str, lists: &'a Lists) -> Self {
        Self {
            rule,
            lists,
            program: Program::default(),
            definitions: BTreeMap::new(),
            part: String::new(),
            source: String::new(),
            info: SourceInfo::default(),
            has_windows: false,
            costs: Vec::new(),
        }
    }

    /// The program of all that was compiled.
    pub(crate) fn finish(self) -> Program {
        self.program
    }

    /// Compiles a named expression, which later ones use by its name.
    pub(crate) fn define(&mut self, name: &str, source: &str) -> Result<NodeId, RuleError> {
        let expression = self.read(&format!("define.{name}"), source, Windows::Allowed)?;
        let typed = self.typed(&expression)?;
        if typed.of == Type::Texts {
            return Err(self.mismatch(typed.position, "bool, a number or text", "a list"));
        }
        self.definitions.insert(name.to_owned(), typed);
        Ok(typed.id)
    }

    /// Compiles a part that has to be of a type.
    pub(crate) fn part(
        &mut self,
        part: &str,
        source: &str,
        expected: Type,
        windows: Windows,
    ) -> Result<NodeId, RuleError> {
        let expression = self.read(part, source, windows)?;
        let typed = self.typed(&expression)?;
        self.require(typed, expected)
    }

    fn read(&mut self, part: &str, source: &str, windows: Windows) -> Result<IdedExpr, RuleError> {
        part.clone_into(&mut self.part);
        source.clone_into(&mut self.source);
        self.has_windows = windows == Windows::Allowed;
        if source.len() > EXPRESSION_BYTES_MAX {
            let message = format!(
                "{} bytes, at most {EXPRESSION_BYTES_MAX} can be reviewed",
                source.len()
            );
            return Err(self.refused(Position { line: 1, column: 1 }, message));
        }
        let parser = Parser::new()
            .max_recursion_depth(DEPTH_MAX)
            .error_recovery_limit(1);
        let (expression, info) = parser.parse_with_source_info(source).map_err(|errors| {
            let first = errors.errors.first();
            let (line, column) = first.map_or((1, 1), |error| error.pos);
            RuleError::Syntax {
                rule: self.rule.to_owned(),
                part: part.to_owned(),
                position: Position {
                    line: usize::try_from(line).unwrap_or(1).max(1),
                    column: usize::try_from(column).unwrap_or(1).max(1),
                },
                message: first.map_or_else(String::new, |error| error.msg.clone()),
            }
        })?;
        self.info = info;
        Ok(expression)
    }

    fn typed(&mut self, expression: &IdedExpr) -> Result<Typed, RuleError> {
        let position = self.position(expression);
        match &expression.expr {
            Expr::Literal(literal) => self.literal(literal, position),
            Expr::Ident(name) => match self.definitions.get(name) {
                Some(typed) if !self.has_windows && self.cost(typed.id).is_windowed => {
                    Err(self.refused(position, NO_WINDOW))
                }
                Some(typed) => Ok(Typed { position, ..*typed }),
                None => Err(self.unknown(position, name, self.names())),
            },
            Expr::Select(select) => self.select(select, position),
            Expr::Call(call) => self.call(expression, call, position),
            Expr::List(_) => Err(self.refused(position, "a list stands only behind `in`")),
            Expr::Comprehension(_) => Err(self.refused(
                position,
                "rules have no loops: `all`, `exists`, `filter` and `map` are left out, windows count instead",
            )),
            Expr::Map(_) | Expr::Struct(_) => Err(self.refused(position, "rules have no maps and no messages")),
            Expr::Unspecified => Err(self.refused(position, "there is no expression")),
        }
    }

    fn names(&self) -> String {
        let defined = self.definitions.keys().map(String::as_str);
        let roots = ["event", "from", "to", "lists"];
        roots.into_iter().chain(defined).collect::<Vec<_>>().join(", ")
    }

    fn literal(&mut self, literal: &LiteralValue, position: Position) -> Result<Typed, RuleError> {
        match literal {
            LiteralValue::Boolean(value) => self.add(Node::Bool(*value.inner()), Type::Bool, position),
            LiteralValue::Int(value) => self.add(
                Node::Number(i128::from(*value.inner()) * SCALE),
                Type::Int,
                position,
            ),
            LiteralValue::UInt(value) => self.add(
                Node::Number(i128::from(*value.inner()) * SCALE),
                Type::Int,
                position,
            ),
            LiteralValue::Double(value) => match millionths(&value.inner().to_string()) {
                Some(number) => self.add(Node::Number(number), Type::Decimal, position),
                None => Err(self.refused(
                    position,
                    "a number has at most six decimals and 25 digits before them",
                )),
            },
            LiteralValue::String(text) => self.add(Node::Text(text.inner().into()), Type::Text, position),
            LiteralValue::Bytes(_) | LiteralValue::Null => {
                Err(self.mismatch(position, "bool, a number or text", "bytes or null"))
            }
        }
    }

    fn select(&mut self, select: &SelectExpr, position: Position) -> Result<Typed, RuleError> {
        let typed = match &select.operand.expr {
            Expr::Ident(root) if root == "event" => {
                let row = fields::EVENT.iter().find(|row| row.0 == select.field);
                let Some((_, field, of, _)) = row else {
                    let known = fields::EVENT.map(|row| row.0).join(", ");
                    return Err(self.unknown(position, &format!("event.{}", select.field), known));
                };
                self.add(Node::Field(*field), *of, position)?
            }
            Expr::Ident(root) if side_of(root).is_some() => {
                let row = fields::PARTY.iter().find(|row| row.0 == select.field);
                let (Some((_, field, of, _)), Some(side)) = (row, side_of(root)) else {
                    let known = fields::PARTY.map(|row| row.0).join(", ") + ", attributes.NAME";
                    return Err(self.unknown(position, &format!("{root}.{}", select.field), known));
                };
                self.add(Node::Field(Field::Party(side, *field)), *of, position)?
            }
            Expr::Select(inner) if inner.field == "attributes" => {
                let Some(side) = root_of(inner).and_then(side_of) else {
                    return Err(self.unknown(
                        position,
                        "attributes",
                        "from.attributes, to.attributes".to_owned(),
                    ));
                };
                let node = Node::Attribute(side, select.field.as_str().into());
                self.add(node, Type::Text, position)?
            }
            Expr::Ident(root) if root == "lists" => {
                return Err(self.refused(position, "a list is asked by `in`: `from.account in lists.NAME`"));
            }
            Expr::Ident(root) => return Err(self.unknown(position, root, self.names())),
            _ => return Err(self.refused(position, "only event, from and to have fields")),
        };
        if select.test {
            return self.add(Node::Known(typed.id), Type::Bool, position);
        }
        Ok(typed)
    }

    fn operand(&mut self, expression: &IdedExpr, expected: Type) -> Result<NodeId, RuleError> {
        let typed = self.typed(expression)?;
        self.require(typed, expected)
    }

    fn require(&self, typed: Typed, expected: Type) -> Result<NodeId, RuleError> {
        let fits = typed.of == expected || (expected == Type::Decimal && typed.of == Type::Int);
        if fits {
            return Ok(typed.id);
        }
        Err(self.mismatch(typed.position, &expected.to_string(), &typed.of.to_string()))
    }

    fn number(&self, typed: Typed) -> Result<(), RuleError> {
        if typed.of.is_number() {
            return Ok(());
        }
        Err(self.mismatch(typed.position, "a number", &typed.of.to_string()))
    }

    /// The type that holds both.
    fn common(&self, left: Typed, right: Typed) -> Result<Type, RuleError> {
        if left.of == right.of {
            return Ok(left.of);
        }
        if left.of.is_number() && right.of.is_number() {
            return Ok(Type::Decimal);
        }
        Err(self.mismatch(right.position, &left.of.to_string(), &right.of.to_string()))
    }

    fn add(&mut self, node: Node, of: Type, position: Position) -> Result<Typed, RuleError> {
        let id = self.program.nodes.len();
        if id >= NODES_MAX {
            return Err(self.refused(position, format!("a rule has at most {NODES_MAX} parts")));
        }
        let mut cost = Cost {
            steps: 1,
            depth: 1,
            is_windowed: matches!(node, Node::Window(_)),
        };
        for below in node.below() {
            let below = self.cost(below);
            cost.steps = cost.steps.saturating_add(below.steps);
            cost.depth = cost.depth.max(below.depth + 1);
            cost.is_windowed |= below.is_windowed;
        }
        if cost.steps > STEPS_MAX || cost.depth > NESTING_MAX {
            let message = format!(
                "it takes more than {STEPS_MAX} steps or nests more than {NESTING_MAX} deep, with what its names stand for"
            );
            return Err(self.refused(position, message));
        }
        self.program.nodes.push(node);
        self.costs.push(cost);
        Ok(Typed { id, of, position })
    }

    fn cost(&self, id: NodeId) -> Cost {
        self.costs.get(id).copied().unwrap_or_default()
    }

    /// First and last byte of an expression in its source.
    fn extent(&self, expression: &IdedExpr) -> (usize, usize) {
        let own = self.info.offset_for(expression.id).unwrap_or((u32::MAX, 0));
        let own = (
            usize::try_from(own.0).unwrap_or(usize::MAX),
            usize::try_from(own.1).unwrap_or(0),
        );
        let wider = |wide: (usize, usize), part: &IdedExpr| {
            let extent = self.extent(part);
            (wide.0.min(extent.0), wide.1.max(extent.1))
        };
        match &expression.expr {
            // Its own token is the opening bracket.
            Expr::Call(call) if call.target.is_none() && self.is_named(own.0, &call.func_name) => call
                .args
                .iter()
                .fold((own.0 - call.func_name.len(), own.1), wider),
            Expr::Call(call) => call
                .target
                .as_deref()
                .into_iter()
                .chain(&call.args)
                .fold(own, wider),
            // Its own token is the point.
            Expr::Select(select) => wider((own.0, own.1.saturating_add(select.field.len())), &select.operand),
            Expr::List(list) => list.elements.iter().fold(own, wider),
            _ => own,
        }
    }

    /// Whether the name of a function ends at that byte.
    fn is_named(&self, at: usize, name: &str) -> bool {
        self.source.get(..at).is_some_and(|before| before.ends_with(name))
    }

    fn position(&self, expression: &IdedExpr) -> Position {
        let (start, _) = self.extent(expression);
        let before = self
            .source
            .get(..start.min(self.source.len()))
            .unwrap_or_default();
        let line = before.chars().filter(|character| *character == '\n').count() + 1;
        let column = before
            .chars()
            .rev()
            .take_while(|character| *character != '\n')
            .count()
            + 1;
        Position { line, column }
    }

    /// An expression as it was written, on one line.
    fn text(&self, expression: &IdedExpr) -> String {
        let (start, stop) = self.extent(expression);
        let mut depth = 0_i32;
        let mut text = String::new();
        for (index, character) in self.source.char_indices().skip_while(|place| place.0 < start) {
            // The last token of a call stands before its closing bracket.
            if index > stop && depth <= 0 {
                break;
            }
            depth += i32::from(matches!(character, '(' | '['));
            depth -= i32::from(matches!(character, ')' | ']'));
            text.push(if character.is_whitespace() { ' ' } else { character });
        }
        text.split(' ')
            .filter(|word| !word.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
    }

    fn mismatch(&self, position: Position, expected: &str, found: &str) -> RuleError {
        RuleError::Type {
            rule: self.rule.to_owned(),
            part: self.part.clone(),
            position,
            expected: expected.to_owned(),
            found: found.to_owned(),
        }
    }

    fn unknown(&self, position: Position, name: &str, known: String) -> RuleError {
        RuleError::Unknown {
            rule: self.rule.to_owned(),
            part: self.part.clone(),
            position,
            name: name.to_owned(),
            known,
        }
    }

    fn unknown_function(&self, name: &str, position: Position) -> RuleError {
        let windows = Aggregate::ALL.map(Aggregate::name).join(", ");
        let known = format!("{windows}, abs, min, max, size, startsWith, endsWith, contains, has");
        self.unknown(position, &format!("{name}() with these arguments"), known)
    }

    fn refused(&self, position: Position, message: impl Into<String>) -> RuleError {
        RuleError::Refused {
            rule: self.rule.to_owned(),
            part: self.part.clone(),
            position,
            message: message.into(),
        }
    }
}

fn side_of(root: &str) -> Option<Side> {
    match root {
        "from" => Some(Side::From),
        "to" => Some(Side::To),
        _ => None,
    }
}

fn root_of(select: &SelectExpr) -> Option<&str> {
    match &select.operand.expr {
        Expr::Ident(root) => Some(root),
        _ => None,
    }
}

/// A number as it is written, in millionths; nothing if it needs more decimals or digits.
fn millionths(text: &str) -> Option<i128> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.len() > 25 || fraction.len() > 6 {
        return None;
    }
    format!("{whole}{fraction:0<6}")
        .parse::<i128>()
        .ok()
        .map(|number| number * sign)
}
