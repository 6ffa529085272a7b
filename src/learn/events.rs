//! From the Worker's event log to a log that policies can be judged on.
//!
//! Lines that speak of one decision (same subject, campaign, version, and moment of deciding) are one row: what was done is the assembly, over all slots that were
//! served, because the logged probability is that of the whole. A click in one of its slots within a week is the outcome. Left out, and counted, are
//! decisions in which nothing was drawn (holdouts, fallbacks, what guardrails forbade), and those of which not every slot was seen.

use crate::time::{DAY, Span, Timestamp};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// A click later than this after the decision is no answer to it.
pub const WINDOW: Span = Span(7 * DAY);
/// The action of staying silent.
pub const NONE: &str = "none";

/// The decisions of a log, a value per decision in each list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decisions {
    /// The names of the actions; [`NONE`] first, then assemblies such as `cta=buy hero=sea`.
    pub actions: Vec<String>,
    /// Whose decision: the random subject of the log.
    pub subjects: Vec<String>,
    /// What was done, by its place in `actions`.
    pub given: Vec<usize>,
    /// With what probability.
    pub logged: Vec<f64>,
    /// Whether a click followed.
    pub clicked: Vec<bool>,
    /// How many decisions were left out because nothing was drawn.
    pub settled: usize,
    /// How many were left out because not every slot of them was seen.
    pub partial: usize,
}

/// Reads lines one by one.
#[derive(Default)]
pub struct Reader {
    ids: HashSet<String>,
    decisions: BTreeMap<Place, Decision>,
    clicks: Vec<Line>,
    campaigns: BTreeSet<String>,
}

/// Which decision: subject, campaign, version, moment.
type Place = (String, String, String, Timestamp);

#[derive(Default)]
struct Decision {
    shown: BTreeMap<String, String>,
    probability: f64,
    drawn: bool,
    silent: bool,
}

#[derive(Clone, Deserialize)]
struct Line {
    schema: u32,
    id: String,
    #[serde(rename = "type")]
    kind: String,
    at: Timestamp,
    subject: String,
    campaign: String,
    version: String,
    slot: String,
    #[serde(default)]
    variant: Option<String>,
    #[serde(default)]
    outcome: Option<String>,
    #[serde(default)]
    cause: Option<String>,
    #[serde(default)]
    probability: Option<f64>,
    #[serde(default)]
    decided_at: Option<Timestamp>,
}

impl Reader {
    /// Takes in a line. Lines of other campaigns than `campaign`, if one is asked for, and lines read before are passed over.
    ///
    /// # Errors
    /// Why it is no line of an event log.
    pub fn read(&mut self, text: &str, campaign: Option<&str>) -> Result<(), String> {
        let line: Line = serde_json::from_str(text).map_err(|e| e.to_string())?;
        if line.schema != 1 {
            return Err(format!("schema {} is not known; this build reads schema 1", line.schema));
        }
        if campaign.is_some_and(|asked| asked != line.campaign) || !self.ids.insert(line.id.clone()) {
            return Ok(());
        }
        self.campaigns.insert(line.campaign.clone());
        match line.kind.as_str() {
            "exposure" => self.exposure(line),
            "click" => {
                self.clicks.push(line);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn exposure(&mut self, line: Line) -> Result<(), String> {
        let probability = line
            .probability
            .ok_or("the exposure has no probability; without it no other policy can be judged on it")?;
        let place = (line.subject, line.campaign, line.version, line.decided_at.unwrap_or(line.at));
        let decision = self.decisions.entry(place).or_default();
        let silent = line.outcome.as_deref() == Some("suppress");
        // a guardrail names itself as the cause; "value" is the policy's own silence
        let drawn =
            line.outcome.as_deref() == Some("show") || (silent && line.cause.as_deref() == Some("value"));
        (decision.probability, decision.drawn, decision.silent) = (probability, drawn, silent);
        decision.shown.insert(line.slot, line.variant.unwrap_or_default());
        Ok(())
    }

    /// The campaigns that lines spoke of.
    pub fn campaigns(&self) -> impl Iterator<Item = &str> {
        self.campaigns.iter().map(String::as_str)
    }

    /// The decisions of all lines so far.
    #[must_use]
    pub fn decisions(self) -> Decisions {
        let mut out = Decisions { actions: vec![NONE.to_owned()], ..Decisions::default() };
        let mut slots: BTreeMap<(&String, &String), BTreeSet<&String>> = BTreeMap::new();
        for ((_, campaign, version, _), decision) in &self.decisions {
            slots.entry((campaign, version)).or_default().extend(decision.shown.keys());
        }
        let mut clicks: BTreeMap<(&String, &String, &String), Vec<Timestamp>> = BTreeMap::new();
        for click in &self.clicks {
            clicks.entry((&click.subject, &click.campaign, &click.slot)).or_default().push(click.at);
        }
        for ((subject, campaign, version, at), decision) in &self.decisions {
            let all = slots.get(&(campaign, version)).map_or(0, BTreeSet::len);
            if !decision.drawn {
                out.settled += 1;
            } else if !decision.silent && decision.shown.len() < all {
                out.partial += 1;
            } else {
                let answers = |slot| clicks.get(&(subject, campaign, slot)).into_iter().flatten();
                let within = |click: &&Timestamp| (at.0..=at.0 + WINDOW.0).contains(&click.0);
                out.subjects.push(subject.clone());
                out.given.push(action(&mut out.actions, decision));
                out.logged.push(decision.probability);
                out.clicked.push(decision.shown.keys().any(|slot| answers(slot).any(|click| within(&click))));
            }
        }
        out
    }
}

/// The place of what was done among the actions.
fn action(actions: &mut Vec<String>, decision: &Decision) -> usize {
    if decision.silent {
        return 0;
    }
    let pairs: Vec<String> =
        decision.shown.iter().map(|(slot, variant)| format!("{slot}={variant}")).collect();
    let name = pairs.join(" ");
    actions.iter().position(|known| *known == name).unwrap_or_else(|| {
        actions.push(name);
        actions.len() - 1
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn line(id: u32, kind: &str, at: &str, slot: &str, more: Value) -> String {
        let mut line = json!({"schema": 1, "id": id.to_string(), "type": kind, "at": at, "subject": "s1",
            "campaign": "spring", "version": "v", "slot": slot, "fetcher": "person"});
        for (key, value) in more.as_object().unwrap() {
            line[key] = value.clone();
        }
        line.to_string()
    }

    fn shown(id: u32, slot: &str, variant: &str) -> String {
        let more = json!({"variant": variant, "outcome": "show", "cause": null, "probability": 0.25,
            "decided_at": "2026-11-22T10:00:00Z", "seed": "0", "signals": {}});
        line(id, "exposure", "2026-11-22T10:00:00Z", slot, more)
    }

    fn decisions(lines: &[String]) -> Decisions {
        let mut reader = Reader::default();
        lines.iter().for_each(|line| reader.read(line, None).unwrap());
        reader.decisions()
    }

    #[test]
    fn slots_of_one_decision_are_one_row_and_a_click_in_any_is_its_outcome() {
        let click = line(3, "click", "2026-11-23T10:00:00Z", "cta", json!({"variant": "buy"}));
        let both = [shown(1, "hero", "sea"), shown(2, "cta", "buy"), click.clone(), click];
        let found = decisions(&both);
        assert_eq!((found.actions[1].as_str(), found.given.as_slice()), ("cta=buy hero=sea", [1].as_slice()));
        assert_eq!(
            (found.logged.as_slice(), found.clicked.as_slice()),
            ([0.25].as_slice(), [true].as_slice())
        );
        let late = line(3, "click", "2026-12-23T10:00:00Z", "cta", json!({}));
        assert_eq!(decisions(&[both[0].clone(), both[1].clone(), late]).clicked, [false]);
    }

    #[test]
    fn what_was_not_drawn_or_only_half_seen_is_left_out_and_counted() {
        let held = line(
            4,
            "exposure",
            "2026-11-22T11:00:00Z",
            "hero",
            json!({"outcome": "hold_out", "cause": "holdout", "probability": 1.0}),
        );
        let half = shown(5, "hero", "sea").replace("\"s1\"", "\"s2\"");
        let silent = line(
            6,
            "exposure",
            "2026-11-22T12:00:00Z",
            "hero",
            json!({"outcome": "suppress", "cause": "value", "probability": 0.1}),
        );
        let found = decisions(&[shown(1, "hero", "sea"), shown(2, "cta", "buy"), held, half, silent]);
        assert_eq!((found.settled, found.partial, found.given.len()), (1, 1, 2));
        assert!(found.given.contains(&0));
    }

    #[test]
    fn an_exposure_without_probability_and_another_schema_are_refused() {
        let mut reader = Reader::default();
        let bare = line(1, "exposure", "2026-11-22T10:00:00Z", "hero", json!({"outcome": "show"}));
        assert!(reader.read(&bare, None).unwrap_err().contains("no probability"));
        assert!(
            reader
                .read(&bare.replace("\"schema\":1", "\"schema\":9"), None)
                .unwrap_err()
                .contains("schema 9")
        );
        assert!(reader.read("{}", None).is_err());
    }
}
