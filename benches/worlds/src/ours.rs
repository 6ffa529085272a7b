//! Apropos itself: the engine decides by the campaign's document, writes the log's lines, and learns from them once a day.

use crate::Policy;
use crate::world::{LEAVE, Outcome, SEND, Variant, Visit, World};
use apropos::campaign::{Campaign, Learned};
use apropos::decide::{Question, trace};
use apropos::hash::mix;
use apropos::intent::Model;
use apropos::learn::policy::{Learner, Line, Scope};
use apropos::time::Timestamp;
use serde_json::{Value, json};

const NAMES: [&str; 5] = ["price", "assortment", "convenience", "trust", "urgency"];

/// The knobs that were tried; see `main.rs`.
#[derive(Clone, Copy, Debug)]
pub struct Knobs {
    pub sharpness: f64,
    pub silence: f64,
    /// Learns.
    pub learns: bool,
}

pub struct Ours<'a> {
    world: World,
    seed: u64,
    model: &'a Model,
    knobs: Knobs,
    all: Vec<Variant>,
    campaign: Campaign,
    day: usize,
    learner: Learner,
    learned: Learned,
    /// Lines that are on their way, with the moment at which they come.
    coming: Vec<(Timestamp, Line)>,
    line: Value,
}

impl<'a> Ours<'a> {
    pub fn new(world: World, seed: u64, model: &'a Model, all: &[Variant], knobs: Knobs) -> Self {
        Self {
            world,
            seed,
            model,
            knobs,
            all: all.to_vec(),
            campaign: campaign(world, all, 0, knobs),
            day: 0,
            learner: Learner::default(),
            learned: Learned::NOTHING,
            coming: Vec::new(),
            line: Value::Null,
        }
    }

    fn new_day(&mut self, day: usize, now: Timestamp) {
        self.day = day;
        if self.world == World::Many {
            self.campaign = campaign(self.world, &self.all, day, self.knobs);
        }
        if !self.knobs.learns {
            return;
        }
        let scope = Scope { campaign: &self.campaign, model: self.model };
        let (here, coming) = std::mem::take(&mut self.coming).into_iter().partition(|(at, _)| *at <= now);
        self.coming = coming;
        let here: Vec<_> = here;
        for (_, line) in &here {
            // machines and hold-outs don't occur
            self.learner.take(&scope, line).ok();
        }
        self.learner.settle(&scope, now);
        let text = serde_json::to_string(&self.learner.learned(&scope, now)).unwrap_or_default();
        if let Ok(learned) = Learned::parse(&text) {
            self.learned = learned;
        }
    }
}

impl Policy for Ours<'_> {
    fn choose(&mut self, visit: &Visit, live: &[usize]) -> Option<usize> {
        if visit.day != self.day {
            self.new_day(visit.day, visit.at);
        }
        let seed = mix(mix(self.seed) ^ visit.round as u64);
        let question = Question {
            learned: &self.learned,
            ..Question::new(&self.campaign, self.model, &visit.profile, &visit.context, visit.at, seed)
        };
        let (decision, trace) = trace(&question);
        self.line = json!({"id": format!("e{}", visit.round), "type": "exposure", "at": visit.at, "subject": visit.who.to_string()});
        if let Some(line) = self.line.as_object_mut() {
            line.append(&mut trace.told(&question, &decision));
        }
        let at = decision.shown(0).map(usize::from)?;
        live.get(at).copied()
    }

    fn came(&mut self, visit: &Visit, _: Option<usize>, outcome: &Outcome, _: f64) {
        let mut log = |line: Value, at: Timestamp| {
            if let Ok(line) = serde_json::from_value(line) {
                self.coming.push((at, line));
            }
        };
        log(self.line.take(), visit.at);
        let after = |kind: &str, at: Timestamp| json!({"id": format!("{kind}{}", visit.round), "type": kind, "at": at, "subject": visit.who.to_string(), "fetcher": "person"});
        if let Some(wait) = outcome.success {
            let (kind, at) = (if self.world.orders() { "order" } else { "click" }, visit.at.plus(wait));
            log(after(kind, at), at);
        }
        if outcome.left {
            log(after("unsubscribe", visit.at), visit.at);
        }
    }
}

/// The campaign of a day.
fn campaign(world: World, all: &[Variant], day: usize, knobs: Knobs) -> Campaign {
    let live: Vec<_> = all.iter().filter(|v| v.days.contains(&day)).collect();
    let variants: Vec<_> = live
        .iter()
        .map(|v| {
            let told: Vec<_> = (0..5).filter(|i| v.told >> i & 1 == 1).map(|i| NAMES[i]).collect();
            let mut variant =
                json!({"id": format!("v{}", v.id), "text": {"headline": "x"}, "motivations": told});
            if v.cost > 0.0 {
                variant["incentive"] = json!({"cost": v.cost});
            }
            variant
        })
        .collect();
    let (click, convert) = if world.orders() { (0.0, world.value()) } else { (world.value(), 0.0) };
    let (send, leave) = if world == World::Fatigue { (SEND, LEAVE) } else { (0.0, 0.0) };
    let silence = if world.has_silence() { knobs.silence } else { 0.0 };
    let document = json!({
        "id": "world", "landing": "/", "sticky": "1m", "goal": if world.orders() { "convert" } else { "click" },
        "value": {"currency": "EUR", "click": click, "convert": convert, "send": send, "unsubscribe": leave},
        "exploration": {"floor": 0.02 / live.len() as f64, "sharpness": knobs.sharpness, "silence": silence},
        "slots": [{"name": "hero", "kind": "text", "fallback": format!("v{}", live[0].id), "variants": variants}]
    });
    match Campaign::parse(&document.to_string()) {
        Ok(campaign) => campaign,
        Err(problems) => unreachable!("{problems}"),
    }
}
