//! `apropos snippet`: the HTML that a mail's template takes, the link to the recipient's own preferences, and the headers of RFC 8058, by which mail clients unsubscribe with one click.
//!
//! A merge tag goes into the URL as it is: providers replace the very characters, so an escaped tag would reach the reader. Everything else is escaped,
//! and in the alt text also what a provider might take for the beginning of a tag of its own.

use crate::input::Input;
use crate::report;
use crate::server::base_url;
use crate::text::examples;
use crate::{Verdict, text};
use anyhow::{Result, bail};
use apropos::campaign::{Campaign, Slot, SlotKind};
use apropos::esp::Esp;
use apropos::nearest::nearest;
use std::io::{self, Write};
use std::path::PathBuf;

/// Print the HTML of a campaign's images for a mail template
#[derive(clap::Args)]
#[command(after_help = examples(&[
    ("Every image of the campaign", "apropos snippet campaign.json --esp klaviyo --base https://mail.shop.example"),
    ("The providers that are known", "apropos snippet --esp list"),
]))]
pub struct Args {
    /// The campaign; - is standard input
    campaign: Option<PathBuf>,
    /// The e-mail service provider; list names those that are known
    #[arg(long, value_name = "NAME")]
    esp: String,
    /// The Worker's address
    #[arg(long)]
    base: Option<String>,
    /// The recipients' field that holds the token
    #[arg(long, value_name = "NAME", default_value = "apropos")]
    field: String,
    /// Only this slot
    #[arg(long, value_name = "NAME")]
    slot: Option<String>,
}

/// A provider as people call it, and where its editor takes HTML.
struct Provider {
    name: &'static str,
    title: &'static str,
    place: &'static str,
}

const fn provider(esp: Esp) -> Provider {
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

/// Runs the command.
pub fn run(args: &Args) -> Result<Verdict> {
    if args.esp == "list" {
        return list();
    }
    let esp = esp(&args.esp)?;
    check_field(esp, &args.field)?;
    let (Some(file), Some(base)) = (&args.campaign, &args.base) else {
        bail!(
            "name the campaign and the Worker's address: apropos snippet campaign.json --esp {} --base https://mail.shop.example",
            args.esp
        );
    };
    let base = base_url(base)?;
    let input = Input::open(file)?;
    let name = input.name.clone();
    let text = input.text()?;
    let campaign = match Campaign::parse(&text) {
        Ok(campaign) => campaign,
        Err(problems) => {
            report::problems(&mut anstream::stderr().lock(), &name, &text, &problems.0)?;
            return Ok(Verdict::Problems);
        }
    };
    let slots = slots(&campaign, args.slot.as_deref())?;
    let mut out = io::stdout().lock();
    writeln!(out, "{}", comment(&campaign, &provider(esp), &args.field))?;
    let tag = esp.merge_tag(&args.field);
    for slot in &slots {
        writeln!(out, "{}", html(&campaign, slot, &base, &tag))?;
    }
    if args.slot.is_none() {
        writeln!(out, "{}", unsubscribing(&base, &tag))?;
    }
    Ok(Verdict::Sound)
}

fn list() -> Result<Verdict> {
    let mut out = io::stdout().lock();
    for esp in Esp::ALL {
        let Provider { name, title, .. } = provider(esp);
        writeln!(out, "{name:<16}{title:<28}{}", esp.merge_tag("apropos"))?;
    }
    Ok(Verdict::Sound)
}

fn esp(name: &str) -> Result<Esp> {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let known = || Esp::ALL.into_iter().map(provider).map(|p| p.name);
    match Esp::ALL.into_iter().find(|esp| provider(*esp).name.eq_ignore_ascii_case(&plain)) {
        Some(esp) => Ok(esp),
        None => match nearest(name, known()) {
            Some(near) => bail!("provider {name:?} is not known; did you mean {near}?"),
            None => {
                bail!("provider {name:?} is not known; known: {}", known().collect::<Vec<_>>().join(", "))
            }
        },
    }
}

fn check_field(esp: Esp, field: &str) -> Result<()> {
    if field.is_empty() || !field.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        bail!("--field {field:?}: a field's name is made of ASCII letters, digits and underscores");
    }
    if esp == Esp::Mailchimp && field.len() > 10 {
        bail!("--field {field:?}: Mailchimp's merge tags have at most ten characters");
    }
    Ok(())
}

/// The image slots, or the one that is asked for.
fn slots<'c>(campaign: &'c Campaign, name: Option<&str>) -> Result<Vec<&'c Slot>> {
    let images: Vec<_> = campaign.slots.iter().filter(|slot| slot.kind == SlotKind::Image).collect();
    let known = images.iter().map(|slot| slot.name.name.as_str());
    match name {
        None if images.is_empty() => bail!("the campaign has no image slots; text slots are for pages"),
        None => Ok(images),
        Some(name) => match campaign.slot(name) {
            Some((_, slot)) if slot.kind == SlotKind::Image => Ok(vec![slot]),
            Some(_) => bail!(
                "slot {name:?} holds text, which is for pages; a mail takes images: {}",
                known.collect::<Vec<_>>().join(", ")
            ),
            None => bail!("the campaign has no slot {name:?}; {}", crate::input::suggestion(name, known)),
        },
    }
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
            c => out.push(text::shown(c).0),
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
