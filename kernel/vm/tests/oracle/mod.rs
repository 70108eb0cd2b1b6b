//! The oracle: random programs on many spaces, played on the virtual memory and on
//! a model that keeps each word and really copies at fork.
//!
//! Read in this order: `program`, `generate`, `fragments`, `places`, `model`, `config`, `player`, `steps`,
//! `bounds`, `changes`, `remap`, `files`, `check`, `settle`, `hunt`, `shrink`.
#![allow(dead_code, reason = "each test file uses a part")]

pub mod bounds;
pub mod changes;
pub mod check;
pub mod config;
pub mod files;
pub mod fragments;
pub mod generate;
pub mod hunt;
pub mod model;
pub mod places;
pub mod player;
pub mod program;
pub mod quiet;
pub mod remap;
pub mod seen;
pub mod settle;
pub mod shrink;
pub mod steps;
