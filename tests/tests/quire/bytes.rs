//! The same bytes on every machine: what random programs leave in memory does not depend
//! on how a page is found, nor on the order of bytes.

use quire_tests::{Kind, Machine, Session};
use std::time::Duration;

/// PIDs by which ppce500's TLB tells spaces apart.
const PIDS: u64 = 255;

/// A shell that has run /bin/churn, and what that said of all that it read and wrote: it
/// has more pages than the TLB has entries, and more processes than there are PIDs, 300 of
/// them at once.
fn churned(kind: Kind, fork: &str) -> (Session, Vec<String>) {
    let machine = Machine::new(kind, fork).limit(Duration::from_secs(120));
    let mut shell = machine.boot();
    shell.expect("quire$ ");
    let said = shell.command("churn");
    let lines = said.lines().map(str::to_owned).collect();
    assert_eq!(shell.command("echo $?"), "0", "{said}");
    (shell, lines)
}

#[test]
fn are_the_same_on_both_machines() {
    let (_, one) = churned(Kind::Pseries, "fork=shared");
    assert_eq!(one.len(), 13, "{one:#?}");
    for fork in ["fork=shared", "fork=lazy"] {
        let (mut shell, other) = churned(Kind::Ppce500, fork);
        assert_eq!(other, one, "{fork}");
        let tlb = shell.command("cat /proc/vm/tlb");
        let given = tlb.lines().next().and_then(|line| line.split(' ').nth(5));
        let given: Option<u64> = given.and_then(|given| given.parse().ok());
        assert!(given.is_some_and(|given| given > 3 * PIDS), "{tlb}");
    }
}
