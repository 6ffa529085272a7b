//! The metric stack: delivery, engagement, conversion, efficiency; by variant, segment and fetcher; lift against the holdout; alarms.
//!
//! What isn't known is said so: a figure is `null`, and where a reader would ask why, `unknown` says it. Intervals are confidence sequences ([`super::sequence`]): 95 %, at all looks together.
//! Counts are of all that was told so far; rates with intervals, and lift, are of messages and recipients whose windows have closed, since of others it isn't known yet who doesn't.

use super::mismatch;
use super::sequence::{self, FEWEST, FEWEST_AMOUNTS, FEWEST_EVENTS, Figure, Sample};
use super::tally::{
    Arm, Arms, Aside, CLICK, COMPLAINT, Counts, DIMENSIONS, ORDER, RECENT, Sums, Tally, UNSUBSCRIBE, kind_of,
};
use crate::campaign::{Campaign, Live};
use crate::hash::Key;
use crate::order;
use crate::time::{Timestamp, civil_from_days};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::iter::zip;

/// The most points of a series.
const MOST_POINTS: usize = 60;
/// The most values of a dimension that are told apart; the rest are "other".
const MOST_VALUES: usize = 12;
/// From which complaint rate on mailbox providers turn senders away (Gmail's and Yahoo's rules for bulk senders).
const MOST_COMPLAINTS: f64 = 0.003;

/// What a campaign brought, as `GET /v1/campaigns/{id}/results` and `apropos results --json` tell it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct Results {
    /// The campaign's id.
    pub campaign: String,
    /// The version of it that names and prices are of.
    pub version: String,
    /// As of when.
    #[cfg_attr(feature = "cli", schemars(with = "String"))]
    pub at: Timestamp,
    /// What money is in.
    pub currency: String,
    /// Of which share of recipients lines are counted; 1 but for very large campaigns.
    pub share: f64,
    /// When the first line was from; null when there is none.
    #[cfg_attr(feature = "cli", schemars(with = "Option<String>"))]
    pub first: Option<Timestamp>,
    /// When the last line was from.
    #[cfg_attr(feature = "cli", schemars(with = "Option<String>"))]
    pub last: Option<Timestamp>,
    /// How long outcomes count.
    pub windows: Windows,
    /// What is wrong.
    pub alarms: Vec<Alarm>,
    /// The first layer: did messages arrive, and were they welcome?
    pub delivery: Delivery,
    /// The second: were they looked at and followed?
    pub engagement: Engagement,
    /// The third: what did people order?
    pub conversion: Conversion,
    /// The fourth: was it worth it?
    pub efficiency: Efficiency,
    /// Treated against held out.
    pub experiment: Experiment,
    /// By what was shown. The policy chose who saw what, so these describe and don't compare.
    pub variants: Vec<OfVariant>,
    /// By who the recipients are.
    pub segments: Vec<Segment>,
    /// By who fetched: people's own clients, proxies on their behalf, prefetches of nobody.
    pub fetchers: Vec<Fetched>,
    /// By what was decided, and why.
    pub decisions: Vec<Decided>,
    /// By how many messages somebody had seen in the week before.
    pub fatigue: Vec<Fatigue>,
    /// How far orders hang on incentives.
    pub discounts: Discounts,
    /// The lines of the log that this was told from.
    pub log: Log,
}

/// How long outcomes count for what was shown, and how late a line may come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct Windows {
    /// Clicks.
    pub click: String,
    /// Orders, unsubscribes and complaints.
    pub order: String,
    /// How late a line of the log may come.
    pub lateness: String,
}

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct Alarm {
    /// What it is: `sample_ratio`, `holdout_changed`, `complaints`, `harm`, `currency`, `late`.
    pub alarm: String,
    /// In a sentence, with what to do.
    pub says: String,
}

/// Delivery quality.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct Delivery {
    /// Messages delivered in the last seven days, as `live` was told; null when it wasn't.
    pub delivered_week: Option<u64>,
    /// Complaints about them, as `live` was told.
    pub complaints_week: Option<u64>,
    /// Messages of which an image was fetched, by whomever.
    pub fetched: u64,
    /// Of them those that were only fetched ahead: whether anybody looked isn't known.
    pub prefetched: u64,
    /// Messages after which somebody unsubscribed.
    pub unsubscribed: u64,
    /// Messages after which somebody complained.
    pub complained: u64,
    /// Unsubscribed, per message that was looked at.
    pub unsubscribe_rate: Option<Figure>,
    /// Complained, per message that was looked at.
    pub complaint_rate: Option<Figure>,
}

/// Engagement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct Engagement {
    /// People who looked at a message that the campaign was for.
    pub recipients: u64,
    /// Messages that people looked at.
    pub seen: u64,
    /// Of them those that were followed.
    pub clicked: u64,
    /// Followed, per message that was looked at.
    pub click_rate: Option<Figure>,
    /// Messages that were fetched ahead and followed: somebody looked, but no look was seen.
    pub prefetched_clicked: u64,
}

/// Conversion. All but `elsewhere` counts for the latest message before it, within the window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct Conversion {
    /// Messages that were looked at and after which somebody ordered.
    pub ordered: u64,
    /// Orders.
    pub orders: u64,
    /// What they brought.
    pub revenue: f64,
    /// Ordered, per message that was looked at.
    pub order_rate: Option<Figure>,
    /// Orders that came after no message, or too long after it.
    pub elsewhere: u64,
    /// Orders whose worth in the campaign's currency isn't known.
    pub unpriced: u64,
}

/// Efficiency.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct Efficiency {
    /// Revenue per message that was looked at.
    pub revenue_per_message: Option<f64>,
    /// What incentives cost.
    pub incentives: f64,
    /// What the messages that were looked at cost to send.
    pub sends: f64,
    /// Both, per order.
    pub cost_per_order: Option<f64>,
    /// Revenue that a recipient brings because of the campaign: the treated mean less that of the held out.
    pub incremental_revenue_per_recipient: Option<Figure>,
    /// The same per message that the treated looked at: incremental revenue per send, as far as sends are seen.
    pub incremental_revenue_per_message: Option<Figure>,
    /// The same of all treated recipients whose windows have closed.
    pub incremental_revenue: Option<Figure>,
}

/// How many of each arm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct Split {
    /// The treated.
    pub treated: u64,
    /// The held out.
    pub held_out: u64,
}

/// Treated against held out, recipients as they were assigned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct Experiment {
    /// The share that is held out.
    pub holdout: f64,
    /// Recipients so far.
    pub assigned: Split,
    /// Recipients whose windows have closed: of these lift is told.
    pub settled: Split,
    /// Are as many held out as should be?
    pub mismatch: Mismatch,
    /// What the campaign adds.
    pub lift: Lifts,
    /// How lift became known: recipients up to and with each day of assignment. At most 60 days, evenly.
    pub series: Vec<Point>,
}

/// Whether as many are held out as should be.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct Mismatch {
    /// The share that should be held out, of those who were assigned.
    pub expected: f64,
    /// The share that is; null before anybody was assigned.
    pub observed: Option<f64>,
    /// How much likelier the counts are if something is wrong: a Bayes factor. From 100 on the alarm rings.
    pub evidence: f64,
    /// Does it ring?
    pub alarm: bool,
}

/// What the campaign adds, per recipient.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct Lifts {
    /// Who clicks.
    pub click: Lift,
    /// Who orders.
    pub order: Lift,
    /// What they bring.
    pub revenue: Lift,
    /// Who unsubscribes.
    pub unsubscribe: Lift,
    /// Who complains.
    pub complaint: Lift,
}

/// The treated against the held out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct Lift {
    /// The mean of the treated; null when there is nobody.
    pub treated: Option<f64>,
    /// The mean of the held out.
    pub held_out: Option<f64>,
    /// By how much the treated are above.
    pub difference: Option<Figure>,
    /// By which share.
    pub relative: Option<Figure>,
    /// Why the difference isn't known.
    pub unknown: Option<String>,
}

/// What was known of lift from recipients up to a day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct Point {
    /// The last day of assignment.
    pub day: String,
    /// The treated.
    pub treated: u64,
    /// The held out.
    pub held_out: u64,
    /// By how much more of the treated click.
    pub click: Option<Figure>,
    /// By how much more of them order.
    pub order: Option<Figure>,
    /// How much more each brings.
    pub revenue: Option<Figure>,
}

/// Messages, and what came of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct Funnel {
    /// Messages.
    pub messages: u64,
    /// Of them those that were followed.
    pub clicked: u64,
    /// Of them those after which somebody ordered.
    pub ordered: u64,
    /// Orders.
    pub orders: u64,
    /// What orders brought.
    pub revenue: f64,
    /// What incentives cost.
    pub incentives: f64,
    /// Messages after which somebody unsubscribed.
    pub unsubscribed: u64,
    /// Messages after which somebody complained.
    pub complained: u64,
    /// Followed, per message.
    pub click_rate: Option<Figure>,
    /// Ordered, per message.
    pub order_rate: Option<Figure>,
    /// Unsubscribed, per message.
    pub unsubscribe_rate: Option<Figure>,
}

/// Messages that showed a variant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct OfVariant {
    /// The slot.
    pub slot: String,
    /// The variant.
    pub variant: String,
    /// A click counts for what was followed, all else for everything that the message showed.
    #[serde(flatten)]
    pub funnel: Funnel,
}

/// Messages to some of the recipients, and lift among them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct Segment {
    /// `fetcher`, `device`, `country`, `stage`, or `intent`: how likely an order was.
    pub dimension: String,
    /// The value, `unknown` where nothing may be known, `other` for the rarest.
    pub value: String,
    /// What came of the messages.
    #[serde(flatten)]
    pub funnel: Funnel,
    /// Recipients whose windows have closed.
    pub settled: Split,
    /// What the campaign adds among them.
    pub lift: Lifts,
}

/// Messages that a kind of client fetched.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct Fetched {
    /// Who fetched.
    pub fetcher: String,
    /// `human`, `proxy` on a human's behalf, `prefetch`, or `unknown`.
    pub kind: String,
    /// Messages.
    pub messages: u64,
    /// Of them those that were followed.
    pub clicked: u64,
}

/// Messages by what was decided.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct Decided {
    /// `show`, `suppress`, `hold_out` or `fall_back`.
    pub outcome: String,
    /// The guardrail that settled it, or `value` where nothing was worth more than silence.
    pub cause: Option<String>,
    /// Messages.
    pub messages: u64,
}

/// Messages by how many somebody had seen in the week before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct Fatigue {
    /// How many, in words.
    pub recent: String,
    /// What came of the messages.
    #[serde(flatten)]
    pub funnel: Funnel,
}

/// How far orders hang on incentives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct Discounts {
    /// Orders after a message that was looked at.
    pub orders: u64,
    /// Of them those after a message with an incentive.
    pub with_incentive: u64,
    /// Their share.
    pub order_share: Option<f64>,
    /// Their share of revenue.
    pub revenue_share: Option<f64>,
    /// Who ordered after a message.
    pub buyers: u64,
    /// Of them who ordered more than once.
    pub repeat_buyers: u64,
    /// Of those who only ever did with an incentive.
    pub only_with_incentive: u64,
}

/// The lines that were counted: distinct ones, by their ids.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct Log {
    /// Clicks.
    pub clicks: u64,
    /// Orders.
    pub orders: u64,
    /// What orders brought.
    pub revenue: f64,
    /// Unsubscribes.
    pub unsubscribes: u64,
    /// Complaints.
    pub complaints: u64,
    /// Lines that were not counted.
    pub aside: Aside,
}

impl Results {
    /// What a tally tells as of `now`. What `live` was told of delivery stands beside it.
    #[must_use]
    pub fn of(tally: &Tally, campaign: &Campaign, live: &Live, now: Timestamp) -> Self {
        let all = Both { so_far: &tally.so_far(campaign), settled: tally.settled() };
        let experiment = Experiment::of(campaign, all);
        let spanned = tally.spanned();
        let learning = &campaign.learning;
        let mut results = Self {
            campaign: campaign.id.name.clone(),
            version: campaign.version.to_string(),
            at: now,
            currency: campaign.value.currency.clone(),
            share: tally.share(),
            first: spanned.map(|(first, _)| first),
            last: spanned.map(|(_, last)| last),
            windows: Windows {
                click: learning.click.to_string(),
                order: learning.order.to_string(),
                lateness: learning.lateness.to_string(),
            },
            alarms: Vec::new(),
            delivery: Delivery::of(all, live),
            engagement: Engagement::of(all, &experiment),
            conversion: Conversion::of(all),
            efficiency: Efficiency::of(all, campaign, &experiment),
            variants: variants(all, tally, campaign),
            segments: segments(all, tally),
            fetchers: fetchers(all, tally),
            decisions: decisions(all, tally),
            fatigue: fatigue(all),
            discounts: Discounts::of(all, tally, campaign),
            log: Log::of(all, tally),
            experiment,
        };
        results.alarms = results.alarms(all);
        results
    }

    fn alarms(&self, all: Both<'_>) -> Vec<Alarm> {
        let mut alarms = Vec::new();
        let mut ring = |alarm: &str, says: String| alarms.push(Alarm { alarm: alarm.to_owned(), says });
        let Mismatch { expected, observed, alarm, .. } = self.experiment.mismatch;
        if alarm {
            let observed = observed.unwrap_or_default();
            ring(
                "sample_ratio",
                format!(
                    "{} % are held out where {} % should be: assignment or log is broken, and no lift can be trusted until that is found",
                    percent(observed),
                    percent(expected)
                ),
            );
        }
        if all.so_far.assigned.iter().filter(|(_, counts)| counts.iter().sum::<u64>() >= FEWEST).count() > 1 {
            ring(
                "holdout_changed",
                "the holdout's share was changed on the way, so both arms were not assigned alike over time: trust lift only if it was steady, and better begin a new campaign".into(),
            );
        }
        let told = |figure: Option<Figure>, limit: f64| figure.is_some_and(|figure| figure.low > limit);
        if told(self.delivery.complaint_rate, MOST_COMPLAINTS) {
            ring("complaints", "more than 0.3 % complain, by the interval's lower end: mailbox providers turn such senders away; pause the campaign".into());
        }
        let harms = [("order", &self.experiment.lift.order), ("revenue", &self.experiment.lift.revenue)];
        for (what, lift) in harms {
            if lift.difference.is_some_and(|figure| figure.high < 0.0) {
                ring(
                    "harm",
                    format!("the treated bring less than the held out ({what}): pause the campaign"),
                );
            }
        }
        if self.conversion.unpriced > 0 {
            let (n, currency) = (self.conversion.unpriced, &self.currency);
            ring(
                "currency",
                format!(
                    "{n} orders have no worth in {currency}: send `total` and `currency`, or what they brought is missing everywhere here"
                ),
            );
        }
        if self.log.aside.late > 0 {
            let (n, lateness) = (self.log.aside.late, &self.windows.lateness);
            ring(
                "late",
                format!(
                    "{n} lines came more than {lateness} late and are missing: raise `learning.lateness`"
                ),
            );
        }
        alarms
    }
}

/// The same counts twice: of all that was told, and of what is settled.
#[derive(Clone, Copy)]
struct Both<'a> {
    so_far: &'a Sums,
    settled: &'a Sums,
}

impl Delivery {
    fn of(Both { so_far, settled }: Both<'_>, live: &Live) -> Self {
        let known = |count: u64| (live.delivered > 0).then_some(count);
        let rate = |kind: usize| sequence::rate(settled.seen.messages, settled.seen.with[kind]);
        Self {
            delivered_week: known(live.delivered),
            complaints_week: known(live.complaints),
            fetched: so_far.seen.messages + so_far.unseen.messages,
            prefetched: so_far.unseen.messages,
            unsubscribed: so_far.seen.with[UNSUBSCRIBE] + so_far.unseen.with[UNSUBSCRIBE],
            complained: so_far.seen.with[COMPLAINT] + so_far.unseen.with[COMPLAINT],
            unsubscribe_rate: rate(UNSUBSCRIBE),
            complaint_rate: rate(COMPLAINT),
        }
    }
}

impl Engagement {
    fn of(Both { so_far, settled }: Both<'_>, experiment: &Experiment) -> Self {
        Self {
            recipients: experiment.assigned.treated + experiment.assigned.held_out,
            seen: so_far.seen.messages,
            clicked: so_far.seen.with[CLICK],
            click_rate: sequence::rate(settled.seen.messages, settled.seen.with[CLICK]),
            prefetched_clicked: so_far.unseen.with[CLICK],
        }
    }
}

impl Conversion {
    fn of(Both { so_far, settled }: Both<'_>) -> Self {
        Self {
            ordered: so_far.seen.with[ORDER],
            orders: so_far.seen.orders,
            revenue: money(so_far.seen.cents),
            order_rate: sequence::rate(settled.seen.messages, settled.seen.with[ORDER]),
            elsewhere: so_far.told[ORDER].saturating_sub(so_far.seen.orders),
            unpriced: so_far.unpriced,
        }
    }
}

impl Efficiency {
    fn of(Both { so_far, settled }: Both<'_>, campaign: &Campaign, experiment: &Experiment) -> Self {
        let seen = &so_far.seen;
        let sends = campaign.value.send * seen.messages as f64;
        let per = |what: f64, count: u64| (count > 0).then(|| what / count as f64);
        let added = experiment.lift.revenue.difference;
        // each treated recipient looked at so many messages, by now
        let treated = experiment.assigned.treated;
        let held = settled_decisions(so_far);
        let each = per((seen.messages - held) as f64, treated).filter(|each| *each > 0.0);
        Self {
            revenue_per_message: per(money(seen.cents), seen.messages),
            incentives: money(seen.incentives),
            sends,
            cost_per_order: per(sends + money(seen.incentives), seen.orders),
            incremental_revenue_per_recipient: added,
            incremental_revenue_per_message: added.zip(each).map(|(figure, each)| scaled(figure, 1.0 / each)),
            incremental_revenue: added.map(|figure| scaled(figure, total(settled)[0].recipients as f64)),
        }
    }
}

/// How many messages were looked at that the campaign didn't treat: held out, or not for whom it is.
fn settled_decisions(sums: &Sums) -> u64 {
    let held = Key::of("hold_out");
    sums.decisions.iter().filter(|((outcome, _), _)| *outcome == held).map(|(_, count)| count).sum()
}

impl Experiment {
    fn of(campaign: &Campaign, Both { so_far, settled }: Both<'_>) -> Self {
        let arms = total(settled);
        let [treated, held_out] = so_far.assigned.values().fold([0, 0], |[a, b], [c, d]| [a + c, b + d]);
        Self {
            holdout: campaign.holdout,
            assigned: Split { treated, held_out },
            settled: Split { treated: arms[0].recipients, held_out: arms[1].recipients },
            mismatch: Mismatch::of(so_far),
            lift: Lifts::of(&arms),
            series: series(settled),
        }
    }
}

impl Lifts {
    fn of(arms: &Arms) -> Self {
        Self {
            click: of_rate(arms, CLICK),
            order: of_rate(arms, ORDER),
            revenue: of_amounts(arms),
            unsubscribe: of_rate(arms, UNSUBSCRIBE),
            complaint: of_rate(arms, COMPLAINT),
        }
    }
}

impl Mismatch {
    fn of(sums: &Sums) -> Self {
        let share = |share: u32| f64::from(share) / 1e6;
        let evidence =
            sums.assigned.iter().map(|(parts, counts)| mismatch::evidence(share(*parts), *counts)).sum();
        let (mut all, mut held, mut meant) = (0, 0, 0.0);
        for (parts, [treated, held_out]) in &sums.assigned {
            all += treated + held_out;
            held += held_out;
            meant += share(*parts) * (treated + held_out) as f64;
        }
        let of_all = |what: f64| if all == 0 { 0.0 } else { what / all as f64 };
        Self {
            expected: of_all(meant),
            observed: (all > 0).then(|| of_all(held as f64)),
            // a number that JSON can hold, however sure it is
            evidence: libm::exp(f64::min(evidence, 300.0)),
            alarm: mismatch::rings(evidence),
        }
    }
}

fn total(sums: &Sums) -> Arms {
    let mut arms = Arms::default();
    for day in sums.days.values() {
        zip(&mut arms, day).for_each(|(arm, more)| arm.add(more));
    }
    arms
}

fn series(sums: &Sums) -> Vec<Point> {
    let mut arms = Arms::default();
    let days: Vec<(i64, Arms)> = sums
        .days
        .iter()
        .map(|(day, more)| {
            zip(&mut arms, more).for_each(|(arm, more)| arm.add(more));
            (*day, arms)
        })
        .collect();
    let every = days.len().div_ceil(MOST_POINTS).max(1);
    let last = days.len().saturating_sub(1);
    let kept = days.iter().enumerate().filter(|(i, _)| i % every == last % every);
    kept.map(|(_, (day, arms))| {
        let (year, month, day) = civil_from_days(*day);
        Point {
            day: format!("{year:04}-{month:02}-{day:02}"),
            treated: arms[0].recipients,
            held_out: arms[1].recipients,
            click: of_rate(arms, CLICK).difference,
            order: of_rate(arms, ORDER).difference,
            revenue: of_amounts(arms).difference,
        }
    })
    .collect()
}

/// Lift in who does something.
fn of_rate(arms: &Arms, kind: usize) -> Lift {
    lift(arms.map(|arm| Sample::rate(arm.recipients, arm.with[kind])), 0)
}

/// Lift in what they bring.
fn of_amounts(arms: &Arms) -> Lift {
    let sample = |arm: Arm| Sample::amounts(arm.recipients, arm.paying, arm.cents, arm.squares);
    lift(arms.map(sample), FEWEST_AMOUNTS)
}

/// Lift, if there were so many events in each arm.
fn lift([treated, held_out]: [Sample; 2], fewest: u64) -> Lift {
    let unknown = unknown(&treated, &held_out, fewest);
    let known = unknown.is_none();
    let mean = |sample: &Sample| (sample.size > 0).then_some(sample.mean);
    Lift {
        treated: mean(&treated),
        held_out: mean(&held_out),
        difference: sequence::difference(&treated, &held_out).filter(|_| known),
        relative: sequence::relative(&treated, &held_out).filter(|_| known),
        unknown,
    }
}

/// Why it can't be said yet by how much the treated are above.
fn unknown(treated: &Sample, held_out: &Sample, fewest: u64) -> Option<String> {
    let (least, events) = (treated.size.min(held_out.size), treated.events + held_out.events);
    if least < FEWEST {
        return Some(match held_out.size {
            0 => "nobody who is held out has been watched to the end of the window".to_owned(),
            _ => {
                format!("fewer than {FEWEST} recipients of an arm have been watched to the end of the window")
            }
        });
    }
    if events < FEWEST_EVENTS {
        return Some(format!("it happened fewer than {FEWEST_EVENTS} times in all"));
    }
    let few = treated.events.min(held_out.events) < fewest;
    few.then(|| format!("fewer than {fewest} of an arm brought anything"))
}

impl Funnel {
    fn of(so_far: &Counts, settled: Option<&Counts>) -> Self {
        let rate =
            |kind: usize| settled.and_then(|counts| sequence::rate(counts.messages, counts.with[kind]));
        Self {
            messages: so_far.messages,
            clicked: so_far.with[CLICK],
            ordered: so_far.with[ORDER],
            orders: so_far.orders,
            revenue: money(so_far.cents),
            incentives: money(so_far.incentives),
            unsubscribed: so_far.with[UNSUBSCRIBE],
            complained: so_far.with[COMPLAINT],
            click_rate: rate(CLICK),
            order_rate: rate(ORDER),
            unsubscribe_rate: rate(UNSUBSCRIBE),
        }
    }
}

/// In the campaign's order; what it has no more comes last.
fn variants(Both { so_far, settled }: Both<'_>, tally: &Tally, campaign: &Campaign) -> Vec<OfVariant> {
    let place = |of: &OfVariant| {
        let slot = campaign.slot(&of.slot);
        let variant = slot.and_then(|(_, slot)| slot.variant(Key::of(&of.variant)));
        (slot.map_or(usize::MAX, |(place, _)| place), variant.map_or(usize::MAX, usize::from))
    };
    let mut all: Vec<OfVariant> = so_far
        .variants
        .iter()
        .map(|(on @ (slot, variant), counts)| OfVariant {
            slot: tally.named(*slot).to_owned(),
            variant: tally.named(*variant).to_owned(),
            funnel: Funnel::of(counts, settled.variants.get(on)),
        })
        .collect();
    order::by_key(&mut all, |of| (place(of), of.slot.clone(), of.variant.clone()));
    all
}

/// The values of each dimension by size, the rarest together.
fn segments(Both { so_far, settled }: Both<'_>, tally: &Tally) -> Vec<Segment> {
    let mut segments = Vec::new();
    for (dimension, name) in DIMENSIONS.iter().enumerate() {
        let mut values: Vec<(Key, Counts)> = so_far
            .segments
            .range((dimension, Key(0))..=(dimension, Key(u32::MAX)))
            .map(|((_, value), counts)| (*value, *counts))
            .collect();
        order::by_key(&mut values, |(value, counts)| (u64::MAX - counts.messages, *value));
        let mut told: BTreeMap<usize, (String, Counts, Counts, Arms)> = BTreeMap::new();
        for (place, (value, counts)) in values.iter().enumerate() {
            let key = (dimension, *value);
            let place = place.min(MOST_VALUES);
            let (called, all, done, arms) = told.entry(place).or_default();
            *called = if place < MOST_VALUES { tally.named(*value).to_owned() } else { "other".to_owned() };
            all.add(counts);
            done.add(&settled.segments.get(&key).copied().unwrap_or_default());
            zip(arms, settled.arms.get(&key).copied().unwrap_or_default())
                .for_each(|(arm, more)| arm.add(&more));
        }
        segments.extend(told.into_values().map(|(value, all, done, arms)| Segment {
            dimension: (*name).to_owned(),
            value,
            funnel: Funnel::of(&all, Some(&done)),
            settled: Split { treated: arms[0].recipients, held_out: arms[1].recipients },
            lift: Lifts::of(&arms),
        }));
    }
    segments
}

fn fetchers(all: Both<'_>, tally: &Tally) -> Vec<Fetched> {
    let told = all.so_far.fetchers.iter().map(|(fetcher, [messages, clicked])| {
        let fetcher = tally.named(*fetcher).to_owned();
        Fetched { kind: kind_of(&fetcher).to_owned(), fetcher, messages: *messages, clicked: *clicked }
    });
    let mut told: Vec<Fetched> = told.collect();
    order::by_key(&mut told, |fetched| {
        (fetched.kind.clone(), u64::MAX - fetched.messages, fetched.fetcher.clone())
    });
    told
}

fn decisions(all: Both<'_>, tally: &Tally) -> Vec<Decided> {
    let told = all.so_far.decisions.iter().map(|((outcome, cause), messages)| Decided {
        outcome: tally.named(*outcome).to_owned(),
        cause: cause.map(|cause| tally.named(cause).to_owned()),
        messages: *messages,
    });
    let mut told: Vec<Decided> = told.collect();
    order::by_key(&mut told, |decided| {
        (u64::MAX - decided.messages, decided.outcome.clone(), decided.cause.clone())
    });
    told
}

fn fatigue(Both { so_far, settled }: Both<'_>) -> Vec<Fatigue> {
    let rows =
        zip(RECENT, zip(&so_far.recent, &settled.recent)).filter(|(_, (counts, _))| counts.messages > 0);
    rows.map(|(recent, (counts, settled))| Fatigue {
        recent: recent.to_owned(),
        funnel: Funnel::of(counts, Some(settled)),
    })
    .collect()
}

impl Discounts {
    fn of(Both { so_far, .. }: Both<'_>, tally: &Tally, campaign: &Campaign) -> Self {
        let buyers = tally.buyers(campaign);
        let repeat = || buyers.values().filter(|[without, with]| without + with > 1);
        let share = |part: f64, all: f64| (all > 0.0).then(|| part / all);
        Self {
            orders: so_far.seen.orders,
            with_incentive: so_far.discounts.orders,
            order_share: share(so_far.discounts.orders as f64, so_far.seen.orders as f64),
            revenue_share: share(so_far.discounts.cents as f64, so_far.seen.cents as f64),
            buyers: buyers.len() as u64,
            repeat_buyers: repeat().count() as u64,
            only_with_incentive: repeat().filter(|[without, _]| *without == 0).count() as u64,
        }
    }
}

impl Log {
    fn of(Both { so_far, .. }: Both<'_>, tally: &Tally) -> Self {
        let [clicks, orders, unsubscribes, complaints] = so_far.told;
        let aside = tally.aside;
        Self { clicks, orders, revenue: money(so_far.cents), unsubscribes, complaints, aside }
    }
}

fn scaled(figure: Figure, by: f64) -> Figure {
    Figure { value: figure.value * by, low: figure.low * by, high: figure.high * by }
}

fn money(cents: i64) -> f64 {
    cents as f64 / 100.0
}

fn percent(share: f64) -> f64 {
    libm::round(share * 1e4) / 100.0
}
