//! From the Worker's event log to a log that policies can be judged on.
//!
//! Lines that speak of one decision (same subject, campaign, and moment of deciding) are one row: what was done is the whole assembly, whose probability is logged. A click is the
//! outcome of the latest decision before it, if that was within a week. What machines fetched is passed over (law 6). Left out, and counted, are decisions in which nothing was
//! drawn: holdouts, fallbacks, what guardrails forbade.

use super::policy::{Kind, Line};
use crate::time::{DAY, Span, Timestamp};
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
}

/// Reads lines one by one.
#[derive(Default)]
pub struct Reader {
    ids: HashSet<String>,
    decisions: BTreeMap<Place, Decision>,
    /// Whose they were, of which campaign, when.
    clicks: Vec<Place>,
    campaigns: BTreeSet<String>,
}

/// Which decision: subject, campaign, moment.
type Place = (String, String, Timestamp);

/// What was done.
struct Decision {
    /// The name of the assembly, or [`NONE`]; nothing when it wasn't drawn.
    action: Option<String>,
    probability: f64,
}

impl Reader {
    /// Takes in a line. Lines of other campaigns than `campaign`, if one is asked for, and lines read before are passed over.
    ///
    /// # Errors
    /// Why it is no line of an event log.
    pub fn read(&mut self, text: &str, campaign: Option<&str>) -> Result<(), String> {
        let line = Line::parse(text).map_err(|e| e.to_string())?;
        let Some(of) = line.campaign.clone() else { return Ok(()) };
        let asked = campaign.is_none_or(|asked| asked == of);
        if !asked || !line.fetcher.is_person() || !self.ids.insert(line.id.clone()) {
            return Ok(());
        }
        match line.kind {
            Kind::Exposure => {
                let decision = Decision::of(&line)?;
                self.campaigns.insert(of.clone());
                self.decisions.insert((line.subject, of, line.decided_at.unwrap_or(line.at)), decision);
            }
            Kind::Click => self.clicks.push((line.subject, of, line.at)),
            _ => {}
        }
        Ok(())
    }

    /// The campaigns of which decisions were told.
    pub fn campaigns(&self) -> impl Iterator<Item = &str> {
        self.campaigns.iter().map(String::as_str)
    }

    /// The decisions of all lines so far.
    #[must_use]
    pub fn decisions(self) -> Decisions {
        let answered: BTreeSet<&Place> = self.clicks.iter().filter_map(|click| self.before(click)).collect();
        let mut out = Decisions { actions: vec![NONE.to_owned()], ..Decisions::default() };
        let mut places: BTreeMap<&str, usize> = BTreeMap::from([(NONE, 0)]);
        for (place, decision) in &self.decisions {
            let Some(action) = decision.action.as_deref() else {
                out.settled += 1;
                continue;
            };
            let given = *places.entry(action).or_insert_with(|| {
                out.actions.push(action.to_owned());
                out.actions.len() - 1
            });
            out.subjects.push(place.0.clone());
            out.given.push(given);
            out.logged.push(decision.probability);
            out.clicked.push(answered.contains(place));
        }
        out
    }

    /// The decision that a click answers.
    fn before(&self, click: &Place) -> Option<&Place> {
        let (subject, campaign, at) = click;
        let first = (subject.clone(), campaign.clone(), Timestamp(at.0.saturating_sub(WINDOW.0)));
        self.decisions.range(first..=click.clone()).next_back().map(|(place, _)| place)
    }
}

impl Decision {
    fn of(line: &Line) -> Result<Self, String> {
        let probability = line
            .probability
            .ok_or("the exposure has no probability; without it no other policy can be judged on it")?;
        let assembly = line
            .assembly
            .as_ref()
            .ok_or("the exposure doesn't tell its assembly, as lines from schema 2 on do")?;
        // a guardrail names itself as the cause; "value" is the policy's own silence
        let action = match (line.outcome.as_deref(), line.cause.as_deref()) {
            (Some("suppress"), Some("value")) => Some(NONE.to_owned()),
            (Some("show"), _) => {
                let shown = assembly.iter().filter_map(|(slot, variant)| Some((slot, variant.as_ref()?)));
                Some(shown.map(|(slot, variant)| format!("{slot}={variant}")).collect::<Vec<_>>().join(" "))
            }
            _ => None,
        };
        Ok(Self { action, probability })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn line(id: u32, kind: &str, at: &str, more: Value) -> String {
        let mut line = json!({"schema": 2, "id": id.to_string(), "type": kind, "at": at, "subject": "s1",
            "campaign": "spring", "version": "v", "slot": "hero", "fetcher": "person"});
        for (key, value) in more.as_object().unwrap() {
            line[key] = value.clone();
        }
        line.to_string()
    }

    fn shown(id: u32, at: &str, outcome: &str, cause: Value, hero: Value) -> String {
        let more = json!({"outcome": outcome, "cause": cause, "probability": 0.25, "decided_at": at,
            "assembly": {"cta": hero.as_str().map(|_| "buy"), "hero": hero}});
        line(id, "exposure", at, more)
    }

    fn decisions(lines: &[String]) -> Decisions {
        let mut reader = Reader::default();
        lines.iter().for_each(|line| reader.read(line, None).unwrap());
        reader.decisions()
    }

    #[test]
    fn lines_of_one_decision_are_one_row_and_a_click_answers_the_latest() {
        let first = shown(1, "2026-11-22T10:00:00Z", "show", Value::Null, json!("sea"));
        let again = first.replace("\"id\":\"1\"", "\"id\":\"2\"");
        let next = shown(3, "2026-11-24T10:00:00Z", "show", Value::Null, json!("hills"));
        let click = |id, at| line(id, "click", at, json!({}));
        let found = decisions(&[click(4, "2026-11-25T10:00:00Z"), first.clone(), again, next.clone()]);
        assert_eq!(found.actions, [NONE, "cta=buy hero=sea", "cta=buy hero=hills"]);
        assert_eq!((found.given, found.logged), (vec![1, 2], vec![0.25, 0.25]));
        assert_eq!(found.clicked, [false, true]);
        assert_eq!(decisions(&[first, click(4, "2026-12-25T10:00:00Z")]).clicked, [false]);
        assert_eq!(decisions(&[click(4, "2026-11-24T09:00:00Z"), next]).clicked, [false]);
    }

    #[test]
    fn what_was_not_drawn_is_counted_and_machines_are_passed_over() {
        let held = shown(1, "2026-11-22T10:00:00Z", "hold_out", json!("holdout"), json!("sea"));
        let forbidden = shown(2, "2026-11-22T11:00:00Z", "suppress", json!("support"), Value::Null);
        let silent = shown(3, "2026-11-22T12:00:00Z", "suppress", json!("value"), Value::Null);
        let machine = shown(4, "2026-11-22T13:00:00Z", "show", Value::Null, json!("sea"))
            .replace("\"person\"", "\"gmail_prefetch\"");
        let found = decisions(&[held, forbidden, silent, machine]);
        assert_eq!((found.settled, found.given), (2, vec![0]));
    }

    #[test]
    fn an_exposure_that_lacks_what_is_needed_is_refused() {
        let mut reader = Reader::default();
        let bare = line(1, "exposure", "2026-11-22T10:00:00Z", json!({"outcome": "show"}));
        assert!(reader.read(&bare, None).unwrap_err().contains("no probability"));
        let old = line(2, "exposure", "2026-11-22T10:00:00Z", json!({"outcome": "show", "probability": 0.5}));
        assert!(reader.read(&old, None).unwrap_err().contains("schema 2"));
        assert!(reader.read("{}", None).is_err());
    }
}
