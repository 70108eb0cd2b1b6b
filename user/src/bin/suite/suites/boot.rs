//! What a process finds when it starts.

use crate::harness::{Case, Outcome, needs_vm};
use quire_user::linux::*;
use quire_user::{exec, proc, sys};

/// The suite.
pub const CASES: &[Case] = &[
    ("process_numbers", process_numbers),
    ("uname_names_the_machine", uname),
    ("standard_files_are_open", standard_files),
    ("clock_runs", clock_runs),
    ("programs_are_there", programs_are_there),
    ("programs_run", programs_run),
    ("arguments_and_auxiliary_vector", arguments),
    ("state_can_be_read", state_can_be_read),
    ("own_state_can_be_read", own_state),
    ("machine_has_memory", machine_has_memory),
    ("counters_count", counters_count),
];

fn process_numbers() -> Outcome {
    check!(sys::getpid() > 0 && sys::getppid() >= 0);
    check_eq!(sys::getpid(), sys::gettid());
    check_eq!(sys::kill(1, 0), Ok(()));
    Ok(())
}

fn uname() -> Outcome {
    let name = sys::uname()?;
    check!(
        name.machine.as_str().starts_with("ppc64"),
        "{}",
        name.machine
    );
    check!(!name.release.bytes().is_empty());
    Ok(())
}

fn standard_files() -> Outcome {
    for fd in [1, 2] {
        check_eq!(sys::write(fd, b"")?, 0);
    }
    for fd in 0..3 {
        sys::close(sys::dup(fd)?)?;
    }
    Ok(())
}

fn clock_runs() -> Outcome {
    let start = sys::now();
    check!(crate::harness::soon(|| sys::now() > start));
    Ok(())
}

const PROGRAMS: [&core::ffi::CStr; 6] = [
    c"/bin/sh",
    c"/bin/ps",
    c"/bin/free",
    c"/bin/tour",
    c"/bin/true",
    c"/bin/forkcost",
];

fn programs_are_there() -> Outcome {
    for path in PROGRAMS {
        let fd = sys::open(path, O_RDONLY)?;
        let mut head = [0; 4];
        check_eq!(sys::read(fd, &mut head)?, 4);
        check_eq!(&head, b"\x7fELF");
        sys::close(fd)?;
    }
    Ok(())
}

fn programs_run() -> Outcome {
    check_eq!(exec::run(c"/bin/true", &[c"true"])?, sys::Status::exited(0));
    check_eq!(
        exec::run(c"/bin/false", &[c"false"])?,
        sys::Status::exited(1)
    );
    check_eq!(
        exec::run(c"/bin/sh", &[c"sh", c"-c", c"false; exit $?"])?,
        sys::Status::exited(1)
    );
    Ok(())
}

fn arguments() -> Outcome {
    check_eq!(
        exec::run(c"/bin/argcheck", &[c"x", c"args", c"2", c"0", c"1"])?,
        sys::Status::exited(0)
    );
    check_eq!(
        exec::run(c"/bin/argcheck", &[c"x", c"aux"])?,
        sys::Status::exited(0)
    );
    Ok(())
}

fn state_can_be_read() -> Outcome {
    let mut buffer = [0; 8192];
    check!(proc::read(c"/proc/meminfo", &mut buffer)?.contains("MemTotal"));
    needs_vm()?;
    for path in [
        c"/proc/vm/htab",
        c"/proc/vm/frames",
        c"/proc/vm/stat",
        c"/proc/vm/audit",
    ] {
        check!(!proc::read(path, &mut buffer)?.is_empty());
    }
    Ok(())
}

fn own_state() -> Outcome {
    let mut buffer = [0; 16 << 10];
    let maps = proc::read(c"/proc/self/maps", &mut buffer)?;
    let rights = |start: &str| {
        maps.lines()
            .find(|line| line.starts_with(start))
            .and_then(|line| line.split(' ').nth(1))
    };
    check_eq!(rights("10000000-"), Some("r--p"));
    check!(maps.lines().any(|line| line.contains("r-xp")));
    check!(maps.lines().any(|line| line.contains("[stack]")));
    check!(!maps.lines().any(|line| line.contains("rwx")));
    needs_vm()?;
    let here = own_state as *const () as usize;
    check!(proc::segment_of(here).is_some_and(|row| row.ptes > 0));
    Ok(())
}

fn machine_has_memory() -> Outcome {
    needs_vm()?;
    let total = proc::lookup(c"/proc/vm/frames", "total").unwrap_or(0);
    check!(total >= 32 << 8, "{total} frames");
    Ok(())
}

fn counters_count() -> Outcome {
    needs_vm()?;
    let count = |name| proc::lookup(c"/proc/vm/stat", name).unwrap_or(0);
    let (forks, faults) = (count("forks"), count("faults"));
    sys::spawn(|| 0)?.wait()?;
    check_eq!(count("forks"), forks + 1);
    check!(count("faults") > faults);
    Ok(())
}
