//! Any text as a key ring (the first line) and a token (the rest): what verifies was signed, to the letter.
#![no_main]

use apropos::token::{KeyRing, RecipientKey, Shard, TokenError};
use fuzz::{NOW, seed};
use std::sync::LazyLock;

libfuzzer_sys::fuzz_target!(init: seed(seeds()), |data: &[u8]| run(data));

libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    fuzz::mutate(data, size, max_size, seed)
});

const RINGS: &str = include_str!("../../seeds/rings.ndjson");
const SOMEONE: RecipientKey = RecipientKey([7; 16]);

/// A ring of one key, so that whoever signs and whoever verifies have the same.
static OURS: LazyLock<Option<KeyRing>> = LazyLock::new(|| KeyRing::parse(RINGS.lines().next()?).ok());

fn seeds() -> Vec<String> {
    let sign = |line| KeyRing::parse(line).map(|ring| ring.sign(SOMEONE, Shard(513))).unwrap_or_default();
    let signed = RINGS.lines().map(|line| format!("{line}\n{}", sign(line)));
    signed
        .chain(apropos::esp::Esp::ALL.iter().map(|esp| format!("[]\n{}", esp.merge_tag("apropos"))))
        .collect()
}

fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (ring, token) = text.split_once('\n').unwrap_or(("", text));
    if let Some(ours) = &*OURS
        && let Ok(found) = ours.verify(token, NOW)
    {
        assert_eq!(ours.sign(found.recipient, found.shard), token, "one token, two texts");
    }
    let Ok(ring) = KeyRing::parse(ring) else { return };
    let _ = ring.verify(token, NOW);
    let signed = ring.sign(SOMEONE, Shard(9));
    assert_eq!(signed.len(), 47);
    match ring.verify(&signed, NOW) {
        Ok(found) => assert_eq!((found.recipient, found.shard), (SOMEONE, Shard(9))),
        Err(error) => assert_eq!(error, TokenError::Expired, "our own token is refused"),
    }
    assert!(!format!("{ring:?}").contains("key"), "a ring must not tell its secrets");
}
