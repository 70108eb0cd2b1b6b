//! What a process does on signals, and which it has still to see.

use super::{Code, Info, Pid, SigSet, Signal};
use alloc::collections::{BTreeMap, VecDeque};
use bitflags::bitflags;
use linux_raw_sys::general as abi;

/// Signals that can be queued for a process and its threads, RLIMIT_SIGPENDING:
/// more are EAGAIN. Those that are not real-time are never refused: there is at most
/// one of each.
pub const QUEUE_LIMIT: usize = 1024;

/// Room for so many is kept when none is left.
const KEPT: usize = 4;

bitflags! {
    /// sa_flags (sigaction(2)). SA_RESTORER is accepted and does nothing, as on
    /// every ppc64 Linux with a vDSO. Other bits are forgotten, as Linux does.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Flags: u64 {
        /// No SIGCHLD when a child stops or goes on.
        const NOCLDSTOP = abi::SA_NOCLDSTOP as u64;
        /// Children that end are not waited for.
        const NOCLDWAIT = abi::SA_NOCLDWAIT as u64;
        /// The handler takes three arguments.
        const SIGINFO = abi::SA_SIGINFO as u64;
        /// It runs on the alternate stack.
        const ONSTACK = abi::SA_ONSTACK as u64;
        /// Calls are made again after it.
        const RESTART = abi::SA_RESTART as u64;
        /// The signal is not masked while it runs.
        const NODEFER = abi::SA_NODEFER as u64;
        /// It runs once.
        const RESETHAND = abi::SA_RESETHAND as u64;
        /// Where the handler returns to is given; ignored.
        const RESTORER = abi::SA_RESTORER as u64;
    }
}

/// What is to be done on a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handler {
    /// SIG_DFL.
    Default,
    /// SIG_IGN.
    Ignore,
    /// The function at this address.
    At(u64),
}

/// What is to be done on a signal, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Action {
    /// What.
    pub handler: Handler,
    /// How.
    pub flags: Flags,
    /// What is masked meanwhile.
    pub mask: SigSet,
}

impl Action {
    /// SIG_DFL.
    pub const DEFAULT: Action = Action {
        handler: Handler::Default,
        flags: Flags::empty(),
        mask: SigSet::EMPTY,
    };
}

/// What a process does on each signal: only what is not the default is kept.
#[derive(Clone, Default)]
pub struct Actions(BTreeMap<Signal, Action>);

impl Actions {
    /// The default for all.
    pub const fn new() -> Actions {
        Actions(BTreeMap::new())
    }

    /// What it does on `signal`.
    pub fn get(&self, signal: Signal) -> Action {
        self.0.get(&signal).copied().unwrap_or(Action::DEFAULT)
    }

    /// It does `action` on `signal` from now on.
    pub fn set(&mut self, signal: Signal, action: Action) {
        if action == Action::DEFAULT {
            self.0.remove(&signal);
        } else {
            self.0.insert(signal, action);
        }
    }

    /// A new program has no handlers; what was ignored stays so (execve(2)).
    pub fn exec(&mut self) {
        self.0.retain(|_, action| action.handler == Handler::Ignore);
        for action in self.0.values_mut() {
            (action.flags, action.mask) = (Flags::empty(), SigSet::EMPTY);
        }
    }
}

/// Signals that have been sent and not been seen.
pub struct Pending {
    set: SigSet,
    queue: VecDeque<Info>,
}

impl Pending {
    /// None.
    pub const fn new() -> Pending {
        Pending {
            set: SigSet::EMPTY,
            queue: VecDeque::new(),
        }
    }

    /// Which.
    pub fn set(&self) -> SigSet {
        self.set
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.queue.len()
    }

    /// Adds one. Of those that are not real-time a second one is lost; and where there is
    /// no memory, all but that there is one, as in Linux (kernel/signal.c,
    /// __send_signal_locked).
    pub fn add(&mut self, info: Info) {
        if info.signal.is_realtime() || !self.set.contains(info.signal) {
            self.set.insert(info.signal);
            if self.queue.try_reserve(1).is_ok() {
                self.queue.push_back(info);
            }
        }
    }

    /// Adds one of which nothing is kept but that there is one. Needs no memory.
    pub fn mark(&mut self, signal: Signal) {
        self.set.insert(signal);
    }

    /// The oldest `signal`, which stays.
    pub fn peek(&self, signal: Signal) -> Option<Info> {
        if !self.set.contains(signal) {
            return None;
        }
        let queued = self.queue.iter().find(|info| info.signal == signal);
        Some(queued.copied().unwrap_or_else(|| marked(signal)))
    }

    /// Takes out the oldest `signal`. Whether there was one.
    pub fn take(&mut self, signal: Signal) -> bool {
        if !self.set.contains(signal) {
            return false;
        }
        let is_it = |info: &Info| info.signal == signal;
        if self.queue.front().is_some_and(is_it) {
            self.queue.pop_front();
        } else if let Some(at) = self.queue.iter().position(is_it) {
            self.queue.remove(at);
        }
        if !(signal.is_realtime() && self.queue.iter().any(is_it)) {
            self.set.remove(signal);
        }
        if self.queue.is_empty() && self.queue.capacity() > KEPT {
            self.queue = VecDeque::new();
        }
        true
    }

    /// Forgets these.
    pub fn forget(&mut self, set: SigSet) {
        if !self.set.intersection(set).is_empty() {
            self.queue.retain(|info| !set.contains(info.signal));
            self.set = self.set.without(set);
        }
    }
}

/// What a signal says of which nothing was kept.
#[cold]
fn marked(signal: Signal) -> Info {
    Info::from(signal, Code::USER, Pid::NONE)
}

/// A thread's alternate signal stack (sigaltstack(2)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AltStack {
    /// Its lowest address.
    pub start: u64,
    /// Its bytes; 0 if there is none.
    pub size: u64,
    /// SS_AUTODISARM: it is off while a handler runs.
    pub disarms: bool,
}

impl AltStack {
    /// There is none.
    pub const NONE: AltStack = AltStack {
        start: 0,
        size: 0,
        disarms: false,
    };

    /// Whether a program whose stack pointer is `sp` runs on it. One that disarms is
    /// never in use: who left it by longjmp can have it again.
    pub fn is_used_by(&self, sp: u64) -> bool {
        !self.disarms && sp > self.start && sp - self.start <= self.size
    }

    /// ss_flags, for a program whose stack pointer is `sp`.
    pub fn flags(&self, sp: u64) -> u32 {
        let state = if self.size == 0 {
            abi::SS_DISABLE
        } else if self.is_used_by(sp) {
            abi::SS_ONSTACK
        } else {
            0
        };
        state | if self.disarms { abi::SS_AUTODISARM } else { 0 }
    }
}
