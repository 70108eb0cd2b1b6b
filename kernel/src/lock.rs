//! Locks that nobody waits for.
//!
//! The kernel is entered by a trap, runs to completion with interrupts off and leaves by
//! resuming a program, on the one processor. So whoever wants a lock finds it free, and one
//! that is not free is a mistake in the kernel. Locks are there to make that argument
//! checkable, not to make processors take turns: they need no more than a load and a store.

use core::cell::UnsafeCell;
use core::ops::{Deref, DerefMut};
use core::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// A value, and whether somebody has it.
#[derive(Default)]
pub struct Lock<T> {
    taken: AtomicBool,
    value: UnsafeCell<T>,
}

// SAFETY: who wants the value takes the lock. Nothing else runs on the one processor
// between a look at it and taking it, because interrupts are off.
unsafe impl<T: Send> Sync for Lock<T> {}

impl<T> Lock<T> {
    /// A lock that nobody has.
    pub const fn new(value: T) -> Lock<T> {
        Lock {
            taken: AtomicBool::new(false),
            value: UnsafeCell::new(value),
        }
    }

    /// Takes the lock; `None` if somebody has it, who must have panicked since.
    #[inline]
    pub fn try_lock(&self) -> Option<Guard<'_, T>> {
        if self.taken.load(Relaxed) {
            return None;
        }
        self.taken.store(true, Relaxed);
        Some(Guard(self))
    }

    /// Takes the lock.
    ///
    /// # Panics
    /// If somebody has it.
    #[inline]
    pub fn lock(&self) -> Guard<'_, T> {
        self.try_lock().expect("a lock is taken twice")
    }
}

/// The value, for whoever has the lock.
pub struct Guard<'a, T>(&'a Lock<T>);

impl<T> Deref for Guard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: a guard is made only while the lock is not taken, and it is taken until the
        // guard is dropped: so there is one at a time, and this is it.
        unsafe { &*self.0.value.get() }
    }
}

impl<T> DerefMut for Guard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as above, and the guard is borrowed as a whole.
        unsafe { &mut *self.0.value.get() }
    }
}

impl<T> Drop for Guard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.0.taken.store(false, Relaxed);
    }
}
