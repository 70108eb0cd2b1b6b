//! The kernel's counters, and how much they grew.

use quire_user::proc;

/// What /proc/vm/stat said at one time.
pub struct Counters {
    text: [u8; 2048],
    len: usize,
}

impl Counters {
    /// Reads them now.
    ///
    /// Twice: the first time makes this process write all the stack that reading
    /// needs, so that nothing of that is counted after the second.
    pub fn now() -> Counters {
        Self::read();
        Self::read()
    }

    #[inline(never)]
    fn read() -> Counters {
        let mut text = [0; 2048];
        let len = proc::read(c"/proc/vm/stat", &mut text).map_or(0, str::len);
        Counters { text, len }
    }

    /// Reads them again, once: after [`now`](Self::now) that disturbs nothing.
    pub fn again() -> Counters {
        Self::read()
    }

    /// How much the counter `name` grew from `before` to this.
    pub fn more(&self, before: &Counters, name: &str) -> u64 {
        self.get(name).saturating_sub(before.get(name))
    }

    fn get(&self, name: &str) -> u64 {
        let text = core::str::from_utf8(&self.text[..self.len]).unwrap_or("");
        proc::value(text, name).unwrap_or(0)
    }
}
