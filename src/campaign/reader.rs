//! Reading JSON so that every problem is found, with its place.
//!
//! A [`Node`] is a value and where it stands. Its readers return `None` when the value is unfit *and note the problem*, so the code that
//! builds the campaign just goes on and the marketer sees all problems at once. An [`Object`] remembers which keys were asked
//! for: what is left over at the end is unknown, and the nearest key that was asked for is what was probably meant.

use super::problem::{Problem, Problems};
use crate::nearest::nearest;
use crate::order;
use jsonc_parser::ast::{self, ObjectProp, Value};
use jsonc_parser::common::{Range, Ranged};
use std::cell::RefCell;
use std::collections::HashSet;
use std::fmt::Display;

/// The largest document that is read, in bytes.
pub const MAX_BYTES: usize = 1 << 20;
/// The most problems that are told. Each is looked for by line, and a document from elsewhere may have one per value.
const MAX_PROBLEMS: usize = 200;
/// How deep objects and lists may nest: the parser is recursive, and outside input must not exhaust its stack.
const MAX_DEPTH: usize = 64;

/// Collects the problems of one document.
pub struct Notes<'t> {
    text: &'t str,
    problems: RefCell<Vec<Problem>>,
    warnings: RefCell<Vec<Problem>>,
}

impl<'t> Notes<'t> {
    fn add(&self, range: Range, path: &str, message: String, help: Option<String>) {
        if self.problems.borrow().len() < MAX_PROBLEMS {
            self.problems.borrow_mut().push(self.problem(range, path, message, help));
        }
    }

    fn problem(&self, range: Range, path: &str, message: String, help: Option<String>) -> Problem {
        let before = self.text.get(..range.start).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |i| i + 1);
        let covered = self.text.get(range.start..range.end).unwrap_or_default();
        Problem {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            length: covered.lines().next().map_or(1, |l| l.chars().count().max(1)),
            path: path.to_owned(),
            message,
            help,
        }
    }
}

/// Parses `text` and lets `build` read its root object; all problems come back together.
pub fn read<T>(text: &str, build: impl FnOnce(Object<'_, '_>) -> Option<T>) -> Result<T, Problems> {
    read_within(MAX_BYTES, text, build).map(|(value, _)| value)
}

/// The same for documents of at most so many bytes, with what isn't wrong but hardly meant.
pub fn read_within<T>(
    max: usize,
    text: &str,
    build: impl FnOnce(Object<'_, '_>) -> Option<T>,
) -> Result<(T, Vec<Problem>), Problems> {
    let notes = Notes { text, problems: RefCell::default(), warnings: RefCell::default() };
    let built = parse(max, text, &notes, build);
    let in_order = |notes: RefCell<Vec<Problem>>| {
        let mut notes = notes.into_inner();
        order::by_key(&mut notes, |p| (p.line, p.column));
        notes
    };
    let problems = in_order(notes.problems);
    match built {
        Some(value) if problems.is_empty() => Ok((value, in_order(notes.warnings))),
        _ => Err(Problems(problems)),
    }
}

fn parse<T>(
    max: usize,
    text: &str,
    notes: &Notes<'_>,
    build: impl FnOnce(Object<'_, '_>) -> Option<T>,
) -> Option<T> {
    let whole = Range { start: 0, end: 1 };
    if text.len() > max {
        notes.add(whole, "", format!("the document has {} bytes; {max} are allowed", text.len()), None);
        return None;
    }
    if let Some(at) = too_deep(text) {
        notes.add(
            Range { start: at, end: at + 1 },
            "",
            format!("nested more than {MAX_DEPTH} levels deep"),
            None,
        );
        return None;
    }
    let strict = jsonc_parser::ParseOptions {
        allow_comments: false,
        allow_loose_object_property_names: false,
        allow_trailing_commas: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    if let Some(at) = broken_line(text) {
        notes.add(
            Range { start: at, end: at + 1 },
            "",
            "this is not JSON: a text may not run over the end of its line or hold control characters".into(),
            Some("write \"\\n\" for a new line".into()),
        );
        return None;
    }
    match jsonc_parser::parse_to_ast(text, &Default::default(), &strict) {
        Ok(ast) => match ast.value {
            Some(value) => {
                Node { value: &value, name: None, path: String::new(), notes }.object().and_then(build)
            }
            None => {
                notes.add(whole, "", "the document is empty".into(), None);
                None
            }
        },
        Err(error) => {
            notes.add(error.range(), "", format!("this is not JSON: {}", error.kind()), None);
            None
        }
    }
}

/// Where the nesting passes the limit.
fn too_deep(text: &str) -> Option<usize> {
    let mut depth = 0usize;
    bytes(text).find_map(|(at, byte, quoted)| {
        match byte {
            b'{' | b'[' if !quoted => depth += 1,
            b'}' | b']' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        (depth > MAX_DEPTH).then_some(at)
    })
}

/// Where a control character stands inside quotes, which JSON forbids and the parser lets pass.
fn broken_line(text: &str) -> Option<usize> {
    bytes(text).find_map(|(at, byte, quoted)| (quoted && byte < b' ').then_some(at))
}

/// Every byte with its place, and whether it stands inside quotes.
fn bytes(text: &str) -> impl Iterator<Item = (usize, u8, bool)> {
    let (mut quoted, mut escaped) = (false, false);
    text.bytes().enumerate().map(move |(at, byte)| {
        let inside = quoted;
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ => {}
        }
        (at, byte, inside)
    })
}

/// A value and where it stands.
pub struct Node<'a, 't> {
    value: &'a Value<'a>,
    /// Where its name stands, for the values of an object.
    name: Option<Range>,
    path: String,
    notes: &'a Notes<'t>,
}

impl<'a, 't> Node<'a, 't> {
    /// Notes a problem with this value.
    pub fn problem<T>(&self, message: impl Display, help: Option<String>) -> Option<T> {
        self.notes.add(self.value.range(), &self.path, message.to_string(), help);
        None
    }

    /// Notes that this value is hardly meant, though it isn't wrong.
    pub fn warning(&self, message: impl Display, help: Option<String>) {
        let warning = self.notes.problem(self.value.range(), &self.path, message.to_string(), help);
        self.notes.warnings.borrow_mut().push(warning);
    }

    /// Notes a problem with the name that this value stands under.
    pub fn name_problem<T>(&self, message: impl Display, help: String) -> Option<T> {
        self.notes.add(self.name.unwrap_or(self.value.range()), &self.path, message.to_string(), Some(help));
        None
    }

    fn wrong<T>(&self, expected: &str) -> Option<T> {
        let shown = match self.value {
            Value::StringLit(s) => format!("{:?}", s.value),
            Value::NumberLit(n) => n.value.to_owned(),
            Value::BooleanLit(b) => b.value.to_string(),
            Value::NullKeyword(_) => "null".into(),
            Value::Object(_) => "an object".into(),
            Value::Array(_) => "a list".into(),
        };
        self.problem(format!("expected {expected}, found {shown}"), None)
    }

    /// The value itself.
    pub fn value(&self) -> &'a Value<'a> {
        self.value
    }

    /// A text.
    pub fn text(&self) -> Option<&'a str> {
        match self.value {
            Value::StringLit(s) => Some(&s.value),
            _ => self.wrong("a text"),
        }
    }

    /// A text that `parse` understands; `expected` says what it would.
    pub fn parsed<T>(&self, expected: &str, parse: impl FnOnce(&'a str) -> Option<T>) -> Option<T> {
        let Value::StringLit(s) = self.value else { return self.wrong(expected) };
        parse(&s.value).or_else(|| self.wrong(expected))
    }

    /// A number between `min` and `max`.
    pub fn number(&self, min: f64, max: f64) -> Option<f64> {
        let expected = if max >= 1e9 {
            format!("a number of at least {min}")
        } else {
            format!("a number from {min} to {max}")
        };
        let Value::NumberLit(n) = self.value else { return self.wrong(&expected) };
        n.value.parse().ok().filter(|n| (min..=max).contains(n)).or_else(|| self.wrong(&expected))
    }

    /// A whole number between `min` and `max`.
    pub fn whole(&self, min: u32, max: u32) -> Option<u32> {
        let n = self.number(min.into(), max.into())?;
        if n.fract() == 0.0 { Some(n as u32) } else { self.wrong("a whole number") }
    }

    /// One of these names.
    pub fn one_of<T: Copy>(&self, what: &str, names: &[(&str, T)]) -> Option<T> {
        let text = self.text()?;
        if let Some((_, value)) = names.iter().find(|(name, _)| *name == text) {
            return Some(*value);
        }
        let known = names.iter().map(|(name, _)| *name);
        self.problem(format!("{what} {text:?} is not known"), Some(suggestion(text, known)))
    }

    /// True or false.
    pub fn flag(&self) -> Option<bool> {
        match self.value {
            Value::BooleanLit(b) => Some(b.value),
            _ => self.wrong("true or false"),
        }
    }

    /// Is it an object?
    pub fn is_object(&self) -> bool {
        matches!(self.value, Value::Object(_))
    }

    /// Is it a number?
    pub fn is_number(&self) -> bool {
        matches!(self.value, Value::NumberLit(_))
    }

    /// An empty list.
    pub fn is_empty(&self) -> bool {
        matches!(self.value, Value::Array(array) if array.elements.is_empty())
    }

    /// Every item of a list that `item` understands.
    pub fn list<T>(&self, mut item: impl FnMut(Self) -> Option<T>) -> Option<Vec<T>> {
        let Value::Array(array) = self.value else { return self.wrong("a list") };
        let node = |(i, value): (usize, &'a Value<'a>)| Node {
            value,
            name: None,
            path: format!("{}[{i}]", self.path),
            notes: self.notes,
        };
        Some(array.elements.iter().enumerate().filter_map(|pair| item(node(pair))).collect())
    }

    /// An object.
    pub fn object(&self) -> Option<Object<'a, 't>> {
        let Value::Object(object) = self.value else { return self.wrong("an object") };
        let mut known = HashSet::with_capacity(object.properties.len());
        for prop in &object.properties {
            let name = prop.name.as_str();
            if !known.insert(name) {
                self.notes.add(prop.name.range(), &self.path, format!("{name:?} stands there twice"), None);
            }
        }
        Some(Object { object, path: self.path.clone(), notes: self.notes, asked: Vec::new() })
    }
}

/// An object, and which of its keys were asked for.
pub struct Object<'a, 't> {
    object: &'a ast::Object<'a>,
    path: String,
    notes: &'a Notes<'t>,
    asked: Vec<&'static str>,
}

impl<'a, 't> Object<'a, 't> {
    /// The value of an optional key.
    pub fn get(&mut self, key: &'static str) -> Option<Node<'a, 't>> {
        self.asked.push(key);
        self.object.properties.iter().find(|p| p.name.as_str() == key).map(|p| self.node(p))
    }

    /// The value of a key that must be there.
    pub fn require(&mut self, key: &'static str) -> Option<Node<'a, 't>> {
        let node = self.get(key);
        if node.is_none() {
            self.whole_problem::<()>(format!("{key:?} is missing"), None);
        }
        node
    }

    /// Notes a problem with the object itself.
    pub fn whole_problem<T>(&self, message: impl Display, help: Option<String>) -> Option<T> {
        let open = Range { start: self.object.range.start, end: self.object.range.start + 1 };
        self.notes.add(open, &self.path, message.to_string(), help);
        None
    }

    /// Every key with its value, for objects whose keys are names of their own.
    pub fn entries(&self) -> impl Iterator<Item = (&'a str, Node<'a, 't>)> + use<'a, 't> {
        let (path, notes) = (self.path.clone(), self.notes);
        self.object.properties.iter().map(move |p| (p.name.as_str(), node(p, &path, notes)))
    }

    /// Notes every key that nobody asked for.
    pub fn finish(self) {
        for prop in &self.object.properties {
            let name = prop.name.as_str();
            if !self.asked.contains(&name) {
                let help = suggestion(name, self.asked.iter().copied());
                self.notes.add(
                    prop.name.range(),
                    &self.path,
                    format!("{name:?} is not known here"),
                    Some(help),
                );
            }
        }
    }

    fn node(&self, prop: &'a ObjectProp<'a>) -> Node<'a, 't> {
        node(prop, &self.path, self.notes)
    }
}

fn node<'a, 't>(prop: &'a ObjectProp<'a>, path: &str, notes: &'a Notes<'t>) -> Node<'a, 't> {
    let name = prop.name.as_str();
    let path = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    Node { value: &prop.value, name: Some(prop.name.range()), path, notes }
}

/// "did you mean …?", or the list of what is known when that is short.
pub fn suggestion<'s>(wrong: &str, known: impl Iterator<Item = &'s str> + Clone) -> String {
    match nearest(wrong, known.clone()) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => format!("known: {}", known.collect::<Vec<_>>().join(", ")),
    }
}
