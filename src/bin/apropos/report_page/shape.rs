//! The chart and the table of one signal: steps with their band and the rows beneath, or bars of names.

use super::svg::{LETTER, Svg, WIDTH, px, rectangle, shortened};
use crate::chart::{Scale, escaped};
use crate::text::grouped;
use apropos::learn::shapes::{Axis, Shape, Step};

/// The room of the steps, and of the rows beneath.
const LEFT: f64 = 34.0;
const RIGHT: f64 = 40.0;
const TOP: f64 = 22.0;
const STEPS: f64 = 150.0;
const ROWS: f64 = 36.0;
/// The width of the steps of missing values, and the gap behind them.
const APART: f64 = 20.0;
const GAP: f64 = 12.0;
/// The most names that are drawn; the table has all.
const NAMES: usize = 20;

/// The chart of a shape.
pub fn chart(shape: &Shape, id: &str, about: &str) -> String {
    let title = format!("What {} says", shape.name);
    match &shape.axis {
        Axis::Numbers { .. } => steps(shape),
        Axis::Names(names) => bars(shape, names),
    }
    .finish(id, &title, about)
}

/// The two ends of the 95 % band.
fn band(step: &Step) -> [f64; 2] {
    [step.weight - 1.96 * step.error, step.weight + 1.96 * step.error]
}

fn scale(shape: &Shape, from: f64, to: f64) -> Scale {
    let all = shape.steps.iter().chain(&shape.missing);
    Scale::of(all.flat_map(band).chain([0.0, -0.1, 0.1]), from, to)
}

/// `×1.6` of a weight.
fn factor(weight: f64) -> String {
    match weight.exp() {
        r if r >= 999.5 => format!("×{:.0}k", r / 1000.0),
        r if r >= 9.95 => format!("×{r:.0}"),
        r if r >= 1.995 => format!("×{r:.1}"),
        r if r >= 0.095 => format!("×{r:.2}"),
        r => format!("×{r:.3}"),
    }
}

fn steps(shape: &Shape) -> Svg {
    let n = shape.steps.len().max(1) as f64;
    let mut svg = Svg::new(TOP + STEPS + ROWS + 46.0);
    let scale = scale(shape, TOP + STEPS, TOP);
    svg.text(0.0, 10.0, "start", "log-odds");
    svg.text(WIDTH, 10.0, "end", "odds");
    for tick in &scale.ticks {
        let y = scale.at(*tick);
        svg.line(if *tick == 0.0 { "zero" } else { "grid" }, (LEFT, y), (WIDTH - RIGHT, y));
        svg.text(LEFT - 5.0, y + 4.0, "end", &scale.spell(*tick));
        svg.text(WIDTH - RIGHT + 5.0, y + 4.0, "start", &factor(*tick));
    }
    let start = if shape.missing.is_some() { LEFT + APART + GAP } else { LEFT };
    let wide = (WIDTH - RIGHT - start) / n;
    let edge = |i: usize| start + i as f64 * wide;
    let most = shape.steps.iter().chain(&shape.missing).map(|step| step.rows).max().unwrap_or(0).max(1);
    let floor = TOP + STEPS + 6.0 + ROWS;
    let pile = |x: f64, width: f64, step: &Step| {
        let height = step.rows as f64 / most as f64 * ROWS;
        if step.rows > 0 { rectangle(x, floor - height, width, height.max(0.5)) } else { String::new() }
    };
    let area = |x: f64, width: f64, step: &Step| {
        let [low, high] = band(step).map(|end| scale.at(end));
        rectangle(x, high, width, (low - high).max(0.1))
    };
    if let Some(missing) = &shape.missing {
        svg.path("band", &area(LEFT, APART, missing));
        let y = scale.at(missing.weight);
        svg.line("own", (LEFT, y), (LEFT + APART, y));
        svg.path("pile", &pile(LEFT, APART, missing));
        svg.text(LEFT + APART / 2.0, floor + 14.0, "middle", "none");
    }
    let (mut line, mut bands, mut piles) = (String::new(), String::new(), String::new());
    for (i, step) in shape.steps.iter().enumerate() {
        let y = px(scale.at(step.weight));
        line += &if i == 0 { format!("M{} {y}", px(edge(0))) } else { format!("V{y}") };
        line += &format!("H{}", px(edge(i + 1)));
        bands += &area(edge(i), wide, step);
        piles += &pile(edge(i), (wide - 0.4).max(0.4), step);
    }
    svg.path("band", &bands);
    svg.path("own", &line);
    svg.path("pile", &piles);
    ticks(&mut svg, &shape.axis, shape.steps.len(), edge, floor + 14.0);
    svg.text(WIDTH - RIGHT + 5.0, floor, "start", "rows");
    svg.text((start + WIDTH - RIGHT) / 2.0, floor + 32.0, "middle", &shortened(&shape.name, 40));
    svg
}

/// Writes below the steps what they hold: each one if there are few, else where some of them begin.
fn ticks(svg: &mut Svg, axis: &Axis, n: usize, edge: impl Fn(usize) -> f64, y: f64) {
    let few = n <= 5;
    let mut free = f64::NEG_INFINITY;
    let last = n.saturating_sub(1);
    let mut put = |i: usize, limit: f64| {
        let text = if few || i == 0 || i == last { axis.tick(i, i) } else { begins(axis, i) };
        let half = text.chars().count() as f64 * LETTER / 2.0;
        let middle = if few || i == 0 || i == last { (edge(i) + edge(i + 1)) / 2.0 } else { edge(i) };
        let x = middle.clamp(LEFT + half - 10.0, WIDTH - half);
        if x - half > free && x + half < limit {
            svg.text(x, y, "middle", &text);
            free = x + half + 8.0;
        }
    };
    if few {
        (0..n).for_each(|i| put(i, f64::INFINITY));
        return;
    }
    let end = axis.tick(last, last).chars().count() as f64 * LETTER;
    let room = ((edge(last) + edge(n)) / 2.0 - end / 2.0).min(WIDTH - end) - 8.0;
    (0..last).step_by(n.div_ceil(6)).for_each(|i| put(i, room));
    put(last, f64::INFINITY);
}

/// The least number of a bin, or else the bin.
fn begins(axis: &Axis, bin: usize) -> String {
    let text = axis.tick(bin, bin);
    text.split_once('–').map_or(text.as_str(), |(low, _)| low).to_owned()
}

fn bars(shape: &Shape, names: &[Option<String>]) -> Svg {
    let (left, right, high) = (120.0, 44.0, 20.0);
    let drawn = drawn(shape);
    let lines = drawn.len() + usize::from(shape.missing.is_some());
    let bottom = TOP + lines as f64 * high;
    let mut svg = Svg::new(bottom + 22.0);
    let scale = scale(shape, left, WIDTH - right);
    svg.text(WIDTH, 12.0, "end", "rows");
    // labels of the odds need room: every second tick where they are many
    for tick in scale.ticks.iter().step_by(scale.ticks.len().div_ceil(5).max(1)) {
        let x = scale.at(*tick);
        svg.line("grid", (x, TOP - 2.0), (x, bottom));
        svg.text(x, bottom + 16.0, "middle", &factor(*tick));
    }
    let zero = scale.at(0.0);
    let bars = drawn.iter().map(|i| {
        let name = names.get(*i).and_then(Option::as_deref);
        (name.unwrap_or("rare values"), &shape.steps[*i])
    });
    for (line, (name, step)) in bars.chain(shape.missing.as_ref().map(|step| ("missing", step))).enumerate() {
        let y = TOP + line as f64 * high;
        let x = scale.at(step.weight);
        svg.text(left - 8.0, y + 14.0, "end", &shortened(name, 18));
        svg.path("bar", &rectangle(x.min(zero), y + 3.0, (x - zero).abs().max(0.5), high - 6.0));
        let [low, high_end] = band(step).map(|end| scale.at(end));
        svg.line("whisker", (low, y + high / 2.0), (high_end, y + high / 2.0));
        svg.text(WIDTH, y + 14.0, "end", &grouped(step.rows));
    }
    svg.line("zero", (zero, TOP - 2.0), (zero, bottom));
    svg
}

/// The most frequent names, in the order of the shape.
fn drawn(shape: &Shape) -> Vec<usize> {
    let mut order: Vec<usize> = (0..shape.steps.len()).collect();
    order.sort_by_key(|i| std::cmp::Reverse(shape.steps[*i].rows));
    order.truncate(NAMES);
    order.sort_unstable();
    order
}

/// The same as a table.
pub fn table(shape: &Shape) -> String {
    let row = |what: &str, step: &Step| {
        let [low, high] = band(step).map(f64::exp);
        format!(
            "<tr><td>{}</td><td>{}</td><td>{low:.2}–{high:.2}</td><td>{}</td></tr>\n",
            escaped(what),
            factor(step.weight),
            grouped(step.rows)
        )
    };
    let steps = shape.steps.iter().enumerate().map(|(i, step)| row(&shape.axis.tick(i, i), step));
    let missing = shape.missing.as_ref().map(|step| row("missing", step));
    let rows: String = steps.chain(missing).collect();
    format!(
        "<details><summary>As a table</summary><div class=\"scroll\"><table>\n<tr><th>{}</th><th>odds</th><th>95 %</th><th>rows</th></tr>\n{rows}</table></div></details>\n",
        escaped(&shape.name)
    )
}
