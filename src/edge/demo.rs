//! The demo's mailbox: the page `/demo/`, its data `/demo/mailbox.json`, and requests in disguise.
//!
//! Answers only when the variable `DEMO` is set, as `cargo xtask dev` does. A browser that looks at the demo's page can't fetch a picture as Outlook or a scanner would, so
//! there `as=outlook` on an image or a link makes the Worker take the request for one of Outlook's. Deployments without `DEMO` ignore it.

use super::shards::{self, Call};
use super::{Names, deadline, now, report, request, running};
use crate::campaign::Campaign;
use crate::context::{Context, Request as Facts, Surface};
use crate::order;
use crate::time::{DAY, HOUR, Timestamp};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use worker::{Env, Error, Request, Response, ResponseBuilder, Result};

/// Is the demo switched on?
pub fn enabled(env: &Env) -> bool {
    env.var("DEMO").is_ok_and(|v| !v.to_string().is_empty())
}

/// The request as it would be if it came from the opener that `as=` names; as it is without one, and outside the demo.
pub fn disguise(env: &Env, req: &Request, facts: Facts, now: Timestamp) -> Facts {
    match request::query(req, "as") {
        Some(opener) if enabled(env) => opened_by(&opener, facts.surface, now).unwrap_or(facts),
        _ => facts,
    }
}

/// What an opener's request looks like, and for some at what hour of theirs.
fn opened_by(opener: &str, surface: Surface, now: Timestamp) -> Option<Facts> {
    let (opener, hour) = match opener {
        "outlook" => ("outlook", Some(15)),
        "phone-night" => ("phone", Some(22)),
        other => (other, None),
    };
    let timezone = hour.map(|hour| zone_where(hour, now)).unwrap_or_default();
    Some(Facts { surface, timezone, ..Facts::of_opener(opener)? })
}

/// A zone of the IANA database in which it is about `hour` o'clock.
fn zone_where(hour: i64, now: Timestamp) -> String {
    let ahead = (hour - now.0.rem_euclid(DAY) / HOUR + 12).rem_euclid(24) - 12; // -12 … 11 hours ahead of UTC
    match ahead {
        0 => "Etc/GMT".into(),
        ahead => format!("Etc/GMT{:+}", -ahead), // POSIX counts westward
    }
}

#[derive(Deserialize)]
struct Cast {
    brand: String,
    campaign: String,
    openers: Vec<Opener>,
    personas: Vec<Persona>,
}

#[derive(Deserialize)]
struct Opener {
    name: String,
    label: String,
    fetcher: String,
}

#[derive(Deserialize)]
struct Persona {
    id: String,
    name: String,
    story: String,
}

/// The page. Its script draws the mailbox; without scripts everyone's mail stands in it as plain HTML.
pub async fn page(env: &Env) -> Result<Response> {
    let mut asset = deadline("ASSETS", env.assets("ASSETS")?.fetch("http://assets/demo/", None)).await?;
    let html = asset.text().await?;
    let mails = match mails(env).await {
        Ok(mailbox) => plain(&mailbox),
        Err(error) => {
            report("mailbox", &error); // the script will say so on the page
            String::new()
        }
    };
    ResponseBuilder::new()
        .with_header("cache-control", "no-store")?
        .from_html(html.replace("<!--mails-->", &mails))
}

/// Every mail of the demo, with its pictures, links and reasons.
pub async fn mailbox(env: &Env) -> Result<Response> {
    ResponseBuilder::new().with_header("cache-control", "no-store")?.from_json(&mails(env).await?)
}

async fn mails(env: &Env) -> Result<Value> {
    let mut asset =
        deadline("ASSETS", env.assets("ASSETS")?.fetch("http://assets/demo/personas.json", None)).await?;
    let cast: Cast = asset.json().await?;
    let campaign = running::get(env, &cast.campaign)
        .await
        .ok_or_else(|| Error::RustError("the demo's campaign is not published".into()))?;
    let names =
        Names::of(env).ok_or_else(|| Error::RustError("the deployment's secrets are missing".into()))?;
    let mut personas = Vec::new();
    for persona in &cast.personas {
        let mut mails = Vec::new();
        for opener in &cast.openers {
            mails.extend(mail(env, &names, &campaign, persona, opener).await?);
        }
        personas
            .push(json!({"id": persona.id, "name": persona.name, "story": persona.story, "mails": mails}));
    }
    Ok(json!({"campaign": cast.campaign, "brand": cast.brand, "now": now(), "personas": personas}))
}

/// Everyone's mail in the first opener, as HTML.
fn plain(mailbox: &Value) -> String {
    let mut html = String::new();
    for persona in mailbox["personas"].as_array().into_iter().flatten() {
        let mail = &persona["mails"][0];
        html +=
            &format!("<section><h2>{}</h2><p>{}</p>", escaped(&persona["name"]), escaped(&mail["headline"]));
        for slot in mail["slots"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            let [link, image, alt] = ["links", "images", "alt"].map(|part| escaped(&mail[part][slot]));
            html += &format!(r#"<p><a href="{link}"><img src="{image}" alt="{alt}" width="600"></a></p>"#);
        }
        html += "</section>";
    }
    html
}

/// A text, safe in HTML.
fn escaped(text: &Value) -> String {
    let text = text.as_str().unwrap_or_default();
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

async fn mail(
    env: &Env,
    names: &Names,
    campaign: &Campaign,
    persona: &Persona,
    opener: &Opener,
) -> Result<Option<Value>> {
    let id = format!("{}.{}", persona.id, opener.name);
    let (key, shard) = names.place(&id);
    let token = names.token(&id);
    let facts = opened_by(&opener.name, Surface::Image, now()).unwrap_or_default();
    let call = Call::Peek {
        recipient: key.to_string(),
        campaign: campaign.id.name.clone(),
        context: Context::read(&facts),
        send: None,
    };
    let Some(explanation) = shards::ask::<Option<Value>>(env, shard, &call).await? else { return Ok(None) };
    let url = |route: &str, slot: &str, end: &str| {
        format!("/{route}/{}/{slot}{end}?r={token}&as={}", campaign.id.name, opener.name)
    };
    let slots = || campaign.slots.iter().map(|slot| slot.name.name.as_str());
    let images: Map<_, _> = order::map(slots().map(|s| (s.to_owned(), url("o", s, ".png").into())));
    let links: Map<_, _> = order::map(slots().map(|s| (s.to_owned(), url("c", s, "").into())));
    Ok(Some(json!({
        "opener": opener.name,
        "opener_label": opener.label,
        "fetcher": opener.fetcher,
        "slots": slots().collect::<Vec<_>>(),
        "images": images,
        "links": links,
        "alt": alts(campaign, &explanation),
        "outcome": explanation["outcome"],
        "headline": explanation["reasons"][0],
        "probability": explanation["probability"],
        "explanation": told(&explanation),
    })))
}

/// The alternative text of what each slot shows.
fn alts(campaign: &Campaign, explanation: &Value) -> Map<String, Value> {
    let filled = explanation["assembly"].as_array().map_or(&[][..], Vec::as_slice);
    let alt = |(slot, filled): (&crate::campaign::Slot, &Value)| {
        let variant =
            slot.variants.iter().find(|v| Some(v.id.name.as_str()) == filled["variant"].as_str())?;
        Some((slot.name.name.clone(), variant.alt.clone().into()))
    };
    order::map(campaign.slots.iter().zip(filled).filter_map(alt))
}

/// The explanation in the form that the page draws.
fn told(explanation: &Value) -> Value {
    let convert =
        explanation["intent"].as_array().and_then(|heads| heads.iter().find(|h| h["head"] == "convert"));
    let weighed = explanation["weighed"].as_array().map_or(&[][..], Vec::as_slice);
    let variants = weighed.iter().flat_map(|slot| {
        let variants = slot["variants"].as_array().map_or(&[][..], Vec::as_slice);
        variants.iter().map(|variant| {
            let mut variant = variant.clone();
            variant["slot"] = slot["slot"].clone();
            variant
        })
    });
    json!({
        "reasons": explanation["reasons"].as_array().map_or(&[][..], |r| r.get(1..).unwrap_or_default()),
        "guardrails": explanation["guardrails"],
        "signals": convert.map_or(Value::Null, |head| head["signals"].clone()),
        "variants": variants.collect::<Vec<_>>(),
    })
}
