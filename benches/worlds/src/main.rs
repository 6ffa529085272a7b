//! Simulated worlds: what learning costs until it knows, beside other bandits. SIMULATED: no figure here was measured on people.
//!
//! `cargo run --release -p worlds` plays every world with every policy over [`SEEDS`] and prints the mean regret with its standard error: what the
//! best choice would have brought in expectation, less what was chosen. `target/bench/worlds.html` has the curves. Each peer plays with that setting of
//! [`grid`] which was best *in that world* on other seeds, which favours the peers: ours has one setting for all worlds, and `-- tune` shows others on those other seeds.
//! `VW_PYTHON` names a Python with `vowpalwabbit==9.11.9`; without it that column is left out. `WORLD=e` plays one world alone.
//!
//! The peers learn a reward as soon as its window closes; ours learns once a day, from the log's lines.
#![allow(clippy::indexing_slicing)]

mod ours;
mod peers;
mod plot;
mod vw;
mod world;

use apropos::intent::Model;
use apropos::time::Timestamp;
use ours::{Knobs, Ours};
use peers::{Explore, Linear, Thompson, Uniform};
use std::collections::VecDeque;
use world::{Dice, Outcome, PEOPLE, Variant, Visit, WINDOW, World};

/// The seeds that are reported, and those that settings were chosen on.
const SEEDS: std::ops::Range<u64> = 1..11;
const TUNING: std::ops::Range<u64> = 1001..1004;
/// How many points a curve has.
const POINTS: usize = 50;

/// Something that chooses.
pub trait Policy {
    /// One of the live variants, or nothing.
    fn choose(&mut self, visit: &Visit, live: &[usize]) -> Option<usize>;
    /// What came of it, when that is known. Ours gets it at once and sees to the delay itself, by the log.
    fn came(&mut self, visit: &Visit, chosen: Option<usize>, outcome: &Outcome, reward: f64);
}

/// What is played.
#[derive(Clone, Copy, Debug)]
enum Player {
    Ours(Knobs),
    Oracle,
    Uniform,
    Thompson(f64),
    Linear(Explore),
    SquareCb(f64),
}

const OURS: Knobs = Knobs { sharpness: 100.0, silence: 0.05, learns: true };

impl Player {
    const fn name(self) -> &'static str {
        match self {
            Self::Ours(Knobs { learns: true, .. }) => "Apropos",
            Self::Ours(_) => "Apropos, not learning",
            Self::Oracle => "oracle",
            Self::Uniform => "uniform",
            Self::Thompson(_) => "Thompson, no context",
            Self::Linear(Explore::Greedy(_)) => "ε-greedy",
            Self::Linear(Explore::Ucb(_)) => "LinUCB",
            Self::Linear(Explore::Thompson(_)) => "LinTS",
            Self::SquareCb(_) => "VW SquareCB",
        }
    }

    fn make<'a>(
        self,
        world: World,
        seed: u64,
        all: &'a [Variant],
        model: &'a Model,
    ) -> Option<Box<dyn Policy + 'a>> {
        Some(match self {
            Self::Ours(knobs) => Box::new(Ours::new(world, seed, model, all, knobs)),
            Self::Oracle => return None,
            Self::Uniform => Box::new(Uniform { dice: Dice::of(seed, 2), silence: world.has_silence() }),
            Self::Thompson(width) => Box::new(Thompson::new(world, seed, all.len(), width)),
            Self::Linear(explore) => Box::new(Linear::new(world, seed, all, explore)),
            Self::SquareCb(gamma) => {
                let python = std::env::var("VW_PYTHON").ok()?;
                let vw = vw::Vw::new(&python, world, seed, all, gamma);
                Box::new(vw.map_err(|error| eprintln!("{python}: {error}")).ok()?)
            }
        })
    }
}

/// What the settings are chosen from.
fn grid() -> Vec<Vec<Player>> {
    let linear =
        |make: fn(f64) -> Explore, widths: [f64; 4]| widths.map(|w| Player::Linear(make(w))).to_vec();
    vec![
        [0.3, 0.6, 1.0].map(Player::Thompson).to_vec(),
        linear(Explore::Greedy, [0.01, 0.03, 0.1, 0.2]),
        linear(Explore::Ucb, [0.03, 0.1, 0.3, 1.0]),
        linear(Explore::Thompson, [0.03, 0.1, 0.3, 1.0]),
        [10.0, 100.0, 1000.0, 10_000.0].map(Player::SquareCb).to_vec(),
    ]
}

/// The regret of a run, at [`POINTS`] moments.
fn play(world: World, seed: u64, player: Player, model: &Model) -> Option<Vec<f64>> {
    let all = world::variants(world, seed);
    let mut policy = player.make(world, seed, &all, model);
    if policy.is_none() && !matches!(player, Player::Oracle) {
        return None;
    }
    let is_ours = matches!(player, Player::Ours(_));
    let mut got: Vec<VecDeque<Timestamp>> = vec![VecDeque::new(); PEOPLE];
    let mut gone = vec![false; PEOPLE];
    let mut waiting: VecDeque<(Visit, Option<usize>, Outcome, f64)> = VecDeque::new();
    let (mut regret, mut curve) = (0.0, Vec::with_capacity(POINTS));
    for round in 0..world.rounds() {
        let who = round % PEOPLE;
        let past: Vec<Timestamp> =
            if world == World::Fatigue { got[who].iter().copied().collect() } else { Vec::new() };
        if !gone[who] || world != World::Fatigue {
            let visit = world::visit(world, seed, round, &past, model);
            let live: Vec<usize> = all.iter().filter(|v| v.days.contains(&visit.day)).map(|v| v.id).collect();
            let best = best(world, &visit, &all, &live);
            let chosen = match &mut policy {
                Some(policy) => {
                    // known by now
                    while waiting.front().is_some_and(|w| w.0.at.plus(WINDOW) <= visit.at) {
                        if let Some((visit, chosen, outcome, reward)) = waiting.pop_front() {
                            policy.came(&visit, chosen, &outcome, reward);
                        }
                    }
                    policy.choose(&visit, &live)
                }
                None => best,
            };
            let variant = chosen.map(|arm| &all[arm]);
            let outcome = world::outcome(world, seed, &visit, variant);
            let expected = world::worth(world, &visit, variant);
            // in world (e) today's choice changes tomorrow: totals are compared there
            regret += if world == World::Fatigue {
                -expected
            } else {
                world::worth(world, &visit, best.map(|arm| &all[arm])) - expected
            };
            if world == World::Fatigue && chosen.is_some() {
                got[who].push_back(visit.at);
                gone[who] = outcome.left;
            }
            if let Some(policy) = &mut policy {
                let reward = world::reward(world, &outcome, variant);
                if world == World::Delay && !is_ours {
                    waiting.push_back((visit, chosen, outcome, reward));
                } else {
                    policy.came(&visit, chosen, &outcome, reward);
                }
            }
        }
        if (round + 1) % (world.rounds() / POINTS) == 0 {
            curve.push(regret);
        }
    }
    Some(curve)
}

/// The best choice. In world (e), which looks ahead, the best of the rules "speak to who got fewer than `n` messages in two weeks".
fn best(world: World, visit: &Visit, all: &[Variant], live: &[usize]) -> Option<usize> {
    let by_worth = |a: &usize, b: &usize| {
        let worth = |arm: usize| world::worth(world, visit, Some(&all[arm]));
        worth(*a).total_cmp(&worth(*b))
    };
    let best = live.iter().copied().max_by(by_worth);
    let speaks = world != World::Fatigue || visit.messages < world::patience();
    best.filter(|_| speaks)
}

/// The curves of a player over seeds.
fn curves(world: World, seeds: std::ops::Range<u64>, player: Player, model: &Model) -> Option<Vec<Vec<f64>>> {
    let own: Option<Vec<_>> = seeds.clone().map(|seed| play(world, seed, player, model)).collect();
    let mut own = own?;
    if world == World::Fatigue {
        for (curve, seed) in own.iter_mut().zip(seeds) {
            let best = oracle(seed, model);
            curve.iter_mut().zip(best).for_each(|(loss, best)| *loss -= best);
        }
    }
    Some(own)
}

/// The losses of the best rule of world (e).
fn oracle(seed: u64, model: &Model) -> Vec<f64> {
    let rules = (0..8).filter_map(|patience| {
        world::be_patient(patience);
        play(World::Fatigue, seed, Player::Oracle, model)
    });
    let last = |curve: &Vec<f64>| curve.last().copied().unwrap_or_default();
    rules.min_by(|a, b| last(a).total_cmp(&last(b))).unwrap_or_default()
}

/// Mean and standard error of the last point.
fn summary(curves: &[Vec<f64>]) -> (f64, f64) {
    let last: Vec<f64> = curves.iter().filter_map(|curve| curve.last().copied()).collect();
    let n = last.len() as f64;
    let mean = last.iter().sum::<f64>() / n;
    let variance = last.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (n - 1.0).max(1.0);
    (mean, libm::sqrt(variance / n))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let model = Model::starter()?;
    let only = std::env::var("WORLD").unwrap_or_default();
    let worlds = World::ALL.into_iter().filter(|world| world.name().starts_with(&only));
    if std::env::args().any(|arg| arg == "tune") {
        tune(worlds, &model);
        return Ok(());
    }
    println!("SIMULATED cumulative regret, mean ± standard error over {} seeds\n", SEEDS.count());
    let mut panels = Vec::new();
    for world in worlds {
        println!("{}", world.name());
        let fixed = [Player::Ours(OURS), Player::Ours(Knobs { learns: false, ..OURS }), Player::Uniform];
        let mut lines = Vec::new();
        for player in fixed.into_iter().chain(tuned(world, &model)) {
            let Some(curves) = curves(world, SEEDS, player, &model) else { continue };
            let (mean, error) = summary(&curves);
            println!("  {:<22} {mean:>9.1} ± {error:<8.1} {player:?}", player.name());
            lines.push((player.name(), curves));
        }
        panels.push((world.name(), lines));
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/bench/worlds.html");
    std::fs::create_dir_all(concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/bench"))?;
    std::fs::write(path, plot::page(&panels))?;
    println!("\ncurves: target/bench/worlds.html");
    Ok(())
}

/// Plays our settings on the tuning seeds.
fn tune(worlds: impl Iterator<Item = World>, model: &Model) {
    for world in worlds {
        println!("{}", world.name());
        for sharpness in [30.0, 100.0, 300.0] {
            let Some(curves) = curves(world, TUNING, Player::Ours(Knobs { sharpness, ..OURS }), model) else {
                continue;
            };
            let (mean, error) = summary(&curves);
            println!("  sharpness {sharpness:<6} {mean:>9.1} ± {error:.1}");
        }
    }
}

/// The best setting of each peer in a world, on the tuning seeds.
fn tuned(world: World, model: &Model) -> Vec<Player> {
    let regret = |player: Player| {
        // a pipe to Python is slow: one seed has to do
        let seeds =
            if matches!(player, Player::SquareCb(_)) { TUNING.start..TUNING.start + 1 } else { TUNING };
        curves(world, seeds, player, model).map(|curves| (player, summary(&curves).0))
    };
    let best = |settings: Vec<Player>| {
        settings.into_iter().filter_map(regret).min_by(|a, b| a.1.total_cmp(&b.1)).map(|(player, _)| player)
    };
    grid().into_iter().filter_map(best).collect()
}
