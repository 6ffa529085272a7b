//! What the table of time zones is made of. `build.rs` includes this file too: it reads the rules and writes them down as [`super::zone`] uses them, so that
//! neither text nor its reader reaches the wasm, and asking costs no reading.

/// Slots of the table of names, a power of two: about three per name.
pub const SLOTS: usize = 2048;

/// The slot where the search for a name begins: FNV-1a of its letters without regard to case. <http://www.isthe.com/chongo/tech/comp/fnv/>
pub fn slot(name: &str) -> usize {
    let hash = |hash: u32, byte: u8| (hash ^ u32::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0193);
    let hash = name.bytes().fold(0x811c_9dc5, hash);
    (hash ^ (hash >> 16)) as usize % SLOTS
}

/// What holds in a zone after the last change that is listed. Offsets are seconds east of UTC.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Lasting {
    /// The same all year.
    Steady(i32),
    /// Standard and daylight time by turns.
    Turns {
        /// The offset of standard time.
        standard: i32,
        /// The offset of daylight time.
        daylight: i32,
        /// When daylight time starts, in standard time.
        starts: Date,
        /// When it ends, in daylight time.
        ends: Date,
    },
}

/// A day of any year and a time on it, in seconds; the time may be negative or beyond the day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Date {
    /// The day.
    pub day: Day,
    /// Seconds after its midnight.
    pub time: i32,
}

/// A day of any year.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Day {
    /// `Mm.w.d`: the `w`-th (5: the last) weekday `d` (0: Sunday) of month `m`.
    Weekday(u8, u8, u8),
    /// `Jn`: day 1 to 365, where 29 February is never counted.
    Julian(u16),
    /// `n`: day 0 to 365, where it is.
    Ordinal(u16),
}

#[cfg_attr(not(test), allow(dead_code, reason = "only build.rs and tests read text"))]
impl Lasting {
    /// Reads what POSIX.1 writes into `TZ`, with the extensions of RFC 9636: `std offset [dst [offset] , date [/time] , date [/time]]`.
    pub fn read(posix: &str) -> Option<Self> {
        let mut reader = Reader(posix);
        reader.name()?;
        let standard = -reader.clock()?;
        if reader.0.is_empty() {
            return Some(Self::Steady(standard));
        }
        reader.name()?;
        let daylight = if reader.0.starts_with(',') { standard + 3600 } else { -reader.clock()? };
        Some(Self::Turns { standard, daylight, starts: reader.date()?, ends: reader.date()? })
    }
}

/// What is left to read of a POSIX rule.
struct Reader<'a>(&'a str);

#[cfg_attr(not(test), allow(dead_code, reason = "only build.rs and tests read text"))]
impl Reader<'_> {
    /// Skips a zone's abbreviation: letters, or anything in `<…>`.
    fn name(&mut self) -> Option<()> {
        let len = match self.0.strip_prefix('<') {
            Some(rest) => rest.find('>')? + 2,
            None => self.0.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(self.0.len()),
        };
        self.0 = self.0.get(len..).filter(|_| len > 0)?;
        Some(())
    }

    /// Reads `[+-]h[h][:mm[:ss]]` as seconds.
    fn clock(&mut self) -> Option<i32> {
        let sign = if self.skip('-') { -1 } else { 1 };
        let _ = self.skip('+');
        let hours: i32 = self.number()?;
        let minutes = if self.skip(':') { self.number()? } else { 0 };
        let seconds = if self.skip(':') { self.number()? } else { 0 };
        Some(sign * (hours * 3600 + minutes * 60 + seconds))
    }

    /// Reads `,date[/time]`. Without a time it is two o'clock.
    fn date(&mut self) -> Option<Date> {
        self.skip(',').then_some(())?;
        let day = if self.skip('M') {
            let month = self.number()?;
            let week = self.skip('.').then(|| self.number())??;
            Day::Weekday(month, week, self.skip('.').then(|| self.number())??)
        } else if self.skip('J') {
            Day::Julian(self.number()?)
        } else {
            Day::Ordinal(self.number()?)
        };
        let time = if self.skip('/') { self.clock()? } else { 7200 };
        Some(Date { day, time })
    }

    fn number<T: std::str::FromStr>(&mut self) -> Option<T> {
        let len = self.0.find(|c: char| !c.is_ascii_digit()).unwrap_or(self.0.len());
        let (digits, rest) = self.0.split_at(len);
        self.0 = rest;
        (len <= 3).then(|| digits.parse().ok())?
    }

    fn skip(&mut self, c: char) -> bool {
        self.0.strip_prefix(c).map(|rest| self.0 = rest).is_some()
    }
}
