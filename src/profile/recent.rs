//! The newest few dated things, and nothing older than a mark.

use crate::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};

/// The newest `MAX` things that happened after a mark, in the order in which they happened.
///
/// What it holds hangs only on *what* was added and cleared, never on the order in which that came to be known: adding keeps the newest
/// `MAX`, clearing moves the mark forward, and neither can bring back what the other took away. So a late event finds its place, and a log
/// replayed gives the same as a log followed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound(serialize = "T: Serialize", deserialize = "T: Deserialize<'de> + Ord"))]
pub struct Recent<T, const MAX: usize> {
    after: Option<Timestamp>,
    #[serde(with = "distances")]
    items: Vec<(Timestamp, T)>,
}

impl<T, const MAX: usize> Default for Recent<T, MAX> {
    fn default() -> Self {
        Self { after: None, items: Vec::new() }
    }
}

impl<T: Copy + Ord, const MAX: usize> Recent<T, MAX> {
    /// Adds a thing that happened at `at`.
    pub fn add(&mut self, at: Timestamp, item: T) {
        if self.after.is_some_and(|mark| at <= mark) {
            return;
        }
        let place = self.items.partition_point(|known| *known <= (at, item));
        self.items.insert(place, (at, item));
        let surplus = self.items.len().saturating_sub(MAX);
        self.items.drain(..surplus);
    }

    /// Forgets everything up to and including `until`, also what is still to be told of that time.
    pub fn clear(&mut self, until: Timestamp) {
        self.after = self.after.max(Some(until));
        self.items.retain(|(at, _)| *at > until);
    }

    /// Forgets what happened more than `span` before the newest.
    pub fn keep(&mut self, span: Span) {
        if let Some(newest) = self.newest() {
            self.items.retain(|(at, _)| newest.since(*at) <= span);
        }
    }

    /// Takes over what another record of the same recipient holds.
    pub fn merge(&mut self, other: &Self) {
        if let Some(mark) = other.after {
            self.clear(mark);
        }
        for (at, item) in &other.items {
            self.add(*at, *item);
        }
    }

    /// Everything it holds, oldest first.
    #[must_use]
    pub fn all(&self) -> &[(Timestamp, T)] {
        &self.items
    }

    /// When the newest happened.
    #[must_use]
    pub fn newest(&self) -> Option<Timestamp> {
        self.items.last().map(|(at, _)| *at)
    }

    /// The mark: everything up to it is forgotten.
    #[must_use]
    pub const fn cleared(&self) -> Option<Timestamp> {
        self.after
    }

    /// Are there as many as it holds?
    #[must_use]
    pub const fn is_full(&self) -> bool {
        self.items.len() >= MAX
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.items.len()
    }

    /// Is there none?
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.items.is_empty()
    }
}

/// Rows hold how far each thing lies behind the one before: a few bytes instead of six.
mod distances {
    use super::Timestamp;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<T: Serialize, S: Serializer>(
        items: &[(Timestamp, T)],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let mut before = 0i64;
        serializer.collect_seq(items.iter().map(|(at, item)| {
            let distance = at.0.wrapping_sub(before);
            before = at.0;
            (distance, item)
        }))
    }

    pub fn deserialize<'de, T: Deserialize<'de> + Ord, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<(Timestamp, T)>, D::Error> {
        let distances = Vec::<(i64, T)>::deserialize(deserializer)?;
        let mut at = 0i64;
        let mut items: Vec<_> = distances
            .into_iter()
            .map(|(distance, item)| {
                at = at.wrapping_add(distance);
                (Timestamp(at), item)
            })
            .collect();
        crate::order::by(&mut items, Ord::cmp); // a damaged row must not break what everything else relies on
        Ok(items)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Few = Recent<u8, 4>;

    #[derive(Clone, Debug)]
    enum Word {
        Add(i64, u8),
        Clear(i64),
    }

    fn heard(words: &[Word]) -> Few {
        let mut few = Few::default();
        for word in words {
            match *word {
                Word::Add(at, item) => few.add(Timestamp(at), item),
                Word::Clear(until) => few.clear(Timestamp(until)),
            }
        }
        few
    }

    fn words() -> impl Strategy<Value = Vec<Word>> {
        let word = prop_oneof![
            4 => (0i64..12, any::<u8>()).prop_map(|(at, item)| Word::Add(at, item)),
            1 => (0i64..12).prop_map(Word::Clear),
        ];
        proptest::collection::vec(word, 0..12)
    }

    proptest! {
        #[test]
        fn order_does_not_matter(words in words(), shuffled in words().prop_shuffle(), cut in 0usize..12) {
            let mut other = words.clone();
            other.rotate_left(cut % words.len().max(1));
            other.reverse();
            prop_assert_eq!(heard(&words), heard(&other));
            // and two halves merged are the whole
            let (front, back) = words.split_at(cut.min(words.len()));
            let mut merged = heard(front);
            merged.merge(&heard(back));
            prop_assert_eq!(merged, heard(&words));
            prop_assert!(heard(&shuffled).len() <= 4);
        }

        #[test]
        fn a_row_reads_back(words in words()) {
            let few = heard(&words);
            let row = postcard::to_allocvec(&few).unwrap();
            prop_assert_eq!(postcard::from_bytes::<Few>(&row).unwrap(), few);
        }
    }
}
