//! The heat map and the table of a pair of signals.

use super::svg::{LETTER, Svg, WIDTH, rectangle, shortened};
use crate::chart::escaped;
use apropos::learn::pairs::{Group, Pair};

const LEFT: f64 = 110.0;
const TOP: f64 = 20.0;
const HIGH: f64 = 24.0;
/// From which factor of the odds on a cell is tinted, and tinted more.
const LEVELS: [f64; 3] = [1.05, 1.2, 1.5];

/// The heat map of a pair.
pub fn chart(pair: &Pair, id: &str, about: &str) -> String {
    let [down, across] = &pair.sides;
    let wide = ((WIDTH - LEFT) / across.len().max(1) as f64).min(60.0);
    let bottom = TOP + down.len() as f64 * HIGH;
    let longest = (0..across.len()).map(|j| tick(across, j).chars().count()).max().unwrap_or(0);
    // the labels climb at 35°
    let below = bottom + 22.0 + longest as f64 * LETTER * 0.574;
    let mut svg = Svg::new(below + 40.0);
    svg.text(0.0, 11.0, "start", &shortened(&pair.names[0], 40));
    let mut tints: Vec<String> = vec![String::new(); 2 * LEVELS.len() + 1];
    let mut empty = String::new();
    for (i, row) in pair.weights.iter().enumerate() {
        for (j, weight) in row.iter().enumerate() {
            let (x, y) = (LEFT + j as f64 * wide, TOP + i as f64 * HIGH);
            let cell = rectangle(x + 0.5, y + 0.5, wide - 1.0, HIGH - 1.0);
            match weight.map(tint) {
                Some(tint) => tints[tint] += &cell,
                None => empty += &cell,
            }
        }
    }
    svg.path("empty", &empty);
    tints.iter().enumerate().for_each(|(i, cells)| svg.path(&class(i), cells));
    for (i, row) in pair.weights.iter().enumerate() {
        svg.text(LEFT - 6.0, TOP + (i as f64 + 0.5) * HIGH + 4.0, "end", &tick(down, i));
        for (j, weight) in row.iter().enumerate() {
            let (x, y) = (LEFT + (j as f64 + 0.5) * wide, TOP + (i as f64 + 0.5) * HIGH + 4.0);
            svg.text(x, y, "middle", &weight.map_or_else(String::new, spelled));
        }
    }
    for j in 0..across.len() {
        svg.slanted(LEFT + (j as f64 + 0.6) * wide, bottom + 14.0, &tick(across, j));
    }
    svg.text(WIDTH, below + 8.0, "end", &shortened(&pair.names[1], 40));
    legend(&mut svg, below + 18.0);
    svg.finish(id, &format!("{} and {} together", pair.names[0], pair.names[1]), about)
}

fn tick(side: &[Group], i: usize) -> String {
    shortened(side.get(i).map_or("", |group| &group.tick), 15)
}

/// From 0, far less likely, to 6, far likelier.
fn tint(weight: f64) -> usize {
    let size = LEVELS.iter().filter(|level| weight.abs() >= level.ln()).count();
    if weight < 0.0 { LEVELS.len() - size } else { LEVELS.len() + size }
}

fn class(tint: usize) -> String {
    format!("heat t{tint}")
}

/// The factor of the odds.
fn spelled(weight: f64) -> String {
    let factor = weight.exp();
    if factor >= 9.95 { format!("{factor:.0}") } else { format!("{factor:.2}") }
}

fn legend(svg: &mut Svg, y: f64) {
    let words = ["< .67", "< .83", "< .95", "same", "> 1.05", "> 1.2", "> 1.5"];
    let wide = WIDTH / words.len() as f64;
    for (i, word) in words.iter().enumerate() {
        let x = i as f64 * wide;
        svg.path(&class(i), &rectangle(x + 0.5, y, wide - 1.0, 8.0));
        svg.text(x + wide / 2.0, y + 20.0, "middle", word);
    }
}

/// The same as a table.
pub fn table(pair: &Pair) -> String {
    let [down, across] = &pair.sides;
    let head: String = across.iter().map(|group| format!("<th>{}</th>", escaped(&group.tick))).collect();
    let row = |(i, row): (usize, &Vec<Option<f64>>)| {
        let cells: String =
            row.iter().map(|weight| format!("<td>{}</td>", weight.map_or("–".into(), spelled))).collect();
        format!("<tr><td>{}</td>{cells}</tr>\n", escaped(down.get(i).map_or("", |group| &group.tick)))
    };
    let rows: String = pair.weights.iter().enumerate().map(row).collect();
    format!(
        "<details><summary>As a table</summary><div class=\"scroll\"><table>\n<tr><th>{} ↓ {} →</th>{head}</tr>\n{rows}</table></div></details>\n",
        escaped(&pair.names[0]),
        escaped(&pair.names[1])
    )
}
