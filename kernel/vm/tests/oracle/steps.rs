//! The steps that programs are made of: each is done on the virtual memory, then on
//! the model, and the two answers are compared.

use super::bounds::BOUNDS;
use super::model::{Kind, Page};
use super::places::*;
use super::player::Player;
use super::program::{Op, Step};
use crate::common::*;
use std::ops::Range;
use vm::*;

impl Player {
    pub fn read(&mut self, space: u8, page: u8) {
        let n = self.space(space);
        self.read_at(n, self.ea(n, page));
    }

    pub fn read_at(&mut self, n: usize, ea: u64) {
        let id = self.id(n);
        let result = read(&mut self.vm, id, ea);
        let expected = self.expect(n, ea, Access::Read);
        self.note(|| format!("{n} reads {ea:#x}: {result:?}"));
        self.agree_access(result, expected);
        self.touched(n, ea, expected);
    }

    /// What an access that was made should have given. A stack may have grown for it.
    pub fn expect(&mut self, n: usize, ea: u64, access: Access) -> Result<u64, Fault> {
        if let Some((range, page)) = self.growth(n, ea) {
            self.seen.count("grew a stack");
            self.model.map(n, &range, &page);
        }
        self.model.access(n, ea, access)
    }

    /// What a stack grew by for an access of `ea`.
    fn growth(&self, n: usize, ea: u64) -> Option<(Range<u64>, Page)> {
        let (range, page) = self.model.growth(n, ea, BOUNDS.stack)?;
        let may = self
            .model
            .may_map(n, range.end - range.start, &page, &(0..0));
        let could = !self.may_lack() || self.is_mapped(n, ea);
        (may && could).then_some((range, page))
    }

    fn is_mapped(&self, n: usize, ea: u64) -> bool {
        let mut regions = self.vm.regions(self.id(n));
        regions.any(|region| (region.start.0..region.end.0).contains(&ea))
    }

    /// A page that may be accessed has been, if it is there now. It may be there even
    /// where the access was refused in the end: its file then has the frame.
    pub fn touched(&mut self, n: usize, ea: u64, expected: Result<u64, Fault>) {
        if expected.is_ok() && self.vm.peek(self.id(n), Ea(ea)).is_some() {
            self.model.touch(n, ea);
        }
    }

    pub fn write(&mut self, space: u8, page: u8) {
        let n = self.space(space);
        let (ea, word) = (self.ea(n, page), self.new_word());
        let id = self.id(n);
        let result = write(&mut self.vm, id, ea, word);
        let expected = self.expect(n, ea, Access::Write);
        self.note(|| format!("{n} writes {ea:#x}: {word}, {result:?}"));
        if self.agree_access(result.and(expected), expected) {
            return self.model.write(n, ea, word);
        }
        self.touched(n, ea, expected);
    }

    /// The kernel copies from or to a program's page: it looks up the frame.
    pub fn resolve(&mut self, space: u8, page: u8, how: u8) {
        let n = self.space(space);
        let (ea, word) = (self.ea(n, page), self.new_word());
        let access = [Access::Read, Access::Write, Access::Fetch][usize::from(how) % 3];
        let frame = self.vm.resolve(self.id(n), Ea(ea), access);
        let expected = self.expect(n, ea, access);
        let result = frame.map(|frame| self.vm.machine.words[frame.0 as usize]);
        self.note(|| format!("the kernel looks at {ea:#x} of {n}: {access:?} {result:?}, {word}"));
        let agreed = self.agree_access(result, expected);
        if let (true, Ok(frame), Access::Write) = (agreed, frame, access) {
            self.vm.machine.words[frame.0 as usize] = word;
            return self.model.write(n, ea, word);
        }
        self.touched(n, ea, expected);
    }

    pub fn unmap(&mut self, space: u8, page: u8, pages: u8) {
        let n = self.space(space);
        let range = range(self.ea(n, page), pages);
        let result = self
            .vm
            .unmap(self.id(n), Ea(range.start), range.end - range.start);
        self.note(|| format!("{n} unmaps {range:#x?}: {result:?}"));
        if self.agree(&result, Ok(())) {
            self.model.unmap(n, &range);
        }
    }

    pub fn protect(&mut self, space: u8, page: u8, pages: u8, to: u8) {
        let n = self.space(space);
        let range = range(self.ea(n, page), pages);
        let to = prot(to);
        let expected = match self.model.covers(n, &range) {
            true if self.model.may_allow(n, &range, to) => Ok(()),
            _ => Err(VmError::NoMemory),
        };
        let len = range.end - range.start;
        let result = self.vm.protect(self.id(n), Ea(range.start), len, to);
        self.note(|| format!("{n} protects {range:#x?} {to:?}: {result:?}"));
        if self.agree(&result, expected) {
            self.model.protect(n, &range, to);
        }
    }

    pub fn map(&mut self, step: &Step) {
        let Step(op, [space, page, pages, to, place, file, from]) = *step;
        let n = self.space(space);
        let at = range(self.ea(n, page), pages);
        let grows = op == Op::MapZero && file % 2 == 1;
        let flags = if grows {
            Flags::GROWS_DOWN
        } else {
            Flags::empty()
        };
        let Some(kind) = self.kind(op, file, from) else {
            return;
        };
        let place = match place % 8 {
            4 => Place::FixedNoReplace(Ea(at.start)),
            5 => Place::Hint(Ea(at.start)),
            6 => Place::Any,
            7 => Place::OwnSegment,
            _ => Place::Fixed(Ea(at.start)),
        };
        let first = self.model.page(prot(to), flags, kind);
        self.map_at(n, at, place, &first);
    }

    /// The kind of a new mapping's first page.
    fn kind(&mut self, op: Op, file: u8, from: u8) -> Option<Kind> {
        if op == Op::MapZero {
            return Some(Kind::Zero);
        }
        let file = match self.file(file) {
            Some(file) => file,
            None => self.create(0)?,
        };
        match op {
            Op::MapShared => Some(Kind::Shared(file, first(from))),
            _ => Some(Kind::Private(file, first(from))),
        }
    }

    fn map_at(&mut self, n: usize, at: Range<u64>, place: Place, first: &Page) {
        let request = Map {
            place,
            len: at.end - at.start,
            prot: first.prot,
            flags: first.flags,
            source: source(first.kind),
            label: Label::None,
        };
        let free = self.model.is_free(n, &at);
        let goes = match place {
            Place::Fixed(_) => at.clone(),
            _ => 0..0,
        };
        let expected = match place {
            Place::FixedNoReplace(_) if !free => Err(VmError::Exists),
            _ if !self.model.may_map(n, request.len, first, &goes) => Err(VmError::NoMemory),
            _ => Ok(()),
        };
        let result = self.vm.map(self.id(n), &request);
        self.note(|| format!("{n} maps {request:?}: {result:?}"));
        if !self.agree(&result, expected) {
            return;
        }
        let start = result.expect("it was done").0;
        let range = start..start + request.len;
        match place {
            Place::Any | Place::OwnSegment => assert!(self.model.is_free(n, &range)),
            Place::Hint(_) if !free => assert!(self.model.is_free(n, &range)),
            _ => assert_eq!(range, at),
        }
        self.model.map(n, &range, first);
    }
}

/// The source of a mapping that begins with a page of this kind.
pub fn source(kind: Kind) -> Source {
    match kind {
        Kind::Zero => Source::Zero,
        Kind::Shared(object, first) => Source::Shared { object, first },
        Kind::Private(object, first) => Source::Private { object, first },
    }
}
