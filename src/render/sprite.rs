//! Stored images that lie on others, such as logos, made ready: read, scaled to their place, transparency kept.

use super::bitmap::{Bitmap, Mask, Paint, Rect, Shape};
use super::{RenderError, acceptable, decode_layered};
use std::rc::Rc;

/// An image at the size at which it is drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sprite {
    bitmap: Bitmap,
    /// How far each pixel covers what it lies on, up to [`Mask::FULL`].
    coverage: Vec<u8>,
}

/// Images made ready, by their path and the most pixels that they may take.
#[derive(Clone, Debug, Default)]
pub struct Sprites(Vec<(String, (u32, u32), Rc<Sprite>)>);

impl Sprites {
    /// Adds an image.
    pub fn add(&mut self, path: &str, most: (u32, u32), sprite: Rc<Sprite>) {
        self.0.push((path.to_owned(), most, sprite));
    }

    /// The image of a path for a place.
    #[must_use]
    pub fn get(&self, path: &str, most: (u32, u32)) -> Option<&Rc<Sprite>> {
        let found = self.0.iter().find(|(known, size, _)| known == path && *size == most);
        found.map(|(.., sprite)| sprite)
    }
}

impl Sprite {
    /// Reads a PNG, JPEG or GIF file and scales it in proportion to the most pixels that it may take. A file that is smaller grows.
    ///
    /// # Errors
    /// A file that isn't readable, and [`RenderError::Size`] for a place that is impossible.
    pub fn new(file: &[u8], most: (u32, u32)) -> Result<Self, RenderError> {
        let most = acceptable(most).ok_or(RenderError::Size)?;
        let (bitmap, alpha) = decode_layered(file)?;
        let (width, height) = contained((bitmap.width, bitmap.height), most);
        let Some(alpha) = alpha else {
            let bitmap = bitmap.cover(width, height);
            return Ok(Self { coverage: vec![Mask::FULL; width * height], bitmap });
        };
        // what is transparent has a colour too, which must not bleed into its neighbours
        let mut weighed = bitmap;
        for (pixel, alpha) in weighed.rgb.chunks_exact_mut(3).zip(&alpha) {
            pixel.iter_mut().for_each(|channel| *channel = share(*channel, *alpha, 255));
        }
        Self::weighed(weighed, &alpha, (most.0 as u32, most.1 as u32))
    }

    /// Of a picture whose colours are weighed with how far each pixel covers what it lies on, up to 255.
    pub(super) fn weighed(weighed: Bitmap, alpha: &[u8], most: (u32, u32)) -> Result<Self, RenderError> {
        let most = acceptable(most).ok_or(RenderError::Size)?;
        let (width, height) = contained((weighed.width, weighed.height), most);
        let veil = Bitmap { rgb: alpha.iter().flat_map(|a| [*a; 3]).collect(), ..weighed };
        let (mut bitmap, veil) = (weighed.cover(width, height), veil.cover(width, height));
        for (channel, alpha) in bitmap.rgb.iter_mut().zip(&veil.rgb) {
            *channel = share(*channel, 255, (*alpha).max(1));
        }
        let coverage = veil.rgb.chunks_exact(3).map(|veil| share(veil[0], Mask::FULL, 255)).collect();
        Ok(Self { bitmap, coverage })
    }

    /// Width and height in pixels.
    #[must_use]
    pub fn size(&self) -> (usize, usize) {
        (self.bitmap.width, self.bitmap.height)
    }

    /// How many bytes it takes in memory, about.
    #[must_use]
    pub fn weight(&self) -> usize {
        self.bitmap.rgb.len() + self.coverage.len()
    }

    /// The same in proportion, no wider or higher than this.
    pub(super) fn within(&self, width: usize, height: usize) -> Self {
        let (width, height) = contained(self.size(), (width.max(1), height.max(1)));
        let veil =
            Bitmap { rgb: self.coverage.iter().flat_map(|ink| [*ink; 3]).collect(), ..self.bitmap.clone() };
        let coverage = veil.cover(width, height).rgb.chunks_exact(3).map(|veil| veil[0]).collect();
        Self { bitmap: self.bitmap.clone().cover(width, height), coverage }
    }

    /// Its shape with the upper left corner at a pixel.
    pub(super) fn shape(&self, left: i32, top: i32, clip: Rect) -> Shape {
        let mask = Mask { left, top, width: self.bitmap.width, coverage: self.coverage.clone() };
        Shape { mask, paint: Paint::Pixels(self.bitmap.rgb.clone()), clip }
    }
}

/// The largest size of the same proportions inside another.
fn contained((width, height): (usize, usize), (most_wide, most_high): (usize, usize)) -> (usize, usize) {
    if width * most_high > height * most_wide {
        (most_wide, (height * most_wide / width).max(1))
    } else {
        ((width * most_high / height).max(1), most_high)
    }
}

/// `value` · `part` / `whole`, rounded, at most 255.
fn share(value: u8, part: u8, whole: u8) -> u8 {
    let (value, part, whole) = (u32::from(value), u32::from(part), u32::from(whole));
    ((value * part + whole / 2) / whole).min(255) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proportions_are_kept() {
        assert_eq!(contained((400, 100), (200, 200)), (200, 50));
        assert_eq!(contained((100, 400), (200, 200)), (50, 200));
        assert_eq!(contained((10, 10), (64, 32)), (32, 32));
        assert_eq!(contained((4000, 1), (20, 20)), (20, 1));
    }
}
