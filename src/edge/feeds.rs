//! Feeds: live values that are told by their owner, or pulled from where they stand.
//!
//! | route | what it does |
//! |---|---|
//! | `PUT /v1/feeds/{name}` | takes a document of values; 422 with every problem |
//! | | or `{"pull": {"url": "https://…", "every": "15m"}}`: fetches such a document now and from then on; refused when that fails |
//! | `GET /v1/feeds/{name}` | the document, with when and whence it was pulled |
//! | `DELETE /v1/feeds/{name}` | forgets it |
//!
//! A feed is one entry in KV: the last good document, which says when it was measured, and beside it as metadata where it is pulled from. So the cron sees by a listing alone what is
//! due, a pull that fails leaves the values where they are (they age, and texts take their defaults once they are stale), and a `PUT` replaces all of it.
//!
//! What is pulled is somebody else's: the address is https and named by the admin alone, redirects are not followed, and there is a limit to size and time.

use super::published::{self, Published};
use super::{admin, now, problem, report};
use crate::campaign::Feed;
use crate::campaign::feed::MAX_FEED_BYTES;
use crate::time::{DAY, MINUTE, Span, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;
use worker::js_sys::{Reflect, Uint8Array};
use worker::wasm_bindgen::{JsCast, JsValue};
use worker::wasm_bindgen_futures::JsFuture;
use worker::web_sys::ReadableStreamDefaultReader;
use worker::{
    Delay, Env, Error, Fetch, Method, Request, RequestInit, RequestRedirect, Response, ResponseBody, Result,
    Url,
};

/// How long a document may take to come.
const PATIENCE: Duration = Duration::from_secs(10);
/// The least and the most between two pulls; the cron comes every five minutes.
const OFTENEST: Span = Span(5 * MINUTE);
const SELDOMEST: Span = Span(7 * DAY);
/// How many feeds one run pulls: each is three of the fifty calls that a run may make. Those that waited longest come first.
const AT_ONCE: usize = 12;
/// The longest address: it lies in KV's metadata, which holds 1,024 bytes.
const MAX_URL: usize = 600;
/// A run comes when its minute begins, and may come a little early.
const EARLY: Span = Span(MINUTE / 2);

/// Where a feed is pulled from, and how that went.
#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Pull {
    /// The address.
    url: String,
    /// How often.
    every: String,
    /// When it was last tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tried: Option<Timestamp>,
    /// Why that failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failed: Option<String>,
}

/// What a `PUT` may say beside values.
#[derive(Deserialize)]
struct Told {
    #[serde(default)]
    at: Option<serde::de::IgnoredAny>,
    #[serde(default)]
    pull: Option<Value>,
}

/// Routes a request to `/v1/feeds/{name}`.
pub async fn route(method: Method, env: &Env, name: &str, body: &str) -> Result<Response> {
    if !published::plausible(name) {
        return problem(422, "a feed's name has lower-case letters, digits and dashes, at most 64");
    }
    match method {
        Method::Put => put(env, name, body).await,
        Method::Get => get(env, name).await,
        Method::Delete => {
            published::delete::<Feed>(env, name).await?;
            admin::answer(200, &json!({"name": name}))
        }
        _ => problem(405, "method not allowed"),
    }
}

async fn put(env: &Env, name: &str, body: &str) -> Result<Response> {
    let told = serde_json::from_str::<Told>(body).ok();
    if let Some(pull) = told.and_then(|told| told.pull) {
        return match Pull::read(pull, body, is_local_allowed(env)) {
            Ok(pull) => begin(env, name, pull).await,
            Err(message) => problem(422, &message),
        };
    }
    match Feed::parse(body, now()) {
        Ok(feed) => {
            let said = json!({"name": name, "at": feed.at(), "rows": feed.rows()});
            store(env, name, &stamped(body, feed.at()), feed, None).await?;
            admin::answer(200, &said)
        }
        Err(problems) => admin::unsound("the feed", &problems),
    }
}

/// Pulls for the first time: what can't be pulled now is probably a mistake in the address.
async fn begin(env: &Env, name: &str, pull: Pull) -> Result<Response> {
    match pull.fetch().await {
        Ok((text, feed)) => {
            let said = json!({"name": name, "at": feed.at(), "rows": feed.rows(), "every": pull.every});
            let pull = Pull { tried: Some(now()), ..pull };
            store(env, name, &text, feed, Some(&pull)).await?;
            admin::answer(200, &said)
        }
        Err(reason) => problem(422, &format!("{} can't be pulled: {reason}", pull.url)),
    }
}

async fn get(env: &Env, name: &str) -> Result<Response> {
    let (text, pull) = entry(env, name).await?;
    let Some(document) = text.and_then(|text| serde_json::from_str::<Value>(&text).ok()) else {
        return problem(404, "no feed of that name is known");
    };
    let mut document = document;
    if let (Some(fields), Some(pull)) = (document.as_object_mut(), pull) {
        fields.insert("pull".into(), serde_json::to_value(pull)?);
    }
    admin::answer(200, &document)
}

/// Pulls what is due at `now`.
pub async fn pull_due(env: &Env, now: Timestamp) {
    let due = match due(env, now).await {
        Ok(due) => due,
        Err(error) => return report("feeds", &error),
    };
    for (name, pull) in due {
        if let Err(error) = renew(env, &name, pull, now).await {
            report(&format!("feed {name}"), &error);
        }
    }
}

/// The feeds whose time has come, the longest overdue first.
async fn due(env: &Env, now: Timestamp) -> Result<Vec<(String, Pull)>> {
    let mut found = Vec::new();
    let mut cursor = None;
    loop {
        let mut list = env.kv("KV")?.list().prefix(Feed::PREFIX.to_owned());
        if let Some(cursor) = cursor.take() {
            list = list.cursor(cursor);
        }
        let page = super::deadline("KV", async { Ok(list.execute().await?) }).await?;
        for key in page.keys {
            let pull = key.metadata.and_then(|pull| serde_json::from_value::<Pull>(pull).ok());
            let name = key.name.strip_prefix(Feed::PREFIX).map(str::to_owned);
            found.extend(name.zip(pull).filter(|(_, pull)| pull.is_due(now)));
        }
        cursor = page.cursor.filter(|_| !page.list_complete);
        if cursor.is_none() {
            break;
        }
    }
    crate::order::by_key(&mut found, |(_, pull)| pull.tried);
    found.truncate(AT_ONCE);
    Ok(found)
}

/// Pulls a feed again. What was good stays when that fails, and the reason is kept beside it.
async fn renew(env: &Env, name: &str, pull: Pull, now: Timestamp) -> Result<()> {
    let fetched = pull.fetch().await;
    let (known, still) = entry(env, name).await?;
    // told otherwise meanwhile, or forgotten
    let (Some(known), Some(true)) = (known, still.map(|still| still.url == pull.url)) else { return Ok(()) };
    match fetched {
        Ok((text, feed)) => {
            let pull = Pull { tried: Some(now), failed: None, ..pull };
            store(env, name, &text, feed, Some(&pull)).await
        }
        Err(reason) => {
            report(&format!("feed {name} is not pulled"), &reason);
            let failed = Some(reason.chars().take(100).collect());
            let pull = Pull { tried: Some(now), failed, ..pull };
            write(env, name, &known, Some(&pull)).await
        }
    }
}

async fn entry(env: &Env, name: &str) -> Result<(Option<String>, Option<Pull>)> {
    let kv = env.kv("KV")?;
    let key = published::key::<Feed>(name);
    super::deadline("KV", async { Ok(kv.get(&key).text_with_metadata().await?) }).await
}

async fn store(env: &Env, name: &str, text: &str, feed: Feed, pull: Option<&Pull>) -> Result<()> {
    write(env, name, text, pull).await?;
    published::told(name, text, feed);
    Ok(())
}

async fn write(env: &Env, name: &str, text: &str, pull: Option<&Pull>) -> Result<()> {
    let put = env.kv("KV")?.put(&published::key::<Feed>(name), text)?;
    let put = match pull {
        Some(pull) => put.metadata(pull)?,
        None => put,
    };
    Ok(put.execute().await?)
}

/// The document with the time of its measurement, which is that of its arrival if it says nothing else.
fn stamped(text: &str, at: Timestamp) -> String {
    let told = serde_json::from_str::<Told>(text).is_ok_and(|told| told.at.is_some());
    match text.split_once('{') {
        Some((_, rest)) if !told => format!("{{\"at\": \"{at}\", {rest}"),
        _ => text.to_owned(),
    }
}

/// Whether documents may be pulled from this machine by plain http: for development and tests.
fn is_local_allowed(env: &Env) -> bool {
    env.var("FEEDS_FROM_LOCALHOST").is_ok_and(|told| told.to_string() == "1")
}

impl Pull {
    fn read(told: Value, body: &str, local: bool) -> std::result::Result<Self, String> {
        let only =
            serde_json::from_str::<serde_json::Map<String, Value>>(body).is_ok_and(|all| all.len() == 1);
        if !only {
            return Err("a feed is pulled, or told: \"pull\" stands alone".into());
        }
        let pull: Self = serde_json::from_value(told).map_err(|error| {
            format!("expected {{\"pull\": {{\"url\": \"https://…\", \"every\": \"15m\"}}}}: {error}")
        })?;
        if Span::parse(&pull.every).is_none_or(|every| every < OFTENEST || every > SELDOMEST) {
            return Err(format!("`every` is a duration from {OFTENEST} to {SELDOMEST}, such as \"15m\""));
        }
        if pull.tried.is_some() || pull.failed.is_some() {
            return Err("`tried` and `failed` are told by the Worker".into());
        }
        let url = Url::parse(&pull.url).map_err(|error| format!("`url` is no address: {error}"))?;
        let named = url.username().is_empty() && url.password().is_none();
        let here =
            url.scheme() == "http" && local && matches!(url.host_str(), Some("127.0.0.1" | "localhost"));
        if url.scheme() != "https" && !here {
            return Err("`url` begins with https://".into());
        }
        if !named || pull.url.len() > MAX_URL {
            return Err(format!("`url` names no user and has at most {MAX_URL} characters"));
        }
        Ok(pull)
    }

    fn is_due(&self, now: Timestamp) -> bool {
        let every = Span::parse(&self.every).unwrap_or(SELDOMEST);
        self.tried.is_none_or(|tried| now.since(tried).0 + EARLY.0 >= every.0)
    }

    /// The document as it stands there now, with its time, or why there is none.
    async fn fetch(&self) -> std::result::Result<(String, Feed), String> {
        let mut answer = pin!(self.text());
        let mut timer = pin!(Delay::from(PATIENCE));
        let text = poll_fn(|cx| match answer.as_mut().poll(cx) {
            Poll::Ready(answer) => Poll::Ready(answer),
            Poll::Pending => {
                timer.as_mut().poll(cx).map(|()| Err(format!("no answer within {} s", PATIENCE.as_secs())))
            }
        })
        .await?;
        let feed = Feed::parse(&text, now()).map_err(|problems| {
            let first = problems.0.first().map(ToString::to_string).unwrap_or_default();
            format!("the document has {} problems, the first at {first}", problems.0.len())
        })?;
        Ok((stamped(&text, feed.at()), feed))
    }

    async fn text(&self) -> std::result::Result<String, String> {
        let failed = |error: Error| format!("it does not answer: {error}");
        let mut init = RequestInit::new();
        init.with_method(Method::Get).with_redirect(RequestRedirect::Manual);
        let request = Request::new_with_init(&self.url, &init).map_err(failed)?;
        let response = Fetch::Request(request).send().await.map_err(failed)?;
        match response.status_code() {
            200 => {}
            300..=399 => return Err("it answers with a redirect; give the address that it leads to".into()),
            status => return Err(format!("it answers {status}")),
        }
        let bytes = body(&response).await?;
        String::from_utf8(bytes).map_err(|_| "it is no text in UTF-8".into())
    }
}

/// The bytes of an answer; reading ends as soon as they are too many.
async fn body(response: &Response) -> std::result::Result<Vec<u8>, String> {
    let failed = |_: JsValue| "it breaks off".to_owned();
    let ResponseBody::Stream(stream) = response.body() else { return Ok(Vec::new()) };
    let reader: ReadableStreamDefaultReader =
        stream.get_reader().dyn_into().map_err(|_| "it can't be read".to_owned())?;
    let mut bytes = Vec::new();
    loop {
        let chunk = JsFuture::from(reader.read()).await.map_err(failed)?;
        let of = |name: &str| Reflect::get(&chunk, &JsValue::from_str(name)).map_err(failed);
        if of("done")?.is_truthy() {
            return Ok(bytes);
        }
        let part = Uint8Array::new(&of("value")?);
        if bytes.len() + part.length() as usize > MAX_FEED_BYTES {
            let _ = reader.cancel();
            return Err(format!("it has more than {MAX_FEED_BYTES} bytes"));
        }
        bytes.extend(part.to_vec());
    }
}
