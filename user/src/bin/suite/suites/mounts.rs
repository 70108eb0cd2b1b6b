//! What is mounted over a directory, and what of it can be seen from where.

use crate::harness::{Case, Outcome, in_child, needs_vm, settled_free};
use crate::scratch::{self, Scratch};
use core::ffi::CStr;
use quire_user::errors::*;
use quire_user::linux::*;
use quire_user::sys::{self, Fd};
use quire_user::{Errno, PAGE, Text, proc};

/// A part of suite file.
pub const CASES: &[Case] = &[
    ("mount_covers", mount_covers),
    ("mount_is_listed", mount_is_listed),
    ("mount_has_a_way_up", mount_has_a_way_up),
    ("mount_twice", mount_twice),
    ("mount_is_busy", mount_is_busy),
    ("mount_is_another_file_system", another_file_system),
    ("mount_of_proc", mount_of_proc),
    ("mount_refused", mount_refused),
    ("umount_refused", umount_refused),
    ("umount_gives_all_back", umount_gives_all_back),
];

/// mount(2) with a source of the same name as the file system.
fn mount(kind: &CStr, at: &CStr, flags: u32, options: &CStr) -> Result<usize, Errno> {
    let [kind, at, options] = [kind, at, options].map(|text| text.as_ptr() as usize);
    // SAFETY: the kernel only reads the strings.
    unsafe { sys::call(__NR_mount, &[kind, at, kind, flags as usize, options]) }
}

fn tmpfs(at: &CStr) -> Result<usize, Errno> {
    mount(c"tmpfs", at, 0, c"")
}

fn umount(at: &CStr) -> Result<usize, Errno> {
    umount2(at, 0)
}

fn umount2(at: &CStr, flags: u32) -> Result<usize, Errno> {
    // SAFETY: the kernel only reads the path.
    unsafe { sys::call(__NR_umount2, &[at.as_ptr() as usize, flags as usize]) }
}

/// Where the process is, as the kernel says.
fn here() -> Result<Text<128>, Errno> {
    let mut buffer = [0u8; 128];
    let at = buffer.as_mut_ptr() as usize;
    // SAFETY: the kernel writes the buffer and no more.
    let len = unsafe { sys::call(__NR_getcwd, &[at, buffer.len()]) }?;
    let mut text = Text::new();
    text.push(&buffer[..len - 1]);
    Ok(text)
}

/// Whether that is `path`.
fn is_here(path: &str) -> Result<bool, Errno> {
    Ok(here()?.as_str() == path)
}

/// Whether a line of a file has all of these words, one after the other.
fn says(path: &CStr, words: &str) -> Result<bool, Errno> {
    let mut buffer = [0; 4096];
    let text = proc::read(path, &mut buffer)?;
    Ok(text.lines().any(|line| line.contains(words)))
}

fn mount_covers() -> Outcome {
    needs_vm()?;
    let _here = Scratch::new()?;
    sys::mkdir(c"m", 0o700)?;
    scratch::file(c"m/below", b"covered")?;
    check_eq!(
        mount(
            c"tmpfs",
            c"m",
            MS_NOSUID | MS_NODEV | MS_SILENT,
            c"mode=750"
        ),
        Ok(0)
    );
    check_eq!(sys::stat(c"m")?.st_mode, S_IFDIR | 0o750);
    check_eq!(sys::open(c"m/below", O_RDONLY), Err(Errno(ENOENT)));
    sys::close(scratch::file(c"m/above", b"seen")?)?;
    check_eq!(sys::stat(c"m/above")?.st_size, 4);
    check_eq!(umount(c"m"), Ok(0));
    check_eq!(sys::open(c"m/above", O_RDONLY), Err(Errno(ENOENT)));
    check_eq!(sys::stat(c"m/below")?.st_size, 7);
    check_eq!(sys::stat(c"m")?.st_mode, S_IFDIR | 0o700);
    Ok(())
}

fn mount_is_listed() -> Outcome {
    needs_vm()?;
    let scratch = Scratch::new()?;
    sys::mkdir(c"a b", 0o700)?;
    check_eq!(tmpfs(c"a b"), Ok(0));
    let path = scratch.path().to_str().unwrap_or("?");
    let line = Text::<128>::format(format_args!("tmpfs {path}/a\\040b tmpfs rw"));
    check!(says(c"/proc/mounts", line.as_str())?);
    check!(says(c"/proc/mounts", "proc /proc proc rw")?);
    let line = Text::<128>::format(format_args!(" / {path}/a\\040b rw"));
    check!(says(c"/proc/self/mountinfo", line.as_str())?);
    check_eq!(umount(c"a b"), Ok(0));
    check!(!says(c"/proc/mounts", path)?);
    Ok(())
}

fn mount_has_a_way_up() -> Outcome {
    needs_vm()?;
    let scratch = Scratch::new()?;
    sys::mkdir(c"m", 0o700)?;
    check_eq!(tmpfs(c"m"), Ok(0));
    sys::mkdir(c"m/d", 0o700)?;
    sys::chdir(c"m/d")?;
    let path = scratch.path().to_str().unwrap_or("?");
    let below = Text::<128>::format(format_args!("{path}/m/d"));
    check!(is_here(below.as_str())?);
    let [up, root] = [sys::stat(c"../..")?, sys::stat(scratch.path())?];
    check_eq!((up.st_dev, up.st_ino), (root.st_dev, root.st_ino));
    sys::chdir(c"../..")?;
    check!(is_here(path)?);
    check_eq!(umount(c"m"), Ok(0));
    Ok(())
}

/// The later one covers the earlier one.
fn mount_twice() -> Outcome {
    needs_vm()?;
    let _here = Scratch::new()?;
    sys::mkdir(c"m", 0o700)?;
    for name in [c"m/one", c"m/two", c"m/three"] {
        check_eq!(tmpfs(c"m"), Ok(0));
        sys::mkdir(name, 0o700)?;
    }
    sys::chdir(c"m/three")?;
    let path = here()?;
    check!(path.as_str().ends_with("/m/three"), "{path}");
    sys::chdir(c"../..")?;
    check!(sys::stat(c"m/two").is_err());
    check_eq!(umount(c"m"), Ok(0));
    check!(sys::stat(c"m/two").is_ok() && sys::stat(c"m/one").is_err());
    check_eq!(umount(c"m"), Ok(0));
    check!(sys::stat(c"m/one").is_ok());
    check_eq!(umount(c"m"), Ok(0));
    check_eq!(umount(c"m"), Err(Errno(EINVAL)));
    Ok(())
}

fn mount_is_busy() -> Outcome {
    needs_vm()?;
    let _here = Scratch::new()?;
    let busy = Err(Errno(EBUSY));
    sys::mkdir(c"m", 0o700)?;
    check_eq!(tmpfs(c"m"), Ok(0));
    let file = scratch::pages(c"m/file", 1, 1)?;
    check_eq!(umount(c"m"), busy);
    let map = |fd: Fd| {
        let (prot, flags) = (PROT_READ as usize, MAP_SHARED as usize);
        // SAFETY: a new mapping, where the kernel finds room.
        unsafe { sys::call(__NR_mmap, &[0, PAGE, prot, flags, fd as usize, 0]) }
    };
    let at = map(file)?;
    sys::close(file)?;
    check_eq!(umount(c"m"), busy);
    // SAFETY: it is mapped there, and nobody looks at it.
    unsafe { sys::call(__NR_munmap, &[at, PAGE]) }?;
    sys::mkdir(c"m/d", 0o700)?;
    sys::chdir(c"m/d")?;
    check_eq!(umount(c"../../m"), busy);
    sys::chdir(c"../..")?;
    check_eq!(tmpfs(c"m/d"), Ok(0));
    check_eq!(umount(c"m"), busy);
    check_eq!(sys::rmdir(c"m/d"), busy.map(drop));
    check_eq!(sys::rename(c"m/d", c"m/e"), busy.map(drop));
    check_eq!(umount(c"m/d"), Ok(0));
    check_eq!(sys::rename(c"m/d", c"m/e"), Ok(()));
    let fd = sys::open(c"m", O_RDONLY | O_DIRECTORY)?;
    check_eq!(umount(c"m"), busy);
    sys::close(fd)?;
    check_eq!(sys::rmdir(c"m"), busy.map(drop));
    check_eq!(umount(c"m"), Ok(0));
    check_eq!(sys::rmdir(c"m"), Ok(()));
    check_eq!(umount(c"/"), busy);
    Ok(())
}

fn another_file_system() -> Outcome {
    needs_vm()?;
    let _here = Scratch::new()?;
    sys::mkdir(c"m", 0o700)?;
    check_eq!(tmpfs(c"m"), Ok(0));
    sys::close(scratch::file(c"a", b"a")?)?;
    sys::close(scratch::file(c"m/b", b"b")?)?;
    check!(sys::stat(c"a")?.st_dev != sys::stat(c"m/b")?.st_dev);
    check_eq!(sys::stat(c"m")?.st_dev, sys::stat(c"m/b")?.st_dev);
    check_eq!(sys::rename(c"a", c"m/a"), Err(Errno(EXDEV)));
    check_eq!(sys::rename(c"m/b", c"b"), Err(Errno(EXDEV)));
    check_eq!(sys::link(c"a", c"m/a"), Err(Errno(EXDEV)));
    check_eq!(sys::link(c"m/b", c"b"), Err(Errno(EXDEV)));
    check_eq!(sys::rename(c"m/b", c"m/c"), Ok(()));
    check_eq!(sys::link(c"m/c", c"m/d"), Ok(()));
    check_eq!(umount(c"m"), Ok(0));
    Ok(())
}

/// It can be at two places, and tells at each where that is.
fn mount_of_proc() -> Outcome {
    needs_vm()?;
    let scratch = Scratch::new()?;
    sys::mkdir(c"p", 0o700)?;
    check_eq!(mount(c"proc", c"p", MS_NOSUID | MS_NODEV, c""), Ok(0));
    check!(says(c"p/self/status", "Name:\tsuite")?);
    check!(sys::stat(c"p")?.st_dev != sys::stat(c"/proc")?.st_dev);
    sys::chdir(c"p/self")?;
    let path = scratch.path().to_str().unwrap_or("?");
    let below = Text::<128>::format(format_args!("{path}/p/{}", sys::getpid()));
    check!(is_here(below.as_str())?);
    check_eq!(umount(c"../../p"), Err(Errno(EBUSY)));
    sys::chdir(c"../..")?;
    check!(is_here(path)?);
    let fd = sys::open(c"p/meminfo", O_RDONLY)?;
    check_eq!(umount(c"p"), Err(Errno(EBUSY)));
    sys::close(fd)?;
    check_eq!(mount(c"proc", c"p", 0, c""), Err(Errno(EBUSY)));
    check_eq!(mount(c"tmpfs", c"p/vm", 0, c""), Err(Errno(EINVAL)));
    check_eq!(tmpfs(c"p"), Ok(0));
    check_eq!(sys::open(c"p/meminfo", O_RDONLY), Err(Errno(ENOENT)));
    check_eq!(umount(c"p"), Ok(0));
    check_eq!(sys::rename(c"p/meminfo", c"m"), Err(Errno(EXDEV)));
    check_eq!(umount(c"p"), Ok(0));
    check_eq!(sys::open(c"p/meminfo", O_RDONLY), Err(Errno(ENOENT)));
    Ok(())
}

fn mount_refused() -> Outcome {
    needs_vm()?;
    let _here = Scratch::new()?;
    sys::mkdir(c"m", 0o700)?;
    sys::close(scratch::file(c"file", b"")?)?;
    check_eq!(mount(c"ext4", c"m", 0, c""), Err(Errno(ENODEV)));
    check_eq!(tmpfs(c"file"), Err(Errno(ENOTDIR)));
    check_eq!(tmpfs(c"nothing"), Err(Errno(ENOENT)));
    check_eq!(tmpfs(c"file/m"), Err(Errno(ENOTDIR)));
    check_eq!(tmpfs(c"/"), Err(Errno(EBUSY)));
    for flags in [MS_RDONLY, MS_REMOUNT, MS_BIND, MS_MOVE, MS_PRIVATE] {
        check_eq!(mount(c"tmpfs", c"m", flags, c""), Err(Errno(EINVAL)));
    }
    for options in [c"size=1m", c"mode=9", c"mode", c"uid=1"] {
        check_eq!(mount(c"tmpfs", c"m", 0, options), Err(Errno(EINVAL)));
    }
    let path = c"m".as_ptr() as usize;
    // SAFETY: the kernel reads the path, and at 8 nothing.
    let call = |args: &[usize]| unsafe { sys::call(__NR_mount, args) };
    check_eq!(call(&[path, path, 0, 0, 0]), Err(Errno(EINVAL)));
    check_eq!(call(&[path, path, 8, 0, 0]), Err(Errno(EFAULT)));
    check_eq!(call(&[path, 8, path, 0, 0]), Err(Errno(EFAULT)));
    // A directory that is gone.
    sys::chdir(c"m")?;
    sys::rmdir(c"../m")?;
    check_eq!(tmpfs(c"."), Err(Errno(ENOENT)));
    in_child(|| {
        crate::suites::capabilities::give_all_up()?;
        check_eq!(tmpfs(c"/tmp"), Err(Errno(EPERM)));
        check_eq!(umount(c"/proc"), Err(Errno(EPERM)));
        Ok(())
    })
}

fn umount_refused() -> Outcome {
    needs_vm()?;
    let _here = Scratch::new()?;
    sys::mkdir(c"m", 0o700)?;
    check_eq!(umount(c"m"), Err(Errno(EINVAL)));
    check_eq!(umount(c"nothing"), Err(Errno(ENOENT)));
    check_eq!(umount(c"/proc/vm"), Err(Errno(EINVAL)));
    check_eq!(tmpfs(c"m"), Ok(0));
    check_eq!(umount2(c"m", MNT_DETACH), Err(Errno(EINVAL)));
    check_eq!(umount2(c"m", 1 << 20), Err(Errno(EINVAL)));
    sys::symlink(c"m", c"link")?;
    check_eq!(umount2(c"link", UMOUNT_NOFOLLOW), Err(Errno(EINVAL)));
    check_eq!(umount2(c"link", MNT_FORCE), Ok(0));
    Ok(())
}

/// Directories far down, and files.
fn umount_gives_all_back() -> Outcome {
    needs_vm()?;
    let _here = Scratch::new()?;
    sys::mkdir(c"m", 0o700)?;
    let before = settled_free();
    check_eq!(tmpfs(c"m"), Ok(0));
    in_child(|| {
        sys::chdir(c"m")?;
        for n in 0..300 {
            if n % 10 == 0 {
                sys::close(scratch::pages(c"file", 2, n as u8)?)?;
            }
            sys::mkdir(c"d", 0o700)?;
            sys::chdir(c"d")?;
        }
        Ok(())
    })?;
    check_eq!(umount(c"m"), Ok(0));
    check_eq!(settled_free(), before);
    Ok(())
}
