//! Open Firmware's device tree, read through its client interface (IEEE 1275-1994
//! §6, "Client interface").

use crate::arch;
use crate::platform::device_tree::number;
use core::ffi::CStr;

/// Open Firmware, as long as it is there: until the vectors are copied over it.
pub struct Firmware {
    interface: u64,
}

/// A node of the device tree.
#[derive(Clone, Copy)]
pub struct Node(u32);

/// A property that firmware does not give in the form that it must have.
#[derive(Debug)]
pub struct Malformed(pub &'static CStr);

impl Firmware {
    /// The client interface at real address `interface`.
    ///
    /// # Safety
    /// It is what firmware passed to the kernel; the processor is in real mode, and
    /// nothing of firmware's has been overwritten as long as this value lives.
    pub unsafe fn new(interface: u64) -> Firmware {
        Firmware { interface }
    }

    /// Calls a service with one result; `None` when it fails or is unknown.
    fn call<const N: usize>(&self, service: &CStr, arguments: [u32; N]) -> Option<u32> {
        let mut cells = [0u32; 12];
        cells[..3].copy_from_slice(&[address(service.as_ptr()), N as u32, 1]);
        cells[3..][..N].copy_from_slice(&arguments);
        let mut cells = cells.map(u32::to_be);
        // SAFETY: by the contract of `new`; the header says what follows; the cells
        // and all they point at lie in the kernel's image or stack.
        let status = unsafe { boot::call_firmware(cells.as_mut_ptr(), self.interface) };
        let result = u32::from_be(cells[3 + N]);
        (status == 0 && result != u32::MAX).then_some(result)
    }

    /// The node at `path`.
    pub fn find(&self, path: &CStr) -> Option<Node> {
        self.call(c"finddevice", [address(path.as_ptr())]).map(Node)
    }

    /// The nodes right below `node`.
    pub fn children(&self, node: Node) -> impl Iterator<Item = Node> {
        let relative = |service, from: Node| {
            self.call(service, [from.0])
                .filter(|&phandle| phandle != 0)
                .map(Node)
        };
        core::iter::successors(relative(c"child", node), move |&n| relative(c"peer", n))
    }

    /// The nodes right below `parent` whose device_type is `kind`.
    pub fn devices(&self, parent: Node, kind: &'static [u8]) -> impl Iterator<Item = Node> {
        self.children(parent).filter(move |&node| {
            self.property(node, c"device_type", &mut [0; 16])
                .is_ok_and(|bytes| bytes == Some(kind))
        })
    }

    /// The bytes of a property, if it exists. One longer than `buffer` is refused.
    pub fn property<'a>(
        &self,
        node: Node,
        name: &'static CStr,
        buffer: &'a mut [u8],
    ) -> Result<Option<&'a [u8]>, Malformed> {
        let target = [
            address(name.as_ptr()),
            address(buffer.as_mut_ptr()),
            buffer.len() as u32,
        ];
        let [name_at, buffer_at, size] = target;
        match self.call(c"getprop", [node.0, name_at, buffer_at, size]) {
            None => Ok(None),
            Some(length) if length <= size => Ok(Some(&buffer[..length as usize])),
            Some(_) => Err(Malformed(name)),
        }
    }

    /// A property of `N` bytes; `None` if there is none.
    fn exact<const N: usize>(
        &self,
        node: Node,
        name: &'static CStr,
    ) -> Result<Option<[u8; N]>, Malformed> {
        match self.property(node, name, &mut [0; 16])? {
            None => Ok(None),
            Some(bytes) => bytes.try_into().map(Some).map_err(|_| Malformed(name)),
        }
    }

    /// A property of one cell.
    pub fn cell(&self, node: Node, name: &'static CStr) -> Result<Option<u32>, Malformed> {
        Ok(self.exact(node, name)?.map(u32::from_be_bytes))
    }

    /// A property of one cell or two, as firmwares differ about addresses.
    pub fn address(&self, node: Node, name: &'static CStr) -> Result<Option<u64>, Malformed> {
        match self.property(node, name, &mut [0; 16])? {
            None => Ok(None),
            Some(bytes) if bytes.len() == 4 || bytes.len() == 8 => Ok(Some(number(bytes))),
            Some(_) => Err(Malformed(name)),
        }
    }

    /// Firmware stops what it has running and will not be called again.
    pub fn quiesce(self) {
        self.call(c"quiesce", []);
    }
}

/// The 32-bit real address of something in the kernel's image or on its stack.
fn address<T>(pointer: *const T) -> u32 {
    arch::real(pointer) as u32
}
