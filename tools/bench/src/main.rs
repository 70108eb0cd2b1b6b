//! `bench-report VERB…`: what is done with what `bench` printed on a console.
//!
//! Runs are kept as JSON, one file each. The first run that a verb is given is Quire's.

mod baseline;
mod document;
mod floor;
mod plot;
mod run;
mod table;

use baseline::Baseline;
use run::Run;
use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::process::ExitCode;

/// What can fail fails with a sentence for whoever called.
pub type Result<T> = std::result::Result<T, String>;

const USAGE: &str = "usage:
  bench-report json TITLE [CLOCK]    the console's text, from standard input, as JSON;
                                     CLOCK is host, or instructions
  bench-report table RUN.json…       runs beside each other
  bench-report check BASELINE RUN    fails if the run is worse than the baseline
  bench-report baseline RUN          the run's medians, as a baseline
  bench-report floor OURS THEIRS     which rows are not as much faster as they should be
  bench-report plot RUN.json…        time of fork against size, as SVG
  bench-report document FILE NAME=RUN.json,…  renews the tables in a chapter";

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match report(&args) {
        Ok(text) => {
            print!("{text}");
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("bench-report: {why}");
            ExitCode::FAILURE
        }
    }
}

/// What is printed on standard output.
fn report(args: &[&str]) -> Result<String> {
    match args {
        ["json", title, clock @ ..] if clock.len() <= 1 => {
            let console = std::io::read_to_string(std::io::stdin()).map_err(|e| e.to_string())?;
            let mut run = Run::parse(title, &console)?;
            // What is promised is promised in instructions.
            if *clock == ["host"] {
                run.rows.iter_mut().for_each(|row| row.bound = None);
            }
            serde_json::to_string_pretty(&run)
                .map(|json| json + "\n")
                .map_err(|e| e.to_string())
        }
        ["table", files @ ..] if !files.is_empty() => Ok(table::plain(&load_all(files)?)),
        ["check", baseline, run] => {
            let baseline: Baseline = read_json(baseline)?;
            baseline::check(&baseline, &load(run)?)
        }
        ["baseline", run] => serde_json::to_string_pretty(&baseline::of(&load(run)?))
            .map(|json| json + "\n")
            .map_err(|e| e.to_string()),
        ["floor", ours, theirs] => Ok(floor::tell(&load(ours)?, &load(theirs)?)),
        ["plot", files @ ..] if !files.is_empty() => plot::forks(&load_all(files)?),
        ["document", file, parts @ ..] if !parts.is_empty() => {
            let mut tables = BTreeMap::new();
            for part in parts {
                let (name, files) = part.split_once('=').ok_or(USAGE)?;
                let files: Vec<&str> = files.split(',').collect();
                tables.insert(name, table::markdown(&load_all(&files)?));
            }
            let old = fs::read_to_string(file).map_err(|e| format!("{file}: {e}"))?;
            let new = document::renew(&old, &tables).map_err(|e| format!("{file}: {e}"))?;
            fs::write(file, new).map_err(|e| format!("{file}: {e}"))?;
            Ok(String::new())
        }
        _ => Err(USAGE.to_owned()),
    }
}

fn load_all(files: &[&str]) -> Result<Vec<Run>> {
    files.iter().map(|file| load(file)).collect()
}

fn load(file: &str) -> Result<Run> {
    read_json(file)
}

fn read_json<T: serde::de::DeserializeOwned>(file: &str) -> Result<T> {
    let text = fs::read_to_string(file).map_err(|e| format!("{file}: {e}"))?;
    serde_json::from_str(&text).map_err(|e| format!("{file} is not what it should be: {e}"))
}
