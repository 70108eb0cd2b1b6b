//! Programs in the background.

use quire_user::linux::WNOHANG;
use quire_user::println;
use quire_user::sys::{self, Child};

/// Says that a program runs in the background. Returns the command's status.
pub fn started(child: Child, name: &str) -> i32 {
    println!("[{}] {name}", child.0);
    0
}

/// Says which programs in the background have ended since last asked.
pub fn report() {
    while let Ok((pid, status)) = sys::wait4(-1, WNOHANG) {
        if pid == 0 {
            break;
        }
        println!("[{pid}] done: {status:?}");
    }
}
