//! Random scenes for the property tests: a campaign as a marketer would write it, a recipient, a request, a moment, a seed.
//!
//! Campaigns are made as JSON text and go through the reader like any other. Recipients are made *for* a campaign: their orders and exposures
//! lie on the edges that its rules draw (a millisecond before a window ends, at it, after it), since random times would hardly ever hit one.
#![allow(dead_code, clippy::unwrap_used)]

use apropos::campaign::Campaign;
use apropos::context::{Context, Request, Surface};
use apropos::hash::Key;
use apropos::intent::registry::SIGNALS;
use apropos::intent::signal::Kind;
use apropos::intent::{Head, Model};
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
use serde_json::{Map, Value, json};

/// All that a decision is made from.
#[derive(Clone)]
pub struct Scene {
    pub document: Value,
    pub campaign: Campaign,
    pub profile: Profile,
    pub context: Context,
    pub now: Timestamp,
    pub seed: u64,
}

/// Short enough to be read when a case fails, and to be pasted into a vector.
impl std::fmt::Debug for Scene {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (profile, context) = (json!(self.profile), json!(self.context));
        write!(
            f,
            "{}\nprofile: {profile}\ncontext: {context}\nnow: {} seed: {}",
            self.document, self.now.0, self.seed
        )
    }
}

pub fn scene() -> BoxedStrategy<Scene> {
    let scene = (document(), now()).prop_flat_map(|(document, now)| {
        let campaign = Campaign::parse(&document.to_string()).unwrap();
        let profile = profile(&campaign, now);
        (Just((document, campaign, now)), profile, context(), any::<u64>()).prop_map(
            |((document, campaign, now), profile, context, seed)| Scene {
                document,
                campaign,
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

// ---- campaigns

/// A variant before its slot is known.
#[derive(Clone, Debug)]
struct Sketch {
    motivations: u8,
    when: Option<Value>,
    cost: Option<f64>,
    needs: Option<(usize, u8)>,
}

/// The document of a campaign that the reader accepts.
pub fn document() -> BoxedStrategy<Value> {
    let spans = select(vec!["1m", "30m", "6h", "24h", "2d", "7d", "28d"]);
    let cap = (select(vec!["campaign", "all"]), 1u8..5, spans.clone());
    let cap = cap.prop_map(|(across, max, window)| json!({"across": across, "max": max, "window": window}));
    let recent = (spans.clone(), select(vec!["suppress", "no_incentive"]));
    let recent = recent.prop_map(|(within, then)| json!({"within": within, "then": then}));
    let rules = (
        prop_oneof![9 => Just("live"), 1 => Just("paused")],
        prop_oneof![4 => Just("email"), 1 => Just("sms"), 1 => Just("web")],
        select(vec!["click", "convert"]),
        prop_oneof![3 => Just(0.0), 1 => 0.0..0.5],
        spans,
        weighted(0.3, condition()),
        vec(cap, 0..3),
        weighted(0.4, recent),
    );
    let variant = (
        any::<u8>(),
        weighted(0.4, condition()),
        weighted(0.3, money()),
        weighted(0.3, (0..4usize, any::<u8>())),
    )
        .prop_map(|(motivations, when, cost, needs)| Sketch { motivations, when, cost, needs });
    let slots = vec((vec(variant, 1..6), any::<usize>()), 1..5);
    let document = (rules, worth(), exploration(), slots).prop_map(
        |((status, channel, goal, holdout, sticky, audience, caps, recent), value, exploration, slots)| {
            let mut document = json!({
                "id": "random", "name": "Random", "landing": "/", "status": status, "channel": channel, "goal": goal,
                "holdout": holdout, "sticky": sticky, "value": value, "exploration": exploration,
                "guardrails": {"frequency": caps}, "slots": slots_of(&slots),
                "attributes": {"tier": "string", "seats": "number", "tags": "string[]"},
            });
            if let Some(audience) = audience {
                document["audience"] = audience;
            }
            if let Some(recent) = recent {
                document["guardrails"]["recent_purchase"] = recent;
            }
            document
        },
    );
    document.boxed()
}

fn slots_of(slots: &[(Vec<Sketch>, usize)]) -> Value {
    let bits = |bits: u8, count: usize| (0..count).filter(move |i| bits >> i & 1 == 1);
    let motivations = ["price", "assortment", "convenience", "trust", "urgency"];
    let slot = |(at, (variants, fallback)): (usize, &(Vec<Sketch>, usize))| {
        let fallback = fallback % variants.len();
        let variant = |(i, v): (usize, &Sketch)| {
            let mut variant = json!({
                "id": format!("v{i}"), "text": {"headline": "Hello"},
                "motivations": bits(v.motivations, 5).map(|m| motivations[m]).collect::<Vec<_>>(),
            });
            if i == fallback {
                return variant;
            }
            if let Some(when) = &v.when {
                variant["when"] = when.clone();
            }
            if let Some(cost) = v.cost {
                variant["incentive"] = json!({"cost": cost});
            }
            if let Some((slot, wanted)) = v.needs.filter(|_| at > 0) {
                let slot = slot % at;
                let wanted: Vec<_> = bits(wanted, slots[slot].0.len()).map(|v| format!("v{v}")).collect();
                variant["needs"] = json!({format!("s{slot}"): wanted});
            }
            variant
        };
        json!({"name": format!("s{at}"), "kind": "text", "fallback": format!("v{fallback}"),
            "variants": variants.iter().enumerate().map(variant).collect::<Vec<_>>()})
    };
    slots.iter().enumerate().map(slot).collect()
}

fn money() -> impl Strategy<Value = f64> {
    prop_oneof![4 => 0.0..20.0, 1 => select(vec![0.0, 1e-9, 1e9])]
}

fn worth() -> impl Strategy<Value = Value> {
    [money(), money(), money(), money(), money()].prop_map(
        |[click, convert, unsubscribe, complaint, send]| {
            json!({"currency": "EUR", "click": click, "convert": convert, "unsubscribe": unsubscribe,
            "complaint": complaint, "send": send / 200.0})
        },
    )
}

fn exploration() -> impl Strategy<Value = Value> {
    let floor = prop_oneof![3 => 0.0..0.1, 1 => select(vec![0.0, 0.1])];
    let sharpness = prop_oneof![3 => 0.0..500.0, 1 => select(vec![0.0, 1e6])];
    (floor, sharpness).prop_map(|(floor, sharpness)| json!({"floor": floor, "sharpness": sharpness}))
}

/// A condition over any signals.
pub fn condition() -> BoxedStrategy<Value> {
    let clauses = vec(clause(), 0..3).prop_map(|clauses| Value::Object(clauses.into_iter().collect()));
    let nested = clauses.prop_recursive(2, 8, 3, |inner| {
        let list = vec(inner.clone(), 0..3);
        prop_oneof![
            (select(vec!["$and", "$or", "$nor"]), list).prop_map(|(name, parts)| json!({name: parts})),
            inner.prop_map(|part| json!({"$not": part})),
        ]
    });
    nested.boxed()
}

fn clause() -> impl Strategy<Value = (String, Value)> {
    let of = |kind| {
        let names = SIGNALS.iter().filter(|s| s.kind == kind).map(|s| s.name.to_owned());
        (select(names.collect::<Vec<_>>()), tests(kind)).boxed()
    };
    let one = prop_oneof![Just("tier"), Just("seats")].prop_map(str::to_owned);
    let attribute = (one, prop_oneof![tests(Kind::Number), tests(Kind::Text)]);
    let size = tests(Kind::Number).prop_map(|test| json!({"$size": test}));
    let list = (Just("tags".to_owned()), prop_oneof![tests(Kind::Text), size]);
    prop_oneof![6 => of(Kind::Number), 1 => of(Kind::Flag), 3 => of(Kind::Text), 2 => attribute, 1 => list]
}

/// The attributes that campaigns declare.
pub const ATTRIBUTES: [&str; 3] = ["tier", "seats", "tags"];

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

fn tests(kind: Kind) -> BoxedStrategy<Value> {
    let one = match kind {
        Kind::Number => {
            select(vec![0.0, 0.5, 1.0, 2.0, 3.0, 7.0, 12.0, 30.0, 100.0]).prop_map(Value::from).boxed()
        }
        Kind::Flag => any::<bool>().prop_map(Value::from).boxed(),
        Kind::Text => word().prop_map(Value::from).boxed(),
    };
    let equal = (select(vec!["$eq", "$ne"]), one.clone()).prop_map(|(op, v)| json!({op: v}));
    let among = (select(vec!["$in", "$nin"]), vec(one.clone(), 0..3)).prop_map(|(op, v)| json!({op: v}));
    let exists = any::<bool>().prop_map(|b| json!({"$exists": b}));
    let plain = prop_oneof![one.clone(), Just(Value::Null), equal, among, exists];
    let tests = if kind == Kind::Number {
        let bound = (select(vec!["$lt", "$lte", "$gt", "$gte"]), one).prop_map(|(op, v)| json!({op: v}));
        prop_oneof![plain, bound].boxed()
    } else {
        plain.boxed()
    };
    prop_oneof![4 => tests.clone(), 1 => tests.prop_map(|t| json!({"$not": t}))].boxed()
}

/// A name that some signal might have.
fn word() -> impl Strategy<Value = String> {
    select(vec![
        "new",
        "active",
        "lapsing",
        "lapsed",
        "phone",
        "desktop",
        "tablet",
        "gmail",
        "ios",
        "person",
        "gmail_proxy",
        "scanner",
        "de",
        "en",
        "HR",
        "US",
        "urban",
        "rural",
        "tents",
        "帽子",
        "",
    ])
    .prop_map(str::to_owned)
}

// ---- recipients

/// How long ago things were that matter to `campaign`: on the edges of its rules, in the future by a skewed clock, or any time.
fn age(campaign: &Campaign) -> impl Strategy<Value = i64> + Clone + use<> {
    let rules = &campaign.guardrails;
    let mut spans: Vec<Span> = rules.frequency.iter().map(|cap| cap.window).collect();
    spans.extend(rules.recent_purchase.map(|rule| rule.within));
    spans.push(campaign.sticky);
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
    prop_oneof![3 => (0u32..6).prop_map(Key), 1 => any::<u32>().prop_map(Key)]
}

pub fn name() -> impl Strategy<Value = String> {
    select(vec!["Ana", "Kovač", "Ана", "محمد", "王小明", "O’Neill", "", " ", "{first_name|x}"])
        .prop_map(str::to_owned)
}

fn traits(at: BoxedStrategy<Timestamp>) -> impl Strategy<Value = Traits> {
    let zone =
        select(vec!["Europe/Zagreb", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "nowhere"]);
    let word = || told(word(), at.clone());
    let zone = told(zone.prop_map(str::to_owned), at.clone());
    let year = told(prop_oneof![4 => 1930u16..2012, 1 => select(vec![0, 1880, 2100, u16::MAX])], at.clone());
    (told(name(), at.clone()), word(), zone, word(), word(), year, word(), word()).prop_map(
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
    let topics = vec((word(), any::<bool>(), at.clone()), 0..5);
    let weekly = prop_oneof![4 => 0u8..5, 1 => Just(u8::MAX)];
    (topics, told(at.clone(), at.clone()), told(weekly, at)).prop_map(|(topics, paused_until, weekly)| {
        let mut preferences = Preferences { paused_until, weekly, ..Preferences::default() };
        for (name, wanted, at) in topics {
            let mut word = Latest::default();
            word.tell(wanted, at);
            preferences.tell(&name, word);
        }
        preferences
    })
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
    let discount = prop_oneof![3 => Just(0u8), 1 => 1u8..=100];
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

// ---- requests

/// What proxies and machines call themselves; with these, the rest of the request says nothing of the person.
pub const MACHINES: &[&str] = &[
    "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
    "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html",
    "Mozilla/5.0 (compatible; FastmailUA/1.0; +https://www.fastmail.com)",
    "hey.com/imageproxy",
    "Shortwave Image Fetcher",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "curl/8.5.0",
    "WhatsApp/2.23",
    "",
];

/// What people's own clients call themselves.
pub const PEOPLE: &[&str] = &[
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Thunderbird/140.4.0",
    "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17928; Pro)",
    "Mozilla/5.0 (iPad; CPU OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0",
];

pub fn request(user_agents: Vec<&'static str>) -> impl Strategy<Value = Request> {
    let surface = prop_oneof![3 => Just(Surface::Image), 1 => Just(Surface::Click), 2 => Just(Surface::Page)];
    let who = (surface, select(user_agents), prop_oneof![9 => Just(false), 1 => Just(true)]);
    (who, place()).prop_map(|((surface, user_agent, gpc), place)| Request {
        surface,
        user_agent: user_agent.to_owned(),
        gpc,
        ..place
    })
}

/// Where a request comes from and what its browser asks for: the part that is a proxy's own when a proxy fetches.
pub fn place() -> impl Strategy<Value = Request> {
    let zones = ["Europe/Zagreb", "America/Los_Angeles", "Pacific/Chatham", "Asia/Tokyo", "", "Nowhere/Else"];
    let text = |options: &[&'static str]| select(options.to_vec()).prop_map(str::to_owned);
    (
        text(&["HR", "US", "JP", "T1", "XX", "", "??"]),
        text(&zones),
        text(&["de-CH,de;q=0.9", "en-US", "ja", "", "*"]),
        text(&["Zagreb", "Mountain View", ""]),
        of((-100.0..100.0f64, -200.0..200.0f64)),
        text(&["CA", "21", ""]),
    )
        .prop_map(|(country, timezone, accept_language, city, coordinates, region)| Request {
            country,
            timezone,
            accept_language,
            city,
            coordinates,
            region,
            ..Request::default()
        })
}

pub fn context() -> BoxedStrategy<Context> {
    request([MACHINES, PEOPLE, PEOPLE].concat()).prop_map(|request| Context::read(&request)).boxed()
}

// ---- models

/// The starter, or one whose weights may be as large as they like.
pub fn model() -> impl Strategy<Value = Model> {
    let starter = Just(Model::starter().unwrap());
    let weight = || prop_oneof![8 => -3.0..3.0f64, 1 => select(vec![-800.0, 800.0, 1e300, -1e300])];
    let heads = vec((weight(), vec((0..SIGNALS.len(), weight(), weight(), weight()), 0..6)), Head::ALL.len());
    let random = heads.prop_map(|heads| {
        let heads: Map<_, _> = Head::ALL
            .iter()
            .zip(&heads)
            .map(|(head, (intercept, terms))| {
                let mut terms = terms.clone();
                terms.sort_by_key(|t| t.0);
                terms.dedup_by_key(|t| t.0);
                let terms = terms.iter().map(|(signal, missing, low, high)| {
                    let signal = &SIGNALS[*signal];
                    let bins = match signal.kind {
                        Kind::Number => json!({"cuts": [2], "weights": [low, high]}),
                        Kind::Flag => json!({"values": ["true", "false"], "weights": [low, high]}),
                        Kind::Text => json!({"values": ["new", "phone"], "weights": [low, high]}),
                    };
                    let mut term = json!({"signal": signal.name, "missing": missing});
                    term.as_object_mut().unwrap().extend(bins.as_object().unwrap().clone());
                    term
                });
                (head.name().to_owned(), json!({"intercept": intercept, "terms": terms.collect::<Vec<_>>()}))
            })
            .collect();
        let file = json!({"format": 1, "name": "random", "trained_on": "nothing", "heads": heads});
        Model::parse(&file.to_string()).unwrap()
    });
    prop_oneof![1 => starter, 1 => random]
}
