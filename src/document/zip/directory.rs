//! The central directory and the local headers, read side by side until every byte is accounted for.

use std::cell::OnceCell;

use memchr::memmem;

use super::{AHEAD, Entry, Error, Fault, Method, name};
use crate::budget::{Budget, Resource, within};

const LOCAL: u32 = 0x0403_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
const DESCRIPTOR: u32 = 0x0807_4b50;
const END_SIZE: usize = 22;
/// What stands before the end record of a container in ZIP64 (APPNOTE 4.3.15), and its length.
const LOCATOR: u32 = 0x0706_4b50;
const LOCATOR_SIZE: usize = 20;

/// General purpose bits (APPNOTE 4.4.4).
const ENCRYPTED: u16 = 1 | 1 << 6 | 1 << 13;
const HAS_DESCRIPTOR: u16 = 1 << 3;
const PATCH: u16 = 1 << 5;

/// Extra fields (APPNOTE 4.5) that change sizes or names behind the header's back.
const EXTRA_ZIP64: u16 = 0x0001;
const EXTRA_UNICODE_PATH: u16 = 0x7075;

/// Reads all entries of `file`, in the order of the central directory.
pub(super) fn read<'a>(file: &'a [u8], budget: &Budget) -> Result<Vec<Entry<'a>>, Error> {
    let end = End::find(file).map_err(Fault::whole)?;
    within(u64::from(end.entries), u64::from(budget.limits().entries), Resource::Entries)
        .map_err(|exhausted| Fault::Exhausted(exhausted).whole())?;
    let mut central = Fields::new(end.directory);
    let mut extents = Vec::new();
    let mut entries = Vec::new();
    for _ in 0..end.entries {
        let header = Central::read(&mut central).map_err(Fault::whole)?;
        let name = name::parse(header.name, budget.limits())
            .map_err(|fault| fault.at(&String::from_utf8_lossy(header.name)))?;
        let (entry, extent) = header.open(name, file).map_err(|fault| fault.at(name))?;
        entries.push(entry);
        extents.push(extent);
    }
    if !central.is_empty() {
        return Err(Fault::Malformed("the central directory holds more than it counts").whole());
    }
    extents.sort_unstable();
    let mut reached = 0;
    for (start, stop) in extents {
        if start != reached {
            return Err(Fault::Ambiguous("entries overlap, or bytes lie between them").whole());
        }
        reached = stop;
    }
    if reached != end.directory_start {
        return Err(Fault::Ambiguous("bytes lie between the entries and the directory").whole());
    }
    Ok(entries)
}

struct End<'a> {
    entries: u16,
    directory: &'a [u8],
    directory_start: usize,
}

impl<'a> End<'a> {
    /// Finds the end record whose comment ends with the file; two candidates are refused.
    fn find(file: &'a [u8]) -> Result<Self, Fault> {
        let lowest = file.len().saturating_sub(END_SIZE + usize::from(u16::MAX));
        let highest = file.len().checked_sub(END_SIZE).ok_or(Fault::Malformed("the file is too short"))?;
        let mut found = None;
        let tail = file.get(lowest..).unwrap_or_default();
        for start in memmem::find_iter(tail, &END.to_le_bytes()).map(|at| lowest + at) {
            if start > highest {
                break;
            }
            let comment = file.get(start + 20..start + END_SIZE).map(|length| Fields::new(length).u16());
            if comment == Some(Ok(u16::try_from(highest - start).unwrap_or(u16::MAX)))
                && found.replace(start).is_some()
            {
                return Err(Fault::Ambiguous("there are two end records"));
            }
        }
        let start = found.ok_or(Fault::Malformed("there is no end record that ends with the file"))?;
        // Readers that search from the end take the last signature, whether or not its comment fits the file.
        let comment = file.get(start + END_SIZE..).unwrap_or_default();
        if memmem::find(comment, &END.to_le_bytes()).is_some() {
            return Err(Fault::Ambiguous("the comment holds an end record"));
        }
        // It could lie in the comment of the last entry, and would lead to a directory of its own.
        let locator = start.checked_sub(LOCATOR_SIZE).and_then(|at| file.get(at..));
        if locator.is_some_and(|at| Fields::new(at).u32() == Ok(LOCATOR)) {
            return Err(Fault::Unsupported("the container is in ZIP64, which no license needs"));
        }
        let mut fields = Fields::new(file.get(start + 4..).unwrap_or_default());
        let disks = (fields.u16()?, fields.u16()?);
        let (here, entries) = (fields.u16()?, fields.u16()?);
        let (size, offset) = (fields.u32()?, fields.u32()?);
        if disks != (0, 0) || here != entries {
            return Err(Fault::Unsupported("the container spans several files"));
        }
        if entries == u16::MAX || size == u32::MAX || offset == u32::MAX {
            return Err(Fault::Unsupported("the container is in ZIP64, which no license needs"));
        }
        let directory_start = usize::try_from(offset).unwrap_or(usize::MAX);
        let directory = file
            .get(directory_start..start)
            .filter(|directory| directory.len() as u64 == u64::from(size))
            .ok_or(Fault::Ambiguous("the directory does not lie right before the end record"))?;
        Ok(Self { entries, directory, directory_start })
    }
}

/// What both kinds of header state.
#[derive(PartialEq, Eq)]
struct Stated {
    flags: u16,
    method: u16,
    crc: u32,
    stored: u32,
    size: u32,
}

impl Stated {
    fn read(fields: &mut Fields<'_>) -> Result<Self, Fault> {
        let (flags, method) = (fields.u16()?, fields.u16()?);
        fields.take(4)?;
        Ok(Self { flags, method, crc: fields.u32()?, stored: fields.u32()?, size: fields.u32()? })
    }
}

struct Central<'a> {
    stated: Stated,
    name: &'a [u8],
    extra: &'a [u8],
    offset: u32,
    unix_mode: u32,
}

impl<'a> Central<'a> {
    fn read(fields: &mut Fields<'a>) -> Result<Self, Fault> {
        if fields.u32()? != CENTRAL {
            return Err(Fault::Malformed("the central directory is cut off"));
        }
        let made_by = fields.u16()?;
        fields.take(2)?;
        let stated = Stated::read(fields)?;
        let (name, extra, comment) = (fields.u16()?, fields.u16()?, fields.u16()?);
        let disk = fields.u16()?;
        fields.take(2)?;
        let attributes = fields.u32()?;
        let offset = fields.u32()?;
        if disk != 0 {
            return Err(Fault::Unsupported("the container spans several files"));
        }
        let header = Self {
            stated,
            name: fields.take(name.into())?,
            extra: fields.take(extra.into())?,
            offset,
            // The upper byte of "made by" says whose attributes these are; 3 is Unix (APPNOTE 4.4.2).
            unix_mode: if made_by >> 8 == 3 { attributes >> 16 } else { 0 },
        };
        fields.take(comment.into())?;
        Ok(header)
    }

    /// Compares the local header with this one; returns the entry and the bytes from its header to its end.
    fn open(&self, name: &'a str, file: &'a [u8]) -> Result<(Entry<'a>, (usize, usize)), Fault> {
        let start = usize::try_from(self.offset).unwrap_or(usize::MAX);
        let mut fields =
            Fields::new(file.get(start..).ok_or(Fault::Malformed("the entry lies outside the file"))?);
        if fields.u32()? != LOCAL {
            return Err(Fault::Malformed("there is no local header where the directory says"));
        }
        fields.take(2)?;
        let local = Stated::read(&mut fields)?;
        let (name_length, extra_length) = (fields.u16()?, fields.u16()?);
        let local_name = fields.take(name_length.into())?;
        let local_extra = fields.take(extra_length.into())?;
        check_extra(self.extra, self.name)?;
        check_extra(local_extra, self.name)?;
        self.compare(&local, local_name)?;
        let method = self.method(name)?;
        let stored_length = usize::try_from(self.stated.stored).unwrap_or(usize::MAX);
        let onwards = fields.rest;
        let stored = fields.take(stored_length)?;
        let onwards = onwards.get(..stored_length.saturating_add(AHEAD)).unwrap_or(onwards);
        if method == Method::Store && self.stated.stored != self.stated.size {
            return Err(Fault::Ambiguous("stored and original size differ without compression"));
        }
        if self.stated.flags & HAS_DESCRIPTOR != 0 {
            // Readers that go from entry to entry would have to guess where the data end.
            if method == Method::Store && !stored.is_empty() {
                return Err(Fault::Ambiguous("stored data end with a descriptor"));
            }
            self.descriptor(&mut fields)?;
        }
        let stop = file.len() - fields.rest.len();
        let Stated { size, crc, .. } = self.stated;
        let entry =
            Entry { name, stored, onwards, method, size: size.into(), crc, contents: OnceCell::new() };
        Ok((entry, (start, stop)))
    }

    fn compare(&self, local: &Stated, local_name: &[u8]) -> Result<(), Fault> {
        if local_name != self.name {
            return Err(Fault::Ambiguous("local and central header name the entry differently"));
        }
        let same_kind = local.flags == self.stated.flags && local.method == self.stated.method;
        let streamed = self.stated.flags & HAS_DESCRIPTOR != 0;
        let blank = (local.crc, local.stored, local.size) == (0, 0, 0);
        if same_kind && (*local == self.stated || (streamed && blank)) {
            Ok(())
        } else {
            Err(Fault::Ambiguous("local and central header disagree"))
        }
    }

    fn method(&self, name: &str) -> Result<Method, Fault> {
        // S_IFMT and S_IFLNK of POSIX.
        if self.unix_mode & 0o170_000 == 0o120_000 {
            return Err(Fault::Unsupported("the entry is a symbolic link"));
        }
        if self.stated.flags & (ENCRYPTED | PATCH) != 0 {
            return Err(Fault::Unsupported("the entry is encrypted or a patch"));
        }
        if name.ends_with('/') && self.stated.size != 0 {
            return Err(Fault::Ambiguous("a directory has contents"));
        }
        match self.stated.method {
            0 => Ok(Method::Store),
            8 => Ok(Method::Deflate),
            _ => Err(Fault::Unsupported("the compression method is neither stored nor deflate")),
        }
    }

    /// Reads the data descriptor (APPNOTE 4.3.9), with or without its optional signature.
    fn descriptor(&self, fields: &mut Fields<'_>) -> Result<(), Fault> {
        let stated = [self.stated.crc, self.stated.stored, self.stated.size];
        let words = |fields: &mut Fields<'_>| Ok::<_, Fault>([fields.u32()?, fields.u32()?, fields.u32()?]);
        let mut plain = Fields::new(fields.rest);
        let mut signed = Fields::new(fields.rest);
        if signed.u32()? == DESCRIPTOR && words(&mut signed) == Ok(stated) {
            fields.rest = signed.rest;
            return Ok(());
        }
        if words(&mut plain) == Ok(stated) {
            fields.rest = plain.rest;
            return Ok(());
        }
        Err(Fault::Ambiguous("the data descriptor disagrees with the directory"))
    }
}

fn check_extra(extra: &[u8], name: &[u8]) -> Result<(), Fault> {
    let mut fields = Fields::new(extra);
    while !fields.is_empty() {
        let (Ok(id), Ok(length)) = (fields.u16(), fields.u16()) else {
            // Alignment tools leave up to three zero bytes.
            return if extra.iter().rev().take(3).all(|byte| *byte == 0) {
                Ok(())
            } else {
                Err(Fault::Malformed("an extra field is cut off"))
            };
        };
        let content = fields.take(length.into())?;
        match id {
            EXTRA_ZIP64 => return Err(Fault::Unsupported("the entry is in ZIP64, which no license needs")),
            // One byte of version and four of checksum stand before the name (APPNOTE 4.6.9).
            EXTRA_UNICODE_PATH if content.get(5..) != Some(name) => {
                return Err(Fault::Ambiguous("an extra field names the entry differently"));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Little-endian fields from the front of a slice.
struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    const fn new(rest: &'a [u8]) -> Self {
        Self { rest }
    }

    const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Fault> {
        let (taken, rest) =
            self.rest.split_at_checked(length).ok_or(Fault::Malformed("a structure is cut off"))?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let (taken, rest) =
            self.rest.split_first_chunk().ok_or(Fault::Malformed("a structure is cut off"))?;
        self.rest = rest;
        Ok(*taken)
    }

    fn u16(&mut self) -> Result<u16, Fault> {
        self.array().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Result<u32, Fault> {
        self.array().map(u32::from_le_bytes)
    }
}
