//! The steps that are about files: made, changed in size, and reached by the kernel.

use super::model::File;
use super::places::*;
use super::player::Player;
use super::program::{Op, Step};
use std::collections::BTreeMap;
use vm::*;

/// Files at the most.
const FILES: usize = 4;

impl Player {
    pub fn play_file(&mut self, step: &Step) {
        let Step(op, [a, ..]) = *step;
        if op == Op::Create {
            if self.model.files.len() < FILES {
                self.create(a);
            }
            return;
        }
        let Some(file) = self.file(a) else {
            return;
        };
        match op {
            Op::Release => self.release(file),
            _ => {}
        }
    }

    pub fn create(&mut self, pages: u8) -> Option<ObjectId> {
        let pages = size(pages).max(1);
        let result = self.vm.create_object(pages);
        self.note(|| format!("a file of {pages} pages: {result:?}"));
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
}
