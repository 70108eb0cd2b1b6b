//! One object that a process and its children see together.

use crate::{Area, Errno, sys};
use core::ops::Deref;

/// A `T` in shared memory, for as long as the process lives. Children that are
/// forked later see the same one.
pub struct Shared<T: Sync + 'static>(&'static T);

impl<T: Sync + Default> Shared<T> {
    /// Maps memory for it and puts `T::default()` there.
    pub fn new() -> Result<Self, Errno> {
        let area = Area::shared(size_of::<T>().next_multiple_of(crate::PAGE))?;
        let at = area.base() as *mut T;
        // SAFETY: the mapping is new, page-aligned, large enough, and never
        // unmapped; after this only shared references exist.
        unsafe {
            at.write(T::default());
            Ok(Shared(&*at))
        }
    }
}

impl<T: Sync> Clone for Shared<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Sync> Copy for Shared<T> {}

impl<T: Sync> Deref for Shared<T> {
    type Target = T;
    fn deref(&self) -> &T {
        self.0
    }
}

/// Lets others run until `done`.
pub fn wait_until(mut done: impl FnMut() -> bool) {
    while !done() {
        sys::sched_yield();
    }
}
