//! Where Thai may break: between syllables, as far as the letters tell.
//!
//! Thai writes no spaces between words, and where a word ends only a dictionary knows. Where a syllable begins or ends, the spelling often
//! shows: some vowels are only written before their consonant, others close their syllable. A break there never tears a
//! letter from its marks, though it may part a word of several syllables, as a hyphen does elsewhere. Spaces, which stand between phrases, break as in every script.

/// Before which characters a syllable of Thai begins for certain, inside a text of Thai.
pub fn breaks(text: &[char]) -> impl Iterator<Item = usize> {
    (1..text.len()).filter(|at| {
        let (before, after) = (text[at - 1], text[*at]);
        is_thai(before) && is_thai(after) && (opens(text, *at) || closes(before) && !follows(after))
    })
}

fn is_thai(c: char) -> bool {
    matches!(c, '\u{e01}'..='\u{e4e}')
}

/// A vowel that is written before its consonant opens a syllable.
fn opens(text: &[char], at: usize) -> bool {
    is_leading_vowel(text[at]) && !is_leading_vowel(text[at - 1])
}

fn is_leading_vowel(c: char) -> bool {
    matches!(c, '\u{e40}'..='\u{e44}')
}

/// Sara a, sara am and the sign of repetition end a syllable.
fn closes(c: char) -> bool {
    matches!(c, '\u{e30}' | '\u{e33}' | '\u{e46}')
}

/// What can't begin a line: vowels and marks after, above and below their consonant, the signs of repetition and abbreviation.
fn follows(c: char) -> bool {
    matches!(c, '\u{e2f}'..='\u{e3a}' | '\u{e45}'..='\u{e4e}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn syllables_begin_at_leading_vowels_and_after_closing_ones() {
        let parted = |text: &str| {
            let characters: Vec<char> = text.chars().collect();
            let mut out = String::new();
            let found: Vec<usize> = breaks(&characters).collect();
            for (i, c) in characters.iter().enumerate() {
                if found.contains(&i) {
                    out.push('|');
                }
                out.push(*c);
            }
            out
        };
        assert_eq!(parted("ประเทศไทย"), "ประ|เทศ|ไทย");
        assert_eq!(parted("ทำเลเด็กๆไป"), "ทำ|เล|เด็กๆ|ไป");
        assert_eq!(parted("เพราะ เล็ก"), "เพราะ เล็ก");
        assert_eq!(parted("abc"), "abc");
    }
}
