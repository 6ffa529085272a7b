//! What a campaign brought: told from the lines of its log, the same by the Worker and by the command line.
//!
//! | file | what it does |
//! |---|---|
//! | [`tally`] | folds lines into counts: in any order, doubled or not |
//! | [`sequence`] | intervals that hold however often one looks |
//! | [`mismatch`] | whether as many are held out as should be |
//! | [`stack`] | the metric stack, from the counts |
//! | [`points`] | the same as rows of a time series, for Analytics Engine |
//!
//! **Two units.** A *message* is one decision that somebody looked at; clicks and orders within the campaign's windows count for the latest message before them. A *recipient* is who was assigned,
//! to treatment or to the holdout; they count once, from the first look of theirs that got as far as the holdout, with all they did within the window after it, whatever
//! they were shown: a suppressed message is treatment too (intention to treat). Lift compares recipients and is causal; rates of messages describe and are not, since the policy chose who saw what.
//!
//! **Looks.** Only people's looks count (law 6). What was fetched ahead of anybody is told apart, by fetcher.

pub mod mismatch;
pub mod points;
pub mod sequence;
pub mod stack;
pub mod tally;

pub use sequence::Figure;
pub use stack::Results;
pub use tally::Tally;
