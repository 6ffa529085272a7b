//! Apropos decides, when an e-mail is opened or a landing page loads, what this person should see: which hero image,
//! which call to action, which offer, or that the best message is none.
//!
//! ```text
//! request ─► context ┐
//!                    ├─► signals ─► intent ─► guardrails ─► policy ─► decision ─► image · redirect · page · plan
//! events ─► profile ─┘      (model)            (campaign)
//! ```
//!
//! Everything left of "decision" is the pure function [`decide::decide`]: it reads no clock, draws no randomness and does no
//! I/O, so the same inputs give the same bytes natively, in a Worker and in a browser.
//!
//! # The rooms
//!
//! | room | what is in it |
//! |---|---|
//! | [`context`] | reading a request: who fetches, on what, where, when, and how far each is to be trusted |
//! | [`profile`] | what is known of a recipient, as a fold over events; the consent ledger |
//! | [`campaign`] | the marketer's document: parsed, checked with positions, compiled |
//! | [`intent`] | the registry of signals and the additive model that reads them |
//! | [`decide`] | guardrails, policy, assembly, explanation; the one entry point |
//! | [`inbound`] | what others send, read into events |
//! | [`learn`] | training, learning from outcomes, judging policies |
//! | [`measure`] | which signals are worth asking for |
//! | [`operators`] | who may operate a deployment, and by which routes |
//! | [`token`] | the signed recipient tokens in every URL |
//! | [`render`] | pixels |
//! | [`snippet`] | the HTML for a mail's template |
//! | [`page`] | landing pages: what of a campaign goes to a browser, and how a visit is decided there |
//! | `edge`, `browser`, `bin` | the adapters: Worker, landing page, command line |
//! | `shaper` | text of scripts that need shaping, as a wasm module that the Worker loads on need |
//!
//! Imports run one way: adapters → decide → intent, campaign → profile, context. The core knows no adapter.
//! [`render`] knows none of the rooms; a campaign speaks of countdowns in its words.

#[cfg(all(feature = "edge", any(feature = "browser", feature = "page", feature = "painter")))]
compile_error!(
    "`edge` and `browser` are two wasm modules: build each with --no-default-features and its own feature"
);
#[cfg(all(feature = "shaper", any(feature = "edge", feature = "browser", feature = "page")))]
compile_error!("`shaper` is a wasm module of its own: build it with --no-default-features");

pub mod campaign;
pub mod context;
pub mod decide;
pub mod esp;
pub mod hash;
pub mod inbound;
pub mod intent;
pub mod learn;
pub mod measure;
pub mod nearest;
pub mod operators;
pub mod order;
pub mod page;
pub mod profile;
pub mod render;
pub mod snippet;
pub mod time;
pub mod token;

#[cfg(any(feature = "browser", feature = "page", feature = "painter"))]
pub mod browser;
#[cfg(feature = "edge")]
pub mod edge;
#[cfg(feature = "shaper")]
pub mod shaper;
