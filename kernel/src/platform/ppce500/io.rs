//! Devices' registers: where the kernel reaches them, and in which order the bytes of a
//! number lie there.

use crate::arch;
use core::ops::Range;
use core::ptr::NonNull;
use core::sync::atomic::{Ordering, fence};
use volatile::VolatilePtr;

/// The first of the real addresses that the kernel maps for devices, guarded and not
/// cached, from its first instructions on (`boot`, `entry.rs`).
pub const IO: u64 = 0xf_e000_0000;
/// How many bytes of them there are.
pub const IO_SIZE: u64 = 256 << 20;

/// What a register can hold: it is read and written by one instruction.
pub trait Value: Copy + 'static {}

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
        IO <= range.start && range.start <= range.end && range.end <= IO + IO_SIZE
    }

    /// The effective address of its first register.
    pub fn address(self) -> *mut u8 {
        arch::io_address(self.start)
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
        let size = size_of::<T>() as u64;
        assert!(
            offset + size <= self.length && offset.is_multiple_of(size),
            "a device has no register at {offset:#x}"
        );
        let pointer = self.address().wrapping_add(offset as usize).cast();
        // SAFETY: `new` has checked that it is mapped, to be read and written, and its caller
        // vouches that no memory is there. It is not null, but aligned, and any bytes are a
        // value.
        unsafe { VolatilePtr::new(NonNull::new_unchecked(pointer)) }
    }
}

/// What comes after this reaches its device after what came before it: a load may
/// otherwise overtake a store, even of guarded storage (Power ISA, Book II, §1.7.1, "Storage
/// Access Ordering").
fn in_order() {
    fence(Ordering::SeqCst);
}
