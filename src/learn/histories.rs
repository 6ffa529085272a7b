//! From events of the Segment spec to rows: what was known of people at each message, by what had happened before.
//!
//! Events are gone through in the order of time. At each message the profile is what the fold made of all *earlier* events, and who is who is what earlier events had told:
//! a visit under an anonymous id is somebody's only from when they signed in, because whoever signs in to pay would else bring their visits along and everybody else none.
//! Signals are read from that profile as a decision at that moment reads them: without consent to personalization they are missing, and without consent to measurement
//! there is no row. Only what *follows* a message is looked up with all that the log knows of who is who.
//!
//! Events of people who share no id don't touch each other, so one such circle is folded at a time; its profiles are dropped when it is through.

use super::moments::{Lessons, Moments, TooMany, key};
use crate::context::{Context, Fetcher, Surface};
use crate::intent::{Facts, Head, SignalSet, Signals};
use crate::profile::event::{Call, Event};
use crate::profile::identity::{Names, Persons};
use crate::profile::{Channel, Folded, Profile, Purpose};
use crate::time::Span;
use std::collections::{BTreeMap, HashMap, HashSet};

/// Which messages make a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum At {
    /// Every message that was delivered by e-mail or SMS.
    #[default]
    Delivery,
    /// Every opening of an e-mail by a person.
    Open,
}

/// What is asked of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wish {
    /// The question: click, convert, unsubscribe or complain.
    pub head: Head,
    /// Within how long after the message the answer counts.
    pub window: Span,
    /// Which messages make a row.
    pub at: At,
}

/// The rows of these events, which may come in any order; a second event with the same message id is the same event. `refused` hears the number of every event that says what
/// can't be, and why.
///
/// # Errors
/// When there are too many rows.
pub fn lessons(
    events: &[Event],
    wish: Wish,
    mut refused: impl FnMut(usize, String),
) -> Result<Lessons, TooMany> {
    let mut order: Vec<usize> = (0..events.len()).collect();
    let mut seen = HashSet::new();
    order.retain(|i| events[*i].message_id.is_empty() || seen.insert(events[*i].message_id.as_str()));
    // of one moment, the order of the text: nobody's order in the files decides anything
    order.sort_by(|a, b| {
        let rank =
            |i: &usize| (events[*i].timestamp, events[*i].id(), &events[*i].message_id, &events[*i].event);
        rank(a).cmp(&rank(b))
    });
    let mut moments = Moments::default();
    order.last().into_iter().for_each(|last| moments.reaches(events[*last].timestamp));
    for circle in circles(events, &order) {
        Circle::default().go(events, &circle, wish, &mut moments, &mut refused)?;
    }
    Ok(moments.lessons(wish.window))
}

/// Events by circles of people: those of one share ids with no other's. Each in the order given.
fn circles(events: &[Event], order: &[usize]) -> Vec<Vec<usize>> {
    let mut sets = Sets::default();
    for event in order.iter().map(|i| &events[*i]) {
        let ids = [&event.user_id, &event.anonymous_id, &event.previous_id].map(|id| id.trim());
        let linked = if event.call == Call::Alias { &ids[..] } else { &ids[..2] };
        let mut linked = linked.iter().filter(|id| !id.is_empty());
        if let Some(first) = linked.next() {
            let first = sets.place(first);
            linked.for_each(|id| {
                let other = sets.place(id);
                sets.join(first, other);
            });
        }
    }
    let mut circles: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for i in order {
        let place = sets.place(events[*i].id());
        circles.entry(sets.root(place)).or_default().push(*i);
    }
    circles.into_values().collect()
}

/// Sets that are joined (union-find with path halving).
#[derive(Default)]
struct Sets<'e> {
    places: HashMap<&'e str, usize>,
    parents: Vec<usize>,
}

impl<'e> Sets<'e> {
    fn place(&mut self, id: &'e str) -> usize {
        let next = self.parents.len();
        let place = *self.places.entry(id).or_insert(next);
        if place == next {
            self.parents.push(next);
        }
        place
    }

    fn root(&mut self, mut place: usize) -> usize {
        while self.parents[place] != place {
            self.parents[place] = self.parents[self.parents[place]];
            place = self.parents[place];
        }
        place
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.root(one), self.root(other));
        self.parents[one.max(other)] = one.min(other);
    }
}

/// People who share ids, as far as the log has been gone through.
#[derive(Default)]
struct Circle<'e> {
    persons: Persons<'e>,
    /// What already told who is who.
    links: HashSet<(&'e str, &'e str, &'e str)>,
    names: Option<Names<'e>>,
    /// By id, and whether it is a user's: an event of it, and what its events came to.
    folded: BTreeMap<(bool, &'e str), (&'e Event, Profile)>,
}

impl<'e> Circle<'e> {
    fn go(
        mut self,
        events: &'e [Event],
        circle: &[usize],
        wish: Wish,
        moments: &mut Moments,
        refused: &mut impl FnMut(usize, String),
    ) -> Result<(), TooMany> {
        let mut all = Persons::default();
        circle.iter().for_each(|i| all.learn(&events[*i]));
        let all = all.names();
        let name = |event: &'e Event| all.of(event).unwrap_or_default();
        for now in circle.chunk_by(|a, b| events[*a].timestamp == events[*b].timestamp) {
            // what happens at the very moment is not known before it
            for event in now.iter().map(|i| &events[*i]) {
                if let Some(channel) = reached(event, wish.at) {
                    self.row(event, channel, key(&[name(event)]), moments)?;
                }
                if is(event, wish.head) {
                    moments.answer(key(&[name(event)]), event.timestamp);
                }
            }
            for i in now {
                if let Folded::Refused(reason) = self.take(&events[*i]) {
                    refused(*i, reason);
                }
            }
        }
        Ok(())
    }

    /// Folds an event into the profile of its id.
    fn take(&mut self, event: &'e Event) -> Folded {
        let previous = if event.call == Call::Alias { event.previous_id.trim() } else { "" };
        if self.links.insert((event.user_id.trim(), event.anonymous_id.trim(), previous)) {
            self.persons.learn(event);
            self.names = None;
        }
        let place = (!event.user_id.trim().is_empty(), event.id());
        let (_, profile) = self.folded.entry(place).or_insert_with(|| (event, Profile::default()));
        profile.fold(event, event.timestamp)
    }

    /// A row of what was known, if measurement was allowed then.
    fn row(
        &mut self,
        event: &'e Event,
        channel: Channel,
        who: u64,
        moments: &mut Moments,
    ) -> Result<(), TooMany> {
        let profile = self.known(event);
        let context = Context {
            surface: if event.event.ends_with("Opened") { Surface::Image } else { Surface::Send },
            fetcher: Fetcher::Person,
            ..Context::default()
        };
        let facts = Facts::new(channel, &profile, &context, event.timestamp);
        if facts.allows(Purpose::Measurement) {
            moments.add(who, who, event.timestamp, &Signals::read(&facts, SignalSet::ALL))?;
        } else {
            moments.unmeasured += 1;
        }
        Ok(())
    }

    /// The profile of the person whom an event tells of, by all that was told before it.
    fn known(&mut self, event: &'e Event) -> Profile {
        let persons = &self.persons;
        let names = self.names.get_or_insert_with(|| persons.names());
        let person = names.of(event);
        let own = self.folded.values().filter(|(first, _)| names.of(first) == person);
        own.map(|(_, profile)| profile)
            .fold(None, |known: Option<Profile>, profile| match known {
                None => Some(profile.clone()),
                Some(mut known) => {
                    known.merge(profile);
                    Some(known)
                }
            })
            .unwrap_or_default()
    }
}

/// The channel by which a message reached a person, if this event makes a row. Push is none of the channels.
fn reached(event: &Event, at: At) -> Option<Channel> {
    if event.call != Call::Track {
        return None;
    }
    match (at, event.event.as_str()) {
        (At::Delivery, "Email Delivered") => Some(Channel::Email),
        (At::Delivery, "SMS Delivered") => Some(Channel::Sms),
        (At::Open, "Email Opened") if event.by_machine() == Ok(false) => Some(Channel::Email),
        _ => None,
    }
}

/// Whether the event is the one that is asked for.
fn is(event: &Event, head: Head) -> bool {
    let what = event.event.split_once(' ').map_or(event.event.as_str(), |(_, what)| what);
    event.call == Call::Track
        && match head {
            Head::Click => {
                matches!(what, "Link Clicked" | "Notification Tapped") && event.by_machine() == Ok(false)
            }
            Head::Convert => event.event == "Order Completed",
            Head::Unsubscribe => what == "Unsubscribed",
            Head::Complain => what == "Marked as Spam",
            _ => false,
        }
}

/// Whether a log can answer this question.
#[must_use]
pub const fn answers(head: Head) -> bool {
    matches!(head, Head::Click | Head::Convert | Head::Unsubscribe | Head::Complain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intent::Value;
    use serde_json::{Value as Json, json};

    fn events(list: &[Json]) -> Vec<Event> {
        list.iter().map(|event| serde_json::from_value(event.clone()).unwrap()).collect()
    }

    fn identify(user: &str, at: &str, measurement: bool) -> Json {
        let consent = json!({"marketing": true, "personalization": true, "measurement": measurement});
        json!({"type": "identify", "userId": user, "timestamp": at, "traits": {"consent": {"email": consent}}})
    }

    fn track(user: &str, at: &str, event: &str) -> Json {
        json!({"type": "track", "userId": user, "timestamp": at, "event": event, "messageId": format!("{user}{at}{event}"),
            "properties": {"product_id": "p", "price": 10, "quantity": 1, "total": 10}})
    }

    fn end() -> Json {
        json!({"type": "page", "userId": "nobody", "timestamp": "2026-12-31T00:00:00Z"})
    }

    fn told(head: Head, list: &[Json]) -> Lessons {
        let wish = Wish { head, window: Span::parse("3d").unwrap(), at: At::Delivery };
        lessons(&events(list), wish, |i, reason| panic!("{i}: {reason}")).unwrap()
    }

    fn value(lessons: &Lessons, signal: &str, row: usize) -> Option<f64> {
        match lessons.frame.column(signal).unwrap().value(row) {
            Value::Number(n) => Some(n),
            _ => None,
        }
    }

    fn story() -> Vec<Json> {
        vec![
            identify("ana", "2026-11-01T00:00:00Z", true),
            track("ana", "2026-11-02T10:00:00Z", "Email Delivered"),
            track("ana", "2026-11-03T10:00:00Z", "Email Link Clicked"),
            track("ana", "2026-11-03T11:00:00Z", "Order Completed"),
            track("ana", "2026-11-10T10:00:00Z", "Email Delivered"),
            track("ana", "2026-11-14T10:00:00Z", "Email Unsubscribed"),
            end(),
        ]
    }

    #[test]
    fn a_row_holds_what_was_known_and_its_label_what_followed() {
        let convert = told(Head::Convert, &story());
        assert_eq!(convert.labels, [true, false]);
        assert_eq!(
            [value(&convert, "purchases", 0), value(&convert, "purchases", 1)],
            [Some(0.0), Some(1.0)]
        );
        assert_eq!(value(&convert, "delivered", 0), Some(0.0), "the message itself is not known before it");
        assert_eq!(convert.whose[0], convert.whose[1]);
        assert_eq!(told(Head::Click, &story()).labels, [true, false]);
        assert_eq!(told(Head::Unsubscribe, &story()).labels, [false, false], "four days later");
    }

    #[test]
    fn whatever_happens_later_changes_no_row() {
        let rows = |list: &[Json]| -> Vec<Vec<String>> {
            let Lessons { frame, labels, .. } = told(Head::Convert, list);
            let row = |i| {
                frame.columns.iter().map(|column| format!("{} {:?}", column.name, column.value(i))).collect()
            };
            (0..labels.len()).map(row).collect()
        };
        let before: Vec<Json> = story();
        let full = rows(&before);
        let mut cut = before.clone();
        cut.retain(|event| event["event"] != "Order Completed" && event["event"] != "Email Link Clicked");
        let without = rows(&cut);
        assert_eq!(full[0], without[0]);
        assert_ne!(full[1], without[1]);
        let mut more = before;
        more.push(track("ana", "2026-11-02T10:00:00Z", "Product Viewed"));
        more.push(track("ana", "2026-11-02T10:00:00.001Z", "Product Added"));
        let later = rows(&more);
        assert_eq!(full[0], later[0], "the very moment included");
        assert_ne!(full[1], later[1]);
    }

    #[test]
    fn who_signs_in_later_did_not_look_before() {
        let look = |at: &str| json!({"type": "track", "anonymousId": "x", "timestamp": at, "event": "Product Viewed"});
        let signed = json!({"type": "track", "anonymousId": "x", "userId": "ana", "timestamp": "2026-11-03T11:00:00Z",
            "event": "Order Completed", "properties": {"total": 5}});
        let bought = json!({"type": "track", "anonymousId": "x", "timestamp": "2026-11-11T11:00:00Z",
            "event": "Order Completed", "properties": {"total": 5}});
        let list = [
            identify("ana", "2026-11-01T00:00:00Z", true),
            look("2026-11-02T09:00:00Z"),
            track("ana", "2026-11-02T10:00:00Z", "Email Delivered"),
            signed,
            track("ana", "2026-11-10T10:00:00Z", "Email Delivered"),
            bought,
            end(),
        ];
        let lessons = told(Head::Convert, &list);
        let views = |row| value(&lessons, "product_views", row).unwrap();
        assert!(views(0) == 0.0 && views(1) > 0.0, "{} {}", views(0), views(1));
        assert_eq!(lessons.labels, [true, true], "what follows is theirs under any id");
    }

    #[test]
    fn order_and_doubles_change_nothing() {
        let mut list = story();
        let sorted = told(Head::Convert, &list);
        list.extend(story().into_iter().filter(|event| event["messageId"].is_string()));
        list.reverse();
        assert_eq!(format!("{sorted:?}"), format!("{:?}", told(Head::Convert, &list)));
    }

    #[test]
    fn without_consent_to_measurement_there_is_no_row() {
        let mut list = story();
        list.push(identify("ana", "2026-11-05T00:00:00Z", false));
        let lessons = told(Head::Convert, &list);
        assert_eq!((lessons.labels.len(), lessons.unmeasured), (1, 1));
        list.remove(0);
        assert_eq!(told(Head::Convert, &list).unmeasured, 2);
    }

    #[test]
    fn a_window_that_is_open_is_left_out() {
        let mut list = story();
        list.retain(|event| event["userId"] != "nobody");
        list.push(track("ana", "2026-11-14T09:00:00Z", "Email Delivered"));
        let lessons = told(Head::Unsubscribe, &list);
        assert_eq!((lessons.labels.len(), lessons.open), (2, 1), "although the answer is there");
    }

    #[test]
    fn openings_by_machines_make_no_row() {
        let open = |at: &str, machine: bool| json!({"type": "track", "userId": "ana", "timestamp": at, "event": "Email Opened", "properties": {"machine_open": machine}});
        let list = [
            identify("ana", "2026-11-01T00:00:00Z", true),
            open("2026-11-02T00:00:00Z", true),
            open("2026-11-03T00:00:00Z", false),
            end(),
        ];
        let wish = Wish { head: Head::Click, window: Span::parse("3d").unwrap(), at: At::Open };
        assert_eq!(lessons(&events(&list), wish, |_, _| ()).unwrap().labels.len(), 1);
    }
}
