//! What real memory holds, range by range, before anything is given to programs.

use crate::arch::{self, Rights};
use crate::boot_info::BootInfo;
use core::ops::Range;

/// A range of real memory with one use.
#[derive(Clone, Debug)]
pub struct Area {
    /// Real addresses.
    pub range: Range<u64>,
    /// What it holds.
    pub name: &'static str,
    /// What the kernel may do there.
    pub rights: Rights,
}

/// All areas that are not free: they touch nowhere, and come in order of address.
pub struct MemoryMap {
    areas: [Option<Area>; MemoryMap::AREAS],
}

impl MemoryMap {
    const AREAS: usize = 13;

    /// The vectors, the kernel's image and the initrd.
    pub fn new(info: &BootInfo) -> MemoryMap {
        let mut map = MemoryMap {
            areas: [const { None }; MemoryMap::AREAS],
        };
        for area in arch::image().into_iter().filter(|a| !a.range.is_empty()) {
            map.add(area);
        }
        if let Some(range) = info.initrd_range() {
            map.add(Area {
                range,
                name: "initrd",
                rights: Rights::ReadWrite,
            });
        }
        map
    }

    /// Adds an area. There is room for all that `kmain` adds.
    pub fn add(&mut self, area: Area) {
        if let Some(place) = self.areas.iter_mut().find(|place| place.is_none()) {
            *place = Some(area);
        }
        self.areas
            .sort_unstable_by_key(|area| area.as_ref().map_or(u64::MAX, |a| a.range.start));
    }

    /// All areas in order of address.
    pub fn areas(&self) -> impl Iterator<Item = &Area> {
        self.areas.iter().flatten()
    }

    /// What the kernel may do at real address `address`.
    pub fn rights_at(&self, address: u64) -> Rights {
        let area = self.areas().find(|area| area.range.contains(&address));
        area.map_or(Rights::ReadWrite, |area| area.rights)
    }

    /// The ranges of RAM that no area covers, in whole pages.
    pub fn free<'a>(&'a self, info: &'a BootInfo) -> impl Iterator<Item = Range<u64>> + 'a {
        info.memory().iter().flat_map(move |ram| {
            let ends = self
                .areas()
                .map(|area| area.range.end)
                .filter(|&end| end > ram.start);
            let starts = ends.chain([ram.start]);
            let gaps = starts.map(move |start| {
                let after = self
                    .areas()
                    .map(|area| area.range.start)
                    .filter(|&s| s >= start);
                let end = after.min().unwrap_or(ram.end).min(ram.end);
                start.next_multiple_of(vm::PAGE_SIZE)..end & !(vm::PAGE_SIZE - 1)
            });
            gaps.filter(|gap| !gap.is_empty())
        })
    }

    /// The first free range of `size` bytes that starts at a multiple of `alignment`.
    pub fn find(&self, info: &BootInfo, size: u64, alignment: u64) -> Option<Range<u64>> {
        let starts = self.free(info).filter_map(|gap| {
            let start = gap.start.next_multiple_of(alignment);
            (start.checked_add(size)? <= gap.end).then_some(start)
        });
        starts.min().map(|start| start..start + size)
    }

    /// Prints every area, and what is free.
    pub fn print(&self, info: &BootInfo) {
        for Area {
            range,
            name,
            rights,
        } in self.areas()
        {
            println!(
                "  real {:#011x}-{:#011x}  {rights}  {name}",
                range.start, range.end
            );
        }
        let free: u64 = self.free(info).map(|gap| gap.end - gap.start).sum();
        println!("  free {} KiB of {} KiB", free >> 10, info.ram() >> 10);
    }
}
