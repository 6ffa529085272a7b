//! The routes that take an operator: `Authorization: Bearer …`, or Cloudflare Access ([`who`]).
//!
//! | route | what it does |
//! |---|---|
//! | `GET /v1/campaigns` | what is published |
//! | `PUT /v1/campaigns/{id}` | checks and publishes a campaign, and makes its backgrounds ready; 422 with every problem when it isn't sound |
//! | `GET /v1/campaigns/{id}` | the published document |
//! | `GET /v1/campaigns/{id}/versions`, `…/versions/{version}` | when which version was published, and its document |
//! | `POST /v1/campaigns/{id}/rollback` | publishes an older version again |
//! | `PUT /v1/campaigns/{id}/live` | says what is known of it while it runs: budgets, stock, complaints, variants taken off; 422 with every problem |
//! | `GET /v1/campaigns/{id}/live` | what was said last |
//! | `GET /v1/campaigns/{id}/ledger` | how its budgets and stock stand: total, spent, leased to shards, left |
//! | `GET`, `DELETE /v1/campaigns/{id}/breakers` | the breakers that tripped; shows again what they stopped |
//! | `PUT /v1/campaigns/{id}/learned` | says what it has learned, as `apropos learn` writes it; 422 with every problem |
//! | `GET /v1/campaigns/{id}/learned` | what was said last |
//! | `GET /v1/campaigns/{id}/results` | what it brought: the metric stack, lift, alarms ([`crate::measure::results`]) |
//! | `PUT`, `GET`, `DELETE /v1/feeds/{name}` | live values for texts ([`feeds`]) |
//! | `PUT /v1/profiles` | imports NDJSON profiles; good lines land, bad ones are reported with number and reason |
//! | `GET /v1/files/{path}` | a stored image or font, from which the studio draws |
//! | `GET /v1/recipients/{id}` | all that is held of a recipient |
//! | `DELETE /v1/recipients/{id}` | forgets a recipient, under every id |
//! | `POST /v1/decide` | decides and explains without remembering anything; with `send`, the five decisions before a send |
//! | `GET /v1/audit` | who did what |
//!
//! [`routes::ADMIN`] says what each takes, and whether the record ([`register`]) has who did it.

mod versions;
mod who;

use super::images::{self, Kind};
use super::published::{self, Published};
use super::register::{self, Cut, Deed, Publication};
use super::shards::{self, Call, Imported, Place};
use super::{
    Names, breakers, campaigns, events, feeds, ledgers, now, people, problem, report, request, running,
};
use crate::campaign::{Campaign, Learned, Live, Problems};
use crate::context::{Context, Request as Facts, Surface};
use crate::decide::{self, SendWindow};
use crate::hash::Key;
use crate::operators::routes::{self, Call as Asked, Found, Route};
use crate::operators::{Operator, Scope};
use crate::profile::fields;
use crate::time::Timestamp;
use crate::token::{RecipientKey, Shard};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use versions::{How, Publishing};
use worker::{Context as Ctx, Env, Method, Request, Response, ResponseBuilder, Result};

/// The largest body that is read, in bytes. Larger imports come in several requests, as `apropos import` sends them.
const MAX_BODY: usize = 8 << 20;
/// How many profiles go to a shard in one call.
const BATCH: usize = 500;

/// What was done: the answer, and what was published by it.
pub struct Done {
    answer: Response,
    published: Option<Publication>,
}

impl From<Response> for Done {
    fn from(answer: Response) -> Self {
        Self { answer, published: None }
    }
}

/// Routes a request under `/v1`.
pub async fn route(mut req: Request, env: &Env, ctx: &Ctx) -> Result<Response> {
    let Some(operator) = who::operator(&req, env).await else {
        // whoever guesses secrets doesn't get far
        if events::is_too_much(&req, env).await {
            return events::too_much();
        }
        return problem(401, "this route takes an operator's secret: Authorization: Bearer …");
    };
    let path = req.path();
    let (route, parts) = match routes::find(req.method().as_ref(), &path) {
        Found::Route(route, parts) => (route, parts),
        Found::OtherMethod => return problem(405, "method not allowed"),
        Found::Nowhere => return problem(404, "no such route"),
    };
    let body = match body(&mut req).await {
        Ok(text) => text,
        Err(message) => return problem(413, message),
    };
    if !route.is_recorded {
        return Ok(answered(&req, env, ctx, (route, &parts), &operator, &body).await?.answer);
    }
    let of = of(env, route, &parts);
    recorded(env, &operator, route, of, answered(&req, env, ctx, (route, &parts), &operator, &body)).await
}

/// Does something with a line in the record: before, that it is begun, and after, how it ended.
async fn recorded(
    env: &Env,
    operator: &Operator,
    route: &Route,
    of: Option<String>,
    deed: impl Future<Output = Result<Done>>,
) -> Result<Response> {
    let (who, method, path) = (operator.name.clone(), route.method.to_owned(), route.path.to_owned());
    let number = match register::begin(env, Deed { who, method, route: path, of }).await {
        Ok(number) => number,
        Err(error) => {
            report("the record", &error);
            return problem(503, "this can't be recorded now, so nothing was done: try again");
        }
    };
    let done = deed.await;
    let (status, published) = match &done {
        Ok(done) => (done.answer.status_code(), done.published.clone()),
        Err(_) => (500, None),
    };
    let was_published = published.is_some();
    if let Err(error) = register::end(env, number, status, published).await {
        report("the record", &error);
        if was_published {
            return problem(503, "it is published, but that can't be recorded now: publish it again");
        }
    }
    Ok(done?.answer)
}

/// What the record says that a deed was of.
fn of(env: &Env, route: &Route, parts: &[&str]) -> Option<String> {
    let name = parts.first()?;
    match route.scope {
        Scope::Recipients => pseudonym(env, &decoded(name)?),
        _ => published::plausible(name).then(|| (*name).to_owned()),
    }
}

/// What stands for a recipient in the record, and nowhere else.
fn pseudonym(env: &Env, id: &str) -> Option<String> {
    let names = Names::of(env)?;
    let key = names.place(id).0;
    Some(RecipientKey::derive(names.secret.as_bytes(), &format!("audit {key}")).to_string())
}

async fn answered(
    req: &Request,
    env: &Env,
    ctx: &Ctx,
    (route, parts): (&Route, &[&str]),
    operator: &Operator,
    body: &str,
) -> Result<Done> {
    if let Some(answer) = refused(operator, route.scope)? {
        return Ok(answer.into());
    }
    let part = |i: usize| parts.get(i).copied().unwrap_or_default();
    let id = part(0);
    let answer = match route.call {
        Asked::Publish => {
            return Publishing::of(req, id, operator, How::Publish).publish(env, ctx, body).await;
        }
        Asked::Rollback => {
            return Publishing::of(req, id, operator, How::Rollback).roll_back(env, ctx, body).await;
        }
        Asked::Campaigns => versions::campaigns(env).await,
        Asked::Campaign => read::<Campaign>(env, id, "no campaign of that id is published").await,
        Asked::Versions => match cut(req) {
            Some(cut) => versions::list(env, id, cut).await,
            None => problem(400, "`before` and `limit` are whole numbers"),
        },
        Asked::Version => versions::one(env, id, part(1)).await,
        Asked::TellLive => say(env, id, body).await,
        Asked::Live => read::<Live>(env, id, "nothing was said of a campaign of that id").await,
        Asked::Ledger | Asked::Breakers | Asked::ResetBreakers if !published::plausible(id) => {
            problem(404, "no campaign has such an id")
        }
        Asked::Ledger => answer(200, &ledgers::ask(env, id, &ledgers::Call::Stand).await?),
        Asked::Breakers => answer(200, &breakers::ask(env, id, &breakers::Call::Stand).await?),
        Asked::ResetBreakers => {
            let shown: Value = breakers::ask(env, id, &breakers::Call::Reset).await?;
            answer(200, &json!({"id": id, "shown_again": shown}))
        }
        Asked::TellLearned => tell::<Learned>(env, id, body).await,
        Asked::Learned => read::<Learned>(env, id, "a campaign of that id has learned nothing yet").await,
        Asked::Results => results(env, id).await,
        Asked::Feed | Asked::ChangeFeed => feeds::route(req.method(), env, id, body).await,
        Asked::File => file(env, id).await,
        Asked::Import => import(env, body).await,
        Asked::Recipient | Asked::Forget => recipient(req.method(), env, id).await,
        Asked::Decide => decide(req, env, (route, operator), body).await,
        Asked::Audit => match cut(req) {
            Some(cut) => register::audit(env, cut).await.and_then(|page| answer(200, &json!(page))),
            None => problem(400, "`before` and `limit` are whole numbers"),
        },
    };
    answer.map(Done::from)
}

/// The answer to an operator who may not.
fn refused(operator: &Operator, scope: Scope) -> Result<Option<Response>> {
    if operator.scopes.allow(scope) {
        return Ok(None);
    }
    problem(403, &format!("{} lacks the scope \"{}\"", operator.name, scope.name())).map(Some)
}

/// Which part of a list a request wants; none when it can't be read.
fn cut(req: &Request) -> Option<Cut> {
    let number = |name: &str| match request::query(req, name) {
        Some(text) => text.parse::<u32>().map(Some),
        None => Ok(None),
    };
    let (before, limit) = (number("before").ok()?, number("limit").ok()?);
    let newest = Cut::newest(limit);
    Some(Cut { before: before.map_or(newest.before, i64::from), ..newest })
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

async fn results(env: &Env, id: &str) -> Result<Response> {
    if running::get(env, id).await.is_none() {
        return problem(404, "no campaign of that id is published");
    }
    match campaigns::results(env, id).await {
        Ok(mut told) if told.status_code() == 200 => answer(200, &told.json().await?),
        Ok(told) => {
            report("results", &format!("the campaign answered {}", told.status_code()));
            problem(503, "the campaign's results can't be read just now; ask again")
        }
        Err(error) => {
            report("results", &error);
            problem(503, "the campaign's results can't be read just now; ask again")
        }
    }
}

fn unconfigured() -> Result<Response> {
    problem(503, "the secrets TOKEN_KEYS and RECIPIENT_SECRET are missing or unreadable; the log says which")
}

/// An answer in JSON.
pub fn answer(status: u16, value: &Value) -> Result<Response> {
    ResponseBuilder::new().with_status(status).with_header("cache-control", "no-store")?.from_json(value)
}

/// Takes what is known of a running campaign. The ledgers hear of budgets and stock first: whatever is published can be counted down.
async fn say(env: &Env, id: &str, text: &str) -> Result<Response> {
    let Some(live) = Live::parse(text).ok().filter(|_| published::plausible(id)) else {
        return tell::<Live>(env, id, text).await;
    };
    let with_breakers = breakers::kept_off(env, id, &live).await?;
    ledgers::ask::<()>(env, id, &ledgers::Call::Say(live)).await?;
    tell::<Live>(env, id, with_breakers.as_deref().unwrap_or(text)).await
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
            .with_header("etag", &format!("\"{}\"", Key::of(&text)))?
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
    let Some(id) = decoded(id) else { return problem(400, "the id is not percent-encoded UTF-8") };
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
    let Some(path) = decoded(path) else { return problem(400, "the path is not percent-encoded UTF-8") };
    let kind = if path.starts_with("fonts/") { Kind::Font } else { Kind::Image };
    match images::load(env, &path, kind).await {
        Ok(bytes) => Ok(ResponseBuilder::new()
            .with_header("content-type", "application/octet-stream")?
            .with_header("cache-control", "no-store")?
            .fixed(bytes.to_vec())),
        Err(error) => problem(404, &error.to_string()),
    }
}

fn decoded(id: &str) -> Option<String> {
    worker::js_sys::decode_uri_component(id).map(String::from).ok()
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

async fn decide(
    req: &Request,
    env: &Env,
    (route, operator): (&Route, &Operator),
    body: &str,
) -> Result<Response> {
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
        (Some(id), None) => {
            if let Some(answer) = refused(operator, Scope::Recipients)? {
                return Ok(answer);
            }
            let deed = async { known(env, &question, id, context).await.map(Done::from) };
            recorded(env, operator, route, pseudonym(env, id), deed).await
        }
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
