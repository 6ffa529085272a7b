//! Grafting: what a head was taught, onto a model that knows more.
//!
//! A table of one shop's visitors teaches how much a longer visit tells, and nothing of the share of recipients who buy after a mail. An event log teaches both, but nothing of
//! signals that it never saw. So what was taught takes the place of what a base says of the same signals, everything else of the base stays, and [`Rows`] says whether
//! the base rate comes along.

use super::frame::Frame;
use super::table::TableModel;
use crate::intent::Value;
use crate::intent::model::file::{File, HeadFile, PairFile, Reads};
use std::collections::BTreeSet;

/// A head that was taught.
#[derive(Clone, Debug, PartialEq)]
pub struct Taught {
    /// Intercept, terms, pairs, calibration, figures.
    pub head: HeadFile,
    /// The signals that it was taught from, whether they got a weight or not.
    pub signals: BTreeSet<String>,
    /// Whose rows those were.
    pub rows: Rows,
    /// What they were, in words.
    pub from: String,
}

/// Whose rows a head was taught on.
#[derive(Clone, Debug, PartialEq)]
pub enum Rows {
    /// Not of those who are decided for. Their base rate says nothing here: only weights are taken over. They are centred over the rows and 0 where no row lacked the signal, so
    /// that someone of whom the signals aren't known is judged as before.
    Others,
    /// Of those who are decided for: the base rate and the calibration are theirs. Any of the rows tells the values of the signals that nothing was taught of: they were the same in
    /// all, or it would have been.
    Own(Frame),
}

/// The base with one head taught anew; one that lacks the head gets it as it was taught.
#[must_use]
pub fn graft(mut base: File, name: &str, taught: Taught) -> File {
    let source = base.name.clone();
    let trunk = base.heads.remove(name);
    let head = match trunk {
        None => HeadFile { trained_on: Some(taught.from), ..taught.head },
        Some(trunk) => joined(trunk, taught, &source),
    };
    base.heads.insert(name.to_owned(), head);
    base
}

fn joined(mut trunk: HeadFile, Taught { mut head, signals, rows, from }: Taught, source: &str) -> HeadFile {
    trunk.terms.retain(|term| !signals.contains(&term.signal));
    // a table that lacks one signal of a pair can't tell how the two go together; own rows tell it of all that varied
    let others = rows == Rows::Others;
    let taught = |pair: &PairFile| {
        let [one, other] = [&pair.rows, &pair.columns].map(|axis| signals.contains(&axis.signal));
        if others { one && other } else { one || other }
    };
    trunk.pairs.retain(|pair| !taught(pair));
    match rows {
        Rows::Others => {
            let slope = slope(&head.calibration);
            let weights =
                head.terms.iter_mut().flat_map(|term| term.weights.iter_mut().chain([&mut term.missing]));
            weights.for_each(|weight| *weight = rounded(*weight * slope));
            let cells = head.pairs.iter_mut().flat_map(|pair| pair.weights.iter_mut().flatten());
            cells.for_each(|weight| *weight = rounded(*weight * slope));
            (head.intercept, head.calibration) = (trunk.intercept, trunk.calibration);
        }
        // what is kept came to the same in every row, so it is a part of the rate that was taught
        Rows::Own(row) => head.intercept = rounded(head.intercept - weight(&trunk, &row)),
    }
    head.terms.extend(trunk.terms);
    head.pairs.extend(trunk.pairs);
    head.trained_on = Some(format!("{from}; what stands there of other signals is from \"{source}\""));
    head
}

/// What the terms and pairs of a head come to in a row.
fn weight(head: &HeadFile, row: &Frame) -> f64 {
    let bare = HeadFile { intercept: 0.0, calibration: Vec::new(), ..head.clone() };
    let heads = [(String::new(), bare)].into();
    let (name, trained_on) = (String::new(), String::new());
    let file = File { format: 1, name, trained_on, reads: Reads::Signals, rhythm: None, heads };
    // a base that decides has sound terms
    TableModel::of(&file).map_or(0.0, |model| {
        let value = |signal| row.column(signal).map_or(Value::Missing, |column| column.value(0));
        let values: Vec<_> = model.columns().map(value).collect();
        model.odds(&values)
    })
}

/// How much steeper than the sums a calibration is from end to end: what it makes of a difference.
fn slope(calibration: &[(f64, f64)]) -> f64 {
    match calibration {
        [first, .., last] => (last.1 - first.1) / (last.0 - first.0),
        _ => 1.0,
    }
}

fn rounded(weight: f64) -> f64 {
    (weight * 1e4).round() / 1e4
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::frame::{Column, Values};

    fn head(text: &str) -> HeadFile {
        serde_json::from_str(text).unwrap()
    }

    fn base() -> File {
        let convert = r#"{"intercept": -4.6, "terms": [
            {"signal": "page_value", "missing": 0, "cuts": [1], "weights": [-0.2, 0.6]},
            {"signal": "wishes", "missing": 0.25, "cuts": [1], "weights": [0, 0.2]}], "pairs": [
            {"rows": {"signal": "page_value", "cuts": [1]}, "columns": {"signal": "wishes", "cuts": [1]}, "weights": [[0, 0, 0], [0, 0, 0], [0, 0, 1]]},
            {"rows": {"signal": "wishes", "cuts": [1]}, "columns": {"signal": "searches", "cuts": [1]}, "weights": [[0.5, 0, 0], [0, 0, 0], [0, 0, 1]]}]}"#;
        let text = format!(
            r#"{{"format": 1, "name": "priors", "trained_on": "by hand", "heads": {{"click": {{"intercept": -3}}, "convert": {convert}}}}}"#
        );
        serde_json::from_str(&text).unwrap()
    }

    fn taught(rows: Rows) -> Taught {
        let head = head(
            r#"{"intercept": -1.5, "terms": [{"signal": "page_value", "missing": 0, "cuts": [2], "weights": [-1, 2]}],
            "calibration": [[-2, -1], [2, 1]], "quality": {"auc": 0.9, "log_loss": 0.2, "calibration_error": 0.01}}"#,
        );
        let signals = ["page_value", "weekend"].map(String::from).into();
        Taught { head, signals, rows, from: "visits, 100 rows".into() }
    }

    fn signals(head: &HeadFile) -> Vec<&str> {
        head.terms.iter().map(|term| term.signal.as_str()).collect()
    }

    #[test]
    fn of_other_peoples_rows_only_the_weights_are_taken() {
        let file = graft(base(), "convert", taught(Rows::Others));
        let convert = &file.heads["convert"];
        assert_eq!((convert.intercept, convert.calibration.as_slice()), (-4.6, &[][..]));
        assert_eq!(signals(convert), ["page_value", "wishes"]);
        assert_eq!(convert.terms[0].weights, [-0.5, 1.0], "as far apart as the calibration makes them");
        assert_eq!(convert.pairs.len(), 2, "of no pair both signals were taught");
        let mut both = taught(Rows::Others);
        both.signals.insert("wishes".into());
        assert_eq!(graft(base(), "convert", both).heads["convert"].pairs.len(), 1);
        assert_eq!(convert.quality.unwrap().auc, 0.9);
        let told = convert.trained_on.as_deref();
        assert_eq!(told, Some("visits, 100 rows; what stands there of other signals is from \"priors\""));
        assert_eq!(file.heads["click"], base().heads["click"]);
        assert_eq!(file.trained_on, "by hand");
    }

    #[test]
    fn of_ones_own_rows_the_rate_is_taken_too() {
        let rate = |row: &Frame, kept: f64| {
            let convert = &graft(base(), "convert", taught(Rows::Own(row.clone()))).heads["convert"];
            assert!((convert.intercept + kept + 1.5).abs() < 1e-9, "as it was taught");
            assert_eq!(convert.calibration.len(), 2);
            assert_eq!((convert.pairs.len(), &convert.terms[0].weights[..]), (1, &[-1.0, 2.0][..]));
        };
        // nobody's wishes or searches were known; or everybody had three of each
        rate(&Frame::default(), 0.25 + 0.5);
        let three = |name: &str| Column { name: name.into(), values: Values::Numbers(vec![3.0]) };
        rate(&Frame { columns: vec![three("wishes"), three("searches")] }, 0.2 + 1.0);
    }

    #[test]
    fn a_head_that_the_base_lacks_is_taken_as_it_is() {
        let file = graft(base(), "reorder", taught(Rows::Others));
        assert_eq!(file.heads["reorder"].intercept, -1.5);
        assert_eq!(file.heads.len(), 3);
    }
}
