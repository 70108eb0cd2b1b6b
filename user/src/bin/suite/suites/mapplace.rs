//! Where file mappings may be, and with what rights.

use super::mapfile::{pages_are, private, shared};
use crate::harness::{Case, Outcome, dies_of, in_child, not_in_qemu_user};
use crate::scratch::{self, Scratch};
use quire_user::area::RW;
use quire_user::errors::*;
use quire_user::linux::*;
use quire_user::sys::{self, Fd};
use quire_user::{Area, Errno, PAGE, SEGMENT, proc};

/// The second part of suite mapfile.
pub const CASES: &[Case] = &[
    ("rights_of_the_descriptor", rights_of_the_descriptor),
    ("mprotect_keeps_to_the_descriptor", mprotect_keeps),
    ("what_cannot_be_mapped", what_cannot_be_mapped),
    ("fixed_over_parts", fixed_over_parts),
    ("fixed_noreplace", fixed_noreplace),
    ("fixed_at_odd_places", fixed_at_odd_places),
    ("populate", populate),
    ("no_reserve", no_reserve),
    ("twice_in_one_process", twice_in_one_process),
    ("aligned_and_unaligned_together", aligned_and_unaligned),
    ("across_a_segment_boundary_of_memory", across_in_memory),
    ("across_a_segment_boundary_of_the_file", across_in_the_file),
    ("parts_unmapped_and_protected", parts_unmapped),
    ("mprotect_of_private_parts", mprotect_of_private_parts),
    ("execute_from_a_file", execute_from_a_file),
    ("msync", msync),
    ("maps_names_the_file", maps_names_the_file),
    ("large_and_sparse", large_and_sparse),
];

/// A place where nothing is, at a segment's start.
const FAR: usize = 4096 * SEGMENT;

fn rights_of_the_descriptor() -> Outcome {
    let _here = Scratch::new()?;
    sys::close(scratch::pages(c"a", 1, 1)?)?;
    let (reader, writer) = (sys::open(c"a", O_RDONLY)?, sys::open(c"a", O_WRONLY)?);
    let map = |fd, prot, kind| Area::file(fd, 0, PAGE, prot, kind).map(drop);
    check_eq!(map(reader, RW, MAP_SHARED), Err(Errno(EACCES)));
    check_eq!(map(reader, PROT_WRITE, MAP_SHARED), Err(Errno(EACCES)));
    check_eq!(map(reader, PROT_READ, MAP_SHARED), Ok(()));
    check_eq!(map(reader, RW, MAP_PRIVATE), Ok(()));
    for (prot, kind) in [
        (PROT_READ, MAP_SHARED),
        (RW, MAP_PRIVATE),
        (PROT_WRITE, MAP_SHARED),
    ] {
        check_eq!(map(writer, prot, kind), Err(Errno(EACCES)));
    }
    Ok(())
}

fn mprotect_keeps() -> Outcome {
    let _here = Scratch::new()?;
    sys::close(scratch::pages(c"a", 1, 1)?)?;
    let reader = sys::open(c"a", O_RDONLY)?;
    let area = Area::file(reader, 0, PAGE, PROT_READ, MAP_SHARED)?;
    check_eq!(area.protect(RW), Err(Errno(EACCES)));
    area.protect(PROT_NONE)?;
    dies_of(SIGSEGV, || area.load(0))?;
    area.protect(PROT_READ)?;
    pages_are(area, 0, 1)?;
    dies_of(SIGSEGV, || area.store(0, 1))?;
    let area = Area::file(reader, 0, PAGE, PROT_READ, MAP_PRIVATE)?;
    area.protect(RW)?;
    area.store(0, 99);
    check_eq!(area.load(0), 99);
    Ok(())
}

fn what_cannot_be_mapped() -> Outcome {
    let _here = Scratch::new()?;
    sys::mkdir(c"d", 0o700)?;
    let map = |fd: Fd, flags| Area::file(fd, 0, PAGE, PROT_READ, flags).map(drop);
    let dir = sys::open(c"d", O_RDONLY)?;
    check_eq!(map(dir, MAP_SHARED), Err(Errno(ENODEV)));
    check_eq!(map(sys::pipe()?.read, MAP_PRIVATE), Err(Errno(ENODEV)));
    let null = sys::open(c"/dev/null", O_RDWR)?;
    check_eq!(map(null, MAP_SHARED), Err(Errno(ENODEV)));
    check_eq!(map(99, MAP_SHARED), Err(Errno(EBADF)));
    check_eq!(map(-1, MAP_PRIVATE), Err(Errno(EBADF)));
    let fd = scratch::pages(c"a", 1, 1)?;
    check_eq!(map(fd, 0), Err(Errno(EINVAL)));
    Ok(())
}

fn fixed_over_parts() -> Outcome {
    let _here = Scratch::new()?;
    let (a, b) = (scratch::pages(c"a", 8, 1)?, scratch::pages(c"b", 8, 2)?);
    let area = shared(a, 8)?;
    pages_are(area, 0, 1)?;
    let middle = area.part(2 * PAGE, 3 * PAGE);
    Area::file_at(middle.base(), b, 4 * PAGE, 3 * PAGE, RW, MAP_PRIVATE)?;
    pages_are(middle, 4, 2)?;
    pages_are(area.part(0, 2 * PAGE), 0, 1)?;
    pages_are(area.part(5 * PAGE, 3 * PAGE), 5, 1)?;
    // Over both, and over itself at another offset.
    Area::file_at(area.base() + PAGE, a, 0, 2 * PAGE, RW, MAP_SHARED)?;
    pages_are(area.part(PAGE, 2 * PAGE), 0, 1)?;
    pages_are(area.part(3 * PAGE, 2 * PAGE), 5, 2)?;
    area.put(PAGE, b"once");
    check_eq!(&area.copy(0), b"once");
    area.part(3 * PAGE, PAGE).remap(RW, MAP_PRIVATE)?;
    check_eq!(area.part(3 * PAGE, PAGE).not_zero(), None);
    area.unmap()?;
    pages_are(shared(b, 8)?, 0, 2)
}

fn fixed_noreplace() -> Outcome {
    not_in_qemu_user("it takes MAP_FIXED_NOREPLACE for a hint")?;
    let _here = Scratch::new()?;
    let fd = scratch::pages(c"a", 4, 1)?;
    let area = shared(fd, 4)?;
    let flags = MAP_PRIVATE | MAP_FIXED_NOREPLACE;
    for (at, pages) in [(0, 4), (3, 2), (1, 1)] {
        let at = area.base() + at * PAGE;
        // SAFETY: nothing is replaced.
        let result = unsafe { sys::mmap(at, pages * PAGE, RW, flags, fd, 0) };
        check_eq!(result, Err(Errno(EEXIST)));
    }
    pages_are(area, 0, 1)?;
    // SAFETY: nothing is replaced.
    check_eq!(unsafe { sys::mmap(FAR, PAGE, RW, flags, fd, 0) }, Ok(FAR));
    pages_are(Area::over(FAR, PAGE), 0, 1)
}

fn fixed_at_odd_places() -> Outcome {
    let _here = Scratch::new()?;
    let fd = scratch::pages(c"a", 1, 1)?;
    let at = |place| Area::file_at(place, fd, 0, PAGE, RW, MAP_SHARED).map(drop);
    check_eq!(at(FAR + 1), Err(Errno(EINVAL)));
    not_in_qemu_user("its address space has another end")?;
    check_eq!(at(1 << 46), Err(Errno(ENOMEM)));
    check_eq!(at(0usize.wrapping_sub(PAGE)), Err(Errno(ENOMEM)));
    Ok(())
}

/// Which pages of `area` are resident.
fn resident<const N: usize>(area: Area) -> Result<[u8; N], Errno> {
    let mut pages = [0xff; N];
    sys::mincore(area.base(), area.len(), &mut pages)?;
    Ok(pages.map(|page| page & 1))
}

fn populate() -> Outcome {
    not_in_qemu_user("it drops MAP_POPULATE")?;
    let _here = Scratch::new()?;
    let fd = scratch::pages(c"a", 4, 1)?;
    for kind in [MAP_SHARED, MAP_PRIVATE] {
        let area = Area::file(fd, 0, 4 * PAGE, RW, kind | MAP_POPULATE)?;
        check_eq!(resident::<4>(area)?, [1; 4]);
        pages_are(area, 0, 1)?;
        area.store(0, area.load(0));
    }
    // Past the end there is nothing to populate: no error, mmap(2).
    let area = Area::file(fd, 0, 6 * PAGE, RW, MAP_SHARED | MAP_POPULATE)?;
    dies_of(SIGBUS, || area.load(5 * PAGE))?;
    let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE;
    let area = Area::file(-1, 0, 4 * PAGE, RW, flags)?;
    check_eq!(resident::<4>(area)?, [1; 4]);
    check_eq!(area.not_zero(), None);
    Ok(())
}

fn no_reserve() -> Outcome {
    let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    // More than any machine has here, and 16 pages of it used.
    let area = Area::file(-1, 0, 64 << 30, RW, flags)?;
    let step = area.len() / 16;
    (0..16).for_each(|n| area.store(n * step, n as u8 + 1));
    check!((0..16).all(|n| area.load(n * step) == n as u8 + 1));
    area.unmap()?;
    Ok(())
}

fn twice_in_one_process() -> Outcome {
    let _here = Scratch::new()?;
    let fd = scratch::pages(c"a", 10, 1)?;
    let one = Area::file_at(FAR, fd, 0, 10 * PAGE, RW, MAP_SHARED)?;
    let two = Area::file_at(FAR + SEGMENT, fd, 0, 10 * PAGE, RW, MAP_SHARED)?;
    let three = Area::file_at(FAR + 2 * SEGMENT + PAGE, fd, PAGE, 9 * PAGE, RW, MAP_SHARED)?;
    [one, two]
        .iter()
        .try_for_each(|area| pages_are(*area, 0, 1))?;
    pages_are(three, 1, 1)?;
    for (n, area) in [one, two].into_iter().enumerate() {
        area.put((n + 2) * PAGE + 9, b"here");
        for other in [one, two] {
            check_eq!(&other.copy((n + 2) * PAGE + 9), b"here");
        }
        check_eq!(&three.copy((n + 1) * PAGE + 9), b"here");
    }
    three.put(0, b"three");
    check_eq!(&one.copy(PAGE), b"three");
    one.unmap()?;
    check_eq!(&two.copy(PAGE), b"three");
    dies_of(SIGSEGV, || one.load(0))
}

fn aligned_and_unaligned() -> Outcome {
    let _here = Scratch::new()?;
    let fd = scratch::pages(c"a", 6, 1)?;
    let aligned = Area::file_at(FAR, fd, 0, 6 * PAGE, RW, MAP_SHARED)?;
    let odd = Area::file_at(FAR + SEGMENT + 3 * PAGE, fd, 0, 6 * PAGE, RW, MAP_SHARED)?;
    in_child(|| {
        aligned.put(0, b"child");
        check_eq!(&odd.copy(0), b"child");
        // Less of one, and less right to the other.
        aligned.part(3 * PAGE, 3 * PAGE).unmap()?;
        odd.part(0, PAGE).protect(PROT_READ)?;
        aligned.put(PAGE, b"still");
        check_eq!(&odd.copy(PAGE), b"still");
        dies_of(SIGSEGV, || odd.store(0, 1))?;
        dies_of(SIGSEGV, || aligned.load(3 * PAGE))
    })?;
    check_eq!(&aligned.copy(0), b"child");
    odd.put(PAGE, b"again");
    check_eq!(&aligned.copy(PAGE), b"again");
    pages_are(aligned.part(3 * PAGE, 3 * PAGE), 3, 1)
}

fn across_in_memory() -> Outcome {
    let _here = Scratch::new()?;
    let fd = scratch::pages(c"a", 8, 1)?;
    for (n, kind) in [MAP_SHARED, MAP_PRIVATE].into_iter().enumerate() {
        let at = FAR + (n + 1) * SEGMENT - 4 * PAGE;
        let area = Area::file_at(at, fd, 0, 8 * PAGE, RW, kind)?;
        pages_are(area, 0, 1)?;
        let edge = 4 * PAGE - 3;
        area.put(edge, b"edge");
        in_child(|| {
            check_eq!(&area.copy(edge), b"edge");
            area.put(edge, b"next");
            Ok(())
        })?;
        let wanted = if kind == MAP_SHARED { b"next" } else { b"edge" };
        check_eq!(&area.copy(edge), wanted);
        area.part(2 * PAGE, 4 * PAGE).protect(PROT_READ)?;
        dies_of(SIGSEGV, || area.store(edge, 1))?;
        area.put(6 * PAGE, b"rest");
        area.part(3 * PAGE, 2 * PAGE).unmap()?;
        dies_of(SIGSEGV, || area.load(4 * PAGE))?;
        // As it was, for the other kind.
        for n in [3, 4, 6] {
            sys::pwrite(fd, &scratch::page(1, n), (n * PAGE) as i64)?;
        }
    }
    Ok(())
}

fn across_in_the_file() -> Outcome {
    let _here = Scratch::new()?;
    let fd = scratch::file(c"a", b"")?;
    sys::ftruncate(fd, 2 * SEGMENT as i64)?;
    let offset = SEGMENT - 2 * PAGE;
    for n in 0..4 {
        sys::pwrite(fd, &scratch::page(1, n), (offset + n * PAGE) as i64)?;
    }
    for at in [FAR, FAR + SEGMENT + 7 * PAGE, FAR + 3 * SEGMENT - PAGE] {
        let area = Area::file_at(at, fd, offset, 4 * PAGE, RW, MAP_SHARED)?;
        pages_are(area, 0, 1)?;
        area.put(2 * PAGE - 2, b"edge");
        in_child(|| {
            check_eq!(&area.copy(2 * PAGE - 2), b"edge");
            area.put(2 * PAGE - 2, b"next");
            Ok(())
        })?;
        let mut bytes = [0; 4];
        sys::pread(fd, &mut bytes, SEGMENT as i64 - 2)?;
        check_eq!(&bytes, b"next");
        sys::pwrite(fd, &scratch::page(1, 1), (offset + PAGE) as i64)?;
        sys::pwrite(fd, &scratch::page(1, 2), (offset + 2 * PAGE) as i64)?;
    }
    Ok(())
}

fn parts_unmapped() -> Outcome {
    let _here = Scratch::new()?;
    let fd = scratch::pages(c"a", 9, 1)?;
    for kind in [MAP_SHARED, MAP_PRIVATE] {
        let area = Area::file(fd, 0, 9 * PAGE, RW, kind)?;
        area.part(4 * PAGE, PAGE).unmap()?;
        area.part(PAGE, 2 * PAGE).protect(PROT_READ)?;
        pages_are(area.part(0, 4 * PAGE), 0, 1)?;
        pages_are(area.part(5 * PAGE, 4 * PAGE), 5, 1)?;
        dies_of(SIGSEGV, || area.load(4 * PAGE))?;
        dies_of(SIGSEGV, || area.store(2 * PAGE, 1))?;
        area.part(PAGE, 2 * PAGE).protect(RW)?;
        area.store(2 * PAGE, area.load(2 * PAGE));
        pages_are(area.part(0, 4 * PAGE), 0, 1)?;
    }
    Ok(())
}

fn mprotect_of_private_parts() -> Outcome {
    let _here = Scratch::new()?;
    let fd = scratch::pages(c"a", 4, 1)?;
    let area = private(fd, 4)?;
    area.put(PAGE, b"mine");
    area.protect(PROT_READ)?;
    in_child(|| {
        area.part(0, 2 * PAGE).protect(RW)?;
        area.put(PAGE, b"child");
        area.put(0, b"child");
        dies_of(SIGSEGV, || area.store(2 * PAGE, 1))
    })?;
    check_eq!(&area.copy(PAGE), b"mine");
    pages_are(area.part(0, PAGE), 0, 1)?;
    dies_of(SIGSEGV, || area.store(PAGE, 1))
}

/// `addi 3,3,7; blr`, loaded from a file: no right to execute, then with it.
fn execute_from_a_file() -> Outcome {
    let _here = Scratch::new()?;
    let fd = scratch::file(c"a", b"")?;
    for word in [0x3863_0007u32, 0x4e80_0020] {
        sys::write(fd, &word.to_ne_bytes())?;
    }
    let prot = PROT_READ | PROT_EXEC;
    for kind in [MAP_SHARED, MAP_PRIVATE] {
        let area = Area::file(fd, 0, PAGE, prot, kind)?;
        check_eq!(area.call(35), 42);
    }
    not_in_qemu_user("it lets programs execute what they may read")?;
    let area = Area::file(fd, 0, PAGE, PROT_READ, MAP_PRIVATE)?;
    dies_of(SIGSEGV, || area.call(35))
}

fn msync() -> Outcome {
    let _here = Scratch::new()?;
    let fd = scratch::pages(c"a", 4, 1)?;
    let area = shared(fd, 4)?;
    area.put(0, b"synced");
    let sync = |at: usize, len, flags| sys::msync(area.base() + at, len, flags);
    for flags in [MS_SYNC, MS_ASYNC, MS_SYNC | MS_INVALIDATE, 0] {
        check_eq!(sync(0, 4 * PAGE, flags), Ok(()));
    }
    check_eq!(sync(0, 0, MS_SYNC), Ok(()));
    check_eq!(sync(1, PAGE, MS_SYNC), Err(Errno(EINVAL)));
    not_in_qemu_user("it does not look at msync's flags")?;
    check_eq!(sync(0, PAGE, MS_SYNC | MS_ASYNC), Err(Errno(EINVAL)));
    check_eq!(sync(0, PAGE, 1 << 10), Err(Errno(EINVAL)));
    area.part(PAGE, PAGE).unmap()?;
    check_eq!(sync(0, 4 * PAGE, MS_SYNC), Err(Errno(ENOMEM)));
    check_eq!(sync(0, PAGE, MS_SYNC), Ok(()));
    Ok(())
}

fn maps_names_the_file() -> Outcome {
    let _here = Scratch::new()?;
    let fd = scratch::pages(c"name-of-the-file", 3, 1)?;
    let area = Area::file(fd, PAGE, 2 * PAGE, PROT_READ, MAP_SHARED)?;
    let mut buffer = [0; 16 << 10];
    let text = proc::read(c"/proc/self/maps", &mut buffer)?;
    let line = text.lines().find(|line| line.contains("name-of-the-file"));
    let mut words = line.unwrap_or("").split_whitespace();
    let range = quire_user::Text::<40>::format(format_args!(
        "{:x}-{:x}",
        area.base(),
        area.base() + area.len()
    ));
    // Linux pads the addresses with zeros.
    let found = words.next().unwrap_or("").trim_start_matches('0');
    check_eq!(found, range.as_str());
    check_eq!(
        (words.next(), words.next()),
        (Some("r--s"), Some("00001000"))
    );
    Ok(())
}

/// A mapping over several segments of which few pages are there.
fn large_and_sparse() -> Outcome {
    let _here = Scratch::new()?;
    let fd = scratch::file(c"a", b"")?;
    sys::ftruncate(fd, 3 * SEGMENT as i64 + PAGE as i64)?;
    for at in [FAR, FAR + 8 * SEGMENT + 5 * PAGE] {
        let area = Area::file_at(at, fd, 0, 3 * SEGMENT + PAGE, RW, MAP_SHARED)?;
        for n in 0..4 {
            area.put(n * SEGMENT + 5, b"sparse");
            area.put(n * SEGMENT, &[n as u8]);
        }
        in_child(|| {
            let right = (0..4).all(|n| area.copy(n * SEGMENT) == [n as u8, 0, 0, 0, 0, b's']);
            check!(right);
            check_eq!(area.load(SEGMENT - 1), 0);
            Ok(())
        })?;
        let mut bytes = [0; 6];
        sys::pread(fd, &mut bytes, 2 * SEGMENT as i64 + 5)?;
        check_eq!(&bytes, b"sparse");
    }
    check!(sys::fstat(fd)?.st_blocks < 1000);
    Ok(())
}
