//! The signed list of a package's files, sound and bent, each with the outcome it must get.
//! The table is `tests/golden/entries.tsv`; with `UPDATE_GOLDEN=1` the test rewrites it, to be reviewed as a diff.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[path = "support/golden.rs"]
mod golden;
#[path = "support/lab.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod lab;
#[path = "support/samples.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod samples;

use lab::{Lab, at, judged_under, sealed, validity};
use tongban::demo::forge::{
    Authority, Cms, Encoding, Flavor, Identity, Name, Package, Profile, Seed, Validity, list_entries,
    timestamp,
};
use tongban::pki::Anchors;
use tongban::report::{Style, to_json, to_text};
use tongban::verdict::{Integrity, Language};

const LIST: &str = "OFDEntries.xml";
const VALUE: &str = "signedvalue.dat";

fn name(text: &str) -> Name {
    Name::new("样例机构", text)
}

/// The license listed by `signer` and then sealed.
fn listed_by(lab: &Lab, signer: &Identity) -> Package {
    let mut package = lab.unsigned();
    list_entries(&mut package, signer, sealed()).unwrap();
    lab.signing().sign(&mut package).unwrap();
    package
}

/// The license sealed first; then it has a list that `change` has bent and `signer` has signed.
fn list_bent(lab: &Lab, signer: &Identity, change: impl FnOnce(String) -> String) -> Package {
    let mut package = lab.sealed();
    list_entries(&mut package, signer, sealed()).unwrap();
    let list = change(package.text(LIST).unwrap().to_owned()).into_bytes();
    let cms = Cms::new(Flavor::SignedAttributes, Encoding::Der, signer, sealed(), &list).unwrap();
    package.put(LIST, list);
    package.put(VALUE, cms.to_bytes().unwrap());
    package
}

fn with(mut package: Package, entry: &str, content: &[u8]) -> Package {
    package.put(entry, content);
    package
}

fn without(mut package: Package, entry: &str) -> Package {
    package.remove(entry).unwrap();
    package
}

fn cases(lab: &Lab) -> Vec<(&'static str, Package)> {
    let root = &lab.hierarchy.root;
    let lister = lab.hierarchy.signer("清单签名者").unwrap();
    let listed = listed_by(lab, &lister);
    let stranger = Authority::root(&Seed::new("stranger"), name("Other Root"), validity()).unwrap();
    let stranger = stranger.issue(Profile::Signer, name("Stranger"), validity()).unwrap();
    let ended = Validity { from: validity().from, until: at("2026-06-01T00:00:00Z") };
    let ended = root.issue(Profile::Signer, name("Ended"), ended).unwrap();
    let half = root.issue(Profile::Encryption, name("Encryption"), validity()).unwrap();
    let mut unsealed = lab.unsigned();
    list_entries(&mut unsealed, &lister, sealed()).unwrap();
    let extra = "<ofd:File ID=\"99\" FileLoc=\"/Doc_0/Res/smuggled.png\"/></ofd:FileList>";
    vec![
        ("listed-then-sealed", listed.clone()),
        ("sealed-then-listed", list_bent(lab, &lister, |list| list)),
        ("listed-alone", unsealed),
        ("timestamped", {
            let mut package = lab.sealed();
            list_entries(&mut package, &lister, sealed()).unwrap();
            let list = package.get(LIST).unwrap().to_vec();
            let tsa = root.issue(Profile::Timestamper, name("Timestamper"), validity()).unwrap();
            let mut cms = Cms::new(Flavor::EnclosedDigest, Encoding::Der, &lister, sealed(), &list).unwrap();
            let token = timestamp(&tsa, sealed(), &cms.signature().unwrap()).unwrap();
            cms.attach(&[token]).unwrap();
            with(package, VALUE, &cms.to_bytes().unwrap())
        }),
        ("smuggled-after-listing", with(listed.clone(), "Doc_0/Res/smuggled.png", b"\x89PNG")),
        ("smuggled-and-listed-by-hand", {
            let package = with(listed.clone(), "Doc_0/Res/smuggled.png", b"\x89PNG");
            let list = package.text(LIST).unwrap().replace("</ofd:FileList>", extra);
            with(package, LIST, list.as_bytes())
        }),
        ("listed-and-not-there", list_bent(lab, &lister, |list| list.replace("</ofd:FileList>", extra))),
        (
            "listed-outside-the-package",
            list_bent(lab, &lister, |list| list.replace("\"/OFD.xml\"", "\"/../OFD.xml\"")),
        ),
        (
            "two-lists-in-one",
            list_bent(lab, &lister, |list| {
                list.replace("</ofd:DocEntries>", "<ofd:FileList></ofd:FileList></ofd:DocEntries>")
            }),
        ),
        ("other-root-element", list_bent(lab, &lister, |list| list.replace("DocEntries", "Entries"))),
        ("not-xml", with(listed.clone(), LIST, b"<ofd:DocEntries")),
        ("value-missing", without(listed.clone(), VALUE)),
        ("value-garbage", with(listed.clone(), VALUE, b"smuggled")),
        ("value-of-another-list", {
            let mut other = lab.unsigned();
            other.put("Doc_0/Res/other.png", *b"\x89PNG");
            list_entries(&mut other, &lister, sealed()).unwrap();
            with(listed, VALUE, other.get(VALUE).unwrap())
        }),
        ("signed-without-anchor", listed_by(lab, &stranger)),
        ("signer-out-of-date", listed_by(lab, &ended)),
        ("signer-for-encryption", listed_by(lab, &half)),
    ]
}

#[test]
fn every_list_gets_its_reasons() {
    let lab = Lab::new();
    let rows: Vec<String> = cases(&lab)
        .into_iter()
        .map(|(name, package)| {
            let judgement = lab.judged(&package.to_zip().unwrap());
            let list = judgement.entry_list.as_ref().map_or("-", |list| list.signature.integrity.as_str());
            format!("{name}\t{list}\t{}", golden::outcome(&judgement))
        })
        .collect();
    golden::compare("entries.tsv", "list\tintegrity of list\tverdict\tintegrities\treasons", &rows);
}

#[test]
fn the_reports_tell_the_list_from_the_signatures() {
    let lab = Lab::new();
    let package = listed_by(&lab, &lab.hierarchy.signer("清单签名者").unwrap());
    let count = lab.unsigned().entries.len();
    let package = with(package, "Doc_0/Res/smuggled.png", b"\x89PNG");
    let judgement = lab.judged(&package.to_zip().unwrap());
    let json = to_json(None, &judgement, Language::English);
    assert_eq!(json["signatures"].as_array().unwrap().len(), 1);
    assert_eq!(json["entry_list"]["listed"], count);
    assert_eq!(json["entry_list"]["unlisted"][0], "/Doc_0/Res/smuggled.png");
    assert_eq!(json["entry_list"]["missing"].as_array().unwrap().len(), 0);
    assert_eq!(json["entry_list"]["signature"]["id"], LIST);
    assert_eq!(json["entry_list"]["signature"]["chain"]["state"], "trusted");
    let text = to_text("file", &judgement, Language::English, Style::Plain);
    assert!(text.contains("list of files OFDEntries.xml"), "{text}");
    assert!(text.contains("entries.unlisted"), "{text}");
    let plain = to_json(None, &lab.judged(&lab.sealed().to_zip().unwrap()), Language::English);
    assert!(plain["entry_list"].is_null());
}

#[test]
fn a_real_list_holds() {
    let Some(corpus) = samples::shared("corpus") else { return };
    let file = std::fs::read(corpus.join("ofd/hello-integrity.ofd")).unwrap();
    let judgement = judged_under(&Anchors::default(), &file);
    assert!(judgement.signatures.is_empty(), "the list is no signature of the document");
    let list = judgement.entry_list.unwrap();
    assert_eq!(list.signature.integrity, Integrity::Intact, "{:?}", list.signature.reasons);
    assert_eq!((list.listed, list.unlisted.len(), list.missing.len()), (5, 0, 0));
    let codes: Vec<&str> = judgement.reasons.iter().map(|reason| reason.code.as_str()).collect();
    assert_eq!(codes, ["entries.signature_untrusted", "document.unsigned"]);
}
