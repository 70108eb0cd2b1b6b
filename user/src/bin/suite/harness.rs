//! Runs the cases of a suite and says how each ended.
//!
//! Each case runs in a child of its own, so that a case that dies is a case that
//! failed and the suite goes on. After the last one the kernel's auditor must
//! find nothing, and as many frames must be free as before the first.

use core::fmt;
use core::panic::Location;
use core::sync::atomic::{AtomicUsize, Ordering};
use quire_user::linux::RLIMIT_STACK;
use quire_user::sys::{self, Child, signal_name};
use quire_user::{Area, Errno, PAGE, Text, println, proc};

/// What a case found.
pub type Outcome = Result<(), Why>;
/// A case's name and what it does.
pub type Case = (&'static str, fn() -> Outcome);

/// Why a case did not pass. The words are in a shared page, so that they need
/// not be carried from process to process.
#[derive(Clone, Copy)]
pub enum Why {
    /// Something is not as it should be.
    Failed,
    /// This kernel lacks what the case needs.
    Skipped,
}

impl Why {
    /// A failure found at `place`.
    #[cold]
    #[inline(never)]
    pub fn at(place: &Location<'_>, what: fmt::Arguments<'_>) -> Why {
        let file = place.file().rsplit('/').next().unwrap_or("?");
        let text = Text::<REASON_ROOM>::format(format_args!("{file}:{}: {what}", place.line()));
        set_reason(text.bytes());
        Why::Failed
    }

    /// The case does not apply, because of `what`.
    pub fn skipped(what: &str) -> Why {
        set_reason(what.as_bytes());
        Why::Skipped
    }
}

impl From<Errno> for Why {
    #[track_caller]
    fn from(e: Errno) -> Why {
        Why::at(
            Location::caller(),
            format_args!("a call that should work gave {e:?}"),
        )
    }
}

/// Fails the case unless the condition holds.
#[macro_export]
macro_rules! check {
    ($condition:expr) => {
        $crate::check!($condition, "not so: {}", stringify!($condition))
    };
    ($condition:expr, $($message:tt)+) => {
        if !$condition {
            let place = core::panic::Location::caller();
            return Err($crate::harness::Why::at(place, format_args!($($message)+)));
        }
    };
}

/// Fails the case unless what is found is what is wanted.
#[macro_export]
macro_rules! check_eq {
    ($found:expr, $wanted:expr) => {{
        let (found, wanted) = ($found, $wanted);
        $crate::check!(
            found == wanted,
            "{} is {:?}, not {:?}",
            stringify!($found),
            found,
            wanted
        );
    }};
}

/// Skips the case on a kernel that does not show its virtual memory.
pub fn needs_vm() -> Outcome {
    if proc::has_vm() {
        Ok(())
    } else {
        Err(Why::skipped("this kernel has no /proc/vm"))
    }
}

/// How many pages a case may touch that would touch `wanted`, and keep as many again
/// free: fewer where memory is short.
pub fn pages_up_to(wanted: usize) -> usize {
    let free = proc::free_frames().map_or(usize::MAX, |free| free as usize);
    wanted.min(free * 2 / 5)
}

/// Makes this process's stack one that can overflow before memory does.
pub fn modest_stack() -> Result<(), Errno> {
    let most = proc::memory() as u64 / 8;
    match sys::getrlimit(RLIMIT_STACK)?.soft > most {
        true => sys::limit_to(RLIMIT_STACK, most),
        false => Ok(()),
    }
}

/// Skips the case anywhere but on Quire: qemu's user mode, in which the suites run
/// on Linux, does not do `what` as Linux does.
pub fn not_in_qemu_user(what: &str) -> Outcome {
    if proc::has_vm() {
        Ok(())
    } else {
        Err(Why::skipped(what))
    }
}

/// The exit code of a child whose case failed.
const FAILED: i32 = 1;
/// The exit code of a child whose case does not apply.
const SKIPPED: i32 = 77;

/// Where children leave the reason why they failed: the address of a shared page.
static REASON: AtomicUsize = AtomicUsize::new(0);

/// The most bytes of a reason.
const REASON_ROOM: usize = 200;

fn set_reason(text: &[u8]) {
    let page = REASON.load(Ordering::Relaxed) as *mut u8;
    for (i, byte) in text.iter().chain(&[0]).enumerate().take(REASON_ROOM) {
        // SAFETY: `run` mapped the page for this and nothing else, and it stays.
        unsafe { page.add(i).write_volatile(*byte) }
    }
}

fn reason() -> Text<REASON_ROOM> {
    let page = REASON.load(Ordering::Relaxed) as *const u8;
    let mut text = Text::new();
    // SAFETY: as above.
    let bytes = (0..REASON_ROOM).map(|i| unsafe { page.add(i).read_volatile() });
    bytes.take_while(|&b| b != 0).for_each(|b| text.push(&[b]));
    text
}

/// Starts `body` in a child.
pub fn begin(body: impl FnOnce() -> Outcome) -> Result<Child, Errno> {
    sys::spawn(|| match body() {
        Ok(()) => 0,
        Err(Why::Failed) => FAILED,
        Err(Why::Skipped) => SKIPPED,
    })
}

/// Waits for a child that [`begin`] started; its outcome.
#[track_caller]
pub fn finish(child: Child) -> Outcome {
    let status = child.wait()?;
    match (status.code(), status.signal()) {
        (Some(0), _) => Ok(()),
        (Some(FAILED | SKIPPED), _) => Err(Why::Failed),
        (_, Some(signal)) => Err(Why::at(
            Location::caller(),
            format_args!("a child died of {}", signal_name(signal)),
        )),
        _ => Err(Why::at(
            Location::caller(),
            format_args!("a child ended with {status:?}"),
        )),
    }
}

/// Runs `body` in a child; its outcome.
#[track_caller]
pub fn in_child(body: impl FnOnce() -> Outcome) -> Outcome {
    finish(begin(body)?)
}

/// Runs `body` in a child, which `signal` must end.
#[track_caller]
pub fn dies_of<T>(signal: u32, body: impl FnOnce() -> T) -> Outcome {
    let place = Location::caller();
    let status = sys::spawn(|| {
        core::hint::black_box(body());
        0
    })?
    .wait()?;
    if status.signal() == Some(signal) {
        return Ok(());
    }
    Err(Why::at(
        place,
        format_args!("{status:?}, where {} should end it", signal_name(signal)),
    ))
}

/// Lets others run until `done`, but for ten seconds at most. Whether it was.
pub fn soon(mut done: impl FnMut() -> bool) -> bool {
    let start = sys::now();
    while !done() {
        if sys::now() - start > 10_000_000_000 {
            return false;
        }
        sys::sched_yield();
    }
    true
}

/// Free frames, once what ended processes left behind is put in order.
///
/// The process that forked may still have a segment of its own above the one
/// that it had shared with its children: the two become one at its next fork or
/// first write (a fold). So: fork once more, write, and only then count.
pub fn settled_free() -> Option<u64> {
    for _ in 0..2 {
        Child(match sys::fork() {
            Ok(sys::Fork::Child) => sys::exit(0),
            Ok(sys::Fork::Parent(pid)) => pid,
            Err(_) => return None,
        })
        .wait()
        .ok()?;
        touch_stack();
    }
    proc::free_frames()
}

/// Writes to as much stack as any case's start and end use.
#[inline(never)]
fn touch_stack() {
    let mut room = [0u8; 16 * PAGE];
    for byte in room.iter_mut().step_by(PAGE / 2) {
        // SAFETY: a byte of the array; volatile, so that the write is made.
        unsafe { (byte as *mut u8).write_volatile(1) }
    }
}

/// Touches all pages that this process has, and writes those that it may: what a child
/// is the first to read would be the parent's as well from then on, and no frame fewer
/// when the child has gone.
fn touch_all() {
    let mut buffer = [0; 16 << 10];
    let Ok(maps) = proc::read(c"/proc/self/maps", &mut buffer) else {
        return;
    };
    let hex = |digits: &str| usize::from_str_radix(digits, 16).unwrap_or(0);
    for line in maps.lines() {
        let mut words = line.split_whitespace();
        let (range, rights) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
        let (start, end) = range.split_once('-').unwrap_or(("0", "0"));
        for page in (hex(start)..hex(end)).step_by(PAGE) {
            let byte = Area::over(page, 1);
            match rights.as_bytes() {
                [b'r', b'w', ..] => byte.store(0, byte.load(0)),
                [b'r', ..] => _ = byte.load(0),
                _ => {}
            }
        }
    }
}

/// Counts of what happened.
#[derive(Default)]
struct Tally {
    passed: u32,
    failed: u32,
    skipped: u32,
}

/// Runs all cases of suite `name`; 0 if none failed.
pub fn run(name: &str, cases: &[&[Case]]) -> i32 {
    let Ok(page) = Area::shared(PAGE) else {
        println!("{name}: no memory for the suite itself");
        return 1;
    };
    page.fill(0);
    REASON.store(page.base(), Ordering::Relaxed);
    let mut tally = Tally::default();
    touch_stack();
    if proc::has_vm() {
        touch_all();
    }
    let before = settled_free();
    for (case, body) in cases.iter().copied().flatten() {
        set_reason(b"");
        record(&mut tally, name, case, attempt(*body));
        reap();
    }
    record(
        &mut tally,
        name,
        "all_frames_are_free_again",
        same_frames(before),
    );
    record(&mut tally, name, "audit_is_clean", audited());
    println!(
        "{name}: {} passed, {} failed{}",
        tally.passed,
        tally.failed,
        Skipped(tally.skipped)
    );
    // The next suite maps a page of its own.
    let _ = page.unmap();
    (tally.failed > 0) as i32
}

/// ", 3 skipped", or nothing for none.
struct Skipped(u32);

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            Ok(())
        } else {
            write!(f, ", {} skipped", self.0)
        }
    }
}

/// Runs one case in a child.
fn attempt(body: fn() -> Outcome) -> Outcome {
    let status = begin(body)?.wait()?;
    match status.code() {
        Some(0) => Ok(()),
        Some(SKIPPED) => Err(Why::Skipped),
        Some(FAILED) => Err(Why::Failed),
        _ => Err(Why::at(
            Location::caller(),
            format_args!("the case itself: {status:?}"),
        )),
    }
}

/// Waits for what a case left behind: as process 1, for orphans too.
fn reap() {
    while sys::wait4(-1, 0).is_ok() {}
}

fn record(tally: &mut Tally, suite: &str, case: &str, outcome: Outcome) {
    match outcome {
        Ok(()) => {
            tally.passed += 1;
            println!("test {suite}::{case} ... ok");
        }
        Err(Why::Skipped) => {
            tally.skipped += 1;
            println!("test {suite}::{case} ... skipped: {}", reason());
        }
        Err(Why::Failed) => {
            tally.failed += 1;
            println!("test {suite}::{case} ... FAILED: {}", reason());
        }
    }
}

fn same_frames(before: Option<u64>) -> Outcome {
    needs_vm()?;
    let after = settled_free();
    check!(
        after == before,
        "free frames were {before:?} and are {after:?}"
    );
    Ok(())
}

fn audited() -> Outcome {
    needs_vm()?;
    let verdict = proc::audit().unwrap_or_default();
    check!(verdict.as_str() == "clean", "the auditor says: {verdict}");
    Ok(())
}
