//! `apropos recipients`: what the Worker holds of somebody, told or forgotten.

use crate::Verdict;
use crate::output::Output;
use crate::report;
use crate::server::{Server, told};
use crate::text::examples;
use anyhow::{Result, bail};
use serde_json::Value;
use std::io::Write;
use std::path::PathBuf;

/// Tell what is held of a recipient, or forget it
#[derive(clap::Subcommand)]
pub enum Command {
    Export(Export),
    Erase(Erase),
}

/// Everything that is held of a recipient, as JSON
#[derive(clap::Args)]
#[command(after_help = examples(&[
    ("An answer to somebody who asks what is known of them", "apropos recipients export c-1842 --url https://mail.shop.example --out c-1842.json"),
]))]
pub struct Export {
    #[command(flatten)]
    of: Of,
    /// Where the document goes; standard output when left out
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Forget a recipient: the profile, what was shown, and whatever leads from the log back to them
#[derive(clap::Args)]
#[command(after_help = examples(&[
    ("For good, under every id", "apropos recipients erase c-1842 --url https://mail.shop.example --yes"),
]))]
pub struct Erase {
    #[command(flatten)]
    of: Of,
    /// It can't be undone; say that this is meant
    #[arg(long)]
    yes: bool,
}

#[derive(clap::Args)]
struct Of {
    /// The recipient's id
    id: String,
    /// The Worker's address
    #[arg(long, value_name = "BASE", env = "APROPOS_URL")]
    url: String,
    /// The Worker's ADMIN_SECRET
    #[arg(long, env = "APROPOS_ADMIN_SECRET", hide_env_values = true)]
    secret: String,
}

impl Of {
    /// The id as it stands in a path.
    fn path(&self) -> String {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_~".contains(&byte);
        let escaped =
            |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
        format!("/v1/recipients/{}", self.id.bytes().map(escaped).collect::<String>())
    }
}

/// Runs the command.
pub fn run(command: &Command) -> Result<Verdict> {
    match command {
        Command::Export(args) => export(args),
        Command::Erase(args) => erase(args),
    }
}

fn export(Export { of, out }: &Export) -> Result<Verdict> {
    let answer = Server::new(&of.url, &of.secret)?.read(&of.path())?;
    match answer.status {
        200 => {
            let document: Value = serde_json::from_str(&answer.body)?;
            let mut out = Output::to(out.as_deref())?;
            writeln!(out, "{}", serde_json::to_string_pretty(&document)?)?;
            out.finish()?;
            Ok(Verdict::Sound)
        }
        404 => {
            report::note(&format!("nothing is known of {:?}", of.id));
            Ok(Verdict::Problems)
        }
        status => bail!("the Worker answers {status}: {}", told(&answer.body)),
    }
}

fn erase(Erase { of, yes }: &Erase) -> Result<Verdict> {
    if !yes {
        bail!("this forgets {:?} for good; add --yes if that is meant", of.id);
    }
    let answer = Server::new(&of.url, &of.secret)?.delete(&of.path())?;
    let document: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    match (answer.status, document.get("erased").and_then(Value::as_bool)) {
        (200, Some(true)) => report::note(&format!("{:?} is forgotten", of.id)),
        (200, Some(false)) => report::note(&format!("nothing was known of {:?}", of.id)),
        (status, _) => bail!("the Worker answers {status}: {}", told(&answer.body)),
    }
    Ok(Verdict::Sound)
}
