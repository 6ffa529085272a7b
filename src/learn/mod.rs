//! Learning: from what happened to models and policies, and judging them before they go live.
//!
//! | file | what it does |
//! |---|---|
//! | [`frame`] | a table in memory: typed columns, missing values, deterministic splits |
//! | [`bins`] | columns cut into bins |
//! | [`tree`], [`boost`], [`fit`] | the additive model: a boosting step, a bag of them, bags on folds |
//! | [`lesson`] | from the columns of a table to the head of a model file |
//! | [`graft`](mod@graft) | what a head was taught, onto a model that knows more |
//! | [`shapes`], [`pairs`] | what a fit says of each signal, and of two together, in steps and sentences |
//! | [`calibrate`], [`quality`] | calibration, and the figures of probabilities with intervals |
//! | [`leaks`] | columns that are known only after the outcome |
//! | [`write`](mod@write), [`table`], [`lookup`] | the model file, scoring tables with it, and finding bins quickly |
//! | [`moments`], [`histories`] | rows from event logs: what was known at each message, and what followed |
//! | [`policy`] | what a campaign learns from its exposures and outcomes |
//! | [`threads`] | work on all cores with the same result on any of them |
//! | [`events`] | the Worker's event log as decisions with probabilities and outcomes |
//! | [`uplift`] | what each treatment adds over none, for whom, learnt from a trial with restraint |
//! | [`qini`] | whether a score puts first who is worth treating |
//! | [`offpolicy`] | what another policy would have brought, from a log with probabilities |

pub mod bins;
pub mod boost;
pub mod calibrate;
pub mod events;
pub mod fit;
pub mod frame;
pub mod graft;
pub mod histories;
pub mod leaks;
pub mod lesson;
pub mod lookup;
pub mod moments;
pub mod offpolicy;
pub mod pairs;
pub mod policy;
pub mod qini;
pub mod quality;
pub mod shapes;
pub mod table;
pub mod threads;
pub mod tree;
pub mod uplift;
pub mod write;
