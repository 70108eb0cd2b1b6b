//! Pipes: pipe, pipe2, and how they are read and written (pipe(7)).

use super::spans::{Moved, Spans};
use super::{Call, Errno, Outcome, Stop};
use crate::frame_bytes::{copy_bytes, frame_bytes};
use crate::fs::{Body, Ino, Mode, OnExec, OpenFile, Pipe, Role};
use crate::process::{Code, Info, Job, Signal, State, Table, Target as SentTo, Tid, Wait, Waiters};
use crate::state::{Kernel, Vm};
use linux_raw_sys::general::{O_CLOEXEC, O_NONBLOCK, PIPE_BUF};
use vm::{Access, Ea, SpaceId};

/// pipe(2).
pub fn pipe(call: &mut Call) -> Outcome {
    make(call, 0)
}

/// pipe2(2). O_DIRECT, packets, is EINVAL.
pub fn pipe2(call: &mut Call) -> Outcome {
    make(call, call.bits(1))
}

fn make(call: &mut Call, flags: u32) -> Outcome {
    if flags & !(O_CLOEXEC | O_NONBLOCK) != 0 {
        return Err(Errno::EINVAL.into());
    }
    call.kernel.afford()?;
    call.process().files.require_room(2)?;
    let at = call.arg(0);
    // So that what cannot be told is not made.
    let mut numbers = [0; 8];
    call.memory()
        .require_writable(Ea(at), numbers.len() as u64)?;
    let now = call.kernel.file_time();
    let ino = call.kernel.tree.make_pipe(&mut call.kernel.vm, now)?;
    let ends = [(Role::Reader, Mode::Read), (Role::Writer, Mode::Write)];
    for (n, (role, mode)) in ends.into_iter().enumerate() {
        let hold = call.kernel.tree.hold(ino, role);
        let file = OpenFile::new(hold, mode, flags & O_NONBLOCK);
        let fd = call
            .process_mut()
            .files
            .add(file, OnExec::from_flags(flags))?;
        numbers[4 * n..4 * n + 4].copy_from_slice(&fd.to_ne_bytes());
    }
    call.memory().write(Ea(at), &numbers)?;
    Ok(0)
}

/// An end of a pipe, and what is needed to move bytes between it and the caller's memory.
struct End<'a> {
    ino: Ino,
    flags: u32,
    pipe: &'a mut Pipe,
    waiters: &'a mut Waiters,
    processes: &'a mut Table,
    vm: &'a mut Vm,
    space: SpaceId,
}

impl<'a> End<'a> {
    /// The one behind argument 0; `None` if that is no pipe, or has been opened for something
    /// else. No more is needed of the open file, so nothing has to keep it open.
    #[inline(always)]
    fn of(call: &'a mut Call, may: impl Fn(Mode) -> bool) -> Result<Option<End<'a>>, Errno> {
        let (fd, pid) = (call.int(0), call.pid);
        let kernel = &mut *call.kernel;
        let process = kernel.processes.get(pid).expect("a process that is alive");
        let space = process.space();
        let file = process.files.look_at(fd)?.lock();
        let Some(ino) = file.ino().filter(|_| may(file.mode)) else {
            return Ok(None);
        };
        let flags = file.flags;
        drop(file);
        let inode = kernel.tree.get_mut(ino);
        let Body::Pipe(pipe) = &mut inode.body else {
            return Ok(None);
        };
        Ok(Some(End {
            ino,
            flags,
            pipe,
            waiters: &mut inode.waiters,
            processes: &mut kernel.processes,
            vm: &mut kernel.vm,
            space,
        }))
    }

    /// If `reader` waits in a read from the pipe, moves what is there to where that wants
    /// it, as it would itself when it is run again. Gives how much that was.
    #[inline(always)]
    fn hand_over(&mut self, reader: Tid) -> Option<u64> {
        let (task, process) = self.processes.with_process(reader)?;
        match (task.state, process.job) {
            (State::Waiting(Wait::Bytes(ino, to)), Job::Running) if ino == self.ino => {
                take(self.pipe, self.vm, process.space(), &to.into()).ok()
            }
            _ => None,
        }
    }

    /// Moves the bytes of `from` from `skip` up to `end` to where they will be in the pipe.
    #[inline(always)]
    fn put(&mut self, from: &Spans, skip: u64, end: u64) -> Moved {
        let (pipe, vm, space) = (&*self.pipe, &mut *self.vm, self.space);
        let inside = pipe.len();
        let room = move |at| pipe.in_a_row(inside + at - skip);
        from.each(skip, end, room, move |done, at, len| {
            // What needs memory comes before the program's page is looked up.
            let to = pipe.place(vm, inside + done)?;
            let from = vm.resolve(space, at, Access::Read)?;
            copy_bytes(vm, (from, at.offset()), to, len);
            Ok(len)
        })
    }
}

/// Moves what is in the pipe to `to`, in `space`. Gives how much that was.
#[inline(never)]
fn take(pipe: &mut Pipe, vm: &mut Vm, space: SpaceId, to: &Spans) -> Result<u64, Errno> {
    let full = &*pipe;
    let room = move |at| full.in_a_row(at);
    let moved = to.each(0, full.len(), room, move |done, at, len| {
        let from = full.place(vm, done)?;
        let to = vm.resolve(space, at, Access::Write)?;
        copy_bytes(vm, from, (to, at.offset()), len);
        Ok(len)
    });
    let done = moved.some()?;
    pipe.consume(done);
    Ok(done)
}

/// The caller waits for the pipe to change, unless it will not.
fn wait(ino: Ino, flags: u32) -> Stop {
    match flags & O_NONBLOCK {
        0 => Stop::Wait(Wait::Pipe(ino)),
        _ => Errno::EAGAIN.into(),
    }
}

/// What the reader of an empty pipe waits for.
fn wait_to_read(ino: Ino, to: &Spans) -> Wait {
    match to.only() {
        Some(to) => Wait::Bytes(ino, to),
        None => Wait::Pipe(ino),
    }
}

/// Reads what is there, without waiting for more. `None`: argument 0 is no pipe that can be
/// read.
#[inline(always)]
pub fn read_pipe(call: &mut Call, to: &Result<Spans, Errno>) -> Result<Option<u64>, Stop> {
    let Some(end) = End::of(call, Mode::reads)? else {
        return Ok(None);
    };
    let to = to.as_ref().map_err(|error| *error)?;
    match (to.len(), end.pipe.len(), end.pipe.writers) {
        (0, ..) | (_, 0, 0) => return Ok(Some(0)),
        (_, 0, _) if end.flags & O_NONBLOCK != 0 => return Err(Errno::EAGAIN.into()),
        (_, 0, _) => return Err(Stop::Wait(wait_to_read(end.ino, to))),
        _ => {}
    }
    let done = take(end.pipe, end.vm, end.space, to)?;
    let (ino, waiters) = (end.ino, end.waiters.take());
    call.kernel.wake_if_any(ino, waiters);
    Ok(Some(done))
}

/// Up to PIPE_BUF bytes go in together or not at all. More go in as there is room, and
/// the caller waits until all have: how many have is noted in the meantime. `None`: argument
/// 0 is no pipe that can be written.
#[inline(always)]
pub fn write_pipe(call: &mut Call, from: &Result<Spans, Errno>) -> Result<Option<u64>, Stop> {
    let together = from.as_ref().map_or(0, Spans::len) <= PIPE_BUF.into();
    let before = if together { 0 } else { progress(call) };
    let Some(mut end) = End::of(call, Mode::writes)? else {
        return Ok(None);
    };
    let from = from.as_ref().map_err(|error| *error)?;
    let (ino, flags, len, room) = (end.ino, end.flags, from.len(), end.pipe.room());
    if len == 0 {
        return Ok(Some(0));
    }
    if end.pipe.readers == 0 {
        return broken(call).map(Some);
    }
    if room < if together { len } else { 1 } {
        return pause(call, ino, flags, before).map(Some);
    }
    let moved = end.put(from, before, len.min(before + room));
    let done = before + moved.done;
    if let Some(error) = moved.error
        && (together || done == 0)
    {
        return Err(error.into());
    }
    end.pipe.add(moved.done);
    let mut waiters = end.waiters.take();
    // Not while there is more to come: whoever makes room for that has to wake this one.
    if let Waiters::One(reader) = waiters
        && done == len
        && let Some(bytes) = end.hand_over(reader)
    {
        call.kernel.wake_with(reader, Ok(bytes));
        waiters = Waiters::Nobody;
    }
    call.kernel.wake_if_any(ino, waiters);
    if moved.error.is_none() && done < len {
        return pause(call, ino, flags, done).map(Some);
    }
    if before > 0 {
        set_progress(call, 0);
    }
    Ok(Some(done))
}

/// As much of `part` as there is room for; the caller waits while there is none.
pub fn push_to_pipe(call: &mut Call, ino: Ino, flags: u32, part: &[u8]) -> Outcome {
    let Kernel { tree, vm, .. } = &mut *call.kernel;
    let pipe = tree.pipe(ino).ok_or(Errno::EINVAL)?;
    let room = pipe.room();
    if pipe.readers == 0 {
        return broken(call);
    }
    if room == 0 {
        return Err(wait(ino, flags));
    }
    let part = &part[..part.len().min(room as usize)];
    let (mut rest, mut at) = (part, pipe.len());
    while !rest.is_empty() {
        let (frame, inside) = pipe.place(vm, at)?;
        let here;
        (here, rest) = rest.split_at(rest.len().min(pipe.in_a_row(at) as usize));
        frame_bytes(vm, frame)[inside..][..here.len()].copy_from_slice(here);
        at += here.len() as u64;
    }
    pipe.add(part.len() as u64);
    call.kernel.pipe_changed(ino);
    Ok(part.len() as u64)
}

/// There is no room for more after the first `done` bytes.
#[inline(never)]
fn pause(call: &mut Call, ino: Ino, flags: u32, done: u64) -> Outcome {
    if flags & O_NONBLOCK != 0 && done > 0 {
        set_progress(call, 0);
        return Ok(done);
    }
    set_progress(call, done);
    Err(wait(ino, flags))
}

/// Nobody can read: the writer gets SIGPIPE, and EPIPE if it lives on.
#[cold]
fn broken(call: &mut Call) -> Outcome {
    let done = progress(call);
    set_progress(call, 0);
    let info = Info::from(Signal::PIPE, Code::USER, call.pid);
    call.kernel.signal(SentTo::Thread(call.tid), info)?;
    match done {
        0 => Err(Errno::EPIPE.into()),
        _ => Ok(done),
    }
}

/// Bytes that this call has moved before it had to wait.
fn progress(call: &Call) -> u64 {
    call.task().progress
}

fn set_progress(call: &mut Call, done: u64) {
    call.task_mut().progress = done;
}
