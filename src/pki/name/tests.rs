//! Names that are equal by RFC 5280 §7.1 and names that are not.

use proptest::prelude::*;

use super::*;
use crate::asn1::write;

const COMMON_NAME: &str = "2.5.4.3";
const DOMAIN_COMPONENT: &str = "0.9.2342.19200300.100.1.25";

fn rdn(attributes: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let attributes: Vec<Vec<u8>> = attributes
        .iter()
        .map(|(kind, value)| write::sequence(&[&write::oid(kind).unwrap(), value]))
        .collect();
    write::tlv(tag::SET, &attributes.concat())
}

fn name(rdns: &[Vec<u8>]) -> Name {
    Name::from_der(&write::sequence(&[&rdns.concat()])).unwrap()
}

fn common(value: Vec<u8>) -> Name {
    name(&[rdn(&[(COMMON_NAME, value)])])
}

fn bmp(text: &str) -> Vec<u8> {
    write::tlv(0x1e, &text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<_>>())
}

#[test]
fn string_type_case_and_white_space_make_no_difference() {
    let reference = common(write::printable("Test Authority"));
    for same in [
        write::utf8("Test Authority"),
        write::utf8("  TEST \t authority "),
        write::utf8("test\u{a0}author\u{ad}ity"),
        write::ia5("tEsT AUTHORITY"),
        bmp("Test  Authority"),
        write::tlv(0x14, b"Test Authority"),
        write::tlv(
            0x1c,
            &"TEST AUTHORITY".chars().flat_map(|c| u32::from(c).to_be_bytes()).collect::<Vec<_>>(),
        ),
        // Letters of full width are compatible with the others (NFKC).
        write::utf8("Ｔｅｓｔ　Authority"),
    ] {
        assert_eq!(common(same.clone()), reference, "{same:02x?}");
    }
    for other in ["TestAuthority", "Test Authorities", "Test-Authority", "Test Author ity", ""] {
        assert_ne!(common(write::utf8(other)), reference, "{other}");
    }
}

#[test]
fn letters_beyond_ascii_are_folded_and_kept_apart() {
    let same = |one: &str, other: &str| common(write::utf8(one)) == common(write::utf8(other));
    assert!(same("Straße", "STRASSE") && same("ΣΊΣΥΦΟΣ", "σίσυφος") && same("É", "e\u{301}"));
    assert!(same("广东省公安厅", "广东省公安厅"));
    assert!(!same("ı", "i") && !same("广东", "广西") && !same("Å", "a"));
    // Private use holds rare characters of Chinese names: such values equal only themselves.
    assert!(same("\u{e863}", "\u{e863}") && !same("\u{e863}A", "\u{e863}a"));
    // What these bytes are, nobody can tell.
    let teletex = |bytes: &[u8]| common(write::tlv(0x14, bytes));
    assert!(teletex(b"\xc4\xe3") != teletex(b"\xe4\xe3") && teletex(b"\xc4\xe3") == teletex(b"\xc4\xe3"));
}

#[test]
fn order_of_rdns_counts_and_order_inside_one_does_not() {
    let (a, b) = ((COMMON_NAME, write::utf8("a")), (DOMAIN_COMPONENT, write::ia5("b")));
    assert_eq!(name(&[rdn(&[a.clone(), b.clone()])]), name(&[rdn(&[b.clone(), a.clone()])]));
    let (one, other) = (rdn(std::slice::from_ref(&a)), rdn(std::slice::from_ref(&b)));
    assert_ne!(name(&[one.clone(), other.clone()]), name(&[other, one]));
    assert_ne!(name(&[rdn(&[a.clone(), b.clone()])]), name(&[rdn(&[a]), rdn(&[b])]));
}

#[test]
fn names_form_a_tree() {
    let top = rdn(&[(DOMAIN_COMPONENT, write::ia5("Example"))]);
    let (one, other) =
        (rdn(&[(COMMON_NAME, write::utf8("one"))]), rdn(&[(COMMON_NAME, write::utf8("ones"))]));
    let root = name(&[]);
    let below = name(&[top.clone(), one.clone()]);
    assert!(root.is_empty() && below.is_within(&root) && below.is_within(&below));
    let above = name(std::slice::from_ref(&top));
    assert!(below.is_within(&above) && !above.is_within(&below));
    assert!(!name(&[top.clone(), other]).is_within(&below));
    let attributes = Reader::new(one.get(2..).unwrap(), 3);
    assert_eq!(name(&[top]).with_relative(attributes).unwrap(), below);
}

#[test]
fn what_is_no_name_is_refused() {
    let empty_rdn = write::sequence(&[&write::tlv(tag::SET, &[])]);
    for der in [vec![], write::octets(&[]), empty_rdn, write::sequence(&[&write::octets(b"x")])] {
        assert!(Name::from_der(&der).is_err(), "{der:02x?}");
    }
}

proptest! {
    /// Preparing what is prepared changes nothing, so equality is one of classes.
    #[test]
    fn preparing_is_done_once(text in "\\PC{0,24}") {
        let once = common(write::utf8(&text));
        let inner = Reader::new(&once.prepared, 4).expect(tag::SET).unwrap().enter().unwrap().any().unwrap();
        let mut attribute = inner.enter().unwrap();
        attribute.any().unwrap();
        let value = attribute.any().unwrap();
        prop_assert_eq!(common(value.raw.to_vec()), once);
    }
}
