//! A countdown instead of a stored image: what it runs down to for each recipient, and how it looks.
//!
//! The document says it in one of three ways: an instant for all, a span after each recipient's first open, or the end of each
//! recipient's own day. [`Deadline::instant`] settles it; the adapter knows the first open, the room of pixels draws.

use super::read::{colour, span};
use super::reader::{Node, Object};
use crate::context::zone;
use crate::render::countdown::{Face, Frames, Redraw, Style, Unit, Units, labels, languages};
use crate::render::{FontFile, Rgb, Weight};
use crate::time::{DAY, HOUR, Span, Timestamp};

/// The longest span after a first open.
const LONGEST: Span = Span(90 * DAY);
/// The most characters of a label.
const MAX_LABEL: usize = 20;
/// The most characters of the text after the end.
const MAX_EXPIRED: usize = 100;

/// A countdown: a GIF in which the time runs, a PNG or JPEG that shows how much is left.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct Countdown {
    /// What it runs down to.
    pub to: Deadline,
    /// What the digits stand on.
    #[cfg_attr(feature = "cli", schemars(default))]
    pub style: Style,
    /// The ground of the picture.
    #[cfg_attr(feature = "cli", schemars(with = "super::schema::Colour", default = "super::schema::paper"))]
    pub background: [u8; 3],
    /// The colour of the boxes or flaps.
    #[cfg_attr(
        feature = "cli",
        schemars(rename = "box", with = "super::schema::Colour", default = "super::schema::plate")
    )]
    pub plate: [u8; 3],
    /// The colour of the digits: white when left out, in plain style that of the boxes.
    #[cfg_attr(
        feature = "cli",
        schemars(with = "Option<super::schema::Colour>", default = "super::schema::unset")
    )]
    pub ink: [u8; 3],
    /// The colour of the labels and of the text after the end: that of the boxes when left out, in plain style that of the digits.
    #[cfg_attr(
        feature = "cli",
        schemars(with = "Option<super::schema::Colour>", default = "super::schema::unset")
    )]
    pub label_ink: [u8; 3],
    /// The units that are shown, from the largest to the smallest, none left out between them.
    #[cfg_attr(
        feature = "cli",
        schemars(with = "Vec<Unit>", length(min = 1, max = 4), default = "super::schema::units")
    )]
    pub units: Units,
    /// The language of the labels; the recipient's own when left out, or English where that isn't known.
    #[cfg_attr(feature = "cli", schemars(default))]
    pub language: Option<String>,
    /// Names of your own for the units; an empty one leaves its place empty.
    #[cfg_attr(feature = "cli", schemars(default))]
    pub labels: Labels,
    /// How many frames the animation has, one a second.
    #[cfg_attr(feature = "cli", schemars(with = "super::schema::Frames", default = "super::schema::sixty"))]
    pub frames: Frames,
    /// What the frames after the first hold: the digits that changed, or for clients that garble those, the whole picture.
    #[cfg_attr(feature = "cli", schemars(default))]
    pub redraw: Redraw,
    /// What is shown when the time is up; zeros when left out.
    #[cfg_attr(feature = "cli", schemars(length(max = 100), default))]
    pub expired: String,
}

/// What a countdown runs down to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema), schemars(rename_all = "snake_case"))]
pub enum Deadline {
    /// An instant, the same for all.
    At(#[cfg_attr(feature = "cli", schemars(with = "super::schema::Instant"))] Timestamp),
    /// So long after a person first opened a message of this campaign. Until one does, the whole span is left.
    FirstOpen(#[cfg_attr(feature = "cli", schemars(with = "super::schema::Duration"))] Span),
    /// The end of the recipient's day by their own time zone; by this one where theirs isn't known.
    EndOfDay(String),
}

/// Names of a marketer's own for units of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema, serde::Serialize), schemars(deny_unknown_fields))]
pub struct Labels {
    /// What days are called.
    #[cfg_attr(feature = "cli", schemars(length(max = 20), default))]
    pub days: Option<String>,
    /// What hours are called.
    #[cfg_attr(feature = "cli", schemars(length(max = 20), default))]
    pub hours: Option<String>,
    /// What minutes are called.
    #[cfg_attr(feature = "cli", schemars(length(max = 20), default))]
    pub minutes: Option<String>,
    /// What seconds are called.
    #[cfg_attr(feature = "cli", schemars(length(max = 20), default))]
    pub seconds: Option<String>,
}

impl Deadline {
    /// When it ends for one recipient at `now`: who first opened a message of the campaign at `first_open` (a person, not a
    /// prefetch or scanner; `None` when no such open is known), and whose own time zone is `timezone`, if that is known.
    ///
    /// A day ends at the first instant at which their calendar shows another date, whatever the clocks do that night.
    #[must_use]
    pub fn instant(
        &self,
        now: Timestamp,
        first_open: Option<Timestamp>,
        timezone: Option<&str>,
    ) -> Timestamp {
        match self {
            Self::At(instant) => *instant,
            Self::FirstOpen(span) => first_open.map_or(now, |first| first.min(now)).plus(*span),
            Self::EndOfDay(usual) => {
                let own = timezone.and_then(|zone| end_of_day(zone, now));
                own.or_else(|| end_of_day(usual, now)).unwrap_or(now)
            }
        }
    }
}

/// The first second after `now` that has another local date; `None` when there is no such zone.
fn end_of_day(timezone: &str, now: Timestamp) -> Option<Timestamp> {
    let date = |second: i64| zone::local(timezone, Timestamp(second.saturating_mul(1000))).map(|l| l.day);
    let from = now.0.div_euclid(1000);
    let today = date(from)?;
    // no local day since 2024 has 26 hours; between its seconds and those after it a bisection finds the border
    let (mut within, mut after) = (from, from.saturating_add(26 * HOUR / 1000));
    while after - within > 1 {
        let middle = within + (after - within) / 2;
        if date(middle)? == today { within = middle } else { after = middle }
    }
    Some(Timestamp(after.saturating_mul(1000)))
}

impl Countdown {
    /// How it looks to somebody whose language is this, as a primary subtag.
    #[must_use]
    pub fn face(&self, language: Option<&str>) -> Face {
        let colour = |[r, g, b]: [u8; 3]| Rgb(r, g, b);
        let [days, hours, minutes, seconds] = labels(self.language.as_deref().or(language).unwrap_or("en"));
        let own = |own: &Option<String>, usual: String| own.clone().unwrap_or(usual);
        Face {
            style: self.style,
            background: colour(self.background),
            ink: colour(self.ink),
            plate: colour(self.plate),
            label: colour(self.label_ink),
            units: self.units,
            labels: [
                own(&self.labels.days, days),
                own(&self.labels.hours, hours),
                own(&self.labels.minutes, minutes),
                own(&self.labels.seconds, seconds),
            ],
            frames: self.frames,
            redraw: self.redraw,
            expired: self.expired.clone(),
        }
    }

    /// Reads a countdown.
    pub(super) fn read(mut o: Object<'_, '_>) -> Option<Self> {
        let usual = Face::default();
        let rgb = |Rgb(r, g, b): Rgb| [r, g, b];
        let to = o.require("to").and_then(|n| deadline(&n));
        let styles = [("plain", Style::Plain), ("boxed", Style::Boxed), ("flip", Style::Flip)];
        let style = o.get("style").and_then(|n| n.one_of("style", &styles)).unwrap_or_default();
        let mut paint = |name, usual| o.get(name).and_then(|n| colour(&n)).unwrap_or(usual);
        let background = paint("background", rgb(usual.background));
        let plate = paint("box", rgb(usual.plate));
        let ink = paint("ink", if style == Style::Plain { plate } else { rgb(usual.ink) });
        let label_ink = paint("label_ink", if style == Style::Plain { ink } else { plate });
        let units = o.get("units").and_then(|n| units(&n)).unwrap_or_default();
        let language = o.get("language").and_then(|n| language(&n));
        let labels = o.get("labels").and_then(|n| own_labels(n.object()?)).unwrap_or_default();
        let frames = o.get("frames").and_then(|n| frames(&n)).unwrap_or_default();
        let modes = [("partial", Redraw::Partial), ("full", Redraw::Full)];
        let redraw = o.get("redraw").and_then(|n| n.one_of("redraw", &modes)).unwrap_or_default();
        let expired = o.get("expired").and_then(|n| words(&n, MAX_EXPIRED)).unwrap_or_default();
        o.finish();
        Some(Self {
            to: to?,
            style,
            background,
            plate,
            ink,
            label_ink,
            units,
            language,
            labels,
            frames,
            redraw,
            expired,
        })
    }
}

fn deadline(node: &Node<'_, '_>) -> Option<Deadline> {
    let mut o = node.object()?;
    let instant = |text: &str| Timestamp::parse(text).filter(|_| text.len() > "2026-12-24".len());
    let at = o.get("at").map(|n| {
        n.parsed("a time with its offset such as \"2026-12-24T18:00:00+01:00\"", instant).map(Deadline::At)
    });
    let first_open = o.get("first_open").map(|n| span(&n, LONGEST).map(Deadline::FirstOpen));
    let zone = |text: &str| zone::canonical(text).map(str::to_owned);
    let end_of_day = o.get("end_of_day").map(|n| {
        let expected = "the time zone of those whose own isn't known, such as \"Europe/Zagreb\"";
        n.parsed(expected, zone).map(Deadline::EndOfDay)
    });
    let is_empty = o.entries().next().is_none();
    o.finish();
    let mut given = [at, first_open, end_of_day].into_iter().flatten();
    match (given.next(), given.next()) {
        (Some(_), Some(_)) => node.problem("a countdown runs down to one of them", None),
        (None, _) if is_empty => {
            let ways = "{\"at\": \"2026-12-24T18:00:00+01:00\"}, {\"first_open\": \"48h\"} or {\"end_of_day\": \"Europe/Zagreb\"}";
            node.problem("nothing says when it ends", Some(format!("write {ways}")))
        }
        (deadline, _) => deadline?,
    }
}

fn units(node: &Node<'_, '_>) -> Option<Units> {
    let names = Unit::ALL.map(|unit| (unit.name(), unit));
    let mut unfit = false;
    let units = node.list(|n| {
        let unit = n.one_of("unit", &names);
        unfit |= unit.is_none();
        unit
    })?;
    let (Some(largest), Some(smallest)) = (units.first(), units.last()) else {
        return if unfit { None } else { node.problem("a countdown shows at least one unit", None) };
    };
    let whole = Units::new(*largest, *smallest).filter(|whole| whole.iter().eq(units.iter().copied()));
    if whole.is_none() && !unfit {
        let help = "such as [\"hours\", \"minutes\", \"seconds\"]".to_owned();
        return node.problem("units go from the largest to the smallest, none left out", Some(help));
    }
    whole
}

fn language(node: &Node<'_, '_>) -> Option<String> {
    let tag = node.text()?;
    let primary = tag.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
    if languages().any(|known| known == primary) {
        return Some(primary);
    }
    let known = languages().collect::<Vec<_>>().join(", ");
    node.problem(
        format!("there are no labels in {tag:?}"),
        Some(format!("write \"labels\" of your own; known: {known}")),
    )
}

fn own_labels(mut o: Object<'_, '_>) -> Option<Labels> {
    let mut label = |name| o.get(name).and_then(|n| words(&n, MAX_LABEL));
    let labels = Labels {
        days: label("days"),
        hours: label("hours"),
        minutes: label("minutes"),
        seconds: label("seconds"),
    };
    o.finish();
    Some(labels)
}

fn frames(node: &Node<'_, '_>) -> Option<Frames> {
    let count = node.whole(1, 1000)?;
    let known = Frames::ALL.into_iter().find(|frames| u32::from(frames.count()) == count);
    known.or_else(|| node.problem("an animation has 30, 45 or 60 frames", None))
}

/// A text that there are fonts for.
fn words(node: &Node<'_, '_>, most: usize) -> Option<String> {
    let text = node.text()?;
    if text.chars().count() > most {
        return node.problem(format!("the text has more than {most} characters"), None);
    }
    if FontFile::wanted(text, Weight::Bold).any(FontFile::is_emoji) {
        return node.problem("a countdown's words have no emoji", None);
    }
    if !crate::render::covers(text) {
        let scripts =
            "Latin, Greek, Cyrillic, Hebrew, Arabic, Devanagari, Thai, Chinese, Japanese and Korean";
        return node.problem(
            "there is no font for a character of this text",
            Some(format!("there are for {scripts}")),
        );
    }
    Some(text.to_owned())
}

#[cfg(all(test, not(target_arch = "wasm32")))]
#[allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "clippy lets tests unwrap, but not the functions that they share"
)]
mod tests {
    use super::*;
    use crate::campaign::{Campaign, Picture};

    fn campaign(countdown: &str) -> Result<Campaign, Vec<String>> {
        let text = format!(
            r#"{{"id": "a", "landing": "/", "value": {{"currency": "EUR", "click": 1}}, "slots": [
            {{"name": "s", "kind": "image", "width": 600, "height": 120, "fallback": "v", "variants": [
            {{"id": "v", "image": "v.png", "alt": "x"}},
{{"id": "c", "alt": "x", {countdown}}}]}}]}}"#
        );
        Campaign::parse(&text).map_err(|problems| problems.0.iter().map(ToString::to_string).collect())
    }

    fn countdown(fields: &str) -> Countdown {
        let campaign = campaign(&format!("\"countdown\": {{{fields}}}")).unwrap();
        match campaign.slots[0].variants[1].picture.clone() {
            Some(Picture::Countdown(countdown)) => *countdown,
            other => panic!("{other:?}"),
        }
    }

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn everything_may_be_said() {
        let full = countdown(
            r##""to": {"first_open": "48h"}, "style": "flip", "background": "#010203", "box": "#040506", "ink": "#070809",
            "label_ink": "#0a0b0c", "units": ["hours", "minutes"], "language": "de-AT", "labels": {"minutes": "Min."},
            "frames": 45, "redraw": "full", "expired": "Vorbei""##,
        );
        assert_eq!(full.to, Deadline::FirstOpen(Span(48 * HOUR)));
        let face = full.face(Some("fr"));
        assert_eq!(face.labels, ["Tage", "Stunden", "Min.", "Sekunden"]);
        assert_eq!(face.units, Units::new(Unit::Hours, Unit::Minutes).unwrap());
        assert_eq!((face.style, face.frames, face.redraw), (Style::Flip, Frames::FortyFive, Redraw::Full));
        assert_eq!(
            (face.background, face.plate, face.ink, face.label),
            (Rgb(1, 2, 3), Rgb(4, 5, 6), Rgb(7, 8, 9), Rgb(10, 11, 12))
        );
        assert_eq!(face.expired, "Vorbei");
    }

    #[test]
    fn little_must_be_said() {
        let least = countdown(r#""to": {"at": "2026-12-24T18:00:00+01:00"}"#);
        assert_eq!(least.to, Deadline::At(at("2026-12-24T17:00:00Z")));
        assert_eq!(least.face(None), Face::default());
        assert_eq!(least.face(Some("sv")).labels[0], "Dagar");
        assert_eq!(least.face(Some("hy")), Face::default());
        let plain = countdown(r#""to": {"at": "2026-12-24T18:00Z"}, "style": "plain""#).face(None);
        assert!(plain.ink == plain.label && plain.ink != plain.background, "digits can be seen");
    }

    #[test]
    fn mistakes_are_told_with_their_place_and_mend() {
        for (wrong, problem) in [
            (r#""countdown": {"to": {}}"#, "countdown.to: nothing says when it ends (write {\"at\": "),
            (r#""countdown": {}"#, "countdown: \"to\" is missing"),
            (
                r#""countdown": {"to": {"frist_open": "2d"}}"#,
                "countdown.to: \"frist_open\" is not known here (did you mean \"first_open\"?)",
            ),
            (
                r#""countdown": {"to": {"at": "2026-12-24"}}"#,
                "countdown.to.at: expected a time with its offset",
            ),
            (
                r#""countdown": {"to": {"end_of_day": "Europe/Zagrab"}}"#,
                "countdown.to.end_of_day: expected the time zone",
            ),
            (r#""countdown": {"to": {"first_open": "91d"}}"#, "at most 90d, found \"91d\""),
            (
                r#""countdown": {"to": {"first_open": "2d", "at": "2026-12-24T18:00Z"}}"#,
                "countdown.to: a countdown runs down to one of them",
            ),
            (
                r#""countdown": {"to": {"first_open": "2d"}, "units": ["days", "minutes"]}"#,
                "countdown.units: units go from",
            ),
            (
                r#""countdown": {"to": {"first_open": "2d"}, "units": ["minutes", "hours"]}"#,
                "countdown.units: units go from",
            ),
            (r#""countdown": {"to": {"first_open": "2d"}, "units": ["day"]}"#, "(did you mean \"days\"?)"),
            (r#""countdown": {"to": {"first_open": "2d"}, "units": []}"#, "at least one unit"),
            (r#""countdown": {"to": {"first_open": "2d"}, "frames": 31}"#, "30, 45 or 60 frames"),
            (
                r#""countdown": {"to": {"first_open": "2d"}, "language": "hy"}"#,
                "there are no labels in \"hy\" (write \"labels\"",
            ),
            (r#""countdown": {"to": {"first_open": "2d"}, "expired": "Բարեւ"}"#, "there is no font"),
            (r#""countdown": {"to": {"first_open": "2d"}, "expired": "Over 🎉"}"#, "have no emoji"),
            (r#""countdown": {"to": {"first_open": "2d"}, "style": "fliped"}"#, "(did you mean \"flip\"?)"),
            (
                r#""countdown": {"to": {"first_open": "2d"}, "labels": {"day": "x"}}"#,
                "(did you mean \"days\"?)",
            ),
            (
                r#""image": "a.png", "countdown": {"to": {"first_open": "2d"}}"#,
                "either \"image\" or \"countdown\"",
            ),
            (
                r#""countdown": {"to": {"first_open": "2d"}}, "text": {"headline": "x"}"#,
                "a countdown has no \"text\"",
            ),
            (r#""url": "/""#, "\"image\" is missing (or \"composition\", or \"countdown\")"),
        ] {
            let told = campaign(wrong).unwrap_err();
            assert!(told.len() == 1 && told[0].contains(problem), "{wrong}: {told:#?}");
        }
    }

    #[test]
    fn the_fallback_has_nobodys_first_open() {
        let text = |to: &str| {
            format!(
                r#"{{"id": "a", "landing": "/", "value": {{"currency": "EUR", "click": 1}}, "slots": [
            {{"name": "s", "kind": "image", "width": 600, "height": 120, "fallback": "v", "variants": [
            {{"id": "v", "alt": "x", "countdown": {{"to": {to}}}}}]}}]}}"#
            )
        };
        let told = Campaign::parse(&text(r#"{"first_open": "2d"}"#)).unwrap_err();
        assert!(told.0[0].to_string().contains("first open"), "{told}");
        Campaign::parse(&text(r#"{"end_of_day": "Europe/Zagreb"}"#)).unwrap();
    }

    #[test]
    fn a_span_begins_with_the_first_open_and_not_before() {
        let two_days = Deadline::FirstOpen(Span(2 * DAY));
        let (first, now) = (at("2026-11-22T10:00:00Z"), at("2026-11-23T09:00:00Z"));
        assert_eq!(two_days.instant(now, None, None), now.plus(Span(2 * DAY)), "nobody has opened it");
        assert_eq!(two_days.instant(now, Some(first), None), at("2026-11-24T10:00:00Z"));
        assert_eq!(
            two_days.instant(at("2027-01-01T00:00:00Z"), Some(first), None),
            at("2026-11-24T10:00:00Z")
        );
        let fixed = Deadline::At(first);
        assert_eq!(fixed.instant(now, Some(now), Some("Asia/Tokyo")), first);
    }

    #[test]
    fn a_day_ends_when_the_calendar_turns() {
        let day = Deadline::EndOfDay("Europe/Zagreb".into());
        for (zone, now, end) in [
            (None, "2026-11-22T10:00:00Z", "2026-11-22T23:00:00Z"),
            (Some("no/where"), "2026-07-22T10:00:00Z", "2026-07-22T22:00:00Z"),
            (Some("America/New_York"), "2026-11-22T02:00:00Z", "2026-11-22T05:00:00Z"),
            // 23 and 25 hours
            (Some("Europe/Berlin"), "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"),
            (Some("Europe/Berlin"), "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"),
            // clocks are put forward at midnight: the day begins at one
            (Some("Africa/Cairo"), "2026-04-23T12:00:00Z", "2026-04-23T22:00:00Z"),
            // and back at midnight: the last hour comes twice
            (Some("Africa/Cairo"), "2026-10-29T20:59:59.999Z", "2026-10-29T22:00:00Z"),
            (Some("Pacific/Kiritimati"), "2026-11-22T10:00:00Z", "2026-11-23T10:00:00Z"),
        ] {
            assert_eq!(day.instant(at(now), None, zone), at(end), "{zone:?} {now}");
        }
    }

    #[test]
    fn days_end_where_jiff_says() {
        use jiff::tz::TimeZoneDatabase;
        let database = TimeZoneDatabase::bundled();
        for (i, name) in database.available().enumerate() {
            let zone = database.get(name.as_str()).unwrap();
            let start = at("2026-01-01T00:00:00Z").0 / 1000 + i as i64 * 131;
            for second in (start..start + 700 * 86_400).step_by(19 * 3600 + 1237) {
                let wall = jiff::Timestamp::from_second(second).unwrap().to_zoned(zone.clone());
                let tomorrow = wall.date().tomorrow().unwrap().to_zoned(zone.clone()).unwrap();
                let expected = Timestamp(tomorrow.timestamp().as_second() * 1000);
                let now = Timestamp(second * 1000 + 7);
                let ends = Deadline::EndOfDay("UTC".into()).instant(now, None, Some(name.as_str()));
                assert_eq!(ends, expected, "{} {now}", name.as_str());
            }
        }
    }

    #[test]
    fn no_time_is_too_far() {
        for now in [i64::MIN, -1, 0, i64::MAX] {
            for deadline in [Deadline::FirstOpen(LONGEST), Deadline::EndOfDay("Asia/Tokyo".into())] {
                let end = deadline.instant(Timestamp(now), None, Some("Africa/Casablanca"));
                assert!(end >= Timestamp(now), "{deadline:?} {now}");
            }
        }
    }
}
