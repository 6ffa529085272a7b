//! Landing pages: a [`Visit`] for the script of a page. Texts and bytes go in and out; everything else, from fetching to slots, is the script's (`www/page`).

use crate::page::{Bundle, Consent, Surroundings, Visit};
use crate::time::{MINUTE, Span, Timestamp};
use wasm_bindgen::{JsError, prelude::wasm_bindgen};

/// A visit to a page.
#[wasm_bindgen]
pub struct Page(Visit);

/// Milliseconds, as JavaScript counts them.
const fn at(now: f64) -> Timestamp {
    Timestamp(now as i64)
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
    pub fn consent(&mut self, personalization: bool, measurement: bool, gpc: bool) {
        self.0.consent(Consent { personalization, measurement, gpc });
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
    pub fn restore(&mut self, state: &str, now: f64) -> bool {
        self.0.restore(state, at(now))
    }

    /// What may be kept for the next visit.
    pub fn state(&self) -> Option<String> {
        self.0.state()
    }

    /// One event in Segment's form, as JSON; false when it says nothing.
    pub fn track(&mut self, event: &str, now: f64) -> bool {
        self.0.track(event, at(now))
    }

    /// What the page shows now: a [`crate::page::PageDecision`] as JSON.
    ///
    /// # Errors
    /// Never in practice: every decision can be written.
    pub fn decide(&mut self, now: f64) -> Result<String, JsError> {
        Ok(serde_json::to_string(&self.0.decide(at(now)))?)
    }
}
