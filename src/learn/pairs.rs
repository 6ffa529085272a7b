//! Pairs: what two signals say together beyond what each says alone, as a small grid to draw and as a sentence.
//!
//! The learner's grids have up to 64 × 64 cells, most of which say the same. Neighbours that differ least are joined (Ward 1963, "Hierarchical grouping to optimize an objective
//! function", of neighbours only) until few enough are left to look at.

use super::bins::Feature;
use super::boost::Places;
use super::frame::Column;
use super::shapes::{Axis, times};

/// The most rows, or columns, of a grid.
const MOST: usize = 8;
/// Joining goes on while it loses no more than this share of what the grid says.
const LOST: f64 = 0.002;
/// The fewest rows of a cell that a sentence is made of.
const FEWEST: usize = 20;
/// Odds that differ by less than this are as good as the same.
const SLIGHT: f64 = 1.05;

/// What two signals say together.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    /// The signals, or columns.
    pub names: [String; 2],
    /// What the rows and the columns of the grid hold.
    pub sides: [Vec<Group>; 2],
    /// Log-odds beyond those of each alone, row by row; none where no row of the table falls.
    pub weights: Vec<Vec<Option<f64>>>,
    /// How many rows of the table each cell has.
    pub rows: Vec<Vec<usize>>,
    /// How far the pair takes the log-odds of a row, on average over the rows.
    pub importance: f64,
}

/// Bins that were joined.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// In words, behind the signal's name: `from 3 to 7`.
    pub place: String,
    /// In signs: `3–7`.
    pub tick: String,
}

impl Pair {
    /// The pair of the features at two places, from its grid in log-odds, row by row. `columns` are what the features were cut from, where that is known.
    #[must_use]
    pub fn of(features: &[Feature], (a, b): Places, grid: &[f64], columns: [Option<&Column>; 2]) -> Self {
        let (one, other) = (&features[a], &features[b]);
        let mut counts = vec![0_usize; one.size * other.size];
        for (i, j) in one.codes.iter().zip(&other.codes) {
            counts[usize::from(*i) * other.size + usize::from(*j)] += 1;
        }
        let weight = |i: usize, j: usize| grid.get(i * other.size + j).copied().unwrap_or(0.0);
        let count = |i: usize, j: usize| counts[i * other.size + j];
        let upright = Profiles::new(one, other.size, |i, j| (weight(i, j), count(i, j)));
        let across = Profiles::new(other, one.size, |j, i| (weight(i, j), count(i, j)));
        let cuts = [upright.joined(one), across.joined(other)];
        let cell = |rows: &[usize], columns: &[usize]| {
            let places = || rows.iter().flat_map(|i| columns.iter().map(move |j| (*i, *j)));
            let n: usize = places().map(|(i, j)| count(i, j)).sum();
            let sum: f64 = places().map(|(i, j)| weight(i, j) * count(i, j) as f64).sum();
            (n, (n > 0).then(|| sum / n as f64))
        };
        let cells: Vec<Vec<(usize, Option<f64>)>> =
            cuts[0].iter().map(|rows| cuts[1].iter().map(|columns| cell(rows, columns)).collect()).collect();
        let all: f64 = grid.iter().zip(&counts).map(|(weight, n)| weight.abs() * *n as f64).sum();
        let [uprights, acrosses] = &cuts;
        Self {
            names: [one.name.clone(), other.name.clone()],
            sides: [groups(one, uprights, columns[0]), groups(other, acrosses, columns[1])],
            weights: cells.iter().map(|row| row.iter().map(|(_, weight)| *weight).collect()).collect(),
            rows: cells.iter().map(|row| row.iter().map(|(n, _)| *n).collect()).collect(),
            importance: all / one.codes.len().max(1) as f64,
        }
    }

    /// What it says of an outcome, in a sentence.
    #[must_use]
    pub fn sentence(&self, outcome: &str) -> String {
        let [one, other] = &self.names;
        let cells = self.weights.iter().enumerate().flat_map(|(i, row)| {
            row.iter().enumerate().filter_map(move |(j, weight)| Some((i, j, (*weight)?)))
        });
        let sure = cells.filter(|(i, j, _)| self.rows[*i][*j] >= FEWEST);
        let (mut least, mut most) = (None, None);
        for cell in sure {
            least = least.filter(|(_, _, w)| *w <= cell.2).or(Some(cell));
            most = most.filter(|(_, _, w)| *w >= cell.2).or(Some(cell));
        }
        let place = |(i, j, _): (usize, usize, f64)| {
            let of = |side: &[Group], at: usize| side.get(at).map_or("", |group| &group.place).to_owned();
            format!("{one} {} and {other} {}", of(&self.sides[0], i), of(&self.sides[1], j))
        };
        let slight = libm::log(SLIGHT);
        match (most.filter(|most| most.2 >= slight), least.filter(|least| least.2 <= -slight)) {
            (Some(most), Some(least)) => format!(
                "Beyond what each goes with alone, “{outcome}” is likelier with {}, at {} the odds, and less likely with {}, at {} the odds.",
                place(most),
                times(most.2),
                place(least),
                times(least.2)
            ),
            (Some(most), None) => format!(
                "Beyond what each goes with alone, “{outcome}” is likelier with {}, at {} the odds.",
                place(most),
                times(most.2)
            ),
            (None, Some(least)) => format!(
                "Beyond what each goes with alone, “{outcome}” is less likely with {}, at {} the odds.",
                place(least),
                times(least.2)
            ),
            (None, None) => {
                format!("Together, {one} and {other} say hardly more of “{outcome}” than each says alone.")
            }
        }
    }
}

/// The bins of one side, each with what it says against every bin of the other.
struct Profiles {
    rows: Vec<f64>,
    weights: Vec<Vec<f64>>,
}

impl Profiles {
    fn new(feature: &Feature, others: usize, cell: impl Fn(usize, usize) -> (f64, usize)) -> Self {
        let row = |i: usize| (0..others).map(|j| cell(i, j).0).collect();
        let count = |i: usize| (0..others).map(|j| cell(i, j).1).sum::<usize>() as f64;
        Self { rows: (0..feature.size).map(count).collect(), weights: (0..feature.size).map(row).collect() }
    }

    /// The bins of every group. That of missing values stays alone, and is left out when it is empty; so is a name, unless there are too many.
    fn joined(&self, feature: &Feature) -> Vec<Vec<usize>> {
        let missing = (self.rows.first().is_some_and(|rows| *rows > 0.0)).then(|| vec![0]);
        let bins: Vec<usize> = (1..feature.size).filter(|i| self.rows[*i] > 0.0).collect();
        let rest = if feature.ordered { self.neighbours(bins) } else { few(bins) };
        missing.into_iter().chain(rest).collect()
    }

    /// Joins neighbours, those that differ least first.
    fn neighbours(&self, bins: Vec<usize>) -> Vec<Vec<usize>> {
        let mut groups: Vec<Vec<usize>> = bins.into_iter().map(|i| vec![i]).collect();
        let all: f64 = self.weights.iter().zip(&self.rows).map(|(w, n)| n * square(w.iter().copied())).sum();
        while groups.len() > 1 {
            let cost = |pair: &[Vec<usize>]| match pair {
                [a, b] => self.cost(a, b),
                _ => f64::INFINITY,
            };
            let costs: Vec<f64> = groups.windows(2).map(cost).collect();
            let Some(at) = (0..costs.len()).min_by(|a, b| costs[*a].total_cmp(&costs[*b])) else { break };
            if groups.len() <= MOST && costs[at] > LOST * all {
                break;
            }
            let next = groups.remove(at + 1);
            groups[at].extend(next);
        }
        groups
    }

    /// By how much the sum of squares within groups grows when two are joined.
    fn cost(&self, a: &[usize], b: &[usize]) -> f64 {
        let n = |bins: &[usize]| bins.iter().map(|i| self.rows[*i]).sum::<f64>();
        let mean = |bins: &[usize], j: usize| {
            bins.iter().map(|i| self.rows[*i] * self.weights[*i][j]).sum::<f64>() / n(bins)
        };
        let others = self.weights.first().map_or(0, Vec::len);
        n(a) * n(b) / (n(a) + n(b)) * square((0..others).map(|j| mean(a, j) - mean(b, j)))
    }
}

fn square(numbers: impl Iterator<Item = f64>) -> f64 {
    numbers.map(|n| n * n).sum()
}

/// The most frequent names alone, all others together: the learner's bins of names begin with the most frequent.
fn few(bins: Vec<usize>) -> Vec<Vec<usize>> {
    let alone = if bins.len() > MOST { MOST - 1 } else { bins.len() };
    let (alone, rest) = bins.split_at(alone);
    let rest = (!rest.is_empty()).then(|| rest.to_vec());
    alone.iter().map(|i| vec![*i]).chain(rest).collect()
}

fn groups(feature: &Feature, groups: &[Vec<usize>], column: Option<&Column>) -> Vec<Group> {
    let axis = Axis::of(feature, column);
    let group = |bins: &Vec<usize>| match bins[..] {
        [0] => Group { place: "(missing)".into(), tick: "missing".into() },
        [bin] => Group { place: axis.place(bin - 1, bin - 1), tick: axis.tick(bin - 1, bin - 1) },
        [first, .., last] if feature.ordered => {
            Group { place: axis.place(first - 1, last - 1), tick: axis.tick(first - 1, last - 1) }
        }
        _ => Group { place: "(others)".into(), tick: "others".into() },
    };
    groups.iter().map(group).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::bins::Binning;

    /// Visits 0 to 29 and two devices, every pair of them 20 times; above 14 visits the phone is likelier.
    fn pair(strength: f64) -> Pair {
        let cells = |cell: &dyn Fn(usize) -> String| (0..1200).map(cell).collect::<Vec<_>>();
        let columns = [
            Column::read("visits", &cells(&|i| (i % 30).to_string())),
            Column::read("device", &cells(&|i| if (i / 30) % 2 == 0 { "phone" } else { "desktop" }.into())),
        ];
        let features = columns.clone().map(|column| Feature::of(&column, Binning::default()));
        let phone = features[1].codes[0];
        let places = || (0..features[0].size).flat_map(|i| (0..features[1].size).map(move |j| (i, j)));
        let weight = |(i, j): (usize, usize)| {
            let sign = if (i > 15) == (j == usize::from(phone)) { 1.0 } else { -1.0 };
            if i == 0 || j == 0 { 0.0 } else { sign * strength }
        };
        let grid: Vec<f64> = places().map(weight).collect();
        Pair::of(&features, (0, 1), &grid, [Some(&columns[0]), Some(&columns[1])])
    }

    #[test]
    fn neighbours_that_say_the_same_are_joined() {
        let pair = pair(0.5);
        let ticks = |i: usize| pair.sides[i].iter().map(|group| group.tick.as_str()).collect::<Vec<_>>();
        assert_eq!(ticks(0), ["≤ 14", "≥ 15"]);
        assert_eq!(ticks(1), ["desktop", "phone"]);
        assert_eq!(pair.rows, [[300, 300], [300, 300]]);
        assert!((pair.importance - 0.5).abs() < 1e-9);
        let said = pair.sentence("bought");
        assert!(
            said.starts_with("Beyond what each goes with alone, “bought” is likelier with visits "),
            "{said}"
        );
        assert!(said.contains("at 1.6 times the odds") && said.contains("at 61 % of the odds."), "{said}");
    }

    #[test]
    fn what_is_slight_is_told_as_such() {
        let said = pair(0.01).sentence("bought");
        assert_eq!(said, "Together, visits and device say hardly more of “bought” than each says alone.");
    }
}
