//! The engine natively, for `benches/peers/decide.mjs`: a line of JSON on standard input is a question to keep, answered with its number; `run 0 5000`
//! decides question 0 five thousand times, answered with the nanoseconds it took and the sum; `explain 0 5000` explains.

use engine_bench::Question;
use std::io::{BufRead, Write, stdin, stdout};
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut questions = Vec::new();
    for line in stdin().lock().lines() {
        let line = line?;
        let words: Vec<_> = line.split(' ').collect();
        let answer = match words.as_slice() {
            [what @ ("run" | "explain"), at, count] => {
                let question: &Question = questions.get(at.parse::<usize>()?).ok_or("no such question")?;
                let (start, count) = (Instant::now(), count.parse()?);
                let sum = if *what == "run" { question.run(count) } else { question.run_explained(count) };
                format!("{} {sum}", start.elapsed().as_nanos())
            }
            _ => {
                questions.push(Question::read(&line)?);
                (questions.len() - 1).to_string()
            }
        };
        writeln!(stdout(), "{answer}")?;
    }
    Ok(())
}
