//! The kernel never touches programs' floating-point and vector registers, but where it
//! saves and loads them: by its own instructions, one by one.

use elf::ElfBytes;
use elf::abi::STT_FUNC;
use elf::endian::{AnyEndian, EndianParse};
use quire_tests::{Kind, places};
use std::fs;

on_both! { kernel_leaves_the_registers_alone }

/// What saves and loads them.
const MAY: [&str; 2] = ["boot_save_float", "boot_load_float"];
/// What has words of the other byte order in it, which mean nothing in this one.
const FOREIGN: [&str; 2] = ["_start", "boot_firmware"];

fn kernel_leaves_the_registers_alone(kind: Kind) {
    let path = places::target().join(format!("quire-{kind}.elf"));
    let file = fs::read(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
    let elf = ElfBytes::<AnyEndian>::minimal_parse(&file).expect("an ELF file");
    let text = elf.section_header_by_name(".text").unwrap().unwrap();
    let (symbols, names) = elf.symbol_table().unwrap().expect("symbols");
    let mut users = Vec::new();
    let mut words = 0;
    for symbol in symbols.iter().filter(|s| s.st_symtype() == STT_FUNC) {
        let name = names.get(symbol.st_name as usize).unwrap();
        let start = symbol.st_value.wrapping_sub(text.sh_addr);
        if FOREIGN.contains(&name) || start >= text.sh_size {
            continue;
        }
        let bytes = &file[(text.sh_offset + start) as usize..][..symbol.st_size as usize];
        let code = bytes
            .chunks_exact(4)
            .map(|word| elf.ehdr.endianness.parse_u32_at(&mut 0, word).unwrap());
        words += bytes.len() / 4;
        if code.into_iter().any(uses_float) {
            users.push(name);
        }
    }
    assert!(words > 10_000, "only {words} instructions were looked at");
    users.sort_unstable();
    users.dedup();
    assert_eq!(users, sorted(MAY), "they use them, and may");
}

fn sorted<const N: usize>(mut names: [&str; N]) -> [&str; N] {
    names.sort_unstable();
    names
}

/// Whether an instruction touches any of the registers (Power ISA v3.1, Appendix F,
/// "Opcode Maps").
fn uses_float(word: u32) -> bool {
    match word >> 26 {
        // Vectors; loads and stores of FPRs; of pairs and of VSRs; arithmetic.
        4 | 48..=55 | 57 | 59..=61 | 63 => true,
        31 => indexed(word >> 1 & 0x3ff),
        _ => false,
    }
}

/// Whether this extended opcode of 31 is one of them.
fn indexed(extended: u32) -> bool {
    match extended {
        // lvsl, lvsr, lvebx … stvxl; lfsx … stfiwx; moves between GPRs and VSRs.
        6 | 38 | 7 | 39 | 71 | 103 | 359 | 135 | 167 | 199 | 231 | 487 => true,
        535..=759 if extended % 32 == 23 => true,
        791 | 855 | 887 | 919 | 983 => true,
        51 | 115 | 179 | 211 | 243 | 307 | 403 | 435 => true,
        // VSX: l[x]v…x and st[x]v…x, columns 12 and 13.
        _ => extended % 32 == 12 || extended % 32 == 13,
    }
}
