//! `apropos snippet`: the HTML that a mail's template takes, the link to the recipient's own preferences, and the headers of RFC 8058, by which mail clients unsubscribe with one click.

use crate::Verdict;
use crate::input::Input;
use crate::report;
use crate::server::base_url;
use crate::text::examples;
use anyhow::{Result, bail};
use apropos::campaign::{Campaign, Slot, SlotKind};
use apropos::esp::Esp;
use apropos::nearest::nearest;
use apropos::snippet::{Provider, provider, snippet};
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
    let all = args.slot.is_none();
    writeln!(out, "{}", snippet(&campaign, &slots, (esp, &args.field), &base, all))?;
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
