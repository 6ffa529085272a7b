//! `apropos`, the command line: checks and publishes campaigns, makes tokens and snippets for a mail, brings profiles in,
//! and decides on this machine exactly as the Worker does.
//!
//! One file per command, each with its `Args` and a `run`. What they share:
//!
//! | file | what it does |
//! |---|---|
//! | `input` | files, standard input, gzip; lines and CSV rows with their numbers |
//! | `blocks` | the same in blocks of whole lines, for work that threads share |
//! | `documents` | campaigns and what changes while they run |
//! | `output` | a file that appears whole or not at all |
//! | `report` | problems for people: the line, the carets, the mend |
//! | `text` | colours, counted nouns, times |
//! | `secrets` | the secrets of the environment or of a `.dev.vars` |
//! | `server` | calls to a deployed Worker, with retries |
//! | `chart` | charts in a page of HTML |
//! | `report_page` | a trained model as a page |
//! | `frame` | a CSV as typed columns |
//! | `columns` | which of them to learn from, and the one that says what happened |
//! | `mapping` | from the columns of a CSV to the fields of a profile |
//! | `logs` | event logs as rows to learn from |
//! | `wiring` | from the columns of a CSV to signals |
//!
//! Exit codes: 0 all is well, 1 the input has problems, 2 wrong usage, or reading, writing or the network failed. Data goes to standard output,
//! everything about it to standard error, so that commands can be piped.

mod blocks;
mod chart;
mod check;
mod decide;
mod documents;
mod evaluate;
mod events;
mod experiment;
mod fold;
mod frame;
mod import;
mod input;
mod keys;
mod learn;
mod lessons;
mod logs;
mod mapping;
mod output;
mod plan;
mod policy;
mod publish;
mod recipients;
mod reference;
mod render;
mod report;
mod report_page;
mod review;
mod schema;
mod score;
mod secrets;
mod server;
mod signals;
mod snippet;
mod text;
mod texts;
mod token;
mod train;
mod typescript;
mod versions;
mod wiring;

use anyhow::Result;
use clap::{Parser, Subcommand};
use std::io;
use std::process::ExitCode;

/// Decides, when an e-mail is opened or a page loads, what this person should see.
#[derive(Parser)]
#[command(
    version,
    styles = text::HELP,
    after_help = text::examples(&[
        ("Is this campaign sound?", "apropos check campaign.json"),
        ("Why does this person see what they see?", "apropos decide --campaign campaign.json --profile ana.json"),
        ("The HTML for a mail", "apropos snippet campaign.json --esp mailchimp --base https://mail.shop.example"),
    ]),
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Check(check::Args),
    Publish(publish::Args),
    Versions(versions::List),
    Diff(versions::Diff),
    Rollback(versions::Rollback),
    #[command(subcommand)]
    Experiment(experiment::Command),
    Decide(decide::Args),
    Plan(plan::Args),
    Render(render::Args),
    #[command(subcommand)]
    Policy(policy::Command),
    #[command(subcommand)]
    Evaluate(evaluate::Command),
    Snippet(snippet::Args),
    Token(token::Args),
    Keys(keys::Args),
    Import(import::Args),
    Fold(fold::Args),
    #[command(subcommand)]
    Recipients(recipients::Command),
    Learn(learn::Args),
    Schema(schema::Args),
    Signals(signals::Args),
    Train(train::Args),
    Review(review::Args),
    Score(score::Args),
}

/// How a command ended that did its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// All is well.
    Sound,
    /// The input has problems, which have been told.
    Problems,
}

impl Verdict {
    fn of(sound: bool) -> Self {
        if sound { Self::Sound } else { Self::Problems }
    }
}

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(Verdict::Sound) => ExitCode::SUCCESS,
        Ok(Verdict::Problems) => ExitCode::from(1),
        Err(error) if reader_left(&error) => ExitCode::SUCCESS,
        Err(error) => {
            report::failure(&error);
            ExitCode::from(2)
        }
    }
}

fn run(command: Command) -> Result<Verdict> {
    match command {
        Command::Check(args) => check::run(&args),
        Command::Publish(args) => publish::run(&args),
        Command::Versions(args) => versions::list(&args),
        Command::Diff(args) => versions::compare(&args),
        Command::Experiment(command) => experiment::run(&command),
        Command::Rollback(args) => versions::roll_back(&args),
        Command::Decide(args) => decide::run(&args),
        Command::Plan(args) => plan::run(&args),
        Command::Render(args) => render::run(&args),
        Command::Policy(command) => policy::run(&command),
        Command::Evaluate(command) => evaluate::run(&command),
        Command::Snippet(args) => snippet::run(&args),
        Command::Token(args) => token::run(&args),
        Command::Keys(args) => keys::run(&args),
        Command::Import(args) => import::run(&args),
        Command::Fold(args) => fold::run(&args),
        Command::Recipients(command) => recipients::run(&command),
        Command::Learn(args) => learn::run(&args),
        Command::Schema(args) => schema::run(&args),
        Command::Signals(args) => signals::run(&args),
        Command::Train(args) => train::run(&args),
        Command::Review(args) => review::run(&args),
        Command::Score(args) => score::run(&args),
    }
}

/// Whoever read our output has had enough, as `head` does; that is no failure.
fn reader_left(error: &anyhow::Error) -> bool {
    let kind = error.chain().find_map(|e| e.downcast_ref::<io::Error>()).map(io::Error::kind);
    kind == Some(io::ErrorKind::BrokenPipe)
}
