//! A page decides as the profile would, and learns no more of it than it must (laws 1, 2 and 4 on landing pages).

use super::arbitrary::{self, Scene};
use super::{STARTER, cases};
use apropos::campaign::Feeds;
use apropos::context::Surface;
use apropos::decide::{Brief, Decision, Outcome, Question, decide, trace};
use apropos::page::{Bundle, BundleError, Consent, Surroundings, Visit};
use apropos::profile::{Exposure, Profile, Purpose, Shown, Sight};
use apropos::time::{DAY, MINUTE, Timestamp};
use proptest::prelude::*;

/// A scene on a page.
fn on_page() -> impl Strategy<Value = Scene> {
    arbitrary::scene().prop_map(|mut scene| {
        scene.context.surface = Surface::Page;
        scene
    })
}

/// A scene on a page, and another recipient who has said the same about consent.
fn strangers() -> impl Strategy<Value = (Scene, Profile)> {
    on_page().prop_flat_map(|scene| {
        let other = arbitrary::profile(&scene.campaign, scene.now);
        (Just(scene), other).prop_map(|(scene, mut other)| {
            other.consent = scene.profile.consent;
            (scene, other)
        })
    })
}

fn bundle(scene: &Scene) -> Vec<u8> {
    let Scene { campaign, live, learned, now, .. } = scene;
    Bundle::write((campaign, &STARTER), (live, learned), &Feeds::NONE, *now).unwrap()
}

/// What a page decides that knows the bundle and the brief, both as they come over the wire.
fn away(scene: &Scene, brief: &Brief, seed: u64) -> Decision {
    let Bundle { campaign, model, live, learned, .. } = &Bundle::read(&bundle(scene)).unwrap();
    let brief: Brief = postcard::from_bytes(&postcard::to_allocvec(brief).unwrap()).unwrap();
    let nobody = Profile::default();
    let question = Question::new(campaign, model, &nobody, &scene.context, scene.now, seed);
    decide(&Question { live, learned, brief: Some(&brief), ..question })
}

/// Is everything that is shown either held already, or left to a stranger?
fn stays_within(scene: &Scene, decision: &Decision, brief: &Brief) -> bool {
    let nobody = Profile::default();
    let question = Question { profile: &nobody, ..scene.question(&STARTER) };
    let (stranger, left) = trace(&question);
    let held = match brief.held().map(|held| &held.sight) {
        Some(Sight::Assembly(seen)) => seen.clone(),
        _ => Vec::new(),
    };
    let kept = scene.campaign.slots.iter().enumerate().all(|(i, slot)| {
        decision.shown(i).is_none_or(|variant| {
            held.iter().any(|shown| shown.variant == slot.variants[usize::from(variant)].id.key)
        })
    });
    let free = (0..scene.campaign.slots.len())
        .all(|i| decision.shown(i).is_none_or(|variant| left.left.allows(i, variant)));
    let settled = stranger.outcome != Outcome::Show && decision.outcome == stranger.outcome;
    kept || settled || free
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn a_page_decides_as_the_profile_would(scene in on_page()) {
        let question = scene.question(&STARTER);
        let brief = Brief::of(&question);
        prop_assert_eq!(away(&scene, &brief, scene.seed), decide(&question));
    }

    #[test]
    fn a_brief_tells_nothing_without_consent((scene, other) in strangers()) {
        let question = scene.question(&STARTER);
        let allowed = !scene.context.gpc && scene.profile.consent.covers(scene.campaign.channel, Purpose::Personalization);
        prop_assume!(!allowed);
        let (one, two) = (Brief::of(&question), Brief::of(&Question { profile: &other, ..question }));
        // wishes for less are heard whatever was said of personalization
        if scene.profile.preferences == other.preferences || scene.context.gpc {
            prop_assert_eq!(one, two);
        } else {
            prop_assert_eq!(one.held(), two.held());
        }
    }

    #[test]
    fn a_promise_tells_only_what_was_promised((scene, mut other) in strangers()) {
        other.exposures.clone_from(&scene.profile.exposures);
        other.preferences.clone_from(&scene.profile.preferences);
        let question = scene.question(&STARTER);
        let one = Brief::promise(&question);
        prop_assert_eq!(one.seed, None);
        let decision = away(&scene, &one, 7);
        prop_assert!(stays_within(&scene, &decision, &one), "{decision:?}");
    }

    #[test]
    fn no_bytes_make_a_page_panic(scene in on_page(), place in any::<proptest::sample::Index>(), byte in any::<u8>(), honest in any::<bool>()) {
        let mut file = bundle(&scene);
        let place = place.index(file.len());
        let before = file[place];
        file[place] = byte;
        if !honest && place >= 20 {
            let hash = apropos::hash::fnv1a(&file[20..]).to_le_bytes();
            file[12..20].copy_from_slice(&hash);
        }
        match Bundle::read(&file) {
            Err(error) => prop_assert!(before != byte || error == BundleError::Unsound, "{error}"),
            Ok(bundle) => {
                let mut visit = Visit::new(bundle, scene.seed);
                let zagreb = Surroundings { timezone: "Europe/Zagreb".into(), ..Surroundings::default() };
                visit.surroundings(zagreb);
                visit.consent(Consent { personalization: true, measurement: true, gpc: false }, scene.now);
                let _ = visit.join(&file[20..], scene.now);
                let _ = visit.restore(&String::from_utf8_lossy(&file));
                visit.decide(scene.now);
            }
        }
    }
}

/// The campaign of the vectors that speaks to pages.
fn pages() -> Vec<u8> {
    let campaign =
        apropos::campaign::Campaign::parse(include_str!("../vectors/campaigns/pages.json")).unwrap();
    let (live, learned) = Default::default();
    Bundle::write((&campaign, &STARTER), (&live, &learned), &Feeds::NONE, NOW).unwrap()
}

const NOW: Timestamp = Timestamp(1_795_000_000_000);

fn after(minutes: i64) -> Timestamp {
    Timestamp(NOW.0 + minutes * MINUTE)
}

const ALL: Consent = Consent { personalization: true, measurement: true, gpc: false };

fn visit(consent: Consent) -> Visit {
    let mut visit = Visit::new(Bundle::read(&pages()).unwrap(), 77);
    visit.consent(consent, NOW);
    visit
}

#[test]
fn what_is_shown_stands_while_nothing_shifts() {
    let mut visit = visit(ALL);
    let first = visit.decide(NOW);
    assert!(!first.held);
    for minute in 1..20 {
        let next = visit.decide(after(minute));
        assert_eq!(next.slots, first.slots);
        assert_eq!(next.decided_at, first.decided_at);
    }
}

#[test]
fn without_consent_nothing_may_be_kept_and_with_it_the_visitor_is_recognised() {
    let mut stranger = visit(Consent::default());
    assert!(stranger.decide(NOW).line.is_none() && stranger.state().is_none());
    assert!(
        visit(Consent { gpc: true, ..ALL }).state().is_some_and(|kept| kept.len() < 40),
        "the number alone"
    );
    let mut known = visit(ALL);
    let shown = known.decide(NOW);
    let kept = known.state().unwrap();
    let mut again = visit(ALL);
    assert!(again.restore(&kept));
    assert_eq!(again.decide(after(9)).slots, shown.slots);
    assert!(!visit(Consent::default()).restore(&kept));
    assert!(!visit(ALL).restore("rubbish") && !visit(ALL).restore(""));
}

#[test]
fn whoever_is_not_counted_sees_the_same_on_every_page() {
    let shown = |number| Visit::new(Bundle::read(&pages()).unwrap(), number).decide(NOW).slots;
    assert!((0..50).all(|number| shown(number) == shown(0)));
}

/// Every assembly of the campaign that a mail may have shown.
fn assemblies(bundle: &Bundle) -> Vec<Vec<Shown>> {
    let shown = |slot: &apropos::campaign::Slot, variant: &apropos::campaign::Variant| Shown {
        slot: slot.name.key,
        variant: variant.id.key,
    };
    bundle.campaign.slots.iter().fold(vec![Vec::new()], |before, slot| {
        let longer = |seen: &Vec<Shown>| {
            slot.variants.iter().map(|v| [seen.as_slice(), &[shown(slot, v)]].concat()).collect::<Vec<_>>()
        };
        before.iter().flat_map(longer).collect()
    })
}

#[test]
fn what_the_mail_promised_is_what_the_page_shows() {
    let bundle = Bundle::read(&pages()).unwrap();
    let mut kept = 0;
    for seen in assemblies(&bundle) {
        let mut profile = Profile::default();
        profile.consent.record(bundle.campaign.channel, Purpose::Personalization, true, NOW);
        let (campaign, sight) = (bundle.campaign.id.key, Sight::Assembly(seen.clone()));
        profile.expose(Exposure { campaign, at: NOW, counted: true, sight, discount: 0, probability: 0.3 });
        let context = apropos::context::Context::on_page("", "", "", false);
        let question = Question::new(&bundle.campaign, &bundle.model, &profile, &context, after(2), 5);
        let promised = decide(&question);
        let holds = promised.decided_at == NOW; // a variant may be for other devices only
        for (consent, brief) in [(ALL, Brief::of(&question)), (Consent::default(), Brief::promise(&question))]
        {
            let mut visit = visit(consent);
            assert!(visit.join(&postcard::to_allocvec(&brief).unwrap(), after(2)));
            let shown = visit.decide(after(3));
            let variants: Vec<_> = shown.slots.iter().map(|slot| slot.variant.as_deref()).collect();
            let wanted: Vec<_> = bundle
                .campaign
                .slots
                .iter()
                .enumerate()
                .map(|(i, slot)| promised.shown(i).map(|v| slot.variants[usize::from(v)].id.name.as_str()))
                .collect();
            if holds {
                assert_eq!(variants, wanted);
                assert!(shown.held && shown.probability == 0.3, "{shown:?}");
                kept += 1;
            }
        }
    }
    assert!(kept >= 4, "{kept}");
}

#[test]
fn a_brief_is_joined_by_consent_only_and_only_while_it_is_fresh() {
    let bundle = Bundle::read(&pages()).unwrap();
    let (mut profile, context) = (Profile::default(), apropos::context::Context::on_page("", "", "", false));
    profile.consent.record(bundle.campaign.channel, Purpose::Personalization, true, NOW);
    let question = Question::new(&bundle.campaign, &bundle.model, &profile, &context, NOW, 5);
    let own = postcard::to_allocvec(&Brief::of(&question)).unwrap();
    let promise = postcard::to_allocvec(&Brief::promise(&question)).unwrap();
    let joins = |consent, brief: &[u8], now| visit(consent).join(brief, now);
    assert!(joins(ALL, &own, NOW) && joins(ALL, &promise, NOW) && joins(Consent::default(), &promise, NOW));
    assert!(!joins(Consent::default(), &own, NOW) && !joins(Consent { gpc: true, ..ALL }, &own, NOW));
    assert!(
        !joins(ALL, &own, after(31))
            && !joins(ALL, &own, after(-2))
            && !joins(ALL, &own, Timestamp(NOW.0 + DAY))
    );
    assert!(!joins(ALL, &own[1..], NOW) && !joins(ALL, &[], NOW));
}
