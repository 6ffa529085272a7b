//! The compact, versioned form in which a profile is stored: one byte of version, then postcard.
//!
//! A row is at most a few hundred bytes. Postcard has no field names, so the version byte is what protects an old row from a new reader: a change of [`Profile`]'s
//! shape takes a new version and a branch in [`read`] that still reads the old one.

use super::Profile;
use std::borrow::Cow;
use std::fmt;

const VERSION: u8 = 2;

/// Why a row cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowError {
    /// Written by a newer Apropos: its version.
    Newer(u8),
    /// Cut off or damaged.
    Damaged,
}

impl fmt::Display for RowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Newer(v) => write!(
                f,
                "profile row of version {v}; this build reads up to {VERSION}: deploy the newer one"
            ),
            Self::Damaged => f.write_str("profile row is damaged"),
        }
    }
}

impl std::error::Error for RowError {}

/// The row of a profile.
///
/// # Errors
/// Never in practice: every profile can be written.
pub fn write(profile: &Profile) -> Result<Vec<u8>, RowError> {
    postcard::to_extend(profile, vec![VERSION]).map_err(|_| RowError::Damaged)
}

/// Reads a row.
///
/// # Errors
/// [`RowError`] when the row is of a newer version or damaged.
pub fn read(row: &[u8]) -> Result<Profile, RowError> {
    let body = match row.split_first() {
        Some((&VERSION, rest)) => Cow::Borrowed(rest),
        // version 1 ended before the attributes: a list of none
        Some((1, rest)) => Cow::Owned([rest, &[0]].concat()),
        Some((&v, _)) if v > VERSION => return Err(RowError::Newer(v)),
        _ => return Err(RowError::Damaged),
    };
    postcard::from_bytes(&body).map_err(|_| RowError::Damaged)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn refuses_what_it_cannot_read() {
        assert_eq!(read(&[]), Err(RowError::Damaged));
        assert_eq!(read(&[VERSION + 1, 0]), Err(RowError::Newer(VERSION + 1)));
        let mut row = write(&Profile::default()).unwrap();
        row.pop();
        assert_eq!(read(&row), Err(RowError::Damaged));
    }

    #[test]
    fn a_row_of_version_1_has_no_attributes() {
        let profile = Profile {
            lifecycle: crate::profile::Lifecycle { since: Some(crate::time::Timestamp(7)), stage: None },
            ..Profile::default()
        };
        let mut row = write(&profile).unwrap();
        (row[0], _) = (1, row.pop());
        assert_eq!(read(&row), Ok(profile));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = read(&bytes);
        }
    }
}
