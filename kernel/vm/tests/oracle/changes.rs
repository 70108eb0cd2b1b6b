//! The steps that change what is mapped already: madvise and mlock.

use super::model::Kind;
use super::places::*;
use super::player::Player;
use super::program::Step;
use vm::*;

impl Player {
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
        let shared = matches!(self.model.space(n)[&ea].kind, Kind::Shared(..));
        if access == Access::Write && !shared && self.has_copy(n, ea) {
            return self.model.write(n, ea, word);
        }
        self.touched(n, ea, Ok(word));
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
