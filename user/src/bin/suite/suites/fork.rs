//! Fork: two processes where there was one, each with memory of its own.

use crate::harness::{
    Case, Outcome, begin, finish, in_child, needs_vm, not_in_qemu_user, settled_free, soon,
};
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering::SeqCst};
use quire_user::errors::*;
use quire_user::linux::*;
use quire_user::sys::{self, Child, Fork, Status};
use quire_user::{Area, Errno, PAGE, Shared, exec, proc};

/// The suite.
pub const CASES: &[Case] = &[
    ("numbers", numbers),
    ("clone_as_fork", clone_as_fork),
    ("clone3_of_other_sizes", clone3_of_other_sizes),
    ("vfork_and_exec", vfork_and_exec),
    ("vfork_waits_for_exit", vfork_waits_for_exit),
    (
        "data_bss_stack_heap_and_mappings_are_private",
        all_kinds_of_memory,
    ),
    ("registers_survive", registers_survive),
    ("nested", nested),
    ("two_hundred_at_once", two_hundred_at_once),
    ("thousand_cycles_of_fork_write_exec_exit", thousand_cycles),
    ("depth_does_not_grow", depth_does_not_grow),
    ("generations", generations),
    ("open_files_are_shared", open_files_are_shared),
    ("preemption", preemption),
];

/// In .data and in .bss: see [`all_kinds_of_memory`].
static DATA: AtomicU64 = AtomicU64::new(0x1234);
static BSS: [AtomicU64; 1024] = [const { AtomicU64::new(0) }; 1024];

fn numbers() -> Outcome {
    let parent = sys::getpid();
    let seen = Shared::<[AtomicU32; 2]>::new()?;
    let child = begin(|| {
        check_eq!(sys::getppid(), parent);
        check_eq!(sys::getpid(), sys::gettid());
        seen[0].store(sys::getpid() as u32, SeqCst);
        Ok(())
    })?;
    let number = child.0;
    finish(child)?;
    check!(number > 0 && number != parent);
    check_eq!(seen[0].load(SeqCst), number as u32);
    check_eq!(sys::getpid(), parent);
    Ok(())
}

fn clone3_of_other_sizes() -> Outcome {
    not_in_qemu_user("qemu's user mode has no clone3")?;
    // struct clone_args: flags, pidfd, child_tid, parent_tid, exit_signal, and what is 0.
    let mut args = [0; 12];
    args[4] = SIGCHLD.into();
    for size in [64u8, 68, 88, 96] {
        match sys::clone3_as_fork(&args, size.into())? {
            Fork::Child => sys::exit(size.into()),
            Fork::Parent(pid) => check_eq!(Child(pid).wait()?, Status::exited(size)),
        }
    }
    args[11] = 1;
    for (size, errno) in [(96, E2BIG), (63, EINVAL), (0, EINVAL)] {
        check_eq!(sys::clone3_as_fork(&args, size), Err(Errno(errno)));
    }
    Ok(())
}

fn clone_as_fork() -> Outcome {
    match sys::clone_as_fork(SIGCHLD)? {
        Fork::Child => sys::exit(9),
        Fork::Parent(pid) => check_eq!(sys::wait4(pid, 0)?, (pid, Status::exited(9))),
    }
    Ok(())
}

fn vfork_and_exec() -> Outcome {
    let args = [c"false".as_ptr(), core::ptr::null()];
    // SAFETY: the child does nothing but exec, or exit if that fails.
    match unsafe { sys::vfork() }? {
        Fork::Child => {
            sys::execve(c"/bin/false", &args, &args[1..]);
            sys::exit(99)
        }
        Fork::Parent(pid) => check_eq!(sys::wait4(pid, 0)?.1, Status::exited(1)),
    }
    Ok(())
}

fn vfork_waits_for_exit() -> Outcome {
    // User emulation makes a plain fork of it.
    needs_vm()?;
    // SAFETY: the child does nothing but exit.
    match unsafe { sys::vfork() }? {
        Fork::Child => sys::exit(3),
        // It has ended before the parent goes on: WNOHANG finds it.
        Fork::Parent(pid) => check_eq!(
            sys::wait4(pid, quire_user::linux::WNOHANG)?,
            (pid, Status::exited(3))
        ),
    }
    Ok(())
}

/// Each side writes every kind of memory after the other has, and sees only its
/// own writes.
fn all_kinds_of_memory() -> Outcome {
    let stack = AtomicU64::new(10);
    let mapped = Area::private(3 * PAGE)?;
    mapped.fill_all(10);
    let heap = grow_heap(2 * PAGE);
    heap.store(10, SeqCst);
    let write = |n: u64| {
        DATA.store(n, SeqCst);
        BSS[700].store(n, SeqCst);
        stack.store(n, SeqCst);
        heap.store(n, SeqCst);
        mapped.fill_all(n);
    };
    let holds = |n: u64| {
        [&DATA, &BSS[700], &stack, heap]
            .into_iter()
            .all(|word| word.load(SeqCst) == n)
            && mapped.differs_anywhere(n).is_none()
    };
    let turn = Shared::<AtomicU32>::new()?;
    write(10);
    let child = begin(|| {
        check!(holds(10));
        write(20);
        check!(holds(20));
        turn.store(1, SeqCst);
        check!(soon(|| turn.load(SeqCst) == 2));
        check!(holds(20));
        Ok(())
    })?;
    check!(soon(|| turn.load(SeqCst) == 1));
    check!(holds(10));
    write(30);
    turn.store(2, SeqCst);
    finish(child)?;
    check!(holds(30));
    Ok(())
}

/// A word at the start of `len` new bytes of heap.
fn grow_heap(len: usize) -> &'static AtomicU64 {
    // SAFETY: asks, and then grows: nothing is given back. The new bytes are
    // nobody's yet, zero and aligned to the next page.
    unsafe {
        let start = sys::brk(0).next_multiple_of(PAGE);
        assert!(sys::brk(start + len) == start + len, "brk");
        &*(start as *const AtomicU64)
    }
}

/// A hundred forks with live values in many registers.
fn registers_survive() -> Outcome {
    let mut sum = 1u64;
    let (mut a, mut b, mut c, mut d) = core::hint::black_box((1u64, 2u64, 3u64, 4u64));
    for i in 0..100 {
        let before = (a, b, c, d, sum);
        in_child(|| {
            check!((a, b, c, d, sum) == before);
            Ok(())
        })?;
        (a, b, c, d) = (b + i, c ^ a, d.wrapping_mul(3), a + 1);
        sum = sum.wrapping_add(a ^ b ^ c ^ d);
    }
    check!(sum != 1);
    Ok(())
}

/// A chain of twelve processes, each a child of the one before.
fn nested() -> Outcome {
    let area = Area::private(8 * PAGE)?;
    area.fill_all(0);
    descend(area, 1)?;
    check_eq!(area.differs_anywhere(0), None);
    Ok(())
}

fn descend(area: Area, level: u64) -> Outcome {
    if level > 12 {
        return Ok(());
    }
    in_child(|| {
        check_eq!(area.differs_anywhere(level - 1), None);
        area.fill_all(level);
        descend(area, level + 1)?;
        check_eq!(area.differs_anywhere(level), None);
        Ok(())
    })
}

/// 200 children live at the same time, each with its own bytes.
fn two_hundred_at_once() -> Outcome {
    const CHILDREN: usize = 200;
    let area = Area::private(4 * PAGE)?;
    area.fill(1000);
    let here = Shared::<AtomicU32>::new()?;
    let before = settled_free();
    let mut pids = [0; CHILDREN];
    for (i, pid) in pids.iter_mut().enumerate() {
        *pid = sys::spawn(|| {
            area.fill(i as u64);
            here.fetch_add(1, SeqCst);
            soon(|| here.load(SeqCst) == CHILDREN as u32);
            if area.differs(i as u64).is_none() {
                i as i32
            } else {
                255
            }
        })?
        .0;
    }
    for (i, &pid) in pids.iter().enumerate() {
        check_eq!(sys::wait4(pid, 0)?.1, Status::exited(i as u8));
    }
    check_eq!(area.differs(1000), None);
    check_eq!(settled_free(), before);
    Ok(())
}

fn thousand_cycles() -> Outcome {
    let area = Area::private(16 * PAGE)?;
    area.fill(1);
    cycle(area)?;
    let before = settled_free();
    for _ in 0..1000 {
        cycle(area)?;
    }
    check_eq!(settled_free(), before);
    check_eq!(area.differs(1), None);
    Ok(())
}

/// Fork, write, exec, exit.
fn cycle(area: Area) -> Outcome {
    let child = sys::spawn(|| {
        area.fill(2);
        exec::replace(c"/bin/true", &[c"true"], &[]);
        exec::NOT_FOUND
    })?;
    check_eq!(child.wait()?, Status::exited(0));
    Ok(())
}

/// Both sides write in every cycle while the other lives, so each makes a new
/// layer: the layers are folded again.
fn depth_does_not_grow() -> Outcome {
    needs_vm()?;
    let area = Area::private(8 * PAGE)?;
    let turn = Shared::<[AtomicU64; 2]>::new()?;
    area.fill(0);
    let (mut early, mut late) = (0, 0);
    for i in 1..200u64 {
        let child = sys::spawn(|| {
            area.fill(i + 1000);
            turn[0].store(i, SeqCst);
            !soon(|| turn[1].load(SeqCst) == i) as i32
        })?;
        check!(soon(|| turn[0].load(SeqCst) == i));
        area.fill(i);
        turn[1].store(i, SeqCst);
        check_eq!(child.wait()?, Status::exited(0));
        check_eq!(area.differs(i), None);
        let depth = proc::segment_of(area.base()).map_or(99, |row| row.depth);
        if i < 20 {
            early = depth.max(early)
        } else {
            late = depth.max(late)
        }
    }
    check!(
        late <= early,
        "depth was {early} at most in 20 cycles and {late} in 200"
    );
    Ok(())
}

/// Each generation writes one page, forks the next and ends: the last one still
/// sees what all of them wrote.
fn generations() -> Outcome {
    const COUNT: usize = 60;
    let area = Area::private(COUNT * PAGE)?;
    let result = Shared::<AtomicU32>::new()?;
    fn live(area: Area, generation: usize, result: Shared<AtomicU32>) -> i32 {
        for page in 0..COUNT {
            let wanted = if page < generation {
                page as u64 + 1
            } else {
                0
            };
            if area.load_word(page * PAGE) != wanted {
                result.store(1000 + generation as u32, SeqCst);
                return 1;
            }
        }
        if generation == COUNT {
            result.store(1, SeqCst);
            return 0;
        }
        area.store_word(generation * PAGE, generation as u64 + 1);
        i32::from(sys::spawn(|| live(area, generation + 1, result)).is_err())
    }
    sys::spawn(|| live(area, 0, result))?.wait()?;
    check!(soon(|| result.load(SeqCst) != 0));
    check_eq!(result.load(SeqCst), 1);
    check_eq!(area.not_zero(), None);
    Ok(())
}

fn open_files_are_shared() -> Outcome {
    let fd = sys::open(c"/bin/true", quire_user::linux::O_RDONLY)?;
    in_child(|| {
        check_eq!(sys::lseek(fd, 100, quire_user::linux::SEEK_SET)?, 100);
        Ok(())
    })?;
    check_eq!(sys::lseek(fd, 0, quire_user::linux::SEEK_CUR)?, 100);
    sys::close(fd)?;
    Ok(())
}

/// Two processes that never call the kernel both get on.
fn preemption() -> Outcome {
    let counters = Shared::<[AtomicU64; 3]>::new()?;
    let spin = |i: usize| {
        while counters[2].load(SeqCst) == 0 {
            counters[i].fetch_add(1, SeqCst);
        }
        0
    };
    let (a, b) = (sys::spawn(|| spin(0))?, sys::spawn(|| spin(1))?);
    let both = || counters[0].load(SeqCst) > 1000 && counters[1].load(SeqCst) > 1000;
    let start = sys::now();
    while !both() && sys::now() - start < 20_000_000_000 {}
    counters[2].store(1, SeqCst);
    a.wait()?;
    b.wait()?;
    check!(both());
    Ok(())
}
