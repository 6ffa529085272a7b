//! What a campaign may give away: money and pieces, counted down in one place and leased to those who spend them.
//!
//! A campaign has a [`Ledger`] for each of its pools: a budget, or the stock of a product. Whoever serves recipients (a shard) has an [`Account`] in it and spends only what
//! was leased to it, without asking anybody; so a thousand people at once are never promised more than there is.
//!
//! An account is three counts that only grow: units *granted* to the shard, *spent* by it, and *returned*. Both sides keep their copy, and of two counts the greater is true. So a
//! message may be lost, come twice, or late, and a lease that is asked for again because its answer was lost is the same lease: the ledger grants more only to
//! whoever knows all that it was granted before. After a crash each side goes on from what it had written down.
//!
//! **A promise is spent when it is first shown**, by an open or ahead of one, and stays so whether it is claimed or not: nobody knows before the offer ends, and a shown
//! code can't be taken back. Within `sticky` the same promise costs once, however often it is looked at. Whoever wants to give away more says a greater total; a new count of
//! stock starts from that count.

use super::{Campaign, Live, Stock};
use crate::time::{MINUTE, Span, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// For how long a shard may spend what was leased to it, before it returns the rest and asks anew. A total that is lowered takes this long to hold everywhere.
pub const TERM: Span = Span(MINUTE);
/// A lease is this part of what is free, so that leases grow small as a pool runs out.
const PART: u64 = 32;
/// How many units there are to a piece of money: what costs 0.1 can be paid from 1 ten times exactly.
const UNITS: f64 = 1e6;
/// For how many minutes it is remembered how much had been spent: a count of stock may come so late.
const REMEMBERED: usize = 60;

/// What units are taken from: a budget, or the stock of a product.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pool {
    /// Money that pays for incentives, in millionths.
    Budget(String),
    /// Pieces of a product.
    Stock(String),
}

/// `budget/spring`, `stock/tent-2`.
impl fmt::Display for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Budget(name) => write!(f, "budget/{name}"),
            Self::Stock(name) => write!(f, "stock/{name}"),
        }
    }
}

impl Pool {
    /// The pool of that name.
    #[must_use]
    pub fn named(text: &str) -> Option<Self> {
        match text.split_once('/')? {
            ("budget", name) => Some(Self::Budget(name.to_owned())),
            ("stock", name) => Some(Self::Stock(name.to_owned())),
            _ => None,
        }
    }

    /// Units as people count them: money, or pieces.
    #[must_use]
    pub fn amount(&self, units: u64) -> f64 {
        match self {
            Self::Budget(_) => units as f64 / UNITS,
            Self::Stock(_) => units as f64,
        }
    }
}

/// Money in units.
#[must_use]
pub fn units(money: f64) -> u64 {
    (money * UNITS).round() as u64
}

/// How many units of each pool.
pub type Bill = BTreeMap<Pool, u64>;

/// What a choice of variants promises, one per slot: each incentive costs what it says; of a product one piece, however many slots show it.
#[must_use]
pub fn bill(campaign: &Campaign, assembly: &[Option<u8>]) -> Bill {
    let mut bill = Bill::new();
    for (slot, shown) in campaign.slots.iter().zip(assembly) {
        let Some(variant) = shown.and_then(|shown| slot.variants.get(usize::from(shown))) else { continue };
        if let Some((budget, cost)) =
            variant.incentive.as_ref().and_then(|i| Some((i.budget.clone()?, i.cost)))
        {
            *bill.entry(Pool::Budget(budget)).or_default() += units(cost);
        }
        if let Some(product) = variant.product.as_ref().filter(|_| campaign.guardrails.inventory.is_some()) {
            bill.insert(Pool::Stock(product.clone()), 1);
        }
    }
    bill.retain(|_, units| *units > 0);
    bill
}

/// The pools that a campaign promises from, and the most that one variant takes of each.
#[must_use]
pub fn pools(campaign: &Campaign) -> Bill {
    let mut most = Bill::new();
    for (i, slot) in campaign.slots.iter().enumerate() {
        let mut assembly = vec![None; campaign.slots.len()];
        for variant in (0..slot.variants.len()).filter_map(|variant| u8::try_from(variant).ok()) {
            assembly[i] = Some(variant);
            for (pool, units) in bill(campaign, &assembly) {
                let known = most.entry(pool).or_default();
                *known = units.max(*known);
            }
        }
    }
    most
}

/// How many pieces of a product are never leased: the guardrail wants so many to be left when one more is promised.
#[must_use]
pub fn kept_back(campaign: &Campaign, pool: &Pool) -> u64 {
    match pool {
        Pool::Stock(_) => {
            campaign.guardrails.inventory.map_or(0, |rule| u64::from(rule.min.saturating_sub(1)))
        }
        Pool::Budget(_) => 0,
    }
}

/// What is known of a running campaign, to somebody who may spend `held` and no more. What was never said stays unknown.
#[must_use]
pub fn within(live: &Live, campaign: &Campaign, held: &Bill) -> Live {
    let units = |pool: &Pool| held.get(pool).copied().unwrap_or(0);
    let budget = |(name, said): (&String, &f64)| {
        let pool = Pool::Budget(name.clone());
        (name.clone(), said.min(pool.amount(units(&pool))))
    };
    let stock = |(name, said): (&String, &Stock)| {
        let pool = Pool::Stock(name.clone());
        let left = match units(&pool) {
            0 => 0,
            pieces => u32::try_from(pieces + kept_back(campaign, &pool)).unwrap_or(u32::MAX),
        };
        (name.clone(), Stock { left: left.min(said.left), at: said.at })
    };
    Live {
        budgets: live.budgets.iter().map(budget).collect(),
        stock: live.stock.iter().map(stock).collect(),
        delivered: live.delivered,
        complaints: live.complaints,
        paused: live.paused.clone(),
    }
}

/// What one shard was granted of a pool, and what became of it. All counts only grow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Units that were leased to it.
    pub granted: u64,
    /// Of them, those that it spent.
    pub spent: u64,
    /// And those that it gave back.
    pub returned: u64,
}

impl Account {
    /// What it may still spend.
    #[must_use]
    pub const fn held(&self) -> u64 {
        self.granted.saturating_sub(self.spent).saturating_sub(self.returned)
    }

    /// Spends, if there is enough.
    pub const fn spend(&mut self, units: u64) -> bool {
        let enough = units <= self.held();
        if enough {
            self.spent += units;
        }
        enough
    }

    /// Gives back all that is left.
    pub const fn give_back(&mut self) {
        self.returned += self.held();
    }

    /// Learns from the other side's copy.
    pub fn hear(&mut self, told: Self) {
        self.granted = self.granted.max(told.granted);
        self.spent = self.spent.max(told.spent);
        self.returned = self.returned.max(told.returned);
    }
}

/// What a shard tells of its account, and asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wish {
    /// Its copy of the account.
    pub account: Account,
    /// The fewest units that are of use to it; 0 asks for nothing.
    pub least: u64,
    /// Units that must stay in the pool.
    pub keep: u64,
}

/// All that was said of a pool and done with it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    /// What was said last: of a budget all of it, of stock what was left when it was counted.
    said: u64,
    /// When stock was counted.
    counted: Option<Timestamp>,
    /// What had been spent by then, and is not in the count any more; never more than that.
    before: u64,
    /// How much had been spent by when, one entry a minute.
    history: Vec<(Timestamp, u64)>,
    accounts: BTreeMap<String, Account>,
}

impl Ledger {
    /// All that may ever be granted.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.before.saturating_add(self.said)
    }

    /// What is known to be spent.
    #[must_use]
    pub fn spent(&self) -> u64 {
        self.accounts.values().map(|account| account.spent).sum()
    }

    /// What shards hold, as far as they told what they spent and returned.
    #[must_use]
    pub fn leased(&self) -> u64 {
        self.accounts.values().map(Account::held).sum()
    }

    /// What may be leased.
    #[must_use]
    pub fn free(&self) -> u64 {
        self.total().saturating_sub(self.spent()).saturating_sub(self.leased())
    }

    /// A budget is so much in all, with what is spent of it.
    pub const fn tell(&mut self, total: u64) {
        self.said = total;
    }

    /// So many pieces were left at that time. An older count than the one that is known says nothing; the same one again corrects it.
    pub fn count(&mut self, left: u64, at: Timestamp) {
        if self.counted.is_some_and(|known| at < known) {
            return;
        }
        if self.counted != Some(at) {
            let by_then = self.history.iter().rev().find(|(known, _)| *known <= at);
            self.before = by_then.map_or(self.before, |(_, spent)| *spent);
            self.counted = Some(at);
        }
        self.said = left;
    }

    /// Hears what a shard tells, and leases what it asks for. What it didn't hear of yet it gets to know first.
    pub fn lease(&mut self, shard: &str, wish: &Wish, now: Timestamp) -> Account {
        let known = self.accounts.entry(shard.to_owned()).or_default();
        let knows_all = wish.account.granted >= known.granted;
        known.hear(wish.account);
        self.remember(now);
        let free = self.free().saturating_sub(wish.keep);
        let account = self.accounts.entry(shard.to_owned()).or_default();
        if knows_all && wish.least > 0 && free >= wish.least {
            account.granted += wish.least * (free / PART / wish.least).max(1);
        }
        *account
    }

    fn remember(&mut self, now: Timestamp) {
        let spent = self.spent();
        match self.history.last_mut() {
            Some((_, known)) if *known == spent => {}
            // an entry that moves on within its minute makes what had been spent by then less, never more
            Some(last) if last.0.0.div_euclid(MINUTE) == now.0.div_euclid(MINUTE) => *last = (now, spent),
            _ => self.history.push((now, spent)),
        }
        if self.history.len() > REMEMBERED {
            self.history.remove(0);
        }
    }
}
