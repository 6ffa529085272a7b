//! The studio, and whoever looks closer: campaigns read, checked and decided by, with the explanation and what is then shown.
//!
//! ```js
//! const engine = new Engine(campaignText);            // throws an Error that lists every problem
//! const why = engine.decide({ profile, request });    // the explanation, as a plain object
//! const all = engine.decide({ profile, send: { within: "48h" } }); // before a send: all five decisions, in `all.plan`
//! ```
//!
//! This room only translates. What it decides is what every other target decides for the same inputs; the clock is read here because the core
//! reads none, and only when `now` is left out.

use super::picture::Picture;
use crate::campaign::{Campaign, Feeds, Learned, Live, Slot, SlotKind, Variant};
use crate::context::{Context, Request, Surface};
use crate::decide::{self, Creative};
use crate::esp::Esp;
use crate::intent::model::STARTER;
use crate::intent::{Facts, Model, SignalId};
use crate::profile::{Profile, Purpose, Session, fields};
use crate::render::Alphabet;
use crate::snippet::{Provider, provider, snippet};
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
    /// What feeds say, by their names.
    feeds: Option<Map<String, Value>>,
    /// The recipient's own number for this campaign.
    seed: u64,
    /// The subject that stands for a known recipient, in hexadecimal: their number is made of it.
    subject: Option<String>,
    /// When they first opened a message of the campaign, from which some countdowns run.
    first_open: Option<Timestamp>,
    /// The visit that is going on, of a page view.
    session: Option<Session>,
}

/// A question, read.
struct Asked {
    profile: Profile,
    context: Context,
    live: Live,
    learned: Learned,
    feeds: Feeds,
    now: Timestamp,
    seed: u64,
    first_open: Option<Timestamp>,
    send: Option<decide::SendWindow>,
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

    /// Decides, and tells why: `{profile?, request?, send?, live?, learned?, feeds?, now?, seed?, subject?, first_open?, session?}` in, the explanation out.
    ///
    /// # Errors
    /// An `Error` that says which part of the question can't be understood.
    pub fn decide(&self, question: JsValue) -> Result<JsValue, JsError> {
        let asked = self.asked(question)?;
        plain(&decide::answer(&self.question(&asked), asked.send))
    }

    /// What each image slot shows then: `{slot, variant, alt, url, width, height, format, picture}`, with what a `Painter` draws as JSON.
    ///
    /// # Errors
    /// As [`Engine::decide`].
    pub fn pictures(&self, question: JsValue) -> Result<JsValue, JsError> {
        let asked = self.asked(question)?;
        let decision = decide::decide(&self.question(&asked));
        let facts = Facts::new(self.campaign.channel, &asked.profile, &asked.context, asked.now);
        let first = asked.profile.exposures.iter().filter(|e| e.campaign == self.campaign.id.key);
        let first = asked.first_open.or_else(|| first.map(|e| e.at).min());
        let slots = self.campaign.slots.iter().enumerate().filter(|(_, slot)| slot.kind == SlotKind::Image);
        let shown = slots.map(|(place, slot)| {
            let variant = decision.shown(place).and_then(|at| slot.variants.get(usize::from(at)));
            let of = |alphabet| {
                Creative::of(&self.campaign, variant, &decision, &facts, &asked.feeds, first, alphabet)
            };
            self.shown(slot, variant, of(Alphabet::World), of(Alphabet::BuiltIn), asked.now)
        });
        plain(&shown.collect::<Result<Vec<_>, _>>()?)
    }

    /// What every variant of the image slots looks like to somebody of whom nothing is known; the same form as [`Engine::pictures`].
    ///
    /// # Errors
    /// An `Error` when the feeds can't be read.
    pub fn variants(&self, question: JsValue) -> Result<JsValue, JsError> {
        let asked = self.asked(question)?;
        let slots = self.campaign.slots.iter().filter(|slot| slot.kind == SlotKind::Image);
        let all = slots.flat_map(|slot| slot.variants.iter().map(move |variant| (slot, variant)));
        let shown = all.map(|(slot, variant)| {
            let creative = Creative::plain(&self.campaign, variant, &asked.feeds, asked.now);
            self.shown(slot, Some(variant), creative.clone(), creative, asked.now)
        });
        plain(&shown.collect::<Result<Vec<_>, _>>()?)
    }

    /// The HTML for a provider's template; the providers are those of [`providers`].
    ///
    /// # Errors
    /// An `Error` when the provider isn't known.
    pub fn snippet(&self, esp: &str, field: &str, base: &str) -> Result<String, JsError> {
        let known = Esp::ALL.into_iter().find(|known| provider(*known).name == esp);
        let known = known.ok_or_else(|| JsError::new(&format!("provider {esp:?} is not known")))?;
        let slots: Vec<_> = self.campaign.slots.iter().filter(|slot| slot.kind == SlotKind::Image).collect();
        Ok(snippet(&self.campaign, &slots, (known, field), base, true))
    }

    /// The version of the document, as eight hexadecimal digits.
    #[wasm_bindgen(getter)]
    pub fn version(&self) -> String {
        self.campaign.version.to_string()
    }

    /// What to look at, though nothing is wrong; problems as [`check`] gives them.
    ///
    /// # Errors
    /// Never in practice: warnings are plain.
    pub fn warnings(&self) -> Result<JsValue, JsError> {
        plain(&self.campaign.warnings)
    }
}

impl Engine {
    fn asked(&self, question: JsValue) -> Result<Asked, JsError> {
        // by way of JSON, so that a key that is not known is an error and not overlooked
        let question = match serde_wasm_bindgen::from_value(question)? {
            Value::Null => Question::default(),
            question @ Value::Object(_) => serde_json::from_value(question)?,
            _ => {
                return Err(JsError::new(
                    "expected an object: {profile?, request?, send?, live?, learned?, feeds?, now?, seed?, subject?, first_open?, session?}",
                ));
            }
        };
        let now = question.now.unwrap_or_else(|| Timestamp(js_sys::Date::now() as i64));
        let profile = question.profile.map_or(Ok(Profile::default()), |document| profile(document, now))?;
        let seed = match &question.subject {
            Some(hex) => decide::seed(&subject(hex)?, &self.campaign),
            None => question.seed,
        };
        let feeds = question
            .feeds
            .map_or(Ok(Feeds::NONE), |feeds| Feeds::parse(&Value::Object(feeds).to_string(), now))?;
        Ok(Asked {
            profile,
            context: Context {
                session: question.session,
                ..Context::read(&request(question.request.unwrap_or_default())?)
            },
            live: question.live.unwrap_or_default(),
            learned: question.learned.unwrap_or_default(),
            feeds,
            now,
            seed,
            first_open: question.first_open,
            send: question.send,
        })
    }

    fn question<'a>(&'a self, asked: &'a Asked) -> decide::Question<'a> {
        let Asked { profile, context, live, learned, now, seed, .. } = asked;
        let plain = decide::Question::new(&self.campaign, &self.model, profile, context, *now, *seed);
        decide::Question { live, learned, ..plain }
    }

    fn shown(
        &self,
        slot: &Slot,
        variant: Option<&Variant>,
        creative: Creative,
        spare: Creative,
        now: Timestamp,
    ) -> Result<Value, JsError> {
        // as the Worker does: what needs no fonts needs no spare; and of pictures that run, only countdowns hang on the moment
        let spare = (!creative.fonts().is_empty()).then_some(spare);
        let now = if matches!(creative, Creative::Countdown { .. }) { now } else { Timestamp(0) };
        let picture = serde_json::to_string(&Picture { creative, spare, size: slot.pixels(), now })?;
        Ok(json!({
            "slot": slot.name.name, "variant": variant.map(|v| &v.id.name), "alt": variant.map_or("", |v| &v.alt),
            "url": variant.and_then(|v| v.url.as_deref()), "width": slot.width, "height": slot.height,
            "format": slot.format().extension(), "picture": picture,
        }))
    }
}

/// The file of the model that decides, as text.
#[wasm_bindgen]
pub fn model() -> String {
    STARTER.to_owned()
}

/// The request of a well-known mail program, for [`Engine::decide`]: one of `"gmail"`, `"apple-mail"`, `"outlook"`, `"phone"`, `"scanner"`; `undefined` for another.
///
/// # Errors
/// Never in practice: facts are plain.
#[wasm_bindgen]
pub fn opener(name: &str) -> Result<JsValue, JsError> {
    Request::of_opener(name).map_or(Ok(JsValue::UNDEFINED), |facts| plain(&facts))
}

/// Every signal: `{name, serves, purpose, why}`.
///
/// # Errors
/// Never in practice: signals are plain.
#[wasm_bindgen]
pub fn signals() -> Result<JsValue, JsError> {
    let told = SignalId::all().map(|id| {
        let signal = id.signal();
        json!({"name": signal.name, "serves": signal.serves.name(), "purpose": signal.needs().map(Purpose::name), "why": signal.why})
    });
    plain(&told.collect::<Vec<_>>())
}

/// The e-mail service providers that [`Engine::snippet`] writes for: `{name, title, place, tag}`.
///
/// # Errors
/// Never in practice: names are plain.
#[wasm_bindgen]
pub fn providers() -> Result<JsValue, JsError> {
    let told = Esp::ALL.into_iter().map(|esp| {
        let Provider { name, title, place } = provider(esp);
        json!({"name": name, "title": title, "place": place, "tag": esp.merge_tag("apropos")})
    });
    plain(&told.collect::<Vec<_>>())
}

fn subject(hex: &str) -> Result<[u8; 16], JsError> {
    let number = u128::from_str_radix(hex, 16).ok().filter(|_| hex.len() == 32);
    number.map(u128::to_be_bytes).ok_or_else(|| JsError::new("subject: expected 32 hexadecimal digits"))
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
