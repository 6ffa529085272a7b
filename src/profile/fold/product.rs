//! How people use a product, and what they say of it: Segment's B2B events, tickets, feedback.

use super::{key, scaled};
use crate::profile::event::Event;
use crate::profile::fields::word;
use crate::profile::{Latest, Profile, merge};
use crate::time::Timestamp;

/// Something happened in the product or at the help desk.
pub fn track(profile: &mut Profile, event: &Event) -> Result<bool, String> {
    let at = event.timestamp;
    match event.event.as_str() {
        "Signed Up" => profile.lifecycle.since = merge::earlier(profile.lifecycle.since, Some(at)),
        "Signed In" | "Application Opened" => used(profile, at),
        "Feature Used" => {
            if let Some(feature) = key(event, "feature")? {
                profile.usage.used(feature, at);
            }
            used(profile, at);
        }
        "Trial Started" => {
            if let Some(end) = event.read("trial_end_date", word::time)? {
                profile.usage.renewal.tell(end, at);
            }
            if let Some(plan) = event.read("trial_plan_name", word::name)? {
                profile.traits.plan.tell(plan, at);
            }
        }
        "Trial Ended" => profile.usage.renewal.tell(at, at),
        "Ticket Created" | "Ticket Opened" | "Ticket Reopened" => ticket(profile, event, true)?,
        "Ticket Solved" | "Ticket Closed" => ticket(profile, event, false)?,
        "Feedback Submitted" | "Survey Completed" => {
            let score = scaled(event, "score", 0.0, 10.0)?.or(scaled(event, "nps", 0.0, 10.0)?);
            if let Some(mood) = told(event)?.or(scaled(event, "rating", 1.0, 5.0)?).or(score) {
                profile.support.feel(mood, at);
            }
            profile.support.last = profile.support.last.max(Some(at));
        }
        _ => return Ok(false),
    }
    Ok(true)
}

fn used(profile: &mut Profile, at: Timestamp) {
    profile.usage.uses.add(1.0, at);
    profile.usage.last = profile.usage.last.max(Some(at));
}

fn ticket(profile: &mut Profile, event: &Event, open: bool) -> Result<(), String> {
    let at = event.timestamp;
    let ticket = key(event, "ticket_id")?.ok_or("ticket_id is missing")?;
    let mood = told(event)?;
    let mut word = Latest::default();
    word.tell(open, at);
    profile.support.hear(ticket, word);
    if let Some(mood) = mood {
        profile.support.feel(mood, at);
    }
    profile.support.last = profile.support.last.max(Some(at));
    Ok(())
}

/// The mood as a help desk tells it.
fn told(event: &Event) -> Result<Option<f64>, String> {
    Ok(scaled(event, "sentiment", -1.0, 1.0)?.or(scaled(event, "satisfaction", 1.0, 5.0)?))
}
