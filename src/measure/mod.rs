//! Measuring: whether what is asked of people is worth asking.
//!
//! | file | what it does |
//! |---|---|
//! | [`breaker`] | when what came of a campaign stops it, or a variant |
//! | [`review`](mod@review) | which signals change what is foretold, and which to retire |
//! | [`results`] | what a campaign brought: the metric stack, lift against the holdout with intervals that hold however often one looks, alarms |
//! | [`paired`] | two sets of predictions compared row by row, with intervals; many at once |
//!
//! Everything here is pure: data comes in, figures go out, and every draw is settled by a seed.

pub mod breaker;
pub mod paired;
pub mod results;
pub mod review;
