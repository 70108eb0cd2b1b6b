//! Small calls, signals, and handing over the processor.

use crate::row::{Bench, Row};
use crate::touch::{Gate, MIB, join, read, repeat, written};
use quire_user::linux::{__NR_getpid, __NR_sched_yield, SIGUSR1};
use quire_user::sys::{self, Context, Info};
use quire_user::{Area, Errno, PAGE, sc};

/// Calls in a sample.
const CALLS: usize = 64;
/// Samples in a round.
const SAMPLES: usize = 16;

pub const ROWS: &[Row] = &[
    Row::time("boot", "start", Some(1_000_000_000), boot).big(0, 1),
    Row::time("getpid", "call", Some(150), getpid),
    Row::time("sched-yield", "call", None, sched_yield),
    Row::time("signal-self", "signal", None, signal_self),
    Row::time("pipe-pingpong", "round trip", Some(3500), pipe_pingpong),
    Row::time("switch-0M", "switch", None, switch::<0>),
    Row::time("switch-16M", "switch", None, switch::<16>).big(64, 3),
    Row::time("switch-64M", "switch", None, switch::<64>).big(192, 3),
];

/// From the start of the machine's clock to process 1.
fn boot(bench: &Bench) -> Result<(), Errno> {
    bench.samples.push(bench.booted, 1);
    Ok(())
}

/// A call that takes and changes nothing, with as little of our own as can be: about ten
/// instructions.
fn plain(bench: &Bench, number: u32) -> Result<(), Errno> {
    for _ in 0..SAMPLES {
        bench.samples.time(CALLS, || {
            for _ in 0..CALLS {
                // SAFETY: by what callers pass.
                unsafe { sc::raw(number as usize, [0; 6]) };
            }
        });
    }
    Ok(())
}

fn getpid(bench: &Bench) -> Result<(), Errno> {
    plain(bench, __NR_getpid)
}

/// With nobody else to run.
fn sched_yield(bench: &Bench) -> Result<(), Errno> {
    plain(bench, __NR_sched_yield)
}

extern "C" fn handler(_: u32, _: &Info, _: &mut Context) {}

/// kill, the handler, and the return from it.
fn signal_self(bench: &Bench) -> Result<(), Errno> {
    sys::handle(SIGUSR1, handler, 0)?;
    let pid = sys::getpid();
    for _ in 0..SAMPLES {
        bench
            .samples
            .time(CALLS, || repeat(CALLS, || _ = sys::kill(pid, SIGUSR1)));
    }
    Ok(())
}

fn pipe_pingpong(bench: &Bench) -> Result<(), Errno> {
    pingpong(bench, None, 1)
}

/// Half of such a round trip, between two processes that both have `M` MiB of their own
/// and read a word of it at each turn.
fn switch<const M: usize>(bench: &Bench) -> Result<(), Errno> {
    pingpong(bench, Some(M), 2)
}

/// Two processes pass a byte to and fro. `switches`: into how many a round trip is divided.
fn pingpong(bench: &Bench, mib: Option<usize>, switches: usize) -> Result<(), Errno> {
    let (ping, pong) = (Gate::new()?, Gate::new()?);
    let memory = || match mib {
        Some(mib) => written((mib * MIB).max(PAGE)).map(Some),
        None => Ok(None),
    };
    let turn = |memory: Option<Area>, i: usize| {
        if let Some(area) = memory {
            read(area.part(i * 7 % area.pages() * PAGE, PAGE));
        }
    };
    let child = sys::spawn(|| {
        let go = || {
            let memory = memory()?;
            for i in 0..SAMPLES * CALLS {
                ping.pass()?;
                turn(memory, i);
                pong.open()?;
            }
            Ok::<(), Errno>(())
        };
        go().is_err() as i32
    })?;
    let memory = memory()?;
    for sample in 0..SAMPLES {
        bench.samples.time(CALLS * switches, || {
            (0..CALLS).try_for_each(|i| {
                ping.open()?;
                pong.pass()?;
                turn(memory, sample * CALLS + i);
                Ok::<(), Errno>(())
            })
        })?;
    }
    join(child)?;
    memory.map_or(Ok(()), Area::unmap)?;
    ping.remove()?;
    pong.remove()
}
