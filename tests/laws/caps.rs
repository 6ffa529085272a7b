//! Law 4 over a life: caps, wishes, ladders and first contacts hold whatever comes in which order, when what was seen is folded back.
//!
//! Two campaigns share a recipient. Mails are prefetched or opened, orders come in, carts are filled, messages arrive. A ledger of its own, kept here, says
//! what the person has really seen and when.

use super::arbitrary::{Scene, guard};
use super::oracle::{Oracle, span};
use super::{NOON, STARTER, cases, known};
use apropos::campaign::{Campaign, Learned, Live};
use apropos::context::{Context, Fetcher};
use apropos::decide::Outcome;
use apropos::hash::Key;
use apropos::profile::{Channel, Line, Preferences};
use apropos::time::{DAY, HOUR, MINUTE, Span, Timestamp};
use proptest::collection::vec;
use proptest::option::{of, weighted};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

#[derive(Clone, Copy, Debug)]
enum Step {
    /// A mail of one of the campaigns is fetched: by a person who looks, or ahead of one.
    Fetch(usize, bool),
    Order,
    Cart,
    Delivered,
}

/// What the person saw, newest last.
struct Sight {
    campaign: usize,
    at: Timestamp,
    discount: u64,
}

struct Life {
    campaigns: [Scene; 2],
    sights: Vec<Sight>,
    cart: Option<Timestamp>,
    order: Option<Timestamp>,
}

/// A campaign that gives away anything, drawn at random, as far as its rules let it.
fn campaign(id: &str, rules: Value, sticky: &str) -> Scene {
    let variant = |(i, discount): (usize, u64)| json!({"id": format!("v{i}"), "text": {"headline": "x"}, "incentive": {"cost": 0.01, "discount": discount}});
    let mut variants = vec![json!({"id": "plain", "text": {"headline": "x"}})];
    variants.extend([0, 5, 10, 15, 20, 40].into_iter().enumerate().map(variant));
    let document = json!({"id": id, "landing": "/", "goal": "click", "value": {"currency": "EUR", "click": 1},
        "sticky": sticky, "exploration": {"floor": 0.02, "sharpness": 0, "silence": 0}, "guardrails": rules,
        "slots": [{"name": "s0", "kind": "text", "fallback": "plain", "variants": variants}]});
    let campaign = Campaign::parse(&document.to_string()).unwrap();
    let (profile, context) = (known(Channel::Email), Context::default());
    Scene {
        document,
        campaign,
        live: Live::default(),
        learned: Learned::NOTHING,
        profile,
        context,
        now: NOON,
        seed: 7,
    }
}

impl Life {
    fn live(&mut self, step: Step, now: Timestamp) -> Result<(), TestCaseError> {
        match step {
            Step::Fetch(campaign, person) => return self.fetch(campaign, person, now),
            Step::Order => {
                self.order = Some(now);
                self.cart = None;
                self.both(|scene| {
                    scene.profile.purchases.count += 1;
                    scene.profile.purchases.last = Some(now);
                    scene.profile.browsing.cart.clear(now);
                });
            }
            // an order empties what was put aside at the same instant
            Step::Cart if self.order == Some(now) => {}
            Step::Cart => {
                self.cart = Some(now);
                self.both(|scene| {
                    scene.profile.browsing.cart.add(now, Line { product: Key(1), quantity: 1, cents: 100 })
                });
            }
            Step::Delivered => self.both(|scene| scene.profile.engagement.unanswered.add(now, ())),
        }
        Ok(())
    }

    fn both(&mut self, change: impl Fn(&mut Scene)) {
        self.campaigns.iter_mut().for_each(change);
    }

    fn fetch(&mut self, place: usize, person: bool, now: Timestamp) -> Result<(), TestCaseError> {
        let fetcher = if person { Fetcher::GmailProxy } else { Fetcher::GmailPrefetch };
        self.both(|scene| (scene.now, scene.context.fetcher) = (now, fetcher));
        let scene = &self.campaigns[place];
        let decision = scene.decide(&STARTER);
        let Some(exposure) = decision.exposure(&scene.campaign, person) else { return Ok(()) };
        let again = scene
            .profile
            .exposures
            .iter()
            .any(|e| e.counted && e.campaign == exposure.campaign && e.at == exposure.at);
        prop_assert_eq!(exposure.counted, person && decision.outcome == Outcome::Show);
        let discount = u64::from(exposure.discount);
        if exposure.counted {
            self.has_no_incentive_too_early(place, now, decision.shown(0) > Some(0), again)?;
            if !again {
                self.is_within_the_caps(place, now)?;
                self.climbs_by_one_rung(place, now, discount)?;
                self.sights.push(Sight { campaign: place, at: now, discount });
            }
        }
        self.both(|scene| scene.profile.expose(exposure.clone()));
        if person {
            self.both(|scene| scene.profile.opened(now));
        }
        Ok(())
    }

    fn seen(&self, place: Option<usize>, now: Timestamp, window: Span) -> u64 {
        let ours = self.sights.iter().filter(|sight| place.is_none_or(|place| sight.campaign == place));
        ours.filter(|sight| now.since(sight.at) < window).count() as u64
    }

    /// With this one there are no more than allowed, in every window that ends now.
    fn is_within_the_caps(&self, place: usize, now: Timestamp) -> Result<(), TestCaseError> {
        let scene = &self.campaigns[place];
        let rules = &scene.document["guardrails"];
        for cap in rules["frequency"].as_array().into_iter().flatten() {
            let ours = (cap["across"] == "campaign").then_some(place);
            let seen = self.seen(ours, now, span(&cap["window"]));
            prop_assert!(seen < cap["max"].as_u64().unwrap(), "{seen} before, {cap}");
        }
        if let Some(weekly) = scene.profile.preferences.weekly.get() {
            prop_assert!(self.seen(None, now, Span(7 * DAY)) < u64::from(*weekly), "{weekly} a week");
        }
        if let Some(allowed) = Oracle::of(scene).allowed_when_tired() {
            let rule = &rules["fatigue"];
            let (min, max) = (rule["min"].as_u64().unwrap(), rule["max"].as_u64().unwrap());
            prop_assert!((min..=max).contains(&allowed));
            prop_assert!(self.seen(None, now, span(&rule["window"])) < allowed, "{allowed} allowed, {rule}");
        }
        Ok(())
    }

    fn climbs_by_one_rung(&self, place: usize, now: Timestamp, discount: u64) -> Result<(), TestCaseError> {
        let Some(rule) = self.campaigns[place].document["guardrails"].get("discount_ladder") else {
            return Ok(());
        };
        let rungs = rule["rungs"].as_array().unwrap().iter().map(|rung| rung.as_u64().unwrap());
        let before = || self.sights.iter().filter(|sight| sight.discount > 0 && Some(sight.at) > self.order);
        let best = before().map(|sight| sight.discount).max().unwrap_or(0);
        if discount > best {
            let next = rungs.clone().find(|rung| *rung > best);
            prop_assert!(Some(discount) <= next, "{discount} after {best}: {rule}");
            let since = before().filter(|sight| sight.discount == best).map(|sight| sight.at).min();
            let wait = rule.get("wait").map_or(Span(2 * DAY), span);
            prop_assert!(
                since.is_none_or(|since| now.since(since) >= wait),
                "{discount} too soon after {best}"
            );
        }
        Ok(())
    }

    fn has_no_incentive_too_early(
        &self,
        place: usize,
        now: Timestamp,
        incentive: bool,
        again: bool,
    ) -> Result<(), TestCaseError> {
        let scene = &self.campaigns[place];
        let Some(rule) = scene.document["guardrails"].get("first_contact").filter(|_| incentive) else {
            return Ok(());
        };
        let welcome = rule.get("welcome").map_or(Span(14 * DAY), span);
        let young = scene.profile.lifecycle.since.is_some_and(|since| now.since(since) < welcome);
        prop_assert!(!young || scene.profile.purchases.count > 0, "a welcome");
        if rule.get("cart").is_none_or(|cart| cart == true) && !again {
            let reminded =
                self.sights.iter().any(|sight| sight.campaign == place && Some(sight.at) > self.cart);
            prop_assert!(self.cart.is_none() || reminded, "the first reminder");
        }
        Ok(())
    }
}

fn rules() -> impl Strategy<Value = Value> {
    let names = ["frequency", "fatigue", "discount_ladder", "first_contact"];
    let set = Vec::from(names.map(|name| weighted(0.6, guard(name))));
    set.prop_map(move |set| {
        names.iter().zip(set).filter_map(|(name, rule)| Some(((*name).to_owned(), rule?))).collect()
    })
}

fn steps() -> impl Strategy<Value = Vec<(Step, i64)>> {
    let step = prop_oneof![
        8 => (0..2usize, prop_oneof![2 => Just(true), 1 => Just(false)]).prop_map(|(campaign, person)| Step::Fetch(campaign, person)),
        1 => Just(Step::Order),
        1 => Just(Step::Cart),
        2 => Just(Step::Delivered),
    ];
    let gaps = vec![
        0,
        1,
        MINUTE - 1,
        MINUTE,
        30 * MINUTE,
        HOUR,
        6 * HOUR - 1,
        6 * HOUR,
        DAY - 1,
        DAY,
        DAY + 1,
        2 * DAY,
        7 * DAY,
    ];
    vec((step, prop_oneof![select(gaps), 0..2 * DAY]), 1..50)
}

proptest! {
    #![proptest_config(cases(1000))]

    #[test]
    fn no_life_exceeds_a_cap_or_jumps_a_rung(
        rules in [rules(), rules()],
        stickies in [select(vec!["1m", "6h", "2d"]), select(vec!["1m", "6h", "2d"])],
        weekly in of(1u8..6),
        since in of(0..20 * DAY),
        steps in steps(),
    ) {
        let [one, two] = rules;
        let mut life = Life {
            campaigns: [campaign("one", one, stickies[0]), campaign("two", two, stickies[1])],
            sights: Vec::new(), cart: None, order: None,
        };
        life.both(|scene| {
            let mut preferences = Preferences::default();
            weekly.into_iter().for_each(|weekly| preferences.weekly.tell(weekly, NOON));
            scene.profile.preferences = preferences;
            scene.profile.lifecycle.since = since.map(|age| Timestamp(NOON.0 - age));
        });
        let mut now = NOON;
        for (step, gap) in steps {
            now = now.plus(Span(gap));
            life.live(step, now)?;
        }
    }

    /// The more tired, the fewer: the cap falls with every message left unanswered and every complaint, and stays between its ends.
    #[test]
    fn the_cap_falls_as_the_recipient_tires(rule in guard("fatigue"), negatives in vec(0.0..3.0f32, 1..6), seen in 0..10i64) {
        let mut scene = campaign("tired", json!({"fatigue": rule}), "1m");
        for at in 0..seen {
            let decision = apropos::decide::Decision { decided_at: Timestamp(NOON.0 - 1 - at), ..settled(&scene) };
            scene.profile.expose(decision.exposure(&scene.campaign, true).unwrap());
        }
        scene.now = NOON.plus(Span(30 * MINUTE));
        let mut lax = true;
        for more in negatives {
            let shows = scene.decide(&STARTER).outcome == Outcome::Show;
            prop_assert!(lax || !shows, "more is allowed to one who is more tired");
            lax = shows;
            scene.profile.engagement.negatives.add(more, NOON);
            scene.profile.engagement.unanswered.add(NOON, ());
        }
    }
}

/// A decision to show.
fn settled(scene: &Scene) -> apropos::decide::Decision {
    let open = campaign("tired", json!({}), "1m");
    let decision = Scene { profile: known(Channel::Email), now: scene.now, ..open }.decide(&STARTER);
    assert_eq!(decision.outcome, Outcome::Show);
    decision
}
