//! The machine to boot: its kind, processor, memory, firmware, initrd and command line.

use crate::{Run, Session, places};
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// How long a machine may run if a test does not say: many times what the slowest suite
/// takes, because two of them may share a slow computer; and more than the kernel gives a
/// suite, which says which one it was.
const LIMIT: Duration = Duration::from_secs(180);

/// A machine of QEMU's that Quire runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Little-endian, with a hashed page table in hardware.
    Pseries,
    /// Big-endian, with a TLB that the kernel fills from its own hashed page table.
    Ppce500,
}

/// QEMU's name for it.
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Pseries => "pseries",
            Kind::Ppce500 => "ppce500",
        })
    }
}

/// A processor that Quire runs on.
#[derive(Clone, Copy, Debug)]
pub enum Cpu {
    /// POWER8.
    Power8,
    /// POWER9, what pseries has if nothing is said.
    Power9,
    /// POWER10.
    Power10,
    /// e6500, for ppce500: as its e5500, with a TLB of twice the size.
    E6500,
}

/// What starts the kernel of pseries.
#[derive(Clone, Copy, Debug)]
pub enum Firmware {
    /// QEMU's own small Open Firmware.
    Vof,
    /// QEMU's default, which takes seconds.
    Slof,
}

/// What the machine's time is made of.
#[derive(Clone, Copy, Debug)]
pub enum Clock {
    /// The host's time.
    Host,
    /// One nanosecond an instruction, so that every run is the same.
    Instructions,
}

/// A machine that is not running yet.
#[derive(Clone, Debug)]
pub struct Machine {
    kind: Kind,
    cpu: Option<Cpu>,
    memory: &'static str,
    firmware: Option<Firmware>,
    clock: Clock,
    append: String,
    initrd: Option<PathBuf>,
    options: Vec<OsString>,
    limit: Duration,
}

impl Machine {
    /// The machine of a plain `make run`, with this kernel command line.
    pub fn new(kind: Kind, append: &str) -> Self {
        Machine {
            kind,
            cpu: None,
            memory: "512M",
            firmware: None,
            clock: Clock::Host,
            append: append.to_owned(),
            initrd: None,
            options: Vec::new(),
            limit: LIMIT,
        }
    }

    /// With another processor.
    pub fn cpu(mut self, cpu: Cpu) -> Self {
        self.cpu = Some(cpu);
        self
    }

    /// With so much memory, as QEMU's `-m` has it.
    pub fn memory(mut self, size: &'static str) -> Self {
        self.memory = size;
        self
    }

    /// Started by another firmware.
    pub fn firmware(mut self, firmware: Firmware) -> Self {
        self.firmware = Some(firmware);
        self
    }

    /// With another clock.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// With this initrd in place of the kernel's own.
    pub fn initrd(mut self, file: &Path) -> Self {
        self.initrd = Some(file.to_owned());
        self
    }

    /// With another option of QEMU's, and its value.
    pub fn option(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.options.extend([name.into(), value.into()]);
        self
    }

    /// May run so long.
    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Starts QEMU.
    pub fn boot(&self) -> Session {
        Session::start(self.command("tools/qemu.sh"), self.limit)
    }

    /// Starts QEMU with nothing to read at its console, and waits for its end.
    pub fn run(&self) -> Run {
        self.boot().finish()
    }

    /// Starts QEMU under gdb, which is given these commands and then ends.
    pub fn debug(&self, commands: &[&str]) -> Run {
        let mut gdb = self.command("tools/gdb.sh");
        gdb.arg("-batch");
        for command in commands {
            gdb.args(["-ex", command]);
        }
        Session::start(gdb, self.limit).finish()
    }

    fn command(&self, script: &str) -> Command {
        let mut command = Command::new(places::root().join(script));
        command
            .env("MACHINE", self.kind.to_string())
            .env("CPU", named(self.cpu))
            .env("FIRMWARE", named(self.firmware))
            .env("MEM", self.memory)
            .env("SMP", "1")
            .env("APPEND", &self.append)
            .env("INITRD", self.initrd.as_deref().unwrap_or(Path::new("")));
        if let Clock::Instructions = self.clock {
            command.args(["-icount", "shift=0,sleep=off"]);
        }
        command.args(&self.options);
        command
    }
}

/// How tools/qemu.sh calls it; nothing if it is to choose.
fn named(choice: Option<impl fmt::Debug>) -> String {
    choice.map_or(String::new(), |choice| format!("{choice:?}").to_lowercase())
}
