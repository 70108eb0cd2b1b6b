//! What Quire claims of its costs, counted in instructions: under this clock a
//! nanosecond is an instruction, and every run is the same.

use quire_tests::{Clock, Kind, Machine, Run};
use std::time::Duration;

on_both! {
    a_shared_fork_does_not_depend_on_the_size_of_the_process
    a_lazy_fork_depends_on_the_number_of_segments_only
    an_eager_fork_is_what_the_others_are_measured_against
    the_tour_counts_nothing_for_a_page_that_nobody_writes
    the_tour_is_right_with_the_other_ways_to_fork the_tour_is_the_same_every_time
    a_tlb_miss_is_short the_bench_measures_what_it_is_asked_for
    the_bench_counts_the_same_every_time
}

/// The names of the rows that `bench` measured. Its table is checked for its form.
fn rows(run: &Run) -> Vec<String> {
    let table = run
        .output
        .lines()
        .skip_while(|line| !line.starts_with("row "));
    let lines = table
        .skip(1)
        .take_while(|line| !line.starts_with("bench: "));
    let row = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let value = |i: usize| words[i].parse::<f64>().unwrap_or_else(|_| panic!("{line}"));
        assert!(value(2) <= value(3) && value(3) <= value(4), "{line}");
        words[0].to_owned()
    };
    lines.map(row).collect()
}

/// Small rows, which fit where no others do: the program runs on every machine.
fn the_bench_measures_what_it_is_asked_for(kind: Kind) {
    let words = "getpid cow- soft-shm fork-exec 64th-read";
    let run = counted(kind, &format!("init=/bin/bench {words}")).says(&[" rows, 0 failed"]);
    let wanted = "getpid cow-child cow-parent cow-last-owner soft-shm-write soft-shm-read \
        fork-exec-wait vfork-exec-wait fork-64th-read";
    assert_eq!(rows(&run), wanted.split(' ').collect::<Vec<_>>(), "{run}");
    // What does not fit is left out, and that is no failure.
    let run = counted(kind, "init=/bin/bench 1024M");
    let run = run
        .says(&["fork-call-1024M left out"])
        .says(&["2 rows, 0 failed"]);
    assert!(rows(&run).is_empty(), "{run}");
}

fn the_bench_counts_the_same_every_time(kind: Kind) {
    let run = || counted(kind, "init=/bin/bench getpid first-write fork-call-1M");
    assert_eq!(run().output, run().output);
}

/// `make bench-miss`: what the kernel does at a TLB miss, when the page's entry is in its
/// primary group.
fn a_tlb_miss_is_short(kind: Kind) {
    let run = counted(kind, "init=/bin/missbench");
    let all = "of 64, 64 have their PTE in the primary group";
    let run = run.says(&["data", all]).says(&["instructions", all]);
    let start = "instructions per TLB miss: ";
    let line = run.output.lines().find_map(|line| line.strip_prefix(start));
    let line = line.unwrap_or_else(|| panic!("no line {start:?}\n{run}"));
    for word in ["load=", "store=", "fetch="] {
        let found = line.split(' ').find_map(|part| part.strip_prefix(word));
        let cost: f64 = found.and_then(|cost| cost.parse().ok()).expect(word);
        let right = match kind {
            // The processor searches the page table itself.
            Kind::Pseries => cost < 1.0,
            Kind::Ppce500 => (1.0..=60.0).contains(&cost),
        };
        assert!(right, "{word}{cost}\n{run}");
    }
}

fn counted(kind: Kind, append: &str) -> Run {
    Machine::new(kind, append)
        .clock(Clock::Instructions)
        .limit(Duration::from_secs(120))
        .run()
        .exits(0)
}

/// The instructions of one fork with so much memory touched.
fn forkcost(run: &Run, mib: u32) -> f64 {
    let start = format!("forkcost mib={mib} ns=");
    let line = run
        .output
        .lines()
        .find_map(|line| line.strip_prefix(&start));
    line.unwrap_or_else(|| panic!("no line {start:?}\n{run}"))
        .parse()
        .expect("a number")
}

/// By what part a fork with 64 MiB touched costs more than one with 1 MiB.
fn growth(kind: Kind, append: &str) -> f64 {
    let run = counted(kind, append);
    forkcost(&run, 64) / forkcost(&run, 1) - 1.0
}

fn a_shared_fork_does_not_depend_on_the_size_of_the_process(kind: Kind) {
    let growth = growth(kind, "init=/bin/forkcost fork=shared");
    assert!(growth.abs() < 0.1, "{growth}");
}

fn a_lazy_fork_depends_on_the_number_of_segments_only(kind: Kind) {
    // 64 MiB may reach into one segment more than 1 MiB, beside the program's and
    // the stack's; 16,384 pages would cost far more than that.
    let growth = growth(kind, "init=/bin/forkcost fork=lazy");
    assert!(growth.abs() < 0.5, "{growth}");
}

fn an_eager_fork_is_what_the_others_are_measured_against(kind: Kind) {
    let run = counted(kind, "init=/bin/forkcost fork=eager");
    let per_page = (forkcost(&run, 64) - forkcost(&run, 1)) / (63.0 * 256.0);
    assert!(per_page > 100.0, "{per_page} instructions a page\n{run}");
}

fn the_tour_counts_nothing_for_a_page_that_nobody_writes(kind: Kind) {
    counted(kind, "init=/bin/tour")
        .says(&["pages touched", " 16384"])
        .says(&["aliases made", " 0"])
        .says(&["PTEs entered", " 0"])
        .says(&["processes that touched every page", " 16"])
        .says(&["PTEs, for all of them together", " 1024"]);
}

fn the_tour_is_right_with_the_other_ways_to_fork(kind: Kind) {
    for fork in ["lazy", "eager"] {
        let append = format!("init=/bin/tour fork={fork}");
        counted(kind, &append).says(&["tour: ", "all as they should be"]);
    }
}

fn the_tour_is_the_same_every_time(kind: Kind) {
    let first = counted(kind, "init=/bin/tour");
    let second = counted(kind, "init=/bin/tour");
    assert_eq!(first.output, second.output);
}
