//! The hashed page table: its entries as the Power ISA has them, what a table of them
//! can do, and one that lies in our own memory.
//!
//! `vm` decides which page has an entry, and in which slot. A hypervisor may keep the
//! table, or we do, for a processor whose TLB is filled by software; an entry is the
//! same there and here. Nothing in this crate knows the machine or is unsafe: it is
//! tested on the host, in both byte orders.
#![no_std]
#![forbid(unsafe_code)]

pub mod bits;
mod memory;
mod pte;
mod table;

pub use memory::{InMemory, SMALLEST, Stored, size_for};
pub use pte::{Entry, avpn, decode, encode, group, noted, rights};
pub use table::PageTable;
