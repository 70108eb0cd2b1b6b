//! Links below /proc: they lead to what they stand for, not to what has its name.

use crate::harness::{Case, Outcome, in_child};
use crate::scratch::{self, Scratch};
use quire_user::errors::*;
use quire_user::linux::*;
use quire_user::sys;
use quire_user::{Errno, Text, exec};

/// A part of suite file.
pub const CASES: &[Case] = &[
    ("proc_program", proc_program),
    ("proc_open_files", proc_open_files),
    ("proc_file_without_a_name", proc_file_without_a_name),
    ("proc_pipe", proc_pipe),
    ("proc_directories", proc_directories),
    ("proc_mounts", proc_mounts),
    ("proc_arguments", proc_arguments),
    ("dev_fd", dev_fd),
];

/// Whether the link at `path` says `wanted`.
fn says(path: &core::ffi::CStr, wanted: &[u8]) -> Outcome {
    let mut text = [0; 128];
    let n = sys::readlink(path, &mut text)?;
    check!(
        &text[..n] == wanted,
        "{path:?}: {:?}",
        core::str::from_utf8(&text[..n])
    );
    Ok(())
}

fn link(fd: sys::Fd) -> Text<64> {
    Text::format(format_args!("/proc/self/fd/{fd}"))
}

fn proc_program() -> Outcome {
    let mut text = [0; 128];
    let n = sys::readlink(c"/proc/self/exe", &mut text)?;
    check!(
        text[..n].ends_with(b"suite"),
        "{:?}",
        core::str::from_utf8(&text[..n])
    );
    let fd = sys::open(c"/proc/self/exe", O_RDONLY)?;
    let mut magic = [0; 4];
    sys::read(fd, &mut magic)?;
    check_eq!(&magic, b"\x7fELF");
    check_eq!(
        sys::readlink(c"/proc/self/nothing", &mut text),
        Err(Errno(ENOENT))
    );
    Ok(())
}

fn proc_open_files() -> Outcome {
    let _here = Scratch::new()?;
    let fd = scratch::file(c"a", b"0123456789")?;
    // Opened again, it has an offset of its own.
    let again = sys::open(link(fd).as_cstr(), O_RDONLY)?;
    let mut bytes = [0; 4];
    check_eq!(sys::read(again, &mut bytes), Ok(4));
    check_eq!(&bytes, b"0123");
    sys::close(again)?;
    check_eq!(
        sys::open(link(again).as_cstr(), O_RDONLY),
        Err(Errno(ENOENT))
    );
    check_eq!(
        sys::open(link(fd).as_cstr(), O_RDONLY | O_NOFOLLOW),
        Err(Errno(ELOOP))
    );
    Ok(())
}

fn proc_file_without_a_name() -> Outcome {
    let _here = Scratch::new()?;
    let fd = scratch::file(c"gone", b"still here")?;
    sys::unlink(c"gone")?;
    let mut text = [0; 128];
    let n = sys::readlink(link(fd).as_cstr(), &mut text)?;
    check!(text[..n].ends_with(b"gone (deleted)"));
    let again = sys::open(link(fd).as_cstr(), O_RDONLY)?;
    let mut bytes = [0; 16];
    check_eq!(sys::read(again, &mut bytes), Ok(10));
    Ok(())
}

fn proc_pipe() -> Outcome {
    let pipe = sys::pipe()?;
    let mut text = [0; 64];
    let n = sys::readlink(link(pipe.read).as_cstr(), &mut text)?;
    check!(text[..n].starts_with(b"pipe:["));
    let write = sys::open(link(pipe.read).as_cstr(), O_WRONLY)?;
    sys::write(write, b"x")?;
    let read = sys::open(link(pipe.write).as_cstr(), O_RDONLY)?;
    check_eq!(sys::read(read, &mut text), Ok(1));
    // The pipe has ended only when all that write are gone.
    sys::close(pipe.write)?;
    sys::write(write, b"y")?;
    sys::close(write)?;
    check_eq!(sys::read(pipe.read, &mut text), Ok(1));
    check_eq!(sys::read(pipe.read, &mut text), Ok(0));
    Ok(())
}

fn proc_directories() -> Outcome {
    says(c"/proc/self/root", b"/")?;
    in_child(|| {
        sys::chdir(c"/bin")?;
        says(c"/proc/self/cwd", b"/bin")?;
        let fd = sys::open(c"/proc/self/cwd/suite", O_RDONLY)?;
        sys::close(fd)?;
        Ok(())
    })
}

fn proc_mounts() -> Outcome {
    says(c"/proc/mounts", b"self/mounts")?;
    let fd = sys::open(c"/proc/mounts", O_RDONLY)?;
    let mut text = [0; 2048];
    let n = sys::read(fd, &mut text)?;
    let text = core::str::from_utf8(&text[..n]).unwrap_or("");
    check!(text.contains(" /proc proc "), "{text}");
    Ok(())
}

fn proc_arguments() -> Outcome {
    let fd = sys::open(c"/proc/self/cmdline", O_RDONLY)?;
    let mut text = [0; 256];
    let n = sys::read(fd, &mut text)?;
    check!(n > 0 && text[n - 1] == 0, "{n} bytes");
    let fd = sys::open(c"/proc/self/comm", O_RDONLY)?;
    check_eq!(sys::read(fd, &mut text), Ok(6));
    check_eq!(&text[..6], b"suite\n");
    Ok(())
}

/// `/dev/stdin` and its kin are the caller's own.
fn dev_fd() -> Outcome {
    let pipe = sys::pipe()?;
    let child = sys::spawn(|| {
        let _ = sys::dup2(pipe.write, 1);
        exec::replace(c"/bin/sh", &[c"sh", c"-c", c"echo said > /dev/stdout"], &[]);
        exec::NOT_FOUND
    })?;
    sys::close(pipe.write)?;
    let mut text = [0; 16];
    let n = sys::read(pipe.read, &mut text)?;
    check_eq!(&text[..n], b"said\n");
    child.wait()?;
    Ok(())
}
