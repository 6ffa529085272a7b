//! Countdowns: the faces that an isolate has prepared, and drawing them.
//!
//! Preparing a face takes longer than drawing it, and the faces of a campaign are few: one for each variant and language. So they
//! are kept, as images are.

use crate::render::countdown::{Face, Prepared};
use crate::render::{Fonts, Format, RenderError};
use crate::time::Span;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// How many bytes of faces an isolate keeps, nearly: some dozen.
const CAPACITY: usize = 8 << 20;

/// A face at a size.
type Key = (Face, (u32, u32));

thread_local! {
    static CACHE: RefCell<HashMap<Key, Rc<Prepared>>> = RefCell::default();
}

/// Draws a face, its text in `fonts`, at `size` with `remaining` left.
///
/// # Errors
/// [`RenderError::Size`] for an impossible size.
pub fn draw(
    face: &Face,
    fonts: &Fonts,
    size: (u32, u32),
    remaining: Span,
    format: Format,
) -> Result<Vec<u8>, RenderError> {
    prepared(face, fonts, size, remaining)?.draw(remaining, format)
}

fn prepared(
    face: &Face,
    fonts: &Fonts,
    size: (u32, u32),
    remaining: Span,
) -> Result<Rc<Prepared>, RenderError> {
    let key = (face.clone(), size);
    let known = CACHE.with_borrow(|cache| cache.get(&key).filter(|known| known.suits(remaining)).cloned());
    if let Some(known) = known {
        return Ok(known);
    }
    let prepared = Rc::new(Prepared::new(face, fonts, size, remaining)?);
    if !fonts.cover(face.texts()) {
        return Ok(prepared); // the next time its letters may be there
    }
    CACHE.with_borrow_mut(|cache| {
        let kept: usize = cache.values().map(|prepared| prepared.weight()).sum();
        if kept + prepared.weight() > CAPACITY {
            cache.clear();
        }
        cache.insert(key, prepared.clone());
    });
    Ok(prepared)
}
