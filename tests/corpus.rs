//! The judge against an independent index of real files: OFD packages, seals and seal signatures.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[path = "support/samples.rs"]
mod samples;

use std::fs;
use std::path::Path;
use std::process::Command;

use tongban::asn1::Reader;
use tongban::budget::Limits;
use tongban::clock::Timestamp;
use tongban::document::cms::SignedData;
use tongban::document::timestamp::TimestampToken;
use tongban::license::{Circumstances, judge};
use tongban::pki::{Anchors, Certificate, certificates_in};
use tongban::report::to_json;
use tongban::verdict::{Code, Integrity, Judgement, Language, Severity, Verdict};

/// The day the index was made; most certificates inside have expired since they signed.
const AT: &str = "2026-11-21T00:00:00Z";

struct Row {
    path: String,
    verdict: String,
    note: String,
}

fn rows(corpus: &Path) -> Vec<Row> {
    let index = fs::read_to_string(corpus.join("INDEX.tsv")).unwrap();
    let rows: Vec<Row> = index
        .lines()
        .skip(1)
        .map(|line| {
            let columns: Vec<&str> = line.split('\t').collect();
            Row { path: columns[0].to_owned(), verdict: columns[5].to_owned(), note: columns[6].to_owned() }
        })
        .filter(|row| row.path.starts_with("ofd/") || row.path.starts_with("seal/"))
        .collect();
    assert!(rows.len() >= 24, "the index is not whole");
    rows
}

fn judged(file: &[u8], signer: Option<&Certificate>) -> Judgement {
    let anchors = Anchors::default();
    let limits = Limits::default();
    let at = Timestamp::parse_rfc3339(AT).unwrap();
    judge(file, &Circumstances { signer, ..Circumstances::new(&anchors, at, &limits) })
}

fn integrities(judgement: &Judgement) -> Vec<Integrity> {
    judgement.signatures.iter().map(|signature| signature.integrity).collect()
}

/// Codes of all fatal reasons.
fn fatal(judgement: &Judgement) -> Vec<&'static str> {
    let own = judgement.reasons.iter();
    let of_signatures = judgement.signatures.iter().flat_map(|signature| &signature.reasons);
    own.chain(of_signatures)
        .filter(|reason| reason.code.severity() == Severity::Fatal)
        .map(|reason| reason.code.as_str())
        .collect()
}

#[test]
fn every_file_agrees_with_the_index() {
    let Some(corpus) = samples::shared("corpus") else { return };
    for row in rows(&corpus) {
        let file = fs::read(corpus.join(&row.path)).unwrap();
        let judgement = judged(&file, None);
        let (integrities, fatal) = (integrities(&judgement), fatal(&judgement));
        let place = format!("{}: {integrities:?} {fatal:?}", row.path);
        let verdict = row.verdict.split_whitespace().next().unwrap_or_default();
        match verdict {
            "CRYPTO_OK" if row.note.contains("no certificate in file") => {
                assert_eq!(integrities, [Integrity::Unchecked], "{place}");
            }
            "CRYPTO_OK" => {
                assert!(!integrities.is_empty(), "{place}");
                assert!(integrities.iter().all(|one| *one == Integrity::Intact), "{place}");
                assert!(fatal.iter().all(|code| code.starts_with("chain.")), "{place}");
            }
            "TAMPERED" => {
                let expected: Vec<Integrity> = row
                    .verdict
                    .split_once("per-sig: ")
                    .map_or("TAMPERED", |(_, each)| each.trim_end_matches(')'))
                    .split(',')
                    .map(|one| if one == "TAMPERED" { Integrity::Broken } else { Integrity::Intact })
                    .collect();
                assert_eq!(integrities, expected, "{place}");
                assert_eq!(judgement.verdict(), Verdict::NotGenuine, "{place}");
            }
            "BAD_SEAL" => {
                assert_eq!(integrities, [Integrity::Broken], "{place}");
                assert!(fatal.contains(&Code::SealBroken.as_str()), "{place}");
            }
            "SIGN_TIME_OUTSIDE_CERT" => {
                assert_eq!(integrities, [Integrity::Intact], "{place}");
                assert_eq!(judgement.verdict(), Verdict::NotGenuine, "{place}");
                assert!(fatal.contains(&Code::ChainSignerOutOfDate.as_str()), "{place}");
            }
            "UNSIGNED" => {
                assert!(integrities.is_empty(), "{place}");
                assert_eq!(judgement.verdict(), Verdict::Undetermined, "{place}");
                assert!(
                    judgement.reasons.iter().any(|reason| reason.code == Code::DocumentUnsigned),
                    "{place}"
                );
            }
            "REJECT" => {
                assert!(!fatal.is_empty(), "{place}");
                assert_eq!(judgement.verdict(), Verdict::NotGenuine, "{place}");
            }
            other => panic!("{place}: the index says `{other}`, which this test does not know"),
        }
    }
}

#[test]
fn a_certificate_given_beside_the_file_checks_a_bare_signature() {
    let Some(corpus) = samples::shared("corpus") else { return };
    let exported = Command::new("openssl")
        .args(["pkcs12", "-legacy", "-nokeys", "-clcerts", "-passin", "pass:777777", "-in"])
        .arg(corpus.join("certs/USER.p12"))
        .output();
    let pem = match exported {
        Ok(output) if output.status.success() => output.stdout,
        _ => return samples::skip("openssl 3 is needed to open USER.p12"),
    };
    let signer = certificates_in(&pem).unwrap().remove(0);
    let file = fs::read(corpus.join("ofd/DigitalSign.ofd")).unwrap();
    let judgement = judged(&file, Some(&signer));
    assert_eq!(integrities(&judgement), [Integrity::Intact]);
    assert_eq!(fatal(&judgement), [""; 0]);
}

#[test]
fn the_same_file_and_time_give_the_same_bytes() {
    let Some(corpus) = samples::shared("corpus") else { return };
    for row in rows(&corpus) {
        let file = fs::read(corpus.join(&row.path)).unwrap();
        let once = to_json(Some(&row.path), &judged(&file, None), Language::Chinese).to_string();
        let twice = to_json(Some(&row.path), &judged(&file, None), Language::Chinese).to_string();
        assert_eq!(once, twice, "{}", row.path);
    }
}

#[test]
fn no_byte_of_a_file_can_be_changed_unnoticed() {
    let Some(corpus) = samples::shared("corpus") else { return };
    let file = fs::read(corpus.join("ofd/allprotected.ofd")).unwrap();
    assert_eq!(judged(&file, None).verdict(), Verdict::Undetermined, "only the anchor is missing");
    // Every 97th byte: enough to hit each entry, header and structure of the package.
    for position in (0..file.len()).step_by(97) {
        let mut changed = file.clone();
        changed[position] ^= 0x01;
        let judgement = judged(&changed, None);
        let noticed = judgement.verdict() == Verdict::NotGenuine;
        // Times, attributes and versions in the ZIP headers are metadata that no reader takes contents from.
        assert!(
            noticed || zip_metadata(&file, position),
            "byte {position} was changed and nothing was noticed"
        );
    }
}

/// Whether `position` lies in a field of a ZIP header that carries no contents.
fn zip_metadata(file: &[u8], position: usize) -> bool {
    let find = |signature: &[u8], size: usize| {
        let from = position.saturating_sub(size - 1);
        (from..=position).rev().find(|at| file[*at..].starts_with(signature)).map(|at| position - at)
    };
    // Versions, DOS time and date in local headers; in central ones also attributes.
    let local = find(b"PK\x03\x04", 30).is_some_and(|at| matches!(at, 4 | 5 | 10..=13));
    let central = find(b"PK\x01\x02", 46).is_some_and(|at| matches!(at, 4..=7 | 12..=15 | 36..=41));
    local || central
}

/// The CMS in each `/Contents` of a PDF, its padding cut off.
fn cms_in(pdf: &[u8]) -> Vec<Vec<u8>> {
    let text = String::from_utf8_lossy(pdf);
    text.split("/Contents")
        .skip(1)
        .filter_map(|rest| rest.trim_start().strip_prefix('<')?.split_once('>'))
        .filter_map(|(hex, _)| {
            let digits: Vec<u32> = hex.chars().filter_map(|digit| digit.to_digit(16)).collect();
            let bytes: Vec<u8> =
                digits.chunks_exact(2).map(|pair| u8::try_from(pair[0] * 16 + pair[1]).unwrap()).collect();
            let length = Reader::new(&bytes, 1).any().ok()?.raw.len();
            Some(bytes[..length].to_vec())
        })
        .collect()
}

#[test]
fn timestamps_of_real_signatures_hold() {
    let Some(corpus) = samples::shared("corpus") else { return };
    let mut found = Vec::new();
    for name in ["sm2sign", "rsasign", "minimal-two-fields-signed-twice", "pades-lta-dss-indirect-arrs-test"]
    {
        let pdf = fs::read(corpus.join("pdf").join(name).with_extension("pdf")).unwrap();
        for cms in cms_in(&pdf) {
            let judgement = judged(&cms, None);
            let Some(proof) = &judgement.signatures[0].timestamp else { continue };
            let codes: Vec<&str> = judgement.signatures[0]
                .reasons
                .iter()
                .map(|reason| reason.code.as_str())
                .filter(|code| code.starts_with("timestamp."))
                .collect();
            found.push(format!("{name} {} {} {}", proof.gen_time, proof.digest, codes.join(" ")));

            // All that was missing is trust: with the authority itself as an anchor the token proves its time.
            let certificates = SignedData::parse(&cms, 32).unwrap();
            let token = TimestampToken::parse(certificates.signers[0].timestamps[0], 32).unwrap();
            let authority = token.data.certificates.iter().map(|der| Certificate::from_der(der).unwrap());
            let anchors = Anchors::new(authority.collect(), Vec::new());
            let limits = Limits::default();
            let at = Timestamp::parse_rfc3339(AT).unwrap();
            let circumstances = Circumstances { skew_millis: 0, ..Circumstances::new(&anchors, at, &limits) };
            let judgement = judge(&cms, &circumstances);
            let signature = &judgement.signatures[0];
            assert!(signature.timestamp.as_ref().unwrap().proves, "{name}: {:?}", signature.reasons);
        }
    }
    // Imprint, attributes, bound certificate and value hold in all: nothing but an anchor was missing.
    let sha256 = "2.16.840.1.101.3.4.2.1 timestamp.no_anchor";
    let expected = [
        "sm2sign 2021-10-19T08:30:49Z",
        "rsasign 2021-10-19T08:19:35Z",
        "minimal-two-fields-signed-twice 2021-01-04T19:11:26Z",
        "minimal-two-fields-signed-twice 2021-01-04T19:11:51Z",
        "pades-lta-dss-indirect-arrs-test 2020-11-01T00:00:00Z",
    ];
    assert_eq!(found, expected.map(|each| format!("{each} {sha256}")));
}
