//! `apropos decide`: decides on this machine, with the very code of the Worker, and tells why.

use crate::Verdict;
use crate::documents::{self, json};
use crate::report;
use crate::text::{
    BAD, DIM, GOOD, HEAD, HINT, NOTE, examples, now, padded, paint, percent, plain, time, window,
};
use crate::texts;
use anstyle::Style;
use anyhow::{Context as _, Result};
use apropos::context::{Context, Request};
use apropos::decide::{Answer, Contribution, Outcome, Planned, Question, Report, SendWindow, answer};
use apropos::intent::Model;
use apropos::profile::{Profile, fields};
use apropos::time::{Span, Timestamp};
use serde_json::{Map, Value};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// How many columns a bar takes.
const BAR: usize = 20;

/// Decide for one person at one moment, and tell why
#[derive(clap::Args)]
#[command(after_help = examples(&[
    ("As a mail opened now", "apropos decide --campaign campaign.json --profile ana.json"),
    ("As a given request at a given moment", "apropos decide --campaign campaign.json --profile ana.json --request open.json --now 2026-11-22T21:30:00Z"),
    ("Before a send: to whom, where, when, what, and how often still", "apropos decide --campaign campaign.json --profile ana.json --send 48h"),
]))]
pub struct Args {
    /// The campaign
    #[arg(long, value_name = "FILE")]
    campaign: PathBuf,
    /// The person's profile, a JSON document as imports have it
    #[arg(long, value_name = "FILE")]
    profile: PathBuf,
    /// The request, as JSON: {"user_agent": …, "asn": …, "country": …, …}; one that tells nothing when left out
    #[arg(long, value_name = "FILE")]
    request: Option<PathBuf>,
    /// What changes while the campaign runs, as JSON: {"budgets": {…}, "stock": {…}, …}; nothing is known when left out
    #[arg(long, value_name = "FILE")]
    live: Option<PathBuf>,
    /// What feeds say, as a JSON object of their documents by name: then the texts are told as well
    #[arg(long, value_name = "FILE", conflicts_with = "send")]
    feeds: Option<PathBuf>,
    /// What the campaign has learned, as `apropos learn` writes it; nothing when left out
    #[arg(long, value_name = "FILE")]
    learned: Option<PathBuf>,
    /// Plan a send within this time instead: all five decisions
    #[arg(long, value_name = "DURATION", value_parser = window, conflicts_with = "request")]
    send: Option<Span>,
    /// The moment; this one when left out
    #[arg(long, value_name = "TIME", value_parser = time)]
    now: Option<Timestamp>,
    /// The person's number for this campaign, which settles the holdout and every draw
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Print the explanation as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<Verdict> {
    let now = args.now.unwrap_or_else(now);
    let Some(campaign) = documents::campaign(&args.campaign)? else { return Ok(Verdict::Problems) };
    let Some(profile) = profile(&args.profile, now)? else { return Ok(Verdict::Problems) };
    let Some(live) = documents::live(args.live.as_deref())? else { return Ok(Verdict::Problems) };
    let Some(learned) = documents::learned(args.learned.as_deref(), &campaign)? else {
        return Ok(Verdict::Problems);
    };
    let Some(feeds) = documents::feeds(args.feeds.as_deref(), now)? else { return Ok(Verdict::Problems) };
    let context = Context::read(&request(args.request.as_deref())?);
    let model = Model::starter().context("the starter model is damaged")?;
    let question = Question {
        live: &live,
        learned: &learned,
        ..Question::new(&campaign, &model, &profile, &context, now, args.seed)
    };
    let out = &mut anstream::stdout().lock();
    let currency = &campaign.value.currency;
    let answer = answer(&question, args.send.map(|within| SendWindow { within }));
    let texts = args.feeds.is_some().then(|| texts::of(&question, &feeds));
    match &answer {
        answer if args.json => writeln!(io::stdout(), "{}", texts::json(answer, texts)?)?,
        Answer::Decision(report) => {
            tell(out, report, currency)?;
            texts::tell(out, &texts.unwrap_or_default())?;
        }
        Answer::Plan(planned) => {
            tell(out, &planned.report, currency)?;
            tell_plan(out, &planned.plan, currency)?;
        }
    }
    Ok(Verdict::Sound)
}

/// The profile; none when it has problems, which are told. It needs no id.
pub fn profile(path: &Path, now: Timestamp) -> Result<Option<Profile>> {
    let mut document: Map<String, Value> = json(path)?;
    document.entry("id").or_insert_with(|| "somebody".into());
    match fields::read(&document, now) {
        Ok((_, profile)) => Ok(Some(profile)),
        Err(errors) => {
            let problems: Vec<_> = errors.into_iter().map(|e| (e.field, e.problem)).collect();
            report::list(&path.display().to_string(), &problems);
            Ok(None)
        }
    }
}

fn request(path: Option<&Path>) -> Result<Request> {
    path.map_or_else(|| Ok(Request::default()), json)
}

fn tell(out: &mut impl Write, e: &Report, currency: &str) -> io::Result<()> {
    writeln!(out, "{}", headline(e))?;
    let about =
        format!("campaign {} · version {} · model {} · {}", e.campaign, e.version, e.model, e.decided_at);
    writeln!(out, "{}\n", paint(DIM, plain(&about)))?;
    for reason in &e.reasons {
        writeln!(out, "  {}", plain(reason))?;
    }
    if let Some(change) = &e.otherwise {
        writeln!(out, "  {}", plain(&change.sentence))?;
    }
    assembly(out, e)?;
    guardrails(out, e)?;
    intent(out, e)?;
    weighed(out, e, currency)?;
    to_recipient(out, e)
}

/// The five decisions, each in a line.
fn tell_plan(out: &mut impl Write, plan: &Planned, currency: &str) -> io::Result<()> {
    heading(out, "Plan", "the five decisions before a send")?;
    let audience = match (plan.audience.send, plan.audience.cause) {
        (true, _) => paint(GOOD, "send"),
        (false, cause) => paint(BAD, format_args!("hold: {}", cause.unwrap_or("value").replace('_', " "))),
    };
    let worth = plan.audience.value.map(|value| format!("worth {value:.2} {currency}"));
    let fallback = plan.channel.fallback.map(|channel| format!("else {}", channel.name()));
    let hour = plan.timing.local_hour.map(|hour| format!("{hour} o'clock where they are"));
    let show: Vec<_> = plan
        .content
        .show
        .iter()
        .map(|(slot, variant)| format!("{slot} {}", variant.as_deref().unwrap_or("nothing")))
        .collect();
    let left = plan.frequency.left.map_or_else(|| "no cap".to_owned(), |left| format!("{left} left"));
    let next = plan.frequency.next.map(|next| format!("the next from {next}"));
    let rows = [
        ("audience", audience, worth),
        ("channel", paint(HINT, plan.channel.first.name()), fallback),
        ("timing", paint(HINT, plan.timing.at), hour),
        ("content", plain(&show.join(", ")), Some(percent(plan.content.probability))),
        ("frequency", left, next),
    ];
    for (name, value, note) in rows {
        let note = note.map(|note| paint(DIM, format_args!("  {note}"))).unwrap_or_default();
        writeln!(out, "  {}  {value}{note}", padded(name, 9))?;
    }
    Ok(())
}

fn headline(e: &Report) -> String {
    let (style, word) = match e.outcome {
        Outcome::Show => (GOOD, "show"),
        Outcome::Suppress => (BAD, "suppress"),
        Outcome::HoldOut => (NOTE, "hold out"),
        Outcome::FallBack => (NOTE, "fall back"),
    };
    let how = match e.cause {
        Some(cause) => format!("settled by {}", cause.replace('_', " ")),
        None => format!("chosen with a probability of {}", percent(e.probability)),
    };
    format!("{}  {}", paint(style.invert(), format_args!(" {} ", word.to_uppercase())), paint(HEAD, how))
}

fn heading(out: &mut impl Write, title: &str, note: &str) -> io::Result<()> {
    let note = if note.is_empty() { String::new() } else { paint(DIM, format_args!("  {note}")) };
    writeln!(out, "\n{}{note}", paint(HEAD, title))
}

fn assembly(out: &mut impl Write, e: &Report) -> io::Result<()> {
    heading(out, "Shown", "")?;
    let width = widest(e.assembly.iter().map(|filled| filled.slot.as_str()));
    for filled in &e.assembly {
        let variant = match &filled.variant {
            Some(variant) => paint(HINT, variant),
            None => paint(DIM, "nothing"),
        };
        writeln!(out, "  {}  {variant}", padded(&filled.slot, width))?;
    }
    Ok(())
}

fn guardrails(out: &mut impl Write, e: &Report) -> io::Result<()> {
    heading(out, "Guardrails", "")?;
    let width = widest(e.guardrails.iter().map(|reason| reason.name));
    for reason in &e.guardrails {
        let mark = match reason.verdict {
            "pass" => paint(GOOD, "✓"),
            "narrow" => paint(NOTE, "◐"),
            _ => paint(BAD, "✗"),
        };
        writeln!(out, "  {mark} {}  {}", padded(&reason.name.replace('_', " "), width), plain(&reason.note))?;
    }
    Ok(())
}

/// What to say to the recipient.
fn to_recipient(out: &mut impl Write, e: &Report) -> io::Result<()> {
    heading(out, "Why do I see this?", "what the recipient is told")?;
    for sentence in &e.for_recipient {
        writeln!(out, "  {}", plain(sentence))?;
    }
    Ok(())
}

/// Bars of what the model expects, each with the signals that moved it most.
fn intent(out: &mut impl Write, e: &Report) -> io::Result<()> {
    heading(out, "Intent", "with what each signal adds, in log-odds")?;
    let width = widest(e.intent.iter().map(|expectation| expectation.head));
    for expectation in &e.intent {
        let mut signals: Vec<_> = expectation.signals.iter().collect();
        signals.sort_by(|a, b| b.effect.abs().total_cmp(&a.effect.abs()));
        let told: Vec<_> = signals.iter().take(3).map(|signal| contribution(signal)).collect();
        let (head, value) = (padded(expectation.head, width), percent(expectation.value));
        write!(out, "  {head}  {} {value:>6}", bar(expectation.value, HINT))?;
        let told =
            if told.is_empty() { String::new() } else { paint(DIM, format_args!("  {}", told.join(", "))) };
        writeln!(out, "{told}")?;
    }
    Ok(())
}

/// `discount share 1 (+1.80)`.
fn contribution(signal: &Contribution) -> String {
    let value = match &signal.value {
        Value::Null => "unknown".to_owned(),
        Value::Number(n) => {
            format!("{:.1}", n.as_f64().unwrap_or_default()).trim_end_matches(".0").to_owned()
        }
        Value::String(text) => plain(text),
        value => value.to_string(),
    };
    format!("{} {value} ({:+.2})", signal.name.replace('_', " "), signal.effect)
}

fn weighed(out: &mut impl Write, e: &Report, currency: &str) -> io::Result<()> {
    let Some(worth) = e.worth.filter(|_| !e.weighed.is_empty()) else { return Ok(()) };
    heading(out, "Weighed", &format!("the best message is worth {worth:.2} {currency}"))?;
    let arms = e.weighed.iter().flat_map(|weighed| &weighed.variants);
    let (slot, id) =
        (widest(e.weighed.iter().map(|w| w.slot.as_str())), widest(arms.map(|arm| arm.id.as_str())));
    for weighed in &e.weighed {
        let mut name = weighed.slot.as_str();
        for arm in &weighed.variants {
            let (mark, style) = if arm.chosen { (paint(GOOD, "▸"), GOOD) } else { (" ".to_owned(), DIM) };
            writeln!(
                out,
                "  {}  {mark} {}  {} {:>6}  {}",
                padded(name, slot),
                paint(style, padded(&arm.id, id)),
                bar(arm.probability, style),
                percent(arm.probability),
                paint(DIM, format_args!("{:+.3} {currency}", arm.utility))
            )?;
            name = "";
        }
    }
    let lessons = e.weighed.iter().flat_map(|w| &w.variants).filter_map(|arm| arm.learned.as_ref());
    for (i, lesson) in lessons.enumerate() {
        if i == 0 {
            heading(out, "Learned", "by what came of earlier exposures")?;
        }
        writeln!(out, "  {}", plain(&lesson.sentence))?;
    }
    Ok(())
}

fn widest<'a>(names: impl Iterator<Item = &'a str>) -> usize {
    names.map(|name| name.chars().count()).max().unwrap_or_default()
}

/// A share of 1 as a bar, to an eighth of a column.
fn bar(share: f64, style: Style) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (share.clamp(0.0, 1.0) * (BAR * 8) as f64).round() as usize;
    let full = "█".repeat(eighths / 8) + PARTS[eighths % 8];
    let rest = "·".repeat(BAR - full.chars().count());
    paint(style, full) + &paint(DIM, rest)
}
