//! Mutation that knows JSON: bytes alone hardly ever turn a date into a number, or put one part of a document where another stood.

use crate::EDGES;
use apropos::hash::mix;
use libfuzzer_sys::fuzzer_mutate;
use serde_json::Value;

/// A libFuzzer mutator for one document or lines of documents: `data[..size]` in, the new size out. Every other time, and where there is no JSON,
/// it is libFuzzer's own.
pub fn mutate(data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    let mut dice = Dice(seed.into());
    let changed = if dice.throw(2) == 0 { None } else { changed(&data[..size], &mut dice) };
    match changed.filter(|text| text.len() <= max_size.min(data.len())) {
        Some(text) => {
            data[..text.len()].copy_from_slice(&text);
            text.len()
        }
        None => fuzzer_mutate(data, size, max_size),
    }
}

/// The text with one node of one of its documents replaced.
fn changed(text: &[u8], dice: &mut Dice) -> Option<Vec<u8>> {
    if let Ok(document) = serde_json::from_slice(text) {
        return serde_json::to_vec(&replaced(document, dice)).ok();
    }
    let mut lines: Vec<_> = text.split(|b| *b == b'\n').map(<[u8]>::to_vec).collect();
    let at = dice.throw(lines.len());
    lines[at] = serde_json::to_vec(&replaced(serde_json::from_slice(&lines[at]).ok()?, dice)).ok()?;
    Some(lines.join(&b'\n'))
}

fn replaced(mut document: Value, dice: &mut Dice) -> Value {
    let nodes = count(&document);
    let copied = node(&mut document, dice.throw(nodes)).cloned().unwrap_or_default();
    let edge = EDGES[dice.throw(EDGES.len())];
    let new = match dice.throw(8) {
        0 => Value::Null,
        1 => Value::Bool(true),
        2 => Value::Array(vec![copied]),
        3 | 4 => copied,
        5 => edge.into(),
        _ => serde_json::from_str(edge).unwrap_or_default(),
    };
    if let Some(old) = node(&mut document, dice.throw(nodes)) {
        *old = new;
    }
    document
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(entries) => entries.values().map(count).sum(),
        _ => 0,
    }
}

/// The `at`-th node of a document, itself first.
fn node(value: &mut Value, mut at: usize) -> Option<&mut Value> {
    if at == 0 {
        return Some(value);
    }
    at -= 1;
    let children: Vec<&mut Value> = match value {
        Value::Array(items) => items.iter_mut().collect(),
        Value::Object(entries) => entries.values_mut().collect(),
        _ => Vec::new(),
    };
    for child in children {
        let nodes = count(child);
        if at < nodes {
            return node(child, at);
        }
        at -= nodes;
    }
    None
}

struct Dice(u64);

impl Dice {
    /// A number below `sides`.
    fn throw(&mut self, sides: usize) -> usize {
        self.0 = mix(self.0);
        (self.0 >> 32) as usize % sides.max(1)
    }
}
