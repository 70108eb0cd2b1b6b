//! Futexes: waiting until a word in memory is changed.

use super::Time;
use core::sync::atomic::AtomicU32;
use linux_raw_sys::general::*;

fn word(word: &AtomicU32) -> usize {
    word.as_ptr() as usize
}

fn or_null(time: Option<&Time>) -> usize {
    time.map_or(0, |time| &raw const *time as usize)
}

calls! {
    /// Waits while the word is `value`; `how` is 0 or FUTEX_PRIVATE_FLAG.
    futex_wait(at: &AtomicU32, value: u32, time: Option<&Time>, how: u32)
        = __NR_futex(word(at), FUTEX_WAIT | how, value, or_null(time));

    /// Wakes up to `count`; how many were woken.
    futex_wake(at: &AtomicU32, count: u32, how: u32) -> usize
        = __NR_futex(word(at), FUTEX_WAKE | how, count);

    /// Waits, until an absolute time, for a wake with one of the bits of `bits`.
    futex_wait_bits(at: &AtomicU32, value: u32, until: Option<&Time>, bits: u32)
        = __NR_futex(word(at), FUTEX_WAIT_BITSET, value, or_null(until), 0, bits);

    /// Wakes up to `count` of those that wait for one of `bits`.
    futex_wake_bits(at: &AtomicU32, count: u32, bits: u32) -> usize
        = __NR_futex(word(at), FUTEX_WAKE_BITSET, count, 0, 0, bits);

    /// Wakes up to `count`, and lets up to `more` wait at `to` from now on. How many
    /// were woken.
    futex_requeue(at: &AtomicU32, count: u32, more: u32, to: &AtomicU32) -> usize
        = __NR_futex(word(at), FUTEX_REQUEUE, count, more, word(to), 0);

    /// As [`futex_requeue`], if the word is `value`; the sum of both numbers.
    futex_cmp_requeue(at: &AtomicU32, count: u32, more: u32, to: &AtomicU32, value: u32) -> usize
        = __NR_futex(word(at), FUTEX_CMP_REQUEUE, count, more, word(to), value);

    /// Any futex call, for its error.
    futex_any(at: usize, operation: u32, value: u32) -> usize
        = __NR_futex(at, operation, value, 0, 0, 0);
}
