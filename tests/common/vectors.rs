//! The shared vectors: `tests/vectors/decide.ndjson`, one case a line, and the campaigns that they name.
//!
//! A line holds who the recipient is (`profile`, as an import writes it), what was asked (`request` in raw facts, or a `context` already read), when
//! and by which seed, and last the `explanation` that must come of it, byte for byte, on every target. The end of a case's name, after `->`, says
//! in words what must happen, so that a case can't be re-recorded into its opposite unnoticed.
//!
//! To add a case, write its line without `explanation` and record it: `UPDATE_VECTORS=1 cargo test --test vectors`. Look at the difference.
// clippy.toml lets tests unwrap and panic, but not the functions that tests share
#![allow(clippy::panic, clippy::unwrap_used)]

use apropos::campaign::{Campaign, Feeds, Learned, Live};
use apropos::context::{Context, Request, Surface};
use apropos::decide::{Brief, Decision, Question, Report, decide, explain};
use apropos::intent::Model;
use apropos::page::Bundle;
use apropos::profile::{Profile, fields};
use apropos::time::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

/// Every case.
pub const TEXT: &str = include_str!("../vectors/decide.ndjson");

macro_rules! campaigns {
    ($($name:literal),*) => { [$(($name, include_str!(concat!("../vectors/campaigns/", $name, ".json")))),*] };
}

/// The campaigns, by their file's name.
pub const CAMPAIGNS: [(&str, &str); 10] = campaigns!(
    "caps",
    "full",
    "growthbook",
    "guarded",
    "many",
    "money",
    "operators",
    "pages",
    "paused",
    "tree"
);

/// What is asked in one case.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    pub name: String,
    pub campaign: String,
    pub profile: Map<String, Value>,
    pub request: Option<Request>,
    pub context: Option<Context>,
    pub live: Option<Live>,
    pub learned: Option<Value>,
    pub now: Timestamp,
    pub seed: u64,
}

/// A line: what is asked, and the two halves of its text.
#[allow(dead_code)]
pub struct Line {
    pub case: Case,
    pub question: &'static str,
    pub answer: &'static str,
}

/// Every line of the file.
pub fn lines() -> impl Iterator<Item = Line> {
    TEXT.lines().map(|line| {
        // inside a JSON text the quotes would be escaped
        let body = line.strip_suffix('}').unwrap();
        let (question, answer) = body.split_once(",\"explanation\":").unwrap_or((body, ""));
        let case = serde_json::from_str(&format!("{question}}}"));
        Line { case: case.unwrap_or_else(|e| panic!("{e}: {line}")), question, answer }
    })
}

/// The text of a campaign.
pub fn campaign(name: &str) -> &'static str {
    CAMPAIGNS.iter().find(|(known, _)| *known == name).unwrap_or_else(|| panic!("no campaign {name}")).1
}

impl Case {
    /// What is decided, and why.
    pub fn explain(&self) -> Report {
        self.asked(|question| explain(question).1.report())
    }

    /// What a landing page decides by a bundle and a brief, as they come over the wire; none for what is asked elsewhere.
    #[allow(dead_code)]
    pub fn away(&self) -> Option<Decision> {
        self.asked(|question| {
            if question.context.surface != Surface::Page {
                return None;
            }
            let Question { campaign, model, live, learned, context, now, seed, .. } = *question;
            let file = Bundle::write((campaign, model), (live, learned), &Feeds::NONE, now).unwrap();
            let brief = postcard::to_allocvec(&Brief::of(question)).unwrap();
            let Bundle { campaign, model, live, learned, .. } = &Bundle::read(&file).unwrap();
            let (brief, nobody): (Brief, _) = (postcard::from_bytes(&brief).unwrap(), Profile::default());
            let question = Question::new(campaign, model, &nobody, context, now, seed);
            Some(decide(&Question { live, learned, brief: Some(&brief), ..question }))
        })
    }

    fn asked<T>(&self, answer: impl FnOnce(&Question<'_>) -> T) -> T {
        let campaign = Campaign::parse(campaign(&self.campaign)).unwrap();
        let (_, profile) =
            fields::read(&self.profile, self.now).unwrap_or_else(|e| panic!("{}: {e:?}", self.name));
        let context = match (&self.request, &self.context) {
            (Some(request), None) => Context::read(request),
            (None, Some(context)) => context.clone(),
            _ => panic!("{}: either a request or a context", self.name),
        };
        let (model, live) = (Model::starter().unwrap(), self.live.clone().unwrap_or_default());
        let question = Question::new(&campaign, &model, &profile, &context, self.now, self.seed);
        let learned = self.learned.as_ref().map_or(Learned::NOTHING, |lessons| {
            Learned::parse(&lessons.to_string()).unwrap_or_else(|e| panic!("{}: {e}", self.name))
        });
        answer(&Question { live: &live, learned: &learned, ..question })
    }
}

/// Decides every case and compares with what was recorded, byte for byte; returns how many there are.
#[allow(dead_code)]
pub fn replay() -> usize {
    let mut count = 0;
    for Line { case, answer, .. } in lines() {
        assert_eq!(serde_json::to_string(&case.explain()).unwrap(), answer, "{}", case.name);
        count += 1;
    }
    count
}

/// Decides every case of a page away from the profile and compares with what was recorded; returns how many there are.
#[allow(dead_code)]
pub fn replay_away() -> usize {
    let mut count = 0;
    for Line { case, answer, .. } in lines() {
        let Some(decision) = case.away() else { continue };
        let recorded: Value = serde_json::from_str(answer).unwrap();
        let slots = Campaign::parse(campaign(&case.campaign)).unwrap().slots;
        let shown = slots.iter().enumerate().map(|(i, slot)| {
            let variant =
                decision.shown(i).map(|variant| slot.variants[usize::from(variant)].id.name.as_str());
            serde_json::json!({"slot": slot.name.name, "variant": variant})
        });
        let told = serde_json::json!({
            "outcome": decision.outcome, "cause": decision.cause, "probability": decision.probability,
            "decided_at": decision.decided_at, "assembly": shown.collect::<Vec<_>>(),
        });
        for name in ["outcome", "cause", "probability", "decided_at", "assembly"] {
            assert_eq!(told[name], recorded[name], "{}: {name}", case.name);
        }
        count += 1;
    }
    count
}
