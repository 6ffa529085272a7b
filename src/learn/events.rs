//! From the Worker's event log to a log that policies can be judged on.
//!
//! Lines that speak of one decision (same subject and moment of deciding) are one row: what was done is the whole assembly, whose probability is logged. What came of it is told as
//! a campaign learns it ([`super::policy`]): an outcome counts for the latest decision before it, within its window. What machines fetched is passed over (law 6). Left out, and counted,
//! are decisions in which nothing was drawn: holdouts, fallbacks, what guardrails forbade.

use super::policy::{Exposed, KINDS, Kind, Line, OUTCOMES, Outcome, attributed, subject};
use crate::campaign::{Campaign, Goal, Learning};
use crate::hash::fnv1a;
use crate::nearest::nearest;
use crate::time::Timestamp;
use std::collections::BTreeMap;
use std::fmt;

/// The action of staying silent.
pub const NONE: &str = "none";

/// What is shown, by slot.
pub type Assembly = BTreeMap<String, String>;

/// The decisions of a log, a value per decision in each list but the first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decisions {
    /// The actions; silence first.
    pub actions: Vec<Assembly>,
    /// Whose decision: the random subject of the log.
    pub subjects: Vec<String>,
    /// What was done, by its place in `actions`.
    pub given: Vec<usize>,
    /// With what probability.
    pub logged: Vec<f64>,
    /// Which outcomes followed; in the order of [`OUTCOMES`].
    pub came: Vec<[bool; KINDS]>,
    /// Which outcomes the log tells of at all.
    pub heard: [bool; KINDS],
    /// How many decisions were left out because nothing was drawn.
    pub settled: usize,
}

/// What counts as success of a decision.
#[derive(Clone, Copy, Debug)]
pub enum Reward<'a> {
    /// A click counts 1.
    Click,
    /// An order counts 1.
    Convert,
    /// What it brought, in money, by the worth that the campaign states: of clicks and orders, less incentives, sends, unsubscribes and complaints.
    Value(&'a Campaign),
}

/// Why a log can't tell a reward.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Untold {
    /// It has no line of the outcome that the reward is about.
    Outcome(Kind),
    /// What was shown isn't in the campaign, so its incentive isn't known.
    Unknown {
        /// `slot/variant`.
        variant: String,
        /// What the campaign has instead.
        nearest: Option<String>,
    },
}

/// Reads lines one by one.
#[derive(Default)]
pub struct Reader {
    campaigns: BTreeMap<String, BTreeMap<Exposed, Decision>>,
    /// By the line's id, with the campaign if it is known.
    outcomes: BTreeMap<u64, (Option<String>, Outcome)>,
}

/// What was done.
struct Decision {
    subject: String,
    /// When it was first looked at.
    at: Timestamp,
    /// Nothing when it wasn't drawn.
    action: Option<Assembly>,
    probability: f64,
}

impl Reader {
    /// Takes in a line. Lines of other campaigns than `campaign`, if one is asked for, and what machines caused are passed over.
    ///
    /// # Errors
    /// Why it is no line of an event log.
    pub fn read(&mut self, text: &str, campaign: Option<&str>) -> Result<(), String> {
        let line = Line::parse(text).map_err(|e| e.to_string())?;
        if line.campaign.as_deref().zip(campaign).is_some_and(|(of, asked)| of != asked) {
            return Ok(());
        }
        match (line.kind, &line.campaign) {
            (Kind::Exposure, Some(of)) if line.fetcher.is_person() => self.expose(of, &line)?,
            (Kind::Exposure | Kind::Other, _) => {}
            _ => {
                if let Ok(outcome) = Outcome::of(&line) {
                    self.outcomes.insert(fnv1a(line.id.as_bytes()), (line.campaign, outcome));
                }
            }
        }
        Ok(())
    }

    /// Of several lines about one decision the first counts.
    fn expose(&mut self, campaign: &str, line: &Line) -> Result<(), String> {
        let exposed = (subject(line), line.decided_at.unwrap_or(line.at));
        let decision = Decision::of(line)?;
        let decisions = self.campaigns.entry(campaign.to_owned()).or_default();
        if decisions.get(&exposed).is_none_or(|known| decision.at < known.at) {
            decisions.insert(exposed, decision);
        }
        Ok(())
    }

    /// The campaigns of which decisions were told.
    pub fn campaigns(&self) -> impl Iterator<Item = &str> {
        self.campaigns.keys().map(String::as_str)
    }

    /// The decisions of a campaign, and what came of them within its windows.
    #[must_use]
    pub fn decisions(&self, campaign: &str, learning: &Learning) -> Decisions {
        let nothing = BTreeMap::new();
        let decisions = self.campaigns.get(campaign).unwrap_or(&nothing);
        let drawn = || {
            decisions
                .iter()
                .filter_map(|(exposed, decision)| Some((exposed, decision, decision.action.as_ref()?)))
        };
        let ours = |of: &Option<String>| of.as_deref().is_none_or(|of| of == campaign);
        let outcomes: Vec<&Outcome> =
            self.outcomes.values().filter(|(of, _)| ours(of)).map(|(_, outcome)| outcome).collect();
        let exposures = drawn().map(|(exposed, decision, _)| (*exposed, decision.at));
        let came = attributed(exposures, outcomes.iter().copied(), learning);
        let silence = Assembly::new();
        let mut places: BTreeMap<&Assembly, usize> = BTreeMap::from([(&silence, 0)]);
        let mut out = Decisions { actions: vec![Assembly::new()], ..Decisions::default() };
        for (exposed, decision, action) in drawn() {
            let given = *places.entry(action).or_insert_with(|| {
                out.actions.push(action.clone());
                out.actions.len() - 1
            });
            out.subjects.push(decision.subject.clone());
            out.given.push(given);
            out.logged.push(decision.probability);
            out.came.push(came.get(exposed).copied().unwrap_or_default().map(|after| after.is_some()));
        }
        outcomes.iter().for_each(|outcome| out.heard[outcome.kind] = true);
        out.settled = decisions.len() - out.given.len();
        out
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
        let shown = || assembly.iter().filter_map(|(slot, variant)| Some((slot.clone(), variant.clone()?)));
        // a guardrail names itself as the cause; "value" is the policy's own silence
        let action = match (line.outcome.as_deref(), line.cause.as_deref()) {
            (Some("suppress"), Some("value")) => Some(Assembly::new()),
            (Some("show"), _) => Some(shown().collect()).filter(|shown: &Assembly| !shown.is_empty()),
            _ => None,
        };
        Ok(Self { subject: line.subject.clone(), at: line.at, action, probability })
    }
}

/// The name of an action: [`NONE`], or an assembly such as `cta=buy hero=sea`.
#[must_use]
pub fn name(action: &Assembly) -> String {
    match action.is_empty() {
        true => NONE.to_owned(),
        false => {
            action.iter().map(|(slot, variant)| format!("{slot}={variant}")).collect::<Vec<_>>().join(" ")
        }
    }
}

impl Decisions {
    /// What each decision brought.
    ///
    /// # Errors
    /// Why the log can't tell.
    pub fn rewards(&self, reward: Reward<'_>) -> Result<Vec<f64>, Untold> {
        let kind = reward.kind();
        // what never came may not be told to us at all
        if !self.heard.iter().zip(OUTCOMES).any(|(heard, (of, _))| *heard && of == kind) {
            return Err(Untold::Outcome(kind));
        }
        let incentives = self.actions.iter().map(|action| match reward {
            Reward::Value(campaign) => incentive(campaign, action),
            _ => Ok(0.0),
        });
        let incentives = incentives.collect::<Result<Vec<_>, _>>()?;
        let of = |(came, action): (&[bool; KINDS], &usize)| {
            let [click, order, unsubscribe, complaint] = came.map(|came| f64::from(u8::from(came)));
            match reward {
                Reward::Click => click,
                Reward::Convert => order,
                Reward::Value(campaign) => {
                    let worth = &campaign.value;
                    let send = if *action > 0 { worth.send } else { 0.0 };
                    let incentive = incentives.get(*action).copied().unwrap_or_default();
                    let lost = send + unsubscribe * worth.unsubscribe + complaint * worth.complaint;
                    campaign.gain(click, order, incentive) - lost
                }
            }
        };
        Ok(self.came.iter().zip(&self.given).map(of).collect())
    }
}

/// What an assembly gives away with an order, in money.
fn incentive(campaign: &Campaign, action: &Assembly) -> Result<f64, Untold> {
    let cost = |(slot, variant): (&String, &String)| {
        let known = campaign.slots.iter().flat_map(|s| s.variants.iter().map(move |v| (s, v)));
        let found = known.clone().find(|(s, v)| s.name.name == *slot && v.id.name == *variant);
        found.map(|(_, v)| v.incentive_cost()).ok_or_else(|| {
            let variant = format!("{slot}/{variant}");
            let known: Vec<_> = known.map(|(s, v)| format!("{}/{}", s.name.name, v.id.name)).collect();
            let nearest = nearest(&variant, known.iter().map(String::as_str)).map(str::to_owned);
            Untold::Unknown { variant, nearest }
        })
    };
    action.iter().map(cost).sum()
}

impl Reward<'_> {
    /// The outcome that it is about above all.
    const fn kind(self) -> Kind {
        match self {
            Self::Click => Kind::Click,
            Self::Convert => Kind::Order,
            Self::Value(campaign) => Reward::of(campaign.goal).kind(),
        }
    }

    /// What a campaign wants.
    #[must_use]
    pub const fn of(goal: Goal) -> Self {
        match goal {
            Goal::Click => Self::Click,
            Goal::Convert => Self::Convert,
        }
    }

    /// In words, with the windows within which outcomes count.
    #[must_use]
    pub fn words(self, learning: &Learning) -> String {
        let Learning { click, order, .. } = learning;
        match self {
            Self::Click => format!("a click within {click}"),
            Self::Convert => format!("an order within {order}"),
            Self::Value(campaign) => {
                let currency = &campaign.value.currency;
                format!("value in {currency}, of clicks within {click} and all else within {order}")
            }
        }
    }
}

impl Untold {
    /// Its name, for programs.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Outcome(Kind::Click) => "no_click",
            Self::Outcome(_) => "no_order",
            Self::Unknown { .. } => "unknown_variant",
        }
    }
}

impl fmt::Display for Untold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Outcome(kind) => {
                let what = if *kind == Kind::Click { "click" } else { "order" };
                write!(f, "the log tells of no {what}, so it can't be known what brings one")
            }
            Self::Unknown { variant, nearest } => {
                write!(
                    f,
                    "the log shows {variant}, which the campaign doesn't have, so what it gave away isn't known"
                )?;
                nearest.as_ref().map_or(Ok(()), |near| write!(f, "; did you mean {near}?"))
            }
        }
    }
}

impl std::error::Error for Untold {}

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
        reader.decisions("spring", &Learning::default())
    }

    fn clicked(lines: &[String]) -> Vec<bool> {
        decisions(lines).came.iter().map(|came| came[0]).collect()
    }

    #[test]
    fn lines_of_one_decision_are_one_row_and_a_click_answers_the_latest() {
        let first = shown(1, "2026-11-22T10:00:00Z", "show", Value::Null, json!("sea"));
        let again = first.replace("\"id\":\"1\"", "\"id\":\"2\"");
        let next = shown(3, "2026-11-24T10:00:00Z", "show", Value::Null, json!("hills"));
        let click = |id, at| line(id, "click", at, json!({}));
        let found = decisions(&[click(4, "2026-11-25T10:00:00Z"), first.clone(), again, next.clone()]);
        let names: Vec<_> = found.actions.iter().map(name).collect();
        assert_eq!(names, [NONE, "cta=buy hero=sea", "cta=buy hero=hills"]);
        assert_eq!((found.given, found.logged), (vec![1, 2], vec![0.25, 0.25]));
        assert_eq!(found.came.iter().map(|came| came[0]).collect::<Vec<_>>(), [false, true]);
        assert_eq!(clicked(&[first.clone(), click(4, "2026-11-25T10:00:00Z")]), [true]);
        assert_eq!(clicked(&[first, click(4, "2026-11-25T10:00:01Z")]), [false], "the window has closed");
        assert_eq!(clicked(&[click(4, "2026-11-24T09:00:00Z"), next]), [false]);
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
    fn a_reward_is_what_the_campaign_states_and_needs_its_outcome_in_the_log() {
        let text = json!({"id": "spring", "landing": "/", "goal": "convert",
            "value": {"currency": "EUR", "click": 0.5, "convert": 20, "complaint": 7, "send": 0.1},
            "slots": [{"name": "hero", "kind": "text", "fallback": "plain", "variants": [
                {"id": "plain", "text": {"headline": "Land"}}, {"id": "sea", "text": {"headline": "Sea"}, "incentive": {"cost": 3}}]},
                {"name": "cta", "kind": "text", "fallback": "buy", "variants": [{"id": "buy", "text": {"headline": "Buy"}}]}]});
        let campaign = Campaign::parse(&text.to_string()).unwrap();
        let shown = |hero: &str| shown(1, "2026-11-22T10:00:00Z", "show", Value::Null, json!(hero));
        let click = line(2, "click", "2026-11-22T11:00:00Z", json!({}));
        // an order may have come by any campaign, and no fetcher tells of it
        let anywhere = json!({"campaign": null, "fetcher": "unknown"});
        let order = line(3, "order", "2026-11-28T11:00:00Z", anywhere);
        let complaint = line(4, "complaint", "2026-11-22T12:00:00Z", json!({}));
        let silent = self::shown(5, "2026-11-20T10:00:00Z", "suppress", json!("value"), Value::Null);
        let lines = [shown("sea"), click.clone(), order, complaint, silent];
        let found = decisions(&lines);
        let value = Reward::of(campaign.goal);
        assert!(matches!(value, Reward::Convert));
        assert_eq!(found.rewards(value).unwrap(), [0.0, 1.0]);
        assert_eq!(found.rewards(Reward::Click).unwrap(), [0.0, 1.0]);
        assert_eq!(found.rewards(Reward::Value(&campaign)).unwrap(), [0.0, 0.5 + (20.0 - 3.0) - 7.0 - 0.1]);

        let clicks = decisions(&[shown("sea"), click]);
        assert_eq!(clicks.rewards(Reward::Convert), Err(Untold::Outcome(Kind::Order)));
        assert_eq!(clicks.rewards(Reward::Value(&campaign)).unwrap_err().name(), "no_order");
        let unknown = decisions(&[shown("seas"), lines[2].clone()]).rewards(Reward::Value(&campaign));
        assert!(unknown.unwrap_err().to_string().ends_with("did you mean hero/sea?"));
    }

    #[test]
    fn what_is_of_another_campaign_answers_nothing() {
        let first = shown(1, "2026-11-22T10:00:00Z", "show", Value::Null, json!("sea"));
        let click = line(2, "click", "2026-11-22T11:00:00Z", json!({"campaign": "autumn"}));
        let found = decisions(&[first, click]);
        assert_eq!(found.rewards(Reward::Click).unwrap_err().name(), "no_click");
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
