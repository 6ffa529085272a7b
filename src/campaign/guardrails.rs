//! What must never happen: the guardrails of a campaign, as the marketer sets them.
//!
//! Types and reading stand side by side here, one rule after the other; what each rule *does* is in the file of its name in
//! [`crate::decide::guardrails`].

use super::Variant;
use super::read::span;
use super::reader::{Node, Object};
use crate::profile::{MAX_CAP, MEMORY};
use crate::time::{DAY, MINUTE, Span};
use serde::{Deserialize, Serialize};

/// What must never happen.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct Guardrails {
    /// How often is too often.
    #[cfg_attr(feature = "cli", schemars(default))]
    pub frequency: Vec<Frequency>,
    /// A cap that tightens as the recipient tires.
    #[cfg_attr(feature = "cli", schemars(default))]
    pub fatigue: Option<Fatigue>,
    /// When nothing is sent.
    #[cfg_attr(feature = "cli", schemars(default))]
    pub quiet_hours: Option<QuietHours>,
    /// What a recent order changes.
    #[cfg_attr(feature = "cli", schemars(default))]
    pub recent_purchase: Option<RecentPurchase>,
    /// How long a product that was bought isn't offered again.
    #[cfg_attr(feature = "cli", schemars(default))]
    pub same_product: Option<SameProduct>,
    /// What an open ticket or a bad mood changes.
    #[cfg_attr(feature = "cli", schemars(default))]
    pub support: Option<Trouble>,
    /// When a discount is too early.
    #[cfg_attr(feature = "cli", schemars(default))]
    pub first_contact: Option<FirstContact>,
    /// How discounts may grow.
    #[cfg_attr(feature = "cli", schemars(default))]
    pub discount_ladder: Option<Ladder>,
    /// What an order must leave after its incentive.
    #[cfg_attr(feature = "cli", schemars(default))]
    pub margin: Option<Margin>,
    /// Below which stock a product isn't offered.
    #[cfg_attr(feature = "cli", schemars(default))]
    pub inventory: Option<Inventory>,
    /// How old knowledge of a recipient may be.
    #[cfg_attr(feature = "cli", schemars(default))]
    pub freshness: Option<Freshness>,
    /// Where, and from which age.
    #[cfg_attr(feature = "cli", schemars(default))]
    pub market: Option<Market>,
    /// When complaints stop the campaign; always on.
    #[cfg_attr(feature = "cli", schemars(default))]
    pub complaints: Complaints,
    /// When what comes of the campaign stops it, or a variant; always on.
    #[cfg_attr(feature = "cli", schemars(default))]
    pub breakers: Breakers,
}

/// At most `max` exposures in any `window`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct Frequency {
    /// Whose exposures are counted.
    pub across: Across,
    /// How many are allowed.
    #[cfg_attr(feature = "cli", schemars(range(min = 1, max = 60)))]
    pub max: u8,
    /// In which time, at most `28d`.
    #[cfg_attr(feature = "cli", schemars(with = "super::schema::Duration"))]
    pub window: Span,
}

/// Whose exposures a cap counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub enum Across {
    /// This campaign's.
    Campaign,
    /// Every campaign's.
    All,
}

/// Between `min` and `max` exposures of all campaigns in any `window`: the more tired the recipient, the fewer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct Fatigue {
    /// How many are allowed when the recipient isn't tired at all.
    #[cfg_attr(feature = "cli", schemars(range(min = 1, max = 60)))]
    pub max: u8,
    /// How many when they are as tired as can be.
    #[cfg_attr(feature = "cli", schemars(range(min = 0, max = 60), default))]
    pub min: u8,
    /// In which time, at most `28d`.
    #[cfg_attr(feature = "cli", schemars(with = "super::schema::Duration"))]
    pub window: Span,
}

/// Nothing is sent from `from` to `to` o'clock where the recipient is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct QuietHours {
    /// The first quiet hour, 0 to 23.
    #[cfg_attr(feature = "cli", schemars(range(min = 0, max = 23)))]
    pub from: u8,
    /// The first hour that is no longer quiet, 0 to 23.
    #[cfg_attr(feature = "cli", schemars(range(min = 0, max = 23)))]
    pub to: u8,
    /// The IANA time zone of those whose own isn't known.
    pub timezone: String,
}

/// What a recent order changes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct RecentPurchase {
    /// How long an order is recent.
    #[cfg_attr(feature = "cli", schemars(with = "super::schema::Duration"))]
    pub within: Span,
    /// What then happens.
    #[cfg_attr(feature = "cli", schemars(default))]
    pub then: Then,
}

/// What a guardrail does when it strikes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub enum Then {
    /// Nothing is shown.
    #[default]
    Suppress,
    /// Nothing with an incentive is shown.
    NoIncentive,
}

/// A variant's `product` that was bought lately isn't offered again.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct SameProduct {
    /// How long; when the recipient's own rhythm is known, until it is nearly due again.
    #[cfg_attr(feature = "cli", schemars(with = "super::schema::Duration"))]
    pub within: Span,
}

/// What an open ticket or a bad mood changes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct Trouble {
    /// The mood below which nothing is sold, from -1 (angry) to 1 (delighted).
    #[cfg_attr(feature = "cli", schemars(range(min = -1, max = 1), default = "super::schema::displeased"))]
    pub sentiment: f64,
    /// What then happens.
    #[cfg_attr(feature = "cli", schemars(default))]
    pub then: Then,
}

/// When a discount is too early: nobody has asked for one yet.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct FirstContact {
    /// For so long newcomers without an order see no incentive; `0d` for not at all.
    #[cfg_attr(
        feature = "cli",
        schemars(with = "super::schema::Duration", default = "super::schema::two_weeks")
    )]
    pub welcome: Span,
    /// The first reminder of a cart has no incentive.
    #[cfg_attr(feature = "cli", schemars(default = "super::schema::yes"))]
    pub cart: bool,
}

/// Discounts grow by one rung at a time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct Ladder {
    /// The discounts in percent, ascending. The first may be shown at once; each further one only after the recipient has seen the one before and hasn't ordered.
    #[cfg_attr(feature = "cli", schemars(length(min = 1, max = 16)))]
    pub rungs: Vec<u8>,
    /// How long the one before must have stood.
    #[cfg_attr(
        feature = "cli",
        schemars(with = "super::schema::Duration", default = "super::schema::two_days")
    )]
    pub wait: Span,
}

/// What an order must leave after its incentive.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct Margin {
    /// The least share of `value.convert` that must be left.
    #[cfg_attr(feature = "cli", schemars(range(min = 0, max = 1)))]
    pub floor: f64,
}

/// Below which stock a product isn't offered.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct Inventory {
    /// The least number of pieces.
    #[cfg_attr(feature = "cli", schemars(range(min = 1), default = "super::schema::one"))]
    pub min: u32,
    /// How old the number may be. An older one, or none, counts as nothing left.
    #[cfg_attr(
        feature = "cli",
        schemars(with = "super::schema::Duration", default = "super::schema::an_hour")
    )]
    pub fresh: Span,
}

/// How old knowledge of a recipient may be.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct Freshness {
    /// Whoever was last heard of longer ago sees the fallbacks.
    #[cfg_attr(feature = "cli", schemars(with = "super::schema::Duration"))]
    pub within: Span,
}

/// Where the campaign may be shown, and from which age. Who isn't known to fit sees the fallbacks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct Market {
    /// ISO 3166-1 alpha-2 countries; everywhere when left out.
    #[cfg_attr(feature = "cli", schemars(default))]
    pub countries: Vec<String>,
    /// The least age in years; 0 for everyone.
    #[cfg_attr(feature = "cli", schemars(range(min = 0, max = 99), default))]
    pub min_age: u8,
}

/// When complaints stop the campaign. The defaults are Gmail's: below 0.1 %, and never 0.3 % or more.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema), schemars(deny_unknown_fields, default))]
pub struct Complaints {
    /// The share of complaints from which explanations warn.
    #[cfg_attr(feature = "cli", schemars(range(min = 0, max = 1)))]
    pub warn: f64,
    /// The share from which everyone sees the fallbacks.
    #[cfg_attr(feature = "cli", schemars(range(min = 0, max = 1)))]
    pub stop: f64,
    /// The least number of deliveries from which shares mean something.
    pub least: u32,
}

impl Default for Complaints {
    fn default() -> Self {
        Self { warn: 0.001, stop: 0.003, least: 1000 }
    }
}

/// When what comes of the campaign stops it, or one of its variants. What each share means is judged so that chance hardly ever trips one ([`crate::measure::breaker`]).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema), schemars(deny_unknown_fields, default))]
pub struct Breakers {
    /// The share of those who were shown something that may unsubscribe; 0 for any.
    #[cfg_attr(feature = "cli", schemars(range(min = 0, max = 1)))]
    pub unsubscribes: f64,
    /// The share that may complain; 0 for any.
    #[cfg_attr(feature = "cli", schemars(range(min = 0, max = 1)))]
    pub complaints: f64,
    /// The least share of the holdout's orders that those must bring who were shown something; 0 for none.
    #[cfg_attr(feature = "cli", schemars(range(min = 0, max = 1)))]
    pub conversion: f64,
}

impl Default for Breakers {
    fn default() -> Self {
        Self { unsubscribes: 0.02, complaints: 0.003, conversion: 0.5 }
    }
}

/// What is sensitive: shown only to those who asked for the topic of that name, and from the age that goes with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub enum Sensitive {
    /// Alcohol: from 18.
    Alcohol,
    /// Tobacco and nicotine: from 18.
    Tobacco,
    /// Gambling: from 18.
    Gambling,
    /// For adults only: from 18.
    Adult,
    /// Health.
    Health,
    /// Credit and debt: from 18.
    Credit,
    /// Religion.
    Religion,
    /// Politics.
    Politics,
}

impl Sensitive {
    /// Every sensitive category.
    pub const ALL: [Self; 8] = [
        Self::Alcohol,
        Self::Tobacco,
        Self::Gambling,
        Self::Adult,
        Self::Health,
        Self::Credit,
        Self::Religion,
        Self::Politics,
    ];

    /// Its name: the topic that a recipient must have asked for.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Alcohol => "alcohol",
            Self::Tobacco => "tobacco",
            Self::Gambling => "gambling",
            Self::Adult => "adult",
            Self::Health => "health",
            Self::Credit => "credit",
            Self::Religion => "religion",
            Self::Politics => "politics",
        }
    }

    /// The least age in years. (Health, religion and politics are special categories of GDPR, article 9, which know no age.)
    #[must_use]
    pub const fn min_age(self) -> u8 {
        match self {
            Self::Alcohol | Self::Tobacco | Self::Gambling | Self::Adult | Self::Credit => 18,
            Self::Health | Self::Religion | Self::Politics => 0,
        }
    }
}

impl Variant {
    /// The discount it gives, in percent.
    #[must_use]
    pub fn discount(&self) -> u8 {
        self.incentive.as_ref().map_or(0, |incentive| incentive.discount)
    }
}

pub fn read(mut o: Object<'_, '_>) -> Option<Guardrails> {
    let rules = Guardrails {
        frequency: o.get("frequency").and_then(|n| n.list(|n| frequency(n.object()?))).unwrap_or_default(),
        fatigue: o.get("fatigue").and_then(|n| fatigue(&n)),
        quiet_hours: o.get("quiet_hours").and_then(|n| quiet_hours(&n)),
        recent_purchase: o.get("recent_purchase").and_then(|n| recent_purchase(n.object()?)),
        same_product: o
            .get("same_product")
            .and_then(|n| within(n.object()?, Span(3 * 365 * DAY)).map(|within| SameProduct { within })),
        support: o.get("support").and_then(|n| support(n.object()?)),
        first_contact: o.get("first_contact").and_then(|n| first_contact(n.object()?)),
        discount_ladder: o.get("discount_ladder").and_then(|n| ladder(&n)),
        margin: o.get("margin").and_then(|n| margin(n.object()?)),
        inventory: o.get("inventory").and_then(|n| inventory(n.object()?)),
        freshness: o
            .get("freshness")
            .and_then(|n| within(n.object()?, Span(3 * 365 * DAY)).map(|within| Freshness { within })),
        market: o.get("market").and_then(|n| market(n.object()?)),
        complaints: o.get("complaints").and_then(|n| complaints(&n)).unwrap_or_default(),
        breakers: o.get("breakers").and_then(|n| breakers(n.object()?)).unwrap_or_default(),
    };
    o.finish();
    Some(rules)
}

fn within(mut o: Object<'_, '_>, max: Span) -> Option<Span> {
    let within = o.require("within").and_then(|n| span(&n, max));
    o.finish();
    within
}

fn then(o: &mut Object<'_, '_>) -> Then {
    let names = [("suppress", Then::Suppress), ("no_incentive", Then::NoIncentive)];
    o.get("then").and_then(|n| n.one_of("action", &names)).unwrap_or_default()
}

fn small(n: &Node<'_, '_>, min: u32, max: u32) -> Option<u8> {
    u8::try_from(n.whole(min, max)?).ok()
}

fn frequency(mut o: Object<'_, '_>) -> Option<Frequency> {
    let names = [("campaign", Across::Campaign), ("all", Across::All)];
    let across = o.require("across").and_then(|n| n.one_of("scope", &names));
    let max = o.require("max").and_then(|n| small(&n, 1, u32::from(MAX_CAP)));
    let window = o.require("window").and_then(|n| span(&n, MEMORY));
    o.finish();
    Some(Frequency { across: across?, max: max?, window: window? })
}

fn fatigue(node: &Node<'_, '_>) -> Option<Fatigue> {
    let mut o = node.object()?;
    let max = o.require("max").and_then(|n| small(&n, 1, u32::from(MAX_CAP)));
    let min = o.get("min").and_then(|n| small(&n, 0, u32::from(MAX_CAP))).unwrap_or(0);
    let window = o.require("window").and_then(|n| span(&n, MEMORY));
    o.finish();
    let max = max?;
    if min > max {
        return node.problem(format!("\"min\" ({min}) is more than \"max\" ({max})"), None);
    }
    Some(Fatigue { max, min, window: window? })
}

fn quiet_hours(node: &Node<'_, '_>) -> Option<QuietHours> {
    let mut o = node.object()?;
    let from = o.require("from").and_then(|n| small(&n, 0, 23));
    let to = o.require("to").and_then(|n| small(&n, 0, 23));
    let zone = |text: &str| crate::context::zone::canonical(text).map(str::to_owned);
    let timezone =
        o.require("timezone").and_then(|n| n.parsed("an IANA time zone such as \"Europe/Zagreb\"", zone));
    o.finish();
    let (from, to) = (from?, to?);
    if from == to {
        return node
            .problem("\"from\" and \"to\" are the same hour: that leaves no hour, or all of them", None);
    }
    Some(QuietHours { from, to, timezone: timezone? })
}

fn recent_purchase(mut o: Object<'_, '_>) -> Option<RecentPurchase> {
    let within = o.require("within").and_then(|n| span(&n, Span(365 * DAY)));
    let then = then(&mut o);
    o.finish();
    Some(RecentPurchase { within: within?, then })
}

/// The mood below which nothing is sold when nothing else is said.
pub const DISPLEASED: f64 = -0.25;

fn support(mut o: Object<'_, '_>) -> Option<Trouble> {
    let sentiment = o.get("sentiment").and_then(|n| n.number(-1.0, 1.0)).unwrap_or(DISPLEASED);
    let then = then(&mut o);
    o.finish();
    Some(Trouble { sentiment, then })
}

fn first_contact(mut o: Object<'_, '_>) -> Option<FirstContact> {
    let none = |text: &str| Span::parse(text).filter(|s| (0..=365 * DAY).contains(&s.0));
    let welcome = o
        .get("welcome")
        .and_then(|n| n.parsed("a duration such as \"14d\", at most 365d", none))
        .unwrap_or(Span(14 * DAY));
    let cart = o.get("cart").and_then(|n| n.flag()).unwrap_or(true);
    o.finish();
    Some(FirstContact { welcome, cart })
}

fn ladder(node: &Node<'_, '_>) -> Option<Ladder> {
    let mut o = node.object()?;
    let rungs = o.require("rungs").and_then(|n| n.list(|n| small(&n, 1, 100)));
    let wait = o.get("wait").and_then(|n| span(&n, MEMORY)).unwrap_or(Span(2 * DAY));
    o.finish();
    let rungs = rungs?;
    if rungs.is_empty() || rungs.len() > 16 || !rungs.windows(2).all(|w| w[0] < w[1]) {
        return node.problem(
            "\"rungs\" takes one to sixteen discounts in percent, each higher than the one before",
            None,
        );
    }
    Some(Ladder { rungs, wait })
}

fn margin(mut o: Object<'_, '_>) -> Option<Margin> {
    let floor = o.require("floor").and_then(|n| n.number(0.0, 1.0));
    o.finish();
    Some(Margin { floor: floor? })
}

fn inventory(mut o: Object<'_, '_>) -> Option<Inventory> {
    let min = o.get("min").and_then(|n| n.whole(1, 1_000_000)).unwrap_or(1);
    let fresh = o.get("fresh").and_then(|n| span(&n, Span(30 * DAY))).unwrap_or(Span(60 * MINUTE));
    o.finish();
    Some(Inventory { min, fresh })
}

fn market(mut o: Object<'_, '_>) -> Option<Market> {
    let country = |text: &str| {
        (text.len() == 2 && text.bytes().all(|b| b.is_ascii_uppercase())).then(|| text.to_owned())
    };
    let countries = o
        .get("countries")
        .and_then(|n| n.list(|n| n.parsed("an ISO 3166-1 alpha-2 country such as \"HR\"", country)))
        .unwrap_or_default();
    let min_age = o.get("min_age").and_then(|n| small(&n, 0, 99)).unwrap_or(0);
    o.finish();
    Some(Market { countries, min_age })
}

fn complaints(node: &Node<'_, '_>) -> Option<Complaints> {
    let mut o = node.object()?;
    let usual = Complaints::default();
    let warn = o.get("warn").and_then(|n| n.number(0.0, 1.0)).unwrap_or(usual.warn);
    let stop = o.get("stop").and_then(|n| n.number(0.0, 1.0)).unwrap_or(usual.stop);
    let least = o.get("least").and_then(|n| n.whole(1, 1_000_000_000)).unwrap_or(usual.least);
    o.finish();
    if warn > stop {
        return node.problem(format!("\"warn\" ({warn}) is more than \"stop\" ({stop})"), None);
    }
    Some(Complaints { warn, stop, least })
}

fn breakers(mut o: Object<'_, '_>) -> Option<Breakers> {
    let usual = Breakers::default();
    let mut share = |name, usual| o.get(name).and_then(|n| n.number(0.0, 1.0)).unwrap_or(usual);
    let unsubscribes = share("unsubscribes", usual.unsubscribes);
    let complaints = share("complaints", usual.complaints);
    let conversion = share("conversion", usual.conversion);
    o.finish();
    Some(Breakers { unsubscribes, complaints, conversion })
}
