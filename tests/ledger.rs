//! Tries to sell more than there is: shards and a campaign's ledger, with messages that are lost, come twice, late and in any order, and with crashes.
//!
//! The world here is what the Worker's objects are to each other: each side has what it wrote down, and messages of which anything may become. A crash loses every
//! message that is under way and nothing else.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::panic, clippy::unwrap_used)]

use apropos::campaign::ledger::{Account, Ledger, Wish};
use apropos::time::{MINUTE, Timestamp};
use proptest::prelude::*;

const SHARDS: usize = 4;
/// What one promise takes.
const COSTS: [u64; 3] = [1, 2, 5];

/// A message under way.
#[derive(Clone, Debug)]
enum Message {
    Wish(usize, Wish),
    Answer(usize, Account),
}

#[derive(Clone, Debug)]
enum Step {
    /// A shard asks for so much.
    Ask(usize, u64),
    /// It promises somebody what costs so much.
    Promise(usize, u64),
    /// It gives back what it holds, and tells so.
    GiveBack(usize),
    /// The message at that place arrives; it may arrive again.
    Deliver(usize, bool),
    /// The message at that place is lost.
    Lose(usize),
    /// Somebody pulls the plug.
    Crash,
    /// The budget is said to be so much more in all.
    Raise(u64),
    /// Time goes by.
    Pass(i64),
}

fn step() -> impl Strategy<Value = Step> {
    let shard = 0..SHARDS;
    let cost = prop::sample::select(COSTS.to_vec());
    prop_oneof![
        4 => (shard.clone(), cost.clone()).prop_map(|(shard, least)| Step::Ask(shard, least)),
        6 => (shard.clone(), cost).prop_map(|(shard, cost)| Step::Promise(shard, cost)),
        1 => shard.prop_map(Step::GiveBack),
        8 => (0..64usize, prop::bool::weighted(0.3)).prop_map(|(place, again)| Step::Deliver(place, again)),
        1 => (0..64usize).prop_map(Step::Lose),
        1 => Just(Step::Crash),
        1 => (0..40u64).prop_map(Step::Raise),
        1 => (0..3 * MINUTE).prop_map(Step::Pass),
    ]
}

struct World {
    ledger: Ledger,
    shards: [Account; SHARDS],
    under_way: Vec<Message>,
    keep: u64,
    total: u64,
    now: Timestamp,
}

impl World {
    fn new(total: u64, keep: u64) -> Self {
        let mut ledger = Ledger::default();
        ledger.tell(total);
        let now = Timestamp(1_800_000_000_000);
        Self { ledger, shards: Default::default(), under_way: Vec::new(), keep, total, now }
    }

    fn ask(&mut self, shard: usize, least: u64) {
        let wish = Wish { account: self.shards[shard], least, keep: self.keep };
        self.under_way.push(Message::Wish(shard, wish));
    }

    fn arrive(&mut self, message: Message) {
        match message {
            Message::Wish(shard, wish) => {
                let answer = self.ledger.lease(&shard.to_string(), &wish, self.now);
                self.under_way.push(Message::Answer(shard, answer));
            }
            Message::Answer(shard, account) => self.shards[shard].hear(account),
        }
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Ask(shard, least) => self.ask(shard, least),
            Step::Promise(shard, cost) => drop(self.shards[shard].spend(cost)),
            Step::GiveBack(shard) => {
                self.shards[shard].give_back();
                self.ask(shard, 0);
            }
            Step::Deliver(place, again) if !self.under_way.is_empty() => {
                let place = place % self.under_way.len();
                let message =
                    if again { self.under_way[place].clone() } else { self.under_way.swap_remove(place) };
                self.arrive(message);
            }
            Step::Lose(place) if !self.under_way.is_empty() => {
                let _ = self.under_way.swap_remove(place % self.under_way.len());
            }
            Step::Crash => self.under_way.clear(),
            Step::Raise(more) => {
                self.total += more;
                self.ledger.tell(self.total);
            }
            Step::Pass(time) => self.now = Timestamp(self.now.0 + time),
            Step::Deliver(..) | Step::Lose(_) => {}
        }
    }

    fn spent(&self) -> u64 {
        self.shards.iter().map(|account| account.spent).sum()
    }

    /// Each shard asks, and its answer arrives.
    fn talk(&mut self, shard: usize, least: u64) {
        self.under_way.clear();
        self.ask(shard, least);
        while let Some(message) = self.under_way.pop() {
            self.arrive(message);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    /// Whatever becomes of messages, no more is promised than there is, and what must stay stays.
    #[test]
    fn never_more_than_there_is(total in 0..120u64, keep in 0..4u64, steps in prop::collection::vec(step(), 0..200)) {
        let mut world = World::new(total, keep);
        for step in steps {
            world.take(step);
            let held: u64 = world.shards.iter().map(Account::held).sum();
            prop_assert!(world.spent() + held <= world.total.saturating_sub(keep), "{} spent and {held} held of {}", world.spent(), world.total);
        }
    }

    /// When things have calmed down nothing is missing: all that was not promised can be, to the last piece.
    #[test]
    fn nothing_gets_lost(total in 0..120u64, steps in prop::collection::vec(step(), 0..120)) {
        let mut world = World::new(total, 0);
        for step in steps {
            world.take(step);
        }
        for shard in 0..SHARDS {
            world.talk(shard, 0);
            world.shards[shard].give_back();
            world.talk(shard, 0);
        }
        prop_assert_eq!(world.ledger.spent(), world.spent());
        prop_assert_eq!(world.ledger.leased(), 0);
        prop_assert_eq!(world.ledger.free(), world.total - world.spent());
        // one shard with an endless queue of people
        for _ in 0..=world.total {
            world.talk(0, 1);
            while world.shards[0].spend(1) {}
        }
        prop_assert_eq!(world.spent(), world.total);
    }

    /// Between two counts no more is promised than the first one found, however late it came, and what is counted again isn't counted twice.
    #[test]
    fn a_count_of_stock_is_the_most_that_is_promised_after_it(
        left in 0..40u64, age in 0..5 * MINUTE, before in prop::collection::vec(step(), 0..80), after in prop::collection::vec(step(), 0..80),
    ) {
        let mut world = World::new(0, 0);
        world.ledger = Ledger::default();
        world.ledger.count(30, world.now);
        let mut promised = vec![(world.now, 0)];
        for step in before.into_iter().filter(|step| !matches!(step, Step::Raise(_))) {
            world.take(step);
            promised.push((world.now, world.spent()));
        }
        let counted = Timestamp((world.now.0 - age).max(promised[0].0.0 + 1));
        let by_then = promised.iter().rev().find(|(at, _)| *at < counted).map_or(0, |(_, spent)| *spent);
        for _ in 0..2 {
            world.ledger.count(left, counted);
        }
        world.ledger.count(1000, promised[0].0);
        // leases that were out when it was counted may be promised besides, for their term
        let most = (by_then + left).max(world.ledger.spent() + world.ledger.leased());
        prop_assert!(world.ledger.total() <= by_then + left, "{} after {by_then}", world.ledger.total());
        for step in after.into_iter().filter(|step| !matches!(step, Step::Raise(_))) {
            world.take(step);
            let held: u64 = world.shards.iter().map(Account::held).sum();
            prop_assert!(world.spent() + held <= most, "{} and {held} of {most}", world.spent());
        }
    }
}

#[test]
fn what_costs_a_tenth_can_be_paid_from_one_ten_times() {
    use apropos::campaign::ledger::units;
    let mut ledger = Ledger::default();
    ledger.tell(units(1.0));
    let (mut account, mut paid) = (Account::default(), 0);
    loop {
        let wish = Wish { account, least: units(0.1), keep: 0 };
        account.hear(ledger.lease("0", &wish, Timestamp(0)));
        if !account.spend(units(0.1)) {
            break;
        }
        paid += 1;
    }
    assert_eq!(paid, 10);
}
