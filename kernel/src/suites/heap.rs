//! The heap: what it counts, and that what it keeps at hand is there for all.

use super::{Finding, cases, check};
use crate::heap;
use crate::state::Kernel;
use alloc::vec::Vec;

cases! { "oom":
    every_byte_asked_for_is_counted,
    small_blocks_become_large_again,
}

/// `size` bytes, if they can be had.
fn bytes(size: usize) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(size).is_ok().then_some(bytes)
}

fn every_byte_asked_for_is_counted(_: &mut Kernel) -> Finding {
    for size in [1, 31, 32, 33, 64, 1000, 4095, 4096, 4097, 100_000] {
        let before = heap::used();
        let first = bytes(size);
        let during = heap::used();
        drop(first);
        let after = heap::used();
        check!(
            during == before + size && after == before,
            "{size} bytes: {before}, {during}, then {after} in use"
        );
    }
    Ok(())
}

/// The largest piece of 1 MiB, 2 MiB, … that can be had.
fn largest() -> usize {
    let sizes = (20..40).map(|log| 1 << log);
    sizes
        .take_while(|size| bytes(*size).is_some())
        .last()
        .unwrap_or(0)
}

/// Takes all of the heap in blocks of one size, and gives it back, for several sizes: the
/// blocks that are kept for more of their size must not stay in the way of others.
fn small_blocks_become_large_again(_: &mut Kernel) -> Finding {
    let (before, used) = (largest(), heap::used());
    for size in [512, 2048, 4096] {
        let count = before / size * 2;
        let Some(mut room) = bytes(count * size_of::<Vec<u8>>()).map(|_| Vec::new()) else {
            continue;
        };
        if room.try_reserve_exact(count).is_err() {
            continue;
        }
        while room.len() < count
            && let Some(block) = bytes(size)
        {
            room.push(block);
        }
        drop(room);
        check!(!heap::is_low(), "blocks of {size}: there is no reserve");
        check!(
            largest() >= before && heap::used() == used,
            "blocks of {size}: {before} bytes in one piece, then {}; {used} in use, then {}",
            largest(),
            heap::used()
        );
    }
    Ok(())
}
