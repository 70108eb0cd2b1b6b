//! Runs beside each other, with how many times the first one is faster.

use crate::run::{Row, Run};

/// The cells of a table: the head, and the rows. Where nothing is promised there is no
/// column for it.
fn cells(runs: &[Run]) -> Vec<Vec<String>> {
    let Some((first, others)) = runs.split_first() else {
        return Vec::new();
    };
    let bounded = first.rows.iter().any(|row| row.bound.is_some());
    let mut head = vec!["row".to_owned(), first.title.clone()];
    head.extend(bounded.then(|| "bound".to_owned()));
    for other in others {
        head.push(other.title.clone());
        head.push("times".to_owned());
    }
    head.push("per".to_owned());
    let line = |row: &Row| {
        let mut line = vec![row.name.clone(), number(row.median)];
        line.extend(bounded.then(|| bound(row)));
        for other in others {
            match other.row(&row.name) {
                Some(theirs) => {
                    line.push(number(theirs.median));
                    line.push(times(theirs.median / row.median));
                }
                None => line.extend([String::new(), String::new()]),
            }
        }
        line.push(row.per.clone());
        line
    };
    std::iter::once(head)
        .chain(first.rows.iter().map(line))
        .collect()
}

/// What is promised, and a mark if it is not kept.
fn bound(row: &Row) -> String {
    match row.bound {
        Some(bound) if row.median > bound => format!("{} !", number(bound)),
        Some(bound) => number(bound),
        None => String::new(),
    }
}

/// In columns.
pub fn plain(runs: &[Run]) -> String {
    let cells = cells(runs);
    let columns = cells.first().map_or(0, Vec::len);
    let width = |column: usize| cells.iter().map(|line| line[column].len()).max();
    let widths: Vec<usize> = (0..columns).filter_map(width).collect();
    let mut text = String::new();
    for line in &cells {
        for (column, (cell, &width)) in line.iter().zip(&widths).enumerate() {
            text += &match column {
                0 => format!("{cell:width$}"),
                _ if column + 1 == columns => format!("  {cell}"),
                _ => format!("  {cell:>width$}"),
            };
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    text
}

/// In Markdown.
pub fn markdown(runs: &[Run]) -> String {
    let cells = cells(runs);
    let line = |line: &Vec<String>| format!("| {} |\n", line.join(" | "));
    let Some((head, rows)) = cells.split_first() else {
        return String::new();
    };
    let inner = "|---:".repeat(head.len() - 2);
    format!(
        "{}|---{inner}|---|\n{}",
        line(head),
        rows.iter().map(line).collect::<String>()
    )
}

/// 1234567.8 as 1,234,568; what is small keeps a digit after the point.
fn number(value: f64) -> String {
    if value < 100.0 && value.fract() != 0.0 {
        return format!("{value:.1}");
    }
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn times(ratio: f64) -> String {
    match ratio {
        r if r < 10.0 => format!("{r:.2}"),
        r if r < 100.0 => format!("{r:.1}"),
        r => number(r.round()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::tests::run;

    #[test]
    fn numbers_are_read_at_a_glance() {
        assert_eq!(number(4.2), "4.2");
        assert_eq!(number(999.9), "1,000");
        assert_eq!(number(27900000.0), "27,900,000");
        assert_eq!(times(3.456), "3.46");
        assert_eq!(times(3456.7), "3,457");
    }

    #[test]
    fn runs_stand_beside_each_other() {
        let ours = run(&[("fork", 1000.0, Some(500.0)), ("alone", 1.0, None)]);
        let theirs = run(&[("fork", 2500.0, Some(500.0))]);
        let text = plain(&[ours, theirs]);
        let lines: Vec<Vec<&str>> = text
            .lines()
            .map(|line| line.split_whitespace().collect())
            .collect();
        assert_eq!(
            lines[1],
            ["fork", "1,000", "500", "!", "2,500", "2.50", "call"]
        );
        assert_eq!(lines[2], ["alone", "1", "call"]);
    }

    #[test]
    fn markdown_has_as_many_rules_as_columns() {
        for (bound, columns) in [(Some(1.0), 6), (None, 5)] {
            let ours = run(&[("fork", 1000.0, bound)]);
            let text = markdown(&[ours.clone(), ours]);
            let bars: Vec<usize> = text.lines().map(|line| line.matches('|').count()).collect();
            assert_eq!(bars, [columns + 1; 3]);
        }
    }
}
