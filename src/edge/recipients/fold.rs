//! Events folded into profiles, exactly once.
//!
//! The profile, the ids by which its events are known again and the lines that go to the log are written in one step. An event is answered for when that step is
//! stored; a line leaves the outbox when the queue has it, and an alarm sends what the queue didn't take. So nothing that was answered for is lost, and an event
//! that is delivered again within [`MEMORY`] changes nothing. A line may come to the log twice, with the same id.

use super::{Recipients, SqlStorageValue, Stored, integer, random};
use crate::edge::shards::{Became, Folding, Place, What};
use crate::edge::{deadline, log, now, report, seen};
use crate::hash::{Key, fnv1a, mix};
use crate::order;
use crate::profile::{
    Channel, Event, Exposure, Folded, Outcome, Profile, Purpose, Shown, Sight, exposure, row,
};
use crate::time::{DAY, Span, Timestamp};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::time::Duration;
use worker::Result;

/// For how long after it was folded an event is known again by its id.
pub const MEMORY: Span = Span(7 * DAY);
/// When the queue is asked again that didn't take lines.
const AGAIN: Duration = Duration::from_secs(10);
/// How often the shard is tidied.
const TIDY: Duration = Duration::from_secs(24 * 60 * 60);
/// For how long it is kept where a link lands, and when a message was first opened.
const KEPT: Span = Span(400 * DAY);
/// As many recipients are looked at in one alarm.
const AT_ONCE: usize = 500;
/// As many lines go to the queue at once.
const LINES: usize = 100;

/// A recipient while their events are folded.
struct Fresh {
    stored: Option<Stored>,
    /// The row as it was.
    before: Vec<u8>,
    moved: Option<Place>,
    /// The ids of what was folded.
    messages: Vec<String>,
    /// Lines for the log.
    lines: Vec<String>,
}

impl Recipients {
    /// Folds events, in the order of their times. Everything is read and folded before anything is written.
    pub(super) fn fold(&self, events: &[Folding]) -> Result<Vec<Became>> {
        let now = now();
        let mut in_time: Vec<(usize, &Folding)> = events.iter().enumerate().collect();
        order::by_key(&mut in_time, |(place, folding)| (folding.told.event.timestamp, *place));
        let mut fresh: BTreeMap<&str, Fresh> = BTreeMap::new();
        let mut became = vec![Became { what: What::Ignored, join: false }; events.len()];
        for (place, folding) in in_time {
            let recipient = folding.recipient.as_str();
            if !fresh.contains_key(recipient) {
                fresh.insert(recipient, self.fresh(recipient)?);
            }
            let Some(fresh) = fresh.get_mut(recipient) else { continue };
            let what = self.one(fresh, folding, now)?;
            let join = self.joins(fresh, folding)?;
            became[place] = Became { what, join };
        }
        for (recipient, fresh) in fresh {
            self.keep(recipient, &fresh, now)?;
        }
        Ok(became)
    }

    fn fresh(&self, recipient: &str) -> Result<Fresh> {
        let stored = self.load(recipient)?;
        let before =
            stored.as_ref().map(|stored| row::write(&stored.profile)).transpose().map_err(super::damaged)?;
        let moved = if stored.is_none() { self.moved(recipient)? } else { None };
        let (messages, lines) = (Vec::new(), Vec::new());
        Ok(Fresh { stored, before: before.unwrap_or_default(), moved, messages, lines })
    }

    fn one(&self, fresh: &mut Fresh, folding: &Folding, now: Timestamp) -> Result<What> {
        if let Some(place) = &fresh.moved {
            return Ok(What::Moved(place.clone()));
        }
        let (event, said) = (&folding.told.event, folding.told.said);
        let id = message(event);
        if let Some(id) = &id
            && (fresh.messages.contains(id) || self.has_folded(&folding.recipient, id)?)
        {
            return Ok(What::Duplicate);
        }
        let nobody = || Profile::default();
        let known = fresh.stored.as_ref();
        let keeping = event.keeping(&known.map(|s| s.profile.consent).unwrap_or_default(), said);
        if keeping.nothing() {
            return Ok(What::Withheld);
        }
        if keeping.log == Some(Outcome::Shown) {
            return self.shown_by_page(fresh, folding, id);
        }
        let mut profile = known.map_or_else(nobody, |stored| stored.profile.clone());
        match profile.fold(event, now) {
            Folded::Refused(reason) => return Ok(What::Refused(reason)),
            Folded::Duplicate => return Ok(What::Duplicate),
            Folded::Ignored => return Ok(What::Ignored),
            Folded::Applied => {}
        }
        let stored = match &mut fresh.stored {
            Some(stored) => stored,
            none => none.insert(Stored { subject: random()?, profile: Profile::default() }),
        };
        if let Some(outcome) = keeping.log {
            let campaigns = self.touched(&folding.recipient, &stored.profile)?;
            fresh.lines.push(log::outcome(outcome, &stored.subject, event, &campaigns).to_string());
        }
        if keeping.profile {
            stored.profile = profile;
        }
        fresh.messages.extend(id);
        Ok(What::Kept)
    }

    /// Something that a page showed, or that was clicked there: a line of the log and, for whoever allows personalization by the ledger, an exposure that counts against caps.
    fn shown_by_page(&self, fresh: &mut Fresh, folding: &Folding, id: Option<String>) -> Result<What> {
        let event = &folding.told.event;
        let Some(Value::Object(line)) = event.properties.get(seen::LINE) else { return Ok(What::Ignored) };
        let stored = match &mut fresh.stored {
            Some(stored) => stored,
            none => none.insert(Stored { subject: random()?, profile: Profile::default() }),
        };
        fresh.lines.push(log::shown(&stored.subject, event, line).to_string());
        let personal =
            Channel::ALL.iter().any(|c| stored.profile.consent.covers(*c, Purpose::Personalization));
        if let Some(exposure) = exposure_of(line).filter(|_| personal && event.event == seen::VIEWED) {
            stored.profile.expose(exposure);
        }
        fresh.messages.extend(id);
        Ok(What::Kept)
    }

    /// Should it be remembered that the event's device is the recipient's?
    fn joins(&self, fresh: &Fresh, folding: &Folding) -> Result<bool> {
        let Some(device) = folding.device.as_ref().filter(|_| fresh.moved.is_none()) else {
            return Ok(false);
        };
        let consent = fresh.stored.as_ref().map(|stored| stored.profile.consent).unwrap_or_default();
        Ok(folding.told.event.may_join(&consent, folding.told.said)
            && !self.knows_alias(&folding.recipient, device)?)
    }

    fn keep(&self, recipient: &str, fresh: &Fresh, now: Timestamp) -> Result<()> {
        if let Some(stored) = &fresh.stored {
            self.store_if_changed(recipient, stored, &fresh.before)?;
        }
        for id in &fresh.messages {
            let values = vec![recipient.into(), id.as_str().into(), now.0.into()];
            self.sql.exec("INSERT OR REPLACE INTO messages (key, id, at) VALUES (?, ?, ?)", values)?;
        }
        for line in &fresh.lines {
            let values = vec![recipient.into(), line.as_str().into()];
            self.sql.exec("INSERT INTO outbox (key, line) VALUES (?, ?)", values)?;
        }
        Ok(())
    }

    fn has_folded(&self, recipient: &str, id: &str) -> Result<bool> {
        let values = vec![recipient.into(), id.into()];
        Ok(!self.rows("SELECT at FROM messages WHERE key = ? AND id = ?", values)?.is_empty())
    }

    /// Is this the value that a name was first seen with? Remembered as long as the ids of events.
    pub(super) fn bind(&self, name: &str, value: &str) -> Result<bool> {
        let key = format!("{:016x}", mix(fnv1a(name.as_bytes())));
        let rows = self.rows("SELECT id FROM messages WHERE key = ?", vec![key.as_str().into()])?;
        if let Some(first) = rows.first().and_then(|row| row.first()) {
            return Ok(text(first) == Some(value));
        }
        let values = vec![key.into(), value.into(), now().0.into()];
        self.sql.exec("INSERT INTO messages (key, id, at) VALUES (?, ?, ?)", values)?;
        Ok(true)
    }

    /// The campaigns of which something was shown or kept back lately, by name: what the recipient does now may be an answer to one of them.
    fn touched(&self, recipient: &str, profile: &Profile) -> Result<Vec<String>> {
        let rows = self.rows("SELECT campaign FROM watched WHERE key = ?", vec![recipient.into()])?;
        let mut names: Vec<String> =
            rows.iter().filter_map(|row| text(row.first()?).map(str::to_owned)).collect();
        for exposure in &profile.exposures {
            let key = vec![i64::from(exposure.campaign.0).into()];
            for row in self.rows("SELECT name FROM campaigns WHERE key = ?", key)? {
                if let [SqlStorageValue::String(name)] = row.as_slice()
                    && !names.contains(name)
                {
                    names.push(name.clone());
                }
            }
        }
        Ok(names)
    }

    /// Hands the lines of the outbox to the queue. What it doesn't take now, the alarm brings.
    pub(super) async fn flush(&self) -> Result<()> {
        loop {
            let rows =
                self.rows("SELECT id, line FROM outbox ORDER BY id LIMIT ?", vec![(LINES as i64).into()])?;
            let Some(last) = rows.last().and_then(|row| row.first()).map(integer) else { break };
            let lines: Vec<&str> = rows.iter().filter_map(|row| text(row.last()?)).collect();
            let queue = self.env.queue("EVENTS")?;
            if let Err(error) = deadline("EVENTS", queue.send_batch(lines)).await {
                report("lines wait in the outbox", &error);
                return self.wake(AGAIN).await;
            }
            self.sql.exec("DELETE FROM outbox WHERE id <= ?", vec![last.into()])?;
        }
        self.wake(TIDY).await
    }

    /// Tidies, unless that was done within [`TIDY`]: alarms also ring for other things. Whether more is to be tidied.
    pub(super) fn tidy_if_due(&self) -> Result<bool> {
        let due = self.rows("SELECT at FROM dues WHERE name = 'tidy'", vec![])?;
        if due.first().and_then(|row| row.first()).is_some_and(|at| integer(at) > now().0) {
            return Ok(false);
        }
        let waiting = self.tidy()?;
        if !waiting {
            let next = now().plus(Span(TIDY.as_millis() as i64)).0;
            self.sql.exec("INSERT OR REPLACE INTO dues (name, at) VALUES ('tidy', ?)", vec![next.into()])?;
        }
        Ok(waiting)
    }

    /// Forgets what is kept no longer: ids of events after a week, promises and first opens after [`KEPT`], and exposures that no cap looks back to, of as
    /// many recipients as fit into one alarm. Whether others wait.
    fn tidy(&self) -> Result<bool> {
        let now = now();
        let kept = [
            ("messages", MEMORY),
            ("promises", KEPT),
            ("firsts", KEPT),
            ("paid", KEPT),
            ("watched", exposure::MEMORY),
        ];
        for (table, kept) in kept {
            let before = now.plus(Span(-kept.0)).0;
            self.sql.exec(&format!("DELETE FROM {table} WHERE at < ?"), vec![before.into()])?;
        }
        let query = "SELECT key FROM recipients WHERE key > ? ORDER BY key LIMIT ?";
        let from = self.tidied.borrow().clone();
        let rows = self.rows(query, vec![from.into(), (AT_ONCE as i64).into()])?;
        let keys: Vec<&str> = rows.iter().filter_map(|row| text(row.first()?)).collect();
        for key in &keys {
            // one row that can't be read must not keep the others
            let Ok(Some(mut stored)) = self.load(key) else { continue };
            let before = stored.profile.exposures.len();
            stored.profile.exposures.retain(|exposure| now.since(exposure.at) <= exposure::MEMORY);
            if stored.profile.exposures.len() < before {
                self.store(key, &stored)?;
            }
        }
        let waiting = keys.len() == AT_ONCE;
        *self.tidied.borrow_mut() =
            keys.last().filter(|_| waiting).map(|key| (*key).to_owned()).unwrap_or_default();
        Ok(waiting)
    }

    /// Sees to it that the alarm rings no later than this.
    pub(super) async fn wake(&self, after: Duration) -> Result<()> {
        let storage = self.state.storage();
        let by = now().plus(Span(after.as_millis() as i64));
        match storage.get_alarm().await? {
            Some(at) if Timestamp(at) <= by => Ok(()),
            _ => storage.set_alarm(after).await,
        }
    }
}

/// What a line of a page says was shown; none for fallbacks and silence.
fn exposure_of(line: &Map<String, Value>) -> Option<Exposure> {
    if line.get("outcome")?.as_str()? != "show" {
        return None;
    }
    let shown = line.get("assembly")?.as_object()?.iter().filter_map(|(slot, variant)| {
        Some(Shown { slot: Key::of(slot), variant: Key::of(variant.as_str()?) })
    });
    Some(Exposure {
        campaign: Key::of(line.get("campaign")?.as_str()?),
        at: Timestamp::deserialize(line.get("decided_at")?).ok()?,
        counted: true,
        sight: Sight::Assembly(shown.collect()),
        discount: line.get("discount")?.as_u64()?.try_into().ok()?,
        probability: line.get("probability")?.as_f64()?,
    })
}

/// What stands for the id of an event; none when it has none.
fn message(event: &Event) -> Option<String> {
    let id = event.message_id.trim();
    (!id.is_empty()).then(|| format!("{:016x}", mix(fnv1a(id.as_bytes()))))
}

fn text(value: &SqlStorageValue) -> Option<&str> {
    match value {
        SqlStorageValue::String(text) => Some(text),
        _ => None,
    }
}
