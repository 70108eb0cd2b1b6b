//! That failures are seen: each kind ends QEMU with 1 and a line that says which
//! suite failed and why.

use quire_tests::{Machine, Run};

fn fails(append: &str) -> Run {
    Machine::new(append).run().exits(1)
}

#[test]
fn a_suite_that_fails() {
    fails("test=fail")
        .says(&[
            "fail::this_case_fails_on_purpose ... FAILED: ",
            "1 + 1 is 2, not 3",
        ])
        .says(&["suite fail: FAILED: ", "exited with status 1"]);
}

#[test]
fn a_suite_that_panics() {
    fails("test=panic").says(&["suite panic: FAILED: the kernel panicked: ", "on purpose"]);
}

#[test]
fn a_store_that_the_kernel_may_not_make() {
    fails("test=store")
        .says(&["PANIC: the kernel faulted: page fault: store to 0xc000000000400000"])
        .says(&["DAR   c000000000400000", "DSISR", "PROTECTION", "STORE"])
        .says(&["SRR1", "MSR SF", "IR DR"])
        .says(&["store_to_text + 0x"])
        .says(&["suite store: FAILED: the kernel panicked: page fault"]);
}

#[test]
fn a_kernel_stack_that_overflows() {
    fails("test=overflow")
        .says(&["PANIC: the kernel faulted: kernel stack overflow"])
        .says(&["dig + 0x"])
        .says(&["suite overflow: FAILED: the kernel panicked: kernel stack overflow"]);
}

#[test]
fn a_suite_that_hangs() {
    fails("test=hang timeout=3").says(&["suite hang: FAILED: it did not end within 3 s"]);
}

#[test]
fn a_suite_that_does_not_exist() {
    fails("test=nonsense").says(&["suite nonsense: FAILED: there is no such suite"]);
}

#[test]
fn one_bad_suite_among_good_ones() {
    fails("test=boot,fail,fork")
        .says(&["suite boot: ok"])
        .says(&["suite fail: FAILED: "])
        .says(&["suite fork: ok"]);
}

#[test]
fn a_panic_names_the_functions_that_led_to_it() {
    let run = fails("test=panic").says(&["PANIC: "]);
    run.says(&["run_next_suite + 0x"])
        .says(&["quire::kmain + 0x"]);
}

#[test]
fn a_word_that_the_command_line_cannot_have() {
    for word in ["fork=sometimes", "timeout=99999999999999999999", "test=,"] {
        fails(word).says(&[word]);
    }
}

#[test]
fn a_word_that_the_command_line_does_not_know_is_named() {
    Machine::new("tset=fork init=/bin/true")
        .run()
        .exits(0)
        .says(&["tset=fork"]);
}
