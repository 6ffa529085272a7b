//! The Durable Object that keeps the record: who operated the deployment and how, and which version of which campaign was published when.
//!
//! A change is written down before it is made, and how it ended after. So nothing is changed unrecorded; what has no status was begun, and nobody knows how it ended.
//!
//! | table | what it holds |
//! |---|---|
//! | `audit` | who did what, newest 10,000 and not older than 90 days |
//! | `publications` | what was published, the newest 500 of each campaign |
//! | `marks` | up to which number the record is in the bucket |
//!
//! An alarm copies the record to `audit/dt=YYYY-MM-DD/…ndjson` in the bucket, and forgets what is older. A copy may be made twice: drop doubles by `number`.
//! Of recipients it holds a keyed hash of their key, which stands nowhere else (law 8): whoever knows the id and the deployment's secret can ask for it, and it leads to nobody.

use super::{deadline, now, report};
use crate::time::{DAY, MINUTE, Span, Timestamp, civil_from_days};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;
use std::time::Duration;
use worker::wasm_bindgen; // the macro names it bare
use worker::wasm_bindgen::JsValue;
use worker::{
    DurableObject, Env, Error, Method, Request, RequestInit, Response, Result, SqlStorage, SqlStorageValue,
    State, durable_object,
};

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS audit (number INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, entry TEXT NOT NULL, status INTEGER, version TEXT);
CREATE TABLE IF NOT EXISTS publications (campaign TEXT, number INTEGER, publication TEXT NOT NULL, PRIMARY KEY (campaign, number)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS marks (name TEXT PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID;";

/// There is one record.
const NAME: &str = "register";
/// How many lines of the record are at hand, and for how long.
const MOST: i64 = 10_000;
const KEPT: Span = Span(90 * DAY);
/// How many publications of a campaign are at hand. Their documents stay in the bucket for good.
const PUBLICATIONS: i64 = 500;
/// How many are told at once.
const PAGE: u32 = 1_000;
/// Later than any: the largest number that JavaScript holds exactly.
const LATEST: i64 = (1 << 53) - 1;
/// How many lines a file in the bucket has at most.
const FILE: u32 = 2_000;
/// How long lines are gathered before they are copied to the bucket, and how long is waited for one that hasn't ended.
const GATHER: Duration = Duration::from_secs(60);
const UNENDED: Span = Span(5 * MINUTE);

/// What an operator is about to do.
#[derive(Clone, Serialize, Deserialize)]
pub struct Deed {
    /// By name.
    pub who: String,
    /// The method …
    pub method: String,
    /// … and the pattern of the path.
    pub route: String,
    /// The campaign or feed; of a recipient a keyed hash.
    pub of: Option<String>,
}

/// A line of the record.
#[derive(Serialize, Deserialize)]
pub struct Line {
    number: i64,
    at: Timestamp,
    #[serde(flatten)]
    deed: Deed,
    version: Option<String>,
    status: Option<u16>,
}

/// A version that was published.
#[derive(Clone, Serialize, Deserialize)]
pub struct Publication {
    /// The campaign.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// What counts as success.
    pub goal: crate::campaign::Goal,
    /// Whether it is paused.
    pub paused: bool,
    /// The version.
    pub version: String,
    /// By whom.
    pub by: String,
    /// `publish` or `rollback`.
    pub how: String,
}

/// A publication, when, and the how-manieth of its campaign.
#[derive(Serialize, Deserialize)]
pub struct Published {
    /// The how-manieth.
    pub number: i64,
    /// When.
    pub at: Timestamp,
    /// What.
    #[serde(flatten)]
    pub publication: Publication,
}

/// Some of what there is, newest first.
#[derive(Serialize, Deserialize)]
pub struct Page<T> {
    /// These.
    pub entries: Vec<T>,
    /// Older ones stand before this number; `None` when there are none.
    pub next: Option<i64>,
}

/// What the record is asked.
#[derive(Serialize, Deserialize)]
enum Call {
    Begin(Deed),
    End { number: i64, status: u16, publication: Option<Publication> },
    Audit(Cut),
    Versions { id: String, cut: Cut },
    Campaigns,
}

/// Which part of a list is wanted.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub struct Cut {
    /// Older than this number.
    pub before: i64,
    /// At most so many.
    pub limit: u32,
}

/// Writes down what is about to be done; its number.
///
/// # Errors
/// When it can't be written down: then it must not be done.
pub async fn begin(env: &Env, deed: Deed) -> Result<i64> {
    ask(env, &Call::Begin(deed)).await
}

/// Writes down how it ended, and what was published by it.
///
/// # Errors
/// When it can't be written down.
pub async fn end(env: &Env, number: i64, status: u16, publication: Option<Publication>) -> Result<()> {
    ask(env, &Call::End { number, status, publication }).await
}

/// Who did what.
pub async fn audit(env: &Env, cut: Cut) -> Result<Page<Line>> {
    ask(env, &Call::Audit(cut)).await
}

/// What was published under an id.
pub async fn versions(env: &Env, id: &str, cut: Cut) -> Result<Page<Published>> {
    ask(env, &Call::Versions { id: id.to_owned(), cut }).await
}

/// The newest publication of every campaign.
pub async fn campaigns(env: &Env) -> Result<Vec<Published>> {
    ask(env, &Call::Campaigns).await
}

async fn ask<T: DeserializeOwned>(env: &Env, call: &Call) -> Result<T> {
    let stub = env.durable_object("REGISTER")?.get_by_name(NAME)?;
    let mut init = RequestInit::new();
    init.with_method(Method::Post).with_body(Some(JsValue::from_str(&serde_json::to_string(call)?)));
    let request = Request::new_with_init("https://register/", &init)?;
    let mut response = deadline("REGISTER", stub.fetch_with_request(request)).await?;
    if response.status_code() != 200 {
        return Err(Error::RustError(format!("the record answered {}", response.status_code())));
    }
    deadline("REGISTER", response.json()).await
}

/// The record of a deployment.
#[durable_object(alarm)]
pub struct Register {
    state: State,
    sql: SqlStorage,
    env: Env,
}

impl DurableObject for Register {
    fn new(state: State, env: Env) -> Self {
        let sql = state.storage().sql();
        if let Err(error) = sql.exec(SCHEMA, None) {
            report("schema", &error);
        }
        Self { state, sql, env }
    }

    async fn fetch(&self, mut req: Request) -> Result<Response> {
        match req.json().await? {
            Call::Begin(deed) => {
                let number = self.begin(&deed)?;
                self.wake().await?;
                Response::from_json(&number)
            }
            Call::End { number, status, publication } => {
                self.end(number, status, publication.as_ref())?;
                Response::from_json(&())
            }
            Call::Audit(cut) => Response::from_json(&page(cut, self.lines(cut)?, |line| line.number)),
            Call::Versions { id, cut } => {
                Response::from_json(&page(cut, self.versions(&id, cut)?, |version| version.number))
            }
            Call::Campaigns => Response::from_json(&self.campaigns()?),
        }
    }

    /// Copies to the bucket, and forgets.
    async fn alarm(&self) -> Result<Response> {
        let mark = self.mark()?;
        let lines = self.since(mark, FILE)?;
        let late = now().plus(Span(-UNENDED.0));
        let ended = lines.iter().take_while(|line| line.status.is_some() || line.at < late).count();
        if let Some((first, last)) = lines[..ended].first().zip(lines[..ended].last()) {
            self.copy(&lines[..ended], first).await?;
            let values = vec![last.number.into()];
            self.sql.exec("INSERT OR REPLACE INTO marks (name, number) VALUES ('copied', ?)", values)?;
        }
        self.forget()?;
        if ended < lines.len() || lines.len() == FILE as usize {
            self.wake().await?;
        }
        Response::ok("")
    }
}

impl Register {
    fn begin(&self, deed: &Deed) -> Result<i64> {
        let values = vec![now().0.into(), serde_json::to_string(deed)?.into()];
        let rows = self.sql.exec("INSERT INTO audit (at, entry) VALUES (?, ?) RETURNING number", values)?;
        let row = rows.raw().next().transpose()?.unwrap_or_default();
        number(row.first()).ok_or_else(|| Error::RustError("no number was given".into()))
    }

    fn end(&self, line: i64, status: u16, publication: Option<&Publication>) -> Result<()> {
        let version = publication.map(|publication| publication.version.as_str());
        let values = vec![i64::from(status).into(), text(version), line.into()];
        self.sql.exec("UPDATE audit SET status = ?, version = ? WHERE number = ?", values)?;
        let Some(publication) = publication else { return Ok(()) };
        let id = publication.id.as_str();
        let newest = self.versions(id, Cut { before: LATEST, limit: 1 })?.into_iter().next();
        let number = newest.map_or(0, |newest| newest.number) + 1;
        let published = Published { number, at: now(), publication: publication.clone() };
        let values = vec![id.into(), number.into(), serde_json::to_string(&published)?.into()];
        self.sql.exec("INSERT INTO publications (campaign, number, publication) VALUES (?, ?, ?)", values)?;
        let values = vec![id.into(), (number - PUBLICATIONS).into()];
        self.sql.exec("DELETE FROM publications WHERE campaign = ? AND number <= ?", values)?;
        Ok(())
    }

    fn lines(&self, cut: Cut) -> Result<Vec<Line>> {
        let query = "SELECT number, at, entry, status, version FROM audit WHERE number < ? ORDER BY number DESC LIMIT ?";
        self.read_lines(query, cut.before, cut.limit)
    }

    fn since(&self, mark: i64, limit: u32) -> Result<Vec<Line>> {
        let query =
            "SELECT number, at, entry, status, version FROM audit WHERE number > ? ORDER BY number LIMIT ?";
        self.read_lines(query, mark, limit)
    }

    fn read_lines(&self, query: &str, from: i64, limit: u32) -> Result<Vec<Line>> {
        let rows = self.sql.exec(query, vec![from.into(), i64::from(limit).into()])?;
        rows.raw().map(|row| line(&row?)).collect()
    }

    fn versions(&self, id: &str, Cut { before, limit }: Cut) -> Result<Vec<Published>> {
        let query = "SELECT publication FROM publications WHERE campaign = ? AND number < ? ORDER BY number DESC LIMIT ?";
        let values = vec![id.into(), before.into(), i64::from(limit).into()];
        self.sql.exec(query, values)?.raw().map(|row| publication(&row?)).collect()
    }

    fn campaigns(&self) -> Result<Vec<Published>> {
        let query = "SELECT publication FROM publications AS p WHERE number = (SELECT max(number) FROM publications WHERE campaign = p.campaign) ORDER BY campaign";
        self.sql.exec(query, None)?.raw().map(|row| publication(&row?)).collect()
    }

    fn mark(&self) -> Result<i64> {
        let rows = self.sql.exec("SELECT number FROM marks WHERE name = 'copied'", None)?;
        let row = rows.raw().next().transpose()?.unwrap_or_default();
        Ok(number(row.first()).unwrap_or(0))
    }

    /// Writes lines to a file whose name tells the first of them.
    async fn copy(&self, lines: &[Line], first: &Line) -> Result<()> {
        let mut text = String::new();
        for line in lines {
            let _ = writeln!(text, "{}", serde_json::to_string(line)?);
        }
        let (year, month, day) = civil_from_days(first.at.day());
        let path = format!("audit/dt={year:04}-{month:02}-{day:02}/{:012}.ndjson", first.number);
        let put = async { self.env.bucket("BUCKET")?.put(path, text).execute().await };
        deadline("BUCKET", put).await.map(drop)
    }

    /// Forgets what is old, or more than is kept at hand, once it is in the bucket.
    fn forget(&self) -> Result<()> {
        let old = now().plus(Span(-KEPT.0)).0;
        let values = vec![self.mark()?.into(), old.into(), MOST.into()];
        self.sql
            .exec(
                "DELETE FROM audit WHERE number <= ? AND (at < ? OR number <= (SELECT max(number) FROM audit) - ?)",
                values,
            )
            .map(drop)
    }

    async fn wake(&self) -> Result<()> {
        let storage = self.state.storage();
        match storage.get_alarm().await? {
            Some(_) => Ok(()),
            None => storage.set_alarm(GATHER).await,
        }
    }
}

/// What was read, and where what is older begins if there may be any.
fn page<T>(cut: Cut, entries: Vec<T>, number: impl Fn(&T) -> i64) -> Page<T> {
    let is_full = entries.len() >= cut.limit as usize;
    let next = entries.last().filter(|_| is_full).map(number).filter(|number| *number > 1);
    Page { entries, next }
}

impl Cut {
    /// The newest: at most as many as are told at once.
    pub fn newest(limit: Option<u32>) -> Self {
        Self { before: LATEST, limit: limit.unwrap_or(100).clamp(1, PAGE) }
    }
}

fn line(row: &[SqlStorageValue]) -> Result<Line> {
    let [number, at, SqlStorageValue::String(deed), status, version] = row else {
        return Err(Error::RustError("a line of the record can't be read".into()));
    };
    let version = match version {
        SqlStorageValue::String(version) => Some(version.clone()),
        _ => None,
    };
    Ok(Line {
        number: self::number(Some(number)).unwrap_or(0),
        at: Timestamp(self::number(Some(at)).unwrap_or(0)),
        deed: serde_json::from_str(deed)?,
        version,
        status: self::number(Some(status)).and_then(|status| u16::try_from(status).ok()),
    })
}

fn publication(row: &[SqlStorageValue]) -> Result<Published> {
    match row {
        [SqlStorageValue::String(text)] => Ok(serde_json::from_str(text)?),
        _ => Err(Error::RustError("a publication can't be read".into())),
    }
}

fn number(value: Option<&SqlStorageValue>) -> Option<i64> {
    match value {
        Some(SqlStorageValue::Integer(n)) => Some(*n),
        Some(SqlStorageValue::Float(n)) => Some(*n as i64),
        _ => None,
    }
}

fn text(value: Option<&str>) -> SqlStorageValue {
    value.map_or(SqlStorageValue::Null, Into::into)
}
