//! `apropos schema`: the JSON Schema of a campaign.

use crate::Verdict;
use crate::text::examples;
use anyhow::Result;
use std::io::{self, Write};

/// Print the JSON Schema of a campaign, with which editors complete and check it
#[derive(clap::Args)]
#[command(after_help = examples(&[
    ("Name it in a campaign as \"$schema\": \"campaign.schema.json\"", "apropos schema > campaign.schema.json"),
]))]
pub struct Args {}

/// Runs the command.
pub fn run(_: &Args) -> Result<Verdict> {
    writeln!(io::stdout(), "{}", serde_json::to_string_pretty(&apropos::campaign::json_schema())?)?;
    Ok(Verdict::Sound)
}
