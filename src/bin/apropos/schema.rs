//! `apropos schema`: the JSON Schema of a campaign, and what a landing page is told.

use crate::Verdict;
use crate::text::examples;
use crate::typescript;
use anyhow::Result;
use std::io::{self, Write};

/// Print the JSON Schema of a campaign, with which editors complete and check it
#[derive(clap::Args)]
#[command(after_help = examples(&[
    ("Name it in a campaign as \"$schema\": \"campaign.schema.json\"", "apropos schema > campaign.schema.json"),
    ("The types of www/page, whenever a decision has changed", "apropos schema --page --typescript > www/page/src/types.ts"),
]))]
pub struct Args {
    /// Of a page's decision, as the script of landing pages gets it, in the place of a campaign
    #[arg(long)]
    page: bool,
    /// As types of TypeScript
    #[arg(long, requires = "page")]
    typescript: bool,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<Verdict> {
    let schema = if args.page { apropos::page::json_schema() } else { apropos::campaign::json_schema() };
    let text = if args.typescript {
        typescript::types(&schema)
    } else {
        serde_json::to_string_pretty(&schema)? + "\n"
    };
    io::stdout().write_all(text.as_bytes())?;
    Ok(Verdict::Sound)
}
