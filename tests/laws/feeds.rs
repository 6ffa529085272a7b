//! Laws 2 and 6 of texts: what consent or trust doesn't cover never picks a row of a feed, and whoever isn't spoken to sees what is the same for all.

use super::arbitrary::{self, Scene};
use super::{STARTER, cases};
use apropos::campaign::{Campaign, Feeds, Values};
use apropos::context::{Context, Request};
use apropos::decide::{Creative, Lines, Outcome, decide};
use apropos::intent::Facts;
use apropos::profile::{Channel, Profile, Purpose};
use apropos::render::Alphabet;
use apropos::time::Timestamp;
use proptest::prelude::*;
use std::sync::LazyLock;

/// A campaign in whose texts everything stands that can be picked for somebody.
static CAMPAIGN: LazyLock<Campaign> = LazyLock::new(|| {
    Campaign::parse(r#"{
        "id": "fed", "landing": "/", "value": {"currency": "EUR", "click": 1}, "attributes": {"tier": "string"}, "language": "de",
        "feeds": {
            "country": {"by": "country", "fresh": "1d"}, "language": {"by": "language", "fresh": "1d"}, "tier": {"by": "tier", "fresh": "1d"},
            "cart": {"by": "cart_items", "fresh": "1d"}, "city": {"by": "city", "fresh": "1d"}, "region": {"by": "region", "fresh": "1d"},
            "stores": {"nearest": true, "fresh": "1d"}, "all": {"fresh": "1d"}
        },
        "slots": [{"name": "hero", "kind": "image", "width": 60, "height": 30, "fallback": "v", "variants": [{"id": "v", "image": "v.png", "alt": "", "text": {
            "headline": "{first_name:upper|you} {country.a|-} {language.a|-} {tier.a|-} {cart.a|-} {cart_items|-} {all.n:number|-}",
            "subline": "{city.a|-} {region.a|-} {stores.name|-} {stores.distance|-} {all.at:time here|-} {all.at:date|-}"
        }}]}]
    }"#).unwrap()
});

/// Rows for whatever a scene may hold.
fn feeds(now: Timestamp) -> Feeds {
    let rows = |keys: &[&str]| {
        let rows: Vec<_> = keys.iter().map(|key| format!(r#""{key}": {{"a": "of {key}"}}"#)).collect();
        format!(r#"{{"rows": {{{}}}}}"#, rows.join(", "))
    };
    let words =
        rows(&["en", "de", "hr", "alpha", "pro", "free", "0", "1", "2", "3", "4", "5", "6", "7", "8"]);
    let places = rows(&["Zagreb", "New York", "Berlin", "Oslo", "Tokyo", "21", "NY", "BE"]);
    let text = format!(
        r#"{{"country": {}, "language": {words}, "tier": {words}, "cart": {words}, "city": {places}, "region": {places},
        "stores": {{"places": [{{"lat": 45.8, "lon": 16, "name": "A", "country": "HR"}}, {{"lat": 40.7, "lon": -74, "name": "B", "country": "US"}}]}},
        "all": {{"values": {{"n": 1234.5, "at": "2026-12-24T18:00:00+01:00"}}}}}}"#,
        rows(&["HR", "US", "JP", "DE"])
    );
    Feeds::parse(&text, now).unwrap()
}

/// What the texts would say if the decision were the recipient's.
fn said(profile: &Profile, context: &Context, now: Timestamp) -> Lines {
    let (campaign, feeds) = (&*CAMPAIGN, feeds(now));
    let facts = Facts::new(campaign.channel, profile, context, now);
    let caption = campaign.slots[0].variants[0].text.as_ref().unwrap();
    Lines::of(caption, &Values::of(campaign, &feeds, &facts))
}

/// A scene and another recipient who has said the same about consent.
fn strangers() -> impl Strategy<Value = (Scene, Profile)> {
    arbitrary::scene().prop_flat_map(|scene| {
        let other = arbitrary::profile(&scene.campaign, scene.now);
        (Just(scene), other)
    })
}

proptest! {
    #![proptest_config(cases(800))]

    #[test]
    fn without_consent_no_profile_picks_a_row((mut scene, mut other) in strangers(), gpc: bool) {
        scene.context.gpc = gpc;
        if !gpc {
            scene.profile.consent.record(Channel::Email, Purpose::Personalization, false, Timestamp(i64::MAX));
        }
        other.consent = scene.profile.consent;
        let one = said(&scene.profile, &scene.context, scene.now);
        prop_assert_eq!(said(&other, &scene.context, scene.now), one);
    }

    /// What was decided for nobody in particular shows to everybody the same, whatever is known of them and wherever they are.
    #[test]
    fn fallbacks_and_the_holdout_show_what_is_the_same_for_all(scene in arbitrary::scene()) {
        let (campaign, feeds) = (&*CAMPAIGN, feeds(scene.now));
        let variant = &campaign.slots[0].variants[0];
        let facts = Facts::new(campaign.channel, &scene.profile, &scene.context, scene.now);
        let everyones = Creative::plain(campaign, variant, &feeds, scene.now);
        let mut decision = decide(&scene.question(&STARTER));
        for outcome in [Outcome::FallBack, Outcome::HoldOut] {
            decision.outcome = outcome;
            let shown = Creative::of(campaign, Some(variant), &decision, &facts, &feeds, None, Alphabet::World);
            prop_assert_eq!(&shown, &everyones);
        }
        let Creative::Image { caption: Some(lines), .. } = everyones else { panic!("an image with a caption") };
        prop_assert_eq!(lines.headline, "you - - - - - 1.234,5");
        prop_assert_eq!(lines.subline, "- - - - - 24. Dezember 2026");
    }

    /// A proxy stands somewhere, and that is not where the person is.
    #[test]
    fn a_proxys_place_picks_no_row(scene in arbitrary::scene(), city in "Zagreb|Berlin|Oslo", latitude in -90.0..90.0f64) {
        let proxy = |city: &str, latitude| Context::read(&Request {
            user_agent: "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)".into(),
            asn: Some(15169),
            country: "US".into(),
            region: "NY".into(),
            city: city.into(),
            coordinates: Some((latitude, 16.0)),
            timezone: "America/New_York".into(),
            ..Request::default()
        });
        let here = said(&scene.profile, &proxy("New York", 40.7), scene.now);
        prop_assert_eq!(said(&scene.profile, &proxy(&city, latitude), scene.now), here);
    }
}

/// The laws above would hold of texts that say nothing: with consent, everything is said.
#[test]
fn with_consent_rows_are_picked() {
    let mut profile = super::known(Channel::Email);
    profile.traits.first_name.tell("Ana".into(), super::NOON);
    profile.traits.country.tell("HR".into(), super::NOON);
    profile.traits.language.tell("hr".into(), super::NOON);
    profile.attributes.tell("tier", &"pro".into(), super::NOON).unwrap();
    let context = Context::read(&Request {
        user_agent: "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17531; Pro)".into(),
        country: "HR".into(),
        region: "21".into(),
        city: "Zagreb".into(),
        coordinates: Some((45.815, 15.98)),
        timezone: "Europe/Zagreb".into(),
        ..Request::default()
    });
    let lines = said(&profile, &context, super::NOON);
    assert_eq!(lines.headline, "ANA of HR of hr of pro - - 1.234,5");
    assert_eq!(lines.subline, "of Zagreb of 21 A 2,28 18:00 24. prosinca 2026.");
}
