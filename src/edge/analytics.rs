//! Lines of the log as points in Analytics Engine, for whoever binds it as `ANALYTICS`: dashboards over what happens now.
//!
//! A point is written once its line is in the bucket. Analytics Engine samples, and a batch that is delivered again counts again there: results ([`crate::measure::results`]) are exact, points are not.

use super::report;
use crate::learn::policy::Line;
use crate::measure::results::points;
use worker::{AnalyticsEngineDataPointBuilder, Env};

/// As many points may be written by one invocation.
const MOST: usize = 250;

/// Writes the points of lines, if the binding is there.
pub fn write(env: &Env, lines: &[&str]) {
    let Ok(dataset) = env.analytics_engine("ANALYTICS") else { return };
    let points = lines.iter().filter_map(|line| Line::parse(line).ok()).flat_map(|line| points::of(&line));
    for point in points.take(MOST) {
        let written = AnalyticsEngineDataPointBuilder::new()
            .indexes([point.index.as_str()])
            .blobs(point.words)
            .doubles(point.figures)
            .write_to(&dataset);
        if let Err(error) = written {
            return report("ANALYTICS", &error);
        }
    }
}
