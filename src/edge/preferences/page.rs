//! The page as HTML, from what is held of the recipient as a document.

use super::words::{ALL, Words};
use crate::edge::now;
use crate::profile::{Channel, Purpose};
use crate::time::Timestamp;
use serde_json::Value;
use std::fmt::Write;

/// What a page shows.
pub struct View<'a> {
    /// In which language.
    pub words: &'static Words,
    /// The token in its URL.
    pub token: &'a str,
    /// What is held.
    pub document: &'a Value,
    /// The topics to choose from.
    pub topics: Vec<String>,
    /// What has just happened.
    pub note: Option<&'a str>,
}

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1c2321;--soft:#55605c;--paper:#fbfaf7;--card:#fff;--line:#d9d6cd;--deep:#0b5d4e;--on:#fff;--bad:#a3261b}\
@media(prefers-color-scheme:dark){:root{--ink:#eef1ef;--soft:#b3bdb9;--paper:#14191a;--card:#1d2426;--line:#3b4547;--deep:#5fd0b5;--on:#0c1413;--bad:#ff9d92}}\
*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);font:1rem/1.55 system-ui,sans-serif}\
main{max-width:44rem;margin:0 auto;padding:2rem 1.1rem 4rem}h1{font-size:1.75rem;line-height:1.2;margin:.2rem 0 .4rem}h2{font-size:1.15rem;margin:0 0 .3rem}\
p{margin:.3rem 0 .8rem}.soft{color:var(--soft)}section{background:var(--card);border:1px solid var(--line);border-radius:.8rem;padding:1.1rem 1.2rem;margin:1rem 0}\
table{border-collapse:collapse;width:100%}th,td{padding:.55rem .3rem;text-align:center;border-top:1px solid var(--line)}thead th,thead td{border:0;font-weight:600;font-size:.9rem;white-space:nowrap}\
tbody th{text-align:start;font-weight:400;padding-inline-start:0}tbody th b{display:block}tbody th span{color:var(--soft);font-size:.88rem}\
input[type=checkbox]{width:1.35rem;height:1.35rem;accent-color:var(--deep);margin:0;vertical-align:middle}label.line{display:flex;gap:.7rem;align-items:center;padding:.35rem 0}\
select{font:inherit;color:inherit;background:var(--card);border:1px solid var(--soft);border-radius:.5rem;padding:.45rem .6rem;max-width:100%}\
.pair{display:grid;gap:.9rem;grid-template-columns:repeat(auto-fit,minmax(14rem,1fr))}.pair label{display:block;margin-bottom:.25rem}\
button,a.button{display:inline-block;font:inherit;font-weight:600;border-radius:.55rem;border:1.5px solid var(--deep);background:var(--deep);color:var(--on);padding:.6rem 1.15rem;cursor:pointer;text-decoration:none}\
button.quiet,a.button{background:transparent;color:var(--deep)}button.bad{background:transparent;border-color:var(--bad);color:var(--bad)}\
:focus-visible{outline:3px solid var(--deep);outline-offset:2px}.note{border-inline-start:.4rem solid var(--deep);font-weight:600}nav{display:flex;flex-wrap:wrap;gap:.2rem .9rem;font-size:.9rem}nav a,li a{color:var(--deep)}\
nav a{padding:.3rem 0}ul{padding-inline-start:1.2rem;margin:.3rem 0}";

/// A text with everything taken out that HTML would read.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

fn frame(words: &Words, title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"{}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <meta name=\"robots\" content=\"noindex\"><title>{title}</title><style>{STYLE}</style></head><body><main>{body}</main></body></html>",
        words.code
    )
}

/// A page that says one thing.
pub fn message(words: &Words, title: &str, help: &str) -> String {
    frame(words, title, &format!("<h1>{title}</h1><p>{help}</p>"))
}

/// The name of a box of the form.
pub fn box_of(channel: Channel, purpose: Purpose) -> String {
    format!("{}.{}", channel.name(), purpose.name())
}

/// Is it allowed, by the document?
pub fn granted(document: &Value, channel: Channel, purpose: Purpose) -> bool {
    let path = format!("/profile/consent/{}/{}/granted", channel.name(), purpose.name());
    document.pointer(&path).and_then(Value::as_bool) == Some(true)
}

/// What was said of a topic.
pub fn wants(document: &Value, topic: &str) -> Option<bool> {
    document.pointer("/profile/preferences/topics")?.get(topic)?.as_bool()
}

/// The topics of which something was said.
pub fn topics(document: &Value) -> Vec<String> {
    let told = document.pointer("/profile/preferences/topics").and_then(Value::as_object);
    told.map(|told| told.keys().cloned().collect()).unwrap_or_default()
}

/// At most so many messages a week.
pub fn weekly(document: &Value) -> Option<u64> {
    document.pointer("/profile/preferences/weekly")?.as_u64()
}

/// Until when there is a pause, if it isn't over.
pub fn paused_until(document: &Value) -> Option<Timestamp> {
    let until = document.pointer("/profile/preferences/paused_until")?.as_str()?;
    Timestamp::parse(until).filter(|until| *until > now())
}

fn option(value: i64, text: &str, chosen: bool) -> String {
    let chosen = if chosen { " selected" } else { "" };
    format!("<option value=\"{value}\"{chosen}>{text}</option>")
}

fn date(at: &str) -> &str {
    at.split('T').next().unwrap_or_default()
}

/// The preference centre.
pub fn centre(view: &View<'_>) -> String {
    let words = view.words;
    let mut body = String::new();
    languages(&mut body, words);
    let _ = write!(body, "<h1>{}</h1><p class=\"soft\">{}</p>", words.title, words.intro);
    if let Some(note) = view.note {
        let _ = write!(body, "<section class=\"note\" role=\"status\">{note}</section>");
    }
    // relative, so that the form goes where the page came from
    let _ = write!(body, "<form method=\"post\" action=\"?lang={}\">", words.code);
    consents(&mut body, view);
    topics_and_pace(&mut body, view);
    let _ = write!(
        body,
        "<button name=\"action\" value=\"save\">{}</button></form>\
         <section><h2>{}</h2><p class=\"soft\">{}</p><form method=\"post\" action=\"?lang={}\"><button class=\"quiet\" name=\"action\" value=\"unsubscribe\">{}</button></form></section>",
        words.save, words.stop, words.stop_help, words.code, words.stop_button
    );
    why(&mut body, view);
    let _ = write!(
        body,
        "<section><h2>{}</h2><p class=\"soft\">{}</p><p><a class=\"button\" href=\"/u/{}/data.json\" download>{}</a></p></section>\
         <section><h2>{}</h2><p class=\"soft\">{}</p><form method=\"post\" action=\"?lang={}\"><label class=\"line\"><input type=\"checkbox\" name=\"sure\" value=\"yes\" required>{}</label>\
         <button class=\"bad\" name=\"action\" value=\"erase\">{}</button></form></section>",
        words.data,
        words.data_help,
        escaped(view.token),
        words.data_button,
        words.erase,
        words.erase_help,
        words.code,
        words.erase_sure,
        words.erase_button
    );
    frame(words, words.title, &body)
}

fn languages(body: &mut String, words: &Words) {
    let _ = write!(body, "<nav aria-label=\"{}\">", words.language);
    for other in ALL {
        let here = if other.code == words.code { " aria-current=\"true\"" } else { "" };
        let _ = write!(
            body,
            "<a href=\"?lang={0}\" lang=\"{0}\" hreflang=\"{0}\"{here}>{1}</a>",
            other.code, other.name
        );
    }
    body.push_str("</nav>");
}

fn consents(body: &mut String, view: &View<'_>) {
    let words = view.words;
    let _ = write!(
        body,
        "<section><h2>{}</h2><p class=\"soft\">{}</p><table><thead><tr><td></td>",
        words.allow, words.allow_help
    );
    for channel in words.channels {
        let _ = write!(body, "<th scope=\"col\">{channel}</th>");
    }
    body.push_str("</tr></thead><tbody>");
    for (purpose, (name, what)) in Purpose::ALL.into_iter().zip(words.purposes) {
        let _ = write!(body, "<tr><th scope=\"row\"><b>{name}</b><span>{what}</span></th>");
        for (channel, channel_name) in Channel::ALL.into_iter().zip(words.channels) {
            let checked = if granted(view.document, channel, purpose) { " checked" } else { "" };
            let _ = write!(
                body,
                "<td><input type=\"checkbox\" name=\"{}\" aria-label=\"{name}: {channel_name}\"{checked}></td>",
                box_of(channel, purpose)
            );
        }
        body.push_str("</tr>");
    }
    body.push_str("</tbody></table></section>");
}

fn topics_and_pace(body: &mut String, view: &View<'_>) {
    let words = view.words;
    if !view.topics.is_empty() {
        let _ = write!(
            body,
            "<section role=\"group\" aria-labelledby=\"topics\"><h2 id=\"topics\">{}</h2>",
            words.topics
        );
        for topic in &view.topics {
            let (name, checked) =
                (escaped(topic), if wants(view.document, topic) == Some(true) { " checked" } else { "" });
            let _ = write!(
                body,
                "<label class=\"line\"><input type=\"checkbox\" name=\"topic\" value=\"{name}\"{checked}>{name}</label>"
            );
        }
        body.push_str("</section>");
    }
    let weekly = weekly(view.document).filter(|weekly| *weekly < super::NO_LIMIT).unwrap_or_default();
    let _ = write!(
        body,
        "<section><h2>{}</h2><div class=\"pair\"><div><label for=\"weekly\">{}</label><select id=\"weekly\" name=\"weekly\">{}",
        words.pace,
        words.weekly,
        option(0, words.no_limit, weekly == 0)
    );
    let mut choices = vec![1, 2, 3, 5, 7];
    if weekly > 0 && !choices.contains(&weekly) {
        choices.push(weekly);
    }
    for choice in choices {
        body.push_str(&option(choice as i64, &choice.to_string(), choice == weekly));
    }
    let _ = write!(
        body,
        "</select></div><div><label for=\"pause\">{}</label><select id=\"pause\" name=\"pause\">",
        words.pause
    );
    if let Some(until) = paused_until(view.document) {
        let until = until.to_string();
        body.push_str(&option(-1, &format!("{} {}", words.paused_until, date(&until)), true));
    }
    body.push_str(&option(0, words.no_pause, paused_until(view.document).is_none()));
    for (days, text) in [7, 30, 90].into_iter().zip(words.pauses) {
        body.push_str(&option(days, text, false));
    }
    body.push_str("</select></div></div></section>");
}

fn why(body: &mut String, view: &View<'_>) {
    let words = view.words;
    let _ = write!(body, "<section><h2>{}</h2><p>{}</p>", words.why, words.why_help);
    let shown = view.document.get("shown").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let lately: Vec<String> = shown
        .iter()
        .rev()
        .take(5)
        .filter_map(|shown| {
            let (campaign, at) = (shown.get("campaign")?.as_str()?, shown.get("at")?.as_str()?);
            Some(format!("<li>{}, {}</li>", escaped(campaign), escaped(date(at))))
        })
        .collect();
    match lately.is_empty() {
        true => {
            let _ = write!(body, "<p class=\"soft\">{}</p>", words.nothing_shown);
        }
        false => {
            let _ = write!(body, "<p>{}</p><ul>{}</ul>", words.shown, lately.concat());
        }
    }
    body.push_str("</section>");
}
