//! Suite `frames`: the frame table's counts follow what is mapped and touched.

use super::{Finding, cases, check, map, new_space};
use crate::state::Kernel;
use alloc::format;
use vm::{Access, Ea, PAGE_SIZE, Source, SpaceId};

cases! { "frames":
    touched_pages_are_counted,
    an_object_keeps_its_pages,
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
