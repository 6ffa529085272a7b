//! `apropos keys`: makes the ring of keys that tokens are signed with, and turns it.
//!
//! Rotation without a gap: add a key, deploy the ring, make new tokens. Older keys verify until they expire, so mails already sent keep working.

use crate::input::Input;
use crate::output::Output;
use crate::secrets::Vars;
use crate::text::{examples, now, time};
use crate::{Verdict, report};
use anyhow::{Context, Result, bail};
use apropos::time::Timestamp;
use apropos::token::KeyRing;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Make the key ring that tokens are signed with, or add a newer key to it
#[derive(clap::Args)]
#[command(after_help = examples(&[
    ("A first ring, straight into the Worker's secrets", "apropos keys | wrangler secret put TOKEN_KEYS"),
    ("A newer key; mails signed with the older ones work until June", "apropos keys --add --ring ring.json --expire-old 2027-06-01"),
]))]
pub struct Args {
    /// Add a newer key to the ring in --ring, or in TOKEN_KEYS
    #[arg(long)]
    add: bool,
    /// The ring's file; standard output when left out
    #[arg(long, value_name = "FILE")]
    ring: Option<PathBuf>,
    /// When the older keys expire
    #[arg(long, value_name = "DATE", value_parser = time, requires = "add")]
    expire_old: Option<Timestamp>,
}

/// A key as the ring's JSON holds it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Key {
    id: u8,
    key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<Timestamp>,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<Verdict> {
    let ring = match (args.add, &args.ring) {
        (true, ring) => grown(read(ring.as_deref())?, args.expire_old)?,
        (false, Some(path)) if path.exists() => {
            bail!("{} exists already; --add adds a key to it", path.display());
        }
        (false, _) => vec![fresh(1)?],
    };
    let mut out = Output::to(args.ring.as_deref())?;
    writeln!(out, "{}", serde_json::to_string(&ring)?)?;
    out.finish()?;
    if let Some(path) = &args.ring {
        let newest = ring.last().map_or(0, |key| key.id);
        report::note(&format!(
            "key {newest} signs from now on; give it to the Worker: wrangler secret put TOKEN_KEYS < {}",
            path.display()
        ));
    }
    Ok(Verdict::Sound)
}

/// The ring there is, by ascending id.
fn read(path: Option<&Path>) -> Result<Vec<Key>> {
    let (name, text) = match path {
        Some(path) => (path.display().to_string(), Input::open(path)?.text()?),
        None => {
            let text = Vars::read(None)?.get("TOKEN_KEYS");
            (
                "TOKEN_KEYS".into(),
                text.context("there is no ring to add to: name its file with --ring, or set TOKEN_KEYS")?,
            )
        }
    };
    KeyRing::parse(&text).with_context(|| format!("{name} is not sound"))?;
    let mut ring: Vec<Key> =
        serde_json::from_str(&text).ok().with_context(|| format!("{name} is not sound"))?;
    ring.sort_by_key(|key| key.id);
    Ok(ring)
}

/// The ring with a newer key; the older ones expire at `end`, unless they do so earlier.
fn grown(mut ring: Vec<Key>, end: Option<Timestamp>) -> Result<Vec<Key>> {
    if let Some(end) = end.filter(|end| *end <= now()) {
        bail!("--expire-old {end} lies in the past: every mail already sent would lose its recipient");
    }
    let newest = ring.last().map_or(0, |key| key.id);
    let id = newest.checked_add(1).context(
        "key 255 is the last id there is; start a new ring once the mails in flight no longer matter",
    )?;
    for key in &mut ring {
        key.expires = [key.expires, end].into_iter().flatten().min();
    }
    ring.push(fresh(id)?);
    Ok(ring)
}

fn fresh(id: u8) -> Result<Key> {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(|e| anyhow::anyhow!("the system gives no random bytes: {e}"))?;
    Ok(Key { id, key: URL_SAFE_NO_PAD.encode(secret), expires: None })
}
