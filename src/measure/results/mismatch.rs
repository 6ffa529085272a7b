//! Sample-ratio mismatch: are as many held out as should be? If not, assignment or log is broken, and no lift can be trusted.
//!
//! A sequential test, so that it may be asked at every look: the Bayes factor of Lindon and Malek 2022, "Anytime-valid inference for multinomial count data", for two arms. It weighs the
//! counts under a Beta prior around the share that was meant against the share itself. When all is well it ever exceeds 1/[`LEVEL`] with a probability of at most [`LEVEL`] (Ville's inequality).
//! Recipients who were assigned under different shares are tested apart, and the evidence multiplies.

/// How often the alarm may ring for nothing, however often one looks.
pub const LEVEL: f64 = 0.01;
/// How many recipients the prior is worth: it looks for deviations of a few hundredths first.
const PRIOR: f64 = 200.0;

/// The logarithm of the evidence that others than `share` were held out, of `counts` treated and held out.
#[must_use]
pub fn evidence(share: f64, counts: [u64; 2]) -> f64 {
    if !(share > 0.0 && share < 1.0) {
        return 0.0;
    }
    let [treated, held_out] = counts.map(|count| count as f64);
    let (a, b) = (PRIOR * share, PRIOR * (1.0 - share));
    let beta = |a: f64, b: f64| libm::lgamma(a) + libm::lgamma(b) - libm::lgamma(a + b);
    beta(a + held_out, b + treated) - beta(a, b) - held_out * libm::log(share) - treated * libm::log1p(-share)
}

/// Does evidence, as a logarithm, ring the alarm?
#[must_use]
pub fn rings(evidence: f64) -> bool {
    evidence >= -libm::log(LEVEL)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::{mix, unit};

    /// After how many recipients the alarm rings, if ever.
    fn rang(seed: u64, meant: f64, truth: f64, recipients: u64) -> Option<u64> {
        let mut counts = [0, 0];
        (0..recipients).find(|n| {
            counts[usize::from(unit(mix(mix(seed) ^ n)) < truth)] += 1;
            rings(evidence(meant, counts))
        })
    }

    #[test]
    fn it_rings_for_nothing_as_seldom_as_stated_however_often_one_looks() {
        for share in [0.05, 0.1, 0.5] {
            let false_alarms = (0..1000).filter(|seed| rang(*seed, share, share, 3000).is_some()).count();
            assert!(false_alarms as f64 <= 1000.0 * LEVEL, "{false_alarms} of 1000 at {share}");
        }
    }

    #[test]
    fn it_rings_when_it_should() {
        for (meant, truth, within) in
            [(0.1, 0.13, 10_000), (0.5, 0.46, 10_000), (0.1, 0.0, 400), (0.05, 0.2, 300)]
        {
            let found = (0..100).filter(|seed| rang(*seed, meant, truth, within).is_some()).count();
            assert!(found >= 95, "{found} of 100: {truth} instead of {meant}");
        }
    }

    #[test]
    fn evidence_is_the_bayes_factor() {
        // one held out of one: E[p]/share = 1, whatever the prior
        assert!(evidence(0.1, [0, 1]).abs() < 1e-9);
        assert!(evidence(0.3, [1, 0]).abs() < 1e-9);
        // two held out: (a+1)/(a+b+1)/share
        let two = libm::log((PRIOR * 0.1 + 1.0) / (PRIOR + 1.0) / 0.1);
        assert!((evidence(0.1, [0, 2]) - two).abs() < 1e-9);
        assert_eq!(evidence(0.0, [10, 10]), 0.0);
    }
}
