//! A program being played, on the virtual memory and on the model at once.

use super::bounds::BOUNDS;
use super::config::{Config, FEW_FRAMES, Memory};
use super::model::Model;
use super::places::*;
use super::program::{Op, Step};
use super::seen::Seen;
use crate::common::*;
use std::cell::RefCell;
use std::rc::Rc;
use vm::*;

/// Spaces at the most.
pub const SPACES: usize = 8;

/// What each step of a program came to.
pub type Log = Rc<RefCell<Vec<String>>>;

/// A machine, what should be on it, and what happened.
pub struct Player {
    pub config: Config,
    pub vm: Vm<Bench>,
    pub model: Model,
    /// The spaces, by the same numbers as in the model.
    pub ids: [Option<SpaceId>; SPACES],
    pub seen: Seen,
    /// What each step came to, if somebody wants to read it.
    pub log: Option<Log>,
    words: u64,
    /// Whether all is settled, and so audited, after each step.
    pub settles: bool,
}

impl Player {
    pub fn new(config: Config) -> Player {
        let fork = config.fork.unwrap_or(Fork::Shared);
        let mut player = Player {
            config,
            vm: machine_with(config.limits, config.groups, fork),
            model: Model::default(),
            ids: [None; SPACES],
            seen: Seen::default(),
            log: None,
            words: 0,
            settles: false,
        };
        player.model.spaces = vec![None; SPACES];
        player.model.bounds = vec![BOUNDS; SPACES];
        player.begin(0);
        player
    }

    /// An empty space with this number.
    fn begin(&mut self, n: usize) {
        let low = std::mem::replace(&mut self.vm.machine.heap_is_low, false);
        let id = self.vm.create_space().expect("memory for an empty space");
        self.vm.set_bounds(id, BOUNDS);
        self.ids[n] = Some(id);
        self.model.spaces[n] = Some(Default::default());
        self.model.bounds[n] = BOUNDS;
        self.vm.machine.heap_is_low = low;
    }

    /// The live space that a number stands for: the first from there on.
    pub fn space(&self, n: u8) -> usize {
        let from = usize::from(n) % SPACES;
        let mut all = (from..SPACES).chain(0..from);
        all.find(|n| self.ids[*n].is_some()).expect("a space lives")
    }

    /// The numbers of all live spaces.
    pub fn live(&self) -> impl Iterator<Item = usize> + use<> {
        let ids = self.ids;
        (0..SPACES).filter(move |n| ids[*n].is_some())
    }

    pub fn id(&self, n: usize) -> SpaceId {
        self.ids[n].expect("a live space")
    }

    /// The page that a number stands for: one of the places, or, from [`PAGES`] on,
    /// one of those that the space has, wherever they are.
    pub fn ea(&self, n: usize, page: u8) -> u64 {
        let page = u64::from(page);
        if page < PAGES {
            return ea_of(page);
        }
        let space = self.model.space(n);
        match space.len() as u64 {
            0 => ea_of(page % PAGES),
            count => *space.keys().nth((page % count) as usize).expect("counted"),
        }
    }

    /// The file that a number stands for.
    pub fn file(&self, n: u8) -> Option<ObjectId> {
        let count = self.model.files.len().max(1);
        let id = self.model.files.keys().nth(usize::from(n) % count);
        id.map(|id| ObjectId(*id))
    }

    /// A word that stands nowhere yet.
    pub fn new_word(&mut self) -> u64 {
        self.words += 1;
        self.words
    }

    /// Writes down what a step came to.
    pub fn note(&mut self, what: impl FnOnce() -> String) {
        if let Some(log) = &self.log {
            log.borrow_mut().push(what());
        }
    }

    /// Whether a request was done. It must have been as the model says, unless there
    /// was no memory, and there may be none.
    #[track_caller]
    pub fn agree<T: std::fmt::Debug>(
        &mut self,
        result: &Result<T, VmError>,
        expected: Result<(), VmError>,
    ) -> bool {
        let plain = result.as_ref().map(|_| ()).map_err(|error| *error);
        if plain != expected {
            assert_eq!(plain, Err(VmError::NoMemory), "and not {expected:?}");
            self.lacks_memory();
        }
        result.is_ok()
    }

    /// The same for an access, which gives a word.
    #[track_caller]
    pub fn agree_access(
        &mut self,
        result: Result<u64, Fault>,
        expected: Result<u64, Fault>,
    ) -> bool {
        if result != expected {
            assert_eq!(result, Err(Fault::NoMemory), "and not {expected:?}");
            self.lacks_memory();
            self.look_for_memory();
        }
        if result == Err(Fault::PastEnd) {
            self.seen.count("past end");
        }
        result.is_ok()
    }

    #[track_caller]
    fn lacks_memory(&mut self) {
        self.seen.count("refused");
        assert!(
            self.may_lack(),
            "refused for want of memory, and there is enough"
        );
    }

    /// Where nothing but frames is scarce, an access is refused only when none is free
    /// that anything could be done without.
    fn look_for_memory(&self) {
        if self.config.name == FEW_FRAMES.name && !self.vm.machine.heap_is_low {
            assert_eq!(self.vm.frame_counts().free, 0, "a frame is free");
            self.look_at_frames();
        }
    }

    pub fn may_lack(&self) -> bool {
        self.config.memory == Memory::Scarce || self.vm.machine.heap_is_low
    }

    pub fn play(&mut self, step: &Step) {
        let Step(op, [a, b, c, d, ..]) = *step;
        match op {
            Op::Fork => self.fork(a, b, c),
            Op::Exit => self.exit(self.space(a)),
            Op::Heap => self.vm.machine.heap_is_low = a % 2 == 1,
            Op::Settle => self.settles |= a % 2 == 1,
            Op::Bound => self.bound(step),
            Op::ForgetSegments => {
                let id = self.id(self.space(a));
                self.vm.machine.slb.retain(|(space, _), _| *space != id);
            }
            Op::Read => self.read(a, b),
            Op::Write => self.write(a, b),
            Op::Resolve => self.resolve(a, b, c),
            Op::Unmap => self.unmap(a, b, c),
            Op::Protect => self.protect(a, b, c, d),
            Op::MapZero | Op::MapShared | Op::MapPrivate => self.map(step),
            Op::Remap => self.remap(step),
            Op::Clear => self.clear(a, b, c),
            Op::Flag => self.flag(step),
            Op::Populate => self.populate(a, b, c, d),
            Op::Create => self.play_create(a),
            Op::Release | Op::Resize | Op::Punch | Op::WriteFile | Op::ReadFile => {
                self.play_file(step);
            }
        }
        self.model.reap();
        if op == Op::Settle || self.settles {
            self.settle();
        }
    }

    /// The child gets the number that the step says, and who had it exits.
    fn fork(&mut self, parent: u8, child: u8, strategy_of: u8) {
        let parent = self.space(parent);
        let mut child = usize::from(child) % SPACES;
        if child == parent {
            child = (child + 1) % SPACES;
        }
        if self.ids[child].is_some() {
            self.exit(child);
        }
        let strategy = self.config.fork.unwrap_or(strategy(strategy_of));
        self.vm.set_strategy(strategy);
        let result = self.vm.fork(self.id(parent));
        self.note(|| format!("{strategy:?} fork of {parent}: {child} is {result:?}"));
        if self.agree(&result, Ok(())) {
            self.ids[child] = result.ok();
            self.count_flags(parent);
            self.model.fork(parent, child);
        }
    }

    fn count_flags(&mut self, parent: usize) {
        let all = [
            (Flags::DONT_FORK, "forked without"),
            (Flags::WIPE_ON_FORK, "forked wiped"),
            (Flags::GROWS_DOWN, "forked with a stack"),
        ];
        for (flag, what) in all {
            let mut pages = self.model.space(parent).values();
            if pages.any(|page| page.flags.contains(flag)) {
                self.seen.count(what);
            }
        }
    }

    fn exit(&mut self, n: usize) {
        self.note(|| format!("{n} exits"));
        let id = self.ids[n].take().expect("a live space");
        self.vm.destroy_space(id);
        self.model.spaces[n] = None;
        if self.ids.iter().all(Option::is_none) {
            self.begin(n);
        }
    }

    /// Every page of every space is read; then all exit, and every frame comes back.
    pub fn finish(mut self) -> Seen {
        self.vm.machine.heap_is_low = false;
        self.settle();
        self.live().for_each(|n| self.read_all(n));
        let held = self.model.files.iter().filter(|(_, file)| file.held);
        held.for_each(|(id, _)| self.vm.release_object(ObjectId(*id)));
        let spaces: Vec<SpaceId> = self.ids.into_iter().flatten().collect();
        for (what, times) in self.vm.stat.iter() {
            self.seen.count_times(what, times);
        }
        assert_all_comes_back(self.vm, &spaces);
        self.seen
    }

    fn read_all(&mut self, n: usize) {
        let pages: Vec<u64> = self.model.space(n).keys().copied().collect();
        for ea in pages {
            self.read_at(n, ea);
        }
    }
}
