//! Explanations in plain English: for the marketer who set the campaign up, and for the recipient who asks "why do I see this?".

use super::Outcome;
use super::explain::Explanation;
use super::report::{Contribution, Expectation, Reason};
use crate::campaign::Goal;
use crate::campaign::learned::{Effect, Evidence, Facets};
use crate::intent::{Head, Motivation};
use crate::profile::Purpose;
use crate::profile::consent::Grant;

/// For marketers: the most important sentence first.
pub fn for_marketers(e: &Explanation<'_>, guardrails: &[Reason], intent: &[Expectation]) -> Vec<String> {
    if let Some(settled) = guardrails.iter().find(|reason| Some(reason.name) == e.decision.cause) {
        return vec![settled.note.clone()];
    }
    match (e.decision.outcome, e.decision.cause) {
        (Outcome::Suppress, Some("held")) => {
            return vec![
                "The message was left empty before, and stays so for the recipient who has seen that."
                    .to_owned(),
            ];
        }
        (Outcome::Suppress, _) => return silent(e, intent),
        _ => {}
    }
    let mut reasons = Vec::new();
    if e.weighed().is_empty() {
        reasons.push("The recipient still sees what they were shown before.".to_owned());
    }
    reasons.extend(appeal(e, intent));
    let narrowed = guardrails.iter().filter(|reason| reason.verdict == "narrow");
    reasons.extend(narrowed.map(|reason| reason.note.clone()));
    reasons.extend(tried(e));
    reasons
}

/// Why silence was chosen.
fn silent(e: &Explanation<'_>, intent: &[Expectation]) -> Vec<String> {
    let currency = &e.case.campaign.value.currency;
    let worth = e.worth().unwrap_or_default();
    let percent = (e.decision.probability * 1000.0).round() / 10.0;
    let first = match worth {
        worth if worth > 0.0 => format!(
            "Nothing is shown: {percent} % of those worth a message ({worth:.2} {currency}) are left alone, so that it becomes known what messages add."
        ),
        worth if worth > -0.005 => "Nothing is shown: the best message would bring nothing.".to_owned(),
        worth => {
            format!(
                "Nothing is shown: the best message would cost {:.2} {currency} more than it brings.",
                -worth
            )
        }
    };
    let risk = because(intent, Head::Unsubscribe).filter(|_| worth <= 0.0);
    let risk = risk.map(|facts| format!("The recipient may well unsubscribe: {facts}."));
    std::iter::once(first).chain(anyway(e).filter(|_| worth <= 0.0)).chain(risk).collect()
}

/// Says what was learned of silence, if it takes something from the worth of a message: orders are what comes in silence as well, clicks are not.
fn anyway(e: &Explanation<'_>) -> Option<String> {
    if e.case.campaign.goal == Goal::Click {
        return None;
    }
    let facets = Facets::of(&e.case.intent, &e.seen);
    let percent = (e.case.learned.silence(facets).share * 100.0).round();
    match percent {
        1.0..100.0 => {
            Some(format!("{percent} % of those who order after a message would have ordered without it."))
        }
        100.0.. => Some("Those who order after a message would have ordered without it.".to_owned()),
        _ => None,
    }
}

/// Says so when what was drawn in the leading slot was not the most valuable.
fn tried(e: &Explanation<'_>) -> Option<String> {
    let leading = || e.weighed().iter().filter(|d| d.slot == 0);
    let chosen = leading().find(|d| d.chosen)?;
    let best = leading().max_by(|a, b| a.utility.total_cmp(&b.utility))?;
    let slot = e.case.campaign.slots.first()?;
    let name = |variant: u8| &slot.variants[usize::from(variant)].id.name;
    let percent = (chosen.probability * 100.0).round();
    (best.utility > chosen.utility).then(|| {
        let (best, chosen) = (name(best.variant), name(chosen.variant));
        format!("“{best}” looked better; “{chosen}” is tried in {percent} % of such cases, so that the engine learns.")
    })
}

/// What the leading slot's variant appeals to, and what told that it would.
fn appeal(e: &Explanation<'_>, intent: &[Expectation]) -> Vec<String> {
    let Some(lead) = e.case.campaign.slots.first().zip(e.decision.shown(0)) else { return Vec::new() };
    let variant = &lead.0.variants[usize::from(lead.1)];
    let weights = e.case.intent.motivations();
    let strongest =
        variant.motivations.iter().max_by(|a, b| weights[**a as usize].total_cmp(&weights[**b as usize]));
    let Some(motivation) = strongest else {
        return vec![format!("“{}” speaks to everyone.", variant.id.name)];
    };
    let place =
        Motivation::ALL.iter().filter(|m| weights[**m as usize] > weights[*motivation as usize]).count();
    let rank = [
        "what moves this recipient most",
        "what moves this recipient second most",
        "something that moves this recipient",
    ][place.min(2)];
    let mut reasons = vec![format!("“{}” speaks to {}, {rank}.", variant.id.name, plain(*motivation))];
    reasons.extend(because(intent, motivation.head()).map(|facts| format!("What tells: {facts}.")));
    reasons
}

/// What was learned of a variant: how its odds compare with what its motivations promise, and how sure that is.
pub fn learned(variant: &str, click: Effect, convert: Effect, evidence: &Evidence) -> String {
    let seen = evidence.exposures.round();
    let known = |outcome: &str, effect: Effect| {
        let (times, sure) = (libm::exp(effect.shift), effect.shift.abs() > 2.0 * effect.sd);
        let sure = if sure { "" } else { ", which may be chance" };
        (effect.shift != 0.0).then(|| format!("{times:.2} times the odds of {outcome}{sure}"))
    };
    let told: Vec<_> = [known("a click", click), known("an order", convert)].into_iter().flatten().collect();
    if told.is_empty() || seen < 1.0 {
        return format!("Nothing is known of “{variant}” yet but what it speaks to.");
    }
    format!("“{variant}” has {}, against what it speaks to, by {seen} exposures.", told.join(" and "))
}

const fn plain(motivation: Motivation) -> &'static str {
    match motivation {
        Motivation::Price => "a better price",
        Motivation::Assortment => "choice and novelty",
        Motivation::Convenience => "less effort",
        Motivation::Trust => "confidence",
        Motivation::Urgency => "not missing out",
    }
}

/// The known signals that speak most for an answer, in words.
fn because(intent: &[Expectation], head: Head) -> Option<String> {
    let told: Vec<_> = strongest(intent, head).map(told).collect();
    (!told.is_empty()).then(|| told.join(" and "))
}

/// The two known signals that speak most for an answer.
fn strongest(intent: &[Expectation], head: Head) -> impl Iterator<Item = &Contribution> {
    let signals = intent.iter().filter(move |e| e.head == head.name()).flat_map(|e| &e.signals);
    let mut signals: Vec<_> =
        signals.filter(|s| s.effect > 0.05 && s.with.is_none() && !s.value.is_null()).collect();
    signals.sort_by(|a, b| b.effect.total_cmp(&a.effect).then_with(|| a.name.cmp(b.name)));
    signals.into_iter().take(2)
}

fn told(signal: &Contribution) -> String {
    let name = signal.name.replace('_', " ");
    match &signal.value {
        serde_json::Value::String(text) => format!("{name} is {text}"),
        serde_json::Value::Number(n) => {
            // what rounds to nothing is not a negative nothing
            let n = n.as_f64().filter(|n| *n <= -0.05 || *n > 0.0).unwrap_or_default();
            if n.fract() == 0.0 || n.abs() >= 10.0 {
                format!("{name} is {n:.0}")
            } else {
                format!("{name} is {n:.1}")
            }
        }
        value => format!("{name} is {value}"),
    }
}

/// For the recipient: what this rests on, what it doesn't, and what they can do about it.
pub fn for_recipient(e: &Explanation<'_>, intent: &[Expectation]) -> Vec<String> {
    let channel = e.case.facts.channel;
    let mut told = match e.decision.outcome {
        Outcome::FallBack => vec!["You see what everyone sees: nothing about you was used to choose it.".to_owned()],
        Outcome::HoldOut => vec![
            "You are in a small group that sees the standard message, so that we learn whether choosing helps at all.".to_owned(),
        ],
        Outcome::Suppress => vec!["We thought it better to leave you alone this time, so this message is empty.".to_owned()],
        Outcome::Show => chosen(e, intent),
    };
    if e.decision.outcome == Outcome::Show && e.decision.probability < 0.5 {
        told.push(
            "Chance had a part in it: now and then we show something else, to learn what is welcome."
                .to_owned(),
        );
    }
    let grant = e.case.facts.profile.consent.grant(channel, Purpose::Personalization);
    if let (Grant::Granted(since), true) = (grant, e.case.facts.known().is_some()) {
        let date = since.to_string();
        let date = date.split('T').next().unwrap_or_default();
        let since = if since.0 > 0 { format!(" on {date}") } else { String::new() };
        told.push(format!("You allowed this{since}, and can withdraw it whenever you like."));
    }
    told
}

/// What was chosen for this recipient, and from what.
fn chosen(e: &Explanation<'_>, intent: &[Expectation]) -> Vec<String> {
    let Some((slot, v)) = e.case.campaign.slots.first().zip(e.decision.shown(0)) else { return Vec::new() };
    let weights = e.case.intent.motivations();
    let motivations = &slot.variants[usize::from(v)].motivations;
    let Some(motivation) =
        motivations.iter().max_by(|a, b| weights[**a as usize].total_cmp(&weights[**b as usize]))
    else {
        return vec!["This was chosen because it suits most people.".to_owned()];
    };
    let mut told =
        vec![format!("We show you this because we think that {} matters to you.", plain(*motivation))];
    for signal in strongest(intent, motivation.head()) {
        told.push(format!("We looked at your {}. {}", signal.name.replace('_', " "), signal.why));
    }
    told
}
