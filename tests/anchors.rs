//! Anchors as officers write them: what each file means, what is wrong with any, and certificates in every form that
//! authorities hand them out in.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

#[path = "support/golden.rs"]
mod golden;
#[path = "support/lab.rs"]
#[allow(dead_code, reason = "only some of the lab is needed")]
mod lab;
#[path = "support/programs.rs"]
mod programs;

use std::collections::BTreeMap;
use std::process::Command;
use std::time::Duration;

use lab::{Lab, at, validity};
use tongban::asn1::write;
use tongban::budget::{Budget, Limits};
use tongban::demo::forge::{Hierarchy, Seed, pem};
use tongban::manifest::{FilePath, RuleFiles};
use tongban::pki::{
    AnchorRole, Certificate, PathError, Place, ReadError, RevocationFormat, Role, SourceUrl, Terms,
    Untrusted, certificates_in, unchecked, validate,
};
use tongban::rulebook::store::{Reading, anchors};

const TYPE: &str = "11100000000013338W001";

fn roots() -> [Vec<u8>; 2] {
    ["lab", "other"]
        .map(|seed| Hierarchy::new(&Seed::new(seed), validity()).unwrap().root.certificate().to_vec())
}

/// `files` below certs/anchors/, with two roots beside them unless they are among the files.
fn rules(files: &[(&str, &str)]) -> RuleFiles {
    let [one, two] = roots();
    let mut all = BTreeMap::from([("one.der", one), ("two.der", two)]);
    for (name, text) in files {
        all.insert(name, text.as_bytes().to_vec());
    }
    let path = |name: &str| match name.starts_with("certs/") {
        true => FilePath::parse(name).unwrap(),
        false => FilePath::parse(&format!("certs/anchors/{name}")).unwrap(),
    };
    all.into_iter().map(|(name, content)| (path(name), content)).collect()
}

const BOTH: &str = "certificates = [\"one.der\", \"two.der\"]\n";
const ONE: (&str, &str) = ("two.toml", "certificates = [\"two.der\"]\nroles = [\"signer\"]\n");

/// What is wrong with anchors, as a table.
#[test]
fn every_fault_is_told_with_its_place() {
    let good = format!("{BOTH}roles = [\"signer\"]\n");
    let with = |tail: &str| [("a.toml", format!("{good}{tail}"))].to_vec();
    let text = |name: &'static str, text: &str| [(name, text.to_owned())].to_vec();
    let cases: Vec<(&str, Vec<(&str, String)>)> = vec![
        ("good", with("")),
        ("no entry", vec![("a.txt", String::new())]),
        (
            "no entry, in a folder",
            vec![
                ("gd/root.p7b", pem("PKCS7", &bundle(FAMILIES[0], &[&roots()[0]], &[]))),
                ("a.toml", good.clone()),
            ],
        ),
        ("no roles", text("a.toml", BOTH)),
        ("roles none", text("a.toml", &format!("{BOTH}roles = []"))),
        ("roles unknown", text("a.toml", &format!("{BOTH}roles = [\"signer\",\n \"everything\"]"))),
        ("role not in use", text("a.toml", &format!("{BOTH}roles = [\"provider\"]"))),
        ("certificates none", vec![("a.toml", "roles = [\"signer\"]\ncertificates = []".to_owned())]),
        (
            "certificates astray",
            text("a.toml", "roles = [\"signer\"]\ncertificates = [\"../one.der\", \"x.der\"]"),
        ),
        ("certificate of no form", vec![("bad.pem", "no certificate".to_owned()), ("a.toml", good.clone())]),
        (
            "certificate of no form, named",
            vec![
                ("bad.pem", "no certificate".to_owned()),
                (
                    "a.toml",
                    "certificates = [\"one.der\", \"two.der\", \"bad.pem\"]\nroles = [\"signer\"]".to_owned(),
                ),
            ],
        ),
        ("grammar", text("a.toml", "roles = [\ncertificates = ")),
        ("unknown keys", with("role = 1\n[else]\n")),
        ("a wrong type", with("owner = 1\ngrace = 1\ntolerates_maker_dates = \"yes\"")),
        ("region malformed", with("regions = [\"44\", \"440000\", \"449901\", \"990000\"]")),
        ("scope none", with("regions = []\nlicense_types = []")),
        (
            "scope without a role for licenses",
            text(
                "a.toml",
                &format!(
                    "{BOTH}roles = [\"timestamp\"]\nregions = [\"440000\"]\nlicense_types = [\"{TYPE}\"]"
                ),
            ),
        ),
        (
            "scope of clients",
            text(
                "a.toml",
                &format!(
                    "{BOTH}roles = [\"tls_client\"]\nregions = [\"440000\"]\nlicense_types = [\"{TYPE}\"]"
                ),
            ),
        ),
        ("words that turn", with("owner = \"\\u202eowner\"\nnotes = \"\"\"one line\nhidden\\u200b\"\"\"")),
        ("type malformed", with("license_types = [\"1\"]")),
        (
            "type unknown to the catalog",
            with(&format!("license_types = [\"{TYPE}\", \"11440000006939801C999\"]")),
        ),
        ("times", with("from = \"tomorrow\"\nuntil = 2026-01-01")),
        ("time backwards", with("from = 2026-01-02T00:00:00Z\nuntil = \"2026-01-02T00:00:00Z\"")),
        ("grace", with("grace = \"8d\"")),
        (
            "source of two places",
            with("[[revocation]]\nurl = \"http://h/a\"\nfile = \"/a\"\n[[revocation]]\nevery = \"1h\""),
        ),
        ("source of no place", with("[[revocation]]\nurl = \"ldap://h/a\"\n[[revocation]]\nfile = \"a\"")),
        (
            "source too often",
            with(
                "[[revocation]]\nfile = \"/a\"\nevery = \"1s\"\n[[revocation]]\nfile = \"/b\"\nevery = \"1\"",
            ),
        ),
        ("source of no format", with("[[revocation]]\nfile = \"/a\"\nformat = \"delta\"\nevry = 1")),
        ("a source that is none", with("revocation = \"http://h/a\"")),
        (
            "one certificate in two files",
            vec![
                ("a.toml", good.clone()),
                ("copy.pem", pem("CERTIFICATE", &roots()[0])),
                ("b.toml", "certificates = [\"copy.pem\"]\nroles = [\"timestamp\"]".to_owned()),
            ],
        ),
        ("one file in two files", vec![(ONE.0, ONE.1.to_owned()), ("a.toml", good.clone())]),
        (
            "twice in one file",
            vec![
                ("copy.pem", pem("CERTIFICATE", &roots()[0])),
                (
                    "a.toml",
                    "certificates = [\"one.der\", \"copy.pem\", \"two.der\"]\nroles = [\"signer\"]"
                        .to_owned(),
                ),
            ],
        ),
        ("an entry in a folder", vec![("gd/a.toml", good.clone()), ("a.toml", good.clone())]),
        (
            "two files at fault",
            vec![
                ("a.toml", "certificates = [\"one.der\"]".to_owned()),
                ("b.toml", "certificates = [\"two.der\"]\nroles = [\"x\"]".to_owned()),
            ],
        ),
    ];
    let rows: Vec<String> = cases
        .iter()
        .flat_map(|(name, files)| {
            let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
            let mut rules = rules(&files);
            let catalog =
                tongban::demo::policies::SHIPPED.iter().filter(|(path, _)| path.starts_with("catalog/"));
            for (path, text) in catalog {
                let path = FilePath::parse(&format!("policies/{path}")).unwrap();
                rules.insert(path, text.as_bytes().to_vec());
            }
            let faults = Reading::of(&rules).into_faults();
            let faults = faults.iter().filter(|fault| fault.file.starts_with("certs/"));
            let mut lines: Vec<String> = faults.map(|fault| format!("{name}\t{fault}")).collect();
            if lines.is_empty() {
                lines.push(format!("{name}\t-"));
            }
            lines
        })
        .collect();
    golden::compare("../anchor_faults.tsv", "case\tfault", &rows);
}

#[test]
fn an_entry_says_what_it_is_trusted_for() {
    let directory = tempfile::tempdir().unwrap();
    let [one, two] = roots();
    std::fs::create_dir(directory.path().join("gd")).unwrap();
    std::fs::write(directory.path().join("gd/one.pem"), pem("CERTIFICATE", &one)).unwrap();
    std::fs::write(directory.path().join("two.der"), &two).unwrap();
    let text = format!(
        r#"
        certificates = ["gd/one.pem", "two.der"]
        roles = ["signer", "seal_maker"]
        regions = ["440000", "430100"]
        license_types = ["{TYPE}"]
        from = "2026-11-01T00:00:00+08:00"
        until = 2026-12-01T00:00:00+08:00
        owner = "广东省电子印章平台"
        notes = "root of 2026"
        grace = "24h"
        tolerates_maker_dates = true

        [[revocation]]
        url = "http://crl.gd.example/full.crl"
        every = "15m"

        [[revocation]]
        file = "/srv/ocsp/gd.der"
        format = "ocsp"
        "#
    );
    std::fs::write(directory.path().join("guangdong.toml"), text).unwrap();
    let anchors = anchors(directory.path()).unwrap();
    assert_eq!(anchors.trusted().len(), 2);
    let entries: Vec<_> = anchors.entries().collect();
    let [entry] = entries.as_slice() else { panic!("{entries:?}") };
    assert_eq!((entry.name.as_str(), entry.owner.as_str()), ("guangdong", "广东省电子印章平台"));
    assert_eq!(entry.roles, [AnchorRole::SealMaker, AnchorRole::Signer].into());
    assert_eq!((entry.grace, entry.tolerates_maker_dates), (Duration::from_secs(86_400), true));
    assert_eq!(entry.period.from(), Some(at("2026-10-31T16:00:00Z")));
    let [list, answer] = entry.revocation.as_slice() else { panic!("{:?}", entry.revocation) };
    assert_eq!(list.place, Place::Url(SourceUrl::parse("http://crl.gd.example/full.crl").unwrap()));
    assert_eq!((list.every, list.format), (Duration::from_secs(900), RevocationFormat::Crl));
    assert_eq!(answer.place, Place::file("/srv/ocsp/gd.der").unwrap());
    assert_eq!((answer.every, answer.format), (Duration::from_secs(3_600), RevocationFormat::Ocsp));

    let lab = Lab::new();
    let signer = Certificate::from_der(&lab.office.signer.certificate).unwrap();
    for (role, when, expected) in [
        (Role::Signer, "2026-11-21T08:00:00Z", None),
        (Role::SealMaker, "2026-11-30T15:59:59Z", None),
        (Role::SealMaker, "2026-11-30T16:00:00Z", Some(Untrusted::Period)),
        (Role::SealMaker, "2026-10-31T15:59:59Z", Some(Untrusted::Period)),
        (Role::Any, "2026-11-21T08:00:00Z", None),
    ] {
        let november = at("2026-11-21T08:00:00Z");
        let terms = Terms { relied_at: at(when), ..Terms::new(&anchors, role, november) };
        let found = validate(&signer, &terms, &mut unchecked, &mut Budget::new(Limits::default()));
        let refused = expected.map(|why| PathError::Untrusted { anchor: "guangdong".to_owned(), why });
        assert_eq!(found.err(), refused, "{role:?} {when}");
    }
    assert!(entry.scope.admits_region(Some("440106")) && !entry.scope.admits_region(Some("430200")));
    assert!(entry.scope.admits_type(Some(TYPE)) && !entry.scope.admits_type(Some("11100000000013338W002")));
}

/// SignedData around `certificates`, signed by nobody unless `signers` says otherwise.
fn bundle(family: &str, certificates: &[&[u8]], signers: &[u8]) -> Vec<u8> {
    let data = write::oid("1.2.840.113549.1.7.1").unwrap();
    let signed = write::sequence(&[
        &write::unsigned(1),
        &write::tlv(0x31, &[]),
        &write::sequence(&[&data]),
        &write::tlv(0xa0, &certificates.concat()),
        &write::tlv(0x31, signers),
    ]);
    write::sequence(&[&write::oid(family).unwrap(), &write::tlv(0xa0, &signed)])
}

const FAMILIES: [&str; 2] = ["1.2.840.113549.1.7.2", "1.2.156.10197.6.1.4.2.2"];

#[test]
fn certificates_come_in_every_form() {
    let [one, two] = roots();
    let both = [Certificate::from_der(&one).unwrap(), Certificate::from_der(&two).unwrap()];
    let texts = format!("subject=…\n{}\nand\n{}", pem("CERTIFICATE", &one), pem("CERTIFICATE", &two));
    assert_eq!(certificates_in(texts.as_bytes()).unwrap(), both);
    for family in FAMILIES {
        let der = bundle(family, &[&one, &two], &[]);
        assert_eq!(certificates_in(&der).unwrap(), both, "{family}");
        for label in ["PKCS7", "CMS", "PKCS #7 SIGNED DATA", "CERTIFICATE"] {
            assert_eq!(certificates_in(pem(label, &der).as_bytes()).unwrap(), both, "{family} {label}");
        }
    }
    // Outer lengths left open, as Java writes them.
    let der = bundle(FAMILIES[0], &[&one, &two], &[]);
    let header = 4;
    let open = [&[0x30, 0x80], &der[header..], &[0, 0]].concat();
    assert_eq!(certificates_in(&open).unwrap(), both);
    let mixed = format!("{}{}", pem("PKCS7", &bundle(FAMILIES[0], &[&one], &[])), pem("CERTIFICATE", &two));
    assert_eq!(certificates_in(mixed.as_bytes()).unwrap(), both);
}

#[test]
fn what_is_no_bundle_of_certificates_is_refused() {
    let [one, two] = roots();
    let der = bundle(FAMILIES[0], &[&one, &two], &[]);
    let signed = bundle(FAMILIES[0], &[&one], &write::sequence(&[&write::unsigned(1)]));
    assert_eq!(certificates_in(&signed), Err(ReadError::Message));
    assert_eq!(certificates_in(&bundle(FAMILIES[0], &[], &[])), Err(ReadError::Nothing));
    assert_eq!(certificates_in(&bundle("1.2.3", &[&one], &[])), Err(ReadError::Bundle));
    let attribute = write::tlv(0xa1, &one[4..]);
    assert_eq!(certificates_in(&bundle(FAMILIES[0], &[&one, &attribute], &[])), Err(ReadError::Bundle));
    let bad = bundle(FAMILIES[0], &[&one, &write::sequence(&[])], &[]);
    assert!(matches!(certificates_in(&bad), Err(ReadError::Certificate { position: 2, .. })));
    for end in 1..der.len() {
        assert!(certificates_in(&der[..end]).is_err(), "cut at {end}");
    }
    let many: Vec<&[u8]> = std::iter::repeat_n(&one[..], 4_097).collect();
    assert_eq!(certificates_in(&bundle(FAMILIES[0], &many, &[])), Err(ReadError::Bundle));
}

#[test]
fn openssl_bundles_are_read() {
    if !programs::available("openssl", "version") {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let [one, two] = roots();
    let both = format!("{}{}", pem("CERTIFICATE", &one), pem("CERTIFICATE", &two));
    std::fs::write(directory.path().join("both.pem"), both).unwrap();
    for form in ["PEM", "DER"] {
        let mut command = Command::new("openssl");
        command.args(["crl2pkcs7", "-nocrl", "-certfile", "both.pem", "-outform", form, "-out", "both.p7b"]);
        let output = command.current_dir(directory.path()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let read = certificates_in(&std::fs::read(directory.path().join("both.p7b")).unwrap()).unwrap();
        assert_eq!(read.iter().map(Certificate::der).collect::<Vec<_>>(), [&one[..], &two[..]], "{form}");
    }
}

#[test]
fn what_is_given_by_hand_is_trusted_for_everything() {
    let lab = Lab::new();
    let given = lab.anchors();
    for role in Role::ALL {
        let mut entries = given.entries();
        assert!(entries.all(|entry| entry.refuses(role, at("1999-01-01T00:00:00Z")).is_none()), "{role:?}");
    }
}
