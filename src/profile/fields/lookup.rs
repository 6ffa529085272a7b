//! From a name to its field: a hash table that is built when the crate is. A document of twenty fields asks forty times, and there are a hundred names.

use super::registry::FIELDS;

/// The sections that fields lie in.
const SECTIONS: [&str; 17] = [
    "traits",
    "preferences",
    "consent",
    "consent.email",
    "consent.sms",
    "consent.web",
    "engagement",
    "channels",
    "channels.email",
    "channels.sms",
    "channels.web",
    "purchases",
    "browsing",
    "cart",
    "usage",
    "support",
    "lifecycle",
];

const SLOTS: usize = 512;
const FREE: u8 = u8::MAX;

/// By the hash of its dotted name the number of a field or, after all fields, of a section.
static TABLE: [u8; SLOTS] = table();

/// Where a name leads.
#[derive(Clone, Copy)]
pub enum Place {
    /// To the field of this number.
    Field(usize),
    /// Into a section.
    Section(Section),
}

/// A section of the document.
#[derive(Clone, Copy)]
pub struct Section {
    /// Its dotted name.
    pub name: &'static str,
    hash: u64,
}

/// The document itself.
pub const ROOT: Section = Section { name: "", hash: BASIS };

impl Place {
    /// Its dotted name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Field(number) => name(number),
            Self::Section(section) => section.name,
        }
    }
}

impl Section {
    /// What `key` leads to from here; none when no field is named so.
    pub fn find(&self, key: &str) -> Option<Place> {
        let start = if self.name.is_empty() { BASIS } else { hash(self.hash, b".") };
        let hash = hash(start, key.as_bytes());
        let mut slot = hash as usize % SLOTS;
        while TABLE[slot] != FREE {
            let number = usize::from(TABLE[slot]);
            let name = name(number);
            if self.holds(name, key) {
                let section = Place::Section(Section { name, hash });
                return Some(if number < FIELDS.len() { Place::Field(number) } else { section });
            }
            slot = (slot + 1) % SLOTS;
        }
        None
    }

    /// The dotted name of a key here.
    pub fn dotted(&self, key: &str) -> String {
        if self.name.is_empty() { key.to_owned() } else { format!("{}.{key}", self.name) }
    }

    fn holds(&self, name: &str, key: &str) -> bool {
        if self.name.is_empty() {
            return name == key;
        }
        name.strip_suffix(key).and_then(|front| front.strip_suffix('.')) == Some(self.name)
    }
}

const fn name(number: usize) -> &'static str {
    if number < FIELDS.len() { FIELDS[number].name } else { SECTIONS[number - FIELDS.len()] }
}

const fn table() -> [u8; SLOTS] {
    let mut table = [FREE; SLOTS];
    let mut number = 0;
    while number < FIELDS.len() + SECTIONS.len() {
        let mut slot = hash(BASIS, name(number).as_bytes()) as usize % SLOTS;
        while table[slot] != FREE {
            slot = (slot + 1) % SLOTS;
        }
        table[slot] = number as u8;
        number += 1;
    }
    table
}

const BASIS: u64 = 0xcbf2_9ce4_8422_2325;

/// FNV-1a of what was hashed so far and then `bytes`. <http://www.isthe.com/chongo/tech/comp/fnv/>
const fn hash(mut hash: u64, bytes: &[u8]) -> u64 {
    let mut i = 0;
    while i < bytes.len() {
        hash = (hash ^ bytes[i] as u64).wrapping_mul(0x0100_0000_01b3);
        i += 1;
    }
    hash
}

const _: () = assert!(FIELDS.len() <= 128, "a draft notes in 128 bits which fields were told");

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_name_leads_to_its_field_from_every_section_around_it() {
        for (number, field) in FIELDS.iter().enumerate() {
            assert!(matches!(ROOT.find(field.name), Some(Place::Field(n)) if n == number), "{}", field.name);
            for (dot, _) in field.name.match_indices('.') {
                let Some(Place::Section(section)) = ROOT.find(&field.name[..dot]) else {
                    panic!("{}", field.name)
                };
                let found = section.find(&field.name[dot + 1..]);
                assert!(matches!(found, Some(Place::Field(n)) if n == number), "{}", field.name);
            }
        }
        assert!(ROOT.find("").is_none() && ROOT.find("count").is_none() && ROOT.find("purchases.").is_none());
    }

    #[test]
    fn the_sections_are_those_of_the_fields() {
        let dots = |field: &'static super::super::Field| {
            field.name.match_indices('.').map(|(dot, _)| &field.name[..dot])
        };
        let known: BTreeSet<_> = FIELDS.iter().flat_map(dots).collect();
        assert_eq!(known, SECTIONS.into_iter().collect());
    }
}
