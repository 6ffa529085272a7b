//! Leaks: columns that tell the outcome because they are known only after it.

use super::bins::Feature;
use super::quality::figures;

/// A column that ranks the outcomes better than this, alone, is taken for the outcome itself.
pub const TOO_GOOD: f64 = 0.995;

/// How well a feature alone ranks the outcomes: the area under the ROC curve when every row is scored by the other rows of its bin.
#[must_use]
pub fn alone(feature: &Feature, labels: &[bool]) -> f64 {
    let mut bins = vec![(0.0, 0.0); feature.size];
    for (code, label) in feature.codes.iter().zip(labels) {
        let (yes, rows) = &mut bins[usize::from(*code)];
        *yes += f64::from(u8::from(*label));
        *rows += 1.0;
    }
    let share = labels.iter().filter(|label| **label).count() as f64 / labels.len().max(1) as f64;
    let others = |(code, label): (&u8, &bool)| {
        let (yes, rows) = bins[usize::from(*code)];
        (yes - f64::from(u8::from(*label)) + share) / rows
    };
    let scores: Vec<_> = feature.codes.iter().zip(labels).map(others).collect();
    figures(&scores, labels).auc
}

/// The features that tell the outcome alone.
#[must_use]
pub fn found<'a>(features: &'a [Feature], labels: &[bool]) -> Vec<(&'a str, f64)> {
    let alone = features.iter().map(|feature| (feature.name.as_str(), alone(feature, labels)));
    alone.filter(|(_, auc)| *auc >= TOO_GOOD).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::mix;
    use crate::learn::bins::Binning;
    use crate::learn::frame::{Column, Values};

    #[test]
    fn a_column_that_is_the_label_is_found_and_a_good_one_is_not() {
        let labels: Vec<bool> = (0..400).map(|i| mix(i).is_multiple_of(5)).collect();
        let column = |name: &str, value: &dyn Fn(usize) -> f64| {
            Feature::of(
                &Column { name: name.into(), values: Values::Numbers((0..400).map(value).collect()) },
                Binning::default(),
            )
        };
        let paid = column("paid", &|i| if labels[i] { 10.0 + i as f64 } else { 0.0 });
        let good =
            column("good", &|i| f64::from(u8::from(labels[i])) + (mix(i as u64 + 999) % 3) as f64 * 0.5);
        let id = column("id", &|i| i as f64);
        assert_eq!(
            found(&[good, paid, id], &labels).iter().map(|(name, _)| *name).collect::<Vec<_>>(),
            ["paid"]
        );
    }
}
