//! Trials made up from known effects.

use super::measure::Trials;
use super::policy::{Policy, Prices};
use super::{Propensity, Roles, Trial, learn};
use crate::hash::{mix, unit};
use crate::learn::frame::{Column, Frame};
use crate::learn::offpolicy::Estimate;

fn draw(row: usize, what: u64) -> f64 {
    unit(mix(mix(row as u64) ^ mix(what)))
}

fn column(name: &str, rows: usize, cell: impl Fn(usize) -> String) -> Column {
    Column::read(name, &(0..rows).map(cell).collect::<Vec<_>>())
}

/// A trial of "a", "b" and none in which customers with the flag answer to "a" by `effect` more, and nobody answers to "b".
fn frame(rows: usize, effect: f64, seed: u64) -> Frame {
    let row = move |i: usize| i + seed as usize * 1_000_003;
    let given = move |i: usize| ["none", "a", "b"][(draw(row(i), 1) * 3.0) as usize];
    let flag = move |i: usize| draw(row(i), 2) < 0.4;
    let age = move |i: usize| (draw(row(i), 3) * 60.0).floor() + 18.0;
    let answers = move |i: usize| {
        let p = 0.15 + 0.002 * (age(i) - 18.0) + if given(i) == "a" && flag(i) { effect } else { 0.0 };
        draw(row(i), 4) < p
    };
    Frame {
        columns: vec![
            column("row", rows, |i| i.to_string()),
            column("flag", rows, move |i| u8::from(flag(i)).to_string()),
            column("age", rows, move |i| age(i).to_string()),
            column("noise", rows, move |i| format!("{:.3}", draw(row(i), 5))),
            column("given", rows, move |i| given(i).to_owned()),
            column("answered", rows, move |i| u8::from(answers(i)).to_string()),
            column("spent", rows, move |i| if answers(i) { "9.5".into() } else { "0".into() }),
        ],
    }
}

fn roles() -> Roles {
    Roles {
        treatment: "given".into(),
        none: "none".into(),
        treatments: vec![],
        outcome: "answered".into(),
        propensity: Propensity::Same(1.0 / 3.0),
        drop: vec!["spent".into()],
    }
}

fn trial(rows: usize, effect: f64, seed: u64) -> Trial {
    Trial::read(&frame(rows, effect, seed), &roles()).unwrap()
}

fn prices(cost: f64, prudence: f64) -> Prices {
    Prices { value: 1.0, costs: vec![cost, cost], prudence }
}

#[test]
fn known_effects_are_found_for_those_who_have_them() {
    let trial = trial(9000, 0.2, 1);
    let policy = learn(&trial, 1).unwrap().policy;
    let [a, b] = [0, 1].map(|i| policy.treatments[i].effect);
    assert!((a.mean - 0.08).abs() < 4.0 * a.error && a.kept_mean > 0.9, "{a:?}");
    assert!(b.mean.abs() < 4.0 * b.error, "{b:?}");
    let effects = policy.effects(&trial.signals).unwrap();
    let flags = trial.signals.column("flag").unwrap().answers().unwrap();
    let of = |flag: bool| {
        let own: Vec<f64> =
            effects.iter().zip(&flags).filter(|(_, f)| **f == flag).map(|(e, _)| e[0]).collect();
        Estimate::of(&own).mean
    };
    assert!((of(true) - 0.2).abs() < 0.06 && of(false).abs() < 0.04, "{} {}", of(true), of(false));
    let chosen: Vec<usize> = effects.iter().map(|e| policy.choose(e, &prices(0.1, 1.0))).collect();
    let right = chosen.iter().zip(&flags).filter(|(c, f)| **c == usize::from(**f)).count();
    assert!(right > 8500, "{right}");
}

#[test]
fn without_an_effect_nearly_nothing_is_kept() {
    let mut kept = 0.0;
    for seed in 2..6 {
        let trial = trial(4000, 0.0, seed);
        let policy = learn(&trial, 1).unwrap().policy;
        let effects = policy.effects(&trial.signals).unwrap();
        let largest = effects.iter().flatten().fold(0.0, |most: f64, e| most.max(e.abs()));
        kept += largest / 4.0;
        let treated = effects.iter().filter(|e| policy.choose(e, &prices(0.02, 1.0)) > 0).count();
        assert!(treated * 20 < trial.rows(), "{treated} of {} were treated", trial.rows());
    }
    assert!(kept < 0.03, "{kept}");
}

#[test]
fn learning_is_the_same_every_time_and_a_file_gives_the_policy_again() {
    let trial = trial(1500, 0.2, 7);
    let policy = learn(&trial, 3).unwrap().policy;
    assert_eq!(policy, learn(&trial, 3).unwrap().policy);
    let text = serde_json::to_string_pretty(&policy).unwrap();
    assert_eq!(Policy::parse(&text).unwrap(), policy);
    let other_kind = text.replace("uplift policy", "model");
    assert!(Policy::parse(&other_kind).unwrap_err().contains("its kind is \"model\""));
    let mut cut = policy.clone();
    cut.terms[0].none.pop();
    let text = serde_json::to_string(&cut).unwrap();
    assert!(Policy::parse(&text).unwrap_err().contains("weights"), "{:?}", Policy::parse(&text));
}

#[test]
fn what_is_measured_is_near_what_it_is_worth() {
    let trial = trial(6000, 0.2, 8);
    let (_, measured) = Trials::of(&trial, 1).unwrap().measure(1.0, &[0.1]).unwrap();
    // 40 % have the flag and gain 0.2 for 0.1; whatever they do, 0.209 answer
    let [low, high] = measured[0].interval;
    assert!(low < 0.249 && 0.249 < high, "{measured:?}");
    assert!((measured[0].suppressed - 0.6).abs() < 0.05, "{measured:?}");
    assert!(measured[0].gain[0] > 2.0 * measured[0].gain[1]);
}

#[test]
fn the_usual_treatment_stays_unless_another_wins_by_the_margin() {
    let trial = trial(3000, 0.2, 9);
    let mut policy = learn(&trial, 1).unwrap().policy;
    for treatment in &mut policy.treatments {
        (treatment.effect.mean, treatment.effect.error, treatment.effect.kept_mean) = (0.10, 0.01, 1.0);
    }
    policy.treatments[1].effect.mean = 0.05;
    assert_eq!(policy.choose(&[0.10, 0.109], &prices(0.02, 1.0)), 1);
    assert_eq!(policy.choose(&[0.10, 0.111], &prices(0.02, 1.0)), 2);
    assert_eq!(policy.choose(&[0.015, 0.0], &prices(0.02, 1.0)), 1);
    assert_eq!(policy.choose(&[0.005, 0.0], &prices(0.02, 1.0)), 0);
    // all alike would pay so little that it might be chance: then none is usual
    assert_eq!(policy.choose(&[0.10, 0.05], &prices(0.095, 1.0)), 0);
    assert_eq!(policy.choose(&[0.12, 0.05], &prices(0.095, 1.0)), 1);
}

#[test]
fn tables_that_cannot_teach_are_refused_with_the_mend() {
    let frame = frame(2000, 0.1, 10);
    let refused = |change: &dyn Fn(&mut Roles)| {
        let mut roles = roles();
        change(&mut roles);
        Trial::read(&frame, &roles).unwrap_err()
    };
    assert!(refused(&|r| r.drop.clear()).ends_with("leave it out with --drop spent"));
    assert!(refused(&|r| r.treatment = "givn".into()).contains("did you mean \"given\"?"));
    assert!(refused(&|r| r.none = "nome".into()).contains("did you mean \"none\"?"));
    assert!(refused(&|r| r.treatments = vec!["a".into()]).contains("\"b\" stands in column \"given\""));
    assert!(refused(&|r| r.outcome = "spent".into()).contains("must be 0 or 1"));
    assert!(refused(&|r| r.propensity = Propensity::Same(0.5)).contains("more than 1"));
    assert!(refused(&|r| r.propensity = Propensity::Column("age".into())).contains("above 0 and up to 1"));
    assert!(refused(&|r| r.drop.push("agee".into())).contains("did you mean \"age\"?"));
    let few = Trial::read(&frame, &roles()).unwrap().pick(&(0..90).collect::<Vec<_>>());
    assert!(learn(&few, 1).err().unwrap().contains("at least 100"));
}

#[test]
fn neither_the_row_nor_the_outcome_is_read() {
    let learnt = learn(&trial(1500, 0.1, 11), 1).unwrap();
    let mut read: Vec<_> = learnt.policy.terms.iter().map(|w| w.term.column()).collect();
    read.sort_unstable();
    assert_eq!(read, ["age", "flag", "noise"]);
}
