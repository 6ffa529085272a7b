//! One boosting step: a tree of at most two levels, over whichever features lower the loss most.
//!
//! A tree that parts the rows by one feature, and each part by another, is a sum of terms of one and of two features: many such trees are still an additive
//! model with pairs. Only sums per bin are looked at, of the loss's gradient and curvature (Friedman 2001, "Greedy function approximation"; leaf values of
//! second order as in XGBoost, Chen and Guestrin 2016).

pub use crate::intent::trend::Trend;

/// The sums over the rows of a bin.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cell {
    /// Of what is missing: outcome − probability.
    pub pull: f64,
    /// Of the curvature: probability · (1 − probability).
    pub weight: f64,
    /// How many rows there are.
    pub rows: f64,
}

impl Cell {
    /// Adds another's sums.
    pub fn add(&mut self, other: &Self) {
        self.pull += other.pull;
        self.weight += other.weight;
        self.rows += other.rows;
    }

    /// What is left without another's sums.
    #[must_use]
    pub fn less(self, other: &Self) -> Self {
        let Self { pull, weight, rows } = self;
        Self { pull: pull - other.pull, weight: weight - other.weight, rows: rows - other.rows }
    }

    /// The Newton step, shrunk by `ridge`.
    #[must_use]
    pub fn value(&self, ridge: f64) -> f64 {
        let step = self.pull / (self.weight.max(0.0) + ridge);
        // a leaf whose rows all came out alike would pull without end
        if step.is_finite() { step.clamp(-4.0, 4.0) } else { 0.0 }
    }

    /// Twice how far the loss falls with that step.
    fn gain(&self, ridge: f64) -> f64 {
        self.pull * self.value(ridge)
    }
}

/// What keeps a tree modest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Added to the curvature of every leaf.
    pub ridge: f64,
    /// The same of a bin of names, where each is a chance to find what isn't there.
    pub name_ridge: f64,
    /// The fewest rows of a leaf.
    pub rows: f64,
}

/// How a feature may be parted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Side {
    /// Whether its bins have an order; those of names have none.
    pub ordered: bool,
    /// The way its weights must run.
    pub trend: Option<Trend>,
}

/// A parting of the rows by one feature.
#[derive(Clone, Debug, PartialEq)]
pub struct Split {
    /// Twice how far the loss falls.
    pub gain: f64,
    /// Per bin: whether it goes to the second part.
    pub second: Vec<bool>,
    /// What each part's rows come to.
    pub parts: [Cell; 2],
}

/// The parting of bins that lowers the loss most; `None` when none does.
#[must_use]
pub fn split(cells: &[Cell], side: Side, limits: &Limits) -> Option<Split> {
    if side.ordered { ordered(cells, side.trend, limits) } else { named(cells, limits) }
}

fn ordered(cells: &[Cell], trend: Option<Trend>, limits: &Limits) -> Option<Split> {
    let order: Vec<_> = (0..cells.len()).collect();
    if trend.is_none() || cells.first().is_none_or(|missing| missing.rows == 0.0) {
        return parted(cells, &order, limits, limits.ridge, trend);
    }
    // missing values have no place on the way up or down: they go with what lies low or with what lies high, and either may be nothing else
    let last: Vec<_> = (1..cells.len()).chain([0]).collect();
    let splits = [order, last].map(|order| parted(cells, &order, limits, limits.ridge, trend));
    splits.into_iter().flatten().reduce(|best, next| if next.gain > best.gain { next } else { best })
}

/// Names are parted in the order in which the loss pulls them: no other order has a better place (Fisher 1958, "On grouping for maximum homogeneity").
fn named(cells: &[Cell], limits: &Limits) -> Option<Split> {
    let mut order: Vec<_> = (0..cells.len()).filter(|i| cells[*i].rows > 0.0).collect();
    order.sort_by(|a, b| cells[*a].value(limits.name_ridge).total_cmp(&cells[*b].value(limits.name_ridge)));
    parted(cells, &order, limits, limits.name_ridge, None)
}

fn parted(
    cells: &[Cell],
    order: &[usize],
    limits: &Limits,
    ridge: f64,
    trend: Option<Trend>,
) -> Option<Split> {
    let mut all = Cell::default();
    order.iter().for_each(|bin| all.add(&cells[*bin]));
    let whole = all.gain(limits.ridge);
    let mut low = Cell::default();
    let mut best: Option<(f64, usize, [Cell; 2])> = None;
    for (i, bin) in order.iter().enumerate() {
        low.add(&cells[*bin]);
        let high = all.less(&low);
        if high.rows < limits.rows {
            break;
        }
        if low.rows < limits.rows || cells[*bin].rows == 0.0 {
            continue;
        }
        let gain = low.gain(ridge) + high.gain(ridge) - whole;
        let rising = low.value(ridge) <= high.value(ridge);
        let allowed = trend.is_none_or(|trend| rising == (trend == Trend::Up));
        if allowed && gain > best.map_or(1e-9, |(gain, ..)| gain) {
            best = Some((gain, i + 1, [low, high]));
        }
    }
    let (gain, at, parts) = best?;
    let mut second = vec![false; cells.len()];
    order[at..].iter().for_each(|bin| second[*bin] = true);
    Some(Split { gain, second, parts })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { ridge: 0.0, name_ridge: 0.0, rows: 1.0 };
    const PLAIN: Side = Side { ordered: true, trend: None };

    fn cell(pull: f64) -> Cell {
        Cell { pull, weight: 1.0, rows: 4.0 }
    }

    #[test]
    fn numbers_are_parted_where_the_pull_changes() {
        let cells = [Cell::default(), cell(-1.0), cell(-1.0), cell(1.0), cell(1.0)];
        let split = split(&cells, PLAIN, &LIMITS).unwrap();
        assert_eq!(split.second, [false, false, false, true, true]);
        assert_eq!((split.gain, split.parts[1].value(0.0)), (4.0, 1.0));
    }

    #[test]
    fn names_are_parted_by_their_pull() {
        let cells = [Cell::default(), cell(1.0), cell(-1.0), cell(1.0), cell(-1.0)];
        let split = split(&cells, Side { ordered: false, ..PLAIN }, &LIMITS).unwrap();
        assert_eq!(split.second, [false, true, false, true, false]);
    }

    #[test]
    fn a_trend_forbids_the_other_way() {
        let cells = [Cell::default(), cell(-1.0), cell(1.0)];
        let up = Side { trend: Some(Trend::Up), ..PLAIN };
        let down = Side { trend: Some(Trend::Down), ..PLAIN };
        assert!(split(&cells, up, &LIMITS).is_some() && split(&cells, down, &LIMITS).is_none());
    }

    #[test]
    fn a_missing_value_stands_outside_of_a_trend() {
        let up = Side { trend: Some(Trend::Up), ..PLAIN };
        let second = |pulls: [f64; 4]| split(&pulls.map(cell), up, &LIMITS).unwrap().second;
        assert_eq!(second([1.0, -1.0, -1.0, 1.0]), [true, false, false, true], "with what lies high");
        assert_eq!(second([-1.0, -1.0, 1.0, 1.0]), [false, false, true, true], "with what lies low");
        assert_eq!(second([1.0, -1.0, -1.0, -1.0]), [true, false, false, false], "alone");
        assert_eq!(second([-1.0, 1.0, 1.0, 1.0]), [false, true, true, true], "alone");
    }

    #[test]
    fn small_leaves_are_not_made() {
        let cells = [Cell::default(), cell(-1.0), cell(1.0)];
        assert!(split(&cells, PLAIN, &Limits { rows: 5.0, ..LIMITS }).is_none());
    }
}
