//! Suites that must not pass: they prove that failures are seen.

use crate::harness::{Case, Outcome};

/// One case that fails.
pub const FAIL: &[Case] = &[("this_case_fails_on_purpose", fails)];
/// One case that never ends.
pub const HANG: &[Case] = &[("this_case_hangs_on_purpose", hangs)];

fn fails() -> Outcome {
    check_eq!(1 + 1, 3);
    Ok(())
}

fn hangs() -> Outcome {
    loop {
        core::hint::spin_loop();
    }
}
