//! `apropos publish`: checks a campaign here, then gives it to the Worker.

use crate::check::holds;
use crate::input::Input;
use crate::server::{Answer, Server, told};
use crate::text::{BAD, GOOD, count, examples, paint};
use crate::{Verdict, report};
use anyhow::{Context, Result, bail};
use apropos::campaign::{Campaign, Problem};
use std::io::Write;
use std::path::PathBuf;

/// Check a campaign and publish it
#[derive(clap::Args)]
#[command(after_help = examples(&[
    ("Mails already sent follow the new version at once", "apropos publish campaign.json --url https://mail.shop.example"),
]))]
pub struct Args {
    /// The campaign; - is standard input
    file: PathBuf,
    /// The Worker's address
    #[arg(long, value_name = "BASE", env = "APROPOS_URL")]
    url: String,
    /// The Worker's ADMIN_SECRET
    #[arg(long, env = "APROPOS_ADMIN_SECRET", hide_env_values = true)]
    secret: String,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<Verdict> {
    let server = Server::new(&args.url, &args.secret)?;
    let input = Input::open(&args.file)?;
    let name = input.name.clone();
    let text = input.text()?;
    let campaign = match Campaign::parse(&text) {
        Ok(campaign) => campaign,
        Err(problems) => return refused(&name, &text, &problems.0),
    };
    let path = format!("/v1/campaigns/{}", campaign.id.name);
    let answer = server.put(&path, "application/json", &text)?;
    match answer.status {
        200..300 => {
            let mut out = anstream::stdout().lock();
            report::warnings(&mut out, &name, &text, &campaign.warnings)?;
            writeln!(out, "{} published {}", paint(GOOD, "✓"), holds(&campaign))?;
            Ok(Verdict::Sound)
        }
        422 => refused(&name, &text, &found(&answer)?),
        status => bail!("the Worker answers {status}: {}", told(&answer.body)),
    }
}

/// The problems that the Worker found and this build didn't: it is of another version.
fn found(answer: &Answer) -> Result<Vec<Problem>> {
    let body: serde_json::Value = serde_json::from_str(&answer.body).unwrap_or_default();
    let problems = body.get("problems").cloned();
    let problems =
        problems.with_context(|| format!("the Worker refused the campaign: {}", told(&answer.body)))?;
    let problems: Result<Vec<Reported>, _> = serde_json::from_value(problems);
    let problems =
        problems.context("the Worker refused the campaign, in a form that this build doesn't know")?;
    Ok(problems.into_iter().map(Problem::from).collect())
}

/// A problem as the Worker writes it.
#[derive(serde::Deserialize)]
struct Reported {
    line: usize,
    column: usize,
    length: usize,
    path: String,
    message: String,
    help: Option<String>,
}

impl From<Reported> for Problem {
    fn from(r: Reported) -> Self {
        let Reported { line, column, length, path, message, help } = r;
        Self { line, column, length, path, message, help }
    }
}

fn refused(name: &str, text: &str, problems: &[Problem]) -> Result<Verdict> {
    let mut out = anstream::stdout().lock();
    report::problems(&mut out, name, text, problems)?;
    writeln!(out, "{}; nothing was published", paint(BAD, count(problems.len(), "problem")))?;
    Ok(Verdict::Problems)
}
