//! Any tree of elements in any picture: nothing is cut, nothing takes long, and what is drawn at publishing and at an open is one picture.

#![allow(
    clippy::unwrap_used,
    reason = "clippy.toml lets tests unwrap, but not the functions that they share"
)]

use super::*;
use crate::render::{Backdrop, Format, Sprite, decode};
use proptest::prelude::*;
use std::rc::Rc;

const LOGO: (&str, u16, u16) = ("logo.png", 60, 30);

fn logo() -> Sprites {
    // half transparent from left to right
    let pixels: Vec<u8> = (0..32u8).flat_map(|i| [200, 8 * i, 40, 32 * (i % 8)]).collect();
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 8, 4);
    encoder.set_color(png::ColorType::Rgba);
    encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
    let most = (u32::from(LOGO.1) * u32::from(DENSITY), u32::from(LOGO.2) * u32::from(DENSITY));
    let mut sprites = Sprites::default();
    sprites.add(LOGO.0, most, Rc::new(Sprite::new(&bytes, most).unwrap()));
    sprites
}

fn words() -> impl Strategy<Value = String> {
    prop_oneof![
        "[A-Za-zČŽš]{1,12}( [a-z]{1,9}){0,12}",
        "[A-Z]{40,90}",
        "\\PC{0,30}",
        Just("4,5".to_owned()),
        Just("x".repeat(10_000)),
        Just("\u{202e}abc\u{7}\u{0}\n\n".to_owned()),
    ]
}

fn align() -> impl Strategy<Value = Align> {
    prop_oneof![Just(Align::Start), Just(Align::Center), Just(Align::End)]
}

fn weight() -> impl Strategy<Value = Weight> {
    prop_oneof![Just(Weight::Regular), Just(Weight::Bold)]
}

fn leaf() -> BoxedStrategy<Kind> {
    let color = Rgb(10, 80, 160);
    let text = (words(), 8u16..90, weight(), 1u8..9, proptest::option::of(align()), any::<bool>());
    let text = text.prop_map(move |(text, size, weight, lines, align, strike)| {
        Kind::Text(Text { text, size, weight, ink: color, lines, align, strike })
    });
    let label = (words(), 8u16..60, any::<bool>());
    let label = label.prop_map(move |(text, size, badge)| {
        Kind::Label(Label { text, size, fill: color, ink: None, badge })
    });
    let image = Just(Kind::Image(Image { path: LOGO.0.into(), width: LOGO.1, height: LOGO.2 }));
    let bar = (words(), 8u16..900, 2u16..40);
    let bar = bar.prop_map(move |(value, width, height)| {
        Kind::Progress(Progress { value, of: 5, width, height, fill: color, track: Rgb::WHITE })
    });
    let stars = (words(), 6u16..90);
    let stars = stars
        .prop_map(move |(value, size)| Kind::Stars(Stars { value, size, fill: color, track: Rgb::WHITE }));
    let code = (words(), any::<bool>(), 40u16..300, 16u16..300);
    let code = code.prop_map(|(text, qr, width, height)| {
        let symbology = if qr { Symbology::Qr } else { Symbology::Code128 };
        Kind::Code(Code { text, symbology, width, height })
    });
    prop_oneof![4 => text, 2 => label, 1 => image, 1 => bar, 1 => stars, 1 => code].boxed()
}

fn element() -> impl Strategy<Value = Element> {
    let leaf = leaf().prop_map(|kind| Element { when: (), kind });
    leaf.prop_recursive(3, 12, 4, |inner| {
        let group = (proptest::collection::vec(inner.clone(), 0..4), 0u16..40, proptest::option::of(align()));
        let group = group.prop_map(|(elements, gap, align)| Group { elements, gap, align }).boxed();
        let panel = (inner, 0u8..=100, 0u16..60, 0u16..40);
        prop_oneof![
            group.clone().prop_map(|group| Element { when: (), kind: Kind::Stack(group) }),
            group.prop_map(|group| Element { when: (), kind: Kind::Row(group) }),
            panel.prop_map(|(element, opacity, radius, padding)| {
                let panel = Panel { element, fill: Rgb(250, 250, 240), opacity, radius, padding };
                Element { when: (), kind: Kind::Panel(Box::new(panel)) }
            }),
        ]
    })
}

fn composition() -> impl Strategy<Value = Composition> {
    let layer = (align(), align(), 1u8..=100, element());
    let layer = layer.prop_map(|(across, down, share, element)| Layer {
        at: Anchor { across, down },
        share,
        element: Some(element),
    });
    let gradient =
        Background::Gradient { from: Rgb(20, 60, 105), to: Rgb(172, 59, 97), toward: Toward::BottomRight };
    let background = prop_oneof![Just(Background::Color(Rgb(244, 239, 230))), Just(gradient)];
    (background, 0u16..60, proptest::collection::vec(layer, 1..4)).prop_flat_map(
        |(background, padding, layers)| {
            let count = layers.len();
            (0..=count).prop_map(move |fixed| Composition {
                background: background.clone(),
                padding,
                density: DENSITY,
                layers: layers.clone(),
                fixed,
            })
        },
    )
}

/// Whether every pixel that a shape inks lies inside what it may be drawn on, from left to right.
fn uncut(shape: &Shape) -> bool {
    let mask = &shape.mask;
    let inked = |line: &[u8]| line.iter().position(|ink| *ink > 0).zip(line.iter().rposition(|ink| *ink > 0));
    mask.coverage.chunks_exact(mask.width).filter_map(inked).all(|(first, last)| {
        mask.left + first as i32 >= shape.clip.left && mask.left + last as i32 <= shape.clip.right
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 50, ..ProptestConfig::default() })]

    #[test]
    fn no_text_is_cut_at_its_sides(composition in composition(), width in 40usize..900, height in 20usize..700) {
        let sprites = logo();
        for part in [Part::Fixed, Part::Live] {
            for shape in composition.shapes(part, &sprites, &Fonts::default(), width, height) {
                let stars = shape.clip.right - shape.clip.left < shape.mask.width as i32;
                prop_assert!(stars || uncut(&shape), "{:?} in {:?}", shape.bounds(), shape.clip);
            }
        }
    }

    #[test]
    fn it_is_one_picture_wherever_it_is_divided(composition in composition()) {
        let (sprites, fonts) = (logo(), Fonts::default());
        let size = (360, 200);
        let draw = |composition: &Composition, format| {
            let base = Backdrop::base(&composition.base(), None, &sprites, &fonts, size, format).unwrap();
            let kept = Backdrop::parse_base(&base.to_bytes(), &composition.base(), size, format).unwrap();
            let file = base.compose(composition, &sprites, &fonts).unwrap();
            assert!(kept.compose(composition, &sprites, &fonts).unwrap() == file, "kept as bytes");
            decode(&file).unwrap().rgb
        };
        let whole = Composition { fixed: 0, ..composition.clone() };
        prop_assert!(draw(&composition, Format::Png) == draw(&whole, Format::Png));
        let (jpeg, flat) = (draw(&composition, Format::Jpeg), draw(&whole, Format::Jpeg));
        // shapes meet samples of chroma there, pixels here
        let far = jpeg.iter().zip(&flat).filter(|(a, b)| a.abs_diff(**b) > 40).count();
        prop_assert!(far * 100 < jpeg.len(), "{far}");
    }
}

#[test]
fn a_sprite_keeps_its_transparency() {
    let (sprites, fonts) = (logo(), Fonts::default());
    let image =
        Element { when: (), kind: Kind::Image(Image { path: LOGO.0.into(), width: LOGO.1, height: LOGO.2 }) };
    let at = Anchor { across: Align::Start, down: Align::Start };
    let composition = Composition {
        background: Background::Color(Rgb(0, 0, 255)),
        padding: 0,
        density: DENSITY,
        layers: vec![Layer { at, share: 100, element: Some(image) }],
        fixed: 0,
    };
    let base = Backdrop::base(&composition, None, &sprites, &fonts, (120, 60), Format::Png).unwrap();
    let drawn = decode(&base.compose(&composition, &sprites, &fonts).unwrap()).unwrap();
    assert_eq!(drawn.rgb[..3], [0, 0, 255], "nothing covers the left edge");
    let right = &drawn.rgb[119 * 3..120 * 3];
    assert!(right[0] > 150 && right[2] < 80, "the right edge is nearly covered: {right:?}");
}
