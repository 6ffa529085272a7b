//! Any text as what others send: events of Segment's libraries, CloudEvents, webhooks of each provider, an operator's secret and Access's token. Whatever is read is an event that folds, or a reason; nothing is
//! believed that wasn't shown.
#![no_main]

use apropos::inbound::webhooks::{mailgun, postmark, sendgrid, ses, signed};
use apropos::inbound::{cloudevents, segment};
use apropos::operators::access::{self, Token};
use apropos::operators::{of_secret, problems, routes};
use apropos::profile::event::Call;
use fuzz::{NOW, seed};

libfuzzer_sys::fuzz_target!(init: seed(seeds()), |data: &[u8]| run(data));

libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    fuzz::mutate(data, size, max_size, seed)
});

const OWN: &str = "https://mail.shop.example";

fn seeds() -> Vec<String> {
    let told = [
        r#"{"writeKey": "k", "batch": [{"type": "track", "userId": "u", "event": "Order Completed", "messageId": "m", "properties": {"total": 2}}]}"#,
        r#"{"type": "identify", "userId": "u", "traits": {"email": "a@b.c"}, "context": {"consent": {"categoryPreferences": {"personalization": true}}}}"#,
        r#"[{"specversion": "1.0", "id": "1", "source": "s", "type": "com.shop.order", "subject": "u", "data": {}}]"#,
        r#"[{"event": "click", "email": "a@b.c", "timestamp": 1796000000, "sg_event_id": "e", "apropos_id": "u", "url": "https://shop.example/"}]"#,
        r#"{"RecordType": "Open", "MessageID": "m", "Metadata": {"apropos_id": "u"}, "ReceivedAt": "2026-11-22T10:00:00Z"}"#,
        r#"{"signature": {"timestamp": "1796000000", "token": "t", "signature": "s"}, "event-data": {"event": "opened", "timestamp": 1796000000.5, "id": "i", "user-variables": {"apropos_id": "u"}}}"#,
        r#"{"Type": "Notification", "MessageId": "m", "TopicArn": "arn:aws:sns:eu-west-1:1:t", "Message": "{}", "Timestamp": "2026-11-22T10:00:00.000Z", "SignatureVersion": "1", "Signature": "", "SigningCertURL": "https://sns.eu-west-1.amazonaws.com/x.pem"}"#,
        "ana:read,publish:0123456789abcdef ben:all:another-long-secret",
        "eyJhbGciOiJSUzI1NiIsImtpZCI6ImsifQ.eyJpc3MiOiJ0IiwiYXVkIjoiYSIsImV4cCI6MX0.c2ln",
        "/v1/campaigns/spring/versions/9f2c01ab",
    ];
    told.map(str::to_owned).into_iter().collect()
}

fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    for call in [None, Some(Call::Track), Some(Call::Identify)] {
        let _ = segment::read(text, call, NOW);
    }
    for many in [false, true] {
        let _ = cloudevents::read(text, many, NOW);
    }
    let _ = sendgrid::read(text, OWN);
    let _ = postmark::read(text, OWN);
    if let Ok(body) = mailgun::read(text) {
        let _ = body.told(OWN);
    }
    if let Ok(envelope) = ses::read(text) {
        let _ = (envelope.signed_text(), envelope.hash(), envelope.told(OWN));
    }
    let _ = (signed::public_key(text), signed::two_numbers(data));
    operators(text);
}

/// Nobody is an operator who shows nothing, or something that is too short to be a secret.
fn operators(text: &str) {
    assert_eq!(of_secret(text, ""), None);
    assert_eq!(of_secret(text, "short"), None);
    for problem in problems(text) {
        assert!(problem.starts_with("entry "));
    }
    if let Some(token) = Token::parse(text) {
        assert_eq!(
            token.name("https://shop.cloudflareaccess.com", "", NOW),
            None,
            "an application must be named"
        );
    }
    if let Some(team) = access::team(text) {
        assert!(
            team.starts_with("https://") && team.ends_with(".cloudflareaccess.com") && !team.contains('@')
        );
    }
    let _ = access::operator(text, "ana");
    if let routes::Found::Route(route, parts) = routes::find("GET", text) {
        assert_eq!(parts.len(), route.path.matches('{').count());
    }
}
