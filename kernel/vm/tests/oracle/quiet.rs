//! Failures that are looked for: caught, and kept off the screen.

use std::cell::{Cell, RefCell};
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
    static LAST: RefCell<String> = const { RefCell::new(String::new()) };
}

/// What a test gives, or how it failed.
pub fn failure_of<T>(test: impl FnOnce() -> T) -> Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let loud = take_hook();
        set_hook(Box::new(move |info| match QUIET.get() {
            true => LAST.with(|last| *last.borrow_mut() = info.to_string()),
            false => loud(info),
        }));
    });
    QUIET.set(true);
    let result = catch_unwind(AssertUnwindSafe(test));
    QUIET.set(false);
    result.map_err(|_| LAST.with(|last| last.take()))
}

/// Says something even when the test that says it passes.
pub fn say(what: &str) {
    let _ = std::io::stderr().write_all(format!("oracle: {what}\n").as_bytes());
}
