//! Calls to a deployed Worker. Every call may be made again, so what fails on the way is tried again, ever more patiently.

use crate::report;
use crate::text::plain;
use anyhow::{Result, bail};
use std::thread::sleep;
use std::time::Duration;
use ureq::Agent;

/// How often a call is made before it is given up.
const TRIES: u32 = 6;
/// The first pause; each further one is twice as long: 8 seconds in all.
const PAUSE: Duration = Duration::from_millis(250);
/// How long one call may take.
const TIMEOUT: Duration = Duration::from_secs(120);

/// Which Worker, and who asks.
#[derive(clap::Args)]
pub struct Remote {
    /// The Worker's address
    #[arg(long, value_name = "BASE", env = "APROPOS_URL")]
    url: String,
    /// A secret of the Worker's ADMIN_SECRETS, or its ADMIN_SECRET
    #[arg(long, env = "APROPOS_ADMIN_SECRET", hide_env_values = true)]
    secret: String,
}

impl Remote {
    /// The Worker.
    pub fn server(&self) -> Result<Server> {
        Server::new(&self.url, &self.secret)
    }
}

/// A Worker and the secret that it takes.
pub struct Server {
    agent: Agent,
    base: String,
    secret: String,
}

/// What it answered.
pub struct Answer {
    pub status: u16,
    pub body: String,
}

impl Server {
    /// The Worker at `base`.
    pub fn new(base: &str, secret: &str) -> Result<Self> {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(TIMEOUT))
            .build();
        let base = base_url(base)?;
        if base.strip_prefix("http://").is_some_and(|host| !is_local(host)) {
            report::note(&format!("the secret travels to {base} unencrypted; use https"));
        }
        Ok(Self { agent: config.into(), base, secret: secret.to_owned() })
    }

    /// Puts `body` at `path`. An answer is one that the caller can explain; everything else is an error.
    pub fn put(&self, path: &str, content_type: &str, body: &str) -> Result<Answer> {
        let answer = self.patiently(path, |url| {
            let request = self.agent.put(url).header("authorization", self.bearer());
            request.header("content-type", content_type).send(body)
        })?;
        self.explained(answer)
    }

    /// Posts `body` to `path` if this version is still the published one.
    pub fn post_if(&self, path: &str, body: &str, version: &str) -> Result<Answer> {
        let answer = self.patiently(path, |url| {
            let request = self.agent.post(url).header("authorization", self.bearer());
            request.header("content-type", "application/json").header("if-match", tag(version)).send(body)
        })?;
        if answer.status == 404 { Ok(answer) } else { self.explained(answer) }
    }

    /// Puts `body` at `path` if this version is still the published one.
    pub fn put_if(&self, path: &str, body: &str, version: &str) -> Result<Answer> {
        let answer = self.patiently(path, |url| {
            let request = self.agent.put(url).header("authorization", self.bearer());
            request.header("content-type", "application/json").header("if-match", tag(version)).send(body)
        })?;
        self.explained(answer)
    }

    /// Reads what is at `path`; 404 is an answer.
    pub fn read(&self, path: &str) -> Result<Answer> {
        let answer =
            self.patiently(path, |url| self.agent.get(url).header("authorization", self.bearer()).call())?;
        if answer.status == 404 { Ok(answer) } else { self.explained(answer) }
    }

    /// Deletes what is at `path`.
    pub fn delete(&self, path: &str) -> Result<Answer> {
        let answer =
            self.patiently(path, |url| self.agent.delete(url).header("authorization", self.bearer()).call())?;
        self.explained(answer)
    }

    fn bearer(&self) -> String {
        format!("Bearer {}", self.secret)
    }

    /// Makes a call, again and again while it may fare better a little later.
    fn patiently(
        &self,
        path: &str,
        call: impl Fn(&str) -> Result<ureq::http::Response<ureq::Body>, ureq::Error>,
    ) -> Result<Answer> {
        let url = format!("{}{path}", self.base);
        let once = || {
            let mut response = call(&url)?;
            Ok(Answer { status: response.status().as_u16(), body: response.body_mut().read_to_string()? })
        };
        for attempt in 1.. {
            let last = attempt == TRIES;
            match once() {
                Ok(answer) if last || !may_pass(answer.status) => return Ok(answer),
                // as text: an error of the network must not be taken for one of our own output
                Err(error) if last || !is_transport(&error) => bail!("cannot reach {url}: {error}"),
                _ => sleep(PAUSE * 2u32.pow(attempt - 1)),
            }
        }
        bail!("cannot reach {url}")
    }

    fn explained(&self, answer: Answer) -> Result<Answer> {
        let base = &self.base;
        match answer.status {
            401 => bail!(
                "{base} refused the secret: give its ADMIN_SECRET with --secret or in APROPOS_ADMIN_SECRET"
            ),
            403 => bail!("{base} refused: {}", told(&answer.body)),
            300..=399 => bail!("{base} answers with a redirect; give the address it leads to with --url"),
            404 | 405 => bail!("{base} has no such route; is an Apropos Worker deployed there?"),
            500.. => {
                bail!("{base} answers {}, also after {TRIES} tries: {}", answer.status, told(&answer.body))
            }
            _ => Ok(answer),
        }
    }
}

fn tag(version: &str) -> String {
    format!("\"{version}\"")
}

/// The error that a body tells, in a line.
pub fn told(body: &str) -> String {
    let json: Option<serde_json::Value> = serde_json::from_str(body).ok();
    let error = json.as_ref().and_then(|json| json.get("error")?.as_str());
    plain(&error.unwrap_or(body).trim().chars().take(200).collect::<String>())
}

/// Whether the same call may fare better a little later.
fn may_pass(status: u16) -> bool {
    status >= 500 || status == 429 || status == 408
}

/// Whether the call failed on the way, and not because it can't be made.
fn is_transport(error: &ureq::Error) -> bool {
    use ureq::Error::{ConnectionFailed, HostNotFound, Io, Protocol, Timeout};
    matches!(error, ConnectionFailed | HostNotFound | Io(_) | Protocol(_) | Timeout(_))
}

fn is_local(host: &str) -> bool {
    let name = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()));
    ["127.0.0.1", "localhost", "[::1]"].contains(&name.map_or(host, |(name, _)| name))
}

/// `https://mail.shop.example`, without a slash at the end.
pub fn base_url(text: &str) -> Result<String> {
    let base = text.trim_end_matches('/');
    let host = base.strip_prefix("https://").or_else(|| base.strip_prefix("http://"));
    let sound = |host: &str| {
        host.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[')
            && host.bytes().all(|b| b.is_ascii_alphanumeric() || b".:-_/[]~".contains(&b))
    };
    if !host.is_some_and(sound) {
        bail!("{text:?} is no address such as https://mail.shop.example");
    }
    Ok(base.to_owned())
}
