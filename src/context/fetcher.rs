//! Who fetches.
use serde::{Deserialize, Serialize};

/// Who fetches: the person's own client, a proxy on the person's behalf, or a machine on nobody's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fetcher {
    /// The person's own client (ordinary mail app, Thunderbird, Outlook for Windows), directly.
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
    /// Another provider's proxy (Proton, Fastmail, Shortwave, Hey).
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
    /// Name.
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
    /// Person.
    #[must_use]
    pub const fn is_person(self) -> bool {
        matches!(
            self,
            Self::Person
                | Self::GmailProxy
                | Self::Yahoo
                | Self::OutlookDesktop
                | Self::OutlookWeb
                | Self::OtherProxy
        )
    }
}
