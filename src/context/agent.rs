//! Device, operating system and mail client from a User-Agent.
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

/// Operating system family.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Os {
    /// Windows.
    Windows,
    /// macOS.
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
impl Device {
    /// Name.
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
impl Os {
    /// Name.
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
impl Client {
    /// Name.
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
