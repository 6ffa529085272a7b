//! From counts to effects: a logistic regression whose every coefficient is drawn towards what is known without it.
//!
//! ```text
//! log-odds of an outcome = intent + tags · promise + message + mood + Σ over slots (variant + lead of variant + device of variant)
//! ```
//!
//! `intent` and `promise` are given: what the model expects, and what motivations promise on top. Everything else begins at nothing (`tags` at 1) with a variance: wide for what
//! all messages share, narrower for how variants differ, narrow for how they differ in circumstances. So a variant is drawn to the message's mean, its
//! circumstances to the variant's mean, and the message to intent. How wide the differences between variants are is itself learned, from all of them
//! together (the evidence procedure of MacKay 1992, "Bayesian interpolation", with some pseudo-observations of the starting value): small
//! noisy differences make the variance shrink, and then hardly anything is left of them.
//!
//! The maximum is found by Newton's method, one coefficient after the other, always in the same order. The deviation told is that of the coefficient given the others.
//!
//! What happens in silence is a ratio of orders to what was expected, drawn towards 0 by the weight of [`SILENT`] orders: while nothing is known, a message has all the merit.

use super::{KINDS, STEPS, Scope, Seen};
use crate::campaign::learned::{
    DEVICES, Effect, Effects, Evidence, LEADS, Lesson, Lessons, MOODS, Message, Silence,
};
use crate::hash::Key;
use crate::intent::model::logistic;
use crate::time::Timestamp;
use std::collections::BTreeMap;

/// How often every coefficient is looked at.
const SWEEPS: usize = 25;
/// The largest step of one coefficient, in log-odds.
const MAX_STEP: f64 = 1.0;
/// How many orders the assumption weighs that nothing is ordered in silence.
const SILENT: f64 = 3.0;
/// How many orders the rate of all moods weighs in that of one.
const ALIKE: f64 = 3.0;
/// Places in [`super::OUTCOMES`].
const CLICK: usize = 0;
const ORDER: usize = 1;

/// Exposures of a kind: how many, and how many brought each outcome.
pub struct Row<'a> {
    pub seen: &'a Seen,
    pub trials: [f64; KINDS],
    pub came: [f64; KINDS],
}

/// What a coefficient speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Term {
    Tags,
    Message,
    Mood(u8),
    Variant(Key, Key),
    Device(Key, Key, u8),
    Lead(Key, Key, u8),
}

/// Coefficients whose variance is learned together.
struct Prior {
    /// The standard deviation to start from.
    sd: f64,
    /// How many coefficients that weighs; none: it stays.
    weight: Option<f64>,
}

impl Term {
    const PRIORS: [Prior; 6] = [
        Prior { sd: 0.5, weight: None },
        Prior { sd: 1.0, weight: None },
        Prior { sd: 0.3, weight: None },
        Prior { sd: 0.3, weight: Some(4.0) },
        Prior { sd: 0.05, weight: Some(20.0) },
        Prior { sd: 0.15, weight: Some(20.0) },
    ];

    const fn group(self) -> usize {
        match self {
            Self::Tags => 0,
            Self::Message => 1,
            Self::Mood(_) => 2,
            Self::Variant(..) => 3,
            Self::Device(..) => 4,
            Self::Lead(..) => 5,
        }
    }

    /// What is known of it without data.
    const fn unknown(self) -> Effect {
        Effect { shift: self.mean(), sd: Self::PRIORS[self.group()].sd }
    }

    /// Where it begins.
    const fn mean(self) -> f64 {
        match self {
            Self::Tags => 1.0,
            _ => 0.0,
        }
    }
}

/// A coefficient.
struct Coefficient {
    term: Term,
    value: f64,
    /// The variance of what is known of it.
    variance: f64,
    /// The data that it has a part in.
    of: Vec<u32>,
}

/// Exposures of one kind, as the regression sees them.
struct Datum {
    trials: f64,
    came: f64,
    promise: f64,
    /// The log-odds with all that is added so far.
    odds: f64,
}

/// The regression for one outcome.
struct Fit {
    data: Vec<Datum>,
    coefficients: Vec<Coefficient>,
    variances: [f64; Term::PRIORS.len()],
}

/// What the regression for one outcome found. The data, which are large, are gone before those of the next outcome are gathered.
struct Fitted {
    effects: BTreeMap<Term, Effect>,
    variances: [f64; Term::PRIORS.len()],
}

impl Fit {
    /// `deep`: variants are told apart, too.
    fn of(rows: &[Row<'_>], kind: usize, deep: bool) -> Self {
        let mut data = Vec::with_capacity(rows.len());
        let mut places: BTreeMap<Term, Vec<u32>> = BTreeMap::new();
        for row in rows.iter().filter(|row| !row.seen.shown.is_empty() && row.trials[kind] > 0.0) {
            let promise = if kind <= ORDER { f64::from(row.seen.promise) / STEPS } else { 0.0 };
            let odds = f64::from(row.seen.odds[kind]) / STEPS + promise;
            let at = data.len() as u32;
            data.push(Datum { trials: row.trials[kind], came: row.came[kind], promise, odds });
            terms(row.seen, deep).for_each(|term| places.entry(term).or_default().push(at));
        }
        let coefficient =
            |(term, of): (Term, Vec<u32>)| Coefficient { term, value: term.mean(), variance: 0.0, of };
        Self {
            data,
            coefficients: places.into_iter().map(coefficient).collect(),
            variances: Term::PRIORS.map(|prior| prior.sd * prior.sd),
        }
    }

    fn run(mut self) -> Fitted {
        for _ in 0..SWEEPS {
            for coefficient in &mut self.coefficients {
                step(&mut self.data, coefficient, self.variances[coefficient.term.group()]);
            }
            self.learn_variances();
        }
        let known = |c: &Coefficient| {
            (c.term, Effect { shift: rounded(c.value), sd: rounded(libm::sqrt(c.variance)) })
        };
        Fitted { effects: self.coefficients.iter().map(known).collect(), variances: self.variances }
    }

    /// MacKay's rule: a variance is the sum of squares over the number of coefficients that the data, and not the variance, determine.
    fn learn_variances(&mut self) {
        for (group, prior) in Term::PRIORS.iter().enumerate() {
            let Some(weight) = prior.weight else { continue };
            let before = self.variances[group];
            let (mut squares, mut count) = (weight * prior.sd * prior.sd, weight);
            for c in self.coefficients.iter().filter(|c| c.term.group() == group) {
                squares += c.value * c.value;
                count += (1.0 - c.variance / before).max(0.0);
            }
            self.variances[group] = squares / count;
        }
    }
}

impl Fitted {
    fn effect(&self, term: Term) -> Effect {
        let usual = Effect { shift: term.mean(), sd: libm::sqrt(self.variances[term.group()]) };
        self.effects.get(&term).copied().unwrap_or(usual)
    }

    fn has(&self, term: Term) -> bool {
        self.effects.contains_key(&term)
    }
}

/// What adds to the log-odds of an exposure.
fn terms(seen: &Seen, deep: bool) -> impl Iterator<Item = Term> + '_ {
    let facets = seen.facets;
    let shared = [Term::Message, Term::Mood(facets.mood)];
    let tags = (deep && seen.promise != 0).then_some(Term::Tags);
    let shown = if deep { seen.shown.as_slice() } else { &[] };
    let each = shown.iter().flat_map(move |(slot, variant)| {
        [
            Term::Variant(*slot, *variant),
            Term::Device(*slot, *variant, facets.device),
            Term::Lead(*slot, *variant, facets.lead),
        ]
    });
    tags.into_iter().chain(shared).chain(each)
}

/// One step of Newton's method for one coefficient.
fn step(data: &mut [Datum], coefficient: &mut Coefficient, variance: f64) {
    let is_tags = coefficient.term == Term::Tags;
    let (mut slope, mut bend) = ((coefficient.term.mean() - coefficient.value) / variance, 1.0 / variance);
    for datum in coefficient.of.iter().filter_map(|at| data.get(*at as usize)) {
        let x = if is_tags { datum.promise } else { 1.0 };
        let share = logistic(datum.odds);
        slope += (datum.came - datum.trials * share) * x;
        bend += datum.trials * share * (1.0 - share) * x * x;
    }
    let by = (slope / bend).clamp(-MAX_STEP, MAX_STEP);
    (coefficient.value, coefficient.variance) = (coefficient.value + by, 1.0 / bend);
    for at in &coefficient.of {
        if let Some(datum) = data.get_mut(*at as usize) {
            datum.odds += by * if is_tags { datum.promise } else { 1.0 };
        }
    }
}

/// To a ten-thousandth: what is written down is meant to be read.
fn rounded(x: f64) -> f64 {
    libm::round(x * 1e4) / 1e4
}

/// All that the rows teach.
pub fn lessons(scope: &Scope<'_>, rows: &[Row<'_>], at: Timestamp) -> Lessons {
    // what never came may not be told to us at all
    let heard = |kind: usize| rows.iter().any(|row| row.came[kind] > 0.0);
    let fits: Vec<Option<Fitted>> =
        (0..KINDS).map(|kind| heard(kind).then(|| Fit::of(rows, kind, kind <= ORDER).run())).collect();
    let effect = |kind: usize, term: Term| {
        let fit = fits.get(kind).and_then(Option::as_ref);
        fit.map_or_else(|| term.unknown(), |fit| fit.effect(term))
    };
    let message = |term: Term| Message {
        click: effect(CLICK, term),
        convert: effect(ORDER, term),
        unsubscribe: effect(2, term),
        complain: effect(3, term),
    };
    let effects = |term: Term| Effects { click: effect(CLICK, term), convert: effect(ORDER, term) };
    let known = |term: Term| fits.iter().flatten().any(|fit| fit.has(term));
    let named = |names: &[&str], term: &dyn Fn(u8) -> Term| -> BTreeMap<String, Effects> {
        let found = (0..).zip(names).filter(|(at, _)| known(term(*at)));
        found.map(|(at, name)| ((*name).to_owned(), effects(term(at)))).collect()
    };
    let mut slots = BTreeMap::new();
    for slot in &scope.campaign.slots {
        let mut variants = BTreeMap::new();
        for variant in &slot.variants {
            let (s, v) = (slot.name.key, variant.id.key);
            let evidence = evidence(rows.iter().filter(|row| row.seen.shown.contains(&(s, v))));
            if evidence.exposures > 0.0 {
                let own = effects(Term::Variant(s, v));
                let lesson = Lesson {
                    click: own.click,
                    convert: own.convert,
                    lead: named(&LEADS, &|lead| Term::Lead(s, v, lead)),
                    device: named(&DEVICES, &|device| Term::Device(s, v, device)),
                    evidence,
                };
                variants.insert(variant.id.name.clone(), lesson);
            }
        }
        slots.insert(slot.name.name.clone(), variants);
    }
    let moods = (0..).zip(MOODS).filter(|(at, _)| known(Term::Mood(*at)));
    let nobody = Key(0);
    Lessons {
        campaign: scope.campaign.id.name.clone(),
        model: scope.model.name.clone(),
        at,
        evidence: evidence(rows.iter()),
        tags: effects(Term::Tags),
        message: message(Term::Message),
        moods: moods.map(|(at, mood)| (mood.to_owned(), message(Term::Mood(at)))).collect(),
        silence: if heard(ORDER) { silence(rows) } else { BTreeMap::new() },
        unseen: effects(Term::Variant(nobody, nobody)),
        slots,
    }
}

fn evidence<'r, 'a: 'r>(rows: impl Iterator<Item = &'r Row<'a>>) -> Evidence {
    let mut sum = Evidence::default();
    for row in rows {
        let silent = row.seen.shown.is_empty();
        *(if silent { &mut sum.silences } else { &mut sum.exposures }) += row.trials[ORDER];
        if !silent {
            sum.clicks += row.came[CLICK];
            sum.orders += row.came[ORDER];
            sum.unsubscribes += row.came[2];
            sum.complaints += row.came[3];
        }
    }
    let Evidence { exposures, silences, clicks, orders, unsubscribes, complaints } = sum;
    let [exposures, silences, clicks, orders, unsubscribes, complaints] =
        [exposures, silences, clicks, orders, unsubscribes, complaints]
            .map(|x| libm::round(x * 100.0) / 100.0);
    Evidence { exposures, silences, clicks, orders, unsubscribes, complaints }
}

/// What happens in silence, by mood.
fn silence(rows: &[Row<'_>]) -> BTreeMap<String, Silence> {
    let mut moods = [(0.0, 0.0); MOODS.len()];
    for row in rows.iter().filter(|row| row.seen.shown.is_empty()) {
        let (came, expected) = &mut moods[usize::from(row.seen.facets.mood)];
        *came += row.came[ORDER];
        *expected += row.trials[ORDER] * logistic(f64::from(row.seen.odds[ORDER]) / STEPS);
    }
    let (came, expected) = moods.iter().fold((0.0, 0.0), |sum, mood| (sum.0 + mood.0, sum.1 + mood.1));
    if expected == 0.0 {
        return BTreeMap::new();
    }
    let all = came / (expected + SILENT);
    let one = |(name, (came, expected)): (&str, (f64, f64))| {
        let known = expected + ALIKE;
        let share = (came + ALIKE * all) / known;
        // of a count of orders the variance is the count
        let sd = libm::sqrt((came + ALIKE * all).max(0.5)) / known;
        (name.to_owned(), Silence { share: rounded(share.min(100.0)), sd: rounded(sd.min(100.0)) })
    };
    MOODS.into_iter().zip(moods).map(one).collect()
}
