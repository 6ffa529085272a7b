//! From JSON to a [`Condition`]: every name, operator, saved group and expression is settled here or refused with its place.
//!
//! A signal has one kind of values, so an operand of another kind is a mistake and refused. An attribute may hold anything; there an operand of another kind means what it
//! means to GrowthBook: nobody passes.

use super::view::folded;
use super::{Condition, Names, Operand, Pattern, Relation, Set, Subject, Test, Type};
use crate::campaign::reader::{Node, Object, suggestion};
use crate::intent::SignalId;
use crate::intent::signal::Kind;
use crate::profile::attributes::{Datum, put};
use jsonc_parser::ast::Value as Json;

/// What combines conditions.
pub const COMBINERS: [&str; 4] = ["$and", "$or", "$nor", "$not"];

/// What tests the value of a signal or attribute of any kind.
pub const OPERATORS: [&str; 9] =
    ["$eq", "$ne", "$in", "$nin", "$inGroup", "$notInGroup", "$exists", "$type", "$not"];
/// What tests numbers; of an attribute also texts.
pub const ORDER_OPERATORS: [&str; 4] = ["$lt", "$lte", "$gt", "$gte"];
/// What tests texts.
pub const TEXT_OPERATORS: [&str; 12] = [
    "$ini",
    "$nini",
    "$regex",
    "$regexi",
    "$notRegex",
    "$notRegexi",
    "$veq",
    "$vne",
    "$vlt",
    "$vlte",
    "$vgt",
    "$vgte",
];
/// What tests lists.
pub const LIST_OPERATORS: [&str; 4] = ["$size", "$elemMatch", "$all", "$alli"];

/// What a condition's names stand for.
struct Scope<'n> {
    names: &'n Names,
    /// The fields of a list's element, instead of signals and attributes.
    element: bool,
}

/// Reads a condition.
pub fn read(node: &Node<'_, '_>, names: &Names) -> Option<Condition> {
    Some(clauses(&node.object()?, names))
}

/// Reads the clauses of a condition.
pub fn clauses(object: &Object<'_, '_>, names: &Names) -> Condition {
    Scope { names, element: false }.clauses(object)
}

impl Scope<'_> {
    fn read(&self, node: &Node<'_, '_>) -> Option<Condition> {
        Some(self.clauses(&node.object()?))
    }

    fn clauses(&self, object: &Object<'_, '_>) -> Condition {
        Condition::all(object.entries().filter_map(|(key, value)| self.clause(key, &value)).collect())
    }

    fn clause(&self, key: &str, node: &Node<'_, '_>) -> Option<Condition> {
        let not = |part| Condition::Not(Box::new(part));
        match key {
            "$and" => node.list(|n| self.read(&n)).map(Condition::all),
            "$or" => node.list(|n| self.read(&n)).map(any),
            "$nor" => node.list(|n| self.read(&n)).map(any).map(not),
            "$not" => self.read(node).map(not),
            key => match self.subject(key) {
                Some(subject) => {
                    let signal = if let Subject::Signal(id) = subject { Some(id) } else { None };
                    Some(Condition::Is(subject, Tests { names: self.names, signal }.value(node)?))
                }
                None if key.starts_with('$') => node.name_problem(
                    format!("operator {key:?} is not supported here"),
                    suggestion(key, COMBINERS.iter().copied()),
                ),
                None => self.names.unknown(key, node),
            },
        }
    }

    fn subject(&self, name: &str) -> Option<Subject> {
        if self.element {
            let field = || Subject::Attribute(name.split('.').map(str::to_owned).collect());
            return (!name.starts_with('$')).then(field);
        }
        self.names.subject(name)
    }
}

/// Some part holds; of none, as GrowthBook has it, all do.
fn any(parts: Vec<Condition>) -> Condition {
    if parts.is_empty() { Condition::All(parts) } else { Condition::Any(parts) }
}

fn not(test: Test) -> Test {
    Test::Not(Box::new(test))
}

/// What stands beside a name.
#[derive(Clone, Copy)]
struct Tests<'n> {
    names: &'n Names,
    /// The signal that is tested; an attribute or a part of one otherwise.
    signal: Option<SignalId>,
}

impl Tests<'_> {
    /// A plain value, or an object of operators.
    fn value(&self, node: &Node<'_, '_>) -> Option<Test> {
        let Json::Object(object) = node.value() else {
            return self.literal(node).map(Test::Equals);
        };
        let mut names = object.properties.iter().map(|property| property.name.as_str());
        if self.signal.is_none() && !object.properties.is_empty() && !names.any(|name| name.starts_with('$'))
        {
            return datum(node).map(Test::Equals);
        }
        let tests = node.object()?.entries().filter_map(|(name, operand)| self.operator(name, &operand));
        Some(Test::every(tests.collect()))
    }

    fn operator(&self, name: &str, operand: &Node<'_, '_>) -> Option<Test> {
        match name {
            "$eq" => self.equal(operand),
            "$ne" => self.equal(operand).map(not),
            "$not" => self.value(operand).map(not),
            "$in" => self.among(operand, false),
            "$ini" => self.among(operand, true),
            "$nin" => self.among(operand, false).map(outside),
            "$nini" => self.among(operand, true).map(outside),
            "$inGroup" => self.group(operand),
            "$notInGroup" => self.group(operand).map(not),
            "$lt" => self.ordered(operand, Relation::Less),
            "$lte" => self.ordered(operand, Relation::AtMost),
            "$gt" => self.ordered(operand, Relation::Greater),
            "$gte" => self.ordered(operand, Relation::AtLeast),
            "$veq" => self.version(operand, Relation::Equal),
            "$vne" => self.version(operand, Relation::Equal).map(not),
            "$vlt" => self.version(operand, Relation::Less),
            "$vlte" => self.version(operand, Relation::AtMost),
            "$vgt" => self.version(operand, Relation::Greater),
            "$vgte" => self.version(operand, Relation::AtLeast),
            "$regex" => self.matches(operand, false),
            "$regexi" => self.matches(operand, true),
            "$notRegex" => self.matches(operand, false).map(not),
            "$notRegexi" => self.matches(operand, true).map(not),
            "$exists" => match operand.value() {
                Json::BooleanLit(known) => Some(Test::Exists(known.value)),
                _ => operand.problem("\"$exists\" takes true or false", None),
            },
            "$type" => operand.one_of("type", &TYPES).map(|kind| kind.map_or(Test::Never, Test::Type)),
            "$size" => self.list(operand)?.value(operand).map(|test| Test::Size(Box::new(test))),
            "$elemMatch" => self.list(operand)?.element(operand),
            "$all" => self.list(operand)?.all(operand, false),
            "$alli" => self.list(operand)?.all(operand, true),
            "$and" | "$or" | "$nor" => operand.name_problem(
                format!("operator {name:?} combines conditions and can't stand beside a name"),
                format!("turn it around: {{{name:?}: [{{\"name\": …}}, …]}}"),
            ),
            other => {
                let known = [&OPERATORS[..], &ORDER_OPERATORS, &TEXT_OPERATORS, &LIST_OPERATORS].concat();
                let help = suggestion(other, known.into_iter());
                operand.name_problem(format!("operator {other:?} is not supported"), help)
            }
        }
    }

    /// `$eq`: to GrowthBook, as to JavaScript, no two lists or objects are the same.
    fn equal(&self, operand: &Node<'_, '_>) -> Option<Test> {
        match operand.value() {
            Json::Array(_) | Json::Object(_) if self.signal.is_none() => Some(Test::Never),
            _ => self.literal(operand).map(Test::Equals),
        }
    }

    fn among(&self, operand: &Node<'_, '_>, fold: bool) -> Option<Test> {
        if self.signal.is_none() && !matches!(operand.value(), Json::Array(_)) {
            return Some(Test::Never);
        }
        if fold {
            self.of_kind(operand, Kind::Text, "text; it has no case")?;
        }
        let values = operand.list(|item| match item.value() {
            // what a signal is compared with is known; `$exists` asks for missing ones
            Json::NullKeyword(_) if self.signal.is_some() => self.wrong(&item),
            _ => self.literal(&item),
        })?;
        Some(Test::In(Set::new(values, fold)))
    }

    fn group(&self, operand: &Node<'_, '_>) -> Option<Test> {
        let set = self.names.group(operand)?;
        match self.signal {
            Some(id) if !set.values().iter().all(|value| is_kind(value, id.signal().kind)) => {
                self.wrong(operand)
            }
            _ => Some(Test::In(set.clone())),
        }
    }

    fn ordered(&self, operand: &Node<'_, '_>, relation: Relation) -> Option<Test> {
        self.of_kind(operand, Kind::Number, "number; it can't be compared with $lt and its like")?;
        self.operand(operand).map(|o| o.map_or(Test::Never, |o| Test::Ordered(relation, o)))
    }

    fn version(&self, operand: &Node<'_, '_>, relation: Relation) -> Option<Test> {
        self.of_kind(operand, Kind::Text, "text; it can't be compared as a version")?;
        self.operand(operand).map(|o| o.map_or(Test::Never, |o| Test::Version(relation, o)))
    }

    fn matches(&self, operand: &Node<'_, '_>, fold: bool) -> Option<Test> {
        self.of_kind(operand, Kind::Text, "text; no expression matches it")?;
        match Pattern::new(operand.text()?, fold) {
            Ok(pattern) => Some(Test::Matches(pattern)),
            Err(problem) => operand.problem(format!("this expression can't be used: {problem}"), None),
        }
    }

    /// Some element passes, or the fields of some element do.
    fn element(&self, operand: &Node<'_, '_>) -> Option<Test> {
        let object = operand.object()?;
        let tests =
            object.entries().all(|(name, _)| name.starts_with('$') && !COMBINERS[..3].contains(&name));
        if tests {
            return self.value(operand).map(|test| Test::Element(Box::new(test)));
        }
        let condition = Scope { names: self.names, element: true }.clauses(&object);
        Some(Test::Fields(Box::new(condition)))
    }

    fn all(&self, operand: &Node<'_, '_>, fold: bool) -> Option<Test> {
        let Json::Array(_) = operand.value() else { return Some(Test::Never) };
        let tests = operand.list(|item| match item.value() {
            Json::StringLit(text) if fold => Some(Test::Like(folded(&text.value).collect())),
            _ => self.value(&item),
        });
        tests.map(Test::Has)
    }

    /// These tests for the parts of a list, which no signal is.
    fn list(&self, operand: &Node<'_, '_>) -> Option<Self> {
        match self.signal {
            Some(id) => operand.problem(format!("{:?} is no list", id.signal().name), None),
            None => Some(*self),
        }
    }

    /// Some value that this name can have.
    fn literal(&self, node: &Node<'_, '_>) -> Option<Datum> {
        match (self.signal, node.value()) {
            (None, _) | (Some(_), Json::NullKeyword(_)) => datum(node),
            (Some(id), Json::NumberLit(_)) if id.signal().kind == Kind::Number => {
                node.number(-1e12, 1e12).map(Datum::number)
            }
            (Some(id), Json::BooleanLit(_)) if id.signal().kind == Kind::Flag => datum(node),
            (Some(id), Json::StringLit(_)) if id.signal().kind == Kind::Text => datum(node),
            _ => self.wrong(node),
        }
    }

    /// Something to order by: for an attribute also none, since only numbers and texts have an order.
    fn operand(&self, node: &Node<'_, '_>) -> Option<Option<Operand>> {
        let value = match node.value() {
            Json::NullKeyword(_) if self.signal.is_some() => self.wrong(node),
            _ => self.literal(node),
        };
        Some(match value? {
            Datum::Number(number) => Some(Operand::Number(number)),
            Datum::Text(text) => Some(Operand::Text(text)),
            _ => None,
        })
    }

    /// Notes a problem if a signal is not of this kind: "… is no " and the rest.
    fn of_kind(&self, operand: &Node<'_, '_>, kind: Kind, rest: &str) -> Option<()> {
        match self.signal.map(SignalId::signal) {
            Some(signal) if signal.kind != kind => {
                operand.problem(format!("{:?} is no {rest}", signal.name), None)
            }
            _ => Some(()),
        }
    }

    fn wrong<T>(&self, node: &Node<'_, '_>) -> Option<T> {
        let signal = self.signal?.signal();
        let expected = match signal.kind {
            Kind::Number => "a number",
            Kind::Flag => "true or false",
            Kind::Text => "a text",
        };
        node.problem(format!("{:?} is compared with {expected}", signal.name), None)
    }
}

/// Not among these; but what can't be told stays untold.
fn outside(among: Test) -> Test {
    if among == Test::Never { Test::Never } else { not(among) }
}

fn is_kind(value: &Datum, kind: Kind) -> bool {
    match kind {
        Kind::Number => matches!(value, Datum::Number(_)),
        Kind::Flag => matches!(value, Datum::Flag(_)),
        Kind::Text => matches!(value, Datum::Text(_)),
    }
}

/// `undefined` is JavaScript's, and no value of an attribute.
const TYPES: [(&str, Option<Type>); 7] = [
    ("string", Some(Type::String)),
    ("number", Some(Type::Number)),
    ("boolean", Some(Type::Boolean)),
    ("array", Some(Type::Array)),
    ("object", Some(Type::Object)),
    ("null", Some(Type::Null)),
    ("undefined", None),
];

/// Any value.
pub fn datum(node: &Node<'_, '_>) -> Option<Datum> {
    Some(match node.value() {
        Json::NullKeyword(_) => Datum::Null,
        Json::BooleanLit(flag) => Datum::Flag(flag.value),
        Json::NumberLit(_) => Datum::number(node.number(-f64::MAX, f64::MAX)?),
        Json::StringLit(text) => Datum::Text(text.value.to_string()),
        Json::Array(_) => Datum::List(node.list(|item| datum(&item))?),
        Json::Object(_) => {
            let mut object = Vec::new();
            for (name, value) in node.object()?.entries() {
                put(&mut object, name.to_owned(), datum(&value)?);
            }
            Datum::Object(object)
        }
    })
}
