//! Certificate paths: what leads to an anchor, what does not, and what a hostile mesh of authorities costs.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[path = "support/samples.rs"]
#[allow(dead_code, reason = "only the way to skip is used")]
mod samples;

use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use tongban::asn1::write;
use tongban::budget::{Budget, Limits};
use tongban::clock::Timestamp;
use tongban::crypto::SigningKey;
use tongban::demo::forge::{Authority, CertificateDraft, Extension, KeyUsage, Name, Profile, Seed, Validity};
use tongban::pki::{
    Anchors, Certificate, Objection, Oid, PathError, PathFault, PolicyTerms, Role, Setting, Terms, assess,
    unchecked, validate,
};
use tongban::verdict::Code;

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

fn years(from: u16, until: u16) -> Validity {
    Validity { from: at(&format!("{from}-01-01T00:00:00Z")), until: at(&format!("{until}-01-01T00:00:00Z")) }
}

fn name(text: &str) -> Name {
    Name::new("Tongban Test", text)
}

fn root() -> Authority {
    Authority::root(&Seed::new("paths"), name("Root"), years(2020, 2040)).unwrap()
}

fn parsed(der: &[u8]) -> Certificate {
    Certificate::from_der(der).unwrap()
}

fn anchored(roots: &[&Authority]) -> Anchors {
    Anchors::new(roots.iter().map(|root| parsed(root.certificate())).collect(), Vec::new())
}

fn found(leaf: &[u8], beside: &[Vec<u8>], anchors: &Anchors, when: &str) -> Result<usize, PathError> {
    let beside: Vec<Certificate> = beside.iter().map(|der| parsed(der)).collect();
    path(&parsed(leaf), &Terms { beside: &beside, ..Terms::new(anchors, Role::Signer, at(when)) })
}

/// How many certificates the path has that is found for `leaf`.
fn path(leaf: &Certificate, terms: &Terms<'_>) -> Result<usize, PathError> {
    let mut budget = Budget::new(Limits::default());
    validate(leaf, terms, &mut unchecked, &mut budget).map(|path| path.certificates().len())
}

fn fault(outcome: Result<usize, PathError>) -> PathFault {
    match outcome {
        Err(PathError::Broken { fault, .. }) => fault,
        other => panic!("{other:?}"),
    }
}

const NOW: &str = "2026-11-21T00:00:00Z";

#[test]
fn sound_paths_are_found() {
    let root = root();
    let direct = root.issue(Profile::Signer, name("Direct"), years(2025, 2030)).unwrap();
    assert_eq!(found(&direct.certificate, &[], &anchored(&[&root]), NOW), Ok(2));
    let middle = root.subordinate(name("Middle"), years(2020, 2040)).unwrap();
    let below = middle.issue(Profile::Signer, name("Below"), years(2025, 2030)).unwrap();
    assert_eq!(found(&below.certificate, &below.issuers, &anchored(&[&root]), NOW), Ok(3));
    let pinned = Anchors::new(vec![parsed(&direct.certificate)], Vec::new());
    assert_eq!(found(&direct.certificate, &[], &pinned, NOW), Ok(1));
}

#[test]
fn without_an_anchor_there_is_no_path() {
    let root = root();
    let leaf = root.issue(Profile::Signer, name("Leaf"), years(2025, 2030)).unwrap();
    let beside = [root.certificate().to_vec()];
    assert_eq!(found(&leaf.certificate, &beside, &Anchors::default(), NOW), Err(PathError::NoAnchor));
    let other = Authority::root(&Seed::new("other"), name("Other"), years(2020, 2040)).unwrap();
    assert_eq!(found(&leaf.certificate, &beside, &anchored(&[&other]), NOW), Err(PathError::NoAnchor));
}

#[test]
fn an_anchor_of_the_same_name_and_another_key_vouches_for_nothing() {
    let impostor = Authority::root(&Seed::new("impostor"), name("Root"), years(2020, 2040)).unwrap();
    let leaf = impostor.issue(Profile::Signer, name("Leaf"), years(2025, 2030)).unwrap();
    assert_eq!(found(&leaf.certificate, &[], &anchored(&[&root()]), NOW), Err(PathError::NoAnchor));
    // Without key identifiers only the signature tells the two apart.
    let key = Arc::new(Seed::new("key").key("leaf").unwrap());
    let mut draft = impostor.draft(&key, Profile::Signer, name("Leaf"), years(2025, 2030)).unwrap();
    draft.extensions.retain(|extension| extension.critical);
    let outcome = found(&impostor.certify(&draft).unwrap(), &[], &anchored(&[&root()]), NOW);
    assert_eq!(fault(outcome), PathFault::Signature);
}

/// A certificate for `common_name` by `issuer`, changed before it is signed.
fn changed(
    issuer: &Authority,
    key: &SigningKey,
    profile: Profile,
    common_name: &str,
    change: impl FnOnce(&mut CertificateDraft),
) -> Vec<u8> {
    let mut draft = issuer.draft(key, profile, name(common_name), years(2020, 2040)).unwrap();
    change(&mut draft);
    issuer.certify(&draft).unwrap()
}

#[test]
fn a_path_is_as_good_as_its_worst_certificate() {
    let root = root();
    let anchors = anchored(&[&root]);
    let middle = root.subordinate(name("Middle"), years(2020, 2040)).unwrap();
    let leaf = middle.issue(Profile::Signer, name("Leaf"), years(2025, 2030)).unwrap();
    let with = |profile, change: fn(&mut CertificateDraft)| {
        let der = changed(&root, middle.key(), profile, "Middle", change);
        fault(found(&leaf.certificate, &[der], &anchors, NOW))
    };
    assert_eq!(with(Profile::Signer, |_| {}), PathFault::NotAuthority);
    let no_signing = |draft: &mut CertificateDraft| {
        draft.extensions.retain(|extension| extension.oid != "2.5.29.15");
        draft.extensions.push(Extension::key_usage(&[KeyUsage::CrlSign]));
    };
    assert_eq!(with(Profile::Authority, no_signing), PathFault::KeyUsage("RFC 5280 §6.1.4 (n)"));
    let expired = |draft: &mut CertificateDraft| draft.validity = years(2020, 2026);
    assert_eq!(with(Profile::Authority, expired), PathFault::Dates(at(NOW)));
    for critical in [true, false] {
        let constrained = |draft: &mut CertificateDraft| {
            // permittedSubtrees with one directoryName, which is not the leaf's.
            let other = write::tlv(0xa4, &name("Other").to_der().unwrap());
            let value = write::sequence(&[&write::tlv(0xa0, &write::sequence(&[&other]))]);
            draft.extensions.push(Extension { oid: "2.5.29.30".to_owned(), critical, value });
        };
        let der = changed(&root, middle.key(), Profile::Authority, "Middle", constrained);
        assert_eq!(fault(found(&leaf.certificate, &[der], &anchors, NOW)), PathFault::NameConstraints);
    }
}

#[test]
fn the_leaf_must_be_allowed_to_sign() {
    let root = root();
    let leaf = root.issue(Profile::Encryption, name("Leaf"), years(2025, 2030)).unwrap();
    assert!(matches!(
        fault(found(&leaf.certificate, &[], &anchored(&[&root]), NOW)),
        PathFault::KeyUsage("GM/T 0015-2012 §5.2.4.2.3")
    ));
}

#[test]
fn path_lengths_are_kept() {
    let root = root();
    let middle = root.subordinate(name("Middle"), years(2020, 2040)).unwrap();
    let lower = middle.subordinate(name("Lower"), years(2020, 2040)).unwrap();
    let leaf = lower.issue(Profile::Signer, name("Leaf"), years(2025, 2030)).unwrap();
    let outcome = found(&leaf.certificate, &leaf.issuers, &anchored(&[&root]), NOW);
    assert_eq!(fault(outcome), PathFault::PathLength);
}

/// Thirty-two authorities and 992 certificates by which each certifies all others.
struct Mesh {
    authorities: Vec<Authority>,
    cross: Vec<Certificate>,
    leaf: Certificate,
}

impl Mesh {
    fn new() -> Self {
        let seed = Seed::new("mesh");
        let authority = |number: u8| {
            Authority::root(&seed, name(&format!("Authority {number}")), years(2020, 2040)).unwrap()
        };
        let authorities: Vec<Authority> = (0..32).map(authority).collect();
        let mut cross = Vec::new();
        for (from, issuer) in authorities.iter().enumerate() {
            for (_, subject) in authorities.iter().enumerate().filter(|(to, _)| *to != from) {
                let name = subject.name().common_name.clone();
                cross.push(parsed(&changed(issuer, subject.key(), Profile::Authority, &name, |_| {})));
            }
        }
        let leaf = authorities[0].issue(Profile::Signer, name("Leaf"), years(2025, 2030)).unwrap();
        Self { authorities, cross, leaf: parsed(&leaf.certificate) }
    }

    /// A certificate by the root for the authority numbered `index`; made with another key if `forged`.
    fn entry(&self, index: usize, forged: bool) -> Certificate {
        let (subject, root) = (&self.authorities[index], root());
        let draft =
            root.draft(subject.key(), Profile::Authority, subject.name().clone(), years(2020, 2040)).unwrap();
        let signer = if forged { subject.key() } else { root.key() };
        parsed(&draft.sign(signer).unwrap())
    }

    fn search(
        &self,
        more: &[Certificate],
        policies: &PolicyTerms,
    ) -> (Result<usize, PathError>, std::time::Duration) {
        let beside = [self.cross.as_slice(), more].concat();
        let anchors = anchored(&[&root()]);
        let terms = Terms {
            beside: &beside,
            policies: Some(policies),
            ..Terms::new(&anchors, Role::Signer, at(NOW))
        };
        let start = std::time::Instant::now();
        let outcome = path(&self.leaf, &terms);
        (outcome, start.elapsed())
    }
}

#[test]
fn a_mesh_of_a_thousand_cross_certificates_ends_within_the_budget() {
    let mesh = Mesh::new();
    assert_eq!(mesh.cross.len(), 992);
    let any = PolicyTerms::default();
    let unmet = PolicyTerms {
        acceptable: ["1.2.3".parse::<Oid>().unwrap()].into(),
        require_explicit: true,
        ..PolicyTerms::default()
    };
    let forged: Vec<Certificate> = (1..32).map(|index| mesh.entry(index, true)).collect();
    let entry = |index| vec![mesh.entry(index, false)];
    let exhausted = |outcome: &Result<usize, PathError>| matches!(outcome, Err(PathError::Exhausted(_)));
    // What is asked, what came beside, and what must come of it.
    type Expected<'e> = &'e dyn Fn(&Result<usize, PathError>) -> bool;
    let rows: [(&str, &PolicyTerms, Vec<Certificate>, Expected<'_>); 5] = [
        ("nothing leads to an anchor", &any, vec![], &|outcome| *outcome == Err(PathError::NoAnchor)),
        ("one certificate leads there at once", &any, entry(0), &|outcome| *outcome == Ok(3)),
        ("one leads there from another authority", &any, entry(31), &|outcome| *outcome == Ok(4)),
        ("all that lead there are forged", &any, forged, &|outcome| outcome.is_err()),
        ("every path lacks the policy", &unmet, entry(0), &exhausted),
    ];
    for (what, policies, more, expected) in rows {
        let (outcome, took) = mesh.search(&more, policies);
        assert!(expected(&outcome), "{what}: {outcome:?}");
        // Past the harness, which keeps what is printed from whoever measures.
        let _ = writeln!(std::io::stderr(), "a mesh of a thousand, {what}: {took:?}");
        // Unoptimized code takes ten times as long.
        let limit = if cfg!(debug_assertions) { 1000 } else { 50 };
        assert!(took.as_millis() < limit, "{what}: {took:?}");
    }
}

#[test]
fn a_caller_that_objects_gets_the_next_path() {
    let root = root();
    let anchors = anchored(&[&root]);
    let middle = root.subordinate(name("Middle"), years(2020, 2040)).unwrap();
    let leaf = middle.issue(Profile::Signer, name("Leaf"), years(2025, 2030)).unwrap();
    let again = changed(&root, middle.key(), Profile::Authority, "Middle", |_| {});
    let beside: Vec<Certificate> = leaf.issuers.iter().chain([&again]).map(|der| parsed(der)).collect();
    let terms = Terms { beside: &beside, ..Terms::new(&anchors, Role::Signer, at(NOW)) };
    let leaf = parsed(&leaf.certificate);
    let mut budget = Budget::new(Limits::default());
    let mut seen = Vec::new();
    let mut refuse_first = |path: &tongban::pki::CandidatePath<'_>, _: &mut Budget| {
        seen.push(path.certificates()[1].serial.clone());
        match seen.len() {
            1 => Err(Objection::Fault(1, PathFault::Objection("revoked".to_owned()))),
            _ => Ok(()),
        }
    };
    let path = validate(&leaf, &terms, &mut refuse_first, &mut budget).unwrap();
    assert_eq!(path.certificates()[1].serial, seen[1]);
    assert_ne!(seen[0], seen[1]);
    let mut refuse_all = |_: &tongban::pki::CandidatePath<'_>, _: &mut Budget| {
        Err(Objection::Fault(1, PathFault::Objection("revoked".to_owned())))
    };
    let outcome = validate(&leaf, &terms, &mut refuse_all, &mut budget);
    let error = outcome.unwrap_err();
    assert!(matches!(&error, PathError::Broken { position: 1, .. }), "{error:?}");
    assert!(error.to_string().ends_with("`: revoked"), "{error}");
}

/// extendedKeyUsage with `purposes`.
fn purposes(critical: bool, purposes: &[&str]) -> Extension {
    let list: Vec<u8> = purposes.iter().flat_map(|purpose| write::oid(purpose).unwrap()).collect();
    Extension { oid: "2.5.29.37".to_owned(), critical, value: write::sequence(&[&list]) }
}

fn found_as(role: Role, leaf: &[u8], beside: &[Vec<u8>]) -> Result<usize, PathError> {
    let beside: Vec<Certificate> = beside.iter().map(|der| parsed(der)).collect();
    let anchors = anchored(&[&root()]);
    path(&parsed(leaf), &Terms { beside: &beside, ..Terms::new(&anchors, role, at(NOW)) })
}

#[test]
fn purposes_bind_signers_if_critical_and_timestampers_always() {
    const TIMESTAMPING: &str = "1.3.6.1.5.5.7.3.8";
    const CLIENT: &str = "1.3.6.1.5.5.7.3.2";
    const MAIL: &str = "1.3.6.1.5.5.7.3.4";
    const ANY: &str = "2.5.29.37.0";
    let key = Arc::new(SigningKey::from_secret(&[7; 32]).unwrap());
    for (extension, signer, timestamper) in [
        (None, true, false),
        (Some(purposes(false, &[CLIENT])), true, false),
        (Some(purposes(true, &[CLIENT])), false, false),
        (Some(purposes(true, &[CLIENT, MAIL])), true, false),
        (Some(purposes(true, &[ANY])), true, false),
        (Some(purposes(false, &[TIMESTAMPING])), true, false),
        (Some(purposes(true, &[TIMESTAMPING])), false, true),
        (Some(purposes(true, &[TIMESTAMPING, MAIL])), true, false),
    ] {
        let mut draft = root().draft(&key, Profile::Signer, name("Leaf"), years(2025, 2030)).unwrap();
        draft.extensions.extend(extension.clone());
        let leaf = root().certify(&draft).unwrap();
        for (role, allowed) in
            [(Role::Signer, signer), (Role::SealMaker, signer), (Role::Timestamper, timestamper)]
        {
            let outcome = found_as(role, &leaf, &[]);
            assert_eq!(outcome.is_ok(), allowed, "{extension:?} {role:?}");
            assert!(allowed || matches!(fault(outcome), PathFault::KeyUsage(_)), "{extension:?} {role:?}");
        }
    }
}

#[test]
fn an_authority_limited_to_a_purpose_leads_to_no_other() {
    const TIMESTAMPING: &str = "1.3.6.1.5.5.7.3.8";
    let middle = root().subordinate(name("Middle"), years(2020, 2040)).unwrap();
    let mut draft = root()
        .draft(
            &SigningKey::from_secret(&[8; 32]).unwrap(),
            Profile::Authority,
            name("Middle"),
            years(2020, 2040),
        )
        .unwrap();
    draft.point = middle.key().public_point();
    draft.extensions[1] = Extension::subject_key(&draft.point);
    for (critical, signer) in [(true, false), (false, true)] {
        let mut limited = draft.clone();
        limited.extensions.push(purposes(critical, &[TIMESTAMPING]));
        let limited = [root().certify(&limited).unwrap()];
        let tsa = middle.issue(Profile::Timestamper, name("Tsa"), years(2025, 2030)).unwrap();
        assert_eq!(found_as(Role::Timestamper, &tsa.certificate, &limited), Ok(3));
        let leaf = middle.issue(Profile::Signer, name("Leaf"), years(2025, 2030)).unwrap();
        assert_eq!(found_as(Role::Signer, &leaf.certificate, &limited).is_ok(), signer);
    }
}

#[test]
fn purposes_that_are_no_list_break_the_certificate() {
    for value in [vec![], write::sequence(&[]), write::octets(&[1]), write::sequence(&[&write::unsigned(1)])]
    {
        let key = SigningKey::from_secret(&[7; 32]).unwrap();
        let mut draft = root().draft(&key, Profile::Signer, name("Leaf"), years(2025, 2030)).unwrap();
        draft.extensions.push(Extension { oid: "2.5.29.37".to_owned(), critical: false, value });
        let leaf = root().certify(&draft).unwrap();
        assert!(Certificate::from_der(&leaf).is_err());
    }
}

/// A self-signed RSA authority and a leaf that it signed, made by openssl in `directory`.
fn rsa(directory: &Path, bits: u32, digest: &str) -> Option<(Certificate, Certificate)> {
    let run = |arguments: &str| {
        let output = Command::new("openssl").args(arguments.split(' ')).current_dir(directory).output();
        output.is_ok_and(|output| output.status.success())
    };
    let made = run(&format!(
        "req -x509 -newkey rsa:{bits} -nodes -keyout ca.key -out ca.pem -subj /CN=Root -days 30 -{digest}"
    )) && run("req -newkey rsa:2048 -nodes -keyout leaf.key -out leaf.csr -subj /CN=Leaf")
        && run(&format!(
            "x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -set_serial 7 -out leaf.pem -days 30 -{digest}"
        ));
    let read = |name: &str| {
        let pem = std::fs::read(directory.join(name)).unwrap();
        tongban::pki::certificates_in(&pem).unwrap().remove(0)
    };
    made.then(|| (read("ca.pem"), read("leaf.pem")))
}

#[test]
fn a_path_of_weak_signatures_is_found_and_says_so() {
    let directory = tempfile::tempdir().unwrap();
    for (bits, digest, weak) in [(2048, "sha256", false), (1024, "sha256", true), (2048, "sha1", true)] {
        let Some((root, leaf)) = rsa(directory.path(), bits, digest) else {
            return samples::skip("openssl 3 is needed to make RSA certificates");
        };
        let when = leaf.not_before;
        let anchors = Anchors::new(vec![root], Vec::new());
        let mut budget = Budget::new(Limits::default());
        let terms = Terms::new(&anchors, Role::Signer, when);
        let path = validate(&leaf, &terms, &mut unchecked, &mut budget).unwrap();
        assert_eq!(path.is_weak(), weak, "{bits} {digest}");
        let (beside, revocation, moment) = (&[], None, None);
        let setting = Setting {
            beside,
            anchors: &anchors,
            revocation,
            role: Role::Signer,
            moment,
            present: when,
            place: "signer",
        };
        let (_, reasons) = assess(&leaf, &setting, &mut budget).unwrap();
        assert_eq!(reasons.iter().any(|reason| reason.code == Code::ChainWeak), weak, "{bits} {digest}");
    }
}
