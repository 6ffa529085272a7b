//! What pages tell was shown: "Promotion Viewed" and "Promotion Clicked" events whose property `apropos` is the line of a decision that a page made ([`crate::page::PageDecision::line`]).
//!
//! Anybody can send anything with a page's write key, and a log with a wrong probability would mislead whoever learns from it (law 7). So the choice is made again here, from what the line itself
//! says and the versions that are published; only a line that comes out the same is believed, and of that only what a log keeps. What a crawler sends that runs
//! scripts is nobody's (law 6).

use super::{now, report, running};
use crate::campaign::{Campaign, Variant};
use crate::context::{Context, Fetcher};
use crate::decide::Decision;
use crate::hash::Key;
use crate::inbound::Told;
use crate::learn::policy::Line;
use crate::time::{DAY, MINUTE, Timestamp};
use serde_json::{Map, Value, json};
use worker::Env;

/// The property that holds a line.
pub const LINE: &str = "apropos";
/// The events that tell of something shown.
pub const VIEWED: &str = "Promotion Viewed";
pub const CLICKED: &str = "Promotion Clicked";

/// All that a log keeps of a line.
const KEPT: [&str; 14] = [
    "campaign",
    "version",
    "model",
    "model_version",
    "learned",
    "outcome",
    "cause",
    "assembly",
    "probability",
    "decided_at",
    "chosen",
    "narrowed",
    "seed",
    "signals",
];

/// Leaves in an event only what can be believed of a decision.
pub async fn vouch(env: &Env, context: &Context, told: &mut Told) {
    let Some(line) = told.event.properties.remove(LINE) else { return };
    let tells = [VIEWED, CLICKED].contains(&told.event.event.as_str());
    if !tells || !context.fetcher.is_person() {
        return;
    }
    match vouched(env, line, told).await {
        Ok(line) => drop(told.event.properties.insert(LINE.to_owned(), line.into())),
        Err(reason) => report("what a page tells was shown is not believed", &reason),
    }
}

async fn vouched(env: &Env, line: Value, told: &Told) -> Result<Map<String, Value>, String> {
    let Value::Object(mut given) = line else { return Err("it is no object".to_owned()) };
    let mut line: Map<_, _> =
        KEPT.iter().filter_map(|name| Some(((*name).to_owned(), given.remove(*name)?))).collect();
    let read = read(line.clone(), told.event.timestamp)?;
    let id = read.campaign.as_deref().ok_or("it names no campaign")?;
    let running = running::running(env, id).await.map_err(|error| error.to_string())?;
    let running = running.ok_or("its campaign is not published")?;
    let campaign = &*running.campaign;
    if read.version.as_deref() != Some(campaign.version.to_string().as_str()) {
        return Err("it is of another version of the campaign".to_owned());
    }
    let age = now().since(read.decided_at.ok_or("it does not say when it was decided")?);
    if !(-MINUTE..=DAY).contains(&age.0) {
        return Err("it was not decided lately".to_owned());
    }
    // what was held was told of when it was chosen, and says nothing that could be checked; a click needs none of it
    if !read.chosen && told.event.event == VIEWED {
        return Err("it was not chosen then".to_owned());
    }
    if read.chosen {
        let again =
            read.choose_again(campaign, &running.model, &running.learned).map_err(|e| e.to_string())?;
        if !is_same(&read, &again, campaign) {
            return Err("the engine chooses otherwise".to_owned());
        }
    }
    line.insert("fetcher".into(), json!(Fetcher::Person));
    line.insert("holdout".into(), json!(campaign.holdout));
    line.insert("discount".into(), json!(discount(&read, campaign)));
    Ok(line)
}

/// A line as learners read it; of whom it tells and by which id is settled where it is kept.
fn read(mut line: Map<String, Value>, at: Timestamp) -> Result<Line, String> {
    let settled = [("id", json!("")), ("type", json!("exposure")), ("subject", json!("")), ("at", json!(at))];
    line.extend(settled.map(|(name, value)| (name.to_owned(), value)));
    serde_json::from_value(line.into()).map_err(|error| error.to_string())
}

/// Does a line tell of this decision?
fn is_same(line: &Line, again: &Decision, campaign: &Campaign) -> bool {
    let Some(assembly) = &line.assembly else { return false };
    let names = campaign.slots.iter().enumerate().map(|(i, slot)| {
        let shown = again.shown(i).and_then(|variant| slot.variants.get(usize::from(variant)));
        (slot.name.name.as_str(), shown.map(|variant| variant.id.name.as_str()))
    });
    line.probability == Some(again.probability)
        && assembly.len() == campaign.slots.len()
        && names
            .into_iter()
            .all(|(slot, shown)| assembly.get(slot).is_some_and(|told| told.as_deref() == shown))
}

/// The highest discount in what was shown, in percent.
fn discount(line: &Line, campaign: &Campaign) -> u8 {
    let shown = line.assembly.iter().flatten().filter_map(|(slot, variant)| {
        let (_, slot) = campaign.slot(slot)?;
        slot.variants.get(usize::from(slot.variant(Key::of(variant.as_deref()?))?))
    });
    shown.map(Variant::discount).max().unwrap_or(0)
}
