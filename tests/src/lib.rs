//! What the tests that boot Quire are written with.
//!
//! A test describes a [`Machine`] of either [`Kind`], boots it, talks to its console through a
//! [`Session`], and looks at the [`Run`] that is left when QEMU has ended. No test
//! can hang: a session has a time limit, and a panic at its end that says what was
//! awaited and what came last. How QEMU is called is written once, in
//! `tools/qemu.sh`, so that the tests boot what `make run` boots.

pub mod initrd;
mod machine;
pub mod places;
mod run;
mod session;

pub use machine::{Clock, Cpu, Firmware, Kind, Machine};
pub use run::Run;
pub use session::Session;
