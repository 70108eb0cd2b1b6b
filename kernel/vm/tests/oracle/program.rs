//! Programs: lists of steps, each an operation and a few numbers.
//!
//! A number is taken modulo what there is when its step is played: spaces, pages,
//! files. So every list of steps is a program, a part of one too, and that is all
//! that shrinking needs.

/// What a step does. The numbers of each are named in its comment, in order; those
/// that are left out are 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Op {
    /// space, page
    Read,
    /// space, page
    Write,
    /// The kernel's own access, without a PTE: space, page, 0 to read or 1 to write
    Resolve,
    /// The processor forgets its segment entries: space
    ForgetSegments,
    /// space, page, pages, prot, place, flags
    MapZero,
    /// space, page, pages, prot, place, file, first
    MapShared,
    /// space, page, pages, prot, place, file, first
    MapPrivate,
    /// space, page, pages
    Unmap,
    /// space, page, pages, prot
    Protect,
    /// space, page, old pages, new pages, how, to, leave
    Remap,
    /// MADV_DONTNEED: space, page, pages
    Clear,
    /// space, page, pages, flag, 0 to set or 1 to clear
    Flag,
    /// space, page, pages, 0 to read or 1 to write
    Populate,
    /// space, the child's number, strategy
    Fork,
    /// space
    Exit,
    /// size
    Create,
    /// file
    Release,
    /// file, size
    Resize,
    /// file, first, pages
    Punch,
    /// The kernel writes a page: file, first
    WriteFile,
    /// The kernel reads a page: file, first
    ReadFile,
    /// setrlimit: space, what is bounded, pages more than there are now
    Bound,
    /// 0 for enough heap or 1 for little
    Heap,
    /// The audit that settles what is pending: 0 for now, 1 after each step from now on
    Settle,
}

/// How many numbers a step has.
pub const NUMBERS: usize = 7;

/// A step.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Step(pub Op, pub [u8; NUMBERS]);

/// A step whose further numbers are 0: how found programs are written down.
pub const fn step<const N: usize>(op: Op, numbers: [u8; N]) -> Step {
    let mut all = [0; NUMBERS];
    let mut n = 0;
    while n < N {
        all[n] = numbers[n];
        n += 1;
    }
    Step(op, all)
}

/// As Rust, to be put into a test.
impl std::fmt::Debug for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let used = self
            .1
            .iter()
            .rposition(|n| *n != 0)
            .map_or(0, |last| last + 1);
        write!(f, "step({:?}, {:?})", self.0, &self.1[..used])
    }
}

/// Numbers that follow from a seed (xorshift64).
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Random {
        Random(seed.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn below(&mut self, n: u32) -> u8 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 11) % u64::from(n)) as u8
    }

    /// One of these, each as often as its weight says.
    pub fn weighted<T: Copy>(&mut self, choices: &[(u32, T)]) -> T {
        let all = choices.iter().map(|(weight, _)| weight).sum();
        let mut n = u32::from(self.below(all));
        for (weight, choice) in choices {
            if n < *weight {
                return *choice;
            }
            n -= weight;
        }
        unreachable!("less than all weights together")
    }
}
