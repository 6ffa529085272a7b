//! `apropos train --report`: a trained model as a page that a person can read: how good it is, and what every signal and pair says.
//!
//! One file of HTML that needs nothing else and runs nothing. What it says is made by [`apropos::learn::shapes`] and [`apropos::learn::pairs`]; here it is laid out and drawn. Every
//! name comes from the user's table, so every one is escaped. The same model gives the same page.

mod heat;
mod quality;
mod shape;
mod svg;

use crate::chart::{Page, escaped};
use crate::output::Output;
use crate::text::{grouped, percent};
use anyhow::Result;
use apropos::intent::model::Calibration;
use apropos::learn::bins::Feature;
use apropos::learn::fit::Judged;
use apropos::learn::frame::Frame;
use apropos::learn::pairs::Pair;
use apropos::learn::quality::Measured;
use apropos::learn::shapes::Shape;
use std::io::Write;
use std::path::Path;

const STYLE: &str = "
:root{--card:#f6f8fa}
@media(prefers-color-scheme:dark){:root{--card:#191f27}}
@media print{:root{color-scheme:light;--ground:#fff;--ink:#1c2430;--dim:#5d6878;--line:#dfe4ea;--own:#0b62c4;--band:#0b62c426;--other:#b3541e;--card:#fff}.cards{display:block}.card{break-inside:avoid;border:1px solid var(--line);margin-bottom:1rem}details{display:none}}
body{max-width:76rem}h1,h3{overflow-wrap:anywhere}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,11rem),1fr));gap:1rem;margin:1.5rem 0}.tiles div{background:var(--card);border-radius:.5rem;padding:.8rem 1rem}
dt{font-size:.85rem;color:var(--dim)}dd{margin:0}dd b{font-size:1.5rem;font-variant-numeric:tabular-nums}dd span{font-size:.85rem;color:var(--dim);white-space:nowrap}dd small{display:block;color:var(--dim);line-height:1.3;margin-top:.2rem}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,21.5rem),1fr));gap:1.25rem;align-items:start}
.two{grid-template-columns:repeat(auto-fit,minmax(min(100%,21.5rem),1fr))}
.card{background:var(--card);border-radius:.5rem;padding:1rem 1.1rem;min-width:0}.card h3{font-size:1.02rem;line-height:1.3;margin:0 0 .3rem}.card p{color:var(--ink);margin:.5rem 0 .8rem;overflow-wrap:anywhere;line-height:1.4}.card svg{max-width:26rem;margin:0 auto}
.weight{display:flex;align-items:center;gap:.6rem;font-size:.8rem;color:var(--dim)}.weight i{flex:1;height:.35rem;border-radius:1rem;background:linear-gradient(to right,var(--own) var(--share),var(--line) var(--share))}
.pile{fill:var(--dim);fill-opacity:.55}.bar{fill:var(--own);fill-opacity:.75}.whisker{stroke:var(--ink);stroke-width:1.2;fill:none}.card text{font-size:11px}
.empty{fill:none;stroke:var(--line);stroke-dasharray:2 2}.heat~text{fill:var(--ink)}.t0,.t1,.t2{fill:var(--other)}.t4,.t5,.t6{fill:var(--own)}.t0,.t6{fill-opacity:.5}.t1,.t5{fill-opacity:.32}.t2,.t4{fill-opacity:.16}.t3{fill:var(--line);fill-opacity:.6}
summary{cursor:pointer;font-size:.85rem;color:var(--dim);margin-top:.6rem}details table{font-size:.8rem}details th,details td{padding:.2rem .5rem}";

/// What a page tells of.
pub struct Story<'a> {
    /// The name of the model.
    pub name: &'a str,
    /// What it was trained on.
    pub trained_on: &'a str,
    /// What it foretells.
    pub outcome: &'a str,
    /// The columns, cut.
    pub features: &'a [Feature],
    /// What came of each row.
    pub labels: &'a [bool],
    /// The columns as they were read.
    pub frame: &'a Frame,
    /// The fit.
    pub judged: &'a Judged,
    /// From sums to log-odds.
    pub calibration: &'a [(f64, f64)],
    /// The calibrated probability of every row by the fit that hadn't seen it.
    pub unseen: &'a [f64],
    /// How good those are.
    pub measured: &'a Measured,
}

/// Writes the page of a model.
pub fn write(path: &Path, story: &Story<'_>) -> Result<()> {
    let mut out = Output::to(Some(path))?;
    out.write_all(page(story).as_bytes())?;
    out.finish()
}

fn page(story: &Story<'_>) -> String {
    let Story { outcome, labels, unseen, .. } = *story;
    let yes = labels.iter().filter(|label| **label).count();
    let share = yes as f64 / labels.len().max(1) as f64;
    let about = format!(
        "A model that foretells “{outcome}”, trained on {}. {} of the rows are yes, {} of all.",
        story.trained_on,
        grouped(yes),
        percent(share)
    );
    let mut page = Page::styled(story.name, &about, STYLE);
    page.section("How good it is", "Measured on rows that the fit had not seen, each by the fit of the other folds; with 95 % intervals.");
    page.chart(&quality::tiles(story.measured));
    let (gain, told) = quality::gain(unseen, labels, outcome);
    let calibration = quality::calibration(unseen, labels, outcome);
    page.chart(&format!(
        "<div class=\"cards two\">\n{}{}</div>",
        card("Does it come true?", None, "Rows in groups by what was foretold: on the dashed line, as many are yes as was foretold. Whiskers are 95 % intervals.", &calibration),
        card("Whom does it find?", None, &told, &gain)
    ));
    let steepness = steepness(story);
    let shapes = shapes(story, steepness);
    let pairs = pairs(story, steepness);
    let most = shapes.iter().map(|shape| shape.importance).chain(pairs.iter().map(|pair| pair.importance));
    let most = most.fold(0.0, f64::max);
    page.section(
        "What each signal says",
        "The most important first. A step above the line goes with higher odds than usual, one below with lower odds, other signals being equal; the band is where the fits of the bags lie, at 95 %. Steps hold about as many rows each, so the axis is not to scale; the bars beneath are their rows. The model has only watched: what goes with the outcome need not bring it about.",
    );
    let cards = shapes.iter().enumerate().map(|(i, shape)| {
        let sentence = shape.sentence(outcome);
        let drawn = shape::chart(shape, &format!("s{i}"), &sentence) + &shape::table(shape);
        card(&shape.name, Some((shape.importance, most)), &sentence, &drawn)
    });
    page.chart(&format!("<div class=\"cards\">\n{}</div>", cards.collect::<String>()));
    if !pairs.is_empty() {
        page.section(
            "What pairs say",
            "By how much the odds differ from what the two signals say alone: blue is likelier, orange less likely. Empty cells have no rows.",
        );
        let cards = pairs.iter().enumerate().map(|(i, pair)| {
            let sentence = pair.sentence(outcome);
            let drawn = heat::chart(pair, &format!("p{i}"), &sentence) + &heat::table(pair);
            let title = format!("{} and {}", pair.names[0], pair.names[1]);
            card(&title, Some((pair.importance, most)), &sentence, &drawn)
        });
        page.chart(&format!("<div class=\"cards\">\n{}</div>", cards.collect::<String>()));
    }
    page.finish()
}

fn card(title: &str, importance: Option<(f64, f64)>, sentence: &str, drawn: &str) -> String {
    let weight = importance.map_or_else(String::new, |(own, most)| {
        let share = if most > 0.0 { own / most * 100.0 } else { 0.0 };
        format!("<div class=\"weight\"><i style=\"--share:{share:.0}%\"></i>importance {own:.3}</div>\n")
    });
    format!(
        "<article class=\"card\">\n<h3>{}</h3>\n{weight}<p>{}</p>\n{drawn}</article>\n",
        escaped(title),
        escaped(sentence).replace(" %", "\u{a0}%")
    )
}

/// By how much the calibration stretches differences of sums, in the middle nine tenths of the rows: weights are told as they count in the end.
fn steepness(story: &Story<'_>) -> f64 {
    let line = Calibration(story.calibration.to_vec());
    let mut sums = story.judged.unseen.clone();
    sums.sort_by(f64::total_cmp);
    let at = |share: f64| sums.get((share * sums.len() as f64) as usize).copied();
    match (at(0.05), at(0.95)) {
        (Some(low), Some(high)) if high > low => (line.of(high) - line.of(low)) / (high - low),
        _ => 1.0,
    }
}

fn scaled(weights: &[f64], by: f64) -> Vec<f64> {
    weights.iter().map(|weight| weight * by).collect()
}

fn shapes(story: &Story<'_>, steepness: f64) -> Vec<Shape> {
    let fitted = &story.judged.fitted;
    let tables = story.features.iter().zip(&fitted.tables.ones).zip(&fitted.errors);
    let shape = |((feature, weights), errors): ((&Feature, &Vec<f64>), &Vec<f64>)| {
        let [weights, errors] = [weights, errors].map(|numbers| scaled(numbers, steepness));
        Shape::of(feature, &weights, &errors, story.frame.column(&feature.name))
    };
    let mut shapes: Vec<Shape> = tables.map(shape).collect();
    shapes.sort_by(|a, b| b.importance.total_cmp(&a.importance));
    shapes
}

fn pairs(story: &Story<'_>, steepness: f64) -> Vec<Pair> {
    let grids = story.judged.fitted.tables.pairs.iter().filter(|(_, grid)| !grid.is_empty());
    let pair = |((a, b), grid): &((usize, usize), Vec<f64>)| {
        let columns = [*a, *b].map(|i| story.frame.column(&story.features[i].name));
        Pair::of(story.features, (*a, *b), &scaled(grid, steepness), columns)
    };
    let mut pairs: Vec<Pair> = grids.map(pair).collect();
    pairs.sort_by(|a, b| b.importance.total_cmp(&a.importance));
    pairs
}
