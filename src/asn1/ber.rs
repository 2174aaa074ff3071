//! Rewrites BER as DER: indefinite lengths, long-form lengths and strings in segments, as some CMS writers emit.
//! It changes framing only. Whoever hashes the result must show that the signer hashed DER too.

use super::{Error, Fault, tag, write};

/// Rewrites the one value in `bytes`, entering at most `depth` nested values.
///
/// Returns the DER, and whether it differs from `bytes`. Fails on truncation, on bytes after the value and on depth.
pub fn transcode(bytes: &[u8], depth: u32) -> Result<(Vec<u8>, bool), Error> {
    let mut input = Input { bytes, position: 0 };
    let der = input.value(depth)?;
    if input.position != bytes.len() {
        return Err(input.fault(Fault::Trailing));
    }
    let changed = der != bytes;
    Ok((der, changed))
}

/// How many bytes the value takes that `bytes` begin with, at most `depth` nested values deep.
pub fn extent(bytes: &[u8], depth: u32) -> Result<usize, Error> {
    let mut input = Input { bytes, position: 0 };
    input.value(depth)?;
    Ok(input.position)
}

struct Input<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl Input<'_> {
    fn value(&mut self, depth: u32) -> Result<Vec<u8>, Error> {
        let identifier = self.byte()?;
        if identifier & 0x1f == 0x1f {
            return Err(self.fault(Fault::Content));
        }
        let constructed = identifier & 0x20 != 0;
        let length = self.length()?;
        match (constructed, length) {
            (false, Some(length)) => Ok(write::tlv(identifier, self.take(length)?)),
            (false, None) => Err(self.fault(Fault::Length)),
            (true, length) => {
                let parts = self.parts(length, depth)?;
                let primitive = identifier & 0xdf;
                match primitive {
                    tag::OCTET_STRING | tag::UTF8_STRING | tag::IA5_STRING | tag::PRINTABLE_STRING => {
                        self.joined(primitive, &parts)
                    }
                    _ => Ok(write::tlv(identifier, &parts.concat())),
                }
            }
        }
    }

    fn parts(&mut self, length: Option<usize>, depth: u32) -> Result<Vec<Vec<u8>>, Error> {
        let depth = depth.checked_sub(1).ok_or(self.fault(Fault::Depth))?;
        let end = match length {
            Some(length) => Some(
                self.position
                    .checked_add(length)
                    .filter(|end| *end <= self.bytes.len())
                    .ok_or(self.fault(Fault::Truncated))?,
            ),
            None => None,
        };
        let mut parts = Vec::new();
        loop {
            match end {
                Some(end) if self.position == end => return Ok(parts),
                Some(end) if self.position > end => return Err(self.fault(Fault::Length)),
                None if self.bytes.get(self.position..).is_some_and(|rest| rest.starts_with(&[0, 0])) => {
                    self.position += 2;
                    return Ok(parts);
                }
                _ => parts.push(self.value(depth)?),
            }
        }
    }

    /// Joins the segments of a constructed string, each of which must be a string of the same type.
    fn joined(&self, primitive: u8, parts: &[Vec<u8>]) -> Result<Vec<u8>, Error> {
        let mut content = Vec::new();
        for part in parts {
            let segment = super::Reader::only(part, 1)?;
            if segment.tag != primitive {
                return Err(self.fault(Fault::UnexpectedTag { found: segment.tag, expected: primitive }));
            }
            content.extend_from_slice(segment.value);
        }
        Ok(write::tlv(primitive, &content))
    }

    fn length(&mut self) -> Result<Option<usize>, Error> {
        let first = self.byte()?;
        if first < 0x80 {
            return Ok(Some(usize::from(first)));
        }
        if first == 0x80 {
            return Ok(None);
        }
        let octets = self.take(usize::from(first & 0x7f))?;
        let mut length: usize = 0;
        for octet in octets {
            length = length
                .checked_mul(256)
                .and_then(|length| length.checked_add(usize::from(*octet)))
                .ok_or(Error { fault: Fault::Length, offset: 0 })?;
        }
        Ok(Some(length))
    }

    fn take(&mut self, length: usize) -> Result<&[u8], Error> {
        let end = self.position.checked_add(length).ok_or(self.fault(Fault::Length))?;
        let start = self.position;
        if end > self.bytes.len() {
            return Err(self.fault(Fault::Truncated));
        }
        self.position = end;
        Ok(self.bytes.get(start..end).unwrap_or_default())
    }

    fn byte(&mut self) -> Result<u8, Error> {
        let byte = self.bytes.get(self.position).copied().ok_or(self.fault(Fault::Truncated))?;
        self.position += 1;
        Ok(byte)
    }

    const fn fault(&self, fault: Fault) -> Error {
        Error { fault, offset: self.position }
    }
}
