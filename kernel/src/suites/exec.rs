//! Suite `exec`: what exec does before it touches any memory.

use super::{Finding, cases, check};
use crate::arch::PLATFORM;
use crate::process::stack::{self, ARG_MAX, Auxiliary, Stack};
use crate::process::{Image, Strings};
use crate::state::Kernel;
use crate::syscall::Errno;
use alloc::format;
use alloc::vec::Vec;
use vm::{Ea, Prot, USER_END};
use zerocopy::IntoBytes;

cases! { "exec":
    a_good_file_is_accepted,
    damaged_files_are_refused,
    every_cut_file_is_refused,
    a_movable_file_is_moved,
    interpreters_are_checked,
    the_stack_is_laid_out,
    too_many_arguments_are_refused,
}

const HEADERS: usize = 64;
const TEXT: usize = 0x100;
const BASE: u64 = 0x1000_0000;

/// A file of one PT_LOAD, 16 bytes long, in native byte order.
fn file() -> Vec<u8> {
    let mut bytes = alloc::vec![0; TEXT + 16];
    let data = if cfg!(target_endian = "little") { 1 } else { 2 };
    bytes[..7].copy_from_slice(&[0x7f, b'E', b'L', b'F', 2, data, 1]);
    put(&mut bytes, 16, &2u16.to_ne_bytes()); //        e_type: ET_EXEC
    put(&mut bytes, 18, &21u16.to_ne_bytes()); //       e_machine: EM_PPC64
    put(&mut bytes, 20, &1u32.to_ne_bytes()); //        e_version
    put(&mut bytes, 24, &(BASE + TEXT as u64).to_ne_bytes()); // e_entry
    put(&mut bytes, 32, &(HEADERS as u64).to_ne_bytes()); // e_phoff
    put(&mut bytes, 48, &2u32.to_ne_bytes()); //        e_flags: ELFv2
    put(&mut bytes, 54, &56u16.to_ne_bytes()); //       e_phentsize
    put(&mut bytes, 56, &1u16.to_ne_bytes()); //        e_phnum
    put(&mut bytes, HEADERS, &1u32.to_ne_bytes()); //   p_type: PT_LOAD
    put(&mut bytes, HEADERS + 4, &5u32.to_ne_bytes()); // p_flags: R X
    put(&mut bytes, HEADERS + 16, &BASE.to_ne_bytes()); // p_vaddr
    put(&mut bytes, HEADERS + 32, &(TEXT as u64 + 16).to_ne_bytes()); // p_filesz
    put(&mut bytes, HEADERS + 40, &0x3000u64.to_ne_bytes()); // p_memsz
    put(&mut bytes, HEADERS + 48, &0x1000u64.to_ne_bytes()); // p_align
    bytes
}

fn put(bytes: &mut [u8], at: usize, field: &[u8]) {
    bytes[at..at + field.len()].copy_from_slice(field);
}

/// Checks a file as exec does.
fn parse(file: &[u8]) -> Result<Image, Errno> {
    Image::parse(file.len() as u64, |offset, to| {
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        let rest = file.get(start..).unwrap_or_default();
        let len = rest.len().min(to.len());
        to[..len].copy_from_slice(&rest[..len]);
        len
    })
}

fn a_good_file_is_accepted(_: &mut Kernel) -> Finding {
    let file = file();
    let image = parse(&file).map_err(|error| format!("{error}"))?;
    let part = &image.parts[0];
    check!(
        image.entry == Ea(BASE + TEXT as u64),
        "entry {:?}",
        image.entry
    );
    check!(
        image.headers == Some(Ea(BASE + HEADERS as u64)),
        "headers {:?}",
        image.headers
    );
    check!(
        part.start == Ea(BASE) && part.end == Ea(BASE + 0x3000),
        "{part:?}"
    );
    check!(
        part.prot == Prot::READ | Prot::EXEC && part.bytes == (0..TEXT as u64 + 16),
        "{part:?}"
    );
    Ok(())
}

/// Fields that must not be what they are set to here.
const DAMAGE: &[(&str, usize, &[u8])] = &[
    ("magic", 0, &[0]),
    ("32 bits", 4, &[1]),
    ("byte order", 5, &[9]),
    ("object file", 16, &1u16.to_ne_bytes()),
    ("machine", 18, &62u16.to_ne_bytes()),
    ("version", 20, &2u32.to_ne_bytes()),
    ("entry outside", 24, &(BASE + 0x3000).to_ne_bytes()),
    ("odd entry", 24, &(BASE + 2).to_ne_bytes()),
    ("headers outside", 32, &u64::MAX.to_ne_bytes()),
    ("ELFv1", 48, &1u32.to_ne_bytes()),
    ("header size", 54, &55u16.to_ne_bytes()),
    ("no headers", 56, &0u16.to_ne_bytes()),
    ("all headers", 56, &u16::MAX.to_ne_bytes()),
    ("interpreter", HEADERS, &3u32.to_ne_bytes()),
    ("not executable", HEADERS + 4, &6u32.to_ne_bytes()),
    ("offset outside", HEADERS + 8, &0x10_0000u64.to_ne_bytes()),
    ("offset overflow", HEADERS + 8, &(!0xfffu64).to_ne_bytes()),
    ("address 0", HEADERS + 16, &0u64.to_ne_bytes()),
    (
        "kernel address",
        HEADERS + 16,
        &0xc000_0000_0000_0000u64.to_ne_bytes(),
    ),
    ("address overflow", HEADERS + 16, &(!0xfffu64).to_ne_bytes()),
    (
        "end above",
        HEADERS + 16,
        &(USER_END.0 - 0x1000).to_ne_bytes(),
    ),
    ("file size", HEADERS + 32, &u64::MAX.to_ne_bytes()),
    ("memory below file", HEADERS + 40, &1u64.to_ne_bytes()),
    ("memory overflow", HEADERS + 40, &u64::MAX.to_ne_bytes()),
    ("odd alignment", HEADERS + 48, &3u64.to_ne_bytes()),
    (
        "other alignment",
        HEADERS + 48,
        &0x1_0000_0000u64.to_ne_bytes(),
    ),
];

fn damaged_files_are_refused(_: &mut Kernel) -> Finding {
    for (what, at, field) in DAMAGE {
        let mut file = file();
        put(&mut file, *at, field);
        let refused = parse(&file).err();
        check!(refused == Some(Errno::ENOEXEC), "{what}: {refused:?}");
    }
    Ok(())
}

fn every_cut_file_is_refused(_: &mut Kernel) -> Finding {
    let file = file();
    for len in 0..file.len() {
        check!(parse(&file[..len]).is_err(), "accepted with {len} bytes");
    }
    Ok(())
}

/// As [`file`], but of three program headers, of which two are PT_INTERP, each with the
/// 16 bytes after the headers.
fn interpreted() -> Vec<u8> {
    const SIZE: usize = 56;
    let mut bytes = file();
    put(&mut bytes, 56, &3u16.to_ne_bytes());
    for n in [1, 2] {
        let at = HEADERS + n * SIZE;
        bytes[at..at + SIZE].fill(0);
        put(&mut bytes, at, &3u32.to_ne_bytes()); // p_type: PT_INTERP
        put(&mut bytes, at + 8, &(TEXT as u64).to_ne_bytes()); // p_offset
        put(&mut bytes, at + 32, &16u64.to_ne_bytes()); // p_filesz
    }
    bytes
}

fn a_movable_file_is_moved(_: &mut Kernel) -> Finding {
    let mut file = file();
    put(&mut file, 16, &3u16.to_ne_bytes()); // e_type: ET_DYN
    let mut image = parse(&file).map_err(|error| format!("{error}"))?;
    check!(image.size() == 0x3000, "{:#x} bytes", image.size());
    let by = image.move_to(Ea(0x5000));
    let by = by.map_err(|error| format!("{error}"))?;
    check!(by == 0x5000u64.wrapping_sub(BASE), "by {by:#x}");
    check!(image.entry == Ea(0x5100), "entry {:?}", image.entry);
    check!(
        image.headers == Some(Ea(0x5000 + HEADERS as u64)),
        "headers {:?}",
        image.headers
    );
    let part = &image.parts[0];
    check!(
        part.start == Ea(0x5000) && part.at == Ea(0x5000) && part.end == Ea(0x8000),
        "{part:?}"
    );
    let refused = image.move_to(Ea(USER_END.0 - 0x1000)).err();
    check!(
        refused == Some(Errno::ENOMEM),
        "beyond the end: {refused:?}"
    );
    Ok(())
}

fn interpreters_are_checked(_: &mut Kernel) -> Finding {
    let (second, first) = (HEADERS + 112, HEADERS + 56);
    let refused = parse(&interpreted()).err();
    check!(refused == Some(Errno::EINVAL), "two: {refused:?}");
    let mut file = interpreted();
    put(&mut file, second, &0u32.to_ne_bytes()); // p_type: PT_NULL
    let image = parse(&file).map_err(|error| format!("{error}"))?;
    let range = TEXT as u64..TEXT as u64 + 16;
    check!(image.interpreter == Some(range), "{:?}", image.interpreter);
    for (what, at, value) in [
        ("no name", first + 32, 1),
        ("a long name", first + 32, 4097),
        ("beyond the file", first + 8, TEXT as u64 + 1),
        ("without an end", first + 8, u64::MAX),
    ] {
        let mut file = file.clone();
        put(&mut file, at, &value.to_ne_bytes());
        let refused = parse(&file).err();
        check!(refused == Some(Errno::ENOEXEC), "{what}: {refused:?}");
    }
    Ok(())
}

fn strings(all: &[&str]) -> Strings {
    let mut strings = Strings::default();
    all.iter()
        .for_each(|string| strings.push(string.as_bytes()).unwrap_or(()));
    strings
}

fn the_stack_is_laid_out(_: &mut Kernel) -> Finding {
    let aux = Auxiliary {
        entry: Ea(1),
        headers: Ea(2),
        header_count: 3,
        base: Ea(4),
        random: [7; 16],
    };
    for count in 0..4 {
        let args = strings(&["a", "bc", "def"][..count]);
        let stack = stack::build(USER_END, b"/bin/x", &args, &strings(&["E=1"]), &aux);
        let Stack { sp, words, .. } = stack;
        let bytes = words.as_bytes();
        check!(sp.0 % 16 == 0, "r1 = {sp:?}");
        check!(
            sp.0 + bytes.len() as u64 == USER_END.0,
            "{} bytes at {sp:?}",
            bytes.len()
        );
        let word = |n: usize| words[n];
        let string = |at: u64| {
            bytes[(at - sp.0) as usize..]
                .split(|byte| *byte == 0)
                .next()
        };
        check!(word(0) == count as u64, "argc = {}", word(0));
        for (n, arg) in ["a", "bc", "def"][..count].iter().enumerate() {
            check!(string(word(1 + n)) == Some(arg.as_bytes()), "argument {n}");
        }
        check!(word(1 + count) == 0, "no 0 after the arguments");
        check!(string(word(2 + count)) == Some(b"E=1"), "the environment");
        let vector = 4 + count;
        let value = |tag: u64| {
            (vector..)
                .step_by(2)
                .map_while(|n| (word(n) != 0).then_some((word(n), word(n + 1))))
                .find(|(found, _)| *found == tag)
                .map(|(_, value)| value)
        };
        check!(word(3 + count) == 0, "no 0 after the environment");
        check!(value(3) == Some(2), "AT_PHDR {:?}", value(3));
        check!(value(7) == Some(4), "AT_BASE {:?}", value(7));
        let platform = value(15).and_then(string);
        check!(
            platform == Some(PLATFORM.as_bytes()),
            "AT_PLATFORM {platform:?}"
        );
        check!(value(33).is_none(), "AT_SYSINFO_EHDR");
    }
    Ok(())
}

fn too_many_arguments_are_refused(_: &mut Kernel) -> Finding {
    let mut strings = Strings::default();
    let refused = (0..=ARG_MAX).find_map(|_| strings.push(b"0123456").err());
    check!(refused == Some(Errno::E2BIG), "{refused:?}");
    check!(strings.size() == ARG_MAX, "{} bytes", strings.size());
    Ok(())
}
