//! The two transcendental functions that the core needs, the same bits on every target: nothing but additions and multiplications of `f64`, which IEEE 754
//! settles to the last bit and Rust never fuses.
//!
//! `2^x` is split into a power of two, one of 32 steps between two of them (a table), and what is left (at most a 64th), for which a Taylor polynomial of
//! degree five is exact to 10⁻¹⁵. A decision asks some forty times; the `libm` crate takes twice as long for it (`cargo xtask bench decide`).

/// `2^(i/32)`, rounded to nearest.
const STEPS: [f64; 32] = [
    1.0,
    1.0218971486541166,
    1.0442737824274138,
    1.0671404006768237,
    1.0905077326652577,
    1.1143867425958924,
    1.1387886347566916,
    1.1637248587775775,
    1.189207115002721,
    1.215247359980469,
    1.241857812073484,
    1.2690509571917332,
    1.2968395546510096,
    1.3252366431597413,
    1.3542555469368927,
    1.383909881963832,
    std::f64::consts::SQRT_2,
    1.4451808069770467,
    1.4768261459394993,
    1.5091644275934228,
    1.5422108254079407,
    1.5759808451078865,
    1.6104903319492543,
    1.645755478153965,
    1.681792830507429,
    1.718619298122478,
    1.7562521603732995,
    1.7947090750031072,
    1.8340080864093424,
    1.8741676341103,
    1.9152065613971474,
    1.9571441241754002,
];

/// `2^x`. Beyond ±1000 it is taken for ±1000, so it is never 0 or infinite; NaN gives 1.
#[must_use]
pub fn exp2(x: f64) -> f64 {
    use std::f64::consts::LN_2;
    let x = if x.is_nan() { 0.0 } else { x.clamp(-1000.0, 1000.0) };
    let scaled = x * 32.0;
    // to nearest, without the platform's `round`
    let step = (scaled + if scaled < 0.0 { -0.5 } else { 0.5 }) as i64;
    let r = (scaled - step as f64) * (LN_2 / 32.0);
    let rest = 1.0 + r * (1.0 + r * (1.0 / 2.0 + r * (1.0 / 6.0 + r * (1.0 / 24.0 + r * (1.0 / 120.0)))));
    let power = f64::from_bits(((1023 + (step >> 5)) as u64) << 52);
    STEPS[(step & 31) as usize] * rest * power
}

/// `e^x`, within the bounds of [`exp2`].
#[must_use]
pub fn exp(x: f64) -> f64 {
    exp2(x * std::f64::consts::LOG2_E)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn whole_powers_are_exact() {
        for n in -1000..=1000i32 {
            assert_eq!(exp2(f64::from(n)), 2f64.powi(n), "{n}");
        }
        assert_eq!(exp(0.0), 1.0);
    }

    #[test]
    fn what_is_no_number_or_too_large_stays_finite() {
        for x in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, f64::MIN, f64::MIN_POSITIVE] {
            let power = exp2(x);
            assert!(power.is_finite() && power > 0.0, "{x}: {power}");
        }
    }

    proptest! {
        #[test]
        fn as_near_as_decisions_can_tell(x in -690.0..690.0f64) {
            prop_assert!((exp2(x) / x.exp2() - 1.0).abs() < 4e-15, "2^{x}");
            prop_assert!((exp(x) / x.exp() - 1.0).abs() < 3e-13, "e^{x}");
            prop_assert!((exp(x / 32.0) / (x / 32.0).exp() - 1.0).abs() < 2e-14, "e^{x}/32");
        }

        #[test]
        fn it_never_falls(x in -900.0..900.0f64, step in 1e-9..1.0f64) {
            prop_assert!(exp2(x) <= exp2(x + step));
        }
    }
}
