//! The stack that a program starts with.
//!
//! From r1 upwards: argc, the addresses of the arguments, 0, the addresses of
//! the environment, 0, the auxiliary vector, and above these the bytes that they
//! point at (64-bit ELFv2 ABI §4.1.2; the order above is Linux's). All of it is
//! built as bytes first, so that it can be tested without a program.

use super::{Passed, sigframe};
use crate::arch::{CACHE_BLOCK, HWCAP, HWCAP2, PLATFORM};
use crate::syscall::{Errno, UserMemory};
use alloc::vec::Vec;
use vm::{Ea, PAGE_SIZE};
use zerocopy::IntoBytes;

/// Bytes of arguments and environment, with their pointers: more is E2BIG.
pub const ARG_MAX: usize = 128 << 10;

/// Most strings have no more bytes than this: room for them is made before one is read.
const USUAL: usize = 64;
/// And this is how much at a time.
const ROOM: usize = 512;

/// Strings in the order in which they were given, each ending in 0.
#[derive(Default)]
pub struct Strings {
    bytes: Vec<u8>,
    count: usize,
}

impl Strings {
    /// Adds one, without the 0 at its end.
    ///
    /// # Errors
    /// E2BIG: together they are more than [`ARG_MAX`].
    pub fn push(&mut self, string: &[u8]) -> Result<(), Errno> {
        if self.size() + string.len() + 1 + 8 > ARG_MAX {
            return Err(Errno::E2BIG);
        }
        self.bytes.extend_from_slice(string);
        self.bytes.push(0);
        self.count += 1;
        Ok(())
    }

    /// Adds the string at `from` in a program's memory. `used` bytes of what they may
    /// have are taken.
    ///
    /// # Errors
    /// E2BIG; those of [`UserMemory::string`].
    pub fn read(&mut self, memory: &mut UserMemory, from: u64, used: usize) -> Result<(), Errno> {
        let room = ARG_MAX.saturating_sub(used + self.size());
        if self.bytes.capacity() - self.bytes.len() < USUAL {
            self.bytes.reserve(ROOM);
        }
        memory.append_string(from, room, Errno::E2BIG, &mut self.bytes)?;
        self.bytes.push(0);
        self.count += 1;
        if self.size() > ARG_MAX {
            return Err(Errno::E2BIG);
        }
        Ok(())
    }

    /// Bytes that they take, pointers included.
    pub fn size(&self) -> usize {
        self.bytes.len() + 8 * self.count
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.bytes.split_inclusive(|byte| *byte == 0)
    }

    /// The same with `first` in place of the first string.
    ///
    /// # Errors
    /// E2BIG.
    pub fn with_first(&self, first: &[&[u8]]) -> Result<Strings, Errno> {
        let mut strings = Strings::default();
        first.iter().try_for_each(|string| strings.push(string))?;
        let rest = self.iter().skip(1);
        rest.map(|string| &string[..string.len() - 1])
            .try_for_each(|string| strings.push(string))?;
        Ok(strings)
    }
}

/// What the auxiliary vector says of the program.
pub struct Auxiliary {
    /// AT_ENTRY.
    pub entry: Ea,
    /// AT_PHDR: where the program headers are, 0 if they are not in memory.
    pub headers: Ea,
    /// AT_PHNUM.
    pub header_count: u16,
    /// AT_BASE: where the program's loader lies, 0 if it has none.
    pub base: Ea,
    /// What AT_RANDOM points at.
    pub random: [u8; 16],
}

/// Bytes in a program header of ELF64: AT_PHENT.
const HEADER_SIZE: u64 = 56;
/// AT_CLKTCK: what times(2) counts in.
const CLOCK_TICKS: u64 = 100;

/// Entries of the auxiliary vector, the one at its end included.
const ENTRIES: usize = 23;

/// The tags of getauxval(3).
mod tag {
    pub const NULL: u64 = 0;
    pub const PHDR: u64 = 3;
    pub const PHENT: u64 = 4;
    pub const PHNUM: u64 = 5;
    pub const PAGESZ: u64 = 6;
    pub const BASE: u64 = 7;
    pub const FLAGS: u64 = 8;
    pub const ENTRY: u64 = 9;
    pub const UID: u64 = 11;
    pub const EUID: u64 = 12;
    pub const GID: u64 = 13;
    pub const EGID: u64 = 14;
    pub const PLATFORM: u64 = 15;
    pub const HWCAP: u64 = 16;
    pub const CLKTCK: u64 = 17;
    pub const DCACHEBSIZE: u64 = 19;
    pub const ICACHEBSIZE: u64 = 20;
    pub const UCACHEBSIZE: u64 = 21;
    pub const SECURE: u64 = 23;
    pub const RANDOM: u64 = 25;
    pub const HWCAP2: u64 = 26;
    pub const EXECFN: u64 = 31;
    pub const MINSIGSTKSZ: u64 = 51;
}

/// A stack as a program finds it.
pub struct Stack {
    /// r1, 16-byte aligned.
    pub sp: Ea,
    /// All from there to its top.
    pub words: Vec<u64>,
    /// Where in memory the arguments and the environment are.
    pub strings: Passed,
}

/// Builds the stack whose last byte is below `top`.
pub fn build(top: Ea, path: &[u8], args: &Strings, env: &Strings, aux: &Auxiliary) -> Stack {
    let strings = PLATFORM.len() + 1 + path.len() + 1 + args.bytes.len() + env.bytes.len();
    let strings_at = (top.0 - strings as u64) & !15;
    let (args_at, random_at) = (strings_at, strings_at - 16);
    let env_at = args_at + args.bytes.len() as u64;
    let path_at = env_at + env.bytes.len() as u64;
    let platform_at = path_at + path.len() as u64 + 1;

    let count = 3 + args.count + env.count + 2 * ENTRIES;
    let sp = (random_at - 8 * count as u64) & !15;
    let len = (top.0 - sp) as usize;
    let mut words = Vec::with_capacity(len / 8);
    words.push(args.count as u64);
    push_pointers(&mut words, args, args_at);
    push_pointers(&mut words, env, env_at);
    push_auxiliary(
        &mut words,
        aux,
        &Pointers {
            random: random_at,
            path: path_at,
            platform: platform_at,
        },
    );
    words.resize(len / 8, 0);

    let mut rest = &mut words.as_mut_bytes()[(random_at - sp) as usize..];
    for part in [
        &aux.random[..],
        &args.bytes,
        &env.bytes[..],
        path,
        b"\0",
        PLATFORM.as_bytes(),
    ] {
        let (to, after) = rest.split_at_mut(part.len());
        to.copy_from_slice(part);
        rest = after;
    }
    Stack {
        sp: Ea(sp),
        words,
        strings: Passed {
            args: args_at..env_at,
            env: env_at..path_at,
        },
    }
}

fn push_pointers(words: &mut Vec<u64>, strings: &Strings, start: u64) {
    let mut at = start;
    for string in strings.iter() {
        words.push(at);
        at += string.len() as u64;
    }
    words.push(0);
}

/// Where the bytes are that the vector points at.
struct Pointers {
    random: u64,
    path: u64,
    platform: u64,
}

/// There is no vDSO, so no AT_SYSINFO_EHDR; what is there is what Linux gives, without the
/// sizes of caches that QEMU does not have.
fn push_auxiliary(words: &mut Vec<u64>, aux: &Auxiliary, at: &Pointers) {
    let entries: [[u64; 2]; ENTRIES] = [
        [tag::DCACHEBSIZE, CACHE_BLOCK],
        [tag::ICACHEBSIZE, CACHE_BLOCK],
        [tag::UCACHEBSIZE, 0],
        [tag::PHDR, aux.headers.0],
        [tag::PHENT, HEADER_SIZE],
        [tag::PHNUM, aux.header_count as u64],
        [tag::PAGESZ, PAGE_SIZE],
        [tag::BASE, aux.base.0],
        [tag::FLAGS, 0],
        [tag::ENTRY, aux.entry.0],
        [tag::UID, 0],
        [tag::EUID, 0],
        [tag::GID, 0],
        [tag::EGID, 0],
        [tag::HWCAP, HWCAP],
        [tag::HWCAP2, HWCAP2],
        [tag::CLKTCK, CLOCK_TICKS],
        [tag::SECURE, 0],
        [tag::RANDOM, at.random],
        [tag::EXECFN, at.path],
        [tag::PLATFORM, at.platform],
        [tag::MINSIGSTKSZ, sigframe::LEAST_STACK],
        [tag::NULL, 0],
    ];
    words.extend_from_slice(entries.as_flattened());
}
