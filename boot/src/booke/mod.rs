//! 64-bit Book III-E processors, e5500 the model: the TLB is filled by software.

#[macro_use]
mod macros;
mod entry;
mod float;
mod miss;
mod page;
mod spr;
mod tlb;
mod vectors;

pub use miss::{SEGMENTS, Segment, set_segments};
pub use page::{copy_page, zero_page};
pub use spr::{acknowledge_decrementer, pid, set_pid, tlb_config};
pub use tlb::{Mas, flush, load_map, read, search, write};
pub use vectors::take_vectors;
