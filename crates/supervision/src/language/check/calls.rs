//! Calls in expressions: operators, functions, membership in lists, and windows.

use super::{Compiler, NO_WINDOW, root_of, side_of};
use crate::{
    error::{Position, RuleError},
    event::SCALE,
    language::{Arithmetic, Comparison, Node, NodeId, TextTest, Type, Typed, WINDOWS_MAX, WindowCall},
    rule::span_seconds,
    window::{Aggregate, DISTINCT_MAX},
};
use cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue, operators};

impl Compiler<'_> {
    pub(super) fn call(
        &mut self,
        whole: &IdedExpr,
        call: &CallExpr,
        position: Position,
    ) -> Result<Typed, RuleError> {
        if let Some(aggregate) = Aggregate::of(&call.func_name)
            && call.target.is_none()
        {
            return self.window(whole, call, aggregate, position);
        }
        let name = call.func_name.as_str();
        let target = call.target.as_deref();
        match (name, target, call.args.as_slice()) {
            (operators::IN, None, [of, list]) => self.membership(of, list, position),
            (operators::INDEX, None, [of, index]) => self.index(of, index, position),
            (operators::CONDITIONAL, None, [condition, yes, no]) => {
                let condition = self.operand(condition, Type::Bool)?;
                let (yes, no) = (self.typed(yes)?, self.typed(no)?);
                let of = self.common(yes, no)?;
                self.add(Node::Choose(condition, yes.id, no.id), of, position)
            }
            (operators::LOGICAL_NOT, None, [of]) => {
                let of = self.operand(of, Type::Bool)?;
                self.add(Node::Not(of), Type::Bool, position)
            }
            (operators::NEGATE | "abs", None, [of]) => {
                let of = self.typed(of)?;
                self.number(of)?;
                let node = if name == "abs" {
                    Node::Absolute(of.id)
                } else {
                    Node::Negate(of.id)
                };
                self.add(node, of.of, position)
            }
            ("size", None, [of]) | ("size", Some(of), []) => {
                let of = self.operand(of, Type::Text)?;
                self.add(Node::Length(of), Type::Int, position)
            }
            ("startsWith" | "endsWith" | "contains", Some(of), [with]) => {
                let (of, with) = (self.operand(of, Type::Text)?, self.operand(with, Type::Text)?);
                let test = match name {
                    "startsWith" => TextTest::StartsWith,
                    "endsWith" => TextTest::EndsWith,
                    _ => TextTest::Contains,
                };
                self.add(Node::TextTest(test, of, with), Type::Bool, position)
            }
            (_, None, [left, right]) => self.binary(whole, name, (left, right), position),
            _ => Err(self.unknown_function(name, position)),
        }
    }

    fn binary(
        &mut self,
        whole: &IdedExpr,
        name: &str,
        (left, right): (&IdedExpr, &IdedExpr),
        position: Position,
    ) -> Result<Typed, RuleError> {
        if let operators::LOGICAL_AND | operators::LOGICAL_OR = name {
            let (left, right) = (self.operand(left, Type::Bool)?, self.operand(right, Type::Bool)?);
            let is_and = name == operators::LOGICAL_AND;
            let node = if is_and {
                Node::And(left, right)
            } else {
                Node::Or(left, right)
            };
            return self.add(node, Type::Bool, position);
        }
        if let Some(comparison) = comparison_of(name) {
            return self.comparison(whole, comparison, (left, right), position);
        }
        let Some(arithmetic) = arithmetic_of(name) else {
            return Err(self.unknown_function(name, position));
        };
        let (left, right) = (self.typed(left)?, self.typed(right)?);
        if arithmetic == Arithmetic::Add && left.of == Type::Text {
            let right = self.require(right, Type::Text)?;
            return self.add(Node::Join(left.id, right), Type::Text, position);
        }
        self.number(left)?;
        self.number(right)?;
        let of = self.common(left, right)?;
        let arithmetic = match arithmetic {
            Arithmetic::Divide if of == Type::Int => Arithmetic::DivideWhole,
            Arithmetic::Remainder if of != Type::Int => {
                return Err(self.mismatch(position, "two numbers of type int", "decimal"));
            }
            other => other,
        };
        self.add(Node::Calculate(arithmetic, left.id, right.id), of, position)
    }

    fn comparison(
        &mut self,
        whole: &IdedExpr,
        comparison: Comparison,
        (left, right): (&IdedExpr, &IdedExpr),
        position: Position,
    ) -> Result<Typed, RuleError> {
        let label = self.text(left);
        let (left, right) = (self.typed(left)?, self.typed(right)?);
        let of = self.common(left, right)?;
        let is_ordered = !matches!(comparison, Comparison::Equal | Comparison::NotEqual);
        if of == Type::Texts || (is_ordered && of == Type::Bool) {
            return Err(self.mismatch(left.position, "numbers or texts to compare", &of.to_string()));
        }
        for (side, other) in [(left.id, right.id), (right.id, left.id)] {
            self.reachable(side, other, self.position(whole))?;
        }
        let typed = self.add(Node::Compare(comparison, left.id, right.id), Type::Bool, position)?;
        self.program.labels.insert(typed.id, label);
        Ok(typed)
    }

    /// A window that tells values apart stops counting at a bound: a limit above it would never be reached.
    fn reachable(&self, side: NodeId, other: NodeId, position: Position) -> Result<(), RuleError> {
        if let (Some(Node::Window(index)), Some(Node::Number(limit))) =
            (self.program.nodes.get(side), self.program.nodes.get(other))
            && self.program.windows.get(*index).map(|call| call.aggregate) == Some(Aggregate::Distinct)
            && i128::try_from(DISTINCT_MAX).is_ok_and(|maximum| *limit > maximum * SCALE)
        {
            let message = format!("distinct() counts to {DISTINCT_MAX}: a limit above that is never reached");
            return Err(self.refused(position, message));
        }
        Ok(())
    }

    fn membership(&mut self, of: &IdedExpr, list: &IdedExpr, position: Position) -> Result<Typed, RuleError> {
        let of = self.typed(of)?;
        match &list.expr {
            Expr::List(list) => {
                let mut others = Vec::with_capacity(list.elements.len());
                for element in &list.elements {
                    let element = self.typed(element)?;
                    self.common(of, element)?;
                    others.push(element.id);
                }
                self.add(Node::OneOf(of.id, others), Type::Bool, position)
            }
            Expr::Select(select) if root_of(select) == Some("lists") => {
                let of = self.require(of, Type::Text)?;
                if self.lists.get(&select.field).is_none() {
                    let known = self.lists.names().collect::<Vec<_>>().join(", ");
                    let at = self.position(list);
                    return Err(self.unknown(at, &format!("lists.{}", select.field), known));
                }
                self.add(
                    Node::InList(of, select.field.as_str().into()),
                    Type::Bool,
                    position,
                )
            }
            _ => {
                let of = self.require(of, Type::Text)?;
                let list = self.typed(list)?;
                self.require(list, Type::Texts)?;
                self.add(Node::InContent(of), Type::Bool, position)
            }
        }
    }

    fn index(&mut self, of: &IdedExpr, index: &IdedExpr, position: Position) -> Result<Typed, RuleError> {
        if let (Expr::Select(select), Expr::Literal(LiteralValue::String(name))) = (&of.expr, &index.expr)
            && select.field == "attributes"
            && let Some(side) = root_of(select).and_then(side_of)
        {
            return self.add(Node::Attribute(side, name.inner().into()), Type::Text, position);
        }
        Err(self.refused(
            position,
            "only attributes are asked by name: `from.attributes['licence']`",
        ))
    }

    fn window(
        &mut self,
        whole: &IdedExpr,
        call: &CallExpr,
        aggregate: Aggregate,
        position: Position,
    ) -> Result<Typed, RuleError> {
        if !self.has_windows {
            return Err(self.refused(position, NO_WINDOW));
        }
        if self.program.windows.len() >= WINDOWS_MAX {
            return Err(self.refused(position, format!("a rule has at most {WINDOWS_MAX} windows")));
        }
        let source = self.text(whole);
        self.has_windows = false;
        let value_of = aggregate.value();
        let mut arguments = call.args.iter();
        let mut of = Type::Int;
        let mut value = None;
        if let Some(expected) = value_of
            && let Some(argument) = arguments.next()
        {
            let typed = self.typed(argument)?;
            if expected == Type::Text {
                self.require(typed, Type::Text)?;
            } else {
                self.number(typed)?;
            }
            of = aggregate.result(typed.of);
            value = Some(typed.id);
        }
        let (Some(key), Some(span)) = (arguments.next(), arguments.next()) else {
            return Err(self.refused(position, format!("write {}", aggregate.signature())));
        };
        let key = self.operand(key, Type::Text)?;
        let seconds = self.span(span)?;
        let condition = arguments
            .next()
            .map(|node| self.operand(node, Type::Bool))
            .transpose()?;
        let at = arguments
            .next()
            .map(|node| self.operand(node, Type::Text))
            .transpose()?;
        if arguments.next().is_some() {
            return Err(self.refused(position, format!("too much: write {}", aggregate.signature())));
        }
        self.has_windows = true;
        let index = self.program.windows.len();
        self.program.windows.push(WindowCall {
            aggregate,
            value,
            key,
            at,
            condition,
            seconds,
            source,
        });
        self.add(Node::Window(index), of, position)
    }

    fn span(&self, span: &IdedExpr) -> Result<u64, RuleError> {
        let position = self.position(span);
        let expected = "a span like '10m', '24h' or '90d', at most ten years";
        match &span.expr {
            Expr::Literal(LiteralValue::String(text)) => span_seconds(text.inner())
                .ok_or_else(|| self.mismatch(position, expected, &format!("'{}'", text.inner()))),
            _ => Err(self.mismatch(position, expected, "something that is not a text between quotes")),
        }
    }
}

fn comparison_of(name: &str) -> Option<Comparison> {
    Some(match name {
        operators::EQUALS => Comparison::Equal,
        operators::NOT_EQUALS => Comparison::NotEqual,
        operators::LESS => Comparison::Less,
        operators::LESS_EQUALS => Comparison::LessOrEqual,
        operators::GREATER => Comparison::Greater,
        operators::GREATER_EQUALS => Comparison::GreaterOrEqual,
        _ => return None,
    })
}

fn arithmetic_of(name: &str) -> Option<Arithmetic> {
    Some(match name {
        operators::ADD => Arithmetic::Add,
        operators::SUBSTRACT => Arithmetic::Subtract,
        operators::MULTIPLY => Arithmetic::Multiply,
        operators::DIVIDE => Arithmetic::Divide,
        operators::MODULO => Arithmetic::Remainder,
        "min" => Arithmetic::Minimum,
        "max" => Arithmetic::Maximum,
        _ => return None,
    })
}
