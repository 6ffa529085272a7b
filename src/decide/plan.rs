//! The five decisions before a send: audience, channel, timing, content, frequency.
//!
//! [`plan`] asks, for every channel of the campaign, when in the window a message would best come, decides as of then, and takes the channel on which
//! the message is worth most. What holds a message back are the same guardrails that empty an opened mail; the plan adds only what they can't: a better moment.
//!
//! **Timing.** An hour of the week is as good as the answers it brought, smoothed over its neighbours (¼, ½, ¼) and shrunk towards what the model
//! says of everybody by the weight of [`SHRINK`] answers. So one click at four in the morning moves nobody's mail to the night. The first of
//! equally good hours is taken; within it the recipient's seed spreads sends over the hour.

use super::guardrails::{fatigue, frequency, quiet_hours};
use super::{Candidates, Case, Decision, Outcome, Question, Witness, run};
use crate::campaign::QuietHours;
use crate::context::{Context, Surface, zone};
use crate::hash::{fnv1a, mix, unit};
use crate::intent::Facts;
use crate::profile::{Channel, HOURS, of_week};
use crate::time::{HOUR, Span, Timestamp};

/// How many answers what everybody does weighs against what this recipient did.
const SHRINK: f64 = 8.0;

/// The longest window that is looked through.
pub const MAX_WINDOW: Span = Span(14 * 24 * HOUR);

/// What is to be done about one recipient.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plan {
    /// Audience: send, or hold.
    pub send: bool,
    /// What holds the message back: a guardrail, `"value"`, or `"held"`.
    pub cause: Option<&'static str>,
    /// What the best message is expected to be worth, in money; none when nothing of the recipient may be weighed.
    pub value: Option<f64>,
    /// Channel: where it is worth most.
    pub channel: Channel,
    /// The next best channel on which it may be sent.
    pub fallback: Option<Channel>,
    /// Timing: the moment to send.
    pub at: Timestamp,
    /// Content, as of that moment.
    pub content: Decision,
    /// Frequency: how many more exposures the caps allow at that moment; none without a cap.
    pub left: Option<usize>,
    /// When a cap that is full allows the next; none when none is full.
    pub next: Option<Timestamp>,
}

/// Makes the five decisions for one recipient. `window` is how long after `now` the message may be sent; longer than [`MAX_WINDOW`] counts as
/// that. The question's context is not looked at: before a send there is no request.
#[must_use]
pub fn plan(question: &Question<'_>, window: Span) -> Plan {
    let context = Context { surface: Surface::Send, ..Context::default() };
    let window = window.min(MAX_WINDOW);
    let first = question.campaign.channel;
    let others = question.campaign.fallback_channels.iter().map(|fallback| fallback.channel);
    let mut best: Option<Plan> = None;
    for channel in std::iter::once(first).chain(others) {
        let mut plan = on(&Question { channel, context: &context, ..*question }, window);
        best = Some(match best {
            Some(known) if better(&plan, &known) => {
                plan.fallback = known.send.then_some(known.channel);
                plan
            }
            Some(mut known) => {
                known.fallback = known.fallback.or_else(|| plan.send.then_some(plan.channel));
                known
            }
            None => plan,
        });
    }
    best.unwrap_or_else(|| on(&Question { context: &context, ..*question }, window))
}

/// Sending beats holding, then what is worth more beats what is worth less.
fn better(one: &Plan, other: &Plan) -> bool {
    (one.send, one.value.unwrap_or(0.0)) > (other.send, other.value.unwrap_or(0.0))
}

/// The plan on one channel.
fn on(question: &Question<'_>, window: Span) -> Plan {
    let facts = Facts::new(question.channel, question.profile, question.context, question.now);
    let at = best_moment(question, &facts, window);
    let case = Case::of(&Question { now: at.unwrap_or(question.now), ..*question });
    let mut seen = Seen { worth: None, left: Candidates::of(question.campaign) };
    let content = run(&case, &mut seen);
    let quiet = if at.is_none() { Some("quiet_hours") } else { None };
    let left = [frequency::left(&case, &seen.left), fatigue::left(&case, &seen.left)];
    Plan {
        send: matches!(content.outcome, Outcome::Show | Outcome::FallBack),
        cause: content.cause.or(quiet),
        value: seen.worth,
        channel: question.channel,
        fallback: None,
        at: case.facts.now,
        content,
        left: left.into_iter().flatten().min(),
        next: frequency::next(&case, &seen.left),
    }
}

/// Remembers what a plan tells of a decision.
struct Seen {
    worth: Option<f64>,
    left: Candidates,
}

impl Witness for Seen {
    fn left(&mut self, candidates: &Candidates) {
        self.left = *candidates;
    }

    fn worth(&mut self, utility: f64, _: f64) {
        self.worth = Some(utility);
    }
}

/// The best moment in the window that isn't quiet; none when all of it is.
fn best_moment(question: &Question<'_>, facts: &Facts<'_>, window: Span) -> Option<Timestamp> {
    let quiet = question.campaign.guardrails.quiet_hours.as_ref();
    let wall = Wall::of(facts, quiet, question.now, window);
    let answers = facts.known().and_then(|profile| {
        let hours = &profile.engagement.hours;
        (!hours.is_empty()).then(|| smoothed(hours.answers(question.now)))
    });
    let rhythm = &question.model.rhythm;
    let end = question.now.plus(window);
    let mut best: Option<(f64, Timestamp)> = None;
    let mut at = question.now;
    while at <= end {
        let (hour, weekday) = wall.at(at);
        if !quiet.is_some_and(|rule| quiet_hours::is_quiet(rule, hour)) {
            let usual = rhythm.hours[usize::from(hour)] * rhythm.weekdays[usize::from(weekday)];
            let own = answers.as_ref().map_or(0.0, |answers| answers[usize::from(of_week(at))]);
            let score = own + SHRINK / HOURS as f64 * usual;
            if best.is_none_or(|(known, _)| score > known) {
                best = Some((score, at));
            }
        }
        let next = at.plus(wall.rest(at));
        if next == at {
            break; // the end of time
        }
        at = next;
    }
    best.map(|(_, at)| spread(at, wall.rest(at).min(end.since(at)), question.seed))
}

/// Answers per hour of the week (UTC), each blurred over its neighbours.
fn smoothed(answers: impl Iterator<Item = (u8, f64)>) -> [f64; HOURS] {
    let mut smooth = [0.0; HOURS];
    for (hour, weight) in answers.filter(|(hour, _)| usize::from(*hour) < HOURS) {
        let hour = usize::from(hour);
        smooth[hour] += weight / 2.0;
        smooth[(hour + 1) % HOURS] += weight / 4.0;
        smooth[(hour + HOURS - 1) % HOURS] += weight / 4.0;
    }
    smooth
}

/// A moment before `rest` has passed that is the recipient's own, so that not all are sent at once.
fn spread(at: Timestamp, rest: Span, seed: u64) -> Timestamp {
    let share = unit(mix(seed ^ fnv1a(b"minute")));
    at.plus(Span((share * rest.0.max(0) as f64) as i64))
}

/// The clock on the recipient's wall. In most windows the offset doesn't change, and is looked up twice only.
struct Wall<'a> {
    zone: &'a str,
    steady: Option<Span>,
}

impl<'a> Wall<'a> {
    fn of(facts: &Facts<'a>, quiet: Option<&'a QuietHours>, now: Timestamp, window: Span) -> Self {
        let own = facts.timezone().filter(|zone| zone::canonical(zone).is_some());
        let zone = own.or_else(|| quiet.map(|rule| rule.timezone.as_str())).unwrap_or("UTC");
        let (first, last) = (zone::offset(zone, now), zone::offset(zone, now.plus(window)));
        Self { zone, steady: first.filter(|_| first == last) }
    }

    fn offset(&self, at: Timestamp) -> Span {
        self.steady.or_else(|| zone::offset(self.zone, at)).unwrap_or_default()
    }

    /// The hour and the weekday.
    fn at(&self, at: Timestamp) -> (u8, u8) {
        let hour = of_week(at.plus(self.offset(at)));
        (hour % 24, hour / 24)
    }

    /// How long the hour still lasts, here and on the recipient's wall.
    fn rest(&self, at: Timestamp) -> Span {
        let left = |at: Timestamp| HOUR - at.0.rem_euclid(HOUR);
        Span(left(at).min(left(at.plus(self.offset(at)))))
    }
}
