//! The Durable Object: one shard of recipients, in SQLite.
//!
//! An object handles one event at a time between its awaits, and there is no await between reading a row, deciding on it and writing it back: so a decision, its
//! exposure and its promise are one step, and any number of image requests at once agree (laws 3 and 4).
//!
//! | table | what it holds |
//! |---|---|
//! | `recipients` | per opaque key: the profile row, and the random *subject* that stands for the recipient in logs. Deleting the row destroys the only link from the subject back |
//! | `firsts` | per recipient and campaign that counts down from it: when a person first opened a message of it |
//! | `promises` | per recipient, campaign and slot: where the link of what was last shown lands |
//! | `messages` | the ids of events that were folded lately: redelivered, they change nothing ([`fold`]) |
//! | `outbox` | lines for the log that are not in the queue yet ([`fold`]) |
//! | `campaigns` | the names of the campaigns that exposures name by key |
//! | `moves`, `aliases` | ids that are another's second id: where they went, and what came here ([`moves`]) |
//!
//! Without consent to personalization nothing of an open is kept, and an old promise is forgotten: then everyone sees the fallback, whose landing the campaign knows.

mod fold;
mod held;
pub mod moves;

use super::running::{self, Running};
use super::shards::{Call, Clicked, MOVED, Opened, Peeked, Place, Visited};
use super::{log, now, report};
use crate::campaign::{Campaign, Slot, Variant};
use crate::context::Context;
use crate::decide::{self, Brief, Creative, Decision, SendWindow};
use crate::intent::Facts;
use crate::profile::row::{self, RowError};
use crate::profile::{Exposure, Profile, Purpose, Sight, fields};
use crate::render::Alphabet;
use crate::time::{Span, Timestamp};
use serde::Serialize;
use std::cell::RefCell;
use std::time::Duration;
use worker::wasm_bindgen; // the macro names it bare
use worker::{
    DurableObject, Env, Request, Response, Result, SqlStorage, SqlStorageValue, State, durable_object,
};

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS recipients (key TEXT PRIMARY KEY, subject BLOB NOT NULL, profile BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS firsts (
    key TEXT, campaign INTEGER, at INTEGER NOT NULL, PRIMARY KEY (key, campaign)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS promises (
    key TEXT, campaign INTEGER, slot INTEGER, variant INTEGER NOT NULL, url TEXT NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (key, campaign, slot)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS messages (key TEXT, id TEXT, at INTEGER NOT NULL, PRIMARY KEY (key, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS outbox (id INTEGER PRIMARY KEY, key TEXT NOT NULL, line TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS campaigns (key INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS moves (
    key TEXT PRIMARY KEY, recipient TEXT NOT NULL, shard INTEGER NOT NULL, user INTEGER NOT NULL, parcel TEXT
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS aliases (
    key TEXT, recipient TEXT, shard INTEGER NOT NULL, own INTEGER NOT NULL, PRIMARY KEY (key, recipient)
) WITHOUT ROWID;";

/// One shard of recipients.
#[durable_object(alarm)]
pub struct Recipients {
    state: State,
    sql: SqlStorage,
    env: Env,
    /// Up to which key the shard is tidied.
    tidied: RefCell<String>,
}

impl DurableObject for Recipients {
    fn new(state: State, env: Env) -> Self {
        let sql = state.storage().sql();
        if let Err(error) = sql.exec(SCHEMA, None) {
            report("schema", &error);
        }
        Self { state, sql, env, tidied: RefCell::default() }
    }

    async fn fetch(&self, mut req: Request) -> Result<Response> {
        match serde_json::from_str(&req.text().await?)? {
            Call::Open { recipient, campaign, slot, context } => {
                let opened = match running::running(&self.env, &campaign).await? {
                    Some(running) => self.open(&recipient, &running, &slot, &context)?,
                    None => Some(Opened::default()),
                };
                self.or_moved(&recipient, opened)
            }
            Call::Click { recipient, campaign, slot, context } => {
                let clicked = match running::get(&self.env, &campaign).await {
                    Some(campaign) => self.click(&recipient, &campaign, &slot, &context)?,
                    None => Some(Clicked::default()),
                };
                self.or_moved(&recipient, clicked)
            }
            Call::Peek { recipient, campaign, context, send } => {
                match running::running(&self.env, &campaign).await? {
                    Some(running) => {
                        self.or_moved(&recipient, self.peek(&recipient, &running, &context, send)?)
                    }
                    None => Response::from_json(&None::<Peeked>),
                }
            }
            Call::Visit { recipient, campaign, context, personal } => {
                let visited = match running::running(&self.env, &campaign).await? {
                    Some(running) => self.visit(&recipient, &running, &context, personal)?,
                    None => Some(Visited::default()),
                };
                self.or_moved(&recipient, visited)
            }
            Call::Import(documents) => {
                let mut moved = Vec::new();
                for (recipient, document) in documents {
                    moved.extend(self.import(&recipient, &document)?);
                }
                Response::from_json(&moved)
            }
            Call::Fold(events) => {
                let became = self.fold(&events)?;
                self.flush().await?;
                Response::from_json(&became)
            }
            Call::Find { recipient } => Response::from_json(&self.find(&recipient)?),
            Call::Surrender { recipient, to, user } => {
                Response::from_json(&self.surrender(&recipient, &to, user)?)
            }
            Call::Adopt { recipient, from, parcel } => {
                let adopted = self.adopt(&recipient, &from, parcel)?;
                self.or_moved(&recipient, adopted)
            }
            Call::Held { recipient } => Response::from_json(&self.held(&recipient)?),
            Call::Forget { recipient } => Response::from_json(&self.forget(&recipient)?),
            Call::Bind { name, value } => Response::from_json(&self.bind(&name, &value)?),
            Call::Arrived { recipient } => Response::from_json(&self.arrived(&recipient)?),
        }
    }

    /// What is due by the clock: lines that the queue didn't take, and what is kept no longer.
    async fn alarm(&self) -> Result<Response> {
        let waiting = self.tidy()?;
        if waiting {
            self.wake(Duration::from_secs(1)).await?;
        }
        self.flush().await?;
        Response::ok("")
    }
}

/// A recipient as stored.
pub struct Stored {
    /// What stands for the recipient in logs.
    pub subject: [u8; 16],
    /// What is known of the recipient.
    pub profile: Profile,
}

/// The subject of a recipient, and their profile if its row can be read.
type Known = ([u8; 16], std::result::Result<Profile, RowError>);

/// What one request is about.
pub struct Moment<'a> {
    recipient: &'a str,
    /// The campaign.
    pub campaign: &'a Campaign,
    /// The slot of it.
    pub slot: &'a Slot,
    /// What the request told.
    pub context: &'a Context,
    /// When.
    pub now: Timestamp,
}

impl Recipients {
    /// The answer, or, when there is none because nothing is known of the recipient here, where they live, or the answer to nobody.
    fn or_moved<T: Serialize + Default>(&self, recipient: &str, answer: Option<T>) -> Result<Response> {
        match answer {
            Some(answer) => Response::from_json(&answer),
            None => match self.moved(recipient)? {
                Some(place) => Ok(Response::from_json(&place)?.with_status(MOVED)),
                None => Response::from_json(&T::default()),
            },
        }
    }

    fn open(
        &self,
        recipient: &str,
        running: &Running,
        slot: &str,
        context: &Context,
    ) -> Result<Option<Opened>> {
        let campaign: &Campaign = &running.campaign;
        let Some((place, slot)) = campaign.slot(slot) else { return Ok(Some(Opened::default())) };
        let Some(mut stored) = self.load(recipient)? else { return Ok(None) };
        let moment = Moment { recipient, campaign, slot, context, now: now() };
        let seed = decide::seed(&stored.subject, campaign);
        let question = running.question(&stored.profile, context, moment.now, seed);
        let (decision, trace) = decide::trace(&question);
        let shown = decision.shown(place).map(|v| &slot.variants[usize::from(v)]);
        let first = self.first_open(&moment, &stored.profile)?;
        let facts = Facts::new(campaign.channel, &stored.profile, context, moment.now);
        let of = |alphabet| Creative::of(campaign, shown, &decision, &facts, &running.feeds, first, alphabet);
        let creative = of(Alphabet::World);
        let spare = (!creative.fonts().is_empty()).then(|| of(Alphabet::BuiltIn));
        let event = log::exposure(&moment, &stored, &question, (&decision, &trace), shown);
        self.remember(&moment, &mut stored, &decision, shown)?;
        Ok(Some(Opened { creative: Some(creative), spare, event }))
    }

    /// When a person first opened a message of the campaign, be it now: what a countdown may run from. Kept with the consent that covers
    /// promises, forgotten without it; of a prefetch or scanner nothing is kept.
    fn first_open(&self, moment: &Moment<'_>, profile: &Profile) -> Result<Option<Timestamp>> {
        if !moment.campaign.counts_from_first_open() {
            return Ok(None);
        }
        let place = || vec![moment.recipient.into(), i64::from(moment.campaign.id.key.0).into()];
        if !profile.consent.covers(moment.campaign.channel, Purpose::Personalization) {
            self.sql.exec("DELETE FROM firsts WHERE key = ? AND campaign = ?", place())?;
            return Ok(None);
        }
        let cursor = self.sql.exec("SELECT at FROM firsts WHERE key = ? AND campaign = ?", place())?;
        if let Some(found) = cursor.raw().next() {
            return Ok(found?.first().map(|at| Timestamp(integer(at))));
        }
        if !moment.context.fetcher.is_person() {
            return Ok(None);
        }
        let values = [place(), vec![moment.now.0.into()]].concat();
        self.sql.exec("INSERT INTO firsts (key, campaign, at) VALUES (?, ?, ?)", values)?;
        Ok(Some(moment.now))
    }

    /// Keeps what an open tells, as far as consent and the fetcher's kind allow.
    fn remember(
        &self,
        moment: &Moment<'_>,
        stored: &mut Stored,
        decision: &Decision,
        shown: Option<&Variant>,
    ) -> Result<()> {
        if !moment.context.fetcher.shows_person() {
            return Ok(()); // nobody will ever see this answer
        }
        let allowed = |purpose| stored.profile.consent.covers(moment.campaign.channel, purpose);
        match shown {
            Some(variant) if allowed(Purpose::Personalization) => self.promise(moment, variant)?,
            _ => self.forget_promise(moment)?,
        }
        let person = moment.context.fetcher.is_person();
        let (may_personalize, may_measure) =
            (allowed(Purpose::Personalization), allowed(Purpose::Measurement));
        let before = row::write(&stored.profile).map_err(damaged)?;
        if let Some(exposure) = decision.exposure(moment.campaign, person).filter(|_| may_personalize) {
            let exposure = joined(exposure, &stored.profile, moment.campaign);
            let news = is_news(&stored.profile, &exposure);
            stored.profile.expose(exposure);
            self.name(moment.campaign)?;
            if person && news && may_measure {
                stored.profile.opened(moment.now);
            }
        }
        self.store_if_changed(moment.recipient, stored, &before)
    }

    fn click(
        &self,
        recipient: &str,
        campaign: &Campaign,
        slot: &str,
        context: &Context,
    ) -> Result<Option<Clicked>> {
        let Some((_, slot)) = campaign.slot(slot) else { return Ok(Some(Clicked::default())) };
        let moment = Moment { recipient, campaign, slot, context, now: now() };
        let promised = self.promised(&moment)?;
        let Some(mut stored) = self.load(recipient)? else { return Ok(None) };
        let mut event = None;
        let measurable = stored.profile.consent.covers(campaign.channel, Purpose::Measurement);
        if context.fetcher.is_person() && measurable {
            let before = row::write(&stored.profile).map_err(damaged)?;
            stored.profile.clicked(campaign.channel, moment.now);
            self.store_if_changed(recipient, &stored, &before)?;
            let variant = promised.as_ref().map(|(variant, _)| *variant);
            event = Some(log::click(&moment, &stored, variant));
        }
        Ok(Some(Clicked { url: promised.map(|(_, url)| url), event }))
    }

    fn peek(
        &self,
        recipient: &str,
        running: &Running,
        context: &Context,
        send: Option<SendWindow>,
    ) -> Result<Option<Peeked>> {
        let Some(stored) = self.load(recipient)? else { return Ok(None) };
        let seed = decide::seed(&stored.subject, &running.campaign);
        let question = running.question(&stored.profile, context, now(), seed);
        Ok(Some(Some(serde_json::to_value(decide::answer(&question, send))?)))
    }

    /// What of a recipient may be used on a landing page. Without consent to personalization in the ledger nothing is theirs there either.
    fn visit(
        &self,
        recipient: &str,
        running: &Running,
        context: &Context,
        personal: bool,
    ) -> Result<Option<Visited>> {
        let Some(stored) = self.load(recipient)? else { return Ok(None) };
        let campaign = &running.campaign;
        if !stored.profile.consent.covers(campaign.channel, Purpose::Personalization) {
            return Ok(Some(None));
        }
        let seed = decide::seed(&stored.subject, campaign);
        let question = running.question(&stored.profile, context, now(), seed);
        let brief = if personal { Brief::of(&question) } else { Brief::promise(&question) };
        Ok(Some(Some(brief)))
    }

    /// Replaces a profile by an imported one. What was shown stays known, and a consent is only ever overruled by a newer word; but a row of a version
    /// that is no longer read says nothing. When the recipient lives elsewhere, it says where, and with whom.
    fn import(
        &self,
        recipient: &str,
        document: &serde_json::Map<String, serde_json::Value>,
    ) -> Result<Option<(Place, serde_json::Map<String, serde_json::Value>)>> {
        let (_, mut profile) = fields::read(document, now())
            .map_err(|errors| damaged(errors.first().map(ToString::to_string).unwrap_or_default()))?;
        let stored = match self.known(recipient)? {
            Some((subject, Err(RowError::Older(_)))) => Stored { subject, profile },
            Some((_, Err(error))) => return Err(damaged(error)),
            Some((subject, Ok(known))) => {
                profile.consent.merge(&known.consent);
                if profile.exposures.is_empty() {
                    profile.exposures = known.exposures;
                }
                Stored { subject, profile }
            }
            None => match self.moved(recipient)? {
                Some(place) => return Ok(Some((place, document.clone()))),
                None => Stored { subject: random()?, profile },
            },
        };
        self.store(recipient, &stored)?;
        Ok(None)
    }

    /// Remembers a campaign's name, which exposures lack.
    fn name(&self, campaign: &Campaign) -> Result<()> {
        let values = vec![i64::from(campaign.id.key.0).into(), campaign.id.name.as_str().into()];
        self.sql.exec("INSERT OR REPLACE INTO campaigns (key, name) VALUES (?, ?)", values)?;
        Ok(())
    }

    fn load(&self, recipient: &str) -> Result<Option<Stored>> {
        let Some((subject, profile)) = self.known(recipient)? else { return Ok(None) };
        Ok(Some(Stored { subject, profile: profile.map_err(damaged)? }))
    }

    /// What is stored of a recipient, whether it can be read or not.
    fn known(&self, recipient: &str) -> Result<Option<Known>> {
        let cursor =
            self.sql.exec("SELECT subject, profile FROM recipients WHERE key = ?", vec![recipient.into()])?;
        let Some(found) = cursor.raw().next() else { return Ok(None) };
        match found?.as_slice() {
            [SqlStorageValue::Blob(subject), SqlStorageValue::Blob(profile)] => {
                let subject = subject.as_slice().try_into().map_err(|_| damaged("subject is damaged"))?;
                Ok(Some((subject, row::read(profile))))
            }
            _ => Err(damaged("recipient row is damaged")),
        }
    }

    fn store(&self, recipient: &str, stored: &Stored) -> Result<()> {
        let profile = row::write(&stored.profile).map_err(damaged)?;
        let values = vec![recipient.into(), stored.subject.to_vec().into(), profile.into()];
        self.sql
            .exec("INSERT OR REPLACE INTO recipients (key, subject, profile) VALUES (?, ?, ?)", values)?;
        Ok(())
    }

    /// Spares the write when nothing changed, as for every further image of an open.
    fn store_if_changed(&self, recipient: &str, stored: &Stored, before: &[u8]) -> Result<()> {
        let after = row::write(&stored.profile).map_err(damaged)?;
        if after == before { Ok(()) } else { self.store(recipient, stored) }
    }

    fn promise(&self, moment: &Moment<'_>, variant: &Variant) -> Result<()> {
        let values = vec![
            moment.recipient.into(),
            i64::from(moment.campaign.id.key.0).into(),
            i64::from(moment.slot.name.key.0).into(),
            i64::from(variant.id.key.0).into(),
            moment.campaign.landing_of(variant).into(),
            moment.now.0.into(),
        ];
        self.sql.exec("INSERT OR REPLACE INTO promises (key, campaign, slot, variant, url, at) VALUES (?, ?, ?, ?, ?, ?)", values)?;
        Ok(())
    }

    fn forget_promise(&self, moment: &Moment<'_>) -> Result<()> {
        self.sql.exec("DELETE FROM promises WHERE key = ? AND campaign = ? AND slot = ?", place(moment))?;
        Ok(())
    }

    /// The variant and landing that the recipient was last shown.
    fn promised(&self, moment: &Moment<'_>) -> Result<Option<(crate::hash::Key, String)>> {
        let cursor = self.sql.exec(
            "SELECT variant, url FROM promises WHERE key = ? AND campaign = ? AND slot = ?",
            place(moment),
        )?;
        let Some(found) = cursor.raw().next() else { return Ok(None) };
        match found?.as_slice() {
            [variant, SqlStorageValue::String(url)] => {
                Ok(Some((crate::hash::Key(integer(variant) as u32), url.clone())))
            }
            _ => Err(damaged("promise is damaged")),
        }
    }
}

/// A guardrail settles every image anew. While an empty message holds, one that is left empty again is the same message.
fn joined(exposure: Exposure, profile: &Profile, campaign: &Campaign) -> Exposure {
    let known = profile.exposure(campaign.id.key).filter(|known| {
        let age = exposure.at.since(known.at);
        known.sight == Sight::Nothing && age >= Span(0) && age < campaign.sticky
    });
    match known {
        Some(known) if exposure.sight == Sight::Nothing => Exposure { at: known.at, ..exposure },
        _ => exposure,
    }
}

/// Has no person looked at this message before? Every image of it comes here. A look at something counts as an exposure; of a look at nothing, which no
/// cap may count, an open since then is the trace.
fn is_news(profile: &Profile, exposure: &Exposure) -> bool {
    let same = |e: &&Exposure| e.campaign == exposure.campaign && e.at == exposure.at;
    match profile.exposures.iter().find(same) {
        None => true,
        Some(known) if known.sight == Sight::Nothing => profile.engagement.last_open < Some(known.at),
        Some(known) => !known.counted,
    }
}

fn damaged(error: impl std::fmt::Display) -> worker::Error {
    worker::Error::RustError(error.to_string())
}

fn integer(value: &SqlStorageValue) -> i64 {
    match value {
        SqlStorageValue::Integer(n) => *n,
        SqlStorageValue::Float(n) => *n as i64,
        _ => 0,
    }
}

fn place(moment: &Moment<'_>) -> Vec<SqlStorageValue> {
    vec![
        moment.recipient.into(),
        i64::from(moment.campaign.id.key.0).into(),
        i64::from(moment.slot.name.key.0).into(),
    ]
}

/// 16 bytes from the platform's generator: a subject must not be derived from anything.
fn random() -> Result<[u8; 16]> {
    use worker::js_sys::{Function, Reflect, Uint8Array, global};
    use worker::wasm_bindgen::{JsCast, JsValue};
    let crypto = Reflect::get(&global(), &JsValue::from_str("crypto"))?;
    let fill: Function = Reflect::get(&crypto, &JsValue::from_str("getRandomValues"))?.dyn_into()?;
    let bytes = Uint8Array::new_with_length(16);
    fill.call1(&crypto, &bytes)?;
    let mut out = [0; 16];
    bytes.copy_to(&mut out);
    Ok(out)
}
