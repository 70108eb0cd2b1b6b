//! The steps that are about files: made, changed in size, and reached by the kernel.

use super::model::{File, Holes, Kind, Page};
use super::places::*;
use super::player::Player;
use super::program::{Op, Step};
use std::collections::BTreeMap;
use vm::*;

/// Files at the most.
const FILES: usize = 4;

impl Player {
    pub fn play_create(&mut self, pages: u8) {
        if self.model.files.len() < FILES {
            self.create(pages);
        }
    }

    pub fn play_file(&mut self, step: &Step) {
        let Step(op, [file, at, count, ..]) = *step;
        let Some(file) = self.file(file) else {
            return;
        };
        match op {
            Op::Release => self.release(file),
            Op::Resize => self.resize(file, size(at)),
            Op::Punch => self.punch(file, first(at), 1 + u64::from(count) % 6),
            Op::WriteFile => self.write_file(file, first(at)),
            _ => self.read_file(file, first(at)),
        }
    }

    pub fn create(&mut self, pages: u8) -> Option<ObjectId> {
        let (holes, pages) = (Holes::of(pages), size(pages));
        let result = match holes {
            Holes::Told => self.vm.create_object(pages),
            Holes::Hidden => self.vm.create_memory(pages),
        };
        self.note(|| format!("a file of {pages} pages, holes {holes:?}: {result:?}"));
        if !self.agree(&result, Ok(())) {
            return None;
        }
        let file = result.expect("it was done");
        let words = BTreeMap::new();
        let old = self.model.files.insert(
            file.0,
            File {
                held: true,
                pages,
                holes,
                words,
            },
        );
        assert!(old.is_none(), "{file:?} lives, and was given to another");
        Some(file)
    }

    fn release(&mut self, file: ObjectId) {
        let held = &mut self.model.file_mut(file).held;
        if std::mem::replace(held, false) {
            self.note(|| format!("{file:?} is held no more"));
            self.vm.release_object(file);
        }
    }

    fn resize(&mut self, file: ObjectId, to: u64) {
        let result = self.vm.resize_object(file, to);
        self.note(|| format!("{file:?} has {to} pages now: {result:?}"));
        if self.agree(&result, Ok(())) {
            self.count_resize(file, to);
            self.model.cut_file(file, to);
            self.model.file_mut(file).pages = to;
        }
    }

    fn count_resize(&mut self, file: ObjectId, to: u64) {
        let spaces = self.model.spaces.iter().flatten();
        let pages: Vec<_> = spaces.flat_map(|space| space.values()).collect();
        let shared = |page: &&&Page| matches!(page.kind, Kind::Shared(of, _) if of == file);
        let copied = |page: &&&Page| {
            let copy = page.word.is_some();
            matches!(page.kind, Kind::Private(of, at) if of == file && at >= to && copy)
        };
        let (shared, copied) = (pages.iter().find(shared), pages.iter().find(copied));
        if to > self.model.file(file).pages && shared.is_some() {
            self.seen.count("files grown while shared");
        }
        if copied.is_some() {
            self.seen.count("copies cut off with their file");
        }
    }

    fn punch(&mut self, file: ObjectId, from: u64, pages: u64) {
        let hole = from..from + pages;
        self.note(|| format!("{file:?} has a hole at {hole:?}"));
        self.vm.punch_object(file, hole.clone());
        let words = &mut self.model.file_mut(file).words;
        words.retain(|page, _| !hole.contains(page));
    }

    /// What write(2) does.
    fn write_file(&mut self, file: ObjectId, page: u64) {
        let word = self.new_word();
        let expected = self.model.file_word(file, page);
        let frame = self.vm.object_page(file, page);
        let result = frame.map(|frame| self.vm.machine.words[frame.0 as usize]);
        self.note(|| format!("the kernel writes page {page} of {file:?}: {word}, {result:?}"));
        if self.agree_access(result, expected) {
            let frame = frame.expect("it was there");
            self.vm.machine.words[frame.0 as usize] = word;
            self.model.file_mut(file).words.insert(page, word);
        }
    }

    /// What read(2) does: a hole stays one.
    fn read_file(&mut self, file: ObjectId, page: u64) {
        let frame = self.vm.object_page_if_there(file, page);
        let word = frame.map(|frame| self.vm.machine.words[frame.0 as usize]);
        self.note(|| format!("the kernel reads page {page} of {file:?}: {word:?}"));
        match self.model.file_word(file, page) {
            Ok(expected) => assert_eq!(word.unwrap_or(0), expected),
            Err(_) => assert_eq!(word, None, "past the end"),
        }
    }
}
