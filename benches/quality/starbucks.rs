//! Starbucks' promotion trial: send, or suppress.
//!
//! Five folds by `bucket(row, 3) % 5`; a purchase is worth 10 and a send costs 0.15. The gain over sending nobody is by inverse probabilities, those of the trial.

use crate::table;
use apropos::learn::frame::bucket;
use apropos::learn::offpolicy::Estimate;
use apropos::learn::uplift::columns::texts;
use apropos::learn::uplift::measure::Trials;
use apropos::learn::uplift::policy::Prices;
use apropos::learn::uplift::{self, Propensity, Roles, Trial};
use std::path::PathBuf;

const FOLDS: usize = 5;
const VALUE: f64 = 10.0;
const COST: f64 = 0.15;

pub fn run(paths: &[PathBuf]) -> Result<(), String> {
    let frame = table::read(paths)?;
    let rows = table::numbers(&frame, "row")?;
    let trial = Trial::read(&frame, &roles())?;
    println!("Starbucks, {} customers; gain per customer over sending nobody, {FOLDS} folds", trial.rows());
    let folds: Vec<usize> = rows.iter().map(|row| bucket(*row as u64, 3) as usize % FOLDS).collect();
    let mut send = vec![false; trial.rows()];
    for held in 0..FOLDS {
        let (others, own): (Vec<usize>, Vec<usize>) = (0..trial.rows()).partition(|row| folds[*row] != held);
        let part = trial.pick(&others);
        let policy = uplift::learn(&part, 1)?.policy;
        let (prudence, _) = Trials::of(&part, 1)?.measure(VALUE, &[COST])?;
        println!("  fold {held}: prudence {prudence}, pulled by {:?}", policy.pulled);
        let prices = Prices { value: VALUE, costs: vec![COST], prudence };
        let effects = policy.effects(&trial.signals.pick(&own))?;
        own.iter().zip(&effects).for_each(|(row, effect)| send[*row] = policy.choose(effect, &prices) == 1);
    }
    tell("Apropos", &trial, &send);
    let column = |name: &str| trial.signals.column(name).map(texts).ok_or(format!("no column {name:?}"));
    let (v4, v5) = (column("V4")?, column("V5")?);
    let rule: Vec<bool> = v4.iter().zip(&v5).map(|(a, b)| a == "2" && b != "2").collect();
    tell("rule: V4 = 2 and V5 ≠ 2", &trial, &rule);
    tell("everybody", &trial, &vec![true; trial.rows()]);
    println!(
        "  peers, same folds: two-model LightGBM .0147 ± .0056 (threshold by cross-validation), .0193 ± .0049 (at break-even)"
    );
    Ok(())
}

fn roles() -> Roles {
    Roles {
        treatment: "Promotion".into(),
        none: "No".into(),
        treatments: vec!["Yes".into()],
        outcome: "purchase".into(),
        propensity: Propensity::Shares,
        drop: vec!["ID".into()],
    }
}

fn tell(name: &str, trial: &Trial, send: &[bool]) {
    let gain = |row: usize| {
        let sign = if trial.given[row] == 1 { 1.0 } else { -1.0 };
        if send[row] { VALUE * sign * trial.outcome[row] / trial.logged[row] - COST } else { 0.0 }
    };
    let gain = Estimate::of(&(0..trial.rows()).map(gain).collect::<Vec<_>>());
    let sum = |arm: usize, of: &dyn Fn(usize) -> f64| -> f64 {
        (0..trial.rows()).filter(|row| send[*row] && trial.given[*row] == arm).map(of).sum()
    };
    let (treated, control) = (sum(1, &|_| 1.0), sum(0, &|_| 1.0));
    let (bought, anyway) = (sum(1, &|row| trial.outcome[row]), sum(0, &|row| trial.outcome[row]));
    let peers = [
        ("two-model LightGBM at break-even", 0.0193),
        ("two-model LightGBM, threshold by cross-validation", 0.0147),
    ];
    table::figure(&format!("Starbucks, gain per customer: {name}"), "", gain.mean, &peers);
    println!(
        "  {name:<28} {:.4} ± {:.4}   IRR {:.4}   NIR {:5.0}   sent {:.2}",
        gain.mean,
        gain.error,
        bought / treated - anyway / control,
        VALUE * (bought - anyway) - COST * treated,
        (treated + control) / trial.rows() as f64
    );
}
