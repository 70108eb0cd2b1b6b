//! Quire, a teaching kernel for the hashed page table of the Power ISA.
//!
//! The table of contents, and how the kernel starts.
#![no_std]
#![no_main]

extern crate alloc;

#[macro_use]
mod console; // print! and println!

// The machine.
mod arch; //       the processor: traps, SLB, hashed page table, linear map
mod boot_info; //  what firmware told us
mod cmdline; //    what the user asked for
mod heap; //       the kernel's own memory
mod lock; //       what is used by one at a time
mod memory_map; // what real memory holds
mod platform; //   what is around the processor: console, clock, power, firmware

// When the kernel itself fails.
mod backtrace; // who called whom
mod panic; //     what is printed, and how QEMU learns of it
mod symbols; //   names of functions

// What a program sees.
mod frame_bytes; // the bytes of a page
mod fs; //      files, devices, /proc
mod numbered; // things by number
mod process; // who runs, and how programs begin and end
mod state; //   everything the kernel knows, behind one lock
mod strace; //  what they ask for, shown
mod suites; //  tests that run on the machine
mod syscall; // what programs ask for

use arch::{Frame, Mmu, Resume, Rights};
use boot_info::BootInfo;
use cmdline::Options;
use core::fmt::Display;
use memory_map::{Area, MemoryMap};
use spin::Once;
use vm::{Limits, Machine, Vm};

static BOOT_INFO: Once<BootInfo> = Once::new();

/// Rust begins here, before the MMU is as it is to be, on the kernel's stack. `firmware` is
/// the real address of what firmware left for us: code to be called, or a device tree.
#[unsafe(no_mangle)]
extern "C" fn quire_main(firmware: u64) -> ! {
    // SAFETY: firmware passed it, and all its memory is still as it was.
    let info = unsafe { platform::discover(firmware) }.unwrap_or_else(|why| give_up(&why));
    // SAFETY: firmware has been asked everything.
    unsafe { arch::take_traps() }.unwrap_or_else(|why| give_up(&why));
    kmain(BOOT_INFO.call_once(|| info))
}

fn kmain(info: &'static BootInfo) -> ! {
    println!("Quire {}: {info}", env!("CARGO_PKG_VERSION"));
    let unknown = |word| println!("warning: nobody knows the word {word:?} on the command line");
    let options = cmdline::parse(info.command_line(), unknown).unwrap_or_else(|why| give_up(&why));
    let mut map = MemoryMap::new(info);
    let mut mmu = Mmu::new(info, &mut map).unwrap_or_else(|why| give_up(&why));
    mmu.move_pages_by(options.pages);
    set_up_heap(info, mmu.groups(), &mut map);
    map.print(info);
    let vm = set_up_vm(mmu, info, &map, &options);
    // SAFETY: what the kernel's map needs is in the page table, `map` says what the kernel
    // needs, and the vectors are in place.
    unsafe { arch::mmu_on(info, &map) }.unwrap_or_else(|why| give_up(&why));
    let frame = process::start(vm, info);
    // SAFETY: it is the frame of the first program, which the kernel keeps.
    unsafe { arch::resume(frame) }
}

/// Sets memory aside for the heap, and notes that in the map.
fn set_up_heap(info: &BootInfo, groups: u32, map: &mut MemoryMap) {
    let size = heap::size_for(info, groups);
    let Some(range) = map.find(info, size, vm::PAGE_SIZE) else {
        give_up(&format_args!(
            "no {} KiB of memory in one piece for the heap",
            size >> 10
        ));
    };
    map.add(Area {
        range: range.clone(),
        name: "kernel heap",
        rights: Rights::ReadWrite,
    });
    // SAFETY: the range is free, and the map now says that it is taken.
    unsafe { heap::set_up(range) };
}

/// Pages of new memory that one touch may fill, when it comes after the page before: 32 KiB.
const AHEAD: u32 = 8;

/// Maps the kernel, and gives the virtual memory every frame that nobody has.
fn set_up_vm(mmu: Mmu, info: &BootInfo, map: &MemoryMap, options: &Options) -> Vm<Mmu> {
    let frame = |address| (address >> vm::PAGE_SHIFT) as u32;
    let limits = Limits {
        used: options.frames,
        // Half of memory: what Linux gives a tmpfs (tmpfs(5), size).
        kept: options.frames.min(frame(info.memory_end())) / 2,
        ahead: AHEAD,
        ..Limits::for_frames(frame(info.memory_end()))
    };
    let mut vm = Vm::new(mmu, limits, options.fork);
    arch::map_kernel(info, map, |slot| vm.bolt(slot)).unwrap_or_else(|why| give_up(&why));
    for range in map.free(info) {
        vm.give(frame(range.start)..frame(range.end));
    }
    vm
}

/// Says why the machine cannot be used, and ends it in failure.
fn give_up(why: &dyn Display) -> ! {
    println!("Quire cannot start: {why}");
    platform::fail("cannot start")
}

/// Every trap but system calls comes here, by the vectors in `boot`, with interrupts off and
/// on the top of the kernel's stack. What is returned is resumed.
#[unsafe(no_mangle)]
extern "C" fn quire_trap(frame: *mut Frame) -> Resume {
    if arch::is_kernel(frame) {
        // SAFETY: the kernel's own frame, which nobody else refers to.
        panic::kernel_trap(unsafe { &*frame });
    }
    process::trap(frame)
}

/// System calls come here, in the same way, if [`quire_ask`] has not answered them.
#[unsafe(no_mangle)]
extern "C" fn quire_call(frame: *mut Frame) -> Resume {
    process::call(frame)
}

/// System calls come here first, while `frame` has only those registers that a function may
/// change, and not where the program goes on. If the call could not be answered,
/// [`Registers::All`](boot::Registers) says so.
#[unsafe(no_mangle)]
extern "C" fn quire_ask(frame: *mut Frame, number: u64) -> Resume {
    process::ask(frame, number)
}
