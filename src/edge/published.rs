//! What is published in KV, read through a cache in the isolate.
//!
//! The cache is what makes an open cheap and a KV outage harmless: an entry is used without asking for [`FRESH`], and for as long as KV doesn't answer.

use super::{deadline, now, report};
use crate::campaign::{Campaign, Feed, Learned, Live, Problems};
use crate::hash::fnv1a;
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

/// Something that is published by an id, as text: a campaign's, or a feed's name.
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

/// What an isolate keeps, by the id.
pub type Cache<T> = RefCell<HashMap<String, Entry<T>>>;

/// What KV said of a thing, and when.
pub struct Entry<T> {
    thing: Option<Rc<T>>,
    /// The hash of the text it was read from: the same text is not read again.
    hash: u64,
    read_at: Timestamp,
}

thread_local! {
    static CAMPAIGNS: Cache<Campaign> = RefCell::default();
    static LIVES: Cache<Live> = RefCell::default();
    static LEARNED: Cache<Learned> = RefCell::default();
    static FEEDS: Cache<Feed> = RefCell::default();
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

impl Published for Feed {
    const PREFIX: &'static str = "feed:";

    /// When it was measured stands in every document that is stored; one that lacks it was put there by other hands, and is of no known age.
    fn read(text: &str) -> std::result::Result<Self, Problems> {
        Self::parse(text, Timestamp(i64::MIN))
    }

    fn cache() -> &'static LocalKey<Cache<Self>> {
        &FEEDS
    }
}

/// What the isolate last heard of a thing.
pub fn kept<T: Published>(id: &str) -> Option<Rc<T>> {
    T::cache().with_borrow(|cache| cache.get(id).and_then(|entry| entry.thing.clone()))
}

/// What is published under an id; `None` when there is none, or nothing is known of it and KV doesn't answer.
pub async fn get<T: Published>(env: &Env, id: &str) -> Option<Rc<T>> {
    if !plausible(id) {
        return None;
    }
    let cached = T::cache().with_borrow(|cache| cache.get(id).map(|e| (e.thing.clone(), e.hash, e.read_at)));
    if let Some((thing, _, read_at)) = &cached
        && now().since(*read_at) < FRESH
    {
        return thing.clone();
    }
    let stale = || cached.as_ref().and_then(|(thing, ..)| thing.clone());
    match deadline("KV", text::<T>(env, id)).await {
        Ok(None) => keep(id, None, 0),
        Ok(Some(text)) if cached.as_ref().is_some_and(|(_, hash, _)| *hash == fnv1a(text.as_bytes())) => {
            keep(id, stale(), fnv1a(text.as_bytes()))
        }
        Ok(Some(text)) => match T::read(&text) {
            Ok(thing) => keep(id, Some(Rc::new(thing)), fnv1a(text.as_bytes())),
            Err(problems) => {
                report(&format!("KV holds a {}… that can't be read", T::PREFIX), &problems);
                keep(id, stale(), fnv1a(text.as_bytes()))
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
    Ok(told(id, text, thing))
}

/// Keeps what was published elsewhere in this isolate.
pub fn told<T: Published>(id: &str, text: &str, thing: T) -> Rc<T> {
    let thing = Rc::new(thing);
    keep(id, Some(thing.clone()), fnv1a(text.as_bytes()));
    thing
}

/// Forgets what was published under an id.
pub async fn delete<T: Published>(env: &Env, id: &str) -> Result<()> {
    env.kv("KV")?.delete(&key::<T>(id)).await?;
    keep::<T>(id, None, 0);
    Ok(())
}

/// Could this be an id? Spares KV the rubbish that any public URL draws.
pub fn plausible(id: &str) -> bool {
    (1..=64).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// Where KV has it.
pub fn key<T: Published>(id: &str) -> String {
    format!("{}{id}", T::PREFIX)
}

fn keep<T: Published>(id: &str, thing: Option<Rc<T>>, hash: u64) -> Option<Rc<T>> {
    T::cache().with_borrow_mut(|cache| {
        if cache.len() >= CAPACITY && !cache.contains_key(id) {
            cache.retain(|_, e| e.thing.is_some());
        }
        if cache.len() < CAPACITY || cache.contains_key(id) {
            cache.insert(id.to_owned(), Entry { thing: thing.clone(), hash, read_at: now() });
        }
    });
    thing
}
