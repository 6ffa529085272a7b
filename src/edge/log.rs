//! The event log: lines wait in the shard's outbox, written with what they tell of, leave by a queue and land in the bucket as compressed NDJSON under `events/dt=…/hour=…/`.
//!
//! A line never names a recipient: it carries the random subject, which only the recipient's own row leads back from, and only when the recipient consented to measurement.
//! Delivery is at least once; every line has an id by which a reader drops doubles. An exposure brings all that is needed to judge another
//! policy on it, to learn from it, and to make the same choice again ([`crate::learn::policy::Line`]): the whole assembly, the signals to the last digit, what
//! guardrails had taken away, the seed, the versions of campaign, model and what was learned, and the probability of what was chosen (law 7).

use super::recipients::{Moment, Stored};
use super::{analytics, campaigns, deadline, report};
use crate::campaign::Variant;
use crate::decide::{Decision, Question, Trace};
use crate::hash::{Key, fnv1a, mix};
use crate::intent::Facts;
use crate::profile::{Event, Outcome, Purpose};
use crate::time::{DAY, HOUR, Timestamp, civil_from_days};
use flate2::{Compression, write::GzEncoder};
use serde_json::{Map, Value, json};
use std::io::Write;
use worker::{Env, HttpMetadata, MessageBatch, MessageExt, Result};

/// The version of the lines' form.
const SCHEMA: u32 = 2;

/// The line for an image that was served, if the recipient allows measurement and a person may see it.
pub fn exposure(
    moment: &Moment<'_>,
    stored: &Stored,
    question: &Question<'_>,
    (decision, trace): (&Decision, &Trace),
    shown: Option<&Variant>,
) -> Option<Value> {
    let Moment { campaign, context, now, .. } = *moment;
    let facts = Facts::new(campaign.channel, &stored.profile, context, now);
    if !facts.allows(Purpose::Measurement) || !context.fetcher.shows_person() {
        return None;
    }
    let mut line = line("exposure", moment, stored);
    line.insert("variant".into(), json!(shown.map(|v| &v.id.name)));
    line.append(&mut trace.told(question, decision));
    Some(line.into())
}

/// The line for a link that a person followed; `variant` is what they were last shown.
pub fn click(moment: &Moment<'_>, stored: &Stored, variant: Option<Key>) -> Value {
    let mut line = line("click", moment, stored);
    let shown = variant
        .and_then(|key| moment.slot.variant(key))
        .map(|i| &moment.slot.variants[usize::from(i)].id.name);
    line.insert("variant".into(), json!(shown));
    line.into()
}

/// The line for something that a recipient did, as an event tells. Nothing tells which message it answers, so it is a line of every campaign of which
/// something was shown lately, and of none by name.
pub fn outcome(outcome: Outcome, subject: &[u8; 16], event: &Event, campaigns: &[String]) -> Value {
    let subject = hexadecimal(subject);
    let unique = match event.message_id.as_str() {
        "" => format!("{outcome:?} {subject} {}", event.timestamp.0),
        id => format!("{outcome:?} {subject} {id}"),
    };
    let mut line = json!({
        "schema": SCHEMA, "id": id(&unique), "type": outcome, "at": event.timestamp, "subject": subject, "campaigns": campaigns,
    });
    if outcome == Outcome::Click {
        line["fetcher"] = json!(crate::context::Fetcher::Person);
    }
    if outcome == Outcome::Order {
        let told = |names: &[&str]| names.iter().find_map(|name| event.properties.get(*name)).cloned();
        line["value"] = told(&["total", "revenue"]).unwrap_or_default();
        line["currency"] = told(&["currency"]).unwrap_or_default();
    }
    line
}

/// The line for something that a page showed, as [`super::seen`] believes it, or for a click on it.
pub fn shown(subject: &[u8; 16], event: &Event, told: &Map<String, Value>) -> Value {
    let subject = hexadecimal(subject);
    let clicked = event.event == super::seen::CLICKED;
    let what = if clicked { "click" } else { "exposure" };
    let unique = match event.message_id.as_str() {
        "" => format!("{what} {subject} {}", event.timestamp.0),
        id => format!("{what} {subject} {id}"),
    };
    let mut line = if clicked { Map::new() } else { told.clone() };
    for name in ["campaign", "version", "fetcher"] {
        line.insert(name.to_owned(), told.get(name).cloned().unwrap_or_default());
    }
    let text = |name: &str| {
        event.properties.get(name).filter(|value| value.is_string()).cloned().unwrap_or_default()
    };
    let fields = [
        ("schema", json!(SCHEMA)),
        ("id", json!(id(&unique))),
        ("type", json!(what)),
        ("at", json!(event.timestamp)),
        ("subject", json!(subject)),
        ("slot", text("position")),
        ("variant", text("creative")),
    ];
    line.extend(fields.map(|(name, value)| (name.to_owned(), value)));
    line.into()
}

fn id(unique: &str) -> String {
    format!("{:016x}", mix(fnv1a(unique.as_bytes())))
}

fn hexadecimal(subject: &[u8; 16]) -> String {
    subject.iter().map(|b| format!("{b:02x}")).collect()
}

fn line(what: &str, moment: &Moment<'_>, stored: &Stored) -> Map<String, Value> {
    let (campaign, slot) = (&moment.campaign.id.name, &moment.slot.name.name);
    let subject = hexadecimal(&stored.subject);
    let fields = [
        ("schema", json!(SCHEMA)),
        ("id", json!(id(&format!("{what} {subject} {campaign} {slot} {}", moment.now.0)))),
        ("type", json!(what)),
        ("at", json!(moment.now)),
        ("subject", json!(subject)),
        ("campaign", json!(campaign)),
        ("version", json!(format!("{:08x}", moment.campaign.version.0))),
        ("slot", json!(slot)),
        ("fetcher", json!(moment.context.fetcher)),
    ];
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Writes a batch of lines to the bucket, and hands them to the campaigns that they are of. Anything that fails is delivered again: the bucket
/// then holds the same file, and a learner drops doubles.
pub async fn consume(batch: MessageBatch<String>, env: &Env) -> Result<()> {
    let messages = batch.messages()?;
    let Some(first) = messages.first() else { return Ok(()) };
    let ids = messages.iter().fold(0, |ids, message| mix(ids ^ fnv1a(message.id().as_bytes())));
    let at = Timestamp(first.timestamp().as_millis() as i64);
    let lines: Vec<&str> = messages.iter().map(|message| message.body().as_str()).collect();
    let kept = async {
        store(env, path(at, ids), &lines).await?;
        campaigns::tell(env, &lines).await
    };
    match kept.await {
        Ok(()) => {
            analytics::write(env, &lines);
            batch.ack_all();
        }
        Err(error) => {
            report("event batch is tried again", &error);
            batch.retry_all();
        }
    }
    Ok(())
}

async fn store(env: &Env, path: String, lines: &[&str]) -> Result<()> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    for line in lines {
        writeln!(gzip, "{line}")?;
    }
    let bytes = gzip.finish()?;
    let http = HttpMetadata {
        content_type: Some("application/x-ndjson".into()),
        content_encoding: Some("gzip".into()),
        ..Default::default()
    };
    let put = async { env.bucket("BUCKET")?.put(path, bytes).http_metadata(http).execute().await };
    deadline("BUCKET", put).await.map(drop)
}

/// `events/dt=2026-11-22/hour=09/{batch}.ndjson.gz`. The same batch delivered twice has the same name.
fn path(at: Timestamp, batch: u64) -> String {
    let (y, m, d) = civil_from_days(at.day());
    format!("events/dt={y:04}-{m:02}-{d:02}/hour={:02}/{batch:016x}.ndjson.gz", at.0.rem_euclid(DAY) / HOUR)
}
