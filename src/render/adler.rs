//! Adler-32 (RFC 1950, section 9), in a shape of which compilers make vectors: of a PNG's rows it is told at every open.

const BASE: u64 = 65_521;
/// Bytes that are added side by side.
const LANES: usize = 16;
/// So many times: the sums of sums of that many bytes still fit 32 bits.
const ROUNDS: usize = 4096;

/// The sum of `data`.
pub fn adler32(data: &[u8]) -> u32 {
    let (mut low, mut high) = (1, 0);
    for part in data.chunks(LANES * ROUNDS) {
        let (rounds, rest) = part.as_chunks::<LANES>();
        // of each lane: its bytes, and those times how many rounds are left with its own
        let (mut sums, mut weighed) = ([0_u32; LANES], [0_u32; LANES]);
        for round in rounds {
            for ((sum, weighed), byte) in sums.iter_mut().zip(&mut weighed).zip(round) {
                *sum += u32::from(*byte);
                *weighed += *sum;
            }
        }
        high += low * (LANES * rounds.len()) as u64;
        for (lane, (sum, weighed)) in (0..).zip(sums.iter().zip(weighed)) {
            high += LANES as u64 * u64::from(weighed) - lane * u64::from(*sum);
            low += u64::from(*sum);
        }
        for byte in rest {
            low += u64::from(*byte);
            high += low;
        }
        (low, high) = (low % BASE, high % BASE);
    }
    (high << 16 | low) as u32
}

/// The sum of two parts, one after the other: `length` is the second's.
pub fn joined(first: u32, second: u32, length: usize) -> u32 {
    let halves = |sum: u32| (u64::from(sum & 0xffff), u64::from(sum >> 16));
    let ((a1, b1), (a2, b2)) = (halves(first), halves(second));
    let length = length as u64 % BASE;
    let low = (a1 + a2 + BASE - 1) % BASE;
    let high = (b1 + b2 + length * a1 + BASE - length) % BASE;
    (high << 16 | low) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the standard tells it.
    fn told(data: &[u8]) -> u32 {
        let sums = data.iter().fold((1, 0), |(low, high), byte| {
            let low = (low + u32::from(*byte)) % BASE as u32;
            (low, (high + low) % BASE as u32)
        });
        sums.1 << 16 | sums.0
    }

    #[test]
    fn sums_are_the_standards() {
        let noise: Vec<u8> = (0..200_000).map(|i| crate::hash::mix(i) as u8).collect();
        let worst = vec![255; 200_000];
        for data in [noise, worst] {
            for length in (0..100).chain([65_535, 65_536, 65_537, 131_073, 200_000]) {
                let (first, second) = data[..length].split_at(length / 3);
                assert_eq!(adler32(&data[..length]), told(&data[..length]), "{length}");
                assert_eq!(joined(adler32(first), adler32(second), second.len()), told(&data[..length]));
            }
        }
    }
}
