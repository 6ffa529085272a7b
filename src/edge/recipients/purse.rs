//! What a shard may promise: money and pieces that it was leased ([`crate::campaign::ledger`]), spent in the step that remembers the promise.
//!
//! | table | what it holds |
//! |---|---|
//! | `accounts` | per campaign and pool: the shard's copy of its account; when the campaign last answered; whether it has to be told something |
//! | `paid` | per recipient, campaign and pool: how much was spent on what they were promised, and when that was decided |
//!
//! A shard that has too little for what somebody would be promised asks the campaign once before it decides, and then decides with what there is: what can't be paid for is not offered. The alarm tells the
//! campaign soon after what was spent, and gives back what a term ([`TERM`]) left over.

use super::{Moment, Recipients, SqlStorageValue, integer};
use crate::campaign::ledger::{Account, Bill, Pool, TERM, Wish, bill, kept_back, pools, within};
use crate::campaign::{Campaign, Live};
use crate::context::Context;
use crate::decide::{self, Decision, Outcome};
use crate::edge::ledgers::{self, Leased};
use crate::edge::running::Running;
use crate::edge::{now, report};
use crate::time::{Span, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;
use worker::{Delay, Result};

pub const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS accounts (
    campaign TEXT, pool TEXT, granted INTEGER NOT NULL, spent INTEGER NOT NULL, returned INTEGER NOT NULL,
    heard INTEGER NOT NULL, untold INTEGER NOT NULL, PRIMARY KEY (campaign, pool)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS paid (
    key TEXT, campaign INTEGER, pool TEXT, units INTEGER NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (key, campaign, pool)
) WITHOUT ROWID;";

/// When a campaign is told again that didn't answer.
const TELL_AGAIN: Duration = Duration::from_secs(10);
/// How long an image waits for a lease before it is decided without.
pub const PATIENCE: Span = Span(900);
/// How long it waits for another request's lease before it looks again.
const TURN: Duration = Duration::from_millis(5);
/// A campaign that had nothing to lease, or didn't answer, is not asked again for so long.
const DRY: Span = Span(2_000);

/// More of a pool than any promise takes.
const PLENTY: u64 = 1 << 52;

/// An account as the shard keeps it.
#[derive(Clone, Copy, Default)]
struct Kept {
    account: Account,
    /// When the campaign last answered.
    heard: Timestamp,
}

impl Kept {
    const fn is_over(&self, now: Timestamp) -> bool {
        now.since(self.heard).0 >= TERM.0
    }
}

/// What a recipient may be promised in a campaign.
pub struct Purse {
    /// What the shard may spend.
    free: Bill,
    /// The pools of which the campaign may have more. What isn't chosen is not leased, but was there to be chosen: the probability says so (law 7).
    more: BTreeSet<Pool>,
    /// What was spent on this recipient, and when that was decided.
    paid: BTreeMap<Pool, (u64, Timestamp)>,
    sticky: Span,
}

impl Purse {
    /// How much of a pool must still be spent for a promise of so many units that was decided at that time. A promise is paid for as long as what was
    /// decided then may hold.
    fn due(&self, pool: &Pool, units: u64, decided_at: Timestamp) -> u64 {
        match self.paid.get(pool) {
            Some((paid, at)) if self.covers(*at, decided_at) => units.saturating_sub(*paid),
            _ => units,
        }
    }

    fn covers(&self, paid_at: Timestamp, decided_at: Timestamp) -> bool {
        (0..self.sticky.0.max(1)).contains(&decided_at.since(paid_at).0)
    }

    /// What the recipient may be promised in all: what was paid for, and what there is or may be besides.
    fn all(&self) -> Bill {
        let mut all = self.free.clone();
        for (pool, (units, _)) in &self.paid {
            *all.entry(pool.clone()).or_default() += units;
        }
        all.extend(self.more.iter().map(|pool| (pool.clone(), PLENTY)));
        all
    }

    /// What is known of the campaign to this recipient: all that a decision by it promises can be paid for. A choice that can't be is forbidden.
    pub fn live(&self, running: &Running, decide: impl Fn(&Live) -> Decision) -> Rc<Live> {
        let campaign = &running.campaign;
        if self.free.is_empty() {
            return running.live.clone();
        }
        let mut may = self.all();
        loop {
            let live = within(&running.live, campaign, &may);
            let decision = decide(&live);
            let free = |pool: &Pool| self.free.get(pool).copied().unwrap_or(0);
            let unpaid = promises(campaign, &decision)
                .into_iter()
                .find(|(pool, units)| self.due(pool, *units, decision.decided_at) > free(pool));
            // with nothing of a pool nothing of it is promised: each round closes one
            match unpaid {
                Some((pool, _)) if may.get(&pool).is_some_and(|units| *units > 0) => {
                    may.extend([(pool, 0)]);
                }
                _ => return Rc::new(live),
            }
        }
    }
}

/// What a decision promises; nothing but a choice does.
fn promises(campaign: &Campaign, decision: &Decision) -> Bill {
    match decision.outcome {
        Outcome::Show => bill(campaign, &decision.assembly),
        _ => Bill::new(),
    }
}

impl Recipients {
    /// Sees to it that the shard has what this recipient would be promised if there were enough of everything, as far as the campaign has it. One request asks at a time; the
    /// others wait for what it brings, and ask again if that is spent before their turn.
    pub(super) async fn stock_up(&self, recipient: &str, running: &Running, context: &Context) {
        let campaign = &running.campaign;
        let wanted = match self.wanted(recipient, running, context) {
            Ok(wanted) => wanted,
            Err(error) => return report("a lease", &error),
        };
        let (id, until) = (campaign.id.name.as_str(), now().plus(PATIENCE));
        loop {
            let now = now();
            let wishes = match self.wishes(campaign, &wanted, now) {
                Ok(wishes) if !wishes.is_empty() && now < until => wishes,
                Ok(_) => return,
                Err(error) => return report("a lease", &error),
            };
            // one that never came to its end must not be waited for for ever
            let since = self.leasing.borrow().get(id).copied();
            if since.is_some_and(|since| (0..PATIENCE.0).contains(&now.since(since).0)) {
                Delay::from(TURN).await;
                continue;
            }
            self.leasing.borrow_mut().insert(id.to_owned(), now);
            let short: Vec<Pool> = wishes.iter().map(|(pool, _)| pool.clone()).collect();
            let leased = self.lease(id, wishes).await;
            self.leasing.borrow_mut().remove(id);
            let held = leased.unwrap_or_else(|error| {
                report("a lease", &error);
                Bill::new()
            });
            for pool in short.into_iter().filter(|pool| held.get(pool).is_none_or(|units| *units == 0)) {
                self.dry.borrow_mut().insert((id.to_owned(), pool), now);
            }
        }
    }

    /// What would have to be spent on a recipient if there were enough of everything. So nothing is leased for those who choose otherwise.
    fn wanted(&self, recipient: &str, running: &Running, context: &Context) -> Result<Bill> {
        let (campaign, now) = (&running.campaign, now());
        let purse = self.purse(recipient, campaign, now)?;
        if purse.free.is_empty() {
            return Ok(Bill::new());
        }
        let Some(stored) = self.load(recipient)? else { return Ok(Bill::new()) };
        let enough = purse.free.keys().map(|pool| (pool.clone(), PLENTY)).collect();
        let live = within(&running.live, campaign, &enough);
        let seed = decide::seed(&stored.subject, campaign);
        let decision = decide::decide(&running.question(&live, &stored.profile, context, now, seed));
        let mut wanted = promises(campaign, &decision);
        for (pool, units) in &mut wanted {
            *units = purse.due(pool, *units, decision.decided_at);
        }
        wanted.retain(|_, units| *units > 0);
        Ok(wanted)
    }

    /// What to ask for: of what is wanted, pools of which the shard has too little, unless they were dry a moment ago. What is left of a lease that is over goes back.
    fn wishes(&self, campaign: &Campaign, wanted: &Bill, now: Timestamp) -> Result<Vec<(Pool, Wish)>> {
        let id = campaign.id.name.as_str();
        let mut wishes = Vec::new();
        for (pool, least) in wanted {
            let (mut kept, least) = (self.account(id, pool)?, *least);
            if kept.is_over(now) && kept.account.held() > 0 {
                kept.account.give_back();
                self.keep_account(id, pool, &kept, true)?;
            }
            if kept.account.held() < least && !self.is_dry(id, pool, now) {
                let keep = kept_back(campaign, pool);
                wishes.push((pool.clone(), Wish { account: kept.account, least, keep }));
            }
        }
        Ok(wishes)
    }

    /// Had the campaign nothing of a pool a moment ago?
    fn is_dry(&self, campaign: &str, pool: &Pool, now: Timestamp) -> bool {
        let dry = self.dry.borrow().get(&(campaign.to_owned(), pool.clone())).copied();
        dry.is_some_and(|dry| (0..DRY.0).contains(&now.since(dry).0))
    }

    /// Tells a campaign of accounts, and hears what it leases; what is held then.
    async fn lease(&self, campaign: &str, wishes: Vec<(Pool, Wish)>) -> Result<Bill> {
        let asked_at = now();
        let told: BTreeMap<Pool, Account> =
            wishes.iter().map(|(pool, wish)| (pool.clone(), wish.account)).collect();
        let shard = self.state.id().to_string();
        let call = ledgers::Call::Lease { shard, wishes };
        let leased: Leased = ledgers::ask(&self.env, campaign, &call).await?;
        let mut held = Bill::new();
        for (pool, account) in leased {
            let mut kept = self.account(campaign, &pool)?;
            // what was spent or returned since then has yet to be told
            let untold = told.get(&pool).is_none_or(|told| {
                (told.spent, told.returned) != (kept.account.spent, kept.account.returned)
            });
            if account.granted > kept.account.granted {
                kept.heard = asked_at;
            }
            kept.account.hear(account);
            self.keep_account(campaign, &pool, &kept, untold)?;
            held.insert(pool, kept.account.held());
        }
        if held.values().any(|units| *units > 0) {
            self.wake_soon(Duration::from_millis(TERM.0 as u64)).await;
        }
        Ok(held)
    }

    /// What a recipient may be promised.
    pub(super) fn purse(&self, recipient: &str, campaign: &Campaign, now: Timestamp) -> Result<Purse> {
        let mut purse = Purse {
            free: Bill::new(),
            more: BTreeSet::new(),
            paid: BTreeMap::new(),
            sticky: campaign.sticky,
        };
        for pool in pools(campaign).into_keys() {
            let kept = self.account(&campaign.id.name, &pool)?;
            if !self.is_dry(&campaign.id.name, &pool, now) {
                purse.more.insert(pool.clone());
            }
            purse.free.insert(pool, if kept.is_over(now) { 0 } else { kept.account.held() });
        }
        if purse.free.is_empty() {
            return Ok(purse);
        }
        let values = vec![recipient.into(), i64::from(campaign.id.key.0).into()];
        for row in self.rows("SELECT pool, units, at FROM paid WHERE key = ? AND campaign = ?", values)? {
            if let [SqlStorageValue::String(pool), units, at] = row.as_slice()
                && let Some(pool) = Pool::named(pool)
            {
                purse.paid.insert(pool, (integer(units) as u64, Timestamp(integer(at))));
            }
        }
        Ok(purse)
    }

    /// What is known of the campaign to a recipient on a page, where nothing can be spent: what was paid for may be shown on.
    pub(super) fn live_on_page(&self, recipient: &str, running: &Running) -> Result<Live> {
        let purse = self.purse(recipient, &running.campaign, now())?;
        let paid = Purse { free: Bill::new(), more: BTreeSet::new(), ..purse };
        Ok(within(&running.live, &running.campaign, &paid.all()))
    }

    /// Spends what a decision promises and isn't paid for yet. In one step with what is remembered of it.
    pub(super) fn pay(&self, moment: &Moment<'_>, purse: &Purse, decision: &Decision) -> Result<()> {
        let (campaign, at) = (moment.campaign, decision.decided_at);
        for (pool, units) in promises(campaign, decision) {
            let due = purse.due(&pool, units, at);
            if due == 0 {
                continue;
            }
            let mut kept = self.account(&campaign.id.name, &pool)?;
            if !kept.account.spend(due) {
                return Err(super::damaged(format!(
                    "{pool} of {} can't pay for what was decided",
                    campaign.id.name
                )));
            }
            self.keep_account(&campaign.id.name, &pool, &kept, true)?;
            let paid_at = purse
                .paid
                .get(&pool)
                .map(|(_, paid_at)| *paid_at)
                .filter(|paid_at| purse.covers(*paid_at, at));
            let values = vec![
                moment.recipient.into(),
                i64::from(campaign.id.key.0).into(),
                pool.to_string().into(),
                (units as i64).into(),
                paid_at.unwrap_or(at).0.into(),
            ];
            self.sql.exec(
                "INSERT OR REPLACE INTO paid (key, campaign, pool, units, at) VALUES (?, ?, ?, ?, ?)",
                values,
            )?;
            self.due.set(true);
        }
        Ok(())
    }

    /// Gives back what is left of leases that are over, and tells the campaigns what they don't know.
    pub(super) async fn settle(&self) -> Result<()> {
        let now = now();
        let mut untold: BTreeMap<String, Vec<(Pool, Wish)>> = BTreeMap::new();
        let mut holds = false;
        let query =
            "SELECT campaign, pool, untold FROM accounts WHERE untold = 1 OR granted > spent + returned";
        for row in self.rows(query, vec![])? {
            let [SqlStorageValue::String(campaign), SqlStorageValue::String(name), news] = row.as_slice()
            else {
                continue;
            };
            let Some(pool) = Pool::named(name) else { continue };
            let mut kept = self.account(campaign, &pool)?;
            let over = kept.is_over(now) && kept.account.held() > 0;
            if over {
                kept.account.give_back();
                self.keep_account(campaign, &pool, &kept, true)?;
            }
            holds |= kept.account.held() > 0;
            if over || integer(news) != 0 {
                let wish = Wish { account: kept.account, least: 0, keep: 0 };
                untold.entry(campaign.clone()).or_default().push((pool, wish));
            }
        }
        if holds {
            self.wake_soon(Duration::from_millis(TERM.0 as u64)).await;
        }
        for (campaign, wishes) in untold {
            if let Err(error) = self.lease(&campaign, wishes).await {
                report("what was spent is told later", &error);
                self.wake_soon(TELL_AGAIN).await;
            }
        }
        Ok(())
    }

    async fn wake_soon(&self, after: Duration) {
        if let Err(error) = self.wake(after).await {
            report("an alarm", &error);
        }
    }

    fn account(&self, campaign: &str, pool: &Pool) -> Result<Kept> {
        let values = vec![campaign.into(), pool.to_string().into()];
        let rows = self.rows(
            "SELECT granted, spent, returned, heard FROM accounts WHERE campaign = ? AND pool = ?",
            values,
        )?;
        Ok(match rows.first().map(Vec::as_slice) {
            Some([granted, spent, returned, heard]) => {
                let [granted, spent, returned] =
                    [granted, spent, returned].map(|count| integer(count) as u64);
                Kept { account: Account { granted, spent, returned }, heard: Timestamp(integer(heard)) }
            }
            _ => Kept::default(),
        })
    }

    fn keep_account(&self, campaign: &str, pool: &Pool, kept: &Kept, untold: bool) -> Result<()> {
        let Kept { account: Account { granted, spent, returned }, heard } = *kept;
        let mut values: Vec<SqlStorageValue> = vec![campaign.into(), pool.to_string().into()];
        values.extend([granted, spent, returned].map(|count| SqlStorageValue::from(count as i64)));
        values.extend([heard.0.into(), i64::from(untold).into()]);
        self.sql.exec("INSERT OR REPLACE INTO accounts (campaign, pool, granted, spent, returned, heard, untold) VALUES (?, ?, ?, ?, ?, ?, ?)", values)?;
        Ok(())
    }
}
