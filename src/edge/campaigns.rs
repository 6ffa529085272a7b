//! Published campaigns: in KV under `campaign:{id}`, read through a cache in the isolate.
//!
//! The cache is what makes an open cheap and a KV outage harmless: an entry is used without asking for [`FRESH`], and for as long as KV doesn't answer.

use super::{deadline, now, report};
use crate::campaign::{Campaign, Live, Problems};
use crate::intent::Model;
use crate::time::{Span, Timestamp};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use worker::{Env, Result};

/// How long an entry is used without asking KV. A kill switch takes this long, and as long as KV takes to spread.
const FRESH: Span = Span(5_000);
/// How many campaigns an isolate keeps, also those known not to exist.
const CAPACITY: usize = 256;

struct Entry {
    campaign: Option<Rc<Campaign>>,
    read_at: Timestamp,
}

thread_local! {
    static CACHE: RefCell<HashMap<String, Entry>> = RefCell::default();
    static MODEL: Option<Rc<Model>> = Model::starter().map(Rc::new).ok();
}

/// The intent model.
pub fn model() -> Result<Rc<Model>> {
    MODEL.with(Clone::clone).ok_or_else(|| worker::Error::RustError("the starter model does not load".into()))
}

/// What is known of a running campaign. Nothing yet: budgets and stock count as used up.
pub fn live(_: &str) -> Live {
    Live::UNKNOWN
}

/// A published campaign; `None` when there is none of that id, or nothing is known of it and KV doesn't answer.
pub async fn get(env: &Env, id: &str) -> Option<Rc<Campaign>> {
    if !plausible(id) {
        return None;
    }
    let cached = CACHE.with_borrow(|cache| cache.get(id).map(|e| (e.campaign.clone(), e.read_at)));
    if let Some((campaign, read_at)) = &cached
        && now().since(*read_at) < FRESH
    {
        return campaign.clone();
    }
    let stale = || cached.as_ref().and_then(|(campaign, _)| campaign.clone());
    match deadline("KV", text(env, id)).await {
        Ok(None) => keep(id, None),
        Ok(Some(text)) => match Campaign::parse(&text) {
            Ok(campaign) => keep(id, Some(Rc::new(campaign))),
            Err(problems) => {
                report("KV holds a campaign that can't be read", &problems);
                keep(id, stale())
            }
        },
        Err(error) => {
            report("campaign", &error);
            stale()
        }
    }
}

/// The text of a published campaign.
pub async fn text(env: &Env, id: &str) -> Result<Option<String>> {
    Ok(env.kv("KV")?.get(&key(id)).text().await?)
}

/// Publishes a campaign.
///
/// # Errors
/// The inner error is the author's: every problem of the document. The outer one is the storage's.
pub async fn publish(env: &Env, text: &str) -> Result<std::result::Result<Rc<Campaign>, Problems>> {
    let campaign = match Campaign::parse(text) {
        Ok(campaign) => Rc::new(campaign),
        Err(problems) => return Ok(Err(problems)),
    };
    env.kv("KV")?.put(&key(&campaign.id.name), text)?.execute().await?;
    keep(&campaign.id.name, Some(campaign.clone()));
    Ok(Ok(campaign))
}

fn key(id: &str) -> String {
    format!("campaign:{id}")
}

/// Could this be a campaign's id? Spares KV the rubbish that any public URL draws.
fn plausible(id: &str) -> bool {
    (1..=64).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

fn keep(id: &str, campaign: Option<Rc<Campaign>>) -> Option<Rc<Campaign>> {
    CACHE.with_borrow_mut(|cache| {
        if cache.len() >= CAPACITY && !cache.contains_key(id) {
            cache.retain(|_, e| e.campaign.is_some());
        }
        if cache.len() < CAPACITY || cache.contains_key(id) {
            cache.insert(id.to_owned(), Entry { campaign: campaign.clone(), read_at: now() });
        }
    });
    campaign
}
