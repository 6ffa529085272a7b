//! Our side of `cargo xtask bench decide`: one question, decided over and over. The loop is here and not in JavaScript, so that what is timed is
//! the engine and not the way into wasm.
//!
//! `benches/peers/decide.mjs` writes the questions, in the same words for us and for the peers, and holds the clock; natively the clock is in `main.rs`.

use apropos::campaign::{Campaign, Learned};
use apropos::context::{Context, Request};
use apropos::decide::{self, Decision, Explanation, decide, explain};
use apropos::intent::Model;
use apropos::profile::{Profile, fields};
use apropos::time::Timestamp;
use serde_json::{Map, Value};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen::prelude::wasm_bindgen;

/// All that a decision is made from but the seed, read and ready.
#[cfg_attr(target_arch = "wasm32", wasm_bindgen)]
pub struct Question {
    campaign: Campaign,
    learned: Learned,
    model: Model,
    profile: Profile,
    context: Context,
    now: Timestamp,
}

impl Question {
    /// Reads `{"campaign", "learned"?, "profile", "request", "now"}`: texts and documents as the browser module takes them.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn read(text: &str) -> Result<Self, String> {
        let question: Map<String, Value> = serde_json::from_str(text).map_err(|e| e.to_string())?;
        let part = |name| question.get(name).cloned().unwrap_or_default();
        let now: Timestamp = serde_json::from_value(part("now")).map_err(|e| e.to_string())?;
        let request: Request = serde_json::from_value(part("request")).map_err(|e| e.to_string())?;
        let document: Map<String, Value> =
            serde_json::from_value(part("profile")).map_err(|e| e.to_string())?;
        let learned: Option<Learned> = serde_json::from_value(part("learned")).map_err(|e| e.to_string())?;
        Ok(Self {
            learned: learned.unwrap_or_default(),
            campaign: Campaign::parse(part("campaign").as_str().unwrap_or_default())
                .map_err(|e| e.to_string())?,
            model: Model::starter().map_err(|e| e.to_string())?,
            profile: fields::read(&document, now).map_err(|e| format!("{e:?}"))?.1,
            context: Context::read(&request),
            now,
        })
    }

    fn asked(&self, seed: u64) -> decide::Question<'_> {
        let Self { campaign, learned, model, profile, context, now } = self;
        decide::Question { learned, ..decide::Question::new(campaign, model, profile, context, *now, seed) }
    }

    fn decide(&self, seed: u64) -> Decision {
        decide(&self.asked(seed))
    }

    fn explain(&self, seed: u64) -> (Decision, Explanation<'_>) {
        explain(&self.asked(seed))
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen)]
impl Question {
    /// As [`Question::read`], for JavaScript.
    ///
    /// # Errors
    /// As there.
    #[cfg(target_arch = "wasm32")]
    #[wasm_bindgen(constructor)]
    pub fn new(text: &str) -> Result<Self, String> {
        Self::read(text)
    }

    /// Decides for the seeds from 0 up to `count`. The sum of what the first slot shows, so that nothing can be left out, and so that two targets
    /// can be held against each other.
    pub fn run(&self, count: u32) -> u32 {
        (0..count.into())
            .map(|seed| u32::from(self.decide(seed).shown(0).unwrap_or(u8::MAX)))
            .fold(0, u32::wrapping_add)
    }

    /// As [`Question::run`], with the explanation made each time.
    pub fn run_explained(&self, count: u32) -> u32 {
        let shown = |seed| {
            let (decision, explanation) = self.explain(seed);
            std::hint::black_box(explanation);
            u32::from(decision.shown(0).unwrap_or(u8::MAX))
        };
        (0..count.into()).map(shown).fold(0, u32::wrapping_add)
    }
}
