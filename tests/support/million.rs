//! A list of a million entries with serial numbers as real authorities give them.

use tongban::asn1::{tag, write};
use tongban::demo::forge::{Authority, Name, Seed, Validity};
use tongban::pki::Certificate;

use crate::statements::{ListDraft, at};

pub(crate) const ENTRIES: u64 = 1_000_000;

pub(crate) fn authority() -> Authority {
    let validity = Validity { from: at("2015-01-01"), until: at("2045-01-01") };
    Authority::root(&Seed::new("scale"), Name::new("样例机构", "Root"), validity).unwrap()
}

/// 17 octets, spread over their whole range as random ones are.
pub(crate) fn serial(number: u64) -> [u8; 17] {
    let mut serial = [0x11; 17];
    serial[1..9].copy_from_slice(&number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    serial[9..].copy_from_slice(&number.to_be_bytes());
    serial
}

fn entries() -> Vec<u8> {
    let date = write::utc_time(at("2026-01-01")).unwrap();
    let mut entries = Vec::new();
    for number in 0..ENTRIES {
        entries.extend(write::sequence(&[&write::tlv(tag::INTEGER, &serial(number)), &date]));
    }
    entries
}

/// The list in DER, signed by [`authority`], with the serial numbers from 0 to a million.
pub(crate) fn list() -> Vec<u8> {
    let authority = authority();
    let issuer = Certificate::from_der(authority.certificate()).unwrap();
    ListDraft::new(&issuer, "2026-11-20", "2026-11-27").sign_over(&entries(), authority.key())
}
