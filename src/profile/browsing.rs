//! What a recipient looked at: counts that fade, the newest acts, the cart.

use super::{Decayed, Latest, Pace, Recent, few};
use crate::hash::Key;
use crate::time::{DAY, MINUTE, Span, Timestamp};
use serde::{Deserialize, Serialize};

/// A page after a longer silence starts a new visit: the half hour of web analytics.
pub const SESSION_GAP: Span = Span(30 * MINUTE);

/// For how long acts are kept.
const ACTS_KEPT: Span = Span(2 * DAY);

/// How late an act may come to be known and still count a visit: every act within half an hour of it is then still kept.
pub const LATEST_VISIT: Span = Span(ACTS_KEPT.0 - SESSION_GAP.0);

/// What the recipient looked at.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Browsing {
    /// Visits (an act after half an hour of silence starts a new one).
    pub sessions: Decayed<14>,
    /// Products viewed.
    pub product_views: Pace<14>,
    /// Pages that build trust: help, delivery, returns, guarantee.
    pub info_views: Decayed<14>,
    /// Pages about prices: sale, offers, plans.
    pub price_views: Decayed<14>,
    /// Searches.
    pub searches: Decayed<14>,
    /// Products put on a wish list.
    pub wishes: Decayed<30>,
    /// Minutes spent on pages.
    pub dwell_minutes: Decayed<14>,
    /// Average value of the last visit's pages, as web analytics counts it.
    pub page_value: Latest<f32>,
    /// The last sign of browsing.
    pub last_visit: Option<Timestamp>,
    /// When a checkout was last begun.
    pub last_checkout: Option<Timestamp>,
    /// Views per product category, the eight strongest.
    pub categories: Vec<(String, Decayed<14>)>,
    /// The newest acts of two days, with the seconds that each took: what the session is told from.
    pub acts: Recent<(Act, u16), 32>,
    /// What was put into the cart or taken out since the last order.
    pub cart: Recent<Line, 24>,
}

/// What a recipient did on the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Saw a page.
    Page,
    /// Saw a product.
    Product,
    /// Saw a page that builds trust.
    Info,
    /// Saw a page about prices.
    Price,
    /// Searched.
    Search,
    /// Put something into the cart.
    Cart,
    /// Began a checkout.
    Checkout,
}

/// Something put into the cart, or taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// The product.
    pub product: Key,
    /// How many; negative when taken out.
    pub quantity: i16,
    /// The price of one, in hundredths.
    pub cents: u32,
}

/// What lies in the cart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cart {
    /// Money.
    pub value: f64,
    /// Pieces.
    pub items: u32,
    /// When it last changed.
    pub at: Timestamp,
}

/// What happened in the newest visit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Session {
    /// Acts of each kind, in the order of [`Act`].
    pub acts: [u16; 7],
    /// Seconds spent on pages, as they were told.
    pub seconds: u32,
    /// The first act.
    pub start: Timestamp,
    /// The last act.
    pub end: Timestamp,
}

impl Browsing {
    /// Notes that the recipient did something on the site.
    pub(super) fn act(&mut self, act: Act, seconds: u16, at: Timestamp) {
        self.visit(at);
        self.acts.add(at, (act, seconds));
        self.acts.keep(ACTS_KEPT);
        self.last_visit = self.last_visit.max(Some(at));
    }

    /// Counts the visits that an act at `at` makes or joins. A visit counts once, at its first act, whatever order its acts become known in: an act
    /// that joins no visit begins one; one that comes before a visit's first takes its place; one that bridges two makes them one. An act that is known later than
    /// [`LATEST_VISIT`] after the newest, or is older than all 32 that are kept, counts none, since what it might join is forgotten.
    fn visit(&mut self, at: Timestamp) {
        let known = self.acts.all();
        let place = known.partition_point(|(time, _)| *time <= at);
        let before = place.checked_sub(1).map(|last| known[last].0);
        let after = known.get(place).map(|(time, _)| *time);
        let late = self.acts.newest().is_some_and(|newest| newest.since(at) > LATEST_VISIT);
        if late || (before.is_none() && self.acts.is_full()) {
            return;
        }
        let begins = |time: Timestamp| before.is_none_or(|before| time.since(before) > SESSION_GAP);
        if begins(at) {
            self.sessions.add(1.0, at);
        }
        if let Some(next) = after.filter(|next| begins(*next) && next.since(at) <= SESSION_GAP) {
            self.sessions.add(-1.0, next);
        }
    }

    /// Takes over what another record of the same person holds. Visits that go on from one record to the other count once, as far as acts are kept.
    pub(super) fn merge(&mut self, other: &Self) {
        self.sessions.merge(&other.sessions);
        self.join_visits(&other.acts);
        self.product_views.merge(&other.product_views);
        self.info_views.merge(&other.info_views);
        self.price_views.merge(&other.price_views);
        self.searches.merge(&other.searches);
        self.wishes.merge(&other.wishes);
        self.dwell_minutes.merge(&other.dwell_minutes);
        self.page_value.merge(&other.page_value);
        self.last_visit = self.last_visit.max(other.last_visit);
        self.last_checkout = self.last_checkout.max(other.last_checkout);
        few::merge(&mut self.categories, &other.categories);
        self.acts.merge(&other.acts);
        self.acts.keep(ACTS_KEPT);
        self.cart.merge(&other.cart);
    }

    /// Counts visits once that both records tell of.
    fn join_visits(&mut self, other: &Recent<(Act, u16), 32>) {
        if self.acts.is_empty() || other.is_empty() {
            return;
        }
        let times = |acts: &Recent<(Act, u16), 32>| acts.all().iter().map(|(at, _)| *at).collect::<Vec<_>>();
        let (ours, theirs) = (times(&self.acts), times(other));
        let mut all = [ours.as_slice(), theirs.as_slice()].concat();
        all.sort_unstable();
        for start in visits(&ours).chain(visits(&theirs)) {
            self.sessions.add(-1.0, start);
        }
        for start in visits(&all) {
            self.sessions.add(1.0, start);
        }
    }

    /// What lies in the cart: what was put in, less what was taken out; none when that is nothing.
    #[must_use]
    pub fn cart(&self) -> Option<Cart> {
        let lines = self.cart.all();
        let mut cart = Cart { value: 0.0, items: 0, at: self.cart.newest()? };
        for (i, (_, line)) in lines.iter().enumerate() {
            let same = |(_, other): &&(Timestamp, Line)| other.product == line.product;
            if lines[i + 1..].iter().any(|other| same(&other)) {
                continue; // counted with the newest word on this product, at its price
            }
            let left: i32 = lines.iter().filter(same).map(|(_, l)| i32::from(l.quantity)).sum();
            let left = left.max(0) as u32;
            cart.items += left;
            cart.value += f64::from(left) * f64::from(line.cents) / 100.0;
        }
        (cart.items > 0).then_some(cart)
    }

    /// The visit that is going on at `now`, or ended less than half an hour before.
    #[must_use]
    pub fn session(&self, now: Timestamp) -> Option<Session> {
        let end = self.acts.newest().filter(|end| now.since(*end) <= SESSION_GAP)?;
        let mut session = Session { start: end, end, ..Session::default() };
        for (at, (act, seconds)) in self.acts.all().iter().rev() {
            if session.start.since(*at) > SESSION_GAP {
                break;
            }
            session.start = *at;
            session.acts[*act as usize] += 1;
            session.seconds += u32::from(*seconds);
        }
        Some(session)
    }
}

/// The first act of each visit among acts in order.
fn visits(times: &[Timestamp]) -> impl Iterator<Item = Timestamp> + '_ {
    let begins = |place: &usize| *place == 0 || times[*place].since(times[place - 1]) > SESSION_GAP;
    (0..times.len()).filter(begins).map(|place| times[place])
}

impl Session {
    /// How many acts of one kind there were.
    #[must_use]
    pub const fn count(&self, act: Act) -> u16 {
        self.acts[act as usize]
    }
}
