//! `apropos evaluate log`: the same question to the Worker's event log.

use crate::Verdict;
use crate::chart::Page;
use crate::documents;
use crate::evaluate::{draw, judge, tell, write};
use crate::frame;
use crate::input::Input;
use crate::logs;
use crate::output::Output;
use crate::policy::amount;
use crate::report::{BadLines, note, say};
use crate::text::{GOOD, count, examples, paint};
use anyhow::{Context as _, Result, anyhow, bail};
use apropos::campaign::{Campaign, Learning};
use apropos::learn::events::{self, Decisions, Reader, Reward};
use apropos::learn::offpolicy::Log;
use apropos::learn::uplift::columns::texts;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// On the Worker's event log: exposures with the probabilities with which they were drawn, and what came of them
///
/// What was done is the assembly, or none. An outcome counts for the latest decision before it, within the campaign's windows, as the campaign learns it. Compared are everything
/// that was done, as if done for all, and the choices given with --choices. What would have come after the log ends isn't counted.
#[derive(clap::Args)]
#[command(after_help = examples(&[
    ("Everything of one campaign, by clicks", "apropos evaluate log events/*.ndjson.gz --campaign spring --html report.html"),
    ("By what the campaign wants: its goal, within its windows", "apropos evaluate log events/*.ndjson.gz --campaign campaign.json"),
    ("In money", "apropos evaluate log events/*.ndjson.gz --campaign campaign.json --reward value"),
]))]
pub struct Args {
    /// NDJSON files, or folders of them; gzip is fine; - is standard input
    #[arg(required = true)]
    logs: Vec<PathBuf>,
    /// The campaign: its id, or the file that it is written in; may be left out when the log knows but one
    #[arg(long, value_name = "ID|FILE")]
    campaign: Option<String>,
    /// What counts as success: the goal of the campaign's file when left out, and a click without one
    #[arg(long)]
    reward: Option<Wish>,
    /// Choices: a CSV with the columns subject and action, an action being none or an assembly such as "cta=buy hero=sea"
    #[arg(long, value_name = "FILE")]
    choices: Vec<PathBuf>,
    /// What a click or order is worth: 1 when left out; --reward value takes it from the campaign
    #[arg(long, value_parser = amount)]
    value: Option<f64>,
    /// What showing anything costs: nothing when left out; --reward value takes it from the campaign
    #[arg(long, value_parser = amount)]
    cost: Option<f64>,
    /// Write a report with charts
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

/// What is asked to count as success.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Wish {
    /// A click
    Click,
    /// An order
    Convert,
    /// Money: clicks and orders less incentives, sends, unsubscribes and complaints, each as the campaign's file values it
    Value,
}

/// The campaign that is asked about.
enum Asked {
    Any,
    Id(String),
    Document(Box<Campaign>),
}

/// Runs the command.
pub fn run(args: &Args) -> Result<Verdict> {
    let Some(asked) = asked(args.campaign.as_deref())? else { return Ok(Verdict::Problems) };
    let reward = reward(args, &asked)?;
    let (document, id) = match &asked {
        Asked::Any => (None, None),
        Asked::Id(id) => (None, Some(id.as_str())),
        Asked::Document(campaign) => (Some(campaign), Some(campaign.id.name.as_str())),
    };
    let mut reader = Reader::default();
    let mut sound = true;
    for path in &logs::files(&args.logs)? {
        let input = Input::open(path)?;
        let mut bad = BadLines::of(&input.name);
        let mut lines = input.lines();
        while let Some(line) = lines.read()? {
            let read = line.text.and_then(|text| reader.read(&text, id));
            if let Err(reason) = read {
                bad.tell(line.number, &[reason]);
            }
        }
        sound &= bad.count() == 0;
    }
    let campaigns: Vec<_> = reader.campaigns().collect();
    if campaigns.len() > 1 {
        bail!("the log speaks of {}; choose one with --campaign", campaigns.join(", "));
    }
    let campaign = campaigns.first().copied().unwrap_or_default();
    let learning = document.map_or_else(Learning::default, |campaign| campaign.learning);
    let decisions = reader.decisions(campaign, &learning);
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
    for (action, assembly) in decisions.actions.iter().enumerate() {
        if decisions.given.contains(&action) {
            policies
                .push((format!("{} for all", events::name(assembly)), vec![action; decisions.given.len()]));
        }
    }
    let brought = decisions.rewards(reward).map_err(|untold| anyhow!("{untold} ({})", untold.name()))?;
    let (value, cost) = (args.value.unwrap_or(1.0), args.cost.unwrap_or(0.0));
    let spent = |action: usize| if action > 0 { cost } else { 0.0 };
    let reward_of = |(brought, action): (&f64, &usize)| value * brought - spent(*action);
    let rewards: Vec<f64> = brought.iter().zip(&decisions.given).map(reward_of).collect();
    let log = Log { given: &decisions.given, logged: &decisions.logged, reward: &rewards, told: None };
    let judged = judge(&log, &policies);
    let title =
        format!("{} of {campaign}, by {}", count(decisions.given.len(), "decision"), reward.words(&learning));
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

/// What `--campaign` names. An id has no dots and no slashes, the path of a document has one. None when the document has problems, which are told.
fn asked(campaign: Option<&str>) -> Result<Option<Asked>> {
    Ok(match campaign {
        None => Some(Asked::Any),
        Some(path) if path.contains(['.', '/', '\\']) => {
            documents::campaign(Path::new(path))?.map(|campaign| Asked::Document(Box::new(campaign)))
        }
        Some(id) => Some(Asked::Id(id.to_owned())),
    })
}

/// What counts as success.
fn reward<'a>(args: &Args, asked: &'a Asked) -> Result<Reward<'a>> {
    match (args.reward, asked) {
        (Some(Wish::Click), _) => Ok(Reward::Click),
        (Some(Wish::Convert), _) => Ok(Reward::Convert),
        (Some(Wish::Value), Asked::Document(_)) if args.value.or(args.cost).is_some() => {
            bail!(
                "--reward value takes what things are worth from the campaign; leave out --value and --cost"
            )
        }
        (Some(Wish::Value), Asked::Document(campaign)) => Ok(Reward::Value(campaign)),
        (Some(Wish::Value), _) => {
            bail!(
                "--reward value needs the campaign's file, which says what things are worth: --campaign FILE"
            )
        }
        (None, Asked::Document(campaign)) => Ok(Reward::of(campaign.goal)),
        (None, _) => Ok(Reward::Click),
    }
}

fn choices(path: &Path, decisions: &Decisions) -> Result<Vec<usize>> {
    let table = frame::read(path)?;
    let column = |name: &str| {
        let found = table.column(name).map(texts);
        found.with_context(|| {
            format!("{} has no column {name:?}: choices have subject and action", path.display())
        })
    };
    let places: HashMap<_, _> = decisions.actions.iter().map(events::name).zip(0..).collect();
    let mut chosen = HashMap::new();
    for (subject, action) in column("subject")?.into_iter().zip(column("action")?) {
        // an action that the log never took has no place there; the estimate refuses it
        let place = places.get(&action).copied().unwrap_or(decisions.actions.len());
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
