//! Memory that is moved and shared: between mappings, and between parent and child.

use super::mremap::{FAR, MOVE, filled, gone};
use crate::harness::{Case, Outcome, dies_of, in_child, not_in_qemu_user};
use crate::scratch::{self, Scratch};
use quire_user::area::RW;
use quire_user::errors::*;
use quire_user::linux::*;
use quire_user::{Area, Errno, PAGE, SEGMENT, sys};

/// More of suite mremap.
pub const CASES: &[Case] = &[
    ("shared_mapping_twice", shared_mapping_twice),
    ("shared_memory_moves", shared_memory_moves),
    ("file_mappings_move", file_mappings_move),
    ("file_mapping_grows_over_the_file", file_mapping_grows),
    ("moved_by_the_child", moved_by_the_child),
    ("moved_by_the_parent", moved_by_the_parent),
    ("moved_by_both", moved_by_both),
    ("grandchild_of_moved_memory", grandchild_of_moved_memory),
    ("fork_of_moved_memory", fork_of_moved_memory),
];

fn shared_mapping_twice() -> Outcome {
    not_in_qemu_user("it refuses an old size of 0")?;
    let area = Area::shared(4 * PAGE)?;
    area.fill(1);
    let second = Area::over(area.base(), 0).resize(4 * PAGE, MREMAP_MAYMOVE, 0)?;
    check!(second.base() != area.base());
    check_eq!(second.differs(1), None);
    second.fill(2);
    check_eq!(area.differs(2), None);
    area.unmap()?;
    check_eq!(second.differs(2), None);
    // mremap(2): of private memory there are no two mappings.
    let own = filled(FAR, 1, 1)?;
    let result = Area::over(own.base(), 0).resize(PAGE, MREMAP_MAYMOVE, 0);
    check_eq!(result, Err(Errno(EINVAL)));
    Ok(())
}

fn shared_memory_moves() -> Outcome {
    let area = Area::shared(6 * PAGE)?;
    area.fill(1);
    let go = sys::pipe()?;
    let child = crate::harness::begin(|| {
        sys::read(go.read, &mut [0])?;
        check_eq!(area.differs(2), None);
        area.part(0, PAGE).fill(3);
        Ok(())
    })?;
    let moved = area.resize(6 * PAGE, MOVE, FAR + SEGMENT - 2 * PAGE)?;
    check_eq!(moved.differs(1), None);
    moved.fill(2);
    sys::write(go.write, b"x")?;
    crate::harness::finish(child)?;
    check_eq!(moved.part(0, PAGE).differs(3), None);
    // What is behind the end of shared memory is nobody's: Linux does not make the
    // memory larger, only the mapping.
    let more = moved.resize(8 * PAGE, MREMAP_MAYMOVE, 0)?;
    dies_of(SIGBUS, || more.load(6 * PAGE))
}

fn file_mappings_move() -> Outcome {
    let _here = Scratch::new()?;
    let fd = scratch::pages(c"a", 6, 1)?;
    for kind in [MAP_SHARED, MAP_PRIVATE] {
        let area = Area::file(fd, PAGE, 4 * PAGE, RW, kind)?;
        area.put(PAGE, b"changed");
        let moved = area.resize(4 * PAGE, MOVE, FAR + SEGMENT - PAGE)?;
        super::mapfile::pages_are(moved.part(0, PAGE), 1, 1)?;
        check_eq!(&moved.copy(PAGE), b"changed");
        super::mapfile::pages_are(moved.part(2 * PAGE, 2 * PAGE), 3, 1)?;
        let mut bytes = [0; 7];
        moved.put(2 * PAGE, b"written");
        sys::pread(fd, &mut bytes, 3 * PAGE as i64)?;
        check_eq!(&bytes == b"written", kind == MAP_SHARED);
        let old = [scratch::page(1, 2), scratch::page(1, 3)];
        sys::pwrite(fd, &old[0], 2 * PAGE as i64)?;
        sys::pwrite(fd, &old[1], 3 * PAGE as i64)?;
        moved.unmap()?;
    }
    Ok(())
}

fn file_mapping_grows() -> Outcome {
    let _here = Scratch::new()?;
    let fd = scratch::pages(c"a", 6, 1)?;
    for kind in [MAP_SHARED, MAP_PRIVATE] {
        let area = Area::file_at(FAR, fd, 2 * PAGE, PAGE, RW, kind)?;
        let more = area.resize(5 * PAGE, MREMAP_MAYMOVE, 0)?;
        super::mapfile::pages_are(more.part(0, 4 * PAGE), 2, 1)?;
        dies_of(SIGBUS, || more.load(4 * PAGE))?;
        more.unmap()?;
    }
    Ok(())
}

fn moved_by_the_child() -> Outcome {
    let area = filled(FAR, 10, 1)?;
    in_child(|| {
        let moved = area.resize(10 * PAGE, MOVE, FAR + SEGMENT + PAGE)?;
        check_eq!(moved.differs(1), None);
        gone(area)?;
        moved.fill(2);
        let back = moved.part(2 * PAGE, 3 * PAGE).resize(3 * PAGE, MOVE, FAR)?;
        // Its word has kept its place in the page.
        check_eq!(back.load_word(2 * 72), quire_user::random::word(2, 2));
        Ok(())
    })?;
    check_eq!(area.differs(1), None);
    area.fill(3);
    check_eq!(area.differs(3), None);
    dies_of(SIGSEGV, || Area::over(FAR + SEGMENT + PAGE, PAGE).load(0))
}

fn moved_by_the_parent() -> Outcome {
    let area = filled(FAR, 10, 1)?;
    let go = sys::pipe()?;
    let child = crate::harness::begin(|| {
        sys::read(go.read, &mut [0])?;
        check_eq!(area.differs(1), None);
        area.fill(4);
        check_eq!(area.differs(4), None);
        Ok(())
    })?;
    let moved = area.resize(10 * PAGE, MOVE, FAR + SEGMENT - 3 * PAGE)?;
    check_eq!(moved.differs(1), None);
    sys::write(go.write, b"x")?;
    crate::harness::finish(child)?;
    check_eq!(moved.differs(1), None);
    moved.fill(2);
    check_eq!(moved.differs(2), None);
    gone(area)
}

fn moved_by_both() -> Outcome {
    let area = filled(FAR, 10, 1)?;
    let go = sys::pipe()?;
    let child = crate::harness::begin(|| {
        let moved = area.resize(10 * PAGE, MOVE, FAR + SEGMENT)?;
        moved.part(0, 5 * PAGE).fill(2);
        sys::read(go.read, &mut [0])?;
        check_eq!(moved.part(0, 5 * PAGE).differs(2), None);
        check_eq!(
            moved.load_word(7 * PAGE + 7 * 72),
            quire_user::random::word(1, 7)
        );
        Ok(())
    })?;
    let moved = area.resize(10 * PAGE, MOVE, FAR + SEGMENT + 2 * PAGE)?;
    moved.part(0, 3 * PAGE).fill(3);
    sys::write(go.write, b"x")?;
    crate::harness::finish(child)?;
    check_eq!(moved.part(0, 3 * PAGE).differs(3), None);
    check_eq!(
        moved.load_word(3 * PAGE + 3 * 72),
        quire_user::random::word(1, 3)
    );
    Ok(())
}

/// The child moves what it inherited away and maps anew there; its own child sees
/// just that.
fn grandchild_of_moved_memory() -> Outcome {
    let area = filled(FAR, 8, 1)?;
    in_child(|| {
        let middle = area.part(2 * PAGE, 4 * PAGE);
        let moved = middle.resize(4 * PAGE, MOVE, FAR + SEGMENT)?;
        in_child(|| {
            gone(middle)?;
            check_eq!(moved.load_word(2 * 72), quire_user::random::word(1, 2));
            check_eq!(area.part(0, 2 * PAGE).differs(1), None);
            Ok(())
        })?;
        middle.part(0, PAGE).remap(RW, MAP_PRIVATE)?;
        in_child(|| {
            check_eq!(middle.part(0, PAGE).not_zero(), None);
            gone(middle.part(PAGE, PAGE))
        })
    })?;
    check_eq!(area.differs(1), None);
    Ok(())
}

fn fork_of_moved_memory() -> Outcome {
    let area = filled(FAR, 10, 1)?;
    let moved = area.resize(10 * PAGE, MOVE, FAR + SEGMENT - 5 * PAGE)?;
    in_child(|| {
        check_eq!(moved.differs(1), None);
        moved.fill(2);
        in_child(|| {
            check_eq!(moved.differs(2), None);
            gone(area)
        })
    })?;
    check_eq!(moved.differs(1), None);
    Ok(())
}
