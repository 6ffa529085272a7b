//! Which ids are one person.
//!
//! A person has one *name*: their user id, or, as long as nobody knows who it is, their anonymous id. What joins two ids:
//!
//! - a user id and an anonymous id in one event, or in an `alias` call: whoever browsed under the anonymous id is the user. When an anonymous id was seen with
//!   two users (a shared device), what was done under it alone is the first one's by name, and the users stay two;
//! - an `alias` call of two user ids: `previousId` is another id of `userId`. The person's name is the id that is nobody's previous one, and of several the
//!   first in the order of text.
//!
//! Who is who hangs on the set of events and not on their order.

use super::event::{Call, Event};
use super::{Folded, Profile};
use crate::time::Timestamp;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The profiles of everyone of whom the events of a log tell something, by name. Events are folded id by id and the ids of a person merged
/// ([`Profile::merge`]), so that a refusal under one id stands, whatever was said under another. `refused` hears the number of every event that was refused, and why.
pub fn profiles<'e>(
    events: impl Iterator<Item = &'e Event> + Clone,
    now: Timestamp,
    mut refused: impl FnMut(usize, String),
) -> BTreeMap<&'e str, Profile> {
    let mut persons = Persons::default();
    events.clone().for_each(|event| persons.learn(event));
    let names = persons.names();
    let mut ids: BTreeMap<(&str, &str), Profile> = BTreeMap::new();
    for (number, event) in events.enumerate() {
        let Some(name) = names.of(event) else { continue };
        if let Folded::Refused(reason) = ids.entry((name, event.id())).or_default().fold(event, now) {
            refused(number, reason);
        }
    }
    let mut profiles: BTreeMap<&str, Profile> = BTreeMap::new();
    for ((name, _), profile) in ids.into_iter().filter(|(_, profile)| *profile != Profile::default()) {
        profiles.entry(name).and_modify(|known| known.merge(&profile)).or_insert(profile);
    }
    profiles
}

/// Who is who in a log.
#[derive(Debug, Default)]
pub struct Persons<'e> {
    /// Ids known as users'.
    users: BTreeSet<&'e str>,
    /// Anonymous ids.
    devices: BTreeSet<&'e str>,
    /// Users, and the anonymous ids that they were seen with.
    seen: BTreeSet<(&'e str, &'e str)>,
    /// Ids that an `alias` call made one: the present and the previous.
    aliases: BTreeSet<(&'e str, &'e str)>,
}

impl<'e> Persons<'e> {
    /// Learns from an event.
    pub fn learn(&mut self, event: &'e Event) {
        let [user, device, previous] =
            [&event.user_id, &event.anonymous_id, &event.previous_id].map(|id| id.trim());
        self.users.extend(present(user));
        self.devices.extend(present(device));
        self.seen.extend(present(user).zip(present(device)));
        if event.call == Call::Alias {
            self.aliases.extend(present(event.id()).zip(present(previous)));
        }
    }

    /// The name of the person behind every id that was heard of.
    #[must_use]
    pub fn names(&self) -> Names<'e> {
        let (mut users, mut devices) = (Union::default(), Union::default());
        let (mut seen, mut former) = (self.seen.clone(), BTreeSet::new());
        for (now, previous) in &self.aliases {
            match (self.users.contains(now), self.users.contains(previous)) {
                (true, true) => {
                    users.join(now, previous);
                    former.insert(*previous);
                }
                (true, false) => drop(seen.insert((now, previous))),
                (false, true) => drop(seen.insert((previous, now))),
                (false, false) => devices.join(now, previous),
            }
        }
        let names = least(&mut users, &self.users, |user| (former.contains(user), user));
        let names: HashMap<_, _> = names.into_iter().map(|(user, (_, name))| (user, name)).collect();
        // a device is the first user's of all that were seen with it or what it was made one with
        let mut owners: HashMap<&str, &str> = HashMap::new();
        for (user, device) in &seen {
            owners.entry(devices.root(device)).or_insert(user);
        }
        let known: BTreeSet<_> = self
            .devices
            .iter()
            .copied()
            .chain(devices.ids())
            .chain(seen.iter().map(|(_, device)| *device))
            .collect();
        let own = least(&mut devices, &known, |device| device);
        let mut name = |device: &'e str| {
            let owner = owners.get(devices.root(device)).and_then(|user| names.get(user));
            owner.or_else(|| own.get(device)).copied().unwrap_or(device)
        };
        let devices = known.iter().map(|device| (*device, name(device))).collect();
        Names { users: names, devices }
    }
}

fn present(id: &str) -> Option<&str> {
    (!id.is_empty()).then_some(id)
}

/// The name of the person behind each id.
#[derive(Debug)]
pub struct Names<'e> {
    users: HashMap<&'e str, &'e str>,
    devices: HashMap<&'e str, &'e str>,
}

impl<'e> Names<'e> {
    /// The name of the person that an event tells of; none when it names no id.
    #[must_use]
    pub fn of(&self, event: &'e Event) -> Option<&'e str> {
        let id = present(event.id())?;
        let names = if event.user_id.trim().is_empty() { &self.devices } else { &self.users };
        Some(names.get(id).copied().unwrap_or(id))
    }
}

/// Sets of ids that are joined (Tarjan's union-find with path halving).
#[derive(Default)]
struct Union<'e> {
    parents: HashMap<&'e str, &'e str>,
}

impl<'e> Union<'e> {
    fn ids(&self) -> impl Iterator<Item = &'e str> + '_ {
        self.parents.keys().copied()
    }

    fn parent(&self, id: &'e str) -> &'e str {
        self.parents.get(id).copied().unwrap_or(id)
    }

    fn root(&mut self, mut id: &'e str) -> &'e str {
        while self.parent(id) != id {
            let halfway = self.parent(self.parent(id));
            self.parents.insert(id, halfway);
            id = halfway;
        }
        id
    }

    fn join(&mut self, one: &'e str, two: &'e str) {
        let (one, two) = (self.root(one), self.root(two));
        self.parents.insert(one.max(two), one.min(two));
    }
}

/// The least of each id's set, as `rank` has it.
fn least<'e, R: Ord + Copy>(
    union: &mut Union<'e>,
    ids: &BTreeSet<&'e str>,
    rank: impl Fn(&'e str) -> R,
) -> HashMap<&'e str, R> {
    let mut least: HashMap<&str, R> = HashMap::new();
    for id in ids {
        let rank = rank(id);
        least.entry(union.root(id)).and_modify(|known| *known = rank.min(*known)).or_insert(rank);
    }
    ids.iter().filter_map(|id| Some((*id, *least.get(union.root(id))?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn names(events: &[Value]) -> Vec<String> {
        let event = |value: &Value| {
            let mut value = value.clone();
            value["timestamp"] = json!(0);
            value.as_object_mut().unwrap().entry("type").or_insert("track".into());
            serde_json::from_value::<Event>(value).unwrap()
        };
        let events: Vec<_> = events.iter().map(event).collect();
        let mut told = Vec::new();
        for turn in 0..events.len() {
            let mut persons = Persons::default();
            events.iter().cycle().skip(turn).take(events.len()).for_each(|event| persons.learn(event));
            let names = persons.names();
            let these: Vec<_> = events.iter().map(|event| names.of(event).unwrap().to_owned()).collect();
            assert!(told.is_empty() || told == these, "the order of events changed who is who");
            told = these;
        }
        told
    }

    #[test]
    fn who_browsed_is_who_signed_in_later() {
        let [browsed, signed_in] =
            [json!({"anonymousId": "x"}), json!({"userId": "ana", "anonymousId": "x"})];
        assert_eq!(names(&[browsed.clone(), signed_in]), ["ana", "ana"]);
        assert_eq!(names(&[browsed, json!({"userId": "ana", "anonymousId": null})]), ["x", "ana"]);
    }

    #[test]
    fn two_users_of_one_device_stay_two_unless_an_alias_says_otherwise() {
        let shared = [
            json!({"anonymousId": "x"}),
            json!({"userId": "ana", "anonymousId": "x"}),
            json!({"userId": "bo", "anonymousId": "x"}),
        ];
        assert_eq!(names(&shared), ["ana", "ana", "bo"]);
        let alias = |previous: &str, id: &str| json!({"type": "alias", "previousId": previous, "userId": id});
        let told = |alias| names(&[&shared[..], &[alias]].concat());
        assert_eq!(told(alias("bo", "ana")), ["ana", "ana", "ana", "ana"]);
        assert_eq!(told(alias("ana", "bo")), ["bo", "bo", "bo", "bo"]);
        // what analytics.js sends when someone signs in is no word on two users
        assert_eq!(told(alias("x", "bo")), ["ana", "ana", "bo", "bo"]);
    }

    #[test]
    fn a_chain_of_aliases_is_one_person() {
        let alias = |previous: &str, id: &str| json!({"type": "alias", "previousId": previous, "userId": id});
        let chain = [alias("d", "c"), alias("b", "a"), alias("c", "b"), json!({"anonymousId": "d"})];
        assert_eq!(names(&chain), ["a", "a", "a", "a"]);
    }
}
