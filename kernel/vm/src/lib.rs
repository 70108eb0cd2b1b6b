//! Quire's virtual memory: one hashed page table, and an inverted table beside it.
//!
//! Textbooks ask how an inverted table, with one row a frame, can serve a frame
//! that two processes share. The answer here is the PowerPC's own: virtual
//! addresses are global. A piece of memory is a **segment** with a VSID of its
//! own; each frame has one **name**, a virtual page of one segment; and to share
//! is to hold the same segment. Where that cannot be (another place, another
//! right, a page inherited by fork), an **alias** is one small record more.
//!
//! The HTAB is a cache: it may lose any entry, and the records, regions and
//! slots here say what to put back. There are no page tables of processes.
//!
//! Read in this order: `addr`, `record`, `records`, `segment`, `space`, `region`, `fault`,
//! `shadow`, `fold`, `fork`, `map`, `remap`, `grow`, `advise`, `object`, `resize`, `htab`,
//! `audit`.
//!
//! Nothing in here knows the machine, waits, or is unsafe; it is tested on the
//! host with a table of a few groups.
#![no_std]
#![forbid(unsafe_code)]
extern crate alloc;

mod addr;
mod advise;
mod ahead;
mod aliases;
mod around;
mod audit;
mod bounds;
mod cuts;
mod error;
mod fault;
mod fold;
mod fork;
mod frames;
mod grow;
mod htab;
mod inspect;
mod machine;
mod map;
mod object;
mod pages;
mod place;
mod query;
mod record;
mod records;
mod region;
mod regions;
mod remap;
mod report;
mod resident;
mod resize;
mod resolve;
mod segment;
mod shadow;
#[cfg(test)]
mod sizes;
mod space;
mod span;
mod stat;
mod usage;
mod vm;

pub use addr::*;
pub use bounds::Bounds;
pub use error::{Access, Fault, VmError};
pub use fork::Fork;
pub use inspect::{FrameUse, Reach, RecordReport, SlotUse};
pub use machine::*;
pub use map::Map;
pub use region::*;
pub use remap::{Leave, Remap};
pub use report::{FrameCounts, HtabCounts, SlotReport};
pub use shadow::MOST_SHADOWS;
pub use stat::Stat;
pub use usage::{PageReport, Translation, Usage};
pub use vm::{Limits, Vm};
