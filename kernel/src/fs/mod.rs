//! Files: a read-only tree from the initrd, a few devices, and /proc.

mod console;
mod descriptors;
mod device;
mod initrd;
mod node;
mod open;
pub mod proc;
mod text;
mod tree;
mod walk;

pub use console::{Line, Typed};
pub use descriptors::{Descriptors, OnExec};
pub use device::Device;
pub use node::{DirEntry, Kind, Node};
pub use open::{Contents, Mode, OpenFile};
pub use text::Text;
pub use tree::Tree;
pub use walk::Found;
