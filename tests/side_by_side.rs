//! Judgements that are confirmed together are those that are made one answer after the other, whatever else is in the batch, with
//! lanes and without, and whatever was met before.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

#[path = "support/lab.rs"]
#[allow(dead_code, reason = "only some of the lab is needed")]
mod lab;
#[path = "support/samples.rs"]
mod samples;
#[path = "support/statements.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod statements;
#[path = "support/together.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod together;

use std::fs;
use std::path::Path;

use lab::{Lab, at, sealed};
use statements::{Entry, ListDraft};
use together::judge_together;
use tongban::budget::{Budget, Limits};
use tongban::crypto::{DigestAlgorithm, Engine};
use tongban::demo::forge::pdf::{PdfFile, PdfMethod, PdfSigning};
use tongban::demo::forge::{Encoding, Flavor, Layout, Method, Package, Signing};
use tongban::license::{Circumstances, Known, Sought, judge_at_once, judge_traced};
use tongban::pki::revocation::{Evidence, EvidenceRules, ListLimits};
use tongban::pki::{Anchors, Certificate, RevocationKnowledge};
use tongban::trace::Trace;
use tongban::verdict::{Judgement, Verdict};

const NOW: &str = "2026-11-21T08:00:00Z";

/// All that is said, and all that it rests on.
fn told((judgement, trace): &(Judgement, Trace)) -> String {
    format!("{judgement:?} {trace:?}")
}

/// The judgements of `files`, so many at a time side by side.
fn side_by_side(files: &[Vec<u8>], together: usize, circumstances: &Circumstances<'_>) -> Vec<String> {
    let mut all = Vec::new();
    for chunk in files.chunks(together) {
        judge_together(chunk, circumstances, |file, judged| {
            all.push(told(&judged.unwrap_or_else(|| judge_at_once(Sought::File, file, circumstances))));
        });
    }
    all
}

/// `package`, and it with each of its files changed in one place, cut off, emptied, taken out.
fn bent(package: &Package) -> Vec<Vec<u8>> {
    let mut files = vec![package.to_zip().unwrap()];
    for entry in &package.entries {
        let length = entry.content.len();
        for place in [length / 2, length.saturating_sub(40), length.saturating_sub(1)] {
            let mut bent = package.clone();
            bent.edit(&entry.name, |content| content[place] ^= 1).unwrap();
            files.push(bent.to_zip().unwrap());
        }
        let mut bent = package.clone();
        bent.edit(&entry.name, |content| content.truncate(length / 2)).unwrap();
        files.push(bent.to_zip().unwrap());
        bent.edit(&entry.name, Vec::clear).unwrap();
        files.push(bent.to_zip().unwrap());
        bent.remove(&entry.name);
        files.push(bent.to_zip().unwrap());
    }
    files
}

/// Sound and bent files of all kinds, by a signer whom the lab's root vouches for and by one whom it does not.
fn forged(lab: &Lab) -> Vec<Vec<u8>> {
    let mut files = Vec::new();
    for layout in Layout::ALL {
        let other = Lab::with(layout);
        let step = if layout == Layout::Gb2020 { 1 } else { 3 };
        files.extend(bent(&other.sealed()).into_iter().step_by(step));
        // A seal whose maker did not sign it, and two signatures one after the other.
        let mut twice = other.unsigned();
        other.signing().sign(&mut twice).unwrap();
        other.signing().sign(&mut twice).unwrap();
        files.extend(bent(&twice).into_iter().step_by(7));
    }
    for method in [Method::Bare, Method::Cms(Flavor::SignedAttributes, Encoding::Der)] {
        let mut package = lab.unsigned();
        Signing { method, ..lab.signing() }.sign(&mut package).unwrap();
        files.extend(bent(&package).into_iter().step_by(5));
    }
    let mut pdf = PdfFile::new("a license").unwrap();
    PdfSigning::new(&lab.office.signer, PdfMethod::Seal(&lab.office.seal), sealed()).sign(&mut pdf).unwrap();
    let pdf = pdf.bytes;
    files.extend([0, pdf.len() / 4, pdf.len() / 2, pdf.len() - 300].map(|place| {
        let mut bent = pdf.clone();
        bent[place] ^= 1;
        bent
    }));
    files.push(pdf);
    files.extend([lab.office.seal.der.clone(), Vec::new(), b"PK\x03\x04".to_vec()]);
    files
}

fn collected(directory: &Path, files: &mut Vec<Vec<u8>>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collected(&path, files);
        } else {
            files.push(fs::read(path).unwrap());
        }
    }
}

#[test]
fn together_and_alone_say_the_same() {
    let lab = Lab::new();
    let mut files = forged(&lab);
    if let Some(corpus) = samples::shared("corpus") {
        collected(&corpus, &mut files);
    }
    let (anchors, limits) = (lab.anchors(), Limits::default());
    let usual = Circumstances::new(&anchors, at(NOW), &limits);
    let alone: Vec<String> =
        files.iter().map(|file| told(&judge_at_once(Sought::File, file, &usual))).collect();
    assert!(alone.iter().filter(|told| told.contains("Trusted")).count() > 20);
    let known = Known::new(16, 1 << 20);
    for (engine, known, together) in [
        (Engine::detect(), None, files.len()),
        (Engine::detect(), Some(&known), 1),
        // What was learned in the round before is known in this one.
        (Engine::detect(), Some(&known), 16),
        (Engine::portable(), Some(&known), 5),
        (Engine::portable(), None, 3),
    ] {
        let circumstances = Circumstances { engine, known, ..usual };
        let together = side_by_side(&files, together, &circumstances);
        assert_eq!(together.len(), alone.len());
        for (at, (alone, together)) in alone.iter().zip(&together).enumerate() {
            assert_eq!(alone, together, "file {at} under {engine:?}");
        }
    }
    assert!(known.facts.bytes() > 0 && known.signers.tables() > 0);
}

/// What is known of a signer makes nothing true that no longer is.
#[test]
fn whatever_ends_trust_ends_it_for_known_signers() {
    let lab = Lab::new();
    let file = lab.sealed().to_zip().unwrap();
    let (anchors, limits) = (lab.anchors(), Limits::default());
    let known = Known::new(16, 1 << 20);
    let usual = Circumstances { known: Some(&known), ..Circumstances::new(&anchors, at(NOW), &limits) };
    for _ in 0..20 {
        let (judgement, _) = judge_traced(Sought::File, &file, &usual);
        assert_eq!(judgement.verdict(), Verdict::Genuine);
    }
    assert!(known.facts.bytes() > 0 && known.signers.tables() > 0);

    let sha256 = |der: &[u8]| DigestAlgorithm::Sha256.digest(der);
    let signer = Certificate::from_der(&lab.office.signer.certificate).unwrap();
    let suspended = |der: &[u8]| lab.anchors().suspending([sha256(der)].into_iter().collect(), [].into());
    let root = lab.hierarchy.root.certificate();
    let (no_root, no_signer) = (suspended(root), suspended(signer.der()));
    let no_maker = suspended(&lab.hierarchy.maker.certificate);
    let none = Anchors::default();
    let evidence = revoking(&lab, &signer);
    let revocation = Some(RevocationKnowledge { evidence: &evidence, rules: EvidenceRules::default() });
    let changes = [
        ("suspended root", Circumstances { anchors: &no_root, ..usual }),
        ("suspended signer", Circumstances { anchors: &no_signer, ..usual }),
        ("suspended maker", Circumstances { anchors: &no_maker, ..usual }),
        ("no anchors", Circumstances { anchors: &none, ..usual }),
        ("revoked signer", Circumstances { revocation, ..usual }),
        ("before it was sealed", Circumstances { at: at("2026-01-02T00:00:00Z"), ..usual }),
        ("after all expired", Circumstances { at: at("2040-01-01T00:00:00Z"), ..usual }),
    ];
    for (change, circumstances) in changes {
        let (judgement, trace) = judge_traced(Sought::File, &file, &circumstances);
        let afresh = judge_at_once(Sought::File, &file, &Circumstances { known: None, ..circumstances });
        if change != "after all expired" {
            assert_ne!(judgement.verdict(), Verdict::Genuine, "{change}");
        }
        assert_eq!(told(&(judgement, trace)), told(&afresh), "{change}");
    }
}

/// Nobody gets into what is known whom no anchor vouches for, and nothing that does not hold.
#[test]
fn strangers_and_forgeries_leave_nothing_behind() {
    let lab = Lab::new();
    let (limits, none, anchors) = (Limits::default(), Anchors::default(), lab.anchors());
    let known = Known::new(16, 1 << 20);
    let file = lab.sealed().to_zip().unwrap();
    let under = |anchors, known, file: &[u8]| {
        let circumstances =
            Circumstances { known: Some(known), ..Circumstances::new(anchors, at(NOW), &limits) };
        judge_traced(Sought::File, file, &circumstances);
    };
    for _ in 0..20 {
        under(&none, &known, &file);
    }
    assert_eq!((known.facts.bytes(), known.signers.tables()), (0, 0));
    // Files of which some part was bent that no signature covers teach what a sound one does, and others nothing.
    for forgery in bent(&lab.sealed()).iter().skip(1) {
        under(&anchors, &known, forgery);
    }
    let of_sound = Known::new(16, 1 << 20);
    for known in [&known, &of_sound] {
        under(&anchors, known, &file);
    }
    assert_eq!(known.facts.bytes(), of_sound.facts.bytes());
}

/// A list by the lab's root with the signer on it, revoked before the license was sealed.
fn revoking(lab: &Lab, signer: &Certificate) -> Evidence {
    let root = Certificate::from_der(lab.hierarchy.root.certificate()).unwrap();
    let entry = Entry::new(signer, "2026-02-01", 1);
    let list = ListDraft::new(&root, "2026-11-20", "2026-11-28").with(entry).sign(lab.hierarchy.root.key());
    let lists = [("here".to_owned(), list.as_slice())];
    let mut budget = Budget::new(Limits::default());
    let (evidence, unusable) =
        Evidence::gather(lists, [], std::slice::from_ref(&root), &ListLimits::default(), &mut budget);
    assert!(unusable.is_empty(), "{unusable:?}");
    evidence
}
