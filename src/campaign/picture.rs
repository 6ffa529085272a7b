//! What an image slot shows of a variant: a stored image, or a countdown drawn when the mail is opened.

use super::Countdown;
use super::reader::{Node, Object};

/// What an image slot shows of a variant.
#[derive(Clone, Debug, PartialEq)]
pub enum Picture {
    /// A stored image: its path in the bucket or among the assets.
    Image(String),
    /// Time running out.
    Countdown(Box<Countdown>),
}

impl Picture {
    /// Reads the one of the two that stands in a variant.
    pub(super) fn read(variant: &Node<'_, '_>, o: &mut Object<'_, '_>) -> Option<Self> {
        match (o.get("image"), o.get("countdown")) {
            (Some(n), None) => image(&n).map(Self::Image),
            (None, Some(n)) => Countdown::read(n.object()?).map(Box::new).map(Self::Countdown),
            (Some(_), Some(n)) => {
                let help = "leave one of them out".to_owned();
                n.name_problem("a variant shows either \"image\" or \"countdown\"", help)
            }
            (None, None) => variant.problem("\"image\" is missing", Some("or \"countdown\"".to_owned())),
        }
    }
}

fn image(node: &Node<'_, '_>) -> Option<String> {
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
