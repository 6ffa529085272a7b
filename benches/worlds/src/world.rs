//! What is simulated: who comes when, what may be shown, and what really comes of it.
//!
//! Everything hangs on a seed by hashes, so every policy meets the same people at the same moments with the same luck.

use apropos::campaign::learned::Facets;
use apropos::context::{Context, Device, Fetcher};
use apropos::hash::{mix, unit};
use apropos::intent::model::logistic;
use apropos::intent::{Facts, Head, Model, SignalSet, Signals};
use apropos::profile::{Channel, Profile, Purpose};
use apropos::time::{DAY, Span, Timestamp};
use std::f64::consts::TAU;

/// A Wednesday in November.
pub const BEGIN: Timestamp = Timestamp(1_795_000_000_000);
/// How far a fit of 1 shifts the true log-odds: what the policy assumes.
pub const STRENGTH: f64 = 1.5;

/// The worlds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum World {
    /// (a) Motivations stay, and the tags tell them.
    Right,
    /// (a) Motivations stay, and the tags tell wrong ones.
    Wrong,
    /// (b) In the middle, what is good changes.
    Drift,
    /// (c) Orders come days later.
    Delay,
    /// (d) Two hundred variants, of which ten leave and ten arrive each day.
    Many,
    /// (e) Whoever gets many messages buys less and leaves; many orders come anyway.
    Fatigue,
    /// (f) Nothing makes a difference, but half of the variants cost something.
    Nothing,
}

impl World {
    pub const ALL: [Self; 7] =
        [Self::Right, Self::Wrong, Self::Drift, Self::Delay, Self::Many, Self::Fatigue, Self::Nothing];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Right => "a  stationary, tags right",
            Self::Wrong => "a' stationary, tags wrong",
            Self::Drift => "b  drift in the middle",
            Self::Delay => "c  orders days later",
            Self::Many => "d  200 variants come and go",
            Self::Fatigue => "e  fatigue, orders anyway",
            Self::Nothing => "f  nothing matters",
        }
    }

    pub const fn rounds(self) -> usize {
        match self {
            Self::Many => 10_000,
            Self::Fatigue => PEOPLE * 30,
            _ => 20_000,
        }
    }

    pub const fn days(self) -> usize {
        if matches!(self, Self::Fatigue) { 60 } else { 40 }
    }

    /// May nothing be shown?
    pub const fn has_silence(self) -> bool {
        matches!(self, Self::Fatigue)
    }

    /// Is success an order?
    pub const fn orders(self) -> bool {
        matches!(self, Self::Delay | Self::Fatigue | Self::Nothing)
    }

    /// What success is worth.
    pub const fn value(self) -> f64 {
        if self.orders() { 20.0 } else { 1.0 }
    }

    const fn live(self) -> usize {
        match self {
            Self::Many => 200,
            Self::Fatigue => 4,
            _ => 10,
        }
    }
}

/// How many people world (e) has; each is met every other day.
pub const PEOPLE: usize = 600;
/// What a message costs in world (e), and what an unsubscribe costs.
pub const SEND: f64 = 0.02;
pub const LEAVE: f64 = 15.0;
/// How far back messages tire.
const TIRING: Span = Span(14 * DAY);

/// A variant and the truth about it.
#[derive(Clone, Debug)]
pub struct Variant {
    pub id: usize,
    /// The motivations that it really speaks to, and those that the campaign says.
    pub speaks: u8,
    pub told: u8,
    pub quality: f64,
    /// The same after the drift.
    pub later: f64,
    /// What it gives away with an order.
    pub cost: f64,
    /// The days on which it may be shown.
    pub days: std::ops::Range<usize>,
}

/// Somebody at a moment.
pub struct Visit {
    pub round: usize,
    pub day: usize,
    pub at: Timestamp,
    pub who: u64,
    pub profile: Profile,
    pub context: Context,
    /// What moves them, less the mean.
    pub motives: [f64; 5],
    pub facets: Facets,
    pub click: f64,
    pub convert: f64,
    /// How many messages they got lately; world (e).
    pub messages: usize,
}

/// Seeded draws.
pub struct Dice(u64);

impl Dice {
    pub fn of(seed: u64, purpose: u64) -> Self {
        Self(mix(seed ^ mix(purpose)))
    }

    pub fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(1);
        unit(mix(self.0))
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.unit() * n as f64) as usize
    }

    pub fn normal(&mut self) -> f64 {
        let (a, b) = (self.unit().max(1e-300), self.unit());
        libm::sqrt(-2.0 * libm::log(a)) * libm::cos(TAU * b)
    }
}

/// Every variant that there ever is.
pub fn variants(world: World, seed: u64) -> Vec<Variant> {
    let mut dice = Dice::of(seed, 1);
    let (live, days) = (world.live(), world.days());
    let count = if world == World::Many { live + 10 * (days - 1) } else { live };
    let mut all = Vec::with_capacity(count);
    for id in 0..count {
        let speaks = 1u8 << dice.below(5);
        let (quality, later) = (0.3 * dice.normal(), 0.3 * dice.normal());
        let other = speaks.rotate_left(1 + dice.below(4) as u32);
        let wrong = (other | other >> 5) & 31;
        let variant = Variant {
            id,
            speaks,
            told: if matches!(world, World::Wrong | World::Drift) { wrong } else { speaks },
            quality,
            later,
            cost: if world == World::Nothing && id % 2 == 1 { 4.0 } else { 0.0 },
            // the first two hundred leave ten by ten, each later ten stay for twenty days
            days: match world {
                World::Many if id < live => 0..1 + id / 10,
                World::Many => 1 + (id - live) / 10..21 + (id - live) / 10,
                _ => 0..days,
            },
        };
        all.push(variant);
    }
    all
}

/// How well a set of motivations fits.
pub fn fit(motives: &[f64; 5], set: u8) -> f64 {
    let sum: f64 = (0..5).filter(|i| set >> i & 1 == 1).map(|i| motives[i]).sum();
    if set == 0 { 0.0 } else { sum / f64::from(set.count_ones()) }
}

/// Who comes in a round. In world (e) the same people come again, so what they got before is passed in: the moments of messages, newest last.
pub fn visit(world: World, seed: u64, round: usize, got: &[Timestamp], model: &Model) -> Visit {
    let day = round * world.days() / world.rounds();
    let at = BEGIN.plus(Span((round as i64) * world.days() as i64 * DAY / world.rounds() as i64));
    let who = if world == World::Fatigue { round % PEOPLE } else { round } as u64;
    let mut dice = Dice::of(seed, 1000 + who);
    let mut profile = Profile::default();
    for purpose in Purpose::ALL {
        profile.consent.record(Channel::Email, purpose, true, Timestamp(0));
    }
    profile.purchases.count = dice.below(6) as u32;
    profile.purchases.discounted = dice.below(profile.purchases.count as usize + 1) as u32;
    let mut views = || if dice.unit() < 0.5 { 0.0 } else { (dice.unit() * 12.0) as f32 };
    profile.browsing.info_views.add(views(), at);
    profile.browsing.price_views.add(views(), at);
    profile.browsing.product_views.long.add(views(), at);
    profile.browsing.searches.add(views(), at);
    profile.browsing.wishes.add(views(), at);
    let recent = got.iter().filter(|then| at.since(**then) < TIRING);
    let messages = recent.map(|then| profile.engagement.unanswered.add(*then, ())).count();
    let mut context = Context { fetcher: Fetcher::Person, ..Context::default() };
    context.agent.device = if dice.unit() < 0.6 { Device::Phone } else { Device::Desktop };
    let facts = Facts::new(Channel::Email, &profile, &context, at);
    let signals = Signals::read(&facts, SignalSet::ALL);
    let intent = model.score(&signals);
    let weights = intent.motivations();
    let mean = weights.iter().sum::<f64>() / 5.0;
    let (click, convert) = (intent.odds(Head::Click), intent.odds(Head::Convert));
    let facets = Facets::of(&intent, &signals);
    Visit {
        round,
        day,
        at,
        who,
        motives: weights.map(|w| w - mean),
        facets,
        click,
        convert,
        messages,
        profile,
        context,
    }
}

/// The true chance that showing a variant succeeds, or silence: then people only order anyway.
pub fn chance(world: World, visit: &Visit, variant: Option<&Variant>) -> f64 {
    let fits = variant.map_or(0.0, |v| STRENGTH * fit(&visit.motives, v.speaks));
    let quality = variant.map_or(0.0, |v| {
        if world == World::Drift && visit.round * 2 >= world.rounds() { v.later } else { v.quality }
    });
    match world {
        World::Nothing => logistic(visit.convert + 1.5),
        World::Delay => logistic(visit.convert + 1.5 + fits + quality),
        World::Fatigue => {
            let anyway = logistic(visit.convert + 0.5);
            let more = 0.02 * logistic(fits + quality) * 2.0;
            let tired = visit.messages as f64 / 7.0;
            match variant {
                None => anyway,
                Some(_) => (anyway + more * (1.0 - 1.6 * tired)).clamp(0.0005, 0.9),
            }
        }
        _ => logistic(visit.click + 0.7 + fits + quality),
    }
}

/// The true chance that a message makes someone leave, in world (e).
pub fn leaving(visit: &Visit) -> f64 {
    let tired = visit.messages as f64 / 7.0;
    0.0005 + 0.006 * tired * tired
}

/// What a choice is worth, in expectation.
pub fn worth(world: World, visit: &Visit, variant: Option<&Variant>) -> f64 {
    let each = world.value() - variant.map_or(0.0, |v| v.cost);
    let cost = match (world, variant) {
        (World::Fatigue, Some(_)) => SEND + LEAVE * leaving(visit),
        _ => 0.0,
    };
    chance(world, visit, variant) * each - cost
}

/// What came of a choice.
#[derive(Clone, Copy, Debug, Default)]
pub struct Outcome {
    /// It succeeded, so much later.
    pub success: Option<Span>,
    /// They left.
    pub left: bool,
}

/// How long an order can take to count.
pub const WINDOW: Span = Span(7 * DAY);

/// What comes of a choice: the same luck whoever chose.
pub fn outcome(world: World, seed: u64, visit: &Visit, variant: Option<&Variant>) -> Outcome {
    let mut dice = Dice::of(seed, 10_000_000 + visit.round as u64);
    let lucky = dice.unit() < chance(world, visit, variant);
    let wait =
        if world == World::Delay { -2.0 * DAY as f64 * libm::log(1.0 - dice.unit()) } else { 60_000.0 };
    let wait = Span(wait as i64);
    let left = world == World::Fatigue && variant.is_some() && dice.unit() < leaving(visit);
    Outcome { success: (lucky && wait < WINDOW).then_some(wait), left }
}

/// What a choice brought, in money.
pub fn reward(world: World, outcome: &Outcome, variant: Option<&Variant>) -> f64 {
    let each = world.value() - variant.map_or(0.0, |v| v.cost);
    let cost = match (world, variant) {
        (World::Fatigue, Some(_)) => SEND + if outcome.left { LEAVE } else { 0.0 },
        _ => 0.0,
    };
    if outcome.success.is_some() { each - cost } else { -cost }
}

thread_local! {
    static PATIENCE: std::cell::Cell<usize> = const { std::cell::Cell::new(8) };
}

/// The rule that the oracle of world (e) tries now: speak to who got fewer messages in two weeks.
pub fn patience() -> usize {
    PATIENCE.get()
}

/// Tries another.
pub fn be_patient(messages: usize) {
    PATIENCE.set(messages);
}
