//! `apropos learn`: folds the event log into what a campaign has learned, with the very code that any other reader of the log would use.

use crate::input::Input;
use crate::output::Output;
use crate::report::{self, BadLines};
use crate::text::{GOOD, count, examples, grouped, paint, time};
use crate::{Verdict, documents, logs};
use anyhow::{Context as _, Result};
use apropos::intent::Model;
use apropos::learn::policy::{Learner, Line, Scope};
use apropos::time::Timestamp;
use std::io::Write;
use std::path::PathBuf;

/// Learn from the event log what each variant brings, and what a message adds to silence
///
/// The order of the lines doesn't matter, nor do doubles. Lines of other campaigns are passed over; orders, unsubscribes and complaints count wherever they came from.
#[derive(clap::Args)]
#[command(after_help = examples(&[
    ("From the logs of a day", "apropos learn --campaign campaign.json --log 09.ndjson.gz --log 10.ndjson.gz --out learned.json"),
    ("Then decide with it", "apropos decide --campaign campaign.json --learned learned.json --profile ana.json"),
]))]
pub struct Args {
    /// The campaign
    #[arg(long, value_name = "FILE")]
    campaign: PathBuf,
    /// The log: NDJSON lines as the Worker writes them, or folders of them; gzip is fine; - is standard input. May be given more than once
    #[arg(long, value_name = "FILE", required = true)]
    log: Vec<PathBuf>,
    /// As of when; the newest line's moment when left out
    #[arg(long, value_name = "TIME", value_parser = time)]
    now: Option<Timestamp>,
    /// Where it goes; standard output when left out
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<Verdict> {
    let Some(campaign) = documents::campaign(&args.campaign)? else { return Ok(Verdict::Problems) };
    let model = Model::starter().context("the starter model is damaged")?;
    let scope = Scope { campaign: &campaign, model: &model };
    let mut learner = Learner::default();
    let mut refused = 0;
    for path in &logs::files(&args.log)? {
        refused += take(&mut learner, &scope, Input::open(path)?)?;
    }
    let now = args.now.or(learner.newest()).unwrap_or_default();
    let lessons = learner.learned(&scope, now);
    let mut out = Output::to(args.out.as_deref())?;
    writeln!(out, "{}", serde_json::to_string_pretty(&lessons)?)?;
    out.finish()?;
    let (evidence, aside) = (&lessons.evidence, &learner.aside);
    report::say(format_args!(
        "{} learned from {} and {}: {} clicked, {} ordered",
        paint(GOOD, "✓"),
        count(evidence.exposures as usize, "exposure"),
        count(evidence.silences as usize, "silence"),
        grouped(evidence.clicks as usize),
        grouped(evidence.orders as usize),
    ));
    for (lines, why) in [
        (aside.elsewhere, "of other campaigns"),
        (aside.machine, "that no person caused"),
        (aside.unchosen, "about decisions that were not the policy's"),
        (aside.unreadable, "that lack what is needed"),
    ] {
        if lines > 0 {
            report::note(&format!("{} {why}: not learned from", count(lines as usize, "line")));
        }
    }
    Ok(Verdict::of(refused == 0))
}

/// Takes every line; says how many are none.
fn take(learner: &mut Learner, scope: &Scope<'_>, input: Input) -> Result<usize> {
    let mut bad = BadLines::of(&input.name);
    let mut lines = input.lines();
    while let Some(line) = lines.read()? {
        match line.text.and_then(|text| Line::parse(&text).map_err(|error| error.to_string())) {
            // what is not learned from is counted by the learner
            Ok(parsed) => drop(learner.take(scope, &parsed)),
            Err(reason) => bad.tell(line.number, &[reason]),
        }
    }
    Ok(bad.count())
}
