//! The documents that deciding commands read: a campaign, what changes while it runs, what it has learned, and plain JSON.

use crate::input::Input;
use crate::report;
use anyhow::{Context as _, Result, bail};
use apropos::campaign::{Campaign, Feeds, Learned, Live, Problems};
use apropos::time::Timestamp;
use std::path::Path;

/// A campaign; none when it has problems, which are told.
pub fn campaign(path: &Path) -> Result<Option<Campaign>> {
    checked(path, Campaign::parse)
}

/// What changes while a campaign runs; nothing is known without a file. None when the file has problems, which are told.
pub fn live(path: Option<&Path>) -> Result<Option<Live>> {
    path.map_or(Ok(Some(Live::UNKNOWN)), |path| checked(path, Live::parse))
}

/// The last that was heard of feeds, by their names; what tells no time was measured `now`. Nothing was heard without a file. None when the file has problems, which are told.
pub fn feeds(path: Option<&Path>, now: Timestamp) -> Result<Option<Feeds>> {
    path.map_or(Ok(Some(Feeds::NONE)), |path| checked(path, |text| Feeds::parse(text, now)))
}

/// What a campaign has learned; nothing without a file. None when the file has problems, which are told.
pub fn learned(path: Option<&Path>, campaign: &Campaign) -> Result<Option<Learned>> {
    let Some(path) = path else { return Ok(Some(Learned::NOTHING)) };
    let learned = checked(path, Learned::parse)?;
    if let Some(learned) = &learned
        && learned.lessons().campaign != campaign.id.name
    {
        let other = &learned.lessons().campaign;
        bail!("{} is of the campaign {other:?}, not of {:?}", path.display(), campaign.id.name);
    }
    Ok(learned)
}

/// Anything else.
pub fn json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T> {
    let input = Input::open(path)?;
    let name = input.name.clone();
    serde_json::from_str(&input.text()?).with_context(|| format!("cannot understand {name}"))
}

fn checked<T>(path: &Path, parse: impl FnOnce(&str) -> Result<T, Problems>) -> Result<Option<T>> {
    let input = Input::open(path)?;
    let name = input.name.clone();
    let text = input.text()?;
    match parse(&text) {
        Ok(document) => Ok(Some(document)),
        Err(problems) => {
            report::problems(&mut anstream::stderr().lock(), &name, &text, &problems.0)?;
            Ok(None)
        }
    }
}
