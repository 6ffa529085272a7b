//! Intent: what the recipient is likely to do, and why, by a model that can be read.
//!
//! [`registry`] declares every input once: where it comes from, which consent it needs, and why using it helps the customer; [`signal`] reads them.
//! [`model`] is an additive model over those signals: a table of weights per signal and question, a link, nothing hidden.
//! A signal that consent does not cover is *missing* here, before anything reads it, so neither model, nor condition, nor log
//! can depend on it (law 2).

pub mod model;
pub mod registry;
pub mod signal;
pub mod trend;

pub use model::{Head, Intent, Model, ModelError};
pub use signal::{Facts, Group, SignalId, SignalSet, Signals, Value};

use serde::{Deserialize, Serialize};

/// What can move a person. Variants are tagged with these, and intent weighs them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub enum Motivation {
    /// A better price.
    Price,
    /// Something new, or more to choose from.
    Assortment,
    /// Less effort.
    Convenience,
    /// Confidence in the product and the shop.
    Trust,
    /// Not to miss it.
    Urgency,
}

impl Motivation {
    /// Every motivation, in the order of [`Intent::motivations`].
    pub const ALL: [Self; 5] = [Self::Price, Self::Assortment, Self::Convenience, Self::Trust, Self::Urgency];

    /// The question how much it moves a recipient.
    #[must_use]
    pub const fn head(self) -> Head {
        match self {
            Self::Price => Head::Price,
            Self::Assortment => Head::Assortment,
            Self::Convenience => Head::Convenience,
            Self::Trust => Head::Trust,
            Self::Urgency => Head::Urgency,
        }
    }

    /// Its name in documents.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Price => "price",
            Self::Assortment => "assortment",
            Self::Convenience => "convenience",
            Self::Trust => "trust",
            Self::Urgency => "urgency",
        }
    }
}
