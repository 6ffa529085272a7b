//! Signed recipient tokens: the `r=` of every URL in a mail.
//!
//! A token names a recipient and the shard that holds the profile, and proves that the operator made it. It holds nothing
//! personal: the recipient is a keyed hash of the customer's own id ([`RecipientKey::derive`]), which only the holder of the
//! secret can recompute. Tokens are not encrypted and don't expire by themselves; they live as long as their signing key.
//!
//! # Layout
//!
//! | bytes | content |
//! |---|---|
//! | 1 | id of the signing key |
//! | 2 | shard, big endian |
//! | 16 | recipient key |
//! | 16 | the first 16 bytes of HMAC-SHA256 (RFC 2104) over a domain prefix and the 19 bytes before |
//!
//! in base64url without padding (RFC 4648 § 5): 47 characters. The layout has no version of its own; the prefix has one.
//!
//! A *visit token* ([`KeyRing::sign_visit`]) takes a click to a landing page, under another prefix: the same 19 bytes, then the campaign's key and the minute of the click, four bytes each, big endian, then
//! the MAC; 58 characters. It is good for half an hour and one campaign, so that a URL which is passed on or found in a history leads nowhere.
//!
//! Invariant: verification is exact (one text per token; stray trailing bits are refused) and its time doesn't depend on
//! how much of a forged MAC is right.

use crate::esp;
use crate::hash;
use crate::order;
use crate::time::{MINUTE, Timestamp};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use sha2::Sha256;
use std::fmt;

const TOKEN_DOMAIN: &[u8] = b"apropos token 1\0";
const VISIT_DOMAIN: &[u8] = b"apropos visit 1\0";
const RECIPIENT_DOMAIN: &[u8] = b"apropos recipient 1\0";
const DEVICE_DOMAIN: &[u8] = b"apropos device 1\0";
const BODY: usize = 1 + 2 + 16;
const VISIT: usize = BODY + 4 + 4;
const MAC: usize = 16;
/// For how long a visit token is good, in minutes.
const VISIT_MINUTES: u32 = 30;
const SECRET: usize = 32;

/// A recipient as the system knows them: opaque, stable, unlinkable to the customer's id without the secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecipientKey(pub [u8; 16]);

impl RecipientKey {
    /// The key of the customer's own recipient id (any text): HMAC-SHA256 under `secret`, cut to 16 bytes.
    ///
    /// `secret` must never change, or everyone becomes a stranger; so it is not one of the rotating [`KeyRing`] keys.
    /// Destroying it makes every key anonymous.
    #[must_use]
    pub fn derive(secret: &[u8], id: &str) -> Self {
        Self(truncated(mac(secret, &[RECIPIENT_DOMAIN, id.as_bytes()])))
    }

    /// The key of somebody of whom only the anonymous id of a device or browser is known. Of a domain of its own: whoever picks an anonymous id can't pick
    /// somebody's recipient id.
    #[must_use]
    pub fn of_device(secret: &[u8], anonymous_id: &str) -> Self {
        Self(truncated(mac(secret, &[DEVICE_DOMAIN, anonymous_id.as_bytes()])))
    }
}

/// 32 hexadecimal digits.
impl fmt::Display for RecipientKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The number of a shard of recipients.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Shard(pub u16);

impl Shard {
    /// How many shards there are when the deployment does not say (`SHARDS` in wrangler.toml).
    pub const DEFAULT_COUNT: u16 = 16;

    /// The shard of `recipient` among `shards` of them, evenly spread; with 0 or 1 shards always shard 0.
    #[must_use]
    pub fn of(recipient: &RecipientKey, shards: u16) -> Self {
        let [a, b, c, d, ..] = recipient.0;
        let hash = u64::from(u32::from_be_bytes([a, b, c, d]));
        // The high half of a 32 × 16 bit product, so below `shards` (Lemire 2019, without the rejection step: the bias
        // is below 2⁻¹⁶).
        Self(((hash * u64::from(shards)) >> 32) as u16)
    }
}

/// What a verified token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Token {
    /// The signing key it was made with.
    pub key_id: u8,
    /// Where the recipient's profile is.
    pub shard: Shard,
    /// Whose token it is.
    pub recipient: RecipientKey,
}

impl Token {
    fn body(&self) -> [u8; BODY] {
        let mut body = [0; BODY];
        body[0] = self.key_id;
        body[1..3].copy_from_slice(&self.shard.0.to_be_bytes());
        body[3..].copy_from_slice(&self.recipient.0);
        body
    }

    fn from_body(body: &[u8; BODY]) -> Self {
        let [key_id, high, low, recipient @ ..] = *body;
        Self { key_id, shard: Shard(u16::from_be_bytes([high, low])), recipient: RecipientKey(recipient) }
    }
}

/// Why a token was not accepted. None of these is an error to the reader of a mail, who gets the default.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenError {
    /// A merge tag came through unreplaced: a preview, a test send, or a mistake in the template.
    Unrendered,
    /// Nothing at all: the recipient has no token in the sending system.
    Missing,
    /// No token: wrong length, wrong alphabet.
    Malformed,
    /// Made with a key that the ring doesn't have.
    Foreign,
    /// The MAC doesn't fit.
    Forged,
    /// Genuine, but its key is past its expiry.
    Expired,
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unrendered => "the token is an unrendered merge tag",
            Self::Missing => "the token is missing",
            Self::Malformed => "the token is malformed",
            Self::Foreign => "the token was signed with an unknown key",
            Self::Forged => "the token's signature is wrong",
            Self::Expired => "the token's key has expired",
        })
    }
}

impl std::error::Error for TokenError {}

/// The signing keys: the newest signs, all of them verify until they expire.
pub struct KeyRing {
    /// Ascending by id; never empty.
    keys: Vec<Key>,
}

struct Key {
    id: u8,
    secret: [u8; SECRET],
    expires: Option<Timestamp>,
}

/// A ring as the environment holds it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: u8,
    key: String,
    expires: Option<Timestamp>,
}

/// What is wrong with a key ring's text. No variant carries any of that text, so a key can't reach a log this way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyRingError {
    /// Not a JSON list of `{"id", "key", "expires"?}`; line and column count from 1.
    Syntax {
        /// Line of the fault.
        line: usize,
        /// Column of the fault.
        column: usize,
    },
    /// A list without keys.
    Empty,
    /// The key with this id is not 32 bytes in base64url.
    Secret(u8),
    /// Two keys have this id.
    Duplicate(u8),
}

impl fmt::Display for KeyRingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax { line, column } => write!(
                f,
                "the key ring is not a JSON list of {{\"id\": 0–255, \"key\": \"…\", \"expires\": \"2027-01-01\"}} \
                 (line {line}, column {column})"
            ),
            Self::Empty => f.write_str("the key ring has no keys"),
            Self::Secret(id) => write!(f, "key {id} of the key ring is not 32 bytes in unpadded base64url"),
            Self::Duplicate(id) => write!(f, "the key ring has two keys with the id {id}"),
        }
    }
}

impl std::error::Error for KeyRingError {}

impl KeyRing {
    /// Reads the ring's JSON: `[{"id":1,"key":"<32 bytes, base64url>","expires":"2027-01-01"}]`. `id` is 0–255 and unique;
    /// the highest id is the newest key and signs. `expires` may be left out. A token of an expired key is refused.
    ///
    /// # Errors
    /// See [`KeyRingError`].
    pub fn parse(text: &str) -> Result<Self, KeyRingError> {
        let entries: Vec<Entry> = serde_json::from_str(text)
            .map_err(|e| KeyRingError::Syntax { line: e.line(), column: e.column() })?;
        let mut keys = entries.into_iter().map(Key::try_from).collect::<Result<Vec<_>, _>>()?;
        order::by_key(&mut keys, |key| key.id);
        if let Some(pair) = keys.windows(2).find(|pair| pair[0].id == pair[1].id) {
            return Err(KeyRingError::Duplicate(pair[0].id));
        }
        if keys.is_empty() { Err(KeyRingError::Empty) } else { Ok(Self { keys }) }
    }

    /// The URL token of `recipient` on `shard`: 47 characters of `A–Z a–z 0–9 - _`.
    #[must_use]
    pub fn sign(&self, recipient: RecipientKey, shard: Shard) -> String {
        let key = &self.keys[self.keys.len() - 1];
        let body = Token { key_id: key.id, shard, recipient }.body();
        let mut bytes = [0; BODY + MAC];
        bytes[..BODY].copy_from_slice(&body);
        bytes[BODY..].copy_from_slice(&truncated(mac(&key.secret, &[TOKEN_DOMAIN, &body])));
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads the token `text` (the URL parameter, decoded) as of `now`.
    ///
    /// # Errors
    /// See [`TokenError`]; only a genuine token can be [`TokenError::Expired`].
    pub fn verify(&self, text: &str, now: Timestamp) -> Result<Token, TokenError> {
        if text.trim().is_empty() {
            return Err(TokenError::Missing);
        }
        let Some(bytes) = decoded::<{ BODY + MAC }>(text) else {
            let unrendered = esp::looks_unrendered(text);
            return Err(if unrendered { TokenError::Unrendered } else { TokenError::Malformed });
        };
        let (body, tag) = bytes.split_first_chunk::<BODY>().ok_or(TokenError::Malformed)?;
        self.genuine(Token::from_body(body), &[TOKEN_DOMAIN, body], tag, now)
    }

    /// The token that takes whoever just followed a link of `campaign` to its landing page: 58 characters of `A–Z a–z 0–9 - _`.
    #[must_use]
    pub fn sign_visit(
        &self,
        recipient: RecipientKey,
        shard: Shard,
        campaign: hash::Key,
        now: Timestamp,
    ) -> String {
        let key = &self.keys[self.keys.len() - 1];
        let mut bytes = [0; VISIT + MAC];
        bytes[..BODY].copy_from_slice(&Token { key_id: key.id, shard, recipient }.body());
        bytes[BODY..BODY + 4].copy_from_slice(&campaign.0.to_be_bytes());
        bytes[BODY + 4..VISIT].copy_from_slice(&minute(now).to_be_bytes());
        let tag = truncated(mac(&key.secret, &[VISIT_DOMAIN, &bytes[..VISIT]]));
        bytes[VISIT..].copy_from_slice(&tag);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads a visit token to `campaign` as of `now`.
    ///
    /// # Errors
    /// See [`TokenError`]; one to another campaign is [`TokenError::Foreign`], and one that is older than half an hour [`TokenError::Expired`].
    pub fn verify_visit(&self, text: &str, campaign: hash::Key, now: Timestamp) -> Result<Token, TokenError> {
        let bytes = decoded::<{ VISIT + MAC }>(text).ok_or(TokenError::Malformed)?;
        let (signed, tag) = bytes.split_first_chunk::<VISIT>().ok_or(TokenError::Malformed)?;
        let (body, rest) = signed.split_first_chunk::<BODY>().ok_or(TokenError::Malformed)?;
        let [c0, c1, c2, c3, m0, m1, m2, m3] = *rest else { return Err(TokenError::Malformed) };
        let token = self.genuine(Token::from_body(body), &[VISIT_DOMAIN, signed], tag, now)?;
        if u32::from_be_bytes([c0, c1, c2, c3]) != campaign.0 {
            return Err(TokenError::Foreign);
        }
        let age = minute(now).checked_sub(u32::from_be_bytes([m0, m1, m2, m3]));
        // a clock that stands a minute behind the one that signed
        let fresh = age.map_or(minute(now).wrapping_add(1) == u32::from_be_bytes([m0, m1, m2, m3]), |age| {
            age < VISIT_MINUTES
        });
        if fresh { Ok(token) } else { Err(TokenError::Expired) }
    }

    /// The token, if one of the keys made its tag.
    fn genuine(
        &self,
        token: Token,
        signed: &[&[u8]],
        tag: &[u8],
        now: Timestamp,
    ) -> Result<Token, TokenError> {
        let key = self.keys.iter().find(|key| key.id == token.key_id).ok_or(TokenError::Foreign)?;
        mac(&key.secret, signed).verify_truncated_left(tag).map_err(|_| TokenError::Forged)?;
        match key.expires {
            Some(end) if now >= end => Err(TokenError::Expired),
            _ => Ok(token),
        }
    }
}

impl TryFrom<Entry> for Key {
    type Error = KeyRingError;

    fn try_from(entry: Entry) -> Result<Self, KeyRingError> {
        let secret = decoded(&entry.key).ok_or(KeyRingError::Secret(entry.id))?;
        Ok(Self { id: entry.id, secret, expires: entry.expires })
    }
}

/// Minutes since 1970.
fn minute(now: Timestamp) -> u32 {
    u32::try_from(now.0.div_euclid(MINUTE)).unwrap_or(0)
}

/// Prints ids and expiries only.
impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map()
            .entries(self.keys.iter().map(|key| (key.id, key.expires.map(|end| end.to_string()))))
            .finish()
    }
}

/// Exactly `N` bytes from base64url, or nothing. The length is looked at first, so a huge text costs nothing.
fn decoded<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != (N * 8).div_ceil(6) {
        return None;
    }
    URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()
}

fn mac(secret: &[u8], parts: &[&[u8]]) -> Hmac<Sha256> {
    let mut mac = keyed(secret);
    for part in parts {
        mac.update(part);
    }
    mac
}

fn keyed(secret: &[u8]) -> Hmac<Sha256> {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    Hmac::new_from_slice(secret).expect("HMAC takes keys of any length")
}

fn truncated(mac: Hmac<Sha256>) -> [u8; 16] {
    let full: [u8; 32] = mac.finalize().into_bytes().into();
    let mut short = [0; 16];
    short.copy_from_slice(&full[..16]);
    short
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::esp::Esp;

    const KEY_1: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";
    const KEY_2: &str = "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI";
    const NOW: Timestamp = Timestamp(1_795_000_000_000);

    fn ring(entries: &str) -> KeyRing {
        KeyRing::parse(&format!("[{entries}]")).unwrap()
    }

    fn first() -> String {
        format!(r#"{{"id":1,"key":"{KEY_1}"}}"#)
    }

    fn second() -> String {
        format!(r#"{{"id":2,"key":"{KEY_2}"}}"#)
    }

    fn someone() -> RecipientKey {
        RecipientKey::derive(b"secret", "4711")
    }

    #[test]
    fn a_token_comes_back_as_it_was_signed() {
        let ring = ring(&first());
        let text = ring.sign(someone(), Shard(513));
        assert!(text.len() <= 64 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)));
        assert!(!esp::looks_unrendered(&text));
        let token = ring.verify(&text, NOW).unwrap();
        assert_eq!(token, Token { key_id: 1, shard: Shard(513), recipient: someone() });
    }

    #[test]
    fn a_visit_token_is_good_for_half_an_hour_and_one_campaign() {
        let ring = ring(&first());
        let spring = hash::Key::of("spring");
        let text = ring.sign_visit(someone(), Shard(513), spring, NOW);
        assert!(text.len() == 58 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)));
        let token = Token { key_id: 1, shard: Shard(513), recipient: someone() };
        let after = |minutes: i64| Timestamp(NOW.0 + minutes * MINUTE);
        for minutes in [-1, 0, 29] {
            assert_eq!(ring.verify_visit(&text, spring, after(minutes)), Ok(token), "{minutes}");
        }
        for minutes in [-2, 30, 60 * 24] {
            assert_eq!(
                ring.verify_visit(&text, spring, after(minutes)),
                Err(TokenError::Expired),
                "{minutes}"
            );
        }
        assert_eq!(ring.verify_visit(&text, hash::Key::of("autumn"), NOW), Err(TokenError::Foreign));
        assert_eq!(
            ring.verify_visit(&ring.sign(someone(), Shard(513)), spring, NOW),
            Err(TokenError::Malformed)
        );
        assert_eq!(ring.verify(&text, NOW), Err(TokenError::Malformed));
        for place in 0..text.len() {
            let mut forged = text.clone().into_bytes();
            forged[place] = if forged[place] == b'A' { b'B' } else { b'A' };
            let forged = String::from_utf8(forged).unwrap();
            assert!(ring.verify_visit(&forged, spring, NOW).is_err(), "{place}");
        }
    }

    #[test]
    fn the_layout_stands() {
        // Python: hmac.new(b"\x01"*32, b"apropos token 1\0" + body, "sha256").digest()[:16]
        let text = ring(&first()).sign(RecipientKey([7; 16]), Shard(0x0102));
        assert_eq!(text, "AQECBwcHBwcHBwcHBwcHBwcHB9_eSzJ_MFiNjqFHsJzito4");
        // Python: hmac.new(b"secret", b"apropos recipient 1\0" + b"4711", "sha256").digest()[:16]
        assert_eq!(URL_SAFE_NO_PAD.encode(someone().0), "y-WPfE-HrQZutFE9bSL6Cg");
    }

    #[test]
    fn every_flipped_bit_is_refused() {
        let ring = ring(&format!("{},{}", first(), second()));
        let text = ring.sign(someone(), Shard(7));
        let bytes = URL_SAFE_NO_PAD.decode(&text).unwrap();
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(ring.verify(&URL_SAFE_NO_PAD.encode(flipped), NOW).is_err(), "bit {bit}");
        }
        for bit in 0..text.len() * 7 {
            let mut flipped = text.clone().into_bytes();
            flipped[bit / 7] ^= 1 << (bit % 7);
            assert!(ring.verify(&String::from_utf8(flipped).unwrap(), NOW).is_err(), "bit {bit} of the text");
        }
    }

    #[test]
    fn keys_rotate() {
        let old = ring(&first());
        let both = ring(&format!("{},{}", second(), first()));
        let new = ring(&second());
        let token = old.sign(someone(), Shard(0));
        assert!(both.verify(&token, NOW).is_ok());
        assert_eq!(both.verify(&both.sign(someone(), Shard(0)), NOW).unwrap().key_id, 2);
        assert_eq!(new.verify(&token, NOW), Err(TokenError::Foreign));
        assert_eq!(
            ring(&format!(r#"{{"id":1,"key":"{KEY_2}"}}"#)).verify(&token, NOW),
            Err(TokenError::Forged)
        );
    }

    #[test]
    fn keys_expire() {
        let ring = ring(&format!(r#"{{"id":1,"key":"{KEY_1}","expires":"2027-01-01"}}"#));
        let end = Timestamp::parse("2027-01-01").unwrap();
        let token = ring.sign(someone(), Shard(0));
        assert!(ring.verify(&token, Timestamp(end.0 - 1)).is_ok());
        assert_eq!(ring.verify(&token, end), Err(TokenError::Expired));
    }

    #[test]
    fn what_is_no_token_is_named() {
        let ring = ring(&first());
        for esp in Esp::ALL {
            assert_eq!(ring.verify(&esp.merge_tag("apropos"), NOW), Err(TokenError::Unrendered), "{esp:?}");
        }
        // a tag as long as a token
        assert_eq!(ring.verify(&format!("{{{{{:a<43}}}}}", ""), NOW), Err(TokenError::Unrendered));
        assert_eq!(ring.verify("", NOW), Err(TokenError::Missing));
        assert_eq!(ring.verify(" ", NOW), Err(TokenError::Missing));
        assert_eq!(ring.verify("hello", NOW), Err(TokenError::Malformed));
        assert_eq!(
            ring.verify(&format!("{}=", ring.sign(someone(), Shard(0))), NOW),
            Err(TokenError::Malformed)
        );
    }

    #[test]
    fn a_ring_says_what_is_wrong_with_it() {
        let error = |text: &str| KeyRing::parse(text).unwrap_err();
        assert_eq!(error("[]"), KeyRingError::Empty);
        assert!(matches!(error(""), KeyRingError::Syntax { .. }));
        assert!(matches!(
            error(&format!(r#"[{{"id":256,"key":"{KEY_1}"}}]"#)),
            KeyRingError::Syntax { line: 1, .. }
        ));
        assert_eq!(error(r#"[{"id":3,"key":"AQE"}]"#), KeyRingError::Secret(3));
        assert_eq!(error(&format!("[{},{}]", first(), first())), KeyRingError::Duplicate(1));
        for text in [KEY_1, &format!(r#"[{{"id":"{KEY_1}"}}]"#), &format!(r#"[{{"{KEY_1}":1}}]"#)] {
            assert!(!error(text).to_string().contains(KEY_1), "a key in an error message");
        }
    }

    #[test]
    fn debug_hides_the_keys() {
        let text = format!("{:?}", ring(&first()));
        assert_eq!(text, "{1: None}");
    }

    #[test]
    fn shards_fill_evenly_and_stay_in_range() {
        let mut counts = [0u32; 10];
        for i in 0..10_000 {
            let key = RecipientKey::derive(b"secret", &i.to_string());
            counts[usize::from(Shard::of(&key, 10).0)] += 1;
        }
        assert!(counts.iter().all(|n| (850..1150).contains(n)), "{counts:?}");
        assert_eq!(Shard::of(&RecipientKey([255; 16]), 0), Shard(0));
        assert_eq!(Shard::of(&RecipientKey([255; 16]), u16::MAX), Shard(u16::MAX - 1));
    }

    #[cfg(not(target_arch = "wasm32"))]
    proptest::proptest! {
        #[test]
        fn any_text_is_answered(text in ".*") {
            assert!(ring(&first()).verify(&text, NOW).is_err());
            let _ = KeyRing::parse(&text);
        }

        #[test]
        fn any_token_comes_back(recipient: [u8; 16], shard: u16) {
            let ring = ring(&first());
            let token = ring.verify(&ring.sign(RecipientKey(recipient), Shard(shard)), NOW).unwrap();
            assert_eq!((token.recipient.0, token.shard.0), (recipient, shard));
        }
    }
}
