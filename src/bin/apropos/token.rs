//! `apropos token`: a list of recipients with their tokens, ready to upload to an e-mail service provider.

use crate::Verdict;
use crate::input::{Input, Lines, Row, Table, suggestion};
use crate::output::Output;
use crate::report::{self, BadLines};
use crate::secrets::{Signer, Vars};
use crate::text::{count, examples};
use anyhow::Result;
use serde_json::{Map, Value};
use std::io::Write;
use std::path::PathBuf;

/// Add a column with each recipient's token to a CSV or NDJSON list
#[derive(clap::Args)]
#[command(after_help = examples(&[
    ("Secrets from a file", "apropos token recipients.csv --env .dev.vars --out upload.csv"),
    ("Another id column, from a pipe", "gunzip -c list.ndjson.gz | apropos token - --id-column customer_no > upload.ndjson"),
]))]
pub struct Args {
    /// The recipients: CSV with a header, or NDJSON; gzip is fine; - is standard input
    input: PathBuf,
    /// The column that holds the recipient's id, the same id that events and imports use
    #[arg(long, value_name = "NAME", default_value = "id")]
    id_column: String,
    /// The column that gets the token; replaced if it is there already
    #[arg(long, value_name = "NAME", default_value = "apropos")]
    field: String,
    /// Where the rows go; standard output when left out
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// A file with TOKEN_KEYS, RECIPIENT_SECRET and SHARDS, such as .dev.vars; else the environment has them
    #[arg(long, value_name = "FILE")]
    env: Option<PathBuf>,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<Verdict> {
    let signer = Signer::new(&Vars::read(args.env.as_deref())?)?;
    let mut input = Input::open(&args.input)?;
    let mut job = Job { args, signer, bad: BadLines::of(&input.name), written: 0 };
    let mut out = Output::to(args.out.as_deref())?;
    if input.is_json()? {
        job.objects(input.lines(), &mut out)?
    } else {
        job.rows(input.table()?, &mut out)?
    }
    out.finish()?;
    report::say(job.bad.summary(&count(job.written, "token")));
    Ok(Verdict::of(job.bad.count() == 0))
}

struct Job<'a> {
    args: &'a Args,
    signer: Signer,
    bad: BadLines,
    written: usize,
}

impl Job<'_> {
    fn rows(&mut self, mut table: Table, out: &mut Output) -> Result<()> {
        let id = table.column(&self.args.id_column);
        let id = id.map_err(|problem| anyhow::anyhow!("{problem} (--id-column names it)"))?;
        let place = table.header.iter().position(|name| *name == self.args.field);
        let mut writer = csv::WriterBuilder::new().delimiter(table.delimiter).from_writer(out);
        let header = table.header.iter().map(String::as_str);
        writer.write_record(with(header, place, &self.args.field))?;
        while let Some(Row { number, cells }) = table.read()? {
            let token = cells.and_then(|cells| {
                let token = self.token(cells.get(id).unwrap_or_default())?;
                Ok((cells, token))
            });
            match token {
                Ok((cells, token)) => writer.write_record(with(cells.iter(), place, &token))?,
                Err(reason) => {
                    self.bad.tell(number, &[reason]);
                    continue;
                }
            }
            self.written += 1;
        }
        Ok(writer.flush()?)
    }

    fn objects(&mut self, mut lines: Lines, out: &mut Output) -> Result<()> {
        while let Some(line) = lines.read()? {
            match line.text.and_then(|text| self.object(&text)) {
                Ok(object) => {
                    writeln!(out, "{object}")?;
                    self.written += 1;
                }
                Err(reason) => self.bad.tell(line.number, &[reason]),
            }
        }
        Ok(())
    }

    /// The line with the token put in. Everything else stays as it was written, digit for digit.
    fn object(&self, line: &str) -> Result<String, String> {
        let mut object: Map<String, Value> =
            serde_json::from_str(line).map_err(|e| format!("this is no JSON object: {e}"))?;
        let (column, field) = (&self.args.id_column, &self.args.field);
        let token = match object.get(column) {
            Some(Value::String(id)) => self.token(id)?,
            Some(Value::Number(id)) => self.token(&id.to_string())?,
            Some(_) => return Err(format!("{column:?} is neither a text nor a number")),
            None => {
                let known = suggestion(column, object.keys().map(String::as_str));
                return Err(format!("the object has no {column:?}; {known}"));
            }
        };
        if object.insert(field.clone(), token.clone().into()).is_some() {
            return Ok(Value::Object(object).to_string());
        }
        let head = line.trim_end().strip_suffix('}').unwrap_or(line).trim_end();
        Ok(format!("{head},{}:{}}}", Value::from(field.as_str()), Value::from(token)))
    }

    fn token(&self, id: &str) -> Result<String, String> {
        match id.trim() {
            "" => Err(format!("{:?} is empty", self.args.id_column)),
            id if id.chars().count() > 200 => {
                Err(format!("{:?} has more than 200 characters", self.args.id_column))
            }
            id => Ok(self.signer.token(id)),
        }
    }
}

/// The cells with one replaced, or added at the end.
fn with<'a>(cells: impl Iterator<Item = &'a str>, place: Option<usize>, new: &'a str) -> Vec<&'a str> {
    let mut cells: Vec<_> = cells.collect();
    match place.and_then(|i| cells.get_mut(i)) {
        Some(cell) => *cell = new,
        None => cells.push(new),
    }
    cells
}
