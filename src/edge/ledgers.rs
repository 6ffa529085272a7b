//! What a campaign may give away ([`crate::campaign::ledger`]): kept in the SQLite of its Durable Object, asked by shards and by the admin.
//!
//! Reading a ledger, leasing from it and writing it back is one step without an await, and no answer leaves before that is stored: so whatever was leased is known
//! after a crash. That an answer is lost, or a call comes twice, is what accounts are made for.

use super::recipients::PATIENCE;
use super::{now, within};
use crate::campaign::Live;
use crate::campaign::ledger::{self, Account, Ledger, Pool, Wish};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::time::Duration;
use worker::wasm_bindgen::JsValue;
use worker::{Env, Error, Method, Request, RequestInit, Response, Result, SqlStorage, SqlStorageValue};

/// One row for each pool.
pub const SCHEMA: &str =
    "CREATE TABLE IF NOT EXISTS ledgers (pool TEXT PRIMARY KEY, ledger TEXT NOT NULL) WITHOUT ROWID;";

/// What a campaign's object is asked about its ledgers.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    /// Hear what a shard tells of its accounts, and lease what it wishes for.
    Lease {
        /// Who.
        shard: String,
        /// Of each pool.
        wishes: Vec<(Pool, Wish)>,
    },
    /// This was said of budgets and stock, in the place of what was said before.
    Say(Live),
    /// How do the ledgers stand?
    Stand,
}

/// The answer to [`Call::Lease`].
pub type Leased = Vec<(Pool, Account)>;

/// Asks a campaign's object.
///
/// # Errors
/// When it fails or does not answer in time. Those who open a mail wait for it: the time is short.
pub async fn ask<T: DeserializeOwned>(env: &Env, campaign: &str, call: &Call) -> Result<T> {
    within(Duration::from_millis(PATIENCE.0 as u64), "CAMPAIGNS", async {
        let stub = env.durable_object("CAMPAIGNS")?.get_by_name(campaign)?;
        let mut init = RequestInit::new();
        init.with_method(Method::Post).with_body(Some(JsValue::from_str(&serde_json::to_string(call)?)));
        let request = Request::new_with_init("https://campaigns/ledgers", &init)?;
        let mut response = stub.fetch_with_request(request).await?;
        match response.status_code() {
            200 => response.json().await,
            status => Err(Error::RustError(format!("a campaign answered {status}"))),
        }
    })
    .await
}

/// What a campaign's object answers.
pub fn answer(sql: &SqlStorage, call: Call) -> Result<Response> {
    match call {
        Call::Lease { shard, wishes } => Response::from_json(&lease(sql, &shard, wishes)?),
        Call::Say(live) => Response::from_json(&say(sql, &live)?),
        Call::Stand => Response::from_json(&stand(sql)?),
    }
}

fn lease(sql: &SqlStorage, shard: &str, wishes: Vec<(Pool, Wish)>) -> Result<Leased> {
    let mut ledgers = read(sql)?;
    let mut leased = Leased::new();
    for (pool, wish) in wishes {
        let ledger = ledgers.entry(pool.clone()).or_default();
        let before = ledger.clone();
        leased.push((pool.clone(), ledger.lease(shard, &wish, now())));
        if *ledger != before {
            write(sql, &pool, ledger)?;
        }
    }
    Ok(leased)
}

/// Whatever isn't named has nothing.
fn say(sql: &SqlStorage, live: &Live) -> Result<()> {
    let mut ledgers = read(sql)?;
    for name in live.budgets.keys() {
        ledgers.entry(Pool::Budget(name.clone())).or_default();
    }
    for name in live.stock.keys() {
        ledgers.entry(Pool::Stock(name.clone())).or_default();
    }
    for (pool, mut ledger) in ledgers {
        match &pool {
            Pool::Budget(name) => {
                ledger.tell(live.budgets.get(name).map_or(0, |money| ledger::units(*money)))
            }
            Pool::Stock(name) => match live.stock.get(name) {
                // nothing was counted in the future
                Some(stock) => ledger.count(u64::from(stock.left), stock.at.min(now())),
                None => ledger.count(0, now()),
            },
        }
        write(sql, &pool, &ledger)?;
    }
    Ok(())
}

/// How the ledgers stand, as people count: money and pieces.
fn stand(sql: &SqlStorage) -> Result<Value> {
    let (mut budgets, mut stock) = (Map::new(), Map::new());
    for (pool, ledger) in read(sql)? {
        let amount = |units| match &pool {
            Pool::Budget(_) => json!(pool.amount(units)),
            Pool::Stock(_) => json!(units),
        };
        let told = json!({
            "total": amount(ledger.total()), "spent": amount(ledger.spent()), "leased": amount(ledger.leased()), "left": amount(ledger.free()),
        });
        match &pool {
            Pool::Budget(name) => budgets.insert(name.clone(), told),
            Pool::Stock(name) => stock.insert(name.clone(), told),
        };
    }
    Ok(json!({"budgets": budgets, "stock": stock}))
}

fn read(sql: &SqlStorage) -> Result<BTreeMap<Pool, Ledger>> {
    let mut ledgers = BTreeMap::new();
    for row in sql.exec("SELECT pool, ledger FROM ledgers", None)?.raw() {
        let row = row?;
        let [SqlStorageValue::String(pool), SqlStorageValue::String(ledger)] = row.as_slice() else {
            continue;
        };
        let Some(pool) = Pool::named(pool) else { continue };
        ledgers.insert(pool, serde_json::from_str(ledger)?);
    }
    Ok(ledgers)
}

fn write(sql: &SqlStorage, pool: &Pool, ledger: &Ledger) -> Result<()> {
    let values = vec![pool.to_string().into(), serde_json::to_string(ledger)?.into()];
    sql.exec("INSERT OR REPLACE INTO ledgers (pool, ledger) VALUES (?, ?)", values)?;
    Ok(())
}
