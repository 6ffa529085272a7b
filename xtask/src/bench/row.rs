//! Rows of figures: read from what a driver prints, shown on the terminal, kept as JSON.

use anyhow::{Result, bail};
use std::fmt::Write;

/// One measured thing beside one peer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row {
    pub name: String,
    pub unit: String,
    pub ours: f64,
    /// How much it took of the same, and who.
    pub peer: Option<(f64, String)>,
    /// Half of what the middle half of the rounds spans, as a share of the median: of how many times faster we are where there is a peer, of ours where there is none.
    pub spread: Option<f64>,
}

/// A line of a driver: name, unit, ours, peer, peer's name and, of what was measured several times, the spread.
pub fn row(line: &str) -> Result<Row> {
    let parts: Vec<_> = line.split('\t').collect();
    let [name, unit, ours, peer, peer_name, ref rest @ ..] = parts[..] else { bail!("no row: {line}") };
    let peer = if peer.is_empty() { None } else { Some((peer.parse()?, peer_name.to_owned())) };
    let spread = rest.first().filter(|spread| !spread.is_empty()).map(|spread| spread.parse()).transpose()?;
    Ok(Row { name: name.into(), unit: unit.into(), ours: ours.parse()?, peer, spread })
}

/// The row as a driver would print it.
pub fn line(row: &Row) -> String {
    let (peer, peer_name) = match &row.peer {
        Some((peer, name)) => (peer.to_string(), name.as_str()),
        None => (String::new(), ""),
    };
    let spread = row.spread.map(|spread| spread.to_string()).unwrap_or_default();
    format!("{}\t{}\t{}\t{peer}\t{peer_name}\t{spread}\n", row.name, row.unit, row.ours)
}

impl Row {
    /// What is stated: how many times faster we are or, where there is no peer, ours.
    pub fn figure(&self) -> f64 {
        self.peer.as_ref().map_or(self.ours, |(peer, _)| peer / self.ours)
    }

    /// Its spread in words.
    pub fn spread(&self) -> String {
        self.spread.map(|spread| format!("±{:.0} %", spread * 100.0)).unwrap_or_default()
    }
}

pub fn json(rows: &[Row]) -> String {
    let object = |row: &Row| {
        let (peer, peer_name, ratio) = match &row.peer {
            Some((peer, name)) => (peer.to_string(), format!("{name:?}"), (peer / row.ours).to_string()),
            None => ("null".into(), "null".into(), "null".into()),
        };
        let Row { name, unit, ours, .. } = row;
        let spread = row.spread.map_or_else(|| "null".into(), |spread| spread.to_string());
        format!(
            "  {{\"name\": {name:?}, \"unit\": {unit:?}, \"ours\": {ours}, \"peer\": {peer}, \"peer_name\": {peer_name}, \"ratio\": {ratio}, \"spread\": {spread}}}"
        )
    };
    format!("[\n{}\n]\n", rows.iter().map(object).collect::<Vec<_>>().join(",\n"))
}

/// At most 100 columns. A thing measured beside several peers is named once.
pub fn table(rows: &[Row]) -> String {
    let wide = rows.iter().map(|row| row.name.chars().count()).max().unwrap_or(0);
    let mut text =
        format!("\n{:<wide$}  {:>10}  {:>10}  {:>7}  {:>6}  peer\n", "", "ours", "peer", "times", "spread");
    let mut last = "";
    for row in rows {
        let first = row.name != last;
        last = &row.name;
        let (name, ours) = if first { (last, value(row.ours, &row.unit)) } else { ("", String::new()) };
        let peer = row.peer.as_ref().map(|(peer, name)| {
            let peer = value(*peer, &row.unit);
            format!("  {peer:>10}  {:>7}  {:>6}  {name}", times(row.figure()), row.spread())
        });
        // a String takes whatever is written
        let _ = writeln!(text, "{name:<wide$}  {ours:>10}{}", peer.unwrap_or_else(|| alone(row)));
    }
    text
}

/// The columns of a row without a peer.
fn alone(row: &Row) -> String {
    let spread = row.spread();
    if spread.is_empty() { String::new() } else { format!("  {:>10}  {:>7}  {spread:>6}", "", "") }
}

/// Three digits that count.
pub fn value(number: f64, unit: &str) -> String {
    match number {
        n if n >= 1e4 && unit == "µs" => value(n / 1e3, "ms"),
        n if n >= 100.0 => format!("{n:.0} {unit}"),
        n if n >= 10.0 => format!("{n:.1} {unit}"),
        n => format!("{n:.2} {unit}"),
    }
}

pub fn times(ratio: f64) -> String {
    if ratio >= 10.0 { format!("{ratio:.0} ×") } else { format!("{ratio:.2} ×") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_driver_is_read() -> Result<()> {
        let peer = Some((9.0, "GrowthBook 1.8.0".into()));
        let wanted =
            Row { name: "10 rules, in wasm".into(), unit: "µs".into(), ours: 1.5, peer, spread: None };
        assert_eq!(row("10 rules, in wasm\tµs\t1.5\t9\tGrowthBook 1.8.0")?, wanted);
        let spread = Row { spread: Some(0.25), ..wanted };
        assert_eq!(row(line(&spread).trim_end_matches('\n'))?, spread);
        assert_eq!(row("x\tµs\t2\t\t")?.peer, None);
        assert!(row("x\tµs\tfast\t\t").is_err() && row("x").is_err());
        Ok(())
    }

    #[test]
    fn both_forms_tell_the_same() {
        let row = |ours, peer| Row { name: "n".into(), unit: "µs".into(), ours, peer, spread: Some(0.04) };
        let rows =
            [row(2.0, Some((9.0, "P 1".into()))), row(2.0, Some((1.0, "Q 2".into()))), row(20_000.0, None)];
        let objects = json(&rows);
        assert!(objects.contains(
            r#"{"name": "n", "unit": "µs", "ours": 2, "peer": 9, "peer_name": "P 1", "ratio": 4.5, "spread": 0.04}"#
        ));
        assert!(
            objects.contains(
                r#""ours": 20000, "peer": null, "peer_name": null, "ratio": null, "spread": 0.04}"#
            ),
            "{objects}"
        );
        let table = table(&rows);
        assert!(
            table.contains("n     2.00 µs     9.00 µs   4.50 ×    ±4 %  P 1\n")
                && table.contains("0.50 ×    ±4 %  Q 2"),
            "{table}"
        );
        assert!(table.lines().all(|line| line.chars().count() <= 100), "{table}");
    }
}
