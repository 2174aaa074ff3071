//! Names of every form inside and outside of constraints.

use super::*;
use crate::asn1::write;

const MAIL: u8 = 0x81;
const DNS: u8 = 0x82;
const URI: u8 = 0x86;
const ADDRESS: u8 = 0x87;

fn constraints(permitted: &[(u8, &[u8])], excluded: &[(u8, &[u8])]) -> NameConstraints {
    let list = |tag, subtrees: &[(u8, &[u8])]| {
        let subtrees: Vec<u8> =
            subtrees.iter().flat_map(|(form, base)| write::sequence(&[&write::tlv(*form, base)])).collect();
        if subtrees.is_empty() { Vec::new() } else { write::tlv(tag, &subtrees) }
    };
    let der = write::sequence(&[&list(0xa0, permitted), &list(0xa1, excluded)]);
    NameConstraints::parse(&der).unwrap()
}

fn name(form: u8, content: &[u8]) -> GeneralName {
    GeneralName::read_all(&write::sequence(&[&write::tlv(form, content)])).unwrap().remove(0)
}

/// Base, name, whether a permitted subtree lets the name pass, whether an excluded one does.
fn table(form: u8, rows: &[(&str, &str, bool, bool)]) {
    for (base, text, permitted, excluded) in rows {
        let (base, name) = (base.as_bytes(), name(form, text.as_bytes()));
        assert_eq!(constraints(&[(form, base)], &[]).allow(&name), *permitted, "permitted {base:?} {text}");
        assert_eq!(constraints(&[], &[(form, base)]).allow(&name), *excluded, "excluded {base:?} {text}");
    }
}

#[test]
fn domains() {
    table(
        DNS,
        &[
            ("example.com", "example.com", true, false),
            ("example.com", "WWW.Example.COM", true, false),
            ("example.com", "badexample.com", false, true),
            ("example.com", "com", false, true),
            ("", "anything.example", true, false),
            // A wildcard can stand for a host that is excluded, and is only permitted with all that it stands for.
            ("example.com", "*.example.com", true, false),
            ("bad.example.com", "*.example.com", false, false),
            ("bad.example.com", "*.other.example.com", false, true),
            ("*.example.com", "www.example.com", false, false),
            (".example.com", "www.example.com", false, false),
            ("example.com", "www .example.com", false, false),
        ],
    );
}

#[test]
fn mailboxes() {
    table(
        MAIL,
        &[
            ("example.com", "clerk@EXAMPLE.com", true, false),
            ("example.com", "clerk@mail.example.com", false, true),
            (".example.com", "clerk@mail.example.com", true, false),
            (".example.com", "clerk@example.com", false, true),
            ("clerk@example.com", "clerk@Example.com", true, false),
            ("clerk@example.com", "Clerk@example.com", false, true),
            ("example.com", "\"a@b\"@example.com", true, false),
            ("example.com", "no mailbox", false, false),
            ("example.com", "clerk@[192.0.2.1]", false, false),
        ],
    );
}

#[test]
fn resources() {
    table(
        URI,
        &[
            ("host.example.com", "https://host.example.com/x", true, false),
            ("host.example.com", "https://user:secret@HOST.example.com:8443?x", true, false),
            ("example.com", "https://host.example.com", false, true),
            (".example.com", "ldap://host.example.com/cn=x", true, false),
            (".example.com", "https://example.com", false, true),
            // Without a host by name nothing can be said (RFC 5280 §4.2.1.10).
            ("example.com", "https://192.0.2.1/", false, false),
            ("example.com", "https://[2001:db8::1]/", false, false),
            ("example.com", "urn:example:x", false, false),
        ],
    );
}

#[test]
fn addresses() {
    let net = [192, 0, 2, 0, 255, 255, 255, 0];
    let inside = name(ADDRESS, &[192, 0, 2, 77]);
    let outside = name(ADDRESS, &[192, 0, 3, 77]);
    let six = name(ADDRESS, &[0; 16]);
    assert!(constraints(&[(ADDRESS, &net)], &[]).allow(&inside));
    assert!(
        !constraints(&[(ADDRESS, &net)], &[]).allow(&outside)
            && !constraints(&[(ADDRESS, &net)], &[]).allow(&six)
    );
    assert!(!constraints(&[], &[(ADDRESS, &net)]).allow(&inside));
    assert!(constraints(&[], &[(ADDRESS, &net)]).allow(&outside));
    for broken in [&[192, 0, 2, 0, 255, 0, 255, 0][..], &[192, 0, 2, 0], &[0; 31]] {
        assert!(!constraints(&[(ADDRESS, broken)], &[]).allow(&inside), "{broken:?}");
        assert!(!constraints(&[], &[(ADDRESS, broken)]).allow(&inside), "{broken:?}");
    }
}

#[test]
fn a_constraint_binds_only_names_of_its_form() {
    let domain = constraints(&[(DNS, b"example.com")], &[]);
    assert!(domain.allow(&name(MAIL, b"clerk@other.example")) && domain.allow(&name(0xa0, b"")));
    // Of a form that is not read, nothing passes once it is constrained.
    for constraints in [constraints(&[(0xa0, b"")], &[]), constraints(&[], &[(0xa0, b"")])] {
        assert!(!constraints.allow(&name(0xa0, b"")) && constraints.allow(&name(DNS, b"example.com")));
    }
}

#[test]
fn what_constrains_nothing_is_refused() {
    let empty = write::tlv(0xa0, &[]);
    for der in [write::sequence(&[]), write::sequence(&[&empty]), vec![]] {
        assert!(NameConstraints::parse(&der).is_err(), "{der:02x?}");
    }
}
