//! Touching pages, each once; children that do it; and gates at which they wait.

use core::hint::black_box;
use quire_user::sys::{self, Child, Pipe};
use quire_user::{Area, Errno, PAGE, errors};

/// Bytes in a MiB.
pub const MIB: usize = 1 << 20;
/// Pages of a usual area.
pub const PAGES: usize = 1024;
/// Pages of a usual sample.
pub const BATCH: usize = 64;

/// How pages are touched: [`write`] or [`read`].
pub type Touch = fn(Area);

/// Writes a word of each page.
#[inline(never)]
pub fn write(area: Area) {
    let end = area.base() + area.len();
    let mut at = area.base();
    while at < end {
        // SAFETY: in the area, where no Rust object is; volatile, so that it is made.
        unsafe { (at as *mut usize).write_volatile(at) };
        at += PAGE;
    }
}

/// Reads a word of each page.
#[inline(never)]
pub fn read(area: Area) {
    let end = area.base() + area.len();
    let mut at = area.base();
    while at < end {
        // SAFETY: as above.
        unsafe { (at as *const usize).read_volatile() };
        at += PAGE;
    }
}

/// `len` bytes of private memory, all written.
pub fn written(len: usize) -> Result<Area, Errno> {
    let area = Area::private(len)?;
    write(area);
    Ok(area)
}

/// The area's parts of [`BATCH`] pages.
pub fn batches(area: Area) -> impl Iterator<Item = Area> {
    let len = BATCH * PAGE;
    (0..area.len() / len).map(move |i| area.part(i * len, len))
}

/// Waits for a child that should have gone well.
pub fn join(child: Child) -> Result<(), Errno> {
    match child.wait()?.shell() {
        0 => Ok(()),
        _ => Err(Errno(errors::ECHILD)),
    }
}

/// Runs `body` in a child and waits for it.
pub fn in_child(body: impl FnOnce() -> Result<(), Errno>) -> Result<(), Errno> {
    join(sys::spawn(|| body().is_err() as i32)?)
}

/// Where processes wait: as many pass as it was opened for.
#[derive(Clone, Copy)]
pub struct Gate(Pipe);

impl Gate {
    /// Closed.
    pub fn new() -> Result<Gate, Errno> {
        sys::pipe().map(Gate)
    }

    /// Waits.
    pub fn pass(self) -> Result<(), Errno> {
        sys::read(self.0.read, &mut [0]).map(drop)
    }

    /// Lets one pass.
    pub fn open(self) -> Result<(), Errno> {
        sys::write(self.0.write, &[1]).map(drop)
    }

    /// Takes it down.
    pub fn remove(self) -> Result<(), Errno> {
        self.0.close()
    }
}

/// Calls `work` so many times, as calls that the compiler does not look into.
#[inline(always)]
pub fn repeat(times: usize, mut work: impl FnMut()) {
    for i in 0..times {
        black_box(i);
        work();
    }
}
