//! The bodies of the fuzz targets, shared by `fuzz/` and by the ordinary test that runs them over seeds and mutations.
//! Each takes any bytes and asserts what must hold for all of them.

use std::sync::{Arc, OnceLock};

use tongban::asn1::{Reader, ber, tag, write};
use tongban::budget::{Budget, Limits};
use tongban::cli::chain;
use tongban::clock::Timestamp;
use tongban::crypto::{
    Engine, KnownSigners, Message, PublicKey, SignatureAlgorithm, SigningKey, Standing, Verification,
};
use tongban::demo::forge::{Authority, Hierarchy, Name, Profile, Seed, Validity};
use tongban::document::cms::SignedData;
use tongban::document::ofd::Xml;
use tongban::document::timestamp::TimestampToken;
use tongban::document::zip::Archive;
use tongban::license::{Circumstances, judge};
use tongban::manifest::{self, LEAST_THRESHOLD, Manifest, Note, PrivateKey, Suspension, VerifierKey};
use tongban::pki::revocation::{
    Answer, AnswerError, Evidence, EvidenceRules, List, ListLimits, RevocationMode, RevocationReason,
    RevocationTerms, TimeBasis, lists_in,
};
use tongban::pki::{Anchors, Certificate, PathJudgement, PathVerdict, Role, Terms};
use tongban::report::to_json;
use tongban::seal::{Seal, SesSignature};
use tongban::timestamp::{self, Stamped};
use tongban::verdict::{Language, Verdict};

#[path = "sm2_cases.rs"]
#[allow(dead_code, reason = "the agreement tests use the rest")]
mod sm2_cases;

/// A target: its name and its body.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: [Target; 13] = [
    ("zip", zip),
    ("xml", xml),
    ("ofd", ofd),
    ("ses", ses),
    ("cms", cms),
    ("pdf", pdf),
    ("certificate", certificate),
    ("timestamp", timestamp),
    ("manifest", manifest),
    ("list", list),
    ("ocsp", ocsp),
    ("chain", chain),
    ("sm2", sm2),
];

/// A twentieth of what a real file may cost, so that what escapes the budget shows as a slow input.
fn limits() -> Limits {
    Limits {
        file_bytes: 1 << 20,
        entries: 500,
        entry_bytes: 1 << 20,
        inflated_bytes: 4 << 20,
        signature_bytes: 1 << 20,
        data_bytes: 1 << 16,
        xml_nodes: 50_000,
        pdf_revisions: 16,
        pdf_objects: 25_000,
        pdf_values: 100_000,
        pdf_bytes: 8 << 20,
        pdf_comparisons: 250_000,
        ..Limits::default()
    }
}

/// The pre-scan of containers: what opens can be read within the budget, and each entry to the size it states.
pub fn zip(data: &[u8]) {
    let mut budget = Budget::new(limits());
    let Ok(archive) = Archive::open(data, &budget) else { return };
    let names: Vec<&str> = archive.names().collect();
    for name in &names {
        assert!(!name.starts_with('/') && !name.split('/').any(|part| part == ".."), "{name}");
        let Ok(Some(contents)) = archive.read(name, &mut budget) else { continue };
        assert!(contents.len() as u64 <= limits().entry_bytes);
    }
}

/// XML of OFD.
pub fn xml(data: &[u8]) {
    let mut budget = Budget::new(limits());
    if let Ok(xml) = Xml::parse(data, &mut budget) {
        for element in xml.elements() {
            let _ = (element.name(), element.text());
        }
    }
}

/// Whole packages: any bytes get a judgement, and the same one twice.
pub fn ofd(data: &[u8]) {
    judged(data);
}

/// PDF files, likewise.
pub fn pdf(data: &[u8]) {
    judged(data);
}

/// Seals and seal signatures.
pub fn ses(data: &[u8]) {
    let depth = limits().asn1_depth;
    if let Ok(seal) = Seal::parse(data, depth) {
        let _ = (seal.allows(data, None), seal.names_signers());
    }
    let _ = SesSignature::parse(data, depth);
    judged(data);
}

/// CMS, by way of BER.
pub fn cms(data: &[u8]) {
    let depth = limits().asn1_depth;
    if let Ok((der, _)) = ber::transcode(data, depth) {
        assert!(der.len() <= data.len().saturating_mul(2) + 16, "transcoding must not blow up");
        let again = ber::transcode(&der, depth).map(|(again, changed)| (again == der, changed));
        assert_eq!(again, Ok((true, false)), "DER must stay as it is");
        let _ = SignedData::parse(&der, depth);
    }
    judged(data);
}

/// Certificates, alone, as their own anchor, and as an anchor above a leaf that their key signed:
/// valid only under an anchor, and twice the same.
pub fn certificate(data: &[u8]) {
    let Ok(certificate) = Certificate::from_der(data) else { return };
    assert_eq!(certificate.der(), data);
    assert!(certificate.subject_name().is_within(certificate.subject_name()));
    let _ = certificate.signed_by(&certificate);
    let at = AT;
    let beside = [certificate.clone()];
    let (none, own) = (Anchors::default(), Anchors::new(beside.to_vec(), Vec::new()));
    let evidence = Evidence::default();
    let revocation = RevocationTerms {
        evidence: &evidence,
        rules: EvidenceRules::default(),
        mode: RevocationMode::IfPresent,
        proof: TimeBasis::Shown,
        now: at,
    };
    let judged = |anchors, leaf, role| {
        let terms = Terms { beside: &beside, ..Terms::new(anchors, role, at) };
        PathJudgement::of(leaf, &terms, &revocation, &mut Budget::new(limits()))
    };
    let leaf = &parties().leaf;
    for role in [Role::Any, Role::Signer] {
        assert_ne!(judged(&none, &certificate, role).verdict, PathVerdict::Valid);
        let _ = judged(&own, &certificate, role);
    }
    let below = judged(&own, leaf, Role::Any);
    assert_eq!(below.reasons, judged(&own, leaf, Role::Any).reasons);
}

/// When certificates, lists and answers are judged; the seeds are of that day.
const AT: Timestamp = Timestamp::from_seconds(1_795_132_800);

/// Those whose certificates and statements are among the seeds.
struct Parties {
    /// Has the key, so that what mutations make of its statements is weighed as its own word.
    root: Authority,
    authority: Certificate,
    /// A leaf below it, so that what mutations make of the authority is followed down a path.
    leaf: Certificate,
}

fn parties() -> &'static Parties {
    static PARTIES: OnceLock<Parties> = OnceLock::new();
    PARTIES.get_or_init(|| {
        let until = Timestamp::from_seconds(2_082_758_400);
        let validity = Validity { from: Timestamp::from_seconds(1_767_225_600), until };
        let root = Hierarchy::new(&Seed::new("seeds"), validity).unwrap().root;
        let leaf = root.issue(Profile::Signer, Name::new("样例机构", "Leaf"), validity).unwrap();
        let [authority, leaf] =
            [root.certificate(), &leaf.certificate].map(|der| Certificate::from_der(der).unwrap());
        Parties { root, authority, leaf }
    })
}

/// The leaf's judgement by `evidence` alone.
fn weighed(evidence: &Evidence) -> PathJudgement {
    let Parties { authority, leaf, .. } = parties();
    let anchors = Anchors::new(vec![authority.clone()], Vec::new());
    let revocation = RevocationTerms {
        evidence,
        rules: EvidenceRules::default(),
        mode: RevocationMode::Require,
        proof: TimeBasis::Shown,
        now: AT,
    };
    let terms = Terms::new(&anchors, Role::Signer, AT);
    PathJudgement::of(leaf, &terms, &revocation, &mut Budget::new(limits()))
}

/// `der`, which was read as a signed structure, with a signature by `key` in place of its own.
fn signed_again(der: &[u8], key: &SigningKey) -> Vec<u8> {
    let mut parts = Reader::only(der, limits().asn1_depth).unwrap().sequence().unwrap();
    let signed = parts.any().unwrap().raw;
    let algorithm = parts.any().unwrap().raw;
    parts.expect(tag::BIT_STRING).unwrap();
    let rest = parts.optional(tag::CONTEXT_0).unwrap().map(|rest| rest.raw).unwrap_or_default();
    write::sequence(&[signed, algorithm, &write::bits(&key.sign(signed).unwrap()), rest])
}

/// Lists of revocation.
pub fn list(data: &[u8]) {
    let _ = weighed_lists(data);
}

/// What the lists in `data` make of a leaf: as they are, and as if its authority had signed them.
pub fn weighed_lists(data: &[u8]) -> Vec<PathVerdict> {
    let mut lists = Vec::new();
    for file in lists_in(data).unwrap_or_default() {
        // A file in DER holds one list. Here others may follow it, so that mutations reach what lists say together.
        let mut rest = Reader::new(&file, limits().asn1_depth);
        while let Ok(part) = rest.any() {
            lists.push(part.raw.to_vec());
        }
    }
    lists.truncate(4);
    lists.retain(|der| List::load(der, &[], &LIST_LIMITS, &mut Budget::new(limits())).is_ok());
    let again = lists.iter().map(|der| signed_again(der, parties().root.key())).collect();
    [lists, again].iter().filter(|lists| !lists.is_empty()).map(|lists| by_lists(lists)).collect()
}

/// A file's bytes and more entries than fit into them, as far as the fuzzer's length goes.
const LIST_LIMITS: ListLimits = ListLimits { bytes: 1 << 16, entries: 4_000 };

/// Only what the authority signed makes the leaf good or revoked, and no list alone makes good whom it names.
fn by_lists(ders: &[Vec<u8>]) -> PathVerdict {
    let Parties { authority, leaf, .. } = parties();
    let load = |authorities: &[Certificate]| {
        let mut budget = Budget::new(limits());
        let lists =
            ders.iter().map(|der| List::load(der, authorities, &LIST_LIMITS, &mut budget).map(Arc::new));
        lists.collect::<Result<Vec<_>, _>>().unwrap()
    };
    let known = load(std::slice::from_ref(authority));
    let judgement = weighed(&Evidence::new(known.clone(), [], false));
    // Whether the authority is known before its lists makes no difference.
    let late = weighed(&Evidence::new(load(&[]), [], false));
    assert_eq!((judgement.verdict, &judgement.reasons), (late.verdict, &late.reasons));

    let shown: Vec<&Arc<List>> = known.iter().filter(|list| list.is_verified()).collect();
    let find = |list: &List| list.find(leaf.issuer_name(), leaf.serial());
    let due = shown.iter().filter_map(|list| find(list)).any(|stated| {
        let since = stated.invalid_since.map_or(stated.since, |at| at.min(stated.since));
        since <= AT && stated.reason != RevocationReason::RemoveFromList
    });
    for list in &known {
        assert!(
            list.len() <= LIST_LIMITS.entries as usize && list.issuers().any(|name| name == list.issuer())
        );
    }
    match judgement.verdict {
        // Of several lists the newest counts.
        PathVerdict::Valid => assert!(shown.len() > 1 || shown.len() == 1 && !due),
        PathVerdict::Invalid => assert!(due),
        PathVerdict::Undetermined => {}
    }
    judgement.verdict
}

/// OCSP responses.
pub fn ocsp(data: &[u8]) {
    let _ = weighed_answers(data);
}

/// What the response in `data` makes of a leaf: as it is, and as if its authority, or a responder that this appointed, had
/// signed it. Whoever else signs it, it makes nothing.
pub fn weighed_answers(data: &[u8]) -> Vec<PathVerdict> {
    let load = |der: &[u8], nonce: Option<&[u8]>, authorities: &[Certificate]| {
        Answer::load(der, nonce, authorities, &mut Budget::new(limits()))
    };
    let authority = std::slice::from_ref(&parties().authority);
    let by = |der: &[u8]| {
        let answer = load(der, None, authority).unwrap();
        let empty = answer.is_empty();
        let judgement = weighed(&Evidence::new([], [Arc::new(answer)], false));
        let late = weighed(&Evidence::new([], [Arc::new(load(der, None, &[]).unwrap())], false));
        assert_eq!((judgement.verdict, &judgement.reasons), (late.verdict, &late.reasons));
        assert!(!empty || judgement.verdict == PathVerdict::Undetermined, "nothing was said");
        judgement.verdict
    };
    if load(data, None, authority).is_err() {
        return Vec::new();
    }
    if let Err(error) = load(data, Some(b"nonce"), authority) {
        assert!(matches!(error, AnswerError::NonceMissing | AnswerError::NonceDiffers), "{error}");
    }
    let basic = basic(data);
    let signed = |name: &str| by(&signed_again(basic, &Seed::new("statements").key(name).unwrap()));
    assert_eq!(signed("Stranger"), PathVerdict::Undetermined);
    vec![by(data), by(&signed_again(basic, parties().root.key())), signed("Responder")]
}

/// The BasicOCSPResponse in `data`, which was read as a response.
fn basic(data: &[u8]) -> &[u8] {
    let depth = limits().asn1_depth;
    let mut outer = Reader::only(data, depth).unwrap().sequence().unwrap();
    if outer.any().unwrap().tag == tag::SEQUENCE {
        return data;
    }
    let mut bytes = outer.any().unwrap().enter().unwrap().sequence().unwrap();
    bytes.oid().unwrap();
    bytes.octets().unwrap()
}

/// Lines of batches of questions about paths: each has one answer on one line, and the same one twice.
pub fn chain(data: &[u8]) {
    let defaults = chain::Defaults { at: AT, now: AT, role: Role::Signer, mode: RevocationMode::IfPresent };
    let (verdict, answer) = chain::answer(data, &defaults);
    assert!(!answer.to_string().contains(['\r', '\n']));
    assert_eq!(answer, chain::answer(data, &defaults).1);
    assert_eq!(answer["verdict"].as_str(), Some(verdict.as_str()));
    let silent = answer["reasons"].as_array().unwrap().is_empty();
    assert!(!silent || verdict == PathVerdict::Valid, "what is not valid has a reason");
}

/// Timestamps: without an anchor none proves a time, and whatever is read stays within what the token holds.
pub fn timestamp(data: &[u8]) {
    let anchors = Anchors::default();
    let at = Timestamp::from_seconds(1_795_219_200);
    let setting = timestamp::Setting {
        anchors: &anchors,
        revocation: None,
        at,
        skew_millis: 0,
        place: "timestamp",
        known: None,
    };
    let mut budget = Budget::new(limits());
    let judgement = timestamp::judge(&[data], Stamped::Bytes(b"message"), &[], &setting, &mut budget);
    let judgement = judgement.unwrap();
    assert!(judgement.proven.is_none() && !judgement.reasons.is_empty());
    if let Ok(token) = TimestampToken::parse(data, limits().asn1_depth) {
        assert!(token.content.len() < data.len() && token.info.imprint.len() < token.content.len());
    }
}

/// Notes, manifests and suspensions: what is read is written again as it was, and nobody here is an officer.
pub fn manifest(data: &[u8]) {
    if let Ok(note) = Note::parse_unfinished(data) {
        if !note.signatures().is_empty() {
            assert_eq!(note.to_string().as_bytes(), data);
        }
        if let Ok(manifest) = Manifest::parse(note.text()) {
            assert_eq!(manifest.to_string(), note.text());
            assert!(manifest.officers.threshold() >= LEAST_THRESHOLD);
            let climbs = |path: &str| path.split('/').any(|part| part.starts_with('.') || part.is_empty());
            assert!(manifest.files.keys().all(|path| !climbs(path.as_str())));
            let none = manifest.officers.count(&Note::unsigned(note.text().to_owned()));
            assert!(none.unwrap().approved.is_empty());
            let terms = manifest::Terms {
                publication: manifest.publication,
                officers: manifest.officers,
                break_glass: true,
            };
            if let Ok(signed) = terms.enter(data) {
                assert!(signed.approved().len() >= 2);
            }
        }
        if let Ok(suspension) = Suspension::parse(note.text()) {
            assert_eq!(suspension.to_string(), note.text());
        }
    }
    if let Ok(text) = std::str::from_utf8(data) {
        if let Ok(key) = VerifierKey::parse(text) {
            assert_eq!(key.to_string(), text);
        }
        let _ = PrivateKey::parse(text);
    }
}

fn judged(data: &[u8]) {
    let anchors = Anchors::default();
    let limits = limits();
    let at = Timestamp::from_seconds(1_795_219_200);
    let circumstances = Circumstances::new(&anchors, at, &limits);
    let judgement = judge(data, &circumstances);
    assert_ne!(judgement.verdict(), Verdict::Genuine, "without an anchor nothing is genuine");
    let once = to_json(None, &judgement, Language::English).to_string();
    let twice = to_json(None, &judge(data, &circumstances), Language::English).to_string();
    assert_eq!(once, twice);
}

/// SM2 checks: claims made from any key, s and t hold, spoiled ones do not, whichever way they are computed; and any bytes
/// are a key, or a claim that holds, if and only if RustCrypto says so.
pub fn sm2(data: &[u8]) {
    let mut cases: Vec<sm2_cases::Case> = Vec::new();
    for (at, [secret, s, t]) in data.as_chunks::<32>().0.as_chunks::<3>().0.iter().take(9).enumerate() {
        let Some(mut case) = sm2_cases::constructed(secret, s, t) else { continue };
        if let Some(flaw) = data.get(at).filter(|flaw| **flaw & 3 == 3) {
            case.digest[usize::from(flaw >> 3)] ^= 1 << (flaw & 7);
            case.holds = false;
        }
        cases.push(case);
    }
    if let Some((key, rest)) = data.split_first_chunk::<65>() {
        assert_eq!(PublicKey::sm2(key).is_ok(), sm2_cases::is_key(key), "{key:x?}");
        if let Some((digest, rest)) = rest.split_first_chunk::<32>()
            && let Some(value) = rest.first_chunk::<64>()
            && sm2_cases::is_key(key)
        {
            let mut case =
                sm2_cases::Case { kind: "any", key: *key, digest: *digest, value: *value, holds: false };
            case.holds = sm2_cases::oracle(&case);
            cases.push(case);
        }
    }
    // Tables cost more than all the rest: a few inputs fill lanes with known signers, the others mix two with unknown ones.
    let tables_for = if data.len().is_multiple_of(8) { cases.len() } else { 2 };
    let known = KnownSigners::new(cases.len());
    let keys: Vec<PublicKey> = cases.iter().filter_map(|case| PublicKey::sm2(&case.key).ok()).collect();
    assert_eq!(keys.len(), cases.len());
    for tables in [false, true] {
        if tables {
            keys.iter().take(tables_for).for_each(|key| known.admit(key, Standing::Configured));
        }
        let items: Vec<Verification<'_>> = cases
            .iter()
            .zip(&keys)
            .map(|(case, key)| Verification {
                algorithm: SignatureAlgorithm::Sm2Sm3,
                key,
                message: Message::Sm2Digest(case.digest),
                signature: &case.value,
            })
            .collect();
        for engine in [Engine::detect(), Engine::portable()] {
            let outcomes = engine.verify_many(&items);
            assert_eq!(outcomes.len(), cases.len());
            for (case, outcome) in cases.iter().zip(outcomes) {
                assert_eq!(outcome.is_ok(), case.holds, "{case:?}");
            }
        }
    }
}
