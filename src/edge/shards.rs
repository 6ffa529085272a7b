//! How the Worker speaks to a shard of recipients: one call, one answer, both JSON.

use super::deadline;
use crate::context::Context;
use crate::decide::{Brief, Creative, SendWindow};
use crate::token::Shard;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use worker::wasm_bindgen::JsValue;
use worker::{Env, Error, Method, Request, RequestInit, Result};

/// A recipient's opaque key in hexadecimal.
pub type Recipient = String;

/// A recipient and the document of their profile.
pub type Imported = (Recipient, serde_json::Map<String, serde_json::Value>);

/// What a shard is asked.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    /// An image was fetched: decide, remember, and say what the slot shows.
    Open {
        /// Who.
        recipient: Recipient,
        /// The campaign's id.
        campaign: String,
        /// The slot's name.
        slot: String,
        /// What the request told.
        context: Context,
    },
    /// A link was followed: say where it lands.
    Click {
        /// Who.
        recipient: Recipient,
        /// The campaign's id.
        campaign: String,
        /// The slot's name.
        slot: String,
        /// What the request told.
        context: Context,
    },
    /// Decide and explain without remembering anything.
    Peek {
        /// Who.
        recipient: Recipient,
        /// The campaign's id.
        campaign: String,
        /// What the request told.
        context: Context,
        /// Plan a send, instead of judging the request.
        send: Option<SendWindow>,
    },
    /// A landing page was reached by a link: say what may be used there.
    Visit {
        /// Who.
        recipient: Recipient,
        /// The campaign's id.
        campaign: String,
        /// What the request told.
        context: Context,
        /// The page has the visitor's consent to personalization; without it only what the link promised is told.
        personal: bool,
    },
    /// Store these profiles.
    Import(Vec<Imported>),
}

/// The answer to [`Call::Open`].
#[derive(Serialize, Deserialize)]
pub struct Opened {
    /// What the slot shows; `None` when the shard does not know the campaign, slot or recipient.
    pub creative: Option<Creative>,
    /// What it shows instead if a font can't be had; `None` if it wants none.
    pub spare: Option<Creative>,
    /// An event for the log.
    pub event: Option<serde_json::Value>,
}

/// The answer to [`Call::Click`].
#[derive(Serialize, Deserialize)]
pub struct Clicked {
    /// Where the link lands, as it was promised; `None` when nothing was.
    pub url: Option<String>,
    /// An event for the log.
    pub event: Option<serde_json::Value>,
}

/// The answer to [`Call::Visit`]: `None` for somebody who isn't known.
pub type Visited = Option<Brief>;

/// The answer to [`Call::Peek`].
pub type Peeked = Option<serde_json::Value>;

/// Asks a shard.
///
/// # Errors
/// When the shard fails or does not answer in time.
pub async fn ask<T: DeserializeOwned>(env: &Env, shard: Shard, call: &Call) -> Result<T> {
    let body = serde_json::to_string(call)?;
    let mut init = RequestInit::new();
    init.with_method(Method::Post).with_body(Some(JsValue::from_str(&body)));
    let request = Request::new_with_init("https://recipients/", &init)?;
    let stub = env.durable_object("RECIPIENTS")?.get_by_name(&format!("shard-{}", shard.0))?;
    deadline("recipients", async {
        let mut response = stub.fetch_with_request(request).await?;
        match response.status_code() {
            200 => response.json().await,
            status => Err(Error::RustError(format!("shard answered {status}"))),
        }
    })
    .await
}
