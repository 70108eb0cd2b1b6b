//! execve: a new program in the same process, with what was passed and nothing else.

use crate::harness::{Case, Outcome, begin, dies_of, finish, in_child, not_in_qemu_user};
use core::ffi::{CStr, c_char};
use core::ptr::null;
use quire_user::errors::*;
use quire_user::linux::*;
use quire_user::sys::{self, Action, Fork, Status};
use quire_user::{Area, Errno, PAGE, Text, exec};

/// The suite.
pub const CASES: &[Case] = &[
    ("arguments_arrive", arguments_arrive),
    ("environment_arrives", environment_arrives),
    ("nothing_arrives_when_nothing_is_passed", nothing_arrives),
    ("auxiliary_vector", auxiliary_vector),
    ("memory_is_fresh", memory_is_fresh),
    ("number_stays", number_stays),
    ("open_files_stay", open_files_stay),
    ("not_there", not_there),
    ("directory", directory),
    ("not_a_program", not_a_program),
    ("broken_programs", broken_programs),
    ("bad_pointers", bad_pointers),
    ("too_many_arguments", too_many_arguments),
    ("argument_too_long", argument_too_long),
    (
        "failure_leaves_the_caller_whole",
        failure_leaves_the_caller_whole,
    ),
    ("many_arguments", many_arguments),
    ("pointers_across_pages", pointers_across_pages),
    ("exec_again_and_again", exec_again_and_again),
    ("signal_of_the_new_program", signal_of_the_new_program),
    ("its_end_is_told_by_sigchld", its_end_is_told_by_sigchld),
];

/// Runs argcheck with `args` and `env`; it must be content.
fn argcheck(args: &[&CStr], env: &[&CStr]) -> Outcome {
    let child = sys::spawn(|| {
        exec::replace(c"/bin/argcheck", args, env);
        exec::NOT_FOUND
    })?;
    check_eq!(child.wait()?, Status::exited(0));
    Ok(())
}

fn arguments_arrive() -> Outcome {
    argcheck(&[c"x", c"args", c"0"], &[])?;
    argcheck(&[c"", c"args", c"3", c"0", c"1", c"2"], &[c"A=1"])
}

fn environment_arrives() -> Outcome {
    argcheck(&[c"x", c"env"], &[c"A=1", c"QUIRE=yes"])
}

fn nothing_arrives() -> Outcome {
    argcheck(&[c"x", c"noenv"], &[])?;
    argcheck(&[c"x", c"noargs"], &[])
}

fn auxiliary_vector() -> Outcome {
    argcheck(&[c"x", c"aux"], &[])?;
    argcheck(&[c"x", c"aux", c"and", c"some", c"more"], &[c"A=1"])
}

fn memory_is_fresh() -> Outcome {
    let area = Area::map(Some(1 << 40), 64 * PAGE, quire_user::area::RW, MAP_PRIVATE)?;
    area.fill_all(1);
    argcheck(&[c"x", c"fresh"], &[])?;
    check_eq!(area.differs_anywhere(1), None);
    Ok(())
}

fn number_stays() -> Outcome {
    let child = sys::spawn(|| {
        let _ = exec::replace(c"/bin/sh", &[c"sh", c"-c", c"exit 7"], &[]);
        exec::NOT_FOUND
    })?;
    let pid = child.0;
    check_eq!(sys::wait4(pid, 0)?, (pid, Status::exited(7)));
    Ok(())
}

fn open_files_stay() -> Outcome {
    let fd = sys::open(c"/bin/true", O_RDONLY)?;
    sys::lseek(fd, 50, SEEK_SET)?;
    check_eq!(exec::run(c"/bin/true", &[c"true"])?, Status::exited(0));
    check_eq!(sys::lseek(fd, 0, SEEK_CUR)?, 50);
    Ok(())
}

fn error_of(path: &CStr) -> Errno {
    exec::replace(path, &[path], &[])
}

fn not_there() -> Outcome {
    check_eq!(error_of(c"/bin/there-is-no-such-program"), Errno(ENOENT));
    check_eq!(error_of(c"/no/such/place"), Errno(ENOENT));
    check_eq!(error_of(c""), Errno(ENOENT));
    check_eq!(error_of(c"/bin/true/below"), Errno(ENOTDIR));
    Ok(())
}

fn directory() -> Outcome {
    check_eq!(error_of(c"/bin"), Errno(EACCES));
    check_eq!(error_of(c"/"), Errno(EACCES));
    Ok(())
}

fn not_a_program() -> Outcome {
    check!([EACCES, ENOEXEC, EINVAL].contains(&error_of(c"/dev/zero").0));
    check!([EACCES, ENOEXEC, EINVAL].contains(&error_of(c"/proc/meminfo").0));
    Ok(())
}

/// The files under /broken, if there are any: each is refused, or the program
/// dies; the kernel goes on.
fn broken_programs() -> Outcome {
    let Ok(fd) = sys::open(c"/broken", O_RDONLY | O_DIRECTORY) else {
        return Err(crate::harness::Why::skipped(
            "there are no files in /broken",
        ));
    };
    let mut buffer = [0; 4096];
    let n = sys::getdents64(fd, &mut buffer)?;
    for entry in sys::entries(&buffer[..n]) {
        let name = entry.name.to_str().unwrap_or("?");
        if !name.starts_with('.') {
            refused(name)?;
        }
    }
    sys::close(fd)?;
    Ok(())
}

/// Names that say which error a program is refused with.
const REFUSED: &[(&str, u32)] = &[
    ("enoexec-", ENOEXEC),
    ("enoent-", ENOENT),
    ("eacces-", EACCES),
    ("elibbad-", ELIBBAD),
    ("einval-", EINVAL),
];

/// A name says what must happen: "enoexec-…" is refused with ENOEXEC, and so on; "runs-…"
/// has argcheck find what it wants; "dies-…" is refused for whatever reason, or runs and
/// dies.
fn refused(name: &str) -> Outcome {
    let path = Text::<128>::format(format_args!("/broken/{name}"));
    let status =
        sys::spawn(|| exec::replace(path.as_cstr(), &[c"x", c"loader"], &[]).0 as i32)?.wait()?;
    let refused = REFUSED.iter().find(|(kind, _)| name.starts_with(kind));
    let wanted = match refused {
        Some((_, errno)) => status == Status::exited(*errno as u8),
        None => (status == Status::exited(0)) == name.starts_with("runs-"),
    };
    check!(wanted, "{name}: {status:?}");
    Ok(())
}

/// execve with any three addresses. Success would end the caller: so in a child,
/// whose exit code is the error.
fn raw_exec(path: usize, argv: usize, envp: usize) -> Result<Status, Errno> {
    sys::spawn(|| {
        // SAFETY: the kernel only reads, and on success this child is gone.
        match unsafe { sys::call(__NR_execve, &[path, argv, envp]) } {
            Err(e) => e.0 as i32,
            Ok(_) => 255,
        }
    })?
    .wait()
}

fn bad_pointers() -> Outcome {
    let fault = Status::exited(EFAULT as u8);
    let name = c"/bin/true".as_ptr();
    let (good, empty): ([*const c_char; 2], [*const c_char; 1]) = ([name, null()], [null()]);
    for bad in [8, 1 << 41, 0xc000_0000_0000_0000, usize::MAX - 7] {
        check_eq!(
            raw_exec(bad, good.as_ptr() as usize, empty.as_ptr() as usize)?,
            fault
        );
        check_eq!(
            raw_exec(name as usize, bad, empty.as_ptr() as usize)?,
            fault
        );
        check_eq!(raw_exec(name as usize, good.as_ptr() as usize, bad)?, fault);
        let list = [bad, 0];
        check_eq!(
            raw_exec(
                name as usize,
                list.as_ptr() as usize,
                empty.as_ptr() as usize
            )?,
            fault
        );
        check_eq!(
            raw_exec(
                name as usize,
                good.as_ptr() as usize,
                list.as_ptr() as usize
            )?,
            fault
        );
    }
    // Linux takes null lists as empty ones.
    check!(raw_exec(name as usize, good.as_ptr() as usize, 0)? == Status::exited(0));
    Ok(())
}

/// An area of pointers to the same string, `count` of them and a null.
fn many(count: usize, string: usize) -> Result<Area, Errno> {
    let area = Area::private(((count + 1) * 8).next_multiple_of(PAGE))?;
    (0..count).for_each(|i| area.store_word(i * 8, string as u64));
    Ok(area)
}

/// A string of `len` bytes.
fn long_string(len: usize) -> Result<Area, Errno> {
    let area = Area::private((len + 1).next_multiple_of(PAGE))?;
    (0..len).for_each(|i| area.store(i, b'a'));
    Ok(area)
}

fn too_many_arguments() -> Outcome {
    let string = long_string(1000)?;
    let list = many(40_000, string.base())?;
    let path = c"/bin/true".as_ptr() as usize;
    check_eq!(raw_exec(path, list.base(), 0)?, Status::exited(E2BIG as u8));
    Ok(())
}

fn argument_too_long() -> Outcome {
    // More than Linux takes, with pages of 64 KiB too: 32 pages (execve(2)).
    let string = long_string(3 << 20)?;
    let list = many(1, string.base())?;
    let path = c"/bin/true".as_ptr() as usize;
    check_eq!(raw_exec(path, list.base(), 0)?, Status::exited(E2BIG as u8));
    // Without an end: the mapping ends first.
    let open = Area::private(PAGE)?;
    (0..PAGE).for_each(|i| open.store(i, b'a'));
    let list = many(1, open.base())?;
    let status = raw_exec(path, list.base(), 0)?;
    check!(
        status == Status::exited(EFAULT as u8) || status == Status::exited(0),
        "{status:?}"
    );
    Ok(())
}

fn failure_leaves_the_caller_whole() -> Outcome {
    let area = Area::private(4 * PAGE)?;
    area.fill_all(1);
    check_eq!(error_of(c"/bin/there-is-no-such-program"), Errno(ENOENT));
    check_eq!(area.differs_anywhere(1), None);
    in_child(|| {
        check_eq!(error_of(c"/bin"), Errno(EACCES));
        check_eq!(area.differs_anywhere(1), None);
        area.fill_all(2);
        Ok(())
    })?;
    check_eq!(area.differs_anywhere(1), None);
    Ok(())
}

fn many_arguments() -> Outcome {
    let numbers: [Text<8>; 25] = core::array::from_fn(|i| Text::format(format_args!("{i}")));
    let mut args = [c""; 28];
    (args[0], args[1], args[2]) = (c"x", c"args", c"25");
    args[3..]
        .iter_mut()
        .zip(&numbers)
        .for_each(|(arg, number)| *arg = number.as_cstr());
    argcheck(&args, &[c"A=1"])
}

/// An array of pointers of which none is aligned, and one lies in two pages; the array ends
/// with the last byte that is mapped.
fn pointers_across_pages() -> Outcome {
    let area = Area::private(2 * PAGE)?;
    area.part(PAGE, PAGE).unmap()?;
    let args = [c"x", c"args", c"2", c"0", c"1"].map(|arg| arg.as_ptr() as usize);
    let env = Area::private(2 * PAGE)?;
    let (argv, envp) = (PAGE - 8 * (args.len() + 1), PAGE - 12);
    for (n, arg) in args.iter().chain(&[0]).enumerate() {
        area.put(argv + 8 * n, &arg.to_ne_bytes());
    }
    for (n, string) in [c"A=1".as_ptr() as usize, c"B=2".as_ptr() as usize, 0]
        .iter()
        .enumerate()
    {
        env.put(envp + 8 * n, &string.to_ne_bytes());
    }
    let path = c"/bin/argcheck".as_ptr() as usize;
    let status = raw_exec(path, area.base() + argv, env.base() + envp)?;
    check_eq!(status, Status::exited(0));
    env.unmap()?;
    Ok(())
}

/// A shell that runs a shell that runs a shell …
fn exec_again_and_again() -> Outcome {
    let area = Area::private(16 * PAGE)?;
    area.fill(1);
    for i in 0..20 {
        let child = begin(|| {
            area.fill(i);
            check_eq!(
                exec::run(
                    c"/bin/sh",
                    &[c"sh", c"-c", c"sh -c 'true; sh -c \"exit 4\"'"]
                )?,
                Status::exited(4)
            );
            Ok(())
        })?;
        finish(child)?;
    }
    check_eq!(area.differs(1), None);
    Ok(())
}

fn signal_of_the_new_program() -> Outcome {
    dies_of(SIGSEGV, || {
        exec::replace(c"/bin/argcheck", &[c"x", c"segv"], &[])
    })
}

fn its_end_is_told_by_sigchld() -> Outcome {
    not_in_qemu_user("qemu's user mode clones with SIGCHLD only")?;
    sys::sigaction(SIGUSR1, Some(&Action::IGNORE), None)?;
    // One that ends with another signal can only be waited for with __WALL or __WCLONE,
    // but a new program ends with SIGCHLD (execve(2)).
    let Fork::Parent(pid) = sys::clone_as_fork(SIGUSR1)? else {
        sys::exit(3);
    };
    check_eq!(sys::wait4(pid, 0), Err(Errno(ECHILD)));
    check_eq!(sys::wait4(pid, __WALL)?, (pid, Status::exited(3)));
    let pipe = sys::pipe2(O_CLOEXEC)?;
    let Fork::Parent(pid) = sys::clone_as_fork(SIGUSR1)? else {
        exec::replace(c"/bin/true", &[c"true"], &[]);
        sys::exit(exec::NOT_FOUND);
    };
    // The new program has closed its end.
    sys::close(pipe.write)?;
    check_eq!(sys::read(pipe.read, &mut [0]), Ok(0));
    check_eq!(sys::wait4(pid, 0)?, (pid, Status::exited(0)));
    Ok(())
}
