//! The shell: reads lines, runs programs.
//!
//! It knows words in quotes, pipelines, redirections, `;`, `&`, `$?`, `#` and a few
//! commands of its own: see `help`. At a terminal each pipeline is a job, which keys
//! can end and stop.
#![no_std]
#![no_main]

mod builtin;
mod input;
mod jobs;
mod parse;
mod run;
mod terminal;

use builtin::Next;
use input::Input;
use jobs::Jobs;
use parse::{Parser, Pipeline, When};
use quire_user::linux::{O_CLOEXEC, O_RDONLY};
use quire_user::{Args, Text, eprintln, print, sys};
use terminal::Control;

quire_user::program!(main);

/// The status of a command that could not be understood.
const USAGE: i32 = 2;
/// The status for a script that cannot be read.
const NOT_READABLE: i32 = 127;

fn main(args: &Args) -> i32 {
    match (args.get(1), args.get(2)) {
        (Some("-c"), Some(text)) => line(text, 0, &Jobs::new(Control::None)).status(),
        (Some(word), _) if word.starts_with('-') => {
            eprintln!("sh: usage: sh [-c \"commands\" | FILE]");
            USAGE
        }
        (Some(path), _) => script(path),
        (None, _) => lines(Input::new(0), &Jobs::new(Control::take()), "quire$ "),
    }
}

/// Runs the lines of a file.
fn script(path: &str) -> i32 {
    let name = Text::<256>::format(format_args!("{path}"));
    match sys::open(name.as_cstr(), O_RDONLY | O_CLOEXEC) {
        Ok(fd) => lines(Input::new(fd), &Jobs::new(Control::None), ""),
        Err(e) => {
            eprintln!("sh: {path}: {e}");
            NOT_READABLE
        }
    }
}

/// Prompts and runs lines until `exit` or the end of the input.
fn lines(mut input: Input, jobs: &Jobs, prompt: &str) -> i32 {
    let mut status = 0;
    loop {
        jobs.report();
        print!("{prompt}");
        let Some(text) = input.line() else {
            return status;
        };
        match line(text, status, jobs) {
            Next::Line(new) => status = new,
            Next::Exit(status) => return status,
        }
    }
}

/// Runs the pipelines of one line.
fn line(text: &str, mut status: i32, jobs: &Jobs) -> Next {
    let mut parser = Parser::new(text);
    loop {
        match parser.next(status) {
            Ok(None) => return Next::Line(status),
            Ok(Some(pipeline)) => match one(&pipeline, jobs) {
                Next::Line(new) => status = new,
                exit => return exit,
            },
            Err(message) => {
                eprintln!("sh: {message}");
                return Next::Line(USAGE);
            }
        }
    }
}

/// Runs one pipeline: one of the shell's own commands, alone, or programs.
fn one(pipeline: &Pipeline, jobs: &Jobs) -> Next {
    own(pipeline, jobs).unwrap_or_else(|| {
        let job = run::start(pipeline, jobs.control());
        Next::Line(match pipeline.when {
            When::Wait => jobs.foreground(job),
            When::Background => jobs.background(job),
        })
    })
}

/// One of the shell's own that must run in the shell itself: `cd` elsewhere would be
/// of no use.
fn own(pipeline: &Pipeline, jobs: &Jobs) -> Option<Next> {
    let [command] = pipeline.commands() else {
        return None;
    };
    if pipeline.when == When::Background || command.redirections().next().is_some() {
        return None;
    }
    let name = command.name();
    builtin::run(name, command, pipeline.last_status)
        .or_else(|| builtin::run_with(jobs, name, command))
}
