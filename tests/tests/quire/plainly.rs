//! What the kernel says of its own tables: one page of a running program, followed from
//! /proc/PID/pages to the frame and from there to the page table's group.

use super::shell::shell;
use quire_tests::{Kind, Session};

on_both! {
    a_page_is_where_the_frame_and_the_group_say smaps_add_up what_is_not_there_is_said
}

/// The shell's own number: it runs as long as it is asked.
fn pid_of_the_shell(shell: &mut Session) -> u64 {
    let listed = shell.command("ps");
    let line = listed.lines().find(|line| line.ends_with(" sh"));
    let line = line.unwrap_or_else(|| panic!("no shell in\n{listed}"));
    number(line.split_whitespace().next().unwrap_or(""))
}

/// A number as the kernel writes them.
fn number(word: &str) -> u64 {
    let parsed = match word.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => word.parse(),
    };
    parsed.unwrap_or_else(|_| panic!("{word:?} is no number"))
}

fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

fn a_page_is_where_the_frame_and_the_group_say(kind: Kind) {
    let mut shell = shell(kind);
    let pid = pid_of_the_shell(&mut shell);
    let pages = shell.command(&format!("cat /proc/{pid}/pages"));
    assert!(pages.starts_with("ea vpn frame reach of sharers noted"));
    // The program's text: nothing that the shell does moves it to another segment.
    let text = pages.lines().map(words);
    let text: Vec<_> = text.filter(|page| page[4] == "object").collect();
    assert!(!text.is_empty(), "{pages}");
    let entered = text.iter().filter(|page| is_entered(&mut shell, page));
    assert!(entered.count() > 0, "no PTE of\n{pages}");
}

/// Whether the page has a PTE. What the frame says of the page must agree, and what the
/// group says of the PTE.
fn is_entered(shell: &mut Session, page: &[&str]) -> bool {
    let (vpn, frame) = (number(page[1]), page[2]);
    let said = shell.command(&format!("cat /proc/vm/frame/{frame}"));
    let mut lines = said.lines();
    assert_eq!(lines.next(), Some("object"), "{page:?}");
    assert_eq!(lines.next(), Some("reach vsid page slot noted"));
    // By which of its VPNs the page is reached: as `pages` has it.
    let record = lines
        .map(words)
        .find(|record| record[0] == page[3] && number(record[1]) << 16 | number(record[2]) == vpn);
    let record = record.unwrap_or_else(|| panic!("{page:?} is not in\n{said}"));
    let Some((group, slot)) = record[3].split_once('.') else {
        assert_eq!(record[3], "none");
        return false;
    };
    let said = shell.command(&format!("cat /proc/vm/pteg/{group}"));
    assert_eq!(said.lines().count(), 9, "a head and eight entries\n{said}");
    let entry = said.lines().map(words).find(|words| words[0] == slot);
    let entry = entry.unwrap_or_else(|| panic!("no slot {slot}\n{said}"));
    assert_eq!(
        entry[1..5],
        [page[3], record[1], record[2], frame],
        "{said}"
    );
    true
}

fn smaps_add_up(kind: Kind) {
    let mut shell = shell(kind);
    let pid = pid_of_the_shell(&mut shell);
    let said = shell.command(&format!("cat /proc/{pid}/smaps"));
    let heads = said.lines().filter(|line| line.contains(" 00:00 "));
    let regions = said.lines().filter(|line| line.starts_with("VmFlags:"));
    assert_eq!(heads.count(), regions.count(), "{said}");
    let kib = |name: &str| -> Vec<u64> {
        let lines = said.lines().filter_map(|line| line.strip_prefix(name));
        lines.map(|rest| number(words(rest)[0])).collect()
    };
    let parts = [
        "Shared_Clean:",
        "Shared_Dirty:",
        "Private_Clean:",
        "Private_Dirty:",
    ]
    .map(kib);
    let (size, rss, pss) = (kib("Size:"), kib("Rss:"), kib("Pss:"));
    for n in 0..size.len() {
        let sum: u64 = parts.iter().map(|part| part[n]).sum();
        assert!(
            rss[n] == sum && pss[n] <= rss[n] && rss[n] <= size[n],
            "region {n}\n{said}"
        );
    }
    assert!(rss.iter().sum::<u64>() > 0, "{said}");
    // The text is the file's: the same frames for every shell, and executable only.
    assert!(said.contains("r-xp") && said.contains("/bin/sh"), "{said}");
}

fn what_is_not_there_is_said(kind: Kind) {
    let mut shell = shell(kind);
    assert_eq!(
        shell.command("cat /proc/vm/frame/99999999"),
        "no such frame"
    );
    assert_eq!(shell.command("cat /proc/vm/pteg/99999999"), "no such group");
    assert_eq!(shell.command("cat /proc/vm/frame/0"), "kernel");
    assert!(
        shell
            .command("cat /proc/999/pages")
            .contains("/proc/999/pages")
    );
}
