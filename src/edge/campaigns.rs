//! What a decision takes beside the recipient: the published campaign, what changes while it runs, and the model.

use super::{both, published};
use crate::campaign::{Campaign, Live};
use crate::intent::Model;
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

/// A published campaign, and what is known of it while it runs. Both are asked for at once, so that a storage that hangs is waited for once.
pub async fn running(env: &Env, id: &str) -> Option<(Rc<Campaign>, Rc<Live>)> {
    let (campaign, live) = both(get(env, id), live(env, id)).await;
    Some((campaign?, live))
}
