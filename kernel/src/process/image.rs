//! An executable file, checked.
//!
//! What is accepted: ELF64 in the kernel's own byte order, ET_EXEC, static, for
//! ppc64 with the ELFv2 ABI. Nothing is believed: what the rest of exec takes
//! from an [`Image`] has been checked against the file's size and against what a
//! program may map. What is refused is ENOEXEC.

use crate::syscall::Errno;
use alloc::vec::Vec;
use elf::ElfBytes;
use elf::abi;
use elf::endian::NativeEndian;
use elf::file::{Class, FileHeader};
use elf::segment::ProgramHeader;
use vm::{Ea, PAGE_SIZE, Prot, USER_END};

/// The lowest address that a program may map: 64 KiB, so that a null pointer
/// with an offset is a fault.
pub const USER_START: Ea = Ea(0x1_0000);

/// Program headers in a file: Linux takes one page of them.
const MAX_HEADERS: u16 = 73;
/// The ABI's number in e_flags: 0 where it does not matter, 1 for ELFv1.
const EF_PPC64_ABI: u32 = 3;

/// A checked executable.
#[derive(Debug)]
pub struct Image<'a> {
    /// The first instruction.
    pub entry: Ea,
    /// What to load, in order of address, no two on one page.
    pub parts: Vec<Part<'a>>,
    /// Where the program headers are in memory, if they are loaded.
    pub headers: Option<Ea>,
    /// How many program headers there are.
    pub header_count: u16,
}

/// A PT_LOAD: whole pages, zero but for `bytes`.
#[derive(Debug)]
pub struct Part<'a> {
    /// The first page.
    pub start: Ea,
    /// The first address after the last page.
    pub end: Ea,
    /// Where the file's bytes go.
    pub at: Ea,
    /// The file's bytes.
    pub bytes: &'a [u8],
    /// What the program may do there.
    pub prot: Prot,
}

impl<'a> Image<'a> {
    /// Checks `file`.
    ///
    /// # Errors
    /// ENOEXEC.
    pub fn parse(file: &'a [u8]) -> Result<Image<'a>, Errno> {
        let elf = ElfBytes::<NativeEndian>::minimal_parse(file).map_err(|_| Errno::ENOEXEC)?;
        check_header(&elf.ehdr)?;
        let table = elf.segments().ok_or(Errno::ENOEXEC)?;
        let mut parts = Vec::new();
        let mut headers = None;
        for header in table.iter() {
            if matches!(header.p_type, abi::PT_INTERP | abi::PT_DYNAMIC) {
                return Err(Errno::ENOEXEC);
            }
            if header.p_type == abi::PT_LOAD && header.p_memsz > 0 {
                parts.push(Part::parse(file, &header)?);
                headers = headers.or_else(|| loaded_at(&header, elf.ehdr.e_phoff));
            }
        }
        let entry = Ea(elf.ehdr.e_entry);
        let image = Image {
            entry,
            parts,
            headers,
            header_count: elf.ehdr.e_phnum,
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

fn check_header(header: &FileHeader<NativeEndian>) -> Result<(), Errno> {
    require(
        header.class == Class::ELF64
            && header.version == abi::EV_CURRENT as u32
            && header.e_type == abi::ET_EXEC
            && header.e_machine == abi::EM_PPC64
            && matches!(header.e_flags & EF_PPC64_ABI, 0 | 2)
            && (1..=MAX_HEADERS).contains(&header.e_phnum),
    )
}

/// Where the byte `offset` of the file is in memory, if `header` loads it.
fn loaded_at(header: &ProgramHeader, offset: u64) -> Option<Ea> {
    let inside = offset.checked_sub(header.p_offset)?;
    (inside < header.p_filesz).then_some(Ea(header.p_vaddr + inside))
}

impl<'a> Part<'a> {
    fn parse(file: &'a [u8], header: &ProgramHeader) -> Result<Part<'a>, Errno> {
        let end = header
            .p_vaddr
            .checked_add(header.p_memsz)
            .ok_or(Errno::ENOEXEC)?;
        let align = header.p_align.max(1);
        require(
            header.p_filesz <= header.p_memsz
                && header.p_vaddr >= USER_START.0
                && end <= USER_END.0
                && align.is_power_of_two()
                && header.p_vaddr % align == header.p_offset % align,
        )?;
        Ok(Part {
            start: Ea(header.p_vaddr).floor(),
            end: Ea(end.next_multiple_of(PAGE_SIZE)),
            at: Ea(header.p_vaddr),
            bytes: bytes_of(file, header).ok_or(Errno::ENOEXEC)?,
            prot: prot_of(header.p_flags),
        })
    }
}

fn bytes_of<'a>(file: &'a [u8], header: &ProgramHeader) -> Option<&'a [u8]> {
    let start = usize::try_from(header.p_offset).ok()?;
    let end = start.checked_add(usize::try_from(header.p_filesz).ok()?)?;
    file.get(start..end)
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
