//! What a command writes: standard output, or a file that appears whole or not at all.

use anyhow::{Context, Result};
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Where rows go. A file is written beside its place and moved there by [`Output::finish`], so reading and writing the same file is fine.
pub struct Output {
    writer: BufWriter<Box<dyn Write>>,
    file: Option<Unfinished>,
}

/// A file on its way; gone if nobody finishes it.
struct Unfinished {
    partial: PathBuf,
    path: PathBuf,
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.partial);
    }
}

impl Output {
    /// To a file, or to standard output.
    pub fn to(path: Option<&Path>) -> Result<Self> {
        let Some(path) = path else {
            return Ok(Self { writer: BufWriter::new(Box::new(io::stdout())), file: None });
        };
        // what stands behind a link, and never a device or a pipe, is what gets replaced
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let failed = || format!("cannot write {}", path.display());
        if path.exists() && !path.is_file() {
            let device = OpenOptions::new().write(true).open(&path).with_context(failed)?;
            return Ok(Self { writer: BufWriter::new(Box::new(device)), file: None });
        }
        let mut partial = OsString::from(&path);
        partial.push(".part");
        let partial = PathBuf::from(partial);
        let file = private(&partial).with_context(failed)?;
        let unfinished = Unfinished { partial, path };
        Ok(Self { writer: BufWriter::with_capacity(1 << 16, Box::new(file)), file: Some(unfinished) })
    }

    /// Puts the file in its place.
    pub fn finish(mut self) -> Result<()> {
        self.writer.flush()?;
        if let Some(file) = &self.file {
            let moved = fs::rename(&file.partial, &file.path);
            moved.with_context(|| format!("cannot write {}", file.path.display()))?;
        }
        Ok(())
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// A file that only its owner reads: key rings, tokens and profiles are nobody else's.
fn private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
