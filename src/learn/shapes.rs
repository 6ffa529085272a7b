//! Shapes: what a fitted table says of one signal, as steps to draw and as a sentence to read.
//!
//! A sentence tells what goes with what in the rows that were learned from. It never says that one makes the other happen: the fit has only watched. Its figures are
//! ratios of odds, since a weight is one whatever the other signals say. [`pairs`](super::pairs) does the same for two signals together.

use super::bins::Feature;
use super::frame::{Column, Values};
use crate::intent::model::Bins;

/// Odds that differ by less than this are as good as the same.
const SLIGHT: f64 = 1.1;
/// The share of a rise that is no rise yet, or none any more; and the most that this may be, in odds.
const LEVEL: f64 = 0.2;
const MOST_LEVEL: f64 = 1.5;

/// What a table of weights says of one signal.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape {
    /// The signal, or the column.
    pub name: String,
    /// What its steps hold.
    pub axis: Axis,
    /// The steps: of numbers from the lowest, of names from the likeliest.
    pub steps: Vec<Step>,
    /// What a missing value says, if there are any.
    pub missing: Option<Step>,
    /// How far it takes the log-odds of a row from the mean, on average over the rows.
    pub importance: f64,
}

/// A bin of a shape.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// What it adds to the log-odds.
    pub weight: f64,
    /// The standard error of that.
    pub error: f64,
    /// How many rows it has.
    pub rows: usize,
}

/// What the bins of a signal hold.
#[derive(Clone, Debug, PartialEq)]
pub enum Axis {
    /// Numbers, parted by ascending cuts.
    Numbers {
        /// One less than there are bins.
        cuts: Vec<f64>,
        /// Whether all numbers are whole.
        whole: bool,
        /// The least and the greatest number of each bin, where that is known.
        spans: Vec<Option<(f64, f64)>>,
    },
    /// A name for each bin; `None` where the rare ones share it.
    Names(Vec<Option<String>>),
}

impl Shape {
    /// The shape of a feature, whose learner's bins have these weights and standard errors, in log-odds. With `column`, what it was cut from, bins are told by what is in them.
    #[must_use]
    pub fn of(feature: &Feature, weights: &[f64], errors: &[f64], column: Option<&Column>) -> Self {
        let mut rows = vec![0; feature.size];
        feature.codes.iter().for_each(|code| rows[usize::from(*code)] += 1);
        let step = |bin: usize| Step {
            weight: weights.get(bin).copied().unwrap_or(0.0),
            error: errors.get(bin).copied().unwrap_or(0.0),
            rows: rows[bin],
        };
        let all: f64 = (0..feature.size).map(|bin| step(bin).weight.abs() * rows[bin] as f64).sum();
        let steps = (1..feature.size).map(step).collect();
        let mut shape = Self {
            name: feature.name.clone(),
            axis: Axis::of(feature, column),
            steps,
            missing: Some(step(0)).filter(|step| step.rows > 0),
            importance: all / feature.codes.len().max(1) as f64,
        };
        shape.put_in_order();
        shape
    }

    /// Names stand from the likeliest to the least likely.
    fn put_in_order(&mut self) {
        if let Axis::Names(names) = &mut self.axis {
            let mut order: Vec<usize> = (0..names.len().min(self.steps.len())).collect();
            order.sort_by(|a, b| self.steps[*b].weight.total_cmp(&self.steps[*a].weight));
            *names = order.iter().map(|i| names[*i].clone()).collect();
            self.steps = order.iter().map(|i| self.steps[*i]).collect();
        }
    }

    /// What it says of an outcome, in a sentence, and in a second one where values are missing.
    #[must_use]
    pub fn sentence(&self, outcome: &str) -> String {
        let told = match &self.axis {
            Axis::Numbers { .. } => self.numbers(outcome),
            Axis::Names(_) => self.names(outcome),
        };
        match &self.missing {
            Some(Step { weight, .. }) if weight.abs() < libm::log(SLIGHT) => {
                told + " Where it is missing, the odds are about the usual."
            }
            Some(Step { weight, .. }) => {
                told + &format!(" Where it is missing, the odds are {} the usual.", times(*weight))
            }
            None => told,
        }
    }

    fn numbers(&self, outcome: &str) -> String {
        match turns(&self.steps)[..] {
            [from, to] => self.one_way(outcome, from, to),
            [from, turn, to] => self.there_and_back(outcome, from, turn, to),
            [] | [_] => self.flat(outcome),
            _ => self.to_and_fro(outcome),
        }
    }

    /// Rising, or falling, from one end to the other.
    fn one_way(&self, outcome: &str, from: usize, to: usize) -> String {
        let Self { name, steps, .. } = self;
        let rise = steps[to].weight - steps[from].weight;
        // what lies beyond the two ends has gone back only a little
        let start = Part { from: 0, ..self.around(from, rise) };
        let end = Part { to: steps.len() - 1, ..self.around(to, rise) };
        let likelier = if rise > 0.0 { "likelier" } else { "less likely" };
        let factor = times(self.mean(end) - self.mean(start));
        let [low, high] = [start, end].map(|part| self.place(part));
        if start.to + 1 == end.from {
            return format!(
                "“{outcome}” is {likelier} with {name} {high}: the odds are {factor} those {low}."
            );
        }
        let stays = if end.to > end.from && self.is_level(end) { "; beyond, little changes" } else { "" };
        format!(
            "The higher {name}, the {likelier} “{outcome}”: the odds {high} are {factor} those {low}{stays}."
        )
    }

    /// A hump, or a valley.
    fn there_and_back(&self, outcome: &str, from: usize, turn: usize, to: usize) -> String {
        let rise = |end: usize| self.steps[turn].weight - self.steps[end].weight;
        let start = Part { from: 0, ..self.around(from, rise(from)) };
        let end = Part { to: self.steps.len() - 1, ..self.around(to, rise(to)) };
        let middle = self.around(turn, rise(from).abs().min(rise(to).abs()));
        let likeliest = if rise(from) > 0.0 { "likeliest" } else { "least likely" };
        let than =
            |other| format!("{} those {}", times(self.mean(middle) - self.mean(other)), self.place(other));
        let (name, place) = (&self.name, self.place(middle));
        format!(
            "“{outcome}” is {likeliest} with {name} {place}: the odds are {} and {}.",
            than(start),
            than(end)
        )
    }

    /// More turns than one.
    fn to_and_fro(&self, outcome: &str) -> String {
        let (least, most) = self.ends();
        let range = self.steps[most].weight - self.steps[least].weight;
        let [low, high] = [least, most].map(|at| self.around(at, range));
        format!(
            "{} goes with “{outcome}”, but neither simply up nor down: likeliest {}, least likely {}, with {} the odds between the two.",
            self.name,
            self.place(high),
            self.place(low),
            times(self.mean(high) - self.mean(low)),
        )
    }

    fn names(&self, outcome: &str) -> String {
        let name = &self.name;
        let last = self.steps.len().saturating_sub(1);
        let (Some(most), Some(least)) = (self.steps.first(), self.steps.last()) else {
            return self.flat(outcome);
        };
        if !differ(most, least, libm::log(SLIGHT)) {
            return self.flat(outcome);
        }
        let [high, low] = [0, last].map(|i| self.place(Part { from: i, to: i }));
        if last == 1 {
            let factor = fold(most.weight - least.weight);
            return format!("“{outcome}” is {factor} as likely (in odds) with {name} {high} as with {low}.");
        }
        let [most, least] = [most, least].map(|step| times(step.weight));
        format!(
            "“{outcome}” is likeliest with {name} {high}, with {most} the usual odds, and least likely with {low}, with {least} the usual."
        )
    }

    /// Nothing that is sure.
    fn flat(&self, outcome: &str) -> String {
        let name = &self.name;
        let (least, most) = self.ends();
        let range = match (self.steps.get(least), self.steps.get(most)) {
            (Some(least), Some(most)) => most.weight - least.weight,
            _ => 0.0,
        };
        if range < 1e-3 {
            format!("Which {name} it is makes no difference to the odds of “{outcome}”.")
        } else if range < libm::log(SLIGHT) {
            let percent = ((libm::exp(range) - 1.0) * 100.0).ceil();
            format!("Whatever {name} is, the odds of “{outcome}” differ by no more than {percent} %.")
        } else {
            format!(
                "Nothing sure can be said of {name}: the odds of “{outcome}” differ by up to {}, but the fits don’t agree where.",
                fold(range)
            )
        }
    }

    /// Where the least and the greatest weight are.
    fn ends(&self) -> (usize, usize) {
        let order = |a: &usize, b: &usize| self.steps[*a].weight.total_cmp(&self.steps[*b].weight);
        let all = 0..self.steps.len();
        (all.clone().min_by(order).unwrap_or(0), all.max_by(order).unwrap_or(0))
    }

    /// The steps around one that are level with it, as seen from the height of a rise.
    fn around(&self, at: usize, rise: f64) -> Part {
        let level = (LEVEL * rise.abs()).min(libm::log(MOST_LEVEL));
        let level = |i: &usize| (self.steps[*i].weight - self.steps[at].weight).abs() <= level;
        Part {
            from: (0..=at).rev().take_while(level).last().unwrap_or(at),
            to: (at..self.steps.len()).take_while(level).last().unwrap_or(at),
        }
    }

    /// Whether the odds within a part are as good as the same.
    fn is_level(&self, Part { from, to }: Part) -> bool {
        let weights = || self.steps[from..=to].iter().map(|step| step.weight);
        weights().fold(f64::NEG_INFINITY, f64::max) - weights().fold(f64::INFINITY, f64::min)
            <= libm::log(SLIGHT)
    }

    /// The weight of a part, as its rows have it.
    fn mean(&self, Part { from, to }: Part) -> f64 {
        let steps = &self.steps[from..=to];
        let rows: usize = steps.iter().map(|step| step.rows).sum();
        let sum: f64 = steps.iter().map(|step| step.weight * step.rows as f64).sum();
        if rows > 0 { sum / rows as f64 } else { steps[0].weight }
    }

    fn place(&self, Part { from, to }: Part) -> String {
        self.axis.place(from, to)
    }
}

/// Steps next to each other, both ends included.
#[derive(Clone, Copy)]
struct Part {
    from: usize,
    to: usize,
}

/// Whether two steps are surely apart, by more than `least`: their difference lies outside of its 95 % interval around 0.
fn differ(a: &Step, b: &Step, least: f64) -> bool {
    let apart = (a.weight - b.weight).abs();
    apart >= least && apart > 1.96 * (a.error * a.error + b.error * b.error).sqrt()
}

/// Where weights turn round, the two ends included: lows and highs in turn. A way back that is short beside the whole range, slight, or not sure, is no turn.
fn turns(steps: &[Step]) -> Vec<usize> {
    let weights = || steps.iter().map(|step| step.weight);
    let range = weights().fold(f64::NEG_INFINITY, f64::max) - weights().fold(f64::INFINITY, f64::min);
    let least = (LEVEL * range).max(libm::log(SLIGHT));
    let (mut turns, mut low, mut high, mut rises) = (Vec::new(), 0, 0, None);
    for i in 1..steps.len() {
        let above = |j: usize| steps[i].weight > steps[j].weight;
        if rises != Some(true) && above(low) && differ(&steps[i], &steps[low], least) {
            turns.push(low);
            (rises, high) = (Some(true), i);
        } else if rises != Some(false) && !above(high) && differ(&steps[i], &steps[high], least) {
            turns.push(high);
            (rises, low) = (Some(false), i);
        }
        if above(high) {
            high = i;
        }
        if !above(low) {
            low = i;
        }
    }
    turns.extend(rises.map(|rises| if rises { high } else { low }));
    turns
}

/// `3.4 times` of a difference in log-odds that isn't below 0.
fn fold(difference: f64) -> String {
    match libm::exp(difference) {
        r if r > 100.0 => "more than 100 times".into(),
        r if r >= 9.95 => format!("{r:.0} times"),
        r if r >= 1.195 => format!("{r:.1} times"),
        r => format!("{r:.2} times"),
    }
}

/// `3.4 times`, or `30 % of`, to be followed by the odds that it is compared with.
#[must_use]
pub fn times(difference: f64) -> String {
    match libm::exp(difference) * 100.0 {
        percent if percent >= 99.5 => fold(difference),
        percent if percent >= 9.95 => format!("{percent:.0} % of"),
        percent if percent >= 0.1 => format!("{percent:.1} % of"),
        _ => "less than 0.1 % of".into(),
    }
}

/// A number for people: a true minus, commas from ten thousand on.
#[must_use]
pub fn number(n: f64) -> String {
    let text = (n.abs() + 0.0).to_string();
    let (whole, rest) = text.split_once('.').unwrap_or((&text, ""));
    let mut out = String::from(if n < 0.0 { "−" } else { "" });
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && whole.len() > 4 && (whole.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if rest.is_empty() { out } else { out + "." + rest }
}

impl Axis {
    /// What the learner's bins of a feature hold, that of missing values left out. With `column`, what it was cut from, bins are told by what is in them.
    #[must_use]
    pub fn of(feature: &Feature, column: Option<&Column>) -> Self {
        match &feature.bins {
            Bins::Cuts(cuts) => {
                let numbers = match column.map(|column| &column.values) {
                    Some(Values::Numbers(numbers)) => &numbers[..],
                    _ => &[],
                };
                let mut spans: Vec<Option<(f64, f64)>> = vec![None; cuts.len() + 1];
                for n in numbers.iter().filter(|n| !n.is_nan()) {
                    let span = &mut spans[cuts.partition_point(|cut| cut <= n)];
                    *span = Some(span.map_or((*n, *n), |(low, high)| (n.min(low), n.max(high))));
                }
                let whole = !numbers.is_empty() && numbers.iter().all(|n| n.is_nan() || n.fract() == 0.0);
                Self::Numbers { cuts: cuts.clone(), whole, spans }
            }
            Bins::Names(names) => {
                let of = |bin: usize| {
                    let mut own = names.iter().zip(&feature.shared).filter(|(_, b)| usize::from(**b) == bin);
                    own.next().filter(|_| own.next().is_none()).map(|(name, _)| name.clone())
                };
                Self::Names((1..feature.size).map(of).collect())
            }
        }
    }

    /// What bins hold, from one to another, to be put behind the name of the signal: `at 0`, `below 3`, `from 3 to 7`, `from 12 on`; `“Nov”`.
    #[must_use]
    pub fn place(&self, from: usize, to: usize) -> String {
        match self.reach(from, to) {
            Reach::Name(name) => format!("“{name}”"),
            Reach::Rare => "(rare values)".into(),
            Reach::All => "at any value".into(),
            Reach::At(n) => format!("at {}", number(n)),
            Reach::Below(n) => format!("below {}", number(n)),
            Reach::UpTo(n) => format!("up to {}", number(n)),
            Reach::Between(low, high) => format!("from {} to {}", number(low), number(high)),
            Reach::From(n) => format!("from {} on", number(n)),
        }
    }

    /// The same in signs, for the axis of a chart: `0`, `< 3`, `3–7`, `≥ 12`; `Nov`.
    #[must_use]
    pub fn tick(&self, from: usize, to: usize) -> String {
        match self.reach(from, to) {
            Reach::Name(name) => name.to_owned(),
            Reach::Rare => "rare values".into(),
            Reach::All => "all".into(),
            Reach::At(n) => number(n),
            Reach::Below(n) => format!("< {}", number(n)),
            Reach::UpTo(n) => format!("≤ {}", number(n)),
            Reach::Between(low, high) => format!("{}–{}", number(low), number(high)),
            Reach::From(n) => format!("≥ {}", number(n)),
        }
    }

    fn reach(&self, from: usize, to: usize) -> Reach<'_> {
        match self {
            Self::Names(names) => match names.get(from) {
                Some(Some(name)) => Reach::Name(name),
                _ => Reach::Rare,
            },
            Self::Numbers { cuts, whole, spans } => {
                let seen = spans.iter().skip(from).take(to + 1 - from).flatten();
                let seen = seen.fold(None, |all: Option<(f64, f64)>, (low, high)| {
                    Some(all.map_or((*low, *high), |(l, h)| (low.min(l), high.max(h))))
                });
                // a whole number from a cut on is the next whole one
                let first = |cut: f64| if *whole { cut.ceil() } else { cut };
                let low = from.checked_sub(1).and_then(|i| cuts.get(i)).map(|cut| first(*cut));
                match (low, cuts.get(to).copied(), seen) {
                    (_, _, Some((least, most))) if least == most => Reach::At(least),
                    (None, None, _) => Reach::All,
                    (None, Some(cut), _) if *whole => Reach::UpTo(first(cut) - 1.0),
                    (None, Some(cut), _) => Reach::Below(cut),
                    (Some(low), None, _) => Reach::From(low),
                    (Some(low), Some(cut), _) if *whole && low + 1.0 >= cut => Reach::At(low),
                    (Some(low), Some(cut), _) if *whole => Reach::Between(low, first(cut) - 1.0),
                    (Some(low), Some(cut), _) => Reach::Between(low, cut),
                }
            }
        }
    }
}

/// What bins hold.
enum Reach<'a> {
    Name(&'a str),
    Rare,
    All,
    At(f64),
    Below(f64),
    UpTo(f64),
    Between(f64, f64),
    From(f64),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(weights: &[f64], error: f64) -> Vec<Step> {
        weights.iter().map(|weight| Step { weight: *weight, error, rows: 100 }).collect()
    }

    /// Visits cut at 1, 2, 3, …; whole numbers.
    fn shape(weights: &[f64], error: f64) -> Shape {
        let cuts = (1..weights.len()).map(|i| i as f64).collect();
        let spans = vec![None; weights.len()];
        let axis = Axis::Numbers { cuts, whole: true, spans };
        Shape { name: "visits".into(), axis, steps: steps(weights, error), missing: None, importance: 0.0 }
    }

    fn named(names: &[&str], weights: &[f64]) -> Shape {
        let axis = Axis::Names(names.iter().map(|name| Some((*name).to_owned())).collect());
        let mut shape = Shape { axis, ..shape(weights, 0.0) };
        shape.put_in_order();
        shape
    }

    #[track_caller]
    fn says(shape: &Shape, sentence: &str) {
        assert_eq!(shape.sentence("bought"), sentence);
    }

    #[test]
    fn rising_and_falling() {
        says(
            &shape(&[0.0, 0.5, 1.0, 1.2, 1.22, 1.21], 0.01),
            "The higher visits, the likelier “bought”: the odds from 2 on are 3.2 times those up to 0.",
        );
        says(
            &shape(&[0.0, 0.3, 0.6, 1.2, 1.22, 1.21], 0.01),
            "The higher visits, the likelier “bought”: the odds from 3 on are 3.4 times those up to 0; beyond, little changes.",
        );
        says(
            &shape(&[1.2, 1.2, 0.6, 0.0], 0.01),
            "The higher visits, the less likely “bought”: the odds from 3 on are 30 % of those up to 1.",
        );
        says(
            &shape(&[-0.2, -0.2, 1.0], 0.01),
            "“bought” is likelier with visits from 2 on: the odds are 3.3 times those up to 1.",
        );
        says(
            &shape(&[1.0, -0.2, -0.2], 0.01),
            "“bought” is less likely with visits from 1 on: the odds are 30 % of those up to 0.",
        );
    }

    #[test]
    fn humps_valleys_and_waves() {
        says(
            &shape(&[0.0, 0.7, 1.4, 1.4, 0.7], 0.01),
            "“bought” is likeliest with visits from 2 to 3: the odds are 4.1 times those up to 0 and 2.0 times those from 4 on.",
        );
        says(
            &shape(&[1.0, 0.0, 0.5], 0.01),
            "“bought” is least likely with visits at 1: the odds are 37 % of those up to 0 and 61 % of those from 2 on.",
        );
        says(
            &shape(&[0.0, 1.0, 0.2, 1.5], 0.01),
            "visits goes with “bought”, but neither simply up nor down: likeliest from 3 on, least likely up to 0, with 4.5 times the odds between the two.",
        );
    }

    #[test]
    fn what_is_slight_or_not_sure_is_told_as_such() {
        says(&shape(&[0.0, 0.0], 0.0), "Which visits it is makes no difference to the odds of “bought”.");
        says(
            &shape(&[0.0, 0.04, 0.01], 0.0),
            "Whatever visits is, the odds of “bought” differ by no more than 5 %.",
        );
        says(
            &shape(&[0.0, 0.7, 0.2], 0.5),
            "Nothing sure can be said of visits: the odds of “bought” differ by up to 2.0 times, but the fits don’t agree where.",
        );
        // a short way back, or one that isn't sure, is no turn
        assert_eq!(turns(&steps(&[0.0, 1.0, 0.9, 2.0], 0.01)), [0, 3]);
        assert_eq!(turns(&steps(&[0.0, 1.0, 0.5, 2.0], 0.3)), [0, 3]);
        assert_eq!(turns(&steps(&[0.0, 1.0, 0.5, 2.0], 0.01)), [0, 1, 2, 3]);
        assert_eq!(turns(&[]), [0; 0]);
    }

    #[test]
    fn names_are_told_by_their_ends() {
        says(
            &named(&["phone", "desktop"], &[-0.1, 0.4]),
            "“bought” is 1.6 times as likely (in odds) with visits “desktop” as with “phone”.",
        );
        says(
            &named(&["Feb", "Nov", "May"], &[-1.0, 0.8, 0.0]),
            "“bought” is likeliest with visits “Nov”, with 2.2 times the usual odds, and least likely with “Feb”, with 37 % of the usual.",
        );
        says(
            &named(&["a", "b", "c"], &[0.01, 0.0, 0.0]),
            "Whatever visits is, the odds of “bought” differ by no more than 2 %.",
        );
    }

    #[test]
    fn missing_values_have_a_sentence_of_their_own() {
        let missing = |weight| Some(Step { weight, error: 0.1, rows: 10 });
        let flat = "Which visits it is makes no difference to the odds of “bought”.";
        for (weight, told) in
            [(-0.7, "50 % of the usual"), (0.7, "2.0 times the usual"), (0.01, "about the usual")]
        {
            says(
                &Shape { missing: missing(weight), ..shape(&[0.0, 0.0], 0.0) },
                &format!("{flat} Where it is missing, the odds are {told}."),
            );
        }
    }

    #[test]
    fn bins_are_told_by_what_is_in_them() {
        let spans = vec![Some((0.0, 0.0)), Some((0.2, 9.1)), Some((12.5, 80_000.5))];
        let axis = Axis::Numbers { cuts: vec![0.1, 10.0], whole: false, spans };
        let all = [(0, 0), (1, 1), (0, 1), (1, 2), (0, 2)].map(|(a, b)| axis.place(a, b));
        assert_eq!(all, ["at 0", "from 0.1 to 10", "below 10", "from 0.1 on", "at any value"]);
        assert_eq!([0, 1, 2].map(|i| axis.tick(i, i)), ["0", "0.1–10", "≥ 10"]);
        assert_eq!([-0.5, 1234.0, 12_345.5].map(number), ["−0.5", "1234", "12,345.5"]);
        assert_eq!(
            [0.0, 0.1, 1.5, 3.0, 9.0, -0.1, -3.0, -8.0].map(times),
            [
                "1.00 times",
                "1.11 times",
                "4.5 times",
                "20 times",
                "more than 100 times",
                "90 % of",
                "5.0 % of",
                "less than 0.1 % of"
            ]
        );
    }
}
