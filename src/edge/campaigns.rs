//! The Durable Object of a campaign: what it learns from its log, what it brought, and what it may give away ([`ledgers`]).
//!
//! Lines come from the queue. They are written to a journal before the batch is acknowledged, and an alarm soon after folds them: it reads the learner's state,
//! takes every line, publishes what follows, and writes the state back in the same step that empties the journal. Nothing is kept in memory between two alarms,
//! so a restart loses nothing, and a line that is delivered twice counts once.
//!
//! | table | what it holds |
//! |---|---|
//! | `journal` | lines that are not folded yet |
//! | `kept` | the states of the learner and of the tally of results, in parts, the campaign's id, who is watched and what tripped ([`breakers`]) |
//! | `ledgers` | budgets and stock, and the shards' accounts in them |
//!
//! Results are told from the tally and the lines that still wait in the journal, so that they are never behind the log.
//!
//! What was learned goes to KV, whence every decision takes it, and by its version to `learned/{campaign}/{version}.json` in the bucket: a line of the log names
//! the version, and only with that can its choice be made again (law 7).

use super::published::{self, Published};
use super::{breakers, deadline, ledgers, now, report, running};
use crate::campaign::{Campaign, Learned};
use crate::hash::Key;
use crate::learn::policy::{Learner, Line, Scope};
use crate::measure::results::{Results, Tally};
use crate::time::{HOUR, Span, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;
use worker::wasm_bindgen; // the macro names it bare
use worker::wasm_bindgen::JsValue;
use worker::{
    DurableObject, Env, Error, Method, Request, RequestInit, Response, Result, SqlStorage, SqlStorageValue,
    State, durable_object,
};

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS journal (id INTEGER PRIMARY KEY, line TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS kept (name TEXT, part INTEGER, bytes BLOB NOT NULL, PRIMARY KEY (name, part)) WITHOUT ROWID;";

/// How many seconds pass between the first line and the fold, when `LEARN_AFTER` doesn't say.
const LEARN_AFTER: u64 = 60;
/// While outcomes may still come, silence itself tells something.
const LEARN_AGAIN: Duration = Duration::from_millis(HOUR as u64);
/// When the webhook is told again that didn't answer.
const TELL_AGAIN: Duration = Duration::from_secs(30);
/// The most exposures that are kept open, and as many outcomes and kinds of settled ones. Natively these are 36 MB, and 70 while they are learned from
/// (`cargo bench --bench learner`); an object has 128.
const MOST: usize = 100_000;
/// The size of a part: a row of SQLite holds 2 MB.
const PART: usize = 1 << 20;

/// What a campaign is told.
#[derive(Serialize, Deserialize)]
struct Told {
    campaign: String,
    lines: Vec<String>,
}

/// The campaigns of a line.
#[derive(Default, Deserialize)]
struct Of {
    #[serde(default)]
    campaign: Option<String>,
    /// Of an outcome of which that isn't known: those whose messages came before it.
    #[serde(default)]
    campaigns: Vec<String>,
}

/// Hands lines of the log to the campaigns that they are of.
///
/// # Errors
/// When a campaign fails or does not answer in time; others may have heard.
pub async fn tell(env: &Env, lines: &[&str]) -> Result<()> {
    let mut campaigns: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in lines {
        let of: Of = serde_json::from_str(line).unwrap_or_default();
        for campaign in of.campaign.into_iter().chain(of.campaigns).filter(|id| published::plausible(id)) {
            campaigns.entry(campaign).or_default().push((*line).to_owned());
        }
    }
    for (campaign, lines) in campaigns {
        let stub = env.durable_object("CAMPAIGNS")?.get_by_name(&campaign)?;
        let body = serde_json::to_string(&Told { campaign, lines })?;
        let mut init = RequestInit::new();
        init.with_method(Method::Post).with_body(Some(JsValue::from_str(&body)));
        let request = Request::new_with_init("https://campaigns/", &init)?;
        let response = deadline("CAMPAIGNS", stub.fetch_with_request(request)).await?;
        if response.status_code() != 200 {
            return Err(Error::RustError(format!("a campaign answered {}", response.status_code())));
        }
    }
    Ok(())
}

/// What a campaign brought, by the name of one that is published.
///
/// # Errors
/// When the campaign fails or doesn't answer in time.
pub async fn results(env: &Env, campaign: &str) -> Result<Response> {
    let stub = env.durable_object("CAMPAIGNS")?.get_by_name(campaign)?;
    deadline("CAMPAIGNS", stub.fetch_with_str(&format!("https://campaigns/{campaign}"))).await
}

/// What one campaign learns and brings.
#[durable_object(alarm)]
pub struct Campaigns {
    state: State,
    sql: SqlStorage,
    pub(super) env: Env,
}

impl DurableObject for Campaigns {
    fn new(state: State, env: Env) -> Self {
        let sql = state.storage().sql();
        for schema in [SCHEMA, ledgers::SCHEMA] {
            if let Err(error) = sql.exec(schema, None) {
                report("schema", &error);
            }
        }
        Self { state, sql, env }
    }

    /// Takes lines, and tells results; whatever else is asked is about its ledgers or breakers.
    async fn fetch(&self, mut req: Request) -> Result<Response> {
        if req.method() == Method::Get {
            return self.results(req.path().trim_start_matches('/')).await;
        }
        match req.path().as_str() {
            "/ledgers" => return ledgers::answer(&self.sql, req.json().await?),
            "/breakers" => {
                let (id, call): (String, breakers::Call) = req.json().await?;
                return self.answer_for_breakers(&id, call).await;
            }
            _ => {}
        }
        let told: Told = req.json().await?;
        self.keep("campaign", told.campaign.as_bytes())?;
        for line in told.lines {
            self.sql.exec("INSERT INTO journal (line) VALUES (?)", vec![line.into()])?;
        }
        self.wake(self.pace()).await?;
        Response::ok("")
    }

    /// Learns.
    async fn alarm(&self) -> Result<Response> {
        let Some(id) = self.kept("campaign")?.and_then(|id| String::from_utf8(id).ok()) else {
            return Response::ok("");
        };
        let Some(campaign) = running::get(&self.env, &id).await else {
            // unpublished, or unreachable: the lines wait
            self.wake(LEARN_AGAIN).await?;
            return Response::ok("");
        };
        let (waiting, lessons) = self.learn(&campaign)?;
        if campaign.learning.automatic {
            self.publish(&id, &lessons).await?;
        }
        if self.break_off(&id).await? {
            self.wake(TELL_AGAIN).await?;
        }
        if waiting {
            self.wake(LEARN_AGAIN).await?;
        }
        Response::ok("")
    }
}

impl Campaigns {
    /// Folds the journal; whether outcomes may still come, and what follows, as text. Without an await: all of it happens, or nothing.
    fn learn(&self, campaign: &Campaign) -> Result<(bool, String)> {
        let model = running::model()?;
        let scope = Scope { campaign, model: &model };
        let mut learner = match self.kept("learner")? {
            Some(bytes) => Learner::from_bytes(&bytes).map_err(unreadable)?,
            None => Learner::default(),
        };
        let mut tally = self.tally()?;
        let lines = self.journal()?;
        for line in &lines {
            // what is not learned from is counted by the learner
            let _ = learner.take(&scope, line);
            tally.take(&scope, line);
        }
        let now = now();
        tally.settle(campaign, now);
        tally.bound(MOST);
        learner.settle(&scope, now);
        learner.bound(MOST);
        let lessons = serde_json::to_string_pretty(&learner.learned(&scope, now))?;
        self.keep("learner", &learner.to_bytes().map_err(unreadable)?)?;
        self.keep("tally", &tally.to_bytes().map_err(unreadable)?)?;
        self.watch(campaign, &lines)?;
        self.sql.exec("DELETE FROM journal", None)?;
        Ok((learner.is_waiting() || tally.is_waiting(), lessons))
    }

    /// The lines that are not folded yet.
    fn journal(&self) -> Result<Vec<Line>> {
        let mut lines = Vec::new();
        for row in self.sql.exec("SELECT line FROM journal ORDER BY id", None)?.raw() {
            let row = row?;
            let [SqlStorageValue::String(line)] = row.as_slice() else { continue };
            match Line::parse(line) {
                Ok(line) => lines.push(line),
                Err(error) => report("a line of the log can't be read", &error),
            }
        }
        Ok(lines)
    }

    fn tally(&self) -> Result<Tally> {
        match self.kept("tally")? {
            Some(bytes) => Tally::from_bytes(&bytes).map_err(unreadable),
            None => Ok(Tally::default()),
        }
    }

    /// What the campaign brought so far. Changes nothing.
    async fn results(&self, id: &str) -> Result<Response> {
        let Some(campaign) = running::get(&self.env, id).await else {
            return Response::error("not published", 404);
        };
        let live = running::live(&self.env, id).await;
        let model = running::model()?;
        let scope = Scope { campaign: &campaign, model: &model };
        let mut tally = self.tally()?;
        self.journal()?.iter().for_each(|line| tally.take(&scope, line));
        let now = now();
        tally.settle(&campaign, now);
        Response::from_json(&Results::of(&tally, &campaign, &live, now))
    }

    /// Lets decisions know what was learned.
    async fn publish(&self, id: &str, lessons: &str) -> Result<()> {
        let learned = Learned::read(lessons).map_err(unreadable)?;
        let version = learned.version().unwrap_or(Key(0)).0;
        let path = format!("learned/{id}/{version:08x}.json");
        let put = async { self.env.bucket("BUCKET")?.put(path, lessons.to_owned()).execute().await };
        deadline("BUCKET", put).await?;
        deadline("KV", published::put(&self.env, id, lessons, learned)).await.map(drop)
    }

    fn pace(&self) -> Duration {
        let told = self.env.var("LEARN_AFTER").ok().and_then(|seconds| seconds.to_string().parse().ok());
        Duration::from_secs(told.unwrap_or(LEARN_AFTER))
    }

    /// Sees to it that the alarm rings no later than this.
    async fn wake(&self, after: Duration) -> Result<()> {
        let storage = self.state.storage();
        let by = now().plus(Span(after.as_millis() as i64));
        match storage.get_alarm().await? {
            Some(at) if Timestamp(at) <= by => Ok(()),
            _ => storage.set_alarm(after).await,
        }
    }

    pub(super) fn kept(&self, name: &str) -> Result<Option<Vec<u8>>> {
        let rows = self.sql.exec("SELECT bytes FROM kept WHERE name = ? ORDER BY part", vec![name.into()])?;
        let mut bytes = None;
        for row in rows.raw() {
            if let [SqlStorageValue::Blob(part)] = row?.as_slice() {
                bytes.get_or_insert_with(Vec::new).extend_from_slice(part);
            }
        }
        Ok(bytes)
    }

    pub(super) fn keep(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let mut parts = 0_i64;
        for bytes in bytes.chunks(PART) {
            let values = vec![name.into(), parts.into(), bytes.to_vec().into()];
            self.sql.exec("INSERT OR REPLACE INTO kept (name, part, bytes) VALUES (?, ?, ?)", values)?;
            parts += 1;
        }
        self.sql.exec("DELETE FROM kept WHERE name = ? AND part >= ?", vec![name.into(), parts.into()])?;
        Ok(())
    }
}

fn unreadable(error: impl std::fmt::Display) -> Error {
    Error::RustError(error.to_string())
}
