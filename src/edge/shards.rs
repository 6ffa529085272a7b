//! How the Worker speaks to a shard of recipients: one call, one answer, both JSON.
//!
//! A recipient whose id turned out to be another's second id lives elsewhere: a shard then answers [`MOVED`] with the [`Place`], and [`ask`] asks there.

use super::deadline;
use super::recipients::moves::Parcel;
use crate::context::Context;
use crate::decide::{Brief, Creative, SendWindow};
use crate::inbound::Told;
use crate::token::Shard;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use worker::wasm_bindgen::JsValue;
use worker::wasm_bindgen_futures::JsFuture;
use worker::{Env, Error, Method, Request, RequestInit, Response, Result, web_sys};

/// A recipient's opaque key in hexadecimal.
pub type Recipient = String;

/// A recipient and the document of their profile.
pub type Imported = (Recipient, serde_json::Map<String, serde_json::Value>);

/// The status with which a shard says that a recipient lives elsewhere.
pub const MOVED: u16 = 421;
/// How often a recipient may have moved. Keys only move to lesser ones, so this is never reached by going in circles.
const MOST_MOVES: usize = 8;

/// Where a recipient is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// Who.
    pub recipient: Recipient,
    /// The number of the shard.
    pub shard: u16,
}

/// An event for a recipient.
#[derive(Clone, Serialize, Deserialize)]
pub struct Folding {
    /// Who.
    pub recipient: Recipient,
    /// The key of the device that the event names beside the recipient.
    pub device: Option<Recipient>,
    /// The event.
    pub told: Told,
}

/// What became of an event.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Became {
    /// What.
    pub what: What,
    /// It isn't known here yet that the device is this recipient's, and may be remembered.
    pub join: bool,
}

/// What became of an event.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// It is kept.
    Kept,
    /// It says nothing that is kept of anybody.
    Ignored,
    /// It was kept before.
    Duplicate,
    /// The recipient doesn't allow that it is kept.
    Withheld,
    /// It can't be understood: why.
    Refused(String),
    /// Its recipient lives elsewhere.
    Moved(Place),
}

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
    /// Store these profiles. The answer says where those live that moved.
    Import(Vec<Imported>),
    /// Fold these events, in one step with the ids by which they are known again.
    Fold(Vec<Folding>),
    /// Where does this recipient live now?
    Find {
        /// Who.
        recipient: Recipient,
    },
    /// Give up what is known of a recipient, who is another's second id.
    Surrender {
        /// Who.
        recipient: Recipient,
        /// Whose second id that is.
        to: Place,
        /// They are a device and go to a user: it is nobody else's from now on.
        user: bool,
    },
    /// Take over what is known of a second id.
    Adopt {
        /// Who.
        recipient: Recipient,
        /// The second id.
        from: Place,
        /// What was known of it; none when it stays another's.
        parcel: Option<Parcel>,
    },
    /// All that is held of a recipient.
    Held {
        /// Who.
        recipient: Recipient,
    },
    /// Forget a recipient.
    Forget {
        /// Who.
        recipient: Recipient,
    },
    /// Is this the value that the name was first seen with, as far back as is remembered?
    Bind {
        /// The name.
        name: String,
        /// The value.
        value: String,
    },
    /// What was surrendered has arrived.
    Arrived {
        /// Who surrendered.
        recipient: Recipient,
    },
}

/// The answer to [`Call::Open`]; the default is that to a call about nobody.
#[derive(Default, Serialize, Deserialize)]
pub struct Opened {
    /// What the slot shows; `None` when the shard does not know the campaign, slot or recipient.
    pub creative: Option<Creative>,
    /// What it shows instead if a font can't be had; `None` if it wants none.
    pub spare: Option<Creative>,
    /// An event for the log.
    pub event: Option<serde_json::Value>,
}

/// The answer to [`Call::Click`].
#[derive(Default, Serialize, Deserialize)]
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

/// The answer to [`Call::Held`].
#[derive(Serialize, Deserialize)]
pub struct Held {
    /// All that is held, as a document.
    pub document: serde_json::Value,
    /// The second ids whose way leads to the recipient.
    pub aliases: Vec<Place>,
}

/// The answer to [`Call::Find`].
#[derive(Serialize, Deserialize)]
pub struct Found {
    /// Where the recipient went, if anywhere.
    pub moved: Option<Place>,
    /// They are a device and went to a user.
    pub user: bool,
    /// What is known of them hasn't arrived there yet.
    pub pending: bool,
}

/// Asks a shard, and where it says that the recipient moved, there.
///
/// # Errors
/// When a shard fails, or none answers in time.
pub async fn ask<T: DeserializeOwned>(env: &Env, shard: Shard, call: &Call) -> Result<T> {
    deadline("recipients", async {
        let (mut shard, mut body) = (shard, serde_json::to_string(call)?);
        for _ in 0..MOST_MOVES {
            let mut init = RequestInit::new();
            init.with_method(Method::Post).with_body(Some(JsValue::from_str(&body)));
            let asked = Request::new_with_init("https://recipients/", &init)?;
            let stub = env.durable_object("RECIPIENTS")?.get_by_name(&format!("shard-{}", shard.0))?;
            let response = stub.fetch_with_request(asked).await?;
            let status = response.status_code();
            let text = text(response).await?;
            match status {
                200 => return Ok(serde_json::from_str(&text)?),
                MOVED => {
                    let place: Place = serde_json::from_str(&text)?;
                    body = readdressed(&body, &place.recipient)?;
                    shard = Shard(place.shard);
                }
                status => return Err(Error::RustError(format!("shard answered {status}"))),
            }
        }
        Err(Error::RustError("a recipient moved too often".into()))
    })
    .await
}

/// A body as text, read in one piece: the crate's own way takes it chunk by chunk through JavaScript, which is a tenth of an open.
async fn text(response: Response) -> Result<String> {
    let text = web_sys::Response::from(response).text()?;
    Ok(JsFuture::from(text).await?.as_string().unwrap_or_default())
}

/// The same call about another recipient.
fn readdressed(body: &str, recipient: &str) -> Result<String> {
    let mut call: serde_json::Map<String, serde_json::Value> = serde_json::from_str(body)?;
    for asked in call.values_mut() {
        if let Some(who) = asked.get_mut("recipient") {
            *who = recipient.into();
        }
    }
    Ok(serde_json::to_string(&call)?)
}
