//! The registry: every signal, declared once.
//!
//! A row says its name, the bins that training starts from, what it may be used for, where it comes from (which settles the consent it needs), for how many days it stays
//! fresh (0: for ever), and in one plain sentence why using it helps the customer. A row without that sentence, or with a short one, does
//! not compile. `apropos signals` prints this as the reference.
//!
//! [`TRENDS`] says of which signals more can only make an answer likelier, or less likely. Training honours them (`apropos train --mapping`, `--events`), so that a few odd rows
//! can't teach a model what nobody could explain to a customer.

use super::model::Head;
use super::signal::{Facts, Group, Kind, Signal, Source, Truth, Use, Value};
use super::trend::{Declared, Trend};
use crate::profile::{Act, Channel, Reach, Stage};
use crate::time::{DAY, Span};

fn text(value: Option<&str>) -> Value<'_> {
    value.map_or(Value::Missing, Value::Text)
}

fn flag<'a>(value: Option<bool>) -> Value<'a> {
    value.map_or(Value::Missing, Value::Flag)
}

fn number<'a>(value: Option<f64>) -> Value<'a> {
    value.map_or(Value::Missing, Value::Number)
}

const fn some<'a>(value: f64) -> Value<'a> {
    Value::Number(value)
}

/// The sentence, if it is one.
const fn sentence(why: &'static str) -> &'static str {
    assert!(why.len() > 24, "say in a sentence why using the signal helps the customer");
    assert!(why.as_bytes()[why.len() - 1] == b'.', "a sentence ends with a full stop");
    why
}

macro_rules! signals {
    ($($group:ident { $($name:literal $kind:ident $bins:expr, $serves:ident $source:ident $fresh:literal $truth:ident, $why:literal, |$f:pat_param| $read:expr;)* })*) => {
        &[$($(Signal {
            name: $name,
            kind: Kind::$kind,
            cuts: signals!(@cuts $kind $bins),
            names: signals!(@names $kind $bins),
            group: Group::$group,
            serves: Use::$serves,
            source: Source::$source,
            fresh: $fresh,
            truth: Truth::$truth,
            why: const { sentence($why) },
            read: |$f, value| *value = $read,
        }),*),*]
    };
    (@cuts Number $bins:expr) => { &$bins };
    (@cuts $kind:ident $bins:expr) => { &[] };
    (@names Text $bins:expr) => { &$bins };
    (@names $kind:ident $bins:expr) => { &[] };
}

const COUNTS: [f64; 6] = [0.25, 0.75, 1.5, 3.0, 6.0, 12.0];
const WHOLE: [f64; 6] = [0.5, 1.5, 2.5, 4.5, 8.5, 16.5];
const DAYS: [f64; 8] = [1.0, 3.0, 7.0, 14.0, 30.0, 90.0, 180.0, 365.0];
const MONEY: [f64; 7] = [10.0, 25.0, 50.0, 100.0, 200.0, 500.0, 1500.0];
const SHARE: [f64; 5] = [0.1, 0.25, 0.5, 0.75, 0.9];
const TREND: [f64; 5] = [0.25, 0.6, 1.2, 2.0, 4.0];
const HOURS: [f64; 6] = [1.0, 4.0, 12.0, 24.0, 72.0, 168.0];

/// Every signal.
pub const SIGNALS: &[Signal] = signals! {
    Preferences {
        "topics_wanted" Number WHOLE, Relevance Told 0 Anyone, "Someone who asked for topics gets those, not everything.",
            |f| some(f.profile.preferences.topics.iter().filter(|t| t.wanted.get() == Some(&true)).count() as f64);
        "weekly_limit" Number WHOLE, Restraint Told 0 Anyone, "Whoever asked for fewer messages gets fewer.",
            |f| number(f.profile.preferences.weekly.get().map(|n| f64::from(*n)));
    }

    Engagement {
        "delivered" Number COUNTS, Restraint Messages 0 Anyone, "Whoever got much lately should get less.",
            |f| some(f.profile.engagement.delivered.at(f.now));
        "opens" Number COUNTS, Relevance Messages 0 Anyone, "Someone who reads our mail gets mail worth reading.",
            |f| some(f.profile.engagement.opens.at(f.now));
        "clicks" Number COUNTS, Relevance Messages 0 Anyone, "Someone who follows links wants to see more.",
            |f| some(f.profile.engagement.clicks.long.at(f.now));
        "click_momentum" Number TREND, Relevance Messages 90 Anyone, "Rising interest is met at once, fading interest is not chased.",
            |f| number(f.profile.engagement.clicks.momentum(f.now));
        "open_rate" Number SHARE, Restraint Messages 365 Anyone, "Who leaves most messages unread should get fewer.",
            |f| number(share(f.profile.engagement.opens.at(f.now), f.profile.engagement.delivered.at(f.now)));
        "click_rate" Number [0.02, 0.05, 0.1, 0.2, 0.4], Relevance Messages 365 Anyone, "What someone answers shows what is worth sending.",
            |f| number(share(f.profile.engagement.clicks.long.at(f.now), f.profile.engagement.delivered.at(f.now)));
        "days_since_delivered" Number DAYS, Restraint Messages 0 Anyone, "Two messages in a row are one too many.",
            |f| f.days(f.profile.engagement.last_delivered);
        "days_since_open" Number DAYS, Restraint Messages 0 Anyone, "Long silence asks for a gentler tone, or for quiet.",
            |f| f.days(f.profile.engagement.last_open);
        "days_since_click" Number DAYS, Relevance Messages 0 Anyone, "Recent interest is taken up where it was left.",
            |f| f.days(f.profile.engagement.last_click);
        "unanswered" Number WHOLE, Restraint Messages 0 Anyone, "Messages left unanswered say: write less.",
            |f| some(f.profile.engagement.unanswered.len() as f64);
        "negatives" Number COUNTS, Restraint Messages 0 Anyone, "A complaint is heard, and what caused it stops.",
            |f| some(f.profile.engagement.negatives.at(f.now));
        "fatigue" Number SHARE, Restraint Messages 0 Anyone, "Whoever is tired of messages is left in peace.",
            |f| some(f.profile.engagement.fatigue(f.now));
        "exposures_week" Number WHOLE, Restraint Exposures 0 Anyone, "What was shown often this week is not shown again and again.",
            |f| some(f.profile.exposures.iter().filter(|e| e.counted && f.now.since(e.at) < Span(7 * DAY)).count() as f64);
        "days_since_exposure" Number DAYS, Restraint Exposures 0 Anyone, "A pause between two offers lets each of them breathe.",
            |f| f.days(f.profile.exposures.iter().rev().find(|e| e.counted).map(|e| e.at));
    }

    Channel {
        "last_channel" Text ["email", "sms", "web"], Reach Messages 365 Anyone, "People are reached where they last answered.",
            |f| text(f.profile.engagement.last_channel.get().map(|c| c.name()));
        "channel" Text ["email", "sms", "web"], Reach Request 0 Anyone, "A text message and a letter are written differently.",
            |f| Value::Text(f.channel.name());
        "channel_response" Number [0.02, 0.05, 0.1, 0.2, 0.4], Reach Messages 365 Anyone, "A channel that someone ignores is not used to reach them.",
            |f| number(response(f, f.channel));
        "email_response" Number [0.02, 0.05, 0.1, 0.2, 0.4], Reach Messages 365 Anyone, "Who answers mail gets mail.",
            |f| number(response(f, Channel::Email));
        "sms_response" Number [0.02, 0.05, 0.1, 0.2, 0.4], Reach Messages 365 Anyone, "Who answers text messages gets those, and no mail besides.",
            |f| number(response(f, Channel::Sms));
        "bounces" Number COUNTS, Reach Messages 180 Anyone, "An address that refuses mail is not pressed with more.",
            |f| some(f.profile.engagement.bounces.at(f.now));
    }

    Purchase {
        "purchases" Number WHOLE, Relevance Orders 0 Anyone, "A regular customer is not greeted as a stranger.",
            |f| some(f64::from(f.profile.purchases.count));
        "purchase_value" Number MONEY, Relevance Orders 0 Anyone, "Good customers get service first, not pressure.",
            |f| some(f.profile.purchases.value.at(f.now));
        "days_since_purchase" Number DAYS, Restraint Orders 0 Anyone, "Nobody wants to be sold what they have just bought.",
            |f| f.days(f.profile.purchases.last);
        "discount_share" Number SHARE, Relevance Orders 1095 Anyone, "Who buys on offer sees offers; who doesn't is spared them.",
            |f| number((f.profile.purchases.count > 0).then(|| f64::from(f.profile.purchases.discounted) / f64::from(f.profile.purchases.count)));
        "favourite_category" Text [], Relevance Orders 1095 Anyone, "What someone likes to buy comes first.",
            |f| text(f.profile.purchases.categories.first().map(|(name, _)| name.as_str()));
        "returns" Number COUNTS, Restraint Orders 730 Anyone, "Who sent things back needs better advice, not more offers.",
            |f| some(f.profile.purchases.returns.at(f.now));
        "reorder_due" Number [0.5, 0.8, 1.0, 1.25, 1.6], Timing Orders 0 Anyone, "A reminder comes when the last one is nearly used up.",
            |f| number(f.profile.purchases.due(f.now));
    }

    Browsing {
        "cart_value" Number MONEY, Relevance Cart 30 Anyone, "A full cart is offered again, so that nothing has to be searched for twice.",
            |f| number(f.cart.map(|c| c.value));
        "cart_items" Number WHOLE, Relevance Cart 30 Anyone, "What was put aside is kept at hand.",
            |f| number(f.cart.map(|c| f64::from(c.items)));
        "hours_since_cart" Number HOURS, Timing Cart 30 Anyone, "A reminder comes while it is still wanted.",
            |f| f.hours(f.cart.map(|c| c.at));
        "hours_since_checkout" Number HOURS, Timing Visits 30 Anyone, "Someone who was interrupted while paying finds the way back.",
            |f| f.hours(f.profile.browsing.last_checkout);
        "product_views" Number COUNTS, Relevance Visits 90 Anyone, "Someone who looks around is shown more to look at.",
            |f| some(f.profile.browsing.product_views.long.at(f.now));
        "view_momentum" Number TREND, Timing Visits 60 Anyone, "A sudden interest is met while it lasts.",
            |f| number(f.profile.browsing.product_views.momentum(f.now));
        "info_views" Number COUNTS, Relevance Visits 90 Anyone, "Someone who reads about delivery and returns gets answers, not discounts.",
            |f| some(f.profile.browsing.info_views.at(f.now));
        "price_views" Number COUNTS, Relevance Visits 90 Anyone, "Someone who compares prices is told the price.",
            |f| some(f.profile.browsing.price_views.at(f.now));
        "searches" Number COUNTS, Relevance Visits 90 Anyone, "Someone who searches is helped to find.",
            |f| some(f.profile.browsing.searches.at(f.now));
        "wishes" Number COUNTS, Relevance Visits 180 Anyone, "What was wished for is remembered.",
            |f| some(f.profile.browsing.wishes.at(f.now));
        "sessions" Number COUNTS, Relevance Visits 90 Anyone, "Coming back often means a choice is near.",
            |f| some(f.profile.browsing.sessions.at(f.now));
        "dwell_minutes" Number [0.5, 2.0, 5.0, 15.0, 40.0], Relevance Visits 90 Anyone, "Time spent reading shows what deserves more detail.",
            |f| some(f.profile.browsing.dwell_minutes.at(f.now));
        "page_value" Number [0.01, 2.0, 6.0, 15.0, 40.0], Relevance Visits 30 Anyone, "Pages close to a purchase show that little is missing.",
            |f| number(f.profile.browsing.page_value.get().map(|v| f64::from(*v)));
        "days_since_visit" Number DAYS, Relevance Visits 0 Anyone, "Interest fades; old interest is not pressed.",
            |f| f.days(f.profile.browsing.last_visit);
        "interest_category" Text [], Relevance Visits 60 Anyone, "What someone looks at now comes before what they bought once.",
            |f| text(f.profile.browsing.categories.first().map(|(name, _)| name.as_str()));
    }

    Lifecycle {
        "tenure_days" Number DAYS, Relevance Told 0 Anyone, "Newcomers get an introduction, old friends don't need one.",
            |f| f.days(f.profile.lifecycle.since);
        "stage" Text ["new", "active", "lapsing", "lapsed"], Relevance Told 0 Anyone, "A welcome, a thank-you and a we-miss-you are different letters.",
            |f| text(f.profile.stage(f.now).map(stage));
        "uses" Number COUNTS, Relevance Usage 180 Anyone, "Who uses the product much is helped to use it better.",
            |f| some(f.profile.usage.uses.long.at(f.now));
        "use_momentum" Number TREND, Timing Usage 120 Anyone, "Fading use asks for help before it asks for a renewal.",
            |f| number(f.profile.usage.uses.momentum(f.now));
        "days_since_use" Number DAYS, Restraint Usage 0 Anyone, "Someone who stopped is asked why, not sold more.",
            |f| f.days(f.profile.usage.last);
        "features_used" Number WHOLE, Relevance Usage 365 Anyone, "Nobody is taught what they do every day.",
            |f| some(f.profile.usage.features.len() as f64);
        "days_to_renewal" Number [-30.0, 0.0, 7.0, 14.0, 30.0, 60.0, 120.0], Timing Usage 0 Anyone, "A renewal is announced in time, and not before.",
            |f| number(f.profile.usage.renewal.get().map(|at| at.since(f.now).days()));
        "plan" Text [], Relevance Told 0 Anyone, "Nobody is offered the plan they already have.",
            |f| text(f.profile.traits.plan.text());
        "use_case" Text [], Relevance Told 0 Anyone, "The first steps shown are those towards what someone came for.",
            |f| text(f.profile.traits.use_case.text());
        "open_tickets" Number WHOLE, Restraint Support 180 Anyone, "Someone who waits for help is helped first.",
            |f| some(f.profile.support.open() as f64);
        "sentiment" Number [-0.5, -0.1, 0.1, 0.5], Restraint Support 365 Anyone, "A disappointed customer gets an answer, not an offer.",
            |f| number(f.profile.support.sentiment(f.now));
        "days_since_support" Number DAYS, Restraint Support 365 Anyone, "After a trouble there is a decent pause.",
            |f| f.days(f.profile.support.last);
    }

    Traits {
        "area" Text ["urban", "suburban", "rural"], Relevance Told 0 Anyone, "Town and country need different things.",
            |f| text(f.profile.traits.area.text());
        "language" Text [], Display Told 0 Anyone, "People read best in their own language.",
            |f| text(f.profile.traits.language.text().or(f.context.language.as_deref()));
        "country" Text [], Display Told 0 Anyone, "Only what can be delivered there is shown.",
            |f| text(f.country());
        "age" Number [18.0, 25.0, 35.0, 45.0, 55.0, 65.0, 75.0], Restraint Told 0 Anyone, "What is meant for adults stays with adults.",
            |f| number(f.age().map(f64::from));
    }

    Request {
        "local_hour" Number [5.0, 8.0, 11.0, 14.0, 17.0, 20.0, 23.0], Timing Request 0 Present, "Mornings and evenings call for different things.",
            |f| number(f.local.map(|l| f64::from(l.hour)));
        "weekday" Number [0.5, 1.5, 2.5, 3.5, 4.5, 5.5], Timing Request 0 Present, "Working days and days off call for different things (0 is Monday).",
            |f| number(f.local.map(|l| f64::from(l.weekday)));
        "weekend" Flag (), Timing Request 0 Present, "On days off there is time for longer reading.",
            |f| flag(f.local.map(|l| l.weekday >= 5));
        "device" Text ["phone", "tablet", "desktop"], Display Request 0 Program, "What is shown fits the screen it is shown on.",
            |f| text(documented(f.context.agent.device.name()));
        "os" Text [], Display Request 0 Program, "Links lead to the app store that the device can use.",
            |f| text(documented(f.context.agent.os.name()));
        "client" Text [], Display Request 0 Program, "Each mail program gets what it can display.",
            |f| text(documented(f.context.agent.client.name()));
        "surface" Text ["image", "click", "page", "send"], Display Request 0 Anyone, "A letter, a page and a plan are different places.",
            |f| Value::Text(f.context.surface.name());
        "fetcher" Text [], Restraint Request 0 Anyone, "A machine that fetches in advance is not taken for the person.",
            |f| Value::Text(f.context.fetcher.name());
    }

    Session {
        "session_pages" Number WHOLE, Relevance Session 0 Anyone, "The further someone has come in this visit, the less they need an introduction.",
            |f| number(f.session.map(|s| s.acts.iter().map(|n| f64::from(*n)).sum()));
        "session_products" Number WHOLE, Relevance Session 0 Anyone, "What is looked at now says most about what is wanted now.",
            |f| number(f.session.map(|s| f64::from(s.count(Act::Product))));
        "session_info" Number WHOLE, Relevance Session 0 Anyone, "Someone who is reading the conditions is answered there and then.",
            |f| number(f.session.map(|s| f64::from(s.count(Act::Info))));
        "session_prices" Number WHOLE, Relevance Session 0 Anyone, "Someone who is looking at prices is shown the price that is theirs.",
            |f| number(f.session.map(|s| f64::from(s.count(Act::Price))));
        "session_searches" Number WHOLE, Relevance Session 0 Anyone, "Someone who keeps searching is offered help to find.",
            |f| number(f.session.map(|s| f64::from(s.count(Act::Search))));
        "session_cart" Number WHOLE, Relevance Session 0 Anyone, "Someone who is filling a cart is not led away from it.",
            |f| number(f.session.map(|s| f64::from(s.count(Act::Cart))));
        "session_checkout" Flag (), Restraint Session 0 Anyone, "Someone who is paying is not disturbed.",
            |f| flag(f.session.map(|s| s.count(Act::Checkout) > 0));
        "session_minutes" Number [0.5, 2.0, 5.0, 15.0, 40.0], Relevance Session 0 Anyone, "The longer a visit, the more a clear next step helps.",
            |f| number(f.session.map(|s| (s.end.since(s.start).0 as f64 / 60_000.0).max(f64::from(s.seconds) / 60.0)));
    }
};

macro_rules! trends {
    ($($head:ident { $($signal:literal $trend:ident, $why:literal;)* })*) => {
        &[$($(Declared { head: Head::$head, signal: $signal, trend: Trend::$trend, why: const { sentence($why) } }),*),*]
    };
}

/// Every trend that is plain for one question: the opposite could only be chance. What may well run both ways isn't here: a large cart is wanted more and
/// put off longer, pages on returns are read by those who are nearly there and by those who doubt.
pub const TRENDS: &[Declared] = trends! {
    Click {
        "clicks" Up, "Whoever followed more links lately is not less likely to follow one.";
        "click_rate" Up, "Whoever answers a larger share of messages is not less likely to answer this one.";
        "channel_response" Up, "A channel that was answered more is not answered less.";
        "unanswered" Down, "The more messages were left unanswered, the less likely is the next to be answered.";
        "fatigue" Down, "Being tired of messages makes nobody answer one.";
        "days_since_click" Down, "The longer the last answer is past, the less likely is the next.";
    }

    Convert {
        "page_value" Up, "Pages from which more was bought lead to a purchase no less often.";
        "hours_since_cart" Down, "What was put aside longer ago is not wanted more for it.";
        "unanswered" Down, "Whoever leaves messages unanswered doesn't buy from the next for that.";
        "days_since_visit" Down, "The longer nobody looked, the less likely is a purchase.";
        "session_products" Up, "Looking at one more product is no step away from buying one.";
        "session_minutes" Up, "Staying longer is no step away from buying.";
        "session_cart" Up, "Putting one more thing into the cart is no step away from buying it.";
    }

    Unsubscribe {
        "unanswered" Up, "Messages that nobody answers don't make anybody stay.";
        "negatives" Up, "Whoever complained before is not more patient for it.";
        "fatigue" Up, "Being tired of messages makes nobody stay.";
        "exposures_week" Up, "Seeing one more offer in a week makes nobody stay.";
        "clicks" Down, "Whoever follows more links does not want to be rid of them.";
        "sentiment" Down, "A better mood makes nobody leave.";
    }

    Complain {
        "unanswered" Up, "Messages that nobody answers are not welcomer for it.";
        "negatives" Up, "Whoever complained before is not less likely to complain.";
        "fatigue" Up, "Being tired of messages keeps nobody from complaining.";
        "sentiment" Down, "A better mood makes nobody complain.";
    }

    Reorder {
        "purchases" Up, "Whoever ordered more often is not less likely to order again.";
        "returns" Down, "Sending things back makes nobody order more of them.";
    }
};

/// The share of `part` in `whole`, at most 1; none when there is too little to tell.
fn share(part: f64, whole: f64) -> Option<f64> {
    (whole >= 0.5).then(|| (part / whole).min(1.0))
}

/// What a channel brings: answers per message, shrunk towards one in twenty by the weight of five messages.
fn response(f: &Facts<'_>, channel: Channel) -> Option<f64> {
    let Reach { delivered, answered } = &f.profile.engagement.channels[channel as usize];
    let (delivered, answered) = (delivered.at(f.now), answered.at(f.now));
    (delivered + answered > 0.0).then(|| ((answered + 0.25) / (delivered.max(answered) + 5.0)).min(1.0))
}

/// The name of a request fact; unknown ones are missing.
fn documented(name: &'static str) -> Option<&'static str> {
    Some(name).filter(|name| *name != "unknown")
}

const fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::New => "new",
        Stage::Active => "active",
        Stage::Lapsing => "lapsing",
        Stage::Lapsed => "lapsed",
    }
}
