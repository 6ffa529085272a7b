//! Deciding again from what a log line keeps.
//!
//! A line can't keep the profile, so guardrails can't be asked again. It keeps what they left ([`Trace`]) and the signals; from these, the seed and the versions of
//! campaign, model and what was learned, [`again`] makes the very choice again, to the last bit of its probability (law 7).

use super::{Candidates, Case, Decision, Question, Witness, policy, run};
use crate::campaign::{Campaign, Learned, Live};
use crate::context::{Context, zone::Local};
use crate::intent::{Facts, Intent, Model, SignalSet, Signals, Value};
use crate::order;
use crate::profile::Profile;
use crate::time::Timestamp;
use serde_json::{Map, json};
use std::sync::LazyLock;

/// What a log has to keep of a decision beside its result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trace {
    /// What guardrails left.
    pub left: Candidates,
    /// The policy chose at this moment. Otherwise a guardrail settled the matter, or what was decided earlier still holds.
    pub chosen: bool,
}

/// Decides as [`super::decide`] does, and says what a log has to keep of it. Allocates nothing either.
#[must_use]
pub fn trace(question: &Question<'_>) -> (Decision, Trace) {
    let mut trace = Trace { left: Candidates::of(question.campaign), chosen: false };
    let decision = run(&Case::of(question), &mut trace);
    (decision, trace)
}

/// What was decided by a brief, and what a page has to know of it.
pub struct Told {
    /// The decision.
    pub decision: Decision,
    /// What the visitor is likely to do.
    pub intent: Intent,
    /// What a log has to keep.
    pub line: Map<String, serde_json::Value>,
}

/// Decides as [`super::decide`] does where a brief stands for the profile, by the clock on the visitor's own wall.
#[must_use]
pub fn told(question: &Question<'_>, wall: Option<Local>) -> Told {
    let case = Case::at(question, wall);
    let mut trace = Trace { left: Candidates::of(question.campaign), chosen: false };
    let decision = run(&case, &mut trace);
    Told { decision, intent: case.intent, line: trace.tell(question, &case.signals, &decision) }
}

impl Witness for Trace {
    fn left(&mut self, candidates: &Candidates) {
        self.left = *candidates;
    }

    fn worth(&mut self, _: f64, _: f64) {
        self.chosen = true;
    }
}

impl Trace {
    /// What a log has to keep: all that the choice is learned from, and made again from.
    #[must_use]
    pub fn told(&self, question: &Question<'_>, decision: &Decision) -> Map<String, serde_json::Value> {
        let Question { channel, profile, context, now, .. } = *question;
        self.tell(
            question,
            &Signals::read(&Facts::new(channel, profile, context, now), SignalSet::ALL),
            decision,
        )
    }

    /// The same of these signals, for whoever has read them already.
    #[must_use]
    pub fn tell(
        &self,
        question: &Question<'_>,
        signals: &Signals<'_>,
        decision: &Decision,
    ) -> Map<String, serde_json::Value> {
        let Question { campaign, learned, model, context, seed, .. } = *question;
        let signals: Map<_, _> =
            order::map(signals.known().map(|(id, value)| (id.signal().name.to_owned(), exact(value))));
        let learned = learned.version().filter(|_| campaign.policy_of(seed).learned);
        let assembly = campaign.slots.iter().enumerate().map(|(i, slot)| {
            let shown = decision.shown(i).map(|v| &slot.variants[usize::from(v)].id.name);
            (slot.name.name.clone(), json!(shown))
        });
        let fields = [
            ("campaign", json!(campaign.id.name)),
            ("version", json!(campaign.version.to_string())),
            ("model", json!(model.name)),
            ("model_version", json!(model.version.to_string())),
            ("learned", json!(learned.map(|version| version.to_string()))),
            ("fetcher", json!(context.fetcher)),
            ("outcome", json!(decision.outcome)),
            ("cause", json!(decision.cause)),
            ("assembly", order::map::<Map<_, _>, _>(assembly).into()),
            ("probability", json!(decision.probability)),
            ("decided_at", json!(decision.decided_at)),
            ("chosen", json!(self.chosen)),
            ("narrowed", self.narrowed(campaign).collect()),
            ("seed", json!(format!("{seed:016x}"))),
            ("signals", signals.into()),
        ];
        let parts = campaign.parts(seed).map(|(e, part)| (e.id.name.clone(), json!(part.name())));
        let experiments: Map<_, _> = order::map(parts);
        let experiments = (!experiments.is_empty()).then(|| ("experiments", experiments.into()));
        order::map(fields.into_iter().chain(experiments).map(|(name, value)| (name.to_owned(), value)))
    }

    /// The variants that guardrails took away, as `slot/variant`.
    pub fn narrowed(self, campaign: &Campaign) -> impl Iterator<Item = String> + '_ {
        campaign.slots.iter().enumerate().flat_map(move |(i, slot)| {
            let gone = slot.variants.iter().zip(0..).filter(move |(_, v)| !self.left.allows(i, *v));
            gone.map(move |(variant, _)| format!("{}/{}", slot.name.name, variant.id.name))
        })
    }
}

/// The value to the last digit: rounded, it might fall into another bin.
fn exact(value: Value<'_>) -> serde_json::Value {
    match value {
        Value::Number(n) => n.into(),
        value => value.to_json(),
    }
}

/// A choice that a log tells of.
#[derive(Clone, Copy)]
pub struct Traced<'a> {
    /// The campaign, in the version that was decided by.
    pub campaign: &'a Campaign,
    /// What it had learned then.
    pub learned: &'a Learned,
    /// The model, in the version that was asked.
    pub model: &'a Model,
    /// Every signal that was known.
    pub signals: Signals<'a>,
    /// What guardrails had left.
    pub left: Candidates,
    /// When it was decided.
    pub at: Timestamp,
    /// The recipient's own number for the campaign.
    pub seed: u64,
}

static NOBODY: LazyLock<Profile> = LazyLock::new(Profile::default);
static NOWHERE: LazyLock<Context> = LazyLock::new(Context::default);
static UNKNOWN: Live = Live::UNKNOWN;

/// Makes the choice again.
#[must_use]
pub fn again(traced: &Traced<'_>) -> Decision {
    let Traced { campaign, learned, model, signals, left, at, seed } = *traced;
    let facts = Facts::new(campaign.channel, &NOBODY, &NOWHERE, at);
    let policy = campaign.policy_of(seed);
    let learned = if policy.learned { learned } else { &Learned::NOTHING };
    let intent = model.score(&policy.seen(&signals));
    let case =
        Case { campaign, live: &UNKNOWN, learned, model, brief: None, facts, signals, intent, policy, seed };
    policy::choose(&case, &left, &mut ())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::{decide, explain};
    use crate::intent::SignalId;
    use crate::profile::{Channel, Purpose};

    const HEAD: &str =
        r#""id": "a", "landing": "/", "value": {"currency": "EUR", "click": 1, "convert": 30},"#;
    const SLOTS: &str = r#""slots": [{"name": "s", "kind": "text", "fallback": "a", "variants": [
        {"id": "a", "text": {"headline": "x"}}, {"id": "b", "text": {"headline": "y"}, "motivations": ["price"]}, {"id": "c", "text": {"headline": "z"}, "motivations": ["trust"]}]}]"#;
    const ARMS: &str = r#""experiments": [{"id": "e", "holdout": 0.1, "arms": [{"id": "usual", "share": 0.3},
        {"id": "rules", "share": 0.3, "policy": {"learned": false}},
        {"id": "blind", "share": 0.4, "policy": {"without": ["purchases", "days_since_purchase"], "exploration": {"sharpness": 3}}}]}],"#;
    const LESSONS: &str = r#"{"campaign": "a", "model": "starter", "at": "2026-11-22T10:00:00Z", "slots": {"s": {"b": {"click": {"shift": 1.5, "sd": 0.2}, "convert": {"shift": 1.5, "sd": 0.2}, "evidence": {"exposures": 500}}}}}"#;

    fn campaign(experiments: &str, exploration: &str) -> Campaign {
        Campaign::parse(&format!("{{{HEAD} {exploration} {experiments} {SLOTS}}}")).unwrap()
    }

    fn buyer() -> Profile {
        let mut profile = Profile::default();
        for purpose in [Purpose::Marketing, Purpose::Personalization, Purpose::Measurement] {
            profile.consent.record(Channel::Email, purpose, true, Timestamp(0));
        }
        profile.purchases.count = 9;
        profile.purchases.last = Some(Timestamp(0));
        profile
    }

    #[test]
    fn every_arm_decides_by_its_own_policy_and_its_line_is_decided_again_to_the_last_bit() {
        let (tried, plain) = (campaign(ARMS, ""), campaign("", ""));
        let softer = campaign("", r#""exploration": {"sharpness": 3},"#);
        let (model, profile, context) = (Model::starter().unwrap(), buyer(), Context::default());
        let learned = Learned::parse(LESSONS).unwrap();
        let now = Timestamp(40 * crate::time::DAY);
        let mut seen = std::collections::BTreeMap::<String, usize>::new();
        for seed in (0..600u64).map(crate::hash::mix) {
            let ask = |campaign, learned| Question {
                learned,
                ..Question::new(campaign, &model, &profile, &context, now, seed)
            };
            let question = ask(&tried, &learned);
            let (decision, trace) = trace(&question);
            let line = trace.told(&question, &decision);
            let arm = line["experiments"]["e"].as_str().unwrap().to_owned();
            let report = explain(&question).1.report();
            assert_eq!(report.experiments["e"], arm);
            *seen.entry(arm.clone()).or_default() += 1;
            let nothing = Learned::NOTHING;
            let alike = match arm.as_str() {
                "usual" => decide(&ask(&plain, &learned)),
                "rules" => decide(&ask(&plain, &nothing)),
                "blind" => {
                    let case = Case::of(&ask(&softer, &learned));
                    let unknown = |case: Case<'_>, name: &str| -> Decision {
                        let id = SignalId::of(name).unwrap();
                        let other = SignalId::of("days_since_purchase").unwrap();
                        let signals = case.signals.with(id, Value::Missing).with(other, Value::Missing);
                        run(&Case { signals, intent: model.score(&signals), ..case }, &mut ())
                    };
                    unknown(case, "purchases")
                }
                _ => {
                    assert_eq!(
                        (decision.outcome, decision.cause),
                        (crate::decide::Outcome::HoldOut, Some("holdout"))
                    );
                    continue;
                }
            };
            assert_eq!(decision, alike, "{arm}");
            assert_eq!(line["learned"].is_null(), arm == "rules");
            let signals = Signals::read(&Facts::new(tried.channel, &profile, &context, now), SignalSet::ALL);
            let traced = Traced {
                campaign: &tried,
                learned: &learned,
                model: &model,
                signals,
                left: trace.left,
                at: now,
                seed,
            };
            let again = again(&traced);
            assert_eq!(
                (again.assembly, again.probability.to_bits()),
                (decision.assembly, decision.probability.to_bits())
            );
        }
        assert_eq!(seen.len(), 4, "{seen:?}");
    }

    #[test]
    fn without_experiments_nothing_is_said_of_them() {
        let (plain, model, profile, context) =
            (campaign("", ""), Model::starter().unwrap(), buyer(), Context::default());
        let question = Question::new(&plain, &model, &profile, &context, Timestamp(0), 7);
        let (decision, trace) = trace(&question);
        assert!(!trace.told(&question, &decision).contains_key("experiments"));
        assert!(!serde_json::to_string(&explain(&question).1).unwrap().contains("experiments"));
    }
}
