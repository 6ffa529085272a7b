//! Pictures for the studio: what `Engine.pictures` says is shown, drawn to the byte as the Worker draws it. A module of its own, since letters, codecs and the shaper weigh more than all that decides.
//!
//! Files are the page's to fetch: [`Painter::wants`] names those that a picture takes and nobody supplied yet.

use super::picture::Picture;
use crate::decide::Creative;
use crate::render::composition::{Composition, Part};
use crate::render::countdown::Prepared;
use crate::render::{self, Backdrop, Fonts, Format, Sprite, Sprites};
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;
use wasm_bindgen::{JsError, prelude::wasm_bindgen};

/// How many backgrounds made ready are kept.
const CAPACITY: usize = 32;

/// Draws pictures, and keeps the files and backgrounds that they are made of.
#[wasm_bindgen]
#[derive(Default)]
pub struct Painter {
    files: HashMap<String, Option<Rc<Vec<u8>>>>,
    grounds: HashMap<(String, (u32, u32), Format), Rc<Backdrop>>,
}

#[wasm_bindgen]
impl Painter {
    /// One that has no files yet.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// The bytes of a stored file; none when it can't be had.
    pub fn supply(&mut self, path: String, bytes: Option<Vec<u8>>) {
        self.files.insert(path, bytes.map(Rc::new));
    }

    /// The files that a picture takes and that weren't supplied yet, by their paths.
    ///
    /// # Errors
    /// An `Error` when this is no picture.
    pub fn wants(&self, picture: &str) -> Result<Vec<String>, JsError> {
        let picture: Picture = serde_json::from_str(picture)?;
        let mut paths: BTreeSet<String> =
            picture.creative.fonts().into_iter().map(|file| format!("fonts/{file}")).collect();
        paths
            .extend([Some(&picture.creative), picture.spare.as_ref()].into_iter().flatten().flat_map(images));
        Ok(paths.into_iter().filter(|path| !self.files.contains_key(path)).collect())
    }

    /// The file of a picture, in the format that the extension names.
    ///
    /// # Errors
    /// An `Error` that says what is missing or damaged.
    pub fn draw(&mut self, picture: &str, extension: &str) -> Result<Vec<u8>, JsError> {
        let Picture { creative, spare, size, now } = serde_json::from_str(picture)?;
        let format = Format::from_extension(extension).ok_or_else(|| JsError::new("png, jpg or gif?"))?;
        let mut fonts = Fonts::shaped_by(render::shape);
        for file in creative.fonts() {
            if let Some(Some(bytes)) = self.files.get(&format!("fonts/{file}")) {
                fonts.add(file, bytes.clone());
            }
        }
        match creative.or_spare(spare.as_ref(), &fonts) {
            Creative::Nothing => Ok(render::pixel(format).to_vec()),
            Creative::Image { path, caption: None } => {
                let file = self.file(path)?;
                Ok(render::convert(&file, format)?.into_owned())
            }
            Creative::Image { path, caption: Some(lines) } => {
                let file = self.file(path)?;
                let ground = self.ground(path, size, format, || Backdrop::new(&file, size, format))?;
                Ok(ground.hero(&lines.caption(), &fonts)?)
            }
            Creative::Composition(composition) => self.compose(composition, &fonts, size, format),
            Creative::Countdown { face, deadline } => {
                let remaining = deadline.since(now);
                Ok(Prepared::new(face, &fonts, size, remaining)?.draw(remaining, format)?)
            }
        }
    }
}

impl Painter {
    fn file(&self, path: &str) -> Result<Rc<Vec<u8>>, JsError> {
        let file = self.files.get(path).cloned().flatten();
        file.ok_or_else(|| JsError::new(&format!("{path} is neither in the bucket nor among the assets")))
    }

    fn ground(
        &mut self,
        name: &str,
        size: (u32, u32),
        format: Format,
        make: impl FnOnce() -> Result<Backdrop, render::RenderError>,
    ) -> Result<Rc<Backdrop>, JsError> {
        let key = (name.to_owned(), size, format);
        if let Some(known) = self.grounds.get(&key) {
            return Ok(known.clone());
        }
        let made = Rc::new(make()?);
        if self.grounds.len() >= CAPACITY {
            self.grounds.clear();
        }
        self.grounds.insert(key, made.clone());
        Ok(made)
    }

    fn compose(
        &self,
        composition: &Composition,
        fonts: &Fonts,
        size: (u32, u32),
        format: Format,
    ) -> Result<Vec<u8>, JsError> {
        let mut sprites = Sprites::default();
        for (path, most) in [Part::Fixed, Part::Live].into_iter().flat_map(|part| composition.images(part)) {
            sprites.add(path, most, Rc::new(Sprite::new(&self.file(path)?, most)?));
        }
        let background = composition.background.image().map(|path| self.file(path)).transpose()?;
        let background = background.as_deref().map(Vec::as_slice);
        let base = Backdrop::base(composition, background, &sprites, fonts, size, format)?;
        Ok(base.compose(composition, &sprites, fonts)?)
    }
}

/// The stored images that a creative is made of.
fn images(creative: &Creative) -> Vec<String> {
    match creative {
        Creative::Nothing | Creative::Countdown { .. } => Vec::new(),
        Creative::Image { path, .. } => vec![path.clone()],
        Creative::Composition(composition) => {
            let layers = [Part::Fixed, Part::Live].into_iter().flat_map(|part| composition.images(part));
            let layers = layers.map(|(path, _)| path.to_owned());
            layers.chain(composition.background.image().map(str::to_owned)).collect()
        }
    }
}
