//! The console: the hypervisor's first virtual terminal.

use super::hypervisor;
use crate::lock::Lock;

/// Writes all bytes. A terminal that refuses them loses them: there is nobody to
/// tell.
pub fn console_write(bytes: &[u8]) {
    for part in bytes.chunks(16) {
        let _ = hypervisor::put_term_char(part);
    }
}

/// What the hypervisor has handed over and nobody has read.
struct Typed {
    bytes: [u8; 16],
    next: usize,
    end: usize,
}

static TYPED: Lock<Typed> = Lock::new(Typed {
    bytes: [0; 16],
    next: 0,
    end: 0,
});

/// Reads what has been typed, without waiting; returns how many bytes: 0 for none.
pub fn console_read(bytes: &mut [u8]) -> usize {
    let mut typed = TYPED.lock();
    if typed.next == typed.end
        && let Ok((fresh, length)) = hypervisor::get_term_char()
    {
        *typed = Typed {
            bytes: fresh,
            next: 0,
            end: length,
        };
    }
    let count = bytes.len().min(typed.end - typed.next);
    bytes[..count].copy_from_slice(&typed.bytes[typed.next..][..count]);
    typed.next += count;
    count
}
