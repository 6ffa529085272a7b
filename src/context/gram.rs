//! The hash by which [`super::machines`] finds candidates. `build.rs` includes this file too, so that the table and its
//! reader can't disagree.

/// Bytes in a gram: the shortest names in the list (`Y!J`) have three.
pub const GRAM: usize = 3;

/// Slots of the table, a power of two: about two per name.
pub const SLOTS: usize = 2048;

/// The slot of a gram. Case is folded roughly (`| 0x20`), as some names are matched without regard to it.
pub const fn slot(a: u8, b: u8, c: u8) -> usize {
    let gram = u32::from_le_bytes([a | 0x20, b | 0x20, c | 0x20, 0]);
    // Fibonacci hashing: multiply by 2^32 / φ and keep the upper bits
    (gram.wrapping_mul(0x9e37_79b9) >> 16) as usize % SLOTS
}
