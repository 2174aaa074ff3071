//! Signatures that come alone: what can be told of each from the content, and what from a digest of it alone.
//! The table is `tests/golden/loose.tsv`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    dead_code,
    reason = "tests"
)]

#[path = "support/golden.rs"]
mod golden;
#[path = "support/lab.rs"]
mod lab;
#[path = "support/programs.rs"]
mod programs;

use std::process::Command;

use lab::{Lab, at, sealed};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING,
    EcdsaKeyPair,
};
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject;
use tongban::asn1::write;
use tongban::budget::Limits;
use tongban::clock::{Clock, SystemClock};
use tongban::crypto::{DigestAlgorithm, SignatureAlgorithm};
use tongban::demo::forge::{
    Cms, Encoding, Flavor, Hierarchy, Layout, Seed, Statement, TlsAuthority, signer_info,
};
use tongban::document::cms::SignedData;
use tongban::hex;
use tongban::license::{Circumstances, Content, ContentDigest, DigestMethod, Sought, judge, judge_as};
use tongban::pki::Certificate;
use tongban::seal::SesSignature;
use tongban::verdict::{Code, Format, Integrity, Judgement, Verdict};

const CONTENT: &[u8] = "关于核发某某证照的通知".as_bytes();
const OTHER: &[u8] = b"something else";

/// What a caller has beside the signature.
#[derive(Clone, Copy)]
struct Beside<'a> {
    name: &'static str,
    content: Option<Content<'a>>,
}

/// SM3(Z ‖ content) under the lab's signer.
fn prefixed(lab: &Lab, content: &[u8]) -> ContentDigest {
    let key = lab.office.signer.key().public_key().unwrap();
    let digest = key.prefixed_digest(content).unwrap();
    ContentDigest::from_hex(DigestMethod::Sm2, &digest.hex()).unwrap()
}

fn beside(lab: &Lab) -> Vec<Beside<'static>> {
    let digest = |algorithm, content| Some(Content::Digest(ContentDigest::of(algorithm, content)));
    let row = |name, content| Beside { name, content };
    vec![
        row("nothing", None),
        row("content", Some(Content::Bytes(CONTENT))),
        row("other content", Some(Content::Bytes(OTHER))),
        row("sm3", digest(DigestAlgorithm::Sm3, CONTENT)),
        row("other sm3", digest(DigestAlgorithm::Sm3, OTHER)),
        row("sha-256", digest(DigestAlgorithm::Sha256, CONTENT)),
        row("sha-1", digest(DigestAlgorithm::Sha1, CONTENT)),
        row("sm3-za", Some(Content::Digest(prefixed(lab, CONTENT)))),
        row("other sm3-za", Some(Content::Digest(prefixed(lab, OTHER)))),
    ]
}

fn seal_signature(lab: &Lab, change: impl FnOnce(&mut Statement)) -> Vec<u8> {
    let office = &lab.office;
    let mut statement =
        Statement::new(&office.seal, &office.signer, sealed(), CONTENT, "/Doc_0/Signs/Sign_0/Signature.xml")
            .unwrap();
    change(&mut statement);
    statement.sign(&office.signer).unwrap()
}

fn cms(lab: &Lab, flavor: Flavor) -> Cms {
    Cms::new(flavor, Encoding::Der, &lab.office.signer, sealed(), CONTENT).unwrap()
}

/// SignedData without attributes and without content, its value over the content itself.
fn detached_without_attributes(lab: &Lab) -> Vec<u8> {
    let mut cms = cms(lab, Flavor::EnclosedDigest);
    cms.enclosed = None;
    cms.signers = vec![signer_info(&lab.office.signer, None, CONTENT).unwrap()];
    cms.to_bytes().unwrap()
}

/// SignedData around the whole content.
fn enclosed(lab: &Lab) -> Vec<u8> {
    let mut cms = cms(lab, Flavor::EnclosedDigest);
    cms.enclosed = Some(CONTENT.to_vec());
    cms.signers = vec![signer_info(&lab.office.signer, None, CONTENT).unwrap()];
    cms.to_bytes().unwrap()
}

fn judged(lab: &Lab, file: &[u8], content: Option<Content<'_>>, signer: Option<&[u8]>) -> Judgement {
    let (anchors, limits) = (lab.anchors(), Limits::default());
    let signer = signer.map(|der| Certificate::from_der(der).unwrap());
    let usual = Circumstances::new(&anchors, at("2026-11-21T08:00:00Z"), &limits);
    judge(file, &Circumstances { content, signer: signer.as_ref(), ..usual })
}

#[test]
fn what_can_be_told_from_what() {
    let lab = Lab::new();
    let old = Lab::with(Layout::Gm2014);
    let new = Lab::with(Layout::Gm2025);
    let signer = lab.office.signer.certificate.clone();
    let key = lab.office.signer.key();
    let raw = key.sign_raw(CONTENT).unwrap().to_vec();
    let der = key.sign(CONTENT).unwrap();
    type File<'a> = (&'a str, &'a Lab, Vec<u8>, Option<&'a [u8]>);
    let files: Vec<File<'_>> = vec![
        ("ses 2014", &old, seal_signature(&old, |_| {}), None),
        ("ses 2020", &lab, seal_signature(&lab, |_| {}), None),
        ("ses 2025", &new, seal_signature(&new, |_| {}), None),
        (
            "ses with a prefixed digest",
            &lab,
            {
                let digest = key.public_key().unwrap().prefixed_digest(CONTENT).unwrap();
                seal_signature(&lab, |statement| statement.digest = digest.as_ref().to_vec())
            },
            None,
        ),
        ("cms with attributes", &lab, cms(&lab, Flavor::SignedAttributes).to_bytes().unwrap(), None),
        ("cms around the digest", &lab, cms(&lab, Flavor::EnclosedDigest).to_bytes().unwrap(), None),
        ("cms around the content", &lab, enclosed(&lab), None),
        ("cms over the content", &lab, detached_without_attributes(&lab), None),
        ("bare raw", &lab, raw.clone(), Some(&signer)),
        ("bare der", &lab, der.clone(), Some(&signer)),
        ("bare der without a certificate", &lab, der, None),
        ("bare by another", &lab, raw, Some(&lab.hierarchy.maker.certificate)),
    ];
    let mut rows = Vec::new();
    for (name, lab, file, signer) in &files {
        for given in beside(lab) {
            let judgement = judged(lab, file, given.content, *signer);
            rows.push(format!("{name}\t{}\t{}", given.name, golden::outcome(&judgement)));
        }
    }
    golden::compare("loose.tsv", "signature\tgiven\tverdict\tintegrities\treasons", &rows);
}

/// Who asks about one certificate gets no good answer for another's signature. The table is `tests/golden/beside.tsv`.
#[test]
fn a_certificate_beside_is_never_passed_over() {
    let lab = Lab::new();
    let hierarchy = &lab.hierarchy;
    // Of the same names, with other keys.
    let again = Hierarchy::new(&Seed::new("again"), lab::validity()).unwrap();
    let again = again.issuer("广东省示例市市场监督管理局", "44990000000001", Layout::Gb2020).unwrap();
    let (signer, maker) = (&lab.office.signer.certificate, &hierarchy.maker.certificate);
    let content = Some(Content::Bytes(CONTENT));
    let mut rows = Vec::new();
    for (name, file, content) in [
        ("ses", seal_signature(&lab, |_| {}), content),
        ("cms", cms(&lab, Flavor::SignedAttributes).to_bytes().unwrap(), content),
        ("seal", lab.office.seal.der.clone(), None),
        ("license", lab.sealed().to_zip().unwrap(), None),
        ("no signature", lab.unsigned().to_zip().unwrap(), None),
    ] {
        for (whose, given) in [
            ("none", None),
            ("the signer's", Some(signer)),
            ("another of the same name", Some(&again.signer.certificate)),
            ("the seal maker's", Some(maker)),
        ] {
            let judgement = judged(&lab, &file, content, given.map(Vec::as_slice));
            rows.push(format!("{name}\t{whose}\t{}", golden::outcome(&judgement)));
        }
    }
    golden::compare("beside.tsv", "file\tcertificate\tverdict\tintegrities\treasons", &rows);
}

/// What one kind of signature is over, given out as the content of another kind: its owner signed the bytes, but not as that.
/// The table is `tests/golden/roles.tsv`.
#[test]
fn what_signatures_of_another_kind_are_over_is_no_content() {
    let lab = Lab::new();
    let old = Lab::with(Layout::Gm2014);
    let with_attributes = cms(&lab, Flavor::SignedAttributes).to_bytes().unwrap();
    let attributes =
        SignedData::parse(&with_attributes, 64).unwrap().signers.remove(0).attributes.unwrap().der;
    let statement = |lab| SesSignature::parse(&seal_signature(lab, |_| {}), 64).unwrap().signed.to_vec();
    let mut rows = Vec::new();
    for (name, lab, bytes) in [
        ("attributes of cms", &lab, attributes),
        ("statement of ses 2014", &old, statement(&old)),
        ("statement of ses 2020", &lab, statement(&lab)),
        ("content", &lab, CONTENT.to_vec()),
    ] {
        let signer = &lab.office.signer;
        let mut around = cms(lab, Flavor::EnclosedDigest);
        around.signers = vec![signer_info(signer, None, &bytes).unwrap()];
        around.enclosed = Some(bytes.clone());
        let mut over = around.clone();
        over.enclosed = None;
        let raw = signer.key().sign_raw(&bytes).unwrap().to_vec();
        let given = Some(Content::Bytes(&bytes));
        for (kind, file, given) in [
            ("cms around it", around.to_bytes().unwrap(), None),
            ("cms around it, given", around.to_bytes().unwrap(), given),
            ("cms over it", over.to_bytes().unwrap(), given),
            ("bare", raw, given),
        ] {
            let judgement = judged(lab, &file, given, Some(&signer.certificate));
            rows.push(format!("{kind}\t{name}\t{}", golden::outcome(&judgement)));
        }
    }
    golden::compare("roles.tsv", "signature\tover\tverdict\tintegrities\treasons", &rows);
}

/// What a signature over the content itself starts from can be made to fit it by anybody who may choose it.
#[test]
fn a_digest_that_can_be_made_to_fit_leaves_it_open() {
    let lab = Lab::new();
    let signer = lab.office.signer.certificate.clone();
    let given = Some(Content::Digest(prefixed(&lab, CONTENT)));
    let files =
        [lab.office.signer.key().sign_raw(CONTENT).unwrap().to_vec(), detached_without_attributes(&lab)];
    for file in files {
        let judgement = judged(&lab, &file, given, Some(&signer));
        let reasons: Vec<Code> = judgement.signatures[0].reasons.iter().map(|reason| reason.code).collect();
        assert!(reasons.contains(&Code::SignatureDigestUnproven), "{reasons:?}");
        assert!(reasons.contains(&Code::SignatureDigestOnly), "{reasons:?}");
        assert_eq!(Code::SignatureDigestUnproven.ceiling(), Verdict::Undetermined);
    }
}

/// Two contents with the same SHA-1 can be made, so that it shows nothing wherever it decides.
#[test]
fn a_sha_1_digest_of_enclosed_content_is_weak() {
    let lab = Lab::new();
    let weak = |algorithm| {
        let digest = Content::Digest(ContentDigest::of(algorithm, CONTENT));
        let judgement = judged(&lab, &enclosed(&lab), Some(digest), None);
        assert_eq!(judgement.signatures[0].integrity, Integrity::Intact);
        judgement.signatures[0].reasons.iter().any(|reason| reason.code == Code::SignatureWeak)
    };
    assert!(weak(DigestAlgorithm::Sha1));
    assert!(!weak(DigestAlgorithm::Sha256));
}

/// A digest never says more than the content would, for better or worse.
#[test]
fn a_digest_says_no_more_than_the_content() {
    let lab = Lab::new();
    let signer = lab.office.signer.certificate.clone();
    let digest = lab.office.signer.key().public_key().unwrap().prefixed_digest(CONTENT).unwrap();
    let files = [
        seal_signature(&lab, |_| {}),
        seal_signature(&lab, |statement| statement.digest = digest.as_ref().to_vec()),
        cms(&lab, Flavor::SignedAttributes).to_bytes().unwrap(),
        cms(&lab, Flavor::EnclosedDigest).to_bytes().unwrap(),
        detached_without_attributes(&lab),
        lab.office.signer.key().sign_raw(CONTENT).unwrap().to_vec(),
    ];
    for file in &files {
        for content in [CONTENT, OTHER] {
            let whole = judged(&lab, file, Some(Content::Bytes(content)), Some(&signer));
            let digests = [DigestAlgorithm::Sm3, DigestAlgorithm::Sha256, DigestAlgorithm::Sha512]
                .map(|algorithm| ContentDigest::of(algorithm, content));
            for digest in digests.into_iter().chain([prefixed(&lab, content)]) {
                let part = judged(&lab, file, Some(Content::Digest(digest)), Some(&signer));
                let open = part.verdict() == Verdict::Undetermined;
                assert!(open || part.verdict() == whole.verdict(), "{digest}: {part:?}");
            }
        }
    }
}

#[test]
fn a_bare_value_is_known_only_beside_a_certificate() {
    let lab = Lab::new();
    let signer = &lab.office.signer;
    let raw = signer.key().sign_raw(CONTENT).unwrap();
    let content = Some(Content::Bytes(CONTENT));
    assert_eq!(judged(&lab, &raw, None, None).format, Format::Unknown);
    assert_eq!(judged(&lab, &raw, content, None).format, Format::Bare, "or beside the content");
    assert_eq!(judged(&lab, &raw[1..], content, None).format, Format::Unknown);
    assert_eq!(judged(&lab, &raw, content, Some(&signer.certificate)).format, Format::Bare);
    assert_eq!(judged(&lab, &raw[1..], content, Some(&signer.certificate)).format, Format::Unknown);
}

/// One wrong bit anywhere in a bare value breaks it.
#[test]
fn every_bit_of_a_bare_value_counts() {
    let lab = Lab::new();
    let signer = &lab.office.signer;
    let raw = signer.key().sign_raw(CONTENT).unwrap();
    for bit in (0..512).step_by(7) {
        let mut changed = raw;
        changed[bit / 8] ^= 1 << (bit % 8);
        let judgement = judged(&lab, &changed, Some(Content::Bytes(CONTENT)), Some(&signer.certificate));
        assert_eq!(judgement.signatures[0].integrity, Integrity::Broken, "bit {bit}");
    }
}

#[test]
fn something_else_is_no_seal_and_no_signature() {
    let lab = Lab::new();
    let (anchors, limits) = (lab.anchors(), Limits::default());
    let circumstances = Circumstances::new(&anchors, at("2026-11-21T08:00:00Z"), &limits);
    let package = lab.sealed().to_zip().unwrap();
    let signature = seal_signature(&lab, |_| {});
    let seal = &lab.office.seal.der;
    for (sought, file, code) in [
        (Sought::Seal, package.as_slice(), Code::SealUnreadable),
        (Sought::Seal, &signature, Code::SealUnreadable),
        (Sought::Seal, b"", Code::SealUnreadable),
        (Sought::Signature, &package, Code::SignatureUnreadable),
        (Sought::Signature, seal, Code::SignatureUnreadable),
        (Sought::Signature, b"", Code::SignatureUnreadable),
    ] {
        let judgement = judge_as(sought, file, &circumstances);
        assert_eq!(judgement.signatures[0].reasons[0].code, code, "{sought:?}");
    }
    assert_eq!(judge_as(Sought::Seal, seal, &circumstances).signatures[0].integrity, Integrity::Intact);
    assert_eq!(judge_as(Sought::Signature, &signature, &circumstances).format, Format::SesSignature);
}

#[test]
fn bare_values_of_ecdsa_hold_under_the_certificate_beside() {
    let lab = Lab::new();
    let authority = TlsAuthority::new("loose", lab::validity()).unwrap();
    let client = authority.client("signer", lab::validity()).unwrap();
    let PrivateKeyDer::Pkcs8(key) = PrivateKeyDer::from_pem_slice(client.key_pem.as_bytes()).unwrap() else {
        panic!("the key is not PKCS #8")
    };
    let random = SystemRandom::new();
    let key =
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, key.secret_pkcs8_der(), &random).unwrap();
    let value = key.sign(&random, CONTENT).unwrap();
    let integrity = |content| {
        let judgement = judged(&lab, value.as_ref(), Some(content), Some(&client.certificate));
        assert_eq!(judgement.format, Format::Bare);
        judgement.signatures[0].integrity
    };
    assert_eq!(integrity(Content::Bytes(CONTENT)), Integrity::Intact);
    assert_eq!(integrity(Content::Bytes(OTHER)), Integrity::Unchecked);
    let digest = ContentDigest::of(DigestAlgorithm::Sha256, CONTENT);
    assert_eq!(integrity(Content::Digest(digest)), Integrity::Unchecked);
}

/// The digest that CMS by Ed25519 names is bound by nothing: SHA-1 there is as weak as anywhere, though the signature is not.
#[test]
fn sha_1_beside_ed25519_is_weak_where_it_decides() {
    if !programs::available("openssl", "version") {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    let openssl = |arguments: &[&str]| {
        let output = Command::new("openssl").args(arguments).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    };
    let (key, certificate, signed, value) = (at("key"), at("certificate"), at("signed"), at("value"));
    let new = ["req", "-x509", "-newkey", "ed25519", "-nodes", "-subj", "/CN=signer", "-days", "30"];
    openssl(&[&new[..], &["-keyout", &key, "-out", &certificate, "-outform", "DER"]].concat());
    let lab = Lab::new();
    let der = std::fs::read(&certificate).unwrap();
    let parsed = Certificate::from_der(&der).unwrap();
    let algorithm = |oid: &str| write::sequence(&[&write::oid(oid).unwrap()]);
    let judged_around = |digest: DigestAlgorithm, inside: &[u8]| {
        std::fs::write(&signed, inside).unwrap();
        openssl(&["pkeyutl", "-sign", "-rawin", "-inkey", &key, "-in", &signed, "-out", &value]);
        let mut around = cms(&lab, Flavor::EnclosedDigest);
        around.certificates = vec![der.clone()];
        around.enclosed = Some(inside.to_vec());
        around.signers = vec![write::sequence(&[
            &write::unsigned(1),
            &write::sequence(&[parsed.issuer_der(), &write::tlv(0x02, &parsed.serial_raw)]),
            &algorithm(digest.oid()),
            &algorithm("1.3.101.112"),
            &write::octets(&std::fs::read(&value).unwrap()),
        ])];
        let file = around.to_bytes().unwrap();
        let found = judged(&lab, &file, Some(Content::Bytes(CONTENT)), None).signatures.remove(0);
        assert_eq!(found.integrity, Integrity::Intact, "{:?}", found.reasons);
        found.reasons.iter().any(|reason| reason.code == Code::SignatureWeak)
    };
    assert!(judged_around(DigestAlgorithm::Sha1, DigestAlgorithm::Sha1.digest(CONTENT).as_ref()));
    assert!(!judged_around(DigestAlgorithm::Sha512, DigestAlgorithm::Sha512.digest(CONTENT).as_ref()));
    // The content itself is signed, and no digest decides.
    assert!(!judged_around(DigestAlgorithm::Sha1, CONTENT));
}

/// A structure that is by chance as long as values of the key beside it is that structure; bytes that only begin like one
/// are a value.
#[test]
fn structure_comes_before_length() {
    let lab = Lab::new();
    let signer = lab.office.signer.certificate.clone();
    // A SEQUENCE of an OID and an OCTET STRING, 64 bytes in all, as long as SM2's values.
    let mut file = vec![0x30, 62, 0x06, 3, 0x2a, 0x03, 0x04, 0x04, 55];
    file.resize(64, 0x5a);
    assert_eq!(judged(&lab, &file, Some(Content::Bytes(CONTENT)), Some(&signer)).format, Format::Cms);
    file[1] = 61;
    let judgement = judged(&lab, &file, Some(Content::Bytes(CONTENT)), Some(&signer));
    assert_eq!((judgement.format, judgement.signatures[0].integrity), (Format::Bare, Integrity::Broken));
}

/// RSA values of every digest and padding, made by OpenSSL.
#[test]
fn bare_values_of_rsa_hold_under_the_certificate_beside() {
    if !programs::available("openssl", "version") {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    let openssl = |arguments: &[&str]| {
        let output = Command::new("openssl").args(arguments).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    };
    let (key, certificate, content) = (at("key.pem"), at("certificate.der"), at("content"));
    std::fs::write(&content, CONTENT).unwrap();
    openssl(&[
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        &key,
        "-out",
        &certificate,
        "-outform",
        "DER",
        "-subj",
        "/CN=signer",
        "-days",
        "30",
    ]);
    let lab = Lab::new();
    let signer = std::fs::read(&certificate).unwrap();
    for (digest, padding, weak) in [
        ("sha256", "pkcs1", false),
        ("sha384", "pkcs1", false),
        ("sha512", "pkcs1", false),
        ("sha1", "pkcs1", true),
        ("sha256", "pss", false),
        ("sha512", "pss", false),
    ] {
        let value = at("value");
        let padding_mode = format!("rsa_padding_mode:{padding}");
        let mut arguments = vec!["dgst", "-sign", &key, "-out", &value, "-sigopt", &padding_mode];
        let digest_flag = format!("-{digest}");
        arguments.push(&digest_flag);
        if padding == "pss" {
            arguments.extend(["-sigopt", "rsa_pss_saltlen:digest"]);
        }
        arguments.push(&content);
        openssl(&arguments);
        let value = std::fs::read(&value).unwrap();
        let judgement = judged(&lab, &value, Some(Content::Bytes(CONTENT)), Some(&signer));
        let found = &judgement.signatures[0];
        assert_eq!(
            (judgement.format, found.integrity),
            (Format::Bare, Integrity::Intact),
            "{digest} {padding}"
        );
        let is_weak = found.reasons.iter().any(|reason| reason.code == Code::SignatureWeak);
        assert_eq!(is_weak, weak, "{digest} {padding}");
        let judgement = judged(&lab, &value, Some(Content::Bytes(OTHER)), Some(&signer));
        assert_eq!(judgement.signatures[0].integrity, Integrity::Unchecked, "{digest} {padding}");
    }
}

/// Values that name no algorithm, made by OpenSSL and ring: what does not hold is called broken only where the key leaves no
/// other reading. The table is `tests/golden/values.tsv`.
#[test]
fn what_names_no_algorithm_may_be_by_another() {
    if !programs::available("openssl", "version") {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    let openssl = |arguments: &[&str]| {
        let output = Command::new("openssl").args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?} {output:?}");
    };
    let (content, value) = (at("content"), at("value"));
    std::fs::write(&content, CONTENT).unwrap();
    let usual = "distid:1234567812345678";
    for (name, new) in [
        ("rsa", &["-newkey", "rsa:2048"][..]),
        ("p-256", &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]),
        ("p-384", &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"]),
        ("ed25519", &["-newkey", "ed25519"]),
        ("sm2", &["-newkey", "sm2", "-sm3", "-sigopt", usual]),
    ] {
        let (key, certificate) = (at(&format!("{name}.key")), at(&format!("{name}.der")));
        let request = ["req", "-x509", "-nodes", "-subj", "/CN=signer", "-days", "30", "-outform", "DER"];
        openssl(&[&request[..], new, &["-keyout", &key, "-out", &certificate]].concat());
    }
    let by = |key: &str, options: &[&str]| {
        let key = at(&format!("{key}.key"));
        let sign = ["pkeyutl", "-sign", "-rawin", "-in", &content, "-out", &value, "-inkey", &key];
        openssl(&[&sign[..], options].concat());
        std::fs::read(&value).unwrap()
    };
    let scalars = |key: &str, algorithm| {
        let pem = std::fs::read(at(&format!("{key}.key"))).unwrap();
        let PrivateKeyDer::Pkcs8(key) = PrivateKeyDer::from_pem_slice(&pem).unwrap() else { panic!("{key}") };
        let random = SystemRandom::new();
        let key = EcdsaKeyPair::from_pkcs8(algorithm, key.secret_pkcs8_der(), &random).unwrap();
        key.sign(&random, CONTENT).unwrap().as_ref().to_vec()
    };
    let longest =
        ["-digest", "sha256", "-pkeyopt", "rsa_padding_mode:pss", "-pkeyopt", "rsa_pss_saltlen:max"];
    let (p256, p384) = (&ECDSA_P256_SHA256_FIXED_SIGNING, &ECDSA_P384_SHA384_FIXED_SIGNING);
    let lab = Lab::new();
    let (anchors, limits) = (lab.anchors(), Limits::default());
    let mut rows = Vec::new();
    for (name, value, beside) in [
        ("rsa sha-256", by("rsa", &["-digest", "sha256"]), ["rsa", "none"]),
        ("rsa sha-224", by("rsa", &["-digest", "sha224"]), ["rsa", "none"]),
        ("rsa-pss, longest salt", by("rsa", &longest), ["rsa", "none"]),
        ("p-256 sha-512", by("p-256", &["-digest", "sha512"]), ["p-256", "none"]),
        ("p-384 sha-512", by("p-384", &["-digest", "sha512"]), ["p-384", "none"]),
        ("p-256 r‖s", scalars("p-256", p256), ["p-256", "none"]),
        ("p-384 r‖s", scalars("p-384", p384), ["p-384", "none"]),
        ("ed25519", by("ed25519", &[]), ["ed25519", "none"]),
        ("sm2", by("sm2", &["-digest", "sm3", "-pkeyopt", usual]), ["sm2", "none"]),
        (
            "sm2, another identity",
            by("sm2", &["-digest", "sm3", "-pkeyopt", "distid:other"]),
            ["sm2", "none"],
        ),
        ("sm2 raw", lab.office.signer.key().sign_raw(CONTENT).unwrap().to_vec(), ["p-256", "none"]),
    ] {
        for whose in beside {
            let given = std::fs::read(at(&format!("{whose}.der"))).ok();
            for (said, content) in [("content", CONTENT), ("other content", OTHER)] {
                let signer = given.as_deref().map(|der| Certificate::from_der(der).unwrap());
                // OpenSSL's certificates are valid from the present on.
                let usual = Circumstances::new(&anchors, SystemClock.now(), &limits);
                let content = Some(Content::Bytes(content));
                let judgement = judge(&value, &Circumstances { content, signer: signer.as_ref(), ..usual });
                rows.push(format!("{name}\t{whose}\t{said}\t{}", golden::outcome(&judgement)));
            }
        }
    }
    golden::compare("values.tsv", "value\tcertificate\tgiven\tverdict\tintegrities\treasons", &rows);
}

#[test]
fn e_of_the_standard_is_what_sm3_za_means() {
    let lab = Lab::new();
    let key = lab.office.signer.key().public_key().unwrap();
    let e: [u8; 32] =
        hex::decode(prefixed(&lab, CONTENT).to_string().strip_prefix("sm3-za:").unwrap()).unwrap();
    let value = lab.office.signer.key().sign(CONTENT).unwrap();
    let message = tongban::crypto::Message::Sm2Digest(e);
    assert!(SignatureAlgorithm::Sm2Sm3.verify_message(&key, message, &value).is_ok());
}
