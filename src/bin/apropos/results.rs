//! `apropos results`: what a campaign brought, told by the Worker or from the log, with the very code that the Worker runs.

use crate::input::Input;
use crate::output::Output;
use crate::report::{BadLines, note};
use crate::server::{Server, told};
use crate::text::{
    BAD, DIM, GOOD, HEAD, NOTE, columns, examples, grouped, padded, paint, percent, plain, time,
};
use crate::{Verdict, documents, logs};
use anyhow::{Context as _, Result, bail};
use apropos::campaign::Live;
use apropos::intent::Model;
use apropos::learn::policy::{Line, Scope};
use apropos::measure::results::stack::{Lift, Results, Segment};
use apropos::measure::results::{Figure, Tally};
use apropos::time::Timestamp;
use std::io::Write;
use std::path::PathBuf;

/// Tell what a campaign brought: delivery, engagement, conversion, efficiency; lift over the holdout; alarms
///
/// Intervals are 95 % confidence sequences: they hold however often you look. The order of the log's lines doesn't matter, nor do doubles.
#[derive(clap::Args)]
#[command(after_help = examples(&[
    ("As the Worker has it now", "apropos results --of spring --url https://mail.shop.example"),
    ("From the log in a folder", "apropos results --campaign campaign.json events/"),
    ("For a program", "apropos results --of spring --url https://mail.shop.example --json | jq .experiment.lift"),
]))]
pub struct Args {
    /// The log: NDJSON lines as the Worker writes them, or folders of them; gzip is fine; - is standard input
    #[arg(value_name = "LOG", requires = "campaign", conflicts_with = "of")]
    log: Vec<PathBuf>,
    /// The campaign that the log is of
    #[arg(long, value_name = "FILE", requires = "log")]
    campaign: Option<PathBuf>,
    /// As of when; the newest line's moment when left out
    #[arg(long, value_name = "TIME", value_parser = time, requires = "log")]
    now: Option<Timestamp>,
    /// Instead of a log: the id of a campaign that runs in a Worker
    #[arg(long, value_name = "ID", requires = "url", required_unless_present = "log")]
    of: Option<String>,
    /// The Worker's address
    #[arg(long, value_name = "BASE", env = "APROPOS_URL")]
    url: Option<String>,
    /// The Worker's ADMIN_SECRET
    #[arg(long, env = "APROPOS_ADMIN_SECRET", hide_env_values = true, default_value = "")]
    secret: String,
    /// Write all of it as JSON, as GET /v1/campaigns/{id}/results answers
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<Verdict> {
    let (results, sound) = match (&args.of, &args.url) {
        (Some(id), Some(url)) => (from_worker(id, url, &args.secret)?, true),
        _ => match from_log(args)? {
            Some(told) => told,
            None => return Ok(Verdict::Problems),
        },
    };
    let mut out = Output::to(None)?;
    if args.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&results)?)?;
    } else {
        let mut text = Vec::new();
        tell(&mut text, &results)?;
        drop(out);
        anstream::stdout().write_all(&text)?;
        return Ok(Verdict::of(sound && results.alarms.is_empty()));
    }
    out.finish()?;
    Ok(Verdict::of(sound && results.alarms.is_empty()))
}

fn from_worker(id: &str, url: &str, secret: &str) -> Result<Results> {
    let answer = Server::new(url, secret)?.read(&format!("/v1/campaigns/{id}/results"))?;
    match answer.status {
        200 => serde_json::from_str(&answer.body).with_context(|| {
            format!("{url} answers in a form that this version doesn't read; use the Worker's")
        }),
        404 => bail!("no campaign {id:?} is published at {url}"),
        status => bail!("the Worker answers {status}: {}", told(&answer.body)),
    }
}

fn from_log(args: &Args) -> Result<Option<(Results, bool)>> {
    let path = args.campaign.as_ref().context("name the campaign with --campaign")?;
    let Some(campaign) = documents::campaign(path)? else { return Ok(None) };
    let model = Model::starter().context("the starter model is damaged")?;
    let scope = Scope { campaign: &campaign, model: &model };
    let (mut tally, mut bad) = (Tally::default(), 0);
    for path in logs::files(&args.log)? {
        let input = Input::open(&path)?;
        let mut telling = BadLines::of(&input.name);
        let mut lines = input.lines();
        while let Some(line) = lines.read()? {
            match line.text.and_then(|text| Line::parse(&text).map_err(|error| error.to_string())) {
                Ok(parsed) => tally.take(&scope, &parsed),
                Err(reason) => telling.tell(line.number, &[reason]),
            }
        }
        bad += telling.count();
    }
    if tally.spanned().is_none() {
        note(&format!("the log holds no line of {:?}", campaign.id.name));
    }
    let now = args.now.or(tally.spanned().map(|(_, last)| last)).unwrap_or_default();
    tally.settle(&campaign, now);
    Ok(Some((Results::of(&tally, &campaign, &Live::UNKNOWN, now), bad == 0)))
}

/// Writes results for people.
fn tell(out: &mut impl Write, results: &Results) -> Result<()> {
    let day = |at: Option<Timestamp>| {
        at.map_or_else(|| "–".to_owned(), |at| at.to_string().chars().take(10).collect())
    };
    let title = paint(HEAD, plain(&results.campaign));
    writeln!(out, "{title}  {} to {}, money in {}", day(results.first), day(results.last), results.currency)?;
    if results.share < 1.0 {
        writeln!(
            out,
            "{}",
            paint(NOTE, format!("counts are of {} of the recipients", percent(results.share)))
        )?;
    }
    for alarm in &results.alarms {
        let head = format!("{} {}", paint(BAD, "✗"), paint(HEAD, &alarm.alarm));
        paragraph(out, &head, alarm.alarm.len() + 2, &alarm.says)?;
    }
    lift(out, results)?;
    layers(out, results)?;
    breakdowns(out, results)
}

fn lift(out: &mut impl Write, results: &Results) -> Result<()> {
    let experiment = &results.experiment;
    let (assigned, settled) = (experiment.assigned, experiment.settled);
    head(out, "Lift over the holdout")?;
    let about = match experiment.holdout {
        0.0 => "Nobody is held out, so what the campaign adds can't be known: set `holdout`.".to_owned(),
        share => format!(
            "{} held out. {} treated and {} held out so far; {} and {} watched for {}, and compared.",
            percent(share),
            grouped(assigned.treated as usize),
            grouped(assigned.held_out as usize),
            grouped(settled.treated as usize),
            grouped(settled.held_out as usize),
            results.windows.order,
        ),
    };
    paragraph(out, " ", 1, &about)?;
    let row = |name: &str, lift: &Lift, is_rate: bool| {
        let mean = |mean: Option<f64>| {
            mean.map_or("–".into(), |mean| if is_rate { percent(mean) } else { format!("{mean:.2}") })
        };
        let difference = match (lift.difference, &lift.unknown) {
            (Some(figure), _) => signed(figure, is_rate),
            (None, Some(why)) => format!("not known yet: {why}"),
            (None, None) => "not known yet".to_owned(),
        };
        let relative =
            lift.relative.map_or(String::new(), |figure| format!("{:+.0} %", figure.value * 100.0));
        let sign = match lift.difference {
            Some(figure) if figure.low > 0.0 => "▲",
            Some(figure) if figure.high < 0.0 => "▼",
            _ => "",
        };
        vec![name.to_owned(), mean(lift.treated), mean(lift.held_out), relative, sign.to_owned(), difference]
    };
    let lifts = &experiment.lift;
    let rows = [
        row("clicked", &lifts.click, true),
        row("ordered", &lifts.order, true),
        row("revenue", &lifts.revenue, false),
        row("unsubscribed", &lifts.unsubscribe, true),
        row("complained", &lifts.complaint, true),
    ];
    table(out, &["per recipient", "treated", "held out", "", "", "difference, 95 % at every look"], &rows)?;
    let mismatch = experiment.mismatch;
    if let Some(observed) = mismatch.observed.filter(|_| mismatch.expected > 0.0) {
        let (mark, word) =
            if mismatch.alarm { (paint(BAD, "✗"), "broken") } else { (paint(GOOD, "✓"), "sound") };
        writeln!(
            out,
            "  {mark} assignment {word}: {} held out, {} meant",
            percent(observed),
            percent(mismatch.expected)
        )?;
    }
    Ok(())
}

fn layers(out: &mut impl Write, results: &Results) -> Result<()> {
    let n = |count: u64| grouped(count as usize);
    let some = |count: Option<u64>| count.map_or("not told (`live`)".to_owned(), n);
    let money = |amount: Option<f64>| amount.map_or("–".to_owned(), |amount| format!("{amount:.2}"));
    let Results { delivery, engagement, conversion, efficiency, .. } = results;
    head(out, "Delivery")?;
    let rows = [
        vec!["delivered in the last week".into(), some(delivery.delivered_week), String::new()],
        vec![
            "messages fetched".into(),
            n(delivery.fetched),
            format!("{} only ahead, by nobody", n(delivery.prefetched)),
        ],
        vec!["unsubscribed".into(), n(delivery.unsubscribed), rate(delivery.unsubscribe_rate)],
        vec!["complained".into(), n(delivery.complained), rate(delivery.complaint_rate)],
    ];
    table(out, &[], &rows)?;
    head(out, "Engagement")?;
    let rows = [
        vec!["recipients".into(), n(engagement.recipients), String::new()],
        vec!["messages that people looked at".into(), n(engagement.seen), String::new()],
        vec!["followed".into(), n(engagement.clicked), rate(engagement.click_rate)],
        vec!["followed, no look seen".into(), n(engagement.prefetched_clicked), String::new()],
    ];
    table(out, &[], &rows)?;
    head(out, "Conversion")?;
    let rows = [
        vec!["messages with an order".into(), n(conversion.ordered), rate(conversion.order_rate)],
        vec![
            "orders".into(),
            n(conversion.orders),
            format!("{} more after no message", n(conversion.elsewhere)),
        ],
        vec!["revenue".into(), format!("{:.2}", conversion.revenue), String::new()],
    ];
    table(out, &[], &rows)?;
    head(out, "Efficiency")?;
    let added =
        |figure: Option<Figure>| figure.map_or("not known yet".to_owned(), |figure| signed(figure, false));
    let rows = [
        vec!["revenue per message".into(), money(efficiency.revenue_per_message)],
        vec!["incremental revenue per message".into(), added(efficiency.incremental_revenue_per_message)],
        vec!["incremental revenue in all".into(), added(efficiency.incremental_revenue)],
        vec![
            "incentives and sends".into(),
            format!("{:.2} and {:.2}", efficiency.incentives, efficiency.sends),
        ],
        vec!["cost per order".into(), money(efficiency.cost_per_order)],
    ];
    table(out, &[], &rows)
}

fn breakdowns(out: &mut impl Write, results: &Results) -> Result<()> {
    let n = |count: u64| grouped(count as usize);
    head(out, "Variants")?;
    let rows: Vec<_> = results
        .variants
        .iter()
        .map(|of| {
            let funnel = &of.funnel;
            vec![
                format!("{}/{}", of.slot, of.variant),
                n(funnel.messages),
                n(funnel.clicked),
                n(funnel.orders),
                format!("{:.2}", funnel.revenue),
                n(funnel.unsubscribed),
                rate(funnel.click_rate),
            ]
        })
        .collect();
    table(out, &["", "messages", "followed", "orders", "revenue", "left", "click rate, 95 %"], &rows)?;
    head(out, "Segments")?;
    let lift = |segment: &Segment| match segment.lift.order.difference {
        Some(figure) => signed(figure, true),
        None => "not known yet".to_owned(),
    };
    let rows: Vec<_> = results
        .segments
        .iter()
        .map(|of| {
            let name = format!("{} {}", of.dimension, of.value);
            vec![
                name,
                n(of.funnel.messages),
                n(of.funnel.clicked),
                n(of.funnel.orders),
                format!("{:.2}", of.funnel.revenue),
                lift(of),
            ]
        })
        .collect();
    table(out, &["", "messages", "followed", "orders", "revenue", "lift in orders, 95 %"], &rows)?;
    head(out, "Who fetched")?;
    let rows: Vec<_> = results
        .fetchers
        .iter()
        .map(|of| vec![of.fetcher.clone(), of.kind.clone(), n(of.messages), n(of.clicked), String::new()])
        .collect();
    table(out, &["", "", "messages", "followed"], &rows)?;
    head(out, "What was decided")?;
    let rows: Vec<_> = results
        .decisions
        .iter()
        .map(|of| {
            vec![
                of.outcome.clone(),
                of.cause.clone().unwrap_or_else(|| "chosen".into()),
                n(of.messages),
                String::new(),
            ]
        })
        .collect();
    table(out, &["", "by", "messages"], &rows)?;
    head(out, "Fatigue")?;
    let rows: Vec<_> = results
        .fatigue
        .iter()
        .map(|of| {
            vec![
                of.recent.clone(),
                n(of.funnel.messages),
                rate(of.funnel.click_rate),
                rate(of.funnel.unsubscribe_rate),
            ]
        })
        .collect();
    table(out, &["seen the week before", "messages", "click rate", "unsubscribe rate"], &rows)?;
    let discounts = &results.discounts;
    let share = |share: Option<f64>| share.map_or("–".to_owned(), percent);
    head(out, "Discounts")?;
    let says = format!(
        "{} of orders and {} of revenue with an incentive; of {} who ordered again, {} only ever did with one.",
        share(discounts.order_share),
        share(discounts.revenue_share),
        n(discounts.repeat_buyers),
        n(discounts.only_with_incentive)
    );
    paragraph(out, " ", 1, &says)
}

fn head(out: &mut impl Write, text: &str) -> Result<()> {
    Ok(writeln!(out, "\n{}", paint(HEAD, text))?)
}

/// A rate with its interval.
fn rate(figure: Option<Figure>) -> String {
    figure.map_or("–".to_owned(), |f| {
        format!("{} [{}, {}]", percent(f.value), percent(f.low), percent(f.high))
    })
}

/// A difference with its interval: of shares in points.
fn signed(figure: Figure, is_rate: bool) -> String {
    let Figure { value, low, high } = figure;
    if is_rate {
        format!("{:+.2} points [{:+.2}, {:+.2}]", value * 100.0, low * 100.0, high * 100.0)
    } else {
        format!("{value:+.2} [{low:+.2}, {high:+.2}]")
    }
}

/// Writes rows in columns, numbers to the right. The last column, which may be long, is broken rather than cut.
fn table(out: &mut impl Write, heads: &[&str], rows: &[Vec<String>]) -> Result<()> {
    if rows.is_empty() {
        return Ok(writeln!(out, "  {}", paint(DIM, "nothing yet"))?);
    }
    let last = rows.iter().map(Vec::len).max().unwrap_or(1) - 1;
    let wide = |text: &str| text.chars().map(|c| crate::text::shown(c).1).sum::<usize>();
    let widths: Vec<usize> = (0..last)
        .map(|i| {
            let cells = rows.iter().filter_map(|row| row.get(i)).map(|cell| wide(cell));
            cells.chain(heads.get(i).map(|head| wide(head))).max().unwrap_or_default()
        })
        .collect();
    let indent = 2 + widths.iter().map(|width| width + 2).sum::<usize>();
    let numeric = |cell: &str| cell.starts_with(|c: char| c.is_ascii_digit() || "+-–".contains(c));
    let mut line = |cells: &[&str], is_head: bool| -> Result<()> {
        let mut text = String::from(" ");
        for (i, width) in widths.iter().enumerate() {
            let cell = plain(cells.get(i).copied().unwrap_or_default());
            let right = if is_head {
                rows.iter().all(|row| row.get(i).is_some_and(|cell| numeric(cell)))
            } else {
                numeric(&cell)
            };
            let gap = " ".repeat(width.saturating_sub(wide(&cell)));
            text += &if right { format!(" {gap}{cell} ") } else { format!(" {} ", padded(&cell, *width)) };
        }
        let end = plain(cells.get(last).copied().unwrap_or_default());
        if is_head {
            return Ok(writeln!(out, "{}", paint(DIM, format!("{text} {end}").trim_end()))?);
        }
        paragraph(out, &text, indent - 1, &end)
    };
    if !heads.is_empty() {
        line(heads, true)?;
    }
    for row in rows {
        line(&row.iter().map(String::as_str).collect::<Vec<_>>(), false)?;
    }
    Ok(())
}

/// Writes text after a beginning of so many columns, in lines that fit.
fn paragraph(out: &mut impl Write, begin: &str, indent: usize, text: &str) -> Result<()> {
    let room = columns().saturating_sub(indent + 1).max(20);
    let (mut line, mut lines) = (String::new(), Vec::new());
    for word in text.split(' ') {
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > room {
            lines.push(std::mem::take(&mut line));
        }
        line += if line.is_empty() { "" } else { " " };
        line += word;
    }
    lines.push(line);
    for (i, line) in lines.iter().enumerate() {
        let begin = if i == 0 { begin.to_owned() } else { " ".repeat(indent) };
        writeln!(out, "{}", format!("{begin} {line}").trim_end())?;
    }
    Ok(())
}
