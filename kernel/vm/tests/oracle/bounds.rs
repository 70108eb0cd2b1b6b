//! How much a space may map: the model's rule, and the step that changes it.

use super::model::{Kind, Model, Page};
use super::player::Player;
use super::program::Step;
use std::ops::Range;
use vm::*;

/// What a space may have at first: a stack does not grow beyond a few pages.
pub const BOUNDS: Bounds = Bounds {
    stack: 10 * PAGE_SIZE,
    ..Bounds::NONE
};

impl Page {
    /// Whether RLIMIT_DATA counts it, if it allows this (setrlimit(2)).
    fn is_data(&self, prot: Prot) -> bool {
        let shared = matches!(self.kind, Kind::Shared(..));
        let stack = self.flags.contains(Flags::GROWS_DOWN);
        prot.contains(Prot::WRITE) && !shared && !stack
    }
}

impl Model {
    /// Bytes that a space has mapped, and those of them that are data.
    pub fn mapped(&self, n: usize, goes: &Range<u64>) -> (u64, u64) {
        let pages = self.space(n).iter().filter(|(ea, _)| !goes.contains(ea));
        let data = pages.clone().filter(|(_, page)| page.is_data(page.prot));
        (
            pages.count() as u64 * PAGE_SIZE,
            data.count() as u64 * PAGE_SIZE,
        )
    }

    /// Whether a space may map `len` bytes like `page`, while what is in `goes` goes.
    pub fn may_map(&self, n: usize, len: u64, page: &Page, goes: &Range<u64>) -> bool {
        let (all, data) = self.mapped(n, goes);
        let bounds = self.bounds[n];
        let data_fits = !page.is_data(page.prot) || data.saturating_add(len) <= bounds.data;
        all.saturating_add(len) <= bounds.address_space && data_fits
    }

    /// Whether a range may be given these rights.
    pub fn may_allow(&self, n: usize, range: &Range<u64>, prot: Prot) -> bool {
        let pages = self.space(n).range(range.clone()).map(|(_, page)| page);
        let added = pages.filter(|page| !page.is_data(page.prot) && page.is_data(prot));
        let added = added.count() as u64 * PAGE_SIZE;
        added == 0 || self.mapped(n, &(0..0)).1 + added <= self.bounds[n].data
    }
}

impl Player {
    pub fn bound(&mut self, step: &Step) {
        let Step(_, [space, what, more, ..]) = *step;
        let n = self.space(space);
        let (all, data) = self.model.mapped(n, &(0..0));
        let more = u64::from(more) * PAGE_SIZE;
        let bounds = match what % 3 {
            0 => BOUNDS,
            1 => Bounds {
                address_space: all + more,
                ..BOUNDS
            },
            _ => Bounds {
                data: data + more,
                ..BOUNDS
            },
        };
        self.note(|| format!("{n} is bounded by {bounds:?}"));
        self.vm.set_bounds(self.id(n), bounds);
        self.model.bounds[n] = bounds;
    }
}
