//! Devices' registers: where the kernel reaches them, and in which order the bytes of a
//! number lie there.

use core::ops::Range;
use core::ptr::{NonNull, with_exposed_provenance_mut};
use core::sync::atomic::{Ordering, fence};
use volatile::VolatilePtr;

/// The real addresses that the kernel maps for devices, guarded and not cached, by one
/// entry of TLB1 from its first instructions on (`boot`, `entry.rs`): effective
/// address = [`BASE`] | real address.
pub const MAPPED: Range<u64> = 0xf_e000_0000..0xf_f000_0000;

const BASE: u64 = 0xd000_0000_0000_0000;

/// What a register can hold: it is read and written by one instruction.
pub trait Value: Copy {}

/// A register of one byte.
impl Value for u8 {}

/// A register of 32 bits with the most significant byte first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct Big32(u32);

impl Value for Big32 {}

impl Big32 {
    /// As the register holds `value`.
    pub fn new(value: u32) -> Big32 {
        Big32(value.to_be())
    }
}

/// A register of 32 bits with the least significant byte first, as on PCI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct Little32(u32);

impl Value for Little32 {}

impl Little32 {
    /// As the register holds `value`.
    pub fn new(value: u32) -> Little32 {
        Little32(value.to_le())
    }

    /// The register's value.
    pub fn get(self) -> u32 {
        u32::from_le(self.0)
    }
}

/// The registers of one device.
#[derive(Clone, Copy, Debug)]
pub struct Device {
    start: u64,
    length: u64,
}

impl Device {
    /// The device at the real addresses `range`.
    ///
    /// # Safety
    /// No memory is there, and nothing that is done to the device by its driver changes any.
    pub const unsafe fn new(range: Range<u64>) -> Device {
        assert!(Device::reachable(&range));
        Device {
            start: range.start,
            length: range.end - range.start,
        }
    }

    /// Whether the kernel maps all of `range`.
    pub const fn reachable(range: &Range<u64>) -> bool {
        MAPPED.start <= range.start && range.start <= range.end && range.end <= MAPPED.end
    }

    /// The effective address of its first register.
    pub const fn address(self) -> usize {
        (BASE | self.start) as usize
    }

    /// Reads the register at `offset`.
    pub fn read<T: Value>(self, offset: u64) -> T {
        in_order();
        self.register(offset).read()
    }

    /// Writes the register at `offset`.
    pub fn write<T: Value>(self, offset: u64, value: T) {
        in_order();
        self.register(offset).write(value);
    }

    fn register<T: Value>(self, offset: u64) -> VolatilePtr<'static, T> {
        assert!(
            offset + size_of::<T>() as u64 <= self.length && offset % size_of::<T>() as u64 == 0,
            "a device has no register at {offset:#x}"
        );
        let pointer = with_exposed_provenance_mut(self.address() + offset as usize);
        let pointer = NonNull::new(pointer).unwrap_or(NonNull::dangling());
        // SAFETY: `new` has checked that it is mapped, to be read and written, and its caller
        // that no memory is there. It is aligned, and any bytes are a value.
        unsafe { VolatilePtr::new(pointer) }
    }
}

/// What comes after this reaches its device after what came before it: a load may
/// otherwise overtake a store, even of guarded storage (Power ISA, Book II, §1.7.1, "Storage
/// Access Ordering").
fn in_order() {
    fence(Ordering::SeqCst);
}
