use super::*;
use crate::campaign::{Campaign, Template, Values};
use crate::context::{Context, Fetcher, Place, Trust};
use crate::intent::Facts;
use crate::profile::{Channel, Profile, Purpose};
use crate::time::{DAY, HOUR};

const NOW: Timestamp = Timestamp(1_795_000_000_000);

/// A campaign that declares these feeds.
fn campaign(feeds: &str) -> Result<Campaign, Vec<String>> {
    let text = format!(
        r#"{{"id": "a", "landing": "/", "value": {{"currency": "EUR", "click": 1}}, "attributes": {{"store": "string"}}, "feeds": {feeds}, "slots": [
            {{"name": "s", "kind": "text", "fallback": "v", "variants": [{{"id": "v", "text": {{"headline": "x"}}}}]}}]}}"#
    );
    Campaign::parse(&text).map_err(|problems| problems.0.iter().map(ToString::to_string).collect())
}

const USES: &str = r#"{
    "poll": {"fresh": "1h"}, "stock": {"row": "tent-2", "fresh": "10m"}, "fares": {"by": "country", "fresh": "1d"},
    "weather": {"by": "city", "fresh": "3h"}, "mine": {"by": "store", "fresh": "1d"}, "hours": {"by": "local_hour", "fresh": "1d"},
    "stores": {"nearest": true, "fresh": "30d"}, "near": {"nearest": true, "within": 100, "fresh": "30d"}
}"#;

fn feed(text: &str) -> Feed {
    Feed::parse(text, NOW).unwrap()
}

fn feeds(named: &[(&str, &str)]) -> Feeds {
    let mut feeds = Feeds::NONE;
    named.iter().for_each(|(name, text)| feeds.insert(name, Rc::new(feed(text))));
    feeds
}

/// Somebody in Zagreb who allowed everything, and told that they live in Croatia.
fn person() -> (Profile, Context) {
    let mut profile = Profile::default();
    profile.consent.record(Channel::Email, Purpose::Personalization, true, Timestamp(0));
    profile.traits.country.tell("HR".into(), NOW);
    profile.traits.language.tell("hr".into(), NOW);
    profile.attributes.tell("store", &"Ilica 1".into(), NOW).unwrap();
    let place = Place {
        trust: Trust::Person,
        country: Some("HR".into()),
        city: Some("Zagreb".into()),
        coordinates: Some((45.815, 15.9819)),
        timezone: Some("Europe/Zagreb".into()),
        ..Place::default()
    };
    (profile, Context { fetcher: Fetcher::Person, place, ..Context::default() })
}

fn filled(text: &str, feeds: &Feeds, (profile, context): &(Profile, Context), now: Timestamp) -> String {
    let campaign = campaign(USES).unwrap();
    let facts = Facts::new(Channel::Email, profile, context, now);
    Template::parse(text).unwrap().fill(&Values::of(&campaign, feeds, &facts))
}

fn common(text: &str, feeds: &Feeds) -> String {
    Template::parse(text).unwrap().fill(&Values::common(&campaign(USES).unwrap(), feeds, NOW))
}

#[test]
fn rows_are_picked_as_the_campaign_says() {
    let feeds = feeds(&[
        ("poll", r#"{"values": {"yes": 0.625}}"#),
        ("stock", r#"{"rows": {"tent-1": {"left": 3}, "tent-2": {"left": 1200}}}"#),
        ("fares", r#"{"rows": {"HR": {"price": 49.9}, "DE": {"price": 54}}}"#),
        ("weather", r#"{"rows": {"Zagreb": {"sky": "clear", "degrees": -3.5}}}"#),
        ("mine", r#"{"rows": {"Ilica 1": {"opens": "2026-11-23T09:00:00+01:00"}}}"#),
        ("hours", r#"{"rows": {"7": {"say": "early"}, "12": {"say": "at noon"}}}"#),
        (
            "stores",
            r#"{"places": [{"lat": 43.51, "lon": 16.44, "name": "Split"}, {"lat": 45.8, "lon": 15.98, "name": "Zagreb"}]}"#,
        ),
        ("near", r#"{"places": [{"lat": 43.51, "lon": 16.44, "name": "Split"}]}"#),
    ]);
    for (text, theirs, everyones) in [
        ("{poll.yes:percent|most}", "63\u{a0}%", "63%"),
        ("{stock.left:number|few} left", "1.200 left", "1,200 left"),
        ("{stock.left|few} left", "1200 left", "1200 left"),
        ("from {fares.price:money|little}", "from 49,90\u{a0}€", "from little"),
        ("from {fares.price:money USD 0|little}", "from 50\u{a0}USD", "from little"),
        ("{weather.degrees|cool}, {weather.sky:upper|mild}", "\u{2212}3,5, CLEAR", "cool, mild"),
        ("{mine.opens:time|soon} on {mine.opens:weekday|a day}", "09:00 on ponedjeljak", "soon on a day"),
        ("{mine.opens:time Asia/Tokyo|soon} {mine.opens:time here|x}", "17:00 09:00", "soon x"),
        ("{hours.say|now}", "at noon", "now"),
        ("{stores.name|us}, {stores.distance:number 0|some} km", "Zagreb, 2 km", "us, some km"),
        ("{near.name|online}", "online", "online"),
    ] {
        assert_eq!(filled(text, &feeds, &person(), NOW), theirs, "{text}");
        assert_eq!(common(text, &feeds), everyones, "{text}");
    }
}

#[test]
fn what_is_stale_or_of_the_future_or_missing_is_not_shown() {
    let at = |at: i64| {
        feeds(&[("poll", &format!(r#"{{"at": "{}", "values": {{"yes": 7}}}}"#, Timestamp(NOW.0 + at)))])
    };
    for (measured, shown) in [
        (0, "7"),
        (-HOUR, "7"),
        (-HOUR - 1, "?"),
        (-400 * DAY, "?"),
        (SKEW.0, "7"),
        (SKEW.0 + 1, "?"),
        (DAY, "?"),
    ] {
        assert_eq!(common("{poll.yes|?}", &at(measured)), shown, "{measured} ms from now");
    }
    let known = feeds(&[("poll", r#"{"values": {"yes": 7}}"#), ("stores", r#"{"values": {"name": "x"}}"#)]);
    // another column, another feed, another table than was declared, a time that can't be
    for text in ["{poll.no|?}", "{stock.left|?}", "{stores.name|?}"] {
        assert_eq!(common(text, &known), "?", "{text}");
        assert_eq!(filled(text, &known, &person(), NOW), "?", "{text}");
    }
    for now in [i64::MIN, i64::MAX] {
        assert_eq!(filled("{poll.yes|?}", &known, &person(), Timestamp(now)), "?");
    }
}

#[test]
fn a_value_of_another_kind_is_not_shown() {
    let known = feeds(&[(
        "poll",
        r#"{"values": {"text": "49 €", "number": 49, "flag": true, "none": null, "day": "2026-12-24", "huge": 1e300, "wrong": "2026-13-24T10:00:00Z"}}"#,
    )]);
    for (text, shown) in [
        ("{poll.text:money|?}", "?"),
        ("{poll.text:number|?}", "?"),
        ("{poll.text:date|?}", "?"),
        ("{poll.wrong:date|?}", "?"),
        ("{poll.number:date|?}", "?"),
        ("{poll.number:upper|?}", "?"),
        ("{poll.flag|?}", "?"),
        ("{poll.flag:upper|?}", "?"),
        ("{poll.none|?}", "?"),
        ("{poll.huge:number|?}", "?"),
        ("{poll.huge|?}", "?"),
        ("{poll.day:time|?}", "?"),
        ("{poll.day:date here|?}", "December 24, 2026"),
        ("{poll.text|?}", "49 €"),
    ] {
        assert_eq!(common(text, &known), shown, "{text}");
    }
}

#[test]
fn the_nearest_place_is_only_told_by_where_the_person_is() {
    let stores = feeds(&[(
        "stores",
        r#"{"places": [
            {"lat": 45.8, "lon": 15.98, "name": "Zagreb", "city": "Zagreb", "country": "HR"},
            {"lat": 43.51, "lon": 16.44, "name": "Split", "city": "Split", "country": "HR"},
            {"lat": 48.2, "lon": 16.37, "name": "Wien", "city": "Wien", "country": "AT"}]}"#,
    )]);
    let shown = |change: &dyn Fn(&mut Profile, &mut Context)| {
        let (mut profile, mut context) = person();
        change(&mut profile, &mut context);
        filled("{stores.name|?}", &stores, &(profile, context), NOW)
    };
    assert_eq!(shown(&|_, _| {}), "Zagreb");
    assert_eq!(shown(&|_, context| context.place.coordinates = Some((47.5, 15.0))), "Wien");
    // through a relay the city is known; of a proxy nothing is, and in Croatia there are two
    assert_eq!(shown(&|_, context| context.place.coordinates = None), "Zagreb");
    assert_eq!(shown(&|_, context| context.place = Place::default()), "?");
    let abroad = |profile: &mut Profile, context: &mut Context| {
        context.place = Place::default();
        profile.traits.country.tell("AT".into(), Timestamp(NOW.0 + 1));
    };
    assert_eq!(shown(&abroad), "Wien");
    let silent = |profile: &mut Profile, context: &mut Context| {
        abroad(profile, context);
        profile.consent = crate::profile::Consent::default();
    };
    assert_eq!(shown(&silent), "?");
}

#[test]
fn what_cannot_be_drawn_is_left_out() {
    let known = feeds(&[("poll", r#"{"values": {"city": "Երևան", "price": 1234.5, "day": "2026-12-24"}}"#)]);
    let mut armenian = person();
    armenian.0.traits.language.tell("hy".into(), Timestamp(NOW.0 + 1));
    assert_eq!(filled("{poll.city|the city}", &known, &armenian, NOW), "the city");
    assert_eq!(
        filled("{poll.price:money JPY|?}", &known, &armenian, NOW),
        "1235\u{a0}JP¥",
        "as Armenians write it: its letters can be drawn"
    );
    let weekday = filled("{poll.day:weekday|?}", &known, &armenian, NOW);
    assert_eq!(weekday, "Thursday", "in the campaign's language");
}

#[test]
fn hostile_documents_are_cut_cleaned_or_refused() {
    let long = "x".repeat(10_000);
    let known = feeds(&[(
        "poll",
        &format!(
            r#"{{"values": {{"long": "{long}", "odd": "a\\u0000b\\n\\u202ec\\ud800", "tag": "{{first_name|x}}"}}}}"#
        ),
    )]);
    assert_eq!(common("{poll.long|?}", &known).len(), MAX_TEXT);
    assert_eq!(common("{poll.tag|?}", &known), "{first_name|x}");
    let odd = common("{poll.odd|?}", &known);
    assert!(!odd.chars().any(|c| c.is_control() || c == '\u{202e}'), "{odd:?}");

    let rows = |count: usize| {
        let rows: Vec<_> = (0..count).map(|i| format!(r#""r{i}": {{}}"#)).collect();
        format!(r#"{{"rows": {{{}}}}}"#, rows.join(","))
    };
    assert_eq!(feed(&rows(MAX_ROWS)).rows(), MAX_ROWS);
    for (text, told) in [
        (rows(MAX_ROWS + 1), "rows: 5001 rows; at most 5000 are allowed"),
        (format!(r#"{{"values": {{"a": "{}"}}}}"#, "x".repeat(MAX_FEED_BYTES)), "262144 are allowed"),
        ("{}".into(), "1:1: a feed holds a table (write {\"values\""),
        (r#"{"values": {}, "rows": {}}"#.into(), "1:1: a feed holds one table"),
        (r#"{"vaules": {}}"#.into(), "did you mean \"values\"?"),
        (r#"{"values": {"a": [1]}}"#.into(), "values.a: expected a number, a text, true, false or null"),
        (r#"{"values": {"a b": 1}}"#.into(), "values.a b: \"a b\" can't be the name of a column"),
        (r#"{"values": {"a": 1, "a": 2}}"#.into(), "\"a\" stands there twice"),
        (r#"{"values": {"a": 1e999}}"#.into(), "values.a: expected a number"),
        (r#"{"at": "2026-11-23", "values": {}}"#.into(), "at: expected a time such as"),
        (r#"{"rows": {"": {}}}"#.into(), "\"\" can't be the key of a row"),
        (r#"{"places": [{"lat": 91, "lon": 0}]}"#.into(), "places[0].lat: expected a number from -90 to 90"),
        (r#"{"places": [{"lat": 1}]}"#.into(), "places[0]: \"lon\" is missing"),
        ("[".repeat(100_000), "nested more than 64 levels deep"),
    ] {
        let problems = Feed::parse(&text, NOW).unwrap_err();
        let all: Vec<_> = problems.0.iter().map(ToString::to_string).collect();
        assert!(all.iter().any(|problem| problem.contains(told)), "{told}: {:.300}", all.join("\n"));
    }
    // ten thousand mistakes are told in no time, and not all of them
    let wrong = format!(r#"{{"values": {{{}}}}}"#, vec![r#""a!": []"#; 20_000].join(","));
    assert!(Feed::parse(&wrong, NOW).unwrap_err().0.len() <= 200);
}

#[test]
fn a_campaign_is_told_what_is_wrong_with_its_feeds() {
    let told = |feeds: &str| campaign(feeds).unwrap_err().join("\n");
    for (feeds, part) in [
        (r#"{"weather": {}}"#, "feeds.weather: \"fresh\" is missing"),
        (r#"{"weather": {"fresh": "2y"}}"#, "feeds.weather.fresh: expected a duration"),
        (
            r#"{"weather": {"fresh": "1h", "by": "contry"}}"#,
            "\"contry\" is neither a signal nor a declared attribute (did you mean \"country\"?)",
        ),
        (r#"{"weather": {"fresh": "1h", "by": "city", "row": "a"}}"#, "a row is picked in one way"),
        (
            r#"{"weather": {"fresh": "1h", "within": 5}}"#,
            "feeds.weather.within: how far is asked of the nearest place only (add \"nearest\": true)",
        ),
        (
            r#"{"weather": {"fresh": "1h", "nearest": true, "within": -5}}"#,
            "feeds.weather.within: expected a number",
        ),
        (r#"{"weather": {"fresh": "1h", "key": "a"}}"#, "\"key\" is not known here"),
        (r#"{"Weather": {"fresh": "1h"}}"#, "\"Weather\" can't be the name of a feed"),
        (
            r#"{"a":{"fresh":"1h"},"b":{"fresh":"1h"},"c":{"fresh":"1h"},"d":{"fresh":"1h"},"e":{"fresh":"1h"},"f":{"fresh":"1h"},"g":{"fresh":"1h"},"h":{"fresh":"1h"},"i":{"fresh":"1h"}}"#,
            "9 feeds; at most 8 are allowed",
        ),
    ] {
        assert!(told(feeds).contains(part), "{feeds}: {}", told(feeds));
    }
    let with = |feeds: &str, headline: &str| {
        let text = format!(
            r#"{{"id": "a", "landing": "/", "value": {{"currency": "EUR", "click": 1}}, "feeds": {feeds}, "slots": [
                {{"name": "s", "kind": "text", "fallback": "v", "variants": [{{"id": "v", "text": {{"headline": "{headline}"}}}}]}}]}}"#
        );
        Campaign::parse(&text).unwrap_err().to_string()
    };
    let declared = r#"{"weather": {"fresh": "1h"}}"#;
    assert_eq!(
        with(declared, "{wether.sky|fair}"),
        "2:110: slots[0].variants[0].text.headline: \"wether\" is no feed of this campaign (did you mean \"weather\"?)\n"
    );
    assert!(
        with("{}", "{weather.sky|fair}")
            .contains("(declare it: \"feeds\": {\"weather\": {\"fresh\": \"1h\"}})")
    );
}
