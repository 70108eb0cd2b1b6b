//! The steps that change what is mapped already: mremap, madvise and mlock.

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
            self.model.copied(n, &kept(request));
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

    /// What mremap(2) says, in the order of the checks.
    fn outcome(&self, n: usize, request: &Request) -> Outcome {
        let Request {
            old,
            new_len,
            how,
            leave,
        } = request;
        let Some(page) = self.model.space(n).get(&old.start) else {
            return Outcome::Refused(VmError::NotMapped);
        };
        let old_len = old.end - old.start;
        let again = old_len == 0;
        let shared = matches!(page.kind, Kind::Shared(..));
        let overlaps = |to: &Ea| to.0 < old.end && old.start < to.0 + new_len;
        let invalid = match (how, leave) {
            (Remap::InPlace, _) if again || *leave == Leave::Mapping => true,
            (_, Leave::Mapping) if old_len != *new_len => true,
            (Remap::Fixed(to), _) if overlaps(to) => true,
            _ => again && !shared,
        };
        if invalid {
            return Outcome::Refused(VmError::Invalid);
        }
        if let Remap::Fixed(to) = how
            && to.0 + new_len > USER_END.0
        {
            return Outcome::Refused(VmError::NoMemory);
        }
        let stays = !again && *leave == Leave::Nothing && !matches!(how, Remap::Fixed(_));
        if stays && *new_len <= old_len {
            return Outcome::Shorter;
        }
        let region_end = self.model.region_end(n, old.start);
        let more = old.end..old.start + new_len;
        if old.end > region_end {
            Outcome::Refused(VmError::NotMapped)
        } else if stays && old.end == region_end && self.model.is_free(n, &more) {
            Outcome::Longer
        } else if *how == Remap::InPlace {
            Outcome::Refused(VmError::NoMemory)
        } else {
            Outcome::Elsewhere
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
        self.model.move_pages(n, &kept(request), new.start);
        match leave {
            Leave::Nothing => self.model.unmap(n, old),
            Leave::Mapping => self.model.wipe_all(n, |ea, _| old.contains(&ea)),
        }
    }

    pub fn clear(&mut self, space: u8, page: u8, pages: u8) {
        let n = self.space(space);
        let range = range(self.ea(n, page), pages);
        let result = self
            .vm
            .clear(self.id(n), Ea(range.start), range.end - range.start);
        self.note(|| format!("{n} clears {range:#x?}: {result:?}"));
        if self.agree(&result, Ok(())) {
            self.model.wipe_all(n, |ea, _| range.contains(&ea));
        }
    }

    pub fn flag(&mut self, step: &Step) {
        let Step(_, [space, page, pages, flag, clear, ..]) = *step;
        let n = self.space(space);
        let range = range(self.ea(n, page), pages);
        let flag = [Flags::DONT_FORK, Flags::WIPE_ON_FORK, Flags::LOCKED][usize::from(flag) % 3];
        let (set, clear) = match clear % 2 {
            0 => (flag, Flags::empty()),
            _ => (Flags::empty(), flag),
        };
        let len = range.end - range.start;
        let result = self
            .vm
            .set_flags(self.id(n), Ea(range.start), len, set, clear);
        self.note(|| format!("{n} flags {range:#x?} +{set:?} -{clear:?}: {result:?}"));
        if self.agree(&result, Ok(())) {
            self.model.set_flags(n, &range, set, clear);
        }
    }

    /// Each page is touched, up to the first that cannot be.
    pub fn populate(&mut self, space: u8, page: u8, pages_of: u8, how: u8) {
        let n = self.space(space);
        let range = range(self.ea(n, page), pages_of);
        let access = [Access::Read, Access::Write][usize::from(how) % 2];
        let len = range.end - range.start;
        let result = self.vm.populate(self.id(n), Ea(range.start), len, access);
        self.note(|| format!("{n} populates {range:#x?}, {access:?}: {result:?}"));
        let mut expected = Ok(0);
        for ea in pages(&range) {
            expected = self.expect(n, ea, access);
            match expected {
                Ok(word) => self.populated(n, ea, access, word),
                Err(_) => break,
            }
        }
        self.agree_access(result.map(|()| 0), expected.map(|_| 0));
    }

    fn populated(&mut self, n: usize, ea: u64, access: Access, word: u64) {
        self.touched(n, ea, Ok(word));
        let shared = matches!(self.model.space(n)[&ea].kind, Kind::Shared(..));
        if access == Access::Write && !shared && self.has_copy(n, ea) {
            self.model.write(n, ea, word);
        }
    }

    /// Whether the space has a page of its own; where memory ran out it has not.
    fn has_copy(&self, n: usize, ea: u64) -> bool {
        let frame = self.vm.peek(self.id(n), Ea(ea));
        match self.model.space(n)[&ea].kind.file() {
            Some((file, at)) => frame.is_some() && frame != self.vm.object_page_if_there(file, at),
            None => frame.is_some(),
        }
    }
}

/// The part of the old mapping whose pages stay, here or elsewhere.
fn kept(request: &Request) -> Range<u64> {
    let Range { start, end } = request.old;
    start..end.min(start + request.new_len)
}
