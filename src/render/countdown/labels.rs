//! What the units of a countdown are called, by language.
//!
//! The words are those of the Unicode CLDR 48 (long display names of the units of time; licence Unicode-3.0), with a capital
//! at the start as over a column. Where CLDR has a singular, an abbreviation's dot, or names the span of 24 hours rather than
//! the day (Polish, Icelandic, Estonian, Swedish, Norwegian, Filipino, Arabic, Belarusian, Chinese), it is the word that calendars and shops use.
//! Only languages whose letters there are fonts for are here; a test looks at every letter.

/// Days, hours, minutes, seconds.
pub type Words = [&'static str; 4];

/// The words for whoever reads none of the languages below.
pub const ENGLISH: Words = ["Days", "Hours", "Minutes", "Seconds"];

/// By the language's primary subtag (ISO 639), in alphabetical order.
pub const LANGUAGES: &[(&str, Words)] = &[
    ("af", ["Dae", "Uur", "Minute", "Sekondes"]),
    ("ar", ["أيام", "ساعات", "دقائق", "ثوانٍ"]),
    ("ast", ["Díes", "Hores", "Minutos", "Segundos"]),
    ("az", ["Gün", "Saat", "Dəqiqə", "Saniyə"]),
    ("be", ["Дні", "Гадзіны", "Хвіліны", "Секунды"]),
    ("bg", ["Дни", "Часове", "Минути", "Секунди"]),
    ("br", ["Deizioù", "Eurioù", "Munutoù", "Eilennoù"]),
    ("bs", ["Dani", "Sati", "Minute", "Sekunde"]),
    ("ca", ["Dies", "Hores", "Minuts", "Segons"]),
    ("cs", ["Dny", "Hodiny", "Minuty", "Sekundy"]),
    ("cy", ["Diwrnodau", "Oriau", "Munudau", "Eiliadau"]),
    ("da", ["Dage", "Timer", "Minutter", "Sekunder"]),
    ("de", ["Tage", "Stunden", "Minuten", "Sekunden"]),
    ("el", ["Ημέρες", "Ώρες", "Λεπτά", "Δευτερόλεπτα"]),
    ("en", ENGLISH),
    ("eo", ["Tagoj", "Horoj", "Minutoj", "Sekundoj"]),
    ("es", ["Días", "Horas", "Minutos", "Segundos"]),
    ("et", ["Päevad", "Tunnid", "Minutid", "Sekundid"]),
    ("eu", ["Egunak", "Orduak", "Minutuak", "Segundoak"]),
    ("fa", ["روز", "ساعت", "دقیقه", "ثانیه"]),
    ("fi", ["Päivät", "Tunnit", "Minuutit", "Sekunnit"]),
    ("fil", ["Araw", "Oras", "Minuto", "Segundo"]),
    ("fo", ["Dagar", "Tímar", "Minuttir", "Sekundir"]),
    ("fr", ["Jours", "Heures", "Minutes", "Secondes"]),
    ("fy", ["Deien", "Oere", "Minuten", "Sekonden"]),
    ("ga", ["Lá", "Uair", "Nóim", "Soic"]),
    ("gl", ["Días", "Horas", "Minutos", "Segundos"]),
    ("he", ["ימים", "שעות", "דקות", "שניות"]),
    ("hi", ["दिन", "घंटे", "मिनट", "सेकंड"]),
    ("hr", ["Dani", "Sati", "Minute", "Sekunde"]),
    ("hu", ["Nap", "Óra", "Perc", "Másodperc"]),
    ("id", ["Hari", "Jam", "Menit", "Detik"]),
    ("is", ["Dagar", "Klst", "Mínútur", "Sekúndur"]),
    ("it", ["Giorni", "Ore", "Minuti", "Secondi"]),
    ("ja", ["日", "時間", "分", "秒"]),
    ("kk", ["Күн", "Сағат", "Минут", "Секунд"]),
    ("ko", ["일", "시간", "분", "초"]),
    ("ky", ["Күн", "Саат", "Мүнөт", "Секунд"]),
    ("lb", ["Deeg", "Stonnen", "Minutten", "Sekonnen"]),
    ("lt", ["Dienos", "Valandos", "Minutės", "Sekundės"]),
    ("lv", ["Dienas", "Stundas", "Minūtes", "Sekundes"]),
    ("mk", ["Дена", "Часа", "Минути", "Секунди"]),
    ("mn", ["Хоног", "Цаг", "Минут", "Секунд"]),
    ("mr", ["दिवस", "तास", "मिनिटे", "सेकंद"]),
    ("ms", ["Hari", "Jam", "Minit", "Saat"]),
    ("nb", ["Dager", "Timer", "Minutter", "Sekunder"]),
    ("ne", ["दिन", "घण्टा", "मिनेट", "सेकेन्ड"]),
    ("nl", ["Dagen", "Uur", "Minuten", "Seconden"]),
    ("nn", ["Dagar", "Timar", "Minutt", "Sekund"]),
    ("no", ["Dager", "Timer", "Minutter", "Sekunder"]),
    ("pl", ["Dni", "Godziny", "Minuty", "Sekundy"]),
    ("pt", ["Dias", "Horas", "Minutos", "Segundos"]),
    ("rm", ["Dis", "Uras", "Minutas", "Secundas"]),
    ("ro", ["Zile", "Ore", "Minute", "Secunde"]),
    ("ru", ["Дни", "Часы", "Минуты", "Секунды"]),
    ("sk", ["Dni", "Hodiny", "Minúty", "Sekundy"]),
    ("sl", ["Dni", "Ure", "Minute", "Sekunde"]),
    ("sq", ["Ditë", "Orë", "Minuta", "Sekonda"]),
    ("sr", ["Дани", "Сати", "Минути", "Секунде"]),
    ("sv", ["Dagar", "Timmar", "Minuter", "Sekunder"]),
    ("sw", ["Siku", "Saa", "Dakika", "Sekunde"]),
    ("th", ["วัน", "ชั่วโมง", "นาที", "วินาที"]),
    ("tl", ["Araw", "Oras", "Minuto", "Segundo"]),
    ("tr", ["Gün", "Saat", "Dakika", "Saniye"]),
    ("uk", ["Дні", "Години", "Хвилини", "Секунди"]),
    ("ur", ["دن", "گھنٹے", "منٹ", "سیکنڈ"]),
    ("uz", ["Kun", "Soat", "Daqiqa", "Soniya"]),
    ("vi", ["Ngày", "Giờ", "Phút", "Giây"]),
    ("zh", ["天", "小时", "分钟", "秒"]),
];

/// The words of a language, named by a tag such as `de` or `de-AT`; English for one that isn't known.
pub fn words(language: &str) -> Words {
    let primary = language.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
    let at = LANGUAGES.binary_search_by(|(name, _)| (*name).cmp(&primary));
    at.ok().and_then(|at| LANGUAGES.get(at)).map_or(ENGLISH, |(_, words)| *words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::covers;

    #[test]
    fn every_label_can_be_drawn_and_found() {
        assert!(LANGUAGES.len() >= 30);
        assert!(LANGUAGES.is_sorted_by(|a, b| a.0 < b.0));
        for (language, expected) in LANGUAGES {
            assert_eq!(words(language), *expected);
            for word in expected {
                assert!(covers(word) && (1..=12).contains(&word.chars().count()), "{language}: {word}");
                let small = |c: char| c.is_lowercase();
                assert!(!word.starts_with(small), "{language}: {word}");
            }
        }
    }

    #[test]
    fn a_region_does_not_matter_and_an_unknown_language_is_english() {
        assert_eq!(words("pt-BR"), words("pt"));
        assert_eq!(words("DE_at"), words("de"));
        assert_eq!(words("zh-Hans"), words("zh"));
        for unknown in ["", "hy", "tlh", "d", "english"] {
            assert_eq!(words(unknown), ENGLISH);
        }
    }
}
