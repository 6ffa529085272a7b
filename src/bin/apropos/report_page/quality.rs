//! How good a model is, on rows that the fit hasn't seen: whether what it foretells comes true, and how many are found by asking the likeliest first.

use super::svg::{Svg, WIDTH, px};
use crate::text::{grouped, percent};
use apropos::learn::quality::{Interval, Measured};

/// The room of a plot.
const LEFT: f64 = 54.0;
const TOP: f64 = 12.0;
const SIDE: f64 = 230.0;
const RIGHT: f64 = 14.0;
/// How many groups of rows are compared with what came of them.
const GROUPS: usize = 10;

/// Rows of about the same probability.
struct Group {
    /// The mean of what was foretold.
    told: f64,
    /// The share of yes.
    came: f64,
    /// The 95 % interval of that.
    ends: [f64; 2],
    rows: usize,
}

/// Rows from the least to the most likely, parted into groups of the same size.
fn groups(probabilities: &[f64], labels: &[bool]) -> Vec<Group> {
    let mut rows: Vec<(f64, bool)> = probabilities.iter().copied().zip(labels.iter().copied()).collect();
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    rows.chunks(rows.len().div_ceil(GROUPS).max(1)).map(group).collect()
}

fn group(rows: &[(f64, bool)]) -> Group {
    let n = rows.len() as f64;
    let came = rows.iter().filter(|(_, label)| *label).count() as f64 / n;
    let told = rows.iter().map(|(p, _)| p).sum::<f64>() / n;
    Group { told, came, ends: wilson(came, n), rows: rows.len() }
}

/// The 95 % interval of a share (Wilson 1927, "Probable inference, the law of succession, and statistical inference").
fn wilson(share: f64, n: f64) -> [f64; 2] {
    let z = 1.96;
    let (middle, scale) = (share + z * z / (2.0 * n), 1.0 + z * z / n);
    let reach = z * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt();
    [((middle - reach) / scale).max(0.0), ((middle + reach) / scale).min(1.0)]
}

/// Both axes from 0 to 100 %, and the line of no news.
fn frame(across: &str, up: &str) -> (Svg, impl Fn(f64) -> f64, impl Fn(f64) -> f64) {
    let mut svg = Svg::new(TOP + SIDE + 42.0);
    let x = |share: f64| LEFT + share * (WIDTH - LEFT - RIGHT);
    let y = |share: f64| TOP + (1.0 - share) * SIDE;
    for tick in [0.0, 0.25, 0.5, 0.75, 1.0] {
        svg.line("grid", (LEFT, y(tick)), (WIDTH - RIGHT, y(tick)));
        svg.text(LEFT - 6.0, y(tick) + 4.0, "end", &format!("{} %", tick * 100.0));
        svg.text(
            x(tick).min(WIDTH - RIGHT - 6.0),
            TOP + SIDE + 17.0,
            "middle",
            &format!("{} %", tick * 100.0),
        );
    }
    svg.text((LEFT + WIDTH - RIGHT) / 2.0, TOP + SIDE + 36.0, "middle", across);
    svg.upright(11.0, TOP + SIDE / 2.0, up);
    svg.line("other", (x(0.0), y(0.0)), (x(1.0), y(1.0)));
    (svg, x, y)
}

/// What was foretold against what came, with a table.
pub fn calibration(probabilities: &[f64], labels: &[bool], outcome: &str) -> String {
    let groups = groups(probabilities, labels);
    let (mut svg, x, y) = frame("foretold", "came true");
    let mut line = String::new();
    for (i, group) in groups.iter().enumerate() {
        svg.line("whisker", (x(group.told), y(group.ends[0])), (x(group.told), y(group.ends[1])));
        line += &format!("{}{} {}", if i == 0 { "M" } else { "L" }, px(x(group.told)), px(y(group.came)));
    }
    svg.path("own", &line);
    groups.iter().for_each(|group| svg.dot(x(group.told), y(group.came)));
    let about = format!(
        "{} groups of rows by what was foretold, and the share of {outcome} in each. On the dashed line, what is foretold comes true.",
        groups.len()
    );
    let row = |g: &Group| {
        let [low, high] = g.ends.map(percent);
        format!(
            "<tr><td>{}</td><td>{}</td><td>{low} – {high}</td><td>{}</td></tr>\n",
            percent(g.told),
            percent(g.came),
            grouped(g.rows)
        )
    };
    let rows: String = groups.iter().map(row).collect();
    svg.finish("calibration", "Foretold and come true", &about)
        + &format!(
            "<details><summary>As a table</summary><div class=\"scroll\"><table>\n<tr><th>foretold</th><th>came true</th><th>95 %</th><th>rows</th></tr>\n{rows}</table></div></details>\n"
        )
}

/// The share of all yes among the likeliest rows, and a sentence.
pub fn gain(probabilities: &[f64], labels: &[bool], outcome: &str) -> (String, String) {
    let mut order: Vec<usize> = (0..labels.len().min(probabilities.len())).collect();
    order.sort_by(|a, b| probabilities[*b].total_cmp(&probabilities[*a]));
    let yes = labels.iter().filter(|label| **label).count().max(1) as f64;
    let mut found = vec![0.0];
    let mut sum = 0.0;
    for row in &order {
        sum += f64::from(u8::from(labels[*row]));
        found.push(sum / yes);
    }
    let at = |share: f64| found[((share * order.len() as f64).round() as usize).min(order.len())];
    let (mut svg, x, y) = frame("of all rows, the likeliest first", "found");
    let points = (0..=100).map(|i| f64::from(i) / 100.0);
    let line: String =
        points.map(|p| format!("{}{} {}", if p > 0.0 { "L" } else { "M" }, px(x(p)), px(y(at(p))))).collect();
    svg.path("own", &line);
    let fifth = at(0.2);
    svg.dot(x(0.2), y(fifth));
    let told = format!("The likeliest fifth of the rows holds {} of all “{outcome}”.", percent(fifth));
    let svg = svg.finish("gain", "How many are found by asking the likeliest first", &told);
    (svg, told)
}

/// The figures as tiles.
pub fn tiles(measured: &Measured) -> String {
    let tile = |name: &str, what: &str, Interval { value, low, high }: Interval| {
        format!(
            "<div><dt>{name}</dt><dd><b>{value:.4}</b> <span>{low:.4} to {high:.4}</span><small>{what}</small></dd></div>\n"
        )
    };
    let Measured { auc, ap, log_loss, ece } = *measured;
    format!(
        "<dl class=\"tiles\">\n{}{}{}{}</dl>\n",
        tile("AUC", "how often a yes ranks above a no; 0.5 is chance", auc),
        tile("Average precision", "the share of yes among those put first", ap),
        tile("Log loss", "how surprising what came was; the lower the better", log_loss),
        tile("Calibration error", "how far the foretold is from what came true", ece)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_tell_what_came_of_them() {
        let probabilities: Vec<f64> = (0..100).map(|i| f64::from(i) / 100.0).collect();
        let labels: Vec<bool> = (0..100).map(|i| i >= 50).collect();
        let groups = groups(&probabilities, &labels);
        assert_eq!(groups.len(), 10);
        assert!((groups[0].told - 0.045).abs() < 1e-9 && groups[0].came == 0.0 && groups[9].came == 1.0);
        // statsmodels 0.14, proportion_confint(0, 10, method="wilson"): 0, 0.2775
        assert!(groups[0].ends[0] < 1e-9 && (groups[0].ends[1] - 0.2775).abs() < 1e-3);
        assert!(gain(&probabilities, &labels, "it").1.contains("40 %"));
    }
}
