//! futex(2). Operations with priority inheritance are ENOSYS.

use super::time::{Timespec, timebase_at};
use super::{Call, Errno, Outcome, Stop};
use crate::platform;
use crate::process::{Futex, Key, Wait};
use linux_raw_sys::general::{
    CLOCK_MONOTONIC, CLOCK_REALTIME, FUTEX_BITSET_MATCH_ANY, FUTEX_CLOCK_REALTIME,
    FUTEX_CMP_REQUEUE, FUTEX_OP_ADD, FUTEX_OP_ANDN, FUTEX_OP_CMP_EQ, FUTEX_OP_CMP_GE,
    FUTEX_OP_CMP_GT, FUTEX_OP_CMP_LE, FUTEX_OP_CMP_LT, FUTEX_OP_CMP_NE, FUTEX_OP_OPARG_SHIFT,
    FUTEX_OP_OR, FUTEX_OP_SET, FUTEX_OP_XOR, FUTEX_PRIVATE_FLAG, FUTEX_REQUEUE, FUTEX_WAIT,
    FUTEX_WAIT_BITSET, FUTEX_WAKE, FUTEX_WAKE_BITSET, FUTEX_WAKE_OP,
};
use vm::{Access, Ea};

/// How a futex is looked for.
#[derive(Clone, Copy)]
enum Scope {
    /// Among the threads of this address space.
    Private,
    /// Wherever the same memory is mapped.
    Shared,
}

/// What a timeout counts from.
enum Timeout {
    Relative,
    Until(u32),
}

/// futex(2).
pub fn futex(call: &mut Call) -> Outcome {
    let op = call.bits(1);
    let scope = match op & FUTEX_PRIVATE_FLAG {
        0 => Scope::Shared,
        _ => Scope::Private,
    };
    let command = op & !(FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME);
    let real_time = op & FUTEX_CLOCK_REALTIME != 0;
    let clock = if real_time {
        CLOCK_REALTIME
    } else {
        CLOCK_MONOTONIC
    };
    let bits = call.bits(5);
    match command {
        FUTEX_WAIT_BITSET => wait(call, scope, Timeout::Until(clock), bits),
        // The flag is for waits that end at a time (futex(2), ENOSYS).
        _ if real_time => Err(Errno::ENOSYS.into()),
        FUTEX_WAIT => wait(call, scope, Timeout::Relative, FUTEX_BITSET_MATCH_ANY),
        FUTEX_WAKE => wake(call, scope, FUTEX_BITSET_MATCH_ANY),
        FUTEX_WAKE_BITSET => wake(call, scope, bits),
        FUTEX_REQUEUE => requeue(call, scope, None),
        FUTEX_CMP_REQUEUE => requeue(call, scope, Some(bits)),
        FUTEX_WAKE_OP => wake_op(call, scope),
        _ => Err(Errno::ENOSYS.into()),
    }
}

/// The futex at `at`, which `access` can reach.
fn key(call: &mut Call, at: u64, scope: Scope, access: Access) -> Result<Key, Errno> {
    if !at.is_multiple_of(4) {
        return Err(Errno::EINVAL);
    }
    super::UserSlice::new(at, 4)?;
    let space = call.process().space();
    match scope {
        Scope::Private => Ok(Key::Private(space, at)),
        Scope::Shared => {
            call.kernel.vm.resolve(space, Ea(at), access)?;
            Ok(call.kernel.futex_key(space, Ea(at)))
        }
    }
}

fn wait(call: &mut Call, scope: Scope, timeout: Timeout, bits: u32) -> Outcome {
    let (at, expected, timeout_at) = (call.arg(0), call.bits(2), call.arg(3));
    if bits == 0 {
        return Err(Errno::EINVAL.into());
    }
    let time = match timeout_at {
        0 => None,
        at => Some(Timespec::read(&mut call.memory(), at)?),
    };
    let key = key(call, at, scope, Access::Read)?;
    if call.memory().read_u32(Ea(at))? != expected {
        return Err(Errno::EAGAIN.into());
    }
    let until = time.map(|time| match timeout {
        Timeout::Relative => call.deadline_after(time.ticks()),
        Timeout::Until(clock) => {
            let at = timebase_at(call, clock, time);
            call.deadline_at(at)
        }
    });
    if until.is_some_and(|until| platform::timebase() >= until) {
        return Err(Errno::ETIMEDOUT.into());
    }
    let number = call.kernel.futex_number();
    Err(Stop::Wait(Wait::Futex(Futex {
        key,
        bits,
        number,
        until,
    })))
}

/// How many FUTEX_WAKE wakes: as in Linux, who asks for none or for fewer gets one.
fn at_least_one(count: i32) -> usize {
    count.max(1) as usize
}

fn wake(call: &mut Call, scope: Scope, bits: u32) -> Outcome {
    let count = at_least_one(call.int(2));
    if bits == 0 {
        return Err(Errno::EINVAL.into());
    }
    let key = key(call, call.arg(0), scope, Access::Read)?;
    Ok(call.kernel.futex_wake(key, bits, count) as u64)
}

fn requeue(call: &mut Call, scope: Scope, expected: Option<u32>) -> Outcome {
    let (at, to_at) = (call.arg(0), call.arg(4));
    // The second count is where other operations have a timeout.
    let counts = (call.int(2), call.int(3));
    let (Ok(wakes), Ok(moves)) = (usize::try_from(counts.0), usize::try_from(counts.1)) else {
        return Err(Errno::EINVAL.into());
    };
    let from = key(call, at, scope, Access::Read)?;
    let to = key(call, to_at, scope, Access::Read)?;
    if let Some(expected) = expected
        && call.memory().read_u32(Ea(at))? != expected
    {
        return Err(Errno::EAGAIN.into());
    }
    let woken = call.kernel.futex_wake(from, FUTEX_BITSET_MATCH_ANY, wakes);
    let moved = call.kernel.futex_requeue(from, to, moves);
    Ok((woken + moved) as u64)
}

/// FUTEX_WAKE_OP: changes the second word, wakes those who wait for the first one,
/// and, if the second word was so, those who wait for that.
fn wake_op(call: &mut Call, scope: Scope) -> Outcome {
    let (at, other_at) = (call.arg(0), call.arg(4));
    let operation = Operation::decode(call.bits(5))?;
    let counts = (at_least_one(call.int(2)), at_least_one(call.int(3)));
    let first = key(call, at, scope, Access::Read)?;
    let second = key(call, other_at, scope, Access::Write)?;
    let old = call.memory().read_u32(Ea(other_at))?;
    let new = operation.apply(old);
    call.memory().write(Ea(other_at), &new.to_ne_bytes())?;
    let kernel = &mut call.kernel;
    let mut woken = kernel.futex_wake(first, FUTEX_BITSET_MATCH_ANY, counts.0);
    if operation.holds(old) {
        woken += kernel.futex_wake(second, FUTEX_BITSET_MATCH_ANY, counts.1);
    }
    Ok(woken as u64)
}

/// What FUTEX_WAKE_OP does, from its last argument: four bits of operation, four of
/// comparison, and twelve for the operand of each.
struct Operation {
    operation: u32,
    comparison: u32,
    operand: u32,
    compared: u32,
}

impl Operation {
    fn decode(bits: u32) -> Result<Operation, Errno> {
        let signed = |bits: u32| ((bits << 20) as i32 >> 20) as u32;
        let shifts = bits >> 28 & FUTEX_OP_OPARG_SHIFT != 0;
        let operand = signed(bits >> 12 & 0xfff);
        let decoded = Operation {
            operation: bits >> 28 & !FUTEX_OP_OPARG_SHIFT,
            comparison: bits >> 24 & 0xf,
            operand: if shifts { 1 << (operand & 31) } else { operand },
            compared: signed(bits & 0xfff),
        };
        let known = decoded.operation <= FUTEX_OP_XOR && decoded.comparison <= FUTEX_OP_CMP_GE;
        if known {
            Ok(decoded)
        } else {
            Err(Errno::ENOSYS)
        }
    }

    fn apply(&self, old: u32) -> u32 {
        match self.operation {
            FUTEX_OP_SET => self.operand,
            FUTEX_OP_ADD => old.wrapping_add(self.operand),
            FUTEX_OP_OR => old | self.operand,
            FUTEX_OP_ANDN => old & !self.operand,
            _ => old ^ self.operand,
        }
    }

    fn holds(&self, old: u32) -> bool {
        let (old, compared) = (old as i32, self.compared as i32);
        match self.comparison {
            FUTEX_OP_CMP_EQ => old == compared,
            FUTEX_OP_CMP_NE => old != compared,
            FUTEX_OP_CMP_LT => old < compared,
            FUTEX_OP_CMP_LE => old <= compared,
            FUTEX_OP_CMP_GT => old > compared,
            _ => old >= compared,
        }
    }
}
