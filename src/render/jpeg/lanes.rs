//! Four numbers side by side: in wasm a vector, elsewhere an array of which compilers make one. Both round alike, so the bytes of a picture are the same everywhere.

use std::ops::{Add, Mul, Sub};

#[cfg(not(target_arch = "wasm32"))]
pub use native::Four;
#[cfg(target_arch = "wasm32")]
pub use wasm::Four;

/// Rows or columns of four, below or beside each other.
pub type Half = [Four; 8];

#[cfg(target_arch = "wasm32")]
mod wasm {
    use super::{Add, Mul, Sub};
    use core::arch::wasm32::*;

    /// Four numbers.
    #[derive(Clone, Copy)]
    pub struct Four(v128);

    impl Four {
        /// These numbers.
        #[inline]
        pub fn new([a, b, c, d]: [f32; 4]) -> Self {
            Self(f32x4(a, b, c, d))
        }

        /// Eight samples around 0.
        #[inline]
        pub fn samples(samples: [u8; 8]) -> [Self; 2] {
            let bytes = i64x2(i64::from_le_bytes(samples), 0);
            let around = i16x8_sub(u16x8_extend_low_u8x16(bytes), i16x8_splat(128));
            [i32x4_extend_low_i16x8(around), i32x4_extend_high_i16x8(around)]
                .map(|four| Self(f32x4_convert_i32x4(four)))
        }

        /// Rows become columns.
        #[inline]
        pub fn transposed([a, b, c, d]: [Self; 4]) -> [Self; 4] {
            let (low, high) = (i32x4_shuffle::<0, 4, 1, 5>(a.0, c.0), i32x4_shuffle::<2, 6, 3, 7>(a.0, c.0));
            let (lower, higher) =
                (i32x4_shuffle::<0, 4, 1, 5>(b.0, d.0), i32x4_shuffle::<2, 6, 3, 7>(b.0, d.0));
            [
                Self(i32x4_shuffle::<0, 4, 1, 5>(low, lower)),
                Self(i32x4_shuffle::<2, 6, 3, 7>(low, lower)),
                Self(i32x4_shuffle::<0, 4, 1, 5>(high, higher)),
                Self(i32x4_shuffle::<2, 6, 3, 7>(high, higher)),
            ]
        }

        /// Eight numbers times others, rounded, and which of them are not 0, the first lowest. They lie within ±16384.
        #[inline]
        pub fn rounded(numbers: [Self; 2], factors: [Self; 2]) -> ([i16; 8], u8) {
            let whole = |four: Self, by: Self| {
                // rounds without `floor`
                let up = f32x4_add(f32x4_mul(four.0, by.0), f32x4_splat(16384.5));
                i32x4_sub(i32x4_trunc_sat_f32x4(up), i32x4_splat(16384))
            };
            let eight = i16x8_narrow_i32x4(whole(numbers[0], factors[0]), whole(numbers[1], factors[1]));
            let present = i16x8_bitmask(i16x8_ne(eight, i16x8_splat(0)));
            let [low, high] =
                [i64x2_extract_lane::<0>(eight), i64x2_extract_lane::<1>(eight)].map(|v| v as u64);
            let lane = |i: u32| (if i < 4 { low >> (16 * i) } else { high >> (16 * (i - 4)) }) as i16;
            ([lane(0), lane(1), lane(2), lane(3), lane(4), lane(5), lane(6), lane(7)], present)
        }
    }

    impl Add for Four {
        type Output = Self;

        #[inline]
        fn add(self, other: Self) -> Self {
            Self(f32x4_add(self.0, other.0))
        }
    }

    impl Sub for Four {
        type Output = Self;

        #[inline]
        fn sub(self, other: Self) -> Self {
            Self(f32x4_sub(self.0, other.0))
        }
    }

    impl Mul<f32> for Four {
        type Output = Self;

        #[inline]
        fn mul(self, by: f32) -> Self {
            Self(f32x4_mul(self.0, f32x4_splat(by)))
        }
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod native {
    use super::{Add, Mul, Sub};
    use std::array::from_fn;

    /// Four numbers.
    #[derive(Clone, Copy)]
    pub struct Four([f32; 4]);

    impl Four {
        /// These numbers.
        #[inline]
        pub fn new(numbers: [f32; 4]) -> Self {
            Self(numbers)
        }

        /// Eight samples around 0.
        #[inline]
        pub fn samples([a, b, c, d, e, f, g, h]: [u8; 8]) -> [Self; 2] {
            [[a, b, c, d], [e, f, g, h]].map(|four| Self(four.map(|sample| f32::from(sample) - 128.0)))
        }

        /// Rows become columns.
        #[inline]
        pub fn transposed(rows: [Self; 4]) -> [Self; 4] {
            from_fn(|column| Self(from_fn(|row| rows[row].0[column])))
        }

        /// Eight numbers times others, rounded, and which of them are not 0, the first lowest. They lie within ±16384.
        #[inline]
        pub fn rounded(numbers: [Self; 2], factors: [Self; 2]) -> ([i16; 8], u8) {
            let whole = |i: usize| {
                let up = numbers[i / 4].0[i % 4] * factors[i / 4].0[i % 4] + 16384.5;
                up as i32 as i16 - 16384 // rounds without `floor`
            };
            let eight: [i16; 8] = from_fn(whole);
            let present = (0..).zip(eight).fold(0, |set, (i, value)| set | u8::from(value != 0) << i);
            (eight, present)
        }
    }

    impl Add for Four {
        type Output = Self;

        #[inline]
        fn add(self, other: Self) -> Self {
            Self(from_fn(|i| self.0[i] + other.0[i]))
        }
    }

    impl Sub for Four {
        type Output = Self;

        #[inline]
        fn sub(self, other: Self) -> Self {
            Self(from_fn(|i| self.0[i] - other.0[i]))
        }
    }

    impl Mul<f32> for Four {
        type Output = Self;

        #[inline]
        fn mul(self, by: f32) -> Self {
            Self(self.0.map(|number| number * by))
        }
    }
}
