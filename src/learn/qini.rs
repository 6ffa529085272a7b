//! The Qini curve: how many more answers are got by treating the most persuadable first.
//!
//! With the rows in the order of a score, `Q(k)` is the answers among the first `k` who were treated, less those among the untreated scaled to as many
//! (Radcliffe 2007, "Using control groups to target on predicted lift"). The coefficient is the area between the curve and the straight line of a random order, over
//! the same area of the perfect order, in which treated who answered come first and untreated who answered last.

/// A point of the curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Rows up to here.
    pub rows: usize,
    /// Answers more than without treatment, among those that were treated so far.
    pub gained: f64,
}

/// The curve, from (0, 0). Rows of equal score make one step.
#[must_use]
pub fn curve(scores: &[f64], treated: &[bool], answered: &[bool]) -> Vec<Point> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]));
    let mut points = vec![Point { rows: 0, gained: 0.0 }];
    let (mut count, mut answers) = ([0.0, 0.0], [0.0, 0.0]);
    for (i, &row) in order.iter().enumerate() {
        let side = usize::from(treated[row]);
        count[side] += 1.0;
        answers[side] += f64::from(u8::from(answered[row]));
        if order.get(i + 1).is_none_or(|next| scores[*next] != scores[row]) {
            let scaled = if count[0] > 0.0 { answers[0] * count[1] / count[0] } else { 0.0 };
            points.push(Point { rows: i + 1, gained: answers[1] - scaled });
        }
    }
    points
}

/// The Qini coefficient: 1 is perfect, 0 is random.
#[must_use]
pub fn coefficient(scores: &[f64], treated: &[bool], answered: &[bool]) -> f64 {
    let own = curve(scores, treated, answered);
    let perfect: Vec<f64> = treated
        .iter()
        .zip(answered)
        .map(|(t, a)| f64::from(u8::from(*a)) * if *t { 1.0 } else { -1.0 })
        .collect();
    let perfect = area(&curve(&perfect, treated, answered));
    let random = own.last().map_or(0.0, |last| last.gained * last.rows as f64 / 2.0);
    if perfect == random { 0.0 } else { (area(&own) - random) / (perfect - random) }
}

fn area(points: &[Point]) -> f64 {
    let trapezoid = |w: &[Point]| match w {
        [a, b] => (b.rows - a.rows) as f64 * (a.gained + b.gained) / 2.0,
        _ => 0.0,
    };
    points.windows(2).map(trapezoid).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Half are treated; those of the first half answer only if treated, those of the second half never.
    fn trial() -> (Vec<bool>, Vec<bool>) {
        let treated: Vec<bool> = (0..400).map(|i| i % 2 == 0).collect();
        let answered = treated.iter().enumerate().map(|(i, t)| *t && i < 200).collect();
        (treated, answered)
    }

    #[test]
    fn the_persuadable_first_is_better_than_random_and_last_is_worse() {
        let (treated, answered) = trial();
        let first: Vec<f64> = (0..400).map(|i| if i < 200 { 1.0 } else { 0.0 }).collect();
        let last: Vec<f64> = first.iter().map(|s| -s).collect();
        let good = coefficient(&first, &treated, &answered);
        assert!(good > 0.5 && good <= 1.0, "{good}");
        assert!((coefficient(&last, &treated, &answered) + good).abs() < 1e-12);
        assert_eq!(coefficient(&[0.0; 400], &treated, &answered), 0.0);
    }

    #[test]
    fn the_curve_ends_where_all_are_treated() {
        let (treated, answered) = trial();
        let scores: Vec<f64> = (0..400).map(|i| f64::from(i % 7)).collect();
        let end = *curve(&scores, &treated, &answered).last().unwrap();
        assert_eq!(end, Point { rows: 400, gained: 100.0 });
    }
}
