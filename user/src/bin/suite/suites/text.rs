//! Programs: their text is the file's, once for all who run it; and scripts.

use crate::harness::{Case, Outcome, dies_of, in_child, needs_vm};
use crate::scratch::{self, Scratch};
use core::ffi::CStr;
use core::sync::atomic::{AtomicU32, Ordering::Relaxed};
use quire_user::area::RW;
use quire_user::errors::*;
use quire_user::linux::*;
use quire_user::sys::{self, Child, Fd, Pipe, Status};
use quire_user::{Area, Errno, PAGE, Text, exec, proc};

/// The suite.
pub const CASES: &[Case] = &[
    ("text_is_there_once", text_is_there_once),
    ("text_is_read_only", text_is_read_only),
    ("text_written_is_a_copy", text_written_is_a_copy),
    ("constants_are_read_only", constants_are_read_only),
    ("variables_are_each_ones_own", variables_are_own),
    ("maps_names_the_program", maps_names_the_program),
    ("maps_has_a_line_a_region", maps_has_a_line_a_region),
    ("runs_from_anywhere", runs_from_anywhere),
    ("runs_on_when_unlinked", runs_on_when_unlinked),
    ("running_program_cannot_be_written", busy),
    ("needs_the_right_to_execute", needs_the_right),
    ("script", script),
    ("script_with_an_argument", script_with_an_argument),
    ("script_of_a_script", script_of_a_script),
    ("script_refused", script_refused),
];

/// How many run the same program.
const MANY: usize = 20;

/// The length of this program's text in pages.
fn text_pages() -> Result<usize, Errno> {
    let mut buffer = [0; 16 << 10];
    let text = proc::read(c"/proc/self/maps", &mut buffer)?;
    let line = text
        .lines()
        .find(|line| line.contains(" r-xp ") && line.contains("suite"));
    let range = line.and_then(|line| line.split_whitespace().next()?.split_once('-'));
    let hex = |digits| usize::from_str_radix(digits, 16).unwrap_or(0);
    Ok(range.map_or(0, |(start, end)| (hex(end) - hex(start)) / PAGE))
}

/// Starts /bin/suite so that it says it is there, and waits: see [`wait_to_end`].
fn start(said: Pipe, go: Pipe) -> Result<Child, Errno> {
    sys::spawn(|| become_waiting(said, go))
}

/// What its child does. Returns only if it cannot.
pub fn become_waiting(said: Pipe, go: Pipe) -> i32 {
    let _ = sys::dup2(go.read, 0);
    let _ = sys::dup2(said.write, 1);
    let _ = sys::close(go.write);
    exec::replace(c"/bin/suite", &[c"suite", c"textwait"], &[]);
    exec::NOT_FOUND
}

/// What the program does that [`start`] execs: touches much of its text, says so, and
/// ends with its input.
pub fn wait_to_end() -> i32 {
    let pages = text_pages().unwrap_or(0);
    let lowest = 0x1000_0000;
    let start = wait_to_end as *const () as usize & !(PAGE - 1);
    let down = (0..pages).map(|n| start - n * PAGE);
    let text = down.take_while(|at| *at >= lowest);
    text.for_each(|at| _ = core::hint::black_box(Area::over(at, PAGE).load(0)));
    let _ = sys::write(1, b"x");
    sys::read(0, &mut [0]).map_or(1, |_| 0)
}

fn text_is_there_once() -> Outcome {
    needs_vm()?;
    let pages = text_pages()?;
    check!(pages >= 40, "{pages} pages are not enough to tell");
    let (said, go) = (sys::pipe()?, sys::pipe()?);
    let first = start(said, go)?;
    let mut byte = [0];
    sys::read(said.read, &mut byte)?;
    let before = proc::free_frames().unwrap_or(0);
    let others: [_; MANY] = core::array::from_fn(|_| start(said, go));
    for _ in 0..MANY {
        check_eq!(sys::read(said.read, &mut byte), Ok(1));
    }
    let each = before.saturating_sub(proc::free_frames().unwrap_or(0)) / MANY as u64;
    check!(
        each < pages as u64 / 2,
        "{each} frames for each, of {pages} pages of text"
    );
    sys::close(go.write)?;
    for child in others {
        check_eq!(child?.wait()?, Status::exited(0));
    }
    check_eq!(first.wait()?, Status::exited(0));
    Ok(())
}

/// The page of text that `function` begins in.
fn page_of(function: fn() -> Outcome) -> Area {
    Area::over(function as *const () as usize & !(PAGE - 1), PAGE)
}

fn text_is_read_only() -> Outcome {
    let page = page_of(text_is_read_only);
    let before = page.load(0);
    dies_of(SIGSEGV, || page.store(0, 1))?;
    check_eq!(page.load(0), before);
    let fd = sys::open(c"/dev/zero", O_RDONLY)?;
    // SAFETY: the call is refused.
    let result = unsafe { sys::read_at(fd, page.base(), 8) };
    check_eq!(result, Err(Errno(EFAULT)));
    Ok(())
}

/// A debugger's way: the page that is written becomes the process's own.
fn text_written_is_a_copy() -> Outcome {
    let page = page_of(dummy);
    // The last words of a page are no less text than the first.
    let at = PAGE - 4;
    let before = page.load(at);
    in_child(|| {
        page.protect(RW | PROT_EXEC)?;
        page.store(at, !before);
        check_eq!(page.load(at), !before);
        in_child(|| {
            check_eq!(page.load(at), !before);
            Ok(())
        })
    })?;
    check_eq!(page.load(at), before);
    check_eq!(exec::run(c"/bin/true", &[c"true"])?, Status::exited(0));
    Ok(())
}

/// Text that nobody needs.
#[inline(never)]
fn dummy() -> Outcome {
    core::hint::black_box(());
    Ok(())
}

static CONSTANT: [u8; 16] = *b"it is a constant";

fn constants_are_read_only() -> Outcome {
    let at = Area::over(CONSTANT.as_ptr() as usize, 16);
    dies_of(SIGSEGV, || at.store(0, b'I'))?;
    check_eq!(&at.copy(0), b"it is a constant");
    Ok(())
}

static VARIABLE: AtomicU32 = AtomicU32::new(1);

fn variables_are_own() -> Outcome {
    check_eq!(VARIABLE.load(Relaxed), 1);
    in_child(|| {
        VARIABLE.store(2, Relaxed);
        in_child(|| {
            check_eq!(VARIABLE.swap(3, Relaxed), 2);
            Ok(())
        })?;
        check_eq!(VARIABLE.load(Relaxed), 2);
        Ok(())
    })?;
    check_eq!(VARIABLE.load(Relaxed), 1);
    Ok(())
}

fn maps_names_the_program() -> Outcome {
    needs_vm()?;
    check!(text_pages()? > 0);
    let mut buffer = [0; 16 << 10];
    let text = proc::read(c"/proc/self/maps", &mut buffer)?;
    check!(text.lines().any(|line| line.ends_with("/bin/suite")));
    Ok(())
}

fn maps_has_a_line_a_region() -> Outcome {
    needs_vm()?;
    let _here = Scratch::new()?;
    let fd = scratch::file(c"two\nlines", b"x")?;
    Area::file(fd, 0, PAGE, RW, MAP_SHARED)?;
    let mut buffer = [0; 16 << 10];
    let text = proc::read(c"/proc/self/maps", &mut buffer)?;
    check!(text.lines().any(|line| line.ends_with("/two\\012lines")));
    Ok(())
}

fn copy(from: &CStr, to: &CStr, mode: u32) -> Result<(), Errno> {
    let source = sys::open(from, O_RDONLY)?;
    let target = sys::create(to, O_WRONLY, mode)?;
    while sys::sendfile(target, source, None, 1 << 20)? > 0 {}
    sys::close(target)?;
    sys::close(source)
}

fn runs_from_anywhere() -> Outcome {
    let _here = Scratch::new()?;
    copy(c"/bin/sh", c"shell", 0o755)?;
    check_eq!(
        exec::run(c"./shell", &[c"sh", c"-c", c"exit 6"])?,
        Status::exited(6)
    );
    // What is written to the file later is another program.
    copy(c"/bin/false", c"shell", 0o755).or_else(|e| match e {
        // Some file systems do not let a program be written that has just run.
        Errno(ETXTBSY) => Ok(()),
        e => Err(e),
    })?;
    Ok(())
}

/// Runs ./program, a copy of the suite. It has begun, and ends when the descriptor is
/// closed.
fn start_program() -> Result<(Child, Fd), Errno> {
    let (said, go) = (sys::pipe()?, sys::pipe()?);
    let child = sys::spawn(|| {
        let _ = sys::dup2(go.read, 0);
        let _ = sys::dup2(said.write, 1);
        let _ = sys::close(go.write);
        exec::replace(c"./program", &[c"suite", c"textwait"], &[]);
        exec::NOT_FOUND
    })?;
    sys::read(said.read, &mut [0])?;
    Ok((child, go.write))
}

fn runs_on_when_unlinked() -> Outcome {
    needs_vm()?;
    let _here = Scratch::new()?;
    copy(c"/bin/suite", c"program", 0o755)?;
    let (child, go) = start_program()?;
    sys::unlink(c"program")?;
    sys::close(go)?;
    check_eq!(child.wait()?, Status::exited(0));
    Ok(())
}

/// A running program's file cannot be written, nor a file be run that is being written.
fn busy() -> Outcome {
    needs_vm()?;
    let _here = Scratch::new()?;
    copy(c"/bin/suite", c"program", 0o755)?;
    let (child, go) = start_program()?;
    let busy = Err(Errno(ETXTBSY));
    for flags in [O_WRONLY, O_RDWR, O_WRONLY | O_TRUNC, O_RDONLY | O_TRUNC] {
        check_eq!(sys::open(c"program", flags), busy);
    }
    check_eq!(sys::truncate(c"program", 0), busy.map(drop));
    sys::close(sys::open(c"program", O_RDONLY)?)?;
    sys::close(go)?;
    check_eq!(child.wait()?, Status::exited(0));
    let fd = sys::open(c"program", O_WRONLY)?;
    let refused = exec::replace(c"./program", &[c"suite", c"textwait"], &[]);
    check_eq!(refused, Errno(ETXTBSY));
    sys::close(fd)?;
    Ok(())
}

fn needs_the_right() -> Outcome {
    let _here = Scratch::new()?;
    copy(c"/bin/true", c"program", 0o644)?;
    let error = |path| exec::replace(path, &[c"x"], &[]);
    check_eq!(error(c"program"), Errno(EACCES));
    sys::chmod(c"program", 0o755)?;
    check_eq!(exec::run(c"./program", &[c"true"])?, Status::exited(0));
    Ok(())
}

fn make_script(path: &CStr, text: &[u8]) -> Outcome {
    let fd: Fd = scratch::file(path, text)?;
    sys::close(fd)?;
    Ok(sys::chmod(path, 0o755)?)
}

fn script() -> Outcome {
    let _here = Scratch::new()?;
    make_script(c"five", b"#!/bin/sh\nexit 5\n")?;
    check_eq!(exec::run(c"./five", &[c"five"])?, Status::exited(5));
    make_script(c"spaces", b"#!  \t/bin/sh  \nexit 6\n")?;
    check_eq!(exec::run(c"./spaces", &[c"spaces"])?, Status::exited(6));
    // A line without an end is one all the same.
    make_script(c"short", b"#!/bin/true")?;
    check_eq!(exec::run(c"./short", &[c"short"])?, Status::exited(0));
    Ok(())
}

/// What a program prints, up to 100 bytes.
fn output(path: &CStr, args: &[&CStr]) -> Result<Text<100>, Errno> {
    let pipe = sys::pipe()?;
    let child = sys::spawn(|| {
        let _ = sys::dup2(pipe.write, 1);
        exec::replace(path, args, &[]);
        exec::NOT_FOUND
    })?;
    sys::close(pipe.write)?;
    let (mut bytes, mut text) = ([0; 100], Text::new());
    while let n @ 1.. = sys::read(pipe.read, &mut bytes)? {
        text.push(&bytes[..n]);
    }
    sys::close(pipe.read)?;
    child.wait()?;
    Ok(text)
}

/// execve(2): the interpreter, its one argument, the path, and what was passed.
fn script_with_an_argument() -> Outcome {
    let _here = Scratch::new()?;
    make_script(c"say", b"#!/bin/echo one two\nwhatever\n")?;
    let text = output(c"./say", &[c"name", c"three", c"four"])?;
    check_eq!(text.as_str(), "one two ./say three four\n");
    make_script(c"plain", b"#!/bin/echo\n")?;
    let text = output(c"./plain", &[c"name"])?;
    check_eq!(text.as_str(), "./plain\n");
    Ok(())
}

fn script_of_a_script() -> Outcome {
    let here = Scratch::new()?;
    make_script(c"one", b"#!/bin/echo 1\n")?;
    let line = Text::<100>::format(format_args!(
        "#!{}/one 2\n",
        here.path().to_str().unwrap_or("")
    ));
    make_script(c"two", line.bytes())?;
    let text = output(c"./two", &[c"two", c"x"])?;
    let wanted = Text::<100>::format(format_args!(
        "1 {}/one 2 ./two x\n",
        here.path().to_str().unwrap_or("")
    ));
    check_eq!(text.as_str(), wanted.as_str());
    // But not for ever.
    let line = Text::<100>::format(format_args!(
        "#!{}/loop\n",
        here.path().to_str().unwrap_or("")
    ));
    make_script(c"loop", line.bytes())?;
    let error = exec::replace(c"./loop", &[c"loop"], &[]);
    check_eq!(error, Errno(ELOOP));
    Ok(())
}

fn script_refused() -> Outcome {
    let _here = Scratch::new()?;
    let error = |path: &CStr| exec::replace(path, &[path], &[]);
    make_script(c"none", b"#!/bin/there-is-none\n")?;
    check_eq!(error(c"none"), Errno(ENOENT));
    for (path, text) in [
        (c"empty", &b""[..]),
        (c"text", b"exit 5\n"),
        (c"blank", b"#!\n"),
        (c"spaces", b"#!   \n"),
        (c"hash", b"#"),
    ] {
        make_script(path, text)?;
        check!(error(path) == Errno(ENOEXEC), "{path:?}: {:?}", error(path));
    }
    make_script(c"directory", b"#!/bin\n")?;
    check_eq!(error(c"directory"), Errno(EACCES));
    Ok(())
}
