//! System V shared memory segments: the table behind shmget and its kin.
//!
//! A segment is a memory object that the table holds once; each attachment is a
//! region that maps it. After IPC_RMID the table's hold remains until the last
//! attachment is gone, however that happens: [`SharedSegments::sweep`] is called
//! after everything that can unmap.

use super::Errno;
use crate::process::Pid;
use crate::state::{Kernel, Vm};
use alloc::collections::BTreeMap;
use vm::{ObjectId, PAGE_SIZE};

/// Segments there can be, Linux's SHMMNI: more are ENOSPC.
pub const SHMMNI: usize = 4096;
/// Bytes in a segment, at most: more are EINVAL.
pub const SHMMAX: u64 = 1 << 40;

/// The key that names no segment: IPC_PRIVATE.
pub const IPC_PRIVATE: i32 = 0;

/// A shared memory segment.
pub struct SharedSegment {
    /// What shmget finds it by.
    pub key: i32,
    /// Its memory.
    pub object: ObjectId,
    /// Bytes, as they were asked for.
    pub size: u64,
    /// The lower nine bits of shmget's flags. They are told, not checked:
    /// everybody is root.
    pub mode: u32,
    /// IPC_RMID was called.
    pub removed: bool,
    /// Who made it.
    pub creator: Pid,
    /// Who attached or detached it last.
    pub last: Option<Pid>,
    /// When it was last attached, detached and changed: seconds since 1970.
    pub times: [u64; 3],
}

/// All segments, by identifier.
pub struct SharedSegments {
    segments: BTreeMap<i32, SharedSegment>,
    next: i32,
    removed: usize,
}

impl SharedSegments {
    /// None.
    pub const fn new() -> SharedSegments {
        SharedSegments {
            segments: BTreeMap::new(),
            next: 0,
            removed: 0,
        }
    }

    /// The segment `id`.
    ///
    /// # Errors
    /// EINVAL: there is none.
    pub fn get(&mut self, id: i32) -> Result<&mut SharedSegment, Errno> {
        self.segments.get_mut(&id).ok_or(Errno::EINVAL)
    }

    /// The segment `id`, to be looked at.
    pub fn peek(&self, id: i32) -> Option<&SharedSegment> {
        self.segments.get(&id)
    }

    /// All segments, by identifier.
    pub fn iter(&self) -> impl Iterator<Item = &SharedSegment> {
        self.segments.values()
    }

    /// The identifier of the segment at a place in the list of all, as SHM_STAT counts.
    pub fn at(&self, index: i32) -> Option<i32> {
        let index = usize::try_from(index).ok()?;
        self.segments.keys().nth(index).copied()
    }

    /// The identifier of the segment with `key`, which is not IPC_PRIVATE.
    pub fn find(&self, key: i32) -> Option<i32> {
        let mut all = self.segments.iter();
        all.find(|(_, segment)| segment.key == key && !segment.removed)
            .map(|(id, _)| *id)
    }

    /// Makes a segment of `size` bytes. `describe` fills in the rest.
    ///
    /// # Errors
    /// EINVAL: the size is 0 or too large. ENOSPC: too many segments. ENOMEM.
    pub fn create(
        &mut self,
        vm: &mut Vm,
        size: u64,
        describe: impl FnOnce(ObjectId) -> SharedSegment,
    ) -> Result<i32, Errno> {
        if size == 0 || size > SHMMAX {
            return Err(Errno::EINVAL);
        }
        if self.segments.len() >= SHMMNI {
            return Err(Errno::ENOSPC);
        }
        let object = vm.create_memory(size.div_ceil(PAGE_SIZE))?;
        let id = self.free_id();
        self.segments.insert(id, describe(object));
        Ok(id)
    }

    fn free_id(&mut self) -> i32 {
        loop {
            let id = self.next;
            self.next = id.checked_add(1).unwrap_or(0);
            if !self.segments.contains_key(&id) {
                return id;
            }
        }
    }

    /// IPC_RMID: nobody finds the segment by its key any more, and it goes with
    /// its last attachment.
    ///
    /// # Errors
    /// EINVAL: there is no such segment.
    pub fn remove(&mut self, id: i32, vm: &mut Vm) -> Result<(), Errno> {
        let segment = self.get(id)?;
        let first = !segment.removed;
        (segment.removed, segment.key) = (true, IPC_PRIVATE);
        self.removed += first as usize;
        self.sweep(vm);
        Ok(())
    }

    /// Destroys the removed segments that are not attached any more.
    #[inline]
    pub fn sweep(&mut self, vm: &mut Vm) {
        if self.removed > 0 {
            self.destroy(vm, |segment, vm| {
                segment.removed && !vm.is_mapped(segment.object)
            });
        }
    }

    /// Destroys all, when nobody can have one attached.
    pub fn clear(&mut self, vm: &mut Vm) {
        self.destroy(vm, |_, _| true);
        *self = SharedSegments::new();
    }

    #[inline(never)]
    fn destroy(&mut self, vm: &mut Vm, doomed: impl Fn(&SharedSegment, &Vm) -> bool) {
        let removed = &mut self.removed;
        self.segments.retain(|_, segment| {
            let dies = doomed(segment, vm);
            if dies {
                vm.release_object(segment.object);
                *removed -= segment.removed as usize;
            }
            !dies
        });
    }
}

impl Kernel {
    /// To be called after anything that can have unmapped a segment or a file.
    #[inline]
    pub fn sweep_shared(&mut self) {
        self.shared.sweep(&mut self.vm);
        self.tree.sweep(&mut self.vm);
    }
}
