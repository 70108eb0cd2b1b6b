//! Suite `frames`: the frame table's counts follow what is mapped and touched.

use super::{Finding, cases, check, map, new_space};
use crate::arch::PagesBy;
use crate::frame_bytes::frame_bytes;
use crate::state::Kernel;
use alloc::format;
use vm::{Access, Ea, Machine, PAGE_SIZE, Source, SpaceId};

cases! { "frames":
    touched_pages_are_counted,
    an_object_keeps_its_pages,
    pages_are_filled_and_copied_whole,
}

const START: Ea = Ea(0x2000_0000);
const PAGES: u64 = 10;

fn touch(kernel: &mut Kernel, space: SpaceId) -> Finding {
    for page in 0..PAGES {
        let at = Ea(START.0 + page * PAGE_SIZE);
        kernel
            .vm
            .resolve(space, at, Access::Write)
            .map_err(|fault| format!("{at:?}: {fault:?}"))?;
    }
    Ok(())
}

fn touched_pages_are_counted(kernel: &mut Kernel) -> Finding {
    let space = new_space(kernel)?;
    let before = kernel.vm.frame_counts();
    map(kernel, space, START, PAGES, Source::Zero)?;
    let mapped = kernel.vm.frame_counts();
    check!(
        mapped == before,
        "mapping alone took frames: {before:?}, then {mapped:?}"
    );
    touch(kernel, space)?;
    let touched = kernel.vm.frame_counts();
    check!(
        before.free - touched.free == PAGES as u32,
        "{before:?}, then {touched:?}"
    );
    check!(
        touched.private - before.private == PAGES as u32,
        "{before:?}, then {touched:?}"
    );
    kernel.vm.destroy_space(space);
    let after = kernel.vm.frame_counts();
    check!(after == before, "{before:?}, at the end {after:?}");
    Ok(())
}

fn an_object_keeps_its_pages(kernel: &mut Kernel) -> Finding {
    let before = kernel.vm.frame_counts();
    let object = kernel
        .vm
        .create_object(PAGES)
        .map_err(|error| format!("no object: {error:?}"))?;
    let space = new_space(kernel)?;
    let source = Source::Shared { object, first: 0 };
    map(kernel, space, START, PAGES, source)?;
    check!(
        kernel.vm.attachments(object) == 1,
        "{} attachments",
        kernel.vm.attachments(object)
    );
    touch(kernel, space)?;
    kernel.vm.destroy_space(space);
    let kept = kernel.vm.frame_counts();
    check!(
        kept.object - before.object == PAGES as u32,
        "{before:?}, then {kept:?}"
    );
    kernel.vm.release_object(object);
    let after = kernel.vm.frame_counts();
    check!(after == before, "{before:?}, at the end {after:?}");
    Ok(())
}

/// Every byte of a page and none beside it, whoever does it.
fn pages_are_filled_and_copied_whole(kernel: &mut Kernel) -> Finding {
    let space = new_space(kernel)?;
    map(kernel, space, START, 3, Source::Zero)?;
    let pattern = |page: usize, at: usize| (at / 8 + at * page + page) as u8;
    for who in [PagesBy::Kernel, PagesBy::Hypervisor] {
        kernel.vm.machine.move_pages_by(who);
        let mut frames = [vm::FrameNo(0); 3];
        for (page, frame) in frames.iter_mut().enumerate() {
            let at = Ea(START.0 + page as u64 * PAGE_SIZE);
            let found = kernel.vm.resolve(space, at, Access::Write);
            *frame = found.map_err(|fault| format!("{at:?}: {fault:?}"))?;
            let bytes = frame_bytes(&mut kernel.vm, *frame).iter_mut();
            bytes
                .enumerate()
                .for_each(|(at, byte)| *byte = pattern(page, at));
        }
        kernel.vm.machine.copy(frames[0], frames[1]);
        kernel.vm.machine.zero(frames[0]);
        for (frame, expected) in frames.into_iter().zip([None, Some(0), Some(2)]) {
            let mut bytes = frame_bytes(&mut kernel.vm, frame).iter().enumerate();
            let right = |at| expected.map_or(0, |page| pattern(page, at));
            let wrong = bytes.find(|(at, byte)| **byte != right(*at));
            check!(wrong.is_none(), "{who:?}: {frame:?} has {wrong:?}");
        }
    }
    kernel.vm.destroy_space(space);
    Ok(())
}
