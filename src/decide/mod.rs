//! The decision: guardrails narrow, the policy chooses, the explanation tells why.
//!
//! [`decide`] is a pure function. It reads no clock and draws no randomness (both are passed in), it allocates nothing, and it gives the
//! same bytes natively, in a Worker and in a browser: the only transcendental functions are `libm`'s.
//!
//! [`explain`] runs the very same code with a `Witness` that writes down what it sees; [`decide`] runs it with one that doesn't look,
//! which costs nothing. [`Creative`] is what a slot then shows, with the recipient's own values, ready to be drawn.

mod brief;
mod candidates;
mod counterfactual;
mod creative;
mod explain;
pub mod guardrails;
pub mod plan;
mod planned;
mod policy;
mod prose;
mod replay;
mod report;

pub use brief::{Brief, FRESH};
pub use candidates::Candidates;
pub use creative::{Creative, Lines, values};
pub use explain::Explanation;
pub use plan::{MAX_WINDOW, Plan, Planner, plan};
pub use planned::{
    Allowance, Answer, Audience, Content, PlanReport, Planned, Reached, SendWindow, Timing, answer,
    plan_report,
};
pub use policy::promised;
pub use replay::{Told, Trace, Traced, again, told, trace};
pub use report::{Arm, Change, Contribution, Expectation, Filled, Reason, Report, Weighed};

use crate::campaign::learned::Facets;
use crate::campaign::{Campaign, Learned, Live, MAX_SLOTS, Policy, Variant};
use crate::context::{Context, zone::Local};
use crate::hash::{mix, unit};
use crate::intent::{Facts, Intent, Model, SignalSet, Signals};
use crate::profile::{Channel, Exposure, Preferences, Profile, Shown, Sight};
use crate::time::Timestamp;
use guardrails::{ASKED, Reads, Verdict};
use policy::Arms;

/// What was decided for one recipient, one campaign, one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Decision {
    /// What is done.
    pub outcome: Outcome,
    /// The guardrail that settled it; `"value"` when nothing was worth more than silence; `"held"` when the message was left empty before; `None`
    /// when an assembly was chosen.
    pub cause: Option<&'static str>,
    /// What each slot shows, in the order of the campaign's slots. All `None` when suppressed.
    pub assembly: [Option<u8>; MAX_SLOTS],
    /// The probability with which exactly this was chosen; 1 when a guardrail settled it.
    pub probability: f64,
    /// When it was decided: `now`, or earlier when the recipient is still shown what they saw before.
    pub decided_at: Timestamp,
}

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
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

/// All that a decision is made from: what [`decide`] is asked.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// What may be shown, and what must never happen.
    pub campaign: &'a Campaign,
    /// What changes while the campaign runs.
    pub live: &'a Live,
    /// What it has learned so far.
    pub learned: &'a Learned,
    /// The channel whose consent counts; the campaign's own, unless another is weighed.
    pub channel: Channel,
    /// What the recipient is likely to do.
    pub model: &'a Model,
    /// What is known of the recipient.
    pub profile: &'a Profile,
    /// What stands for a profile that is elsewhere; then `profile` is nobody's.
    pub brief: Option<&'a Brief>,
    /// What the request tells.
    pub context: &'a Context,
    /// The moment.
    pub now: Timestamp,
    /// The recipient's own number for this campaign: it settles the holdout and every draw.
    pub seed: u64,
}

/// A campaign of whose budgets and stock nothing is known.
static UNKNOWN: Live = Live::UNKNOWN;

/// A campaign that has learned nothing.
static NOTHING: Learned = Learned::NOTHING;

impl<'a> Question<'a> {
    /// A question about a campaign of whose budgets and stock nothing is known, and which has learned nothing.
    #[must_use]
    pub fn new(
        campaign: &'a Campaign,
        model: &'a Model,
        profile: &'a Profile,
        context: &'a Context,
        now: Timestamp,
        seed: u64,
    ) -> Self {
        Self {
            campaign,
            live: &UNKNOWN,
            learned: &NOTHING,
            channel: campaign.channel,
            model,
            profile,
            brief: None,
            context,
            now,
            seed,
        }
    }
}

impl Question<'_> {
    /// The signals that are asked for.
    fn wanted(&self) -> SignalSet {
        let wanted = self.model.signals().union(self.campaign.signals);
        if self.learned.is_nothing() { wanted } else { wanted.union(Facets::signals()) }
    }
}

/// A question, with what can be read from it.
#[derive(Clone, Copy)]
pub(crate) struct Case<'a> {
    pub campaign: &'a Campaign,
    pub live: &'a Live,
    pub learned: &'a Learned,
    pub model: &'a Model,
    pub brief: Option<&'a Brief>,
    pub facts: Facts<'a>,
    pub signals: Signals<'a>,
    pub intent: Intent,
    pub policy: Policy,
    pub seed: u64,
}

/// Watches a decision being made. The empty witness `()` looks away and costs nothing.
trait Witness {
    /// Wants to see every guardrail, also after one has settled the matter.
    const CURIOUS: bool = false;
    fn guardrail(&mut self, _: Verdict) {}
    /// What guardrails left.
    fn left(&mut self, _: &Candidates) {}
    fn worth(&mut self, _utility: f64, _probability: f64) {}
    fn slot(&mut self, _slot: usize, _arms: &Arms, _chosen: u8) {}
}

impl Witness for () {}

/// Decides. The same question always gives the same decision.
///
/// ```
/// use apropos::{campaign::Campaign, context::Context, decide::{Outcome, Question, decide}, intent::Model, profile::Profile, time::Timestamp};
/// let campaign = Campaign::parse(r#"{"id": "spring", "landing": "https://shop.example/", "value": {"currency": "EUR", "click": 0.3},
///     "slots": [{"name": "offer", "kind": "text", "fallback": "plain", "variants": [{"id": "plain", "text": {"headline": "Free returns"}}]}]}"#)?;
/// let (model, nobody, context) = (Model::starter()?, Profile::default(), Context::default());
/// let decision = decide(&Question::new(&campaign, &model, &nobody, &context, Timestamp(0), 7));
/// assert_eq!(decision.outcome, Outcome::FallBack); // nobody allowed anything yet
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn decide(question: &Question<'_>) -> Decision {
    run(&Case::of(question), &mut ())
}

/// Decides as [`decide`] does, and tells why.
#[must_use]
pub fn explain<'a>(question: &Question<'a>) -> (Decision, Explanation<'a>) {
    let case = Case::of(question);
    let mut notes = explain::Notes::default();
    let decision = run(&case, &mut notes);
    (decision, Explanation::new(*question, case, decision, notes))
}

/// The recipient's own number for a campaign, from the random subject that stands for them in logs. Erasing the subject erases the number.
/// Whoever has no subject, as the command line, takes one that is made of the recipient's id: a number as good, but another than the Worker's.
#[must_use]
pub fn seed(subject: &[u8; 16], campaign: &Campaign) -> u64 {
    mix(crate::hash::fnv1a(subject) ^ mix(u64::from(campaign.id.key.0)))
}

impl<'a> Case<'a> {
    fn of(question: &Question<'a>) -> Self {
        let Question { channel, profile, context, now, .. } = *question;
        Self::with_facts(question, Facts::new(channel, profile, context, now))
    }

    /// The same where somebody else knows what the clock on the wall shows.
    fn at(question: &Question<'a>, wall: Option<Local>) -> Self {
        let Question { channel, profile, context, now, .. } = *question;
        Self::with_facts(question, Facts::with_wall(channel, profile, context, now, wall))
    }

    fn with_facts(question: &Question<'a>, facts: Facts<'a>) -> Self {
        let Question { campaign, live, learned, model, brief, seed, .. } = *question;
        let signals = Signals::read(&facts, question.wanted());
        let signals = brief.map_or(signals, |brief| brief.complete(signals));
        let policy = campaign.policy_of(seed);
        let learned = if policy.learned { learned } else { &NOTHING };
        let intent = model.score(&policy.seen(&signals));
        Self { campaign, live, learned, model, brief, facts, signals, intent, policy, seed }
    }

    /// The same recipient, if the signals were these.
    fn with(self, signals: Signals<'a>) -> Self {
        let intent = self.model.score(&self.policy.seen(&signals));
        Self { signals, intent, ..self }
    }

    /// The signals that something is expected from: all but those that the recipient's policy leaves aside.
    pub fn weighed(&self) -> Signals<'a> {
        self.policy.seen(&self.signals)
    }

    /// What is done for those whom the campaign is not for: before a send they are left alone, in a mail or on a page they see the fallbacks.
    pub fn away(&self) -> Outcome {
        if self.facts.is_send() { Outcome::Suppress } else { Outcome::FallBack }
    }

    /// What the recipient wishes, for guardrails that keep something away: wishes for less are heard whatever was said of personalization. But a page
    /// under Global Privacy Control doesn't know whose they are.
    pub fn wishes(&self) -> Option<&'a Preferences> {
        (!self.facts.context.gpc).then_some(&self.facts.profile.preferences)
    }

    /// What the recipient was shown before, as far as consent lets us look.
    pub fn exposures(&self) -> &'a [Exposure] {
        self.facts.known().map_or(&[], |profile| &profile.exposures)
    }

    /// The exposure that still holds: what was shown less than `sticky` ago.
    pub fn held(&self) -> Option<&'a Exposure> {
        let ours = |e: &&Exposure| e.campaign == self.campaign.id.key;
        let newest = match self.brief {
            Some(brief) => brief.held().filter(ours)?,
            None => self.exposures().iter().rev().find(ours)?,
        };
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
    if let Some(brief) = case.brief {
        brief.narrow(&mut candidates);
    }
    let settled_by = guard(case, &mut candidates, witness);
    witness.left(&candidates);
    if let Some((outcome, cause)) = settled_by {
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
    let keeps = case.brief.is_some() && keeps(case, *candidates);
    for (guardrail, place) in ASKED.iter().zip(0..) {
        let verdict = match (case.brief, guardrail.reads) {
            (Some(brief), Reads::Profile | Reads::Caps) => brief.verdict(place, keeps),
            (None, _) | (_, Reads::Moment) => (guardrail.check)(case, candidates),
        };
        witness.guardrail(verdict);
        if let (None, Verdict::Forbid(what)) = (outcome, verdict) {
            outcome = Some((what, guardrail.name));
            if !W::CURIOUS {
                break;
            }
        }
    }
    outcome
}

/// Whether what the recipient holds is still there after all guardrails that look at the moment.
fn keeps(case: &Case<'_>, mut candidates: Candidates) -> bool {
    for guardrail in ASKED.iter().filter(|guardrail| guardrail.reads == Reads::Moment) {
        (guardrail.check)(case, &mut candidates);
    }
    hold(case, &candidates).is_some()
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
    // what was fetched ahead of the person is seen at their first look, and counts from then
    let is_first_look = outcome == Outcome::Show && !held.counted && case.facts.context.fetcher.is_person();
    let decided_at = if is_first_look { case.facts.now } else { held.at };
    Some(Decision { outcome, cause, assembly, probability: held.probability, decided_at })
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
            discount: match self.outcome {
                Outcome::Show => {
                    let shown = variants().filter_map(|(slot, v)| slot.variants.get(usize::from((*v)?)));
                    shown.map(Variant::discount).max().unwrap_or(0)
                }
                _ => 0,
            },
            probability: self.probability,
        })
    }
}
