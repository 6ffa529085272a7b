//! Backgrounds made ready, so that an open decodes nothing: kept in the isolate, and in the bucket for all others.
//!
//! In the bucket they lie by what they were made of: `backdrops/{hash of the background}-{width}x{height}.{format}`. A background that changes, or a slot of
//! another size, is another name, so nothing stale is ever drawn on, and nothing has to be told. What lies there may be lost: it is made again.

use super::{deadline, images, now, report};
use crate::campaign::{Campaign, Picture, Slot};
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
    let (backdrop, unstored) = ready(env, path, size, format).await?;
    if let Some(name) = unstored {
        let (env, backdrop) = (env.clone(), backdrop.clone());
        ctx.wait_until(async move { store(&env, &name, &backdrop).await });
    }
    Ok(backdrop)
}

/// Makes all backdrops of a campaign ready, in the formats that its snippets ask for. That takes tens of milliseconds for each, so it waits until the answer has gone out. From the first that
/// can't be made on, they are left for their first open.
pub fn prepare(env: &Env, ctx: &Ctx, campaign: Rc<Campaign>) {
    let env = env.clone();
    ctx.wait_until(async move {
        for (path, size) in campaign.slots.iter().flat_map(captioned) {
            let ending = path.rsplit_once('.').and_then(|(_, ending)| Format::from_extension(ending));
            match ready(&env, path, size, ending.unwrap_or(Format::Png)).await {
                Ok((backdrop, Some(name))) => store(&env, &name, &backdrop).await,
                Ok((_, None)) => {}
                Err(error) => return report("a backdrop is not ready", &error),
            }
        }
    });
}

/// The images of a slot that text is drawn on.
fn captioned(slot: &Slot) -> impl Iterator<Item = (&str, (u32, u32))> {
    let captioned = slot.variants.iter().filter(|variant| variant.text.is_some());
    captioned.filter_map(|variant| match &variant.picture {
        Some(Picture::Image(path)) => Some((path.as_str(), slot.pixels())),
        _ => None,
    })
}

/// The backdrop, and its name if the bucket doesn't hold it yet.
async fn ready(
    env: &Env,
    path: &str,
    size: (u32, u32),
    format: Format,
) -> Result<(Rc<Backdrop>, Option<String>)> {
    let place = (path.to_owned(), size, format);
    let cached = CACHE.with_borrow(|cache| {
        cache.get(&place).map(|kept| (kept.backdrop.clone(), kept.of, now().since(kept.seen_at) < FRESH))
    });
    if let Some((backdrop, _, true)) = cached {
        return Ok((backdrop, None));
    }
    let background = images::load(env, path, images::Kind::Image).await?;
    let of = fnv1a(&background);
    if let Some((backdrop, ..)) = cached.filter(|(_, known, _)| *known == of) {
        return Ok((keep(place, backdrop, of), None));
    }
    let name = name(of, size, format);
    if let Some(backdrop) = stored(env, &name, size, format).await {
        return Ok((keep(place, Rc::new(backdrop), of), None));
    }
    let made = Backdrop::new(&background, size, format);
    let backdrop = made.map_err(|error| Error::RustError(format!("{path}: {error}")))?;
    Ok((keep(place, Rc::new(backdrop), of), Some(name)))
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

async fn store(env: &Env, name: &str, backdrop: &Backdrop) {
    let put = async { env.bucket("BUCKET")?.put(name, backdrop.to_bytes()).execute().await };
    if let Err(error) = deadline("BUCKET", put).await {
        report("backdrop is not stored", &error);
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
