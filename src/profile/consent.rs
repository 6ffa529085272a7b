//! The consent ledger: what a recipient allowed, per channel and purpose, and when they said so.
//!
//! Nothing counts as allowed until it was granted. A newer word replaces an older one; when both yes and no were said at the same
//! instant, nothing is allowed until somebody has asked again.

use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// A way to reach a recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub enum Channel {
    /// E-mail.
    Email,
    /// Text message.
    Sms,
    /// The web site.
    Web,
}

impl Channel {
    /// Every channel.
    pub const ALL: [Self; 3] = [Self::Email, Self::Sms, Self::Web];

    /// Its name in documents.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Sms => "sms",
            Self::Web => "web",
        }
    }
}

/// What data is used for. CNIL 2026-042 and Garante 284/2026 ask for individual measuring and personalising apart from marketing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// To be contacted with offers at all.
    Marketing,
    /// To have content chosen by one's own profile.
    Personalization,
    /// To have one's own opens and clicks recorded and learned from.
    Measurement,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 3] = [Self::Marketing, Self::Personalization, Self::Measurement];

    /// Its name in documents.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Marketing => "marketing",
            Self::Personalization => "personalization",
            Self::Measurement => "measurement",
        }
    }
}

/// What was said about one channel and purpose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grant {
    /// Nothing was said: not allowed.
    #[default]
    Unasked,
    /// Allowed since then.
    Granted(Timestamp),
    /// Withdrawn, or refused, since then.
    Withdrawn(Timestamp),
    /// Both were said at the same instant: not allowed, and a person should ask.
    Disputed(Timestamp),
}

impl Grant {
    /// Lets a newer word replace this one; two different words at the same instant are a dispute.
    fn hear(&mut self, word: Self) {
        if word.at() > self.at() {
            *self = word;
        } else if word.at() == self.at() && word != *self {
            *self = Self::Disputed(word.at());
        }
    }

    /// The stricter of two words that one person said under two names. The newer of two that are equally strict, and a dispute before a
    /// withdrawal of the same instant: a total order, so it doesn't matter who is asked first.
    fn stricter(self, other: Self) -> Self {
        let rank = |grant| match grant {
            Self::Unasked => (0, Timestamp(i64::MIN), 0),
            Self::Granted(at) => (1, at, 0),
            Self::Withdrawn(at) => (2, at, 0),
            Self::Disputed(at) => (2, at, 1),
        };
        if rank(other) > rank(self) { other } else { self }
    }

    const fn at(self) -> Timestamp {
        match self {
            Self::Unasked => Timestamp(i64::MIN),
            Self::Granted(at) | Self::Withdrawn(at) | Self::Disputed(at) => at,
        }
    }
}

/// The ledger of one recipient: a [`Grant`] per channel (rows) and purpose (columns).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Consent([[Grant; 3]; 3]);

impl Consent {
    /// What was said about a channel and purpose.
    #[must_use]
    pub const fn grant(&self, channel: Channel, purpose: Purpose) -> Grant {
        self.0[channel as usize][purpose as usize]
    }

    /// Is it allowed?
    #[must_use]
    pub const fn covers(&self, channel: Channel, purpose: Purpose) -> bool {
        matches!(self.grant(channel, purpose), Grant::Granted(_))
    }

    /// Notes a word of the recipient's, said at `at`. Order of arrival does not matter.
    pub fn record(&mut self, channel: Channel, purpose: Purpose, allowed: bool, at: Timestamp) {
        let word = if allowed { Grant::Granted(at) } else { Grant::Withdrawn(at) };
        self.0[channel as usize][purpose as usize].hear(word);
    }

    /// Notes that yes and no were said at the same instant.
    pub fn dispute(&mut self, channel: Channel, purpose: Purpose, at: Timestamp) {
        self.0[channel as usize][purpose as usize].hear(Grant::Disputed(at));
    }

    /// Joins the ledger of the same person under *another* id. Which of the two ids a mail goes to is an accident, so the stricter word stands: a withdrawal
    /// or a dispute under either, whatever the date of the other's grant; a grant only where the other id was never asked, or granted too.
    pub fn join(&mut self, other: &Self) {
        for (known, word) in self.0.iter_mut().flatten().zip(other.0.iter().flatten()) {
            *known = known.stricter(*word);
        }
    }

    /// Takes over what another ledger of the *same* id knows better: the newer word stands.
    pub fn merge(&mut self, other: &Self) {
        for (known, word) in self.0.iter_mut().flatten().zip(other.0.iter().flatten()) {
            known.hear(*word);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_said_is_not_allowed() {
        let consent = Consent::default();
        for channel in Channel::ALL {
            for purpose in Purpose::ALL {
                assert!(!consent.covers(channel, purpose));
            }
        }
    }

    #[test]
    fn across_two_ids_the_stricter_word_stands() {
        let (mail, offers) = (Channel::Email, Purpose::Marketing);
        let ledger = |word: Grant| {
            let mut consent = Consent::default();
            consent.0[mail as usize][offers as usize] = word;
            consent
        };
        let at = Timestamp;
        for (one, two, stands) in [
            (Grant::Unasked, Grant::Granted(at(1)), Grant::Granted(at(1))),
            (Grant::Granted(at(9)), Grant::Granted(at(1)), Grant::Granted(at(9))),
            (Grant::Granted(at(9)), Grant::Withdrawn(at(1)), Grant::Withdrawn(at(1))),
            (Grant::Granted(at(9)), Grant::Disputed(at(1)), Grant::Disputed(at(1))),
            (Grant::Unasked, Grant::Withdrawn(at(1)), Grant::Withdrawn(at(1))),
            (Grant::Withdrawn(at(2)), Grant::Disputed(at(2)), Grant::Disputed(at(2))),
            (Grant::Withdrawn(at(3)), Grant::Disputed(at(2)), Grant::Withdrawn(at(3))),
        ] {
            for (mut one, two) in [(ledger(one), ledger(two)), (ledger(two), ledger(one))] {
                one.join(&two);
                assert_eq!(one.grant(mail, offers), stands);
                one.join(&two);
                assert_eq!(one.grant(mail, offers), stands);
            }
        }
    }

    #[test]
    fn the_newer_word_stands_and_two_at_once_are_a_dispute() {
        let words = [(true, 1), (false, 3), (true, 3), (true, 2)];
        for turn in 0..words.len() {
            let mut consent = Consent::default();
            let mut order = words;
            order.rotate_left(turn);
            for (allowed, at) in order {
                consent.record(Channel::Email, Purpose::Marketing, allowed, Timestamp(at));
            }
            assert_eq!(consent.grant(Channel::Email, Purpose::Marketing), Grant::Disputed(Timestamp(3)));
            assert!(!consent.covers(Channel::Sms, Purpose::Marketing));
        }
    }
}
