//! The judge against an independent index of signed PDF files. Where it judges differently, the reviewed table
//! `tests/corpus_pdf_divergences.tsv` says how and why; an agreement that the table does not expect fails as well.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[path = "support/samples.rs"]
mod samples;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use tongban::budget::Limits;
use tongban::clock::Timestamp;
use tongban::license::{Circumstances, judge};
use tongban::pki::Anchors;
use tongban::report::to_json;
use tongban::verdict::{Code, Integrity, Judgement, Language, Reason, Severity, SignatureJudgement, Verdict};

/// The day the index was made.
const AT: &str = "2026-11-21T00:00:00Z";

/// Changes after signing that only serve later validation.
const FOR_ARCHIVES: [&str; 4] =
    ["pdf.security_store_added", "pdf.timestamp_added", "pdf.metadata_changed", "pdf.field_added"];
/// Changes that a form is there for.
const FOR_FORMS: [&str; 4] =
    ["pdf.signature_added", "pdf.signature_shown", "pdf.form_filled", "pdf.form_filled_unasked"];

struct Row {
    path: String,
    verdict: String,
    note: String,
}

fn rows(corpus: &Path) -> Vec<Row> {
    let index = fs::read_to_string(corpus.join("INDEX.tsv")).unwrap();
    let rows: Vec<Row> = index
        .lines()
        .map(|line| line.split('\t').map(str::to_owned).collect::<Vec<_>>())
        .filter(|columns| columns[0].starts_with("pdf/"))
        .map(|columns| Row {
            path: columns[0].clone(),
            verdict: columns[5].clone(),
            note: columns[6].clone(),
        })
        .collect();
    assert!(rows.len() >= 51, "the index is not whole");
    rows
}

fn judged(file: &[u8]) -> Judgement {
    let anchors = Anchors::default();
    let limits = Limits::default();
    let at = Timestamp::parse_rfc3339(AT).unwrap();
    judge(file, &Circumstances::new(&anchors, at, &limits))
}

fn is_fatal(reason: &Reason) -> bool {
    reason.code.severity() == Severity::Fatal
}

/// Fatal reasons, those about trust and dates aside: the index does not judge them.
fn fatal(judgement: &Judgement) -> Vec<&'static str> {
    let own = judgement.reasons.iter();
    own.chain(judgement.signatures.iter().flat_map(|signature| &signature.reasons))
        .filter(|reason| is_fatal(reason))
        .map(|reason| reason.code.as_str())
        .filter(|code| !code.starts_with("chain."))
        .collect()
}

/// What was changed after a signature, or is wrong with its range.
fn of_pdf(signature: &SignatureJudgement) -> Vec<Code> {
    let codes = signature.reasons.iter().map(|reason| reason.code);
    codes.filter(|code| code.as_str().starts_with("pdf.") && *code != Code::PdfSubFilter).collect()
}

/// How the judgement differs from what the index says, if it does.
fn difference(row: &Row, judgement: &Judgement) -> Option<String> {
    let fatal = fatal(judgement);
    match row.verdict.split_whitespace().next().unwrap_or_default() {
        "REJECT" if fatal.is_empty() => return Some("accepted".to_owned()),
        "REJECT" => return None,
        "CRYPTO_OK" | "MODIFIED_AFTER_SIGNING" => {}
        other => panic!("{}: the index says `{other}`, which this test does not know", row.path),
    }
    if judgement.signatures.is_empty() {
        return Some("no signature was found".to_owned());
    }
    let facts: Vec<&str> = row.note.split(" || ").filter(|fact| fact.contains(" /")).collect();
    for (fact, signature) in facts.iter().zip(&judgement.signatures) {
        if let Some(difference) = of_signature(fact, signature) {
            return Some(format!("{}: {difference}", signature.id));
        }
    }
    if row.note.contains(" || ") && facts.len() != judgement.signatures.len() {
        return Some(format!("{} signatures were found", judgement.signatures.len()));
    }
    match (row.verdict.as_str(), fatal.is_empty()) {
        ("CRYPTO_OK", false) => Some(format!("refused for {}", fatal.join(" "))),
        ("MODIFIED_AFTER_SIGNING", true) => Some("accepted".to_owned()),
        _ => None,
    }
}

/// Compares one signature with what the index says: `NAME /SUBFILTER … intact True … cov RANGE mod LEVEL …`.
fn of_signature(fact: &str, signature: &SignatureJudgement) -> Option<String> {
    let word = |after: &str| {
        let mut words = fact.split_whitespace();
        words.find(|word| *word == after).and_then(|_| words.next())
    };
    let codes = of_pdf(signature);
    let complete = signature.coverage.as_ref().is_some_and(|coverage| coverage.complete);
    let only = |allowed: &[&str]| codes.iter().all(|code| allowed.contains(&code.as_str()));
    let severe = codes.iter().any(|code| code.severity() == Severity::Fatal);
    match word("cov") {
        // A range that is out of order is judged before what it covers.
        Some("UNCLEAR" | "CONTIGUOUS_BLOCK_FROM_START") => {
            let named = codes.iter().any(|code| code.as_str().starts_with("pdf.byte_range"));
            return (!named).then(|| "the range of bytes is found in order".to_owned());
        }
        _ if word("intact") == Some("True") && signature.integrity != Integrity::Intact => {
            return Some("not intact".to_owned());
        }
        Some("ENTIRE_FILE") if !complete => return Some("does not cover the whole file".to_owned()),
        Some("ENTIRE_REVISION") if complete => return Some("covers the whole file".to_owned()),
        _ => {}
    }
    match word("mod") {
        Some("NONE") if !codes.is_empty() => Some(format!("changes were found: {codes:?}")),
        Some("LTA_UPDATES") if !only(&FOR_ARCHIVES) => Some(format!("more changes were found: {codes:?}")),
        Some("FORM_FILLING") if !only(&[&FOR_ARCHIVES[..], &FOR_FORMS].concat()) => {
            Some(format!("more changes were found: {codes:?}"))
        }
        Some("OTHER") if !severe => Some("modified after signing, and no change was found".to_owned()),
        _ => None,
    }
}

#[test]
fn every_file_agrees_with_the_index_or_differs_as_reviewed() {
    let Some(corpus) = samples::shared("corpus") else { return };
    let table = include_str!("corpus_pdf_divergences.tsv");
    let mut reviewed: BTreeMap<&str, &str> = BTreeMap::new();
    for line in table.lines().skip(1) {
        let columns: Vec<&str> = line.split('\t').collect();
        let [path, differs, reason] = columns[..] else { panic!("a row of the table has no reason: {line}") };
        assert!(reason.len() > 20, "{path}: the reason says nothing");
        reviewed.insert(path, differs);
    }
    let mut faults = Vec::new();
    for row in rows(&corpus) {
        let judgement = judged(&fs::read(corpus.join(&row.path)).unwrap());
        let found = difference(&row, &judgement);
        let expected = reviewed.remove(row.path.as_str());
        if found.as_deref() != expected {
            faults.push(format!("{}: expected {expected:?}, found {found:?}", row.path));
        }
    }
    faults.extend(reviewed.keys().map(|path| format!("{path}: reviewed and not in the index")));
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn algorithms_and_kinds_that_the_index_lacks_are_checked() {
    // Made by `tests/oracle_pdf.py make` with other libraries.
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples");
    for (name, integrity, code) in [
        ("ecdsa-p256", Integrity::Intact, None),
        ("ed25519", Integrity::Intact, None),
        ("rsa-pss", Integrity::Intact, None),
        ("rsa-pss-long-salt", Integrity::Unchecked, Some(Code::SignatureAlgorithm)),
        ("ecdsa-p521", Integrity::Unchecked, Some(Code::SignatureAlgorithm)),
        ("ed448", Integrity::Unchecked, Some(Code::SignatureAlgorithm)),
        ("pkcs7-sha1", Integrity::Intact, Some(Code::SignatureWeak)),
        ("x509-rsa-sha1", Integrity::Intact, Some(Code::SignatureWeak)),
    ] {
        let file = fs::read(samples.join(format!("{name}.pdf"))).unwrap();
        let judgement = judged(&file);
        let [signature] = judgement.signatures.as_slice() else { panic!("{name}: not one signature") };
        assert_eq!(signature.integrity, integrity, "{name}: {:?}", signature.reasons);
        let codes: Vec<Code> = signature.reasons.iter().map(|reason| reason.code).collect();
        assert!(code.is_none_or(|code| codes.contains(&code)), "{name}: {codes:?}");
        // One changed byte of what is signed, in the middle of the page tree.
        let mut changed = file.clone();
        let at = file.windows(9).position(|window| window == b"/MediaBox").unwrap() + 12;
        changed[at] ^= 1;
        assert_ne!(judged(&changed).signatures[0].integrity, Integrity::Intact, "{name}");
    }
}

#[test]
fn a_damaged_structure_is_refused_with_its_reason() {
    let Some(corpus) = samples::shared("corpus") else { return };
    for (name, code) in [
        ("minimal-illegal-header", Code::PdfHeader),
        ("minimal-startxref-hopeless", Code::PdfXref),
        ("minimal-startxref-hopeless2", Code::PdfXref),
        ("minimal-startxref-hopeless3", Code::PdfXref),
        ("form-tree-circular-ref-input", Code::PdfStructure),
        ("malformed-encrypt-dict2", Code::PdfEncrypted),
        ("minimal-with-field-rc4", Code::PdfEncrypted),
        ("signed-encrypted-pubkey-with-catalog-ref", Code::PdfEncrypted),
    ] {
        let judgement = judged(&fs::read(corpus.join(format!("pdf/{name}.pdf"))).unwrap());
        let codes: Vec<Code> = judgement.reasons.iter().map(|reason| reason.code).collect();
        assert_eq!(codes, [code], "{name}");
        assert_eq!(judgement.verdict(), Verdict::NotGenuine, "{name}");
    }
}

#[test]
fn the_same_file_and_time_give_the_same_bytes() {
    let Some(corpus) = samples::shared("corpus") else { return };
    for row in rows(&corpus) {
        let file = fs::read(corpus.join(&row.path)).unwrap();
        let once = to_json(Some(&row.path), &judged(&file), Language::Chinese).to_string();
        let twice = to_json(Some(&row.path), &judged(&file), Language::Chinese).to_string();
        assert_eq!(once, twice, "{}", row.path);
    }
}

#[test]
fn no_signed_byte_can_be_changed_unnoticed() {
    let Some(corpus) = samples::shared("corpus") else { return };
    for name in ["sm2sign", "pades-with-old-style-signing-cert-attr", "minimal-two-fields-signed-twice"] {
        let file = fs::read(corpus.join(format!("pdf/{name}.pdf"))).unwrap();
        let sound = judged(&file);
        assert!(sound.signatures.iter().all(|signature| signature.integrity == Integrity::Intact), "{name}");
        // Every 211th byte: enough to hit each object, stream, table and both sides of each gap.
        for position in (0..file.len()).step_by(211) {
            let mut changed = file.clone();
            changed[position] ^= 0x01;
            let judgement = judged(&changed);
            let noticed = !fatal(&judgement).is_empty();
            assert!(noticed || in_value(&file, position), "{name}: byte {position} was changed unnoticed");
        }
    }
}

/// Whether `position` lies in a signature's value, of which certificates and timestamps are not signed themselves.
fn in_value(file: &[u8], position: usize) -> bool {
    let digits =
        |bytes: &mut dyn Iterator<Item = &u8>| bytes.take_while(|byte| byte.is_ascii_hexdigit()).count();
    digits(&mut file[position..].iter()) + digits(&mut file[..position].iter().rev()) > 1000
}
