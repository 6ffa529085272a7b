//! The HTML that a mail's template takes: a campaign's images in their links, the link to the recipient's own preferences, and the headers of RFC 8058. For the command line and the studio.
//!
//! A merge tag goes into the URL as it is: providers replace the very characters, so an escaped tag would reach the reader. Everything else is escaped,
//! and in the alt text also what a provider might take for the beginning of a tag of its own.

use crate::campaign::{Campaign, Slot};
use crate::esp::Esp;

/// A provider as people call it, and where its editor takes HTML.
pub struct Provider {
    /// Its name in commands.
    pub name: &'static str,
    /// Its name.
    pub title: &'static str,
    /// Where its editor takes HTML.
    pub place: &'static str,
}

/// A provider, told for people.
#[must_use]
pub const fn provider(esp: Esp) -> Provider {
    let (name, title, place) = match esp {
        Esp::Mailchimp => ("mailchimp", "Mailchimp", "a Code block"),
        Esp::Klaviyo => ("klaviyo", "Klaviyo", "an HTML block"),
        Esp::Braze => ("braze", "Braze", "an HTML block"),
        Esp::Salesforce => ("salesforce", "Salesforce Marketing Cloud", "an HTML content block"),
        Esp::HubSpot => ("hubspot", "HubSpot", "a custom HTML module"),
        Esp::CustomerIo => ("customerio", "Customer.io", "an HTML block"),
        Esp::Iterable => ("iterable", "Iterable", "an HTML block"),
        Esp::SendGrid => ("sendgrid", "SendGrid", "a Code module"),
        Esp::ActiveCampaign => ("activecampaign", "ActiveCampaign", "an HTML block"),
        Esp::Postmark => ("postmark", "Postmark", "the template's HTML"),
        Esp::Mailgun => ("mailgun", "Mailgun", "the message's HTML"),
    };
    Provider { name, title, place }
}

/// The HTML for these slots of a campaign, in which a provider puts each recipient's token from its field of that name; with the link for the end of a mail if it is for `all` of it.
#[must_use]
pub fn snippet(
    campaign: &Campaign,
    slots: &[&Slot],
    (esp, field): (Esp, &str),
    base: &str,
    all: bool,
) -> String {
    let tag = esp.merge_tag(field);
    let mut parts = vec![comment(campaign, &provider(esp), field)];
    parts.extend(slots.iter().map(|slot| html(campaign, slot, base, &tag)));
    parts.extend(all.then(|| unsubscribing(base, &tag)));
    parts.join("\n")
}

fn comment(campaign: &Campaign, provider: &Provider, field: &str) -> String {
    format!(
        "<!-- Apropos, campaign {}. In {}: paste each picture where it belongs, into {}.\n     \
         The field \"{field}\" must hold each recipient's token; `apropos token` makes the list to upload. -->",
        campaign.id.name, provider.title, provider.place
    )
}

/// The link for the end of a mail, and the headers that the provider must be told to send.
fn unsubscribing(base: &str, tag: &str) -> String {
    format!(
        "<a href=\"{base}/u/{tag}\">Preferences · Unsubscribe</a>\n\
         <!-- Headers, if the provider lets you set them:\n     \
         List-Unsubscribe: <{base}/u/{tag}>\n     \
         List-Unsubscribe-Post: List-Unsubscribe=One-Click -->"
    )
}

fn html(campaign: &Campaign, slot: &Slot, base: &str, tag: &str) -> String {
    let (id, name, fallback) = (&campaign.id.name, &slot.name.name, slot.fallback());
    let extension = slot.format().extension();
    let (width, height, alt) = (slot.width, slot.height, escaped(&fallback.alt));
    format!(
        "<a href=\"{base}/c/{id}/{name}?r={tag}\"><img src=\"{base}/o/{id}/{name}.{extension}?r={tag}\" alt=\"{alt}\" \
         width=\"{width}\" height=\"{height}\" style=\"display:block;border:0;max-width:100%;height:auto\"></a>"
    )
}

/// A text for a double-quoted attribute in which no provider finds a tag.
fn escaped(alt: &str) -> String {
    let mut out = String::with_capacity(alt.len());
    let mut rest = alt.chars().peekable();
    while let Some(c) = rest.next() {
        let opens = rest.peek().is_some_and(|next| !next.is_whitespace());
        match c {
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '{' | '}' | '|' => out.push_str(&format!("&#{};", u32::from(c))),
            '%' if opens => out.push_str("&#37;"),
            c if c.is_control() => out.push(char::REPLACEMENT_CHARACTER),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn alt_texts_hold_no_tags() {
        assert_eq!(escaped("10 % off “tents” & <more>"), "10 % off “tents” &amp; &lt;more&gt;");
        assert_eq!(escaped("{{a}} *|B|* %C%"), "&#123;&#123;a&#125;&#125; *&#124;B&#124;* &#37;C%");
        assert_eq!(escaped("say \"hi\""), "say &quot;hi&quot;");
    }
}
