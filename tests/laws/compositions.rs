//! Law 2 of pictures: what consent doesn't cover changes neither which composition is shown, nor which of its elements are drawn, nor a byte of the file.

use super::arbitrary::{self, Scene};
use super::{STARTER, cases};
use apropos::campaign::{Campaign, Feeds};
use apropos::context::Context;
use apropos::decide::{Creative, Outcome, Question, decide};
use apropos::intent::Facts;
use apropos::profile::{Channel, Profile, Purpose};
use apropos::render::composition::Composition;
use apropos::render::{Alphabet, Backdrop, Fonts, Format, Sprites};
use apropos::time::Timestamp;
use proptest::prelude::*;
use std::sync::LazyLock;

/// Two compositions of elements that ask for what may be known of somebody, or say it.
static CAMPAIGN: LazyLock<Campaign> = LazyLock::new(|| {
    Campaign::parse(r##"{
        "id": "layered", "landing": "/", "value": {"currency": "EUR", "click": 1}, "attributes": {"tier": "string"},
        "feeds": {"perks": {"by": "tier", "fresh": "1d"}, "cart": {"by": "cart_items", "fresh": "1d"}, "all": {"fresh": "1d"}},
        "slots": [{"name": "hero", "kind": "image", "width": 120, "height": 60, "density": 1, "fallback": "plain", "variants": [
            {"id": "plain", "alt": "", "composition": {"background": "#ffffff", "padding": 2, "layers": [
                {"at": "top-left", "text": "{first_name|you} {purchases|-} {perks.a|-} {cart_items|-} {cart.a|-}", "size": 9, "lines": 3},
                {"at": "top-right", "badge": "Pro", "size": 8, "when": {"tier": {"$in": ["pro", "alpha"]}}},
                {"at": "right", "badge": "{all.n:number|none}", "size": 8, "when": {"cart_items": {"$gt": 0}}},
                {"at": "left", "row": [{"stars": "{purchases|0}", "size": 9}, {"text": "back", "size": 8, "when": {"purchases": {"$gt": 0}}}]},
                {"at": "bottom", "progress": "{cart_items|0}", "of": 9, "width": 40, "height": 6, "when": {"$not": {"tier": null}}},
                {"at": "bottom-right", "panel": {"qr": "{first_name|you}", "size": 40}, "padding": 1, "when": {"country": "HR"}}]}},
            {"id": "theirs", "alt": "", "when": {"tier": "pro"}, "motivations": ["trust"], "composition": {"background": "#123456", "layers": [
                {"at": "center", "text": "For members", "ink": "#ffffff"}]}}]}]
    }"##).unwrap()
});

/// Rows for whatever a scene may hold; `word` is what they say.
fn feeds(word: &str, now: Timestamp) -> Feeds {
    let row = |key: &str| format!(r#""{key}": {{"a": "{word} of {key}"}}"#);
    let rows = |keys: &[&str]| keys.iter().map(|key| row(key)).collect::<Vec<_>>().join(", ");
    let (tiers, counts) = (rows(&["alpha", "beta", "pro", "free"]), rows(&["0", "1", "2", "3", "4", "5"]));
    let all = r#"{"values": {"n": 1234.5}}"#;
    let text =
        format!(r#"{{"perks": {{"rows": {{{tiers}}}}}, "cart": {{"rows": {{{counts}}}}}, "all": {all}}}"#);
    Feeds::parse(&text, now).unwrap()
}

/// What somebody sees: the decision, the elements that are drawn, the file. `spoken_to` makes it theirs, whatever was decided.
#[derive(PartialEq)]
struct Seen {
    decision: String,
    elements: Composition,
    file: Vec<u8>,
}

/// Names the file by its length, which is easier to read.
impl std::fmt::Debug for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}\n{:?}\n{} bytes", self.decision, self.elements, self.file.len())
    }
}

fn seen(
    profile: &Profile,
    context: &Context,
    feeds: &Feeds,
    (now, seed): (Timestamp, u64),
    spoken_to: bool,
) -> Seen {
    let campaign = &*CAMPAIGN;
    let mut decision = decide(&Question::new(campaign, &STARTER, profile, context, now, seed));
    let told = format!("{decision:?}");
    if spoken_to {
        decision.outcome = Outcome::Show;
    }
    let facts = Facts::new(campaign.channel, profile, context, now);
    let slot = &campaign.slots[0];
    let decided = decision.shown(0).and_then(|at| slot.variants.get(usize::from(at)));
    let variant = if spoken_to { Some(&slot.variants[0]) } else { decided };
    let creative = Creative::of(
        campaign,
        variant.or(Some(slot.fallback())),
        &decision,
        &facts,
        feeds,
        None,
        Alphabet::World,
    );
    let Creative::Composition(composition) = creative else { panic!("a composition") };
    let (sprites, fonts) = (Sprites::default(), Fonts::default());
    let base = Backdrop::base(&composition, None, &sprites, &fonts, slot.pixels(), Format::Png).unwrap();
    let file = base.compose(&composition, &sprites, &fonts).unwrap();
    Seen { decision: told, elements: *composition, file }
}

/// A scene and another recipient who has said the same about consent.
fn strangers() -> impl Strategy<Value = (Scene, Profile)> {
    arbitrary::scene().prop_flat_map(|scene| {
        let other = arbitrary::profile(&scene.campaign, scene.now);
        (Just(scene), other)
    })
}

proptest! {
    #![proptest_config(cases(150))]

    #[test]
    fn without_consent_everybody_sees_the_same_picture((mut scene, mut other) in strangers(), gpc: bool, spoken_to: bool) {
        scene.context.gpc = gpc;
        if !gpc {
            scene.profile.consent.record(Channel::Email, Purpose::Personalization, false, Timestamp(i64::MAX));
        }
        other.consent = scene.profile.consent;
        // a wish for less is heard all the same; a wish for something is not
        other.preferences = scene.profile.preferences.clone();
        other.preferences.topics.retain(|topic| topic.wanted.get() != Some(&true));
        let moment = (scene.now, scene.seed);
        let one = seen(&scene.profile, &scene.context, &feeds("one", scene.now), moment, spoken_to);
        let another = seen(&other, &scene.context, &feeds("another", scene.now), moment, spoken_to);
        prop_assert_eq!(one, another);
    }
}

/// The law above would hold of pictures that show nothing: with consent, every element is drawn and every value is said.
#[test]
fn with_consent_pictures_are_their_own() {
    let mut profile = super::known(Channel::Email);
    profile.traits.first_name.tell("Ana".into(), super::NOON);
    profile.traits.country.tell("HR".into(), super::NOON);
    profile.attributes.tell("tier", &"pro".into(), super::NOON).unwrap();
    profile.purchases.count = 3;
    let (context, feeds) = (Context::default(), feeds("one", super::NOON));
    let draw = |profile: &Profile| seen(profile, &context, &feeds, (super::NOON, 1), true);
    let (theirs, anybodys) = (draw(&profile), draw(&Profile::default()));
    let texts =
        |seen: &Seen| seen.elements.texts().iter().map(|(text, _)| (*text).to_owned()).collect::<Vec<_>>();
    assert_eq!(texts(&anybodys), ["you - - - -"]);
    assert_eq!(texts(&theirs), ["Ana 3 one of pro - -", "Pro", "back"]);
    let drawn = |seen: &Seen| seen.elements.layers.iter().filter(|layer| layer.element.is_some()).count();
    assert_eq!((drawn(&anybodys), drawn(&theirs)), (2, 5));
    assert!(theirs.file != anybodys.file);
}
