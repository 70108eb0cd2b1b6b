//! The tour: one hashed page table at work, in seven steps.
//!
//! Every number is the kernel's own, counted while you read. The tour knows what
//! each should be, and exits with 1 if one is not.
#![no_std]
#![no_main]

mod counters;
mod fork;
mod machine;
mod mapping;
mod overflow;
mod sharing;
mod show;
mod writing;

use quire_user::{Args, Errno, eprintln, proc};
use show::Show;

quire_user::program!(main);

/// Shows one thing. An error is of a system call that should have worked.
type Step = fn(&mut Show) -> Result<(), Errno>;

/// The steps, in order.
const STEPS: &[Step] = &[
    machine::describe,
    fork::with_64_mib,
    fork::time,
    writing::each_side,
    sharing::sixteen,
    mapping::private_and_shared,
    overflow::one_group,
];

fn main(_args: &Args) -> i32 {
    if !proc::has_vm() {
        eprintln!("tour: this kernel has no /proc/vm, so there is nothing to show");
        return 1;
    }
    let mut show = Show::new();
    for step in STEPS {
        if let Err(e) = step(&mut show) {
            show.failed(e);
        }
    }
    show.audit();
    show.finish()
}
