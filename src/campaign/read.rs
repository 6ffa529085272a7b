//! From the marketer's JSON to a [`Campaign`]: the shape of the document and every rule it must obey.

use super::reader::{MAX_BYTES, Node, Object, read_within, suggestion};
use super::{
    Campaign, Caption, Condition, Exploration, FallbackChannel, FeedUse, Filter, Goal, Id, Incentive,
    Learning, Locale, MAX_NEEDED, MAX_SLOTS, MAX_VARIANTS, Names, Picture, Problems, Sensitive, Slot,
    SlotKind, Status, Template, Variant, Worth, condition, experiments, guardrails,
};
use crate::hash::Key;
use crate::intent::{Motivation, SignalSet};
use crate::profile::Channel;
use crate::render::composition::DENSITY;
use crate::time::{DAY, Span};

/// The most that money can be.
pub const MONEY: f64 = 1e9;

pub fn campaign(text: &str) -> Result<Campaign, Problems> {
    let (campaign, warnings) = read_within(MAX_BYTES, text, |mut o| {
        o.get("$schema").and_then(|n| n.text());
        let name = o.get("name").and_then(|n| n.text()).unwrap_or_default().to_owned();
        let status = o
            .get("status")
            .and_then(|n| n.one_of("status", &[("live", Status::Live), ("paused", Status::Paused)]));
        let channels = Channel::ALL.map(|c| (c.name(), c));
        let channel = o.get("channel").and_then(|n| n.one_of("channel", &channels));
        let fallback_channels = o
            .get("fallback_channels")
            .and_then(|n| fallback_channels(&n, channel.unwrap_or(Channel::Email)))
            .unwrap_or_default();
        let topic = o.get("topic").and_then(|n| id(&n)).map(|id| id.name);
        let id = o.require("id").and_then(|n| id(&n));
        let goal = o
            .get("goal")
            .and_then(|n| n.one_of("goal", &[("click", Goal::Click), ("convert", Goal::Convert)]));
        let landing = o.require("landing").and_then(|n| url(&n));
        let value = o.require("value").and_then(|n| worth(n.object()?));
        let holdout = o.get("holdout").and_then(|n| n.number(0.0, 0.5)).unwrap_or(0.0);
        let sticky = o.get("sticky").and_then(|n| span(&n, Span(28 * DAY))).unwrap_or(Span(DAY));
        let exploration = o.get("exploration").and_then(|n| exploration(n.object()?)).unwrap_or_default();
        let policy = o.get("policy").and_then(|n| experiments::policy(&n)).unwrap_or_default();
        let learning = o.get("learning").and_then(|n| learning(n.object()?)).unwrap_or_default();
        let mut names = Names::read(&mut o);
        let language = o.get("language").and_then(|n| language(&n));
        let feeds = FeedUse::read(&mut o, &names);
        names.declare(&feeds);
        let audience = o.get("audience").and_then(|n| condition::read(&n, &names)).unwrap_or_default();
        let filters = Filter::read(&mut o, &names);
        let guardrails = o.get("guardrails").and_then(|n| guardrails::read(n.object()?)).unwrap_or_default();
        let slots = o.require("slots").and_then(|n| slots(&n, exploration, &names));
        let variants = slots.iter().flatten().map(|slot| slot.variants.len()).max().unwrap_or(0);
        let experiments =
            o.get("experiments").and_then(|n| experiments::experiments(&n, variants)).unwrap_or_default();
        o.finish();
        let slots = slots?;
        let signals = signals(&audience, &slots);
        Some(Campaign {
            id: id?,
            name,
            status: status.unwrap_or_default(),
            channel: channel.unwrap_or(Channel::Email),
            fallback_channels,
            topic,
            goal: goal.unwrap_or_default(),
            landing: landing?,
            value: value?,
            holdout,
            sticky,
            exploration,
            policy,
            experiments,
            learning,
            language: language.unwrap_or_else(|| "en".to_owned()),
            feeds,
            attributes: names.into_attributes(),
            audience,
            filters,
            guardrails,
            slots,
            signals,
            version: Key::of(text),
            warnings: Vec::new(),
        })
    })?;
    Ok(Campaign { warnings, ..campaign })
}

/// The signals that conditions ask for.
fn signals(audience: &Condition, slots: &[Slot]) -> SignalSet {
    let mut found = SignalSet::default();
    let mut note = |signal, _: &condition::Test| found.insert(signal);
    audience.visit(&mut note);
    for variant in slots.iter().flat_map(|slot| &slot.variants) {
        variant.when.visit(&mut note);
        if let Some(Picture::Composition(layout)) = &variant.picture {
            layout.visit(&mut |element| element.when.visit(&mut note));
        }
    }
    found
}

pub fn id(node: &Node<'_, '_>) -> Option<Id> {
    let slug = |text: &str| {
        let sound = (1..=64).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        sound.then(|| Id::new(text))
    };
    node.parsed("lower-case letters, digits and dashes, at most 64", slug)
}

fn url(node: &Node<'_, '_>) -> Option<String> {
    let sound = |text: &str| {
        let plain = text.len() <= 2000
            && text.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'"' | b'<' | b'>' | b'\\'));
        let web = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        let absolute =
            web.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '['));
        let path = text.starts_with('/') && !text.starts_with("//");
        (plain && (absolute || path)).then(|| text.to_owned())
    };
    node.parsed("a URL such as \"https://shop.example/sale\", or a path such as \"/sale\"", sound)
}

pub fn span(node: &Node<'_, '_>, max: Span) -> Option<Span> {
    let expected = format!("a duration such as \"30m\", \"16h\" or \"7d\", at most {max}");
    node.parsed(&expected, |text| Span::parse(text).filter(|s| s.0 > 0 && *s <= max))
}

/// The path of a stored image.
pub fn path(node: &Node<'_, '_>) -> Option<String> {
    let sound = |text: &str| {
        let plain =
            text.len() <= 300 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"/._-".contains(&b));
        let relative =
            !text.starts_with('/') && !text.split('/').any(|part| part.is_empty() || part.starts_with('.'));
        let known = [".png", ".jpg", ".jpeg", ".gif"].iter().any(|end| text.ends_with(end));
        (plain && relative && known).then(|| text.to_owned())
    };
    node.parsed("a path such as \"spring/hero.png\" that ends in .png, .jpg or .gif", sound)
}

pub fn colour(node: &Node<'_, '_>) -> Option<[u8; 3]> {
    let parse = |text: &str| {
        let hex = text.strip_prefix('#').filter(|h| h.len() == 6 && h.is_ascii())?;
        let part = |i: usize| u8::from_str_radix(&hex[i..i + 2], 16).ok();
        Some([part(0)?, part(2)?, part(4)?])
    };
    node.parsed("a colour such as \"#1b3a2f\"", parse)
}

fn language(node: &Node<'_, '_>) -> Option<String> {
    let tag = node.text()?;
    if Locale::of(tag, None).is_some() {
        return Some(tag.to_owned());
    }
    let known = super::languages().collect::<Vec<_>>().join(", ");
    node.problem(
        format!("language {tag:?} is not known"),
        Some(format!("known: {known}, with a region or without")),
    )
}

fn worth(mut o: Object<'_, '_>) -> Option<Worth> {
    let code = |text: &str| {
        (text.len() == 3 && text.bytes().all(|b| b.is_ascii_uppercase())).then(|| text.to_owned())
    };
    let currency = o.require("currency").and_then(|n| n.parsed("an ISO 4217 code such as \"EUR\"", code));
    let click = o.require("click").and_then(|n| n.number(0.0, MONEY));
    let convert = o.get("convert").and_then(|n| n.number(0.0, MONEY)).unwrap_or(0.0);
    let unsubscribe = o.get("unsubscribe").and_then(|n| n.number(0.0, MONEY)).unwrap_or(0.0);
    let complaint = o.get("complaint").and_then(|n| n.number(0.0, MONEY)).unwrap_or(0.0);
    let send = o.get("send").and_then(|n| n.number(0.0, MONEY)).unwrap_or(0.0);
    o.finish();
    Some(Worth { currency: currency?, click: click?, convert, unsubscribe, complaint, send })
}

pub fn exploration(mut o: Object<'_, '_>) -> Option<Exploration> {
    let usual = Exploration::default();
    let floor = o.get("floor").and_then(|n| n.number(0.0, 0.1)).unwrap_or(usual.floor);
    let sharpness = o.get("sharpness").and_then(|n| n.number(0.0, 1e6)).unwrap_or(usual.sharpness);
    let silence = o.get("silence").and_then(|n| n.number(0.0, 0.1)).unwrap_or(usual.silence);
    o.finish();
    Some(Exploration { floor, sharpness, silence })
}

fn learning(mut o: Object<'_, '_>) -> Option<Learning> {
    let usual = Learning::default();
    let automatic = o.get("automatic").and_then(|n| n.flag()).unwrap_or(usual.automatic);
    let mut days = |name, most| o.get(name).and_then(|n| span(&n, Span(most * DAY)));
    let learning = Learning {
        click: days("click", 90).unwrap_or(usual.click),
        order: days("order", 90).unwrap_or(usual.order),
        half_life: days("half_life", 3650).unwrap_or(usual.half_life),
        lateness: days("lateness", 90).unwrap_or(usual.lateness),
        automatic,
    };
    o.finish();
    Some(learning)
}

fn fallback_channels(node: &Node<'_, '_>, first: Channel) -> Option<Vec<FallbackChannel>> {
    let mut known = vec![first];
    node.list(|n| {
        let mut o = n.object()?;
        let names = Channel::ALL.map(|c| (c.name(), c));
        let channel = o.require("channel").and_then(|n| n.one_of("channel", &names));
        let send = o.get("send").and_then(|n| n.number(0.0, MONEY)).unwrap_or(0.0);
        o.finish();
        let channel = channel?;
        if known.contains(&channel) {
            return n.problem(format!("channel {:?} stands there twice", channel.name()), None);
        }
        known.push(channel);
        Some(FallbackChannel { channel, send })
    })
}

fn slots(node: &Node<'_, '_>, exploration: Exploration, names: &Names) -> Option<Vec<Slot>> {
    let mut slots: Vec<Slot> = Vec::new();
    node.list(|n| {
        let slot = slot(&n, &slots, exploration, names)?;
        if clashes(slots.iter().map(|s| &s.name), &slot.name) {
            return n.problem(format!("slot {:?} stands there twice", slot.name.name), None);
        }
        slots.push(slot);
        Some(())
    })?;
    let is_needed = |i: usize| slots.iter().any(|s| s.parent.is_some_and(|p| usize::from(p) == i));
    let needed: usize =
        slots.iter().enumerate().filter(|(i, _)| is_needed(*i)).map(|(_, s)| s.variants.len()).sum();
    if needed > MAX_NEEDED {
        return node.problem(
            format!(
                "the slots that others need have {needed} variants together; at most {MAX_NEEDED} are allowed"
            ),
            None,
        );
    }
    match slots.len() {
        0 if node.is_empty() => node.problem("a campaign needs at least one slot", None),
        0 => None,
        n if n > MAX_SLOTS => node.problem(format!("{n} slots; at most {MAX_SLOTS} are allowed"), None),
        _ => Some(slots),
    }
}

/// The same id, or by rare chance the same key.
fn clashes<'a>(mut known: impl Iterator<Item = &'a Id>, id: &Id) -> bool {
    known.any(|k| k.key == id.key)
}

fn slot(node: &Node<'_, '_>, earlier: &[Slot], exploration: Exploration, names: &Names) -> Option<Slot> {
    let mut o = node.object()?;
    let name = o.require("name").and_then(|n| id(&n));
    let kind = o
        .require("kind")
        .and_then(|n| n.one_of("kind", &[("image", SlotKind::Image), ("text", SlotKind::Text)]));
    let width = o.get("width").and_then(|n| n.whole(1, 1200));
    let height = o.get("height").and_then(|n| n.whole(1, 2000));
    let density = o.get("density").map_or(Some(DENSITY), |n| u8::try_from(n.whole(1, 2)?).ok());
    if kind == Some(SlotKind::Image) && (width.is_none() || height.is_none()) {
        node.problem::<()>("an image slot needs \"width\" and \"height\" in CSS pixels", None);
    }
    let variants =
        o.require("variants").and_then(|n| variants(&n, kind.unwrap_or(SlotKind::Text), earlier, names));
    let (variants, parent) = variants.unzip();
    let parent = parent.flatten();
    let fallback = o.require("fallback").and_then(|n| fallback(&n, variants.as_deref()?));
    if let Some(variants) = variants.as_ref().filter(|v| v.len() as f64 * exploration.floor > 0.5) {
        let most = 0.5 / variants.len() as f64;
        let message = format!(
            "{} variants at a floor of {} would explore more than half of the time",
            variants.len(),
            exploration.floor
        );
        node.problem::<()>(message, Some(format!("set exploration.floor to {most:.4} or less")));
    }
    o.finish();
    let (name, kind, density, fallback) = (name?, kind?, density?, fallback?);
    let mut variants = variants?;
    for variant in &mut variants {
        if let Some(Picture::Composition(layout)) = &mut variant.picture {
            layout.density = density;
        }
    }
    Some(Slot {
        name,
        kind,
        width: width.unwrap_or(0),
        height: height.unwrap_or(0),
        density,
        fallback,
        variants,
        parent,
    })
}

fn fallback(node: &Node<'_, '_>, variants: &[Variant]) -> Option<u8> {
    let name = node.text()?;
    let Some(at) = variants.iter().position(|v| v.id.name == name) else {
        let help = suggestion(name, variants.iter().map(|v| v.id.name.as_str()));
        return node.problem(format!("variant {name:?} is not in this slot"), Some(help));
    };
    let bound = variants[at].when != Condition::default()
        || variants[at].needs.is_some()
        || variants[at].incentive.is_some()
        || variants[at].sensitive.is_some();
    if bound {
        return node.problem(
            "the fallback must fit everyone: it can have no \"when\", \"needs\", \"incentive\" or \"sensitive\"",
            None,
        );
    }
    if variants[at].counts_from_first_open() {
        let help = "count to an instant, or to the end of the day".to_owned();
        return node
            .problem("the fallback must fit everyone: not of everyone a first open is kept", Some(help));
    }
    u8::try_from(at).ok()
}

/// The variants of a slot, and the earlier slot that they need.
fn variants(
    node: &Node<'_, '_>,
    kind: SlotKind,
    earlier: &[Slot],
    names: &Names,
) -> Option<(Vec<Variant>, Option<u8>)> {
    let mut variants: Vec<Variant> = Vec::new();
    let mut parent = None;
    node.list(|n| {
        let variant = variant(&n, kind, earlier, names, &mut parent)?;
        if clashes(variants.iter().map(|v| &v.id), &variant.id) {
            return n.problem(format!("variant {:?} stands there twice", variant.id.name), None);
        }
        variants.push(variant);
        Some(())
    })?;
    match variants.len() {
        0 if node.is_empty() => node.problem("a slot needs at least one variant", None),
        0 => None,
        n if n > MAX_VARIANTS => {
            node.problem(format!("{n} variants; at most {MAX_VARIANTS} are allowed"), None)
        }
        _ => Some((variants, parent)),
    }
}

fn variant(
    node: &Node<'_, '_>,
    kind: SlotKind,
    earlier: &[Slot],
    names: &Names,
    parent: &mut Option<u8>,
) -> Option<Variant> {
    let mut o = node.object()?;
    let mut needed = None;
    let id = o.require("id").and_then(|n| id(&n));
    let picture = match kind {
        SlotKind::Image => Picture::read(node, &mut o, names),
        SlotKind::Text => None,
    };
    let text = match kind {
        SlotKind::Image => o.get("text"),
        SlotKind::Text => o.require("text"),
    };
    let own_words = match &picture {
        Some(Picture::Countdown(_)) => Some(("countdown", "its words are \"labels\" and \"expired\"")),
        Some(Picture::Composition(_)) => Some(("composition", "write it into a layer")),
        _ => None,
    };
    if let (Some(n), Some((picture, help))) = (&text, own_words) {
        n.name_problem::<()>(format!("a {picture} has no \"text\""), help.to_owned());
    }
    let text = text.and_then(|n| caption(n.object()?, names));
    let alt = match kind {
        SlotKind::Image => o.require("alt").and_then(|n| n.text()).unwrap_or_default().to_owned(),
        SlotKind::Text => String::new(),
    };
    let url = o.get("url").and_then(|n| url(&n));
    let known = Motivation::ALL.map(|m| (m.name(), m));
    let motivations =
        o.get("motivations").and_then(|n| n.list(|n| n.one_of("motivation", &known))).unwrap_or_default();
    let when = o.get("when").and_then(|n| condition::read(&n, names)).unwrap_or_default();
    let incentive = o.get("incentive").and_then(|n| incentive(n.object()?));
    if let Some(n) = o.get("needs")
        && let Some((slot, variants)) = needs(&n, earlier)
    {
        if parent.is_some_and(|parent| parent != slot) {
            let other = parent.and_then(|p| earlier.get(usize::from(p))).map_or("", |s| s.name.name.as_str());
            n.problem::<()>(
                format!("another variant of this slot needs slot {other:?}; all must need the same one"),
                None,
            );
        }
        *parent = Some(slot);
        needed = Some(variants);
    }
    let product = o.get("product").and_then(|n| product(&n));
    let kinds = Sensitive::ALL.map(|s| (s.name(), s));
    let sensitive = o.get("sensitive").and_then(|n| n.one_of("category", &kinds));
    o.finish();
    Some(Variant {
        id: id?,
        picture,
        text,
        alt,
        url,
        motivations,
        when,
        incentive,
        needs: needed,
        product,
        sensitive,
    })
}

fn incentive(mut o: Object<'_, '_>) -> Option<Incentive> {
    let cost = o.require("cost").and_then(|n| n.number(0.0, MONEY));
    let discount = o.get("discount").and_then(|n| n.whole(0, 100)).unwrap_or(0);
    let budget = o.get("budget").and_then(|n| id(&n)).map(|id| id.name);
    o.finish();
    Some(Incentive { cost: cost?, discount: u8::try_from(discount).ok()?, budget })
}

/// A product's id in the shop's own system.
fn product(node: &Node<'_, '_>) -> Option<String> {
    let sound = |text: &str| {
        let fits = (1..=100).contains(&text.chars().count()) && !text.chars().any(char::is_control);
        fits.then(|| text.to_owned())
    };
    node.parsed("a product's id of 1 to 100 characters", sound)
}

fn caption(mut o: Object<'_, '_>, names: &Names) -> Option<Caption> {
    let headline = o.require("headline").and_then(|n| Template::read(&n, names));
    let subline = o.get("subline").and_then(|n| Template::read(&n, names)).unwrap_or_default();
    let button = o.get("button").and_then(|n| Template::read(&n, names)).unwrap_or_default();
    let ink = o.get("ink").and_then(|n| colour(&n)).unwrap_or_default();
    let accent = o.get("accent").and_then(|n| colour(&n)).unwrap_or_default();
    o.finish();
    Some(Caption { headline: headline?, subline, button, ink, accent })
}

/// What a variant needs: the earlier slot, and the variants of it.
fn needs(node: &Node<'_, '_>, earlier: &[Slot]) -> Option<(u8, Vec<u8>)> {
    let o = node.object()?;
    let mut entries = o.entries();
    let (name, value) = entries.next()?;
    if let Some((_, second)) = entries.next() {
        let help = "name the one that matters most; what that needs follows by itself".to_owned();
        return second.name_problem("a variant can need variants of one earlier slot only", help);
    }
    let Some(slot) = earlier.iter().position(|s| s.name.name == name) else {
        let help = suggestion(name, earlier.iter().map(|s| s.name.name.as_str()));
        return value.name_problem(format!("{name:?} is no earlier slot of this campaign"), help);
    };
    let known = &earlier[slot].variants;
    let mut variants = value.list(|n| {
        let name = n.text()?;
        match known.iter().position(|v| v.id.name == name) {
            Some(at) => u8::try_from(at).ok(),
            None => {
                let help = suggestion(name, known.iter().map(|v| v.id.name.as_str()));
                n.problem(
                    format!("variant {name:?} is not in slot {:?}", earlier[slot].name.name),
                    Some(help),
                )
            }
        }
    })?;
    variants.sort_unstable();
    variants.dedup();
    Some((u8::try_from(slot).ok()?, variants))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FULL: &str = include_str!("../../tests/vectors/campaigns/full.json");

    fn problems(text: &str) -> Vec<String> {
        Campaign::parse(text).unwrap_err().0.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_full_example_reads() {
        let campaign = Campaign::parse(FULL).unwrap();
        assert_eq!(campaign.slots.len(), 3);
        assert_eq!(campaign.slots[2].variants[1].needs, Some(vec![1]));
    }

    #[test]
    fn a_slot_says_how_dense_its_pictures_are() {
        let slot = |density: &str| {
            Campaign::parse(&format!(
                r##"{{"id": "a", "landing": "/", "value": {{"currency": "EUR", "click": 1}}, "slots": [
{{"name": "s", "kind": "image", "width": 60, "height": 30{density}, "fallback": "v", "variants": [
{{"id": "v", "alt": "", "composition": {{"background": "#ffffff", "layers": []}}}}]}}]}}"##
            ))
            .map(|campaign| campaign.slots[0].clone())
        };
        for (density, pixels, dense) in [("", (120, 60), 2), (r#", "density": 1"#, (60, 30), 1)] {
            let slot = slot(density).unwrap();
            assert_eq!(slot.pixels(), pixels);
            let Some(Picture::Composition(layout)) = &slot.variants[0].picture else { panic!("{density}") };
            assert_eq!(layout.density, dense);
        }
        let problem = &slot(r#", "density": 3"#).unwrap_err().0[0];
        assert!(
            problem.to_string().starts_with("2:70: slots[0].density: expected a number from 1 to 2"),
            "{problem}"
        );
    }

    #[test]
    fn every_problem_is_told_with_its_place_and_mend() {
        let text = r#"{
  "id": "Spring Sale",
  "landing": "javascript:alert(1)",
  "value": {"currency": "EUR", "click": -1},
  "hodlout": 0.1,
  "audience": {"cart_vale": {"$gt": 1}, "stage": {"$regx": "n"}, "clicks": "many"},
  "slots": [
    {"name": "hero", "kind": "image", "width": 600, "height": 300, "fallback": "defualt", "variants": [
      {"id": "default", "image": "../secret.png", "alt": "x"},
      {"id": "default", "image": "a.png", "alt": "x", "text": {"headline": "Hi {first_name}"}}
    ]}
  ]
}"#;
        assert_eq!(problems(text), [
            "2:9: id: expected lower-case letters, digits and dashes, at most 64, found \"Spring Sale\"",
            "3:14: landing: expected a URL such as \"https://shop.example/sale\", or a path such as \"/sale\", found \"javascript:alert(1)\"",
            "4:41: value.click: expected a number of at least 0, found -1",
            "5:3: \"hodlout\" is not known here (did you mean \"holdout\"?)",
            "6:16: audience.cart_vale: \"cart_vale\" is neither a signal nor a declared attribute (did you mean \"cart_value\"?)",
            "6:51: audience.stage.$regx: operator \"$regx\" is not supported (did you mean \"$regex\"?)",
            "6:76: audience.clicks: \"clicks\" is compared with a number",
            "8:80: slots[0].fallback: variant \"defualt\" is not in this slot (did you mean \"default\"?)",
            "9:34: slots[0].variants[0].image: expected a path such as \"spring/hero.png\" that ends in .png, .jpg or .gif, found \"../secret.png\"",
            "10:7: slots[0].variants[1]: variant \"default\" stands there twice",
            "10:76: slots[0].variants[1].text.headline: {first_name} needs a default for when it isn't known: {first_name|friend}",
        ]
        .map(|s| s.to_owned()));
    }

    /// The least campaign, with these lines in it.
    fn with(lines: &str) -> Vec<String> {
        let rest = r#""id": "a", "landing": "/", "value": {"currency": "EUR", "click": 1}, "slots": [
            {"name": "s", "kind": "text", "fallback": "v", "variants": [{"id": "v", "text": {"headline": "x"}}]}]}"#;
        problems(&format!("{{{lines},\n{rest}"))
    }

    #[test]
    fn attributes_are_declared_before_they_are_used() {
        assert_eq!(
            with(
                r#""attributes": {"tier": "strin", "country": "string", "company.seats": "number"},
"audience": {"company.city": 1, "tire": 1, "colour": 1, "company.seats.x": 1},
"saved_groups": {"friends": ["u-1"], "numbers": [1]}"#
            )
            .iter()
            .map(|p| p.split_once(": ").unwrap().1)
            .collect::<Vec<_>>(),
            [
                "attributes.tier: datatype \"strin\" is not known (did you mean \"string\"?)",
                "attributes.country: \"country\" is the name of a signal (leave it out, and conditions read the signal; or give the attribute another name)",
                "audience.company.city: \"company.city\" is neither a signal nor a declared attribute (did you mean \"company.seats\"?)",
                "audience.tire: \"tire\" is neither a signal nor a declared attribute (did you mean \"tier\"?)",
                "audience.colour: \"colour\" is neither a signal nor a declared attribute (declare it: \"attributes\": {\"colour\": \"string\"})",
            ]
        );
    }

    #[test]
    fn what_a_condition_cannot_mean_is_refused() {
        for (condition, problem) in [
            (
                r#"{"tier": {"$inGroup": "freinds"}}"#,
                "saved group \"freinds\" is not known (did you mean \"friends\"?)",
            ),
            (r#"{"stage": {"$inGroup": "numbers"}}"#, "\"stage\" is compared with a text"),
            (r#"{"stage": {"$size": 1}}"#, "\"stage\" is no list"),
            (r#"{"clicks": {"$regex": "1"}}"#, "\"clicks\" is no text; no expression matches it"),
            (r#"{"clicks": {"$ini": ["1"]}}"#, "\"clicks\" is no text; it has no case"),
            (r#"{"clicks": {"$vgt": "1.2"}}"#, "\"clicks\" is no text; it can't be compared as a version"),
            (
                r#"{"stage": {"$gt": "a"}}"#,
                "\"stage\" is no number; it can't be compared with $lt and its like",
            ),
            (r#"{"tier": {"$gt": 5, "lt": 7}}"#, "operator \"lt\" is not supported (did you mean \"$lt\"?)"),
            (
                r#"{"tier": {"$type": "text"}}"#,
                "type \"text\" is not known (known: string, number, boolean, array, object, null, undefined)",
            ),
            (
                r#"{"tier": {"$regex": "(?=a)"}}"#,
                "this expression can't be used: look-around is not supported",
            ),
            (
                r#"{"tier": {"$regexi": "č"}}"#,
                "this expression can't be used: beyond ASCII, case can't be left open: write both letters, as in \"[čČ]\"",
            ),
            (r#"{"$savedGroup": {"id": "friends"}}"#, "operator \"$savedGroup\" is not supported here"),
        ] {
            let told = with(&format!(
                r#""attributes": {{"tier": "string"}}, "saved_groups": {{"friends": ["u-1"], "numbers": [1]}}, "audience": {condition}"#
            ));
            assert!(told.len() == 1 && told[0].contains(problem), "{condition}: {told:?}");
        }
    }

    #[test]
    fn filters_tell_recipients_apart_by_what_can_be_hashed() {
        for (lines, problem) in [
            (
                r#""namespace": ["n", 0, 1]"#,
                "recipients are told apart by \"id\", which is no declared attribute (declare it: ",
            ),
            (
                r#""attributes": {"tags": "string[]"}, "namespace": ["n", 0, 1], "hashAttribute": "tags""#,
                "hashAttribute: recipients can't be told apart by \"tags\"",
            ),
            (
                r#""attributes": {"id": "string"}, "namespace": ["n", 0.5, 0.4]"#,
                "namespace: the end lies before the start",
            ),
            (r#""attributes": {"id": "string"}, "namespace": ["n", 0]"#, "namespace: a namespace is "),
            (
                r#""attributes": {"id": "string"}, "filters": [{"seed": "a", "ranges": [[0]]}]"#,
                "filters[0].ranges[0]: a range is [start, end]",
            ),
            (
                r#""attributes": {"id": "string"}, "filters": [{"seed": "a", "ranges": []}]"#,
                "without a range nobody is in",
            ),
            (
                r#""attributes": {"id": "string"}, "filters": [{"seed": "a", "attribute": "di", "ranges": [[0, 1]]}]"#,
                "filters[0].attribute: recipients are told apart by \"di\"",
            ),
        ] {
            let told = with(lines);
            assert!(told.len() == 1 && told[0].contains(problem), "{lines}: {told:?}");
        }
    }

    #[test]
    fn what_is_no_json_is_told_where() {
        assert_eq!(problems("{\"id\": \"a\",\n  oops}")[0].split(": ").next(), Some("2:3"));
        assert_eq!(problems("")[0], "1:1: the document is empty");
        assert!(problems(&"[".repeat(100_000))[0].contains("nested more than 64 levels"));
        assert!(problems("[]")[0].contains("expected an object, found a list"));
    }
}
