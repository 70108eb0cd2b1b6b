//! What the device tree says about this machine (Power ePAPR and Devicetree Specification,
//! chapter 3; QEMU writes it in hw/ppc/e500.c, `ppce500_load_device_tree`).

use super::devices::{self, Clock, Devices};
use super::io::Device;
use super::tree::{
    self, Node, Tree, Unusable, address, bytes, cell, compatible, malformed, no_node, of_type, text,
};
use super::{console, timer};
use crate::boot_info::BootInfo;
use crate::platform::device_tree;
use core::ops::Range;

/// Reads all that the kernel needs to know, once; then the tree may be overwritten.
///
/// # Safety
/// `device_tree` is what the kernel was started with, and nothing has been overwritten yet;
/// the first 256 MiB, at least, are in the linear map, and the devices where `io` says.
pub unsafe fn discover(device_tree: u64) -> Result<BootInfo, Unusable> {
    // SAFETY: the caller's; nothing of it is kept.
    let tree = unsafe { Tree::at(device_tree) }?;
    let mut info = BootInfo::new();
    set_up_console(&tree)?;
    memory(&tree, &mut info)?;
    chosen(&tree, &mut info)?;
    processors(&tree, &mut info)?;
    devices::set_up(find_devices(&tree)?);
    Ok(info)
}

/// The devices of the system on the chip, one node.
fn system_on_chip(tree: &Tree) -> Result<Node<'_>, Unusable> {
    let mut found = of_type(tree.root()?, "soc");
    found.next().ok_or(no_node("/soc"))
}

/// The device of a node in it.
fn device(tree: &Tree, node: Node<'_>) -> Result<Device, Unusable> {
    let registers = tree::registers_on_bus(tree.root()?, system_on_chip(tree)?, node)?;
    // SAFETY: they are those of a device, by the tree, and its driver is one of those here.
    unsafe { tree::device(registers) }
}

/// The console is the UART in `stdout-path`, which may be an alias, and be followed by a
/// colon and options. Without one, it stays where it is.
fn set_up_console(tree: &Tree) -> Result<(), Unusable> {
    let chosen = tree.node("/chosen").ok_or(no_node("/chosen"))?;
    let Some(path) = text(chosen, "stdout-path") else {
        return Ok(());
    };
    let path = path.split(':').next().unwrap_or_default();
    let path = match tree.node("/aliases").and_then(|node| node.property(path)) {
        Some(alias) => alias.as_str().unwrap_or_default(),
        None => path,
    };
    let uart = tree.node(path).ok_or(malformed("stdout-path"))?;
    console::set_up(device(tree, uart)?);
    Ok(())
}

/// The command line and the initrd, which lies in memory.
fn chosen(tree: &Tree, info: &mut BootInfo) -> Result<(), Unusable> {
    let chosen = tree.node("/chosen").ok_or(no_node("/chosen"))?;
    if chosen.property("bootargs").is_some() {
        info.set_command_line(bytes(chosen, "bootargs")?)
            .map_err(|()| malformed("bootargs"))?;
    }
    let start = address(chosen, "linux,initrd-start")?;
    let end = address(chosen, "linux,initrd-end")?;
    if let (Some(start), Some(end)) = (start, end) {
        let in_ram = |ram: &Range<u64>| ram.start <= start && end <= ram.end;
        if !info.memory().iter().any(in_ram) || info.set_initrd(start..end).is_err() {
            return Err(malformed("linux,initrd-end"));
        }
    }
    Ok(())
}

/// Memory is one node or more, below the root.
fn memory(tree: &Tree, info: &mut BootInfo) -> Result<(), Unusable> {
    let root = tree.root()?;
    for part in of_type(root, "memory") {
        for range in tree::ranges(root, part)? {
            info.add_memory(range?)
                .map_err(|()| device_tree::Unusable::TooMany("ranges of memory"))?;
        }
    }
    if info.memory().is_empty() {
        Err(no_node("/memory"))
    } else {
        Ok(())
    }
}

/// All processors are alike, so the first one speaks for all.
fn processors(tree: &Tree, info: &mut BootInfo) -> Result<(), Unusable> {
    let cpus = tree.node("/cpus").ok_or(no_node("/cpus"))?;
    let first = of_type(cpus, "cpu").next().ok_or(no_node("/cpus/*"))?;
    info.cpus = of_type(cpus, "cpu").count() as u32;
    info.timebase_hz = address(first, "timebase-frequency")?.unwrap_or(0);
    if info.timebase_hz == 0 {
        return Err(malformed("timebase-frequency"));
    }
    timer::set_up(info.timebase_hz);
    Ok(())
}

fn find_devices(tree: &Tree) -> Result<Devices, Unusable> {
    let (root, soc) = (tree.root()?, system_on_chip(tree)?);
    let (gpio, power_pin) = power_switch(tree, soc)?;
    let bridge = compatible(root, "fsl,mpc8540-pci")?;
    // SAFETY: they are the bridge's, by the tree, and `pci` lets no card write to memory.
    let pci = unsafe { tree::device(tree::registers(root, bridge)?) }?;
    Ok(Devices {
        utilities: device(tree, compatible(soc, "fsl,mpc8544-guts")?)?,
        gpio: device(tree, gpio)?,
        power_pin,
        pci,
        clock: clock(tree, soc)?,
    })
}

/// The GPIO that switches the machine off, and its pin, to be set to 1: three cells say
/// the first one's number, the pin, and nothing more.
fn power_switch<'t>(tree: &'t Tree, soc: Node<'t>) -> Result<(Node<'t>, u32), Unusable> {
    let switch = compatible(soc, "gpio-poweroff")?;
    match bytes(switch, "gpios")?.as_chunks::<4>() {
        (&[gpio, pin, flags], []) if u32::from_be_bytes(flags) == 0 => {
            let gpio = tree.phandle(u32::from_be_bytes(gpio));
            match u32::from_be_bytes(pin) {
                pin @ 0..32 => Ok((gpio.ok_or(malformed("gpios"))?, pin)),
                _ => Err(malformed("gpios")),
            }
        }
        _ => Err(malformed("gpios")),
    }
}

/// The clock, if there is an I2C bus with one that is known.
fn clock(tree: &Tree, soc: Node<'_>) -> Result<Option<Clock>, Unusable> {
    let Ok(bus) = compatible(soc, "fsl-i2c") else {
        return Ok(None);
    };
    let Ok(clock) = compatible(bus, "pericom,pt7c4338") else {
        return Ok(None);
    };
    match cell(clock, "reg")? {
        address @ 0..0x80 => Ok(Some(Clock {
            bus: device(tree, bus)?,
            address: address as u8,
        })),
        _ => Err(malformed("reg")),
    }
}
