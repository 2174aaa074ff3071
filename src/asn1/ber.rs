//! Rewrites BER as DER: indefinite lengths, long-form lengths and strings in segments, as some CMS writers emit.
//! It changes framing only. Whoever hashes the result must show that the signer hashed DER too.

use super::{Error, Fault, tag, write};

/// Rewrites the one value in `bytes`, entering at most `depth` nested values.
///
/// Returns the DER, and whether it differs from `bytes`. Fails on truncation, on bytes after the value and on depth.
pub fn transcode(bytes: &[u8], depth: u32) -> Result<(Vec<u8>, bool), Error> {
    let mut input = Input { bytes, position: 0 };
    let mut der = Vec::with_capacity(bytes.len());
    input.value(depth, &mut der)?;
    if input.position != bytes.len() {
        return Err(input.fault(Fault::Trailing));
    }
    let changed = der != bytes;
    Ok((der, changed))
}

/// How many bytes the value takes that `bytes` begin with, at most `depth` nested values deep.
pub fn extent(bytes: &[u8], depth: u32) -> Result<usize, Error> {
    let mut input = Input { bytes, position: 0 };
    input.value(depth, &mut Vec::new())?;
    Ok(input.position)
}

struct Input<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl<'a> Input<'a> {
    /// Rewrites the next value onto the end of `der`.
    fn value(&mut self, depth: u32, der: &mut Vec<u8>) -> Result<(), Error> {
        let identifier = self.byte()?;
        if identifier & 0x1f == 0x1f {
            return Err(self.fault(Fault::Content));
        }
        let constructed = identifier & 0x20 != 0;
        let length = self.length()?;
        match (constructed, length) {
            (false, Some(length)) => {
                let content = self.take(length)?;
                write::header(identifier, content.len(), der);
                der.extend_from_slice(content);
                Ok(())
            }
            (false, None) => Err(self.fault(Fault::Length)),
            (true, length) => {
                let primitive = identifier & 0xdf;
                match primitive {
                    tag::OCTET_STRING | tag::UTF8_STRING | tag::IA5_STRING | tag::PRINTABLE_STRING => {
                        self.constructed(primitive, length, depth, Some(primitive), der)
                    }
                    _ => self.constructed(identifier, length, depth, None, der),
                }
            }
        }
    }

    /// Rewrites a constructed value as one with `identifier`. All of them into one buffer: copies at each level, or a
    /// vector for each of millions of values, cost gigabytes.
    fn constructed(
        &mut self,
        identifier: u8,
        length: Option<usize>,
        depth: u32,
        segments: Option<u8>,
        der: &mut Vec<u8>,
    ) -> Result<(), Error> {
        let start = der.len();
        // Right for what is DER already, so that its content stays where it is written.
        write::header(identifier, length.unwrap_or(0), der);
        let content = der.len();
        self.content(length, depth, segments, der)?;
        let actual = der.len().saturating_sub(content);
        if length != Some(actual) {
            let mut header = Vec::new();
            write::header(identifier, actual, &mut header);
            der.splice(start..content, header);
        }
        Ok(())
    }

    /// The values inside one that is constructed, one after the other; of a string in segments, what is in them, each of
    /// which must be a string of the same type.
    fn content(
        &mut self,
        length: Option<usize>,
        depth: u32,
        segments: Option<u8>,
        der: &mut Vec<u8>,
    ) -> Result<(), Error> {
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
        loop {
            match end {
                Some(end) if self.position == end => return Ok(()),
                Some(end) if self.position > end => return Err(self.fault(Fault::Length)),
                None if self.bytes.get(self.position..).is_some_and(|rest| rest.starts_with(&[0, 0])) => {
                    self.position += 2;
                    return Ok(());
                }
                _ => {}
            }
            let start = der.len();
            self.value(depth, der)?;
            if let Some(primitive) = segments {
                let segment = super::Reader::only(der.get(start..).unwrap_or_default(), 1)?;
                if segment.tag != primitive {
                    let fault = Fault::UnexpectedTag { found: segment.tag, expected: primitive };
                    return Err(self.fault(fault));
                }
                let header = segment.raw.len().saturating_sub(segment.value.len());
                der.drain(start..start + header);
            }
        }
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

    fn take(&mut self, length: usize) -> Result<&'a [u8], Error> {
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
