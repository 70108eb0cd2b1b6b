//! Suite `syscall`: rules that system calls rest on.

use super::{Finding, cases, check};
use crate::fs::{Follow, Ino, Spot, Walk};
use crate::process::{Pid, Signal, Status, nanoseconds, ticks};
use crate::state::Kernel;
use crate::syscall::{Errno, UserSlice};
use alloc::string::String;
use alloc::vec::Vec;
use vm::{Ea, USER_END};

cases! { "syscall":
    user_ranges_are_checked,
    user_ranges_split_at_pages,
    time_is_exact,
    pids_wrap,
    wait_status,
    paths,
}

fn user_ranges_are_checked(_: &mut Kernel) -> Finding {
    let good = [
        (0, 0),
        (0, USER_END.0),
        (USER_END.0, 0),
        (USER_END.0 - 1, 1),
    ];
    let bad = [
        (USER_END.0, 1),
        (0, u64::MAX),
        (u64::MAX, 1),
        (u64::MAX, u64::MAX),
        (1, USER_END.0),
    ];
    for (start, len) in good {
        check!(
            UserSlice::new(start, len).is_ok(),
            "{len:#x} bytes at {start:#x} refused"
        );
    }
    for (start, len) in bad {
        let answer = UserSlice::new(start, len);
        check!(
            answer == Err(Errno::EFAULT),
            "{len:#x} bytes at {start:#x}: {answer:?}"
        );
    }
    Ok(())
}

fn user_ranges_split_at_pages(_: &mut Kernel) -> Finding {
    let pages =
        |start, len| UserSlice::new(start, len).map(|slice| slice.pages().collect::<Vec<_>>());
    check!(
        pages(0x1000, 0) == Ok(Vec::new()),
        "an empty range has pages"
    );
    let expected = alloc::vec![(Ea(0x1fff), 1), (Ea(0x2000), 0x1000), (Ea(0x3000), 2)];
    let found = pages(0x1fff, 0x1003);
    check!(found == Ok(expected), "{found:x?}");
    let last = pages(USER_END.0 - 1, 1);
    check!(
        last == Ok(alloc::vec![(Ea(USER_END.0 - 1), 1)]),
        "{last:x?}"
    );
    Ok(())
}

fn time_is_exact(_: &mut Kernel) -> Finding {
    const HZ: u64 = 512_000_000;
    check!(nanoseconds(HZ, HZ) == 1_000_000_000, "a second");
    check!(nanoseconds(64, HZ) == 125, "64 ticks");
    check!(nanoseconds(u64::MAX, HZ) == u64::MAX, "the end of time");
    check!(ticks(1, 0, HZ) == HZ && ticks(0, 125, HZ) == 64, "there");
    check!(ticks(0, 1, HZ) == 1, "a sleeper would wake early");
    check!(ticks(u64::MAX, 999_999_999, HZ) == u64::MAX, "for ever");
    Ok(())
}

fn pids_wrap(_: &mut Kernel) -> Finding {
    check!(
        Pid::NONE.next().raw() == 1,
        "the first pid is {}",
        Pid::NONE.next()
    );
    let last = Pid::new(Pid::MAX as u64);
    check!(
        last.map(|pid| pid.next().raw()) == Some(1),
        "no wrap after {last:?}"
    );
    for bad in [0, Pid::MAX as u64 + 1, 1 << 32 | 1, u64::MAX] {
        check!(Pid::new(bad).is_none(), "{bad} is a pid");
    }
    Ok(())
}

fn wait_status(_: &mut Kernel) -> Finding {
    check!(
        Status::Exited(3).word() == 0x300,
        "{:#x}",
        Status::Exited(3).word()
    );
    check!(
        Status::Killed(Signal::SEGV).word() == 11,
        "{}",
        Status::Killed(Signal::SEGV).word()
    );
    for bad in [0, 65, u32::MAX] {
        check!(Signal::new(bad).is_none(), "{bad} is a signal");
    }
    Ok(())
}

fn paths(kernel: &mut Kernel) -> Finding {
    let walk = |base: &str, path: &str| {
        let root = Spot::Inode(Ino::ROOT);
        let base = kernel.walk(Pid::NONE, &root, base.as_bytes(), Follow::Always);
        let base = base.and_then(Walk::found).unwrap_or(root);
        let walk = kernel.walk(Pid::NONE, &base, path.as_bytes(), Follow::Always);
        let path = kernel.path_to(&walk.and_then(Walk::found)?);
        Ok(String::from_utf8_lossy(&path).into_owned())
    };
    let lead = [
        ("/", "/", "/"),
        ("/", ".", "/"),
        ("/", "..", "/"),
        ("/dev", "null", "/dev/null"),
        ("/dev", "../dev/./null", "/dev/null"),
        ("/", "//dev//", "/dev"),
        ("/dev", "/proc/vm", "/proc/vm"),
        ("/proc/vm", "..", "/proc"),
        ("/proc", "..", "/"),
        ("/", "/proc/vm/../meminfo", "/proc/meminfo"),
    ];
    for (base, path, wanted) in lead {
        let found = walk(base, path);
        check!(
            found.as_deref() == Ok(wanted),
            "{path} from {base} leads to {found:?}"
        );
    }
    let nowhere = [
        ("", Errno::ENOENT),
        ("/no", Errno::ENOENT),
        ("/no/../dev", Errno::ENOENT),
        ("/dev/null/", Errno::ENOTDIR),
        ("/dev/null/..", Errno::ENOTDIR),
        ("/proc/0", Errno::ENOENT),
        ("/proc/01", Errno::ENOENT),
        ("/proc/meminfo/x", Errno::ENOTDIR),
    ];
    for (path, errno) in nowhere {
        let found = walk("/", path);
        check!(found == Err(errno), "{path} leads to {found:?}");
    }
    Ok(())
}
