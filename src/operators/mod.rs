//! Who may operate a deployment, and by which routes.
//!
//! An operator shows a secret, `Authorization: Bearer …`. `ADMIN_SECRETS` lists them, each with a name for the record and with what it is good for:
//!
//! ```text
//! studio:read,publish:8J3k…  ci:publish:Zr0x…  ci:publish:h7Qa…  support:recipients:Mw2e…
//! ```
//!
//! Spaces or new lines stand between entries. Several may have one name, so secrets rotate: the newer is added, the older taken away later. `ADMIN_SECRET` is good for everything,
//! under the name `admin`. Or Cloudflare Access says who it is ([`access`]).

pub mod access;
pub mod routes;

use crate::nearest::nearest;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The fewest characters of a secret that is listed.
const LEAST: usize = 16;
/// The longest name of an operator.
const NAME: usize = 100;

/// What an operator may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Read what is published, learned and known; decide for made-up people.
    Read,
    /// Publish campaigns and take them back.
    Publish,
    /// Say what changes while campaigns run: budgets, stock, feeds, what was learned.
    Operate,
    /// Bring people in, look them up, decide for them, forget them.
    Recipients,
    /// Read who did what.
    Audit,
}

impl Scope {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Read, Self::Publish, Self::Operate, Self::Recipients, Self::Audit];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Publish => "publish",
            Self::Operate => "operate",
            Self::Recipients => "recipients",
            Self::Audit => "audit",
        }
    }
}

/// Some scopes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scopes(u8);

impl Scopes {
    /// Every scope.
    pub const ALL: Self = Self(u8::MAX);

    /// Whether a scope is among them.
    #[must_use]
    pub const fn allow(self, scope: Scope) -> bool {
        self.0 & (1 << scope as u8) != 0
    }

    /// Reads names with commas between; `all` is all of them.
    fn parse(text: &str) -> Result<Self, String> {
        text.split(',').try_fold(Self::default(), |Self(known), name| {
            if name == "all" {
                return Ok(Self::ALL);
            }
            let scope = Scope::ALL.into_iter().find(|scope| scope.name() == name);
            let scope = scope.ok_or_else(|| unknown(name))?;
            Ok(Self(known | 1 << scope as u8))
        })
    }
}

fn unknown(name: &str) -> String {
    let names = Scope::ALL.map(Scope::name);
    match nearest(name, names) {
        Some(near) => format!("no scope is called {name:?} (did you mean {near:?}?)"),
        None => format!("no scope is called {name:?} (known: {}, all)", names.join(", ")),
    }
}

/// Somebody who operates a deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    /// The name under which the record has what they do.
    pub name: String,
    /// What they may do.
    pub scopes: Scopes,
}

impl Operator {
    /// Who knows `ADMIN_SECRET`.
    #[must_use]
    pub fn admin() -> Self {
        Self { name: "admin".to_owned(), scopes: Scopes::ALL }
    }
}

/// An operator and what they show. Its secret is never told, not even in what is wrong with it.
struct Entry<'a> {
    operator: Operator,
    secret: &'a str,
}

/// Reads `ADMIN_SECRETS`. An entry that can't be read is nobody's; the others stand.
fn entries(text: &str) -> impl Iterator<Item = Result<Entry<'_>, String>> {
    text.split_ascii_whitespace().enumerate().map(|(i, entry)| {
        let wrong = |what: String| format!("entry {}: {what}", i + 1);
        let mut parts = entry.splitn(3, ':');
        let (Some(name), Some(scopes), Some(secret)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(wrong("an entry is name:scopes:secret".to_owned()));
        };
        if !(1..=NAME).contains(&name.len()) {
            return Err(wrong(format!("a name has 1 to {NAME} characters")));
        }
        if secret.len() < LEAST {
            return Err(wrong(format!("the secret of {name:?} has fewer than {LEAST} characters")));
        }
        let scopes = Scopes::parse(scopes).map_err(wrong)?;
        Ok(Entry { operator: Operator { name: name.to_owned(), scopes }, secret })
    })
}

/// What is wrong with `ADMIN_SECRETS`, without any secret.
pub fn problems(text: &str) -> impl Iterator<Item = String> + '_ {
    entries(text).filter_map(Result::err)
}

/// Whose secret this is. Every entry is compared, whichever fits.
#[must_use]
pub fn of_secret(secrets: &str, given: &str) -> Option<Operator> {
    entries(secrets).filter_map(Result::ok).fold(None, |found, entry| {
        let is_theirs = same(given, entry.secret);
        found.or(is_theirs.then_some(entry.operator))
    })
}

/// Is what was given the secret? An empty secret is nobody's.
///
/// Tags of secrets are compared instead of the secrets: comparing tags takes the same time wherever they differ.
#[must_use]
pub fn same(given: &str, secret: &str) -> bool {
    let tag = |text: &str| {
        Hmac::<Sha256>::new_from_slice(b"apropos admin").map(|mac| mac.chain_update(text.as_bytes()))
    };
    match (tag(given), tag(secret)) {
        (Ok(given), Ok(tagged)) if !secret.is_empty() => {
            given.verify(&tagged.finalize().into_bytes()).is_ok()
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LISTED: &str = "studio:read,publish:0123456789abcdef\nci:publish:old-secret-of-ci-1 ci:publish:new-secret-of-ci-2 boss:all:with:colons:in:it";

    #[test]
    fn a_secret_is_good_for_its_scopes_alone() {
        let studio = of_secret(LISTED, "0123456789abcdef").unwrap();
        assert_eq!(studio.name, "studio");
        let allowed: Vec<_> = Scope::ALL.into_iter().filter(|scope| studio.scopes.allow(*scope)).collect();
        assert_eq!(allowed, [Scope::Read, Scope::Publish]);
        let boss = of_secret(LISTED, "with:colons:in:it").unwrap();
        assert!(Scope::ALL.into_iter().all(|scope| boss.scopes.allow(scope)));
    }

    #[test]
    fn older_and_newer_are_good_at_once() {
        for secret in ["old-secret-of-ci-1", "new-secret-of-ci-2"] {
            assert_eq!(of_secret(LISTED, secret).unwrap().name, "ci", "{secret}");
        }
        for wrong in ["", "old-secret-of-ci-", "old-secret-of-ci-12", "0123456789abcdeF", "ci", LISTED] {
            assert_eq!(of_secret(LISTED, wrong), None, "{wrong}");
        }
        assert_eq!(of_secret("", ""), None);
    }

    #[test]
    fn a_wrong_entry_is_nobodys_and_its_problem_tells_no_secret() {
        let listed =
            "a:raed:long-enough-secret b:read:short c :read:long-enough-secret ok:read:another-long-secret";
        let told: Vec<_> = problems(listed).collect();
        assert_eq!(
            told,
            [
                "entry 1: no scope is called \"raed\" (did you mean \"read\"?)",
                "entry 2: the secret of \"b\" has fewer than 16 characters",
                "entry 3: an entry is name:scopes:secret",
                "entry 4: a name has 1 to 100 characters",
            ]
        );
        assert_eq!(of_secret(listed, "long-enough-secret"), None);
        assert_eq!(of_secret(listed, "another-long-secret").unwrap().name, "ok");
    }
}
