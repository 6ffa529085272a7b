//! From a value to its bin, in a few nanoseconds: what scoring a table spends its time on.
//!
//! Cuts lie closely where values do, so a guide over the logarithm of the range (which is what the bits of a float are) says near which cut to begin (indexed search:
//! Chen and Asau 1974, "On generating random variates from an empirical distribution"). Names are told apart by their first eight bytes before they are compared.

use crate::intent::Value;
use crate::intent::model::Bins;

/// How many parts the range of the cuts has at most.
const PARTS: u64 = 512;
/// The largest whole number that is looked up as a name without being spelt.
const CODES: usize = 1000;

/// The bins of one column. 0 is that of missing values, the last that of names nobody listed.
#[derive(Clone, Debug, PartialEq)]
pub enum Lookup {
    /// Between cuts.
    Cuts(Ladder),
    /// By name.
    Names(Names),
}

impl Lookup {
    /// For these bins.
    #[must_use]
    pub fn of(bins: &Bins) -> Self {
        match bins {
            Bins::Cuts(cuts) => Self::Cuts(Ladder::of(cuts)),
            Bins::Names(names) => Self::Names(Names::of(names)),
        }
    }

    /// The bin of a value.
    #[must_use]
    pub fn bin(&self, value: Value<'_>) -> u16 {
        match (self, value) {
            (_, Value::Missing) => 0,
            (Self::Cuts(ladder), Value::Number(n)) => ladder.bin(n),
            // a name where the model knows numbers: a cell such as `n/a` made the whole column names
            (Self::Cuts(ladder), Value::Text(text)) => text.parse().map_or(0, |n| ladder.bin(n)),
            (Self::Cuts(_), Value::Flag(_)) => 0,
            (Self::Names(names), Value::Number(n)) => names.code(n),
            (Self::Names(names), Value::Text(text)) => names.bin(text),
            (Self::Names(names), Value::Flag(flag)) => names.bin(if flag { "true" } else { "false" }),
        }
    }
}

/// Ascending cuts, and where to begin among them.
#[derive(Clone, Debug, PartialEq)]
pub struct Ladder {
    cuts: Vec<f64>,
    low: u64,
    shift: u32,
    /// By part of the range: how many cuts lie in parts below it.
    guide: Vec<u16>,
}

/// The bits of a number, in the order of numbers.
const fn key(n: f64) -> u64 {
    let bits = n.to_bits();
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

impl Ladder {
    fn of(cuts: &[f64]) -> Self {
        // zero is infinitely far from the least positive number, on this scale
        let low = cuts.iter().find(|cut| **cut > 0.0).or(cuts.first()).map_or(0, |cut| key(*cut));
        let range = cuts.last().map_or(0, |last| key(*last).saturating_sub(low));
        let shift = (0..64).find(|shift| range >> shift < PARTS).unwrap_or(63);
        let mut ladder =
            Self { cuts: cuts.to_vec(), low, shift, guide: vec![0; 1 + (range >> shift) as usize] };
        for cut in cuts {
            let part = ladder.part(*cut);
            ladder.guide.iter_mut().skip(part + 1).for_each(|below| *below += 1);
        }
        ladder
    }

    fn part(&self, n: f64) -> usize {
        ((key(n).saturating_sub(self.low) >> self.shift) as usize).min(self.guide.len() - 1)
    }

    fn bin(&self, n: f64) -> u16 {
        let mut below = self.guide[self.part(n)];
        while self.cuts.get(usize::from(below)).is_some_and(|cut| *cut <= n) {
            below += 1;
        }
        below + 1
    }
}

/// Names in the order of their bins.
#[derive(Clone, Debug, PartialEq)]
pub struct Names {
    names: Vec<String>,
    marks: Vec<u64>,
    /// The bin of every small whole number that is a name; 0 for others.
    codes: Vec<u16>,
}

/// The first eight bytes, and how many there are.
fn mark(name: &str) -> u64 {
    let mut first = [0; 8];
    first.iter_mut().zip(name.bytes()).for_each(|(place, byte)| *place = byte);
    u64::from_le_bytes(first) ^ (name.len() as u64).rotate_right(8)
}

impl Names {
    fn of(names: &[String]) -> Self {
        let mut codes = Vec::new();
        for (bin, name) in (1..).zip(names) {
            if let Some(code) = name.parse::<usize>().ok().filter(|code| *code < CODES) {
                codes.resize(codes.len().max(code + 1), 0);
                codes[code] = bin;
            }
        }
        Self { names: names.to_vec(), marks: names.iter().map(|name| mark(name)).collect(), codes }
    }

    fn unlisted(&self) -> u16 {
        self.names.len() as u16 + 1
    }

    fn bin(&self, name: &str) -> u16 {
        let own = mark(name);
        let same = |(mark, known): (&u64, &String)| *mark == own && known == name;
        self.marks.iter().zip(&self.names).position(same).map_or_else(|| self.unlisted(), |at| at as u16 + 1)
    }

    /// The bin of a number whose spelling is a name.
    fn code(&self, n: f64) -> u16 {
        let whole = n as usize;
        let code = self.codes.get(whole).copied().filter(|code| *code > 0 && whole as f64 == n);
        code.unwrap_or_else(|| self.unlisted())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::{mix, unit};

    #[test]
    fn a_ladder_finds_what_a_search_finds() {
        for seed in 0..300 {
            let draw = |i: u64| unit(mix(mix(seed) ^ i));
            let spread = |i: u64| match seed % 4 {
                0 => (draw(i) - 0.5) * 10.0,
                1 => libm::exp(draw(i) * 30.0 - 15.0),
                2 => libm::floor(draw(i) * 40.0),
                _ => -libm::exp(draw(i) * 9.0),
            };
            let mut cuts: Vec<f64> = (0..mix(seed) % 70).map(spread).collect();
            cuts.sort_by(f64::total_cmp);
            cuts.dedup();
            let ladder = Ladder::of(&cuts);
            let beside = cuts.iter().flat_map(|cut| [*cut, cut.next_down(), cut.next_up(), -cut]);
            let far = [0.0, -0.0, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, f64::MIN, 1e-310];
            for n in beside.chain(far).chain((100..200).map(spread)) {
                let found = cuts.partition_point(|cut| *cut <= n) as u16 + 1;
                assert_eq!(ladder.bin(n), found, "{n} among {cuts:?}");
            }
        }
    }

    #[test]
    fn names_are_whole_names() {
        let names = ["May", "May ", "Returning_Visitor", "Returning_Visitors", "", "7", "007"];
        let lookup = Lookup::of(&Bins::Names(names.map(String::from).to_vec()));
        for (bin, name) in (1..).zip(names) {
            assert_eq!(lookup.bin(Value::Text(name)), bin, "{name:?}");
        }
        for other in ["Mai", "Returning_V", "Returning_Visitor\0", "\0"] {
            assert_eq!(lookup.bin(Value::Text(other)), 8, "{other:?}");
        }
        assert_eq!(lookup.bin(Value::Missing), 0);
        assert_eq!([7.0, 7.5, -1.0, 1e300].map(|n| lookup.bin(Value::Number(n))), [7, 8, 8, 8]);
    }
}
