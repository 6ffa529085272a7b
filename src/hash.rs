//! Small portable hashes. They place ids in compact rows and draw reproducible choices; they keep no secrets
//! (signing is [`crate::token`]'s work).

use std::fmt;

/// FNV-1a, 64 bits, of `bytes`. <http://www.isthe.com/chongo/tech/comp/fnv/>
#[must_use]
pub const fn fnv1a(bytes: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325;
    let mut i = 0;
    while i < bytes.len() {
        hash = (hash ^ bytes[i] as u64).wrapping_mul(0x0100_0000_01b3);
        i += 1;
    }
    hash
}

/// The output function of SplitMix64 (Steele, Lea, Flood 2014): a bijection that scatters neighbouring inputs.
#[must_use]
pub const fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// What was mixed: undoes [`mix`].
#[must_use]
pub const fn unmix(x: u64) -> u64 {
    let x = x ^ (x >> 31) ^ (x >> 62);
    let x = x.wrapping_mul(0x3196_42b2_d24d_8ec3);
    let x = x ^ (x >> 27) ^ (x >> 54);
    let x = x.wrapping_mul(0x96de_1b17_3f11_9089);
    let x = x ^ (x >> 30) ^ (x >> 60);
    x.wrapping_sub(0x9e37_79b9_7f4a_7c15)
}

/// A number in `[0, 1)` with 53 random bits, the same on every platform.
#[must_use]
pub fn unit(hash: u64) -> f64 {
    (hash >> 11) as f64 / (1u64 << 53) as f64
}

/// An id (of a campaign, slot, variant) as it stands in compact rows.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub struct Key(pub u32);

impl Key {
    /// The version of a document: of what it says, however it is spelt. JavaScript writes 1 where Rust writes 1.0.
    #[must_use]
    pub fn of_document(document: &impl serde::Serialize) -> Self {
        serde_json::to_string(document).map_or(Self(0), |text| Self::of(&text))
    }

    /// The key of the id `id`. Two ids of one document may not share a key: the campaign check refuses that.
    #[must_use]
    pub const fn of(id: &str) -> Self {
        Self(mix(fnv1a(id.as_bytes())) as u32)
    }
}

/// Eight hexadecimal digits, as logs name versions.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_values() {
        assert_eq!(fnv1a(b"foobar"), 0x8594_4171_f739_67e8);
        // the first outputs of SplitMix64 with seed 0
        assert_eq!(mix(0), 0xe220_a839_7b1d_cdaf);
        assert_eq!(mix(0x9e37_79b9_7f4a_7c15), 0x6e78_9e6a_a1b9_65f4);
    }

    #[test]
    fn what_was_mixed_comes_back() {
        for n in (0..10_000u64).map(|n| mix(n ^ 0xabcd)).chain([0, 1, u64::MAX]) {
            assert_eq!(unmix(mix(n)), n);
            assert_eq!(mix(unmix(n)), n);
        }
    }

    #[test]
    fn unit_stays_below_one() {
        assert_eq!(unit(0), 0.0);
        assert!(unit(u64::MAX) < 1.0);
    }
}
