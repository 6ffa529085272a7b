//! `apropos render`: the picture that somebody would see at a moment, drawn on this machine with the very code of the Worker.

use crate::Verdict;
use crate::decide::profile;
use crate::documents::{self, json};
use crate::output::Output;
use crate::text::{examples, now, time};
use anyhow::{Context as _, Result, anyhow};
use apropos::campaign::{Campaign, Slot, SlotKind, Variant};
use apropos::context::{Context, OPENERS, Request};
use apropos::decide::{Creative, Outcome, Question, decide};
use apropos::intent::{Facts, Model};
use apropos::nearest::nearest;
use apropos::profile::Profile;
use apropos::render::composition::Part;
use apropos::render::countdown::Prepared;
use apropos::render::{self, Alphabet, Backdrop, Fonts, Format, Sprite, Sprites};
use apropos::time::Timestamp;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// Draw what somebody would see in a mail at a moment
///
/// The bytes are those that the Worker answers with.
#[derive(clap::Args)]
#[command(after_help = examples(&[
    ("What everybody sees of whom nothing is known", "apropos render campaign.json -o hero.jpg"),
    ("What Ana sees on Christmas Eve, through Gmail", "apropos render campaign.json --as ana.json --at 2026-12-24T18:00:00Z --from gmail -o hero.png"),
    ("One variant, whoever looks", "apropos render campaign.json --slot hero --variant sale --as ana.json -o hero.jpg"),
]))]
pub struct Args {
    /// The campaign
    #[arg(value_name = "CAMPAIGN")]
    campaign: PathBuf,
    /// The slot; the first image when left out
    #[arg(long, value_name = "NAME")]
    slot: Option<String>,
    /// Draw this variant, as if it had been chosen
    #[arg(long, value_name = "ID")]
    variant: Option<String>,
    /// The person's profile, a JSON document as imports have it; somebody of whom nothing is known when left out
    #[arg(long = "as", alias = "profile", value_name = "FILE")]
    profile: Option<PathBuf>,
    /// The moment; this one when left out
    #[arg(long = "at", alias = "now", value_name = "TIME", value_parser = time)]
    at: Option<Timestamp>,
    /// Who opens: gmail, apple-mail, outlook, phone, scanner, or a file with the request as JSON
    #[arg(long, value_name = "OPENER", default_value = "outlook")]
    from: String,
    /// When the person first opened a message of the campaign: what some countdowns run from; never before when left out
    #[arg(long, value_name = "TIME", value_parser = time)]
    first_open: Option<Timestamp>,
    /// What changes while the campaign runs, as JSON; nothing is known when left out
    #[arg(long, value_name = "FILE")]
    live: Option<PathBuf>,
    /// What feeds say, as a JSON object of their documents by name; nothing when left out
    #[arg(long, value_name = "FILE")]
    feeds: Option<PathBuf>,
    /// What the campaign has learned, as `apropos learn` writes it; nothing when left out
    #[arg(long, value_name = "FILE")]
    learned: Option<PathBuf>,
    /// The person's number for this campaign, which settles the holdout and every draw
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// The folder in which the campaign's images lie, and in `fonts` the letters beyond Latin
    #[arg(long, value_name = "FOLDER", default_value = "www")]
    images: PathBuf,
    /// Where the picture goes: its ending, png, jpg or gif, says what it is
    #[arg(short, long, value_name = "FILE")]
    out: PathBuf,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<Verdict> {
    let format = args.out.extension().and_then(|ending| Format::from_extension(ending.to_str()?));
    let format = format
        .with_context(|| format!("{}: a picture's name ends in .png, .jpg or .gif", args.out.display()))?;
    let at = args.at.unwrap_or_else(now);
    let Some(campaign) = documents::campaign(&args.campaign)? else { return Ok(Verdict::Problems) };
    let (place, slot) = slot(&campaign, args.slot.as_deref())?;
    let Some(drawn) = creative(args, &campaign, place, slot, at)? else { return Ok(Verdict::Problems) };
    let fonts = fonts(args, &drawn.creative);
    let creative = drawn.creative.or_spare(drawn.spare.as_ref(), &fonts);
    tell_missing(creative, &fonts);
    let mut out = Output::to(Some(&args.out))?;
    out.write_all(&draw(args, slot, creative, &fonts, format, at)?)?;
    out.finish()?;
    Ok(Verdict::Sound)
}

fn slot<'a>(campaign: &'a Campaign, name: Option<&str>) -> Result<(usize, &'a Slot)> {
    let image = |slot: &&Slot| slot.kind == SlotKind::Image;
    let Some(name) = name else {
        let first = campaign.slots.iter().enumerate().find(|(_, slot)| image(slot));
        return first.context("the campaign has no slot with an image");
    };
    let names = campaign.slots.iter().filter(image).map(|slot| slot.name.name.as_str());
    let found = campaign.slot(name).filter(|(_, slot)| image(slot));
    found.ok_or_else(|| unknown("image slot", name, names))
}

fn unknown<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a str> + Clone) -> anyhow::Error {
    let mend = match nearest(name, known.clone()) {
        Some(near) => format!("did you mean {near:?}?"),
        None => format!("known: {}", known.collect::<Vec<_>>().join(", ")),
    };
    anyhow!("there is no {what} {name:?} ({mend})")
}

/// What a slot shows, and what instead if fonts are missing for it.
struct Drawn {
    creative: Creative,
    spare: Option<Creative>,
}

/// The fonts that a creative wants, as far as they can be read; of others it is told.
fn fonts(args: &Args, creative: &Creative) -> Fonts {
    let mut fonts = Fonts::default();
    for file in creative.fonts() {
        let path = args.images.join("fonts").join(file.to_string());
        match fs::read(&path) {
            Ok(bytes) => {
                if !fonts.add(file, Rc::new(bytes)) {
                    anstream::eprintln!("warning: {} is no font", path.display());
                }
            }
            Err(error) => anstream::eprintln!("warning: cannot read {}: {error}", path.display()),
        }
    }
    fonts
}

/// Says which characters are left out.
fn tell_missing(creative: &Creative, fonts: &Fonts) {
    let mut missing: Vec<char> =
        creative.texts().into_iter().flat_map(|(text, weight)| fonts.missing(text, weight)).collect();
    missing.sort_unstable();
    missing.dedup();
    if !missing.is_empty() {
        let told: Vec<String> = missing.iter().map(|c| format!("{c} (U+{:04X})", u32::from(*c))).collect();
        anstream::eprintln!("warning: left out, since no font has them: {}", told.join(", "));
    }
}

/// What the slot shows; none when a document has problems, which are told.
fn creative(
    args: &Args,
    campaign: &Campaign,
    place: usize,
    slot: &Slot,
    at: Timestamp,
) -> Result<Option<Drawn>> {
    let wanted = args.variant.as_deref().map(|id| variant(slot, id)).transpose()?;
    let Some(feeds) = documents::feeds(args.feeds.as_deref(), at)? else { return Ok(None) };
    let Some(path) = &args.profile else {
        let variant = wanted.unwrap_or_else(|| slot.fallback());
        let creative = Creative::plain(campaign, variant, &feeds, at);
        return Ok(Some(Drawn { creative, spare: None }));
    };
    let Some(profile) = profile(path, at)? else { return Ok(None) };
    let Some(live) = documents::live(args.live.as_deref())? else { return Ok(None) };
    let Some(learned) = documents::learned(args.learned.as_deref(), campaign)? else { return Ok(None) };
    let context = Context::read(&request(&args.from)?);
    let model = Model::starter().context("the starter model is damaged")?;
    let question = Question {
        live: &live,
        learned: &learned,
        ..Question::new(campaign, &model, &profile, &context, at, args.seed)
    };
    let mut decision = decide(&question);
    if wanted.is_some() {
        decision.outcome = Outcome::Show;
    }
    let shown = decision.shown(place).and_then(|at| slot.variants.get(usize::from(at)));
    let facts = Facts::new(campaign.channel, &profile, &context, at);
    let first = first_open(args, &profile, campaign);
    let of = |alphabet| Creative::of(campaign, wanted.or(shown), &decision, &facts, &feeds, first, alphabet);
    Ok(Some(Drawn { creative: of(Alphabet::World), spare: Some(of(Alphabet::BuiltIn)) }))
}

/// As it was told, or as the profile remembers: what was shown first of the campaign.
fn first_open(args: &Args, profile: &Profile, campaign: &Campaign) -> Option<Timestamp> {
    let seen = profile.exposures.iter().filter(|exposure| exposure.campaign == campaign.id.key);
    args.first_open.or_else(|| seen.map(|exposure| exposure.at).min())
}

fn variant<'a>(slot: &'a Slot, id: &str) -> Result<&'a Variant> {
    let known = slot.variants.iter().map(|variant| variant.id.name.as_str());
    let found = slot.variants.iter().find(|variant| variant.id.name == id);
    found.ok_or_else(|| unknown("variant", id, known))
}

fn request(from: &str) -> Result<Request> {
    match Request::of_opener(from) {
        Some(request) => Ok(request),
        None if Path::new(from).exists() => json(Path::new(from)),
        None => Err(unknown("file or opener", from, OPENERS.into_iter())),
    }
}

fn draw(
    args: &Args,
    slot: &Slot,
    creative: &Creative,
    fonts: &Fonts,
    format: Format,
    at: Timestamp,
) -> Result<Vec<u8>> {
    let size = slot.pixels();
    match creative {
        Creative::Nothing => Ok(render::pixel(format).to_vec()),
        Creative::Composition(composition) => {
            let file = |path: &str| read(&args.images, path);
            let background = composition.background.image().map(file).transpose()?;
            let mut sprites = Sprites::default();
            for (path, most) in
                [Part::Fixed, Part::Live].into_iter().flat_map(|part| composition.images(part))
            {
                let sprite =
                    Sprite::new(&file(path)?, most).with_context(|| format!("cannot draw {path}"))?;
                sprites.add(path, most, Rc::new(sprite));
            }
            let base = Backdrop::base(composition, background.as_deref(), &sprites, fonts, size, format)?;
            Ok(base.compose(composition, &sprites, fonts)?)
        }
        Creative::Countdown { face, deadline } => {
            let remaining = deadline.since(at);
            Ok(Prepared::new(face, fonts, size, remaining)?.draw(remaining, format)?)
        }
        Creative::Image { path, caption } => {
            let file = read(&args.images, path)?;
            let drawn = match caption {
                Some(lines) => {
                    Backdrop::new(&file, size, format).and_then(|ready| ready.hero(&lines.caption(), fonts))
                }
                None => render::convert(&file, format).map(|file| file.into_owned()),
            };
            drawn.with_context(|| format!("cannot draw {path}"))
        }
    }
}

/// A stored image.
fn read(images: &Path, path: &str) -> Result<Vec<u8>> {
    let path = images.join(path);
    fs::read(&path)
        .map_err(|_| anyhow!("cannot read {}; --images names the folder in which images lie", path.display()))
}
