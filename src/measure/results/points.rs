//! Lines as points of a time series, for a store of metrics such as Analytics Engine. A point holds nothing of a person: no subject, no id, no signal but the kind of client.

use crate::learn::policy::{Kind, Line};

/// A point: what it is about, words, and figures.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// What samples are drawn by: the campaign.
    pub index: String,
    /// Type, campaign, outcome or slot, cause or variant, fetcher.
    pub words: [String; 5],
    /// How many lines (1), what an order brought, the probability of a choice.
    pub figures: [f64; 3],
}

/// The points of a line: one for each campaign that it may belong to. Lines of no kind that results know have none.
#[must_use]
pub fn of(line: &Line) -> Vec<Point> {
    let kind = match line.kind {
        Kind::Exposure => "exposure",
        Kind::Click => "click",
        Kind::Order => "order",
        Kind::Unsubscribe => "unsubscribe",
        Kind::Complaint => "complaint",
        Kind::Other => return Vec::new(),
    };
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let what = if line.kind == Kind::Click { &line.slot } else { &line.outcome };
    let why = if line.kind == Kind::Click { &line.variant } else { &line.cause };
    let value = line.value.as_f64().unwrap_or_default();
    let about = line.campaign.iter().chain(line.campaigns.iter().flatten());
    about
        .map(|campaign| Point {
            index: campaign.clone(),
            words: [kind.to_owned(), campaign.clone(), text(what), text(why), line.fetcher.name().to_owned()],
            figures: [1.0, value, line.probability.unwrap_or_default()],
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_tells_of_nobody() {
        let text = r#"{"id":"1d","type":"click","at":"2026-11-22T10:00:00Z","subject":"a1b2","campaign":"spring","slot":"hero","variant":"sale","fetcher":"person","signals":{"country":"HR"},"seed":"77"}"#;
        let points = of(&Line::parse(text).unwrap());
        let words = ["click", "spring", "hero", "sale", "person"].map(str::to_owned);
        assert_eq!(points, [Point { index: "spring".into(), words, figures: [1.0, 0.0, 0.0] }]);
        let order = r#"{"id":"2","type":"order","at":"2026-11-22T10:00:00Z","subject":"a1b2","campaigns":["spring","summer"],"value":12.5,"currency":"EUR"}"#;
        let points = of(&Line::parse(order).unwrap());
        assert_eq!(points.iter().map(|p| p.figures[1]).collect::<Vec<_>>(), [12.5, 12.5]);
        assert!(!format!("{points:?}").contains("a1b2"));
    }
}
