//! Suites `panic`, `store` and `overflow`: the kernel fails on purpose, so that what it
//! then says can be looked at. None of them returns.

use super::{Case, Finding};
use crate::arch;
use crate::state::Kernel;
use core::hint::black_box;

pub const CASES: &[Case] = &[
    Case {
        suite: "panic",
        name: "on_purpose",
        run: |_| panic!("the suite `panic` panics on purpose"),
    },
    Case {
        suite: "store",
        name: "to_the_kernels_text",
        run: store_to_text,
    },
    Case {
        suite: "overflow",
        name: "of_the_kernels_stack",
        run: overflow_stack,
    },
];

fn store_to_text(_: &mut Kernel) -> Finding {
    let text = arch::text().start as *mut u8;
    // SAFETY: the page table allows no store there, so no byte changes.
    unsafe { text.write_volatile(0) };
    Err("the kernel's text can be written".into())
}

fn overflow_stack(_: &mut Kernel) -> Finding {
    Err(alloc::format!("{} levels fit the stack", dig(u64::MAX)))
}

/// Needs more than 1 KiB of stack for each of `levels`.
fn dig(levels: u64) -> u64 {
    let room = black_box([levels; 128]);
    if levels == 0 {
        0
    } else {
        dig(levels - 1) + u64::from(room[0] > 0)
    }
}
