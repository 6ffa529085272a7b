//! Trouble: whoever waits for help, or is displeased, is not sold anything.

use super::{Guardrail, Reads, Verdict, then};
use crate::decide::Case;

enum Trouble {
    Tickets(usize),
    Mood(f64),
}

fn trouble(case: &Case<'_>) -> Option<Trouble> {
    let rule = case.campaign.guardrails.support.as_ref()?;
    let support = &case.facts.known()?.support;
    let open = support.open();
    if open > 0 {
        return Some(Trouble::Tickets(open));
    }
    let mood = support.sentiment(case.facts.now).filter(|mood| *mood < rule.sentiment);
    mood.map(Trouble::Mood)
}

pub const GUARDRAIL: Guardrail = Guardrail {
    name: "support",
    reads: Reads::Profile,
    check: |case, candidates| match (trouble(case), &case.campaign.guardrails.support) {
        (Some(_), Some(rule)) => then(case, candidates, rule.then),
        _ => Verdict::Pass,
    },
    note: |case, _, verdict| {
        let so = if matches!(verdict, Verdict::Forbid(_)) {
            "nothing is shown"
        } else {
            "nothing with an incentive is shown"
        };
        match trouble(case) {
            Some(Trouble::Tickets(1)) => format!("The recipient waits for an answer from support; {so}."),
            Some(Trouble::Tickets(n)) => format!("The recipient waits for {n} answers from support; {so}."),
            Some(Trouble::Mood(mood)) => {
                let mood = (mood * 10.0).round() / 10.0 + 0.0; // no negative nothing
                format!("The recipient is displeased ({mood:.1} of -1 to 1); {so}.")
            }
            None => "The recipient is not known to be in trouble with us.".into(),
        }
    },
};
