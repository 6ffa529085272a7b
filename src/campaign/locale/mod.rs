//! How languages write numbers, money, dates and times.
//!
//! The data are those of the Unicode CLDR, as the ICU in Node knows them: `generate.mjs` writes them into `locales.tsv` and beside it what Node's `Intl` makes of
//! several hundred values, against which the tests hold this module. Digits are Latin in every language, since those are what the fonts have; dates are Gregorian, with
//! the years that Thais count.
//!
//! The first line of the table holds each currency's digits and usual symbol. Each further one holds a language, or regions of the language above them, whose empty
//! fields are as there:
//!
//! | field | example | what it is |
//! |---|---|---|
//! | tag | `de`, `en-GB en-IE` | the language, or its regions |
//! | signs | `,.31-` | decimal separator, group separator, digits of further groups, digits that must stand before the first group, minus sign |
//! | patterns | `# %\|# ¤\|-# ¤\|\|` | a share, money, money owed: `#` is the number, `¤` the currency, `-` the minus sign; the separators of money where they differ |
//! | date, day | `1. 2 3` | 1 is the day, 0 that in two digits, 2 the month's name, 3 the year |
//! | time | `5:8` | 4 is the hour of 24, 5 that in two digits, 6 the hour of 12, 7 that in two digits, 8 the minute, 9 the half of the day |
//! | halves, months, weekdays | `AM\|PM` | names; weeks begin on Monday |
//! | symbols | `USDUS$` | the currencies that are not written as usual; `-` for none |

mod number;

pub use number::Decimals;

use crate::time::{DAY, HOUR, MINUTE, Timestamp, civil_from_days};

static TABLE: &str = include_str!("locales.tsv");

/// The places of the fields in a line.
const TAG: usize = 0;
const SIGNS: usize = 1;
const PATTERNS: usize = 2;
const DATE: usize = 3;
const DAY_OF_YEAR: usize = 4;
const TIME: usize = 5;
const HALVES: usize = 6;
const MONTHS: usize = 7;
const WEEKDAYS: usize = 8;
const SYMBOLS: usize = 9;

/// The fields of a line.
type Fields = [&'static str; 10];

/// Other names of languages in the table.
const ALIASES: [(&str, &str); 6] =
    [("no", "nb"), ("nn", "nb"), ("iw", "he"), ("in", "id"), ("tl", "fil"), ("sh", "bs")];

/// How far the years of the Thai calendar are ahead.
const BUDDHIST: i64 = 543;

/// How one language writes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Locale {
    language: &'static str,
    fields: Fields,
}

/// What is written of a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Day, month and year.
    Date,
    /// Day and month.
    Day,
    /// The day of the week.
    Weekday,
    /// Hour and minute.
    Time,
}

/// Every language, by its primary subtag.
pub fn languages() -> impl Iterator<Item = &'static str> + Clone {
    let tags = TABLE.lines().skip(1).filter_map(|line| line.split('\t').next());
    tags.filter(|tag| !tag.contains('-'))
}

impl Locale {
    /// How a language is written, named by a tag such as `de`, `de-AT` or `zh-Hant`; in the way of `country` (ISO 3166-1 alpha-2) if the tag names none. `None` for a language that
    /// isn't in the table.
    ///
    /// ```
    /// use apropos::campaign::Locale;
    ///
    /// let croatian = Locale::of("hr", None).ok_or("a language")?;
    /// assert_eq!(croatian.money(1234.5, "EUR", None).as_deref(), Some("1.234,50\u{a0}€"));
    /// # Ok::<(), &str>(())
    /// ```
    #[must_use]
    pub fn of(tag: &str, country: Option<&str>) -> Option<Self> {
        let mut subtags = tag.split(['-', '_']);
        let primary = subtags.next().unwrap_or_default().to_ascii_lowercase();
        let alias = ALIASES.iter().find(|(other, _)| *other == primary);
        let primary = alias.map_or(primary.as_str(), |(_, name)| name);
        let region = subtags.find_map(|subtag| match subtag {
            hant if hant.eq_ignore_ascii_case("hant") => Some("TW"),
            region if region.len() == 2 => Some(region),
            _ => None,
        });
        let mut fields = line(|tag| tag == primary)?;
        let language = fields[TAG];
        let here = region.or(country).map(|region| format!("{primary}-{}", region.to_ascii_uppercase()));
        let here = here.and_then(|here| line(|tags| tags.split(' ').any(|tag| tag == here)));
        for (field, own) in fields.iter_mut().zip(here.unwrap_or_default()) {
            if !own.is_empty() {
                *field = own;
            }
        }
        Some(Self { language, fields })
    }

    /// An item of a list in a field.
    fn item(&self, field: usize, at: usize) -> &'static str {
        self.fields[field].split('|').nth(at).unwrap_or_default()
    }

    /// A part of the moment at which calendar and clock show `wall`, told as if it were in UTC.
    ///
    /// ```
    /// use apropos::{campaign::{Locale, Part}, time::Timestamp};
    ///
    /// let eve = Timestamp::parse("2026-12-24T18:30:00Z").ok_or("a time")?;
    /// let write = |tag, part| Locale::of(tag, None).map(|locale| locale.moment(eve, part)).ok_or("a language");
    /// assert_eq!(write("hr", Part::Day)?, "24. prosinca");
    /// assert_eq!(write("en-US", Part::Date)?, "December 24, 2026");
    /// assert_eq!(write("ja", Part::Weekday)?, "木曜日");
    /// assert_eq!(write("fi", Part::Time)?, "18.30");
    /// # Ok::<(), &str>(())
    /// ```
    #[must_use]
    pub fn moment(&self, wall: Timestamp, part: Part) -> String {
        let (year, month, day) = civil_from_days(wall.day());
        let year = if self.language == "th" { year + BUDDHIST } else { year };
        let clock = wall.0.rem_euclid(DAY);
        let (hour, minute) = (clock / HOUR, clock / MINUTE % 60);
        let twelve = (hour + 11) % 12 + 1;
        let pattern = match part {
            // 1970-01-01 was a Thursday
            Part::Weekday => return self.item(WEEKDAYS, (wall.day() + 3).rem_euclid(7) as usize).to_owned(),
            Part::Date => self.fields[DATE],
            Part::Day => self.fields[DAY_OF_YEAR],
            Part::Time => self.fields[TIME],
        };
        let mut out = String::new();
        for c in pattern.chars() {
            match c {
                '0' => number::put(&mut out, day, 2),
                '1' => number::put(&mut out, day, 1),
                '2' => out.push_str(self.item(MONTHS, (month - 1) as usize)),
                '3' => number::put(&mut out, year, 1),
                '4' => number::put(&mut out, hour, 1),
                '5' => number::put(&mut out, hour, 2),
                '6' => number::put(&mut out, twelve, 1),
                '7' => number::put(&mut out, twelve, 2),
                '8' => number::put(&mut out, minute, 2),
                '9' => out.push_str(self.item(HALVES, (hour / 12) as usize)),
                _ => out.push(c),
            }
        }
        out
    }

    /// A text in capital letters.
    #[must_use]
    pub fn upper(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        for c in text.chars() {
            match (self.language, c) {
                ("tr" | "az", 'i') => out.push('İ'),
                ("el", c) => out.extend(unaccented(c).to_uppercase()),
                _ => out.extend(c.to_uppercase()),
            }
        }
        out
    }
}

/// The fields of the line whose tags pass.
fn line(is_it: impl Fn(&str) -> bool) -> Option<Fields> {
    let found = TABLE.lines().skip(1).find(|line| line.split('\t').next().is_some_and(&is_it))?;
    let mut fields = Fields::default();
    fields.iter_mut().zip(found.split('\t')).for_each(|(field, text)| *field = text);
    Some(fields)
}

/// A Greek letter without its accent, which capitals don't carry.
const fn unaccented(letter: char) -> char {
    match letter {
        'ά' | 'Ά' => 'α',
        'έ' | 'Έ' => 'ε',
        'ή' | 'Ή' => 'η',
        'ί' | 'Ί' => 'ι',
        'ό' | 'Ό' => 'ο',
        'ύ' | 'Ύ' => 'υ',
        'ώ' | 'Ώ' => 'ω',
        'ΐ' => 'ϊ',
        'ΰ' => 'ϋ',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn recorded() -> Value {
        serde_json::from_str(include_str!("../../../tests/data/intl/recorded.json")).unwrap()
    }

    fn texts(value: &Value) -> Vec<&str> {
        value.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
    }

    /// What the table has no room for: Persian months carry a mark before a year only, the Chinese yuan has marks of direction of its own in Hebrew, and Taiwan names parts of
    /// the day from midnight and noon.
    const APART: [(&str, &str, &str); 3] = [("fa", "day", ""), ("he", "money", "CN¥"), ("zh-TW", "time", "")];

    /// Every value that was recorded is written as `Intl` writes it.
    #[test]
    fn node_writes_the_same() {
        let recorded = recorded();
        let numbers: Vec<f64> =
            recorded["numbers"].as_array().unwrap().iter().map(|n| n.as_f64().unwrap()).collect();
        let moments: Vec<_> =
            texts(&recorded["dates"]).into_iter().map(|at| Timestamp::parse(at).unwrap()).collect();
        let currencies = texts(&recorded["currencies"]);
        let mut wrong = Vec::new();
        let mut compared = 0;
        for of in recorded["locales"].as_array().unwrap() {
            let tag = of["tag"].as_str().unwrap();
            let locale = Locale::of(tag, None).unwrap();
            let mut compare = |what: &str, ours: Vec<Option<String>>| {
                for (ours, theirs) in ours.into_iter().zip(texts(&of[what])) {
                    compared += 1;
                    let apart = |(other, field, text): &(&str, &str, &str)| {
                        *other == tag && *field == what && theirs.contains(text)
                    };
                    if ours.as_deref() != Some(theirs) && !APART.iter().any(apart) {
                        wrong.push(format!("{tag} {what}: {ours:?}, not {theirs:?}"));
                    }
                }
            };
            let shares: Vec<f64> =
                recorded["shares"].as_array().unwrap().iter().map(|n| n.as_f64().unwrap()).collect();
            let all = |write: &dyn Fn(f64) -> Option<String>| numbers.iter().map(|n| write(*n)).collect();
            let (two, one) = (Decimals { least: 0, most: 2 }, Decimals { least: 1, most: 1 });
            let none = Decimals { least: 0, most: 0 };
            compare("number", all(&|n| locale.number(n, two)));
            compare("fixed", all(&|n| locale.number(n, one)));
            compare("percent", shares.iter().map(|n| locale.percent(*n, none)).collect());
            compare("money", currencies.iter().map(|code| locale.money(1234.5, code, None)).collect());
            let dates = |moments: &[Timestamp], part| {
                moments.iter().map(|at| Some(locale.moment(*at, part))).collect::<Vec<_>>()
            };
            compare("date", dates(&moments, Part::Date));
            compare("day", dates(&moments, Part::Day));
            compare("time", dates(&moments, Part::Time));
            let monday = Timestamp::parse("2026-11-23").unwrap();
            let week: Vec<_> = (0..7).map(|day| Timestamp(monday.0 + day * DAY)).collect();
            compare("weekday", dates(&week, Part::Weekday));
            let months: Vec<_> =
                (1..=12).map(|m| Timestamp::parse(&format!("2026-{m:02}-13")).unwrap()).collect();
            compare("months", dates(&months, Part::Date));
            let debt = locale.money(-49.9, "EUR", None);
            compared += 1;
            if debt.as_deref() != of["debt"].as_str() {
                wrong.push(format!("{tag} debt: {debt:?}, not {}", of["debt"]));
            }
        }
        assert!(compared > 10_000, "only {compared} texts were compared");
        assert!(wrong.is_empty(), "{} of {compared}:\n{}", wrong.len(), wrong.join("\n"));
    }

    #[test]
    fn languages_are_found_by_any_of_their_names() {
        assert!(languages().count() >= 55 && languages().any(|tag| tag == "uk"));
        for (tag, country, same) in [
            ("DE", None, "de"),
            ("de", Some("ch"), "de-CH"),
            ("de-DE", Some("CH"), "de"),
            ("de_at", None, "de-AT"),
            ("no", None, "nb"),
            ("zh-Hant", None, "zh-TW"),
            ("zh-Hans-CN", Some("TW"), "zh"),
            ("en", Some("GB"), "en-IE"),
            ("hr", Some("US"), "hr"),
        ] {
            let (found, same) = (Locale::of(tag, country), Locale::of(same, None));
            assert_eq!(found, same, "{tag}");
            assert!(found.is_some(), "{tag}");
        }
        for unknown in ["", "*", "tlh", "d", "english", "-", "en-GB en-IE", "\t"] {
            let usual = unknown.starts_with("en-");
            assert_eq!(Locale::of(unknown, Some("HR")).is_some(), usual, "{unknown}");
        }
    }

    #[test]
    fn capitals_follow_the_language() {
        for (tag, text, upper) in [
            ("en", "istanbul ß é", "ISTANBUL SS É"),
            ("tr", "istanbul ıspanak", "İSTANBUL ISPANAK"),
            ("el", "Καλημέρα, ΐδιος", "ΚΑΛΗΜΕΡΑ, ΪΔΙΟΣ"),
            ("uk", "київ", "КИЇВ"),
        ] {
            assert_eq!(Locale::of(tag, None).unwrap().upper(text), upper);
        }
    }
}
