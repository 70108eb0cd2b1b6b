//! An executable file, checked.
//!
//! What is accepted: ELF64 in the kernel's own byte order, ET_EXEC or ET_DYN, for
//! ppc64 with the ELFv2 ABI. Nothing is believed: what the rest of exec takes
//! from an [`Image`] has been checked against the file's size and against what a
//! program may map. What is refused is ENOEXEC.

use crate::syscall::Errno;
use alloc::vec::Vec;
use core::ops::Range;
use elf::abi;
use elf::endian::NativeEndian;
use elf::file::{Class, FileHeader, parse_ident};
use elf::segment::ProgramHeader;
use vm::{Ea, PAGE_SIZE, Prot, USER_END};
use zerocopy::FromBytes;

/// The lowest address that a program may map: 64 KiB, so that a null pointer
/// with an offset is a fault.
pub const USER_START: Ea = Ea(0x1_0000);

/// Program headers in a file: Linux takes one page of them.
const MAX_HEADERS: u16 = 73;
/// Bytes in the header of an ELF64 file.
const HEADER_SIZE: usize = 64;
/// Bytes in a program header of ELF64.
const PROGRAM_HEADER_SIZE: usize = 56;
/// Bytes that are read first: the program headers of most files are among them.
const FIRST: usize = 512;
/// The ABI's number in e_flags: 0 where it does not matter, 1 for ELFv1.
const EF_PPC64_ABI: u32 = 3;
/// The longest path of an interpreter, its 0 included.
const PATH_MAX: u64 = linux_raw_sys::general::PATH_MAX as u64;

/// Where a file must lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Where it says: ET_EXEC.
    Fixed,
    /// Anywhere: ET_DYN. Its addresses count from where that is.
    Movable,
}

/// A checked executable.
#[derive(Debug)]
pub struct Image {
    /// Where it must lie.
    pub kind: Kind,
    /// The first instruction.
    pub entry: Ea,
    /// What to load, in order of address, no two on one page.
    pub parts: Vec<Part>,
    /// Where the program headers are in memory, if they are loaded.
    pub headers: Option<Ea>,
    /// How many program headers there are.
    pub header_count: u16,
    /// Where in the file the path of the program is that loads it, a 0 at its end:
    /// PT_INTERP.
    pub interpreter: Option<Range<u64>>,
    /// What its address must be a multiple of, if it can be chosen.
    pub align: u64,
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
    /// ENOEXEC; EINVAL if it names two interpreters (execve(2)).
    pub fn parse(size: u64, mut read: impl FnMut(u64, &mut [u8]) -> usize) -> Result<Image, Errno> {
        let mut first = [0; FIRST];
        let read_first = read(0, &mut first);
        require(read_first >= HEADER_SIZE)?;
        let header = header(&first[..HEADER_SIZE])?;
        let kind = check_header(&header)?;
        let len = usize::from(header.e_phnum) * usize::from(header.e_phentsize);
        let there = header.e_phoff.checked_add(len as u64);
        let elsewhere;
        let table = match there {
            Some(end) if end <= read_first as u64 => &first[header.e_phoff as usize..][..len],
            _ => {
                elsewhere = bytes(&mut read, header.e_phoff, len)?;
                &elsewhere
            }
        };
        let mut image = Image {
            kind,
            entry: Ea(header.e_entry),
            parts: Vec::with_capacity(header.e_phnum.into()),
            headers: None,
            header_count: header.e_phnum,
            interpreter: None,
            align: PAGE_SIZE,
        };
        for bytes in table.chunks_exact(PROGRAM_HEADER_SIZE) {
            let segment = program_header(bytes).ok_or(Errno::ENOEXEC)?;
            image.add(size, &segment, header.e_phoff)?;
        }
        image.check_parts()?;
        Ok(image)
    }

    fn add(&mut self, size: u64, segment: &ProgramHeader, headers: u64) -> Result<(), Errno> {
        match segment.p_type {
            abi::PT_INTERP if self.interpreter.is_some() => return Err(Errno::EINVAL),
            abi::PT_INTERP => self.interpreter = Some(path_range(size, segment)?),
            abi::PT_LOAD if segment.p_memsz > 0 => {
                self.parts.push(Part::parse(size, segment, self.kind)?);
                self.align = self.align.max(segment.p_align);
                self.headers = self.headers.or_else(|| loaded_at(segment, headers));
            }
            _ => {}
        }
        Ok(())
    }

    /// The bytes of a place that can hold all parts, if it is chosen: it starts at a
    /// multiple of [`align`](Image::align).
    pub fn size(&self) -> u64 {
        self.end().0 - self.first()
    }

    /// What the file calls the start of such a place.
    fn first(&self) -> u64 {
        let first = self.parts.first().map_or(0, |part| part.start.0);
        first & !(self.align - 1)
    }

    /// It lies in the place that starts at `start`. Gives how much further on that is than
    /// the file says.
    ///
    /// # Errors
    /// ENOMEM: it would reach beyond all that a program can map.
    pub fn move_to(&mut self, start: Ea) -> Result<u64, Errno> {
        let by = start.0.wrapping_sub(self.first());
        if start
            .0
            .checked_add(self.size())
            .is_none_or(|end| end > USER_END.0)
        {
            return Err(Errno::ENOMEM);
        }
        let shift = |ea: &mut Ea| ea.0 = ea.0.wrapping_add(by);
        shift(&mut self.entry);
        self.headers.iter_mut().for_each(shift);
        for part in &mut self.parts {
            for ea in [
                &mut part.start,
                &mut part.end,
                &mut part.at,
                &mut part.memory_end,
            ] {
                shift(ea);
            }
        }
        Ok(by)
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

fn check_header(header: &FileHeader<NativeEndian>) -> Result<Kind, Errno> {
    require(
        header.version == abi::EV_CURRENT as u32
            && header.e_machine == abi::EM_PPC64
            && matches!(header.e_flags & EF_PPC64_ABI, 0 | 2)
            && usize::from(header.e_phentsize) == PROGRAM_HEADER_SIZE
            && (1..=MAX_HEADERS).contains(&header.e_phnum),
    )?;
    match header.e_type {
        abi::ET_EXEC => Ok(Kind::Fixed),
        abi::ET_DYN => Ok(Kind::Movable),
        _ => Err(Errno::ENOEXEC),
    }
}

/// The program header that fills `bytes`: Elf64_Phdr in elf(5). Two words of 32 bits come
/// first.
fn program_header(bytes: &[u8]) -> Option<ProgramHeader> {
    let [p_type, p_flags, ..] = <[u32; PROGRAM_HEADER_SIZE / 4]>::read_from_bytes(bytes).ok()?;
    let words = <[u64; PROGRAM_HEADER_SIZE / 8]>::read_from_bytes(bytes).ok()?;
    let [_, p_offset, p_vaddr, p_paddr, p_filesz, p_memsz, p_align] = words;
    Some(ProgramHeader {
        p_type,
        p_flags,
        p_offset,
        p_vaddr,
        p_paddr,
        p_filesz,
        p_memsz,
        p_align,
    })
}

/// Where the path of an interpreter is: Linux takes one of 1 to 4095 bytes and a 0.
fn path_range(size: u64, header: &ProgramHeader) -> Result<Range<u64>, Errno> {
    let end = header.p_offset.checked_add(header.p_filesz);
    let end = end.filter(|end| *end <= size).ok_or(Errno::ENOEXEC)?;
    require((2..=PATH_MAX).contains(&header.p_filesz))?;
    Ok(header.p_offset..end)
}

/// Where the byte `offset` of the file is in memory, if `header` loads it.
fn loaded_at(header: &ProgramHeader, offset: u64) -> Option<Ea> {
    let inside = offset.checked_sub(header.p_offset)?;
    (inside < header.p_filesz).then_some(Ea(header.p_vaddr + inside))
}

impl Part {
    fn parse(size: u64, header: &ProgramHeader, kind: Kind) -> Result<Part, Errno> {
        let end = header.p_vaddr.checked_add(header.p_memsz);
        let end = end.ok_or(Errno::ENOEXEC)?;
        let file_end = header.p_offset.checked_add(header.p_filesz);
        let file_end = file_end.ok_or(Errno::ENOEXEC)?;
        let align = header.p_align.max(1);
        require(
            header.p_filesz <= header.p_memsz
                && file_end <= size
                && (kind == Kind::Movable || header.p_vaddr >= USER_START.0)
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
