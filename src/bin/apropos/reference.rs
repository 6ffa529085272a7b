//! The reference of signals and profile fields as one page of HTML, which the Worker serves as `/reference.html`.

use crate::signals::trends;
use apropos::intent::signal::Kind;
use apropos::intent::{Group, SignalId};
use apropos::profile::{Purpose, fields};
use std::fmt::Write as _;

const GROUPS: [Group; 9] = [
    Group::Preferences,
    Group::Engagement,
    Group::Channel,
    Group::Purchase,
    Group::Browsing,
    Group::Lifecycle,
    Group::Traits,
    Group::Request,
    Group::Session,
];

const HEAD: &str = r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Signals and fields · Apropos</title>
<link rel="icon" href="/demo/icon.svg" type="image/svg+xml">
<style>
:root { --page: #f6f7f9; --card: #fff; --ink: #131a26; --soft: #55627a; --line: #e1e5ec; --chip: #eef1f6; --key: #2348c9; }
@media (prefers-color-scheme: dark) { :root { --page: #0f131b; --card: #171c27; --ink: #eaeef5; --soft: #a9b4c6; --line: #2a3140; --chip: #222938; --key: #93aeff; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 48px 20px 80px; }
h1 { font-size: clamp(30px, 5vw, 44px); line-height: 1.1; letter-spacing: -.02em; margin: 0 0 12px; }
h2 { font-size: 22px; margin: 44px 0 12px; letter-spacing: -.01em; } h2::first-letter { text-transform: uppercase; }
p.lead { color: var(--soft); max-width: 44em; margin: 0 0 8px; }
ul { list-style: none; margin: 0; padding: 0; background: var(--card); border: 1px solid var(--line); border-radius: 12px; }
li { padding: 14px 18px; } li + li { border-top: 1px solid var(--line); }
li > div { display: flex; flex-wrap: wrap; gap: 4px 10px; align-items: baseline; }
code { font: 600 15px/1.4 ui-monospace, monospace; color: var(--key); overflow-wrap: anywhere; }
li p { margin: 4px 0 6px; } small { color: var(--soft); font-size: 13.5px; }
.chip { background: var(--chip); border-radius: 99px; padding: 1px 9px; font-size: 13px; color: var(--soft); white-space: nowrap; }
</style>
</head>
<body>
<main>
"#;

/// The page.
pub fn page() -> String {
    let mut page = String::from(HEAD);
    page.push_str("<h1>Signals</h1>\n<p class=\"lead\">The only inputs of a decision, each declared once. A signal that consent does not cover, that is no longer fresh, or that the fetcher cannot truly tell, is missing before anything reads it. Where it is said what must follow when a signal rises, no model is taught the opposite.</p>\n");
    for group in GROUPS {
        let _ = writeln!(page, "<h2>{}</h2>\n<ul>", group.name());
        SignalId::all().filter(|id| id.signal().group == group).for_each(|id| signal(&mut page, id));
        page.push_str("</ul>\n");
    }
    page.push_str("<h2>Profile fields</h2>\n<p class=\"lead\">What an import may set, nested or with dots. What is left out is unknown.</p>\n<ul>\n");
    for field in fields::all() {
        let _ = writeln!(
            page,
            "<li><div><code>{}</code> <span>{}</span></div></li>",
            field.name,
            escaped(field.what)
        );
    }
    page.push_str("</ul>\n</main>\n</body>\n</html>\n");
    page
}

fn signal(page: &mut String, id: SignalId) {
    let signal = id.signal();
    let consent = signal
        .needs()
        .map_or("needs no consent".to_owned(), |p| format!("needs consent to {}", Purpose::name(p)));
    let fresh =
        if signal.fresh == 0 { String::new() } else { format!(" · fresh for {} days", signal.fresh) };
    let told =
        if signal.truth.name() == "always" { String::new() } else { format!(" · {}", signal.truth.name()) };
    let bins: Vec<_> = match signal.kind {
        Kind::Number => signal.cuts.iter().map(ToString::to_string).collect(),
        Kind::Flag | Kind::Text => signal.names.iter().map(|name| (*name).to_owned()).collect(),
    };
    let values = match (signal.kind, bins.is_empty()) {
        (Kind::Number, _) => format!("number, parted at {}", bins.join(", ")),
        (kind, true) => kind.name().to_owned(),
        (_, false) => bins.join(", "),
    };
    let trends = match trends(id) {
        trends if trends.is_empty() => trends,
        trends => format!(" · when it rises: {trends}"),
    };
    let _ = writeln!(
        page,
        "<li id=\"{0}\"><div><code>{0}</code> <span class=\"chip\">for {1}</span></div><p>{2}</p><small>{3}{trends} · from {4} · {consent}{fresh}{told}</small></li>",
        signal.name,
        signal.serves.name(),
        escaped(signal.why),
        escaped(&values),
        signal.source.name(),
    );
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
