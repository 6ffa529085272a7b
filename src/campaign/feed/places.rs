//! The place that is nearest to a recipient, as far as it is known where they are.

use super::{MAX_ROWS, Row, columns, within};
use crate::campaign::reader::Node;
use crate::intent::{Facts, Value};

/// The mean radius of the Earth in kilometres (IUGG, R₁).
const EARTH: f64 = 6371.0088;
/// The name under which texts say how far away a place is, in kilometres.
const DISTANCE: &str = "distance";

/// A place, and what is told of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Site {
    at: (f64, f64),
    /// The same as a unit vector: the nearer two places, the larger the product of theirs.
    point: [f64; 3],
    row: Row,
}

/// A place that was picked for somebody.
pub struct Nearest<'a> {
    row: &'a Row,
    /// How far away it is, if it is known where they are.
    distance: Option<f64>,
}

impl<'a> Nearest<'a> {
    /// What is told of it.
    pub fn get(&self, column: &str) -> Value<'a> {
        match (self.row.get(column), self.distance) {
            (Value::Missing, Some(distance)) if column == DISTANCE => Value::Number(distance),
            (value, _) => value,
        }
    }
}

/// Reads the places of a feed.
pub fn read(node: &Node<'_, '_>) -> Option<Vec<Site>> {
    let mut count = 0;
    let sites = node.list(|n| {
        count += 1;
        if count > MAX_ROWS { None } else { site(&n) }
    })?;
    within(node, count, MAX_ROWS, "places")?;
    Some(sites)
}

fn site(node: &Node<'_, '_>) -> Option<Site> {
    let mut o = node.object()?;
    let latitude = o.require("lat").and_then(|n| n.number(-90.0, 90.0));
    let longitude = o.require("lon").and_then(|n| n.number(-180.0, 180.0));
    let row = columns(node, &["lat", "lon"])?;
    let at = (latitude?, longitude?);
    Some(Site { at, point: point(at), row })
}

/// The place for somebody, at most `within` kilometres away.
///
/// By the coordinates of their own connection it is the nearest. Where only the city or the country is known, no place is known to be the nearest of several:
/// it is the only one there, or none.
pub fn nearest<'a>(sites: &'a [Site], facts: &Facts<'_>, within: Option<f64>) -> Option<Nearest<'a>> {
    let place = &facts.context.place;
    if let Some(here) = place.coordinates {
        let mut best: Option<(f64, &Site)> = None;
        let from = point(here);
        for site in sites {
            let near = product(from, site.point);
            if best.is_none_or(|(known, _)| near > known) {
                best = Some((near, site));
            }
        }
        let (_, site) = best?;
        let distance = distance(here, site.at);
        let found = within.is_none_or(|within| distance <= within);
        return found.then_some(Nearest { row: &site.row, distance: Some(distance) });
    }
    let country = facts.country();
    let in_country = |site: &&Site| match (site.row.text("country"), country) {
        (Some(of), Some(here)) => of.eq_ignore_ascii_case(here),
        _ => false,
    };
    let city = place.city.as_deref();
    let in_city = |site: &&Site| site.row.text("city").is_some_and(|of| Some(of) == city);
    let abroad = |site: &&Site| site.row.text("country").is_some() && country.is_some() && !in_country(site);
    let here = only(sites.iter().filter(in_city).filter(|site| !abroad(site)));
    // a country may be larger than any limit
    let far = || within.is_none().then(|| only(sites.iter().filter(in_country))).flatten();
    here.or_else(far).map(|site| Nearest { row: &site.row, distance: None })
}

fn only<T>(mut items: impl Iterator<Item = T>) -> Option<T> {
    items.next().filter(|_| items.next().is_none())
}

fn point((latitude, longitude): (f64, f64)) -> [f64; 3] {
    let (latitude, longitude) = (latitude.to_radians(), longitude.to_radians());
    let across = libm::cos(latitude);
    [across * libm::cos(longitude), across * libm::sin(longitude), libm::sin(latitude)]
}

fn product(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

/// Kilometres along the surface, by the haversine formula (R. W. Sinnott, "Virtues of the Haversine", Sky and Telescope 68, 1984).
fn distance(a: (f64, f64), b: (f64, f64)) -> f64 {
    let half = |degrees: f64| {
        let sine = libm::sin(degrees.to_radians() / 2.0);
        sine * sine
    };
    let (across, along) = (libm::cos(a.0.to_radians()) * libm::cos(b.0.to_radians()), half(b.1 - a.1));
    let share = half(b.0 - a.0) + across * along;
    2.0 * EARTH * libm::asin(libm::sqrt(share).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_of_an_atlas() {
        let (zagreb, split, sydney) = ((45.8150, 15.9819), (43.5081, 16.4402), (-33.8688, 151.2093));
        for (a, b, km) in [
            (zagreb, split, 259.1),
            (zagreb, sydney, 16_027.8),
            (zagreb, zagreb, 0.0),
            ((0.0, 179.5), (0.0, -179.5), 111.2),
        ] {
            let found = distance(a, b);
            assert!((found - km).abs() <= km * 0.005, "{found} km, not {km}");
        }
        assert!(distance((90.0, 0.0), (-90.0, 0.0)) > 20_000.0);
    }
}
