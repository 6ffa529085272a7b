//! Learning: from what happened to models and policies, and judging them before they go live.
//!
//! | file | what it does |
//! |---|---|
//! | [`frame`] | a table in memory: typed columns, missing values, deterministic splits |

pub mod frame;
