//! Backgrounds made ready, so that an open decodes nothing: kept in the isolate, and in the bucket for all others.
//!
//! In the bucket they lie by what they were made of: `backdrops/{hash of it}-{width}x{height}.{format}`. A background that changes, or a slot of
//! another size, is another name, so nothing stale is ever drawn on, and nothing has to be told. What lies there may be lost: it is made again.

use super::{deadline, fonts, images, now, report};
use crate::campaign::{Campaign, Feeds, Slot, Variant};
use crate::decide::Creative;
use crate::hash::{fnv1a, mix};
use crate::render::composition::{Composition, Part};
use crate::render::{Backdrop, Fonts, Format};
use crate::time::{Span, Timestamp};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use worker::{Context as Ctx, Env, Error, Result};

/// How long a backdrop is drawn on without asking whether its background has changed.
const FRESH: Span = Span(60_000);
/// How many bytes of backdrops an isolate keeps. It has 128 MB in all.
const CAPACITY: usize = 24 << 20;

/// What a backdrop is made of.
#[derive(Clone, Copy)]
pub enum Ground<'a> {
    /// A stored image, for captions.
    Image(&'a str),
    /// What is the same for everybody of a composition.
    Base(&'a Composition),
}

/// What a backdrop is for: what [`Ground::name`] tells, the size in pixels, the format.
type Place = (String, (u32, u32), Format);

struct Kept {
    backdrop: Rc<Backdrop>,
    of: u64,
    seen_at: Timestamp,
}

thread_local! {
    static CACHE: RefCell<HashMap<Place, Kept>> = RefCell::default();
}

impl Ground<'_> {
    /// What tells it from others.
    fn name(self) -> String {
        match self {
            Self::Image(path) => path.to_owned(),
            Self::Base(composition) => format!("base {:016x}", fnv1a(&composition.base().to_bytes())),
        }
    }

    /// Makes the backdrop, unless the bucket holds it. Tells the hash of all that it is made of, and its name if it is to be stored.
    async fn ready(
        self,
        env: &Env,
        fonts: &Fonts,
        size: (u32, u32),
        format: Format,
        known: impl FnOnce(u64) -> Option<Rc<Backdrop>>,
    ) -> Result<(Rc<Backdrop>, u64, Option<String>)> {
        let file = match self {
            Self::Image(path) => Some(path),
            Self::Base(composition) => composition.background.image(),
        };
        let file = match file {
            Some(path) => Some(images::load(env, path, images::Kind::Image).await?),
            None => None,
        };
        let file = file.as_ref().map(|file| file.as_slice());
        let mut of = fnv1a(file.unwrap_or_default());
        if let Self::Base(composition) = self {
            of = fnv1a(&[&of.to_le_bytes()[..], &composition.base().to_bytes()].concat());
            for (path, _) in composition.images(Part::Fixed) {
                of = mix(of ^ fnv1a(&images::load(env, path, images::Kind::Image).await?));
            }
        }
        if let Some(backdrop) = known(of) {
            return Ok((backdrop, of, None));
        }
        let name = name(of, size, format);
        if let Some(backdrop) = stored(env, &name, self, size, format).await {
            return Ok((Rc::new(backdrop), of, None));
        }
        let made = match self {
            Self::Image(_) => Backdrop::new(file.unwrap_or_default(), size, format),
            Self::Base(composition) => {
                let sprites = images::sprites(env, composition, Part::Fixed).await?;
                Backdrop::base(composition, file, &sprites, fonts, size, format)
            }
        };
        let made = made.map_err(|error| Error::RustError(format!("{}: {error}", self.name())))?;
        let whole = match self {
            Self::Image(_) => true,
            Self::Base(composition) => fonts.cover(composition.base().texts()),
        };
        // what lacks letters for want of a font is of nothing that comes again, so it is made anew
        if whole { Ok((Rc::new(made), of, Some(name))) } else { Ok((Rc::new(made), !of, None)) }
    }

    fn parse(self, bytes: &[u8], size: (u32, u32), format: Format) -> Option<Backdrop> {
        match self {
            Self::Image(_) => Backdrop::parse(bytes, size, format),
            Self::Base(composition) => Backdrop::parse_base(bytes, composition, size, format),
        }
    }
}

/// The backdrop of a ground. One that had to be made is stored after the answer has gone out.
///
/// # Errors
/// Why a stored image can't be read or isn't a picture.
pub async fn get(
    env: &Env,
    ctx: &Ctx,
    ground: Ground<'_>,
    fonts: &Fonts,
    size: (u32, u32),
    format: Format,
) -> Result<Rc<Backdrop>> {
    let (backdrop, unstored) = ready(env, ground, fonts, size, format).await?;
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
        for slot in &campaign.slots {
            for variant in &slot.variants {
                if let Err(error) = prepare_one(&env, &campaign, slot, variant).await {
                    return report("a backdrop is not ready", &error);
                }
            }
        }
    });
}

/// Makes the backdrop of a variant ready, if it is drawn on one.
async fn prepare_one(env: &Env, campaign: &Campaign, slot: &Slot, variant: &Variant) -> Result<()> {
    let creative = Creative::plain(campaign, variant, &Feeds::default(), now());
    let ground = match &creative {
        Creative::Image { path, caption: Some(_) } => Ground::Image(path),
        Creative::Composition(composition) => Ground::Base(composition),
        _ => return Ok(()),
    };
    let fonts = fonts::load(env, &creative).await;
    if let (backdrop, Some(name)) = ready(env, ground, &fonts, slot.pixels(), slot.format()).await? {
        store(env, &name, &backdrop).await;
    }
    Ok(())
}

/// The backdrop, and its name if the bucket doesn't hold it yet.
async fn ready(
    env: &Env,
    ground: Ground<'_>,
    fonts: &Fonts,
    size: (u32, u32),
    format: Format,
) -> Result<(Rc<Backdrop>, Option<String>)> {
    let place = (ground.name(), size, format);
    let cached = CACHE.with_borrow(|cache| {
        cache.get(&place).map(|kept| (kept.backdrop.clone(), kept.of, now().since(kept.seen_at) < FRESH))
    });
    if let Some((backdrop, _, true)) = cached {
        return Ok((backdrop, None));
    }
    let same = |of| cached.filter(|(_, known, _)| *known == of).map(|(backdrop, ..)| backdrop);
    let (backdrop, of, unstored) = ground.ready(env, fonts, size, format, same).await?;
    Ok((keep(place, backdrop, of), unstored))
}

async fn stored(
    env: &Env,
    name: &str,
    ground: Ground<'_>,
    size: (u32, u32),
    format: Format,
) -> Option<Backdrop> {
    let read = deadline("BUCKET", images::bucket(env, name)).await;
    let bytes = read.map_err(|error| report("backdrop", &error)).ok()??;
    let backdrop = ground.parse(&bytes, size, format);
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
