//! That failures are seen: each kind ends QEMU with 1 and a line that says which
//! suite failed and why.

use quire_tests::{Kind, Machine, Run};

on_both! {
    a_suite_that_fails a_suite_that_panics a_store_that_the_kernel_may_not_make
    a_kernel_stack_that_overflows a_suite_that_hangs a_suite_that_does_not_exist
    one_bad_suite_among_good_ones a_panic_names_the_functions_that_led_to_it
    a_word_that_the_command_line_cannot_have
    a_word_that_the_command_line_does_not_know_is_named
}

fn fails(kind: Kind, append: &str) -> Run {
    Machine::new(kind, append).run().exits(1)
}

fn a_suite_that_fails(kind: Kind) {
    fails(kind, "test=fail")
        .says(&[
            "fail::this_case_fails_on_purpose ... FAILED: ",
            "1 + 1 is 2, not 3",
        ])
        .says(&["suite fail: FAILED: ", "exited with status 1"]);
}

fn a_suite_that_panics(kind: Kind) {
    fails(kind, "test=panic").says(&["suite panic: FAILED: the kernel panicked: ", "on purpose"]);
}

fn a_store_that_the_kernel_may_not_make(kind: Kind) {
    // Where the kernel's text begins, and how the processor's registers say what was wrong.
    let (text, cause, state): (_, &[_], &[_]) = match kind {
        Kind::Pseries => (
            "c000000000400000",
            &["DAR ", "DSISR", "PROTECTION", "STORE"],
            &["SRR1", "MSR SF", "IR DR"],
        ),
        Kind::Ppce500 => (
            "c000000000000000",
            &["DEAR", "ESR", "STORE"],
            &["SRR1", "MSR CM"],
        ),
    };
    let what = format!("PANIC: the kernel faulted: page fault: store to 0x{text}");
    fails(kind, "test=store")
        .says(&[&what])
        .says(&[cause, &[text][..]].concat())
        .says(state)
        .says(&["store_to_text + 0x"])
        .says(&["suite store: FAILED: the kernel panicked: page fault"]);
}

fn a_kernel_stack_that_overflows(kind: Kind) {
    fails(kind, "test=overflow")
        .says(&["PANIC: the kernel faulted: kernel stack overflow"])
        .says(&["dig + 0x"])
        .says(&["suite overflow: FAILED: the kernel panicked: kernel stack overflow"]);
}

fn a_suite_that_hangs(kind: Kind) {
    fails(kind, "test=hang timeout=3").says(&["suite hang: FAILED: it did not end within 3 s"]);
}

fn a_suite_that_does_not_exist(kind: Kind) {
    fails(kind, "test=nonsense").says(&["suite nonsense: FAILED: there is no such suite"]);
}

fn one_bad_suite_among_good_ones(kind: Kind) {
    fails(kind, "test=boot,fail,fork")
        .says(&["suite boot: ok"])
        .says(&["suite fail: FAILED: "])
        .says(&["suite fork: ok"]);
}

fn a_panic_names_the_functions_that_led_to_it(kind: Kind) {
    let run = fails(kind, "test=panic").says(&["PANIC: "]);
    run.says(&["run_next_suite + 0x"])
        .says(&["quire::kmain + 0x"]);
}

fn a_word_that_the_command_line_cannot_have(kind: Kind) {
    for word in ["fork=sometimes", "timeout=99999999999999999999", "test=,"] {
        fails(kind, word).says(&[word]);
    }
}

fn a_word_that_the_command_line_does_not_know_is_named(kind: Kind) {
    Machine::new(kind, "tset=fork init=/bin/true")
        .run()
        .exits(0)
        .says(&["tset=fork"]);
}
