//! `apropos evaluate`: what policies would have brought, told from what was done with known probabilities.

use crate::Verdict;
use crate::chart::{Curve, Page, intervals};
use crate::events;
use crate::frame;
use crate::input::Input;
use crate::output::Output;
use crate::policy::{TableArgs, amount, trial};
use crate::report::{note, say};
use crate::text::{BAD, GOOD, HEAD, count, examples, padded, paint, percent};
use anyhow::{Context as _, Result, anyhow, bail};
use apropos::learn::frame::{Frame, Values};
use apropos::learn::offpolicy::{Estimate, Log, Method, Refusal, Threshold, Value, best, thresholds};
use apropos::learn::qini;
use apropos::learn::uplift::columns::texts;
use apropos::learn::uplift::policy::{Policy, Prices};
use apropos::learn::uplift::{Trial, nuisance};
use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Judge policies before they go live, on what was done with known probabilities
///
/// Tells what each would have brought, with 95 % intervals, and refuses by name what the log can't tell. Judge a policy on customers it was not learnt from.
#[derive(clap::Subcommand)]
pub enum Command {
    Trial(TrialArgs),
    Log(events::Args),
}

/// On a table of who was given what and what came of it
#[derive(clap::Args)]
#[command(after_help = examples(&[
    ("A policy against every treatment for all", "apropos evaluate trial --data trial.csv.gz --treatment segment --none \"No E-Mail\" --outcome visit --propensity 1/3 --drop conversion,spend --policy policy.json --costs 0,0.05,0.1 --html report.html"),
    ("Somebody else's choices", "apropos evaluate trial --data promo.csv --treatment promotion --none No --outcome purchase --choices theirs.csv --value 10 --costs 0.15"),
]))]
pub struct TrialArgs {
    #[command(flatten)]
    table: TableArgs,
    /// A policy file; may be given several times, the first is compared with the rest
    #[arg(long, value_name = "FILE")]
    policy: Vec<PathBuf>,
    /// Choices: a CSV with the columns row and action (or send), and cost if they differ by it; may be given several times
    #[arg(long, value_name = "FILE")]
    choices: Vec<PathBuf>,
    /// What an outcome is worth
    #[arg(long, default_value_t = 1.0, value_parser = amount)]
    value: f64,
    /// What a treatment costs
    #[arg(long, value_name = "COST,…", value_delimiter = ',', default_value = "0", value_parser = amount)]
    costs: Vec<f64>,
    /// Write a report with charts
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

/// Runs the command.
pub fn run(command: &Command) -> Result<Verdict> {
    match command {
        Command::Trial(args) => on_trial(args),
        Command::Log(args) => events::run(args),
    }
}

/// A policy under judgement.
pub struct Judged {
    /// What it is called.
    pub name: String,
    /// What it would have brought, or why that can't be told.
    pub value: Result<Value, Refusal>,
    /// The share of decisions in which it does nothing.
    pub alone: f64,
    /// How much more the first policy brings.
    pub behind: Option<Estimate>,
}

/// Judges policies, each by its name and choices, on a log.
pub fn judge(log: &Log<'_>, policies: &[(String, Vec<usize>)]) -> Vec<Judged> {
    let method = if log.told.is_some() { Method::Dr } else { Method::Snips };
    let first = policies.first().map(|(_, chosen)| chosen);
    let judged = policies.iter().enumerate().map(|(i, (name, chosen))| Judged {
        name: name.clone(),
        value: log.value(chosen),
        alone: chosen.iter().filter(|c| **c == 0).count() as f64 / chosen.len().max(1) as f64,
        behind: first.filter(|_| i > 0).and_then(|first| log.difference(first, chosen, method).ok()),
    });
    judged.collect()
}

/// The estimate that counts most: doubly robust where there is one.
fn chief(value: &Value) -> Estimate {
    value.dr.unwrap_or(value.snips)
}

/// The heads of [`rows`].
pub const HEADS: [&str; 7] =
    ["policy", "value, 95 %", "IPS", "SNIPS", "effective rows", "left alone", "first is better by"];

/// What is told of policies, as text.
pub fn rows(judged: &[Judged]) -> Vec<Vec<String>> {
    let one = |j: &Judged| {
        let behind = j.behind.map_or_else(String::new, |d| format!("{:+.4} ± {:.4}", d.mean, 1.96 * d.error));
        let told = match &j.value {
            Ok(value) => {
                let [low, high] = chief(value).interval();
                vec![
                    format!("{:.4} [{low:.4}, {high:.4}]", chief(value).mean),
                    format!("{:.4}", value.ips.mean),
                    format!("{:.4}", value.snips.mean),
                    format!("{:.0}", value.sample),
                ]
            }
            Err(refusal) => vec![refusal.name().to_owned(), "–".into(), "–".into(), "–".into()],
        };
        std::iter::once(j.name.clone()).chain(told).chain([percent(j.alone), behind]).collect()
    };
    judged.iter().map(one).collect()
}

/// Writes a table for people, and why what can't be told can't be.
pub fn tell(out: &mut impl Write, title: &str, judged: &[Judged]) -> Result<()> {
    let rows = rows(judged);
    let width = |i: usize| {
        rows.iter()
            .filter_map(|row| row.get(i))
            .map(|cell| cell.chars().count())
            .chain([HEADS[i].len()])
            .max()
    };
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let padded = cells.enumerate().map(|(i, cell)| padded(cell, width(i).unwrap_or_default()));
        padded.collect::<Vec<_>>().join("  ")
    };
    writeln!(out, "{title}")?;
    writeln!(out, "  {}", line(&mut HEADS.iter().copied()).trim_end())?;
    for row in &rows {
        writeln!(out, "  {}", line(&mut row.iter().map(String::as_str)).trim_end())?;
    }
    for j in judged {
        if let Err(refusal) = &j.value {
            say(format_args!("{} {}: {refusal} ({})", paint(BAD, "✗"), paint(HEAD, &j.name), refusal.name()));
        }
    }
    Ok(())
}

/// Adds policies to a report: their values as intervals, then all figures.
pub fn draw(page: &mut Page, title: &str, judged: &[Judged]) {
    page.section(title, "The mean per customer and its 95 % interval. Intervals may overlap although the difference is sure: the last column compares row by row.");
    let known = judged.iter().filter_map(|j| j.value.as_ref().ok().map(|value| (j, chief(value))));
    let bars: Vec<_> = known.map(|(j, e)| (j.name.clone(), e.mean, e.interval())).collect();
    if !bars.is_empty() {
        page.chart(&intervals(title, &bars));
    }
    page.table(&HEADS, &rows(judged));
}

/// Writes a report.
pub fn write(page: Page, path: &Path) -> Result<()> {
    let mut out = Output::to(Some(path))?;
    out.write_all(page.finish().as_bytes())?;
    out.finish()
}

fn on_trial(args: &TrialArgs) -> Result<Verdict> {
    let frame = frame::read(&args.table.data)?;
    let trial = trial(&frame, &args.table)?;
    let told = nuisance(&trial, args.table.seed).map_err(|e| anyhow!(e))?;
    let sources = sources(args, &frame, &trial)?;
    let about = format!(
        "{}, outcome “{}” worth {}. Values are doubly robust where they can be.",
        count(trial.rows(), "customer"),
        args.table.outcome,
        args.value
    );
    let mut page = Page::new("What policies would have brought", &about);
    let mut out = Output::to(None)?;
    let mut sound = true;
    for cost in &args.costs {
        let spent = |arm: usize| if arm > 0 { *cost } else { 0.0 };
        let reward: Vec<f64> =
            trial.outcome.iter().zip(&trial.given).map(|(y, arm)| args.value * y - spent(*arm)).collect();
        let net =
            |row: &Vec<f64>| row.iter().enumerate().map(|(arm, p)| args.value * p - spent(arm)).collect();
        let expected: Vec<Vec<f64>> = told.iter().map(net).collect();
        let log = Log { given: &trial.given, logged: &trial.logged, reward: &reward, told: Some(&expected) };
        let mut policies = Vec::new();
        for source in &sources {
            policies.push((source.name.clone(), source.at(*cost, args.value, &trial)?));
        }
        policies.extend(constants(&trial));
        let judged = judge(&log, &policies);
        sound &= judged.iter().take(sources.len()).all(|j| j.value.is_ok());
        let title = format!("At a cost of {cost}");
        tell(&mut out, &title, &judged)?;
        draw(&mut page, &title, &judged);
        for source in &sources {
            suppression(&mut out, &mut page, source, &log, args.value, *cost)?;
        }
    }
    for source in &sources {
        ranking(&mut out, &mut page, source, &trial)?;
    }
    out.finish()?;
    if let Some(path) = &args.html {
        write(page, path)?;
        say(format_args!("{} wrote {}", paint(GOOD, "✓"), path.display()));
    }
    Ok(Verdict::of(sound))
}

fn constants(trial: &Trial) -> impl Iterator<Item = (String, Vec<usize>)> {
    let names = std::iter::once("none").chain(trial.treatments.iter().map(String::as_str));
    names.enumerate().map(|(arm, name)| (format!("{name} for all"), vec![arm; trial.rows()]))
}

/// Where choices come from.
struct Source {
    name: String,
    kind: Kind,
}

enum Kind {
    /// A policy, and what it says each treatment adds for each row.
    Policy(Policy, Vec<Vec<f64>>),
    /// Choices row by row, by the spelling of their cost if they have one.
    Choices(HashMap<Option<u64>, Vec<usize>>),
}

impl Source {
    fn at(&self, cost: f64, value: f64, trial: &Trial) -> Result<Vec<usize>> {
        match &self.kind {
            Kind::Policy(policy, effects) => {
                let costs = vec![cost; trial.treatments.len()];
                let prices = Prices { value, costs, prudence: policy.prudence };
                Ok(effects.iter().map(|e| policy.choose(e, &prices)).collect())
            }
            Kind::Choices(all) => {
                let found = all.get(&Some(cost.to_bits())).or_else(|| all.get(&None));
                found.cloned().with_context(|| format!("{} has no choices at a cost of {cost}", self.name))
            }
        }
    }
}

fn sources(args: &TrialArgs, frame: &Frame, trial: &Trial) -> Result<Vec<Source>> {
    let mut sources = Vec::new();
    for path in &args.policy {
        let text = Input::open(path)?.text()?;
        let policy = Policy::parse(&text).map_err(|e| anyhow!("{}: {e}", path.display()))?;
        let names: Vec<_> = policy.treatments.iter().map(|t| t.name.as_str()).collect();
        if names != trial.treatments {
            bail!(
                "{} has the treatments {}, the table {}; name them in the policy's order with --treatments",
                path.display(),
                names.join(", "),
                trial.treatments.join(", ")
            );
        }
        if policy.rows == trial.rows() {
            note(&format!(
                "{} was learnt from as many rows as these; if they are the same, its value is flattered",
                path.display()
            ));
        }
        let effects = policy.effects(frame);
        let effects =
            effects.map_err(|c| anyhow!("the table has no column {c:?}, which {} reads", path.display()))?;
        sources.push(Source { name: stem(path), kind: Kind::Policy(policy, effects) });
    }
    for path in &args.choices {
        sources.push(Source { name: stem(path), kind: Kind::Choices(choices(path, frame, trial)?) });
    }
    Ok(sources)
}

fn stem(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.split('.').next().unwrap_or_default().to_owned()
}

/// Choices for every row of the table, by their cost.
fn choices(path: &Path, frame: &Frame, trial: &Trial) -> Result<HashMap<Option<u64>, Vec<usize>>> {
    let table = frame::read(path)?;
    let column = |name: &str| {
        let found = table.column(name);
        found.with_context(|| {
            format!("{} has no column {name:?}: choices have row and action (or send)", path.display())
        })
    };
    let numbers = |name: &str| match &column(name)?.values {
        Values::Numbers(numbers) => Ok(numbers.clone()),
        Values::Names(..) => bail!("{}: column {name:?} must hold numbers", path.display()),
    };
    let actions = if table.column("action").is_some() { numbers("action")? } else { numbers("send")? };
    let costs: Vec<Option<u64>> = match table.column("cost") {
        Some(_) => numbers("cost")?.iter().map(|cost| Some(cost.to_bits())).collect(),
        None => vec![None; table.rows()],
    };
    let mut all: HashMap<Option<u64>, HashMap<String, usize>> = HashMap::new();
    for ((row, action), cost) in texts(column("row")?).into_iter().zip(actions).zip(costs) {
        if action.fract() != 0.0 || action < 0.0 || action > trial.treatments.len() as f64 {
            bail!(
                "{}: action {action} of row {row} is none of 0 to {}",
                path.display(),
                trial.treatments.len()
            );
        }
        all.entry(cost).or_default().insert(row, action as usize);
    }
    let rows = frame.column("row").map_or_else(|| (0..frame.rows()).map(|i| i.to_string()).collect(), texts);
    let complete = |(cost, chosen): (Option<u64>, HashMap<String, usize>)| {
        let one = |row: &String| {
            chosen
                .get(row)
                .copied()
                .with_context(|| format!("{} has no choice for row {row}", path.display()))
        };
        Ok((cost, rows.iter().map(one).collect::<Result<Vec<_>>>()?))
    };
    all.into_iter().map(complete).collect()
}

/// Tells at which share of customers treated the gain is highest, if the most persuadable are treated first.
fn suppression(
    out: &mut impl Write,
    page: &mut Page,
    source: &Source,
    log: &Log<'_>,
    value: f64,
    cost: f64,
) -> Result<()> {
    let Kind::Policy(_, effects) = &source.kind else { return Ok(()) };
    let top = |row: &Vec<f64>| {
        row.iter().enumerate().fold((1, f64::NEG_INFINITY), |(at, most), (arm, effect)| {
            if *effect > most { (arm + 1, *effect) } else { (at, most) }
        })
    };
    let (arms, scores): (Vec<usize>, Vec<f64>) = effects.iter().map(top).unzip();
    let none = vec![0; arms.len()];
    let (Ok(treated), Ok(alone)) = (log.scores(&arms, Method::Dr), log.scores(&none, Method::Dr)) else {
        return Ok(());
    };
    let gains: Vec<f64> = treated.iter().zip(&alone).map(|(a, b)| a - b).collect();
    let curve = thresholds(&scores, &gains, 100);
    let Some(top) = best(&curve) else { return Ok(()) };
    writeln!(
        out,
        "  {}: most is gained by treating {} (effect from {:.4}; break-even is {:.4}): {:+.4} ± {:.4} over none",
        source.name,
        percent(top.treated),
        top.score,
        cost / value,
        top.gain.mean,
        1.96 * top.gain.error
    )?;
    let points: Vec<_> = curve.iter().map(|t| (t.treated, t.gain.mean)).collect();
    let band: Vec<_> = curve.iter().map(|t| t.gain.interval()).map(|[low, high]| (low, high)).collect();
    let all = curve.last().map_or(0.0, |t: &Threshold| t.gain.mean);
    page.section(
        &format!("How many to treat at a cost of {cost}, by {}", source.name),
        "The gain over treating nobody, per customer, with its 95 % band; dashed: the same share treated at random.",
    );
    page.chart(
        &Curve {
            label: "Gain by share of customers treated",
            axis: "gain per customer",
            points: &points,
            band: &band,
            other: &[(0.0, 0.0), (1.0, all)],
            mark: Some((
                (top.treated, top.gain.mean),
                format!("{}: {:+.4}", percent(top.treated), top.gain.mean),
            )),
        }
        .svg(),
    );
    Ok(())
}

/// Tells how well a policy ranks customers, any treatment against none.
fn ranking(out: &mut impl Write, page: &mut Page, source: &Source, trial: &Trial) -> Result<()> {
    let Kind::Policy(_, effects) = &source.kind else { return Ok(()) };
    let scores: Vec<f64> =
        effects.iter().map(|row| row.iter().sum::<f64>() / row.len().max(1) as f64).collect();
    let treated: Vec<bool> = trial.given.iter().map(|arm| *arm > 0).collect();
    let answered: Vec<bool> = trial.outcome.iter().map(|y| *y > 0.5).collect();
    let coefficient = qini::coefficient(&scores, &treated, &answered);
    writeln!(out, "{}: Qini coefficient {coefficient:.4}, any treatment against none", source.name)?;
    let rows = scores.len().max(1) as f64;
    let curve = qini::curve(&scores, &treated, &answered);
    let step = curve.len().div_ceil(300).max(1);
    let kept = curve.iter().enumerate().filter(|(i, _)| i % step == 0 || i + 1 == curve.len());
    let points: Vec<_> = kept.map(|(_, p)| (p.rows as f64 / rows, p.gained)).collect();
    let end = points.last().map_or(0.0, |p| p.1);
    page.section(
        &format!("Qini curve of {}", source.name),
        &format!("Answers gained among the treated, the most persuadable first; dashed: in no order. Coefficient {coefficient:.4}, where 0 is chance."),
    );
    page.chart(
        &Curve {
            label: "Qini curve",
            axis: "answers gained",
            points: &points,
            band: &[],
            other: &[(0.0, 0.0), (1.0, end)],
            mark: None,
        }
        .svg(),
    );
    Ok(())
}
