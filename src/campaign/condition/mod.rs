//! Conditions over signals and attributes, in the Mongo style and with the meaning of GrowthBook (SDK specification 0.12).
//!
//! ```json
//! {"cart_value": {"$gt": 50}, "$or": [{"tier": "pro"}, {"country": {"$in": ["HR", "SI"]}}]}
//! ```
//!
//! All clauses of an object must hold. What is missing equals nothing but `null` and compares with nothing. Names, operators, saved groups and regular expressions
//! are settled when the campaign is checked ([`read`]): what can't be evaluated is refused there, by name, and never at open time. Evaluating allocates nothing.

mod names;
mod pattern;
mod read;
mod version;
mod view;

pub use names::{Attribute, Datatype, Names};
pub use pattern::Pattern;
pub use read::read;
#[cfg(feature = "cli")]
pub use read::{COMBINERS, LIST_OPERATORS, ORDER_OPERATORS, TEXT_OPERATORS};
pub use view::Set;

use super::decimal::Decimal;
use super::problem::Problems;
use crate::intent::{SignalId, Signals, Value};
use crate::profile::attributes::Datum;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use view::{View, folded};

/// A compiled condition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Condition {
    /// Every part holds; no part at all: always.
    All(Vec<Condition>),
    /// Some part holds.
    Any(Vec<Condition>),
    /// The part does not hold.
    Not(Box<Condition>),
    /// A test of one value.
    Is(Subject, Test),
}

impl Default for Condition {
    fn default() -> Self {
        Self::All(Vec::new())
    }
}

/// What is tested.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Subject {
    /// A signal.
    Signal(SignalId),
    /// An attribute, or a part of one: the way to it.
    Attribute(Vec<String>),
}

impl Subject {
    /// Its value, if it is a single one.
    #[must_use]
    pub fn value<'a>(&self, signals: &Signals<'a>) -> Value<'a> {
        match self {
            Self::Signal(id) => signals.get(*id),
            Self::Attribute(path) => match attribute(signals, path) {
                View::Flag(flag) => Value::Flag(flag),
                View::Number(number) => Value::Number(number),
                View::Text(text) => Value::Text(text),
                View::Null | View::List(_) | View::Object(_) => Value::Missing,
            },
        }
    }
}

/// A test of one value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Test {
    /// Nothing passes: the operand is of a kind that no value can answer to.
    Never,
    /// Every test holds; none at all: always.
    Every(Vec<Test>),
    /// The test does not hold.
    Not(Box<Test>),
    /// It is known (`true`) or missing (`false`).
    Exists(bool),
    /// It is this, to the last element.
    Equals(Datum),
    /// It is this text but for case.
    Like(String),
    /// It, or an element of it, is one of these.
    In(Set),
    /// It is a number or text that stands so to this one.
    Ordered(Relation, Operand),
    /// It is a version that stands so to this one.
    Version(Relation, Operand),
    /// It is of this kind.
    Type(Type),
    /// It is a text that the expression matches.
    Matches(Pattern),
    /// It is a list, and its length passes.
    Size(Box<Test>),
    /// It is a list, and for each of these there is an element that passes.
    Has(Vec<Test>),
    /// It is a list, and some element passes.
    Element(Box<Test>),
    /// It is a list, and of some element the fields do.
    Fields(Box<Condition>),
}

impl Test {
    /// All of these; a single one stands for itself.
    fn every(mut tests: Vec<Self>) -> Self {
        match tests.pop() {
            Some(only) if tests.is_empty() => only,
            Some(last) => {
                tests.push(last);
                Self::Every(tests)
            }
            None => Self::Every(tests),
        }
    }

    /// Shows every number that a value is ordered against to `visit`.
    pub fn bounds(&self, visit: &mut impl FnMut(f64)) {
        match self {
            Self::Every(tests) => tests.iter().for_each(|test| test.bounds(visit)),
            Self::Not(test) => test.bounds(visit),
            Self::Ordered(_, Operand::Number(bound)) => visit(*bound),
            _ => {}
        }
    }
}

/// How a value stands to an operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Relation {
    /// Before it.
    Less,
    /// Before it or the same.
    AtMost,
    /// The same.
    Equal,
    /// After it or the same.
    AtLeast,
    /// After it.
    Greater,
}

/// What a value is ordered against. Numbers and texts do not compare with each other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Operand {
    /// A number.
    Number(f64),
    /// A text: by UTF-16 units, as JavaScript compares.
    Text(String),
}

/// A kind of value, as `$type` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Type {
    /// `null`, or missing.
    Null,
    /// True or false.
    Boolean,
    /// A number.
    Number,
    /// A text.
    String,
    /// A list.
    Array,
    /// Values by name.
    Object,
}

impl Condition {
    /// Shows every test of a signal to `visit`.
    pub fn visit(&self, visit: &mut impl FnMut(SignalId, &Test)) {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.visit(visit)),
            Self::Not(part) => part.visit(visit),
            Self::Is(Subject::Signal(signal), test) => visit(*signal, test),
            Self::Is(Subject::Attribute(_), _) => {}
        }
    }

    /// Reads a condition that stands by itself.
    ///
    /// # Errors
    /// [`Problems`]: all of them, each with its place.
    pub fn parse(text: &str, names: &Names) -> Result<Self, Problems> {
        super::reader::read(text, |object| Some(read::clauses(&object, names)))
    }

    /// All of these; a single one stands for itself.
    fn all(mut parts: Vec<Self>) -> Self {
        match parts.pop() {
            Some(only) if parts.is_empty() => only,
            Some(last) => {
                parts.push(last);
                Self::All(parts)
            }
            None => Self::All(parts),
        }
    }

    /// Does the condition hold?
    #[must_use]
    pub fn holds(&self, signals: &Signals<'_>) -> bool {
        self.within(&|subject: &Subject| match subject {
            Subject::Signal(id) => signals.get(*id).into(),
            Subject::Attribute(path) => attribute(signals, path),
        })
    }

    /// Does it hold where `find` says what a subject is?
    #[inline]
    fn within<'a, F: Fn(&Subject) -> View<'a>>(&self, find: &F) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.within(find)),
            Self::Any(parts) => parts.iter().any(|part| part.within(find)),
            Self::Not(part) => !part.within(find),
            Self::Is(subject, test) => test.holds(find(subject)),
        }
    }

    /// Does it hold for the fields of one value?
    fn holds_in(&self, value: View<'_>) -> bool {
        self.within(&|subject: &Subject| match subject {
            Subject::Signal(_) => View::Null,
            Subject::Attribute(path) => value.at(path),
        })
    }
}

fn attribute<'a>(signals: &Signals<'a>, path: &[String]) -> View<'a> {
    let found = path.split_first().and_then(|(name, rest)| Some((signals.attribute(name)?, rest)));
    found.map_or(View::Null, |(datum, rest)| View::from(datum).at(rest))
}

impl Test {
    #[inline]
    fn holds(&self, value: View<'_>) -> bool {
        match (self, value) {
            // by far the most frequent, and decided in one comparison
            (Self::Ordered(relation, Operand::Number(bound)), View::Number(n)) => relation.orders(n, *bound),
            _ => self.holds_of(value),
        }
    }

    fn holds_of(&self, value: View<'_>) -> bool {
        match (self, value) {
            (Self::Never, _) => false,
            (Self::Every(tests), value) => tests.iter().all(|test| test.holds(value)),
            (Self::Not(test), value) => !test.holds(value),
            (Self::Exists(wanted), value) => value.is_null() != *wanted,
            (Self::Equals(datum), value) => value.equals(datum),
            (Self::Like(wanted), View::Text(text)) => wanted.chars().eq(folded(text)),
            (Self::In(set), View::List(list)) => list.iter().any(|item| set.contains(item.into())),
            (Self::In(set), value) => set.contains(value),
            (Self::Ordered(relation, operand), value) => {
                operand.order(value).is_some_and(|o| relation.admits(o))
            }
            (Self::Version(relation, operand), value) => {
                operand.version(value).is_some_and(|o| relation.admits(o))
            }
            (Self::Type(wanted), value) => Type::of(value) == *wanted,
            (Self::Matches(pattern), View::Text(text)) => pattern.matches(text),
            (Self::Size(test), View::List(list)) => test.holds(View::Number(list.len() as f64)),
            (Self::Has(tests), View::List(list)) => {
                tests.iter().all(|test| list.iter().any(|item| test.holds(item.into())))
            }
            (Self::Element(test), View::List(list)) => known(list).any(|item| test.holds(item)),
            (Self::Fields(condition), View::List(list)) => known(list).any(|item| condition.holds_in(item)),
            _ => false,
        }
    }
}

/// The elements of a list but for `null`, which `$elemMatch` passes over.
fn known(list: &[Datum]) -> impl Iterator<Item = View<'_>> {
    list.iter().map(View::from).filter(|item| !item.is_null())
}

impl Relation {
    #[inline]
    fn orders(self, n: f64, bound: f64) -> bool {
        match self {
            Self::Less => n < bound,
            Self::AtMost => n <= bound,
            Self::Equal => n == bound,
            Self::AtLeast => n >= bound,
            Self::Greater => n > bound,
        }
    }

    fn admits(self, order: Ordering) -> bool {
        match self {
            Self::Less => order.is_lt(),
            Self::AtMost => order.is_le(),
            Self::Equal => order.is_eq(),
            Self::AtLeast => order.is_ge(),
            Self::Greater => order.is_gt(),
        }
    }
}

impl Operand {
    /// How a value stands to this one, if it can be compared.
    fn order(&self, value: View<'_>) -> Option<Ordering> {
        match (value, self) {
            (View::Number(a), Self::Number(b)) => a.partial_cmp(b),
            (View::Text(a), Self::Text(b)) => Some(a.encode_utf16().cmp(b.encode_utf16())),
            _ => None,
        }
    }

    /// The same, as versions.
    fn version(&self, value: View<'_>) -> Option<Ordering> {
        match (value, self) {
            (View::Number(a), Self::Number(b)) => {
                Some(version::compare(Decimal::of(a).as_str(), Decimal::of(*b).as_str()))
            }
            (View::Text(a), Self::Text(b)) => Some(version::compare(a, b)),
            _ => None,
        }
    }
}

impl Type {
    fn of(value: View<'_>) -> Self {
        match value {
            View::Null => Self::Null,
            View::Flag(_) => Self::Boolean,
            View::Number(_) => Self::Number,
            View::Text(_) => Self::String,
            View::List(_) => Self::Array,
            View::Object(_) => Self::Object,
        }
    }
}
