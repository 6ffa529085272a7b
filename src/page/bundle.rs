//! The bundle: all that decides on a page beside the visitor, in one file.
//!
//! # Layout
//!
//! | bytes | content |
//! |---|---|
//! | 8 | `apropos` and the version of the layout |
//! | 4 | a hash of the registry of signals and of the guardrails, which the body speaks of by their places, little endian |
//! | 8 | FNV-1a of the body, little endian |
//! | | the body, in postcard |
//!
//! A browser may hold an old file, half a file or somebody else's: [`Bundle::read`] refuses whatever isn't whole, isn't of this build's layout, or names what isn't there. So what was read can
//! be decided with, and no bytes can make a page panic.
//!
//! Everybody can read a bundle. Money that is left and pieces in stock are told only as far as guardrails ask for them ([`coarse`]); what variants cost and bring is in it, since it is decided by.

use crate::campaign::learned::Effective;
use crate::campaign::{
    Campaign, Feeds, Learned, Live, MAX_NEEDED, MAX_SLOTS, MAX_VARIANTS, Slot, SlotKind, Stock, Values,
    Variant,
};
use crate::decide::guardrails;
use crate::hash::{fnv1a, mix};
use crate::intent::{Model, registry::SIGNALS};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

const MAGIC: [u8; 8] = *b"apropos\x01";
const HEADER: usize = 8 + 4 + 8;
/// The largest file that is read, in bytes.
pub const MAX_SIZE: usize = 4 << 20;

/// A campaign with all that decides in it.
pub struct Bundle {
    /// The campaign, without its pictures and texts.
    pub campaign: Campaign,
    /// The intent model.
    pub model: Model,
    /// What is known of the campaign while it runs.
    pub live: Live,
    /// What it has learned.
    pub learned: Learned,
    contents: Vec<Vec<Content>>,
}

/// What a variant says and shows to everybody.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Content {
    /// The headline.
    pub headline: String,
    /// The line below it.
    pub subline: String,
    /// The label of a button.
    pub button: String,
    /// The path of its picture on the Worker; none in a text slot.
    pub image: Option<String>,
    /// What the picture shows.
    pub alt: String,
    /// Where it leads.
    pub url: String,
}

#[derive(Serialize, Deserialize)]
struct Body {
    campaign: Campaign,
    model: Model,
    live: Live,
    learned: Effective,
    contents: Vec<Vec<Content>>,
}

/// Why a bundle can't be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BundleError {
    /// Not a bundle at all.
    Foreign,
    /// Of another build's layout: both parts must come from one deployment.
    OtherVersion,
    /// Cut off, damaged, or too large.
    Damaged,
    /// Whole, but it names what isn't in it.
    Unsound,
}

impl fmt::Display for BundleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Foreign => "this is no bundle of a campaign",
            Self::OtherVersion => "the bundle is of another version than the engine",
            Self::Damaged => "the bundle is damaged",
            Self::Unsound => "the bundle names what isn't in it",
        })
    }
}

impl std::error::Error for BundleError {}

/// What places in a body refer to.
fn registries() -> u32 {
    let names = SIGNALS.iter().map(|signal| signal.name).chain(guardrails::names());
    names.fold(0, |hash, name| mix(hash ^ fnv1a(name.as_bytes()))) as u32
}

impl Bundle {
    /// The file of a campaign as it runs now.
    ///
    /// # Errors
    /// Never in practice: every campaign can be written.
    pub fn write(
        (campaign, model): (&Campaign, &Model),
        (live, learned): (&Live, &Learned),
        feeds: &Feeds,
        now: Timestamp,
    ) -> Result<Vec<u8>, BundleError> {
        let values = Values::common(campaign, feeds, now);
        let contents =
            |slot: &Slot| slot.variants.iter().map(|v| Content::of(campaign, slot, v, &values)).collect();
        let body = Body {
            campaign: campaign.clone(),
            model: model.clone(),
            live: coarse(live, campaign),
            learned: learned.effective().clone(),
            contents: campaign.slots.iter().map(contents).collect(),
        };
        let body = postcard::to_allocvec(&body).map_err(|_| BundleError::Damaged)?;
        let mut file = Vec::with_capacity(HEADER + body.len());
        file.extend(MAGIC);
        file.extend(registries().to_le_bytes());
        file.extend(fnv1a(&body).to_le_bytes());
        file.extend(body);
        Ok(file)
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`BundleError`]: why it can't be used.
    pub fn read(file: &[u8]) -> Result<Self, BundleError> {
        let (magic, rest) = file.split_first_chunk().ok_or(BundleError::Foreign)?;
        let (registry, rest) = rest.split_first_chunk().ok_or(BundleError::Damaged)?;
        let (hash, body) = rest.split_first_chunk().ok_or(BundleError::Damaged)?;
        if magic[..7] != MAGIC[..7] {
            return Err(BundleError::Foreign);
        }
        if *magic != MAGIC || u32::from_le_bytes(*registry) != registries() {
            return Err(BundleError::OtherVersion);
        }
        if u64::from_le_bytes(*hash) != fnv1a(body) || file.len() > MAX_SIZE {
            return Err(BundleError::Damaged);
        }
        let Body { campaign, model, live, learned, contents } =
            postcard::from_bytes(body).map_err(|_| BundleError::Damaged)?;
        let bundle = Self { campaign, model, live, learned: learned.into(), contents };
        if bundle.is_sound() { Ok(bundle) } else { Err(BundleError::Unsound) }
    }

    /// What a variant says and shows.
    #[must_use]
    pub fn content(&self, slot: usize, variant: u8) -> Option<&Content> {
        self.contents.get(slot)?.get(usize::from(variant))
    }

    /// Is everything there that is named?
    fn is_sound(&self) -> bool {
        let slots = &self.campaign.slots;
        let is_needed = |place: usize| slots.iter().any(|slot| slot.parent.map(usize::from) == Some(place));
        let needed = slots.iter().enumerate().filter(|(place, _)| is_needed(*place));
        let crowd: usize = needed.map(|(_, slot)| slot.variants.len()).sum();
        (1..=MAX_SLOTS).contains(&slots.len())
            && crowd <= MAX_NEEDED
            && slots.iter().enumerate().all(|(i, slot)| is_sound(slots, i, slot))
            && self.contents.iter().map(Vec::len).eq(slots.iter().map(|slot| slot.variants.len()))
    }
}

fn is_sound(slots: &[Slot], place: usize, slot: &Slot) -> bool {
    let parent = slot.parent.map(usize::from);
    let choices = parent.and_then(|parent| slots.get(parent)).map_or(0, |parent| parent.variants.len());
    (1..=MAX_VARIANTS).contains(&slot.variants.len())
        && usize::from(slot.fallback) < slot.variants.len()
        && parent.is_none_or(|parent| parent < place)
        && slot
            .variants
            .iter()
            .flat_map(|variant| variant.needs.iter().flatten())
            .all(|n| usize::from(*n) < choices)
}

impl Content {
    fn of(campaign: &Campaign, slot: &Slot, variant: &Variant, values: &Values<'_>) -> Self {
        let text = variant.text.as_ref().filter(|_| slot.kind == SlotKind::Text);
        let fill = |of: fn(&crate::campaign::Caption) -> &crate::campaign::Template| {
            text.map(|caption| of(caption).fill(values)).unwrap_or_default()
        };
        Self {
            headline: fill(|caption| &caption.headline),
            subline: fill(|caption| &caption.subline),
            button: fill(|caption| &caption.button),
            image: (slot.kind == SlotKind::Image).then(|| picture(campaign, slot, variant)),
            alt: variant.alt.clone(),
            url: campaign.landing_of(variant).to_owned(),
        }
    }
}

/// Where the Worker serves a variant's picture as everybody may see it. It bears the campaign's version, so that it can be cached for long.
fn picture(campaign: &Campaign, slot: &Slot, variant: &Variant) -> String {
    let ending = slot.format().extension();
    let (campaign, slot, variant, version) =
        (&campaign.id.name, &slot.name.name, &variant.id.name, campaign.version);
    format!("/p/{campaign}/{slot}/{variant}.{ending}?v={version}")
}

/// What is known of a running campaign, no finer than its guardrails ask: a budget as the largest incentive that it still pays, stock as no more than is asked for,
/// complaints as too many or none.
fn coarse(live: &Live, campaign: &Campaign) -> Live {
    let rules = &campaign.guardrails;
    let costs = |budget: &str, left: f64| {
        let incentives =
            campaign.slots.iter().flat_map(|slot| &slot.variants).filter_map(|v| v.incentive.as_ref());
        let paid =
            incentives.filter(|i| i.budget.as_deref() == Some(budget)).map(|i| i.cost).filter(|c| *c <= left);
        paid.fold(0.0, f64::max)
    };
    let stopped =
        live.delivered >= u64::from(rules.complaints.least) && live.complaint_rate() >= rules.complaints.stop;
    let enough = rules.inventory.map_or(0, |rule| rule.min);
    let count = if stopped { u64::from(rules.complaints.least).max(1) } else { 0 };
    Live {
        budgets: live.budgets.iter().map(|(name, left)| (name.clone(), costs(name, *left))).collect(),
        stock: live
            .stock
            .iter()
            .map(|(name, s)| (name.clone(), Stock { left: s.left.min(enough), at: s.at }))
            .collect(),
        delivered: count,
        complaints: count,
        paused: live.paused.clone(),
    }
}
