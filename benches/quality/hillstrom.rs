//! Hillstrom's e-mail trial: who gets which mail, or none.
//!
//! Every customer is decided on by a policy that was learnt without them (ten folds), at eight costs of a mail. Values are doubly robust with a probability of 1/3 per arm
//! and, as forecasts, a ridge regression per arm (α = 10), cross-fitted over the same folds. *Skill* is the value less that of the better of mailing nobody and sending everyone the men's mail.

use crate::{online, table};
use apropos::learn::frame::Frame;
use apropos::learn::offpolicy::{Estimate, Log, Method};
use apropos::learn::qini;
use apropos::learn::uplift::measure::Trials;
use apropos::learn::uplift::policy::{Policy, Prices};
use apropos::learn::uplift::solve::solve;
use apropos::learn::uplift::{self, Propensity, Roles, Trial, columns, fold};
use std::path::PathBuf;

const COSTS: [f64; 8] = [0.0, 0.02, 0.04, 0.05, 0.06, 0.08, 0.1, 0.12];
const FOLDS: usize = 10;
/// Cross-validation is repeated: a single cut into folds moves skill by half its standard error.
const SEEDS: [u64; 3] = [1, 2, 3];

pub fn run(paths: &[PathBuf]) -> Result<(), String> {
    let frame = table::read(paths)?;
    let trial = Trial::read(&frame, &roles())?;
    println!(
        "Hillstrom, {} customers; visits per 10,000, {FOLDS} folds × {} seeds",
        trial.rows(),
        SEEDS.len()
    );
    let features = features(&frame)?;
    let runs: Vec<Run> =
        SEEDS.iter().map(|seed| Run::of(&trial, &features, *seed)).collect::<Result<_, _>>()?;
    skill(&trial, &runs)?;
    ranking(&trial, &runs);
    online::run(&trial);
    Ok(())
}

fn roles() -> Roles {
    Roles {
        treatment: "segment".into(),
        none: "No E-Mail".into(),
        treatments: vec!["Mens E-Mail".into(), "Womens E-Mail".into()],
        outcome: "visit".into(),
        propensity: Propensity::Same(1.0 / 3.0),
        drop: vec!["conversion".into(), "spend".into()],
    }
}

/// One cross-validation: what the policies that didn't see a row say of it, and what a ridge regression expects.
struct Run {
    folds: Vec<usize>,
    policies: Vec<Policy>,
    effects: Vec<Vec<f64>>,
    told: Vec<Vec<f64>>,
}

impl Run {
    fn of(trial: &Trial, features: &[Vec<f64>], seed: u64) -> Result<Self, String> {
        let folds: Vec<usize> = (0..trial.rows()).map(|row| fold(row, seed + 100, FOLDS)).collect();
        let mut effects = vec![Vec::new(); trial.rows()];
        let mut policies = Vec::new();
        for held in 0..FOLDS {
            let (others, own): (Vec<usize>, Vec<usize>) =
                (0..trial.rows()).partition(|row| folds[*row] != held);
            let part = trial.pick(&others);
            let mut policy = uplift::learn(&part, seed)?.policy;
            policy.prudence = Trials::of(&part, seed)?.measure(1.0, &COSTS)?.0;
            for (row, effect) in own.iter().zip(policy.effects(&trial.signals.pick(&own))?) {
                effects[*row] = effect;
            }
            policies.push(policy);
        }
        Ok(Self { told: ridge(trial, features, &folds), folds, policies, effects })
    }

    fn choose(&self, cost: f64) -> Vec<usize> {
        let prices = |p: &Policy| Prices { value: 1.0, costs: vec![cost, cost], prudence: p.prudence };
        let one = |(effects, fold): (&Vec<f64>, &usize)| {
            let policy = &self.policies[*fold];
            policy.choose(effects, &prices(policy))
        };
        self.effects.iter().zip(&self.folds).map(one).collect()
    }
}

fn skill(trial: &Trial, runs: &[Run]) -> Result<(), String> {
    let mut lines: Vec<Vec<(f64, f64, f64)>> = vec![Vec::new(); COSTS.len()];
    let mut means = Vec::new();
    for run in runs {
        let mut total = vec![0.0; trial.rows()];
        for (line, cost) in lines.iter_mut().zip(COSTS) {
            let reward: Vec<f64> = trial
                .outcome
                .iter()
                .zip(&trial.given)
                .map(|(y, a)| if *a > 0 { y - cost } else { *y })
                .collect();
            let net = |told: &Vec<f64>| vec![told[0], told[1] - cost, told[2] - cost];
            let told: Vec<Vec<f64>> = run.told.iter().map(net).collect();
            let log = Log { given: &trial.given, logged: &trial.logged, reward: &reward, told: Some(&told) };
            let scores = |chosen: &[usize]| log.scores(chosen, Method::Dr).map_err(|e| e.to_string());
            let (never, mens) = (scores(&vec![0; trial.rows()])?, scores(&vec![1; trial.rows()])?);
            let base = if Estimate::of(&never).mean > Estimate::of(&mens).mean { never } else { mens };
            let chosen = run.choose(cost);
            let gains: Vec<f64> = scores(&chosen)?.iter().zip(&base).map(|(a, b)| (a - b) * 1e4).collect();
            total.iter_mut().zip(&gains).for_each(|(t, g)| *t += g / COSTS.len() as f64);
            let gain = Estimate::of(&gains);
            let alone = chosen.iter().filter(|c| **c == 0).count() as f64 / trial.rows() as f64;
            line.push((gain.mean, gain.error, alone));
        }
        let gain = Estimate::of(&total);
        means.push((gain.mean, gain.error, 0.0));
    }
    let average = |all: &[(f64, f64, f64)], of: fn(&(f64, f64, f64)) -> f64| {
        all.iter().map(of).sum::<f64>() / all.len() as f64
    };
    let prudence = runs.iter().flat_map(|run| run.policies.iter().map(|p| p.prudence));
    println!("  prudence, by fold: {:?}", prudence.collect::<Vec<_>>());
    for (line, cost) in lines.iter().zip(COSTS) {
        println!(
            "  cost {cost:<5} skill {:6.1} ± {:4.1}   suppressed {:.2}",
            average(line, |l| l.0),
            average(line, |l| l.1),
            average(line, |l| l.2)
        );
    }
    let peers = [
        ("X-linear, all 64,000 rows", 10.1),
        ("DR-linear shrunk half-way, all 64,000 rows", 8.5),
        ("X-LightGBM, all 64,000 rows", 8.3),
        ("T-LightGBM, all 64,000 rows", -20.0),
    ];
    let (mean, error) = (average(&means, |l| l.0), average(&means, |l| l.1));
    println!("  mean       skill {mean:6.1} ± {error:4.1}");
    for (peer, skill) in peers {
        println!("             {skill:12.1}          {peer}");
    }
    table::figure("Hillstrom: mean skill over eight costs", "visits per 10,000", mean, &peers);
    Ok(())
}

/// Qini coefficients of any mail against none, and of the women's.
fn ranking(trial: &Trial, runs: &[Run]) {
    let treated: Vec<bool> = trial.given.iter().map(|a| *a > 0).collect();
    let answered: Vec<bool> = trial.outcome.iter().map(|y| *y > 0.5).collect();
    let women: Vec<usize> = (0..trial.rows()).filter(|row| trial.given[*row] != 1).collect();
    for run in runs {
        let any: Vec<f64> = run.effects.iter().map(|e| e.iter().sum::<f64>() / 2.0).collect();
        let pick = |all: &[bool]| women.iter().map(|row| all[*row]).collect::<Vec<_>>();
        let scores: Vec<f64> = women.iter().map(|row| run.effects[*row][1]).collect();
        let qini = qini::coefficient(&any, &treated, &answered);
        let of_women = qini::coefficient(&scores, &pick(&treated), &pick(&answered));
        println!("Qini: any mail {qini:.4}, women's {of_women:.4}");
        table::figure("Hillstrom: Qini of any mail", "", qini, &[("T-logistic, test half", 0.0375)]);
        table::figure(
            "Hillstrom: Qini of the women's mail",
            "",
            of_women,
            &[("T-logistic, test half", 0.0635)],
        );
    }
}

/// What the ridge regression of an arm that didn't see the row expects.
fn ridge(trial: &Trial, features: &[Vec<f64>], folds: &[usize]) -> Vec<Vec<f64>> {
    let mut told = vec![Vec::new(); trial.rows()];
    for held in 0..FOLDS {
        for arm in 0..=trial.treatments.len() {
            let rows: Vec<usize> =
                (0..trial.rows()).filter(|row| folds[*row] != held && trial.given[*row] == arm).collect();
            let width = features[0].len() + 1;
            let (mut a, mut b) = (vec![0.0; width * width], vec![0.0; width]);
            let with_one = |row: usize| std::iter::once(1.0).chain(features[row].iter().copied());
            for row in rows {
                for (i, x) in with_one(row).enumerate() {
                    b[i] += x * trial.outcome[row];
                    with_one(row).enumerate().for_each(|(j, y)| a[i * width + j] += x * y);
                }
            }
            (1..width).for_each(|i| a[i * width + i] += 10.0);
            let weights = solve(a, &b);
            for row in (0..trial.rows()).filter(|row| folds[*row] == held) {
                told[row].push(with_one(row).zip(&weights).map(|(x, w)| x * w).sum());
            }
        }
    }
    told
}

/// Recency, history, the flags, the places and the channels, as numbers of about one size.
fn features(frame: &Frame) -> Result<Vec<Vec<f64>>, String> {
    let n = |name: &str| table::numbers(frame, name);
    let (recency, history, mens, womens, newbie) =
        (n("recency")?, n("history")?, n("mens")?, n("womens")?, n("newbie")?);
    let texts = |name: &str| frame.column(name).map(columns::texts).ok_or(format!("no column {name:?}"));
    let (zip, channel) = (texts("zip_code")?, texts("channel")?);
    let is = |yes: bool| f64::from(u8::from(yes));
    let row = |i: usize| {
        vec![
            recency[i] / 12.0,
            history[i].ln_1p() / 7.0,
            mens[i],
            womens[i],
            newbie[i],
            is(zip[i] == "Urban"),
            is(zip[i] == "Rural"),
            is(channel[i] == "Web"),
            is(channel[i] == "Multichannel"),
            mens[i] * womens[i],
        ]
    };
    Ok((0..frame.rows()).map(row).collect())
}
