//! The machine around the processor: one folder a machine.

mod pseries;
pub use pseries::*;
