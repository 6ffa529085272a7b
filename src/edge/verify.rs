//! Signatures with public keys, checked by the platform's WebCrypto: the code for them in Rust would be larger than all of this Worker's own.

use worker::js_sys::{Array, Function, JSON, Object, Promise, Reflect, Uint8Array, global};
use worker::wasm_bindgen::{JsCast, JsValue};
use worker::wasm_bindgen_futures::JsFuture;

/// How a signature was made.
#[derive(Clone, Copy)]
pub enum Algorithm {
    /// ECDSA over P-256 with SHA-256; the signature is two numbers of 32 bytes.
    Ecdsa,
    /// RSA, PKCS #1 v1.5, with this hash.
    Rsa(&'static str),
}

impl Algorithm {
    /// What WebCrypto calls it, both for a key and for a signature.
    fn named(self) -> String {
        match self {
            Self::Ecdsa => r#"{"name":"ECDSA","namedCurve":"P-256","hash":"SHA-256"}"#.to_owned(),
            Self::Rsa(hash) => format!(r#"{{"name":"RSASSA-PKCS1-v1_5","hash":"{hash}"}}"#),
        }
    }
}

/// A public key.
#[derive(Clone, Copy)]
pub enum Key<'a> {
    /// As SubjectPublicKeyInfo.
    Spki(&'a [u8]),
    /// As a JSON Web Key.
    Jwk(&'a str),
}

/// Did the holder of the key sign this? False also for a key that can't be read.
pub async fn is_signed(algorithm: Algorithm, key: Key<'_>, signature: &[u8], data: &[u8]) -> bool {
    signed(algorithm, key, signature, data).await.unwrap_or(false)
}

async fn signed(algorithm: Algorithm, key: Key<'_>, signature: &[u8], data: &[u8]) -> Result<bool, JsValue> {
    let crypto = Reflect::get(&global(), &"crypto".into())?;
    let subtle: Object = Reflect::get(&crypto, &"subtle".into())?.dyn_into()?;
    let algorithm = JSON::parse(&algorithm.named())?;
    let usages = Array::of1(&"verify".into());
    let (form, key) = match key {
        Key::Spki(bytes) => ("spki", Uint8Array::from(bytes).into()),
        Key::Jwk(text) => ("jwk", JSON::parse(text)?),
    };
    let args = [&form.into(), &key, &algorithm, &JsValue::FALSE, &usages];
    let key = call(&subtle, "importKey", &args).await?;
    let (signature, data) = (Uint8Array::from(signature), Uint8Array::from(data));
    let verified = call(&subtle, "verify", &[&algorithm, &key, &signature, &data]).await?;
    Ok(verified.is_truthy())
}

async fn call(subtle: &Object, name: &str, args: &[&JsValue]) -> Result<JsValue, JsValue> {
    let function: Function = Reflect::get(subtle, &name.into())?.dyn_into()?;
    let promise: Promise = function.apply(subtle, &args.iter().copied().collect::<Array>())?.dyn_into()?;
    JsFuture::from(promise).await
}
