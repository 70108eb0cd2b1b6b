//! Extended attributes: no file here has any, and none can be given one. Every call finds
//! its file and says EOPNOTSUPP (xattr(7)).

use super::path::find;
use super::{Call, Errno, Outcome};
use crate::fs::{Follow, Mode};
use linux_raw_sys::general::AT_FDCWD;

/// getxattr(2), setxattr(2), listxattr(2), removexattr(2).
pub fn of_path(call: &mut Call) -> Outcome {
    find(call, AT_FDCWD, call.arg(0), Follow::Always)?;
    Err(Errno::EOPNOTSUPP.into())
}

/// The same for a link itself: lgetxattr(2) and so on.
pub fn of_link(call: &mut Call) -> Outcome {
    find(call, AT_FDCWD, call.arg(0), Follow::IfSlash)?;
    Err(Errno::EOPNOTSUPP.into())
}

/// The same for an open file: fgetxattr(2) and so on.
pub fn of_file(call: &mut Call) -> Outcome {
    let file = call.process().files.get(call.int(0))?;
    let mode = file.lock().mode;
    match mode {
        Mode::Path => Err(Errno::EBADF.into()),
        _ => Err(Errno::EOPNOTSUPP.into()),
    }
}
