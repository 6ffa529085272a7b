//! A plan spelled out: the five decisions by name, for answers and for people, beside the report of the message as planned.

use super::plan::{BEFORE_A_SEND, MAX_WINDOW, plan};
use super::{Plan, Question, Report, explain};
use crate::campaign::Campaign;
use crate::intent::Facts;
use crate::order;
use crate::profile::Channel;
use crate::time::{Span, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;

/// How long after now a message may be sent: `{"within": "48h"}` in a question, at most [`MAX_WINDOW`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SendWindow {
    /// So long.
    #[serde(serialize_with = "write_span", deserialize_with = "read_span")]
    pub within: Span,
}

fn write_span<S: Serializer>(span: &Span, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(span)
}

fn read_span<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Span, D::Error> {
    let text = String::deserialize(deserializer)?;
    Span::parse(&text).filter(|span| *span <= MAX_WINDOW).ok_or_else(|| {
        let expected =
            format!("within: {text:?} is not a duration such as \"48h\", at most \"{MAX_WINDOW}\"");
        serde::de::Error::custom(expected)
    })
}

/// What is answered to whoever asks for a decision and its reasons.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// At the moment of a request.
    Decision(Report),
    /// Before a send.
    Plan(PlanReport),
}

/// Decides and tells why; when a send is asked for, all five decisions.
#[must_use]
pub fn answer(question: &Question<'_>, send: Option<SendWindow>) -> Answer {
    match send {
        None => Answer::Decision(explain(question).1.report()),
        Some(SendWindow { within }) => Answer::Plan(plan_report(question, within)),
    }
}

/// Why the message is what it is, as of the planned moment and on the planned channel, and the five decisions.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlanReport {
    /// Why. Its surface is [`Send`](crate::context::Surface::Send).
    #[serde(flatten)]
    pub report: Report,
    /// The five decisions.
    pub plan: Planned,
}

/// The five decisions.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Planned {
    /// Should this person get this now?
    pub audience: Audience,
    /// Where?
    pub channel: Reached,
    /// When?
    pub timing: Timing,
    /// What?
    pub content: Content,
    /// How often still?
    pub frequency: Allowance,
}

/// Should this person get this now?
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Audience {
    /// Send, or hold.
    pub send: bool,
    /// What the best message is expected to be worth, in money; `null` when nothing of the recipient may be weighed.
    pub value: Option<f64>,
    /// What holds the message back, or settled what is in it.
    pub cause: Option<&'static str>,
}

/// Where?
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reached {
    /// Where it is worth most.
    #[serde(rename = "use")]
    pub first: Channel,
    /// The next best.
    pub fallback: Option<Channel>,
}

/// When?
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Timing {
    /// The moment to send.
    pub at: Timestamp,
    /// The hour where the recipient is; `null` when their time zone isn't known.
    pub local_hour: Option<u8>,
}

/// What?
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Content {
    /// The variant that each slot shows; `null` for an empty one.
    pub show: BTreeMap<String, Option<String>>,
    /// The probability of exactly this.
    pub probability: f64,
}

/// How often still?
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Allowance {
    /// How many more exposures the caps allow at the planned moment; `null` without a cap.
    pub left: Option<usize>,
    /// When a cap that is full allows the next; `null` when none is full.
    pub next: Option<Timestamp>,
}

/// Plans as [`plan`] does, and tells why.
#[must_use]
pub fn plan_report(question: &Question<'_>, window: Span) -> PlanReport {
    let plan = plan(question, window);
    let as_planned = Question { channel: plan.channel, context: &BEFORE_A_SEND, now: plan.at, ..*question };
    let facts = Facts::new(plan.channel, question.profile, &BEFORE_A_SEND, plan.at);
    let local_hour = facts.local().map(|local| local.hour);
    PlanReport {
        report: explain(&as_planned).1.report(),
        plan: Planned::of(&plan, question.campaign, local_hour),
    }
}

impl Planned {
    fn of(plan: &Plan, campaign: &Campaign, local_hour: Option<u8>) -> Self {
        let shown = campaign.slots.iter().enumerate().map(|(i, slot)| {
            let variant = plan.content.shown(i).and_then(|v| slot.variants.get(usize::from(v)));
            (slot.name.name.clone(), variant.map(|v| v.id.name.clone()))
        });
        Self {
            audience: Audience { send: plan.send, value: plan.value, cause: plan.cause },
            channel: Reached { first: plan.channel, fallback: plan.fallback },
            timing: Timing { at: plan.at, local_hour },
            content: Content { show: order::map(shown), probability: plan.content.probability },
            frequency: Allowance { left: plan.left, next: plan.next },
        }
    }
}
