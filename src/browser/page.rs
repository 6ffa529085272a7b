//! Landing pages: a [`Visit`] for the script of a page. Texts and bytes go in and out; everything else, from fetching to slots, is the script's (`www/page`).

use crate::page::{Bundle, Consent, Surroundings, Visit};
use crate::profile::Event;
use crate::profile::event::Call;
use crate::time::{MINUTE, Span, Timestamp};
use serde_json::{Map, Number, Value};
use wasm_bindgen::{JsCast, JsError, JsValue, prelude::wasm_bindgen};

/// A visit to a page.
#[wasm_bindgen]
pub struct Page(Visit);

/// Milliseconds, as JavaScript counts them.
const fn at(now: f64) -> Timestamp {
    Timestamp(now as i64)
}

/// How deep properties are looked into: a list of products is two levels down.
const DEPTH: u32 = 4;
/// How many entries of a list or object are looked at.
const ENTRIES: u32 = 100;

/// A plain value of JavaScript. Reading JSON would be a sixth of the module.
fn plain(value: &JsValue, depth: u32) -> Value {
    if let Some(text) = value.as_string() {
        return Value::String(text);
    }
    if let Some(number) = value.as_f64() {
        return Number::from_f64(number).map_or(Value::Null, Value::Number);
    }
    if let Some(flag) = value.as_bool() {
        return Value::Bool(flag);
    }
    if depth == 0 || !value.is_object() {
        return Value::Null;
    }
    if js_sys::Array::is_array(value) {
        let list = js_sys::Array::from(value);
        return (0..list.length().min(ENTRIES)).map(|i| plain(&list.get(i), depth - 1)).collect();
    }
    let mut named = Map::new();
    let entries = js_sys::Object::entries(value.unchecked_ref());
    for entry in (0..entries.length().min(ENTRIES)).map(|i| js_sys::Array::from(&entries.get(i))) {
        if let Some(name) = entry.get(0).as_string() {
            named.insert(name, plain(&entry.get(1), depth - 1));
        }
    }
    Value::Object(named)
}

#[wasm_bindgen]
impl Page {
    /// A visit by a bundle, as `GET /p/{campaign}` answers.
    ///
    /// # Errors
    /// An `Error` that says why the bundle can't be used.
    #[wasm_bindgen(constructor)]
    pub fn new(bundle: &[u8]) -> Result<Self, JsError> {
        let half = || (js_sys::Math::random() * f64::from(u32::MAX)) as u64;
        Ok(Self(Visit::new(Bundle::read(bundle)?, half() << 32 | half())))
    }

    /// The campaign's id.
    #[wasm_bindgen(getter)]
    pub fn campaign(&self) -> String {
        self.0.bundle().campaign.id.name.clone()
    }

    /// The campaign's version, as eight hexadecimal digits.
    #[wasm_bindgen(getter)]
    pub fn version(&self) -> String {
        self.0.bundle().campaign.version.to_string()
    }

    /// Whether the campaign asks where visitors are, which only the Worker can tell: then a visit is worth a call without a token too.
    #[wasm_bindgen(getter)]
    pub fn asks(&self) -> bool {
        self.0.bundle().campaign.guardrails.market.is_some()
    }

    /// Takes a newer bundle of the same campaign; false when it is of another one.
    ///
    /// # Errors
    /// An `Error` that says why the bundle can't be used; the old one stays.
    pub fn renew(&mut self, bundle: &[u8]) -> Result<bool, JsError> {
        Ok(self.0.renew(Bundle::read(bundle)?))
    }

    /// What the visitor allows.
    pub fn consent(&mut self, personalization: bool, measurement: bool, gpc: bool, now: f64) {
        self.0.consent(Consent { personalization, measurement, gpc }, at(now));
    }

    /// What the browser tells of itself: the IANA zone and how many minutes it is ahead of UTC, languages with commas between, the user agent.
    pub fn place(&mut self, timezone: String, offset: f64, languages: String, user_agent: String) {
        let offset = Span((offset * MINUTE as f64) as i64);
        self.0.surroundings(Surroundings { timezone, offset, languages, user_agent });
    }

    /// What the Worker told of the visitor, as `POST /p/{campaign}/visit` answers; false when it can't be used.
    pub fn join(&mut self, brief: &[u8], now: f64) -> bool {
        self.0.join(brief, at(now))
    }

    /// What [`Page::state`] gave earlier; false when it can't be used.
    pub fn restore(&mut self, state: &str) -> bool {
        self.0.restore(state)
    }

    /// What may be kept for the next visit.
    pub fn state(&self) -> Option<String> {
        self.0.state()
    }

    /// One event: `"page"`, `"screen"` or `"track"`, the name of a `track` event, its properties as a plain object, when it happened; false when it says nothing of a visit.
    pub fn track(&mut self, call: &str, name: String, properties: &JsValue, now: f64) -> bool {
        let call = match call {
            "page" => Call::Page,
            "screen" => Call::Screen,
            "track" => Call::Track,
            _ => return false,
        };
        let properties = match plain(properties, DEPTH) {
            Value::Object(properties) => properties,
            _ => Map::new(),
        };
        self.0.track(&Event::told(call, name, properties, at(now)))
    }

    /// What the page shows now: a [`crate::page::PageDecision`] as JSON.
    ///
    /// # Errors
    /// Never in practice: every decision can be written.
    pub fn decide(&mut self, now: f64) -> Result<String, JsError> {
        Ok(serde_json::to_string(&self.0.decide(at(now)))?)
    }
}
