//! Events on their way to the shards of their recipients.
//!
//! Each event goes to the shard of its user or, as long as nobody knows who it is, of its device. Shards are asked at once. One whose recipient moved says where to, and
//! the event follows. What joins two ids (an event with a user and a device, an `alias`) is carried out when the events are stored ([`super::recipients::moves`]).

use super::recipients::moves::Parcel;
use super::shards::{self, Became, Call, Folding, Found, Place, What};
use super::{Names, all as at_once};
use crate::inbound::{Refused, Told};
use crate::profile::event::{self, Event};
use crate::token::{RecipientKey, Shard};
use std::collections::BTreeMap;
use worker::{Env, Error, Result};

/// How often an event may follow a recipient who moved.
const MOST_MOVES: usize = 8;

/// Who sends events.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Sender {
    /// A server, which is trusted to know who is who.
    Server,
    /// A page, whose key everybody can read.
    Page,
}

impl Sender {
    /// May it tell this?
    pub fn may(self, told: &Told) -> std::result::Result<(), Refused> {
        let event = &told.event;
        let sent = || {
            event.event.starts_with("Email ")
                || event.event.starts_with("SMS ")
                || event.event.starts_with("Push ")
        };
        let reason = match (self, event.call) {
            (Self::Page, event::Call::Alias) if !event.user_id.trim().is_empty() => {
                "a page may not say that two ids are one user: identify with `userId` and `anonymousId`, or send the alias from a server"
            }
            (Self::Page, event::Call::Track) if sent() => {
                "what became of messages is told by servers, not by pages"
            }
            (Self::Page, event::Call::Identify) if speaks_for_others(event) => {
                "a page tells of consent on the web only; on other channels servers do"
            }
            _ => return Ok(()),
        };
        let message_id = Some(event.message_id.clone()).filter(|id| !id.is_empty());
        Err(Refused { message_id, reason: reason.to_owned() })
    }
}

/// Does it tell of consent on another channel than the web?
fn speaks_for_others(event: &Event) -> bool {
    let told = event.traits.get("consent").and_then(serde_json::Value::as_object);
    told.is_some_and(|channels| channels.keys().any(|channel| channel != "web"))
}

/// Two ids that are one person's.
struct Join {
    from: Place,
    to: Place,
    /// The first is a device and the second a user; otherwise both are the same.
    to_user: bool,
}

/// Stores events, and says what became of each.
pub async fn all(env: &Env, names: &Names, events: Vec<Told>) -> Result<Vec<What>> {
    let mut joins: Vec<Join> = events.iter().flat_map(|told| aliased(names, &told.event)).collect();
    let mut became = vec![What::Ignored; events.len()];
    let mut waiting: Vec<(usize, Place, Folding)> = events
        .into_iter()
        .enumerate()
        .filter_map(|(number, told)| {
            let (place, device) = addressed(names, &told.event)?;
            let device = device.map(|device| device.recipient);
            Some((number, place.clone(), Folding { recipient: place.recipient, device, told }))
        })
        .collect();
    for _ in 0..MOST_MOVES {
        let answers = round(env, waiting).await?;
        waiting = Vec::new();
        for (number, place, folding, Became { what, join }) in answers {
            match what {
                What::Moved(place) => {
                    let folding = Folding { recipient: place.recipient.clone(), ..folding };
                    waiting.push((number, place, folding));
                }
                what => {
                    became[number] = what;
                    let device = addressed(names, &folding.told.event).and_then(|(_, device)| device);
                    if let Some(from) = device.filter(|_| join) {
                        joins.push(Join { from, to: place, to_user: true });
                    }
                }
            }
        }
        if waiting.is_empty() {
            break;
        }
    }
    if !waiting.is_empty() {
        return Err(Error::RustError("a recipient moved too often".into()));
    }
    for join in joins {
        carry_out(env, join).await?;
    }
    Ok(became)
}

/// Stores what the holder of a token tells of themselves.
pub async fn one(env: &Env, place: Place, told: Told) -> Result<()> {
    let (place, _) = home(env, place).await?;
    let folding = Folding { recipient: place.recipient, device: None, told };
    let became: Vec<Became> = shards::ask(env, Shard(place.shard), &Call::Fold(vec![folding])).await?;
    match became.into_iter().next().map(|became| became.what) {
        Some(What::Refused(reason)) => Err(Error::RustError(reason)),
        _ => Ok(()),
    }
}

/// Asks each shard about its events, all at once.
async fn round(
    env: &Env,
    waiting: Vec<(usize, Place, Folding)>,
) -> Result<Vec<(usize, Place, Folding, Became)>> {
    let mut shards: BTreeMap<u16, Vec<(usize, Place, Folding)>> = BTreeMap::new();
    for event in waiting {
        shards.entry(event.1.shard).or_default().push(event);
    }
    let asked = shards.into_iter().map(|(shard, events)| async move {
        let call = Call::Fold(events.iter().map(|(_, _, folding)| folding.clone()).collect());
        let became: Vec<Became> = shards::ask(env, Shard(shard), &call).await?;
        Ok::<_, Error>(
            events.into_iter().zip(became).map(|((n, p, f), became)| (n, p, f, became)).collect::<Vec<_>>(),
        )
    });
    let mut answers = Vec::new();
    for answer in at_once(asked).await {
        answers.extend(answer?);
    }
    Ok(answers)
}

/// Where an event goes, and the device that it names beside its user.
fn addressed(names: &Names, event: &Event) -> Option<(Place, Option<Place>)> {
    let (user, device) = (present(&event.user_id), present(&event.anonymous_id));
    match (user, device) {
        (Some(user), device) => Some((place(names, user), device.map(|id| device_place(names, id)))),
        (None, Some(device)) => Some((device_place(names, device), None)),
        (None, None) => None,
    }
}

/// What an `alias` makes one. The previous id may be a device's or a user's: which of them it is may only be known later, so it holds of both.
fn aliased(names: &Names, event: &Event) -> Vec<Join> {
    let Some(previous) = present(&event.previous_id).filter(|_| event.call == event::Call::Alias) else {
        return Vec::new();
    };
    match (present(&event.user_id), present(&event.anonymous_id)) {
        (Some(user), _) => vec![
            Join { from: device_place(names, previous), to: place(names, user), to_user: true },
            Join { from: place(names, previous), to: place(names, user), to_user: false },
        ],
        (None, Some(device)) => {
            vec![Join {
                from: device_place(names, previous),
                to: device_place(names, device),
                to_user: false,
            }]
        }
        (None, None) => Vec::new(),
    }
}

/// Makes two ids one, wherever both live by now. A device is the user's who was seen with it first; of others it is noted that it isn't theirs.
async fn carry_out(env: &Env, Join { from, to, to_user }: Join) -> Result<()> {
    let ((home, taken), (to, to_taken)) = (home(env, from.clone()).await?, home(env, to).await?);
    if home == to {
        return Ok(());
    }
    match (to_user, taken, to_taken) {
        (true, false, _) => hand_over(env, &home, &to, true).await,
        (true, true, _) => adopt(env, &to, &from, None).await,
        // two devices, one of which has become a user's
        (false, true, false) => hand_over(env, &to, &home, true).await,
        (false, false, true) => hand_over(env, &home, &to, true).await,
        // two users stay two, whatever their devices say
        (false, true, true) => Ok(()),
        (false, false, false) if home.recipient < to.recipient => hand_over(env, &to, &home, false).await,
        (false, false, false) => hand_over(env, &home, &to, false).await,
    }
}

/// Moves what is known of one id to another. What was surrendered before goes where it was meant to.
async fn hand_over(env: &Env, from: &Place, to: &Place, user: bool) -> Result<()> {
    let call = Call::Surrender { recipient: from.recipient.clone(), to: to.clone(), user };
    let parcel: Option<Parcel> = shards::ask(env, Shard(from.shard), &call).await?;
    if parcel.is_some() {
        let to = find(env, from).await?.moved.unwrap_or_else(|| to.clone());
        adopt(env, &to, from, parcel).await?;
        let call = Call::Arrived { recipient: from.recipient.clone() };
        shards::ask::<()>(env, Shard(from.shard), &call).await?;
    }
    Ok(())
}

async fn adopt(env: &Env, to: &Place, from: &Place, parcel: Option<Parcel>) -> Result<()> {
    let call = Call::Adopt { recipient: to.recipient.clone(), from: from.clone(), parcel };
    shards::ask::<()>(env, Shard(to.shard), &call).await
}

/// Where a recipient lives by now, and whether they are a device that went to a user. What is still on its way arrives first.
pub async fn home(env: &Env, mut place: Place) -> Result<(Place, bool)> {
    let mut user = false;
    for _ in 0..MOST_MOVES {
        let found = find(env, &place).await?;
        let Some(next) = found.moved else { return Ok((place, user)) };
        if found.pending {
            hand_over(env, &place, &next, found.user).await?;
        }
        (place, user) = (next, user || found.user);
    }
    Err(Error::RustError("a recipient moved too often".into()))
}

async fn find(env: &Env, place: &Place) -> Result<Found> {
    shards::ask(env, Shard(place.shard), &Call::Find { recipient: place.recipient.clone() }).await
}

fn present(id: &str) -> Option<&str> {
    Some(id.trim()).filter(|id| !id.is_empty())
}

fn place(names: &Names, user: &str) -> Place {
    let (key, shard) = names.place(user);
    Place { recipient: key.to_string(), shard: shard.0 }
}

fn device_place(names: &Names, device: &str) -> Place {
    let key = RecipientKey::of_device(names.secret.as_bytes(), device);
    Place { recipient: key.to_string(), shard: Shard::of(&key, names.shards).0 }
}
