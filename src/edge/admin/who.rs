//! Who operates: by a secret, or by what Cloudflare Access says of a request.
//!
//! | set by | what it says |
//! |---|---|
//! | `ADMIN_SECRET` | the secret that is good for everything |
//! | `ADMIN_SECRETS` | further secrets with names and scopes ([`crate::operators`]) |
//! | `ACCESS_TEAM`, `ACCESS_AUDIENCE` | the team, `https://shop.cloudflareaccess.com`, and the application's audience tag |
//! | `ACCESS_OPERATORS` | what those may do whom Access lets through |
//!
//! Access knows a browser by a cookie, which other sites' pages make it send as well: what it says is only believed when the request comes from no other site's page.

use super::super::verify::{Algorithm, Key, is_signed};
use super::super::{deadline, now, report, secrets};
use crate::operators::access::{self, Token};
use crate::operators::{Operator, of_secret, problems, same};
use crate::time::{HOUR, MINUTE, Span, Timestamp};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use worker::{Env, Error, Fetch, Request, RequestInit, RequestRedirect, Result};

/// How long the keys of a team are used without asking for them, and how soon they are asked for again when one is missing.
const FRESH: Span = Span(HOUR);
const AGAIN: Span = Span(MINUTE);
/// The most keys of a team, and the largest list of them.
const KEYS: usize = 16;
const LONGEST: usize = 64 << 10;

thread_local! {
    static TEAM: RefCell<Keys> = RefCell::default();
    static IS_CHECKED: Cell<bool> = const { Cell::new(false) };
}

/// The public keys of a team by their ids, and when they were asked for.
#[derive(Default)]
struct Keys {
    by_id: HashMap<String, String>,
    asked_at: Option<Timestamp>,
}

/// Who makes a request; none when nobody shows anything good.
pub async fn operator(req: &Request, env: &Env) -> Option<Operator> {
    let header = |name: &str| req.headers().get(name).ok().flatten();
    let authorization = header("authorization").unwrap_or_default();
    match authorization.strip_prefix("Bearer ") {
        Some(given) => by_secret(env, given),
        None => by_access(req, env, &header("cf-access-jwt-assertion")?).await,
    }
}

fn by_secret(env: &Env, given: &str) -> Option<Operator> {
    let listed = secrets::get(env, "ADMIN_SECRETS");
    // once per isolate is often enough
    if !IS_CHECKED.replace(true) {
        problems(&listed).for_each(|problem| report("ADMIN_SECRETS", &problem));
    }
    let of_listed = of_secret(&listed, given);
    let is_admin = same(given, &secrets::get(env, "ADMIN_SECRET"));
    if is_admin { Some(Operator::admin()) } else { of_listed }
}

async fn by_access(req: &Request, env: &Env, text: &str) -> Option<Operator> {
    let var = |name: &str| env.var(name).map(|value| value.to_string()).unwrap_or_default();
    let (listed, audience) = (var("ACCESS_TEAM"), var("ACCESS_AUDIENCE"));
    let team = access::team(&listed)?;
    if comes_from_elsewhere(req) {
        return None;
    }
    let token = Token::parse(text)?;
    let name = token.name(team, &audience, now())?;
    let key = key(team, &token.key).await?;
    let signed =
        is_signed(Algorithm::Rsa("SHA-256"), Key::Jwk(&key), &token.signature, token.signed.as_bytes());
    if !signed.await {
        return None;
    }
    access::operator(&var("ACCESS_OPERATORS"), name)
}

/// Does another site's page make this request?
fn comes_from_elsewhere(req: &Request) -> bool {
    let header = |name: &str| req.headers().get(name).ok().flatten();
    let own = req.url().map(|url| url.origin().ascii_serialization()).unwrap_or_default();
    header("origin").is_some_and(|origin| origin != own)
        || header("sec-fetch-site").is_some_and(|site| !matches!(site.as_str(), "same-origin" | "none"))
}

/// A key of the team, asked for when it isn't known.
async fn key(team: &str, id: &str) -> Option<String> {
    let (known, asked_at) = TEAM.with_borrow(|keys| (keys.by_id.get(id).cloned(), keys.asked_at));
    let age = asked_at.map(|at| now().since(at));
    let may_ask = age.is_none_or(|age| age >= if known.is_some() { FRESH } else { AGAIN });
    if !may_ask {
        return known;
    }
    let told = deadline("ACCESS_TEAM", keys(team)).await;
    // also when it fails: a team that doesn't answer isn't asked by every request
    TEAM.with_borrow_mut(|keys| keys.asked_at = Some(now()));
    match told {
        Ok(by_id) => {
            let found = by_id.get(id).cloned();
            TEAM.with_borrow_mut(|keys| keys.by_id = by_id);
            found
        }
        Err(error) => {
            report("ACCESS_TEAM", &error);
            known
        }
    }
}

/// The keys of the team, each as a JWK of what verifying needs.
async fn keys(team: &str) -> Result<HashMap<String, String>> {
    #[derive(Deserialize)]
    struct Told {
        keys: Vec<Jwk>,
    }
    #[derive(Deserialize)]
    struct Jwk {
        kid: String,
        kty: String,
        n: String,
        e: String,
    }
    let mut init = RequestInit::new();
    init.with_redirect(RequestRedirect::Manual);
    let request = Request::new_with_init(&format!("{team}/cdn-cgi/access/certs"), &init)?;
    let mut answer = Fetch::Request(request).send().await?;
    if answer.status_code() != 200 {
        return Err(Error::RustError(format!("the team answers {}", answer.status_code())));
    }
    let text = answer.text().await?;
    if text.len() > LONGEST {
        return Err(Error::RustError("the list of keys is too long".into()));
    }
    let Told { keys } = serde_json::from_str(&text)?;
    let rsa = keys.into_iter().filter(|key| key.kty == "RSA").take(KEYS);
    let jwk = |Jwk { kid, kty, n, e }| {
        let fields = [("kty", kty), ("n", n), ("e", e)].map(|(name, value)| (name.to_owned(), value.into()));
        (kid, Value::Object(Map::from_iter(fields)).to_string())
    };
    Ok(rsa.map(jwk).collect())
}
