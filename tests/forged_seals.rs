//! Seals with unusual pictures and lists of signers, each with the outcome it must get, notes included.
//! The table is `tests/golden/seals.tsv`; with `UPDATE_GOLDEN=1` the test rewrites it, to be reviewed as a diff.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[path = "support/golden.rs"]
mod golden;
#[path = "support/lab.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod lab;

use lab::{Lab, at, sealed, validity};
use tongban::crypto::DigestAlgorithm;
use tongban::demo::forge::{
    Document, Identity, Layout, Member, Method, Picture, SealDraft, SealSigners, Signing, archive,
};
use tongban::verdict::Judgement;

/// The license under a seal that `change` has bent before it was made.
fn under(lab: &Lab, layout: Layout, change: impl FnOnce(&mut SealDraft)) -> Judgement {
    let signer = &lab.office.signer;
    let signers = SealSigners::certificates(&[signer]);
    let mut draft = SealDraft::new(layout, "1", "样例局", signers, validity()).unwrap();
    change(&mut draft);
    let seal = draft.sign(&lab.hierarchy.maker).unwrap();
    let mut package = lab.unsigned();
    Signing::new(signer, Method::Seal(&seal), sealed()).sign(&mut package).unwrap();
    lab.judged(&package.to_zip().unwrap())
}

fn pictured(lab: &Lab, format: &str, data: &[u8]) -> Judgement {
    under(lab, Layout::Gb2020, |draft| {
        draft.picture = Picture { format: format.to_owned(), data: data.to_vec(), width: 40, height: 40 };
    })
}

fn pictures(lab: &Lab) -> Vec<(&'static str, Judgement)> {
    let nested = Document::plain("e".repeat(32), sealed(), "印").package().unwrap();
    let package = nested.to_zip().unwrap();
    let deeper = |name: &str| {
        let mut nested = nested.clone();
        nested.put(name, package.clone());
        nested.to_zip().unwrap()
    };
    let member = |name: &str| Member::new(name, b"x", false, at("2026-03-01T00:00:00Z")).unwrap();
    let twice = archive(&[member("OFD.xml"), member("ofd.xml")]).unwrap();
    let rootless = archive(&[member("Document.xml")]).unwrap();
    let crowd: Vec<Member> = (0..10_001).map(|number| member(&format!("{number}.xml"))).collect();
    let png = Picture::round_seal().unwrap().data;
    vec![
        ("png", pictured(lab, "PNG", &png)),
        ("png-in-small-letters", pictured(lab, "png", &png)),
        ("png-said-to-be-gif", pictured(lab, "GIF", &png)),
        ("gif", pictured(lab, "GIF", b"GIF89a")),
        ("jpeg", pictured(lab, "jpg", &[0xff, 0xd8, 0xff, 0xe0])),
        ("bmp", pictured(lab, "BMP", b"BM")),
        ("empty", pictured(lab, "PNG", b"")),
        ("unknown-format", pictured(lab, "svg", b"<svg/>")),
        ("unknown-format-of-png", pictured(lab, "svg", &png)),
        ("package", pictured(lab, "ofd", &package)),
        ("package-said-to-be-png", pictured(lab, "PNG", &package)),
        ("png-said-to-be-package", pictured(lab, "ofd", &png)),
        ("package-garbage", pictured(lab, "ofd", b"garbage")),
        ("package-cut-off", pictured(lab, "ofd", &package[..package.len() / 2])),
        ("package-with-two-roots", pictured(lab, "ofd", &twice)),
        ("package-without-root", pictured(lab, "ofd", &rootless)),
        ("package-in-package", pictured(lab, "ofd", &deeper("Doc_0/Res/picture.OFD"))),
        ("seal-in-package", pictured(lab, "ofd", &deeper("Doc_0/Signs/Sign_0/Seal.esl"))),
        ("package-of-too-many", pictured(lab, "ofd", &archive(&crowd).unwrap())),
    ]
}

fn lists(lab: &Lab) -> Vec<(&'static str, Judgement)> {
    let signer = &lab.office.signer;
    let other = lab.hierarchy.signer("另一个局").unwrap();
    let plain = |algorithm: DigestAlgorithm, identity: &Identity| {
        algorithm.digest(&identity.certificate).as_ref().to_vec()
    };
    let prefixed = |key: &Identity, certificate: &Identity| {
        let key = key.key().public_key().unwrap();
        key.prefixed_digest(&certificate.certificate).unwrap().as_ref().to_vec()
    };
    let listed = |kind: &str, digests: &[Vec<u8>]| {
        let digests = digests.iter().map(|digest| (kind.to_owned(), digest.clone())).collect();
        under(lab, Layout::Gb2020, |draft| draft.signers = SealSigners::Digests(digests))
    };
    let sm3 = DigestAlgorithm::Sm3;
    vec![
        ("digest", listed("SM3", &[plain(sm3, signer)])),
        ("digest-by-identifier", listed(sm3.oid(), &[plain(sm3, signer)])),
        ("digest-sha256", listed("SHA-256", &[plain(DigestAlgorithm::Sha256, signer)])),
        ("digest-under-another-name", listed("SHA-256", &[plain(sm3, signer)])),
        ("digest-of-another", listed("SM3", &[plain(sm3, &other)])),
        ("digest-with-identity", listed("SM3", &[prefixed(signer, signer)])),
        ("digest-with-identity-second", listed("SM3", &[plain(sm3, &other), prefixed(signer, signer)])),
        ("digest-in-both-forms", listed("SM3", &[prefixed(signer, signer), plain(sm3, signer)])),
        ("digest-with-another-identity", listed("SM3", &[prefixed(&other, signer)])),
        ("digest-with-identity-of-another", listed("SM3", &[prefixed(&other, &other)])),
        ("digest-with-identity-under-another-name", listed("SHA-256", &[prefixed(signer, signer)])),
        ("no-digests", listed("SM3", &[])),
    ]
}

#[test]
fn every_seal_gets_its_reasons() {
    let lab = Lab::new();
    let rows: Vec<String> = [pictures(&lab), lists(&lab)]
        .into_iter()
        .flatten()
        .map(|(name, judgement)| {
            let signature = &judgement.signatures[0];
            let mut codes: Vec<&str> = signature
                .reasons
                .iter()
                .map(|reason| reason.code.as_str())
                .filter(|code| !["chain.revocation_unchecked", "signature.time_claimed_only"].contains(code))
                .collect();
            codes.sort_unstable();
            codes.dedup();
            let (verdict, integrity) = (judgement.verdict().as_str(), signature.integrity.as_str());
            format!("{name}\t{verdict}\t{integrity}\t{}", codes.join(" "))
        })
        .collect();
    golden::compare("seals.tsv", "seal\tverdict\tintegrity\treasons", &rows);
}
