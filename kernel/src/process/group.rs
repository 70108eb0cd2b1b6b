//! Process groups, sessions and their terminal (credentials(7), setpgid(2)).

use super::{INIT, Job, Pid, Process, Signal, Zombie};
use crate::state::Kernel;
use alloc::vec::Vec;

/// The console as the controlling terminal of a session.
pub struct Terminal {
    /// The session, if it has not ended.
    pub session: Option<Pid>,
    /// The group that its keys reach.
    pub foreground: Pid,
}

impl Terminal {
    /// Process 1's.
    pub const fn new() -> Terminal {
        Terminal {
            session: Some(INIT),
            foreground: INIT,
        }
    }
}

impl Kernel {
    /// The living processes in `group`.
    pub fn members(&self, group: Pid) -> Vec<Pid> {
        self.processes.pids(|process| process.group == group)
    }

    /// Sends `signal` to all of `group`.
    pub fn send_group(&mut self, group: Pid, signal: Signal) {
        for pid in self.members(group) {
            self.send(pid, signal);
        }
    }

    /// A key that sends `signal` was typed: it goes to the foreground group.
    pub fn console_signal(&mut self, signal: Signal) {
        self.send_group(self.terminal.foreground, signal);
    }

    /// Whether nobody is there who could let a stopped member of `group` go on: no
    /// parent in another group of the same session.
    pub fn is_orphaned(&self, group: Pid) -> bool {
        let mut members = self.processes.living().filter(|p| p.group == group);
        !members.any(|member| {
            self.processes.get(member.parent).is_some_and(|parent| {
                parent.pid != INIT && cares((parent.group, parent.session), member)
            })
        })
    }

    /// The groups that `ended`, who had so many children, joined to the rest of its session:
    /// those of children that it cared for, and its own, if its parent cared for it.
    pub fn groups_joined_by(&self, ended: &Zombie, children: u32) -> Vec<Pid> {
        let own = (ended.group, ended.session);
        let mut groups = Vec::new();
        if children > 0 {
            let children = self.processes.living().filter(|p| p.parent == ended.pid);
            let cared_for = children.filter(|child| cares(own, child));
            groups.extend(cared_for.map(|child| child.group));
        }
        let parent = self.processes.get(ended.parent);
        if parent.is_some_and(|parent| cares(own, parent)) {
            groups.push(ended.group);
        }
        groups
    }

    /// Someone has ended who may have been the last to care for these groups: those
    /// that have stopped members now get SIGHUP and go on (setpgid(2), NOTES). A group
    /// that nobody cared for before is left alone.
    pub fn release_orphans(&mut self, groups: Vec<Pid>) {
        for group in groups {
            let stopped = |pid: &Pid| self.process(*pid).job == Job::Stopped;
            if self.members(group).iter().any(stopped) && self.is_orphaned(group) {
                self.send_group(group, Signal::HUP);
                self.send_group(group, Signal::CONT);
            }
        }
    }

    /// The leader of the terminal's session has ended: the foreground group loses its
    /// terminal (setsid(2), NOTES).
    pub fn hang_up(&mut self, ended: &Zombie) {
        if self.terminal.session == Some(ended.pid) && ended.session == ended.pid {
            self.terminal.session = None;
            self.send_group(self.terminal.foreground, Signal::HUP);
        }
    }
}

/// Whether parent and child are of one session and two groups, so that the one cares for
/// the other's: `one` is the group and the session of either, `other` the other process.
fn cares(one: (Pid, Pid), other: &Process) -> bool {
    one.0 != other.group && one.1 == other.session
}
