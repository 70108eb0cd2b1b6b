//! The frame that a signal's handler runs on, and what it leaves in the registers
//! when it returns.
//!
//! It is Linux's (struct rt_sigframe, arch/powerpc, without transactional memory):
//! programs and their unwinders know it. From the stack pointer upwards:
//!
//! | bytes | what |
//! |---|---|
//! | 128 | the handler's caller: a back chain, and where the handler saves LR and CR |
//! | 1696 | struct ucontext: the signal stack, the mask, the registers |
//! | 48 | room for a trampoline, which is not here: see `trampoline` |
//! | 16 | where siginfo and ucontext are |
//! | 128 | siginfo_t |
//! | 512 | not written: the interrupted function may use what is below its r1 |
//!
//! Floating-point and vector registers have their places among the registers: see
//! `sigfloat`.

use super::float::disown;
use super::{AltStack, Flags, Info, SigSet, Signal, sigfloat, trampoline};
use crate::arch::{Float, Frame};
use crate::syscall::{Errno, Scalar, UserMemory};
use alloc::boxed::Box;
use vm::Ea;

/// A minimal stack frame: __SIGNAL_FRAMESIZE.
pub const CALLER: u64 = 128;
/// Bytes below r1 that a function may use without having made them its own.
const RED_ZONE: u64 = 512;

/// struct ucontext, asm/ucontext.h and asm/sigcontext.h: where its parts are.
mod ucontext {
    pub const STACK: usize = 16;
    pub const MASK: usize = 40;
    pub const SIGNAL: usize = 200;
    pub const HANDLER: usize = 208;
    pub const REGS: usize = 224;
    pub const GP_REGS: usize = 232;
    pub const FP_REGS: usize = 616;
    /// The address of the vector registers.
    pub const V_REGS: usize = 880;
    /// They are: `vmx_reserve` is 8 bytes before, where no vector can be stored.
    pub const VECTORS: usize = 896;
}

/// struct pt_regs: the numbers of its registers after r0 to r31 (asm/ptrace.h).
mod pt {
    pub const NIP: usize = 32;
    pub const MSR: usize = 33;
    pub const ORIG_R3: usize = 34;
    pub const CTR: usize = 35;
    pub const LINK: usize = 36;
    pub const XER: usize = 37;
    pub const CCR: usize = 38;
    pub const SOFTE: usize = 39;
    pub const TRAP: usize = 40;
    pub const DAR: usize = 41;
    pub const DSISR: usize = 42;
}

const INFO_POINTER: usize = 1744;
const UCONTEXT_POINTER: usize = 1752;
const INFO: usize = 1760;
const END: usize = INFO + 128;
const SIZE: u64 = END as u64 + RED_ZONE;

/// What is written of the frame: up to the vectors, and from [`INFO_POINTER`] on. The vectors
/// lie between, of which nothing but VRSAVE is, as in Linux (setup_sigcontext), unless they
/// have been used.
type Context = [u8; CALLER as usize + ucontext::VECTORS];
type Infos = [u8; END - INFO_POINTER];
/// The smallest stack that a handler can run on: AT_MINSIGSTKSZ.
pub const LEAST_STACK: u64 = (SIZE + CALLER).next_multiple_of(16);

/// A handler that is to be entered.
pub struct Request<'a> {
    /// The signal.
    pub info: &'a Info,
    /// The handler.
    pub entry: u64,
    /// How it was set.
    pub flags: Flags,
    /// The mask to go back to.
    pub mask: SigSet,
    /// The thread's alternate stack.
    pub alternate: AltStack,
    /// What the floating-point registers hold, if they have been used.
    pub float: Option<&'a Float>,
}

impl Request<'_> {
    /// Puts the frame on the stack of the program that `regs` belongs to. Gives its
    /// address.
    ///
    /// # Errors
    /// Those of [`UserMemory::write`]: the stack cannot be written.
    pub fn push(&self, regs: &Frame, memory: &mut UserMemory) -> Result<u64, Errno> {
        let frame = self.top(regs.gpr[1]).wrapping_sub(SIZE) & !15;
        let sp = frame.wrapping_sub(CALLER);
        let at = |offset: usize| Ea(frame.wrapping_add(offset as u64));
        memory.write_by(Ea(sp), |bytes: &mut Context| {
            let (caller, bytes) = bytes.split_at_mut(CALLER as usize);
            regs.gpr[1].put(caller);
            self.put(regs, frame, bytes);
        })?;
        if let Some(float) = self.float {
            memory.write_by(
                at(ucontext::VECTORS),
                |bytes: &mut [u8; sigfloat::V_REGS]| {
                    sigfloat::put_vectors(float, bytes);
                },
            )?;
        }
        if let Some(vrsave) = sigfloat::vrsave(regs.vrsave) {
            memory.write(at(ucontext::VECTORS + sigfloat::VRSAVE), &vrsave)?;
        }
        memory.write_by(at(INFO_POINTER), |bytes: &mut Infos| {
            let (pointers, info) = bytes.split_at_mut(INFO - INFO_POINTER);
            (frame + INFO as u64).put(pointers);
            frame.put(&mut pointers[UCONTEXT_POINTER - INFO_POINTER..]);
            self.info.put(info);
        })?;
        Ok(frame)
    }

    fn top(&self, sp: u64) -> u64 {
        let alternate = &self.alternate;
        let wanted = self.flags.contains(Flags::ONSTACK) && alternate.size != 0;
        if wanted && !alternate.is_used_by(sp) {
            alternate.start.wrapping_add(alternate.size)
        } else {
            sp
        }
    }

    /// Writes what comes before the vectors to `bytes`, which are zero.
    fn put(&self, regs: &Frame, frame: u64, bytes: &mut [u8]) {
        let mut put = |at: usize, value: u64| value.put(&mut bytes[at..]);
        put(ucontext::STACK, self.alternate.start);
        put(ucontext::STACK + 16, self.alternate.size);
        put(ucontext::MASK, self.mask.bits());
        put(ucontext::HANDLER, self.entry);
        put(ucontext::REGS, frame + ucontext::GP_REGS as u64);
        put(ucontext::V_REGS, frame + ucontext::VECTORS as u64);
        let mut register = |n: usize, value: u64| put(ucontext::GP_REGS + 8 * n, value);
        for (n, value) in regs.gpr.iter().enumerate() {
            register(n, *value);
        }
        register(pt::NIP, regs.nip);
        register(pt::MSR, sigfloat::msr(regs.msr, self.float));
        register(pt::ORIG_R3, regs.gpr[3]);
        register(pt::CTR, regs.ctr);
        register(pt::LINK, regs.lr);
        register(pt::XER, regs.xer);
        register(pt::CCR, regs.cr);
        // "Interrupts are on", which is always so in a program.
        register(pt::SOFTE, 1);
        register(pt::TRAP, regs.vector);
        register(pt::DAR, regs.dar);
        register(pt::DSISR, regs.dsisr);
        if let Some(float) = self.float {
            sigfloat::put(float, &mut bytes[ucontext::FP_REGS..]);
        }
        let flags = self.alternate.flags(regs.gpr[1]);
        flags.put(&mut bytes[ucontext::STACK + 8..]);
        self.info.signal.raw().put(&mut bytes[ucontext::SIGNAL..]);
    }
}

/// Lets the program with the registers `regs` start a handler, whose frame is at `frame`:
/// handler(signal, &siginfo, &ucontext), or, without SA_SIGINFO, (signal, &sigcontext);
/// ELFv2 ABI: r12 is the address of the function.
pub fn start(regs: &mut Frame, frame: u64, signal: Signal, entry: u64, flags: Flags) {
    disown(regs);
    (regs.nip, regs.ctr, regs.gpr[12]) = (entry, entry, entry);
    regs.lr = trampoline::ADDRESS.0;
    regs.gpr[1] = frame.wrapping_sub(CALLER);
    regs.gpr[3] = u64::from(signal.raw());
    if flags.contains(Flags::SIGINFO) {
        regs.gpr[4] = frame + INFO as u64;
        regs.gpr[5] = frame;
        regs.gpr[6] = frame;
    } else {
        regs.gpr[4] = frame + MCONTEXT as u64;
    }
}

/// uc_mcontext, which handlers without SA_SIGINFO get.
const MCONTEXT: usize = 168;

/// What a handler left in its frame, apart from the registers that are in every frame.
pub struct Returned {
    /// The mask.
    pub mask: SigSet,
    /// The alternate stack: ss_sp, ss_flags, ss_size.
    pub alternate: (u64, u32, u64),
    /// What the floating-point registers are to hold; `None`: zero.
    pub float: Option<Box<Float>>,
}

/// What [`pop`] takes from a frame but for floating point: the first bytes.
type Registers = [u8; ucontext::GP_REGS + 8 * (pt::CCR + 1)];

/// Where that is which says what the floating-point registers are to hold.
const FLOAT: usize = ucontext::GP_REGS + 8 * pt::MSR;

/// The MSR, and up to the address of the vector registers.
type FloatPart = [u8; ucontext::V_REGS + 8 - FLOAT];

#[inline(always)]
fn word(bytes: &[u8], at: usize) -> u64 {
    u64::from_ne_bytes(bytes.as_chunks().0[at / 8])
}

/// Reads the frame that `regs`, of a program that has called rt_sigreturn, point at, and
/// takes the registers over into `regs`. Whatever is in the frame, only what a program may
/// change is taken: the MSR stays as it is, but the floating-point registers must be loaded.
///
/// # Errors
/// Those of [`UserMemory::read`]: `regs` are as they were.
pub fn pop(regs: &mut Frame, memory: &mut UserMemory) -> Result<Returned, Errno> {
    let frame = Ea(regs.gpr[1]);
    let (vrsave, float) = pop_float(regs.vrsave, frame, memory)?;
    memory.read_by(frame, |bytes: &Registers| {
        let register = |n: usize| word(bytes, ucontext::GP_REGS + 8 * n);
        for (n, gpr) in regs.gpr.iter_mut().enumerate() {
            *gpr = register(n);
        }
        // Instructions are words; the processor ignores these bits too.
        regs.nip = register(pt::NIP) & !3;
        regs.ctr = register(pt::CTR);
        regs.lr = register(pt::LINK);
        regs.xer = register(pt::XER);
        regs.cr = register(pt::CCR) & 0xffff_ffff;
        regs.vrsave = vrsave;
        disown(regs);
        let [start, flags, size] = [0, 8, 16].map(|at| ucontext::STACK + at);
        let flags = u32::from_ne_bytes(bytes.as_chunks().0[flags / 4]);
        Returned {
            mask: SigSet::mask(word(bytes, ucontext::MASK)),
            alternate: (word(bytes, start), flags, word(bytes, size)),
            float,
        }
    })
}

/// The VRSAVE of a program that had `vrsave`, and what its floating-point registers are to
/// hold.
fn pop_float(
    vrsave: u64,
    frame: Ea,
    memory: &mut UserMemory,
) -> Result<(u64, Option<Box<Float>>), Errno> {
    let part = Ea(frame.0.wrapping_add(FLOAT as u64));
    let fp_register = |bytes: &FloatPart, n| word(bytes, ucontext::FP_REGS - FLOAT + 8 * n);
    let (msr, v_regs, used) = memory.read_by(part, |bytes: &FloatPart| {
        let (msr, v_regs) = (word(bytes, 0), word(bytes, ucontext::V_REGS - FLOAT));
        let not_zero = (0..sigfloat::FP_REGS).any(|n| fp_register(bytes, n) != 0);
        (msr, v_regs, not_zero || sigfloat::is_used(msr))
    })?;
    let vrsave = sigfloat::get_vrsave(vrsave, v_regs, memory)?;
    if !used {
        return Ok((vrsave, None));
    }
    let fp_regs = memory.read_by(part, |bytes: &FloatPart| {
        core::array::from_fn(|n| fp_register(bytes, n))
    })?;
    let float = sigfloat::get(&fp_regs, msr, v_regs, memory)?;
    Ok((vrsave, Some(float)))
}
