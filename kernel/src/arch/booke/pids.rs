//! Process identifiers: which space's translations an entry of the TLB is for.
//!
//! There are fewer than there can be spaces, so a space has one for as long as nobody else
//! takes it. Whoever takes one over finds nothing in the TLB under it.

use vm::SpaceId;

/// PIDs, 0 among them, which is for no space. Entries have 14 bits for theirs; we need
/// only as many as there are spaces that take turns.
const PIDS: usize = 256;

/// Who has which.
pub struct Pids {
    owners: [Option<SpaceId>; PIDS],
    /// How often one has been given.
    pub given: u64,
}

impl Pids {
    /// Nobody has one.
    pub const fn new() -> Pids {
        Pids {
            owners: [None; PIDS],
            given: 0,
        }
    }

    /// The space that has `pid`.
    pub fn owner(&self, pid: u64) -> Option<SpaceId> {
        *self.owners.get(pid as usize)?
    }

    /// How many are held by a space.
    pub fn held(&self) -> usize {
        self.owners.iter().flatten().count()
    }

    /// The one PID that a space can have.
    fn of(space: SpaceId) -> usize {
        1 + space.0 as usize % (PIDS - 1)
    }

    /// The PID of a space, if it has one.
    pub fn get(&self, space: SpaceId) -> Option<u64> {
        let pid = Pids::of(space);
        (self.owners[pid] == Some(space)).then_some(pid as u64)
    }

    /// The PID of a space, which has one from now on.
    pub fn give(&mut self, space: SpaceId) -> u64 {
        let pid = Pids::of(space);
        match self.owners[pid] {
            Some(owner) if owner == space => return pid as u64,
            Some(_) => boot::flush(pid as u64),
            None => {}
        }
        self.owners[pid] = Some(space);
        self.given += 1;
        pid as u64
    }

    /// The space has none any more.
    pub fn take_back(&mut self, space: SpaceId) {
        if let Some(pid) = self.get(space) {
            boot::flush(pid);
            self.owners[pid as usize] = None;
        }
    }
}
