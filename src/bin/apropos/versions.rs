//! `apropos versions`, `diff` and `rollback`: campaigns through time, as the Worker keeps them.

use crate::input::Input;
use crate::output::Output;
use crate::server::{Remote, Server, told};
use crate::text::{BAD, DIM, GOOD, NOTE, count, examples, padded, paint, plain};
use crate::{Verdict, report};
use anyhow::{Context, Result, bail};
use apropos::campaign::{Change, ChangeKind, diff};
use serde::Deserialize;
use serde_json::Value;
use std::io::Write;
use std::path::PathBuf;

/// How many characters of a value are shown.
const SHOWN: usize = 100;

/// What is published, or what was published of one campaign and when
#[derive(clap::Args)]
#[command(after_help = examples(&[
    ("Every campaign", "apropos versions --url https://mail.shop.example"),
    ("What was published of one", "apropos versions spring --url https://mail.shop.example"),
    ("A version as it was", "apropos versions spring --version 9f2c01ab --url https://mail.shop.example --out then.json"),
]))]
pub struct List {
    /// The campaign's id; all campaigns when left out
    id: Option<String>,
    /// Print the document of this version
    #[arg(long, value_name = "VERSION", requires = "id")]
    version: Option<String>,
    /// Where the document goes; standard output when left out
    #[arg(long, value_name = "FILE", requires = "version")]
    out: Option<PathBuf>,
    #[command(flatten)]
    remote: Remote,
}

/// Tell what changed from one version of a campaign to another
#[derive(clap::Args)]
#[command(after_help = examples(&[
    ("What would change if this were published", "apropos diff spring --file campaign.json --url https://mail.shop.example"),
    ("What the last publication changed", "apropos diff spring --url https://mail.shop.example"),
    ("Between two versions", "apropos diff spring 9f2c01ab 44d0e7c2 --url https://mail.shop.example"),
]))]
pub struct Diff {
    /// The campaign's id
    id: String,
    /// The older version; the one before the newer when left out
    from: Option<String>,
    /// The newer version; the published one when left out
    to: Option<String>,
    /// A document on this machine in the place of the newer version; - is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "to")]
    file: Option<PathBuf>,
    /// As JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    remote: Remote,
}

/// Publish an older version of a campaign again
#[derive(clap::Args)]
#[command(after_help = examples(&[
    ("The one before the published one", "apropos rollback spring --url https://mail.shop.example"),
    ("A certain one", "apropos rollback spring --to 9f2c01ab --url https://mail.shop.example"),
]))]
pub struct Rollback {
    /// The campaign's id
    id: String,
    /// The version; the one that was published before the present one when left out
    #[arg(long, value_name = "VERSION")]
    to: Option<String>,
    #[command(flatten)]
    remote: Remote,
}

/// A campaign of the list.
#[derive(Deserialize)]
struct Listed {
    id: String,
    name: String,
    paused: bool,
    version: String,
    published_at: String,
    published_by: String,
}

/// What was published of one campaign.
#[derive(Deserialize)]
struct History {
    version: String,
    versions: Vec<Published>,
    next: Option<u32>,
}

#[derive(Deserialize)]
struct Published {
    version: String,
    at: String,
    by: String,
    how: String,
}

/// Lists.
pub fn list(args: &List) -> Result<Verdict> {
    let server = args.remote.server()?;
    let Some(id) = &args.id else { return campaigns(&server) };
    if let Some(version) = &args.version {
        let mut out = Output::to(args.out.as_deref())?;
        out.write_all(document(&server, id, version)?.as_bytes())?;
        out.finish()?;
        return Ok(Verdict::Sound);
    }
    let History { versions, next, .. } = history(&server, id)?;
    let mut out = anstream::stdout().lock();
    for (i, Published { version, at, by, how }) in versions.iter().enumerate() {
        let mark = if i == 0 { paint(GOOD, "●") } else { paint(DIM, "○") };
        writeln!(out, "{mark} {version}  {at}  {} by {}", padded(how, 8), plain(by))?;
    }
    if next.is_some() {
        report::note("there are older ones; the Worker tells them by ?before=");
    }
    Ok(Verdict::Sound)
}

fn campaigns(server: &Server) -> Result<Verdict> {
    #[derive(Deserialize)]
    struct All {
        campaigns: Vec<Listed>,
    }
    let answer = server.read("/v1/campaigns")?;
    let All { campaigns } = serde_json::from_str(&answer.body)
        .context("the Worker lists campaigns in a form that this build doesn't know")?;
    let width = campaigns.iter().map(|c| c.id.len()).max().unwrap_or(0);
    let mut out = anstream::stdout().lock();
    for Listed { id, name, paused, version, published_at, published_by } in campaigns {
        let state = if paused { paint(NOTE, "paused") } else { paint(GOOD, "live  ") };
        let id = padded(&id, width);
        writeln!(
            out,
            "{id}  {state}  {version}  {published_at} by {}  {}",
            plain(&published_by),
            plain(&name)
        )?;
    }
    Ok(Verdict::Sound)
}

/// Tells what changed; exit code 0 whether something did or not.
pub fn compare(args: &Diff) -> Result<Verdict> {
    let server = args.remote.server()?;
    let (before, after) = match (&args.file, &args.to) {
        (Some(path), _) => {
            let before = match &args.from {
                Some(version) => document(&server, &args.id, version)?,
                None => published(&server, &args.id)?.text,
            };
            (before, Input::open(path)?.text()?)
        }
        (None, to) => {
            let history = history(&server, &args.id)?;
            let to = to.clone().unwrap_or_else(|| history.version.clone());
            let from = match &args.from {
                Some(from) => from.clone(),
                None => earlier(&history, &to)?.to_owned(),
            };
            (document(&server, &args.id, &from)?, document(&server, &args.id, &to)?)
        }
    };
    let read = |text: &str| serde_json::from_str::<Value>(text).context("a document is no JSON");
    let changes = diff(&read(&before)?, &read(&after)?);
    let mut out = anstream::stdout().lock();
    if args.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&changes)?)?;
    } else {
        tell(&mut out, &changes)?;
    }
    Ok(Verdict::Sound)
}

/// Writes what changed, for people.
pub fn tell(out: &mut impl Write, changes: &[Change]) -> Result<()> {
    for Change { path, kind, before, after } in changes {
        let path = plain(path);
        match kind {
            ChangeKind::Added => writeln!(out, "{} {path}: {}", paint(GOOD, "+"), short(after))?,
            ChangeKind::Removed => writeln!(out, "{} {path}: {}", paint(BAD, "-"), short(before))?,
            ChangeKind::Changed => {
                writeln!(out, "{} {path}: {} → {}", paint(NOTE, "~"), short(before), short(after))?;
            }
            ChangeKind::Moved => {
                writeln!(out, "{} {path}: now in the order {}", paint(NOTE, "↕"), short(after))?
            }
        }
    }
    if changes.is_empty() {
        writeln!(out, "nothing changed")?;
    }
    Ok(())
}

fn short(value: &Value) -> String {
    let text = plain(&value.to_string());
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// Goes back.
pub fn roll_back(args: &Rollback) -> Result<Verdict> {
    let server = args.remote.server()?;
    let history = history(&server, &args.id)?;
    let to = match &args.to {
        Some(to) => to.clone(),
        None => earlier(&history, &history.version)?.to_owned(),
    };
    let (before, after) = (published(&server, &args.id)?, document(&server, &args.id, &to)?);
    let path = format!("/v1/campaigns/{}/rollback", args.id);
    let body = serde_json::json!({"to": to}).to_string();
    let answer = server.post_if(&path, &body, &before.version)?;
    if answer.status >= 300 {
        bail!("the Worker answers {}: {}", answer.status, told(&answer.body));
    }
    let mut out = anstream::stdout().lock();
    tell(&mut out, &diff(&serde_json::from_str(&before.text)?, &serde_json::from_str(&after)?))?;
    writeln!(out, "{} {} is at {to} again", paint(GOOD, "✓"), args.id)?;
    Ok(Verdict::Sound)
}

/// The version that was published before another.
fn earlier<'a>(history: &'a History, than: &str) -> Result<&'a str> {
    let mut older = history.versions.iter().map(|published| published.version.as_str());
    older.find(|version| *version == than).with_context(|| {
        format!(
            "version {than:?} is none of the last {}; `apropos versions` lists them",
            count(history.versions.len(), "publication")
        )
    })?;
    older.find(|version| *version != than).with_context(|| format!("there is no version before {than}"))
}

fn history(server: &Server, id: &str) -> Result<History> {
    let answer = server.read(&format!("/v1/campaigns/{id}/versions?limit=1000"))?;
    if answer.status == 404 {
        bail!("no campaign {id:?} was published there; `apropos versions` lists those that were");
    }
    serde_json::from_str(&answer.body)
        .context("the Worker tells versions in a form that this build doesn't know")
}

fn document(server: &Server, id: &str, version: &str) -> Result<String> {
    let answer = server.read(&format!("/v1/campaigns/{id}/versions/{version}"))?;
    if answer.status == 404 {
        bail!("there is no version {version:?} of {id:?}; `apropos versions {id}` lists them");
    }
    Ok(answer.body)
}

/// The published document and its version.
pub struct Present {
    pub text: String,
    pub version: String,
}

/// What is published under an id.
pub fn published(server: &Server, id: &str) -> Result<Present> {
    let answer = server.read(&format!("/v1/campaigns/{id}"))?;
    if answer.status == 404 {
        bail!("no campaign {id:?} is published there; `apropos versions` lists those that are");
    }
    let version = apropos::hash::Key::of(&answer.body).to_string();
    Ok(Present { text: answer.body, version })
}
