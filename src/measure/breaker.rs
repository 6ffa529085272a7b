//! Breakers: what came of a campaign stops it, or one of its variants, by itself.
//!
//! A [`Watch`] knows who was shown what and what they did then, each person once, whatever lines of the log come twice or in another order. [`Watch::trips`] says what must
//! stop. It may be asked after every line, for as long as the campaign runs: evidence is a likelihood ratio against the limit, which for a rate that keeps the limit exceeds
//! 1,000 at any time with a probability of at most 1 in 1,000 (Ville's inequality). So a breaker trips early when things go very wrong, and by chance hardly ever.
//!
//! | it stops for | when |
//! |---|---|
//! | `unsubscribes`, `complaints` | of those who were shown a variant, or anything, more than the limit did so: twice the limit is likelier than the limit |
//! | `conversion` | those who were shown something order so much less than the holdout that half of what must be kept is likelier |

use crate::campaign::Breakers;
use crate::learn::policy::{Kind, Line};
use crate::time::{DAY, Span, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What stands for everything that the campaign shows.
pub const CAMPAIGN: &str = "campaign";
/// For so long what somebody does is counted for what they were shown, and they are remembered.
const WINDOW: Span = Span(28 * DAY);
/// The natural logarithm of 1,000.
const EVIDENCE: f64 = 6.907_755_278_982_137;
/// Who must be left alone, and who shown something, before conversions are compared.
const LEAST: u64 = 200;

/// A person, as the log knows them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Person {
    /// When they were first shown each variant, or anything.
    shown: BTreeMap<String, Timestamp>,
    /// When they were first held out.
    held_out: Option<Timestamp>,
    /// When they last unsubscribed, complained, ordered.
    unsubscribed: Option<Timestamp>,
    complained: Option<Timestamp>,
    ordered: Option<Timestamp>,
    /// When they were last heard of.
    last: Timestamp,
}

/// All that is known of who was shown what and what they did.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Watch {
    people: BTreeMap<String, Person>,
}

/// Why something stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Too many unsubscribed.
    Unsubscribes,
    /// Too many complained.
    Complaints,
    /// Too few ordered, beside the holdout.
    Conversion,
}

/// What must stop.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trip {
    /// A variant as `slot/variant`, or [`CAMPAIGN`].
    pub stops: String,
    /// Why.
    pub because: Cause,
    /// How many people were shown it.
    pub shown: u64,
    /// How many of them did what it stops for.
    pub counted: u64,
    /// The share that the campaign allows.
    pub limit: f64,
}

impl Watch {
    /// Takes a line; what doesn't matter is passed over.
    pub fn take(&mut self, line: &Line) {
        let what = match line.kind {
            Kind::Exposure if line.fetcher.is_person() => line.outcome.as_deref(),
            Kind::Order | Kind::Unsubscribe | Kind::Complaint => None,
            _ => return,
        };
        let person = self.people.entry(line.subject.clone()).or_default();
        person.last = person.last.max(line.at);
        let latest = |known: &mut Option<Timestamp>| *known = (*known).max(Some(line.at));
        match line.kind {
            Kind::Unsubscribe => latest(&mut person.unsubscribed),
            Kind::Complaint => latest(&mut person.complained),
            Kind::Order => latest(&mut person.ordered),
            _ => {}
        }
        let earliest = |known: Timestamp| known.min(line.at);
        match what {
            Some("hold_out") => person.held_out = Some(person.held_out.map_or(line.at, earliest)),
            Some("show") => {
                let variants = line.assembly.iter().flatten();
                let names =
                    variants.filter_map(|(slot, variant)| Some(format!("{slot}/{}", variant.as_ref()?)));
                for name in names.chain([CAMPAIGN.to_owned()]) {
                    let known = person.shown.entry(name).or_insert(line.at);
                    *known = earliest(*known);
                }
            }
            _ => {}
        }
    }

    /// Forgets who was last heard of too long ago, and, if there are more than `most`, the others that were.
    pub fn bound(&mut self, now: Timestamp, most: usize) {
        self.people.retain(|_, person| now.since(person.last) <= WINDOW);
        if self.people.len() > most {
            let mut last: Vec<Timestamp> = self.people.values().map(|person| person.last).collect();
            let place = last.len() - most;
            let (_, oldest, _) = last.select_nth_unstable(place);
            let oldest = *oldest;
            self.people.retain(|_, person| person.last >= oldest);
        }
    }

    /// What must stop by these rules: the campaign before its variants.
    #[must_use]
    pub fn trips(&self, rules: &Breakers) -> Vec<Trip> {
        let mut arms: BTreeMap<&str, [u64; 4]> = BTreeMap::new();
        let mut held_out = [0_u64; 2];
        for person in self.people.values() {
            let did = |at: Option<Timestamp>, since: Timestamp| {
                u64::from(at.is_some_and(|at| (0..=WINDOW.0).contains(&at.since(since).0)))
            };
            for (name, since) in &person.shown {
                let [shown, unsubscribed, complained, ordered] = arms.entry(name).or_default();
                *shown += 1;
                *unsubscribed += did(person.unsubscribed, *since);
                *complained += did(person.complained, *since);
                *ordered += did(person.ordered, *since);
            }
            if let Some(since) = person.held_out.filter(|_| person.shown.is_empty()) {
                held_out[0] += 1;
                held_out[1] += did(person.ordered, since);
            }
        }
        let mut trips = Vec::new();
        for (name, [shown, unsubscribed, complained, ordered]) in arms {
            let mut trip = |because, counted, limit| {
                trips.push(Trip { stops: name.to_owned(), because, shown, counted, limit });
            };
            for (because, counted, limit) in [
                (Cause::Unsubscribes, unsubscribed, rules.unsubscribes),
                (Cause::Complaints, complained, rules.complaints),
            ] {
                if exceeds(shown, counted, limit) {
                    trip(because, counted, limit);
                }
            }
            if name == CAMPAIGN && collapsed([shown, ordered], held_out, rules.conversion) {
                trip(Cause::Conversion, ordered, rules.conversion);
            }
        }
        trips.sort_by_key(|trip| trip.stops != CAMPAIGN);
        trips
    }
}

/// Is the rate that `counted` of `shown` tells of above the limit? A limit of 0 or 1 limits nothing.
fn exceeds(shown: u64, counted: u64, limit: f64) -> bool {
    let twice = (2.0 * limit).min((1.0 + limit) / 2.0);
    0.0 < limit && limit < 1.0 && evidence(counted, shown.saturating_sub(counted), limit, twice) >= EVIDENCE
}

/// Do the treated order less than this share of what the holdout does? Of each person who ordered it is asked whether they were treated.
fn collapsed([shown, ordered]: [u64; 2], [left_alone, theirs]: [u64; 2], share: f64) -> bool {
    if share <= 0.0 || shown < LEAST || left_alone < LEAST {
        return false;
    }
    let treated = |share: f64| {
        let weight = shown as f64 * share;
        weight / (weight + left_alone as f64)
    };
    evidence(ordered, theirs, treated(share), treated(share / 2.0)) >= EVIDENCE
}

/// The logarithm of how much likelier `yes` and `no` are at a rate of `other` than of `limit`.
fn evidence(yes: u64, no: u64, limit: f64, other: f64) -> f64 {
    yes as f64 * libm::log(other / limit) + no as f64 * libm::log((1.0 - other) / (1.0 - limit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::{mix, unit};

    const RULES: Breakers = Breakers { unsubscribes: 0.02, complaints: 0.003, conversion: 0.5 };

    fn line(kind: &str, subject: usize, more: &str) -> Line {
        let at = "2026-11-22T10:00:00Z";
        Line::parse(&format!(
            r#"{{"id": "{kind}{subject}", "type": "{kind}", "at": "{at}", "subject": "{subject}", "fetcher": "person"{more}}}"#
        ))
        .unwrap()
    }

    fn shown(subject: usize, variant: &str) -> Line {
        line("exposure", subject, &format!(r#", "outcome": "show", "assembly": {{"hero": "{variant}"}}"#))
    }

    #[test]
    fn it_stops_the_variant_that_drives_people_away() {
        let mut watch = Watch::default();
        for subject in 0..4000 {
            watch.take(&shown(subject, if subject % 8 == 0 { "loud" } else { "calm" }));
            if subject % 8 == 0 && subject % 80 == 0 {
                // outcomes may come before what they answer to, and twice
                watch.take(&line("unsubscribe", subject + 8, ""));
                watch.take(&line("unsubscribe", subject + 8, ""));
            }
        }
        let trips = watch.trips(&RULES);
        assert_eq!(trips.len(), 1, "{trips:?}");
        assert_eq!((trips[0].stops.as_str(), trips[0].because), ("hero/loud", Cause::Unsubscribes));
        assert_eq!((trips[0].shown, trips[0].counted), (500, 50));
    }

    #[test]
    fn it_stops_a_campaign_that_sells_less_than_silence() {
        let run = |treated: usize| {
            let mut watch = Watch::default();
            for subject in 0..4000 {
                if subject % 2 == 0 {
                    watch.take(&shown(subject, "sale"));
                } else {
                    watch.take(&line("exposure", subject, r#", "outcome": "hold_out""#));
                }
                let every = if subject % 2 == 0 { treated } else { 10 };
                if subject / 2 % every == 0 {
                    watch.take(&line("order", subject, ""));
                }
            }
            watch.trips(&RULES)
        };
        assert_eq!(run(10), []);
        assert_eq!(run(100).iter().map(|trip| trip.because).collect::<Vec<_>>(), [Cause::Conversion]);
    }

    #[test]
    fn machines_and_doubles_count_for_nothing() {
        let mut watch = Watch::default();
        let mut proxy = shown(1, "sale");
        proxy.fetcher = crate::context::Fetcher::Scanner;
        watch.take(&proxy);
        assert_eq!(watch, Watch::default());
    }

    /// However often it is asked, a rate at its limit trips it in fewer than 1 of 100 campaigns (by the bound, 1 of 1,000).
    #[test]
    fn chance_trips_hardly_ever() {
        let mut tripped = 0;
        for campaign in 0..2000_u64 {
            let mut counted = 0;
            tripped += u32::from((1..=2000_u64).any(|shown| {
                counted += u64::from(unit(mix(mix(campaign) ^ shown)) < 0.02);
                exceeds(shown, counted, 0.02)
            }));
        }
        assert!(tripped <= 6, "{tripped} of 2000");
    }
}
