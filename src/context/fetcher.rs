//! Who fetches.
//!
//! The order of the questions matters: first what no person's client does (`HEAD`, a prefetch header, no User-Agent), then the
//! proxies that mail providers name openly, then the names of machines, and only what is left may be a person. The public list of
//! machines counts Gmail's and Yahoo's proxies among them; behind those a person has opened a mail, so they are asked for first.
//!
//! A User-Agent is a claim, and where a fetcher is known by its network too, both are required.

use super::agent::{Agent, has, is_outlook_desktop};
use super::machines;
use super::{Request, Surface};
use serde::{Deserialize, Serialize};

/// Google's autonomous system.
const GOOGLE: u32 = 15169;

/// Microsoft's autonomous systems, from which Outlook on the web fetches images and Defender follows links.
const MICROSOFT: [u32; 4] = [8068, 8074, 8075, 12076];

/// How Gmail's prefetch ends: a version of Edge that ended in 2015, then a second `Mozilla/5.0`, which Edge never wrote.
const GMAIL_PREFETCH: &str = "Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0";

/// All that Apple's Mail Privacy Protection says of itself.
const APPLE_MPP: &str = "Mozilla/5.0";

/// What the image proxies call themselves. Gmail's and Yahoo's have been seen since 2013 and 2018; the others are documented:
/// <https://www.fastmail.com/policies/bots>, <https://www.hey.com/image-proxy>. Shortwave's stands in Cloudflare's list of
/// verified bots. Proton's proxy bears an ordinary browser's name and can't be told from it.
const PROXIES: [(&str, Fetcher); 5] = [
    ("GoogleImageProxy", Fetcher::GmailProxy),
    ("YahooMailProxy", Fetcher::Yahoo),
    ("FastmailUA", Fetcher::OtherProxy),
    ("hey.com/imageproxy", Fetcher::OtherProxy),
    ("Shortwave Image Fetcher", Fetcher::OtherProxy),
];

/// Who fetches: the person's own client, a proxy on the person's behalf, or a machine on nobody's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fetcher {
    /// The person's own client (ordinary mail app, Thunderbird, browser), directly.
    Person,
    /// Gmail's image proxy: a person opened.
    GmailProxy,
    /// Gmail's prefetch: not an open.
    GmailPrefetch,
    /// Apple Mail Privacy Protection: fetched in the background, perhaps without an open.
    AppleMpp,
    /// Yahoo's or AOL's image proxy: a person opened.
    Yahoo,
    /// Outlook for Windows: a person, directly.
    OutlookDesktop,
    /// Outlook on the web: Microsoft's proxy for a person.
    OutlookWeb,
    /// Another provider's proxy (Fastmail, Shortwave, Hey).
    OtherProxy,
    /// A security scanner, crawler or other bot.
    Scanner,
    /// A preview (an ESP's test render, a link preview).
    Previewer,
    /// Cannot be told.
    #[default]
    Unknown,
}

impl Fetcher {
    /// Its name in documents.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::GmailProxy => "gmail_proxy",
            Self::GmailPrefetch => "gmail_prefetch",
            Self::AppleMpp => "apple_mpp",
            Self::Yahoo => "yahoo",
            Self::OutlookDesktop => "outlook_desktop",
            Self::OutlookWeb => "outlook_web",
            Self::OtherProxy => "other_proxy",
            Self::Scanner => "scanner",
            Self::Previewer => "previewer",
            Self::Unknown => "unknown",
        }
    }

    /// Who sends `request`, whose User-Agent claims to be `claim`.
    pub(super) fn read(request: &Request, claim: Agent) -> Self {
        let ua = request.user_agent.trim();
        if is_automatic(request) {
            return Self::Scanner;
        }
        // Mail services fetch images. Whoever follows a link for one, checks it.
        let is_image = request.surface == Surface::Image;
        if let Some(service) = named_service(ua, request.asn) {
            return if is_image { service } else { Self::Scanner };
        }
        if let Some(machine) = machines::named(ua) {
            return machine;
        }
        if is_microsoft(request.asn) {
            return if is_image { Self::OutlookWeb } else { Self::Scanner };
        }
        if is_outlook_desktop(ua) {
            return Self::OutlookDesktop;
        }
        if is_bare(ua) {
            return bare(request);
        }
        // Gmail's prefetch from elsewhere is somebody's imitation.
        if claim == Agent::default() || ua.ends_with(GMAIL_PREFETCH) {
            return Self::Unknown;
        }
        Self::Person
    }

    /// Whether a person stands behind this fetch at this moment, so that it may feed the profile, the caps, the learner and the
    /// metrics (law 6). A prefetch is not an open, and a scanner's click is not a click; in doubt, nothing is fed.
    #[must_use]
    pub const fn is_person(self) -> bool {
        match self {
            Self::Person
            | Self::GmailProxy
            | Self::Yahoo
            | Self::OutlookDesktop
            | Self::OutlookWeb
            | Self::OtherProxy => true,
            Self::GmailPrefetch | Self::AppleMpp | Self::Scanner | Self::Previewer | Self::Unknown => false,
        }
    }

    /// Whether the bytes of the answer may reach the person's eyes, now or later. Prefetched images are kept and shown when
    /// the mail is opened, so they have to be decided with the same care as those for an open.
    #[must_use]
    pub const fn shows_person(self) -> bool {
        !matches!(self, Self::Scanner | Self::Previewer)
    }

    /// Whether the request comes from the person's own machine, so that its address, language and User-Agent are the person's.
    #[must_use]
    pub const fn is_direct(self) -> bool {
        matches!(self, Self::Person | Self::OutlookDesktop)
    }

    /// What to call it before humans.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Person => "the person's own client",
            Self::GmailProxy => "Gmail's image proxy",
            Self::GmailPrefetch => "Gmail's prefetch",
            Self::AppleMpp => "Apple Mail Privacy Protection",
            Self::Yahoo => "Yahoo's image proxy",
            Self::OutlookDesktop => "Outlook for Windows",
            Self::OutlookWeb => "Outlook on the web",
            Self::OtherProxy => "a mail provider's image proxy",
            Self::Scanner => "a scanner or bot",
            Self::Previewer => "a preview",
            Self::Unknown => "an unknown client",
        }
    }
}

/// What no person's mail client or browser does when a person opens or clicks.
fn is_automatic(request: &Request) -> bool {
    request.method.eq_ignore_ascii_case("HEAD")
        || !request.purpose.trim().is_empty()
        || request.user_agent.trim().is_empty()
}

/// The mail service that names itself: its proxy or its prefetch.
fn named_service(ua: &str, asn: Option<u32>) -> Option<Fetcher> {
    if ua.ends_with(GMAIL_PREFETCH) && asn == Some(GOOGLE) {
        return Some(Fetcher::GmailPrefetch);
    }
    PROXIES.iter().find(|(name, _)| has(ua, &[name])).map(|&(_, fetcher)| fetcher)
}

/// Whether `asn` is Microsoft's. Outlook on the web has no name of its own, so the network alone has to do. A person at a desktop
/// in Microsoft's cloud is taken for it too: the open counts, and the data centre's place is not taken for theirs.
fn is_microsoft(asn: Option<u32>) -> bool {
    asn.is_some_and(|asn| MICROSOFT.contains(&asn))
}

/// Whether `ua` is the bare one of Apple's Mail Privacy Protection.
pub(super) fn is_bare(ua: &str) -> bool {
    ua.trim() == APPLE_MPP
}

/// Who sends the bare User-Agent: on an image Apple's relay, which knows no page that it came from; on a link or page, a person
/// behind the same relays.
fn bare(request: &Request) -> Fetcher {
    match request.surface {
        Surface::Click | Surface::Page => Fetcher::Person,
        Surface::Image if request.referer.trim().is_empty() => Fetcher::AppleMpp,
        Surface::Image | Surface::Send => Fetcher::Unknown,
    }
}
