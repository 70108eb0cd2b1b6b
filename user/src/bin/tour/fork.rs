//! Steps 2 and 3: a fork writes nothing per page, so its time does not depend on
//! how much memory the process has.

use crate::show::{Show, Strategy};
use quire_user::forktime::{FILE_ROOM, Sample, look, measure};
use quire_user::{Area, Errno, clock, proc};

const MIB: usize = 1 << 20;
/// Frames that a new process may need for itself: its stack page, copied when it
/// first writes, and what the kernel keeps of it.
const FEW: u64 = 16;
/// Forks that are timed for each size.
const RUNS: usize = 5;

/// A fork of a process with 64 MiB touched, seen by the parent just before and by
/// the child just after.
pub fn with_64_mib(show: &mut Show) -> Result<(), Errno> {
    show.title("A fork of a process that has touched 64 MiB");
    let area = Area::private(64 * MIB)?;
    area.fill(1);
    let sample = look(&[c"/proc/vm/stat", c"/proc/vm/frames"])?;
    let pages = area.pages() as u64;
    show.number("pages touched", pages);
    tell_counts(show, &sample, pages);
    [sample.files_before, sample.files_child, area]
        .into_iter()
        .try_for_each(Area::unmap)?;
    explain(show);
    Ok(())
}

/// What number `name` was in file `file` of the two: before the fork, and after.
fn before_and_after(sample: &Sample, file: usize, name: &str) -> (u64, u64) {
    let mut buffer = [0; FILE_ROOM];
    let mut read = |area| proc::value(Sample::text(area, file, &mut buffer), name).unwrap_or(0);
    (read(sample.files_before), read(sample.files_child))
}

fn tell_counts(show: &mut Show, sample: &Sample, pages: u64) {
    let grown = |name| {
        let (before, after) = before_and_after(sample, 0, name);
        after.saturating_sub(before)
    };
    // But for fork=shared, the child's first instructions enter the few pages they use.
    let few = match show.strategy {
        Strategy::Shared => 0,
        Strategy::Lazy | Strategy::Eager => FEW,
    };
    show.exactly("forks", grown("forks"), 1);
    let aliases = grown("aliases_made");
    match show.strategy {
        Strategy::Eager => show.at_least("aliases made", aliases, pages),
        _ => show.at_most("aliases made", aliases, few),
    }
    show.at_most("PTEs entered", grown("ptes_entered"), few);
    show.exactly("pages copied", grown("copies"), 0);
    let (before, after) = before_and_after(sample, 1, "free");
    show.at_most("frames taken", before.saturating_sub(after), FEW);
}

fn explain(show: &Show) {
    let how = match show.strategy {
        Strategy::Shared => {
            "   The child's segments are the parent's: the same VSIDs, with the key bit set on both\n   \
             sides, so that neither may write. Nothing was done for any page."
        }
        Strategy::Lazy => {
            "   Both sides have fresh segments above the old ones, which nobody writes any more:\n   \
             what is not found above is found below. Nothing was done for any page."
        }
        Strategy::Eager => {
            "   This is the textbook's fork: for each page the child has an alias of the parent's\n   \
             frame, and the parent's PTE was changed, so that neither may write."
        }
    };
    show.say(format_args!(
        "{how}\n   \
         (Parent and child read the counters by system calls in a row and write only to\n   \
         shared memory, so that looking costs nothing. The child's stack page is copied\n   \
         when it first writes there: after this picture was taken.)"
    ));
}

/// 1 MiB against 64 MiB.
pub fn time(show: &mut Show) -> Result<(), Errno> {
    show.title("How long a fork takes");
    let (small, large) = (median(MIB)?, median(64 * MIB)?);
    show.number("ns with 1 MiB touched", small);
    show.number("ns with 64 MiB touched", large);
    let percent = small.abs_diff(large) * 100 / small.max(1);
    if show.strategy == Strategy::Eager {
        show.say(format_args!(
            "   A fork that does something for each page: compare `fork=shared`."
        ));
    } else if clock::counts_instructions() {
        show.at_most("per cent that they differ", percent, 10);
        show.say(format_args!("   The clock counts instructions here (-icount), one each nanosecond: 64 times the\n   memory, the same work."));
    } else {
        show.number("per cent that they differ", percent);
        show.say(format_args!(
            "   This is the host's time, which wobbles. `make tour` counts instructions instead."
        ));
    }
    Ok(())
}

/// The median time of a fork with `len` bytes touched, up to the child's first
/// instruction.
fn median(len: usize) -> Result<u64, Errno> {
    let area = Area::private(len)?;
    area.fill(1);
    let mut times = [0; RUNS];
    for time in &mut times {
        let Sample { before, child, .. } = measure()?;
        *time = child.saturating_sub(before);
    }
    times.sort_unstable();
    area.unmap()?;
    Ok(times[RUNS / 2])
}
