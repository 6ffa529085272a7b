//! What a decision takes beside the recipient: the published campaign, what changes while it runs, what it has learned, the model; and the feeds that its texts show.

use super::{all, both, published};
use crate::campaign::{Campaign, FeedUse, Feeds, Learned, Live};
use crate::context::Context;
use crate::decide::Question;
use crate::intent::Model;
use crate::profile::Profile;
use crate::time::Timestamp;
use std::rc::Rc;
use worker::{Env, Result};

thread_local! {
    static MODEL: Option<Rc<Model>> = Model::starter().map(Rc::new).ok();
}

/// The intent model.
pub fn model() -> Result<Rc<Model>> {
    MODEL.with(Clone::clone).ok_or_else(|| worker::Error::RustError("the starter model does not load".into()))
}

/// A published campaign; `None` when there is none of that id, or nothing is known of it and KV doesn't answer.
pub async fn get(env: &Env, id: &str) -> Option<Rc<Campaign>> {
    published::get(env, id).await
}

/// What is known of a running campaign: the last that was heard. Budgets and stock of which nothing was ever heard count as used up.
pub async fn live(env: &Env, id: &str) -> Rc<Live> {
    published::get(env, id).await.unwrap_or_default()
}

/// What a campaign has learned: the last that was heard.
pub async fn learned(env: &Env, id: &str) -> Rc<Learned> {
    published::get(env, id).await.unwrap_or_default()
}

/// The last that was heard of the feeds that a campaign declares.
pub async fn feeds(env: &Env, campaign: &Campaign) -> Feeds {
    let names: Vec<&str> = campaign.feeds.iter().map(name).collect();
    let heard = all(names.iter().map(|name| published::get(env, name))).await;
    let mut feeds = Feeds::NONE;
    for (name, feed) in names.iter().zip(heard) {
        if let Some(feed) = feed {
            feeds.insert(name, feed);
        }
    }
    feeds
}

fn name(declared: &FeedUse) -> &str {
    &declared.name
}

/// All that decides beside the recipient, and what is shown of the decision.
pub struct Running {
    /// The published campaign.
    pub campaign: Rc<Campaign>,
    /// What is known of it while it runs.
    pub live: Rc<Live>,
    /// What it has learned.
    pub learned: Rc<Learned>,
    /// The last that was heard of its feeds.
    pub feeds: Feeds,
    /// The intent model.
    pub model: Rc<Model>,
}

impl Running {
    /// What is asked about a recipient; `live` is what of the running campaign holds for them.
    pub fn question<'a>(
        &'a self,
        live: &'a Live,
        profile: &'a Profile,
        context: &'a Context,
        now: Timestamp,
        seed: u64,
    ) -> Question<'a> {
        let Self { campaign, learned, model, .. } = self;
        Question { live, learned, ..Question::new(campaign, model, profile, context, now, seed) }
    }
}

/// A published campaign with all that decides in it. Everything is asked for at once, so that a storage that hangs is waited for once: which feeds there are is known from the
/// campaign as it was last heard of.
pub async fn running(env: &Env, id: &str) -> Result<Option<Running>> {
    let before: Option<Rc<Campaign>> = published::kept(id);
    let early = async {
        match &before {
            Some(campaign) => feeds(env, campaign).await,
            None => Feeds::NONE,
        }
    };
    let (campaign, (early, (live, learned))) =
        both(get(env, id), both(early, both(live(env, id), learned(env, id)))).await;
    let Some(campaign) = campaign else { return Ok(None) };
    let same = |before: &Rc<Campaign>| before.feeds.iter().map(name).eq(campaign.feeds.iter().map(name));
    let feeds = if before.as_ref().is_some_and(same) { early } else { feeds(env, &campaign).await };
    Ok(Some(Running { campaign, live, learned, feeds, model: model()? }))
}
