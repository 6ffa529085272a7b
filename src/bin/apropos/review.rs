//! `apropos review`: which signals are worth asking for.

use crate::Verdict;
use crate::lessons::{self, Asked};
use crate::output::Output;
use crate::report;
use crate::text::{BAD, DIM, GOOD, HEAD, NOTE, count, examples, grouped, padded, paint, plain, shown};
use anyhow::Result;
use apropos::learn::boost::Data;
use apropos::learn::fit;
use apropos::learn::quality::Interval;
use apropos::measure::review::{Doubt, Review, Reviewed, Settings, Verdict as Found, review};
use std::io::Write;
use std::path::PathBuf;

/// Tell which columns or signals are worth asking for, and which to retire
///
/// Each is left out, and everything fitted anew; and each is shuffled among the rows of a fold. What is lost on rows that the fit hasn't seen, with its 95 % interval, gives the verdict:
/// keep, when more is lost without it than chance explains; watch, when the fit leans on it but others say the same, or when it isn't sure; retire, when nobody would miss it. Over
/// all columns, at most 5 % of those to keep are expected to be there by chance.
#[derive(clap::Args)]
#[command(after_help = examples(&[
    ("Which columns do we need to know who buys?", "apropos review --data sessions.csv.gz --label Revenue"),
    ("Which signals, to know who clicks?", "apropos review --events events/ --head click"),
    ("The same for other programs, and more careful", "apropos review --data sessions.csv.gz --label Revenue --repeats 6 --out review.json"),
]))]
pub struct Args {
    #[command(flatten)]
    asked: Asked,
    /// Where the whole review goes, as JSON
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// How many folds judge
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(2..=20))]
    folds: u64,
    /// How often everything is fitted, each time with another seed
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=50))]
    repeats: u64,
    /// Settles every draw
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<Verdict> {
    let source = lessons::source(&args.asked)?;
    lessons::refuse_leaks(&args.asked, &source)?;
    let lesson = &source.lesson;
    let settings = Settings { seed: args.seed, repeats: args.repeats, ..Settings::default() };
    let data = Data { features: &lesson.features, trends: &lesson.trends, labels: &lesson.labels };
    let folds = fit::folds(lesson.labels.len(), &lesson.whose, args.seed, args.folds);
    let found = review(data, &folds, &settings, &report::bar("reviewing"));
    report::clear_progress();
    let fits = format!(
        "{} folds, {}, {} each",
        args.folds,
        count(settings.repeats as usize, "seed"),
        count(settings.bags, "bag")
    );
    tell(&found, &source.label, &fits)?;
    if let Some(path) = &args.out {
        let mut out = Output::to(Some(path))?;
        serde_json::to_writer_pretty(&mut out, &found)?;
        out.write_all(b"\n")?;
        out.finish()?;
    }
    Ok(Verdict::of(source.sound))
}

/// The width of a name, and of a figure.
const NAME: usize = 26;
const FIGURE: usize = 14;

fn tell(review: &Review, outcome: &str, fits: &str) -> Result<()> {
    let mut out = anstream::stdout();
    writeln!(
        out,
        "{}, {} of them {}; log loss {:.4}, AUC {:.4}",
        count(review.rows, "row"),
        grouped(review.yes),
        plain(outcome),
        review.log_loss,
        review.auc
    )?;
    writeln!(
        out,
        "{}",
        paint(DIM, format_args!("On unseen rows, {fits}. What is lost, in thousandths, ± 95 %:"))
    )?;
    writeln!(out)?;
    let over = |what: &str| format!("  {what:─^width$}", width = 2 * FIGURE - 2);
    let over = padded("", NAME + 9) + &over(" without it ") + "  " + &over(" shuffled ");
    writeln!(out, "{}", paint(DIM, over))?;
    let heads = [
        padded("column", NAME),
        padded("", 9),
        right("log loss"),
        right("AUC"),
        "  ".into(),
        right("log loss"),
        right("AUC"),
    ];
    writeln!(out, "{}", paint(HEAD, heads.concat()))?;
    for signal in &review.signals {
        writeln!(out, "{}", line(signal))?;
        if let Some(why) = why(signal) {
            writeln!(out, "{}", paint(DIM, format_args!("  {why}")))?;
        }
    }
    writeln!(out)?;
    writeln!(out, "{}", summary(review))?;
    if let Some(loss) = &review.without_retired {
        let sure =
            if loss.log_loss.low > 0.0 { "so retire one at a time" } else { "no more than chance brings" };
        writeln!(
            out,
            "Without all that are to be retired: log loss {}, AUC {}: {sure}.",
            figure(&loss.log_loss),
            figure(&loss.auc)
        )?;
    }
    Ok(())
}

fn line(signal: &Reviewed) -> String {
    let (style, word) = match signal.verdict {
        Found::Keep => (GOOD, "keep"),
        Found::Watch { .. } => (NOTE, "watch"),
        Found::Retire => (BAD, "retire"),
    };
    let figures =
        |loss: &apropos::measure::paired::Loss| right(&figure(&loss.log_loss)) + &right(&figure(&loss.auc));
    format!(
        "{}{}{}  {}",
        padded(&cut(&signal.signal), NAME),
        paint(style, padded(word, 9)),
        figures(&signal.without),
        figures(&signal.shuffled)
    )
}

/// A name in at most its columns, with one to spare.
fn cut(name: &str) -> String {
    let name = plain(name);
    let width = |text: &str| text.chars().map(|c| shown(c).1).sum::<usize>();
    if width(&name) < NAME {
        return name;
    }
    let mut short = String::new();
    for c in name.chars() {
        if width(&short) + shown(c).1 + 2 >= NAME {
            break;
        }
        short.push(c);
    }
    short + "…"
}

fn right(text: &str) -> String {
    format!("{text:>FIGURE$}")
}

/// In thousandths: `+12.3 ± 0.4`.
fn figure(Interval { value, low, high }: &Interval) -> String {
    let reach = (high - low) / 2.0;
    // a sign before a zero would tell of a loss that nobody sees
    let value = (value * 1e4).round() / 10.0 + 0.0;
    format!("{value:+.1} ± {:.1}", reach * 1e3).replace('-', "−")
}

/// Why it isn't kept, and what it takes to ask for it.
fn why(signal: &Reviewed) -> Option<String> {
    let because = match &signal.verdict {
        Found::Keep => return None,
        Found::Watch { because: Doubt::StandIn { signal, correlation } } => {
            format!("{} says the same (correlation {correlation:.2})", plain(signal))
        }
        Found::Watch { because: Doubt::Others } => "several others together say the same".into(),
        Found::Watch { because: Doubt::Unsure } => "too few rows to tell".into(),
        Found::Retire => "nobody would miss it".into(),
    };
    let asks = signal.asks.map(|asks| match asks.consent {
        Some(consent) => format!("; asking takes consent to {consent}, from {}", asks.source),
        None => format!("; asking takes no consent, from {}", asks.source),
    });
    Some(because + &asks.unwrap_or_default())
}

fn summary(review: &Review) -> String {
    let n = |kind: fn(&Found) -> bool| review.signals.iter().filter(|signal| kind(&signal.verdict)).count();
    format!(
        "{} to keep, {} to watch, {} to retire. Of those to keep, at most {:.0} % are so by chance.",
        n(|verdict| *verdict == Found::Keep),
        n(|verdict| matches!(verdict, Found::Watch { .. })),
        n(|verdict| *verdict == Found::Retire),
        review.rate * 100.0
    )
}
