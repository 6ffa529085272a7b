//! Which web pages may speak to the Worker: those of its own host, and those of `PAGE_ORIGINS` (origins, with spaces between). An origin is compared as a whole,
//! and named back alone: never `*` where something personal is said.

use worker::{Env, Headers, Request, Response, Result, Url};

/// How long a browser may remember a preflight's answer, in seconds.
const PREFLIGHT: &str = "600";

/// The page that a request comes from.
pub enum Origin {
    /// No page: a server, or a browser that follows a link.
    None,
    /// One that may speak.
    Allowed(String),
    /// One that may not.
    Foreign,
}

impl Origin {
    /// The origin of a request.
    pub fn of(req: &Request, env: &Env) -> Self {
        match req.headers().get("origin").ok().flatten() {
            None => Self::None,
            Some(origin) if is_own(req, &origin) || is_listed(env, &origin) => Self::Allowed(origin),
            Some(_) => Self::Foreign,
        }
    }

    /// The answer, as the page may read it.
    pub fn shared(&self, mut answer: Response) -> Result<Response> {
        let headers = answer.headers_mut();
        headers.append("vary", "origin")?;
        if let Self::Allowed(origin) = self {
            headers.set("access-control-allow-origin", origin)?;
        }
        Ok(answer)
    }

    /// The answer to a preflight of a `POST`.
    pub fn preflight(&self) -> Result<Response> {
        let headers = Headers::new();
        headers.set("access-control-allow-methods", "POST")?;
        headers.set("access-control-allow-headers", "authorization, content-type")?;
        headers.set("access-control-max-age", PREFLIGHT)?;
        let status = if matches!(self, Self::Foreign) { 403 } else { 204 };
        self.shared(Response::empty()?.with_status(status).with_headers(headers))
    }
}

/// Is this an origin that `PAGE_ORIGINS` lists?
pub fn is_listed(env: &Env, origin: &str) -> bool {
    let listed = env.var("PAGE_ORIGINS").map(|list| list.to_string()).unwrap_or_default();
    listed.split_ascii_whitespace().any(|one| one == origin)
}

/// Does a URL lead to a page that may speak?
pub fn leads_home(req: &Request, env: &Env, url: &Url) -> bool {
    let origin = url.origin().ascii_serialization();
    is_own(req, &origin) || is_listed(env, &origin)
}

fn is_own(req: &Request, origin: &str) -> bool {
    req.url().is_ok_and(|url| url.origin().ascii_serialization() == origin)
}
