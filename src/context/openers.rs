//! Openers by name: what the requests of well-known mail programs look like, for previews.

use super::Request;

/// Their names.
pub const OPENERS: [&str; 5] = ["gmail", "apple-mail", "outlook", "phone", "scanner"];

impl Request {
    /// An image request as an opener of [`OPENERS`] sends it: real User-Agents and networks.
    #[must_use]
    pub fn of_opener(name: &str) -> Option<Self> {
        let (user_agent, asn) = match name {
            "gmail" => (
                "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
                15169,
            ),
            "apple-mail" => ("Mozilla/5.0", 714),
            "outlook" => ("Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17830; Pro)", 3320),
            "phone" => (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
                3320,
            ),
            "scanner" => ("Mozilla/5.0 (compatible; Barracuda Sentinel (EE))", 15324),
            _ => return None,
        };
        Some(Self { method: "GET".into(), user_agent: user_agent.into(), asn: Some(asn), ..Self::default() })
    }
}
