//! A visitor's time on a page.
//!
//! Events are folded into a profile as everywhere; what of it is told by this visit needs no consent, since it is kept in the page's memory and nowhere else. With consent to
//! personalization the fold is kept between visits ([`Visit::state`]), and what the Worker knows of whoever followed a mail's link joins it ([`Visit::join`]).
//!
//! **What stands.** A page must not jitter. What was shown stands as a mail's assembly does, for the campaign's `sticky` time, until a guardrail that looks at the moment takes it away
//! or intent has shifted by [`SHIFT`]. Then it is chosen anew by the same draw, so that it only changes if the probabilities moved past it.
//!
//! **Whose number.** A visitor who allows measurement is drawn for by a number of their own, so that what they were shown can be judged. Whoever doesn't is never logged: then trying things
//! teaches nobody, and a choice by a number that is the same for all stays the same from page to page without anything being stored.

use super::Bundle;
use crate::campaign::SlotKind;
use crate::context::Context;
use crate::context::zone::Local;
use crate::decide::{self, Brief, Decision, Outcome, Question};
use crate::intent::{Head, Intent};
use crate::profile::{Browsing, Event, Exposure, Profile, Purchases, Purpose};
use crate::time::{MINUTE, Span, Timestamp};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::sync::LazyLock;

/// By how much a propensity or motivation must move before what stands is put in question, in log-odds: odds half as good again, or a third less.
pub const SHIFT: f64 = 0.4;

/// What may move what stands: whether they click or buy, and what moves them.
const MOVERS: [Head; 7] = [
    Head::Click,
    Head::Convert,
    Head::Price,
    Head::Assortment,
    Head::Convenience,
    Head::Trust,
    Head::Urgency,
];

/// What a visitor allows on this page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Consent {
    /// To be recognised, and to be shown what fits what is known of them.
    pub personalization: bool,
    /// To be counted.
    pub measurement: bool,
    /// Global Privacy Control: no profile is joined, whatever else was allowed.
    pub gpc: bool,
}

impl Consent {
    /// May they be recognised?
    #[must_use]
    pub const fn covers_person(self) -> bool {
        self.personalization && !self.gpc
    }
}

/// What the browser tells of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// The IANA time zone.
    pub timezone: String,
    /// How far the clock on the wall is ahead of UTC.
    pub offset: Span,
    /// Languages, the preferred one first, with commas between.
    pub languages: String,
    /// `navigator.userAgent`.
    pub user_agent: String,
}

/// What stands, and the intent from which a shift is counted: that by which it was chosen here, or at the first look at what was chosen elsewhere.
#[derive(Clone, Debug)]
struct Standing {
    exposure: Exposure,
    intent: Option<Intent>,
}

impl Standing {
    /// Has intent moved so far that what was chosen by it is put in question?
    fn has_shifted(&self, now: &Intent) -> bool {
        let moved =
            |then: &Intent| MOVERS.iter().any(|head| (now.odds(*head) - then.odds(*head)).abs() > SHIFT);
        self.intent.as_ref().is_some_and(moved)
    }
}

/// A visit.
pub struct Visit {
    bundle: Bundle,
    own: Profile,
    consent: Consent,
    surroundings: Surroundings,
    brief: Option<Brief>,
    standing: Option<Standing>,
    number: u64,
}

/// What a page shows.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct PageDecision {
    /// The campaign.
    pub campaign: String,
    /// Its version, as eight hexadecimal digits.
    pub version: String,
    /// What is done: `show` an assembly; `suppress`, so that the page stays as it is; `hold_out` or `fall_back`, so that the fallbacks are shown.
    pub outcome: Outcome,
    /// The guardrail that settled it, `"value"` when nothing was worth more than silence, `"held"` when the message was left empty before.
    pub cause: Option<&'static str>,
    /// The probability with which this was chosen.
    pub probability: f64,
    /// When it was decided.
    #[cfg_attr(feature = "cli", schemars(with = "String"))]
    pub decided_at: Timestamp,
    /// It is what the mail or this page showed before.
    pub held: bool,
    /// What each slot shows.
    pub slots: Vec<SlotDecision>,
    /// What a log has to keep of it; only with consent to measurement.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "cli", schemars(with = "Map<String, Value>"))]
    pub line: Option<Map<String, Value>>,
}

/// What one slot shows.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct SlotDecision {
    /// The slot.
    pub slot: String,
    /// What it is filled with.
    pub kind: SlotKind,
    /// The variant in it; none: the page's own content stays.
    pub variant: Option<String>,
    /// It is what everybody may see.
    pub fallback: bool,
    /// The headline of a text.
    pub headline: String,
    /// The line below it.
    pub subline: String,
    /// The label of a button.
    pub button: String,
    /// The path of a picture, below the Worker's origin.
    pub image: Option<String>,
    /// What the picture shows.
    pub alt: String,
    /// Where it leads.
    pub url: String,
    /// The picture's width in CSS pixels; 0 for a text.
    pub width: u32,
    /// Its height.
    pub height: u32,
}

/// The number by which it is drawn for those who are not counted.
const EVERYBODY: u64 = 0;

static NOBODY: LazyLock<Profile> = LazyLock::new(Profile::default);

impl Visit {
    /// The visit of a stranger; `number` is theirs alone and drawn by the caller.
    #[must_use]
    pub fn new(bundle: Bundle, number: u64) -> Self {
        Self {
            bundle,
            own: Profile::default(),
            consent: Consent::default(),
            surroundings: Surroundings::default(),
            brief: None,
            standing: None,
            number,
        }
    }

    /// The campaign and all that decides in it.
    #[must_use]
    pub const fn bundle(&self) -> &Bundle {
        &self.bundle
    }

    /// Takes a newer bundle of the same campaign; false when it is of another one.
    pub fn renew(&mut self, bundle: Bundle) -> bool {
        let same = bundle.campaign.id.key == self.bundle.campaign.id.key;
        if same {
            self.bundle = bundle;
        }
        same
    }

    /// Notes what the visitor allows. What they no longer allow is forgotten: what the Worker told, earlier visits, and what was chosen by it.
    pub fn consent(&mut self, consent: Consent, now: Timestamp) {
        let withdrawn = self.consent.covers_person() && !consent.covers_person();
        self.consent = consent;
        if withdrawn {
            let acts = std::mem::take(&mut self.own.browsing.acts);
            self.own = Profile::default();
            self.own.browsing.acts = acts; // of which only this visit's are looked at
            (self.brief, self.standing) = (None, None);
        }
        let channel = self.bundle.campaign.channel;
        self.own.consent.record(channel, Purpose::Personalization, consent.covers_person(), now);
    }

    /// Notes what the browser tells of itself.
    pub fn surroundings(&mut self, surroundings: Surroundings) {
        self.surroundings = surroundings;
    }

    /// Joins what the Worker told of the visitor, or what the mail's link promised; false when it is old, for another campaign, or needs a consent that isn't there.
    pub fn join(&mut self, brief: &[u8], now: Timestamp) -> bool {
        let Ok(brief) = postcard::from_bytes::<Brief>(brief) else { return false };
        let personal = brief.seed.is_some();
        let fits = brief.fits(&self.bundle.campaign) && brief.is_fresh(now);
        let joins = fits && (!personal || self.consent.covers_person());
        if joins {
            // what this page showed since goes on standing
            if self.standing.is_none() {
                self.standing = brief.held().cloned().map(|exposure| Standing { exposure, intent: None });
            }
            self.brief = Some(brief);
        }
        joins
    }

    /// Folds an event of the visit; false when it says nothing of one, or nothing that can be understood.
    pub fn track(&mut self, event: &Event) -> bool {
        self.own.visit(event).unwrap_or(false)
    }

    /// What may be kept for the next visit: with consent to personalization the fold, with consent to measurement the visitor's number.
    #[must_use]
    pub fn state(&self) -> Option<String> {
        let person = self.consent.covers_person();
        if !person && !self.consent.measurement {
            return None;
        }
        let standing = self.standing.as_ref().map(|standing| standing.exposure.clone());
        let person = person.then(|| (self.own.browsing.clone(), self.own.purchases.clone(), standing));
        let kept = Kept { number: self.number, person };
        Some(STANDARD_NO_PAD.encode(postcard::to_extend(&kept, vec![KEPT]).ok()?))
    }

    /// Takes up what was kept, before anything of this visit is told; false when it can't be read, or the visitor doesn't allow it now.
    pub fn restore(&mut self, state: &str) -> bool {
        let Some(kept) = Kept::read(state) else { return false };
        if !self.consent.covers_person() && !self.consent.measurement {
            return false;
        }
        self.number = kept.number;
        if let (true, Some((browsing, purchases, exposure))) = (self.consent.covers_person(), kept.person) {
            (self.own.browsing, self.own.purchases) = (browsing, purchases);
            let ours = exposure.filter(|exposure| exposure.campaign == self.bundle.campaign.id.key);
            if let (None, Some(exposure)) = (&self.standing, ours) {
                self.standing = Some(Standing { exposure, intent: None });
            }
        }
        true
    }

    /// What the page shows now.
    pub fn decide(&mut self, now: Timestamp) -> PageDecision {
        let joined = self.brief.as_ref().filter(|brief| brief.is_fresh(now));
        let brief = joined.cloned().unwrap_or_else(|| self.stranger(now));
        let standing = self.standing.as_ref().map(|standing| standing.exposure.clone());
        let mut told = self.decide_by(&brief.clone().holding(standing.clone()), now);
        if self.standing.as_ref().is_some_and(|standing| standing.has_shifted(&told.intent)) {
            told = self.decide_by(&brief.holding(None), now);
        }
        let exposure = told.decision.exposure(&self.bundle.campaign, true);
        let held = matches!((&exposure, &standing), (Some(new), Some(old)) if new.sight == old.sight);
        if let Some(exposure) = exposure {
            let stands = self.standing.take().filter(|standing| held && !standing.has_shifted(&told.intent));
            let intent = stands.and_then(|standing| standing.intent).unwrap_or(told.intent);
            self.standing = Some(Standing { exposure, intent: Some(intent) });
        }
        self.shown(told, held)
    }

    /// What is known of somebody whom the Worker told nothing of.
    fn stranger(&self, now: Timestamp) -> Brief {
        let context = self.context(now);
        let own = if self.consent.covers_person() { &self.own } else { &*NOBODY };
        Brief::at(&self.question(own, &context, now), self.wall(now))
    }

    fn decide_by(&self, brief: &Brief, now: Timestamp) -> decide::Told {
        let context = self.context(now);
        let seed = brief.seed.unwrap_or(if self.consent.measurement { self.number } else { EVERYBODY });
        let question = Question { brief: Some(brief), seed, ..self.question(&NOBODY, &context, now) };
        decide::told(&question, self.wall(now))
    }

    fn question<'a>(&'a self, profile: &'a Profile, context: &'a Context, now: Timestamp) -> Question<'a> {
        let Bundle { campaign, model, live, learned, .. } = &self.bundle;
        let seed = if self.consent.measurement { self.number } else { EVERYBODY };
        Question { live, learned, ..Question::new(campaign, model, profile, context, now, seed) }
    }

    fn context(&self, now: Timestamp) -> Context {
        let Surroundings { user_agent, languages, timezone, .. } = &self.surroundings;
        let session = self.own.browsing.session(now);
        Context { session, ..Context::on_page(user_agent, languages, timezone, self.consent.gpc) }
    }

    /// What the clock on the visitor's wall shows.
    fn wall(&self, now: Timestamp) -> Option<Local> {
        let known =
            !self.surroundings.timezone.is_empty() && self.surroundings.offset.0.abs() <= 15 * 60 * MINUTE;
        known.then(|| Local::of(now.plus(self.surroundings.offset)))
    }

    fn shown(&self, told: decide::Told, held: bool) -> PageDecision {
        let Decision { outcome, cause, probability, decided_at, .. } = told.decision;
        let campaign = &self.bundle.campaign;
        let slots = (0..campaign.slots.len()).map(|place| self.slot(place, &told.decision)).collect();
        PageDecision {
            campaign: campaign.id.name.clone(),
            version: campaign.version.to_string(),
            outcome,
            cause,
            probability,
            decided_at,
            held,
            slots,
            line: self.consent.measurement.then_some(told.line),
        }
    }

    fn slot(&self, place: usize, decision: &Decision) -> SlotDecision {
        let slot = &self.bundle.campaign.slots[place];
        let shown = decision.shown(place);
        let variant = shown.and_then(|variant| slot.variants.get(usize::from(variant)));
        let content =
            shown.and_then(|variant| self.bundle.content(place, variant)).cloned().unwrap_or_default();
        SlotDecision {
            slot: slot.name.name.clone(),
            kind: slot.kind,
            variant: variant.map(|variant| variant.id.name.clone()),
            fallback: shown == Some(slot.fallback),
            headline: content.headline,
            subline: content.subline,
            button: content.button,
            image: content.image,
            alt: content.alt,
            url: content.url,
            width: slot.width,
            height: slot.height,
        }
    }
}

/// The version of what is kept.
const KEPT: u8 = 1;

/// What a browser keeps between visits.
#[derive(Serialize, Deserialize)]
struct Kept {
    number: u64,
    person: Option<(Browsing, Purchases, Option<Exposure>)>,
}

impl Kept {
    fn read(state: &str) -> Option<Self> {
        let bytes = STANDARD_NO_PAD.decode(state).ok()?;
        let (version, kept) = bytes.split_first()?;
        if *version == KEPT { postcard::from_bytes(kept).ok() } else { None }
    }
}
