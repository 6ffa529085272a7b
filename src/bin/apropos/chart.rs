//! Charts as SVG in one HTML file that needs nothing else, light or dark as the reader likes it.

use std::fmt::Write;

/// The size of a chart and the room for its axes, in pixels.
const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 300.0;
const LEFT: f64 = 76.0;
const RIGHT: f64 = 24.0;
const TOP: f64 = 16.0;
const BOTTOM: f64 = 46.0;

const STYLE: &str = "\
:root{color-scheme:light dark;--ground:#fff;--ink:#1c2430;--dim:#5d6878;--line:#dfe4ea;--own:#0b62c4;--band:#0b62c426;--other:#b3541e}
@media(prefers-color-scheme:dark){:root{--ground:#12161c;--ink:#e7ebf0;--dim:#9aa6b5;--line:#2b333e;--own:#6fb1ff;--band:#6fb1ff2e;--other:#f0a06a}}
body{margin:0 auto;padding:2rem 1.25rem 4rem;max-width:62rem;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
h1{font-size:1.6rem;line-height:1.2;margin:0 0 .25rem}h2{font-size:1.1rem;margin:2.5rem 0 .25rem}p{margin:.25rem 0 1rem;max-width:48rem;color:var(--dim)}
svg{display:block;width:100%;height:auto}text{fill:var(--dim);font:12px system-ui,sans-serif}.name{fill:var(--ink);font-size:13px}
.grid{stroke:var(--line)}.zero{stroke:var(--dim)}.own{stroke:var(--own);fill:none;stroke-width:2}.other{stroke:var(--other);fill:none;stroke-width:1.5;stroke-dasharray:5 4}.band{fill:var(--band)}
.dot{fill:var(--own)}.plain{fill:var(--other)}.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums;font-size:.9rem}th,td{padding:.35rem .6rem;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap}
th:first-child,td:first-child{text-align:left}th{color:var(--dim);font-weight:600}";

/// A page of text, tables and charts.
pub struct Page {
    html: String,
}

impl Page {
    /// An empty page.
    pub fn new(title: &str, about: &str) -> Self {
        Self::styled(title, about, "")
    }

    /// The same with more rules of style.
    pub fn styled(title: &str, about: &str, more: &str) -> Self {
        let (title, about) = (escaped(title), escaped(about));
        let html = format!(
            "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n<style>{STYLE}{more}</style>\n<h1>{title}</h1>\n<p>{about}</p>\n"
        );
        Self { html }
    }

    /// Adds a heading and a sentence on how to read what follows.
    pub fn section(&mut self, title: &str, about: &str) {
        self.html += &format!("<h2>{}</h2>\n<p>{}</p>\n", escaped(title), escaped(about));
    }

    /// Adds a table.
    pub fn table(&mut self, head: &[&str], rows: &[Vec<String>]) {
        let cells = |tag: &str, cells: &mut dyn Iterator<Item = &str>| {
            cells.map(|cell| format!("<{tag}>{}</{tag}>", escaped(cell))).collect::<String>()
        };
        let body: String = rows
            .iter()
            .map(|row| format!("<tr>{}</tr>\n", cells("td", &mut row.iter().map(String::as_str))))
            .collect();
        let head = cells("th", &mut head.iter().copied());
        self.html += &format!("<div class=\"scroll\"><table>\n<tr>{head}</tr>\n{body}</table></div>\n");
    }

    /// Adds a chart, or other HTML, as it is: names in it must be [`escaped`].
    pub fn chart(&mut self, svg: &str) {
        self.html += svg;
        self.html.push('\n');
    }

    /// The whole page.
    pub fn finish(self) -> String {
        self.html
    }
}

/// A curve over shares of customers, 0 to 1, with what it is compared with and a band around it.
pub struct Curve<'a> {
    /// What a screen reader says.
    pub label: &'a str,
    /// The name of the vertical axis.
    pub axis: &'a str,
    /// The curve.
    pub points: &'a [(f64, f64)],
    /// Lower and upper ends at the same places; may be empty.
    pub band: &'a [(f64, f64)],
    /// The curve of no skill.
    pub other: &'a [(f64, f64)],
    /// A point to be marked, and what is said beside it.
    pub mark: Option<((f64, f64), String)>,
}

impl Curve<'_> {
    /// As SVG.
    pub fn svg(&self) -> String {
        let heights = self.points.iter().chain(self.other).map(|p| p.1);
        let ends = self.band.iter().flat_map(|(low, high)| [*low, *high]);
        let scale = Scale::of(heights.chain(ends).chain([0.0]), HEIGHT - BOTTOM, TOP);
        let across = |share: f64| LEFT + share * (WIDTH - LEFT - RIGHT);
        let path = |points: &mut dyn Iterator<Item = (f64, f64)>| {
            points.map(|(x, y)| format!("{:.1},{:.1} ", across(x), scale.at(y))).collect::<String>()
        };
        let mut svg = open(self.label, HEIGHT);
        for tick in &scale.ticks {
            let (y, class) = (scale.at(*tick), if *tick == 0.0 { "zero" } else { "grid" });
            let _ = write!(
                svg,
                "<line class=\"{class}\" x1=\"{LEFT}\" x2=\"{}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/><text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                WIDTH - RIGHT,
                LEFT - 8.0,
                y + 4.0,
                scale.spell(*tick)
            );
        }
        for percent in [0, 20, 40, 60, 80, 100] {
            let _ = write!(
                svg,
                "<text x=\"{:.1}\" y=\"{}\" text-anchor=\"middle\">{percent} %</text>",
                across(f64::from(percent) / 100.0),
                HEIGHT - BOTTOM + 18.0
            );
        }
        let _ = write!(
            svg,
            "<text x=\"{:.1}\" y=\"{}\" text-anchor=\"middle\">customers treated, the most persuadable first</text><text transform=\"translate(14 {:.1}) rotate(-90)\" text-anchor=\"middle\">{}</text>",
            (LEFT + WIDTH - RIGHT) / 2.0,
            HEIGHT - 8.0,
            (TOP + HEIGHT - BOTTOM) / 2.0,
            escaped(self.axis)
        );
        if !self.band.is_empty() {
            let mut up = self.points.iter().zip(self.band).map(|(p, b)| (p.0, b.1));
            let mut down = self.points.iter().zip(self.band).rev().map(|(p, b)| (p.0, b.0));
            let _ = write!(svg, "<polygon class=\"band\" points=\"{}{}\"/>", path(&mut up), path(&mut down));
        }
        let _ =
            write!(svg, "<polyline class=\"other\" points=\"{}\"/>", path(&mut self.other.iter().copied()));
        let _ =
            write!(svg, "<polyline class=\"own\" points=\"{}\"/>", path(&mut self.points.iter().copied()));
        if let Some(((x, y), text)) = &self.mark {
            let (anchor, beside) = if *x > 0.5 { ("end", -9.0) } else { ("start", 9.0) };
            let (x, y) = (across(*x), scale.at(*y));
            let _ = write!(
                svg,
                "<circle class=\"dot\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4.5\"/><text class=\"name\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\">{}</text>",
                x + beside,
                y - 9.0,
                escaped(text)
            );
        }
        svg + "</svg>"
    }
}

/// Intervals one below the other: a name, the mean, and the ends.
pub fn intervals(label: &str, rows: &[(String, f64, [f64; 2])]) -> String {
    let name = 210.0;
    let height = TOP + rows.len() as f64 * 30.0 + 30.0;
    let scale =
        Scale::of(rows.iter().flat_map(|(_, mean, [low, high])| [*mean, *low, *high]), name, WIDTH - RIGHT);
    let mut svg = open(label, height);
    for tick in &scale.ticks {
        let x = scale.at(*tick);
        let _ = write!(
            svg,
            "<line class=\"grid\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{TOP}\" y2=\"{:.1}\"/><text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            height - 26.0,
            height - 8.0,
            scale.spell(*tick)
        );
    }
    for (i, (text, mean, [low, high])) in rows.iter().enumerate() {
        let y = TOP + 15.0 + i as f64 * 30.0;
        let (x, from, to) = (scale.at(*mean), scale.at(*low), scale.at(*high));
        let (line, dot) = if i == 0 { ("own", "dot") } else { ("other", "plain") };
        let _ = write!(
            svg,
            "<text class=\"name\" x=\"0\" y=\"{:.1}\">{}</text><line class=\"{line}\" style=\"stroke-dasharray:none\" x1=\"{from:.1}\" x2=\"{to:.1}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/><circle class=\"{dot}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4.5\"/>",
            y + 4.0,
            escaped(&shortened(text))
        );
    }
    svg + "</svg>"
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= 28 { text.to_owned() } else { text.chars().take(27).chain(['…']).collect() }
}

fn open(label: &str, height: f64) -> String {
    format!(
        "<svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{}\" xmlns=\"http://www.w3.org/2000/svg\">",
        escaped(label)
    )
}

/// From values to places, with round ticks.
pub struct Scale {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
    /// Round values, the first and the last of which are the ends.
    pub ticks: Vec<f64>,
    digits: usize,
}

impl Scale {
    /// A scale that holds all values, drawn between two places.
    pub fn of(values: impl Iterator<Item = f64>, from: f64, to: f64) -> Self {
        let (low, high) = values
            .filter(|v| v.is_finite())
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
        let (low, high) = if high > low { (low, high) } else { (low.min(0.0), low.max(0.0) + 1e-9) };
        let rough = (high - low) / 5.0;
        let size = 10f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].map(|s| s * size).into_iter().find(|s| *s >= rough).unwrap_or(rough);
        let (first, last) = ((low / step).floor() as i64, (high / step).ceil() as i64);
        let ticks: Vec<f64> = (first..=last).map(|i| i as f64 * step).collect();
        let digits = (-step.log10().floor()).clamp(0.0, 9.0) as usize;
        Self { low: first as f64 * step, high: last as f64 * step, from, to, ticks, digits }
    }

    /// The place of a value.
    pub fn at(&self, value: f64) -> f64 {
        self.from + (value - self.low) / (self.high - self.low) * (self.to - self.from)
    }

    /// A tick as text.
    pub fn spell(&self, value: f64) -> String {
        format!("{value:.*}", self.digits).replacen('-', "−", 1)
    }
}

/// Text that HTML shows as it is.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
