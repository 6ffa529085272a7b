//! Random campaigns: documents as a marketer would write them, with every setting there is, and what changes while they run.
#![allow(dead_code, clippy::unwrap_used)]

use apropos::campaign::learned::{DEVICES, LEADS, MOODS};
use apropos::campaign::{Learned, Live, Stock};
use apropos::intent::registry::SIGNALS;
use apropos::intent::signal::Kind;
use apropos::profile::Channel;
use apropos::time::{DAY, HOUR, MINUTE, Timestamp};
use proptest::collection::{btree_map, vec};
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};

/// The products that variants offer and recipients buy.
pub const PRODUCTS: [&str; 4] = ["p0", "p1", "p2", "p3"];
/// The budgets that pay for incentives.
pub const BUDGETS: [&str; 2] = ["b0", "b1"];
/// What campaigns are about, and what recipients want or not.
pub const TOPICS: [&str; 5] = ["tents", "offers", "alcohol", "health", "gambling"];
/// The discounts that ladders and incentives give.
pub const DISCOUNTS: [u8; 5] = [5, 10, 15, 20, 40];
/// The zones of quiet hours.
pub const ZONES: [&str; 4] = ["Europe/Zagreb", "Asia/Kolkata", "America/New_York", "Australia/Lord_Howe"];

/// A variant before its slot is known.
#[derive(Clone, Debug)]
struct Sketch {
    motivations: u8,
    when: Option<Value>,
    incentive: Option<Value>,
    needs: Option<u8>,
    product: Option<&'static str>,
    sensitive: Option<&'static str>,
}

fn spans() -> impl Strategy<Value = &'static str> + Clone {
    select(vec!["1m", "30m", "6h", "24h", "2d", "7d", "28d"])
}

/// The names of the guardrails that a campaign can set.
pub const GUARDS: [&str; 13] = [
    "frequency",
    "fatigue",
    "quiet_hours",
    "recent_purchase",
    "same_product",
    "support",
    "first_contact",
    "discount_ladder",
    "margin",
    "inventory",
    "freshness",
    "market",
    "complaints",
];

/// One guardrail's setting.
pub fn guard(name: &str) -> BoxedStrategy<Value> {
    let then = || select(vec!["suppress", "no_incentive"]);
    match name {
        "frequency" => {
            let cap = (select(vec!["campaign", "all"]), 1u8..5, spans());
            let cap =
                cap.prop_map(|(across, max, window)| json!({"across": across, "max": max, "window": window}));
            vec(cap, 1..3).prop_map(Value::from).boxed()
        }
        "fatigue" => (1u8..8, 0.0..=1.0f64, spans())
            .prop_map(|(max, share, window)| {
                json!({"max": max, "min": (f64::from(max) * share) as u8, "window": window})
            })
            .boxed(),
        "quiet_hours" => (0u8..24, 1u8..24, select(ZONES.to_vec()))
            .prop_map(|(from, length, zone)| json!({"from": from, "to": (from + length) % 24, "timezone": zone}))
            .boxed(),
        "recent_purchase" => {
            (spans(), then()).prop_map(|(within, then)| json!({"within": within, "then": then})).boxed()
        }
        "same_product" | "freshness" => spans().prop_map(|within| json!({"within": within})).boxed(),
        "support" => (weighted(0.7, select(vec![-1.0, -0.5, -0.25, 0.0, 0.5, 1.0])), then())
            .prop_map(|(mood, then)| match mood {
                Some(mood) => json!({"sentiment": mood, "then": then}),
                None => json!({"then": then}),
            })
            .boxed(),
        "first_contact" => (weighted(0.7, prop_oneof![spans(), Just("0d")]), weighted(0.5, any::<bool>()))
            .prop_map(|(welcome, cart)| {
                let mut rule = json!({});
                welcome.into_iter().for_each(|welcome| rule["welcome"] = welcome.into());
                cart.into_iter().for_each(|cart| rule["cart"] = cart.into());
                rule
            })
            .boxed(),
        "discount_ladder" => (subsequence(DISCOUNTS.to_vec(), 1..=4), weighted(0.7, spans()))
            .prop_map(|(rungs, wait)| match wait {
                Some(wait) => json!({"rungs": rungs, "wait": wait}),
                None => json!({"rungs": rungs}),
            })
            .boxed(),
        "margin" => select(vec![0.0, 0.2, 0.5, 0.9, 1.0]).prop_map(|floor| json!({"floor": floor})).boxed(),
        "inventory" => (weighted(0.7, 1u32..5), weighted(0.7, select(vec!["1m", "30m", "6h", "24h"])))
            .prop_map(|(min, fresh)| {
                let mut rule = json!({});
                min.into_iter().for_each(|min| rule["min"] = min.into());
                fresh.into_iter().for_each(|fresh| rule["fresh"] = fresh.into());
                rule
            })
            .boxed(),
        "market" => (subsequence(vec!["HR", "US", "JP", "DE"], 0..=3), weighted(0.5, select(vec![0, 16, 18, 40])))
            .prop_map(|(countries, age)| {
                let mut rule = json!({"countries": countries});
                age.into_iter().for_each(|age| rule["min_age"] = age.into());
                rule
            })
            .boxed(),
        "complaints" => select(vec![(0.001, 0.003, 1000), (0.0, 0.01, 1), (0.0, 0.0, 500), (0.5, 1.0, 10)])
            .prop_map(|(warn, stop, least)| json!({"warn": warn, "stop": stop, "least": least}))
            .boxed(),
        other => unreachable!("{other} is no guardrail"),
    }
}

/// Some guardrails, each as often as `share` says.
pub fn guardrails(share: f64) -> BoxedStrategy<Value> {
    let set = Vec::from(GUARDS.map(|name| weighted(share, guard(name))));
    set.prop_map(|set| {
        let set = GUARDS.iter().zip(set).filter_map(|(name, rule)| Some(((*name).to_owned(), rule?)));
        Value::Object(set.collect())
    })
    .boxed()
}

/// The document of a campaign that the reader accepts.
pub fn document() -> BoxedStrategy<Value> {
    let rules = (
        prop_oneof![15 => Just("live"), 1 => Just("paused")],
        prop_oneof![4 => Just("email"), 1 => Just("sms"), 1 => Just("web")],
        select(vec!["click", "convert"]),
        prop_oneof![4 => Just(0.0), 1 => 0.0..0.5],
        spans(),
        weighted(0.2, condition()),
        guardrails(0.2),
        (weighted(0.25, select(TOPICS.to_vec())), weighted(0.15, filter())),
    );
    let others = vec((0usize..3, money()), 0..3);
    let slots = vec((vec(variant(), 1..6), any::<usize>(), any::<usize>()), 1..6);
    let document = (rules, others, worth(), exploration(), slots).prop_map(
        |(
            (status, channel, goal, holdout, sticky, audience, guardrails, (topic, filter)),
            others,
            value,
            exploration,
            slots,
        )| {
            let mut document = json!({
                "id": "random", "name": "Random", "landing": "/", "status": status, "channel": channel, "goal": goal,
                "attributes": {"tier": "string", "seats": "number", "tags": "string[]"},
                "holdout": holdout, "sticky": sticky, "value": value, "exploration": exploration,
                "fallback_channels": fallback_channels(channel, &others),
                "guardrails": guardrails, "slots": slots_of(&slots),
            });
            audience.into_iter().for_each(|audience| document["audience"] = audience);
            topic.into_iter().for_each(|topic| document["topic"] = topic.into());
            filter.into_iter().for_each(|filter| document["filters"] = json!([filter]));
            document
        },
    );
    document.boxed()
}

fn fallback_channels(first: &str, others: &[(usize, f64)]) -> Value {
    let mut known = vec![first];
    let mut list = Vec::new();
    for (channel, send) in others {
        let name = Channel::ALL[*channel].name();
        if !known.contains(&name) {
            known.push(name);
            list.push(json!({"channel": name, "send": send / 200.0}));
        }
    }
    list.into()
}

/// A share of those who have an attribute.
fn filter() -> impl Strategy<Value = Value> {
    (select(vec!["tier", "seats"]), 0.0..0.5f64, 0.5..1.0f64).prop_map(
        |(attribute, from, to)| json!({"attribute": attribute, "seed": "s", "ranges": [[from, to]]}),
    )
}

fn variant() -> impl Strategy<Value = Sketch> {
    let incentive =
        (money(), weighted(0.7, select(DISCOUNTS.to_vec())), weighted(0.4, select(BUDGETS.to_vec())));
    let incentive = incentive.prop_map(|(cost, discount, budget)| {
        let mut incentive = json!({"cost": cost});
        discount.into_iter().for_each(|discount| incentive["discount"] = discount.into());
        budget.into_iter().for_each(|budget| incentive["budget"] = budget.into());
        incentive
    });
    (
        any::<u8>(),
        weighted(0.25, condition()),
        weighted(0.4, incentive),
        weighted(0.3, any::<u8>()),
        weighted(0.3, select(PRODUCTS.to_vec())),
        weighted(0.15, select(vec!["alcohol", "health", "gambling"])),
    )
        .prop_map(|(motivations, when, incentive, needs, product, sensitive)| Sketch {
            motivations,
            when,
            incentive,
            needs,
            product,
            sensitive,
        })
}

type Sketched = (Vec<Sketch>, usize, usize);

fn slots_of(slots: &[Sketched]) -> Value {
    let bits = |bits: u8, count: usize| (0..count).filter(move |i| bits >> i & 1 == 1);
    let motivations = ["price", "assortment", "convenience", "trust", "urgency"];
    let slot = |(at, (variants, fallback, parent)): (usize, &Sketched)| {
        let fallback = fallback % variants.len();
        let variant = |(i, v): (usize, &Sketch)| {
            let mut variant = json!({
                "id": format!("v{i}"), "text": {"headline": "Hello"},
                "motivations": bits(v.motivations, 5).map(|m| motivations[m]).collect::<Vec<_>>(),
            });
            v.product.into_iter().for_each(|product| variant["product"] = product.into());
            if i == fallback {
                return variant;
            }
            v.when.iter().for_each(|when| variant["when"] = when.clone());
            v.incentive.iter().for_each(|incentive| variant["incentive"] = incentive.clone());
            v.sensitive.into_iter().for_each(|sensitive| variant["sensitive"] = sensitive.into());
            if let Some(wanted) = v.needs.filter(|_| at > 0) {
                let slot = parent % at;
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
    prop_oneof![6 => 0.0..20.0, 1 => select(vec![0.0, 1e-9, 1e9])]
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
    let silence = weighted(0.7, prop_oneof![2 => 0.0..0.1, 1 => select(vec![0.0, 0.1])]);
    (floor, sharpness, silence).prop_map(|(floor, sharpness, silence)| match silence {
        Some(silence) => json!({"floor": floor, "sharpness": sharpness, "silence": silence}),
        None => json!({"floor": floor, "sharpness": sharpness}),
    })
}

// ---- what changes while it runs

/// Budgets and stock around what incentives cost and rules ask for; counted a moment ago, long ago, or not at all.
pub fn live(now: Timestamp) -> BoxedStrategy<Live> {
    let ages = vec![0, MINUTE, MINUTE + 1, 30 * MINUTE, HOUR - 1, HOUR, HOUR + 1, 6 * HOUR + 1, DAY, -HOUR];
    let stock = (0u32..6, select(ages))
        .prop_map(move |(left, age)| Stock { left, at: Timestamp(now.0.saturating_sub(age)) });
    let name = |names: &'static [&'static str]| select(names.to_vec()).prop_map(str::to_owned);
    let paused = (0..5usize, 0..5usize).prop_map(|(slot, variant)| format!("s{slot}/v{variant}"));
    let shares =
        select(vec![(0, 0), (0, 5), (999, 900), (1000, 2), (1000, 3), (1000, 4), (499, 0), (100_000, 100)]);
    (
        btree_map(name(&BUDGETS), money(), 0..3),
        btree_map(name(&PRODUCTS), stock, 0..5),
        prop_oneof![3 => Just((0, 0)), 2 => shares],
        vec(paused, 0..3),
    )
        .prop_map(|(budgets, stock, (delivered, complaints), paused)| Live {
            budgets,
            stock,
            delivered,
            complaints,
            paused,
        })
        .boxed()
}

/// Any lessons of a campaign whose slots and variants are called as here; as often nothing.
pub fn learned() -> BoxedStrategy<Learned> {
    let effect = || (-4.0..4.0, prop_oneof![Just(0.0), 0.0..3.0]);
    let effect = move || effect().prop_map(|(shift, sd): (f64, f64)| json!({"shift": shift, "sd": sd}));
    let effects =
        move || (effect(), effect()).prop_map(|(click, convert)| json!({"click": click, "convert": convert}));
    let message = move || {
        (effect(), effect(), effect(), effect()).prop_map(|(click, convert, unsubscribe, complain)| {
            json!({"click": click, "convert": convert, "unsubscribe": unsubscribe, "complain": complain})
        })
    };
    let named = |names: &'static [&'static str]| select(names.to_vec()).prop_map(str::to_owned);
    let silence = (0.0..3.0, 0.0..1.0).prop_map(|(share, sd): (f64, f64)| json!({"share": share, "sd": sd}));
    let by_lead = btree_map(named(&LEADS), effects(), 0..3);
    let by_device = btree_map(named(&DEVICES), effects(), 0..3);
    let lesson = (effect(), effect(), by_lead, by_device).prop_map(|(click, convert, lead, device)| {
        json!({"click": click, "convert": convert, "lead": lead, "device": device})
    });
    let name = |letter: char| (0..5usize).prop_map(move |n| format!("{letter}{n}"));
    let slots = btree_map(name('s'), btree_map(name('v'), lesson, 0..5), 0..4);
    let moods = (btree_map(named(&MOODS), message(), 0..3), btree_map(named(&MOODS), silence, 0..4));
    let lessons = (slots, message(), moods, effects(), effects(), 0.0..1e5);
    let lessons = lessons.prop_map(|(slots, message, (moods, silence), tags, unseen, seen): (_, _, _, _, _, f64)| {
        let lessons = json!({"campaign": "random", "model": "m", "at": "2026-11-22T10:00:00Z", "evidence": {"exposures": seen},
            "slots": slots, "message": message, "moods": moods, "silence": silence, "tags": tags, "unseen": unseen});
        Learned::parse(&lessons.to_string()).unwrap()
    });
    prop_oneof![Just(Learned::NOTHING), lessons].boxed()
}

// ---- conditions

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
pub fn word() -> impl Strategy<Value = String> {
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
