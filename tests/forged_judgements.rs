//! The judge on what the forge makes: every sound shape is intact, and genuine under the forge's root.
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

use tongban::budget::Limits;
use tongban::clock::Timestamp;
use tongban::demo::forge::{
    Authority, Coverage, Document, Encoding, Flavor, Hierarchy, Identity, Issuer, Layout, License, Method,
    Name, Package, Picture, Profile, SealDraft, SealSigners, Seed, Signing, Validity, list_entries, package,
    samples,
};
use tongban::license::{Circumstances, judge};
use tongban::pki::{Anchors, Certificate};
use tongban::verdict::{ChainState, Code, CopyKind, Integrity, Judgement, SignatureKind, State, Verdict};

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

fn validity() -> Validity {
    Validity { from: at("2026-01-01T00:00:00Z"), until: at("2036-01-01T00:00:00Z") }
}

/// When licenses are sealed here, and when they are judged.
fn sealed() -> Timestamp {
    at("2026-11-20T08:00:00Z")
}

fn hierarchy() -> Hierarchy {
    Hierarchy::new(&Seed::new("judged"), validity()).unwrap()
}

fn issuer(hierarchy: &Hierarchy, layout: Layout) -> Issuer {
    hierarchy.issuer("广东省示例市市场监督管理局", "44990000000001", layout).unwrap()
}

fn license() -> License {
    samples(at("2026-03-15T00:00:00Z")).unwrap().remove(0).1
}

fn unsigned() -> Package {
    license().document(sealed()).package().unwrap()
}

fn judged_under(
    anchors: &[&[u8]],
    intermediates: &[&[u8]],
    signer: Option<&Identity>,
    file: &[u8],
) -> Judgement {
    let read = |list: &[&[u8]]| list.iter().map(|der| Certificate::from_der(der).unwrap()).collect();
    let anchors = Anchors::new(read(anchors), read(intermediates));
    let signer = signer.map(|signer| Certificate::from_der(&signer.certificate).unwrap());
    let limits = Limits::default();
    let usual = Circumstances::new(&anchors, at("2026-11-21T08:00:00Z"), &limits);
    judge(file, &Circumstances { signer: signer.as_ref(), ..usual })
}

fn judged(hierarchy: &Hierarchy, package: &Package) -> Judgement {
    judged_under(&[hierarchy.root.certificate()], &[], None, &package.to_zip().unwrap())
}

/// Every reason but the notes, so that a new doubt about a sound shape shows.
fn doubts(judgement: &Judgement) -> Vec<&'static str> {
    golden::codes(judgement, golden::weighs)
}

/// What leaves doubt about every sound file here: none has a timestamp, and no revocation lists are given.
const USUAL: [&str; 2] = ["chain.revocation_unchecked", "signature.time_claimed_only"];

fn assert_genuine(judgement: &Judgement, place: &str) {
    for signature in &judgement.signatures {
        assert_eq!(signature.integrity, Integrity::Intact, "{place}: {:?}", signature.reasons);
        assert_eq!(signature.chain.state, ChainState::Trusted, "{place}: {:?}", signature.reasons);
    }
    assert_eq!(doubts(judgement), USUAL, "{place}");
    assert_eq!(judgement.verdict(), Verdict::Genuine, "{place}");
}

#[test]
fn sealed_licenses_are_genuine_in_every_layout() {
    let hierarchy = hierarchy();
    let kinds = [SignatureKind::Ses2014, SignatureKind::Ses2020, SignatureKind::Ses2025];
    for (layout, kind) in Layout::ALL.into_iter().zip(kinds) {
        for (name, license) in samples(at("2026-03-15T00:00:00Z")).unwrap() {
            let issuer = hierarchy.issuer(&license.issuer, "44990000000001", layout).unwrap();
            let package = issuer.seal_license(&license, sealed()).unwrap();
            let judgement = judged(&hierarchy, &package);
            assert_genuine(&judgement, &format!("{name} {layout:?}"));
            assert_eq!(judgement.signatures[0].kind, kind);
            assert_eq!(judgement.signatures[0].signed_at, Some(sealed()));
            assert_eq!(judgement.status.state, State::InForce);
            assert_eq!(judgement.copy.kind, CopyKind::Original);
            let found = judgement.license.unwrap();
            assert_eq!(found.identifier.unwrap(), license.identifier.to_string());
            assert_eq!(found.type_name.unwrap(), license.type_name);

            // Without an anchor all is intact and nothing is vouched for.
            let judgement = judged_under(&[], &[], None, &package.to_zip().unwrap());
            assert_eq!(judgement.signatures[0].integrity, Integrity::Intact);
            assert_eq!(judgement.verdict(), Verdict::Undetermined);
        }
    }
}

#[test]
fn seals_that_list_digests_of_signers_are_genuine() {
    let hierarchy = hierarchy();
    let signer = hierarchy.signer("样例局").unwrap();
    for layout in [Layout::Gb2020, Layout::Gm2025] {
        let signers = SealSigners::digests(&[&signer]);
        let seal = SealDraft::new(layout, "1", "样例局", signers, validity()).unwrap();
        let seal = seal.sign(&hierarchy.maker).unwrap();
        let mut package = unsigned();
        Signing::new(&signer, Method::Seal(&seal), sealed()).sign(&mut package).unwrap();
        assert_genuine(&judged(&hierarchy, &package), &format!("{layout:?}"));
    }
}

#[test]
fn signed_data_is_genuine_in_every_flavor_and_encoding() {
    let hierarchy = hierarchy();
    let signer = hierarchy.signer("样例局").unwrap();
    for flavor in [Flavor::EnclosedDigest, Flavor::SignedAttributes, Flavor::OrdinaryData] {
        for encoding in [Encoding::Der, Encoding::Ber] {
            let mut package = unsigned();
            Signing::new(&signer, Method::Cms(flavor, encoding), sealed()).sign(&mut package).unwrap();
            let judgement = judged(&hierarchy, &package);
            assert_genuine(&judgement, &format!("{flavor:?} {encoding:?}"));
            assert_eq!(judgement.signatures[0].kind, SignatureKind::Gbt35275);
            let ber = judgement.signatures[0].reasons.iter().any(|reason| reason.code == Code::SignatureBer);
            assert_eq!(ber, encoding == Encoding::Ber);
        }
    }
}

#[test]
fn bare_signatures_are_genuine_with_the_certificate_beside() {
    let hierarchy = hierarchy();
    let signer = hierarchy.signer("样例局").unwrap();
    let mut package = unsigned();
    Signing::new(&signer, Method::Bare, sealed()).sign(&mut package).unwrap();
    assert_eq!(judged(&hierarchy, &package).signatures[0].integrity, Integrity::Unchecked);
    let file = package.to_zip().unwrap();
    let judgement = judged_under(&[hierarchy.root.certificate()], &[], Some(&signer), &file);
    assert_eq!(judgement.signatures[0].integrity, Integrity::Intact);
    assert_eq!(judgement.verdict(), Verdict::Genuine, "{:?}", doubts(&judgement));
}

#[test]
fn signatures_one_after_another_are_genuine_unless_the_list_was_locked() {
    let hierarchy = hierarchy();
    let [old, new] = [Layout::Gm2014, Layout::Gb2020].map(|layout| issuer(&hierarchy, layout));
    let signed = |locked: bool| {
        let mut package = unsigned();
        let mut first =
            Signing::new(&old.signer, Method::Seal(&old.seal), sealed()).stamped(License::seal_boundary());
        first.locked = locked;
        first.sign(&mut package).unwrap();
        Signing::new(&new.signer, Method::Seal(&new.seal), sealed()).sign(&mut package).unwrap();
        let method = Method::Cms(Flavor::SignedAttributes, Encoding::Der);
        Signing::new(&new.signer, method, sealed()).sign(&mut package).unwrap();
        package
    };
    let judgement = judged(&hierarchy, &signed(false));
    assert_eq!(judgement.signatures.len(), 3);
    assert_genuine(&judgement, "open");

    let judgement = judged(&hierarchy, &signed(true));
    let integrities: Vec<Integrity> =
        judgement.signatures.iter().map(|signature| signature.integrity).collect();
    assert_eq!(integrities, [Integrity::Broken, Integrity::Intact, Integrity::Intact]);
}

#[test]
fn every_document_of_a_package_can_be_signed() {
    let hierarchy = hierarchy();
    let issuer = issuer(&hierarchy, Layout::Gb2020);
    let second = Document::plain("f".repeat(32), sealed(), "附件");
    let mut package = package(&[license().document(sealed()), second], sealed()).unwrap();
    for document in 0..2 {
        let mut signing = Signing::new(&issuer.signer, Method::Seal(&issuer.seal), sealed());
        signing.document = document;
        // The pointer to the second list of signatures comes into OFD.xml after the first signature.
        if document == 0 {
            signing.coverage = Coverage::Except(vec!["OFD.xml".to_owned()]);
        }
        signing.sign(&mut package).unwrap();
    }
    let judgement = judged(&hierarchy, &package);
    let integrities: Vec<Integrity> =
        judgement.signatures.iter().map(|signature| signature.integrity).collect();
    assert_eq!(integrities, [Integrity::Intact; 2]);
}

#[test]
fn a_listed_package_with_a_nested_picture_is_genuine() {
    let hierarchy = hierarchy();
    let signer = hierarchy.signer("样例局").unwrap();
    let signers = SealSigners::certificates(&[&signer]);
    let mut draft = SealDraft::new(Layout::Gb2020, "1", "样例局", signers, validity()).unwrap();
    let nested = Document::plain("e".repeat(32), sealed(), "印").package().unwrap();
    draft.picture =
        Picture { format: "ofd".to_owned(), data: nested.to_zip().unwrap(), width: 40, height: 40 };
    let seal = draft.sign(&hierarchy.maker).unwrap();
    let mut package = unsigned();
    list_entries(&mut package, &signer, sealed()).unwrap();
    Signing::new(&signer, Method::Seal(&seal), sealed()).sign(&mut package).unwrap();
    assert_genuine(&judged(&hierarchy, &package), "listed");
}

#[test]
fn a_subordinate_authority_is_found_where_it_is_given() {
    let root = Authority::root(&Seed::new("deep"), Name::new("样例机构", "Root"), validity()).unwrap();
    let middle = root.subordinate(Name::new("样例机构", "Middle"), validity()).unwrap();
    let signer = middle.issue(Profile::Signer, Name::new("样例局", "Signer"), validity()).unwrap();
    let maker = middle.issue(Profile::Signer, Name::new("样例机构", "Maker"), validity()).unwrap();
    let signers = SealSigners::certificates(&[&signer]);
    let draft = SealDraft::new(Layout::Gb2020, "1", "样例局", signers, validity()).unwrap();
    let seal = draft.sign(&maker).unwrap();
    let mut sealed_package = unsigned();
    Signing::new(&signer, Method::Seal(&seal), sealed()).sign(&mut sealed_package).unwrap();
    let file = sealed_package.to_zip().unwrap();
    let with = judged_under(&[root.certificate()], &[middle.certificate()], None, &file);
    assert_genuine(&with, "given among the intermediates");
    let without = judged_under(&[root.certificate()], &[], None, &file);
    assert_eq!(without.verdict(), Verdict::Undetermined);

    // CMS carries the certificates on the way.
    let mut package = unsigned();
    let method = Method::Cms(Flavor::SignedAttributes, Encoding::Der);
    Signing::new(&signer, method, sealed()).sign(&mut package).unwrap();
    let judgement = judged_under(&[root.certificate()], &[], None, &package.to_zip().unwrap());
    assert_genuine(&judgement, "carried by the signature");
}

#[test]
fn unsound_shapes_are_not_genuine() {
    let hierarchy = hierarchy();
    let issuer = issuer(&hierarchy, Layout::Gb2020);
    let whole = issuer.seal_license(&license(), sealed()).unwrap();

    let mut changed = whole.clone();
    changed
        .edit("Doc_0/Pages/Page_0/Content.xml", |content| {
            let last = content.last_mut().unwrap();
            *last = b'\n';
        })
        .unwrap();
    let mut stranger = unsigned();
    let other = hierarchy.signer("另一个局").unwrap();
    Signing::new(&other, Method::Seal(&issuer.seal), sealed()).sign(&mut stranger).unwrap();
    let mut encryption = unsigned();
    let name = Name::new("样例局", "Encryption");
    let half = hierarchy.root.issue(Profile::Encryption, name, validity()).unwrap();
    Signing::new(&half, Method::Cms(Flavor::SignedAttributes, Encoding::Der), sealed())
        .sign(&mut encryption)
        .unwrap();
    let mut early = unsigned();
    Signing::new(&issuer.signer, Method::Seal(&issuer.seal), at("2025-12-31T00:00:00Z"))
        .sign(&mut early)
        .unwrap();
    for (package, code) in [
        (changed, Code::ReferenceMismatch),
        (stranger, Code::SignatureSignerNotInSeal),
        (encryption, Code::ChainKeyUsage),
        (early, Code::SignatureTimeOutsideSeal),
    ] {
        let judgement = judged(&hierarchy, &package);
        assert_eq!(judgement.verdict(), Verdict::NotGenuine);
        assert!(doubts(&judgement).contains(&code.as_str()), "{:?}", doubts(&judgement));
    }
}
