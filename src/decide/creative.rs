//! What a slot shows once it is decided, with the recipient's own values where consent covers them and live values of feeds: all that drawing takes.

use super::{Decision, Outcome};
use crate::campaign::{Campaign, Caption, Condition, Feeds, Picture, Template, Values, Variant};
use crate::intent::Facts;
use crate::render::composition::Composition;
use crate::render::countdown::{Face, labels};
use crate::render::{self, Alphabet, FontFile, Fonts, Rgb, Weight};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What a slot shows, ready to be drawn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Creative {
    /// The slot stays empty.
    Nothing,
    /// A stored image.
    Image {
        /// Its path.
        path: String,
        /// Text to draw over it.
        caption: Option<Lines>,
    },
    /// Layers.
    Composition(Box<Composition>),
    /// Time running out.
    Countdown {
        /// How it looks.
        face: Face,
        /// When the time is up.
        deadline: Timestamp,
    },
}

/// Text to draw over an image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lines {
    /// The headline.
    pub headline: String,
    /// The line below it.
    pub subline: String,
    /// The button's label.
    pub button: String,
    /// The colour of the text.
    pub ink: [u8; 3],
    /// The colour of the button.
    pub accent: [u8; 3],
}

impl Creative {
    /// What a variant of `campaign` shows to the recipient of whom `facts` tell. What is their own stands in it only if the decision is theirs, not a fallback or the
    /// holdout's, which show what is the same for everyone, and if `alphabet` has its letters. `first_open` is when they first opened a message of the campaign.
    #[must_use]
    pub fn of(
        campaign: &Campaign,
        variant: Option<&Variant>,
        decision: &Decision,
        facts: &Facts<'_>,
        feeds: &Feeds,
        first_open: Option<Timestamp>,
        alphabet: Alphabet,
    ) -> Self {
        let Some(variant) = variant else { return Self::Nothing };
        let values = values(campaign, decision, facts, feeds).drawn_in(alphabet);
        Self::filled(variant, &values, first_open)
    }

    /// The texts to draw, and how heavy each is.
    #[must_use]
    pub fn texts(&self) -> Vec<(&str, Weight)> {
        match self {
            Self::Nothing | Self::Image { caption: None, .. } => Vec::new(),
            Self::Image { caption: Some(lines), .. } => lines.caption().texts().into(),
            Self::Composition(composition) => composition.texts(),
            Self::Countdown { face, .. } => face.texts().collect(),
        }
    }

    /// The font files beyond the built-in ones that its texts want.
    #[must_use]
    pub fn fonts(&self) -> BTreeSet<FontFile> {
        self.texts().into_iter().flat_map(|(text, weight)| FontFile::wanted(text, weight)).collect()
    }

    /// This, if `fonts` can draw its texts; else the spare, if there is one: the same with nothing in it that needs fonts to be loaded.
    #[must_use]
    pub fn or_spare<'a>(&'a self, spare: Option<&'a Self>, fonts: &Fonts) -> &'a Self {
        spare.filter(|_| !fonts.cover(self.texts())).unwrap_or(self)
    }

    /// What a variant of `campaign` shows to somebody of whom nothing is known.
    #[must_use]
    pub fn plain(campaign: &Campaign, variant: &Variant, feeds: &Feeds, now: Timestamp) -> Self {
        Self::filled(variant, &Values::common(campaign, feeds, now), None)
    }

    fn filled(variant: &Variant, values: &Values<'_>, first_open: Option<Timestamp>) -> Self {
        match &variant.picture {
            None => Self::Nothing,
            Some(Picture::Image(path)) => {
                let caption = variant.text.as_ref().map(|caption| Lines::of(caption, values));
                Self::Image { path: path.clone(), caption }
            }
            Some(Picture::Composition(layout)) => {
                let text = |template: &Template| template.fill(values);
                Self::Composition(Box::new(layout.filled(&text, &|when: &Condition| values.holds(when))))
            }
            Some(Picture::Countdown(countdown)) => Self::Countdown {
                face: countdown.face(language(values)),
                deadline: countdown.to.instant(values.now(), first_open, values.timezone()),
            },
        }
    }
}

/// What the texts of `campaign` are filled with for the recipient of whom `facts` tell, once it was decided so.
#[must_use]
pub fn values<'a>(
    campaign: &'a Campaign,
    decision: &Decision,
    facts: &Facts<'a>,
    feeds: &'a Feeds,
) -> Values<'a> {
    match decision.outcome {
        Outcome::Show => Values::of(campaign, feeds, facts),
        _ => Values::common(campaign, feeds, facts.now),
    }
}

/// The language of countdowns, if its letters can be drawn.
fn language<'a>(values: &'a Values<'_>) -> Option<&'a str> {
    Some(values.language()).filter(|language| labels(language).iter().all(|label| values.draws(label)))
}

impl Lines {
    /// The texts of `caption`, filled with `values`.
    #[must_use]
    pub fn of(caption: &Caption, values: &Values<'_>) -> Self {
        Self {
            headline: caption.headline.fill(values),
            subline: caption.subline.fill(values),
            button: caption.button.fill(values),
            ink: caption.ink,
            accent: caption.accent,
        }
    }

    /// As it is drawn.
    #[must_use]
    pub fn caption(&self) -> render::Caption<'_> {
        let colour = |[r, g, b]: [u8; 3]| Rgb(r, g, b);
        render::Caption {
            headline: &self.headline,
            subline: &self.subline,
            button: Some(self.button.as_str()).filter(|label| !label.is_empty()),
            ink: colour(self.ink),
            accent: colour(self.accent),
        }
    }
}
