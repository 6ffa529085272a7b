//! What was decided for a recipient and reached their eyes.

use super::Profile;
use crate::hash::Key;
use crate::order;
use crate::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};

/// One decision that reached the recipient's eyes, or may have (a prefetching proxy keeps the picture for later).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exposure {
    /// The campaign.
    pub campaign: Key,
    /// When it was decided.
    pub at: Timestamp,
    /// A person was there and saw something: this exposure counts against caps.
    pub counted: bool,
    /// What was there to see.
    pub sight: Sight,
    /// The highest discount in it, in percent.
    pub discount: u8,
    /// The probability with which the policy chose this.
    pub probability: f64,
}

/// What was there to see; what says more comes first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sight {
    /// An assembly: what each slot shows.
    Assembly(Vec<Shown>),
    /// Nothing: the message was left empty.
    Nothing,
    /// Too long ago to be kept; it only counts.
    Forgotten,
}

/// What one slot shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shown {
    /// The slot.
    pub slot: Key,
    /// The variant in it.
    pub variant: Key,
}

/// The longest look-back of a frequency cap.
pub const MEMORY: Span = Span(28 * crate::time::DAY);

/// How many exposures a profile remembers.
pub const MAX_EXPOSURES: usize = 64;

/// How many exposures keep what was to be seen; older ones only count.
const MAX_HELD: usize = 4;

/// The most that a frequency cap may allow: so many exposures that count are always remembered, whatever doesn't count stands beside them.
pub const MAX_CAP: u8 = (MAX_EXPOSURES - MAX_HELD) as u8;

impl Profile {
    /// The newest exposure to a campaign.
    #[must_use]
    pub fn exposure(&self, campaign: Key) -> Option<&Exposure> {
        self.exposures.iter().rev().find(|e| e.campaign == campaign)
    }

    /// Notes that something was shown, or that nothing was. The same campaign at the same instant of decision is the same exposure: asked
    /// again for another slot it changes nothing, except that a person's look makes it count.
    pub fn expose(&mut self, exposure: Exposure) {
        let same = |e: &&mut Exposure| e.campaign == exposure.campaign && e.at == exposure.at;
        if let Some(known) = self.exposures.iter_mut().find(same) {
            let counted = known.counted || exposure.counted;
            *known = Exposure { counted, ..exposure };
        } else {
            self.exposures.push(exposure);
        }
        self.tidy_exposures();
    }

    /// Takes over what the same person was shown under another id: whatever counted against a cap still counts.
    pub(super) fn merge_exposures(&mut self, other: &[Exposure]) {
        for exposure in other {
            match self.exposures.iter_mut().find(|e| e.campaign == exposure.campaign && e.at == exposure.at) {
                Some(known) => known.merge(exposure),
                None => self.exposures.push(exposure.clone()),
            }
        }
        self.tidy_exposures();
    }

    /// Keeps of the exposures what may still matter, judged by the newest of them.
    pub(super) fn tidy_exposures(&mut self) {
        order::by_key(&mut self.exposures, |e| (e.at, e.campaign));
        let Some(newest) = self.exposures.last().map(|e| e.at) else { return };
        let old = self.exposures.len().saturating_sub(MAX_HELD);
        for exposure in &mut self.exposures[..old] {
            exposure.sight = Sight::Forgotten;
        }
        // what neither counts nor can be seen says nothing, and must not push out what counts
        self.exposures.retain(|e| newest.since(e.at) <= MEMORY && (e.counted || e.sight != Sight::Forgotten));
        let surplus = self.exposures.len().saturating_sub(MAX_EXPOSURES);
        self.exposures.drain(..surplus);
    }
}

impl Exposure {
    /// Of two records of one exposure the one that says more, and it counts if either does. The rest only makes the choice the same both ways.
    fn merge(&mut self, other: &Self) {
        let counted = self.counted || other.counted;
        let weight = |e: &Self| (e.sight.clone(), e.discount, e.probability.to_bits());
        if weight(other) < weight(self) {
            *self = other.clone();
        }
        self.counted = counted;
    }
}
