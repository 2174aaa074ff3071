//! Seals that are revoked or suspended by their identifier, and what the time of proof makes of that.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[allow(dead_code, reason = "other tests use the rest")]
#[path = "support/lab.rs"]
mod lab;

use lab::{Lab, at, validity};
use tongban::budget::Limits;
use tongban::demo::forge::{Name, Package, Profile};
use tongban::license::{Circumstances, judge};
use tongban::seal::{SealEvent, SealEventReason, SealRecord, SealRegister};
use tongban::verdict::{Judgement, Verdict};

fn judged(lab: &Lab, file: &[u8], register: &SealRegister) -> Judgement {
    let (anchors, limits) = (lab.anchors(), Limits::default());
    let usual = Circumstances::new(&anchors, at("2026-11-21T08:00:00Z"), &limits);
    judge(file, &Circumstances { seals: Some(register), ..usual })
}

/// The identifier of the lab's seal.
const ID: &str = "44990000000001";

#[test]
fn the_register_of_seals_is_asked_by_identifier_and_maker() {
    use SealEvent::Revoked;
    use SealEventReason::{Compromised, Orderly, Unstated};
    use Verdict::{Genuine, NotGenuine, Undetermined};
    let lab = Lab::new();
    let file = lab.sealed().to_zip().unwrap();
    let plain = lab.judged(&file);
    let maker = plain.signatures[0].seal.as_ref().unwrap().maker.as_ref().unwrap().sm3.clone();
    let (before, after) = ("2026-11-19T00:00:00Z", "2026-11-20T09:00:00Z");
    let (other, hold) = ("00".repeat(32), SealEvent::Suspended { until: None });
    for (id, of, event, since, reason, verdict, code, standing) in [
        (ID, None, Revoked, before, Orderly, NotGenuine, "seal.revoked", "revoked"),
        (ID, Some(maker), Revoked, after, Unstated, Undetermined, "seal.revoked_unproven", "revoked"),
        (ID, None, Revoked, after, Orderly, Genuine, "seal.revoked_since", "revoked"),
        (ID, None, hold, before, Unstated, Undetermined, "seal.suspended", "suspended"),
        (ID, Some(other), Revoked, before, Orderly, Genuine, "", "clear"),
        (ID, None, Revoked, "2026-11-22T00:00:00Z", Compromised, Genuine, "", "clear"),
        ("44990000000002", None, Revoked, before, Orderly, Genuine, "", "clear"),
    ] {
        let record = SealRecord { maker: of, event, since: at(since), reason };
        let register = SealRegister::new([(id.to_owned(), record)]);
        let judgement = judged(&lab, &file, &register);
        let signature = &judgement.signatures[0];
        assert_eq!(judgement.verdict(), verdict, "{code} {since}");
        assert_eq!(signature.seal.as_ref().unwrap().standing.state.as_str(), standing, "{code} {since}");
        let found: Vec<&str> = signature
            .reasons
            .iter()
            .map(|reason| reason.code.as_str())
            .filter(|found| found.starts_with("seal.revoked") || *found == "seal.suspended")
            .collect();
        assert_eq!(found, if code.is_empty() { vec![] } else { vec![code] }, "{since}");
        if verdict == NotGenuine {
            // A signature by a revoked seal vouches for nothing.
            assert!(judgement.license.unwrap().values.iter().all(|value| !value.covered));
        }
    }

    // A seal that comes alone is held against the present.
    let record = SealRecord { maker: None, event: Revoked, since: at(after), reason: Orderly };
    let register = SealRegister::new([(ID.to_owned(), record)]);
    let judgement = judged(&lab, &lab.office.seal.der, &register);
    assert_eq!(judgement.verdict(), NotGenuine);
}

#[test]
fn a_timestamp_outlives_the_seal() {
    let lab = Lab::new();
    let name = Name::new("样例机构", "Timestamper");
    let timestamper = lab.hierarchy.root.issue(Profile::Timestamper, name, validity()).unwrap();
    let mut package = lab.unsigned();
    let mut signing = lab.signing();
    signing.timestamper = Some(&timestamper);
    signing.sign(&mut package).unwrap();
    let record = SealRecord {
        maker: None,
        event: SealEvent::Revoked,
        since: at("2026-11-20T09:00:00Z"),
        reason: SealEventReason::Compromised,
    };
    let register = SealRegister::new([(ID.to_owned(), record)]);
    let verdict = |package: &Package| judged(&lab, &package.to_zip().unwrap(), &register).verdict();
    assert_eq!(verdict(&package), Verdict::Genuine);
    assert_eq!(verdict(&lab.sealed()), Verdict::Undetermined, "a claimed time proves nothing");
}
