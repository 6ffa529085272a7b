//! The language that a person's client asks for.

/// The primary subtag of the entry with the highest weight in an `Accept-Language` header (RFC 9110, 12.5.4), in lower case. Of equal
/// entries the first counts; `*` and weight 0 name no language.
pub(super) fn preferred(header: &str) -> Option<String> {
    let mut best = None;
    for entry in header.split(',') {
        let (tag, parameters) = entry.split_once(';').unwrap_or((entry, ""));
        let (Some(language), Some(weight)) = (primary(tag), weight(parameters)) else { continue };
        if weight > best.map_or(0, |(weight, _)| weight) {
            best = Some((weight, language));
        }
    }
    best.map(|(_, language)| language.to_ascii_lowercase())
}

/// The first subtag, if it has the form of a language: two or three letters (RFC 5646, 2.2.1).
fn primary(tag: &str) -> Option<&str> {
    let language = tag.trim().split(['-', '_']).next()?;
    ((2..=3).contains(&language.len()) && language.bytes().all(|b| b.is_ascii_alphabetic()))
        .then_some(language)
}

/// The weight in thousandths: `q=0.8` is 800; without one, 1000.
fn weight(parameters: &str) -> Option<u32> {
    let parameters = parameters.trim();
    if parameters.is_empty() {
        return Some(1000);
    }
    let value = parameters.strip_prefix(['q', 'Q'])?.trim_start().strip_prefix('=')?.trim();
    let (whole, fraction) = value.split_once('.').unwrap_or((value, ""));
    if !matches!(whole, "0" | "1") || fraction.len() > 3 || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let thousandths =
        fraction.bytes().chain(*b"000").take(3).fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'));
    Some((u32::from(whole == "1") * 1000 + thousandths).min(1000))
}

#[cfg(test)]
mod tests {
    use super::preferred;

    #[test]
    fn highest_weight_first_of_equals() {
        for (header, language) in [
            ("de", Some("de")),
            ("de-CH,de;q=0.9,en;q=0.8", Some("de")),
            ("en;q=0.5, FR-fr;q=0.9", Some("fr")),
            ("en;q=0.500,fr;q=0.501", Some("fr")),
            ("*,gsw;q=0.1", Some("gsw")),
            ("zh-Hant-TW", Some("zh")),
            ("en_US", Some("en")),
            ("it ; q = 0.3", Some("it")),
            ("nl;q=0", None),
            ("nl;q=0,pl;q=0.001", Some("pl")),
            ("*", None),
            ("", None),
            (",,;,", None),
            ("i-klingon", None),
            ("english", None),
            ("d3", None),
            ("de;q=high,en;q=0.1", Some("en")),
            ("de;q=0.1234", None),
            ("ñandu,日本", None),
        ] {
            assert_eq!(preferred(header).as_deref(), language, "{header}");
        }
    }
}
