//! Breakers that tripped ([`crate::measure::breaker`]): what stops is taken off as by the kill switch, and said by webhook.
//!
//! A campaign's object watches the lines of its log as it learns from them. What trips is written down in that step; then the variants join `paused` of what is published of the
//! running campaign, and are kept there whatever else is said of it, until an admin resets the breakers. A campaign is stopped by taking all its variants off, so that
//! everybody sees the fallbacks. `BREAKER_WEBHOOK` is told with a JSON body and the header `apropos-signature`, the HMAC-SHA256 of the body under the secret
//! `BREAKER_SECRET` in hexadecimal; again until it answers with 2xx.

use super::campaigns::Campaigns;
use super::published;
use super::{deadline, now, report, running, secrets};
use crate::campaign::{Campaign, Live};
use crate::learn::policy::Line;
use crate::measure::breaker::{CAMPAIGN, Trip, Watch};
use crate::time::Timestamp;
use hmac::{Hmac, KeyInit, Mac};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::Sha256;
use worker::wasm_bindgen::JsValue;
use worker::{Env, Error, Fetch, Headers, Method, Request, RequestInit, RequestRedirect, Response, Result};

/// The most people who are watched.
const MOST: usize = 100_000;

/// What a campaign's object is asked about its breakers.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    /// Which variants do they keep off?
    Paused,
    /// What tripped?
    Stand,
    /// Let everything be shown again, and begin to watch anew.
    Reset,
}

/// A breaker that tripped.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Tripped {
    #[serde(flatten)]
    trip: Trip,
    at: Timestamp,
    /// The variants that it took off.
    paused: Vec<String>,
    /// The webhook knows.
    told: bool,
}

/// Asks a campaign's object.
///
/// # Errors
/// When it fails or does not answer in time.
pub async fn ask<T: DeserializeOwned>(env: &Env, campaign: &str, call: &Call) -> Result<T> {
    deadline("CAMPAIGNS", async {
        let stub = env.durable_object("CAMPAIGNS")?.get_by_name(campaign)?;
        let mut init = RequestInit::new();
        let body = serde_json::to_string(&(campaign, call))?;
        init.with_method(Method::Post).with_body(Some(JsValue::from_str(&body)));
        let request = Request::new_with_init("https://campaigns/breakers", &init)?;
        let mut response = stub.fetch_with_request(request).await?;
        match response.status_code() {
            200 => response.json().await,
            status => Err(Error::RustError(format!("a campaign answered {status}"))),
        }
    })
    .await
}

/// Adds to what is said of a running campaign what breakers keep off; its text, if that changes it.
///
/// # Errors
/// When the campaign's object fails or does not answer in time.
pub async fn kept_off(env: &Env, id: &str, live: &Live) -> Result<Option<String>> {
    let paused: Vec<String> = ask(env, id, &Call::Paused).await?;
    Ok(without(live, &paused).map(|live| serde_json::to_string(&live)).transpose()?)
}

/// The same with these variants taken off; none if they are.
fn without(live: &Live, variants: &[String]) -> Option<Live> {
    let new: Vec<String> = variants.iter().filter(|name| !live.paused.contains(name)).cloned().collect();
    (!new.is_empty()).then(|| Live { paused: [live.paused.clone(), new].concat(), ..live.clone() })
}

/// The variants of a campaign that a breaker takes off. A fallback stays: something must always be there to show.
fn stopped(campaign: &Campaign, trip: &Trip) -> Vec<String> {
    let mut names = Vec::new();
    for slot in &campaign.slots {
        for variant in slot.variants.iter().filter(|variant| variant.id.name != slot.fallback().id.name) {
            let name = format!("{}/{}", slot.name.name, variant.id.name);
            if trip.stops == CAMPAIGN || trip.stops == name {
                names.push(name);
            }
        }
    }
    names
}

impl Campaigns {
    /// Watches what came of the campaign. Without an await: in one step with what is learned.
    pub(super) fn watch(&self, campaign: &Campaign, lines: &[Line]) -> Result<()> {
        let mut watch: Watch = match self.kept("watch")? {
            Some(bytes) => {
                postcard::from_bytes(&bytes).map_err(|error| Error::RustError(error.to_string()))?
            }
            None => Watch::default(),
        };
        for line in lines {
            watch.take(line);
        }
        watch.bound(now(), MOST);
        let bytes = postcard::to_allocvec(&watch).map_err(|error| Error::RustError(error.to_string()))?;
        self.keep("watch", &bytes)?;
        let mut tripped = self.tripped()?;
        for trip in watch.trips(&campaign.guardrails.breakers) {
            let paused = stopped(campaign, &trip);
            let known = tripped.iter().any(|old| paused.iter().all(|name| old.paused.contains(name)));
            if !known {
                tripped.push(Tripped { trip, at: now(), paused, told: false });
            }
        }
        self.keep("tripped", &serde_json::to_vec(&tripped)?)
    }

    fn tripped(&self) -> Result<Vec<Tripped>> {
        Ok(self.kept("tripped")?.map(|bytes| serde_json::from_slice(&bytes)).transpose()?.unwrap_or_default())
    }

    fn paused(&self) -> Result<Vec<String>> {
        Ok(self.tripped()?.into_iter().flat_map(|tripped| tripped.paused).collect())
    }

    /// Publishes what breakers take off, and tells the webhook; whether it has yet to hear of something.
    pub(super) async fn break_off(&self, id: &str) -> Result<bool> {
        if self.tripped()?.is_empty() {
            return Ok(false);
        }
        let live = self.said(id).await?;
        if let Some(live) = without(&live, &self.paused()?) {
            published::put(&self.env, id, &serde_json::to_string(&live)?, live.clone()).await?;
        }
        let mut tripped = self.tripped()?;
        for tripped in tripped.iter_mut().filter(|tripped| !tripped.told) {
            match self.tell_webhook(id, tripped).await {
                Ok(()) => tripped.told = true,
                Err(error) => report("BREAKER_WEBHOOK", &error),
            }
        }
        let waiting = tripped.iter().any(|tripped| !tripped.told);
        // somebody may have reset them meanwhile
        if !self.tripped()?.is_empty() {
            self.keep("tripped", &serde_json::to_vec(&tripped)?)?;
        }
        Ok(waiting)
    }

    /// What is published of the running campaign, from where it is published: another isolate may have said it.
    async fn said(&self, id: &str) -> Result<Live> {
        let text = deadline("KV", published::text::<Live>(&self.env, id)).await?;
        Ok(text.and_then(|text| Live::parse(&text).ok()).unwrap_or_default())
    }

    async fn tell_webhook(&self, id: &str, tripped: &Tripped) -> Result<()> {
        let url = self.env.var("BREAKER_WEBHOOK").map(|url| url.to_string()).unwrap_or_default();
        if url.is_empty() {
            return Ok(());
        }
        let Tripped { trip, at, paused, .. } = tripped;
        let body =
            json!({"type": "breaker", "campaign": id, "at": at, "paused": paused, "trip": trip}).to_string();
        let secret = secrets::get(&self.env, "BREAKER_SECRET");
        let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes())
            .map_err(|error| Error::RustError(error.to_string()))?
            .chain_update(body.as_bytes());
        let signature: String =
            mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        let headers = Headers::new();
        headers.set("content-type", "application/json")?;
        headers.set("apropos-signature", &signature)?;
        let mut init = RequestInit::new();
        init.with_method(Method::Post).with_headers(headers).with_redirect(RequestRedirect::Manual);
        init.with_body(Some(JsValue::from_str(&body)));
        let request = Request::new_with_init(&url, &init)?;
        let response = deadline("BREAKER_WEBHOOK", Fetch::Request(request).send()).await?;
        match response.status_code() {
            200..=299 => Ok(()),
            status => Err(Error::RustError(format!("it answers {status}"))),
        }
    }

    /// What is answered about breakers.
    pub(super) async fn answer_for_breakers(&self, id: &str, call: Call) -> Result<Response> {
        match call {
            Call::Paused => Response::from_json(&self.paused()?),
            Call::Stand => {
                let limits = running::get(&self.env, id).await.map(|campaign| campaign.guardrails.breakers);
                Response::from_json(&json!({"limits": limits, "tripped": self.tripped()?}))
            }
            Call::Reset => {
                let paused = self.paused()?;
                self.keep("tripped", b"[]")?;
                let watch = postcard::to_allocvec(&Watch::default())
                    .map_err(|error| Error::RustError(error.to_string()))?;
                self.keep("watch", &watch)?;
                let mut live = self.said(id).await?;
                live.paused.retain(|name| !paused.contains(name));
                published::put(&self.env, id, &serde_json::to_string(&live)?, live.clone()).await?;
                Response::from_json(&Value::from(paused))
            }
        }
    }
}
