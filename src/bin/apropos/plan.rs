//! `apropos plan`: the five decisions for every profile of a list, before a send.

use crate::Verdict;
use crate::blocks::{Block, Blocks};
use crate::documents;
use crate::input::{Input, MAX_BYTES};
use crate::output::Output;
use crate::report::{self, BadLines};
use crate::text::{BAD, DIM, GOOD, count, examples, grouped, now, padded, paint, percent, time, window};
use anyhow::{Context as _, Result, bail};
use apropos::campaign::Campaign;
use apropos::decide::{self, Plan, Planner};
use apropos::hash::{fnv1a, mix};
use apropos::intent::Model;
use apropos::profile::{Channel, Profile, fields};
use apropos::time::{Span, Timestamp};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// How often the progress is told.
const TICK: Duration = Duration::from_millis(200);

/// Plan a send: for every profile whether, where, when, what, and how often still
///
/// Each line of the answer is one profile that gets the message, in the order of the input. The draws are each recipient's own and always the same for the
/// same id and campaign, but not those of the Worker, which draws by a secret number: it may choose another of several good contents, and hold
/// others out.
#[derive(clap::Args)]
#[command(after_help = examples(&[
    ("Who gets what in the next two days", "apropos plan profiles.ndjson.gz --campaign campaign.json --within 48h --out plan.ndjson"),
    ("The same with those who get nothing, and why", "apropos plan profiles.ndjson --campaign campaign.json --held"),
]))]
pub struct Args {
    /// The profiles: NDJSON documents as imports have them; gzip is fine; - is standard input
    profiles: PathBuf,
    /// The campaign
    #[arg(long, value_name = "FILE")]
    campaign: PathBuf,
    /// How long after now the message may be sent, at most 14d
    #[arg(long, value_name = "DURATION", value_parser = window, default_value = "48h")]
    within: Span,
    /// The moment; this one when left out
    #[arg(long, value_name = "TIME", value_parser = time)]
    now: Option<Timestamp>,
    /// What changes while the campaign runs, as JSON: {"budgets": {…}, "stock": {…}, …}; nothing is known when left out
    #[arg(long, value_name = "FILE")]
    live: Option<PathBuf>,
    /// What the campaign has learned, as `apropos learn` writes it; nothing when left out
    #[arg(long, value_name = "FILE")]
    learned: Option<PathBuf>,
    /// Where the plan goes; standard output when left out
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write also those who get nothing, with the cause
    #[arg(long)]
    held: bool,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<Verdict> {
    let now = args.now.unwrap_or_else(now);
    let Some(campaign) = documents::campaign(&args.campaign)? else { return Ok(Verdict::Problems) };
    let Some(live) = documents::live(args.live.as_deref())? else { return Ok(Verdict::Problems) };
    let Some(learned) = documents::learned(args.learned.as_deref(), &campaign)? else {
        return Ok(Verdict::Problems);
    };
    let model = Model::starter().context("the starter model is damaged")?;
    let mut input = Input::open(&args.profiles)?;
    if !input.is_json()? && !input.is_empty()? {
        bail!(
            "{} holds no JSON documents: `apropos import --dry-run` shows how a CSV becomes them",
            input.name
        );
    }
    let mut bad = BadLines::of(&input.name);
    let mut out = Output::to(args.out.as_deref())?;
    let mut tally = Tally::default();
    let (mut before, mut progress) = (0, Progress::begin());
    let worker = || {
        let mut planner = Planner::new(&campaign, &live, &learned, &model, now, args.within);
        let campaign = &campaign;
        move |block| Done::of(block, &mut planner, campaign, now, args.held)
    };
    Blocks::of(input).work(worker, |done: Done| {
        out.write_all(&done.rows)?;
        for (line, reasons) in &done.bad {
            bad.tell(before + line, reasons);
        }
        before += done.lines;
        tally.add(done.tally);
        progress.tell(tally.profiles());
        Ok(())
    })?;
    out.finish()?;
    report::clear_progress();
    tally.tell(&bad, &campaign.value.currency);
    Ok(Verdict::of(bad.count() == 0))
}

/// What came of a block.
#[derive(Default)]
struct Done {
    /// The lines of the answer.
    rows: Vec<u8>,
    /// How many lines it had.
    lines: u64,
    /// The bad ones, from 1, and what is wrong with them.
    bad: Vec<(u64, Vec<String>)>,
    tally: Tally,
}

impl Done {
    fn of(block: Block, planner: &mut Planner<'_>, campaign: &Campaign, now: Timestamp, held: bool) -> Self {
        let mut done = Self::default();
        let bytes = match block {
            Block::Lines(bytes) => bytes,
            Block::TooLong => {
                let reason = format!("the line is longer than {} MB", MAX_BYTES >> 20);
                return Self { lines: 1, bad: vec![(1, vec![reason])], ..done };
            }
        };
        done.rows.reserve(bytes.len() / 2);
        let mut take = |line: Result<&str, &str>| {
            done.lines += 1;
            match line.map_err(|reason| vec![reason.to_owned()]).and_then(|line| read(line, now)) {
                Ok(None) => {}
                Ok(Some((id, profile))) => {
                    let plan = planner.plan(&profile, decide::seed(&subject(&id), campaign));
                    done.tally.note(&plan);
                    if plan.send || held {
                        row(&mut done.rows, &id, &plan, campaign);
                    }
                }
                Err(reasons) => done.bad.push((done.lines, reasons)),
            }
        };
        match str::from_utf8(&bytes) {
            Ok(text) => text.split_inclusive('\n').for_each(|line| take(Ok(line))),
            Err(_) => bytes
                .split_inclusive(|byte| *byte == b'\n')
                .for_each(|line| take(str::from_utf8(line).map_err(|_| "the line is not UTF-8 text"))),
        }
        done
    }
}

/// The id and the profile of a line; none when it is blank.
fn read(line: &str, now: Timestamp) -> Result<Option<(String, Profile)>, Vec<String>> {
    let text = line.trim_start_matches('\u{feff}').trim_end();
    if text.is_empty() {
        return Ok(None);
    }
    let read = fields::parse(text, now).map(Some);
    read.map_err(|errors| errors.iter().map(ToString::to_string).collect())
}

/// What stands here for the random subject by which the Worker draws: sixteen bytes of the id's hash.
fn subject(id: &str) -> [u8; 16] {
    let hash = fnv1a(id.as_bytes());
    ((u128::from(hash) << 64) | u128::from(mix(hash))).to_be_bytes()
}

/// Writes the line of one profile.
fn row(out: &mut Vec<u8>, id: &str, plan: &Plan, campaign: &Campaign) {
    out.extend_from_slice(b"{\"id\":");
    json(out, id);
    if !plan.send {
        out.extend_from_slice(b",\"send\":false,\"cause\":");
        json(out, plan.cause.unwrap_or("value"));
        moment(out, "next", plan.next);
        out.extend_from_slice(b"}\n");
        return;
    }
    out.extend_from_slice(b",\"send\":true,\"channel\":");
    json(out, plan.channel.name());
    if let Some(fallback) = plan.fallback {
        out.extend_from_slice(b",\"fallback\":");
        json(out, fallback.name());
    }
    moment(out, "at", Some(plan.at));
    out.extend_from_slice(b",\"show\":{");
    let mut first = true;
    for (i, slot) in campaign.slots.iter().enumerate() {
        let variant = plan.content.shown(i).and_then(|v| slot.variants.get(usize::from(v)));
        let Some(variant) = variant else { continue };
        if !std::mem::take(&mut first) {
            out.push(b',');
        }
        json(out, &slot.name.name);
        out.push(b':');
        json(out, &variant.id.name);
    }
    out.push(b'}');
    if let Some(cause) = plan.cause {
        out.extend_from_slice(b",\"cause\":");
        json(out, cause);
    }
    if let Some(value) = plan.value {
        out.extend_from_slice(b",\"value\":");
        json(out, &((value * 1e4).round() / 1e4));
    }
    out.extend_from_slice(b",\"probability\":");
    json(out, &plan.content.probability);
    if let Some(left) = plan.left {
        out.extend_from_slice(b",\"left\":");
        json(out, &left);
    }
    out.extend_from_slice(b"}\n");
}

fn moment(out: &mut Vec<u8>, name: &str, at: Option<Timestamp>) {
    if let Some(at) = at {
        // writing into memory can't fail
        let _ = write!(out, ",\"{name}\":\"{at}\"");
    }
}

/// Writes a text, escaped, or a number.
fn json<T: serde::Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) {
    let _ = serde_json::to_writer(out, value);
}

/// What a plan comes to.
#[derive(Default)]
struct Tally {
    /// Messages to send, per channel.
    send: BTreeMap<&'static str, usize>,
    /// What they are expected to be worth together, in money.
    value: f64,
    /// Profiles held back, by the cause.
    held: BTreeMap<&'static str, usize>,
}

impl Tally {
    fn note(&mut self, plan: &Plan) {
        if plan.send {
            *self.send.entry(Channel::name(plan.channel)).or_default() += 1;
            self.value += plan.value.unwrap_or_default();
        } else {
            *self.held.entry(plan.cause.unwrap_or("value")).or_default() += 1;
        }
    }

    fn add(&mut self, other: Self) {
        for (channel, n) in other.send {
            *self.send.entry(channel).or_default() += n;
        }
        for (cause, n) in other.held {
            *self.held.entry(cause).or_default() += n;
        }
        self.value += other.value;
    }

    fn profiles(&self) -> usize {
        self.send.values().chain(self.held.values()).sum()
    }

    fn tell(&self, bad: &BadLines, currency: &str) {
        let profiles = self.profiles();
        report::say(bad.summary(&count(profiles, "profile")));
        let (send, held): (usize, usize) = (self.send.values().sum(), self.held.values().sum());
        let row = |depth: usize, name: &str, n: usize, style| {
            let share = percent(n as f64 / profiles.max(1) as f64);
            let name = paint(style, padded(&name.replace('_', " "), 22 - 2 * depth));
            report::say(format_args!("{}{name} {:>12} {share:>7}", "  ".repeat(depth), grouped(n)));
        };
        row(1, "send", send, GOOD);
        for (channel, n) in sorted(&self.send) {
            row(2, channel, n, DIM);
        }
        row(1, "hold", held, BAD);
        for (cause, n) in sorted(&self.held) {
            row(2, cause, n, DIM);
        }
        let worth = format!("{} {currency}", grouped(self.value.max(0.0).round() as usize));
        report::say(format_args!("  {} {worth:>16}", padded("expected value", 22)));
    }
}

/// The largest first.
fn sorted(counts: &BTreeMap<&'static str, usize>) -> Vec<(&'static str, usize)> {
    let mut counts: Vec<_> = counts.iter().map(|(name, n)| (*name, *n)).collect();
    counts.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    counts
}

/// Tells how far the command has come, and how fast.
struct Progress {
    began: Instant,
    told: Instant,
}

impl Progress {
    fn begin() -> Self {
        let now = Instant::now();
        Self { began: now, told: now }
    }

    fn tell(&mut self, profiles: usize) {
        if self.told.elapsed() < TICK {
            return;
        }
        self.told = Instant::now();
        let rate = profiles as f64 / self.began.elapsed().as_secs_f64();
        report::progress(&format!("{} profiles · {}/s …", grouped(profiles), grouped(rate as usize)));
    }
}
