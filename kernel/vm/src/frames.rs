//! The frame table: one row for each frame of memory, in order of frame number.

use crate::addr::{FrameNo, Vpn};
use crate::record::{NO_ALIAS, Record, RecordId, Row};
use alloc::vec::Vec;
use core::ops::Range;

/// The rows, and the list of free frames that runs through them.
pub(crate) struct FrameTable {
    rows: Vec<Row>,
    free_head: RecordId,
    free: u32,
    given: u32,
}

impl FrameTable {
    /// A table of `frames` rows, none of them free: all are the kernel's.
    pub fn new(frames: u32) -> FrameTable {
        let row = Row {
            record: Record::new(Vpn::NONE),
            aliases: NO_ALIAS,
        };
        FrameTable {
            rows: alloc::vec![row; frames as usize],
            free_head: RecordId::NONE,
            free: 0,
            given: 0,
        }
    }

    /// Makes frames of the kernel's free, the lowest number to be used first.
    pub fn give(&mut self, frames: Range<u32>) {
        self.given += frames.len() as u32;
        for frame in frames.rev() {
            self.free(FrameNo(frame));
        }
    }

    /// A free frame, now without a name: the caller gives it one at once.
    #[inline(always)]
    pub fn allocate(&mut self) -> Option<FrameNo> {
        let id = self.free_head.some()?;
        let frame = FrameNo(id.raw());
        self.free_head = self.row(frame).record.next;
        self.free -= 1;
        Some(frame)
    }

    /// Puts a frame back that has no name and no alias any more.
    #[inline(always)]
    pub fn free(&mut self, frame: FrameNo) {
        let head = self.free_head;
        let row = self.row_mut(frame);
        row.record = Record::new(Vpn::NONE);
        row.record.next = head;
        self.free_head = RecordId::name(frame);
        self.free += 1;
    }

    #[inline]
    pub fn row(&self, frame: FrameNo) -> &Row {
        &self.rows[frame.0 as usize]
    }

    #[inline]
    pub fn row_mut(&mut self, frame: FrameNo) -> &mut Row {
        &mut self.rows[frame.0 as usize]
    }

    /// Frames of memory.
    pub fn total(&self) -> u32 {
        self.rows.len() as u32
    }

    /// Frames that nobody uses.
    pub fn free_count(&self) -> u32 {
        self.free
    }

    /// Frames that were never given: the kernel's own.
    pub fn kernel_count(&self) -> u32 {
        self.total() - self.given
    }

    /// The free frames, for the auditor.
    pub fn free_frames(&self) -> impl Iterator<Item = FrameNo> + '_ {
        let mut next = self.free_head;
        core::iter::from_fn(move || {
            let frame = FrameNo(next.some()?.raw());
            next = self.row(frame).record.next;
            Some(frame)
        })
    }

    /// Every frame with a name, for the auditor.
    pub fn named(&self) -> impl Iterator<Item = FrameNo> + '_ {
        let named = |row: &Row| ({ row.record.vpn }) != Vpn::NONE;
        let rows = self.rows.iter().enumerate();
        rows.filter(move |(_, row)| named(row))
            .map(|(n, _)| FrameNo(n as u32))
    }
}
