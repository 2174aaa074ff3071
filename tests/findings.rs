//! Findings that no attack and no divergence shows: each on a file that has it, notes included.
//! The table is `tests/golden/findings.tsv`.

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

use std::fs;
use std::path::Path;

use lab::{Lab, at, sealed, validity};
use tongban::asn1::write;
use tongban::budget::Limits;
use tongban::demo::forge::{
    Encoding, Flavor, Hierarchy, Layout, Method, Name, Package, Profile, SealDraft, SealSigners, Seed,
    Signing, Validity,
};
use tongban::license::{Circumstances, judge};
use tongban::pki::{Anchors, Certificate};
use tongban::seal::{SealEvent, SealEventReason, SealRecord, SealRegister};
use tongban::verdict::Judgement;

fn zip(package: &Package) -> Vec<u8> {
    package.to_zip().unwrap()
}

fn with_seal(lab: &Lab, change: impl FnOnce(&mut SealDraft)) -> Vec<u8> {
    let signers = SealSigners::certificates(&[&lab.office.signer]);
    let mut draft = SealDraft::new(Layout::Gb2020, "1", "样例局", signers, validity()).unwrap();
    change(&mut draft);
    draft.sign(&lab.hierarchy.maker).unwrap().der
}

fn signed(lab: &Lab, method: Method<'_>) -> Package {
    let mut package = lab.unsigned();
    Signing::new(&lab.office.signer, method, sealed()).sign(&mut package).unwrap();
    package
}

/// Judged ten years on, when seal and certificates have expired.
fn later(lab: &Lab, file: &[u8]) -> Judgement {
    let (anchors, limits) = (lab.anchors(), Limits::default());
    judge(file, &Circumstances::new(&anchors, at("2037-01-01T00:00:00Z"), &limits))
}

fn with_the_certificate_beside(lab: &Lab, file: &[u8]) -> Judgement {
    let (anchors, limits) = (lab.anchors(), Limits::default());
    let signer = Certificate::from_der(&lab.office.signer.certificate).unwrap();
    let circumstances = Circumstances::new(&anchors, at("2026-11-21T08:00:00Z"), &limits);
    judge(file, &Circumstances { signer: Some(&signer), ..circumstances })
}

/// A signature that comes alone, with `content` beside it.
fn beside(lab: &Lab, value: &[u8], content: &[u8]) -> Judgement {
    let (anchors, limits) = (lab.anchors(), Limits::default());
    let circumstances = Circumstances::new(&anchors, at("2026-11-21T08:00:00Z"), &limits);
    judge(value, &Circumstances { content: Some(content.into()), ..circumstances })
}

/// The sealed license, judged with a register that has `event` for its seal since a day before or after sealing.
fn registered(lab: &Lab, event: SealEvent, after: bool, reason: SealEventReason) -> Judgement {
    let since = at(if after { "2026-11-21T00:00:00Z" } else { "2026-11-19T00:00:00Z" });
    let record = SealRecord { maker: None, event, since, reason };
    let register = SealRegister::new([("44990000000001".to_owned(), record)]);
    let (anchors, limits) = (lab.anchors(), Limits::default());
    let circumstances = Circumstances::new(&anchors, at("2026-11-21T08:00:00Z"), &limits);
    judge(&zip(&lab.sealed()), &Circumstances { seals: Some(&register), ..circumstances })
}

/// One of the signatures that other libraries made, under the authority in the file `root` if there is one.
fn sample(name: &str, root: Option<&str>) -> Judgement {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples");
    let read = |name: &str| fs::read(directory.join(name)).unwrap();
    let roots = root.iter().map(|root| Certificate::from_der(&read(root)).unwrap()).collect();
    let (anchors, limits) = (Anchors::new(roots, Vec::new()), Limits::default());
    judge(&read(name), &Circumstances::new(&anchors, at("2026-12-01T00:00:00Z"), &limits))
}

#[test]
fn every_finding_is_reported() {
    let lab = Lab::new();
    let judged = |file: Vec<u8>| lab.judged(&file);
    let short = Validity { until: at("2026-11-20T12:00:00Z"), ..validity() };
    let brief = Hierarchy::new(&Seed::new("brief"), short).unwrap();
    let brief = brief.issuer("样例局", "1", Layout::Gb2020).unwrap();
    let judgements: Vec<(&str, Judgement)> = vec![
        ("part-absent", {
            let mut package = lab.unsigned();
            let absent = "<ofd:PublicRes>Absent.xml</ofd:PublicRes><ofd:PublicRes>";
            let document = package.text("Doc_0/Document.xml").unwrap().replacen("<ofd:PublicRes>", absent, 1);
            package.put("Doc_0/Document.xml", document);
            lab.signing().sign(&mut package).unwrap();
            judged(zip(&package))
        }),
        ("list-locked", judged(zip(&lab.sealed()))),
        ("loose-signature", judged(lab.sealed().get("Doc_0/Signs/Sign_0/SignedValue.dat").unwrap().to_vec())),
        ("loose-signature-with-its-content", {
            let package = lab.sealed();
            let content = package.get("Doc_0/Signs/Sign_0/Signature.xml").unwrap();
            beside(&lab, package.get("Doc_0/Signs/Sign_0/SignedValue.dat").unwrap(), content)
        }),
        ("loose-signature-with-other-content", {
            beside(&lab, lab.sealed().get("Doc_0/Signs/Sign_0/SignedValue.dat").unwrap(), b"something else")
        }),
        ("loose-cms-with-its-content", {
            let package = signed(&lab, Method::Cms(Flavor::SignedAttributes, Encoding::Ber));
            let content = package.get("Doc_0/Signs/Sign_0/Signature.xml").unwrap();
            beside(&lab, package.get("Doc_0/Signs/Sign_0/SignedValue.dat").unwrap(), content)
        }),
        ("loose-seal", judged(with_seal(&lab, |_| {}))),
        (
            "loose-seal-not-yet-valid",
            judged(with_seal(&lab, |draft| {
                draft.validity.from = at("2027-01-01T00:00:00Z");
            })),
        ),
        (
            "loose-seal-expired",
            judged(with_seal(&lab, |draft| draft.validity.until = at("2026-06-01T00:00:00Z"))),
        ),
        (
            "loose-seal-of-an-unreadable-maker",
            judged({
                let signers = SealSigners::certificates(&[&lab.office.signer]);
                let draft = SealDraft::new(Layout::Gb2020, "1", "样例局", signers, validity()).unwrap();
                let signature = lab.hierarchy.maker.key().sign(&draft.to_info().unwrap()).unwrap();
                draft.assemble(&write::octets(b"no certificate"), &signature).unwrap().der
            }),
        ),
        ("certificate-beside", with_the_certificate_beside(&lab, &zip(&signed(&lab, Method::Bare)))),
        (
            "method-of-another-algorithm",
            judged(zip(&lab.planned(|plan| {
                plan.signature_method = "1.2.840.113549.1.1.11".to_owned();
            }))),
        ),
        (
            "algorithm-of-another-key",
            judged(zip(&lab.stated(|statement| {
                statement.signature_algorithm = "1.2.840.113549.1.1.11".to_owned();
            }))),
        ),
        (
            "algorithm-unknown",
            judged(zip(&lab.stated(|statement| {
                statement.signature_algorithm = "1.2.840.113549.1.1.99".to_owned();
            }))),
        ),
        (
            "seal-promised-and-not-there",
            judged({
                let method = Method::Cms(Flavor::SignedAttributes, Encoding::Der);
                let mut package = signed(&lab, method);
                let list = "Doc_0/Signs/Signatures.xml";
                let text = package.text(list).unwrap().replace("Type=\"Sign\"", "Type=\"Seal\"");
                package.put(list, text);
                zip(&package)
            }),
        ),
        (
            "no-time",
            judged({
                let mut package = lab.unsigned();
                let method = Method::Cms(Flavor::EnclosedDigest, Encoding::Der);
                let signing = Signing::new(&lab.office.signer, method, sealed());
                let mut plan = signing.plan(&mut package).unwrap();
                plan.date_time = "yesterday".to_owned();
                let xml = plan.to_xml();
                let value = plan.value(&xml).unwrap();
                plan.commit(&mut package, xml, value);
                zip(&package)
            }),
        ),
        (
            "time-in-the-description",
            judged(zip(&signed(&lab, Method::Cms(Flavor::EnclosedDigest, Encoding::Der)))),
        ),
        ("empty", judged(Vec::new())),
        ("loose-seal-with-more-behind-it", judged([with_seal(&lab, |_| {}), vec![0]].concat())),
        ("seal-of-a-maker-out-of-date", {
            let since = Validity { from: at("2026-06-01T00:00:00Z"), ..validity() };
            let name = Name::new("样例制章机构", "Maker of later");
            let maker = lab.hierarchy.root.issue(Profile::Signer, name, since).unwrap();
            let signers = SealSigners::certificates(&[&lab.office.signer]);
            let draft = SealDraft::new(Layout::Gb2020, "1", "样例局", signers, validity()).unwrap();
            let seal = draft.sign(&maker).unwrap();
            judged(zip(&signed(&lab, Method::Seal(&seal))))
        }),
        ("seal-revoked-before", registered(&lab, SealEvent::Revoked, false, SealEventReason::Orderly)),
        ("seal-revoked-later", registered(&lab, SealEvent::Revoked, true, SealEventReason::Unstated)),
        ("seal-retired-later", registered(&lab, SealEvent::Revoked, true, SealEventReason::Orderly)),
        (
            "seal-suspended",
            registered(&lab, SealEvent::Suspended { until: None }, false, SealEventReason::Unstated),
        ),
        ("path-of-a-weak-authority", sample("weak-authority.pdf", Some("weak-authority.der"))),
        ("digest-of-sha1-enclosed", sample("pkcs7-sha1.pdf", None)),
        ("rsa-pss-of-a-long-salt", sample("rsa-pss-long-salt.pdf", None)),
        ("ecdsa-over-p-521", sample("ecdsa-p521.pdf", None)),
        ("ed448", sample("ed448.pdf", None)),
        ("expired-since", later(&lab, &zip(&lab.sealed()))),
        ("expired-within-a-day", judged(zip(&brief.seal_license(&lab.license(), sealed()).unwrap()))),
    ];
    let rows: Vec<String> = judgements
        .iter()
        .map(|(name, judgement)| {
            format!("{name}\t{}\t{}", golden::outcome(judgement), golden::notes(judgement))
        })
        .collect();
    golden::compare("findings.tsv", "file\tverdict\tintegrities\treasons\tnotes", &rows);
}
