//! Capabilities: what root may do, in 41 parts that a thread can give up (capabilities(7)).
//!
//! Everybody is root and files have no capabilities, so a new program has all again that
//! the bounding set leaves. There is no ambient set: root would gain nothing by it.

use bitflags::bitflags;
use linux_raw_sys::general as abi;

bitflags! {
    /// A set of capabilities. Those have names that something here asks for.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct CapabilitySet: u64 {
        /// To have another list of groups.
        const SETGID = 1 << abi::CAP_SETGID;
        /// To take from the bounding set, and to hand on what is in it.
        const SETPCAP = 1 << abi::CAP_SETPCAP;
        /// To mount and to unmount.
        const SYS_ADMIN = 1 << abi::CAP_SYS_ADMIN;
        /// To end the machine.
        const SYS_BOOT = 1 << abi::CAP_SYS_BOOT;
        /// To become more urgent.
        const SYS_NICE = 1 << abi::CAP_SYS_NICE;
        /// To raise a hard limit.
        const SYS_RESOURCE = 1 << abi::CAP_SYS_RESOURCE;
        /// All that there are.
        const ALL = (1 << (abi::CAP_LAST_CAP + 1)) - 1;
    }
}

impl CapabilitySet {
    /// The set of one, if there is a capability of that number.
    pub fn one(number: u64) -> Option<CapabilitySet> {
        let bit = 1u64.checked_shl(u32::try_from(number).ok()?)?;
        CapabilitySet::from_bits(bit)
    }
}

/// What a thread may do, and what it and its programs can come to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// What the kernel asks for.
    pub effective: CapabilitySet,
    /// What can be made effective.
    pub permitted: CapabilitySet,
    /// What a new program has beyond the bounding set.
    pub inheritable: CapabilitySet,
    /// What a new program of root's has.
    pub bounding: CapabilitySet,
    /// PR_SET_KEEPCAPS: only told, for there is nobody else to become.
    pub keeps: bool,
    /// PR_SET_NO_NEW_PRIVS: a new program has no more than the old one.
    pub no_new_privileges: bool,
}

impl Capabilities {
    /// What the first process has.
    pub const ROOT: Capabilities = Capabilities {
        effective: CapabilitySet::ALL,
        permitted: CapabilitySet::ALL,
        inheritable: CapabilitySet::empty(),
        bounding: CapabilitySet::ALL,
        keeps: false,
        no_new_privileges: false,
    };

    /// The same with three other sets; `None` if capset(2) does not allow them.
    pub fn changed(
        self,
        effective: CapabilitySet,
        permitted: CapabilitySet,
        inheritable: CapabilitySet,
    ) -> Option<Capabilities> {
        let can_inherit = self.inheritable
            | match self.effective.contains(CapabilitySet::SETPCAP) {
                true => self.bounding,
                false => self.bounding & self.permitted,
            };
        let allowed = permitted.contains(effective)
            && self.permitted.contains(permitted)
            && can_inherit.contains(inheritable);
        allowed.then_some(Capabilities {
            effective,
            permitted,
            inheritable,
            ..self
        })
    }

    /// What a new program has ("Capabilities and execution of programs by root").
    pub fn exec(self) -> Capabilities {
        let gained = self.inheritable | self.bounding;
        let permitted = match self.no_new_privileges {
            true => gained & self.permitted,
            false => gained,
        };
        Capabilities {
            effective: permitted,
            permitted,
            keeps: false,
            ..self
        }
    }
}
