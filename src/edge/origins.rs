//! Which pages may speak to the Worker: those of its own host, and those whose origins stand in `PAGE_ORIGINS`, parted by spaces. An origin is compared whole, and the answer names that one alone:
//! a page that isn't listed learns nothing.

use worker::{Env, Headers, Method, Request, Response, Result, Url};

/// The origin of the request, if it is a page that may speak to the Worker.
pub fn of(req: &Request, env: &Env) -> Option<String> {
    let origin = req.headers().get("origin").ok().flatten()?;
    let own = req.url().ok()?;
    (origin == own.origin().ascii_serialization() || is_listed(env, &origin)).then_some(origin)
}

/// Does a URL lead to such a page?
pub fn leads_home(req: &Request, env: &Env, url: &Url) -> bool {
    let origin = url.origin();
    req.url().is_ok_and(|own| own.origin() == origin) || is_listed(env, &origin.ascii_serialization())
}

fn is_listed(env: &Env, origin: &str) -> bool {
    env.var("PAGE_ORIGINS").is_ok_and(|list| list.to_string().split_ascii_whitespace().any(|listed| listed == origin))
}

/// Lets the page of the request read the answer.
pub fn admit(req: &Request, env: &Env, headers: &Headers) -> Result<()> {
    headers.set("vary", "Origin")?;
    if let Some(origin) = of(req, env) {
        headers.set("access-control-allow-origin", &origin)?;
    }
    Ok(())
}

/// The answer to a browser that asks before it posts.
pub fn preflight(req: &Request, env: &Env) -> Result<Option<Response>> {
    if req.method() != Method::Options {
        return Ok(None);
    }
    let headers = Headers::new();
    admit(req, env, &headers)?;
    headers.set("access-control-allow-methods", "POST")?;
    headers.set("access-control-allow-headers", "content-type, authorization")?;
    headers.set("access-control-max-age", "86400")?;
    Ok(Some(Response::empty()?.with_status(204).with_headers(headers)))
}
