//! One block of deflate (RFC 1951) whose code is settled beforehand, so that what it codes is a string of bits that may be copied to any place.

use serde::{Deserialize, Serialize};

/// Literals, the end, lengths.
const SYMBOLS: usize = 286;
const DISTANCES: usize = 30;
/// The symbol that ends the block.
const END: usize = 256;
/// The longest code of symbols and distances; of the code that they are told in.
const LONGEST: [u8; 2] = [15, 7];

/// The shortest and the longest repetition.
pub const LENGTHS: std::ops::RangeInclusive<usize> = 3..=258;
/// How far back a repetition may reach.
pub const WINDOW: usize = 32_768;

/// What is coded.
#[derive(Clone, Copy)]
pub enum Token {
    /// A byte as it is.
    Literal(u8),
    /// So many bytes as stand so far back.
    Copy {
        /// One of [`LENGTHS`].
        length: usize,
        /// From 1 to [`WINDOW`].
        distance: usize,
    },
}

/// How often each symbol and each distance's code is wanted.
pub struct Wanted {
    symbols: [u32; SYMBOLS],
    distances: [u32; DISTANCES],
}

impl Default for Wanted {
    /// Nothing but the end.
    fn default() -> Self {
        let mut wanted = Self { symbols: [0; SYMBOLS], distances: [0; DISTANCES] };
        wanted.symbols[END] = 1;
        wanted
    }
}

impl Wanted {
    /// Everything a little, for what is drawn later: text needs bytes of all kinds.
    pub fn with_more_to_come() -> Self {
        let mut symbols = [40; SYMBOLS];
        symbols[END..].fill(12);
        Self { symbols, distances: [4; DISTANCES] }
    }

    /// Counts a token.
    pub fn add(&mut self, token: Token) {
        match token {
            Token::Literal(byte) => self.symbols[usize::from(byte)] += 1,
            Token::Copy { length, distance } => {
                self.symbols[of_length(length).0] += 1;
                self.distances[of_distance(distance).0] += 1;
            }
        }
    }
}

/// How many bits each symbol and each distance takes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Code {
    symbols: Vec<u8>,
    distances: Vec<u8>,
}

impl Code {
    /// The best for what is wanted.
    pub fn new(wanted: &Wanted) -> Self {
        Self {
            symbols: lengths(&wanted.symbols, LONGEST[0]),
            distances: lengths(&wanted.distances, LONGEST[0]),
        }
    }

    /// Whether every symbol and distance has a code.
    pub fn is_sound(&self) -> bool {
        let coded = |lengths: &[u8]| lengths.iter().all(|length| (1..=LONGEST[0]).contains(length));
        self.symbols.len() == SYMBOLS
            && self.distances.len() == DISTANCES
            && coded(&self.symbols)
            && coded(&self.distances)
    }
}

/// Writes tokens in a code.
pub struct Coder {
    /// Bits and how many, of each literal and of the end.
    literals: Vec<(u32, u32)>,
    /// The same of each length from 3 on, with the extra bits.
    lengths: Vec<(u32, u32)>,
    distances: Vec<(u32, u32)>,
}

impl Coder {
    /// For a code that [`Code::is_sound`].
    pub fn new(code: &Code) -> Self {
        let symbols = codes(&code.symbols);
        let length = |length| {
            let (symbol, extra, bits) = of_length(length);
            let (code, size) = symbols.get(symbol).copied().unwrap_or_default();
            (code | extra << size, size + bits)
        };
        Self {
            lengths: LENGTHS.map(length).collect(),
            distances: codes(&code.distances),
            literals: symbols.get(..=END).unwrap_or_default().to_vec(),
        }
    }

    /// Writes a token.
    #[inline]
    pub fn write(&self, bits: &mut Bits, token: Token) {
        match token {
            Token::Literal(byte) => bits.push(self.literals[usize::from(byte)]),
            Token::Copy { length, distance } => {
                let (symbol, extra, size) = of_distance(distance);
                bits.push(self.lengths[length - LENGTHS.start()]);
                let (code, before) = self.distances[symbol];
                bits.push((code | extra << before, before + size));
            }
        }
    }

    /// Begins the only block.
    pub fn begin(bits: &mut Bits, code: &Code) {
        const ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
        let all = || code.symbols.iter().chain(&code.distances).map(|length| usize::from(*length));
        let mut wanted = [0; 19];
        all().for_each(|length| wanted[length] += 1);
        let told = lengths(&wanted, LONGEST[1]);
        bits.push((1 | 2 << 1, 3)); // the last block, with codes of its own
        bits.push(((SYMBOLS - 257) as u32, 5));
        bits.push(((DISTANCES - 1) as u32, 5));
        bits.push(((ORDER.len() - 4) as u32, 4));
        ORDER.iter().for_each(|at| bits.push((told[*at].into(), 3)));
        let codes = codes(&told);
        all().for_each(|length| bits.push(codes[length]));
    }

    /// Ends the block.
    pub fn end(&self, bits: &mut Bits) {
        bits.push(self.literals[END]);
    }
}

/// Symbol, extra bits and how many (section 3.2.5).
#[inline]
fn of_length(length: usize) -> (usize, u32, u32) {
    let beyond = (length - LENGTHS.start()) as u32;
    if length == *LENGTHS.end() {
        return (285, 0, 0);
    }
    if beyond < 8 {
        return (257 + beyond as usize, 0, 0);
    }
    let extra = beyond.ilog2() - 2;
    (257 + (4 * (extra + 1) + (beyond >> extra & 3)) as usize, beyond & ((1 << extra) - 1), extra)
}

#[inline]
fn of_distance(distance: usize) -> (usize, u32, u32) {
    let beyond = distance as u32 - 1;
    if beyond < 4 {
        return (beyond as usize, 0, 0);
    }
    let extra = beyond.ilog2() - 1;
    ((2 * (extra + 1) + (beyond >> extra & 1)) as usize, beyond & ((1 << extra) - 1), extra)
}

/// The lengths of Huffman's codes, none longer than `longest`; 0 for what isn't wanted.
fn lengths(wanted: &[u32], longest: u8) -> Vec<u8> {
    let mut wanted = wanted.to_vec();
    loop {
        let lengths = free_lengths(&wanted);
        if lengths.iter().all(|length| *length <= longest) {
            return lengths;
        }
        // flatter, until the rarest is not too deep
        wanted.iter_mut().filter(|count| **count > 0).for_each(|count| *count = count.div_ceil(2));
    }
}

fn free_lengths(wanted: &[u32]) -> Vec<u8> {
    // each tree by its weight, with the symbols in it; they are few
    let present = wanted.iter().enumerate().filter(|(_, count)| **count > 0);
    let mut trees: Vec<(u32, Vec<usize>)> = present.map(|(symbol, count)| (*count, vec![symbol])).collect();
    let mut lengths = vec![0; wanted.len()];
    if let [(_, only)] = &trees[..] {
        only.iter().for_each(|symbol| lengths[*symbol] = 1);
    }
    trees.sort_by_key(|tree| std::cmp::Reverse(tree.0));
    while trees.len() > 1
        && let (Some((a, mut left)), Some((b, right))) = (trees.pop(), trees.pop())
    {
        left.extend(right);
        left.iter().for_each(|symbol| lengths[*symbol] += 1);
        let at = trees.partition_point(|tree| tree.0 > a + b);
        trees.insert(at, (a + b, left));
    }
    lengths
}

/// The codes of these lengths, their first bit lowest, and the lengths (section 3.2.2).
fn codes(lengths: &[u8]) -> Vec<(u32, u32)> {
    let mut codes = vec![(0, 0); lengths.len()];
    let mut code = 0u32;
    for length in 1..=LONGEST[0] {
        for (place, _) in codes.iter_mut().zip(lengths).filter(|(_, of)| **of == length) {
            *place = (code.reverse_bits() >> (32 - u32::from(length)), length.into());
            code = code.wrapping_add(1);
        }
        code = code.wrapping_shl(1);
    }
    codes
}

/// Bits as they come, the first lowest.
#[derive(Default)]
pub struct Bits {
    out: Vec<u8>,
    waiting: u64,
    count: u32,
}

impl Bits {
    /// Goes on where `out` ends.
    pub fn after(out: Vec<u8>) -> Self {
        Self { out, ..Self::default() }
    }

    /// Adds up to 32 bits.
    #[inline]
    pub fn push(&mut self, (bits, count): (u32, u32)) {
        self.waiting |= u64::from(bits) << self.count;
        self.count += count;
        if self.count >= 32 {
            self.out.extend_from_slice(&(self.waiting as u32).to_le_bytes());
            self.waiting >>= 32;
            self.count -= 32;
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        8 * self.out.len() + self.count as usize
    }

    /// The bytes, the last filled with zeros.
    pub fn bytes(mut self) -> Vec<u8> {
        let rest = self.count.div_ceil(8) as usize;
        self.out.extend_from_slice(&self.waiting.to_le_bytes()[..rest]);
        self.out
    }
}

/// Strings of bits, one after another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Strings {
    #[serde(with = "crate::render::bytes")]
    bytes: Vec<u8>,
    /// Where each ends, in bits.
    ends: Vec<usize>,
}

impl Strings {
    /// What `bits` holds, divided at `ends`.
    pub fn new(bits: Bits, ends: Vec<usize>) -> Self {
        let mut bytes = bits.bytes();
        bytes.extend([0; 8]); // so that eight bytes can be read from the last on
        Self { bytes, ends }
    }

    /// Whether they are `count`.
    pub fn is_sound(&self, count: usize) -> bool {
        self.ends.len() == count
            && self.ends.is_sorted()
            && self.ends.last().is_none_or(|end| end.div_ceil(8) + 8 == self.bytes.len())
    }

    /// About how many bytes they take.
    pub fn weight(&self) -> usize {
        self.bytes.len() + self.ends.len() * size_of::<usize>()
    }

    /// How many bits they have together.
    pub fn len(&self) -> usize {
        self.ends.last().copied().unwrap_or(0)
    }

    /// Writes string `at`.
    #[inline]
    pub fn write(&self, bits: &mut Bits, at: usize) {
        let mut from = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        let to = self.ends[at];
        while from < to {
            let Some(word) = self.bytes.get(from / 8..).and_then(|rest| rest.first_chunk()) else { break };
            let count = (to - from).min(32);
            let mask = (1u64 << count) - 1;
            bits.push(((u64::from_le_bytes(*word) >> (from % 8) & mask) as u32, count as u32));
            from += count;
        }
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use crate::hash::mix;
    use miniz_oxide::inflate::decompress_to_vec;

    /// Literals of all kinds, and repetitions of every length and of distances of every code.
    fn all() -> Vec<Token> {
        let first = (0..WINDOW as u64).map(|i| Token::Literal(mix(i) as u8));
        let powers = (0..15).flat_map(|power| [1 << power, (1 << power) + (1 << power) / 2, 2 << power]);
        let distances = powers.chain([3, WINDOW]).map(|distance| (77, distance));
        let copies = LENGTHS.map(|length| (length, 5)).chain(distances);
        first.chain(copies.map(|(length, distance)| Token::Copy { length, distance })).collect()
    }

    fn meant(tokens: &[Token]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for token in tokens {
            match token {
                Token::Literal(byte) => bytes.push(*byte),
                Token::Copy { length, distance } => {
                    (0..*length).for_each(|_| bytes.push(bytes[bytes.len() - distance]));
                }
            }
        }
        bytes
    }

    #[test]
    fn blocks_are_read_as_they_are_meant() {
        let tokens = all();
        for weight in [0, 1, 9_000_000] {
            let mut wanted = Wanted::with_more_to_come();
            tokens.iter().for_each(|token| wanted.add(*token));
            wanted.symbols[65] += weight; // makes the others' codes as long as can be
            let code = Code::new(&wanted);
            assert!(code.is_sound());
            let coder = Coder::new(&code);
            let (mut strings, mut ends) = (Bits::default(), Vec::new());
            for token in &tokens {
                coder.write(&mut strings, *token);
                ends.push(strings.len());
            }
            let strings = Strings::new(strings, ends);
            assert!(strings.is_sound(tokens.len()) && !strings.is_sound(tokens.len() + 1));
            let mut bits = Bits::default();
            Coder::begin(&mut bits, &code);
            (0..tokens.len()).for_each(|at| strings.write(&mut bits, at));
            coder.end(&mut bits);
            assert!(decompress_to_vec(&bits.bytes()).is_ok_and(|bytes| bytes == meant(&tokens)), "{weight}");
        }
    }
}
