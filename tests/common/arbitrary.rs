//! Random scenes for the property tests: a campaign as a marketer would write it, a recipient, a request, a moment, a seed.
//!
//! Campaigns are made as JSON text and go through the reader like any other. Recipients are made *for* a campaign: their orders and exposures
//! lie on the edges that its rules draw (a millisecond before a window ends, at it, after it), since random times would hardly ever hit one.
#![allow(dead_code, clippy::unwrap_used)]

#[path = "campaigns.rs"]
mod campaigns;
#[path = "requests.rs"]
mod requests;

pub use campaigns::*;
pub use requests::*;

use apropos::campaign::{Campaign, Learned, Live};
use apropos::context::Context;
use apropos::decide::Question;
use apropos::hash::Key;
use apropos::intent::Model;
use apropos::profile::{
    Act, Attributes, Browsing, Channel, Consent, Decayed, Engagement, Exposure, Hours, Latest, Lifecycle,
    Line, Pace, Preferences, Profile, Purchases, Purpose, Reach, Recent, Rhythm, Shown, Sight, Stage,
    Support, Traits, Usage,
};
use apropos::time::{DAY, Span, Timestamp};
use proptest::collection::vec;
use proptest::option::{of, weighted};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

/// All that a decision is made from.
#[derive(Clone)]
pub struct Scene {
    pub document: Value,
    pub campaign: Campaign,
    pub live: Live,
    pub learned: Learned,
    pub profile: Profile,
    pub context: Context,
    pub now: Timestamp,
    pub seed: u64,
}

impl Scene {
    pub fn question<'a>(&'a self, model: &'a Model) -> Question<'a> {
        let Self { campaign, live, learned, profile, context, now, seed, .. } = self;
        Question { live, learned, ..Question::new(campaign, model, profile, context, *now, *seed) }
    }
}

/// Short enough to be read when a case fails, and to be pasted into a vector.
impl std::fmt::Debug for Scene {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (live, profile, context) = (json!(self.live), json!(self.profile), json!(self.context));
        let learned = json!(self.learned.lessons());
        write!(
            f,
            "{}\nlive: {live}\nlearned: {learned}\nprofile: {profile}\ncontext: {context}\nnow: {} seed: {}",
            self.document, self.now.0, self.seed
        )
    }
}

pub fn scene() -> BoxedStrategy<Scene> {
    let scene = (document(), now()).prop_flat_map(|(document, now)| {
        let campaign = Campaign::parse(&document.to_string()).unwrap();
        let profile = profile(&campaign, now);
        let moment = (context(now), live(now), learned(), any::<u64>());
        (Just((document, campaign, now)), profile, moment).prop_map(
            |((document, campaign, now), profile, (context, live, learned, seed))| Scene {
                document,
                campaign,
                live,
                learned,
                profile,
                context,
                now,
                seed,
            },
        )
    });
    scene.boxed()
}

pub fn now() -> impl Strategy<Value = Timestamp> {
    prop_oneof![
        9 => (1_790_000_000_000i64..1_830_000_000_000).prop_map(Timestamp),
        1 => select(vec![0, 1, -1, DAY - 1, 253_402_300_799_999, i64::MAX, i64::MIN]).prop_map(Timestamp),
    ]
}

// ---- recipients

/// Any of them, of any kind: nobody holds a shop to what it declares.
fn attributes(now: Timestamp) -> impl Strategy<Value = Attributes> {
    let single = prop_oneof![
        word().prop_map(Value::from),
        select(vec![0.0, 1.0, 2.0, 3.5, 100.0]).prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        Just(Value::Null),
    ];
    let value = prop_oneof![3 => single.clone(), 1 => vec(single, 0..3).prop_map(Value::from)];
    vec((select(ATTRIBUTES.to_vec()), value), 0..4).prop_map(move |told| {
        let mut attributes = Attributes::default();
        for (name, value) in told {
            attributes.tell(name, &value, now).unwrap();
        }
        attributes
    })
}

/// How long ago things were that matter to `campaign`: on the edges of its rules, in the future by a skewed clock, or any time.
fn age(campaign: &Campaign) -> impl Strategy<Value = i64> + Clone + use<> {
    let rules = &campaign.guardrails;
    let mut spans: Vec<Span> = rules.frequency.iter().map(|cap| cap.window).collect();
    spans.extend(rules.recent_purchase.map(|rule| rule.within));
    spans.extend(rules.fatigue.map(|rule| rule.window));
    spans.extend(rules.same_product.map(|rule| rule.within));
    spans.extend(rules.first_contact.map(|rule| rule.welcome));
    spans.extend(rules.discount_ladder.as_ref().map(|rule| rule.wait));
    spans.extend(rules.freshness.map(|rule| rule.within));
    spans.extend([campaign.sticky, Span(7 * DAY)]);
    let mut edges = vec![0, 1, -1, DAY];
    edges.extend(spans.iter().flat_map(|span| [span.0 - 1, span.0, span.0 + 1, span.0 / 2]));
    prop_oneof![3 => select(edges), 1 => 0..500 * DAY]
}

/// Whatever may be known of a recipient of `campaign`.
pub fn profile(campaign: &Campaign, now: Timestamp) -> BoxedStrategy<Profile> {
    let at = age(campaign).prop_map(move |age| Timestamp(now.0.saturating_sub(age))).boxed();
    let told = (traits(at.clone()), preferences(at.clone()), consent(now), exposures(campaign, at.clone()));
    let seen = (engagement(at.clone()), purchases(at.clone()), browsing(at.clone()), lifecycle(at.clone()));
    let rest = (usage(at.clone()), support(at.clone()), recent(at, key().boxed(), 0..40), attributes(now));
    let profile = (told, seen, rest).prop_map(
        |(
            (traits, preferences, consent, exposures),
            (engagement, purchases, browsing, lifecycle),
            (usage, support, seen, attributes),
        )| Profile {
            traits,
            preferences,
            consent,
            engagement,
            purchases,
            browsing,
            usage,
            support,
            lifecycle,
            exposures,
            seen,
            attributes,
        },
    );
    profile.boxed()
}

/// A fact that may be told.
fn told<T: std::fmt::Debug + Clone + PartialOrd + 'static>(
    value: impl Strategy<Value = T> + 'static,
    at: BoxedStrategy<Timestamp>,
) -> BoxedStrategy<Latest<T>> {
    of((value, at))
        .prop_map(|told| {
            let mut latest = Latest::default();
            if let Some((value, at)) = told {
                latest.tell(value, at);
            }
            latest
        })
        .boxed()
}

/// Told by one in three, or wishes would stop nearly everything.
fn rarely<T: std::fmt::Debug + Clone + 'static>(told: BoxedStrategy<Latest<T>>) -> BoxedStrategy<Latest<T>> {
    prop_oneof![2 => Just(Latest::default()), 1 => told].boxed()
}

/// Things that happened, and perhaps a mark.
fn recent<T: std::fmt::Debug + Copy + Ord + 'static, const MAX: usize>(
    at: BoxedStrategy<Timestamp>,
    item: BoxedStrategy<T>,
    count: std::ops::Range<usize>,
) -> BoxedStrategy<Recent<T, MAX>> {
    (weighted(0.2, at.clone()), vec((at, item), count))
        .prop_map(|(mark, items)| {
            let mut recent = Recent::default();
            if let Some(mark) = mark {
                recent.clear(mark);
            }
            items.into_iter().for_each(|(at, item)| recent.add(at, item));
            recent
        })
        .boxed()
}

fn key() -> impl Strategy<Value = Key> {
    prop_oneof![3 => select(PRODUCTS.to_vec()).prop_map(Key::of), 1 => (0u32..6).prop_map(Key), 1 => any::<u32>().prop_map(Key)]
}

pub fn name() -> impl Strategy<Value = String> {
    select(vec!["Ana", "Kovač", "Ана", "محمد", "王小明", "O’Neill", "", " ", "{first_name|x}"])
        .prop_map(str::to_owned)
}

fn traits(at: BoxedStrategy<Timestamp>) -> impl Strategy<Value = Traits> {
    let zone =
        select(vec!["Europe/Zagreb", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "nowhere"]);
    let country = select(vec!["HR", "US", "JP", "DE"]).prop_map(str::to_owned);
    let country = told(country, at.clone());
    let word = || told(word(), at.clone());
    let zone = told(zone.prop_map(str::to_owned), at.clone());
    let year = told(prop_oneof![4 => 1930u16..2012, 1 => select(vec![0, 1880, 2100, u16::MAX])], at.clone());
    (told(name(), at.clone()), word(), zone, country, word(), year, word(), word()).prop_map(
        |(first_name, language, timezone, country, area, birth_year, use_case, plan)| Traits {
            first_name,
            language,
            timezone,
            country,
            area,
            birth_year,
            use_case,
            plan,
        },
    )
}

fn preferences(at: BoxedStrategy<Timestamp>) -> impl Strategy<Value = Preferences> {
    let topic = select(TOPICS.to_vec()).prop_map(str::to_owned);
    let topics = vec((topic, any::<bool>(), at.clone()), 0..5);
    let weekly = prop_oneof![4 => 0u8..5, 1 => Just(u8::MAX)];
    (topics, rarely(told(at.clone(), at.clone())), rarely(told(weekly, at))).prop_map(
        |(topics, paused_until, weekly)| {
            let mut preferences = Preferences { paused_until, weekly, ..Preferences::default() };
            for (name, wanted, at) in topics {
                let mut word = Latest::default();
                word.tell(wanted, at);
                preferences.tell(&name, word);
            }
            preferences
        },
    )
}

/// Mostly granted, or hardly anything would ever be decided.
fn consent(now: Timestamp) -> impl Strategy<Value = Consent> {
    let word = prop_oneof![7 => Just(Some(true)), 1 => Just(Some(false)), 1 => Just(None)];
    vec(word, 9).prop_map(move |words| {
        let mut consent = Consent::default();
        let places = Channel::ALL.into_iter().flat_map(|c| Purpose::ALL.map(|p| (c, p)));
        for ((channel, purpose), word) in places.zip(words) {
            if let Some(allowed) = word {
                consent.record(channel, purpose, allowed, Timestamp(now.0.saturating_sub(DAY)));
            }
        }
        consent
    })
}

/// What was shown before: of this campaign or another, whole, stripped of what it showed, or with slots that are no more.
fn exposures(
    campaign: &Campaign,
    at: BoxedStrategy<Timestamp>,
) -> impl Strategy<Value = Vec<Exposure>> + use<> {
    let (id, slots) = (campaign.id.key, campaign.slots.clone());
    let shape = prop_oneof![4 => Just(0u8), 1 => Just(1u8), 1 => Just(2u8), 1 => Just(3u8)];
    let discount = prop_oneof![2 => Just(0u8), 2 => select(DISCOUNTS.to_vec()), 1 => 1u8..=100];
    let one = (any::<bool>(), at, any::<bool>(), shape, vec(any::<usize>(), 8), (0.001..1.0f64, discount));
    let one = one.prop_map(move |(ours, at, counted, shape, picks, (probability, discount))| {
        let shown = slots.iter().zip(&picks).map(|(slot, pick)| Shown {
            slot: slot.name.key,
            variant: slot.variants[pick % slot.variants.len()].id.key,
        });
        let sight = match shape {
            0 => Sight::Assembly(shown.collect()),
            1 => Sight::Forgotten,
            2 => Sight::Nothing,
            _ => Sight::Assembly(shown.take(1).map(|s| Shown { variant: Key(7), ..s }).collect()),
        };
        Exposure { campaign: if ours { id } else { Key(1) }, at, counted, sight, discount, probability }
    });
    vec(one, 0..7).prop_map(|mut exposures| {
        exposures.sort_by_key(|e| (e.at, e.campaign));
        exposures.dedup_by_key(|e| (e.at, e.campaign));
        exposures
    })
}

fn faded<const DAYS: u16>(at: BoxedStrategy<Timestamp>) -> impl Strategy<Value = Decayed<DAYS>> {
    (prop_oneof![Just(0.0f32), 0.0f32..60.0, Just(1e12f32)], at)
        .prop_map(|(value, at)| Decayed::new(value, at))
}

fn pace<const DAYS: u16>(at: BoxedStrategy<Timestamp>) -> impl Strategy<Value = Pace<DAYS>> {
    (faded(at.clone()), faded(at)).prop_map(|(week, long)| Pace { week, long })
}

fn engagement(at: BoxedStrategy<Timestamp>) -> impl Strategy<Value = Engagement> {
    let counts =
        (faded(at.clone()), faded(at.clone()), pace(at.clone()), faded(at.clone()), faded(at.clone()));
    let lasts = (of(at.clone()), of(at.clone()), of(at.clone()));
    let reach = || {
        (faded(at.clone()), faded(at.clone())).prop_map(|(delivered, answered)| Reach { delivered, answered })
    };
    let hours = vec(at.clone(), 0..6).prop_map(|answers| {
        let mut hours = Hours::default();
        answers.into_iter().for_each(|at| hours.add(at));
        hours
    });
    let unanswered = prop_oneof![4 => recent(at.clone(), Just(()).boxed(), 0..15), 1 => recent(at.clone(), Just(()).boxed(), 60..61)];
    let channel = told(select(Channel::ALL.to_vec()), at.clone());
    (counts, lasts, unanswered, channel, [reach(), reach(), reach()], hours).prop_map(
        |(
            (delivered, opens, clicks, negatives, bounces),
            (last_delivered, last_open, last_click),
            unanswered,
            last_channel,
            channels,
            hours,
        )| Engagement {
            delivered,
            opens,
            clicks,
            last_delivered,
            last_open,
            last_click,
            unanswered,
            negatives,
            bounces,
            last_channel,
            channels,
            hours,
        },
    )
}

fn purchases(at: BoxedStrategy<Timestamp>) -> impl Strategy<Value = Purchases> {
    let rhythm = (key(), prop_oneof![4 => 1u16..6, 1 => Just(u16::MAX)], at.clone(), at.clone());
    let rhythm = rhythm.prop_map(|(product, orders, one, two)| Rhythm {
        product,
        orders,
        first: one.min(two),
        last: one.max(two),
    });
    let categories = vec((word(), faded(at.clone())), 0..9);
    let counts = (prop_oneof![0u32..9, Just(u32::MAX)], 0u32..9, faded(at.clone()), faded(at.clone()));
    (counts, of(at), categories, vec(rhythm, 0..14)).prop_map(
        |((count, discounted, value, returns), last, categories, rhythms)| {
            let mut purchases =
                Purchases { count, discounted, value, returns, last, categories, products: Vec::new() };
            rhythms.into_iter().for_each(|rhythm| purchases.add(rhythm));
            purchases
        },
    )
}

fn browsing(at: BoxedStrategy<Timestamp>) -> impl Strategy<Value = Browsing> {
    let line = (key(), prop_oneof![8 => -3i16..9, 1 => select(vec![i16::MIN, i16::MAX])], 0u32..30_000);
    let line = line.prop_map(|(product, quantity, cents)| Line { product, quantity, cents });
    let act =
        select(vec![Act::Page, Act::Product, Act::Info, Act::Price, Act::Search, Act::Cart, Act::Checkout]);
    let act = (act, 0u16..3600).boxed();
    // the newest few of them lie in one visit
    let close = at
        .clone()
        .prop_flat_map(|at| (0..50i64).prop_map(move |m| Timestamp(at.0.saturating_sub(m * 60_000))));
    let counts =
        (faded(at.clone()), pace(at.clone()), faded(at.clone()), faded(at.clone()), faded(at.clone()));
    let more = (faded(at.clone()), faded(at.clone()), vec((word(), faded(at.clone())), 0..9));
    let lasts = (told(0.0f32..60.0, at.clone()), of(at.clone()), of(at.clone()));
    (counts, more, lasts, recent(close.boxed(), act, 0..40), recent(at, line.boxed(), 0..8)).prop_map(
        |(
            (sessions, product_views, info_views, price_views, searches),
            (wishes, dwell_minutes, categories),
            (page_value, last_visit, last_checkout),
            acts,
            cart,
        )| Browsing {
            sessions,
            product_views,
            info_views,
            price_views,
            searches,
            wishes,
            dwell_minutes,
            page_value,
            last_visit,
            last_checkout,
            categories,
            acts,
            cart,
        },
    )
}

fn usage(at: BoxedStrategy<Timestamp>) -> impl Strategy<Value = Usage> {
    (pace(at.clone()), of(at.clone()), vec((key(), at.clone()), 0..20), told(at.clone(), at)).prop_map(
        |(uses, last, features, renewal)| {
            let mut usage = Usage { uses, last, renewal, ..Usage::default() };
            features.into_iter().for_each(|(feature, at)| usage.used(feature, at));
            usage
        },
    )
}

fn support(at: BoxedStrategy<Timestamp>) -> impl Strategy<Value = Support> {
    let moods = vec((-1.0..=1.0f64, at.clone()), 0..4);
    (vec((key(), any::<bool>(), at.clone()), 0..10), moods, of(at)).prop_map(|(tickets, moods, last)| {
        let mut support = Support { last, ..Support::default() };
        moods.into_iter().for_each(|(mood, at)| support.feel(mood, at));
        for (ticket, open, at) in tickets {
            let mut word = Latest::default();
            word.tell(open, at);
            support.hear(ticket, word);
        }
        support
    })
}

fn lifecycle(at: BoxedStrategy<Timestamp>) -> impl Strategy<Value = Lifecycle> {
    let stage = select(vec![Stage::New, Stage::Active, Stage::Lapsing, Stage::Lapsed]);
    (of(at.clone()), told(stage, at)).prop_map(|(since, stage)| Lifecycle { since, stage })
}
