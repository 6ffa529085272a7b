//! Landing pages: what of a campaign goes to a browser, and how it is decided there.
//!
//! | file | what it does |
//! |---|---|
//! | `bundle` | a campaign with its model and all that decides in it, as one checked file; the Worker writes it, the page reads it |
//! | `visit` | a visitor's time on a page: events folded into a session, consent, the mail's promise, decisions that stand until intent shifts |
//!
//! This room is as pure as the core: no clock, no randomness, no JavaScript. `browser::page` hands it to scripts, `edge::pages` writes bundles and briefs. What may leave of a
//! recipient is settled in [`crate::decide::Brief`].

mod bundle;
mod visit;

pub use bundle::{Bundle, BundleError, Content};
pub use visit::{Consent, PageDecision, SlotDecision, Surroundings, Visit};

/// The JSON Schema (draft 2020-12) of what a page is told: a [`PageDecision`].
#[cfg(feature = "cli")]
#[must_use]
pub fn json_schema() -> serde_json::Value {
    let settings = schemars::generate::SchemaSettings::draft2020_12().for_serialize();
    settings.into_generator().into_root_schema_for::<PageDecision>().to_value()
}
