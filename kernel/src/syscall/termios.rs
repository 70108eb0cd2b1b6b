//! How the console behaves, as programs ask and say (ioctl_tty(2)): termios, the window's
//! size, and what waits to be read.

use super::{Call, Errno, Outcome};
use crate::fs::{Input, Local, Output, Settings};
use crate::process::Signal;
use linux_raw_sys::general::{TCIFLUSH, TCIOFLUSH, TCOFLUSH, termios};
use vm::Ea;

/// Bytes in struct termios: four words of flags, c_cc, c_line, two speeds.
const SIZE: usize = size_of::<termios>();
const KEYS: usize = core::mem::offset_of!(termios, c_cc);
const SPEEDS: usize = core::mem::offset_of!(termios, c_ispeed);

/// When a change happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Now, which is also when all output has been written: none waits.
    Now,
    /// After what was typed has been forgotten.
    Flushed,
}

/// TCGETS: tcgetattr(3).
pub fn get(call: &mut Call) -> Outcome {
    let settings = *call.kernel.console.settings();
    let mut bytes = [0; SIZE];
    let words = [
        settings.input.bits(),
        settings.output.bits(),
        Settings::CONTROL,
        settings.local.bits(),
    ];
    for (to, word) in bytes[..KEYS].chunks_exact_mut(4).zip(words) {
        to.copy_from_slice(&word.to_ne_bytes());
    }
    bytes[KEYS..][..settings.keys.len()].copy_from_slice(&settings.keys);
    for to in bytes[SPEEDS..].chunks_exact_mut(4) {
        to.copy_from_slice(&Settings::SPEED.to_ne_bytes());
    }
    let at = call.arg(2);
    call.memory().write(Ea(at), &bytes)?;
    Ok(0)
}

/// TCSETS, TCSETSW and TCSETSF: tcsetattr(3).
pub fn set(call: &mut Call, when: When) -> Outcome {
    call.check_foreground(Signal::TTOU)?;
    let at = call.arg(2);
    let mut bytes = [0; SIZE];
    call.memory().read(Ea(at), &mut bytes)?;
    let word = |n: usize| u32::from_ne_bytes(core::array::from_fn(|i| bytes[4 * n + i]));
    let mut settings = *call.kernel.console.settings();
    settings.input = Input::from_bits_truncate(word(0));
    settings.output = Output::from_bits_truncate(word(1));
    settings.local = Local::from_bits_truncate(word(3));
    let keys = &bytes[KEYS..][..settings.keys.len()];
    settings.keys.copy_from_slice(keys);
    if when == When::Flushed {
        call.kernel.console.flush();
    }
    call.kernel.console.set(settings);
    Ok(0)
}

/// TCFLSH: tcflush(3). No output waits.
pub fn flush(call: &mut Call) -> Outcome {
    call.check_foreground(Signal::TTOU)?;
    match call.bits(2) {
        TCIFLUSH | TCIOFLUSH => call.kernel.console.flush(),
        TCOFLUSH => {}
        _ => return Err(Errno::EINVAL.into()),
    }
    Ok(0)
}

/// TIOCGWINSZ.
pub fn window(call: &mut Call) -> Outcome {
    let window = call.kernel.console.window;
    let bytes: [u8; 8] = core::array::from_fn(|i| window[i / 2].to_ne_bytes()[i % 2]);
    let at = call.arg(2);
    call.memory().write(Ea(at), &bytes)?;
    Ok(0)
}

/// TIOCSWINSZ: the foreground gets SIGWINCH if that is another size.
pub fn set_window(call: &mut Call) -> Outcome {
    let at = call.arg(2);
    let mut bytes = [0; 8];
    call.memory().read(Ea(at), &mut bytes)?;
    let window = core::array::from_fn(|n| u16::from_ne_bytes([bytes[2 * n], bytes[2 * n + 1]]));
    if window != call.kernel.console.window {
        call.kernel.console.window = window;
        call.kernel.console_signal(Signal::WINCH);
    }
    Ok(0)
}

/// FIONREAD.
pub fn available(call: &mut Call) -> Outcome {
    let count = call.kernel.console.available() as i32;
    let at = call.arg(2);
    call.memory().write(Ea(at), &count.to_ne_bytes())?;
    Ok(0)
}
