//! What a thread does on signals: handlers, masks, stacks, and the return from a
//! handler.

use super::record::record;
use super::{Call, Errno, Outcome, Stop, UserMemory};
use crate::process::{Action, AltStack, Default, Flags, Handler, Info, SigSet, Signal, sigframe};
use linux_raw_sys::general::{
    MINSIGSTKSZ, SIG_BLOCK, SIG_SETMASK, SIG_UNBLOCK, SS_AUTODISARM, SS_DISABLE, SS_ONSTACK,
};
use vm::Ea;

/// Bytes in the kernel's sigset_t, which callers must name.
pub const SET: u64 = 8;

/// struct sigaction as the system call has it: sa_handler, sa_flags, sa_restorer,
/// sa_mask.
const ACTION: usize = 4;
const DEFAULT: u64 = 0;
const IGNORE: u64 = 1;

/// rt_sigaction(2).
pub fn rt_sigaction(call: &mut Call) -> Outcome {
    let (new_at, old_at, size) = (call.arg(1), call.arg(2), call.arg(3));
    if size != SET {
        return Err(Errno::EINVAL.into());
    }
    let signal = Signal::new(call.bits(0)).ok_or(Errno::EINVAL)?;
    if new_at != 0 && SigSet::UNMASKABLE.contains(signal) {
        return Err(Errno::EINVAL.into());
    }
    let new = match new_at {
        0 => None,
        at => Some(action(call.memory().read_words(at)?)),
    };
    call.kernel.afford()?;
    if old_at != 0 {
        let words = words(call.process().actions.get(signal));
        call.memory().write_words(old_at, &words)?;
    }
    if let Some(action) = new {
        set(call, signal, action);
    }
    Ok(0)
}

fn action([handler, flags, _, mask]: [u64; ACTION]) -> Action {
    Action {
        handler: match handler {
            DEFAULT => Handler::Default,
            IGNORE => Handler::Ignore,
            entry => Handler::At(entry),
        },
        flags: Flags::from_bits_truncate(flags),
        mask: SigSet::mask(mask),
    }
}

fn words(action: Action) -> [u64; ACTION] {
    let handler = match action.handler {
        Handler::Default => DEFAULT,
        Handler::Ignore => IGNORE,
        Handler::At(entry) => entry,
    };
    [handler, action.flags.bits(), 0, action.mask.bits()]
}

/// A signal that is ignored from now on is not pending any more, even where it is
/// masked (POSIX, "Signal Actions").
fn set(call: &mut Call, signal: Signal, action: Action) {
    call.process_mut().actions.set(signal, action);
    let nothing = matches!(signal.default(), Default::Ignore | Default::Continue);
    if action.handler == Handler::Ignore || action.handler == Handler::Default && nothing {
        call.kernel.forget(call.pid, SigSet::only(signal));
    }
}

/// rt_sigprocmask(2).
pub fn rt_sigprocmask(call: &mut Call) -> Outcome {
    let (set_at, old_at, size) = (call.arg(1), call.arg(2), call.arg(3));
    if size != SET {
        return Err(Errno::EINVAL.into());
    }
    let old = call.task().mask;
    let new = match set_at {
        0 => old,
        at => changed(call.bits(0), old, call.memory().read_u64(Ea(at))?)?,
    };
    if old_at != 0 {
        call.memory().write_words(old_at, &[old.bits()])?;
    }
    call.kernel.set_mask(call.tid, new);
    Ok(0)
}

fn changed(how: u32, old: SigSet, bits: u64) -> Result<SigSet, Errno> {
    let set = SigSet::mask(bits);
    match how {
        SIG_BLOCK => Ok(old.union(set)),
        SIG_UNBLOCK => Ok(old.without(set)),
        SIG_SETMASK => Ok(set),
        _ => Err(Errno::EINVAL),
    }
}

/// rt_sigpending(2).
pub fn rt_sigpending(call: &mut Call) -> Outcome {
    if call.arg(1) > SET {
        return Err(Errno::EINVAL.into());
    }
    let (task, process) = (call.task(), call.process());
    let pending = task.pending.set().union(process.pending.set());
    let bytes = pending.intersection(task.mask).bits().to_ne_bytes();
    let (at, size) = (call.arg(0), call.arg(1) as usize);
    call.memory().write(Ea(at), &bytes[..size])?;
    Ok(0)
}

/// rt_sigreturn(2): the registers, the mask and the alternate stack are what the
/// handler left in its frame. A frame that cannot be read is SIGSEGV.
pub fn rt_sigreturn(call: &mut Call) -> Outcome {
    let space = call.process().space();
    let kernel = &mut *call.kernel;
    let task = kernel.processes.task_mut(call.tid).ok_or(Errno::ESRCH)?;
    let mut memory = UserMemory::new(&mut kernel.vm, space);
    match sigframe::pop(&mut task.frame, &mut memory) {
        Ok(returned) => {
            let (start, flags, size) = returned.alternate;
            let sp = task.frame.gpr[1];
            task.frame.set_float(returned.float.as_deref());
            // As in Linux, one that could not be set is passed over.
            if let Ok(stack) = checked(&task.alternate, sp, [start, flags.into(), size]) {
                task.alternate = stack;
            }
            call.kernel.set_mask(call.tid, returned.mask);
        }
        Err(Errno::OUT_OF_FRAMES) => return Err(Errno::OUT_OF_FRAMES.into()),
        Err(_) => call.kernel.force(call.tid, Info::kernel(Signal::SEGV)),
    }
    Err(Stop::Gone)
}

/// stack_t.
#[repr(C)]
struct Stack {
    ss_sp: u64,
    ss_flags: i32,
    padding: i32,
    ss_size: u64,
}

/// sigaltstack(2).
pub fn sigaltstack(call: &mut Call) -> Outcome {
    let (new_at, old_at) = (call.arg(0), call.arg(1));
    let (old, sp) = (call.task().alternate, call.task().frame.gpr[1]);
    let new = match new_at {
        0 => old,
        at => {
            let stack = read_stack(&mut call.memory(), at)?;
            checked(&old, sp, stack)?
        }
    };
    if old_at != 0 {
        let bytes = record!(Stack {
            ss_sp: old.start,
            ss_flags: old.flags(sp) as i32,
            ss_size: old.size,
        });
        call.memory().write(Ea(old_at), &bytes)?;
    }
    call.task_mut().alternate = new;
    Ok(0)
}

/// ss_sp, ss_flags and ss_size.
fn read_stack(memory: &mut UserMemory, at: u64) -> Result<[u64; 3], Errno> {
    let [start, _, size] = memory.read_words(at)?;
    let flags = memory.read_u32(Ea(at + 8))?;
    Ok([start, flags.into(), size])
}

/// The alternate stack that a thread, whose stack pointer is `sp`, asks for in
/// place of `old`.
fn checked(old: &AltStack, sp: u64, [start, flags, size]: [u64; 3]) -> Result<AltStack, Errno> {
    if old.size != 0 && old.is_used_by(sp) {
        return Err(Errno::EPERM);
    }
    let flags = flags as u32;
    let disarms = flags & SS_AUTODISARM != 0;
    match flags & !SS_AUTODISARM {
        SS_DISABLE => Ok(AltStack {
            disarms,
            ..AltStack::NONE
        }),
        0 | SS_ONSTACK if size < MINSIGSTKSZ.into() => Err(Errno::ENOMEM),
        0 | SS_ONSTACK => Ok(AltStack {
            start,
            size,
            disarms,
        }),
        _ => Err(Errno::EINVAL),
    }
}
