//! What is published in KV, read through a cache in the isolate.
//!
//! The cache is what makes an open cheap and a KV outage harmless: an entry is used without asking for [`FRESH`], and for as long as KV doesn't answer.

use super::{deadline, now, report};
use crate::campaign::{Campaign, Learned, Live, Problems};
use crate::time::{Span, Timestamp};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::thread::LocalKey;
use worker::{Env, Result};

/// How long an entry is used without asking KV. A kill switch takes this long, and as long as KV takes to spread.
const FRESH: Span = Span(5_000);
/// How many things of a kind an isolate keeps, also those known not to exist.
const CAPACITY: usize = 256;

/// Something that is published by a campaign's id, as text.
pub trait Published: Sized + 'static {
    /// What its keys in KV begin with.
    const PREFIX: &'static str;

    /// Reads it.
    fn read(text: &str) -> std::result::Result<Self, Problems>;

    /// The campaign that it says it is of, if it says so.
    fn of(&self) -> Option<&str> {
        None
    }

    /// Where the isolate keeps it.
    fn cache() -> &'static LocalKey<Cache<Self>>;
}

/// What an isolate keeps, by the campaign's id.
pub type Cache<T> = RefCell<HashMap<String, Entry<T>>>;

/// What KV said of a thing, and when.
pub struct Entry<T> {
    thing: Option<Rc<T>>,
    read_at: Timestamp,
}

thread_local! {
    static CAMPAIGNS: Cache<Campaign> = RefCell::default();
    static LIVES: Cache<Live> = RefCell::default();
    static LEARNED: Cache<Learned> = RefCell::default();
}

impl Published for Campaign {
    const PREFIX: &'static str = "campaign:";

    fn read(text: &str) -> std::result::Result<Self, Problems> {
        Self::parse(text)
    }

    fn cache() -> &'static LocalKey<Cache<Self>> {
        &CAMPAIGNS
    }
}

impl Published for Live {
    const PREFIX: &'static str = "live:";

    fn read(text: &str) -> std::result::Result<Self, Problems> {
        Self::parse(text)
    }

    fn cache() -> &'static LocalKey<Cache<Self>> {
        &LIVES
    }
}

impl Published for Learned {
    const PREFIX: &'static str = "learned:";

    fn read(text: &str) -> std::result::Result<Self, Problems> {
        Self::parse(text)
    }

    fn of(&self) -> Option<&str> {
        Some(&self.lessons().campaign)
    }

    fn cache() -> &'static LocalKey<Cache<Self>> {
        &LEARNED
    }
}

/// What is published under an id; `None` when there is none, or nothing is known of it and KV doesn't answer.
pub async fn get<T: Published>(env: &Env, id: &str) -> Option<Rc<T>> {
    if !plausible(id) {
        return None;
    }
    let cached = T::cache().with_borrow(|cache| cache.get(id).map(|e| (e.thing.clone(), e.read_at)));
    if let Some((thing, read_at)) = &cached
        && now().since(*read_at) < FRESH
    {
        return thing.clone();
    }
    let stale = || cached.as_ref().and_then(|(thing, _)| thing.clone());
    match deadline("KV", text::<T>(env, id)).await {
        Ok(None) => keep(id, None),
        Ok(Some(text)) => match T::read(&text) {
            Ok(thing) => keep(id, Some(Rc::new(thing))),
            Err(problems) => {
                report(&format!("KV holds a {}… that can't be read", T::PREFIX), &problems);
                keep(id, stale())
            }
        },
        Err(error) => {
            report(T::PREFIX, &error);
            stale()
        }
    }
}

/// The text of what is published under an id.
pub async fn text<T: Published>(env: &Env, id: &str) -> Result<Option<String>> {
    Ok(env.kv("KV")?.get(&key::<T>(id)).text().await?)
}

/// Publishes a text that was read as `thing`.
pub async fn put<T: Published>(env: &Env, id: &str, text: &str, thing: T) -> Result<Rc<T>> {
    env.kv("KV")?.put(&key::<T>(id), text)?.execute().await?;
    let thing = Rc::new(thing);
    keep(id, Some(thing.clone()));
    Ok(thing)
}

/// Could this be a campaign's id? Spares KV the rubbish that any public URL draws.
pub fn plausible(id: &str) -> bool {
    (1..=64).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

fn key<T: Published>(id: &str) -> String {
    format!("{}{id}", T::PREFIX)
}

fn keep<T: Published>(id: &str, thing: Option<Rc<T>>) -> Option<Rc<T>> {
    T::cache().with_borrow_mut(|cache| {
        if cache.len() >= CAPACITY && !cache.contains_key(id) {
            cache.retain(|_, e| e.thing.is_some());
        }
        if cache.len() < CAPACITY || cache.contains_key(id) {
            cache.insert(id.to_owned(), Entry { thing: thing.clone(), read_at: now() });
        }
    });
    thing
}
