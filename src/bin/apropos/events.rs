//! `apropos evaluate log`: the same question to the Worker's event log.

use crate::Verdict;
use crate::chart::Page;
use crate::evaluate::{draw, judge, tell, write};
use crate::frame;
use crate::input::Input;
use crate::output::Output;
use crate::policy::amount;
use crate::report::{BadLines, note, say};
use crate::text::{GOOD, count, examples, paint};
use anyhow::{Context as _, Result, bail};
use apropos::learn::events::{Decisions, Reader};
use apropos::learn::offpolicy::Log;
use apropos::learn::uplift::columns::texts;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// On the Worker's event log: exposures with the probabilities with which they were drawn, and clicks
///
/// What was done is the assembly, or none; the outcome is a click within a week. Compared are everything that was done, as if done for all, and the
/// choices given with --choices.
#[derive(clap::Args)]
#[command(after_help = examples(&[
    ("Everything of one campaign", "apropos evaluate log events/*.ndjson.gz --campaign spring --html report.html"),
]))]
pub struct Args {
    /// NDJSON files; gzip is fine; - is standard input
    #[arg(required = true)]
    logs: Vec<PathBuf>,
    /// The campaign; may be left out when the log knows but one
    #[arg(long)]
    campaign: Option<String>,
    /// Choices: a CSV with the columns subject and action, an action being none or an assembly such as "cta=buy hero=sea"
    #[arg(long, value_name = "FILE")]
    choices: Vec<PathBuf>,
    /// What a click is worth
    #[arg(long, default_value_t = 1.0, value_parser = amount)]
    value: f64,
    /// What showing anything costs
    #[arg(long, default_value_t = 0.0, value_parser = amount)]
    cost: f64,
    /// Write a report with charts
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<Verdict> {
    let mut reader = Reader::default();
    let mut sound = true;
    for path in &args.logs {
        let input = Input::open(path)?;
        let mut bad = BadLines::of(&input.name);
        let mut lines = input.lines();
        while let Some(line) = lines.read()? {
            let read = line.text.and_then(|text| reader.read(&text, args.campaign.as_deref()));
            if let Err(reason) = read {
                bad.tell(line.number, &[reason]);
            }
        }
        sound &= bad.count() == 0;
    }
    let campaigns: Vec<_> = reader.campaigns().map(str::to_owned).collect();
    if campaigns.len() > 1 {
        bail!("the log speaks of {}; choose one with --campaign", campaigns.join(", "));
    }
    let decisions = reader.decisions();
    if decisions.settled > 0 {
        note(&format!("{} left out in which nothing was drawn", count(decisions.settled, "decision")));
    }
    if decisions.given.is_empty() {
        bail!("the log holds no decision that was drawn, so nothing can be compared");
    }
    let mut policies = Vec::new();
    for path in &args.choices {
        policies.push((path.display().to_string(), choices(path, &decisions)?));
    }
    let all = decisions.actions.iter().enumerate().filter(|(action, _)| decisions.given.contains(action));
    policies
        .extend(all.map(|(action, name)| (format!("{name} for all"), vec![action; decisions.given.len()])));
    let spent = |action: usize| if action > 0 { args.cost } else { 0.0 };
    let reward: Vec<f64> = (decisions.clicked.iter().zip(&decisions.given))
        .map(|(clicked, action)| if *clicked { args.value - spent(*action) } else { -spent(*action) })
        .collect();
    let log = Log { given: &decisions.given, logged: &decisions.logged, reward: &reward, told: None };
    let judged = judge(&log, &policies);
    let title = format!("{} of {}", count(decisions.given.len(), "decision"), campaigns.join(", "));
    let mut out = Output::to(None)?;
    tell(&mut out, &title, &judged)?;
    out.finish()?;
    if let Some(path) = &args.html {
        let mut page = Page::new(
            "What policies would have brought",
            "From the event log, by inverse probabilities that sum to one.",
        );
        draw(&mut page, &title, &judged);
        write(page, path)?;
        say(format_args!("{} wrote {}", paint(GOOD, "✓"), path.display()));
    }
    let told = judged.iter().filter(|j| j.value.is_ok()).count();
    Ok(Verdict::of(sound && told > 0 && judged.iter().take(args.choices.len()).all(|j| j.value.is_ok())))
}

fn choices(path: &Path, decisions: &Decisions) -> Result<Vec<usize>> {
    let table = frame::read(path)?;
    let column = |name: &str| {
        let found = table.column(name).map(texts);
        found.with_context(|| {
            format!("{} has no column {name:?}: choices have subject and action", path.display())
        })
    };
    let places: HashMap<_, _> = decisions.actions.iter().map(String::as_str).zip(0..).collect();
    let mut chosen = HashMap::new();
    for (subject, action) in column("subject")?.into_iter().zip(column("action")?) {
        // an action that the log never took has no place there; the estimate refuses it
        let place = places.get(action.as_str()).copied().unwrap_or(decisions.actions.len());
        chosen.insert(subject, place);
    }
    let one = |subject: &String| {
        chosen
            .get(subject)
            .copied()
            .with_context(|| format!("{} has no choice for subject {subject}", path.display()))
    };
    decisions.subjects.iter().map(one).collect()
}
