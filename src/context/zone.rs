//! Time zones (stub until the table lands).
use crate::time::{Span, Timestamp};
/// UTC offset.
#[must_use]
pub fn offset(zone: &str, _at: Timestamp) -> Option<Span> { (zone.contains('/') && !zone.starts_with("Mars")).then_some(Span(0)) }
