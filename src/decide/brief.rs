//! What of a recipient may leave for a landing page, so that it can be decided there: values instead of a profile, verdicts instead of a history.
//!
//! The page changes from click to click and decides anew each time, but the profile stays where it is kept. A brief carries the *values* of the signals and attributes that the campaign and its
//! model ask for, as far as consent covers them; what the guardrails that look at the profile *said* ([`Reads::Profile`], [`Reads::Caps`]); what the recipient still
//! holds; and their seed. Guardrails that look at the moment are asked on the page. Whatever was taken away here stays away there: a brief has no means to allow.
//!
//! A decision by a brief is the decision by the profile it was made from, for the same request at the same moment: `tests/laws/briefs.rs` attacks that.

use super::guardrails::{ASKED, Reads, Verdict};
use super::{Candidates, Case, Outcome, Question};
use crate::campaign::Campaign;
use crate::context::zone::Local;
use crate::hash::Key;
use crate::intent::{SignalId, Signals, Value};
use crate::profile::{Attributes, Exposure, Profile, Shown, Sight};
use crate::time::{MINUTE, Span, Timestamp};
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

/// For how long a brief may be decided by. The profile may change meanwhile, and consent with it.
pub const FRESH: Span = Span(30 * MINUTE);

/// What stands for a profile that is elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Brief {
    /// The campaign that it is for.
    pub campaign: Key,
    /// When it was made.
    pub at: Timestamp,
    /// The recipient's own number for the campaign; none when only a promise is told.
    pub seed: Option<u64>,
    values: Vec<(SignalId, Told)>,
    #[serde(with = "crate::profile::attributes::carried")]
    attributes: Attributes,
    said: Vec<Said>,
    /// What guardrails took away: slot and variant.
    gone: Vec<(u8, u8)>,
    held: Option<Exposure>,
}

/// The value of a signal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Told {
    Number(f64),
    Flag(bool),
    Text(String),
}

/// How a guardrail settles the matter: by its place, for what is held and for anything new.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Said {
    place: u8,
    held: Option<Outcome>,
    new: Option<Outcome>,
}

static NOBODY: LazyLock<Profile> = LazyLock::new(Profile::default);

/// Of somebody who holds nothing.
static NOTHING_HELD: LazyLock<Brief> = LazyLock::new(Brief::default);

impl Brief {
    /// What may leave of the profile that a question is about.
    #[must_use]
    pub fn of(question: &Question<'_>) -> Self {
        Self::from_case(question, &Case::of(question))
    }

    /// The same where somebody else knows what the clock on the wall shows.
    #[must_use]
    pub fn at(question: &Question<'_>, wall: Option<Local>) -> Self {
        Self::from_case(question, &Case::at(question, wall))
    }

    fn from_case(question: &Question<'_>, case: &Case<'_>) -> Self {
        let Question { campaign, now, seed, .. } = *question;
        let told = |id| Told::of(case.signals.get(id)).map(|told| (id, told));
        let declared = |name: &str| campaign.attributes.iter().any(|known| known.is_of(name));
        let attributes = case.facts.known().map(|profile| profile.attributes.only(declared));
        let (said, gone) = asked(case);
        Self {
            campaign: campaign.id.key,
            at: now,
            seed: Some(seed),
            values: question.wanted().iter().filter_map(told).collect(),
            attributes: attributes.unwrap_or_default(),
            said,
            gone,
            held: case.held().cloned(),
        }
    }

    /// What may leave without a word on consent at the page: what the link that was just followed promised. To anything else the visitor is a stranger.
    #[must_use]
    pub fn promise(question: &Question<'_>) -> Self {
        let own = Self::of(question);
        let stranger = Self::of(&Question { profile: &NOBODY, ..*question });
        let said = own.said.iter().zip(&stranger.said).map(|(own, new)| Said { held: own.held, ..*new });
        let may_stay = |place: &(u8, u8)| own.holds(question.campaign, *place) && !own.gone.contains(place);
        Self {
            seed: None,
            said: said.collect(),
            gone: stranger.gone.iter().filter(|place| !may_stay(place)).copied().collect(),
            held: own.held.clone(),
            ..stranger
        }
    }

    /// Is this variant of this slot part of what is held?
    fn holds(&self, campaign: &Campaign, (slot, variant): (u8, u8)) -> bool {
        let Some(slot) = campaign.slots.get(usize::from(slot)) else { return false };
        let Some(variant) = slot.variants.get(usize::from(variant)) else { return false };
        let shown = Shown { slot: slot.name.key, variant: variant.id.key };
        matches!(self.held.as_ref().map(|held| &held.sight), Some(Sight::Assembly(seen)) if seen.contains(&shown))
    }

    /// May it still be decided by at `now`? What comes from the future is as little believed as what is old.
    #[must_use]
    pub const fn is_fresh(&self, now: Timestamp) -> bool {
        let age = now.since(self.at).0;
        -MINUTE < age && age < FRESH.0
    }

    /// What the recipient still holds.
    #[must_use]
    pub const fn held(&self) -> Option<&Exposure> {
        self.held.as_ref()
    }

    /// The same for somebody who holds `exposure` now.
    #[must_use]
    pub fn holding(self, exposure: Option<Exposure>) -> Self {
        Self { held: exposure, ..self }
    }

    /// How a guardrail that looks at the profile settles the matter, of what is held or of something new.
    pub(super) fn verdict(&self, place: u8, keeps: bool) -> Verdict {
        let said = self.said.iter().find(|said| said.place == place);
        let outcome = said.and_then(|said| if keeps { said.held } else { said.new });
        outcome.map_or(Verdict::Pass, Verdict::Forbid)
    }

    /// Takes away what was taken away beside the profile.
    pub(super) fn narrow(&self, candidates: &mut Candidates) {
        for (slot, variant) in &self.gone {
            candidates.forbid(usize::from(*slot), *variant);
        }
    }

    /// Adds what is known beside the profile to what the page itself tells.
    pub(super) fn complete<'a>(&'a self, mut signals: Signals<'a>) -> Signals<'a> {
        for (id, told) in &self.values {
            if signals.get(*id) == Value::Missing || id.signal().needs().is_some() {
                signals = signals.with(*id, told.value());
            }
        }
        signals.with_attributes(&self.attributes)
    }

    /// Whether what it names is within a campaign.
    #[must_use]
    pub fn fits(&self, campaign: &Campaign) -> bool {
        self.campaign == campaign.id.key
            && self.gone.iter().all(|(slot, _)| usize::from(*slot) < campaign.slots.len())
    }
}

/// What the guardrails say that look at the profile, and what they take away.
fn asked(case: &Case<'_>) -> (Vec<Said>, Vec<(u8, u8)>) {
    let whole = Candidates::of(case.campaign);
    let mut left = whole;
    let mut said = Vec::new();
    let anew = Case { brief: Some(&*NOTHING_HELD), ..*case };
    for (guardrail, place) in ASKED.iter().zip(0..) {
        match guardrail.reads {
            Reads::Moment => {}
            Reads::Profile => {
                let outcome = settles((guardrail.check)(case, &mut left));
                said.push(Said { place, held: outcome, new: outcome });
            }
            Reads::Caps => {
                let full = |case: &Case<'_>| settles((guardrail.check)(case, &mut whole.clone()));
                said.push(Said { place, held: full(case), new: full(&anew) });
            }
        }
    }
    (said, gone(case.campaign, &left))
}

const fn settles(verdict: Verdict) -> Option<Outcome> {
    match verdict {
        Verdict::Forbid(outcome) => Some(outcome),
        Verdict::Pass | Verdict::Narrow(_) => None,
    }
}

/// The variants that are not left, by their places.
fn gone(campaign: &Campaign, left: &Candidates) -> Vec<(u8, u8)> {
    let variants = campaign.slots.iter().zip(0u8..).flat_map(|(slot, i)| {
        let places = (0..slot.variants.len()).filter_map(|v| u8::try_from(v).ok());
        places.map(move |v| (i, v))
    });
    variants.filter(|(slot, variant)| !left.allows(usize::from(*slot), *variant)).collect()
}

impl Told {
    fn of(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Missing => None,
            Value::Number(n) => Some(Self::Number(n)),
            Value::Flag(flag) => Some(Self::Flag(flag)),
            Value::Text(text) => Some(Self::Text(text.to_owned())),
        }
    }

    fn value(&self) -> Value<'_> {
        match self {
            Self::Number(n) => Value::Number(*n),
            Self::Flag(flag) => Value::Flag(*flag),
            Self::Text(text) => Value::Text(text),
        }
    }
}
