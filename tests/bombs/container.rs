//! Bombs of the container: sizes that lie, data that grow, entries by the thousand.

use std::io::Write as _;

use tongban::demo::forge::{Member, Package, archive};

use super::{Bomb, MEMORY, lab::sealed};

pub(crate) fn bombs() -> Vec<Bomb> {
    let gigabyte = deflated_zeros(1024);
    vec![
        Bomb::new("ratio.ofd", zip("OFD.xml", &gigabyte, 1 << 30), "document.over_budget"),
        Bomb::new("lying-size.ofd", zip("OFD.xml", &gigabyte, 1000), "container.checksum"),
        // One entry of the largest size is inflated whole before its checksum is known.
        Bomb::new("largest.ofd", zip("OFD.xml", &deflated_zeros(60), 60 << 20), "container.checksum")
            .within(MEMORY),
        Bomb::new("count.ofd", many(65_534, |number| format!("{number}")), "document.over_budget"),
        Bomb::new("long-names.ofd", many(10_000, long_name), "ofd.missing_entry"),
        Bomb::new("deep-names.ofd", many(10_000, deep_name), "ofd.missing_entry"),
        Bomb::new("overlong-name.ofd", many(1, |_| "a".repeat(60_000)), "container.unsafe_name"),
    ]
}

/// A ZIP with one deflated entry whose headers state `size`.
fn zip(name: &str, stored: &[u8], size: u32) -> Vec<u8> {
    let mut member = Member::new(name, b"", true, sealed()).unwrap();
    member.data = stored.to_vec();
    for header in [&mut member.local, &mut member.central] {
        header.compressed = u32::try_from(stored.len()).unwrap();
        header.uncompressed = size;
    }
    archive(&[member]).unwrap()
}

fn deflated_zeros(mebibytes: usize) -> Vec<u8> {
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
    for _ in 0..mebibytes {
        encoder.write_all(&[0; 1 << 20]).unwrap();
    }
    encoder.finish().unwrap()
}

/// `count` empty entries.
fn many(count: usize, name: impl Fn(usize) -> String) -> Vec<u8> {
    let mut package = Package::new(sealed());
    let entry =
        |number| tongban::demo::forge::Entry { name: name(number), content: Vec::new(), deflate: false };
    package.entries = (0..count).map(entry).collect();
    package.to_zip().unwrap()
}

fn long_name(number: usize) -> String {
    format!("{}{number:05}", "字".repeat(339))
}

fn deep_name(number: usize) -> String {
    format!("{}{number:05}", format!("{}/", "a".repeat(31)).repeat(31))
}
