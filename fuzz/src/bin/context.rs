//! Any header values as a request, one a line: whatever they are, place and language are the person's own or none at all.
#![no_main]

use apropos::context::{Context, Request, Surface, Trust};
use fuzz::{SCENE, check, seed, vectors};

libfuzzer_sys::fuzz_target!(init: seed(seeds()), |data: &[u8]| run(data));

const USER_AGENTS: &str = include_str!("../../../tests/data/uap-core/test_ua.yaml");
/// The file has many hundreds, most of them alike.
const EVERY: usize = 20;

fn seeds() -> Vec<String> {
    let asked = vectors::lines().filter_map(|line| line.case.request).map(|request| lines(&request));
    let agents = USER_AGENTS.lines().filter_map(|line| line.trim().strip_prefix("- user_agent_string: "));
    let agents = agents.step_by(EVERY).map(|agent| agent.trim_matches(['\'', '"']).to_owned());
    let mut seeds: Vec<_> = asked.chain(agents).collect();
    seeds.sort();
    seeds.dedup();
    seeds
}

/// The inverse of [`request`].
fn lines(r: &Request) -> String {
    let surface = r.surface.name();
    let asn = r.asn.map_or(String::new(), |asn| asn.to_string());
    let coordinates = r.coordinates.map_or(String::new(), |(lat, lon)| format!("{lat} {lon}"));
    let gpc = if r.gpc { "1" } else { "" };
    [
        &r.user_agent,
        surface,
        &asn,
        &r.country,
        &r.timezone,
        &r.accept_language,
        &r.city,
        &r.region,
        &r.referer,
        &r.purpose,
        &r.method,
        gpc,
        &coordinates,
    ]
    .join("\n")
}

fn request(text: &str) -> Request {
    let mut lines = text.split('\n');
    let mut next = || lines.next().unwrap_or_default().to_owned();
    Request {
        user_agent: next(),
        surface: match next().as_str() {
            "page" => Surface::Page,
            "click" => Surface::Click,
            _ => Surface::Image,
        },
        asn: next().parse().ok(),
        country: next(),
        timezone: next(),
        accept_language: next(),
        city: next(),
        region: next(),
        referer: next(),
        purpose: next(),
        method: next(),
        gpc: next() == "1",
        coordinates: next()
            .split_once(' ')
            .and_then(|(lat, lon)| Some((lat.parse().ok()?, lon.parse().ok()?))),
    }
}

fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let context = Context::read(&request(text));
    let place = &context.place;
    let placed = place.country.is_some()
        || place.region.is_some()
        || place.city.is_some()
        || place.coordinates.is_some()
        || place.timezone.is_some();
    assert!(!placed || place.trust != Trust::Proxy, "a proxy's place: {place:?}");
    assert!(context.language.is_none() || place.trust == Trust::Person, "a proxy's language: {context:?}");
    let language = context
        .language
        .iter()
        .all(|l| (2..=3).contains(&l.len()) && l.bytes().all(|b| b.is_ascii_lowercase()));
    assert!(language, "{:?} is no language", context.language);
    assert!(
        place.country.iter().all(|c| c.len() == 2 && c.bytes().all(|b| b.is_ascii_uppercase())),
        "{place:?}"
    );
    let known = serde_json::to_value(&context).and_then(serde_json::from_value::<Context>);
    assert_eq!(known.ok().as_ref(), Some(&context), "a context does not come back from JSON");
    check(&SCENE.campaign, &SCENE.model, &SCENE.customer, &context, 7);
}
