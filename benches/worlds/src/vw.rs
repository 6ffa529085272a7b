//! Vowpal Wabbit's SquareCB (`--cb_explore_adf --squarecb`), in Python beside us, as its makers ship it (vowpalwabbit 9.11.9).
//!
//! It sees what the regression of `peers.rs` sees, and learns online. Costs are the negative rewards, scaled to [-1, 0] or so.

use crate::Policy;
use crate::world::{Dice, Outcome, Variant, Visit, World};
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

pub struct Vw {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    dice: Dice,
    variants: Vec<Variant>,
    scale: f64,
    silence: bool,
    /// What was asked in a round, and the chosen line of it with its probability, until it is known what came.
    asked: std::collections::BTreeMap<usize, (Vec<String>, usize, f64)>,
}

impl Vw {
    pub fn new(
        python: &str,
        world: World,
        seed: u64,
        variants: &[Variant],
        gamma: f64,
    ) -> std::io::Result<Self> {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/src/vw.py");
        let options = format!(
            "--cb_explore_adf --squarecb --gamma_scale {gamma} -q mt -b 18 --quiet --random_seed {seed}"
        );
        let mut child = Command::new(python)
            .args([script, &options])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let (to, from) = (child.stdin.take(), child.stdout.take());
        let (Some(to), Some(from)) = (to, from) else { return Err(std::io::Error::other("no pipes")) };
        Ok(Self {
            child,
            to,
            from: BufReader::new(from),
            dice: Dice::of(seed, 5),
            variants: variants.to_vec(),
            scale: world.value(),
            silence: world.has_silence(),
            asked: std::collections::BTreeMap::new(),
        })
    }

    fn ask(&mut self, lines: &[String]) -> std::io::Result<Vec<f64>> {
        writeln!(self.to, "P {}", lines.join("\t"))?;
        self.to.flush()?;
        let mut answer = String::new();
        self.from.read_line(&mut answer)?;
        Ok(answer.split_whitespace().filter_map(|p| p.parse().ok()).collect())
    }
}

impl Drop for Vw {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Policy for Vw {
    fn choose(&mut self, visit: &Visit, live: &[usize]) -> Option<usize> {
        let mut shared = format!("shared |m mood{}", visit.facets.mood);
        for (i, motive) in visit.motives.iter().enumerate() {
            let _ = write!(shared, " m{i}:{motive:.4}");
        }
        let mut lines = vec![shared];
        for arm in live {
            let variant = &self.variants[*arm];
            let mut line = format!("|t v{}", variant.id);
            (0..5).filter(|i| variant.told >> i & 1 == 1).for_each(|i| line.push_str(&format!(" t{i}")));
            lines.push(line);
        }
        if self.silence {
            lines.push("|t none".into());
        }
        let shares = self.ask(&lines).unwrap_or_default();
        let (point, mut end) = (self.dice.unit() * shares.iter().sum::<f64>(), 0.0);
        let at = shares.iter().position(|p| {
            end += p;
            point < end
        });
        let at = at.unwrap_or(0);
        let share = shares.get(at).copied().unwrap_or(1.0);
        self.asked.insert(visit.round, (lines, at + 1, share));
        live.get(at).copied()
    }

    fn came(&mut self, visit: &Visit, _: Option<usize>, _: &Outcome, reward: f64) {
        let Some((mut lines, at, share)) = self.asked.remove(&visit.round) else { return };
        lines[at] = format!("0:{:.6}:{share:.6} {}", -reward / self.scale, lines[at]);
        let _ = writeln!(self.to, "L {}", lines.join("\t"));
    }
}
