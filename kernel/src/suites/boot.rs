//! Suite `boot`: what the kernel set up before there were processes.

use super::{Finding, cases, check};
use crate::arch::{self, Rights};
use crate::cmdline::{self, Options};
use crate::platform;
use crate::state::Kernel;
use vm::PAGE_SIZE;

cases! { "boot":
    memory_is_in_order,
    frames_cover_memory,
    image_has_rights,
    rights_are_in_the_page_table,
    stack_is_ours,
    timebase_runs,
}

fn memory_is_in_order(kernel: &mut Kernel) -> Finding {
    let memory = kernel.info.memory();
    check!(!memory.is_empty(), "there is no memory");
    for pair in memory.windows(2) {
        check!(
            pair[0].end <= pair[1].start,
            "{:x?} and {:x?} overlap",
            pair[0],
            pair[1]
        );
    }
    Ok(())
}

fn frames_cover_memory(kernel: &mut Kernel) -> Finding {
    let counts = kernel.vm.frame_counts();
    let all = kernel.info.memory_end() / PAGE_SIZE;
    check!(
        counts.total as u64 == all,
        "{} frames in a table for {all}",
        counts.total
    );
    let sum = counts.free + counts.private + counts.object + counts.kernel;
    check!(sum == counts.total, "{counts:?} do not add up");
    let given = counts.total - counts.kernel;
    let most = options(kernel).frames;
    check!(
        given == most || (given < most && given > counts.total / 2),
        "programs have {given} frames, of {} and no more than {most}",
        counts.total
    );
    check!(
        counts.private == 0 && counts.free > given / 2,
        "{counts:?} before the first program"
    );
    Ok(())
}

/// What the command line asks for.
fn options(kernel: &Kernel) -> Options<'_> {
    // What it does not know it has said when it started.
    cmdline::parse(kernel.info.command_line(), |_| ()).unwrap_or_default()
}

/// No part of the image can be written and executed, and the text can be
/// executed only.
fn image_has_rights(_: &mut Kernel) -> Finding {
    let text = arch::text();
    let text = arch::real(text.start as *const u8)..arch::real(text.end as *const u8);
    let image = arch::image();
    let area = image.iter().find(|area| area.range == text);
    check!(
        area.is_some_and(|area| area.rights == Rights::ReadExecute),
        "the text is not R-X"
    );
    let guards = image
        .iter()
        .filter(|area| area.rights == Rights::Nothing && !area.range.is_empty());
    check!(
        guards.count() == arch::stacks().len(),
        "a stack has no guard page"
    );
    Ok(())
}

fn rights_are_in_the_page_table(kernel: &mut Kernel) -> Finding {
    for area in arch::image().iter().filter(|area| !area.range.is_empty()) {
        for at in [area.range.start, area.range.end - 1] {
            let found = arch::linear_rights(kernel.info, at);
            check!(found == area.rights, "{} has {found} at {at:#x}", area.name);
        }
    }
    let data = (&raw const *kernel.info).cast::<u8>();
    let found = arch::linear_rights(kernel.info, arch::real(data));
    check!(found == Rights::ReadWrite, "a static has {found}");
    Ok(())
}

fn stack_is_ours(_: &mut Kernel) -> Finding {
    let local = 0u64;
    let at = (&raw const local) as u64;
    let stack = &arch::stacks()[0];
    check!(
        stack.contains(&at),
        "a variable is at {at:#x}, the stack at {stack:x?}"
    );
    Ok(())
}

fn timebase_runs(_: &mut Kernel) -> Finding {
    let hz = platform::timebase_hz();
    check!(
        (1_000_000..18_000_000_000).contains(&hz),
        "a timebase of {hz} Hz"
    );
    let start = platform::timebase();
    let runs = (0..1_000_000).any(|_| platform::timebase() > start);
    check!(runs, "the timebase stands at {start}");
    Ok(())
}
