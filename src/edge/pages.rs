//! Landing pages: what of a campaign and of a visitor goes to a browser. Public; what it tells of a recipient takes the token of a click that was just made.
//!
//! | route | what it answers |
//! |---|---|
//! | `GET /p/{campaign}` | the [`Bundle`]: everything that decides on a page, the same for everybody; with an `ETag` |
//! | `GET /p/{campaign}/{slot}/{variant}.{png,jpg,gif}` | a variant's picture as everybody may see it; always an image |
//! | `POST /p/{campaign}/visit` | the [`Brief`] of whoever followed a link of a mail: `{"token", "personal"}`; 204 when there is nothing to tell |
//!
//! A bundle is built anew every few seconds at most, so that a kill switch, a budget that is used up or something learned reaches pages as fast as mails.

use super::cors::{self, Origin};
use super::shards::{self, Call, Visited};
use super::{Names, images, now, problem, report, request, running};
use crate::campaign::{Campaign, Live, Slot};
use crate::context::{Context, Request as Facts, Surface};
use crate::decide::{Brief, Creative};
use crate::hash::{Key, fnv1a};
use crate::page::Bundle;
use crate::profile::Profile;
use crate::render::{self, Format};
use crate::time::{Span, Timestamp};
use crate::token::Token;
use serde::Deserialize;
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use worker::{Context as Ctx, Env, Headers, Method, Request, Response, Result, Url};

/// How long a bundle is handed out before it is built anew.
const FRESH: Span = Span(5_000);
/// How many bundles an isolate keeps.
const CAPACITY: usize = 64;
/// The largest body of a visit, in bytes.
const MAX_BODY: usize = 1000;

/// A bundle, its tag, and when it was built.
type Built = (Rc<Vec<u8>>, String, Timestamp);

thread_local! {
    static BUNDLES: RefCell<HashMap<String, Built>> = RefCell::default();
}

/// Routes a request under `/p`.
pub async fn route(mut req: Request, env: &Env, ctx: &Ctx) -> Result<Response> {
    let path = req.path();
    let parts: Vec<_> = path.trim_start_matches("/p/").split('/').collect();
    match (req.method(), parts.as_slice()) {
        (Method::Get | Method::Head, [campaign]) => bundle(&req, env, campaign).await,
        (Method::Get | Method::Head, [campaign, slot, file]) => {
            picture(&req, env, ctx, (campaign, slot, file)).await
        }
        (Method::Post | Method::Options, [campaign, "visit"]) => visit(&mut req, env, campaign).await,
        (_, [_] | [_, "visit"] | [_, _, _]) => problem(405, "method not allowed"),
        _ => problem(404, "no such route"),
    }
}

async fn bundle(req: &Request, env: &Env, id: &str) -> Result<Response> {
    let Some((bytes, tag, _)) = built(env, id).await? else {
        let answer = problem(404, "no campaign of that id is published")?;
        answer.headers().set("access-control-allow-origin", "*")?;
        return Ok(answer);
    };
    let headers = Headers::new();
    headers.set("etag", &tag)?;
    headers.set("cache-control", "public, max-age=30, stale-while-revalidate=600")?;
    headers.set("access-control-allow-origin", "*")?;
    headers.set("cross-origin-resource-policy", "cross-origin")?;
    let known = req.headers().get("if-none-match").ok().flatten();
    if known.is_some_and(|known| known.split(',').any(|one| one.trim().trim_start_matches("W/") == tag)) {
        return Ok(Response::empty()?.with_status(304).with_headers(headers));
    }
    headers.set("content-type", "application/octet-stream")?;
    let body =
        if req.method() == Method::Head { Response::empty()? } else { Response::from_bytes(bytes.to_vec())? };
    Ok(body.with_headers(headers))
}

async fn built(env: &Env, id: &str) -> Result<Option<Built>> {
    let kept = BUNDLES.with_borrow(|bundles| bundles.get(id).cloned());
    if let Some(built) = kept.filter(|(_, _, at)| now().since(*at) < FRESH) {
        return Ok(Some(built));
    }
    let Some(running) = running::running(env, id).await? else { return Ok(None) };
    let live = uncounted(&running.live);
    let (campaign, live) = ((&*running.campaign, &*running.model), (&live, &*running.learned));
    let bytes = Bundle::write(campaign, live, &running.feeds, now())
        .map_err(|error| worker::Error::RustError(error.to_string()))?;
    let tag = format!("\"{:016x}\"", fnv1a(&bytes));
    let built = (Rc::new(bytes), tag, now());
    BUNDLES.with_borrow_mut(|bundles| {
        if bundles.len() >= CAPACITY {
            bundles.clear();
        }
        bundles.insert(id.to_owned(), built.clone());
    });
    Ok(Some(built))
}

/// What holds on a page, which can't count down: what is counted is only shown there to whom a mail promised it.
fn uncounted(live: &Live) -> Live {
    Live { budgets: BTreeMap::new(), stock: BTreeMap::new(), ..live.clone() }
}

/// A variant's picture, as everybody may see it; whatever fails, an image.
async fn picture(
    req: &Request,
    env: &Env,
    ctx: &Ctx,
    (campaign, slot, file): (&str, &str, &str),
) -> Result<Response> {
    let (variant, ending) = file.rsplit_once('.').unwrap_or((file, ""));
    let format = Format::from_extension(ending).unwrap_or(Format::Png);
    let drawn = drawn(env, ctx, (campaign, slot, variant), format).await;
    let headers = Headers::new();
    headers.set("content-type", format.mime())?;
    headers.set("x-content-type-options", "nosniff")?;
    headers.set("cross-origin-resource-policy", "cross-origin")?;
    // the path bears the campaign's version; live values in a picture may be minutes old
    headers.set("cache-control", if drawn.is_some() { "public, max-age=300" } else { "no-store" })?;
    let bytes = drawn.unwrap_or_else(|| render::pixel(format).to_vec());
    let body = if req.method() == Method::Head { Response::empty()? } else { Response::from_bytes(bytes)? };
    Ok(body.with_headers(headers))
}

async fn drawn(
    env: &Env,
    ctx: &Ctx,
    (id, slot, variant): (&str, &str, &str),
    format: Format,
) -> Option<Vec<u8>> {
    let campaign = running::get(env, id).await?;
    let (_, slot): (usize, &Slot) = campaign.slot(slot)?;
    let variant = slot.variants.iter().find(|known| known.id.name == variant)?;
    let feeds = running::feeds(env, &campaign).await;
    let creative = Creative::plain(&campaign, variant, &feeds, now());
    let drawn = images::draw(env, ctx, slot, (&creative, None), format).await;
    drawn.map_err(|error| report("picture of a page", &error)).ok().flatten()
}

/// What a page asks of a visit.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Asked {
    /// The visit token; empty for somebody who came by no link of a mail.
    token: String,
    /// The page has consent to personalization.
    personal: bool,
}

async fn visit(req: &mut Request, env: &Env, id: &str) -> Result<Response> {
    let origin = Origin::of(req, env);
    if req.method() == Method::Options {
        return origin.preflight();
    }
    let headers = Headers::new();
    headers.set("cache-control", "no-store")?;
    let text = req.text().await.unwrap_or_default();
    let asked: Option<Asked> =
        Some(text).filter(|text| text.len() <= MAX_BODY).and_then(|t| serde_json::from_str(&t).ok());
    let brief = match asked {
        Some(asked) if !matches!(origin, Origin::Foreign) => brief(req, env, id, &asked).await,
        _ => None,
    };
    let bytes = brief.and_then(|brief| postcard::to_allocvec(&brief).ok());
    let Some(bytes) = bytes else {
        return origin.shared(Response::empty()?.with_status(204).with_headers(headers));
    };
    headers.set("content-type", "application/octet-stream")?;
    origin.shared(Response::from_bytes(bytes)?.with_headers(headers))
}

/// What may be told of the visitor; `None` when there is nothing.
async fn brief(req: &Request, env: &Env, id: &str, asked: &Asked) -> Option<Brief> {
    let campaign = running::get(env, id).await?;
    let context = Context::read(&Facts { method: "GET".into(), ..request::facts(req, Surface::Page) });
    if asked.token.is_empty() {
        return stranger(env, &campaign, &context).await;
    }
    let names = Names::of(env)?;
    let token = names.ring.verify_visit(&asked.token, campaign.id.key, now());
    let token = token.map_err(|error| report("visit token", &error)).ok()?;
    let personal = asked.personal && !context.gpc;
    // what the link promised doesn't hang on who asks now, and under Global Privacy Control nothing else is told
    let context = if personal { context } else { Context { gpc: false, ..context } };
    let call = Call::Visit { recipient: token.recipient.to_string(), campaign: id.into(), context, personal };
    let visited: Visited =
        shards::ask(env, token.shard, &call).await.map_err(|error| report("visit", &error)).ok()?;
    visited
}

/// What the request tells of somebody who came by no link.
async fn stranger(env: &Env, campaign: &Campaign, context: &Context) -> Option<Brief> {
    let running = running::running(env, &campaign.id.name).await.ok()??;
    let live = uncounted(&running.live);
    Some(Brief::promise(&running.question(&live, &Profile::default(), context, now(), 0)))
}

/// The landing URL with the token of this visit, if it leads to a page that may ask for it.
pub fn joined(req: &Request, env: &Env, landing: String, token: &Token, campaign: Key) -> String {
    let Ok(own) = req.url() else { return landing };
    let Ok(mut url) = Url::options().base_url(Some(&own)).parse(&landing) else { return landing };
    let Some(names) = Names::of(env).filter(|_| cors::leads_home(req, env, &url)) else { return landing };
    let visit = names.ring.sign_visit(token.recipient, token.shard, campaign, now());
    url.query_pairs_mut().append_pair("apropos", &visit);
    if !landing.starts_with('/') {
        return url.into();
    }
    // a path stays one
    let fragment = url.fragment().map(|fragment| format!("#{fragment}")).unwrap_or_default();
    format!("{}?{}{fragment}", url.path(), url.query().unwrap_or_default())
}
