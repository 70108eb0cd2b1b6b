//! The shell: reads lines, runs programs.
//!
//! It knows words in quotes, `;`, `&`, `$?`, `#` and a few commands of its own:
//! see `help`. No pipes, no redirection.
#![no_std]
#![no_main]

mod builtin;
mod input;
mod jobs;
mod parse;

use builtin::Next;
use input::Input;
use parse::{Command, Parser, When};
use quire_user::exec::{NOT_EXECUTABLE, NOT_FOUND};
use quire_user::sys::{self, Child, Status, signal_name};
use quire_user::{Args, Errno, Text, eprintln, errors, exec, print};

quire_user::program!(main);

/// The status of a command that could not be understood.
const USAGE: i32 = 2;

fn main(args: &Args) -> i32 {
    match (args.get(1), args.get(2)) {
        (Some("-c"), Some(text)) => line(text, 0).status(),
        (None, _) => interact(),
        _ => {
            eprintln!("sh: usage: sh [-c \"commands\"]");
            USAGE
        }
    }
}

/// Prompts and runs lines until `exit` or the end of the input.
fn interact() -> i32 {
    let mut input = Input::new();
    let mut status = 0;
    loop {
        jobs::report();
        print!("quire$ ");
        let Some(text) = input.line() else {
            return status;
        };
        match line(text, status) {
            Next::Line(new) => status = new,
            Next::Exit(status) => return status,
        }
    }
}

/// Runs the commands of one line.
fn line(text: &str, mut status: i32) -> Next {
    let mut parser = Parser::new(text);
    let mut command = Command::new();
    loop {
        match parser.next(&mut command, status) {
            Ok(true) => {}
            Ok(false) => return Next::Line(status),
            Err(message) => {
                eprintln!("sh: {message}");
                return Next::Line(USAGE);
            }
        }
        match one(&command) {
            Next::Line(new) => status = new,
            exit => return exit,
        }
    }
}

/// Runs one command: the shell's own, or a program.
fn one(command: &Command) -> Next {
    match command.name() {
        "" => Next::Line(0),
        name => builtin::run(name, command).unwrap_or_else(|| Next::Line(program(name, command))),
    }
}

fn program(name: &str, command: &Command) -> i32 {
    match start(name, command) {
        Ok(child) => match command.when {
            When::Wait => finish(child),
            When::Background => jobs::started(child, name),
        },
        Err(e) => {
            eprintln!("sh: {name}: {e}");
            1
        }
    }
}

/// Forks a child that becomes the program, or says why it cannot.
fn start(name: &str, command: &Command) -> Result<Child, Errno> {
    let path: Text<256> = exec::find(name);
    sys::spawn(|| {
        let (words, count) = command.words();
        match exec::replace(path.as_cstr(), &words[..count], &[c"PATH=/bin", c"HOME=/"]) {
            Errno(errors::ENOENT) => {
                eprintln!("sh: {name}: not found (try `help`)");
                NOT_FOUND
            }
            e => {
                eprintln!("sh: {name}: {e}");
                NOT_EXECUTABLE
            }
        }
    })
}

fn finish(child: Child) -> i32 {
    match child.wait() {
        Ok(status) => {
            lament(status);
            status.shell()
        }
        Err(e) => {
            eprintln!("sh: wait: {e}");
            1
        }
    }
}

/// Says which signal ended a program, if one did.
fn lament(status: Status) {
    if let Some(signal) = status.signal() {
        eprintln!("sh: ended by {} ({signal})", signal_name(signal));
    }
}
