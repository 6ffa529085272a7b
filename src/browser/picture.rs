//! What passes from the engine, which decides, to the painter, which draws.

use crate::decide::Creative;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// What is to be drawn.
#[derive(Serialize, Deserialize)]
pub struct Picture {
    /// What the slot shows.
    pub creative: Creative,
    /// What instead, if fonts for it can't be had.
    pub spare: Option<Creative>,
    /// Width and height in pixels.
    pub size: (u32, u32),
    /// The moment, for countdowns.
    pub now: Timestamp,
}
