//! Versions in the order GrowthBook gives them: a little looser than Semantic Versioning.
//!
//! A leading `v` and what follows a `+` say nothing; dots and dashes part the rest. Numbers are padded to five digits and a plain `1.2.3` gets a fourth part that
//! comes after all pre-releases (<https://docs.growthbook.io/lib/build-your-own#conditions>, `paddedVersionString`); then the texts are compared, as JavaScript does, by UTF-16 units.

use std::cmp::Ordering;

/// How two versions stand to each other.
pub fn compare(a: &str, b: &str) -> Ordering {
    padded(a).cmp(padded(b))
}

/// The units of the padded text, made one by one since evaluating allocates nothing.
fn padded(version: &str) -> impl Iterator<Item = u16> + '_ {
    let version = if version.is_empty() { "0" } else { version };
    let version = version.strip_prefix('v').unwrap_or(version);
    let version = version.split('+').next().unwrap_or_default();
    let parts = version.split(['-', '.']);
    let release = (parts.clone().count() == 3).then_some("~");
    parts.chain(release).enumerate().flat_map(|(i, part)| {
        let number = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let padding = if number { 5usize.saturating_sub(part.len()) } else { 0 };
        let dash = (i > 0).then_some(u16::from(b'-'));
        dash.into_iter().chain(std::iter::repeat_n(u16::from(b' '), padding)).chain(part.encode_utf16())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_padded() {
        let text = |version| String::from_utf16(&padded(version).collect::<Vec<_>>()).unwrap();
        assert_eq!(text("v1.20.3+build.7"), "    1-   20-    3-~");
        assert_eq!(text("1.2.3-rc.1"), "    1-    2-    3-rc-    1");
        assert_eq!(text(""), "    0");
    }
}
