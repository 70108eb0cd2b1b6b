//! The processor: one folder an MMU kind.

mod book3s;
pub use book3s::*;
