//! Secrets of the deployment, and whether somebody knows one.

pub use crate::operators::same;

use worker::{Env, Request};

/// A secret, or a variable in its place; empty when it isn't set.
pub fn get(env: &Env, name: &str) -> String {
    env.secret(name).map(|secret| secret.to_string()).unwrap_or_default()
}

/// Is what was given one of several secrets, which stand with spaces or commas between? So they rotate: a newer one is added, the older taken away later.
pub fn is_one(given: &str, secrets: &str) -> bool {
    let parts = secrets.split([' ', ',', '\n']).filter(|secret| !secret.is_empty());
    parts.fold(false, |found, secret| same(given, secret) | found)
}

/// The user name and password of HTTP Basic.
pub fn basic(req: &Request) -> Option<(String, String)> {
    use base64::Engine;
    let header = req.headers().get("authorization").ok().flatten()?;
    let (scheme, value) = header.split_once(' ')?;
    let decoded = scheme.eq_ignore_ascii_case("basic").then(|| value.trim())?;
    let decoded = base64::engine::general_purpose::STANDARD.decode(decoded).ok()?;
    let text = String::from_utf8(decoded).ok()?;
    let (user, password) = text.split_once(':').unwrap_or((&text, ""));
    Some((user.to_owned(), password.to_owned()))
}
