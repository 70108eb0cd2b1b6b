//! Filling and copying frames, by the linear map.

use super::linear;
use vm::{FrameNo, PAGE_SIZE};

/// Doublewords in a frame.
const WORDS: usize = PAGE_SIZE as usize / 8;
/// How many of them are moved by one turn of a loop. The accesses are volatile, so
/// that the compiler does not make a call of `memset` or `memcpy` of them, which cost
/// several times the instructions.
const BLOCK: usize = 16;

/// Fills a program's `frame` with zero.
pub fn zero(frame: FrameNo) {
    let page = linear(frame).cast::<u64>();
    for block in (0..WORDS).step_by(BLOCK) {
        for word in block..block + BLOCK {
            // SAFETY: the frame is RAM in the linear map, and a program's, not Rust's.
            unsafe { page.add(word).write_volatile(0) };
        }
    }
}

/// Copies a program's frame to another.
pub fn copy(from: FrameNo, to: FrameNo) {
    let (from, to) = (linear(from).cast::<u64>(), linear(to).cast::<u64>());
    for block in (0..WORDS).step_by(BLOCK) {
        for word in block..block + BLOCK {
            // SAFETY: as above, for both.
            unsafe { to.add(word).write_volatile(from.add(word).read_volatile()) };
        }
    }
}
