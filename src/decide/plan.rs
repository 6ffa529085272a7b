//! The five decisions before a send: audience, channel, timing, content, frequency.
//!
//! [`plan`] asks, for every channel of the campaign, when in the window a message would best come, decides as of then, and takes the channel on which
//! the message is worth most. What holds a message back are the same guardrails that empty an opened mail; the plan adds only what they can't: a better moment.
//!
//! **Timing.** An hour of the week is as good as the answers it brought, smoothed over its neighbours (¼, ½, ¼) and shrunk towards what the model
//! says of everybody by the weight of eight answers. So one click at four in the morning moves nobody's mail to the night. The first of
//! equally good hours is taken; within it the recipient's seed spreads sends over the hour.

use super::guardrails::{fatigue, frequency, quiet_hours};
use super::{Candidates, Case, Decision, Outcome, Question, Witness, run};
use crate::campaign::{Campaign, Learned, Live};
use crate::context::zone::{self, Local};
use crate::context::{Context, Surface};
use crate::hash::{fnv1a, mix, unit};
use crate::intent::{Facts, Model};
use crate::profile::{Channel, HOURS, Profile, of_week};
use crate::time::{HOUR, Span, Timestamp};
use std::collections::BTreeMap;
use std::iter::successors;
use std::rc::Rc;
use std::sync::LazyLock;

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
    let Question { campaign, live, learned, model, now, .. } = *question;
    Planner::new(campaign, live, learned, model, now, window).plan(question.profile, question.seed)
}

/// No request: the context of every plan.
pub(super) static BEFORE_A_SEND: LazyLock<Context> =
    LazyLock::new(|| Context { surface: Surface::Send, ..Context::default() });

/// Plans one campaign for many recipients as of one moment: [`plan`], with what they have in common worked out once.
pub struct Planner<'a> {
    campaign: &'a Campaign,
    live: &'a Live,
    learned: &'a Learned,
    model: &'a Model,
    now: Timestamp,
    window: Span,
    /// By the zone's name. There are as many as zones, so this stays small.
    walls: BTreeMap<String, Rc<Wall>>,
}

impl<'a> Planner<'a> {
    /// A planner for sends within `window` after `now`.
    #[must_use]
    pub const fn new(
        campaign: &'a Campaign,
        live: &'a Live,
        learned: &'a Learned,
        model: &'a Model,
        now: Timestamp,
        window: Span,
    ) -> Self {
        let window = if window.0 < MAX_WINDOW.0 { window } else { MAX_WINDOW };
        Self { campaign, live, learned, model, now, window, walls: BTreeMap::new() }
    }

    /// The five decisions for one recipient.
    pub fn plan(&mut self, profile: &Profile, seed: u64) -> Plan {
        let mut best = self.on(self.campaign.channel, profile, seed);
        for other in &self.campaign.fallback_channels {
            let mut plan = self.on(other.channel, profile, seed);
            if better(&plan, &best) {
                plan.fallback = best.send.then_some(best.channel);
                best = plan;
            } else {
                best.fallback = best.fallback.or_else(|| plan.send.then_some(plan.channel));
            }
        }
        best
    }

    /// The plan on one channel.
    fn on(&mut self, channel: Channel, profile: &Profile, seed: u64) -> Plan {
        let Self { campaign, live, learned, model, now, .. } = *self;
        let context: &Context = &BEFORE_A_SEND;
        let quiet = campaign.guardrails.quiet_hours.as_ref();
        let facts = Facts::with_clock(channel, profile, context, now, |_, _| None);
        let own = facts.timezone().filter(|zone| zone::canonical(zone).is_some());
        let wall = self.wall(own.or_else(|| quiet.map(|rule| rule.timezone.as_str())).unwrap_or("UTC"));
        let moment = wall.best(&facts).map(|hour| spread(hour, seed));
        let at = moment.unwrap_or(now);
        let clock = |zone: &str, at| own.and_then(|_| wall.local(zone, at));
        let facts = Facts::with_clock(channel, profile, context, at, clock);
        let question = Question {
            campaign,
            live,
            learned,
            channel,
            model,
            profile,
            brief: None,
            context,
            now: at,
            seed,
        };
        let case = Case::with_facts(&question, facts);
        let mut seen = Seen { worth: None, left: Candidates::of(campaign) };
        let content = run(&case, &mut seen);
        let quiet = if moment.is_none() { Some("quiet_hours") } else { None };
        let left = [frequency::left(&case, &seen.left), fatigue::left(&case, &seen.left)];
        Plan {
            send: matches!(content.outcome, Outcome::Show | Outcome::FallBack),
            cause: content.cause.or(quiet),
            value: seen.worth,
            channel,
            fallback: None,
            at,
            content,
            left: left.into_iter().flatten().min(),
            next: frequency::next(&case, &seen.left),
        }
    }

    /// The wall of a zone.
    fn wall(&mut self, zone: &str) -> Rc<Wall> {
        if let Some(wall) = self.walls.get(zone) {
            return Rc::clone(wall);
        }
        let wall = Rc::new(Wall::of(zone, self.campaign, self.model, self.now, self.window));
        self.walls.insert(zone.to_owned(), Rc::clone(&wall));
        wall
    }
}

/// Sending beats holding, then what is worth more beats what is worth less.
fn better(one: &Plan, other: &Plan) -> bool {
    (one.send, one.value.unwrap_or(0.0)) > (other.send, other.value.unwrap_or(0.0))
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

/// A moment of the hour that is the recipient's own, so that not all are sent at once.
fn spread(hour: &Hour, seed: u64) -> Timestamp {
    let share = unit(mix(seed ^ fnv1a(b"minute")));
    hour.at.plus(Span((share * hour.rest.0 as f64) as i64))
}

/// The clock on the wall of a zone through the window, and what its hours are good for.
struct Wall {
    /// How far the zone is ahead, if that doesn't change in the window and there is such a zone.
    steady: Option<Span>,
    /// The hours that aren't quiet, in order.
    hours: Vec<Hour>,
    /// The first of the best, for those of whom no answers are known.
    usual: Option<usize>,
}

/// An hour in which a message may be sent.
#[derive(Clone, Copy)]
struct Hour {
    at: Timestamp,
    /// How long it still lasts: here, on the recipient's wall, and in the window.
    rest: Span,
    /// How good it is by what everybody does.
    usual: f64,
}

impl Wall {
    fn of(zone: &str, campaign: &Campaign, model: &Model, now: Timestamp, window: Span) -> Self {
        let end = now.plus(window);
        let (first, last) = (zone::offset(zone, now), zone::offset(zone, end));
        let steady = first.filter(|_| first == last);
        let quiet = campaign.guardrails.quiet_hours.as_ref();
        let left = |at: Timestamp| HOUR - at.0.rem_euclid(HOUR);
        let on_the_wall =
            |at: Timestamp| at.plus(steady.or_else(|| zone::offset(zone, at)).unwrap_or_default());
        // how long the hour lasts, here and on the wall
        let rest = |at: Timestamp| Span(left(at).min(left(on_the_wall(at))));
        // the last instant has no hour after it
        let next = |at: &Timestamp| Some(at.plus(rest(*at))).filter(|next| next > at);
        let mut hours = Vec::new();
        for at in successors(Some(now), next).take_while(|at| *at <= end) {
            let hour_of_week = of_week(on_the_wall(at));
            let (weekday, hour) = (usize::from(hour_of_week / 24), hour_of_week % 24);
            if !quiet.is_some_and(|rule| quiet_hours::is_quiet(rule, hour)) {
                let rest = Span(rest(at).0.min(end.since(at).0).max(0));
                let usual = model.rhythm.hours[usize::from(hour)] * model.rhythm.weekdays[weekday];
                hours.push(Hour { at, rest, usual: SHRINK / HOURS as f64 * usual });
            }
        }
        Self { steady, usual: first_best(hours.iter().map(|hour| hour.usual)), hours }
    }

    /// The best hour for a recipient; none when all of the window is quiet.
    fn best(&self, facts: &Facts<'_>) -> Option<&Hour> {
        let answers = facts.known().map(|profile| &profile.engagement.hours).filter(|h| !h.is_empty());
        let best = match answers {
            None => self.usual,
            Some(answers) => {
                let own = smoothed(answers.answers(facts.now));
                first_best(self.hours.iter().map(|hour| own[usize::from(of_week(hour.at))] + hour.usual))
            }
        };
        self.hours.get(best?)
    }

    /// What it shows at a moment of the window, as [`zone::local`] tells it.
    fn local(&self, zone: &str, at: Timestamp) -> Option<Local> {
        self.steady.map_or_else(|| zone::local(zone, at), |offset| Some(Local::of(at.plus(offset))))
    }
}

/// The place of the first of the highest.
fn first_best(scores: impl Iterator<Item = f64>) -> Option<usize> {
    let best = scores.enumerate().reduce(|best, next| if next.1 > best.1 { next } else { best });
    best.map(|(place, _)| place)
}
