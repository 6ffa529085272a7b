//! The explanation: what was asked, what was weighed, what came of it.
//!
//! [`Notes`] watches the decision being made; [`Explanation`] is what it saw, beside what it was made from. That is enough to answer every question about it,
//! and cheap enough to be had for each decision; [`Explanation::report`] spells it out for studios, logs and people.

use super::guardrails::{GUARDRAILS, Guardrail, Verdict};
use super::policy::Arms;
use super::report::Report;
use super::{Candidates, Case, Decision, Question, Witness};
use crate::intent::model::Term;
use crate::intent::{Head, Intent, Signals};

/// Why a decision fell as it did.
pub struct Explanation<'a> {
    pub(super) question: Question<'a>,
    pub(super) case: Case<'a>,
    pub(super) decision: Decision,
    pub(super) notes: Notes,
    /// The signals that something was expected from.
    pub(super) seen: Signals<'a>,
}

/// A variant that was weighed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drawn {
    /// Its slot, by its place.
    pub slot: usize,
    /// The variant, by its place in the slot.
    pub variant: u8,
    /// What it adds to the value of the message, in money, with the best that it leaves for later slots.
    pub utility: f64,
    /// Its probability.
    pub probability: f64,
    /// It was drawn.
    pub chosen: bool,
}

/// Watches a decision.
#[derive(Default)]
pub(super) struct Notes {
    pub verdicts: [Option<Verdict>; GUARDRAILS.len()],
    asked: usize,
    pub left: Option<Candidates>,
    pub worth: Option<f64>,
    pub arms: Vec<Drawn>,
}

impl Witness for Notes {
    const CURIOUS: bool = true;

    fn guardrail(&mut self, verdict: Verdict) {
        if let Some(place) = self.verdicts.get_mut(self.asked) {
            *place = Some(verdict);
        }
        self.asked += 1;
    }

    fn left(&mut self, candidates: &Candidates) {
        self.left = Some(*candidates);
    }

    fn worth(&mut self, utility: f64, _: f64) {
        self.worth = Some(utility);
    }

    fn slot(&mut self, slot: usize, arms: &Arms, chosen: u8) {
        self.arms.reserve(arms.len);
        for i in 0..arms.len {
            self.arms.push(Drawn {
                slot,
                variant: arms.variants[i],
                utility: arms.utilities[i],
                probability: arms.probability(i),
                chosen: arms.variants[i] == chosen,
            });
        }
    }
}

impl<'a> Explanation<'a> {
    pub(super) fn new(question: Question<'a>, case: Case<'a>, decision: Decision, notes: Notes) -> Self {
        Self { question, case, decision, notes, seen: case.weighed() }
    }

    /// The decision.
    #[must_use]
    pub const fn decision(&self) -> &Decision {
        &self.decision
    }

    /// What the model expects.
    #[must_use]
    pub const fn intent(&self) -> &Intent {
        &self.case.intent
    }

    /// What each signal, or pair of signals, adds to a head, in log-odds before calibration; nothing that adds nothing.
    pub fn contributions(&self, head: Head) -> impl Iterator<Item = (Term, f64)> + '_ {
        self.case.model.contributions(head, &self.seen).filter(|(_, effect)| *effect != 0.0)
    }

    /// Every guardrail with its verdict, also of those after the one that settled it.
    pub fn verdicts(&self) -> impl Iterator<Item = (&'static Guardrail, Verdict)> + '_ {
        GUARDRAILS.iter().zip(self.notes.verdicts).filter_map(|(guardrail, v)| Some((guardrail, v?)))
    }

    /// What was weighed; nothing when nothing was.
    #[must_use]
    pub fn weighed(&self) -> &[Drawn] {
        &self.notes.arms
    }

    /// What the best message is worth, in money; none when there was nothing to weigh.
    #[must_use]
    pub const fn worth(&self) -> Option<f64> {
        self.notes.worth
    }

    /// All of it spelled out.
    #[must_use]
    pub fn report(&self) -> Report {
        Report::of(self)
    }
}

impl serde::Serialize for Explanation<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.report().serialize(serializer)
    }
}
