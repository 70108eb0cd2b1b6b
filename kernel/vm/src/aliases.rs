//! The table of aliases: how a frame is reached under a VPN not its own.
//!
//! Most aliases are **derived**: regions and shadows would give them again, so any of
//! them may be dropped with its PTE. Those that an eager fork makes are **held**:
//! nothing else says that the page is there. The number of all is bounded when the
//! kernel starts; when it is reached, the oldest derived one makes room.

use crate::addr::{FrameNo, Vpn};
use crate::record::{Alias, AliasNo, NO_ALIAS, Record};
use alloc::vec::Vec;

/// The aliases, the free ones linked through `next`.
pub(crate) struct AliasTable {
    slots: Vec<Alias>,
    free_head: u32,
    used: u32,
    capacity: u32,
    hand: u32,
}

impl AliasTable {
    /// A table that will hold at most `capacity` aliases.
    pub fn new(capacity: u32) -> AliasTable {
        AliasTable {
            slots: Vec::with_capacity(capacity as usize),
            free_head: NO_ALIAS,
            used: 0,
            capacity,
            hand: 0,
        }
    }

    /// Whether another alias can be made, and which one has to go first. The hand
    /// goes round in the order in which aliases were first made.
    #[inline]
    pub fn room(&mut self) -> Room {
        if self.used < self.capacity {
            return Room::Free;
        }
        for _ in 0..self.capacity {
            let oldest = AliasNo(self.hand);
            self.hand = (self.hand + 1) % self.capacity;
            if !self.get(oldest).record.is_held() {
                return Room::After(oldest);
            }
        }
        Room::Full
    }

    /// A number for an alias, to be filled in at once.
    ///
    /// # Panics
    /// When the table is full: see [`AliasTable::room`].
    #[inline]
    pub fn allocate(&mut self) -> AliasNo {
        self.used += 1;
        if self.free_head != NO_ALIAS {
            let no = AliasNo(self.free_head);
            self.free_head = self.get(no).next;
            return no;
        }
        assert!(
            self.slots.len() < self.capacity as usize,
            "alias table is full"
        );
        self.slots.push(Alias {
            record: Record::new(Vpn::NONE),
            frame: FrameNo(0),
            prev: NO_ALIAS,
            next: NO_ALIAS,
        });
        AliasNo(self.slots.len() as u32 - 1)
    }

    /// Takes back an alias that is in no list any more.
    #[inline]
    pub fn free(&mut self, no: AliasNo) {
        let next = self.free_head;
        let alias = self.get_mut(no);
        alias.record.vpn = Vpn::NONE;
        alias.next = next;
        self.free_head = no.0;
        self.used -= 1;
    }

    #[inline]
    pub fn get(&self, no: AliasNo) -> &Alias {
        &self.slots[no.0 as usize]
    }

    #[inline]
    pub fn get_mut(&mut self, no: AliasNo) -> &mut Alias {
        &mut self.slots[no.0 as usize]
    }

    /// Aliases in use.
    pub fn used(&self) -> u32 {
        self.used
    }

    /// Every alias in use, for the auditor.
    pub fn iter(&self) -> impl Iterator<Item = AliasNo> + '_ {
        let used = |alias: &Alias| ({ alias.record.vpn }) != Vpn::NONE;
        let slots = self.slots.iter().enumerate();
        slots
            .filter(move |(_, alias)| used(alias))
            .map(|(n, _)| AliasNo(n as u32))
    }
}

/// Whether there is room for an alias.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Room {
    /// There is.
    Free,
    /// There will be when this one has gone.
    After(AliasNo),
    /// There is none: all are held.
    Full,
}
