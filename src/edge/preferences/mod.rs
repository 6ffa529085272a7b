//! `/u/{token}`: what recipients allow and wish, in their own hands. No script, no account: the token in the URL, which only their own mails bear, is the authority.
//!
//! | request | what it does |
//! |---|---|
//! | `GET /u/{token}` | the page |
//! | `GET /u/{token}/data.json` | all that is held, to keep |
//! | `POST /u/{token}`, a form | saves what was chosen; `action` `unsubscribe`: no more offers by any channel; `erase`: forgets everything |
//! | `POST /u/{token}`, `List-Unsubscribe=One-Click` | RFC 8058: no more offers by e-mail |
//!
//! A `GET` changes nothing, whoever follows the link: scanners do. What is saved is told as an `identify` event, so that the newest word stands, whichever way it came. A box that nobody
//! touched is no word: what was never asked stays unasked.

mod page;
mod words;

use super::shards::Place;
use super::{Names, deliver, events, now, people, problem, request};
use crate::inbound::Told;
use crate::profile::event::{Call, Event};
use crate::profile::{Channel, Purpose, Said};
use crate::time::{DAY, Span};
use page::View;
use serde_json::{Map, Value, json};
use words::Words;
use worker::{Env, Headers, Method, Request, Response, Result};

/// What a page may do: nothing but be read and sent back here.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
/// How many messages a week mean that there is no limit.
const NO_LIMIT: u64 = 99;

/// Answers a request.
pub async fn route(mut req: Request, env: &Env) -> Result<Response> {
    let path = req.path();
    let (token, rest) =
        path.trim_start_matches("/u/").split_once('/').unwrap_or((path.trim_start_matches("/u/"), ""));
    let words = Words::of(&wanted(&req));
    let place = Names::of(env).and_then(|names| names.ring.verify(token, now()).ok());
    let Some(place) =
        place.map(|token| Place { recipient: token.recipient.to_string(), shard: token.shard.0 })
    else {
        return html(404, &page::message(words, words.bad_link, words.bad_link_help));
    };
    match (req.method(), rest) {
        (Method::Get | Method::Head, "") => show(env, place, words, token, &wanted(&req), None).await,
        (Method::Get, "data.json") => data(env, place).await,
        (Method::Post, "") => {
            if events::is_too_much(&req, env).await {
                return problem(429, "too many requests: try again in a minute");
            }
            let form = match events::body(&mut req).await {
                Ok(text) => form(&text),
                Err((status, reason)) => return problem(status, reason),
            };
            change(env, place, words, token, &wanted(&req), &form).await
        }
        _ => problem(405, "method not allowed"),
    }
}

/// The languages that are asked for, the most wanted first.
fn wanted(req: &Request) -> String {
    let chosen = request::query(req, "lang").unwrap_or_default();
    let accepted = req.headers().get("accept-language").ok().flatten().unwrap_or_default();
    format!("{chosen},{accepted}")
}

/// The fields of a form.
fn form(text: &str) -> Vec<(String, String)> {
    worker::Url::parse(&format!("form:?{text}"))
        .map(|url| url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect())
        .unwrap_or_default()
}

fn value<'f>(form: &'f [(String, String)], name: &str) -> Option<&'f str> {
    form.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

async fn show(
    env: &Env,
    place: Place,
    words: &'static Words,
    token: &str,
    wanted: &str,
    note: Option<&str>,
) -> Result<Response> {
    let document = people::export(env, place, None).await?.unwrap_or_else(|| json!({}));
    let told = document.pointer("/profile/traits/language").and_then(Value::as_str);
    // who chose a language on the page means it; otherwise what is known of the recipient comes before what the browser says
    let words = match told {
        Some(language) if wanted.starts_with(',') => Words::of(language),
        _ => words,
    };
    html(
        200,
        &page::centre(&View { words, token, document: &document, topics: topics(env, &document), note }),
    )
}

async fn data(env: &Env, place: Place) -> Result<Response> {
    let document = people::export(env, place, None).await?.unwrap_or_else(|| json!({}));
    let headers = headers("application/json; charset=utf-8")?;
    headers.set("content-disposition", "attachment; filename=\"data.json\"")?;
    Ok(Response::ok(serde_json::to_string_pretty(&document)?)?.with_headers(headers))
}

async fn change(
    env: &Env,
    place: Place,
    words: &'static Words,
    token: &str,
    wanted: &str,
    form: &[(String, String)],
) -> Result<Response> {
    let one_click = value(form, "List-Unsubscribe") == Some("One-Click");
    match value(form, "action") {
        _ if one_click => {
            tell(env, &place, event(Call::Track, "Email Unsubscribed", Map::new())).await?;
            Ok(Response::empty()?.with_headers(headers("text/plain")?))
        }
        Some("unsubscribe") => {
            tell(env, &place, event(Call::Track, "Email Unsubscribed", Map::new())).await?;
            let off =
                |channel: Channel| (channel.name().to_owned(), json!({Purpose::Marketing.name(): false}));
            let consent: Map<String, Value> = Channel::ALL.into_iter().map(off).collect();
            tell(env, &place, event(Call::Identify, "", told("consent", consent.into()))).await?;
            show(env, place, words, token, wanted, Some(words.unsubscribed)).await
        }
        Some("erase") if value(form, "sure") == Some("yes") => {
            people::erase(env, place).await?;
            html(200, &page::message(words, words.erased, words.erased_help))
        }
        Some("erase") => show(env, place, words, token, wanted, Some(words.not_erased)).await,
        Some("save") => {
            let document = people::export(env, place.clone(), None).await?.unwrap_or_else(|| json!({}));
            let traits = chosen(form, &document, &topics(env, &document));
            if !traits.is_empty() {
                tell(env, &place, event(Call::Identify, "", traits)).await?;
            }
            show(env, place, words, token, wanted, Some(words.saved)).await
        }
        _ => problem(400, "`action` is save, unsubscribe or erase"),
    }
}

/// What differs from what is known: the traits of an `identify` event.
fn chosen(form: &[(String, String)], document: &Value, topics: &[String]) -> Map<String, Value> {
    let (mut consent, mut preferences) = (Map::new(), Map::new());
    for channel in Channel::ALL {
        let mut purposes = Map::new();
        for purpose in Purpose::ALL {
            let now = page::granted(document, channel, purpose);
            let wanted = value(form, &page::box_of(channel, purpose)).is_some();
            if now != wanted {
                purposes.insert(purpose.name().to_owned(), wanted.into());
            }
        }
        if !purposes.is_empty() {
            consent.insert(channel.name().to_owned(), purposes.into());
        }
    }
    let ticked: Vec<&str> =
        form.iter().filter(|(name, _)| name == "topic").map(|(_, v)| v.as_str()).collect();
    let mut words = Map::new();
    for topic in topics {
        let (now, wanted) = (page::wants(document, topic), ticked.contains(&topic.as_str()));
        if now.unwrap_or(false) != wanted {
            words.insert(topic.clone(), wanted.into());
        }
    }
    if !words.is_empty() {
        preferences.insert("topics".to_owned(), words.into());
    }
    if let Some(weekly) = value(form, "weekly").and_then(|text| text.parse::<u64>().ok()) {
        let weekly = if weekly == 0 { NO_LIMIT } else { weekly.min(NO_LIMIT) };
        if page::weekly(document).unwrap_or(NO_LIMIT) != weekly {
            preferences.insert("weekly".to_owned(), weekly.into());
        }
    }
    match value(form, "pause").and_then(|text| text.parse::<i64>().ok()) {
        Some(0) if page::paused_until(document).is_some() => {
            preferences.insert("paused_until".to_owned(), json!(now()));
        }
        Some(days @ 1..=366) => {
            preferences.insert("paused_until".to_owned(), json!(now().plus(Span(days * DAY))));
        }
        _ => {}
    }
    let mut traits = Map::new();
    for (name, words) in [("consent", consent), ("preferences", preferences)] {
        if !words.is_empty() {
            traits.insert(name.to_owned(), words.into());
        }
    }
    traits
}

fn told(name: &str, value: Value) -> Map<String, Value> {
    [(name.to_owned(), value)].into_iter().collect()
}

fn event(call: Call, name: &str, traits: Map<String, Value>) -> Event {
    Event {
        call,
        user_id: String::new(),
        anonymous_id: String::new(),
        previous_id: String::new(),
        message_id: String::new(),
        timestamp: now(),
        event: name.to_owned(),
        properties: Map::new(),
        traits,
    }
}

async fn tell(env: &Env, place: &Place, event: Event) -> Result<()> {
    deliver::one(env, place.clone(), Told { event, said: Said::default() }).await
}

/// The topics to choose from: those of `TOPICS`, and those that the recipient spoke about.
fn topics(env: &Env, document: &Value) -> Vec<String> {
    let listed = env.var("TOPICS").map(|topics| topics.to_string()).unwrap_or_default();
    let mut topics: Vec<String> = listed.split(',').map(|topic| topic.trim().to_owned()).collect();
    topics.extend(page::topics(document));
    topics.retain(|topic| !topic.is_empty());
    let mut seen = Vec::new();
    topics.retain(|topic| {
        let new = !seen.contains(topic);
        seen.push(topic.clone());
        new
    });
    topics
}

fn headers(kind: &str) -> Result<Headers> {
    let headers = Headers::new();
    for (name, value) in [
        ("content-type", kind),
        ("content-security-policy", POLICY),
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
        ("x-robots-tag", "noindex"),
    ] {
        headers.set(name, value)?;
    }
    Ok(headers)
}

fn html(status: u16, text: &str) -> Result<Response> {
    Ok(Response::ok(text)?.with_status(status).with_headers(headers("text/html; charset=utf-8")?))
}
