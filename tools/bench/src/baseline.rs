//! The committed baseline, and whether a run is worse than it.

use crate::Result;
use crate::run::Run;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Each row's median.
pub type Baseline = BTreeMap<String, f64>;

/// By how much a figure may be worse: under -icount it is the same in every run, but
/// another compiler may make a little more of the same source.
const TOLERANCE: f64 = 0.05;

/// The medians of a run.
pub fn of(run: &Run) -> Baseline {
    let median = |row: &crate::run::Row| (row.name.clone(), row.median);
    run.rows.iter().map(median).collect()
}

/// What there is to say of a run; an error if a row is more than 5 % worse than the
/// baseline, or missing, or new. A bound that is not met is told, and no more: it was
/// not met by the baseline either, or it would be worse.
pub fn check(baseline: &Baseline, run: &Run) -> Result<String> {
    let mut notes = String::new();
    let mut wrong = Vec::new();
    for name in baseline.keys().filter(|name| run.row(name).is_none()) {
        wrong.push(format!("{name}: in the baseline, but not measured"));
    }
    let mut better = 0;
    for row in &run.rows {
        let Some(&was) = baseline.get(&row.name) else {
            wrong.push(format!("{}: measured, but not in the baseline", row.name));
            continue;
        };
        let change = (row.median / was - 1.0) * 100.0;
        if row.median > was * (1.0 + TOLERANCE) {
            wrong.push(format!(
                "{}: {} was {was}, {change:.1} % worse",
                row.name, row.median
            ));
        } else if row.median < was * (1.0 - TOLERANCE) {
            better += 1;
        }
        if let Some(bound) = row.bound.filter(|&bound| row.median > bound) {
            _ = writeln!(
                notes,
                "over its bound: {}: {} > {bound}",
                row.name, row.median
            );
        }
    }
    if better > 0 {
        _ = writeln!(
            notes,
            "{better} rows are more than 5 % better than the baseline"
        );
    }
    if !wrong.is_empty() {
        return Err(format!("{notes}{}", wrong.join("\n")));
    }
    _ = writeln!(
        notes,
        "{} rows, none worse than the baseline",
        run.rows.len()
    );
    Ok(notes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::tests::run;

    fn baseline() -> Baseline {
        of(&run(&[("fork", 1000.0, None), ("exit", 50.0, None)]))
    }

    #[test]
    fn what_is_six_per_cent_worse_fails() {
        let worse = run(&[("fork", 1060.0, None), ("exit", 50.0, None)]);
        let why = check(&baseline(), &worse).expect_err("worse");
        assert!(why.contains("fork: 1060 was 1000, 6.0 % worse"), "{why}");
        assert!(!why.contains("exit"), "{why}");
    }

    #[test]
    fn what_is_four_per_cent_worse_passes() {
        let same = run(&[("fork", 1040.0, None), ("exit", 50.0, None)]);
        let said = check(&baseline(), &same).expect("as good");
        assert!(said.contains("2 rows, none worse"), "{said}");
    }

    #[test]
    fn a_missing_row_fails_and_so_does_a_new_one() {
        let why = check(&baseline(), &run(&[("fork", 1000.0, None)])).expect_err("one less");
        assert!(
            why.contains("exit: in the baseline, but not measured"),
            "{why}"
        );
        let more = run(&[("fork", 1.0, None), ("exit", 1.0, None), ("new", 1.0, None)]);
        let why = check(&baseline(), &more).expect_err("one more");
        assert!(
            why.contains("new: measured, but not in the baseline"),
            "{why}"
        );
    }

    #[test]
    fn a_bound_that_is_not_met_is_told() {
        let over = run(&[("fork", 1000.0, Some(900.0)), ("exit", 50.0, Some(90.0))]);
        let said = check(&baseline(), &over).expect("as good");
        assert!(said.contains("over its bound: fork: 1000 > 900"), "{said}");
        assert!(!said.contains("exit"), "{said}");
    }

    #[test]
    fn a_baseline_that_is_no_json_is_told_with_its_name() {
        let file = std::env::temp_dir().join(format!("bench-{}.json", std::process::id()));
        std::fs::write(&file, "{\"fork\": }").expect("written");
        let name = file.to_str().expect("a name");
        let why = crate::read_json::<Baseline>(name).expect_err("no JSON");
        std::fs::remove_file(&file).expect("removed");
        assert!(why.contains(name) && why.contains("line 1"), "{why}");
        let why = crate::read_json::<Baseline>("/absent").expect_err("no file");
        assert!(why.starts_with("/absent: "), "{why}");
    }
}
