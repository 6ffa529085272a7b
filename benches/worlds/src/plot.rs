//! The curves as a page that needs nothing else.

use std::fmt::Write as _;

/// What a panel shows: names, and per seed the regret at equal steps.
type Panel = (&'static str, Vec<(&'static str, Vec<Vec<f64>>)>);

const COLOURS: [&str; 8] =
    ["#c2410c", "#fdba74", "#94a3b8", "#15803d", "#a16207", "#1d4ed8", "#7e22ce", "#be185d"];
const WIDTH: f64 = 460.0;
const HEIGHT: f64 = 260.0;

/// The page.
pub fn page(panels: &[Panel]) -> String {
    let mut page = String::from(
        "<!doctype html><meta charset=utf-8><title>Simulated worlds</title><style>body{font:14px system-ui;margin:2em}figure{display:inline-block;margin:1em}</style><h1>SIMULATED: cumulative regret, mean ± standard error</h1>",
    );
    for (name, lines) in panels {
        let top = lines.iter().flat_map(|(_, curves)| mean(curves)).map(|(m, e)| m + e).fold(1e-9, f64::max);
        let _ = write!(page, "<figure><figcaption>{name}</figcaption><svg width={WIDTH} height={HEIGHT}>");
        for ((name, curves), colour) in lines.iter().zip(COLOURS) {
            let points = mean(curves);
            let x = |i: usize| (i + 1) as f64 / points.len() as f64 * (WIDTH - 10.0);
            let y = |value: f64| HEIGHT - 5.0 - value.max(0.0) / top * (HEIGHT - 20.0);
            let line: String =
                points.iter().enumerate().map(|(i, p)| format!("{:.1},{:.1} ", x(i), y(p.0))).collect();
            let above = points.iter().enumerate().map(|(i, p)| format!("{:.1},{:.1} ", x(i), y(p.0 + p.1)));
            let below =
                points.iter().enumerate().rev().map(|(i, p)| format!("{:.1},{:.1} ", x(i), y(p.0 - p.1)));
            let band: String = above.chain(below).collect();
            let _ = write!(
                page,
                "<polygon points='{band}' fill='{colour}' opacity=.15 /><polyline points='{line}' fill=none stroke='{colour}' stroke-width=2><title>{name}</title></polyline>"
            );
        }
        let _ = write!(page, "<text x=4 y=14>{top:.0}</text></svg><div>");
        for ((name, _), colour) in lines.iter().zip(COLOURS) {
            let _ = write!(page, "<span style='color:{colour}'>■ {name}</span> ");
        }
        page.push_str("</div></figure>");
    }
    page
}

/// Mean and standard error at each step.
fn mean(curves: &[Vec<f64>]) -> Vec<(f64, f64)> {
    let n = curves.len() as f64;
    let steps = curves.iter().map(Vec::len).min().unwrap_or(0);
    let at = |i: usize| {
        let mean = curves.iter().map(|c| c[i]).sum::<f64>() / n;
        let variance = curves.iter().map(|c| (c[i] - mean) * (c[i] - mean)).sum::<f64>() / (n - 1.0).max(1.0);
        (mean, libm::sqrt(variance / n))
    };
    (0..steps).map(at).collect()
}
