//! What programs met: so that a generator which no longer makes what matters is seen.

use std::collections::BTreeMap;

/// What programs have met.
#[derive(Clone, Debug, Default)]
pub struct Seen(pub BTreeMap<&'static str, u64>);

impl Seen {
    pub fn count(&mut self, what: &'static str) {
        self.count_times(what, 1);
    }

    pub fn count_times(&mut self, what: &'static str, times: u64) {
        *self.0.entry(what).or_default() += times;
    }

    pub fn add(&mut self, other: &Seen) {
        other
            .0
            .iter()
            .for_each(|(what, times)| self.count_times(what, *times));
    }
}
