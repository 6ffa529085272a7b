//! Cloudflare Access in front of the admin routes: the token that it adds to a request says who is there.
//!
//! The token is a JWT. [`Token::parse`] takes it apart, whoever has the team's keys checks the signature over [`Token::signed`], and [`Token::name`] says whose it is if it is
//! for this application, of this team, and of now. `ACCESS_OPERATORS` says what they may do: `ana@shop.example:read,publish *:read`.

use super::{Operator, Scopes};
use crate::time::{MINUTE, Timestamp};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The longest token that is read.
const LONGEST: usize = 16 << 10;
/// How far Access's clock may be off, in milliseconds.
const LEEWAY: i64 = MINUTE;

/// A token, taken apart and not yet believed.
pub struct Token<'a> {
    /// What was signed.
    pub signed: &'a str,
    /// The signature: RSA, PKCS #1 v1.5, with SHA-256.
    pub signature: Vec<u8>,
    /// The key that it says it was signed with.
    pub key: String,
    claims: Claims,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: String,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    aud: Value,
    exp: f64,
    #[serde(default)]
    nbf: f64,
    #[serde(default)]
    email: String,
    /// Of a service that shows a service token.
    #[serde(default)]
    common_name: String,
}

impl<'a> Token<'a> {
    /// Takes a token apart; none when it is no token, or signed in another way than Access signs.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        let (signed, signature) = text.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let header: Header = part(header)?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        (header.alg == "RS256").then_some(Self { signed, signature, key: header.kid, claims: part(claims)? })
    }

    /// Whose it is; none when it is another team's or application's, of another time, or of nobody.
    #[must_use]
    pub fn name(&self, team: &str, audience: &str, now: Timestamp) -> Option<&str> {
        let Claims { iss, aud, exp, nbf, email, common_name } = &self.claims;
        let is_ours = match aud {
            Value::String(one) => one == audience,
            Value::Array(several) => several.iter().any(|one| one == audience),
            _ => false,
        };
        let (from, until) = ((nbf * 1e3) as i64, (exp * 1e3) as i64);
        let in_time = now.0 >= from.saturating_sub(LEEWAY) && now.0 < until.saturating_add(LEEWAY);
        let name = if email.is_empty() { common_name } else { email };
        (is_ours && !audience.is_empty() && iss == team && in_time && !name.is_empty()).then_some(name)
    }
}

fn part<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
}

/// The address of a team, `https://shop.cloudflareaccess.com`; none when the text is another address. Its keys are asked for there, and nowhere else.
#[must_use]
pub fn team(text: &str) -> Option<&str> {
    let text = text.trim_end_matches('/');
    let name = text.strip_prefix("https://")?.strip_suffix(".cloudflareaccess.com")?;
    let sound = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    sound.then_some(text)
}

/// What somebody may do by `ACCESS_OPERATORS`: by their own entry, else by that of `*`, who is anybody that Access lets through.
#[must_use]
pub fn operator(listed: &str, name: &str) -> Option<Operator> {
    let of = |who: &str| {
        listed.split_ascii_whitespace().find_map(|entry| {
            let (listed, scopes) = entry.rsplit_once(':')?;
            let scopes = Scopes::parse(scopes).ok()?;
            listed.eq_ignore_ascii_case(who).then_some(scopes)
        })
    };
    let scopes = of(name).or_else(|| of("*"))?;
    Some(Operator { name: name.to_owned(), scopes })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operators::Scope;
    use serde_json::json;

    const TEAM: &str = "https://shop.cloudflareaccess.com";
    const NOW: Timestamp = Timestamp(1_796_000_000_000);

    fn token(header: &Value, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        format!("{}.{}.{}", part(header), part(claims), URL_SAFE_NO_PAD.encode("signature"))
    }

    fn claims() -> Value {
        json!({"iss": TEAM, "aud": ["app"], "exp": 1_796_000_600, "nbf": 1_795_999_000, "email": "ana@shop.example"})
    }

    fn name(claims: &Value) -> Option<String> {
        let text = token(&json!({"alg": "RS256", "kid": "k"}), claims);
        Token::parse(&text)?.name(TEAM, "app", NOW).map(str::to_owned)
    }

    #[test]
    fn who_is_there_is_believed_of_this_team_application_and_time_alone() {
        assert_eq!(name(&claims()).as_deref(), Some("ana@shop.example"));
        for (field, wrong) in [
            ("iss", json!("https://other.cloudflareaccess.com")),
            ("aud", json!(["other"])),
            ("aud", json!("other")),
            ("aud", json!({})),
            ("exp", json!(1_795_999_900)),
            ("exp", json!("never")),
            ("nbf", json!(1_796_000_100)),
            ("email", json!("")),
        ] {
            let mut changed = claims();
            changed[field] = wrong.clone();
            assert_eq!(name(&changed), None, "{field}: {wrong}");
        }
        let service = json!({"iss": TEAM, "aud": "app", "exp": 1_796_000_600, "common_name": "ci"});
        assert_eq!(name(&service).as_deref(), Some("ci"));
        let text = token(&json!({"alg": "RS256", "kid": "k"}), &claims());
        assert_eq!(Token::parse(&text).unwrap().name(TEAM, "", NOW), None, "an application must be named");
    }

    #[test]
    fn only_what_access_signs_is_taken_apart() {
        for header in
            [json!({"alg": "none", "kid": "k"}), json!({"alg": "HS256", "kid": "k"}), json!({"alg": "RS256"})]
        {
            assert!(Token::parse(&token(&header, &claims())).is_none(), "{header}");
        }
        for text in ["", ".", "..", "a.b.c", &"x".repeat(100_000)] {
            assert!(Token::parse(text).is_none(), "{text:.20}");
        }
    }

    #[test]
    fn keys_come_from_a_team_alone() {
        assert_eq!(team("https://shop.cloudflareaccess.com/"), Some(TEAM));
        for text in [
            "",
            "http://shop.cloudflareaccess.com",
            "https://.cloudflareaccess.com",
            "https://evil.example/.cloudflareaccess.com",
            "https://shop.cloudflareaccess.com.evil.example",
            "https://a@shop.cloudflareaccess.com",
        ] {
            assert_eq!(team(text), None, "{text}");
        }
    }

    #[test]
    fn everybody_may_do_what_is_listed() {
        let listed = "ana@shop.example:read,publish *:read";
        assert!(operator(listed, "Ana@shop.example").unwrap().scopes.allow(Scope::Publish));
        let other = operator(listed, "ben@shop.example").unwrap();
        assert!(other.scopes.allow(Scope::Read) && !other.scopes.allow(Scope::Publish));
        assert_eq!(operator("ana@shop.example:read", "ben@shop.example"), None);
        assert_eq!(operator("ana@shop.example:raed", "ana@shop.example"), None);
    }
}
