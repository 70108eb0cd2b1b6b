//! Fork: a child that sees what its parent saw, at no cost per page.

use crate::addr::Ea;
use crate::error::VmError;
use crate::machine::{Key, Machine, Pp, Rights, SpaceId};
use crate::record::RecordId;
use crate::region::Flags;
use crate::segment::{SegNo, Use};
use crate::space::{Slot, Space};
use crate::vm::Vm;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::cell::Cell;

/// How private segments come to be shared by a fork: `fork=` on the kernel's
/// command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fork {
    /// The child's slots hold the same VSIDs, and all keys turn to 1. Whoever
    /// writes first moves away.
    Shared,
    /// Parent and child move at once, each to a fresh segment above the old one.
    Lazy,
    /// The textbook's way, page by page: the child gets a held alias of all that the
    /// parent sees, and the parent's PTEs are lowered.
    Eager,
}

impl<M: Machine> Vm<M> {
    /// A copy of a space. The cost is that of its slots, not of its pages; but for
    /// [`Fork::Eager`].
    ///
    /// # Errors
    /// `NoMemory`: the parent then sees what it saw before.
    pub fn fork(&mut self, parent: SpaceId) -> Result<SpaceId, VmError> {
        self.stat.forks += 1;
        self.retrying(|vm| vm.try_fork(parent))
    }

    fn try_fork(&mut self, parent: SpaceId) -> Result<SpaceId, VmError> {
        let count = self.space(parent).slots.len();
        let mut slots = Vec::new();
        slots
            .try_reserve_exact(count)
            .map_err(|_| VmError::NoMemory)?;
        let regions = Arc::clone(&self.space(parent).regions);
        let bounds = self.space(parent).bounds;
        let child = self.add_space(Space {
            regions,
            slots,
            bounds,
            last: Cell::default(),
        })?;
        let forked = match self.strategy {
            Fork::Shared => {
                self.share_all(parent, child);
                Ok(())
            }
            Fork::Lazy | Fork::Eager => {
                (0..count).try_for_each(|n| self.fork_slot(parent, child, n))
            }
        };
        match forked.and_then(|()| self.leave_behind(child)) {
            Ok(()) => Ok(child),
            Err(error) => {
                self.destroy_space(child);
                Err(error)
            }
        }
    }

    /// What the child does not have though its parent does: MADV_DONTFORK,
    /// MADV_WIPEONFORK, mlock.
    fn leave_behind(&mut self, child: SpaceId) -> Result<(), VmError> {
        const SPECIAL: Flags = Flags::DONT_FORK
            .union(Flags::WIPE_ON_FORK)
            .union(Flags::LOCKED);
        if !self.space(child).regions.flags().intersects(SPECIAL) {
            return Ok(());
        }
        let mut at = Ea(0);
        while let Some(region) = self.space(child).regions.next(at) {
            let (flags, range) = (region.flags, region.start..region.end);
            at = range.end;
            if flags.contains(Flags::DONT_FORK) {
                self.unmap_range(child, &range)?;
                continue;
            }
            if flags.contains(Flags::WIPE_ON_FORK) {
                self.clear_range(child, &range)?;
            }
            if flags.contains(Flags::LOCKED) {
                let unlocked = |flags| flags - Flags::LOCKED - Flags::ON_FAULT;
                self.change_flags(child, &range, unlocked)?;
            }
        }
        Ok(())
    }

    /// The child has all of the parent's segments, and nobody may write to the private ones.
    fn share_all(&mut self, parent: SpaceId, child: SpaceId) {
        let slots = &self.space(parent).slots;
        let count = slots.len();
        let has_shadow = |slot: &Slot| self.segments.get(slot.segment).shadow.is_some();
        if slots.iter().any(has_shadow) {
            for n in 0..count {
                self.folded_slot(parent, n);
            }
        }
        let pair = [parent, child].map(|id| id.0 as usize);
        let pair = self
            .spaces
            .get_disjoint_mut(pair)
            .map(|pair| pair.map(Option::as_mut));
        let Ok([Some(parents), Some(childs)]) = pair else {
            unreachable!("two live spaces");
        };
        let mut changes = false;
        childs.slots.extend(parents.slots.iter_mut().map(|slot| {
            let row = self.segments.get_mut(slot.segment);
            row.slots += 1;
            if row.used == Use::Private && slot.key == Key::Zero {
                slot.key = Key::One;
                changes = true;
            }
            *slot
        }));
        if changes {
            self.machine.forget_space(parent);
        }
    }

    /// Slot `n` of a space, after what only that sees has been folded.
    fn folded_slot(&mut self, space: SpaceId, n: usize) -> Slot {
        let slot = self.space(space).slots[n];
        if self.segments.get(slot.segment).shadow.is_none() {
            return slot;
        }
        self.fold(space, slot.esid);
        self.space(space).slots[n]
    }

    fn fork_slot(&mut self, parent: SpaceId, child: SpaceId, n: usize) -> Result<(), VmError> {
        let slot = self.folded_slot(parent, n);
        if self.segments.get(slot.segment).used != Use::Private {
            self.give_slot(child, slot);
            return Ok(());
        }
        match self.strategy {
            Fork::Eager => self.alias_all(child, &slot),
            _ => self.split(parent, child, &slot),
        }
    }

    /// Moves both sides above the segment, which is frozen from now on. One that
    /// has nothing private to show stays the parent's.
    fn split(&mut self, parent: SpaceId, child: SpaceId, slot: &Slot) -> Result<(), VmError> {
        if self.shows_nothing(slot) {
            return Ok(());
        }
        let for_child = self.above(slot.segment)?;
        self.give_slot(
            child,
            Slot {
                segment: for_child,
                key: Key::Zero,
                ..*slot
            },
        );
        self.move_away(parent, slot)?;
        Ok(())
    }

    /// Gives the child a segment with a held alias for every page that its parent sees.
    fn alias_all(&mut self, child: SpaceId, slot: &Slot) -> Result<(), VmError> {
        if self.shows_nothing(slot) {
            return Ok(());
        }
        let segment = self.new_segment(Use::Private)?;
        self.give_slot(
            child,
            Slot {
                segment,
                key: Key::Zero,
                ..*slot
            },
        );
        let mut level = Some(slot.segment);
        while let Some(from) = level {
            self.alias_level(slot.segment, from, segment)?;
            level = self.segments.get(from).shadow;
        }
        Ok(())
    }

    fn alias_level(&mut self, top: SegNo, level: SegNo, to: SegNo) -> Result<(), VmError> {
        let mut next = self.segments.get(level).head;
        while let Some(id) = next.some() {
            if self.sees(top, id) {
                let (frame, page) = (self.records.frame(id), self.vpn(id).page());
                self.add_held(frame, to, page)?;
                let name = RecordId::name(frame);
                let rights = self.records.get(name).rights();
                self.protect_pte(
                    name,
                    Rights {
                        pp: Pp::ReadOnly,
                        ..rights
                    },
                );
            }
            // Only now: a derived alias that was next may have made room.
            next = self.records.get(id).seg_next;
        }
        Ok(())
    }

    fn shows_nothing(&self, slot: &Slot) -> bool {
        let row = self.segments.get(slot.segment);
        row.pages() == 0 && row.shadow.is_none()
    }

    /// The child has room for as many slots as its parent has, and is in no SLB.
    fn give_slot(&mut self, child: SpaceId, slot: Slot) {
        self.segments.get_mut(slot.segment).slots += 1;
        self.space_mut(child).slots.push(slot);
    }
}
