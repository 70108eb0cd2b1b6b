//! Bytes that look random and are the same on every run.

/// Marsaglia's xorshift64.
pub struct Random(u64);

impl Random {
    /// The sequence that belongs to `seed`.
    pub fn new(seed: u64) -> Random {
        Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// The next number.
    pub fn next_u64(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// The next number, below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next_u64() % end as u64) as usize
    }
}

/// The one word that belongs to `seed` and `index`.
pub fn word(seed: u64, index: usize) -> u64 {
    Random::new(seed ^ (index as u64).rotate_left(32)).next_u64()
}
