//! The compact, versioned form in which a profile is stored: one byte of version, then postcard.
//!
//! A row is typically some hundred bytes. Postcard has no field names, so the version byte is what protects an old row from a new reader: a change of [`Profile`]'s
//! shape takes a new version and a branch in [`read`] that still reads the old one. Version 1 was never released and is not read.

use super::Profile;
use std::fmt;

const VERSION: u8 = 2;

/// Why a row cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowError {
    /// Written by a newer Apropos: its version.
    Newer(u8),
    /// Of a version that this build no longer reads: its version.
    Older(u8),
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
            Self::Older(v) => {
                write!(f, "profile row of version {v}, which was never released: import the profile again")
            }
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
/// [`RowError`] when the row is of another version or damaged.
pub fn read(row: &[u8]) -> Result<Profile, RowError> {
    match row.split_first() {
        Some((&VERSION, rest)) => postcard::from_bytes(rest).map_err(|_| RowError::Damaged),
        // version 1 ended before the attributes: a map of none
        Some((1, rest)) => postcard::from_bytes(&[rest, &[0]].concat()).map_err(|_| RowError::Damaged),
        Some((&v, _)) if v > VERSION => Err(RowError::Newer(v)),
        Some((&v @ 1.., _)) => Err(RowError::Older(v)),
        _ => Err(RowError::Damaged),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn refuses_what_it_cannot_read() {
        assert_eq!(read(&[]), Err(RowError::Damaged));
        assert_eq!(read(&[VERSION + 1, 0]), Err(RowError::Newer(VERSION + 1)));
        assert_eq!(read(&[1, 0, 0]), Err(RowError::Older(1)));
        assert_eq!(read(&[0]), Err(RowError::Damaged));
        let mut row = write(&Profile::default()).unwrap();
        row.pop();
        assert_eq!(read(&row), Err(RowError::Damaged));
    }

    #[test]
    fn a_row_of_version_1_has_no_attributes() {
        let profile = Profile {
            lifecycle: crate::profile::Lifecycle {
                since: Some(crate::time::Timestamp(7)),
                stage: crate::profile::Latest::default(),
            },
            ..Profile::default()
        };
        let mut row = write(&profile).unwrap();
        (row[0], _) = (1, row.pop());
        assert_eq!(read(&row), Ok(profile));
    }

    proptest! {
        #[test]
        fn any_bytes_of_this_version_that_are_read_write_back(bytes in proptest::collection::vec(prop_oneof![4 => 0u8..4, 1 => any::<u8>()], 0..400)) {
            let row = [&[VERSION], bytes.as_slice()].concat();
            if let Ok(profile) = read(&row) {
                let again = read(&write(&profile).unwrap()).unwrap();
                // NaN is not itself
                prop_assert_eq!(format!("{again:?}"), format!("{profile:?}"));
            }
        }

        #[test]
        fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = read(&bytes);
        }
    }
}
