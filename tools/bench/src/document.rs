//! Tables in a chapter: what stands between `<!-- table NAME -->` and the next
//! `<!-- end -->` is the table NAME.

use crate::Result;
use std::collections::BTreeMap;

const START: &str = "<!-- table ";
const END: &str = "<!-- end -->";

/// The chapter with these tables in place of those that are there.
pub fn renew(old: &str, tables: &BTreeMap<&str, String>) -> Result<String> {
    let mut new = old.to_owned();
    for (name, table) in tables {
        let start = format!("{START}{name} -->\n");
        let place = new.find(&start).map(|at| at + start.len());
        let place = place.ok_or_else(|| format!("no line {:?}", start.trim_end()))?;
        let end = new[place..].find(END).map(|len| place + len);
        let end = end.ok_or_else(|| format!("no {END:?} after the table {name}"))?;
        new.replace_range(place..end, &format!("\n{table}\n"));
    }
    Ok(new)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "# A\n<!-- table a -->\nold\n<!-- end -->\ntext\n";

    #[test]
    fn a_table_takes_the_old_ones_place() {
        let tables = BTreeMap::from([("a", "| new |\n".to_owned())]);
        let new = renew(OLD, &tables).expect("renewed");
        assert_eq!(
            new,
            "# A\n<!-- table a -->\n\n| new |\n\n<!-- end -->\ntext\n"
        );
        assert_eq!(renew(&new, &tables).expect("again"), new);
    }

    #[test]
    fn a_chapter_without_the_place_is_refused() {
        let tables = BTreeMap::from([("b", String::new())]);
        assert!(renew(OLD, &tables).expect_err("no b").contains("table b"));
        let open = OLD.replace(END, "");
        let tables = BTreeMap::from([("a", String::new())]);
        assert!(renew(&open, &tables).expect_err("no end").contains("end"));
    }
}
