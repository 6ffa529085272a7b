//! What a slot shows once it is decided, with the recipient's own values where consent covers them: all that drawing takes.

use super::{Decision, Outcome};
use crate::campaign::{Caption, Countdown, Picture, Template, Variant};
use crate::intent::{Facts, SignalId, SignalSet, Signals, Value};
use crate::profile::Purpose;
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
    /// What a variant shows to the recipient of whom `facts` tell. Their own values stand in it only if the decision is theirs, not a fallback or the holdout's,
    /// and `alphabet` has their letters. `first_open` is when they first opened a message of the campaign.
    #[must_use]
    pub fn of(
        variant: Option<&Variant>,
        decision: &Decision,
        facts: &Facts<'_>,
        first_open: Option<Timestamp>,
        alphabet: Alphabet,
    ) -> Self {
        let Some(variant) = variant else { return Self::Nothing };
        let signals = Signals::read(facts, SignalSet::ALL);
        let own = decision.outcome == Outcome::Show;
        let name = facts.profile.traits.first_name.text();
        // a name in letters that the fonts lack is left out rather than mangled
        let name = name.filter(|name| own && facts.allows(Purpose::Personalization) && alphabet.covers(name));
        let value = |id| match signals.get(id) {
            Value::Text(text) if !alphabet.covers(text) => Value::Missing,
            value => value,
        };
        let text = |template: &Template| if own { template.fill(name, value) } else { template.plain() };
        Self::filled(variant, text, |countdown| {
            let language = match SignalId::of("language").map(|id| signals.get(id)) {
                Some(Value::Text(language)) if own => Some(language),
                _ => None,
            };
            let language = language.filter(|language| labels(language).iter().all(|l| alphabet.covers(l)));
            let timezone = facts.timezone().filter(|_| own);
            (countdown.face(language), countdown.to.instant(facts.now, first_open, timezone))
        })
    }

    /// The texts to draw, and how heavy each is.
    #[must_use]
    pub fn texts(&self) -> Vec<(&str, Weight)> {
        match self {
            Self::Nothing | Self::Image { caption: None, .. } => Vec::new(),
            Self::Image { caption: Some(lines), .. } => lines.caption().texts().into(),
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

    /// What a variant shows to somebody of whom nothing is known.
    #[must_use]
    pub fn plain(variant: &Variant, now: Timestamp) -> Self {
        Self::filled(variant, Template::plain, |countdown| {
            (countdown.face(None), countdown.to.instant(now, None, None))
        })
    }

    fn filled(
        variant: &Variant,
        text: impl Fn(&Template) -> String,
        settled: impl FnOnce(&Countdown) -> (Face, Timestamp),
    ) -> Self {
        match &variant.picture {
            None => Self::Nothing,
            Some(Picture::Image(path)) => {
                let caption = variant.text.as_ref().map(|caption| Lines::of(caption, text));
                Self::Image { path: path.clone(), caption }
            }
            Some(Picture::Countdown(countdown)) => {
                let (face, deadline) = settled(countdown);
                Self::Countdown { face, deadline }
            }
        }
    }
}

impl Lines {
    fn of(caption: &Caption, text: impl Fn(&Template) -> String) -> Self {
        Self {
            headline: text(&caption.headline),
            subline: text(&caption.subline),
            button: text(&caption.button),
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
