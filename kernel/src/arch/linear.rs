//! The kernel's linear map: effective address = 0xC000000000000000 | real address.

use vm::FrameNo;

/// Where the map begins.
pub const BASE: u64 = 0xc000_0000_0000_0000;

/// The linear address of real address `address`.
pub fn linear_address(address: u64) -> *mut u8 {
    (BASE | address) as *mut u8
}

/// A frame's address in the linear map.
pub fn linear(frame: FrameNo) -> *mut u8 {
    linear_address(frame.ra())
}

/// The real address of something in the linear map.
pub fn real<T>(pointer: *const T) -> u64 {
    pointer.addr() as u64 & !BASE
}
