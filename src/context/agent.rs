//! Device, operating system and mail client from a User-Agent.
//!
//! Decisions need families, not versions: whether a hero is seen on a phone, whether a client plays a GIF. So this is a short,
//! hand-ordered scan, each line with its reason, measured against the fixtures of the ua-parser project
//! (`tests/user_agents.rs`), and not a port of its thousand regular expressions.
//!
//! A proxy's User-Agent tells of the proxy. Of a person who opens behind one, only the mail service is known (law 6).

use super::{Fetcher, Surface};
use serde::{Deserialize, Serialize};

/// What a User-Agent tells of the machine in the person's hand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Agent {
    /// Device class.
    pub device: Device,
    /// Operating system.
    pub os: Os,
    /// Mail client or browser.
    pub client: Client,
}

/// Device class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Device {
    /// A phone.
    Phone,
    /// A tablet.
    Tablet,
    /// A desktop or laptop computer.
    Desktop,
    /// Not told, or a machine's.
    #[default]
    Unknown,
}

impl Device {
    /// Its name in documents.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Tablet => "tablet",
            Self::Desktop => "desktop",
            Self::Unknown => "unknown",
        }
    }
}

/// Operating system family.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Os {
    /// Windows.
    Windows,
    /// macOS. An iPad that asks for desktop pages says so too, and can't be told apart.
    Macos,
    /// iOS and iPadOS.
    Ios,
    /// Android.
    Android,
    /// Linux, the BSDs.
    Linux,
    /// ChromeOS.
    Chromeos,
    /// Not told, or a machine's.
    #[default]
    Unknown,
}

impl Os {
    /// Its name in documents.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Windows => "windows",
            Self::Macos => "macos",
            Self::Ios => "ios",
            Self::Android => "android",
            Self::Linux => "linux",
            Self::Chromeos => "chromeos",
            Self::Unknown => "unknown",
        }
    }
}

/// Mail client or browser family.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Client {
    /// Gmail, through its image proxy.
    Gmail,
    /// Apple Mail.
    AppleMail,
    /// Outlook for Windows.
    OutlookDesktop,
    /// Outlook on the web or Outlook.com.
    OutlookWeb,
    /// Yahoo or AOL mail.
    Yahoo,
    /// Thunderbird.
    Thunderbird,
    /// Samsung Email.
    Samsung,
    /// An ordinary web browser (webmail without a proxy, or a landing page).
    Browser,
    /// Some other client.
    Other,
    /// Not told, or a machine's.
    #[default]
    Unknown,
}

impl Client {
    /// Its name in documents.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gmail => "gmail",
            Self::AppleMail => "apple_mail",
            Self::OutlookDesktop => "outlook_desktop",
            Self::OutlookWeb => "outlook_web",
            Self::Yahoo => "yahoo",
            Self::Thunderbird => "thunderbird",
            Self::Samsung => "samsung",
            Self::Browser => "browser",
            Self::Other => "other",
            Self::Unknown => "unknown",
        }
    }
}

impl Agent {
    /// What `ua` claims, true if it is the person's own.
    pub(super) fn claimed(ua: &str, surface: Surface) -> Self {
        let os = os(ua);
        Self { device: device(ua, os), os, client: client(ua, os, surface) }
    }

    /// What may be known of the person's machine when `fetcher` makes this claim.
    pub(super) fn behind(self, fetcher: Fetcher) -> Self {
        let service = |client| Self { client, ..Self::default() };
        match fetcher {
            Fetcher::Person | Fetcher::OutlookDesktop => self,
            Fetcher::GmailProxy | Fetcher::GmailPrefetch => service(Client::Gmail),
            Fetcher::AppleMpp => service(Client::AppleMail),
            Fetcher::Yahoo => service(Client::Yahoo),
            Fetcher::OutlookWeb => service(Client::OutlookWeb),
            Fetcher::OtherProxy => service(Client::Other),
            Fetcher::Scanner | Fetcher::Previewer | Fetcher::Unknown => Self::default(),
        }
    }
}

/// Whether `ua` has one of `words`. Kept out of line: written out at every call, the search would be most of this file's wasm.
#[inline(never)]
pub(super) fn has(ua: &str, words: &[&str]) -> bool {
    words.iter().any(|word| ua.contains(word))
}

/// Phones with Windows. The later ones claim to be Android and iPhone too, so they are asked for first.
const WINDOWS_PHONES: &[&str] = &[
    "Windows Phone",
    "Windows Mobile",
    "Windows CE",
    "WindowsCE",
    "IEMobile",
    "ZuneWP",
    "Windows; U; wds ",
    "Windows; PPC",
];

/// Televisions, watches, readers, consoles and the small systems of old phones: none of our families, though many say "Linux",
/// "Android" or "Mac OS X" in passing.
const OTHER_SYSTEMS: &[&str] = &[
    "SMART-TV",
    "SmartTV",
    "HbbTV",
    "Apple TV",
    "AppleTV",
    "GoogleTV",
    "CrKey",
    "Roku",
    "Tizen",
    "Web0S",
    "webOS",
    "hpwOS",
    "watchOS",
    "tvOS",
    "KAIOS",
    "KaiOS",
    "Sailfish",
    "Maemo",
    "Kindle/",
    "PlayStation",
    "Nintendo",
    "Symbian",
    "SymbOS",
    "Series60",
    "Series40",
    "BlackBerry",
    "BB10",
    "MeeGo",
    "Bada",
    "WebTV",
];

/// macOS, also as its network library and the older Macs put it.
const MACS: &[&str] = &["Macintosh", "Mac OS X", "MacOutlook/", "Mac_PowerPC", "macOS"];

/// What only a Mac's network library adds after `Darwin/`: an Intel processor or a model.
const MAC_HARDWARE: &[&str] = &["i386", "x86_64", "Macmini", "MacBook", "iMac", "MacPro"];

/// Linux, its distributions and the BSDs.
const UNIXES: &[&str] = &[
    "Linux",
    "linux",
    "Ubuntu",
    "X11; BSD",
    "X11; U; BSD",
    "FreeBSD",
    "OpenBSD",
    "NetBSD",
    "DragonFly",
    "WeTab",
];

fn os(ua: &str) -> Os {
    if has(ua, WINDOWS_PHONES) {
        return Os::Windows;
    }
    if has(ua, OTHER_SYSTEMS) {
        return Os::Unknown;
    }
    if has(ua, &["iPhone", "iPad", "iPod", "like Mac OS X", "iOS"]) {
        return Os::Ios;
    }
    // "Adr" is how UC Browser puts it; Amazon's tablets run Android, and their browser may pretend to be a Mac
    if has(ua, &["Android", "; Adr ", "Silk/"]) {
        return Os::Android;
    }
    if has(ua, &["CrOS"]) {
        return Os::Chromeos;
    }
    if has(ua, &["Windows", "Win64", "Win32", "WinNT", "Win98", "Win95"]) || is_outlook_desktop(ua) {
        return Os::Windows;
    }
    if has(ua, MACS) {
        return Os::Macos;
    }
    if has(ua, &["Darwin/"]) {
        // Apps of Apple's systems name only the kernel, which phones and Macs share.
        return if has(ua, MAC_HARDWARE) { Os::Macos } else { Os::Ios };
    }
    if has(ua, UNIXES) { Os::Linux } else { Os::Unknown }
}

fn device(ua: &str, os: Os) -> Device {
    match os {
        Os::Windows if has(ua, WINDOWS_PHONES) => Device::Phone,
        Os::Windows if has(ua, &["Xbox"]) => Device::Unknown,
        Os::Windows | Os::Macos | Os::Chromeos => Device::Desktop,
        Os::Linux if has(ua, &["X11", "Wayland"]) => Device::Desktop,
        Os::Ios if has(ua, &["iPad"]) => Device::Tablet,
        Os::Ios if has(ua, &["iPhone", "iPod"]) => Device::Phone,
        Os::Android => android_device(ua),
        Os::Linux | Os::Ios | Os::Unknown => Device::Unknown,
    }
}

/// On Android, browsers of phones say "Mobile" and those of tablets don't (Google's own rule); apps say neither.
fn android_device(ua: &str) -> Device {
    if has(ua, &["TV", "BRAVIA", "; AFT"]) {
        Device::Unknown
    } else if has(ua, &["Tablet", "; SM-T", "; KF", "Kindle Fire", "Silk"]) {
        Device::Tablet
    } else if has(ua, &["Mobile"]) {
        Device::Phone
    } else if has(ua, &["AppleWebKit", "Gecko/"]) {
        Device::Tablet
    } else {
        Device::Unknown
    }
}

/// Mail clients that name themselves.
const CLIENTS: &[(&str, Client)] = &[
    ("Thunderbird/", Client::Thunderbird),
    ("SamsungEmail", Client::Samsung),
    ("Samsung Email", Client::Samsung),
    ("YahooMobileMail/", Client::Yahoo),
    ("YahooMail/", Client::Yahoo),
    ("MacOutlook/", Client::Other),
    ("Outlook-iOS", Client::Other),
    ("Outlook-Android", Client::Other),
    ("Outlook-Express/", Client::Other),
    ("Postbox/", Client::Other),
    ("Lotus-Notes/", Client::Other),
    ("The Bat!", Client::Other),
    ("Airmail", Client::Other),
    ("MailBar/", Client::Other),
    ("kmail", Client::Other),
    ("Evolution/", Client::Other),
];

fn client(ua: &str, os: Os, surface: Surface) -> Client {
    if is_outlook_desktop(ua) {
        return Client::OutlookDesktop;
    }
    if let Some((_, client)) = CLIENTS.iter().find(|(name, _)| has(ua, &[name])) {
        return *client;
    }
    if ua.starts_with("Mail/") && has(ua, &["Darwin/"]) {
        return Client::AppleMail;
    }
    match surface {
        // A link opened inside an app and one opened in a browser look the same and are meant the same.
        Surface::Image if is_apple_web_view(ua) => Client::AppleMail,
        Surface::Image if has(ua, &["; wv)"]) => Client::Other,
        _ if is_browser(ua) => Client::Browser,
        _ if os != Os::Unknown => Client::Other,
        _ => Client::Unknown,
    }
}

/// Outlook for Windows: `Microsoft Outlook 16.0.x`, `Microsoft Office Outlook 12.0`, `Microsoft Office/16.0 (… Outlook …)`, `MSOffice 16`.
pub(super) fn is_outlook_desktop(ua: &str) -> bool {
    has(ua, &["Microsoft Outlook 1", "Microsoft Office Outlook 1", "MSOffice 1"])
        || (ua.starts_with("Microsoft Office/1") && has(ua, &["Outlook"]))
}

/// Whether `ua` is the web view of an app on Apple's systems: it ends at the engine, or with the build, and names no browser.
/// Around an e-mail's image that app is Apple Mail, or one of the few that look just like it.
fn is_apple_web_view(ua: &str) -> bool {
    let Some((system, rest)) = ua.split_once("(KHTML, like Gecko)") else { return false };
    let rest = rest.trim();
    has(system, &["Macintosh", "iPhone", "iPad", "iPod"])
        && (rest.is_empty() || (rest.starts_with("Mobile/") && !rest.contains(' ')))
}

fn is_browser(ua: &str) -> bool {
    has(ua, &["Opera/"])
        || (has(ua, &["Mozilla/"]) && has(ua, &["Gecko", "AppleWebKit", "MSIE", "Trident", "Opera", "KHTML"]))
}
