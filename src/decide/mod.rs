//! The decision: guardrails narrow, the policy chooses, the explanation tells why.
//!
//! [`decide`] is a pure function. It reads no clock and draws no randomness (both are passed in), it allocates nothing, and it gives the
//! same bytes natively, in a Worker and in a browser: the only transcendental functions are `libm`'s.
//!
//! [`explain`] runs the very same code with a `Witness` that writes down what it sees; [`decide`] runs it with one that doesn't look,
//! which costs nothing.

mod candidates;
mod explain;
pub mod guardrails;
mod policy;

pub use candidates::Candidates;
pub use explain::{Contribution, Explanation, Reason};

use crate::campaign::{Campaign, MAX_SLOTS};
use crate::context::Context;
use crate::hash::{mix, unit};
use crate::intent::{Facts, Intent, Model, Signals};
use crate::profile::{Exposure, Profile, Purpose, Shown, Sight};
use crate::time::Timestamp;
use guardrails::{GUARDRAILS, Guardrail, Verdict};
use policy::Arms;

/// What was decided for one recipient, one campaign, one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Decision {
    /// What is done.
    pub outcome: Outcome,
    /// The guardrail that settled it, or `"value"` when nothing was worth more than silence; `None` when an assembly was chosen.
    pub cause: Option<&'static str>,
    /// What each slot shows, in the order of the campaign's slots. All `None` when suppressed.
    pub assembly: [Option<u8>; MAX_SLOTS],
    /// The probability with which exactly this was chosen; 1 when a guardrail settled it.
    pub probability: f64,
    /// When it was decided: `now`, or earlier when the recipient is still shown what they saw before.
    pub decided_at: Timestamp,
}

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The chosen assembly is shown.
    Show,
    /// Nothing is shown: every slot is empty.
    Suppress,
    /// The recipient belongs to the holdout and sees the fallbacks.
    HoldOut,
    /// Nothing may be decided for this recipient: they see the fallbacks.
    FallBack,
}

/// All that a decision is made from.
pub(crate) struct Case<'a> {
    pub campaign: &'a Campaign,
    pub model: &'a Model,
    pub facts: Facts<'a>,
    pub signals: Signals<'a>,
    pub intent: Intent,
    pub seed: u64,
}

/// Watches a decision being made. The empty witness `()` looks away and costs nothing.
trait Witness {
    /// Wants to see every guardrail, also after one has settled the matter.
    const CURIOUS: bool = false;
    fn guardrail(&mut self, _: &Case<'_>, _: &Candidates, _: &'static Guardrail, _: Verdict) {}
    fn worth(&mut self, _utility: f64, _probability: f64) {}
    fn slot(&mut self, _slot: usize, _arms: &Arms, _chosen: u8) {}
}

impl Witness for () {}

/// Decides.
///
/// `seed` is the recipient's own number for this campaign: it settles the holdout and every draw. The same inputs always give the same decision.
///
/// ```
/// use apropos::{campaign::Campaign, context::Context, decide::{Outcome, decide}, intent::Model, profile::Profile, time::Timestamp};
/// let campaign = Campaign::parse(r#"{"id": "spring", "landing": "https://shop.example/", "value": {"currency": "EUR", "click": 0.3},
///     "slots": [{"name": "offer", "kind": "text", "fallback": "plain", "variants": [{"id": "plain", "text": {"headline": "Free returns"}}]}]}"#)?;
/// let decision = decide(&campaign, &Model::starter()?, &Profile::default(), &Context::default(), Timestamp(0), 7);
/// assert_eq!(decision.outcome, Outcome::FallBack); // nobody allowed anything yet
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn decide(
    campaign: &Campaign,
    model: &Model,
    profile: &Profile,
    context: &Context,
    now: Timestamp,
    seed: u64,
) -> Decision {
    run(&Case::new(campaign, model, profile, context, now, seed), &mut ())
}

/// Decides as [`decide`] does, and tells why.
#[must_use]
pub fn explain(
    campaign: &Campaign,
    model: &Model,
    profile: &Profile,
    context: &Context,
    now: Timestamp,
    seed: u64,
) -> (Decision, Explanation) {
    let case = Case::new(campaign, model, profile, context, now, seed);
    let mut notes = explain::Notes::default();
    let decision = run(&case, &mut notes);
    let explanation = notes.finish(&case, &decision);
    (decision, explanation)
}

/// The recipient's own number for a campaign, from the random subject that stands for them in logs. Erasing the subject erases the number.
#[must_use]
pub fn seed(subject: &[u8; 16], campaign: &Campaign) -> u64 {
    mix(crate::hash::fnv1a(subject) ^ mix(u64::from(campaign.id.key.0)))
}

impl<'a> Case<'a> {
    fn new(
        campaign: &'a Campaign,
        model: &'a Model,
        profile: &'a Profile,
        context: &'a Context,
        now: Timestamp,
        seed: u64,
    ) -> Self {
        let facts = Facts { channel: campaign.channel, profile, context, now };
        let signals = Signals::read(&facts);
        let intent = model.score(&signals);
        Self { campaign, model, facts, signals, intent, seed }
    }

    /// What the recipient was shown before, as far as consent lets us look.
    pub fn exposures(&self) -> &'a [Exposure] {
        if self.facts.allows(Purpose::Personalization) { &self.facts.profile.exposures } else { &[] }
    }

    /// The exposure that still holds: what was shown less than `sticky` ago.
    pub fn held(&self) -> Option<&'a Exposure> {
        let newest = self.exposures().iter().rev().find(|e| e.campaign == self.campaign.id.key)?;
        let age = self.facts.now.since(newest.at);
        (age.0 >= 0 && age < self.campaign.sticky && newest.sight != Sight::Forgotten).then_some(newest)
    }

    /// A number in [0, 1) for one purpose; the same for this recipient through a sticky window.
    fn draw(&self, purpose: u64) -> f64 {
        let window = self.facts.now.0.div_euclid(self.campaign.sticky.0.max(1));
        unit(mix(self.seed ^ mix(purpose ^ mix(window as u64))))
    }
}

fn run(case: &Case<'_>, witness: &mut impl Witness) -> Decision {
    let mut candidates = Candidates::of(case.campaign);
    if let Some((outcome, cause)) = guard(case, &mut candidates, witness) {
        return settled(case, outcome, cause);
    }
    if let Some(decision) = hold(case, &candidates) {
        return decision;
    }
    policy::choose(case, &candidates, witness)
}

/// Asks every guardrail in turn; the first that forbids settles the outcome.
fn guard<W: Witness>(
    case: &Case<'_>,
    candidates: &mut Candidates,
    witness: &mut W,
) -> Option<(Outcome, &'static str)> {
    let mut outcome = None;
    for guardrail in GUARDRAILS {
        let verdict = (guardrail.check)(case, candidates);
        witness.guardrail(case, candidates, guardrail, verdict);
        if let (None, Verdict::Forbid(what)) = (outcome, verdict) {
            outcome = Some((what, guardrail.name));
            if !W::CURIOUS {
                break;
            }
        }
    }
    outcome
}

/// A decision in which nothing was left to choose.
fn settled(case: &Case<'_>, outcome: Outcome, cause: &'static str) -> Decision {
    let mut assembly = [None; MAX_SLOTS];
    if outcome != Outcome::Suppress {
        for (place, slot) in assembly.iter_mut().zip(&case.campaign.slots) {
            *place = Some(slot.fallback);
        }
    }
    Decision { outcome, cause: Some(cause), assembly, probability: 1.0, decided_at: case.facts.now }
}

/// What the recipient saw before, if it is still recent and every part of it may still be shown. A message that was left empty stays empty.
fn hold(case: &Case<'_>, candidates: &Candidates) -> Option<Decision> {
    let held = case.held()?;
    let mut assembly = [None; MAX_SLOTS];
    let (outcome, cause) = match &held.sight {
        Sight::Forgotten => return None,
        Sight::Nothing => (Outcome::Suppress, Some("held")),
        Sight::Assembly(seen) => {
            for (i, slot) in case.campaign.slots.iter().enumerate() {
                let shown = seen.iter().find(|shown| shown.slot == slot.name.key)?;
                let variant = slot.variant(shown.variant)?;
                if !candidates.allows(i, variant) || !policy::agrees(slot, variant, &assembly) {
                    return None;
                }
                assembly[i] = Some(variant);
            }
            (Outcome::Show, None)
        }
    };
    Some(Decision { outcome, cause, assembly, probability: held.probability, decided_at: held.at })
}

impl Decision {
    /// The variant that a slot shows; `None` when the slot stays empty.
    #[must_use]
    pub fn shown(&self, slot: usize) -> Option<u8> {
        self.assembly.get(slot).copied().flatten()
    }

    /// What to remember of this decision: what was chosen for this recipient, also that it was nothing; but no fallbacks. `seen` says that a
    /// person was there.
    #[must_use]
    pub fn exposure(&self, campaign: &Campaign, seen: bool) -> Option<Exposure> {
        let variants = || campaign.slots.iter().zip(&self.assembly);
        let sight = match self.outcome {
            Outcome::Suppress => Sight::Nothing,
            Outcome::Show => Sight::Assembly(
                variants()
                    .filter_map(|(slot, variant)| {
                        let variant = slot.variants.get(usize::from((*variant)?))?;
                        Some(Shown { slot: slot.name.key, variant: variant.id.key })
                    })
                    .collect(),
            ),
            Outcome::HoldOut | Outcome::FallBack => return None,
        };
        Some(Exposure {
            campaign: campaign.id.key,
            at: self.decided_at,
            counted: seen && self.outcome == Outcome::Show,
            sight,
            discount: 0,
            probability: self.probability,
        })
    }
}
