//! Random requests and models.
#![allow(dead_code, clippy::unwrap_used)]

use apropos::context::{Context, Fetcher, Request, Surface};
use apropos::intent::registry::SIGNALS;
use apropos::intent::signal::{Kind, Signal};
use apropos::intent::{Head, Model};
use apropos::profile::Session;
use apropos::time::Timestamp;
use proptest::collection::vec;
use proptest::option::{of, weighted};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

/// What proxies and machines call themselves; with these, the rest of the request says nothing of the person.
pub const MACHINES: &[&str] = &[
    "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
    "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html",
    "Mozilla/5.0 (compatible; FastmailUA/1.0; +https://www.fastmail.com)",
    "hey.com/imageproxy",
    "Shortwave Image Fetcher",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "curl/8.5.0",
    "WhatsApp/2.23",
    "",
];

/// What people's own clients call themselves.
pub const PEOPLE: &[&str] = &[
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Thunderbird/140.4.0",
    "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17928; Pro)",
    "Mozilla/5.0 (iPad; CPU OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0",
];

pub fn request(user_agents: Vec<&'static str>) -> impl Strategy<Value = Request> {
    let surface = prop_oneof![3 => Just(Surface::Image), 1 => Just(Surface::Click), 2 => Just(Surface::Page)];
    let who = (surface, select(user_agents), prop_oneof![9 => Just(false), 1 => Just(true)]);
    (who, place()).prop_map(|((surface, user_agent, gpc), place)| Request {
        surface,
        user_agent: user_agent.to_owned(),
        gpc,
        ..place
    })
}

/// Where a request comes from and what its browser asks for: the part that is a proxy's own when a proxy fetches.
pub fn place() -> impl Strategy<Value = Request> {
    let zones = ["Europe/Zagreb", "America/Los_Angeles", "Pacific/Chatham", "Asia/Tokyo", "", "Nowhere/Else"];
    let text = |options: &[&'static str]| select(options.to_vec()).prop_map(str::to_owned);
    (
        text(&["HR", "US", "JP", "T1", "XX", "", "??"]),
        text(&zones),
        text(&["de-CH,de;q=0.9", "en-US", "ja", "", "*"]),
        text(&["Zagreb", "Mountain View", ""]),
        of((-100.0..100.0f64, -200.0..200.0f64)),
        text(&["CA", "21", ""]),
    )
        .prop_map(|(country, timezone, accept_language, city, coordinates, region)| Request {
            country,
            timezone,
            accept_language,
            city,
            coordinates,
            region,
            ..Request::default()
        })
}

/// What requests tell, and what no request does: before a send there is none. Any fetcher may stand behind any of it.
pub fn context(now: Timestamp) -> BoxedStrategy<Context> {
    let read =
        request([MACHINES, PEOPLE, PEOPLE].concat()).prop_map(|request| Context::read(&request)).boxed();
    let any = (read.clone(), select(FETCHERS.to_vec()))
        .prop_map(|(context, fetcher)| Context { fetcher, ..context });
    let send = Just(Context { surface: Surface::Send, ..Context::default() });
    let context = prop_oneof![4 => read, 1 => any, 2 => send];
    (context, weighted(0.25, session(now)))
        .prop_map(|(context, session)| Context { session, ..context })
        .boxed()
}

/// Every fetcher.
pub const FETCHERS: [Fetcher; 11] = [
    Fetcher::Person,
    Fetcher::GmailProxy,
    Fetcher::GmailPrefetch,
    Fetcher::AppleMpp,
    Fetcher::Yahoo,
    Fetcher::OutlookDesktop,
    Fetcher::OutlookWeb,
    Fetcher::OtherProxy,
    Fetcher::Scanner,
    Fetcher::Previewer,
    Fetcher::Unknown,
];

/// A visit that is going on, as a page keeps it.
pub fn session(now: Timestamp) -> impl Strategy<Value = Session> {
    let acts = [0u16..4, 0u16..12, 0u16..5, 0u16..5, 0u16..4, 0u16..3, 0u16..2];
    (acts, 0u32..4000, 0i64..40 * 60_000).prop_map(move |(acts, seconds, length)| Session {
        acts,
        seconds,
        start: Timestamp(now.0.saturating_sub(length)),
        end: now,
    })
}

// ---- models

/// The bins of a signal, and how many there are.
fn axis(signal: &Signal) -> (Value, usize) {
    match signal.kind {
        Kind::Number => (json!({"signal": signal.name, "cuts": [1, 3]}), 3),
        Kind::Flag => (json!({"signal": signal.name, "values": ["true", "false"]}), 2),
        Kind::Text => (json!({"signal": signal.name, "values": ["new", "phone"]}), 2),
    }
}

fn weight() -> impl Strategy<Value = f64> {
    prop_oneof![8 => -2.0..2.0f64, 1 => select(vec![0.0, -100.0, 100.0, 20.0, -20.0])]
}

type Terms = Vec<(usize, [f64; 4])>;
type Pairs = Vec<(usize, usize, Vec<f64>)>;

fn head((intercept, terms, pairs, calibration): &(f64, Terms, Pairs, Vec<(f64, f64)>)) -> Value {
    let mut terms = terms.clone();
    terms.sort_by_key(|t| t.0);
    terms.dedup_by_key(|t| t.0);
    let term = |(signal, [missing, weights @ ..]): &(usize, [f64; 4])| {
        let (mut term, bins) = axis(&SIGNALS[*signal]);
        (term["missing"], term["weights"]) = (json!(missing), json!(weights[..bins]));
        term
    };
    let pair = |(rows, columns, weights): &(usize, usize, Vec<f64>)| {
        let ((rows, height), (columns, width)) = (axis(&SIGNALS[*rows]), axis(&SIGNALS[*columns]));
        let weights: Vec<_> = weights.chunks(4).take(height + 1).map(|row| &row[..=width]).collect();
        json!({"rows": rows, "columns": columns, "weights": weights})
    };
    // knots rise: each lies a step beyond the one before
    let knots = calibration.iter().scan((-6.0, -5.0), |(x, y), (across, up)| {
        (*x, *y) = (*x + across, *y + up);
        Some((*x, *y))
    });
    let knots: Vec<_> = if calibration.len() > 1 { knots.collect() } else { Vec::new() };
    json!({"intercept": intercept, "terms": terms.iter().map(term).collect::<Vec<_>>(),
        "pairs": pairs.iter().map(pair).collect::<Vec<_>>(), "calibration": knots})
}

/// The file of the starter, or of a model whose weights, pairs and calibrations are anything.
pub fn model_file() -> BoxedStrategy<Value> {
    let starter = Just(serde_json::from_str(include_str!("../../src/intent/starter.json")).unwrap());
    let terms = vec((0..SIGNALS.len(), [weight(), weight(), weight(), weight()]), 0..6);
    let pairs = vec((0..SIGNALS.len(), 0..SIGNALS.len(), vec(-1.0..1.0f64, 16)), 0..3);
    let knots = vec((0.01..6.0f64, 0.0..4.0f64), 0..5);
    let random = vec((weight(), terms, pairs, knots), Head::ALL.len()).prop_map(|heads| {
        let heads: Map<_, _> =
            Head::ALL.iter().zip(&heads).map(|(name, file)| (name.name().to_owned(), head(file))).collect();
        json!({"format": 1, "name": "random", "trained_on": "nothing", "heads": heads})
    });
    prop_oneof![1 => starter, 1 => random].boxed()
}

/// The model of a file.
pub fn model(file: &Value) -> Model {
    Model::parse(&file.to_string()).unwrap()
}
