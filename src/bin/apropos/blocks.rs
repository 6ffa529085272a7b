//! Large inputs in blocks of whole lines, worked on by every core at once, with the results in the order of the input.
//!
//! Blocks go to the workers in turn and come back in the same turn, so order needs no sorting, and at most two blocks wait at each worker: memory
//! stays bounded however large the input is.

use crate::input::{Input, MAX_BYTES};
use anyhow::{Context, Result};
use std::io::{BufRead, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

/// How many bytes a block has, unless a line is longer: enough that handing it over costs nothing beside the work.
const BLOCK: usize = 256 << 10;
/// How many blocks wait at a worker.
const WAITING: usize = 2;

/// Whole lines, one after the other.
pub enum Block {
    /// The lines, with their ends.
    Lines(Vec<u8>),
    /// One line that is longer than [`MAX_BYTES`] and isn't kept.
    TooLong,
}

/// An input as blocks.
pub struct Blocks {
    input: Input,
    /// The beginning of the line that the last block left unfinished.
    rest: Vec<u8>,
}

impl Blocks {
    /// The blocks of an input.
    pub fn of(input: Input) -> Self {
        Self { input, rest: Vec::new() }
    }

    /// The next of them.
    pub fn read(&mut self) -> Result<Option<Block>> {
        let Self { input, rest } = self;
        let cannot_read = || format!("cannot read {}", input.name);
        let mut bytes = std::mem::take(rest);
        let mut wanted = BLOCK;
        loop {
            let missing = wanted.saturating_sub(bytes.len());
            let mut limited = (&mut input.reader).take(missing as u64);
            if limited.read_to_end(&mut bytes).with_context(cannot_read)? < missing {
                return Ok((!bytes.is_empty()).then_some(Block::Lines(bytes)));
            }
            if let Some(end) = bytes.iter().rposition(|byte| *byte == b'\n') {
                *rest = bytes.split_off(end + 1);
                return Ok(Some(Block::Lines(bytes)));
            }
            if bytes.len() > MAX_BYTES {
                input.reader.skip_until(b'\n').with_context(cannot_read)?;
                return Ok(Some(Block::TooLong));
            }
            wanted = (2 * bytes.len()).clamp(BLOCK, MAX_BYTES + 1);
        }
    }

    /// Has every block worked on by one of the workers that `worker` makes, one for each core, and hands what comes of it to `take`, in order.
    pub fn work<W, D>(
        mut self,
        worker: impl Fn() -> W + Sync,
        mut take: impl FnMut(D) -> Result<()>,
    ) -> Result<()>
    where
        W: FnMut(Block) -> D,
        D: Send,
    {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        thread::scope(|scope| {
            let hands: Vec<_> = (0..cores)
                .map(|_| {
                    let (give, tasks) = sync_channel(WAITING);
                    let (done, results) = sync_channel(WAITING);
                    let worker = &worker;
                    scope.spawn(move || labour(&mut worker(), &tasks, &done));
                    (give, results)
                })
                .collect();
            let (mut given, mut taken) = (hands.iter().cycle(), hands.iter().cycle());
            let mut waiting = 0;
            let mut next = |waiting: &mut usize| -> Result<()> {
                let Some((_, results)) = taken.next() else { return Ok(()) };
                *waiting -= 1;
                take(results.recv().context("a worker has ended")?)
            };
            while let Some(block) = self.read()? {
                if waiting == cores * WAITING {
                    next(&mut waiting)?;
                }
                if let Some((give, _)) = given.next() {
                    give.send(block).ok().context("a worker has ended")?;
                    waiting += 1;
                }
            }
            while waiting > 0 {
                next(&mut waiting)?;
            }
            Ok(())
        })
    }
}

fn labour<D>(worker: &mut impl FnMut(Block) -> D, tasks: &Receiver<Block>, done: &SyncSender<D>) {
    for block in tasks {
        if done.send(worker(block)).is_err() {
            break; // nobody waits for it any more
        }
    }
}
