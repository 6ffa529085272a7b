//! The marketer's document: one JSON file that says whom a campaign is for, what it may show, and what must never happen.
//!
//! [`Campaign::parse`] reads it and reports *every* problem with its line, column and mend ([`Problem`]); what it returns is ready to decide with: conditions
//! are compiled to signals and attributes, ids have keys, limits hold. The JSON Schema for editors is made from the same types (`apropos schema`).
//!
//! Landing URLs and images come only from here, so a link can never be turned elsewhere.

pub mod bucket;
mod composition;
pub mod condition;
mod contrast;
mod countdown;
mod decimal;
mod diff;
mod edit;
mod experiments;
pub mod feed;
mod format;
mod guardrails;
pub mod learned;
mod live;
mod locale;
mod picture;
mod problem;
mod read;
mod reader;
#[cfg(feature = "cli")]
mod schema;
mod template;
mod values;

pub use bucket::Filter;
pub use composition::Layout;
pub use condition::{Attribute, Condition, Names};
pub use countdown::{Countdown, Deadline, Labels};
pub use diff::{Change, ChangeKind, diff};
pub use edit::end_experiment;
pub use experiments::{Arm, Changes, Experiment, Membership, Policy};
pub use feed::{Feed, FeedUse, Feeds};
pub use format::{Clock, Format};
pub use guardrails::{
    Across, Complaints, Fatigue, FirstContact, Frequency, Freshness, Guardrails, Inventory, Ladder, Margin,
    Market, QuietHours, RecentPurchase, SameProduct, Sensitive, Then, Trouble,
};
pub use learned::Learned;
pub use live::{Live, Stock};
pub use locale::{Decimals, Locale, Part, languages};
pub use picture::Picture;
pub use problem::{Problem, Problems};
#[cfg(feature = "cli")]
pub use schema::json_schema;
pub use template::{Piece, Source, Template};
pub use values::Values;

use crate::hash::Key;
use crate::intent::{Motivation, SignalSet};
use crate::profile::Channel;
use crate::render;
use crate::time::Span;
use serde::{Deserialize, Serialize};

/// The most variants that the slots which others need may have together.
pub const MAX_NEEDED: usize = 256;

/// The most slots a campaign may have.
pub const MAX_SLOTS: usize = 8;
/// The most variants a slot may have.
pub const MAX_VARIANTS: usize = 200;

/// A campaign.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct Campaign {
    /// The campaign's id in URLs: lower-case letters, digits and dashes.
    #[cfg_attr(feature = "cli", schemars(with = "schema::Id"))]
    pub id: Id,
    /// Its name for people.
    #[cfg_attr(feature = "cli", schemars(default))]
    pub name: String,
    /// `live`, or `paused`: the kill switch. A paused campaign shows its fallbacks to everyone.
    #[cfg_attr(feature = "cli", schemars(default))]
    pub status: Status,
    /// The channel whose consent counts.
    #[cfg_attr(feature = "cli", schemars(default = "schema::email"))]
    pub channel: Channel,
    /// Further channels for those whom the first doesn't reach, in the order of preference.
    #[cfg_attr(feature = "cli", schemars(default, length(max = 2)))]
    pub fallback_channels: Vec<FallbackChannel>,
    /// The topic that recipients may want or not want.
    #[cfg_attr(feature = "cli", schemars(with = "Option<schema::Id>", default))]
    pub topic: Option<String>,
    /// What counts as success.
    #[cfg_attr(feature = "cli", schemars(default))]
    pub goal: Goal,
    /// Where a click lands when nothing better is known: an absolute URL, or a path on this host.
    #[cfg_attr(feature = "cli", schemars(with = "schema::Url"))]
    pub landing: String,
    /// What outcomes are worth, in money.
    pub value: Worth,
    /// The share of recipients who always see the fallbacks, so that the campaign's effect can be measured.
    #[cfg_attr(feature = "cli", schemars(default, range(min = 0, max = 0.5)))]
    pub holdout: f64,
    /// How long a recipient keeps seeing the same assembly.
    #[cfg_attr(feature = "cli", schemars(with = "schema::Duration", default = "schema::a_day"))]
    pub sticky: Span,
    /// How much is tried out.
    #[cfg_attr(feature = "cli", schemars(default))]
    pub exploration: Exploration,
    /// What is chosen by, where it isn't the usual.
    #[cfg_attr(feature = "cli", schemars(with = "Option<Changes>"))]
    pub policy: Changes,
    /// One policy against another, each for its share of recipients.
    #[cfg_attr(feature = "cli", schemars(default, length(max = 16)))]
    pub experiments: Vec<Experiment>,
    /// How outcomes are learned from.
    #[cfg_attr(feature = "cli", schemars(default))]
    pub learning: Learning,
    /// The language that it is written in, as a tag such as `hr` or `en-GB`: by it numbers, money and dates are written for those whose own isn't known.
    #[cfg_attr(feature = "cli", schemars(default = "schema::english"))]
    pub language: String,
    /// The feeds whose values its texts show, by name.
    #[serde(with = "left_out")]
    #[cfg_attr(
        feature = "cli",
        schemars(with = "std::collections::BTreeMap<schema::Id, schema::FeedUse>", default)
    )]
    pub feeds: Vec<FeedUse>,
    /// The attributes that its conditions and filters use, with their datatypes, as GrowthBook declares them.
    #[serde(with = "left_out")]
    #[cfg_attr(
        feature = "cli",
        schemars(with = "std::collections::BTreeMap<String, condition::Datatype>", default)
    )]
    pub attributes: Vec<Attribute>,
    /// Who the campaign is for; everyone when left out.
    #[cfg_attr(feature = "cli", schemars(default = "schema::everyone"))]
    pub audience: Condition,
    /// GrowthBook's filters: of the audience, only those are in whose hash lies in a range of each. A namespace is one of them.
    #[cfg_attr(feature = "cli", schemars(with = "Vec<schema::Filter>", default))]
    pub filters: Vec<Filter>,
    /// What must never happen.
    #[cfg_attr(feature = "cli", schemars(default))]
    pub guardrails: Guardrails,
    /// The places to fill, the leading one first.
    #[cfg_attr(feature = "cli", schemars(length(min = 1, max = 8)))]
    pub slots: Vec<Slot>,
    /// The signals that its conditions ask for.
    #[cfg_attr(feature = "cli", schemars(skip))]
    pub signals: SignalSet,
    /// The version: a hash of the document.
    #[cfg_attr(feature = "cli", schemars(skip))]
    pub version: Key,
    /// What isn't wrong but hardly meant, such as text that can't be read on its ground.
    #[serde(with = "left_out")]
    #[cfg_attr(feature = "cli", schemars(skip))]
    pub warnings: Vec<Problem>,
}

/// A slug and its compact key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Id {
    /// Lower-case letters, digits and dashes, at most 64.
    pub name: String,
    /// Its key in compact rows.
    pub key: Key,
}

/// A further channel.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct FallbackChannel {
    /// The channel.
    pub channel: Channel,
    /// What a message costs there, in money.
    #[cfg_attr(feature = "cli", schemars(range(min = 0), default))]
    pub send: f64,
}

/// Whether a campaign runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub enum Status {
    /// It runs.
    #[default]
    Live,
    /// It shows its fallbacks to everyone.
    Paused,
}

/// What counts as success.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub enum Goal {
    /// A click.
    Click,
    /// An order; clicks count as well.
    #[default]
    Convert,
}

/// What outcomes are worth, in money of one currency.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct Worth {
    /// ISO 4217 code.
    #[cfg_attr(feature = "cli", schemars(length(min = 3, max = 3)))]
    pub currency: String,
    /// What a click is worth.
    #[cfg_attr(feature = "cli", schemars(range(min = 0)))]
    pub click: f64,
    /// What an order earns.
    #[cfg_attr(feature = "cli", schemars(range(min = 0), default))]
    pub convert: f64,
    /// What an unsubscribed recipient costs.
    #[cfg_attr(feature = "cli", schemars(range(min = 0), default))]
    pub unsubscribe: f64,
    /// What a spam complaint costs.
    #[cfg_attr(feature = "cli", schemars(range(min = 0), default))]
    pub complaint: f64,
    /// What a message costs.
    #[cfg_attr(feature = "cli", schemars(range(min = 0), default))]
    pub send: f64,
}

/// How much is tried out.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct Exploration {
    /// The least probability of every variant that may be shown.
    #[cfg_attr(feature = "cli", schemars(range(min = 0, max = 0.1), default = "schema::floor"))]
    pub floor: f64,
    /// How sharply better variants are preferred: the γ of inverse-gap weighting. At 100, of two variants the one that brings 10 % less is
    /// shown once in twelve times.
    #[cfg_attr(feature = "cli", schemars(range(min = 0, max = 1e6), default = "schema::sharpness"))]
    pub sharpness: f64,
    /// The share of those worth speaking to who are left alone, so that it becomes known what a message adds to silence; and the least share
    /// of those better left alone who are spoken to. At 0 nobody is left alone whom a message would be worth.
    #[cfg_attr(feature = "cli", schemars(range(min = 0, max = 0.1), default = "schema::silence"))]
    pub silence: f64,
}

impl Default for Exploration {
    fn default() -> Self {
        Self { floor: 0.02, sharpness: 100.0, silence: 0.005 }
    }
}

/// How outcomes are learned from.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct Learning {
    /// How long after an exposure a click is its merit.
    #[cfg_attr(feature = "cli", schemars(with = "schema::Duration", default = "schema::click"))]
    pub click: Span,
    /// How long after an exposure an order is its merit, and an unsubscribe or complaint its fault.
    #[cfg_attr(feature = "cli", schemars(with = "schema::Duration", default = "schema::order"))]
    pub order: Span,
    /// After how long an exposure counts half, so that what changes is learned anew.
    #[cfg_attr(feature = "cli", schemars(with = "schema::Duration", default = "schema::half_life"))]
    pub half_life: Span,
    /// How late a line of the log may come. What comes later is counted, but not learned from.
    #[cfg_attr(feature = "cli", schemars(with = "schema::Duration", default = "schema::lateness"))]
    pub lateness: Span,
    /// Whether the Worker decides with what it learns as it learns it. If not, what was learned is published by hand.
    #[cfg_attr(feature = "cli", schemars(default = "schema::automatic"))]
    pub automatic: bool,
}

impl Default for Learning {
    fn default() -> Self {
        let days = |n| Span(n * crate::time::DAY);
        Self { click: days(3), order: days(7), half_life: days(60), lateness: days(1), automatic: true }
    }
}

/// A place to fill.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct Slot {
    /// The slot's id in URLs: `hero`, `cta`, `offer`, `headline`, `proof`, …
    #[cfg_attr(feature = "cli", schemars(with = "schema::Id"))]
    pub name: Id,
    /// What it is filled with.
    pub kind: SlotKind,
    /// Width in CSS pixels.
    #[cfg_attr(feature = "cli", schemars(range(min = 1, max = 1200), default))]
    pub width: u32,
    /// Height in CSS pixels.
    #[cfg_attr(feature = "cli", schemars(range(min = 1, max = 2000), default))]
    pub height: u32,
    /// Pixels of its images for each CSS pixel, across and down: 2, for dense screens, or 1, where files have to be small. Stored images without text are served as they are.
    #[cfg_attr(feature = "cli", schemars(range(min = 1, max = 2), default = "schema::density"))]
    pub density: u8,
    /// The variant that is shown when nothing may be decided.
    #[cfg_attr(feature = "cli", schemars(with = "schema::Id"))]
    pub fallback: u8,
    /// The options.
    #[cfg_attr(feature = "cli", schemars(length(min = 1, max = 200)))]
    pub variants: Vec<Variant>,
    /// The earlier slot that its variants' needs speak of, by its place.
    #[cfg_attr(feature = "cli", schemars(skip))]
    pub parent: Option<u8>,
}

/// What a slot is filled with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub enum SlotKind {
    /// An image, with text drawn over it or not.
    Image,
    /// Text, for pages.
    Text,
}

/// One option for a slot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct Variant {
    /// The variant's id.
    #[cfg_attr(feature = "cli", schemars(with = "schema::Id"))]
    pub id: Id,
    /// What an image slot shows; a text slot shows none.
    #[serde(with = "left_out")]
    #[cfg_attr(feature = "cli", schemars(flatten, with = "schema::Pictures"))]
    pub picture: Option<Picture>,
    /// Text drawn over the image, or the text itself.
    #[serde(with = "left_out")]
    #[cfg_attr(feature = "cli", schemars(with = "Option<Caption>", default))]
    pub text: Option<Caption>,
    /// What the image shows, for those who don't see it.
    #[cfg_attr(feature = "cli", schemars(default))]
    pub alt: String,
    /// Where a click lands; the campaign's landing when left out.
    #[cfg_attr(feature = "cli", schemars(with = "Option<schema::Url>", default))]
    pub url: Option<String>,
    /// What it appeals to.
    #[cfg_attr(feature = "cli", schemars(default))]
    pub motivations: Vec<Motivation>,
    /// Who may see it; everyone when left out.
    #[cfg_attr(feature = "cli", schemars(default = "schema::everyone"))]
    pub when: Condition,
    /// What it gives away.
    #[cfg_attr(feature = "cli", schemars(default))]
    pub incentive: Option<Incentive>,
    /// Variants of one earlier slot that it goes with: an offer needs its hero. All needs of a slot speak of the same earlier slot.
    #[cfg_attr(
        feature = "cli",
        schemars(with = "std::collections::BTreeMap<schema::Id, Vec<schema::Id>>", default)
    )]
    pub needs: Option<Vec<u8>>,
    /// The product it offers, by the id that events name.
    #[cfg_attr(feature = "cli", schemars(default))]
    pub product: Option<String>,
    /// What makes it sensitive.
    #[cfg_attr(feature = "cli", schemars(default))]
    pub sensitive: Option<Sensitive>,
}

/// What a variant gives away.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct Incentive {
    /// What it costs when the order comes, in money.
    #[cfg_attr(feature = "cli", schemars(range(min = 0)))]
    pub cost: f64,
    /// The discount in percent, for the ladder; 0 for an incentive that is none.
    #[cfg_attr(feature = "cli", schemars(range(min = 0, max = 100), default))]
    pub discount: u8,
    /// The budget it is paid from.
    #[cfg_attr(feature = "cli", schemars(with = "Option<schema::Id>", default))]
    pub budget: Option<String>,
}

/// Text over an image, or in a text slot.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct Caption {
    /// The headline.
    #[cfg_attr(feature = "cli", schemars(with = "String"))]
    pub headline: Template,
    /// A line below it.
    #[cfg_attr(feature = "cli", schemars(with = "String", default))]
    pub subline: Template,
    /// The label of a button.
    #[cfg_attr(feature = "cli", schemars(with = "String", default))]
    pub button: Template,
    /// The colour of the text.
    #[cfg_attr(feature = "cli", schemars(with = "schema::Colour", default = "schema::ink"))]
    pub ink: [u8; 3],
    /// The colour of the button.
    #[cfg_attr(feature = "cli", schemars(with = "schema::Colour", default = "schema::ink"))]
    pub accent: [u8; 3],
}

/// What [`crate::page::Bundle`] leaves out: pictures and texts, which it carries as everybody may see them, and what only the reader of a document needs.
mod left_out {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<T, S: Serializer>(_: &T, serializer: S) -> Result<S::Ok, S::Error> {
        ().serialize(serializer)
    }

    pub fn deserialize<'de, T: Default, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
        <()>::deserialize(deserializer).map(|()| T::default())
    }
}

impl Campaign {
    /// Reads a campaign.
    ///
    /// # Errors
    /// [`Problems`]: all of them, each with its place.
    pub fn parse(text: &str) -> Result<Self, Problems> {
        read::campaign(text)
    }

    /// The slot of a name, with its place.
    #[must_use]
    pub fn slot(&self, name: &str) -> Option<(usize, &Slot)> {
        self.slots.iter().enumerate().find(|(_, slot)| slot.name.name == name)
    }

    /// What a message costs on a channel.
    #[must_use]
    pub fn cost_of(&self, channel: Channel) -> f64 {
        let other = self.fallback_channels.iter().find(|fallback| fallback.channel == channel);
        other.map_or(self.value.send, |fallback| fallback.send)
    }

    /// What clicks and orders bring, in money, when an order costs `incentive`.
    #[must_use]
    pub fn gain(&self, clicks: f64, orders: f64, incentive: f64) -> f64 {
        clicks * self.value.click + orders * self.order_gain(incentive)
    }

    /// What an order brings, in money, when it costs `incentive`.
    #[must_use]
    pub fn order_gain(&self, incentive: f64) -> f64 {
        match self.goal {
            Goal::Click => -incentive,
            Goal::Convert => self.value.convert - incentive,
        }
    }

    /// Whether a countdown of it begins with a recipient's first open, which then must be remembered.
    #[must_use]
    pub fn counts_from_first_open(&self) -> bool {
        self.slots.iter().flat_map(|slot| &slot.variants).any(Variant::counts_from_first_open)
    }

    /// Where a click on a variant lands.
    #[must_use]
    pub fn landing_of<'a>(&'a self, variant: &'a Variant) -> &'a str {
        variant.url.as_deref().unwrap_or(&self.landing)
    }
}

impl Slot {
    /// Width and height of its images in pixels.
    #[must_use]
    pub fn pixels(&self) -> (u32, u32) {
        let density = u32::from(self.density);
        (self.width * density, self.height * density)
    }

    /// The format that suits its images: GIF if there are countdowns, which run in no other; else that of the fallback's background.
    #[must_use]
    pub fn format(&self) -> render::Format {
        if self.variants.iter().any(|variant| matches!(variant.picture, Some(Picture::Countdown(_)))) {
            return render::Format::Gif;
        }
        let path = self.fallback().picture.as_ref().and_then(Picture::background);
        let ending = path.and_then(|path| path.rsplit_once('.'));
        ending.and_then(|(_, ending)| render::Format::from_extension(ending)).unwrap_or(render::Format::Png)
    }

    /// The variant that is shown when nothing may be decided.
    #[must_use]
    pub fn fallback(&self) -> &Variant {
        &self.variants[usize::from(self.fallback)]
    }

    /// The place of the variant with a key.
    #[must_use]
    pub fn variant(&self, key: Key) -> Option<u8> {
        self.variants.iter().position(|v| v.id.key == key).and_then(|i| u8::try_from(i).ok())
    }
}

impl Variant {
    /// What it gives away with an order, in money.
    #[must_use]
    pub fn incentive_cost(&self) -> f64 {
        self.incentive.as_ref().map_or(0.0, |incentive| incentive.cost)
    }

    fn counts_from_first_open(&self) -> bool {
        let to = match &self.picture {
            Some(Picture::Countdown(countdown)) => Some(&countdown.to),
            _ => None,
        };
        matches!(to, Some(Deadline::FirstOpen(_)))
    }
}

impl Id {
    /// The id of a slug.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), key: Key::of(name) }
    }
}
