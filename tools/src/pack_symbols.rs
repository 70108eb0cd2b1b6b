//! `pack-symbols KERNEL.elf`: puts the names of the kernel's functions into the
//! section that the linker script reserved for them, so that a panic can print
//! them.
//!
//! The section's format is described in `kernel/src/symbols.rs`, which reads it.

use elf::ElfBytes;
use elf::abi::STT_FUNC;
use elf::endian::AnyEndian;
use std::collections::BTreeMap;
use std::error::Error;
use std::ops::Range;
use std::process::ExitCode;
use std::{env, fs};

/// The reserved section.
const SECTION: &str = ".ksyms";

type Result<T> = std::result::Result<T, Box<dyn Error>>;
type Elf<'a> = ElfBytes<'a, AnyEndian>;

fn main() -> ExitCode {
    let Some(path) = env::args().nth(1) else {
        eprintln!("usage: pack-symbols KERNEL.elf");
        return ExitCode::FAILURE;
    };
    match pack(&path) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("pack-symbols: {path}: {why}");
            ExitCode::FAILURE
        }
    }
}

fn pack(path: &str) -> Result<()> {
    let mut file = fs::read(path)?;
    let elf = Elf::minimal_parse(&file)?;
    let place = section(&elf)?;
    let table = table(&functions(&elf)?)?;
    if table.len() > place.len() {
        let (need, have) = (table.len(), place.len());
        return Err(format!(
            "the names need {need} bytes and {SECTION} has {have}: raise SYMBOL_TABLE in linker.ld"
        )
        .into());
    }
    file[place.clone()].fill(0);
    file[place.start..][..table.len()].copy_from_slice(&table);
    Ok(fs::write(path, file)?)
}

/// Where in the file the section lies.
fn section(elf: &Elf<'_>) -> Result<Range<usize>> {
    let header = elf
        .section_header_by_name(SECTION)?
        .ok_or(format!("no section {SECTION}"))?;
    let start = usize::try_from(header.sh_offset)?;
    Ok(start..start + usize::try_from(header.sh_size)?)
}

/// Every function's name by its distance from the start of `.text`.
fn functions(elf: &Elf<'_>) -> Result<BTreeMap<u32, String>> {
    let text = elf
        .section_header_by_name(".text")?
        .ok_or("no section .text")?
        .sh_addr;
    let (symbols, names) = elf.symbol_table()?.ok_or("no symbol table")?;
    let mut functions = BTreeMap::new();
    for symbol in symbols
        .iter()
        .filter(|s| s.st_symtype() == STT_FUNC && s.st_value >= text)
    {
        let name = names.get(symbol.st_name as usize)?;
        // `{:#}` leaves the hash away.
        let name = format!("{:#}", rustc_demangle::demangle(name));
        functions.insert(u32::try_from(symbol.st_value - text)?, name);
    }
    Ok(functions)
}

fn table(functions: &BTreeMap<u32, String>) -> Result<Vec<u8>> {
    let mut table = u32::try_from(functions.len())?.to_le_bytes().to_vec();
    let mut end = 0;
    for (start, name) in functions {
        end += u32::try_from(name.len())?;
        table.extend(start.to_le_bytes());
        table.extend(end.to_le_bytes());
    }
    functions
        .values()
        .for_each(|name| table.extend(name.bytes()));
    Ok(table)
}
