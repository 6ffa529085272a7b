//! The additive model: what it is, and how it is asked.
//!
//! A model answers several questions, its heads: will they click, convert, unsubscribe, complain, reorder; and how much does each motivation
//! weigh. A head is an intercept, one table of weights per signal, small grids for a few pairs of signals (a GA²M: Lou, Caruana, Gehrke and Hooker 2013,
//! "Accurate intelligible models with pairwise interactions"), and a calibration; their sum goes through the logistic function. What a signal contributes
//! is the weight of the bin it falls into: nothing else is in there, so the explanation is the model.
//!
//! [`mod@file`] has the format. Loaded, the tables of all heads are merged: one search per signal finds its bin, and the bin has a weight for every
//! head. So ten answers cost hardly more than one.

pub mod file;
mod read;

use super::signal::{SignalId, SignalSet, Signals, Value};
use crate::hash::Key;
use serde::{Deserialize, Serialize};

pub use file::{File, HeadFile, ModelError};

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

/// How many questions there are.
pub const HEADS: usize = Head::ALL.len();

/// A number for every head.
type Row = [f64; HEADS];

/// What the recipient is likely to do, and what moves them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Intent {
    odds: Row,
    shares: Row,
}

impl Intent {
    /// Log-odds beyond ±30 would round to a certainty that no model has.
    fn new(odds: Row) -> Self {
        let odds = odds.map(|odds| odds.clamp(-30.0, 30.0));
        Self { odds, shares: odds.map(logistic) }
    }

    /// The answer to one question, in (0, 1).
    #[must_use]
    pub const fn get(&self, head: Head) -> f64 {
        self.shares[head as usize]
    }

    /// The same in log-odds.
    #[must_use]
    pub const fn odds(&self, head: Head) -> f64 {
        self.odds[head as usize]
    }

    /// How much each motivation weighs, in the order of [`super::Motivation::ALL`].
    #[must_use]
    pub fn motivations(&self) -> [f64; 5] {
        std::array::from_fn(|i| self.shares[Head::Price as usize + i])
    }
}

/// A loaded model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// Its name, logged with every decision.
    pub name: String,
    /// Its version: a hash of what its file says. Logged with the name, as two models may bear the same.
    pub version: Key,
    /// What it was trained on.
    pub trained_on: String,
    /// How good each head was on data it had not seen; none where nothing was measured.
    pub quality: [Option<Quality>; HEADS],
    /// When people answer: weights of the hours of a day and of the days of a week, each 1 on average. What little is known of one recipient is
    /// shrunk towards this.
    pub rhythm: Rhythm,
    intercepts: Row,
    columns: Vec<Column>,
    pairs: Vec<Pair>,
    calibrations: [Calibration; HEADS],
    signals: SignalSet,
}

/// How good a head was on data it had not seen.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quality {
    /// Area under the ROC curve, in [0, 1].
    pub auc: f64,
    /// Mean log loss, in nats.
    pub log_loss: f64,
    /// Expected calibration error over fifteen bins of equal width, in [0, 1].
    pub calibration_error: f64,
}

/// When people answer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rhythm {
    /// Per local hour of the day.
    pub hours: [f64; 24],
    /// Per day of the week, Monday first.
    pub weekdays: [f64; 7],
}

/// One signal: its bins, and what each weighs in every head.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Column {
    signal: SignalId,
    bins: Bins,
    missing: Row,
    weights: Vec<Row>,
}

/// Two signals in one head: a weight for every pair of bins, those for missing values first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Pair {
    head: Head,
    rows: (SignalId, Bins),
    columns: (SignalId, Bins),
    weights: Vec<Vec<f64>>,
}

/// The bins of a signal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Bins {
    /// Between ascending cuts: below the first, from the first up to the second, …
    Cuts(Vec<f64>),
    /// One per name; `true` and `false` for flags.
    Names(Vec<String>),
}

impl Bins {
    /// The bin of a value; none for a name that isn't listed.
    #[must_use]
    pub fn of(&self, value: Value<'_>) -> Option<usize> {
        let named = |name: &str| match self {
            Self::Names(names) => names.iter().position(|n| n == name),
            Self::Cuts(_) => None,
        };
        match (self, value) {
            (Self::Cuts(cuts), Value::Number(n)) => Some(cuts.partition_point(|cut| *cut <= n)),
            (_, Value::Text(text)) => named(text),
            (_, Value::Flag(flag)) => named(if flag { "true" } else { "false" }),
            _ => None,
        }
    }

    /// How many bins there are.
    #[expect(clippy::len_without_is_empty, reason = "cuts always part into at least one bin")]
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Cuts(cuts) => cuts.len() + 1,
            Self::Names(names) => names.len(),
        }
    }
}

impl Column {
    fn row(&self, value: Value<'_>) -> Option<&Row> {
        match value {
            Value::Missing => Some(&self.missing),
            value => self.weights.get(self.bins.of(value)?),
        }
    }
}

impl Pair {
    fn weight(&self, signals: &Signals<'_>) -> f64 {
        let bin = |(signal, bins): &(SignalId, Bins)| match signals.get(*signal) {
            Value::Missing => Some(0),
            value => bins.of(value).map(|bin| bin + 1),
        };
        let weight = || self.weights.get(bin(&self.rows)?)?.get(bin(&self.columns)?);
        weight().copied().unwrap_or(0.0)
    }
}

/// A rising broken line from what a head's tables sum up to, to calibrated log-odds; its ends go on straight. No knot: as it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Calibration(pub Vec<(f64, f64)>);

impl Calibration {
    /// The calibrated log-odds of a sum.
    #[must_use]
    pub fn of(&self, sum: f64) -> f64 {
        let [first, .., last] = self.0.as_slice() else { return sum };
        let after = self.0.partition_point(|(x, _)| *x <= sum).clamp(1, self.0.len() - 1);
        let (a, b) = match (self.0.get(after - 1), self.0.get(after)) {
            (Some(a), Some(b)) => (a, b),
            _ => (first, last),
        };
        a.1 + (sum - a.0) * (b.1 - a.1) / (b.0 - a.0)
    }
}

/// The logistic function, from the one portable `exp2`, which takes half the time of `exp`.
#[must_use]
pub fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + libm::exp2(-x * std::f64::consts::LOG2_E))
}

/// The file of the model that is shipped.
pub const STARTER: &str = include_str!("../starter.json");

/// What adds to the sum of a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Term {
    /// A signal.
    Signal(SignalId),
    /// Two signals together, beyond what each adds alone.
    Pair(SignalId, SignalId),
}

impl Model {
    /// The model that is shipped, readable in `starter.json`: priors set by hand (`data/priors.json`), in which what a visit and its pages tell of a purchase was taught by public
    /// data (`data/online-shoppers`). `apropos train --help` has the command that makes it.
    ///
    /// # Errors
    /// Never: a test loads it.
    pub fn starter() -> Result<Self, ModelError> {
        Self::parse(STARTER)
    }

    /// The signals it asks for.
    #[must_use]
    pub const fn signals(&self) -> SignalSet {
        self.signals
    }

    /// The answers for one recipient at one moment.
    #[must_use]
    pub fn score(&self, signals: &Signals<'_>) -> Intent {
        let mut sums = self.intercepts;
        for column in &self.columns {
            if let Some(row) = column.row(signals.get(column.signal)) {
                for (sum, weight) in sums.iter_mut().zip(row) {
                    *sum += weight;
                }
            }
        }
        for pair in &self.pairs {
            sums[pair.head as usize] += pair.weight(signals);
        }
        for (sum, calibration) in sums.iter_mut().zip(&self.calibrations) {
            *sum = calibration.of(*sum);
        }
        Intent::new(sums)
    }

    /// What each term adds to a head's sum, in log-odds before calibration: signals in the order of the registry, then pairs.
    pub fn contributions<'a>(
        &'a self,
        head: Head,
        signals: &'a Signals<'_>,
    ) -> impl Iterator<Item = (Term, f64)> + 'a {
        let singles = self.columns.iter().map(move |column| {
            let weight = column.row(signals.get(column.signal)).map_or(0.0, |row| row[head as usize]);
            (Term::Signal(column.signal), weight)
        });
        let pairs = self.pairs.iter().filter(move |pair| pair.head == head);
        singles.chain(pairs.map(|p| (Term::Pair(p.rows.0, p.columns.0), p.weight(signals))))
    }

    /// A head's sum when every term adds nothing.
    #[must_use]
    pub const fn intercept(&self, head: Head) -> f64 {
        self.intercepts[head as usize]
    }

    /// The calibrated log-odds of a head's sum.
    #[must_use]
    pub fn calibrated(&self, head: Head, sum: f64) -> f64 {
        self.calibrations[head as usize].of(sum)
    }

    /// The cuts at which a signal's weights change, for what-if questions.
    #[must_use]
    pub fn cuts(&self, signal: SignalId) -> &[f64] {
        match self.columns.iter().find(|column| column.signal == signal).map(|column| &column.bins) {
            Some(Bins::Cuts(cuts)) => cuts,
            _ => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::Context;
    use crate::intent::Facts;
    use crate::profile::{Channel, Profile, Purpose};
    use crate::time::Timestamp;

    fn intent(profile: &Profile) -> Intent {
        let context = Context::default();
        let facts = Facts::new(Channel::Email, profile, &context, Timestamp(0));
        Model::starter().unwrap().score(&Signals::read(&facts, SignalSet::ALL))
    }

    #[test]
    fn the_starter_loads_and_its_contributions_add_up() {
        let model = Model::starter().unwrap();
        let mut profile = Profile::default();
        profile.consent.record(Channel::Email, Purpose::Personalization, true, Timestamp(0));
        profile.engagement.clicks.add(3.0, Timestamp(0));
        let context = Context::default();
        let facts = Facts::new(Channel::Email, &profile, &context, Timestamp(0));
        let signals = Signals::read(&facts, SignalSet::ALL);
        let intent = model.score(&signals);
        for head in Head::ALL {
            let sum: f64 = model.contributions(head, &signals).map(|(_, w)| w).sum();
            let odds = model.calibrated(head, model.intercept(head) + sum);
            assert!((logistic(odds) - intent.get(head)).abs() < 1e-12);
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
        for n in 0..12 {
            tired.engagement.unanswered.add(Timestamp(n), ());
        }
        assert!(intent(&tired).get(Head::Unsubscribe) > 2.0 * intent(&known).get(Head::Unsubscribe));
    }

    /// A model whose click head is `head`; the others answer nothing.
    fn with_click(head: serde_json::Value) -> Model {
        let mut heads: serde_json::Map<_, _> = Head::ALL
            .iter()
            .map(|head| (head.name().to_owned(), serde_json::json!({"intercept": 0})))
            .collect();
        heads.insert("click".into(), head);
        let file = serde_json::json!({"format": 1, "name": "t", "trained_on": "nothing", "heads": heads});
        Model::parse(&file.to_string()).unwrap()
    }

    #[test]
    fn a_pair_adds_what_its_two_bins_say() {
        let model = with_click(serde_json::json!({"intercept": 1, "pairs": [{
            "rows": {"signal": "purchases", "cuts": [2]}, "columns": {"signal": "stage", "values": ["new"]},
            "weights": [[0, 0.1], [0.2, 0.3], [0.4, 0.5]]}]}));
        let (context, profile) = (Context::default(), Profile::default());
        let facts = Facts::new(Channel::Email, &profile, &context, Timestamp(0));
        let none = Signals::read(&facts, SignalSet::default());
        let purchases = |n| none.with(SignalId::of("purchases").unwrap(), Value::Number(n));
        let stage = SignalId::of("stage").unwrap();
        let odds = |signals: Signals<'_>| model.score(&signals).odds(Head::Click);
        assert!((odds(none) - 1.0).abs() < 1e-12);
        assert!((odds(none.with(stage, Value::Text("new"))) - 1.1).abs() < 1e-12);
        assert!((odds(purchases(1.0)) - 1.2).abs() < 1e-12);
        assert!((odds(purchases(2.0).with(stage, Value::Text("new"))) - 1.5).abs() < 1e-12);
        assert!(
            (odds(purchases(2.0).with(stage, Value::Text("lapsed"))) - 1.0).abs() < 1e-12,
            "an unlisted name weighs nothing"
        );
    }

    #[test]
    fn calibration_is_a_broken_line_that_goes_on_straight() {
        let knots = serde_json::json!([[-2, -1], [0, 0], [2, 4]]);
        for (sum, calibrated) in
            [(-4.0, -2.0), (-2.0, -1.0), (-1.0, -0.5), (0.0, 0.0), (1.0, 2.0), (3.0, 6.0)]
        {
            let model = with_click(serde_json::json!({"intercept": sum, "calibration": knots}));
            assert!((model.calibrated(Head::Click, sum) - calibrated).abs() < 1e-12, "{sum}");
        }
    }
}
