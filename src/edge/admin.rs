//! The routes that take the admin secret: `Authorization: Bearer …`.
//!
//! | route | what it does |
//! |---|---|
//! | `PUT /v1/campaigns/{id}` | checks and publishes a campaign, and makes its backgrounds ready; 422 with every problem when it isn't sound |
//! | `GET /v1/campaigns/{id}` | the published document |
//! | `PUT /v1/campaigns/{id}/live` | says what is known of it while it runs: budgets, stock, complaints, variants taken off; 422 with every problem |
//! | `GET /v1/campaigns/{id}/live` | what was said last |
//! | `PUT /v1/campaigns/{id}/learned` | says what it has learned, as `apropos learn` writes it; 422 with every problem |
//! | `GET /v1/campaigns/{id}/learned` | what was said last |
//! | `PUT`, `GET`, `DELETE /v1/feeds/{name}` | live values for texts ([`feeds`]) |
//! | `PUT /v1/profiles` | imports NDJSON profiles; good lines land, bad ones are reported with number and reason |
//! | `GET /v1/files/{path}` | a stored image or font, from which the studio draws |
//! | `GET /v1/recipients/{id}` | all that is held of a recipient |
//! | `DELETE /v1/recipients/{id}` | forgets a recipient, under every id |
//! | `POST /v1/decide` | decides and explains without remembering anything; with `send`, the five decisions before a send |

use super::images::{self, Kind};
use super::published::{self, Published};
use super::shards::{self, Call, Imported, Place};
use super::{Names, backdrops, feeds, now, people, problem, request, running, secrets};
use crate::campaign::{Campaign, Learned, Live, Problems};
use crate::context::{Context, Request as Facts, Surface};
use crate::decide::{self, SendWindow};
use crate::profile::fields;
use crate::time::Timestamp;
use crate::token::Shard;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use worker::{Context as Ctx, Env, Method, Request, Response, ResponseBuilder, Result};

/// The largest body that is read, in bytes. Larger imports come in several requests, as `apropos import` sends them.
const MAX_BODY: usize = 8 << 20;
/// How many profiles go to a shard in one call.
const BATCH: usize = 500;

/// Routes a request under `/v1`.
pub async fn route(mut req: Request, env: &Env, ctx: &Ctx) -> Result<Response> {
    if !authorized(&req, env) {
        return problem(401, "this route takes the admin secret: Authorization: Bearer …");
    }
    let body = match body(&mut req).await {
        Ok(text) => text,
        Err(message) => return problem(413, message),
    };
    let path = req.path();
    let parts: Vec<_> = path.trim_start_matches("/v1/").split('/').collect();
    match (req.method(), parts.as_slice()) {
        (Method::Put, ["campaigns", id]) => publish(env, ctx, id, &body).await,
        (Method::Get, ["campaigns", id]) => {
            read::<Campaign>(env, id, "no campaign of that id is published").await
        }
        (Method::Put, ["campaigns", id, "live"]) => tell::<Live>(env, id, &body).await,
        (Method::Get, ["campaigns", id, "live"]) => {
            read::<Live>(env, id, "nothing was said of a campaign of that id").await
        }
        (Method::Put, ["campaigns", id, "learned"]) => tell::<Learned>(env, id, &body).await,
        (Method::Get, ["campaigns", id, "learned"]) => {
            read::<Learned>(env, id, "a campaign of that id has learned nothing yet").await
        }
        (method, ["feeds", name]) => feeds::route(method, env, name, &body).await,
        (Method::Put, ["profiles"]) => import(env, &body).await,
        (method @ (Method::Get | Method::Delete), ["recipients", id]) => recipient(method, env, id).await,
        (Method::Post, ["decide"]) => decide(&req, env, &body).await,
        (Method::Get, ["files", path @ ..]) => file(env, &path.join("/")).await,
        (
            _,
            ["campaigns", _]
            | ["campaigns", _, "live" | "learned"]
            | ["profiles"]
            | ["recipients", _]
            | ["decide"],
        ) => problem(405, "method not allowed"),
        _ => problem(404, "no such route"),
    }
}

fn authorized(req: &Request, env: &Env) -> bool {
    let header = req.headers().get("authorization").ok().flatten().unwrap_or_default();
    let given = header.strip_prefix("Bearer ");
    given.is_some_and(|given| secrets::same(given, &secrets::get(env, "ADMIN_SECRET")))
}

async fn body(req: &mut Request) -> std::result::Result<String, &'static str> {
    if matches!(req.method(), Method::Get | Method::Head) {
        return Ok(String::new());
    }
    let length = req.headers().get("content-length").ok().flatten().and_then(|n| n.parse::<usize>().ok());
    if length.is_some_and(|n| n > MAX_BODY) {
        return Err("the body is larger than 8 MB: send it in parts");
    }
    let text = req.text().await.map_err(|_| "the body can't be read")?;
    if text.len() > MAX_BODY { Err("the body is larger than 8 MB: send it in parts") } else { Ok(text) }
}

fn unconfigured() -> Result<Response> {
    problem(503, "the secrets TOKEN_KEYS and RECIPIENT_SECRET are missing or unreadable; the log says which")
}

/// An answer in JSON.
pub fn answer(status: u16, value: &Value) -> Result<Response> {
    ResponseBuilder::new().with_status(status).with_header("cache-control", "no-store")?.from_json(value)
}

async fn publish(env: &Env, ctx: &Ctx, id: &str, text: &str) -> Result<Response> {
    let document: Option<Value> = serde_json::from_str(text).ok();
    let named = document.as_ref().and_then(|d| d.get("id")).and_then(Value::as_str);
    if let Some(named) = named.filter(|named| *named != id) {
        return problem(422, &format!("the document's id is {named:?}, the URL says {id:?}"));
    }
    let campaign = match Campaign::parse(text) {
        Ok(campaign) => campaign,
        Err(problems) => return unsound("the campaign", &problems),
    };
    let version = format!("{:08x}", campaign.version.0);
    let said = json!({"id": campaign.id.name, "version": version, "warnings": campaign.warnings});
    let campaign = published::put(env, id, text, campaign).await?;
    backdrops::prepare(env, ctx, campaign);
    answer(200, &said)
}

/// Takes what is known of a running campaign, or what it has learned, in the place of what was said before.
async fn tell<T: Published>(env: &Env, id: &str, text: &str) -> Result<Response> {
    if !published::plausible(id) {
        return problem(422, "a campaign's id has lower-case letters, digits and dashes, at most 64");
    }
    match T::read(text) {
        Ok(thing) => {
            if let Some(other) = thing.of().filter(|of| *of != id) {
                return problem(422, &format!("this is of the campaign \"{other}\", not of \"{id}\""));
            }
            published::put(env, id, text, thing).await?;
            answer(200, &json!({"id": id}))
        }
        Err(problems) => unsound("the state", &problems),
    }
}

/// The answer to a document with problems.
pub fn unsound(what: &str, problems: &Problems) -> Result<Response> {
    answer(422, &json!({"error": format!("{what} has problems"), "problems": problems}))
}

async fn read<T: Published>(env: &Env, id: &str, none: &str) -> Result<Response> {
    match published::text::<T>(env, id).await? {
        Some(text) => Ok(ResponseBuilder::new()
            .with_header("content-type", "application/json")?
            .with_header("cache-control", "no-store")?
            .fixed(text.into_bytes())),
        None => problem(404, none),
    }
}

/// Reads NDJSON profiles and hands the good ones to their shards.
async fn import(env: &Env, text: &str) -> Result<Response> {
    let Some(names) = Names::of(env) else { return unconfigured() };
    let now = now();
    let mut shards: BTreeMap<u16, Vec<Imported>> = BTreeMap::new();
    let mut errors = Vec::new();
    for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
        match profile(line, now) {
            Ok((id, document)) => {
                let (key, shard) = names.place(&id);
                shards.entry(shard.0).or_default().push((key.to_string(), document));
            }
            Err(reasons) => errors.push(json!({"line": number, "reasons": reasons})),
        }
    }
    let mut imported = 0;
    while let Some((shard, profiles)) = shards.pop_first() {
        for batch in profiles.chunks(BATCH) {
            let call = Call::Import(batch.to_vec());
            let moved: Vec<(Place, Map<String, Value>)> = shards::ask(env, Shard(shard), &call).await?;
            imported += batch.len() - moved.len();
            for (place, document) in moved {
                shards.entry(place.shard).or_default().push((place.recipient, document));
            }
        }
    }
    answer(200, &json!({"imported": imported, "errors": errors}))
}

/// Tells what is held of a recipient, or forgets it.
async fn recipient(method: Method, env: &Env, id: &str) -> Result<Response> {
    let Some(names) = Names::of(env) else { return unconfigured() };
    let Ok(id) = worker::js_sys::decode_uri_component(id).map(String::from) else {
        return problem(400, "the id is not percent-encoded UTF-8");
    };
    let (key, shard) = names.place(&id);
    let place = Place { recipient: key.to_string(), shard: shard.0 };
    if method == Method::Delete {
        let erased = people::erase(env, place).await?;
        return answer(200, &json!({"id": id, "erased": erased}));
    }
    match people::export(env, place, Some(&id)).await? {
        Some(document) => answer(200, &document),
        None => problem(404, "no such recipient is known"),
    }
}

/// A stored image or font, as drawing reads it.
async fn file(env: &Env, path: &str) -> Result<Response> {
    let kind = if path.starts_with("fonts/") { Kind::Font } else { Kind::Image };
    match images::load(env, path, kind).await {
        Ok(bytes) => Ok(ResponseBuilder::new()
            .with_header("content-type", "application/octet-stream")?
            .with_header("cache-control", "no-store")?
            .fixed(bytes.to_vec())),
        Err(error) => problem(404, &error.to_string()),
    }
}

fn profile(line: &str, now: Timestamp) -> std::result::Result<(String, Map<String, Value>), Vec<String>> {
    let document: Map<String, Value> =
        serde_json::from_str(line).map_err(|e| vec![format!("this is no JSON object: {e}")])?;
    let (id, _) = fields::read(&document, now)
        .map_err(|errors| errors.iter().map(ToString::to_string).collect::<Vec<_>>())?;
    Ok((id, document))
}

/// The body of `POST /v1/decide`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    /// The id of a published campaign, or a whole document.
    campaign: Value,
    /// A known recipient's id …
    #[serde(default)]
    recipient: Option<String>,
    /// … or a profile of the same form as an import, judged as it stands.
    #[serde(default)]
    profile: Option<Map<String, Value>>,
    /// The raw facts of the request to judge; this request's own when left out.
    #[serde(default)]
    request: Option<Facts>,
    /// The classified context, instead of `request`.
    #[serde(default)]
    context: Option<Context>,
    /// The moment, with `profile`; now when left out.
    #[serde(default)]
    now: Option<Timestamp>,
    /// A send to plan: all five decisions. There is no request then.
    #[serde(default)]
    send: Option<SendWindow>,
    /// What changes while the campaign runs, with `profile`; nothing is known of it when left out.
    #[serde(default)]
    live: Option<Live>,
    /// What the campaign has learned, with `profile`; nothing when left out.
    #[serde(default)]
    learned: Option<Learned>,
    /// The seed, with `profile`: a whole number or sixteen hexadecimal digits.
    #[serde(default)]
    seed: Option<Value>,
}

async fn decide(req: &Request, env: &Env, body: &str) -> Result<Response> {
    let question: Question = match serde_json::from_str(body) {
        Ok(question) => question,
        Err(error) => return problem(400, &error.to_string()),
    };
    if question.send.is_some() && (question.context.is_some() || question.request.is_some()) {
        return problem(400, "before a send there is no request: leave `request` and `context` out");
    }
    let context = match (&question.context, &question.request) {
        (Some(context), _) => context.clone(),
        (None, Some(facts)) => Context::read(facts),
        (None, None) => Context::read(&request::facts(req, Surface::Image)),
    };
    match (&question.recipient, &question.profile) {
        (Some(id), None) => known(env, &question, id, context).await,
        (None, Some(document)) => inline(env, &question, document, &context).await,
        _ => problem(400, "name a `recipient` or give a `profile`, one of the two"),
    }
}

async fn known(env: &Env, question: &Question, id: &str, context: Context) -> Result<Response> {
    let Value::String(campaign) = &question.campaign else {
        return problem(400, "a known recipient is judged by a published campaign: give its id");
    };
    let Some(names) = Names::of(env) else { return unconfigured() };
    let (key, shard) = names.place(id);
    let (recipient, send) = (key.to_string(), question.send);
    let call = Call::Peek { recipient, campaign: campaign.clone(), context, send };
    match shards::ask::<Option<Value>>(env, shard, &call).await? {
        Some(explanation) => answer(200, &explanation),
        None => problem(404, "no such campaign is published, or no such recipient is known"),
    }
}

async fn inline(
    env: &Env,
    question: &Question,
    document: &Map<String, Value>,
    context: &Context,
) -> Result<Response> {
    let campaign = match &question.campaign {
        Value::String(id) => match running::get(env, id).await {
            Some(campaign) => campaign,
            None => return problem(404, "no such campaign is published"),
        },
        document => match Campaign::parse(&document.to_string()) {
            Ok(campaign) => campaign.into(),
            Err(problems) => return unsound("the campaign", &problems),
        },
    };
    let now = question.now.unwrap_or_else(now);
    let mut document = document.clone();
    document.entry("id").or_insert_with(|| "inline".into());
    let profile = match fields::read(&document, now) {
        Ok((_, profile)) => profile,
        Err(errors) => {
            let reasons: Vec<_> = errors.iter().map(ToString::to_string).collect();
            return answer(422, &json!({"error": "the profile has problems", "reasons": reasons}));
        }
    };
    let Some(seed) = seed(question.seed.as_ref()) else {
        return problem(400, "`seed` is a whole number or sixteen hexadecimal digits");
    };
    let (model, live) = (running::model()?, question.live.clone().unwrap_or_default());
    let learned = question.learned.clone().unwrap_or_default();
    let asked = decide::Question {
        live: &live,
        learned: &learned,
        ..decide::Question::new(&campaign, &model, &profile, context, now, seed)
    };
    let told = decide::answer(&asked, question.send);
    ResponseBuilder::new().with_header("cache-control", "no-store")?.from_json(&told)
}

fn seed(value: Option<&Value>) -> Option<u64> {
    match value {
        None => Some(0),
        Some(Value::Number(n)) => n.as_u64(),
        Some(Value::String(hex)) => u64::from_str_radix(hex, 16).ok(),
        Some(_) => None,
    }
}
