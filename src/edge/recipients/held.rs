//! All that is held of a recipient, to be told or forgotten.

use super::{Recipients, integer};
use crate::campaign::ledger::Pool;
use crate::edge::now;
use crate::edge::shards::{Held, Place};
use crate::hash::Key;
use crate::profile::{Exposure, fields};
use crate::time::Timestamp;
use serde_json::{Value, json};
use worker::{Result, SqlStorageValue};

impl Recipients {
    /// All that is held of a recipient; none when they aren't known here.
    pub(super) fn held(&self, recipient: &str) -> Result<Option<Held>> {
        let stored = self.load(recipient)?;
        let aliases = self.aliases(recipient)?;
        if stored.is_none() && aliases.is_empty() && !self.has_rows(recipient)? {
            return Ok(None);
        }
        let mut document = json!({"recipient": recipient});
        if let Some(stored) = &stored {
            let subject: String = stored.subject.iter().map(|byte| format!("{byte:02x}")).collect();
            document["subject"] = subject.into();
            let mut profile = fields::write("", &stored.profile, now());
            profile.remove("id");
            document["profile"] = profile.into();
            let shown: Result<Vec<Value>> =
                stored.profile.exposures.iter().map(|e| self.shown_as(e)).collect();
            document["shown"] = shown?.into();
        }
        document["first_opens"] = self.first_opens(recipient)?.into();
        document["nothing_chosen"] = self.watched(recipient)?.into();
        document["links"] = self.links(recipient)?.into();
        document["spent_on_promises"] = self.spent_on(recipient)?.into();
        document["events_known_by_id"] = self.count("messages", recipient)?.into();
        document["waiting_for_the_log"] = self.count("outbox", recipient)?.into();
        document["other_ids"] = aliases.iter().map(|place| place.recipient.as_str()).collect();
        Ok(Some(Held { document, aliases }))
    }

    /// Forgets a recipient: every row under their key, and with the subject the only way from the log back to them.
    pub(super) fn forget(&self, recipient: &str) -> Result<()> {
        self.clear(recipient)?;
        for table in ["outbox", "moves"] {
            self.sql.exec(&format!("DELETE FROM {table} WHERE key = ?"), vec![recipient.into()])?;
        }
        Ok(())
    }

    /// The second ids whose way leads here.
    fn aliases(&self, recipient: &str) -> Result<Vec<Place>> {
        let query = "SELECT recipient, shard FROM aliases WHERE key = ? AND own = 1";
        let rows = self.rows(query, vec![recipient.into()])?;
        Ok(rows
            .iter()
            .filter_map(|row| match row.as_slice() {
                [SqlStorageValue::String(other), shard] => {
                    Some(Place { recipient: other.clone(), shard: integer(shard) as u16 })
                }
                _ => None,
            })
            .collect())
    }

    fn has_rows(&self, recipient: &str) -> Result<bool> {
        for table in ["firsts", "watched", "promises", "paid", "messages", "outbox"] {
            if self.count(table, recipient)? > 0 {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn count(&self, table: &str, recipient: &str) -> Result<i64> {
        let query = format!("SELECT count(*) FROM {table} WHERE key = ?");
        let rows = self.rows(&query, vec![recipient.into()])?;
        Ok(rows.first().and_then(|row| row.first()).map_or(0, integer))
    }

    fn campaign_name(&self, key: i64) -> Result<String> {
        let rows = self.rows("SELECT name FROM campaigns WHERE key = ?", vec![key.into()])?;
        Ok(match rows.first().map(Vec::as_slice) {
            Some([SqlStorageValue::String(name)]) => name.clone(),
            _ => Key(key as u32).to_string(),
        })
    }

    fn shown_as(&self, exposure: &Exposure) -> Result<Value> {
        let mut told = serde_json::to_value(exposure)?;
        told["campaign"] = self.campaign_name(i64::from(exposure.campaign.0))?.into();
        Ok(told)
    }

    fn first_opens(&self, recipient: &str) -> Result<Vec<Value>> {
        let rows = self.rows("SELECT campaign, at FROM firsts WHERE key = ?", vec![recipient.into()])?;
        rows.iter()
            .filter_map(|row| match row.as_slice() {
                [campaign, at] => Some((integer(campaign), integer(at))),
                _ => None,
            })
            .map(|(campaign, at)| Ok(json!({"campaign": self.campaign_name(campaign)?, "at": Timestamp(at)})))
            .collect()
    }

    fn watched(&self, recipient: &str) -> Result<Vec<Value>> {
        let rows = self.rows("SELECT campaign, at FROM watched WHERE key = ?", vec![recipient.into()])?;
        let told = rows.iter().filter_map(|row| match row.as_slice() {
            [SqlStorageValue::String(campaign), at] => {
                Some(json!({"campaign": campaign, "at": Timestamp(integer(at))}))
            }
            _ => None,
        });
        Ok(told.collect())
    }

    fn links(&self, recipient: &str) -> Result<Vec<Value>> {
        let query = "SELECT campaign, url, at FROM promises WHERE key = ?";
        let rows = self.rows(query, vec![recipient.into()])?;
        rows.iter()
            .filter_map(|row| match row.as_slice() {
                [campaign, SqlStorageValue::String(url), at] => Some((integer(campaign), url, integer(at))),
                _ => None,
            })
            .map(|(campaign, url, at)| {
                Ok(json!({"campaign": self.campaign_name(campaign)?, "lands_on": url, "at": Timestamp(at)}))
            })
            .collect()
    }

    fn spent_on(&self, recipient: &str) -> Result<Vec<Value>> {
        let query = "SELECT campaign, pool, units, at FROM paid WHERE key = ?";
        let mut told = Vec::new();
        for row in self.rows(query, vec![recipient.into()])? {
            let [campaign, SqlStorageValue::String(name), units, at] = row.as_slice() else { continue };
            let Some(pool) = Pool::named(name) else { continue };
            let (campaign, amount) =
                (self.campaign_name(integer(campaign))?, pool.amount(integer(units) as u64));
            told.push(
                json!({"campaign": campaign, "from": name, "amount": amount, "at": Timestamp(integer(at))}),
            );
        }
        Ok(told)
    }
}
