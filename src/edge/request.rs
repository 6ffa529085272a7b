//! From Cloudflare's request to [`crate::context::Request`].

use crate::context::{Request as Facts, Surface};
use worker::js_sys::Reflect;
use worker::wasm_bindgen::JsValue;
use worker::{Headers, Request};

/// Headers in which a client says that it only fetches ahead.
const PURPOSES: [&str; 4] = ["sec-purpose", "purpose", "x-purpose", "x-moz"];

/// The raw facts of a request.
pub fn facts(req: &Request, surface: Surface) -> Facts {
    let headers = req.headers();
    let header = |name: &str| header(headers, name);
    let cf = Reflect::get(req.inner().as_ref(), &JsValue::from_str("cf")).unwrap_or(JsValue::UNDEFINED);
    let text = |name: &str| property(&cf, name).and_then(|v| v.as_string()).unwrap_or_default();
    let degrees = |name: &str| text(name).parse::<f64>().ok().filter(|d| d.is_finite());
    Facts {
        surface,
        method: req.method().to_string(),
        user_agent: header("user-agent"),
        accept_language: header("accept-language"),
        referer: header("referer"),
        purpose: PURPOSES.iter().map(|name| header(name)).find(|v| !v.is_empty()).unwrap_or_default(),
        gpc: header("sec-gpc") == "1",
        asn: property(&cf, "asn").and_then(|v| v.as_f64()).map(|n| n as u32),
        country: text("country"),
        region: text("regionCode"),
        city: text("city"),
        coordinates: degrees("latitude").zip(degrees("longitude")),
        timezone: text("timezone"),
    }
}

fn header(headers: &Headers, name: &str) -> String {
    headers.get(name).ok().flatten().unwrap_or_default()
}

/// A property of `cf`, which is there only on Cloudflare and may lack anything: the typed getters of the `worker` crate would panic.
fn property(cf: &JsValue, name: &str) -> Option<JsValue> {
    cf.is_object().then(|| Reflect::get(cf, &JsValue::from_str(name)).ok()).flatten()
}

/// The value of a query parameter.
pub fn query(req: &Request, name: &str) -> Option<String> {
    let url = req.url().ok()?;
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}
