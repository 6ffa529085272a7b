//! What a command reads: a file or standard input, plain or gzipped; its lines and CSV rows with their numbers.

use anyhow::{Context, Result, bail};
use flate2::bufread::MultiGzDecoder;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

/// The largest document, or line, that is read, in bytes.
pub const MAX_BYTES: usize = 4 << 20;

/// Something to read, and what to call it.
pub struct Input {
    pub name: String,
    pub reader: Box<dyn BufRead>,
}

/// One line, without its end.
pub struct Line {
    /// From 1.
    pub number: u64,
    /// The text, or why there is none.
    pub text: Result<String, String>,
}

impl Input {
    /// Opens a file, or standard input when `path` is `-`. Gzip is seen by its first bytes, whatever the name.
    pub fn open(path: &Path) -> Result<Self> {
        let (name, raw): (_, Box<dyn Read>) = if path == Path::new("-") {
            ("stdin".to_owned(), Box::new(io::stdin()))
        } else {
            let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
            (path.display().to_string(), Box::new(file))
        };
        let mut plain = BufReader::with_capacity(1 << 16, raw);
        let start = plain.fill_buf().with_context(|| format!("cannot read {name}"))?;
        let reader: Box<dyn BufRead> = if start.starts_with(&[0x1f, 0x8b]) {
            Box::new(BufReader::with_capacity(1 << 16, MultiGzDecoder::new(plain)))
        } else {
            Box::new(plain)
        };
        Ok(Self { name, reader })
    }

    /// The whole of it, as text.
    pub fn text(self) -> Result<String> {
        let name = self.name;
        let mut bytes = Vec::new();
        let read = self.reader.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes);
        read.with_context(|| format!("cannot read {name}"))?;
        if bytes.len() > MAX_BYTES {
            bail!("{name} is larger than {} MB", MAX_BYTES >> 20);
        }
        let text = String::from_utf8(bytes).ok().with_context(|| format!("{name} is not UTF-8 text"))?;
        Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
    }

    /// Whether it holds JSON objects; anything else is taken for CSV.
    pub fn is_json(&mut self) -> Result<bool> {
        let start = self.reader.fill_buf().with_context(|| format!("cannot read {}", self.name))?;
        let start = start.strip_prefix("\u{feff}".as_bytes()).unwrap_or(start);
        Ok(start.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'{'))
    }

    /// Whether there is nothing in it at all.
    pub fn is_empty(&mut self) -> Result<bool> {
        let start = self.reader.fill_buf().with_context(|| format!("cannot read {}", self.name))?;
        Ok(start.is_empty())
    }

    /// Its lines that aren't blank.
    pub fn lines(self) -> Lines {
        Lines { input: self, number: 0 }
    }

    /// Its rows. The delimiter is the one of comma, semicolon and tab that the header has most of.
    pub fn table(mut self) -> Result<Table> {
        let start = self.reader.fill_buf().with_context(|| format!("cannot read {}", self.name))?;
        let delimiter = delimiter(start);
        let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(self.reader);
        let header = reader.headers().with_context(|| format!("cannot read the header of {}", self.name))?;
        let header: Vec<_> = header.iter().map(|name| name.trim().to_owned()).collect();
        if header.iter().all(String::is_empty) {
            bail!("{} is empty: a CSV file starts with a header that names its columns", self.name);
        }
        Ok(Table { name: self.name, header, delimiter, reader })
    }
}

fn delimiter(start: &[u8]) -> u8 {
    let header = start.split(|b| *b == b'\n').next().unwrap_or_default();
    let frequency = |delimiter: &u8| header.iter().filter(|b| *b == delimiter).count();
    // the last of equals wins, so the comma stands last
    b"\t;,".iter().copied().max_by_key(frequency).unwrap_or(b',')
}

/// The lines of an input that aren't blank.
pub struct Lines {
    input: Input,
    number: u64,
}

impl Lines {
    /// The next of them.
    pub fn read(&mut self) -> Result<Option<Line>> {
        loop {
            let mut bytes = Vec::new();
            let mut limited = (&mut self.input.reader).take(MAX_BYTES as u64 + 1);
            let read = limited.read_until(b'\n', &mut bytes);
            if read.with_context(|| format!("cannot read {}", self.input.name))? == 0 {
                return Ok(None);
            }
            self.number += 1;
            let text = self.line(bytes)?;
            if !text.as_ref().is_ok_and(|text| text.trim().is_empty()) {
                return Ok(Some(Line { number: self.number, text }));
            }
        }
    }

    fn line(&mut self, bytes: Vec<u8>) -> Result<Result<String, String>> {
        if bytes.len() > MAX_BYTES {
            let rest = self.input.reader.skip_until(b'\n');
            rest.with_context(|| format!("cannot read {}", self.input.name))?;
            return Ok(Err(format!("the line is longer than {} MB", MAX_BYTES >> 20)));
        }
        let text = String::from_utf8(bytes).map_err(|_| "the line is not UTF-8 text".to_owned());
        Ok(text.map(|t| t.trim_start_matches('\u{feff}').trim_end_matches(['\n', '\r']).to_owned()))
    }
}

/// The rows of a CSV.
pub struct Table {
    pub name: String,
    /// The names of the columns, trimmed.
    pub header: Vec<String>,
    pub delimiter: u8,
    reader: csv::Reader<Box<dyn BufRead>>,
}

/// One row: where it begins, and its cells or why it has none.
pub struct Row {
    pub number: u64,
    pub cells: Result<csv::StringRecord, String>,
}

impl Table {
    /// The next row.
    pub fn read(&mut self) -> Result<Option<Row>> {
        let number = self.reader.position().line();
        let mut cells = csv::StringRecord::new();
        match self.reader.read_record(&mut cells) {
            Ok(false) => Ok(None),
            Ok(true) => {
                let number = cells.position().map_or(number, csv::Position::line);
                Ok(Some(Row { number, cells: Ok(cells) }))
            }
            Err(error) => {
                let (number, reason) =
                    reason(error, number).with_context(|| format!("cannot read {}", self.name))?;
                Ok(Some(Row { number, cells: Err(reason) }))
            }
        }
    }

    /// The place of a column.
    pub fn column(&self, name: &str) -> Result<usize, String> {
        self.header.iter().position(|known| known == name).ok_or_else(|| {
            let known = self.header.iter().map(String::as_str);
            format!("the file has no column {name:?}; {}", suggestion(name, known))
        })
    }
}

/// The fault of one row; anything else ends the reading.
fn reason(error: csv::Error, number: u64) -> Result<(u64, String)> {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { pos, expected_len, len } => {
            let number = pos.as_ref().map_or(number, csv::Position::line);
            Ok((
                number,
                format!("the row has {len} cells, the header has {expected_len}; is a quote missing?"),
            ))
        }
        csv::ErrorKind::Utf8 { pos, .. } => {
            Ok((pos.as_ref().map_or(number, csv::Position::line), "the row is not UTF-8 text".to_owned()))
        }
        _ => Err(error.into()),
    }
}

/// "did you mean …?", or what there is.
pub fn suggestion<'s>(wrong: &str, known: impl Iterator<Item = &'s str> + Clone) -> String {
    match apropos::nearest::nearest(wrong, known.clone()) {
        Some(near) => format!("did you mean {near:?}?"),
        None => format!("it has {}", known.collect::<Vec<_>>().join(", ")),
    }
}
