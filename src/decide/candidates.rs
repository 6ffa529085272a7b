//! Which variants may still be shown. Guardrails get hold of this, and all it lets them do is forbid (law 4).

use crate::campaign::{Campaign, MAX_SLOTS, MAX_VARIANTS};

const WORDS: usize = MAX_VARIANTS.div_ceil(64);

/// The variants that may still be shown, per slot. A slot's fallback can't be forbidden: something must always be there to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidates {
    allowed: [[u64; WORDS]; MAX_SLOTS],
    fallbacks: [u8; MAX_SLOTS],
}

impl Candidates {
    /// Every variant of a campaign.
    #[must_use]
    pub fn of(campaign: &Campaign) -> Self {
        let mut all = Self { allowed: [[0; WORDS]; MAX_SLOTS], fallbacks: [0; MAX_SLOTS] };
        for (i, slot) in campaign.slots.iter().enumerate().take(MAX_SLOTS) {
            all.fallbacks[i] = slot.fallback;
            let mut left = slot.variants.len().min(MAX_VARIANTS);
            for word in &mut all.allowed[i] {
                *word = if left >= 64 { u64::MAX } else { (1 << left) - 1 };
                left = left.saturating_sub(64);
            }
        }
        all
    }

    /// Forbids a variant; says whether that changed anything.
    pub fn forbid(&mut self, slot: usize, variant: u8) -> bool {
        let changes = self.fallbacks[slot] != variant && self.allows(slot, variant);
        if changes {
            self.allowed[slot][usize::from(variant / 64)] &= !(1 << (variant % 64));
        }
        changes
    }

    /// May this variant be shown?
    #[must_use]
    pub fn allows(&self, slot: usize, variant: u8) -> bool {
        self.allowed[slot].get(usize::from(variant / 64)).is_some_and(|word| word >> (variant % 64) & 1 == 1)
    }
}
