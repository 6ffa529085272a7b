//! Learning from the event log. Pure: no clock, no I/O.

pub mod policy;
