//! Running another program and waiting for it.

use crate::sys::{self, Child, Status};
use crate::{Errno, Text};
use core::ffi::{CStr, c_char};
use core::ptr::null;

/// The most arguments that [`spawn`] and [`replace`] take.
pub const MAX_ARGS: usize = 32;

/// What a shell says for a program that is not there.
pub const NOT_FOUND: i32 = 127;
/// What a shell says for a program that cannot run.
pub const NOT_EXECUTABLE: i32 = 126;

/// Becomes the program `path` with the arguments `args`, of which the first is
/// its name. Returns only if that fails.
pub fn replace(path: &CStr, args: &[&CStr], env: &[&CStr]) -> Errno {
    let (argv, envp) = (pointers(args), pointers(env));
    sys::execve(path, &argv[..=args.len()], &envp[..=env.len()])
}

/// The strings' addresses, with nulls after them.
fn pointers(strings: &[&CStr]) -> [*const c_char; MAX_ARGS + 1] {
    let mut list = [null(); MAX_ARGS + 1];
    for (slot, string) in list[..MAX_ARGS].iter_mut().zip(strings) {
        *slot = string.as_ptr();
    }
    list
}

/// Starts the program `path` in a child. The child's status is [`NOT_FOUND`] or
/// [`NOT_EXECUTABLE`] when it cannot.
pub fn spawn(path: &CStr, args: &[&CStr]) -> Result<Child, Errno> {
    sys::spawn(|| match replace(path, args, &[c"PATH=/bin", c"HOME=/"]) {
        Errno(linux_raw_sys::errno::ENOENT) => NOT_FOUND,
        _ => NOT_EXECUTABLE,
    })
}

/// Runs the program `path` and waits until it has ended.
pub fn run(path: &CStr, args: &[&CStr]) -> Result<Status, Errno> {
    spawn(path, args)?.wait()
}

/// Where a program named `name` is: as it stands if it has a slash, else in /bin.
pub fn find(name: &str) -> Text<256> {
    let folder = if name.contains('/') { "" } else { "/bin/" };
    Text::format(format_args!("{folder}{name}"))
}
