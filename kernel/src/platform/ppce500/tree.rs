//! The flattened device tree, and what of it the kernel reads.

use super::io::Device;
use super::shape;
use crate::arch;
use crate::platform::device_tree::{self, number};
use core::fmt;
use core::ops::Range;
use fdt::Fdt;
use fdt::node::FdtNode;

/// Real addresses that the kernel reaches before it has its own map: `boot` maps them.
const REACHABLE: u64 = 256 << 20;

/// Why the machine cannot be used.
#[derive(Debug)]
pub enum Unusable {
    /// What should be the device tree is none.
    NoTree(&'static str),
    /// The device tree is not as it must be.
    Tree(device_tree::Unusable),
    /// A device's registers are where the kernel does not reach them.
    OutOfReach(Range<u64>),
}

impl From<device_tree::Unusable> for Unusable {
    fn from(why: device_tree::Unusable) -> Unusable {
        Unusable::Tree(why)
    }
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unusable::NoTree(why) => write!(f, "there is no device tree: {why}"),
            Unusable::Tree(why) => why.fmt(f),
            Unusable::OutOfReach(Range { start, end }) => {
                write!(f, "a device at {start:#x} to {end:#x} is out of reach")
            }
        }
    }
}

/// A node of the tree.
pub type Node<'t> = FdtNode<'t, 't>;

/// The device tree.
pub struct Tree(Fdt<'static>);

impl Tree {
    /// The tree at real address `address`.
    ///
    /// # Safety
    /// Nobody writes where it is, and its memory is nobody else's, as long as this and
    /// what is read of it are in use.
    pub unsafe fn at(address: u64) -> Result<Tree, Unusable> {
        let bytes = |length: u64| {
            let end = address.checked_add(length);
            if address == 0 || end.is_none_or(|end| end > REACHABLE) {
                return Err(Unusable::NoTree("it is not in the first 256 MiB"));
            }
            // SAFETY: mapped, at least as something that reads as 0, and the caller's.
            Ok(unsafe {
                core::slice::from_raw_parts(arch::linear_address(address), length as usize)
            })
        };
        let header = bytes(shape::HEADER as u64)?;
        let size = header.try_into().map_or(Err("no header"), shape::size);
        let tree = bytes(size.map_err(Unusable::NoTree)?)?;
        shape::check(tree).map_err(Unusable::NoTree)?;
        Fdt::new(tree)
            .map(Tree)
            .map_err(|_| Unusable::NoTree("its header is malformed"))
    }

    /// The root.
    pub fn root(&self) -> Result<Node<'_>, Unusable> {
        self.0.all_nodes().next().ok_or(no_node("/"))
    }

    /// The node of that path. Where a name has no address (`@…`), any will do.
    pub fn node(&self, path: &str) -> Option<Node<'_>> {
        let mut names = path.split('/').filter(|name| !name.is_empty());
        names.try_fold(self.root().ok()?, |node, name| {
            node.children()
                .find(|child| child.name == name || child.name.split('@').next() == Some(name))
        })
    }

    /// The node that others call by this number.
    pub fn phandle(&self, number: u32) -> Option<Node<'_>> {
        self.0
            .all_nodes()
            .find(|node| matches!(cell(*node, "phandle"), Ok(found) if found == number))
    }
}

/// There is no such node.
pub fn no_node(name: &'static str) -> Unusable {
    device_tree::Unusable::NoNode(name).into()
}

/// The property is not what it must be.
pub fn malformed(name: &'static str) -> Unusable {
    device_tree::Unusable::Malformed(name).into()
}

/// A property's bytes.
pub fn bytes<'t>(node: Node<'t>, name: &'static str) -> Result<&'t [u8], Unusable> {
    node.property(name)
        .map(|property| property.value)
        .ok_or(device_tree::Unusable::NoProperty(name).into())
}

/// A property of one cell.
pub fn cell(node: Node<'_>, name: &'static str) -> Result<u32, Unusable> {
    let bytes = bytes(node, name)?.try_into();
    bytes.map(u32::from_be_bytes).map_err(|_| malformed(name))
}

/// A property of one cell or two, if it exists.
pub fn address(node: Node<'_>, name: &'static str) -> Result<Option<u64>, Unusable> {
    match node.property(name).map(|property| property.value) {
        None => Ok(None),
        Some(bytes) if bytes.len() == 4 || bytes.len() == 8 => Ok(Some(number(bytes))),
        Some(_) => Err(malformed(name)),
    }
}

/// A property that is a string.
pub fn text<'t>(node: Node<'t>, name: &'static str) -> Option<&'t str> {
    node.property(name)?.as_str()
}

/// The nodes right below `parent` whose device_type is `kind`.
pub fn of_type<'t>(parent: Node<'t>, kind: &'static str) -> impl Iterator<Item = Node<'t>> {
    parent
        .children()
        .filter(move |node| text(*node, "device_type") == Some(kind))
}

/// The first node right below `parent` that is compatible with `kind`.
pub fn compatible<'t>(parent: Node<'t>, kind: &'static str) -> Result<Node<'t>, Unusable> {
    let is_kind = |node: &Node<'_>| {
        let kinds = text(*node, "compatible").unwrap_or_default();
        kinds.split('\0').any(|one| one == kind)
    };
    parent.children().find(is_kind).ok_or(no_node(kind))
}

/// How many bytes an address and a size take in the `reg` of the nodes below `node`.
fn widths(node: Node<'_>) -> Result<(usize, usize), Unusable> {
    let width = |name| match cell(node, name)? {
        cells @ 1..=2 => Ok(cells as usize * 4),
        _ => Err(malformed(name)),
    };
    Ok((width("#address-cells")?, width("#size-cells")?))
}

/// The ranges of addresses in the `reg` of `node`, right below `parent`.
pub fn ranges<'t>(
    parent: Node<'_>,
    node: Node<'t>,
) -> Result<impl Iterator<Item = Result<Range<u64>, Unusable>> + 't, Unusable> {
    let (address, size) = widths(parent)?;
    let parts = bytes(node, "reg")?.chunks(address + size);
    Ok(parts.map(move |part| {
        let (start, length) = part
            .split_at_checked(address)
            .filter(|(_, length)| length.len() == size)
            .ok_or(malformed("reg"))?;
        let start = number(start);
        let end = start.checked_add(number(length));
        Ok(start..end.ok_or(malformed("reg"))?)
    }))
}

/// The real addresses of the registers of `node`, right below the root.
pub fn registers(root: Node<'_>, node: Node<'_>) -> Result<Range<u64>, Unusable> {
    ranges(root, node)?.next().ok_or(malformed("reg"))?
}

/// The real addresses of the registers of `node`, right below `bus`, which is right below
/// the root: the bus's `ranges` say where its addresses are among the root's.
pub fn registers_on_bus(
    root: Node<'_>,
    bus: Node<'_>,
    node: Node<'_>,
) -> Result<Range<u64>, Unusable> {
    let local = registers(bus, node)?;
    let (on_bus, size) = widths(bus)?;
    let (on_root, _) = widths(root)?;
    let map = |part: &[u8]| {
        let (child, rest) = part.split_at_checked(on_bus)?;
        let (parent, size) = rest.split_at_checked(on_root)?;
        let start = local.start.checked_sub(number(child))?;
        let end = local.end.checked_sub(number(child))?;
        let parent = number(parent);
        (end <= number(size)).then_some(())?;
        Some(parent.checked_add(start)?..parent.checked_add(end)?)
    };
    let mut parts = bytes(bus, "ranges")?.chunks_exact(on_bus + on_root + size);
    parts.find_map(map).ok_or(malformed("ranges"))
}

/// The device with these registers.
///
/// # Safety
/// As for [`Device::new`]: they are a device's.
pub unsafe fn device(registers: Range<u64>) -> Result<Device, Unusable> {
    if Device::reachable(&registers) {
        // SAFETY: the caller's.
        Ok(unsafe { Device::new(registers) })
    } else {
        Err(Unusable::OutOfReach(registers))
    }
}
