//! The secrets that tokens are made with: from the environment, or from a file of `NAME=value` lines such as wrangler's `.dev.vars`.

use crate::input::Input;
use anyhow::{Context, Result, bail};
use apropos::token::{KeyRing, RecipientKey, Shard};
use std::collections::HashMap;
use std::env;
use std::path::Path;

/// Named values: a file's, else the environment's.
pub struct Vars(HashMap<String, String>);

impl Vars {
    /// Reads `file`, if there is one.
    pub fn read(file: Option<&Path>) -> Result<Self> {
        match file {
            Some(path) => Ok(Self(dotenv(&Input::open(path)?.text()?))),
            None => Ok(Self(HashMap::new())),
        }
    }

    /// A value that isn't empty.
    pub fn get(&self, name: &str) -> Option<String> {
        self.0.get(name).cloned().or_else(|| env::var(name).ok()).filter(|value| !value.trim().is_empty())
    }

    fn require(&self, name: &str) -> Result<String> {
        self.get(name).with_context(|| {
            format!(
                "{name} is not set; set it in the environment, or name a file that has it: --env .dev.vars"
            )
        })
    }
}

/// What turns a recipient's id into a token.
pub struct Signer {
    ring: KeyRing,
    secret: String,
    shards: u16,
}

impl Signer {
    /// From `TOKEN_KEYS`, `RECIPIENT_SECRET` and `SHARDS`.
    pub fn new(vars: &Vars) -> Result<Self> {
        let ring = KeyRing::parse(&vars.require("TOKEN_KEYS")?)
            .context("TOKEN_KEYS is not sound; `apropos keys` makes one")?;
        let secret = vars.require("RECIPIENT_SECRET")?;
        let signer = Self { ring, secret, shards: shards(vars.get("SHARDS"))? };
        signer.ring.verify(&signer.token(""), crate::text::now()).context(
            "the newest key of TOKEN_KEYS signs, and it is no good; `apropos keys --add` makes a newer one",
        )?;
        Ok(signer)
    }

    /// The token of a recipient's id.
    pub fn token(&self, id: &str) -> String {
        let key = RecipientKey::derive(self.secret.as_bytes(), id);
        self.ring.sign(key, Shard::of(&key, self.shards))
    }
}

fn shards(text: Option<String>) -> Result<u16> {
    let Some(text) = text else { return Ok(Shard::DEFAULT_COUNT) };
    match text.trim().parse() {
        Ok(0) | Err(_) => bail!("SHARDS is {text:?}, which is no whole number from 1 to 65535"),
        Ok(shards) => Ok(shards),
    }
}

/// `NAME=value` lines as dotenv reads them: quotes are taken off, `#` begins a comment outside of them.
fn dotenv(text: &str) -> HashMap<String, String> {
    let pair = |line: &str| {
        let line = line.trim().strip_prefix("export ").unwrap_or(line.trim());
        let (name, value) = line.split_once('=')?;
        let name = name.trim();
        (!name.is_empty() && !name.starts_with('#')).then(|| (name.to_owned(), unquoted(value.trim())))
    };
    text.lines().filter_map(pair).collect()
}

fn unquoted(value: &str) -> String {
    let quoted = value.chars().next().filter(|c| ['\'', '"', '`'].contains(c));
    let inside = quoted.and_then(|quote| Some((quote, value[1..].split_once(quote)?.0)));
    match inside {
        Some(('"', inside)) => inside.replace("\\n", "\n"),
        Some((_, inside)) => inside.to_owned(),
        None => value.split('#').next().unwrap_or_default().trim().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::dotenv;

    #[test]
    fn reads_what_wrangler_reads() {
        let vars = dotenv(
            "# secrets\nA=1\nexport B = two words # note\nC='[{\"id\":1}]'\nD=\"x # y\"\nE=[{\"id\":1,\"key\":\"k\"}]\n=no\nF\n",
        );
        let get = |name: &str| vars.get(name).map(String::as_str);
        assert_eq!(get("A"), Some("1"));
        assert_eq!(get("B"), Some("two words"));
        assert_eq!(get("C"), Some("[{\"id\":1}]"));
        assert_eq!(get("D"), Some("x # y"));
        assert_eq!(get("E"), Some("[{\"id\":1,\"key\":\"k\"}]"));
        assert_eq!(vars.len(), 5);
    }
}
