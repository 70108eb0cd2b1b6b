//! Suite `slb`: segments as the machine gets them from the virtual memory.

use super::{Finding, cases, check, map, new_space};
use crate::state::Kernel;
use alloc::format;
use alloc::vec::Vec;
use vm::{Ea, Fault, SlotReport, Source, SpaceId, USER_END};

cases! { "slb":
    a_segment_fault_makes_a_slot,
    nothing_mapped_is_no_slot,
    more_segments_than_entries,
}

fn with_space(kernel: &mut Kernel, test: fn(&mut Kernel, SpaceId) -> Finding) -> Finding {
    let space = new_space(kernel)?;
    kernel.vm.enter_space(space);
    let finding = test(kernel, space);
    kernel.vm.destroy_space(space);
    finding
}

fn slots(kernel: &Kernel, space: SpaceId) -> Vec<SlotReport> {
    kernel.vm.segments(space).collect()
}

fn a_segment_fault_makes_a_slot(kernel: &mut Kernel) -> Finding {
    with_space(kernel, |kernel, space| {
        let at = Ea(0x5000_0000);
        map(kernel, space, at, 1, Source::Zero)?;
        let entry = kernel
            .vm
            .segment_fault(space, at)
            .map_err(|fault| format!("{fault:?}"))?;
        let again = kernel
            .vm
            .segment_fault(space, at)
            .map_err(|fault| format!("{fault:?}"))?;
        check!(entry.vsid == again.vsid, "{entry:?}, then {again:?}");
        let slots = slots(kernel, space);
        check!(
            slots.len() == 1 && slots[0].esid == at.esid(),
            "the slots are {slots:?}"
        );
        check!(slots[0].refs == 1, "{slots:?}");
        Ok(())
    })
}

fn nothing_mapped_is_no_slot(kernel: &mut Kernel) -> Finding {
    with_space(kernel, |kernel, space| {
        for at in [
            Ea(0x1000),
            Ea(USER_END.0 - 1),
            USER_END,
            Ea(0xc000_0000_0000_0000),
            Ea(u64::MAX),
        ] {
            let answer = kernel.vm.segment_fault(space, at);
            check!(answer == Err(Fault::NotMapped), "{at:?} gives {answer:?}");
        }
        check!(slots(kernel, space).is_empty(), "a slot for nothing");
        Ok(())
    })
}

/// More segments than any processor's buffer has entries: each is loaded in turn.
fn more_segments_than_entries(kernel: &mut Kernel) -> Finding {
    with_space(kernel, |kernel, space| {
        for esid in 1..=100 {
            let at = Ea(esid << 28);
            map(kernel, space, at, 1, Source::Zero)?;
            let entry = kernel
                .vm
                .segment_fault(space, at)
                .map_err(|fault| format!("{fault:?}"))?;
            kernel.vm.machine.load(space, at.esid(), entry);
        }
        check!(slots(kernel, space).len() == 100, "slots are missing");
        Ok(())
    })
}
