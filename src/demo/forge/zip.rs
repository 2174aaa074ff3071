//! Writes ZIP files (APPNOTE 6.3) from headers as given, agreeing or not. It reads none.

use std::io::Write as _;

use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};

use super::Error;
use crate::clock::{CHINA, Timestamp};

/// What a local or central header says about a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The name, UTF-8 if sound.
    pub name: Vec<u8>,
    /// General purpose flags; bit 11 says that the name is UTF-8.
    pub flags: u16,
    /// 0 stored, 8 deflated.
    pub method: u16,
    /// Time and date in the form of DOS.
    pub modified: (u16, u16),
    /// CRC-32 of the content.
    pub crc: u32,
    /// Bytes as stored.
    pub compressed: u32,
    /// Bytes of the content.
    pub uncompressed: u32,
    /// Extra field.
    pub extra: Vec<u8>,
}

/// One file of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The header before the data.
    pub local: Header,
    /// The header in the directory at the end.
    pub central: Header,
    /// The data as stored.
    pub data: Vec<u8>,
}

impl Member {
    /// A member whose two headers agree and are true.
    pub fn new(name: &str, content: &[u8], deflate: bool, modified: Timestamp) -> Result<Self, Error> {
        let data = if deflate { deflated(content)? } else { content.to_vec() };
        let mut crc = Crc::new();
        crc.update(content);
        let header = Header {
            name: name.as_bytes().to_vec(),
            flags: if name.is_ascii() { 0 } else { 1 << 11 },
            method: if deflate { 8 } else { 0 },
            modified: dos_time(modified)?,
            crc: crc.sum(),
            compressed: size(data.len())?,
            uncompressed: size(content.len())?,
            extra: Vec::new(),
        };
        Ok(Self { local: header.clone(), central: header, data })
    }
}

/// An archive of `members` in that order.
pub fn archive(members: &[Member]) -> Result<Vec<u8>, Error> {
    let mut file = Vec::new();
    let mut directory = Vec::new();
    for member in members {
        let offset = size(file.len())?;
        file.extend_from_slice(b"PK\x03\x04");
        common(&mut file, &member.local)?;
        file.extend_from_slice(&member.local.name);
        file.extend_from_slice(&member.local.extra);
        file.extend_from_slice(&member.data);

        directory.extend_from_slice(b"PK\x01\x02");
        number(&mut directory, VERSION);
        common(&mut directory, &member.central)?;
        // Length of the comment, disk, internal attributes; external attributes.
        for zero in [0; 5] {
            number(&mut directory, zero);
        }
        directory.extend_from_slice(&offset.to_le_bytes());
        directory.extend_from_slice(&member.central.name);
        directory.extend_from_slice(&member.central.extra);
    }
    let count = u16::try_from(members.len()).map_err(|_| Error::TooLarge)?;
    let offset = size(file.len())?;
    let length = size(directory.len())?;
    file.extend_from_slice(&directory);
    file.extend_from_slice(b"PK\x05\x06");
    for field in [0, 0, count, count] {
        number(&mut file, field);
    }
    file.extend_from_slice(&length.to_le_bytes());
    file.extend_from_slice(&offset.to_le_bytes());
    number(&mut file, 0);
    Ok(file)
}

/// 2.0, the first with deflate (APPNOTE §4.4.3.2).
const VERSION: u16 = 20;

/// The fields that both headers have, in their order.
fn common(out: &mut Vec<u8>, header: &Header) -> Result<(), Error> {
    for field in [VERSION, header.flags, header.method, header.modified.0, header.modified.1] {
        number(out, field);
    }
    for field in [header.crc, header.compressed, header.uncompressed] {
        out.extend_from_slice(&field.to_le_bytes());
    }
    for length in [header.name.len(), header.extra.len()] {
        number(out, u16::try_from(length).map_err(|_| Error::TooLarge)?);
    }
    Ok(())
}

fn number(out: &mut Vec<u8>, value: u16) {
    out.extend_from_slice(&value.to_le_bytes());
}

fn size(bytes: usize) -> Result<u32, Error> {
    // All ones mean that the 64-bit extension holds the size.
    u32::try_from(bytes).ok().filter(|size| *size != u32::MAX).ok_or(Error::TooLarge)
}

fn deflated(content: &[u8]) -> Result<Vec<u8>, Error> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content)?;
    Ok(encoder.finish()?)
}

/// Time and date in China, in steps of two seconds since 1980.
fn dos_time(at: Timestamp) -> Result<(u16, u16), Error> {
    let [year, month, day, hour, minute, second] = at.fields(CHINA).ok_or(Error::Time(at))?;
    let years = year.checked_sub(1980).filter(|years| *years < 128).ok_or(Error::Time(at))?;
    Ok(((hour << 11) | (minute << 5) | (second / 2), (years << 9) | (month << 5) | day))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_true() {
        let at = Timestamp::parse_rfc3339("2026-11-21T08:00:02Z").unwrap();
        let member = Member::new("OFD.xml", b"123456789", false, at).unwrap();
        // The check value of CRC-32 in its definitions.
        assert_eq!(member.local.crc, 0xcbf4_3926);
        assert_eq!(member.local, member.central);
        assert_eq!(member.local.modified, (16 << 11 | 1, 46 << 9 | 11 << 5 | 21));
        let file = archive(&[member]).unwrap();
        assert_eq!(file.len(), 30 + 7 + 9 + 46 + 7 + 22);
    }

    #[test]
    fn times_outside_dos_are_refused() {
        for text in ["1979-12-31T00:00:00Z", "2108-01-01T00:00:00Z"] {
            let at = Timestamp::parse_rfc3339(text).unwrap();
            assert!(matches!(Member::new("a", b"", true, at), Err(Error::Time(_))));
        }
    }
}
