//! Backgrounds made ready, so that an open decodes nothing: kept in the isolate, and in the bucket for all others.
//!
//! In the bucket they lie by what they were made of: `backdrops/{hash of the background}-{width}x{height}.{format}`. A background that changes, or a slot of
//! another size, is another name, so nothing stale is ever drawn on, and nothing has to be told. What lies there may be lost: it is made again.

use super::{deadline, images, now, report};
use crate::campaign::{Campaign, Picture};
use crate::hash::fnv1a;
use crate::render::{Backdrop, Format};
use crate::time::{Span, Timestamp};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use worker::{Context as Ctx, Env, Error, Result};

/// How long a backdrop is drawn on without asking whether its background has changed.
const FRESH: Span = Span(60_000);
/// How many bytes of backdrops an isolate keeps. It has 128 MB in all.
const CAPACITY: usize = 24 << 20;

/// What a backdrop is for: the background's path, the size in pixels, the format.
type Place = (String, (u32, u32), Format);

struct Kept {
    backdrop: Rc<Backdrop>,
    of: u64,
    seen_at: Timestamp,
}

thread_local! {
    static CACHE: RefCell<HashMap<Place, Kept>> = RefCell::default();
}

/// The backdrop of a stored background. One that had to be made is stored after the answer has gone out.
///
/// # Errors
/// Why the background can't be read or isn't a picture.
pub async fn get(env: &Env, ctx: &Ctx, path: &str, size: (u32, u32), format: Format) -> Result<Rc<Backdrop>> {
    let place = (path.to_owned(), size, format);
    let cached = CACHE.with_borrow(|cache| {
        cache.get(&place).map(|kept| (kept.backdrop.clone(), kept.of, now().since(kept.seen_at) < FRESH))
    });
    if let Some((backdrop, _, true)) = cached {
        return Ok(backdrop);
    }
    let background = images::load(env, path).await?;
    let of = fnv1a(&background);
    if let Some((backdrop, ..)) = cached.filter(|(_, known, _)| *known == of) {
        return Ok(keep(place, backdrop, of));
    }
    let name = name(of, size, format);
    if let Some(backdrop) = stored(env, &name, size, format).await {
        return Ok(keep(place, Rc::new(backdrop), of));
    }
    let made = Backdrop::new(&background, size, format);
    let backdrop = Rc::new(made.map_err(|error| Error::RustError(format!("{path}: {error}")))?);
    store(env, ctx, name, backdrop.clone());
    Ok(keep(place, backdrop, of))
}

/// Makes all backdrops of a campaign ready, in the formats that its snippets ask for. From the first that can't be made on, they are left for their first open: the
/// campaign is published already, and a bucket that hangs must not keep who published it.
pub async fn prepare(env: &Env, ctx: &Ctx, campaign: &Campaign) {
    for slot in &campaign.slots {
        let captioned = slot.variants.iter().filter(|variant| variant.text.is_some());
        let images = captioned.filter_map(|variant| match &variant.picture {
            Some(Picture::Image(path)) => Some(path),
            _ => None,
        });
        for path in images {
            let ending = path.rsplit_once('.').and_then(|(_, ending)| Format::from_extension(ending));
            let format = ending.unwrap_or(Format::Png);
            if let Err(error) = get(env, ctx, path, slot.pixels(), format).await {
                return report("a backdrop is not ready", &error);
            }
        }
    }
}

async fn stored(env: &Env, name: &str, size: (u32, u32), format: Format) -> Option<Backdrop> {
    let read = deadline("BUCKET", images::bucket(env, name)).await;
    let bytes = read.map_err(|error| report("backdrop", &error)).ok()??;
    let backdrop = Backdrop::parse(&bytes, size, format);
    if backdrop.is_none() {
        report("backdrop", &Error::RustError(format!("{name} can't be read; it is made again")));
    }
    backdrop
}

fn store(env: &Env, ctx: &Ctx, name: String, backdrop: Rc<Backdrop>) {
    match env.bucket("BUCKET") {
        Ok(bucket) => ctx.wait_until(async move {
            let put = async { bucket.put(&name, backdrop.to_bytes()).execute().await };
            if let Err(error) = deadline("BUCKET", put).await {
                report("backdrop is not stored", &error);
            }
        }),
        Err(error) => report("BUCKET", &error),
    }
}

fn name(of: u64, (width, height): (u32, u32), format: Format) -> String {
    format!("backdrops/{of:016x}-{width}x{height}.{}", format.extension())
}

fn keep(place: Place, backdrop: Rc<Backdrop>, of: u64) -> Rc<Backdrop> {
    CACHE.with_borrow_mut(|cache| {
        let others = cache.iter().filter(|(known, _)| **known != place);
        if others.map(|(_, kept)| kept.backdrop.weight()).sum::<usize>() + backdrop.weight() > CAPACITY {
            cache.clear();
        }
        cache.insert(place, Kept { backdrop: backdrop.clone(), of, seen_at: now() });
    });
    backdrop
}
