//! `GET /o/{campaign}/{slot}.{png|jpg|gif}?r={token}`: the image of a mail that is being opened.
//!
//! Whatever happens, the answer is 200 with an image of the type that the URL names (law 5). In this order: what the recipient's shard
//! decided; the slot's fallback, with what is the same for everyone; a transparent pixel.

use super::shards::{self, Call, Opened};
use super::{demo, images, now, recipient, report, request, running};
use crate::campaign::{Campaign, Slot};
use crate::context::{Context, Surface};
use crate::decide::Creative;
use crate::render::{self, Format};
use worker::{Context as Ctx, Env, Headers, Method, Request, Response, Result};

/// The longest path that is looked at.
const MAX_PATH: usize = 300;

/// Answers with an image.
pub async fn serve(req: &Request, env: &Env, ctx: &Ctx) -> Result<Response> {
    let path = req.path();
    let format = path
        .rsplit_once('.')
        .and_then(|(_, extension)| Format::from_extension(extension))
        .unwrap_or(Format::Png);
    let bytes = image(req, &path, format, env, ctx).await.unwrap_or_else(|| render::pixel(format).to_vec());
    respond(req, bytes, format)
}

/// The image's bytes; `None` for a pixel.
async fn image(req: &Request, path: &str, format: Format, env: &Env, ctx: &Ctx) -> Option<Vec<u8>> {
    let (campaign, file) = path
        .get(..path.len().min(MAX_PATH))
        .filter(|p| p.len() == path.len())?
        .strip_prefix("/o/")?
        .split_once('/')?;
    let name = file.rsplit_once('.').map_or(file, |(name, _)| name);
    let published = running::get(env, campaign).await?;
    let (_, slot) = published.slot(name)?;
    if let Some(Opened { creative: Some(creative), spare }) = ask(req, env, campaign, name).await {
        return match images::draw(env, ctx, slot, (&creative, spare.as_ref()), format).await {
            Ok(bytes) => bytes,
            Err(error) => {
                report("image", &error);
                fallback(env, ctx, &published, slot, format).await
            }
        };
    }
    fallback(env, ctx, &published, slot, format).await
}

/// What the recipient's shard says; `None` when there is no recipient or the shard doesn't answer.
async fn ask(req: &Request, env: &Env, campaign: &str, slot: &str) -> Option<Opened> {
    let token = recipient(req, env)?;
    let context = Context::read(&demo::disguise(env, req, request::facts(req, Surface::Image), now()));
    let call = Call::Open {
        recipient: token.recipient.to_string(),
        campaign: campaign.into(),
        slot: slot.into(),
        context,
    };
    shards::ask(env, token.shard, &call).await.map_err(|error| report("open", &error)).ok()
}

/// The slot's fallback, for somebody of whom nothing is known.
async fn fallback(env: &Env, ctx: &Ctx, campaign: &Campaign, slot: &Slot, format: Format) -> Option<Vec<u8>> {
    let feeds = running::feeds(env, campaign).await;
    let creative = Creative::plain(campaign, slot.fallback(), &feeds, now());
    images::draw(env, ctx, slot, (&creative, None), format)
        .await
        .map_err(|error| report("fallback image", &error))
        .ok()
        .flatten()
}

/// The response: never cached (the next open may show something else), never redirected (proxies don't follow).
fn respond(req: &Request, bytes: Vec<u8>, format: Format) -> Result<Response> {
    let headers = Headers::new();
    headers.set("content-type", format.mime())?;
    headers.set("content-length", &bytes.len().to_string())?;
    headers.set("cache-control", "no-store, no-cache, must-revalidate, max-age=0")?;
    headers.set("pragma", "no-cache")?;
    headers.set("x-content-type-options", "nosniff")?;
    headers.set("cross-origin-resource-policy", "cross-origin")?;
    let body = if req.method() == Method::Head { Response::empty()? } else { Response::from_bytes(bytes)? };
    Ok(body.with_headers(headers))
}
