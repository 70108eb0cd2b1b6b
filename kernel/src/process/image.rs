//! An executable file, checked.
//!
//! What is accepted: ELF64 in the kernel's own byte order, ET_EXEC, static, for
//! ppc64 with the ELFv2 ABI. Nothing is believed: what the rest of exec takes
//! from an [`Image`] has been checked against the file's size and against what a
//! program may map. What is refused is ENOEXEC.

use crate::syscall::Errno;
use alloc::vec::Vec;
use core::ops::Range;
use elf::abi;
use elf::endian::NativeEndian;
use elf::file::{Class, FileHeader, parse_ident};
use elf::segment::{ProgramHeader, SegmentTable};
use vm::{Ea, PAGE_SIZE, Prot, USER_END};

/// The lowest address that a program may map: 64 KiB, so that a null pointer
/// with an offset is a fault.
pub const USER_START: Ea = Ea(0x1_0000);

/// Program headers in a file: Linux takes one page of them.
const MAX_HEADERS: u16 = 73;
/// Bytes in the header of an ELF64 file.
const HEADER_SIZE: usize = 64;
/// Bytes in a program header of ELF64.
const PROGRAM_HEADER_SIZE: usize = 56;
/// The ABI's number in e_flags: 0 where it does not matter, 1 for ELFv1.
const EF_PPC64_ABI: u32 = 3;

/// A checked executable.
#[derive(Debug)]
pub struct Image {
    /// The first instruction.
    pub entry: Ea,
    /// What to load, in order of address, no two on one page.
    pub parts: Vec<Part>,
    /// Where the program headers are in memory, if they are loaded.
    pub headers: Option<Ea>,
    /// How many program headers there are.
    pub header_count: u16,
}

/// A PT_LOAD: whole pages, zero but for the file's bytes.
#[derive(Debug)]
pub struct Part {
    /// The first page.
    pub start: Ea,
    /// The first address after the last page.
    pub end: Ea,
    /// Where the file's bytes go.
    pub at: Ea,
    /// The first address after all that the program has there, in its last page.
    pub memory_end: Ea,
    /// Which of the file's bytes they are.
    pub bytes: Range<u64>,
    /// What the program may do there.
    pub prot: Prot,
}

/// The `len` bytes at `offset` of the file that `read` reads, as far as it has them.
fn bytes(
    read: &mut impl FnMut(u64, &mut [u8]) -> usize,
    offset: u64,
    len: usize,
) -> Result<Vec<u8>, Errno> {
    let mut bytes = alloc::vec![0; len];
    require(read(offset, &mut bytes) == len)?;
    Ok(bytes)
}

impl Image {
    /// Checks a file of `size` bytes. `read` copies what is at an offset, and gives how
    /// much that is: less only at the file's end.
    ///
    /// # Errors
    /// ENOEXEC.
    pub fn parse(size: u64, mut read: impl FnMut(u64, &mut [u8]) -> usize) -> Result<Image, Errno> {
        let header = header(&bytes(&mut read, 0, HEADER_SIZE)?)?;
        check_header(&header)?;
        let len = usize::from(header.e_phnum) * usize::from(header.e_phentsize);
        let table = bytes(&mut read, header.e_phoff, len)?;
        let mut parts = Vec::new();
        let mut headers = None;
        for segment in SegmentTable::new(NativeEndian, Class::ELF64, &table).iter() {
            if matches!(segment.p_type, abi::PT_INTERP | abi::PT_DYNAMIC) {
                return Err(Errno::ENOEXEC);
            }
            if segment.p_type == abi::PT_LOAD && segment.p_memsz > 0 {
                parts.push(Part::parse(size, &segment)?);
                headers = headers.or_else(|| loaded_at(&segment, header.e_phoff));
            }
        }
        let image = Image {
            entry: Ea(header.e_entry),
            parts,
            headers,
            header_count: header.e_phnum,
        };
        image.check_parts()?;
        Ok(image)
    }

    /// The first address after all parts.
    pub fn end(&self) -> Ea {
        self.parts.last().map_or(USER_START, |part| part.end)
    }

    fn check_parts(&self) -> Result<(), Errno> {
        let ordered = self.parts.is_sorted_by(|low, high| low.end <= high.start);
        let entry = self.entry;
        let starts =
            |part: &Part| part.prot.contains(Prot::EXEC) && part.start <= entry && entry < part.end;
        require(ordered && entry.0.is_multiple_of(4) && self.parts.iter().any(starts))
    }
}

fn require(holds: bool) -> Result<(), Errno> {
    if holds { Ok(()) } else { Err(Errno::ENOEXEC) }
}

/// The ELF header, which fills `bytes`.
fn header(bytes: &[u8]) -> Result<FileHeader<NativeEndian>, Errno> {
    let (ident, tail) = bytes.split_at(abi::EI_NIDENT);
    let ident = parse_ident::<NativeEndian>(ident).map_err(|_| Errno::ENOEXEC)?;
    require(ident.1 == Class::ELF64)?;
    FileHeader::parse_tail(ident, tail).map_err(|_| Errno::ENOEXEC)
}

fn check_header(header: &FileHeader<NativeEndian>) -> Result<(), Errno> {
    require(
        header.version == abi::EV_CURRENT as u32
            && header.e_type == abi::ET_EXEC
            && header.e_machine == abi::EM_PPC64
            && matches!(header.e_flags & EF_PPC64_ABI, 0 | 2)
            && usize::from(header.e_phentsize) == PROGRAM_HEADER_SIZE
            && (1..=MAX_HEADERS).contains(&header.e_phnum),
    )
}

/// Where the byte `offset` of the file is in memory, if `header` loads it.
fn loaded_at(header: &ProgramHeader, offset: u64) -> Option<Ea> {
    let inside = offset.checked_sub(header.p_offset)?;
    (inside < header.p_filesz).then_some(Ea(header.p_vaddr + inside))
}

impl Part {
    fn parse(size: u64, header: &ProgramHeader) -> Result<Part, Errno> {
        let end = header.p_vaddr.checked_add(header.p_memsz);
        let end = end.ok_or(Errno::ENOEXEC)?;
        let file_end = header.p_offset.checked_add(header.p_filesz);
        let file_end = file_end.ok_or(Errno::ENOEXEC)?;
        let align = header.p_align.max(1);
        require(
            header.p_filesz <= header.p_memsz
                && file_end <= size
                && header.p_vaddr >= USER_START.0
                && end <= USER_END.0
                && align.is_power_of_two()
                && header.p_vaddr % align == header.p_offset % align,
        )?;
        Ok(Part {
            start: Ea(header.p_vaddr).floor(),
            end: Ea(end.next_multiple_of(PAGE_SIZE)),
            at: Ea(header.p_vaddr),
            memory_end: Ea(end),
            bytes: header.p_offset..file_end,
            prot: prot_of(header.p_flags),
        })
    }

    /// The first address after the file's bytes.
    pub fn bytes_end(&self) -> Ea {
        Ea(self.at.0 + (self.bytes.end - self.bytes.start))
    }

    /// Whether the file's pages are pages of memory as they are.
    pub fn is_mappable(&self) -> bool {
        self.at.0 % PAGE_SIZE == self.bytes.start % PAGE_SIZE
    }
}

fn prot_of(flags: u32) -> Prot {
    [
        (abi::PF_R, Prot::READ),
        (abi::PF_W, Prot::WRITE),
        (abi::PF_X, Prot::EXEC),
    ]
    .into_iter()
    .filter(|(bit, _)| flags & bit != 0)
    .fold(Prot::empty(), |all, (_, prot)| all | prot)
}
