//! Learning: from what happened to models and policies, and judging them before they go live.
//!
//! | file | what it does |
//! |---|---|
//! | [`frame`] | a table in memory: typed columns, missing values, deterministic splits |
//! | [`events`] | the Worker's event log as decisions with probabilities and outcomes |
//! | [`uplift`] | what each treatment adds over none, for whom, learnt from a trial with restraint |
//! | [`qini`] | whether a score puts first who is worth treating |
//! | [`offpolicy`] | what another policy would have brought, from a log with probabilities |

pub mod events;
pub mod frame;
pub mod offpolicy;
pub mod qini;
pub mod uplift;
