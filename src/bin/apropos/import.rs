//! `apropos import`: profiles from NDJSON or CSV into the Worker's shards.
//!
//! Every line is checked here with the Worker's own code, so what is wrong is told with the file's line number; the good lines land all the same.

use crate::Verdict;
use crate::input::{Input, Lines, MAX_BYTES, Table};
use crate::mapping::Mapping;
use crate::report::{self, BadLines};
use crate::server::{Server, told};
use crate::text::{DIM, count, examples, grouped, now, paint};
use anyhow::{Result, anyhow, bail};
use apropos::profile::fields;
use apropos::time::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use std::io::{self, Write};
use std::path::PathBuf;

/// How many profiles go into one call: as many as the Worker hands to its shards with the calls it may make.
const BATCH: usize = 5_000;

/// Bring profiles in from NDJSON documents, or from a CSV with a mapping of its columns
///
/// A consent in a mapping without a date may be of any age, so an undated grant never overrules a withdrawal.
/// Importing the same file again is harmless.
#[derive(clap::Args)]
#[command(after_help = examples(&[
    ("Try a CSV without sending anything", "apropos import customers.csv.gz --mapping mapping.json --dry-run"),
    ("Send", "APROPOS_ADMIN_SECRET=… apropos import profiles.ndjson --url https://mail.shop.example"),
    ("What a mapping may name", "apropos signals --fields"),
]))]
pub struct Args {
    /// The profiles: NDJSON documents, or CSV with a header; gzip is fine; - is standard input
    file: PathBuf,
    /// How the columns of a CSV become fields; see demo/README.md
    #[arg(long, value_name = "FILE")]
    mapping: Option<PathBuf>,
    /// The Worker's address
    #[arg(long, value_name = "BASE", env = "APROPOS_URL", required_unless_present = "dry_run")]
    url: Option<String>,
    /// The Worker's ADMIN_SECRET
    #[arg(long, env = "APROPOS_ADMIN_SECRET", hide_env_values = true, required_unless_present = "dry_run")]
    secret: Option<String>,
    /// Check everything, send nothing, and show the first document
    #[arg(long)]
    dry_run: bool,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<Verdict> {
    let server = match (&args.url, &args.secret) {
        (Some(url), Some(secret)) if !args.dry_run => Some(Server::new(url, secret)?),
        _ => None,
    };
    let mut input = Input::open(&args.file)?;
    let mut import = Import::to(server, &input.name);
    match (input.is_json()?, &args.mapping) {
        (true, Some(_)) => bail!("{} holds JSON documents, which take no mapping", input.name),
        (true, None) => import.documents(input.lines())?,
        (false, None) => bail!(
            "{} is a CSV: name its mapping with --mapping (demo/hillstrom-mapping.json is an example)",
            input.name
        ),
        (false, Some(path)) => {
            let table = input.table()?;
            match Mapping::read(path, &table)? {
                Ok(mapping) => import.rows(table, &mapping)?,
                Err(problems) => {
                    report::list(&path.display().to_string(), &problems);
                    return Ok(Verdict::Problems);
                }
            }
        }
    }
    import.finish()
}

/// An import on its way.
struct Import {
    server: Option<Server>,
    bad: BadLines,
    batch: Batch,
    /// Profiles that landed, or would.
    landed: usize,
    first: Option<String>,
    now: Timestamp,
}

/// Documents to be sent together, and the file's line of each.
#[derive(Default)]
struct Batch {
    body: String,
    lines: Vec<u64>,
}

/// What the Worker says of a batch.
#[derive(Deserialize)]
struct Imported {
    imported: usize,
    errors: Vec<Refused>,
}

/// A line of the batch, from 1, that the Worker didn't take.
#[derive(Deserialize)]
struct Refused {
    line: usize,
    reasons: Vec<String>,
}

impl Import {
    fn to(server: Option<Server>, name: &str) -> Self {
        Self { server, bad: BadLines::of(name), batch: Batch::default(), landed: 0, first: None, now: now() }
    }

    fn documents(&mut self, mut lines: Lines) -> Result<()> {
        while let Some(line) = lines.read()? {
            let checked = line.text.map_err(|reason| vec![reason]).and_then(|text| {
                fields::parse(&text, self.now).map_err(|errors| sentences(&errors))?;
                Ok(text)
            });
            self.document(line.number, checked)?;
        }
        Ok(())
    }

    fn rows(&mut self, mut table: Table, mapping: &Mapping) -> Result<()> {
        while let Some(row) = table.read()? {
            let cells = row.cells.map_err(|reason| vec![reason]);
            let checked = cells.and_then(|cells| mapping.document(&cells)).and_then(|document| {
                fields::read(&document, self.now).map_err(|errors| sentences(&errors))?;
                Ok(Value::Object(document).to_string())
            });
            self.document(row.number, checked)?;
        }
        Ok(())
    }

    /// Takes the text of one document, or tells what is wrong with it.
    fn document(&mut self, line: u64, checked: Result<String, Vec<String>>) -> Result<()> {
        match checked {
            Ok(text) => self.take(line, text.trim()),
            Err(reasons) => {
                self.bad.tell(line, &reasons);
                Ok(())
            }
        }
    }

    fn take(&mut self, line: u64, text: &str) -> Result<()> {
        if self.batch.lines.len() == BATCH || self.batch.body.len() + text.len() >= MAX_BYTES {
            self.send()?;
        }
        self.first.get_or_insert_with(|| text.to_owned());
        self.batch.lines.push(line);
        self.batch.body.push_str(text);
        self.batch.body.push('\n');
        Ok(())
    }

    fn send(&mut self) -> Result<()> {
        let batch = std::mem::take(&mut self.batch);
        if let (Some(server), false) = (&self.server, batch.lines.is_empty()) {
            let answer = server.put("/v1/profiles", "application/x-ndjson", &batch.body);
            let answer = answer.map_err(|error| self.interrupted(&error))?;
            let imported: Imported = match serde_json::from_str(&answer.body) {
                Ok(imported) if answer.status == 200 => imported,
                _ => bail!("the Worker answers {}: {}", answer.status, told(&answer.body)),
            };
            for refused in imported.errors {
                let line =
                    refused.line.checked_sub(1).and_then(|i| batch.lines.get(i)).copied().unwrap_or_default();
                self.bad.tell(line, &refused.reasons);
            }
            self.landed += imported.imported;
        } else {
            self.landed += batch.lines.len();
        }
        report::progress(&format!("{} profiles …", grouped(self.landed)));
        Ok(())
    }

    /// The error, and where things stand.
    fn interrupted(&self, error: &anyhow::Error) -> anyhow::Error {
        let landed = count(self.landed, "profile");
        anyhow!("{error:#}\n{landed} had landed before; importing the file again is harmless")
    }

    fn finish(mut self) -> Result<Verdict> {
        self.send()?;
        report::clear_progress();
        let mut out = anstream::stdout().lock();
        let what = if self.server.is_some() { "imported" } else { "would be imported; nothing was sent" };
        writeln!(out, "{}", self.bad.summary(&format!("{} {what}", count(self.landed, "profile"))))?;
        if let (None, Some(first)) = (&self.server, &self.first) {
            sample(&mut out, first)?;
        }
        Ok(Verdict::of(self.bad.count() == 0))
    }
}

fn sentences(errors: &[fields::FieldError]) -> Vec<String> {
    errors.iter().map(ToString::to_string).collect()
}

fn sample(out: &mut impl Write, document: &str) -> io::Result<()> {
    let pretty =
        serde_json::from_str::<Value>(document).and_then(|value| serde_json::to_string_pretty(&value));
    writeln!(out, "{}\n{}", paint(DIM, "the first of them:"), pretty.unwrap_or_default())
}
