//! Fields that hold lists and objects.

use super::word::{self, Word};
use crate::hash::Key;
use crate::order;
use crate::profile::few::{self, Counts};
use crate::profile::{
    Decayed, Exposure, Hours, Latest, MAX_EXPOSURES, Preferences, Purchases, Rhythm, Support, Usage,
};
use crate::time::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};

type Read<T> = Result<T, &'static str>;

/// A number to three decimals; none when that is nothing.
pub fn round(value: f64) -> Option<Value> {
    Some(rounded(value)).filter(|value| value.as_f64() > Some(0.0))
}

/// A number to three decimals, and no larger than one that is read.
pub fn rounded(value: f64) -> Value {
    let value = (value.clamp(-word::MOST, word::MOST) * 1000.0).round() / 1000.0;
    if value.fract() == 0.0 && value >= 0.0 { json!(value as u64) } else { json!(value) }
}

/// A key as it stands in documents: `#1a2b3c4d`. A plain id is read as the key of it.
fn written(key: Key) -> String {
    format!("#{:08x}", key.0)
}

fn key(text: &str) -> Key {
    let hex =
        text.strip_prefix('#').filter(|hex| hex.len() == 8 && hex.bytes().all(|b| b.is_ascii_hexdigit()));
    hex.and_then(|hex| u32::from_str_radix(hex, 16).ok()).map_or_else(|| Key::of(text.trim()), Key)
}

fn object<'w>(word: &'w Word<'_>, shape: &'static str) -> Read<&'w Map<String, Value>> {
    match word {
        Word::Json(value) => value.as_object(),
        _ => None,
    }
    .ok_or(shape)
}

/// What is not nothing.
fn some(entries: impl Iterator<Item = (String, Value)>) -> Option<Value> {
    let map: Map<_, _> = order::map(entries);
    (!map.is_empty()).then(|| map.into())
}

/// Counts by name: an object, or a list of names that count one each, or one name.
pub fn counts<const DAYS: u16>(word: &Word<'_>, now: Timestamp) -> Read<Counts<DAYS>> {
    const SHAPE: &str = "a list of names or an object of names and counts";
    let entries: Read<Vec<(String, f64)>> = match word {
        Word::Json(value) => match value.as_ref() {
            Value::Array(list) => list.iter().map(|v| Ok((word::name(&v.into())?, 1.0))).collect(),
            Value::Object(map) => {
                map.iter().map(|(k, v)| Ok((word::name(&Word::Text(k))?, word::number(&v.into())?))).collect()
            }
            _ => Err(SHAPE),
        },
        name => word::name(name).map(|name| vec![(name, 1.0)]),
    };
    let mut counts = Counts::new();
    for (name, count) in entries.map_err(|_| SHAPE)? {
        if count > 0.0 {
            few::count(&mut counts, &name, count as f32, now);
        }
    }
    Ok(counts)
}

/// Counts by name as they stand.
pub fn counted<const DAYS: u16>(counts: &Counts<DAYS>, now: Timestamp) -> Option<Value> {
    some(counts.iter().filter_map(|(name, n)| Some((name.clone(), round(n.at(now))?))))
}

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Answers by hour of the week: `{"mon 09": 2.5}`, in UTC.
pub fn hours(word: &Word<'_>, now: Timestamp) -> Read<Hours> {
    const SHAPE: &str = "an object of hours of the week in UTC and counts, such as {\"mon 09\": 2.5}";
    let hour = |name: &str| {
        let (day, hour) = name.split_once(' ')?;
        let day = DAYS.iter().position(|known| *known == day)?;
        let hour: usize = hour.parse().ok().filter(|hour| *hour < 24)?;
        Some((day * 24 + hour) as u8)
    };
    let mut hours = Hours::default();
    for (name, count) in object(word, SHAPE)? {
        let count = word::number(&count.into()).map_err(|_| SHAPE)?;
        hours.count(hour(name).ok_or(SHAPE)?, count as f32, now);
    }
    Ok(hours)
}

/// Answers by hour of the week as they stand.
pub fn answered(hours: &Hours, now: Timestamp) -> Option<Value> {
    let name = |hour: u8| Some(format!("{} {:02}", DAYS.get(usize::from(hour / 24))?, hour % 24));
    some(hours.answers(now).filter_map(|(hour, n)| Some((name(hour)?, round(n)?))))
}

/// When one product was bought, as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Bought {
    orders: u16,
    first: Timestamp,
    last: Timestamp,
}

/// When products were bought: `{"sku-1": {"orders": 2, "first": …, "last": …}}`.
pub fn products(word: &Word<'_>, purchases: &mut Purchases) -> Read<()> {
    const SHAPE: &str = "an object of products such as {\"sku-1\": {\"orders\": 2, \"first\": \"2026-01-31\", \"last\": \"2026-05-01\"}}";
    let read = |(id, value): (&String, &Value)| {
        let Bought { orders, first, last } = Bought::deserialize(value).ok()?;
        (orders > 0 && first <= last).then(|| Rhythm { product: key(id), orders, first, last })
    };
    let products = object(word, SHAPE)?.iter().map(read).collect::<Option<Vec<_>>>().ok_or(SHAPE)?;
    products.into_iter().for_each(|product| purchases.add(product));
    Ok(())
}

/// When products were bought, as it stands.
pub fn bought(purchases: &Purchases) -> Option<Value> {
    let told =
        |p: &Rhythm| (written(p.product), json!({"orders": p.orders, "first": p.first, "last": p.last}));
    some(purchases.products.iter().map(told))
}

/// Features used last: `{"export": "2026-05-01"}`, or a list of names used now.
pub fn features(word: &Word<'_>, usage: &mut Usage, now: Timestamp) -> Read<()> {
    const SHAPE: &str = "a list of features, or an object of features and times";
    let used: Option<Vec<_>> = match word {
        Word::Json(value) => match value.as_ref() {
            Value::Array(list) => list.iter().map(|v| Some((key(v.as_str()?), now))).collect(),
            Value::Object(map) => {
                map.iter().map(|(k, v)| Some((key(k), word::time(&v.into()).ok()?))).collect()
            }
            _ => None,
        },
        _ => None,
    };
    used.ok_or(SHAPE)?.into_iter().for_each(|(feature, at)| usage.used(feature, at));
    Ok(())
}

/// Features used last, as they stand.
pub fn used(usage: &Usage) -> Option<Value> {
    some(usage.features.iter().map(|(feature, at)| (written(*feature), json!(at))))
}

/// Tickets: `{"T-17": {"open": true, "at": …}}`.
pub fn tickets(word: &Word<'_>, support: &mut Support) -> Read<()> {
    const SHAPE: &str = "an object of tickets such as {\"T-17\": {\"open\": true, \"at\": \"2026-01-31\"}}";
    let read = |(id, value): (&String, &Value)| {
        let told = value.as_object().filter(|told| told.len() == 2)?;
        let (open, at) = (word::flag(&told.get("open")?.into()), word::time(&told.get("at")?.into()));
        let mut word = Latest::default();
        word.tell(open.ok()?, at.ok()?);
        Some((key(id), word))
    };
    let tickets = object(word, SHAPE)?.iter().map(read).collect::<Option<Vec<_>>>().ok_or(SHAPE)?;
    tickets.into_iter().for_each(|(ticket, open)| support.hear(ticket, open));
    Ok(())
}

/// Tickets as they stand.
pub fn heard(support: &Support) -> Option<Value> {
    let told = |(ticket, open): &(Key, Latest<bool>)| {
        Some((written(*ticket), json!({"open": open.get()?, "at": open.at()?})))
    };
    some(support.tickets.iter().filter_map(told))
}

/// Topics: `{"tents": true, "boots": false}`.
pub fn topics(word: &Word<'_>, preferences: &mut Preferences, now: Timestamp) -> Read<()> {
    const SHAPE: &str = "an object of topics such as {\"tents\": true, \"boots\": false}";
    let read = |(name, value): (&String, &Value)| {
        let mut wanted = Latest::default();
        wanted.tell(word::flag(&value.into()).ok()?, now);
        Some((word::name(&Word::Text(name)).ok()?, wanted))
    };
    let topics = object(word, SHAPE)?.iter().map(read).collect::<Option<Vec<_>>>().ok_or(SHAPE)?;
    topics.into_iter().for_each(|(topic, wanted)| preferences.tell(&topic, wanted));
    Ok(())
}

/// Topics as they stand.
pub fn wanted(preferences: &Preferences) -> Option<Value> {
    let told = |t: &crate::profile::Topic| Some((t.name.clone(), json!(t.wanted.get()?)));
    some(preferences.topics.iter().filter_map(told))
}

/// Exposures as they are exported.
pub fn exposures(word: &Word<'_>) -> Read<Vec<Exposure>> {
    const EXPORTED: &str = "exposures as Apropos exported them";
    let mut exposures: Vec<Exposure> = word::exported(word, MAX_EXPOSURES, EXPORTED)?;
    let sound = |e: &Exposure| e.probability > 0.0 && e.probability <= 1.0 && e.discount <= 100;
    if !exposures.iter().all(sound) {
        return Err(EXPORTED);
    }
    order::by_key(&mut exposures, |e| (e.at, e.campaign));
    Ok(exposures)
}

/// A count that fades, as of now.
pub fn faded<const DAYS: u16>(word: &Word<'_>, now: Timestamp) -> Read<Decayed<DAYS>> {
    word::number(word).map(|n| Decayed::new(n as f32, now))
}
