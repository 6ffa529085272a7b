//! The nearest counterfactual: the smallest change that would have led to something else.
//!
//! A number is moved over the cuts of the model, the registry and the campaign's conditions, one, two, three of them; a name or flag is exchanged. The fewest cuts
//! win, and among equals the signal that stands first in the registry. What a guardrail of the campaign looks at too is left alone. When a guardrail emptied the message, time is the other thing that may change:
//! then the first later moment is sought at which something would be shown. Only signals that were used and may be used are moved.

use super::explain::Explanation;
use super::report::Change;
use super::{Case, Decision, Outcome, Question, run};
use crate::intent::signal::Kind;
use crate::intent::{SignalId, Value};
use crate::order;
use crate::time::{DAY, HOUR, Span};

/// How many cuts a number is moved over.
const REACH: usize = 3;

/// The later moments that are tried.
const LATER: [Span; 9] = [
    Span(HOUR),
    Span(4 * HOUR),
    Span(12 * HOUR),
    Span(DAY),
    Span(2 * DAY),
    Span(3 * DAY),
    Span(7 * DAY),
    Span(14 * DAY),
    Span(28 * DAY),
];

pub fn nearest(e: &Explanation<'_>) -> Option<Change> {
    (1..=REACH).find_map(|distance| another_signal(e, distance)).or_else(|| another_time(e))
}

/// A value that lies a number of cuts away, and the bound that it crossed.
#[derive(Clone, Copy)]
enum Move {
    /// At least this.
    Up(f64),
    /// Below this; the number that stands for it.
    Down(f64, f64),
    Name(&'static str),
    Flag(bool),
}

fn another_signal(e: &Explanation<'_>, distance: usize) -> Option<Change> {
    let used = e.case.model.signals().union(e.case.campaign.signals);
    let may_move = |id: &SignalId| e.case.signals.get(*id) != Value::Missing && !is_guarded(e, *id);
    used.iter().filter(may_move).find_map(|id| {
        moves(e, id, distance).into_iter().find_map(|step| {
            let value = match step {
                Move::Up(n) | Move::Down(_, n) => Value::Number(n),
                Move::Name(name) => Value::Text(name),
                Move::Flag(flag) => Value::Flag(flag),
            };
            let case: Case<'_> = e.case.with(e.case.signals.with(id, value));
            let decision = run(&case, &mut ());
            differs(e, &decision).then(|| told(e, id, step, &decision))
        })
    })
}

/// Does a guardrail of the campaign look at what the signal tells? If that were otherwise the guardrail might forbid, so the signal alone doesn't tell what
/// would be.
fn is_guarded(e: &Explanation<'_>, id: SignalId) -> bool {
    let rules = &e.case.campaign.guardrails;
    let (capped, first) =
        (!rules.frequency.is_empty() || rules.fatigue.is_some(), rules.first_contact.is_some());
    let heard = rules.freshness.is_some();
    match id.signal().name {
        "weekly_limit" => true,
        "unanswered" | "negatives" | "fatigue" => rules.fatigue.is_some(),
        "exposures_week" | "days_since_exposure" => capped || first || rules.discount_ladder.is_some(),
        "purchases" => first,
        "days_since_purchase" => heard || rules.recent_purchase.is_some() || rules.discount_ladder.is_some(),
        "cart_value" | "cart_items" | "hours_since_cart" => first,
        "tenure_days" => first || heard,
        "open_tickets" | "sentiment" => rules.support.is_some(),
        "country" | "age" => rules.market.is_some() || id.signal().name == "age",
        "local_hour" => rules.quiet_hours.is_some() && e.case.facts.is_send(),
        name => heard && name.starts_with("days_since_"),
    }
}

/// The changes of one signal at one distance.
fn moves(e: &Explanation<'_>, id: SignalId, distance: usize) -> Vec<Move> {
    let signal = id.signal();
    match (signal.kind, e.case.signals.get(id)) {
        (Kind::Number, Value::Number(n)) => {
            let mut cuts = [e.case.model.cuts(id), signal.cuts].concat();
            let campaign = e.case.campaign;
            let conditions = campaign.slots.iter().flat_map(|slot| &slot.variants).map(|v| &v.when);
            for condition in conditions.chain([&campaign.audience]) {
                condition.visit(&mut |tested, test| {
                    if tested == id {
                        test.bounds(&mut |bound| cuts.push(bound));
                    }
                });
            }
            order::by(&mut cuts, f64::total_cmp);
            cuts.dedup();
            let bin = cuts.partition_point(|cut| *cut <= n);
            let up = cuts.get(bin + distance - 1).map(|cut| Move::Up(*cut));
            let below = bin.checked_sub(distance).and_then(|i| Some((cuts.get(i)?, i)));
            let down = below.map(|(cut, i)| {
                let floor = i.checked_sub(1).and_then(|i| cuts.get(i)).copied().unwrap_or(cut - 1.0);
                // hardly below: in the middle there may lie a number that a condition names
                Move::Down(*cut, cut - (cut - floor) / 1000.0)
            });
            up.into_iter().chain(down).collect()
        }
        (Kind::Flag, Value::Flag(flag)) if distance == 1 => vec![Move::Flag(!flag)],
        (Kind::Text, Value::Text(text)) if distance == 1 => {
            signal.names.iter().filter(|name| **name != text).map(|name| Move::Name(name)).collect()
        }
        _ => Vec::new(),
    }
}

/// When a guardrail emptied the message: the first later moment at which something would be shown.
fn another_time(e: &Explanation<'_>) -> Option<Change> {
    let emptied = e.decision.outcome == Outcome::Suppress && e.decision.cause != Some("value");
    if !emptied {
        return None;
    }
    LATER.iter().find_map(|later| {
        let now = e.question.now.plus(*later);
        let decision = super::decide(&Question { now, ..e.question });
        let variant = leading(e, &decision);
        (decision.outcome == Outcome::Show).then(|| Change {
            signal: "now",
            from: serde_json::json!(e.question.now),
            to: serde_json::json!(now),
            outcome: decision.outcome,
            sentence: format!("From {now} on {}.", would(decision.outcome, variant.as_deref())),
            variant,
        })
    })
}

fn differs(e: &Explanation<'_>, decision: &Decision) -> bool {
    decision.outcome != e.decision.outcome || decision.shown(0) != e.decision.shown(0)
}

fn leading(e: &Explanation<'_>, decision: &Decision) -> Option<String> {
    let slot = e.case.campaign.slots.first()?;
    decision.shown(0).map(|v| slot.variants[usize::from(v)].id.name.clone())
}

fn told(e: &Explanation<'_>, id: SignalId, step: Move, decision: &Decision) -> Change {
    let name = id.signal().name.replace('_', " ");
    let number = |n: f64| Value::Number(n).to_json();
    let (to, were) = match step {
        Move::Up(cut) => (number(cut), format!("at least {}", number(cut))),
        Move::Down(cut, _) => (number(cut), format!("below {}", number(cut))),
        Move::Name(name) => (name.into(), name.to_owned()),
        Move::Flag(flag) => (flag.into(), if flag { "so" } else { "not so" }.to_owned()),
    };
    let variant = leading(e, decision);
    let what = would(decision.outcome, variant.as_deref());
    let what = what.get(..1).map(str::to_uppercase).unwrap_or_default() + what.get(1..).unwrap_or_default();
    Change {
        signal: id.signal().name,
        from: e.case.signals.get(id).to_json(),
        to,
        outcome: decision.outcome,
        sentence: format!("{what} if {name} were {were}."),
        variant,
    }
}

fn would(outcome: Outcome, variant: Option<&str>) -> String {
    match (outcome, variant) {
        (Outcome::Show, Some(variant)) => format!("the choice would be “{variant}”"),
        (Outcome::Suppress, _) => "nothing would be shown".to_owned(),
        _ => "the fallbacks would be shown".to_owned(),
    }
}
