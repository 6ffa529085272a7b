//! Ids that turn out to be another's: a device whose user becomes known, a second id of a user.
//!
//! The profile of the second id is merged into the first's ([`Profile::merge`]), which may be on another shard, in three steps that may each be done again:
//!
//! 1. *surrender*: the row leaves `recipients` and waits in `moves` as a [`Parcel`]; from this moment on, whoever asks for the second id is sent to the first;
//! 2. *adopt*: the first id's shard merges the parcel, and notes in `aliases` that it did;
//! 3. *arrived*: the parcel is thrown away, and only the way remains.
//!
//! After a crash between two of them the next event that names both ids goes on where they stopped, since the first id doesn't have the alias yet. Nothing is lost, nothing counts twice.
//!
//! Devices go to users. Of two users, or two devices, the one with the greater key goes to the lesser, whichever came first: so no way leads in a circle, also when two
//! calls say the opposite at once. Whose key it is doesn't matter, as either leads there.

use super::{Recipients, Stored, damaged, integer};
use crate::edge::shards::{Found, Place};
use crate::profile::row;
use serde::{Deserialize, Serialize};
use worker::{Result, SqlStorageValue};

/// All that is known of a recipient, on its way.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Parcel {
    subject: Vec<u8>,
    profile: Vec<u8>,
    /// Campaign, instant.
    firsts: Vec<(i64, i64)>,
    /// Campaign, instant.
    #[serde(default)]
    watched: Vec<(String, i64)>,
    /// Campaign, slot, variant, landing, instant.
    promises: Vec<(i64, i64, i64, String, i64)>,
    /// Campaign, pool, units, instant.
    #[serde(default)]
    paid: Vec<(i64, String, i64, i64)>,
    /// Id, instant.
    messages: Vec<(String, i64)>,
    /// The names of campaigns.
    campaigns: Vec<(i64, String)>,
    /// Second ids that came before.
    aliases: Vec<(String, i64, i64)>,
}

impl Recipients {
    /// Where a recipient went.
    pub(super) fn moved(&self, recipient: &str) -> Result<Option<Place>> {
        Ok(self.find(recipient)?.moved)
    }

    pub(super) fn find(&self, recipient: &str) -> Result<Found> {
        let query = "SELECT recipient, shard, user, parcel IS NOT NULL FROM moves WHERE key = ?";
        let rows = self.rows(query, vec![recipient.into()])?;
        Ok(match rows.first().map(Vec::as_slice) {
            Some([SqlStorageValue::String(to), shard, user, pending]) => Found {
                moved: Some(Place { recipient: to.clone(), shard: integer(shard) as u16 }),
                user: integer(user) != 0,
                pending: integer(pending) != 0,
            },
            _ => Found { moved: None, user: false, pending: false },
        })
    }

    /// Gives up what is known of a recipient. Where they went before, that way stands; the parcel is there until it has arrived.
    pub(super) fn surrender(&self, recipient: &str, to: &Place, user: bool) -> Result<Option<Parcel>> {
        if self.moved(recipient)?.is_none() {
            let parcel = self.pack(recipient)?;
            self.clear(recipient)?;
            let values = vec![
                recipient.into(),
                to.recipient.as_str().into(),
                i64::from(to.shard).into(),
                i64::from(user).into(),
                serde_json::to_string(&parcel)?.into(),
            ];
            self.sql.exec(
                "INSERT INTO moves (key, recipient, shard, user, parcel) VALUES (?, ?, ?, ?, ?)",
                values,
            )?;
        }
        let rows = self.rows("SELECT parcel FROM moves WHERE key = ?", vec![recipient.into()])?;
        match rows.first().map(Vec::as_slice) {
            Some([SqlStorageValue::String(parcel)]) => Ok(Some(serde_json::from_str(parcel)?)),
            _ => Ok(None),
        }
    }

    /// Takes over a parcel, once; none when the recipient lives elsewhere.
    pub(super) fn adopt(&self, recipient: &str, from: &Place, parcel: Option<Parcel>) -> Result<Option<()>> {
        let stored = self.load(recipient)?;
        if stored.is_none() && self.moved(recipient)?.is_some() {
            return Ok(None);
        }
        let alias = vec![recipient.into(), from.recipient.as_str().into()];
        let known = self.rows("SELECT own FROM aliases WHERE key = ? AND recipient = ?", alias)?;
        if known.first().and_then(|row| row.first()).is_some_and(|own| integer(own) != 0) {
            return Ok(Some(()));
        }
        let own = parcel.is_some();
        if let Some(parcel) = parcel {
            self.unpack(recipient, stored, parcel)?;
        }
        self.alias(recipient, &from.recipient, i64::from(from.shard), i64::from(own))?;
        Ok(Some(()))
    }

    /// The parcel has arrived.
    pub(super) fn arrived(&self, recipient: &str) -> Result<()> {
        self.sql.exec("UPDATE moves SET parcel = NULL WHERE key = ?", vec![recipient.into()])?;
        Ok(())
    }

    /// Is it known here that this id is the recipient's, or that it is another's?
    pub(super) fn knows_alias(&self, recipient: &str, other: &str) -> Result<bool> {
        let values = vec![recipient.into(), other.into()];
        Ok(!self.rows("SELECT own FROM aliases WHERE key = ? AND recipient = ?", values)?.is_empty())
    }

    fn alias(&self, recipient: &str, other: &str, shard: i64, own: i64) -> Result<()> {
        let values = vec![recipient.into(), other.into(), shard.into(), own.into()];
        self.sql.exec(
            "INSERT OR REPLACE INTO aliases (key, recipient, shard, own) VALUES (?, ?, ?, ?)",
            values,
        )?;
        Ok(())
    }

    fn pack(&self, recipient: &str) -> Result<Parcel> {
        let who = || vec![recipient.into()];
        let mut parcel = Parcel::default();
        if let Some(Stored { subject, profile }) = self.load(recipient)? {
            parcel.subject = subject.to_vec();
            parcel.profile = row::write(&profile).map_err(damaged)?;
            let names = self.rows("SELECT key, name FROM campaigns", vec![])?;
            let seen = |key: &SqlStorageValue| {
                profile.exposures.iter().any(|e| i64::from(e.campaign.0) == integer(key))
            };
            parcel.campaigns = names
                .iter()
                .filter_map(|row| match row.as_slice() {
                    [key, SqlStorageValue::String(name)] if seen(key) => Some((integer(key), name.clone())),
                    _ => None,
                })
                .collect();
        }
        for row in self.rows("SELECT campaign, at FROM firsts WHERE key = ?", who())? {
            if let [campaign, at] = row.as_slice() {
                parcel.firsts.push((integer(campaign), integer(at)));
            }
        }
        for row in self.rows("SELECT campaign, at FROM watched WHERE key = ?", who())? {
            if let [SqlStorageValue::String(campaign), at] = row.as_slice() {
                parcel.watched.push((campaign.clone(), integer(at)));
            }
        }
        for row in self.rows("SELECT campaign, slot, variant, url, at FROM promises WHERE key = ?", who())? {
            if let [campaign, slot, variant, SqlStorageValue::String(url), at] = row.as_slice() {
                let [campaign, slot, variant, at] = [campaign, slot, variant, at].map(integer);
                parcel.promises.push((campaign, slot, variant, url.clone(), at));
            }
        }
        for row in self.rows("SELECT campaign, pool, units, at FROM paid WHERE key = ?", who())? {
            if let [campaign, SqlStorageValue::String(pool), units, at] = row.as_slice() {
                parcel.paid.push((integer(campaign), pool.clone(), integer(units), integer(at)));
            }
        }
        for row in self.rows("SELECT id, at FROM messages WHERE key = ?", who())? {
            if let [SqlStorageValue::String(id), at] = row.as_slice() {
                parcel.messages.push((id.clone(), integer(at)));
            }
        }
        for row in self.rows("SELECT recipient, shard, own FROM aliases WHERE key = ?", who())? {
            if let [SqlStorageValue::String(other), shard, own] = row.as_slice() {
                parcel.aliases.push((other.clone(), integer(shard), integer(own)));
            }
        }
        Ok(parcel)
    }

    /// Merges a parcel into what is known of a recipient: of two promises and what was spent on them the newer, of two first opens the earlier.
    fn unpack(&self, recipient: &str, stored: Option<Stored>, parcel: Parcel) -> Result<()> {
        if !parcel.profile.is_empty() {
            let profile = row::read(&parcel.profile).map_err(damaged)?;
            let stored = match stored {
                Some(mut stored) => {
                    stored.profile.merge(&profile);
                    stored
                }
                None => {
                    let subject = parcel.subject.as_slice().try_into();
                    Stored { subject: subject.map_err(|_| damaged("subject is damaged"))?, profile }
                }
            };
            self.store(recipient, &stored)?;
        }
        for (campaign, at) in parcel.firsts {
            let values = vec![recipient.into(), campaign.into(), at.into()];
            self.sql.exec("INSERT INTO firsts (key, campaign, at) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET at = min(at, excluded.at)", values)?;
        }
        for (campaign, at) in parcel.watched {
            let values = vec![recipient.into(), campaign.into(), at.into()];
            self.sql.exec("INSERT INTO watched (key, campaign, at) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET at = max(at, excluded.at)", values)?;
        }
        for (campaign, slot, variant, url, at) in parcel.promises {
            let values =
                vec![recipient.into(), campaign.into(), slot.into(), variant.into(), url.into(), at.into()];
            self.sql.exec("INSERT INTO promises (key, campaign, slot, variant, url, at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET variant = excluded.variant, url = excluded.url, at = excluded.at WHERE excluded.at > at", values)?;
        }
        for (campaign, pool, units, at) in parcel.paid {
            let values = vec![recipient.into(), campaign.into(), pool.into(), units.into(), at.into()];
            self.sql.exec("INSERT INTO paid (key, campaign, pool, units, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET units = excluded.units, at = excluded.at WHERE excluded.at > at", values)?;
        }
        for (id, at) in parcel.messages {
            let values = vec![recipient.into(), id.into(), at.into()];
            self.sql.exec("INSERT OR IGNORE INTO messages (key, id, at) VALUES (?, ?, ?)", values)?;
        }
        for (key, name) in parcel.campaigns {
            let values = vec![key.into(), name.into()];
            self.sql.exec("INSERT OR REPLACE INTO campaigns (key, name) VALUES (?, ?)", values)?;
        }
        for (other, shard, own) in parcel.aliases {
            self.alias(recipient, &other, shard, own)?;
        }
        Ok(())
    }

    /// Deletes what is kept of a recipient here, but for the way that they went.
    pub(super) fn clear(&self, recipient: &str) -> Result<()> {
        for table in ["recipients", "firsts", "watched", "promises", "paid", "messages", "aliases"] {
            self.sql.exec(&format!("DELETE FROM {table} WHERE key = ?"), vec![recipient.into()])?;
        }
        Ok(())
    }

    /// The rows of a query.
    pub(super) fn rows(
        &self,
        query: &str,
        values: Vec<SqlStorageValue>,
    ) -> Result<Vec<Vec<SqlStorageValue>>> {
        self.sql.exec(query, values)?.raw().collect()
    }
}
