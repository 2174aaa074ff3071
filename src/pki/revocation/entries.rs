//! The revoked certificates of one list, as a sorted index made for one question: is this serial number inside?
//! 24 bytes and the serial number's own for each entry, whatever the list said in how many bytes.

use std::collections::HashMap;

use super::reason::RevocationReason;
use crate::clock::Timestamp;
use crate::pki::Name;

/// What a list or an answer says of a revoked certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revoked {
    /// When it was revoked.
    pub since: Timestamp,
    /// Why; `Unspecified` where nothing is stated.
    pub reason: RevocationReason,
    /// Since when it is known or suspected to be invalid, if stated (RFC 5280 §5.3.2).
    pub invalid_since: Option<Timestamp>,
}

impl Revoked {
    /// What holds if two entries speak of one certificate: the worse of both in each respect.
    fn and(self, other: Self) -> Self {
        let reason = self.reason.graver(other.reason);
        let invalid_since = match (self.invalid_since, other.invalid_since) {
            (Some(one), Some(two)) => Some(one.min(two)),
            // A compromise of unknown date is worse than any that has one.
            _ if reason.is_compromise() => None,
            (one, two) => one.or(two),
        };
        Self { since: self.since.min(other.since), reason, invalid_since }
    }
}

/// The content octets of an INTEGER in their shortest form. Serial numbers are compared so, because a certificate
/// and the list that names it may have been written by different hands.
pub(super) fn shortest(mut integer: &[u8]) -> &[u8] {
    while let [first @ (0 | 0xff), second, ..] = integer
        && (first ^ second) & 0x80 == 0
    {
        integer = integer.get(1..).unwrap_or_default();
    }
    integer
}

/// One entry. The key is a mix of issuer and serial number, so that rows spread evenly over the buckets.
#[derive(Clone, Copy, Debug)]
struct Row {
    key: u64,
    since: i64,
    offset: u32,
    issuer: u16,
    length: u8,
    reason: u8,
}

/// Rows in one bucket on average: 96 bytes, two lines of the processor's cache.
const BUCKET: usize = 4;

/// The index.
#[derive(Clone, Debug)]
pub(super) struct Entries {
    /// Sorted by key, then issuer and serial number; no two alike.
    rows: Vec<Row>,
    /// Serial numbers, one after the other.
    serials: Vec<u8>,
    /// Invalidity dates by the offset of the serial number, sorted. Few entries have one.
    invalid_since: Vec<(u32, i64)>,
    /// The first row whose key has the leading bits or more.
    buckets: Vec<u32>,
    bits: u32,
    /// The list's own issuer, number 0: most questions are about its certificates.
    issuer: Name,
    /// Issuers of certificates, the list's own included.
    issuers: HashMap<Name, u16>,
}

/// Why an entry does not fit into the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Overflow {
    /// The serial number has more than 255 octets.
    Serial,
    /// More than 65,535 issuers, or more than 4 GiB of serial numbers.
    Size,
}

/// An index in the making. Reserves what it needs once, since growing step by step would need it three times over.
pub(super) struct Gathering {
    entries: Entries,
    issuer: u16,
}

impl Gathering {
    /// For `count` entries of a list by `issuer`, with `octets` of serial numbers.
    pub(super) fn new(issuer: Name, count: usize, octets: usize) -> Self {
        let entries = Entries {
            rows: Vec::with_capacity(count),
            serials: Vec::with_capacity(octets),
            invalid_since: Vec::new(),
            buckets: Vec::new(),
            bits: 0,
            issuers: HashMap::from([(issuer.clone(), 0)]),
            issuer,
        };
        Self { entries, issuer: 0 }
    }

    /// The entries from here on are of certificates by `issuer` (RFC 5280 §5.3.3).
    pub(super) fn turn_to(&mut self, issuer: Name) -> Result<(), Overflow> {
        let next = u16::try_from(self.entries.issuers.len()).map_err(|_| Overflow::Size)?;
        self.issuer = *self.entries.issuers.entry(issuer).or_insert(next);
        Ok(())
    }

    /// Adds an entry.
    pub(super) fn push(&mut self, serial: &[u8], revoked: Revoked) -> Result<(), Overflow> {
        let serial = shortest(serial);
        let length = u8::try_from(serial.len()).map_err(|_| Overflow::Serial)?;
        let offset = u32::try_from(self.entries.serials.len()).map_err(|_| Overflow::Size)?;
        self.entries.serials.extend_from_slice(serial);
        if let Some(at) = revoked.invalid_since {
            self.entries.invalid_since.push((offset, at.seconds()));
        }
        self.entries.rows.push(Row {
            key: mix(self.issuer, serial),
            since: revoked.since.seconds(),
            offset,
            issuer: self.issuer,
            length,
            reason: revoked.reason.number(),
        });
        Ok(())
    }

    /// Sorts, and joins entries of one certificate.
    pub(super) fn finish(self) -> Entries {
        let mut entries = self.entries;
        let serials = std::mem::take(&mut entries.serials);
        let order = |row: &Row| (row.key, row.issuer, octets(&serials, row));
        entries.rows.sort_unstable_by(|one, two| order(one).cmp(&order(two)));
        let alike = |one: &Row, two: &Row| one.key == two.key && order(one) == order(two);
        if entries.rows.is_sorted_by(|one, two| !alike(one, two)) {
            entries.serials = serials;
        } else {
            entries.join(alike);
            entries.serials = serials;
        }
        entries.fill_buckets();
        entries
    }
}

impl Entries {
    /// How many certificates are inside.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The issuers whose certificates are inside, the list's own included.
    pub(super) fn issuers(&self) -> impl Iterator<Item = &Name> {
        self.issuers.keys()
    }

    /// What the list says of the certificate with `serial` by `issuer`.
    pub(super) fn find(&self, issuer: &Name, serial: &[u8]) -> Option<Revoked> {
        let issuer = if *issuer == self.issuer { 0 } else { *self.issuers.get(issuer)? };
        let serial = shortest(serial);
        let key = mix(issuer, serial);
        let bucket = usize::try_from(key.checked_shr(64 - self.bits).unwrap_or(0)).ok()?;
        let start = usize::try_from(*self.buckets.get(bucket)?).ok()?;
        let end = usize::try_from(*self.buckets.get(bucket + 1)?).ok()?;
        let rows = self.rows.get(start..end)?;
        let wanted = (key, issuer, serial);
        let found = rows
            .binary_search_by(|row| (row.key, row.issuer, octets(&self.serials, row)).cmp(&wanted))
            .ok()?;
        rows.get(found).map(|row| self.revoked(row))
    }

    /// The entries that are not in `other` as well.
    pub(super) fn without(&self, other: &Self) -> Self {
        let mut names: Vec<_> = self.issuers.iter().collect();
        names.sort_unstable_by_key(|(_, number)| **number);
        let is_left = |row: &&Row| {
            let issuer = names.get(usize::from(row.issuer)).map_or(&self.issuer, |(name, _)| *name);
            other.find(issuer, octets(&self.serials, row)).is_none()
        };
        let mut left = Self {
            rows: Vec::new(),
            serials: Vec::new(),
            invalid_since: Vec::new(),
            buckets: Vec::new(),
            bits: 0,
            issuer: self.issuer.clone(),
            issuers: self.issuers.clone(),
        };
        for row in self.rows.iter().filter(is_left) {
            // No larger than it was in the whole.
            let offset = u32::try_from(left.serials.len()).unwrap_or(u32::MAX);
            left.serials.extend_from_slice(octets(&self.serials, row));
            if let Some(at) = self.revoked(row).invalid_since {
                left.invalid_since.push((offset, at.seconds()));
            }
            left.rows.push(Row { offset, ..*row });
        }
        left.rows.shrink_to_fit();
        left.serials.shrink_to_fit();
        left.fill_buckets();
        left
    }

    fn revoked(&self, row: &Row) -> Revoked {
        let dated = self.invalid_since.binary_search_by_key(&row.offset, |(offset, _)| *offset).ok();
        let dated = dated.and_then(|index| self.invalid_since.get(index));
        Revoked {
            since: Timestamp::from_seconds(row.since),
            reason: RevocationReason::from_number(row.reason).unwrap_or(RevocationReason::Unspecified),
            invalid_since: dated.map(|(_, at)| Timestamp::from_seconds(*at)),
        }
    }

    fn join(&mut self, alike: impl Fn(&Row, &Row) -> bool) {
        let mut joined: Vec<Row> = Vec::with_capacity(self.rows.len());
        let mut invalid_since = Vec::new();
        let rows = std::mem::take(&mut self.rows);
        for run in rows.chunk_by(alike) {
            let said = run.iter().map(|row| self.revoked(row)).reduce(Revoked::and);
            let (Some(first), Some(said)) = (run.first(), said) else { continue };
            if let Some(at) = said.invalid_since {
                invalid_since.push((first.offset, at.seconds()));
            }
            joined.push(Row { since: said.since.seconds(), reason: said.reason.number(), ..*first });
        }
        invalid_since.sort_unstable();
        self.rows = joined;
        self.invalid_since = invalid_since;
    }

    fn fill_buckets(&mut self) {
        self.bits = (self.rows.len() / BUCKET).max(1).ilog2();
        let count = 1_usize << self.bits;
        self.buckets = Vec::with_capacity(count + 1);
        let mut row = 0_usize;
        for bucket in 0..=count {
            let reached = |row: &Row| {
                usize::try_from(row.key.checked_shr(64 - self.bits).unwrap_or(0)).is_ok_and(|at| at >= bucket)
            };
            while self.rows.get(row).is_some_and(|row| !reached(row)) {
                row += 1;
            }
            self.buckets.push(u32::try_from(row).unwrap_or(u32::MAX));
        }
    }
}

fn octets<'a>(serials: &'a [u8], row: &Row) -> &'a [u8] {
    let start = usize::try_from(row.offset).unwrap_or(usize::MAX);
    serials.get(start..start.saturating_add(usize::from(row.length))).unwrap_or_default()
}

/// FNV-1a over the octets, then the finalizer of SplitMix64. No secret is needed: of equal keys the rows are still
/// sorted by serial number.
fn mix(issuer: u16, serial: &[u8]) -> u64 {
    let start = 0xcbf2_9ce4_8422_2325 ^ u64::from(issuer);
    let folded =
        serial.iter().fold(start, |key, octet| (key ^ u64::from(*octet)).wrapping_mul(0x0100_0000_01b3));
    let key = (folded ^ folded >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let key = (key ^ key >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    key ^ key >> 31
}

#[cfg(test)]
mod tests;
