//! The names that a condition may use besides those of signals: the attributes that the campaign declares, and its saved groups.

use super::Subject;
use super::read::{self, datum};
use super::view::Set;
use crate::campaign::feed::FeedUse;
use crate::campaign::problem::Problems;
use crate::campaign::reader::{Node, Object, suggestion};
use crate::intent::SignalId;
use crate::nearest::nearest;
use crate::profile::attributes::MAX_NAME;

/// An attribute that a campaign declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Its name, or a dotted path to a part of one.
    pub name: String,
    /// What it holds.
    pub datatype: Datatype,
}

/// What an attribute holds, in GrowthBook's words. Conditions go by the value itself; this is what a hash can be made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub enum Datatype {
    /// True or false.
    #[cfg_attr(feature = "cli", schemars(rename = "boolean"))]
    Boolean,
    /// A number.
    #[cfg_attr(feature = "cli", schemars(rename = "number"))]
    Number,
    /// A text.
    #[cfg_attr(feature = "cli", schemars(rename = "string"))]
    Text,
    /// A text, one of a few.
    #[cfg_attr(feature = "cli", schemars(rename = "enum"))]
    Enum,
    /// A text that was hashed before it came here.
    #[cfg_attr(feature = "cli", schemars(rename = "secureString"))]
    SecureText,
    /// A list of numbers.
    #[cfg_attr(feature = "cli", schemars(rename = "number[]"))]
    Numbers,
    /// A list of texts.
    #[cfg_attr(feature = "cli", schemars(rename = "string[]"))]
    Texts,
    /// A list of texts that were hashed before they came here.
    #[cfg_attr(feature = "cli", schemars(rename = "secureString[]"))]
    SecureTexts,
}

impl Attribute {
    /// Is it the attribute of this name, or a part of it?
    #[must_use]
    pub fn is_of(&self, name: &str) -> bool {
        self.name.split('.').next() == Some(name)
    }
}

impl Datatype {
    const NAMES: [(&'static str, Self); 8] = [
        ("boolean", Self::Boolean),
        ("number", Self::Number),
        ("string", Self::Text),
        ("enum", Self::Enum),
        ("secureString", Self::SecureText),
        ("number[]", Self::Numbers),
        ("string[]", Self::Texts),
        ("secureString[]", Self::SecureTexts),
    ];

    /// Can recipients be told apart by it?
    #[must_use]
    pub const fn is_hashable(self) -> bool {
        matches!(self, Self::Number | Self::Text | Self::Enum | Self::SecureText)
    }
}

/// The names that conditions of one document may use.
#[derive(Clone, Debug)]
pub struct Names {
    /// `None`: every name is an attribute's.
    attributes: Option<Vec<Attribute>>,
    groups: Vec<(String, Set)>,
    /// The feeds that texts may name.
    feeds: Vec<String>,
}

impl Names {
    /// Lets every name be an attribute's and none a signal's; `groups` is a JSON object of saved groups. For conditions that come without a campaign.
    ///
    /// # Errors
    /// [`Problems`] with the groups.
    pub fn any(groups: &str) -> Result<Self, Problems> {
        let groups = crate::campaign::reader::read(groups, |object| Some(saved_groups(&object)))?;
        Ok(Self { attributes: None, groups, feeds: Vec::new() })
    }

    /// Reads what a campaign declares under `attributes` and `saved_groups`.
    pub fn read(document: &mut Object<'_, '_>) -> Self {
        let attributes = document.get("attributes").and_then(|n| n.object());
        let attributes = attributes.map_or_else(Vec::new, |o| o.entries().filter_map(attribute).collect());
        let groups = document.get("saved_groups").and_then(|n| n.object());
        let groups = groups.map_or_else(Vec::new, |o| saved_groups(&o));
        Self { attributes: Some(attributes), groups, feeds: Vec::new() }
    }

    fn attributes(&self) -> &[Attribute] {
        self.attributes.as_deref().unwrap_or_default()
    }

    /// The attributes that were declared, to keep.
    #[must_use]
    pub fn into_attributes(self) -> Vec<Attribute> {
        self.attributes.unwrap_or_default()
    }

    /// Lets texts name these feeds.
    pub fn declare(&mut self, feeds: &[FeedUse]) {
        self.feeds = feeds.iter().map(|feed| feed.name.clone()).collect();
    }

    /// Whether texts may name a feed; if not, that is noted, with what was probably meant.
    pub fn has_feed(&self, name: &str, node: &Node<'_, '_>) -> bool {
        if self.feeds.iter().any(|known| known == name) {
            return true;
        }
        let help = match nearest(name, self.feeds.iter().map(String::as_str)) {
            Some(near) => format!("did you mean \"{near}\"?"),
            None => format!("declare it: \"feeds\": {{{name:?}: {{\"fresh\": \"1h\"}}}}"),
        };
        node.problem::<()>(format!("{name:?} is no feed of this campaign"), Some(help));
        false
    }

    /// What a name stands for.
    pub fn subject(&self, name: &str) -> Option<Subject> {
        let signal = SignalId::of(name).filter(|_| self.attributes.is_some());
        signal.map(Subject::Signal).or_else(|| self.attribute(name).map(Subject::Attribute))
    }

    /// The way to a declared attribute or into one.
    fn attribute(&self, name: &str) -> Option<Vec<String>> {
        let leads = |declared: &Attribute| {
            name.strip_prefix(declared.name.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let known = self.attributes.as_ref().is_none_or(|declared| declared.iter().any(leads));
        known.then(|| name.split('.').map(str::to_owned).collect())
    }

    /// Notes that a name is not known, with what was probably meant.
    pub fn unknown<T>(&self, name: &str, node: &Node<'_, '_>) -> Option<T> {
        let signals = SignalId::all().map(|id| id.signal().name);
        let help = match nearest(name, signals.chain(self.attributes().iter().map(|a| a.name.as_str()))) {
            Some(near) => format!("did you mean \"{near}\"?"),
            None => format!("declare it: \"attributes\": {{{name:?}: \"string\"}}"),
        };
        node.name_problem(format!("{name:?} is neither a signal nor a declared attribute"), help)
    }

    /// The same where the name is a text, and may be one of `others` too.
    pub fn unknown_key<T>(&self, name: &str, others: &[&str], node: &Node<'_, '_>) -> Option<T> {
        let known = SignalId::all().map(|id| id.signal().name).chain(others.iter().copied());
        let help = nearest(name, known.chain(self.attributes().iter().map(|a| a.name.as_str())));
        let help = help.map(|near| format!("did you mean \"{near}\"?"));
        node.problem(format!("{name:?} is neither a signal nor a declared attribute"), help)
    }

    /// The values of a saved group that a node names.
    pub fn group(&self, node: &Node<'_, '_>) -> Option<&Set> {
        let id = node.text()?;
        let found = self.groups.iter().find(|(known, _)| known == id);
        found.map(|(_, set)| set).or_else(|| {
            let known = self.groups.iter().map(|(known, _)| known.as_str());
            let help = if self.groups.is_empty() {
                format!("put it into the document: \"saved_groups\": {{{id:?}: […]}}")
            } else {
                suggestion(id, known)
            };
            node.problem(format!("saved group {id:?} is not known"), Some(help))
        })
    }

    /// The declared attribute that a hash is made of.
    pub fn hashed(&self, node: &Node<'_, '_>, name: &str) -> Option<String> {
        let Some(attribute) = self.attributes().iter().find(|a| a.name == name) else {
            let known = self.attributes().iter().map(|a| a.name.as_str());
            let help = nearest(name, known).map_or_else(
                || format!("declare it: \"attributes\": {{{name:?}: \"string\"}}"),
                |near| format!("did you mean \"{near}\"?"),
            );
            return node.problem(
                format!("recipients are told apart by {name:?}, which is no declared attribute"),
                Some(help),
            );
        };
        if attribute.datatype.is_hashable() && !name.contains('.') {
            return Some(name.to_owned());
        }
        node.problem(format!("recipients can't be told apart by {name:?}: only a text or a number can"), None)
    }
}

fn attribute((name, node): (&str, Node<'_, '_>)) -> Option<Attribute> {
    let root = name.split('.').next().unwrap_or_default();
    if SignalId::of(root).is_some() {
        let help =
            "leave it out, and conditions read the signal; or give the attribute another name".to_owned();
        return node.name_problem(format!("{root:?} is the name of a signal"), help);
    }
    if name.split('.').any(|part| !(1..=MAX_NAME).contains(&part.chars().count()))
        || read::COMBINERS.contains(&name)
    {
        let help = format!("names have 1 to {MAX_NAME} characters");
        return node.name_problem(format!("{name:?} can't be the name of an attribute"), help);
    }
    // declared it is, even wrongly: its uses are no further mistakes
    let datatype = node.one_of("datatype", &Datatype::NAMES).unwrap_or(Datatype::Text);
    Some(Attribute { name: name.to_owned(), datatype })
}

fn saved_groups(object: &Object<'_, '_>) -> Vec<(String, Set)> {
    let group = |(id, node): (&str, Node<'_, '_>)| {
        let values = node.list(|item| datum(&item))?;
        Some((id.to_owned(), Set::new(values, false)))
    };
    object.entries().filter_map(group).collect()
}
