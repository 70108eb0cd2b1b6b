//! What a panic does: it says so and ends the process with status 101, as a
//! Rust program does anywhere.

use core::panic::PanicInfo;

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    crate::eprintln!("{info}");
    crate::sys::exit(101)
}
