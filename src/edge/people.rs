//! What is held of a recipient, told and forgotten: `GET` and `DELETE /v1/recipients/{id}`, and the same for who holds a token.
//!
//! A recipient may have several ids, on several shards. All of them are forgotten, the ways to the first before the first itself, so that after a crash on the way the same call
//! goes on. What stays are lines of the log under a random subject that nothing leads to any more.

use super::deliver::home;
use super::shards::{self, Call, Held, Place};
use crate::token::Shard;
use serde_json::{Value, json};
use worker::{Env, Result};

/// All that is held of a recipient; none when they aren't known.
pub async fn held(env: &Env, place: Place) -> Result<Option<Held>> {
    let (place, _) = home(env, place).await?;
    shards::ask(env, Shard(place.shard), &Call::Held { recipient: place.recipient }).await
}

/// The document of [`held`], with the id that was asked for.
pub async fn export(env: &Env, place: Place, id: Option<&str>) -> Result<Option<Value>> {
    let Some(Held { mut document, .. }) = held(env, place).await? else { return Ok(None) };
    if let Some(id) = id {
        document["id"] = json!(id);
    }
    Ok(Some(document))
}

/// Forgets a recipient under every id; whether anything was known of them.
pub async fn erase(env: &Env, place: Place) -> Result<bool> {
    let (place, _) = home(env, place).await?;
    let Some(Held { aliases, .. }) = held(env, place.clone()).await? else { return Ok(false) };
    for Place { recipient, shard } in aliases.into_iter().chain([place]) {
        shards::ask::<()>(env, Shard(shard), &Call::Forget { recipient }).await?;
    }
    Ok(true)
}
