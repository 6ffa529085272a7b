//! The shared vectors: `tests/vectors/decide.ndjson`, one case a line, and the campaigns that they name.
//!
//! A line holds who the recipient is (`profile`, as an import writes it), what was asked (`request` in raw facts, or a `context` already read), when
//! and by which seed, and last the `explanation` that must come of it, byte for byte, on every target. The end of a case's name, after `->`, says
//! in words what must happen, so that a case can't be re-recorded into its opposite unnoticed.
//!
//! To add a case, write its line without `explanation` and record it: `UPDATE_VECTORS=1 cargo test --test vectors`. Look at the difference.
// clippy.toml lets tests unwrap and panic, but not the functions that tests share
#![allow(clippy::panic, clippy::unwrap_used)]

use apropos::campaign::{Campaign, Learned, Live};
use apropos::context::{Context, Request};
use apropos::decide::{Question, Report, explain};
use apropos::intent::Model;
use apropos::profile::fields;
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
        explain(&Question { live: &live, learned: &learned, ..question }).1.report()
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
