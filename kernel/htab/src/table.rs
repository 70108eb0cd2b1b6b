//! What a hashed page table can do, whoever keeps it: the part of [`vm::Machine`] that
//! is about PTEs.

use crate::pte::Entry;
use vm::{Hash, Pte, PteSlot, Rights, Vpn};

/// A hashed page table with programs' entries in it, and perhaps the kernel's.
///
/// In go only entries of programs, so nothing that is done here changes what the kernel
/// itself sees. Out comes what is there: [`noted`](crate::noted) and
/// [`decode`](crate::decode) say what it means.
///
/// No call can fail: a caller that names a slot which is not as it says has lost count
/// of the table, and the implementation panics with the slot's number and what is in it.
pub trait PageTable {
    /// Groups of eight entries: a power of two, and at least 2^11.
    fn groups(&self) -> u32;

    /// Writes `pte`, with R and C clear, into `slot`, which is free and in the group that
    /// `hash` names.
    fn enter(&mut self, slot: PteSlot, pte: &Pte, hash: Hash);

    /// Makes `slot` free, and returns what was in it: the entry of `vpn`, or with
    /// `None` that of any program's page.
    fn remove(&mut self, slot: PteSlot, vpn: Option<Vpn>) -> Entry;

    /// Changes what the entry in `slot`, that of `vpn`, allows, and nothing else of it.
    fn protect(&mut self, slot: PteSlot, vpn: Vpn, rights: Rights);

    /// What is in `slot`, valid or not.
    fn read(&self, slot: PteSlot) -> Entry;
}
