//! Suite `htab`: entries written to and read from the hashed page table itself.
//!
//! The virtual memory enters some pages; each case then takes one entry out of
//! the table and puts it back, behind the virtual memory's back.

use super::{Finding, cases, check, map, new_space};
use crate::state::Kernel;
use alloc::format;
use alloc::vec::Vec;
use vm::{
    Access, Ea, Fetch, GROUP, Hash, Machine, Noted, Pp, Pte, PteSlot, Rights, SEGMENT_SIZE,
    SlotUse, Source, SpaceId, Vpn,
};

cases! { "htab":
    size_is_a_power_of_two,
    entries_are_in_their_group,
    what_is_entered_is_read,
    protect_changes_rights_only,
    remove_makes_free,
    several_are_removed_at_once,
    bolted_entries_are_the_kernels,
}

fn size_is_a_power_of_two(kernel: &mut Kernel) -> Finding {
    let (groups, counts) = (kernel.vm.machine.groups(), kernel.vm.htab_counts());
    check!(groups.is_power_of_two(), "{groups} groups");
    check!(
        counts.groups == groups,
        "the virtual memory counts {} groups",
        counts.groups
    );
    check!(counts.slots == groups * GROUP, "{} slots", counts.slots);
    Ok(())
}

/// An entry of the table.
struct Entered {
    slot: PteSlot,
    hash: Hash,
    pte: Pte,
}

/// The group that a page's hash names (Power ISA v3.0B, Book III, "Page Table
/// Search").
fn group(vpn: Vpn, hash: Hash, groups: u32) -> u32 {
    let primary = vpn.vsid().0 as u32 ^ vpn.page().0;
    let value = match hash {
        Hash::Primary => primary,
        Hash::Secondary => !primary,
    };
    value & (groups - 1)
}

/// Finds the entry of `vpn` where the hardware would.
fn find(kernel: &Kernel, vpn: Vpn) -> Option<Entered> {
    let machine = &kernel.vm.machine;
    [Hash::Primary, Hash::Secondary]
        .into_iter()
        .find_map(|hash| {
            let first = group(vpn, hash, machine.groups()) * GROUP;
            (first..first + GROUP).map(PteSlot).find_map(|slot| {
                let (pte, _) = machine.read(slot).filter(|(pte, _)| pte.vpn == vpn)?;
                Some(Entered { slot, hash, pte })
            })
        })
}

/// Writes to a page at `at` of a fresh segment and finds its entry.
fn enter(kernel: &mut Kernel, space: SpaceId, at: Ea) -> Result<Entered, alloc::string::String> {
    map(kernel, space, at, 1, Source::Zero)?;
    kernel
        .vm
        .fault(space, at, Access::Write)
        .map_err(|fault| format!("{fault:?}"))?;
    let entry = kernel
        .vm
        .segment_fault(space, at)
        .map_err(|fault| format!("{fault:?}"))?;
    let vpn = Vpn::new(entry.vsid, at.page());
    find(kernel, vpn).ok_or_else(|| format!("{vpn:?} is in neither of its groups"))
}

/// Does `test` with the entries of pages here and there in some segments.
fn with_entries(kernel: &mut Kernel, test: fn(&mut Kernel, &Entered) -> Finding) -> Finding {
    let space = new_space(kernel)?;
    let mut finding = Ok(());
    for segment in 1..4 {
        for page in [0, 1, 0x7ff, 0x800, 0xabcd, 0xffff] {
            let at = Ea(segment * SEGMENT_SIZE + page * vm::PAGE_SIZE);
            let tested = enter(kernel, space, at).and_then(|entered| test(kernel, &entered));
            finding = finding.and(tested);
        }
    }
    kernel.vm.destroy_space(space);
    finding
}

fn entries_are_in_their_group(kernel: &mut Kernel) -> Finding {
    with_entries(kernel, |_, _| Ok(()))
}

fn what_is_entered_is_read(kernel: &mut Kernel) -> Finding {
    with_entries(kernel, |kernel, Entered { slot, hash, pte }| {
        kernel.vm.machine.remove(*slot, Some(pte.vpn));
        kernel.vm.machine.enter(*slot, pte, *hash);
        let read = kernel.vm.machine.read(*slot);
        check!(
            read == Some((*pte, Noted::empty())),
            "{pte:?} in {slot:?} reads {read:?}"
        );
        Ok(())
    })
}

fn protect_changes_rights_only(kernel: &mut Kernel) -> Finding {
    with_entries(kernel, |kernel, Entered { slot, pte, .. }| {
        let rights = Rights {
            pp: Pp::ReadOnly,
            fetch: Fetch::Never,
        };
        kernel.vm.machine.protect(*slot, pte.vpn, rights);
        let read = kernel.vm.machine.read(*slot).map(|(pte, _)| pte);
        kernel.vm.machine.protect(*slot, pte.vpn, pte.rights);
        let restored = kernel.vm.machine.read(*slot).map(|(pte, _)| pte);
        check!(
            read == Some(Pte { rights, ..*pte }),
            "{pte:?} in {slot:?} reads {read:?}"
        );
        check!(
            restored == Some(*pte),
            "{pte:?} restored in {slot:?} reads {restored:?}"
        );
        Ok(())
    })
}

fn remove_makes_free(kernel: &mut Kernel) -> Finding {
    with_entries(kernel, |kernel, Entered { slot, hash, pte }| {
        kernel.vm.machine.remove(*slot, Some(pte.vpn));
        let read = kernel.vm.machine.read(*slot);
        kernel.vm.machine.enter(*slot, pte, *hash);
        check!(
            read.is_none(),
            "{slot:?} reads {read:?} after it was removed"
        );
        Ok(())
    })
}

/// Some by their page, some as those of a segment that is no more.
fn several_are_removed_at_once(kernel: &mut Kernel) -> Finding {
    let space = new_space(kernel)?;
    let mut all = Vec::new();
    for page in 0..7 {
        let at = Ea(SEGMENT_SIZE + 5 * page * vm::PAGE_SIZE);
        all.push(enter(kernel, space, at)?);
    }
    let dead = |n: usize, vpn: Vpn| (!n.is_multiple_of(3)).then_some(vpn);
    let entries = all.iter().enumerate();
    let entries = entries.map(|(n, one)| (one.slot, dead(n, one.pte.vpn)));
    kernel.vm.machine.remove_all(entries, drop);
    let mut left = all.iter().map(|one| kernel.vm.machine.read(one.slot));
    let left = left.any(|read| read.is_some());
    for Entered { slot, hash, pte } in &all {
        kernel.vm.machine.enter(*slot, pte, *hash);
    }
    kernel.vm.destroy_space(space);
    check!(!left, "an entry is still there");
    Ok(())
}

/// The kernel's own entries are no program's, where the table has any.
fn bolted_entries_are_the_kernels(kernel: &mut Kernel) -> Finding {
    let groups = 0..kernel.vm.machine.groups();
    let slots = groups.filter_map(|group| kernel.vm.group(group)).flatten();
    let bolted = slots.filter(|(used, _)| *used == SlotUse::Bolted);
    let (mut count, mut ours) = (0, 0);
    for (_, entry) in bolted {
        count += 1;
        ours += u32::from(entry.is_none());
    }
    check!(count == ours, "{} of {count} are programs'", count - ours);
    check!(
        count == kernel.vm.htab_counts().bolted,
        "{count} entries are bolted"
    );
    Ok(())
}
