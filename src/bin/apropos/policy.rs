//! `apropos policy`: who should get which treatment, or none, learnt from a randomised trial.

use crate::Verdict;
use crate::frame;
use crate::input::Input;
use crate::output::Output;
use crate::report::{note, say};
use crate::text::{DIM, GOOD, HEAD, NOTE, count, examples, padded, paint, percent};
use anyhow::{Result, anyhow, bail};
use apropos::learn::frame::Frame;
use apropos::learn::uplift::columns::texts;
use apropos::learn::uplift::measure::Trials;
use apropos::learn::uplift::policy::{Measured, Policy, Prices};
use apropos::learn::uplift::{self, Propensity, Roles, Trial};
use std::io::Write;
use std::path::PathBuf;

/// Learn who should get which treatment, or none, from a randomised trial; and choose by it
///
/// A policy says what each treatment adds to the probability of an outcome, for whom. `apropos train` makes a model instead: how probable an outcome is,
/// whatever was done.
#[derive(clap::Subcommand)]
pub enum Command {
    Train(TrainArgs),
    Choose(ChooseArgs),
}

/// Learn a policy from a table of who was given what and what came of it
///
/// All columns are read but those named here, the column `row`, ids and constants. A column that came after the treatment, such as money spent, would tell the
/// answer: leave it out with --drop.
#[derive(clap::Args)]
#[command(after_help = examples(&[
    ("Two mails and none, one third each", "apropos policy train --data trial.csv.gz --treatment segment --none \"No E-Mail\" --outcome visit --drop conversion,spend --out policy.json"),
    ("A purchase brings 10, a send costs 0.15", "apropos policy train --data promo.csv --treatment promotion --none No --outcome purchase --value 10 --costs 0.15 --out policy.json"),
]))]
pub struct TrainArgs {
    #[command(flatten)]
    table: TableArgs,
    /// What an outcome is worth; costs are in the same coin
    #[arg(long, default_value_t = 1.0, value_parser = amount)]
    value: f64,
    /// What a treatment costs: the costs at which the policy is measured, and prudence chosen
    #[arg(long, value_name = "COST,…", value_delimiter = ',', default_value = "0", value_parser = amount)]
    costs: Vec<f64>,
    /// Where the policy goes; standard output when left out
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// What the columns of a trial mean; `apropos evaluate` asks the same.
#[derive(clap::Args)]
pub struct TableArgs {
    /// The trial: a CSV; gzip is fine; - is standard input
    #[arg(long, value_name = "FILE")]
    pub data: PathBuf,
    /// The column that tells what was given
    #[arg(long, value_name = "COLUMN")]
    pub treatment: String,
    /// What stands there for none: action 0
    #[arg(long, value_name = "VALUE")]
    pub none: String,
    /// What stands there for treatments: actions 1, 2, … in this order; in that of their alphabet when left out
    #[arg(long, value_name = "VALUE,…", value_delimiter = ',')]
    pub treatments: Vec<String>,
    /// The column of the outcome: 0 or 1, no or yes
    #[arg(long, value_name = "COLUMN")]
    pub outcome: String,
    /// The probability with which each was given: a number such as 1/3, or the column that tells it; the shares in the table when left out
    #[arg(long, value_name = "NUMBER|COLUMN")]
    pub propensity: Option<String>,
    /// Columns not to be read
    #[arg(long, value_name = "COLUMN,…", value_delimiter = ',')]
    pub drop: Vec<String>,
    /// Another number cuts the table into other parts for cross-validation
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

/// Choose for every row of a table: a treatment, or none
///
/// With --costs, a line per row and cost: `row,cost,action`. With --cost, a line per row: `row,action`, or `row,send` when there is but one treatment.
/// Action 0 is none; the others are numbered as the policy lists its treatments. `row` is the table's column of that name, or the place of the row from 0.
#[derive(clap::Args)]
#[command(after_help = examples(&[
    ("At several costs", "apropos policy choose --policy policy.json --data customers.csv.gz --costs 0,0.02,0.05 --out choices.csv"),
    ("Send, or suppress", "apropos policy choose --policy policy.json --data customers.csv --value 10 --cost 0.15 --out sends.csv"),
]))]
pub struct ChooseArgs {
    /// The policy
    #[arg(long, value_name = "FILE")]
    policy: PathBuf,
    /// The customers: a CSV with the columns that the policy reads
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
    /// What an outcome is worth
    #[arg(long, default_value_t = 1.0, value_parser = amount)]
    value: f64,
    /// What a treatment costs
    #[arg(long, value_parser = amount, conflicts_with = "costs", required_unless_present = "costs")]
    cost: Option<f64>,
    /// Several costs
    #[arg(long, value_name = "COST,…", value_delimiter = ',', value_parser = amount)]
    costs: Vec<f64>,
    /// How many standard errors of its effect a treatment must win by to be an exception; the policy's own when left out
    #[arg(long, value_name = "ERRORS", allow_negative_numbers = true)]
    prudence: Option<f64>,
    /// Where the choices go; standard output when left out
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Runs the command.
pub fn run(command: &Command) -> Result<Verdict> {
    match command {
        Command::Train(args) => train(args),
        Command::Choose(args) => choose(args),
    }
}

fn train(args: &TrainArgs) -> Result<Verdict> {
    let trial = trial(&frame::read(&args.table.data)?, &args.table)?;
    let learnt = uplift::learn(&trial, args.table.seed).map_err(|e| anyhow!(e))?;
    for unread in &learnt.unread {
        note(&format!("column {:?} is not read: {}", unread.column, unread.why));
    }
    let mut policy = learnt.policy;
    let trials = Trials::of(&trial, args.table.seed).map_err(|e| anyhow!(e))?;
    (policy.prudence, policy.measured) =
        trials.measure(args.value, &args.costs).map_err(|e| anyhow!("{}: {e}", args.table.data.display()))?;
    let mut out = Output::to(args.out.as_deref())?;
    writeln!(out, "{}", serde_json::to_string_pretty(&policy)?)?;
    out.finish()?;
    tell(&policy, &trial);
    Ok(Verdict::Sound)
}

/// A trial from a table.
pub fn trial(frame: &Frame, args: &TableArgs) -> Result<Trial> {
    let propensity = match &args.propensity {
        None => Propensity::Shares,
        Some(text) => fraction(text).map_or_else(|| Propensity::Column(text.clone()), Propensity::Same),
    };
    let roles = Roles {
        treatment: args.treatment.clone(),
        none: args.none.clone(),
        treatments: args.treatments.clone(),
        outcome: args.outcome.clone(),
        propensity,
        drop: args.drop.clone(),
    };
    Trial::read(frame, &roles).map_err(|e| anyhow!("{}: {e}", args.data.display()))
}

fn tell(policy: &Policy, trial: &Trial) {
    let width = policy.treatments.iter().map(|t| t.name.chars().count()).max().unwrap_or_default();
    for treatment in &policy.treatments {
        let e = &treatment.effect;
        say(format_args!(
            "{}  adds {:+.4} ± {:.4} · kept {} of that, {} of what is personal",
            paint(HEAD, padded(&treatment.name, width)),
            e.mean,
            1.96 * e.error,
            percent(e.kept_mean),
            percent(e.kept_personal)
        ));
    }
    for Measured { cost, value, interval, constant, gain, suppressed } in &policy.measured {
        let sign = if gain[0] > 1.96 * gain[1] { GOOD } else { NOTE };
        say(format_args!(
            "cost {cost:<6} value {value:.4} {} · best for all alike {constant:.4} · {} · {} left alone",
            paint(DIM, format_args!("[{:.4}, {:.4}]", interval[0], interval[1])),
            paint(sign, format_args!("gain {:+.4} ± {:.4}", gain[0], 1.96 * gain[1])),
            percent(*suppressed)
        ));
    }
    let done = format!("learnt from {}, prudence {}", count(trial.rows(), "customer"), policy.prudence);
    say(format_args!("{} {done}", paint(GOOD, "✓")));
}

fn choose(args: &ChooseArgs) -> Result<Verdict> {
    let text = Input::open(&args.policy)?.text()?;
    let mut policy = Policy::parse(&text).map_err(|e| anyhow!("{}: {e}", args.policy.display()))?;
    policy.prudence = args.prudence.unwrap_or(policy.prudence);
    let frame = frame::read(&args.data)?;
    let effects = policy.effects(&frame).map_err(|column| lacking(args, &frame, &column))?;
    let rows = frame.column("row").map_or_else(|| (0..frame.rows()).map(|i| i.to_string()).collect(), texts);
    let mut out = Output::to(args.out.as_deref())?;
    let header = match (args.cost, policy.treatments.len()) {
        (Some(_), 1) => "row,send",
        (Some(_), _) => "row,action",
        (None, _) => "row,cost,action",
    };
    writeln!(out, "{header}")?;
    let costs = args.cost.map_or_else(|| args.costs.clone(), |cost| vec![cost]);
    let prices: Vec<Prices> = costs
        .iter()
        .map(|cost| Prices {
            value: args.value,
            costs: vec![*cost; policy.treatments.len()],
            prudence: policy.prudence,
        })
        .collect();
    let mut alone = vec![0usize; costs.len()];
    for (row, effects) in rows.iter().zip(&effects) {
        for ((cost, prices), alone) in costs.iter().zip(&prices).zip(&mut alone) {
            let action = policy.choose(effects, prices);
            *alone += usize::from(action == 0);
            match args.cost {
                Some(_) => writeln!(out, "{row},{action}")?,
                None => writeln!(out, "{row},{cost},{action}")?,
            }
        }
    }
    out.finish()?;
    for (cost, alone) in costs.iter().zip(&alone) {
        let share = percent(*alone as f64 / effects.len().max(1) as f64);
        say(format_args!("cost {cost:<6} {share} left alone"));
    }
    say(format_args!("{} chose for {}", paint(GOOD, "✓"), count(effects.len(), "customer")));
    Ok(Verdict::Sound)
}

fn lacking(args: &ChooseArgs, frame: &Frame, column: &str) -> anyhow::Error {
    let known: Vec<_> = frame.columns.iter().map(|c| c.name.as_str()).collect();
    anyhow!(
        "{} has no column {column:?}, which the policy reads; it has {}",
        args.data.display(),
        known.join(", ")
    )
}

/// Reads an amount: a finite number, not below 0.
pub fn amount(text: &str) -> Result<f64> {
    match text.trim().parse::<f64>() {
        Ok(n) if n.is_finite() && n >= 0.0 => Ok(n),
        _ => bail!("not an amount such as 0.15"),
    }
}

/// `1/3` or `0.25`.
fn fraction(text: &str) -> Option<f64> {
    match text.split_once('/') {
        Some((a, b)) => Some(a.trim().parse::<f64>().ok()? / b.trim().parse::<f64>().ok()?),
        None => text.trim().parse().ok(),
    }
}
