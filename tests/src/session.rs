//! A running QEMU, or a gdb with one: its console, and the limit of its time.

use crate::Run;
use std::io::{PipeReader, Read, Write, pipe};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

/// A process with its input and output, which is killed at the end of its time.
#[derive(Debug)]
pub struct Session {
    child: Child,
    input: Option<ChildStdin>,
    arriving: Receiver<Vec<u8>>,
    output: String,
    /// How much of `output` an `expect` has already found.
    seen: usize,
    started: Instant,
    limit: Duration,
}

impl Session {
    /// Starts `command`, which may run for `limit`.
    pub fn start(mut command: Command, limit: Duration) -> Session {
        let (reader, writer) = pipe().expect("a pipe");
        let stderr = writer.try_clone().expect("another end of it");
        command.stdin(Stdio::piped()).stdout(writer).stderr(stderr);
        let mut child = command
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let (sender, arriving) = channel();
        thread::spawn(move || forward(reader, sender));
        Session {
            input: child.stdin.take(),
            child,
            arriving,
            output: String::new(),
            seen: 0,
            started: Instant::now(),
            limit,
        }
    }

    /// Waits until `text` appears behind what was expected before, and returns
    /// what came up to its end.
    ///
    /// # Panics
    ///
    /// If the process ends or its time is up before that.
    pub fn expect(&mut self, text: &str) -> String {
        loop {
            if let Some(at) = self.output[self.seen..].find(text) {
                let from = self.seen;
                self.seen += at + text.len();
                return self.output[from..self.seen].to_owned();
            }
            if !self.receive(text) {
                let run = self.end();
                panic!("awaited {text:?}, but the machine ended\n{run}");
            }
        }
    }

    /// Types a line.
    pub fn send(&mut self, line: &str) {
        let input = self.input.as_mut().expect("the input is open");
        writeln!(input, "{line}").expect("the machine takes input");
    }

    /// Presses one key, which may be a control character.
    pub fn press(&mut self, key: u8) {
        let input = self.input.as_mut().expect("the input is open");
        input.write_all(&[key]).expect("the machine takes input");
        input.flush().expect("the machine takes input");
    }

    /// Types a command at the shell's prompt and returns what the machine said,
    /// without the command's echo, once the next prompt is there.
    pub fn command(&mut self, line: &str) -> String {
        self.send(line);
        self.expect(line);
        let said = self.expect("quire$ ");
        said.trim_end_matches("quire$ ").trim().to_owned()
    }

    /// Ends the input and waits for the end of the process.
    ///
    /// # Panics
    ///
    /// If its time is up before that.
    pub fn finish(mut self) -> Run {
        self.input = None;
        self.wait()
    }

    /// Waits for the end of the process; its input stays open.
    ///
    /// # Panics
    ///
    /// If its time is up before that.
    pub fn wait(mut self) -> Run {
        while self.receive("the machine's end") {}
        self.end()
    }

    /// Takes in what arrives next. False if that is the end.
    fn receive(&mut self, awaited: &str) -> bool {
        let left = self.limit.saturating_sub(self.started.elapsed());
        match self.arriving.recv_timeout(left) {
            Ok(bytes) => {
                self.output += &String::from_utf8_lossy(&bytes).replace('\r', "");
                true
            }
            Err(RecvTimeoutError::Disconnected) => false,
            Err(RecvTimeoutError::Timeout) => {
                self.child.kill().expect("the process can be killed");
                let run = self.end();
                panic!("awaited {awaited:?} for {:?} in vain\n{run}", self.limit);
            }
        }
    }

    fn end(&mut self) -> Run {
        let status = self.child.wait().expect("the process was started here");
        Run {
            status,
            output: self.output.clone(),
        }
    }
}

impl Drop for Session {
    /// A test that fails leaves no QEMU behind.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn forward(mut reader: PipeReader, sender: Sender<Vec<u8>>) {
    let mut buffer = [0; 4096];
    while let Ok(count @ 1..) = reader.read(&mut buffer) {
        if sender.send(buffer[..count].to_vec()).is_err() {
            return;
        }
    }
}
