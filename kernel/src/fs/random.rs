//! Random bytes, for /dev/urandom, getrandom and AT_RANDOM.

use crate::platform;

/// Fills `bytes`. They differ from call to call and are evenly spread, but are not
/// secret: they come from the timebase (splitmix64), for want of a better source.
pub fn fill_random(bytes: &mut [u8]) {
    let mut seed = platform::timebase();
    for part in bytes.chunks_mut(8) {
        seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        part.copy_from_slice(&(mixed ^ (mixed >> 31)).to_ne_bytes()[..part.len()]);
    }
}
