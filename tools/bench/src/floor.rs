//! Which rows are not as much faster than Linux's as Quire promises.

use crate::run::Run;

/// How many times faster, at least.
const FLOOR: f64 = 3.0;
/// What the names of rows of fork, copy-on-write and shared memory begin with.
const FAMILIES: [&str; 7] = [
    "fork-", "vfork-", "cow-", "soft-", "shm-", "exit-", "reread-",
];

/// Says it.
pub fn tell(ours: &Run, theirs: &Run) -> String {
    let promised = |name: &str| FAMILIES.iter().any(|family| name.starts_with(family));
    let ratios: Vec<(&str, f64)> = ours
        .rows
        .iter()
        .filter(|row| promised(&row.name))
        .filter_map(|row| {
            Some((
                row.name.as_str(),
                theirs.row(&row.name)?.median / row.median,
            ))
        })
        .collect();
    let slow: Vec<String> = ratios
        .iter()
        .filter(|(_, ratio)| *ratio < FLOOR)
        .map(|(name, ratio)| format!("  {name}: {ratio:.2}\n"))
        .collect();
    format!(
        "Of {} rows of fork, copy-on-write and shared memory, {} are less than {FLOOR} times as fast as {}:\n{}",
        ratios.len(),
        slow.len(),
        theirs.title,
        slow.concat()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::tests::run;

    #[test]
    fn rows_under_the_floor_are_named() {
        let ours = run(&[
            ("fork-call", 10.0, None),
            ("cow-child", 10.0, None),
            ("getpid", 10.0, None),
        ]);
        let theirs = run(&[
            ("fork-call", 30.0, None),
            ("cow-child", 29.0, None),
            ("getpid", 1.0, None),
        ]);
        let said = tell(&ours, &theirs);
        assert!(
            said.starts_with("Of 2 rows") && said.contains(", 1 are less"),
            "{said}"
        );
        assert!(said.ends_with(":\n  cow-child: 2.90\n"), "{said}");
    }
}
