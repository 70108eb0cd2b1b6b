//! The kernel's command line.
//!
//!     [test=SUITE,…] [timeout=SECONDS] [fork=shared|lazy|eager] [frames=NUMBER]
//!     [pages=hypervisor|kernel] [strace=1] [init=PATH [ARGUMENT…]]
//!
//! The arguments of the first program reach to the end of the line, or to the
//! next word that begins with one of these keys.

use crate::arch::PagesBy;
use core::fmt;
use vm::Fork;

/// What the command line asks for.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// `init=`: the first program's path, `/init` by default.
    pub init: &'a str,
    /// Its arguments, between blanks.
    pub args: &'a str,
    /// `test=`: names of suites between commas; "" for none.
    pub tests: &'a str,
    /// `timeout=`: seconds of the machine's time that a suite may take.
    pub timeout: u64,
    /// `fork=`: how fork shares memory.
    pub fork: Fork,
    /// `frames=`: the most frames that files and programs may use, to see what becomes of
    /// them when memory is short.
    pub frames: u32,
    /// `pages=`: who fills and copies pages.
    pub pages: PagesBy,
    /// `strace=1`: whether each system call is shown.
    pub strace: bool,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Options {
            init: "/init",
            args: "",
            tests: "",
            timeout: 120,
            fork: Fork::Shared,
            frames: u32::MAX,
            pages: PagesBy::Hypervisor,
            strace: false,
        }
    }
}

/// A word with a value that it cannot have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadWord<'a>(pub &'a str);

impl fmt::Display for BadWord<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on the command line: {USAGE}", self.0)
    }
}

const USAGE: &str = "there are test=SUITE, fork=shared, fork=lazy, fork=eager, frames=NUMBER, \
                     pages=hypervisor, pages=kernel, timeout=SECONDS and strace=1";
const KEYS: [&str; 7] = [
    "test=", "timeout=", "fork=", "frames=", "pages=", "strace=", "init=",
];

/// Reads `line`; passes each word that means nothing to `unknown`.
pub fn parse<'a>(
    line: &'a str,
    mut unknown: impl FnMut(&'a str),
) -> Result<Options<'a>, BadWord<'a>> {
    let mut options = Options::default();
    let mut rest = line.trim();
    while !rest.is_empty() {
        let (word, after) = rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len()));
        rest = after.trim_start();
        match word.split_once('=') {
            Some(("init", path)) => {
                options.init = path;
                (options.args, rest) = split_at_key(rest);
            }
            // Nobody who names no suite means that none should run.
            Some(("test", suites)) if suites.trim_matches(',').is_empty() => {
                return Err(BadWord(word));
            }
            Some(("test", suites)) => options.tests = suites,
            Some(("fork", "shared")) => options.fork = Fork::Shared,
            Some(("fork", "lazy")) => options.fork = Fork::Lazy,
            Some(("fork", "eager")) => options.fork = Fork::Eager,
            Some(("timeout", seconds)) => {
                options.timeout = seconds.parse().map_err(|_| BadWord(word))?;
            }
            Some(("frames", number)) => {
                options.frames = number.parse().map_err(|_| BadWord(word))?;
            }
            Some(("pages", "hypervisor")) => options.pages = PagesBy::Hypervisor,
            Some(("pages", "kernel")) => options.pages = PagesBy::Kernel,
            Some(("strace", "0")) => options.strace = false,
            Some(("strace", "1")) => options.strace = true,
            Some(("fork" | "pages" | "strace", _)) => return Err(BadWord(word)),
            _ => unknown(word),
        }
    }
    Ok(options)
}

/// What comes before the next word that is the kernel's, and the rest.
fn split_at_key(line: &str) -> (&str, &str) {
    let word_starts = line
        .char_indices()
        .map(|(at, _)| at)
        .filter(|&at| at == 0 || line[..at].ends_with(char::is_whitespace));
    let key = word_starts
        .into_iter()
        .find(|&at| KEYS.iter().any(|key| line[at..].starts_with(key)));
    let (args, rest) = line.split_at(key.unwrap_or(line.len()));
    (args.trim_end(), rest)
}
