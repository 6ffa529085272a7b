//! Learning: from what happened to models and policies, and judging them before they go live.
//!
//! | file | what it does |
//! |---|---|
//! | [`frame`] | a table in memory: typed columns, missing values, deterministic splits |
//! | [`bins`] | columns cut into bins |
//! | [`tree`], [`boost`], [`fit`] | the additive model: a boosting step, a bag of them, bags on folds |
//! | [`lesson`] | from the columns of a table to the head of a model file |
//! | [`calibrate`], [`quality`] | calibration, and the figures of probabilities with intervals |
//! | [`leaks`] | columns that are known only after the outcome |
//! | [`write`](mod@write), [`table`] | the model file, and scoring tables with it |
//! | [`threads`] | work on all cores with the same result on any of them |

pub mod bins;
pub mod boost;
pub mod calibrate;
pub mod fit;
pub mod frame;
pub mod leaks;
pub mod lesson;
pub mod quality;
pub mod table;
pub mod threads;
pub mod tree;
pub mod write;
