//! Where a request came from, and whose place that is.
//!
//! Values come from an address table of the platform, by way of the adapter: what hasn't the shape of what it claims to be is dropped
//! here, so that the rooms after this one need not doubt it.

use super::fetcher::is_bare;
use super::{Fetcher, Request, zone};
use serde::{Deserialize, Serialize};

/// Whose place an address tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trust {
    /// The person's own connection.
    Person,
    /// Near the person, to a city or region (Apple's relays).
    Coarse,
    /// A proxy's or a machine's: says nothing of the person.
    #[default]
    Proxy,
}

/// Where a request came from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Place {
    /// Whose place this is. Below [`Trust::Person`] and [`Trust::Coarse`] the other fields are empty.
    pub trust: Trust,
    /// ISO 3166-1 alpha-2 country.
    pub country: Option<String>,
    /// ISO 3166-2 region without the country.
    pub region: Option<String>,
    /// City.
    pub city: Option<String>,
    /// Latitude and longitude in degrees; only the person's own.
    pub coordinates: Option<(f64, f64)>,
    /// IANA time zone.
    pub timezone: Option<String>,
}

impl Place {
    /// The place of `request`, as far as it is the person's.
    pub(super) fn read(request: &Request, fetcher: Fetcher) -> Self {
        let trust = trust(request, fetcher);
        if trust == Trust::Proxy {
            return Self::default();
        }
        let exact = trust == Trust::Person;
        Self {
            trust,
            country: country(&request.country),
            region: region(&request.region),
            city: city(&request.city),
            coordinates: request.coordinates.filter(|&at| exact && on_earth(at)),
            timezone: zone::canonical(&request.timezone).map(str::to_owned),
        }
    }
}

/// Whose place the address of `request` tells.
fn trust(request: &Request, fetcher: Fetcher) -> Trust {
    let tor = request.country.trim().eq_ignore_ascii_case("T1");
    match fetcher {
        // the exit node's place, which Tor picks so that it tells nothing
        _ if tor => Trust::Proxy,
        Fetcher::AppleMpp => Trust::Coarse,
        // a click through the same relays as the image
        Fetcher::Person if is_bare(&request.user_agent) => Trust::Coarse,
        Fetcher::Person | Fetcher::OutlookDesktop => Trust::Person,
        _ => Trust::Proxy,
    }
}

/// Two letters, upper case. Cloudflare's `XX` means "no country".
fn country(text: &str) -> Option<String> {
    let text = text.trim();
    (text.len() == 2 && text.bytes().all(|b| b.is_ascii_alphabetic()) && !text.eq_ignore_ascii_case("XX"))
        .then(|| text.to_ascii_uppercase())
}

/// One to three letters or digits, upper case: what ISO 3166-2 has after the hyphen.
fn region(text: &str) -> Option<String> {
    let text = text.trim();
    ((1..=3).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric()))
        .then(|| text.to_ascii_uppercase())
}

/// A name that may stand in a line of text. The longest city name on record has 168 letters.
fn city(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty() && text.chars().count() <= 168 && !text.chars().any(char::is_control))
        .then(|| text.to_owned())
}

fn on_earth((latitude, longitude): (f64, f64)) -> bool {
    latitude.abs() <= 90.0 && longitude.abs() <= 180.0
}
