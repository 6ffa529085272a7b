//! `GET /c/{campaign}/{slot}?r={token}`: a link of a mail.
//!
//! It lands where the recipient's last exposure promised (law 3). Without one (images off, token damaged, shard down, consent withdrawn) it lands where the slot's fallback
//! does; without a slot, on the campaign's landing; without a campaign, on the deployment's. Every one of these comes from a campaign or the configuration, none
//! from the URL, so there is no open redirect.

use super::shards::{self, Call, Clicked};
use super::{demo, log, now, recipient, report, request, running};
use crate::context::{Context, Surface};
use worker::{Context as Ctx, Env, Headers, Request, Response, Result};

/// Answers with a redirect.
pub async fn serve(req: &Request, env: &Env, ctx: &Ctx) -> Result<Response> {
    let landing = match landing(req, env, ctx).await {
        Some(url) => url,
        None => env.var("FALLBACK_URL").map(|v| v.to_string()).unwrap_or_else(|_| "/".into()),
    };
    let headers = Headers::new();
    headers.set("location", &landing)?;
    headers.set("cache-control", "no-store")?;
    headers.set("referrer-policy", "no-referrer")?; // the token in our URL is nobody else's business
    Ok(Response::empty()?.with_status(302).with_headers(headers))
}

async fn landing(req: &Request, env: &Env, ctx: &Ctx) -> Option<String> {
    let path = req.path();
    let (campaign, slot) = path.strip_prefix("/c/")?.split_once('/')?;
    let published = running::get(env, campaign).await?;
    let Some((_, fallback)) = published.slot(slot) else { return Some(published.landing.clone()) };
    if let Some(clicked) = ask(req, env, campaign, slot).await {
        log::send(env, ctx, clicked.event);
        if clicked.url.is_some() {
            return clicked.url;
        }
    }
    Some(published.landing_of(fallback.fallback()).to_owned())
}

async fn ask(req: &Request, env: &Env, campaign: &str, slot: &str) -> Option<Clicked> {
    let token = recipient(req, env)?;
    let context = Context::read(&demo::disguise(env, req, request::facts(req, Surface::Click), now()));
    let call = Call::Click {
        recipient: token.recipient.to_string(),
        campaign: campaign.into(),
        slot: slot.into(),
        context,
    };
    shards::ask(env, token.shard, &call).await.map_err(|error| report("click", &error)).ok()
}
