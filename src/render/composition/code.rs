//! Codes to be scanned: a text as dark and light modules.

use super::Symbology;
use barcoders::sym::code128::Code128;
use qrcodegen::{QrCode, QrCodeEcc};

/// The longest text of a code, in bytes. A coupon or a link is far shorter.
const LONGEST: usize = 300;
/// Light modules around a code, which its standard asks for.
const QR_QUIET: usize = 4;
const CODE128_QUIET: usize = 10;
/// The fewest pixels of a module that cameras tell apart on a screen of two pixels each way.
const LEAST: usize = 2;

/// A code in modules: squares of a QR code, bars of a Code 128, which is one row.
pub struct Modules {
    /// Modules in a row, without the quiet zone.
    columns: usize,
    /// Whether each is dark, row by row.
    dark: Vec<bool>,
    quiet: usize,
    rows_are_bars: bool,
}

impl Modules {
    /// The code of a text; `None` if it can't hold it.
    pub fn of(text: &str, symbology: Symbology) -> Option<Self> {
        // directions are for eyes
        let text: String = text.chars().filter(|c| !matches!(c, '\u{2066}'..='\u{2069}')).collect();
        if text.len() > LONGEST {
            return None;
        }
        match symbology {
            Symbology::Qr => {
                let code = QrCode::encode_text(&text, QrCodeEcc::Medium).ok()?;
                let side = code.size();
                let dark = (0..side).flat_map(|y| (0..side).map(move |x| (x, y)));
                let dark = dark.map(|(x, y)| code.get_module(x, y)).collect();
                Some(Self {
                    columns: usize::try_from(side).ok()?,
                    dark,
                    quiet: QR_QUIET,
                    rows_are_bars: false,
                })
            }
            Symbology::Code128 => {
                // set B holds the printable characters of ASCII; the library has letters of its own for the sets
                let printable = text.bytes().all(|b| (b' '..=b'~').contains(&b)) && !text.is_empty();
                let bars = printable.then(|| Code128::new(format!("\u{181}{text}")).ok())??.encode();
                let dark: Vec<bool> = bars.iter().map(|bar| *bar == 1).collect();
                Some(Self { columns: dark.len(), dark, quiet: CODE128_QUIET, rows_are_bars: true })
            }
        }
    }

    /// The pixels of a module in a place of `width` × `height` pixels; `None` if it is too small for the code.
    pub fn module(&self, width: usize, height: usize) -> Option<usize> {
        let across = width / (self.columns + 2 * self.quiet);
        let module =
            if self.rows_are_bars { across } else { across.min(height / (self.rows() + 2 * self.quiet)) };
        (module >= LEAST).then_some(module)
    }

    /// Width and height in pixels, quiet zone included, with modules of so many; bars fill `height`.
    pub fn size(&self, module: usize, height: usize) -> (usize, usize) {
        let width = (self.columns + 2 * self.quiet) * module;
        (width, if self.rows_are_bars { height } else { width })
    }

    /// Whether pixel (`x`, `y`) of that size is dark.
    pub fn dark(&self, x: usize, y: usize, module: usize, height: usize) -> bool {
        let Some(column) = (x / module).checked_sub(self.quiet).filter(|column| *column < self.columns)
        else {
            return false;
        };
        let row = if self.rows_are_bars {
            // as much light above and below as looks even; the standard asks for none
            (module * 2..height.saturating_sub(module * 2)).contains(&y).then_some(0)
        } else {
            (y / module).checked_sub(self.quiet)
        };
        row.and_then(|row| self.dark.get(row * self.columns + column)).copied().unwrap_or(false)
    }

    fn rows(&self) -> usize {
        self.dark.len() / self.columns.max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_where_it_should_be() {
        let code = Modules::of("SPRING-20", Symbology::Qr).unwrap();
        let module = code.module(200, 200).unwrap();
        let (side, _) = code.size(module, 200);
        assert!(side <= 200 && module >= LEAST);
        // a finder's ring, and the light around it
        assert!(code.dark(4 * module, 4 * module, module, side));
        assert!(!code.dark(4 * module - 1, 4 * module, module, side));
        assert!(!code.dark(5 * module, 5 * module, module, side));
    }

    #[test]
    fn what_does_not_fit_is_no_code() {
        assert!(Modules::of(&"x".repeat(5000), Symbology::Qr).is_none());
        assert!(Modules::of("číslo", Symbology::Code128).is_none());
        assert!(Modules::of("", Symbology::Code128).is_none());
        let code = Modules::of("SPRING-20", Symbology::Code128).unwrap();
        assert_eq!(code.module(100, 100), None);
        assert!(code.module(600, 1).is_some());
    }
}
