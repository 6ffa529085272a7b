//! What an image slot shows of a variant: a stored image, a composition of layers, or a countdown.

use super::read::path;
use super::reader::{Node, Object};
use super::{Countdown, Layout, Names, composition};

/// What an image slot shows of a variant.
#[derive(Clone, Debug, PartialEq)]
pub enum Picture {
    /// A stored image: its path in the bucket or among the assets.
    Image(String),
    /// Layers.
    Composition(Box<Layout>),
    /// Time running out.
    Countdown(Box<Countdown>),
}

impl Picture {
    /// The stored image that fills it, if one does.
    #[must_use]
    pub fn background(&self) -> Option<&str> {
        match self {
            Self::Image(path) => Some(path),
            Self::Composition(layout) => layout.background.image(),
            Self::Countdown(_) => None,
        }
    }

    /// Reads the one of them that stands in a variant.
    pub(super) fn read(variant: &Node<'_, '_>, o: &mut Object<'_, '_>, names: &Names) -> Option<Self> {
        let kinds = [
            ("image", o.get("image")),
            ("composition", o.get("composition")),
            ("countdown", o.get("countdown")),
        ];
        let mut found = kinds.into_iter().filter_map(|(kind, node)| Some((kind, node?)));
        let Some((kind, node)) = found.next() else {
            let help = "or \"composition\", or \"countdown\"".to_owned();
            return variant.problem("\"image\" is missing", Some(help));
        };
        if let Some((other, second)) = found.next() {
            let help = "leave one of them out".to_owned();
            return second.name_problem(format!("a variant shows either {kind:?} or {other:?}"), help);
        }
        match kind {
            "image" => path(&node).map(Self::Image),
            "composition" => composition::read(node.object()?, names).map(Box::new).map(Self::Composition),
            _ => Countdown::read(node.object()?).map(Box::new).map(Self::Countdown),
        }
    }
}
