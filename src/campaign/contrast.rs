//! Whether text can be read on what it lies on: the contrast ratio of WCAG 2.2 (<https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio>), looked at when a campaign is checked.

use super::reader::Node;
use crate::render::Rgb;

/// The least ratio for text (success criterion 1.4.3).
const LEAST: f64 = 4.5;

/// The colours that text may lie on; none when that isn't known, as on a photograph.
#[derive(Clone, Debug, Default)]
pub struct Ground(Vec<Rgb>);

impl Ground {
    /// On these colours.
    pub fn known(colors: impl Into<Vec<Rgb>>) -> Self {
        Self(colors.into())
    }

    /// On a plate that covers so much of this, in percent. Through a plate on a photograph anything from black to white may shine.
    pub fn under(&self, fill: Rgb, opacity: u8) -> Self {
        let anything = [Rgb::BLACK, Rgb::WHITE];
        let below = if self.0.is_empty() { &anything[..] } else { &self.0 };
        Self(below.iter().map(|under| mixed(*under, fill, opacity)).collect())
    }

    /// Warns where a text in this colour would be hard to read.
    pub fn warn(&self, ink: Rgb, node: &Node<'_, '_>) {
        let worst =
            self.0.iter().map(|ground| (ratio(ink, *ground), *ground)).min_by(|a, b| a.0.total_cmp(&b.0));
        if let Some((ratio, ground)) = worst.filter(|(ratio, _)| *ratio < LEAST) {
            let better = if self::ratio(Rgb::BLACK, ground) >= LEAST { "darker" } else { "lighter" };
            node.warning(
                format!(
                    "{} on {} is hard to read: the contrast is {ratio:.1} to 1, and {LEAST} is the least for text",
                    ink.hex(),
                    ground.hex()
                ),
                Some(format!("make the text {better}, or its ground the other way")),
            );
        }
    }
}

fn mixed(Rgb(r, g, b): Rgb, fill: Rgb, opacity: u8) -> Rgb {
    let (cover, rest) = (u32::from(opacity), 100 - u32::from(opacity.min(100)));
    let mix =
        |under: u8, over: u8| ((u32::from(under) * rest + u32::from(over) * cover) / 100).min(255) as u8;
    Rgb(mix(r, fill.0), mix(g, fill.1), mix(b, fill.2))
}

/// From 1, the same, to 21, black on white.
fn ratio(a: Rgb, b: Rgb) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// <https://www.w3.org/TR/WCAG22/#dfn-relative-luminance>
fn luminance(Rgb(r, g, b): Rgb) -> f64 {
    let linear = |channel: u8| {
        let value = f64::from(channel) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { libm::pow((value + 0.055) / 1.055, 2.4) }
    };
    0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_those_of_the_standard() {
        assert!((ratio(Rgb::BLACK, Rgb::WHITE) - 21.0).abs() < 1e-9);
        // as browsers' tools say: #767676 is the lightest grey that passes on white
        assert!(ratio(Rgb(0x76, 0x76, 0x76), Rgb::WHITE) >= LEAST);
        assert!(ratio(Rgb(0x77, 0x77, 0x77), Rgb::WHITE) < LEAST);
    }

    #[test]
    fn a_veil_on_a_photograph_may_not_be_enough() {
        let photo = Ground::default();
        let read = |opacity| {
            let ground = photo.under(Rgb::WHITE, opacity);
            ground.0.iter().map(|g| ratio(Rgb::BLACK, *g)).fold(f64::MAX, f64::min)
        };
        assert!(read(80) >= LEAST && read(30) < LEAST);
    }
}
