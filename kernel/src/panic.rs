//! The end: what is printed when the kernel must stop, and how QEMU learns of it.

use crate::arch::{self, Frame};
use crate::{backtrace, platform, suites};
use core::fmt::Display;
use core::panic::PanicInfo;
use core::sync::atomic::{AtomicBool, Ordering};

/// Set by the first panic. A second one, while the first is being reported, only
/// ends the machine.
static PANICKING: AtomicBool = AtomicBool::new(false);

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    let frame = arch::capture();
    only_once();
    println!("\nPANIC: {}", info.message());
    if let Some(location) = info.location() {
        println!("at {location}");
    }
    end(&frame, &info.message())
}

/// Reports a trap that the kernel itself has caused.
pub fn kernel_trap(frame: &Frame) -> ! {
    only_once();
    let cause = arch::Cause(frame);
    println!("\nPANIC: the kernel faulted: {cause}");
    end(frame, &cause)
}

fn only_once() {
    if PANICKING.swap(true, Ordering::Relaxed) {
        platform::fail("panic within a panic");
    }
}

fn end(frame: &Frame, why: &dyn Display) -> ! {
    println!("{}", arch::Report(frame));
    backtrace::print(frame.nip, frame.gpr[1]);
    if let Some(suite) = suites::running() {
        println!("suite {suite}: FAILED: the kernel panicked: {why}");
    }
    platform::fail("kernel panic")
}
