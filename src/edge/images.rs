//! An image's bytes: read from the bucket or the assets, captioned, encoded as the URL wants. Fonts are read the same way.

use super::backdrops::{self, Ground};
use super::{countdowns, deadline, fonts, now, report};
use crate::campaign::Slot;
use crate::decide::Creative;
use crate::render::composition::{Composition, Part};
use crate::render::{self, Format, Sprite, Sprites};
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

/// The same of images made ready.
const SPRITE_CAPACITY: usize = 8 << 20;

/// An image's bytes, and when they were read.
type Kept = (Rc<Vec<u8>>, Timestamp);

/// Images made ready, by path and place, each with the bytes that it was made of.
type Ready = HashMap<(String, (u32, u32)), (Rc<Vec<u8>>, Rc<Sprite>)>;

thread_local! {
    static CACHE: RefCell<HashMap<String, Kept>> = RefCell::default();
    static SPRITES: RefCell<Ready> = RefCell::default();
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
        Creative::Composition(composition) => {
            let ground = Ground::Base(composition);
            let base = backdrops::get(env, ctx, ground, &fonts, slot.pixels(), format).await?;
            let drawn = base.compose(composition, &sprites(env, composition, Part::Live).await?, &fonts);
            return drawn.map(Some).map_err(|error| Error::RustError(format!("composition: {error}")));
        }
        Creative::Countdown { face, deadline } => {
            let drawn = countdowns::draw(face, &fonts, slot.pixels(), deadline.since(now()), format);
            return drawn.map(Some).map_err(|error| Error::RustError(format!("countdown: {error}")));
        }
    };
    let drawn = match lines {
        Some(lines) => {
            let backdrop =
                backdrops::get(env, ctx, Ground::Image(path), &fonts, slot.pixels(), format).await?;
            backdrop.hero(&lines.caption(), &fonts)
        }
        None => render::convert(&load(env, path, Kind::Image).await?, format).map(Cow::into_owned),
    };
    drawn.map(Some).map_err(|error| Error::RustError(format!("{path}: {error}")))
}

/// The images of some layers of a composition, ready.
///
/// # Errors
/// When one is nowhere, or is no image.
pub async fn sprites(env: &Env, composition: &Composition, part: Part) -> Result<Sprites> {
    let mut sprites = Sprites::default();
    for (path, most) in composition.images(part) {
        let file = load(env, path, Kind::Image).await?;
        sprites.add(path, most, sprite(path, most, file)?);
    }
    Ok(sprites)
}

/// An image made ready, of which the isolate keeps some: reading one takes longer than drawing it.
fn sprite(path: &str, most: (u32, u32), file: Rc<Vec<u8>>) -> Result<Rc<Sprite>> {
    let key = (path.to_owned(), most);
    let known = SPRITES.with_borrow(|known| known.get(&key).cloned());
    if let Some((_, sprite)) = known.filter(|(of, _)| Rc::ptr_eq(of, &file)) {
        return Ok(sprite);
    }
    let sprite = Sprite::new(&file, most).map(Rc::new);
    let sprite = sprite.map_err(|error| Error::RustError(format!("{path}: {error}")))?;
    SPRITES.with_borrow_mut(|known| {
        let weight: usize = known.values().map(|(_, sprite)| sprite.weight()).sum();
        if weight + sprite.weight() > SPRITE_CAPACITY {
            known.clear();
        }
        known.insert(key, (file, sprite.clone()));
    });
    Ok(sprite)
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
        Kind::Font => (render::is_font(&bytes), "font"),
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
