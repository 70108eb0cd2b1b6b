//! What small tools that take paths have in common.

use crate::{Args, Errno, Text, eprintln, sys};
use linux_raw_sys::general::{S_IFDIR, S_IFMT};

/// The status of a tool that was called wrongly.
const USAGE: i32 = 2;

/// A path as the kernel takes it.
pub type Path = Text<512>;

/// A path of a word.
pub fn path(word: &str) -> Path {
    Text::format(format_args!("{word}"))
}

/// Whether it is a directory, links followed.
pub fn is_directory(path: &Path) -> bool {
    sys::stat(path.as_cstr()).is_ok_and(|info| info.st_mode & S_IFMT == S_IFDIR)
}

/// The last part of a path: its name in its directory.
fn name_of(word: &str) -> &str {
    let word = word.trim_end_matches('/');
    word.rsplit('/').next().unwrap_or(word)
}

/// Does `each` to every pair (source, target), for `tool SOURCE… TARGET`: in the
/// directory TARGET, if it is one. Word `first` is the first source. The exit status.
pub fn for_each_pair(
    args: &Args,
    first: usize,
    each: impl Fn(&Path, &Path) -> Result<(), Errno>,
) -> i32 {
    let tool = args.get(0).unwrap_or("?");
    let last = args.count() - 1;
    let target = args.get(last).unwrap_or("");
    let into = is_directory(&path(target));
    if last <= first || (last > first + 1 && !into) {
        eprintln!("{tool}: usage: {tool} SOURCE TARGET, or {tool} SOURCE… DIRECTORY");
        return USAGE;
    }
    let mut status = 0;
    for source in (first..last).filter_map(|i| args.get(i)) {
        let to = match into {
            true => Text::format(format_args!("{target}/{}", name_of(source))),
            false => path(target),
        };
        if let Err(e) = each(&path(source), &to) {
            eprintln!("{tool}: {source}: {e}");
            status = 1;
        }
    }
    status
}

/// As [`Args::for_each_or`], for tools that must be told what they are about.
pub fn for_each(args: &Args, each: impl Fn(&Path) -> Result<(), Errno>) -> i32 {
    if args.count() < 2 {
        let tool = args.get(0).unwrap_or("?");
        eprintln!("{tool}: usage: {tool} PATH…");
        return USAGE;
    }
    args.for_each_or("", |word| each(&path(word)))
}
