//! `apropos check`: are these campaigns sound?

use crate::input::Input;
use crate::text::{BAD, DIM, GOOD, HEAD, count, examples, paint};
use crate::{Verdict, report};
use anyhow::Result;
use apropos::campaign::{Campaign, Problem};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Check campaigns and show every problem with its place and its mend
#[derive(clap::Args)]
#[command(after_help = examples(&[
    ("Check before publishing", "apropos check demo/campaign.json"),
    ("For editors and scripts", "apropos check --json campaigns/*.json"),
]))]
pub struct Args {
    /// The campaigns; - is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Print [{"file": …, "problems": […], "warnings": […]}] instead
    #[arg(long)]
    json: bool,
}

/// A file that was read, and what became of it.
struct Checked {
    name: String,
    text: String,
    result: Result<Campaign, Vec<Problem>>,
}

impl Checked {
    fn read(path: &Path) -> Result<Self> {
        let input = Input::open(path)?;
        let name = input.name.clone();
        let text = input.text()?;
        let result = Campaign::parse(&text).map_err(|problems| problems.0);
        Ok(Self { name, text, result })
    }

    fn problems(&self) -> &[Problem] {
        self.result.as_ref().err().map_or(&[], Vec::as_slice)
    }

    fn warnings(&self) -> &[Problem] {
        self.result.as_ref().map_or(&[], |campaign| &campaign.warnings)
    }
}

/// Runs the command.
pub fn run(args: &Args) -> Result<Verdict> {
    let files = args.files.iter().map(|path| Checked::read(path)).collect::<Result<Vec<_>>>()?;
    if args.json {
        print_json(&files)?
    } else {
        print(&files)?
    }
    Ok(Verdict::of(files.iter().all(|file| file.result.is_ok())))
}

fn print_json(files: &[Checked]) -> Result<()> {
    let entry =
        |f: &Checked| serde_json::json!({"file": f.name, "problems": f.problems(), "warnings": f.warnings()});
    let all: Vec<_> = files.iter().map(entry).collect();
    Ok(writeln!(io::stdout(), "{}", serde_json::to_string_pretty(&all)?)?)
}

fn print(files: &[Checked]) -> io::Result<()> {
    let mut out = anstream::stdout().lock();
    for file in files {
        match &file.result {
            Ok(campaign) => {
                report::warnings(&mut out, &file.name, &file.text, file.warnings())?;
                writeln!(out, "{} {}  {}", paint(GOOD, "✓"), file.name, holds(campaign))?;
            }
            Err(problems) => report::problems(&mut out, &file.name, &file.text, problems)?,
        }
    }
    let bad = files.iter().filter(|file| file.result.is_err()).count();
    let problems = count(files.iter().map(|file| file.problems().len()).sum(), "problem");
    match (bad, files.len()) {
        (0, _) => Ok(()),
        (_, 1) => writeln!(out, "{}", paint(BAD, problems)),
        (bad, all) => writeln!(out, "{} in {bad} of {}", paint(BAD, problems), count(all, "file")),
    }
}

/// One line of what a campaign holds.
pub fn holds(campaign: &Campaign) -> String {
    let variants = campaign.slots.iter().map(|slot| slot.variants.len()).sum();
    format!(
        "{}{}",
        paint(HEAD, &campaign.id.name),
        paint(
            DIM,
            format_args!(
                " · {} · {} · version {:08x}",
                count(campaign.slots.len(), "slot"),
                count(variants, "variant"),
                campaign.version.0
            )
        )
    )
}
