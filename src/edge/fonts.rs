//! The fonts that a creative wants beyond the built-in ones: from the bucket, or else the assets, as images are.

use super::{all, deadline, images, report, shaping};
use crate::decide::Creative;
use crate::render::{FontFile, Fonts};
use std::rc::Rc;
use worker::{Env, Result};

/// Loads what a creative wants. What can't be had in time is reported, and its letters are missing.
pub async fn load(env: &Env, creative: &Creative) -> Fonts {
    let mut fonts = Fonts::shaped_by(shaping::shape);
    let wanted = creative.fonts().into_iter().map(|file| async move { (file, read(env, file).await) });
    for (file, bytes) in all(wanted).await {
        match bytes {
            Ok(bytes) => {
                fonts.add(file, bytes);
            }
            Err(error) => report("font", &error),
        }
    }
    fonts
}

async fn read(env: &Env, file: FontFile) -> Result<Rc<Vec<u8>>> {
    deadline("fonts", images::load(env, &format!("fonts/{file}"), images::Kind::Font)).await
}
