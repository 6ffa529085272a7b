//! The market: a campaign is shown only where it may be, and only to those who are old enough. Who isn't known to fit doesn't fit.

use super::{Guardrail, Reads, Verdict};
use crate::decide::Case;

/// What keeps a recipient out.
enum Outside<'a> {
    /// Their country, which may not be known.
    Country(Option<&'a str>),
    /// The age that they don't have, or aren't known to have.
    Age(u8),
}

fn outside<'a>(case: &Case<'a>) -> Option<Outside<'a>> {
    let market = case.campaign.guardrails.market.as_ref()?;
    let country = case.facts.country();
    let here = country.is_some_and(|country| market.countries.iter().any(|known| known == country));
    if !here && !market.countries.is_empty() {
        return Some(Outside::Country(country));
    }
    let old_enough = case.facts.age().is_some_and(|age| age >= u16::from(market.min_age));
    (!old_enough && market.min_age > 0).then_some(Outside::Age(market.min_age))
}

pub const GUARDRAIL: Guardrail = Guardrail {
    name: "market",
    reads: Reads::Profile,
    check: |case, _| if outside(case).is_some() { Verdict::Forbid(case.away()) } else { Verdict::Pass },
    note: |case, _, _| match outside(case) {
        Some(Outside::Country(Some(country))) => format!("The campaign is not for {country}."),
        Some(Outside::Country(None)) => {
            "The campaign is for certain countries only, and the recipient's is not known.".into()
        }
        Some(Outside::Age(age)) => {
            format!("The campaign is for those of {age} and above; the recipient is not known to be.")
        }
        None if case.campaign.guardrails.market.is_some() => {
            "The recipient is in the market and old enough.".into()
        }
        None => "The campaign is for every market.".into(),
    },
};
