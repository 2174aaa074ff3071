use proptest::prelude::*;

use super::*;
use crate::budget::Limits;

const LOCAL: u32 = 0x0403_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;

/// One entry as a writer states it, so that tests can lie about each field.
#[derive(Clone)]
struct Written {
    name: Vec<u8>,
    local_name: Vec<u8>,
    flags: u16,
    method: u16,
    crc: u32,
    stored: Vec<u8>,
    size: u32,
    local_size: u32,
    extra: Vec<u8>,
    mode: u32,
    descriptor: Vec<u8>,
}

fn entry(name: &str, contents: &[u8]) -> Written {
    let mut crc = flate2::Crc::new();
    crc.update(contents);
    let size = u32::try_from(contents.len()).unwrap();
    Written {
        name: name.into(),
        local_name: name.into(),
        flags: 0,
        method: 0,
        crc: crc.sum(),
        stored: contents.to_vec(),
        size,
        local_size: size,
        extra: Vec::new(),
        mode: 0,
        descriptor: Vec::new(),
    }
}

fn deflated(name: &str, contents: &[u8]) -> Written {
    use std::io::Write as _;
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(contents).unwrap();
    Written { method: 8, stored: encoder.finish().unwrap(), ..entry(name, contents) }
}

fn pack(entries: &[Written]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut central = Vec::new();
    for entry in entries {
        let offset = u32::try_from(file.len()).unwrap();
        let stored = u32::try_from(entry.stored.len()).unwrap();
        let length = |bytes: &[u8]| u16::try_from(bytes.len()).unwrap().to_le_bytes();
        let (flags, method) = (entry.flags.to_le_bytes(), entry.method.to_le_bytes());
        let sums = |size: u32| [entry.crc.to_le_bytes(), stored.to_le_bytes(), size.to_le_bytes()].concat();
        file.extend([&LOCAL.to_le_bytes()[..], &[20, 0], &flags, &method, &[0; 4]].concat());
        file.extend(sums(entry.local_size));
        file.extend(
            [&length(&entry.local_name)[..], &length(&entry.extra), &entry.local_name, &entry.extra].concat(),
        );
        file.extend(&entry.stored);
        file.extend(&entry.descriptor);
        central.extend([&CENTRAL.to_le_bytes()[..], &[20, 3, 20, 0], &flags, &method, &[0; 4]].concat());
        central.extend(sums(entry.size));
        central.extend([&length(&entry.name)[..], &length(&entry.extra), &[0; 6]].concat());
        central.extend([(entry.mode << 16).to_le_bytes(), offset.to_le_bytes()].concat());
        central.extend([&entry.name[..], &entry.extra].concat());
    }
    let count = u16::try_from(entries.len()).unwrap().to_le_bytes();
    let start = u32::try_from(file.len()).unwrap().to_le_bytes();
    let size = u32::try_from(central.len()).unwrap().to_le_bytes();
    file.extend(central);
    file.extend([&END.to_le_bytes()[..], &[0; 4], &count, &count, &size, &start, &[0, 0]].concat());
    file
}

fn open(file: &[u8]) -> Result<Vec<String>, Fault> {
    let mut budget = Budget::new(Limits::default());
    let archive = Archive::open(file, &budget).map_err(|error| error.fault)?;
    let names: Vec<String> = archive.names().map(str::to_owned).collect();
    for name in &names {
        archive.read(name, &mut budget).map_err(|error| error.fault)?;
    }
    Ok(names)
}

#[test]
fn sound_containers_open() {
    let mut streamed = deflated("b.xml", &b"<b/>".repeat(100));
    streamed.flags = 1 << 3;
    streamed.descriptor = [streamed.crc, u32::try_from(streamed.stored.len()).unwrap(), streamed.size]
        .map(u32::to_le_bytes)
        .concat();
    let file = pack(&[entry("a/", b""), entry("a/x.xml", b"<x/>"), streamed]);
    assert_eq!(open(&file).unwrap(), ["a/x.xml", "b.xml"]);
    assert_eq!(open(&pack(&[])).unwrap(), [""; 0]);
}

#[test]
fn data_that_go_on_into_what_follows_are_refused() {
    // A block as it is (RFC 1951 §3.2.4) of five bytes, of which the last two are the first of the header that follows.
    let contents = b"helPK";
    let cut = Written { method: 8, stored: b"\x01\x05\x00\xfa\xffhel".to_vec(), ..entry("a", contents) };
    for next in [vec![entry("b", b"x")], Vec::new()] {
        let file = pack(&[vec![cut.clone()], next].concat());
        assert!(matches!(open(&file), Err(Fault::Checksum("the size does not fit the data"))));
    }
    let whole = Written { stored: b"\x01\x05\x00\xfa\xffhelPK".to_vec(), ..cut };
    assert_eq!(open(&pack(&[whole])).unwrap(), ["a"]);
}

#[test]
fn names_that_leave_the_container_are_refused() {
    for name in ["../a", "/a", "a/../b", "a//b", "./a", "a\\b", "C:a", "a\0b", "a\nb", "", "."] {
        assert!(matches!(open(&pack(&[entry(name, b"")])), Err(Fault::UnsafeName(_))), "{name:?}");
    }
    let mut bytes = entry("x", b"");
    (bytes.name, bytes.local_name) = (vec![0xd6, 0xd0], vec![0xd6, 0xd0]);
    assert!(matches!(open(&pack(&[bytes])), Err(Fault::UnsafeName(_))));
}

#[test]
fn names_that_collide_are_refused() {
    for other in ["OFD.xml", "ofd.XML", "OFD.xml/"] {
        let file = pack(&[entry("OFD.xml", b""), entry(other, b"")]);
        assert!(matches!(open(&file), Err(Fault::Duplicate)), "{other}");
    }
    // Composed and decomposed, full width, a ligature, a compatibility ideograph, the Kelvin sign, the two sigmas, ß.
    for (one, other) in [
        ("\u{e9}.xml", "e\u{301}.xml"),
        ("OFD.xml", "ＯＦＤ．ｘｍｌ"),
        ("office.xml", "o\u{fb03}ce.xml"),
        ("\u{8c48}.xml", "\u{f900}.xml"),
        ("k.xml", "\u{212a}.xml"),
        ("\u{3c3}.xml", "\u{3c2}.xml"),
        ("ss.xml", "\u{df}.xml"),
        ("a/b.xml", "a／b.xml"),
    ] {
        let file = pack(&[entry(one, b""), entry(other, b"")]);
        assert!(matches!(open(&file), Err(Fault::Duplicate)), "{one} {other}");
    }
    assert!(open(&pack(&[entry("证照.xml", b""), entry("證照.xml", b"")])).is_ok());
    let file = pack(&[entry("é", b""), entry("E\u{301}/a", b"")]);
    assert!(matches!(open(&file), Err(Fault::Ambiguous(_))));
    let file = pack(&[entry("OFD.xml", b""), entry("ofd.xml/a", b"")]);
    assert!(matches!(open(&file), Err(Fault::Ambiguous(_))));
}

#[test]
fn headers_that_disagree_are_refused() {
    let sound = entry("a", b"contents");
    let lies: [Written; 6] = [
        Written { local_name: b"b".to_vec(), ..sound.clone() },
        Written { local_size: 7, ..sound.clone() },
        Written { size: 7, local_size: 7, ..sound.clone() },
        Written { extra: b"\x75\x70\x06\0\x01\0\0\0\0z".to_vec(), ..sound.clone() },
        Written { flags: 1 << 3, local_size: 0, ..sound.clone() },
        Written { descriptor: vec![0; 5], ..sound.clone() },
    ];
    for (index, lie) in lies.into_iter().enumerate() {
        assert!(matches!(open(&pack(&[lie])), Err(Fault::Ambiguous(_))), "lie {index}");
    }
    let prefixed = [b"junk".to_vec(), pack(std::slice::from_ref(&sound))].concat();
    assert!(open(&prefixed).is_err());
    let suffixed = [pack(&[sound]), b"junk".to_vec()].concat();
    assert!(matches!(open(&suffixed), Err(Fault::Malformed(_))));
}

#[test]
fn features_without_use_are_refused() {
    let sound = entry("a", b"contents");
    let features = [
        Written { method: 12, ..sound.clone() },
        Written { flags: 1, ..sound.clone() },
        Written { mode: 0o120_777, ..sound.clone() },
        Written { extra: b"\x01\0\x08\0\0\0\0\0\0\0\0\0".to_vec(), ..sound },
    ];
    for (index, feature) in features.into_iter().enumerate() {
        assert!(matches!(open(&pack(&[feature])), Err(Fault::Unsupported(_))), "feature {index}");
    }
}

#[test]
fn contents_that_do_not_fit_are_refused() {
    let sound = deflated("a", &b"contents ".repeat(50));
    let wrong = [
        Written { crc: 1, ..sound.clone() },
        Written { size: 449, local_size: 449, ..sound.clone() },
        Written { size: 451, local_size: 451, ..sound.clone() },
        Written { stored: [sound.stored.clone(), vec![0]].concat(), ..sound.clone() },
        Written { stored: sound.stored[..sound.stored.len() - 1].to_vec(), ..sound },
    ];
    for (index, entry) in wrong.into_iter().enumerate() {
        let fault = open(&pack(&[entry])).unwrap_err();
        assert!(matches!(fault, Fault::Checksum(_) | Fault::Malformed(_)), "{index}: {fault}");
    }
}

#[test]
fn bombs_are_refused_before_they_are_inflated() {
    let zeros = vec![0; 4 << 20];
    let fault = open(&pack(&[deflated("bomb", &zeros)])).unwrap_err();
    assert!(matches!(fault, Fault::Exhausted(exhausted) if exhausted.what == Resource::Ratio));
    let huge = Written { size: 1 << 30, local_size: 1 << 30, ..deflated("bomb", b"x") };
    let fault = open(&pack(&[huge])).unwrap_err();
    assert!(matches!(fault, Fault::Exhausted(exhausted) if exhausted.what == Resource::EntryBytes));
    let many: Vec<Written> = (0..10_001).map(|number| entry(&format!("{number}"), b"")).collect();
    let fault = open(&pack(&many)).unwrap_err();
    assert!(matches!(fault, Fault::Exhausted(exhausted) if exhausted.what == Resource::Entries));
}

proptest! {
    #[test]
    fn any_change_ends_in_contents_or_an_error(position in 0_usize..300, value: u8) {
        let mut file = pack(&[deflated("a/b.xml", &b"<x>text</x>".repeat(20)), entry("c", b"stored")]);
        let position = position % file.len();
        file[position] = value;
        let _ = open(&file);
    }

    #[test]
    fn any_bytes_end_in_contents_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = open(&bytes);
    }
}
