//! Law 6: signals are trusted only as far as they are true. A proxy's place is not the person's, and what a machine fetches is no open.

use super::arbitrary::{self, FETCHERS, MACHINES, Scene};
use super::{STARTER, cases};
use apropos::context::{Context, Fetcher, Request, Surface};
use apropos::intent::{Facts, SignalSet, Signals};
use apropos::profile::{Profile, Purpose, Sight};
use proptest::prelude::*;
use proptest::sample::select;

/// What an adapter keeps of a fetch, as `src/edge/recipients.rs` does: nothing of what nobody will see, no open of what nobody has seen.
fn remember(scene: &Scene) -> Profile {
    let mut profile = scene.profile.clone();
    let fetcher = scene.context.fetcher;
    let allowed = |purpose| profile.consent.covers(scene.campaign.channel, purpose);
    let (personalize, measure) = (allowed(Purpose::Personalization), allowed(Purpose::Measurement));
    if fetcher.shows_person() && personalize {
        let decision = scene.decide(&STARTER);
        if let Some(exposure) = decision.exposure(&scene.campaign, fetcher.is_person()) {
            profile.expose(exposure);
            if fetcher.is_person() && measure {
                profile.opened(scene.now);
            }
        }
    }
    profile
}

proptest! {
    #![proptest_config(cases(600))]

    #[test]
    fn where_a_machine_stands_never_matters(
        mut scene in arbitrary::scene(),
        ours in arbitrary::request(MACHINES.to_vec()),
        theirs in arbitrary::place(),
    ) {
        scene.context = Context::read(&ours);
        let told = scene.told();
        scene.context = Context::read(&Request {
            surface: ours.surface,
            user_agent: ours.user_agent,
            gpc: ours.gpc,
            ..theirs
        });
        prop_assert_eq!(scene.told(), told);
    }

    /// Outlook on the web has no name of its own: its network tells, and its User-Agent is the person's browser or nobody's.
    #[test]
    fn what_outlook_on_the_web_calls_itself_never_matters(
        mut scene in arbitrary::scene(),
        requests in [arbitrary::request(arbitrary::PEOPLE.to_vec()), arbitrary::request(arbitrary::PEOPLE.to_vec())],
    ) {
        let told = requests.map(|request| {
            scene.context = Context::read(&Request { surface: Surface::Image, gpc: false, asn: Some(8075), ..request });
            scene.told()
        });
        prop_assert_eq!(&told[0], &told[1]);
    }

    /// A scanner leaves a profile as it was; a prefetch leaves nothing that counts, and no sign of the person.
    #[test]
    fn a_machine_never_counts(mut scene in arbitrary::scene(), fetcher in select(FETCHERS.to_vec())) {
        scene.context.fetcher = fetcher;
        let after = remember(&scene);
        if !fetcher.shows_person() {
            prop_assert_eq!(&after, &scene.profile);
        }
        if !fetcher.is_person() {
            let counted = |profile: &Profile| {
                let counted = profile.exposures.iter().filter(|e| e.counted);
                counted.map(|e| (e.at, e.campaign)).collect::<Vec<_>>()
            };
            let before = counted(&scene.profile);
            prop_assert!(counted(&after).iter().all(|exposure| before.contains(exposure)));
            prop_assert_eq!(Profile { exposures: scene.profile.exposures.clone(), ..after.clone() }, scene.profile.clone());
        }
        let decision = scene.decide(&STARTER);
        prop_assert!(decision.exposure(&scene.campaign, false).is_none_or(|exposure| !exposure.counted));
        let seen = decision.exposure(&scene.campaign, true);
        prop_assert!(seen.is_none_or(|exposure| exposure.counted == matches!(exposure.sight, Sight::Assembly(_))));
    }

    /// What a scanner calls itself tells nothing of the device, and the moment of a prefetch nothing of the recipient's day.
    #[test]
    fn what_is_not_true_of_the_person_is_missing(mut scene in arbitrary::scene(), fetcher in select(FETCHERS.to_vec())) {
        scene.context.fetcher = fetcher;
        let facts = Facts::new(scene.campaign.channel, &scene.profile, &scene.context, scene.now);
        let known: Vec<_> = Signals::read(&facts, SignalSet::ALL).known().map(|(id, _)| id.signal().name).collect();
        let machine = matches!(fetcher, Fetcher::Scanner | Fetcher::Previewer);
        let ahead = matches!(fetcher, Fetcher::GmailPrefetch | Fetcher::AppleMpp);
        for (name, untrue) in [("device", machine), ("os", machine), ("client", machine), ("local_hour", ahead), ("weekday", ahead), ("weekend", ahead)] {
            prop_assert!(!(untrue && known.contains(&name)), "{name} as told by {}", fetcher.label());
        }
    }
}
