//! The commands that the shell does itself.

use crate::parse::Command;
use quire_user::{eprintln, print, sys};

/// What to do after a command.
pub enum Next {
    /// Go on; the command's status is for `$?`.
    Line(i32),
    /// Leave the shell with this status.
    Exit(i32),
}

impl Next {
    /// The status, whichever it is.
    pub fn status(self) -> i32 {
        match self {
            Next::Line(status) | Next::Exit(status) => status,
        }
    }
}

const HELP: &str = "\
The shell's own:  cd DIR   exit [N]   help   wait
Programs in /bin (ls /bin shows all of them):
  tour       a guided show of the hashed page table
  forkcost   what a fork costs, with more and more memory
  suite NAME a test suite: boot htab slb frames fault fork cow mmap shm exec exit syscall badptr fuzz
  ps free ls cat echo env uname true false poweroff
The kernel shows itself as text: cat /proc/vm/stat, /proc/vm/frames, /proc/vm/htab,
  /proc/meminfo, /proc/self/maps, /proc/self/segments
  a ; b  one after the other    a &  in the background    $?  the last status
";

/// Runs `name` if it is one of the shell's own.
pub fn run(name: &str, command: &Command) -> Option<Next> {
    Some(match name {
        "cd" => Next::Line(cd(command)),
        "exit" => exit(command),
        "help" => {
            print!("{HELP}");
            Next::Line(0)
        }
        "wait" => {
            while sys::wait4(-1, 0).is_ok() {}
            Next::Line(0)
        }
        _ => return None,
    })
}

fn cd(command: &Command) -> i32 {
    let path = command.word(1).unwrap_or(c"/");
    match sys::chdir(path) {
        Ok(()) => 0,
        Err(e) => {
            eprintln!("sh: cd: {}: {e}", path.to_str().unwrap_or("?"));
            1
        }
    }
}

fn exit(command: &Command) -> Next {
    match command
        .word(1)
        .map(|word| word.to_str().ok().and_then(|text| text.parse().ok()))
    {
        None => Next::Exit(command.last_status),
        Some(Some(status)) => Next::Exit(status),
        Some(None) => {
            eprintln!("sh: exit: the status must be a number");
            Next::Line(2)
        }
    }
}
