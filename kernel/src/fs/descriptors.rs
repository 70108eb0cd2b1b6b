//! A process's file descriptors.

use super::{Device, OpenFile};
use crate::syscall::Errno;
use alloc::sync::Arc;
use alloc::vec::Vec;
use spin::Mutex;

/// Descriptors that a process can have: more are EMFILE.
const LIMIT: usize = 256;

/// What exec does with a descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnExec {
    /// The new program has it.
    Keep,
    /// It is closed: O_CLOEXEC.
    Close,
}

#[derive(Clone)]
struct Descriptor {
    file: Arc<Mutex<OpenFile>>,
    on_exec: OnExec,
}

/// A process's file descriptors. A clone shares the open files: what fork does.
#[derive(Clone)]
pub struct Descriptors(Vec<Option<Descriptor>>);

impl Descriptors {
    /// 0, 1 and 2 on the console.
    pub fn on_console() -> Descriptors {
        let file = OpenFile::device(Device::Console, "dev/console");
        let descriptor = Descriptor {
            file,
            on_exec: OnExec::Keep,
        };
        Descriptors(alloc::vec![Some(descriptor); 3])
    }

    /// The open file behind `fd`.
    ///
    /// # Errors
    /// EBADF.
    pub fn get(&self, fd: i32) -> Result<Arc<Mutex<OpenFile>>, Errno> {
        let slot = usize::try_from(fd).ok().and_then(|fd| self.0.get(fd));
        slot.and_then(Option::as_ref)
            .map(|open| open.file.clone())
            .ok_or(Errno::EBADF)
    }

    /// Gives `file` the lowest free descriptor.
    ///
    /// # Errors
    /// EMFILE.
    pub fn add(&mut self, file: Arc<Mutex<OpenFile>>, on_exec: OnExec) -> Result<i32, Errno> {
        let fd = self
            .0
            .iter()
            .position(Option::is_none)
            .unwrap_or(self.0.len());
        if fd >= LIMIT {
            return Err(Errno::EMFILE);
        }
        self.put(fd, file, on_exec);
        Ok(fd as i32)
    }

    /// Gives `file` the descriptor `fd`, which is closed first if it is open.
    ///
    /// # Errors
    /// EBADF: there is no such number.
    pub fn set(
        &mut self,
        fd: i32,
        file: Arc<Mutex<OpenFile>>,
        on_exec: OnExec,
    ) -> Result<(), Errno> {
        let fd = usize::try_from(fd)
            .ok()
            .filter(|fd| *fd < LIMIT)
            .ok_or(Errno::EBADF)?;
        self.put(fd, file, on_exec);
        Ok(())
    }

    fn put(&mut self, fd: usize, file: Arc<Mutex<OpenFile>>, on_exec: OnExec) {
        if fd >= self.0.len() {
            self.0.resize(fd + 1, None);
        }
        self.0[fd] = Some(Descriptor { file, on_exec });
    }

    /// Closes `fd`.
    ///
    /// # Errors
    /// EBADF.
    pub fn close(&mut self, fd: i32) -> Result<(), Errno> {
        let slot = usize::try_from(fd).ok().and_then(|fd| self.0.get_mut(fd));
        slot.and_then(Option::take).map(drop).ok_or(Errno::EBADF)
    }

    /// Closes what exec closes.
    pub fn close_on_exec(&mut self) {
        for slot in &mut self.0 {
            if slot
                .as_ref()
                .is_some_and(|open| open.on_exec == OnExec::Close)
            {
                *slot = None;
            }
        }
    }
}
