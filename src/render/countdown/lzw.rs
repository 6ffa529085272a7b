//! LZW as GIF has it (GIF89a, appendix F): the same codes that any greedy encoder writes, found quickly where a picture is flat.
//!
//! A picture of digits is mostly runs of one colour. Of those the encoder remembers, for each colour, the codes of all run
//! lengths that the dictionary holds, so that a run costs a step a code instead of a look-up a pixel. Everything else goes
//! through a hash table.
//!
//! What stays the same from picture to picture is compressed once, as a [`Segment`]: codes that begin with an empty dictionary
//! mean the same wherever they stand, so they are copied.

/// The most codes a dictionary holds.
const CODES: u16 = 4096;
/// Bits of a slot's number: twice as many slots as codes.
const SLOT_BITS: u32 = 13;
/// The longest sub-block of a GIF.
const SUB_BLOCK: usize = 255;

/// An encoder, to be used again and again: its tables are 40 KB.
pub struct Encoder {
    /// By the hash of a code and the colour after it: both, and the code that they make together (bits 12 to 31 and 0 to 11).
    /// No entry is 0, since the codes of single colours come before all others.
    slots: Vec<u32>,
    /// By colour: the codes of 2, 3, 4, … pixels of it.
    runs: Vec<Vec<u16>>,
    /// What stands for single colours ends here; the next two codes are "clear" and "end".
    clear: u16,
    next: u16,
    width: u32,
    bytes: Vec<u8>,
    held: u64,
    held_bits: u32,
}

/// The codes of pixels, from an empty dictionary on.
#[derive(Default)]
pub struct Segment {
    bytes: Vec<u8>,
    bits: usize,
    /// How wide the next code is.
    width: u32,
}

impl Segment {
    /// Bytes in memory.
    pub fn weight(&self) -> usize {
        self.bytes.len()
    }
}

impl Encoder {
    /// An encoder of pictures of up to 2^`bits` colours, `bits` from 2 to 8.
    pub fn new(bits: u8) -> Self {
        let colors = 1 << bits.clamp(2, 8);
        Self {
            slots: vec![0; 1 << SLOT_BITS],
            runs: vec![Vec::new(); usize::from(colors)],
            clear: colors,
            next: 0,
            width: 0,
            bytes: Vec::new(),
            held: 0,
            held_bits: 0,
        }
    }

    /// Appends the image data of `pixels` to `out`: the code size, the codes in sub-blocks, the end of them. Every pixel must
    /// be below the number of colours.
    pub fn write(&mut self, out: &mut Vec<u8>, pixels: &[u8]) {
        self.write_between(out, &Segment::default(), pixels, &Segment::default());
    }

    /// Like [`Self::write`], with pixels above and below that were compressed beforehand.
    pub fn write_between(&mut self, out: &mut Vec<u8>, above: &Segment, pixels: &[u8], below: &Segment) {
        self.begin();
        self.put(above);
        self.emit(self.clear);
        self.reset();
        self.encode(pixels);
        self.put(below);
        self.emit(self.clear + 1);
        self.flush();
        out.push(self.clear.trailing_zeros() as u8);
        for block in self.bytes.chunks(SUB_BLOCK) {
            out.push(block.len() as u8);
            out.extend_from_slice(block);
        }
        out.push(0);
    }

    /// Compresses pixels that are to stand above or below others.
    pub fn segment(&mut self, pixels: &[u8]) -> Segment {
        self.begin();
        self.reset();
        self.encode(pixels);
        let bits = 8 * self.bytes.len() + self.held_bits as usize;
        self.flush();
        Segment { bytes: self.bytes.clone(), bits, width: self.width }
    }

    fn put(&mut self, segment: &Segment) {
        if segment.bits == 0 {
            return;
        }
        self.emit(self.clear);
        let mut left = segment.bits;
        for word in segment.bytes.chunks(4) {
            let mut bytes = [0; 4];
            bytes[..word.len()].copy_from_slice(word);
            let bits = left.min(32);
            self.append(u32::from_le_bytes(bytes), bits as u32);
            left -= bits;
        }
        self.width = segment.width;
    }

    fn encode(&mut self, pixels: &[u8]) {
        let mut at = 0;
        while let Some(color) = pixels.get(at).copied() {
            let codes = &self.runs[usize::from(color)];
            let known = codes.len() + 1;
            let run = run(&pixels[at..pixels.len().min(at + known + 1)]);
            let length = run.min(known);
            let mut code = if length == 1 { color.into() } else { codes[length - 2] };
            at += length;
            if length < run {
                self.emit(code);
                if let Some(longer) = self.assign() {
                    self.runs[usize::from(color)].push(longer);
                }
                continue;
            }
            loop {
                let Some(color) = pixels.get(at).copied() else {
                    self.emit(code);
                    // nothing will use it, but the decoder counts it, and so the next code may be wider
                    self.assign();
                    return;
                };
                match self.find(code, color) {
                    Ok(longer) => (code, at) = (longer, at + 1),
                    Err(slot) => {
                        self.emit(code);
                        if let Some(longer) = self.assign() {
                            self.slots[slot] = key(code, color) << 12 | u32::from(longer);
                        }
                        break;
                    }
                }
            }
        }
    }

    /// The code of `code` followed by `color`, or the free slot that it belongs in.
    fn find(&self, code: u16, color: u8) -> Result<u16, usize> {
        let key = key(code, color);
        let mut slot = (key.wrapping_mul(0x9e37_79b1) >> (32 - SLOT_BITS)) as usize;
        loop {
            match self.slots[slot] {
                0 => return Err(slot),
                entry if entry >> 12 == key => return Ok((entry & 0xfff) as u16),
                _ => slot = (slot + 1) % self.slots.len(),
            }
        }
    }

    /// The next free code; when all are taken, the dictionary begins anew.
    fn assign(&mut self) -> Option<u16> {
        if self.next == CODES {
            self.emit(self.clear);
            self.reset();
            return None;
        }
        let code = self.next;
        self.next += 1;
        self.width += u32::from(code == 1 << self.width);
        Some(code)
    }

    fn reset(&mut self) {
        self.slots.fill(0);
        self.runs.iter_mut().for_each(Vec::clear);
        self.next = self.clear + 2;
        self.width = self.clear.trailing_zeros() + 1;
    }

    fn begin(&mut self) {
        (self.held, self.held_bits) = (0, 0);
        self.bytes.clear();
        self.width = self.clear.trailing_zeros() + 1;
    }

    fn emit(&mut self, code: u16) {
        self.append(code.into(), self.width);
    }

    /// Appends up to 32 bits.
    fn append(&mut self, value: u32, bits: u32) {
        self.held |= u64::from(value) << self.held_bits;
        self.held_bits += bits;
        if self.held_bits >= 32 {
            self.bytes.extend_from_slice(&(self.held as u32).to_le_bytes());
            self.held >>= 32;
            self.held_bits -= 32;
        }
    }

    /// Whole bytes of what is held.
    fn flush(&mut self) {
        self.bytes.extend(&self.held.to_le_bytes()[..self.held_bits.div_ceil(8) as usize]);
        (self.held, self.held_bits) = (0, 0);
    }
}

fn key(code: u16, color: u8) -> u32 {
    u32::from(code) << 8 | u32::from(color)
}

/// How many pixels at the start of `pixels` are of one colour.
fn run(pixels: &[u8]) -> usize {
    let Some(first) = pixels.first() else { return 0 };
    let (eights, rest) = pixels.as_chunks::<8>();
    let same = u64::from_le_bytes([*first; 8]);
    for (i, eight) in eights.iter().enumerate() {
        let other = u64::from_le_bytes(*eight) ^ same;
        if other != 0 {
            return 8 * i + (other.trailing_zeros() / 8) as usize;
        }
    }
    8 * eights.len() + rest.iter().take_while(|pixel| *pixel == first).count()
}

#[cfg(all(test, not(target_arch = "wasm32")))]
#[allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "clippy lets tests, but not the functions that they share"
)]
mod tests {
    use super::*;

    /// The pixels of a one-frame GIF around the image data, as the `gif` crate reads them.
    fn decoded(bits: u8, width: usize, data: &[u8], count: usize) -> Vec<u8> {
        let (w, h) = ((width as u16).to_le_bytes(), ((count / width) as u16).to_le_bytes());
        let mut file = b"GIF89a".to_vec();
        file.extend([w[0], w[1], h[0], h[1], 0x80 | (bits - 1), 0, 0]);
        file.extend(vec![0; 3 << bits]);
        file.extend([0x2c, 0, 0, 0, 0, w[0], w[1], h[0], h[1], 0]);
        file.extend(data);
        file.push(0x3b);
        let mut decoder = gif::DecodeOptions::new().read_info(&file[..]).unwrap();
        decoder.read_next_frame().unwrap().unwrap().buffer.to_vec()
    }

    #[test]
    fn every_picture_reads_as_it_was() {
        let mut state = 7;
        let mut noise = || {
            state = crate::hash::mix(state);
            (state >> 40) as usize
        };
        for bits in 2..=8u8 {
            let mut encoder = Encoder::new(bits);
            for (width, height, longest) in
                [(1, 1, 1), (3, 5, 2), (64, 64, 1), (200, 300, 9), (500, 400, 900), (1000, 600, 100_000)]
            {
                let count = width * height;
                let mut pixels = Vec::with_capacity(count);
                while pixels.len() < count {
                    let length = (1 + noise() % longest).min(count - pixels.len());
                    pixels.extend(std::iter::repeat_n((noise() % (1 << bits)) as u8, length));
                }
                let mut data = Vec::new();
                encoder.write(&mut data, &pixels);
                assert!(decoded(bits, width, &data, count) == pixels, "{bits} bits, {width} × {height}");
            }
        }
    }

    /// The pixels in image data, read code by code as GIF89a says, to the last bit.
    fn strictly(data: &[u8]) -> Vec<u8> {
        let (bits, mut blocks) = (u32::from(data[0]), &data[1..]);
        let mut bytes: Vec<u8> = Vec::new();
        while blocks[0] > 0 {
            let (block, rest) = blocks[1..].split_at(blocks[0].into());
            bytes.extend(block);
            blocks = rest;
        }
        assert_eq!(blocks, [0]);
        let clear = 1usize << bits;
        let (mut at, mut width, mut last) = (0, bits + 1, None::<Vec<u8>>);
        let mut words: Vec<Vec<u8>> = Vec::new();
        let mut pixels = Vec::new();
        loop {
            let code = (0..width as usize)
                .map(|i| usize::from(bytes[(at + i) / 8] >> ((at + i) % 8) & 1) << i)
                .sum::<usize>();
            at += width as usize;
            if code == clear {
                words = (0..clear + 2).map(|i| vec![i as u8]).collect();
                (width, last) = (bits + 1, None);
                continue;
            }
            if code == clear + 1 {
                assert_eq!(bytes.len(), at.div_ceil(8), "nothing follows the end");
                return pixels;
            }
            let word = match (words.get(code), &last) {
                (Some(word), _) => word.clone(),
                (None, Some(last)) if code == words.len() => [&last[..], &last[..1]].concat(),
                _ => panic!("code {code} of {}", words.len()),
            };
            if let Some(mut longer) = last.filter(|_| words.len() < 4096) {
                longer.push(word[0]);
                words.push(longer);
                width += u32::from(words.len() == 1 << width && width < 12);
            }
            pixels.extend(&word);
            last = Some(word);
        }
    }

    #[test]
    fn every_length_ends_with_the_end() {
        let pixels: Vec<u8> = (0..9000).map(|i| (crate::hash::mix(i / 2) % 4) as u8).collect();
        let mut encoder = Encoder::new(2);
        for length in (0..1500).chain(8000..8200) {
            let mut data = Vec::new();
            encoder.write(&mut data, &pixels[..length]);
            assert!(strictly(&data) == pixels[..length], "{length}");
        }
    }

    #[test]
    fn segments_stand_anywhere() {
        let pixels: Vec<u8> = (0..40_000u64).map(|i| (crate::hash::mix(i / 9) % 8) as u8).collect();
        let mut encoder = Encoder::new(3);
        for (from, to) in
            [(0, 0), (0, 1), (1, 2), (7, 900), (901, 30_000), (20_000, 20_000), (30_000, 40_000)]
        {
            let (above, below) = (encoder.segment(&pixels[..from]), encoder.segment(&pixels[to..]));
            let mut data = Vec::new();
            encoder.write_between(&mut data, &above, &pixels[from..to], &below);
            assert!(strictly(&data) == pixels, "{from} to {to}");
        }
    }

    #[test]
    fn codes_are_those_of_a_greedy_encoder() {
        let pixels: Vec<u8> = (0..90_000).map(|i| (i / 37 % 5 * usize::from(i % 300 > 40)) as u8).collect();
        let mut ours = Vec::new();
        Encoder::new(3).write(&mut ours, &pixels);
        let mut frame =
            gif::Frame { width: 300, height: 300, buffer: pixels.into(), ..gif::Frame::default() };
        frame.make_lzw_pre_encoded();
        let theirs = frame.buffer;
        assert!(ours.len() < theirs.len() + theirs.len() / 50 + 8, "{} {}", ours.len(), theirs.len());
    }

    #[test]
    fn runs_are_counted() {
        for length in 1..40 {
            for rest in 0..20 {
                let pixels = [vec![3; length], vec![2; rest]].concat();
                assert_eq!(run(&pixels), length);
            }
        }
        assert_eq!(run(&[]), 0);
    }
}
