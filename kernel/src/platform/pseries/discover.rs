//! What the device tree says about this machine (PAPR, appendix "LoPAPR
//! Binding").

use super::firmware::{Firmware, Malformed, Node};
use super::{rtas, timer};
use crate::arch::PageSize;
use crate::boot_info::BootInfo;
use crate::platform::device_tree::{Unusable, number};
use core::ffi::CStr;

impl From<Malformed> for Unusable {
    fn from(Malformed(name): Malformed) -> Unusable {
        Unusable::Malformed(text(name))
    }
}

/// Firmware is asked in C's strings; whoever reads a message has Rust's.
fn text(name: &'static CStr) -> &'static str {
    name.to_str().unwrap_or("?")
}

/// Asks firmware for everything, once; then firmware may be overwritten.
///
/// # Safety
/// Real mode; `interface` is the client interface that firmware passed, and nothing
/// of firmware's has been overwritten yet.
pub unsafe fn discover(interface: u64) -> Result<BootInfo, Unusable> {
    // SAFETY: the caller's.
    let tree = unsafe { Firmware::new(interface) };
    let mut info = BootInfo::new();
    run_time_services(&tree)?;
    chosen(&tree, &mut info)?;
    memory(&tree, &mut info)?;
    processors(&tree, &mut info)?;
    tree.quiesce();
    Ok(info)
}

fn node(tree: &Firmware, path: &'static CStr) -> Result<Node, Unusable> {
    tree.find(path).ok_or(Unusable::NoNode(text(path)))
}

fn cell(tree: &Firmware, node: Node, name: &'static CStr) -> Result<u32, Unusable> {
    tree.cell(node, name)?
        .ok_or(Unusable::NoProperty(text(name)))
}

fn run_time_services(tree: &Firmware) -> Result<(), Unusable> {
    let services = node(tree, c"/rtas")?;
    rtas::set_up(rtas::Tokens {
        power_off: cell(tree, services, c"power-off")?,
        os_term: cell(tree, services, c"ibm,os-term")?,
        reboot: cell(tree, services, c"system-reboot")?,
        time_of_day: tree.cell(services, c"get-time-of-day")?,
    });
    Ok(())
}

fn chosen(tree: &Firmware, info: &mut BootInfo) -> Result<(), Unusable> {
    let chosen = node(tree, c"/chosen")?;
    let mut line = [0; BootInfo::COMMAND_LINE];
    let line = tree
        .property(chosen, c"bootargs", &mut line)?
        .unwrap_or_default();
    info.set_command_line(line)
        .map_err(|()| Unusable::Malformed("bootargs"))?;
    let start = tree.address(chosen, c"linux,initrd-start")?;
    let end = tree.address(chosen, c"linux,initrd-end")?;
    if let (Some(start), Some(end)) = (start, end) {
        info.set_initrd(start..end)
            .map_err(|()| Unusable::Malformed("linux,initrd-end"))?;
    }
    Ok(())
}

/// Memory is a node for each of its parts, below the root.
fn memory(tree: &Firmware, info: &mut BootInfo) -> Result<(), Unusable> {
    let root = node(tree, c"/")?;
    // The width of an address and of a size, in bytes: at most 8 each.
    let width = |name| match cell(tree, root, name)? {
        cells @ 1..=2 => Ok(cells as usize * 4),
        _ => Err(Unusable::Malformed(text(name))),
    };
    let (address, size) = (width(c"#address-cells")?, width(c"#size-cells")?);
    for part in tree.devices(root, b"memory\0") {
        let mut ranges = [0; 256];
        let ranges = tree
            .property(part, c"reg", &mut ranges)?
            .ok_or(Unusable::NoProperty("reg"))?;
        for range in ranges.chunks(address + size) {
            let (start, size) = range
                .split_at_checked(address)
                .ok_or(Unusable::Malformed("reg"))?;
            let start = number(start);
            let end = start
                .checked_add(number(size))
                .ok_or(Unusable::Malformed("reg"))?;
            info.add_memory(start..end)
                .map_err(|()| Unusable::TooMany("ranges of memory"))?;
        }
    }
    if info.memory().is_empty() {
        Err(Unusable::NoProperty("reg"))
    } else {
        Ok(())
    }
}

/// All processors are alike, so the first one speaks for all.
fn processors(tree: &Firmware, info: &mut BootInfo) -> Result<(), Unusable> {
    let cpus = node(tree, c"/cpus")?;
    let first = tree
        .devices(cpus, b"cpu\0")
        .next()
        .ok_or(Unusable::NoNode("/cpus/*"))?;
    info.cpus = tree.devices(cpus, b"cpu\0").count() as u32;
    info.timebase_hz = u64::from(cell(tree, first, c"timebase-frequency")?);
    // A processor of the 2.07 architecture has 32 bits and need not say so.
    let bits = tree.cell(first, c"ibm,dec-bits")?.unwrap_or(32);
    if info.timebase_hz == 0 || !(32..=64).contains(&bits) {
        return Err(Unusable::Malformed("timebase-frequency or ibm,dec-bits"));
    }
    timer::set_up(info.timebase_hz, bits);
    info.mmu.slb_size = cell(tree, first, c"ibm,slb-size")?;
    if !(8..=64).contains(&info.mmu.slb_size) {
        return Err(Unusable::Malformed("ibm,slb-size"));
    }
    info.mmu.htab_shift = htab_shift(tree, first)?;
    info.mmu.linear_page = linear_page(tree, first)?;
    one_terabyte_segments(tree, first)
}

/// ibm,pft-size is a partition number and log2 of the page table's bytes.
fn htab_shift(tree: &Firmware, cpu: Node) -> Result<u32, Unusable> {
    let name = c"ibm,pft-size";
    let mut bytes = [0; 8];
    match tree
        .property(cpu, name, &mut bytes)?
        .ok_or(Unusable::NoProperty(text(name)))?
    {
        [0, 0, 0, 0, 0, 0, 0, shift @ 18..=38] => Ok(u32::from(*shift)),
        _ => Err(Unusable::Malformed(text(name))),
    }
}

/// The page size of the kernel's map: 64 KiB where it is offered, else 4 KiB. A
/// larger page could not give text and data rights of their own.
fn linear_page(tree: &Firmware, cpu: Node) -> Result<PageSize, Unusable> {
    let name = c"ibm,segment-page-sizes";
    let mut bytes = [0; 512];
    let bytes = tree
        .property(cpu, name, &mut bytes)?
        .ok_or(Unusable::NoProperty(text(name)))?;
    let mut cells = bytes
        .as_chunks::<4>()
        .0
        .iter()
        .map(|&cell| u32::from_be_bytes(cell));
    // For each segment: log2 of its base page size, the SLB's L and LP bits, a count, and
    // as many pairs: log2 of a page size, and the PTE's LP for it.
    let mut best = None;
    while let (Some(base), Some(slb), Some(count)) = (cells.next(), cells.next(), cells.next()) {
        for _ in 0..count {
            let (Some(shift), Some(pte)) = (cells.next(), cells.next()) else {
                return Err(Unusable::Malformed(text(name)));
            };
            let offer = PageSize {
                shift,
                slb: u64::from(slb),
                pte: u64::from(pte),
            };
            if shift == base && (shift == 12 || shift == 16) {
                best = best.max(Some(offer));
            }
        }
    }
    best.ok_or(Unusable::Malformed(text(name)))
}

/// The kernel's map is one segment of 1 TiB: 2^40 must be among the sizes.
fn one_terabyte_segments(tree: &Firmware, cpu: Node) -> Result<(), Unusable> {
    let name = c"ibm,processor-segment-sizes";
    let mut bytes = [0; 32];
    let bytes = tree
        .property(cpu, name, &mut bytes)?
        .ok_or(Unusable::NoProperty(text(name)))?;
    let offered = bytes
        .as_chunks::<4>()
        .0
        .iter()
        .any(|&cell| u32::from_be_bytes(cell) == 40);
    if offered {
        Ok(())
    } else {
        Err(Unusable::Malformed(text(name)))
    }
}
