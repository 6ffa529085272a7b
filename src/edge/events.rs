//! `POST /v1/track`, `identify`, `page`, `screen`, `alias`, `group`, `batch`: events in, as Segment's libraries send them, or as CloudEvents.
//!
//! Who sends shows a write key, as the user name of HTTP Basic or as `writeKey` in the body. There are two kinds, each may be several:
//!
//! | keys | whose | what they may not do |
//! |---|---|---|
//! | `WRITE_KEYS` | servers' | – |
//! | `PAGE_WRITE_KEYS` | public: they stand in the source of pages | make two users one; more often than [`is_too_much`] allows; messages that were sent are none of their business |
//!
//! The answer is 200 once everything that could be understood is stored (see [`super::recipients`]); what couldn't is listed in `errors`. After any other answer the same body may be sent
//! again: what has a `messageId` counts once.

use super::cors::Origin;
use super::deliver::{self, Sender};
use super::shards::What;
use super::{Names, now, problem, report, request, secrets, seen};
use crate::context::{Context, Surface};
use crate::inbound::segment::{self, MAX_BODY, Posted};
use crate::inbound::{Items, Refused, Told, cloudevents};
use crate::profile::event::Call;
use flate2::read::GzDecoder;
use serde_json::{Value, json};
use std::io::Read;
use worker::{Env, Method, Request, Response, ResponseBuilder, Result};

/// The call of a route; none for a batch.
fn call(path: &str) -> Option<Option<Call>> {
    Some(match path.strip_prefix("/v1/")? {
        "track" => Some(Call::Track),
        "identify" => Some(Call::Identify),
        "page" => Some(Call::Page),
        "screen" => Some(Call::Screen),
        "alias" => Some(Call::Alias),
        "group" => Some(Call::Group),
        "batch" | "import" => None,
        _ => return None,
    })
}

/// Is this a route of events?
pub fn is_route(path: &str) -> bool {
    call(path).is_some()
}

/// Answers a request.
pub async fn route(mut req: Request, env: &Env) -> Result<Response> {
    let origin = Origin::of(&req, env);
    let answer = match (req.method(), &origin) {
        (Method::Options, _) => return origin.preflight(),
        (_, Origin::Foreign) => {
            problem(403, "pages of this origin may not send events: PAGE_ORIGINS lists those that may")?
        }
        (Method::Post, _) => take(&mut req, env).await?,
        _ => problem(405, "method not allowed")?,
    };
    origin.shared(answer)
}

async fn take(req: &mut Request, env: &Env) -> Result<Response> {
    let text = match body(req).await {
        Ok(text) => text,
        Err((status, reason)) => return problem(status, reason),
    };
    let posted = match posted(req, &text) {
        Ok(posted) => posted,
        Err(reason) => return problem(400, &reason),
    };
    let given = secrets::basic(req).map(|(user, _)| user).or(posted.write_key).unwrap_or_default();
    let sender = match sender(env, &given) {
        Some(Sender::Server) => Sender::Server,
        other => {
            if is_too_much(req, env).await {
                return too_much();
            }
            match other {
                Some(sender) => sender,
                None => {
                    return problem(
                        401,
                        "this route takes a write key, as the user name of HTTP Basic or as `writeKey`",
                    );
                }
            }
        }
    };
    let Some(names) = Names::of(env) else {
        return problem(
            503,
            "the secrets TOKEN_KEYS and RECIPIENT_SECRET are missing or unreadable; the log says which",
        );
    };
    let (mut told, refused) = parted(posted.items, sender);
    let context = Context::read(&request::facts(req, Surface::Click));
    for (_, one) in &mut told {
        seen::vouch(env, &context, one).await;
    }
    let events: Vec<Told> = told.iter().map(|(_, told)| told.clone()).collect();
    match deliver::all(env, &names, events).await {
        Ok(became) => said(told.iter().map(|(place, told)| (*place, told)).zip(became), refused),
        Err(error) => {
            report("events are not stored", &error);
            problem(503, "not everything is stored yet: send the same again")
        }
    }
}

/// Whose write key it is.
fn sender(env: &Env, given: &str) -> Option<Sender> {
    if secrets::is_one(given, &secrets::get(env, "WRITE_KEYS")) {
        Some(Sender::Server)
    } else {
        secrets::is_one(given, &secrets::get(env, "PAGE_WRITE_KEYS")).then_some(Sender::Page)
    }
}

/// Pages, and whoever has no key, may ask as often as `PUBLIC_LIMIT` of wrangler.toml allows to an address. When the limiter fails, nothing is refused.
pub async fn is_too_much(req: &Request, env: &Env) -> bool {
    let address = req.headers().get("cf-connecting-ip").ok().flatten().unwrap_or_default();
    let Ok(limiter) = env.rate_limiter("PUBLIC_LIMIT") else { return false };
    limiter.limit(address).await.is_ok_and(|outcome| !outcome.success)
}

/// The answer to whoever calls too often.
pub fn too_much() -> Result<Response> {
    let answer = problem(429, "too many requests: try again in a minute")?;
    answer.headers().set("retry-after", "60")?;
    Ok(answer)
}

fn posted(req: &Request, text: &str) -> std::result::Result<Posted, String> {
    let kind = req.headers().get("content-type").ok().flatten().unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match kind.as_str() {
        cloudevents::ONE | cloudevents::MANY => cloudevents::read(text, kind == cloudevents::MANY, now()),
        _ => segment::read(text, call(&req.path()).unwrap_or_default(), now()),
    }
}

/// The body as text. Libraries may pack it; what comes out is bounded all the same.
pub async fn body(req: &mut Request) -> std::result::Result<String, (u16, &'static str)> {
    const TOO_LARGE: (u16, &str) = (413, "the body is larger than 500 KB: send it in parts");
    const UNREADABLE: (u16, &str) = (400, "the body can't be read as text in UTF-8");
    let header = |name: &str| req.headers().get(name).ok().flatten();
    if header("content-length").and_then(|n| n.parse::<usize>().ok()).is_some_and(|n| n > MAX_BODY) {
        return Err(TOO_LARGE);
    }
    let packed = header("content-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("gzip"));
    let mut bytes = req.bytes().await.map_err(|_| UNREADABLE)?;
    if packed {
        let mut unpacked = Vec::new();
        let mut reader = GzDecoder::new(bytes.as_slice()).take(MAX_BODY as u64 + 1);
        reader.read_to_end(&mut unpacked).map_err(|_| (400, "the body is no gzip"))?;
        bytes = unpacked;
    }
    if bytes.len() > MAX_BODY {
        return Err(TOO_LARGE);
    }
    String::from_utf8(bytes).map_err(|_| UNREADABLE)
}

/// Things with their places in the body.
type Placed<T> = Vec<(usize, T)>;

/// What can be taken, and what can't.
fn parted(items: Items, sender: Sender) -> (Placed<Told>, Placed<Refused>) {
    let (mut told, mut refused) = (Vec::new(), Vec::new());
    for (place, item) in items.into_iter().enumerate() {
        match item.and_then(|told| sender.may(&told).map(|()| told)) {
            Ok(one) => told.push((place, one)),
            Err(one) => refused.push((place, one)),
        }
    }
    (told, refused)
}

fn said<'a>(
    became: impl Iterator<Item = ((usize, &'a Told), What)>,
    mut refused: Vec<(usize, Refused)>,
) -> Result<Response> {
    let mut taken = 0;
    for ((place, told), what) in became {
        match what {
            What::Refused(reason) => {
                let id = Some(told.event.message_id.clone()).filter(|id| !id.is_empty());
                refused.push((place, Refused { message_id: id, reason }));
            }
            _ => taken += 1,
        }
    }
    crate::order::by_key(&mut refused, |(place, _)| *place);
    let success = taken > 0 || refused.is_empty();
    let mut body = json!({"success": success});
    if !refused.is_empty() {
        let errors = refused.into_iter().map(|(place, refused)| {
            let mut error = serde_json::to_value(refused).unwrap_or_default();
            error["index"] = place.into();
            error
        });
        body["errors"] = Value::Array(errors.collect());
    }
    let status = if success { 200 } else { 400 };
    ResponseBuilder::new().with_status(status).with_header("cache-control", "no-store")?.from_json(&body)
}
