//! A picture of layers instead of a stored image, as the marketer writes it.
//!
//! ```json
//! {"composition": {"background": "spring/lake.jpg", "layers": [
//!   {"at": "left", "share": 60, "stack": [
//!     {"text": "Back in stock, {first_name|friend}", "size": 32, "weight": "bold"},
//!     {"row": [{"text": "€ 49", "weight": "bold", "size": 24}, {"text": "€ 65", "strike": true}]},
//!     {"button": "See them", "fill": "#d94f04"}]},
//!   {"at": "top-right", "badge": "Members", "when": {"tier": "pro"}}]}}
//! ```
//!
//! What there is and how it is laid out stands in [`crate::render::composition`]; here texts are templates and elements have conditions.

use super::condition::{self, Names};
use super::contrast::Ground;
use super::read::{colour, path};
use super::reader::{Node, Object, suggestion};
use super::{Condition, Template};
use crate::nearest::nearest;
use crate::render::composition::{
    Align, Anchor, Background, Code, Composition, DENSITY, Element, Group, Image, Kind, Label, Layer, Panel,
    Progress, Stars, Symbology, Text, Toward,
};
use crate::render::{Rgb, Weight};

/// A composition as a campaign has it.
pub type Layout = Composition<Template, Condition>;

/// The most layers, and elements in all of them.
const MAX_LAYERS: usize = 12;
const MAX_ELEMENTS: usize = 40;
/// The longest side of anything in a composition, in CSS pixels.
const MAX_SIDE: u32 = 1200;
/// The longest side of an image: squares of it are within [`crate::render::MAX_PIXELS`].
const MAX_IMAGE: u32 = 1000;
/// What an element may be: the name of its content.
pub const KINDS: [&str; 11] =
    ["text", "button", "badge", "image", "stack", "row", "panel", "progress", "stars", "qr", "barcode"];

/// The colours of what has none of its own.
const INK: Rgb = Rgb(17, 24, 32);
const GOLD: Rgb = Rgb(245, 166, 35);
const PALE: Rgb = Rgb(217, 221, 226);

/// Where a layer may hang.
pub const ANCHORS: [(&str, Anchor); 9] = [
    ("top-left", Anchor { across: Align::Start, down: Align::Start }),
    ("top", Anchor { across: Align::Center, down: Align::Start }),
    ("top-right", Anchor { across: Align::End, down: Align::Start }),
    ("left", Anchor { across: Align::Start, down: Align::Center }),
    ("center", Anchor { across: Align::Center, down: Align::Center }),
    ("right", Anchor { across: Align::End, down: Align::Center }),
    ("bottom-left", Anchor { across: Align::Start, down: Align::End }),
    ("bottom", Anchor { across: Align::Center, down: Align::End }),
    ("bottom-right", Anchor { across: Align::End, down: Align::End }),
];
/// How things may be aligned.
pub const ALIGNS: [(&str, Align); 3] =
    [("start", Align::Start), ("center", Align::Center), ("end", Align::End)];

/// Reads a composition.
pub fn read(mut o: Object<'_, '_>, names: &Names) -> Option<Layout> {
    let background = o.require("background").and_then(|n| background(&n));
    let padding = length(&mut o, "padding", 0, 24);
    let ground = match &background {
        Some(Background::Color(color)) => Ground::known([*color]),
        Some(Background::Gradient { from, to, .. }) => Ground::known([*from, *to]),
        _ => Ground::default(),
    };
    let mut reader = Reader { names, elements: 0 };
    let layers = o.require("layers").and_then(|n| {
        let layers = n.list(|n| reader.layer(&n, &ground))?;
        let told = |what: &str, found: usize, most: usize| {
            n.problem::<()>(format!("{found} {what}; at most {most} are allowed"), None)
        };
        if layers.len() > MAX_LAYERS {
            told("layers", layers.len(), MAX_LAYERS);
        }
        if reader.elements > MAX_ELEMENTS {
            told("elements", reader.elements, MAX_ELEMENTS);
        }
        Some(layers)
    });
    o.finish();
    let layers = layers?;
    let fixed = layers.iter().take_while(|layer| layer.element.as_ref().is_none_or(is_fixed)).count();
    // the slot that it stands in may say another density
    Some(Composition { background: background?, padding: padding?, density: DENSITY, layers, fixed })
}

/// Whether an element is the same for everybody.
fn is_fixed(element: &Element<Template, Condition>) -> bool {
    let own = match &element.kind {
        Kind::Text(text) => text.text.is_fixed(),
        Kind::Label(label) => label.text.is_fixed(),
        Kind::Progress(bar) => bar.value.is_fixed(),
        Kind::Stars(stars) => stars.value.is_fixed(),
        Kind::Code(code) => code.text.is_fixed(),
        Kind::Image(_) | Kind::Stack(_) | Kind::Row(_) | Kind::Panel(_) => true,
    };
    own && element.when == Condition::default() && element.inner().iter().all(is_fixed)
}

fn background(node: &Node<'_, '_>) -> Option<Background> {
    if node.is_object() {
        let mut o = node.object()?;
        let gradient = o.require("gradient").and_then(|n| {
            let colors = n.list(|n| rgb(&n))?;
            let [from, to] = colors[..] else {
                return n
                    .problem("a gradient goes from one colour to another", Some("write two colours".into()));
            };
            Some((from, to))
        });
        let names =
            [("right", Toward::Right), ("bottom", Toward::Bottom), ("bottom-right", Toward::BottomRight)];
        let toward = o.get("to").and_then(|n| n.one_of("direction", &names)).unwrap_or_default();
        o.finish();
        let (from, to) = gradient?;
        return Some(Background::Gradient { from, to, toward });
    }
    match node.text()? {
        text if text.starts_with('#') => rgb(node).map(Background::Color),
        _ => path(node).map(Background::Image),
    }
}

fn rgb(node: &Node<'_, '_>) -> Option<Rgb> {
    colour(node).map(|[r, g, b]| Rgb(r, g, b))
}

fn color(o: &mut Object<'_, '_>, key: &'static str, usual: Rgb) -> Rgb {
    o.get(key).and_then(|n| rgb(&n)).unwrap_or(usual)
}

/// A length in CSS pixels.
fn length(o: &mut Object<'_, '_>, key: &'static str, least: u32, usual: u16) -> Option<u16> {
    match o.get(key) {
        Some(n) => n.whole(least, MAX_SIDE).and_then(|n| u16::try_from(n).ok()),
        None => Some(usual),
    }
}

struct Reader<'n> {
    names: &'n Names,
    elements: usize,
}

impl Reader<'_> {
    fn layer(&mut self, node: &Node<'_, '_>, ground: &Ground) -> Option<Layer<Template, Condition>> {
        let mut o = node.object()?;
        let at = o.require("at").and_then(|n| n.one_of("place", &ANCHORS));
        let share = o.get("share").map_or(Some(100), |n| n.whole(1, 100));
        let element = self.element(node, o, ground)?;
        Some(Layer { at: at?, share: u8::try_from(share?).ok()?, element: Some(element) })
    }

    fn inner(&mut self, node: &Node<'_, '_>, ground: &Ground) -> Option<Element<Template, Condition>> {
        let o = node.object()?;
        self.element(node, o, ground)
    }

    fn element(
        &mut self,
        node: &Node<'_, '_>,
        mut o: Object<'_, '_>,
        ground: &Ground,
    ) -> Option<Element<Template, Condition>> {
        self.elements += 1;
        let when = o.get("when").map_or(Some(Condition::default()), |n| condition::read(&n, self.names));
        let named: Vec<_> = KINDS.into_iter().filter_map(|kind| Some((kind, o.get(kind)?))).collect();
        let kind = match &named[..] {
            [(kind, content)] => self.kind(kind, content, &mut o, ground),
            [] => {
                let names: Vec<_> = o.entries().map(|(name, _)| name).collect();
                let near = names.iter().find_map(|name| nearest(name, KINDS));
                let known = || suggestion("", KINDS.into_iter());
                let help = near.map_or_else(known, |near| format!("did you mean \"{near}\"?"));
                return node.problem("nothing says what this element is", Some(help));
            }
            [(first, _), (second, content), ..] => {
                let help = "put them into a \"stack\" or a \"row\"".to_owned();
                content.name_problem(
                    format!("an element is one thing, and this is {first:?} and {second:?}"),
                    help,
                )
            }
        };
        o.finish();
        Some(Element { when: when?, kind: kind? })
    }

    fn kind(
        &mut self,
        kind: &str,
        content: &Node<'_, '_>,
        o: &mut Object<'_, '_>,
        ground: &Ground,
    ) -> Option<Kind<Template, Condition>> {
        Some(match kind {
            "text" => Kind::Text(text(content, o, ground, self.names)?),
            "button" => Kind::Label(label(content, o, (16, false), self.names)?),
            "badge" => Kind::Label(label(content, o, (13, true), self.names)?),
            "image" => {
                let width = o.require("width").and_then(|n| n.whole(1, MAX_IMAGE));
                let height = o.require("height").and_then(|n| n.whole(1, MAX_IMAGE));
                let path = path(content)?;
                Kind::Image(Image {
                    path,
                    width: u16::try_from(width?).ok()?,
                    height: u16::try_from(height?).ok()?,
                })
            }
            "stack" => Kind::Stack(self.group(content, o, ground)?),
            "row" => Kind::Row(self.group(content, o, ground)?),
            "panel" => {
                let fill = color(o, "fill", Rgb::WHITE);
                let opacity = o.get("opacity").map_or(Some(100), |n| n.whole(0, 100));
                let opacity = u8::try_from(opacity?).ok()?;
                let (radius, padding) = (length(o, "radius", 0, 8), length(o, "padding", 0, 12));
                let element = self.inner(content, &ground.under(fill, opacity))?;
                Kind::Panel(Box::new(Panel { element, fill, opacity, radius: radius?, padding: padding? }))
            }
            "progress" => {
                let of = o.get("of").map_or(Some(100), |n| n.whole(1, 1_000_000));
                let (width, height) = (length(o, "width", 8, 200), length(o, "height", 2, 8));
                let (fill, track) = (color(o, "fill", INK), color(o, "track", PALE));
                let value = number(content, self.names)?;
                Kind::Progress(Progress { value, of: of?, width: width?, height: height?, fill, track })
            }
            "stars" => {
                let size = length(o, "size", 6, 20);
                let (fill, track) = (color(o, "fill", GOLD), color(o, "track", PALE));
                Kind::Stars(Stars { value: number(content, self.names)?, size: size?, fill, track })
            }
            "qr" => {
                let size = length(o, "size", 40, 120);
                let text = Template::read(content, self.names)?;
                Kind::Code(Code { text, symbology: Symbology::Qr, width: size?, height: size? })
            }
            _ => {
                let (width, height) = (length(o, "width", 80, 220), length(o, "height", 16, 64));
                let text = Template::read(content, self.names)?;
                Kind::Code(Code { text, symbology: Symbology::Code128, width: width?, height: height? })
            }
        })
    }

    fn group(
        &mut self,
        content: &Node<'_, '_>,
        o: &mut Object<'_, '_>,
        ground: &Ground,
    ) -> Option<Group<Template, Condition>> {
        let gap = length(o, "gap", 0, 8);
        let align = o.get("align").and_then(|n| n.one_of("alignment", &ALIGNS));
        let elements = content.list(|n| self.inner(&n, ground))?;
        Some(Group { elements, gap: gap?, align })
    }
}

fn text(
    content: &Node<'_, '_>,
    o: &mut Object<'_, '_>,
    ground: &Ground,
    names: &Names,
) -> Option<Text<Template>> {
    let size = length(o, "size", 8, 16);
    let weights = [("regular", Weight::Regular), ("bold", Weight::Bold)];
    let weight = o.get("weight").and_then(|n| n.one_of("weight", &weights)).unwrap_or(Weight::Regular);
    let written = o.get("ink");
    let ink = written.as_ref().and_then(rgb).unwrap_or(INK);
    let lines = o.get("lines").map_or(Some(3), |n| n.whole(1, 8));
    let align = o.get("align").and_then(|n| n.one_of("alignment", &ALIGNS));
    let strike = o.get("strike").and_then(|n| n.flag()).unwrap_or(false);
    ground.warn(ink, written.as_ref().unwrap_or(content));
    Some(Text {
        text: Template::read(content, names)?,
        size: size?,
        weight,
        ink,
        lines: u8::try_from(lines?).ok()?,
        align,
        strike,
    })
}

fn label(
    content: &Node<'_, '_>,
    o: &mut Object<'_, '_>,
    (size, badge): (u16, bool),
    names: &Names,
) -> Option<Label<Template>> {
    let size = length(o, "size", 8, size);
    let fill = color(o, "fill", INK);
    let written = o.get("ink");
    let ink = written.as_ref().and_then(rgb);
    if let (Some(node), Some(ink)) = (&written, ink) {
        Ground::known([fill]).warn(ink, node);
    }
    Some(Label { text: Template::read(content, names)?, size: size?, fill, ink, badge })
}

/// A number, or a text with a place for one.
fn number(node: &Node<'_, '_>, names: &Names) -> Option<Template> {
    if node.is_number() {
        return Some(Template::text(&node.number(0.0, 1e6)?.to_string()));
    }
    Template::read(node, names)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::campaign::{Campaign, Picture};

    fn campaign(composition: &str) -> Result<Campaign, Vec<String>> {
        let text = format!(
            r#"{{"id": "a", "landing": "/", "value": {{"currency": "EUR", "click": 1}}, "slots": [
            {{"name": "s", "kind": "image", "width": 600, "height": 300, "fallback": "v", "variants": [
            {{"id": "v", "alt": "x", "composition": {composition}}}]}}]}}"#
        );
        Campaign::parse(&text).map_err(|problems| problems.0.iter().map(ToString::to_string).collect())
    }

    fn layout(composition: &str) -> Layout {
        match campaign(composition).unwrap().slots[0].variants[0].picture.clone() {
            Some(Picture::Composition(layout)) => *layout,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_the_same_for_everybody_is_known() {
        let fixed =
            |layers: &str| layout(&format!(r##"{{"background": "#ffffff", "layers": [{layers}]}}"##)).fixed;
        let (plain, personal) =
            (r#"{"at": "top", "text": "Hi"}"#, r#"{"at": "top", "text": "Hi {first_name|you}"}"#);
        assert_eq!(fixed(""), 0);
        assert_eq!(fixed(&format!("{plain}, {plain}")), 2);
        assert_eq!(fixed(&format!("{plain}, {personal}, {plain}")), 1);
        assert_eq!(fixed(r#"{"at": "top", "row": [{"badge": "x", "when": {"clicks": 1}}]}"#), 0);
        assert_eq!(fixed(r#"{"at": "top", "panel": {"stack": [{"stars": "{clicks|4}"}]}}"#), 0);
    }

    #[test]
    fn mistakes_are_told_with_their_place_and_mend() {
        for (layer, problem) in [
            (r#"{"text": "x"}"#, "layers[0]: \"at\" is missing"),
            (r#"{"at": "topleft", "text": "x"}"#, "did you mean \"top-left\"?"),
            (r#"{"at": "top", "txt": "x"}"#, "did you mean \"text\"?"),
            (r#"{"at": "top", "text": "x", "badge": "y"}"#, "put them into a \"stack\" or a \"row\""),
            (r#"{"at": "top", "text": "{frist_name|x}"}"#, "did you mean {first_name|x}?"),
            (
                r#"{"at": "top", "image": "logo.svg", "width": 20, "height": 20}"#,
                "ends in .png, .jpg or .gif",
            ),
            (r#"{"at": "top", "image": "logo.png", "width": 20}"#, "\"height\" is missing"),
            (r#"{"at": "top", "text": "x", "size": 4}"#, "a number from 8 to 1200, found 4"),
            (r#"{"at": "top", "stack": [{"text": "x", "ink": "red"}]}"#, "stack[0].ink: expected a colour"),
            (r#"{"at": "top", "row": {"text": "x"}}"#, "row: expected a list"),
            (r#"{"at": "top", "text": "x", "when": {"clics": 1}}"#, "did you mean \"clicks\"?"),
            (r#"{"at": "top", "text": "x", "share": 0}"#, "share: expected a number from 1 to 100"),
            (r#"{"at": "top", "text": "x", "gap": 4}"#, "\"gap\" is not known here"),
        ] {
            let told =
                campaign(&format!(r##"{{"background": "#ffffff", "layers": [{layer}]}}"##)).unwrap_err();
            assert!(told.iter().any(|told| told.contains(problem)), "{layer}: {told:#?}");
        }
        let told = campaign(r##"{"background": {"gradient": ["#ffffff"]}, "layers": []}"##).unwrap_err();
        assert!(told[0].contains("write two colours"), "{told:?}");
        let many = vec![r#"{"at": "top", "text": "x"}"#; 13].join(",");
        let told = campaign(&format!(r##"{{"background": "#ffffff", "layers": [{many}]}}"##)).unwrap_err();
        assert!(told[0].contains("13 layers; at most 12"), "{told:?}");
    }

    #[test]
    fn text_that_is_hard_to_read_is_warned_of() {
        let warned = |background: &str, layer: &str| -> Vec<String> {
            let text = format!(r#"{{"background": {background}, "layers": [{{"at": "top", {layer}}}]}}"#);
            campaign(&text).unwrap().warnings.iter().map(ToString::to_string).collect()
        };
        let told = warned(r##""#ffffff""##, r##""text": "x", "ink": "#999999""##);
        assert!(
            told[0].contains("layers[0].ink: #999999 on #ffffff is hard to read: the contrast is 2.8"),
            "{told:?}"
        );
        assert!(warned(r##""#ffffff""##, r#""text": "x""#).is_empty());
        // only one end of the gradient is too light
        let gradient = r##"{"gradient": ["#000000", "#eeeeee"]}"##;
        assert_eq!(warned(gradient, r##""text": "x", "ink": "#ffffff""##).len(), 1);
        assert!(warned(r#""a.jpg""#, r##""text": "x", "ink": "#ffffff""##).is_empty(), "nobody knows");
        let veil = |opacity: u8| {
            warned(r#""a.jpg""#, &format!(r#""panel": {{"text": "x"}}, "opacity": {opacity}"#)).len()
        };
        assert_eq!((veil(90), veil(20)), (0, 1));
        assert_eq!(
            warned(r##""#ffffff""##, r##""button": "x", "fill": "#ffffff", "ink": "#eeeeee""##).len(),
            1
        );
    }
}
