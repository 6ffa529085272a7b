//! `apropos experiment`: ends an experiment of a published campaign, for one of its arms or for none.

use crate::Verdict;
use crate::server::{Remote, told};
use crate::text::{GOOD, examples, paint};
use crate::versions::{published, tell};
use anyhow::{Result, anyhow, bail};
use apropos::campaign::{diff, end_experiment};
use std::io::Write;

/// End an experiment: with one of its arms as the policy for everybody, or with nothing changed
#[derive(clap::Subcommand)]
pub enum Command {
    Promote(Promote),
    Stop(Stop),
}

/// Make an arm the campaign's policy, and end the experiment
#[derive(clap::Args)]
#[command(after_help = examples(&[
    ("What was learned didn't pay: rules for everybody", "apropos experiment promote spring taught-or-not rules --url https://mail.shop.example"),
    ("Taken back again", "apropos rollback spring --url https://mail.shop.example"),
]))]
pub struct Promote {
    /// The campaign's id
    campaign: String,
    /// The experiment's id
    experiment: String,
    /// The arm's id
    arm: String,
    #[command(flatten)]
    remote: Remote,
}

/// End the experiment; the campaign's policy is for everybody again
#[derive(clap::Args)]
#[command(after_help = examples(&[
    ("Nobody is on trial any more", "apropos experiment stop spring taught-or-not --url https://mail.shop.example"),
]))]
pub struct Stop {
    /// The campaign's id
    campaign: String,
    /// The experiment's id
    experiment: String,
    #[command(flatten)]
    remote: Remote,
}

/// Runs the command.
pub fn run(command: &Command) -> Result<Verdict> {
    match command {
        Command::Promote(Promote { campaign, experiment, arm, remote }) => {
            end(remote, campaign, experiment, Some(arm))
        }
        Command::Stop(Stop { campaign, experiment, remote }) => end(remote, campaign, experiment, None),
    }
}

/// Publishes what is published without the experiment, unless somebody else publishes meanwhile.
fn end(remote: &Remote, campaign: &str, experiment: &str, arm: Option<&str>) -> Result<Verdict> {
    let server = remote.server()?;
    let before = published(&server, campaign)?;
    let after = end_experiment(&before.text, experiment, arm).map_err(|problem| anyhow!(problem))?;
    let answer = server.put_if(&format!("/v1/campaigns/{campaign}"), &after, &before.version)?;
    if answer.status >= 300 {
        bail!("the Worker answers {}: {}", answer.status, told(&answer.body));
    }
    let mut out = anstream::stdout().lock();
    tell(&mut out, &diff(&serde_json::from_str(&before.text)?, &serde_json::from_str(&after)?))?;
    writeln!(
        out,
        "{} {experiment} has ended; `apropos rollback {campaign}` takes that back",
        paint(GOOD, "✓")
    )?;
    Ok(Verdict::Sound)
}
