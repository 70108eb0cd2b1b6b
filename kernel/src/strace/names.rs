//! Every system call that Linux has on ppc64, with the kinds of its arguments: data for
//! the trace, and the names of those that Quire has not.
//!
//! A kind is a letter: `d` a number, `u` one without a sign, `o` in octal, `x` bits or
//! an address, `p` a pointer, `f` a directory's descriptor, `s` a string, `a` strings
//! in an array that ends in 0, `b` as many bytes as the next argument says. Calls that
//! nobody has traced yet have six times `x`.

use linux_raw_sys::general::*;

/// A system call: its number, its name after `__NR_`, its arguments.
pub type Entry = (u32, &'static str, &'static str);

macro_rules! calls {
    ($($number:ident $kinds:literal),* $(,)?) => {
        &[$(($number, stringify!($number), $kinds)),*]
    };
}

/// By number.
const CALLS: &[Entry] = calls! {
    __NR_restart_syscall "xxxxxx", __NR_exit "d", __NR_fork "", __NR_read "dpu", __NR_write "dbu",
    __NR_open "sxo", __NR_close "d", __NR_waitpid "xxxxxx", __NR_creat "so", __NR_link "ss",
    __NR_unlink "s", __NR_execve "saa", __NR_chdir "s", __NR_time "p", __NR_mknod "sox",
    __NR_chmod "so", __NR_lchown "sdd", __NR_break "xxxxxx", __NR_oldstat "xxxxxx",
    __NR_lseek "ddd", __NR_getpid "", __NR_mount "sssxp", __NR_umount "s", __NR_setuid "d",
    __NR_getuid "", __NR_stime "p", __NR_ptrace "ddxx", __NR_alarm "u", __NR_oldfstat "xxxxxx",
    __NR_pause "", __NR_utime "sp", __NR_stty "xxxxxx", __NR_gtty "xxxxxx", __NR_access "so",
    __NR_nice "d", __NR_ftime "xxxxxx", __NR_sync "", __NR_kill "dd", __NR_rename "ss",
    __NR_mkdir "so", __NR_rmdir "s", __NR_dup "d", __NR_pipe "p", __NR_times "p",
    __NR_prof "xxxxxx", __NR_brk "x", __NR_setgid "d", __NR_getgid "", __NR_signal "dx",
    __NR_geteuid "", __NR_getegid "", __NR_acct "s", __NR_umount2 "sx", __NR_lock "xxxxxx",
    __NR_ioctl "dxx", __NR_fcntl "ddx", __NR_mpx "xxxxxx", __NR_setpgid "dd",
    __NR_ulimit "xxxxxx", __NR_oldolduname "xxxxxx", __NR_umask "o", __NR_chroot "s",
    __NR_ustat "up", __NR_dup2 "dd", __NR_getppid "", __NR_getpgrp "", __NR_setsid "",
    __NR_sigaction "dpp", __NR_sgetmask "xxxxxx", __NR_ssetmask "xxxxxx", __NR_setreuid "dd",
    __NR_setregid "dd", __NR_sigsuspend "xxxxxx", __NR_sigpending "xxxxxx", __NR_sethostname "su",
    __NR_setrlimit "dp", __NR_getrlimit "dp", __NR_getrusage "dp", __NR_gettimeofday "pp",
    __NR_settimeofday "pp", __NR_getgroups "dp", __NR_setgroups "dp", __NR_select "dpppp",
    __NR_symlink "ss", __NR_oldlstat "xxxxxx", __NR_readlink "spu", __NR_uselib "xxxxxx",
    __NR_swapon "sx", __NR_reboot "xxxp", __NR_readdir "xxxxxx", __NR_mmap "xuxxdu",
    __NR_munmap "xu", __NR_truncate "sd", __NR_ftruncate "dd", __NR_fchmod "do",
    __NR_fchown "ddd", __NR_getpriority "dd", __NR_setpriority "ddd", __NR_profil "xxxxxx",
    __NR_statfs "sp", __NR_fstatfs "dp", __NR_ioperm "xxxxxx", __NR_socketcall "dp",
    __NR_syslog "dpd", __NR_setitimer "dpp", __NR_getitimer "dp", __NR_stat "sp", __NR_lstat "sp",
    __NR_fstat "dp", __NR_olduname "xxxxxx", __NR_iopl "xxxxxx", __NR_vhangup "",
    __NR_idle "xxxxxx", __NR_vm86 "xxxxxx", __NR_wait4 "dpxp", __NR_swapoff "s", __NR_sysinfo "p",
    __NR_ipc "xdddpx", __NR_fsync "d", __NR_sigreturn "", __NR_clone "xpppp",
    __NR_setdomainname "su", __NR_uname "p", __NR_modify_ldt "xxxxxx", __NR_adjtimex "p",
    __NR_mprotect "xux", __NR_sigprocmask "dpp", __NR_create_module "xxxxxx",
    __NR_init_module "pus", __NR_delete_module "sx", __NR_get_kernel_syms "xxxxxx",
    __NR_quotactl "xxxxxx", __NR_getpgid "d", __NR_fchdir "d", __NR_bdflush "xxxxxx",
    __NR_sysfs "xxxxxx", __NR_personality "x", __NR_afs_syscall "xxxxxx", __NR_setfsuid "d",
    __NR_setfsgid "d", __NR__llseek "duupd", __NR_getdents "dpu", __NR__newselect "dpppp",
    __NR_flock "dx", __NR_msync "xux", __NR_readv "dpu", __NR_writev "dpu", __NR_getsid "d",
    __NR_fdatasync "d", __NR__sysctl "xxxxxx", __NR_mlock "xu", __NR_munlock "xu",
    __NR_mlockall "x", __NR_munlockall "", __NR_sched_setparam "dp", __NR_sched_getparam "dp",
    __NR_sched_setscheduler "ddp", __NR_sched_getscheduler "d", __NR_sched_yield "",
    __NR_sched_get_priority_max "d", __NR_sched_get_priority_min "d",
    __NR_sched_rr_get_interval "dp", __NR_nanosleep "pp", __NR_mremap "xuuxx",
    __NR_setresuid "ddd", __NR_getresuid "ppp", __NR_query_module "xxxxxx", __NR_poll "pud",
    __NR_nfsservctl "xxxxxx", __NR_setresgid "ddd", __NR_getresgid "ppp", __NR_prctl "dxxxx",
    __NR_rt_sigreturn "", __NR_rt_sigaction "dppu", __NR_rt_sigprocmask "dppu",
    __NR_rt_sigpending "pu", __NR_rt_sigtimedwait "pppu", __NR_rt_sigqueueinfo "ddp",
    __NR_rt_sigsuspend "pu", __NR_pread64 "dpud", __NR_pwrite64 "dbud", __NR_chown "sdd",
    __NR_getcwd "pu", __NR_capget "pp", __NR_capset "pp", __NR_sigaltstack "pp",
    __NR_sendfile "ddpu", __NR_getpmsg "xxxxxx", __NR_putpmsg "xxxxxx", __NR_vfork "",
    __NR_ugetrlimit "dp", __NR_readahead "ddu", __NR_pciconfig_read "xxxxxx",
    __NR_pciconfig_write "xxxxxx", __NR_pciconfig_iobase "xxxxxx", __NR_multiplexer "xxxxxx",
    __NR_getdents64 "dpu", __NR_pivot_root "ss", __NR_madvise "xud", __NR_mincore "xup",
    __NR_gettid "", __NR_tkill "dd", __NR_setxattr "sspux", __NR_lsetxattr "sspux",
    __NR_fsetxattr "dspux", __NR_getxattr "sspu", __NR_lgetxattr "sspu", __NR_fgetxattr "dspu",
    __NR_listxattr "spu", __NR_llistxattr "spu", __NR_flistxattr "dpu", __NR_removexattr "ss",
    __NR_lremovexattr "ss", __NR_fremovexattr "ds", __NR_futex "pdupxx",
    __NR_sched_setaffinity "dup", __NR_sched_getaffinity "dup", __NR_tuxcall "xxxxxx",
    __NR_io_setup "up", __NR_io_destroy "x", __NR_io_getevents "xddpp", __NR_io_submit "xdp",
    __NR_io_cancel "xpp", __NR_set_tid_address "p", __NR_fadvise64 "dddd", __NR_exit_group "d",
    __NR_lookup_dcookie "xxxxxx", __NR_epoll_create "d", __NR_epoll_ctl "dddp",
    __NR_epoll_wait "dpdd", __NR_remap_file_pages "xuxux", __NR_timer_create "dpp",
    __NR_timer_settime "dxpp", __NR_timer_gettime "dp", __NR_timer_getoverrun "d",
    __NR_timer_delete "d", __NR_clock_settime "dp", __NR_clock_gettime "dp",
    __NR_clock_getres "dp", __NR_clock_nanosleep "dxpp", __NR_swapcontext "ppd",
    __NR_tgkill "ddd", __NR_utimes "sp", __NR_statfs64 "xxxxxx", __NR_fstatfs64 "xxxxxx",
    __NR_rtas "xxxxxx", __NR_sys_debug_setcontext "xxxxxx", __NR_migrate_pages "xxxxxx",
    __NR_mbind "xudpux", __NR_get_mempolicy "ppuxx", __NR_set_mempolicy "dpu",
    __NR_mq_open "sxop", __NR_mq_unlink "s", __NR_mq_timedsend "dpuup",
    __NR_mq_timedreceive "dpupp", __NR_mq_notify "dp", __NR_mq_getsetattr "dpp",
    __NR_kexec_load "xxxxxx", __NR_add_key "sspud", __NR_request_key "sssd", __NR_keyctl "dxxxx",
    __NR_waitid "ddpxp", __NR_ioprio_set "ddd", __NR_ioprio_get "dd", __NR_inotify_init "",
    __NR_inotify_add_watch "dsx", __NR_inotify_rm_watch "dd", __NR_spu_run "xxxxxx",
    __NR_spu_create "xxxxxx", __NR_pselect6 "dppppp", __NR_ppoll "puppu", __NR_unshare "x",
    __NR_splice "dpdpux", __NR_tee "ddux", __NR_vmsplice "dpux", __NR_openat "fsxo",
    __NR_mkdirat "fso", __NR_mknodat "fsox", __NR_fchownat "fsddx", __NR_futimesat "fsp",
    __NR_newfstatat "fspx", __NR_unlinkat "fsx", __NR_renameat "fsfs", __NR_linkat "fsfsx",
    __NR_symlinkat "sfs", __NR_readlinkat "fspu", __NR_fchmodat "fso", __NR_faccessat "fso",
    __NR_get_robust_list "dpp", __NR_set_robust_list "pu", __NR_move_pages "duppp",
    __NR_getcpu "ppp", __NR_epoll_pwait "dpddpu", __NR_utimensat "fspx", __NR_signalfd "dpu",
    __NR_timerfd_create "dx", __NR_eventfd "u", __NR_sync_file_range2 "dxdd",
    __NR_fallocate "dxdd", __NR_subpage_prot "xxxxxx", __NR_timerfd_settime "dxpp",
    __NR_timerfd_gettime "dp", __NR_signalfd4 "dpux", __NR_eventfd2 "ux", __NR_epoll_create1 "x",
    __NR_dup3 "ddx", __NR_pipe2 "px", __NR_inotify_init1 "x", __NR_perf_event_open "pdddx",
    __NR_preadv "dpud", __NR_pwritev "dpud", __NR_rt_tgsigqueueinfo "dddp",
    __NR_fanotify_init "xx", __NR_fanotify_mark "xxxxxx", __NR_prlimit64 "ddpp",
    __NR_socket "ddd", __NR_bind "dpu", __NR_connect "dpu", __NR_listen "dd", __NR_accept "dpp",
    __NR_getsockname "dpp", __NR_getpeername "dpp", __NR_socketpair "dddp", __NR_send "dbux",
    __NR_sendto "dbuxpu", __NR_recv "dpux", __NR_recvfrom "dpuxpp", __NR_shutdown "dd",
    __NR_setsockopt "dddpu", __NR_getsockopt "dddpp", __NR_sendmsg "dpx", __NR_recvmsg "dpx",
    __NR_recvmmsg "dpuxp", __NR_accept4 "dppx", __NR_name_to_handle_at "fsppx",
    __NR_open_by_handle_at "dpx", __NR_clock_adjtime "dp", __NR_syncfs "d", __NR_sendmmsg "dpux",
    __NR_setns "dx", __NR_process_vm_readv "dpupux", __NR_process_vm_writev "dpupux",
    __NR_finit_module "dsx", __NR_kcmp "ddddd", __NR_sched_setattr "dpx",
    __NR_sched_getattr "dpux", __NR_renameat2 "fsfsx", __NR_seccomp "xxp", __NR_getrandom "pux",
    __NR_memfd_create "sx", __NR_bpf "dpu", __NR_execveat "fsaax", __NR_switch_endian "xxxxxx",
    __NR_userfaultfd "x", __NR_membarrier "dxd", __NR_mlock2 "xux", __NR_copy_file_range "dpdpux",
    __NR_preadv2 "dpuddx", __NR_pwritev2 "dpuddx", __NR_kexec_file_load "xxxxxx",
    __NR_statx "fsxxp", __NR_pkey_alloc "xx", __NR_pkey_free "d", __NR_pkey_mprotect "xuxd",
    __NR_rseq "pudx", __NR_io_pgetevents "xxxxxx", __NR_semtimedop "dpup", __NR_semget "xdx",
    __NR_semctl "dddx", __NR_shmget "xux", __NR_shmctl "ddp", __NR_shmat "dpx", __NR_shmdt "p",
    __NR_msgget "xx", __NR_msgsnd "dpux", __NR_msgrcv "dpudx", __NR_msgctl "ddp",
    __NR_pidfd_send_signal "ddpx", __NR_io_uring_setup "up", __NR_io_uring_enter "duuxpu",
    __NR_io_uring_register "xxxxxx", __NR_open_tree "xxxxxx", __NR_move_mount "xxxxxx",
    __NR_fsopen "xxxxxx", __NR_fsconfig "xxxxxx", __NR_fsmount "xxxxxx", __NR_fspick "xxxxxx",
    __NR_pidfd_open "dx", __NR_clone3 "pu", __NR_close_range "uux", __NR_openat2 "fspu",
    __NR_pidfd_getfd "ddx", __NR_faccessat2 "fsox", __NR_process_madvise "dpudx",
    __NR_epoll_pwait2 "dpdppu", __NR_mount_setattr "xxxxxx", __NR_quotactl_fd "xxxxxx",
    __NR_landlock_create_ruleset "xxxxxx", __NR_landlock_add_rule "xxxxxx",
    __NR_landlock_restrict_self "xxxxxx", __NR_process_mrelease "dx", __NR_futex_waitv "xxxxxx",
    __NR_set_mempolicy_home_node "xxxxxx", __NR_cachestat "dppx", __NR_fchmodat2 "fsox",
    __NR_map_shadow_stack "xxxxxx", __NR_futex_wake "xxxxxx", __NR_futex_wait "xxxxxx",
    __NR_futex_requeue "xxxxxx", __NR_statmount "xxxxxx", __NR_listmount "xxxxxx",
    __NR_lsm_get_self_attr "xxxxxx", __NR_lsm_set_self_attr "xxxxxx",
    __NR_lsm_list_modules "xxxxxx", __NR_mseal "xux", __NR_setxattrat "xxxxxx",
    __NR_getxattrat "xxxxxx", __NR_listxattrat "xxxxxx", __NR_removexattrat "xxxxxx",
    __NR_open_tree_attr "xxxxxx", __NR_file_getattr "xxxxxx", __NR_file_setattr "xxxxxx",
};

/// The name and the kinds of the call `number`, if Linux has one.
pub fn find(number: u64) -> Option<(&'static str, &'static str)> {
    let at = CALLS
        .binary_search_by_key(&number, |(number, ..)| u64::from(*number))
        .ok()?;
    let (_, name, kinds) = CALLS[at];
    Some((name.trim_start_matches("__NR_"), kinds))
}
