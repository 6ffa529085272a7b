//! What was said last.

use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// A fact that is told again and again, of which the newest word stands. Of two words at the same instant the greater stands, so that the order
/// of arrival never matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Latest<T>(Option<(Timestamp, T)>);

impl<T> Default for Latest<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T: PartialOrd> Latest<T> {
    /// Hears a word that was said at `at`.
    pub fn tell(&mut self, value: T, at: Timestamp) {
        let news = self.0.as_ref().is_none_or(|(known, old)| at > *known || (at == *known && value > *old));
        if news {
            self.0 = Some((at, value));
        }
    }

    /// Takes over what another record of the same recipient knows better.
    pub fn merge(&mut self, other: &Self)
    where
        T: Clone,
    {
        if let Some((at, value)) = &other.0 {
            self.tell(value.clone(), *at);
        }
    }
}

impl<T> Latest<T> {
    /// The word that stands.
    #[must_use]
    pub const fn get(&self) -> Option<&T> {
        match &self.0 {
            Some((_, value)) => Some(value),
            None => None,
        }
    }

    /// When it was said.
    #[must_use]
    pub const fn at(&self) -> Option<Timestamp> {
        match self.0 {
            Some((at, _)) => Some(at),
            None => None,
        }
    }
}

impl Latest<String> {
    /// The text that stands.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        self.get().map(String::as_str)
    }
}
