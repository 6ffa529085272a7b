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
//! **Silence** is an arm as well, worth 0: the first draw is between it and speaking.

use super::{Candidates, Case, Decision, Outcome, Witness, settled};
use crate::campaign::{Campaign, Goal, MAX_NEEDED, MAX_SLOTS, MAX_VARIANTS, Slot, Variant};
use crate::hash::fnv1a;
use crate::intent::Head;
use crate::intent::model::logistic;

/// How far a fit of 1 shifts a propensity, in log-odds. A motivation that stands alone at 1 while the others stand at 0 fits by 0.8: odds ×3.3.
const FIT: f64 = 1.5;

/// The arms of one slot.
pub struct Arms {
    /// How many there are.
    pub len: usize,
    /// The variants, by their places in the slot.
    pub variants: [u8; MAX_VARIANTS],
    /// What each adds to the value of the message, in money, with the best that it leaves for later slots.
    pub utilities: [f64; MAX_VARIANTS],
    /// How sharply differences count.
    sharpness: f64,
    floor: f64,
    best: usize,
}

pub fn choose(case: &Case<'_>, candidates: &Candidates, witness: &mut impl Witness) -> Decision {
    let mut values = Values::of(case);
    let later = Later::of(case.campaign, candidates, &mut values);
    let worth = message(case, &values) + later.roots;
    let speak = speak(case, worth, values.neutral);
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
fn speak(case: &Case<'_>, worth: f64, neutral: f64) -> f64 {
    let exploration = &case.campaign.exploration;
    let worse = 1.0 / (2.0 + exploration.sharpness * worth.abs() / neutral.max(1e-6));
    match (worth > 0.0, exploration.silence) {
        (true, 0.0) => 1.0,
        (true, silence) => 1.0 - worse.max(silence),
        (false, silence) => worse.max(silence),
    }
}

/// What a message with nothing special in it is worth, in money.
fn message(case: &Case<'_>, values: &Values<'_>) -> f64 {
    let (worth, intent) = (&case.campaign.value, &case.intent);
    values.neutral
        - case.campaign.cost_of(case.facts.channel)
        - worth.unsubscribe * intent.get(Head::Unsubscribe)
        - worth.complaint * intent.get(Head::Complain)
}

/// What variants bring. Two with the same motivations shift the propensities alike, so each combination is worked out once.
struct Values<'a> {
    campaign: &'a Campaign,
    click: f64,
    convert: f64,
    weights: [f64; 5],
    mean: f64,
    /// What a neutral variant brings.
    neutral: f64,
    known: u32,
    shifted: [(f64, f64); 32],
}

impl<'a> Values<'a> {
    fn of(case: &Case<'a>) -> Self {
        let weights = case.intent.motivations();
        let mut values = Self {
            campaign: case.campaign,
            click: case.intent.odds(Head::Click),
            convert: case.intent.odds(Head::Convert),
            weights,
            mean: weights.iter().sum::<f64>() / 5.0,
            neutral: 0.0,
            known: 0,
            shifted: [(0.0, 0.0); 32],
        };
        values.neutral = values.gain(0, 0.0);
        values
    }

    /// What a variant adds to the value of the message.
    fn utility(&mut self, variant: &Variant) -> f64 {
        let appeal = variant.motivations.iter().fold(0, |set, m| set | 1u8 << *m as u8);
        let incentive = variant.incentive.as_ref().map_or(0.0, |i| i.cost);
        self.gain(appeal, incentive) - self.neutral
    }

    /// What clicks and orders bring when a set of motivations is spoken to and an order costs `incentive`.
    fn gain(&mut self, appeal: u8, incentive: f64) -> f64 {
        let (click, convert) = self.shares(appeal);
        let orders = match self.campaign.goal {
            Goal::Click => -incentive,
            Goal::Convert => self.campaign.value.convert - incentive,
        };
        click * self.campaign.value.click + convert * orders
    }

    fn shares(&mut self, appeal: u8) -> (f64, f64) {
        let place = usize::from(appeal & 31);
        if self.known >> place & 1 == 0 {
            let shift = FIT * self.fit(appeal);
            self.shifted[place] = (logistic(self.click + shift), logistic(self.convert + shift));
            self.known |= 1 << place;
        }
        self.shifted[place]
    }

    /// How much better a set of motivations fits the recipient than the average motivation does, in (-1, 1).
    fn fit(&self, appeal: u8) -> f64 {
        if appeal == 0 {
            return 0.0;
        }
        let sum: f64 = (0..5).filter(|i| appeal >> i & 1 == 1).map(|i| self.weights[i]).sum();
        sum / f64::from(appeal.count_ones()) - self.mean
    }
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
                    let worth = all.map(|(variant, v)| values.utility(variant) + later.after(i, v));
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
            let worth = values.utility(variant) + self.after(i, v);
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
        let exploration = &case.campaign.exploration;
        Self {
            len: 0,
            variants: [0; MAX_VARIANTS],
            utilities: [0.0; MAX_VARIANTS],
            sharpness: exploration.sharpness / values.neutral.max(1e-6),
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
                let utility = values.utility(variant) + later.after(i, v);
                self.variants[self.len] = v;
                self.utilities[self.len] = utility;
                if utility > self.utilities[self.best] {
                    self.best = self.len;
                }
                self.len += 1;
            }
        }
    }

    /// The probability of an arm: inverse-gap weighting over a floor.
    pub fn probability(&self, arm: usize) -> f64 {
        if arm == self.best { self.rest() } else { self.share(arm) }
    }

    fn share(&self, arm: usize) -> f64 {
        let count = self.len as f64;
        let floor = self.floor.min(0.5 / count);
        let weight = 1.0 / (count + self.sharpness * (self.utilities[self.best] - self.utilities[arm]));
        floor + (1.0 - count * floor) * weight
    }

    /// What the others leave to the best.
    fn rest(&self) -> f64 {
        1.0 - (0..self.len).filter(|i| *i != self.best).map(|i| self.share(i)).sum::<f64>()
    }

    /// The arm that `point` in [0, 1) falls on when the arms are laid side by side, the best last.
    fn draw(&self, point: f64) -> usize {
        let mut end = 0.0;
        for arm in (0..self.len).filter(|i| *i != self.best) {
            end += self.share(arm);
            if point < end {
                return arm;
            }
        }
        self.best
    }
}
