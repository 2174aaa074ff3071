//! Lists and OCSP responses as they are written: what breaks the rules is refused with the reason, what is bent never verifies.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

#[path = "support/scene.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod scene;
#[path = "support/statements.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod statements;

use proptest::prelude::*;
use scene::Scene;
use statements::{AnswerDraft, Entry, Said, at, extension};
use tongban::asn1::{tag, write};
use tongban::budget::{Budget, Limits};
use tongban::pki::revocation::{Answer, AnswerError, List, ListError, ListLimits};

#[test]
fn a_nonce_that_was_sent_must_return() {
    let scene = Scene::new();
    let draft = AnswerDraft::new(&scene.signer, &scene.sub_certificate, Said::Good);
    let sign = |nonce: Option<&[u8]>| {
        AnswerDraft { nonce: nonce.map(<[u8]>::to_vec), ..draft.clone() }
            .sign(&scene.sub_certificate, scene.sub.key())
    };
    let load = |der: &[u8], nonce| {
        Answer::load(der, nonce, &[], &mut Budget::new(Limits::default())).map(|answer| answer.len())
    };
    let sent: &[u8] = &[7; 32];
    assert_eq!(load(&sign(Some(sent)), Some(sent)), Ok(1));
    assert_eq!(load(&sign(Some(sent)), None), Ok(1));
    assert_eq!(load(&sign(Some(&[8; 32])), Some(sent)), Err(AnswerError::NonceDiffers));
    assert_eq!(load(&sign(None), Some(sent)), Err(AnswerError::NonceMissing));
    // tryLater, and a type that is not basic.
    assert_eq!(load(&[0x30, 3, 0x0a, 1, 3], None), Err(AnswerError::Refused(3)));
}

fn load(der: &[u8]) -> Result<List, ListError> {
    List::load(der, &[], &ListLimits::default(), &mut Budget::new(Limits::default()))
}

#[test]
fn lists_that_break_the_rules_are_refused_with_the_reason() {
    let scene = Scene::new();
    let key = scene.sub.key();
    let list = || scene.list("2026-11-20", "2026-11-27");
    let entry = |serial: &[u8], extensions: &[u8]| {
        let date = write::utc_time(at("2026-01-01")).unwrap();
        write::sequence(&[&write::tlv(tag::INTEGER, serial), &date, extensions])
    };
    let entries = |extensions: &[Vec<u8>]| {
        load(&list().sign_over(&entry(&[1], &write::sequence(&[&extensions.concat()])), key)).unwrap_err()
    };
    let malformed = |id: &str| ListError::ExtensionMalformed(id.to_owned());
    let reason = extension("2.5.29.21", false, &[0x0a, 1, 1]);
    assert_eq!(entries(&[reason.clone(), reason]), ListError::ExtensionTwice("2.5.29.21".to_owned()));
    assert_eq!(entries(&[extension("2.5.29.21", false, &[0x0a, 1, 7])]), malformed("2.5.29.21"));
    assert_eq!(entries(&[extension("2.5.29.24", false, &[5, 0])]), malformed("2.5.29.24"));
    let unknown = || ListError::UnhandledCritical("2.999.1".to_owned());
    assert_eq!(entries(&[extension("2.999.1", true, &[5, 0])]), unknown());
    // Another issuer's certificates are for indirect lists only.
    let issuer = write::sequence(&[&write::tlv(0xa4, scene.root_certificate.subject_der())]);
    assert_eq!(entries(&[extension("2.5.29.29", true, &issuer)]), malformed("2.5.29.29"));

    let extended =
        |id: &str, critical, der: &[u8]| load(&list().extended(id, critical, der).sign(key)).unwrap_err();
    assert_eq!(extended("2.999.1", true, &[5, 0]), unknown());
    assert_eq!(extended("2.5.29.20", false, &[2, 1, 0xff]), malformed("2.5.29.20"));
    let two_kinds = write::sequence(&[&write::tlv(0x81, &[0xff]), &write::tlv(0x82, &[0xff])]);
    assert_eq!(extended("2.5.29.28", true, &two_kinds), malformed("2.5.29.28"));
    let twice = list().numbered(1, None).numbered(2, None).sign(key);
    assert_eq!(load(&twice).unwrap_err(), ListError::ExtensionTwice("2.5.29.20".to_owned()));

    assert_eq!(load(&list().sign_over(&entry(&[1; 256], &[]), key)).unwrap_err(), ListError::SerialTooLong);
    let many: Vec<u8> = (1..=4_u8).flat_map(|serial| entry(&[serial], &[])).collect();
    let limits = ListLimits { entries: 3, ..ListLimits::default() };
    let load_within = |limits: &ListLimits| {
        List::load(&list().sign_over(&many, key), &[], limits, &mut Budget::new(Limits::default()))
    };
    assert_eq!(load_within(&limits).unwrap_err(), ListError::TooLarge);
    assert_eq!(load_within(&ListLimits { bytes: 99, ..limits }).unwrap_err(), ListError::TooLarge);
    assert_eq!(load_within(&ListLimits::default()).unwrap().len(), 4);
}

#[test]
fn serial_numbers_are_told_apart_by_value() {
    let scene = Scene::new();
    let date = write::utc_time(at("2026-01-01")).unwrap();
    let entries: Vec<u8> = [&[0xff_u8][..], &[0, 0, 5], &[9], &[9]]
        .iter()
        .flat_map(|serial| write::sequence(&[&write::tlv(tag::INTEGER, serial), &date]))
        .collect();
    let list = load(&scene.list("2026-11-20", "2026-11-27").sign_over(&entries, scene.sub.key())).unwrap();
    assert_eq!(list.len(), 3, "one of two alike is kept");
    let has = |serial: &[u8]| list.find(scene.sub_certificate.subject_name(), serial).is_some();
    assert!(has(&[0xff]) && !has(&[0, 0xff]), "-1 and 255");
    assert!(has(&[5]) && has(&[0, 5]) && has(&[9]) && !has(&[10]));
    assert!(list.find(scene.root_certificate.subject_name(), &[9]).is_none());
}

/// A list and a response with every part that is read.
fn samples() -> [Vec<u8>; 2] {
    let scene = Scene::new();
    let entry = Entry { invalid_since: Some("2026-03-01"), ..Entry::new(&scene.signer, "2026-06-01", 1) };
    let issuer = write::sequence(&[&write::tlv(0xa4, scene.root_certificate.subject_der())]);
    let list = scene
        .list("2026-11-20", "2026-11-27")
        .with(entry.clone())
        .numbered(7, Some(6))
        .extended(
            "2.5.29.28",
            true,
            &write::sequence(&[&write::tlv(0x83, &[5, 0x60]), &write::tlv(0x84, &[0xff])]),
        )
        .extended(
            "2.5.29.46",
            false,
            &write::sequence(&[&write::sequence(&[&write::tlv(0xa2, &issuer[2..])])]),
        )
        .sign(scene.sub.key());
    let (responder, key) = scene.appointed("Responder", true);
    let draft = AnswerDraft::new(&scene.signer, &scene.sub_certificate, Said::Revoked(entry));
    [list, AnswerDraft { nonce: Some(vec![1; 16]), ..draft }.sign(&responder, &key)]
}

#[test]
fn truncated_evidence_is_refused() {
    let [list, answer] = samples();
    assert!(load(&list).is_ok());
    let load_answer = |der: &[u8]| Answer::load(der, None, &[], &mut Budget::new(Limits::default()));
    assert!(load_answer(&answer).is_ok());
    for end in 0..list.len() {
        assert!(load(&list[..end]).is_err(), "{end}");
    }
    for end in 0..answer.len() {
        assert!(load_answer(&answer[..end]).is_err(), "{end}");
    }
}

proptest! {
    #[test]
    fn bent_evidence_never_verifies(
        which in 0_usize..2,
        bends in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let scene = Scene::new();
        let sound = samples()[which].clone();
        let mut bent = sound.clone();
        for (place, octet) in bends {
            let place = place.index(bent.len());
            bent[place] = octet;
        }
        let authorities = [scene.sub_certificate.clone(), scene.root_certificate.clone()];
        let mut budget = Budget::new(Limits::default());
        if which == 0 {
            if let Ok(list) = List::load(&bent, &authorities, &ListLimits::default(), &mut budget) {
                prop_assert!(!list.is_verified() || bent == sound);
            }
        } else {
            let _ = Answer::load(&bent, None, &authorities, &mut budget);
        }
    }
}
