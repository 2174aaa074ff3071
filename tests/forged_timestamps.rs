//! Timestamps in every place that has room for one, sound and bent, each with the outcome it must get.
//! The table is `tests/golden/timestamps.tsv`; with `UPDATE_GOLDEN=1` the test rewrites it, to be reviewed as a diff.

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
#[path = "support/lab.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod lab;

use lab::{Lab, at, judged_under, sealed, validity};
use tongban::asn1::{tag, write};
use tongban::clock::Timestamp;
use tongban::crypto::DigestAlgorithm;
use tongban::demo::forge::{
    Authority, CertificateDraft, Cms, Encoding, Extension, Flavor, Identity, Layout, Method, Name, Package,
    Profile, SealDraft, SealSigners, Seed, Signing, TimestampDraft, Validity, timestamp,
};
use tongban::pki::{Anchors, Certificate};
use tongban::report::{Style, to_json, to_text};
use tongban::verdict::{Language, TimeProof, TimeSource};

type Case = (&'static str, Vec<u8>);

fn name(text: &str) -> Name {
    Name::new("样例机构", text)
}

fn until(text: &str) -> Validity {
    Validity { from: validity().from, until: at(text) }
}

fn timestamper(lab: &Lab) -> Identity {
    lab.hierarchy.root.issue(Profile::Timestamper, name("Timestamper"), validity()).unwrap()
}

/// A timestamper whose certificate `change` has bent before it was issued.
fn bent_timestamper(lab: &Lab, change: impl FnOnce(&mut CertificateDraft)) -> Identity {
    let sound = timestamper(lab);
    let root = &lab.hierarchy.root;
    let mut draft = root.draft(sound.key(), Profile::Timestamper, name("Timestamper"), validity()).unwrap();
    change(&mut draft);
    Identity::new(sound.key().clone(), root.certify(&draft).unwrap(), Vec::new())
}

/// Purposes in an extension, critical or not.
fn purposes(critical: bool, list: &[&str]) -> Extension {
    let list: Vec<u8> = list.iter().flat_map(|purpose| write::oid(purpose).unwrap()).collect();
    Extension { oid: "2.5.29.37".to_owned(), critical, value: write::sequence(&[&list]) }
}

const TIMESTAMPING: &str = "1.3.6.1.5.5.7.3.8";

fn with_purposes(lab: &Lab, critical: bool, list: &[&str]) -> Identity {
    bent_timestamper(lab, |draft| {
        let last = draft.extensions.last_mut().unwrap();
        assert_eq!(last.oid, "2.5.29.37");
        *last = purposes(critical, list);
    })
}

/// The sealed license whose signature carries the token that `make` gives for the signature's value.
fn stamped(lab: &Lab, make: impl FnOnce(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let package = lab.valued(|plan, xml, signer| {
        let mut statement = plan.statement(xml).unwrap().unwrap();
        let tbs = statement.to_tbs().unwrap();
        let value = signer.key().sign(&tbs).unwrap();
        statement.timestamp = Some(make(&value));
        statement.assemble(&tbs, &value).unwrap()
    });
    package.to_zip().unwrap()
}

/// The same with a token from a draft that `change` has bent, by the lab's timestamper.
fn drafted(lab: &Lab, change: impl FnOnce(&mut TimestampDraft)) -> Vec<u8> {
    stamped(lab, |value| {
        let mut draft = TimestampDraft::new(sealed(), DigestAlgorithm::Sm3, value);
        change(&mut draft);
        draft.to_cms(&timestamper(lab)).unwrap().to_bytes().unwrap()
    })
}

/// The same with a token that `change` has bent after it was signed.
fn assembled(lab: &Lab, change: impl FnOnce(&mut Cms)) -> Vec<u8> {
    stamped(lab, |value| {
        let draft = TimestampDraft::new(sealed(), DigestAlgorithm::Sm3, value);
        let mut cms = draft.to_cms(&timestamper(lab)).unwrap();
        change(&mut cms);
        cms.to_bytes().unwrap()
    })
}

fn by(lab: &Lab, timestamper: &Identity, when: Timestamp) -> Vec<u8> {
    stamped(lab, |value| timestamp(timestamper, when, value).unwrap())
}

/// TimeStampResp with `status` around `token`.
fn response(status: u64, token: &[u8]) -> Vec<u8> {
    write::sequence(&[&write::sequence(&[&write::unsigned(status)]), token])
}

fn signed(lab: &Lab, signing: &Signing<'_>) -> Vec<u8> {
    let mut package = lab.unsigned();
    signing.sign(&mut package).unwrap();
    package.to_zip().unwrap()
}

/// A GB/T 35275 signature that carries what `make` gives for its value.
fn attached(lab: &Lab, make: impl FnOnce(&[u8]) -> Vec<Vec<u8>>) -> Vec<u8> {
    let mut package = lab.unsigned();
    let signer = &lab.office.signer;
    let signing = Signing::new(signer, Method::Cms(Flavor::SignedAttributes, Encoding::Der), sealed());
    let plan = signing.plan(&mut package).unwrap();
    let xml = plan.to_xml();
    let mut cms = Cms::new(Flavor::SignedAttributes, Encoding::Der, signer, sealed(), &xml).unwrap();
    let tokens = make(&cms.signature().unwrap());
    cms.attach(&tokens).unwrap();
    plan.commit(&mut package, xml, cms.to_bytes().unwrap());
    package.to_zip().unwrap()
}

fn in_every_place(lab: &Lab) -> Vec<Case> {
    let tsa = timestamper(lab);
    let sealed_as = |layout: Layout| {
        let lab = Lab::with(layout);
        let mut signing = lab.signing();
        signing.timestamper = Some(&tsa);
        signed(&lab, &signing)
    };
    let cms = |flavor, encoding| {
        let mut signing = Signing::new(&lab.office.signer, Method::Cms(flavor, encoding), sealed());
        signing.timestamper = Some(&tsa);
        signed(lab, &signing)
    };
    vec![
        ("seal-2014", sealed_as(Layout::Gm2014)),
        ("seal-2020", sealed_as(Layout::Gb2020)),
        ("seal-2025", sealed_as(Layout::Gm2025)),
        ("cms-digest-inside", cms(Flavor::EnclosedDigest, Encoding::Der)),
        ("cms-attributes", cms(Flavor::SignedAttributes, Encoding::Der)),
        ("cms-ordinary-ber", cms(Flavor::OrdinaryData, Encoding::Ber)),
        ("cms-two-tokens", {
            let later = sealed().plus_millis(3_600_000);
            attached(lab, |value| {
                [later, sealed()].map(|when| timestamp(&tsa, when, value).unwrap()).to_vec()
            })
        }),
        ("cms-token-of-other-bytes", attached(lab, |_| vec![timestamp(&tsa, sealed(), b"other").unwrap()])),
        ("response", stamped(lab, |value| response(0, &timestamp(&tsa, sealed(), value).unwrap()))),
        ("response-refused", stamped(lab, |_| response(2, &[]))),
        ("ber", assembled(lab, |cms| cms.encoding = Encoding::Ber)),
        ("subordinate-authority", {
            let middle = lab.hierarchy.root.subordinate(name("Middle"), validity()).unwrap();
            let tsa = middle.issue(Profile::Timestamper, name("Below"), validity()).unwrap();
            by(lab, &tsa, sealed())
        }),
        ("2014-token-of-other-content", {
            let lab = Lab::with(Layout::Gm2014);
            let token = timestamp(&tsa, sealed(), b"other").unwrap();
            lab.stated(|statement| statement.time = write::bits(&token)).to_zip().unwrap()
        }),
        ("2014-token-without-anchor", {
            let lab = Lab::with(Layout::Gm2014);
            let stranger = stranger();
            let mut signing = lab.signing();
            signing.timestamper = Some(&stranger);
            signed(&lab, &signing)
        }),
    ]
}

fn stranger() -> Identity {
    let root = Authority::root(&Seed::new("stranger"), name("Other Root"), validity()).unwrap();
    root.issue(Profile::Timestamper, name("Stranger"), validity()).unwrap()
}

fn bent_tokens(lab: &Lab) -> Vec<Case> {
    let tsa = timestamper(lab);
    let directory_name = |name: &Name| {
        let name = write::tlv(0xa4, &name.to_der().unwrap());
        write::tlv(tag::CONTEXT_0, &name)
    };
    let extension = |critical: bool| {
        let oid = "2.999.2".to_owned();
        let extension = Extension { oid, critical, value: Vec::new() }.to_der().unwrap();
        write::tlv(tag::CONTEXT_1, &extension)
    };
    vec![
        ("garbage", stamped(lab, |_| vec![1, 2, 3])),
        ("cut-off", {
            stamped(lab, |value| {
                let mut token = timestamp(&tsa, sealed(), value).unwrap();
                token.pop();
                token
            })
        }),
        ("other-content-type", assembled(lab, |cms| cms.data_type = "1.2.840.113549.1.7.1".to_owned())),
        ("content-outside", assembled(lab, |cms| cms.enclosed = None)),
        ("version-2", drafted(lab, |draft| draft.version = 2)),
        ("extension", drafted(lab, |draft| draft.rest = extension(false))),
        ("critical-extension", drafted(lab, |draft| draft.rest = extension(true))),
        ("own-name", drafted(lab, |draft| draft.rest = directory_name(&name("Timestamper")))),
        ("other-name", drafted(lab, |draft| draft.rest = directory_name(&name("Somebody")))),
        ("other-bytes", stamped(lab, |_| timestamp(&tsa, sealed(), b"other").unwrap())),
        ("over-the-statement", stamped(lab, |_| timestamp(&tsa, sealed(), &[]).unwrap())),
        ("sha256", stamped(lab, |value| token(&tsa, DigestAlgorithm::Sha256, value))),
        ("sha1", stamped(lab, |value| token(&tsa, DigestAlgorithm::Sha1, value))),
        ("no-signer", assembled(lab, |cms| cms.signers.clear())),
        ("two-signers", assembled(lab, |cms| cms.signers.push(cms.signers[0].clone()))),
        (
            "content-changed",
            assembled(lab, |cms| {
                // The last digit of the policy.
                let content = cms.enclosed.as_mut().unwrap();
                let policy = write::oid("2.999.1").unwrap();
                let start = content.windows(policy.len()).position(|window| window == policy).unwrap();
                content[start + policy.len() - 1] = 2;
            }),
        ),
        (
            "value-changed",
            assembled(lab, |cms| {
                let last = cms.signers[0].last_mut().unwrap();
                *last ^= 1;
            }),
        ),
        (
            "algorithm-unknown",
            assembled(lab, |cms| {
                let sm2 = write::oid("1.2.156.10197.1.301.1").unwrap();
                let info = &mut cms.signers[0];
                let start = info.windows(sm2.len()).rposition(|window| window == sm2).unwrap();
                info[start + sm2.len() - 1] = 0x7f;
            }),
        ),
        ("no-attributes", assembled(lab, |cms| cms.signers[0] = plain_signer(&tsa, cms))),
        ("certificate-left-out", assembled(lab, |cms| cms.certificates.clear())),
        ("certificate-unbound", drafted(lab, |draft| draft.bound = Some(Vec::new()))),
        (
            "certificate-of-another",
            drafted(lab, |draft| draft.bound = Some(lab.office.signer.certificate.clone())),
        ),
    ]
}

fn token(tsa: &Identity, digest: DigestAlgorithm, message: &[u8]) -> Vec<u8> {
    TimestampDraft::new(sealed(), digest, message).to_cms(tsa).unwrap().to_bytes().unwrap()
}

/// A SignerInfo over the content itself.
fn plain_signer(tsa: &Identity, cms: &Cms) -> Vec<u8> {
    tongban::demo::forge::signer_info(tsa, None, cms.enclosed.as_ref().unwrap()).unwrap()
}

fn unfit_authorities(lab: &Lab) -> Vec<Case> {
    let root = &lab.hierarchy.root;
    let middle = root.subordinate(name("Ended"), until("2026-06-01T00:00:00Z")).unwrap();
    let below = middle.issue(Profile::Timestamper, name("Below"), validity()).unwrap();
    let short = root.issue(Profile::Timestamper, name("Short"), until("2026-06-01T00:00:00Z")).unwrap();
    let today = root.issue(Profile::Timestamper, name("Today"), until("2026-11-20T12:00:00Z")).unwrap();
    vec![
        ("without-anchor", by(lab, &stranger(), sealed())),
        ("the-signer-itself", by(lab, &lab.office.signer, sealed())),
        ("purpose-not-critical", by(lab, &with_purposes(lab, false, &[TIMESTAMPING]), sealed())),
        (
            "purpose-not-alone",
            by(lab, &with_purposes(lab, true, &[TIMESTAMPING, "1.3.6.1.5.5.7.3.4"]), sealed()),
        ),
        ("any-purpose", by(lab, &with_purposes(lab, true, &["2.5.29.37.0"]), sealed())),
        ("below-an-ended-authority", by(lab, &below, sealed())),
        ("ended-before", by(lab, &short, sealed())),
        ("ended-since", by(lab, &today, sealed())),
        ("forged-in-its-name", {
            let forged = Authority::root(&Seed::new("forged"), root.name().clone(), validity()).unwrap();
            let tsa = forged.issue(Profile::Timestamper, name("Timestamper"), validity()).unwrap();
            by(lab, &tsa, sealed())
        }),
    ]
}

/// The license sealed at `claimed` and stamped at `stamped`, by an office in force from June until `end`.
fn timed(lab: &Lab, end: &str, claimed: &str, stamped: &str) -> Vec<u8> {
    let validity = Validity { from: at("2026-06-01T00:00:00Z"), until: at(end) };
    let signer = lab
        .hierarchy
        .root
        .issue(Profile::Signer, Name::new("广东省示例市市场监督管理局", "Office"), validity)
        .unwrap();
    let signers = SealSigners::certificates(&[&signer]);
    let seal = SealDraft::new(Layout::Gb2020, "1", "样例局", signers, validity).unwrap();
    let seal = seal.sign(&lab.hierarchy.maker).unwrap();
    let mut package = lab.unsigned();
    let signing = Signing::new(&signer, Method::Seal(&seal), at(claimed));
    let plan = signing.plan(&mut package).unwrap();
    let xml = plan.to_xml();
    let statement = plan.statement(&xml).unwrap().unwrap();
    let value = statement.sign_with_timestamp(&signer, &timestamper(lab), at(stamped)).unwrap();
    plan.commit(&mut package, xml, value);
    package.to_zip().unwrap()
}

fn on_time(lab: &Lab) -> Vec<Case> {
    const DAY: &str = "2026-11-20T23:00:00Z";
    const NIGHT: &str = "2026-11-20T12:00:00Z";
    const MORNING: &str = "2026-11-20T08:00:00Z";
    let future = at("2026-11-22T08:00:00Z");
    vec![
        ("stamped-a-minute-before-the-claim", timed(lab, DAY, "2026-11-20T08:01:00Z", MORNING)),
        ("stamped-hours-before-the-claim", timed(lab, DAY, NIGHT, MORNING)),
        ("claimed-in-the-future", timed(lab, "2027-01-01T00:00:00Z", "2026-12-01T00:00:00Z", MORNING)),
        ("stamped-in-the-future", by(lab, &timestamper(lab), future)),
        ("stamped-after-the-end", timed(lab, NIGHT, MORNING, "2026-11-20T20:00:00Z")),
        ("claimed-and-stamped-after-the-end", timed(lab, MORNING, NIGHT, "2026-11-20T20:00:00Z")),
        ("claimed-after-the-end-stamped-before", timed(lab, NIGHT, "2026-11-20T20:00:00Z", MORNING)),
        ("stamped-before-the-start", timed(lab, DAY, MORNING, "2026-03-01T00:00:00Z")),
        ("claimed-before-the-start", timed(lab, DAY, "2026-03-01T00:00:00Z", MORNING)),
    ]
}

/// The license under a 2025 seal that was made in March by `maker`, with the token that `stamp` gives for the
/// maker's signature.
fn under_a_stamped_seal(lab: &Lab, maker: &Identity, stamp: impl FnOnce(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let signer = &lab.office.signer;
    let signers = SealSigners::certificates(&[signer]);
    let mut draft = SealDraft::new(Layout::Gm2025, "1", "样例局", signers, validity()).unwrap();
    draft.created = at("2026-03-01T00:00:00Z");
    let value = maker.key().sign(&draft.to_signed(maker).unwrap()).unwrap();
    draft.timestamp = Some(stamp(&value));
    let seal = draft.assemble(&maker.certificate, &value).unwrap();
    signed(lab, &Signing::new(signer, Method::Seal(&seal), sealed()))
}

fn on_the_seal(lab: &Lab) -> Vec<Case> {
    let tsa = timestamper(lab);
    let by = |tsa: &Identity, maker: &Identity, when: &str| {
        under_a_stamped_seal(lab, maker, |value| timestamp(tsa, at(when), value).unwrap())
    };
    let maker = &lab.hierarchy.maker;
    let maker_within = |from: &str, until: &str| {
        let validity = Validity { from: at(from), until: at(until) };
        lab.hierarchy.root.issue(Profile::Signer, name("Maker"), validity).unwrap()
    };
    let of_march = maker_within("2026-02-15T00:00:00Z", "2026-03-15T00:00:00Z");
    let of_april = maker_within("2026-04-01T00:00:00Z", "2026-05-01T00:00:00Z");
    let of_february = maker_within("2026-02-01T00:00:00Z", "2026-02-15T00:00:00Z");
    const MADE: &str = "2026-03-01T00:00:10Z";
    vec![
        ("seal", by(&tsa, maker, MADE)),
        ("seal-without-anchor", by(&stranger(), maker, MADE)),
        ("seal-token-of-other-bytes", {
            under_a_stamped_seal(lab, maker, |_| timestamp(&tsa, at(MADE), b"other").unwrap())
        }),
        ("seal-token-garbage", under_a_stamped_seal(lab, maker, |_| vec![1, 2, 3])),
        ("seal-younger-than-its-signature", by(&tsa, maker, "2026-11-20T10:00:00Z")),
        ("seal-claims-to-be-younger-than-proven", by(&tsa, maker, "2026-02-20T00:00:00Z")),
        ("seal-of-a-maker-in-its-month", by(&tsa, &of_march, MADE)),
        ("seal-stamped-before-its-maker-began", by(&tsa, &of_march, "2026-02-01T00:00:00Z")),
        ("seal-stamped-after-its-maker-ended", by(&tsa, &of_march, "2026-04-20T00:00:00Z")),
        ("seal-proven-inside-claimed-before", by(&tsa, &of_april, "2026-04-20T00:00:00Z")),
        ("seal-claimed-and-proven-outside", by(&tsa, &of_february, MADE)),
    ]
}

fn row((name, file): Case, lab: &Lab) -> String {
    let judgement = lab.judged(&file);
    let signature = &judgement.signatures[0];
    let proves =
        |proof: Option<&TimeProof>| proof.map_or("-", |proof| if proof.proves { "yes" } else { "no" });
    let own = proves(signature.timestamp.as_ref());
    let of_seal = proves(signature.seal.as_ref().and_then(|seal| seal.timestamp.as_ref()));
    let source = signature.time_source.as_str();
    let signed = signature.signed_at.map_or("-".to_owned(), |at| at.to_string());
    format!("{name}\t{own}\t{of_seal}\t{source}\t{signed}\t{}", golden::outcome(&judgement))
}

#[test]
fn every_timestamp_gets_its_time_and_reasons() {
    let lab = Lab::new();
    let groups =
        [in_every_place(&lab), bent_tokens(&lab), unfit_authorities(&lab), on_time(&lab), on_the_seal(&lab)];
    let rows: Vec<String> = groups.into_iter().flatten().map(|case| row(case, &lab)).collect();
    let head = "timestamp\tproves\tof seal\tsource\tsigned\tverdict\tintegrities\treasons";
    golden::compare("timestamps.tsv", head, &rows);
}

#[test]
fn an_authority_whose_certificate_was_left_out_is_found_among_the_intermediates() {
    let lab = Lab::new();
    let file = assembled(&lab, |cms| cms.certificates.clear());
    let given = Certificate::from_der(&timestamper(&lab).certificate).unwrap();
    let anchors = Anchors::new(lab.anchors().trusted().to_vec(), vec![given]);
    let judgement = judged_under(&anchors, &file);
    assert_eq!(judgement.signatures[0].time_source, TimeSource::Timestamp);
}

#[test]
fn the_reports_say_who_proves_the_time() {
    let lab = Lab::new();
    let judgement = lab.judged(&by(&lab, &timestamper(&lab), sealed()));
    let json = to_json(None, &judgement, Language::English);
    let proof = &json["signatures"][0]["timestamp"];
    assert_eq!(json["signatures"][0]["time_source"], "timestamp");
    assert_eq!(proof["proves"], true);
    assert_eq!(proof["gen_time"], "2026-11-20T08:00:00Z");
    assert_eq!(proof["policy"], "2.999.1");
    assert_eq!(proof["digest"], "1.2.156.10197.1.401");
    assert_eq!(proof["chain"]["state"], "trusted");
    assert_eq!(proof["chain"]["path"].as_array().unwrap().len(), 2);
    assert!(proof["authority"]["subject"].as_str().unwrap().contains("Timestamper"));
    let text = to_text("file", &judgement, Language::English, Style::Plain);
    assert!(text.contains("(proven by timestamp)"), "{text}");
    assert!(text.lines().any(|line| line.contains("timestamp") && line.contains("CN=Timestamper")), "{text}");

    let plain = to_json(None, &lab.judged(&lab.sealed().to_zip().unwrap()), Language::English);
    assert!(plain["signatures"][0]["timestamp"].is_null());
    assert!(plain["signatures"][0]["seal"]["timestamp"].is_null());
}

#[test]
fn a_changed_token_never_proves_another_time() {
    let lab = Lab::new();
    let tsa = timestamper(&lab);
    let (mut length, mut unnoticed) = (0, 0);
    stamped(&lab, |value| {
        let token = timestamp(&tsa, sealed(), value).unwrap();
        length = token.len();
        token
    });
    // Every 7th byte hits each structure of the token.
    for position in (0..length).step_by(7) {
        let file = stamped(&lab, |value| {
            let mut token = timestamp(&tsa, sealed(), value).unwrap();
            token[position] ^= 0x01;
            token
        });
        let judgement = lab.judged(&file);
        let signature = &judgement.signatures[0];
        let proof = signature.timestamp.as_ref().filter(|proof| proof.proves);
        if let Some(proof) = proof {
            assert_eq!(proof.gen_time, sealed(), "byte {position}");
            unnoticed += 1;
        }
        assert_eq!(signature.integrity.as_str(), "intact", "byte {position}");
    }
    // The versions and the list of digests of SignedData are outside every signature and say nothing of their own.
    assert!(unnoticed <= 3, "{unnoticed} changes were not noticed");
}

#[test]
fn a_timestamper_may_not_sign_documents() {
    let lab = Lab::new();
    let tsa = timestamper(&lab);
    let mut package: Package = lab.unsigned();
    Signing::new(&tsa, Method::Cms(Flavor::SignedAttributes, Encoding::Der), sealed())
        .sign(&mut package)
        .unwrap();
    let judgement = lab.judged(&package.to_zip().unwrap());
    assert!(judgement.signatures[0].reasons.iter().any(|reason| reason.code.as_str() == "chain.key_usage"));
}

#[test]
fn a_crowd_of_tokens_ends_within_the_budget() {
    let lab = Lab::new();
    let tokens = |count: u64| (0..count).map(|number| write::sequence(&[&write::unsigned(number)])).collect();
    let few = lab.judged(&attached(&lab, |_| tokens(400)));
    let codes = few.signatures[0].reasons.iter().map(|reason| reason.code.as_str());
    assert_eq!(codes.filter(|code| *code == "timestamp.unreadable").count(), 400);
    let many = lab.judged(&attached(&lab, |_| tokens(600)));
    assert_eq!(many.reasons[0].code.as_str(), "document.over_budget");
}
