//! A learner at rest: one byte of version, then postcard. Between two batches of lines a Durable Object forgets everything but this.

use super::Learner;
use std::fmt;

const VERSION: u8 = 1;

/// What is stored can't be read: it is cut off, damaged, or of another version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Damaged;

impl fmt::Display for Damaged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the learner's state is damaged, or of another version of Apropos")
    }
}

impl std::error::Error for Damaged {}

impl Learner {
    /// All that it has folded.
    ///
    /// # Errors
    /// Never in practice: every learner can be written.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Damaged> {
        postcard::to_extend(self, vec![VERSION]).map_err(|_| Damaged)
    }

    /// What [`Learner::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`Damaged`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Damaged> {
        match bytes.split_first() {
            Some((&VERSION, rest)) => postcard::from_bytes(rest).map_err(|_| Damaged),
            _ => Err(Damaged),
        }
    }
}
