//! An image's bytes: read from the bucket or the assets, captioned, encoded as the URL wants. Fonts are read the same way.

use super::{backdrops, countdowns, deadline, fonts, now, report};
use crate::campaign::Slot;
use crate::decide::Creative;
use crate::render::{self, Format};
use crate::time::{Span, Timestamp};
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use worker::{Context as Ctx, Env, Error, Result};

/// How long an image read before is used without reading it again.
const FRESH: Span = Span(60_000);
/// How many bytes of images and fonts an isolate keeps. It has 128 MB in all.
const CAPACITY: usize = 16 << 20;

/// An image's bytes, and when they were read.
type Kept = (Rc<Vec<u8>>, Timestamp);

thread_local! {
    static CACHE: RefCell<HashMap<String, Kept>> = RefCell::default();
}

/// Draws what a slot shows, or its spare if fonts for it can't be had; `None` for an empty slot.
pub async fn draw(
    env: &Env,
    ctx: &Ctx,
    slot: &Slot,
    (creative, spare): (&Creative, Option<&Creative>),
    format: Format,
) -> Result<Option<Vec<u8>>> {
    let fonts = fonts::load(env, creative).await;
    let creative = creative.or_spare(spare, &fonts);
    if !fonts.cover(creative.texts()) {
        report("text", &"characters are left out that no font at hand has");
    }
    let (path, lines) = match creative {
        Creative::Nothing => return Ok(None),
        Creative::Image { path, caption } => (path, caption),
        Creative::Countdown { face, deadline } => {
            let drawn = countdowns::draw(face, &fonts, slot.pixels(), deadline.since(now()), format);
            return drawn.map(Some).map_err(|error| Error::RustError(format!("countdown: {error}")));
        }
    };
    let drawn = match lines {
        Some(lines) => {
            backdrops::get(env, ctx, path, slot.pixels(), format).await?.hero(&lines.caption(), &fonts)
        }
        None => render::convert(&load(env, path, Kind::Image).await?, format).map(Cow::into_owned),
    };
    drawn.map(Some).map_err(|error| Error::RustError(format!("{path}: {error}")))
}

/// What a stored file is.
#[derive(Clone, Copy)]
pub enum Kind {
    Image,
    Font,
}

/// The bytes of a stored file, from the bucket if it is there and from the assets if not.
///
/// # Errors
/// When it is nowhere, or is of another kind.
pub async fn load(env: &Env, path: &str, kind: Kind) -> Result<Rc<Vec<u8>>> {
    let cached = CACHE.with_borrow(|cache| cache.get(path).cloned());
    if let Some((bytes, read_at)) = &cached
        && now().since(*read_at) < FRESH
    {
        return Ok(bytes.clone());
    }
    let read = match deadline("BUCKET", bucket(env, path)).await {
        Ok(Some(bytes)) => Ok(bytes),
        Ok(None) => deadline("ASSETS", asset(env, path)).await,
        Err(error) => {
            report("bucket", &error);
            deadline("ASSETS", asset(env, path)).await
        }
    };
    match (read.and_then(|bytes| checked(path, bytes, kind)), cached) {
        (Ok(bytes), _) => Ok(keep(path, bytes)),
        (Err(error), Some((stale, _))) => {
            report("a file is served stale", &error);
            Ok(stale)
        }
        (Err(error), None) => Err(error),
    }
}

/// Only what begins as an image or font is one: a store that answers nonsense has failed.
fn checked(path: &str, bytes: Vec<u8>, kind: Kind) -> Result<Vec<u8>> {
    let (sound, name) = match kind {
        Kind::Image => (render::sniff(&bytes).is_some(), "image"),
        Kind::Font => (render::is_font(&bytes), "TrueType font"),
    };
    if sound { Ok(bytes) } else { Err(Error::RustError(format!("{path} is no {name}"))) }
}

/// The bytes of an object; `None` if there is none of that name.
///
/// # Errors
/// When the bucket fails.
pub async fn bucket(env: &Env, path: &str) -> Result<Option<Vec<u8>>> {
    let Some(object) = env.bucket("BUCKET")?.get(path).execute().await? else { return Ok(None) };
    match object.body() {
        Some(body) => body.bytes().await.map(Some),
        None => Ok(None),
    }
}

async fn asset(env: &Env, path: &str) -> Result<Vec<u8>> {
    let mut response = env.assets("ASSETS")?.fetch(format!("http://assets/{path}"), None).await?;
    match response.status_code() {
        200 => response.bytes().await,
        status => Err(Error::RustError(format!("{path}: assets answered {status}"))),
    }
}

fn keep(path: &str, bytes: Vec<u8>) -> Rc<Vec<u8>> {
    let bytes = Rc::new(bytes);
    CACHE.with_borrow_mut(|cache| {
        let size: usize = cache.values().map(|(b, _)| b.len()).sum();
        if size + bytes.len() > CAPACITY {
            cache.clear();
        }
        cache.insert(path.to_owned(), (bytes.clone(), now()));
    });
    bytes
}
