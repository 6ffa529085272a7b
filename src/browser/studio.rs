//! The studio, and whoever looks closer: campaigns read, checked and decided by, with the explanation.
//!
//! ```js
//! const engine = new Engine(campaignText);            // throws an Error that lists every problem
//! const why = engine.decide({ profile, request });    // the explanation, as a plain object
//! const all = engine.decide({ profile, send: { within: "48h" } }); // before a send: all five decisions, in `all.plan`
//! ```
//!
//! This room only translates. What it decides is what every other target decides for the same inputs; the clock is read here because the core
//! reads none, and only when `now` is left out.

use crate::campaign::{Campaign, Learned, Live};
use crate::context::{Context, Request, Surface};
use crate::decide;
use crate::intent::Model;
use crate::profile::{Profile, fields};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use wasm_bindgen::{JsError, JsValue, prelude::wasm_bindgen};

/// Every problem of a campaign's text, in its order: `{line, column, length, path, message, help}`. None at all: it can be published.
///
/// # Errors
/// Never in practice: problems are plain.
#[wasm_bindgen]
pub fn check(campaign: &str) -> Result<JsValue, JsError> {
    let problems = Campaign::parse(campaign).err().map(|problems| problems.0).unwrap_or_default();
    plain(&problems)
}

/// One campaign, ready to decide.
#[wasm_bindgen]
pub struct Engine {
    campaign: Campaign,
    model: Model,
}

/// What is asked; all of it may be left out.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Question {
    /// The recipient, as an import writes it; a stranger when left out.
    profile: Option<Map<String, Value>>,
    /// The raw facts of the request; a page view of which nothing is known when left out.
    request: Option<Map<String, Value>>,
    /// The moment, as milliseconds or RFC 3339; this one when left out.
    now: Option<Timestamp>,
    /// A send to plan; the request isn't looked at then.
    send: Option<decide::SendWindow>,
    /// What changes while the campaign runs: budgets, stock, …
    live: Option<Live>,
    /// What the campaign has learned.
    learned: Option<Learned>,
    /// The recipient's own number for this campaign.
    seed: u64,
}

#[wasm_bindgen]
impl Engine {
    /// Reads a campaign.
    ///
    /// # Errors
    /// An `Error` whose message lists every problem of the text, each with its place.
    #[wasm_bindgen(constructor)]
    pub fn new(campaign: &str) -> Result<Self, JsError> {
        Ok(Self { campaign: Campaign::parse(campaign)?, model: Model::starter()? })
    }

    /// Decides, and tells why: `{profile?, request?, send?, live?, learned?, now?, seed?}` in, the explanation out.
    ///
    /// # Errors
    /// An `Error` that says which part of the question can't be understood.
    pub fn decide(&self, question: JsValue) -> Result<JsValue, JsError> {
        // by way of JSON, so that a key that is not known is an error and not overlooked
        let question = match serde_wasm_bindgen::from_value(question)? {
            Value::Null => Question::default(),
            question @ Value::Object(_) => serde_json::from_value(question)?,
            _ => {
                return Err(JsError::new(
                    "expected an object: {profile?, request?, send?, live?, learned?, now?, seed?}",
                ));
            }
        };
        let now = question.now.unwrap_or_else(|| Timestamp(js_sys::Date::now() as i64));
        let profile = question.profile.map_or(Ok(Profile::default()), |document| profile(document, now))?;
        let context = Context::read(&request(question.request.unwrap_or_default())?);
        let (live, learned) = (question.live.unwrap_or_default(), question.learned.unwrap_or_default());
        let asked = decide::Question {
            live: &live,
            learned: &learned,
            ..decide::Question::new(&self.campaign, &self.model, &profile, &context, now, question.seed)
        };
        plain(&decide::answer(&asked, question.send))
    }
}

/// A page often knows its visitor under no id, and deciding needs none.
fn profile(mut document: Map<String, Value>, now: Timestamp) -> Result<Profile, JsError> {
    document.entry("id").or_insert_with(|| "visitor".into());
    fields::read(&document, now).map(|(_, profile)| profile).map_err(|errors| {
        let problems: Vec<_> = errors.iter().map(|error| format!("profile: {error}")).collect();
        JsError::new(&problems.join("\n"))
    })
}

fn request(mut facts: Map<String, Value>) -> Result<Request, JsError> {
    facts.entry("surface").or_insert_with(|| json!(Surface::Page));
    serde_json::from_value(facts.into()).map_err(|error| JsError::new(&format!("request: {error}")))
}

/// As `JSON.parse` would have made it: plain objects, numbers, `null`.
fn plain(value: &impl Serialize) -> Result<JsValue, JsError> {
    Ok(value.serialize(&serde_wasm_bindgen::Serializer::json_compatible())?)
}
