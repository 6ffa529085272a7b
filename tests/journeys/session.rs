//! Somebody whom nobody knows comes to the landing page. First they look at prices, then they start reading about returns and the guarantee: within one visit
//! what would move them has changed, and the page changes with it. Nothing of it is kept, so nothing has to be asked.

use super::*;
use apropos::context::Surface;
use apropos::profile::Session;

fn visit(acts: [u16; 7], minutes: i64) -> Context {
    let start = at("2026-11-20T09:00:00Z");
    let end = start.plus(Span(minutes * 60_000));
    let session = Session { acts, seconds: minutes as u32 * 60, start, end };
    Context { surface: Surface::Page, fetcher: Fetcher::Person, session: Some(session), ..Context::default() }
}

#[test]
fn the_page_follows_what_moves_the_visitor_now() {
    let landing = campaign("landing", json!({"channel": "web", "sticky": "1m"}), one_of_each());
    let stranger = Profile::default();
    // pages, products, info, prices, searches, cart, checkout
    let prices = asked(&landing, &stranger, &visit([1, 1, 0, 3, 0, 0, 0], 4), "2026-11-20T09:04:00Z");
    let reading = asked(&landing, &stranger, &visit([1, 1, 4, 3, 0, 0, 0], 12), "2026-11-20T09:12:00Z");
    let filling = asked(&landing, &stranger, &visit([1, 1, 1, 0, 0, 2, 0], 14), "2026-11-20T09:14:00Z");
    assert!(expected(&prices, "price") > expected(&prices, "trust"));
    assert!(expected(&reading, "trust") > expected(&prices, "trust") + 0.2);
    assert_eq!(leading(&reading), "guarantee");
    assert!(expected(&filling, "convenience") > expected(&prices, "convenience"));
    assert!(expected(&filling, "convert") > expected(&prices, "convert"));
}
