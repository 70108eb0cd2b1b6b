//! One run of `bench`: its rows, read from the console's text.

use crate::Result;
use serde::{Deserialize, Serialize};

/// What was measured in one run.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Run {
    /// Which kernel, on what.
    pub title: String,
    /// The rows, in the order of the table.
    pub rows: Vec<Row>,
}

/// A row, as `bench` prints it: see `user/src/bin/bench/row.rs`.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Row {
    /// Its name.
    pub name: String,
    /// What the figure is for: a call, a page.
    pub per: String,
    /// How many samples there were.
    pub n: u64,
    /// The least.
    pub min: f64,
    /// The one in the middle.
    pub median: f64,
    /// The greatest.
    pub max: f64,
    /// What the median is promised to be at most, on Quire.
    pub bound: Option<f64>,
}

impl Run {
    /// Reads the table in `console`, which must be whole, and no row failed.
    pub fn parse(title: &str, console: &str) -> Result<Run> {
        let lines = || console.lines().map(str::trim_end);
        let start = lines().position(is_head);
        let start = start.ok_or_else(|| format!("{title}: no table was printed"))?;
        let end = lines().skip(start).find_map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            match words[..] {
                ["bench:", rows, "rows,", failed, "failed"] => {
                    Some((rows.to_owned(), failed.to_owned()))
                }
                _ => None,
            }
        });
        match end {
            None => return Err(format!("{title}: the table has no end: did the run stop?")),
            Some((_, failed)) if failed != "0" => {
                let said: Vec<&str> = lines().filter(|line| line.contains(" failed: ")).collect();
                return Err(format!(
                    "{title}: {failed} rows failed\n{}",
                    said.join("\n")
                ));
            }
            Some(_) => {}
        }
        let rows: Vec<Row> = lines().skip(start + 1).filter_map(Row::parse).collect();
        match rows.is_empty() {
            true => Err(format!("{title}: the table is empty: no such row?")),
            false => Ok(Run {
                title: title.to_owned(),
                rows,
            }),
        }
    }

    /// The row of that name.
    pub fn row(&self, name: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.name == name)
    }
}

fn is_head(line: &str) -> bool {
    let words: Vec<&str> = line.split_whitespace().collect();
    words == ["row", "n", "min", "median", "max", "bound", "per"]
}

impl Row {
    fn parse(line: &str) -> Option<Row> {
        let mut words = line.split_whitespace();
        let row = Row {
            name: words.next()?.to_owned(),
            n: words.next()?.parse().ok()?,
            min: words.next()?.parse().ok()?,
            median: words.next()?.parse().ok()?,
            max: words.next()?.parse().ok()?,
            bound: match words.next()? {
                "-" => None,
                bound => Some(bound.parse().ok()?),
            },
            per: words.collect::<Vec<_>>().join(" "),
        };
        Some(row)
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    pub const CONSOLE: &str = "\
Some kernel starts
bench: a timebase of 512000000 Hz
row      n    min   median   max   bound  per
getpid  80  118.0    118.3 120.0     150  call
fork     5 9000.0   9100.0 9999.0      -  round trip
bench: 2 rows, 0 failed
";

    pub fn run(rows: &[(&str, f64, Option<f64>)]) -> Run {
        let row = |&(name, median, bound): &(&str, f64, Option<f64>)| Row {
            name: name.to_owned(),
            per: "call".to_owned(),
            n: 1,
            min: median,
            median,
            max: median,
            bound,
        };
        Run {
            title: "a run".to_owned(),
            rows: rows.iter().map(row).collect(),
        }
    }

    #[test]
    fn a_console_becomes_rows() {
        let run = Run::parse("it", CONSOLE).expect("a table");
        assert_eq!(run.rows.len(), 2);
        assert_eq!(run.row("getpid").and_then(|row| row.bound), Some(150.0));
        let fork = run.row("fork").expect("a row");
        assert_eq!((fork.median, fork.bound), (9100.0, None));
        assert_eq!(fork.per, "round trip");
    }

    #[test]
    fn json_keeps_all() {
        let run = Run::parse("it", CONSOLE).expect("a table");
        let json = serde_json::to_string(&run).expect("JSON");
        assert_eq!(serde_json::from_str::<Run>(&json).expect("a run"), run);
    }

    #[test]
    fn what_is_no_whole_table_is_refused() {
        let refused = |text: &str| Run::parse("it", text).expect_err("refused");
        assert!(refused("panic").contains("no table"));
        let cut = CONSOLE.split("bench: 2").next().expect("a part");
        assert!(refused(cut).contains("no end"));
        let failed = CONSOLE.replace("2 rows, 0 failed", "2 rows, 1 failed");
        assert!(refused(&failed).contains("1 rows failed"));
        assert!(
            refused("row n min median max bound per\nbench: 0 rows, 0 failed").contains("empty")
        );
    }
}
