//! `GET /c/{campaign}/{slot}?r={token}`: a link of a mail.
//!
//! It lands where the recipient's last exposure promised (law 3). Without one (images off, token damaged, shard down, consent withdrawn) it lands where the slot's fallback
//! does; without a slot, on the campaign's landing; without a campaign, on the deployment's. Every one of these comes from a campaign or the configuration, none
//! from the URL, so there is no open redirect. A person who lands on a page that may speak to the Worker brings a token of this visit there ([`pages`]).

use super::shards::{self, Call, Clicked};
use super::{demo, now, pages, recipient, report, request, running};
use crate::context::{Context, Surface};
use crate::token::Token;
use worker::{Env, Headers, Request, Response, Result};

/// Answers with a redirect.
pub async fn serve(req: &Request, env: &Env) -> Result<Response> {
    let landing = match landing(req, env).await {
        Some(url) => url,
        None => env.var("FALLBACK_URL").map(|v| v.to_string()).unwrap_or_else(|_| "/".into()),
    };
    let headers = Headers::new();
    headers.set("location", &landing)?;
    headers.set("cache-control", "no-store")?;
    headers.set("referrer-policy", "no-referrer")?; // the token in our URL is nobody else's business
    Ok(Response::empty()?.with_status(302).with_headers(headers))
}

async fn landing(req: &Request, env: &Env) -> Option<String> {
    let path = req.path();
    let (campaign, slot) = path.strip_prefix("/c/")?.split_once('/')?;
    let published = running::get(env, campaign).await?;
    let Some((_, fallback)) = published.slot(slot) else { return Some(published.landing.clone()) };
    let plain = published.landing_of(fallback.fallback());
    let Some(token) = recipient(req, env) else { return Some(plain.to_owned()) };
    let context = Context::read(&demo::disguise(env, req, request::facts(req, Surface::Click), now()));
    let is_person = context.fetcher.is_person();
    let promised = ask(env, &token, campaign, slot, context).await.and_then(|clicked| clicked.url);
    let landing = promised.unwrap_or_else(|| plain.to_owned());
    Some(if is_person { pages::joined(req, env, landing, &token, published.id.key) } else { landing })
}

async fn ask(env: &Env, token: &Token, campaign: &str, slot: &str, context: Context) -> Option<Clicked> {
    let call = Call::Click {
        recipient: token.recipient.to_string(),
        campaign: campaign.into(),
        slot: slot.into(),
        context,
    };
    shards::ask(env, token.shard, &call).await.map_err(|error| report("click", &error)).ok()
}
