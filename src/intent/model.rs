//! The additive model: format, loader, scorer.
//!
//! A model answers several questions, its heads: will they click, convert, unsubscribe, complain, reorder; and how much does each motivation
//! weigh. A head is an intercept plus one table of weights per signal; their sum goes through the logistic function. What a signal contributes
//! is the weight of the bin it falls into: nothing else is in there, so the explanation is the model.
//!
//! The file is JSON that a person can read and write:
//!
//! ```json
//! {"format": 1, "name": "starter", "trained_on": "priors set by hand", "heads": {"click": {"intercept": -2.2, "terms": [
//!   {"signal": "clicks", "missing": 0, "cuts": [0.5, 2], "weights": [-0.3, 0.4, 0.9]},
//!   {"signal": "device", "missing": 0, "values": ["phone", "desktop"], "weights": [0.1, 0]}
//! ]}}}
//! ```
//!
//! `cuts` part the numbers: below the first, from the first up to the second, …; one weight more than cuts. `values` are names (or `true`/`false`
//! for flags) with a weight each; an unlisted name weighs 0.

use super::signal::{Kind, SignalId, Signals, Value};
use crate::nearest::nearest;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// A question that a model answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Head {
    /// Will they click?
    Click,
    /// Will they buy?
    Convert,
    /// Will they unsubscribe?
    Unsubscribe,
    /// Will they mark it as spam?
    Complain,
    /// Will they buy again what they bought?
    Reorder,
    /// How much does a better price move them?
    Price,
    /// How much does choice or novelty move them?
    Assortment,
    /// How much does less effort move them?
    Convenience,
    /// How much does confidence move them?
    Trust,
    /// How much does a deadline move them?
    Urgency,
}

impl Head {
    /// Every head; the last five are the motivations in the order of [`super::Motivation::ALL`].
    pub const ALL: [Self; 10] = [
        Self::Click,
        Self::Convert,
        Self::Unsubscribe,
        Self::Complain,
        Self::Reorder,
        Self::Price,
        Self::Assortment,
        Self::Convenience,
        Self::Trust,
        Self::Urgency,
    ];

    /// Its name in model files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Click => "click",
            Self::Convert => "convert",
            Self::Unsubscribe => "unsubscribe",
            Self::Complain => "complain",
            Self::Reorder => "reorder",
            Self::Price => "price",
            Self::Assortment => "assortment",
            Self::Convenience => "convenience",
            Self::Trust => "trust",
            Self::Urgency => "urgency",
        }
    }
}

/// What the recipient is likely to do, and what moves them. Every number lies in (0, 1).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Intent([f64; 10]);

impl Intent {
    /// The answer to one question.
    #[must_use]
    pub const fn get(&self, head: Head) -> f64 {
        self.0[head as usize]
    }

    /// How much each motivation weighs, in the order of [`super::Motivation::ALL`].
    #[must_use]
    pub fn motivations(&self) -> [f64; 5] {
        [self.0[5], self.0[6], self.0[7], self.0[8], self.0[9]]
    }
}

/// A loaded model.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// Its name, logged with every decision.
    pub name: String,
    /// What it was trained on.
    pub trained_on: String,
    heads: [Table; 10],
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Table {
    intercept: f64,
    terms: Vec<Term>,
}

#[derive(Clone, Debug, PartialEq)]
struct Term {
    signal: SignalId,
    missing: f64,
    bins: Bins,
}

#[derive(Clone, Debug, PartialEq)]
enum Bins {
    /// Weights between cuts, one more than cuts.
    Cuts(Vec<f64>, Vec<f64>),
    /// Weights of names.
    Names(Vec<(String, f64)>),
}

impl Term {
    fn weight(&self, value: Value<'_>) -> f64 {
        match (&self.bins, value) {
            (_, Value::Missing) => self.missing,
            (Bins::Cuts(cuts, weights), Value::Number(n)) => weights[cuts.partition_point(|cut| *cut <= n)],
            (Bins::Names(names), Value::Text(text)) => named(names, text),
            (Bins::Names(names), Value::Flag(flag)) => named(names, if flag { "true" } else { "false" }),
            _ => 0.0,
        }
    }
}

fn named(names: &[(String, f64)], name: &str) -> f64 {
    names.iter().find(|(n, _)| n == name).map_or(0.0, |(_, w)| *w)
}

/// The logistic function, from the one portable `exp`.
#[must_use]
pub fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-x))
}

/// The inverse of [`logistic`] for `p` in (0, 1).
#[must_use]
pub fn logit(p: f64) -> f64 {
    libm::log(p / (1.0 - p))
}

impl Model {
    /// The model that is shipped: priors set by hand, readable in `starter.json`.
    ///
    /// # Errors
    /// Never: a test loads it.
    pub fn starter() -> Result<Self, ModelError> {
        Self::parse(include_str!("starter.json"))
    }

    /// Reads a model file.
    ///
    /// # Errors
    /// [`ModelError`] lists every problem: what is no JSON of this form, signals or heads that are not known, weights that don't fit their bins.
    pub fn parse(text: &str) -> Result<Self, ModelError> {
        let file: File = serde_json::from_str(text).map_err(|e| ModelError(vec![e.to_string()]))?;
        let mut problems = Vec::new();
        if file.format != 1 {
            problems.push(format!("format {} is not known; this build reads format 1", file.format));
        }
        let mut heads: [Table; 10] = Default::default();
        for (name, head) in &file.heads {
            match Head::ALL.iter().find(|h| h.name() == name) {
                Some(known) => heads[*known as usize] = head.table(name, &mut problems),
                None => problems.push(unknown("head", name, Head::ALL.iter().map(|h| h.name()))),
            }
        }
        for head in Head::ALL.iter().filter(|h| !file.heads.contains_key(h.name())) {
            problems.push(format!("head \"{}\" is missing", head.name()));
        }
        if problems.is_empty() {
            Ok(Self { name: file.name, trained_on: file.trained_on, heads })
        } else {
            Err(ModelError(problems))
        }
    }

    /// The answers for one recipient at one moment.
    #[must_use]
    pub fn score(&self, signals: &Signals<'_>) -> Intent {
        Intent(std::array::from_fn(|i| {
            let table = &self.heads[i];
            logistic(
                table
                    .terms
                    .iter()
                    .fold(table.intercept, |sum, term| sum + term.weight(signals.get(term.signal))),
            )
        }))
    }

    /// What each signal adds to a head's sum (in log-odds), in the order of the file.
    pub fn contributions<'a>(
        &'a self,
        head: Head,
        signals: &'a Signals<'_>,
    ) -> impl Iterator<Item = (SignalId, f64)> + 'a {
        self.heads[head as usize]
            .terms
            .iter()
            .map(|term| (term.signal, term.weight(signals.get(term.signal))))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: u32,
    name: String,
    trained_on: String,
    heads: BTreeMap<String, HeadFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HeadFile {
    intercept: f64,
    #[serde(default)]
    terms: Vec<TermFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TermFile {
    signal: String,
    #[serde(default)]
    missing: f64,
    #[serde(default)]
    cuts: Option<Vec<f64>>,
    #[serde(default)]
    values: Option<Vec<String>>,
    weights: Vec<f64>,
}

impl HeadFile {
    fn table(&self, head: &str, problems: &mut Vec<String>) -> Table {
        let mut terms: Vec<Term> = Vec::new();
        for file in &self.terms {
            match file.term() {
                Ok(term) if terms.iter().any(|t| t.signal == term.signal) => {
                    problems.push(format!("head \"{head}\": signal \"{}\" stands there twice", file.signal));
                }
                Ok(term) => terms.push(term),
                Err(problem) => problems.push(format!("head \"{head}\": {problem}")),
            }
        }
        Table { intercept: self.intercept, terms }
    }
}

impl TermFile {
    fn term(&self) -> Result<Term, String> {
        let Some(signal) = SignalId::of(&self.signal) else {
            return Err(unknown("signal", &self.signal, SignalId::all().map(|s| s.signal().name)));
        };
        let fail = |what: &str| Err(format!("signal \"{}\": {what}", self.signal));
        let bins = match (&self.cuts, &self.values, signal.signal().kind) {
            (Some(cuts), None, Kind::Number) => {
                if !cuts.windows(2).all(|w| w[0] < w[1]) {
                    return fail("cuts must ascend");
                }
                if self.weights.len() != cuts.len() + 1 {
                    return fail("there must be one weight more than cuts");
                }
                Bins::Cuts(cuts.clone(), self.weights.clone())
            }
            (None, Some(values), Kind::Flag | Kind::Text) => {
                if self.weights.len() != values.len() {
                    return fail("there must be one weight for each value");
                }
                Bins::Names(values.iter().cloned().zip(self.weights.iter().copied()).collect())
            }
            (_, _, Kind::Number) => return fail("a number takes `cuts` (and no `values`)"),
            _ => return fail("names and flags take `values` (and no `cuts`)"),
        };
        Ok(Term { signal, missing: self.missing, bins })
    }
}

fn unknown<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a str>) -> String {
    match nearest(name, known) {
        Some(near) => format!("{what} \"{name}\" is not known; did you mean \"{near}\"?"),
        None => format!("{what} \"{name}\" is not known"),
    }
}

/// Why a model file cannot be used: every problem, in the order of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelError(pub Vec<String>);

impl fmt::Display for ModelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "model: {}", self.0.join("; "))
    }
}

impl std::error::Error for ModelError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::Context;
    use crate::intent::Facts;
    use crate::profile::{Channel, Profile, Purpose};
    use crate::time::Timestamp;

    fn intent(profile: &Profile) -> Intent {
        let context = Context::default();
        let facts = Facts { channel: Channel::Email, profile, context: &context, now: Timestamp(0) };
        Model::starter().unwrap().score(&Signals::read(&facts))
    }

    #[test]
    fn the_starter_loads_and_its_contributions_add_up() {
        let model = Model::starter().unwrap();
        let mut profile = Profile::default();
        profile.consent.record(Channel::Email, Purpose::Personalization, true, Timestamp(0));
        profile.engagement.clicks.add(3.0, Timestamp(0));
        let context = Context::default();
        let facts =
            Facts { channel: Channel::Email, profile: &profile, context: &context, now: Timestamp(0) };
        let signals = Signals::read(&facts);
        let intent = model.score(&signals);
        for head in Head::ALL {
            let sum: f64 = model.contributions(head, &signals).map(|(_, w)| w).sum();
            let intercept = model.heads[head as usize].intercept;
            assert!((logistic(intercept + sum) - intent.get(head)).abs() < 1e-12);
        }
    }

    #[test]
    fn the_starter_knows_what_moves_people() {
        let mut known = Profile::default();
        known.consent.record(Channel::Email, Purpose::Personalization, true, Timestamp(0));
        let mut bargain = known.clone();
        (bargain.purchases.count, bargain.purchases.discounted) = (4, 4);
        assert!(intent(&bargain).get(Head::Price) > intent(&known).get(Head::Price) + 0.2);
        let mut reader = known.clone();
        reader.browsing.info_views.add(6.0, Timestamp(0));
        assert!(intent(&reader).get(Head::Trust) > intent(&known).get(Head::Trust) + 0.2);
        let mut tired = known.clone();
        tired.engagement.unanswered = 12;
        assert!(intent(&tired).get(Head::Unsubscribe) > 2.0 * intent(&known).get(Head::Unsubscribe));
    }

    #[test]
    fn a_wrong_file_is_refused_with_every_problem() {
        let text = r#"{"format": 2, "name": "x", "trained_on": "y", "heads": {"click": {"intercept": 0, "terms": [
            {"signal": "cart_vale", "cuts": [], "weights": [0]},
            {"signal": "clicks", "cuts": [2, 1], "weights": [0, 0, 0]},
            {"signal": "device", "cuts": [1], "weights": [0, 0]}]}, "clck": {"intercept": 0}}}"#;
        let ModelError(problems) = Model::parse(text).unwrap_err();
        assert_eq!(problems[0], "format 2 is not known; this build reads format 1");
        assert_eq!(problems[1], "head \"clck\" is not known; did you mean \"click\"?");
        assert_eq!(
            problems[2],
            "head \"click\": signal \"cart_vale\" is not known; did you mean \"cart_value\"?"
        );
        assert_eq!(problems[3], "head \"click\": signal \"clicks\": cuts must ascend");
        assert_eq!(
            problems[4],
            "head \"click\": signal \"device\": names and flags take `values` (and no `cuts`)"
        );
        assert_eq!(problems[5], "head \"convert\" is missing");
        assert!(Model::parse("{").is_err());
    }
}
