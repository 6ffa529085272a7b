//! Conditions over signals, in the Mongo style that GrowthBook's users know.
//!
//! ```json
//! {"cart_value": {"$gt": 50}, "$or": [{"stage": "new"}, {"country": {"$in": ["HR", "SI"]}}]}
//! ```
//!
//! All clauses of an object must hold. A missing signal equals nothing and compares with nothing; `$exists` asks for it.
//! Names and operators are settled when the campaign is checked: an unknown one is refused there, by name, and never at open time.

use super::reader::{Node, suggestion};
use crate::intent::signal::Kind;
use crate::intent::{SignalId, Signals, Value};
use jsonc_parser::ast::Value as Json;

/// A compiled condition.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// Every part holds; no part at all: always.
    All(Vec<Condition>),
    /// Some part holds.
    Any(Vec<Condition>),
    /// The part does not hold.
    Not(Box<Condition>),
    /// A test of one signal.
    Is(SignalId, Test),
}

impl Default for Condition {
    fn default() -> Self {
        Self::All(Vec::new())
    }
}

/// A test of one signal's value.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// It is known (`true`) or missing (`false`).
    Exists(bool),
    /// It is one of these.
    In(Vec<Operand>),
    /// It is less.
    Less(f64),
    /// It is less or equal.
    AtMost(f64),
    /// It is greater.
    Greater(f64),
    /// It is greater or equal.
    AtLeast(f64),
}

/// What a signal's value is compared with.
#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    /// A number.
    Number(f64),
    /// Yes or no.
    Flag(bool),
    /// A name.
    Text(String),
}

impl Condition {
    /// Does the condition hold?
    #[must_use]
    pub fn holds(&self, signals: &Signals<'_>) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(signals)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(signals)),
            Self::Not(part) => !part.holds(signals),
            Self::Is(signal, test) => test.holds(signals.get(*signal)),
        }
    }

    /// The signals it asks for.
    pub fn signals(&self, found: &mut Vec<SignalId>) {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.signals(found)),
            Self::Not(part) => part.signals(found),
            Self::Is(signal, _) => found.push(*signal),
        }
    }
}

impl Test {
    fn holds(&self, value: Value<'_>) -> bool {
        match (self, value) {
            (Self::Exists(wanted), value) => (value != Value::Missing) == *wanted,
            (Self::In(operands), value) => operands.iter().any(|operand| operand.equals(value)),
            (Self::Less(bound), Value::Number(n)) => n < *bound,
            (Self::AtMost(bound), Value::Number(n)) => n <= *bound,
            (Self::Greater(bound), Value::Number(n)) => n > *bound,
            (Self::AtLeast(bound), Value::Number(n)) => n >= *bound,
            _ => false,
        }
    }
}

impl Operand {
    fn equals(&self, value: Value<'_>) -> bool {
        match (self, value) {
            (Self::Number(a), Value::Number(b)) => *a == b,
            (Self::Flag(a), Value::Flag(b)) => *a == b,
            (Self::Text(a), Value::Text(b)) => a == b,
            _ => false,
        }
    }
}

const OPERATORS: [&str; 9] = ["$eq", "$ne", "$lt", "$lte", "$gt", "$gte", "$in", "$nin", "$exists"];
const COMBINERS: [&str; 4] = ["$and", "$or", "$nor", "$not"];

/// Reads a condition.
pub fn read(node: &Node<'_, '_>) -> Option<Condition> {
    let parts = node.object()?.entries().filter_map(|(key, value)| clause(key, &value)).collect();
    Some(Condition::All(parts))
}

fn clause(key: &str, value: &Node<'_, '_>) -> Option<Condition> {
    match key {
        "$and" => value.list(|n| read(&n)).map(Condition::All),
        "$or" => value.list(|n| read(&n)).map(Condition::Any),
        "$nor" => value.list(|n| read(&n)).map(|parts| Condition::Not(Box::new(Condition::Any(parts)))),
        "$not" => read(value).map(|part| Condition::Not(Box::new(part))),
        key if key.starts_with('$') => value.name_problem(
            format!("operator {key:?} is not supported here"),
            suggestion(key, COMBINERS.iter().copied()),
        ),
        key => match SignalId::of(key) {
            Some(signal) => tests(signal, value),
            None => {
                let known = SignalId::all().map(|s| s.signal().name);
                value.name_problem(format!("signal {key:?} is not known"), suggestion(key, known))
            }
        },
    }
}

/// `value` stands beside a signal: a plain value, or an object of operators.
fn tests(signal: SignalId, value: &Node<'_, '_>) -> Option<Condition> {
    let Json::Object(_) = value.value() else {
        return equal(signal, value);
    };
    let tests = value.object()?.entries().filter_map(|(operator, operand)| test(signal, operator, &operand));
    Some(Condition::All(tests.collect()))
}

fn test(signal: SignalId, operator: &str, operand: &Node<'_, '_>) -> Option<Condition> {
    let is = |test| Some(Condition::Is(signal, test));
    let not = |part: Condition| Condition::Not(Box::new(part));
    match operator {
        "$eq" => equal(signal, operand),
        "$ne" => equal(signal, operand).map(not),
        "$in" => one_of(signal, operand),
        "$nin" => one_of(signal, operand).map(not),
        "$lt" => is(Test::Less(bound(signal, operand)?)),
        "$lte" => is(Test::AtMost(bound(signal, operand)?)),
        "$gt" => is(Test::Greater(bound(signal, operand)?)),
        "$gte" => is(Test::AtLeast(bound(signal, operand)?)),
        "$exists" => match operand.value() {
            Json::BooleanLit(b) => is(Test::Exists(b.value)),
            _ => operand.problem("\"$exists\" takes true or false", None),
        },
        "$not" => tests(signal, operand).map(not),
        other => {
            let help = suggestion(other, OPERATORS.iter().copied().chain(["$not"]));
            operand.name_problem(format!("operator {other:?} is not supported"), help)
        }
    }
}

fn one_of(signal: SignalId, operand: &Node<'_, '_>) -> Option<Condition> {
    Some(Condition::Is(signal, Test::In(operand.list(|item| literal(signal, &item))?)))
}

fn equal(signal: SignalId, operand: &Node<'_, '_>) -> Option<Condition> {
    if let Json::NullKeyword(_) = operand.value() {
        return Some(Condition::Is(signal, Test::Exists(false)));
    }
    Some(Condition::Is(signal, Test::In(vec![literal(signal, operand)?])))
}

fn bound(signal: SignalId, operand: &Node<'_, '_>) -> Option<f64> {
    match signal.signal().kind {
        Kind::Number => operand.number(-1e12, 1e12),
        _ => operand.problem(
            format!("{:?} is no number; it can't be compared with $lt and its like", signal.signal().name),
            None,
        ),
    }
}

fn literal(signal: SignalId, node: &Node<'_, '_>) -> Option<Operand> {
    match (signal.signal().kind, node.value()) {
        (Kind::Number, Json::NumberLit(_)) => node.number(-1e12, 1e12).map(Operand::Number),
        (Kind::Flag, Json::BooleanLit(b)) => Some(Operand::Flag(b.value)),
        (Kind::Text, Json::StringLit(s)) => Some(Operand::Text(s.value.to_string())),
        (kind, _) => {
            let expected = match kind {
                Kind::Number => "a number",
                Kind::Flag => "true or false",
                Kind::Text => "a text",
            };
            node.problem(format!("{:?} is compared with {expected}", signal.signal().name), None)
        }
    }
}
