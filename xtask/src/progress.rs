//! What is under way, and how long it will still take.
//!
//! A command adds steps to a [`Plan`] and runs it. What is left is estimated from what steps took in earlier runs, kept in
//! `target/xtask-times`; a clean checkout has neither that file nor anything compiled, and takes the defaults, measured on two
//! cores. A terminal sees one line that counts down; a log sees a line when a step starts and when it ends.

use crate::tools;
use anyhow::{Context, Result, bail};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{IsTerminal, Write, stderr};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How long a step takes until there is experience with it, in seconds.
#[derive(Clone, Copy)]
pub struct Estimate {
    /// The first time, with nothing compiled.
    pub first: f64,
    /// After that, when little has changed.
    pub again: f64,
}

/// A step that took less had nothing to do, which is not worth a line.
const WORTH_A_LINE: f64 = 2.0;
/// How much of a failed command's log is shown.
const TAIL: usize = 60;

/// The steps of one command, in order.
pub struct Plan {
    name: &'static str,
    steps: Vec<Planned>,
    times: Times,
}

struct Planned {
    key: &'static str,
    label: &'static str,
    estimate: Estimate,
    seconds: f64,
    action: Action,
}

type Action = Box<dyn FnOnce(&Step) -> Result<()>>;

impl Plan {
    /// An empty plan for the command `name`.
    pub fn new(name: &'static str) -> Self {
        Self { name, steps: Vec::new(), times: Times::load() }
    }

    /// Adds a step: `key` names its log and its remembered time.
    pub fn add(
        &mut self,
        key: &'static str,
        label: &'static str,
        estimate: Estimate,
        action: impl FnOnce(&Step) -> Result<()> + 'static,
    ) {
        // two builds that share their tools each ask for them
        if self.steps.iter().all(|step| step.key != key) {
            let seconds = self.times.get(key).unwrap_or(estimate.first);
            self.steps.push(Planned { key, label, estimate, seconds, action: Box::new(action) });
        }
    }

    /// Runs the steps; the first that fails ends it.
    pub fn run(self) -> Result<()> {
        let Self { name, steps, mut times } = self;
        fs::create_dir_all(tools::target("xtask-logs"))?;
        let (start, count) = (Instant::now(), steps.len());
        let mut left: f64 = steps.iter().map(|step| step.seconds).sum();
        for (index, planned) in steps.into_iter().enumerate() {
            left -= planned.seconds;
            let title = format!("[{}/{count}] {}", index + 1, planned.label);
            let step = Step::new(planned.key, Meter::start(title, planned.seconds, left))?;
            let began = Instant::now();
            (planned.action)(&step)?;
            step.meter.done();
            times.note(planned.key, planned.estimate, began.elapsed());
        }
        if count > 0 {
            eprintln!("{name}: done in {}", clock(start.elapsed().as_secs_f64()));
        }
        Ok(())
    }
}

/// What a running step can do.
pub struct Step {
    log: File,
    path: PathBuf,
    meter: Meter,
}

impl Step {
    fn new(key: &str, meter: Meter) -> Result<Self> {
        let path = tools::target("xtask-logs").join(format!("{key}.log"));
        let log = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(Self { log, path, meter })
    }

    /// Runs a command with its output in the step's log.
    pub fn run(&self, command: &mut Command) -> Result<()> {
        command.stdout(self.log.try_clone()?);
        self.finish(command)
    }

    /// Runs a command and shows what it prints; its complaints still go to the log.
    pub fn show(&self, command: &mut Command) -> Result<()> {
        self.meter.pause();
        command.stdout(Stdio::inherit());
        self.finish(command)
    }

    /// The step's log, for a command that outlives the step.
    pub fn log(&self) -> Result<File> {
        Ok(self.log.try_clone()?)
    }

    /// Where the log is.
    pub fn log_path(&self) -> &Path {
        &self.path
    }

    fn finish(&self, command: &mut Command) -> Result<()> {
        let name = tools::name(command);
        // not the whole command: its environment may hold a secret
        let args = command.get_args().collect::<Vec<_>>().join(OsStr::new(" "));
        writeln!(&self.log, "$ {name} {}", args.display())?;
        command.stdin(Stdio::null()).stderr(self.log.try_clone()?);
        let status = command.status().with_context(|| format!("cannot run {name}"))?;
        if status.success() {
            return Ok(());
        }
        self.meter.pause();
        eprintln!("{}", tail(&self.path));
        bail!("{name} failed: {status}; the whole log is {}", self.path.display())
    }
}

/// The end of a log.
pub fn tail(path: &Path) -> String {
    let text = fs::read(path).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(TAIL)..].join("\n")
}

/// The line on the terminal, redrawn by a thread of its own. In a log there is none.
struct Meter {
    title: String,
    start: Instant,
    drawing: Cell<Option<Drawing>>,
}

/// Dropping the sender ends the thread.
type Drawing = (mpsc::Sender<()>, JoinHandle<()>);

impl Meter {
    fn start(title: String, seconds: f64, after: f64) -> Self {
        let start = Instant::now();
        let drawing = stderr().is_terminal().then(|| {
            let (sender, stop) = mpsc::channel();
            let title = title.clone();
            (sender, thread::spawn(move || draw_until(&stop, &title, start, seconds, after)))
        });
        if drawing.is_none() {
            eprintln!("{title} ({})", remaining(0.0, seconds, after));
        }
        Self { title, start, drawing: Cell::new(drawing) }
    }

    /// Wipes the line, for good. Whether there was one.
    fn wipe(&self) -> bool {
        let Some((sender, thread)) = self.drawing.take() else { return false };
        drop(sender);
        let _ = thread.join();
        eprint!("\r\x1b[K");
        true
    }

    /// Leaves the terminal to somebody else.
    fn pause(&self) {
        if self.wipe() {
            eprintln!("{}", self.title);
        }
    }

    fn done(&self) {
        self.wipe();
        let seconds = self.start.elapsed().as_secs_f64();
        if seconds >= WORTH_A_LINE {
            eprintln!("{}: {}", self.title, clock(seconds));
        }
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        self.wipe();
    }
}

fn draw_until(stop: &mpsc::Receiver<()>, title: &str, start: Instant, seconds: f64, after: f64) {
    loop {
        let spent = start.elapsed().as_secs_f64();
        eprint!("\r\x1b[K{title} {} ({})", clock(spent), remaining(spent, seconds, after));
        match stop.recv_timeout(Duration::from_secs(1)) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(()) | Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// An estimate in words. A step that overruns is not promised to end.
fn remaining(spent: f64, seconds: f64, after: f64) -> String {
    let left = (seconds - spent).max(0.0) + after;
    match (spent > seconds, left < 1.0) {
        (false, true) => "a moment left".into(),
        (false, false) => format!("about {} left", clock(left)),
        (true, true) => "longer than last time".into(),
        (true, false) => format!("longer than last time; at least {} left", clock(left)),
    }
}

/// Seconds as people read them.
fn clock(seconds: f64) -> String {
    match seconds.round() as u64 {
        0 => format!("{} ms", (seconds * 1000.0).round()),
        s @ 1..60 => format!("{s} s"),
        s => format!("{} min {:02} s", s / 60, s % 60),
    }
}

/// How long steps took, remembered between runs. Losing it costs an estimate, so faults are ignored.
struct Times {
    path: PathBuf,
    runs: BTreeMap<String, Vec<f64>>,
}

impl Times {
    /// As many runs as it takes to outvote one in which everything was compiled anew, or nothing.
    const KEPT: usize = 3;

    fn load() -> Self {
        let path = tools::target("xtask-times");
        let text = fs::read_to_string(&path).unwrap_or_default();
        Self { path, runs: parse(&text) }
    }

    fn get(&self, key: &str) -> Option<f64> {
        median(self.runs.get(key)?)
    }

    fn note(&mut self, key: &str, estimate: Estimate, took: Duration) {
        match self.runs.get_mut(key) {
            Some(runs) => {
                runs.push(took.as_secs_f64());
                runs.drain(..runs.len().saturating_sub(Self::KEPT));
            }
            // a first run tells nothing about the second
            None => drop(self.runs.insert(key.to_owned(), vec![estimate.again])),
        }
        let line = |(key, runs): (&String, &Vec<f64>)| {
            let runs: String = runs.iter().map(|seconds| format!(" {seconds:.1}")).collect();
            format!("{key}{runs}\n")
        };
        let _ = fs::write(&self.path, self.runs.iter().map(line).collect::<String>());
    }
}

fn median(runs: &[f64]) -> Option<f64> {
    let mut sorted = runs.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied()
}

fn parse(text: &str) -> BTreeMap<String, Vec<f64>> {
    let entry = |line: &str| {
        let mut words = line.split(' ');
        let key = words.next()?.to_owned();
        let runs: Result<Vec<f64>, _> = words.map(str::parse).collect();
        Some((key, runs.ok()?))
    };
    text.lines().filter_map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_overrun_promises_nothing() {
        assert_eq!(remaining(10.0, 30.0, 45.0), "about 1 min 05 s left");
        assert_eq!(remaining(31.0, 30.0, 45.0), "longer than last time; at least 45 s left");
        assert_eq!(remaining(31.0, 30.0, 0.0), "longer than last time");
        assert_eq!(remaining(0.0, 0.2, 0.0), "a moment left");
    }

    #[test]
    fn a_damaged_memory_is_skipped_line_by_line() {
        let times = parse("worker 12.5 3\nbrowser x\ncli 3\n");
        assert_eq!(
            times.into_iter().collect::<Vec<_>>(),
            [("cli".into(), vec![3.0]), ("worker".into(), vec![12.5, 3.0])]
        );
    }

    #[test]
    fn one_unusual_run_changes_nothing() {
        assert_eq!(median(&[0.3, 360.0, 0.4]), Some(0.4));
        assert_eq!(median(&[]), None);
    }
}
