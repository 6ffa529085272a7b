//! Experiments on decisions: one policy against another, each for its own share of recipients.
//!
//! ```json
//! {"policy": {"without": ["age"]},
//!  "experiments": [{"id": "taught-or-not", "layer": ["policy", 0, 0.5], "holdout": 0.1, "arms": [
//!    {"id": "taught", "share": 0.5}, {"id": "rules", "share": 0.5, "policy": {"learned": false}}]}]}
//! ```
//!
//! **Layers** keep experiments apart. A layer lays all recipients on a line from 0 to 1, the same line in every campaign; an experiment takes those of its range. So ranges of one layer that lie apart
//! have nobody in common, also across campaigns, and what stands in different layers is independent.
//!
//! **Arms** say what they change of the campaign's policy; one that changes nothing is the policy as it is. Who is in which arm hangs on the recipient and the experiment's id alone: it is the same on
//! every target, and for as long as the experiment runs. Within an arm every choice has the probability that the arm's policy gives it, and that is what is logged (law 7).

use super::reader::{Node, suggestion};
use super::{Campaign, Exploration, Id, read};
use crate::hash::{fnv1a, mix, unit, unmix};
use crate::intent::{SignalId, SignalSet, Signals, Value};
use serde::{Deserialize, Serialize};

/// The most experiments that a campaign may have, and the most arms of one.
const MOST: usize = 16;
/// How far the shares of arms may be from 1 together: what is left of decimals.
const ROUNDING: f64 = 1e-6;

/// How a campaign chooses, where it isn't the usual way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct Changes {
    /// Whether it decides with what was learned; if not, by rules alone: motivations, values and costs.
    pub learned: Option<bool>,
    /// Signals that nothing is expected from. Conditions and guardrails still see them.
    #[cfg_attr(feature = "cli", schemars(with = "Option<Vec<String>>"))]
    pub without: SignalSet,
    /// How much is tried out; of arms only.
    pub exploration: Option<Exploration>,
}

/// One policy against another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct Experiment {
    /// Its id.
    #[cfg_attr(feature = "cli", schemars(with = "super::schema::Id"))]
    pub id: Id,
    /// The layer, and the part of it that is in: `["policy", 0, 0.5]`. Everybody, in a layer of its own, when left out.
    #[cfg_attr(feature = "cli", schemars(with = "Option<(String, f64, f64)>"))]
    pub layer: Layer,
    /// The share of those in it who see the fallbacks.
    #[cfg_attr(feature = "cli", schemars(range(min = 0, max = 0.5), default))]
    pub holdout: f64,
    /// The arms.
    #[cfg_attr(feature = "cli", schemars(length(min = 2, max = 16)))]
    pub arms: Vec<Arm>,
}

/// A part of a layer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Layer {
    /// The layer.
    pub name: String,
    /// From here …
    pub from: f64,
    /// … to here, which is out.
    pub to: f64,
}

/// A policy on trial.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct Arm {
    /// Its id.
    #[cfg_attr(feature = "cli", schemars(with = "super::schema::Id"))]
    pub id: Id,
    /// The share of those who are not held out; together 1.
    #[cfg_attr(feature = "cli", schemars(range(min = 0, max = 1)))]
    pub share: f64,
    /// What is other than the campaign's policy.
    #[cfg_attr(feature = "cli", schemars(with = "Option<Changes>"))]
    pub policy: Changes,
}

/// Where a recipient is in an experiment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Membership<'a> {
    /// Among those who see the fallbacks.
    HeldOut,
    /// In this arm.
    Arm(&'a Arm),
}

/// The policy that chooses for a recipient.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Policy {
    /// It decides with what was learned.
    pub learned: bool,
    /// It expects nothing from these.
    pub without: SignalSet,
    /// How much is tried out.
    pub exploration: Exploration,
}

impl Policy {
    fn changed(self, by: &Changes) -> Self {
        Self {
            learned: by.learned.unwrap_or(self.learned),
            without: self.without.union(by.without),
            exploration: by.exploration.unwrap_or(self.exploration),
        }
    }

    /// The signals as the policy sees them.
    #[must_use]
    pub fn seen<'a>(&self, signals: &Signals<'a>) -> Signals<'a> {
        self.without.iter().fold(*signals, |signals, id| signals.with(id, Value::Missing))
    }
}

impl Membership<'_> {
    /// What a log calls it.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::HeldOut => "holdout",
            Self::Arm(arm) => &arm.id.name,
        }
    }
}

impl Experiment {
    /// Where a person is in it; none for those who aren't in it.
    fn part(&self, person: u64) -> Option<Membership<'_>> {
        let place = unit(mix(person ^ fnv1a(self.layer.name.as_bytes())));
        if !(self.layer.from..self.layer.to).contains(&place) {
            return None;
        }
        let place = unit(mix(person ^ mix(fnv1a(self.id.name.as_bytes()))));
        if place < self.holdout {
            return Some(Membership::HeldOut);
        }
        let mut end = self.holdout;
        let arm = self.arms.iter().find(|arm| {
            end += arm.share * (1.0 - self.holdout);
            place < end
        });
        arm.or(self.arms.last()).map(Membership::Arm)
    }

    /// Is anybody in both?
    fn overlaps(&self, other: &Self) -> bool {
        let (one, two) = (&self.layer, &other.layer);
        one.name != two.name || (one.from < two.to && two.from < one.to)
    }

    /// Do both change the same?
    fn contends(&self, other: &Self) -> bool {
        let changes = |of: &Self, what: fn(&Changes) -> bool| of.arms.iter().any(|arm| what(&arm.policy));
        let both = |what: fn(&Changes) -> bool| changes(self, what) && changes(other, what);
        both(|c| c.learned.is_some()) || both(|c| c.exploration.is_some()) || both(|c| !c.without.is_empty())
    }
}

impl Campaign {
    /// Where a recipient is in its experiments, by the recipient's own number for it.
    pub fn parts(&self, seed: u64) -> impl Iterator<Item = (&Experiment, Membership<'_>)> {
        // the number that the person has in every campaign
        let person = unmix(seed) ^ mix(u64::from(self.id.key.0));
        self.experiments.iter().filter_map(move |experiment| Some((experiment, experiment.part(person)?)))
    }

    /// Whether an experiment holds a recipient out.
    #[must_use]
    pub fn holds_out(&self, seed: u64) -> bool {
        self.parts(seed).any(|(_, part)| part == Membership::HeldOut)
    }

    /// The policy that chooses for a recipient.
    #[must_use]
    pub fn policy_of(&self, seed: u64) -> Policy {
        let usual = Policy { learned: true, without: SignalSet::default(), exploration: self.exploration }
            .changed(&self.policy);
        self.parts(seed).fold(usual, |policy, (_, part)| match part {
            Membership::Arm(arm) => policy.changed(&arm.policy),
            Membership::HeldOut => policy,
        })
    }
}

/// The campaign's own `policy`.
pub fn policy(node: &Node<'_, '_>) -> Option<Changes> {
    changes(node, false)
}

fn changes(node: &Node<'_, '_>, of_arm: bool) -> Option<Changes> {
    let mut o = node.object()?;
    let learned = o.get("learned").and_then(|n| n.flag());
    let without = o.get("without").and_then(|n| n.list(|n| signal(&n))).unwrap_or_default();
    let tried = if of_arm { o.get("exploration") } else { None };
    let exploration = tried.and_then(|n| read::exploration(n.object()?));
    o.finish();
    Some(Changes { learned, without: without.into_iter().collect(), exploration })
}

fn signal(node: &Node<'_, '_>) -> Option<SignalId> {
    let name = node.text()?;
    SignalId::of(name).or_else(|| {
        let known = SignalId::all().map(|id| id.signal().name);
        let help = suggestion(name, known.collect::<Vec<_>>().into_iter());
        node.problem(format!("no signal is called {name:?}"), Some(help))
    })
}

/// The `experiments` of a campaign whose largest slot has so many variants.
pub fn experiments(node: &Node<'_, '_>, variants: usize) -> Option<Vec<Experiment>> {
    let mut known: Vec<Experiment> = Vec::new();
    node.list(|n| {
        let experiment = experiment(&n, variants)?;
        if let Some(other) = known.iter().find(|other| other.id.key == experiment.id.key) {
            return n.problem(format!("experiment {:?} stands there twice", other.id.name), None);
        }
        let clash = known.iter().find(|other| {
            let is_same_layer = other.layer.name == experiment.layer.name;
            other.overlaps(&experiment) && (is_same_layer || other.contends(&experiment))
        });
        if let Some(other) = clash {
            let message =
                format!("somebody would be in this and in {:?}, which can't be told apart", other.id.name);
            let help =
                "give both the same layer, with ranges apart: [\"policy\", 0, 0.5] and [\"policy\", 0.5, 1]";
            return n.problem(message, Some(help.to_owned()));
        }
        known.push(experiment);
        Some(())
    })?;
    if known.len() > MOST {
        return node.problem(format!("{} experiments; at most {MOST} are allowed", known.len()), None);
    }
    Some(known)
}

fn experiment(node: &Node<'_, '_>, variants: usize) -> Option<Experiment> {
    let mut o = node.object()?;
    let id = o.require("id").and_then(|n| read::id(&n));
    let layer = o.get("layer").map(|n| layer(&n));
    let holdout = o.get("holdout").and_then(|n| n.number(0.0, 0.5)).unwrap_or(0.0);
    let arms = o.require("arms").and_then(|n| arms(&n, variants));
    o.finish();
    let id = id?;
    let layer = match layer {
        Some(layer) => layer?,
        None => Layer { name: format!("experiment {}", id.name), from: 0.0, to: 1.0 },
    };
    Some(Experiment { id, layer, holdout, arms: arms? })
}

fn layer(node: &Node<'_, '_>) -> Option<Layer> {
    let mut name = None;
    let mut ends = Vec::new();
    node.list(|n| {
        if n.is_number() {
            ends.push(n.number(0.0, 1.0)?);
        } else {
            name = Some(n.text()?.to_owned());
        }
        Some(())
    })?;
    match (name, ends.as_slice()) {
        (Some(name), [from, to]) if from < to => Some(Layer { name, from: *from, to: *to }),
        _ => node.problem("a layer is its name and the part of it that is in: [\"policy\", 0, 0.5]", None),
    }
}

fn arms(node: &Node<'_, '_>, variants: usize) -> Option<Vec<Arm>> {
    let mut known: Vec<Arm> = Vec::new();
    node.list(|n| {
        let arm = arm(&n, variants)?;
        if arm.id.name == "holdout" || known.iter().any(|other| other.id.key == arm.id.key) {
            return n.problem(format!("another arm is called {:?} already", arm.id.name), None);
        }
        known.push(arm);
        Some(())
    })?;
    let all: f64 = known.iter().map(|arm| arm.share).sum();
    match known.len() {
        0 | 1 => node.problem("an experiment needs two arms at least", None),
        n if n > MOST => node.problem(format!("{n} arms; at most {MOST} are allowed"), None),
        _ if (all - 1.0).abs() > ROUNDING => {
            node.problem(format!("the shares of the arms are {all} together, not 1"), None)
        }
        _ => Some(known),
    }
}

fn arm(node: &Node<'_, '_>, variants: usize) -> Option<Arm> {
    let mut o = node.object()?;
    let id = o.require("id").and_then(|n| read::id(&n));
    let share = o.require("share").and_then(|n| n.number(0.0, 1.0));
    let policy = o.get("policy").map(|n| changes(&n, true));
    o.finish();
    let policy = policy.map_or(Some(Changes::default()), |policy| policy)?;
    if let Some(tried) = policy.exploration
        && variants as f64 * tried.floor > 0.5
    {
        let help = format!("set exploration.floor to {:.4} or less", 0.5 / variants as f64);
        let message = format!("a floor of {} would explore more than half of the time", tried.floor);
        return node.problem(message, Some(help));
    }
    Some(Arm { id: id?, share: share?, policy })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::campaign::Problems;

    fn campaign(id: &str, lines: &str) -> Result<Campaign, Problems> {
        Campaign::parse(&format!(
            r#"{{"id": "{id}", "landing": "/", "value": {{"currency": "EUR", "click": 1}}, {lines}
            "slots": [{{"name": "s", "kind": "text", "fallback": "v", "variants": [{{"id": "v", "text": {{"headline": "x"}}}}]}}]}}"#
        ))
    }

    const ARMS: &str =
        r#""arms": [{"id": "a", "share": 0.25}, {"id": "b", "share": 0.75, "policy": {"learned": false}}]"#;

    /// A person's numbers for a campaign, as [`crate::decide::seed`] makes them.
    fn seeds(campaign: &Campaign) -> impl Iterator<Item = u64> + '_ {
        (0u32..20_000).map(|n| crate::decide::seed(&u128::from(n).to_be_bytes(), campaign))
    }

    fn names(campaign: &Campaign) -> Vec<Vec<(String, String)>> {
        let told = |seed| {
            campaign.parts(seed).map(|(e, part)| (e.id.name.clone(), part.name().to_owned())).collect()
        };
        seeds(campaign).map(told).collect()
    }

    #[test]
    fn everybody_is_where_the_shares_say() {
        let one = campaign(
            "one",
            &format!(r#""experiments": [{{"id": "e", "layer": ["l", 0, 0.5], "holdout": 0.2, {ARMS}}}],"#),
        )
        .unwrap();
        let parts = names(&one);
        let count = |name: &str| parts.iter().flatten().filter(|(_, part)| part == name).count() as f64;
        let near = |count: f64, share: f64| (count / 20_000.0 - share).abs() < 0.01;
        assert!(near(count("holdout"), 0.1), "{}", count("holdout"));
        assert!(near(count("a"), 0.1), "{}", count("a"));
        assert!(near(count("b"), 0.3), "{}", count("b"));
        // whoever is in arm b is chosen for without what was learned, and nobody else
        for (seed, parts) in seeds(&one).zip(&parts) {
            assert_eq!(one.policy_of(seed).learned, parts.iter().all(|(_, part)| part != "b"));
            assert_eq!(one.holds_out(seed), parts.iter().any(|(_, part)| part == "holdout"));
        }
    }

    #[test]
    fn ranges_of_a_layer_exclude_each_other_also_across_campaigns() {
        let of = |id: &str, from: f64, to: f64| {
            campaign(
                id,
                &format!(r#""experiments": [{{"id": "e-{id}", "layer": ["l", {from}, {to}], {ARMS}}}],"#),
            )
            .unwrap()
        };
        let (one, two) = (names(&of("one", 0.0, 0.5)), names(&of("two", 0.5, 1.0)));
        assert!(
            one.iter().zip(&two).all(|(one, two)| one.is_empty() != two.is_empty()),
            "one of the two, and never both"
        );
        // another layer is independent: a quarter is in both
        let other =
            campaign("three", &format!(r#""experiments": [{{"id": "f", "layer": ["m", 0, 0.5], {ARMS}}}],"#))
                .unwrap();
        let both =
            one.iter().zip(names(&other)).filter(|(one, other)| !one.is_empty() && !other.is_empty()).count();
        assert!((4_600..5_400).contains(&both), "{both}");
    }

    #[test]
    fn what_cannot_be_told_apart_is_refused() {
        for (lines, problem) in [
            (r#"{"id": "e", "arms": [{"id": "a", "share": 1}]}"#, "an experiment needs two arms at least"),
            (
                r#"{"id": "e", "arms": [{"id": "a", "share": 0.5}, {"id": "b", "share": 0.4}]}"#,
                "the shares of the arms are 0.9 together",
            ),
            (
                r#"{"id": "e", "arms": [{"id": "a", "share": 0.5}, {"id": "a", "share": 0.5}]}"#,
                "another arm is called \"a\"",
            ),
            (
                r#"{"id": "e", "arms": [{"id": "holdout", "share": 0.5}, {"id": "a", "share": 0.5}]}"#,
                "another arm is called \"holdout\"",
            ),
            (
                r#"{"id": "e", "layer": ["l", 0.5, 0.5], "arms": [{"id": "a", "share": 0.5}, {"id": "b", "share": 0.5}]}"#,
                "a layer is its name",
            ),
            (
                r#"{"id": "e", "arms": [{"id": "a", "share": 0.5, "policy": {"without": ["cart_vale"]}}, {"id": "b", "share": 0.5}]}"#,
                "no signal is called \"cart_vale\" (did you mean \"cart_value\"?)",
            ),
            (
                r#"{"id": "e", "arms": [{"id": "a", "share": 0.5, "policy": {"lerned": true}}, {"id": "b", "share": 0.5}]}"#,
                "(did you mean \"learned\"?)",
            ),
        ] {
            let told = campaign("c", &format!("\"experiments\": [{lines}],")).unwrap_err().to_string();
            assert!(told.contains(problem), "{lines}: {told}");
        }
        let two = |one: &str, other: &str| {
            campaign(
                "c",
                &format!(r#""experiments": [{{"id": "e", {one} {ARMS}}}, {{"id": "f", {other} {ARMS}}}],"#),
            )
        };
        assert!(two("", "").unwrap_err().to_string().contains("somebody would be in this and in \"e\""));
        assert!(two(r#""layer": ["l", 0, 0.6],"#, r#""layer": ["l", 0.5, 1],"#).is_err());
        assert!(two(r#""layer": ["l", 0, 0.5],"#, r#""layer": ["l", 0.5, 1],"#).is_ok());
    }
}
