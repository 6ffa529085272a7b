//! The Worker: what Cloudflare calls, handed to the core. This room decides nothing itself.
//!
//! | file | what it does |
//! |---|---|
//! | `open`, `click` | the two routes of a mail: `/o/{campaign}/{slot}.png` and `/c/{campaign}/{slot}` |
//! | `pages` | landing pages: `/p/{campaign}`, what of a campaign and of a visitor goes to a browser |
//! | `admin` | the routes that take an operator: `/v1/decide`, `/v1/profiles`, `/v1/campaigns`, `/v1/feeds`, `/v1/audit` |
//! | `register` | the Durable Object of the record: who did what, what was published when |
//! | `events`, `cors` | the routes that take events: `/v1/track`, `identify`, `page`, `screen`, `alias`, `group`, `batch`; the pages that may call them |
//! | `seen` | what pages tell was shown, believed when it can be decided again |
//! | `deliver` | events on their way to the shards; ids that turn out to be one person's |
//! | `webhooks`, `verify` | what providers tell of messages: `/v1/webhooks/…`; signatures, checked by the platform |
//! | `people` | what is held of a recipient, told and forgotten: `/v1/recipients/{id}` |
//! | `preferences` | what recipients allow and wish, in their own hands: `/u/{token}` |
//! | `secrets` | the deployment's secrets, and whether somebody knows one |
//! | `recipients` | the Durable Object: one shard of profiles; decides and remembers, folds and forgets in one step |
//! | `shards` | how the Worker speaks to a shard |
//! | `campaigns` | the Durable Object of a campaign: what it learns from its log |
//! | `running` | published campaigns and what changes while they run; the model |
//! | `feeds` | live values: told by `/v1/feeds/{name}`, or pulled by cron |
//! | `published` | what is published in KV, behind a cache in the isolate |
//! | `images` | an image's bytes: read, captioned, encoded |
//! | `fonts` | the fonts of texts beyond Latin: read as images are |
//! | `shaping` | text that needs shaping, handed to a wasm module of its own |
//! | `backdrops` | backgrounds made ready, kept in the isolate and the bucket |
//! | `countdowns` | countdowns: faces kept in the isolate, drawn at the moment |
//! | `log` | events out of the hot path: queue → NDJSON in the bucket |
//! | `request` | from Cloudflare's request to [`crate::context::Request`] |
//! | `demo` | the demo's mailbox; only answers when `DEMO` is set |
//!
//! **Law 5** shapes `open` and `click`: they can't fail. Each call to storage has a deadline ([`deadline`]), each failure has a next best
//! answer, and the last of them (a transparent pixel, the campaign's landing) needs nothing but this code. Below even that, `entry.js` answers
//! when this wasm instance itself ends.

mod admin;
mod backdrops;
mod campaigns;
mod click;
mod cors;
mod countdowns;
mod deliver;
mod demo;
mod events;
mod feeds;
mod fonts;
mod images;
mod log;
mod open;
mod pages;
mod people;
mod preferences;
mod published;
mod recipients;
mod register;
mod request;
mod running;
mod secrets;
mod seen;
mod shaping;
mod shards;
mod verify;
mod webhooks;

use crate::time::Timestamp;
use crate::token::{KeyRing, RecipientKey, Shard, Token};
use std::cell::OnceCell;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;
use worker::wasm_bindgen::{self, prelude::wasm_bindgen};
use worker::{
    Context, Date, Delay, Env, MessageBatch, Method, Request, Response, ResponseBuilder, Result,
    ScheduleContext, ScheduledEvent, event,
};

/// How long a call to storage may take before the next best answer is given. Mail clients and proxies wait for several seconds.
const DEADLINE: Duration = Duration::from_millis(1500);

/// Called once by the entry, so that the first request finds the room of pictures compiled.
#[wasm_bindgen]
pub fn prewarm() {
    crate::render::prewarm();
}

/// Every request.
#[event(fetch, respond_with_errors)]
pub async fn fetch(req: Request, env: Env, ctx: Context) -> Result<Response> {
    let path = req.path();
    let read = matches!(req.method(), Method::Get | Method::Head);
    match path.split('/').nth(1).unwrap_or_default() {
        "o" if read => open::serve(&req, &env, &ctx).await,
        "c" if read => click::serve(&req, &env, &ctx).await,
        "p" => pages::route(req, &env, &ctx).await,
        "u" => preferences::route(req, &env).await,
        "healthz" => Response::ok("ok"),
        "v1" if events::is_route(&path) => events::route(req, &env).await,
        "v1" if path.starts_with("/v1/webhooks/") => webhooks::route(req, &env).await,
        "v1" => admin::route(req, &env, &ctx).await,
        "demo" if path == "/demo/" && demo::enabled(&env) => demo::page(&env).await,
        "demo" if path == "/demo/mailbox.json" && demo::enabled(&env) => demo::mailbox(&env).await,
        _ if read => env.assets("ASSETS")?.fetch_request(req).await,
        _ => problem(405, "method not allowed"),
    }
}

/// Events that left the hot path.
#[event(queue)]
pub async fn queue(batch: MessageBatch<String>, env: Env, _ctx: Context) -> Result<()> {
    log::consume(batch, &env).await
}

/// What is due by the clock: feeds to be pulled.
#[event(scheduled)]
pub async fn scheduled(event: ScheduledEvent, env: Env, _ctx: ScheduleContext) {
    feeds::pull_due(&env, Timestamp(event.schedule() as i64)).await;
}

/// The time, from the only clock there is.
fn now() -> Timestamp {
    Timestamp(Date::now().as_millis() as i64)
}

/// What `future` gives, unless it takes longer than [`DEADLINE`].
async fn deadline<T>(what: &str, future: impl Future<Output = Result<T>>) -> Result<T> {
    let mut future = pin!(future);
    let mut timer = pin!(Delay::from(DEADLINE));
    poll_fn(|cx| match future.as_mut().poll(cx) {
        Poll::Ready(result) => Poll::Ready(result),
        Poll::Pending => timer
            .as_mut()
            .poll(cx)
            .map(|()| Err(worker::Error::RustError(format!("{what}: no answer in time")))),
    })
    .await
}

/// What both give, asked for at once.
async fn both<A, B>(one: impl Future<Output = A>, other: impl Future<Output = B>) -> (A, B) {
    let (mut one, mut other) = (pin!(one), pin!(other));
    let (mut first, mut second) = (None, None);
    poll_fn(|cx| {
        if first.is_none()
            && let Poll::Ready(value) = one.as_mut().poll(cx)
        {
            first = Some(value);
        }
        if second.is_none()
            && let Poll::Ready(value) = other.as_mut().poll(cx)
        {
            second = Some(value);
        }
        match (first.take(), second.take()) {
            (Some(a), Some(b)) => Poll::Ready((a, b)),
            (a, b) => {
                (first, second) = (a, b);
                Poll::Pending
            }
        }
    })
    .await
}

/// What each gives, asked for at once.
async fn all<T>(futures: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut waiting: Vec<_> = futures.map(|future| (Box::pin(future), None)).collect();
    poll_fn(|cx| {
        let mut pending = false;
        for (future, value) in waiting.iter_mut().filter(|(_, value)| value.is_none()) {
            match future.as_mut().poll(cx) {
                Poll::Ready(ready) => *value = Some(ready),
                Poll::Pending => pending = true,
            }
        }
        if pending { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
    waiting.into_iter().filter_map(|(_, value)| value).collect()
}

/// For operators: what went wrong, without anything of the recipient's.
fn report(what: &str, error: &impl std::fmt::Display) {
    worker::console_error!("{what}: {error}");
}

/// An error in JSON.
fn problem(status: u16, message: &str) -> Result<Response> {
    let body = serde_json::json!({"error": message});
    ResponseBuilder::new().with_status(status).with_header("cache-control", "no-store")?.from_json(&body)
}

/// The secret names of recipients, and where they live. Read once per isolate: a new secret means a new deployment, and that new isolates.
struct Names {
    ring: KeyRing,
    secret: String,
    shards: u16,
}

thread_local! {
    static NAMES: OnceCell<Option<Rc<Names>>> = const { OnceCell::new() };
}

impl Names {
    /// The names of this deployment; `None` (and a report) when its secrets are missing or unreadable.
    fn of(env: &Env) -> Option<Rc<Self>> {
        NAMES.with(|names| names.get_or_init(|| Self::read(env).map(Rc::new)).clone())
    }

    fn read(env: &Env) -> Option<Self> {
        let secret = |name: &str| env.secret(name).map(|s| s.to_string()).unwrap_or_default();
        let ring =
            KeyRing::parse(&secret("TOKEN_KEYS")).map_err(|error| report("TOKEN_KEYS", &error)).ok()?;
        let secret = secret("RECIPIENT_SECRET");
        if secret.is_empty() {
            report("RECIPIENT_SECRET", &"is not set");
            return None;
        }
        let shards = match env.var("SHARDS").map(|v| v.to_string()) {
            Ok(text) => text.parse().ok().filter(|n| *n > 0),
            Err(_) => Some(Shard::DEFAULT_COUNT),
        };
        if shards.is_none() {
            report("SHARDS", &"is not a number from 1 to 65535");
        }
        Some(Self { ring, secret, shards: shards? })
    }

    /// The opaque key of a recipient's id, and the shard that holds it.
    fn place(&self, id: &str) -> (RecipientKey, Shard) {
        let key = RecipientKey::derive(self.secret.as_bytes(), id);
        (key, Shard::of(&key, self.shards))
    }

    /// A token for a recipient's id.
    fn token(&self, id: &str) -> String {
        let (key, shard) = self.place(id);
        self.ring.sign(key, shard)
    }
}

/// Whom the `r=` of a mail's URL names; `None` when nobody, whatever the reason.
fn recipient(req: &Request, env: &Env) -> Option<Token> {
    let text = request::query(req, "r").unwrap_or_default();
    Names::of(env)?.ring.verify(&text, now()).map_err(|error| report("token", &error)).ok()
}
