//! `POST /v1/webhooks/{sendgrid,postmark,mailgun,ses}`: what providers tell of messages, if they can show that it is they who tell.
//!
//! | provider | how | set by |
//! |---|---|---|
//! | SendGrid | ECDSA over timestamp and body | `SENDGRID_WEBHOOK_KEY`: the verification key as SendGrid shows it |
//! | Mailgun | HMAC-SHA256 over timestamp and token. It doesn't cover the event, so a token is good for one body | `MAILGUN_WEBHOOK_KEY`: the HTTP webhook signing key |
//! | Postmark | HTTP Basic, in the webhook's URL | `POSTMARK_WEBHOOK_AUTH`: `user:password` |
//! | SES | RSA by SNS, with a certificate from SNS's own hosts, for topics that are named here | `SNS_TOPICS`: the topics' ARNs |
//!
//! Keys rotate: several may stand there, with spaces between. What was signed more than a day ago is refused, and what is newer is known again by its id
//! ([`super::recipients`] remembers for a week): so a replay changes nothing.

use super::deliver;
use super::events;
use super::shards::{self, Call};
use super::verify::{Algorithm, Key, is_signed};
use super::{Names, deadline, now, problem, report, secrets};
use crate::hash::fnv1a;
use crate::inbound::Told;
use crate::inbound::webhooks::signed::{public_key, two_numbers};
use crate::inbound::webhooks::{mailgun, postmark, sendgrid, ses};
use crate::time::{DAY, MINUTE, Span, Timestamp};
use crate::token::Shard;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;
use std::cell::RefCell;
use std::collections::HashMap;
use worker::{Env, Fetch, Method, Request, Response, ResponseBuilder, Result};

/// For how long a signature is good. Providers go on trying for a day.
const FRESH: Span = Span(DAY);
/// How far a provider's clock may run ahead.
const AHEAD: Span = Span(5 * MINUTE);
/// As many certificates are kept.
const CERTIFICATES: usize = 16;

thread_local! {
    /// Public keys of SNS, by the address of their certificate.
    static KEYS: RefCell<HashMap<String, Vec<u8>>> = RefCell::default();
}

/// Why a webhook is not heard.
enum Unheard {
    /// It doesn't show that it is the provider's.
    Unproved(&'static str),
    /// It can't be read.
    Unreadable(String),
    /// It can't be checked now.
    Later(String),
}

type Heard = std::result::Result<Vec<Told>, Unheard>;

/// Answers a request.
pub async fn route(mut req: Request, env: &Env) -> Result<Response> {
    if req.method() != Method::Post {
        return problem(405, "method not allowed");
    }
    let text = match events::body(&mut req).await {
        Ok(text) => text,
        Err((status, reason)) => return problem(status, reason),
    };
    let own = req.url()?.origin().ascii_serialization();
    let path = req.path();
    let heard = match path.trim_start_matches("/v1/webhooks/") {
        "sendgrid" => of_sendgrid(&req, env, &text, &own).await,
        "postmark" => of_postmark(&req, env, &text, &own),
        "mailgun" => of_mailgun(env, &text, &own).await,
        "ses" => of_ses(env, &text, &own).await,
        _ => return problem(404, "no such route"),
    };
    let told = match heard {
        Ok(told) => told,
        Err(Unheard::Unproved(reason)) => return problem(401, reason),
        Err(Unheard::Unreadable(reason)) => return problem(400, &reason),
        Err(Unheard::Later(reason)) => {
            report("a webhook can't be checked", &reason);
            return problem(503, "this can't be checked now: send it again");
        }
    };
    let Some(names) = Names::of(env) else {
        return problem(
            503,
            "the secrets TOKEN_KEYS and RECIPIENT_SECRET are missing or unreadable; the log says which",
        );
    };
    match deliver::all(env, &names, told).await {
        Ok(_) => ResponseBuilder::new()
            .with_header("cache-control", "no-store")?
            .from_json(&json!({"success": true})),
        Err(error) => {
            report("a webhook is not stored", &error);
            problem(503, "this isn't stored yet: send it again")
        }
    }
}

async fn of_sendgrid(req: &Request, env: &Env, text: &str, own: &str) -> Heard {
    let header = |name: &str| req.headers().get(name).ok().flatten().unwrap_or_default();
    let at = header("x-twilio-email-event-webhook-timestamp");
    let signature = STANDARD.decode(header("x-twilio-email-event-webhook-signature")).ok();
    let Some(signature) = signature.and_then(|der| two_numbers(&der)) else {
        return Err(Unheard::Unproved("SendGrid's signature is missing or unreadable"));
    };
    fresh(seconds(&at))?;
    let signed = [at.as_bytes(), text.as_bytes()].concat();
    for key in secrets::get(env, "SENDGRID_WEBHOOK_KEY").split_ascii_whitespace() {
        let key = STANDARD.decode(key).unwrap_or_default();
        if is_signed(Algorithm::Ecdsa, Key::Spki(&key), &signature, &signed).await {
            return sendgrid::read(text, own).map_err(Unheard::Unreadable);
        }
    }
    Err(Unheard::Unproved("SendGrid's signature is wrong; SENDGRID_WEBHOOK_KEY is the verification key"))
}

fn of_postmark(req: &Request, env: &Env, text: &str, own: &str) -> Heard {
    let given = secrets::basic(req).map(|(user, password)| format!("{user}:{password}")).unwrap_or_default();
    if !secrets::is_one(&given, &secrets::get(env, "POSTMARK_WEBHOOK_AUTH")) {
        return Err(Unheard::Unproved(
            "the webhook's URL bears the user and password of POSTMARK_WEBHOOK_AUTH",
        ));
    }
    postmark::read(text, own).map_err(Unheard::Unreadable)
}

async fn of_mailgun(env: &Env, text: &str, own: &str) -> Heard {
    let body = mailgun::read(text).map_err(Unheard::Unreadable)?;
    let signature = &body.signature;
    fresh(seconds(&signature.timestamp))?;
    let given = hexadecimal(&signature.signature).unwrap_or_default();
    let keys = secrets::get(env, "MAILGUN_WEBHOOK_KEY");
    let genuine = keys.split_ascii_whitespace().any(|key| {
        let mac = Hmac::<Sha256>::new_from_slice(key.as_bytes());
        let mac = mac.map(|mac| mac.chain_update(&signature.timestamp).chain_update(&signature.token));
        mac.is_ok_and(|mac| mac.verify_slice(&given).is_ok())
    });
    if !genuine {
        return Err(Unheard::Unproved(
            "Mailgun's signature is wrong; MAILGUN_WEBHOOK_KEY is the HTTP webhook signing key",
        ));
    }
    // the signature is good for any event: so it is bound to the first that it came with
    let bind = Call::Bind {
        name: format!("mailgun {}", signature.token),
        value: format!("{:016x}", fnv1a(text.as_bytes())),
    };
    match shards::ask::<bool>(env, Shard(0), &bind).await {
        Ok(true) => Ok(body.told(own)),
        Ok(false) => Err(Unheard::Unproved("the token was used before, for something else")),
        Err(error) => Err(Unheard::Later(error.to_string())),
    }
}

async fn of_ses(env: &Env, text: &str, own: &str) -> Heard {
    let envelope = ses::read(text).map_err(Unheard::Unreadable)?;
    let topics = env.var("SNS_TOPICS").map(|topics| topics.to_string()).unwrap_or_default();
    if !topics.split_ascii_whitespace().any(|topic| topic == envelope.topic_arn) {
        return Err(Unheard::Unproved(
            "SNS_TOPICS lists the topics that are heard, and this is none of them",
        ));
    }
    fresh(Timestamp::parse(&envelope.timestamp))?;
    let (Some(hash), true) = (envelope.hash(), ses::is_of_sns(&envelope.signing_cert_url)) else {
        return Err(Unheard::Unproved(
            "the certificate isn't SNS's, or the version of the signature isn't known",
        ));
    };
    let key = key(&envelope.signing_cert_url).await.map_err(Unheard::Later)?;
    let signature = STANDARD.decode(&envelope.signature).unwrap_or_default();
    if !is_signed(Algorithm::Rsa(hash), Key::Spki(&key), &signature, envelope.signed_text().as_bytes()).await
    {
        return Err(Unheard::Unproved("SNS's signature is wrong"));
    }
    if envelope.kind != "SubscriptionConfirmation" {
        return Ok(envelope.told(own));
    }
    match envelope.subscribe_url.as_deref().filter(|url| ses::is_of_sns(url)) {
        Some(url) => fetched(url).await.map(|_| Vec::new()).map_err(Unheard::Later),
        None => Err(Unheard::Unproved("the address that confirms the subscription isn't SNS's")),
    }
}

/// The public key of a certificate of SNS.
async fn key(url: &str) -> std::result::Result<Vec<u8>, String> {
    if let Some(key) = KEYS.with_borrow(|keys| keys.get(url).cloned()) {
        return Ok(key);
    }
    let pem = fetched(url).await?;
    let key = public_key(&pem).ok_or("the certificate can't be read")?;
    KEYS.with_borrow_mut(|keys| {
        if keys.len() >= CERTIFICATES {
            keys.clear();
        }
        keys.insert(url.to_owned(), key.clone());
    });
    Ok(key)
}

async fn fetched(url: &str) -> std::result::Result<String, String> {
    let url = url.parse().map_err(|_| "the address can't be read")?;
    let answer = deadline("SNS", async {
        let mut response = Fetch::Url(url).send().await?;
        Ok((response.status_code(), response.text().await?))
    });
    match answer.await {
        Ok((200, text)) => Ok(text),
        Ok((status, _)) => Err(format!("SNS answers {status}")),
        Err(error) => Err(error.to_string()),
    }
}

fn fresh(signed: Option<Timestamp>) -> std::result::Result<(), Unheard> {
    let age = signed.map(|signed| now().since(signed));
    match age {
        Some(age) if age <= FRESH && age >= Span(-AHEAD.0) => Ok(()),
        _ => Err(Unheard::Unproved("it was signed more than a day ago, or isn't dated")),
    }
}

fn seconds(text: &str) -> Option<Timestamp> {
    Timestamp::of_milliseconds(text.trim().parse::<i64>().ok()?.checked_mul(1000)?)
}

fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).ok());
    digits.map(|pair| u8::from_str_radix(pair?, 16).ok()).collect()
}
