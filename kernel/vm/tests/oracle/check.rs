//! The looks after each step. They change nothing.

use super::model::{Kind, Page};
use super::places::{PAGES, ea_of};
use super::player::Player;
use vm::*;

impl Player {
    /// Both agree on what is mapped, and on each word that can be seen.
    pub fn look(&self) {
        if !self.settles {
            let findings = self.vm.check();
            assert!(findings.is_empty(), "{findings:#?}");
        }
        for n in self.live() {
            self.look_at_regions(n);
            self.look_at_pages(n);
            self.look_where_nothing_is(n);
        }
    }

    fn look_at_regions(&self, n: usize) {
        let mut pages = self.model.space(n).iter();
        for region in self.vm.regions(self.id(n)) {
            let mut ea = region.start.0;
            while ea < region.end.0 {
                let (at, page) = pages.next().expect("no more pages than the model has");
                let kind = kind_at(region, ea);
                let expected = (*at, page.prot, page.flags, page.kind);
                let same = expected == (ea, region.prot, region.flags, kind);
                assert!(same, "space {n}: {region:?}, but {at:#x} is {page:?}");
                ea += PAGE_SIZE;
            }
        }
        assert!(pages.next().is_none(), "space {n}: a page is not mapped");
    }

    fn look_at_pages(&self, n: usize) {
        for (ea, page) in self.model.space(n) {
            let word = self.model.word(page);
            match self.vm.peek(self.id(n), Ea(*ea)) {
                Some(frame) => {
                    let there = self.vm.machine.words[frame.0 as usize];
                    assert_eq!(Ok(there), word, "space {n}: {ea:#x}: {page:?}");
                }
                None => assert_eq!(word.unwrap_or(0), 0, "space {n}: {ea:#x} is lost: {page:?}"),
            }
            let seen = self.vm.machine.look(self.id(n), Ea(*ea), Access::Read);
            if let Some(seen) = seen {
                assert_eq!(
                    Ok(seen),
                    word,
                    "space {n}: the processor at {ea:#x}: {page:?}"
                );
            }
            self.look_at_rights(n, *ea, page);
        }
    }

    /// The processor can do nothing that the page does not allow.
    fn look_at_rights(&self, n: usize, ea: u64, page: &Page) {
        let all = [
            (Access::Read, Prot::all()),
            (Access::Write, Prot::WRITE),
            (Access::Fetch, Prot::EXEC),
        ];
        for (access, needed) in all {
            if !page.prot.intersects(needed) {
                self.look_for_nothing(n, ea, access);
            }
        }
    }

    fn look_where_nothing_is(&self, n: usize) {
        let all = (0..PAGES).map(ea_of);
        for ea in all.filter(|ea| !self.model.space(n).contains_key(ea)) {
            self.look_for_nothing(n, ea, Access::Read);
        }
    }

    fn look_for_nothing(&self, n: usize, ea: u64, access: Access) {
        let seen = self.vm.machine.look(self.id(n), Ea(ea), access);
        assert!(
            seen.is_none(),
            "space {n}: {access:?} of {ea:#x} is possible"
        );
    }
}

fn kind_at(region: &Region, ea: u64) -> Kind {
    let pages = (ea - region.start.0) / PAGE_SIZE;
    let start = match region.source {
        Source::Zero => Kind::Zero,
        Source::Shared { object, first } => Kind::Shared(object, first),
        Source::Private { object, first } => Kind::Private(object, first),
    };
    start.after(pages)
}
