//! The merge tags of e-mail service providers (ESPs): what a template must say so that a recipient's token lands in the
//! URL, and how to tell that it did not.
//!
//! Invariant: nothing that [`crate::token::KeyRing::sign`] writes looks unrendered. Base64url has none of the characters
//! that tags are made of.

use std::borrow::Cow;

/// An e-mail service provider, as far as its merge tags go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Esp {
    /// Mailchimp. Tags are upper case, at most ten letters, digits or underscores.
    /// <https://mailchimp.com/developer/marketing/docs/merge-fields/>
    Mailchimp,
    /// Klaviyo: Django templates; `lookup` reads a custom property of any name.
    /// <https://help.klaviyo.com/hc/en-us/articles/115000250912>
    Klaviyo,
    /// Braze: Liquid with `${}` around names.
    /// <https://www.braze.com/docs/user_guide/messaging/design_and_edit/personalize/sources/user_profile/>
    Braze,
    /// Salesforce Marketing Cloud: personalization strings between doubled percent signs.
    /// <https://developer.salesforce.com/docs/marketing/marketing-cloud/guide/personalizationStringsAMPscript.html>
    Salesforce,
    /// HubSpot: HubL; `contact` holds custom properties by their internal name.
    /// <https://developers.hubspot.com/docs/cms/reference/hubl/variables>
    HubSpot,
    /// Customer.io: Liquid; attributes are in the `customer` scope. <https://docs.customer.io/journeys/liquid-tag-list>
    CustomerIo,
    /// Iterable: Handlebars over the user's profile.
    /// <https://support.iterable.com/hc/en-us/articles/35601631606036-Handlebars-Overview>
    Iterable,
    /// SendGrid: Handlebars in dynamic templates and marketing campaigns.
    /// <https://www.twilio.com/docs/sendgrid/for-developers/sending-email/using-handlebars>
    SendGrid,
    /// ActiveCampaign: upper-case personalization tags between percent signs.
    /// <https://activecampaign.design/docs/patterns/personalization>
    ActiveCampaign,
    /// Postmark: Mustachio over the template model. <https://postmarkapp.com/support/article/1077-template-syntax>
    Postmark,
    /// Mailgun: recipient variables of a batch.
    /// <https://documentation.mailgun.com/docs/mailgun/user-manual/sending-messages/batch-sending>
    Mailgun,
}

impl Esp {
    /// All of them, in the order of the documentation.
    pub const ALL: [Self; 11] = [
        Self::Mailchimp,
        Self::Klaviyo,
        Self::Braze,
        Self::Salesforce,
        Self::HubSpot,
        Self::CustomerIo,
        Self::Iterable,
        Self::SendGrid,
        Self::ActiveCampaign,
        Self::Postmark,
        Self::Mailgun,
    ];

    /// The tag that this provider replaces by the profile field `field`. `field` is a name of ASCII letters, digits and
    /// underscores that exists there; it is copied, not checked.
    ///
    /// ```
    /// # use apropos::esp::Esp;
    /// assert_eq!(Esp::Mailchimp.merge_tag("apropos"), "*|APROPOS|*");
    /// assert_eq!(Esp::Braze.merge_tag("apropos"), "{{custom_attribute.${apropos}}}");
    /// ```
    #[must_use]
    pub fn merge_tag(self, field: &str) -> String {
        match self {
            Self::Mailchimp => format!("*|{}|*", field.to_ascii_uppercase()),
            Self::Klaviyo => format!("{{{{ person|lookup:'{field}' }}}}"),
            Self::Braze => format!("{{{{custom_attribute.${{{field}}}}}}}"),
            Self::Salesforce => format!("%%{field}%%"),
            Self::HubSpot => format!("{{{{ contact.{field} }}}}"),
            Self::CustomerIo => format!("{{{{customer.{field}}}}}"),
            Self::Iterable | Self::SendGrid | Self::Postmark => format!("{{{{{field}}}}}"),
            Self::ActiveCampaign => format!("%{}%", field.to_ascii_uppercase()),
            Self::Mailgun => format!("%recipient.{field}%"),
        }
    }
}

/// The delimiters of merge tags that mean nothing else in a URL parameter.
const DELIMITERS: [&str; 11] = ["{{", "}}", "{%", "%}", "${", "*|", "|*", "%%", "[%", "%]", "<%"];

/// Whether `text`, a URL parameter, is a merge tag that nobody replaced: a preview, a test send or a mistake in the
/// template. Percent-encoding that is still there, even twice over, is seen through.
#[must_use]
pub fn looks_unrendered(text: &str) -> bool {
    // Undecoded first: decoding would read `%DE` of `%DEAL%` as a byte.
    is_tag(text) || {
        let once = percent_decoded(text);
        is_tag(&once) || is_tag(&percent_decoded(&once))
    }
}

fn is_tag(text: &str) -> bool {
    DELIMITERS.iter().any(|delimiter| text.contains(delimiter)) || is_percent_tag(text)
}

/// `%FIELD%`, also when a URL parser has already taken the first two letters for a byte (`\u{FFFD}AL%`).
fn is_percent_tag(text: &str) -> bool {
    let Some(name) = text.strip_suffix('%').and_then(|rest| rest.strip_prefix(['%', '\u{FFFD}'])) else {
        return false;
    };
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
}

/// `text` with each well-formed `%XX` replaced by its byte; what is no UTF-8 then becomes U+FFFD.
fn percent_decoded(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        match escaped_byte(rest) {
            Some(byte) => {
                bytes.push(byte);
                rest = rest.get(3..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
}

fn escaped_byte(text: &[u8]) -> Option<u8> {
    let [b'%', high, low, ..] = text else { return None };
    let digit = |b: &u8| char::from(*b).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn percent_encoded(text: &str) -> String {
        text.bytes().map(|b| format!("%{b:02X}")).collect()
    }

    #[test]
    fn tags_are_written_as_documented() {
        let tags = [
            (Esp::Mailchimp, "*|APROPOS|*"),
            (Esp::Klaviyo, "{{ person|lookup:'apropos' }}"),
            (Esp::Braze, "{{custom_attribute.${apropos}}}"),
            (Esp::Salesforce, "%%apropos%%"),
            (Esp::HubSpot, "{{ contact.apropos }}"),
            (Esp::CustomerIo, "{{customer.apropos}}"),
            (Esp::Iterable, "{{apropos}}"),
            (Esp::SendGrid, "{{apropos}}"),
            (Esp::ActiveCampaign, "%APROPOS%"),
            (Esp::Postmark, "{{apropos}}"),
            (Esp::Mailgun, "%recipient.apropos%"),
        ];
        assert_eq!(tags.map(|(esp, _)| esp), Esp::ALL);
        for (esp, tag) in tags {
            assert_eq!(esp.merge_tag("apropos"), tag);
        }
    }

    #[test]
    fn every_tag_is_seen_raw_and_encoded() {
        for esp in Esp::ALL {
            for field in ["apropos", "deal", "a_b_1"] {
                let tag = esp.merge_tag(field);
                let encoded = percent_encoded(&tag);
                let twice = encoded.replace('%', "%25");
                for text in [&tag, &encoded, &twice, &percent_decoded(&tag).into_owned()] {
                    assert!(looks_unrendered(text), "{esp:?} {text}");
                }
            }
        }
        for text in
            ["${user_id}", "{{${user_id}}}", "[%user%]", "%%_subscriberkey%%", "%CONTACTID%", "*|UNIQID|*"]
        {
            assert!(looks_unrendered(text), "{text}");
        }
    }

    #[test]
    fn ordinary_values_are_not_tags() {
        for text in ["", "%", "100%", "a%20b", "AQAB-_xyz", "x|y", "{a}", "$5", "50% off", "%25"] {
            assert!(!looks_unrendered(text), "{text}");
        }
    }
}
