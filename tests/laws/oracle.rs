//! What every guardrail means, written from the documentation and over the campaign's JSON.
//!
//! In the order of the engine's list: whether a rule forbids and what happens then, which variants it takes away, and in the end whether a cap is full.

use super::arbitrary::{ATTRIBUTES, Scene};
use apropos::campaign::bucket::{HashVersion, hash};
use apropos::context::{Surface, Trust, zone};
use apropos::decide::Outcome;
use apropos::decide::guardrails::Verdict;
use apropos::hash::{Key, fnv1a, mix, unit};
use apropos::intent::{Facts, SignalId, SignalSet, Signals};
use apropos::profile::{Exposure, Profile, Purpose, Sight};
use apropos::time::{DAY, Span, Timestamp, civil_from_days};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

pub type Map = BTreeMap<&'static str, Value>;

/// A scene, and what of it may be looked at.
pub struct Oracle<'a> {
    pub scene: &'a Scene,
    signals: Map,
    personal: bool,
}

pub fn span(text: &Value) -> Span {
    Span::parse(text.as_str().unwrap()).unwrap()
}

impl<'a> Oracle<'a> {
    pub fn of(scene: &'a Scene) -> Self {
        let personal = allows(scene, Purpose::Personalization);
        Self { scene, signals: signals(scene, personal), personal }
    }

    fn rule(&self, name: &str) -> Option<&'a Value> {
        self.scene.document["guardrails"].get(name)
    }

    /// What may be looked at of the profile.
    fn known(&self) -> Option<&'a Profile> {
        self.personal.then_some(&self.scene.profile)
    }

    fn exposures(&self) -> &'a [Exposure] {
        self.known().map_or(&[], |profile| &profile.exposures)
    }

    fn age_of(&self, at: Timestamp) -> Span {
        Span(self.scene.now.0.saturating_sub(at.0))
    }

    fn is_send(&self) -> bool {
        self.scene.context.surface == Surface::Send
    }

    fn years(&self) -> Option<u64> {
        let born = i64::from(*self.known()?.traits.birth_year.get()?);
        let year = civil_from_days(self.scene.now.0.div_euclid(DAY)).0;
        // on the last day of the year before, at the latest, they were a year less
        u16::try_from((year - born - 1).max(0)).ok().map(u64::from)
    }

    /// What each guardrail says, by its name.
    pub fn verdicts(&self) -> Vec<(&'static str, Verdict)> {
        let mut left = self.everything();
        let mut verdicts = Vec::new();
        for name in ORDER {
            let verdict = match self.forbids(name) {
                Some(outcome) => Verdict::Forbid(outcome),
                None => self.narrow(name, &mut left),
            };
            verdicts.push((name, verdict));
        }
        let full = |full| if full { Verdict::Forbid(Outcome::Suppress) } else { Verdict::Pass };
        verdicts.push(("fatigue", full(self.is_tired(&left))));
        verdicts.push(("frequency", full(self.has_seen_enough(&left))));
        verdicts
    }

    /// What all guardrails leave.
    pub fn left(&self) -> BTreeSet<(usize, usize)> {
        let mut left = self.everything();
        for name in ORDER.into_iter().filter(|name| self.forbids(name).is_none()) {
            self.narrow(name, &mut left);
        }
        left
    }

    fn everything(&self) -> BTreeSet<(usize, usize)> {
        let slots = self.scene.document["slots"].as_array().unwrap().iter().enumerate();
        let variants = |slot: &Value| 0..slot["variants"].as_array().unwrap().len();
        slots.flat_map(|(i, slot)| variants(slot).map(move |v| (i, v))).collect()
    }

    fn variant(&self, slot: usize, variant: usize) -> &'a Value {
        &self.scene.document["slots"][slot]["variants"][variant]
    }

    fn is_fallback(&self, slot: usize, variant: usize) -> bool {
        self.scene.document["slots"][slot]["fallback"] == self.variant(slot, variant)["id"]
    }

    fn narrow(&self, name: &str, left: &mut BTreeSet<(usize, usize)>) -> Verdict {
        let before = left.len();
        left.retain(|(slot, variant)| {
            self.is_fallback(*slot, *variant) || !self.takes(name, *slot, *variant)
        });
        match u16::try_from(before - left.len()).unwrap() {
            0 => Verdict::Pass,
            gone => Verdict::Narrow(gone),
        }
    }

    /// Does a guardrail forbid to show anything chosen? And what happens then?
    fn forbids(&self, name: &str) -> Option<Outcome> {
        let (scene, document) = (self.scene, &self.scene.document);
        let away = if self.is_send() { Outcome::Suppress } else { Outcome::FallBack };
        let then = |outcome, strikes: bool| strikes.then_some(outcome);
        match name {
            "kill_switch" => then(away, document["status"] == "paused"),
            "complaints" => {
                let (stop, least) = match self.rule("complaints") {
                    Some(rule) => (rule["stop"].as_f64().unwrap(), rule["least"].as_f64().unwrap()),
                    None => (0.003, 1000.0),
                };
                let live = &scene.live;
                let rate = live.complaints as f64 / live.delivered as f64;
                then(away, live.delivered as f64 >= least && rate >= stop)
            }
            "consent" => {
                let missing =
                    [Purpose::Marketing, Purpose::Personalization].map(|purpose| !allows(scene, purpose));
                match (scene.context.surface, missing) {
                    (Surface::Page, _) | (_, [false, false]) => None,
                    (Surface::Send, [true, _]) => Some(Outcome::Suppress),
                    _ => Some(Outcome::FallBack),
                }
            }
            "preferences" => {
                let wishes = &scene.profile.preferences;
                let unwanted = document
                    .get("topic")
                    .is_some_and(|topic| self.wants(topic.as_str().unwrap()) == Some(false));
                let paused = wishes.paused_until.get().is_some_and(|until| *until > scene.now);
                then(Outcome::Suppress, !scene.context.gpc && (paused || unwanted))
            }
            "audience" => {
                let meant = document.get("audience").is_none_or(|audience| holds(audience, &self.signals));
                then(away, !meant || !self.is_in_the_share())
            }
            "market" => then(away, self.rule("market").is_some_and(|rule| !self.is_in_the_market(rule))),
            "freshness" => {
                let within = span(&self.rule("freshness")?["within"]);
                let known = self.known()?;
                let signs = [
                    known.engagement.last_open,
                    known.engagement.last_click,
                    known.purchases.last,
                    known.browsing.last_visit,
                    known.usage.last,
                    known.support.last,
                    known.lifecycle.since,
                ];
                then(away, self.age_of(signs.into_iter().flatten().max()?) > within)
            }
            "holdout" => {
                let place = unit(mix(scene.seed ^ fnv1a(b"holdout")));
                then(Outcome::HoldOut, place < document["holdout"].as_f64().unwrap())
            }
            "support" => {
                then(Outcome::Suppress, self.is_in_trouble() && self.rule("support")?["then"] == "suppress")
            }
            "recent_purchase" => {
                then(Outcome::Suppress, self.has_just_bought() && self.rule(name)?["then"] == "suppress")
            }
            "quiet_hours" => {
                let rule = self.rule(name).filter(|_| self.is_send())?;
                let place = scene.context.place.timezone.clone();
                let told = || self.known().and_then(|known| known.traits.timezone.get().cloned());
                let own = place.or_else(told).and_then(|zone| zone::local(&zone, scene.now));
                let local =
                    own.or_else(|| zone::local(rule["timezone"].as_str().unwrap(), scene.now)).unwrap();
                then(Outcome::Suppress, is_quiet(rule, local.hour))
            }
            _ => None,
        }
    }

    fn wants(&self, topic: &str) -> Option<bool> {
        let topics = &self.scene.profile.preferences.topics;
        topics.iter().find(|told| told.name == topic).and_then(|told| told.wanted.get().copied())
    }

    fn is_in_the_share(&self) -> bool {
        let filters = self.scene.document.get("filters").and_then(Value::as_array);
        filters.into_iter().flatten().all(|filter| {
            let value = match &self.signals[filter["attribute"].as_str().unwrap()] {
                Value::String(text) if !text.is_empty() => text.clone(),
                Value::Number(number) if number.as_f64() != Some(0.0) => number.as_f64().unwrap().to_string(),
                _ => return false,
            };
            let place = hash(filter["seed"].as_str().unwrap(), &value, HashVersion::Two);
            let ranges = filter["ranges"].as_array().unwrap();
            ranges.iter().any(|r| r[0].as_f64().unwrap() <= place && place < r[1].as_f64().unwrap())
        })
    }

    fn is_in_the_market(&self, rule: &Value) -> bool {
        let place = &self.scene.context.place;
        let near = place.country.clone().filter(|_| place.trust != Trust::Proxy);
        let country = self.known().and_then(|known| known.traits.country.get().cloned()).or(near);
        let countries = rule["countries"].as_array().unwrap();
        let here =
            countries.is_empty() || country.is_some_and(|country| countries.contains(&Value::from(country)));
        let least = rule.get("min_age").map_or(0, |age| age.as_u64().unwrap());
        here && (least == 0 || self.years().is_some_and(|years| years >= least))
    }

    fn is_in_trouble(&self) -> bool {
        let (Some(rule), Some(known)) = (self.rule("support"), self.known()) else { return false };
        let open = known.support.tickets.iter().any(|(_, open)| open.get() == Some(&true));
        let limit = rule.get("sentiment").map_or(-0.25, |mood| mood.as_f64().unwrap());
        let told = known.support.moods.at(self.scene.now);
        let mood = (known.support.mood.at(self.scene.now) / told).clamp(-1.0, 1.0);
        open || (told > 0.0145 && mood < limit)
    }

    fn has_just_bought(&self) -> bool {
        let last = self.known().and_then(|known| known.purchases.last);
        let rule = self.rule("recent_purchase").zip(last);
        rule.is_some_and(|(rule, last)| self.age_of(last) < span(&rule["within"]))
    }

    /// Does a guardrail take this variant away?
    fn takes(&self, name: &str, slot: usize, variant: usize) -> bool {
        let (scene, variant) = (self.scene, self.variant(slot, variant));
        let incentive = variant.get("incentive");
        let product = variant.get("product").and_then(Value::as_str);
        match name {
            "kill_switch" => {
                let id = format!("s{slot}/{}", variant["id"].as_str().unwrap());
                scene.live.paused.contains(&id)
            }
            "eligibility" => variant.get("when").is_some_and(|when| !holds(when, &self.signals)),
            "support" => incentive.is_some() && self.is_in_trouble(),
            "recent_purchase" => incentive.is_some() && self.has_just_bought(),
            "same_product" => {
                let (Some(rule), Some(product), Some(known)) = (self.rule(name), product, self.known())
                else {
                    return false;
                };
                known.purchases.products.iter().filter(|bought| bought.product == Key::of(product)).any(
                    |bought| {
                        let within = span(&rule["within"]);
                        let between = bought.last.0.saturating_sub(bought.first.0)
                            / i64::from((bought.orders - 1).max(1));
                        let has_rhythm = bought.orders > 1 && between >= DAY;
                        let due =
                            if has_rhythm { Span((between as f64 * 0.8) as i64).min(within) } else { within };
                        self.age_of(bought.last) < due
                    },
                )
            }
            "sensitive" => variant.get("sensitive").is_some_and(|matter| {
                let matter = matter.as_str().unwrap();
                let asked = self.known().is_some() && self.wants(matter) == Some(true);
                let adult = matches!(matter, "health" | "religion" | "politics") || self.years() >= Some(18);
                !(asked && adult)
            }),
            "first_contact" => incentive.is_some() && self.is_first_contact(),
            "discount_ladder" => {
                let discount = incentive
                    .and_then(|incentive| incentive.get("discount"))
                    .map_or(0, |d| d.as_u64().unwrap());
                self.highest_discount().is_some_and(|highest| discount > highest)
            }
            "margin" => self.rule(name).zip(incentive).is_some_and(|(rule, incentive)| {
                let earned = scene.document["value"]["convert"].as_f64().unwrap();
                earned - incentive["cost"].as_f64().unwrap() < rule["floor"].as_f64().unwrap() * earned
            }),
            "budget" => incentive.is_some_and(|incentive| {
                let budget = incentive.get("budget").map(|budget| budget.as_str().unwrap());
                budget.is_some_and(|budget| {
                    scene
                        .live
                        .budgets
                        .get(budget)
                        .is_none_or(|left| *left < incentive["cost"].as_f64().unwrap())
                        && incentive["cost"].as_f64().unwrap() > 0.0
                })
            }),
            "inventory" => self.rule(name).zip(product).is_some_and(|(rule, product)| {
                let least = rule.get("min").map_or(1, |min| min.as_u64().unwrap());
                let fresh = rule.get("fresh").map_or(Span(3_600_000), span);
                let stock = scene.live.stock.get(product);
                !stock.is_some_and(|stock| u64::from(stock.left) >= least && self.age_of(stock.at) <= fresh)
            }),
            _ => false,
        }
    }

    fn is_first_contact(&self) -> bool {
        let (Some(rule), Some(known)) = (self.rule("first_contact"), self.known()) else { return false };
        let welcome = rule.get("welcome").map_or(Span(14 * DAY), span);
        let young = known.lifecycle.since.is_some_and(|since| self.age_of(since) < welcome);
        if young && known.purchases.count == 0 {
            return true;
        }
        let carts = rule.get("cart").is_none_or(|cart| cart == true);
        let holding = self.newest_within_sticky().map(|e| e.at);
        known.browsing.cart().filter(|_| carts).is_some_and(|cart| {
            let ours =
                known.exposures.iter().filter(|e| e.campaign == self.scene.campaign.id.key && e.counted);
            !ours.into_iter().any(|e| e.at > cart.at && Some(e.at) != holding)
        })
    }

    fn highest_discount(&self) -> Option<u64> {
        let rule = self.rule("discount_ladder")?;
        let rungs: Vec<u64> = rule["rungs"].as_array().unwrap().iter().map(|r| r.as_u64().unwrap()).collect();
        let wait = rule.get("wait").map_or(Span(2 * DAY), span);
        let order = self.known().and_then(|known| known.purchases.last);
        let since: Vec<_> = self
            .exposures()
            .iter()
            .filter(|e| e.counted && e.discount > 0 && order.is_none_or(|order| e.at > order))
            .map(|e| (u64::from(e.discount), e.at))
            .collect();
        let Some(best) = since.iter().map(|(discount, _)| *discount).max() else { return Some(rungs[0]) };
        let stands =
            since.iter().filter(|(discount, _)| *discount == best).map(|(_, at)| self.age_of(*at)).max();
        let next = rungs.into_iter().find(|rung| *rung > best).filter(|_| stands >= Some(wait));
        Some(next.unwrap_or(best))
    }

    fn newest_within_sticky(&self) -> Option<&'a Exposure> {
        let ours = self.exposures().iter().filter(|e| e.campaign == self.scene.campaign.id.key);
        let newest = ours.max_by_key(|e| e.at)?;
        let age = self.age_of(newest.at).0;
        let sticky = span(&self.scene.document["sticky"]).0;
        (0 <= age && age < sticky && newest.sight != Sight::Forgotten).then_some(newest)
    }

    /// The exposure that still holds, when all of it may still be shown.
    pub fn held(&self, left: &BTreeSet<(usize, usize)>) -> Option<&'a Exposure> {
        let held = self.newest_within_sticky()?;
        let Sight::Assembly(seen) = &held.sight else { return Some(held) };
        let mut shown = Vec::new();
        for (i, slot) in self.scene.document["slots"].as_array().unwrap().iter().enumerate() {
            let key = Key::of(slot["name"].as_str().unwrap());
            let variant = seen.iter().find(|s| s.slot == key)?.variant;
            let variants = slot["variants"].as_array().unwrap();
            let place = variants.iter().position(|v| Key::of(v["id"].as_str().unwrap()) == variant)?;
            if !left.contains(&(i, place)) || !self.goes_with(i, place, &shown) {
                return None;
            }
            shown.push(place);
        }
        Some(held)
    }

    /// Does a variant go with what earlier slots show?
    pub fn goes_with(&self, slot: usize, variant: usize, shown: &[usize]) -> bool {
        let needs = self.variant(slot, variant).get("needs").and_then(Value::as_object);
        needs.into_iter().flatten().all(|(other, wanted)| {
            let other: usize = other.strip_prefix('s').unwrap().parse().unwrap();
            wanted.as_array().unwrap().contains(&Value::from(format!("v{}", shown[other])))
        })
    }

    /// How many exposures count in a window, besides the one that still holds.
    fn counted(&self, across: &Value, window: Span, left: &BTreeSet<(usize, usize)>) -> u64 {
        let ours = self.scene.campaign.id.key;
        let held = self.held(left).map(|e| e.at);
        let counts = |e: &&Exposure| {
            e.counted
                && (across == "all" || e.campaign == ours)
                && self.age_of(e.at) < window
                && !(e.campaign == ours && Some(e.at) == held)
        };
        self.exposures().iter().filter(counts).count() as u64
    }

    /// How many exposures the recipient may see in the window of the cap by fatigue.
    pub fn allowed_when_tired(&self) -> Option<u64> {
        let (rule, known) = (self.rule("fatigue")?, self.known()?);
        let (max, min) = (rule["max"].as_u64().unwrap(), rule["min"].as_u64().unwrap());
        let engagement = &known.engagement;
        let strain = engagement.unanswered.len() as f64 / 8.0 + engagement.negatives.at(self.scene.now);
        let tired = 1.0 - (-strain).exp2();
        Some(max - ((max - min) as f64 * tired).round() as u64)
    }

    fn is_tired(&self, left: &BTreeSet<(usize, usize)>) -> bool {
        self.allowed_when_tired().is_some_and(|allowed| {
            let window = span(&self.scene.document["guardrails"]["fatigue"]["window"]);
            self.counted(&"all".into(), window, left) >= allowed
        })
    }

    fn has_seen_enough(&self, left: &BTreeSet<(usize, usize)>) -> bool {
        let caps = self.rule("frequency").and_then(Value::as_array).into_iter().flatten();
        let mut caps = caps.map(|cap| (&cap["across"], cap["max"].as_u64().unwrap(), span(&cap["window"])));
        let full = caps.any(|(across, max, window)| self.counted(across, window, left) >= max);
        let weekly = self.scene.profile.preferences.weekly.get().filter(|_| !self.scene.context.gpc);
        let wished =
            weekly.is_some_and(|max| self.counted(&"all".into(), Span(7 * DAY), left) >= u64::from(*max));
        full || wished
    }
}

/// Those before the caps, in the order in which they are asked.
const ORDER: [&str; 19] = [
    "kill_switch",
    "complaints",
    "consent",
    "preferences",
    "audience",
    "market",
    "freshness",
    "holdout",
    "support",
    "recent_purchase",
    "quiet_hours",
    "eligibility",
    "same_product",
    "sensitive",
    "first_contact",
    "discount_ladder",
    "margin",
    "budget",
    "inventory",
];

pub fn allows(scene: &Scene, purpose: Purpose) -> bool {
    !scene.context.gpc && scene.profile.consent.covers(scene.campaign.channel, purpose)
}

pub fn is_quiet(rule: &Value, hour: u8) -> bool {
    let (from, to) = (rule["from"].as_u64().unwrap(), rule["to"].as_u64().unwrap());
    let mut quiet = from;
    while quiet != to {
        if quiet == u64::from(hour) {
            return true;
        }
        quiet = (quiet + 1) % 24;
    }
    false
}

fn signals(scene: &Scene, personal: bool) -> Map {
    let facts = Facts::new(scene.campaign.channel, &scene.profile, &scene.context, scene.now);
    let signals = Signals::read(&facts, SignalSet::ALL);
    let value = |id: SignalId| match signals.get(id) {
        apropos::intent::Value::Missing => Value::Null,
        apropos::intent::Value::Number(n) => n.into(),
        apropos::intent::Value::Flag(b) => b.into(),
        apropos::intent::Value::Text(t) => t.into(),
    };
    let mut known: Map = SignalId::all().map(|id| (id.signal().name, value(id))).collect();
    let told = scene.profile.attributes.to_json().filter(|_| personal);
    for name in ATTRIBUTES {
        known.insert(name, told.as_ref().and_then(|told| told.get(name)).cloned().unwrap_or_default());
    }
    known
}

/// Does a condition of the document hold? Written from the documentation, over JSON.
fn holds(condition: &Value, signals: &Map) -> bool {
    let parts = |list: &Value| list.as_array().unwrap().clone();
    condition.as_object().unwrap().iter().all(|(key, value)| match key.as_str() {
        "$and" => parts(value).iter().all(|part| holds(part, signals)),
        // of no parts all hold, as GrowthBook has it
        "$or" => parts(value).is_empty() || parts(value).iter().any(|part| holds(part, signals)),
        "$nor" => !parts(value).is_empty() && !parts(value).iter().any(|part| holds(part, signals)),
        "$not" => !holds(value, signals),
        name => passes(value, &signals[name]),
    })
}

fn passes(test: &Value, signal: &Value) -> bool {
    let Value::Object(operators) = test else { return equal(test, signal) };
    operators.iter().all(|(operator, operand)| {
        let one_of = |value: &Value| operand.as_array().unwrap().iter().any(|one| equal(one, value));
        let among = || signal.as_array().map_or_else(|| one_of(signal), |list| list.iter().any(one_of));
        let numbers = signal.as_f64().zip(operand.as_f64());
        match operator.as_str() {
            "$eq" => equal(operand, signal),
            "$ne" => !equal(operand, signal),
            "$in" => among(),
            "$nin" => !among(),
            "$size" => signal.as_array().is_some_and(|list| passes(operand, &list.len().into())),
            "$lt" => numbers.is_some_and(|(a, b)| a < b),
            "$lte" => numbers.is_some_and(|(a, b)| a <= b),
            "$gt" => numbers.is_some_and(|(a, b)| a > b),
            "$gte" => numbers.is_some_and(|(a, b)| a >= b),
            "$exists" => operand.as_bool().unwrap() != signal.is_null(),
            "$not" => !passes(operand, signal),
            other => panic!("{other} is not in the documentation"),
        }
    })
}

fn equal(a: &Value, b: &Value) -> bool {
    match (a.as_f64(), b.as_f64()) {
        (Some(a), Some(b)) => a == b,
        _ => a == b,
    }
}
