//! Law 2: what consent doesn't cover never changes a decision, what is told of it, what is remembered of it, or a plan.

use super::arbitrary::{self, Scene};
use super::{STARTER, cases};
use apropos::campaign::Campaign;
use apropos::context::{Context, Surface};
use apropos::decide::{explain, plan};
use apropos::profile::{Channel, Consent, Profile, Purpose};
use apropos::time::{DAY, Span, Timestamp};
use proptest::prelude::*;

/// All that may be seen of a scene: the decision, its report, its exposures, the plan.
fn everything(scene: &Scene) -> String {
    let question = scene.question(&STARTER);
    let (decision, explanation) = explain(&question);
    let exposures = [true, false].map(|seen| decision.exposure(&scene.campaign, seen));
    let report = serde_json::to_string(&explanation.report()).unwrap();
    let plan = plan(&question, Span(2 * DAY));
    format!("{decision:?} {exposures:?} {report} {plan:?}")
}

/// A scene and another recipient who has said the same about consent, and wishes the same.
fn strangers() -> impl Strategy<Value = (Scene, Profile)> {
    arbitrary::scene().prop_flat_map(|scene| {
        let other = arbitrary::profile(&scene.campaign, scene.now);
        (Just(scene), other)
    })
}

fn channels(campaign: &Campaign) -> Vec<Channel> {
    let others = campaign.fallback_channels.iter().map(|other| other.channel);
    std::iter::once(campaign.channel).chain(others).collect()
}

proptest! {
    #![proptest_config(cases(800))]

    #[test]
    fn without_consent_to_personalization_no_profile_matters((mut scene, mut other) in strangers(), asked: bool) {
        for channel in channels(&scene.campaign) {
            if asked {
                scene.profile.consent.record(channel, Purpose::Personalization, false, Timestamp(i64::MAX));
            } else {
                let all = std::mem::take(&mut scene.profile.consent);
                for (c, purpose) in Channel::ALL.into_iter().flat_map(|c| Purpose::ALL.map(|p| (c, p))) {
                    let silent = c == channel && purpose == Purpose::Personalization;
                    if !silent && all.covers(c, purpose) {
                        scene.profile.consent.record(c, purpose, true, scene.now);
                    }
                }
            }
        }
        let told = everything(&scene);
        other.consent = scene.profile.consent;
        // a wish for less is heard all the same; a wish for something is not
        other.preferences = scene.profile.preferences;
        other.preferences.topics.retain(|topic| topic.wanted.get() != Some(&true));
        scene.profile = other;
        prop_assert_eq!(everything(&scene), told);
    }

    /// A page under Global Privacy Control doesn't know whose wishes or words those were, either. (A plan has no page.)
    #[test]
    fn under_global_privacy_control_no_profile_matters((mut scene, other) in strangers(), page: bool) {
        scene.context.gpc = true;
        if page {
            scene.context.surface = Surface::Page;
        }
        let told = scene.told();
        scene.profile = other;
        prop_assert_eq!(scene.told(), told);
    }

    #[test]
    fn measurement_and_other_channels_never_matter(mut scene in arbitrary::scene(), words: [bool; 9]) {
        let told = everything(&scene);
        let asked = channels(&scene.campaign);
        let places = Channel::ALL.into_iter().flat_map(|c| Purpose::ALL.map(|p| (c, p)));
        for ((channel, purpose), allowed) in places.zip(words) {
            if !asked.contains(&channel) || purpose == Purpose::Measurement {
                scene.profile.consent.record(channel, purpose, allowed, Timestamp(i64::MAX));
            }
        }
        prop_assert_eq!(everything(&scene), told);
    }

    /// What is decided on one channel hangs on the consent to that channel alone, also when the campaign could go elsewhere.
    #[test]
    fn a_decision_hears_only_the_channel_that_is_asked(mut scene in arbitrary::scene(), words: [bool; 9]) {
        let told = scene.told();
        let places = Channel::ALL.into_iter().flat_map(|c| Purpose::ALL.map(|p| (c, p)));
        for ((channel, purpose), allowed) in places.zip(words) {
            if channel != scene.campaign.channel {
                scene.profile.consent.record(channel, purpose, allowed, Timestamp(i64::MAX));
            }
        }
        prop_assert_eq!(scene.told(), told);
    }

    #[test]
    fn greetings_never_matter(mut scene in arbitrary::scene(), name in arbitrary::name()) {
        let told = everything(&scene);
        scene.profile.traits.first_name = Default::default();
        scene.profile.traits.first_name.tell(name, scene.now);
        prop_assert_eq!(everything(&scene), told);
    }

    /// What the page itself saw in this visit is used without asking, whoever looks on: the same for a stranger and for one who refused.
    #[test]
    fn the_visit_itself_needs_no_consent(scene in arbitrary::scene(), session in arbitrary::session(super::NOON)) {
        let page = |consent: Consent, gpc: bool| {
            let profile = Profile { consent, ..Profile::default() };
            let context = Context { surface: Surface::Page, gpc, session: Some(session), ..Context::default() };
            let scene = Scene { profile, context, now: super::NOON, ..scene.clone() };
            let signals = scene.report(&STARTER).intent;
            signals.into_iter().map(|head| (head.head, head.value)).collect::<Vec<_>>()
        };
        let mut refused = Consent::default();
        refused.record(scene.campaign.channel, Purpose::Personalization, false, super::NOON);
        prop_assert_eq!(page(Consent::default(), false), page(refused, true));
    }
}

#[test]
fn a_visit_moves_the_decision_of_a_stranger() {
    let campaign = Campaign::parse(include_str!("../vectors/campaigns/pages.json")).unwrap();
    let stranger = Profile::default();
    let mut context = Context { surface: Surface::Page, ..Context::default() };
    let trust = |context: &Context| {
        let question =
            apropos::decide::Question::new(&campaign, &STARTER, &stranger, context, super::NOON, 1);
        explain(&question).1.intent().get(apropos::intent::Head::Trust)
    };
    let before = trust(&context);
    context.session = Some(apropos::profile::Session { acts: [1, 0, 4, 0, 0, 0, 0], ..Default::default() });
    assert!(trust(&context) > before + 0.1);
}
