//! Time zones (stub until the table lands).
use crate::time::{Span, Timestamp};
/// UTC offset.
#[must_use]
pub fn offset(zone: &str, _at: Timestamp) -> Option<Span> {
    (zone.contains('/') && !zone.starts_with("Mars")).then_some(Span(0))
}
/// Local time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Local {
    /// Hour.
    pub hour: u8,
    /// Minute.
    pub minute: u8,
    /// 0 is Monday.
    pub weekday: u8,
    /// Day number.
    pub day: i64,
}
/// Local time in a zone.
#[must_use]
pub fn local(zone: &str, at: Timestamp) -> Option<Local> {
    offset(zone, at)?;
    Some(Local {
        hour: (at.0.rem_euclid(crate::time::DAY) / crate::time::HOUR) as u8,
        minute: 0,
        weekday: ((at.day() + 3).rem_euclid(7)) as u8,
        day: at.day(),
    })
}
