//! Signed PDF that the forge makes, sound and attacked by class, each with the verdict and the reasons it must get.
//! The table is `tests/golden/pdf.tsv`; with `UPDATE_GOLDEN=1` the test rewrites it, to be reviewed as a diff.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

mod desk;
mod file;
mod forgery;
#[path = "../support/golden.rs"]
mod golden;
#[path = "../support/lab.rs"]
#[expect(dead_code, reason = "only PDF is forged here")]
mod lab;
mod later;

use std::fs;
use std::path::Path;

use desk::Desk;
use file::{on_the_file, sound};
use forgery::wrapping_and_forgery;
use later::{incremental_saving, shadow, updates};
use tongban::verdict::{Judgement, TimeSource, Verdict};

/// Verdict, integrities, and all reasons but notes; notes about PDF too, because they say what was changed.
fn outcome(judgement: &Judgement) -> String {
    golden::outcome_with(judgement, |reason| {
        golden::weighs(reason) || reason.code.as_str().starts_with("pdf.")
    })
}

#[test]
fn every_file_gets_its_verdict_and_reasons() {
    let desk = Desk::new();
    let groups = [
        sound(&desk),
        updates(&desk),
        incremental_saving(&desk),
        shadow(&desk),
        wrapping_and_forgery(&desk),
        on_the_file(&desk),
    ];
    let kept =
        std::env::var_os("KEEP_FORGED").map(|_| Path::new(env!("CARGO_TARGET_TMPDIR")).join("forged_pdf"));
    if let Some(directory) = &kept {
        fs::create_dir_all(directory).unwrap();
    }
    let mut rows = Vec::new();
    for (name, file) in groups.into_iter().flatten() {
        rows.push(format!("{name}\t{}", outcome(&desk.lab.judged(&file))));
        // For `tests/oracle_pdf.py`, which judges the same files by other means.
        if let Some(directory) = &kept {
            fs::write(directory.join(format!("{name}.pdf")), file).unwrap();
        }
    }
    golden::compare("pdf.tsv", "file\tverdict\tintegrities\treasons", &rows);
}

#[test]
fn a_document_timestamp_proves_the_time_of_what_is_under_it() {
    let desk = Desk::new();
    let cases = updates(&desk);
    let (_, file) = cases.iter().find(|(name, _)| *name == "timestamp-added").unwrap();
    let judgement = desk.lab.judged(file);
    let [signature, stamp] = judgement.signatures.as_slice() else { panic!("two signatures are there") };
    assert_eq!(signature.time_source, TimeSource::Timestamp);
    assert_eq!(signature.signed_at, stamp.signed_at);
    let proof = signature.timestamp.as_ref().unwrap();
    assert!(proof.proves);
    assert_eq!(signature.coverage.as_ref().unwrap().uncovered_total, 1);
    assert!(stamp.coverage.as_ref().unwrap().complete);
}

#[test]
fn no_signed_byte_can_be_changed_unnoticed() {
    let desk = Desk::new();
    let cases = sound(&desk);
    for name in ["seal-2020", "cms-gbt35275", "objects-and-xref-in-streams"] {
        let (_, file) = cases.iter().find(|(known, _)| *known == name).unwrap();
        let gap = file.windows(2).position(|window| window == b"<3").unwrap();
        let end = gap + file[gap..].iter().position(|byte| *byte == b'>').unwrap();
        for position in (0..=gap).chain(end..file.len() - 1).step_by(3) {
            let mut changed = file.clone();
            changed[position] ^= 0x01;
            let judgement = desk.lab.judged(&changed);
            assert_ne!(
                judgement.verdict(),
                Verdict::Genuine,
                "{name}: byte {position} was changed unnoticed"
            );
        }
    }
}
