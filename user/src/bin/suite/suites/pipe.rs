//! Pipes: what goes in comes out, whoever waits for whom.

use crate::harness::{Case, Outcome, begin, dies_of, finish, in_child};
use quire_user::errors::*;
use quire_user::linux::*;
use quire_user::random::Random;
use quire_user::sys::{self, Fd, Pipe, Time};
use quire_user::{Area, Errno, PAGE, proc};

/// The suite's first part.
pub const CASES: &[Case] = &[
    ("what_goes_in_comes_out", what_goes_in_comes_out),
    ("reader_waits_for_a_writer", reader_waits),
    ("writer_waits_for_a_reader", writer_waits),
    ("end_of_file_when_the_last_writer_goes", end_of_file),
    ("broken_pipe_is_an_error", broken_pipe_is_an_error),
    ("broken_pipe_is_a_signal", broken_pipe_is_a_signal),
    ("reader_dies_while_the_writer_waits", reader_dies),
    ("never_waits_when_told_so", never_waits),
    ("small_writes_are_whole", small_writes_are_whole),
    ("small_writes_are_whole_without_waiting", whole_or_nothing),
    ("many_writers", many_writers),
    ("three_in_a_row", three_in_a_row),
    ("refused", refused),
    ("bad_pointers_lose_nothing", bad_pointers_lose_nothing),
    ("descriptors_close_on_exec", flags),
];

/// Bytes in a pipe of Linux, and of Quire: pipe(7).
const ROOM: usize = 65536;
/// What is written in one piece: PIPE_BUF of pipe(7).
const WHOLE: usize = 4096;

/// Fills a pipe until a write would wait; the bytes that it took.
pub fn fill(pipe: Pipe) -> Result<usize, Errno> {
    sys::fcntl(pipe.write, F_SETFL, O_NONBLOCK as usize)?;
    let mut total = 0;
    loop {
        match sys::write(pipe.write, &[7; WHOLE]) {
            Ok(n) => total += n,
            Err(Errno(EAGAIN)) => break,
            Err(e) => return Err(e),
        }
    }
    sys::fcntl(pipe.write, F_SETFL, 0)?;
    Ok(total)
}

/// Reads until `bytes` is full or the pipe ends; how many.
fn read_all(fd: Fd, bytes: &mut [u8]) -> Result<usize, Errno> {
    let mut len = 0;
    while len < bytes.len() {
        match sys::read(fd, &mut bytes[len..])? {
            0 => break,
            n => len += n,
        }
    }
    Ok(len)
}

fn what_goes_in_comes_out() -> Outcome {
    let pipe = sys::pipe()?;
    check_eq!(sys::write(pipe.write, b"hello"), Ok(5));
    check_eq!(sys::write(pipe.write, b", world"), Ok(7));
    let mut bytes = [0; 20];
    check_eq!(sys::read(pipe.read, &mut bytes[..3]), Ok(3));
    check_eq!(sys::read(pipe.read, &mut bytes[3..]), Ok(9));
    check_eq!(&bytes[..12], b"hello, world");
    check_eq!(sys::write(pipe.write, b""), Ok(0));
    check_eq!(sys::read(pipe.read, &mut []), Ok(0));
    pipe.close()?;
    Ok(())
}

/// Lets the other process come to where it waits: at least it has had the time.
fn pause() -> Outcome {
    Ok(sys::nanosleep(Time::from_ns(5_000_000))?)
}

fn reader_waits() -> Outcome {
    let pipe = sys::pipe()?;
    let reader = begin(|| {
        let mut bytes = [0; 10];
        check_eq!(sys::read(pipe.read, &mut bytes), Ok(3));
        check_eq!(&bytes[..3], b"abc");
        Ok(())
    })?;
    pause()?;
    sys::write(pipe.write, b"abc")?;
    finish(reader)
}

fn writer_waits() -> Outcome {
    let pipe = sys::pipe()?;
    check_eq!(fill(pipe)?, ROOM);
    let writer = begin(|| {
        // More than fits: it goes in as there is room.
        check_eq!(sys::write(pipe.write, &[9; 2 * ROOM]), Ok(2 * ROOM));
        Ok(())
    })?;
    pause()?;
    let mut bytes = [0; 3 * ROOM / 64];
    for part in 0..64 {
        check_eq!(read_all(pipe.read, &mut bytes)?, bytes.len());
        let wrong = bytes.iter().enumerate().find(|(i, b)| {
            let old = part * bytes.len() + i < ROOM;
            **b != if old { 7 } else { 9 }
        });
        check!(wrong.is_none(), "in part {part}: {wrong:?}");
    }
    finish(writer)
}

fn end_of_file() -> Outcome {
    let pipe = sys::pipe()?;
    let second = sys::dup(pipe.write)?;
    sys::write(pipe.write, b"ab")?;
    sys::close(pipe.write)?;
    let mut bytes = [0; 10];
    check_eq!(sys::read(pipe.read, &mut bytes), Ok(2));
    let reader = begin(|| {
        sys::close(second)?;
        check_eq!(sys::read(pipe.read, &mut [0; 10]), Ok(0));
        check_eq!(sys::read(pipe.read, &mut [0; 10]), Ok(0));
        Ok(())
    })?;
    pause()?;
    sys::close(second)?;
    finish(reader)?;
    check_eq!(sys::read(pipe.read, &mut bytes), Ok(0));
    // A writer that dies has closed it too.
    let pipe = sys::pipe()?;
    dies_of(SIGKILL, || sys::kill(sys::getpid(), SIGKILL))?;
    sys::close(pipe.write)?;
    check_eq!(sys::read(pipe.read, &mut bytes), Ok(0));
    Ok(())
}

fn broken_pipe_is_an_error() -> Outcome {
    sys::sigaction(SIGPIPE, Some(&sys::Action::IGNORE), None)?;
    let pipe = sys::pipe()?;
    sys::close(pipe.read)?;
    check_eq!(sys::write(pipe.write, b"x"), Err(Errno(EPIPE)));
    check_eq!(sys::write(pipe.write, b""), Ok(0));
    Ok(())
}

fn broken_pipe_is_a_signal() -> Outcome {
    dies_of(SIGPIPE, || {
        let pipe = sys::pipe()?;
        sys::close(pipe.read)?;
        sys::write(pipe.write, b"x")
    })
}

fn reader_dies() -> Outcome {
    let pipe = sys::pipe()?;
    fill(pipe)?;
    let writer = sys::spawn(|| {
        let _ = sys::close(pipe.read);
        let _ = sys::write(pipe.write, b"x");
        0
    })?;
    pause()?;
    sys::close(pipe.read)?;
    check_eq!(writer.wait()?.signal(), Some(SIGPIPE));
    Ok(())
}

fn never_waits() -> Outcome {
    let pipe = sys::pipe2(O_NONBLOCK)?;
    check_eq!(sys::read(pipe.read, &mut [0]), Err(Errno(EAGAIN)));
    check_eq!(sys::write(pipe.write, &[1; 3 * ROOM]), Ok(ROOM));
    check_eq!(sys::write(pipe.write, &[1]), Err(Errno(EAGAIN)));
    check_eq!(sys::read(pipe.read, &mut [0; WHOLE]), Ok(WHOLE));
    check_eq!(sys::write(pipe.write, &[1; WHOLE]), Ok(WHOLE));
    sys::close(pipe.write)?;
    let mut bytes = [0; PAGE];
    check_eq!(
        (0..ROOM / PAGE).try_for_each(|_| sys::read(pipe.read, &mut bytes).map(drop)),
        Ok(())
    );
    check_eq!(sys::read(pipe.read, &mut bytes), Ok(0));
    Ok(())
}

/// Several write records of one byte repeated: none is torn.
fn small_writes_are_whole() -> Outcome {
    let pipe = sys::pipe()?;
    const LEN: usize = 1000;
    let writers = [1u8, 2, 3].map(|n| {
        begin(move || {
            for _ in 0..100 {
                check_eq!(sys::write(pipe.write, &[n; LEN]), Ok(LEN));
            }
            Ok(())
        })
    });
    sys::close(pipe.write)?;
    let (mut count, mut record) = ([0; 4], [0; LEN]);
    while read_all(pipe.read, &mut record)? == LEN {
        check!(record.iter().all(|&b| b == record[0]), "a record is torn");
        count[record[0] as usize & 3] += 1;
    }
    check_eq!(count, [0, 100, 100, 100]);
    for writer in writers {
        finish(writer?)?;
    }
    Ok(())
}

fn whole_or_nothing() -> Outcome {
    let pipe = sys::pipe2(O_NONBLOCK)?;
    check_eq!(sys::write(pipe.write, &[1; ROOM - WHOLE]), Ok(ROOM - WHOLE));
    check_eq!(sys::write(pipe.write, &[2; WHOLE - 96]), Ok(WHOLE - 96));
    // 96 bytes of room: a small write that is larger does nothing.
    check_eq!(sys::write(pipe.write, &[3; 200]), Err(Errno(EAGAIN)));
    let mut bytes = [0; ROOM];
    check_eq!(read_all_there(pipe.read, &mut bytes)?, ROOM - 96);
    check!(!bytes.contains(&3));
    Ok(())
}

/// Reads what is there, of a pipe that does not wait.
fn read_all_there(fd: Fd, bytes: &mut [u8]) -> Result<usize, Errno> {
    let mut len = 0;
    loop {
        match sys::read(fd, &mut bytes[len..]) {
            Ok(n) if n > 0 => len += n,
            Ok(_) | Err(Errno(EAGAIN)) => return Ok(len),
            Err(e) => return Err(e),
        }
    }
}

fn many_writers() -> Outcome {
    let pipe = sys::pipe()?;
    const WRITERS: usize = 20;
    let writers: [_; WRITERS] = core::array::from_fn(|n| {
        begin(move || {
            for _ in 0..200 {
                sys::write_all(pipe.write, &(n as u64).to_ne_bytes())?;
            }
            Ok(())
        })
    });
    sys::close(pipe.write)?;
    let (mut count, mut record) = ([0; WRITERS], [0; 8]);
    while read_all(pipe.read, &mut record)? == 8 {
        let n = u64::from_ne_bytes(record) as usize;
        check!(n < WRITERS, "a record of {n:#x}");
        count[n] += 1;
    }
    check_eq!(count, [200; WRITERS]);
    for writer in writers {
        finish(writer?)?;
    }
    Ok(())
}

/// Bytes that three_in_a_row moves.
const MUCH: usize = 1 << 20;

/// The first makes bytes, the second changes each, the third adds them up.
fn three_in_a_row() -> Outcome {
    let (first, second) = (sys::pipe()?, sys::pipe()?);
    let result = Area::shared(PAGE)?;
    let maker = begin(|| {
        second.close()?;
        sys::close(first.read)?;
        make(first.write)
    })?;
    let changer = begin(|| {
        sys::close(first.write)?;
        sys::close(second.read)?;
        change(first.read, second.write)
    })?;
    let adder = begin(|| {
        first.close()?;
        sys::close(second.write)?;
        result.store_word(0, sum(second.read)?);
        Ok(())
    })?;
    first.close()?;
    second.close()?;
    [maker, changer, adder].into_iter().try_for_each(finish)?;
    let mut random = Random::new(1);
    let wanted = (0..MUCH).fold(0, |sum, _| mix(sum, random.next_u64() as u8 ^ 0x55));
    check_eq!(result.load_word(0), wanted);
    Ok(())
}

fn mix(sum: u64, byte: u8) -> u64 {
    (sum.rotate_left(5) ^ byte as u64).wrapping_mul(0x100_0000_01b3)
}

fn make(to: Fd) -> Outcome {
    let (mut random, mut sizes, mut left) = (Random::new(1), Random::new(2), MUCH);
    let mut bytes = [0; 10_000];
    while left > 0 {
        let len = (sizes.below(bytes.len()) + 1).min(left);
        bytes[..len].fill_with(|| random.next_u64() as u8);
        sys::write_all(to, &bytes[..len])?;
        left -= len;
    }
    Ok(())
}

fn change(from: Fd, to: Fd) -> Outcome {
    let mut bytes = [0; 7000];
    loop {
        match sys::read(from, &mut bytes)? {
            0 => return Ok(()),
            n => {
                bytes[..n].iter_mut().for_each(|byte| *byte ^= 0x55);
                sys::write_all(to, &bytes[..n])?;
            }
        }
    }
}

fn sum(from: Fd) -> Result<u64, Errno> {
    let (mut bytes, mut sum) = ([0; 3000], 0);
    loop {
        match sys::read(from, &mut bytes)? {
            0 => return Ok(sum),
            n => sum = bytes[..n].iter().fold(sum, |sum, byte| mix(sum, *byte)),
        }
    }
}

fn refused() -> Outcome {
    let pipe = sys::pipe()?;
    check_eq!(sys::read(pipe.write, &mut [0]), Err(Errno(EBADF)));
    check_eq!(sys::write(pipe.read, &[0]), Err(Errno(EBADF)));
    check_eq!(sys::lseek(pipe.read, 0, SEEK_SET), Err(Errno(ESPIPE)));
    check_eq!(sys::pread(pipe.read, &mut [0], 0), Err(Errno(ESPIPE)));
    check_eq!(sys::pwrite(pipe.write, &[0], 0), Err(Errno(ESPIPE)));
    if proc::has_vm() {
        // qemu's user mode drops flags that it does not know, and forgets to close.
        check_eq!(sys::pipe2(1 << 3).map(drop), Err(Errno(EINVAL)));
        unknown_pipe(pipe.write + 1)?;
    }
    check_eq!(
        Area::file(pipe.read, 0, PAGE, PROT_READ, MAP_PRIVATE),
        Err(Errno(ENODEV))
    );
    Ok(())
}

/// No descriptor is left of a pipe whose numbers could not be told.
fn unknown_pipe(next: Fd) -> Outcome {
    // SAFETY: the kernel cannot write to address 8.
    let result = unsafe { sys::call(__NR_pipe2, &[8, 0]) };
    check_eq!(result, Err(Errno(EFAULT)));
    check_eq!(sys::dup(0), Ok(next));
    Ok(())
}

fn bad_pointers_lose_nothing() -> Outcome {
    let pipe = sys::pipe()?;
    sys::write(pipe.write, b"abc")?;
    // SAFETY: the kernel cannot write to address 8.
    let result = unsafe { sys::read_at(pipe.read, 8, 3) };
    check_eq!(result, Err(Errno(EFAULT)));
    check_eq!(sys::write_from(pipe.write, 8, 3), Err(Errno(EFAULT)));
    sys::write(pipe.write, b"d")?;
    let mut bytes = [0; 9];
    let n = sys::read(pipe.read, &mut bytes)?;
    check_eq!(&bytes[..n], b"abcd");
    Ok(())
}

fn flags() -> Outcome {
    let pipe = sys::pipe2(O_CLOEXEC)?;
    for fd in [pipe.read, pipe.write] {
        check_eq!(sys::fcntl(fd, F_GETFD, 0), Ok(FD_CLOEXEC as usize));
    }
    let pipe = sys::pipe2(O_NONBLOCK)?;
    for (fd, mode) in [(pipe.read, O_RDONLY), (pipe.write, O_WRONLY)] {
        let flags = sys::fcntl(fd, F_GETFL, 0)? as u32;
        check_eq!(flags & (O_ACCMODE | O_NONBLOCK), mode | O_NONBLOCK);
        check_eq!(sys::fcntl(fd, F_GETFD, 0), Ok(0));
    }
    in_child(|| Ok(pipe.close()?))?;
    check_eq!(sys::write(pipe.write, b"x"), Ok(1));
    Ok(())
}
