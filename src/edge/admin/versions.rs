//! Campaigns through time: what is published, what was, and going back.
//!
//! Every document lies in the bucket by its version, `campaigns/{id}/{version}.json`, before it goes live, and stays: a line of the log names the version, and only with that can its choice be
//! made again (law 7). When which version was published, and by whom, is in the record ([`super::super::register`]).

use super::super::register::{self, Cut, Page, Publication, Published};
use super::super::{backdrops, deadline, problem, published};
use super::{Done, answer, unsound};
use crate::campaign::{Campaign, Status};
use crate::hash::Key;
use crate::operators::Operator;
use serde::Deserialize;
use serde_json::json;
use std::rc::Rc;
use worker::{Context as Ctx, Env, Request, Response, ResponseBuilder, Result};

/// How a version goes live.
#[derive(Clone, Copy)]
pub enum How {
    Publish,
    Rollback,
}

impl How {
    const fn name(self) -> &'static str {
        match self {
            Self::Publish => "publish",
            Self::Rollback => "rollback",
        }
    }
}

/// Who publishes, under which id, and on what condition.
pub struct Publishing<'a> {
    pub id: &'a str,
    pub operator: &'a Operator,
    /// The version that the operator takes for the published one.
    pub expected: Option<String>,
    pub how: How,
}

impl<'a> Publishing<'a> {
    pub fn of(req: &Request, id: &'a str, operator: &'a Operator, how: How) -> Self {
        let header = req.headers().get("if-match").ok().flatten();
        let expected = header.map(|tag| tag.trim().trim_matches('"').to_owned());
        Self { id, operator, expected, how }
    }

    /// Checks a document and publishes it.
    pub async fn publish(&self, env: &Env, ctx: &Ctx, text: &str) -> Result<Done> {
        let document: Option<serde_json::Value> = serde_json::from_str(text).ok();
        let named = document.as_ref().and_then(|d| d.get("id")).and_then(serde_json::Value::as_str);
        if let Some(named) = named.filter(|named| *named != self.id) {
            let message = format!("the document's id is {named:?}, the URL says {:?}", self.id);
            return problem(422, &message).map(Done::from);
        }
        let campaign = match Campaign::parse(text) {
            Ok(campaign) => campaign,
            Err(problems) => return unsound("the campaign", &problems).map(Done::from),
        };
        if let Some(stands) = self.unexpected(env).await? {
            let message =
                format!("version {stands} is published, which isn't the one you name: read it first");
            return problem(412, &message).map(Done::from);
        }
        let version = campaign.version.to_string();
        let said = json!({"id": self.id, "version": version, "warnings": campaign.warnings});
        keep(env, self.id, &version, text).await?;
        let campaign = published::put(env, self.id, text, campaign).await?;
        let publication = self.told(&campaign);
        backdrops::prepare(env, ctx, campaign);
        Ok(Done { answer: answer(200, &said)?, published: Some(publication) })
    }

    /// Publishes an older version again.
    pub async fn roll_back(&self, env: &Env, ctx: &Ctx, body: &str) -> Result<Done> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Asked {
            to: String,
        }
        let Asked { to } = match serde_json::from_str(body) {
            Ok(asked) => asked,
            Err(error) => return problem(400, &error.to_string()).map(Done::from),
        };
        match document(env, self.id, &to).await? {
            Some(text) => self.publish(env, ctx, &text).await,
            None => missing().map(Done::from),
        }
    }

    /// What is published instead of what is expected; none when it is as expected.
    async fn unexpected(&self, env: &Env) -> Result<Option<String>> {
        let Some(expected) = &self.expected else { return Ok(None) };
        let text = published::text::<Campaign>(env, self.id).await?;
        let stands = text.map_or_else(|| "none".to_owned(), |text| Key::of(&text).to_string());
        Ok((stands != *expected).then_some(stands))
    }

    fn told(&self, campaign: &Rc<Campaign>) -> Publication {
        Publication {
            id: self.id.to_owned(),
            name: campaign.name.clone(),
            goal: campaign.goal,
            paused: campaign.status == Status::Paused,
            version: campaign.version.to_string(),
            by: self.operator.name.clone(),
            how: self.how.name().to_owned(),
        }
    }
}

async fn keep(env: &Env, id: &str, version: &str, text: &str) -> Result<()> {
    let put = async { env.bucket("BUCKET")?.put(path(id, version), text.to_owned()).execute().await };
    deadline("BUCKET", put).await.map(drop)
}

/// A document as it once was published.
async fn document(env: &Env, id: &str, version: &str) -> Result<Option<String>> {
    let is_version = version.len() == 8 && version.bytes().all(|b| b.is_ascii_hexdigit());
    if !published::plausible(id) || !is_version {
        return Ok(None);
    }
    let get = async {
        match env.bucket("BUCKET")?.get(path(id, version)).execute().await? {
            Some(object) => match object.body() {
                Some(body) => body.text().await.map(Some),
                None => Ok(None),
            },
            None => Ok(None),
        }
    };
    deadline("BUCKET", get).await
}

fn path(id: &str, version: &str) -> String {
    format!("campaigns/{id}/{version}.json")
}

fn missing() -> Result<Response> {
    problem(
        404,
        "no such version of that campaign was ever published; /v1/campaigns/{id}/versions lists them",
    )
}

/// `GET /v1/campaigns/{id}/versions/{version}`
pub async fn one(env: &Env, id: &str, version: &str) -> Result<Response> {
    match document(env, id, version).await? {
        Some(text) => ResponseBuilder::new()
            .with_header("content-type", "application/json")?
            .with_header("cache-control", "no-store")?
            .ok(text),
        None => missing(),
    }
}

/// `GET /v1/campaigns/{id}/versions`
pub async fn list(env: &Env, id: &str, cut: Cut) -> Result<Response> {
    let newest = register::versions(env, id, Cut::newest(Some(1))).await?.entries.pop();
    let Some(Published { publication, .. }) = newest else {
        return problem(404, "no campaign of that id was published");
    };
    let Page { entries, next } = register::versions(env, id, cut).await?;
    let versions: Vec<_> = entries
        .into_iter()
        .map(|Published { number, at, publication: Publication { version, by, how, .. } }| {
            json!({"number": number, "version": version, "at": at, "by": by, "how": how})
        })
        .collect();
    answer(200, &json!({"id": id, "version": publication.version, "versions": versions, "next": next}))
}

/// `GET /v1/campaigns`
pub async fn campaigns(env: &Env) -> Result<Response> {
    let all = register::campaigns(env).await?.into_iter();
    let told = all.map(|Published { at, publication, .. }| {
        let Publication { id, name, goal, paused, version, by, .. } = publication;
        json!({"id": id, "name": name, "goal": goal, "paused": paused, "version": version, "published_at": at, "published_by": by})
    });
    answer(200, &json!({"campaigns": told.collect::<Vec<_>>()}))
}
