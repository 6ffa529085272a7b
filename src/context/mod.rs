//! Reading a request: who fetches, on what device, where, when, and how far each of these is to be trusted.
//!
//! An adapter fills [`Request`] with the raw facts it was given; [`Context::read`] classifies them. Nothing here knows HTTP, a clock or
//! a profile. A mail's image is often fetched by a machine in the recipient's place, so every fact about place, language and
//! device carries whose it is: [`Trust`] is what keeps a proxy's country from being taken for the person's (law 6).

mod agent;
mod fetcher;
mod gram;
mod language;
mod machines;
mod openers;
mod place;
pub mod zone;
mod zone_table;

pub use agent::{Agent, Client, Device, Os};
pub use fetcher::Fetcher;
pub use openers::OPENERS;
pub use place::{Place, Trust};

use serde::{Deserialize, Serialize};

/// What the request is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Surface {
    /// An image inside an e-mail.
    #[default]
    Image,
    /// A link inside an e-mail.
    Click,
    /// A landing page in a browser.
    Page,
    /// No request at all: a decision before a message is sent.
    Send,
}

impl Surface {
    /// Its name in documents.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Click => "click",
            Self::Page => "page",
            Self::Send => "send",
        }
    }
}

/// The raw facts of one request, as an adapter was given them. Empty strings and `None` mean "not told".
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Request {
    /// What the request is for.
    pub surface: Surface,
    /// HTTP method, upper case; empty means `GET`.
    pub method: String,
    /// `User-Agent`.
    pub user_agent: String,
    /// `Accept-Language`.
    pub accept_language: String,
    /// `Referer`.
    pub referer: String,
    /// The first of `Sec-Purpose`, `Purpose`, `X-Purpose`, `X-Moz` that is present.
    pub purpose: String,
    /// `Sec-GPC: 1` (Global Privacy Control).
    pub gpc: bool,
    /// Number of the autonomous system the request came from.
    pub asn: Option<u32>,
    /// ISO 3166-1 alpha-2 country, or `T1` for Tor.
    pub country: String,
    /// Region code inside the country (ISO 3166-2 without the country).
    pub region: String,
    /// City name.
    pub city: String,
    /// Latitude and longitude in degrees.
    pub coordinates: Option<(f64, f64)>,
    /// IANA time zone of the address the request came from.
    pub timezone: String,
}

/// What a request tells, classified. This is the `context` that [`crate::decide::decide`] reads.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Context {
    /// What the request is for.
    pub surface: Surface,
    /// Who fetches.
    pub fetcher: Fetcher,
    /// Device, operating system and mail client.
    pub agent: Agent,
    /// Where the request came from, and whose place that is.
    pub place: Place,
    /// Primary language subtag (`de`), when it is the person's own.
    pub language: Option<String>,
    /// Global Privacy Control is on: no profile may be joined to a page view.
    pub gpc: bool,
    /// The visit that is going on, as the page itself saw it: kept in the page's memory and nowhere else, so it needs no consent.
    pub session: Option<crate::profile::Session>,
}

impl Context {
    /// A page view, as the visitor's own browser tells it. Who fetches was settled when the page was served; `timezone` is as the browser names it.
    #[must_use]
    pub fn on_page(user_agent: &str, languages: &str, timezone: &str, gpc: bool) -> Self {
        let named = !timezone.is_empty() && timezone.len() <= 64;
        let timezone = named.then(|| timezone.to_owned());
        Self {
            surface: Surface::Page,
            fetcher: Fetcher::Person,
            agent: Agent::claimed(user_agent, Surface::Page),
            place: Place { trust: Trust::Person, timezone, ..Place::default() },
            language: language::preferred(languages),
            gpc,
            session: None,
        }
    }

    /// Classifies `request`. Any request may come from anyone, so every field may hold anything.
    ///
    /// ```
    /// use apropos::context::{Client, Context, Fetcher, Request, Trust};
    ///
    /// let open = Context::read(&Request {
    ///     user_agent: "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)".into(),
    ///     asn: Some(15169),
    ///     country: "US".into(),
    ///     ..Request::default()
    /// });
    /// assert_eq!(open.fetcher, Fetcher::GmailProxy);
    /// assert!(open.fetcher.is_person());
    /// assert_eq!(open.agent.client, Client::Gmail);
    /// // The United States are where Google's proxy stands.
    /// assert_eq!((open.place.trust, open.place.country), (Trust::Proxy, None));
    /// ```
    #[must_use]
    pub fn read(request: &Request) -> Self {
        let claim = Agent::claimed(&request.user_agent, request.surface);
        let fetcher = Fetcher::read(request, claim);
        let place = Place::read(request, fetcher);
        // Relays and Tor speak for many: Tor's browser says "en-US" for everybody.
        let own = place.trust == Trust::Person;
        Self {
            surface: request.surface,
            fetcher,
            agent: claim.behind(fetcher),
            language: language::preferred(&request.accept_language).filter(|_| own),
            place,
            gpc: request.gpc,
            session: None,
        }
    }
}
