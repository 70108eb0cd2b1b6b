//! A process's file descriptors.

use super::OpenFile;
use crate::lock::Lock;
use crate::syscall::Errno;
use alloc::sync::Arc;
use alloc::vec::Vec;
use linux_raw_sys::general::O_CLOEXEC;

/// What exec does with a descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnExec {
    /// The new program has it.
    Keep,
    /// It is closed: O_CLOEXEC.
    Close,
}

impl OnExec {
    /// What the flags of open, dup3 and pipe2 say.
    pub fn from_flags(flags: u32) -> OnExec {
        match flags & O_CLOEXEC {
            0 => OnExec::Keep,
            _ => OnExec::Close,
        }
    }
}

#[derive(Clone)]
struct Descriptor {
    file: Arc<Lock<OpenFile>>,
    on_exec: OnExec,
}

/// A process's file descriptors. A clone shares the open files: what fork does.
#[derive(Clone)]
pub struct Descriptors {
    slots: Vec<Option<Descriptor>>,
    /// Numbers are below this: RLIMIT_NOFILE. Those above that are open stay so.
    limit: usize,
}

impl Descriptors {
    /// Standard input, output and error: all are `file`.
    pub fn standard(file: &Arc<Lock<OpenFile>>) -> Descriptors {
        let descriptor = Descriptor {
            file: file.clone(),
            on_exec: OnExec::Keep,
        };
        Descriptors {
            slots: alloc::vec![Some(descriptor); 3],
            limit: Descriptors::LIMIT as usize,
        }
    }

    /// Numbers that a process has at first, as in Linux: more are EMFILE.
    pub const LIMIT: u64 = 1024;
    /// The most that it can get.
    pub const MOST: u64 = 4096;

    /// How many numbers there are.
    pub fn limit(&self) -> u64 {
        self.limit as u64
    }

    /// Sets how many there are from now on.
    pub fn set_limit(&mut self, limit: u64) {
        self.limit = limit.min(Descriptors::MOST) as usize;
    }

    #[inline]
    fn slot(&self, fd: i32) -> Result<&Descriptor, Errno> {
        let slot = usize::try_from(fd).ok().and_then(|fd| self.slots.get(fd));
        slot.and_then(Option::as_ref).ok_or(Errno::EBADF)
    }

    /// The open file behind `fd`, for a short look.
    ///
    /// # Errors
    /// EBADF.
    #[inline]
    pub fn look_at(&self, fd: i32) -> Result<&Lock<OpenFile>, Errno> {
        Ok(&self.slot(fd)?.file)
    }

    /// The open file behind `fd`.
    ///
    /// # Errors
    /// EBADF.
    pub fn get(&self, fd: i32) -> Result<Arc<Lock<OpenFile>>, Errno> {
        Ok(self.slot(fd)?.file.clone())
    }

    /// What exec does with `fd`.
    ///
    /// # Errors
    /// EBADF.
    pub fn on_exec(&self, fd: i32) -> Result<OnExec, Errno> {
        Ok(self.slot(fd)?.on_exec)
    }

    /// Changes what exec does with `fd`.
    ///
    /// # Errors
    /// EBADF.
    pub fn set_on_exec(&mut self, fd: i32, on_exec: OnExec) -> Result<(), Errno> {
        self.slot(fd)?;
        if let Some(slot) = &mut self.slots[fd as usize] {
            slot.on_exec = on_exec;
        }
        Ok(())
    }

    /// The lowest free descriptor from `least` on.
    fn lowest(&self, least: usize) -> Result<usize, Errno> {
        self.free(least).next().ok_or(Errno::EMFILE)
    }

    /// The free numbers from `least` on.
    fn free(&self, least: usize) -> impl Iterator<Item = usize> {
        let free = |fd: &usize| self.slots.get(*fd).is_none_or(Option::is_none);
        (least..self.limit).filter(free)
    }

    /// Whether `count` more can be added.
    ///
    /// # Errors
    /// EMFILE.
    pub fn require_room(&self, count: usize) -> Result<(), Errno> {
        match self.free(0).nth(count - 1) {
            Some(_) => Ok(()),
            None => Err(Errno::EMFILE),
        }
    }

    /// Gives `file` the lowest free descriptor.
    ///
    /// # Errors
    /// EMFILE.
    pub fn add(&mut self, file: Arc<Lock<OpenFile>>, on_exec: OnExec) -> Result<i32, Errno> {
        self.add_from(0, file, on_exec)
    }

    /// Gives `file` the lowest free descriptor that is no less than `least`.
    ///
    /// # Errors
    /// EINVAL: there is no such number. EMFILE.
    pub fn add_from(
        &mut self,
        least: i32,
        file: Arc<Lock<OpenFile>>,
        on_exec: OnExec,
    ) -> Result<i32, Errno> {
        let least = usize::try_from(least).ok().filter(|fd| *fd < self.limit);
        let fd = self.lowest(least.ok_or(Errno::EINVAL)?)?;
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
        file: Arc<Lock<OpenFile>>,
        on_exec: OnExec,
    ) -> Result<(), Errno> {
        let fd = usize::try_from(fd)
            .ok()
            .filter(|fd| *fd < self.limit)
            .ok_or(Errno::EBADF)?;
        self.put(fd, file, on_exec);
        Ok(())
    }

    fn put(&mut self, fd: usize, file: Arc<Lock<OpenFile>>, on_exec: OnExec) {
        if fd >= self.slots.len() {
            self.slots.resize(fd + 1, None);
        }
        self.slots[fd] = Some(Descriptor { file, on_exec });
    }

    /// Closes `fd`.
    ///
    /// # Errors
    /// EBADF.
    pub fn close(&mut self, fd: i32) -> Result<(), Errno> {
        let slot = usize::try_from(fd)
            .ok()
            .and_then(|fd| self.slots.get_mut(fd));
        slot.and_then(Option::take).map(drop).ok_or(Errno::EBADF)
    }

    /// The open descriptors from `first` to `last`.
    pub fn open(&self, first: u32, last: u32) -> Vec<i32> {
        let open = |fd: &usize| self.slots[*fd].is_some();
        let end = (last as usize).saturating_add(1).min(self.slots.len());
        let fds = (first as usize..end).filter(open);
        fds.map(|fd| fd as i32).collect()
    }

    /// Closes what exec closes.
    pub fn close_on_exec(&mut self) {
        for slot in &mut self.slots {
            if slot
                .as_ref()
                .is_some_and(|open| open.on_exec == OnExec::Close)
            {
                *slot = None;
            }
        }
    }
}
