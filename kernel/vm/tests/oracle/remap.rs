//! The step that is mremap, and what it should come to.

use super::model::{Kind, Page};
use super::places::*;
use super::player::Player;
use super::program::Step;
use std::ops::Range;
use vm::*;

/// What a call of mremap is about.
#[derive(Debug)]
struct Request {
    old: Range<u64>,
    new_len: u64,
    how: Remap,
    leave: Leave,
}

/// What it should come to.
#[derive(Debug, PartialEq)]
enum Outcome {
    Refused(VmError),
    Shorter,
    Longer,
    Elsewhere,
}

impl Player {
    pub fn remap(&mut self, step: &Step) {
        let Step(_, [space, page, old, new, how, to, leave]) = *step;
        let n = self.space(space);
        let mut range = range(self.ea(n, page), old);
        if old % 8 == 7 {
            range.end = range.start;
        }
        let request = Request {
            old: range,
            new_len: (1 + u64::from(new) % 7) * PAGE_SIZE,
            how: match how % 4 {
                0 => Remap::InPlace,
                1 | 2 => Remap::MayMove,
                _ => Remap::Fixed(Ea(self.ea(n, to))),
            },
            leave: match leave % 3 {
                2 => Leave::Mapping,
                _ => Leave::Nothing,
            },
        };
        self.remap_as(n, &request);
    }

    fn remap_as(&mut self, n: usize, request: &Request) {
        let Request {
            old,
            new_len,
            how,
            leave,
        } = request;
        let outcome = self.outcome(n, request);
        let len = old.end - old.start;
        let result = self
            .vm
            .remap(self.id(n), Ea(old.start), len, *new_len, *how, *leave);
        self.note(|| format!("{n} remaps {request:x?}, {outcome:?}: {result:x?}"));
        let expected = match outcome {
            Outcome::Refused(error) => Err(error),
            _ => Ok(()),
        };
        if outcome == Outcome::Elsewhere {
            self.model.copied(n, &request.kept());
        }
        if !self.agree(&result, expected) {
            return;
        }
        self.count_remap(&outcome, request);
        let start = result.expect("it was done").0;
        let new = start..start + new_len;
        match outcome {
            Outcome::Elsewhere => return self.moved(n, request, &new),
            Outcome::Shorter => self.model.unmap(n, &(new.end..old.end.max(new.end))),
            _ => self.made_longer(n, &(old.end..new.end), old.end - PAGE_SIZE),
        }
        assert_eq!(new.start, old.start);
    }

    /// What mremap(2) says, in the order of its checks.
    fn outcome(&self, n: usize, request: &Request) -> Outcome {
        let Some(page) = self.model.space(n).get(&request.old.start) else {
            return Outcome::Refused(VmError::NotMapped);
        };
        if let Some(error) = request.refused(page) {
            return Outcome::Refused(error);
        }
        let (old, end) = (&request.old, request.old.start + request.new_len);
        let region_end = self.model.region_end(n, old.start);
        if request.stays() && end <= old.end {
            Outcome::Shorter
        } else if old.end > region_end {
            Outcome::Refused(VmError::NotMapped)
        } else if request.stays() && old.end == region_end && self.model.is_free(n, &(old.end..end))
        {
            self.if_it_may(n, request, Outcome::Longer)
        } else if request.how == Remap::InPlace {
            Outcome::Refused(VmError::NoMemory)
        } else {
            self.if_it_may(n, request, Outcome::Elsewhere)
        }
    }

    /// The outcome, unless it is more than the space may map.
    fn if_it_may(&self, n: usize, request: &Request, outcome: Outcome) -> Outcome {
        let page = &self.model.space(n)[&request.old.start];
        let goes = match request.leave {
            Leave::Nothing => request.old.clone(),
            Leave::Mapping => 0..0,
        };
        if self.model.may_map(n, request.new_len, page, &goes) {
            outcome
        } else {
            Outcome::Refused(VmError::NoMemory)
        }
    }

    fn count_remap(&mut self, outcome: &Outcome, request: &Request) {
        let again = request.old.is_empty();
        self.seen.count(match (outcome, request.leave) {
            (Outcome::Shorter, _) => "remapped shorter",
            (Outcome::Longer, _) => "remapped longer in place",
            (_, Leave::Mapping) => "remapped, and the old mapping stays",
            _ if again => "remapped a second time",
            _ => "remapped elsewhere",
        });
    }

    /// `range` continues the page at `last`.
    fn made_longer(&mut self, n: usize, range: &Range<u64>, last: u64) {
        let last = self.model.space(n)[&last];
        let first = Page {
            kind: last.kind.after(1),
            ..last
        };
        self.model.map(n, range, &first);
    }

    fn moved(&mut self, n: usize, request: &Request, new: &Range<u64>) {
        let Request {
            old, how, leave, ..
        } = request;
        match how {
            Remap::Fixed(to) => assert_eq!(to.0, new.start),
            _ => assert!(self.model.is_free(n, new), "{new:#x?} is taken"),
        }
        let first = self.model.space(n)[&old.start];
        self.model.map(n, new, &first);
        self.model.move_pages(n, &request.kept(), new.start);
        match leave {
            Leave::Nothing => self.model.unmap(n, old),
            Leave::Mapping => self.model.wipe_all(n, |ea, _| old.contains(&ea)),
        }
    }
}

impl Request {
    /// The part of the old mapping whose pages stay, here or elsewhere.
    fn kept(&self) -> Range<u64> {
        let Range { start, end } = self.old;
        start..end.min(start + self.new_len)
    }

    /// Whether the mapping may stay where it is.
    fn stays(&self) -> bool {
        let moves = self.leave == Leave::Mapping || matches!(self.how, Remap::Fixed(_));
        !moves && !self.old.is_empty()
    }

    /// Why it makes no sense, for a mapping that begins with `page`.
    fn refused(&self, page: &Page) -> Option<VmError> {
        let again = self.old.is_empty();
        let old_len = self.old.end - self.old.start;
        let overlaps = |to: &Ea| to.0 < self.old.end && self.old.start < to.0 + self.new_len;
        match (self.how, self.leave) {
            (Remap::InPlace, Leave::Mapping) => Some(VmError::Invalid),
            (Remap::InPlace, _) if again => Some(VmError::Invalid),
            (_, Leave::Mapping) if old_len != self.new_len => Some(VmError::Invalid),
            (Remap::Fixed(to), _) if overlaps(&to) => Some(VmError::Invalid),
            _ if again && !matches!(page.kind, Kind::Shared(..)) => Some(VmError::Invalid),
            (Remap::Fixed(to), _) if to.0 + self.new_len > USER_END.0 => Some(VmError::NoMemory),
            _ => None,
        }
    }
}
