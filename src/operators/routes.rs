//! Every route of the Worker, as its OpenAPI document (`www/openapi.json`) describes it: a test holds them against each other.
//!
//! The Worker routes operators by [`ADMIN`] itself, so no admin route can be without a scope. [`OTHERS`] are routed in rooms of their own.

use super::Scope;

/// What an operator asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// The campaigns that are published.
    Campaigns,
    /// A published document.
    Campaign,
    /// Publish one.
    Publish,
    /// What was published under an id, and when.
    Versions,
    /// A document as it once was.
    Version,
    /// Publish an older one again.
    Rollback,
    /// What is known of a campaign while it runs.
    Live,
    /// Say it.
    TellLive,
    /// How its budgets and stock stand.
    Ledger,
    /// The breakers that tripped.
    Breakers,
    /// Show again what they stopped.
    ResetBreakers,
    /// What it has learned.
    Learned,
    /// Say it.
    TellLearned,
    /// What it brought.
    Results,
    /// A feed.
    Feed,
    /// Say or forget it.
    ChangeFeed,
    /// A stored image or font.
    File,
    /// Bring people in.
    Import,
    /// What is held of a recipient.
    Recipient,
    /// Forget them.
    Forget,
    /// Decide and explain.
    Decide,
    /// Who did what.
    Audit,
}

/// A route that takes an operator.
#[derive(Debug)]
pub struct Route {
    /// The method.
    pub method: &'static str,
    /// The path; `{…}` stands for any one part.
    pub path: &'static str,
    /// What is asked for.
    pub call: Call,
    /// What an operator must be allowed.
    pub scope: Scope,
    /// Whether the record has who did it: of all that changes something, and of a look at a person.
    pub is_recorded: bool,
}

const fn read(path: &'static str, call: Call, scope: Scope) -> Route {
    Route { method: "GET", path, call, scope, is_recorded: false }
}

const fn change(method: &'static str, path: &'static str, call: Call, scope: Scope) -> Route {
    Route { method, path, call, scope, is_recorded: true }
}

/// The routes that take an operator.
pub const ADMIN: &[Route] = &[
    read("/v1/campaigns", Call::Campaigns, Scope::Read),
    read("/v1/campaigns/{id}", Call::Campaign, Scope::Read),
    change("PUT", "/v1/campaigns/{id}", Call::Publish, Scope::Publish),
    read("/v1/campaigns/{id}/versions", Call::Versions, Scope::Read),
    read("/v1/campaigns/{id}/versions/{version}", Call::Version, Scope::Read),
    change("POST", "/v1/campaigns/{id}/rollback", Call::Rollback, Scope::Publish),
    read("/v1/campaigns/{id}/live", Call::Live, Scope::Read),
    change("PUT", "/v1/campaigns/{id}/live", Call::TellLive, Scope::Operate),
    read("/v1/campaigns/{id}/ledger", Call::Ledger, Scope::Read),
    read("/v1/campaigns/{id}/breakers", Call::Breakers, Scope::Read),
    change("DELETE", "/v1/campaigns/{id}/breakers", Call::ResetBreakers, Scope::Operate),
    read("/v1/campaigns/{id}/learned", Call::Learned, Scope::Read),
    change("PUT", "/v1/campaigns/{id}/learned", Call::TellLearned, Scope::Operate),
    read("/v1/campaigns/{id}/results", Call::Results, Scope::Read),
    read("/v1/feeds/{name}", Call::Feed, Scope::Read),
    change("PUT", "/v1/feeds/{name}", Call::ChangeFeed, Scope::Operate),
    change("DELETE", "/v1/feeds/{name}", Call::ChangeFeed, Scope::Operate),
    // slashes of the path are written %2F
    read("/v1/files/{path}", Call::File, Scope::Read),
    change("PUT", "/v1/profiles", Call::Import, Scope::Recipients),
    Route { is_recorded: true, ..read("/v1/recipients/{id}", Call::Recipient, Scope::Recipients) },
    change("DELETE", "/v1/recipients/{id}", Call::Forget, Scope::Recipients),
    // records itself when it is about a known recipient
    Route { method: "POST", ..read("/v1/decide", Call::Decide, Scope::Read) },
    read("/v1/audit", Call::Audit, Scope::Audit),
];

/// The other routes.
pub const OTHERS: &[(&str, &str)] = &[
    ("GET", "/o/{campaign}/{image}"),
    ("GET", "/c/{campaign}/{slot}"),
    ("GET", "/p/{campaign}"),
    ("GET", "/p/{campaign}/{slot}/{image}"),
    ("POST", "/p/{campaign}/visit"),
    ("GET", "/u/{token}"),
    ("POST", "/u/{token}"),
    ("GET", "/healthz"),
    ("POST", "/v1/track"),
    ("POST", "/v1/identify"),
    ("POST", "/v1/page"),
    ("POST", "/v1/screen"),
    ("POST", "/v1/alias"),
    ("POST", "/v1/group"),
    ("POST", "/v1/batch"),
    ("POST", "/v1/import"),
    ("POST", "/v1/webhooks/sendgrid"),
    ("POST", "/v1/webhooks/postmark"),
    ("POST", "/v1/webhooks/mailgun"),
    ("POST", "/v1/webhooks/ses"),
];

/// Where a request of an operator leads.
#[derive(Debug)]
pub enum Found<'p> {
    /// Here, with the parts of the path that the route leaves open.
    Route(&'static Route, Vec<&'p str>),
    /// Only by other methods.
    OtherMethod,
    /// Nowhere.
    Nowhere,
}

/// Finds the route of a request.
#[must_use]
pub fn find<'p>(method: &str, path: &'p str) -> Found<'p> {
    let mut found = Found::Nowhere;
    for route in ADMIN {
        match open_parts(route.path, path) {
            Some(parts) if route.method == method => return Found::Route(route, parts),
            Some(_) => found = Found::OtherMethod,
            None => {}
        }
    }
    found
}

/// What stands in the open parts, if the path is of this pattern.
fn open_parts<'p>(pattern: &str, path: &'p str) -> Option<Vec<&'p str>> {
    let (mut pattern, mut path) = (pattern.split('/'), path.split('/'));
    let mut open = Vec::new();
    loop {
        match (pattern.next(), path.next()) {
            (None, None) => return Some(open),
            (Some(part), Some(given)) if part.starts_with('{') && !given.is_empty() => open.push(given),
            (Some(part), Some(given)) if part == given => {}
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;
    use std::collections::BTreeSet;

    #[test]
    fn paths_lead_where_they_say() {
        let Found::Route(route, parts) = find("GET", "/v1/campaigns/spring/versions/9f2c01ab") else {
            panic!("not found")
        };
        assert_eq!((route.call, parts), (Call::Version, vec!["spring", "9f2c01ab"]));
        assert!(matches!(find("DELETE", "/v1/campaigns/spring"), Found::OtherMethod));
        for path in ["/v1/none", "/v1/campaigns/", "/v1/campaigns/a/", "/v1/campaigns//live", "/v1", ""] {
            assert!(matches!(find("GET", path), Found::Nowhere), "{path}");
        }
    }

    #[test]
    fn whatever_changes_something_is_recorded() {
        for route in ADMIN.iter().filter(|route| route.call != Call::Decide) {
            let shows_a_person = route.scope == Scope::Recipients;
            assert_eq!(route.is_recorded, route.method != "GET" || shows_a_person, "{route:?}");
        }
    }

    #[test]
    fn the_openapi_document_describes_every_route_and_no_other() {
        let document: Value = serde_json::from_str(include_str!("../../www/openapi.json")).unwrap();
        let mut described = BTreeSet::new();
        for (path, methods) in document["paths"].as_object().unwrap() {
            for method in methods.as_object().unwrap().keys().filter(|key| *key != "parameters") {
                described.insert((method.to_uppercase(), path.clone()));
            }
        }
        let admin = ADMIN.iter().map(|route| (route.method, route.path));
        let routed = admin.chain(OTHERS.iter().copied()).map(|(m, p)| (m.to_owned(), p.to_owned()));
        assert_eq!(described, routed.collect());
        for route in ADMIN {
            let described = &document["paths"][route.path][route.method.to_lowercase()];
            assert_eq!(described["x-scope"], route.scope.name(), "{} {}", route.method, route.path);
        }
    }
}
