//! The policy: among what guardrails left, choose by expected value, try a little, and know the probability of every choice.
//!
//! **Value.** A message is worth `P(click) · click + P(convert) · convert`, less what it costs: the send, and the risk that the recipient unsubscribes or
//! complains. A variant shifts the two propensities by how well its motivations fit the recipient's, and gives away its incentive when
//! the order comes. Slots add up: each variant brings its difference from a neutral one.
//!
//! **Silence.** When even the best assembly is worth less than nothing, `none` is the better arm.
//!
//! **Choice.** Inverse-gap weighting (Abe and Long 1999; Foster and Rakhlin 2020, "SquareCB"): an arm that is worth less by a gap `g` than the best
//! of `K` gets `1 / (K + γ·g)`, the best gets the rest. Gaps are taken relative to what a neutral message would bring from this recipient, so that γ
//! means the same for a shop of pencils and one of pianos. A floor below every arm keeps off-policy estimates finite. Slots are
//! chosen in order, each given those before it, so the probability of an assembly is the product.

use super::{Candidates, Case, Decision, Outcome, Witness, settled};
use crate::campaign::{Goal, MAX_SLOTS, MAX_VARIANTS, Slot, Variant};
use crate::hash::fnv1a;
use crate::intent::Head;
use crate::intent::model::{logistic, logit};

/// How far a fit of 1 shifts a propensity, in log-odds. A motivation that stands alone at 1 while the others stand at 0 fits by 0.8: odds ×3.3.
const FIT: f64 = 1.5;

/// The arms of one slot.
pub struct Arms {
    /// How many there are.
    pub len: usize,
    /// The variants, by their places in the slot.
    pub variants: [u8; MAX_VARIANTS],
    /// What each adds to the value of the message, in money.
    pub utilities: [f64; MAX_VARIANTS],
    /// The probability of each.
    pub probabilities: [f64; MAX_VARIANTS],
}

pub fn choose(case: &Case<'_>, candidates: &Candidates, witness: &mut impl Witness) -> Decision {
    let worth = message(case)
        + case
            .campaign
            .slots
            .iter()
            .enumerate()
            .map(|(i, slot)| best(case, candidates, i, slot))
            .sum::<f64>();
    let speak = if worth > 0.0 { 1.0 } else { 1.0 / (2.0 - sharpness(case) * worth) };
    witness.worth(worth, speak);
    if case.draw(fnv1a(b"speak")) >= speak {
        return Decision { probability: 1.0 - speak, ..settled(case, Outcome::Suppress, "value") };
    }
    let mut assembly = [None; MAX_SLOTS];
    let mut probability = speak;
    for (i, slot) in case.campaign.slots.iter().enumerate() {
        let arms = Arms::of(case, candidates, i, slot, &assembly);
        let at = arms.draw(case.draw(u64::from(slot.name.key.0)));
        let (variant, chance) = (arms.variants[at], arms.probabilities[at]);
        witness.slot(i, &arms, variant);
        assembly[i] = Some(variant);
        probability *= chance;
    }
    Decision { outcome: Outcome::Show, cause: None, assembly, probability, decided_at: case.facts.now }
}

/// Does a variant go with what earlier slots show?
pub fn agrees(slot: &Slot, variant: u8, assembly: &[Option<u8>; MAX_SLOTS]) -> bool {
    let needs = &slot.variants[usize::from(variant)].needs;
    needs
        .iter()
        .all(|need| assembly[usize::from(need.slot)].is_some_and(|shown| need.variants.contains(&shown)))
}

/// γ per unit of money, for this recipient.
fn sharpness(case: &Case<'_>) -> f64 {
    case.campaign.exploration.sharpness / gain(case, 0.0, 0.0).max(1e-6)
}

/// What a message with nothing special in it is worth, in money.
fn message(case: &Case<'_>) -> f64 {
    let (worth, intent) = (&case.campaign.value, &case.intent);
    gain(case, 0.0, 0.0)
        - worth.send
        - worth.unsubscribe * intent.get(Head::Unsubscribe)
        - worth.complaint * intent.get(Head::Complain)
}

/// What clicks and orders bring when the propensities are shifted by `shift` log-odds and an order costs `incentive`.
fn gain(case: &Case<'_>, shift: f64, incentive: f64) -> f64 {
    let (worth, intent) = (&case.campaign.value, &case.intent);
    let shifted = |head| logistic(logit(intent.get(head)) + shift);
    let orders = match case.campaign.goal {
        Goal::Click => -incentive,
        Goal::Convert => worth.convert - incentive,
    };
    shifted(Head::Click) * worth.click + shifted(Head::Convert) * orders
}

/// What a variant adds to the value of the message.
fn utility(case: &Case<'_>, variant: &Variant) -> f64 {
    let incentive = variant.incentive.map_or(0.0, |i| i.cost);
    gain(case, FIT * fit(case, variant), incentive) - gain(case, 0.0, 0.0)
}

/// How much better the variant's motivations fit the recipient than the average motivation does, in (-1, 1).
fn fit(case: &Case<'_>, variant: &Variant) -> f64 {
    if variant.motivations.is_empty() {
        return 0.0;
    }
    let weights = case.intent.motivations();
    let mean = |sum: f64, count: usize| sum / count as f64;
    let theirs =
        mean(variant.motivations.iter().map(|m| weights[*m as usize]).sum(), variant.motivations.len());
    theirs - mean(weights.iter().sum(), weights.len())
}

/// The most that a slot could add.
fn best(case: &Case<'_>, candidates: &Candidates, i: usize, slot: &Slot) -> f64 {
    let allowed = slot.variants.iter().zip(0..).filter(|(_, place)| candidates.allows(i, *place));
    allowed.map(|(variant, _)| utility(case, variant)).fold(f64::NEG_INFINITY, f64::max)
}

impl Arms {
    fn of(
        case: &Case<'_>,
        candidates: &Candidates,
        i: usize,
        slot: &Slot,
        assembly: &[Option<u8>; MAX_SLOTS],
    ) -> Self {
        let mut arms = Self {
            len: 0,
            variants: [0; MAX_VARIANTS],
            utilities: [0.0; MAX_VARIANTS],
            probabilities: [0.0; MAX_VARIANTS],
        };
        for (variant, place) in slot.variants.iter().zip(0..) {
            if candidates.allows(i, place) && agrees(slot, place, assembly) {
                arms.variants[arms.len] = place;
                arms.utilities[arms.len] = utility(case, variant);
                arms.len += 1;
            }
        }
        arms.weigh(sharpness(case), case.campaign.exploration.floor);
        arms
    }

    /// Inverse-gap weighting over a floor.
    fn weigh(&mut self, sharpness: f64, floor: f64) {
        let count = self.len as f64;
        let utilities = &self.utilities[..self.len];
        let best =
            utilities.iter().enumerate().fold(0, |best, (i, u)| if *u > utilities[best] { i } else { best });
        let floor = floor.min(0.5 / count);
        let mut rest = 1.0;
        for i in (0..self.len).filter(|i| *i != best) {
            let weight = 1.0 / (count + sharpness * (self.utilities[best] - self.utilities[i]));
            self.probabilities[i] = floor + (1.0 - count * floor) * weight;
            rest -= self.probabilities[i];
        }
        self.probabilities[best] = rest;
    }

    /// The arm that `point` in [0, 1) falls on when the arms are laid side by side.
    fn draw(&self, point: f64) -> usize {
        let mut end = 0.0;
        for (i, chance) in self.probabilities[..self.len].iter().enumerate() {
            end += chance;
            if point < end {
                return i;
            }
        }
        self.len - 1
    }
}
