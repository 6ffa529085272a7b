//! A trial: who was given which treatment, with what probability, and what came of it.

use super::columns::texts;
use crate::learn::frame::{Column, Frame, Values, bucket};
use crate::nearest::nearest;

/// How a column of outcomes is searched for columns that only follow it.
const LEAK_ROWS: usize = 20;

/// Rows of a trial. Treatments are numbered from 1 in the order of `treatments`; 0 is none.
#[derive(Clone, Debug)]
pub struct Trial {
    /// What was known of every customer before.
    pub signals: Frame,
    /// The names of the treatments.
    pub treatments: Vec<String>,
    /// What every customer was given.
    pub given: Vec<usize>,
    /// The probability with which they were given it, above 0.
    pub logged: Vec<f64>,
    /// What came of it, 0 or 1.
    pub outcome: Vec<f64>,
}

/// The probability with which treatments were given.
#[derive(Clone, Debug, PartialEq)]
pub enum Propensity {
    /// The shares that stand in the table, as of a randomised trial.
    Shares,
    /// The same for every treatment and none.
    Same(f64),
    /// A column with the probability of what was given.
    Column(String),
}

/// What the columns of a table mean.
#[derive(Clone, Debug)]
pub struct Roles {
    /// The column of treatments.
    pub treatment: String,
    /// The value in it that stands for none.
    pub none: String,
    /// The values in it that stand for treatments, in order; all others in the order of their alphabet when empty.
    pub treatments: Vec<String>,
    /// The column of outcomes, 0 or 1.
    pub outcome: String,
    /// How the probabilities are told.
    pub propensity: Propensity,
    /// Columns that are not to be read.
    pub drop: Vec<String>,
}

impl Trial {
    /// Reads a trial from a table.
    ///
    /// # Errors
    /// What is wrong with the table or the roles, and the mend.
    pub fn read(frame: &Frame, roles: &Roles) -> Result<Self, String> {
        let given = column(frame, &roles.treatment, "treatment")?;
        let texts = texts(given);
        let treatments = treatments(&texts, roles)?;
        let at = |text: &String| treatments.iter().position(|t| t == text).map_or(0, |i| i + 1);
        let given: Vec<usize> = texts.iter().map(at).collect();
        let answers = column(frame, &roles.outcome, "outcome")?;
        let outcome: Vec<f64> = answers
            .answers()
            .map_err(|row| {
                format!(
                    "column {:?} must be 0 or 1 (or no, yes) in every row; the {}th row is not. An outcome such as money is too noisy to learn effects from: take whether there was any",
                    roles.outcome,
                    row + 1
                )
            })?
            .into_iter()
            .map(f64::from)
            .collect();
        let logged = logged(frame, roles, &given, treatments.len())?;
        let mut signals = frame.clone();
        let taken = [&roles.treatment, &roles.outcome];
        let propensity = match &roles.propensity {
            Propensity::Column(name) => Some(name),
            Propensity::Shares | Propensity::Same(_) => None,
        };
        for name in &roles.drop {
            column(frame, name, "dropped")?;
        }
        signals.columns.retain(|column| {
            let name = &column.name;
            name != "row" && !taken.contains(&name) && propensity != Some(name) && !roles.drop.contains(name)
        });
        follows(&signals, &outcome, &roles.outcome)?;
        Ok(Self { signals, treatments, given, logged, outcome })
    }

    /// How many rows there are.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.given.len()
    }

    /// Only these rows.
    #[must_use]
    pub fn pick(&self, rows: &[usize]) -> Self {
        Self {
            signals: self.signals.pick(rows),
            treatments: self.treatments.clone(),
            given: rows.iter().map(|row| self.given[*row]).collect(),
            logged: rows.iter().map(|row| self.logged[*row]).collect(),
            outcome: rows.iter().map(|row| self.outcome[*row]).collect(),
        }
    }
}

fn column<'f>(frame: &'f Frame, name: &str, what: &str) -> Result<&'f Column, String> {
    frame.column(name).ok_or_else(|| {
        let known = frame.columns.iter().map(|column| column.name.as_str());
        let mend = match nearest(name, known.clone()) {
            Some(near) => format!("did you mean {near:?}?"),
            None => format!("it has {}", known.collect::<Vec<_>>().join(", ")),
        };
        format!("the table has no column {name:?} for the {what}; {mend}")
    })
}

fn treatments(texts: &[String], roles: &Roles) -> Result<Vec<String>, String> {
    let mut known = texts.to_vec();
    known.sort_unstable();
    known.dedup();
    if let Some(row) = texts.iter().position(String::is_empty) {
        return Err(format!(
            "column {:?} is blank in the {}th row: every row tells what was given",
            roles.treatment,
            row + 1
        ));
    }
    let asked = std::iter::once(&roles.none).chain(&roles.treatments);
    if let Some(lacking) = asked.into_iter().find(|value| !known.contains(value)) {
        let mend = nearest(lacking, known.iter().map(String::as_str))
            .map_or_else(|| format!("it has {}", known.join(", ")), |near| format!("did you mean {near:?}?"));
        return Err(format!("column {:?} never says {lacking:?}; {mend}", roles.treatment));
    }
    known.retain(|value| *value != roles.none);
    if roles.treatments.is_empty() {
        return Ok(known);
    }
    match known.iter().find(|value| !roles.treatments.contains(value)) {
        Some(left) => {
            Err(format!("{left:?} stands in column {:?}, but not among the treatments", roles.treatment))
        }
        None => Ok(roles.treatments.clone()),
    }
}

fn logged(frame: &Frame, roles: &Roles, given: &[usize], treatments: usize) -> Result<Vec<f64>, String> {
    let shares: Vec<f64> = (0..=treatments)
        .map(|arm| given.iter().filter(|g| **g == arm).count() as f64 / given.len().max(1) as f64)
        .collect();
    if treatments == 0 {
        return Err(format!("column {:?} knows no treatment besides {:?}", roles.treatment, roles.none));
    }
    match &roles.propensity {
        Propensity::Shares => Ok(given.iter().map(|arm| shares[*arm]).collect()),
        Propensity::Same(p) if *p > 0.0 && *p * (treatments + 1) as f64 <= 1.0 + 1e-6 => {
            Ok(vec![*p; given.len()])
        }
        Propensity::Same(p) => Err(format!(
            "a probability of {p} for each of {} arms adds up to more than 1 (or is none)",
            treatments + 1
        )),
        Propensity::Column(name) => match &column(frame, name, "probability")?.values {
            Values::Numbers(numbers) => match numbers.iter().position(|p| !(*p > 0.0 && *p <= 1.0)) {
                None => Ok(numbers.clone()),
                Some(row) => Err(format!(
                    "column {name:?} must hold the probability of what was given, above 0 and up to 1; the {}th row has {}",
                    row + 1,
                    numbers[row]
                )),
            },
            Values::Names(..) => Err(format!("column {name:?} holds words where probabilities should be")),
        },
    }
}

/// Refuses columns that only follow the outcome: numbers that are 0 in every row without one and not in many rows with one.
fn follows(signals: &Frame, outcome: &[f64], name: &str) -> Result<(), String> {
    let follower = |column: &&Column| match &column.values {
        Values::Numbers(numbers) => {
            let set = |wanted: f64| {
                outcome
                    .iter()
                    .zip(numbers)
                    .filter(|(y, n)| **y == wanted && **n != 0.0 && !n.is_nan())
                    .count()
            };
            set(1.0) >= LEAK_ROWS && set(0.0) == 0
        }
        Values::Names(..) => false,
    };
    let names: Vec<_> = signals.columns.iter().filter(follower).map(|column| column.name.as_str()).collect();
    if names.is_empty() {
        return Ok(());
    }
    let told = names.iter().map(|n| format!("{n:?}")).collect::<Vec<_>>().join(" and ");
    Err(format!(
        "{told}: never anything but 0 in rows without {name:?}, so it came after the treatment and would tell the answer; leave it out with --drop {}",
        names.join(",")
    ))
}

/// The fold, below `folds`, of a row.
#[must_use]
pub fn fold(row: usize, seed: u64, folds: usize) -> usize {
    bucket(row as u64, seed) as usize % folds
}
