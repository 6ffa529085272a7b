//! The texts of what was decided, with their places filled: what `apropos decide` tells when it is given feeds.

use crate::text::{DIM, HEAD, paint, plain};
use anyhow::Result;
use apropos::campaign::Feeds;
use apropos::decide::{Answer, Lines, Question, decide, values};
use apropos::intent::Facts;
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// The texts by slot.
pub type Texts = BTreeMap<String, Lines>;

/// The texts of every slot that shows some.
pub fn of(question: &Question<'_>, feeds: &Feeds) -> Texts {
    let Question { campaign, profile, context, now, .. } = *question;
    let decision = decide(question);
    let facts = Facts::new(campaign.channel, profile, context, now);
    let values = values(campaign, &decision, &facts, feeds);
    let of = |(place, slot): (usize, &apropos::campaign::Slot)| {
        let variant = slot.variants.get(usize::from(decision.shown(place)?))?;
        Some((slot.name.name.clone(), Lines::of(variant.text.as_ref()?, &values)))
    };
    campaign.slots.iter().enumerate().filter_map(of).collect()
}

/// The answer as JSON, with the texts if there are any.
pub fn json(answer: &Answer, texts: Option<Texts>) -> Result<String> {
    #[derive(Serialize)]
    struct Told<'a> {
        #[serde(flatten)]
        answer: &'a Answer,
        texts: Texts,
    }
    Ok(match texts {
        Some(texts) => serde_json::to_string(&Told { answer, texts })?,
        None => serde_json::to_string(answer)?,
    })
}

/// The texts in words.
pub fn tell(out: &mut impl Write, texts: &Texts) -> io::Result<()> {
    if texts.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{}", paint(HEAD, "Texts"))?;
    for (slot, Lines { headline, subline, button, .. }) in texts {
        let lines = [headline, subline, button].into_iter().filter(|line| !line.is_empty());
        let lines: Vec<_> = lines.map(|line| plain(line)).collect();
        writeln!(out, "  {slot}  {}", lines.join(&paint(DIM, " / ")))?;
    }
    Ok(())
}
