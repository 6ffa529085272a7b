//! The value a test looks at, borrowed: a signal's, an attribute's, or a part of one. Without it, nothing here would be free of copies.

use crate::intent::Value;
use crate::profile::attributes::Datum;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::collections::BinaryHeap;

#[derive(Clone, Copy)]
pub enum View<'a> {
    /// Missing, or `null`: GrowthBook tells them apart nowhere.
    Null,
    Flag(bool),
    Number(f64),
    Text(&'a str),
    List(&'a [Datum]),
    Object(&'a [(String, Datum)]),
}

impl<'a> From<Value<'a>> for View<'a> {
    fn from(value: Value<'a>) -> Self {
        match value {
            Value::Missing => Self::Null,
            Value::Number(number) => Self::Number(number),
            Value::Flag(flag) => Self::Flag(flag),
            Value::Text(text) => Self::Text(text),
        }
    }
}

impl<'a> From<&'a Datum> for View<'a> {
    fn from(datum: &'a Datum) -> Self {
        match datum {
            Datum::Null => Self::Null,
            Datum::Flag(flag) => Self::Flag(*flag),
            Datum::Number(number) => Self::Number(*number),
            Datum::Text(text) => Self::Text(text),
            Datum::List(list) => Self::List(list),
            Datum::Object(named) => Self::Object(named),
        }
    }
}

impl<'a> View<'a> {
    /// What a path leads to from here: names into objects, places and `length` into lists.
    pub fn at(self, path: &[String]) -> Self {
        path.iter().fold(self, |here, step| match here {
            Self::Object(named) => Datum::field(named, step).map_or(Self::Null, Self::from),
            Self::List(list) if step == "length" => Self::Number(list.len() as f64),
            Self::List(list) => place(step).and_then(|i| list.get(i)).map_or(Self::Null, Self::from),
            _ => Self::Null,
        })
    }

    pub fn is_null(self) -> bool {
        matches!(self, Self::Null)
    }

    /// The same, to the last element.
    pub fn equals(self, datum: &Datum) -> bool {
        match (self, datum) {
            (Self::Null, Datum::Null) => true,
            (Self::Flag(a), Datum::Flag(b)) => a == *b,
            (Self::Number(a), Datum::Number(b)) => a == *b,
            (Self::Text(a), Datum::Text(b)) => a == b,
            (Self::List(a), Datum::List(b)) => a == b,
            (Self::Object(a), Datum::Object(b)) => a == b,
            _ => false,
        }
    }
}

/// The place that an index names, in the one way JavaScript writes it.
fn place(index: &str) -> Option<usize> {
    let canonical = index == "0" || index.starts_with(|first: char| matches!(first, '1'..='9'));
    index.parse().ok().filter(|_| canonical)
}

/// The letters of a text without their case, one by one. A final sigma counts as any other: unlike JavaScript's, this lower case does not look around.
pub fn folded(text: &str) -> impl Iterator<Item = char> + '_ {
    text.chars().flat_map(char::to_lowercase).map(|letter| if letter == 'ς' { 'σ' } else { letter })
}

/// Single values to look one up in: those of `$in`, or a saved group of many thousands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "(Vec<Datum>, bool)", into = "(Vec<Datum>, bool)")]
pub struct Set {
    /// In the order of [`rank`].
    values: std::sync::Arc<[Datum]>,
    /// The texts are folded, and so is what is looked up.
    fold: bool,
}

impl From<(Vec<Datum>, bool)> for Set {
    fn from((values, fold): (Vec<Datum>, bool)) -> Self {
        Self::new(values, fold)
    }
}

impl From<Set> for (Vec<Datum>, bool) {
    fn from(set: Set) -> Self {
        (set.values.to_vec(), set.fold)
    }
}

impl Set {
    /// The set of these values; `fold` finds texts whatever their case. Lists and objects are left out: for GrowthBook, as for JavaScript, no two of them are the same.
    #[must_use]
    pub fn new(values: Vec<Datum>, fold: bool) -> Self {
        let single = values.into_iter().filter(|value| !matches!(value, Datum::List(_) | Datum::Object(_)));
        let ranked = single.map(|value| match value {
            Datum::Text(text) if fold => Ranked(Datum::Text(folded(&text).collect())),
            value => Ranked(value),
        });
        // `sort` would be twenty times the code, and this is no place where speed counts
        let sorted = ranked.collect::<BinaryHeap<_>>().into_sorted_vec();
        Self { values: sorted.into_iter().map(|Ranked(value)| value).collect(), fold }
    }

    /// The values, in order.
    #[must_use]
    pub fn values(&self) -> &[Datum] {
        &self.values
    }

    pub(super) fn contains(&self, wanted: View<'_>) -> bool {
        self.values.binary_search_by(|value| rank(value, wanted, self.fold)).is_ok()
    }
}

/// A single value in the order of [`rank`].
struct Ranked(Datum);

impl Ord for Ranked {
    fn cmp(&self, other: &Self) -> Ordering {
        rank(&self.0, View::from(&other.0), false)
    }
}

impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Ranked {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Ranked {}

/// Orders single values: by kind, then by value. What is not single comes after all.
fn rank(value: &Datum, wanted: View<'_>, fold: bool) -> Ordering {
    match (value, wanted) {
        (Datum::Flag(a), View::Flag(b)) => a.cmp(&b),
        // both finite; unlike `total_cmp`, with one zero
        (Datum::Number(a), View::Number(b)) => a.partial_cmp(&b).unwrap_or(Ordering::Less),
        (Datum::Text(a), View::Text(b)) if fold => a.chars().cmp(folded(b)),
        (Datum::Text(a), View::Text(b)) => a.as_str().cmp(b),
        (value, wanted) => kind(View::from(value)).cmp(&kind(wanted)),
    }
}

fn kind(view: View<'_>) -> u8 {
    match view {
        View::Null => 0,
        View::Flag(_) => 1,
        View::Number(_) => 2,
        View::Text(_) => 3,
        View::List(_) => 4,
        View::Object(_) => 5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_is_what_javascript_makes_of_it() {
        let same = |a: &str, b: &str| folded(a).eq(folded(b));
        for (a, b) in [("ČAKOVEC", "čakovec"), ("ΟΔΟΣ", "οδος"), ("Straße", "straße")] {
            assert!(same(a, b), "{a} {b}");
        }
        assert!(!same("STRASSE", "straße"));
        assert!(!same("İ", "i"));
    }

    #[test]
    fn a_set_finds_what_it_holds_and_nothing_else() {
        let values = [
            Datum::Text("b".into()),
            Datum::Number(2.0),
            Datum::Null,
            Datum::Text("B".into()),
            Datum::Flag(true),
            Datum::List(vec![]),
        ];
        let exact = Set::new(values.to_vec(), false);
        for value in &values[..5] {
            assert!(exact.contains(value.into()), "{value:?}");
        }
        for other in [View::Text("a"), View::Number(1.0), View::Flag(false), View::List(&[])] {
            assert!(!exact.contains(other));
        }
        let folding = Set::new(values.to_vec(), true);
        assert!(folding.contains(View::Text("B")));
    }

    #[test]
    fn a_path_leads_into_objects_and_lists() {
        let inner = Datum::Object(vec![("b".to_owned(), Datum::List(vec![Datum::Number(7.0)]))]);
        let at = |path: &str| {
            let path: Vec<_> = path.split('.').map(str::to_owned).collect();
            View::from(&inner).at(&path)
        };
        assert!(at("b.0").equals(&Datum::Number(7.0)) && at("b.length").equals(&Datum::Number(1.0)));
        for nowhere in ["a", "b.1", "b.00", "b.+0", "b.0.c", ""] {
            assert!(at(nowhere).is_null(), "{nowhere}");
        }
    }
}
