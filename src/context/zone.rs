//! Time zones: what the clock on the person's wall shows.
//!
//! Quiet hours, send times and countdowns need local time for any IANA zone, now and in the coming years. `build.rs` reduces the IANA
//! database to the changes that fall after 2024-01-01 and the yearly rule (of POSIX: `CET-1CEST,M3.5.0,M10.5.0/3`) that holds after them; the
//! evaluation below is small and quick because it needs no more. The crate jiff knows all of history and would add 82 KB of compressed wasm;
//! the tests check every zone against it.
//!
//! Times before 2024 are answered as if it were 2024.

use super::zone_table::{Date, Day, Lasting, SLOTS, slot};
use crate::time::{DAY, HOUR, MINUTE, Span, Timestamp, civil_from_days, days_from_civil, days_in_month};

/// A zone since 2024.
struct Rule {
    /// Offsets that held until a given second: (second since 1970, minutes east of UTC until then), in order.
    changes: &'static [(u32, i16)],
    /// What holds after the last of them.
    lasting: Lasting,
}

// `NAMES`: all names, one after the other; `ENDS`: where each ends; `PLACES`: a hash table of their places, from 1; `RULES_OF`: the index
// of each one's rule in `RULES`.
include!(concat!(env!("OUT_DIR"), "/zones.rs"));

/// What the clock and calendar on the wall show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Local {
    /// Hour, 0 to 23.
    pub hour: u8,
    /// Minute, 0 to 59.
    pub minute: u8,
    /// Day of the week, 0 for Monday to 6 for Sunday.
    pub weekday: u8,
    /// Days from 1970-01-01 to the local date.
    pub day: i64,
}

/// The spelling of a zone's name in the IANA database; `None` when it has no such zone. Case doesn't matter.
#[must_use]
pub fn canonical(zone: &str) -> Option<&'static str> {
    name(index(zone)?)
}

/// How far `zone` is ahead of UTC at `at`; `None` when there is no such zone.
///
/// ```
/// use apropos::{context::zone, time::{Span, Timestamp, HOUR}};
///
/// let summer = Timestamp::parse("2026-07-01T12:00:00Z").ok_or("a time")?;
/// assert_eq!(zone::offset("Europe/Berlin", summer), Some(Span(2 * HOUR)));
/// # Ok::<(), &str>(())
/// ```
#[must_use]
pub fn offset(zone: &str, at: Timestamp) -> Option<Span> {
    let rule = RULES.get(usize::from(*RULES_OF.get(index(zone)?)?))?;
    let second = at.0.div_euclid(1000);
    let seconds = match rule.changes.iter().find(|&&(until, _)| second < i64::from(until)) {
        Some(&(_, minutes)) => i64::from(minutes) * 60,
        None => rule.lasting.offset(second),
    };
    Some(Span(seconds * 1000))
}

/// What clock and calendar show in `zone` at `at`; `None` when there is no such zone.
#[must_use]
pub fn local(zone: &str, at: Timestamp) -> Option<Local> {
    offset(zone, at).map(|offset| Local::of(at.plus(offset)))
}

impl Local {
    /// What clock and calendar show when `wall` is the time in UTC, moved by the zone's offset.
    #[must_use]
    pub const fn of(wall: Timestamp) -> Self {
        let day = wall.day();
        let ms = wall.0.rem_euclid(DAY);
        Self { hour: (ms / HOUR) as u8, minute: (ms / MINUTE % 60) as u8, weekday: weekday(day) as u8, day }
    }
}

/// Day of the week, 0 for Monday. 1970-01-01 was a Thursday.
const fn weekday(day: i64) -> i64 {
    (day + 3).rem_euclid(7)
}

fn name(index: usize) -> Option<&'static str> {
    let start = index.checked_sub(1).map_or(Some(&0), |before| ENDS.get(before))?;
    NAMES.get(usize::from(*start)..usize::from(*ENDS.get(index)?))
}

/// The place of `zone` among the names.
fn index(zone: &str) -> Option<usize> {
    let mut slot = slot(zone);
    // the table has free slots, so this ends
    while let place @ 1.. = usize::from(PLACES[slot]) {
        if name(place - 1)?.eq_ignore_ascii_case(zone) {
            return Some(place - 1);
        }
        slot = (slot + 1) % SLOTS;
    }
    None
}

impl Lasting {
    /// Seconds east of UTC at `second`.
    fn offset(&self, second: i64) -> i64 {
        match self {
            Self::Steady(offset) => i64::from(*offset),
            Self::Turns { standard, daylight, starts, ends } => {
                let (standard, daylight) = (i64::from(*standard), i64::from(*daylight));
                let (year, ..) = civil_from_days((second + standard).div_euclid(86_400));
                // each change is written in the local time that it ends
                let (start, end) = (starts.in_year(year) - standard, ends.in_year(year) - daylight);
                let is_daylight = if start < end {
                    (start..end).contains(&second)
                } else {
                    !(end..start).contains(&second)
                };
                if is_daylight { daylight } else { standard }
            }
        }
    }
}

impl Date {
    /// The local second since 1970 in a year.
    fn in_year(&self, year: i64) -> i64 {
        let day = match self.day {
            Day::Ordinal(n) => days_from_civil(year, 1, 1) + i64::from(n),
            Day::Julian(n) => {
                let leap = n >= 60 && days_in_month(year, 2) == 29;
                days_from_civil(year, 1, 1) + i64::from(n) - 1 + i64::from(leap)
            }
            Day::Weekday(month, week, weekday_from_sunday) => {
                let month = i64::from(month);
                let first = days_from_civil(year, month, 1);
                let to_weekday = (i64::from(weekday_from_sunday) + 6 - weekday(first)).rem_euclid(7);
                let day = to_weekday + 7 * (i64::from(week) - 1);
                first + if day < days_in_month(year, month) { day } else { day - 7 }
            }
        };
        day * 86_400 + i64::from(self.time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::tz::{TimeZone, TimeZoneDatabase};

    /// From the first second that the table covers to the end of 2037.
    const FROM: &str = "2024-01-01T00:00:00Z";
    const TO: &str = "2038-01-01T00:00:00Z";

    fn seconds(text: &str) -> i64 {
        Timestamp::parse(text).unwrap().0 / 1000
    }

    fn jiff_offset(zone: &TimeZone, second: i64) -> i64 {
        zone.to_offset(jiff::Timestamp::from_second(second).unwrap()).seconds().into()
    }

    /// Times to ask about: every 1,013 hours and 37 minutes (so that all hours and days come up), and both sides of every change.
    fn instants(zone: &TimeZone) -> Vec<i64> {
        let mut all: Vec<i64> = (seconds(FROM)..seconds(TO)).step_by(1013 * 3600 + 37 * 60).collect();
        let from = jiff::Timestamp::from_second(seconds(FROM)).unwrap();
        for change in zone.following(from).take_while(|change| change.timestamp().as_second() < seconds(TO)) {
            let at = change.timestamp().as_second();
            all.extend([at - 1, at, at + 1]);
        }
        all
    }

    #[test]
    fn every_zone_agrees_with_jiff() {
        let database = TimeZoneDatabase::bundled();
        let mut zones = 0;
        let mut asked = 0;
        for name in database.available() {
            let name = name.as_str();
            let zone = database.get(name).unwrap();
            zones += 1;
            for second in instants(&zone) {
                asked += 1;
                let at = Timestamp(second * 1000 + 999);
                assert_eq!(offset(name, at), Some(Span(jiff_offset(&zone, second) * 1000)), "{name} {at}");
                let wall = zone.to_datetime(jiff::Timestamp::from_second(second).unwrap());
                let expected = Local {
                    hour: wall.hour() as u8,
                    minute: wall.minute() as u8,
                    weekday: wall.weekday().to_monday_zero_offset() as u8,
                    day: days_from_civil(wall.year().into(), wall.month().into(), wall.day().into()),
                };
                assert_eq!(local(name, at), Some(expected), "{name} {at}");
            }
            assert_eq!(canonical(&name.to_uppercase()), Some(name));
        }
        assert_eq!(zones, ENDS.len(), "our names are jiff's names");
        println!("{zones} zones, {} rules, {asked} instants", RULES.len());
    }

    #[test]
    fn every_posix_form_agrees_with_jiff() {
        for posix in [
            "UTC0",
            "<+0530>-5:30",
            "<-03>3",
            "EST5EDT,M3.2.0,M11.1.0",
            "CET-1CEST,M3.5.0,M10.5.0/3",
            "AEST-10AEDT,M10.1.0,M4.1.0/3",
            "IST-2IDT,M3.4.4/26,M10.5.0",
            "<-02>2<-01>,M3.5.0/-1,M10.5.0/0",
            "EET-2EEST,M3.4.4/50,M10.4.4/50",
            "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0",
            "IST-1GMT0,M10.5.0,M3.5.0/1",
            "XXX3YYY,J60/0,J300/12:30:15",
            "XXX-3YYY,59,299/-5",
            "XXX3YYY,J360/23,J59/1",
        ] {
            let zone = TimeZone::posix(posix).unwrap();
            let lasting = Lasting::read(posix).unwrap();
            for second in (seconds(FROM)..seconds("2030-01-01")).step_by(5 * 3600 + 61) {
                assert_eq!(lasting.offset(second), jiff_offset(&zone, second), "{posix} {second}");
            }
        }
    }

    /// RFC 9636, 3.3.1: daylight time all year, over the turn of the year too (where jiff 0.2.46 answers by the year in UTC).
    #[test]
    fn daylight_time_may_last_all_year() {
        let lasting = Lasting::read("EST5EDT,0/0,J365/25").unwrap();
        for second in (seconds(FROM)..seconds("2028-01-01")).step_by(3600) {
            assert_eq!(lasting.offset(second), -4 * 3600, "{second}");
        }
    }

    #[test]
    fn what_is_no_zone_or_rule_is_none() {
        for zone in ["", "Europe", "Europe/", "Europe/Berlin ", "Europe/Berlin\0", "Zulu2", "日本", "~"] {
            assert_eq!(offset(zone, Timestamp(0)), None, "{zone}");
            assert_eq!(canonical(zone), None, "{zone}");
        }
        for posix in
            ["", "5", "UTC", "<UTC", "E5EDT", "E5EDT,M3.2,M11.1.0", "E5EDT,M3.2.0", "E5EDT,J,0", "E9999"]
        {
            assert_eq!(Lasting::read(posix), None, "{posix}");
        }
    }

    #[test]
    fn no_time_is_too_far() {
        for at in [i64::MIN, -1, 0, i64::MAX] {
            assert!(local("America/New_York", Timestamp(at)).is_some());
            assert!(local("Africa/Casablanca", Timestamp(at)).is_some());
        }
    }
}
