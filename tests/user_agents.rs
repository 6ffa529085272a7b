//! What a User-Agent tells, held against lists that others keep: the public crawler list's own instances and the fixtures of the
//! ua-parser project, and against the fetchers that opens are known to come from.
//!
//! Where Apropos reads something else on purpose, a file beside the fixtures says so and why. Those files are held to be exact: a
//! difference that is gone fails the test like one that is new.
#![cfg(not(target_arch = "wasm32"))]
// clippy.toml lets tests unwrap, but not the functions that tests share
#![allow(clippy::unwrap_used)]

use apropos::context::{Agent, Client, Context, Device, Fetcher, Os, Place, Request, Surface, Trust};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::fs::read_to_string;
use yaml_rust2::{Yaml, YamlLoader};

/// The context of an image fetched from nowhere in particular.
fn image(ua: &str) -> Context {
    Context::read(&Request { user_agent: ua.to_owned(), ..Request::default() })
}

/// The rows of a file of tab-separated columns.
fn rows(path: &str) -> Vec<Vec<String>> {
    let text = read_to_string(path).unwrap();
    let rows = text.lines().filter(|line| !line.starts_with('#'));
    rows.map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}

/// Fails unless `found` is what the file at `path` lists, each row with its reason in the last column.
fn assert_listed(path: &str, found: &BTreeSet<Vec<String>>) {
    let mut listed = BTreeSet::new();
    for mut row in rows(path) {
        let reason = row.pop().unwrap();
        assert!(!reason.trim().is_empty(), "{path}: no reason: {row:?}");
        listed.insert(row);
    }
    let new: Vec<_> = found.difference(&listed).map(|row| row.join("\t")).collect();
    let gone: Vec<_> = listed.difference(found).map(|row| row.join("\t")).collect();
    assert!(
        new.is_empty() && gone.is_empty(),
        "{path}\nnew:\n{}\ngone:\n{}",
        new.join("\n"),
        gone.join("\n")
    );
}

#[test]
fn every_instance_of_the_crawler_list_is_a_machine() {
    let list = read_to_string("data/crawler-user-agents/crawler-user-agents.json").unwrap();
    let list: Vec<serde_json::Value> = serde_json::from_str(&list).unwrap();
    let instances = list.iter().flat_map(|entry| entry["instances"].as_array().unwrap());
    let (mut all, mut people) = (0, BTreeSet::new());
    for ua in instances.map(|ua| ua.as_str().unwrap()) {
        all += 1;
        let fetcher = image(ua).fetcher;
        if matches!(fetcher, Fetcher::Person | Fetcher::Unknown | Fetcher::OutlookDesktop) {
            people.insert(vec![ua.to_owned()]);
        }
    }
    println!("{} of {all} instances recognised", all - people.len());
    assert_listed("tests/data/crawler-user-agents/exclusions.tsv", &people);
}

/// The cases of a uap-core file: User-Agent and family.
fn uap(file: &str) -> Vec<(String, String)> {
    let text = read_to_string(format!("tests/data/uap-core/{file}")).unwrap();
    let text = YamlLoader::load_from_str(&text).unwrap();
    let field = |case: &Yaml, name: &str| case[name].as_str().unwrap_or_default().to_owned();
    let cases = text[0]["test_cases"].as_vec().unwrap().iter();
    cases.map(|case| (field(case, "user_agent_string"), field(case, "family"))).collect()
}

#[test]
fn people_are_not_taken_for_machines() {
    let mut machines = BTreeSet::new();
    for (ua, family) in uap("test_ua.yaml").into_iter().chain(uap("test_os.yaml")) {
        if matches!(image(&ua).fetcher, Fetcher::Scanner | Fetcher::Previewer) {
            machines.insert(vec![family, ua]);
        }
    }
    println!("{} of uap-core's cases are machines", machines.len());
    let is_named_so = |row: &Vec<String>| {
        let name = row[0].to_lowercase();
        ["bot", "spider", "crawl"].iter().any(|word| name.contains(word))
    };
    machines.retain(|row| !is_named_so(row));
    assert_listed("tests/data/uap-core/machines.tsv", &machines);
}

/// The family that Apropos puts a system of uap-core's in.
fn os_of(family: &str) -> Os {
    match family {
        "Windows" | "Windows Phone" | "Windows Mobile" => Os::Windows,
        "Mac OS X" | "Mac OS" => Os::Macos,
        "iOS" => Os::Ios,
        "Android" => Os::Android,
        "Chrome OS" => Os::Chromeos,
        "Linux" | "Ubuntu" | "Debian" | "Gentoo" | "Mandriva" | "Red Hat" | "WeTab" | "BSD" | "FreeBSD"
        | "OpenBSD" | "NetBSD" => Os::Linux,
        _ => Os::Unknown,
    }
}

#[test]
fn systems_agree_with_uap_core() {
    let cases = uap("test_os.yaml");
    let mut differences = BTreeSet::new();
    for (ua, family) in &cases {
        let context = image(ua);
        let machine = matches!(context.fetcher, Fetcher::Scanner | Fetcher::Previewer);
        if !machine && context.agent.os != os_of(family) {
            differences.insert(vec![family.clone(), format!("{:?}", context.agent.os), ua.clone()]);
        }
    }
    println!("systems: {} of {} agree", cases.len() - differences.len(), cases.len());
    assert!(differences.len() * 50 <= cases.len(), "at least 98 % agree: {differences:?}");
    assert_listed("tests/data/uap-core/differences.tsv", &differences);
}

/// What a family of uap-core's is called here, for the mail clients and the great browsers.
fn client_of(family: &str) -> Option<Client> {
    Some(match family {
        "Thunderbird" | "ThunderBrowse" => Client::Thunderbird,
        "Outlook" => Client::OutlookDesktop,
        "Apple Mail" => Client::AppleMail,
        "GmailImageProxy" => Client::Gmail,
        "YahooMailProxy" | "YahooMobileMail" => Client::Yahoo,
        "MacOutlook"
        | "Outlook-iOS"
        | "Outlook-iOS-Android"
        | "Windows Live Mail"
        | "Postbox"
        | "Lotus Notes"
        | "The Bat!"
        | "Airmail"
        | "MailBar"
        | "kmail2"
        | "Evolution" => Client::Other,
        "Chrome" | "Chrome Mobile" | "Chromium" | "Chrome Mobile iOS" | "Firefox" | "Firefox Mobile"
        | "Firefox iOS" | "Safari" | "Mobile Safari" | "Edge" | "Edge Mobile" | "IE" | "IE Mobile"
        | "Opera" | "Opera Mobile" | "Samsung Internet" | "Vivaldi" | "Yandex Browser" => Client::Browser,
        _ => return None,
    })
}

#[test]
fn clients_agree_with_uap_core() {
    let (mut all, mut differences) = (0, BTreeSet::new());
    for (ua, family) in uap("test_ua.yaml") {
        let context = image(&ua);
        let machine = matches!(context.fetcher, Fetcher::Scanner | Fetcher::Previewer);
        let Some(client) = client_of(&family).filter(|_| !machine) else { continue };
        all += 1;
        if context.agent.client != client {
            differences.insert(vec![family, format!("{:?}", context.agent.client), ua]);
        }
    }
    println!("clients: {} of {all} agree", all - differences.len());
    assert!(differences.len() * 33 <= all, "at least 97 % agree: {differences:?}");
    assert_listed("tests/data/uap-core/client-differences.tsv", &differences);
}

#[test]
fn devices_agree_with_uap_core() {
    let (mut all, mut differences) = (0, BTreeSet::new());
    let cases = uap("test_ua.yaml").into_iter().chain(uap("test_os.yaml"));
    for (ua, family) in cases {
        let device = image(&ua).agent.device;
        // What the family says of the device; a machine's is unknown, which is compared elsewhere.
        let mobile = family.contains("Mobile") || ["iOS", "Android", "Windows Phone"].contains(&&*family);
        let desktop = ["Windows", "Mac OS X", "Chrome OS", "Ubuntu", "Edge"].contains(&&*family);
        if device == Device::Unknown || !(mobile || desktop) {
            continue;
        }
        all += 1;
        if (device == Device::Desktop) != desktop {
            differences.insert(vec![family, format!("{device:?}"), ua]);
        }
    }
    println!("devices: {} of {all} agree", all - differences.len());
    assert!(differences.len() * 33 <= all, "at least 97 % agree: {differences:?}");
    assert_listed("tests/data/uap-core/device-differences.tsv", &differences);
}

const GMAIL: &str =
    "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)";
const PREFETCH: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0";
const YAHOO: &str = "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html";
const FASTMAIL: &str = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/118.0.5993.117 Safari/537.36 FastmailUA/1.0";
const HEY: &str = "hey.com/imageproxy Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/134.0.0.0 Safari/537.36";
const OUTLOOK: &str = "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17328; Pro)";
const OUTLOOK_OLD: &str =
    "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 6.1; Trident/4.0; InfoPath.2; MSOffice 14)";
const THUNDERBIRD: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.4.0";
const IPHONE_MAIL: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148";
const MAC_MAIL: &str =
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)";
const IPAD: &str = "Mozilla/5.0 (iPad; CPU OS 16_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.5 Mobile/15E148 Safari/604.1";
const ANDROID_APP: &str = "Mozilla/5.0 (Linux; Android 14; SM-S918B Build/UP1A.231005.007; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/126.0.6478.122 Mobile Safari/537.36";
const ANDROID_TABLET: &str = "Mozilla/5.0 (Linux; Android 13; SM-X906C) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0.0.0 Safari/537.36";
const SAMSUNG: &str = "Mozilla/5.0 (Linux; Android 13; SM-G991B; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/114.0.0.0 Mobile Safari/537.36 SamsungEmail/6.1.82.0";
const DALVIK: &str = "Dalvik/2.1.0 (Linux; U; Android 13; SM-A536B Build/TP1A.220624.014)";
const CHROME: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0.0.0 Safari/537.36";
const EDGE_12: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/42.0.2311.135 Safari/537.36 Edge/12.246";
const CHROMEBOOK: &str = "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0.0.0 Safari/537.36";
const TELEGRAM_BROWSER: &str = "Mozilla/5.0 (Linux; Android 13; Pixel 7) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/120.0.0.0 Mobile Safari/537.36 Telegram-Android/10.5.0 (Google Pixel 7; Android 13; SDK 33; HIGH)";

/// A request with the person's own facts, which a proxy's would be taken for.
fn request(surface: Surface, user_agent: &str, asn: u32) -> Request {
    Request {
        surface,
        user_agent: user_agent.to_owned(),
        accept_language: "de-AT,de;q=0.9,en;q=0.8".to_owned(),
        asn: Some(asn),
        country: "at".to_owned(),
        region: "9".to_owned(),
        city: "Wien".to_owned(),
        coordinates: Some((48.2, 16.37)),
        timezone: "europe/vienna".to_owned(),
        ..Request::default()
    }
}

#[test]
fn the_known_fetchers() {
    use Surface::{Click, Image, Page};
    const HOME: u32 = 8447; // A1 Telekom Austria
    const GOOGLE: u32 = 15169;
    const APPLE: u32 = 714;
    const MICROSOFT: u32 = 8075;
    let cases = [
        // image proxies: a person, of whom only the mail service is known
        (Image, GMAIL, GOOGLE, Fetcher::GmailProxy, (Device::Unknown, Os::Unknown, Client::Gmail)),
        (Image, YAHOO, 36647, Fetcher::Yahoo, (Device::Unknown, Os::Unknown, Client::Yahoo)),
        (Image, FASTMAIL, 29838, Fetcher::OtherProxy, (Device::Unknown, Os::Unknown, Client::Other)),
        (Image, HEY, 16509, Fetcher::OtherProxy, (Device::Unknown, Os::Unknown, Client::Other)),
        (
            Image,
            "Shortwave Image Fetcher",
            396982,
            Fetcher::OtherProxy,
            (Device::Unknown, Os::Unknown, Client::Other),
        ),
        (Image, CHROME, MICROSOFT, Fetcher::OutlookWeb, (Device::Unknown, Os::Unknown, Client::OutlookWeb)),
        (Image, OUTLOOK, 8068, Fetcher::OutlookWeb, (Device::Unknown, Os::Unknown, Client::OutlookWeb)),
        // the same on a link
        (Click, GMAIL, GOOGLE, Fetcher::Scanner, (Device::Unknown, Os::Unknown, Client::Unknown)),
        (Click, YAHOO, 36647, Fetcher::Scanner, (Device::Unknown, Os::Unknown, Client::Unknown)),
        (Click, CHROME, MICROSOFT, Fetcher::Scanner, (Device::Unknown, Os::Unknown, Client::Unknown)),
        (Click, CHROME, 8074, Fetcher::Scanner, (Device::Unknown, Os::Unknown, Client::Unknown)),
        (Click, CHROME, 12076, Fetcher::Scanner, (Device::Unknown, Os::Unknown, Client::Unknown)),
        // prefetches: the User-Agent and the network
        (Image, PREFETCH, GOOGLE, Fetcher::GmailPrefetch, (Device::Unknown, Os::Unknown, Client::Gmail)),
        (Image, PREFETCH, HOME, Fetcher::Unknown, (Device::Unknown, Os::Unknown, Client::Unknown)),
        (Image, EDGE_12, GOOGLE, Fetcher::Person, (Device::Desktop, Os::Windows, Client::Browser)),
        (Click, PREFETCH, GOOGLE, Fetcher::Scanner, (Device::Unknown, Os::Unknown, Client::Unknown)),
        (Image, "Mozilla/5.0", APPLE, Fetcher::AppleMpp, (Device::Unknown, Os::Unknown, Client::AppleMail)),
        (Click, "Mozilla/5.0", APPLE, Fetcher::Person, (Device::Unknown, Os::Unknown, Client::Unknown)),
        // people
        (
            Image,
            OUTLOOK,
            HOME,
            Fetcher::OutlookDesktop,
            (Device::Desktop, Os::Windows, Client::OutlookDesktop),
        ),
        (
            Image,
            OUTLOOK_OLD,
            HOME,
            Fetcher::OutlookDesktop,
            (Device::Desktop, Os::Windows, Client::OutlookDesktop),
        ),
        (Image, THUNDERBIRD, HOME, Fetcher::Person, (Device::Desktop, Os::Linux, Client::Thunderbird)),
        (Image, IPHONE_MAIL, HOME, Fetcher::Person, (Device::Phone, Os::Ios, Client::AppleMail)),
        (Click, IPHONE_MAIL, HOME, Fetcher::Person, (Device::Phone, Os::Ios, Client::Browser)),
        (Image, MAC_MAIL, HOME, Fetcher::Person, (Device::Desktop, Os::Macos, Client::AppleMail)),
        (Image, IPAD, HOME, Fetcher::Person, (Device::Tablet, Os::Ios, Client::Browser)),
        (Image, ANDROID_APP, HOME, Fetcher::Person, (Device::Phone, Os::Android, Client::Other)),
        (Click, ANDROID_APP, HOME, Fetcher::Person, (Device::Phone, Os::Android, Client::Browser)),
        (Page, ANDROID_TABLET, HOME, Fetcher::Person, (Device::Tablet, Os::Android, Client::Browser)),
        (Image, SAMSUNG, HOME, Fetcher::Person, (Device::Phone, Os::Android, Client::Samsung)),
        (Image, DALVIK, HOME, Fetcher::Person, (Device::Unknown, Os::Android, Client::Other)),
        (Image, CHROME, HOME, Fetcher::Person, (Device::Desktop, Os::Windows, Client::Browser)),
        (Page, CHROMEBOOK, HOME, Fetcher::Person, (Device::Desktop, Os::Chromeos, Client::Browser)),
        (Click, TELEGRAM_BROWSER, HOME, Fetcher::Person, (Device::Phone, Os::Android, Client::Browser)),
        (Image, "something/1.0", HOME, Fetcher::Unknown, (Device::Unknown, Os::Unknown, Client::Unknown)),
    ];
    for (surface, ua, asn, fetcher, (device, os, client)) in cases {
        let context = Context::read(&request(surface, ua, asn));
        assert_eq!(context.fetcher, fetcher, "{surface:?} {ua} from {asn}");
        assert_eq!(context.agent, Agent { device, os, client }, "{surface:?} {ua} from {asn}");
        assert_eq!(context.surface, surface);
    }
}

/// Law 6: whose fetch counts, and whose answer may be seen.
#[test]
fn what_a_fetch_is_good_for() {
    use Fetcher::*;
    for (fetchers, counts, is_seen) in [
        (vec![Person, GmailProxy, Yahoo, OutlookDesktop, OutlookWeb, OtherProxy], true, true),
        (vec![GmailPrefetch, AppleMpp, Unknown], false, true),
        (vec![Scanner, Previewer], false, false),
    ] {
        for fetcher in fetchers {
            assert_eq!(
                (fetcher.is_person(), fetcher.shows_person()),
                (counts, is_seen),
                "{}",
                fetcher.label()
            );
        }
    }
}

#[test]
fn machines_that_mail_meets() {
    for ua in [
        "",
        "  ",
        "Microsoft Office Existence Discovery",
        "Microsoft Office Protocol Discovery",
        "curl/8.5.0",
        "python-requests/2.32.3",
        "Go-http-client/2.0",
        "okhttp/4.12.0",
        "Java/17.0.9",
        "Apache-HttpClient/4.5.14 (Java/17.0.9)",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/120.0.0.0 Safari/537.36",
        "Mozilla/5.0 (compatible; Barracuda Sentinel)",
        "Mimecast-URL-Protect/1.0",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Proofpoint",
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    ] {
        assert_eq!(image(ua).fetcher, Fetcher::Scanner, "{ua}");
    }
    for ua in [
        "SkypeUriPreview Preview/0.5",
        "WhatsApp/2.23.20.0",
        "TelegramBot (like TwitterBot)",
        "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
        "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
        "Mozilla/5.0 (Windows NT 6.1; WOW64) AppleWebKit/534+ (KHTML, like Gecko) BingPreview/1.0b",
    ] {
        assert_eq!(image(ua).fetcher, Fetcher::Previewer, "{ua}");
    }
    // A machine that names itself stays one inside Microsoft's network.
    assert_eq!(Context::read(&request(Surface::Image, "curl/8.5.0", 8075)).fetcher, Fetcher::Scanner);
}

#[test]
fn method_and_purpose_give_machines_away() {
    let person = request(Surface::Image, THUNDERBIRD, 8447);
    assert_eq!(Context::read(&person).fetcher, Fetcher::Person);
    for method in ["GET", "get", "POST"] {
        assert_eq!(
            Context::read(&Request { method: method.into(), ..person.clone() }).fetcher,
            Fetcher::Person
        );
    }
    assert_eq!(Context::read(&Request { method: "HEAD".into(), ..person.clone() }).fetcher, Fetcher::Scanner);
    for purpose in ["prefetch", "prefetch;prerender", "preview"] {
        let request = Request { purpose: purpose.into(), ..person.clone() };
        assert_eq!(Context::read(&request).fetcher, Fetcher::Scanner, "{purpose}");
    }
    // Apple's relays name no page that they come from.
    let mpp =
        Request { referer: "https://example.com/".into(), ..request(Surface::Image, "Mozilla/5.0", 714) };
    assert_eq!(Context::read(&mpp).fetcher, Fetcher::Unknown);
}

#[test]
fn whose_place_and_language() {
    let place = |request: &Request| {
        let context = Context::read(request);
        (context.place, context.language)
    };
    let vienna = Place {
        trust: Trust::Person,
        country: Some("AT".into()),
        region: Some("9".into()),
        city: Some("Wien".into()),
        coordinates: Some((48.2, 16.37)),
        timezone: Some("Europe/Vienna".into()),
    };
    let person = request(Surface::Image, THUNDERBIRD, 8447);
    assert_eq!(place(&person), (vienna.clone(), Some("de".into())));

    let coarse = Place { trust: Trust::Coarse, coordinates: None, ..vienna };
    assert_eq!(place(&request(Surface::Image, "Mozilla/5.0", 714)), (coarse.clone(), None));
    assert_eq!(place(&request(Surface::Click, "Mozilla/5.0", 714)), (coarse, None));

    for proxied in [
        request(Surface::Image, GMAIL, 15169),
        request(Surface::Image, PREFETCH, 15169),
        request(Surface::Image, CHROME, 8075),
        request(Surface::Image, "something/1.0", 8447),
        Request { country: "T1".into(), ..person.clone() },
    ] {
        assert_eq!(place(&proxied), (Place::default(), None), "{proxied:?}");
    }

    let garbage = Request {
        country: "Austria".into(),
        region: "AT-9".into(),
        city: "Wi\u{0}en".into(),
        coordinates: Some((f64::NAN, 16.0)),
        timezone: "Europe/Wien".into(),
        accept_language: "*".into(),
        ..person
    };
    assert_eq!(place(&garbage), (Place { trust: Trust::Person, ..Place::default() }, None));
}

/// User-Agents: anything, and pieces of real ones put together.
fn user_agent() -> impl Strategy<Value = String> {
    let known = [
        GMAIL,
        PREFETCH,
        YAHOO,
        FASTMAIL,
        HEY,
        OUTLOOK,
        THUNDERBIRD,
        IPHONE_MAIL,
        MAC_MAIL,
        ANDROID_APP,
        CHROME,
        "Mozilla/5.0",
        "bot",
        "curl/",
        "Microsoft Outlook 16.0",
        " ",
        "(KHTML, like Gecko)",
        "AdsBot-Google",
        "Current RSS Reader",
        "é",
        "\u{10ffff}",
    ];
    let piece = prop_oneof![
        proptest::sample::select(known.to_vec()).prop_map(str::to_owned),
        any::<String>(),
        proptest::collection::vec(any::<u8>(), 0..64)
            .prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
    ];
    proptest::collection::vec(piece, 0..4).prop_map(|pieces| pieces.concat())
}

prop_compose! {
    fn any_request()(
        surface in proptest::sample::select(&[Surface::Image, Surface::Click, Surface::Page][..]),
        user_agent in user_agent(),
        texts in proptest::collection::vec(any::<String>(), 5),
        method in proptest::sample::select(&["", "GET", "HEAD"][..]),
        accept_language in prop_oneof![Just("fr-FR".to_owned()), any::<String>()],
        referer in prop_oneof![Just(String::new()), any::<String>()],
        country in prop_oneof![Just("FR".to_owned()), Just("T1".to_owned()), any::<String>()],
        timezone in prop_oneof![Just("Europe/Paris".to_owned()), any::<String>()],
        asn in proptest::option::of(prop_oneof![proptest::sample::select(&[15169, 8068, 8074, 8075, 12076][..]), any::<u32>()]),
        coordinates in proptest::option::of(any::<(f64, f64)>()),
        purpose in prop_oneof![4 => Just(String::new()), 1 => any::<String>()],
    ) -> Request {
        let [region, city, ..] = texts.as_slice() else { unreachable!() };
        Request {
            surface, user_agent, accept_language, referer, purpose, asn, country, coordinates, timezone,
            method: method.to_owned(), region: region.clone(), city: city.clone(), gpc: false,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 1000, ..ProptestConfig::default() })]

    /// Law 6: nothing of a proxy's or a machine's place, language and device passes for the person's, whatever the request says.
    #[test]
    fn nothing_leaks_from_a_proxy(request in any_request()) {
        let context = Context::read(&request);
        if !context.fetcher.is_direct() {
            prop_assert_eq!(&context.language, &None);
            prop_assert_eq!(context.agent.device, Device::Unknown);
            prop_assert_eq!(context.agent.os, Os::Unknown);
            prop_assert_eq!(context.place.coordinates, None);
            if context.fetcher != Fetcher::AppleMpp {
                prop_assert_eq!(&context.place, &Place::default());
            }
        }
        if context.place.trust == Trust::Proxy {
            prop_assert_eq!(&context.place, &Place::default());
        }
        if context.fetcher.is_person() {
            prop_assert!(context.fetcher.shows_person());
        }
    }

    /// What comes out has the shape that it claims.
    #[test]
    fn what_comes_out_is_well_formed(request in any_request()) {
        let context = Context::read(&request);
        prop_assert!(context.place.country.is_none_or(|c| c.len() == 2 && c.bytes().all(|b| b.is_ascii_uppercase()) && c != "T1"));
        prop_assert!(context.language.is_none_or(|l| (2..=3).contains(&l.len()) && l.bytes().all(|b| b.is_ascii_lowercase())));
        prop_assert!(context.place.coordinates.is_none_or(|(lat, lon)| lat.abs() <= 90.0 && lon.abs() <= 180.0));
        prop_assert!(context.place.timezone.is_none_or(|zone| apropos::context::zone::canonical(&zone) == Some(&*zone)));
    }
}
