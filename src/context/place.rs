//! Where a request came from, and whose place that is.
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
