//! The policy: among what guardrails left, choose by expected value, try a little, and know the probability of every choice.
//!
//! **Value.** A message is worth `P(click) · click + P(convert) · convert`, less what it costs: the send, and the risk that the recipient unsubscribes or
//! complains. A variant shifts the two propensities by how well its motivations fit the recipient's, and gives away its incentive when
//! the order comes. Slots add up: each variant brings its difference from a neutral one.
//!
//! **Together.** A variant may need variants of an earlier slot. All needs of a slot speak of one earlier slot, so the slots form trees, and what
//! the best choice of all later slots adds to each variant is found exactly in one pass from the leaves to the roots (the dynamic program of tree-structured
//! constraint networks: Dechter 2003, "Constraint Processing", chapter 4). A hero is valued for the offer it unlocks, and six slots of twenty variants cost what 120 variants cost.
//!
//! **Choice.** Inverse-gap weighting (Abe and Long 1999; Foster and Rakhlin 2020, "SquareCB"): an arm that is worth less by a gap `g` than the best
//! of `K` gets `1 / (K + γ·g)`, the best gets the rest. Gaps are taken relative to what a neutral message would bring from this recipient, so that γ
//! means the same for a shop of pencils and one of pianos. A floor below every arm keeps off-policy estimates finite. Slots are
//! chosen in order, each given those before it, so the probability of an assembly is the product.
//!
//! **Silence** is an arm as well: the first draw is between it and speaking. It is worth what would be ordered anyway; 0 while nothing is known of that.
//!
//! **Learning** ([`crate::campaign::Learned`]) adds to the log-odds: what messages of this campaign do, and each variant beyond them. Applied as a factor `m`
//! on odds it turns a share `p` into `p·m / (1 + p·(m - 1))`. It also tells how well a gap `g` is known, by the variance `v` of it, and γ grows
//! with that: times `z²/(1 + z²) · (1 + z²/8)⁴` with `z² = g²/v`; the second factor has the first terms of `exp(z²/2)`. So an arm that is surely worse is tried
//! as rarely as probability matching would try it (Thompson 1933: the chance that it is the best after all falls like `exp(-z²/2)`), one that may as well be the
//! better is tried like it, and the probability of each choice still has a closed form.

use super::{Candidates, Case, Decision, Outcome, Witness, settled};
use crate::campaign::learned::{Effect, Facets, Known};
use crate::campaign::{Campaign, Goal, Learned, MAX_NEEDED, MAX_SLOTS, MAX_VARIANTS, Slot, Variant};
use crate::hash::fnv1a;
use crate::intent::model::logistic;
use crate::intent::{Head, Intent};

/// How far a fit of 1 shifts a propensity, in log-odds. A motivation that stands alone at 1 while the others stand at 0 fits by 0.8: odds ×3.3.
pub const FIT: f64 = 1.5;

/// For how many variants the sharpness of a campaign is meant. Of more, γ grows with the root of their number, as in SquareCB, or with two hundred hardly
/// anything would be left for the best.
const USUAL_COUNT: f64 = 10.0;

/// The most that certainty of a gap adds to γ: an arm keeps a probability that can be divided by.
const MOST_CERTAIN: f64 = 1e12;

/// The arms of one slot.
pub struct Arms {
    /// How many there are.
    pub len: usize,
    /// The variants, by their places in the slot.
    pub variants: [u8; MAX_VARIANTS],
    /// What each adds to the value of the message, in money, with the best that it leaves for later slots.
    pub utilities: [f64; MAX_VARIANTS],
    /// The variance of what is known of that, in squared money; 0 before anything was learned.
    doubts: [f64; MAX_VARIANTS],
    shares: [f64; MAX_VARIANTS],
    /// How sharply differences count.
    sharpness: f64,
    /// What many variants add to that, once something was learned.
    crowd: f64,
    floor: f64,
    best: usize,
}

pub fn choose(case: &Case<'_>, candidates: &Candidates, witness: &mut impl Witness) -> Decision {
    let mut values = Values::of(case);
    let later = Later::of(case.campaign, candidates, &mut values);
    let worth = message(case, &values) + later.roots;
    let speak = speak(case, worth, &values);
    witness.worth(worth, speak);
    if case.draw(fnv1a(b"speak")) >= speak {
        return Decision { probability: 1.0 - speak, ..settled(case, Outcome::Suppress, "value") };
    }
    let mut assembly = [None; MAX_SLOTS];
    let mut probability = speak;
    let mut arms = Arms::new(case, &values);
    for (i, slot) in case.campaign.slots.iter().enumerate() {
        arms.fill(i, slot, candidates, &assembly, &mut values, &later);
        let at = arms.draw(case.draw(u64::from(slot.name.key.0)));
        let variant = arms.variants[at];
        witness.slot(i, &arms, variant);
        assembly[i] = Some(variant);
        probability *= arms.probability(at);
    }
    Decision { outcome: Outcome::Show, cause: None, assembly, probability, decided_at: case.facts.now }
}

/// Does a variant go with what earlier slots show?
pub fn agrees(slot: &Slot, variant: u8, assembly: &[Option<u8>; MAX_SLOTS]) -> bool {
    let (Some(parent), Some(variant)) = (slot.parent, slot.variants.get(usize::from(variant))) else {
        return true;
    };
    let shown = assembly[usize::from(parent)];
    variant.needs.as_ref().is_none_or(|needs| shown.is_some_and(|shown| needs.contains(&shown)))
}

/// The probability of speaking rather than staying silent.
fn speak(case: &Case<'_>, worth: f64, values: &Values<'_>) -> f64 {
    let exploration = &case.policy.exploration;
    let gap = exploration.sharpness * worth.abs() / values.neutral.max(1e-6);
    // doubt makes variants be tried, but silences nobody
    let worse = 1.0 / (2.0 + gap * certainty(worth, values.doubt_of_speaking()).max(1.0));
    match (worth > 0.0, exploration.silence) {
        (true, 0.0) => 1.0,
        (true, silence) => 1.0 - worse.max(silence),
        (false, silence) => worse.max(silence),
    }
}

/// What a message with nothing special in it is worth beyond silence, in money.
fn message(case: &Case<'_>, values: &Values<'_>) -> f64 {
    let (worth, learned) = (&case.campaign.value, values.learned.message(values.facets));
    let risk = |head, effect: Effect| match effect.shift {
        0.0 => case.intent.get(head),
        shift => logistic(case.intent.odds(head) + shift),
    };
    values.neutral
        - case.campaign.cost_of(case.facts.channel)
        - worth.unsubscribe * risk(Head::Unsubscribe, learned.unsubscribe)
        - worth.complaint * risk(Head::Complain, learned.complain)
        - values.anyway
}

/// What is ordered in silence, per unit of what silence is known to share, in money.
fn expected_orders(case: &Case<'_>) -> f64 {
    match case.campaign.goal {
        Goal::Click => 0.0,
        Goal::Convert => case.intent.get(Head::Convert) * case.campaign.value.convert,
    }
}

/// What the certainty of a gap does to γ.
fn certainty(gap: f64, doubt: f64) -> f64 {
    if doubt == 0.0 {
        return 1.0;
    }
    let squared = gap * gap / doubt;
    let root = 1.0 + squared / 8.0;
    let fourth = root * root * root * root;
    (squared / (1.0 + squared) * fourth).min(MOST_CERTAIN)
}

/// What variants bring. Two with the same motivations shift the propensities alike, so each combination is worked out once.
struct Values<'a> {
    campaign: &'a Campaign,
    learned: &'a Learned,
    facets: Facets,
    click: f64,
    convert: f64,
    weights: [f64; 5],
    mean: f64,
    /// What a fit of 1 shifts, in log-odds of a click and of an order.
    tags: [f64; 2],
    /// What a neutral variant brings.
    neutral: f64,
    /// What silence brings.
    anyway: f64,
    /// The standard deviation of that.
    doubt_of_silence: f64,
    known: u32,
    shifted: [(f64, f64); 32],
}

impl<'a> Values<'a> {
    fn of(case: &Case<'a>) -> Self {
        let (weights, learned) = (case.intent.motivations(), case.learned);
        let facets = match learned.is_nothing() {
            true => Facets::default(),
            false => Facets::of(&case.intent, &case.weighed()),
        };
        let (message, silence) = (learned.message(facets), learned.silence(facets));
        let orders = expected_orders(case);
        let mut values = Self {
            campaign: case.campaign,
            learned,
            facets,
            click: case.intent.odds(Head::Click) + message.click.shift,
            convert: case.intent.odds(Head::Convert) + message.convert.shift,
            weights,
            mean: weights.iter().sum::<f64>() / 5.0,
            tags: [learned.tags().click, learned.tags().convert].map(|told| FIT * told.shift),
            neutral: 0.0,
            anyway: (silence.share * orders).min(case.campaign.value.convert),
            doubt_of_silence: silence.sd * orders,
            known: 0,
            shifted: [(0.0, 0.0); 32],
        };
        let (click, convert) = values.shares(0);
        values.neutral = case.campaign.gain(click, convert, 0.0);
        values
    }

    /// What a variant adds to the value of the message.
    fn utility(&mut self, slot: &Slot, variant: &Variant) -> f64 {
        let (click, convert) = self.shares(appeal(variant));
        let (click, convert) = match self.learned.variant(slot.name.key, variant.id.key) {
            Some(known) => self.shifted_by(known, click, convert),
            None => (click, convert),
        };
        self.campaign.gain(click, convert, variant.incentive_cost()) - self.neutral
    }

    /// The same, and the variance of what is known of it.
    fn weigh(&mut self, slot: &Slot, variant: &Variant) -> (f64, f64) {
        if self.learned.is_nothing() {
            return (self.utility(slot, variant), 0.0);
        }
        let (click, convert) = self.shares(appeal(variant));
        let (click, convert, [for_click, for_convert]) =
            match self.learned.variant(slot.name.key, variant.id.key) {
                Some(known) => {
                    let (click, convert) = self.shifted_by(known, click, convert);
                    (click, convert, known.doubt(self.facets))
                }
                None => (click, convert, self.learned.unseen()),
            };
        let (cost, fit) = (variant.incentive_cost(), FIT * self.fit(appeal(variant)));
        let tags = self.learned.tags();
        let (click_tags, convert_tags) = (tags.click.sd * fit, tags.convert.sd * fit);
        let doubt = [for_click + click_tags * click_tags, for_convert + convert_tags * convert_tags];
        (self.campaign.gain(click, convert, cost) - self.neutral, self.variance(click, convert, cost, doubt))
    }

    fn shifted_by(&self, known: &Known, click: f64, convert: f64) -> (f64, f64) {
        let [for_click, for_convert] = known.factors(self.facets);
        let times = |share: f64, factor: f64| share * factor / (1.0 + share * (factor - 1.0));
        (times(click, for_click), times(convert, for_convert))
    }

    /// The variance of a gain, from those of the log-odds: the logistic function rises by `p·(1 - p)`.
    fn variance(&self, click: f64, convert: f64, incentive: f64, doubt: [f64; 2]) -> f64 {
        let clicks = click * (1.0 - click) * self.campaign.value.click;
        let orders = convert * (1.0 - convert) * self.campaign.order_gain(incentive);
        clicks * clicks * doubt[0] + orders * orders * doubt[1]
    }

    /// The variance of what a neutral message is worth beyond silence.
    fn doubt_of_speaking(&self) -> f64 {
        let message = self.learned.message(self.facets);
        let doubt = [message.click.sd * message.click.sd, message.convert.sd * message.convert.sd];
        let (click, convert) = self.shifted[0];
        self.variance(click, convert, 0.0, doubt) + self.doubt_of_silence * self.doubt_of_silence
    }

    fn shares(&mut self, appeal: u8) -> (f64, f64) {
        let place = usize::from(appeal & 31);
        if self.known >> place & 1 == 0 {
            let fit = self.fit(appeal);
            let [click, convert] = self.tags.map(|tags| tags * fit);
            self.shifted[place] = (logistic(self.click + click), logistic(self.convert + convert));
            self.known |= 1 << place;
        }
        self.shifted[place]
    }

    fn fit(&self, appeal: u8) -> f64 {
        fit(&self.weights, self.mean, appeal)
    }
}

/// How much better a set of motivations fits the recipient than the average motivation does, in (-1, 1).
fn fit(weights: &[f64; 5], mean: f64, appeal: u8) -> f64 {
    if appeal == 0 {
        return 0.0;
    }
    let sum: f64 = (0..5).filter(|i| appeal >> i & 1 == 1).map(|i| weights[i]).sum();
    sum / f64::from(appeal.count_ones()) - mean
}

/// How far the motivations of a variant shift this recipient's propensities before anything is learned, in log-odds.
#[must_use]
pub fn promised(intent: &Intent, variant: &Variant) -> f64 {
    let weights = intent.motivations();
    FIT * fit(&weights, weights.iter().sum::<f64>() / 5.0, appeal(variant))
}

/// The set of motivations that a variant speaks to.
fn appeal(variant: &Variant) -> u8 {
    variant.motivations.iter().fold(0, |set, m| set | 1u8 << *m as u8)
}

/// What the best choice of all later slots adds, given a variant of a slot that others need.
struct Later {
    /// Where each slot's variants begin in `added`; only of slots that others need.
    starts: [usize; MAX_SLOTS],
    added: [f64; MAX_NEEDED],
    needed: [bool; MAX_SLOTS],
    /// The best that the slots which need no other add together.
    roots: f64,
}

impl Later {
    fn of(campaign: &Campaign, candidates: &Candidates, values: &mut Values<'_>) -> Self {
        let mut later =
            Self { starts: [0; MAX_SLOTS], added: [0.0; MAX_NEEDED], needed: [false; MAX_SLOTS], roots: 0.0 };
        for parent in campaign.slots.iter().filter_map(|slot| slot.parent) {
            later.needed[usize::from(parent)] = true;
        }
        let mut end = 0;
        for (i, slot) in campaign.slots.iter().enumerate().filter(|(i, _)| later.needed[*i]) {
            later.starts[i] = end;
            end += slot.variants.len();
        }
        for (i, slot) in campaign.slots.iter().enumerate().rev() {
            match slot.parent {
                Some(parent) => later.pass_up(i, slot, usize::from(parent), campaign, candidates, values),
                None => {
                    let all = slot.variants.iter().zip(0..).filter(|(_, v)| candidates.allows(i, *v));
                    let worth = all.map(|(variant, v)| values.utility(slot, variant) + later.after(i, v));
                    later.roots += worth.fold(f64::NEG_INFINITY, f64::max);
                }
            }
        }
        later
    }

    /// Adds to every variant of the parent the best that a slot can show beside it.
    fn pass_up(
        &mut self,
        i: usize,
        slot: &Slot,
        parent: usize,
        campaign: &Campaign,
        candidates: &Candidates,
        values: &mut Values<'_>,
    ) {
        let count = campaign.slots[parent].variants.len();
        let mut best = [f64::NEG_INFINITY; MAX_VARIANTS];
        let mut anywhere = f64::NEG_INFINITY;
        for (variant, v) in slot.variants.iter().zip(0..).filter(|(_, v)| candidates.allows(i, *v)) {
            let worth = values.utility(slot, variant) + self.after(i, v);
            match &variant.needs {
                None => anywhere = anywhere.max(worth),
                Some(needs) => {
                    for place in needs.iter().map(|p| usize::from(*p)) {
                        best[place] = best[place].max(worth);
                    }
                }
            }
        }
        for (added, best) in self.added[self.starts[parent]..][..count].iter_mut().zip(best) {
            *added += best.max(anywhere);
        }
    }

    /// What the best choice of all later slots adds to a variant.
    fn after(&self, slot: usize, variant: u8) -> f64 {
        if self.needed[slot] { self.added[self.starts[slot] + usize::from(variant)] } else { 0.0 }
    }
}

impl Arms {
    fn new(case: &Case<'_>, values: &Values<'_>) -> Self {
        let exploration = &case.policy.exploration;
        Self {
            len: 0,
            variants: [0; MAX_VARIANTS],
            utilities: [0.0; MAX_VARIANTS],
            doubts: [0.0; MAX_VARIANTS],
            shares: [0.0; MAX_VARIANTS],
            sharpness: exploration.sharpness / values.neutral.max(1e-6),
            crowd: 1.0,
            floor: exploration.floor,
            best: 0,
        }
    }

    fn fill(
        &mut self,
        i: usize,
        slot: &Slot,
        candidates: &Candidates,
        assembly: &[Option<u8>; MAX_SLOTS],
        values: &mut Values<'_>,
        later: &Later,
    ) {
        (self.len, self.best) = (0, 0);
        for (variant, v) in slot.variants.iter().zip(0..) {
            if candidates.allows(i, v) && agrees(slot, v, assembly) {
                let (own, doubt) = values.weigh(slot, variant);
                let utility = own + later.after(i, v);
                self.variants[self.len] = v;
                self.utilities[self.len] = utility;
                self.doubts[self.len] = doubt;
                if utility > self.utilities[self.best] {
                    self.best = self.len;
                }
                self.len += 1;
            }
        }
        if !values.learned.is_nothing() {
            self.crowd = libm::sqrt(self.len as f64 / USUAL_COUNT).max(1.0);
        }
        self.share_out();
    }

    /// The probability of every arm: inverse-gap weighting over a floor; the best has what the others leave.
    fn share_out(&mut self) {
        let mut others = 0.0;
        for arm in (0..self.len).filter(|arm| *arm != self.best) {
            self.shares[arm] = self.share(arm);
            others += self.shares[arm];
        }
        self.shares[self.best] = 1.0 - others;
    }

    /// The probability of an arm.
    pub const fn probability(&self, arm: usize) -> f64 {
        self.shares[arm]
    }

    fn share(&self, arm: usize) -> f64 {
        let count = self.len as f64;
        let floor = self.floor.min(0.5 / count);
        let gap = self.utilities[self.best] - self.utilities[arm];
        let sure = certainty(gap, self.doubts[self.best] + self.doubts[arm]);
        let weight = 1.0 / (count + self.sharpness * self.crowd * gap * sure);
        floor + (1.0 - count * floor) * weight
    }

    /// The arm that `point` in [0, 1) falls on when the arms are laid side by side, the best last.
    fn draw(&self, point: f64) -> usize {
        let mut end = 0.0;
        for arm in (0..self.len).filter(|i| *i != self.best) {
            end += self.shares[arm];
            if point < end {
                return arm;
            }
        }
        self.best
    }
}
