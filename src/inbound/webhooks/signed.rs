//! What a signature is checked with: the public key in a certificate, a signature in the form that WebCrypto takes. A little of DER (X.690), enough for both.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

const INTEGER: u8 = 0x02;
const SEQUENCE: u8 = 0x30;
/// The version of a certificate stands in a tag of its own.
const VERSION: u8 = 0xa0;

/// One element: its tag, its content, the whole of it, and what comes after.
struct Element<'a> {
    tag: u8,
    content: &'a [u8],
    whole: &'a [u8],
    rest: &'a [u8],
}

fn element(bytes: &[u8]) -> Option<Element<'_>> {
    let (&tag, after) = bytes.split_first()?;
    let (&first, after) = after.split_first()?;
    let (length, after) = match first {
        0..=0x7f => (usize::from(first), after),
        0x81 | 0x82 => {
            let (digits, after) = after.split_at_checked(usize::from(first & 0x7f))?;
            (digits.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), after)
        }
        _ => return None,
    };
    let (content, rest) = after.split_at_checked(length)?;
    Some(Element { tag, content, whole: bytes.get(..bytes.len() - rest.len())?, rest })
}

fn inside(bytes: &[u8], tag: u8) -> Option<Element<'_>> {
    element(bytes).filter(|element| element.tag == tag)
}

/// The subject's public key (SubjectPublicKeyInfo) of a certificate in PEM.
#[must_use]
pub fn public_key(pem: &str) -> Option<Vec<u8>> {
    let (_, body) = pem.split_once("-----BEGIN CERTIFICATE-----")?;
    let (body, _) = body.split_once("-----END CERTIFICATE-----")?;
    let body: String = body.chars().filter(|c| !c.is_whitespace()).collect();
    let der = STANDARD.decode(body).ok()?;
    let mut fields = inside(inside(&der, SEQUENCE)?.content, SEQUENCE)?.content;
    if inside(fields, VERSION).is_some() {
        fields = element(fields)?.rest;
    }
    // serial number, algorithm, issuer, validity, subject
    for tag in [INTEGER, SEQUENCE, SEQUENCE, SEQUENCE, SEQUENCE] {
        fields = inside(fields, tag)?.rest;
    }
    Some(inside(fields, SEQUENCE)?.whole.to_vec())
}

/// An ECDSA signature over P-256: from DER, as OpenSSL writes it, to the two numbers in 32 bytes each.
#[must_use]
pub fn two_numbers(der: &[u8]) -> Option<[u8; 64]> {
    let both = inside(der, SEQUENCE).filter(|both| both.rest.is_empty())?;
    let one = inside(both.content, INTEGER)?;
    let other = inside(one.rest, INTEGER).filter(|other| other.rest.is_empty())?;
    let mut numbers = [0; 64];
    for (place, number) in numbers.chunks_exact_mut(32).zip([one.content, other.content]) {
        let zeros = number.iter().take_while(|byte| **byte == 0).count();
        let digits = number.get(zeros..)?;
        place.get_mut(32_usize.checked_sub(digits.len())?..)?.copy_from_slice(digits);
    }
    Some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_of_two_numbers_is_read_whatever_their_length() {
        // of SendGrid's own library: both numbers as DER has them, the first with a leading zero
        let der = STANDARD.decode("MEUCIQCtIHJeH93Y+qpYeWrySphQgpNGNr/U+UyUlBkU6n7RAwIgJTz2C+8a8xonZGi6BpSzoQsbVRamr2nlxFDWYNH2j/0=").unwrap();
        let numbers = two_numbers(&der).unwrap();
        assert_eq!((numbers[0], numbers[31], numbers[32], numbers[63]), (0xad, 0x03, 0x25, 0xfd));
        let short = [SEQUENCE, 6, INTEGER, 1, 5, INTEGER, 1, 7];
        let numbers = two_numbers(&short).unwrap();
        assert_eq!((numbers[31], numbers[63], numbers.iter().filter(|b| **b != 0).count()), (5, 7, 2));
        for cut in 0..der.len() {
            assert_eq!(two_numbers(&der[..cut]), None, "{cut}");
        }
        assert_eq!(two_numbers(&[&der[..], &[0]].concat()), None);
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_answered(bytes: Vec<u8>) {
            let _ = two_numbers(&bytes);
            let _ = public_key(&format!("-----BEGIN CERTIFICATE-----{}-----END CERTIFICATE-----", STANDARD.encode(&bytes)));
        }
    }
}
