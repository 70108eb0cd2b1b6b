//! What can be read that nobody wrote to: a counter (eventfd(2)), and the ticks of a timer
//! (timerfd_create(2)).

/// A counter that is read and written by eight bytes at a time.
#[derive(Clone, Copy, Debug)]
pub struct Event {
    /// What it holds.
    pub count: u64,
    /// Whether a read takes only 1 of it: EFD_SEMAPHORE.
    pub is_semaphore: bool,
}

impl Event {
    /// The most that it can hold.
    pub const MOST: u64 = u64::MAX - 1;

    /// What a read gives and takes away; `None`: there is nothing.
    pub fn take(&mut self) -> Option<u64> {
        let taken = match self.is_semaphore {
            true => self.count.min(1),
            false => self.count,
        };
        self.count -= taken;
        (taken > 0).then_some(taken)
    }

    /// Adds `value`. False: there is no room for it.
    pub fn add(&mut self, value: u64) -> bool {
        let sum = self.count.checked_add(value);
        match sum.filter(|sum| *sum <= Event::MOST) {
            Some(sum) => self.count = sum,
            None => return false,
        }
        true
    }
}

/// A timer. Times are in timebase ticks.
#[derive(Clone, Copy, Debug)]
pub struct Alarm {
    /// The clock by which its times are told (CLOCK_*).
    pub clock: u32,
    /// When it expires next, if it runs.
    pub next: Option<u64>,
    /// How long after that again; 0 for never.
    pub interval: u64,
}

impl Alarm {
    /// How often it has expired at `now` since that was last asked. It is forgotten.
    pub fn take(&mut self, now: u64) -> Option<u64> {
        let next = self.next.filter(|next| *next <= now)?;
        if self.interval == 0 {
            self.next = None;
            return Some(1);
        }
        let times = 1 + (now - next) / self.interval;
        self.next = Some(next.saturating_add(times.saturating_mul(self.interval)));
        Some(times)
    }

    /// Whether it has expired at `now`, and nobody has read that.
    pub fn has_expired(&self, now: u64) -> bool {
        self.next.is_some_and(|next| next <= now)
    }

    /// What is left at `now` until it expires; 0 if it does not run. One that has expired
    /// and runs on is asked for the time after that.
    pub fn left(&self, now: u64) -> u64 {
        let mut ahead = *self;
        ahead.take(now);
        ahead.next.map_or(0, |next| next.saturating_sub(now).max(1))
    }
}
