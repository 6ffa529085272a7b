//! "Did you mean …?": the known name that is nearest to a wrong one.

/// The candidate nearest to `name`, if one is near enough to be meant: at most a third of its letters differ, or one name holds the other.
#[must_use]
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain =
        |s: &str| s.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let wrong = plain(name);
    let distance = |candidate: &str| {
        let right = plain(candidate);
        let holds =
            wrong.len() >= 3 && right.len() >= 3 && (right.contains(&wrong) || wrong.contains(&right));
        let edits = strsim::osa_distance(&wrong, &right);
        (edits * 3 <= right.len().max(wrong.len()) || holds).then_some(edits)
    };
    candidates.into_iter().filter_map(|c| Some((distance(c)?, c))).min_by_key(|&(d, _)| d).map(|(_, c)| c)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn finds_what_was_meant() {
        let names = ["cart_value", "days_since_purchase", "local_hour"];
        for (wrong, right) in [
            ("cartvalue", Some("cart_value")),
            ("cart_vlaue", Some("cart_value")),
            ("localHour", Some("local_hour")),
            ("since_purchase", Some("days_since_purchase")),
            ("weather", None),
            ("", None),
        ] {
            assert_eq!(nearest(wrong, names), right, "{wrong}");
        }
    }
}
