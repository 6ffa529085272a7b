//! `apropos signals`: the reference of signals and of profile fields, as Markdown or as a page.

use crate::Verdict;
use crate::text::examples;
use anyhow::Result;
use apropos::intent::SignalId;
use apropos::intent::signal::Kind;
use apropos::profile::{Purpose, fields};
use std::io::{self, Write};

/// Print the reference of signals, or of profile fields, as a Markdown table
#[derive(clap::Args)]
#[command(after_help = examples(&[
    ("What conditions and models may ask for", "apropos signals"),
    ("What an import may set", "apropos signals --fields"),
]))]
pub struct Args {
    /// The fields of a profile document instead
    #[arg(long, conflicts_with = "html")]
    fields: bool,
    /// Both, as one page of HTML
    #[arg(long)]
    html: bool,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<Verdict> {
    let text = match args {
        Args { html: true, .. } => crate::reference::page(),
        Args { fields: true, .. } => fields_table(),
        _ => signals_table(),
    };
    io::stdout().write_all(text.as_bytes())?;
    Ok(Verdict::Sound)
}

fn signals_table() -> String {
    let head =
        ["signal", "values", "trend", "about", "source", "used for", "consent", "fresh", "trusted", "why"];
    table(head, SignalId::all().map(signal))
}

/// What must follow when a signal rises, as `apropos train --monotone` would say it: `click up, unsubscribe down`. Empty where that is left to the data.
pub fn trends(id: SignalId) -> String {
    let each = id.trends().map(|declared| format!("{} {}", declared.head.name(), declared.trend.name()));
    each.collect::<Vec<_>>().join(", ")
}

fn signal(id: SignalId) -> [String; 10] {
    let signal = id.signal();
    let bins: Vec<_> = match signal.kind {
        Kind::Number => signal.cuts.iter().map(ToString::to_string).collect(),
        Kind::Flag | Kind::Text => signal.names.iter().map(|name| code(name)).collect(),
    };
    let values = match (signal.kind, bins.is_empty()) {
        (kind, true) => kind.name().to_owned(),
        (Kind::Number, _) => format!("number, cut at {}", bins.join(" ")),
        (_, _) => bins.join(" "),
    };
    let fresh = if signal.fresh == 0 { "always".to_owned() } else { format!("{} d", signal.fresh) };
    [
        code(signal.name),
        values,
        trends(id),
        signal.group.name().into(),
        signal.source.name().into(),
        signal.serves.name().into(),
        signal.needs().map_or("none", Purpose::name).into(),
        fresh,
        signal.truth.name().into(),
        signal.why.into(),
    ]
}

fn fields_table() -> String {
    table(["field", "what it holds"], fields::all().map(|field| [code(field.name), field.what.into()]))
}

fn code(name: &str) -> String {
    format!("`{name}`")
}

/// A Markdown table whose columns are as wide as their widest cell, so that it reads well in a terminal too.
fn table<const N: usize>(head: [&str; N], rows: impl Iterator<Item = [String; N]>) -> String {
    let mut lines = vec![head.map(str::to_owned)];
    lines.extend(rows.map(|cells| cells.map(|cell| cell.replace('|', "\\|"))));
    let widest = |i: usize| lines.iter().map(|cells| cells[i].chars().count()).max().unwrap_or_default();
    let widths: [usize; N] = std::array::from_fn(widest);
    lines.insert(1, widths.map(|width| "-".repeat(width)));
    lines.iter().map(|cells| line(cells, &widths)).collect()
}

fn line(cells: &[String], widths: &[usize]) -> String {
    let cells: Vec<_> = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
    format!("| {} |\n", cells.join(" | "))
}
